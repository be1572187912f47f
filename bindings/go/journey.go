package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_journey_definition_parse
#cgo nocallback cstn_go_journey_definition_parse
#cgo noescape cstn_go_journeys_new
#cgo nocallback cstn_go_journeys_new
#cgo noescape cstn_go_journeys_export
#cgo nocallback cstn_go_journeys_export
#cgo nocallback cstn_journey_definition_format
#cgo nocallback cstn_journey_definition_digest
#cgo nocallback cstn_journey_definition_ref
#cgo nocallback cstn_journeys_definition
*/
import "C"

import (
	"context"
	"time"
	"unsafe"
)

// Limits of journeys.
const (
	JourneyStepsMax  = C.CSTN_JOURNEY_STEPS_MAX  // most steps of a definition
	JourneyPositions = C.CSTN_JOURNEY_POSITIONS  // positions that are counted one by one
	JourneyPathSteps = C.CSTN_JOURNEY_PATH_STEPS // steps of a path that are kept
)

// JourneyDefinition is steps, starts, goals, ranks and the gap that ends a journey. Immutable; any
// goroutine. Close it when done.
type JourneyDefinition struct {
	object[*C.cstn_journey_definition]
	text   string
	digest Digest
}

func openJourneyDefinition(ptr *C.cstn_journey_definition) *JourneyDefinition {
	d := new(JourneyDefinition)
	var size C.size_t
	text := C.cstn_journey_definition_format(ptr, &size)
	d.text = C.GoStringN(text, C.int(size))
	var digest [C.CSTN_JOURNEY_DIGEST_SIZE]C.uint8_t
	C.cstn_journey_definition_digest(ptr, &digest[0])
	d.digest = *(*Digest)(unsafe.Pointer(&digest[0]))
	d.open(&C.cstn_go_journey_definition, ptr)
	return d
}

// ParseJourneyDefinition makes a definition from its canonical text:
//
//	cstn-journey 1
//	gap 30 d
//	step start 0 browse
//	step - 1 order
//	step goal 2 deliver
//
// It returns [ErrFormat] with the line, [ErrDuplicate] for a step named twice, [ErrLimit] above
// [JourneyStepsMax] steps.
func ParseJourneyDefinition(text string, opts ...Option) (*JourneyDefinition, error) {
	lines := []byte(text)
	return construct(memoryOf(opts), openJourneyDefinition, func(allocator *C.cstn_allocator, out **C.cstn_journey_definition, o *C.cstn_go_outcome) {
		C.cstn_go_journey_definition_parse(charPointer(lines), C.size_t(len(lines)), allocator, out, o)
	})
}

// Text is the canonical text, also after Close.
func (d *JourneyDefinition) Text() string { return d.text }

// Digest is the SHA-256 of the canonical text, also after Close.
func (d *JourneyDefinition) Digest() Digest { return d.digest }

// Journeys are the steps that customers took from a start to a goal: mergeable, the same bytes for any
// split and order of the events. One call at a time; others wait. Close it when done.
//
// Intervals are those of Wilson (1927) and Newcombe (1998), curves those of Kaplan and Meier (1958)
// with the error of Greenwood (1926). It owns its memory: 16 bytes an event until it is settled, and
// each id once. An update is O(1) an event, settling O(n log n) in the events of one customer. Times
// are in days, shares 0..1.
type Journeys struct {
	object[*C.cstn_journeys]
}

func openJourneys(ptr *C.cstn_journeys) *Journeys { return owned[Journeys](&C.cstn_go_journeys, ptr) }

// NewJourneys makes an empty state; events after asOf do not count, and time stands still there.
func NewJourneys(definition *JourneyDefinition, asOf time.Time, opts ...Option) (*Journeys, error) {
	if definition == nil || asOf.IsZero() {
		return nil, invalid("a definition and an as-of time are needed")
	}
	us, err := Micros(asOf)
	if err != nil {
		return nil, err
	}
	ptr, err := definition.use()
	if err != nil {
		return nil, err
	}
	defer definition.end()
	return construct(memoryOf(opts), openJourneys, func(allocator *C.cstn_allocator, out **C.cstn_journeys, o *C.cstn_go_outcome) {
		C.cstn_go_journeys_new(ptr, C.int64_t(us), allocator, out, o)
	})
}

