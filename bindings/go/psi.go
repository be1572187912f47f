package constellation

/*
#include "bridge.h"
#cgo nocallback cstn_psi_receiver_free
#cgo nocallback cstn_psi_receiver_common
#cgo nocallback cstn_psi_sender_free
#cgo nocallback cstn_psi_runs_free
#cgo nocallback cstn_psi_runs_left
*/
import "C"

import (
	"sync"
	"time"
	"unsafe"
)

// PSIMode is what the receiver of a private set intersection learns.
type PSIMode int32

// Modes.
const (
	PSIItems PSIMode = C.CSTN_PSI_ITEMS // which identifiers are common
	PSISize  PSIMode = C.CSTN_PSI_SIZE  // how many are
)

// Limits of private set intersection.
const (
	PSIDigestSize = C.CSTN_PSI_DIGEST_SIZE // bytes of an agreement's digest
	PSIValueMost  = C.CSTN_PSI_VALUE_MOST  // bytes of an identifier
	PSIValuesMost = C.CSTN_PSI_VALUES_MOST // identifiers of a side
	PSILog2Least  = C.CSTN_PSI_LOG2_LEAST  // of a declared size, as a power of 2
	PSILog2Most   = C.CSTN_PSI_LOG2_MOST
	PSIKindLog2   = C.CSTN_PSI_KIND_LOG2 // below it a kind of identifiers is small
)

// PSIOptions are what a run is about. Each side gives its own, and they must agree.
//
// With Signed a run needs, before anything is computed, a term of level existence that names Kind by its path, between
// Party and Partner, in an agreement that decides at Now, and Decision where the term has conditions. With Network too,
// each step is entered in the shared log of Party before it gives anything out, and what is refused in its private log.
// Without Signed no term is looked at.
type PSIOptions struct {
	Agreement    [PSIDigestSize]byte // digest; not read with Signed
	Kind         string              // of the identifiers: their path, "item.gtin"
	KindLog2     int                 // its plausible values, as a power of 2
	SmallKind    bool                // both have signed that the kind is small
	Mode         PSIMode             // 0 is PSIItems
	ToProvider   bool                // the receiver is the provider under the agreement
	SizeLog2     int                 // declared size as a power of 2; 0: the least that holds all
	LeastOverlap uint32              // below it only "fewer than" is told; 0: the threshold of the term
	Threads      int                 // 0: all processors
	Runs         *PSIRuns            // where the run is charged, to Partner
	Partner      string              // the other side
	Now          time.Time           // for gates, Runs and Network
	Signed       *Agreement          // what both signed, with its terms; read when the side is made
	Party        string              // with Signed: one's own side
	Network      *Network            // with Signed: whose logs steps are entered in
	Decision     *Decision           // with Signed: that a term with conditions permits this run; read when the side is made
}

// psiGiven is what the options are for C. The runs are used until end, what made the side until made.
type psiGiven struct {
	flags             C.uint32_t
	kind, partner     []byte
	party             []byte
	signed            *C.cstn_agreement
	network           *C.cstn_network
	decision          *C.cstn_decision
	mode, direction   C.int32_t
	runs              *C.cstn_psi_runs
	agreement         *C.uint8_t
	kindLog2, log2    C.int32_t
	least             C.uint32_t
	threads           C.int32_t
	now               C.int64_t
	lock, unlock, end func()
	made              []func()
}

// borrow uses a handle until the side is made; none is nil.
func borrow[T any, P comparable](given *psiGiven, one *T, of func(*T) *handle[P], to *P) error {
	if one == nil {
		return nil
	}
	ptr, err := of(one).use()
	if err == nil {
		*to = ptr
		given.made = append(given.made, of(one).done)
	}
	return err
}

func (given *psiGiven) isMade() {
	for _, done := range given.made {
		done()
	}
	given.made = nil
}

