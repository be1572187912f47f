package constellation

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func termParts() TermBuilder {
	return TermBuilder{Provider: "acme", Recipient: "beta", Constellation: "fmcg", Fields: []string{"order.qty"},
		Purpose: "replenishment", Actions: []string{"read"}, Consideration: []TermConsideration{{Kind: "explicit_none"}}}
}

func buildTerm(t *testing.T, parts TermBuilder) *Term {
	t.Helper()
	term := got[*Term](t)(parts.Build())
	t.Cleanup(func() { must(t, term.Close()) })
	return term
}

func TestATermHasItsCanonicalTextAndDigest(t *testing.T) {
	term := buildTerm(t, termParts())
	const text = `{"actions":["read"],"consideration":[{"kind":"explicit_none"}],"constellation":"fmcg","effect":"permit",` +
		`"fields":["order.qty"],"granularity":{"level":"existence"},"provider":"acme","purpose":"replenishment","recipient":"beta"}`
	if term.JSON() != text {
		t.Errorf("canonical text %s", term.JSON())
	}
	if term.Digest() != sha256.Sum256([]byte("cstn/terms/v1\n"+text)) {
		t.Errorf("digest %s", term.Digest())
	}
	again := got[*Term](t)(ReadTerm([]byte(text)))
	if again.Digest() != term.Digest() {
		t.Error("what was read has another digest")
	}
	must(t, again.Close())
	if again.JSON() != text {
		t.Error("the text is gone after Close")
	}
	if _, err := again.Text(); !errors.Is(err, ErrClosed) {
		t.Errorf("words of a closed term: %v", err)
	}
}

func TestEveryComponentOfATermCanBeSet(t *testing.T) {
	day, begin := int64(86_400_000_000), int64(0)
	parts := termParts()
	parts.Recipient, parts.RecipientRoles = "", []string{"buyer"}
	parts.Effect = "prohibit"
	parts.ValidFrom, parts.ValidUntil = &begin, &day
	parts.DataWindow = &TermDataWindow{From: &begin, Until: &day, MinAge: 1, MaxAge: &day}
	parts.Granularity = &TermGranularity{Level: "generalised", Steps: []TermStep{{Path: "order.qty", Step: 10}}}
	parts.Onward = &TermOnward{To: "list", Parties: []string{"gamma"}, MaxHops: 2}
	parts.Retention = &TermRetention{Max: day, Then: "destroy_key", Proof: true}
	parts.Revocation = &TermRevocation{By: "provider", Notice: day, Delivered: "delete"}
	parts.Limits = &TermLimits{Calls: 1, Rows: 2, Window: day, RowsInAll: 1<<63 - 1, NanoEpsilon: 3, Period: day}
	parts.Consideration = []TermConsideration{{Kind: "money", AmountMinor: 5, Currency: "EUR", Due: "every", DueMicros: day, Grace: 1},
		{Kind: "reciprocal", Term: strings.Repeat("ab", 32), MinCompletenessPermille: 900, MaxStaleness: day, Gate: "advise"},
		{Kind: "service", Service: "transport"}, {Kind: "discount", BasisPoints: 50}}
	parts.Duties = []TermDuty{{Phase: "before", Action: "pay", Consequence: &TermDuty{Phase: "after", Action: "delete", Due: "after_end", DueMicros: 1}}}
	parts.Constraint = json.RawMessage(`{"operand":"rows","operator":"lteq","type":"int64","value":10}`)
	parts.LegalBasis = "a<b"
	parts.LegalText = []TermDocument{{Title: "T", SHA256: strings.Repeat("11", 32)}}
	parts.DualPair, parts.ProofOfContent, parts.SmallKind = true, true, true
	parts.Granularity = &TermGranularity{Level: "generalised", Steps: []TermStep{{Path: "order.qty", Step: 1<<62 + 1}}}
	parts.Purpose = `a","rows":"9007199254740993` // is no number
	whole := buildTerm(t, parts)
	again := got[*TermBuilder](t)(whole.Components())
	equal(t, "step", again.Granularity.Steps[0].Step, 1<<62+1)
	equal(t, "rows in all", again.Limits.RowsInAll, 1<<63-1)
	equal(t, "purpose", again.Purpose, parts.Purpose)
	equal(t, "built again", buildTerm(t, *again).Digest(), whole.Digest())
	parts.Granularity.Steps[0].Step, parts.Purpose = 10, "replenishment"
	text := buildTerm(t, parts).JSON()
	for _, part := range []string{`"prohibit"`, `"recipient_roles":["buyer"]`, `"data_from_us":0`, `"max_age_us":86400000000`,
		`"steps":[{"path":"order.qty","step":10}]`, `"max_hops":2`, `"proof":true`, `"notice_us":86400000000`,
		`"rows_in_all":"9223372036854775807"`, `"currency":"EUR"`, `"basis_points":50`, `"service":"transport"`, `"gate":"advise"`,
		`"consequence":{"action":"delete","due":"after_end","due_us":1,"phase":"after"}`, `"constraint":{"operand":"rows"`,
		`"legal_basis":"a<b"`, `"title":"T"`, `"dual_pair_acknowledged":true`, `"proof_of_content":true`, `"small_kind_acknowledged":true`, `"valid_from_us":0`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
}

func TestATermThatBreaksARuleIsRefusedByName(t *testing.T) {
	for name, change := range map[string]func(parts *TermBuilder){
		"recipient": func(parts *TermBuilder) { parts.Recipient = "" },
		"fields":    func(parts *TermBuilder) { parts.Fields = []string{"qty"} },
		"'actions'": func(parts *TermBuilder) { parts.Actions = []string{"steal"} },
		"k is 3":    func(parts *TermBuilder) { parts.Granularity = &TermGranularity{Level: "raw", K: 3} },
	} {
		parts := termParts()
		change(&parts)
		if _, err := parts.Build(); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	parts := termParts()
	parts.Constraint = json.RawMessage("{")
	if _, err := parts.Build(); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("a condition that is no JSON: %v", err)
	}
	loose := []byte(" " + buildTerm(t, termParts()).JSON())
	if _, err := ReadTerm(loose); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "byte 0") {
		t.Errorf("white space: %v", err)
	}
	must(t, got[*Term](t)(ReadTermLoosely(loose)).Close())
}

