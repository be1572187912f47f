package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_demand_model_new
#cgo nocallback cstn_go_demand_model_new
#cgo noescape cstn_go_demand_model_digest
#cgo nocallback cstn_go_demand_model_digest
#cgo noescape cstn_go_demand_model_update_one
#cgo nocallback cstn_go_demand_model_update_one
#cgo noescape cstn_go_demand_model_close_period
#cgo nocallback cstn_go_demand_model_close_period
#cgo noescape cstn_go_demand_model_forecast
#cgo nocallback cstn_go_demand_model_forecast
#cgo noescape cstn_go_demand_model_forecast_one
#cgo nocallback cstn_go_demand_model_forecast_one
#cgo noescape cstn_go_demand_model_size
#cgo nocallback cstn_go_demand_model_size
*/
import "C"

import (
	"context"
	"unsafe"
)

// GapMissing is a third meaning of a missing period, for demand models: nothing is known of it.
const GapMissing ForecastGap = C.CSTN_GAP_MISSING

// DemandReturns is what becomes of returns.
type DemandReturns int32

// What becomes of returns.
const (
	ReturnsSeparate DemandReturns = C.CSTN_DEMAND_RETURNS_SEPARATE // a series of their own
	ReturnsNet      DemandReturns = C.CSTN_DEMAND_RETURNS_NET      // taken off their period; needs Replay
)

// DemandPace is how fast levels learn.
type DemandPace int32

// How fast levels learn.
const (
	PaceByPeriod DemandPace = C.CSTN_DEMAND_PACE_BY_PERIOD // PaceMonths for PeriodMonth, else PaceDays
	PaceDays     DemandPace = C.CSTN_DEMAND_PACE_DAYS      // speeds .02, .05 and .1
	// PaceMonths is for short and slow series: faster speeds, levels that begin as means, and forecasts
	// that take the level of their pool: what it sold in the last 12 periods for each unit that was
	// forecast 10 to 12 periods before, within 1/2 to 2.
	PaceMonths DemandPace = C.CSTN_DEMAND_PACE_MONTHS
)

// DemandRowFlags are flags of a row.
type DemandRowFlags int32

// Flags of a row.
const (
	DemandStockOut    DemandRowFlags = C.CSTN_DEMAND_STOCK_OUT   // demand was at least the limit, or y without one
	DemandClosed      DemandRowFlags = C.CSTN_DEMAND_CLOSED      // no trading: not an observation
	DemandReturn      DemandRowFlags = C.CSTN_DEMAND_RETURN      // what came back
	DemandEstimated   DemandRowFlags = C.CSTN_DEMAND_ESTIMATED   // provisional, learned from by half
	DemandExceptional DemandRowFlags = C.CSTN_DEMAND_EXCEPTIONAL // not learned from
)

// DemandForecastFlags are flags of a forecast.
type DemandForecastFlags int32

// Flags of a forecast.
const (
	DemandForecastCold          DemandForecastFlags = C.CSTN_DEMAND_FORECAST_COLD           // nothing was learned of the series
	DemandForecastCensored      DemandForecastFlags = C.CSTN_DEMAND_FORECAST_CENSORED       // its last row was a stock-out
	DemandForecastMissingSignal DemandForecastFlags = C.CSTN_DEMAND_FORECAST_MISSING_SIGNAL // events of the period are not known
	DemandForecastFallback      DemandForecastFlags = C.CSTN_DEMAND_FORECAST_FALLBACK       // cut at what a float64 holds
	DemandForecastDrift         DemandForecastFlags = C.CSTN_DEMAND_FORECAST_DRIFT          // the alarm rang lately
)

// Bounds of demand models.
const (
	DemandEventsMost = C.CSTN_DEMAND_EVENTS_MOST // pooled events
	DemandSeasonMost = C.CSTN_DEMAND_SEASON_MOST // periods of a season
)

// DemandConfig says what a demand model learns. nil, like the zero value, is: one pool, no events.
type DemandConfig struct {
	// Pool is the column of the pool, such as a department; "" is none: all series are one.
	Pool string
	// Events are columns of pooled events, 0 or 1 a row.
	Events []string
	// Period, Gap (also GapMissing) and Season are as in [FamilyOptions]; Season is at most 366.
	Period ForecastPeriod
	Gap    ForecastGap
	Season int32
	// FirstWeekday of weeks: 1 Monday .. 7 Sunday; 0 means Monday.
	FirstWeekday int32
	// Returns is what becomes of rows with DemandReturn.
	Returns DemandReturns
	// Replay keeps the rows of the last ReplayPeriods (0 means 28) of each series, so that a late one
	// finds its place, and mends what was made of its period if that is closed.
	Replay        bool
	ReplayPeriods int32
	// LevelWeights weighs the three speeds by their errors; Intermittent forecasts size times chance
	// where more than seven rows in ten are zero; Drift learns faster after a shift; Calibrate learns
	// which levels quantiles have to be asked for; History keeps the factors of all closed periods.
	LevelWeights, Intermittent, Drift, Calibrate, History bool
	// Pace is how fast levels learn.
	Pace DemandPace
	// LatencyMicros: where no time is given, a row is known that long after its period ends.
	LatencyMicros int64
	// Memory is where the model takes memory from; nil is the C heap.
	Memory *Memory
}

