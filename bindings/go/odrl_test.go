package constellation

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func vocabularyOf(t *testing.T, spec VocabularySpec) *Vocabulary {
	t.Helper()
	v := got[*Vocabulary](t)(NewVocabulary(spec))
	t.Cleanup(func() { must(t, v.Close()) })
	return v
}

func odrlVocabulary(t *testing.T) *Vocabulary {
	t.Helper()
	zero, least, most := int64(0), int64(-3), int64(9)
	return vocabularyOf(t, VocabularySpec{
		Operands: []Operand{
			{Name: "price", Type: OperandDecimal, Scale: 2, Least: &zero},
			{Name: "score", Type: OperandInt64, Least: &least, Most: &most},
			{Name: "region", Type: OperandID, IDs: []string{"europe", "asia"}},
			{Name: "elapsed", Type: OperandDuration, Least: &zero},
		},
		Purposes: map[string][]string{"planning": nil, "recall": nil, "safety": {"planning"}},
	})
}

func readODRL(t *testing.T, v *Vocabulary, text string, options *ODRLOptions) *ODRLPolicy {
	t.Helper()
	p := got[*ODRLPolicy](t)(ReadODRL([]byte(text), v, options))
	t.Cleanup(func() { must(t, p.Close()) })
	return p
}

func permits(constraint string) string {
	return `{"permission":[{"action":"use","constraint":` + constraint + `}]}`
}

func odrlLeaf(left, operator, right string) string {
	return `{"leftOperand":"` + left + `","operator":"` + operator + `","rightOperand":` + right + `}`
}

func TestWhatNobodyCanEvaluateIsRefusedByName(t *testing.T) {
	v := odrlVocabulary(t)
	good := odrlLeaf("rows", "lteq", "5")
	elsewhere := func(member string) string { return `{"permission":[{"action":"use"}],` + member + `}` }
	const at = "/permission/0/constraint"
	for _, one := range []struct{ text, place, operand, value string }{
		{permits(`{"andSequence":[` + good + `]}`), at, "andSequence", "*"},
		{permits("[" + good + `,{"and":[` + odrlLeaf("event", "lt", "1") + `]}]`), at + "/1/and/0", "event", "1"},
		{permits(odrlLeaf("rows", "hasPart", "1")), at, "rows", "hasPart"},
		{permits(odrlLeaf("rows", "lteq", "-1")), at, "rows", "-1"},
		{permits(odrlLeaf("rows", "lteq", "1.5")), at, "rows", "1.5"},
		{permits(odrlLeaf("region", "isAnyOf", `["asia","mars","venus"]`)), at, "region", "venus"},
		{permits(odrlLeaf("dateTime", "lt", `"soon"`)), at, "dateTime", "soon"},
		{permits(odrlLeaf("elapsed", "lt", `"P1M"`)), at, "elapsed", "P1M"},
		{permits(odrlLeaf("Liability", "eq", `"cx.grossNegligence:1"`)), at, "Liability", "cx.grossNegligence:1"},
		{permits(`{"and":[]}`), at + "/and", "and", ""},
		{permits("7"), at, "constraint", "7"},
		{elsewhere(`"conflict":"perm"`), "", "conflict", "perm"},
		{elsewhere(`"profile":"http://x"`), "", "profile", "http://x"},
		{elsewhere(`"prohibition":{"remedy":[]}`), "/prohibition", "remedy", "[]"},
		{elsewhere(`"inheritFrom":"x"`), "", "inheritFrom", "x"},
		{`{"permission":[{"action":"access"}]}`, "/permission/0", "action", "access"},
		{`{"permission":[{"action":{"@id":"use","refinement":[]}}]}`, "/permission/0", "refinement", "[]"},
		{`{"permission":[]}`, "", "policy", ""},
	} {
		p, err := ReadODRL([]byte(one.text), v, nil)
		var refused *ODRLRefusedError
		if p != nil || !errors.As(err, &refused) || !errors.Is(err, ErrUnevaluable) {
			t.Errorf("%s: %v", one.text, err)
			continue
		}
		if !slices.ContainsFunc(refused.Refusals, func(r ODRLRefusal) bool {
			return r.Place == one.place && r.Operand == one.operand && (one.value == "*" || r.Value == one.value) && r.Reason != ""
		}) {
			t.Errorf("%s: %+v", one.text, refused.Refusals)
		}
	}
}

