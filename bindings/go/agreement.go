package constellation

/*
#include "bridge.h"
#include <stdlib.h>
#cgo noescape cstn_go_agreement_body
#cgo nocallback cstn_go_agreement_body
#cgo noescape cstn_go_agreement_open
#cgo nocallback cstn_go_agreement_open
#cgo noescape cstn_go_agreement_terms
#cgo nocallback cstn_go_agreement_terms
#cgo noescape cstn_go_agreement_derive
#cgo nocallback cstn_go_agreement_derive
#cgo noescape cstn_go_agreement_get_body
#cgo nocallback cstn_go_agreement_get_body
#cgo noescape cstn_go_agreement_info
#cgo nocallback cstn_go_agreement_info
#cgo noescape cstn_go_agreement_draft
#cgo nocallback cstn_go_agreement_draft
#cgo noescape cstn_go_agreement_apply
#cgo nocallback cstn_go_agreement_apply
#cgo noescape cstn_go_agreement_transition
#cgo nocallback cstn_go_agreement_transition
#cgo noescape cstn_go_agreement_serialize
#cgo nocallback cstn_go_agreement_serialize
#cgo noescape cstn_go_agreement_deserialize
#cgo nocallback cstn_go_agreement_deserialize
#cgo noescape cstn_go_transition_text
#cgo nocallback cstn_go_transition_text
#cgo noescape cstn_go_transition_parse
#cgo nocallback cstn_go_transition_parse
#cgo noescape cstn_go_receipt_text
#cgo nocallback cstn_go_receipt_text
#cgo noescape cstn_go_receipt_read
#cgo nocallback cstn_go_receipt_read
*/
import "C"

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// AgreementState is a state of an agreement.
type AgreementState int32

// States of an agreement; from AgreementRetired on they are terminal.
const (
	AgreementPending        AgreementState = C.CSTN_AGREEMENT_PENDING
	AgreementActive         AgreementState = C.CSTN_AGREEMENT_ACTIVE
	AgreementSuspended      AgreementState = C.CSTN_AGREEMENT_SUSPENDED
	AgreementRetiring       AgreementState = C.CSTN_AGREEMENT_RETIRING
	AgreementRetired        AgreementState = C.CSTN_AGREEMENT_RETIRED
	AgreementExpired        AgreementState = C.CSTN_AGREEMENT_EXPIRED
	AgreementConditionEnded AgreementState = C.CSTN_AGREEMENT_CONDITION_ENDED
	AgreementSuperseded     AgreementState = C.CSTN_AGREEMENT_SUPERSEDED
)

// String is its name; "" for unknown numbers.
func (s AgreementState) String() string {
	return C.GoString(C.cstn_agreement_state_name(C.int32_t(s)))
}

// TransitionEvent is what a transition does.
type TransitionEvent int32

// Events.
const (
	TransitionSuspend        TransitionEvent = C.CSTN_TRANSITION_SUSPEND
	TransitionResume         TransitionEvent = C.CSTN_TRANSITION_RESUME
	TransitionRetire         TransitionEvent = C.CSTN_TRANSITION_RETIRE
	TransitionConditionEnded TransitionEvent = C.CSTN_TRANSITION_CONDITION_ENDED
	TransitionSupersede      TransitionEvent = C.CSTN_TRANSITION_SUPERSEDE
	TransitionRenew          TransitionEvent = C.CSTN_TRANSITION_RENEW // of a credential; the state stays
)

// String is its name; "" for unknown numbers.
func (e TransitionEvent) String() string {
	return C.GoString(C.cstn_transition_event_name(C.int32_t(e)))
}

// SuspensionCause is why an agreement is suspended.
type SuspensionCause int32

