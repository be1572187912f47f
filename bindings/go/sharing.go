package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_put_agreement
#cgo nocallback cstn_go_put_agreement
#cgo noescape cstn_go_put_negotiation
#cgo nocallback cstn_go_put_negotiation
#cgo noescape cstn_go_put_split_view
#cgo nocallback cstn_go_put_split_view
#cgo noescape cstn_go_put_note
#cgo nocallback cstn_go_put_note
#cgo noescape cstn_go_put_duty
#cgo nocallback cstn_go_put_duty
#cgo noescape cstn_go_put_consideration
#cgo nocallback cstn_go_put_consideration
#cgo noescape cstn_go_put_conflict_set
#cgo nocallback cstn_go_put_conflict_set
#cgo nocallback cstn_go_agreements_load
*/
import "C"

// withWords calls with what C has of a vocabulary, nil for nil.
func withWords(v *Vocabulary, call func(words *C.cstn_vocabulary) error) error {
	if v == nil {
		return call(nil)
	}
	ptr, err := v.handle.use()
	if err != nil {
		return err
	}
	defer v.handle.done()
	return call(ptr)
}

// PutAgreement puts an agreement with its terms (see [Agreement.WithTerms]), or one that is there with more
// transitions. Entries go into the shared log of party, its provider or recipient, at the commit. Who signed
// is checked by the "verifier" records of the network; words are the operands of the host that its terms
// speak of, or nil. It returns [ErrMissing] without terms, [ErrNotFound] for a constellation, party or parent
// that is not there, [ErrSignature], [ErrUnevaluable], [ErrMismatch] for a term within none of the parent's,
// [ErrStale] and [ErrSplitView] if the network has more of it, or another transition in the place of one.
func (t *Transaction) PutAgreement(party string, agreement *Agreement, words *Vocabulary, nowMicros int64) error {
	who, err := cText("party", party)
	if err != nil {
		return err
	}
	return withWords(words, func(words *C.cstn_vocabulary) error {
		var inner error
		err := agreement.with(func(a *C.cstn_agreement, _ *C.cstn_go_outcome) {
			inner = t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
				C.cstn_go_put_agreement(p, charPointer(who), a, words, C.int64_t(nowMicros), o)
			})
		})
		if err == nil {
			err = inner
		}
		return err
	})
}

// PutNegotiation logs a message of a negotiation in the shared log of party, its provider or recipient: before is
// the state before the message, outcome 0 or the [Code] of the error that Apply gave. It returns [ErrNotFound] for
// a constellation that is not there.
func (t *Transaction) PutNegotiation(party string, before *Negotiation, message *NegotiationMessage, outcome Code, nowMicros int64) error {
	who, err := cText("party", party)
	if err != nil {
		return err
	}
	message = orDefault(message)
	id, reason := []byte(message.Negotiation), []byte(message.Reason)
	var inner error
	err = before.with(func(n *C.cstn_negotiation, _ *C.cstn_go_outcome) {
		inner = t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
			C.cstn_go_put_negotiation(p, charPointer(who), n, message.c(), charPointer(id), C.size_t(len(id)),
				charPointer(reason), C.size_t(len(reason)), C.int32_t(outcome), C.int64_t(nowMicros), o)
		})
	})
	if err == nil {
		err = inner
	}
	return err
}

// PutSplitView logs two checkpoints of one log that cannot both be true in a log of party, who found it: the shared
// one of a constellation, or with "" the private one. One of the verifiers must have signed both. It returns
// [ErrUnverified] otherwise, and [ErrInvalidArgument] for checkpoints of two logs, or that say the same.
func (t *Transaction) PutSplitView(party, constellation, first, second string, verifiers []string, nowMicros int64) error {
	who, err := cText("party", party)
	if err != nil {
		return err
	}
	where, err := cText("constellation", constellation)
	if err != nil {
		return err
	}
	keys, err := textBlock("a verifier", verifiers)
	if err != nil {
		return err
	}
	one, other := []byte(first), []byte(second)
	return t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
		C.cstn_go_put_split_view(p, charPointer(who), charPointer(where), charPointer(one), C.size_t(len(one)),
			charPointer(other), C.size_t(len(other)), charPointer(keys), C.size_t(len(verifiers)), C.int64_t(nowMicros), o)
	})
}

