package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_regress
#cgo nocallback cstn_go_regress
*/
import "C"

import "unsafe"

// RegressSignalFlags say what a column of a regression is.
type RegressSignalFlags uint32

// What a column is.
const (
	RegressNext   RegressSignalFlags = C.CSTN_REGRESS_NEXT   // also the value of the period after
	RegressClosed RegressSignalFlags = C.CSTN_REGRESS_CLOSED // no signal: no trading where it is not 0
)

// Flags of a forecast by a regression.
const (
	RegressMissingSignal = C.CSTN_REGRESS_MISSING_SIGNAL // the mean of a signal stands in for it
	RegressFallback      = C.CSTN_REGRESS_FALLBACK       // never changed, or cut at ten times the largest y
	RegressAssumedKnown  = C.CSTN_REGRESS_ASSUMED_KNOWN  // signals of periods ahead are taken as known
)

// RegressSignalsMost is how many signals there may be.
const RegressSignalsMost = C.CSTN_REGRESS_SIGNALS_MOST

// RegressSignal is a column of the rows that is known ahead.
type RegressSignal struct {
	// Name of the column.
	Name string
	// Flags: RegressNext or RegressClosed.
	Flags RegressSignalFlags
}

// RegressOptions say what each series is regressed on. nil, like the zero value, is the season and the
// month.
type RegressOptions struct {
	// Signals are columns of numbers that are known ahead.
	Signals []RegressSignal
	// NoSeason and NoMonth leave out the columns of the season, and of the month's first and last days.
	NoSeason, NoMonth bool
	// Horizon is how many periods ahead, 1..1,024; 0 means one season.
	Horizon int32
	// Period is what lies between two rows.
	Period ForecastPeriod
	// Gap is what a missing period means.
	Gap ForecastGap
	// Season is the periods of a season, 1..168; 0 is as in FamilyOptions.
	Season int32
	// Memory is how many periods are learned from, the last; 0 means 1,092.
	Memory int32
	// Precision of the belief that an effect is 0; 0 means 2.
	Precision float64
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Binding has names and casts, or is nil.
	Binding *Binding
	// Heap is where the series take memory from; nil is the C heap.
	Heap *Memory
}

// Regress regresses the logarithm of each series on its season, the month and signals, and forecasts
// it: columns unique_id (int64 or text), ds, y (null in the last rows of a series, whose signals are
// known ahead) and one of numbers for each signal; columns out unique_id, ds, h, mean, flags.
// Series are regressed as the stream is read. It returns [ErrSchema], [ErrInvalidArgument],
// [ErrLimit], and [ErrRows] beside a stream when series were left out for a bad row. Cost: O(rows),
// and of a series its columns cubed.
func Regress(columns []Column, options *RegressOptions) (*Stream, error) {
	return regress(0, columns, options)
}

// RegressExplain says what the forecasts of [Regress] are made of: its columns, and behind mean its
// parts, which add up to it: baseline (the level beneath the columns), season, month, recalibration
// (from the mean of logarithms to a mean), floor (what a forecast is held at 0 by) and signal_<name>
// of each signal. Factors share what they do together by logarithmic means (Ang 2004). Arguments,
// errors and cost are those of Regress.
func RegressExplain(columns []Column, options *RegressOptions) (*Stream, error) {
	return regress(1, columns, options)
}

func regress(isExplained C.int, columns []Column, options *RegressOptions) (*Stream, error) {
	options = orDefault(options)
	if len(options.Signals) > RegressSignalsMost {
		return nil, invalid("%d signals, at most %d expected", len(options.Signals), RegressSignalsMost)
	}
	given := C.cstn_regress_options{struct_size: C.sizeof_cstn_regress_options, horizon: C.int32_t(options.Horizon),
		period: C.int32_t(options.Period), gap: C.int32_t(options.Gap), season: C.int32_t(options.Season),
		memory: C.int32_t(options.Memory), n_signals: C.int32_t(len(options.Signals)),
		threads: C.int32_t(options.Threads), precision: C.double(options.Precision)}
	if options.NoSeason {
		given.flags |= C.CSTN_REGRESS_NO_SEASON
	}
	if options.NoMonth {
		given.flags |= C.CSTN_REGRESS_NO_MONTH
	}
	var texts []string
	var flags []uint32
	for _, signal := range options.Signals {
		texts = append(texts, signal.Name)
		flags = append(flags, uint32(signal.Flags))
	}
	names, err := textBlock("a signal", texts)
	if err != nil {
		return nil, err
	}
	rows, err := layOutColumns(columns, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(options.Heap, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_regress(isExplained, rows.c, &given, charPointer(names), (*C.uint32_t)(unsafe.SliceData(flags)), allocator, out, o)
	})
}
