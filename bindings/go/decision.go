package constellation

/*
#include "bridge.h"
*/
import "C"

import (
	"math"
	"runtime"
	"unsafe"
)

// The actions, levels and classes of decisions.
const (
	ActionRead       uint32 = C.CSTN_ACTION_READ
	ActionWrite      uint32 = C.CSTN_ACTION_WRITE
	ActionDerive     uint32 = C.CSTN_ACTION_DERIVE
	ActionAggregate  uint32 = C.CSTN_ACTION_AGGREGATE
	ActionDistribute uint32 = C.CSTN_ACTION_DISTRIBUTE
	ActionSell       uint32 = C.CSTN_ACTION_SELL
	ActionGive       uint32 = C.CSTN_ACTION_GIVE
)

// The actions together that use data, and those that hand them over.
const (
	ActionsUse      uint32 = C.CSTN_ACTION_USE
	ActionsTransfer uint32 = C.CSTN_ACTION_TRANSFER
)

// What a request and an override may have at most.
const (
	RequestPathsMost  = C.CSTN_REQUEST_PATHS_MOST
	RequestHopsMost   = C.CSTN_REQUEST_HOPS_MOST
	RequestFactsMost  = C.CSTN_REQUEST_FACTS_MOST
	OverridePathsMost = C.CSTN_OVERRIDE_PATHS_MOST
)

// Bits of DecidedField.Flags.
const (
	FieldDowngraded uint32 = C.CSTN_DECISION_FIELD_DOWNGRADED // coarser than it was wanted
	FieldFirewall   uint32 = C.CSTN_DECISION_FIELD_FIREWALL   // the parties compete
	FieldOverride   uint32 = C.CSTN_DECISION_FIELD_OVERRIDE   // officers opened the firewall
	FieldNoOnward   uint32 = C.CSTN_DECISION_FIELD_NO_ONWARD  // not to be passed on
	FieldAdvised    uint32 = C.CSTN_DECISION_FIELD_ADVISED    // what is owed in return is behind, which is only noted
)

// RuleLevel is how fine a field may leave.
type RuleLevel int32

// The levels, the finest first.
const (
	LevelRaw         RuleLevel = C.CSTN_LEVEL_RAW
	LevelPseudonym   RuleLevel = C.CSTN_LEVEL_PSEUDONYM
	LevelGeneralised RuleLevel = C.CSTN_LEVEL_GENERALISED
	LevelAggregated  RuleLevel = C.CSTN_LEVEL_AGGREGATED
	LevelNoised      RuleLevel = C.CSTN_LEVEL_NOISED
	LevelExistence   RuleLevel = C.CSTN_LEVEL_EXISTENCE
)

// ClassDefault is what a path is that has no class.
const ClassDefault FieldClass = C.CSTN_CLASS_DEFAULT

// RulePurpose is a purpose and the one above it, or "".
type RulePurpose struct{ Name, Parent string }

// RuleConstellation is what a constellation speaks and asks of competitors; numbers that are 0 are the least
// that the firewall asks for.
type RuleConstellation struct {
	ID, Framework string
	Purposes      []RulePurpose
	Roles         []string
	Paths         map[string]FieldClass
	Operands      map[string]OperandType

	Contributors, MaxSharePermille, MinAgeUS, Rows, WallUS, Values, TPermille int64
}

// RuleMember is a membership in [FromUS, UntilUS); 0 and 0 is without end.
type RuleMember struct {
	Constellation, Party string
	Roles                []string
	FromUS, UntilUS      int64
}

// RuleRelation is what one party declares another to be, in [FromUS, UntilUS); 0 and 0 is without end.
type RuleRelation struct {
	Constellation, Declarer, Other string
	Relation                       Relation
	FromUS, UntilUS                int64
}

// RuleAgreement is an agreement with its terms: a signed one with its set, or, with Signed nil, one that the
// host vouches for. A ValidUntilUS or EffectiveUS of 0 is no end.
type RuleAgreement struct {
	Signed *Agreement
	Set    *TermSet

	Constellation, Provider, Recipient               string
	Digest, Parent                                   Digest
	State                                            AgreementState
	SignedUS, ValidFromUS, ValidUntilUS, EffectiveUS int64
	Terms                                            []*Term
	// RetiringSuspended says that it is retiring and was not active before: it denies.
	RetiringSuspended bool
	// TermParents is nil, or the term that each derives from; zeros: none.
	TermParents []Digest
}

