package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_kmeans_fit
#cgo nocallback cstn_go_kmeans_fit
#cgo noescape cstn_go_kmeans_predict
#cgo nocallback cstn_go_kmeans_predict
#cgo noescape cstn_go_kmeans_pass_new
#cgo nocallback cstn_go_kmeans_pass_new
#cgo noescape cstn_go_kmeans_pass_finish
#cgo nocallback cstn_go_kmeans_pass_finish
*/
import "C"

import (
	"context"
	"unsafe"
)

// Transform is what happens to a feature before distances are taken, as bits, in the order log1p,
// winsorise, scale; one scale at most.
type Transform uint32

// Transforms.
const (
	TransformLog1p     Transform = C.CSTN_TRANSFORM_LOG1P     // ln(1 + x)
	TransformWinsorise Transform = C.CSTN_TRANSFORM_WINSORISE // to within the quantiles 0.1 % and 99.9 %
	TransformZ         Transform = C.CSTN_TRANSFORM_Z         // by mean and standard deviation
	TransformRobustZ   Transform = C.CSTN_TRANSFORM_ROBUST_Z  // by median and 1.4826 MAD
)

// LabelOrder is the order of labels.
type LabelOrder int32

// Orders of labels.
const (
	LabelsBySize   LabelOrder = C.CSTN_KMEANS_ORDER_SIZE   // largest cluster first
	LabelsByStart  LabelOrder = C.CSTN_KMEANS_ORDER_START  // as the start gave them
	LabelsByColumn LabelOrder = C.CSTN_KMEANS_ORDER_COLUMN // largest centre of OrderColumn first
)

// KMeansAlgorithm is how rows find their nearest centre; labels do not depend on it.
type KMeansAlgorithm int32

// Algorithms.
const (
	KMeansAuto    KMeansAlgorithm = C.CSTN_KMEANS_AUTO    // Lloyd; from 48 clusters on Hamerly while its bounds save
	KMeansLloyd   KMeansAlgorithm = C.CSTN_KMEANS_LLOYD   // all distances
	KMeansHamerly KMeansAlgorithm = C.CSTN_KMEANS_HAMERLY // bounds that save distances
)

// KMeansOptions say how clusters are found. nil, like the zero value, is the default.
type KMeansOptions struct {
	// Threads: 0 all processors; results do not depend on it.
	Threads int32
	// Starts: 0 means 10, the best of which counts.
	Starts int32
	// MaxIterations: 0 means 300.
	MaxIterations int32
	// Algorithm is how rows find their centre.
	Algorithm KMeansAlgorithm
	// Order is the order of labels.
	Order LabelOrder
	// OrderColumn is the number of a feature, for LabelsByColumn.
	OrderColumn int32
	// Seed of the starts.
	Seed uint64
	// Tolerance ends when centres moved by no more than this share of the mean variance.
	Tolerance float64
	// Transforms of the features, in their order; nil is none.
	Transforms []Transform
	// Start are the centres to start from, one after the other; nil is greedy k-means++.
	Start []float64
	// Weight is the column with weights; "" is none.
	Weight string
	// Margin is a column of which no segment that [ChooseKMeans] suggests has less than 1 %; "" is none.
	Margin string
	// SegmentsLeast and SegmentsMost bound what [ChooseKMeans] suggests; 0 means 3 and 7.
	SegmentsLeast, SegmentsMost int32
	// Samples are the reference sets and half samples of [ChooseKMeans]; 0 means 20, below 0 none.
	Samples int32
	// SkipBad leaves out rows that break a rule; else they refuse all.
	SkipBad bool
	// Impute makes a null the median of its column.
	Impute bool
	// Binding maps the columns to the features; nil is every column under its own name.
	Binding *Binding
	// Memory is where the model takes memory from; nil is the C heap.
	Memory *Memory
}

// KMeans is clusters with their centres, and the transform of the features. Immutable; any goroutine.
// Close it when done.
//
// Lloyd (1982) from greedy k-means++ starts (Arthur and Vassilvitskii 2007), bounds by Hamerly (2010).
// A fit of n rows and d features takes 4 bytes a row and feature and O(n k d) an iteration; columns
// are read during the call and not kept.
type KMeans struct {
	object[*C.cstn_kmeans]
}

func openKMeans(ptr *C.cstn_kmeans) *KMeans { return owned[KMeans](&C.cstn_go_kmeans, ptr) }

