package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_service_plan_builder_add
#cgo nocallback cstn_go_service_plan_builder_add
#cgo noescape cstn_go_segment_moves
#cgo nocallback cstn_go_segment_moves
#cgo noescape cstn_go_segment_compare
#cgo nocallback cstn_go_segment_compare
*/
import "C"

import (
	"context"
	"math"
)

// PlanReasons is why a row of a plan is as it is, as bits.
type PlanReasons uint32

// Reasons of a row.
const (
	PlanNoEvidence      PlanReasons = C.CSTN_PLAN_NO_EVIDENCE      // no orders of one kind in any stratum
	PlanPartialEvidence PlanReasons = C.CSTN_PLAN_PARTIAL_EVIDENCE // strata are left out
	PlanNoEffect        PlanReasons = C.CSTN_PLAN_NO_EFFECT        // the interval holds 0: dV = 0
	PlanNegativeEffect  PlanReasons = C.CSTN_PLAN_NEGATIVE_EFFECT  // it lies below 0: dV = 0
	PlanNoUnderage      PlanReasons = C.CSTN_PLAN_NO_UNDERAGE      // a unit short costs nothing
	PlanNoFillRate      PlanReasons = C.CSTN_PLAN_NO_FILL_RATE     // no demand, or not a normal one
	PlanStageRaised     PlanReasons = C.CSTN_PLAN_STAGE_RAISED     // tier raised for its stage
	PlanNoValue         PlanReasons = C.CSTN_PLAN_NO_VALUE         // no value at risk anywhere
	PlanNoLeadTime      PlanReasons = C.CSTN_PLAN_NO_LEAD_TIME     // none meets the probability
	PlanMenuGap         PlanReasons = C.CSTN_PLAN_MENU_GAP         // the choice is not proved best
)

// ServicePlanOptions say how a plan decides. nil, like the zero value, is the default.
type ServicePlanOptions struct {
	// ConfidencePPM of all intervals; 0 means 950,000.
	ConfidencePPM int32
	// TierCutPPM are the cumulative shares of tiers 1, 2, 3; zeros mean 500,000, 800,000, 950,000.
	TierCutPPM [3]int32
	// ProtectedPPM is the share of supply protected for each tier.
	ProtectedPPM [4]int32
	// Capacities of the menu, up to three.
	Capacities []int64
	// MinCell: segments of fewer customers do not travel; 0 means 5.
	MinCell int64
	// MaxNodes of the search for the best menu; 0 means 20,000.
	MaxNodes int64
	// NoRaise: no stage raises a tier.
	NoRaise bool
	// Memory is where the plan takes memory from; nil is the C heap.
	Memory *Memory
}

// ServicePlanTables are what a plan is made from; those but Segments may be nil. The columns are those
// of service_plan.h.
type ServicePlanTables struct {
	Segments, Evidence, LeadTimes, Menu []Column
}

// ServicePlanRow is the decision for one segment. Numbers that are not known are NaN, integers -1.
type ServicePlanRow struct {
	Segment, Option                         string
	Tier, ProtectedPPM                      int32
	LeadTimeDays, LeadTimePPM               int64
	RepeatDifference, RepeatLow, RepeatHigh float64
	FailureValue, Underage, Overage         float64
	ServiceLevel, FillRate                  float64
	Reasons                                 PlanReasons
}

// ServicePlan is what each segment is worth and the service it gets. Immutable; any goroutine may use
// it. Close it when done.
//
// Service levels are newsvendor ratios, 0..1; repeat differences have the interval of Newcombe (1998),
// joined over strata by the square-and-add rule (Zou and Donner 2008). Money is minor units. Making
// one is O(n log n), the menu aside, whose search looks at MaxNodes nodes at most.
type ServicePlan struct {
	object[*C.cstn_service_plan]
}

func openServicePlan(ptr *C.cstn_service_plan) *ServicePlan {
	return owned[ServicePlan](&C.cstn_go_service_plan, ptr)
}

