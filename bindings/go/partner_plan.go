package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_plan_cells
#cgo nocallback cstn_go_plan_cells
#cgo noescape cstn_go_plan_order
#cgo nocallback cstn_go_plan_order
*/
import "C"

import "unsafe"

// PlanRules are why an open cell is an exception, as bits of column rule.
type PlanRules uint32

// Rules.
const (
	PlanLearned  PlanRules = C.CSTN_PLAN_RULE_LEARNED   // |a - b| above the quantile of the past in its group
	PlanAgreed   PlanRules = C.CSTN_PLAN_RULE_AGREED    // too few past cells: above both thresholds agreed on
	PlanOutsideA PlanRules = C.CSTN_PLAN_RULE_OUTSIDE_A // b lies outside of the interval of a
	PlanOutsideB PlanRules = C.CSTN_PLAN_RULE_OUTSIDE_B // a lies outside of the interval of b
	PlanEvent    PlanRules = C.CSTN_PLAN_RULE_EVENT     // an event is planned by one side only
)

// PlanBy is what rows of the ledger are by, as bits.
type PlanBy uint32

// Rows of the ledger beside the total.
const (
	PlanByHorizon   PlanBy = C.CSTN_PLAN_BY_HORIZON
	PlanByPool      PlanBy = C.CSTN_PLAN_BY_POOL
	PlanByException PlanBy = C.CSTN_PLAN_BY_EXCEPTION
)

// PlanOptions say how two sides plan the same cells. nil, like the zero value, has no agreement, no
// freeze, and the quantile .9 of 20 past cells.
type PlanOptions struct {
	// ExceptionsOnly leaves open cells that are none out of [PlanCompare].
	ExceptionsOnly bool
	// By is what [PlanLedger] has rows of; 0 is the total alone.
	By PlanBy
	// Period is what lies between two rows.
	Period ForecastPeriod
	// HorizonStep is the periods of one horizon of groups; 0 is a week of hours or days, else 1.
	HorizonStep int32
	// Freeze: so many periods ahead nothing is resolved any more.
	Freeze int32
	// QuantilePPM of past |a - b|; 0 means 900,000. CellsLeast: below so many past cells the agreement
	// decides; 0 means 20.
	QuantilePPM, CellsLeast int32
	// AgreedPPM of the mean of both and AgreedUnits are the agreement; both 0: none.
	AgreedPPM   int32
	AgreedUnits float64
	// DrawPPM of what came, or DrawUnits: errors this near are a draw; both 0 mean 50,000 and 1.
	DrawPPM   int32
	DrawUnits float64
	// ConfidencePPM of intervals; 0 means 950,000.
	ConfidencePPM int32
	// Reasons are the codes an override may have; nil is any of 1 or more.
	Reasons []int64
	// Binding has names and casts, or is nil.
	Binding *Binding
	// Memory is where the cells take memory from; nil is the C heap.
	Memory *Memory
}

func (o *PlanOptions) given() *C.cstn_plan_options {
	given := &C.cstn_plan_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_plan_options{})), by: C.uint32_t(o.By),
		period: C.int32_t(o.Period), horizon_step: C.int32_t(o.HorizonStep), freeze: C.int32_t(o.Freeze),
		quantile_ppm: C.int32_t(o.QuantilePPM), cells_least: C.int32_t(o.CellsLeast), agreed_ppm: C.int32_t(o.AgreedPPM),
		agreed_units: C.double(o.AgreedUnits), draw_ppm: C.int32_t(o.DrawPPM), draw_units: C.double(o.DrawUnits),
		confidence_ppm: C.int32_t(o.ConfidencePPM), n_reasons: C.size_t(len(o.Reasons))}
	if o.ExceptionsOnly {
		given.flags = C.CSTN_PLAN_EXCEPTIONS_ONLY
	}
	return given
}

func planCells(number int32, cells []Column, options *PlanOptions) (*Stream, error) {
	options = orDefault(options)
	given := options.given()
	rows, err := layOutColumns(cells, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_plan_cells(C.int32_t(number), rows.c, given, (*C.int64_t)(unsafe.SliceData(options.Reasons)), allocator, out, o)
	})
}

// PlanCompare puts two forecasts of the same cells side by side: columns unique_id, ds, y (null where it
// has not come), a, b, and optionally cutoff or h, pool, a_low, a_high, b_low, b_high, a_event, b_event.
// The stream has the open cells with past bias and error of each side, the threshold, and why a cell is
// an exception (rule, why). It returns [ErrSchema], [ErrInvalidArgument], and [ErrRows] beside a stream
// when items were left out for a bad row. Cost: O(n log n).
func PlanCompare(cells []Column, options *PlanOptions) (*Stream, error) {
	return planCells(0, cells, options)
}

// PlanResolve gives what both sides agree on for the open cells: each less its past bias, weighted by past
// errors (Bates and Granger 1969), or override, which needs a reason. Cells within the freeze, and
// overrides without a reason that is allowed, are bad rows. Errors and cost as of [PlanCompare].
func PlanResolve(cells []Column, options *PlanOptions) (*Stream, error) {
	return planCells(1, cells, options)
}

// PlanLedger says who was right in the cells whose y has come: wins, draws, losses, bias, the gain of a
// over b with intervals, what the consensus was worth, and money; the total first, then what options say.
// Errors and cost as of [PlanCompare].
func PlanLedger(cells []Column, options *PlanOptions) (*Stream, error) {
	return planCells(2, cells, options)
}

// PlanOrderOptions say how orders are placed. nil, like the zero value, is: at once, each period, .95.
type PlanOrderOptions struct {
	// Period is what lies between two rows.
	Period ForecastPeriod
	// Lead is periods until an order arrives, Review those between orders (0 means 1).
	Lead, Review int32
	// LevelPPM: demand is covered with this probability; 0 means 950,000.
	LevelPPM int32
	// Binding has names and casts, or is nil.
	Binding *Binding
	// Memory is where the rows take memory from; nil is the C heap.
	Memory *Memory
}

// PlanOrder gives the orders that a consensus asks for, period by period: columns unique_id, ds, mean, and
// optionally sd, receipt, can_order, and of the item on_hand, pack, minimum, maximum, lead. Packs lift the
// position to the quantile of the demand until the next order arrives; projected stock and the
// probability that it runs out go out with them. Errors as of [PlanCompare]. Cost: O(rows).
func PlanOrder(rows []Column, options *PlanOrderOptions) (*Stream, error) {
	options = orDefault(options)
	given := C.cstn_plan_order_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_plan_order_options{})),
		period: C.int32_t(options.Period), lead: C.int32_t(options.Lead), review: C.int32_t(options.Review),
		level_ppm: C.int32_t(options.LevelPPM)}
	in, err := layOutColumns(rows, options.Binding)
	if err != nil {
		return nil, err
	}
	defer in.end()
	return construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_plan_order(in.c, &given, allocator, out, o)
	})
}
