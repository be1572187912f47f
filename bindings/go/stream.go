package constellation

/*
#include "bridge.h"

#cgo nocallback cstn_go_keep_ref
#cgo nocallback cstn_go_keep_unref
#cgo nocallback cstn_go_keep_progress
#cgo noescape cstn_go_stream_of_columns
#cgo nocallback cstn_go_stream_of_columns
*/
import "C"

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// Field describes a column of a stream.
type Field struct {
	Name     string
	Type     Type
	Scale    int32
	Nullable bool
	// Format is the Arrow format string. Type is 0 for a format this package does not read; such a
	// column must go through [Stream.Bind] or the arrowbridge module.
	Format string

	wideWords bool // the dictionary's offsets have 64 bits
}

// Stream is rows on their way, batch by batch, from the library, a CSV file or another Arrow
// producer. It is read once: by [Stream.Batches], [Stream.Next] or [Stream.All], or by a call that
// takes it ([PerfectOrder.UpdateStream], [WriteCSV], [Stream.Bind]), which closes it, also on failure.
//
// One call at a time; others wait. A Stream that is not read to its end must be closed.
type Stream struct {
	handle   handle[*C.struct_ArrowArrayStream]
	mu       *sync.Mutex      // shared with the CSV reader it comes from
	progress *C.cstn_progress // cancels the producer; owned by upstream
	upstream *handle[*C.cstn_go_keep]
	keep     *handle[*C.cstn_go_keep] // what the bad rows are read from
	bad      []RowError               // bad rows of a stream that is complete
	badTotal uint64
	fields   []Field
	array    handle[*C.struct_ArrowArray]
	done     error // why there are no more batches
}

func openStream(ptr *C.struct_ArrowArrayStream) *Stream {
	s := &Stream{mu: new(sync.Mutex)}
	s.handle.open(ptr, "stream", func(p *C.struct_ArrowArrayStream) { C.cstn_arrow_stream_free(p) })
	return s
}

// answered is opened for a stream of predictions, which knows the rows that it could not answer.
func answered(o *C.cstn_go_outcome, ptr *C.struct_ArrowArrayStream) (*Stream, error) {
	var bad []RowError
	var total uint64
	if o.rows != nil {
		bad, total = copyRows(o.rows)
	}
	s, err := opened(o, ptr, openStream)
	if s != nil {
		s.bad, s.badTotal = bad, total
	}
	return s, err
}

func openKeep(ptr *C.cstn_go_keep) *handle[*C.cstn_go_keep] {
	k := new(handle[*C.cstn_go_keep])
	k.open(ptr, "stream", func(p *C.cstn_go_keep) { C.cstn_go_keep_unref(p) })
	return k
}

// sharedKeep is a handle on a keep that another object has too.
func sharedKeep(ptr *C.cstn_go_keep) *handle[*C.cstn_go_keep] {
	return openKeep(C.cstn_go_keep_ref(ptr))
}

