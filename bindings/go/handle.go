package constellation

import (
	"runtime"
	"sync/atomic"
)

// handle owns one object of the library, P being the type of the pointer to it. It counts the calls
// in flight, so that Close neither waits for them nor pulls the object away from under them: the
// last one out frees it. A handle that becomes unreachable is freed by its cleanup.
type handle[P comparable] struct {
	ptr     P
	what    string
	release func(P)
	cleanup runtime.Cleanup
	refs    atomic.Int64 // calls in flight, and one until Close
	shut    atomic.Bool
}

// open takes ownership of ptr. what names the object in errors; release must not refer to h.
func (h *handle[P]) open(ptr P, what string, release func(P)) {
	h.ptr, h.what, h.release = ptr, what, release
	h.refs.Store(1)
	h.cleanup = runtime.AddCleanup(h, release, ptr)
}

// use gives the pointer for one call; done must follow when err is nil.
func (h *handle[P]) use() (P, error) {
	var none P
	for {
		n := h.refs.Load()
		if n <= 0 || h.shut.Load() {
			what := h.what
			if what == "" {
				what = "an object that was never opened"
			}
			return none, closedError(what)
		}
		if h.refs.CompareAndSwap(n, n+1) {
			return h.ptr, nil
		}
	}
}

// done ends a use; it also keeps h reachable until here.
func (h *handle[P]) done() {
	if h.refs.Add(-1) == 0 {
		h.release(h.ptr)
	}
	runtime.KeepAlive(h)
}

// close drops the reference of the owner, once.
func (h *handle[P]) close() {
	if h.refs.Load() == 0 || h.shut.Swap(true) {
		return
	}
	h.cleanup.Stop()
	h.done()
}
