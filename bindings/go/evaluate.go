package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_backtest
#cgo nocallback cstn_go_backtest
#cgo noescape cstn_go_forecast_score
#cgo nocallback cstn_go_forecast_score
*/
import "C"

import (
	"slices"
	"unsafe"
)

// MetricOWA is (sMAPE over that of the reference + MASE over that of the reference) / 2, of means over
// series: of [ScoreForecasts] alone.
const MetricOWA ForecastMeasure = C.CSTN_METRIC_OWA

// ScoreVersion counts the definitions of measures.
const ScoreVersion = C.CSTN_SCORE_VERSION

// ScoreWeighting is what a mean over series weights them by.
type ScoreWeighting int32

// Weightings: of the last periods of training.
const (
	WeightNone  ScoreWeighting = C.CSTN_WEIGHT_NONE
	WeightUnits ScoreWeighting = C.CSTN_WEIGHT_UNITS
	WeightMoney ScoreWeighting = C.CSTN_WEIGHT_MONEY
)

// ScoreFlags are bits of [ScoreOptions].
type ScoreFlags uint32

// Flags of scores.
const (
	ScoreBySeries     ScoreFlags = C.CSTN_SCORE_BY_SERIES     // rows of every series, in place of means
	ScoreByCutoff     ScoreFlags = C.CSTN_SCORE_BY_CUTOFF     // rows of every cutoff, beside the mean
	ScoreByLevel      ScoreFlags = C.CSTN_SCORE_BY_LEVEL      // rows of every level, beside the mean
	ScoreDropCensored ScoreFlags = C.CSTN_SCORE_DROP_CENSORED // periods with a stock-out are left out
)

// ScoreOptions say what is measured. nil, like the zero value, is: the usual measures of every column of
// numbers, unweighted.
type ScoreOptions struct {
	Flags ScoreFlags
	// Metrics are the measures; nil means the usual ones that have what they need.
	Metrics []ForecastMeasure
	// Models by name; nil means every column of numbers that is nothing else.
	Models []string
	// Reference is the model that [MetricOWA] divides by.
	Reference string
	// LevelColumn says which level a series is of; Levels are levels to add series up to: names of
	// columns with commas between, "" the total, "unique_id" the series.
	LevelColumn string
	Levels      []string
	// Weighting of means over series by the last WeightPeriods of training; 0 means 28.
	Weighting     ScoreWeighting
	WeightPeriods int32
	// Period is what lies between two rows, Gap what a missing period of the history means.
	Period ForecastPeriod
	Gap    ForecastGap
	// Season is the number of periods of a season; 0 means 1.
	Season int32
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// UnderMinor and OverMinor are the cost of a unit short and of a unit left, for [MetricCost].
	UnderMinor, OverMinor float64
	// Binding and HistoryBinding have names and casts, or are nil.
	Binding, HistoryBinding *Binding
	// Memory is where scores take memory from; nil is the C heap.
	Memory *Memory
}

// ScoreForecasts measures forecasts of many series, models and cutoffs: columns unique_id, ds, y and one a
// model; cutoff, flags, limit and columns of levels where there are such; A-q_900000 is a quantile of
// the model A, A-lo-80 and A-hi-80 its interval. History is unique_id, ds, y, for [WeightMoney] also
// money_minor or price_minor; nil for measures without a scale. The stream has metric, model, level,
// cutoff, unique_id (where there are such), q_ppm, value, series, nulls, periods, left_out, weighting
// and definition. It returns [ErrSchema], [ErrInvalidArgument], [ErrOverflow], and [ErrRows] beside a
// stream when series were left out for a bad row. Any goroutine. Cost: O(rows log rows), a pass a
// measure.
func ScoreForecasts(forecasts, history []Column, options *ScoreOptions) (*Stream, error) {
	options = orDefault(options)
	names, err := textBlock("a model or level", slices.Concat(options.Models, options.Levels))
	if err != nil {
		return nil, err
	}
	reference, err := optionalText("reference", options.Reference)
	if err != nil {
		return nil, err
	}
	levelColumn, err := optionalText("level column", options.LevelColumn)
	if err != nil {
		return nil, err
	}
	texts := newTexts(reference, levelColumn)
	defer texts.free()
	rows, err := layOutColumns(forecasts, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	var past *C.cstn_go_input
	if history != nil {
		laid, err := layOutColumns(history, options.HistoryBinding)
		if err != nil {
			return nil, err
		}
		defer laid.end()
		past = laid.c
	}
	given := C.cstn_score_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_score_options{})),
		flags: C.uint32_t(options.Flags), n_metrics: C.size_t(len(options.Metrics)), n_models: C.size_t(len(options.Models)),
		n_levels: C.size_t(len(options.Levels)), weighting: C.int32_t(options.Weighting),
		weight_periods: C.int32_t(options.WeightPeriods), period: C.int32_t(options.Period), gap: C.int32_t(options.Gap),
		season: C.int32_t(options.Season), threads: C.int32_t(options.Threads),
		under_minor: C.double(options.UnderMinor), over_minor: C.double(options.OverMinor)}
	return construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_forecast_score(rows.c, past, &given, (*C.int32_t)(unsafe.Pointer(unsafe.SliceData(options.Metrics))),
			charPointer(names), texts.at(0), texts.at(1), allocator, out, o)
	})
}

