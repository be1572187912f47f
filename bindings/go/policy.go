package constellation

/*
#include <string.h>
#include "bridge.h"

#cgo noescape cstn_go_policy_new
#cgo nocallback cstn_go_policy_new
#cgo noescape cstn_go_policy_parse
#cgo nocallback cstn_go_policy_parse
#cgo noescape cstn_go_policy_get
#cgo nocallback cstn_go_policy_get
#cgo noescape cstn_go_builder_new
#cgo nocallback cstn_go_builder_new
#cgo noescape cstn_go_builder_set
#cgo nocallback cstn_go_builder_set
#cgo noescape cstn_go_builder_build
#cgo nocallback cstn_go_builder_build
#cgo nocallback cstn_service_policy_unref
#cgo nocallback cstn_service_policy_builder_free
#cgo nocallback cstn_service_policy_key_count
#cgo nocallback cstn_service_policy_key_at
#cgo nocallback cstn_service_policy_values_at
#cgo nocallback cstn_service_policy_meaning_at
*/
import "C"

import (
	"encoding/hex"
	"sync"
	"unsafe"
)

// Digest is a SHA-256: of a policy's canonical text, of zone rules, of a calendar.
type Digest [32]byte

// String gives 64 lower-case hex digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Policy is the definition of a perfect order: 35 keys that both partners can read, hash and agree
// on. Immutable; any goroutine. Close it when done; states and results keep their own reference.
type Policy struct {
	handle handle[*C.cstn_service_policy]
	text   string
	digest Digest
}

func openPolicy(info *C.cstn_go_policy_info) *Policy {
	p := new(Policy)
	p.text = C.GoStringN(info.text, C.int(info.text_size))
	p.digest = *(*Digest)(unsafe.Pointer(&info.digest[0]))
	p.handle.open(info.policy, "policy", func(p *C.cstn_service_policy) { C.cstn_service_policy_unref(p) })
	return p
}

// NewPolicy makes the default policy with changes: key=value pairs parted by spaces or line ends, in
// any order, such as "components=T overdue_open=exclude"; "" is the default policy. See
// [PolicyKeys] for the keys. It returns [ErrInvalidArgument], naming the key, the value and what is
// allowed, for a key that is unknown, given twice or out of range.
func NewPolicy(changes string, opts ...Option) (*Policy, error) {
	text, err := cText("changes", changes)
	if err != nil {
		return nil, err
	}
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var info C.cstn_go_policy_info
	C.cstn_go_policy_new(charPointer(text), allocator, &info, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openPolicy(&info), nil
}

// ParsePolicy makes a policy from its canonical text, as [Policy.Text] gives it. Text in another
// order or spelling is refused with [ErrFormat] and the line, so that one meaning has one digest.
func ParsePolicy(text string, opts ...Option) (*Policy, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var info C.cstn_go_policy_info
	b := []byte(text)
	C.cstn_go_policy_parse(charPointer(b), C.size_t(len(b)), allocator, &info, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openPolicy(&info), nil
}

// Text is the canonical text, also after Close.
func (p *Policy) Text() string { return p.text }

// Digest is the SHA-256 of the canonical text, also after Close.
func (p *Policy) Digest() Digest { return p.digest }

// Get is the value of a key as text. It returns [ErrNotFound], naming similar keys.
func (p *Policy) Get(key string) (string, error) {
	name, err := cText("key", key)
	if err != nil {
		return "", err
	}
	ptr, err := p.handle.use()
	if err != nil {
		return "", err
	}
	defer p.handle.done()
	var o C.cstn_go_outcome
	var value *C.char
	C.cstn_go_policy_get(ptr, charPointer(name), &value, &o)
	if err := outcomeError(&o); err != nil {
		return "", err
	}
	return C.GoString(value), nil
}

// Close gives the reference back. Idempotent; the error is always nil.
func (p *Policy) Close() error {
	p.handle.close()
	return nil
}

// PolicyKey is one question that a policy answers.
type PolicyKey struct {
	Name    string // "promise_basis"
	Values  string // what is allowed, in words, default first
	Meaning string // what it decides, one line
}

// PolicyKeys lists the keys in canonical order.
func PolicyKeys() []PolicyKey {
	keys := make([]PolicyKey, C.cstn_service_policy_key_count())
	for i := range keys {
		n := C.size_t(i)
		keys[i] = PolicyKey{
			Name:    C.GoString(C.cstn_service_policy_key_at(n)),
			Values:  C.GoString(C.cstn_service_policy_values_at(n)),
			Meaning: C.GoString(C.cstn_service_policy_meaning_at(n)),
		}
	}
	return keys
}

// PolicyBuilder makes a policy key by key, for settings that come one at a time. One call at a time;
// others wait.
type PolicyBuilder struct {
	handle handle[*C.cstn_service_policy_builder]
	mu     sync.Mutex
}

// NewPolicyBuilder begins with the default policy. Close it when done.
func NewPolicyBuilder(opts ...Option) (*PolicyBuilder, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var ptr *C.cstn_service_policy_builder
	C.cstn_go_builder_new(allocator, &ptr, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	b := new(PolicyBuilder)
	b.handle.open(ptr, "policy builder", func(p *C.cstn_service_policy_builder) { C.cstn_service_policy_builder_free(p) })
	return b, nil
}

// Set gives a key its value, once. It returns [ErrInvalidArgument], naming the key, the value and
// what is allowed.
func (b *PolicyBuilder) Set(key, value string) error {
	k, err := cText("key", key)
	if err != nil {
		return err
	}
	v, err := cText("value", value)
	if err != nil {
		return err
	}
	ptr, err := b.handle.use()
	if err != nil {
		return err
	}
	defer b.handle.done()
	b.mu.Lock()
	defer b.mu.Unlock()
	var o C.cstn_go_outcome
	C.cstn_go_builder_set(ptr, charPointer(k), charPointer(v), &o)
	return outcomeError(&o)
}

// Build makes the policy; the builder may go on.
func (b *PolicyBuilder) Build() (*Policy, error) {
	ptr, err := b.handle.use()
	if err != nil {
		return nil, err
	}
	defer b.handle.done()
	b.mu.Lock()
	defer b.mu.Unlock()
	var o C.cstn_go_outcome
	var info C.cstn_go_policy_info
	C.cstn_go_builder_build(ptr, &info, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return openPolicy(&info), nil
}

// Close frees the builder. Idempotent; the error is always nil.
func (b *PolicyBuilder) Close() error {
	b.handle.close()
	return nil
}
