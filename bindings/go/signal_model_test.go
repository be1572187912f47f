package constellation

import (
	"context"
	"math"
	"testing"
)

// matchRows are days [from, to) of four kiosks: a match doubles what is sold, rain takes a quarter.
func matchRows(from, to int64) []Column {
	var keys []string
	var ds []int64
	var y, match, rain []float64
	for i, name := range []string{"east", "north", "south", "west"} {
		for day := from; day < to; day++ {
			sold, matches, rains := float64(40+20*i)+float64((day+int64(i))%3), 0.0, 0.0
			if (day+int64(i))%6 == 0 {
				matches, sold = 1, 2*sold
			}
			if day*7%5 < 2 {
				rains, sold = 1, .75*sold
			}
			keys, ds, y = append(keys, name), append(ds, day), append(y, sold)
			match, rain = append(match, matches), append(rain, rains)
		}
	}
	return []Column{TextColumn("unique_id", keys), Int64Column("ds", ds), DoubleColumn("y", y), DoubleColumn("match", match),
		DoubleColumn("rain", rain)}
}

func matchModel(t *testing.T) *SignalModel {
	t.Helper()
	model := got[*SignalModel](t)(NewSignalModel(&SignalModelConfig{
		Signals: []RegressSignal{{Name: "match"}, {Name: "rain"}}}))
	t.Cleanup(func() { model.Close() })
	return model
}

func TestASignalModelLearnsRowByRowAndIsTheSameInParts(t *testing.T) {
	ctx := context.Background()
	whole, daily := matchModel(t), matchModel(t)
	must(t, whole.Update(ctx, matchRows(0, 60), &UpdateOptions{Threads: 3}))
	for day := int64(0); day < 60; day += 20 {
		must(t, daily.Update(ctx, matchRows(day, day+20), nil))
		daily = got[*SignalModel](t)(DeserializeSignalModel(got[[]byte](t)(daily.Serialize())))
		defer daily.Close()
	}
	equal(t, "bytes", string(got[[]byte](t)(daily.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	equal(t, "digest", got[[32]byte](t)(daily.Digest()), got[[32]byte](t)(whole.Digest()))
	fails(t, "the same series", whole.Merge(daily), ErrConflict)
	empty := matchModel(t)
	must(t, empty.Merge(whole))
	equal(t, "merged", string(got[[]byte](t)(empty.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	size := got[SignalModelSize](t)(whole.Size())
	equal(t, "series", size.Series, 4)
	equal(t, "latest", size.LatestDS, 59)
	equal(t, "bytes of a state", size.SeriesBytes, uint64(20+4*(3*6/2)))
}

func TestANewSeriesOfASignalModelBeginsAtItsPool(t *testing.T) {
	model := matchModel(t)
	fails(t, "no rows", model.LearnPools(false), ErrState)
	must(t, model.Update(context.Background(), matchRows(0, 60), nil))
	must(t, model.LearnPools(false))
	must(t, model.UpdateOne(&SignalModelRow{Key: "new", DS: 60, Y: 30, Signals: []float64{0, 0}}))
	mean, flags, err := model.ForecastOne(&SignalModelQuery{Key: "new", Signals: [][]float64{{0, 0}, {1, 0}, {1, math.NaN()}}})
	must(t, err)
	if math.Abs(mean[0]-30) > 1 || math.Abs(mean[1]-60) > 2 || mean[2] >= mean[1] {
		t.Errorf("means are %v", mean)
	}
	equal(t, "flags", flags[1], SignalModelAssumedKnown)
	equal(t, "flags", flags[2], SignalModelAssumedKnown|SignalModelMissingSignal)
	stream := got[*Stream](t)(model.Forecast(&SignalModelForecastOptions{Rows: []Column{
		TextColumn("unique_id", []string{"new", "new", "east"}), Int64Column("ds", []int64{61, 62, 60}),
		DoubleColumn("match", []float64{0, 1, 0}), DoubleColumn("rain", []float64{0, 0, 0})}}))
	defer stream.Close()
	equal(t, "rows", got[*Batch](t)(stream.All(context.Background())).Len(), 3)
	all := got[*Stream](t)(model.Forecast(&SignalModelForecastOptions{Horizon: 2}))
	defer all.Close()
	equal(t, "all", got[*Batch](t)(all.All(context.Background())).Len(), 10)
	effects := got[*Stream](t)(model.Effects())
	defer effects.Close()
	equal(t, "effects", got[*Batch](t)(effects.All(context.Background())).Len(), 15)
	pools := got[*Stream](t)(model.Pools())
	defer pools.Close()
	equal(t, "pools", got[*Batch](t)(pools.All(context.Background())).Len(), 3)
	must(t, model.LearnPools(true))
	equal(t, "series", got[SignalModelSize](t)(model.Size()).Series, 0)
}

func TestWhatASignalModelCannotLearnIsRefused(t *testing.T) {
	model := matchModel(t)
	must(t, model.Update(context.Background(), matchRows(0, 10), nil))
	fails(t, "again", model.Update(context.Background(), matchRows(9, 12), nil), ErrRows)
	fails(t, "late", model.UpdateOne(&SignalModelRow{Key: "east", DS: 3, Y: 1}), ErrRows)
	fails(t, "signals", model.UpdateOne(&SignalModelRow{Key: "east", DS: 10, Y: 1, Signals: []float64{1}}), ErrInvalidArgument)
	_, _, err := model.ForecastOne(&SignalModelQuery{Key: "east", Horizon: 2, Signals: [][]float64{{0, 0}}})
	fails(t, "periods", err, ErrInvalidArgument)
	_, _, err = model.ForecastOne(&SignalModelQuery{Key: "east", Signals: [][]float64{{0, 0}, {0}}})
	fails(t, "widths", err, ErrInvalidArgument)
	_, err = model.Forecast(&SignalModelForecastOptions{Horizon: HorizonMost + 1})
	fails(t, "horizon", err, ErrInvalidArgument)
	_, err = NewSignalModel(&SignalModelConfig{Forgetting: .5})
	fails(t, "forgetting", err, ErrInvalidArgument)
	_, err = NewSignalModel(&SignalModelConfig{Level: .1, Steady: true})
	fails(t, "steady", err, ErrInvalidArgument)
	_, err = NewSignalModel(&SignalModelConfig{Signals: make([]RegressSignal, SignalModelSignalsMost+1)})
	fails(t, "signals", err, ErrInvalidArgument)
}