func (given *psiGiven) readGates(options *PSIOptions) (err error) {
	if given.party, err = optionalText("party", options.Party); err != nil {
		return err
	}
	if err = borrow(given, options.Signed, func(a *Agreement) *handle[*C.cstn_agreement] { return &a.handle }, &given.signed); err != nil {
		return err
	}
	if err = borrow(given, options.Network, func(n *Network) *handle[*C.cstn_network] { return &n.handle }, &given.network); err != nil {
		return err
	}
	return borrow(given, options.Decision, func(d *Decision) *handle[*C.cstn_decision] { return &d.handle }, &given.decision)
}

func (options *PSIOptions) read() (given psiGiven, err error) {
	if options == nil {
		return given, invalid("options are nil")
	}
	if given.kind, err = cText("kind", options.Kind); err != nil {
		return given, err
	}
	if given.partner, err = optionalText("partner", options.Partner); err != nil {
		return given, err
	}
	given.lock, given.unlock, given.end = func() {}, func() {}, func() {}
	if err = given.readGates(options); err != nil {
		given.isMade()
		return given, err
	}
	if options.Runs != nil {
		if given.runs, err = options.Runs.handle.use(); err != nil {
			given.isMade()
			return given, err
		}
		given.lock, given.unlock, given.end = options.Runs.lock.Lock, options.Runs.lock.Unlock, options.Runs.handle.done
	}
	if options.SmallKind {
		given.flags = C.CSTN_PSI_SMALL_KIND
	}
	given.mode, given.direction = C.int32_t(options.Mode), C.CSTN_PSI_TO_RECIPIENT
	if options.Mode == 0 {
		given.mode = C.CSTN_PSI_ITEMS
	}
	if options.ToProvider {
		given.direction = C.CSTN_PSI_TO_PROVIDER
	}
	given.agreement = (*C.uint8_t)(&options.Agreement[0])
	given.kindLog2, given.log2 = C.int32_t(options.KindLog2), C.int32_t(options.SizeLog2)
	given.least, given.threads = C.uint32_t(options.LeastOverlap), C.int32_t(options.Threads)
	if !options.Now.IsZero() {
		given.now = C.int64_t(options.Now.UnixMicro())
	}
	return given, nil
}

// psiSide is what both sides have: one call at a time, the runs used until Close.
type psiSide[P comparable] struct {
	handle handle[P]
	lock   sync.Mutex
	given  psiGiven
	ended  sync.Once
}

func (s *psiSide[P]) call(work func(P, *C.cstn_go_outcome)) error {
	ptr, err := s.handle.use()
	if err != nil {
		return err
	}
	defer s.handle.done()
	s.lock.Lock()
	defer s.lock.Unlock()
	s.given.lock()
	defer s.given.unlock()
	o := new(C.cstn_go_outcome)
	work(ptr, o)
	return outcomeError(o)
}

func (s *psiSide[P]) made(work func(P, **C.cstn_buffer, *C.cstn_go_outcome)) ([]byte, error) {
	out := new(*C.cstn_buffer)
	if err := s.call(func(p P, o *C.cstn_go_outcome) { work(p, out, o) }); err != nil {
		return nil, err
	}
	return takeBuffer(*out), nil
}

// Close wipes identifiers and keys and frees the side. Idempotent; the error is always nil.
func (s *psiSide[P]) Close() error {
	s.handle.close()
	s.ended.Do(s.given.end)
	return nil
}

// PSIReceiver is the side that learns, for one run. Close it when done.
type PSIReceiver struct {
	psiSide[*C.cstn_psi_receiver]
}

