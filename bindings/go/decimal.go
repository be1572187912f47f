package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_decimal_parse
#cgo nocallback cstn_go_decimal_parse
#cgo noescape cstn_go_decimal_rescale
#cgo nocallback cstn_go_decimal_rescale
#cgo noescape cstn_go_decimal_multiply
#cgo nocallback cstn_go_decimal_multiply
#cgo noescape cstn_go_currency_scale
#cgo nocallback cstn_go_currency_scale
#cgo noescape cstn_decimal_format
#cgo nocallback cstn_decimal_format
*/
import "C"

import "unsafe"

// MaxScale is the most decimals a scaled int64 may have.
const MaxScale = C.CSTN_SCALE_MAX

// ParseDecimal reads a decimal such as "-1234.50" as value * 10^scale, scale 0..18. decimalMark is
// '.' or ','; thousandsMark 0 allows none. It returns [ErrFormat] if it is no decimal or has more
// digits than the scale holds, [ErrOverflow] if it does not fit; nothing is rounded.
func ParseDecimal(text string, scale int32, decimalMark, thousandsMark byte) (int64, error) {
	b := []byte(text)
	var o C.cstn_go_outcome
	var value C.int64_t
	C.cstn_go_decimal_parse(charPointer(b), C.size_t(len(b)), C.int32_t(scale), C.uint8_t(decimalMark), C.uint8_t(thousandsMark), &value, &o)
	return int64(value), outcomeError(&o)
}

// FormatDecimal writes value / 10^scale with exactly scale decimals, scale 0..18; "" for another
// scale.
func FormatDecimal(value int64, scale int32) string {
	if scale < 0 || scale > MaxScale {
		return ""
	}
	var b [64]byte
	n := C.cstn_decimal_format(C.int64_t(value), C.int32_t(scale), (*C.char)(unsafe.Pointer(&b[0])), C.size_t(len(b)))
	return string(b[:min(int(n), len(b)-1)])
}

// RescaleDecimal brings a value to another scale, half-even. It returns [ErrOverflow] or
// [ErrInvalidArgument].
func RescaleDecimal(value int64, from, to int32) (int64, error) {
	var o C.cstn_go_outcome
	var out C.int64_t
	C.cstn_go_decimal_rescale(C.int64_t(value), C.int32_t(from), C.int32_t(to), &out, &o)
	return int64(out), outcomeError(&o)
}

// MultiplyDecimal gives a * b / 10^dropScale, in 128 bits, half-even: price times quantity. It
// returns [ErrOverflow].
func MultiplyDecimal(a, b int64, dropScale int32) (int64, error) {
	var o C.cstn_go_outcome
	var out C.int64_t
	C.cstn_go_decimal_multiply(C.int64_t(a), C.int64_t(b), C.int32_t(dropScale), &out, &o)
	return int64(out), outcomeError(&o)
}

// CurrencyScale gives the decimals of a currency's minor unit (ISO 4217): 2 for "EUR", 0 for "JPY".
// It returns [ErrNotFound].
func CurrencyScale(code string) (int32, error) {
	text, err := cText("currency", code)
	if err != nil {
		return 0, err
	}
	var o C.cstn_go_outcome
	var scale C.int32_t
	C.cstn_go_currency_scale(charPointer(text), &scale, &o)
	return int32(scale), outcomeError(&o)
}
