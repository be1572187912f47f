package constellation

import (
	"strings"
	"testing"
	"time"
)

func onTimeLine() OrderLine {
	return OrderLine{
		LineNumber: 1,
		Ordered:    TimeOf(day(1)),
		Promised:   TimeOf(day(10)),
		Delivered:  TimeOf(day(10) + 14*3_600_000_000),
		Quantity:   Qty(5), QuantityDelivered: Qty(5),
	}
}

func TestALineDeliveredOnThePromisedDayIsPerfect(t *testing.T) {
	line := onTimeLine()
	v := got[*Verdict](t)(JudgeLine(policy(t, ""), asOf(), nil, &line))
	equal(t, "perfect", v.Perfect(), true)
	equal(t, "outcome", v.Outcome, OutcomeCounted)
	if !strings.Contains(v.Explanation, "2018-01-11") {
		t.Errorf("the explanation names no day: %s", v.Explanation)
	}
}

func TestALineADayLateFailsOnTime(t *testing.T) {
	line := onTimeLine()
	line.Delivered = line.Delivered.AddDate(0, 0, 1)
	line.Failures[0] = Failure{Cause: "storm", Owner: OwnerCarrier}
	v := got[*Verdict](t)(JudgeLine(policy(t, ""), asOf(), nil, &line))
	equal(t, "pattern", v.Pattern, OnTime)
	equal(t, "pattern's name", v.Pattern.String(), "T")
	equal(t, "cause", v.Failures[0].Cause, "storm")
	equal(t, "owner", v.Failures[0].Owner, OwnerCarrier)
	equal(t, "cause of what did not fail", v.Failures[1].Cause, "")
}

func TestAMicrosecondLateCountsByInstant(t *testing.T) {
	p := policy(t, "time_unit=instant")
	line := onTimeLine()
	line.Delivered = line.Promised
	equal(t, "in time", got[*Verdict](t)(JudgeLine(p, asOf(), nil, &line)).Perfect(), true)
	line.Delivered = line.Promised.Add(time.Microsecond)
	equal(t, "late", got[*Verdict](t)(JudgeLine(p, asOf(), nil, &line)).Pattern, OnTime)
}

func TestAnUnknownQuantityIsNotZero(t *testing.T) {
	line := onTimeLine()
	line.QuantityDelivered = Quantity{}
	v := got[*Verdict](t)(JudgeLine(policy(t, ""), asOf(), nil, &line))
	equal(t, "outcome", v.Outcome, OutcomeExcluded)
	equal(t, "reason", v.Reason, ReasonUnassessedInFull)
	equal(t, "its name", v.Reason.String(), "unassessed_in_full")
	line.QuantityDelivered = Qty(0)
	v = got[*Verdict](t)(JudgeLine(policy(t, ""), asOf(), nil, &line))
	equal(t, "in full fails", v.Pattern&InFull, InFull)
}

func TestAnOrderFailsWhereAnyOfItsLinesDoes(t *testing.T) {
	late, short := onTimeLine(), onTimeLine()
	late.Delivered = late.Delivered.AddDate(0, 0, 3)
	short.LineNumber, short.QuantityDelivered = 2, Qty(4)
	p := policy(t, "")
	v := got[*Verdict](t)(JudgeOrder(p, asOf(), nil, []OrderLine{late, short, onTimeLine()}))
	equal(t, "pattern", v.Pattern, OnTime|InFull)
	equal(t, "name", v.Pattern.String(), "TF")
}

func TestDeliveriesAddUp(t *testing.T) {
	line := onTimeLine()
	line.Delivered, line.QuantityDelivered = time.Time{}, Quantity{}
	line.Deliveries = []LineDelivery{
		{Time: TimeOf(day(11)), Quantity: 2, Shipment: 2},
		{Time: TimeOf(day(8)), Quantity: 3, Shipment: 1},
	}
	v := got[*Verdict](t)(JudgeLine(policy(t, ""), asOf(), nil, &line))
	equal(t, "60 % in time, 40 % next day", v.Pattern, OnTime)
	line.Deliveries[0].Time = TimeOf(day(10))
	equal(t, "all in time", got[*Verdict](t)(JudgeLine(policy(t, ""), asOf(), nil, &line)).Perfect(), true)
}

func TestALongExplanationIsNotCut(t *testing.T) {
	lines := []OrderLine{}
	for i := range 60 {
		line := onTimeLine()
		line.LineNumber = int32(i + 1)
		line.Delivered = line.Delivered.AddDate(0, 0, 1+i)
		line.Failures[0].Cause = strings.Repeat("x", 100)
		lines = append(lines, line)
	}
	v := got[*Verdict](t)(JudgeOrder(policy(t, ""), asOf(), nil, lines))
	equal(t, "cause", v.Failures[0].Cause, strings.Repeat("x", 100))
	if len(v.Explanation) <= 1024 || !strings.Contains(v.Explanation, "2018-03-12") {
		t.Errorf("the explanation has %d bytes", len(v.Explanation))
	}
}

func TestTheZoneOfAPolicyIsHandedOverAsData(t *testing.T) {
	calendar := got[*Calendar](t)(ParseCalendar("cstn-calendar 1\nweek=1111100\n"))
	defer calendar.Close()
	p := policy(t, "calendar="+calendar.Digest().String())
	line := onTimeLine()
	_, err := JudgeLine(p, asOf(), nil, &line)
	fails(t, "no calendar", err, ErrInvalidArgument)
	v := got[*Verdict](t)(JudgeLine(p, asOf(), &PolicyData{Calendar: calendar}, &line))
	equal(t, "perfect", v.Perfect(), true)

	zone := got[*Zone](t)(FixedZone(-5 * 3600))
	defer zone.Close()
	p = policy(t, "zone=ship_to")
	line.ShipToZone = "Bogota"
	data := &PolicyData{Zones: map[string]*Zone{"Bogota": zone, "Other": zone}}
	line.Promised, line.Delivered = TimeOf(day(10)+12*3_600_000_000), TimeOf(day(11)+2*3_600_000_000)
	equal(t, "still the promised day there", got[*Verdict](t)(JudgeLine(p, asOf(), data, &line)).Perfect(), true)
	line.ShipToZone = ""
	line.PromisedOffset, line.ActualOffset = OffsetMinutes(0), OffsetMinutes(0)
	equal(t, "the next day in UTC", got[*Verdict](t)(JudgeLine(p, asOf(), data, &line)).Pattern, OnTime)
	line.PromisedOffset, line.ActualOffset = Offset{}, Offset{}
	equal(t, "no offset reported", got[*Verdict](t)(JudgeLine(p, asOf(), data, &line)).Reason, ReasonUnassessedOnTime)
}

func TestALineThatBreaksARuleIsAnError(t *testing.T) {
	line := onTimeLine()
	line.Quantity = Qty(0)
	_, err := JudgeLine(policy(t, ""), asOf(), nil, &line)
	fails(t, "quantity", err, ErrInvalidArgument)
	line = onTimeLine()
	line.Failures[0].Cause = "a\x00b"
	_, err = JudgeLine(policy(t, ""), asOf(), nil, &line)
	fails(t, "cause", err, ErrInvalidArgument)
	line = onTimeLine()
	_, err = JudgeLine(policy(t, ""), time.Time{}, nil, &line)
	fails(t, "as-of", err, ErrInvalidArgument)
	line.Promised = time.Unix(1<<55, 0)
	_, err = JudgeLine(policy(t, ""), asOf(), nil, &line)
	fails(t, "a time that does not fit", err, ErrOverflow)
}
