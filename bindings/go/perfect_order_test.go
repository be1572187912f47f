package constellation

import (
	"bytes"
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// lenient assesses what someLines have: on time and in full.
const lenient = "components=TF"

func finish(t testing.TB, p *PerfectOrder) *Result {
	t.Helper()
	r := got[*Result](t)(p.Finish(t.Context()))
	t.Cleanup(func() { r.Close() })
	return r
}

func serialized(t testing.TB, p *PerfectOrder) []byte {
	t.Helper()
	return got[[]byte](t)(p.Serialize(t.Context()))
}

func TestAnOrderIsPerfectWhenAllItsLinesAre(t *testing.T) {
	p := state(t, lenient, nil)
	must(t, p.Update(t.Context(), someLines(24), nil))
	r := finish(t, p)
	g := got[Group](t)(r.Group(Total))
	equal(t, "orders", g.Rate.Denominator, 24)
	equal(t, "late", g.Patterns[OnTime], 6)
	equal(t, "short", g.Patterns[InFull], 3)
	equal(t, "perfect", g.Rate.Numerator, 15)
	equal(t, "perfect by pattern", g.Patterns[0], 15)
	equal(t, "on time", g.Components[0].Numerator, 18)
	equal(t, "in full", g.Components[1].Numerator, 21)
	equal(t, "rate", got[Rate](t)(r.Rate(Total)), g.Rate)
	equal(t, "on time alone", got[Rate](t)(r.Component(Total, OnTime)), g.Components[0])
	equal(t, "if nothing were late", got[Rate](t)(r.Lever(Total, OnTime)).Numerator, 21)
	equal(t, "if all were mended", got[Rate](t)(r.Lever(Total, OnTime|InFull)).Numerator, 24)
	equal(t, "pattern", got[int64](t)(r.Pattern(Total, InFull)), 3)
	equal(t, "excluded", got[int64](t)(r.Excluded(Total, ReasonNone)), 0)
	equal(t, "pending", got[int64](t)(r.Pending(Total)), 0)
	equal(t, "provisional", got[int64](t)(r.Provisional(Total)), g.Provisional)
	equal(t, "policy", r.Policy().Digest(), policy(t, lenient).Digest())
	equal(t, "as of", r.AsOf(), asOf())
	near(t, "Wilson", g.Rate.Low, 0.427099624426743, 1e-14)
}

func TestAStateSaysWhichColumnsItLooksAt(t *testing.T) {
	policy := got[*Policy](t)(NewPolicy("components=T"))
	defer policy.Close()
	p := got[*PerfectOrder](t)(NewPerfectOrder(policy, time.Unix(0, 0), &PerfectOrderConfig{By: []string{"carrier"}}))
	columns := got[[]string](t)(p.Columns(t.Context()))
	for name, want := range map[string]bool{"order_id": true, "delivered": true, "carrier": true, "damaged": false} {
		equal(t, name, slices.Contains(columns, name), want)
	}
	must(t, p.Close())
	_, err := p.Columns(t.Context())
	fails(t, "closed", err, ErrInvalidArgument)
}

func TestTheBatchAgreesWithTheJudge(t *testing.T) {
	lines := someLines(40)
	p := state(t, lenient, nil)
	must(t, p.Update(t.Context(), lines, nil))
	r := finish(t, p)
	var patterns [16]int64
	for i := 0; i < len(lines.OrderID); i += 2 {
		order := []OrderLine{}
		for j := i; j < i+2; j++ {
			order = append(order, OrderLine{LineNumber: lines.LineNumber[j], Ordered: TimeOf(lines.Ordered[j]), Promised: TimeOf(lines.Promised[j]),
				Delivered: TimeOf(lines.Delivered[j]), Quantity: Qty(lines.Qty[j]), QuantityDelivered: Qty(lines.QtyDelivered[j])})
		}
		patterns[got[*Verdict](t)(JudgeOrder(policy(t, lenient), asOf(), nil, order)).Pattern]++
	}
	equal(t, "patterns", got[Group](t)(r.Group(Total)).Patterns, patterns)
}

func TestGroupsAreSortedAndNamed(t *testing.T) {
	p := state(t, lenient, &PerfectOrderConfig{By: []string{"carrier", "month(due)"}, Rollup: true})
	must(t, p.Update(t.Context(), someLines(30), nil))
	r := finish(t, p)
	var units int64
	seen := map[string]int64{}
	for g := range r.Len() {
		carrier, ok, err := r.Key(g, 0)
		must(t, err)
		month, _, err := r.Key(g, 1)
		must(t, err)
		equal(t, "carrier is known", ok, true)
		rate := got[Rate](t)(r.Rate(g))
		seen[carrier+" "+month] = rate.Denominator
		if month == "2018-01" {
			units += rate.Denominator
		}
	}
	equal(t, "orders", units, 30)
	equal(t, "Air in January", seen["Air 2018-01"], 10)
	equal(t, "all of Air", seen["Air (all)"], 10)
	equal(t, "everything", seen["(all) (all)"], 30)
	for _, g := range []int{-2, r.Len(), math.MaxInt, math.MinInt} {
		_, err := r.Rate(g)
		fails(t, "group", err, ErrInvalidArgument)
	}
	_, _, err := r.Key(0, 4)
	fails(t, "dimension", err, ErrInvalidArgument)
	_, err = r.Pattern(0, 16)
	fails(t, "pattern", err, ErrInvalidArgument)
	_, err = r.Excluded(0, Reasons)
	fails(t, "reason", err, ErrInvalidArgument)
	_, err = r.Component(0, OnTime|InFull)
	fails(t, "two components", err, ErrInvalidArgument)
	_, err = r.Lever(0, 0)
	fails(t, "no components", err, ErrInvalidArgument)
}

func TestDamagedBytesAreCorrupt(t *testing.T) {
	data := serialized(t, counted(t, someLines(8)))
	for _, cut := range []int{0, 1, 7, len(data) / 2, len(data) - 1} {
		_, err := DeserializePerfectOrder(data[:cut], nil)
		fails(t, "cut", err, ErrCorrupt)
	}
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= 1
		p, err := DeserializePerfectOrder(damaged, nil)
		if err == nil {
			p.Close()
			t.Fatalf("a flipped bit in byte %d of %d is not noticed", i, len(data))
		}
	}
	_, err := DeserializePerfectOrder(append(bytes.Clone(data), 0), nil)
	fails(t, "too long", err, ErrCorrupt)
}

