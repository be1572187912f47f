package constellation

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func schema(t testing.TB, text string) *Schema {
	t.Helper()
	s := got[*Schema](t)(ParseSchema(text))
	t.Cleanup(func() { s.Close() })
	return s
}

func reader(t testing.TB, text string, s *Schema, options *CSVOptions) *CSVReader {
	t.Helper()
	r := got[*CSVReader](t)(OpenCSVBytes([]byte(text), s, options))
	t.Cleanup(func() { r.Close() })
	return r
}

func readAll(t testing.TB, r *CSVReader) *Batch {
	t.Helper()
	return got[*Batch](t)(got[*Stream](t)(r.Stream()).All(t.Context()))
}

func TestASchemaReadsBackFromItsText(t *testing.T) {
	s := schema(t, "id int64\n\"a column\" timestamp null form=\"DD.MM.YYYY hh:mm\" zone=utc\nprice decimal scale=2 missing=\"n/a\"\n")
	columns := s.Columns()
	equal(t, "columns", len(columns), 3)
	equal(t, "name", columns[1].Name, "a column")
	equal(t, "type", columns[1].Type, TypeTime)
	equal(t, "nullable", columns[1].Nullable, true)
	equal(t, "not nullable", columns[0].Nullable, false)
	again := schema(t, got[string](t)(s.Text()))
	equal(t, "text", got[string](t)(again.Text()), got[string](t)(s.Text()))
	_, err := ParseSchema("id int65\n")
	fails(t, "type", err, ErrFormat)
	_, err = ParseSchema("id int64\nid int64\n")
	fails(t, "twice", err, ErrSchema)
}

func TestCSVIsReadByItsSchema(t *testing.T) {
	s := schema(t, "id int64\nname text null\nprice decimal scale=2\nwhen timestamp null zone=utc\n")
	text := "\ufeffname,price,skipped,id,when\r\n\"a \"\"quoted\"\", name\",1.50,x,7,2018-08-31 12:00:00\r\n,0.05,y,8,\r\n\"\",-3,z,9,2018-09-01\r\n"
	b := readAll(t, reader(t, text, s, nil))
	equal(t, "rows", describe(b), "id=7 name=a \"quoted\", name price=1.50 when=2018-08-31 12:00:00 +0000 UTC \n"+
		"id=8 name=<nil> price=0.05 when=<nil> \nid=9 name= price=-3.00 when=2018-09-01 00:00:00 +0000 UTC \n")
}

func TestBadRowsOfCSVAreRejected(t *testing.T) {
	s := schema(t, "id int64\nqty int32\n")
	r := reader(t, "id,qty\n1,2\nx,3\n4,99999999999\n5\n6,7\n", s, nil)
	b := readAll(t, r)
	equal(t, "rows", describe(b), "id=1 qty=2 \nid=6 qty=7 \n")
	rejects, total, err := r.Rejects()
	must(t, err)
	equal(t, "rejects", total, 3)
	for i, want := range []struct {
		line uint64
		code RowCode
	}{{3, RowNumber}, {4, RowRange}, {5, RowFields}} {
		equal(t, "line", rejects[i].Row, want.line)
		equal(t, "code", rejects[i].Code, want.code)
	}
	equal(t, "given out", got[uint64](t)(r.Rows()), 2)
	raw := got[*Batch](t)(got[*Stream](t)(r.RejectStream()).All(t.Context()))
	text, ok := raw.Column("raw")
	equal(t, "the raw row", ok && text.Text(0) == "x,3", true)
	loose := readAll(t, reader(t, "id,qty\nx,3\n", schema(t, "id int64 null\nqty int32\n"), &CSVOptions{BadNull: true}))
	equal(t, "null instead", describe(loose), "id=<nil> qty=3 \n")
	_, err = got[*Stream](t)(reader(t, "id,qty\nx,3\nx,4\n", s, &CSVOptions{MaxRejects: 1}).Stream()).All(t.Context())
	e := fails(t, "too many", err, ErrLimit)
	if !strings.Contains(e.Message, "more than 1 bad row") {
		t.Errorf("the message does not name the limit: %s", e.Message)
	}
}

