package constellation

/*
#include <stdlib.h>
#include "bridge.h"

#cgo noescape cstn_go_csv_open
#cgo nocallback cstn_go_csv_open
#cgo noescape cstn_go_csv_export
#cgo nocallback cstn_go_csv_export
#cgo noescape cstn_go_csv_rejects
#cgo nocallback cstn_go_csv_rejects
#cgo noescape cstn_go_csv_export_rejects
#cgo nocallback cstn_go_csv_export_rejects
#cgo noescape cstn_go_csv_infer
#cgo nocallback cstn_go_csv_infer
#cgo nocallback cstn_csv_reader_unref
#cgo nocallback cstn_csv_reader_rows
*/
import "C"

import (
	"context"
	"sync"
)

// CSVOptions say how CSV is spelt. nil, like the zero value, is RFC 4180 with a header line.
type CSVOptions struct {
	// NoHeader: the first line is data, columns are the schema's in order; a writer writes no header.
	NoHeader bool
	// Strict: columns that the schema does not name are an error.
	Strict bool
	// BadNull: a bad value becomes null and its row stays, listed in the rejects; else the row is
	// left out.
	BadNull bool
	// CRLF: a writer ends lines with CR LF.
	CRLF bool
	// Threads: 0 all processors, 1 the caller's thread only; the rows do not depend on it.
	Threads int32
	// Delimiter, Quote and DecimalMark: 0 means ',', '"' and '.'.
	Delimiter, Quote, DecimalMark byte
	// ThousandsMark: 0 means none.
	ThousandsMark byte
	// MaxRejects: more bad rows end the stream with [ErrLimit]; 0 means 65,536, -1 no limit.
	MaxRejects int64
	// BatchRows: rows a batch, at most 1,048,576; 0 means 65,536.
	BatchRows int64
}

func (c *CSVOptions) layOut() C.cstn_csv_options {
	o := C.cstn_csv_options{struct_size: C.uint32_t(C.sizeof_cstn_csv_options)}
	if c == nil {
		return o
	}
	for _, f := range []struct {
		on  bool
		bit C.uint32_t
	}{{c.NoHeader, C.CSTN_CSV_NO_HEADER}, {c.Strict, C.CSTN_CSV_STRICT}, {c.BadNull, C.CSTN_CSV_BAD_NULL}, {c.CRLF, C.CSTN_CSV_CRLF}} {
		if f.on {
			o.flags |= f.bit
		}
	}
	o.threads = C.int32_t(c.Threads)
	o.delimiter, o.quote = C.uint8_t(c.Delimiter), C.uint8_t(c.Quote)
	o.decimal_mark, o.thousands_mark = C.uint8_t(c.DecimalMark), C.uint8_t(c.ThousandsMark)
	o.max_rejects, o.batch_rows = C.int64_t(c.MaxRejects), C.int64_t(c.BatchRows)
	return o
}

// CSVReader is a CSV file being read. One call at a time, together with its stream; others wait.
// Close it when done; its stream goes on without it.
type CSVReader struct {
	handle handle[*C.cstn_csv_reader]
	keep   *handle[*C.cstn_go_keep]
	mu     sync.Mutex
}

// OpenCSV opens a file, reads its header and binds it to a schema: by name, in any order, other
// columns skipped. gzip is known by its first bytes. options may be nil. It returns [ErrIO],
// [ErrSchema] with every column that is absent (and similar names) or double, [ErrFormat], or
// [ErrLimit]: a field has at most 1 MiB, a row 16 MiB, a file 1,024 columns.
func OpenCSV(path string, schema *Schema, options *CSVOptions, opts ...Option) (*CSVReader, error) {
	name, err := cText("path", path)
	if err != nil {
		return nil, err
	}
	return openCSV(name, nil, schema, options, opts)
}

// OpenCSVBytes is [OpenCSV] for bytes in memory, which are copied.
func OpenCSVBytes(data []byte, schema *Schema, options *CSVOptions, opts ...Option) (*CSVReader, error) {
	return openCSV(nil, data, schema, options, opts)
}

