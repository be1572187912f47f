package constellation

/*
#include <stdlib.h>

#include "bridge.h"
#cgo noescape cstn_go_family_fit
#cgo nocallback cstn_go_family_fit
*/
import "C"

import "unsafe"

// ForecastPeriod is what lies between two rows of a series.
type ForecastPeriod int32

// Periods. A week begins on the weekday of the first row.
const (
	PeriodByType  ForecastPeriod = C.CSTN_PERIOD_BY_TYPE // dates and times are days, int64 are numbers
	PeriodHour    ForecastPeriod = C.CSTN_PERIOD_HOUR
	PeriodDay     ForecastPeriod = C.CSTN_PERIOD_DAY
	PeriodWeek    ForecastPeriod = C.CSTN_PERIOD_WEEK
	PeriodMonth   ForecastPeriod = C.CSTN_PERIOD_MONTH
	PeriodQuarter ForecastPeriod = C.CSTN_PERIOD_QUARTER
	PeriodYear    ForecastPeriod = C.CSTN_PERIOD_YEAR
	PeriodNumber  ForecastPeriod = C.CSTN_PERIOD_NUMBER // ds counts periods
)

// ForecastGap is what a missing period means.
type ForecastGap int32

// Meanings of a missing period.
const (
	GapError ForecastGap = C.CSTN_GAP_ERROR // a row error; the series is left out
	GapZero  ForecastGap = C.CSTN_GAP_ZERO  // nothing was sold
)

// ForecastModels are models as bits.
type ForecastModels uint32

// Models; each has the column of its name.
const (
	FamilyAuto          ForecastModels = C.CSTN_FAMILY_AUTO           // Auto: the median of several
	FamilyNaive         ForecastModels = C.CSTN_FAMILY_NAIVE          // Naive: the last value
	FamilySeasonalNaive ForecastModels = C.CSTN_FAMILY_SEASONAL_NAIVE // SeasonalNaive: the value a season ago
	FamilyNaive2        ForecastModels = C.CSTN_FAMILY_NAIVE2         // Naive2: the last value but for the season
	FamilySES           ForecastModels = C.CSTN_FAMILY_SES            // SES: level (Brown 1959)
	FamilyHolt          ForecastModels = C.CSTN_FAMILY_HOLT           // Holt: level and trend (Holt 1957)
	FamilyDamped        ForecastModels = C.CSTN_FAMILY_DAMPED         // DampedHolt: a trend that fades (Gardner 1985)
	FamilyTheta         ForecastModels = C.CSTN_FAMILY_THETA          // Theta (Assimakopoulos and Nikolopoulos 2000)
	FamilyAR            ForecastModels = C.CSTN_FAMILY_AR             // AR: fixed lags around the seasons
	FamilyARDiff        ForecastModels = C.CSTN_FAMILY_AR_DIFF        // ARDiff: the same of first differences
	FamilyAutoETS       ForecastModels = C.CSTN_FAMILY_AUTO_ETS       // AutoETS: exponential smoothing of the form AICc likes best
	FamilyETS           ForecastModels = C.CSTN_FAMILY_ETS            // ETS: of the form EtsForm
	FamilySTM           ForecastModels = C.CSTN_FAMILY_STM            // STM: static theta (Fiorucci et al. 2016)
	FamilyOTM           ForecastModels = C.CSTN_FAMILY_OTM            // OTM: the same, theta fitted
	FamilyDSTM          ForecastModels = C.CSTN_FAMILY_DSTM           // DSTM: with the line of what was seen so far
	FamilyDOTM          ForecastModels = C.CSTN_FAMILY_DOTM           // DOTM: the same, theta fitted
	FamilySESDrift      ForecastModels = C.CSTN_FAMILY_SES_DRIFT      // SESDrift: a level, and half of the trend line's slope
	FamilyCroston       ForecastModels = C.CSTN_FAMILY_CROSTON        // Croston: size over gap (Croston 1972)
	FamilySBA           ForecastModels = C.CSTN_FAMILY_SBA            // SBA: unbiased (Syntetos and Boylan 2005)
	FamilySBJ           ForecastModels = C.CSTN_FAMILY_SBJ            // SBJ: likewise (Shale, Boylan and Johnston 2006)
	FamilyTSB           ForecastModels = C.CSTN_FAMILY_TSB            // TSB: size times chance (Teunter et al. 2011)
	FamilyADIDA         ForecastModels = C.CSTN_FAMILY_ADIDA          // ADIDA: sums over the mean gap, smoothed
)