func TestAllRefusalsAreReportedAndTheFirstIsSaid(t *testing.T) {
	text := permits("[" + odrlLeaf("weather", "eq", `"dry"`) + "," + odrlLeaf("rows", "lt", "-2") + "," + odrlLeaf("Warranty", "eq", `"x"`) + "]")
	_, err := ReadODRL([]byte(text), odrlVocabulary(t), nil)
	var refused *ODRLRefusedError
	if !errors.As(err, &refused) || len(refused.Refusals) != 3 || refused.Refusals[1].Value != "-2" {
		t.Fatalf("%v", err)
	}
	equal(t, "message", fails(t, "refused", err, ErrUnevaluable).Message,
		"'/permission/0/constraint/0': operand 'weather', value 'dry': the operand is not registered; and 2 more")
}

func TestWhatIsNoJSONIsNoPolicy(t *testing.T) {
	v := odrlVocabulary(t)
	for _, text := range []string{`{"permission":[}`, `{"a":1,"a":2}`, ""} {
		p, err := ReadODRL([]byte(text), v, nil)
		var refused *ODRLRefusedError
		if p != nil || errors.As(err, &refused) {
			t.Errorf("%s: %v", text, err)
		}
		fails(t, text, err, ErrFormat)
	}
	_, err := ReadODRL([]byte("{}"), v, &ODRLOptions{Affiliates: []string{"a\x00b"}})
	fails(t, "an id with a NUL", err, ErrInvalidArgument)
	closed := got[*Vocabulary](t)(NewVocabulary(VocabularySpec{}))
	must(t, closed.Close())
	if _, err := ReadODRL([]byte("{}"), closed, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestAPolicyIsReadIntoRules(t *testing.T) {
	v := odrlVocabulary(t)
	p := readODRL(t, v, `{"@id":"urn:p","odrl:permission":{"odrl:action":{"@id":"odrl:use"},"odrl:target":{"@id":"urn:t"},
		"odrl:assignee":{"@type":"PartyCollection","@id":"urn:c","source":"urn:s"},
		"odrl:duty":[{"action":"compensate","uid":"urn:d"}],
		"odrl:constraint":{"odrl:and":{"@list":[
			{"odrl:leftOperand":{"@id":"odrl:dateTime"},"odrl:operator":{"@id":"odrl:lteq"},
			 "odrl:rightOperand":{"@value":"2026-01-01T01:00:00+01:00","@type":"xsd:dateTime"}},
			{"leftOperand":"elapsed","operator":"gt","rightOperand":"P1W2DT3H4M5.5S"}]}}},
		"odrl:prohibition":[{}],"odrl:conflict":{"@id":"odrl:prohibit"}}`, nil)
	equal(t, "uid", p.UID, "urn:p")
	equal(t, "rules", len(p.Rules), 2)
	rule := p.Rules[0]
	equal(t, "text", got[string](t)(rule.Constraint.Text()), "now is at or before 2026-01-01T00:00:00Z and elapsed is above 788645500000 microseconds")
	equal(t, "kind", rule.Kind, ODRLPermission)
	equal(t, "actions", rule.Actions, ActionsUse)
	equal(t, "assignee", rule.Assignee+" "+rule.AssigneeSource+" "+rule.Target, "urn:c urn:s urn:t")
	equal(t, "collections", rule.AssigneeCollection && !rule.TargetCollection && !rule.AnyAction && !rule.ComponentsOnly, true)
	equal(t, "duty", rule.Duties[0], ODRLDuty{"compensate", "urn:d"})
	ban := p.Rules[1]
	equal(t, "any", ban.Kind == ODRLProhibition && ban.AnyAction && ban.Constraint == nil && ban.Assignee == "", true)
	equal(t, "all actions", ban.Actions, ActionsUse|ActionsTransfer)
	must(t, p.Close())
	if _, err := rule.Constraint.Text(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestWordsOfTheProfileBecomeComponents(t *testing.T) {
	v := odrlVocabulary(t)
	for _, one := range []struct {
		operand, value string
		kind           ODRLComponentKind
		number         int64
	}{
		{"DataFrequency", "cx.dataFrequency.once:1", ODRLCalls, 1},
		{"ContractTermination", "cx.data.keeping:1", ODRLDeliveredKeep, 0},
		{"ContractTermination", "cx.data.deletion:1", ODRLDeliveredDelete, 0},
		{"UsageRestriction", "cx.thirdParty.forbidden:1", ODRLOnwardNone, 0},
		{"UsageRestriction", "cx.derivations.forbidden:1", ODRLProhibitDerive, 0},
		{"DataUsageEndDate", "2023-10-04T12:30:00Z", ODRLRetentionUntil, 1_696_422_600_000_000},
	} {
		kind := "permission"
		if one.operand == "UsageRestriction" {
			kind = "prohibition"
		}
		p := readODRL(t, v, `{"`+kind+`":{"action":"use","constraint":`+odrlLeaf(one.operand, "eq", strconv.Quote(one.value))+`}}`, nil)
		c := p.Rules[0].Components[0]
		if c.Kind != one.kind || c.Number != one.number || c.Text != one.operand || c.IDs != nil {
			t.Errorf("%s: %+v", one.value, c)
		}
	}
	sharing := permits(odrlLeaf("ConfidentialInformationSharing", "isAnyOf", `["cx.sharing.affiliates:1","cx.sharing.managedLegalEntity:1"]`))
	_, err := ReadODRL([]byte(sharing), v, nil)
	fails(t, "nobody is known", err, ErrUnevaluable)
	p := readODRL(t, v, sharing, &ODRLOptions{Affiliates: []string{"BPNL1", "BPNL2"}, Managed: []string{"BPNL3"}})
	c := p.Rules[0].Components[0]
	if c.Kind != ODRLOnwardList || !slices.Equal(c.IDs, []string{"BPNL1", "BPNL2", "BPNL3"}) {
		t.Errorf("%+v", c)
	}
	p = readODRL(t, v, permits(odrlLeaf("Liability", "eq", `"cx.grossNegligence:1"`)), &ODRLOptions{LegalText: true})
	if c := p.Rules[0].Components[0]; c.Kind != ODRLLegalClause || !strings.Contains(c.Text, "cx.grossNegligence:1") || p.Rules[0].Constraint != nil {
		t.Errorf("%+v", c)
	}
}

/* --- the vectors of others ------------------------------------------------------------------------ */

func vectorsOf[T any](t *testing.T, file ...string) T {
	t.Helper()
	var out T
	must(t, json.Unmarshal(got[[]byte](t)(os.ReadFile(shared(t, append([]string{"vectors"}, file...)...))), &out))
	return out
}

func sizesAndTimes(t *testing.T) *Vocabulary {
	zero := int64(0)
	spec := VocabularySpec{Operands: []Operand{{Name: "spatialCoordinatesAltitude", Type: OperandDecimal, Scale: 3}}}
	for _, name := range []string{"absoluteSizeWidth", "absoluteSizeHeight", "absoluteSizeDepth"} {
		spec.Operands = append(spec.Operands, Operand{Name: name, Type: OperandDecimal, Scale: 3, Least: &zero})
	}
	spec.Operands = append(spec.Operands, Operand{Name: "elapsedTime", Type: OperandDuration, Least: &zero},
		Operand{Name: "meteredTime", Type: OperandDuration, Least: &zero, AtMost: "elapsedTime"},
		Operand{Name: "delayPeriod", Type: OperandDuration, Least: &zero})
	return vocabularyOf(t, spec)
}

type odrlPair struct {
	ID, Question, Expected, Fragment string
	Policies                         []json.RawMessage
	Facts                            map[string]string
}

func (one *odrlPair) facts(t *testing.T) (facts []Fact) {
	for name, text := range one.Facts {
		if days, isDuration := strings.CutPrefix(text, "P"); isDuration {
			n := got[int64](t)(strconv.ParseInt(strings.TrimSuffix(days, "D"), 10, 64))
			facts = append(facts, Fact{Operand: name, Type: OperandDuration, Number: n * DayMicros})
			continue
		}
		facts = append(facts, Fact{Operand: name, Type: OperandDecimal, Number: got[int64](t)(strconv.ParseInt(text, 10, 64))})
	}
	return facts
}

// words are for no, not known and yes.
func truthWords(truth Truth, no, yes string) string {
	return map[Truth]string{False: no, Unknown: "UNKNOWN", True: yes}[truth]
}

func (one *odrlPair) answer(t *testing.T, v *Vocabulary, sides []*Constraint) string {
	switch one.Question {
	case "containment":
		return truthWords(got[Truth](t)(sides[0].Implies(sides[1], v)), "not_refines", "refines")
	case "realizable":
		return truthWords(got[Truth](t)(sides[0].IsRealizable(v)), "unrealizable", "realizable")
	case "runtime":
		return truthWords(got[Truth](t)(sides[0].Evaluate(v, one.facts(t)...)), "deny", "permit")
	}
	switch verdict := got[Comparison](t)(sides[0].Compare(sides[1], v)); {
	case verdict == CompareConflict:
		return "conflict"
	case verdict == CompareUnknown:
		return "UNKNOWN"
	case verdict == CompareUnderspecified && one.Question == "verdict":
		return "unknown"
	}
	return "compatible"
}

func TestPairsOfPoliciesHaveTheVerdictsOfTheirAuthors(t *testing.T) {
	pairs := vectorsOf[[]odrlPair](t, "odrl_pairs", "pairs.json")
	v, exact, unknown := sizesAndTimes(t), 0, 0
	for _, one := range pairs {
		var sides []*Constraint
		for _, text := range one.Policies {
			p, err := ReadODRL(text, v, nil)
			if err != nil {
				fails(t, one.ID, err, ErrUnevaluable)
				break
			}
			defer p.Close()
			sides = append(sides, p.Rules[0].Constraint)
		}
		answer := "UNKNOWN"
		if len(sides) == len(one.Policies) {
			answer = one.answer(t, v, sides)
		}
		switch {
		case answer == one.Expected:
			exact++
		case answer == "UNKNOWN" && one.Fragment == "extended":
			unknown++
		default:
			t.Errorf("%s: %s, not %s", one.ID, answer, one.Expected)
		}
	}
	if len(pairs) != 160 || exact != 149 || unknown != 11 {
		t.Errorf("%d pairs, %d exact, %d unknown", len(pairs), exact, unknown)
	}
}

type odrlCase struct {
	Policy  json.RawMessage
	Request struct{ Assignee, Action, Target string }
	World   struct {
		NowUS   int64                                 `json:"now_us"`
		Members []struct{ Collection, Member string } `json:"member_of"`
		Reports []struct{ Deontic string }            `json:"duty_reports"`
	} `json:"state_of_world"`
}

// covers says whether a side of a rule is the one asked for, or a collection that holds it.
func (one *odrlCase) covers(side, source string, collection bool, asked string) bool {
	if side == "" || !collection {
		return side == "" || side == asked
	}
	for _, m := range one.World.Members {
		if m.Member == asked && (m.Collection == side || (source != "" && m.Collection == source)) {
			return true
		}
	}
	return false
}

func (one *odrlCase) isActive(t *testing.T, v *Vocabulary, rule ODRLRule) bool {
	action := map[string]uint32{"read": ActionRead, "write": ActionWrite, "sell": ActionSell}[one.Request.Action]
	truth := True
	if rule.Constraint != nil {
		truth = got[Truth](t)(rule.Constraint.Evaluate(v, Fact{Operand: "now", Type: OperandInstant, Number: one.World.NowUS}))
	}
	for _, duty := range rule.Duties {
		equal(t, "duty", duty.Action, "compensate")
		for _, report := range one.World.Reports {
			if report.Deontic == "Violated" {
				truth = False
			}
		}
	}
	return truth == True && rule.Actions&action != 0 && one.covers(rule.Assignee, rule.AssigneeSource, rule.AssigneeCollection, one.Request.Assignee) &&
		one.covers(rule.Target, rule.TargetSource, rule.TargetCollection, one.Request.Target)
}

func TestRulesAreReadAsTheirDecisionsNeed(t *testing.T) {
	index := vectorsOf[[]struct{ Case, Decision string }](t, "odrl_decisions", "index.json")
	v, permitted := sizesAndTimes(t), 0
	for _, entry := range index {
		one := vectorsOf[odrlCase](t, "odrl_decisions", "cases", "case-"+entry.Case+".json")
		p := readODRL(t, v, string(one.Policy), nil)
		active := map[ODRLKind]bool{}
		for _, rule := range p.Rules {
			active[rule.Kind] = one.isActive(t, v, rule) || active[rule.Kind]
		}
		permit := active[ODRLPermission] && !active[ODRLProhibition]
		if permit != (entry.Decision == "permit") {
			t.Errorf("case %s: %v, not %s", entry.Case, permit, entry.Decision)
		}
		if permit {
			permitted++
		}
	}
	equal(t, "cases", len(index), 44)
	equal(t, "permitted", permitted, 19)
}

func catenaX(t *testing.T, withRegion bool) *Vocabulary {
	spec := VocabularySpec{Purposes: map[string][]string{}, Roles: []string{"ecu-suppliers"}}
	for _, purpose := range []string{"cx.core.digitalTwinRegistry:1", "cx.pcf.base:1", "cx.circular.dpp:1", "cx.dcm.base:1", "cx.bpdm.pool:1", "cx.puris.base:1"} {
		spec.Purposes[purpose] = nil
	}
	if withRegion {
		spec.Operands = []Operand{{Name: "recipient.region", Type: OperandID}}
	}
	return vocabularyOf(t, spec)
}

// catenaXSamples are the constraints of the samples by left operand, each in a policy.
func catenaXSamples(t *testing.T) map[string]string {
	samples := map[string]string{}
	for _, name := range got[[]string](t)(filepath.Glob(shared(t, "vectors", "catenax", "samples") + "/*-constraint-sample.json")) {
		text := got[[]byte](t)(os.ReadFile(name))
		var leaf struct{ LeftOperand string }
		must(t, json.Unmarshal(text, &leaf))
		samples[leaf.LeftOperand] = catenaXPolicy(leaf.LeftOperand, text)
	}
	return samples
}

func catenaXPolicy(operand string, constraint []byte) string {
	if operand == "UsageRestriction" {
		return `{"prohibition":[{"action":"use","constraint":` + string(constraint) + `}]}`
	}
	return permits(string(constraint))
}

type catenaXExpected struct {
	Operands []struct {
		Operand string `json:"left_operand"`
		As      string `json:"import_as"`
	} `json:"left_operands"`
	Values []struct {
		File    string
		Operand string `json:"left_operand"`
		Value   string
	} `json:"refuse_values"`
}

func isRefusedFor(err error, operand, value string) bool {
	var refused *ODRLRefusedError
	return errors.As(err, &refused) && slices.ContainsFunc(refused.Refusals, func(r ODRLRefusal) bool {
		return r.Operand == operand && (value == "" || r.Value == value)
	})
}

func TestEachLeftOperandOfCatenaXIsEvaluatedOrRefusedByName(t *testing.T) {
	expected := vectorsOf[catenaXExpected](t, "catenax", "import_expectations.json")
	samples, with, without := catenaXSamples(t), catenaX(t, true), catenaX(t, false)
	for _, one := range expected.Operands {
		text, there := samples[one.Operand]
		if !there {
			t.Errorf("no sample of %s", one.Operand)
			continue
		}
		if one.As == "evaluate" {
			rule := readODRL(t, without, text, nil).Rules[0]
			if rule.Constraint == nil && rule.Components == nil {
				t.Errorf("%s became nothing", one.Operand)
			}
		} else if _, err := ReadODRL([]byte(text), without, nil); !isRefusedFor(err, one.Operand, "") {
			t.Errorf("%s: %v", one.Operand, err)
		}
		region, legal := one.As == "evaluate_if_host", one.As == "legal_text"
		if region || legal || one.Operand == "ConfidentialInformationSharing" { // what the host adds makes it good
			rule := readODRL(t, with, text, &ODRLOptions{LegalText: legal, Affiliates: []string{"BPNL1"}, Managed: []string{"BPNL2"}}).Rules[0]
			if (rule.Constraint != nil) != region || (rule.Components != nil) == region {
				t.Errorf("%s: %+v", one.Operand, rule)
			}
		}
	}
	equal(t, "operands", len(expected.Operands), 29)
}

func TestBadValuesOfCatenaXAreRefusedByValue(t *testing.T) {
	expected := vectorsOf[catenaXExpected](t, "catenax", "import_expectations.json")
	v := catenaX(t, true)
	for _, one := range expected.Values {
		text := got[[]byte](t)(os.ReadFile(shared(t, "vectors", "catenax", "samples", one.File)))
		var leaf struct{ LeftOperand string }
		must(t, json.Unmarshal(text, &leaf))
		policy := string(text)
		if leaf.LeftOperand != "" {
			policy = catenaXPolicy(leaf.LeftOperand, text)
		}
		if _, err := ReadODRL([]byte(policy), v, nil); !isRefusedFor(err, one.Operand, one.Value) {
			t.Errorf("%s '%s': %v", one.Operand, one.Value, err)
		}
	}
	equal(t, "values", len(expected.Values), 8)
}
