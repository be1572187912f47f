package constellation

import (
	"context"
	"math"
	"testing"
)

func TestAThetaModelOfGivenParametersIsWhatItsRecursionSaysByHand(t *testing.T) {
	// level 4, line 2 + 1 t: mu_1 = 4 + .5 (2 + 1), level 4 + .5 (3 - 4), mu_2 = 3.5 + .5 (1 + 1.5)
	fitted, ahead, err := ThetaForecast(ThetaParameters{Alpha: .5, Theta: 2, Level: 4}, []float64{3, 4, 5}, 1)
	must(t, err)
	near(t, "first", fitted[0], 5.5, 1e-15)
	near(t, "second", fitted[1], 4.75, 1e-15)
	near(t, "ahead", ahead[0], 5.4375, 1e-15)
	fitted, _, err = ThetaForecast(ThetaParameters{Alpha: .5, Theta: 2, Level: 4, Dynamic: true}, []float64{3, 4, 5}, 0)
	must(t, err)
	near(t, "the first value itself", fitted[0], 3, 0)
}

func TestAFittedThetaModelIsNotWorseThanAnotherOne(t *testing.T) {
	y := []float64{3, 5, 4, 6, 5, 7, 6, 8}
	squares := func(p ThetaParameters) (sum float64) {
		fitted, _, err := ThetaForecast(p, y, 0)
		must(t, err)
		for i := range y {
			sum += (y[i] - fitted[i]) * (y[i] - fitted[i])
		}
		return sum
	}
	for _, model := range []ForecastModels{FamilySTM, FamilyOTM, FamilyDSTM, FamilyDOTM} {
		best, err := FitTheta(model, y)
		must(t, err)
		other := best
		other.Level += .1
		if squares(other) < squares(best) {
			t.Errorf("model %d: %v is better than %v", model, other, best)
		}
	}
}

func TestThetaRefusesWhatIsNoModelOrNoNumber(t *testing.T) {
	_, err := FitTheta(FamilyTheta, []float64{1, 2})
	fails(t, "another model", err, ErrInvalidArgument)
	_, err = FitTheta(FamilySTM, []float64{1, math.NaN()})
	fails(t, "NaN", err, ErrInvalidArgument)
	_, _, err = ThetaForecast(ThetaParameters{Alpha: 1.5, Theta: 2}, []float64{1}, 1)
	fails(t, "alpha", err, ErrInvalidArgument)
	_, _, err = ThetaForecast(ThetaParameters{Alpha: .5, Theta: 2}, []float64{1}, HorizonMost+1)
	fails(t, "horizon", err, ErrInvalidArgument)
}

func TestDemandThatComesNowAndThenIsSizeOverGap(t *testing.T) {
	rows := []Column{
		TextColumn("unique_id", []string{"a", "a", "a", "a", "a", "a", "a", "a", "a"}),
		Int64Column("ds", []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}),
		DoubleColumn("y", []float64{10, 0, 0, 10, 0, 0, 10, 0, 0}),
	}
	stream := got[*Stream](t)(FitFamily(rows, &FamilyOptions{Models: FamilyCroston | FamilyTSB, Horizon: 1, SizeAlpha: .2}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "rows", all.Len(), 1)
	_, err := FitFamily(rows, &FamilyOptions{Models: FamilySBA, IntervalAlpha: 1.5})
	fails(t, "alpha above 1", err, ErrInvalidArgument)
}