// RuleUsage is what of a term's limits is used.
type RuleUsage struct {
	Agreement, Term                     Digest
	AtUS                                int64
	Calls, Rows, RowsInAll, NanoEpsilon uint64
}

// DutyRetention is the Index of what is to become of what was delivered.
const DutyRetention uint32 = C.CSTN_RULES_DUTY_RETENTION

// DutyRevocation is the duty that ends what was delivered, once its agreement is retired.
const DutyRevocation uint32 = C.CSTN_RULES_DUTY_REVOCATION

// RuleState is how duty or consideration number Index of a term stands, DutyPending or ConsiderationCurrent and
// so on; DeadlineUS (or when what is current falls due) of 0 is none.
type RuleState struct {
	Agreement, Term Digest
	Index           uint32
	State           int32
	DeadlineUS      int64
}

// RuleDelivery is what a recipient has received.
type RuleDelivery struct {
	Constellation, Provider, Recipient string
	Classes                            FieldClass
	AtUS                               int64
}

// RuleOverride is a signed note that opens the firewall, and the provider's officers' keys.
type RuleOverride struct {
	Note string
	Keys *PartyKeys
}

// RulesSpec is everything that decisions depend on.
type RulesSpec struct {
	Version        uint64
	Constellations []RuleConstellation
	Members        []RuleMember
	Relations      []RuleRelation
	Agreements     []RuleAgreement
	Usage          []RuleUsage
	Duties         []RuleState
	Considerations []RuleState
	// ConflictSets are parties by constellation between which a wall stands.
	ConflictSets []struct {
		Constellation string
		Parties       []string
	}
	Deliveries []RuleDelivery
	Overrides  []RuleOverride
}

// Rules are compiled once and decide any number of requests. Immutable, any goroutine. Close them when done.
type Rules struct {
	handle  handle[*C.cstn_rules]
	version uint64
}

// rulesBuilder adds rows until one fails.
type rulesBuilder struct {
	ptr *C.cstn_rules_builder
	err error
}

func (b *rulesBuilder) add(call func(o *C.cstn_go_outcome)) {
	if b.err == nil {
		o := new(C.cstn_go_outcome)
		call(o)
		b.err = outcomeError(o)
	}
}

func (b *rulesBuilder) text(what, s string) *C.char {
	text, err := cText(what, s)
	if b.err == nil {
		b.err = err
	}
	return charPointer(text)
}

func (b *rulesBuilder) block(what string, texts []string) *C.char {
	block, err := textBlock(what, texts)
	if b.err == nil {
		b.err = err
	}
	return charPointer(block)
}

func noEnd(us int64) C.int64_t {
	if us == 0 {
		return math.MaxInt64
	}
	return C.int64_t(us)
}

func (b *rulesBuilder) words(c *RuleConstellation) *C.cstn_vocabulary {
	var purposes, paths, operands []string
	var classes []C.uint32_t
	var types []C.int32_t
	for _, p := range c.Purposes {
		purposes = append(purposes, p.Name, p.Parent)
	}
	for path, class := range c.Paths {
		paths = append(paths, path)
		classes = append(classes, C.uint32_t(class))
	}
	for operand, kind := range c.Operands {
		operands = append(operands, operand)
		types = append(types, C.int32_t(kind))
	}
	words := new(*C.cstn_vocabulary)
	b.add(func(o *C.cstn_go_outcome) {
		C.cstn_go_words_new(b.block("purposes", purposes), C.size_t(len(c.Purposes)), b.block("roles", c.Roles), C.size_t(len(c.Roles)),
			b.block("paths", paths), unsafe.SliceData(classes), C.size_t(len(paths)),
			b.block("operands", operands), unsafe.SliceData(types), C.size_t(len(operands)), words, o)
	})
	return *words
}

func (b *rulesBuilder) constellation(c *RuleConstellation) {
	words := b.words(c)
	defer C.cstn_vocabulary_unref(words)
	floors := [7]C.int64_t{C.int64_t(c.Contributors), C.int64_t(c.MaxSharePermille), C.int64_t(c.MinAgeUS), C.int64_t(c.Rows), C.int64_t(c.WallUS),
		C.int64_t(c.Values), C.int64_t(c.TPermille)}
	id, framework := b.text("constellation", c.ID), b.text("framework", c.Framework)
	b.add(func(o *C.cstn_go_outcome) {
		C.cstn_go_rules_add_constellation(b.ptr, id, framework, words, &floors[0], o)
	})
}

