package constellation

/*
#include <stdlib.h>
#include "bridge.h"

#cgo noescape cstn_go_schema_parse
#cgo nocallback cstn_go_schema_parse
#cgo noescape cstn_go_schema_format
#cgo nocallback cstn_go_schema_format
#cgo noescape cstn_go_binding_check
#cgo nocallback cstn_go_binding_check
#cgo nocallback cstn_schema_unref
#cgo nocallback cstn_buffer_free
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// SchemaColumn is a column that a schema declares.
type SchemaColumn struct {
	Name     string
	Type     Type
	Nullable bool
}

// Schema is what columns a table has. Immutable; any goroutine. Close it when done.
type Schema struct {
	handle  handle[*C.cstn_schema]
	columns []SchemaColumn
}

func openSchema(ptr *C.cstn_schema) *Schema {
	s := &Schema{columns: make([]SchemaColumn, C.cstn_schema_count(ptr))}
	for i := range s.columns {
		n := C.size_t(i)
		s.columns[i] = SchemaColumn{
			Name:     C.GoString(C.cstn_schema_name(ptr, n)),
			Type:     Type(C.cstn_schema_type(ptr, n)),
			Nullable: C.cstn_schema_is_nullable(ptr, n) != 0,
		}
	}
	s.handle.open(ptr, "schema", func(p *C.cstn_schema) { C.cstn_schema_unref(p) })
	return s
}

// ParseSchema reads a schema, one column a line: name type [option]...
//
// A name is a word, or stands in double quotes with "" for a quote. Types are flag int32 int64 double
// text bytes date timestamp decimal. Options: null (may be missing); scale=N (decimal); form=F (date
// and timestamp in text, as for [ParseTime]; quoted if it has spaces); zone=utc or zone=+HH:MM
// (timestamp text without a zone); missing="TEXT" (this text means null; repeatable). Empty lines and
// lines that begin with # are skipped. At most 1,024 columns.
//
// It returns [ErrFormat] with the line, [ErrSchema] for a name twice.
func ParseSchema(text string, opts ...Option) (*Schema, error) {
	b := []byte(text)
	return construct(memoryOf(opts), openSchema, func(allocator *C.cstn_allocator, out **C.cstn_schema, o *C.cstn_go_outcome) {
		C.cstn_go_schema_parse(charPointer(b), C.size_t(len(b)), allocator, out, o)
	})
}

// Columns are the declared columns in order, also after Close. Do not change the slice.
func (s *Schema) Columns() []SchemaColumn { return s.columns }

// Text gives the schema as text that [ParseSchema] reads back to the same.
func (s *Schema) Text() (string, error) {
	ptr, err := s.handle.use()
	if err != nil {
		return "", err
	}
	defer s.handle.done()
	var o C.cstn_go_outcome
	var buffer *C.cstn_buffer
	C.cstn_go_schema_format(ptr, &buffer, &o)
	if err := outcomeError(&o); err != nil {
		return "", err
	}
	return string(takeBuffer(buffer)), nil
}

// Close gives the reference back. Idempotent; the error is always nil.
func (s *Schema) Close() error {
	s.handle.close()
	return nil
}

// takeBuffer copies bytes of the library into Go memory and frees them.
func takeBuffer(buffer *C.cstn_buffer) []byte {
	size := int(C.cstn_buffer_size(buffer))
	out := make([]byte, size)
	copy(out, unsafe.Slice((*byte)(C.cstn_buffer_data(buffer)), size))
	C.cstn_buffer_free(buffer)
	return out
}

// Cast is a conversion that a [Binding] may allow. Widening of integers is always on.
type Cast uint32

// Casts, to be combined with |.
const (
	CastText         Cast = C.CSTN_CAST_TEXT          // number, date, time or decimal out of text
	CastTruncateTime Cast = C.CSTN_CAST_TRUNCATE_TIME // nanoseconds cut to microseconds, date64 to days
	CastDictionary   Cast = C.CSTN_CAST_DICTIONARY    // a dictionary of numbers is unpacked
	CastIntegral     Cast = C.CSTN_CAST_INTEGRAL      // doubles that are whole into an integer column
	CastNaNNull      Cast = C.CSTN_CAST_NAN_NULL      // NaN means null
	CastDaysTime     Cast = C.CSTN_CAST_DAYS_TIME     // a date where a timestamp is declared: midnight UTC
)

type bindStep struct {
	kind, number int32
	texts        [3]string
	absent       int32 // bit i: texts[i] is none
	zone         *Zone
}

// Binding says how the columns of a stream map to the declared ones: renamed, given as a constant,
// with a zone, with casts. The zero Binding, like nil, is every column under its own name.
//
// Its methods change it and return it, so that they can be chained; the last word for a column
// counts. Build it in one goroutine; after that any number may use it. It holds no memory of C and
// needs no Close; zones it names must stay open while it is used. What a step gets wrong is reported
// by the call that uses the binding, or by Check.
type Binding struct {
	steps []bindStep
}

func (b *Binding) add(step bindStep) *Binding {
	b.steps = append(b.steps, step)
	return b
}

// Rename: the declared column is called source in the stream.
func (b *Binding) Rename(column, source string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_RENAME, texts: [3]string{column, source}, absent: 4})
}

// Constant: the declared column is not in the stream; every row has this value, given as text: "EUR",
// "1", "2024-01-31".
func (b *Binding) Constant(column, value string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_CONSTANT, texts: [3]string{column, value}, absent: 4})
}

// ConstantNull: the declared column is not in the stream; it is null in every row.
func (b *Binding) ConstantNull(column string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_CONSTANT, texts: [3]string{column}, absent: 6})
}

// Value: in a text column, read from as to. For status codes and the like.
func (b *Binding) Value(column, from, to string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_VALUE, texts: [3]string{column, from, to}})
}

// ValueNull: in a text column, read from as null.
func (b *Binding) ValueNull(column, from string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_VALUE, texts: [3]string{column, from}, absent: 4})
}

// OtherValues: in a text column, read every text that no Value names as to.
func (b *Binding) OtherValues(column, to string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_VALUE, texts: [3]string{column, "", to}, absent: 2})
}

// OtherValuesNull: in a text column, read every text that no Value names as null.
func (b *Binding) OtherValuesNull(column string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_VALUE, texts: [3]string{column}, absent: 6})
}

func absentColumn(column string) int32 {
	if column == "" {
		return 7
	}
	return 6
}

// Zone: a timestamp without a zone is wall-clock time in zone. Column "" is every column.
func (b *Binding) Zone(column string, zone *Zone) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_ZONE, texts: [3]string{column}, absent: absentColumn(column), zone: zone})
}

// Scale is the number of decimals of a decimal column, 0..18: values must fit without rounding.
func (b *Binding) Scale(column string, scale int32) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_SCALE, number: scale, texts: [3]string{column}, absent: 6})
}

// Form is the form of dates in text, as for [ParseTime]. Column "" is every column.
func (b *Binding) Form(column, form string) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_FORM, texts: [3]string{column, form}, absent: absentColumn(column) & 5})
}

// Allow adds casts to those allowed before. Column "" is every column.
func (b *Binding) Allow(column string, casts Cast) *Binding {
	return b.add(bindStep{kind: C.CSTN_GO_BIND_CAST, number: int32(casts), texts: [3]string{column}, absent: absentColumn(column)})
}

// Strict refuses streams with columns that nobody declared.
func (b *Binding) Strict(strict bool) *Binding {
	number := int32(0)
	if strict {
		number = 1
	}
	return b.add(bindStep{kind: C.CSTN_GO_BIND_STRICT, number: number, absent: 7})
}

// Trust takes text as UTF-8 and dictionary indices as inside their dictionaries, unchecked. Only for
// streams that this library, or an engine that checks, has made: a wrong index is read from wherever
// it points to, and text that is not UTF-8 goes on as it is.
func (b *Binding) Trust(trusted bool) *Binding {
	number := int32(0)
	if trusted {
		number = 1
	}
	return b.add(bindStep{kind: C.CSTN_GO_BIND_TRUST, number: number, absent: 7})
}

// Check reports what a step gets wrong, such as a scale out of range, with [ErrInvalidArgument]. What
// depends on the stream shows when it is bound.
func (b *Binding) Check() error {
	laid, err := b.layOut()
	if err != nil || laid == nil {
		return err
	}
	defer laid.end()
	var o C.cstn_go_outcome
	C.cstn_go_binding_check(laid.c, &o)
	return outcomeError(&o)
}

// laidBinding is a binding in the form that the bridge reads, pinned. What C gets a pointer to is an
// object of its own, so that it holds no pointer but pinned ones.
type laidBinding struct {
	c      *C.cstn_go_binding
	pinner runtime.Pinner
	used   []*Zone
}

// pointer is NULL for no binding.
func (l *laidBinding) pointer() *C.cstn_go_binding {
	if l == nil {
		return nil
	}
	return l.c
}

func (l *laidBinding) end() {
	if l == nil {
		return
	}
	l.pinner.Unpin()
	for _, z := range l.used {
		z.handle.done()
	}
}

func (b *Binding) layOut() (*laidBinding, error) {
	if b == nil || len(b.steps) == 0 {
		return nil, nil
	}
	l := &laidBinding{c: new(C.cstn_go_binding)}
	steps := make([]C.cstn_go_bind_step, len(b.steps))
	texts := []byte{}
	zones := []*C.cstn_zone{}
	for i := range b.steps {
		from := &b.steps[i]
		steps[i] = C.cstn_go_bind_step{kind: C.int32_t(from.kind), number: C.int32_t(from.number), absent: C.int32_t(from.absent)}
		for t, text := range from.texts {
			if from.absent>>t&1 != 0 {
				continue
			}
			var err error
			if texts, err = appendText(texts, "a text of the binding", text); err != nil {
				l.end()
				return nil, err
			}
		}
		if from.kind == C.CSTN_GO_BIND_ZONE {
			ptr, err := from.zone.use()
			if err != nil {
				l.end()
				return nil, err
			}
			l.used = append(l.used, from.zone)
			steps[i].number = C.int32_t(len(zones))
			zones = append(zones, ptr)
		}
	}
	l.c.n_steps = C.size_t(len(steps))
	l.c.steps = unsafe.SliceData(steps)
	l.c.texts = charPointer(texts)
	l.c.zones = unsafe.SliceData(zones)
	l.pinner.Pin(unsafe.SliceData(steps))
	l.pinner.Pin(unsafe.SliceData(texts))
	l.pinner.Pin(unsafe.SliceData(zones))
	return l, nil
}

// use is handle.use for a zone that may be nil.
func (z *Zone) use() (*C.cstn_zone, error) {
	if z == nil {
		return nil, invalid("the zone is nil")
	}
	return z.handle.use()
}

// Bind gives the stream converted to a schema: columns in the schema's order and types. binding is
// nil or says how columns map. Rows with a bad value are left out; [Stream.BadRows] of the result
// lists them after its end. It takes s, also on failure. It returns [ErrSchema] with every misfit,
// before the first row is read.
func (s *Stream) Bind(schema *Schema, binding *Binding, opts ...Option) (*Stream, error) {
	ptr, end, err := s.take()
	if err != nil {
		return nil, err
	}
	defer end()
	if schema == nil {
		return nil, invalid("the schema is nil")
	}
	schemaPtr, err := schema.handle.use()
	if err != nil {
		return nil, err
	}
	defer schema.handle.done()
	laid, err := binding.layOut()
	if err != nil {
		return nil, err
	}
	defer laid.end()
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	o := new(C.cstn_go_outcome)
	out := new(*C.struct_ArrowArrayStream)
	keep := new(*C.cstn_go_keep)
	C.cstn_go_stream_bind(ptr, schemaPtr, laid.pointer(), allocator, out, keep, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	bound := openStream(*out)
	bound.keep = openKeep(*keep)
	if s.upstream != nil {
		if upstream, err := s.upstream.use(); err == nil {
			bound.progress, bound.upstream = s.progress, sharedKeep(upstream)
			s.upstream.done()
		}
	}
	return bound, nil
}
