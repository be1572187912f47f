package constellation

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"unsafe"
)

// Limits of event commitments.
const (
	EventFieldsMost = C.CSTN_EVENT_FIELDS_MAX // fields of an event
	EventPathMost   = C.CSTN_EVENT_PATH_MAX   // bytes of a path
	EventValueMost  = C.CSTN_EVENT_VALUE_MAX  // bytes of a value
	EventRootSize   = C.CSTN_EVENT_ROOT_SIZE  // bytes of a commitment
)

// EPCISHashOptions are how event hashes are made. The zero value and nil are the defaults.
type EPCISHashOptions struct {
	Strings  bool  // give the strings that are hashed too, as column "prehash"
	MaxBytes int64 // longest document; 0: 64 MiB
	MaxDepth int   // deepest nesting; 0: 64
}

// EPCISHashes gives the event hashes of an EPCIS 2.0 document in JSON (GS1 CBV 2.0, section 8.9): a row
// an event, with "event", its index in the document, and "hash", "ni:///sha-256;...?ver=CBV2.0". Events
// that break a rule are left out: the error then has [ErrRows] and lists them, and the stream has the
// others. It returns [ErrFormat] for what is no such document. Close the stream.
func EPCISHashes(document []byte, options *EPCISHashOptions, opts ...Option) (*Stream, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	with := EPCISHashOptions{}
	if options != nil {
		with = *options
	}
	flags := C.uint32_t(0)
	if with.Strings {
		flags = C.CSTN_EPCIS_HASH_STRING
	}
	o := new(C.cstn_go_outcome)
	out := new(*C.struct_ArrowArrayStream)
	C.cstn_go_epcis_hash(bytePointer(document), C.size_t(len(document)), flags, C.int64_t(with.MaxBytes), C.int32_t(with.MaxDepth), allocator, out, o)
	if *out == nil {
		return nil, outcomeError(o)
	}
	return openStream(*out), outcomeError(o)
}

// GS1URI gives one canonical GS1 Digital Link for every way to write a GS1 key: an EPC URI, class or
// pattern, or a Digital Link of any host. It returns [ErrNotFound] for what names none.
func GS1URI(uri string, opts ...Option) (string, error) {
	text := []byte(uri)
	link, err := madeBytes(opts, func(allocator *C.cstn_allocator, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_gs1_uri(charPointer(text), C.size_t(len(text)), allocator, out, o)
	})
	return string(link), err
}

// madeBytes runs a call that gives a buffer.
func madeBytes(opts []Option, call func(allocator *C.cstn_allocator, out **C.cstn_buffer, o *C.cstn_go_outcome)) ([]byte, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	o := new(C.cstn_go_outcome)
	out := new(*C.cstn_buffer)
	call(allocator, out, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return takeBuffer(*out), nil
}

// EventField is a field of an event: a path of 1 to 255 bytes, unique in its event, and a value of at
// most 65,535 bytes of UTF-8 without NUL.
type EventField struct {
	Path, Value string
}

// CommitEvent commits to an event. The record is canonical JSON with the fields and their random salts, a
// secret; the root is for a log and tells nothing. It returns [ErrInvalidArgument] with the field,
// [ErrDuplicate], and [ErrLimit] above 4,096 fields.
func CommitEvent(fields []EventField, opts ...Option) (record []byte, root MerkleHash, err error) {
	text, ends := []byte{}, make([]C.uint64_t, 0, 2*len(fields))
	for _, field := range fields {
		text = append(text, field.Path...)
		ends = append(ends, C.uint64_t(len(text)))
		text = append(text, field.Value...)
		ends = append(ends, C.uint64_t(len(text)))
	}
	text = append(text, 0)
	record, err = madeBytes(opts, func(allocator *C.cstn_allocator, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_event_commit(charPointer(text), unsafe.SliceData(ends), C.size_t(len(fields)), allocator, out, root.c(), o)
	})
	return record, root, err
}

// CommitEPCISEvent commits to one event of an EPCIS document: its fields are the members that take part
// in its event hash, in the form they have there, with paths "eventTime", "epcList[0]", "readPoint.id".
// It returns [ErrRows] if the event breaks a rule, [ErrNotFound] if there is none with this index.
func CommitEPCISEvent(document []byte, index uint64, opts ...Option) (record []byte, root MerkleHash, err error) {
	record, err = madeBytes(opts, func(allocator *C.cstn_allocator, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_epcis_commit(bytePointer(document), C.size_t(len(document)), C.uint64_t(index), allocator, out, root.c(), o)
	})
	return record, root, err
}

// RedactEvent keeps some fields of a record, redacted before or not; "epcList" keeps all elements of the
// list. It returns [ErrNotFound] for a path that no field has, [ErrFormat] for what is no record.
func RedactEvent(record []byte, paths []string, opts ...Option) ([]byte, error) {
	block, err := textBlock("a path", paths)
	if err != nil {
		return nil, err
	}
	return madeBytes(opts, func(allocator *C.cstn_allocator, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_event_redact(recordPointer(record), C.size_t(len(record)), charPointer(block), C.size_t(len(paths)), allocator, out, o)
	})
}

// recordPointer is an address also of no bytes.
func recordPointer(record []byte) *C.uint8_t {
	if len(record) == 0 {
		record = []byte{0}
	}
	return bytePointer(record)
}

// VerifyEvent verifies a record, redacted or not, against a root from a log that is trusted, and gives
// the fields that it shows, in the event's order. It returns [ErrProof] if it does not lead to the root,
// [ErrFormat] for what is no record.
func VerifyEvent(record []byte, root MerkleHash, opts ...Option) ([]EventField, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	o := new(C.cstn_go_outcome)
	out := new(*C.struct_ArrowArrayStream)
	C.cstn_go_event_verify(recordPointer(record), C.size_t(len(record)), root.c(), allocator, out, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	stream := openStream(*out)
	defer func() { _ = stream.Close() }()
	rows, err := stream.All(context.Background())
	if err != nil {
		return nil, err
	}
	paths, _ := rows.Column("path")
	values, _ := rows.Column("value")
	fields := make([]EventField, rows.Len())
	for i := range fields {
		fields[i] = EventField{paths.Text(i), values.Text(i)}
	}
	return fields, nil
}