// BacktestLast says that [BacktestOptions].Last is the last cutoff, BacktestAssumeKnown that events of
// the periods ahead are taken from their rows as if they had been known.
const (
	BacktestLast        = C.CSTN_BACKTEST_LAST
	BacktestAssumeKnown = C.CSTN_BACKTEST_ASSUME_KNOWN
)

// BacktestOptions say at which cutoffs the past is forecast, and from what. nil, like the zero value,
// is: once, a horizon before the end of each series.
type BacktestOptions struct {
	// Windows is how many cutoffs (0 means 1), Step how many periods they lie apart (0 means the
	// horizon). The last is a horizon before the end of each series, or Last where HasLast.
	Windows, Step int32
	Last          int64
	HasLast       bool
	// Cutoffs as numbers of ds, ascending, in place of these.
	Cutoffs []int64
	// Window is how many periods a forecast knows; 0 means all up to its cutoff.
	Window int32
	// Refit: models are fitted at every so-many-th cutoff, and between them the path of the last fit
	// goes on; 0 means 1, -1 at the first alone.
	Refit int32
	// MinTraining is how many periods there are up to a cutoff, at least.
	MinTraining int32
	// LatencyMicros is how long after its period a row is known that does not say it; a forecast is made
	// OriginOffsetMicros after its cutoff's period.
	LatencyMicros, OriginOffsetMicros int64
	// Signals are columns that a model would be told ahead of their period.
	Signals []string
	// Demand is a demand model, whose column is Demand; nil is none. A new one of this configuration
	// learns period after period; its period is that of the family, and Memory is not used. With it
	// no Models of the family are none, not the usual ones.
	Demand *DemandConfig
	// AssumeKnown: its events of the periods ahead are taken from their rows, as a calendar has them;
	// without it they are not known.
	AssumeKnown bool
}

// Backtest forecasts the past: at every cutoff models see what was known at it. Columns are those of
// [FitFamily], and available_us where rows say when they became known. The stream has unique_id, ds,
// cutoff, h, y and one column a model, which is what [ScoreForecasts] takes. With a demand model the rows
// also have flags and limit where there are such, its pool and its events. It returns [ErrLeakage] if a
// row up to a cutoff became known later, or a signal repeats y of its own or a later period; else as
// [FitFamily], rows that break a rule of the demand model among the bad ones. Cost: that of a fit, a cutoff
// and series; of a demand model all rows once, and a path a cutoff and series.
func Backtest(columns []Column, family *FamilyOptions, options *BacktestOptions) (*Stream, error) {
	family, options = orDefault(family), orDefault(options)
	var demand *C.cstn_demand_config
	named, pool := options.Signals, ""
	if options.Demand != nil {
		demand, pool = options.Demand.given(), options.Demand.Pool
		named = slices.Concat(named, options.Demand.Events)
	}
	names, err := textBlock("a signal or event", named)
	if err != nil {
		return nil, err
	}
	poolText, err := optionalText("pool", pool)
	if err != nil {
		return nil, err
	}
	texts := newTexts(poolText)
	defer texts.free()
	rows, err := layOutColumns(columns, family.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	models, release := family.given()
	defer release()
	given := C.cstn_backtest_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_backtest_options{})),
		n_windows: C.int32_t(options.Windows), step: C.int32_t(options.Step), window: C.int32_t(options.Window),
		refit: C.int32_t(options.Refit), min_training: C.int32_t(options.MinTraining), last: C.int64_t(options.Last),
		n_cutoffs: C.size_t(len(options.Cutoffs)), latency_us: C.int64_t(options.LatencyMicros),
		origin_offset_us: C.int64_t(options.OriginOffsetMicros), n_signals: C.size_t(len(options.Signals))}
	if options.HasLast {
		given.flags |= BacktestLast
	}
	if options.AssumeKnown {
		given.flags |= BacktestAssumeKnown
	}
	return construct(family.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_backtest(rows.c, &models, &given, (*C.int64_t)(unsafe.SliceData(options.Cutoffs)), charPointer(names),
			demand, texts.at(0), allocator, out, o)
	})
}
