package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_term_is_realizable
#cgo nocallback cstn_go_term_is_realizable
#cgo noescape cstn_go_offer_check
#cgo nocallback cstn_go_offer_check
#cgo nocallback cstn_offer_defects_count
#cgo nocallback cstn_offer_defects_at
#cgo nocallback cstn_offer_defects_free
*/
import "C"

// IsRealizable says whether there is any request that the term's condition, its windows, purpose and recipient let
// pass together; Unknown if that is not decided. It returns [ErrLimit] for a condition as deep or large as conditions
// may be. Any goroutine. It costs what [Constraint.IsRealizable] does.
func (t *Term) IsRealizable(v *Vocabulary) (Truth, error) {
	term, err := t.handle.use()
	if err != nil {
		return Unknown, err
	}
	defer t.handle.done()
	vocabulary, err := v.handle.use()
	if err != nil {
		return Unknown, err
	}
	defer v.handle.done()
	found, o := new([2]C.int32_t), new(C.cstn_go_outcome)
	C.cstn_go_term_is_realizable(term, vocabulary, &found[0], &found[1], o)
	return answer(found[0], found[1]), outcomeError(o)
}

// OfferOptions say what is known about an offer beside its terms. nil, like the zero value: nothing.
type OfferOptions struct {
	// DualPair: provider and recipient are partners here, and competitors in another constellation.
	DualPair bool
	// DutyActions are duties that events of the host fulfil, beside attribute, confidential, delete, destroy_key, pay and
	// return, which the library records.
	DutyActions []string
}

// OfferDefect is why an offer is refused.
type OfferDefect struct {
	Term      int    // index in the set, [TermSet.Terms]
	Component string // "fields", "constraint"
	Operand   string // what is spoken of: an operand, "purpose", "path", "action"
	Value     string // the value at fault; "" if there is none
	Rule      string // the rule that it breaks, in English; its wording may change
}

// OfferRefusedError is the error of terms that may not be offered, with all that is wrong with them, by term and
// component. errors.Is finds [ErrUnevaluable] in it, errors.As the *[Error].
type OfferRefusedError struct {
	Defects []OfferDefect
	cause   error
}

// Error names the first defect and how many more there are.
func (e *OfferRefusedError) Error() string { return e.cause.Error() }

// Unwrap gives the *[Error].
func (e *OfferRefusedError) Unwrap() error { return e.cause }

// CheckOffer says whether the terms may be offered. Refused is what could not be evaluated later, or has no effect: an
// operand that is not registered, an operator that its type lacks, a value outside its domain; an unknown purpose, role
// or path; a duty that no recorded event fulfils; an empty window; a condition that no request satisfies; a permission
// without consideration, or to sell or give to nobody; competitive fields at level raw in a dual pair without
// acknowledgement. It returns an *[OfferRefusedError] with all defects, or [ErrInvalidArgument]. Any goroutine.
// O(size), and [Term.IsRealizable] a term.
func (s *TermSet) CheckOffer(v *Vocabulary, options *OfferOptions) error {
	options = orDefault(options)
	var flags C.uint32_t
	if options.DualPair {
		flags = C.CSTN_OFFER_DUAL_PAIR
	}
	actions, err := textBlock("an action of a duty", options.DutyActions)
	if err != nil {
		return err
	}
	set, err := s.handle.use()
	if err != nil {
		return err
	}
	defer s.handle.done()
	vocabulary, err := v.handle.use()
	if err != nil {
		return err
	}
	defer v.handle.done()
	o, defects := new(C.cstn_go_outcome), new(*C.cstn_offer_defects)
	C.cstn_go_offer_check(set, flags, vocabulary, charPointer(actions), C.size_t(len(options.DutyActions)), defects, o)
	defer C.cstn_offer_defects_free(*defects)
	err = outcomeError(o)
	if *defects != nil {
		err = &OfferRefusedError{offerDefects(*defects), err}
	}
	return err
}

func offerDefects(from *C.cstn_offer_defects) []OfferDefect {
	defects := make([]OfferDefect, C.cstn_offer_defects_count(from))
	for i := range defects {
		d := C.cstn_offer_defects_at(from, C.size_t(i))
		defects[i] = OfferDefect{int(d.term), C.GoString(C.cstn_term_component_name(d.component)), C.GoString(d.operand), C.GoString(d.value), C.GoString(d.rule)}
	}
	return defects
}
