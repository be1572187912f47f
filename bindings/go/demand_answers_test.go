package constellation

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sharedLines are the lines of a CSV file beside the checkout, without that of names.
func sharedLines(t *testing.T, path ...string) [][]string {
	t.Helper()
	name := shared(t, append([]string{"data"}, path...)...)
	file := got[*os.File](t)(os.Open(name))
	defer file.Close()
	var from io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		from = got[*gzip.Reader](t)(gzip.NewReader(file))
	}
	return got[[][]string](t)(csv.NewReader(from).ReadAll())[1:]
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	return got[float64](t)(strconv.ParseFloat(strings.Trim(text, " *"), 64))
}

// answerCells are the cells of a row of the known answers: of the table under a heading, by the name of the row.
func answerCells(t *testing.T, heading, name string) []string {
	t.Helper()
	text := string(got[[]byte](t)(os.ReadFile(shared(t, "data", "forecast_known_answers.md"))))
	_, text, _ = strings.Cut(text, "\n## "+heading)
	_, text, found := strings.Cut(text, "\n| "+name)
	if !found {
		t.Fatalf("no row %q of table %s", name, heading)
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.Split(line, "|")[1:]
}

// trips are quarters of every node of the tree of Australian tourism, nodes in order of their first rows, and the
// leaves with their states and regions.
func trips(t *testing.T) (y map[string]*[80]float64, order []string, leaves [3][]string) {
	t.Helper()
	y = map[string]*[80]float64{}
	for _, line := range sharedLines(t, "aus_tourism", "tourism.csv.gz") {
		year, month := number(t, line[0][:4]), number(t, line[0][5:7])
		at := int(year-1998)*4 + int(month-1)/3
		state, region, purpose := line[2], line[1], line[3]
		leaf := state + "/" + region + "/" + purpose
		for _, node := range []string{"Total", state, state + "/" + region, leaf} {
			if y[node] == nil {
				y[node] = new([80]float64)
				order = append(order, node)
				if node == leaf {
					leaves[0], leaves[1], leaves[2] = append(leaves[0], leaf), append(leaves[1], state), append(leaves[2], region)
				}
			}
			y[node][at] += number(t, line[4])
		}
	}
	return y, order, leaves
}

func TestTripsAddUpAsInTableJ(t *testing.T) {
	y, order, leaves := trips(t)
	equal(t, "nodes", len(order), 389)
	nodes := []Column{TextColumn("unique_id", leaves[0]), TextColumn("state", leaves[1]), TextColumn("region", leaves[2])}
	for name, weights := range map[string]ReconcileWeights{"structural": ReconcileStructural, "variance": ReconcileVariance} {
		var ids []string
		var ds []int64
		var mean, actual []float64
		var known []bool
		for _, node := range order {
			first := []float64{}
			for k := range 5 {
				first = append(first, y[node][76-4*k])
			}
			slices.Sort(first)
			ids, ds, mean, actual, known = append(ids, node), append(ds, 80), append(mean, first[2]), append(actual, 0), append(known, false)
			for k := 4; k < 80 && weights == ReconcileVariance; k++ {
				ids, ds, mean, actual = append(ids, node), append(ds, int64(k)), append(mean, y[node][k-4]), append(actual, y[node][k])
				known = append(known, true)
			}
		}
		base := []Column{TextColumn("unique_id", ids), Int64Column("ds", ds), DoubleColumn("mean", mean),
			DoubleColumn("y", actual).WithNulls(known)}
		stream := got[*Stream](t)(Reconcile(nodes, base, &ReconcileOptions{Levels: []string{"state", "region"}, Total: "Total", Weights: weights}))
		all := got[*Batch](t)(stream.All(t.Context()))
		must(t, stream.Close())
		id, _ := all.Column("unique_id")
		value, _ := all.Column("mean")
		told, sum, negative := map[string]float64{}, 0.0, 0
		for i := range all.Len() {
			told[id.Text(i)] = value.Doubles()[i]
			if strings.Count(id.Text(i), "/") == 2 {
				sum += value.Doubles()[i]
				if value.Doubles()[i] < 0 {
					negative++
				}
			}
		}
		expected := answerCells(t, "J.", name)
		for i, node := range []string{"Total", "New South Wales", "Victoria", "Tasmania", "ACT/Canberra/Business",
			"Western Australia/Experience Perth/Visiting"} {
			near(t, name+" "+node, told[node], number(t, expected[i]), 1e-6)
		}
		near(t, "negative leaves", float64(negative), number(t, expected[6]), 0)
		near(t, "the leaves together", sum, told["Total"], 1e-9*sum)
	}
}

// m5 are items of one store, day by day from the first, with their departments and the days on which snap_CA is 1.
func m5(t *testing.T, days int) (units [][]float64, departments []string, snap []int64) {
	t.Helper()
	for _, line := range sharedLines(t, "m5", "sales_CA_1_FOODS_d1_d1913.csv.gz") {
		of := make([]float64, days)
		for d := range of {
			of[d] = number(t, line[6+d])
		}
		units, departments = append(units, of), append(departments, line[2])
	}
	for _, line := range sharedLines(t, "m5", "calendar.csv.gz") {
		snap = append(snap, int64(number(t, line[11])))
	}
	return units, departments, snap
}

func TestTheLocalFilterScoresOnM5AsInTableG(t *testing.T) {
	const last, ahead = 1885, 28
	units, departments, snap := m5(t, last+ahead)
	n := len(units) * last
	ids, ds, y, pools, events := make([]int64, 0, n), make([]int64, 0, n), make([]float64, 0, n), make([]string, 0, n), make([]int64, 0, n)
	for i, of := range units {
		for d := range last {
			ids, ds, y = append(ids, int64(i)), append(ds, int64(d+1)), append(y, of[d])
			pools, events = append(pools, departments[i]), append(events, snap[d])
		}
	}
	history := []Column{Int64Column("unique_id", ids), Int64Column("ds", ds), DoubleColumn("y", y)}
	model := got[*DemandModel](t)(NewDemandModel(&DemandConfig{Pool: "dept_id", Events: []string{"snap_CA"}, Period: PeriodNumber, Season: 7}))
	defer model.Close()
	rows := append(slices.Clone(history), TextColumn("dept_id", pools), Int64Column("snap_CA", events))
	must(t, model.Update(t.Context(), rows, DemandWholePeriods, nil))
	to := make([]int64, ahead)
	for h := range to {
		to[h] = int64(last + 1 + h)
	}
	stream := got[*Stream](t)(model.Forecast(&DemandForecastOptions{Horizon: ahead,
		Future: []Column{Int64Column("ds", to), Int64Column("snap_CA", snap[last:last+ahead])}}))
	told := got[*Batch](t)(stream.All(t.Context()))
	must(t, stream.Close())
	id, _ := told.Column("unique_id")
	when, _ := told.Column("ds")
	mean, _ := told.Column("mean")
	actual := make([]float64, told.Len())
	for i := range actual {
		actual[i] = units[id.Int64s()[i]][when.Int64s()[i]-1]
	}
	forecasts := []Column{id, when, DoubleColumn("y", actual), mean.Renamed("local")}
	expected := strings.Split(answerCells(t, "G.", "**local filter, specification 4.2**")[1], "/")
	for i, options := range []ScoreOptions{{}, {Weighting: WeightUnits}, {Levels: []string{""}}} {
		options.Metrics, options.Models = []ForecastMeasure{MetricRMSSE}, []string{"local"}
		scores := got[*Stream](t)(ScoreForecasts(forecasts, history, &options))
		near(t, fmt.Sprintf("score %d", i), column(t, scores, "value").Doubles()[0], number(t, expected[i]), 1e-4)
	}
}

// etsReference is a form at given parameters as R fitted it.
type etsReference struct {
	Alpha, Beta, Gamma, Phi []any
	InitState               any
	Fitted, Forecast        []float64
	Loglik                  []float64
}

func first(of []any) float64 {
	if len(of) > 0 {
		if value, ok := of[0].(float64); ok {
			return value
		}
	}
	return 0
}

func TestGivenParametersSayWhatRSays(t *testing.T) {
	var all map[string]map[string]etsReference
	must(t, json.Unmarshal(got[[]byte](t)(os.ReadFile(shared(t, "data", "forecast_refs", "ets_forms_R.json"))), &all))
	forms := 0
	for series, references := range all {
		var y []float64
		for _, line := range sharedLines(t, "forecast_refs", series+".csv") {
			y = append(y, number(t, line[0]))
		}
		for text, known := range references {
			form := text[:3]
			given := EtsParameters{Alpha: first(known.Alpha), Beta: first(known.Beta), Gamma: first(known.Gamma), Phi: first(known.Phi)}
			steps := len(known.Forecast)
			if strings.Contains(text, "damped") {
				form = text[:2] + "d" + text[2:3]
				if text[1] == 'M' {
					steps = 1 // later ones take phi, 2 phi, .. for the powers of a damped ratio
				}
			}
			start, ok := known.InitState.([]any)
			if !ok {
				start = []any{known.InitState}
			}
			given.Level = start[0].(float64)
			if text[1] != 'N' {
				given.Trend = start[1].(float64)
			}
			for j := len(start) - 1; text[2] != 'N' && j >= len(start)-4; j-- {
				given.Seasonal = append(given.Seasonal, start[j].(float64))
			}
			said := got[*EtsResult](t)(EtsFilter(form, given, y, len(known.Forecast)))
			for i, value := range known.Fitted {
				near(t, text+" fitted", said.Fitted[i], value, 1e-6*max(1, value))
			}
			for i := range steps {
				near(t, text+" forecast", said.Forecast[i], known.Forecast[i], 1e-6*known.Forecast[i])
			}
			near(t, text+" likelihood", said.Loglik, known.Loglik[0], 1e-6*-known.Loglik[0])
			forms++
		}
	}
	equal(t, "forms", forms, 12)
}
