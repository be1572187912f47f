package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_term_read
#cgo nocallback cstn_go_term_read
#cgo noescape cstn_go_term_text
#cgo nocallback cstn_go_term_text
#cgo noescape cstn_go_term_is_within
#cgo nocallback cstn_go_term_is_within
#cgo noescape cstn_go_term_set_new
#cgo nocallback cstn_go_term_set_new
#cgo noescape cstn_go_term_set_read
#cgo nocallback cstn_go_term_set_read
#cgo noescape cstn_go_term_set_is_within
#cgo nocallback cstn_go_term_set_is_within
#cgo nocallback cstn_go_term_set_take
#cgo nocallback cstn_term_json
#cgo nocallback cstn_term_digest
#cgo nocallback cstn_term_unref
#cgo nocallback cstn_term_set_count
#cgo nocallback cstn_term_set_json
#cgo nocallback cstn_term_set_digest
#cgo nocallback cstn_term_set_unref
#cgo nocallback cstn_term_component_name
*/
import "C"

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unsafe"
)

// Limits of terms.
const (
	TermFieldsMost       = C.CSTN_TERM_FIELDS_MOST       // paths of a term
	TermItemsMost        = C.CSTN_TERM_ITEMS_MOST        // roles, parties, considerations, duties, documents or steps; each
	TermSetMost          = C.CSTN_TERM_SET_MOST          // terms of a set
	TermJSONMost         = C.CSTN_TERM_JSON_MOST         // bytes of the JSON of a term or a set
	TermConsequencesMost = C.CSTN_TERM_CONSEQUENCES_MOST // consequences of a duty in a row
	TermHopsMost         = C.CSTN_TERM_HOPS_MOST         // parties that data pass through
)

// TermBuilder holds the components of a term; its zero values are what the library takes where nothing is
// set. Words are those of the term's JSON. Times are microseconds UTC, durations microseconds. See the
// guide "Terms of sharing data".
type TermBuilder struct {
	Effect         string              `json:"effect"` // "permit" (also "") or "prohibit"
	Provider       string              `json:"provider,omitempty"`
	Recipient      string              `json:"recipient,omitempty"` // or RecipientRoles
	RecipientRoles []string            `json:"recipient_roles,omitempty"`
	Constellation  string              `json:"constellation,omitempty"`
	Fields         []string            `json:"fields,omitempty"` // "noun.field", "noun[].field" or "noun.*"
	Purpose        string              `json:"purpose,omitempty"`
	Actions        []string            `json:"actions,omitempty"`        // "read", "write", "derive", "aggregate", "distribute", "sell", "give"
	ValidFrom      *int64              `json:"valid_from_us,omitempty"`  // nil: no begin
	ValidUntil     *int64              `json:"valid_until_us,omitempty"` // nil: no end
	DataWindow     *TermDataWindow     `json:"data_window,omitempty"`
	Granularity    *TermGranularity    `json:"granularity,omitempty"` // nil: existence
	Onward         *TermOnward         `json:"onward,omitempty"`      // nil: to nobody
	Retention      *TermRetention      `json:"retention,omitempty"`   // nil: no limit
	Revocation     *TermRevocation     `json:"revocation,omitempty"`  // nil: by both, at once, kept
	Limits         *TermLimits         `json:"limits,omitempty"`
	Consideration  []TermConsideration `json:"consideration,omitempty"`
	Duties         []TermDuty          `json:"duties,omitempty"`
	Constraint     json.RawMessage     `json:"constraint,omitempty"` // the condition, as JSON
	LegalBasis     string              `json:"legal_basis,omitempty"`
	LegalText      []TermDocument      `json:"legal_text,omitempty"`
	DualPair       bool                `json:"dual_pair_acknowledged,omitempty"`
	ProofOfContent bool                `json:"proof_of_content,omitempty"`
	SmallKind      bool                `json:"small_kind_acknowledged,omitempty"` // see PSIOptions
}

// TermDataWindow is what the data are about, and how old they are when they leave.
type TermDataWindow struct {
	From   *int64 `json:"data_from_us,omitempty"`
	Until  *int64 `json:"data_until_us,omitempty"`
	MinAge int64  `json:"min_age_us,omitempty"`
	MaxAge *int64 `json:"max_age_us,omitempty"`
}

