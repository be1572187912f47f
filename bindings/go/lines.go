package constellation

/*
#include "bridge.h"
*/
import "C"

import (
	"math"
	"unsafe"
)

// NoQuantity stands for null in columns of quantities.
const NoQuantity = math.MinInt64

// NoOffset stands for null in columns of UTC offsets.
const NoOffset = math.MinInt32

// DocumentsUnknown stands for null in columns of documents: nothing is recorded.
const DocumentsUnknown Documents = math.MinInt32

// LineStatus is the state of a line. Cancelled means wholly; a part cancelled is a quantity.
type LineStatus int32

// States of a line.
const (
	// LineStatusUnknown: closed if the actual time of the policy's basis is known, else open.
	LineStatusUnknown       LineStatus = C.CSTN_LINE_STATUS_UNKNOWN
	LineOpen                LineStatus = C.CSTN_LINE_OPEN
	LineClosed              LineStatus = C.CSTN_LINE_CLOSED
	LineCancelledByCustomer LineStatus = C.CSTN_LINE_CANCELLED_BY_CUSTOMER
	LineCancelledBySupplier LineStatus = C.CSTN_LINE_CANCELLED_BY_SUPPLIER
)

// ReturnReason is why goods came back.
type ReturnReason int32

// Reasons of a return, and the component each one fails.
const (
	ReturnNone               ReturnReason = C.CSTN_RETURN_NONE
	ReturnDamaged            ReturnReason = C.CSTN_RETURN_DAMAGED             // condition
	ReturnDefective          ReturnReason = C.CSTN_RETURN_DEFECTIVE           // condition
	ReturnWrongConfiguration ReturnReason = C.CSTN_RETURN_WRONG_CONFIGURATION // condition
	ReturnWrongItem          ReturnReason = C.CSTN_RETURN_WRONG_ITEM          // in full
	ReturnShort              ReturnReason = C.CSTN_RETURN_SHORT               // in full
	ReturnExcess             ReturnReason = C.CSTN_RETURN_EXCESS              // in full
	ReturnPaperwork          ReturnReason = C.CSTN_RETURN_PAPERWORK           // documents
	ReturnOther              ReturnReason = C.CSTN_RETURN_OTHER               // nothing failed
)

// Owner is who caused a failure.
type Owner int32

// Owners of a failure.
const (
	OwnerUnknown   Owner = C.CSTN_OWNER_UNKNOWN
	OwnerSupplier  Owner = C.CSTN_OWNER_SUPPLIER
	OwnerWarehouse Owner = C.CSTN_OWNER_WAREHOUSE
	OwnerCarrier   Owner = C.CSTN_OWNER_CARRIER
	OwnerCustomer  Owner = C.CSTN_OWNER_CUSTOMER
	OwnerOwnOffice Owner = C.CSTN_OWNER_OWN_OFFICE
)

// Documents are kinds of document, as bits.
type Documents int32

// Kinds of document, to be combined with |.
const (
	DocumentPackingSlip    Documents = C.CSTN_DOCUMENT_PACKING_SLIP
	DocumentBillOfLading   Documents = C.CSTN_DOCUMENT_BILL_OF_LADING
	DocumentInvoice        Documents = C.CSTN_DOCUMENT_INVOICE
	DocumentCertificate    Documents = C.CSTN_DOCUMENT_CERTIFICATE
	DocumentCustoms        Documents = C.CSTN_DOCUMENT_CUSTOMS
	DocumentDangerousGoods Documents = C.CSTN_DOCUMENT_DANGEROUS_GOODS
)