func (c *DemandConfig) given() *C.cstn_demand_config {
	given := &C.cstn_demand_config{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_demand_config{})),
		period: C.int32_t(c.Period), gap: C.int32_t(c.Gap), season: C.int32_t(c.Season),
		first_weekday: C.int32_t(c.FirstWeekday), returns: C.int32_t(c.Returns),
		replay_periods: C.int32_t(c.ReplayPeriods), latency_us: C.int64_t(c.LatencyMicros),
		n_events: C.int32_t(len(c.Events)), pace: C.int32_t(c.Pace)}
	for _, flag := range []struct {
		set bool
		bit C.uint32_t
	}{{c.Replay, C.CSTN_DEMAND_REPLAY}, {c.LevelWeights, C.CSTN_DEMAND_LEVEL_WEIGHTS},
		{c.Intermittent, C.CSTN_DEMAND_INTERMITTENT}, {c.Drift, C.CSTN_DEMAND_DRIFT},
		{c.Calibrate, C.CSTN_DEMAND_CALIBRATE}, {c.History, C.CSTN_DEMAND_HISTORY}} {
		if flag.set {
			given.flags |= flag.bit
		}
	}
	return given
}

// DemandModel learns from every row as it comes, and forecasts at any time. What it says depends on its
// rows and closings alone. One call at a time; others wait. Close it when done.
//
// It owns its memory, at most 128 bytes a series with a season of 7 and its id; a row costs a look-up of
// its series and some 40 ns.
type DemandModel struct {
	object[*C.cstn_demand_model]
}

func openDemandModel(ptr *C.cstn_demand_model) *DemandModel {
	return owned[DemandModel](&C.cstn_go_demand_model, ptr)
}

// NewDemandModel makes an empty model. It returns [ErrInvalidArgument] for a configuration out of range.
func NewDemandModel(config *DemandConfig) (*DemandModel, error) {
	config = orDefault(config)
	pool, err := optionalText("pool", config.Pool)
	if err != nil {
		return nil, err
	}
	texts := newTexts(pool)
	defer texts.free()
	events, err := textBlock("an event", config.Events)
	if err != nil {
		return nil, err
	}
	given := config.given()
	return construct(config.Memory, openDemandModel, func(allocator *C.cstn_allocator, out **C.cstn_demand_model, o *C.cstn_go_outcome) {
		C.cstn_go_demand_model_new(given, texts.at(0), charPointer(events), allocator, out, o)
	})
}

// DeserializeDemandModel makes a model from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeDemandModel(bytes []byte, opts ...Option) (*DemandModel, error) {
	return deserialize(&C.cstn_go_demand_model, bytes, opts, openDemandModel)
}

// DemandUpdate says how rows of a frame are learned from.
type DemandUpdate uint32

// How rows are learned from.
const (
	// DemandSort: rows of a series come in any order in these columns.
	DemandSort DemandUpdate = C.CSTN_DEMAND_SORT
	// DemandWholePeriods: these are all rows of their periods, which are closed.
	DemandWholePeriods DemandUpdate = C.CSTN_DEMAND_WHOLE_PERIODS
	// DemandTotalsOnly: only totals of pools are added, the first of two passes over parts.
	DemandTotalsOnly DemandUpdate = C.CSTN_DEMAND_TOTALS_ONLY
)

// Update learns from rows: columns unique_id, ds, y, and flags, limit, available_us where they are, that
// of the pool and of each event; options may be nil. It returns [ErrRows] with rows that were left out,
// the others being in.
func (m *DemandModel) Update(ctx context.Context, columns []Column, how DemandUpdate, options *UpdateOptions) error {
	return m.update(ctx, columns, options, C.uint32_t(how))
}