// NewPSIReceiver makes a receiver. It returns [ErrDenied] with the gate that is shut, [ErrMissing] if Signed has no
// terms, and [ErrInvalidArgument].
func NewPSIReceiver(options *PSIOptions, opts ...Option) (*PSIReceiver, error) {
	g, err := options.read()
	if err != nil {
		return nil, err
	}
	open := func(ptr *C.cstn_psi_receiver) *PSIReceiver {
		r := new(PSIReceiver)
		r.given = g
		r.handle.open(ptr, "receiver", func(p *C.cstn_psi_receiver) { C.cstn_psi_receiver_free(p) })
		return r
	}
	r, err := construct(memoryOf(opts), open, func(allocator *C.cstn_allocator, out **C.cstn_psi_receiver, o *C.cstn_go_outcome) {
		C.cstn_go_psi_receiver_new(g.flags, g.agreement, charPointer(g.kind), g.mode, g.direction, g.kindLog2, g.log2,
			g.least, g.threads, g.runs, charPointer(g.partner), g.now, g.signed, charPointer(g.party), g.network, g.decision,
			allocator, out, o)
	})
	g.isMade()
	if err != nil {
		g.end()
	}
	return r, err
}

// Add adds identifiers, all or none; those that come again count once. It returns [ErrInvalidArgument]
// with the place of one that is empty or too long, [ErrLimit], [ErrState] once a request was made.
func (r *PSIReceiver) Add(identifiers ...[]byte) error {
	all, ends := joinEntries(identifiers)
	return r.call(func(p *C.cstn_psi_receiver, o *C.cstn_go_outcome) {
		C.cstn_go_psi_receiver_add(p, bytePointer(all), unsafe.SliceData(ends), C.size_t(len(identifiers)), o)
	})
}

// Request gives the bytes for the sender, once. It returns [ErrBudget] if the partner's runs, or the calls of the term,
// are spent.
func (r *PSIReceiver) Request() ([]byte, error) {
	return r.made(func(p *C.cstn_psi_receiver, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_psi_request(p, out, o)
	})
}

// PSIResult is what a run gave the receiver.
type PSIResult struct {
	Common        uint64   // identifiers in common; with Fewer the least that would have been told
	Fewer         bool     // fewer than LeastOverlap are common, and nothing more is told
	Places        []uint64 // of the common ones in the order they were added; nil if they are not told
	Own           uint64   // own identifiers, each once
	OwnDeclared   uint64
	TheirDeclared uint64
}

// Finish takes the reply of the sender. It returns [ErrFormat], [ErrMismatch] for a reply to another
// request, [ErrProof] if not one key evaluated all, or if more are common than there are own ones: with PSISize the
// number is the sender's word up to that.
func (r *PSIReceiver) Finish(reply []byte) (PSIResult, error) {
	out := new(C.cstn_psi_result)
	bytes := append(append([]byte(nil), reply...), 0)
	var places []uint64
	err := r.call(func(p *C.cstn_psi_receiver, o *C.cstn_go_outcome) {
		C.cstn_go_psi_finish(p, bytePointer(bytes), C.size_t(len(reply)), out, o)
		n := new(C.size_t)
		if common := C.cstn_psi_receiver_common(p, n); common != nil {
			places = append([]uint64{}, unsafe.Slice((*uint64)(unsafe.Pointer(common)), int(*n))...)
		}
	})
	if err != nil {
		return PSIResult{}, err
	}
	return PSIResult{uint64(out.common), out.is_fewer != 0, places, uint64(out.own), uint64(out.own_declared),
		uint64(out.their_declared)}, nil
}

// PSISender is the side that helps, for one run. Close it when done.
type PSISender struct {
	psiSide[*C.cstn_psi_sender]
}

// NewPSISender makes a sender, as [NewPSIReceiver].
func NewPSISender(options *PSIOptions, opts ...Option) (*PSISender, error) {
	g, err := options.read()
	if err != nil {
		return nil, err
	}
	open := func(ptr *C.cstn_psi_sender) *PSISender {
		s := new(PSISender)
		s.given = g
		s.handle.open(ptr, "sender", func(p *C.cstn_psi_sender) { C.cstn_psi_sender_free(p) })
		return s
	}
	s, err := construct(memoryOf(opts), open, func(allocator *C.cstn_allocator, out **C.cstn_psi_sender, o *C.cstn_go_outcome) {
		C.cstn_go_psi_sender_new(g.flags, g.agreement, charPointer(g.kind), g.mode, g.direction, g.kindLog2, g.log2,
			g.least, g.threads, g.runs, charPointer(g.partner), g.now, g.signed, charPointer(g.party), g.network, g.decision,
			allocator, out, o)
	})
	g.isMade()
	if err != nil {
		g.end()
	}
	return s, err
}