// TermGranularity is how fine data may leave. Parameters of other levels are 0.
type TermGranularity struct {
	Level            string     `json:"level"`                        // "raw", "pseudonym", "generalised", "aggregated", "noised", "existence"
	Epoch            int64      `json:"epoch,omitempty"`              // pseudonym
	Steps            []TermStep `json:"steps,omitempty"`              // generalised
	K                int64      `json:"k,omitempty"`                  // aggregated: rows in a cell
	L                int64      `json:"l,omitempty"`                  // aggregated: distinct sensitive values
	TPermille        int64      `json:"t_permille,omitempty"`         // aggregated: t-closeness
	Contributors     int64      `json:"contributors,omitempty"`       // aggregated: companies in a cell
	MaxSharePermille int64      `json:"max_share_permille,omitempty"` // aggregated: of the largest
	Sensitivity      int64      `json:"sensitivity,omitempty"`        // noised
	NanoEpsilon      int64      `json:"nano_epsilon,omitempty"`       // noised
	GridBits         int32      `json:"grid_bits,omitempty"`          // noised: on a grid of 2^-GridBits
	Threshold        int64      `json:"threshold,omitempty"`          // existence: counts below it are not told
}

// TermStep is how coarse the values of a field become.
type TermStep struct {
	Path string `json:"path"`
	Step int64  `json:"step"`
}

// TermOnward is to whom data may be passed on.
type TermOnward struct {
	To      string   `json:"to"` // "none", "list", "same_constellation"
	Parties []string `json:"parties,omitempty"`
	MaxHops int32    `json:"max_hops,omitempty"`
}

// TermRetention is how long data may be held, and what happens then.
type TermRetention struct {
	Max   int64  `json:"max_us"`
	Then  string `json:"then"` // "delete", "destroy_key", "return"
	Proof bool   `json:"proof,omitempty"`
}

// TermRevocation is who may end the agreement before its time.
type TermRevocation struct {
	By        string `json:"by"` // "provider", "recipient", "both"
	Notice    int64  `json:"notice_us,omitempty"`
	Delivered string `json:"delivered,omitempty"` // "keep" (also ""), "delete", "destroy_key"
}

// TermLimits is how much; 0 is no limit.
type TermLimits struct {
	Calls       int64 `json:"calls,omitempty"`
	Rows        int64 `json:"rows,omitempty"`
	Window      int64 `json:"window_us,omitempty"` // of calls and rows
	RowsInAll   int64 `json:"rows_in_all,omitempty"`
	NanoEpsilon int64 `json:"nano_epsilon,omitempty"`
	Period      int64 `json:"period_us,omitempty"` // of NanoEpsilon
}

// TermConsideration is what is given in return.
type TermConsideration struct {
	Kind                    string `json:"kind"` // "explicit_none", "money", "reciprocal", "service", "discount"
	AmountMinor             int64  `json:"amount_minor,omitempty"`
	Currency                string `json:"currency,omitempty"`
	Term                    string `json:"term,omitempty"` // reciprocal: the digest, Digest.String
	MinCompletenessPermille int64  `json:"min_completeness_permille,omitempty"`
	MaxStaleness            int64  `json:"max_staleness_us,omitempty"`
	Service                 string `json:"service,omitempty"`
	BasisPoints             int32  `json:"basis_points,omitempty"` // discount
	Due                     string `json:"due,omitempty"`          // "none" (also ""), "at", "after_start", "after_release", "after_end", "every"
	DueMicros               int64  `json:"due_us,omitempty"`
	Grace                   int64  `json:"grace_us,omitempty"`
	Gate                    string `json:"gate,omitempty"` // "hard" (also ""), "advise"
}

// TermDuty is what the recipient must do.
type TermDuty struct {
	Phase       string    `json:"phase"` // "before", "ongoing", "after"
	Action      string    `json:"action"`
	Due         string    `json:"due,omitempty"` // as of TermConsideration
	DueMicros   int64     `json:"due_us,omitempty"`
	Consequence *TermDuty `json:"consequence,omitempty"`
}

// TermDocument is a document that both bind themselves to; it decides nothing.
type TermDocument struct {
	Title  string `json:"title"`
	SHA256 string `json:"sha256"` // 64 hexadecimal digits
}

