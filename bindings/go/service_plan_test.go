package constellation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

func costRows() []Column {
	return []Column{
		TextColumn("customer", []string{"ann", "bob", "ann"}),
		TextColumn("segment", []string{"A", "B", "A"}),
		Int64Column("orders", []int64{1, 2, 3}),
		Int64Column("kg_km", []int64{100, 50, 7}),
	}
}

func oneColumn(t *testing.T, stream *Stream, name string) []int64 {
	t.Helper()
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	column, ok := all.Column(name)
	if !ok {
		t.Fatalf("no column %s", name)
	}
	return column.Int64s()
}

func TestCostToServeIsExactAndMerges(t *testing.T) {
	state := got[*CostToServe](t)(NewCostToServe("EUR"))
	defer state.Close()
	must(t, state.Update(costRows(), nil))
	rates := &CostRates{Rates: []CostRate{{CostOrders, 0, 100}, {CostKgKm, 3, 5}}}
	cost := oneColumn(t, got[*Stream](t)(state.Customers(rates)), "cost")
	equal(t, "cost of ann", cost[0], 401)
	equal(t, "cost of bob", cost[1], 200)
	equal(t, "total", oneColumn(t, got[*Stream](t)(state.Total(rates)), "cost")[0], 601)
	rates.Fixed = []FixedCost{{CostOrders, 100}}
	equal(t, "fixed of A", oneColumn(t, got[*Stream](t)(state.Segments(rates)), "fixed_cost")[0], 67)
	equal(t, "drivers", len(oneColumn(t, got[*Stream](t)(state.Drivers(rates)), "count")), 2*int(CostDriverCount))
	other := got[*CostToServe](t)(DeserializeCostToServe(got[[]byte](t)(state.Serialize())))
	defer other.Close()
	must(t, state.Merge(other))
	must(t, state.Remove(costRows(), nil))
	equal(t, "bytes", string(got[[]byte](t)(state.Serialize())), string(got[[]byte](t)(other.Serialize())))
	must(t, state.Remove(costRows(), nil))
	fails(t, "removing what is not there", state.Remove(costRows(), nil), ErrState)
	_, err := NewCostToServe("EURO")
	fails(t, "a currency that is none", err, ErrNotFound)
	equal(t, "name", CostKgKm.String(), "kg_km")
}

func planTables() ServicePlanTables {
	return ServicePlanTables{
		Segments: []Column{
			TextColumn("segment", []string{"gold", "new"}),
			Int64Column("customers", []int64{40, 4}),
			Int64Column("value_at_risk", []int64{500, 500}),
			DoubleColumn("unit_margin", []float64{9, 3}),
			DoubleColumn("holding", []float64{1, 1}),
			DoubleColumn("residual_clv", []float64{500, 80}),
		},
		Evidence: []Column{
			TextColumn("segment", []string{"gold"}),
			Int64Column("perfect", []int64{70}), Int64Column("perfect_repeat", []int64{56}),
			Int64Column("failed", []int64{80}), Int64Column("failed_repeat", []int64{48}),
		},
		Menu: []Column{
			TextColumn("segment", []string{"gold", "gold", "new", "new"}),
			TextColumn("option", []string{"none", "night", "none", "all"}),
			Int64Column("uplift", []int64{0, 150, 0, 120}), Int64Column("cost", []int64{0, 50, 0, 0}),
			Int64Column("use_1", []int64{0, 20, 0, 30}),
		},
	}
}

func TestServicePlanDecides(t *testing.T) {
	plan := got[*ServicePlan](t)(NewServicePlan(planTables(), &ServicePlanOptions{Capacities: []int64{25}}))
	defer plan.Close()
	equal(t, "segments", plan.Len(), 2)
	row := got[ServicePlanRow](t)(plan.At(0))
	equal(t, "segment", row.Segment, "gold")
	equal(t, "tier", row.Tier, 1)
	equal(t, "option", row.Option, "night")
	equal(t, "reasons", row.Reasons, PlanNoFillRate)
	difference := got[Rate](t)(RateDifference(56, 70, 48, 80, 0))
	if row.RepeatLow-difference.Low > 1e-14 || difference.Low-row.RepeatLow > 1e-14 {
		t.Errorf("low %v, want %v", row.RepeatLow, difference.Low)
	}
	_, err := plan.At(2)
	fails(t, "a segment that is not there", err, ErrInvalidArgument)
	text := string(got[[]byte](t)(plan.JSON()))
	sum := sha256.Sum256([]byte(text[strings.Index(text, `"plan":`)+7 : len(text)-2]))
	equal(t, "digest", plan.Digest(), hex.EncodeToString(sum[:]))
	if csv := string(got[[]byte](t)(plan.CSV())); !strings.HasPrefix(csv, "segment,") {
		t.Errorf("CSV begins %q", csv[:20])
	}
	equal(t, "used", oneColumn(t, got[*Stream](t)(plan.Capacities()), "used")[0], 20)
	equal(t, "shared", len(oneColumn(t, got[*Stream](t)(plan.Shared()), "customers")), 1)
	equal(t, "customers", oneColumn(t, got[*Stream](t)(plan.Segments()), "customers")[0], 40)
	tables := planTables()
	tables.Segments[4] = DoubleColumn("holding", []float64{1, 0})
	_, err = NewServicePlan(tables, nil)
	fails(t, "a unit left over that costs nothing", err, ErrInvalidArgument)
}

func TestSegmentMovesNeedTwoPeriods(t *testing.T) {
	rows := []Column{
		TextColumn("customer", []string{"c", "c", "c", "c"}),
		Int64Column("period", []int64{1, 1, 2, 2}),
		TextColumn("segment", []string{"A", "B", "A", "B"}),
		DoubleColumn("distance", []float64{10, 9, 10, 9}),
		TextColumn("held", []string{"A", "A", "A", "A"}),
	}
	equal(t, "moves", len(oneColumn(t, got[*Stream](t)(SegmentMoves(rows, 0)), "period")), 1)
	equal(t, "moves of a greater margin", len(oneColumn(t, got[*Stream](t)(SegmentMoves(rows, 100001)), "period")), 0)
}
