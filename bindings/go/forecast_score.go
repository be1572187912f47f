package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_forecast_metric
#cgo nocallback cstn_go_forecast_metric
#cgo noescape cstn_go_count_quantiles
#cgo nocallback cstn_go_count_quantiles
*/
import "C"

import (
	"math"
	"unsafe"
)

// ForecastMeasure names a measure of a forecast. In the definitions y is the actual, f the forecast.
type ForecastMeasure int32

// Measures of a mean or median forecast, then of a quantile, then of an interval.
const (
	MetricMAE            ForecastMeasure = C.CSTN_METRIC_MAE             // mean of |y - f|
	MetricMSE            ForecastMeasure = C.CSTN_METRIC_MSE             // mean of (y - f)^2
	MetricRMSE           ForecastMeasure = C.CSTN_METRIC_RMSE            // root of MetricMSE
	MetricSMAPE          ForecastMeasure = C.CSTN_METRIC_SMAPE           // mean of 200 |y - f| / (|y| + |f|), percent
	MetricMASE           ForecastMeasure = C.CSTN_METRIC_MASE            // mean of |y - f| over the history's seasonal steps
	MetricRMSSE          ForecastMeasure = C.CSTN_METRIC_RMSSE           // root of squared error over the history's squared steps
	MetricWAPE           ForecastMeasure = C.CSTN_METRIC_WAPE            // sum of |y - f| / sum of y
	MetricBias           ForecastMeasure = C.CSTN_METRIC_BIAS            // sum of (f - y) / sum of y
	MetricVN1            ForecastMeasure = C.CSTN_METRIC_VN1             // (sum of |y - f| + |sum of (y - f)|) / sum of y
	MetricTrackingSignal ForecastMeasure = C.CSTN_METRIC_TRACKING_SIGNAL // sum of (y - f) / mean of |y - f|
	MetricPinball        ForecastMeasure = C.CSTN_METRIC_PINBALL         // mean pinball loss of a quantile
	MetricScaledPinball  ForecastMeasure = C.CSTN_METRIC_SCALED_PINBALL  // the same over the history's steps
	MetricQuantileLoss   ForecastMeasure = C.CSTN_METRIC_QUANTILE_LOSS   // 2 x sum of pinball losses / sum of |y|
	MetricCoverage       ForecastMeasure = C.CSTN_METRIC_COVERAGE        // share of periods with y <= q
	MetricCost           ForecastMeasure = C.CSTN_METRIC_COST            // mean cost of stock at the forecast
	MetricMSIS           ForecastMeasure = C.CSTN_METRIC_MSIS            // mean scaled interval score
	// MetricUCoverage is the share of U at or below the level, U = P(Y < y) + V P(Y = y): of quantiles of
	// counts, which have atoms, so that MetricCoverage is above the level also where they are right.
	MetricUCoverage ForecastMeasure = C.CSTN_METRIC_U_COVERAGE
)

// ForecastSample is one series: the periods forecast, and its history.
type ForecastSample struct {
	// Actual is what came, Forecast what was said (nil for [MetricMSIS]): as long as each other.
	Actual, Forecast []float64
	// History are the periods before, oldest first, for measures that scale.
	History []float64
	// Low and High are the interval of [MetricMSIS].
	Low, High []float64
	// Season is the number of periods of a season, 1 or more; 0 means 1.
	Season int32
	// LevelPPM is the level of a quantile, or the share outside of an interval, in millionths.
	LevelPPM int32
	// UnderMinor and OverMinor are the cost of a unit short and of a unit left, for [MetricCost].
	UnderMinor, OverMinor float64
	// Within is for [MetricUCoverage], 0 to 1: how much of what is exactly the quantile lies below its
	// level, as [CountQuantiles] says it. Seed is what its V is drawn from: another one for each series.
	Within []float64
	Seed   uint64
}

// ForecastMetric gives a measure of one series' forecast (Hyndman and Koehler 2006, Makridakis et al.
// 2020, 2022, Gneiting and Raftery 2007). ok is false where the definition divides by nothing: no
// period, no history, a history without change, no demand. It returns [ErrInvalidArgument] for lengths
// that differ, a value that is not finite (with its position), a level or season out of range, and
// [ErrOverflow]. Slices are read in place; any goroutine; cost O(periods + history).
func ForecastMetric(metric ForecastMeasure, sample ForecastSample) (value float64, ok bool, err error) {
	n := len(sample.Actual)
	for _, other := range []struct {
		name   string
		values []float64
	}{{"forecasts", sample.Forecast}, {"values of low", sample.Low}, {"values of high", sample.High}, {"values of within", sample.Within}} {
		if other.values != nil && len(other.values) != n {
			return math.NaN(), false, invalid("%d %s, %d actual values", len(other.values), other.name, n)
		}
	}
	options := C.cstn_forecast_sample{
		struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_forecast_sample{})), n: C.size_t(n), n_history: C.size_t(len(sample.History)),
		season: C.int32_t(sample.Season), level_ppm: C.int32_t(sample.LevelPPM),
		under_minor: C.double(sample.UnderMinor), over_minor: C.double(sample.OverMinor),
		seed: C.uint64_t(sample.Seed),
	}
	var o C.cstn_go_outcome
	var out C.double
	C.cstn_go_forecast_metric(C.int32_t(metric), &options, pointerOf(sample.Actual), pointerOf(sample.Forecast),
		pointerOf(sample.History), pointerOf(sample.Low), pointerOf(sample.High), pointerOf(sample.Within), &out, &o)
	if err := outcomeError(&o); err != nil {
		return math.NaN(), false, err
	}
	if o.status == C.CSTN_DONE {
		return math.NaN(), false, nil
	}
	return float64(out), true, nil
}

func pointerOf(values []float64) *C.double {
	return (*C.double)(unsafe.SliceData(values))
}

// CountQuantiles gives quantiles of a count: negative binomial with a mean (0 to 1e15) and a variance of
// mean + dispersion mean^2, Poisson for a dispersion of 0. Levels lie inside (0, 1) and ascend. Of each
// level u it gives the smallest whole q with P(Y <= q) >= u, and within, which is (u - P(Y < q)) / P(Y =
// q), for [MetricUCoverage]. It returns [ErrInvalidArgument]. Any goroutine; 5 cycles a unit of the
// highest quantile, 1 to 50 us a level of a mean above 200.
func CountQuantiles(mean, dispersion float64, levels []float64) (quantiles, within []float64, err error) {
	var o C.cstn_go_outcome
	quantiles, within = make([]float64, len(levels)), make([]float64, len(levels))
	C.cstn_go_count_quantiles(C.double(mean), C.double(dispersion), pointerOf(levels), C.size_t(len(levels)),
		pointerOf(quantiles), pointerOf(within), &o)
	if err := outcomeError(&o); err != nil {
		return nil, nil, err
	}
	return quantiles, within, nil
}
