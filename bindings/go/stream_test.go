package constellation

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

// through sends columns through C and reads them back.
func through(t testing.TB, columns ...Column) *Batch {
	t.Helper()
	s := got[*Stream](t)(NewStream(columns...))
	return got[*Batch](t)(s.All(t.Context()))
}

func TestColumnsOfEveryTypeComeBackAsTheyWent(t *testing.T) {
	valid := []bool{true, false, true}
	b := through(t,
		Int64Column("int64", []int64{math.MinInt64, 0, math.MaxInt64}),
		Int32Column("int32", []int32{math.MinInt32, 0, math.MaxInt32}),
		DoubleColumn("double", []float64{math.Inf(-1), 0, math.MaxFloat64}),
		FlagColumn("flag", []bool{true, false, true}),
		QuantityColumn("quantity", []int64{0, NoQuantity, math.MaxInt64}),
		DecimalColumn("decimal", []int64{math.MinInt64, -1, math.MaxInt64}, 4),
		TextColumn("text", []string{"", "a", "Köln 🚚"}),
		TextBlockColumn("block", []byte("xyzabc"), []int32{1, 1, 3, 6}),
		BytesBlockColumn("bytes", []byte{0, 255, 7}, []int32{0, 1, 3, 3}),
		CodedColumn("coded", []int32{1, 0, 1}, []string{"Air", "Sea"}),
		Int64Column("nulls", []int64{1, 2, 3}).WithNulls(valid),
		TextColumn("null_text", []string{"a", "b", ""}).WithNulls(valid),
		FlagColumn("null_flag", []bool{true, true, false}).WithNulls(valid),
		CodedColumn("null_coded", []int32{1, 99, 0}, []string{"Air", "Sea"}).WithNulls(valid),
	)
	equal(t, "rows", describe(b), "int64=-9223372036854775808 int32=-2147483648 double=-Inf flag=true quantity=0 "+
		"decimal=-922337203685477.5808 text= block= bytes=[0] coded=Sea nulls=1 null_text=a null_flag=true null_coded=Sea \n"+
		"int64=0 int32=0 double=0 flag=false quantity=<nil> decimal=-0.0001 text=a block=yz bytes=[255 7] coded=Air "+
		"nulls=<nil> null_text=<nil> null_flag=<nil> null_coded=<nil> \n"+
		"int64=9223372036854775807 int32=2147483647 double=1.7976931348623157e+308 flag=true quantity=9223372036854775807 "+
		"decimal=922337203685477.5807 text=Köln 🚚 block=abc bytes=[] coded=Sea nulls=3 null_text= null_flag=false null_coded=Air \n")
}

func TestAColumnWithoutAnyValueHasRowsAndNoType(t *testing.T) {
	c := Column{name: "late_cause", typ: TypeNull, rows: 2}
	equal(t, "type", c.Type().String(), "null")
	equal(t, "null", c.IsNull(0) && c.IsNull(1), true)
	equal(t, "text", c.Text(1), "")
	equal(t, "value", c.Value(1), nil)
	_, err := NewStream(c)
	equal(t, "why it cannot go back", fails(t, "a column without a type", err, ErrInvalidArgument).Message,
		"column 'late_cause' has no value and no type; leave it out")
}

func TestTimesDaysAndNumbersKeepTheirNulls(t *testing.T) {
	b := through(t,
		TimeColumn("time", []int64{math.MinInt64 + 1, NoTime, math.MaxInt64}),
		DaysColumn("days", []int32{math.MinInt32, 0, math.MaxInt32}),
		DoubleColumn("double", []float64{1, 2, 3}).WithNulls([]bool{true, false, true}))
	times, days, doubles := b.Columns()[0], b.Columns()[1], b.Columns()[2]
	equal(t, "the least time", times.Int64s()[0], math.MinInt64+1)
	equal(t, "a time that is null", times.Int64s()[1], NoTime)
	equal(t, "the greatest time", times.Int64s()[2], math.MaxInt64)
	equal(t, "null", times.IsNull(1), true)
	equal(t, "no time", times.Time(1), time.Time{})
	equal(t, "the first day", days.Int32s()[0], math.MinInt32)
	equal(t, "day 0", days.Time(1), time.Unix(0, 0).UTC())
	equal(t, "a number that is null is NaN", math.IsNaN(doubles.Doubles()[1]), true)
}

