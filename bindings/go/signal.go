package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_signal_value
#cgo nocallback cstn_go_signal_value
*/
import "C"

import "unsafe"

// SignalKind is when a value of a signal may be used.
type SignalKind int32

// Kinds. The cut is the end of the origin's period.
const (
	KnownFuture  SignalKind = C.CSTN_SIGNAL_KNOWN_FUTURE  // the value of the target's period, known by the cut
	ObservedPast SignalKind = C.CSTN_SIGNAL_OBSERVED_PAST // the value of Lag periods before the origin
	ForwardOrder SignalKind = C.CSTN_SIGNAL_FORWARD_ORDER // the sum of orders for the target, entered by the cut
)

// SignalFeature is what is made of the values of a signal.
type SignalFeature int32

// Features; the zero value is SignalAsOrders of orders, else SignalAsValue.
const (
	SignalAsValue      SignalFeature = C.CSTN_SIGNAL_AS_VALUE
	SignalAsPrice      SignalFeature = C.CSTN_SIGNAL_AS_PRICE       // logarithms against the last 8, and the last
	SignalAsCrossPrice SignalFeature = C.CSTN_SIGNAL_AS_CROSS_PRICE // the same of the others of the pool
	SignalAsPromotion  SignalFeature = C.CSTN_SIGNAL_AS_PROMOTION   // value, change, against the last 8
	SignalAsOrders     SignalFeature = C.CSTN_SIGNAL_AS_ORDERS      // booked, against what usually is this early
	SignalAsWeather    SignalFeature = C.CSTN_SIGNAL_AS_WEATHER     // value, square, against 7 days, change
	SignalAsClass      SignalFeature = C.CSTN_SIGNAL_AS_CLASS       // a column for each class but 0
	SignalAsIndex      SignalFeature = C.CSTN_SIGNAL_AS_INDEX       // log change from last, and from last year
	SignalAsEvent      SignalFeature = C.CSTN_SIGNAL_AS_EVENT       // of the period and the next
)

// SignalMoment is whether values came in time.
type SignalMoment uint32

// What is done about values that do not say when they came, or came too late.
const (
	AssumeKnown   SignalMoment = C.CSTN_SIGNAL_ASSUME_KNOWN    // they came in time; results say so
	LateIsMissing SignalMoment = C.CSTN_SIGNAL_LATE_IS_MISSING // they are missing; else [ErrLeakage]
)

// Limits.
const (
	SignalsMost        = C.CSTN_SIGNALS_MOST
	SignalLagMost      = C.CSTN_SIGNAL_LAG_MOST
	SignalGroupsExact  = C.CSTN_SIGNAL_GROUPS_EXACT // groups whose Shapley values are exact
	SignalHorizonsMost = C.CSTN_SIGNAL_HORIZONS_MOST
)

// SignalScale is what the regression forecasts.
type SignalScale int32

// Scales.
const (
	SignalLog1p SignalScale = C.CSTN_SIGNAL_LOG1P
	SignalLog   SignalScale = C.CSTN_SIGNAL_LOG
	SignalPlain SignalScale = C.CSTN_SIGNAL_PLAIN
)

// SignalLoss is what is called error.
type SignalLoss int32

// Losses.
const (
	SignalLossRMSE SignalLoss = C.CSTN_SIGNAL_LOSS_RMSE // in the regression's scale
	SignalLossWAPE SignalLoss = C.CSTN_SIGNAL_LOSS_WAPE // sum of |y - f| / sum of y
	SignalLossMAE  SignalLoss = C.CSTN_SIGNAL_LOSS_MAE
)

// SignalRows says which rows there are, in and out.
type SignalRows uint32

// Rows.
const (
	SignalByPool         SignalRows = C.CSTN_SIGNAL_BY_POOL         // rows of every pool come out, too
	SignalOriginObserved SignalRows = C.CSTN_SIGNAL_ORIGIN_OBSERVED // origins without a row are left out
	SignalPositions      SignalRows = C.CSTN_SIGNAL_POSITIONS       // a base column a position of the season
)

// Signal is a declared signal.
type Signal struct {
	// Name is that of its rows.
	Name string
	// Group is what is valued as one; "" is the name. Partner sends the group; "" nobody.
	Group, Partner string
	Kind           SignalKind
	Feature        SignalFeature
	// Lag of ObservedPast, in periods.
	Lag int32
	// Classes of SignalAsClass.
	Classes int32
	Moment  SignalMoment
}

