package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_zone_fixed
#cgo nocallback cstn_go_zone_fixed
#cgo noescape cstn_go_zone_parse
#cgo nocallback cstn_go_zone_parse
#cgo noescape cstn_go_zone_from_wall
#cgo nocallback cstn_go_zone_from_wall
#cgo noescape cstn_go_calendar_parse
#cgo nocallback cstn_go_calendar_parse
#cgo noescape cstn_go_days_from_civil
#cgo nocallback cstn_go_days_from_civil
#cgo noescape cstn_go_time_parse
#cgo nocallback cstn_go_time_parse
#cgo noescape cstn_time_format
#cgo nocallback cstn_time_format
#cgo noescape cstn_civil_from_days
#cgo nocallback cstn_civil_from_days
#cgo nocallback cstn_zone_unref
#cgo nocallback cstn_zone_offset_at
#cgo nocallback cstn_calendar_unref
#cgo nocallback cstn_calendar_is_working
#cgo nocallback cstn_calendar_next_working
#cgo nocallback cstn_calendar_working_between
*/
import "C"

import (
	"math"
	"time"
	"unsafe"
)

// NoTime stands for null in columns of instants.
const NoTime = math.MinInt64

// DayMicros is the length of a day in microseconds.
const DayMicros = int64(86_400_000_000)

// Micros gives t as microseconds since 1970-01-01T00:00Z, cut to the microsecond below. The zero
// time.Time, which means "not set" in Go, is [NoTime]. It returns [ErrOverflow] for a time that does
// not fit, about 292,000 years from 1970, and never wraps.
func Micros(t time.Time) (int64, error) {
	if t.IsZero() {
		return NoTime, nil
	}
	const most = math.MaxInt64 / 1_000_000
	if s := t.Unix(); s >= most || s <= -most {
		return 0, &Error{Code: ErrOverflow, Message: "time " + t.Format(time.RFC3339) + " does not fit int64 microseconds"}
	}
	return t.UnixMicro(), nil
}

