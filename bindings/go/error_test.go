package constellation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func sentinels() []Code {
	return []Code{ErrInvalidArgument, ErrNoMemory, ErrStructSize, ErrStructTooNew, ErrOverflow, ErrSchema, ErrRows, ErrMismatch,
		ErrNotClustered, ErrCancelled, ErrCorrupt, ErrFormat, ErrIO, ErrStream, ErrNotFound, ErrUnsupported, ErrLimit,
		ErrLocked, ErrConflict, ErrPoisoned, ErrFull, ErrForked, ErrNewerFormat, ErrNoManifest, ErrBusy, ErrState, ErrReadOnly,
		ErrNotIdentified, ErrEmpty, ErrCurrency, ErrDuplicate, ErrPolicy, ErrRebuild, ErrLeakage,
		ErrSignature, ErrUnverified, ErrProof, ErrSplitView, ErrStale, ErrUnevaluable,
		ErrMissing, ErrDenied, ErrBudget, ErrErased}
}

func TestEveryStatusOfTheLibraryHasASentinel(t *testing.T) {
	known := map[Code]bool{0: true, 1: true}
	for _, c := range sentinels() {
		known[c] = true
	}
	for _, c := range Codes() {
		if !known[c] {
			t.Errorf("status %d, %s, has no sentinel", c, c.Error())
		}
	}
	equal(t, "statuses", len(Codes()), len(sentinels())+2)
}

func TestAnUnknownCodeSaysSo(t *testing.T) {
	equal(t, "name", Code(-9999).Error(), "unknown status")
	equal(t, "row code", RowCode(9999).String(), "unknown")
	equal(t, "known row code", RowNotPositive.String(), "NOT_POSITIVE")
}

func TestEveryRowCodeOfTheLibraryHasAConstant(t *testing.T) {
	for c := RowNull; c <= RowTooLate; c++ {
		if c.String() == "unknown" {
			t.Errorf("row code %d has no name", c)
		}
	}
	equal(t, "the one after the last", (RowTooLate + 1).String(), "unknown")
}

func TestAFailedCallGivesCodeAndMessage(t *testing.T) {
	_, err := NewPolicy("components=Q")
	e := fails(t, "policy", err, ErrInvalidArgument)
	if !strings.Contains(e.Message, "components") || !strings.Contains(e.Message, "Q") {
		t.Errorf("the message names neither key nor value: %s", e.Message)
	}
	if strings.ContainsAny(e.Message, "\r\n") {
		t.Errorf("the message has more than a line: %q", e.Message)
	}
	if errors.Is(err, ErrSchema) || errors.Is(err, context.Canceled) {
		t.Error("the error is also something else")
	}
}

func TestALongMessageIsNotCut(t *testing.T) {
	var text strings.Builder
	names := []string{}
	for i := range 40 {
		name := fmt.Sprintf("an_absent_column_with_a_long_name_%02d", i)
		names = append(names, name)
		fmt.Fprintf(&text, "%s int64\n", name)
	}
	schema := got[*Schema](t)(ParseSchema(text.String()))
	defer schema.Close()
	rows := got[*Stream](t)(NewStream(Int64Column("a", []int64{1})))
	_, err := rows.Bind(schema, nil)
	e := fails(t, "bind", err, ErrSchema)
	for _, name := range names {
		if !strings.Contains(e.Message, name) {
			t.Fatalf("%s is not in the message: %s", name, e.Message)
		}
	}
}

func TestGoroutinesReadTheirOwnMessages(t *testing.T) {
	const goroutines, calls = 64, 200
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range calls {
				key := fmt.Sprintf("no_such_key_%d_%d", g, i)
				_, err := NewPolicy(key + "=1")
				if err == nil || !strings.Contains(err.Error(), "'"+key+"'") {
					t.Errorf("the message for %s is %v", key, err)
					return
				}
			}
		}()
	}
	wg.Wait()
}

