package constellation

/*
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

func copyBatch(fields []Field, array *C.struct_ArrowArray) (*Batch, error) {
	if int(array.n_children) != len(fields) {
		return nil, &Error{Code: ErrStream, Message: fmt.Sprintf("a batch has %d columns, its schema %d", array.n_children, len(fields))}
	}
	b := &Batch{rows: int(array.length), columns: make([]Column, len(fields))}
	for i, child := range unsafe.Slice(array.children, len(fields)) {
		if child.length < array.length+array.offset || child.offset < 0 || array.offset < 0 {
			return nil, &Error{Code: ErrStream, Message: "column '" + fields[i].Name + "' is shorter than its batch"}
		}
		from := arrowColumn{array: child, first: int(child.offset + array.offset), rows: b.rows}
		c := emptyColumn(fields[i])
		c.rows = b.rows
		if err := from.copyTo(&c, fields[i]); err != nil {
			return nil, err
		}
		b.columns[i] = c
	}
	return b, nil
}

func emptyColumn(f Field) Column {
	c := Column{name: f.Name, typ: f.Type, scale: f.Scale}
	if c.typ == TypeText || c.typ == TypeBytes {
		c.offsets64 = []int64{0}
	}
	return c
}

// arrowColumn is rows first .. first+rows of an Arrow array in C memory.
type arrowColumn struct {
	array *C.struct_ArrowArray
	first int
	rows  int
}

// buffer gives buffer n, nil when the producer left it out.
func (a arrowColumn) buffer(n int) unsafe.Pointer {
	if n >= int(a.array.n_buffers) {
		return nil
	}
	return unsafe.Slice(a.array.buffers, int(a.array.n_buffers))[n]
}

func arrowValues[T any](a arrowColumn, n int) []T {
	p := (*T)(a.buffer(n))
	if p == nil || a.rows == 0 {
		return nil
	}
	return unsafe.Slice(p, a.first+a.rows)[a.first:]
}

func bitOf(bits []byte, i int) bool { return bits[i/8]>>(i%8)&1 != 0 }

func (a arrowColumn) bits(n int) []byte {
	p := (*byte)(a.buffer(n))
	if p == nil || a.rows == 0 {
		return nil
	}
	return unsafe.Slice(p, (a.first+a.rows+7)/8)
}

func (a arrowColumn) validity() []bool {
	bits := a.bits(0)
	if bits == nil || a.array.null_count == 0 {
		return nil
	}
	valid := make([]bool, a.rows)
	nulls := false
	for i := range valid {
		valid[i] = bitOf(bits, a.first+i)
		nulls = nulls || !valid[i]
	}
	if !nulls {
		return nil
	}
	return valid
}

func (a arrowColumn) copyTo(c *Column, f Field) error {
	if c.typ == TypeNull {
		return nil
	}
	c.valid = a.validity()
	switch c.typ {
	case TypeFlag:
		bits := a.bits(1)
		c.flags = make([]bool, a.rows)
		for i := range c.flags {
			c.flags[i] = bitOf(bits, a.first+i) && !c.isInvalid(i)
		}
	case TypeInt32, TypeDays:
		c.i32 = append(make([]int32, 0, a.rows), arrowValues[int32](a, 1)...)
		clearNulls(c.i32, c.valid, 0)
	case TypeInt64:
		c.i64 = append(make([]int64, 0, a.rows), arrowValues[int64](a, 1)...)
		clearNulls(c.i64, c.valid, 0)
	case TypeTime:
		c.i64 = append(make([]int64, 0, a.rows), arrowValues[int64](a, 1)...)
		clearNulls(c.i64, c.valid, NoTime)
	case TypeDouble:
		c.f64 = append(make([]float64, 0, a.rows), arrowValues[float64](a, 1)...)
		clearNulls(c.f64, c.valid, math.NaN())
	case TypeDecimal:
		return a.copyDecimals(c, f)
	default:
		if strings.HasSuffix(f.Format, "(dictionary)") {
			return a.copyWords(c, f)
		}
		if width := fixedWidth(f.Format); width > 0 {
			a.copyFixed(c, width)
			return nil
		}
		a.copyText(c, f.Format == "U" || f.Format == "Z")
	}
	return nil
}

func (c *Column) isInvalid(i int) bool { return c.valid != nil && !c.valid[i] }

func clearNulls[T any](values []T, valid []bool, null T) {
	for i, ok := range valid {
		if !ok {
			values[i] = null
		}
	}
}

// copyDecimals narrows 128 bits to 64, which is where every decimal of the library fits.
func (a arrowColumn) copyDecimals(c *Column, f Field) error {
	if strings.HasSuffix(f.Format, ",64") {
		c.i64 = append(make([]int64, 0, a.rows), arrowValues[int64](a, 1)...)
		clearNulls(c.i64, c.valid, 0)
		return nil
	}
	c.i64 = make([]int64, a.rows)
	for i, v := range arrowValues[[2]int64](a, 1) {
		if c.isInvalid(i) {
			continue
		}
		if v[1] != v[0]>>63 {
			return &Error{Code: ErrOverflow, Message: fmt.Sprintf("column '%s' row %d: the decimal does not fit 64 bits", f.Name, i)}
		}
		c.i64[i] = v[0]
	}
	return nil
}

func (a arrowColumn) textOffsets(wide bool) []int64 {
	offsets := make([]int64, 1, a.rows+1)
	if a.rows == 0 {
		return offsets
	}
	longer := arrowColumn{a.array, a.first, a.rows + 1}
	offsets = offsets[:0]
	if wide {
		return append(offsets, arrowValues[int64](longer, 1)...)
	}
	for _, v := range arrowValues[int32](longer, 1) {
		offsets = append(offsets, int64(v))
	}
	return offsets
}

// copyText copies the rows' bytes as one block; offsets then begin at 0.
func (a arrowColumn) copyText(c *Column, wide bool) {
	offsets := a.textOffsets(wide)
	if len(offsets) == 0 {
		offsets = make([]int64, a.rows+1)
	}
	begin, end := offsets[0], offsets[len(offsets)-1]
	if p := (*byte)(a.buffer(2)); p != nil && end > begin {
		c.text = append([]byte(nil), unsafe.Slice(p, end)[begin:]...)
	}
	for i := range offsets {
		offsets[i] -= begin
	}
	c.offsets64 = offsets
}

// copyFixed copies values of width bytes each; a null has none.
func (a arrowColumn) copyFixed(c *Column, width int) {
	p := (*byte)(a.buffer(1))
	for i := range a.rows {
		if p != nil && !c.isInvalid(i) {
			c.text = append(c.text, unsafe.Slice(p, (a.first+i+1)*width)[(a.first+i)*width:]...)
		}
		c.offsets64 = append(c.offsets64, int64(len(c.text)))
	}
}

// copyWords unpacks a dictionary of text.
func (a arrowColumn) copyWords(c *Column, f Field) error {
	dictionary := a.array.dictionary
	if dictionary == nil {
		return &Error{Code: ErrStream, Message: "column '" + f.Name + "' has no dictionary"}
	}
	words := Column{typ: TypeText, rows: int(dictionary.length)}
	from := arrowColumn{dictionary, int(dictionary.offset), words.rows}
	words.valid = from.validity()
	from.copyText(&words, f.wideWords)
	return a.unpackWords(c, f, &words)
}

func (a arrowColumn) unpackWords(c *Column, f Field, words *Column) error {
	codes, err := a.codes(f)
	if err != nil {
		return err
	}
	c.offsets64 = make([]int64, 1, a.rows+1)
	for i := range a.rows {
		if !c.isInvalid(i) {
			code := codes(i)
			if code < 0 || code >= int64(words.rows) {
				return &Error{Code: ErrStream, Message: fmt.Sprintf("column '%s' row %d: code %d, the dictionary has %d", f.Name, i, code, words.rows)}
			}
			if words.IsNull(int(code)) {
				c.setNull(i)
			} else {
				c.text = append(c.text, words.Bytes(int(code))...)
			}
		}
		c.offsets64 = append(c.offsets64, int64(len(c.text)))
	}
	return nil
}

func (c *Column) setNull(i int) {
	if c.valid == nil {
		c.valid = make([]bool, c.rows)
		for j := range c.valid {
			c.valid[j] = true
		}
	}
	c.valid[i] = false
}

func codeReader[T int8 | uint8 | int16 | uint16 | int32 | uint32 | int64](a arrowColumn) func(int) int64 {
	values := arrowValues[T](a, 1)
	return func(i int) int64 { return int64(values[i]) }
}

func (a arrowColumn) codes(f Field) (func(int) int64, error) {
	switch f.Format[0] {
	case 'c':
		return codeReader[int8](a), nil
	case 'C':
		return codeReader[uint8](a), nil
	case 's':
		return codeReader[int16](a), nil
	case 'S':
		return codeReader[uint16](a), nil
	case 'i':
		return codeReader[int32](a), nil
	case 'I':
		return codeReader[uint32](a), nil
	case 'l':
		return codeReader[int64](a), nil
	}
	return nil, &Error{Code: ErrUnsupported, Message: "column '" + f.Name + "' has format " + f.Format + "; bind the stream to a schema first"}
}

// appendRows adds the rows of a batch of the same stream.
func (c *Column) appendRows(from *Column) {
	if from.valid != nil && c.valid == nil {
		c.valid = make([]bool, c.rows, c.rows+from.rows)
		for i := range c.valid {
			c.valid[i] = true
		}
	}
	if c.valid != nil {
		for i := range from.rows {
			c.valid = append(c.valid, from.valid == nil || from.valid[i])
		}
	}
	c.i64 = append(c.i64, from.i64...)
	c.i32 = append(c.i32, from.i32...)
	c.f64 = append(c.f64, from.f64...)
	c.flags = append(c.flags, from.flags...)
	if from.offsets64 != nil {
		base := int64(len(c.text))
		c.text = append(c.text, from.text...)
		for _, end := range from.offsets64[1:] {
			c.offsets64 = append(c.offsets64, base+end)
		}
	}
	c.rows += from.rows
}
