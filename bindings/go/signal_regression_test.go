package constellation

import (
	"context"
	"testing"
)

func TestARegressionForecastsEverySeriesAndRefusesWhatCannotBe(t *testing.T) {
	options := &RegressOptions{Signals: []RegressSignal{{Name: "fair", Flags: RegressNext}}, Season: 7, Horizon: 7}
	stream := got[*Stream](t)(Regress(fairRows(), options))
	defer stream.Close()
	equal(t, "rows", got[*Batch](t)(stream.All(context.Background())).Len(), 42)
	plain := got[*Stream](t)(Regress(fairRows(), &RegressOptions{Season: 7, NoSeason: true, NoMonth: true,
		Signals: []RegressSignal{{Name: "fair", Flags: RegressClosed}}}))
	defer plain.Close()
	equal(t, "a season of each", got[*Batch](t)(plain.All(context.Background())).Len(), 42)
	_, err := Regress(fairRows(), &RegressOptions{Horizon: HorizonMost + 1})
	fails(t, "horizon", err, ErrInvalidArgument)
	_, err = Regress(fairRows(), &RegressOptions{Signals: []RegressSignal{{Name: "rain"}}})
	fails(t, "no such column", err, ErrSchema)
	_, err = Regress(fairRows(), &RegressOptions{Signals: make([]RegressSignal, RegressSignalsMost+1)})
	fails(t, "signals", err, ErrInvalidArgument)
}

func TestPartsOfARegressionAddUp(t *testing.T) {
	options := &RegressOptions{Signals: []RegressSignal{{Name: "fair", Flags: RegressNext}}, Season: 7, Horizon: 7}
	stream := got[*Stream](t)(RegressExplain(fairRows(), options))
	defer stream.Close()
	batch := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "rows", batch.Len(), 42)
	off := partsOff(t, batch, "baseline", "season", "month", "recalibration", "floor", "signal_fair")
	if off > 1e-9 {
		t.Errorf("parts are off by %g", off)
	}
	_, err := RegressExplain(fairRows(), &RegressOptions{Horizon: HorizonMost + 1})
	fails(t, "horizon", err, ErrInvalidArgument)
}