func (t *Transaction) putNote(note string, kind C.int32_t, nowMicros int64) error {
	text := []byte(note)
	return t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
		C.cstn_go_put_note(p, charPointer(text), C.size_t(len(text)), kind, C.int64_t(nowMicros), o)
	})
}

// PutOverride puts a signed override, see [OverrideText]; it holds from the commit on. It returns
// [ErrSignature] unless two officers of the provider have signed with keys of the network that hold now.
func (t *Transaction) PutOverride(note string, nowMicros int64) error {
	return t.putNote(note, 0, nowMicros)
}

// PutReceipt puts a signed receipt, see [Receipt.Sign]. What is deleted, destroyed or returned fulfils what
// the release that it names made owed. It returns [ErrSignature], and [ErrNotFound] if its agreement is not
// there.
func (t *Transaction) PutReceipt(note string, nowMicros int64) error {
	return t.putNote(note, 1, nowMicros)
}

// SharingDuty says how a duty stands. Index is its number in the term, [DutyRetention] or [DutyRevocation]; Release is the one
// that made it, zeros for a duty of the term itself; a DeadlineUS of 0 is none. State is in numbers of the
// library: 1 pending, 2 fulfilled, 3 violated; 4, waived, is
// refused: see [Transaction.PutWaiver]. Consequence is 0 for the duty itself, n for its n-th
// consequence, once that has begun.
type SharingDuty struct {
	Agreement, Term, Release Digest
	Index, Consequence       uint32
	State                    int32
	DeadlineUS               int64
}

// PutDuty says how a duty stands, with an entry in the shared log of party. With what is violated, or pending past
// its deadline, its consequence, if it has one, becomes pending. It returns [ErrMissing] for what only a receipt
// fulfils.
func (t *Transaction) PutDuty(party string, duty *SharingDuty, nowMicros int64) error {
	who, err := cText("party", party)
	if err != nil {
		return err
	}
	digests := append(append(append([]byte{}, duty.Agreement[:]...), duty.Term[:]...), duty.Release[:]...)
	return t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
		C.cstn_go_put_duty(p, charPointer(who), bytePointer(digests), C.uint32_t(duty.Index), C.uint32_t(duty.Consequence), C.int32_t(duty.State),
			noEnd(duty.DeadlineUS), C.int64_t(nowMicros), o)
	})
}

// PutConsideration says how what is given in return stands, with an entry in the shared log of party. State
// is in numbers of the library: 1 current, 2 due, 3 overdue, 4 unknown; DeadlineUS is when what is current
// falls due.
func (t *Transaction) PutConsideration(party string, state *RuleState, nowMicros int64) error {
	who, err := cText("party", party)
	if err != nil {
		return err
	}
	digests := append(append([]byte{}, state.Agreement[:]...), state.Term[:]...)
	return t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
		C.cstn_go_put_consideration(p, charPointer(who), bytePointer(digests), C.uint32_t(state.Index),
			C.int32_t(state.State), noEnd(state.DeadlineUS), C.int64_t(nowMicros), o)
	})
}

// ConflictSetMost is the most parties of a conflict set.
const ConflictSetMost = C.CSTN_CONFLICT_SET_MOST

// PutConflictSet says between which parties, at least two, a wall stands in a constellation; a set put again
// is replaced, and without parties dissolved.
func (t *Transaction) PutConflictSet(constellation, id string, parties []string, nowMicros int64) error {
	where, err := cText("constellation", constellation)
	if err != nil {
		return err
	}
	name, err := cText("id", id)
	if err != nil {
		return err
	}
	block, err := textBlock("party", parties)
	if err != nil {
		return err
	}
	return t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
		C.cstn_go_put_conflict_set(p, charPointer(where), charPointer(name), charPointer(block), C.size_t(len(parties)),
			C.int64_t(nowMicros), o)
	})
}