// DemandRow is one row by itself.
type DemandRow struct {
	// Key is the series where keys are text, KeyNumber where they are int64.
	Key       string
	KeyNumber int64
	// Pool, or PoolNumber, where pools are configured.
	Pool       string
	PoolNumber int64
	// DS is as in the columns: days, microseconds or numbers.
	DS int64
	Y  float64
	// Limit is what could have been sold, nil unknown; Available is when the row became known, in
	// microseconds, nil as configured.
	Limit     *float64
	Available *int64
	Flags     DemandRowFlags
	// Events: bit i is the i-th event of the configuration.
	Events uint32
}

// UpdateOne learns from one row, in a microsecond. It returns [ErrRows] with the rule that the row
// breaks.
func (m *DemandModel) UpdateOne(row *DemandRow) error {
	given := &C.cstn_demand_observation{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_demand_observation{})),
		key_len: C.size_t(len(row.Key)), key_number: C.int64_t(row.KeyNumber), pool_len: C.size_t(len(row.Pool)),
		pool_number: C.int64_t(row.PoolNumber), ds: C.int64_t(row.DS), y: C.double(row.Y),
		row_flags: C.int32_t(row.Flags), events: C.uint32_t(row.Events)}
	if row.Limit != nil {
		given.flags |= C.CSTN_DEMAND_HAS_LIMIT
		given.limit = C.double(*row.Limit)
	}
	if row.Available != nil {
		given.flags |= C.CSTN_DEMAND_HAS_AVAILABLE
		given.available_us = C.int64_t(*row.Available)
	}
	ptr, err := m.use()
	if err != nil {
		return err
	}
	defer m.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_demand_model_update_one(ptr, given, textPointer(row.Key), textPointer(row.Pool), o)
	return outcomeError(o)
}

// textPointer is the bytes of a text; nil of an empty one.
func textPointer(s string) *C.char {
	if s == "" {
		return nil
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s)))
}

// ClosePeriod says that all rows of the periods up to ds have come: factors of pools make a step a
// period.
func (m *DemandModel) ClosePeriod(ds int64) error {
	ptr, err := m.use()
	if err != nil {
		return err
	}
	defer m.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_demand_model_close_period(ptr, C.int64_t(ds), o)
	return outcomeError(o)
}

// DemandForecastOptions say what is forecast. nil, like the zero value, is: the means of one season.
type DemandForecastOptions struct {
	// Horizon is how many periods ahead, 1..1,024; 0 means one season.
	Horizon int32
	// Levels of quantiles, ascending, inside (0, 1).
	Levels []float64
	// Returns forecasts the series of returns.
	Returns bool
	// Within adds a column within_<ppm> for each level: how much of the quantile lies below it, 0 to 1,
	// which [MetricUCoverage] asks for.
	Within bool
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Keys are the series that are wanted, in this order: column unique_id, and that of the pool for new
	// ones; nil is all. Future has events to come: ds, a column for each event, that of the pool where
	// they differ; nil is none.
	Keys, Future []Column
	// Binding has names and casts of both, or is nil.
	Binding *Binding
}

func (options *DemandForecastOptions) given() *C.cstn_demand_forecast_options {
	given := &C.cstn_demand_forecast_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_demand_forecast_options{})),
		horizon: C.int32_t(options.Horizon), threads: C.int32_t(options.Threads), n_levels: C.size_t(len(options.Levels))}
	if options.Returns {
		given.flags = C.CSTN_DEMAND_RETURNS
	}
	if options.Within {
		given.flags |= C.CSTN_DEMAND_WITHIN
	}
	return given
}

// Forecast forecasts series, each from the period after its last row: columns unique_id, ds, h, mean,
// quantiles and flags. Its stream ends with [ErrState] once the model has changed.
func (m *DemandModel) Forecast(options *DemandForecastOptions) (*Stream, error) {
	options = orDefault(options)
	given := options.given()
	laid, end, err := layOutBoth(options.Keys, options.Future, options.Binding)
	defer end()
	if err != nil {
		return nil, err
	}
	return m.give(func(ptr *C.cstn_demand_model, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_demand_model_forecast(ptr, laid[0], laid[1], given, doubles(options.Levels), out, o)
	})
}

// Explain says what forecasts are made of: the columns of Forecast, and behind mean its parts, which
// add up to it: baseline (the level without factors), season, and signal_<event> of each event, 0
// where it is not. Factors share what they do together by logarithmic means (Ang 2004), the same in
// any order. Options are those of Forecast without Levels, else [ErrInvalidArgument]. Its stream ends
// with [ErrState] once the model has changed.
func (m *DemandModel) Explain(options *DemandForecastOptions) (*Stream, error) {
	options = orDefault(options)
	given := options.given()
	laid, end, err := layOutBoth(options.Keys, options.Future, options.Binding)
	defer end()
	if err != nil {
		return nil, err
	}
	return m.give(func(ptr *C.cstn_demand_model, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_demand_model_explain(ptr, laid[0], laid[1], given, doubles(options.Levels), out, o)
	})
}

