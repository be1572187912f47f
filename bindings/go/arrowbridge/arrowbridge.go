// Package arrowbridge hands Arrow record batches of arrow-go to libconstellation and back, through the
// Arrow C Stream interface.
//
//	stream, err := arrowbridge.FromReader(reader)
//	...
//	err = state.UpdateStream(ctx, stream, nil)
//	...
//	rates, err := result.Rates()
//	...
//	out, err := arrowbridge.ToReader(rates)
//
// It is a module of its own, so that programs without Arrow do not depend on it.
package arrowbridge

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/cdata"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

// Option changes how rows are handed over.
type Option func(*options)

type options struct{ noCopy bool }

// NoCopy hands buffers over in place. It is the caller's word that every buffer of every batch is C
// memory, as from memory/mallocator: C may keep a buffer after the call that received it, which the
// rules of cgo forbid for Go memory.
func NoCopy() Option { return func(o *options) { o.noCopy = true } }

// FromReader gives the batches of an Arrow reader as a stream, pulled as they are needed. It takes a
// reference of its own to reader, which goes with the stream; the caller releases its own as before,
// and reads no further from it. Each batch is copied once into C memory, only the rows that it shows,
// string and binary views as plain text and bytes; see [NoCopy].
//
// A failure or a panic of reader ends the stream with [constellation.ErrStream] and its words. The
// stream must be read or closed. One goroutine at a time, with the reader.
func FromReader(reader array.RecordReader, opts ...Option) (*constellation.Stream, error) {
	if reader == nil {
		return nil, &constellation.Error{Code: constellation.ErrInvalidArgument, Message: "the reader is nil"}
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	stream, err := constellation.NewEmptyStream()
	if err != nil {
		return nil, err
	}
	reader.Retain()
	safe := &bridgeReader{inner: reader}
	if !o.noCopy {
		safe.memory = mallocator.NewMallocator()
		safe.schema = plainSchema(reader.Schema())
	}
	cdata.ExportRecordReader(safe, (*cdata.CArrowArrayStream)(stream.Pointer()))
	return stream, nil
}

// ToReader gives a stream as an Arrow reader, without a copy: batches lie in the library's memory until
// they are released. It takes stream, also on failure. The caller releases the reader, and batches
// that it retained. Errors of the producer come from the reader's Err.
func ToReader(stream *constellation.Stream) (array.RecordReader, error) {
	if stream == nil {
		return nil, &constellation.Error{Code: constellation.ErrInvalidArgument, Message: "the stream is nil"}
	}
	defer stream.Close()
	if _, err := stream.Fields(); err != nil {
		return nil, err
	}
	reader, err := cdata.ImportCRecordReader((*cdata.CArrowArrayStream)(stream.Pointer()), nil)
	if err != nil {
		return nil, &constellation.Error{Code: constellation.ErrStream, Message: err.Error()}
	}
	records, ok := reader.(array.RecordReader)
	if !ok {
		return nil, &constellation.Error{Code: constellation.ErrUnsupported, Message: fmt.Sprintf("arrow-go gave a %T, a RecordReader expected", reader)}
	}
	return records, nil
}

// bridgeReader is a reader whose batches lie in C memory and which turns panics into errors.
type bridgeReader struct {
	inner  array.RecordReader
	memory memory.Allocator // nil: batches are handed over as they are
	schema *arrow.Schema    // of the copies
	batch  arrow.RecordBatch
	err    error
	once   sync.Once
}

// Retain counts nothing: the stream is the one holder, whether or not the export takes a reference of
// its own, and it releases once.
func (r *bridgeReader) Retain() {}

// Release gives the reference to the reader back.
func (r *bridgeReader) Release() {
	r.once.Do(func() {
		r.drop()
		r.inner.Release()
	})
}

func (r *bridgeReader) drop() {
	if r.batch != nil && r.memory != nil {
		r.batch.Release()
	}
	r.batch = nil
}

func (r *bridgeReader) Schema() *arrow.Schema {
	if r.schema != nil {
		return r.schema
	}
	return r.inner.Schema()
}

func (r *bridgeReader) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *bridgeReader) Record() arrow.RecordBatch      { return r.batch }

func (r *bridgeReader) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.inner.Err()
}

func (r *bridgeReader) Next() (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			r.err, ok = fmt.Errorf("the Arrow reader panicked: %v", p), false
		}
	}()
	r.drop()
	if r.err != nil || !r.inner.Next() {
		return false
	}
	batch := r.inner.RecordBatch()
	if batch == nil {
		r.err = errors.New("the Arrow reader gave no batch")
		return false
	}
	if r.memory == nil {
		r.batch = batch
	} else {
		r.batch = copyBatch(r.schema, batch, r.memory)
	}
	return true
}

// --- copies in C memory ---------------------------------------------------------------------------

// plainSchema has text where schema has views of text: what exports a view does not give all of it back,
// and a copy needs no view.
func plainSchema(schema *arrow.Schema) *arrow.Schema {
	fields := schema.Fields()
	for i := range fields {
		fields[i].Type = plainType(fields[i].Type)
	}
	metadata := schema.Metadata()
	return arrow.NewSchema(fields, &metadata)
}

func plainType(dt arrow.DataType) arrow.DataType {
	switch dt.(type) {
	case *arrow.StringViewType:
		return arrow.BinaryTypes.LargeString
	case *arrow.BinaryViewType:
		return arrow.BinaryTypes.LargeBinary
	}
	return dt
}

func copyBatch(schema *arrow.Schema, batch arrow.RecordBatch, mem memory.Allocator) arrow.RecordBatch {
	columns := make([]arrow.Array, batch.NumCols())
	for i := range columns {
		columns[i] = copyArray(batch.Column(i), mem)
		defer columns[i].Release()
	}
	return array.NewRecordBatch(schema, columns, batch.NumRows())
}

