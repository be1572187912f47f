package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_progress_new
#cgo nocallback cstn_go_progress_new
#cgo nocallback cstn_progress_free
#cgo nocallback cstn_progress_cancel
#cgo nocallback cstn_progress_done
#cgo nocallback cstn_progress_total
#cgo nocallback cstn_progress_is_cancelled
#cgo nocallback cstn_progress_reset
*/
import "C"

import "context"

// Progress watches a long call from another goroutine. A context is enough to stop one; a Progress
// also tells how far it is. Any goroutine.
type Progress struct {
	handle handle[*C.cstn_progress]
}

// NewProgress makes a counter at zero. It returns [ErrNoMemory]. Close it after the calls that use
// it.
func NewProgress() (*Progress, error) {
	ptr, err := newProgress(nil)
	if err != nil {
		return nil, err
	}
	p := new(Progress)
	p.handle.open(ptr, "progress", func(p *C.cstn_progress) { C.cstn_progress_free(p) })
	return p, nil
}

func newProgress(allocator *C.cstn_allocator) (*C.cstn_progress, error) {
	var o C.cstn_go_outcome
	var ptr *C.cstn_progress
	C.cstn_go_progress_new(allocator, &ptr, &o)
	return ptr, outcomeError(&o)
}

// Done is the number of rows (CSV: bytes) done so far; 0 after Close.
func (p *Progress) Done() uint64 {
	ptr, err := p.handle.use()
	if err != nil {
		return 0
	}
	defer p.handle.done()
	return uint64(C.cstn_progress_done(ptr))
}

// Total is the number of rows (CSV: bytes) in all, 0 while that is unknown, as for most streams.
func (p *Progress) Total() uint64 {
	ptr, err := p.handle.use()
	if err != nil {
		return 0
	}
	defer p.handle.done()
	return uint64(C.cstn_progress_total(ptr))
}

// Cancel asks the running call to stop; it then returns [ErrCancelled]. Idempotent.
func (p *Progress) Cancel() {
	ptr, err := p.handle.use()
	if err != nil {
		return
	}
	defer p.handle.done()
	C.cstn_progress_cancel(ptr)
}

// Cancelled tells whether Cancel was called, or a context stopped a call that used p.
func (p *Progress) Cancelled() bool {
	ptr, err := p.handle.use()
	if err != nil {
		return false
	}
	defer p.handle.done()
	return C.cstn_progress_is_cancelled(ptr) != 0
}

// Reset goes back to zero, for use with the next call. Not while a call uses p.
func (p *Progress) Reset() {
	ptr, err := p.handle.use()
	if err != nil {
		return
	}
	defer p.handle.done()
	C.cstn_progress_reset(ptr)
}

// Close frees the counter. Idempotent; the error is always nil.
func (p *Progress) Close() error {
	p.handle.close()
	return nil
}

// watch is a progress that a context can cancel while a call runs.
type watch struct {
	ptr     *C.cstn_progress
	own     bool
	borrows *Progress
	stop    []func()
}

// watchContext gives a progress for one call under ctx: the caller's, or one of its own when ctx
// can be cancelled. more are cancelled with it. It fails when ctx is already over.
func watchContext(ctx context.Context, user *Progress, more ...*C.cstn_progress) (*watch, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	w := new(watch)
	if user != nil {
		ptr, err := user.handle.use()
		if err != nil {
			return nil, err
		}
		w.ptr, w.borrows = ptr, user
	} else if ctx.Done() != nil {
		ptr, err := newProgress(nil)
		if err != nil {
			return nil, err
		}
		w.ptr, w.own = ptr, true
	}
	for _, ptr := range append(more, w.ptr) {
		if ptr != nil {
			w.stop = append(w.stop, cancelWith(ctx, ptr))
		}
	}
	return w, nil
}

// end is to be called when the call has returned; after it nobody touches the progress.
func (w *watch) end() {
	for _, stop := range w.stop {
		stop()
	}
	if w.own {
		C.cstn_progress_free(w.ptr)
	}
	if w.borrows != nil {
		w.borrows.handle.done()
	}
}

// cancelWith sets the cancel flag when ctx is done; what it returns ends that, and waits for a
// cancellation that is on its way.
func cancelWith(ctx context.Context, ptr *C.cstn_progress) func() {
	if ctx.Done() == nil {
		return func() {}
	}
	finished := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		C.cstn_progress_cancel(ptr)
		close(finished)
	})
	return func() {
		if !stop() {
			<-finished
		}
	}
}
