package constellation

import (
	"errors"
	"strings"
	"testing"
)

// parties are two whose keys hold for ever: their signer keys, and the book.
func parties(t *testing.T) (maker, shop string, keys *PartyKeys) {
	t.Helper()
	keys = got[*PartyKeys](t)(NewPartyKeys())
	t.Cleanup(func() { must(t, keys.Close()) })
	signers := [2]string{}
	for i, party := range []string{"maker", "shop"} {
		seed := make([]byte, 32)
		seed[0] = byte(i + 1)
		signer, verifier, err := NewNoteKey(party, SignKey, seed)
		must(t, err)
		must(t, keys.Add(PartyKey{Party: party, Verifier: verifier, Use: KeySigns}))
		signers[i] = signer
	}
	return signers[0], signers[1], keys
}

func termsOf(b byte) (digest AgreementDigest) {
	for i := range digest {
		digest[i] = b
	}
	return digest
}

func bodyOf(terms byte) *AgreementBody {
	return &AgreementBody{Provider: "maker", Recipient: "shop", Constellation: "c1", Condition: "resolved", RetireBy: RetireByBoth,
		MadeUS: 10, ValidFromUS: 100, ValidUntilUS: 1000, NoticeUS: 50, Terms: termsOf(terms)}
}

func agreed(t *testing.T, body *AgreementBody, maker, shop string, keys *PartyKeys) *Agreement {
	t.Helper()
	note := got[string](t)(SignNote(got[string](t)(body.Format()), "", maker, shop))
	a := got[*Agreement](t)(OpenAgreement(note, keys, nil))
	t.Cleanup(func() { must(t, a.Close()) })
	equal(t, "note", a.Note(), note)
	return a
}

func wants(t *testing.T, err error, code Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("%v, %v expected", err, code)
	}
}

func TestNegotiationFromRequestToFinalized(t *testing.T) {
	maker, _, keys := parties(t)
	at := got[*Negotiation](t)(NewNegotiation(NegotiationConfig{ID: "n1", Provider: "maker", Recipient: "shop", Constellation: "c1"}))
	steps := []struct {
		message MessageType
		actor   Actor
		state   NegotiationState
	}{{MessageRequest, Recipient, NegotiationRequested}, {MessageOffer, Provider, NegotiationOffered}, {MessageAccept, Recipient, NegotiationAccepted},
		{MessageAgree, Provider, NegotiationAgreed}, {MessageVerify, Recipient, NegotiationVerified}, {MessageFinalize, Provider, NegotiationFinalized}}
	for i, step := range steps {
		m := &NegotiationMessage{Type: step.message, Actor: step.actor, Negotiation: "n1", Terms: termsOf(5), NowUS: int64(i)}
		m.ID[0] = byte(i + 1)
		if step.message == MessageOffer {
			m.ExpiresUS = NoEnd
			note := got[string](t)(m.Sign(maker))
			at = got[*Negotiation](t)(at.ApplyNote(note, keys))
		} else {
			at = got[*Negotiation](t)(at.Apply(m))
		}
		equal(t, "state", at.State(), step.state)
		_, err := at.Apply(&NegotiationMessage{Type: MessageRequest, Actor: Provider, Negotiation: "n1"})
		wants(t, err, ErrState)
		equal(t, "read", *got[*NegotiationMessage](t)(ParseNegotiationMessage(got[string](t)(m.Format()))), *m)
	}
	info := got[NegotiationInfo](t)(at.Info())
	equal(t, "messages", info.Messages, 6)
	equal(t, "terms", info.Terms, termsOf(5))
	equal(t, "refused", got[NegotiationInfo](t)(got[*Negotiation](t)(at.Refused()).Info()).Refused, 1)
	bytes := got[[]byte](t)(at.Serialize())
	again := got[*Negotiation](t)(DeserializeNegotiation(bytes))
	equal(t, "bytes", string(got[[]byte](t)(again.Serialize())), string(bytes))
	entry := got[string](t)(at.LogEntry(&NegotiationMessage{Type: MessageOffer, Actor: Provider, Negotiation: "n1", ExpiresUS: 9}, ErrState))
	if !strings.Contains(entry, `"outcome":"CSTN_E_STATE"`) {
		t.Fatal(entry)
	}
	_, err := DeserializeNegotiation([]byte("{}"))
	wants(t, err, ErrFormat)
}

