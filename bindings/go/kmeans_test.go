package constellation

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func heaps() []Column {
	x, y := make([]float64, 90), make([]float64, 90)
	for i := range x {
		x[i] = float64(i%3)*100 + float64(i%7)
		y[i] = float64(i % 5)
	}
	return []Column{DoubleColumn("x", x), DoubleColumn("y", y)}
}

func column(t *testing.T, stream *Stream, name string) Column {
	t.Helper()
	defer stream.Close()
	batch := got[*Batch](t)(stream.Next(context.Background()))
	c, ok := batch.Column(name)
	if !ok {
		t.Fatalf("no column %s", name)
	}
	return c
}

func TestKMeansFindsHeapsAndPredictsThem(t *testing.T) {
	model := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 3, &KMeansOptions{Seed: 4, Starts: 20}))
	defer model.Close()
	equal(t, "converged", got[float64](t)(model.Param("converged")), 1)
	rows := column(t, got[*Stream](t)(model.Clusters()), "rows").Int64s()
	for label, n := range rows {
		equal(t, "rows of a cluster", n, 30)
		_ = label
	}
	labels := column(t, got[*Stream](t)(model.Labels()), "label").Int32s()
	predicted := column(t, got[*Stream](t)(model.Predict(heaps(), true, nil)), "label").Int32s()
	for i := range labels {
		equal(t, "label", predicted[i], labels[i])
		equal(t, "label of its heap", labels[i], labels[i%3])
	}
	near(t, "score", got[float64](t)(model.Score(heaps(), nil)), -got[float64](t)(model.Param("inertia")), 0)
	if text := got[string](t)(model.Describe()); !strings.Contains(text, `"model":"kmeans"`) {
		t.Errorf("described as %s", text)
	}
}

func TestKMeansModelsAreStoredAndReadBack(t *testing.T) {
	options := &KMeansOptions{Transforms: []Transform{TransformLog1p | TransformRobustZ, TransformWinsorise | TransformZ}}
	model := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 2, options))
	defer model.Close()
	bytes := got[[]byte](t)(model.Serialize())
	again := got[*KMeans](t)(DeserializeKMeans(bytes))
	defer again.Close()
	equal(t, "bytes", string(got[[]byte](t)(again.Serialize())), string(bytes))
	equal(t, "transforms", column(t, got[*Stream](t)(again.Features()), "transforms").Text(0), "log1p robust_z")
	bytes[20] ^= 1
	_, err := DeserializeKMeans(bytes)
	fails(t, "damaged bytes", err, ErrCorrupt)
}

func TestKMeansRefusesWhatItCannotDo(t *testing.T) {
	_, err := FitKMeans(heaps(), []string{"x", "z"}, 2, nil)
	fails(t, "a feature that is absent", err, ErrSchema)
	_, err = FitKMeans([]Column{DoubleColumn("x", []float64{1, 1, 2})}, []string{"x"}, 3, nil)
	fails(t, "too many clusters", err, ErrInvalidArgument)
	_, err = FitKMeans(heaps(), []string{"x"}, 2, &KMeansOptions{Start: []float64{1}})
	fails(t, "a short start", err, ErrInvalidArgument)
	model := got[*KMeans](t)(FitKMeans(heaps(), []string{"x"}, 2, &KMeansOptions{Start: []float64{0, 200}, Order: LabelsByStart}))
	_, err = model.Param("colour")
	fails(t, "a number it lacks", err, ErrNotFound)
	must(t, model.Close())
	_, err = model.Serialize()
	if !errors.Is(err, ErrClosed) {
		t.Errorf("a closed model: %v", err)
	}
}

func TestChoosingKGivesATable(t *testing.T) {
	stream := got[*Stream](t)(ChooseKMeans(heaps(), []string{"x", "y"}, 2, 5, &KMeansOptions{Starts: 30}))
	suggested := column(t, stream, "suggested").Flags()
	equal(t, "rows", len(suggested), 4)
	equal(t, "three is suggested", suggested[1], true)
	_, err := ChooseKMeans(heaps(), []string{"x"}, 5, 2, nil)
	fails(t, "k backwards", err, ErrInvalidArgument)
}

