package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_purchases_new
#cgo nocallback cstn_go_purchases_new
#cgo noescape cstn_go_purchases_export
#cgo nocallback cstn_go_purchases_export
#cgo noescape cstn_go_rfm_fit
#cgo nocallback cstn_go_rfm_fit
#cgo noescape cstn_go_rfm_score
#cgo nocallback cstn_go_rfm_score
#cgo nocallback cstn_rfm_rules
*/
import "C"

import (
	"context"
	"unsafe"
)

// Ordering is what is promised about the order of a customer's purchases. A broken promise gives
// [ErrNotClustered], never a wrong number.
type Ordering int32

// What can be promised.
const (
	// OrderingNone: nothing. Distinct days are kept, 1 to 2 bytes each.
	OrderingNone Ordering = C.CSTN_ORDERING_NONE
	// OrderingByTime: day order, and states touch at most in one day of a customer.
	OrderingByTime Ordering = C.CSTN_ORDERING_BY_TIME
)

// CustomerIDs is what customers are called.
type CustomerIDs int32

// What customers can be called.
const (
	IDsAny   CustomerIDs = C.CSTN_IDS_ANY   // any int64, or text
	IDsDense CustomerIDs = C.CSTN_IDS_DENSE // numbers 0, 1, 2, .. with few holes
)

// PurchasesTable is a table of a state of purchases.
type PurchasesTable int32

// Tables of purchases.
const (
	PurchasesCustomers PurchasesTable = C.CSTN_PURCHASES_TABLE_CUSTOMERS // a row a customer
	PurchasesCounts    PurchasesTable = C.CSTN_PURCHASES_TABLE_COUNTS    // who is in, who is not and why
)

// PurchasesConfig says how purchases are counted. nil, like the zero value, is: rows in any order, all
// days.
type PurchasesConfig struct {
	// Ordering is what is promised about the order of rows.
	Ordering Ordering
	// IDs is what customers are called.
	IDs CustomerIDs
	// DenseLimit: dense ids are below it; 0 means 2^28.
	DenseLimit int64
	// Window leaves out days before From and after To, days since 1970-01-01.
	Window   bool
	From, To int32
	// UTCOffsetMinutes: the day of a time is that of so many minutes ahead of UTC.
	UTCOffsetMinutes int32
	// PeriodDays merges the purchases of a period; 0 means 1.
	PeriodDays int32
	// PeriodOrigin is a day on which a period begins; 0 means Monday 1970-01-05.
	PeriodOrigin int32
	// EachRow counts every row, also several of a day.
	EachRow bool
	// Memory is where the state takes memory from; nil is the C heap.
	Memory *Memory
}

// Purchases is what each customer bought, and when: mergeable, the same bytes for any split of the
// rows. One call at a time; others wait. Close it when done.
//
// It owns its memory, 32 bytes a customer and its id; an update is O(1) a row, a table O(n log n) in
// the customers. Money is minor units.
type Purchases struct {
	object[*C.cstn_purchases]
}

func openPurchases(ptr *C.cstn_purchases) *Purchases {
	return owned[Purchases](&C.cstn_go_purchases, ptr)
}

// NewPurchases makes an empty state. It returns [ErrInvalidArgument] for a configuration out of range.
func NewPurchases(config *PurchasesConfig) (*Purchases, error) {
	config = orDefault(config)
	given := C.cstn_purchases_config{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_purchases_config{})),
		ordering: C.int32_t(config.Ordering), ids: C.int32_t(config.IDs),
		from_days: C.int32_t(config.From), to_days: C.int32_t(config.To),
		utc_offset_minutes: C.int32_t(config.UTCOffsetMinutes), period_days: C.int32_t(config.PeriodDays),
		period_origin_days: C.int32_t(config.PeriodOrigin), dense_limit: C.int64_t(config.DenseLimit)}
	if config.Window {
		given.flags |= C.CSTN_PURCHASES_WINDOW
	}
	if config.EachRow {
		given.flags |= C.CSTN_PURCHASES_EACH_ROW
	}
	return construct(config.Memory, openPurchases, func(allocator *C.cstn_allocator, out **C.cstn_purchases, o *C.cstn_go_outcome) {
		C.cstn_go_purchases_new(&given, allocator, out, o)
	})
}

// DeserializePurchases makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializePurchases(bytes []byte, opts ...Option) (*Purchases, error) {
	return deserialize(&C.cstn_go_purchases, bytes, opts, openPurchases)
}

// Update adds rows of orders: columns customer, day, and value, quantity, cancelled, currency where
// they are; binding may be nil. It returns [ErrRows] with rows that were left out, the others being in.
func (p *Purchases) Update(columns []Column, binding *Binding) error {
	return p.update(context.Background(), columns, &UpdateOptions{Binding: binding}, 0)
}

// Remove forgets customers, a column `customer`: the state is then one that never saw them.
func (p *Purchases) Remove(customers Column) error { return p.remove(customers) }

// Merge adds what from has, which stays as it is. It returns [ErrMismatch] for another configuration.
func (p *Purchases) Merge(from *Purchases) error { return merge(context.Background(), p, from) }

// Serialize gives the state as bytes: canonical, the same on every machine.
func (p *Purchases) Serialize() ([]byte, error) { return p.serialize(context.Background()) }

