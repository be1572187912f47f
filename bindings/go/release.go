package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_request_new
#cgo nocallback cstn_go_request_new
#cgo nocallback cstn_go_release_id
*/
import "C"

import (
	"context"
	"io"
	"iter"
	"sync"
	"unsafe"
)

// ReleaseColumn is a column of the rows and the field of the request that it is. Ladder is how the field becomes
// coarser: step s of a term is Ladder[s-1], whose column is of no account; needed where it leaves generalised.
type ReleaseColumn struct {
	Column, Path string
	Ladder       []GeneraliseStep
}

// ReleaseOptions say what leaves, and how.
type ReleaseOptions struct {
	Columns []ReleaseColumn
	// TimeColumn is the column of the instant that a row is about: a timestamp with a zone, or a date. Rows outside the
	// request's data window, younger than the decision asks for, or without an instant stay. Needed where there is such
	// a window or age, else "".
	TimeColumn string
	// DataSet is the name of the rows, 1 to 255 bytes, by which is kept what was told of them; needed by cells, else "".
	DataSet string
	// Cells: By, Measures, Company, Sensitive, Row, Steps of [Aggregate], needed where fields leave aggregated; its rules
	// are the decision's or stricter, Recipient, Guard, Stream and Binding stay empty.
	Cells *AggregateOptions
	// Noise: Kind, Subject, Measure, Partition and bounds of [PrivacyBudget.Answer], needed where fields leave with noise;
	// Recipient, DataSet, NowUS, EpsilonNano, Grid, Stream and Binding stay empty.
	Noise *NoiseOptions
	// PseudonymKey is 32 bytes, the provider's secret; needed where fields leave as pseudonyms.
	PseudonymKey []byte
	// Words are the operands that the host answers for, or nil.
	Words *Vocabulary
	// Checkpoint, where a settled one is demanded: one of the provider's shared log, and when it is settled.
	Checkpoint string
	Settle     *SettlePolicy
	Memory     *Memory
}

// Kinds of checksums.
const (
	ChecksumXXH3   int32 = C.CSTN_CHECKSUM_XXH3_128 // 16 bytes: nothing was damaged
	ChecksumSHA256 int32 = C.CSTN_CHECKSUM_SHA256   // 32 bytes: nobody changed it
)

// ChecksumSaltSize is how many bytes a salt has; ChecksumSizeMost how many the longest checksum.
const (
	ChecksumSaltSize = C.CSTN_CHECKSUM_SALT_SIZE
	ChecksumSizeMost = C.CSTN_CHECKSUM_SIZE_MOST
)

// ReleaseReceipt is what has left, told after.
type ReleaseReceipt struct {
	Release, Decision Digest // id, and digest of the decision record
	AtUS              int64
	Form              RuleLevel // the coarsest of its fields
	// OpenedIndex and ClosedIndex are those of "release_open" and "release_close" in the provider's shared log.
	OpenedIndex, ClosedIndex uint64
	Rows, Batches            uint64 // that have left
	RowsHeldBack             uint64 // too young, outside the window, or without an instant
	ColumnsDropped           uint64 // of the rows, that are no granted field
	NanoEpsilon              int64  // spent; 0 for an answer that was known
	Complete                 bool   // all has left
	ChecksumKind             int32  // ChecksumXXH3, ChecksumSHA256; 0: there is none
	Checksum                 []byte // as in the log
	Salt                     [ChecksumSaltSize]byte
	// JSON is all of it as canonical JSON, for who received the rows.
	JSON string
}

// Verify says whether rows are those that have left, as their recipient does; it takes them.
func (r *ReleaseReceipt) Verify(rows *Stream) (bool, error) {
	sum, err := ReleaseChecksum(rows, r.ChecksumKind, r.Salt)
	return err == nil && len(sum) > 0 && string(sum) == string(r.Checksum), err
}

