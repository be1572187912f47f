package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_value_ledger_new
#cgo nocallback cstn_go_value_ledger_new
#cgo noescape cstn_go_value_ledger_add
#cgo nocallback cstn_go_value_ledger_add
#cgo noescape cstn_go_value_reciprocal_state
#cgo nocallback cstn_go_value_reciprocal_state
#cgo noescape cstn_go_value_reciprocity
#cgo nocallback cstn_go_value_reciprocity
#cgo nocallback cstn_value_ledger_count
*/
import "C"

import (
	"context"
	"math"
	"time"
)

// ValueKind is which way data went.
type ValueKind int32

// Kinds.
const (
	ValueRelease ValueKind = C.CSTN_VALUE_RELEASE // the party gave
	ValueReceipt ValueKind = C.CSTN_VALUE_RECEIPT // the party received
)

// ValueRow is one release or receipt, of fields of one class; a release of several is several rows. Ids have 1 to 64
// bytes of UTF-8, money is minor units of one currency.
type ValueRow struct {
	Kind          ValueKind
	Constellation string
	Party         string // who gave or received
	Counterparty  string // the other one
	Class         FieldClass
	Level         RuleLevel
	Fields        uint32 // how many
	Rows          int64
	At            time.Time
	Completeness  int32         // of what was agreed, permille
	Staleness     time.Duration // age of the data when they came, to microseconds
	UtilityMinor  int64         // of a receipt: what it brought; 0 for a release
	CostMinor     int64         // of a release: what it cost; 0 for a receipt
}

// ValueLedger is what was given and received, with what it cost and brought. It adds up and compares, and suspends
// nothing. One call at a time; others wait. Close it when done. O(rows) of memory.
type ValueLedger struct {
	object[*C.cstn_value_ledger]
}

func openValueLedger(ptr *C.cstn_value_ledger) *ValueLedger {
	return owned[ValueLedger](&C.cstn_go_value_ledger, ptr)
}

// NewValueLedger makes an empty ledger.
func NewValueLedger(opts ...Option) (*ValueLedger, error) {
	return construct(memoryOf(opts), openValueLedger, func(allocator *C.cstn_allocator, out **C.cstn_value_ledger, o *C.cstn_go_outcome) {
		C.cstn_go_value_ledger_new(allocator, out, o)
	})
}

// DeserializeValueLedger makes a ledger from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeValueLedger(bytes []byte, opts ...Option) (*ValueLedger, error) {
	return deserialize(&C.cstn_go_value_ledger, bytes, opts, openValueLedger)
}

// threeTexts are ids that C reads.
func threeTexts(a, b, c string) (texts [3][]byte, err error) {
	for i, text := range []string{a, b, c} {
		if texts[i], err = cText("an id", text); err != nil {
			return texts, err
		}
	}
	return texts, nil
}

// Add adds a row. It returns [ErrInvalidArgument] with the field that breaks its rule. O(1).
func (l *ValueLedger) Add(row *ValueRow) error {
	if row == nil {
		return invalid("row is nil")
	}
	names, err := threeTexts(row.Constellation, row.Party, row.Counterparty)
	if err != nil {
		return err
	}
	given := C.cstn_value_row{kind: C.int32_t(row.Kind), level: C.int32_t(row.Level), field_class: C.uint32_t(row.Class),
		fields: C.uint32_t(row.Fields), at_us: C.int64_t(row.At.UnixMicro()), rows: C.int64_t(row.Rows),
		staleness_us: C.int64_t(row.Staleness.Microseconds()), utility_in_minor: C.int64_t(row.UtilityMinor),
		cost_out_minor: C.int64_t(row.CostMinor), completeness_permille: C.int32_t(row.Completeness)}
	ptr, err := l.use()
	if err != nil {
		return err
	}
	defer l.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_value_ledger_add(ptr, &given, charPointer(names[0]), charPointer(names[1]), charPointer(names[2]), o)
	return outcomeError(o)
}

