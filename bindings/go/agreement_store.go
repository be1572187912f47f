package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_agreements_new
#cgo nocallback cstn_go_agreements_new
#cgo noescape cstn_go_agreements_put
#cgo nocallback cstn_go_agreements_put
#cgo noescape cstn_go_agreements_find
#cgo nocallback cstn_go_agreements_find
#cgo noescape cstn_go_agreements_range
#cgo nocallback cstn_go_agreements_range
#cgo noescape cstn_go_agreements_get
#cgo nocallback cstn_go_agreements_get
#cgo nocallback cstn_go_agreements_at
#cgo noescape cstn_go_agreements_apply
#cgo nocallback cstn_go_agreements_apply
#cgo noescape cstn_go_agreements_serialize
#cgo nocallback cstn_go_agreements_serialize
#cgo noescape cstn_go_agreements_deserialize
#cgo nocallback cstn_go_agreements_deserialize
*/
import "C"

import (
	"sync"
	"unsafe"
)

// AgreementStore holds agreements by provider, recipient, constellation and terms, so that equal requests
// never negotiate twice. Any goroutine; changes take turns, all else runs side by side. Close it when done.
type AgreementStore struct {
	handle handle[*C.cstn_agreement_store]
	lock   sync.RWMutex
}

func openAgreementStore(ptr *C.cstn_agreement_store) *AgreementStore {
	s := new(AgreementStore)
	s.handle.open(ptr, "agreement store", func(p *C.cstn_agreement_store) { C.cstn_agreement_store_free(p) })
	return s
}

// NewAgreementStore makes an empty store.
func NewAgreementStore(opts ...Option) (*AgreementStore, error) {
	return construct(memoryOf(opts), openAgreementStore, func(allocator *C.cstn_allocator, out **C.cstn_agreement_store, o *C.cstn_go_outcome) {
		C.cstn_go_agreements_new(allocator, out, o)
	})
}

// DeserializeAgreementStore reads what Serialize wrote.
func DeserializeAgreementStore(data []byte, opts ...Option) (*AgreementStore, error) {
	return construct(memoryOf(opts), openAgreementStore, func(allocator *C.cstn_allocator, out **C.cstn_agreement_store, o *C.cstn_go_outcome) {
		C.cstn_go_agreements_deserialize(bytePointer(data), C.size_t(len(data)), allocator, out, o)
	})
}

// Close frees the store; agreements that it gave live on. Idempotent; the error is always nil.
func (s *AgreementStore) Close() error {
	s.handle.close()
	return nil
}

func (s *AgreementStore) with(lock sync.Locker, call func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome)) error {
	ptr, err := s.handle.use()
	if err != nil {
		return err
	}
	defer s.handle.done()
	lock.Lock()
	defer lock.Unlock()
	o := new(C.cstn_go_outcome)
	call(ptr, o)
	return outcomeError(o)
}

func (s *AgreementStore) read(call func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome)) error {
	return s.with(s.lock.RLocker(), call)
}

// given is the agreement that a call gives; some give one beside a failure.
func given(out *C.cstn_agreement, err error) (*Agreement, error) {
	if out == nil {
		return nil, err
	}
	return openAgreement(out), err
}

// Len is how many agreements it has, ended ones too; 0 after Close.
func (s *AgreementStore) Len() int {
	n := 0
	_ = s.read(func(ptr *C.cstn_agreement_store, _ *C.cstn_go_outcome) { n = int(C.cstn_agreement_store_count(ptr)) })
	return n
}

// Put puts an agreement, linked to its parent, or reuses the one that is live at an instant with the same
// parties, constellation and terms: the one that counts is returned. It returns [ErrNotFound] if its parent is
// not here, and what [Agreement.Derive] does.
func (s *AgreementStore) Put(agreement *Agreement, nowUS int64) (*Agreement, error) {
	out, inner := new(*C.cstn_agreement), error(nil)
	err := agreement.with(func(a *C.cstn_agreement, _ *C.cstn_go_outcome) {
		inner = s.with(&s.lock, func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome) {
			C.cstn_go_agreements_put(ptr, a, C.int64_t(nowUS), out, o)
		})
	})
	if err == nil {
		err = inner
	}
	return given(*out, err)
}

// Find gives the live agreement of parties, constellation and terms (nil: any); [ErrNotFound].
func (s *AgreementStore) Find(provider, recipient, constellation string, terms *AgreementDigest, nowUS int64) (*Agreement, error) {
	texts, err := textsOf("an id", provider, recipient, constellation)
	if err != nil {
		return nil, err
	}
	out := new(*C.cstn_agreement)
	err = s.read(func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome) {
		C.cstn_go_agreements_find(ptr, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]), (*C.uint8_t)(unsafe.Pointer(terms)), C.int64_t(nowUS), out, o)
	})
	return given(*out, err)
}

// Candidates gives all agreements of parties and constellation, ended ones too.
func (s *AgreementStore) Candidates(provider, recipient, constellation string) ([]*Agreement, error) {
	texts, err := textsOf("an id", provider, recipient, constellation)
	if err != nil {
		return nil, err
	}
	var all []*Agreement
	err = s.read(func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome) {
		first, count := C.size_t(0), C.size_t(0)
		C.cstn_go_agreements_range(ptr, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]), &first, &count, o)
		for i := C.size_t(0); i < count; i++ {
			all = append(all, openAgreement(C.cstn_go_agreements_at(ptr, first+i)))
		}
	})
	return all, err
}

// All gives all agreements, sorted by provider, recipient, constellation, terms and digest; nil after Close.
func (s *AgreementStore) All() []*Agreement {
	var all []*Agreement
	_ = s.read(func(ptr *C.cstn_agreement_store, _ *C.cstn_go_outcome) {
		for i := C.size_t(0); i < C.cstn_agreement_store_count(ptr); i++ {
			all = append(all, openAgreement(C.cstn_go_agreements_at(ptr, i)))
		}
	})
	return all
}

// Get gives an agreement by its digest; [ErrNotFound].
func (s *AgreementStore) Get(digest AgreementDigest) (*Agreement, error) {
	out, wanted := new(*C.cstn_agreement), digest.c()
	err := s.read(func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome) {
		C.cstn_go_agreements_get(ptr, &wanted[0], out, o)
	})
	return given(*out, err)
}

// Apply applies a signed transition to the agreement that it names, as [Agreement.Apply]. In the same act what
// derives from it sees it. With [ErrMissing] and [ErrSplitView] the store has the agreement with its hold.
func (s *AgreementStore) Apply(note string, keys *PartyKeys, cured ...SuspensionCause) (*Agreement, error) {
	body, out, inner := []byte(note), new(*C.cstn_agreement), error(nil)
	err := keys.read(func(book *C.cstn_party_keys, _ *C.cstn_go_outcome) {
		inner = s.with(&s.lock, func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome) {
			C.cstn_go_agreements_apply(ptr, charPointer(body), C.size_t(len(body)), book, curedBits(cured), out, o)
		})
	})
	if err == nil {
		err = inner
	}
	return given(*out, err)
}

// Serialize gives the whole store as canonical JSON.
func (s *AgreementStore) Serialize() ([]byte, error) {
	var text string
	err := s.read(func(ptr *C.cstn_agreement_store, o *C.cstn_go_outcome) {
		text = bufferText(func(out **C.cstn_buffer) { C.cstn_go_agreements_serialize(ptr, out, o) })
	})
	return []byte(text), err
}
