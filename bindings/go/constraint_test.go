package constellation

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func sampleVocabulary(t *testing.T) *Vocabulary {
	t.Helper()
	zero := int64(0)
	v := got[*Vocabulary](t)(NewVocabulary(VocabularySpec{
		Operands: []Operand{
			{Name: "price", Type: OperandDecimal, Scale: 2, Least: &zero},
			{Name: "region", Type: OperandID, IDs: []string{"europe", "asia"}},
		},
		Purposes: map[string][]string{"planning": nil, "safety": {"planning"}},
		Roles:    []string{"carrier"},
		Paths:    map[string]FieldClass{"order.*": ClassOperational, "order.price": ClassCompetitive},
	}))
	t.Cleanup(func() { must(t, v.Close()) })
	return v
}

func readConstraint(t *testing.T, text string) *Constraint {
	t.Helper()
	c := got[*Constraint](t)(ReadConstraint([]byte(text)))
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

const cheapInAsia = `{"and":[{"operand":"price","operator":"lt","type":"decimal","value":"9.5"},` +
	`{"operand":"region","operator":"eq","type":"id","value":"asia"}]}`

func TestVocabularySaysWhatItWasGiven(t *testing.T) {
	v := sampleVocabulary(t)
	if !v.Covers("planning", "safety") || v.Covers("safety", "planning") {
		t.Error("purposes")
	}
	if classes := got[FieldClass](t)(v.Classes("order.price")); classes != ClassOperational|ClassCompetitive {
		t.Errorf("classes %d", classes)
	}
	if _, err := v.Classes("order"); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("no path: %v", err)
	}
	if _, err := NewVocabulary(VocabularySpec{Operands: []Operand{{Name: "now", Type: OperandInstant}}}); !errors.Is(err, ErrDuplicate) {
		t.Errorf("an operand twice: %v", err)
	}
}

func TestConstraintHasThreeTruths(t *testing.T) {
	v := sampleVocabulary(t)
	c := readConstraint(t, cheapInAsia)
	price := Fact{Operand: "price", Type: OperandDecimal, Scale: 1, Number: 94}
	asia := Fact{Operand: "region", Type: OperandID, IDs: []string{"asia"}}
	europe := Fact{Operand: "region", Type: OperandID, IDs: []string{"europe"}}
	condition := got[*Condition](t)(c.Compile(v))
	defer condition.Close()
	for _, one := range []struct {
		facts []Fact
		truth Truth
	}{{[]Fact{price, asia}, True}, {[]Fact{price}, Unknown}, {[]Fact{europe}, False}, {nil, Unknown}} {
		if truth := got[Truth](t)(c.Evaluate(v, one.facts...)); truth != one.truth {
			t.Errorf("%v: %d, not %d", one.facts, truth, one.truth)
		}
		if truth := got[Truth](t)(condition.Evaluate(one.facts...)); truth != one.truth {
			t.Errorf("compiled, %v: %d, not %d", one.facts, truth, one.truth)
		}
	}
	if text := got[string](t)(c.Explain(v, price)); !strings.HasPrefix(text, "unknown: all of\n  true: price is below 9.5 (it is 9.4)\n") {
		t.Error(text)
	}
	if text := got[string](t)(c.JSON()); text != cheapInAsia {
		t.Error(text)
	}
	if text := got[string](t)(c.Text()); text != "price is below 9.5 and region is 'asia'" {
		t.Error(text)
	}
}

