package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_memory_read
#cgo nocallback cstn_go_memory_read
#cgo nocallback cstn_go_memory_new
#cgo nocallback cstn_go_memory_unref
#cgo nocallback cstn_go_memory_allocator
*/
import "C"

// Memory is where the objects of the library that are made with it take their memory from: the C
// heap, counted, and up to a limit. Give each tenant or request its own to bound what it can use; a
// call that would pass the limit fails with [ErrNoMemory] and changes nothing. Without one, objects
// use the C heap uncounted.
//
// Any goroutine. Close it when no more objects are to be made; those already made keep it.
type Memory struct {
	handle handle[*C.cstn_go_memory]
}

// Usage is what a [Memory] has given out and not got back.
type Usage struct {
	Bytes  int64 // in use
	Blocks int64 // in use
	Peak   int64 // most bytes in use at any time
}

// NewMemory makes a Memory. limit is in bytes; 0 is none. It returns [ErrInvalidArgument] for a
// negative limit.
func NewMemory(limit int64) (*Memory, error) {
	if limit < 0 {
		return nil, invalid("memory limit is %d, 0 or more expected", limit)
	}
	ptr := C.cstn_go_memory_new(C.int64_t(limit))
	if ptr == nil {
		return nil, &Error{Code: ErrNoMemory, Message: "no memory for a Memory"}
	}
	m := new(Memory)
	m.handle.open(ptr, "memory", func(p *C.cstn_go_memory) { C.cstn_go_memory_unref(p) })
	return m, nil
}

// Usage tells what is in use. Zero after Close.
func (m *Memory) Usage() Usage {
	ptr, err := m.handle.use()
	if err != nil {
		return Usage{}
	}
	defer m.handle.done()
	var live, blocks, peak C.int64_t
	C.cstn_go_memory_read(ptr, &live, &blocks, &peak)
	return Usage{Bytes: int64(live), Blocks: int64(blocks), Peak: int64(peak)}
}

// Close ends the making of objects. What was made stays valid. Idempotent; the error is always nil.
func (m *Memory) Close() error {
	m.handle.close()
	return nil
}

// allocator gives the library's view of m for one call, and what to call after it.
func (m *Memory) allocator() (*C.cstn_allocator, func(), error) {
	if m == nil {
		return nil, func() {}, nil
	}
	ptr, err := m.handle.use()
	if err != nil {
		return nil, nil, err
	}
	return C.cstn_go_memory_allocator(ptr), m.handle.done, nil
}

// Option changes how an object is made.
type Option func(*options)

type options struct{ memory *Memory }

// WithMemory makes the object, and all that is made from it, take memory from m.
func WithMemory(m *Memory) Option { return func(o *options) { o.memory = m } }

func memoryOf(opts []Option) *Memory {
	var o options
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o.memory
}
