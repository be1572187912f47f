package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_vocabulary_operand
#cgo nocallback cstn_go_vocabulary_operand
#cgo noescape cstn_go_vocabulary_purpose
#cgo nocallback cstn_go_vocabulary_purpose
#cgo noescape cstn_go_vocabulary_role
#cgo nocallback cstn_go_vocabulary_role
#cgo noescape cstn_go_vocabulary_path
#cgo nocallback cstn_go_vocabulary_path
#cgo noescape cstn_go_path_check
#cgo nocallback cstn_go_path_check
#cgo noescape cstn_go_constraint_read
#cgo nocallback cstn_go_constraint_read
#cgo nocallback cstn_vocabulary_covers
#cgo nocallback cstn_vocabulary_classes
#cgo nocallback cstn_constraint_unref
#cgo nocallback cstn_condition_unref
#cgo nocallback cstn_vocabulary_unref
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// OperandType is the type of an operand's values.
type OperandType int32

// Limits of vocabularies and constraints.
const (
	PathMost                = C.CSTN_PATH_MOST                 // bytes of a path
	VocabularyMost          = C.CSTN_VOCABULARY_MOST           // names of a vocabulary
	ConstraintDepthMost     = C.CSTN_CONSTRAINT_DEPTH_MOST     // levels of a constraint
	ConstraintNodesMost     = C.CSTN_CONSTRAINT_NODES_MOST     // leaves and what joins them
	ConstraintValuesMost    = C.CSTN_CONSTRAINT_VALUES_MOST    // values of a leaf
	ConstraintIDMost        = C.CSTN_CONSTRAINT_ID_MOST        // bytes of an id
	ConstraintConjunctsMost = C.CSTN_CONSTRAINT_CONJUNCTS_MOST // beyond them static checks are unknown
)

// Types of operands.
const (
	OperandInt64    OperandType = C.CSTN_OPERAND_INT64
	OperandDecimal  OperandType = C.CSTN_OPERAND_DECIMAL  // an int64 at a scale
	OperandInstant  OperandType = C.CSTN_OPERAND_INSTANT  // microseconds since 1970-01-01 UTC
	OperandDuration OperandType = C.CSTN_OPERAND_DURATION // microseconds
	OperandID       OperandType = C.CSTN_OPERAND_ID
	OperandIDSet    OperandType = C.CSTN_OPERAND_ID_SET // may be empty
)

// FieldClass is what a field is, as bits.
type FieldClass uint32

// Classes of fields.
const (
	ClassPublic      FieldClass = C.CSTN_CLASS_PUBLIC
	ClassOperational FieldClass = C.CSTN_CLASS_OPERATIONAL
	ClassCompetitive FieldClass = C.CSTN_CLASS_COMPETITIVE
	ClassPIIDirect   FieldClass = C.CSTN_CLASS_PII_DIRECT
	ClassPIIQuasi    FieldClass = C.CSTN_CLASS_PII_QUASI
	ClassSpecial     FieldClass = C.CSTN_CLASS_SPECIAL
)

// Operand is an operand to register.
type Operand struct {
	Name   string
	Type   OperandType
	Scale  int32    // decimals of a decimal, 0..18
	Least  *int64   // the smallest value, at the scale; nil: no bound
	Most   *int64   // the greatest
	IDs    []string // the ids there are; nil: any
	AtMost string   // another operand of the type, registered before, that it never exceeds; "": none
}

// VocabularySpec is what a constellation speaks, beside the built-in operands now, purpose, role, party,
// group, framework, hops, data_age, rows, agreement_age.
type VocabularySpec struct {
	Operands []Operand
	Purposes map[string][]string // purposes, and those right above each
	Roles    []string
	Paths    map[string]FieldClass // "noun.field", "noun[].field", "noun.*"
}

// Vocabulary is what a constellation speaks. Immutable; any goroutine. Close it when done.
type Vocabulary struct {
	handle handle[*C.cstn_vocabulary]
}

func openVocabulary(ptr *C.cstn_vocabulary) *Vocabulary {
	v := new(Vocabulary)
	v.handle.open(ptr, "vocabulary", func(p *C.cstn_vocabulary) { C.cstn_vocabulary_unref(p) })
	return v
}

