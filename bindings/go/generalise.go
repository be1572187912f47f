package constellation

/*
#include "bridge.h"
#cgo noescape cstn_hierarchy_ancestor
#cgo nocallback cstn_hierarchy_ancestor
#cgo nocallback cstn_hierarchy_unref
*/
import "C"

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"unsafe"
)

// GeneraliseKind is how a column becomes coarser.
type GeneraliseKind int32

// Kinds of steps.
const (
	GeneraliseKeep      GeneraliseKind = C.CSTN_GENERALISE_KEEP      // the value as it is
	GeneraliseBucket    GeneraliseKind = C.CSTN_GENERALISE_BUCKET    // numbers, dates, times: the lower end of their bucket
	GeneraliseCalendar  GeneraliseKind = C.CSTN_GENERALISE_CALENDAR  // the beginning of the week (1), month, quarter or year (4)
	GeneralisePrefix    GeneraliseKind = C.CSTN_GENERALISE_PREFIX    // the first Step characters
	GeneraliseHierarchy GeneraliseKind = C.CSTN_GENERALISE_HIERARCHY // text: what it belongs to, Step up; null where it is not known
	GeneraliseAll       GeneraliseKind = C.CSTN_GENERALISE_ALL       // null
)

// GeneraliseStep makes one column coarser.
type GeneraliseStep struct {
	Column string
	Kind   GeneraliseKind
	// Step of calendars, prefixes and hierarchies.
	Step int32
	// Width of buckets and where one of them begins, with Scale decimals: 5 at scale 1 is 0.5. Days of a date,
	// microseconds of a time.
	Width, Origin int64
	Scale         int32
	// Hierarchy of GeneraliseHierarchy; it must be open until the call returns.
	Hierarchy *Hierarchy
}

// Hierarchy is values and what they belong to: a shop, its town, its region. Immutable; any goroutine. Close it when
// done.
type Hierarchy struct {
	handle handle[*C.cstn_hierarchy]
}

func openHierarchy(ptr *C.cstn_hierarchy) *Hierarchy {
	h := new(Hierarchy)
	h.handle.open(ptr, "hierarchy", func(p *C.cstn_hierarchy) { C.cstn_hierarchy_unref(p) })
	return h
}

// NewHierarchy makes a hierarchy of each value's parent; what is nobody's child is a root. It returns [ErrFormat] for a
// value that is above itself, [ErrRows] for text that is not UTF-8. O(values).
func NewHierarchy(parents map[string]string, opts ...Option) (*Hierarchy, error) {
	values := slices.Sorted(maps.Keys(parents))
	above := make([]string, len(values))
	for i, value := range values {
		above[i] = parents[value]
	}
	return NewHierarchyOf(context.Background(), []Column{TextColumn("value", values), TextColumn("parent", above)}, nil, opts...)
}

// NewHierarchyOf makes a hierarchy of rows: columns value and parent, both text, a row a value that has a parent (a row
// with a null parent names a root, and may be left out). With a stream, which it takes, also on failure, rows are nil;
// ctx stops what produces it. It returns [ErrDuplicate] for a value with two parents, and errors as [NewHierarchy],
// [ErrSchema], [ErrStream].
func NewHierarchyOf(ctx context.Context, rows []Column, stream *Stream, opts ...Option) (*Hierarchy, error) {
	in, err := rowsUnder(ctx, rows, stream, nil)
	if err != nil {
		return nil, err
	}
	defer in.end()
	made, err := construct(memoryOf(opts), openHierarchy, func(allocator *C.cstn_allocator, out **C.cstn_hierarchy, o *C.cstn_go_outcome) {
		C.cstn_go_hierarchy_new(in.c, allocator, out, o)
	})
	return made, in.failure(err)
}

// Ancestor is what a value belongs to, so many steps up; 0 is the value itself, and where there are fewer it is the
// root. ok is false for a value that is not in the hierarchy, for a step below 0, and after Close. O(step).
func (h *Hierarchy) Ancestor(value string, step int32) (ancestor string, ok bool) {
	ptr, err := h.handle.use()
	if err != nil {
		return "", false
	}
	defer h.handle.done()
	text, size := []byte(value), new(C.size_t)
	found := C.cstn_hierarchy_ancestor(ptr, charPointer(append(text, 0)), C.size_t(len(value)), C.int32_t(step), size)
	if found == nil {
		return "", false
	}
	return C.GoStringN(found, C.int(*size)), true
}

