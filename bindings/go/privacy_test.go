package constellation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func parcels() []Column {
	return []Column{
		TextColumn("town", strings.Fields("Ulm Ulm Ulm Ulm Ulm Ulm Bonn Bonn Bonn Bonn Bonn Bonn Kiel")),
		TextColumn("firm", strings.Fields("A B C A B C A B C A B C A")),
		Int64Column("age", []int64{31, 32, 33, 34, 35, 36, 41, 42, 43, 44, 45, 46, 51}),
		Int64Column("pay", []int64{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 4}),
	}
}

func TestMeasuresAreThoseOfTheClasses(t *testing.T) {
	steps := []GeneraliseStep{{Column: "age", Kind: GeneraliseBucket, Width: 10}}
	got, err := MeasurePrivacy(t.Context(), parcels(), &PrivacyOptions{Quasi: []string{"town", "age"}, Sensitive: "pay", Steps: steps})
	must(t, err)
	if got.Rows != 13 || got.Classes != 3 || got.K != 1 || got.L != 1 || got.AlphaExact.String() != "1/1" || got.BetaExact.String() != "12/1" {
		t.Errorf("%+v", got)
	}
	_, err = MeasurePrivacy(t.Context(), parcels(), nil)
	fails(t, "no quasi-identifiers", err, ErrInvalidArgument)
	_, err = MeasurePrivacy(t.Context(), parcels(), &PrivacyOptions{Quasi: []string{"zip"}})
	fails(t, "no such column", err, ErrSchema)
}

func TestSmallClassesAreLeftOut(t *testing.T) {
	out, left, err := Anonymise(t.Context(), parcels(), &PrivacyOptions{Quasi: []string{"town"}, K: 2, Keep: []string{"age"}})
	must(t, err)
	if left != (PrivacySuppressed{1, 1, 12}) {
		t.Errorf("%+v", left)
	}
	if ages := column(t, out, "age").Int64s(); len(ages) != 12 || slices.Contains(ages, 51) {
		t.Error(ages)
	}
}

// table is a stream as lines of CSV.
func table(t *testing.T, stream *Stream) string {
	t.Helper()
	return string(got[[]byte](t)(WriteCSVBytes(t.Context(), stream, nil)))
}

func students(t *testing.T) *Stream {
	schema := got[*Schema](t)(ParseSchema("Student double\nTeacher text\nGender text\nEthnic text\nFreeredu text\nScore double\nwesson text\n"))
	defer schema.Close()
	reader := got[*CSVReader](t)(OpenCSV(shared(t, "vectors", "anonymity", "StudentsMath_Score.csv"), schema, nil))
	defer reader.Close()
	return got[*Stream](t)(reader.Stream())
}

func TestMeasuresAreThoseOfTheVectors(t *testing.T) {
	want := vectorsOf[struct {
		Rows, Classes, K, L int64
		Alpha               string
		Beta                string  `json:"basic_beta"`
		T                   string  `json:"t_numeric"`
		Words               string  `json:"t_categorical_if_score_were_text"`
		EnhancedBeta        float64 `json:"enhanced_beta"`
		Delta               float64
		Suppression         struct {
			Classes int64 `json:"classes_removed"`
			Rows    int64 `json:"rows_removed"`
			Left    int64 `json:"rows_left"`
		} `json:"suppression_at_k_5"`
	}](t, "anonymity", "expected.json")
	asked := func(categorical bool) *PrivacyOptions {
		return &PrivacyOptions{Quasi: strings.Fields("Teacher Gender Ethnic Freeredu wesson"), Sensitive: "Score", Categorical: categorical, Stream: students(t)}
	}
	have := got[PrivacyMeasures](t)(MeasurePrivacy(t.Context(), nil, asked(false)))
	if have.Rows != want.Rows || have.Classes != want.Classes || have.K != want.K || have.L != want.L {
		t.Errorf("%+v, want %+v", have, want)
	}
	equal(t, "alpha, beta, t", have.AlphaExact.RatString()+" "+have.BetaExact.RatString()+" "+have.TExact.RatString(), want.Alpha+" "+want.Beta+" "+want.T)
	near(t, "enhanced beta", have.EnhancedBeta, want.EnhancedBeta, 1e-12)
	near(t, "delta", have.Delta, want.Delta, 1e-12)
	words := got[PrivacyMeasures](t)(MeasurePrivacy(t.Context(), nil, asked(true)))
	equal(t, "t of words", words.TExact.RatString(), want.Words)
	out, left, err := Anonymise(t.Context(), nil, asked(false))
	must(t, err)
	equal(t, "left out", left, PrivacySuppressed{want.Suppression.Classes, want.Suppression.Rows, want.Suppression.Left})
	again := asked(false)
	again.Stream.Close()
	again.Stream = out
	after := got[PrivacyMeasures](t)(MeasurePrivacy(t.Context(), nil, again))
	equal(t, "rows after", after.Rows, want.Suppression.Left)
	equal(t, "k after", after.K, 5)
}

