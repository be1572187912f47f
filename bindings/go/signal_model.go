package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_signal_model_new
#cgo nocallback cstn_go_signal_model_new
#cgo noescape cstn_go_signal_model_digest
#cgo nocallback cstn_go_signal_model_digest
#cgo noescape cstn_go_signal_model_update_one
#cgo nocallback cstn_go_signal_model_update_one
#cgo noescape cstn_go_signal_model_pool
#cgo nocallback cstn_go_signal_model_pool
#cgo noescape cstn_go_signal_model_forecast
#cgo nocallback cstn_go_signal_model_forecast
#cgo noescape cstn_go_signal_model_forecast_one
#cgo nocallback cstn_go_signal_model_forecast_one
#cgo noescape cstn_go_signal_model_size
#cgo nocallback cstn_go_signal_model_size
*/
import "C"

import (
	"context"
	"unsafe"
)

// SignalModelFlags are flags of a forecast.
type SignalModelFlags int32

// Flags of a forecast.
const (
	SignalModelCold          SignalModelFlags = C.CSTN_SIGNAL_MODEL_COLD           // nothing was learned of the series
	SignalModelMissingSignal SignalModelFlags = C.CSTN_SIGNAL_MODEL_MISSING_SIGNAL // the mean of a signal stands in for it
	SignalModelFallback      SignalModelFlags = C.CSTN_SIGNAL_MODEL_FALLBACK       // never changed, or cut at ten times the largest y
	SignalModelAssumedKnown  SignalModelFlags = C.CSTN_SIGNAL_MODEL_ASSUMED_KNOWN  // signals ahead are taken as known
)

// Bounds of signal models.
const (
	SignalModelSignalsMost = C.CSTN_SIGNAL_MODEL_SIGNALS_MOST // signals
	SignalModelColumnsMost = C.CSTN_SIGNAL_MODEL_COLUMNS_MOST // columns beside the level
)

// SignalModelConfig says what a signal model learns. nil, like the zero value, is: the season and the
// month, one pool.
type SignalModelConfig struct {
	// Signals are columns of numbers; Flags 0 or RegressClosed. What an event does the day before is a
	// column of its own.
	Signals []RegressSignal
	// Pool is the column of the pool, such as a department; "" is none: all series are one.
	Pool string
	// NoSeason and NoMonth leave out the columns of the season, and of the month's first and last days.
	NoSeason, NoMonth bool
	// Linear: of y itself and not of log(1 + y), for series that go below 0.
	Linear bool
	// Steady: the level is one number for all periods, as in a plain ridge.
	Steady bool
	// Period and Gap (GapError or GapMissing) are as in [FamilyOptions]; Season is 1..127, 0 as there.
	Period ForecastPeriod
	Gap    ForecastGap
	Season int32
	// Forgetting is the weight of what was known, at each row, .9 to 1; 0 means .998. Level is the share
	// of an error that a level long known takes, at most .5; 0 means .08. Precision is that of the belief
	// that an effect is 0; 0 means 2.
	Forgetting, Level, Precision float64
	// Memory is where the model takes memory from; nil is the C heap.
	Memory *Memory
}

func (c *SignalModelConfig) given() *C.cstn_signal_model_config {
	given := &C.cstn_signal_model_config{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_signal_model_config{})),
		period: C.int32_t(c.Period), gap: C.int32_t(c.Gap), season: C.int32_t(c.Season),
		n_signals: C.int32_t(len(c.Signals)), forgetting: C.double(c.Forgetting), level: C.double(c.Level),
		precision: C.double(c.Precision)}
	for _, flag := range []struct {
		set bool
		bit C.uint32_t
	}{{c.NoSeason, C.CSTN_SIGNAL_MODEL_NO_SEASON}, {c.NoMonth, C.CSTN_SIGNAL_MODEL_NO_MONTH},
		{c.Linear, C.CSTN_SIGNAL_MODEL_LINEAR}, {c.Steady, C.CSTN_SIGNAL_MODEL_STEADY}} {
		if flag.set {
			given.flags |= flag.bit
		}
	}
	return given
}

// SignalModel learns from every row as it comes what the season, the month and signals do to a series:
// the regression of [Regress] as a small state. What it says depends on the rows of each series alone.
// One call at a time; others wait. Close it when done.
//
// It owns its memory, 700 bytes a series with 16 columns, and its id; a row costs some .3 us.
type SignalModel struct {
	object[*C.cstn_signal_model]
}

func openSignalModel(ptr *C.cstn_signal_model) *SignalModel {
	return owned[SignalModel](&C.cstn_go_signal_model, ptr)
}