func parentBytes(parents []Digest, n int) (*C.uint8_t, error) {
	if parents == nil {
		return nil, nil
	}
	if len(parents) != n {
		return nil, invalid("%d parents of terms, %d expected", len(parents), n)
	}
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(parents))), nil
}

func (b *rulesBuilder) signed(a *RuleAgreement) {
	terms, err := a.Set.handle.use()
	if err != nil {
		b.err = err
		return
	}
	defer a.Set.handle.done()
	parents, err := parentBytes(a.TermParents, int(C.cstn_term_set_count(terms)))
	if err == nil {
		err = a.Signed.with(func(ptr *C.cstn_agreement, o *C.cstn_go_outcome) {
			C.cstn_go_rules_add_signed(b.ptr, ptr, terms, parents, o)
		})
	}
	b.err = err
}

func (b *rulesBuilder) agreement(a *RuleAgreement) {
	if b.err != nil {
		return
	}
	if a.Signed != nil && a.Set != nil {
		b.signed(a)
		return
	}
	terms := make([]C.uintptr_t, len(a.Terms))
	for i, term := range a.Terms {
		ptr, err := term.handle.use()
		if err != nil {
			b.err = err
			return
		}
		defer term.handle.done()
		terms[i] = C.uintptr_t(uintptr(unsafe.Pointer(ptr)))
	}
	parents, err := parentBytes(a.TermParents, len(a.Terms))
	if err != nil {
		b.err = err
		return
	}
	var flags C.uint32_t
	if a.RetiringSuspended {
		flags = C.CSTN_RULES_AGREEMENT_RETIRING_SUSPENDED
	}
	digests := append(append([]byte{}, a.Digest[:]...), a.Parent[:]...)
	times := [4]C.int64_t{C.int64_t(a.SignedUS), C.int64_t(a.ValidFromUS), noEnd(a.ValidUntilUS), noEnd(a.EffectiveUS)}
	place, from, to := b.text("constellation", a.Constellation), b.text("provider", a.Provider), b.text("recipient", a.Recipient)
	b.add(func(o *C.cstn_go_outcome) {
		C.cstn_go_rules_add_agreement(b.ptr, place, from, to, bytePointer(digests), C.int32_t(a.State), flags, &times[0],
			unsafe.SliceData(terms), parents, C.size_t(len(terms)), o)
	})
}

func (b *rulesBuilder) parties(spec *RulesSpec) {
	for i := range spec.Constellations {
		b.constellation(&spec.Constellations[i])
	}
	for i := range spec.Members {
		m := &spec.Members[i]
		place, who, roles := b.text("constellation", m.Constellation), b.text("party", m.Party), b.block("roles", m.Roles)
		b.add(func(o *C.cstn_go_outcome) {
			C.cstn_go_rules_add_membership(b.ptr, place, who, roles, C.size_t(len(m.Roles)), C.int64_t(m.FromUS), noEnd(m.UntilUS), o)
		})
	}
	for i := range spec.Relations {
		r := &spec.Relations[i]
		place, who, whom := b.text("constellation", r.Constellation), b.text("declarer", r.Declarer), b.text("other", r.Other)
		b.add(func(o *C.cstn_go_outcome) {
			C.cstn_go_rules_add_relation(b.ptr, place, who, whom, C.int32_t(r.Relation), C.int64_t(r.FromUS), noEnd(r.UntilUS), o)
		})
	}
}