func towns(t *testing.T) *Hierarchy {
	t.Helper()
	h := got[*Hierarchy](t)(NewHierarchy(map[string]string{"Ulm": "South", "Bonn": "West", "South": "All", "West": "All"}))
	t.Cleanup(func() { must(t, h.Close()) })
	return h
}

func TestHierarchiesGoUp(t *testing.T) {
	h := towns(t)
	for _, one := range []struct {
		value string
		step  int32
		want  string
		ok    bool
	}{{"Bonn", 0, "Bonn", true}, {"Bonn", 1, "West", true}, {"Bonn", 9, "All", true}, {"All", 1, "All", true}, {"Rome", 1, "", false}, {"", 1, "", false}} {
		if above, ok := h.Ancestor(one.value, one.step); above != one.want || ok != one.ok {
			t.Errorf("%s, %d: %s %v", one.value, one.step, above, ok)
		}
	}
	options := &PrivacyOptions{Quasi: []string{"town"}, K: 1, Steps: []GeneraliseStep{{Column: "town", Kind: GeneraliseHierarchy, Step: 1, Hierarchy: h}}}
	out, _, err := Anonymise(t.Context(), parcels(), options)
	must(t, err)
	seen := map[any]int{}
	for town, i := column(t, out, "town"), 0; i < town.Len(); i++ {
		seen[town.Value(i)]++
	}
	if seen["South"] != 6 || seen["West"] != 6 || seen[nil] != 1 || len(seen) != 3 { // Kiel is not in it
		t.Error(seen)
	}
	options.Steps[0].Hierarchy = nil
	_, _, err = Anonymise(t.Context(), parcels(), options)
	fails(t, "no hierarchy", err, ErrInvalidArgument)
	closed := got[*Hierarchy](t)(NewHierarchy(nil))
	must(t, closed.Close())
	options.Steps[0].Hierarchy = closed
	if _, _, err = Anonymise(t.Context(), parcels(), options); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, ok := closed.Ancestor("Ulm", 0); ok {
		t.Error("a closed hierarchy answers")
	}
}

func TestHierarchiesThatAreNoneAreRefused(t *testing.T) {
	for name, one := range map[string]struct {
		values, parents string
		code            Code
	}{"two parents": {"a a", "b c", ErrDuplicate}, "a circle": {"a b c", "b c a", ErrFormat}, "itself": {"a", "a", ErrFormat}} {
		rows := []Column{TextColumn("value", strings.Fields(one.values)), TextColumn("parent", strings.Fields(one.parents))}
		_, err := NewHierarchyOf(t.Context(), rows, nil)
		fails(t, name, err, one.code)
		stream := got[*Stream](t)(NewStream(rows...))
		_, err = NewHierarchyOf(t.Context(), nil, stream)
		fails(t, name, err, one.code)
	}
	_, err := NewHierarchy(map[string]string{"a": "b", "b": "a"})
	fails(t, "a circle", err, ErrFormat)
	_, err = NewHierarchy(map[string]string{"a\xff": "b"})
	fails(t, "no text", err, ErrRows)
	_, err = NewHierarchyOf(t.Context(), []Column{TextColumn("value", nil)}, nil)
	fails(t, "no parent", err, ErrSchema)
}

