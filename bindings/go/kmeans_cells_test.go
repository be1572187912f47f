package constellation

import (
	"context"
	"testing"
)

func heapRows(from, to int) []Column {
	all := heaps()
	return []Column{DoubleColumn("x", all[0].Doubles()[from:to]), DoubleColumn("y", all[1].Doubles()[from:to])}
}

func TestCellsInPartsGiveTheSameBytesAndTheClustersOfTheRows(t *testing.T) {
	ctx := context.Background()
	frame := got[*KMeans](t)(FitKMeans(heapRows(0, 30), []string{"x", "y"}, 1, nil))
	whole, total := got[*KMeansCells](t)(frame.NewCells(nil)), got[*KMeansCells](t)(frame.NewCells(nil))
	must(t, whole.Update(ctx, heaps(), nil))
	for from := 60; from >= 0; from -= 30 {
		part := got[*KMeansCells](t)(frame.NewCells(nil))
		must(t, part.Update(ctx, heapRows(from, from+30), nil))
		again := got[*KMeansCells](t)(DeserializeKMeansCells(got[[]byte](t)(part.Serialize(ctx))))
		must(t, total.Merge(ctx, again))
		must(t, part.Close())
		must(t, again.Close())
	}
	equal(t, "bytes", string(got[[]byte](t)(total.Serialize(ctx))), string(got[[]byte](t)(whole.Serialize(ctx))))
	equal(t, "rows", got[float64](t)(total.Param("rows")), 90)
	equal(t, "cells", len(column(t, got[*Stream](t)(total.Cells()), "weight").Int64s()), int(got[float64](t)(total.Param("cells"))))
	options := &KMeansOptions{Start: []float64{0, 1, 100, 2, 200, 4}, Order: LabelsByStart}
	model := got[*KMeans](t)(total.Fit(3, options))
	exact := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 3, options))
	inertia := got[float64](t)(exact.Param("inertia"))
	near(t, "inertia", got[float64](t)(model.Param("inertia")), inertia, 1e-6*inertia)
	least, most, err := total.Bounds(model)
	must(t, err)
	near(t, "the lower bound", least, inertia, 1e-4*inertia)
	near(t, "the upper bound", most, inertia, 1e-4*inertia)
	must(t, total.Close())
	must(t, whole.Close())
}

func TestRowsAreTakenOutOfCells(t *testing.T) {
	ctx := context.Background()
	frame := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 1, nil))
	cells, never := got[*KMeansCells](t)(frame.NewCells(nil)), got[*KMeansCells](t)(frame.NewCells(nil))
	part := got[*KMeansCells](t)(frame.NewCells(nil))
	must(t, cells.Update(ctx, heaps(), nil))
	must(t, part.Update(ctx, heapRows(10, 40), nil))
	must(t, cells.Remove(ctx, part))
	must(t, never.Update(ctx, heapRows(0, 10), nil))
	must(t, never.Update(ctx, heapRows(40, 90), nil))
	equal(t, "cells", string(got[[]byte](t)(cells.Serialize(ctx))), string(got[[]byte](t)(never.Serialize(ctx))))
	must(t, part.Update(ctx, heaps(), nil))
	fails(t, "rows that are not there", cells.Remove(ctx, part), ErrState)
	options := &KMeansCellsOptions{MaxCells: 5, Headroom: -1}
	few, row := got[*KMeansCells](t)(frame.NewCells(options)), got[*KMeansCells](t)(frame.NewCells(options))
	must(t, few.Update(ctx, heaps(), nil))
	must(t, row.Update(ctx, heapRows(0, 1), nil))
	fails(t, "cells that were widened", few.Remove(ctx, row), ErrRebuild)
	fails(t, "cells made otherwise", cells.Remove(ctx, row), ErrMismatch)
}

func TestCellsRefuseWhatTheyCannotDo(t *testing.T) {
	ctx := context.Background()
	frame := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 1, nil))
	cells := got[*KMeansCells](t)(frame.NewCells(nil))
	_, err := cells.Fit(2, nil)
	fails(t, "no rows", err, ErrEmpty)
	must(t, cells.Update(ctx, heaps(), nil))
	_, err = cells.Fit(2, &KMeansOptions{Start: []float64{1}})
	fails(t, "a short start", err, ErrInvalidArgument)
	_, err = frame.NewCells(&KMeansCellsOptions{MaxCells: -1})
	fails(t, "no room", err, ErrInvalidArgument)
	other := got[*KMeans](t)(FitKMeans(heapRows(0, 5), []string{"x", "y"}, 1, nil))
	fails(t, "other transforms", cells.Merge(ctx, got[*KMeansCells](t)(other.NewCells(nil))), ErrMismatch)
	_, _, err = cells.Bounds(other)
	fails(t, "a model of other transforms", err, ErrMismatch)
	_, err = cells.Param("colour")
	fails(t, "a number they lack", err, ErrNotFound)
	_, err = DeserializeKMeansCells([]byte("CSTNSTA1"))
	fails(t, "bytes of nothing", err, ErrCorrupt)
	wide := make([]Column, KMeansCellsFeatures+1)
	names := make([]string, len(wide))
	for i := range wide {
		names[i] = string(rune('a' + i))
		wide[i] = DoubleColumn(names[i], []float64{0, 1})
	}
	_, err = got[*KMeans](t)(FitKMeans(wide, names, 1, nil)).NewCells(nil)
	fails(t, "too many features", err, ErrLimit)
	rows := got[*Stream](t)(cells.Cells())
	into := got[*KMeansCells](t)(frame.NewCells(nil))
	must(t, into.UpdateStream(ctx, rows, nil))
	equal(t, "rows of a stream", got[float64](t)(into.Param("rows")), got[float64](t)(cells.Param("cells")))
}