func planOptions(options *ServicePlanOptions) (*C.cstn_service_plan_options, error) {
	if len(options.Capacities) > 3 {
		return nil, invalid("%d capacities, at most 3", len(options.Capacities))
	}
	c := new(C.cstn_service_plan_options)
	c.struct_size = C.sizeof_cstn_service_plan_options
	c.confidence_ppm = C.int32_t(options.ConfidencePPM)
	c.n_capacities = C.int32_t(len(options.Capacities))
	c.min_cell, c.max_nodes = C.int64_t(options.MinCell), C.int64_t(options.MaxNodes)
	for i, cut := range options.TierCutPPM {
		c.tier_cut_ppm[i] = C.int32_t(cut)
	}
	for i, share := range options.ProtectedPPM {
		c.protected_ppm[i] = C.int32_t(share)
	}
	for i, capacity := range options.Capacities {
		c.capacity[i] = C.int64_t(capacity)
	}
	if options.NoRaise {
		c.flags = C.CSTN_SERVICE_PLAN_NO_RAISE
	}
	return c, nil
}

func addPlanTable(builder *C.cstn_service_plan_builder, table C.int32_t, columns []Column) error {
	if columns == nil {
		return nil
	}
	rows, err := layOutColumns(columns, nil)
	if err != nil {
		return err
	}
	defer rows.end()
	var o C.cstn_go_outcome
	C.cstn_go_service_plan_builder_add(builder, table, rows.c, &o)
	return outcomeError(&o)
}

