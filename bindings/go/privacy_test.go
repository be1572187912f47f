package constellation

import (
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

func rulesOf(t *testing.T, refused *Stream) []string {
	t.Helper()
	rule := column(t, refused, "rule")
	rules := make([]string, rule.Len())
	for i := range rules {
		rules[i] = rule.Text(i)
	}
	return rules
}

func TestMeasuresAreThoseOfTheClasses(t *testing.T) {
	steps := []GeneraliseStep{{Column: "age", Kind: GeneraliseBucket, Width: 10}}
	got, err := MeasurePrivacy(parcels(), &PrivacyOptions{Quasi: []string{"town", "age"}, Sensitive: "pay", Steps: steps})
	must(t, err)
	if got.Rows != 13 || got.Classes != 3 || got.K != 1 || got.L != 1 || got.AlphaExact.String() != "1/1" || got.BetaExact.String() != "12/1" {
		t.Errorf("%+v", got)
	}
	_, err = MeasurePrivacy(parcels(), nil)
	fails(t, "no quasi-identifiers", err, ErrInvalidArgument)
	_, err = MeasurePrivacy(parcels(), &PrivacyOptions{Quasi: []string{"zip"}})
	fails(t, "no such column", err, ErrSchema)
}

func TestSmallClassesAreLeftOut(t *testing.T) {
	out, left, err := Anonymise(parcels(), &PrivacyOptions{Quasi: []string{"town"}, K: 2, Keep: []string{"age"}})
	must(t, err)
	if left != (PrivacySuppressed{1, 1, 12}) {
		t.Errorf("%+v", left)
	}
	if ages := column(t, out, "age").Int64s(); len(ages) != 12 || slices.Contains(ages, 51) {
		t.Error(ages)
	}
}

func TestCellsPassRulesAndRefusalsNameThem(t *testing.T) {
	options := &AggregateOptions{By: []string{"town"}, Company: "firm", Measures: []AggregateMeasure{{"pay", AggregateSum}}}
	cells := got[*Stream](t)(Aggregate(parcels(), options))
	if sums := column(t, cells, "pay_sum").Int64s(); !slices.Equal(sums, []int64{12}) {
		t.Error(sums)
	}
	refused := got[*Stream](t)(AggregateRefused(parcels(), options))
	if rules := rulesOf(t, refused); !slices.Equal(rules, []string{"margin", "rows"}) {
		t.Error(rules)
	}
	options.Recipient, options.Companies = "A", 2
	options.SharePermille = 499
	refused = got[*Stream](t)(AggregateRefused(parcels(), options))
	if rules := rulesOf(t, refused); !slices.Equal(rules, []string{"share", "rows", "share"}) {
		t.Error(rules)
	}
	options = &AggregateOptions{By: []string{"age"}, NoCompany: true, Steps: []GeneraliseStep{{Column: "age", Kind: GeneraliseBucket, Width: 1}}}
	rounds := column(t, got[*Stream](t)(AggregateSuggest(parcels(), options)), "refused").Int64s()
	if len(rounds) < 2 || rounds[0] == 0 || rounds[len(rounds)-1] != 0 {
		t.Error(rounds)
	}
	_, err := Aggregate(parcels(), &AggregateOptions{By: []string{"town"}})
	fails(t, "no company", err, ErrInvalidArgument)
	if RuleName(4) != "companies" {
		t.Error(RuleName(4))
	}
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