// SignalValueOptions say how signals are valued. nil, like the zero value, is: one period ahead, the last
// 56 origins, in logarithms.
type SignalValueOptions struct {
	Rows   SignalRows
	Period ForecastPeriod
	Gap    ForecastGap
	Season int32
	Scale  SignalScale
	Loss   SignalLoss
	// Origins that are scored, and Training ones before them (0: all).
	Origins, Training int32
	// History is how many rows a series has before an origin, at least; of the last Recent periods
	// at least RecentRows have one.
	History, Recent, RecentRows int32
	// Resamples of blocks of Block origins; Permutations of more than 8 groups.
	Resamples, Block, Permutations int32
	Threads                        int32
	// Horizons are periods ahead; Means and Positions base columns: means of the last so many rows,
	// and of so many at the target's position of the season.
	Horizons, Means, Positions []int32
	Penalty                    float64
	Seed                       uint64
	// OriginOffsetUs moves the cut.
	OriginOffsetUs int64
	// ServicePpm, if not 0, asks for the stock saved over LeadTime periods, and what it is worth.
	ServicePpm, LeadTime      int32
	HoldingMinor, MarginMinor float64
	// Binding has names and casts of the rows, SignalBinding of the signals, or they are nil.
	Binding, SignalBinding *Binding
	// Memory is where all of it takes memory from; nil is the C heap.
	Memory *Memory
}

func (options *SignalValueOptions) given() C.cstn_signal_value_options {
	return C.cstn_signal_value_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_signal_value_options{})),
		flags: C.uint32_t(options.Rows), period: C.int32_t(options.Period), gap: C.int32_t(options.Gap),
		season: C.int32_t(options.Season), scale: C.int32_t(options.Scale), loss: C.int32_t(options.Loss),
		origins: C.int32_t(options.Origins), training: C.int32_t(options.Training), history: C.int32_t(options.History),
		recent: C.int32_t(options.Recent), recent_rows: C.int32_t(options.RecentRows), resamples: C.int32_t(options.Resamples),
		block: C.int32_t(options.Block), permutations: C.int32_t(options.Permutations), threads: C.int32_t(options.Threads),
		n_horizons: C.size_t(len(options.Horizons)), n_means: C.size_t(len(options.Means)),
		n_positions: C.size_t(len(options.Positions)), penalty: C.double(options.Penalty), seed: C.uint64_t(options.Seed),
		origin_offset_us: C.int64_t(options.OriginOffsetUs), service_ppm: C.int32_t(options.ServicePpm),
		lead_time: C.int32_t(options.LeadTime), holding_minor: C.double(options.HoldingMinor),
		margin_minor: C.double(options.MarginMinor)}
}

func int32Pointer(values []int32) *C.int32_t {
	return (*C.int32_t)(unsafe.Pointer(unsafe.SliceData(values)))
}

// SignalValue says what every group of signals is worth: the error without it less the error with it,
// for each horizon, with an interval, Shapley values, and the stock that is saved. Columns of rows:
// unique_id, ds, y, pool (optional), and one for each signal that is given so; of signals (nil if all
// are columns): signal, unique_id (a series, a pool, or null: all), ds, value, available_us. It returns
// [ErrLeakage] for a value that came after the cut, [ErrSchema] for what is not declared, [ErrEmpty],
// [ErrInvalidArgument], and [ErrRows] beside a stream when rows were left out.
func SignalValue(rows, signals []Column, declared []Signal, options *SignalValueOptions) (*Stream, error) {
	options = orDefault(options)
	given := options.given()
	structs := make([]C.cstn_signal, len(declared)+1)
	var words []string
	for i, s := range declared {
		structs[i] = C.cstn_signal{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_signal{})), flags: C.uint32_t(s.Moment),
			kind: C.int32_t(s.Kind), feature: C.int32_t(s.Feature), lag: C.int32_t(s.Lag), classes: C.int32_t(s.Classes)}
		words = append(words, s.Name, s.Group, s.Partner)
	}
	texts, err := textBlock("a name, group or partner", words)
	if err != nil {
		return nil, err
	}
	laid, err := layOutColumns(rows, options.Binding)
	if err != nil {
		return nil, err
	}
	defer laid.end()
	var other *C.cstn_go_input
	if signals != nil {
		more, err := layOutColumns(signals, options.SignalBinding)
		if err != nil {
			return nil, err
		}
		defer more.end()
		other = more.c
	}
	return construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_signal_value(laid.c, other, unsafe.SliceData(structs), C.size_t(len(declared)), charPointer(texts), &given,
			int32Pointer(options.Horizons), int32Pointer(options.Means), int32Pointer(options.Positions), allocator, out, o)
	})
}
