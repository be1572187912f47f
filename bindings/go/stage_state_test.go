package constellation

import (
	"context"
	"testing"
	"time"
)

func movesOf(t *testing.T, history *StageHistory) int64 {
	t.Helper()
	defer history.Close()
	return int64(got[*Batch](t)(got[*Stream](t)(history.Moves()).All(context.Background())).Len())
}

func finished(t *testing.T, state *StageState, until int64) int64 {
	t.Helper()
	history, err := state.Finish(context.Background(), &StageOptions{AsOf: time.UnixMicro(day(until))})
	must(t, err)
	return movesOf(t, history)
}

func stageState(t *testing.T) *StageState {
	t.Helper()
	policy := got[*StagePolicy](t)(NewStagePolicy())
	defer policy.Close()
	state := got[*StageState](t)(NewStageState(policy, time.Time{}))
	t.Cleanup(func() { state.Close() })
	return state
}

func TestEventsThatComeOverTimeGiveTheHistoryOfAll(t *testing.T) {
	ctx := context.Background()
	kinds, days := []string{"ORDER", "EXIT_THREAT", "PLAN_PROMISED"}, []int64{0, 10, 12}
	all := movesOf(t, replayed(t, "a", kinds, days, 30))
	state, other := stageState(t), stageState(t)
	must(t, state.UpdateStream(ctx, stageEvents(t, "a", kinds[:1], days[:1]), nil))
	equal(t, "moves of one event", finished(t, state, 30), 1)
	must(t, other.UpdateStream(ctx, stageEvents(t, "a", kinds, days), nil))
	must(t, state.Merge(other))
	equal(t, "moves of all", finished(t, state, 30), all)
	bytes := got[[]byte](t)(state.Serialize())
	equal(t, "bytes", string(bytes), string(got[[]byte](t)(other.Serialize())))
	again := got[*StageState](t)(DeserializeStageState(bytes))
	defer again.Close()
	equal(t, "moves of what was read", finished(t, again, 30), all)
	_, err := DeserializeStageState(bytes[:20])
	fails(t, "cut bytes", err, ErrCorrupt)
}

func TestEventsBeforeWhatIsSettledAreLate(t *testing.T) {
	ctx := context.Background()
	state := stageState(t)
	must(t, state.Update(ctx, []Column{TextColumn("customer", []string{"a"}), Int64Column("event_id", []int64{7}),
		TextColumn("kind", []string{"ORDER"}), TimeColumn("valid", []int64{day(5)})}, nil))
	must(t, state.Settle(time.UnixMicro(day(10))))
	fails(t, "a late event", state.UpdateStream(ctx, stageEvents(t, "a", []string{"ORDER"}, []int64{9}), nil), ErrRows)
	equal(t, "moves", finished(t, state, 10), 1)
	_, err := state.Finish(ctx, &StageOptions{AsOf: time.UnixMicro(day(9))})
	fails(t, "before what is settled", err, ErrInvalidArgument)
	_, err = state.Finish(ctx, nil)
	fails(t, "no as-of time", err, ErrInvalidArgument)
}
