package constellation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
)

// fairSeries are days of some of six series in two pools, of which y is known up to a day; a fair on
// every eleventh day sells double, in pool q fourfold.
func fairSeries(first, end, days, known int) []Column {
	var id, pool []string
	var ds, fair []int64
	var y []float64
	var has []bool
	for series := first; series < end; series++ {
		for day := range days {
			sold, held := float64((3+day%7)*(series+1)), int64(0)
			if day%11 == 5 {
				held = 1
				sold *= []float64{2, 4}[series%2]
			}
			id, pool = append(id, fmt.Sprint("s", series)), append(pool, []string{"p", "q"}[series%2])
			ds, y, fair = append(ds, int64(day)), append(y, sold), append(fair, held)
			has = append(has, day < known)
		}
	}
	return []Column{TextColumn("unique_id", id), Int64Column("ds", ds), DoubleColumn("y", y).WithNulls(has),
		TextColumn("pool", pool), Int64Column("fair", fair)}
}

// fairDays are all six.
func fairDays(days, known int) []Column { return fairSeries(0, 6, days, known) }

// fairRows are 190 days, and eight days ahead.
func fairRows() []Column { return fairDays(198, 190) }

func fairOptions(threads int32) *GlobalOptions {
	return &GlobalOptions{Signals: []GlobalSignal{{Name: "fair", Flags: GlobalByPool | GlobalNext}}, Pool: "pool",
		Season: 7, Horizon: 7, Origins: 10, Penalty: 1e-6, Threads: threads}
}

func TestAGlobalRidgeKnowsWhatAFairDoes(t *testing.T) {
	model := got[*GlobalRidge](t)(FitGlobal(fairRows(), fairOptions(1)))
	defer model.Close()
	stream := got[*Stream](t)(model.Forecast(fairRows(), nil))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "rows", all.Len(), 42)
	columns := got[float64](t)(model.Param("columns"))
	equal(t, "columns", columns, 30)
	equal(t, "series", got[float64](t)(model.Param("series")), 6)
}