func copyArray(from arrow.Array, mem memory.Allocator) arrow.Array {
	switch values := from.(type) {
	case *array.StringView:
		b := array.NewLargeStringBuilder(mem)
		defer b.Release()
		return copyView(b, values.Len(), values.IsNull, func(i int) { b.Append(values.Value(i)) })
	case *array.BinaryView:
		b := array.NewBinaryBuilder(mem, arrow.BinaryTypes.LargeBinary)
		defer b.Release()
		return copyView(b, values.Len(), values.IsNull, func(i int) { b.Append(values.Value(i)) })
	}
	data := copyData(from.Data(), mem)
	defer data.Release()
	return array.MakeFromData(data)
}

func copyView(b array.Builder, rows int, isNull func(int) bool, add func(int)) arrow.Array {
	b.Reserve(rows)
	for i := range rows {
		if isNull(i) {
			b.AppendNull()
		} else {
			add(i)
		}
	}
	return b.NewArray()
}

// window is the rows of an array that are copied: from the byte of the bitmap in which its first row
// lies, so that bits need not be shifted.
type window struct{ base, lead, rows int }

func copyData(d arrow.ArrayData, mem memory.Allocator) arrow.ArrayData {
	w := window{lead: d.Offset() % 8, rows: d.Len()}
	w.base = d.Offset() - w.lead
	from := d.Buffers()
	var buffers []*memory.Buffer
	switch dt := d.DataType().(type) {
	case *arrow.NullType:
		return array.NewData(dt, d.Len(), []*memory.Buffer{nil}, nil, d.NullN(), 0)
	case *arrow.BooleanType:
		buffers = []*memory.Buffer{w.bits(from[0], mem), w.bits(from[1], mem)}
	case *arrow.StringType, *arrow.BinaryType:
		offsets, text := copyText(w, from, arrow.Int32Traits.CastFromBytes, mem)
		buffers = []*memory.Buffer{w.bits(from[0], mem), offsets, text}
	case *arrow.LargeStringType, *arrow.LargeBinaryType:
		offsets, text := copyText(w, from, arrow.Int64Traits.CastFromBytes, mem)
		buffers = []*memory.Buffer{w.bits(from[0], mem), offsets, text}
	case arrow.NestedType:
		return copyWhole(d, mem)
	case arrow.FixedWidthDataType:
		buffers = []*memory.Buffer{w.bits(from[0], mem), w.values(from[1], dt.BitWidth()/8, mem)}
	default:
		return copyWhole(d, mem)
	}
	defer releaseAll(buffers)
	if _, coded := d.DataType().(*arrow.DictionaryType); !coded {
		return array.NewData(d.DataType(), w.rows, buffers, nil, d.NullN(), w.lead)
	}
	dictionary := copyData(d.Dictionary(), mem)
	defer dictionary.Release()
	return array.NewDataWithDictionary(d.DataType(), w.rows, buffers, d.NullN(), w.lead, dictionary.(*array.Data))
}

// copyWhole copies every buffer from its first byte, for types that are not cut.
func copyWhole(d arrow.ArrayData, mem memory.Allocator) arrow.ArrayData {
	buffers := make([]*memory.Buffer, len(d.Buffers()))
	for i, b := range d.Buffers() {
		if b != nil {
			buffers[i] = newBuffer(b.Bytes(), mem)
		}
	}
	defer releaseAll(buffers)
	children := make([]arrow.ArrayData, len(d.Children()))
	for i, c := range d.Children() {
		children[i] = copyData(c, mem)
		defer children[i].Release()
	}
	return array.NewData(d.DataType(), d.Len(), buffers, children, d.NullN(), d.Offset())
}

func releaseAll(buffers []*memory.Buffer) {
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
}

func newBuffer(bytes []byte, mem memory.Allocator) *memory.Buffer {
	b := memory.NewResizableBuffer(mem)
	b.Resize(len(bytes))
	copy(b.Bytes(), bytes)
	return b
}

func cut(b *memory.Buffer, begin, end int) []byte {
	if b == nil {
		return nil
	}
	bytes := b.Bytes()
	return bytes[min(begin, len(bytes)):min(end, len(bytes))]
}

func (w window) bits(b *memory.Buffer, mem memory.Allocator) *memory.Buffer {
	if b == nil || b.Len() == 0 {
		return nil
	}
	return newBuffer(cut(b, w.base/8, (w.base+w.lead+w.rows+7)/8), mem)
}

func (w window) values(b *memory.Buffer, width int, mem memory.Allocator) *memory.Buffer {
	return newBuffer(cut(b, w.base*width, (w.base+w.lead+w.rows)*width), mem)
}

// copyText copies the offsets of the window, less the first one's value, and the bytes between.
func copyText[T int32 | int64](w window, from []*memory.Buffer, cast func([]byte) []T, mem memory.Allocator) (*memory.Buffer, *memory.Buffer) {
	size := int(unsafe.Sizeof(T(0)))
	offsets := memory.NewResizableBuffer(mem)
	offsets.Resize((w.lead + w.rows + 1) * size)
	old := cast(cut(from[1], w.base*size, (w.base+w.lead+w.rows+1)*size))
	if len(old) == 0 {
		return offsets, newBuffer(nil, mem)
	}
	first := old[0]
	fresh := cast(offsets.Bytes())
	for i := range fresh {
		fresh[i] = old[i] - first
	}
	return offsets, newBuffer(cut(from[2], int(first), int(old[len(old)-1])), mem)
}