func TestStepsMakeColumnsCoarser(t *testing.T) {
	rows := []Column{DaysColumn("day", []int32{19_800, 19_900}), TextColumn("town", []string{"Ulm", "Kiel"}), Int64Column("age", []int64{31, 47}),
		DecimalColumn("price", []int64{125, 175}, 2), TextColumn("post", []string{"a", "b"})}
	out, left, err := Anonymise(t.Context(), rows, &PrivacyOptions{Quasi: strings.Fields("day town age price post"), K: 1, Steps: []GeneraliseStep{
		{Column: "day", Kind: GeneraliseCalendar, Step: 4}, {Column: "town", Kind: GeneralisePrefix, Step: 1},
		{Column: "age", Kind: GeneraliseBucket, Width: 10, Origin: 5}, {Column: "price", Kind: GeneraliseBucket, Width: 5, Scale: 1},
		{Column: "post", Kind: GeneraliseAll}}})
	must(t, err)
	equal(t, "left out", left, PrivacySuppressed{RowsLeft: 2})
	equal(t, "table", table(t, out), "day,town,age,price,post\n2024-01-01,K,45,1.50,\n2024-01-01,U,25,1.00,\n")
	_, _, err = Anonymise(t.Context(), rows, &PrivacyOptions{Quasi: []string{"age"}, Steps: []GeneraliseStep{{Column: "age", Kind: GeneralisePrefix}}})
	fails(t, "a prefix of a number", err, ErrInvalidArgument)
}

func TestRowsComeOnceAndUnderAContext(t *testing.T) {
	stream := func() *Stream { return got[*Stream](t)(NewStream(parcels()...)) }
	given := stream()
	_, err := MeasurePrivacy(t.Context(), parcels(), &PrivacyOptions{Quasi: []string{"town"}, Stream: given})
	fails(t, "rows twice", err, ErrInvalidArgument)
	if given.Pointer() != nil {
		t.Error("the stream is not taken")
	}
	given = stream()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = Anonymise(over, nil, &PrivacyOptions{Quasi: []string{"town"}, Stream: given})
	fails(t, "a context that is over", err, ErrCancelled)
	if given.Pointer() != nil {
		t.Error("the stream is not taken")
	}
	_, err = MeasurePrivacy(t.Context(), nil, &PrivacyOptions{Quasi: []string{"to\x00wn"}, Stream: stream()})
	fails(t, "a NUL", err, ErrInvalidArgument)
}

func TestSharesAreExactFractions(t *testing.T) {
	values := []int64{0, 120, 60, 120, 40, 120, 60, 120, 30, 120, 60, 120, 40, 120, 60, 120}
	shares, err := ShapleyShares(4, values, nil)
	must(t, err)
	for i, want := range []string{"485/6", "125/6", "65/6", "15/2"} {
		if shares[i].Exact.String() != want {
			t.Errorf("%d: %v, want %s", i, shares[i].Exact, want)
		}
	}
	sampled, err := ShapleyShares(4, values, &ShapleyOptions{Sample: true, Permutations: 2000, Seed: 5})
	must(t, err)
	var whole int64
	for _, s := range sampled {
		whole += s.Whole
	}
	if whole != 120 || sampled[0].StandardError <= 0 {
		t.Errorf("%+v", sampled)
	}
	_, err = ShapleyShares(4, values[:8], nil)
	fails(t, "too few values", err, ErrInvalidArgument)
}
