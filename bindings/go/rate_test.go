package constellation

import (
	"math"
	"sort"
	"testing"
)

func TestWilsonIntervalsAreThePublishedOnes(t *testing.T) {
	for _, c := range []struct {
		k, n      int64
		low, high float64
	}{
		{81, 263, 0.255288519878, 0.366209576983},
		{15, 148, 0.062386399531, 0.160487241723},
		{1, 29, 0.006113214293, 0.171755218793},
		{10, 14, 0.453509156701, 0.882786213554},
		{430, 474, 0.877675690611, 0.930123617872},
	} {
		r := got[Rate](t)(RateInterval(c.k, c.n, 0))
		near(t, "low", r.Low, c.low, 5e-13)
		near(t, "high", r.High, c.high, 5e-13)
		equal(t, "value", r.Value, float64(c.k)/float64(c.n))
		equal(t, "z", r.Z, 1.959963984540054)
	}
	none := got[Rate](t)(RateInterval(0, 20, 950_000))
	equal(t, "0/20 begins", none.Low, 0)
	near(t, "0/20 ends", none.High, 0.161125158053, 5e-13)
	all := got[Rate](t)(RateInterval(29, 29, 0))
	equal(t, "29/29 ends", all.High, 1)
	near(t, "29/29 begins", all.Low, 0.883030201500, 5e-13)
}

func TestARateOverNothingIsNull(t *testing.T) {
	r := got[Rate](t)(RateInterval(0, 0, 0))
	equal(t, "has a value", r.HasValue || r.HasInterval, false)
	equal(t, "NaN", math.IsNaN(r.Value) && math.IsNaN(r.Low) && math.IsNaN(r.High), true)
	equal(t, "text", r.String(), "0/0 = null")
	equal(t, "text of a rate", got[Rate](t)(RateInterval(29, 29, 0)).String(), "29/29 = 1.000000 (0.883030 .. 1.000000)")
	equal(t, "without interval", Rate{Numerator: 1, Denominator: 2, Value: 0.5, HasValue: true}.String(), "1/2 = 0.500000")
}

func TestRatesRefuseWhatIsNoShare(t *testing.T) {
	for _, c := range [][3]int64{{2, 1, 0}, {-1, 1, 0}, {1, -1, 0}, {1, 2, 1_000_000}, {1, 2, -1}, {math.MinInt64, math.MaxInt64, 0}} {
		_, err := RateInterval(c[0], c[1], int32(c[2]))
		fails(t, "interval", err, ErrInvalidArgument)
	}
	_, err := RateDifference(2, 1, 1, 2, 0)
	fails(t, "difference", err, ErrInvalidArgument)
}

func TestTheDifferenceIsNewcombes(t *testing.T) {
	r := got[Rate](t)(RateDifference(56, 70, 48, 80, 0))
	near(t, "difference", r.Value, 0.2, 1e-15)
	near(t, "low", r.Low, 0.052431472, 5e-10)
	near(t, "high", r.High, 0.333872654, 5e-10)
	null := got[Rate](t)(RateDifference(0, 0, 48, 80, 0))
	equal(t, "null", null.HasValue, false)
}

func TestQuantilesByName(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3, 10}
	q, ok, err := Quantile(values, 500_000, QuantileType7)
	must(t, err)
	equal(t, "median", q, 3.5)
	equal(t, "there is one", ok, true)
	q, _, err = Quantile(values, 900_000, QuantileNearestRank)
	must(t, err)
	equal(t, "nearest rank", q, 10)
	equal(t, "the values are as before", sort.Float64sAreSorted(values), false)
	_, ok, err = Quantile(nil, 500_000, QuantileType7)
	must(t, err)
	equal(t, "of nothing", ok, false)
	_, _, err = Quantile([]float64{1, math.NaN()}, 500_000, QuantileType7)
	fails(t, "NaN", err, ErrInvalidArgument)
	_, _, err = Quantile(values, 1_000_001, QuantileType7)
	fails(t, "probability", err, ErrInvalidArgument)
	_, _, err = Quantile(values, 1, 10)
	fails(t, "type", err, ErrInvalidArgument)
}

func TestTilesRankByValueThenId(t *testing.T) {
	dst := make([]int32, 4)
	must(t, ValueTiles([]int64{10, 10, -5, 30}, []int64{2, 1, 9, 9}, 2, dst))
	equal(t, "tiles", [4]int32(dst), [4]int32{2, 1, 1, 2})
	must(t, ValueTiles(nil, nil, 10, nil))
	fails(t, "room", ValueTiles([]int64{1, 2}, nil, 2, dst), ErrInvalidArgument)
	fails(t, "ids", ValueTiles([]int64{1, 2}, []int64{1}, 2, dst[:2]), ErrInvalidArgument)
	fails(t, "tiles", ValueTiles([]int64{1, 2}, nil, 1, dst[:2]), ErrInvalidArgument)
}