func TestABadConfigurationIsRefused(t *testing.T) {
	p := policy(t, lenient)
	for what, config := range map[string]*PerfectOrderConfig{
		"a dimension twice": {By: []string{"carrier", "carrier"}},
		"no such basis":     {By: []string{"month(moon)"}},
		"five dimensions":   {By: []string{"a", "b", "c", "d", "e"}},
		"empty dimension":   {By: []string{""}},
		"clustering":        {Clustering: 9},
	} {
		_, err := NewPerfectOrder(p, asOf(), config)
		fails(t, what, err, ErrInvalidArgument)
	}
	_, err := NewPerfectOrder(p, time.Time{}, nil)
	fails(t, "as-of time", err, ErrInvalidArgument)
	_, err = NewPerfectOrder(p, time.Unix(1<<60, 0), nil)
	fails(t, "as-of time far away", err, ErrOverflow)
	_, err = NewPerfectOrder(policy(t, "zone=tzif:"+strings.Repeat("0", 64)), asOf(), nil)
	fails(t, "no zone", err, ErrInvalidArgument)
}

func TestAnAbsentColumnIsNamed(t *testing.T) {
	p := state(t, lenient, &PerfectOrderConfig{By: []string{"carrier"}})
	lines := someLines(2)
	lines.Promised, lines.Extra = nil, nil
	before := serialized(t, p)
	e := fails(t, "update", p.Update(t.Context(), lines, nil), ErrSchema)
	if !strings.Contains(e.Message, "promised") || !strings.Contains(e.Message, "carrier") {
		t.Errorf("the message does not name both: %s", e.Message)
	}
	if !bytes.Equal(before, serialized(t, p)) {
		t.Error("the state changed")
	}
	e = fails(t, "another type", p.UpdateColumns(t.Context(), []Column{TextColumn("promised", []string{"soon"})}, nil), ErrSchema)
	if !strings.Contains(e.Message, "promised") {
		t.Errorf("the message does not name the column: %s", e.Message)
	}
}