func openCSV(path, data []byte, schema *Schema, options *CSVOptions, opts []Option) (*CSVReader, error) {
	if schema == nil {
		return nil, invalid("the schema is nil")
	}
	schemaPtr, err := schema.handle.use()
	if err != nil {
		return nil, err
	}
	defer schema.handle.done()
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	with := options.layOut()
	var o C.cstn_go_outcome
	var ptr *C.cstn_csv_reader
	var keep *C.cstn_go_keep
	C.cstn_go_csv_open(charPointer(path), bytePointer(data), C.size_t(len(data)), schemaPtr, &with, allocator, &ptr, &keep, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	r := &CSVReader{keep: openKeep(keep)}
	r.handle.open(ptr, "CSV reader", func(p *C.cstn_csv_reader) { C.cstn_csv_reader_unref(p) })
	return r, nil
}

// lock gives the reader for one call, alone with its stream.
func (r *CSVReader) lock() (*C.cstn_csv_reader, *C.cstn_go_keep, func(), error) {
	keep, err := r.keep.use()
	if err != nil {
		return nil, nil, nil, err
	}
	ptr, err := r.handle.use()
	if err != nil {
		r.keep.done()
		return nil, nil, nil, err
	}
	r.mu.Lock()
	return ptr, keep, func() { r.mu.Unlock(); r.handle.done(); r.keep.done() }, nil
}

// Stream gives the rows in file order, read as they are pulled, so that a file may be larger than
// memory. Once a reader. Empty unquoted is null, empty quoted is "". A failure in mid file ends the
// stream with an error after the rows before it.
func (r *CSVReader) Stream() (*Stream, error) {
	ptr, keep, unlock, err := r.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	var o C.cstn_go_outcome
	var out *C.struct_ArrowArrayStream
	C.cstn_go_csv_export(ptr, keep, &out, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	s := openStream(out)
	s.mu = &r.mu
	s.progress, s.upstream = C.cstn_go_keep_progress(keep), sharedKeep(keep)
	return s, nil
}

// Rejects are the rows rejected so far, complete after the stream's end, and how many there were; at
// most 65,536 are listed. Row is the physical line, 1-based, on which the row begins.
func (r *CSVReader) Rejects() ([]RowError, uint64, error) {
	ptr, _, unlock, err := r.lock()
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	var o C.cstn_go_outcome
	C.cstn_go_csv_rejects(ptr, &o)
	if o.status != C.CSTN_OK || o.rows == nil {
		return nil, 0, outcomeError(&o)
	}
	rows, total := copyRows(o.rows)
	freeOutcome(&o)
	return rows, total, nil
}

// RejectStream gives the rejects as columns line int64, column text (null for a whole row), reason
// text, raw text: the raw row. Written with [WriteCSV] it can be mended and read again.
func (r *CSVReader) RejectStream() (*Stream, error) {
	ptr, _, unlock, err := r.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	var o C.cstn_go_outcome
	var out *C.struct_ArrowArrayStream
	C.cstn_go_csv_export_rejects(ptr, &out, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openStream(out), nil
}

// Rows is the number of rows given out so far.
func (r *CSVReader) Rows() (uint64, error) {
	ptr, _, unlock, err := r.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	return uint64(C.cstn_csv_reader_rows(ptr)), nil
}

// Close gives the file back, or leaves it to the stream if there is one. Idempotent; the error is
// always nil.
func (r *CSVReader) Close() error {
	r.handle.close()
	r.keep.close()
	return nil
}

// InferCSV guesses a schema from the first rows, 0 meaning 10,000. A read never does. evidence says
// why each column is what it is: column text, type text, rows int64, nulls int64, reason text, example
// text. A date that fits both DD/MM and MM/DD stays text and says so. Close both. Errors as
// [OpenCSV]; ctx is looked at before the call.
func InferCSV(ctx context.Context, path string, sampleRows int64, options *CSVOptions, opts ...Option) (schema *Schema, evidence *Stream, err error) {
	if ctx.Err() != nil {
		return nil, nil, cancelled(ctx)
	}
	name, err := cText("path", path)
	if err != nil {
		return nil, nil, err
	}
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, nil, err
	}
	defer done()
	with := options.layOut()
	var o C.cstn_go_outcome
	var ptr *C.cstn_schema
	var stream *C.struct_ArrowArrayStream
	C.cstn_go_csv_infer(charPointer(name), C.int64_t(sampleRows), &with, allocator, &ptr, &stream, &o)
	if err := outcomeError(&o); err != nil {
		return nil, nil, err
	}
	return openSchema(ptr), openStream(stream), nil
}

// WriteCSV writes a stream to a file, which is complete or not there: it is written beside path and
// renamed. A path that ends in .gz is compressed. Quotes stand only where needed; null is empty, "" is
// quoted; what the reader reads back with the same schema are the same rows. It takes rows, also on
// failure, and gives their number. ctx stops it with [ErrCancelled].
func WriteCSV(ctx context.Context, rows *Stream, path string, options *CSVOptions, opts ...Option) (uint64, error) {
	ptr, end, err := rows.take()
	if err != nil {
		return 0, err
	}
	defer end()
	name, err := cText("path", path)
	if err != nil {
		return 0, err
	}
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return 0, err
	}
	defer done()
	upstream, release := rows.useProgress()
	defer release()
	w, err := watchContext(ctx, nil, upstream)
	if err != nil {
		return 0, err
	}
	with := options.layOut()
	o := new(C.cstn_go_outcome)
	count := new(C.uint64_t)
	C.cstn_go_csv_write_file(ptr, charPointer(name), &with, w.ptr, allocator, count, o)
	w.end()
	if err := outcomeError(o); err != nil {
		return 0, withContext(ctx, err, upstream)
	}
	return uint64(*count), nil
}

// WriteCSVBytes is [WriteCSV] into memory.
func WriteCSVBytes(ctx context.Context, rows *Stream, options *CSVOptions, opts ...Option) ([]byte, error) {
	ptr, end, err := rows.take()
	if err != nil {
		return nil, err
	}
	defer end()
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	upstream, release := rows.useProgress()
	defer release()
	w, err := watchContext(ctx, nil, upstream)
	if err != nil {
		return nil, err
	}
	with := options.layOut()
	o := new(C.cstn_go_outcome)
	buffer := new(*C.cstn_buffer)
	C.cstn_go_csv_write_bytes(ptr, &with, w.ptr, allocator, buffer, o)
	w.end()
	if err := outcomeError(o); err != nil {
		return nil, withContext(ctx, err, upstream)
	}
	return takeBuffer(*buffer), nil
}
