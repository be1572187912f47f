package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_party_keys_new
#cgo nocallback cstn_go_party_keys_new
#cgo noescape cstn_go_party_keys_add
#cgo nocallback cstn_go_party_keys_add
#cgo noescape cstn_go_party_keys_load
#cgo nocallback cstn_go_party_keys_load
#cgo noescape cstn_go_party_keys_at
#cgo nocallback cstn_go_party_keys_at
#cgo noescape cstn_go_party_keys_valid
#cgo nocallback cstn_go_party_keys_valid
#cgo noescape cstn_go_party_keys_open
#cgo nocallback cstn_go_party_keys_open
#cgo noescape cstn_go_negotiation_new
#cgo nocallback cstn_go_negotiation_new
#cgo noescape cstn_go_negotiation_info
#cgo nocallback cstn_go_negotiation_info
#cgo noescape cstn_go_negotiation_apply
#cgo nocallback cstn_go_negotiation_apply
#cgo noescape cstn_go_negotiation_refused
#cgo nocallback cstn_go_negotiation_refused
#cgo noescape cstn_go_negotiation_apply_note
#cgo nocallback cstn_go_negotiation_apply_note
#cgo noescape cstn_go_negotiation_log_entry
#cgo nocallback cstn_go_negotiation_log_entry
#cgo noescape cstn_go_negotiation_serialize
#cgo nocallback cstn_go_negotiation_serialize
#cgo noescape cstn_go_negotiation_deserialize
#cgo nocallback cstn_go_negotiation_deserialize
#cgo noescape cstn_go_message_text
#cgo nocallback cstn_go_message_text
#cgo noescape cstn_go_message_parse
#cgo nocallback cstn_go_message_parse
*/
import "C"

import (
	"math"
	"sync"
	"unsafe"
)

// NoEnd is the end of keys, offers and agreements that have none, in microseconds UTC.
const NoEnd = math.MaxInt64

// Limits of ids, negotiations and agreements.
const (
	IDMost               = C.CSTN_ID_MOST                 // bytes of an id of a party, constellation or negotiation
	ReasonMost           = C.CSTN_REASON_MOST             // bytes of a reason
	NegotiationMost      = C.CSTN_NEGOTIATION_ROUNDS_MOST // requests and offers of one negotiation
	ConditionMost        = C.CSTN_CONDITION_MOST          // bytes of the condition of an agreement
	TransitionsMost      = C.CSTN_TRANSITIONS_MOST        // that leave an agreement live
	AgreementDepthMost   = C.CSTN_AGREEMENT_DEPTH_MOST    // agreements above a derived one
	NegotiationReoffer   = C.CSTN_NEGOTIATION_ALLOW_REOFFER
	agreementDigestBytes = C.CSTN_TERMS_DIGEST_SIZE
)

// AgreementDigest is a SHA-256 of terms, an agreement or a transition; the zero value is none.
type AgreementDigest [agreementDigestBytes]byte

// KeyUse is what a party uses a key for.
type KeyUse int32

// Uses of keys.
const (
	KeySigns     KeyUse = C.CSTN_PARTY_KEY_SIGN
	KeyOfOfficer KeyUse = C.CSTN_PARTY_KEY_OFFICER // two of them sign an override
	KeyOfWitness KeyUse = C.CSTN_PARTY_KEY_WITNESS
)

// PartyKey is a verifier key of a party, which holds in [FromUS, UntilUS); UntilUS 0 is no end.
type PartyKey struct {
	Party, Verifier string
	Use             KeyUse
	FromUS, UntilUS int64
}

// PartyKeys is a book of public keys: which verifier keys a party signs with, and when they hold. Any
// goroutine. Close it when done.
type PartyKeys struct {
	handle handle[*C.cstn_party_keys]
	lock   sync.RWMutex
}

