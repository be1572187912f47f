package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_retention_new
#cgo nocallback cstn_go_retention_new
#cgo noescape cstn_go_retention_export
#cgo nocallback cstn_go_retention_export
#cgo noescape cstn_go_contracts_new
#cgo nocallback cstn_go_contracts_new
#cgo noescape cstn_go_contracts_export
#cgo nocallback cstn_go_contracts_export
*/
import "C"

import (
	"context"
	"unsafe"
)

// RetentionTable is a table of a state of retention.
type RetentionTable int32

// Tables of retention.
const (
	RetentionRates   RetentionTable = C.CSTN_RETENTION_TABLE_RATES   // a row a rate
	RetentionGrowth  RetentionTable = C.CSTN_RETENTION_TABLE_GROWTH  // a row a part of growth
	RetentionItems   RetentionTable = C.CSTN_RETENTION_TABLE_ITEMS   // a row an item
	RetentionCohorts RetentionTable = C.CSTN_RETENTION_TABLE_COHORTS // a row a cohort and age
	RetentionCounts  RetentionTable = C.CSTN_RETENTION_TABLE_COUNTS  // a row a count
)

// CohortPeriod is how long a period of cohorts is.
type CohortPeriod int32

// Periods of cohorts.
const (
	CohortMonth   CohortPeriod = C.CSTN_RETENTION_MONTH
	CohortDay     CohortPeriod = C.CSTN_RETENTION_DAY
	CohortWeek    CohortPeriod = C.CSTN_RETENTION_WEEK
	CohortQuarter CohortPeriod = C.CSTN_RETENTION_QUARTER
)

// RetentionConfig says what a state keeps. nil, like the zero value, is: days and value.
type RetentionConfig struct {
	// Orders: the column order says which rows are one order; else each row that is a purchase is.
	Orders bool
	// Items: the columns item and quantity are kept, for price, volume and assortment.
	Items bool
	// UTCOffsetMinutes: the day of a time is that of so many minutes ahead of UTC.
	UTCOffsetMinutes int32
	// Memory is where the state takes memory from; nil is the C heap.
	Memory *Memory
}

// DayWindow is days since 1970-01-01, From included and To not.
type DayWindow struct{ From, To int32 }

// RetentionQuestion is what is asked of a state.
type RetentionQuestion struct {
	// AsOf is the last day of which all rows are there, since 1970-01-01.
	AsOf int32
	// Base and Next are the windows of churn, growth and retention; both zero leaves these out.
	Base, Next DayWindow
	// HorizonDays is that of repeat purchase by horizon; 0 leaves it out.
	HorizonDays int32
	// Period of cohorts.
	Period CohortPeriod
	// PeriodOrigin is a day on which a week begins; 0 means Monday.
	PeriodOrigin int32
	// Ages follows cohorts so many periods after the first; 0 is all.
	Ages int32
}

// Retention is what each customer bought on each day: mergeable, the same bytes for any split of the
// rows. One call at a time; others wait. Close it when done.
//
// It owns its memory: 32 bytes a customer and day (with orders, an order), with items 64 more for each
// customer, day and item. An update is O(n log n), a table O(state). Money is minor units, shares are
// 0..1.
type Retention struct {
	object[*C.cstn_retention]
}

func openRetention(ptr *C.cstn_retention) *Retention {
	return owned[Retention](&C.cstn_go_retention, ptr)
}

// NewRetention makes an empty state. It returns [ErrInvalidArgument] for an offset out of range.
func NewRetention(config *RetentionConfig) (*Retention, error) {
	config = orDefault(config)
	given := C.cstn_retention_config{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_retention_config{})),
		utc_offset_minutes: C.int32_t(config.UTCOffsetMinutes)}
	if config.Orders {
		given.flags |= C.CSTN_RETENTION_ORDERS
	}
	if config.Items {
		given.flags |= C.CSTN_RETENTION_ITEMS
	}
	return construct(config.Memory, openRetention, func(allocator *C.cstn_allocator, out **C.cstn_retention, o *C.cstn_go_outcome) {
		C.cstn_go_retention_new(&given, allocator, out, o)
	})
}

// DeserializeRetention makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeRetention(bytes []byte, opts ...Option) (*Retention, error) {
	return deserialize(&C.cstn_go_retention, bytes, opts, openRetention)
}

// Update adds rows of orders: columns customer, day, and value, quantity, cancelled, currency, order,
// item, first_purchase_day where they are; binding may be nil. It returns [ErrRows] with rows that
// were left out, the others being in.
func (r *Retention) Update(columns []Column, binding *Binding) error {
	return r.update(context.Background(), columns, &UpdateOptions{Binding: binding}, 0)
}