// DeserializeJourneys makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeJourneys(bytes []byte, opts ...Option) (*Journeys, error) {
	return deserialize(&C.cstn_go_journeys, bytes, opts, openJourneys)
}

// Update adds events: columns customer, valid, step, and failed and segment where they are. Every row
// counts, also one that was there before. It returns [ErrRows] with the rows left out, the others
// being in; [ErrSchema]; [ErrLimit].
func (j *Journeys) Update(ctx context.Context, columns []Column, options *UpdateOptions) error {
	return j.update(ctx, columns, options, 0)
}

// UpdateStream is [Journeys.Update] for a stream, which it takes, also on failure.
func (j *Journeys) UpdateStream(ctx context.Context, events *Stream, options *UpdateOptions) error {
	return j.updateStream(ctx, events, options, 0)
}

// Settle turns the events into counts and forgets them: the caller's word that no other event of these
// customers will come. A settled state is small, and merges over disjoint sets of customers.
func (j *Journeys) Settle(ctx context.Context) error {
	ptr, err := j.begin(ctx)
	if err != nil {
		return err
	}
	defer j.end()
	w, err := watchContext(ctx, nil)
	if err != nil {
		return err
	}
	defer w.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_journeys_settle(ptr, 0, w.ptr, o)
	return withContext(ctx, outcomeError(o), nil)
}

// Remove forgets customers, a column customer: the state is then one that never saw them. It returns [ErrRebuild] if the
// state was settled: counts do not say whose they are.
func (j *Journeys) Remove(customers Column) error { return j.remove(customers) }

// Merge adds what from has, which stays as it is. It returns [ErrMismatch] if definition, as-of time or
// type of customer differ, [ErrOverflow], [ErrLimit].
func (j *Journeys) Merge(from *Journeys) error { return merge(context.Background(), j, from) }

// Serialize gives the state as bytes: canonical, with checksum, the definition in it.
func (j *Journeys) Serialize() ([]byte, error) { return j.serialize(context.Background()) }

// Definition is what the journeys are counted by. Close it when done.
func (j *Journeys) Definition() (*JourneyDefinition, error) {
	ptr, err := j.use()
	if err != nil {
		return nil, err
	}
	defer j.end()
	return openJourneyDefinition(C.cstn_journey_definition_ref(C.cstn_journeys_definition(ptr))), nil
}

// JourneyTable is a table of journeys.
type JourneyTable int32

// Tables of journeys. Each begins with the segment.
const (
	JourneyOverview    JourneyTable = C.CSTN_TABLE_JOURNEY_OVERVIEW    // a row a segment
	JourneySteps       JourneyTable = C.CSTN_TABLE_JOURNEY_STEPS       // drop-off, conversion
	JourneyTransitions JourneyTable = C.CSTN_TABLE_JOURNEY_TRANSITIONS // from step to step
	JourneyTimes       JourneyTable = C.CSTN_TABLE_JOURNEY_TIMES       // time in steps
	JourneyCurves      JourneyTable = C.CSTN_TABLE_JOURNEY_CURVES      // Kaplan-Meier, behind it
	JourneyFailures    JourneyTable = C.CSTN_TABLE_JOURNEY_FAILURES    // what goes together with failing
	JourneyByPosition  JourneyTable = C.CSTN_TABLE_JOURNEY_POSITIONS   // failures by position
	JourneyPaths       JourneyTable = C.CSTN_TABLE_JOURNEY_PATHS       // by falling count
)

// Export gives a table; confidencePPM of its intervals, 0 means 950,000. Close the stream.
func (j *Journeys) Export(table JourneyTable, confidencePPM int32) (*Stream, error) {
	return j.give(func(ptr *C.cstn_journeys, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_journeys_export(ptr, C.int32_t(table), 0, C.int32_t(confidencePPM), out, o)
	})
}