// OrderLines is a batch of order lines, one entry a line in each slice. A nil slice is a column that
// is absent; all others have one length. Times are microseconds UTC, [NoTime] for none; quantities
// are integers at one scale, [NoQuantity] for none; value and price are minor units. A Go zero is a
// value: time 0 is 1970, quantity 0 is nothing delivered. Causes and references are "" for none.
//
// Columns of the library under names of their own; what the policy and the dimensions need must be
// there, the rest may be absent. Fields that are not here go into Extra.
type OrderLines struct {
	// OrderID, or OrderKey where ids are text: required, but at level line.
	OrderID  []int64
	OrderKey []string
	// ShipmentID, or ShipmentKey: required at level shipment.
	ShipmentID  []int64
	ShipmentKey []string
	// LineNumber breaks ties between lines of an order.
	LineNumber []int32
	// LinesOfOrder is how many lines the order has; an order with more is bad input, counted once.
	LinesOfOrder []int32

	// Ordered is when the order was placed; Requested is what the customer asked for.
	Ordered, Requested []int64
	// Promised is the first commitment, PromisedLast the last, PromisedCustomer that after the last
	// change the customer initiated and both agreed, PromisedSupplier that after the supplier's.
	Promised, PromisedLast, PromisedCustomer, PromisedSupplier []int64
	// The actual events: which one counts is the policy's actual_basis.
	Delivered, Shipped, Arrived, Accepted, Recorded, Attempted []int64

	// Qty is ordered, QtyCancelled a part of it cancelled, QtyDelivered what had arrived at close,
	// QtyDue what had arrived by promise and tolerance.
	Qty, QtyCancelled, QtyDelivered, QtyDue []int64
	// Value of the agreed quantity, or Price of one, for weight=value.
	Value, Price []int64
	// Status is the state of each line.
	Status []LineStatus
	// Shipments is how many shipments the line came in.
	Shipments []int32

	// Marks of a line: true when the thing happened.
	Substitute, SubstituteAgreed, WrongItem, CustomerFault, ForceMajeure []bool
	// ConditionOK is a confirmation; the other four are exceptions, each of which fails condition.
	// Where it is not recorded for some lines, give it in Extra, with nulls.
	ConditionOK, Damaged, Defective, WrongConfiguration, Refused []bool

	// DocumentsOK are confirmed, DocumentsBad wrong, late or missing, DocumentsUnknown where nothing is
	// recorded; DocumentsComplete is when all were complete and accurate.
	DocumentsOK, DocumentsBad []Documents
	DocumentsComplete         []int64

	// Returned is when a return was requested, ReturnReason why.
	Returned     []int64
	ReturnReason []ReturnReason

	// Causes of the failure of each component; "" is unknown.
	LateCause, ShortCause, DocumentsCause, ConditionCause []string
	// Owners of the failure of each component.
	LateOwner, ShortOwner, DocumentsOwner, ConditionOwner []Owner

	// PromisedOffsetMinutes and ActualOffsetMinutes are UTC offsets, NoOffset for none, for zone=event
	// and zone=ship_to; ShipToZone is a name in PolicyData.Zones, "" for none.
	PromisedOffsetMinutes, ActualOffsetMinutes []int32
	ShipToZone                                 []string
	// PolicyDigest refuses rows of another policy, as 64 hex digits.
	PolicyDigest []string

	// Extra are further columns, such as the dimensions.
	Extra []Column

	// Complete is the caller's word that times and quantities hold no NoTime and no NoQuantity, which
	// saves the pass that looks for them: about a tenth of the time of clustered lines.
	Complete bool
}

// Columns gives the slices that are not nil as columns under the library's names, without a copy but
// of text.
func (l *OrderLines) Columns() []Column {
	b := lineColumns{complete: l.Complete}
	b.ints("order_id", l.OrderID)
	b.texts("order_id", l.OrderKey)
	b.ints("shipment_id", l.ShipmentID)
	b.texts("shipment_id", l.ShipmentKey)
	b.smalls("line_number", l.LineNumber)
	b.smalls("order_lines", l.LinesOfOrder)
	b.times("ordered", l.Ordered)
	b.times("requested", l.Requested)
	b.times("promised", l.Promised)
	b.times("promised_last", l.PromisedLast)
	b.times("promised_customer", l.PromisedCustomer)
	b.times("promised_supplier", l.PromisedSupplier)
	b.times("delivered", l.Delivered)
	b.times("shipped", l.Shipped)
	b.times("arrived", l.Arrived)
	b.times("accepted", l.Accepted)
	b.times("recorded", l.Recorded)
	b.times("attempted", l.Attempted)
	b.quantities("qty", l.Qty)
	b.quantities("qty_cancelled", l.QtyCancelled)
	b.quantities("qty_delivered", l.QtyDelivered)
	b.quantities("qty_due", l.QtyDue)
	b.quantities("value", l.Value)
	b.quantities("price", l.Price)
	codes(&b, "status", l.Status, statusWords())
	b.smalls("shipments", l.Shipments)
	b.marks(l)
	b.sparse("documents_ok", asInt32(l.DocumentsOK))
	b.sparse("documents_bad", asInt32(l.DocumentsBad))
	b.times("documents_complete", l.DocumentsComplete)
	b.times("returned", l.Returned)
	codes(&b, "return_reason", l.ReturnReason, returnWords())
	b.causes(l)
	b.sparse("promised_offset_minutes", l.PromisedOffsetMinutes)
	b.sparse("actual_offset_minutes", l.ActualOffsetMinutes)
	b.optional("ship_to_zone", l.ShipToZone)
	b.texts("policy_digest", l.PolicyDigest)
	return append(b.columns, l.Extra...)
}

