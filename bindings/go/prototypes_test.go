package constellation

import "testing"

func mixedRows() []Column {
	spend, channel := make([]float64, 60), make([]string, 60)
	for i := range spend {
		spend[i] = float64(i%3)*10 + float64(i%7)
		channel[i] = []string{"edi", "phone", "portal"}[i%3]
	}
	return []Column{DoubleColumn("spend", spend), TextColumn("channel", channel)}
}

func TestPrototypesFindHeapsAndPredictThem(t *testing.T) {
	for _, options := range []*PrototypesOptions{nil, {Batch: true, Seed: 3}, {Start: PrototypesCao},
		{StartRows: []int64{0, 1, 2}, Order: LabelsByStart, Gamma: 100}} {
		model := got[*Prototypes](t)(FitPrototypes(mixedRows(), []string{"spend"}, []string{"channel"}, 3, options))
		equal(t, "converged", got[float64](t)(model.Param("converged")), 1)
		equal(t, "mismatches", got[float64](t)(model.Param("mismatches")), 0)
		labels := column(t, got[*Stream](t)(model.Labels()), "label").Int32s()
		predicted := column(t, got[*Stream](t)(model.Predict(mixedRows(), nil)), "label").Int32s()
		for i := range labels {
			equal(t, "label", predicted[i], labels[i])
			equal(t, "label of its heap", labels[i], labels[i%3])
		}
		near(t, "score", got[float64](t)(model.Score(mixedRows(), nil)), -got[float64](t)(model.Param("cost")), 1e-9)
		must(t, model.Close())
	}
}

func TestPrototypesAreStoredAndReadBack(t *testing.T) {
	model := got[*Prototypes](t)(FitPrototypes(mixedRows(), []string{"spend"}, []string{"channel"}, 2,
		&PrototypesOptions{Transforms: []Transform{TransformZ}}))
	defer model.Close()
	bytes := got[[]byte](t)(model.Serialize())
	again := got[*Prototypes](t)(DeserializePrototypes(bytes))
	defer again.Close()
	equal(t, "bytes", string(got[[]byte](t)(again.Serialize())), string(bytes))
	equal(t, "description", got[string](t)(again.Describe()), got[string](t)(model.Describe()))
	equal(t, "rows of edi", column(t, got[*Stream](t)(again.Categories()), "rows").Int64s()[0], 20)
	equal(t, "the start is noted", column(t, got[*Stream](t)(again.Costs()), "pass").Int32s()[0], 0)
	equal(t, "labels of clusters", column(t, got[*Stream](t)(again.Clusters()), "label").Int32s()[1], 1)
	unseen := got[*Stream](t)(again.Predict([]Column{DoubleColumn("spend", []float64{1}),
		TextColumn("channel", []string{"fax"})}, nil))
	equal(t, "unseen", column(t, unseen, "unseen").Int32s()[0], 1)
	bytes[70] ^= 1
	_, err := DeserializePrototypes(bytes)
	fails(t, "damaged bytes", err, ErrCorrupt)
}

func TestPrototypesRefuseWhatTheyCannotDo(t *testing.T) {
	_, err := FitPrototypes(mixedRows(), nil, []string{"colour"}, 2, nil)
	fails(t, "a column that is absent", err, ErrSchema)
	_, err = FitPrototypes(mixedRows(), nil, []string{"channel"}, 4, nil)
	fails(t, "too many clusters", err, ErrInvalidArgument)
	_, err = FitPrototypes(mixedRows(), []string{"spend"}, nil, 2, &PrototypesOptions{Start: PrototypesCao})
	fails(t, "a start by categories without any", err, ErrInvalidArgument)
	_, err = FitPrototypes(mixedRows(), nil, []string{"channel"}, 2, &PrototypesOptions{Transforms: []Transform{TransformZ}})
	fails(t, "transforms of no number", err, ErrInvalidArgument)
	_, err = FitPrototypes(mixedRows(), nil, []string{"channel"}, 2, &PrototypesOptions{StartRows: []int64{1}})
	fails(t, "too few start rows", err, ErrInvalidArgument)
	_, err = FitPrototypes([]Column{DoubleColumn("x", nil)}, []string{"x"}, nil, 2, &PrototypesOptions{Impute: true, SkipBad: true})
	fails(t, "no rows", err, ErrEmpty)
}