func orZero(value *int64, flag C.uint32_t, flags *C.uint32_t) C.int64_t {
	if value == nil {
		return 0
	}
	*flags |= flag
	return C.int64_t(*value)
}

func addOperand(builder *C.cstn_vocabulary_builder, operand Operand) error {
	name, err := cText("an operand", operand.Name)
	if err != nil {
		return err
	}
	bound, err := cText("an operand", operand.AtMost)
	if err != nil {
		return err
	}
	ids, err := textBlock("an id", operand.IDs)
	if err != nil {
		return err
	}
	var o C.cstn_go_outcome
	var flags C.uint32_t
	least := orZero(operand.Least, C.CSTN_OPERAND_HAS_LEAST, &flags)
	most := orZero(operand.Most, C.CSTN_OPERAND_HAS_MOST, &flags)
	C.cstn_go_vocabulary_operand(builder, charPointer(name), flags, C.int32_t(operand.Type), C.int32_t(operand.Scale), least, most,
		charPointer(ids), C.size_t(len(operand.IDs)), charPointer(bound), &o)
	return outcomeError(&o)
}

func addPurpose(builder *C.cstn_vocabulary_builder, purpose, parent string) error {
	name, err := cText("a purpose", purpose)
	if err != nil {
		return err
	}
	above, err := cText("a purpose", parent)
	if err != nil {
		return err
	}
	var o C.cstn_go_outcome
	C.cstn_go_vocabulary_purpose(builder, charPointer(name), charPointer(above), &o)
	return outcomeError(&o)
}

func (s *VocabularySpec) addTo(builder *C.cstn_vocabulary_builder) error {
	for _, operand := range s.Operands {
		if err := addOperand(builder, operand); err != nil {
			return err
		}
	}
	for purpose, parents := range s.Purposes {
		for _, parent := range append([]string{""}, parents...) {
			if err := addPurpose(builder, purpose, parent); err != nil {
				return err
			}
		}
	}
	for _, role := range s.Roles {
		name, err := cText("a role", role)
		if err != nil {
			return err
		}
		var o C.cstn_go_outcome
		C.cstn_go_vocabulary_role(builder, charPointer(name), &o)
		if err := outcomeError(&o); err != nil {
			return err
		}
	}
	for path, classes := range s.Paths {
		name, err := cText("a path", path)
		if err != nil {
			return err
		}
		var o C.cstn_go_outcome
		C.cstn_go_vocabulary_path(builder, charPointer(name), C.uint32_t(classes), &o)
		if err := outcomeError(&o); err != nil {
			return err
		}
	}
	return nil
}

// NewVocabulary makes a vocabulary. It returns [ErrInvalidArgument] with value and rule, [ErrDuplicate] for an
// operand that is there, [ErrLimit].
func NewVocabulary(spec VocabularySpec, opts ...Option) (*Vocabulary, error) {
	var failed error
	made, err := construct(memoryOf(opts), openVocabulary, func(allocator *C.cstn_allocator, out **C.cstn_vocabulary, o *C.cstn_go_outcome) {
		builder := new(*C.cstn_vocabulary_builder)
		C.cstn_go_vocabulary_builder_new(allocator, builder, o)
		if *builder == nil {
			return
		}
		defer C.cstn_vocabulary_builder_free(*builder)
		if failed = spec.addTo(*builder); failed == nil {
			C.cstn_go_vocabulary_build(*builder, out, o)
		}
	})
	if failed != nil {
		return nil, failed
	}
	return made, err
}

// Close gives the vocabulary back. Idempotent; the error is always nil.
func (v *Vocabulary) Close() error {
	v.handle.close()
	return nil
}

// Covers says whether a purpose is above or a descendant of it; false after Close.
func (v *Vocabulary) Covers(above, purpose string) bool {
	ptr, err := v.handle.use()
	if err != nil {
		return false
	}
	defer v.handle.done()
	a, b := []byte(above), []byte(purpose)
	return C.cstn_vocabulary_covers(ptr, charPointer(a), C.size_t(len(a)), charPointer(b), C.size_t(len(b))) == 1
}

