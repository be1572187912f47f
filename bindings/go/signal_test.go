package constellation

import (
	"context"
	"testing"
)

// A shop that sells twice as much when there is an offer, and the offers as rows of signals that are
// told `ahead` days before.
func shopWithOffers(ahead int64) (rows, signals []Column) {
	var ids, names []string
	var ds, available []int64
	var y, value []float64
	for day := int64(0); day < 120; day++ {
		offer := float64(0)
		if day*day%7 == 2 {
			offer = 1
		}
		ids, names = append(ids, "shop"), append(names, "offer")
		ds, available = append(ds, day), append(available, day-ahead)
		y, value = append(y, 20+20*offer+float64(day*5%9)), append(value, offer)
	}
	rows = []Column{TextColumn("unique_id", ids), Int64Column("ds", ds), DoubleColumn("y", y)}
	signals = []Column{TextColumn("signal", names), Int64Column("ds", ds), DoubleColumn("value", value),
		Int64Column("available_us", available)}
	return rows, signals
}

func offers() []Signal {
	return []Signal{{Name: "offer", Partner: "Depot", Kind: KnownFuture, Feature: SignalAsPromotion}}
}

func TestAFeedThatTellsOfOffersHalvesTheError(t *testing.T) {
	rows, signals := shopWithOffers(1)
	stream := got[*Stream](t)(SignalValue(rows, signals, offers(), &SignalValueOptions{Origins: 30, Season: 3,
		Scale: SignalLog, Means: []int32{9, 1}, Rows: SignalPositions, ServicePpm: 900000, HoldingMinor: 10}))
	defer stream.Close()
	all := got[*Batch](t)(stream.All(context.Background()))
	equal(t, "rows", all.Len(), 2)
	without, _ := all.Column("without")
	with, _ := all.Column("with")
	if w := with.Doubles()[1]; w > without.Doubles()[1]/2 {
		t.Errorf("with the feed %g, without %g", w, without.Doubles()[1])
	}
}

func TestAFeedThatComesTooLateIsRefusedByName(t *testing.T) {
	rows, signals := shopWithOffers(0)
	_, err := SignalValue(rows, signals, offers(), &SignalValueOptions{Origins: 30, Season: 3})
	fails(t, "offers of today", err, ErrLeakage)
	late := offers()
	late[0].Moment = LateIsMissing
	_, err = SignalValue(rows, signals, late, &SignalValueOptions{Origins: 30, Season: 3})
	fails(t, "nothing is left", err, ErrEmpty)
}

func TestASignalThatIsNotDeclaredIsRefused(t *testing.T) {
	rows, signals := shopWithOffers(1)
	_, err := SignalValue(rows, signals, []Signal{{Name: "moon", Kind: KnownFuture}}, nil)
	fails(t, "offer", err, ErrSchema)
	_, err = SignalValue(rows, nil, nil, nil)
	fails(t, "none", err, ErrInvalidArgument)
	many := make([]Signal, SignalsMost+1)
	_, err = SignalValue(rows, nil, many, nil)
	fails(t, "too many", err, ErrLimit)
}
