package constellation

import (
	"context"
	"testing"
)

func TestALeadTimeHasAReorderPointAndAShortage(t *testing.T) {
	model := newDemand(t, DemandConfig{Calibrate: true})
	must(t, model.Update(context.Background(), demandHistory("a", "b"), DemandSort|DemandWholePeriods, nil))
	stream := got[*Stream](t)(model.LeadTime(&DemandLeadOptions{Periods: 4, Level: .95}))
	defer stream.Close()
	batch := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "columns", len(batch.Columns()), 10)
	equal(t, "rows", batch.Len(), 2)
	for _, field := range []string{"quantile", "safety_stock", "shortage"} {
		values := demandDoubles(t, batch, field)
		if values[0] <= 0 || values[1] <= 0 {
			t.Errorf("%s is %v", field, values)
		}
	}
	mean, quantile := demandDoubles(t, batch, "mean"), demandDoubles(t, batch, "quantile")
	if quantile[0] <= mean[0] {
		t.Errorf("quantile %g, mean %g", quantile[0], mean[0])
	}
}

func TestSharesAndCostsStandForALeadTimeAndALevel(t *testing.T) {
	model := newDemand(t, DemandConfig{})
	must(t, model.Update(context.Background(), demandHistory("a"), DemandSort|DemandWholePeriods, nil))
	of := func(options DemandLeadOptions) float64 {
		stream := got[*Stream](t)(model.LeadTime(&options))
		defer stream.Close()
		return demandDoubles(t, got[*Batch](t)(stream.All(context.Background())), "shortage")[0]
	}
	equal(t, "shortage", of(DemandLeadOptions{Shares: []float64{0, 0, 1}, Under: 9, Over: 1}),
		of(DemandLeadOptions{Periods: 3, Level: .9}))
	keys := []Column{TextColumn("unique_id", []string{"a"}), DoubleColumn("stock", []float64{1000})}
	if none := of(DemandLeadOptions{Periods: 3, Level: .9, Keys: keys}); none > 1e-9 {
		t.Errorf("shortage %g with plenty", none)
	}
	_, err := model.LeadTime(&DemandLeadOptions{Periods: 3})
	fails(t, "no level", err, ErrInvalidArgument)
}

func demandDoubles(t *testing.T, batch *Batch, name string) []float64 {
	t.Helper()
	column, ok := batch.Column(name)
	if !ok {
		t.Fatalf("no column %s", name)
	}
	return column.Doubles()
}