func TestBadRowsAreLeftOutAndListed(t *testing.T) {
	p := state(t, lenient, nil)
	lines := someLines(4)
	lines.Qty[3] = -5
	lines.Qty[5] = 0
	e := fails(t, "update", p.Update(t.Context(), lines, nil), ErrRows)
	equal(t, "rows", e.TotalRows, 2)
	equal(t, "listed", len(e.Rows), 2)
	equal(t, "first", e.Rows[0].Row, 3)
	equal(t, "second", e.Rows[1].Row, 5)
	for _, row := range e.Rows {
		equal(t, "column", row.Column, "qty")
		equal(t, "rule", row.Code, RowNotPositive)
		if !strings.Contains(row.Message, "qty") {
			t.Errorf("the message names no column: %s", row.Message)
		}
	}
	equal(t, "value", e.Rows[0].Value, "-5")
	if !strings.Contains(e.Error(), "CSTN_E_ROWS") {
		t.Errorf("text of the error: %v", e)
	}
	r := finish(t, p)
	equal(t, "good orders", got[Rate](t)(r.Rate(Total)).Denominator, 2)
	equal(t, "bad input", got[int64](t)(r.Excluded(Total, ReasonBadInput)), 2)
}

func TestNullsOfColumnsAreNotZero(t *testing.T) {
	p := state(t, lenient, nil)
	lines := someLines(4)
	lines.Delivered[0], lines.QtyDelivered[0] = NoTime, 0
	lines.QtyDelivered[2] = NoQuantity
	lines.Promised[4], lines.Promised[5] = NoTime, NoTime
	must(t, p.Update(t.Context(), lines, nil))
	r := finish(t, p)
	equal(t, "no quantity", got[int64](t)(r.Excluded(Total, ReasonUnassessedInFull)), 1)
	equal(t, "no promise", got[int64](t)(r.Excluded(Total, ReasonNoPromise)), 1)
	equal(t, "no delivery is overdue and open", got[int64](t)(r.Pattern(Total, OnTime|InFull)), 1)
	equal(t, "counted", got[Rate](t)(r.Rate(Total)).Denominator, 2)
}

func TestCompleteLinesGiveTheSameBytes(t *testing.T) {
	lines := someLines(100)
	want := serialized(t, counted(t, lines))
	lines.Complete = true
	if !bytes.Equal(serialized(t, counted(t, lines)), want) {
		t.Error("the word that there are no nulls shows in the bytes")
	}
	lines.Delivered[3], lines.QtyDelivered[5], lines.Promised[7] = NoTime, NoQuantity, NoTime
	p := state(t, lenient, nil)
	err := p.Update(t.Context(), lines, nil)
	if err != nil && !errors.Is(err, ErrRows) {
		t.Errorf("a broken word gives %v, want rows that count or are left out", err)
	}
	r := finish(t, p)
	g := got[Group](t)(r.Group(Total))
	equal(t, "every order is somewhere", g.Rate.Denominator+g.Excluded[0]+g.Pending, 100)
}

func TestExtremeNumbersNeverWrap(t *testing.T) {
	p := state(t, "components=T weight=quantity", nil)
	lines := &OrderLines{OrderID: []int64{math.MinInt64, math.MaxInt64, 0}, Promised: []int64{day(1), day(1), day(1)},
		Delivered: []int64{day(1), day(1), day(1)}, Qty: []int64{math.MaxInt64, math.MaxInt64, 1}}
	must(t, p.Update(t.Context(), lines, nil))
	_, err := p.Finish(t.Context())
	fails(t, "a sum that leaves int64", err, ErrOverflow)
}

