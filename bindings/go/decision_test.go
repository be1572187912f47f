package constellation

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

const decisionDay = int64(86_400_000_000)

func decisionTerm(t *testing.T) *Term {
	t.Helper()
	term, err := ReadTermLoosely([]byte(`{"effect":"permit","provider":"acme","recipient":"beta","constellation":"fmcg",
		"fields":["order.*"],"purpose":"planning","actions":["read"],"granularity":{"level":"raw"},
		"consideration":[{"kind":"explicit_none"}],"limits":{"rows_in_all":100}}`))
	must(t, err)
	t.Cleanup(func() { term.Close() })
	return term
}

func decisionRules(t *testing.T, relation Relation, change func(*RulesSpec)) (*Rules, error) {
	t.Helper()
	spec := &RulesSpec{
		Version: 7,
		Constellations: []RuleConstellation{{ID: "fmcg", Purposes: []RulePurpose{{"planning", ""}},
			Paths:    map[string]FieldClass{"order.qty": ClassOperational, "order.price": ClassCompetitive},
			Operands: map[string]OperandType{"stock": OperandInt64, "groups": OperandIDSet}}},
		Members: []RuleMember{{Constellation: "fmcg", Party: "acme"}, {Constellation: "fmcg", Party: "beta"}},
		Relations: []RuleRelation{{Constellation: "fmcg", Declarer: "acme", Other: "beta", Relation: relation},
			{Constellation: "fmcg", Declarer: "beta", Other: "acme", Relation: relation}},
		Agreements: []RuleAgreement{{Constellation: "fmcg", Provider: "acme", Recipient: "beta", Digest: Digest{1},
			State: AgreementActive, Terms: []*Term{decisionTerm(t)}}},
	}
	if change != nil {
		change(spec)
	}
	rules, err := NewRules(spec)
	if err == nil {
		t.Cleanup(func() { rules.Close() })
	}
	return rules, err
}

func decisionRequest() *Request {
	return &Request{Constellation: "fmcg", Provider: "acme", Recipient: "beta", Purpose: "planning", Action: ActionRead,
		Paths: []string{"order.qty", "order.price"}, NowUS: 1000 * decisionDay, DowngradeOK: true,
		Facts: []Fact{{Operand: "stock", Type: OperandInt64, Number: 3}, {Operand: "groups", Type: OperandIDSet, IDs: []string{"a", "b"}}}}
}

func TestDecisionsFollowTheRelation(t *testing.T) {
	rules, err := decisionRules(t, RelationPartner, nil)
	must(t, err)
	d, err := rules.Decide(decisionRequest())
	must(t, err)
	defer d.Close()
	equal(t, "permitted", d.Permitted, true)
	equal(t, "path", d.Fields[0].Path, "order.price")
	equal(t, "level", d.Fields[0].Level, LevelRaw)
	equal(t, "term", d.Fields[0].Term, decisionTerm(t).Digest())
	equal(t, "version", rules.Version(), uint64(7))
	text, err := d.Explain()
	must(t, err)
	equal(t, "explained", strings.Contains(text, "PERMIT"), true)

	rivals, err := decisionRules(t, RelationCompetitor, nil)
	must(t, err)
	q := decisionRequest()
	denied, err := rivals.Decide(q)
	must(t, err)
	defer denied.Close()
	equal(t, "reason", denied.Reason, "FIREWALL")
	better, err := denied.Suggest()
	must(t, err)
	equal(t, "suggested", better.Paths[0], "order.qty")
	q.DataFromUS, q.DataUntilUS = 1, 910*decisionDay
	old, err := rivals.Decide(q)
	must(t, err)
	defer old.Close()
	equal(t, "level of old data", old.Fields[0].Level, LevelAggregated)
}

func TestDecisionsCountWhatIsUsed(t *testing.T) {
	term := decisionTerm(t).Digest()
	rules, err := decisionRules(t, RelationNeutral, func(s *RulesSpec) {
		s.Usage = []RuleUsage{{Agreement: Digest{1}, Term: term, RowsInAll: 95}}
	})
	must(t, err)
	q := decisionRequest()
	q.Rows = 6
	d, err := rules.Decide(q)
	must(t, err)
	defer d.Close()
	equal(t, "reason", d.Reason, "BUDGET")
}

func TestDecisionsOfManyGoroutinesAreEqual(t *testing.T) {
	rules, err := decisionRules(t, RelationPartner, nil)
	must(t, err)
	var records [16]string
	var all sync.WaitGroup
	for i := range records {
		all.Add(1)
		go func() {
			defer all.Done()
			if d, err := rules.Decide(decisionRequest()); err == nil {
				records[i] = d.Record
				d.Close()
			}
		}()
	}
	all.Wait()
	for _, record := range records {
		equal(t, "record", record, records[0])
	}
	equal(t, "there is one", records[0] != "", true)
}