// Remove forgets customers, a column customer: the state is then one that never saw them.
func (r *Retention) Remove(customers Column) error { return r.remove(customers) }

// Merge adds what from has, which stays as it is. It returns [ErrMismatch] for another configuration.
func (r *Retention) Merge(from *Retention) error { return merge(context.Background(), r, from) }

// Serialize gives the state as bytes: canonical, the same on every machine.
func (r *Retention) Serialize() ([]byte, error) { return r.serialize(context.Background()) }

// Export answers a question with a table. It returns [ErrInvalidArgument] for a window that is empty
// or not over, [ErrState] for items of a state without them.
func (r *Retention) Export(table RetentionTable, question RetentionQuestion) (*Stream, error) {
	given := C.cstn_retention_question{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_retention_question{})),
		as_of_days:     C.int32_t(question.AsOf),
		base_from_days: C.int32_t(question.Base.From), base_to_days: C.int32_t(question.Base.To),
		next_from_days: C.int32_t(question.Next.From), next_to_days: C.int32_t(question.Next.To),
		horizon_days: C.int32_t(question.HorizonDays), period: C.int32_t(question.Period),
		period_origin_days: C.int32_t(question.PeriodOrigin), ages: C.int32_t(question.Ages)}
	return r.give(func(ptr *C.cstn_retention, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_retention_export(ptr, C.int32_t(table), &given, out, o)
	})
}

// Contracts is how many contracts began and ended when: mergeable, the same bytes for any split of the
// rows. One call at a time; others wait. Close it when done.
//
// Survival is that of Kaplan and Meier (1958) with the error of Greenwood (1926). It owns its memory,
// 24 bytes for each pair of days that occurs; an update is O(rows), a table O(state).
type Contracts struct {
	object[*C.cstn_contracts]
}

func openContracts(ptr *C.cstn_contracts) *Contracts {
	return owned[Contracts](&C.cstn_go_contracts, ptr)
}

// NewContracts makes an empty state.
func NewContracts(opts ...Option) (*Contracts, error) {
	return construct(memoryOf(opts), openContracts, func(allocator *C.cstn_allocator, out **C.cstn_contracts, o *C.cstn_go_outcome) {
		C.cstn_go_contracts_new(allocator, out, o)
	})
}

// DeserializeContracts makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeContracts(bytes []byte, opts ...Option) (*Contracts, error) {
	return deserialize(&C.cstn_go_contracts, bytes, opts, openContracts)
}

// Update adds contracts: columns start_day and end_day (null: it still runs), or time and ended;
// binding may be nil. It returns [ErrRows] with rows that were left out, the others being in.
func (c *Contracts) Update(columns []Column, binding *Binding) error {
	return c.update(context.Background(), columns, &UpdateOptions{Binding: binding}, 0)
}

// Remove takes rows out that were added. It returns [ErrState] for one that is not there, and then
// takes none.
func (c *Contracts) Remove(columns []Column, binding *Binding) error {
	return c.update(context.Background(), columns, &UpdateOptions{Binding: binding}, C.CSTN_CONTRACTS_REMOVE)
}

// Merge adds what from has, which stays as it is. It returns [ErrMismatch] for rows of another form.
func (c *Contracts) Merge(from *Contracts) error { return merge(context.Background(), c, from) }

// Serialize gives the state as bytes: canonical, the same on every machine.
func (c *Contracts) Serialize() ([]byte, error) { return c.serialize(context.Background()) }

// Survival is the curve of Kaplan and Meier with Greenwood's error; asOf is the last day of which all
// is known, since 1970-01-01, and math.MinInt32 for contracts told by times.
func (c *Contracts) Survival(asOf int32) (*Stream, error) {
	return c.table(C.CSTN_CONTRACTS_TABLE_SURVIVAL, asOf, DayWindow{})
}

// Churn is how many of the contracts at the start of a period ended in it. It returns [ErrState] for
// contracts told by times, [ErrInvalidArgument] for a period that is not over on asOf.
func (c *Contracts) Churn(period DayWindow, asOf int32) (*Stream, error) {
	return c.table(C.CSTN_CONTRACTS_TABLE_CHURN, asOf, period)
}

func (c *Contracts) table(table C.int32_t, asOf int32, period DayWindow) (*Stream, error) {
	return c.give(func(ptr *C.cstn_contracts, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_contracts_export(ptr, table, C.int32_t(asOf), C.int32_t(period.From), C.int32_t(period.To), out, o)
	})
}
