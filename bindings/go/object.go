package constellation

/*
#include "bridge.h"

#cgo nocallback cstn_go_free
#cgo noescape cstn_go_merge
#cgo nocallback cstn_go_merge
#cgo noescape cstn_go_subtract
#cgo nocallback cstn_go_subtract
#cgo noescape cstn_go_bytes
#cgo nocallback cstn_go_bytes
#cgo noescape cstn_go_deserialize
#cgo nocallback cstn_go_deserialize
#cgo noescape cstn_go_param
#cgo nocallback cstn_go_param
#cgo noescape cstn_go_export
#cgo nocallback cstn_go_export
#cgo noescape cstn_go_remove
#cgo nocallback cstn_go_remove
*/
import "C"

import (
	"context"
	"runtime"
	"unsafe"
)

// object is what states, models and results have in common: a handle, the kind that says what the
// library can do with it, and for a kind that wants it one call at a time. It is embedded; README.md
// tells how a type is bound with it.
type object[P comparable] struct {
	handle handle[P]
	kind   *C.cstn_go_kind
	turn   chan struct{} // holds one token while a call runs; nil: any number at once
}

// open takes ownership of ptr.
func (b *object[P]) open(kind *C.cstn_go_kind, ptr P) {
	b.kind = kind
	if kind.turns != 0 {
		b.turn = make(chan struct{}, 1)
	}
	b.handle.open(ptr, C.GoString(kind.what), func(p P) { C.cstn_go_free(kind, address(p)) })
}

// owned is an object of a kind that takes ownership of ptr.
func owned[T any, P comparable, S interface {
	*T
	base() *object[P]
}](kind *C.cstn_go_kind, ptr P) *T {
	made := new(T)
	S(made).base().open(kind, ptr)
	return made
}

// address is a pointer to an object as the functions of a kind take it.
func address[P comparable](ptr P) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&ptr)) }

// use gives the pointer for one call, when it is this call's turn; end must follow when err is nil.
func (b *object[P]) use() (P, error) { return b.begin(context.Background()) }

// begin is use, waiting no longer than ctx lets it.
func (b *object[P]) begin(ctx context.Context) (P, error) {
	ptr, err := b.handle.use()
	if err != nil || b.turn == nil {
		return ptr, err
	}
	if ctx.Err() == nil {
		select {
		case b.turn <- struct{}{}:
			return ptr, nil
		case <-ctx.Done():
		}
	}
	b.handle.done()
	var none P
	return none, cancelled(ctx)
}

func (b *object[P]) end() {
	if b.turn != nil {
		<-b.turn
	}
	b.handle.done()
}

// Close frees the object, or gives the reference back; what was made from it lives on. Idempotent; the
// error is always nil.
func (b *object[P]) Close() error {
	b.handle.close()
	return nil
}

func (b *object[P]) base() *object[P] { return b }

// merge adds what other holds to to.
func merge[T any, P comparable, S interface {
	*T
	base() *object[P]
}](ctx context.Context, to, other S) error {
	return meet[T, P](ctx, to, other, func(kind *C.cstn_go_kind, into, from unsafe.Pointer, o *C.cstn_go_outcome) {
		C.cstn_go_merge(kind, into, from, o)
	})
}

// subtract takes what part holds out of from.
func subtract[T any, P comparable, S interface {
	*T
	base() *object[P]
}](ctx context.Context, from, part S) error {
	return meet[T, P](ctx, from, part, func(kind *C.cstn_go_kind, from, part unsafe.Pointer, o *C.cstn_go_outcome) {
		C.cstn_go_subtract(kind, from, part, o)
	})
}

// meet changes to by other, which stays as it is.
func meet[T any, P comparable, S interface {
	*T
	base() *object[P]
}](ctx context.Context, to, other S, call func(kind *C.cstn_go_kind, into, from unsafe.Pointer, o *C.cstn_go_outcome)) error {
	if to == nil || other == nil || to == other {
		return invalid("a state meets itself, or the other is nil")
	}
	into, from := to.base(), other.base()
	// Both turns are taken in one order everywhere, so that two merges cannot wait for each other.
	first, second := into, from
	if uintptr(unsafe.Pointer(first)) > uintptr(unsafe.Pointer(second)) {
		first, second = second, first
	}
	if _, err := first.begin(ctx); err != nil {
		return err
	}
	defer first.end()
	if _, err := second.begin(ctx); err != nil {
		return err
	}
	defer second.end()
	o := new(C.cstn_go_outcome)
	call(into.kind, address(into.handle.ptr), address(from.handle.ptr), o)
	return outcomeError(o)
}

