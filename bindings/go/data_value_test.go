package constellation

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// valueRows are what acme gave zeta and received from it.
func valueRows(t *testing.T) *ValueLedger {
	t.Helper()
	l := got[*ValueLedger](t)(NewValueLedger())
	t.Cleanup(func() { must(t, l.Close()) })
	for i, row := range []ValueRow{
		{Kind: ValueRelease, Class: ClassCompetitive, Level: LevelRaw, CostMinor: 500, Rows: 10, Completeness: 1000},
		{Kind: ValueReceipt, Class: ClassOperational, Level: LevelAggregated, UtilityMinor: 900, Rows: 20, Completeness: 950, Staleness: time.Second},
		{Kind: ValueReceipt, Class: ClassCompetitive, Level: LevelRaw, UtilityMinor: 50, Rows: 1, Completeness: 990, Staleness: time.Hour},
	} {
		row.Constellation, row.Party, row.Counterparty, row.Fields = "ring", "acme", "zeta", 2
		row.At = time.UnixMicro(int64(100 * (i + 1)))
		must(t, l.Add(&row))
	}
	return l
}

func TestValueLedgerBalances(t *testing.T) {
	l := valueRows(t)
	equal(t, "rows", l.Len(), 3)
	all := got[ValueBalance](t)(l.Reciprocity("acme", "zeta", "ring", 0, time.Time{}, time.Time{}))
	equal(t, "all", all, ValueBalance{Releases: 1, Receipts: 2, RowsGiven: 10, RowsReceived: 21, GivenMinor: 500, ReceivedMinor: 950,
		DifferenceMinor: 450, HasReceipts: true, Completeness: 950, Staleness: time.Hour})
	one := got[ValueBalance](t)(l.Reciprocity("acme", "zeta", "ring", ClassCompetitive, time.UnixMicro(100), time.UnixMicro(300)))
	equal(t, "a class and a window", one, ValueBalance{Releases: 1, RowsGiven: 10, GivenMinor: 500, DifferenceMinor: -500})
	other := got[ValueBalance](t)(l.Reciprocity("zeta", "acme", "ring", 0, time.Time{}, time.Time{}))
	equal(t, "the other side", other, ValueBalance{})
	for _, at := range []struct {
		of           ValueBalance
		completeness int64
		staleness    time.Duration
		state        int32
	}{{all, 950, time.Hour, ConsiderationCurrent}, {all, 951, 0, ConsiderationOverdue}, {all, 0, time.Minute, ConsiderationOverdue},
		{all, 0, 0, ConsiderationCurrent}, {other, 0, 0, ConsiderationIsUnknown}} {
		equal(t, "state", got[int32](t)(at.of.State(at.completeness, at.staleness)), at.state)
	}
}

func TestValueLedgerIsKeptAndExported(t *testing.T) {
	l := valueRows(t)
	again := got[*ValueLedger](t)(DeserializeValueLedger(got[[]byte](t)(l.Serialize())))
	if !slices.Equal(got[[]byte](t)(again.Serialize()), got[[]byte](t)(l.Serialize())) {
		t.Error("other bytes")
	}
	table := got[*Batch](t)(got[*Stream](t)(again.Export()).All(context.Background()))
	equal(t, "rows", table.Len(), 3)
	must(t, again.Close())
	equal(t, "closed", again.Len(), 0)
	_, err := again.Reciprocity("a", "b", "c", 0, time.Time{}, time.Time{})
	equal(t, "closed", errors.Is(err, ErrClosed), true)
	_, err = DeserializeValueLedger([]byte("no ledger"))
	wants(t, err, ErrCorrupt)
}

func TestValueLedgerRefusesWhatBreaksARule(t *testing.T) {
	l := valueRows(t)
	good := ValueRow{Kind: ValueRelease, Constellation: "ring", Party: "acme", Counterparty: "zeta", Class: ClassPublic, Level: LevelRaw,
		At: time.UnixMicro(1)}
	must(t, l.Add(&good))
	for name, change := range map[string]func(*ValueRow){
		"kind": func(r *ValueRow) { r.Kind = 3 }, "party": func(r *ValueRow) { r.Party = "" },
		"class": func(r *ValueRow) { r.Class = ClassPublic | ClassSpecial }, "rows": func(r *ValueRow) { r.Rows = -1 },
		"utility": func(r *ValueRow) { r.UtilityMinor = 1 }, "completeness": func(r *ValueRow) { r.Completeness = 1001 },
	} {
		bad := good
		change(&bad)
		fails(t, name, l.Add(&bad), ErrInvalidArgument)
	}
	fails(t, "nothing", l.Add(nil), ErrInvalidArgument)
	equal(t, "rows", l.Len(), 4)
}
