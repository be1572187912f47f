package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_demand_global_fit
#cgo nocallback cstn_go_demand_global_fit
#cgo noescape cstn_go_demand_global_forecast
#cgo nocallback cstn_go_demand_global_forecast
#cgo noescape cstn_go_demand_weights
#cgo nocallback cstn_go_demand_weights
*/
import "C"

import (
	"context"
	"unsafe"
)

// GlobalSignalFlags say what becomes of a signal's column beside its value.
type GlobalSignalFlags uint32

// What becomes of a signal.
const (
	GlobalByPool GlobalSignalFlags = C.CSTN_GLOBAL_BY_POOL // also a column for each pool
	GlobalNext   GlobalSignalFlags = C.CSTN_GLOBAL_NEXT    // also the value of the period after
)

// Flags of a forecast by a [GlobalRidge].
const (
	GlobalMissingSignal = C.CSTN_GLOBAL_MISSING_SIGNAL // the mean of a signal stands in for it
	GlobalFallback      = C.CSTN_GLOBAL_FALLBACK       // the series never changed: its last level
	GlobalAssumedKnown  = C.CSTN_GLOBAL_ASSUMED_KNOWN  // signals of periods ahead are taken as known
)

// GlobalTreesMost is how many rounds of boosting there may be.
const GlobalTreesMost = C.CSTN_GLOBAL_TREES_MOST

// GlobalSignalsMost is how many signals there may be.
const GlobalSignalsMost = C.CSTN_GLOBAL_SIGNALS_MOST

// GlobalSignal is a column of the rows that is known ahead: 1 on an event's day, or any number.
type GlobalSignal struct {
	// Name of the column.
	Name string
	// Flags: GlobalByPool, GlobalNext.
	Flags GlobalSignalFlags
}

// GlobalOptions say how one ridge regression learns from all series. nil, like the zero value, is
// without signals and pools.
type GlobalOptions struct {
	// Signals are columns of numbers that are known ahead.
	Signals []GlobalSignal
	// Pool is the column of the pool; "" none.
	Pool string
	// Horizon is how many periods ahead, 1..1,024; 0 means four seasons.
	Horizon int32
	// Period is what lies between two rows.
	Period ForecastPeriod
	// Gap is what a missing period means.
	Gap ForecastGap
	// Season is the periods of a season, 1..168; 0 is as in FamilyOptions.
	Season int32
	// Origins to learn from, one a season; 0 means 52.
	Origins int32
	// Year is the periods of a year; 0 means 364 of days, 52 of weeks.
	Year int32
	// Penalty is a share of the mean diagonal; 0 means .001.
	Penalty float64
	// Trees are rounds of boosted regression trees beside the ridge, 0..2,000; 200 is a good number, 0
	// none.
	Trees int32
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Binding has names and casts, or is nil.
	Binding *Binding
	// Memory is where the model takes memory from; nil is the C heap.
	Memory *Memory
}

// GlobalForecastOptions say what is forecast. nil, like the zero value, is the horizon of the fit.
type GlobalForecastOptions struct {
	// Horizon is how many periods ahead, at most that of the fit; 0 means that.
	Horizon int32
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Local is a model of the same series, whose forecasts are averaged with these; nil is none. Its
	// events are the signals of the same name. The stream keeps what it needs when it is closed.
	Local *DemandModel
	// Weights say how much both weigh, as [DemandWeights] gives them: the column of the pool, if the
	// model has one, week, global and local. nil, like a pool that is not there, weighs both alike; weeks
	// beyond are as the last one.
	Weights []Column
	// Binding has names and casts, or is nil.
	Binding *Binding
}

// DemandWeightsOptions say what weights are learned from. nil, like the zero value, is: global and local,
// by weeks of 7 periods.
type DemandWeightsOptions struct {
	// Components are columns of forecasts, 2 to 8; nil is global and local.
	Components []string
	// Pool is the column of the pool; "" is none.
	Pool string
	// Week is how many periods a horizon week has, 1..1,024; 0 means 7.
	Week int32
	// Level is that of the pinball loss, inside (0, 1); 0 means .5.
	Level float64
	// Binding has names and casts, or is nil.
	Binding *Binding
	// Memory is where the table takes memory from; nil is the C heap.
	Memory *Memory
}