// NewPartyKeys makes an empty book.
func NewPartyKeys() (*PartyKeys, error) {
	o, ptr := new(C.cstn_go_outcome), new(*C.cstn_party_keys)
	C.cstn_go_party_keys_new(ptr, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	keys := new(PartyKeys)
	keys.handle.open(*ptr, "key book", func(p *C.cstn_party_keys) { C.cstn_party_keys_free(p) })
	return keys, nil
}

// Close frees the book. Idempotent; the error is always nil.
func (k *PartyKeys) Close() error {
	k.handle.close()
	return nil
}

// read runs a call that does not change the book.
func (k *PartyKeys) read(call func(ptr *C.cstn_party_keys, o *C.cstn_go_outcome)) error {
	if k == nil {
		return invalid("the key book is nil")
	}
	ptr, err := k.handle.use()
	if err != nil {
		return err
	}
	defer k.handle.done()
	k.lock.RLock()
	defer k.lock.RUnlock()
	o := new(C.cstn_go_outcome)
	call(ptr, o)
	return outcomeError(o)
}

// Add adds a key; one that is there with the same window changes nothing. It returns
// [ErrInvalidArgument] for a bad id, use or window, and [ErrFormat] for what is no key.
func (k *PartyKeys) Add(key PartyKey) error {
	texts, err := textsOf("a key", key.Party, key.Verifier)
	if err != nil {
		return err
	}
	until := key.UntilUS
	if until == 0 {
		until = NoEnd
	}
	ptr, err := k.handle.use()
	if err != nil {
		return err
	}
	defer k.handle.done()
	k.lock.Lock()
	defer k.lock.Unlock()
	o := new(C.cstn_go_outcome)
	C.cstn_go_party_keys_add(ptr, charPointer(texts[0]), charPointer(texts[1]), C.int32_t(key.Use), C.int64_t(key.FromUS), C.int64_t(until), o)
	return outcomeError(o)
}

// Load adds the keys of a network: its records of the noun verifier, as a snapshot sees them. It returns
// [ErrFormat] for one that is no key, those before it being in.
func (k *PartyKeys) Load(snapshot *Snapshot) error {
	from, err := snapshot.handle.use()
	if err != nil {
		return err
	}
	defer snapshot.handle.done()
	ptr, err := k.handle.use()
	if err != nil {
		return err
	}
	defer k.handle.done()
	k.lock.Lock()
	defer k.lock.Unlock()
	o := new(C.cstn_go_outcome)
	C.cstn_go_party_keys_load(ptr, from, o)
	return outcomeError(o)
}

// All gives the keys, sorted by party, use, verifier and beginning; nil after Close.
func (k *PartyKeys) All() []PartyKey {
	var all []PartyKey
	_ = k.read(func(ptr *C.cstn_party_keys, o *C.cstn_go_outcome) {
		for i := C.size_t(0); i < C.cstn_party_keys_count(ptr); i++ {
			key := new(C.cstn_party_key)
			C.cstn_go_party_keys_at(ptr, i, key, o)
			all = append(all, PartyKey{Party: C.GoString(key.party), Verifier: C.GoString(key.verifier), Use: KeyUse(key.use),
				FromUS: int64(key.from_us), UntilUS: int64(key.until_us)})
		}
	})
	return all
}

// Valid gives the verifier keys of a party that hold at an instant, in microseconds UTC, sorted.
func (k *PartyKeys) Valid(party string, use KeyUse, atUS int64) ([]string, error) {
	id, err := cText("the party", party)
	if err != nil {
		return nil, err
	}
	var found []string
	err = k.read(func(ptr *C.cstn_party_keys, o *C.cstn_go_outcome) {
		most := C.cstn_party_keys_count(ptr)
		texts, count := make([]*C.char, most+1), C.size_t(0)
		C.cstn_go_party_keys_valid(ptr, charPointer(id), C.int32_t(use), C.int64_t(atUS), unsafe.SliceData(texts), most, &count, o)
		for _, text := range texts[:count] {
			found = append(found, C.GoString(text))
		}
	})
	return found, err
}

// OpenNote gives the text of a note that a party signed with least different keys that hold at an instant.
// It returns [ErrSignature] if a signature is wrong or too few have signed, and [ErrFormat].
func (k *PartyKeys) OpenNote(note, party string, use KeyUse, atUS int64, least int) (string, error) {
	id, err := cText("the party", party)
	if err != nil {
		return "", err
	}
	if least < 0 {
		return "", invalid("least is %d, 1 or more expected", least)
	}
	body, text := []byte(note), ""
	err = k.read(func(ptr *C.cstn_party_keys, o *C.cstn_go_outcome) {
		opened := new(*C.cstn_note)
		C.cstn_go_party_keys_open(ptr, charPointer(body), C.size_t(len(body)), charPointer(id), C.int32_t(use), C.int64_t(atUS), C.size_t(least), opened, o)
		if *opened != nil {
			text = C.GoString(C.cstn_note_text(*opened, nil))
			C.cstn_note_free(*opened)
		}
	})
	return text, err
}

// textsOf are texts with their terminators.
func textsOf(what string, texts ...string) ([][]byte, error) {
	all := make([][]byte, len(texts))
	for i, text := range texts {
		var err error
		if all[i], err = cText(what, text); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Actor is a side of a negotiation or an agreement.
type Actor int32

// The two sides.
const (
	Recipient Actor = C.CSTN_ACTOR_RECIPIENT // receives data: the consumer of the Dataspace Protocol
	Provider  Actor = C.CSTN_ACTOR_PROVIDER
)

// String is its name; "" for unknown numbers.
func (a Actor) String() string { return C.GoString(C.cstn_actor_name(C.int32_t(a))) }

// NegotiationState is a state of a negotiation.
type NegotiationState int32

// States of a negotiation.
const (
	NegotiationNone       NegotiationState = C.CSTN_NEGOTIATION_NONE
	NegotiationRequested  NegotiationState = C.CSTN_NEGOTIATION_REQUESTED
	NegotiationOffered    NegotiationState = C.CSTN_NEGOTIATION_OFFERED
	NegotiationAccepted   NegotiationState = C.CSTN_NEGOTIATION_ACCEPTED
	NegotiationAgreed     NegotiationState = C.CSTN_NEGOTIATION_AGREED
	NegotiationVerified   NegotiationState = C.CSTN_NEGOTIATION_VERIFIED
	NegotiationFinalized  NegotiationState = C.CSTN_NEGOTIATION_FINALIZED
	NegotiationTerminated NegotiationState = C.CSTN_NEGOTIATION_TERMINATED
)

// String is its name; "" for unknown numbers.
func (s NegotiationState) String() string {
	return C.GoString(C.cstn_negotiation_state_name(C.int32_t(s)))
}

// MessageType is what a message of a negotiation does.
type MessageType int32

// Types of messages.
const (
	MessageRequest   MessageType = C.CSTN_MESSAGE_REQUEST
	MessageOffer     MessageType = C.CSTN_MESSAGE_OFFER
	MessageAccept    MessageType = C.CSTN_MESSAGE_ACCEPT
	MessageAgree     MessageType = C.CSTN_MESSAGE_AGREE
	MessageVerify    MessageType = C.CSTN_MESSAGE_VERIFY
	MessageFinalize  MessageType = C.CSTN_MESSAGE_FINALIZE
	MessageTerminate MessageType = C.CSTN_MESSAGE_TERMINATE
)

// String is its name; "" for unknown numbers.
func (m MessageType) String() string {
	return C.GoString(C.cstn_negotiation_message_name(C.int32_t(m)))
}

// NegotiationMessage is what a party says. Instants are microseconds UTC.
type NegotiationMessage struct {
	Type        MessageType
	Actor       Actor
	Negotiation string                       // its id
	ID          [C.CSTN_MESSAGE_ID_SIZE]byte // unique
	Terms       AgreementDigest              // of the set it speaks of
	NowUS       int64
	ExpiresUS   int64  // of an offer: from then on it cannot be accepted; NoEnd; else 0
	Reason      string // one line for people
}

func (m *NegotiationMessage) c() *C.cstn_negotiation_message {
	made := &C.cstn_negotiation_message{_type: C.int32_t(m.Type), actor: C.int32_t(m.Actor), now_us: C.int64_t(m.NowUS), expires_us: C.int64_t(m.ExpiresUS)}
	made.id = *(*[C.CSTN_MESSAGE_ID_SIZE]C.uint8_t)(unsafe.Pointer(&m.ID))
	made.digest = m.Terms.c()
	return made
}

func (d *AgreementDigest) c() [agreementDigestBytes]C.uint8_t {
	return *(*[agreementDigestBytes]C.uint8_t)(unsafe.Pointer(d))
}

func digestOf(bytes *[agreementDigestBytes]C.uint8_t) AgreementDigest {
	return *(*AgreementDigest)(unsafe.Pointer(bytes))
}

// text gives the message as text, signed if there is a signer key.
func (m *NegotiationMessage) text(signer []byte) (string, error) {
	id, reason := []byte(m.Negotiation), []byte(m.Reason)
	o := new(C.cstn_go_outcome)
	text := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_message_text(m.c(), charPointer(id), C.size_t(len(id)), charPointer(reason), C.size_t(len(reason)), charPointer(signer), out, o)
	})
	return text, outcomeError(o)
}

// Format gives the text that is signed; [ErrInvalidArgument] for fields that break a rule.
func (m *NegotiationMessage) Format() (string, error) { return m.text(nil) }

// Sign gives the signed note, by the signer key of the actor.
func (m *NegotiationMessage) Sign(signer string) (string, error) {
	secret, err := cText("the signer", signer)
	if err != nil {
		return "", err
	}
	return m.text(secret)
}

// ParseNegotiationMessage reads the text of a message; no signature is looked at. [ErrFormat] names the byte.
func ParseNegotiationMessage(text string) (*NegotiationMessage, error) {
	body := []byte(text)
	o, m := new(C.cstn_go_outcome), new(C.cstn_negotiation_message)
	id, reason := new(C.cstn_go_span), new(C.cstn_go_span)
	C.cstn_go_message_parse(charPointer(body), C.size_t(len(body)), m, id, reason, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return &NegotiationMessage{Type: MessageType(m._type), Actor: Actor(m.actor), Negotiation: spanOf(id, text), Reason: spanOf(reason, text),
		ID: *(*[C.CSTN_MESSAGE_ID_SIZE]byte)(unsafe.Pointer(&m.id)), Terms: digestOf(&m.digest), NowUS: int64(m.now_us), ExpiresUS: int64(m.expires_us)}, nil
}

func spanOf(s *C.cstn_go_span, text string) string { return text[s.at : s.at+s.len] }

// Negotiation is a state of a negotiation: the machine of the Dataspace Protocol 2025-1, with the actor of
// each message checked. Immutable, any goroutine. Close it when done.
type Negotiation struct {
	handle handle[*C.cstn_negotiation]
}

// NegotiationConfig says who negotiates. Ids have 1 to 64 bytes of UTF-8.
type NegotiationConfig struct {
	ID, Provider, Recipient, Constellation string
	AllowReoffer                           bool // the provider may replace an offer by another one
}

func openNegotiation(ptr *C.cstn_negotiation) *Negotiation {
	n := new(Negotiation)
	n.handle.open(ptr, "negotiation", func(p *C.cstn_negotiation) { C.cstn_negotiation_unref(p) })
	return n
}

// NewNegotiation makes a negotiation in which nothing was said; [ErrInvalidArgument] for a bad id, or one
// party on both sides.
func NewNegotiation(config NegotiationConfig, opts ...Option) (*Negotiation, error) {
	texts, err := textsOf("an id", config.ID, config.Provider, config.Recipient, config.Constellation)
	if err != nil {
		return nil, err
	}
	flags := C.uint32_t(0)
	if config.AllowReoffer {
		flags = NegotiationReoffer
	}
	return construct(memoryOf(opts), openNegotiation, func(allocator *C.cstn_allocator, out **C.cstn_negotiation, o *C.cstn_go_outcome) {
		C.cstn_go_negotiation_new(charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]), charPointer(texts[3]), flags, allocator, out, o)
	})
}

