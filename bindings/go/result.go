package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_result_group
#cgo nocallback cstn_go_result_group
#cgo noescape cstn_go_result_rate
#cgo nocallback cstn_go_result_rate
#cgo noescape cstn_go_result_component
#cgo nocallback cstn_go_result_component
#cgo noescape cstn_go_result_lever
#cgo nocallback cstn_go_result_lever
#cgo noescape cstn_go_result_compare
#cgo nocallback cstn_go_result_compare
#cgo noescape cstn_go_result_standardise
#cgo nocallback cstn_go_result_standardise
#cgo noescape cstn_go_policy_borrowed
#cgo nocallback cstn_go_policy_borrowed
#cgo nocallback cstn_perfect_order_result_count
#cgo nocallback cstn_perfect_order_result_as_of_us
#cgo nocallback cstn_perfect_order_result_pattern
#cgo nocallback cstn_perfect_order_result_excluded
#cgo nocallback cstn_perfect_order_result_pending
#cgo nocallback cstn_perfect_order_result_provisional
#cgo nocallback cstn_perfect_order_result_key
#cgo nocallback cstn_pattern_name
#cgo nocallback cstn_reason_name
*/
import "C"

import (
	"time"
)

// Component is a component of a perfect order, or a set of them joined with |.
type Component uint32

// Components. In a [Pattern] a bit is set when the component failed.
const (
	OnTime        Component = C.CSTN_COMPONENT_ON_TIME   // T
	InFull        Component = C.CSTN_COMPONENT_IN_FULL   // F
	DocumentsDone Component = C.CSTN_COMPONENT_DOCUMENTS // D
	ConditionGood Component = C.CSTN_COMPONENT_CONDITION // C
)

// Pattern is which components of a unit failed: 0 is perfect.
type Pattern = Component

// String gives the letters, "TF"; "perfect" for 0.
func (c Component) String() string { return C.GoString(C.cstn_pattern_name(C.uint32_t(c))) }

// Reason is why a unit is not in the rate.
type Reason int32

// Reasons. Every unit is in exactly one of 16 patterns, pending, or one of these.
const (
	ReasonNone                Reason = C.CSTN_REASON_NONE
	ReasonCancelledByCustomer Reason = C.CSTN_REASON_CANCELLED_BY_CUSTOMER
	ReasonCancelledBySupplier Reason = C.CSTN_REASON_CANCELLED_BY_SUPPLIER
	ReasonCustomerFault       Reason = C.CSTN_REASON_CUSTOMER_FAULT
	ReasonForceMajeure        Reason = C.CSTN_REASON_FORCE_MAJEURE
	ReasonOverdueOpen         Reason = C.CSTN_REASON_OVERDUE_OPEN
	ReasonNoPromise           Reason = C.CSTN_REASON_NO_PROMISE
	ReasonNoActualTime        Reason = C.CSTN_REASON_NO_ACTUAL_TIME
	ReasonUnassessedOnTime    Reason = C.CSTN_REASON_UNASSESSED_ON_TIME
	ReasonUnassessedInFull    Reason = C.CSTN_REASON_UNASSESSED_IN_FULL
	ReasonUnassessedDocuments Reason = C.CSTN_REASON_UNASSESSED_DOCUMENTS
	ReasonUnassessedCondition Reason = C.CSTN_REASON_UNASSESSED_CONDITION
	ReasonBadInput            Reason = C.CSTN_REASON_BAD_INPUT
)

// Reasons is how many reasons there are, "none" included.
const Reasons = C.CSTN_REASON_COUNT

// String gives "cancelled_by_customer"; "" for none and unknown ones.
func (r Reason) String() string { return C.GoString(C.cstn_reason_name(C.int32_t(r))) }

// Total is the group of all units together.
const Total = -1

// Result is rates by group, with all that follows from the counts. Immutable; any goroutine. Close it
// when done.
//
// Groups are numbered 0 .. Len()-1, sorted by their key, subtotals included; [Total] is all units
// together. Another number is [ErrInvalidArgument].
type Result struct {
	object[*C.cstn_perfect_order_result]
	groups int
	asOf   int64
	policy *Policy
}

func openResult(ptr *C.cstn_perfect_order_result) *Result {
	r := &Result{groups: int(C.cstn_perfect_order_result_count(ptr)), asOf: int64(C.cstn_perfect_order_result_as_of_us(ptr))}
	var info C.cstn_go_policy_info
	C.cstn_go_policy_borrowed(ptr, &info)
	r.policy = openPolicy(&info)
	r.open(&C.cstn_go_result, ptr)
	return r
}

// Policy is the policy the result was computed under. It is closed with the result; its text and
// digest stay.
func (r *Result) Policy() *Policy { return r.policy }

// AsOf is the time by which things had to be known to count.
func (r *Result) AsOf() time.Time { return TimeOf(r.asOf) }