func (b *rulesBuilder) said(spec *RulesSpec) {
	for i := range spec.Usage {
		u := &spec.Usage[i]
		digests := append(append([]byte{}, u.Agreement[:]...), u.Term[:]...)
		used := [4]C.uint64_t{C.uint64_t(u.Calls), C.uint64_t(u.Rows), C.uint64_t(u.RowsInAll), C.uint64_t(u.NanoEpsilon)}
		b.add(func(o *C.cstn_go_outcome) {
			C.cstn_go_rules_add_usage(b.ptr, bytePointer(digests), C.int64_t(u.AtUS), &used[0], o)
		})
	}
	for kind, states := range [][]RuleState{spec.Duties, spec.Considerations} {
		for i := range states {
			s := &states[i]
			digests := append(append([]byte{}, s.Agreement[:]...), s.Term[:]...)
			b.add(func(o *C.cstn_go_outcome) {
				C.cstn_go_rules_add_state(b.ptr, bytePointer(digests), C.int32_t(kind), C.uint32_t(s.Index), C.int32_t(s.State), noEnd(s.DeadlineUS), o)
			})
		}
	}
	for i := range spec.ConflictSets {
		s := &spec.ConflictSets[i]
		place, parties := b.text("constellation", s.Constellation), b.block("parties", s.Parties)
		b.add(func(o *C.cstn_go_outcome) {
			C.cstn_go_rules_add_conflict_set(b.ptr, place, parties, C.size_t(len(s.Parties)), o)
		})
	}
	for i := range spec.Deliveries {
		d := &spec.Deliveries[i]
		place, from, to := b.text("constellation", d.Constellation), b.text("provider", d.Provider), b.text("recipient", d.Recipient)
		b.add(func(o *C.cstn_go_outcome) {
			C.cstn_go_rules_add_delivery(b.ptr, place, from, to, C.uint32_t(d.Classes), C.int64_t(d.AtUS), o)
		})
	}
	for i := range spec.Overrides {
		note := []byte(spec.Overrides[i].Note)
		if b.err == nil {
			b.err = spec.Overrides[i].Keys.read(func(keys *C.cstn_party_keys, o *C.cstn_go_outcome) {
				C.cstn_go_rules_add_override(b.ptr, charPointer(note), C.size_t(len(note)), keys, o)
			})
		}
	}
}

// NewRules compiles rules. It returns [ErrInvalidArgument] or [ErrDuplicate] for what breaks its rule,
// [ErrNotFound] for what is of an agreement, term or constellation that is not there, [ErrUnevaluable] for a
// term that its constellation cannot evaluate, [ErrSignature] for an override that two officers have not
// signed.
func NewRules(spec *RulesSpec, opts ...Option) (*Rules, error) {
	var b rulesBuilder
	rules, err := construct(memoryOf(opts), func(ptr *C.cstn_rules) *Rules {
		r := &Rules{version: spec.Version}
		r.handle.open(ptr, "rules", func(p *C.cstn_rules) { C.cstn_rules_unref(p) })
		return r
	}, func(allocator *C.cstn_allocator, out **C.cstn_rules, o *C.cstn_go_outcome) {
		ptr := new(*C.cstn_rules_builder)
		b.add(func(inner *C.cstn_go_outcome) { C.cstn_go_rules_builder_new(allocator, ptr, inner) })
		b.ptr = *ptr
		defer C.cstn_rules_builder_free(b.ptr)
		C.cstn_rules_builder_set_version(b.ptr, C.uint64_t(spec.Version))
		b.parties(spec)
		for i := range spec.Agreements {
			b.agreement(&spec.Agreements[i])
		}
		b.said(spec)
		if b.err == nil {
			C.cstn_go_rules_build(b.ptr, out, o)
		}
	})
	runtime.KeepAlive(spec)
	if b.err != nil {
		return nil, b.err
	}
	return rules, err
}

// Version is how decisions name these rules, also after Close.
func (r *Rules) Version() uint64 { return r.version }

// Close gives the rules back; decisions live on. Idempotent; the error is always nil.
func (r *Rules) Close() error {
	r.handle.close()
	return nil
}

// Request is who wants what from whom, what for, when. A Level of 0 is raw; data windows and rows of 0 are not
// said.
type Request struct {
	Constellation, Provider, Recipient, Role, Purpose string
	Action                                            uint32
	Level                                             RuleLevel
	Paths, Hops                                       []string
	DataFromUS, DataUntilUS, NowUS                    int64
	Facts                                             []Fact
	Rows, NanoEpsilon                                 uint64
	Nonce                                             [C.CSTN_REQUEST_NONCE_SIZE]byte
	DowngradeOK, AllOrNothing                         bool
}