// DeserializeNegotiation reads what Serialize wrote; [ErrFormat] for anything else.
func DeserializeNegotiation(data []byte, opts ...Option) (*Negotiation, error) {
	return construct(memoryOf(opts), openNegotiation, func(allocator *C.cstn_allocator, out **C.cstn_negotiation, o *C.cstn_go_outcome) {
		C.cstn_go_negotiation_deserialize(bytePointer(data), C.size_t(len(data)), allocator, out, o)
	})
}

// Close gives the state back. Idempotent; the error is always nil.
func (n *Negotiation) Close() error {
	n.handle.close()
	return nil
}

func (n *Negotiation) with(call func(ptr *C.cstn_negotiation, o *C.cstn_go_outcome)) error {
	ptr, err := n.handle.use()
	if err != nil {
		return err
	}
	defer n.handle.done()
	o := new(C.cstn_go_outcome)
	call(ptr, o)
	return outcomeError(o)
}

// next is the state that a call gives.
func (n *Negotiation) next(call func(ptr *C.cstn_negotiation, out **C.cstn_negotiation, o *C.cstn_go_outcome)) (*Negotiation, error) {
	out := new(*C.cstn_negotiation)
	if err := n.with(func(ptr *C.cstn_negotiation, o *C.cstn_go_outcome) { call(ptr, out, o) }); err != nil {
		return nil, err
	}
	return openNegotiation(*out), nil
}

