package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_cost_to_serve_new
#cgo nocallback cstn_go_cost_to_serve_new
#cgo noescape cstn_go_cost_to_serve_merge
#cgo nocallback cstn_go_cost_to_serve_merge
#cgo noescape cstn_go_cost_to_serve_serialize
#cgo nocallback cstn_go_cost_to_serve_serialize
#cgo noescape cstn_go_cost_to_serve_deserialize
#cgo nocallback cstn_go_cost_to_serve_deserialize
*/
import "C"

import (
	"sync"
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
type CostToServe struct {
	handle handle[*C.cstn_cost_to_serve]
	mu     sync.Mutex
}

func openCostToServe(ptr *C.cstn_cost_to_serve) *CostToServe {
	s := new(CostToServe)
	s.handle.open(ptr, "cost to serve", func(p *C.cstn_cost_to_serve) { C.cstn_cost_to_serve_free(p) })
	return s
}

// NewCostToServe makes an empty state; all money is in minor units of the currency (ISO 4217). It
// returns [ErrNotFound] for a currency that is none.
func NewCostToServe(currency string, opts ...Option) (*CostToServe, error) {
	text, err := cText("the currency", currency)
	if err != nil {
		return nil, err
	}
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var ptr *C.cstn_cost_to_serve
	C.cstn_go_cost_to_serve_new(charPointer(text), allocator, &ptr, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openCostToServe(ptr), nil
}

// DeserializeCostToServe makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeCostToServe(bytes []byte, opts ...Option) (*CostToServe, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var ptr *C.cstn_cost_to_serve
	C.cstn_go_cost_to_serve_deserialize(bytePointer(bytes), C.size_t(len(bytes)), allocator, &ptr, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openCostToServe(ptr), nil
}

// lock gives the state for one call; the function it returns ends it.
func (s *CostToServe) lock() (*C.cstn_cost_to_serve, func(), error) {
	if s == nil {
		return nil, nil, invalid("the state is nil")
	}
	ptr, err := s.handle.use()
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	return ptr, func() { s.mu.Unlock(); s.handle.done() }, nil
}

func (s *CostToServe) update(columns []Column, binding *Binding, flags uint32) error {
	pinned, err := pinColumns(columns)
	if err != nil {
		return err
	}
	defer pinned.unpin()
	laid, err := binding.layOut()
	if err != nil {
		return err
	}
	defer laid.end()
	ptr, end, err := s.lock()
	if err != nil {
		return err
	}
	defer end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_cost_to_serve_update(ptr, pinned.first(), C.size_t(len(pinned.columns)), pinned.rows, C.uint32_t(flags), laid.pointer(), o)
	return outcomeError(o)
}

// Update adds rows: columns customer, segment, one a driver, revenue, margin, currency; binding may be
// nil. It returns [ErrRows] with the rows left out, the others being in.
func (s *CostToServe) Update(columns []Column, binding *Binding) error {
	return s.update(columns, binding, 0)
}

// Remove takes away rows that were added, as after an erasure. It returns [ErrState] when more is
// removed than was there.
func (s *CostToServe) Remove(columns []Column, binding *Binding) error {
	return s.update(columns, binding, C.CSTN_COST_TO_SERVE_REMOVE)
}

// Merge adds what from has, which stays as it is. It returns [ErrCurrency] and [ErrMismatch].
func (s *CostToServe) Merge(from *CostToServe) error {
	if s == nil || from == nil || s == from {
		return invalid("two different states are merged")
	}
	first, second := s, from
	if uintptr(unsafe.Pointer(first)) > uintptr(unsafe.Pointer(second)) {
		first, second = second, first
	}
	_, endFirst, err := first.lock()
	if err != nil {
		return err
	}
	defer endFirst()
	_, endSecond, err := second.lock()
	if err != nil {
		return err
	}
	defer endSecond()
	var o C.cstn_go_outcome
	C.cstn_go_cost_to_serve_merge(s.handle.ptr, from.handle.ptr, &o)
	return outcomeError(&o)
}

// Serialize gives the state as bytes: the same rows give the same bytes.
func (s *CostToServe) Serialize() ([]byte, error) {
	ptr, end, err := s.lock()
	if err != nil {
		return nil, err
	}
	defer end()
	var o C.cstn_go_outcome
	var buffer *C.cstn_buffer
	C.cstn_go_cost_to_serve_serialize(ptr, &buffer, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return takeBuffer(buffer), nil
}

func (s *CostToServe) export(rates *CostRates, table C.int32_t) (*Stream, error) {
	if rates == nil {
		rates = new(CostRates)
	}
	prices := make([]C.cstn_cost_rate, 0, len(rates.Rates)+1)
	for _, r := range rates.Rates {
		prices = append(prices, C.cstn_cost_rate{driver: C.int32_t(r.Driver), scale: C.int32_t(r.Scale), rate: C.int64_t(r.Rate)})
	}
	fixed := make([]C.cstn_fixed_cost, 0, len(rates.Fixed)+1)
	for _, f := range rates.Fixed {
		fixed = append(fixed, C.cstn_fixed_cost{driver: C.int32_t(f.Driver), amount: C.int64_t(f.Amount)})
	}
	ptr, end, err := s.lock()
	if err != nil {
		return nil, err
	}
	defer end()
	out := new(*C.struct_ArrowArrayStream)
	o := new(C.cstn_go_outcome)
	C.cstn_go_cost_to_serve_export(ptr, unsafe.SliceData(prices), C.size_t(len(prices)), unsafe.SliceData(fixed), C.size_t(len(fixed)), table, out, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return openStream(*out), nil
}

// Customers gives a row a customer under the rates: cost, cost an order, share of margin, break-even
// order, largest driver. It returns [ErrInvalidArgument] for rates that break a rule, [ErrOverflow].
// Close the stream.
func (s *CostToServe) Customers(rates *CostRates) (*Stream, error) {
	return s.export(rates, C.CSTN_COST_TABLE_CUSTOMERS)
}

// Segments gives a row a segment; as [CostToServe.Customers].
func (s *CostToServe) Segments(rates *CostRates) (*Stream, error) {
	return s.export(rates, C.CSTN_COST_TABLE_SEGMENTS)
}

// Total gives one row; as [CostToServe.Customers].
func (s *CostToServe) Total(rates *CostRates) (*Stream, error) {
	return s.export(rates, C.CSTN_COST_TABLE_TOTAL)
}

// Drivers gives a row a segment and driver; as [CostToServe.Customers].
func (s *CostToServe) Drivers(rates *CostRates) (*Stream, error) {
	return s.export(rates, C.CSTN_COST_TABLE_DRIVERS)
}

// Close frees the state. Idempotent; the error is always nil.
func (s *CostToServe) Close() error {
	s.handle.close()
	return nil
}