// Len is the number of groups, subtotals included; 1 when there is no dimension.
func (r *Result) Len() int { return r.groups }

// Close gives the reference back; streams made from the result live on. Idempotent; the error is
// always nil.
func (r *Result) Close() error {
	r.policy.Close()
	r.handle.close()
	return nil
}

// useGroup gives the pointer and the library's number of a group.
func (r *Result) useGroup(group int) (*C.cstn_perfect_order_result, C.size_t, error) {
	if group != Total && (group < 0 || group >= r.groups) {
		return nil, 0, invalid("group %d, the result has %d", group, r.groups)
	}
	ptr, err := r.use()
	if err != nil {
		return nil, 0, err
	}
	if group == Total {
		return ptr, C.CSTN_GROUP_TOTAL, nil
	}
	return ptr, C.size_t(group), nil
}

// Key gives the value of a dimension in a group as text: "2018-03", "Air", "17"; "(mixed)" and
// "(all)" for mixed and rolled-up ones. ok is false for null. dimension counts from 0 in the order of
// PerfectOrderConfig.By.
func (r *Result) Key(group, dimension int) (key string, ok bool, err error) {
	if dimension < 0 || dimension > 3 || group == Total {
		return "", false, invalid("dimension %d of group %d", dimension, group)
	}
	ptr, n, err := r.useGroup(group)
	if err != nil {
		return "", false, err
	}
	defer r.end()
	text := C.cstn_perfect_order_result_key(ptr, n, C.size_t(dimension))
	if text == nil {
		return "", false, nil
	}
	return C.GoString(text), true, nil
}

// Rate is the rate of a group with its Wilson interval.
func (r *Result) Rate(group int) (Rate, error) {
	ptr, n, err := r.useGroup(group)
	if err != nil {
		return Rate{}, err
	}
	defer r.end()
	var o C.cstn_go_outcome
	var rate C.cstn_rate
	C.cstn_go_result_rate(ptr, n, &rate, &o)
	if err := outcomeError(&o); err != nil {
		return Rate{}, err
	}
	return rateOf(&rate), nil
}

// Component is the rate of one component alone: units that did not fail it, over all. component is
// one bit.
func (r *Result) Component(group int, component Component) (Rate, error) {
	ptr, n, err := r.useGroup(group)
	if err != nil {
		return Rate{}, err
	}
	defer r.end()
	var o C.cstn_go_outcome
	var rate C.cstn_rate
	C.cstn_go_result_component(ptr, n, C.uint32_t(component), &rate, &o)
	if err := outcomeError(&o); err != nil {
		return Rate{}, err
	}
	return rateOf(&rate), nil
}

// Lever is the rate if a set of components never failed.
func (r *Result) Lever(group int, components Component) (Rate, error) {
	ptr, n, err := r.useGroup(group)
	if err != nil {
		return Rate{}, err
	}
	defer r.end()
	var o C.cstn_go_outcome
	var rate C.cstn_rate
	C.cstn_go_result_lever(ptr, n, C.uint32_t(components), &rate, &o)
	if err := outcomeError(&o); err != nil {
		return Rate{}, err
	}
	return rateOf(&rate), nil
}

// count is one of the counts that the library gives as -1 when there is none.
func (r *Result) count(group int, what string, get func(*C.cstn_perfect_order_result, C.size_t) C.int64_t) (int64, error) {
	ptr, n, err := r.useGroup(group)
	if err != nil {
		return 0, err
	}
	defer r.end()
	count := get(ptr, n)
	if count < 0 {
		return 0, invalid("there is no such %s", what)
	}
	return int64(count), nil
}

// Pattern counts the units with exactly this pattern, 0..15.
func (r *Result) Pattern(group int, pattern Pattern) (int64, error) {
	return r.count(group, "pattern", func(p *C.cstn_perfect_order_result, n C.size_t) C.int64_t {
		return C.cstn_perfect_order_result_pattern(p, n, C.uint32_t(pattern))
	})
}

// Excluded counts the units left out for a reason; [ReasonNone] means for any.
func (r *Result) Excluded(group int, reason Reason) (int64, error) {
	return r.count(group, "reason", func(p *C.cstn_perfect_order_result, n C.size_t) C.int64_t {
		return C.cstn_perfect_order_result_excluded(p, n, C.int32_t(reason))
	})
}

// Pending counts the units that are not due yet.
func (r *Result) Pending(group int) (int64, error) {
	return r.count(group, "group", func(p *C.cstn_perfect_order_result, n C.size_t) C.int64_t {
		return C.cstn_perfect_order_result_pending(p, n)
	})
}

// Provisional counts the units in the rate whose claim window is open.
func (r *Result) Provisional(group int) (int64, error) {
	return r.count(group, "group", func(p *C.cstn_perfect_order_result, n C.size_t) C.int64_t {
		return C.cstn_perfect_order_result_provisional(p, n)
	})
}