// Causes.
const (
	CauseNone             SuspensionCause = C.CSTN_CAUSE_NONE
	CauseDispute          SuspensionCause = C.CSTN_CAUSE_DISPUTE // ended by who suspended, and by nothing else
	CauseDutyOverdue      SuspensionCause = C.CSTN_CAUSE_DUTY_OVERDUE
	CauseMembershipLapsed SuspensionCause = C.CSTN_CAUSE_MEMBERSHIP_LAPSED
	CauseConditionUnknown SuspensionCause = C.CSTN_CAUSE_CONDITION_UNKNOWN
)

// String is its name; "" for unknown numbers.
func (c SuspensionCause) String() string { return C.GoString(C.cstn_cause_name(C.int32_t(c))) }

// AgreementHold is a set of causes of this side alone, which suspend and are in no chain.
type AgreementHold uint32

// Holds.
const (
	HoldMissing   AgreementHold = C.CSTN_HOLD_MISSING    // a later transition is here, one before it is not
	HoldSplitView AgreementHold = C.CSTN_HOLD_SPLIT_VIEW // two successors of one transition were signed
	HoldParent    AgreementHold = C.CSTN_HOLD_PARENT     // what it derives from does not decide, or is not here
)

// Retirers is the set of parties that may retire an agreement.
type Retirers uint32

// Sets of retirers.
const (
	RetireByNobody    Retirers = 0
	RetireByRecipient Retirers = C.CSTN_BY_RECIPIENT
	RetireByProvider  Retirers = C.CSTN_BY_PROVIDER
	RetireByBoth      Retirers = C.CSTN_BY_RECIPIENT | C.CSTN_BY_PROVIDER
)

// AgreementBody is what both parties sign; it never changes. Instants are microseconds UTC.
type AgreementBody struct {
	Provider, Recipient, Constellation string
	Condition                          string // the trigger that ends it; "" is none
	RetireBy                           Retirers
	MadeUS                             int64 // the keys of both must hold then
	ValidFromUS, ValidUntilUS          int64 // ValidUntilUS NoEnd: no end
	NoticeUS                           int64 // of retirement
	Terms                              AgreementDigest
	Parent                             AgreementDigest // of the agreement it derives from; zero: none
	Predecessor                        AgreementDigest // of the agreement it supersedes; zero: none
}

// Format gives the text that both sign with [SignNote]; [ErrInvalidArgument] for a bad field.
func (b *AgreementBody) Format() (string, error) {
	texts, err := textBlock("a text of the body", []string{b.Provider, b.Recipient, b.Constellation, b.Condition})
	if err != nil {
		return "", err
	}
	made := &C.cstn_agreement_body{retire_by: C.uint32_t(b.RetireBy), made_us: C.int64_t(b.MadeUS), valid_from_us: C.int64_t(b.ValidFromUS),
		valid_until_us: C.int64_t(b.ValidUntilUS), notice_us: C.int64_t(b.NoticeUS), terms: b.Terms.c(), parent: b.Parent.c(), predecessor: b.Predecessor.c()}
	o := new(C.cstn_go_outcome)
	text := bufferText(func(out **C.cstn_buffer) { C.cstn_go_agreement_body(made, charPointer(texts), out, o) })
	return text, outcomeError(o)
}

// Transition is an act of a party. What stands behind Reason is filled by [Agreement.Draft].
type Transition struct {
	Event       TransitionEvent
	Actor       Actor
	Cause       SuspensionCause // of suspend and resume
	AtUS        int64
	EffectiveUS int64           // of retire: AtUS and the notice, or later
	Successor   AgreementDigest // of supersede
	Reason      string          // one line for people; of condition_ended the condition

	From, To            AgreementState
	Seq                 uint64
	Agreement, Previous AgreementDigest
}

func (t *Transition) c() *C.cstn_transition {
	return &C.cstn_transition{event: C.int32_t(t.Event), actor: C.int32_t(t.Actor), from: C.int32_t(t.From), to: C.int32_t(t.To),
		cause: C.int32_t(t.Cause), seq: C.uint64_t(t.Seq), at_us: C.int64_t(t.AtUS), effective_us: C.int64_t(t.EffectiveUS),
		agreement: t.Agreement.c(), previous: t.Previous.c(), successor: t.Successor.c()}
}