// Build makes the term. It returns [ErrFormat], naming the component and the rule that it breaks.
func (b *TermBuilder) Build(opts ...Option) (*Term, error) {
	given := *b
	if given.Effect == "" {
		given.Effect = "permit"
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(given); err != nil {
		return nil, invalid("the components of a term: %v", err)
	}
	return readTerm(text.Bytes(), C.CSTN_TERM_READ_LOOSE, opts)
}

// Term is the terms on which one company lets another have data. Immutable; any goroutine. Close it when
// done; sets keep their own reference.
type Term struct {
	handle handle[*C.cstn_term]
	json   string
	digest Digest
}

func openTerm(ptr *C.cstn_term) *Term {
	t := new(Term)
	var size C.size_t
	text := C.cstn_term_json(ptr, &size)
	t.json = C.GoStringN(text, C.int(size))
	C.cstn_term_digest(ptr, (*C.uint8_t)(&t.digest[0]))
	t.handle.open(ptr, "term", func(p *C.cstn_term) { C.cstn_term_unref(p) })
	return t
}

func readTerm(text []byte, flags C.uint32_t, opts []Option) (*Term, error) {
	return construct(memoryOf(opts), openTerm, func(allocator *C.cstn_allocator, out **C.cstn_term, o *C.cstn_go_outcome) {
		C.cstn_go_term_read(charPointer(text), C.size_t(len(text)), flags, allocator, out, o)
	})
}

// ReadTerm reads the canonical JSON of a term. It returns [ErrFormat] with the byte for what is no strict
// JSON, not canonical, holds an unknown member, a fraction, or a value that breaks its rule.
func ReadTerm(text []byte, opts ...Option) (*Term, error) { return readTerm(text, 0, opts) }

// ReadTermLoosely reads JSON of a term with any order of members, white space, and members at their default.
func ReadTermLoosely(text []byte, opts ...Option) (*Term, error) {
	return readTerm(text, C.CSTN_TERM_READ_LOOSE, opts)
}

// JSON is the canonical JSON (RFC 8785), also after Close.
func (t *Term) JSON() string { return t.json }

// Components are what the term is made of, as they are built, for code that reads one; also after Close. What is at its
// default is left out, and lists are sorted.
func (t *Term) Components() (*TermBuilder, error) {
	// Whole numbers beyond 2^53 are text in canonical JSON; no text inside a text has these quotes.
	wide := regexp.MustCompile(`([{,]"(?:[a-z_]+_us|[a-z_]+_permille|k|l|epoch|step|contributors|sensitivity|nano_epsilon|threshold|calls|rows|` +
		`rows_in_all|amount_minor)":)"(-?[0-9]+)"`)
	b := new(TermBuilder)
	if err := json.Unmarshal([]byte(wide.ReplaceAllString(t.json, "$1$2")), b); err != nil {
		return nil, invalid("the components of a term: %v", err)
	}
	return b, nil
}

// Digest is the SHA-256 of "cstn/terms/v1", a line end and the canonical JSON, also after Close.
func (t *Term) Digest() Digest { return t.digest }

// String is [Term.Text], and the canonical JSON after Close. Any goroutine.
func (t *Term) String() string {
	text, err := t.Text()
	if err != nil {
		return t.json
	}
	return text
}

// Text is the term in English words, a line a component.
func (t *Term) Text() (string, error) {
	ptr, err := t.handle.use()
	if err != nil {
		return "", err
	}
	defer t.handle.done()
	var o C.cstn_go_outcome
	text := bufferText(func(out **C.cstn_buffer) { C.cstn_go_term_text(ptr, out, &o) })
	return text, outcomeError(&o)
}

// IsWithin says whether data that came under parent may be passed on under this term, and if not, the first
// component that is wider, "fields". With a nil vocabulary a purpose is within itself only, and a condition within
// none and equals. It returns [ErrNoMemory]. O(fields x steps + duties^2), and what [Constraint.Implies] costs.
func (t *Term) IsWithin(parent *Term, v *Vocabulary) (within bool, component string, err error) {
	var is, failed C.int32_t
	err = withThree(&t.handle, &parent.handle, v, func(derived, above *C.cstn_term, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) {
		C.cstn_go_term_is_within(derived, above, vocabulary, &is, &failed, o)
	})
	return is == 1, C.GoString(C.cstn_term_component_name(failed)), err
}

// Close gives the reference back. Idempotent; the error is always nil.
func (t *Term) Close() error {
	t.handle.close()
	return nil
}

// TermSet is terms that are agreed on together, in the order of their digests. Immutable; any goroutine.
// Close it when done.
type TermSet struct {
	handle handle[*C.cstn_term_set]
	json   string
	digest Digest
}

func openTermSet(ptr *C.cstn_term_set) *TermSet {
	s := new(TermSet)
	var size C.size_t
	text := C.cstn_term_set_json(ptr, &size)
	s.json = C.GoStringN(text, C.int(size))
	C.cstn_term_set_digest(ptr, (*C.uint8_t)(&s.digest[0]))
	s.handle.open(ptr, "set of terms", func(p *C.cstn_term_set) { C.cstn_term_set_unref(p) })
	return s
}

// NewTermSet makes a set of at least one term; the same one twice counts once.
func NewTermSet(terms []*Term, opts ...Option) (*TermSet, error) {
	addresses := make([]C.uintptr_t, len(terms))
	for i, term := range terms {
		ptr, err := term.handle.use()
		if err != nil {
			return nil, err
		}
		defer term.handle.done()
		addresses[i] = C.uintptr_t(uintptr(unsafe.Pointer(ptr)))
	}
	return construct(memoryOf(opts), openTermSet, func(allocator *C.cstn_allocator, out **C.cstn_term_set, o *C.cstn_go_outcome) {
		C.cstn_go_term_set_new(unsafe.SliceData(addresses), C.size_t(len(addresses)), allocator, out, o)
	})
}

// ReadTermSet reads the canonical JSON of a set; errors as of [ReadTerm].
func ReadTermSet(text []byte, opts ...Option) (*TermSet, error) {
	return construct(memoryOf(opts), openTermSet, func(allocator *C.cstn_allocator, out **C.cstn_term_set, o *C.cstn_go_outcome) {
		C.cstn_go_term_set_read(charPointer(text), C.size_t(len(text)), 0, allocator, out, o)
	})
}

// JSON is the canonical JSON, the list of the terms, also after Close.
func (s *TermSet) JSON() string { return s.json }

// Digest is what negotiations quote and agreements are made of, also after Close.
func (s *TermSet) Digest() Digest { return s.digest }

// String is the words of each term, with a line of its number and digest before it, for people; the canonical
// JSON after Close. Any goroutine.
func (s *TermSet) String() string {
	ptr, err := s.handle.use()
	if err != nil {
		return s.json
	}
	defer s.handle.done()
	return termsText(ptr)
}

func termsText(set *C.cstn_term_set) string {
	var b strings.Builder
	n := C.cstn_term_set_count(set)
	for i := C.size_t(0); i < n; i++ {
		term := C.cstn_term_set_at(set, i)
		var digest Digest
		C.cstn_term_digest(term, (*C.uint8_t)(&digest[0]))
		var o C.cstn_go_outcome
		text := bufferText(func(out **C.cstn_buffer) { C.cstn_go_term_text(term, out, &o) })
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "term %d of %d, %x\n%s", i+1, n, digest[:8], text)
	}
	return b.String()
}

// Terms are the terms of the set. Close each.
func (s *TermSet) Terms() ([]*Term, error) {
	ptr, err := s.handle.use()
	if err != nil {
		return nil, err
	}
	defer s.handle.done()
	terms := make([]*Term, C.cstn_term_set_count(ptr))
	for i := range terms {
		terms[i] = openTerm(C.cstn_go_term_set_take(ptr, C.size_t(i)))
	}
	return terms, nil
}

// IsWithin says whether every permission is within one permission of parent, and every prohibition of parent
// repeated; if not, which term fails and by which component, [Term.IsWithin]. O(terms^2) of those.
func (s *TermSet) IsWithin(parent *TermSet, v *Vocabulary) (within bool, index int, component string, err error) {
	var is, failed C.int32_t
	var at C.size_t
	err = withThree(&s.handle, &parent.handle, v, func(derived, above *C.cstn_term_set, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) {
		C.cstn_go_term_set_is_within(derived, above, vocabulary, &is, &at, &failed, o)
	})
	return is == 1, int(at), C.GoString(C.cstn_term_component_name(failed)), err
}

// Close gives the reference back. Idempotent; the error is always nil.
func (s *TermSet) Close() error {
	s.handle.close()
	return nil
}