// FitKMeans finds k clusters of the rows of columns, by the features named. The result is the same
// for any number of threads. It returns [ErrRows] with the rows that break a rule, [ErrEmpty],
// [ErrInvalidArgument] for more clusters than distinct rows, [ErrSchema].
func FitKMeans(columns []Column, features []string, k int32, options *KMeansOptions) (*KMeans, error) {
	model, _, err := kmeansCall(columns, features, k, 0, options)
	if err != nil {
		return nil, err
	}
	return openKMeans(model), nil
}

// ChooseKMeans fits kMin..kMax clusters and gives a row for each: k, inertia, simplified_silhouette,
// silhouette, calinski_harabasz, davies_bouldin, bic, smallest_share, smallest_margin, gap, gap_s,
// gap_first, stability, n_iter, converged, suggested.
func ChooseKMeans(columns []Column, features []string, kMin, kMax int32, options *KMeansOptions) (*Stream, error) {
	if kMax < kMin || kMin < 1 {
		return nil, invalid("k from %d to %d", kMin, kMax)
	}
	_, table, err := kmeansCall(columns, features, kMin, kMax, options)
	if err != nil {
		return nil, err
	}
	return openStream(table), nil
}

func (o *KMeansOptions) flags() C.uint32_t {
	var flags C.uint32_t
	if o.SkipBad {
		flags |= C.CSTN_KMEANS_SKIP_BAD
	}
	if o.Impute {
		flags |= C.CSTN_KMEANS_IMPUTE
	}
	return flags
}

// given is the options as the bridge reads them.
func (o *KMeansOptions) given(k, kMax int32, features int) *C.cstn_go_kmeans_options {
	return &C.cstn_go_kmeans_options{flags: o.flags(), threads: C.int32_t(o.Threads),
		n_init: C.int32_t(o.Starts), max_iter: C.int32_t(o.MaxIterations),
		algorithm: C.int32_t(o.Algorithm), order: C.int32_t(o.Order),
		order_column: C.int32_t(o.OrderColumn), k: C.int32_t(k), k_max: C.int32_t(kMax),
		seed: C.uint64_t(o.Seed), tol: C.double(o.Tolerance), n_features: C.size_t(features),
		segments_least: C.int32_t(o.SegmentsLeast), segments_most: C.int32_t(o.SegmentsMost),
		samples: C.int32_t(o.Samples)}
}

func kmeansCall(columns []Column, features []string, k, kMax int32, options *KMeansOptions) (*C.cstn_kmeans, *C.struct_ArrowArrayStream, error) {
	options = orDefault(options)
	if options.Transforms != nil && len(options.Transforms) != len(features) {
		return nil, nil, invalid("%d transforms for %d features", len(options.Transforms), len(features))
	}
	if options.Start != nil && len(options.Start) != int(k)*len(features) {
		return nil, nil, invalid("a start of %d numbers, %d expected", len(options.Start), int(k)*len(features))
	}
	names, err := textBlock("a feature", features)
	if err != nil {
		return nil, nil, err
	}
	var weight []byte
	if options.Weight != "" {
		if weight, err = cText("the weight", options.Weight); err != nil {
			return nil, nil, err
		}
	}
	var margin []byte
	if options.Margin != "" {
		if margin, err = cText("the margin", options.Margin); err != nil {
			return nil, nil, err
		}
	}
	allocator, done, err := options.Memory.allocator()
	if err != nil {
		return nil, nil, err
	}
	defer done()
	rows, err := layOutColumns(columns, options.Binding)
	if err != nil {
		return nil, nil, err
	}
	defer rows.end()
	given := options.given(k, kMax, len(features))
	var o C.cstn_go_outcome
	var model *C.cstn_kmeans
	var table *C.struct_ArrowArrayStream
	C.cstn_go_kmeans_fit(rows.c, given, charPointer(names), (*C.uint32_t)(unsafe.SliceData(options.Transforms)),
		doublePointer(options.Start), charPointer(weight), charPointer(margin), allocator, &model, &table, &o)
	return model, table, outcomeError(&o)
}

// Predict gives a row for each of columns: label (null for a bad row, see [Stream.BadRows]), distance
// to its centre; with all set distance_0, ... to every centre. Of options Threads, Binding, SkipBad
// and Impute count.
func (m *KMeans) Predict(columns []Column, all bool, options *KMeansOptions) (*Stream, error) {
	options = orDefault(options)
	flags := options.flags()
	if all {
		flags |= C.CSTN_KMEANS_DISTANCES
	}
	return m.giveFor(columns, options.Binding, func(ptr *C.cstn_kmeans, rows *C.cstn_go_input, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_kmeans_predict(ptr, rows, flags, C.int32_t(options.Threads), out, nil, o)
	})
}

