package constellation

/*
#include "bridge.h"

#cgo nocallback cstn_record_unref
#cgo nocallback cstn_record_builder_free
*/
import "C"

import (
	"sync"
	"unsafe"
)

// NounField is one field of a noun: its name, type and rule.
type NounField struct {
	Name     string
	Type     Type
	Nullable bool
	// Line tells a field of lines (of an order, of a shipment) from one of the record itself.
	Line bool
	// Key is the place of the field in the key of its noun, from 1; 0 if it is no part of it.
	Key int
	// Doc says what the field means, Rule what its values must be, "" for any of the type.
	Doc, Rule string
	// Codes are the values of a field that takes one of a closed list.
	Codes []string
	// Refers is the noun whose records the field names, or "".
	Refers string
}

// Noun is what a network holds records of: partner, order, shipment, event and so on.
type Noun struct {
	Name, Doc string
	// AppendOnly: records are only ever added (events, interactions); else a new version replaces
	// the one before.
	AppendOnly bool
	// HasLines: records have lines.
	HasLines bool
	Fields   []NounField
}

// Field is the field of a name; ok is false if the noun has none.
func (n *Noun) Field(name string) (field NounField, ok bool) {
	for _, f := range n.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return NounField{}, false
}

// Nouns lists every noun that the loaded library knows.
func Nouns() []Noun {
	nouns := make([]Noun, C.cstn_noun_count())
	for i := range nouns {
		nouns[i] = nounAt(C.size_t(i))
	}
	return nouns
}

// NounByName is one of [Nouns]; it returns [ErrNotFound].
func NounByName(name string) (Noun, error) {
	text, err := cText("noun", name)
	if err != nil {
		return Noun{}, err
	}
	i := C.cstn_noun_find(charPointer(text))
	if i >= C.cstn_noun_count() {
		return Noun{}, &Error{Code: ErrNotFound, Message: "there is no noun '" + name + "'"}
	}
	return nounAt(i), nil
}

func nounAt(noun C.size_t) Noun {
	n := Noun{
		Name: C.GoString(C.cstn_noun_name(noun)), Doc: C.GoString(C.cstn_noun_doc(noun)),
		AppendOnly: C.cstn_noun_is_append_only(noun) != 0, HasLines: C.cstn_noun_has_lines(noun) != 0,
		Fields: make([]NounField, C.cstn_noun_field_count(noun)),
	}
	for i := range n.Fields {
		field := C.size_t(i)
		f := &n.Fields[i]
		f.Name, f.Type = C.GoString(C.cstn_noun_field_name(noun, field)), Type(C.cstn_noun_field_type(noun, field))
		f.Nullable, f.Line = C.cstn_noun_field_is_nullable(noun, field) != 0, C.cstn_noun_field_is_line(noun, field) != 0
		f.Key = int(C.cstn_noun_field_key(noun, field))
		f.Doc, f.Rule = C.GoString(C.cstn_noun_field_doc(noun, field)), C.GoString(C.cstn_noun_field_rule(noun, field))
		f.Refers = C.GoString(C.cstn_noun_field_refers(noun, field))
		for code := C.size_t(0); ; code++ {
			name := C.cstn_noun_field_code(noun, field, code)
			if name == nil {
				break
			}
			f.Codes = append(f.Codes, C.GoString(name))
		}
	}
	return n
}

// NoLine is the line of a record's own fields.
const NoLine = -1

func lineNumber(line int) C.size_t {
	if line < 0 {
		return C.CSTN_NO_LINE
	}
	return C.size_t(line)
}

// Record is a record of some noun. Immutable; any goroutine. Close it when done. Reading calls give
// 0 or "" where there is no value; see [Record.Has].
type Record struct {
	handle handle[*C.cstn_record]
}

func openRecord(ptr *C.cstn_record) *Record {
	r := new(Record)
	r.handle.open(ptr, "record", func(p *C.cstn_record) { C.cstn_record_unref(p) })
	return r
}

// field gives the record and a field's name for one call.
func (r *Record) field(name string) (*C.cstn_record, *C.char, func()) {
	text, err := cText("field", name)
	if err != nil {
		return nil, nil, nil
	}
	ptr, err := r.handle.use()
	if err != nil {
		return nil, nil, nil
	}
	return ptr, charPointer(text), r.handle.done
}

// Noun is the name of the record's noun; "" after Close.
func (r *Record) Noun() string {
	ptr, err := r.handle.use()
	if err != nil {
		return ""
	}
	defer r.handle.done()
	return C.GoString(C.cstn_record_noun(ptr))
}

// Lines is how many lines it has.
func (r *Record) Lines() int {
	ptr, err := r.handle.use()
	if err != nil {
		return 0
	}
	defer r.handle.done()
	return int(C.cstn_record_lines(ptr))
}

// Seq is the sequence number of the transaction that wrote it; 0 if it was not read from a network.
func (r *Record) Seq() uint64 {
	ptr, err := r.handle.use()
	if err != nil {
		return 0
	}
	defer r.handle.done()
	return uint64(C.cstn_record_seq(ptr))
}

// Has tells whether the field has a value. line is [NoLine] or the number of a line, from 0.
func (r *Record) Has(line int, field string) bool {
	ptr, name, done := r.field(field)
	if ptr == nil {
		return false
	}
	defer done()
	return C.cstn_record_has(ptr, lineNumber(line), name) != 0
}

// Int is the value of a flag, integer, day, instant or decimal.
func (r *Record) Int(line int, field string) int64 {
	ptr, name, done := r.field(field)
	if ptr == nil {
		return 0
	}
	defer done()
	return int64(C.cstn_record_int(ptr, lineNumber(line), name))
}

