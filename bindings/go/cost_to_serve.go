package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_cost_to_serve_new
#cgo nocallback cstn_go_cost_to_serve_new
#cgo noescape cstn_go_cost_to_serve_export
#cgo nocallback cstn_go_cost_to_serve_export
*/
import "C"

import (
	"context"
	"unsafe"
)

// CostDriver is what drives cost: each is a column of counts.
type CostDriver int32

// Drivers of cost.
const (
	CostOrders     CostDriver = C.CSTN_COST_DRIVER_ORDERS
	CostLines      CostDriver = C.CSTN_COST_DRIVER_LINES
	CostPicks      CostDriver = C.CSTN_COST_DRIVER_PICKS
	CostParcels    CostDriver = C.CSTN_COST_DRIVER_PARCELS
	CostKgKm       CostDriver = C.CSTN_COST_DRIVER_KG_KM // kilograms times kilometres
	CostReturns    CostDriver = C.CSTN_COST_DRIVER_RETURNS
	CostCredits    CostDriver = C.CSTN_COST_DRIVER_CREDITS
	CostCalls      CostDriver = C.CSTN_COST_DRIVER_CALLS
	CostDocuments  CostDriver = C.CSTN_COST_DRIVER_DOCUMENTS // special ones
	CostExpedites  CostDriver = C.CSTN_COST_DRIVER_EXPEDITES
	CostPriceHolds CostDriver = C.CSTN_COST_DRIVER_PRICE_HOLDS
	// CostDriverCount is above all drivers.
	CostDriverCount CostDriver = C.CSTN_COST_DRIVER_COUNT
)

// String is the driver's column, "kg_km"; "" for a number that is none.
func (d CostDriver) String() string { return C.GoString(C.cstn_cost_driver_name(C.int32_t(d))) }

// CostRate is what one unit of a driver costs: Rate / 10^Scale minor units.
type CostRate struct {
	Driver CostDriver
	Scale  int32 // 0..18
	Rate   int64
}

// FixedCost is a cost that no count makes, in minor units, shared out by a driver.
type FixedCost struct {
	Driver CostDriver
	Amount int64
}

// CostRates are rates and fixed costs. A driver without a rate costs nothing; nil is no cost at all.
type CostRates struct {
	Rates []CostRate
	Fixed []FixedCost
}

// CostToServe is counts of what drives cost, a customer and segment: mergeable. A what-if with other
// rates reads no data. One call at a time; others wait. Close it when done.
//
// It owns its memory, O(customers); an update is one pass, a table O(n log n) in the customers. Money
// is minor units, exact.
type CostToServe struct {
	object[*C.cstn_cost_to_serve]
}

func openCostToServe(ptr *C.cstn_cost_to_serve) *CostToServe {
	return owned[CostToServe](&C.cstn_go_cost_to_serve, ptr)
}

// NewCostToServe makes an empty state; all money is in minor units of the currency (ISO 4217). It
// returns [ErrNotFound] for a currency that is none.
func NewCostToServe(currency string, opts ...Option) (*CostToServe, error) {
	text, err := cText("the currency", currency)
	if err != nil {
		return nil, err
	}
	return construct(memoryOf(opts), openCostToServe, func(allocator *C.cstn_allocator, out **C.cstn_cost_to_serve, o *C.cstn_go_outcome) {
		C.cstn_go_cost_to_serve_new(charPointer(text), allocator, out, o)
	})
}

// DeserializeCostToServe makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeCostToServe(bytes []byte, opts ...Option) (*CostToServe, error) {
	return deserialize(&C.cstn_go_cost_to_serve, bytes, opts, openCostToServe)
}

// Update adds rows: columns customer, segment, one a driver, revenue, margin, currency; binding may be
// nil. It returns [ErrRows] with the rows left out, the others being in.
func (s *CostToServe) Update(columns []Column, binding *Binding) error {
	return s.update(context.Background(), columns, &UpdateOptions{Binding: binding}, 0)
}

// Remove takes away rows that were added, as after an erasure. It returns [ErrState] when more is
// removed than was there.
func (s *CostToServe) Remove(columns []Column, binding *Binding) error {
	return s.update(context.Background(), columns, &UpdateOptions{Binding: binding}, C.CSTN_COST_TO_SERVE_REMOVE)
}

// Merge adds what from has, which stays as it is. It returns [ErrCurrency] and [ErrMismatch].
func (s *CostToServe) Merge(from *CostToServe) error { return merge(context.Background(), s, from) }

// Serialize gives the state as bytes: the same rows give the same bytes.
func (s *CostToServe) Serialize() ([]byte, error) { return s.serialize(context.Background()) }

func (s *CostToServe) priced(rates *CostRates, table C.int32_t) (*Stream, error) {
	rates = orDefault(rates)
	prices := make([]C.cstn_cost_rate, 0, len(rates.Rates)+1)
	for _, r := range rates.Rates {
		prices = append(prices, C.cstn_cost_rate{driver: C.int32_t(r.Driver), scale: C.int32_t(r.Scale), rate: C.int64_t(r.Rate)})
	}
	fixed := make([]C.cstn_fixed_cost, 0, len(rates.Fixed)+1)
	for _, f := range rates.Fixed {
		fixed = append(fixed, C.cstn_fixed_cost{driver: C.int32_t(f.Driver), amount: C.int64_t(f.Amount)})
	}
	return s.give(func(ptr *C.cstn_cost_to_serve, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_cost_to_serve_export(ptr, unsafe.SliceData(prices), C.size_t(len(prices)), unsafe.SliceData(fixed), C.size_t(len(fixed)), table, out, o)
	})
}

// Customers gives a row a customer under the rates: cost, cost an order, share of margin, break-even
// order, largest driver. It returns [ErrInvalidArgument] for rates that break a rule, [ErrOverflow].
// Close the stream.
func (s *CostToServe) Customers(rates *CostRates) (*Stream, error) {
	return s.priced(rates, C.CSTN_COST_TABLE_CUSTOMERS)
}

// Segments gives a row a segment; as [CostToServe.Customers].
func (s *CostToServe) Segments(rates *CostRates) (*Stream, error) {
	return s.priced(rates, C.CSTN_COST_TABLE_SEGMENTS)
}

// Total gives one row; as [CostToServe.Customers].
func (s *CostToServe) Total(rates *CostRates) (*Stream, error) {
	return s.priced(rates, C.CSTN_COST_TABLE_TOTAL)
}

// Drivers gives a row a segment and driver; as [CostToServe.Customers].
func (s *CostToServe) Drivers(rates *CostRates) (*Stream, error) {
	return s.priced(rates, C.CSTN_COST_TABLE_DRIVERS)
}
