package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_constraint_new
#cgo nocallback cstn_go_constraint_new
#cgo noescape cstn_go_constraint_combine
#cgo nocallback cstn_go_constraint_combine
#cgo nocallback cstn_constraint_kind
#cgo nocallback cstn_constraint_node_count
#cgo nocallback cstn_constraint_child_count
#cgo nocallback cstn_constraint_child
#cgo noescape cstn_constraint_describe
#cgo nocallback cstn_constraint_describe
*/
import "C"

import "unsafe"

// ConstraintKind is what a node of a constraint is.
type ConstraintKind int32

// Kinds of nodes.
const (
	ConstraintIsLeaf ConstraintKind = C.CSTN_CONSTRAINT_LEAF
	ConstraintAll    ConstraintKind = C.CSTN_CONSTRAINT_AND
	ConstraintAny    ConstraintKind = C.CSTN_CONSTRAINT_OR
	ConstraintOne    ConstraintKind = C.CSTN_CONSTRAINT_XONE // exactly one
	ConstraintNot    ConstraintKind = C.CSTN_CONSTRAINT_NOT  // of one child
)

// Operator is what a leaf asks of its operand.
type Operator int32

// Operators.
const (
	OperatorEqual          Operator = C.CSTN_OPERATOR_EQ
	OperatorNotEqual       Operator = C.CSTN_OPERATOR_NEQ
	OperatorLess           Operator = C.CSTN_OPERATOR_LT // this, to OperatorGreaterOrEqual: numbers and times
	OperatorLessOrEqual    Operator = C.CSTN_OPERATOR_LTEQ
	OperatorGreater        Operator = C.CSTN_OPERATOR_GT
	OperatorGreaterOrEqual Operator = C.CSTN_OPERATOR_GTEQ
	OperatorIsAnyOf        Operator = C.CSTN_OPERATOR_IS_ANY_OF  // one of the values; a set: it holds one of them
	OperatorIsAllOf        Operator = C.CSTN_OPERATOR_IS_ALL_OF  // sets alone: it holds all of them
	OperatorIsNoneOf       Operator = C.CSTN_OPERATOR_IS_NONE_OF // none of the values; a set: it holds none of them
	OperatorIsPartOf       Operator = C.CSTN_OPERATOR_IS_PART_OF // purpose: one of them or a descendant; a set: it holds nothing else
)

// ConstraintLeaf is a condition on one operand.
type ConstraintLeaf struct {
	Operand  string // 1 to 255 bytes
	Operator Operator
	Type     OperandType
	Scale    int32    // of a decimal, 0 to 18: 950 at scale 2 is 9.5
	Numbers  []int64  // values of numbers and times, microseconds; at least one, of these or of those
	IDs      []string // values of ids and sets of ids
}

// NewConstraint makes a leaf; whether operand, operator, type and values fit is a question to a vocabulary,
// [Constraint.Check]. It returns [ErrInvalidArgument] with value and rule, [ErrLimit]. Any goroutine.
// O(values log values).
func NewConstraint(leaf ConstraintLeaf, opts ...Option) (*Constraint, error) {
	operand := []byte(leaf.Operand)
	ids, err := textBlock("an id", leaf.IDs)
	if err != nil {
		return nil, err
	}
	return construct(memoryOf(opts), openConstraint, func(allocator *C.cstn_allocator, out **C.cstn_constraint, o *C.cstn_go_outcome) {
		C.cstn_go_constraint_new(charPointer(operand), C.size_t(len(operand)), C.int32_t(leaf.Operator), C.int32_t(leaf.Type), C.int32_t(leaf.Scale),
			(*C.int64_t)(unsafe.SliceData(leaf.Numbers)), C.size_t(len(leaf.Numbers)), charPointer(ids), C.size_t(len(leaf.IDs)), allocator, out, o)
	})
}

// CombineConstraints makes a node of children, which it keeps alive and which may be shared: one of ConstraintNot, else at
// least one. It returns [ErrInvalidArgument], and [ErrLimit] beyond ConstraintDepthMost and ConstraintNodesMost. Any
// goroutine. O(children).
func CombineConstraints(kind ConstraintKind, children []*Constraint, opts ...Option) (*Constraint, error) {
	addresses := make([]C.uintptr_t, len(children))
	for i, child := range children {
		ptr, err := child.handle.use()
		if err != nil {
			return nil, err
		}
		defer child.handle.done()
		addresses[i] = C.uintptr_t(uintptr(unsafe.Pointer(ptr)))
	}
	return construct(memoryOf(opts), openConstraint, func(allocator *C.cstn_allocator, out **C.cstn_constraint, o *C.cstn_go_outcome) {
		C.cstn_go_constraint_combine(C.int32_t(kind), unsafe.SliceData(addresses), C.size_t(len(addresses)), allocator, out, o)
	})
}

// Kind is what the constraint is at its top; 0 after Close.
func (c *Constraint) Kind() ConstraintKind {
	ptr, err := c.handle.use()
	if err != nil {
		return 0
	}
	defer c.handle.done()
	return ConstraintKind(C.cstn_constraint_kind(ptr))
}

// Nodes is how many leaves there are, and what joins them; 0 after Close.
func (c *Constraint) Nodes() int {
	ptr, err := c.handle.use()
	if err != nil {
		return 0
	}
	defer c.handle.done()
	return int(C.cstn_constraint_node_count(ptr))
}

// Children are those of its top; none of a leaf. Close each.
func (c *Constraint) Children() ([]*Constraint, error) {
	ptr, err := c.handle.use()
	if err != nil {
		return nil, err
	}
	defer c.handle.done()
	children := make([]*Constraint, C.cstn_constraint_child_count(ptr))
	for i := range children {
		children[i] = openConstraint(C.cstn_constraint_ref(C.cstn_constraint_child(ptr, C.size_t(i))))
	}
	return children, nil
}

// Leaf describes a leaf, its values sorted; [ErrInvalidArgument] for what is none.
func (c *Constraint) Leaf() (ConstraintLeaf, error) {
	ptr, err := c.handle.use()
	if err != nil {
		return ConstraintLeaf{}, err
	}
	defer c.handle.done()
	is := &C.cstn_constraint_leaf{struct_size: C.sizeof_cstn_constraint_leaf}
	if C.cstn_constraint_describe(ptr, is, nil) != C.CSTN_OK {
		return ConstraintLeaf{}, invalid("the constraint is no leaf")
	}
	leaf := ConstraintLeaf{Operand: C.GoStringN(is.operand, C.int(is.operand_len)), Operator: Operator(is.operation), Type: OperandType(is._type), Scale: int32(is.scale)}
	if is.numbers != nil {
		for _, n := range unsafe.Slice(is.numbers, int(is.n_values)) {
			leaf.Numbers = append(leaf.Numbers, int64(n))
		}
	}
	if is.ids != nil {
		for _, id := range unsafe.Slice(is.ids, int(is.n_values)) {
			leaf.IDs = append(leaf.IDs, C.GoStringN(id.text, C.int(id.len)))
		}
	}
	return leaf, nil
}