func TestTextWithNULIsRefusedBeforeC(t *testing.T) {
	_, err := NewPolicy("components=T\x00level=line")
	fails(t, "policy", err, ErrInvalidArgument)
	_, err = policy(t, "").Get("level\x00")
	fails(t, "key", err, ErrInvalidArgument)
	_, err = NewStream(Int64Column("a\x00b", []int64{1}))
	fails(t, "column name", err, ErrInvalidArgument)
	_, err = NewPerfectOrder(policy(t, ""), asOf(), &PerfectOrderConfig{By: []string{"carrier\x00"}})
	fails(t, "dimension", err, ErrInvalidArgument)
	fails(t, "binding", new(Binding).Rename("a", "b\x00").Check(), ErrInvalidArgument)
	schema := got[*Schema](t)(ParseSchema("a int64\n"))
	defer schema.Close()
	_, err = OpenCSV("a\x00.csv", schema, nil)
	fails(t, "path", err, ErrInvalidArgument)
}

func TestNilArgumentsAreErrorsNotCrashes(t *testing.T) {
	ctx := context.Background()
	_, err := NewPerfectOrder(nil, asOf(), nil)
	fails(t, "policy", err, ErrInvalidArgument)
	p := state(t, "", nil)
	fails(t, "lines", p.Update(ctx, nil, nil), ErrInvalidArgument)
	fails(t, "stream", p.UpdateStream(ctx, nil, nil), ErrInvalidArgument)
	fails(t, "merge", p.Merge(ctx, nil), ErrInvalidArgument)
	fails(t, "merge with itself", p.Merge(ctx, p), ErrInvalidArgument)
	_, err = JudgeLine(policy(t, ""), asOf(), nil, nil)
	fails(t, "line", err, ErrInvalidArgument)
	_, err = JudgeOrder(policy(t, ""), asOf(), nil, nil)
	fails(t, "no lines", err, ErrInvalidArgument)
	_, err = OpenCSVBytes(nil, nil, nil)
	fails(t, "schema", err, ErrInvalidArgument)
	fails(t, "zone of a binding", new(Binding).Zone("", nil).Check(), ErrInvalidArgument)
	_, err = PerfectOrderRate(ctx, nil, nil, asOf(), nil, nil)
	fails(t, "rate", err, ErrInvalidArgument)
}

func TestEveryFailureHasAMessage(t *testing.T) {
	ctx := context.Background()
	s := state(t, lenient, &PerfectOrderConfig{By: []string{"carrier"}})
	must(t, s.Update(ctx, someLines(4), nil))
	r := finish(t, s)
	text := schema(t, "id int64\n")
	_, compare := r.Compare(&CompareOptions{Order: 7})
	_, standardise := r.Standardise(0, 0, nil)
	_, rate := r.Lever(0, 0)
	_, component := r.Component(0, 3)
	_, _, infer := InferCSV(ctx, "nobody.csv", 0, nil)
	_, open := OpenCSV("nobody.csv", text, nil)
	_, write := WriteCSV(ctx, got[*Stream](t)(NewStream(Int64Column("a", nil))), "no/folder/a.csv", nil)
	_, table := r.export(99)
	_, bytes := DeserializePerfectOrder(nil, nil)
	_, parsed := ParseSchema("id\n")
	_, zone := ParseZone(nil)
	_, fixed := FixedZone(1 << 30)
	_, calendar := ParseCalendar("")
	_, when := ParseTime("x", "", 0)
	_, date := DaysFromCivil(2018, 2, 30)
	_, decimal := ParseDecimal("x", 0, '.', 0)
	_, scale := RescaleDecimal(1, 0, 99)
	_, product := MultiplyDecimal(1<<62, 1<<62, 0)
	_, currency := CurrencyScale("???")
	_, interval := RateInterval(2, 1, 0)
	_, difference := RateDifference(2, 1, 1, 1, 0)
	_, _, quantile := Quantile([]float64{1}, -1, 7)
	_, state := NewPerfectOrder(policy(t, lenient), asOf(), &PerfectOrderConfig{Clustering: 9})
	for name, err := range map[string]error{"compare": compare, "standardise": standardise, "lever": rate, "component": component,
		"infer": infer, "open": open, "write": write, "table": table, "bytes": bytes, "schema": parsed, "zone": zone, "fixed": fixed,
		"calendar": calendar, "time": when, "date": date, "decimal": decimal, "scale": scale, "product": product, "currency": currency,
		"interval": interval, "difference": difference, "quantile": quantile, "state": state,
		"tiles": ValueTiles([]int64{1}, nil, 0, make([]int32, 1)), "merge": s.Merge(ctx, counted(t, someLines(1)))} {
		var e *Error
		if !errors.As(err, &e) || e.Message == "" {
			t.Errorf("%s: error %v has no message", name, err)
		}
	}
}
