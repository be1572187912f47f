package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_waiver_text
#cgo nocallback cstn_go_waiver_text
#cgo noescape cstn_go_waiver_read
#cgo nocallback cstn_go_waiver_read
*/
import "C"

// Waiver is what a provider says, over its signature, to be owed no longer.
type Waiver struct {
	Party       string // the provider
	AtUS        int64
	Agreement   AgreementDigest
	Term        AgreementDigest
	Release     AgreementDigest // that made the duty; zero: a duty of the term itself
	Index       uint32          // of the duty in the term, [DutyRetention] or [DutyRevocation]
	Consequence uint32          // 0: the duty itself; n: its n-th consequence
	Detail      string          // one line for people
}

func (w *Waiver) text(signer []byte) (string, error) {
	party, detail, o := []byte(w.Party), []byte(w.Detail), new(C.cstn_go_outcome)
	made := &C.cstn_waiver{at_us: C.int64_t(w.AtUS), agreement: w.Agreement.c(), term: w.Term.c(), release: w.Release.c(),
		index: C.uint32_t(w.Index), consequence: C.uint32_t(w.Consequence)}
	text := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_waiver_text(made, charPointer(party), C.size_t(len(party)), charPointer(detail), C.size_t(len(detail)), charPointer(signer), out, o)
	})
	return text, outcomeError(o)
}

// Format gives the text that is signed.
func (w *Waiver) Format() (string, error) { return w.text(nil) }

// Sign gives the signed note, by the signer key of the party, for [Transaction.PutWaiver].
func (w *Waiver) Sign(signer string) (string, error) {
	secret, err := cText("the signer", signer)
	if err != nil {
		return "", err
	}
	return w.text(secret)
}

// readWaiver reads a text, or with keys a signed note.
func readWaiver(text string, keys *C.cstn_party_keys, o *C.cstn_go_outcome) *Waiver {
	body, w := []byte(text), new(C.cstn_waiver)
	party, detail := new(C.cstn_go_span), new(C.cstn_go_span)
	C.cstn_go_waiver_read(charPointer(body), C.size_t(len(body)), keys, w, party, detail, o)
	if o.status != C.CSTN_OK {
		return nil
	}
	return &Waiver{Party: spanOf(party, text), AtUS: int64(w.at_us), Agreement: digestOf(&w.agreement), Term: digestOf(&w.term),
		Release: digestOf(&w.release), Index: uint32(w.index), Consequence: uint32(w.consequence), Detail: spanOf(detail, text)}
}

// ParseWaiver reads the text of a waiver; no signature is looked at. [ErrFormat] names the byte.
func ParseWaiver(text string) (*Waiver, error) {
	o := new(C.cstn_go_outcome)
	waiver := readWaiver(text, nil, o)
	return waiver, outcomeError(o)
}

// OpenWaiver opens a signed waiver: a key of its party that holds at AtUS must have signed, else [ErrSignature].
func OpenWaiver(note string, keys *PartyKeys) (*Waiver, error) {
	var waiver *Waiver
	err := keys.read(func(book *C.cstn_party_keys, o *C.cstn_go_outcome) { waiver = readWaiver(note, book, o) })
	return waiver, err
}

// PutWaiver puts a signed waiver, see [Waiver.Sign]: the duty that it names is waived, also one that asks for a
// proof. It returns [ErrSignature], [ErrNotFound] if agreement, term or duty is not there, and
// [ErrInvalidArgument] unless its party is the provider.
func (t *Transaction) PutWaiver(note string, nowMicros int64) error {
	return t.putNote(note, 2, nowMicros)
}
