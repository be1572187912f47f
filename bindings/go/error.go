package constellation

/*
#cgo pkg-config: constellation
#cgo CFLAGS: -std=gnu11 -O3
#include <stdlib.h>
#include "bridge.h"

#cgo noescape cstn_status_name
#cgo nocallback cstn_status_name
#cgo noescape cstn_row_code_name
#cgo nocallback cstn_row_code_name
#cgo noescape cstn_status_count
#cgo nocallback cstn_status_count
#cgo noescape cstn_status_at
#cgo nocallback cstn_status_at
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// Code says why a call failed. Codes are permanent and equal to the library's CSTN_E_ numbers. A
// Code is itself an error, so that errors.Is(err, ErrSchema) works and err.(*Error).Code can be
// compared.
type Code int32

// The codes, for errors.Is.
const (
	// ErrInvalidArgument: an argument breaks its documented rule.
	ErrInvalidArgument Code = C.CSTN_E_INVALID_ARGUMENT
	// ErrNoMemory: the allocator, or the limit of a [Memory], gave none.
	ErrNoMemory Code = C.CSTN_E_NOMEM
	// ErrStructSize: the binding and the library do not fit each other.
	ErrStructSize Code = C.CSTN_E_STRUCT_SIZE
	// ErrStructTooNew: the binding set a field that the loaded library does not know.
	ErrStructTooNew Code = C.CSTN_E_STRUCT_TOO_NEW
	// ErrOverflow: an exact result does not fit its type.
	ErrOverflow Code = C.CSTN_E_OVERFLOW
	// ErrSchema: columns do not fit: absent, twice, or of another type.
	ErrSchema Code = C.CSTN_E_SCHEMA
	// ErrRows: some rows were left out and the others are in; see Error.Rows.
	ErrRows Code = C.CSTN_E_ROWS
	// ErrMismatch: two states have different configurations.
	ErrMismatch Code = C.CSTN_E_MISMATCH
	// ErrNotClustered: the promised order of lines does not hold; no number is given.
	ErrNotClustered Code = C.CSTN_E_NOT_CLUSTERED
	// ErrCancelled: a context or a [Progress] stopped the call.
	ErrCancelled Code = C.CSTN_E_CANCELLED
	// ErrCorrupt: serialised bytes or a file are damaged.
	ErrCorrupt Code = C.CSTN_E_CORRUPT
	// ErrFormat: text, CSV or gzip that breaks its format.
	ErrFormat Code = C.CSTN_E_FORMAT
	// ErrIO: the operating system refused.
	ErrIO Code = C.CSTN_E_IO
	// ErrStream: a producer of rows failed.
	ErrStream Code = C.CSTN_E_STREAM
	// ErrNotFound: no such key, column or file.
	ErrNotFound Code = C.CSTN_E_NOT_FOUND
	// ErrUnsupported: valid, but not something the library does.
	ErrUnsupported Code = C.CSTN_E_UNSUPPORTED
	// ErrLimit: a documented limit was reached.
	ErrLimit Code = C.CSTN_E_LIMIT
	// ErrLocked: another handle or process holds the writer's lock.
	ErrLocked Code = C.CSTN_E_LOCKED
	// ErrConflict: a precondition of the commit does not hold, or an id was used for other content.
	ErrConflict Code = C.CSTN_E_CONFLICT
	// ErrPoisoned: a sync failed: no more writes through this handle; reopen recovers.
	ErrPoisoned Code = C.CSTN_E_POISONED
	// ErrFull: no space: this write failed, later ones may succeed.
	ErrFull Code = C.CSTN_E_FULL
	// ErrForked: the handle belongs to the parent of this process.
	ErrForked Code = C.CSTN_E_FORKED
	// ErrNewerFormat: the file uses a feature that this library does not know.
	ErrNewerFormat Code = C.CSTN_E_NEWER_FORMAT
	// ErrNoManifest: there are store files but no manifest; see salvage.
	ErrNoManifest Code = C.CSTN_E_NO_MANIFEST
	// ErrBusy: something still holds what the call needs for itself.
	ErrBusy Code = C.CSTN_E_BUSY
	// ErrState: the call or the transition is not allowed in this state.
	ErrState Code = C.CSTN_E_STATE
	// ErrReadOnly: the handle was opened for reading only.
	ErrReadOnly Code = C.CSTN_E_READ_ONLY
	// ErrNotIdentified: the data do not determine the parameters of a model; the message says why.
	ErrNotIdentified Code = C.CSTN_E_NOT_IDENTIFIED
	// ErrEmpty: there is no row to compute from.
	ErrEmpty Code = C.CSTN_E_EMPTY
	// ErrCurrency: amounts of several currencies where one is needed.
	ErrCurrency Code = C.CSTN_E_CURRENCY
	// ErrDuplicate: what must be unique came again; the message names both.
	ErrDuplicate Code = C.CSTN_E_DUPLICATE
	// ErrPolicy: a policy contradicts itself, or moves without end; the message names the rules.
	ErrPolicy Code = C.CSTN_E_POLICY
	// ErrRebuild: what is to be forgotten cannot be taken out of what is kept: make it again from the log.
	ErrRebuild Code = C.CSTN_E_REBUILD
	// ErrLeakage: a forecast would use what was not known when it was made; the message names value and cut.
	ErrLeakage Code = C.CSTN_E_LEAKAGE
	// ErrSignature: the signature of a key that is known is wrong.
	ErrSignature Code = C.CSTN_E_SIGNATURE
	// ErrUnverified: nobody whose key is known has signed, or too few.
	ErrUnverified Code = C.CSTN_E_UNVERIFIED
	// ErrProof: a proof does not lead to the root it should.
	ErrProof Code = C.CSTN_E_PROOF
	// ErrSplitView: a log shows two histories of itself.
	ErrSplitView Code = C.CSTN_E_SPLIT_VIEW
	// ErrStale: what is answered is not what stands any more: another digest, or past its end.
	ErrStale Code = C.CSTN_E_STALE
	// ErrUnevaluable: a term holds what nobody can evaluate; the message names term, operand and value.
	ErrUnevaluable Code = C.CSTN_E_UNEVALUABLE
	// ErrMissing: a link of a chain is not there.
	ErrMissing Code = C.CSTN_E_MISSING
	// ErrDenied: not available; the same words for every reason.
	ErrDenied Code = C.CSTN_E_DENIED
	// ErrBudget: a limit on calls, rows or privacy is spent.
	ErrBudget Code = C.CSTN_E_BUDGET
	// ErrErased: the keys of what is asked for were destroyed.
	ErrErased Code = C.CSTN_E_ERASED
)

// ErrClosed is what methods of an object return after its Close, inside an [*Error] with
// [ErrInvalidArgument].
var ErrClosed = errors.New("closed")

// Error gives the library's name of the code, "CSTN_E_SCHEMA", or "unknown status".
func (c Code) Error() string { return C.GoString(C.cstn_status_name(C.cstn_status(c))) }

// Codes lists every status the loaded library knows, in its order, success and "done" included.
func Codes() []Code {
	codes := make([]Code, C.cstn_status_count())
	for i := range codes {
		codes[i] = Code(C.cstn_status_at(C.size_t(i)))
	}
	return codes
}

// RowCode says what a row broke. Permanent, equal to the library's CSTN_ROW_ numbers.
type RowCode int32

// What a row can break.
const (
	RowNull        RowCode = C.CSTN_ROW_NULL         // null where a value is required
	RowNaN         RowCode = C.CSTN_ROW_NAN          // NaN where the column does not allow it
	RowRange       RowCode = C.CSTN_ROW_RANGE        // outside what the column takes
	RowOverflow    RowCode = C.CSTN_ROW_OVERFLOW     // arithmetic on the row overflows int64
	RowUTF8        RowCode = C.CSTN_ROW_UTF8         // text that is not UTF-8
	RowPrecision   RowCode = C.CSTN_ROW_PRECISION    // a time finer than the microsecond
	RowNumber      RowCode = C.CSTN_ROW_NUMBER       // text that is no number
	RowTime        RowCode = C.CSTN_ROW_TIME         // text that is no date or time of its form
	RowScale       RowCode = C.CSTN_ROW_SCALE        // more digits than the scale holds
	RowDuplicate   RowCode = C.CSTN_ROW_DUPLICATE    // a unique value that came again
	RowValue       RowCode = C.CSTN_ROW_VALUE        // not one of the allowed values
	RowNegative    RowCode = C.CSTN_ROW_NEGATIVE     // negative where zero or more is needed
	RowNotPositive RowCode = C.CSTN_ROW_NOT_POSITIVE // zero or negative where positive is needed
	RowLength      RowCode = C.CSTN_ROW_LENGTH       // longer than the documented limit
	RowFields      RowCode = C.CSTN_ROW_FIELDS       // CSV: too few or too many fields
	RowQuote       RowCode = C.CSTN_ROW_QUOTE        // CSV: a quote not closed or misplaced
	RowPolicy      RowCode = C.CSTN_ROW_POLICY       // names another policy than the state's
	RowZone        RowCode = C.CSTN_ROW_ZONE         // a wall-clock time its zone lacks or has twice
	RowFraction    RowCode = C.CSTN_ROW_FRACTION     // a fraction where a whole number is needed
	RowReference   RowCode = C.CSTN_ROW_REFERENCE    // names a record that is not there
	RowCheckDigit  RowCode = C.CSTN_ROW_CHECK_DIGIT  // the check digit of an identifier is wrong
	RowState       RowCode = C.CSTN_ROW_STATE        // a state that cannot follow the one before
	RowOrder       RowCode = C.CSTN_ROW_ORDER        // two times, dates or bounds in the wrong order
	RowConflict    RowCode = C.CSTN_ROW_CONFLICT     // the same id with other content
	RowUnit        RowCode = C.CSTN_ROW_UNIT         // a unit, currency or country code that is none
	RowUnknown     RowCode = C.CSTN_ROW_UNKNOWN      // JSON: a name that the format does not have there
	RowKind        RowCode = C.CSTN_ROW_KIND         // JSON: text, number, list or object where another is needed
	RowNotHeld     RowCode = C.CSTN_ROW_NOT_HELD     // a value that the format written cannot hold
	RowLeftOut     RowCode = C.CSTN_ROW_LEFT_OUT     // a row that the format written has no place for
	RowPeriod      RowCode = C.CSTN_ROW_PERIOD       // a date or time at which no period begins
	RowGap         RowCode = C.CSTN_ROW_GAP          // a period before it is missing
	RowTooLate     RowCode = C.CSTN_ROW_TOO_LATE     // of a period before what is kept
)

// String gives the library's name, "NOT_POSITIVE", or "unknown".
func (c RowCode) String() string { return C.GoString(C.cstn_row_code_name(C.int32_t(c))) }

// RowError is one row that was left out, or one value that was made null.
type RowError struct {
	// Row is the 0-based row of the input; for CSV the 1-based physical line it begins on.
	Row uint64
	// Field is the number of the declared column, -1 for the whole row.
	Field int32
	// Column is the column's name, "" for the whole row.
	Column string
	// Code is the rule that was broken.
	Code RowCode
	// Value is the offending value as text, cut at 128 bytes; see HasValue.
	Value string
	// HasValue tells an empty value from none.
	HasValue bool
	// Message is the whole in words: "row 17 of 'bolt', column 'qty': NaN is not allowed".
	Message string
	// Key is what the row is of, its series or item, where the call knows; else "".
	Key string
}

// Error is a failure of the library. It is immutable and holds no memory of C.
type Error struct {
	// Code is the reason; errors.Is(err, ErrSchema) compares it.
	Code Code
	// Message is one line that says the value and the rule. Its wording may change.
	Message string
	// Rows are those left out, sorted by row, then field: at most 65,536, the first ones. Only
	// with ErrRows.
	Rows []RowError
	// TotalRows is how many there were, listed in Rows or not.
	TotalRows uint64

	cause []error
}

// Error gives the message and the code's name.
func (e *Error) Error() string {
	switch {
	case e.Message != "":
		return "constellation: " + e.Message + " (" + e.Code.Error() + ")"
	case e.TotalRows > 0 && len(e.Rows) > 0:
		return fmt.Sprintf("constellation: %d rows left out, first: %s (%s)", e.TotalRows, e.Rows[0].Message, e.Code.Error())
	default:
		return "constellation: " + e.Code.Error()
	}
}

// Unwrap gives the code, and for a stopped call the error and the cause of its context.
func (e *Error) Unwrap() []error { return append([]error{e.Code}, e.cause...) }

// outcomeError takes what a crossing brought home; it frees what the crossing put on the C heap.
func outcomeError(o *C.cstn_go_outcome) error {
	if o.status == C.CSTN_OK || o.status == C.CSTN_DONE {
		if o.text != nil || o.rows != nil {
			freeOutcome(o)
		}
		return nil
	}
	e := &Error{Code: Code(o.status)}
	message := &o.message[0]
	if o.text != nil {
		message = o.text
	}
	e.Message = strings.ToValidUTF8(string(unsafe.Slice((*byte)(unsafe.Pointer(message)), int(o.message_size))), "\uFFFD")
	if o.rows != nil {
		e.Rows, e.TotalRows = copyRows(o.rows)
	}
	if o.text != nil || o.rows != nil {
		freeOutcome(o)
	}
	return e
}

func freeOutcome(o *C.cstn_go_outcome) {
	C.free(unsafe.Pointer(o.text))
	C.free(unsafe.Pointer(o.rows))
	o.text, o.rows = nil, nil
}

// copyRows makes Go rows whose texts share one string.
func copyRows(from *C.cstn_go_rows) ([]RowError, uint64) {
	raw := unsafe.Slice(from.rows, int(from.count))
	size := 0
	for i := range raw {
		size += int(raw[i].column_size) + max(int(raw[i].value_size), 0) + int(raw[i].message_size) + int(raw[i].key_size)
	}
	text := string(unsafe.Slice((*byte)(unsafe.Pointer(from.text)), size))
	take := func(n int) string {
		s := text[:n]
		text = text[n:]
		return s
	}
	rows := make([]RowError, len(raw))
	for i := range raw {
		r := &raw[i]
		rows[i] = RowError{Row: uint64(r.row), Field: int32(r.field), Code: RowCode(r.code)}
		rows[i].Column = take(int(r.column_size))
		if r.value_size >= 0 {
			rows[i].Value, rows[i].HasValue = take(int(r.value_size)), true
		}
		rows[i].Message = take(int(r.message_size))
		rows[i].Key = take(int(r.key_size))
	}
	return rows, uint64(from.total)
}

// cancelled is the error of a call that ctx stopped.
func cancelled(ctx context.Context) *Error {
	e := &Error{Code: ErrCancelled, Message: "cancelled: " + ctx.Err().Error(), cause: []error{ctx.Err()}}
	if cause := context.Cause(ctx); cause != nil && cause != ctx.Err() {
		e.cause = append(e.cause, cause)
	}
	return e
}

// withContext names the context as the cause when err says that the call was cancelled, or that the
// producer with the progress upstream failed and that progress was cancelled.
func withContext(ctx context.Context, err error, upstream *C.cstn_progress) error {
	e, ok := err.(*Error)
	if !ok || ctx.Err() == nil {
		return err
	}
	if e.Code == ErrCancelled || (e.Code == ErrStream && upstream != nil && C.cstn_progress_is_cancelled(upstream) != 0) {
		return cancelled(ctx)
	}
	return err
}

func invalid(format string, args ...any) error {
	return &Error{Code: ErrInvalidArgument, Message: fmt.Sprintf(format, args...)}
}

func closedError(what string) error {
	return &Error{Code: ErrInvalidArgument, Message: what + " is closed", cause: []error{ErrClosed}}
}

// cText is s with a terminator. C would take a NUL inside for the end, so it is refused.
func cText(what, s string) ([]byte, error) {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return nil, invalid("%s has a NUL byte at position %d", what, i)
	}
	return append([]byte(s), 0), nil
}

// appendText appends s with a terminator.
func appendText(block []byte, what, s string) ([]byte, error) {
	text, err := cText(what, s)
	return append(block, text...), err
}

// textBlock lays texts out one after the other, each with a terminator. It is never empty, so that it
// has an address.
func textBlock(what string, texts []string) ([]byte, error) {
	block := []byte{}
	for _, text := range texts {
		var err error
		if block, err = appendText(block, what, text); err != nil {
			return nil, err
		}
	}
	return append(block, 0), nil
}

func charPointer(b []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(b))) }

func bytePointer(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }
