package arrowbridge

import (
	"errors"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

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

// counting is C memory with a count that may be read while others use it.
type counting struct {
	inner *mallocator.Mallocator
	bytes atomic.Int64
}

func newCounting() *counting { return &counting{inner: mallocator.NewMallocator()} }

func (c *counting) Allocate(size int) []byte {
	b := c.inner.Allocate(size)
	c.bytes.Add(int64(len(b)))
	return b
}

func (c *counting) Reallocate(size int, b []byte) []byte {
	old := len(b)
	b = c.inner.Reallocate(size, b)
	c.bytes.Add(int64(len(b) - old))
	return b
}

func (c *counting) Free(b []byte) {
	c.bytes.Add(-int64(len(b)))
	c.inner.Free(b)
}

func (c *counting) AllocatedBytes() int64 { return c.bytes.Load() }

func field(name string, dt arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: dt, Nullable: true}
}

func lineSchema() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		field("order_id", arrow.PrimitiveTypes.Int64),
		field("promised", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}),
		field("delivered", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}),
		field("qty", arrow.PrimitiveTypes.Int32),
		field("qty_delivered", arrow.PrimitiveTypes.Int32),
		field("carrier", arrow.BinaryTypes.String),
	}, nil)
}

// lines are rows from..to of orders of two lines: one order in four has a late line.
func lines(mem memory.Allocator, from, to int) arrow.RecordBatch {
	b := array.NewRecordBuilder(mem, lineSchema())
	defer b.Release()
	at := func(day int) arrow.Timestamp {
		return arrow.Timestamp(time.Date(2018, 1, day, 0, 0, 0, 0, time.UTC).UnixMicro())
	}
	for i := from; i < to; i++ {
		b.Field(0).(*array.Int64Builder).Append(int64(i / 2))
		b.Field(1).(*array.TimestampBuilder).Append(at(10))
		if i%8 == 0 {
			b.Field(2).(*array.TimestampBuilder).Append(at(12))
		} else {
			b.Field(2).(*array.TimestampBuilder).Append(at(9))
		}
		b.Field(3).(*array.Int32Builder).Append(5)
		b.Field(4).(*array.Int32Builder).Append(5)
		if i%6 == 5 {
			b.Field(5).(*array.StringBuilder).AppendNull()
		} else {
			b.Field(5).(*array.StringBuilder).Append([]string{"Air", "", "Sea"}[i/2%3])
		}
	}
	return b.NewRecordBatch()
}

// reader gives the rows in batches that are slices of one.
func reader(t testing.TB, mem memory.Allocator, n, each int) array.RecordReader {
	t.Helper()
	whole := lines(mem, 0, n)
	defer whole.Release()
	batches := []arrow.RecordBatch{}
	for i := 0; i < n; i += each {
		part := whole.NewSlice(int64(i), int64(min(i+each, n)))
		defer part.Release()
		batches = append(batches, part)
	}
	return got[array.RecordReader](t)(array.NewRecordReader(lineSchema(), batches))
}

func state(t testing.TB, by ...string) *constellation.PerfectOrder {
	t.Helper()
	policy := got[*constellation.Policy](t)(constellation.NewPolicy("components=TF"))
	t.Cleanup(func() { policy.Close() })
	s := got[*constellation.PerfectOrder](t)(constellation.NewPerfectOrder(policy, time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC),
		&constellation.PerfectOrderConfig{By: by}))
	t.Cleanup(func() { s.Close() })
	return s
}

func total(t testing.TB, s *constellation.PerfectOrder) constellation.Rate {
	t.Helper()
	r := got[*constellation.Result](t)(s.Finish(t.Context()))
	defer r.Close()
	return got[constellation.Rate](t)(r.Rate(constellation.Total))
}

