package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_value_state_new
#cgo nocallback cstn_go_value_state_new
#cgo noescape cstn_go_customer_value_fit
#cgo nocallback cstn_go_customer_value_fit
#cgo noescape cstn_go_customer_value_from_parameters
#cgo nocallback cstn_go_customer_value_from_parameters
#cgo noescape cstn_go_customer_value_predict
#cgo nocallback cstn_go_customer_value_predict
#cgo noescape cstn_go_customer_value_score
#cgo nocallback cstn_go_customer_value_score
#cgo noescape cstn_go_customer_value_expected
#cgo nocallback cstn_go_customer_value_expected
#cgo noescape cstn_go_customer_value_pmf
#cgo nocallback cstn_go_customer_value_pmf
*/
import "C"

import (
	"context"
	"unsafe"
)

// ValueTime is what the columns tx and T count.
type ValueTime int32

// What tx and T can count.
const (
	ValueTimeUnits ValueTime = C.CSTN_VALUE_TIME_UNITS // the model's unit
	ValueTimeDays  ValueTime = C.CSTN_VALUE_TIME_DAYS
	ValueTimeUS    ValueTime = C.CSTN_VALUE_TIME_US
)

// FitFlags is what a fit found, as bits.
type FitFlags uint32

// What a fit can find.
const (
	// FitNotConverged: no start came to rest; the best is returned.
	FitNotConverged FitFlags = C.CSTN_FIT_NOT_CONVERGED
	// FitNoDropout: the same model without dropout is as good.
	FitNoDropout FitFlags = C.CSTN_FIT_NO_DROPOUT
	// FitHomogeneousDropout: one probability of dropout for all is as good.
	FitHomogeneousDropout FitFlags = C.CSTN_FIT_HOMOGENEOUS_DROPOUT
	// FitHomogeneousRate: one rate for all is as good.
	FitHomogeneousRate FitFlags = C.CSTN_FIT_HOMOGENEOUS_RATE
	// FitNoMean: a customer without purchases has no expected spend.
	FitNoMean FitFlags = C.CSTN_FIT_NO_MEAN
	// FitCorrelated: purchases and spend correlate beyond 0.1.
	FitCorrelated FitFlags = C.CSTN_FIT_CORRELATED
)

// PredictFlags are more columns of a prediction, as bits.
type PredictFlags uint32

// Columns of a prediction beside p_alive and purchases.
const (
	PredictSD       PredictFlags = C.CSTN_PREDICT_SD       // sd: of the number of purchases
	PredictLoglik   PredictFlags = C.CSTN_PREDICT_LOGLIK   // loglik, log_p_alive
	PredictResidual PredictFlags = C.CSTN_PREDICT_RESIDUAL // residual: discounted, all to come
	PredictDue      PredictFlags = C.CSTN_PREDICT_DUE      // due, surprise
	PredictActive   PredictFlags = C.CSTN_PREDICT_ACTIVE   // p_active: a purchase within each horizon
)

// Discounting is when a period's money comes.
type Discounting int32

// When money can come.
const (
	DiscountEnd    Discounting = C.CSTN_DISCOUNT_END
	DiscountMiddle Discounting = C.CSTN_DISCOUNT_MIDDLE
	DiscountBegin  Discounting = C.CSTN_DISCOUNT_BEGIN
)

// HoldoutTable is a table of a comparison with a holdout.
type HoldoutTable int32

// Tables of a comparison.
const (
	HoldoutSummary  HoldoutTable = C.CSTN_HOLDOUT_SUMMARY  // sums, mean absolute error
	HoldoutBins     HoldoutTable = C.CSTN_HOLDOUT_BINS     // means by x, 0..6 and 7 or more
	HoldoutDeciles  HoldoutTable = C.CSTN_HOLDOUT_DECILES  // P(alive) against who bought
	HoldoutTracking HoldoutTable = C.CSTN_HOLDOUT_TRACKING // expected and actual in each period
)