// Double is the value of a double, or of a number as a double.
func (r *Record) Double(line int, field string) float64 {
	ptr, name, done := r.field(field)
	if ptr == nil {
		return 0
	}
	defer done()
	return float64(C.cstn_record_double(ptr, lineNumber(line), name))
}

// Text is the value of a text.
func (r *Record) Text(line int, field string) string {
	ptr, name, done := r.field(field)
	if ptr == nil {
		return ""
	}
	defer done()
	var size C.size_t
	text := C.cstn_record_text(ptr, lineNumber(line), name, &size)
	if text == nil {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(size)))
}

// JSON is the record as one JSON object, fields in the order of the noun, those without a value left
// out, lines as an array "lines". It returns [ErrNoMemory].
func (r *Record) JSON() ([]byte, error) {
	ptr, err := r.handle.use()
	if err != nil {
		return nil, err
	}
	defer r.handle.done()
	o := new(C.cstn_go_outcome)
	buffer := new(*C.cstn_buffer)
	C.cstn_go_record_format(ptr, buffer, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return takeBuffer(*buffer), nil
}

// Close gives the record back. Idempotent; the error is always nil.
func (r *Record) Close() error {
	r.handle.close()
	return nil
}

// RecordBuilder makes a [Record]. Its Set calls may be chained: the first that fails is what
// [RecordBuilder.Build] returns. One call at a time; others wait.
type RecordBuilder struct {
	handle handle[*C.cstn_record_builder]
	mu     sync.Mutex
	err    error
}

// NewRecord begins a record of a noun. It returns [ErrNotFound] for an unknown one. Close the builder
// when done.
func NewRecord(noun string, opts ...Option) (*RecordBuilder, error) {
	name, err := cText("noun", noun)
	if err != nil {
		return nil, err
	}
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	o := new(C.cstn_go_outcome)
	ptr := new(*C.cstn_record_builder)
	C.cstn_go_record_builder_new(charPointer(name), allocator, ptr, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	b := new(RecordBuilder)
	b.handle.open(*ptr, "record builder", func(p *C.cstn_record_builder) { C.cstn_record_builder_free(p) })
	return b, nil
}

// step runs one call of the builder unless an earlier one failed.
func (b *RecordBuilder) step(field string, call func(*C.cstn_record_builder, *C.char, *C.cstn_go_outcome)) *RecordBuilder {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b
	}
	name, err := cText("field", field)
	if err != nil {
		b.err = err
		return b
	}
	ptr, err := b.handle.use()
	if err != nil {
		b.err = err
		return b
	}
	defer b.handle.done()
	o := new(C.cstn_go_outcome)
	call(ptr, charPointer(name), o)
	b.err = outcomeError(o)
	return b
}

// Line begins a line: fields of lines that are set from here on are its own. [ErrInvalidArgument] if
// the noun has none.
func (b *RecordBuilder) Line() *RecordBuilder {
	return b.step("", func(p *C.cstn_record_builder, _ *C.char, o *C.cstn_go_outcome) {
		C.cstn_go_record_builder_add_line(p, o)
	})
}

// SetText sets a field; one of another type reads the text: numbers, "0" and "1", ISO 8601 days and
// times. [ErrNotFound] for an unknown field, with a similar name; [ErrFormat]; [ErrUnsupported] for
// personal data; [ErrState] for a field of lines before the first line.
func (b *RecordBuilder) SetText(field, text string) *RecordBuilder {
	data := []byte(text)
	return b.step(field, func(p *C.cstn_record_builder, name *C.char, o *C.cstn_go_outcome) {
		C.cstn_go_record_builder_set_text(p, name, charPointer(data), C.size_t(len(data)), o)
	})
}

// SetInt sets a flag, an integer, a day, an instant or a decimal.
func (b *RecordBuilder) SetInt(field string, value int64) *RecordBuilder {
	return b.step(field, func(p *C.cstn_record_builder, name *C.char, o *C.cstn_go_outcome) {
		C.cstn_go_record_builder_set_int(p, name, C.int64_t(value), o)
	})
}

// SetDouble sets a double.
func (b *RecordBuilder) SetDouble(field string, value float64) *RecordBuilder {
	return b.step(field, func(p *C.cstn_record_builder, name *C.char, o *C.cstn_go_outcome) {
		C.cstn_go_record_builder_set_double(p, name, C.double(value), o)
	})
}

// SetNull sets a field to nothing.
func (b *RecordBuilder) SetNull(field string) *RecordBuilder {
	return b.step(field, func(p *C.cstn_record_builder, name *C.char, o *C.cstn_go_outcome) {
		C.cstn_go_record_builder_set_null(p, name, o)
	})
}

// Build checks every rule that needs no network and makes the record. It returns the error of the
// first Set call that failed, which is then forgotten, or [ErrInvalidArgument] with every rule that
// is broken. The builder may go on, as the next version.
func (b *RecordBuilder) Build() (*Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.err; err != nil {
		b.err = nil
		return nil, err
	}
	ptr, err := b.handle.use()
	if err != nil {
		return nil, err
	}
	defer b.handle.done()
	o := new(C.cstn_go_outcome)
	out := new(*C.cstn_record)
	C.cstn_go_record_builder_build(ptr, out, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return openRecord(*out), nil
}

// Close gives the builder back. Idempotent; the error is always nil.
func (b *RecordBuilder) Close() error {
	b.handle.close()
	return nil
}
