package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_reconcile
#cgo nocallback cstn_go_reconcile
*/
import "C"

import "unsafe"

// ReconcileMethod is how forecasts are made to add up.
type ReconcileMethod int32

// Methods. Bottom up and top down are limits of least squares, where leaves or parents are certain.
const (
	ReconcileLeastSquares ReconcileMethod = C.CSTN_RECONCILE_LEAST_SQUARES // all nodes give way by their weights
	ReconcileBottomUp     ReconcileMethod = C.CSTN_RECONCILE_BOTTOM_UP     // sums of leaves
	ReconcileTopDown      ReconcileMethod = C.CSTN_RECONCILE_TOP_DOWN      // what a parent says is shared by weights; one tree only
)

// ReconcileWeights are how far nodes give way.
type ReconcileWeights int32

// Weights of nodes.
const (
	ReconcileStructural ReconcileWeights = C.CSTN_RECONCILE_STRUCTURAL // leaves below
	ReconcileVariance   ReconcileWeights = C.CSTN_RECONCILE_VARIANCE   // mean squared error of the rows with a y
	ReconcileGiven      ReconcileWeights = C.CSTN_RECONCILE_GIVEN      // column w of the nodes
)

// ReconcileTreesMost is how many trees over the same leaves there may be, and level columns.
const ReconcileTreesMost = C.CSTN_RECONCILE_TREES_MOST

// ReconcileOptions say what is made to add up, and how. nil, like the zero value, is: column mean, by
// least squares with the leaves below as weights.
type ReconcileOptions struct {
	Method  ReconcileMethod
	Weights ReconcileWeights
	// NotNegative: no leaf below 0. Integers: whole numbers, largest remainders inside each parent.
	NotNegative, Integers bool
	// Values are the columns that are made to add up, each for itself; nil is mean.
	Values []string
	// Quantiles are columns that move by as much as the mean of their node, with one value column.
	Quantiles []string
	// Explained: Quantiles are parts of the value, as Explain gives them; they go along as they are, and
	// a column reconciliation behind them is what the value moved by.
	Explained bool
	// Levels are level columns of the nodes from the top; then nodes are rows of leaves, and what is
	// above is named by its path. Total is the id of a node above all; "" none.
	Levels []string
	Total  string
	// MaxSteps of conjugate gradients on crossed trees; 0 means 200.
	MaxSteps int32
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// NodesBinding and Binding have names and casts of the nodes and of the forecasts, or are nil.
	NodesBinding, Binding *Binding
	// Memory is where rows and nodes take memory from; nil is the C heap.
	Memory *Memory
}

func (o *ReconcileOptions) given() *C.cstn_reconcile_options {
	given := &C.cstn_reconcile_options{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_reconcile_options{})),
		method: C.int32_t(o.Method), weights: C.int32_t(o.Weights), max_steps: C.int32_t(o.MaxSteps),
		threads: C.int32_t(o.Threads), n_values: C.size_t(len(o.Values)),
		n_quantiles: C.size_t(len(o.Quantiles)), n_levels: C.size_t(len(o.Levels))}
	if o.NotNegative {
		given.flags |= C.CSTN_RECONCILE_NOT_NEGATIVE
	}
	if o.Integers {
		given.flags |= C.CSTN_RECONCILE_INTEGERS
	}
	if o.Explained {
		given.flags |= C.CSTN_RECONCILE_EXPLAINED
	}
	return given
}

// Reconcile makes forecasts of all nodes of a hierarchy add up, period by period, by the least change
// (Wickramasuriya et al. 2019). Nodes have unique_id, parent (null: a root), and may have tree (crossed
// trees over the same leaves) and w; the forecasts in base unique_id, ds, the value columns, and may
// have cutoff, model, quantiles and, for ReconcileVariance, y: rows with a y are the past. The stream has the
// rows of base in their order. It returns [ErrInvalidArgument] naming the node: two parents, below
// itself, without weight, no forecast of a period; [ErrDuplicate], [ErrRows] (nothing was taken),
// [ErrLimit] with the residual, [ErrSchema]. Cost: O(rows) for trees.
func Reconcile(nodes, base []Column, options *ReconcileOptions) (*Stream, error) {
	options = orDefault(options)
	var names [3][]byte
	for i, list := range [][]string{options.Values, options.Quantiles, options.Levels} {
		var err error
		if names[i], err = textBlock("a column", list); err != nil {
			return nil, err
		}
	}
	var total []byte
	if options.Total != "" {
		var err error
		if total, err = cText("total", options.Total); err != nil {
			return nil, err
		}
	}
	given := options.given()
	one, err := layOutColumns(nodes, options.NodesBinding)
	if err != nil {
		return nil, err
	}
	defer one.end()
	other, err := layOutColumns(base, options.Binding)
	if err != nil {
		return nil, err
	}
	defer other.end()
	return construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_reconcile(one.c, other.c, given, charPointer(names[0]), charPointer(names[1]),
			charPointer(names[2]), charPointer(total), allocator, out, o)
	})
}
