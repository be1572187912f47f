package constellation

import (
	"math"
	"testing"
)

func partnerCells() []Column {
	return []Column{
		TextColumn("unique_id", []string{"i", "i", "i"}), Int64Column("ds", []int64{1, 2, 3}),
		DoubleColumn("y", []float64{10, 10, math.NaN()}), DoubleColumn("a", []float64{8, 12, 20}),
		DoubleColumn("b", []float64{9, 11, 10}),
	}
}

func partnerBinding() *Binding { return new(Binding).Allow("y", CastNaNNull) }

func TestSidesAreComparedAndExceptionsNamed(t *testing.T) {
	options := &PlanOptions{Binding: partnerBinding(), AgreedPPM: 100_000, ExceptionsOnly: true}
	equal(t, "rule", PlanRules(column(t, got[*Stream](t)(PlanCompare(partnerCells(), options)), "rule").Int32s()[0]), PlanAgreed)
}

func TestTheConsensusIsWeightedByPastErrors(t *testing.T) {
	stream := got[*Stream](t)(PlanResolve(partnerCells(), &PlanOptions{Binding: partnerBinding()}))
	near(t, "consensus", column(t, stream, "consensus").Doubles()[0], 10+10*(0.5-0.5/11), 1e-12)
	_, err := PlanResolve(partnerCells(), &PlanOptions{Binding: partnerBinding(), Reasons: []int64{0}})
	fails(t, "a reason of 0", err, ErrInvalidArgument)
}

func TestTheLedgerCountsWinsOfPastCells(t *testing.T) {
	options := &PlanOptions{Binding: partnerBinding(), By: PlanByHorizon | PlanByPool | PlanByException, DrawUnits: 0.5}
	wins := column(t, got[*Stream](t)(PlanLedger(partnerCells(), options)), "b_wins").Int64s()
	equal(t, "rows", len(wins), 2)
	equal(t, "wins", wins[0], 2)
}

func TestOrdersAreWholePacks(t *testing.T) {
	rows := []Column{
		TextColumn("unique_id", []string{"i", "i"}), Int64Column("ds", []int64{1, 2}), DoubleColumn("mean", []float64{10, 10}),
		DoubleColumn("on_hand", []float64{3, 3}), DoubleColumn("pack", []float64{6, 6}),
	}
	orders := column(t, got[*Stream](t)(PlanOrder(rows, nil)), "order").Doubles()
	equal(t, "the first", orders[0], 12)
	_, err := PlanOrder(rows, &PlanOrderOptions{Lead: -1})
	fails(t, "lead", err, ErrInvalidArgument)
}