// Group is all that is known of one group.
type Group struct {
	Rate Rate
	// Components are the rates of T, F, D, C alone.
	Components [4]Rate
	// Patterns counts the units with each pattern; [0] are perfect.
	Patterns [16]int64
	// Excluded counts the units left out by reason; [0] is for any reason.
	Excluded [Reasons]int64
	// Pending are not due yet; Provisional are in the rate while their claim window is open.
	Pending, Provisional int64
}

// Group gives all that is known of one group in one crossing. For many groups read [Result.Rates].
func (r *Result) Group(group int) (Group, error) {
	ptr, n, err := r.useGroup(group)
	if err != nil {
		return Group{}, err
	}
	defer r.end()
	var o C.cstn_go_outcome
	var from C.cstn_go_group
	C.cstn_go_result_group(ptr, n, 0, &from, &o)
	if err := outcomeError(&o); err != nil {
		return Group{}, err
	}
	g := Group{Rate: rateOf(&from.rate), Pending: int64(from.pending), Provisional: int64(from.provisional)}
	for i := range g.Components {
		g.Components[i] = rateOf(&from.component[i])
	}
	for i := range g.Patterns {
		g.Patterns[i] = int64(from.patterns[i])
	}
	for i := range g.Excluded {
		g.Excluded[i] = int64(from.excluded[i])
	}
	return g, nil
}

// Rates gives a row a group: the dimensions, mixed, rolled_up, numerator, denominator, rate, low,
// high, design_effect, n_eff, cluster_low, cluster_high, pending, provisional, excluded, units, h0..h15,
// policy, as_of, z. Read it with [Stream.All] or [Stream.Batches].
func (r *Result) Rates() (*Stream, error) { return r.export(C.CSTN_TABLE_RATES) }

// Losses gives a row a group and component: component, failures, only_failures, component_rate, low,
// high, shared_twelfths, between the dimensions and policy, as_of, z.
func (r *Result) Losses() (*Stream, error) { return r.export(C.CSTN_TABLE_LOSSES) }

// Causes gives a row a group, component, cause and owner: failures, which add up to those of the
// component.
func (r *Result) Causes() (*Stream, error) { return r.export(C.CSTN_TABLE_CAUSES) }

// Levers gives a row a group and set of components: components, numerator, denominator, rate, gain,
// sorted by gain: what would lift the rate.
func (r *Result) Levers() (*Stream, error) { return r.export(C.CSTN_TABLE_LEVERS) }

// Exclusions gives a row a group and reason that occurs: reason, units.
func (r *Result) Exclusions() (*Stream, error) { return r.export(C.CSTN_TABLE_EXCLUSIONS) }

// CompareOrder is the order of groups in a comparison. There is none by the raw rate: 15 of 15 is not
// better than 3,910 of 4,094.
type CompareOrder int32

// Orders of groups.
const (
	OrderByName       CompareOrder = C.CSTN_ORDER_NAME
	OrderByLowerLimit CompareOrder = C.CSTN_ORDER_LOWER_LIMIT
)

// CompareOptions change a comparison; nil, like the zero value, is by name, all groups, cover 0.95.
type CompareOptions struct {
	Order CompareOrder
	// MinUnits: groups with fewer units are listed, but not compared; 0 means 1.
	MinUnits int64
	// MinCoverPPM: below this share of the standard population a standardised rate is null; 0 means
	// 950,000.
	MinCoverPPM int32
}

// Compare tells which groups cannot be told apart from the best, the one with the greatest lower limit
// (Newcombe 1998 differences, Holm 1979 over all). Columns: the dimensions, numerator, denominator,
// rate, low, high, difference, difference_low, difference_high, p_value, p_holm, like_best, policy,
// as_of, z. options may be nil.
func (r *Result) Compare(options *CompareOptions) (*Stream, error) {
	options = orDefault(options)
	return r.give(func(ptr *C.cstn_perfect_order_result, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_result_compare(ptr, C.int32_t(options.Order), C.int64_t(options.MinUnits), out, o)
	})
}

// Standardise gives directly standardised rates against Simpson's trap: each group's rates by stratum,
// weighted by the strata of all groups together. group and stratum are numbers of two dimensions, from
// 0, of a result without Rollup. Columns: the group's dimension, rate, low, high, variance, n_eff,
// cover, raw_rate, policy, as_of, z. options may be nil.
func (r *Result) Standardise(group, stratum int, options *CompareOptions) (*Stream, error) {
	if group < 0 || stratum < 0 {
		return nil, invalid("dimensions %d and %d, 0 or more expected", group, stratum)
	}
	options = orDefault(options)
	return r.give(func(ptr *C.cstn_perfect_order_result, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_result_standardise(ptr, C.size_t(group), C.size_t(stratum), C.int32_t(options.MinCoverPPM), C.int64_t(options.MinUnits), out, o)
	})
}