// words of codes 1, 2, ... as the library reads them. Code 0 is null, so its word is never used.
func statusWords() []string {
	return []string{"open", "open", "closed", "cancelled_by_customer", "cancelled_by_supplier"}
}

func ownerWords() []string {
	return []string{"supplier", "supplier", "warehouse", "carrier", "customer", "own_office"}
}

func returnWords() []string {
	return []string{"other", "damaged", "defective", "wrong_configuration", "wrong_item", "short", "excess", "paperwork", "other"}
}

type lineColumns struct {
	columns  []Column
	complete bool
}

func (b *lineColumns) add(c Column) { b.columns = append(b.columns, c) }

// number adds a column in which the lowest value may stand for null.
func (b *lineColumns) number(c Column) {
	if b.complete {
		c = c.Complete()
	}
	b.add(c)
}

func (b *lineColumns) ints(name string, values []int64) {
	if values != nil {
		b.add(Int64Column(name, values))
	}
}

func (b *lineColumns) smalls(name string, values []int32) {
	if values != nil {
		b.add(Int32Column(name, values))
	}
}

// sparse is a column of int32 in which the lowest value is null.
func (b *lineColumns) sparse(name string, values []int32) {
	if values != nil {
		c := Int32Column(name, values)
		c.nullRule = C.CSTN_GO_NULL_LOWEST
		b.add(c)
	}
}

func (b *lineColumns) times(name string, values []int64) {
	if values != nil {
		b.number(TimeColumn(name, values))
	}
}

func (b *lineColumns) quantities(name string, values []int64) {
	if values != nil {
		b.number(QuantityColumn(name, values))
	}
}

func (b *lineColumns) texts(name string, values []string) {
	if values != nil {
		b.add(TextColumn(name, values))
	}
}

func (b *lineColumns) flags(name string, values []bool) {
	if values != nil {
		b.add(FlagColumn(name, values))
	}
}

func (b *lineColumns) marks(l *OrderLines) {
	b.flags("substitute", l.Substitute)
	b.flags("substitute_agreed", l.SubstituteAgreed)
	b.flags("wrong_item", l.WrongItem)
	b.flags("customer_fault", l.CustomerFault)
	b.flags("force_majeure", l.ForceMajeure)
	b.flags("condition_ok", l.ConditionOK)
	b.flags("damaged", l.Damaged)
	b.flags("defective", l.Defective)
	b.flags("wrong_configuration", l.WrongConfiguration)
	b.flags("refused", l.Refused)
}

// optional is a text column in which "" is null.
func (b *lineColumns) optional(name string, values []string) {
	if values == nil {
		return
	}
	known := make([]bool, len(values))
	for i, v := range values {
		known[i] = v != ""
	}
	b.add(TextColumn(name, values).WithNulls(known))
}

func (b *lineColumns) causes(l *OrderLines) {
	b.optional("late_cause", l.LateCause)
	b.optional("short_cause", l.ShortCause)
	b.optional("documents_cause", l.DocumentsCause)
	b.optional("condition_cause", l.ConditionCause)
	codes(b, "late_owner", l.LateOwner, ownerWords())
	codes(b, "short_owner", l.ShortOwner, ownerWords())
	codes(b, "documents_owner", l.DocumentsOwner, ownerWords())
	codes(b, "condition_owner", l.ConditionOwner, ownerWords())
}

// asInt32 sees a slice of a named int32 as what it is.
func asInt32[T ~int32](values []T) []int32 {
	if values == nil {
		return nil
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(values))), len(values))
}

// codes is a column of numbers whose words the library knows; 0 is null.
func codes[T ~int32](b *lineColumns, name string, values []T, words []string) {
	if values == nil {
		return
	}
	c := CodedColumn(name, asInt32(values), words)
	c.nullRule = C.CSTN_GO_NULL_ZERO
	b.add(c)
}