// NewStream makes a stream of one batch with a copy of columns, for calls that take streams. For
// [PerfectOrder.Update], which reads slices in place, none is needed. It returns
// [ErrInvalidArgument] for columns that differ in length.
func NewStream(columns ...Column) (*Stream, error) {
	p, err := pinColumns(columns)
	if err != nil {
		return nil, err
	}
	defer p.unpin()
	var o C.cstn_go_outcome
	var ptr *C.struct_ArrowArrayStream
	C.cstn_go_stream_of_columns(p.first(), C.size_t(len(p.columns)), p.rows, &ptr, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openStream(ptr), nil
}

// NewEmptyStream makes an empty struct ArrowArrayStream on the C heap, for a producer to fill through
// [Stream.Pointer]. It is how other Arrow implementations hand rows over.
func NewEmptyStream() (*Stream, error) {
	ptr := C.cstn_arrow_stream_new()
	if ptr == nil {
		return nil, &Error{Code: ErrNoMemory, Message: "no memory for a stream"}
	}
	return openStream(ptr), nil
}

// Pointer gives the address of the struct ArrowArrayStream in C memory, nil after Close: to fill it
// after [NewEmptyStream], or to move the stream out of it (copy the struct and set its release to
// NULL; then Close s). It is valid until Close; keep s reachable while it is used.
func (s *Stream) Pointer() unsafe.Pointer {
	ptr, err := s.handle.use()
	if err != nil {
		return nil
	}
	defer s.handle.done()
	return unsafe.Pointer(ptr)
}

// lock gives the stream for one call; the function it returns ends it.
func (s *Stream) lock() (*C.struct_ArrowArrayStream, func(), error) {
	if s == nil {
		return nil, nil, invalid("the stream is nil")
	}
	ptr, err := s.handle.use()
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	if ptr.release == nil {
		s.mu.Unlock()
		s.handle.done()
		return nil, nil, closedError("stream")
	}
	return ptr, func() { s.mu.Unlock(); s.handle.done() }, nil
}

// take is lock for a call that consumes the stream; the function it returns also closes it.
func (s *Stream) take() (*C.struct_ArrowArrayStream, func(), error) {
	ptr, unlock, err := s.lock()
	if err != nil {
		return nil, nil, err
	}
	return ptr, func() { unlock(); s.Close() }, nil
}

// useProgress gives the progress that cancels the producer, or nil, for one call.
func (s *Stream) useProgress() (*C.cstn_progress, func()) {
	if s.progress == nil {
		return nil, func() {}
	}
	if _, err := s.upstream.use(); err != nil {
		return nil, func() {}
	}
	return s.progress, s.upstream.done
}

// Close gives back what the stream holds, read to its end or not. Idempotent; the error is always
// nil. What [Stream.BadRows] reads stays until the garbage collector finds it.
func (s *Stream) Close() error {
	s.handle.close()
	s.array.close()
	if s.upstream != nil {
		s.upstream.close()
	}
	return nil
}

// Fields describes the columns. It returns [ErrStream] if the producer fails.
func (s *Stream) Fields() ([]Field, error) {
	ptr, unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	return s.readFields(ptr)
}

func (s *Stream) readFields(ptr *C.struct_ArrowArrayStream) ([]Field, error) {
	if s.fields != nil {
		return s.fields, nil
	}
	o := new(C.cstn_go_outcome)
	schema := new(*C.struct_ArrowSchema)
	C.cstn_go_stream_schema(ptr, schema, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	defer C.cstn_arrow_schema_free(*schema)
	root := *schema
	if format := C.GoString(root.format); format != "+s" {
		return nil, &Error{Code: ErrSchema, Message: "the stream is " + format + ", a struct (+s) expected"}
	}
	fields := make([]Field, 0, int(root.n_children))
	for _, child := range unsafe.Slice(root.children, int(root.n_children)) {
		fields = append(fields, fieldOf(child))
	}
	s.fields = fields
	return fields, nil
}

func fieldOf(schema *C.struct_ArrowSchema) Field {
	f := Field{Format: C.GoString(schema.format), Nullable: schema.flags&C.ARROW_FLAG_NULLABLE != 0}
	if schema.name != nil {
		f.Name = C.GoString(schema.name)
	}
	if schema.dictionary != nil {
		if word := C.GoString(schema.dictionary.format); word == "u" || word == "U" {
			f.Type, f.wideWords = TypeText, word == "U"
		}
		f.Format += " (dictionary)"
		return f
	}
	f.Type, f.Scale = typeOfFormat(f.Format)
	return f
}

// fixedWidth is how many bytes each value of a format has, "w:16"; 0 for formats of other kinds.
func fixedWidth(format string) int {
	width, ok := strings.CutPrefix(format, "w:")
	if n, err := strconv.Atoi(width); ok && err == nil && n > 0 {
		return n
	}
	return 0
}

func typeOfFormat(format string) (Type, int32) {
	switch format {
	case "n":
		return TypeNull, 0
	case "b":
		return TypeFlag, 0
	case "i":
		return TypeInt32, 0
	case "l":
		return TypeInt64, 0
	case "g":
		return TypeDouble, 0
	case "u", "U":
		return TypeText, 0
	case "z", "Z":
		return TypeBytes, 0
	case "tdD":
		return TypeDays, 0
	}
	if fixedWidth(format) > 0 {
		return TypeBytes, 0
	}
	if strings.HasPrefix(format, "tsu:") && len(format) > len("tsu:") {
		return TypeTime, 0
	}
	if rest, ok := strings.CutPrefix(format, "d:"); ok {
		part := strings.Split(rest, ",")
		if len(part) >= 2 && (len(part) == 2 || part[2] == "128" || part[2] == "64") {
			if scale, err := strconv.Atoi(part[1]); err == nil && scale >= 0 && scale <= MaxScale {
				return TypeDecimal, int32(scale)
			}
		}
	}
	return 0, 0
}

// Batch is some rows in Go memory: columns of one length. It holds nothing of C and needs no Close.
type Batch struct {
	columns []Column
	rows    int
}

// Len is the number of rows.
func (b *Batch) Len() int { return b.rows }

// Columns are the columns, in the stream's order. Do not change the slice.
func (b *Batch) Columns() []Column { return b.columns }

// Column gives the first column of that name.
func (b *Batch) Column(name string) (Column, bool) {
	for _, c := range b.columns {
		if c.name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Next gives the next batch, copied into Go memory in one crossing, or io.EOF at the end, which
// closes the stream. A batch has what rows the producer put into it; none may be empty. ctx stops
// the producer where it can be stopped, and the reading between batches otherwise. It returns
// [ErrStream] with the producer's own words, [ErrUnsupported] for a column this package does not
// read, and after any error only that error again.
func (s *Stream) Next(ctx context.Context) (*Batch, error) {
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	if done != nil {
		return nil, done
	}
	ptr, unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	batch, err := s.next(ctx, ptr)
	if err != nil {
		s.done = err
	}
	unlock()
	if err != nil {
		s.Close()
	}
	return batch, err
}

func (s *Stream) next(ctx context.Context, ptr *C.struct_ArrowArrayStream) (*Batch, error) {
	fields, err := s.readFields(ptr)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.Type == 0 {
			return nil, &Error{Code: ErrUnsupported, Message: "column '" + f.Name + "' has format " + f.Format + "; bind the stream to a schema first"}
		}
	}
	if s.array.refs.Load() == 0 {
		array := C.cstn_arrow_array_new()
		if array == nil {
			return nil, &Error{Code: ErrNoMemory, Message: "no memory for a batch"}
		}
		s.array.open(array, "stream", func(p *C.struct_ArrowArray) { C.cstn_arrow_array_free(p) })
	}
	array, err := s.array.use()
	if err != nil {
		return nil, err
	}
	defer s.array.done()
	progress, release := s.useProgress()
	defer release()
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	stop := func() {}
	if progress != nil {
		stop = cancelWith(ctx, progress)
	}
	o := new(C.cstn_go_outcome)
	C.cstn_go_stream_next(ptr, array, o)
	stop()
	if err := outcomeError(o); err != nil {
		return nil, withContext(ctx, err, progress)
	}
	if o.status == C.CSTN_DONE {
		return nil, io.EOF
	}
	return copyBatch(fields, array)
}

// Batches gives the batches one by one and closes the stream at the end, on failure, or when the loop
// is left; see [Stream.Next].
//
//	for batch, err := range stream.Batches(ctx) {
//		if err != nil {
//			return err
//		}
//		...
//	}
func (s *Stream) Batches(ctx context.Context) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		defer s.Close()
		for {
			batch, err := s.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

// All reads the stream to its end as one batch, for results that are small. It closes the stream.
func (s *Stream) All(ctx context.Context) (*Batch, error) {
	fields, err := s.Fields()
	if err != nil {
		s.Close()
		return nil, err
	}
	all := &Batch{columns: make([]Column, len(fields))}
	for i, f := range fields {
		all.columns[i] = emptyColumn(f)
	}
	for batch, err := range s.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		for i := range all.columns {
			all.columns[i].appendRows(&batch.columns[i])
		}
		all.rows += batch.rows
	}
	return all, nil
}

// BadRows are the rows that [Stream.Bind] left out so far, complete at the end of the stream, and how
// many there were; at most 65,536 are listed. Of predictions they are the rows that are null, complete
// from the start. None for other streams. Also after Close.
func (s *Stream) BadRows() ([]RowError, uint64, error) {
	if s.keep == nil {
		return s.bad, s.badTotal, nil
	}
	keep, err := s.keep.use()
	if err != nil {
		return nil, 0, err
	}
	defer s.keep.done()
	s.mu.Lock()
	defer s.mu.Unlock()
	o := new(C.cstn_go_outcome)
	C.cstn_go_keep_read_rows(keep, o)
	if o.rows == nil {
		return nil, 0, nil
	}
	rows, total := copyRows(o.rows)
	freeOutcome(o)
	return rows, total, nil
}
