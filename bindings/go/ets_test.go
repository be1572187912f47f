package constellation

import (
	"context"
	"math"
	"testing"
)

func TestSmoothingAtGivenParametersIsWhatItsRecursionSaysByHand(t *testing.T) {
	said := got[*EtsResult](t)(EtsFilter("ANN", EtsParameters{Alpha: .5, Level: 10}, []float64{12, 14}, 2))
	near(t, "second", said.Fitted[1], 11, 0)
	near(t, "the end", said.Level[2], 12.5, 0)
	near(t, "ahead", said.Forecast[1], 12.5, 0)
	near(t, "its variance", said.Variance[1], 6.5*1.25, 1e-13)
	equal(t, "parameters", said.Parameters, 3)
	equal(t, "no season", len(said.Seasonal), 0)
	near(t, "likelihood", said.Loglik, -math.Log(13), 1e-14)
	said = got[*EtsResult](t)(EtsFilter("ETS(M,A,M)",
		EtsParameters{Alpha: .5, Beta: .25, Gamma: .1, Level: 10, Trend: 2, Seasonal: []float64{1.5, .5}}, []float64{36}, 0))
	near(t, "relative error", said.Residuals[0], 1, 0)
	near(t, "trend", said.Trend[1], 5, 0)
	near(t, "season", said.Seasonal[2], 1.65, 1e-15)
}

func TestSmoothingRefusesWhatIsNoFormOrNoNumber(t *testing.T) {
	given := EtsParameters{Alpha: .5, Level: 1, Trend: 1, Seasonal: []float64{1, 1}}
	_, err := EtsFilter("AAM", given, []float64{1, 2}, 0)
	fails(t, "not stable", err, ErrInvalidArgument)
	_, err = EtsFilter("MNN", given, []float64{1, 0}, 0)
	fails(t, "not above 0", err, ErrInvalidArgument)
	_, err = EtsFilter("ANN", given, []float64{1}, HorizonMost+1)
	fails(t, "horizon", err, ErrInvalidArgument)
	_, err = EtsFilter("ANN", EtsParameters{Seasonal: make([]float64, 10001)}, []float64{1}, 1)
	fails(t, "season", err, ErrInvalidArgument)
	_, err = EtsFilter("MNN", EtsParameters{}, []float64{1}, 0)
	fails(t, "state", err, ErrOverflow)
}

func TestFormsAreFittedWithTheirIntervals(t *testing.T) {
	rows := []Column{
		TextColumn("unique_id", []string{"a", "a", "a", "a", "a", "a", "a", "a"}),
		Int64Column("ds", []int64{1, 2, 3, 4, 5, 6, 7, 8}),
		DoubleColumn("y", []float64{3, 5, 4, 6, 5, 7, 6, 8}),
	}
	stream := got[*Stream](t)(FitFamily(rows, &FamilyOptions{Models: FamilyAutoETS | FamilyETS, Horizon: 2, EtsForm: "AAN",
		Levels: [4]int32{80, 95}}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "rows", all.Len(), 2)
	_, err := FitFamily(rows, &FamilyOptions{Models: FamilyETS, EtsForm: "MMN"})
	fails(t, "multiplicative trend", err, ErrInvalidArgument)
	_, err = FitFamily(rows, &FamilyOptions{Models: FamilyETS})
	fails(t, "no form", err, ErrInvalidArgument)
}

func TestWhatWasFittedSaysTheSameAsTheFilter(t *testing.T) {
	y := []float64{31, 60, 98, 41, 35, 66, 105, 43, 37, 71, 113, 48, 40, 75, 121, 50}
	ids, ds := make([]string, len(y)), make([]int64, len(y))
	for i := range y {
		ids[i], ds[i] = "a", int64(i)
	}
	rows := []Column{TextColumn("unique_id", ids), Int64Column("ds", ds), DoubleColumn("y", y)}
	options := &FamilyOptions{Models: FamilyETS, EtsForm: "MAM", Season: 4}
	stream := got[*Stream](t)(FitEts(rows, options))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	number := func(name string) float64 {
		column, has := all.Column(name)
		equal(t, name, has, true)
		return column.Doubles()[0]
	}
	form, _ := all.Column("form")
	equal(t, "form", form.Text(0), "MAM")
	phi, _ := all.Column("phi")
	equal(t, "it is not damped", phi.IsNull(0), true)
	said := got[*EtsResult](t)(EtsFilter("MAM", EtsParameters{Alpha: number("alpha"), Beta: number("beta"),
		Gamma: number("gamma"), Level: number("level"), Trend: number("trend"),
		Seasonal: []float64{number("season_1"), number("season_2"), number("season_3"), number("season_4")}}, y, 4))
	near(t, "likelihood", said.Loglik, number("loglik"), 1e-12)
	near(t, "criterion", said.AICc, number("aicc"), 1e-12)
	_, err := FitEts(rows, &FamilyOptions{Models: FamilyNaive})
	fails(t, "no smoothing", err, ErrInvalidArgument)
}
