package constellation

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

// heap adds n rows of a cell, of firms in turn, with a pay each; ids go on.
type cellRows struct {
	a, b, firm []string
	pay, id    []int64
}

func (r *cellRows) add(cell string, n, firms int, pay int64) {
	a, b, _ := strings.Cut(cell, ",")
	for i := range n {
		r.a, r.b = append(r.a, a), append(r.b, b)
		r.firm = append(r.firm, "f"+string(rune('0'+i%firms)))
		r.pay, r.id = append(r.pay, pay), append(r.id, int64(len(r.id)))
	}
}

func (r *cellRows) columns() []Column {
	return []Column{TextColumn("a", r.a), TextColumn("b", r.b), TextColumn("firm", r.firm), Int64Column("pay", r.pay), Int64Column("id", r.id)}
}

// oneCell is n rows of a cell, of firms in turn.
func oneCell(n, firms int) []Column {
	var r cellRows
	r.add("n,x", n, firms, 1)
	return r.columns()
}

func smallTable() []Column {
	var r cellRows
	r.add("n,x", 6, 3, 2)
	r.add("n,y", 9, 3, 1)
	r.add("n,z", 12, 4, 1)
	r.add("s,x", 3, 3, 5)
	r.add("s,y", 7, 2, 5)
	r.add("s,z", 8, 4, -5)
	return r.columns()
}

func usualCells() *AggregateOptions {
	return &AggregateOptions{By: []string{"a", "b"}, Company: "firm"}
}

// told are the cells and the refusals of a call, as CSV.
func told(t *testing.T, rows []Column, options *AggregateOptions) (cells, refused string) {
	t.Helper()
	made := got[*Aggregated](t)(Aggregate(t.Context(), rows, options))
	defer made.Close()
	return table(t, made.Cells), table(t, made.Refused)
}

func TestCellsGoOutAndRefusalsNameTheirRule(t *testing.T) {
	options := usualCells()
	options.Measures = []AggregateMeasure{{"pay", AggregateSum}, {"pay", AggregateCount}, {"pay", AggregateMean}}
	// s,x has 3 rows, s,y two firms; of x and of y n is the only other part
	cells, refused := told(t, smallTable(), options)
	equal(t, "cells", cells, "a,b,rows,pay_sum,pay_count,pay_mean\nn,z,12,12,12,1\ns,z,8,-40,8,-5\n")
	equal(t, "refused", refused, "a,b,summed,rule,found,needed\nn,x,0,margin,1,2\nn,y,0,margin,1,2\ns,x,0,rows,3,5\ns,y,0,companies,2,3\n")
	options.Margins, options.Measures = true, nil
	cells, _ = told(t, smallTable(), options)
	equal(t, "margins", cells, "a,b,summed,rows\nn,z,0,12\ns,z,0,8\n,x,1,9\n,y,1,16\n,z,1,20\nn,,2,27\ns,,2,18\n,,3,45\n")
	made := got[*Aggregated](t)(Aggregate(t.Context(), nil, &AggregateOptions{By: []string{"a"}, NoCompany: true, K: 20,
		Stream: got[*Stream](t)(NewStream(smallTable()...))}))
	equal(t, "of a stream", table(t, made.Cells), "a,rows\n")
	must(t, made.Close())
	must(t, made.Close())
}

func TestTheRecipientsOwnRowsCountForKAlone(t *testing.T) {
	options := usualCells()
	options.By, options.Recipient = []string{"a"}, "f0"
	for _, one := range []struct {
		share          int32
		companies      int64
		cells, refused string
	}{
		{0, 0, "a,rows\nn,27\ns,18\n", "a,summed,rule,found,needed\n"},
		{546, 0, "a,rows\nn,27\ns,18\n", "a,summed,rule,found,needed\n"},
		{546, 4, "a,rows\n", "a,summed,rule,found,needed\nn,0,companies,3,4\ns,0,companies,3,4\n"},
	} {
		options.SharePermille, options.Companies = one.share, one.companies
		cells, refused := told(t, smallTable(), options)
		equal(t, "cells", cells, one.cells)
		equal(t, "refused", refused, one.refused)
	}
	options.SharePermille, options.Companies = 545, 0
	if _, refused := told(t, smallTable(), options); !strings.Contains(refused, "s,0,share,0.5454545454545454,0.545") {
		t.Error(refused)
	}
}

func TestTwoReleasesThatDifferByFewRowsAreOneTooMany(t *testing.T) {
	guard := got[*DifferenceGuard](t)(NewDifferenceGuard("acme", "pay"))
	defer guard.Close()
	options := usualCells()
	options.Guard, options.Row = guard, "id"
	for _, one := range []struct {
		rows           int
		cells, refused string
		kept           int
	}{
		{20, "n,x,20\n", "", 1},
		{24, "", "n,x,0,difference,4,5\n", 1},
		{16, "", "n,x,0,difference,4,5\n", 1},
		{20, "n,x,20\n", "", 1},
		{25, "n,x,25\n", "", 2},
	} {
		cells, refused := told(t, oneCell(one.rows, 5), options)
		equal(t, "cells", cells, "a,b,rows\n"+one.cells)
		equal(t, "refused", refused, "a,b,summed,rule,found,needed\n"+one.refused)
		equal(t, "kept", guard.Count(), one.kept)
	}
	equal(t, "rule", RuleName(RuleDifference), "difference")
	equal(t, "no rule", RuleName(0), "unknown rule")
	for name, one := range map[string]struct {
		code   Code
		change func(*AggregateOptions) []Column
	}{
		"another company":   {ErrConflict, func(*AggregateOptions) []Column { return oneCell(20, 4) }},
		"one number":        {ErrDuplicate, func(o *AggregateOptions) []Column { o.Row = "pay"; return oneCell(20, 5) }},
		"another recipient": {ErrInvalidArgument, func(o *AggregateOptions) []Column { o.Recipient = "f1"; return oneCell(20, 5) }},
	} {
		changed := *options
		_, err := Aggregate(t.Context(), one.change(&changed), &changed)
		if e := fails(t, name, err, one.code); !strings.Contains(e.Message, name) {
			t.Errorf("%s: %s", name, e.Message)
		}
	}
	equal(t, "kept", guard.Count(), 2)
}

