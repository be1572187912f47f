package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_demand_global_state_new
#cgo nocallback cstn_go_demand_global_state_new
#cgo noescape cstn_go_demand_global_state_finish
#cgo nocallback cstn_go_demand_global_state_finish
*/
import "C"

import "context"

// GlobalState has the sums of a [GlobalRidge] over some of its series, so that the others may be on
// other machines: begin one with the totals of all, give its bytes to each part, update there, merge
// what comes back and finish. Any parts, order of merging and number of threads give the bytes of one
// [FitGlobal] of all rows. One goroutine at a time works on it, others wait. Close it when done.
type GlobalState struct {
	object[*C.cstn_demand_global_state]
}

func openGlobalState(ptr *C.cstn_demand_global_state) *GlobalState {
	return owned[GlobalState](&C.cstn_go_demand_global_state, ptr)
}

// NewGlobalState begins with what each pool sold in each period, by one grouping of all rows: the
// column of the pool, ds, and y (rows without it are passed over; rows of one pool and period are
// added). Options are without trees, which do not grow in parts; its Binding is that of the totals. It
// returns [ErrEmpty] for no totals, [ErrSchema], [ErrInvalidArgument], [ErrLimit], and [ErrRows] beside
// a state when totals were left out. Cost: O(n log n); 8 bytes a pool and period.
func NewGlobalState(totals []Column, options *GlobalOptions) (*GlobalState, error) {
	options = orDefault(options)
	given, err := options.given()
	if err != nil {
		return nil, err
	}
	rows, err := layOutColumns(totals, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(options.Memory, openGlobalState, func(allocator *C.cstn_allocator, out **C.cstn_demand_global_state, o *C.cstn_go_outcome) {
		C.cstn_go_demand_global_state_new(rows.c, &given.options, charPointer(given.names), given.flagsPointer(), allocator, out, o)
	})
}

// Update adds series, each with its whole history; columns as for [FitGlobal]. It returns [ErrRows]
// with a row of each series that was left out, the others being in: for a bad row, because the state
// has it already, its pool has no totals, or it sells after the last of these; [ErrSchema] and
// [ErrCancelled], which leave the state as it was.
func (s *GlobalState) Update(ctx context.Context, columns []Column, options *UpdateOptions) error {
	return s.update(ctx, columns, options, 0)
}

// Merge adds the series of from, which stays as it is. It returns [ErrConflict] with a series that both
// have, and [ErrMismatch] if options, totals or types differ.
func (s *GlobalState) Merge(from *GlobalState) error { return merge(context.Background(), s, from) }

// Finish gives the model of all series that are in; the state may go on. It returns [ErrEmpty] if none
// is long enough to learn from.
func (s *GlobalState) Finish() (*GlobalRidge, error) {
	ptr, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.end()
	o, out := new(C.cstn_go_outcome), new(*C.cstn_demand_global)
	C.cstn_go_demand_global_state_finish(ptr, out, o)
	return opened(o, *out, openGlobal)
}

// Param is a number of the state: keys (series that are in), series and rows (learned from), left_out,
// pools, columns; sold and total, which are equal once every part is in, if totals are exact. It
// returns [ErrNotFound].
func (s *GlobalState) Param(name string) (float64, error) { return s.param(name) }

// Serialize gives the state as bytes: canonical, the same on every machine.
func (s *GlobalState) Serialize() ([]byte, error) { return s.serialize(context.Background()) }

// DeserializeGlobalState makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeGlobalState(bytes []byte, opts ...Option) (*GlobalState, error) {
	return deserialize(&C.cstn_go_demand_global_state, bytes, opts, openGlobalState)
}