// Classes are those of a path and of the star above it; without any, competitive and direct personal data.
// It returns [ErrInvalidArgument] for what is no path.
func (v *Vocabulary) Classes(path string) (FieldClass, error) {
	ptr, err := v.handle.use()
	if err != nil {
		return 0, err
	}
	defer v.handle.done()
	text, err := cText("a path", path)
	if err != nil {
		return 0, err
	}
	var o C.cstn_go_outcome
	C.cstn_go_path_check(charPointer(text), &o)
	return FieldClass(C.cstn_vocabulary_classes(ptr, charPointer(text), C.size_t(len(path)))), outcomeError(&o)
}

// Truth is one of three.
type Truth int32

// Truths: what is not known is never true.
const (
	False   Truth = C.CSTN_TRUTH_FALSE
	Unknown Truth = C.CSTN_TRUTH_UNKNOWN
	True    Truth = C.CSTN_TRUTH_TRUE
)

// Fact is what a request says of an operand.
type Fact struct {
	Operand string
	Type    OperandType
	Scale   int32    // of a decimal
	Number  int64    // numbers and times
	IDs     []string // an id: one; a set: any number
}

// cFacts lays facts out; call runs while they stay where they are.
func cFacts(facts []Fact, call func(*C.cstn_go_facts)) error {
	n := len(facts)
	names, ids := make([]string, n), []string{}
	types, scales := make([]C.int32_t, n+1), make([]C.int32_t, n+1)
	numbers, counts := make([]C.int64_t, n+1), make([]C.size_t, n+1)
	for i, fact := range facts {
		names[i], types[i], scales[i] = fact.Operand, C.int32_t(fact.Type), C.int32_t(fact.Scale)
		numbers[i], counts[i] = C.int64_t(fact.Number), C.size_t(len(fact.IDs))
		ids = append(ids, fact.IDs...)
	}
	nameBlock, err := textBlock("an operand", names)
	if err != nil {
		return err
	}
	idBlock, err := textBlock("an id", ids)
	if err != nil {
		return err
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	for _, p := range []any{&nameBlock[0], &idBlock[0], &types[0], &scales[0], &numbers[0], &counts[0]} {
		pin.Pin(p)
	}
	given := C.cstn_go_facts{names: charPointer(nameBlock), types: unsafe.SliceData(types), scales: unsafe.SliceData(scales),
		numbers: unsafe.SliceData(numbers), ids: charPointer(idBlock), n_ids: unsafe.SliceData(counts), n: C.size_t(n)}
	call(&given)
	return nil
}

// Constraint is a tree of conditions. Immutable; any goroutine. Close it when done.
type Constraint struct {
	handle handle[*C.cstn_constraint]
}

func openConstraint(ptr *C.cstn_constraint) *Constraint {
	c := new(Constraint)
	c.handle.open(ptr, "constraint", func(p *C.cstn_constraint) { C.cstn_constraint_unref(p) })
	return c
}

// ReadConstraint reads JSON: {"and":[...]}, "or", "xone", {"not":...}, or a leaf
// {"operand":"now","operator":"lteq","type":"instant","value":1767225600000000}. It returns [ErrFormat] with the
// byte or the place, and [ErrLimit].
func ReadConstraint(text []byte, opts ...Option) (*Constraint, error) {
	return construct(memoryOf(opts), openConstraint, func(allocator *C.cstn_allocator, out **C.cstn_constraint, o *C.cstn_go_outcome) {
		C.cstn_go_constraint_read(charPointer(text), C.size_t(len(text)), allocator, out, o)
	})
}

// Close gives the constraint back. Idempotent; the error is always nil.
func (c *Constraint) Close() error {
	c.handle.close()
	return nil
}

func (c *Constraint) buffer(call func(ptr *C.cstn_constraint, out **C.cstn_buffer, o *C.cstn_go_outcome)) (string, error) {
	ptr, err := c.handle.use()
	if err != nil {
		return "", err
	}
	defer c.handle.done()
	o := new(C.cstn_go_outcome)
	text := bufferText(func(out **C.cstn_buffer) { call(ptr, out, o) })
	return text, outcomeError(o)
}

// JSON is the canonical JSON (RFC 8785).
func (c *Constraint) JSON() (string, error) {
	return c.buffer(func(ptr *C.cstn_constraint, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_constraint_json(ptr, out, o)
	})
}

// Text is the constraint in English words.
func (c *Constraint) Text() (string, error) {
	return c.buffer(func(ptr *C.cstn_constraint, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_constraint_text(ptr, out, o)
	})
}

// in runs a call on a constraint and a vocabulary.
func (c *Constraint) in(v *Vocabulary, call func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) error) error {
	ptr, err := c.handle.use()
	if err != nil {
		return err
	}
	defer c.handle.done()
	vocabulary, err := v.handle.use()
	if err != nil {
		return err
	}
	defer v.handle.done()
	o := new(C.cstn_go_outcome)
	if err := call(ptr, vocabulary, o); err != nil {
		return err
	}
	return outcomeError(o)
}