func doubles(values []float64) *C.double {
	return (*C.double)(unsafe.Pointer(unsafe.SliceData(values)))
}

// DemandQuery is what one forecast is asked for.
type DemandQuery struct {
	// Key is the series where keys are text, KeyNumber where they are int64.
	Key       string
	KeyNumber int64
	// Horizon is how many periods ahead, 1..1,024; 0 means 1.
	Horizon int32
	// Events of each period ahead: bit i is the i-th event; nil is unknown.
	Events []uint32
	// Levels of quantiles, ascending, inside (0, 1).
	Levels []float64
	// Returns forecasts the series of returns.
	Returns bool
}

// DemandPath is the forecast of one series: a mean a period, and of each period its quantiles.
type DemandPath struct {
	Mean      []float64
	Quantiles [][]float64
	Flags     DemandForecastFlags
}

// ForecastOne forecasts one series, in a microsecond. A key that is not there is DemandForecastCold.
func (m *DemandModel) ForecastOne(query *DemandQuery) (*DemandPath, error) {
	n, levels := max(int(query.Horizon), 1), len(query.Levels)
	if query.Horizon < 0 || n > HorizonMost || (query.Events != nil && len(query.Events) != n) {
		return nil, invalid("horizon is %d, with events of %d periods", query.Horizon, len(query.Events))
	}
	given := &C.cstn_demand_query{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_demand_query{})),
		key_len: C.size_t(len(query.Key)), key_number: C.int64_t(query.KeyNumber), n_levels: C.size_t(levels),
		horizon: C.int32_t(n)}
	if query.Returns {
		given.flags = C.CSTN_DEMAND_RETURNS
	}
	ptr, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.end()
	path, all, flags := &DemandPath{Mean: make([]float64, n)}, make([]float64, n*levels), C.int32_t(0)
	o := new(C.cstn_go_outcome)
	C.cstn_go_demand_model_forecast_one(ptr, given, textPointer(query.Key),
		(*C.uint32_t)(unsafe.Pointer(unsafe.SliceData(query.Events))), doubles(query.Levels), doubles(path.Mean),
		doubles(all), &flags, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	path.Flags = DemandForecastFlags(flags)
	for i := 0; levels > 0 && i < n; i++ {
		path.Quantiles = append(path.Quantiles, all[i*levels:(i+1)*levels])
	}
	return path, nil
}

// Merge adds the series and open totals that from has, which stays as it is. It returns [ErrConflict]
// for a series that both have, [ErrMismatch] for another configuration or other closed totals.
func (m *DemandModel) Merge(from *DemandModel) error { return merge(context.Background(), m, from) }

// Serialize gives the model as bytes: canonical, the same on every machine.
func (m *DemandModel) Serialize() ([]byte, error) { return m.serialize(context.Background()) }

// Digest is the SHA-256 of the configuration.
func (m *DemandModel) Digest() ([C.CSTN_DEMAND_DIGEST_SIZE]byte, error) {
	var digest [C.CSTN_DEMAND_DIGEST_SIZE]byte
	ptr, err := m.use()
	if err != nil {
		return digest, err
	}
	defer m.end()
	C.cstn_go_demand_model_digest(ptr, (*C.uint8_t)(&digest[0]))
	return digest, nil
}

// DemandSize is what a model holds.
type DemandSize struct {
	Series, Returns, Pools, Drifting, Bytes uint64
	// ClosedDS is the start of the last closed period, where HasClosed.
	ClosedDS  int64
	HasClosed bool
	// DSType is the type of ds; 0 before any row.
	DSType int32
}

// Size counts what the model holds.
func (m *DemandModel) Size() (DemandSize, error) {
	ptr, err := m.use()
	if err != nil {
		return DemandSize{}, err
	}
	defer m.end()
	o := new(C.cstn_go_outcome)
	size := &C.cstn_demand_size{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_demand_size{}))}
	C.cstn_go_demand_model_size(ptr, size, o)
	return DemandSize{Series: uint64(size.series), Returns: uint64(size.returns), Pools: uint64(size.pools),
		Drifting: uint64(size.drifting), Bytes: uint64(size.bytes), ClosedDS: int64(size.closed_ds),
		HasClosed: size.has_closed != 0, DSType: int32(size.ds_type)}, outcomeError(o)
}