func TestTextIsKeptByteForByte(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<20)
	values := []string{"a\x00b", "", big, "\U0010FFFF", "é"}
	b := through(t, TextColumn("text", values))
	c, _ := b.Column("text")
	for i, v := range values {
		if c.Text(i) != v {
			t.Errorf("text %d of %d bytes came back with %d", i, len(v), len(c.Text(i)))
		}
	}
}

func TestManyRowsWithNullsAtEveryBitComeBack(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 63, 64, 65, 1000} {
		values, valid, flags := make([]int64, n), make([]bool, n), make([]bool, n)
		for i := range n {
			values[i], valid[i], flags[i] = int64(i), i%3 != 1, i%5 < 2
		}
		b := through(t, Int64Column("v", values).WithNulls(valid), FlagColumn("f", flags))
		equal(t, "rows", b.Len(), n)
		v, f := b.Columns()[0], b.Columns()[1]
		for i := range n {
			if v.IsNull(i) == valid[i] || (valid[i] && v.Int64s()[i] != int64(i)) || f.Flags()[i] != flags[i] {
				t.Fatalf("%d rows: row %d is wrong", n, i)
			}
		}
	}
}

func TestColumnsThatDoNotFitAreRefused(t *testing.T) {
	for what, columns := range map[string][]Column{
		"lengths differ":      {Int64Column("a", []int64{1, 2}), Int64Column("b", []int64{1})},
		"marks too few":       {Int64Column("a", []int64{1, 2}).WithNulls([]bool{true})},
		"no offsets":          {TextBlockColumn("a", nil, nil)},
		"offsets descend":     {TextBlockColumn("a", []byte("abc"), []int32{0, 2, 1})},
		"offsets leave":       {TextBlockColumn("a", []byte("abc"), []int32{0, 4})},
		"offsets negative":    {TextBlockColumn("a", []byte("abc"), []int32{-1, 2})},
		"code too great":      {CodedColumn("a", []int32{2}, []string{"x", "y"})},
		"code negative":       {CodedColumn("a", []int32{-1}, []string{"x"})},
		"code without a word": {CodedColumn("a", []int32{0}, nil)},
		"scale":               {DecimalColumn("a", []int64{1}, 19)},
	} {
		_, err := NewStream(columns...)
		e := fails(t, what, err, ErrInvalidArgument)
		if !strings.Contains(e.Message, "'a'") && !strings.Contains(e.Message, "'b'") {
			t.Errorf("%s: the message names no column: %s", what, e.Message)
		}
	}
}

func TestAStreamIsReadOnce(t *testing.T) {
	s := got[*Stream](t)(NewStream(Int64Column("a", []int64{1, 2})))
	got[*Batch](t)(s.Next(t.Context()))
	_, err := s.Next(t.Context())
	equal(t, "end", err, io.EOF)
	_, err = s.Next(t.Context())
	equal(t, "after the end", err, io.EOF)
	for _, err := range s.Batches(t.Context()) {
		t.Fatalf("a batch or an error after the end: %v", err)
	}
	_, err = s.Fields()
	equal(t, "closed", errors.Is(err, ErrClosed), true)
}

