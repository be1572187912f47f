package constellation

import (
	"bytes"
	"context"
	"testing"
)

// Seventy days of two series in one shop; every tenth day has a fair.
func demandHistory(keys ...string) []Column {
	var ids, shops []string
	var days []int32
	var y []float64
	var fair []int64
	week := []float64{3, 4, 5, 4, 7, 9, 1}
	for k, key := range keys {
		for t := range int32(70) {
			ids, shops, days = append(ids, key), append(shops, "north"), append(days, 19723+t)
			y = append(y, week[t%7]*float64(k+1)+float64(t*5%3))
			event := int64(0)
			if t%10 == 3 {
				event = 1
			}
			fair = append(fair, event)
		}
	}
	return []Column{TextColumn("unique_id", ids), DaysColumn("ds", days), DoubleColumn("y", y),
		TextColumn("shop", shops), Int64Column("fair", fair)}
}

func newDemand(t *testing.T, config DemandConfig) *DemandModel {
	t.Helper()
	config.Pool, config.Events = "shop", []string{"fair"}
	model := got[*DemandModel](t)(NewDemandModel(&config))
	t.Cleanup(func() { model.Close() })
	return model
}

func demandBytes(t *testing.T, model *DemandModel) []byte {
	t.Helper()
	return got[[]byte](t)(model.Serialize())
}

func TestADemandModelAtThePaceOfMonthsTakesTheLevelOfItsPool(t *testing.T) {
	mean := func(period ForecastPeriod, pace DemandPace) float64 {
		model := got[*DemandModel](t)(NewDemandModel(&DemandConfig{Period: period, Pace: pace, Season: 1}))
		defer model.Close()
		for month := range int64(24) {
			must(t, model.UpdateOne(&DemandRow{Key: "a", DS: month, Y: float64(400 - 15*month)}))
		}
		return got[*DemandPath](t)(model.ForecastOne(&DemandQuery{Key: "a", Horizon: 1})).Mean[0]
	}
	equal(t, "numbers are at the pace of days", mean(PeriodNumber, PaceByPeriod), mean(PeriodNumber, PaceDays))
	if days, months := mean(PeriodNumber, PaceDays), mean(PeriodNumber, PaceMonths); months > .8*days {
		t.Errorf("what shrinks is %g at the pace of months, %g at that of days", months, days)
	}
}