func TestTooManyRejectsAreTheLimitForWhoeverReads(t *testing.T) {
	s := schema(t, "order_id int64\npromised date\ndelivered date\n")
	many := func() *Stream {
		return got[*Stream](t)(reader(t, "order_id,promised,delivered\nx,,\ny,,\n", s, &CSVOptions{MaxRejects: 1}).Stream())
	}
	_, err := got[*Stream](t)(many().Bind(s, nil)).All(t.Context())
	fails(t, "bound", err, ErrLimit)
	policy := got[*Policy](t)(NewPolicy("components=T"))
	defer policy.Close()
	_, err = PerfectOrderRate(t.Context(), many(), policy, time.Unix(0, 0), nil, nil)
	fails(t, "rate", err, ErrLimit)
	_, err = PerfectOrderRate(t.Context(), got[*Stream](t)(many().Bind(s, nil)), policy, time.Unix(0, 0), nil, nil)
	fails(t, "rate of a bound stream", err, ErrLimit)
}

func TestCSVThatDoesNotFitIsRefused(t *testing.T) {
	s := schema(t, "id int64\nquantity int32\n")
	_, err := OpenCSVBytes([]byte("id,quantty\n1,2\n"), s, nil)
	e := fails(t, "absent", err, ErrSchema)
	if !strings.Contains(e.Message, "quantity") || !strings.Contains(e.Message, "quantty") {
		t.Errorf("no similar name: %s", e.Message)
	}
	_, err = OpenCSV(filepath.Join(t.TempDir(), "nobody.csv"), s, nil)
	fails(t, "no file", err, ErrIO)
	_, err = OpenCSVBytes([]byte("id,quantity,more\n"), s, &CSVOptions{Strict: true})
	fails(t, "strict", err, ErrSchema)
	r := reader(t, "id,quantity\n", s, nil)
	got[*Stream](t)(r.Stream()).Close()
	_, err = r.Stream()
	fails(t, "twice", err, ErrInvalidArgument)
	damaged := gzipped(t, strings.Repeat("1,2\n", 10_000))
	_, err = func() (*Batch, error) {
		r, err := OpenCSVBytes(damaged[:len(damaged)/2], s, &CSVOptions{NoHeader: true})
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return got[*Stream](t)(r.Stream()).All(t.Context())
	}()
	if err == nil {
		t.Error("gzip that is cut short is no error")
	}
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	got[int](t)(w.Write([]byte(text)))
	must(t, w.Close())
	return b.Bytes()
}

func TestCSVWrittenReadsBackTheSame(t *testing.T) {
	ctx := t.Context()
	text := "id,name,flag,price\n1,,true,0.50\n2,\"\",false,-1.00\n3,\"a,b\"\"c\nd\",true,10.05\n"
	s := schema(t, "id int64\nname text null\nflag flag\nprice decimal scale=2\n")
	out := got[[]byte](t)(WriteCSVBytes(ctx, got[*Stream](t)(reader(t, text, s, nil).Stream()), nil))
	equal(t, "bytes", string(out), text)
	for _, name := range []string{"out.csv", "out.csv.gz"} {
		path := filepath.Join(t.TempDir(), name)
		rows := got[uint64](t)(WriteCSV(ctx, got[*Stream](t)(reader(t, text, s, nil).Stream()), path, nil))
		equal(t, "rows", rows, 3)
		r := got[*CSVReader](t)(OpenCSV(path, s, nil))
		again := got[[]byte](t)(WriteCSVBytes(ctx, got[*Stream](t)(r.Stream()), nil))
		r.Close()
		equal(t, name, string(again), text)
	}
	semicolons := got[[]byte](t)(WriteCSVBytes(ctx, got[*Stream](t)(NewStream(Int64Column("a", []int64{1}), TextColumn("b", []string{"x;y"}))),
		&CSVOptions{Delimiter: ';', CRLF: true, NoHeader: true}))
	equal(t, "options", string(semicolons), "1;\"x;y\"\r\n")
	_, err := WriteCSV(ctx, got[*Stream](t)(NewStream(Int64Column("a", nil))), filepath.Join(t.TempDir(), "no", "folder.csv"), nil)
	fails(t, "no folder", err, ErrIO)
}

func TestASchemaIsInferredWithItsEvidence(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.csv")
	must(t, os.WriteFile(path, []byte("id,when,price,odd\n1,2018-01-02,1.5,03/04/2018\n2,2018-01-03,,04/05/2018\n"), 0o600))
	s, evidence, err := InferCSV(t.Context(), path, 0, nil)
	must(t, err)
	defer s.Close()
	equal(t, "columns", len(s.Columns()), 4)
	equal(t, "id", s.Columns()[0].Type, TypeInt64)
	equal(t, "when", s.Columns()[1].Type, TypeDays)
	equal(t, "an ambiguous date stays text", s.Columns()[3].Type, TypeText)
	b := got[*Batch](t)(evidence.All(t.Context()))
	equal(t, "evidence", b.Len(), 4)
	_, _, err = InferCSV(t.Context(), filepath.Join(t.TempDir(), "nobody.csv"), 0, nil)
	fails(t, "no file", err, ErrIO)
}