func transitionOf(t *C.cstn_transition, reason string) *Transition {
	return &Transition{Event: TransitionEvent(t.event), Actor: Actor(t.actor), Cause: SuspensionCause(t.cause), AtUS: int64(t.at_us),
		EffectiveUS: int64(t.effective_us), Successor: digestOf(&t.successor), Reason: reason, From: AgreementState(t.from), To: AgreementState(t.to),
		Seq: uint64(t.seq), Agreement: digestOf(&t.agreement), Previous: digestOf(&t.previous)}
}

func (t *Transition) text(signer []byte) (string, error) {
	reason, o := []byte(t.Reason), new(C.cstn_go_outcome)
	text := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_transition_text(t.c(), charPointer(reason), C.size_t(len(reason)), charPointer(signer), out, o)
	})
	return text, outcomeError(o)
}

// Format gives the text that is signed, of a transition that was drafted.
func (t *Transition) Format() (string, error) { return t.text(nil) }

// Sign gives the signed note, for the own side and for the other.
func (t *Transition) Sign(signer string) (string, error) {
	secret, err := cText("the signer", signer)
	if err != nil {
		return "", err
	}
	return t.text(secret)
}

// ParseTransition reads the text of a transition; no signature is looked at. [ErrFormat] names the byte.
func ParseTransition(text string) (*Transition, error) {
	body, o := []byte(text), new(C.cstn_go_outcome)
	t, reason := new(C.cstn_transition), new(C.cstn_go_span)
	C.cstn_go_transition_parse(charPointer(body), C.size_t(len(body)), t, reason, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return transitionOf(t, spanOf(reason, text)), nil
}

// Agreement is an agreement with the transitions that were applied. Immutable, any goroutine. Close it when
// done.
type Agreement struct {
	handle handle[*C.cstn_agreement]
}

func openAgreement(ptr *C.cstn_agreement) *Agreement {
	a := new(Agreement)
	a.handle.open(ptr, "agreement", func(p *C.cstn_agreement) { C.cstn_agreement_unref(p) })
	return a
}

// OpenAgreement opens a signed body: a key of either party that holds at MadeUS must have signed. negotiation
// is nil, or the FINALIZED one that it comes from. It returns [ErrSignature], [ErrFormat], [ErrState] if the
// negotiation is not FINALIZED, [ErrMismatch] if it has other parties or terms.
func OpenAgreement(note string, keys *PartyKeys, negotiation *Negotiation, opts ...Option) (*Agreement, error) {
	body := []byte(note)
	var from *C.cstn_negotiation
	if negotiation != nil {
		ptr, err := negotiation.handle.use()
		if err != nil {
			return nil, err
		}
		defer negotiation.handle.done()
		from = ptr
	}
	var made *Agreement
	var inner error
	err := keys.read(func(book *C.cstn_party_keys, _ *C.cstn_go_outcome) {
		made, inner = construct(memoryOf(opts), openAgreement, func(allocator *C.cstn_allocator, out **C.cstn_agreement, o *C.cstn_go_outcome) {
			C.cstn_go_agreement_open(charPointer(body), C.size_t(len(body)), book, from, allocator, out, o)
		})
	})
	if err == nil {
		err = inner
	}
	return made, err
}

// DeserializeAgreement reads what Serialize wrote: the chain is walked anew, signatures are not verified anew.
func DeserializeAgreement(data []byte, opts ...Option) (*Agreement, error) {
	return construct(memoryOf(opts), openAgreement, func(allocator *C.cstn_allocator, out **C.cstn_agreement, o *C.cstn_go_outcome) {
		C.cstn_go_agreement_deserialize(bytePointer(data), C.size_t(len(data)), allocator, out, o)
	})
}

// Close gives the agreement back. Idempotent; the error is always nil.
func (a *Agreement) Close() error {
	a.handle.close()
	return nil
}

func (a *Agreement) with(call func(ptr *C.cstn_agreement, o *C.cstn_go_outcome)) error {
	if a == nil {
		return invalid("the agreement is nil")
	}
	ptr, err := a.handle.use()
	if err != nil {
		return err
	}
	defer a.handle.done()
	o := new(C.cstn_go_outcome)
	call(ptr, o)
	return outcomeError(o)
}

// next is the agreement that a call gives; some give one beside a failure.
func (a *Agreement) next(call func(ptr *C.cstn_agreement, out **C.cstn_agreement, o *C.cstn_go_outcome)) (*Agreement, error) {
	out := new(*C.cstn_agreement)
	err := a.with(func(ptr *C.cstn_agreement, o *C.cstn_go_outcome) { call(ptr, out, o) })
	if *out == nil {
		return nil, err
	}
	return openAgreement(*out), err
}

// WithTerms gives the same with its terms, canonical JSON of their set; [ErrMismatch] for others than its
// body names, and for a body laxer than the revocation of a term: it lets somebody retire it whom the term
// does not let, or with less notice.
func (a *Agreement) WithTerms(json string) (*Agreement, error) {
	text := []byte(json)
	return a.next(func(ptr *C.cstn_agreement, out **C.cstn_agreement, o *C.cstn_go_outcome) {
		C.cstn_go_agreement_terms(ptr, charPointer(text), C.size_t(len(text)), out, o)
	})
}

// Terms gives its terms as canonical JSON; "" if they were not given, and after Close.
func (a *Agreement) Terms() string {
	var json string
	_ = a.with(func(ptr *C.cstn_agreement, _ *C.cstn_go_outcome) {
		if terms := C.cstn_agreement_terms(ptr); terms != nil {
			json = C.GoString(C.cstn_term_set_json(terms, nil))
		}
	})
	return json
}

// Derive gives the same, derived from the agreement that its body names as parent: while that one does not
// decide, this one is held. It returns [ErrMismatch] for another parent and for a term that is within none of
// the parent's, [ErrMissing] if one has no terms, [ErrLimit].
func (a *Agreement) Derive(parent *Agreement) (*Agreement, error) {
	var made *Agreement
	var inner error
	err := parent.with(func(above *C.cstn_agreement, _ *C.cstn_go_outcome) {
		made, inner = a.next(func(ptr *C.cstn_agreement, out **C.cstn_agreement, o *C.cstn_go_outcome) {
			C.cstn_go_agreement_derive(ptr, above, out, o)
		})
	})
	if err == nil {
		err = inner
	}
	return made, err
}

// Digest is the SHA-256 of its body; zero after Close.
func (a *Agreement) Digest() AgreementDigest {
	var digest AgreementDigest
	_ = a.with(func(ptr *C.cstn_agreement, _ *C.cstn_go_outcome) {
		digest = digestOf((*[agreementDigestBytes]C.uint8_t)(unsafe.Pointer(C.cstn_agreement_digest(ptr))))
	})
	return digest
}

// Note is the signed note of its body; "" after Close.
func (a *Agreement) Note() string {
	var note string
	_ = a.with(func(ptr *C.cstn_agreement, _ *C.cstn_go_outcome) { note = C.GoString(C.cstn_agreement_note(ptr, nil)) })
	return note
}

// String is what was signed, a line a field that says something, and the words of the terms, for people; a word
// that it is closed after Close. Any goroutine.
func (a *Agreement) String() string {
	text := "agreement (closed)"
	_ = a.with(func(ptr *C.cstn_agreement, _ *C.cstn_go_outcome) {
		var b strings.Builder
		digest := C.GoBytes(unsafe.Pointer(C.cstn_agreement_digest(ptr)), 32)
		fmt.Fprintf(&b, "agreement %x\n", digest[:8])
		body, _, _ := strings.Cut(C.GoString(C.cstn_agreement_note(ptr, nil)), "\n\n")
		for _, line := range strings.Split(body, "\n")[1:] {
			name, value, _ := strings.Cut(line, " ")
			switch name {
			case "made_us", "valid_from_us", "valid_until_us":
				us, _ := strconv.ParseInt(value, 10, 64)
				name, value = strings.TrimSuffix(name, "_us"), time.UnixMicro(us).UTC().Format(time.RFC3339Nano)
				if us == math.MaxInt64 {
					value = ""
				}
			}
			if strings.Trim(value, "0") != "" {
				b.WriteString(name + " " + value + "\n")
			}
		}
		if terms := C.cstn_agreement_terms(ptr); terms != nil {
			b.WriteString("\n" + termsText(terms))
		} else {
			b.WriteString("\nits terms are not at hand")
		}
		text = b.String()
	})
	return text
}

// Body says what was signed.
func (a *Agreement) Body() (AgreementBody, error) {
	var body AgreementBody
	err := a.with(func(ptr *C.cstn_agreement, o *C.cstn_go_outcome) {
		b := new(C.cstn_agreement_body)
		C.cstn_go_agreement_get_body(ptr, b, o)
		body = AgreementBody{Provider: C.GoString(b.provider), Recipient: C.GoString(b.recipient), Constellation: C.GoString(b.constellation),
			Condition: C.GoString(b.condition), RetireBy: Retirers(b.retire_by), MadeUS: int64(b.made_us), ValidFromUS: int64(b.valid_from_us),
			ValidUntilUS: int64(b.valid_until_us), NoticeUS: int64(b.notice_us), Terms: digestOf(&b.terms), Parent: digestOf(&b.parent),
			Predecessor: digestOf(&b.predecessor)}
	})
	return body, err
}

// AgreementInfo is what an agreement is at an instant.
type AgreementInfo struct {
	State, ChainState AgreementState // with holds, and what both sides agree on
	Decides           bool           // do its terms permit?
	Holds             AgreementHold
	Cause             SuspensionCause // of AgreementSuspended
	SuspendedBy       Actor           // 0 unless a party did
	EffectiveUS       int64           // of a retirement, else 0
	EndedUS           int64           // when a terminal state began, else 0
	Seq               uint64          // of the last transition
	Last              AgreementDigest // of the last transition, or of the body
}

// InfoAt says what it is at an instant, in microseconds UTC.
func (a *Agreement) InfoAt(nowUS int64) (AgreementInfo, error) {
	var info AgreementInfo
	err := a.with(func(ptr *C.cstn_agreement, o *C.cstn_go_outcome) {
		i := new(C.cstn_agreement_info)
		C.cstn_go_agreement_info(ptr, C.int64_t(nowUS), i, o)
		info = AgreementInfo{AgreementState(i.state), AgreementState(i.chain_state), i.decides != 0, AgreementHold(i.holds), SuspensionCause(i.cause),
			Actor(i.suspended_by), int64(i.effective_us), int64(i.ended_us), uint64(i.seq), digestOf(&i.last)}
	})
	return info, err
}

// StateAt is its state at an instant; 0 after Close.
func (a *Agreement) StateAt(nowUS int64) AgreementState {
	var state AgreementState
	_ = a.with(func(ptr *C.cstn_agreement, _ *C.cstn_go_outcome) {
		state = AgreementState(C.cstn_agreement_state_at(ptr, C.int64_t(nowUS)))
	})
	return state
}

// DecidesAt says whether its terms permit at an instant: ACTIVE, or RETIRING from ACTIVE. False after Close.
func (a *Agreement) DecidesAt(nowUS int64) bool {
	decides := false
	_ = a.with(func(ptr *C.cstn_agreement, _ *C.cstn_go_outcome) {
		decides = C.cstn_agreement_decides_at(ptr, C.int64_t(nowUS)) != 0
	})
	return decides
}

// DutyIsLive says whether a duty is live at an instant: all are until the end, and after it "delete",
// "destroy_key", "return", "pay", and "confidential" until untilUS.
func (a *Agreement) DutyIsLive(action string, untilUS, nowUS int64) bool {
	text, err := cText("the action", action)
	if err != nil {
		return false
	}
	live := false
	_ = a.with(func(ptr *C.cstn_agreement, _ *C.cstn_go_outcome) {
		live = C.cstn_agreement_duty_is_live(ptr, charPointer(text), C.int64_t(untilUS), C.int64_t(nowUS)) != 0
	})
	return live
}

// TransitionOptions are what a side knows besides. nil is nothing.
type TransitionOptions struct {
	Cured     []SuspensionCause // causes that were found cured: then either party may resume
	Successor *Agreement        // of supersede: signed by both, and names this one
}

func curedBits(causes []SuspensionCause) C.uint32_t {
	bits := C.uint32_t(0)
	for _, cause := range causes {
		bits |= 1 << uint(cause&31)
	}
	return bits
}

// successor gives the pointer of the successor, and what ends its use.
func (o *TransitionOptions) successor() (*C.cstn_agreement, func(), error) {
	if o.Successor == nil {
		return nil, func() {}, nil
	}
	ptr, err := o.Successor.handle.use()
	return ptr, o.Successor.handle.done, err
}

// Draft makes an act ready to be signed: checks it and fills in the rest. It returns [ErrState] if the actor
// cannot do this now, [ErrMissing] while a transition is missing, [ErrInvalidArgument] for too short a notice,
// another condition or successor.
func (a *Agreement) Draft(act *Transition, options *TransitionOptions) (*Transition, error) {
	options, act = orDefault(options), orDefault(act)
	next, done, err := options.successor()
	if err != nil {
		return nil, err
	}
	defer done()
	reason, made := []byte(act.Reason), act.c()
	err = a.with(func(ptr *C.cstn_agreement, o *C.cstn_go_outcome) {
		C.cstn_go_agreement_draft(ptr, curedBits(options.Cured), next, made, charPointer(reason), C.size_t(len(reason)), o)
	})
	if err != nil {
		return nil, err
	}
	return transitionOf(made, act.Reason), nil
}

// Apply gives the agreement after a signed transition, one's own or the other side's. With [ErrMissing] and
// [ErrSplitView] too it gives one, which is this agreement with that hold and must be used from now on. It
// returns [ErrState], [ErrSignature], [ErrMismatch], [ErrFormat], [ErrInvalidArgument].
func (a *Agreement) Apply(note string, keys *PartyKeys, options *TransitionOptions) (*Agreement, error) {
	options = orDefault(options)
	successor, done, err := options.successor()
	if err != nil {
		return nil, err
	}
	defer done()
	body := []byte(note)
	var made *Agreement
	var inner error
	err = keys.read(func(book *C.cstn_party_keys, _ *C.cstn_go_outcome) {
		made, inner = a.next(func(ptr *C.cstn_agreement, out **C.cstn_agreement, o *C.cstn_go_outcome) {
			C.cstn_go_agreement_apply(ptr, charPointer(body), C.size_t(len(body)), book, curedBits(options.Cured), successor, out, o)
		})
	})
	if err == nil {
		err = inner
	}
	return made, err
}

// Transitions gives the transitions that were applied and their signed notes, in order.
func (a *Agreement) Transitions() ([]Transition, []string, error) {
	var all []Transition
	var notes []string
	err := a.with(func(ptr *C.cstn_agreement, o *C.cstn_go_outcome) {
		for i := C.size_t(0); i < C.cstn_agreement_transition_count(ptr); i++ {
			t := new(C.cstn_transition)
			C.cstn_go_agreement_transition(ptr, i, t, o)
			all = append(all, *transitionOf(t, C.GoStringN(t.reason, C.int(t.reason_len))))
			notes = append(notes, C.GoString(C.cstn_agreement_transition_note(ptr, i, nil)))
		}
	})
	return all, notes, err
}

// Serialize gives notes, terms and holds as canonical JSON; not the parent.
func (a *Agreement) Serialize() ([]byte, error) {
	var text string
	err := a.with(func(ptr *C.cstn_agreement, o *C.cstn_go_outcome) {
		text = bufferText(func(out **C.cstn_buffer) { C.cstn_go_agreement_serialize(ptr, out, o) })
	})
	return []byte(text), err
}

// ReceiptKind is what a receipt says was done.
type ReceiptKind int32

// Kinds of receipts.
const (
	ReceiptReceived     ReceiptKind = C.CSTN_RECEIPT_RECEIVED
	ReceiptDeleted      ReceiptKind = C.CSTN_RECEIPT_DELETED
	ReceiptKeyDestroyed ReceiptKind = C.CSTN_RECEIPT_KEY_DESTROYED
	ReceiptReturned     ReceiptKind = C.CSTN_RECEIPT_RETURNED
	ReceiptPaid         ReceiptKind = C.CSTN_RECEIPT_PAID
)

// String is its name; "" for unknown numbers.
func (k ReceiptKind) String() string { return C.GoString(C.cstn_receipt_kind_name(C.int32_t(k))) }

// Receipt is what a party says, over its signature, to have done under an agreement.
type Receipt struct {
	Kind      ReceiptKind
	Party     string
	AtUS      int64
	Agreement AgreementDigest
	Release   AgreementDigest // hash of the log entry that opened the release; zero only for ReceiptPaid
	Evidence  AgreementDigest // of what shows it; zero: nothing
	Detail    string          // one line for people
}

func (r *Receipt) text(signer []byte) (string, error) {
	party, detail, o := []byte(r.Party), []byte(r.Detail), new(C.cstn_go_outcome)
	made := &C.cstn_receipt{kind: C.int32_t(r.Kind), at_us: C.int64_t(r.AtUS), agreement: r.Agreement.c(), release: r.Release.c(), evidence: r.Evidence.c()}
	text := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_receipt_text(made, charPointer(party), C.size_t(len(party)), charPointer(detail), C.size_t(len(detail)), charPointer(signer), out, o)
	})
	return text, outcomeError(o)
}