// ValueConfig says how rows of customers are read. nil, like the zero value, is: times in units of 7
// days, a bad row refuses all.
type ValueConfig struct {
	// TimeIn is what tx and T count.
	TimeIn ValueTime
	// UnitUS is the model's unit of time in microseconds; 0 means 7 days.
	UnitUS int64
	// SkipBad leaves out rows that break a rule.
	SkipBad bool
	// Memory is where the state takes memory from; nil is the C heap.
	Memory *Memory
}

// ValueFitOptions say how a model is fitted. nil, like the zero value, is the default.
type ValueFitOptions struct {
	// Threads: 0 all processors; the result does not depend on it.
	Threads int32
	// MaxIterations: 0 means 500.
	MaxIterations int32
	// K are the phases of a gap for bgcnbd and mbgcnbd; 0 means the best of 1 to 12.
	K int32
	// Penalty on the logarithms of parameters; 0 means none.
	Penalty float64
	// Start is one more start: the parameters in their order.
	Start []float64
}

// ValuePredictOptions say what is predicted. nil, like the zero value, is p_alive alone.
type ValuePredictOptions struct {
	// Flags are more columns.
	Flags PredictFlags
	// Threads: 0 all processors; same bytes for any number.
	Threads int32
	// TimeIn is what tx and T count.
	TimeIn ValueTime
	// Horizons are how far ahead, in units.
	Horizons []float64
	// ResidualRate discounts the column residual.
	ResidualRate float64
	// Spend is a gammagamma model, or nil; it reads column spend.
	Spend *CustomerValue
	// Periods of lifetime value: 0 none, -1 for ever.
	Periods int32
	// Timing is when a period's money comes.
	Timing Discounting
	// Actual are the purchases of all customers in each period of a holdout, for HoldoutTracking.
	Actual []int64
	// Period is the length of a period in units; 0 means 1.
	Period float64
	// Discount is the rate a period.
	Discount float64
	// MarginRate is the share of spend that is kept; 0 means 1.
	MarginRate float64
	// CostPerOrder is taken off each purchase.
	CostPerOrder float64
	// MoneyScale are the decimals of margin and clv; nil means 2.
	MoneyScale *int32
	// Binding maps the columns to the declared ones; nil is every column under its own name.
	Binding *Binding
}

// ValueState is grouped customers of one model: mergeable. The fit has the same bytes for any split of
// the rows and merge order. One call at a time; others wait. Close it when done.
//
// It owns its memory, 24 or 32 bytes a distinct row; an update is O(n log n).
type ValueState struct {
	object[*C.cstn_value_state]
}

func openValueState(ptr *C.cstn_value_state) *ValueState {
	return owned[ValueState](&C.cstn_go_value_state, ptr)
}

// NewValueState makes an empty state of a model: bgnbd, mbgnbd, pnbd, nbd, bgbb, sbg, bgcnbd, mbgcnbd
// or gammagamma. It returns [ErrInvalidArgument] for another name.
func NewValueState(model string, config *ValueConfig) (*ValueState, error) {
	config = orDefault(config)
	name, err := cText("the model", model)
	if err != nil {
		return nil, err
	}
	given := C.cstn_value_config{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_value_config{})),
		time_in: C.int32_t(config.TimeIn), unit_us: C.int64_t(config.UnitUS)}
	if config.SkipBad {
		given.flags = C.CSTN_VALUE_SKIP_BAD
	}
	return construct(config.Memory, openValueState, func(allocator *C.cstn_allocator, out **C.cstn_value_state, o *C.cstn_go_outcome) {
		C.cstn_go_value_state_new(charPointer(name), &given, allocator, out, o)
	})
}

// DeserializeValueState makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeValueState(bytes []byte, opts ...Option) (*ValueState, error) {
	return deserialize(&C.cstn_go_value_state, bytes, opts, openValueState)
}

// Update adds customers: columns x, tx, T, and what the model needs beside; binding may be nil. It
// returns [ErrRows] with the rows that break a rule, nothing being added, unless SkipBad is set.
func (s *ValueState) Update(columns []Column, binding *Binding) error {
	return s.update(context.Background(), columns, &UpdateOptions{Binding: binding}, 0)
}

// Merge adds what from has, which stays as it is. It returns [ErrMismatch] for another model or unit.
func (s *ValueState) Merge(from *ValueState) error { return merge(context.Background(), s, from) }