// NewSignalModel makes an empty model. It returns [ErrInvalidArgument] for a configuration out of range.
func NewSignalModel(config *SignalModelConfig) (*SignalModel, error) {
	config = orDefault(config)
	if len(config.Signals) > SignalModelSignalsMost {
		return nil, invalid("%d signals, at most %d expected", len(config.Signals), SignalModelSignalsMost)
	}
	var texts []string
	var flags []uint32
	for _, signal := range config.Signals {
		texts = append(texts, signal.Name)
		flags = append(flags, uint32(signal.Flags))
	}
	names, err := textBlock("a name", append(texts, config.Pool))
	if err != nil {
		return nil, err
	}
	given := config.given()
	return construct(config.Memory, openSignalModel, func(allocator *C.cstn_allocator, out **C.cstn_signal_model, o *C.cstn_go_outcome) {
		C.cstn_go_signal_model_new(given, charPointer(names), (*C.uint32_t)(unsafe.SliceData(flags)), allocator, out, o)
	})
}

// DeserializeSignalModel makes a model from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeSignalModel(bytes []byte, opts ...Option) (*SignalModel, error) {
	return deserialize(&C.cstn_go_signal_model, bytes, opts, openSignalModel)
}

// Update learns from rows, in any order: columns unique_id, ds, y, one of numbers for each signal (null:
// not known), and that of the pool; options may be nil. A series with a bad row learns nothing from
// them. It returns [ErrRows] with the bad rows, the other series being in.
func (m *SignalModel) Update(ctx context.Context, columns []Column, options *UpdateOptions) error {
	return m.update(ctx, columns, options, 0)
}

// SignalModelRow is one row by itself.
type SignalModelRow struct {
	// Key is the series where keys are text, KeyNumber where they are int64.
	Key       string
	KeyNumber int64
	// Pool, or PoolNumber, where pools are configured.
	Pool       string
	PoolNumber int64
	// DS is as in the columns: days, microseconds or numbers.
	DS int64
	Y  float64
	// Signals in the order of the configuration, NaN: not known; nil: none is.
	Signals []float64
}

// UpdateOne learns from one row, in a microsecond. It returns [ErrRows] with the rule that the row
// breaks.
func (m *SignalModel) UpdateOne(row *SignalModelRow) error {
	given := &C.cstn_signal_model_row{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_signal_model_row{})),
		key_len: C.size_t(len(row.Key)), key_number: C.int64_t(row.KeyNumber), pool_len: C.size_t(len(row.Pool)),
		pool_number: C.int64_t(row.PoolNumber), ds: C.int64_t(row.DS), y: C.double(row.Y),
		n_signals: C.size_t(len(row.Signals))}
	ptr, err := m.use()
	if err != nil {
		return err
	}
	defer m.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_signal_model_update_one(ptr, given, textPointer(row.Key), textPointer(row.Pool), doubles(row.Signals), o)
	return outcomeError(o)
}

// LearnPools takes what the series of each pool have in common, as they are: series that begin later
// begin there. With restart all series are forgotten, to be taught again. It returns [ErrState] for a
// model without rows.
func (m *SignalModel) LearnPools(restart bool) error {
	ptr, err := m.use()
	if err != nil {
		return err
	}
	defer m.end()
	flags := C.uint32_t(0)
	if restart {
		flags = C.CSTN_SIGNAL_MODEL_RESTART
	}
	o := new(C.cstn_go_outcome)
	C.cstn_go_signal_model_pool(ptr, flags, o)
	return outcomeError(o)
}

// SignalModelForecastOptions say what is forecast. nil, like the zero value, is: one season of every
// series, no signal being known.
type SignalModelForecastOptions struct {
	// Rows are the periods to forecast: unique_id, ds, the signals (null: not known), and the column of
	// the pool for series that are not there; nil is Horizon periods of every series.
	Rows []Column
	// Horizon is at most how many periods ahead, 1..1,024; 0 means all Rows, and without them one season.
	Horizon int32
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Binding has names and casts of Rows, or is nil.
	Binding *Binding
}

// Forecast forecasts series, each from the period after its last row: columns unique_id, ds, h, mean
// and flags. Its stream ends with [ErrState] once the model has changed. It returns [ErrRows] beside a
// stream when series were left out for a bad row.
func (m *SignalModel) Forecast(options *SignalModelForecastOptions) (*Stream, error) {
	options = orDefault(options)
	given := &C.cstn_signal_model_forecast_options{
		struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_signal_model_forecast_options{})),
		horizon:     C.int32_t(options.Horizon), threads: C.int32_t(options.Threads)}
	if options.Rows == nil {
		return m.give(func(ptr *C.cstn_signal_model, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
			C.cstn_go_signal_model_forecast(ptr, nil, given, out, o)
		})
	}
	return m.giveFor(options.Rows, options.Binding, func(ptr *C.cstn_signal_model, rows *C.cstn_go_input, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_signal_model_forecast(ptr, rows, given, out, o)
	})
}