func TestLeavingTheLoopReleasesTheStream(t *testing.T) {
	m := got[*Memory](t)(NewMemory(0))
	defer m.Close()
	schema := got[*Schema](t)(ParseSchema("a int64\n", WithMemory(m)))
	rows := got[*Stream](t)(NewStream(Int64Column("a", make([]int64, 1000))))
	bound := got[*Stream](t)(rows.Bind(schema, nil, WithMemory(m)))
	for batch, err := range bound.Batches(t.Context()) {
		must(t, err)
		if batch.Len() > 0 {
			break
		}
	}
	if p := bound.Pointer(); p != nil {
		t.Error("the stream is still there")
	}
	schema.Close()
	bound.keep.close()
	equal(t, "blocks in use", m.Usage().Blocks, 0)
}

func TestAContextThatIsOverStopsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := got[*Stream](t)(NewStream(Int64Column("a", []int64{1})))
	cancel()
	_, err := s.Next(ctx)
	fails(t, "next", err, ErrCancelled)
	_, err = s.Next(t.Context())
	fails(t, "again", err, ErrCancelled)
}

func TestFieldsSayWhatColumnsAre(t *testing.T) {
	s := got[*Stream](t)(NewStream(DecimalColumn("d", []int64{1}, 2), TimeColumn("t", []int64{1}), CodedColumn("c", []int32{0}, []string{"x"})))
	defer s.Close()
	fields := got[[]Field](t)(s.Fields())
	equal(t, "decimal", fields[0].Type, TypeDecimal)
	equal(t, "scale", fields[0].Scale, 2)
	equal(t, "time", fields[1].Format, "tsu:UTC")
	equal(t, "coded", fields[2].Type, TypeText)
	equal(t, "name of a type", TypeTime.String(), "timestamp")
}

func TestASecondOfEveryColumnAccessorIsByType(t *testing.T) {
	c := TextColumn("a", []string{"x", "y"}).WithNulls([]bool{true, false})
	equal(t, "text", c.Text(0), "x")
	equal(t, "null text", c.Text(1), "")
	equal(t, "null", c.IsNull(1), true)
	if c.Int64s() != nil || c.Int32s() != nil || c.Doubles() != nil || c.Flags() != nil {
		t.Error("a text column has numbers")
	}
	equal(t, "no time", c.Time(0), time.Time{})
	equal(t, "coded has no numbers", CodedColumn("c", []int32{0}, []string{"x"}).Int32s() == nil, true)
	equal(t, "bytes of a number", Int64Column("n", []int64{1}).Bytes(0) == nil, true)
	equal(t, "renamed", c.Renamed("b").Name(), "b")
	defer func() {
		if recover() == nil {
			t.Error("a row out of range is no panic")
		}
	}()
	c.IsNull(2)
}

func TestBindConvertsAndReportsRows(t *testing.T) {
	schema := got[*Schema](t)(ParseSchema("id int64\nprice decimal scale=2 null\nwhen timestamp null\nstatus text null\ncurrency text\n"))
	defer schema.Close()
	rows := got[*Stream](t)(NewStream(
		Int64Column("order", []int64{1, 2, 3}),
		TextColumn("price", []string{"1.50", "x", "-0.25"}),
		TextColumn("when", []string{"2018-01-02", "2018-01-03", "2018-01-04"}),
		TextColumn("status", []string{"delivered", "lost", "other"})))
	utc := got[*Zone](t)(FixedZone(0))
	defer utc.Close()
	binding := new(Binding).Rename("id", "order").Allow("", CastText).Zone("", utc).Constant("currency", "EUR").
		Value("status", "delivered", "closed").OtherValuesNull("status")
	must(t, binding.Check())
	bound := got[*Stream](t)(rows.Bind(schema, binding))
	b := got[*Batch](t)(bound.All(t.Context()))
	equal(t, "rows", describe(b), "id=1 price=1.50 when=2018-01-02 00:00:00 +0000 UTC status=closed currency=EUR \n"+
		"id=3 price=-0.25 when=2018-01-04 00:00:00 +0000 UTC status=<nil> currency=EUR \n")
	bad, total, err := bound.BadRows()
	must(t, err)
	equal(t, "bad rows", total, 1)
	equal(t, "row", bad[0].Row, 1)
	equal(t, "column", bad[0].Column, "price")
	equal(t, "code", bad[0].Code, RowNumber)
	equal(t, "value", bad[0].Value, "x")
	fails(t, "scale", new(Binding).Scale("price", 19).Check(), ErrInvalidArgument)
}