func TestEveryColumnOfOrderLinesIsTaken(t *testing.T) {
	us, flag, text := []int64{day(5)}, []bool{false}, []string{""}
	l := &OrderLines{OrderKey: []string{"A-1"}, ShipmentKey: []string{"S"}, LineNumber: []int32{1}, LinesOfOrder: []int32{1}, Ordered: us,
		Requested: us, Promised: us, PromisedLast: us, PromisedCustomer: us, PromisedSupplier: us, Delivered: us, Shipped: us, Arrived: us,
		Accepted: us, Recorded: us, Attempted: us, Qty: []int64{5}, QtyCancelled: []int64{NoQuantity}, QtyDelivered: []int64{5},
		QtyDue: []int64{5}, Value: []int64{100}, Price: []int64{20}, Status: []LineStatus{LineClosed}, Shipments: []int32{1},
		Substitute: flag, SubstituteAgreed: flag, WrongItem: flag, CustomerFault: flag, ForceMajeure: flag, ConditionOK: []bool{true},
		Damaged: flag, Defective: flag, WrongConfiguration: flag, Refused: flag, DocumentsOK: []Documents{DocumentInvoice},
		DocumentsBad: []Documents{0}, DocumentsComplete: us, Returned: []int64{NoTime}, ReturnReason: []ReturnReason{ReturnNone},
		LateCause: text, ShortCause: text, DocumentsCause: text, ConditionCause: text, LateOwner: []Owner{OwnerUnknown},
		ShortOwner: []Owner{OwnerCarrier}, DocumentsOwner: []Owner{OwnerOwnOffice}, ConditionOwner: []Owner{OwnerSupplier},
		PromisedOffsetMinutes: []int32{60}, ActualOffsetMinutes: []int32{NoOffset}, ShipToZone: text,
		PolicyDigest: []string{defaultDigest}, Extra: []Column{TextColumn("carrier", []string{"Air"})}}
	names := documentedColumns(t)
	for _, c := range l.Columns() {
		if !names[c.Name()] {
			t.Errorf("the library knows no column %s", c.Name())
		}
		delete(names, c.Name())
	}
	for name := range names {
		t.Errorf("OrderLines has no column %s", name)
	}
	p := state(t, "", &PerfectOrderConfig{By: []string{"carrier"}})
	must(t, p.Update(t.Context(), l, nil))
	g := got[Group](t)(finish(t, p).Group(0))
	equal(t, "perfect", g.Patterns[0], 1)
	l.PolicyDigest[0] = strings.Repeat("0", 64)
	e := fails(t, "another policy", p.Update(t.Context(), l, nil), ErrRows)
	equal(t, "rule", e.Rows[0].Code, RowPolicy)
}

// documentedColumns are those that the header lists for cstn_perfect_order_update(), and the dimension
// of the test.
func documentedColumns(t *testing.T) map[string]bool {
	t.Helper()
	text := sources(t, "../../include/constellation/perfect_order.h")
	begin, end := strings.Index(text, "Add order lines."), strings.Index(text, "Required by the policy")
	if begin < 0 || end < begin {
		t.Fatal("the header lists no columns")
	}
	names := map[string]bool{"carrier": true}
	for _, match := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(text[begin:end], -1) {
		names[match[1]] = true
	}
	for _, c := range new(OrderLines).Columns() {
		t.Errorf("an empty batch has column %s", c.Name())
	}
	return names
}

func TestCodesOfOrderLinesAreTheLibrarysWords(t *testing.T) {
	p := state(t, "components=T overdue_open=exclude supplier_cancel=exclude", nil)
	n := 5
	l := &OrderLines{Status: []LineStatus{LineStatusUnknown, LineOpen, LineClosed, LineCancelledByCustomer, LineCancelledBySupplier}}
	for i := range n {
		l.OrderID = append(l.OrderID, int64(i))
		l.Promised = append(l.Promised, day(5))
		l.Delivered = append(l.Delivered, day(4))
	}
	l.Delivered[1] = NoTime
	must(t, p.Update(t.Context(), l, nil))
	r := finish(t, p)
	equal(t, "unknown and closed count", got[Rate](t)(r.Rate(Total)).Denominator, 2)
	equal(t, "open", got[int64](t)(r.Excluded(Total, ReasonOverdueOpen)), 1)
	equal(t, "customer", got[int64](t)(r.Excluded(Total, ReasonCancelledByCustomer)), 1)
	equal(t, "supplier", got[int64](t)(r.Excluded(Total, ReasonCancelledBySupplier)), 1)

	owners := state(t, "components=T", nil)
	l = &OrderLines{LateOwner: []Owner{OwnerSupplier, OwnerWarehouse, OwnerCarrier, OwnerCustomer, OwnerOwnOffice, OwnerUnknown}}
	for i := range 6 {
		l.OrderID = append(l.OrderID, int64(i))
		l.Promised = append(l.Promised, day(5))
		l.Delivered = append(l.Delivered, day(9))
		l.LateCause = append(l.LateCause, "storm")
	}
	must(t, owners.Update(t.Context(), l, nil))
	causes := got[*Batch](t)(got[*Stream](t)(finish(t, owners).Causes()).All(t.Context()))
	owner, _ := causes.Column("owner")
	seen := map[string]bool{}
	for i := range causes.Len() {
		seen[owner.Text(i)] = true
	}
	for _, name := range []string{"supplier", "warehouse", "carrier", "customer", "own_office"} {
		equal(t, name, seen[name], true)
	}

	returns := state(t, "returns_restate=all", nil)
	l = &OrderLines{ReturnReason: []ReturnReason{ReturnDamaged, ReturnDefective, ReturnWrongConfiguration, ReturnWrongItem, ReturnShort,
		ReturnExcess, ReturnPaperwork, ReturnOther, ReturnNone}}
	for i := range 9 {
		l.OrderID = append(l.OrderID, int64(i))
		l.Promised = append(l.Promised, day(5))
		l.Delivered = append(l.Delivered, day(4))
		l.Returned = append(l.Returned, day(6))
		l.Qty = append(l.Qty, 1)
		l.QtyDelivered = append(l.QtyDelivered, 1)
	}
	l.Returned[8] = NoTime
	must(t, returns.Update(t.Context(), l, nil))
	g := got[Group](t)(finish(t, returns).Group(Total))
	equal(t, "condition", g.Patterns[ConditionGood], 3)
	equal(t, "in full", g.Patterns[InFull], 3)
	equal(t, "documents", g.Patterns[DocumentsDone], 1)
	equal(t, "nothing failed", g.Patterns[0], 2)
}