// SignalModelQuery is what one forecast is asked for.
type SignalModelQuery struct {
	// Key is the series where keys are text, KeyNumber where they are int64.
	Key       string
	KeyNumber int64
	// Signals of each period ahead, in the order of the configuration, NaN: not known; nil: no signal is
	// known, and Horizon says how many periods, 1..1,024, 0 meaning 1.
	Signals [][]float64
	Horizon int32
}

// ForecastOne forecasts one series, in a microsecond: means and flags of the periods ahead. A key that
// is not there is SignalModelCold.
func (m *SignalModel) ForecastOne(query *SignalModelQuery) ([]float64, []SignalModelFlags, error) {
	n, width := max(int(query.Horizon), len(query.Signals), 1), 0
	var signals []float64
	for _, of := range query.Signals {
		if width = len(query.Signals[0]); len(of) != width {
			return nil, nil, invalid("a period has %d signals, another %d", len(of), width)
		}
		signals = append(signals, of...)
	}
	if query.Horizon < 0 || n > HorizonMost || (query.Signals != nil && len(query.Signals) != n) {
		return nil, nil, invalid("horizon is %d, with signals of %d periods", query.Horizon, len(query.Signals))
	}
	given := &C.cstn_signal_model_query{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_signal_model_query{})),
		key_len: C.size_t(len(query.Key)), key_number: C.int64_t(query.KeyNumber), n_signals: C.size_t(width),
		horizon: C.int32_t(n)}
	ptr, err := m.use()
	if err != nil {
		return nil, nil, err
	}
	defer m.end()
	mean, flags, o := make([]float64, n), make([]SignalModelFlags, n), new(C.cstn_go_outcome)
	C.cstn_go_signal_model_forecast_one(ptr, given, textPointer(query.Key), doubles(signals), doubles(mean),
		(*C.int32_t)(unsafe.Pointer(unsafe.SliceData(flags))), o)
	if err := outcomeError(o); err != nil {
		return nil, nil, err
	}
	return mean, flags, nil
}

// Effects are a row a series and column: unique_id, name, effect, error (its standard error), mean (of
// the column, as it stands in for a value that is not known).
func (m *SignalModel) Effects() (*Stream, error) { return m.export(C.CSTN_SIGNAL_MODEL_TABLE_SERIES) }

// Pools are a row a pool and column, of pools that LearnPools has seen: pool, name, effect, deviation
// (between series), series (that told something).
func (m *SignalModel) Pools() (*Stream, error) { return m.export(C.CSTN_SIGNAL_MODEL_TABLE_POOLS) }

// Merge adds the series of from, which stays as it is. It returns [ErrConflict] for a series that both
// have, [ErrMismatch] for another configuration or pools that know something else.
func (m *SignalModel) Merge(from *SignalModel) error { return merge(context.Background(), m, from) }

// Serialize gives the model as bytes: canonical, the same on every machine.
func (m *SignalModel) Serialize() ([]byte, error) { return m.serialize(context.Background()) }

// Digest is the SHA-256 of the configuration.
func (m *SignalModel) Digest() ([C.CSTN_SIGNAL_MODEL_DIGEST_SIZE]byte, error) {
	var digest [C.CSTN_SIGNAL_MODEL_DIGEST_SIZE]byte
	ptr, err := m.use()
	if err != nil {
		return digest, err
	}
	defer m.end()
	C.cstn_go_signal_model_digest(ptr, (*C.uint8_t)(&digest[0]))
	return digest, nil
}

// SignalModelSize is what a model holds.
type SignalModelSize struct {
	// SeriesBytes is the state of one series, of Columns beside the level; 0 before any row.
	Series, Pools, Bytes, SeriesBytes uint64
	Columns                           int32
	// LatestDS is the start of the last period of any series, DSType the type of ds; 0 before any row.
	LatestDS int64
	DSType   int32
}

// Size counts what the model holds.
func (m *SignalModel) Size() (SignalModelSize, error) {
	ptr, err := m.use()
	if err != nil {
		return SignalModelSize{}, err
	}
	defer m.end()
	o := new(C.cstn_go_outcome)
	size := &C.cstn_signal_size{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_signal_size{}))}
	C.cstn_go_signal_model_size(ptr, size, o)
	return SignalModelSize{Series: uint64(size.series), Pools: uint64(size.pools), Bytes: uint64(size.bytes),
		SeriesBytes: uint64(size.series_bytes), Columns: int32(size.columns), LatestDS: int64(size.latest_ds),
		DSType: int32(size.ds_type)}, outcomeError(o)
}