func TestAGuardComesBackFromItsBytes(t *testing.T) {
	guard := got[*DifferenceGuard](t)(NewDifferenceGuard("f0", "pay"))
	options := usualCells()
	options.Guard, options.Row, options.Margins = guard, "id", true
	told(t, smallTable(), options)
	kept := got[[]byte](t)(guard.Serialize(t.Context()))
	back := got[*DifferenceGuard](t)(DeserializeDifferenceGuard(kept))
	defer back.Close()
	equal(t, "count", back.Count(), guard.Count())
	if again := got[[]byte](t)(back.Serialize(t.Context())); !bytes.Equal(again, kept) {
		t.Error("other bytes")
	}
	options.K, options.Companies, options.SharePermille = 2, 1, 1000
	_, mine := told(t, smallTable(), options)
	options.Guard = back
	_, theirs := told(t, smallTable(), options)
	equal(t, "refused", theirs, mine)
	for i := range kept {
		damaged := slices.Clone(kept)
		damaged[i] ^= 0x10
		if _, err := DeserializeDifferenceGuard(damaged); err == nil {
			t.Fatalf("byte %d", i)
		}
	}
	must(t, guard.Close())
	equal(t, "closed", guard.Count(), 0)
	options.Guard = guard
	if _, err := Aggregate(t.Context(), smallTable(), options); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	for _, names := range [][2]string{{"", "x"}, {"x", ""}, {strings.Repeat("x", 256), "y"}, {"\xff", "y"}} {
		_, err := NewDifferenceGuard(names[0], names[1])
		fails(t, "a name", err, ErrInvalidArgument)
	}
}

func TestGoroutinesTakeTurnsWithAGuard(t *testing.T) {
	guard := got[*DifferenceGuard](t)(NewDifferenceGuard("acme", "pay"))
	defer guard.Close()
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			options := usualCells()
			options.Guard, options.Row = guard, "id"
			if made, err := Aggregate(t.Context(), oneCell(20, 5), options); err != nil {
				t.Error(err)
			} else {
				made.Close()
			}
		}()
	}
	all.Wait()
	equal(t, "kept", guard.Count(), 1)
	must(t, func() error { _, err := guard.begin(t.Context()); return err }())
	waiting, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := guard.Serialize(waiting)
	fails(t, "no turn", err, ErrCancelled)
	guard.end()
}

func TestASuggestionEndsWithWhatPasses(t *testing.T) {
	var r cellRows
	for pay := range 16 { // three rows of each pay
		r.add("n,x", 3, 3, int64(pay))
	}
	options := &AggregateOptions{By: []string{"a", "pay"}, Company: "firm", Steps: []GeneraliseStep{{Column: "pay", Kind: GeneraliseBucket, Width: 1}}}
	equal(t, "rounds", table(t, got[*Stream](t)(AggregateSuggest(t.Context(), r.columns(), options))),
		"round,column,kind,step,width,origin,scale,cells,refused,refused_rows\n0,,,,,,,16,16,48\n1,pay,1,0,2,0,0,8,0,0\n")
	options.Steps[0].Width = 2
	_, refused := told(t, r.columns(), options)
	equal(t, "refused", refused, "a,pay,summed,rule,found,needed\n")
}

func TestAggregationsThatCannotBeAreRefused(t *testing.T) {
	for name, change := range map[string]func(*AggregateOptions){
		"columns make":   func(o *AggregateOptions) { o.By = nil },
		"twice":          func(o *AggregateOptions) { o.By = []string{"a", "a"} },
		"NO_COMPANY":     func(o *AggregateOptions) { o.Company = "" },
		"measures[0]":    func(o *AggregateOptions) { o.Measures = []AggregateMeasure{{"pay", 9}} },
		"none is named":  func(o *AggregateOptions) { o.L = 2 },
		"share_permille": func(o *AggregateOptions) { o.SharePermille = 1001 },
		"not generalised": func(o *AggregateOptions) {
			o.Steps = []GeneraliseStep{{Column: "firm", Kind: GeneralisePrefix, Step: 1}}
		},
		"NUL": func(o *AggregateOptions) { o.Recipient = "f\x000" },
	} {
		options := usualCells()
		change(options)
		_, err := Aggregate(t.Context(), smallTable(), options)
		if e := fails(t, name, err, ErrInvalidArgument); !strings.Contains(e.Message, name) {
			t.Errorf("%s: %s", name, e.Message)
		}
	}
	options := usualCells()
	options.Company = "owner"
	_, err := Aggregate(t.Context(), smallTable(), options)
	fails(t, "owner", err, ErrSchema)
	_, err = AggregateSuggest(t.Context(), smallTable(), options)
	fails(t, "owner", err, ErrSchema)
}