func TestDataFlowDownWithinTheirTerm(t *testing.T) {
	parts := termParts()
	parts.Onward = &TermOnward{To: "list", Parties: []string{"gamma"}, MaxHops: 1}
	parent := buildTerm(t, parts)
	parts = termParts()
	parts.Provider, parts.Recipient = "beta", "gamma"
	derived := buildTerm(t, parts)
	if within, component, err := derived.IsWithin(parent, nil); err != nil || !within || component != "" {
		t.Errorf("derived: %v %q %v", within, component, err)
	}
	parts.Fields = []string{"order.price"}
	wider := buildTerm(t, parts)
	if within, component, err := wider.IsWithin(parent, nil); err != nil || within || component != "fields" {
		t.Errorf("wider: %v %q %v", within, component, err)
	}
	set := got[*TermSet](t)(NewTermSet([]*Term{derived, wider, derived}))
	above := got[*TermSet](t)(NewTermSet([]*Term{parent}))
	if within, index, component, err := set.IsWithin(above, nil); err != nil || within || index > 1 || component != "fields" {
		t.Errorf("set: %v %d %q %v", within, index, component, err)
	}
	again := got[*TermSet](t)(ReadTermSet([]byte(set.JSON())))
	if again.Digest() != set.Digest() {
		t.Error("a set that was read has another digest")
	}
	must(t, again.Close())
	terms := got[[]*Term](t)(set.Terms())
	must(t, set.Close())
	must(t, above.Close())
	if len(terms) != 2 || strings.Compare(terms[0].Digest().String(), terms[1].Digest().String()) >= 0 {
		t.Errorf("%d terms, or not in the order of their digests", len(terms))
	}
	for _, term := range terms {
		if text := got[string](t)(term.Text()); !strings.HasPrefix(text, "In constellation fmcg, beta permits gamma to read") {
			t.Errorf("words: %s", text)
		}
		must(t, term.Close())
	}
	if _, err := NewTermSet(nil); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("an empty set: %v", err)
	}
}
