package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_odrl_import
#cgo nocallback cstn_go_odrl_import
#cgo nocallback cstn_odrl_policy_unref
#cgo nocallback cstn_odrl_policy_uid
#cgo nocallback cstn_odrl_rule_count
#cgo noescape cstn_odrl_rule_at
#cgo nocallback cstn_odrl_rule_at
#cgo noescape cstn_odrl_component_at
#cgo nocallback cstn_odrl_component_at
#cgo noescape cstn_odrl_duty_action
#cgo nocallback cstn_odrl_duty_action
#cgo nocallback cstn_odrl_refusal_count
#cgo nocallback cstn_odrl_refusal_place
#cgo nocallback cstn_odrl_refusal_operand
#cgo nocallback cstn_odrl_refusal_value
#cgo nocallback cstn_odrl_refusal_reason
#cgo nocallback cstn_odrl_refusals_free
#cgo nocallback cstn_constraint_ref
*/
import "C"

import "unsafe"

// ODRLKind is what a rule of a policy does.
type ODRLKind int32

// Kinds of rules.
const (
	ODRLPermission  ODRLKind = C.CSTN_ODRL_PERMISSION
	ODRLProhibition ODRLKind = C.CSTN_ODRL_PROHIBITION
	ODRLObligation  ODRLKind = C.CSTN_ODRL_OBLIGATION
)

// ODRLComponentKind is what a component of a rule says.
type ODRLComponentKind int32

// Kinds of components.
const (
	ODRLMembership          ODRLComponentKind = C.CSTN_ODRL_MEMBERSHIP            // the recipient is a member: always asked for
	ODRLCalls               ODRLComponentKind = C.CSTN_ODRL_CALLS                 // Number calls at most; 0: as many as one likes
	ODRLRetentionUntil      ODRLComponentKind = C.CSTN_ODRL_RETENTION_UNTIL       // Number: an instant
	ODRLRetentionFor        ODRLComponentKind = C.CSTN_ODRL_RETENTION_FOR         // Number: a duration from delivery
	ODRLRetentionWithoutEnd ODRLComponentKind = C.CSTN_ODRL_RETENTION_WITHOUT_END // it may be kept
	ODRLValidUntil          ODRLComponentKind = C.CSTN_ODRL_VALID_UNTIL           // Number: the instant at which the term ends
	ODRLValidFor            ODRLComponentKind = C.CSTN_ODRL_VALID_FOR             // Number: the duration after which it ends
	ODRLOnwardList          ODRLComponentKind = C.CSTN_ODRL_ONWARD_LIST           // IDs: to whom it may be passed on
	ODRLOnwardNone          ODRLComponentKind = C.CSTN_ODRL_ONWARD_NONE           // it may not be passed on
	ODRLProhibitDerive      ODRLComponentKind = C.CSTN_ODRL_PROHIBIT_DERIVE       // to derive is prohibited
	ODRLDeliveredDelete     ODRLComponentKind = C.CSTN_ODRL_DELIVERED_DELETE      // on revocation what was delivered is deleted
	ODRLDeliveredKeep       ODRLComponentKind = C.CSTN_ODRL_DELIVERED_KEEP        // ... is kept
	ODRLLegalClause         ODRLComponentKind = C.CSTN_ODRL_LEGAL_CLAUSE          // Text: canonical JSON of what is not evaluated
)

// ODRLComponent is what a rule says that is no condition but a component of a term. Instants and durations are
// microseconds, instants since 1970-01-01 UTC.
type ODRLComponent struct {
	Kind   ODRLComponentKind
	Number int64
	Text   string // the left operand as it stood; of a legal clause its JSON
	IDs    []string
}

// ODRLDuty is a duty of a rule, "compensate".
type ODRLDuty struct {
	Action string
	UID    string // "": it has no name
}

