package constellation

import (
	"context"
	"strings"
	"testing"
	"time"
)

const deliveries = "cstn-journey 1\ngap 10 d\nstep start 0 order\nstep - 1 pack\nstep - 2 ship\nstep goal 3 deliver\n"

// fourOrders are journeys: a arrives after a step back, b drops off, c is on its way, d arrives.
func fourOrders() []Column {
	customers := strings.Split("a a a a a a b b c d d d d", " ")
	steps := strings.Split("order pack ship pack ship deliver order pack order order pack ship deliver", " ")
	valid, failed := []int64{}, make([]bool, len(steps))
	for _, n := range []int64{1, 2, 3, 4, 5, 7, 1, 2, 25, 10, 11, 12, 14} {
		valid = append(valid, day(n))
	}
	failed[2], failed[7] = true, true
	return []Column{TextColumn("customer", customers), TimeColumn("valid", valid), TextColumn("step", steps), FlagColumn("failed", failed)}
}

func journeys(t *testing.T) *Journeys {
	t.Helper()
	definition := got[*JourneyDefinition](t)(ParseJourneyDefinition(deliveries))
	defer definition.Close()
	j := got[*Journeys](t)(NewJourneys(definition, time.UnixMicro(day(31))))
	t.Cleanup(func() { j.Close() })
	return j
}

func TestJourneysTellWhoArrives(t *testing.T) {
	j := journeys(t)
	must(t, j.Update(context.Background(), fourOrders(), nil))
	overview := got[*Batch](t)(got[*Stream](t)(j.Export(JourneyOverview, 0)).All(context.Background()))
	for name, want := range map[string]int64{"journeys": 4, "converted": 2, "dropped": 1, "open": 1, "journeys_backward": 1, "journeys_failed": 2} {
		c, _ := overview.Column(name)
		equal(t, name, c.Int64s()[0], want)
	}
	wide, _ := overview.Column("conversion_low")
	narrow := column(t, got[*Stream](t)(j.Export(JourneyOverview, 500_000)), "conversion_low")
	if !(wide.Doubles()[0] < narrow.Doubles()[0]) {
		t.Errorf("low %v of 95 %%, %v of 50 %%", wide.Doubles()[0], narrow.Doubles()[0])
	}
	path := column(t, got[*Stream](t)(j.Export(JourneyPaths, 0)), "path")
	equal(t, "last path", path.Text(3), "order > pack > ship > deliver")
	for _, table := range []JourneyTable{JourneySteps, JourneyTransitions, JourneyTimes, JourneyCurves, JourneyFailures, JourneyByPosition} {
		must(t, got[*Stream](t)(j.Export(table, 0)).Close())
	}
	_, err := j.Export(9, 0)
	fails(t, "a table that is none", err, ErrInvalidArgument)
}

func TestJourneysMergeBeforeAndAfterSettling(t *testing.T) {
	ctx := context.Background()
	whole, left, right := journeys(t), journeys(t), journeys(t)
	must(t, whole.Update(ctx, fourOrders(), nil))
	rows := got[*Batch](t)(got[*Stream](t)(NewStream(fourOrders()...)).All(ctx)).Columns()
	must(t, left.UpdateStream(ctx, got[*Stream](t)(NewStream(rows...)), nil))
	equal(t, "bytes", string(got[[]byte](t)(left.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	must(t, left.Settle(ctx))
	must(t, right.Merge(left))
	must(t, whole.Settle(ctx))
	equal(t, "settled bytes", string(got[[]byte](t)(right.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	again := got[*Journeys](t)(DeserializeJourneys(got[[]byte](t)(whole.Serialize())))
	defer again.Close()
	must(t, again.Merge(whole))
	equal(t, "journeys", column(t, got[*Stream](t)(again.Export(JourneyOverview, 0)), "journeys").Int64s()[0], 8)
	_, err := DeserializeJourneys([]byte("nothing"))
	fails(t, "other bytes", err, ErrCorrupt)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	fails(t, "settling after the end", whole.Settle(cancelled), ErrCancelled)
}

func TestADefinitionOfJourneysIsItsText(t *testing.T) {
	j := journeys(t)
	definition := got[*JourneyDefinition](t)(j.Definition())
	equal(t, "text", definition.Text(), deliveries)
	must(t, definition.Close())
	same := got[*JourneyDefinition](t)(ParseJourneyDefinition(definition.Text()))
	defer same.Close()
	equal(t, "digest", same.Digest(), definition.Digest())
	_, err := ParseJourneyDefinition("cstn-journey 1\ngap 10 d\nstep start 0 order\n")
	fails(t, "no goal", err, ErrFormat)
	other := got[*JourneyDefinition](t)(ParseJourneyDefinition(strings.Replace(deliveries, "10 d", "9 d", 1)))
	defer other.Close()
	fails(t, "another definition", got[*Journeys](t)(NewJourneys(other, time.UnixMicro(day(31)))).Merge(j), ErrMismatch)
	_, err = NewJourneys(nil, time.UnixMicro(day(31)))
	fails(t, "no definition", err, ErrInvalidArgument)
	columns := fourOrders()
	columns[2] = CodedColumn("step", make([]int32, columns[0].Len()), []string{"dance"})
	fails(t, "steps that are none", j.Update(context.Background(), columns, nil), ErrRows)
}