// Export gives a table as of a day (since 1970-01-01); unitUS is the unit of tx and T, 0 means 7 days.
func (p *Purchases) Export(table PurchasesTable, asOf int32, unitUS int64) (*Stream, error) {
	return p.give(func(ptr *C.cstn_purchases, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_purchases_export(ptr, C.int32_t(table), C.int32_t(asOf), C.int64_t(unitUS), out, o)
	})
}

// RFMTable is a table of what a fit found.
type RFMTable int32

// Tables of a model.
const (
	RFMCuts     RFMTable = C.CSTN_RFM_TABLE_CUTS     // a row a dimension and bin
	RFMSegments RFMTable = C.CSTN_RFM_TABLE_SEGMENTS // a row a segment
	RFMCells    RFMTable = C.CSTN_RFM_TABLE_CELLS    // a row a pair of recency and frequency score
)

// Dimensions of [RFMOptions.Bins].
const (
	RFMRecency   = C.CSTN_RFM_RECENCY
	RFMFrequency = C.CSTN_RFM_FREQUENCY
	RFMMonetary  = C.CSTN_RFM_MONETARY
)

// RFMOptions say how cuts are made. nil, like the zero value, is: five bins, right-closed, no segments.
type RFMOptions struct {
	// Bins for recency, frequency, monetary, 2 to 100; 0 means 5.
	Bins [3]int32
	// LeftClosed puts a value at a cut above it.
	LeftClosed bool
	// PlusOne adds one to every cut.
	PlusOne bool
	// SkipBad leaves out customers that break a rule.
	SkipBad bool
	// Rules name segments: a name for [RFMRules], or text; "" is none.
	Rules string
	// Binding maps the columns to the declared ones; nil is every column under its own name.
	Binding *Binding
	// Memory is where the model takes memory from; nil is the C heap.
	Memory *Memory
}

// RFM is cuts and segments, frozen at their fit. Immutable; any goroutine may use it. Close it when
// done.
//
// Cuts are quantiles of type 7 (Hyndman and Fan 1996). A fit is O(n), 48 bytes a customer while it
// runs; scoring is O(rows).
type RFM struct {
	object[*C.cstn_rfm]
}

func openRFM(ptr *C.cstn_rfm) *RFM { return owned[RFM](&C.cstn_go_rfm, ptr) }

// FitRFM fits cuts to customers: columns recency, frequency, monetary, optionally customer. It returns
// [ErrRows] with customers that break a rule, [ErrEmpty], [ErrDuplicate].
func FitRFM(columns []Column, options *RFMOptions) (*RFM, error) {
	options = orDefault(options)
	given := C.cstn_rfm_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_rfm_options{}))}
	for d, n := range options.Bins {
		given.bins[d] = C.int32_t(n)
	}
	for _, flag := range []struct {
		set bool
		bit C.uint32_t
	}{{options.LeftClosed, C.CSTN_RFM_LEFT_CLOSED}, {options.PlusOne, C.CSTN_RFM_PLUS_ONE},
		{options.SkipBad, C.CSTN_RFM_SKIP_BAD}} {
		if flag.set {
			given.flags |= flag.bit
		}
	}
	var rules *C.char
	if options.Rules != "" {
		text, err := cText("the rules", options.Rules)
		if err != nil {
			return nil, err
		}
		rules = charPointer(text)
	}
	rows, err := layOutColumns(columns, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(options.Memory, openRFM, func(allocator *C.cstn_allocator, out **C.cstn_rfm, o *C.cstn_go_outcome) {
		C.cstn_go_rfm_fit(rows.c, &given, rules, allocator, out, o)
	})
}

// DeserializeRFM makes a model from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeRFM(bytes []byte, opts ...Option) (*RFM, error) {
	return deserialize(&C.cstn_go_rfm, bytes, opts, openRFM)
}

// RFMRules are rules that come with the library, as text: "ten-segments", "abc-xyz" or
// "prime-sustain-manage"; "" for another name.
func RFMRules(name string) string {
	text, err := cText("the name", name)
	if err != nil {
		return ""
	}
	return C.GoString(C.cstn_rfm_rules(charPointer(text)))
}

// Predict scores customers with the model's cuts. A customer that breaks a rule is null; the stream
// then comes with an error that is [ErrRows] and lists them, as [Stream.BadRows] does.
func (m *RFM) Predict(columns []Column, binding *Binding) (*Stream, error) {
	return m.score(0, columns, binding)
}

// Drift tells how far customers have moved from those of the fit: shares a score, then and now.
func (m *RFM) Drift(columns []Column, binding *Binding) (*Stream, error) {
	return m.score(1, columns, binding)
}

func (m *RFM) score(drift C.int32_t, columns []Column, binding *Binding) (*Stream, error) {
	return m.giveFor(columns, binding, func(ptr *C.cstn_rfm, rows *C.cstn_go_input, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_rfm_score(ptr, drift, rows, out, o)
	})
}

// Export gives a table of what the fit found.
func (m *RFM) Export(table RFMTable) (*Stream, error) { return m.export(C.int32_t(table)) }

// Param gives a number by its name: "customers", "recency_cut_1", "monetary_effective_bins". It
// returns [ErrNotFound] for what the model does not have.
func (m *RFM) Param(name string) (float64, error) { return m.param(name) }

// Serialize gives the model as bytes, the same for the same customers whatever their order.
func (m *RFM) Serialize() ([]byte, error) { return m.serialize(context.Background()) }