// NegotiationInfo is what a state says.
type NegotiationInfo struct {
	ID, Provider, Recipient, Constellation string
	State                                  NegotiationState
	Terms                                  AgreementDigest // of the last request or offer
	ExpiresUS                              int64           // of the last offer, 0 unless an offer stands last
	LastUS                                 int64           // of the last message
	Messages, Refused                      uint64          // taken, and counted by [Negotiation.Refused]
}

// Info says what the state is.
func (n *Negotiation) Info() (NegotiationInfo, error) {
	var info NegotiationInfo
	err := n.with(func(ptr *C.cstn_negotiation, o *C.cstn_go_outcome) {
		read := new(C.cstn_negotiation_info)
		C.cstn_go_negotiation_info(ptr, read, o)
		info = NegotiationInfo{C.GoString(read.id), C.GoString(read.provider), C.GoString(read.recipient), C.GoString(read.constellation),
			NegotiationState(read.state), digestOf(&read.digest), int64(read.expires_us), int64(read.last_us), uint64(read.n_messages), uint64(read.n_refused)}
	})
	return info, err
}

// State is the state's number; [NegotiationNone] after Close.
func (n *Negotiation) State() NegotiationState {
	state := NegotiationNone
	_ = n.with(func(ptr *C.cstn_negotiation, _ *C.cstn_go_outcome) {
		state = NegotiationState(C.cstn_negotiation_state(ptr))
	})
	return state
}

