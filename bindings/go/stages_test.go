package constellation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func stageEvents(t *testing.T, customer string, kinds []string, days []int64) *Stream {
	t.Helper()
	customers, ids, valid := []string{}, []int64{}, []int64{}
	for i := range kinds {
		customers, ids = append(customers, customer), append(ids, int64(i))
		valid = append(valid, day(days[i]))
	}
	return got[*Stream](t)(NewStream(TextColumn("customer", customers), Int64Column("event_id", ids),
		TextColumn("kind", kinds), TimeColumn("valid", valid)))
}

func replayed(t *testing.T, customer string, kinds []string, days []int64, until int64) *StageHistory {
	t.Helper()
	policy := got[*StagePolicy](t)(NewStagePolicy())
	defer policy.Close()
	history, err := StageReplay(context.Background(), policy, stageEvents(t, customer, kinds, days),
		&StageOptions{AsOf: time.UnixMicro(day(until))})
	must(t, err)
	t.Cleanup(func() { history.Close() })
	return history
}

func TestStagesMoveWithTheirRules(t *testing.T) {
	history := replayed(t, "a", []string{"ORDER", "EXIT_THREAT", "PLAN_PROMISED"}, []int64{0, 10, 12}, 30)
	moves := got[*Batch](t)(got[*Stream](t)(history.Moves()).All(context.Background()))

	equal(t, "moves", moves.Len(), 3)
	rules := []string{}
	for i := range moves.Len() {
		rules = append(rules, moves.Columns()[6].Text(i))
	}
	equal(t, "rules", strings.Join(rules, " "), "R02 R04 R06")
	customers := got[*Batch](t)(got[*Stream](t)(history.Customers()).All(context.Background()))

	equal(t, "stage", customers.Columns()[1].Text(0), StageRecovery.String())
}

func TestStagesOfCustomersThatComeAgainAreNoticed(t *testing.T) {
	policy := got[*StagePolicy](t)(NewStagePolicy())
	defer policy.Close()
	events := got[*Stream](t)(NewStream(TextColumn("customer", []string{"a", "b", "a"}), Int64Column("event_id", []int64{1, 2, 3}),
		TextColumn("kind", []string{"ORDER", "ORDER", "ORDER"}), TimeColumn("valid", []int64{day(1), day(1), day(2)})))
	_, err := StageReplay(context.Background(), policy, events, &StageOptions{AsOf: time.UnixMicro(day(9)), Grouped: true})
	fails(t, "a customer that comes again", err, ErrNotClustered)
}

func TestStageAtIsThatOfTheDay(t *testing.T) {
	history := replayed(t, "a", []string{"ORDER", "EXIT_THREAT"}, []int64{1, 10}, 30)
	stage, since, known, err := history.StageAt("a", time.UnixMicro(day(9)))
	must(t, err)
	equal(t, "known", known, true)
	equal(t, "stage", stage, StageCommit)
	equal(t, "since", since.UnixMicro(), day(1))
	_, _, known, err = history.StageAt("a", time.UnixMicro(day(0)))
	must(t, err)
	equal(t, "before the first event", known, false)
	_, _, _, err = history.StageAt("b", time.UnixMicro(day(9)))
	fails(t, "a customer that is not there", err, ErrNotFound)
	_, _, _, err = history.StageAt("a", time.UnixMicro(day(31)))
	fails(t, "after the as-of time", err, ErrInvalidArgument)
}

func TestStageSummariesMergeInAnyOrder(t *testing.T) {
	kinds, days := []string{"ORDER", "EXIT_THREAT"}, []int64{0, 5}
	bytes := func(first, second string) string {
		a := got[*StageSummary](t)(replayed(t, first, kinds, days, 300).Summary())
		defer a.Close()
		b := got[*StageSummary](t)(replayed(t, second, kinds[:1], days[:1], 300).Summary())
		defer b.Close()
		must(t, b.Merge(a))
		return string(got[[]byte](t)(b.Serialize()))
	}
	if bytes("a", "b") != bytes("c", "d") {
		t.Error("names of customers are in a summary")
	}
	s := got[*StageSummary](t)(DeserializeStageSummary([]byte(bytes("a", "b"))))
	defer s.Close()
	for _, table := range []func() (*Stream, error){s.Overview, s.Transitions, s.Stays, s.Crisis, s.Periods} {
		batch := got[*Batch](t)(got[*Stream](t)(table()).All(context.Background()))
		if batch.Len() == 0 {
			t.Error("an empty table")
		}

	}
	part := got[*StageSummary](t)(replayed(t, "b", kinds[:1], days[:1], 300).Summary())
	defer part.Close()
	must(t, s.Remove(part))
	fails(t, "a customer who is not there any more", s.Remove(part), ErrState)
	must(t, s.Merge(part))
	values := got[map[Stage]float64](t)(s.Value(map[Stage]float64{StageCommit: 1}, 0.1))
	if _, there := values[StageStruggle]; there {
		t.Error("a stage without periods has a value")
	}
	if err := s.Merge(s); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("merged into itself: %v", err)
	}
	if _, err := DeserializeStageSummary([]byte("CSTNSTA1")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("bytes that are no summary: %v", err)
	}
}

func TestAHistoryTravelsAsBytes(t *testing.T) {
	history := replayed(t, "a", []string{"ORDER", "EXIT_THREAT"}, []int64{0, 5}, 300)
	defer history.Close()
	bytes := got[[]byte](t)(history.Serialize())
	again := got[*StageHistory](t)(DeserializeStageHistory(bytes))
	defer again.Close()
	equal(t, "bytes", string(got[[]byte](t)(again.Serialize())), string(bytes))
	stage, since, known, err := again.StageAt("a", time.UnixMicro(day(6)))
	must(t, err)
	equal(t, "known", known, true)
	equal(t, "stage", stage, StageCrisis)
	equal(t, "since", since.UnixMicro(), day(5))
	bytes[len(bytes)-1] ^= 1
	_, err = DeserializeStageHistory(bytes)
	fails(t, "damaged bytes", err, ErrCorrupt)
}

func TestStagePoliciesThatSwingAreRefused(t *testing.T) {
	policy := got[*StagePolicy](t)(NewStagePolicy())
	must(t, policy.Close())
	same := got[*StagePolicy](t)(ParseStagePolicy(policy.Text()))
	defer same.Close()
	equal(t, "digest", same.Digest(), policy.Digest())
	_, err := ParseStagePolicy(strings.Replace(policy.Text(), "failures <= 500", "failures <= 1999", 1))
	if !errors.Is(err, ErrPolicy) {
		t.Errorf("no gap: %v", err)
	}
	_, err = StageReplay(context.Background(), policy, stageEvents(t, "a", []string{"ORDER"}, []int64{0}),
		&StageOptions{AsOf: asOf()})
	if !errors.Is(err, ErrClosed) {
		t.Errorf("a closed policy: %v", err)
	}
}

func TestBadEventsAreTold(t *testing.T) {
	policy := got[*StagePolicy](t)(NewStagePolicy())
	defer policy.Close()
	history, err := StageReplay(context.Background(), policy,
		stageEvents(t, "a", []string{"ORDER", "ORDERED"}, []int64{0, 1}), &StageOptions{AsOf: asOf()})
	if !errors.Is(err, ErrRows) || history == nil {
		t.Fatalf("%v, %v", history, err)
	}
	must(t, history.Close())
}

func TestKindsAndStagesHaveNames(t *testing.T) {
	for k := InteractionNPSAnswer; k < interactions; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
	equal(t, "rank", StageDevelop.Rank(), 5)
	equal(t, "unknown", Stage(99).String(), "")
}
