package constellation

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// must ends the test when err is set.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got gives the value of a call that must not fail.
func got[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func equal[T comparable](t testing.TB, what string, have, want T) {
	t.Helper()
	if have != want {
		t.Errorf("%s: %v, want %v", what, have, want)
	}
}

// near compares to the printed digits.
func near(t testing.TB, what string, have, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(have-want) <= tolerance) {
		t.Errorf("%s: %.15g, want %.15g", what, have, want)
	}
}

func fails(t testing.TB, what string, err error, code Code) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, code) {
		t.Fatalf("%s: error %v, want %v", what, err, code)
	}
	return e
}

func policy(t testing.TB, changes string, opts ...Option) *Policy {
	t.Helper()
	p := got[*Policy](t)(NewPolicy(changes, opts...))
	t.Cleanup(func() { p.Close() })
	return p
}

func state(t testing.TB, changes string, config *PerfectOrderConfig) *PerfectOrder {
	t.Helper()
	p := got[*PerfectOrder](t)(NewPerfectOrder(policy(t, changes), asOf(), config))
	t.Cleanup(func() { p.Close() })
	return p
}

func asOf() time.Time { return time.Date(2018, 11, 13, 0, 0, 0, 0, time.UTC) }

// day is an instant on day n of 2018, in microseconds.
func day(n int64) int64 {
	return time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() + n*DayMicros
}

// collect runs the garbage collector until done says so, or a hundred times.
func collect(done func() bool) bool {
	for range 100 {
		runtime.GC()
		if done() {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// someLines are n orders of two lines each: one order in four has a late line, one in eight a short
// one. Carriers go round.
func someLines(n int) *OrderLines {
	l := &OrderLines{}
	carrier := make([]string, 0, 2*n)
	for i := range n {
		for line := range 2 {
			delivered, qty := day(9), int64(5)
			if i%4 == 0 && line == 0 {
				delivered = day(12)
			}
			if i%8 == 1 && line == 1 {
				qty = 4
			}
			l.OrderID = append(l.OrderID, int64(i))
			l.LineNumber = append(l.LineNumber, int32(line+1))
			l.Ordered = append(l.Ordered, day(1))
			l.Promised = append(l.Promised, day(10))
			l.Delivered = append(l.Delivered, delivered)
			l.Qty = append(l.Qty, 5)
			l.QtyDelivered = append(l.QtyDelivered, qty)
			carrier = append(carrier, []string{"Air", "Rail", "Sea"}[i%3])
		}
	}
	l.Extra = []Column{TextColumn("carrier", carrier)}
	return l
}

// part is rows from..to of lines.
func part(l *OrderLines, from, to int) *OrderLines {
	p := &OrderLines{OrderID: l.OrderID[from:to], LineNumber: l.LineNumber[from:to], Ordered: l.Ordered[from:to],
		Promised: l.Promised[from:to], Delivered: l.Delivered[from:to], Qty: l.Qty[from:to], QtyDelivered: l.QtyDelivered[from:to]}
	carrier := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		carrier = append(carrier, l.Extra[0].Text(i))
	}
	p.Extra = []Column{TextColumn("carrier", carrier)}
	return p
}

// shared is the folder of data that lies beside the checkout and is not part of it.
func shared(t testing.TB, path ...string) string {
	t.Helper()
	root := os.Getenv("CSTN_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	name := filepath.Join(append([]string{root}, path...)...)
	if _, err := os.Stat(name); err != nil {
		t.Skipf("the reference data is not here (set CSTN_SHARED): %v", err)
	}
	return name
}

func describe(b *Batch) string {
	out := ""
	for i := range b.Len() {
		for _, c := range b.Columns() {
			out += fmt.Sprintf("%s=%v ", c.Name(), c.Value(i))
		}
		out += "\n"
	}
	return out
}