// Len says how many rows there are; 0 after Close.
func (l *ValueLedger) Len() int {
	ptr, err := l.use()
	if err != nil {
		return 0
	}
	defer l.end()
	return int(C.cstn_value_ledger_count(ptr))
}

// Export gives all rows in their order: kind, constellation, party, counterparty, class, level, fields, rows, at,
// completeness_permille, staleness_us, utility_in_minor, cost_out_minor.
func (l *ValueLedger) Export() (*Stream, error) { return l.export(0) }

// Serialize gives the ledger as bytes.
func (l *ValueLedger) Serialize() ([]byte, error) { return l.serialize(context.Background()) }

// ValueBalance is what one party gave another and received from it.
type ValueBalance struct {
	Releases, Receipts      int64
	RowsGiven, RowsReceived int64
	GivenMinor              int64 // the sum of costs
	ReceivedMinor           int64 // the sum of utilities
	DifferenceMinor         int64 // received less given
	HasReceipts             bool  // else there is no completeness and no staleness
	Completeness            int32 // the least of a receipt, permille
	Staleness               time.Duration
}

// State says how a "reciprocal" consideration of a term stands by the balance, [ConsiderationCurrent],
// [ConsiderationOverdue], or [ConsiderationIsUnknown] without a receipt: the term asks so much, in permille, of the
// least complete receipt, and so little age of the stalest one, 0 for any. It is for [Transaction.PutConsideration].
func (b ValueBalance) State(minCompleteness int64, maxStaleness time.Duration) (int32, error) {
	o, is, state := new(C.cstn_go_outcome), new(C.cstn_value_balance), new(C.int32_t)
	if b.HasReceipts {
		is.valid = C.CSTN_VALUE_HAS_RECEIPTS
		is.completeness_permille, is.staleness_us = C.int32_t(b.Completeness), C.int64_t(b.Staleness.Microseconds())
	}
	C.cstn_go_value_reciprocal_state(is, C.int64_t(minCompleteness), C.int64_t(maxStaleness.Microseconds()), state, o)
	return int32(*state), outcomeError(o)
}

// Reciprocity is the balance of a with b in a constellation, from a's rows of one class, or of all with 0, at instants
// of [from, until); the zero time is no bound. It returns [ErrInvalidArgument], [ErrOverflow]. O(rows).
func (l *ValueLedger) Reciprocity(a, b, constellation string, class FieldClass, from, until time.Time) (ValueBalance, error) {
	names, err := threeTexts(a, b, constellation)
	if err != nil {
		return ValueBalance{}, err
	}
	begin, end := C.int64_t(math.MinInt64), C.int64_t(math.MaxInt64)
	if !from.IsZero() {
		begin = C.int64_t(from.UnixMicro())
	}
	if !until.IsZero() {
		end = C.int64_t(until.UnixMicro())
	}
	ptr, err := l.use()
	if err != nil {
		return ValueBalance{}, err
	}
	defer l.end()
	o, out := new(C.cstn_go_outcome), new(C.cstn_value_balance)
	C.cstn_go_value_reciprocity(ptr, charPointer(names[0]), charPointer(names[1]), charPointer(names[2]), C.uint32_t(class), begin, end, out, o)
	if err := outcomeError(o); err != nil {
		return ValueBalance{}, err
	}
	return ValueBalance{Releases: int64(out.releases), Receipts: int64(out.receipts), RowsGiven: int64(out.rows_given),
		RowsReceived: int64(out.rows_received), GivenMinor: int64(out.given_minor), ReceivedMinor: int64(out.received_minor),
		DifferenceMinor: int64(out.difference_minor), HasReceipts: out.valid&C.CSTN_VALUE_HAS_RECEIPTS != 0,
		Completeness: int32(out.completeness_permille), Staleness: time.Duration(out.staleness_us) * time.Microsecond}, nil
}