func TestSuggestionsStayWithinBounds(t *testing.T) {
	columns := append(heaps(), DoubleColumn("margin", make([]float64, 90)))
	for i, options := range []*KMeansOptions{{Margin: "margin", Samples: 2}, {SegmentsLeast: 4, SegmentsMost: 5, Samples: -1}} {
		stream := got[*Stream](t)(ChooseKMeans(columns, []string{"x", "y"}, 3, 3, options))
		equal(t, "three is suggested", column(t, stream, "suggested").Flags()[0], i == 0)
	}
	_, err := ChooseKMeans(heaps(), []string{"x", "y"}, 2, 3, &KMeansOptions{Margin: "margin"})
	fails(t, "a margin that is absent", err, ErrSchema)
}

func TestSegmentsAreCompared(t *testing.T) {
	before := []Column{TextColumn("customer", []string{"a", "b", "c"}), TextColumn("segment", []string{"X", "X", "Y"})}
	after := []Column{TextColumn("customer", []string{"c", "b", "d"}), TextColumn("segment", []string{"Y", "Z", "X"})}
	told, moved, err := SegmentCompare(before, after)
	must(t, err)
	equal(t, "compared", told, SegmentComparison{2, 1, 1, 1, 2, 3, 1})
	equal(t, "who moved", column(t, moved, "customer").Text(0), "b")
	_, _, err = SegmentCompare(before, []Column{TextColumn("customer", []string{"a", "a"}), TextColumn("segment", []string{"X", "X"})})
	fails(t, "a customer twice", err, ErrDuplicate)
	_, _, err = SegmentCompare(before, heaps())
	fails(t, "columns that are absent", err, ErrSchema)
}

func TestPassesInPartsEndInTheModelOfOneMachine(t *testing.T) {
	ctx, start := context.Background(), []float64{0, 1, 100, 2, 200, 4}
	options := KMeansOptions{Start: start, Order: LabelsByStart}
	whole := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 3, &options))
	options.MaxIterations = 1
	model := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 3, &options))
	for got[float64](t)(model.Param("converged")) == 0 {
		total := got[*KMeansPass](t)(model.NewPass())
		for from := 0; from < 90; from += 30 {
			part := got[*KMeansPass](t)(model.NewPass())
			columns := heaps()
			x, y := make([]float64, 30), make([]float64, 30)
			for i := range x {
				x[i], y[i] = columns[0].Doubles()[from+i], columns[1].Doubles()[from+i]
			}
			must(t, part.Update(ctx, []Column{DoubleColumn("x", x), DoubleColumn("y", y)}, nil))
			again := got[*KMeansPass](t)(DeserializeKMeansPass(got[[]byte](t)(part.Serialize(ctx))))
			must(t, total.Merge(ctx, again))
			must(t, part.Close())
			must(t, again.Close())
		}
		model = got[*KMeans](t)(total.Finish(ctx))
		must(t, total.Close())
	}
	equal(t, "bytes", string(got[[]byte](t)(model.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	pass, part := got[*KMeansPass](t)(whole.NewPass()), got[*KMeansPass](t)(whole.NewPass())
	must(t, pass.Update(ctx, heaps(), nil))
	must(t, part.Update(ctx, heaps(), nil))
	must(t, pass.Remove(ctx, part))
	fails(t, "rows that are not there any more", pass.Remove(ctx, part), ErrState)
	must(t, part.Close())
	_, err := pass.Finish(ctx)
	fails(t, "a pass without rows", err, ErrEmpty)
	_, err = DeserializeKMeansPass([]byte("CSTNSTA1"))
	fails(t, "bytes of nothing", err, ErrCorrupt)
}
