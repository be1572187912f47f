package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_interactions_new
#cgo nocallback cstn_go_interactions_new
#cgo noescape cstn_go_feedback_table
#cgo nocallback cstn_go_feedback_table
#cgo nocallback cstn_interactions_count
*/
import "C"

import (
	"context"
	"math"
	"time"
)

// FeedbackFloorLeast is the fewest customers and orders that a count shows across a company's border.
const FeedbackFloorLeast = C.CSTN_FEEDBACK_FLOOR_LEAST

// Interactions are what customers did and said, each once under its id: mergeable, the same bytes for
// any split, order and repetition of the rows. One call at a time; others wait. Close it when done.
//
// Intervals are those of Wilson (1927) and Newcombe (1998), small counts are hidden as k-anonymity has
// it (Sweeney 2002). It owns its memory: 64 bytes an interaction and each text once. An update is O(1)
// a row, a table O(n log n).
type Interactions struct {
	object[*C.cstn_interactions]
}

func openInteractions(ptr *C.cstn_interactions) *Interactions {
	return owned[Interactions](&C.cstn_go_interactions, ptr)
}

// NewInteractions makes an empty set.
func NewInteractions(opts ...Option) (*Interactions, error) {
	return construct(memoryOf(opts), openInteractions, func(allocator *C.cstn_allocator, out **C.cstn_interactions, o *C.cstn_go_outcome) {
		C.cstn_go_interactions_new(allocator, out, o)
	})
}

// DeserializeInteractions makes a set from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeInteractions(bytes []byte, opts ...Option) (*Interactions, error) {
	return deserialize(&C.cstn_go_interactions, bytes, opts, openInteractions)
}

// Update adds interactions: columns event_id, customer, kind, valid, and where they are order_id,
// reason, number, item, carrier, lane, node, segment, stage. It returns [ErrConflict] for an id with
// other content, nothing being changed; [ErrRows] with the rows left out, the others being in;
// [ErrSchema]; [ErrLimit].
func (i *Interactions) Update(ctx context.Context, columns []Column, options *UpdateOptions) error {
	return i.update(ctx, columns, options, 0)
}

// UpdateStream is [Interactions.Update] for a stream, which it takes, also on failure.
func (i *Interactions) UpdateStream(ctx context.Context, rows *Stream, options *UpdateOptions) error {
	return i.updateStream(ctx, rows, options, 0)
}

// Remove forgets customers, a column customer: the state is then one that never saw them.
func (i *Interactions) Remove(customers Column) error { return i.remove(customers) }

// Merge adds what from has, which stays as it is. It returns [ErrConflict] for an id with other
// content, [ErrMismatch] if ids are of other types.
func (i *Interactions) Merge(from *Interactions) error {
	return merge(context.Background(), i, from)
}

// Serialize gives the set as bytes: canonical, with checksum.
func (i *Interactions) Serialize() ([]byte, error) { return i.serialize(context.Background()) }

// Len is how many there are; 0 after Close.
func (i *Interactions) Len() int {
	ptr, err := i.use()
	if err != nil {
		return 0
	}
	defer i.end()
	return int(C.cstn_interactions_count(ptr))
}

// FeedbackTable is a table of the feedback loop.
type FeedbackTable int32

// Tables of the feedback loop.
const (
	FeedbackNetPromoter FeedbackTable = C.CSTN_TABLE_FEEDBACK_NET_PROMOTER // of all, then by segment
	FeedbackReasons     FeedbackTable = C.CSTN_TABLE_FEEDBACK_REASONS      // what goes wrong where
	FeedbackOrders      FeedbackTable = C.CSTN_TABLE_FEEDBACK_ORDERS       // in which orders; no floor
	FeedbackEffect      FeedbackTable = C.CSTN_TABLE_FEEDBACK_EFFECT       // before and after a plan
)

// FeedbackOptions say what a table counts. nil, like the zero value, is: everything, of a customer the
// latest answer, 95 % intervals, 90 days, inside the company.
type FeedbackOptions struct {
	// Since and Until: interactions from Since on and before Until. The effect needs Until, which is
	// then "now".
	Since, Until time.Time
	Answers      LoyaltyAnswers
	// ConfidencePPM of intervals; 0 is 950,000.
	ConfidencePPM int32
	// Floor: [FeedbackFloorLeast] or more for a table that leaves the company.
	Floor int32
	// WindowDays before and after a plan; 0 is 90.
	WindowDays int32
}

func (f *FeedbackOptions) layOut() (C.cstn_feedback_options, error) {
	out := C.cstn_feedback_options{from_us: math.MinInt64}
	if f == nil {
		return out, nil
	}
	out.answers, out.confidence_ppm = C.int32_t(f.Answers), C.int32_t(f.ConfidencePPM)
	out.floor, out.window_days = C.int32_t(f.Floor), C.int32_t(f.WindowDays)
	for _, bound := range []struct {
		at time.Time
		us *C.int64_t
	}{{f.Since, &out.from_us}, {f.Until, &out.until_us}} {
		if bound.at.IsZero() {
			continue
		}
		us, err := Micros(bound.at)
		if err != nil {
			return out, err
		}
		*bound.us = C.int64_t(us)
	}
	return out, nil
}

// Feedback gives a table. Close the stream. It returns [ErrInvalidArgument] with the option.
func (i *Interactions) Feedback(table FeedbackTable, options *FeedbackOptions) (*Stream, error) {
	with, err := options.layOut()
	if err != nil {
		return nil, err
	}
	return i.give(func(ptr *C.cstn_interactions, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_feedback_table(ptr, C.int32_t(table), &with, out, o)
	})
}
