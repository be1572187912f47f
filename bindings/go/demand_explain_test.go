package constellation

import (
	"context"
	"math"
	"testing"
)

// partsOff adds up the columns of a batch that are parts of mean, and says how far they are off.
func partsOff(t *testing.T, batch *Batch, parts ...string) float64 {
	t.Helper()
	off, mean := 0.0, demandDoubles(t, batch, "mean")
	for row, whole := range mean {
		sum := 0.0
		for _, part := range parts {
			sum += demandDoubles(t, batch, part)[row]
		}
		off = math.Max(off, math.Abs(sum-whole)/math.Abs(whole))
	}
	return off
}

func TestPartsOfADemandForecastAddUp(t *testing.T) {
	ctx, model := context.Background(), newDemand(t, DemandConfig{})
	must(t, model.Update(ctx, demandHistory("a", "b"), DemandSort|DemandWholePeriods, nil))
	future := []Column{DaysColumn("ds", []int32{19793, 19794}), Int64Column("fair", []int64{1, 0})}
	stream := got[*Stream](t)(model.Explain(&DemandForecastOptions{Horizon: 2, Future: future}))
	defer stream.Close()
	batch := got[*Batch](t)(stream.All(ctx))
	equal(t, "columns", len(batch.Columns()), 8)
	equal(t, "rows", batch.Len(), 4)
	if off := partsOff(t, batch, "baseline", "season", "signal_fair"); off > 1e-9 {
		t.Errorf("parts are off by %g", off)
	}
	fair := demandDoubles(t, batch, "signal_fair")
	if fair[0] == 0 || fair[1] != 0 {
		t.Errorf("parts of the fair are %v", fair)
	}
	_, err := model.Explain(&DemandForecastOptions{Levels: []float64{.5}})
	fails(t, "levels", err, ErrInvalidArgument)
}
