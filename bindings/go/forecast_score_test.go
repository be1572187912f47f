package constellation

import (
	"fmt"
	"testing"
)

func TestAMeasureOfAForecastIsWhatItsDefinitionGivesByHand(t *testing.T) {
	sample := ForecastSample{
		Actual: []float64{10, 0, 4, 6}, Forecast: []float64{8, 0, 5, 9}, History: []float64{0, 0, 2, 4, 1, 6},
		Season: 2, LevelPPM: 750_000, UnderMinor: 300, OverMinor: 100,
	}
	for _, c := range []struct {
		metric ForecastMeasure
		value  float64
	}{
		{MetricMAE, 1.5}, {MetricMSE, 3.5}, {MetricRMSE, 1.8708286933869707}, {MetricSMAPE, 21.11111111111111},
		{MetricMASE, 2.0 / 3}, {MetricRMSSE, 0.52565748303784676}, {MetricWAPE, 0.3}, {MetricBias, 0.1}, {MetricVN1, 0.4},
		{MetricTrackingSignal, -4.0 / 3}, {MetricPinball, 0.625}, {MetricScaledPinball, 0.1875}, {MetricQuantileLoss, 0.25},
		{MetricCoverage, 0.75}, {MetricCost, 250},
	} {
		value, ok, err := ForecastMetric(c.metric, sample)
		must(t, err)
		equal(t, "has a value", ok, true)
		near(t, "value", value, c.value, 1e-15)
	}
	sample.Forecast, sample.Low, sample.High, sample.LevelPPM = nil, []float64{2, 1, 3, 1}, []float64{9, 2, 5, 7}, 50_000
	value, ok, err := ForecastMetric(MetricMSIS, sample)
	must(t, err)
	equal(t, "an interval has a score", ok, true)
	near(t, "interval score", value, 24/2.25, 1e-14)
}

func TestAMeasureThatDividesByNothingHasNoValue(t *testing.T) {
	_, ok, err := ForecastMetric(MetricWAPE, ForecastSample{Actual: []float64{0, 0}, Forecast: []float64{1, 2}})
	must(t, err)
	equal(t, "no demand", ok, false)
	_, ok, err = ForecastMetric(MetricMAE, ForecastSample{})
	must(t, err)
	equal(t, "no period", ok, false)
}

func TestAForecastOfAnotherLengthIsRefused(t *testing.T) {
	_, _, err := ForecastMetric(MetricMAE, ForecastSample{Actual: []float64{1, 2}, Forecast: []float64{1}})
	fails(t, "lengths differ", err, ErrInvalidArgument)
	_, _, err = ForecastMetric(0, ForecastSample{Actual: []float64{1}, Forecast: []float64{1}})
	fails(t, "no such measure", err, ErrInvalidArgument)
}

func TestUCoverageIsTheLevelWhereCoverageIsFarAbove(t *testing.T) {
	levels := []float64{.005, .025, .165, .25, .5, .75, .835, .975, .995}
	quantiles, _, err := CountQuantiles(5, .2, levels)
	must(t, err)
	equal(t, "a row of table E", fmt.Sprint(quantiles), "[0 0 2 3 4 7 8 12 16]")
	quantiles, share, err := CountQuantiles(.05, 2, levels[4:5])
	must(t, err)
	sample := ForecastSample{Actual: make([]float64, 10000), Forecast: make([]float64, 10000), Within: make([]float64, 10000), Seed: 3}
	for i := range sample.Actual {
		sample.Forecast[i], sample.Within[i] = quantiles[0], share[0]
		if i >= 9535 {
			sample.Actual[i] = 1
		}
	}
	plain, _, err := ForecastMetric(MetricCoverage, sample)
	must(t, err)
	equal(t, "zeros", plain, .9535)
	value, _, err := ForecastMetric(MetricUCoverage, sample)
	must(t, err)
	if value < .48 || value > .52 {
		t.Errorf("U-coverage of a median that is right is %g", value)
	}
	_, _, err = CountQuantiles(-1, 0, levels)
	fails(t, "mean", err, ErrInvalidArgument)
	sample.Within = nil
	_, _, err = ForecastMetric(MetricUCoverage, sample)
	fails(t, "no shares", err, ErrInvalidArgument)
}