func TestConstraintsAreCompared(t *testing.T) {
	v := sampleVocabulary(t)
	c := readConstraint(t, cheapInAsia)
	dear := readConstraint(t, `{"operand":"price","operator":"gteq","type":"decimal","value":"9.5"}`)
	cheap := readConstraint(t, `{"operand":"price","operator":"lt","type":"decimal","value":"10"}`)
	mars := readConstraint(t, `{"operand":"region","operator":"eq","type":"id","value":"mars"}`)
	must(t, c.Check(v))
	if err := mars.Check(v); !errors.Is(err, ErrUnevaluable) || !strings.Contains(err.Error(), "mars") {
		t.Error(err)
	}
	if got[Truth](t)(mars.IsRealizable(v)) != Unknown || got[Truth](t)(c.IsRealizable(v)) != True {
		t.Error("realizable")
	}
	if got[Truth](t)(c.Implies(cheap, v)) != True || got[Truth](t)(cheap.Implies(c, v)) != False {
		t.Error("implied")
	}
	if got[Comparison](t)(c.Compare(dear, v)) != CompareConflict || got[Comparison](t)(c.Compare(cheap, v)) != CompareUnderspecified {
		t.Error("compared")
	}
	if _, err := ReadConstraint([]byte("{")); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

func TestTermsAreCompared(t *testing.T) {
	v := sampleVocabulary(t)
	build := func(effect, constraint string) *Term {
		b := TermBuilder{Effect: effect, Provider: "a", Recipient: "b", Constellation: "c", Fields: []string{"order.price"}, Purpose: "planning",
			Actions: []string{"read"}, Constraint: []byte(constraint)}
		term := got[*Term](t)(b.Build())
		t.Cleanup(func() { must(t, term.Close()) })
		return term
	}
	cheap := build("permit", `{"operand":"price","operator":"lt","type":"decimal","value":"5"}`)
	dear := build("permit", `{"operand":"price","operator":"gt","type":"decimal","value":"5"}`)
	if got[Comparison](t)(cheap.Compare(dear, v)) != CompareConflict || got[Comparison](t)(cheap.Compare(cheap, v)) != CompareCompatible {
		t.Error("terms")
	}
	ban := build("prohibit", `{"operand":"price","operator":"gt","type":"decimal","value":"4"}`)
	sets := []*TermSet{}
	for _, term := range []*Term{cheap, dear, ban} {
		set := got[*TermSet](t)(NewTermSet([]*Term{term}))
		defer set.Close()
		sets = append(sets, set)
	}
	if got[AgreementComparison](t)(sets[0].Compare(sets[2], v)) != AgreementsAmbiguous || got[AgreementComparison](t)(sets[2].Compare(sets[1], v)) != AgreementsConflict {
		t.Error("agreements")
	}
}

func leafOf(t *testing.T, leaf ConstraintLeaf) *Constraint {
	t.Helper()
	c := got[*Constraint](t)(NewConstraint(leaf))
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

func TestConstraintsAreBuiltAsTheyAreRead(t *testing.T) {
	price := leafOf(t, ConstraintLeaf{Operand: "price", Operator: OperatorLess, Type: OperandDecimal, Scale: 2, Numbers: []int64{950}})
	region := leafOf(t, ConstraintLeaf{Operand: "region", Operator: OperatorEqual, Type: OperandID, IDs: []string{"asia"}})
	both := got[*Constraint](t)(CombineConstraints(ConstraintAll, []*Constraint{price, region}))
	defer both.Close()
	equal(t, "JSON", got[string](t)(both.JSON()), cheapInAsia)
	equal(t, "nodes", both.Nodes(), 3)
	equal(t, "kind", both.Kind(), ConstraintAll)
	not := got[*Constraint](t)(CombineConstraints(ConstraintNot, []*Constraint{both}))
	defer not.Close()
	equal(t, "negated", got[Truth](t)(not.Evaluate(sampleVocabulary(t), Fact{Operand: "region", Type: OperandID, IDs: []string{"europe"}})), True)
	var leaves []ConstraintLeaf
	for _, child := range got[[]*Constraint](t)(both.Children()) {
		equal(t, "kind", child.Kind(), ConstraintIsLeaf)
		leaves = append(leaves, got[ConstraintLeaf](t)(child.Leaf()))
		must(t, child.Close())
	}
	if !reflect.DeepEqual(leaves, []ConstraintLeaf{
		{Operand: "price", Operator: OperatorLess, Type: OperandDecimal, Scale: 1, Numbers: []int64{95}}, // without zeros at the end
		{Operand: "region", Operator: OperatorEqual, Type: OperandID, IDs: []string{"asia"}},
	}) {
		t.Errorf("%+v", leaves)
	}
	many := leafOf(t, ConstraintLeaf{Operand: "rows", Operator: OperatorIsAnyOf, Type: OperandInt64, Numbers: []int64{7, -3, 7}})
	if n := got[ConstraintLeaf](t)(many.Leaf()).Numbers; !slices.Equal(n, []int64{-3, 7}) {
		t.Error(n)
	}
	_, err := both.Leaf()
	fails(t, "no leaf", err, ErrInvalidArgument)
	equal(t, "children of a leaf", len(got[[]*Constraint](t)(many.Children())), 0)
}

func TestConstraintsThatCannotBeAreRefused(t *testing.T) {
	for name, leaf := range map[string]ConstraintLeaf{
		"no operand":  {Operator: OperatorLess, Type: OperandInt64, Numbers: []int64{1}},
		"no operator": {Operand: "rows", Type: OperandInt64, Numbers: []int64{1}},
		"no type":     {Operand: "rows", Operator: OperatorLess, Numbers: []int64{1}},
		"no value":    {Operand: "rows", Operator: OperatorLess, Type: OperandInt64},
		"both":        {Operand: "rows", Operator: OperatorLess, Type: OperandInt64, Numbers: []int64{1}, IDs: []string{"a"}},
		"ids":         {Operand: "rows", Operator: OperatorLess, Type: OperandInt64, IDs: []string{"a"}},
		"a NUL":       {Operand: "role", Operator: OperatorEqual, Type: OperandID, IDs: []string{"a\x00"}},
		"a scale":     {Operand: "rows", Operator: OperatorLess, Type: OperandInt64, Scale: 1, Numbers: []int64{1}},
	} {
		_, err := NewConstraint(leaf)
		fails(t, name, err, ErrInvalidArgument)
	}
	one := leafOf(t, ConstraintLeaf{Operand: "rows", Operator: OperatorLess, Type: OperandInt64, Numbers: []int64{1}})
	_, err := CombineConstraints(ConstraintNot, []*Constraint{one, one})
	fails(t, "not of two", err, ErrInvalidArgument)
	_, err = CombineConstraints(ConstraintAll, nil)
	fails(t, "all of none", err, ErrInvalidArgument)
	_, err = CombineConstraints(ConstraintIsLeaf, []*Constraint{one})
	fails(t, "no kind", err, ErrInvalidArgument)
	deep := one
	for range ConstraintDepthMost - 1 {
		deep = got[*Constraint](t)(CombineConstraints(ConstraintNot, []*Constraint{deep}))
		defer deep.Close()
	}
	_, err = CombineConstraints(ConstraintNot, []*Constraint{deep})
	fails(t, "too deep", err, ErrLimit)
	gone := got[*Constraint](t)(NewConstraint(ConstraintLeaf{Operand: "rows", Operator: OperatorLess, Type: OperandInt64, Numbers: []int64{1}}))
	must(t, gone.Close())
	if _, err := CombineConstraints(ConstraintAny, []*Constraint{one, gone}); !errors.Is(err, ErrClosed) || gone.Kind() != 0 || gone.Nodes() != 0 {
		t.Error(err)
	}
}
