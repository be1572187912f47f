package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_prototypes_fit
#cgo nocallback cstn_go_prototypes_fit
#cgo noescape cstn_go_prototypes_predict
#cgo nocallback cstn_go_prototypes_predict
*/
import "C"

import (
	"context"
	"slices"
	"unsafe"
)

// PrototypesStart is where clusters of numbers and categories start.
type PrototypesStart int32

// Starts.
const (
	PrototypesDrawn PrototypesStart = C.CSTN_PROTOTYPES_START_DRAWN // greedy k-means++ by the mixed distance
	PrototypesCao   PrototypesStart = C.CSTN_PROTOTYPES_START_CAO   // dense rows far from each other
)

// PrototypesOptions say how clusters of numbers and categories are found. nil, like the zero value, is
// the default.
type PrototypesOptions struct {
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Starts: 0 means 10, the best of which counts; 1 where the start has no chance in it.
	Starts int32
	// MaxIterations: 0 means 300.
	MaxIterations int32
	// Start is where clusters start.
	Start PrototypesStart
	// Order is the order of labels: LabelsBySize or LabelsByStart.
	Order LabelOrder
	// Seed of drawn starts.
	Seed uint64
	// Gamma is the cost of a mismatch; 0 is half the mean standard deviation of the numbers.
	Gamma float64
	// Batch takes means and modes after full passes; else a row that moves changes both at once.
	Batch bool
	// Transforms of the numeric columns, in their order; nil is none.
	Transforms []Transform
	// StartRows are the numbers of the rows to start from; nil is as Start says.
	StartRows []int64
	// SkipBad leaves out rows that break a rule; else they refuse all.
	SkipBad bool
	// Impute makes a null the median or the mode of its column.
	Impute bool
	// Binding maps the columns to the names; nil is every column under its own name.
	Binding *Binding
	// Memory is where the model takes memory from; nil is the C heap.
	Memory *Memory
}

// Prototypes is clusters of numbers and categories (Huang 1998). Immutable; any goroutine. Close it
// when done.
//
// A fit takes 4 bytes a row and column and O(n k columns) a pass, twice that where a row that moves
// changes both clusters at once; columns are read during the call and not kept.
type Prototypes struct {
	object[*C.cstn_prototypes]
}

func openPrototypes(ptr *C.cstn_prototypes) *Prototypes {
	return owned[Prototypes](&C.cstn_go_prototypes, ptr)
}

func (o *PrototypesOptions) flat() *C.cstn_prototypes_options {
	given := &C.cstn_prototypes_options{struct_size: C.sizeof_cstn_prototypes_options,
		threads: C.int32_t(o.Threads), n_init: C.int32_t(o.Starts), max_iter: C.int32_t(o.MaxIterations),
		start: C.int32_t(o.Start), order: C.int32_t(o.Order), seed: C.uint64_t(o.Seed), gamma: C.double(o.Gamma)}
	if o.SkipBad {
		given.flags |= C.CSTN_PROTOTYPES_SKIP_BAD
	}
	if o.Impute {
		given.flags |= C.CSTN_PROTOTYPES_IMPUTE
	}
	if o.Batch {
		given.flags |= C.CSTN_PROTOTYPES_BATCH
	}
	return given
}

// FitPrototypes finds k clusters of the rows of columns, by the numeric and categorical ones named;
// with categorical ones alone it is k-modes. The result is the same for any number of threads. It
// returns [ErrRows] with the rows that break a rule, [ErrEmpty], [ErrInvalidArgument] for more
// clusters than distinct rows, [ErrSchema].
func FitPrototypes(columns []Column, numeric, categorical []string, k int32, options *PrototypesOptions) (*Prototypes, error) {
	options = orDefault(options)
	if options.Transforms != nil && len(options.Transforms) != len(numeric) {
		return nil, invalid("%d transforms for %d columns", len(options.Transforms), len(numeric))
	}
	if options.StartRows != nil && len(options.StartRows) != int(k) {
		return nil, invalid("%d start rows for %d clusters", len(options.StartRows), k)
	}
	names, err := textBlock("a column", slices.Concat(numeric, categorical))
	if err != nil {
		return nil, err
	}
	rows, err := layOutColumns(columns, options.Binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return construct(options.Memory, openPrototypes, func(allocator *C.cstn_allocator, out **C.cstn_prototypes, o *C.cstn_go_outcome) {
		C.cstn_go_prototypes_fit(rows.c, options.flat(), charPointer(names), C.size_t(len(numeric)),
			C.size_t(len(categorical)), C.int32_t(k), (*C.uint32_t)(unsafe.SliceData(options.Transforms)),
			(*C.int64_t)(unsafe.SliceData(options.StartRows)), allocator, out, o)
	})
}

// Predict gives a row for each of columns: label (null for a bad row, see [Stream.BadRows]), cost,
// mismatches, unseen (categories that no row of the fit had). Of options Threads and Binding count.
func (m *Prototypes) Predict(columns []Column, options *PrototypesOptions) (*Stream, error) {
	options = orDefault(options)
	return m.giveFor(columns, options.Binding, func(ptr *C.cstn_prototypes, rows *C.cstn_go_input, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_prototypes_predict(ptr, rows, options.flat(), out, nil, o)
	})
}

// Score is minus the cost of the rows. Of options Threads, SkipBad and Binding count.
func (m *Prototypes) Score(columns []Column, options *PrototypesOptions) (float64, error) {
	options = orDefault(options)
	return m.number(columns, options.Binding, func(ptr *C.cstn_prototypes, rows *C.cstn_go_input, out *C.double, o *C.cstn_go_outcome) {
		C.cstn_go_prototypes_predict(ptr, rows, options.flat(), nil, out, o)
	})
}

// Param is a number of the model: k, numeric, categorical, rows, left_out, imputed, cost, inertia,
// mismatches, gamma, n_iter, converged, restart, moved. It returns [ErrNotFound].
func (m *Prototypes) Param(name string) (float64, error) { return m.param(name) }

// Clusters gives a row a cluster: label, rows, cost, mismatches, means, modes and their shares.
func (m *Prototypes) Clusters() (*Stream, error) { return m.export(C.CSTN_PROTOTYPES_TABLE_CLUSTERS) }

// Labels gives the label of each row of the fit; empty for a model read back.
func (m *Prototypes) Labels() (*Stream, error) { return m.export(C.CSTN_PROTOTYPES_TABLE_LABELS) }

// Categories gives a row a category: column, category, rows.
func (m *Prototypes) Categories() (*Stream, error) {
	return m.export(C.CSTN_PROTOTYPES_TABLE_CATEGORIES)
}

// Costs gives a row a pass: pass (0 is the start), cost.
func (m *Prototypes) Costs() (*Stream, error) { return m.export(C.CSTN_PROTOTYPES_TABLE_COSTS) }

// Describe is all but labels and categories as a JSON object.
func (m *Prototypes) Describe() (string, error) { return m.describe() }

// Serialize gives the model as bytes, without the labels of the fit.
func (m *Prototypes) Serialize() ([]byte, error) { return m.serialize(context.Background()) }

// DeserializePrototypes makes a model from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializePrototypes(bytes []byte, opts ...Option) (*Prototypes, error) {
	return deserialize(&C.cstn_go_prototypes, bytes, opts, openPrototypes)
}
