package constellation

/*
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"math"
	"runtime"
	"time"
	"unsafe"
)

// Type is the type of a column. Permanent, equal to the library's CSTN_TYPE_ numbers.
type Type int32

// Types of columns.
const (
	TypeFlag    Type = C.CSTN_TYPE_FLAG    // true or false
	TypeInt32   Type = C.CSTN_TYPE_INT32   // int32
	TypeInt64   Type = C.CSTN_TYPE_INT64   // int64
	TypeDouble  Type = C.CSTN_TYPE_DOUBLE  // float64
	TypeText    Type = C.CSTN_TYPE_TEXT    // UTF-8
	TypeBytes   Type = C.CSTN_TYPE_BYTES   // any bytes
	TypeDays    Type = C.CSTN_TYPE_DAYS    // int32 days since 1970-01-01
	TypeTime    Type = C.CSTN_TYPE_TIME    // int64 microseconds UTC
	TypeDecimal Type = C.CSTN_TYPE_DECIMAL // int64 at a scale

	// TypeNull is the type of a column that was read and has no value in any row (Arrow's "n"), as
	// [ScanOptions].EmptyAsNull gives it. It is no type of the library's.
	TypeNull Type = -1
)

// String gives the name as a schema spells it, "timestamp".
func (t Type) String() string {
	if t == TypeNull {
		return "null"
	}
	return C.GoString(C.cstn_type_name(C.int32_t(t)))
}

// Column is a named column in Go memory, given to the library or read from it. It holds the slices
// it was made from, without a copy: do not change them while a call uses the column. A Column is
// never changed by this package; any goroutine may read it.
type Column struct {
	name  string
	typ   Type
	scale int32
	rows  int

	i64   []int64
	i32   []int32
	f64   []float64
	flags []bool

	text      []byte // text and bytes: the values, one after the other
	offsets   []int32
	offsets64 []int64

	coded    bool // text as codes in i32 into words
	words    []byte
	wordEnds []int32

	valid    []bool // nil: no nulls
	nullRule C.int32_t
	err      error
}

// Int64Column is a column of integers.
func Int64Column(name string, values []int64) Column {
	return Column{name: name, typ: TypeInt64, rows: len(values), i64: values}
}

// Int32Column is a column of 32-bit integers.
func Int32Column(name string, values []int32) Column {
	return Column{name: name, typ: TypeInt32, rows: len(values), i32: values}
}

// DoubleColumn is a column of floating-point numbers: never money, never a key.
func DoubleColumn(name string, values []float64) Column {
	return Column{name: name, typ: TypeDouble, rows: len(values), f64: values}
}

// FlagColumn is a column of true and false.
func FlagColumn(name string, values []bool) Column {
	return Column{name: name, typ: TypeFlag, rows: len(values), flags: values}
}

// DaysColumn is a column of days since 1970-01-01.
func DaysColumn(name string, days []int32) Column {
	return Column{name: name, typ: TypeDays, rows: len(days), i32: days}
}

// TimeColumn is a column of instants in microseconds since 1970-01-01T00:00Z; [NoTime] is null.
func TimeColumn(name string, micros []int64) Column {
	return Column{name: name, typ: TypeTime, rows: len(micros), i64: micros, nullRule: C.CSTN_GO_NULL_LOWEST}
}

// QuantityColumn is a column of quantities, all at one scale; [NoQuantity] is null.
func QuantityColumn(name string, values []int64) Column {
	return Column{name: name, typ: TypeInt64, rows: len(values), i64: values, nullRule: C.CSTN_GO_NULL_LOWEST}
}

// DecimalColumn is a column of values * 10^scale, scale 0..18.
func DecimalColumn(name string, values []int64, scale int32) Column {
	c := Column{name: name, typ: TypeDecimal, rows: len(values), i64: values, scale: scale}
	if scale < 0 || scale > MaxScale {
		c.err = invalid("column '%s': scale %d, 0..%d expected", name, scale, MaxScale)
	}
	return c
}

// TextColumn is a column of UTF-8 text. The strings are put into one block, one copy in all; ""
// is an empty text and not null. For text that lies in a block already see [TextBlockColumn], for
// few different texts [CodedColumn].
func TextColumn(name string, values []string) Column {
	total := 0
	for _, v := range values {
		total += len(v)
	}
	c := Column{name: name, typ: TypeText, rows: len(values), text: make([]byte, 0, total)}
	if total <= math.MaxInt32 {
		c.offsets = make([]int32, 1, len(values)+1)
		for _, v := range values {
			c.text = append(c.text, v...)
			c.offsets = append(c.offsets, int32(len(c.text)))
		}
	} else {
		c.offsets64 = make([]int64, 1, len(values)+1)
		for _, v := range values {
			c.text = append(c.text, v...)
			c.offsets64 = append(c.offsets64, int64(len(c.text)))
		}
	}
	return c
}

// TextBlockColumn is a column of UTF-8 text in one block: value i is text[offsets[i]:offsets[i+1]],
// so there is one more offset than rows. Nothing is copied. Offsets that descend or leave the block
// make the call that takes the column fail with [ErrInvalidArgument].
func TextBlockColumn(name string, text []byte, offsets []int32) Column {
	c := Column{name: name, typ: TypeText, rows: len(offsets) - 1, text: text, offsets: offsets}
	if len(offsets) == 0 {
		c.rows, c.err = 0, invalid("column '%s': no offsets, one more than rows expected", name)
	}
	return c
}

// BytesBlockColumn is a column of bytes in one block, like [TextBlockColumn].
func BytesBlockColumn(name string, data []byte, offsets []int32) Column {
	c := TextBlockColumn(name, data, offsets)
	c.typ = TypeBytes
	return c
}

// CodedColumn is a column of text with few different values: row i is words[codes[i]]. Every code
// must be in range, or be null by [Column.WithNulls]; else the call fails with [ErrInvalidArgument].
func CodedColumn(name string, codes []int32, words []string) Column {
	w := TextColumn(name, words)
	c := Column{name: name, typ: TypeText, rows: len(codes), i32: codes, coded: true, words: w.text, wordEnds: w.offsets}
	if w.offsets == nil {
		c.err = invalid("column '%s': the words have more than 2,147,483,647 bytes", name)
	}
	return c
}

// WithNulls gives the column with the rows null where valid is false. valid has one entry a row, or
// the call that takes the column fails with [ErrInvalidArgument].
func (c Column) WithNulls(valid []bool) Column {
	if len(valid) != c.rows {
		c.err = invalid("column '%s': %d marks of validity for %d rows", c.name, len(valid), c.rows)
		return c
	}
	c.valid = valid
	return c
}

// Complete gives the column with the caller's word that no row is null, so that C need not look for
// [NoTime] or [NoQuantity], which costs a pass over the column. Should one be there all the same, it
// is the number it is.
func (c Column) Complete() Column {
	c.valid, c.nullRule = nil, C.CSTN_GO_NULL_NONE
	return c
}

// Renamed gives the column under another name.
func (c Column) Renamed(name string) Column {
	c.name = name
	return c
}

// Name is the column's name.
func (c Column) Name() string { return c.name }

// Type is the column's type; coded text is [TypeText].
func (c Column) Type() Type { return c.typ }

// Scale is the number of decimals of a [TypeDecimal] column, else 0.
func (c Column) Scale() int32 { return c.scale }

// Len is the number of rows.
func (c Column) Len() int { return c.rows }

// IsNull tells whether row i is null. It panics like a slice when i is out of range.
func (c Column) IsNull(i int) bool {
	if i < 0 || i >= c.rows {
		panic(fmt.Sprintf("constellation: row %d of a column with %d rows", i, c.rows))
	}
	if c.typ == TypeNull || (c.valid != nil && !c.valid[i]) {
		return true
	}
	switch c.nullRule {
	case C.CSTN_GO_NULL_LOWEST:
		if c.i64 == nil {
			return c.i32[i] == math.MinInt32
		}
		return c.i64[i] == math.MinInt64
	case C.CSTN_GO_NULL_ZERO:
		return c.i32[i] == 0
	}
	return false
}

// Int64s are the values of a column of integers, instants or decimals; nil for other types. A null
// is [NoTime] in a column of instants that was read, and 0 in others: ask IsNull.
func (c Column) Int64s() []int64 { return c.i64 }

// Int32s are the values of a column of 32-bit integers or days; nil for other types. A null is 0:
// ask IsNull.
func (c Column) Int32s() []int32 {
	if c.coded {
		return nil
	}
	return c.i32
}

// Doubles are the values of a column of numbers, nil for other types. A null is NaN.
func (c Column) Doubles() []float64 { return c.f64 }

// Flags are the values of a column of flags, nil for other types. A null is false: ask IsNull.
func (c Column) Flags() []bool { return c.flags }

// Bytes gives row i of a text or bytes column, without a copy: do not change it. It is nil for a null
// and for other types.
func (c Column) Bytes(i int) []byte {
	if c.IsNull(i) {
		return nil
	}
	switch {
	case c.coded:
		code := c.i32[i]
		return c.words[c.wordEnds[code]:c.wordEnds[code+1]:c.wordEnds[code+1]]
	case c.offsets != nil:
		return c.text[c.offsets[i]:c.offsets[i+1]:c.offsets[i+1]]
	case c.offsets64 != nil:
		return c.text[c.offsets64[i]:c.offsets64[i+1]:c.offsets64[i+1]]
	}
	return nil
}

// Text gives row i of a text column; "" for a null, which IsNull tells from an empty text, and for
// other types.
func (c Column) Text(i int) string { return string(c.Bytes(i)) }

// Time gives row i of a column of instants or days as a time.Time in UTC; the zero time.Time for a
// null and for other types.
func (c Column) Time(i int) time.Time {
	if c.IsNull(i) {
		return time.Time{}
	}
	switch c.typ {
	case TypeTime:
		return TimeOf(c.i64[i])
	case TypeDays:
		return time.Unix(int64(c.i32[i])*86_400, 0).UTC()
	}
	return time.Time{}
}

// Value gives row i as nil, bool, int32, int64, float64, string, []byte or time.Time by the column's
// type; a decimal as its text. For printing and tests: it allocates.
func (c Column) Value(i int) any {
	if c.IsNull(i) {
		return nil
	}
	switch c.typ {
	case TypeFlag:
		return c.flags[i]
	case TypeInt32:
		return c.i32[i]
	case TypeInt64:
		return c.i64[i]
	case TypeDouble:
		return c.f64[i]
	case TypeText:
		return c.Text(i)
	case TypeBytes:
		return c.Bytes(i)
	case TypeDecimal:
		return FormatDecimal(c.i64[i], c.scale)
	default:
		return c.Time(i)
	}
}

// values is the address of the buffer that C reads.
func (c *Column) values() unsafe.Pointer {
	switch c.typ {
	case TypeFlag:
		return unsafe.Pointer(unsafe.SliceData(c.flags))
	case TypeInt32, TypeDays:
		return unsafe.Pointer(unsafe.SliceData(c.i32))
	case TypeDouble:
		return unsafe.Pointer(unsafe.SliceData(c.f64))
	case TypeText, TypeBytes:
		if c.coded {
			return unsafe.Pointer(unsafe.SliceData(c.i32))
		}
		return unsafe.Pointer(unsafe.SliceData(c.text))
	default:
		return unsafe.Pointer(unsafe.SliceData(c.i64))
	}
}

// pinned is columns laid out for C. Their buffers stay where they are until unpin.
type pinned struct {
	pinner  runtime.Pinner
	columns []C.cstn_go_column
	rows    C.int64_t
}

func (p *pinned) pin(pointer unsafe.Pointer) unsafe.Pointer {
	if pointer != nil {
		p.pinner.Pin(pointer)
	}
	return pointer
}

// pinColumns checks that columns are of one length and lays them out.
func pinColumns(columns []Column) (*pinned, error) {
	size := 0
	for i := range columns {
		c := &columns[i]
		if c.err != nil {
			return nil, c.err
		}
		if c.typ == TypeNull {
			return nil, invalid("column '%s' has no value and no type; leave it out", c.name)
		}
		if c.rows != columns[0].rows {
			return nil, invalid("column '%s' has %d rows, column '%s' %d", c.name, c.rows, columns[0].name, columns[0].rows)
		}
		size += len(c.name) + 1
	}
	p := &pinned{columns: make([]C.cstn_go_column, len(columns))}
	names := make([]byte, 0, size+1) // never grows: pointers go into it
	p.pin(unsafe.Pointer(unsafe.SliceData(names)))
	for i := range columns {
		c, to := &columns[i], &p.columns[i]
		name, err := cText("the name of a column", c.name)
		if err != nil {
			p.unpin()
			return nil, err
		}
		at := len(names)
		names = append(names, name...)
		to.name = charPointer(names[at:])
		to._type, to.scale, to.null_rule = C.int32_t(c.typ), C.int32_t(c.scale), c.nullRule
		to.values = p.pin(c.values())
		to.valid = (*C.uint8_t)(p.pin(unsafe.Pointer(unsafe.SliceData(c.valid))))
		to.values_size = C.int64_t(len(c.text))
		switch {
		case c.coded:
			to._type = C.CSTN_GO_CODED
			to.words = (*C.char)(p.pin(unsafe.Pointer(unsafe.SliceData(c.words))))
			to.word_ends = (*C.int32_t)(p.pin(unsafe.Pointer(unsafe.SliceData(c.wordEnds))))
			to.n_words = C.int64_t(len(c.wordEnds) - 1)
		case c.offsets64 != nil:
			to.offsets, to.wide = p.pin(unsafe.Pointer(unsafe.SliceData(c.offsets64))), 1
		case c.offsets != nil:
			to.offsets = p.pin(unsafe.Pointer(unsafe.SliceData(c.offsets)))
		}
	}
	if len(columns) > 0 {
		p.rows = C.int64_t(columns[0].rows)
	}
	return p, nil
}

func (p *pinned) first() *C.cstn_go_column { return unsafe.SliceData(p.columns) }

func (p *pinned) unpin() { p.pinner.Unpin() }
