package constellation

/*
#include <stdlib.h>
#include "bridge.h"

#cgo noescape cstn_go_judge
#cgo nocallback cstn_go_judge
#cgo noescape cstn_order_line_init
#cgo nocallback cstn_order_line_init
*/
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

// Marks are things that happened to a line, as bits.
type Marks uint32

// Marks of a line, to be combined with |.
const (
	MarkSubstitute         Marks = C.CSTN_MARK_SUBSTITUTE          // another product came in its place
	MarkSubstituteAgreed   Marks = C.CSTN_MARK_SUBSTITUTE_AGREED   // and the customer had agreed
	MarkWrongItem          Marks = C.CSTN_MARK_WRONG_ITEM          // something nobody meant to send
	MarkCustomerFault      Marks = C.CSTN_MARK_CUSTOMER_FAULT      // nobody home, slot refused
	MarkForceMajeure       Marks = C.CSTN_MARK_FORCE_MAJEURE       // cause so coded
	MarkConditionOK        Marks = C.CSTN_MARK_CONDITION_OK        // condition confirmed
	MarkDamaged            Marks = C.CSTN_MARK_DAMAGED             // fails condition
	MarkDefective          Marks = C.CSTN_MARK_DEFECTIVE           // fails condition
	MarkWrongConfiguration Marks = C.CSTN_MARK_WRONG_CONFIGURATION // fails condition
	MarkRefusedForQuality  Marks = C.CSTN_MARK_REFUSED_FOR_QUALITY // fails condition

	// MarkDocumentsUnknown and MarkConditionUnknown: nothing about documents, or condition, is
	// recorded anywhere, so that with positive evidence the component is unassessed and not failed.
	MarkDocumentsUnknown Marks = C.CSTN_MARK_DOCUMENTS_UNKNOWN
	MarkConditionUnknown Marks = C.CSTN_MARK_CONDITION_UNKNOWN
)

// Quantity is a number that may be unknown. The zero Quantity is unknown, which is not zero.
type Quantity struct {
	Value int64
	Known bool
}

// Qty is a known quantity.
func Qty(value int64) Quantity { return Quantity{Value: value, Known: true} }

// Offset is a UTC offset that may not have been reported. The zero Offset was not, which is not UTC.
type Offset struct {
	Minutes int32
	Known   bool
}

// OffsetMinutes is a reported offset in minutes east of UTC.
func OffsetMinutes(minutes int32) Offset { return Offset{Minutes: minutes, Known: true} }

// LineDelivery is one arrival of goods for a line.
type LineDelivery struct {
	// Time is when, by the policy's actual_basis.
	Time time.Time
	// Quantity is positive.
	Quantity int64
	// Shipment is the number of the shipment it came with.
	Shipment int32
	// Marks may hold MarkSubstitute, MarkSubstituteAgreed, MarkWrongItem.
	Marks Marks
}

// Failure is the cause and the owner of the failure of a component.
type Failure struct {
	Cause string // "" is unknown
	Owner Owner
}

// OrderLine is all that is known of one order line, for an explained verdict. The zero OrderLine knows
// nothing: a zero time.Time is no time, a zero [Quantity] unknown. All quantities of a line are at one
// scale. What lies after the as-of time is not known yet.
type OrderLine struct {
	Marks      Marks
	LineNumber int32 // within the order; 0 is not numbered
	Status     LineStatus

	Ordered          time.Time
	Requested        time.Time // what the customer asked for
	Promised         time.Time // first commitment
	PromisedLast     time.Time // last commitment of any kind
	PromisedCustomer time.Time // after the last change that the customer initiated and both agreed
	PromisedSupplier time.Time // after the last change by the supplier
	Delivered        time.Time // when the quantity had arrived; ignored when Deliveries are given
	Shipped          time.Time
	Arrived          time.Time
	Accepted         time.Time
	Recorded         time.Time // entry into the books
	Attempted        time.Time // first failed attempt at delivery

	Quantity          Quantity // ordered
	QuantityCancelled Quantity // part of it cancelled; unknown is none
	QuantityDelivered Quantity // at close; ignored when Deliveries are given
	QuantityDue       Quantity // arrived by promise and tolerance; ignored when Deliveries are given
	ValueMinor        Quantity // value of the agreed quantity, minor units
	PriceMinor        Quantity // price of one, used when there is no value

	DocumentsComplete time.Time // when all demanded documents were complete and accurate
	DocumentsOK       Documents // confirmed
	DocumentsBad      Documents // wrong, late or missing

	Returned     time.Time // when a return was requested
	ReturnReason ReturnReason
	Shipments    int32 // how many it came in; 0 is not known, taken as one

	PromisedOffset Offset // UTC offset at the promise, for zone=event, and zone=ship_to without ShipToZone
	ActualOffset   Offset // UTC offset at the actual event
	ShipToZone     string // a name in PolicyData.Zones; "" is none

	Failures   [4]Failure     // of T, F, D, C
	Deliveries []LineDelivery // arrivals in any order; nil when Delivered and quantities say it all
}

// Outcome is what became of a unit.
type Outcome int32

// Outcomes.
const (
	OutcomeCounted  Outcome = C.CSTN_OUTCOME_COUNTED  // in the rate, with a pattern
	OutcomePending  Outcome = C.CSTN_OUTCOME_PENDING  // not due yet
	OutcomeExcluded Outcome = C.CSTN_OUTCOME_EXCLUDED // left out, with a reason
)

// Verdict is what a policy makes of a line or an order, with its reasons. It holds no memory of C.
type Verdict struct {
	Outcome Outcome
	// Pattern is which components failed, when counted.
	Pattern Pattern
	// Reason is why it was left out, when excluded.
	Reason Reason
	// Provisional: counted while the claim window is open.
	Provisional bool
	// Failures are the cause and the owner for T, F, D, C.
	Failures [4]Failure
	// Explanation says in words, one line a step: which promise, which arrival, which quantities,
	// which rule, and what follows.
	Explanation string
}

// Perfect tells whether the unit counts and nothing failed.
func (v *Verdict) Perfect() bool { return v.Outcome == OutcomeCounted && v.Pattern == 0 }

// JudgeLine judges one line: its own pattern, whatever the policy's level. What was known by asOf
// counts. data may be nil. It returns [ErrInvalidArgument] for a line that breaks a rule, and for zone
// rules or a calendar missing. One crossing; for many lines use [PerfectOrder].
func JudgeLine(policy *Policy, asOf time.Time, data *PolicyData, line *OrderLine) (*Verdict, error) {
	if line == nil {
		return nil, invalid("the line is nil")
	}
	return judge(policy, asOf, data, []OrderLine{*line}, 0)
}

// JudgeOrder judges one order: its lines, rolled up. Arguments and errors as for [JudgeLine]; no lines
// are [ErrInvalidArgument].
func JudgeOrder(policy *Policy, asOf time.Time, data *PolicyData, lines []OrderLine) (*Verdict, error) {
	return judge(policy, asOf, data, lines, 1)
}