// Add adds identifiers, as [PSIReceiver.Add].
func (s *PSISender) Add(identifiers ...[]byte) error {
	all, ends := joinEntries(identifiers)
	return s.call(func(p *C.cstn_psi_sender, o *C.cstn_go_outcome) {
		C.cstn_go_psi_sender_add(p, bytePointer(all), unsafe.SliceData(ends), C.size_t(len(identifiers)), o)
	})
}

// Reply answers a request, once. It returns [ErrFormat], [ErrMismatch] with what the sides do not agree
// on, [ErrBudget].
func (s *PSISender) Reply(request []byte) ([]byte, error) {
	bytes := append(append([]byte(nil), request...), 0)
	return s.made(func(p *C.cstn_psi_sender, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_psi_reply(p, bytePointer(bytes), C.size_t(len(request)), out, o)
	})
}

// PSIRuns counts the runs of partners in a period. Any goroutine; calls take turns. Close it when done.
type PSIRuns struct {
	handle handle[*C.cstn_psi_runs]
	lock   sync.Mutex
}

func openPSIRuns(ptr *C.cstn_psi_runs) *PSIRuns {
	r := new(PSIRuns)
	r.handle.open(ptr, "runs", func(p *C.cstn_psi_runs) { C.cstn_psi_runs_free(p) })
	return r
}

// NewPSIRuns makes a count: so many runs in each period.
func NewPSIRuns(period time.Duration, most uint32, opts ...Option) (*PSIRuns, error) {
	return construct(memoryOf(opts), openPSIRuns, func(allocator *C.cstn_allocator, out **C.cstn_psi_runs, o *C.cstn_go_outcome) {
		C.cstn_go_psi_runs_new(C.int64_t(period.Microseconds()), C.uint32_t(most), allocator, out, o)
	})
}

// DeserializePSIRuns reads what [PSIRuns.Serialize] gave; [ErrCorrupt] if it is damaged.
func DeserializePSIRuns(data []byte, opts ...Option) (*PSIRuns, error) {
	bytes := append(append([]byte(nil), data...), 0)
	return construct(memoryOf(opts), openPSIRuns, func(allocator *C.cstn_allocator, out **C.cstn_psi_runs, o *C.cstn_go_outcome) {
		C.cstn_go_psi_runs_read(bytePointer(bytes), C.size_t(len(data)), allocator, out, o)
	})
}

// Serialize gives its bytes: keep them once a run was charged, before its message leaves.
func (r *PSIRuns) Serialize() ([]byte, error) {
	ptr, err := r.handle.use()
	if err != nil {
		return nil, err
	}
	defer r.handle.done()
	r.lock.Lock()
	defer r.lock.Unlock()
	o, out := new(C.cstn_go_outcome), new(*C.cstn_buffer)
	C.cstn_go_psi_runs_bytes(ptr, out, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return takeBuffer(*out), nil
}

// Left says how many runs a partner has left in the period of an instant; 0 once it is closed.
func (r *PSIRuns) Left(partner string, now time.Time) uint32 {
	ptr, err := r.handle.use()
	if err != nil {
		return 0
	}
	defer r.handle.done()
	r.lock.Lock()
	defer r.lock.Unlock()
	name := append([]byte(partner), 0)
	return uint32(C.cstn_psi_runs_left(ptr, charPointer(name), C.int64_t(now.UnixMicro())))
}

// Close frees it. Idempotent; the error is always nil.
func (r *PSIRuns) Close() error {
	r.handle.close()
	return nil
}