func TestPartyKeysHoldInTheirWindows(t *testing.T) {
	maker, _, all := parties(t)
	verifier := all.All()[0].Verifier
	keys := got[*PartyKeys](t)(NewPartyKeys())
	must(t, keys.Add(PartyKey{Party: "maker", Verifier: verifier, Use: KeySigns, FromUS: 10, UntilUS: 20}))
	equal(t, "valid", len(got[[]string](t)(keys.Valid("maker", KeySigns, 19))), 1)
	equal(t, "ended", len(got[[]string](t)(keys.Valid("maker", KeySigns, 20))), 0)
	note := got[string](t)(SignNote("text\n", "", maker))
	equal(t, "text", got[string](t)(keys.OpenNote(note, "maker", KeySigns, 19, 1)), "text\n")
	_, err := keys.OpenNote(note, "maker", KeySigns, 20, 1)
	wants(t, err, ErrSignature)
	must(t, keys.Close())
	wants(t, keys.Add(PartyKey{}), ErrInvalidArgument)
}

func TestAgreementIsSuspendedResumedAndRetired(t *testing.T) {
	maker, shop, keys := parties(t)
	a := agreed(t, bodyOf(5), maker, shop, keys)
	equal(t, "body", got[AgreementBody](t)(a.Body()), *bodyOf(5))
	equal(t, "before", a.StateAt(99), AgreementPending)
	equal(t, "from", a.StateAt(100), AgreementActive)
	do := func(act *Transition, options *TransitionOptions) {
		t.Helper()
		signer := maker
		if act.Actor == Recipient {
			signer = shop
		}
		drafted := got[*Transition](t)(a.Draft(act, options))
		note := got[string](t)(drafted.Sign(signer))
		equal(t, "read", *got[*Transition](t)(ParseTransition(got[string](t)(drafted.Format()))), *drafted)
		a = got[*Agreement](t)(a.Apply(note, keys, options))
	}
	do(&Transition{Event: TransitionSuspend, Actor: Provider, Cause: CauseDutyOverdue, AtUS: 200, Reason: "late"}, nil)
	info := got[AgreementInfo](t)(a.InfoAt(200))
	equal(t, "suspended", info.State, AgreementSuspended)
	equal(t, "by", info.SuspendedBy, Provider)
	resume := &Transition{Event: TransitionResume, Actor: Recipient, Cause: CauseDutyOverdue, AtUS: 210}
	_, err := a.Draft(resume, nil)
	wants(t, err, ErrState)
	do(resume, &TransitionOptions{Cured: []SuspensionCause{CauseDutyOverdue}})
	do(&Transition{Event: TransitionRetire, Actor: Recipient, AtUS: 300, EffectiveUS: 350}, nil)
	equal(t, "decides", a.DecidesAt(349), true)
	equal(t, "retired", a.StateAt(350), AgreementRetired)
	equal(t, "delete", a.DutyIsLive("delete", 0, 400), true)
	equal(t, "attribute", a.DutyIsLive("attribute", 0, 400), false)
	bytes := got[[]byte](t)(a.Serialize())
	again := got[*Agreement](t)(DeserializeAgreement(bytes))
	transitions, notes, err := again.Transitions()
	must(t, err)
	equal(t, "transitions", len(transitions), 3)
	equal(t, "notes", len(notes), 3)
	equal(t, "reason", transitions[0].Reason, "late")
}