func TestRecordBatchesAreCounted(t *testing.T) {
	for _, each := range []int{1, 3, 7, 64, 400} {
		records := reader(t, memory.DefaultAllocator, 400, each)
		s := state(t)
		must(t, s.UpdateStream(t.Context(), got[*constellation.Stream](t)(FromReader(records)), nil))
		records.Release()
		rate := total(t, s)
		equal(t, "orders", rate.Denominator, 200)
		equal(t, "perfect", rate.Numerator, 150)
	}
}

func TestRecordBatchesInCMemoryNeedNoCopy(t *testing.T) {
	mem := newCounting()
	records := reader(t, mem, 400, 50)
	s := state(t)
	must(t, s.UpdateStream(t.Context(), got[*constellation.Stream](t)(FromReader(records, NoCopy())), nil))
	records.Release()
	equal(t, "perfect", total(t, s).Numerator, 150)
	equal(t, "bytes left", mem.AllocatedBytes(), int64(0))
}

func TestAResultComesAsRecordBatches(t *testing.T) {
	s := state(t, "carrier")
	records := reader(t, memory.DefaultAllocator, 96, 32)
	defer records.Release()
	must(t, s.UpdateStream(t.Context(), got[*constellation.Stream](t)(FromReader(records)), nil))
	r := got[*constellation.Result](t)(s.Finish(t.Context()))
	rates := got[array.RecordReader](t)(ToReader(got[*constellation.Stream](t)(r.Rates())))
	defer rates.Release()
	r.Close()
	column := rates.Schema().FieldIndices("denominator")
	equal(t, "columns called denominator", len(column), 1)
	var orders, rows int64
	for rates.Next() {
		for _, n := range rates.RecordBatch().Column(column[0]).(*array.Int64).Int64Values() {
			orders += n
		}
		rows += rates.RecordBatch().NumRows()
	}
	must(t, rates.Err())
	equal(t, "orders", orders, 48)
	equal(t, "groups", rows > 2, true)
}

// everyType is a batch with each type that the copy cuts in a way of its own.
func everyType(mem memory.Allocator, n int) arrow.RecordBatch {
	fields := []arrow.Field{
		field("bool", arrow.FixedWidthTypes.Boolean), field("int8", arrow.PrimitiveTypes.Int8), field("double", arrow.PrimitiveTypes.Float64),
		field("decimal", &arrow.Decimal128Type{Precision: 19, Scale: 2}), field("text", arrow.BinaryTypes.String),
		field("large", arrow.BinaryTypes.LargeString), field("bytes", arrow.BinaryTypes.Binary),
		field("dictionary", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}),
		field("view", arrow.BinaryTypes.StringView), field("bytes_view", arrow.BinaryTypes.BinaryView), field("null", arrow.Null),
		field("list", arrow.ListOf(arrow.PrimitiveTypes.Int32)), field("days", arrow.FixedWidthTypes.Date32),
		field("fixed", &arrow.FixedSizeBinaryType{ByteWidth: 3}),
	}
	b := array.NewRecordBuilder(mem, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i := range n {
		if i%5 == 3 {
			for _, f := range b.Fields() {
				f.AppendNull()
			}
			continue
		}
		text := strings.Repeat("é", i%7) + "x"
		b.Field(0).(*array.BooleanBuilder).Append(i%3 == 0)
		b.Field(1).(*array.Int8Builder).Append(int8(i))
		b.Field(2).(*array.Float64Builder).Append(float64(i) / 3)
		b.Field(3).(*array.Decimal128Builder).Append(decimal128.FromI64(int64(-i)))
		b.Field(4).(*array.StringBuilder).Append(text)
		b.Field(5).(*array.LargeStringBuilder).Append(text)
		b.Field(6).(*array.BinaryBuilder).Append([]byte(text))
		must2(b.Field(7).(*array.BinaryDictionaryBuilder).AppendString(text))
		b.Field(8).(*array.StringViewBuilder).Append(text + "a text that is longer than a view holds")
		b.Field(9).(*array.BinaryViewBuilder).Append([]byte(text))
		b.Field(10).AppendNull()
		list := b.Field(11).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Int32Builder).Append(int32(i))
		b.Field(12).(*array.Date32Builder).Append(arrow.Date32(i))
		b.Field(13).(*array.FixedSizeBinaryBuilder).Append([]byte{1, 2, byte(i)})
	}
	return b.NewRecordBatch()
}