func TestADemandModelLearnsFromFramesAndRowsAlike(t *testing.T) {
	ctx, frame, one := context.Background(), newDemand(t, DemandConfig{}), newDemand(t, DemandConfig{})
	history := demandHistory("a", "b")
	must(t, frame.Update(ctx, history, DemandSort|DemandWholePeriods, nil))
	must(t, one.Update(ctx, history, 0, nil))
	must(t, one.ClosePeriod(19792))
	for _, model := range []*DemandModel{frame, one} {
		must(t, model.UpdateOne(&DemandRow{Key: "a", Pool: "north", DS: 19793, Y: 5}))
	}
	path := got[*DemandPath](t)(frame.ForecastOne(&DemandQuery{Key: "a", Horizon: 2, Events: []uint32{0, 1}, Levels: []float64{.1, .9}}))
	equal(t, "periods", len(path.Mean), 2)
	equal(t, "levels", len(path.Quantiles[1]), 2)
	equal(t, "flags", path.Flags, DemandForecastFlags(0))
	if path.Quantiles[0][0] > path.Quantiles[0][1] {
		t.Errorf("quantiles cross: %v", path.Quantiles)
	}
	stream := got[*Stream](t)(frame.Forecast(&DemandForecastOptions{Horizon: 3, Levels: []float64{.5}, Within: true,
		Keys:   []Column{TextColumn("unique_id", []string{"b", "a", "new"})},
		Future: []Column{DaysColumn("ds", []int32{19793}), Int64Column("fair", []int64{1})}}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(ctx))
	equal(t, "rows", all.Len(), 9)
	within, _ := all.Column("within_500000")
	if share := within.Doubles()[0]; !(share > 0 && share <= 1) {
		t.Errorf("a share of %v lies below its level", share)
	}
	size := got[DemandSize](t)(frame.Size())
	equal(t, "series", size.Series, uint64(2))
	equal(t, "closed", size.ClosedDS, int64(19792))
}

func TestPartsOfADemandModelMergeToTheWhole(t *testing.T) {
	ctx, whole := context.Background(), newDemand(t, DemandConfig{Replay: true})
	must(t, whole.Update(ctx, demandHistory("a"), 0, nil))
	part, other := newDemand(t, DemandConfig{Replay: true}), newDemand(t, DemandConfig{Replay: true})
	must(t, part.Update(ctx, demandHistory("a"), 0, nil))
	must(t, other.Update(ctx, demandHistory("x"), 0, nil))
	must(t, whole.Update(ctx, demandHistory("x"), 0, nil))
	again := got[*DemandModel](t)(DeserializeDemandModel(demandBytes(t, other)))
	defer again.Close()
	must(t, part.Merge(again))
	equal(t, "bytes", bytes.Equal(demandBytes(t, part), demandBytes(t, whole)), true)
	fails(t, "the same series", part.Merge(other), ErrConflict)
	plain := newDemand(t, DemandConfig{})
	fails(t, "another configuration", part.Merge(plain), ErrMismatch)
	a, b := got[[32]byte](t)(part.Digest()), got[[32]byte](t)(plain.Digest())
	equal(t, "digests", a == b, false)
	_, err := DeserializeDemandModel(demandBytes(t, part)[:99])
	fails(t, "cut short", err, ErrCorrupt)
}

func TestRowsOfADemandModelThatBreakARuleAreTold(t *testing.T) {
	ctx, model := context.Background(), newDemand(t, DemandConfig{Gap: GapMissing, Drift: true, LevelWeights: true,
		Intermittent: true, Calibrate: true, History: true})
	limit, available := 4.0, int64(1)
	must(t, model.UpdateOne(&DemandRow{Key: "a", Pool: "north", DS: 19723, Y: 4, Limit: &limit, Available: &available,
		Flags: DemandStockOut}))
	for _, row := range []DemandRow{{Key: "a", Pool: "north", DS: 19722, Y: 1}, {Key: "a", Pool: "north", DS: 19723, Y: 1},
		{Key: "a", Pool: "south", DS: 19724, Y: 1}, {Key: "a", Pool: "north", DS: 19724, Y: -1},
		{Key: "a", Pool: "north", DS: 19724, Y: 1, Flags: 32}} {
		fails(t, "a bad row", model.UpdateOne(&row), ErrRows)
	}
	must(t, model.UpdateOne(&DemandRow{Key: "a", Pool: "north", DS: 19730, Y: -2, Flags: DemandReturn}))
	must(t, model.UpdateOne(&DemandRow{Key: "a", Pool: "north", DS: 19730, Flags: DemandClosed | DemandEstimated}))
	must(t, model.UpdateOne(&DemandRow{Key: "a", Pool: "north", DS: 19731, Y: 9, Flags: DemandExceptional}))
	back := got[*DemandPath](t)(model.ForecastOne(&DemandQuery{Key: "a", Returns: true}))
	equal(t, "returns", back.Mean[0], 2.0)
	path := got[*DemandPath](t)(model.ForecastOne(&DemandQuery{Key: "a"}))
	equal(t, "flags", path.Flags, DemandForecastCensored|DemandForecastMissingSignal)
	equal(t, "no drift", path.Flags&(DemandForecastDrift|DemandForecastFallback|DemandForecastCold), 0)
	_, err := model.ForecastOne(&DemandQuery{Key: "a", Horizon: HorizonMost + 1})
	fails(t, "horizon", err, ErrInvalidArgument)
	_, err = model.Forecast(&DemandForecastOptions{Horizon: HorizonMost + 1})
	fails(t, "horizon of a frame", err, ErrInvalidArgument)
	stream := got[*Stream](t)(model.Forecast(&DemandForecastOptions{Returns: true}))
	must(t, stream.Close())
	fails(t, "no such column", model.Update(ctx, demandHistory("a")[:4], DemandTotalsOnly, nil), ErrSchema)
	_, err = NewDemandModel(&DemandConfig{Season: DemandSeasonMost + 1})
	fails(t, "season", err, ErrInvalidArgument)
	_, err = NewDemandModel(&DemandConfig{Pace: PaceMonths + 1})
	fails(t, "pace", err, ErrInvalidArgument)
	_, err = NewDemandModel(&DemandConfig{Returns: ReturnsNet})
	fails(t, "net without replay", err, ErrInvalidArgument)
	_, err = NewDemandModel(&DemandConfig{Returns: ReturnsSeparate, Events: make([]string, DemandEventsMost+1)})
	fails(t, "events", err, ErrInvalidArgument)
	fails(t, "no rows", newDemand(t, DemandConfig{}).ClosePeriod(1), ErrState)
}
