package constellation

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func offerVocabulary(t *testing.T) *Vocabulary {
	t.Helper()
	return vocabularyOf(t, VocabularySpec{
		Purposes: map[string][]string{"planning": nil, "replenishment": {"planning"}},
		Roles:    []string{"carrier"},
		Paths:    map[string]FieldClass{"order.*": ClassOperational, "order.price": ClassCompetitive, "shipment.eta": ClassOperational},
	})
}

func goodOffer() TermBuilder {
	from, until := 1000*DayMicros, 2000*DayMicros
	parts := termParts()
	parts.Fields = []string{"order.*", "shipment.eta"}
	parts.ValidFrom, parts.ValidUntil = &from, &until
	parts.Duties = []TermDuty{{Phase: "ongoing", Action: "attribute"}}
	return parts
}

func offerOf(t *testing.T, parts ...TermBuilder) *TermSet {
	t.Helper()
	var terms []*Term
	for _, p := range parts {
		terms = append(terms, buildTerm(t, p))
	}
	set := got[*TermSet](t)(NewTermSet(terms))
	t.Cleanup(func() { must(t, set.Close()) })
	return set
}

func defectsOf(t *testing.T, err error) []OfferDefect {
	t.Helper()
	var refused *OfferRefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, refusals expected", err)
	}
	fails(t, "refused", err, ErrUnevaluable)
	return refused.Defects
}

func TestAnOfferIsRefusedForWhatIsWrongWithIt(t *testing.T) {
	v := offerVocabulary(t)
	leaf := func(operand, operator, kind, value string) json.RawMessage {
		return json.RawMessage(`{"operand":"` + operand + `","operator":"` + operator + `","type":"` + kind + `","value":` + value + `}`)
	}
	for _, one := range []struct {
		component, operand, value string // "": it may be offered
		dual                      bool
		change                    func(*TermBuilder)
	}{
		{change: func(*TermBuilder) {}},
		{change: func(*TermBuilder) {}, dual: true},
		{change: func(p *TermBuilder) { p.Duties[0].Action = "report" }},
		{"purpose", "purpose", "marketing", false, func(p *TermBuilder) { p.Purpose = "marketing" }},
		{"recipient", "role", "pirate", false, func(p *TermBuilder) { p.Recipient, p.RecipientRoles = "", []string{"carrier", "pirate"} }},
		{"fields", "path", "shipment.cost", false, func(p *TermBuilder) { p.Fields[1] = "shipment.cost" }},
		{"access window", "valid_from_us", "1972-09-27T00:00:00Z", false, func(p *TermBuilder) { p.ValidUntil = p.ValidFrom }},
		{"consideration", "consideration", "", false, func(p *TermBuilder) { p.Consideration = nil }},
		{change: func(p *TermBuilder) { p.Consideration, p.Effect = nil, "prohibit" }},
		{"onward", "actions", "sell, give", false, func(p *TermBuilder) { p.Actions = []string{"read", "sell", "give"} }},
		{"duties", "action", "be nice", false, func(p *TermBuilder) { p.Duties[0].Action = "be nice" }},
		{"duties", "action", "apologise", false, func(p *TermBuilder) {
			p.Duties[0].Consequence = &TermDuty{Phase: "after", Action: "apologise"}
		}},
		{"granularity", "level", "order.*", true, func(p *TermBuilder) { p.Granularity = &TermGranularity{Level: "raw"} }},
		{dual: true, change: func(p *TermBuilder) { p.Granularity, p.DualPair = &TermGranularity{Level: "raw"}, true }},
		{change: func(p *TermBuilder) { p.Constraint = leaf("rows", "lteq", "int64", "10") }},
		{"constraint", "rows", "-1", false, func(p *TermBuilder) { p.Constraint = leaf("rows", "lteq", "int64", "-1") }},
		{"constraint", "weather", "", false, func(p *TermBuilder) { p.Constraint = leaf("weather", "eq", "id", `"dry"`) }},
		{"constraint", "constraint", string(leaf("party", "eq", "id", `"gamma"`)), false, func(p *TermBuilder) {
			p.Constraint = leaf("party", "eq", "id", `"gamma"`)
		}},
	} {
		parts := goodOffer()
		one.change(&parts)
		err := offerOf(t, parts).CheckOffer(v, &OfferOptions{DualPair: one.dual, DutyActions: []string{"report"}})
		if one.component == "" {
			must(t, err)
			continue
		}
		defects := defectsOf(t, err)
		if len(defects) != 1 || defects[0].Rule == "" {
			t.Errorf("%s: %+v", one.component, defects)
			continue
		}
		defects[0].Rule = ""
		equal(t, one.component, defects[0], OfferDefect{Component: one.component, Operand: one.operand, Value: one.value})
	}
}