// Format gives the text that is signed.
func (r *Receipt) Format() (string, error) { return r.text(nil) }

// Sign gives the signed note, by the signer key of the party.
func (r *Receipt) Sign(signer string) (string, error) {
	secret, err := cText("the signer", signer)
	if err != nil {
		return "", err
	}
	return r.text(secret)
}

// readReceipt reads a text, or with keys a signed note.
func readReceipt(text string, keys *C.cstn_party_keys, o *C.cstn_go_outcome) *Receipt {
	body, r := []byte(text), new(C.cstn_receipt)
	party, detail := new(C.cstn_go_span), new(C.cstn_go_span)
	C.cstn_go_receipt_read(charPointer(body), C.size_t(len(body)), keys, r, party, detail, o)
	if o.status != C.CSTN_OK {
		return nil
	}
	return &Receipt{ReceiptKind(r.kind), spanOf(party, text), int64(r.at_us), digestOf(&r.agreement), digestOf(&r.release), digestOf(&r.evidence), spanOf(detail, text)}
}

// ParseReceipt reads the text of a receipt; no signature is looked at. [ErrFormat] names the byte.
func ParseReceipt(text string) (*Receipt, error) {
	o := new(C.cstn_go_outcome)
	receipt := readReceipt(text, nil, o)
	return receipt, outcomeError(o)
}

// OpenReceipt opens a signed receipt: a key of its party that holds at AtUS must have signed, else
// [ErrSignature].
func OpenReceipt(note string, keys *PartyKeys) (*Receipt, error) {
	var receipt *Receipt
	err := keys.read(func(book *C.cstn_party_keys, o *C.cstn_go_outcome) { receipt = readReceipt(note, book, o) })
	return receipt, err
}