func judge(policy *Policy, asOf time.Time, data *PolicyData, lines []OrderLine, level C.int32_t) (*Verdict, error) {
	ptr, done, err := policy.use()
	if err != nil {
		return nil, err
	}
	defer done()
	us, err := Micros(asOf)
	if err != nil {
		return nil, err
	}
	if us == NoTime {
		return nil, invalid("the as-of time is not set")
	}
	var with laidData
	if err := with.layOut(data); err != nil {
		return nil, err
	}
	defer with.end()
	var pinner runtime.Pinner
	defer pinner.Unpin()
	laid := make([]C.cstn_order_line, len(lines))
	for i := range lines {
		if err := lines[i].layOut(&laid[i], &pinner); err != nil {
			return nil, err
		}
	}
	var o C.cstn_go_outcome
	var v C.cstn_go_verdict
	C.cstn_go_judge(ptr, C.int64_t(us), with.c, unsafe.SliceData(laid), C.size_t(len(laid)), level, &v, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return verdictOf(&v), nil
}

func verdictOf(from *C.cstn_go_verdict) *Verdict {
	v := &Verdict{Outcome: Outcome(from.outcome), Pattern: Pattern(from.pattern), Reason: Reason(from.reason), Provisional: from.provisional != 0}
	total := 0
	for _, size := range from.size {
		total += int(size)
	}
	at := &from.buffer[0]
	if from.text != nil {
		at = from.text
	}
	text := string(unsafe.Slice((*byte)(unsafe.Pointer(at)), total))
	C.free(unsafe.Pointer(from.text))
	for i := range v.Failures {
		v.Failures[i] = Failure{Cause: text[:from.size[i]], Owner: Owner(from.owner[i])}
		text = text[from.size[i]:]
	}
	v.Explanation = text
	return v
}

// layOut fills the library's struct. Its pointers go to Go memory that pinner holds.
func (l *OrderLine) layOut(to *C.cstn_order_line, pinner *runtime.Pinner) error {
	C.cstn_order_line_init(to, C.uint32_t(C.sizeof_cstn_order_line))
	to.marks, to.line_number, to.status = C.uint32_t(l.Marks), C.int32_t(l.LineNumber), C.int32_t(l.Status)
	to.return_reason, to.shipments = C.int32_t(l.ReturnReason), C.int32_t(l.Shipments)
	to.documents_ok, to.documents_bad = C.uint32_t(l.DocumentsOK), C.uint32_t(l.DocumentsBad)
	if l.PromisedOffset.Known {
		to.promised_offset_minutes = C.int32_t(l.PromisedOffset.Minutes)
	}
	if l.ActualOffset.Known {
		to.actual_offset_minutes = C.int32_t(l.ActualOffset.Minutes)
	}
	for _, t := range []struct {
		from time.Time
		to   *C.int64_t
	}{
		{l.Ordered, &to.ordered_us}, {l.Requested, &to.requested_us}, {l.Promised, &to.promised_us},
		{l.PromisedLast, &to.promised_last_us}, {l.PromisedCustomer, &to.promised_customer_us},
		{l.PromisedSupplier, &to.promised_supplier_us}, {l.Delivered, &to.delivered_us},
		{l.Shipped, &to.shipped_us}, {l.Arrived, &to.arrived_us}, {l.Accepted, &to.accepted_us},
		{l.Recorded, &to.recorded_us}, {l.Attempted, &to.attempted_us},
		{l.DocumentsComplete, &to.documents_complete_us}, {l.Returned, &to.returned_us},
	} {
		us, err := Micros(t.from)
		if err != nil {
			return err
		}
		if us != NoTime {
			*t.to = C.int64_t(us)
		}
	}
	for _, q := range []struct {
		from Quantity
		to   *C.int64_t
	}{
		{l.Quantity, &to.quantity}, {l.QuantityCancelled, &to.quantity_cancelled},
		{l.QuantityDelivered, &to.quantity_delivered}, {l.QuantityDue, &to.quantity_due},
		{l.ValueMinor, &to.value_minor}, {l.PriceMinor, &to.price_minor},
	} {
		if q.from.Known {
			*q.to = C.int64_t(q.from.Value)
		}
	}
	return l.layOutLists(to, pinner)
}

func (l *OrderLine) layOutLists(to *C.cstn_order_line, pinner *runtime.Pinner) error {
	for i, f := range l.Failures {
		to.owner[i] = C.int32_t(f.Owner)
		if f.Cause == "" {
			continue
		}
		cause, err := cText("a cause", f.Cause)
		if err != nil {
			return err
		}
		pinner.Pin(unsafe.SliceData(cause))
		to.cause[i] = charPointer(cause)
	}
	if l.ShipToZone != "" {
		zone, err := cText("the ship-to zone", l.ShipToZone)
		if err != nil {
			return err
		}
		pinner.Pin(unsafe.SliceData(zone))
		to.ship_to_zone = charPointer(zone)
	}
	if len(l.Deliveries) == 0 {
		return nil
	}
	deliveries := make([]C.cstn_line_delivery, len(l.Deliveries))
	for i, d := range l.Deliveries {
		us, err := Micros(d.Time)
		if err != nil {
			return err
		}
		deliveries[i].time_us, deliveries[i].quantity = C.int64_t(us), C.int64_t(d.Quantity)
		deliveries[i].shipment, deliveries[i].marks = C.int32_t(d.Shipment), C.uint32_t(d.Marks)
	}
	pinner.Pin(unsafe.SliceData(deliveries))
	to.deliveries, to.n_deliveries = unsafe.SliceData(deliveries), C.size_t(len(deliveries))
	return nil
}
