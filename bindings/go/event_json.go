package constellation

/*
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import "unsafe"

// cTexts are copies of texts on the C heap, for structs that hold pointers to them during a call.
type cTexts []*C.char

func newTexts(texts ...[]byte) cTexts {
	c := make(cTexts, len(texts))
	for i, text := range texts {
		if text != nil {
			c[i] = (*C.char)(C.CBytes(text))
		}
	}
	return c
}

func (c cTexts) at(i int) *C.char { return c[i] }

func (c cTexts) free() {
	for _, text := range c {
		C.free(unsafe.Pointer(text))
	}
}

// EventJSONOptions are how events are read from JSON and written to it. The zero value and nil are the
// defaults.
type EventJSONOptions struct {
	AllOrNothing   bool   // an event that breaks a rule fails the reading
	Indent         bool   // written with one member a line
	SourcePartner  string // of every event read; "": the sender that the document names
	IDPrefix       string // a URI that ends where own ids begin, "https://id.example.com/"
	RecordedMicros int64  // when an event was known that does not say it; the document's date of creation
	MaxBytes       int64  // longest document; 0: 64 MiB
	MaxDepth       int    // deepest nesting; 0: 64
}

func (e *EventJSONOptions) layOut() (*C.cstn_go_event_options, cTexts, error) {
	with := new(C.cstn_go_event_options)
	if e == nil {
		return with, nil, nil
	}
	partner, err := optionalText("source partner", e.SourcePartner)
	if err != nil {
		return nil, nil, err
	}
	prefix, err := optionalText("id prefix", e.IDPrefix)
	if err != nil {
		return nil, nil, err
	}
	texts := newTexts(partner, prefix)
	with.source_partner, with.id_prefix = texts.at(0), texts.at(1)
	with.recorded_us, with.max_bytes, with.max_depth = C.int64_t(e.RecordedMicros), C.int64_t(e.MaxBytes), C.int32_t(e.MaxDepth)
	if e.AllOrNothing {
		with.flags |= C.CSTN_EVENT_JSON_ALL_OR_NOTHING
	}
	if e.Indent {
		with.flags |= C.CSTN_EVENT_JSON_INDENT
	}
	return with, texts, nil
}

// ReadEPCIS reads an EPCIS 2.0 document in JSON: rows, one an event, with the fields of the noun
// "event". Events that break a rule are left out: the error then has [ErrRows] and lists them, and the
// stream has the others. It returns [ErrFormat] for what is no such document. Close the stream.
func ReadEPCIS(document []byte, options *EventJSONOptions, opts ...Option) (*Stream, error) {
	return readEvents(C.CSTN_GO_EPCIS, document, options, opts)
}

// ReadDCSA is [ReadEPCIS] for events of DCSA Track & Trace 2.2.
func ReadDCSA(document []byte, options *EventJSONOptions, opts ...Option) (*Stream, error) {
	return readEvents(C.CSTN_GO_DCSA, document, options, opts)
}

func readEvents(format C.int32_t, document []byte, options *EventJSONOptions, opts []Option) (*Stream, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	with, texts, err := options.layOut()
	if err != nil {
		return nil, err
	}
	defer texts.free()
	o := new(C.cstn_go_outcome)
	out := new(*C.struct_ArrowArrayStream)
	C.cstn_go_events_read(format, bytePointer(document), C.size_t(len(document)), with, allocator, out, o)
	if *out == nil {
		return nil, outcomeError(o)
	}
	return openStream(*out), outcomeError(o)
}

// WriteEPCIS writes events as an EPCIS 2.0 document. It takes the stream, also on failure. report lists
// what the document has no place for: events left out (EPCIS knows actual events only) and values not
// held.
func WriteEPCIS(events *Stream, options *EventJSONOptions, opts ...Option) (document []byte, report []RowError, err error) {
	return writeEvents(C.CSTN_GO_EPCIS, events, options, opts)
}

// WriteDCSA is [WriteEPCIS] for DCSA Track & Trace 2.2.
func WriteDCSA(events *Stream, options *EventJSONOptions, opts ...Option) (document []byte, report []RowError, err error) {
	return writeEvents(C.CSTN_GO_DCSA, events, options, opts)
}

func writeEvents(format C.int32_t, events *Stream, options *EventJSONOptions, opts []Option) ([]byte, []RowError, error) {
	stream, end, err := events.take()
	if err != nil {
		return nil, nil, err
	}
	defer end()
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, nil, err
	}
	defer done()
	with, texts, err := options.layOut()
	if err != nil {
		return nil, nil, err
	}
	defer texts.free()
	o := new(C.cstn_go_outcome)
	buffer := new(*C.cstn_buffer)
	C.cstn_go_events_write(format, stream, with, allocator, buffer, o)
	var report []RowError
	if o.rows != nil {
		report, _ = copyRows(o.rows)
	}
	err = outcomeError(o)
	if *buffer == nil {
		return nil, report, err
	}
	return takeBuffer(*buffer), report, err
}