func TestLinesMayComeAsAStreamWithABinding(t *testing.T) {
	lines := someLines(24)
	columns := lines.Columns()
	for i := range columns {
		columns[i] = columns[i].Renamed("my_" + columns[i].Name())
	}
	binding := new(Binding)
	for _, c := range lines.Columns() {
		binding.Rename(c.Name(), "my_"+c.Name())
	}
	p := state(t, lenient, nil)
	s := got[*Stream](t)(NewStream(columns...))
	must(t, p.UpdateStream(t.Context(), s, &UpdateOptions{Binding: binding}))
	equal(t, "rate", got[Rate](t)(finish(t, p).Rate(Total)).Numerator, 15)
	if !errors.Is(p.UpdateStream(t.Context(), s, nil), ErrClosed) {
		t.Error("a stream was taken twice")
	}
	all := got[*Result](t)(PerfectOrderRate(t.Context(), got[*Stream](t)(NewStream(lines.Columns()...)), policy(t, lenient), asOf(), nil, nil))
	defer all.Close()
	equal(t, "all in one", got[Rate](t)(all.Rate(Total)).Numerator, 15)
}

func TestAllInOneGivesResultAndBadRows(t *testing.T) {
	lines := someLines(4)
	lines.Qty[0] = 0
	r, err := PerfectOrderRate(t.Context(), got[*Stream](t)(NewStream(lines.Columns()...)), policy(t, lenient), asOf(), nil, nil)
	e := fails(t, "rate", err, ErrRows)
	equal(t, "rows", e.TotalRows, 1)
	if r == nil {
		t.Fatal("no result beside the rows")
	}
	defer r.Close()
	equal(t, "orders", got[Rate](t)(r.Rate(Total)).Denominator, 3)
}

func TestAStreamIsTakenAlsoOnFailure(t *testing.T) {
	s := got[*Stream](t)(NewStream(Int64Column("nothing", []int64{1})))
	fails(t, "update", state(t, lenient, nil).UpdateStream(t.Context(), s, nil), ErrSchema)
	_, err := s.Fields()
	equal(t, "closed", errors.Is(err, ErrClosed), true)
	s = got[*Stream](t)(NewStream(Int64Column("nothing", []int64{1})))
	_, err = PerfectOrderRate(t.Context(), s, policy(t, lenient), time.Time{}, nil, nil)
	fails(t, "as-of time", err, ErrInvalidArgument)
	_, err = s.Fields()
	equal(t, "closed before the call", errors.Is(err, ErrClosed), true)
}

func TestABrokenPromiseOfClusteringIsAnError(t *testing.T) {
	lines := someLines(4)
	lines.OrderID[0], lines.OrderID[7] = lines.OrderID[7], lines.OrderID[0]
	p := state(t, lenient, &PerfectOrderConfig{Clustering: ClusteringSorted})
	err := p.Update(t.Context(), lines, nil)
	if err == nil {
		_, err = p.Finish(t.Context())
	}
	fails(t, "sorted", err, ErrNotClustered)
	sorted := state(t, lenient, &PerfectOrderConfig{Clustering: ClusteringSorted})
	must(t, sorted.Update(t.Context(), someLines(24), nil))
	equal(t, "kept", got[Rate](t)(finish(t, sorted).Rate(Total)).Numerator, 15)
}