// Close gives the hierarchy back. Idempotent; the error is always nil.
func (h *Hierarchy) Close() error {
	h.handle.close()
	return nil
}

// laidSteps are steps as C reads them: without columns, whose names are a block.
type laidSteps struct {
	c     *C.cstn_generalise_step
	names *C.char
	n     C.size_t
	used  []*Hierarchy
}

// laySteps uses the hierarchies of steps; end must follow when err is nil.
func laySteps(steps []GeneraliseStep) (laid laidSteps, err error) {
	c, names := make([]C.cstn_generalise_step, len(steps)), make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.Column
		c[i].kind, c[i].step, c[i].scale = C.int32_t(s.Kind), C.int32_t(s.Step), C.int32_t(s.Scale)
		c[i].width, c[i].origin = C.int64_t(s.Width), C.int64_t(s.Origin)
		if s.Hierarchy == nil {
			continue
		}
		if c[i].hierarchy, err = s.Hierarchy.handle.use(); err != nil {
			laid.end()
			return laidSteps{}, err
		}
		laid.used = append(laid.used, s.Hierarchy)
	}
	block, err := textBlock("a column of a step", names)
	if err != nil {
		laid.end()
		return laidSteps{}, err
	}
	laid.c, laid.names, laid.n = unsafe.SliceData(c), charPointer(block), C.size_t(len(steps))
	return laid, nil
}

func (laid *laidSteps) end() {
	for _, h := range laid.used {
		h.handle.done()
	}
}

// privateCall is what calls that tell something of rows are given: rows, texts, steps.
type privateCall struct {
	*watchedRows
	texts pinnedTexts
	steps laidSteps
}

// layPrivate lays rows and steps out; end must follow when err is nil.
func layPrivate(ctx context.Context, rows []Column, stream *Stream, binding *Binding, steps []GeneraliseStep) (*privateCall, error) {
	in, err := rowsUnder(ctx, rows, stream, binding)
	if err != nil {
		return nil, err
	}
	laid, err := laySteps(steps)
	if err != nil {
		in.end()
		return nil, err
	}
	return &privateCall{watchedRows: in, steps: laid}, nil
}

func (p *privateCall) end() {
	p.texts.pin.Unpin()
	p.steps.end()
	p.watchedRows.end()
}

// watchedRows are the rows of a call, of which ctx stops the producer.
type watchedRows struct {
	*input
	ctx   context.Context
	watch *watch
}

// rowsUnder lays columns out, or a stream, which it takes, also on failure; end must follow when err is nil.
func rowsUnder(ctx context.Context, columns []Column, stream *Stream, binding *Binding) (*watchedRows, error) {
	var in *input
	var err error
	switch {
	case stream == nil:
		in, err = layOutColumns(columns, binding)
	case columns == nil:
		in, err = layOutStream(stream, binding)
	default:
		stream.Close()
		err = invalid("rows are given twice: as columns and as a stream")
	}
	if err != nil {
		return nil, err
	}
	w, err := watchContext(ctx, nil, in.upstream)
	if err != nil {
		in.end()
		return nil, err
	}
	return &watchedRows{in, ctx, w}, nil
}

// failure names the context where it stopped the call.
func (r *watchedRows) failure(err error) error { return withContext(r.ctx, err, r.upstream) }

func (r *watchedRows) end() {
	r.watch.end()
	r.input.end()
}

// pinnedTexts lays texts out for one call and keeps them where they are; the first error stays.
type pinnedTexts struct {
	pin runtime.Pinner
	err error
}

// text is nil for "".
func (p *pinnedTexts) text(what, text string) *C.char {
	if text == "" {
		return nil
	}
	return p.keep(cText(what, text))
}

func (p *pinnedTexts) block(what string, texts []string) *C.char {
	return p.keep(textBlock(what, texts))
}

func (p *pinnedTexts) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *pinnedTexts) keep(bytes []byte, err error) *C.char {
	p.fail(err)
	if p.err != nil {
		return nil
	}
	p.pin.Pin(unsafe.SliceData(bytes))
	return charPointer(bytes)
}

// kept keeps what a pointer points to where it is; nil stays nil.
func kept[T any](p *pinnedTexts, value *T) *T {
	if value != nil {
		p.pin.Pin(value)
	}
	return value
}

// keptSlice does so with the elements of a slice; nil for none.
func keptSlice[T any](p *pinnedTexts, values []T) *T {
	if len(values) == 0 {
		return nil
	}
	return kept(p, unsafe.SliceData(values))
}