func TestWeightsSayHowMuchALocalModelCounts(t *testing.T) {
	rows := []Column{Int64Column("h", []int64{1, 2, 8}), DoubleColumn("y", []float64{10, 10, 10}),
		DoubleColumn("global", []float64{13, 10, 11}), DoubleColumn("local", []float64{11, 10, 12}),
		TextColumn("pool", []string{"p", "p", "p"})}
	stream := got[*Stream](t)(DemandWeights(rows, &DemandWeightsOptions{Pool: "pool"}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	local, _ := all.Column("local")
	equal(t, "weights", fmt.Sprintf("%.6f", local.Doubles()), fmt.Sprintf("%.6f", []float64{.75/2 + .25, 1.0/6 + .25}))
	_, err := DemandWeights(rows, &DemandWeightsOptions{Components: []string{"local"}})
	fails(t, "one component", err, ErrInvalidArgument)
	_, err = DemandWeights(rows, &DemandWeightsOptions{Components: []string{"local", "expert"}})
	fails(t, "no such column", err, ErrSchema)

	model := got[*GlobalRidge](t)(FitGlobal(fairRows(), fairOptions(1)))
	defer model.Close()
	with := got[*DemandModel](t)(NewDemandModel(&DemandConfig{Pool: "pool", Events: []string{"fair"}, Season: 7}))
	defer with.Close()
	must(t, with.Update(context.Background(), fairDays(190, 190), DemandSort|DemandWholePeriods, nil))
	weights := []Column{TextColumn("pool", []string{"p", "q"}), Int64Column("week", []int64{1, 1}),
		DoubleColumn("global", []float64{0, 0}), DoubleColumn("local", []float64{1, 1})}
	weighed := got[*Stream](t)(model.Forecast(fairRows(), &GlobalForecastOptions{Local: with, Weights: weights}))
	defer weighed.Close()
	batch := got[*Batch](t)(weighed.All(context.Background()))
	mean, _ := batch.Column("mean")
	alone, _ := batch.Column("local")
	equal(t, "all by the local model", fmt.Sprint(mean.Doubles()), fmt.Sprint(alone.Doubles()))
	_, err = model.Forecast(fairRows(), &GlobalForecastOptions{Local: with, Weights: weights[1:]})
	fails(t, "no pool", err, ErrSchema)
}

func TestALocalModelIsAveragedIn(t *testing.T) {
	model := got[*GlobalRidge](t)(FitGlobal(fairRows(), fairOptions(1)))
	defer model.Close()
	local := got[*DemandModel](t)(NewDemandModel(&DemandConfig{Pool: "pool", Events: []string{"fair"}, Season: 7}))
	_, err := model.Forecast(fairRows(), &GlobalForecastOptions{Local: local})
	fails(t, "it has no rows", err, ErrState)
	must(t, local.Update(context.Background(), fairDays(190, 190), DemandSort|DemandWholePeriods, nil))
	path := got[*DemandPath](t)(local.ForecastOne(&DemandQuery{Key: "s5", Horizon: 7, Events: []uint32{0, 0, 1, 0, 0, 0, 0}}))
	alone := got[*Stream](t)(model.Forecast(fairRows(), nil))
	defer alone.Close()
	stream := got[*Stream](t)(model.Forecast(fairRows(), &GlobalForecastOptions{Local: local}))
	defer stream.Close()
	changed := got[*Stream](t)(model.Forecast(fairRows(), &GlobalForecastOptions{Local: local}))
	defer changed.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	doubles := func(batch *Batch, name string) []float64 {
		column, _ := batch.Column(name)
		return column.Doubles()
	}
	equal(t, "what the local model says", fmt.Sprint(doubles(all, "local")[35:]), fmt.Sprint(path.Mean))
	equal(t, "what the global one says", fmt.Sprint(doubles(all, "global")),
		fmt.Sprint(doubles(got[*Batch](t)(alone.All(context.Background())), "mean")))
	equal(t, "their mean", doubles(all, "mean")[37], (doubles(all, "global")[37]+doubles(all, "local")[37])/2)
	is, _ := all.Column("model")
	equal(t, "and its name", is.Text(37), "sensed")
	must(t, local.UpdateOne(&DemandRow{Key: "s5", Pool: "q", DS: 190, Y: 3}))
	_, err = changed.All(context.Background())
	fails(t, "it has changed", err, ErrStream)
	must(t, local.Close())
	_, err = model.Forecast(fairRows(), &GlobalForecastOptions{Local: local})
	equal(t, "it is closed", errors.Is(err, ErrClosed), true)
}

func TestTreesForecastBesideTheRidge(t *testing.T) {
	options := fairOptions(1)
	options.Trees = 20
	model := got[*GlobalRidge](t)(FitGlobal(fairRows(), options))
	defer model.Close()
	equal(t, "trees", got[float64](t)(model.Param("trees")), 20)
	stream := got[*Stream](t)(model.Forecast(fairRows(), nil))
	defer stream.Close()
	_, has := got[*Batch](t)(stream.All(context.Background())).Column("ridge")
	equal(t, "a column beside theirs", has, true)
	cuts := got[*Stream](t)(model.Cuts())
	defer cuts.Close()
	equal(t, "columns", got[*Batch](t)(cuts.All(context.Background())).Len(), 24)
	options.Trees = GlobalTreesMost + 1
	_, err := FitGlobal(fairRows(), options)
	fails(t, "too many", err, ErrInvalidArgument)
}

func TestAGlobalRidgeTravelsAsBytes(t *testing.T) {
	first := got[*GlobalRidge](t)(FitGlobal(fairRows(), fairOptions(1)))
	defer first.Close()
	second := got[*GlobalRidge](t)(FitGlobal(fairRows(), fairOptions(3)))
	defer second.Close()
	content := got[[]byte](t)(first.Serialize())
	equal(t, "bytes of other threads", bytes.Equal(content, got[[]byte](t)(second.Serialize())), true)
	again := got[*GlobalRidge](t)(DeserializeGlobal(content))
	defer again.Close()
	for _, give := range []func() (*Stream, error){again.Coefficients, again.Pools} {
		table := got[*Stream](t)(give())
		equal(t, "a table", got[*Batch](t)(table.All(context.Background())).Len() > 1, true)
		must(t, table.Close())
	}
	content[len(content)/2] ^= 1
	_, err := DeserializeGlobal(content)
	fails(t, "damaged bytes", err, ErrCorrupt)
}

func TestAGlobalRidgeRefusesWhatCannotBe(t *testing.T) {
	_, err := FitGlobal(fairRows()[:3], fairOptions(1))
	fails(t, "no pool", err, ErrSchema)
	_, err = FitGlobal(fairRows(), &GlobalOptions{Horizon: HorizonMost + 1})
	fails(t, "horizon", err, ErrInvalidArgument)
	_, err = FitGlobal(monthlySales(), &GlobalOptions{Period: PeriodMonth})
	fails(t, "short", err, ErrEmpty)
	_, err = FitGlobal(fairRows(), &GlobalOptions{Signals: make([]GlobalSignal, GlobalSignalsMost+1)})
	fails(t, "signals", err, ErrInvalidArgument)
}

func TestPartsOfAGlobalModelAddUp(t *testing.T) {
	ctx, options := context.Background(), fairOptions(1)
	local := got[*DemandModel](t)(NewDemandModel(&DemandConfig{Pool: "pool", Events: []string{"fair"}, Season: 7}))
	defer local.Close()
	must(t, local.Update(ctx, fairDays(190, 190), DemandSort|DemandWholePeriods, nil))
	for _, trees := range []int32{0, 20} {
		options.Trees = trees
		model := got[*GlobalRidge](t)(FitGlobal(fairRows(), options))
		defer model.Close()
		for _, with := range []*DemandModel{nil, local} {
			stream := got[*Stream](t)(model.Explain(fairRows(), &GlobalForecastOptions{Local: with}))
			batch := got[*Batch](t)(stream.All(ctx))
			stream.Close()
			equal(t, "rows", batch.Len(), 42)
			off := partsOff(t, batch, "baseline", "level", "season", "month", "pool", "recalibration",
				"floor", "signal_fair")
			if off > 1e-9 {
				t.Errorf("parts are off by %g", off)
			}
		}
	}
}
