package constellation

import (
	"fmt"
	"strings"
	"testing"
)

// The network of these tests: maker and shop in "c1", partners, one purpose, two fields.
const (
	sharingDay = 86_400_000_000
	sharingNow = 20_500 * sharingDay
)

func sharingNetwork(t *testing.T, keys *PartyKeys) *Network {
	t.Helper()
	n := network(t, "", nil)
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	const known = "2025-01-01"
	for _, key := range keys.All() {
		must(t, tx.Put(record(t, "partner", "partner_id", key.Party, "recorded", known)))
		must(t, tx.Put(record(t, "verifier", "partner_id", key.Party, "use", "sign", "verifier", key.Verifier, "recorded", known)))
	}
	must(t, tx.Put(record(t, "constellation", "constellation_id", "c1", "owner_id", "maker", "recorded", known)))
	must(t, tx.Put(record(t, "purpose", "purpose_id", "planning", "constellation_id", "c1", "parent_id", "", "recorded", known)))
	for path, classes := range map[string]string{"order.eta": "2", "order.price": "4", "order.person": "8"} {
		must(t, tx.Put(record(t, "field_class", "constellation_id", "c1", "path", path, "classes", classes, "recorded", known)))
	}
	for i, party := range []string{"maker", "shop"} {
		other := []string{"shop", "maker"}[i]
		must(t, tx.Put(record(t, "membership", "partner_id", party, "constellation_id", "c1", "recorded", known)))
		must(t, tx.Put(record(t, "relation", "declarer_id", party, "other_id", other, "constellation_id", "c1",
			"relation", "partner", "recorded", known)))
	}
	got[uint64](t)(tx.Commit())
	return n
}

// sharingAgreement is signed by both and has its terms: order.* for planning.
func sharingAgreement(t *testing.T, maker, shop string, keys *PartyKeys) *Agreement {
	t.Helper()
	term := buildTerm(t, TermBuilder{Provider: "maker", Recipient: "shop", Constellation: "c1", Purpose: "planning",
		Fields: []string{"order.*"}, Actions: []string{"read"}, Granularity: &TermGranularity{Level: "raw"},
		Limits: &TermLimits{RowsInAll: 100}, Consideration: []TermConsideration{{Kind: "explicit_none"}}})
	return sharingSigned(t, term, maker, shop, keys)
}

// sharingSigned is an agreement of one term, signed by both.
func sharingSigned(t *testing.T, term *Term, maker, shop string, keys *PartyKeys) *Agreement {
	t.Helper()
	set := got[*TermSet](t)(NewTermSet([]*Term{term}))
	defer set.Close()
	body := bodyOf(5)
	body.Terms, body.Condition = AgreementDigest(set.Digest()), ""
	body.MadeUS, body.ValidFromUS, body.ValidUntilUS = sharingNow-sharingDay, sharingNow-sharingDay, NoEnd
	bare := agreed(t, body, maker, shop, keys)
	whole := got[*Agreement](t)(bare.WithTerms(set.JSON()))
	t.Cleanup(func() { must(t, whole.Close()) })
	return whole
}

func sharingRequest(paths ...string) *Request {
	return &Request{Constellation: "c1", Provider: "maker", Recipient: "shop", Purpose: "planning", Action: ActionRead,
		Paths: paths, NowUS: sharingNow}
}

// sharingPut puts an agreement and commits it.
func sharingPut(t *testing.T, n *Network, a *Agreement) {
	t.Helper()
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	must(t, tx.PutAgreement("maker", a, nil, sharingNow))
	got[uint64](t)(tx.Commit())
}

