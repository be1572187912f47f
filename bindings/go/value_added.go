package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_value_added_new
#cgo nocallback cstn_go_value_added_new
#cgo noescape cstn_go_value_added_result
#cgo nocallback cstn_go_value_added_result
*/
import "C"

import (
	"context"
	"unsafe"
)

// ValueAddedStepsMost is the most steps of a forecast.
const ValueAddedStepsMost = C.CSTN_VALUE_ADDED_STEPS_MOST

// ValueAddedBy are bits of what a row of a ledger is of, beside its step.
type ValueAddedBy uint32

// What a row is of; late forecasts are a table of their own.
const (
	ValueAddedByLag    ValueAddedBy = C.CSTN_VALUE_ADDED_BY_LAG
	ValueAddedBySize   ValueAddedBy = C.CSTN_VALUE_ADDED_BY_SIZE   // direction and size class of the adjustment
	ValueAddedByAuthor ValueAddedBy = C.CSTN_VALUE_ADDED_BY_AUTHOR // role of who adjusted
	ValueAddedLate     ValueAddedBy = C.CSTN_VALUE_ADDED_LATE
)

// ValueAddedConfig is what a ledger counts. nil, like the zero value, is: naive, statistical, sensed,
// planner, consensus, partner, by absolute error.
type ValueAddedConfig struct {
	// Steps are columns of forecasts in order, 2 to 16.
	Steps []string
	// Loss is [MetricMAE] (0 means it) or [MetricMSE].
	Loss ForecastMeasure
	// ConfidencePPM is that of shares; 0 means 950,000.
	ConfidencePPM int32
	// UnderMinor and OverMinor are the cost of a unit short and of a unit left; 0 and 0: no money.
	UnderMinor, OverMinor float64
	// SizesPPM are bounds of classes of an adjustment, as shares of what was adjusted; nil means 10,
	// 25 and 50 percent.
	SizesPPM []int32
}

// ValueAdded is a ledger of which hands made a forecast better: mergeable, the same bytes for any split
// of the rows. One call at a time; others wait. Close it when done. It owns its memory, 4 KB a group of
// step, lag, size and author; an update is O(rows), a table O(groups).
type ValueAdded struct {
	object[*C.cstn_value_added]
}

func openValueAdded(ptr *C.cstn_value_added) *ValueAdded {
	return owned[ValueAdded](&C.cstn_go_value_added, ptr)
}

// NewValueAdded makes an empty ledger. It returns [ErrInvalidArgument].
func NewValueAdded(config *ValueAddedConfig, opts ...Option) (*ValueAdded, error) {
	config = orDefault(config)
	steps, err := textBlock("a step", config.Steps)
	if err != nil {
		return nil, err
	}
	given := C.cstn_value_added_config{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_value_added_config{})),
		n_steps: C.size_t(len(config.Steps)), loss: C.int32_t(config.Loss), confidence_ppm: C.int32_t(config.ConfidencePPM),
		under_minor: C.double(config.UnderMinor), over_minor: C.double(config.OverMinor), n_sizes: C.size_t(len(config.SizesPPM))}
	return construct(memoryOf(opts), openValueAdded, func(allocator *C.cstn_allocator, out **C.cstn_value_added, o *C.cstn_go_outcome) {
		C.cstn_go_value_added_new(&given, charPointer(steps), (*C.int32_t)(unsafe.SliceData(config.SizesPPM)), allocator, out, o)
	})
}

// DeserializeValueAdded makes a ledger from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeValueAdded(bytes []byte, opts ...Option) (*ValueAdded, error) {
	return deserialize(&C.cstn_go_value_added, bytes, opts, openValueAdded)
}

// Update adds cells, one an item, period and lag, each once: columns unique_id, ds, y and one a step;
// where there are such STEP_available_us, lag, author and cut_us. A forecast entered after cut_us (the
// period's start without one) is listed as late and never scored; binding may be nil. It returns
// [ErrRows] with rows that were left out, the others being in.
func (v *ValueAdded) Update(columns []Column, binding *Binding) error {
	return v.update(context.Background(), columns, &UpdateOptions{Binding: binding}, 0)
}

// Merge adds what from has, which stays as it is. It returns [ErrMismatch] for another configuration.
func (v *ValueAdded) Merge(from *ValueAdded) error { return merge(context.Background(), v, from) }

// Serialize gives the ledger as bytes: canonical, the same on every machine.
func (v *ValueAdded) Serialize() ([]byte, error) { return v.serialize(context.Background()) }

// Result is the ledger as a table: a row a step, and of each lag, size or author where by says so;
// with [ValueAddedLate] alone the forecasts that came too late. It returns [ErrInvalidArgument] and
// [ErrOverflow].
func (v *ValueAdded) Result(by ValueAddedBy) (*Stream, error) {
	return v.give(func(ptr *C.cstn_value_added, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_value_added_result(ptr, C.uint32_t(by), out, o)
	})
}