func TestAStreamOutlivesItsReader(t *testing.T) {
	s := schema(t, "id int64\n")
	for range 50 {
		r := got[*CSVReader](t)(OpenCSVBytes([]byte("id\n1\n2\n"), s, nil))
		stream := got[*Stream](t)(r.Stream())
		r.Close()
		equal(t, "rows", got[*Batch](t)(stream.All(t.Context())).Len(), 2)
		_, err := r.Rows()
		equal(t, "closed", errors.Is(err, ErrClosed), true)
	}
}

func TestReadersThatAreNeverClosedAreCollected(t *testing.T) {
	m := got[*Memory](t)(NewMemory(0))
	defer m.Close()
	for range 300 {
		s := got[*Schema](t)(ParseSchema("id int64\n", WithMemory(m)))
		r := got[*CSVReader](t)(OpenCSVBytes([]byte("id\n1\n2\n"), s, nil, WithMemory(m)))
		stream := got[*Stream](t)(r.Stream())
		got[*Batch](t)(stream.Next(t.Context()))
	}
	if !collect(func() bool { return m.Usage().Blocks == 0 }) {
		t.Errorf("some are left: %+v", m.Usage())
	}
}

func TestAContextStopsCSV(t *testing.T) {
	s := schema(t, "id int64\n")
	var text strings.Builder
	text.WriteString("id\n")
	for range 300_000 {
		text.WriteString("12345\n")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := reader(t, text.String(), s, nil)
	stream := got[*Stream](t)(r.Stream())
	rows := 0
	var last error
	for batch, err := range stream.Batches(ctx) {
		last = err
		if err == nil {
			rows += batch.Len()
		}
		cancel()
	}
	fails(t, "reading", last, ErrCancelled)
	equal(t, "is the context's error", errors.Is(last, context.Canceled), true)
	if rows == 0 || rows >= 300_000 {
		t.Errorf("%d rows were read", rows)
	}
	over, stop := context.WithCancel(t.Context())
	stop()
	_, err := WriteCSVBytes(over, got[*Stream](t)(reader(t, "id\n1\n", s, nil).Stream()), nil)
	fails(t, "writing", err, ErrCancelled)
}

func TestAContextStopsCountingFromCSV(t *testing.T) {
	s := schema(t, "id int64\n")
	text := "id\n" + strings.Repeat("12345\n", 400_000)
	binding := new(Binding).Rename("order_id", "id").ConstantNull("promised").ConstantNull("delivered")
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		progress := got[*Progress](t)(NewProgress())
		go func() {
			for progress.Done() == 0 && ctx.Err() == nil {
				runtime.Gosched()
			}
			cancel()
		}()
		stream := got[*Stream](t)(reader(t, text, s, &CSVOptions{BatchRows: 1000}).Stream())
		err := state(t, "components=T", nil).UpdateStream(ctx, stream, &UpdateOptions{Progress: progress, Binding: binding})
		cancel()
		progress.Close()
		if err != nil {
			fails(t, "update", err, ErrCancelled)
			equal(t, "is the context's error", errors.Is(err, context.Canceled), true)
			return
		}
	}
	t.Error("none of 50 updates was stopped")
}

func TestLinesFromCSVAreCounted(t *testing.T) {
	s := schema(t, "order text\nstate text\npromised date\ndelivered timestamp null zone=utc\n")
	text := "order,state,promised,delivered\nA,done,2018-08-30,2018-08-30 18:00:00\nB,done,2018-08-30,2018-08-31 00:00:00\nC,dead,2018-08-30,\n"
	binding := new(Binding).Rename("order_id", "order").Rename("status", "state").Value("status", "done", "closed").
		Value("status", "dead", "cancelled_by_customer").Allow("promised", CastDaysTime)
	p := state(t, "components=T", nil)
	must(t, p.UpdateStream(t.Context(), got[*Stream](t)(reader(t, text, s, nil).Stream()), &UpdateOptions{Binding: binding}))
	g := got[Group](t)(finish(t, p).Group(Total))
	equal(t, "on time", g.Rate.Numerator, 1)
	equal(t, "orders", g.Rate.Denominator, 2)
	equal(t, "cancelled", g.Excluded[ReasonCancelledByCustomer], 1)
}