func TestGapsAndForksGiveTheHeldAgreement(t *testing.T) {
	maker, shop, keys := parties(t)
	start := agreed(t, bodyOf(5), maker, shop, keys)
	renew := func(from *Agreement, at int64) (*Agreement, string) {
		t.Helper()
		drafted := got[*Transition](t)(from.Draft(&Transition{Event: TransitionRenew, Actor: Provider, AtUS: at}, nil))
		note := got[string](t)(drafted.Sign(maker))
		return got[*Agreement](t)(from.Apply(note, keys, nil)), note
	}
	first, one := renew(start, 150)
	_, two := renew(first, 160)
	_, fork := renew(start, 151)
	store := got[*AgreementStore](t)(NewAgreementStore())
	got[*Agreement](t)(store.Put(start, 20))
	held, err := store.Apply(two, keys)
	wants(t, err, ErrMissing)
	equal(t, "hold", got[AgreementInfo](t)(held.InfoAt(170)).Holds, HoldMissing)
	got[*Agreement](t)(store.Apply(one, keys))
	got[*Agreement](t)(store.Apply(two, keys))
	equal(t, "whole", got[*Agreement](t)(store.Get(start.Digest())).StateAt(170), AgreementActive)
	held, err = store.Apply(fork, keys)
	wants(t, err, ErrSplitView)
	equal(t, "hold", got[AgreementInfo](t)(held.InfoAt(170)).Holds, HoldSplitView)
	held, err = start.Apply(two, keys, nil)
	wants(t, err, ErrMissing)
	equal(t, "value", held.StateAt(170), AgreementSuspended)
	_, err = start.Apply("no note", keys, nil)
	wants(t, err, ErrFormat)
}

func TestStoreReusesAndSupersedes(t *testing.T) {
	maker, shop, keys := parties(t)
	store := got[*AgreementStore](t)(NewAgreementStore())
	first := got[*Agreement](t)(store.Put(agreed(t, bodyOf(5), maker, shop, keys), 20))
	again := bodyOf(5)
	again.MadeUS = 11
	equal(t, "reused", got[*Agreement](t)(store.Put(agreed(t, again, maker, shop, keys), 20)).Digest(), first.Digest())
	terms := termsOf(5)
	equal(t, "found", got[*Agreement](t)(store.Find("maker", "shop", "c1", &terms, 20)).Digest(), first.Digest())
	_, err := store.Find("shop", "maker", "c1", nil, 20)
	wants(t, err, ErrNotFound)
	again.Predecessor = first.Digest()
	second := got[*Agreement](t)(store.Put(agreed(t, again, maker, shop, keys), 20))
	equal(t, "beside", store.Len(), 2)
	act := &Transition{Event: TransitionSupersede, Actor: Provider, AtUS: 200, Successor: second.Digest()}
	_, err = first.Draft(act, nil)
	wants(t, err, ErrInvalidArgument)
	drafted := got[*Transition](t)(first.Draft(act, &TransitionOptions{Successor: second}))
	got[*Agreement](t)(store.Apply(got[string](t)(drafted.Sign(maker)), keys))
	states := map[AgreementState]int{}
	for _, a := range got[[]*Agreement](t)(store.Candidates("maker", "shop", "c1")) {
		states[a.StateAt(200)]++
	}
	equal(t, "superseded", states[AgreementSuperseded], 1)
	equal(t, "active", states[AgreementActive], 1)
	equal(t, "all", len(store.All()), 2)
	bytes := got[[]byte](t)(store.Serialize())
	read := got[*AgreementStore](t)(DeserializeAgreementStore(bytes))
	equal(t, "bytes", string(got[[]byte](t)(read.Serialize())), string(bytes))
}

