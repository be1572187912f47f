package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_rate_interval
#cgo nocallback cstn_go_rate_interval
#cgo noescape cstn_go_rate_difference
#cgo nocallback cstn_go_rate_difference
#cgo noescape cstn_go_quantile
#cgo nocallback cstn_go_quantile
#cgo noescape cstn_go_value_tiles
#cgo nocallback cstn_go_value_tiles
*/
import "C"

import (
	"fmt"
	"math"
	"unsafe"
)

// Rate is a share and what can be said of it: two integers first.
type Rate struct {
	Numerator   int64
	Denominator int64
	// Value is numerator / denominator, NaN without HasValue.
	Value float64
	// Low and High are the interval, NaN without HasInterval.
	Low, High float64
	// Z is the normal quantile used: 1.959963984540054 for 95 %.
	Z float64
	// HasValue is false when the denominator is 0: no data is not zero.
	HasValue bool
	// HasInterval is false without a value, and for weighted rates.
	HasInterval bool
}

// String gives "89936/96470 = 0.932269 (0.930666 .. 0.933838)", or "0/0 = null".
func (r Rate) String() string {
	if !r.HasValue {
		return fmt.Sprintf("%d/%d = null", r.Numerator, r.Denominator)
	}
	if !r.HasInterval {
		return fmt.Sprintf("%d/%d = %.6f", r.Numerator, r.Denominator, r.Value)
	}
	return fmt.Sprintf("%d/%d = %.6f (%.6f .. %.6f)", r.Numerator, r.Denominator, r.Value, r.Low, r.High)
}

func rateOf(r *C.cstn_rate) Rate {
	rate := Rate{
		Numerator: int64(r.numerator), Denominator: int64(r.denominator), Z: float64(r.z),
		Value: math.NaN(), Low: math.NaN(), High: math.NaN(),
		HasValue: r.valid&C.CSTN_RATE_HAS_VALUE != 0, HasInterval: r.valid&C.CSTN_RATE_HAS_INTERVAL != 0,
	}
	if rate.HasValue {
		rate.Value = float64(r.value)
	}
	if rate.HasInterval {
		rate.Low, rate.High = float64(r.low), float64(r.high)
	}
	return rate
}

// RateInterval gives a rate with its Wilson score interval (Wilson 1927): 0/n begins at exactly 0,
// n/n ends at exactly 1, 0/0 is null. confidencePPM is two-sided in parts per million, 1..999,999; 0
// means 950,000. It returns [ErrInvalidArgument] unless 0 <= numerator <= denominator.
func RateInterval(numerator, denominator int64, confidencePPM int32) (Rate, error) {
	var o C.cstn_go_outcome
	var r C.cstn_rate
	C.cstn_go_rate_interval(C.int64_t(numerator), C.int64_t(denominator), C.int32_t(confidencePPM), &r, &o)
	if err := outcomeError(&o); err != nil {
		return Rate{}, err
	}
	return rateOf(&r), nil
}

// RateDifference gives the difference of two independent rates, a minus b, with Newcombe's hybrid
// score interval (Newcombe 1998, method 10). Numerator and Denominator of the result are 0; it has no
// value when either denominator is 0. Arguments and errors as for [RateInterval].
func RateDifference(numeratorA, denominatorA, numeratorB, denominatorB int64, confidencePPM int32) (Rate, error) {
	var o C.cstn_go_outcome
	var r C.cstn_rate
	C.cstn_go_rate_difference(C.int64_t(numeratorA), C.int64_t(denominatorA), C.int64_t(numeratorB), C.int64_t(denominatorB),
		C.int32_t(confidencePPM), &r, &o)
	if err := outcomeError(&o); err != nil {
		return Rate{}, err
	}
	return rateOf(&r), nil
}

// QuantileType names a definition of a quantile: 1..9 are those of Hyndman and Fan 1996 (7 is the
// default of R and numpy).
type QuantileType int32

// Definitions that reports use.
const (
	QuantileNearestRank QuantileType = C.CSTN_QUANTILE_NEAREST_RANK // sorted[ceil(p n) - 1], in integers
	QuantileType7       QuantileType = 7                            // linear between the two neighbours at (n-1)p
)

// Quantile gives the quantile at probabilityPPM parts per million, 0..1,000,000, of values in any
// order, none NaN. ok is false for no values. It returns [ErrInvalidArgument] for NaN, a probability
// or a type out of range. values are read in place; cost: a copy and O(n) selection on average.
func Quantile(values []float64, probabilityPPM int32, kind QuantileType) (q float64, ok bool, err error) {
	var o C.cstn_go_outcome
	var out C.double
	C.cstn_go_quantile((*C.double)(unsafe.SliceData(values)), C.size_t(len(values)), C.int32_t(probabilityPPM), C.int32_t(kind), &out, &o)
	if err := outcomeError(&o); err != nil {
		return math.NaN(), false, err
	}
	if o.status == C.CSTN_DONE {
		return math.NaN(), false, nil
	}
	return float64(out), true, nil
}

// ValueTiles puts values into tiles (10 are deciles), 1 the lowest: ranked by value, then by id, then
// by position. ids is nil or as long as values; dst must be as long as values and receives the tile
// of each. It returns [ErrInvalidArgument] for lengths that differ or tiles outside 2..1,000.
func ValueTiles(values, ids []int64, tiles int32, dst []int32) error {
	if ids != nil && len(ids) != len(values) {
		return invalid("%d ids for %d values", len(ids), len(values))
	}
	if len(dst) != len(values) {
		return invalid("room for %d tiles, %d values", len(dst), len(values))
	}
	var o C.cstn_go_outcome
	C.cstn_go_value_tiles((*C.int64_t)(unsafe.SliceData(values)), (*C.int64_t)(unsafe.SliceData(ids)), C.size_t(len(values)),
		C.int32_t(tiles), (*C.int32_t)(unsafe.SliceData(dst)), &o)
	return outcomeError(&o)
}