// Decision is what was decided. Its fields may be read by any goroutine, also after Close.
type Decision struct {
	handle handle[*C.cstn_decision]
	// Permitted says that every field is.
	Permitted bool
	// Reason is that of the first field, by path, that is denied; "PERMIT" if none is.
	Reason string
	// Fields are in the order of their paths' bytes.
	Fields []DecidedField
	// Obligations are of each term that grants: its duties during and after that are not done, and its retention.
	Obligations []Obligation
	// Reservations are one a term that grants, and one a term that it derives from.
	Reservations []Reservation
	// Record is the decision record, canonical JSON of all that.
	Record string
	// Digest is that of the record.
	Digest Digest
}

// names are the texts of a request, as the bridge takes them.
func (q *Request) names() ([]byte, error) {
	texts := append([]string{q.Constellation, q.Provider, q.Recipient, q.Purpose, q.Role}, q.Paths...)
	return textBlock("a name of a request", append(texts, q.Hops...))
}

// c is the rest of a request, as the bridge takes it.
func (q *Request) c() C.cstn_go_request {
	request := C.cstn_go_request{action: C.uint32_t(q.Action), level: C.int32_t(q.Level), n_paths: C.size_t(len(q.Paths)),
		n_hops: C.size_t(len(q.Hops)), rows: C.uint64_t(q.Rows), nano_epsilon: C.uint64_t(q.NanoEpsilon),
		times: [3]C.int64_t{C.int64_t(q.DataFromUS), C.int64_t(q.DataUntilUS), C.int64_t(q.NowUS)}}
	if q.DowngradeOK {
		request.flags |= C.CSTN_REQUEST_DOWNGRADE_OK
	}
	if q.AllOrNothing {
		request.flags |= C.CSTN_REQUEST_ALL_OR_NOTHING
	}
	for i, b := range q.Nonce {
		request.nonce[i] = C.uint8_t(b)
	}
	return request
}

// Decide decides a request; a denial is a decision too. The same rules and request give the same bytes, on any
// goroutine. It returns [ErrInvalidArgument] and [ErrLimit] for a malformed request.
func (r *Rules) Decide(q *Request) (*Decision, error) {
	names, err := q.names()
	if err != nil {
		return nil, err
	}
	ptr, err := r.handle.use()
	if err != nil {
		return nil, err
	}
	defer r.handle.done()
	request := q.c()
	o, out := new(C.cstn_go_outcome), new(*C.cstn_decision)
	d := new(Decision)
	err = cFacts(q.Facts, func(given *C.cstn_go_facts) {
		d.Record = bufferText(func(record **C.cstn_buffer) {
			C.cstn_go_decide(ptr, &request, charPointer(names), given, out, record, (*C.uint8_t)(&d.Digest[0]), o)
		})
	})
	if err != nil {
		return nil, err
	}
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	d.handle.open(*out, "decision", func(p *C.cstn_decision) { C.cstn_decision_unref(p) })
	d.read(*out)
	return d, nil
}

func (d *Decision) text(call func(ptr *C.cstn_decision, out **C.cstn_buffer, o *C.cstn_go_outcome)) (string, error) {
	ptr, err := d.handle.use()
	if err != nil {
		return "", err
	}
	defer d.handle.done()
	o := new(C.cstn_go_outcome)
	text := bufferText(func(out **C.cstn_buffer) { call(ptr, out, o) })
	return text, outcomeError(o)
}

// Explain gives the path through the steps in words; for the provider only.
func (d *Decision) Explain() (string, error) {
	return d.text(func(ptr *C.cstn_decision, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_decision_explain(ptr, out, o)
	})
}

// Close gives the decision back. Idempotent; the error is always nil.
func (d *Decision) Close() error {
	d.handle.close()
	return nil
}

// OverrideText is the text of an override, which two officers of the provider sign: these fields leave as fine
// as level, in [fromUS, untilUS). It returns [ErrInvalidArgument].
func OverrideText(constellation, provider, recipient string, paths []string, level RuleLevel, fromUS, untilUS int64) (string, error) {
	var b rulesBuilder
	place, from, to := b.text("constellation", constellation), b.text("provider", provider), b.text("recipient", recipient)
	block := b.block("paths", paths)
	var text string
	b.add(func(o *C.cstn_go_outcome) {
		text = bufferText(func(out **C.cstn_buffer) {
			C.cstn_go_override_format(C.int32_t(level), place, from, to, block, C.size_t(len(paths)), C.int64_t(fromUS), C.int64_t(untilUS), out, o)
		})
	})
	return text, b.err
}