// DemandWeights gives weights of forecasts that are combined, by pool and horizon week: half of 1 / loss,
// made to add up to 1, and half of equal ones (Bates and Granger 1969). Rows are forecasts of earlier
// origins and what came: h, y, a column for each component, that of the pool; rows without y or one of
// the forecasts are passed over. Columns out: the pool, week, n and a weight for each component. It
// returns [ErrInvalidArgument], [ErrSchema], and [ErrRows] beside a stream when rows were left out. Cost:
// O(rows).
func DemandWeights(rows []Column, options *DemandWeightsOptions) (*Stream, error) {
	options = orDefault(options)
	given := &C.cstn_demand_weights_options{struct_size: C.sizeof_cstn_demand_weights_options,
		n_components: C.int32_t(len(options.Components)), week: C.int32_t(options.Week), level: C.double(options.Level)}
	names, err := textBlock("a component", options.Components)
	if err != nil {
		return nil, err
	}
	pool, err := optionalText("pool", options.Pool)
	if err != nil {
		return nil, err
	}
	texts := newTexts(pool)
	defer texts.free()
	in, err := layOutColumns(rows, options.Binding)
	if err != nil {
		return nil, err
	}
	defer in.end()
	return construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_demand_weights(in.c, given, charPointer(names), texts.at(0), allocator, out, o)
	})
}

// GlobalRidge is one regression for all series and horizons. Immutable; any goroutine. Close it when
// done.
type GlobalRidge struct {
	object[*C.cstn_demand_global]
}

func openGlobal(ptr *C.cstn_demand_global) *GlobalRidge {
	return owned[GlobalRidge](&C.cstn_go_demand_global, ptr)
}