// serialize gives the object's bytes.
func (b *object[P]) serialize(ctx context.Context) ([]byte, error) {
	return b.bytes(ctx, C.CSTN_GO_SERIALIZED)
}

// describe gives the object as text for people and programs.
func (b *object[P]) describe() (string, error) {
	text, err := b.bytes(context.Background(), C.CSTN_GO_DESCRIBED)
	return string(text), err
}

// bytes gives the object in a form.
func (b *object[P]) bytes(ctx context.Context, form C.int32_t) ([]byte, error) {
	ptr, err := b.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer b.end()
	var o C.cstn_go_outcome
	var buffer *C.cstn_buffer
	C.cstn_go_bytes(b.kind, address(ptr), form, &buffer, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	return takeBuffer(buffer), nil
}

// construct makes an object that takes its memory from memory; call is the crossing that fills out.
func construct[P comparable, T any](memory *Memory, open func(P) *T, call func(allocator *C.cstn_allocator, out *P, o *C.cstn_go_outcome)) (*T, error) {
	allocator, done, err := memory.allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	o, out := new(C.cstn_go_outcome), new(P)
	call(allocator, out, o)
	return opened(o, *out, open)
}

// deserialize makes an object from bytes.
func deserialize[P comparable, T any](kind *C.cstn_go_kind, bytes []byte, opts []Option, open func(P) *T) (*T, error) {
	return construct(memoryOf(opts), open, func(allocator *C.cstn_allocator, out *P, o *C.cstn_go_outcome) {
		C.cstn_go_deserialize(kind, bytePointer(bytes), C.size_t(len(bytes)), allocator, (*unsafe.Pointer)(unsafe.Pointer(out)), o)
	})
}

// opened is what a call that makes something gives: the thing, if there is one, and the error.
func opened[P comparable, T any](o *C.cstn_go_outcome, ptr P, open func(P) *T) (*T, error) {
	err := outcomeError(o)
	var none P
	if ptr == none {
		return nil, err
	}
	return open(ptr), err
}

// param gives a number by its name.
func (b *object[P]) param(name string) (float64, error) {
	text, err := cText("the name", name)
	if err != nil {
		return 0, err
	}
	ptr, err := b.use()
	if err != nil {
		return 0, err
	}
	defer b.end()
	var o C.cstn_go_outcome
	var value C.double
	C.cstn_go_param(b.kind, address(ptr), charPointer(text), &value, &o)
	return float64(value), outcomeError(&o)
}

// give gives the stream that a call on the object fills out; call is the crossing.
func (b *object[P]) give(call func(ptr P, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome)) (*Stream, error) {
	ptr, err := b.use()
	if err != nil {
		return nil, err
	}
	defer b.end()
	o, out := new(C.cstn_go_outcome), new(*C.struct_ArrowArrayStream)
	call(ptr, out, o)
	return answered(o, *out)
}

// giveFor is give for a call that reads rows.
func (b *object[P]) giveFor(columns []Column, binding *Binding, call func(ptr P, rows *C.cstn_go_input, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome)) (*Stream, error) {
	rows, err := layOutColumns(columns, binding)
	if err != nil {
		return nil, err
	}
	defer rows.end()
	return b.give(func(ptr P, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) { call(ptr, rows.c, out, o) })
}

// number gives a number that a call on the object finds in rows.
func (b *object[P]) number(columns []Column, binding *Binding, call func(ptr P, rows *C.cstn_go_input, out *C.double, o *C.cstn_go_outcome)) (float64, error) {
	rows, err := layOutColumns(columns, binding)
	if err != nil {
		return 0, err
	}
	defer rows.end()
	ptr, err := b.use()
	if err != nil {
		return 0, err
	}
	defer b.end()
	o, out := new(C.cstn_go_outcome), new(C.double)
	call(ptr, rows.c, out, o)
	return float64(*out), outcomeError(o)
}

// orDefault is options, or their zero value for nil.
func orDefault[T any](options *T) *T {
	if options == nil {
		return new(T)
	}
	return options
}

// export gives a table.
func (b *object[P]) export(table C.int32_t) (*Stream, error) {
	return b.give(func(ptr P, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_export(b.kind, address(ptr), table, out, o)
	})
}

// remove forgets customers, a column.
func (b *object[P]) remove(customers Column) error {
	rows, err := layOutColumns([]Column{customers}, nil)
	if err != nil {
		return err
	}
	defer rows.end()
	ptr, err := b.use()
	if err != nil {
		return err
	}
	defer b.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_remove(b.kind, address(ptr), rows.c, o)
	return outcomeError(o)
}

// update adds the rows of columns. flags are the kind's own, beside those of options.
func (b *object[P]) update(ctx context.Context, columns []Column, options *UpdateOptions, flags C.uint32_t) error {
	rows, err := layOutColumns(columns, options.binding())
	if err != nil {
		return err
	}
	return b.feed(ctx, rows, options, flags)
}

// updateStream is update for a stream, which it takes, also on failure.
func (b *object[P]) updateStream(ctx context.Context, lines *Stream, options *UpdateOptions, flags C.uint32_t) error {
	rows, err := layOutStream(lines, options.binding())
	if err != nil {
		return err
	}
	return b.feed(ctx, rows, options, flags)
}

// feed adds rows and ends them.
func (b *object[P]) feed(ctx context.Context, rows *input, options *UpdateOptions, flags C.uint32_t) error {
	defer rows.end()
	ptr, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer b.end()
	call, err := newUpdateCall(ctx, options, rows.upstream, flags)
	if err != nil {
		return err
	}
	defer call.end()
	o := new(C.cstn_go_outcome)
	C.cstn_go_update(b.kind, address(ptr), rows.c, call.options, o)
	return withContext(ctx, outcomeError(o), rows.upstream)
}

// UpdateOptions say how one update runs. nil, like the zero value, is: all processors, columns under
// their own names.
type UpdateOptions struct {
	// Threads: 0 all processors, 1 the caller's thread only; results do not depend on it.
	Threads int32
	// Binding maps the columns to the declared ones; nil is every column under its own name.
	Binding *Binding
	// Progress counts rows and can cancel; nil is none. A context needs none.
	Progress *Progress
	// Trusted leaves out the checks of [Binding.Trust], with the same danger.
	Trusted bool
}

func (o *UpdateOptions) binding() *Binding {
	if o == nil {
		return nil
	}
	return o.Binding
}

// updateCall is the options of an update as the bridge reads them, and what can cancel it.
type updateCall struct {
	options *C.cstn_go_update_options
	watch   *watch
}

func newUpdateCall(ctx context.Context, options *UpdateOptions, upstream *C.cstn_progress, flags C.uint32_t) (*updateCall, error) {
	if options == nil {
		options = new(UpdateOptions)
	}
	w, err := watchContext(ctx, options.Progress, upstream)
	if err != nil {
		return nil, err
	}
	u := &updateCall{options: new(C.cstn_go_update_options), watch: w}
	u.options.threads, u.options.progress, u.options.flags = C.int32_t(options.Threads), w.ptr, flags
	if options.Trusted {
		u.options.flags |= C.CSTN_IMPORT_TRUSTED
	}
	return u, nil
}

func (u *updateCall) end() { u.watch.end() }

// input is the rows of a call as the bridge reads them, pinned. What C gets a pointer to is an object of
// its own, so that it holds no pointer but pinned ones.
type input struct {
	c        *C.cstn_go_input
	upstream *C.cstn_progress // cancels the producer of a stream
	pinner   runtime.Pinner
	after    []func()
}

// bind adds the binding; on failure it ends the input.
func (in *input) bind(binding *Binding) (*input, error) {
	laid, err := binding.layOut()
	if err != nil {
		in.end()
		return nil, err
	}
	if laid != nil {
		in.c.binding = laid.c
		in.pinner.Pin(laid.c)
		in.after = append(in.after, laid.end)
	}
	return in, nil
}

func (in *input) end() {
	in.pinner.Unpin()
	for _, f := range in.after {
		f()
	}
}

func layOutColumns(columns []Column, binding *Binding) (*input, error) {
	p, err := pinColumns(columns)
	if err != nil {
		return nil, err
	}
	in := &input{c: new(C.cstn_go_input), after: []func(){p.unpin}}
	in.c.n_columns, in.c.rows = C.size_t(len(p.columns)), p.rows
	if len(p.columns) > 0 {
		in.c.columns = p.first()
		in.pinner.Pin(in.c.columns)
	}
	return in.bind(binding)
}

// layOutStream takes the stream, also on failure.
func layOutStream(stream *Stream, binding *Binding) (*input, error) {
	ptr, end, err := stream.take()
	if err != nil {
		return nil, err
	}
	upstream, release := stream.useProgress()
	in := &input{c: new(C.cstn_go_input), upstream: upstream, after: []func(){release, end}}
	in.c.stream = ptr
	return in.bind(binding)
}
