package constellation

import (
	"context"
	"fmt"
	"testing"
)

func twoForecasts() []Column {
	return []Column{
		TextColumn("unique_id", []string{"a", "a", "b"}), Int64Column("ds", []int64{5, 6, 5}),
		DoubleColumn("y", []float64{10, 12, 3}), DoubleColumn("A", []float64{9, 12, 6}), DoubleColumn("B", []float64{8, 12, 3}),
	}
}

func TestScoresAreMeansOverSeriesOfEachModel(t *testing.T) {
	history := []Column{
		TextColumn("unique_id", []string{"a", "a", "b", "b"}), Int64Column("ds", []int64{3, 4, 3, 4}),
		DoubleColumn("y", []float64{1, 2, 1, 3}),
	}
	stream := got[*Stream](t)(ScoreForecasts(twoForecasts(), history, &ScoreOptions{
		Metrics: []ForecastMeasure{MetricMASE, MetricOWA}, Reference: "B", Weighting: WeightUnits,
	}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "rows", all.Len(), 4)
	column, _ := all.Column("value")
	value := column.Doubles()
	near(t, "A", value[0], (3*0.5+4*1.5)/7, 1e-15)
	near(t, "B", value[1], (3*1+4*0)/7.0, 1e-15)
	near(t, "the reference by itself", value[3], 1, 0)
}

func TestALevelThatIsNoColumnIsRefused(t *testing.T) {
	_, err := ScoreForecasts(twoForecasts(), nil, &ScoreOptions{Metrics: []ForecastMeasure{MetricMAE}, Levels: []string{"", "state"}})
	fails(t, "no column", err, ErrSchema)
	stream := got[*Stream](t)(ScoreForecasts(twoForecasts(), nil, &ScoreOptions{
		Metrics: []ForecastMeasure{MetricMAE}, Models: []string{"B"}, Levels: []string{"unique_id"}, Flags: ScoreByLevel}))
	defer stream.Close()
	equal(t, "a level and the mean", got[*Batch](t)(stream.All(context.Background())).Len(), 2)
	_, err = ScoreForecasts(twoForecasts(), nil, &ScoreOptions{Metrics: []ForecastMeasure{MetricMASE}})
	fails(t, "no history", err, ErrInvalidArgument)
}

func TestABacktestForecastsFromWhatWasKnown(t *testing.T) {
	rows := []Column{
		TextColumn("unique_id", []string{"a", "a", "a", "a"}), Int64Column("ds", []int64{1, 2, 3, 4}),
		DoubleColumn("y", []float64{5, 6, 8, 7}), Int64Column("available_us", []int64{1, 2, 4, 4}),
	}
	naive := &FamilyOptions{Models: FamilyNaive, Horizon: 1}
	_, err := Backtest(rows, naive, nil)
	fails(t, "the third row came later", err, ErrLeakage)
	stream := got[*Stream](t)(Backtest(rows, naive, &BacktestOptions{Windows: 2, OriginOffsetMicros: 1}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	column, _ := all.Column("Naive")
	equal(t, "windows", all.Len(), 2)
	equal(t, "the last value before the second cutoff", column.Doubles()[1], 8)
	stream = got[*Stream](t)(Backtest(rows[:3], naive, &BacktestOptions{Cutoffs: []int64{1, 2}, Refit: -1}))
	column, _ = got[*Batch](t)(stream.All(context.Background())).Column("Naive")
	equal(t, "one fit for both", column.Doubles()[1], 5)
	must(t, stream.Close())
	stream = got[*Stream](t)(Backtest(rows[:3], naive, &BacktestOptions{HasLast: true, Last: 2, Signals: []string{"y"}[:0]}))
	must(t, stream.Close())
	_, err = Backtest(rows[:3], naive, &BacktestOptions{Cutoffs: []int64{2, 1}})
	fails(t, "not ascending", err, ErrInvalidArgument)
}

func TestADemandModelIsToldWhatWasKnownAtEachCutoff(t *testing.T) {
	config := &DemandConfig{Pool: "pool", Events: []string{"fair"}, Season: 7}
	past := got[*Stream](t)(Backtest(fairDays(190, 190), &FamilyOptions{Horizon: 3},
		&BacktestOptions{Cutoffs: []int64{150, 180}, Demand: config, AssumeKnown: true}))
	defer past.Close()
	all := got[*Batch](t)(past.All(context.Background()))
	equal(t, "six series, two cutoffs, three days", all.Len(), 36)
	if _, has := all.Column("Auto"); has {
		t.Error("a family was fitted, and none was asked for")
	}
	said, _ := all.Column("Demand")
	model := got[*DemandModel](t)(NewDemandModel(config))
	defer model.Close()
	must(t, model.Update(context.Background(), fairDays(181, 181), DemandSort|DemandWholePeriods, nil))
	path := got[*DemandPath](t)(model.ForecastOne(&DemandQuery{Key: "s5", Horizon: 3, Events: []uint32{1, 0, 0}}))
	equal(t, "what a model says that knows the fair of day 181", fmt.Sprint(said.Doubles()[33:]), fmt.Sprint(path.Mean))
	beside := got[*Stream](t)(Backtest(fairDays(60, 60), &FamilyOptions{Models: FamilyNaive, Horizon: 1, Season: 7},
		&BacktestOptions{Signals: []string{"fair"}, Demand: &DemandConfig{Pool: "pool"}}))
	defer beside.Close()
	columns := got[*Batch](t)(beside.All(context.Background()))
	for _, name := range []string{"Naive", "Demand"} {
		if _, has := columns.Column(name); !has {
			t.Errorf("no column %s", name)
		}
	}
}

func TestABacktestRefusesADemandModelThatCannotBe(t *testing.T) {
	rows := []Column{TextColumn("unique_id", []string{"a", "a"}), Int64Column("ds", []int64{1, 2}), DoubleColumn("y", []float64{-4, 1})}
	stream, err := Backtest(rows, &FamilyOptions{Horizon: 1}, &BacktestOptions{Demand: &DemandConfig{}})
	fails(t, "less than nothing was sold", err, ErrRows)
	equal(t, "no series is left", got[*Batch](t)(stream.All(context.Background())).Len(), 0)
	must(t, stream.Close())
	_, err = Backtest(rows, &FamilyOptions{Horizon: 1}, &BacktestOptions{Demand: &DemandConfig{Season: DemandSeasonMost + 1}})
	fails(t, "season", err, ErrInvalidArgument)
	_, err = Backtest(rows, &FamilyOptions{Horizon: 1}, &BacktestOptions{Demand: &DemandConfig{Pool: "shop"}})
	fails(t, "no pool", err, ErrSchema)
	_, err = Backtest(rows, &FamilyOptions{Horizon: 1}, &BacktestOptions{Window: 2, Demand: &DemandConfig{}})
	fails(t, "window", err, ErrInvalidArgument)
	_, err = Backtest(rows, &FamilyOptions{Horizon: 1}, &BacktestOptions{Demand: &DemandConfig{Pool: "a\x00b"}})
	fails(t, "a name with a zero byte", err, ErrInvalidArgument)
}