// ODRLRule is a rule of a policy. No id is ever empty: "" is that there is none.
type ODRLRule struct {
	Kind ODRLKind
	// Actions are bits of ActionRead and so on; AnyAction: the rule names none, and they are all.
	Actions   uint32
	AnyAction bool
	UID       string
	Assigner  string
	// Assignee: whom it is for; "" is anybody. A collection of parties has a name, and a source or "".
	Assignee           string
	AssigneeCollection bool
	AssigneeSource     string
	// Target: what it is of; "" is anything. A collection of assets has a name, and a source or "".
	Target           string
	TargetCollection bool
	TargetSource     string
	// Constraint is its condition; nil is none. It belongs to the policy: Close of the policy closes it.
	Constraint *Constraint
	Components []ODRLComponent
	// ComponentsOnly: the rule is what its components say, and none on its actions.
	ComponentsOnly bool
	Duties         []ODRLDuty
}

// ODRLPolicy is a policy of the Open Digital Rights Language (W3C, 2018) that was read. Any goroutine, as long as none
// changes its fields.
type ODRLPolicy struct {
	UID   string     // "": it has no name
	Rules []ODRLRule // permissions first, then prohibitions, then obligations
}

// Close gives the constraints of the rules back. Idempotent; the error is always nil.
func (p *ODRLPolicy) Close() error {
	for i := range p.Rules {
		if c := p.Rules[i].Constraint; c != nil {
			c.handle.close()
		}
	}
	return nil
}

// ODRLRefusal is something in a policy that nobody can evaluate.
type ODRLRefusal struct {
	Place   string // a JSON pointer, cut at 255 bytes
	Operand string // the left operand, or the member that is refused
	Value   string // as text; "" if it is not of a value
	Reason  string // in English; its wording may change
}

// ODRLRefusedError is the error of a policy that was refused, with all that is wrong with it. errors.Is finds
// [ErrUnevaluable] in it, errors.As the *[Error].
type ODRLRefusedError struct {
	Refusals []ODRLRefusal
	cause    error
}

// Error names the first refusal and how many more there are.
func (e *ODRLRefusedError) Error() string { return e.cause.Error() }

// Unwrap gives the *[Error].
func (e *ODRLRefusedError) Unwrap() error { return e.cause }

// ODRLOptions say how a policy is read. nil, like the zero value: nothing is moved, and no word stands for parties.
type ODRLOptions struct {
	// LegalText moves what only lawyers can judge out of permissions into components ODRLLegalClause, which are shown and
	// not evaluated, instead of refusing it.
	LegalText bool
	// Affiliates and Managed are what cx.sharing.affiliates:1 and cx.sharing.managedLegalEntity:1 stand for; none: they
	// are refused.
	Affiliates, Managed []string
}

func odrlRefused(refused *C.cstn_odrl_refusals, cause error) error {
	defer C.cstn_odrl_refusals_free(refused)
	n := C.cstn_odrl_refusal_count(refused)
	if n == 0 {
		return cause
	}
	e := &ODRLRefusedError{cause: cause}
	for i := range n {
		e.Refusals = append(e.Refusals, ODRLRefusal{Place: C.GoString(C.cstn_odrl_refusal_place(refused, i)),
			Operand: C.GoString(C.cstn_odrl_refusal_operand(refused, i)), Value: C.GoString(C.cstn_odrl_refusal_value(refused, i)),
			Reason: C.GoString(C.cstn_odrl_refusal_reason(refused, i))})
	}
	return e
}

func odrlComponent(from *C.cstn_odrl_component) ODRLComponent {
	c := ODRLComponent{Kind: ODRLComponentKind(from.kind), Number: int64(from.number), Text: C.GoString(from.text)}
	for _, id := range unsafe.Slice(from.ids, int(from.n_ids)) {
		c.IDs = append(c.IDs, C.GoStringN(id.text, C.int(id.len)))
	}
	return c
}