// FitGlobal learns from whole histories: columns unique_id (int64 or text), ds (where a period starts),
// y (a number; null in the last rows of a series, whose signals are known ahead), the column of the
// pool, and one of numbers for each signal, in any order. The result is the same for any number of
// threads. It returns [ErrEmpty] if no series is long enough, [ErrSchema], [ErrInvalidArgument],
// [ErrLimit] for more than 256 columns of the regression, and [ErrRows] beside a model when series were
// left out for a bad row. Cost: O(rows), then some 200 ns an origin and period ahead; 1 MB a thread. 200 rounds
// of trees: 5 us a row, shared by the threads, and 90 bytes.
func FitGlobal(columns []Column, options *GlobalOptions) (*GlobalRidge, error) {
	options = orDefault(options)
	given, err := options.given()
	if err != nil {
		return nil, err
	}
	rows, err := layOutColumns(columns, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(options.Memory, openGlobal, func(allocator *C.cstn_allocator, out **C.cstn_demand_global, o *C.cstn_go_outcome) {
		C.cstn_go_demand_global_fit(rows.c, &given.options, charPointer(given.names), given.flagsPointer(), allocator, out, o)
	})
}

// givenGlobal are options as the bridge takes them: numbers, names of the signals and of the pool's
// column, flags of the signals.
type givenGlobal struct {
	options C.cstn_demand_global_options
	names   []byte
	flags   []uint32
}

func (g *givenGlobal) flagsPointer() *C.uint32_t {
	return (*C.uint32_t)(unsafe.SliceData(g.flags))
}

func (options *GlobalOptions) given() (*givenGlobal, error) {
	if len(options.Signals) > GlobalSignalsMost {
		return nil, invalid("%d signals, at most %d expected", len(options.Signals), GlobalSignalsMost)
	}
	given := &givenGlobal{options: C.cstn_demand_global_options{struct_size: C.sizeof_cstn_demand_global_options,
		horizon: C.int32_t(options.Horizon), period: C.int32_t(options.Period), gap: C.int32_t(options.Gap),
		season: C.int32_t(options.Season), origins: C.int32_t(options.Origins), year: C.int32_t(options.Year),
		threads: C.int32_t(options.Threads), n_signals: C.int32_t(len(options.Signals)),
		penalty: C.double(options.Penalty), trees: C.int32_t(options.Trees)}}
	var texts []string
	for _, signal := range options.Signals {
		texts = append(texts, signal.Name)
		given.flags = append(given.flags, uint32(signal.Flags))
	}
	var err error
	given.names, err = textBlock("a column", append(texts, options.Pool))
	return given, err
}

// Forecast gives unique_id, ds, h, mean and flags (of a fit with trees, whose mean is theirs, also
// ridge) of every series, from the period after its last y; signals of the periods ahead stand in rows
// without y. Forecasts are made as the stream is read. With a local model there are also global and
// local (null: it does not have the series), of which mean is the mean by their weights, and model: what mean is (sensed,
// global, local). Its last row of a series and the last y are of one period, which is the caller's to
// see to; do not change it before the stream has been read, which then ends with [ErrStream]. It returns
// [ErrSchema], [ErrInvalidArgument], [ErrState] for a local model without rows, and [ErrRows] beside a
// stream when series were left out.
func (m *GlobalRidge) Forecast(columns []Column, options *GlobalForecastOptions) (*Stream, error) {
	return m.ahead(0, columns, options)
}

// Explain says what the forecasts of Forecast are made of: unique_id, ds, h, mean, its parts, which add
// up to it, flags, and with a local model what mean is. Parts are baseline (the constant; of trees the
// mean of what they learned from), level (what the series sold), season, month, pool (of trees),
// recalibration (the level of the pool), floor (what a forecast is held at 0 by) and signal_<name> of
// each signal. Of trees a part is how the mean of nodes changes along the path; with a local model each
// has its weight, its level in level. Arguments and errors are those of Forecast.
func (m *GlobalRidge) Explain(columns []Column, options *GlobalForecastOptions) (*Stream, error) {
	return m.ahead(1, columns, options)
}

func (m *GlobalRidge) ahead(isExplained C.int, columns []Column, options *GlobalForecastOptions) (*Stream, error) {
	options = orDefault(options)
	given := &C.cstn_demand_global_forecast_options{struct_size: C.sizeof_cstn_demand_global_forecast_options,
		horizon: C.int32_t(options.Horizon), threads: C.int32_t(options.Threads)}
	var local *C.cstn_demand_model
	if options.Local != nil {
		asked, err := options.Local.use()
		if err != nil {
			return nil, err
		}
		defer options.Local.end()
		local = asked
	}
	laid, end, err := layOutBoth(columns, options.Weights, options.Binding)
	defer end()
	if err != nil {
		return nil, err
	}
	return m.give(func(ptr *C.cstn_demand_global, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_demand_global_forecast(isExplained, ptr, laid[0], laid[1], given, local, out, o)
	})
}

// Param is a number of the model: columns, rows, series, left_out, pools, horizon, season, origins,
// year, penalty, trees. It returns [ErrNotFound].
func (m *GlobalRidge) Param(name string) (float64, error) { return m.param(name) }

// Coefficients gives a row a column of the regression: name, of, pool, coefficient.
func (m *GlobalRidge) Coefficients() (*Stream, error) {
	return m.export(C.CSTN_DEMAND_GLOBAL_TABLE_COLUMNS)
}

// Pools gives a row a pool: pool, level.
func (m *GlobalRidge) Pools() (*Stream, error) { return m.export(C.CSTN_DEMAND_GLOBAL_TABLE_POOLS) }

// Cuts gives a row a column that trees look at, none without: name, of, cuts.
func (m *GlobalRidge) Cuts() (*Stream, error) { return m.export(C.CSTN_DEMAND_GLOBAL_TABLE_TREES) }

// Serialize gives the model as bytes.
func (m *GlobalRidge) Serialize() ([]byte, error) { return m.serialize(context.Background()) }

// DeserializeGlobal makes a model from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeGlobal(bytes []byte, opts ...Option) (*GlobalRidge, error) {
	return deserialize(&C.cstn_go_demand_global, bytes, opts, openGlobal)
}