// Check returns [ErrUnevaluable], which names operand and value, if the vocabulary cannot evaluate it.
func (c *Constraint) Check(v *Vocabulary) error {
	return c.in(v, func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) error {
		C.cstn_go_constraint_check(ptr, vocabulary, o)
		return nil
	})
}

// Evaluate says what it is of facts: an operand without a fact, or with one that is ill-typed, is Unknown.
func (c *Constraint) Evaluate(v *Vocabulary, facts ...Fact) (Truth, error) {
	truth := new(C.int32_t)
	*truth = C.CSTN_TRUTH_UNKNOWN
	err := c.in(v, func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) error {
		return cFacts(facts, func(given *C.cstn_go_facts) { C.cstn_go_constraint_evaluate(ptr, vocabulary, given, truth, o) })
	})
	return Truth(*truth), err
}

// Explain says how it comes to its truth, a line a node.
func (c *Constraint) Explain(v *Vocabulary, facts ...Fact) (string, error) {
	text := ""
	err := c.in(v, func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) error {
		return cFacts(facts, func(given *C.cstn_go_facts) {
			text = bufferText(func(out **C.cstn_buffer) { C.cstn_go_constraint_explain(ptr, vocabulary, given, out, o) })
		})
	})
	return text, err
}

func answer(is, unknown C.int32_t) Truth {
	switch {
	case unknown != 0:
		return Unknown
	case is != 0:
		return True
	}
	return False
}

// IsRealizable says whether any facts satisfy it; Unknown if that is not decided.
func (c *Constraint) IsRealizable(v *Vocabulary) (Truth, error) {
	found := new([2]C.int32_t)
	err := c.in(v, func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) error {
		C.cstn_go_constraint_realizable(ptr, vocabulary, &found[0], &found[1], o)
		return nil
	})
	return answer(found[0], found[1]), err
}

// Implies says whether all facts that satisfy it satisfy another too; Unknown if that is not decided.
func (c *Constraint) Implies(other *Constraint, v *Vocabulary) (Truth, error) {
	found := new([2]C.int32_t)
	err := c.in(v, func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) error {
		implied, err := other.handle.use()
		if err != nil {
			return err
		}
		defer other.handle.done()
		C.cstn_go_constraint_implied(implied, ptr, vocabulary, &found[0], &found[1], o)
		return nil
	})
	return answer(found[0], found[1]), err
}

// Comparison is whether two constraints, or two terms, go together.
type Comparison int32

// Comparisons.
const (
	CompareUnknown        Comparison = C.CSTN_COMPARE_UNKNOWN
	CompareConflict       Comparison = C.CSTN_COMPARE_CONFLICT       // nothing satisfies both
	CompareCompatible     Comparison = C.CSTN_COMPARE_COMPATIBLE     // something does, and both speak of the same operands
	CompareUnderspecified Comparison = C.CSTN_COMPARE_UNDERSPECIFIED // something does
)

// Compare says whether two constraints go together.
func (c *Constraint) Compare(other *Constraint, v *Vocabulary) (Comparison, error) {
	verdict := new(C.int32_t)
	err := c.in(v, func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) error {
		second, err := other.handle.use()
		if err != nil {
			return err
		}
		defer other.handle.done()
		C.cstn_go_constraint_compare(ptr, second, vocabulary, verdict, o)
		return nil
	})
	return Comparison(*verdict), err
}

