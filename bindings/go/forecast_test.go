package constellation

import (
	"context"
	"errors"
	"testing"
)

func monthlySales() []Column {
	return []Column{
		TextColumn("unique_id", []string{"a", "b", "a", "b", "a"}),
		DaysColumn("ds", []int32{20028, 20058, 20058, 20089, 20089}),
		DoubleColumn("y", []float64{5, 1, 7, 2, 6}),
	}
}

func TestForecastsOfMonthsGoOnInTheOrderOfSeries(t *testing.T) {
	stream := got[*Stream](t)(FitFamily(monthlySales(), &FamilyOptions{Models: FamilyNaive, Horizon: 2, Period: PeriodMonth}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "rows", all.Len(), 4)
}

func TestASeriesBehindAGapIsLeftOutAlone(t *testing.T) {
	rows := []Column{
		TextColumn("unique_id", []string{"a", "b", "a"}), Int64Column("ds", []int64{1, 1, 3}), DoubleColumn("y", []float64{5, 6, 7}),
	}
	stream, err := FitFamily(rows, &FamilyOptions{Models: FamilyNaive, Horizon: 1})
	fails(t, "a gap", err, ErrRows)
	var told *Error
	if !errors.As(err, &told) || len(told.Rows) != 1 || told.Rows[0].Key != "a" {
		t.Errorf("the series is not named: %v", err)
	}
	all := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "the other series", all.Len(), 1)
	must(t, stream.Close())
	stream = got[*Stream](t)(FitFamily(rows, &FamilyOptions{Horizon: 1, Gap: GapZero}))
	must(t, stream.Close())
}

func TestAHorizonOutOfRangeIsRefused(t *testing.T) {
	_, err := FitFamily(monthlySales(), &FamilyOptions{Horizon: HorizonMost + 1})
	fails(t, "horizon", err, ErrInvalidArgument)
	_, err = FitFamily(monthlySales()[:2], nil)
	fails(t, "no y", err, ErrSchema)
}