// odrlRule copies a rule. The calls that it makes fail for a bad index alone.
func odrlRule(policy *C.cstn_odrl_policy, index C.size_t) ODRLRule {
	is := &C.cstn_odrl_rule{struct_size: C.sizeof_cstn_odrl_rule}
	if C.cstn_odrl_rule_at(policy, index, is, nil) != C.CSTN_OK {
		return ODRLRule{}
	}
	rule := ODRLRule{Kind: ODRLKind(is.kind), Actions: uint32(is.actions), AnyAction: is.flags&C.CSTN_ODRL_ANY_ACTION != 0,
		UID: C.GoString(is.uid), Assigner: C.GoString(is.assigner),
		Assignee: C.GoString(is.assignee), AssigneeCollection: is.flags&C.CSTN_ODRL_ASSIGNEE_COLLECTION != 0, AssigneeSource: C.GoString(is.assignee_source),
		Target: C.GoString(is.target), TargetCollection: is.flags&C.CSTN_ODRL_TARGET_COLLECTION != 0, TargetSource: C.GoString(is.target_source),
		ComponentsOnly: is.flags&C.CSTN_ODRL_COMPONENTS_ONLY != 0}
	if is.constraint != nil {
		rule.Constraint = openConstraint(C.cstn_constraint_ref(is.constraint))
	}
	for i := range is.n_components {
		component := new(C.cstn_odrl_component)
		if C.cstn_odrl_component_at(policy, index, i, component, nil) == C.CSTN_OK {
			rule.Components = append(rule.Components, odrlComponent(component))
		}
	}
	for i := range is.n_duties {
		uid := new(*C.char)
		action := C.GoString(C.cstn_odrl_duty_action(policy, index, i, uid))
		rule.Duties = append(rule.Duties, ODRLDuty{action, C.GoString(*uid)})
	}
	return rule
}

// ReadODRL reads a policy of ODRL as JSON, with the operands of the Catena-X profile (release 2025-9). What is read is
// evaluated, or it is refused by name: place, operand and value; nothing is dropped, nothing is taken as true, and one
// refusal refuses the policy. Close the policy when done. It returns an *[ODRLRefusedError] with all refusals,
// [ErrFormat] with the byte for what is no JSON, [ErrLimit], [ErrInvalidArgument]. Any goroutine. O(n log n) of the bytes.
func ReadODRL(text []byte, v *Vocabulary, options *ODRLOptions, opts ...Option) (*ODRLPolicy, error) {
	options = orDefault(options)
	given := &C.cstn_go_odrl{n_affiliates: C.size_t(len(options.Affiliates)), n_managed: C.size_t(len(options.Managed))}
	if options.LegalText {
		given.flags = C.CSTN_ODRL_LEGAL_TEXT
	}
	affiliates, err := textBlock("an affiliate", options.Affiliates)
	if err != nil {
		return nil, err
	}
	managed, err := textBlock("a managed entity", options.Managed)
	if err != nil {
		return nil, err
	}
	vocabulary, err := v.handle.use()
	if err != nil {
		return nil, err
	}
	defer v.handle.done()
	refused := new(*C.cstn_odrl_refusals)
	policy, err := construct(memoryOf(opts), copyODRL, func(allocator *C.cstn_allocator, out **C.cstn_odrl_policy, o *C.cstn_go_outcome) {
		C.cstn_go_odrl_import(charPointer(text), C.size_t(len(text)), vocabulary, given, charPointer(affiliates), charPointer(managed),
			allocator, out, refused, o)
	})
	if err != nil {
		return nil, odrlRefused(*refused, err)
	}
	return policy, nil
}

// copyODRL takes the policy, and keeps of it the constraints.
func copyODRL(ptr *C.cstn_odrl_policy) *ODRLPolicy {
	defer C.cstn_odrl_policy_unref(ptr)
	policy := &ODRLPolicy{UID: C.GoString(C.cstn_odrl_policy_uid(ptr))}
	for i := range C.cstn_odrl_rule_count(ptr) {
		policy.Rules = append(policy.Rules, odrlRule(ptr, i))
	}
	return policy
}