// RulesOf picks what [Snapshot.Rules] loads: with the three names only what a decision between them depends
// on, which decides the same; without, everything. Words are the operands of the host.
type RulesOf struct {
	Constellation, Provider, Recipient string
	Words                              *Vocabulary
	Memory                             *Memory
}

// Rules compiles what a snapshot holds of the sharing of data: constellations, members, relations,
// agreements, what is used, owed and done. Their version is [Snapshot.Seq]. of may be nil. It returns
// [ErrUnevaluable] for a term that its constellation no longer has words for. Cost: a scan a kind of record.
func (s *Snapshot) Rules(of *RulesOf) (*Rules, error) {
	of = orDefault(of)
	var names [3][]byte
	for i, name := range []struct{ what, text string }{{"constellation", of.Constellation}, {"provider", of.Provider}, {"recipient", of.Recipient}} {
		var err error
		if names[i], err = optionalText(name.what, name.text); err != nil {
			return nil, err
		}
	}
	var rules *Rules
	err := withWords(of.Words, func(words *C.cstn_vocabulary) error {
		ptr, err := s.handle.use()
		if err != nil {
			return err
		}
		defer s.handle.done()
		version := uint64(C.cstn_snapshot_seq(ptr))
		rules, err = construct(of.Memory, func(ptr *C.cstn_rules) *Rules {
			r := &Rules{version: version}
			r.handle.open(ptr, "rules", func(p *C.cstn_rules) { C.cstn_rules_unref(p) })
			return r
		}, func(allocator *C.cstn_allocator, out **C.cstn_rules, o *C.cstn_go_outcome) {
			C.cstn_go_rules_load(ptr, charPointer(names[0]), charPointer(names[1]), charPointer(names[2]), words, allocator, out, o)
		})
		return err
	})
	return rules, err
}

// Agreements gives all agreements of a snapshot, each linked to the one that it derives from, to find and to
// apply to. Close the store.
func (s *Snapshot) Agreements(opts ...Option) (*AgreementStore, error) {
	store, err := NewAgreementStore(opts...)
	if err != nil {
		return nil, err
	}
	err = s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		err := store.with(&store.lock, func(ptr *C.cstn_agreement_store, _ *C.cstn_go_outcome) {
			C.cstn_go_agreements_load(ptr, p, o)
		})
		if err != nil {
			o.status = C.CSTN_E_STATE
		}
	})
	if err != nil {
		store.Close()
		return nil, err
	}
	return store, nil
}

// SharingTable is a table of what is recorded of the sharing of data.
type SharingTable int32

// The tables; sharing.h names the columns of each. Digests and ids of releases are 64 hexadecimal digits.
const (
	SharingAgreements     SharingTable = C.CSTN_SHARING_AGREEMENTS
	SharingUsage          SharingTable = C.CSTN_SHARING_USAGE
	SharingDuties         SharingTable = C.CSTN_SHARING_DUTIES
	SharingConsiderations SharingTable = C.CSTN_SHARING_CONSIDERATIONS
	SharingDeliveries     SharingTable = C.CSTN_SHARING_DELIVERIES
	SharingReleases       SharingTable = C.CSTN_SHARING_RELEASES
	SharingOverrides      SharingTable = C.CSTN_SHARING_OVERRIDES
	SharingReceipts       SharingTable = C.CSTN_SHARING_RECEIPTS
	SharingConflictSets   SharingTable = C.CSTN_SHARING_CONFLICT_SETS
)

// Sharing gives a table as it stands at an instant. Close the stream.
func (s *Snapshot) Sharing(what SharingTable, nowMicros int64) (*Stream, error) {
	out := new(*C.struct_ArrowArrayStream)
	if err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_sharing_table(p, C.int32_t(what), C.int64_t(nowMicros), out, o)
	}); err != nil {
		return nil, err
	}
	return openStream(*out), nil
}