// TimeOf gives an instant as a time.Time in UTC; [NoTime] is the zero time.Time.
func TimeOf(us int64) time.Time {
	if us == NoTime {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// DaysFromCivil gives the days since 1970-01-01 of a proleptic Gregorian date. Year -9999..9999. It
// returns [ErrInvalidArgument] for a date that does not exist.
func DaysFromCivil(year, month, day int) (int32, error) {
	for _, v := range []int{year, month, day} {
		if v != int(int32(v)) {
			return 0, invalid("%d is no part of a date", v)
		}
	}
	var o C.cstn_go_outcome
	var days C.int32_t
	C.cstn_go_days_from_civil(C.int32_t(year), C.int32_t(month), C.int32_t(day), &days, &o)
	return int32(days), outcomeError(&o)
}

// CivilFromDays gives the date of a day number; every int32 has one.
func CivilFromDays(days int32) (year, month, day int) {
	var y, m, d C.int32_t
	C.cstn_civil_from_days(C.int32_t(days), &y, &m, &d)
	return int(y), int(m), int(d)
}

// ParseTime reads a date or time in a strict form and gives microseconds. form "" is ISO 8601 (date,
// or date and time with T or a space, fraction to 6 digits, Z or +HH:MM); else it is made of YYYY YY
// MM DD D M Mon hh mm ss and literal characters, such as "DD.MM.YYYY". zoneSeconds, east of UTC, is
// for text without a zone. A date alone is its midnight. It returns [ErrFormat], naming the text and
// the form; nothing is guessed.
func ParseTime(text, form string, zoneSeconds int32) (int64, error) {
	var formText *C.char
	if form != "" {
		b, err := cText("form", form)
		if err != nil {
			return 0, err
		}
		formText = charPointer(b)
	}
	b := []byte(text)
	var o C.cstn_go_outcome
	var us C.int64_t
	C.cstn_go_time_parse(charPointer(b), C.size_t(len(b)), formText, C.int32_t(zoneSeconds), &us, &o)
	return int64(us), outcomeError(&o)
}

// FormatTime writes an instant as "2018-08-31T12:00:00Z", with a fraction only when there is one.
func FormatTime(us int64) string {
	var b [64]byte
	n := C.cstn_time_format(C.int64_t(us), (*C.char)(unsafe.Pointer(&b[0])), C.size_t(len(b)))
	return string(b[:min(int(n), len(b)-1)])
}

// Zone is the rules of a time zone, handed over as data: the library never reads the machine's.
// Immutable; any goroutine. Close it when done.
type Zone struct {
	handle handle[*C.cstn_zone]
	digest Digest
}

func openZone(ptr *C.cstn_zone, digest Digest) *Zone {
	z := &Zone{digest: digest}
	z.handle.open(ptr, "zone", func(p *C.cstn_zone) { C.cstn_zone_unref(p) })
	return z
}

// FixedZone is a zone with one offset, in seconds east of UTC, -86,399..86,399, else it returns
// [ErrInvalidArgument].
func FixedZone(seconds int32, opts ...Option) (*Zone, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var ptr *C.cstn_zone
	var digest Digest
	C.cstn_go_zone_fixed(C.int32_t(seconds), allocator, &ptr, bytePointer(digest[:]), &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openZone(ptr, digest), nil
}

// ParseZone makes a zone from the bytes of a TZif file (RFC 9636, versions 1 to 4), which are copied
// and not trusted. It returns [ErrCorrupt] with what is wrong.
func ParseZone(tzif []byte, opts ...Option) (*Zone, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var ptr *C.cstn_zone
	var digest Digest
	C.cstn_go_zone_parse(bytePointer(tzif), C.size_t(len(tzif)), allocator, &ptr, bytePointer(digest[:]), &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openZone(ptr, digest), nil
}

// Digest is the SHA-256 of the TZif bytes, or of "offset:+HH:MM"; also after Close. A policy names
// it as zone=tzif:HEX64.
func (z *Zone) Digest() Digest { return z.digest }

// OffsetAt gives the seconds east of UTC in force at an instant. O(log transitions).
func (z *Zone) OffsetAt(us int64) (int32, error) {
	ptr, err := z.handle.use()
	if err != nil {
		return 0, err
	}
	defer z.handle.done()
	return int32(C.cstn_zone_offset_at(ptr, C.int64_t(us))), nil
}

// FromWall gives the instant of a wall-clock time, both in microseconds. A time that exists twice or
// not at all is [ErrFormat] that says so.
func (z *Zone) FromWall(wallMicros int64) (int64, error) {
	ptr, err := z.handle.use()
	if err != nil {
		return 0, err
	}
	defer z.handle.done()
	var o C.cstn_go_outcome
	var us C.int64_t
	C.cstn_go_zone_from_wall(ptr, C.int64_t(wallMicros), &us, &o)
	return int64(us), outcomeError(&o)
}

// Close gives the reference back. Idempotent; the error is always nil.
func (z *Zone) Close() error {
	z.handle.close()
	return nil
}

// Calendar says which days are worked. Immutable; any goroutine. Close it when done.
type Calendar struct {
	handle handle[*C.cstn_calendar]
	digest Digest
}

// ParseCalendar reads a calendar from its canonical text: first line "cstn-calendar 1", then
// "week=1111100" (Monday to Sunday, 1 = works), then "off=YYYY-MM-DD" and "on=YYYY-MM-DD" lines, days
// ascending, the last line ended by LF. It returns [ErrFormat] with the line.
func ParseCalendar(text string, opts ...Option) (*Calendar, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	b := []byte(text)
	var o C.cstn_go_outcome
	var ptr *C.cstn_calendar
	c := new(Calendar)
	C.cstn_go_calendar_parse(charPointer(b), C.size_t(len(b)), allocator, &ptr, bytePointer(c.digest[:]), &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	c.handle.open(ptr, "calendar", func(p *C.cstn_calendar) { C.cstn_calendar_unref(p) })
	return c, nil
}

// Digest is the SHA-256 of the canonical text; also after Close. A policy names it as
// calendar=HEX64.
func (c *Calendar) Digest() Digest { return c.digest }

// IsWorking tells whether a day, counted from 1970-01-01, is worked.
func (c *Calendar) IsWorking(days int32) (bool, error) {
	ptr, err := c.handle.use()
	if err != nil {
		return false, err
	}
	defer c.handle.done()
	return C.cstn_calendar_is_working(ptr, C.int32_t(days)) != 0, nil
}

// NextWorking gives the day itself if it is worked, else the next one that is.
func (c *Calendar) NextWorking(days int32) (int32, error) {
	ptr, err := c.handle.use()
	if err != nil {
		return 0, err
	}
	defer c.handle.done()
	return int32(C.cstn_calendar_next_working(ptr, C.int32_t(days))), nil
}

// WorkingBetween counts the working days after from up to and with to; negative when to is earlier.
func (c *Calendar) WorkingBetween(from, to int32) (int32, error) {
	ptr, err := c.handle.use()
	if err != nil {
		return 0, err
	}
	defer c.handle.done()
	return int32(C.cstn_calendar_working_between(ptr, C.int32_t(from), C.int32_t(to))), nil
}

// Close gives the reference back. Idempotent; the error is always nil.
func (c *Calendar) Close() error {
	c.handle.close()
	return nil
}
