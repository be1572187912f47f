package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_stage_state_new
#cgo nocallback cstn_go_stage_state_new
#cgo noescape cstn_go_stage_state_settle
#cgo nocallback cstn_go_stage_state_settle
*/
import "C"

import (
	"context"
	"time"
)

// StageState is events that come over time, from which histories are made again and again: what comes
// is added, and what was replayed is not replayed. The history is that of [StageReplay] of all events
// at once, whatever the pieces and order they came in. It keeps all events, 32 bytes each, until they
// are settled. One call at a time; others wait. Close it when done.
type StageState struct {
	object[*C.cstn_stage_state]
}

func openStageState(ptr *C.cstn_stage_state) *StageState {
	s := new(StageState)
	s.open(&C.cstn_go_stage_state, ptr)
	return s
}

// NewStageState makes an empty state. Events recorded after known do not count; the zero time is no
// limit.
func NewStageState(policy *StagePolicy, known time.Time, opts ...Option) (*StageState, error) {
	if policy == nil {
		return nil, invalid("a stage policy is needed")
	}
	us, err := knownMicros(known)
	if err != nil {
		return nil, err
	}
	ptr, err := policy.use()
	if err != nil {
		return nil, err
	}
	defer policy.end()
	return construct(memoryOf(opts), openStageState, func(allocator *C.cstn_allocator, out **C.cstn_stage_state, o *C.cstn_go_outcome) {
		C.cstn_go_stage_state_new(ptr, C.int64_t(us), allocator, out, o)
	})
}

// DeserializeStageState makes a state from bytes, which are not trusted. It returns [ErrCorrupt] with
// what is wrong, [ErrUnsupported] for a newer version.
func DeserializeStageState(bytes []byte, opts ...Option) (*StageState, error) {
	return deserialize(&C.cstn_go_stage_state, bytes, opts, openStageState)
}

// Update adds events, with the columns of [StageReplay]; one that is there is dropped. It returns
// [ErrRows] with the rows left out, the others being in: those in conflict, and those of before what is
// settled; [ErrSchema]; [ErrLimit].
func (s *StageState) Update(ctx context.Context, columns []Column, options *UpdateOptions) error {
	return s.update(ctx, columns, options, 0)
}

// UpdateStream is [StageState.Update] for a stream, which it takes, also on failure.
func (s *StageState) UpdateStream(ctx context.Context, events *Stream, options *UpdateOptions) error {
	return s.updateStream(ctx, events, options, 0)
}

// Merge adds the events of from, which stays as it is. It returns [ErrMismatch] if policy or known time
// differ, or if one was settled.
func (s *StageState) Merge(from *StageState) error { return merge(context.Background(), s, from) }

// Serialize gives the state as bytes: canonical, with checksum, the policy in it.
func (s *StageState) Serialize() ([]byte, error) { return s.serialize(context.Background()) }

// Settle lets go of the events before an instant but for what rules may still look at: the caller's
// word that none of them comes any more. It returns [ErrPolicy] as [StageReplay] does.
func (s *StageState) Settle(before time.Time) error {
	us, err := Micros(before)
	if err != nil {
		return err
	}
	ptr, err := s.begin(context.Background())
	if err != nil {
		return err
	}
	defer s.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_stage_state_settle(ptr, C.int64_t(us), o)
	return outcomeError(o)
}

// Finish gives the history of the events so far; the state may go on after. Of the options AsOf, which
// is not before what is settled, PeriodDays and the threads of Update are looked at. It returns
// [ErrPolicy] if a customer makes more than 8 moves at one instant.
func (s *StageState) Finish(ctx context.Context, options *StageOptions) (*StageHistory, error) {
	if options == nil || options.AsOf.IsZero() {
		return nil, invalid("an as-of time is needed")
	}
	us, err := Micros(options.AsOf)
	if err != nil {
		return nil, err
	}
	threads := int32(0)
	if options.Update != nil {
		threads = options.Update.Threads
	}
	ptr, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer s.end()
	w, err := watchContext(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer w.end()
	o := new(C.cstn_go_outcome)
	out := new(*C.cstn_stage_history)
	C.cstn_go_stage_state_finish(ptr, C.int64_t(us), C.int32_t(options.PeriodDays), C.int32_t(threads), w.ptr, out, o)
	history, err := opened(o, *out, openStageHistory)
	return history, withContext(ctx, err, nil)
}