// HorizonMost is the longest horizon.
const HorizonMost = C.CSTN_HORIZON_MOST

// FamilyOptions say what is fitted. nil, like the zero value, is: Auto, one season ahead.
type FamilyOptions struct {
	// Models of each series; 0 means FamilyAuto.
	Models ForecastModels
	// Horizon is how many periods ahead, 1..1,024; 0 means one season.
	Horizon int32
	// Period is what lies between two rows.
	Period ForecastPeriod
	// Gap is what a missing period means.
	Gap ForecastGap
	// Season is the periods of a season; 0 means 24 of hours, 7 of days, 52 of weeks, 12 of months, 4
	// of quarters, else 1. SecondSeason is a longer one, beyond twice the first; 0 none.
	Season, SecondSeason int32
	// SizeAlpha smooths the sizes of demands that come now and then, IntervalAlpha what stands between
	// them; above 0 to 1, 0 means .1.
	SizeAlpha, IntervalAlpha float64
	// EtsForm is the form of FamilyETS: error A or M, trend N, A or Ad, season N, A or M, as in "MAdM";
	// Z is any of these, as in "ZZN", by AICc.
	EtsForm string
	// Levels are central intervals of FamilyAutoETS and FamilyETS in per cent, 1 to 99, ascending: 80
	// adds columns AutoETS-lo-80 and AutoETS-hi-80.
	Levels [4]int32
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Binding has names and casts, or is nil.
	Binding *Binding
	// Memory is where the series take memory from; nil is the C heap.
	Memory *Memory
}

// The options for C, and what frees the text in them.
func (options *FamilyOptions) given() (C.cstn_family_options, func()) {
	given := C.cstn_family_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_family_options{})),
		models: C.uint32_t(options.Models), horizon: C.int32_t(options.Horizon), period: C.int32_t(options.Period),
		gap: C.int32_t(options.Gap), season: C.int32_t(options.Season), second_season: C.int32_t(options.SecondSeason),
		threads: C.int32_t(options.Threads), size_alpha: C.double(options.SizeAlpha),
		interval_alpha: C.double(options.IntervalAlpha)}
	for i, level := range options.Levels {
		given.levels[i] = C.int32_t(level)
	}
	if options.EtsForm != "" {
		given.ets_form = C.CString(options.EtsForm)
	}
	form := given.ets_form
	return given, func() { C.free(unsafe.Pointer(form)) }
}

// FitFamily fits models to every series and forecasts it: columns unique_id (int64 or text), ds (date,
// timestamp or int64: where its period starts) and y (a number), in any order; columns out are
// unique_id, ds, h and one a model, series in order of their first row. Models are fitted as the
// stream is read. It returns [ErrSchema], [ErrInvalidArgument], and [ErrRows] beside a stream when
// series were left out for a bad row: null, not finite, no start of a period, twice, behind a gap.
// Cost: O(rows), then some 40 passes over a series for FamilyAuto.
func FitFamily(columns []Column, options *FamilyOptions) (*Stream, error) {
	return fitFamily(columns, options, 0)
}

// FitEts gives what FamilyAutoETS (which no Models mean) and FamilyETS are for every series: a row a
// series and model with unique_id, model, form (as in "MAdM"), alpha, beta, gamma, phi, level and trend
// at the start, loglik, aic, aicc, bic, sigma2, parameters (how many), n, and of a season of 2 to 366
// periods its states at the start season_1 .. season_m: numbers of [EtsFilter]. What a form has none of
// is null, and so are all of a series that is constant or too short. Columns, errors and cost are those
// of [FitFamily]; other models are [ErrInvalidArgument].
func FitEts(columns []Column, options *FamilyOptions) (*Stream, error) {
	return fitFamily(columns, options, 1)
}

func fitFamily(columns []Column, options *FamilyOptions, parameters C.int32_t) (*Stream, error) {
	options = orDefault(options)
	given, release := options.given()
	defer release()
	rows, err := layOutColumns(columns, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_family_fit(rows.c, &given, parameters, allocator, out, o)
	})
}