func TestAllDefectsOfAnOfferAreTold(t *testing.T) {
	parts := goodOffer()
	parts.Fields[1], parts.Purpose, parts.Consideration = "a.b", "fun", nil
	parts.Actions = []string{"sell"}
	parts.Duties[0].Action = "dance"
	parts.Constraint = json.RawMessage(`{"operand":"purpose","operator":"isAnyOf","type":"id","value":["fun","joy","planning"]}`)
	err := offerOf(t, parts).CheckOffer(offerVocabulary(t), nil)
	var components []string
	for _, d := range defectsOf(t, err) {
		components = append(components, d.Component)
	}
	if !slices.Equal(components, []string{"fields", "purpose", "onward", "consideration", "duties", "constraint", "constraint"}) {
		t.Error(components)
	}
	parts = goodOffer()
	parts.Purpose, parts.Consideration = "fun", nil
	err = offerOf(t, parts).CheckOffer(offerVocabulary(t), nil)
	equal(t, "message", fails(t, "two", err, ErrUnevaluable).Message, "term 0, purpose: purpose 'fun' is no purpose of the vocabulary; and 1 more")
	second := goodOffer()
	second.Purpose = "fun"
	defects := defectsOf(t, offerOf(t, goodOffer(), second).CheckOffer(offerVocabulary(t), nil))
	terms := got[[]*Term](t)(offerOf(t, goodOffer(), second).Terms())
	if len(defects) != 1 || !strings.Contains(terms[defects[0].Term].JSON(), `"fun"`) {
		t.Errorf("%+v", defects)
	}
}

func TestATermSaysWhetherAnyRequestIsLetPass(t *testing.T) {
	v := offerVocabulary(t)
	for want, change := range map[Truth]func(*TermBuilder){
		True:    func(*TermBuilder) {},
		False:   func(p *TermBuilder) { p.ValidUntil = p.ValidFrom },
		Unknown: func(p *TermBuilder) { p.Purpose = "fun" },
	} {
		parts := goodOffer()
		change(&parts)
		equal(t, "realizable", got[Truth](t)(buildTerm(t, parts).IsRealizable(v)), want)
	}
	term := got[*Term](t)((&TermBuilder{Provider: "a", Recipient: "b", Constellation: "c", Fields: []string{"a.b"}, Purpose: "p", Actions: []string{"read"}}).Build())
	must(t, term.Close())
	if _, err := term.IsRealizable(v); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestAVocabularyKnowsDescendants(t *testing.T) {
	v := offerVocabulary(t)
	parts := termParts()
	parts.Purpose, parts.Onward = "planning", &TermOnward{To: "list", Parties: []string{"gamma"}, MaxHops: 1}
	parts.Constraint = json.RawMessage(`{"operand":"rows","operator":"lt","type":"int64","value":10}`)
	parent := parts
	parts = termParts()
	parts.Provider, parts.Recipient = "beta", "gamma"
	parts.Constraint = json.RawMessage(`{"operand":"rows","operator":"lteq","type":"int64","value":9}`)
	derived := parts
	for _, one := range []struct {
		v         *Vocabulary
		within    bool
		component string
	}{{v, true, ""}, {nil, false, "purpose"}} {
		within, component, err := buildTerm(t, derived).IsWithin(buildTerm(t, parent), one.v)
		must(t, err)
		equal(t, "term", within, one.within)
		equal(t, "component", component, one.component)
		within, _, component, err = offerOf(t, derived).IsWithin(offerOf(t, parent), one.v)
		must(t, err)
		equal(t, "set", within, one.within)
		equal(t, "component of the set", component, one.component)
	}
}
