package constellation

import (
	"context"
	"slices"
	"testing"
)

func family() []Column {
	return []Column{TextColumn("unique_id", []string{"a", "b"}), TextColumn("parent", []string{"all", "all"})}
}

func familySays(values ...float64) []Column {
	return []Column{
		TextColumn("unique_id", []string{"all", "a", "b"}[:len(values)]), Int64Column("ds", []int64{1, 1, 1}[:len(values)]),
		DoubleColumn("mean", values),
	}
}

func reconciled(t *testing.T, nodes, base []Column, options *ReconcileOptions) []float64 {
	t.Helper()
	return column(t, got[*Stream](t)(Reconcile(nodes, base, options)), "mean").Doubles()
}

func equalMeans(t *testing.T, what string, have, want []float64) {
	t.Helper()
	if !slices.Equal(have, want) {
		t.Errorf("%s: %v, want %v", what, have, want)
	}
}

func TestForecastsAreMadeToAddUpByTheirWeights(t *testing.T) {
	equalMeans(t, "structural", reconciled(t, family(), familySays(13, 4, 6), nil), []float64{11.5, 4.75, 6.75})
	equalMeans(t, "from the top", reconciled(t, family(), familySays(13, 4, 6), &ReconcileOptions{Method: ReconcileTopDown}), []float64{13, 5.5, 7.5})
	equalMeans(t, "not below 0", reconciled(t, family(), familySays(0, 3, -6), &ReconcileOptions{NotNegative: true}), []float64{2, 2, 0})
	equalMeans(t, "whole", reconciled(t, family(), familySays(13, 4, 6), &ReconcileOptions{Integers: true, Threads: 1}), []float64{12, 5, 7})
}

func TestLevelsNameNodesByTheirPath(t *testing.T) {
	leaves := []Column{TextColumn("unique_id", []string{"a", "b"}), TextColumn("state", []string{"V", "V"})}
	base := []Column{
		TextColumn("unique_id", []string{"all", "V", "a", "b"}), Int64Column("ds", []int64{1, 1, 1, 1}),
		DoubleColumn("mean", []float64{10, 10, 4, 6}), DoubleColumn("q_900000", []float64{12, 12, 6, 8}),
	}
	options := &ReconcileOptions{Levels: []string{"state"}, Total: "all", Values: []string{"mean"}, Quantiles: []string{"q_900000"}}
	equalMeans(t, "coherent already", reconciled(t, leaves, base, options), []float64{10, 10, 4, 6})
}

func TestWhatAForecastMovedByIsAPartOfIt(t *testing.T) {
	base := append(familySays(13, 4, 6), DoubleColumn("baseline", []float64{12, 5, 6}))
	stream := got[*Stream](t)(Reconcile(family(), base, &ReconcileOptions{Quantiles: []string{"baseline"}, Explained: true}))
	all := got[*Batch](t)(stream.All(context.Background()))
	moved, _ := all.Column("reconciliation")
	equalMeans(t, "moved by", moved.Doubles(), []float64{-1.5, .75, .75})
	kept, _ := all.Column("baseline")
	equalMeans(t, "a part", kept.Doubles(), []float64{12, 5, 6})
	stream.Close()
}

func TestANodeWithoutAForecastIsNamed(t *testing.T) {
	_, err := Reconcile(family(), familySays(13, 4), nil)
	fails(t, "no forecast", err, ErrInvalidArgument)
	_, err = Reconcile(family()[:1], familySays(13, 4, 6), nil)
	fails(t, "no parents", err, ErrSchema)
	_, err = Reconcile(family(), familySays(13, 4, 6), &ReconcileOptions{Values: []string{"a\x00b"}})
	fails(t, "a NUL", err, ErrInvalidArgument)
}