func TestANetworkDecidesByTheAgreementsInIt(t *testing.T) {
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	before := got[*Snapshot](t)(n.Snapshot())
	defer before.Close()
	a := sharingAgreement(t, maker, shop, keys)
	sharingPut(t, n, a)
	after := got[*Snapshot](t)(n.Snapshot())
	defer after.Close()
	for _, at := range []struct {
		snapshot *Snapshot
		of       *RulesOf
		reason   string
	}{{before, nil, "NO_AGREEMENT"}, {after, nil, "PERMIT"},
		{after, &RulesOf{Constellation: "c1", Provider: "maker", Recipient: "shop"}, "PERMIT"}} {
		rules := got[*Rules](t)(at.snapshot.Rules(at.of))
		d := got[*Decision](t)(rules.Decide(sharingRequest("order.eta")))
		equal(t, "reason", d.Reason, at.reason)
		equal(t, "version", rules.Version(), at.snapshot.Seq())
		must(t, d.Close())
		must(t, rules.Close())
	}
	_, err := after.Rules(&RulesOf{Provider: "maker"})
	fails(t, "InvalidArgument", err, ErrInvalidArgument)
	log := got[*SharedLog](t)(n.Log("maker", "c1", ""))
	defer log.Close()
	entries := got[[][]byte](t)(log.Read(0, log.Size()))
	equal(t, "entries", len(entries), 1)
	equal(t, "names the agreement", strings.Contains(string(entries[0]), `"type":"agreement"`), true)
}

func TestAgreementsComeOutOfANetworkWithTheirTransitions(t *testing.T) {
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	a := sharingAgreement(t, maker, shop, keys)
	sharingPut(t, n, a)
	act := got[*Transition](t)(a.Draft(&Transition{Event: TransitionSuspend, Actor: Provider, AtUS: sharingNow, Cause: CauseDispute}, nil))
	held := got[*Agreement](t)(a.Apply(got[string](t)(act.Sign(maker)), keys, nil))
	defer held.Close()
	sharingPut(t, n, held)
	snapshot := got[*Snapshot](t)(n.Snapshot())
	defer snapshot.Close()
	store := got[*AgreementStore](t)(snapshot.Agreements())
	defer store.Close()
	equal(t, "agreements", store.Len(), 1)
	kept := store.All()[0]
	equal(t, "digest", kept.Digest(), a.Digest())
	equal(t, "state", kept.StateAt(sharingNow), AgreementSuspended)
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	fails(t, "Stale", tx.PutAgreement("maker", a, nil, sharingNow), ErrStale)
	bare := got[*Agreement](t)(OpenAgreement(a.Note(), keys, nil))
	defer bare.Close()
	fails(t, "Missing", tx.PutAgreement("maker", bare, nil, sharingNow), ErrMissing)
	fails(t, "InvalidArgument", tx.PutAgreement("maker", nil, nil, sharingNow), ErrInvalidArgument)
	fails(t, "InvalidArgument", tx.PutAgreement("ma\x00ker", a, nil, sharingNow), ErrInvalidArgument)
	must(t, snapshot.Close())
	if _, err := snapshot.Rules(nil); err == nil {
		t.Error("a closed snapshot gives rules")
	}
	if _, err := snapshot.Agreements(); err == nil {
		t.Error("a closed snapshot gives agreements")
	}
}

func TestAViolatedDutySetsItsConsequenceGoing(t *testing.T) {
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	term := buildTerm(t, TermBuilder{Provider: "maker", Recipient: "shop", Constellation: "c1", Purpose: "planning",
		Fields: []string{"order.*"}, Actions: []string{"read"}, Granularity: &TermGranularity{Level: "raw"},
		Consideration: []TermConsideration{{Kind: "explicit_none"}},
		Duties: []TermDuty{{Phase: "ongoing", Action: "attribute",
			Consequence: &TermDuty{Phase: "ongoing", Action: "pay"}}}})
	a := sharingSigned(t, term, maker, shop, keys)
	sharingPut(t, n, a)
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	duty := SharingDuty{Agreement: Digest(a.Digest()), Term: term.Digest(), Consequence: 1, State: 2}
	fails(t, "NotFound", tx.PutDuty("maker", &duty, sharingNow), ErrNotFound)
	duty.Consequence, duty.State = 0, 3
	must(t, tx.PutDuty("maker", &duty, sharingNow))
	duty.Consequence, duty.State = 1, 2
	must(t, tx.PutDuty("maker", &duty, sharingNow))
	got[uint64](t)(tx.Commit())
	log := got[*SharedLog](t)(n.Log("maker", "c1", ""))
	defer log.Close()
	entries := got[[][]byte](t)(log.Read(0, log.Size()))
	var following []bool
	for _, entry := range entries {
		if strings.Contains(string(entry), `"type":"duty"`) {
			following = append(following, strings.Contains(string(entry), `"consequence":1`))
		}
	}
	equal(t, "duties, then what follows, twice", fmt.Sprint(following), "[false true true]")
}