// Condition is a constraint compiled for a vocabulary. Immutable; any goroutine. Close it when done.
type Condition struct {
	handle handle[*C.cstn_condition]
}

func openCondition(ptr *C.cstn_condition) *Condition {
	c := new(Condition)
	c.handle.open(ptr, "condition", func(p *C.cstn_condition) { C.cstn_condition_unref(p) })
	return c
}

// Compile prepares it to be evaluated often; [ErrUnevaluable] as Check.
func (c *Constraint) Compile(v *Vocabulary, opts ...Option) (*Condition, error) {
	var made *Condition
	err := c.in(v, func(ptr *C.cstn_constraint, vocabulary *C.cstn_vocabulary, _ *C.cstn_go_outcome) error {
		var err error
		made, err = construct(memoryOf(opts), openCondition, func(allocator *C.cstn_allocator, out **C.cstn_condition, o *C.cstn_go_outcome) {
			C.cstn_go_condition_compile(ptr, vocabulary, allocator, out, o)
		})
		return err
	})
	return made, err
}

// Evaluate says what [Constraint.Evaluate] says of the same facts.
func (c *Condition) Evaluate(facts ...Fact) (Truth, error) {
	ptr, err := c.handle.use()
	if err != nil {
		return Unknown, err
	}
	defer c.handle.done()
	truth, o := new(C.int32_t), new(C.cstn_go_outcome)
	*truth = C.CSTN_TRUTH_UNKNOWN
	if err := cFacts(facts, func(given *C.cstn_go_facts) { C.cstn_go_condition_evaluate(ptr, given, truth, o) }); err != nil {
		return Unknown, err
	}
	return Truth(*truth), outcomeError(o)
}

// Close gives the condition back. Idempotent; the error is always nil.
func (c *Condition) Close() error {
	c.handle.close()
	return nil
}

// Compare says whether any request falls under an offer and a counter-offer.
func (t *Term) Compare(counter *Term, v *Vocabulary) (Comparison, error) {
	verdict := new(C.int32_t)
	err := withThree(&t.handle, &counter.handle, v, func(a, b *C.cstn_term, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) {
		C.cstn_go_terms_compare(a, b, vocabulary, verdict, o)
	})
	return Comparison(*verdict), err
}

// AgreementComparison is whether one agreement prohibits what another permits.
type AgreementComparison int32

// Comparisons of agreements.
const (
	AgreementsUnknown   AgreementComparison = C.CSTN_AGREEMENTS_UNKNOWN
	AgreementsConflict  AgreementComparison = C.CSTN_AGREEMENTS_CONFLICT  // all that one permits somewhere
	AgreementsAmbiguous AgreementComparison = C.CSTN_AGREEMENTS_AMBIGUOUS // a part of it
	AgreementsNone      AgreementComparison = C.CSTN_AGREEMENTS_NONE
)

// Compare says whether one set prohibits what another permits.
func (s *TermSet) Compare(other *TermSet, v *Vocabulary) (AgreementComparison, error) {
	verdict := new(C.int32_t)
	err := withThree(&s.handle, &other.handle, v, func(a, b *C.cstn_term_set, vocabulary *C.cstn_vocabulary, o *C.cstn_go_outcome) {
		C.cstn_go_agreements_compare(a, b, vocabulary, verdict, o)
	})
	return AgreementComparison(*verdict), err
}

// orNone uses a vocabulary, or none; done must follow when err is nil.
func (v *Vocabulary) orNone() (ptr *C.cstn_vocabulary, done func(), err error) {
	if v == nil {
		return nil, func() {}, nil
	}
	ptr, err = v.handle.use()
	return ptr, v.handle.done, err
}

// withThree runs a call on two objects of a kind and a vocabulary, or none.
func withThree[P comparable](a, b *handle[P], v *Vocabulary, call func(P, P, *C.cstn_vocabulary, *C.cstn_go_outcome)) error {
	first, err := a.use()
	if err != nil {
		return err
	}
	defer a.done()
	second, err := b.use()
	if err != nil {
		return err
	}
	defer b.done()
	vocabulary, done, err := v.orNone()
	if err != nil {
		return err
	}
	defer done()
	o := new(C.cstn_go_outcome)
	call(first, second, vocabulary, o)
	return outcomeError(o)
}
