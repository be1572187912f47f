package constellation

import (
	"bytes"
	"context"
	"testing"
)

// fairPart are the rows of fairRows of some of its series.
func fairPart(first, end int) []Column { return fairSeries(first, end, 198, 190) }

// begunState is a state without series, out of the totals of all.
func begunState(t *testing.T) *GlobalState {
	t.Helper()
	return got[*GlobalState](t)(NewGlobalState(fairRows()[1:4], fairOptions(1)))
}

func TestAGlobalRidgeInPartsHasTheBytesOfOne(t *testing.T) {
	whole := got[*GlobalRidge](t)(FitGlobal(fairRows(), fairOptions(1)))
	defer whole.Close()
	expected := got[[]byte](t)(whole.Serialize())
	begun := begunState(t)
	defer begun.Close()
	empty := got[[]byte](t)(begun.Serialize())
	for _, cut := range []int{1, 3, 5} {
		first := got[*GlobalState](t)(DeserializeGlobalState(empty))
		second := got[*GlobalState](t)(DeserializeGlobalState(empty))
		must(t, first.Update(context.Background(), fairPart(0, cut), &UpdateOptions{Threads: 2}))
		must(t, second.Update(context.Background(), fairPart(cut, 6), nil))
		sold, total := got[float64](t)(first.Param("sold")), got[float64](t)(first.Param("total"))
		equal(t, "a part", sold < total, true)
		must(t, second.Merge(first))
		equal(t, "all of it", got[float64](t)(second.Param("sold")), total)
		model := got[*GlobalRidge](t)(second.Finish())
		equal(t, "bytes", bytes.Equal(got[[]byte](t)(model.Serialize()), expected), true)
		must(t, model.Close())
		must(t, first.Close())
		must(t, second.Close())
	}
}

func TestAGlobalStateRefusesWhatCannotBe(t *testing.T) {
	state, other := begunState(t), begunState(t)
	defer state.Close()
	defer other.Close()
	must(t, state.Update(context.Background(), fairPart(0, 2), nil))
	must(t, other.Update(context.Background(), fairPart(1, 3), nil))
	fails(t, "a series twice", state.Merge(other), ErrConflict)
	fails(t, "again", state.Update(context.Background(), fairPart(1, 2), nil), ErrRows)
	_, err := begunState(t).Finish()
	fails(t, "nothing in", err, ErrEmpty)
	_, err = state.Param("none")
	fails(t, "no such number", err, ErrNotFound)
	options := fairOptions(1)
	options.Trees = 1
	_, err = NewGlobalState(fairRows()[1:4], options)
	fails(t, "trees", err, ErrInvalidArgument)
	options = fairOptions(1)
	options.Penalty = 1
	third := got[*GlobalState](t)(NewGlobalState(fairRows()[1:4], options))
	defer third.Close()
	fails(t, "other options", state.Merge(third), ErrMismatch)
	content := got[[]byte](t)(state.Serialize())
	content[len(content)/2] ^= 1
	_, err = DeserializeGlobalState(content)
	fails(t, "damaged bytes", err, ErrCorrupt)
}