func TestRulesOfWhatIsNotThere(t *testing.T) {
	_, err := decisionRules(t, RelationPartner, func(s *RulesSpec) {
		s.Usage = []RuleUsage{{Agreement: Digest{9}}}
	})
	fails(t, "NotFound", err, ErrNotFound)
	_, err = decisionRules(t, RelationPartner, func(s *RulesSpec) { s.Constellations[0].Purposes = nil })
	fails(t, "Unevaluable", err, ErrUnevaluable)
	text, err := OverrideText("fmcg", "acme", "beta", []string{"order.*"}, LevelRaw, 1, 2)
	must(t, err)
	equal(t, "first line", strings.SplitN(text, "\n", 2)[0], "cstn/override/v1")
	_, err = OverrideText("fmcg", "acme", "beta", nil, LevelRaw, 1, 2)
	fails(t, "InvalidArgument", err, ErrInvalidArgument)
}

func TestWhatIsGrantedSaysWhatMustBeDoneAndCharged(t *testing.T) {
	term := got[*Term](t)(ReadTermLoosely([]byte(`{"effect":"permit","provider":"acme","recipient":"beta","constellation":"fmcg",
		"fields":["order.*"],"purpose":"planning","actions":["read"],"granularity":{"level":"generalised","steps":[{"path":"order.qty","step":5}]},
		"consideration":[{"kind":"explicit_none"}],"limits":{"rows_in_all":100},"retention":{"max_us":2592000000000,"then":"destroy_key"},
		"duties":[{"phase":"after","action":"attribute","due":"after_release","due_us":432000000000}]}`)))
	defer term.Close()
	rules, err := decisionRules(t, RelationNeutral, func(s *RulesSpec) {
		s.Agreements[0].Terms = []*Term{term}
		s.Usage = []RuleUsage{{Agreement: Digest{1}, Term: term.Digest(), RowsInAll: 40}}
	})
	must(t, err)
	q := decisionRequest()
	q.Paths, q.NowUS, q.Level = []string{"order.qty"}, 10*decisionDay, LevelGeneralised
	q.Nonce, q.Hops, q.DataFromUS, q.DataUntilUS = [16]byte{1, 0xff}, nil, -5, 1<<62
	d, err := rules.Decide(q)
	must(t, err)
	defer d.Close()
	equal(t, "permitted", d.Permitted, true)
	field := d.Fields[0]
	equal(t, "step", field.Granularity.Steps[0], TermStep{"order.qty", 5})
	equal(t, "level", field.Granularity.Level, "generalised")
	equal(t, "retention", field.RetentionUS, 30*decisionDay)
	want := []Obligation{{0, "attribute", 15 * decisionDay, Digest{1}, term.Digest()}, {DutyRetention, "destroy_key", 40 * decisionDay, Digest{1}, term.Digest()}}
	if !slices.Equal(d.Obligations, want) {
		t.Errorf("%+v", d.Obligations)
	}
	if !slices.Equal(d.Reservations, []Reservation{{Digest{1}, term.Digest(), 1, 60, 0}}) { // as many rows as are left
		t.Errorf("%+v", d.Reservations)
	}
	q.Rows = 61
	denied, err := rules.Decide(q)
	must(t, err)
	defer denied.Close()
	equal(t, "reason", denied.Reason, "BUDGET")
	equal(t, "nothing is done", denied.Obligations == nil && denied.Reservations == nil && denied.Fields[0].Granularity == nil && denied.Fields[0].Level == 0, true)
	better, err := denied.Suggest()
	must(t, err)
	if q.Rows, q.DowngradeOK, q.Hops, q.Facts = 0, false, []string{}, better.Facts; !reflect.DeepEqual(better, q) {
		t.Errorf("%+v, want %+v", better, q)
	}
	passes, err := rules.Decide(better)
	must(t, err)
	defer passes.Close()
	equal(t, "what is suggested passes", passes.Permitted, true)
	equal(t, "facts", len(better.Facts), 2)
}

func TestWithoutLimitsNoNumberOfRowsIsReserved(t *testing.T) {
	parts := termParts()
	parts.Purpose = "planning"
	term := buildTerm(t, parts)
	rules, err := decisionRules(t, RelationNeutral, func(s *RulesSpec) {
		s.Agreements[0].Terms = []*Term{term}
		s.Duties = []RuleState{{Agreement: Digest{1}, Term: term.Digest(), Index: DutyRetention, State: DutyFulfilled}}
	})
	must(t, err)
	q := decisionRequest()
	q.Paths = []string{"order.qty"}
	d, err := rules.Decide(q)
	must(t, err)
	defer d.Close()
	equal(t, "level", d.Fields[0].Level.String(), "existence")
	equal(t, "rows", d.Reservations[0].Rows, RowsNotSaid)
	equal(t, "retention", d.Fields[0].RetentionUS, NoEnd)
	equal(t, "no level", RuleLevel(0).String()+RuleLevel(7).String()+RuleLevel(-1).String(), "")
	q.Recipient = "nobody"
	none, err := rules.Decide(q)
	must(t, err)
	defer none.Close()
	_, err = none.Suggest()
	fails(t, "nothing would pass", err, ErrNotFound)
}