// ReleaseChecksum is the checksum of rows, for who received them; it takes them. Of each column its name, type, places
// of nulls and values in order count, however they are cut into batches or laid out. It returns [ErrSchema] for a
// column that is nested. One pass; any goroutine.
func ReleaseChecksum(rows *Stream, kind int32, salt [ChecksumSaltSize]byte) ([]byte, error) {
	ptr, end, err := rows.take()
	if err != nil {
		return nil, err
	}
	defer end()
	o, size := new(C.cstn_go_outcome), new(C.size_t)
	sum, bytes := make([]byte, ChecksumSizeMost), append([]byte{}, salt[:]...)
	C.cstn_go_release_checksum(ptr, C.int32_t(kind), bytePointer(bytes), bytePointer(sum), size, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	return sum[:*size], nil
}

// Release is a release under way. Calls take turns; any goroutine. Finish it, and Close it: what was not finished is
// closed in the log by then, without a receipt.
type Release struct {
	handle handle[*C.cstn_release]
	mu     *sync.Mutex // of the rows, which are read batch by batch
}

// request makes a request of C for one call.
func (q *Request) request(call func(ptr *C.cstn_request) error) error {
	names, err := q.names()
	if err != nil {
		return err
	}
	given, o, out := q.c(), new(C.cstn_go_outcome), new(*C.cstn_request)
	if err := cFacts(q.Facts, func(facts *C.cstn_go_facts) { C.cstn_go_request_new(&given, charPointer(names), facts, out, o) }); err != nil {
		return err
	}
	if err := outcomeError(o); err != nil {
		return err
	}
	defer C.cstn_request_unref(*out)
	return call(*out)
}

// laidRelease is what a release is asked with, as the bridge takes it; end must follow.
type laidRelease struct {
	c     C.cstn_go_release_asked
	texts pinnedTexts
	steps []laidSteps
}

func (l *laidRelease) end() {
	l.texts.pin.Unpin()
	for i := range l.steps {
		l.steps[i].end()
	}
}

// lay lays steps out and pins them; the first error stays.
func (l *laidRelease) lay(steps []GeneraliseStep) C.cstn_go_steps {
	laid, err := laySteps(steps)
	if err != nil {
		l.texts.fail(err)
		return C.cstn_go_steps{}
	}
	l.steps = append(l.steps, laid)
	if laid.n > 0 {
		l.texts.pin.Pin(laid.c)
	}
	return C.cstn_go_steps{steps: laid.c, names: kept(&l.texts, laid.names), n: laid.n}
}

func (l *laidRelease) columns(columns []ReleaseColumn) {
	var names []string
	var ladder []GeneraliseStep
	counts := make([]C.size_t, len(columns)+1)
	for i, column := range columns {
		names = append(names, column.Column, column.Path)
		ladder = append(ladder, column.Ladder...)
		counts[i] = C.size_t(len(column.Ladder))
	}
	l.c.columns, l.c.n_columns = l.texts.block("a column", names), C.size_t(len(columns))
	l.c.n_steps, l.c.ladders = keptSlice(&l.texts, counts), l.lay(ladder).steps
}

func (l *laidRelease) cells(o *AggregateOptions) {
	if o != nil {
		l.c.cells, l.c.cells_asked = kept(&l.texts, o.given()), kept(&l.texts, o.asked(&l.texts))
		l.c.cells_steps = l.lay(o.Steps)
	}
}

func (l *laidRelease) noise(o *NoiseOptions) {
	if o != nil {
		l.c.noise, l.c.noise_asked = kept(&l.texts, o.given()), kept(&l.texts, o.asked(&l.texts))
		l.c.noise_steps = l.lay(o.Steps)
	}
}

func (l *laidRelease) checkpoint(text string, policy *SettlePolicy) {
	if text != "" || policy != nil {
		l.c.checkpoint, l.c.checkpoint_len = (*C.char)(unsafe.Pointer(keptSlice(&l.texts, append([]byte(text), 0)))), C.size_t(len(text))
		l.c.settle = orDefault(policy).asked(&l.texts)
	}
}

func (l *laidRelease) all(o *ReleaseOptions) error {
	if len(o.PseudonymKey) != 0 && len(o.PseudonymKey) != 32 {
		return invalid("the key of pseudonyms has %d bytes, 32 expected", len(o.PseudonymKey))
	}
	l.columns(o.Columns)
	l.cells(o.Cells)
	l.noise(o.Noise)
	l.checkpoint(o.Checkpoint, o.Settle)
	l.c.time_column, l.c.data_set = l.texts.text("time column", o.TimeColumn), l.texts.text("data set", o.DataSet)
	l.c.pseudonym_key = (*C.uint8_t)(unsafe.Pointer(keptSlice(&l.texts, append([]byte{}, o.PseudonymKey...))))
	return l.texts.err
}

// Release decides, charges and enters a release in one act; nothing leaves before it is committed and durable. It takes
// rows, also on failure (of columns, [NewStream] makes them). Denied, that is if no field is granted, it returns [ErrDenied], the same
// words whatever the reason, which is in the provider's private log. It returns [ErrUnverified] and [ErrSplitView] for a
// checkpoint, [ErrSchema] and [ErrInvalidArgument] for what cannot leave as it was decided, with nothing charged;
// [ErrBudget], [ErrRows] and [ErrLimit] of cells and noise, the release being closed again; [ErrReadOnly], [ErrState],
// [ErrIO] of the network. Any goroutine, several at once: they never spend more than there is. Cost: compiling the rules
// of the two parties, a decision, a durable commit.
func (n *Network) Release(request *Request, rows *Stream, options *ReleaseOptions) (*Release, error) {
	options = orDefault(options)
	ptr, end, err := rows.take()
	if err != nil {
		return nil, err
	}
	defer end()
	asked := new(laidRelease)
	defer asked.end()
	if err := asked.all(options); err != nil {
		return nil, err
	}
	var made *Release
	err = request.request(func(request *C.cstn_request) error {
		return withWords(options.Words, func(words *C.cstn_vocabulary) error {
			asked.c.words = words
			network, err := n.handle.use()
			if err != nil {
				return err
			}
			defer n.handle.done()
			made, err = construct(options.Memory, func(ptr *C.cstn_release) *Release {
				r := &Release{mu: rows.mu}
				r.handle.open(ptr, "release", func(p *C.cstn_release) { C.cstn_release_free(p) })
				return r
			}, func(allocator *C.cstn_allocator, out **C.cstn_release, o *C.cstn_go_outcome) {
				C.cstn_go_release_open(network, request, ptr, &asked.c, allocator, out, o)
			})
			return err
		})
	})
	return made, err
}

func (r *Release) call(work func(ptr *C.cstn_release, o *C.cstn_go_outcome)) error {
	ptr, err := r.handle.use()
	if err != nil {
		return err
	}
	defer r.handle.done()
	r.mu.Lock()
	defer r.mu.Unlock()
	o := new(C.cstn_go_outcome)
	work(ptr, o)
	return outcomeError(o)
}

// Decision is what was decided; for the provider only. Close it.
func (r *Release) Decision() (*Decision, error) {
	out, d := new(*C.cstn_decision), new(Decision)
	if err := r.call(func(ptr *C.cstn_release, o *C.cstn_go_outcome) {
		d.Record = bufferText(func(record **C.cstn_buffer) {
			C.cstn_go_release_decision(ptr, out, record, (*C.uint8_t)(&d.Digest[0]), o)
		})
	}); err != nil {
		return nil, err
	}
	d.handle.open(*out, "decision", func(p *C.cstn_decision) { C.cstn_decision_unref(p) })
	d.read(*out)
	return d, nil
}

// ID is its id; zeros after Close.
func (r *Release) ID() Digest {
	id := new([32]C.uint8_t)
	_ = r.call(func(ptr *C.cstn_release, _ *C.cstn_go_outcome) { C.cstn_go_release_id(ptr, &id[0]) })
	var digest Digest
	for i, b := range id {
		digest[i] = byte(b)
	}
	return digest
}

// NextStream gives the next batch as a stream of one, for calls that take streams, or io.EOF at the end. Its rows are
// charged to what was reserved before it is handed over: a batch with more than are left is [ErrBudget], and nothing of
// it leaves. It returns [ErrStream], [ErrRows] for a value that cannot be made coarser, [ErrState] after Finish; after
// an error only that error again. Close the stream.
func (r *Release) NextStream() (*Stream, error) {
	out, done := new(*C.struct_ArrowArrayStream), false
	if err := r.call(func(ptr *C.cstn_release, o *C.cstn_go_outcome) {
		C.cstn_go_release_next(ptr, out, o)
		if done = o.status == C.CSTN_DONE; done {
			o.status = C.CSTN_OK
		}
	}); err != nil {
		return nil, err
	}
	if done {
		return nil, io.EOF
	}
	return openStream(*out), nil
}

// Next gives the next batch in Go memory, or io.EOF at the end; a pseudonym is 16 bytes of a bytes column. Errors as of
// [Release.NextStream].
func (r *Release) Next(ctx context.Context) (*Batch, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	stream, err := r.NextStream()
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	return stream.Next(ctx)
}

// Batches gives all batches; an error ends them.
func (r *Release) Batches(ctx context.Context) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		for {
			batch, err := r.Next(ctx)
			if err == io.EOF || !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

// Finish says that it is over: what was reserved and has not left is given back, and "release_close" is in the log. It
// may come before the last batch; nothing leaves after. Called again it gives the receipt again. A durable commit.
func (r *Release) Finish() (*ReleaseReceipt, error) {
	told, text := new(C.cstn_release_receipt_info), ""
	if err := r.call(func(ptr *C.cstn_release, o *C.cstn_go_outcome) {
		text = bufferText(func(json **C.cstn_buffer) { C.cstn_go_release_finish(ptr, told, json, o) })
	}); err != nil {
		return nil, err
	}
	made := &ReleaseReceipt{AtUS: int64(told.at_us), Form: RuleLevel(told.form), OpenedIndex: uint64(told.opened_index),
		ClosedIndex: uint64(told.closed_index), Rows: uint64(told.rows), Batches: uint64(told.batches),
		RowsHeldBack: uint64(told.rows_held_back), ColumnsDropped: uint64(told.columns_dropped),
		NanoEpsilon: int64(told.nano_epsilon), Complete: told.ended == C.CSTN_DONE, ChecksumKind: int32(told.checksum_kind),
		Checksum: C.GoBytes(unsafe.Pointer(&told.checksum[0]), C.int(told.checksum_size)), JSON: text}
	copy(made.Release[:], C.GoBytes(unsafe.Pointer(&told.release[0]), C.int(len(made.Release))))
	copy(made.Decision[:], C.GoBytes(unsafe.Pointer(&told.decision[0]), C.int(len(made.Decision))))
	copy(made.Salt[:], C.GoBytes(unsafe.Pointer(&told.salt[0]), ChecksumSaltSize))
	return made, nil
}

// Close frees the release; one that was not finished is finished. Idempotent; the error is always nil.
func (r *Release) Close() error {
	r.handle.close()
	return nil
}

// RecoverReleases closes the releases that a process left open, of which all that was reserved stays used, and says how
// many there were. The first [Network.Release] of an opened network does it by itself.
func (n *Network) RecoverReleases(nowMicros int64) (uint64, error) {
	count := new(C.uint64_t)
	err := n.call(func(ptr *C.cstn_network, o *C.cstn_go_outcome) {
		C.cstn_go_release_recover(ptr, C.int64_t(nowMicros), count, o)
	})
	return uint64(*count), err
}