// Customers are how many are in the state; 0 after Close.
func (s *ValueState) Customers() int64 {
	ptr, err := s.use()
	if err != nil {
		return 0
	}
	defer s.end()
	return int64(C.cstn_value_state_customers(ptr))
}

// Serialize gives the state as bytes: the same customers give the same bytes.
func (s *ValueState) Serialize() ([]byte, error) { return s.serialize(context.Background()) }

// Fit fits the model by maximum likelihood. It returns [ErrEmpty] and [ErrNotIdentified]; what else
// it finds is in [CustomerValue.Flags].
func (s *ValueState) Fit(options *ValueFitOptions) (*CustomerValue, error) {
	options = orDefault(options)
	ptr, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.end()
	var o C.cstn_go_outcome
	var model *C.cstn_customer_value
	C.cstn_go_customer_value_fit(ptr, C.int32_t(options.Threads), C.int32_t(options.MaxIterations),
		C.int32_t(options.K), C.double(options.Penalty), doublePointer(options.Start),
		C.size_t(len(options.Start)), &model, &o)
	return opened(&o, model, openCustomerValue)
}

func doublePointer(values []float64) *C.double {
	return (*C.double)(unsafe.Pointer(unsafe.SliceData(values)))
}

func int64Pointer(values []int64) *C.int64_t {
	return (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(values)))
}

// CustomerValue is a model with its parameters. Immutable; any goroutine may use it. Close it when
// done.
//
// BG/NBD (Fader, Hardie, Lee 2005), MBG/NBD (Batislam et al. 2007), Pareto/NBD (Schmittlein et al.
// 1987), regular buyers (Platzer, Reutterer 2016), BG/BB (Fader, Hardie, Shang 2010), sBG (Fader,
// Hardie 2007), gamma-gamma (Fader, Hardie 2005). A fit makes some 5 to 30 passes over the distinct
// rows, a prediction is O(rows x horizons). Probabilities are 0..1, times in the model's unit.
type CustomerValue struct {
	object[*C.cstn_customer_value]
}

func openCustomerValue(ptr *C.cstn_customer_value) *CustomerValue {
	return owned[CustomerValue](&C.cstn_go_customer_value, ptr)
}

// NewCustomerValue makes a model of given parameters, in their order; k comes last for bgcnbd and
// mbgcnbd. unitUS 0 means 7 days.
func NewCustomerValue(model string, parameters []float64, unitUS int64, opts ...Option) (*CustomerValue, error) {
	name, err := cText("the model", model)
	if err != nil {
		return nil, err
	}
	return construct(memoryOf(opts), openCustomerValue, func(allocator *C.cstn_allocator, out **C.cstn_customer_value, o *C.cstn_go_outcome) {
		C.cstn_go_customer_value_from_parameters(charPointer(name), doublePointer(parameters), C.size_t(len(parameters)),
			C.int64_t(unitUS), allocator, out, o)
	})
}

// DeserializeCustomerValue makes a model from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeCustomerValue(bytes []byte, opts ...Option) (*CustomerValue, error) {
	return deserialize(&C.cstn_go_customer_value, bytes, opts, openCustomerValue)
}

// Name is the model's, "bgnbd"; "" after Close.
func (m *CustomerValue) Name() string {
	ptr, err := m.use()
	if err != nil {
		return ""
	}
	defer m.end()
	return C.GoString(C.cstn_customer_value_name(ptr))
}

// Flags is what the fit found; 0 after Close.
func (m *CustomerValue) Flags() FitFlags {
	ptr, err := m.use()
	if err != nil {
		return 0
	}
	defer m.end()
	return FitFlags(C.cstn_customer_value_flags(ptr))
}

// Param gives a number by its name: a parameter ("r"), its standard error ("se_r"), "loglik", "aic"
// and others of the library's page. It returns [ErrNotFound] for what the model does not have.
func (m *CustomerValue) Param(name string) (float64, error) { return m.param(name) }

// Describe gives all of the model as a JSON object.
func (m *CustomerValue) Describe() (string, error) { return m.describe() }

