package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_kmeans_cells_new
#cgo nocallback cstn_go_kmeans_cells_new
#cgo noescape cstn_go_kmeans_cells_fit
#cgo nocallback cstn_go_kmeans_cells_fit
#cgo noescape cstn_go_kmeans_cells_bounds
#cgo nocallback cstn_go_kmeans_cells_bounds
*/
import "C"

import "context"

// KMeansCellsFeatures is the most features that cells may have.
const KMeansCellsFeatures = C.CSTN_KMEANS_CELLS_FEATURES

// KMeansCellsOptions say how rows are summed up. nil, like the zero value, is the default.
type KMeansCellsOptions struct {
	// MaxCells: 0 means 65,536.
	MaxCells int32
	// Coarser: cells begin 2^Coarser times as wide as the finest ones. With cells that need not be
	// widened, rows can be taken out again.
	Coarser int32
	// Headroom: rows that lie 2^Headroom times as far out as those of the model's fit are summed up
	// as they are; 0 means 3, below 0 none.
	Headroom int32
}

// KMeansCells is rows summed up in micro-clusters, each once: any split of the rows and any order of
// merging give the same bytes, and clusters are found from the cells. Calls take turns. Close it when
// done.
//
// Grid cells with clustering features (Zhang, Ramakrishnan and Livny 1996). It owns its memory, 48 + 12 d
// bytes a cell at most; an update of n rows is O(n d), a fit O(cells k d) an iteration.
type KMeansCells struct {
	object[*C.cstn_kmeans_cells]
}

func openKMeansCells(ptr *C.cstn_kmeans_cells) *KMeansCells {
	return owned[KMeansCells](&C.cstn_go_kmeans_cells, ptr)
}

// NewCells makes an empty summary with the features and transforms of the model, say of a fit to a
// sample; its centres do not matter. It returns [ErrLimit] for more than [KMeansCellsFeatures].
func (m *KMeans) NewCells(options *KMeansCellsOptions, opts ...Option) (*KMeansCells, error) {
	if options == nil {
		options = new(KMeansCellsOptions)
	}
	ptr, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.end()
	return construct(memoryOf(opts), openKMeansCells, func(allocator *C.cstn_allocator, out **C.cstn_kmeans_cells, o *C.cstn_go_outcome) {
		C.cstn_go_kmeans_cells_new(ptr, C.int32_t(options.MaxCells), C.int32_t(options.Coarser), C.int32_t(options.Headroom), allocator, out, o)
	})
}

// Update adds the rows of columns by the names of the features, all or none of them.
func (c *KMeansCells) Update(ctx context.Context, columns []Column, options *UpdateOptions) error {
	return c.update(ctx, columns, options, 0)
}

// UpdateStream adds the rows of a stream, which it takes; it is never held whole.
func (c *KMeansCells) UpdateStream(ctx context.Context, rows *Stream, options *UpdateOptions) error {
	return c.updateStream(ctx, rows, options, 0)
}

// Remove takes out what was added with part, which stays as it is: the summary is then one that never
// saw it. It returns [ErrRebuild] if cells were widened since, [ErrState] if not all of it can be in
// there, [ErrMismatch] if the two were made otherwise.
func (c *KMeansCells) Remove(ctx context.Context, part *KMeansCells) error {
	return subtract(ctx, c, part)
}

// Merge adds what another summary holds. It returns [ErrMismatch] for one made otherwise.
func (c *KMeansCells) Merge(ctx context.Context, from *KMeansCells) error {
	return merge(ctx, c, from)
}

// Fit finds k clusters of the cells, each of which counts as its rows at their mean; inertia is that
// of the rows when each goes with its cell. Options are those of [FitKMeans] but for Transforms,
// Weight, Binding and Memory, which are not read. It returns [ErrEmpty] without rows.
func (c *KMeansCells) Fit(k int32, options *KMeansOptions) (*KMeans, error) {
	if options == nil {
		options = new(KMeansOptions)
	}
	features, err := c.Param("features")
	if err != nil {
		return nil, err
	}
	if options.Start != nil && len(options.Start) != int(k)*int(features) {
		return nil, invalid("a start of %d numbers, %d expected", len(options.Start), int(k)*int(features))
	}
	ptr, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.end()
	var o C.cstn_go_outcome
	var model *C.cstn_kmeans
	C.cstn_go_kmeans_cells_fit(ptr, options.given(k, 0, int(features)), doublePointer(options.Start), &model, &o)
	return opened(&o, model, openKMeans)
}

// Bounds says between what numbers the inertia of all rows lies, by the centres of a model of the same
// features and transforms. It returns [ErrMismatch] for another model.
func (c *KMeansCells) Bounds(model *KMeans) (least, most float64, err error) {
	with, err := model.use()
	if err != nil {
		return 0, 0, err
	}
	defer model.end()
	ptr, err := c.use()
	if err != nil {
		return 0, 0, err
	}
	defer c.end()
	var o C.cstn_go_outcome
	var bounds [2]C.double
	C.cstn_go_kmeans_cells_bounds(ptr, with, &bounds[0], &o)
	return float64(bounds[0]), float64(bounds[1]), outcomeError(&o)
}

// Param is a number of the summary: features, max_cells, cells, level, rows, weight, left_out, imputed,
// clamped, within. It returns [ErrNotFound].
func (c *KMeansCells) Param(name string) (float64, error) { return c.param(name) }

// Cells gives a row a cell: rows, weight, within, the mean in the units of the features, and as
// distances take it (name_scaled).
func (c *KMeansCells) Cells() (*Stream, error) { return c.export(0) }

// Serialize gives the summary as bytes.
func (c *KMeansCells) Serialize(ctx context.Context) ([]byte, error) { return c.serialize(ctx) }

// DeserializeKMeansCells makes a summary from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeKMeansCells(bytes []byte, opts ...Option) (*KMeansCells, error) {
	return deserialize(&C.cstn_go_kmeans_cells, bytes, opts, openKMeansCells)
}