func TestWhatAPartySawIsInItsLog(t *testing.T) {
	_, _, keys := parties(t)
	n := sharingNetwork(t, keys)
	at := got[*Negotiation](t)(NewNegotiation(NegotiationConfig{ID: "n1", Provider: "maker", Recipient: "shop", Constellation: "c1"}))
	defer at.Close()
	message := &NegotiationMessage{Type: MessageOffer, Actor: Recipient, Negotiation: "n1", ExpiresUS: 9}
	_, refused := at.Apply(message)
	fails(t, "State", refused, ErrState)
	views := make([]string, 2)
	signer, verifier := ledgerKey(t, "log.example", SignKey)
	_, stranger := ledgerKey(t, "x", SignKey)
	for i := range views {
		log := ledgerOf(t, i+1)
		views[i] = got[string](t)(log.Checkpoint(signer))
	}
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	must(t, tx.PutNegotiation("shop", at, message, ErrState, sharingNow))
	fails(t, "InvalidArgument", tx.PutNegotiation("third", at, message, ErrState, sharingNow), ErrInvalidArgument)
	must(t, tx.PutSplitView("shop", "c1", views[0], views[1], []string{verifier}, sharingNow))
	fails(t, "InvalidArgument", tx.PutSplitView("shop", "", views[0], views[0], []string{verifier}, sharingNow), ErrInvalidArgument)
	fails(t, "Unverified", tx.PutSplitView("shop", "", views[0], views[1], []string{stranger}, sharingNow), ErrUnverified)
	got[uint64](t)(tx.Commit())
	log := got[*SharedLog](t)(n.Log("shop", "c1", ""))
	defer log.Close()
	entries := got[[][]byte](t)(log.Read(0, log.Size()))
	equal(t, "entries", len(entries), 2)
	equal(t, "refused", strings.Contains(string(entries[0]), `"outcome":"CSTN_E_STATE"`), true)
	equal(t, "split", strings.Contains(string(entries[1]), `"type":"split_view"`), true)
}

func TestADutyIsWaivedByANoteOfTheProvider(t *testing.T) {
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	term := buildTerm(t, TermBuilder{Provider: "maker", Recipient: "shop", Constellation: "c1", Purpose: "planning",
		Fields: []string{"order.*"}, Actions: []string{"read"}, Granularity: &TermGranularity{Level: "raw"},
		Consideration: []TermConsideration{{Kind: "explicit_none"}},
		Duties:        []TermDuty{{Phase: "before", Action: "attribute"}}})
	a := sharingSigned(t, term, maker, shop, keys)
	sharingPut(t, n, a)
	waiver := &Waiver{Party: "maker", AtUS: sharingNow, Agreement: a.Digest(), Term: AgreementDigest(term.Digest()), Detail: "never mind"}
	equal(t, "read", *got[*Waiver](t)(ParseWaiver(got[string](t)(waiver.Format()))), *waiver)
	equal(t, "opened", *got[*Waiver](t)(OpenWaiver(got[string](t)(waiver.Sign(maker)), keys)), *waiver)
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	fails(t, "Signature", tx.PutWaiver(got[string](t)(waiver.Sign(shop)), sharingNow), ErrSignature)
	fails(t, "InvalidArgument", tx.PutDuty("maker", &SharingDuty{Agreement: Digest(a.Digest()), Term: term.Digest(), State: 4}, sharingNow),
		ErrInvalidArgument)
	must(t, tx.PutWaiver(got[string](t)(waiver.Sign(maker)), sharingNow))
	got[uint64](t)(tx.Commit())
}