// Serialize gives the model as bytes, the same on every machine.
func (m *CustomerValue) Serialize() ([]byte, error) { return m.serialize(context.Background()) }

// Score is the mean log-likelihood of a state's customers. It returns [ErrMismatch], [ErrEmpty].
func (m *CustomerValue) Score(state *ValueState) (float64, error) {
	ptr, err := m.use()
	if err != nil {
		return 0, err
	}
	defer m.end()
	if state == nil {
		return 0, invalid("the state is nil")
	}
	rows, err := state.use()
	if err != nil {
		return 0, err
	}
	defer state.end()
	var o C.cstn_go_outcome
	var value C.double
	C.cstn_go_customer_value_score(ptr, rows, &value, &o)
	return float64(value), outcomeError(&o)
}

// Predict predicts, a row a customer: p_alive, purchases in each horizon and what options ask for. A
// row that breaks a rule is all null, and in [Stream.BadRows]. options may be nil.
func (m *CustomerValue) Predict(columns []Column, options *ValuePredictOptions) (*Stream, error) {
	return m.run(columns, options, 0, 0)
}

// Holdout compares with a holdout of t units: rows as for a fit, and the column actual, which
// HoldoutTracking does without. It returns [ErrRows] if a row breaks a rule, [ErrEmpty].
func (m *CustomerValue) Holdout(columns []Column, t float64, table HoldoutTable, options *ValuePredictOptions) (*Stream, error) {
	if table < HoldoutSummary {
		return nil, invalid("table %d; 1 to 4 expected", table)
	}
	return m.run(columns, options, t, table)
}

func (m *CustomerValue) run(columns []Column, options *ValuePredictOptions, t float64, table HoldoutTable) (*Stream, error) {
	options = orDefault(options)
	var spend *C.cstn_customer_value
	if options.Spend != nil {
		var err error
		if spend, err = options.Spend.use(); err != nil {
			return nil, err
		}
		defer options.Spend.end()
	}
	scale := int32(-1)
	if options.MoneyScale != nil {
		scale = *options.MoneyScale
	}
	given := &C.cstn_go_value_predict{flags: C.uint32_t(options.Flags), threads: C.int32_t(options.Threads),
		time_in: C.int32_t(options.TimeIn), table: C.int32_t(table), holdout: C.double(t),
		n_horizons: C.size_t(len(options.Horizons)), n_actual: C.size_t(len(options.Actual)), residual_rate: C.double(options.ResidualRate),
		periods: C.int32_t(options.Periods), timing: C.int32_t(options.Timing), period: C.double(options.Period),
		discount: C.double(options.Discount), margin_rate: C.double(options.MarginRate),
		cost_per_order: C.double(options.CostPerOrder), money_scale: C.int32_t(scale)}
	return m.giveFor(columns, options.Binding, func(ptr *C.cstn_customer_value, rows *C.cstn_go_input, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_customer_value_predict(ptr, given, doublePointer(options.Horizons), int64Pointer(options.Actual), spend, rows, out, o)
	})
}

// Expected is what a new customer is expected to buy in (0, t], for each time in units; for sbg the
// share of a cohort still there after t periods.
func (m *CustomerValue) Expected(t ...float64) ([]float64, error) {
	ptr, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.end()
	out := make([]float64, len(t))
	var o C.cstn_go_outcome
	C.cstn_go_customer_value_expected(ptr, doublePointer(t), C.size_t(len(t)), doublePointer(out), &o)
	return out, outcomeError(&o)
}

// PMF is P(X(t) = 0), ..., P(X(t) = n - 1) of a new customer; for bgbb t counts occasions. It returns
// [ErrUnsupported] for sbg and gammagamma.
func (m *CustomerValue) PMF(t float64, n int) ([]float64, error) {
	if n < 0 {
		return nil, invalid("n is %d, 0 or more expected", n)
	}
	ptr, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.end()
	out := make([]float64, n)
	var o C.cstn_go_outcome
	C.cstn_go_customer_value_pmf(ptr, C.double(t), C.size_t(n), doublePointer(out), &o)
	return out, outcomeError(&o)
}