func TestEveryKindOfBindingStepIsTaken(t *testing.T) {
	zone := got[*Zone](t)(FixedZone(3600))
	defer zone.Close()
	b := new(Binding).Rename("a", "b").Constant("c", "1").ConstantNull("d").Value("e", "x", "y").ValueNull("e", "z").OtherValues("e", "w").
		OtherValuesNull("f").Zone("", zone).Zone("g", zone).Scale("h", 2).Form("", "DD.MM.YYYY").Form("g", "YYYYMMDD").
		Allow("", CastText).Allow("i", CastText|CastIntegral).Strict(true).Strict(false).Trust(true).Trust(false)
	must(t, b.Check())
	must(t, new(Binding).Check())
	must(t, (*Binding)(nil).Check())
	zone.Close()
	if !errors.Is(b.Check(), ErrClosed) {
		t.Error("a zone that is closed is no error")
	}
}

func TestInvalidUTF8IsABadRow(t *testing.T) {
	schema := got[*Schema](t)(ParseSchema("a text\n"))
	defer schema.Close()
	rows := got[*Stream](t)(NewStream(TextColumn("a", []string{"good", "\xff\xfe", "a\x00b"})))
	bound := got[*Stream](t)(rows.Bind(schema, nil))
	b := got[*Batch](t)(bound.All(t.Context()))
	equal(t, "rows", describe(b), "a=good \na=a\x00b \n")
	bad, total, err := bound.BadRows()
	must(t, err)
	equal(t, "bad rows", total, 1)
	equal(t, "code", bad[0].Code, RowUTF8)
}

func TestEmptyStreamsHaveColumnsAndNoRows(t *testing.T) {
	b := through(t, Int64Column("a", nil), TextColumn("b", nil))
	equal(t, "rows", b.Len(), 0)
	equal(t, "columns", len(b.Columns()), 2)
	if _, ok := b.Column("nobody"); ok {
		t.Error("a column that is not there was found")
	}
	if !bytes.Equal(b.Columns()[1].text, nil) {
		t.Error("an empty column has text")
	}
}

func TestTrustedTextIsNotChecked(t *testing.T) {
	schema := got[*Schema](t)(ParseSchema("a text\n"))
	defer schema.Close()
	for _, trusted := range []bool{false, true} {
		rows := got[*Stream](t)(NewStream(TextColumn("a", []string{"good", "\xff\xfe"})))
		bound := got[*Stream](t)(rows.Bind(schema, new(Binding).Trust(trusted)))
		b := got[*Batch](t)(bound.All(t.Context()))
		_, total, err := bound.BadRows()
		must(t, err)
		if trusted {
			equal(t, "rows", describe(b), "a=good \na=\xff\xfe \n")
			equal(t, "bad rows", total, 0)
		} else {
			equal(t, "rows", describe(b), "a=good \n")
			equal(t, "bad rows", total, 1)
		}
	}
}

func TestATrustedUpdateTakesTextAsItIs(t *testing.T) {
	for _, trusted := range []bool{false, true} {
		p := got[*PerfectOrder](t)(NewPerfectOrder(got[*Policy](t)(NewPolicy("components=T")), time.Unix(0, 0), &PerfectOrderConfig{By: []string{"carrier"}}))
		err := p.UpdateColumns(t.Context(), []Column{Int64Column("order_id", []int64{1, 2}), DaysColumn("promised", []int32{-9, -9}),
			DaysColumn("delivered", []int32{-9, -9}), TextColumn("carrier", []string{"sea", "\xff"})}, &UpdateOptions{Trusted: trusted})
		if trusted {
			must(t, err)
		} else {
			fails(t, "checked", err, ErrRows)
		}
		must(t, p.Close())
	}
}