func TestTermsOfAnAgreementAreThoseItNames(t *testing.T) {
	maker, shop, keys := parties(t)
	a := agreed(t, bodyOf(5), maker, shop, keys)
	equal(t, "none", a.Terms(), "")
	_, err := a.WithTerms("[]")
	if err == nil {
		t.Fatal("an empty set was taken")
	}
	body := bodyOf(6)
	body.Provider, body.Recipient, body.Parent = "shop", "maker", a.Digest()
	below := agreed(t, body, maker, shop, keys)
	equal(t, "held", got[AgreementInfo](t)(below.InfoAt(150)).Holds, HoldParent)
	_, err = below.Derive(a)
	wants(t, err, ErrMissing)
	_, err = below.Derive(below)
	wants(t, err, ErrMismatch)
}

func TestReceiptsAreSignedByTheirParty(t *testing.T) {
	maker, shop, keys := parties(t)
	receipt := &Receipt{Kind: ReceiptDeleted, Party: "shop", AtUS: 77, Agreement: termsOf(1), Release: termsOf(2), Detail: "tapes too"}
	equal(t, "read", *got[*Receipt](t)(ParseReceipt(got[string](t)(receipt.Format()))), *receipt)
	equal(t, "opened", *got[*Receipt](t)(OpenReceipt(got[string](t)(receipt.Sign(shop)), keys)), *receipt)
	_, err := OpenReceipt(got[string](t)(receipt.Sign(maker)), keys)
	wants(t, err, ErrSignature)
	_, err = (&Receipt{Kind: ReceiptDeleted, Party: "shop", Agreement: termsOf(1)}).Format()
	wants(t, err, ErrInvalidArgument)
}

func TestPartyKeysComeOutOfANetwork(t *testing.T) {
	_, _, all := parties(t)
	net := got[*Network](t)(OpenNetwork("", nil))
	defer func() { must(t, net.Close()) }()
	keys := got[*PartyKeys](t)(NewPartyKeys())
	snapshot := got[*Snapshot](t)(net.Snapshot())
	must(t, keys.Load(snapshot))
	equal(t, "none", len(keys.All()), 0)
	equal(t, "others", len(all.All()), 2)
	must(t, snapshot.Close())
	if keys.Load(snapshot) == nil {
		t.Fatal("a closed snapshot was read")
	}
}

func TestAnAgreementReadsAsText(t *testing.T) {
	maker, shop, keys := parties(t)
	builder := &TermBuilder{Provider: "maker", Recipient: "shop", Constellation: "c1", Fields: []string{"order.qty"},
		Purpose: "planning", Actions: []string{"read"}}
	terms := got[*TermSet](t)(NewTermSet([]*Term{got[*Term](t)(builder.Build())}))
	term := got[[]*Term](t)(terms.Terms())[0]
	words := got[string](t)(term.Text())
	equal(t, "a term", term.String(), words)
	equal(t, "terms", strings.HasPrefix(terms.String(), "term 1 of 1, ") && strings.HasSuffix(terms.String(), "\n"+words), true)
	body := bodyOf(0)
	body.Terms, body.ValidUntilUS = AgreementDigest(terms.Digest()), 86_400_000_000
	bare := agreed(t, body, maker, shop, keys)
	for _, line := range []string{"\nprovider maker\n", "\nrecipient shop\n", "\nconstellation c1\n", "\nvalid_until 1970-01-02T00:00:00Z\n",
		"\nnotice_us 50\n", "\ncondition resolved\n", "\nits terms are not at hand"} {
		equal(t, line, strings.Contains(bare.String(), line), true)
	}
	equal(t, "no parent", strings.Contains(bare.String(), "parent"), false)
	whole := got[*Agreement](t)(bare.WithTerms(terms.JSON()))
	equal(t, "with terms", strings.HasSuffix(whole.String(), "\n\n"+terms.String()), true)
	must(t, whole.Close())
	equal(t, "closed", whole.String(), "agreement (closed)")
	must(t, term.Close())
	equal(t, "closed term", term.String(), term.JSON())
	must(t, terms.Close())
	equal(t, "closed terms", terms.String(), terms.JSON())
}