// NewServicePlan decides. It returns [ErrEmpty] without segments and [ErrInvalidArgument] naming row,
// column and rule, or the segment whose unit left over costs nothing.
func NewServicePlan(tables ServicePlanTables, options *ServicePlanOptions) (*ServicePlan, error) {
	options = orDefault(options)
	given, err := planOptions(options)
	if err != nil {
		return nil, err
	}
	allocator, done, err := options.Memory.allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	o := new(C.cstn_go_outcome)
	builder := new(*C.cstn_service_plan_builder)
	C.cstn_go_service_plan_builder_new(given, allocator, builder, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	defer C.cstn_service_plan_builder_free(*builder)
	inputs := []struct {
		table   C.int32_t
		columns []Column
	}{
		{C.CSTN_PLAN_INPUT_SEGMENTS, tables.Segments},
		{C.CSTN_PLAN_INPUT_EVIDENCE, tables.Evidence},
		{C.CSTN_PLAN_INPUT_LEAD_TIMES, tables.LeadTimes},
		{C.CSTN_PLAN_INPUT_MENU, tables.Menu},
	}
	for _, input := range inputs {
		if err := addPlanTable(*builder, input.table, input.columns); err != nil {
			return nil, err
		}
	}
	plan := new(*C.cstn_service_plan)
	C.cstn_go_service_plan_builder_build(*builder, plan, o)
	return opened(o, *plan, openServicePlan)
}

// Len is how many segments there are; 0 after Close.
func (p *ServicePlan) Len() int {
	ptr, err := p.use()
	if err != nil {
		return 0
	}
	defer p.end()
	return int(C.cstn_service_plan_count(ptr))
}

// Digest is SHA-256 of the plan's content as 64 hex digits; "" after Close.
func (p *ServicePlan) Digest() string {
	ptr, err := p.use()
	if err != nil {
		return ""
	}
	defer p.end()
	return C.GoString(C.cstn_service_plan_digest_text(ptr))
}

// At is the decision for one segment, in the order of labels.
func (p *ServicePlan) At(index int) (ServicePlanRow, error) {
	if index < 0 || int64(index) > math.MaxInt32 {
		return ServicePlanRow{}, invalid("segment %d", index)
	}
	ptr, err := p.use()
	if err != nil {
		return ServicePlanRow{}, err
	}
	defer p.end()
	o, row := new(C.cstn_go_outcome), new(C.cstn_service_plan_row)
	C.cstn_go_service_plan_at(ptr, C.size_t(index), row, o)
	if err := outcomeError(o); err != nil {
		return ServicePlanRow{}, err
	}
	return ServicePlanRow{
		Segment: C.GoString(row.segment), Option: C.GoString(row.option),
		Tier: int32(row.tier), ProtectedPPM: int32(row.protected_ppm),
		LeadTimeDays: int64(row.lead_time_days), LeadTimePPM: int64(row.lead_time_ppm),
		RepeatDifference: float64(row.repeat_difference),
		RepeatLow:        float64(row.repeat_low), RepeatHigh: float64(row.repeat_high),
		FailureValue: float64(row.failure_value), Underage: float64(row.underage), Overage: float64(row.overage),
		ServiceLevel: float64(row.service_level), FillRate: float64(row.fill_rate),
		Reasons: PlanReasons(row.reasons),
	}, nil
}

// JSON is the plan as JSON; the digest is that of the bytes of its member "plan".
func (p *ServicePlan) JSON() ([]byte, error) {
	return p.bytes(context.Background(), C.CSTN_PLAN_FORM_JSON)
}

// CSV is the table of segments as CSV.
func (p *ServicePlan) CSV() ([]byte, error) {
	return p.bytes(context.Background(), C.CSTN_PLAN_FORM_CSV)
}

// Segments gives a row a segment: what came in, and every decision with its reasons. Close the stream.
func (p *ServicePlan) Segments() (*Stream, error) { return p.export(C.CSTN_PLAN_TABLE_SEGMENTS) }

// Capacities gives a row a capacity: used, available, shadow price, value, bound, gap. Close the stream.
func (p *ServicePlan) Capacities() (*Stream, error) { return p.export(C.CSTN_PLAN_TABLE_CAPACITIES) }

// Shared gives what may cross a company border: no segment below MinCell. Close the stream.
func (p *ServicePlan) Shared() (*Stream, error) { return p.export(C.CSTN_PLAN_TABLE_SHARED) }

// SegmentMoves gives who changes segment: only who is nearer to another by the margin (parts per
// million; 0 means 100,000) in two successive periods. Columns customer, period, segment, distance,
// held. It returns [ErrDuplicate] and [ErrInvalidArgument]. Close the stream.
func SegmentMoves(distances []Column, marginPPM int32, opts ...Option) (*Stream, error) {
	rows, err := layOutColumns(distances, nil)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(memoryOf(opts), openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_segment_moves(rows.c, C.int32_t(marginPPM), allocator, out, o)
	})
}

// SegmentComparison is how far two ways to segment the same customers agree.
type SegmentComparison struct {
	Customers                     int64 // in both
	Moved                         int64 // of these, with another segment
	OnlyBefore, OnlyAfter         int64
	SegmentsBefore, SegmentsAfter int64
	AdjustedRand                  float64 // 1 for the same partition, about 0 for chance; NaN without customers in both
}

// SegmentCompare compares segments before and after, both with columns customer and segment, a row a
// customer. The stream has a row for each customer who moved: customer, from, to. It returns
// [ErrDuplicate] for a customer twice on one side, [ErrInvalidArgument] for a null.
func SegmentCompare(before, after []Column, opts ...Option) (SegmentComparison, *Stream, error) {
	var told C.cstn_segment_comparison
	one, err := layOutColumns(before, nil)
	if err != nil {
		return SegmentComparison{}, nil, err
	}
	defer one.end()
	other, err := layOutColumns(after, nil)
	if err != nil {
		return SegmentComparison{}, nil, err
	}
	defer other.end()
	moved, err := construct(memoryOf(opts), openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_segment_compare(one.c, other.c, allocator, &told, out, o)
	})
	if err != nil {
		return SegmentComparison{}, nil, err
	}
	return SegmentComparison{int64(told.customers), int64(told.moved), int64(told.only_before), int64(told.only_after),
		int64(told.segments_before), int64(told.segments_after), float64(told.adjusted_rand)}, moved, nil
}