func must2(err error) {
	if err != nil {
		panic(err)
	}
}

// showsTheSame compares value by value, since views come back as plain text.
func showsTheSame(a, b arrow.RecordBatch) bool {
	if a.NumRows() != b.NumRows() || a.NumCols() != b.NumCols() {
		return false
	}
	for i := range int(a.NumCols()) {
		x, y := a.Column(i), b.Column(i)
		if plainType(x.DataType()) == x.DataType() {
			if !array.Equal(x, y) {
				return false
			}
			continue
		}
		for row := range x.Len() {
			if x.IsNull(row) != y.IsNull(row) || x.ValueStr(row) != y.ValueStr(row) {
				return false
			}
		}
	}
	return true
}

func TestACopyShowsTheSameRows(t *testing.T) {
	const n = 200
	whole := everyType(memory.DefaultAllocator, n)
	defer whole.Release()
	schema := plainSchema(whole.Schema())
	mem := newCounting()
	for _, cut := range [][2]int64{{0, n}, {0, 0}, {1, 2}, {7, 70}, {8, 64}, {63, 130}, {199, 200}, {200, 200}} {
		part := whole.NewSlice(cut[0], cut[1])
		copied := copyBatch(schema, part, mem)
		if !showsTheSame(part, copied) {
			t.Errorf("rows %v: the copy shows other rows", cut)
		}
		again := copied.NewSlice(copied.NumRows()/2, copied.NumRows())
		twice := copyBatch(schema, again, mem)
		if !showsTheSame(again, twice) {
			t.Errorf("rows %v: a copy of half the copy shows other rows", cut)
		}
		for _, r := range []arrow.RecordBatch{part, copied, again, twice} {
			r.Release()
		}
	}
	equal(t, "bytes left", mem.AllocatedBytes(), int64(0))
}

func TestACopyOfASliceIsAsSmallAsTheSlice(t *testing.T) {
	whole := lines(memory.DefaultAllocator, 0, 100_000)
	defer whole.Release()
	part := whole.NewSlice(50_000, 50_010)
	defer part.Release()
	mem := newCounting()
	copied := copyBatch(part.Schema(), part, mem)
	defer copied.Release()
	if bytes := mem.AllocatedBytes(); bytes > 4096 {
		t.Errorf("a copy of 10 rows has %d bytes", bytes)
	}
}

func TestWhatIsNoTableIsRefusedByName(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{field("lines", arrow.ListOf(arrow.PrimitiveTypes.Int32)), field("order_id", arrow.PrimitiveTypes.Int64)}, nil)
	records := got[array.RecordReader](t)(array.NewRecordReader(schema, nil))
	defer records.Release()
	s := got[*constellation.Stream](t)(FromReader(records))
	err := state(t, "lines").UpdateStream(t.Context(), s, nil)
	if !errors.Is(err, constellation.ErrSchema) || !strings.Contains(err.Error(), "lines") {
		t.Errorf("error %v", err)
	}
}

// brokenReader fails or panics at its second batch.
type brokenReader struct {
	array.RecordReader
	batches int
	panics  bool
}

func (r *brokenReader) Next() bool {
	r.batches++
	if r.batches == 2 && r.panics {
		panic("the cable was cut")
	}
	return r.batches < 2 && r.RecordReader.Next()
}

func (r *brokenReader) Err() error {
	if r.batches >= 2 {
		return errors.New("the disk is gone")
	}
	return nil
}