// Score is minus the sum of squared distances of the rows to their centres.
func (m *KMeans) Score(columns []Column, options *KMeansOptions) (float64, error) {
	options = orDefault(options)
	return m.number(columns, options.Binding, func(ptr *C.cstn_kmeans, rows *C.cstn_go_input, out *C.double, o *C.cstn_go_outcome) {
		C.cstn_go_kmeans_predict(ptr, rows, options.flags(), C.int32_t(options.Threads), nil, out, o)
	})
}

// Param is a number of the model: k, features, rows, weight, left_out, imputed, inertia, n_iter,
// converged, restart, moved. It returns [ErrNotFound].
func (m *KMeans) Param(name string) (float64, error) { return m.param(name) }

// Clusters gives a row a cluster: label, rows, weight, inertia, the centre in the units of the
// features, and as distances take it (name_scaled).
func (m *KMeans) Clusters() (*Stream, error) { return m.export(C.CSTN_KMEANS_TABLE_CLUSTERS) }

// Labels gives the label of each row of the fit; empty for a model read back.
func (m *KMeans) Labels() (*Stream, error) { return m.export(C.CSTN_KMEANS_TABLE_LABELS) }

// Features gives a row a feature: name, transforms, low, high, shift, scale, median, constant.
func (m *KMeans) Features() (*Stream, error) { return m.export(C.CSTN_KMEANS_TABLE_FEATURES) }

// Describe is all but the labels as a JSON object.
func (m *KMeans) Describe() (string, error) { return m.describe() }

// Serialize gives the model as bytes, without the labels of the fit.
func (m *KMeans) Serialize() ([]byte, error) { return m.serialize(context.Background()) }

// DeserializeKMeans makes a model from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeKMeans(bytes []byte, opts ...Option) (*KMeans, error) {
	return deserialize(&C.cstn_go_kmeans, bytes, opts, openKMeans)
}

// KMeansPass is one pass over rows that lie in many places, by the centres of a model. Passes of parts
// are merged; passes until nothing moves end in the model that one machine finds from the same
// centres, to the bit. Calls take turns. Close it when done.
//
// It owns its memory, O(k d); an update of n rows is O(n k d).
type KMeansPass struct {
	object[*C.cstn_kmeans_pass]
}

func openKMeansPass(ptr *C.cstn_kmeans_pass) *KMeansPass {
	return owned[KMeansPass](&C.cstn_go_kmeans_pass, ptr)
}

// NewPass makes an empty pass by the centres and transforms of the model.
func (m *KMeans) NewPass(opts ...Option) (*KMeansPass, error) {
	ptr, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.end()
	return construct(memoryOf(opts), openKMeansPass, func(allocator *C.cstn_allocator, out **C.cstn_kmeans_pass, o *C.cstn_go_outcome) {
		C.cstn_go_kmeans_pass_new(ptr, allocator, out, o)
	})
}

// Update adds the rows of columns by the names of the features, all or none of them.
func (p *KMeansPass) Update(ctx context.Context, columns []Column, options *UpdateOptions) error {
	return p.update(ctx, columns, options, 0)
}

// Remove takes out what was added with part, which stays as it is. It returns [ErrState] if not all of it
// can be in there, [ErrMismatch] if the two were made otherwise.
func (p *KMeansPass) Remove(ctx context.Context, part *KMeansPass) error {
	return subtract(ctx, p, part)
}

// Merge adds what another pass by the same model holds. It returns [ErrMismatch] for another model.
func (p *KMeansPass) Merge(ctx context.Context, from *KMeansPass) error {
	return merge(ctx, p, from)
}

// Finish gives the model with centres moved to the means of their rows; its "converged" is 1 if none
// moved. It returns [ErrEmpty] without rows.
func (p *KMeansPass) Finish(ctx context.Context) (*KMeans, error) {
	ptr, err := p.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer p.end()
	var o C.cstn_go_outcome
	var model *C.cstn_kmeans
	C.cstn_go_kmeans_pass_finish(ptr, &model, &o)
	return opened(&o, model, openKMeans)
}

// Serialize gives the pass as bytes, its model within.
func (p *KMeansPass) Serialize(ctx context.Context) ([]byte, error) { return p.serialize(ctx) }

// DeserializeKMeansPass makes a pass from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeKMeansPass(bytes []byte, opts ...Option) (*KMeansPass, error) {
	return deserialize(&C.cstn_go_kmeans_pass, bytes, opts, openKMeansPass)
}