func TestThePeriodLeavesOtherLinesOut(t *testing.T) {
	lines := someLines(4)
	for i := range lines.Promised {
		lines.Promised[i] = day(int64(10 + i/2))
		lines.Delivered[i] = lines.Promised[i]
	}
	in := func(from, to int64) int64 {
		config := &PerfectOrderConfig{}
		if from >= 0 {
			config.From = TimeOf(day(from))
		}
		if to >= 0 {
			config.To = TimeOf(day(to))
		}
		p := state(t, lenient, config)
		must(t, p.Update(t.Context(), lines, nil))
		return got[Rate](t)(finish(t, p).Rate(Total)).Denominator
	}
	equal(t, "all", in(-1, -1), 4)
	equal(t, "the last day is left out", in(10, 13), 3)
	equal(t, "no end", in(11, -1), 3)
	equal(t, "no begin", in(-1, 11), 1)
}

func TestNoLinesAreANullRate(t *testing.T) {
	p := state(t, lenient, nil)
	r := finish(t, p)
	equal(t, "null", got[Rate](t)(r.Rate(Total)).HasValue, false)
	must(t, p.Update(t.Context(), part(someLines(1), 0, 0), nil))
	equal(t, "still null", got[Rate](t)(finish(t, p).Rate(Total)).String(), "0/0 = null")
}

func TestTheTablesOfAResultHaveTheirColumns(t *testing.T) {
	ctx := t.Context()
	lines := someLines(48)
	near := make([]string, len(lines.OrderID))
	for i := range near {
		near[i] = []string{"near", "far"}[i/2%2]
	}
	lines.Extra = append(lines.Extra, TextColumn("lane", near))
	p := state(t, lenient, &PerfectOrderConfig{By: []string{"carrier", "lane"}})
	must(t, p.Update(ctx, lines, nil))
	r := finish(t, p)
	for name, c := range map[string]struct {
		open func() (*Stream, error)
		want string
	}{
		"rates":       {r.Rates, "carrier lane numerator denominator rate low high pending provisional excluded units h0 h15 policy as_of z"},
		"losses":      {r.Losses, "carrier component failures only_failures component_rate shared_twelfths policy"},
		"causes":      {r.Causes, "carrier component cause owner failures"},
		"levers":      {r.Levers, "carrier components numerator denominator rate gain"},
		"exclusions":  {r.Exclusions, "carrier reason units"},
		"compare":     {func() (*Stream, error) { return r.Compare(&CompareOptions{Order: OrderByLowerLimit}) }, "carrier rate difference p_holm like_best"},
		"standardise": {func() (*Stream, error) { return r.Standardise(0, 1, nil) }, "carrier rate variance n_eff cover raw_rate"},
	} {
		b := got[*Batch](t)(got[*Stream](t)(c.open()).All(ctx))
		for _, column := range strings.Fields(c.want) {
			if _, ok := b.Column(column); !ok {
				t.Errorf("%s has no column %s", name, column)
			}
		}
		if digest, ok := b.Column("policy"); ok && b.Len() > 0 {
			equal(t, name+": policy", digest.Text(0), r.Policy().Digest().String())
		}
	}
	_, err := r.Standardise(0, 0, nil)
	fails(t, "a dimension by itself", err, ErrInvalidArgument)
	_, err = r.Standardise(-1, 0, nil)
	fails(t, "no dimension", err, ErrInvalidArgument)
	_, err = r.Compare(&CompareOptions{Order: 7})
	fails(t, "no such order", err, ErrInvalidArgument)
}

func TestRatesOfATableAreThoseOfTheResult(t *testing.T) {
	p := state(t, lenient, &PerfectOrderConfig{By: []string{"carrier"}})
	must(t, p.Update(t.Context(), someLines(31), nil))
	r := finish(t, p)
	rows := 0
	for batch, err := range got[*Stream](t)(r.Rates()).Batches(t.Context()) {
		must(t, err)
		carrier, _ := batch.Column("carrier")
		numerator, _ := batch.Column("numerator")
		low, _ := batch.Column("low")
		asOfColumn, _ := batch.Column("as_of")
		for i := range batch.Len() {
			rate := got[Rate](t)(r.Rate(rows))
			key, _, err := r.Key(rows, 0)
			must(t, err)
			equal(t, "carrier", carrier.Text(i), key)
			equal(t, "numerator", numerator.Int64s()[i], rate.Numerator)
			equal(t, "low", low.Doubles()[i], rate.Low)
			equal(t, "as of", asOfColumn.Time(i), asOf())
			rows++
		}
	}
	equal(t, "groups", rows, r.Len())
}

// manyLines are n lines of n/5 orders whose lines lie far apart, so that counting them is slow.