func TestAReaderThatFailsIsAnErrorWithItsWords(t *testing.T) {
	for _, panics := range []bool{false, true} {
		inner := reader(t, memory.DefaultAllocator, 40, 10)
		s := state(t)
		before := got[[]byte](t)(s.Serialize(t.Context()))
		stream := got[*constellation.Stream](t)(FromReader(&brokenReader{RecordReader: inner, panics: panics}))
		err := s.UpdateStream(t.Context(), stream, nil)
		inner.Release()
		want := "the disk is gone"
		if panics {
			want = "the cable was cut"
		}
		if !errors.Is(err, constellation.ErrStream) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		equal(t, "state", string(got[[]byte](t)(s.Serialize(t.Context()))), string(before))
	}
}

func TestStreamsThatAreNeverReadAreReleased(t *testing.T) {
	mem := newCounting()
	for range 50 {
		records := reader(t, mem, 20, 10)
		closed := got[*constellation.Stream](t)(FromReader(records, NoCopy()))
		closed.Close()
		got[*constellation.Stream](t)(FromReader(records, NoCopy()))
		records.Release()
	}
	for range 100 {
		runtime.GC()
		if mem.AllocatedBytes() == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d bytes are left", mem.AllocatedBytes())
}

func TestNothingToHandOverIsAnError(t *testing.T) {
	_, err := FromReader(nil)
	if !errors.Is(err, constellation.ErrInvalidArgument) {
		t.Errorf("error %v", err)
	}
	_, err = ToReader(nil)
	if !errors.Is(err, constellation.ErrInvalidArgument) {
		t.Errorf("error %v", err)
	}
	s := got[*constellation.Stream](t)(constellation.NewStream(constellation.Int64Column("a", []int64{1})))
	s.Close()
	_, err = ToReader(s)
	if !errors.Is(err, constellation.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestColumnsTravelToArrowAndBack(t *testing.T) {
	s := got[*constellation.Stream](t)(constellation.NewStream(
		constellation.Int64Column("a", []int64{1, 2, 3}).WithNulls([]bool{true, false, true}),
		constellation.TextColumn("b", []string{"x", "", "é"}),
		constellation.FlagColumn("c", []bool{true, false, true}),
		constellation.CodedColumn("d", []int32{1, 0, 1}, []string{"Air", "Sea"})))
	records := got[array.RecordReader](t)(ToReader(s))
	defer records.Release()
	back := got[*constellation.Stream](t)(FromReader(records))
	b := got[*constellation.Batch](t)(back.All(t.Context()))
	equal(t, "rows", b.Len(), 3)
	equal(t, "null", b.Columns()[0].IsNull(1), true)
	equal(t, "number", b.Columns()[0].Int64s()[2], 3)
	equal(t, "text", b.Columns()[1].Text(2), "é")
	equal(t, "flag", b.Columns()[2].Flags()[2], true)
	equal(t, "coded", b.Columns()[3].Text(0), "Sea")
}

func BenchmarkFromReader(b *testing.B) {
	whole := lines(memory.DefaultAllocator, 0, 100_000)
	defer whole.Release()
	for b.Loop() {
		records := got[array.RecordReader](b)(array.NewRecordReader(lineSchema(), []arrow.RecordBatch{whole}))
		stream := got[*constellation.Stream](b)(FromReader(records))
		for _, err := range stream.Batches(b.Context()) {
			must(b, err)
		}
		records.Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/row")
}

// oneColumn counts three orders whose quantity is the column.
func oneColumn(t testing.TB, quantity arrow.Array, binding *constellation.Binding) (constellation.Rate, error) {
	t.Helper()
	mem := memory.DefaultAllocator
	rest := lines(mem, 0, 6)
	defer rest.Release()
	part := rest.NewSlice(0, 3)
	defer part.Release()
	ids := array.NewInt64Builder(mem)
	defer ids.Release()
	ids.AppendValues([]int64{1, 2, 3}, nil)
	id := ids.NewArray()
	defer id.Release()
	schema := arrow.NewSchema([]arrow.Field{field("order_id", id.DataType()), part.Schema().Field(1), part.Schema().Field(2),
		field("qty", quantity.DataType()), field("qty_delivered", quantity.DataType())}, nil)
	batch := array.NewRecordBatch(schema, []arrow.Array{id, part.Column(1), part.Column(2), quantity, quantity}, 3)
	defer batch.Release()
	records := got[array.RecordReader](t)(array.NewRecordReader(schema, []arrow.RecordBatch{batch}))
	defer records.Release()
	s := state(t)
	err := s.UpdateStream(t.Context(), got[*constellation.Stream](t)(FromReader(records)), &constellation.UpdateOptions{Binding: binding})
	return total(t, s), err
}

func TestIntegersThatDoNotFitAreBadRowsAndNeverWrap(t *testing.T) {
	b := array.NewUint64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues([]uint64{1<<63 - 1, 1 << 63, 1}, nil)
	quantity := b.NewArray()
	defer quantity.Release()
	rate, err := oneColumn(t, quantity, nil)
	var e *constellation.Error
	if !errors.As(err, &e) || !errors.Is(err, constellation.ErrRows) {
		t.Fatalf("error %v, want rows", err)
	}
	equal(t, "row", e.Rows[0].Row, 1)
	equal(t, "rule", e.Rows[0].Code, constellation.RowRange)
	equal(t, "value", e.Rows[0].Value, "9223372036854775808")
	equal(t, "others are in", rate.Denominator, 2)
}

func TestNaNIsABadRowUnlessItMeansNull(t *testing.T) {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues([]float64{1, math.NaN(), 2.5}, nil)
	quantity := b.NewArray()
	defer quantity.Release()
	_, err := oneColumn(t, quantity, nil)
	if !errors.Is(err, constellation.ErrSchema) {
		t.Errorf("doubles without a cast: error %v, want schema", err)
	}
	_, err = oneColumn(t, quantity, new(constellation.Binding).Allow("", constellation.CastIntegral))
	var e *constellation.Error
	if !errors.As(err, &e) || !errors.Is(err, constellation.ErrRows) {
		t.Fatalf("error %v, want rows", err)
	}
	codes := map[uint64]constellation.RowCode{}
	for _, row := range e.Rows {
		codes[row.Row] = row.Code
	}
	equal(t, "NaN", codes[1], constellation.RowNaN)
	equal(t, "a fraction", codes[2], constellation.RowFraction)
}

func TestViewsAndDictionariesAreText(t *testing.T) {
	whole := everyType(memory.DefaultAllocator, 9)
	defer whole.Release()
	for _, name := range []string{"view", "dictionary", "large"} {
		i := whole.Schema().FieldIndices(name)[0]
		schema := arrow.NewSchema([]arrow.Field{field("text", whole.Column(i).DataType())}, nil)
		batch := array.NewRecordBatch(schema, []arrow.Array{whole.Column(i)}, whole.NumRows())
		records := got[array.RecordReader](t)(array.NewRecordReader(schema, []arrow.RecordBatch{batch}))
		want := got[*constellation.Schema](t)(constellation.ParseSchema("text text null\n"))
		bound := got[*constellation.Stream](t)(got[*constellation.Stream](t)(FromReader(records)).Bind(want, nil))
		b := got[*constellation.Batch](t)(bound.All(t.Context()))
		equal(t, name+": rows", b.Len(), 9)
		for row := range b.Len() {
			equal(t, name+": null", b.Columns()[0].IsNull(row), whole.Column(i).IsNull(row))
			if !whole.Column(i).IsNull(row) {
				equal(t, name+": text", b.Columns()[0].Text(row), whole.Column(i).ValueStr(row))
			}
		}
		want.Close()
		records.Release()
		batch.Release()
	}
}