// Apply gives the state after a message; this one stays what it is. It returns [ErrState] if the actor
// cannot say this now, [ErrStale] for another digest than stands or an offer that ended, [ErrConflict] if
// the id of a message that was taken came with other content, [ErrMismatch] for another negotiation,
// [ErrLimit], [ErrInvalidArgument].
func (n *Negotiation) Apply(message *NegotiationMessage) (*Negotiation, error) {
	message = orDefault(message)
	id, reason := []byte(message.Negotiation), []byte(message.Reason)
	return n.next(func(ptr *C.cstn_negotiation, out **C.cstn_negotiation, o *C.cstn_go_outcome) {
		C.cstn_go_negotiation_apply(ptr, message.c(), charPointer(id), C.size_t(len(id)), charPointer(reason), C.size_t(len(reason)), out, o)
	})
}

// ApplyNote verifies the note of a message and applies it: a key of the actor that holds at its NowUS must
// have signed, else [ErrSignature].
func (n *Negotiation) ApplyNote(note string, keys *PartyKeys) (*Negotiation, error) {
	body := []byte(note)
	var next *Negotiation
	var inner error
	err := keys.read(func(book *C.cstn_party_keys, _ *C.cstn_go_outcome) {
		next, inner = n.next(func(ptr *C.cstn_negotiation, out **C.cstn_negotiation, o *C.cstn_go_outcome) {
			C.cstn_go_negotiation_apply_note(ptr, charPointer(body), C.size_t(len(body)), book, out, o)
		})
	})
	if err == nil {
		err = inner
	}
	return next, err
}

// Refused gives the same state with one more refused attempt in its count.
func (n *Negotiation) Refused() (*Negotiation, error) {
	return n.next(func(ptr *C.cstn_negotiation, out **C.cstn_negotiation, o *C.cstn_go_outcome) {
		C.cstn_go_negotiation_refused(ptr, out, o)
	})
}

// text gives the text of a call.
func (n *Negotiation) text(call func(ptr *C.cstn_negotiation, out **C.cstn_buffer, o *C.cstn_go_outcome)) (string, error) {
	var text string
	err := n.with(func(ptr *C.cstn_negotiation, o *C.cstn_go_outcome) {
		text = bufferText(func(out **C.cstn_buffer) { call(ptr, out, o) })
	})
	return text, err
}

// LogEntry gives the entry of a log for a message: canonical JSON with the digest of its text and the
// outcome, 0 or the [Code] of the error that Apply gave.
func (n *Negotiation) LogEntry(message *NegotiationMessage, outcome Code) (string, error) {
	message = orDefault(message)
	id, reason := []byte(message.Negotiation), []byte(message.Reason)
	return n.text(func(ptr *C.cstn_negotiation, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_negotiation_log_entry(ptr, message.c(), charPointer(id), C.size_t(len(id)), charPointer(reason), C.size_t(len(reason)), C.int32_t(outcome), out, o)
	})
}

// Serialize gives the state as canonical JSON.
func (n *Negotiation) Serialize() ([]byte, error) {
	text, err := n.text(func(ptr *C.cstn_negotiation, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_negotiation_serialize(ptr, out, o)
	})
	return []byte(text), err
}
