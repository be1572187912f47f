package constellation

/*
#include "bridge.h"

#cgo nocallback cstn_network_unref
*/
import "C"

import (
	"context"
	"time"
	"unsafe"
)

// AsOfNow reads what is known now.
const AsOfNow int64 = C.CSTN_AS_OF_NOW

// CommitLevel says what a commit waits for.
type CommitLevel int32

// Commit levels.
const (
	CommitFull  CommitLevel = C.CSTN_COMMIT_FULL  // the disk's flush
	CommitGroup CommitLevel = C.CSTN_COMMIT_GROUP // the same, the first of a group waits for company
	CommitNone  CommitLevel = C.CSTN_COMMIT_NONE  // the write: a power loss may cost the last commits
)

// NetworkOptions are how a network is opened. The zero value and nil are the defaults.
type NetworkOptions struct {
	ReadOnly        bool // makes no write-class call; the network must exist
	MustExist       bool
	MustBeNew       bool
	AllowRemote     bool // on a network file system, where locks may lie
	DeferCheckpoint bool // checkpoints only in Checkpoint, Maintain and Close
	Commit          CommitLevel
	GroupMicros     int64  // how long the first of a group waits
	KeepGenerations uint32 // older states kept for salvage; 0: 1
	CacheBytes      uint64 // of decoded columns; 0: 256 MiB
	CheckpointBytes uint64 // a checkpoint is due after so many; 0: 64 MiB
	CheckpointRows  uint64 // or so many rows; 0: 2^20
}

func (n *NetworkOptions) layOut() *C.cstn_go_network_options {
	o := new(C.cstn_go_network_options)
	if n == nil {
		return o
	}
	for _, f := range []struct {
		set bool
		bit C.uint32_t
	}{
		{n.ReadOnly, C.CSTN_NETWORK_READ_ONLY}, {n.MustExist, C.CSTN_NETWORK_MUST_EXIST},
		{n.MustBeNew, C.CSTN_NETWORK_MUST_BE_NEW}, {n.AllowRemote, C.CSTN_NETWORK_ALLOW_REMOTE},
		{n.DeferCheckpoint, C.CSTN_NETWORK_DEFER_CHECKPOINT},
	} {
		if f.set {
			o.flags |= f.bit
		}
	}
	o.commit_level, o.group_us = C.int32_t(n.Commit), C.int64_t(n.GroupMicros)
	o.keep_generations, o.cache_bytes = C.uint32_t(n.KeepGenerations), C.uint64_t(n.CacheBytes)
	o.checkpoint_bytes, o.checkpoint_rows = C.uint64_t(n.CheckpointBytes), C.uint64_t(n.CheckpointRows)
	return o
}

// Network is a supply network: partners, constellations, orders, shipments, events, customers and so
// on, in memory or durable in a folder. Any goroutine. Readers see a [Snapshot] and never wait for a
// writer. What it makes keeps it alive, so things may be closed in any order.
type Network struct {
	handle handle[*C.cstn_network]
}

// OpenNetwork opens the network in a folder, or makes a new one; path "" is one in memory. options may
// be nil. It returns [ErrLocked] when another handle writes it, [ErrNotFound] with MustExist or
// ReadOnly, [ErrConflict] with MustBeNew, [ErrCorrupt] with what is damaged, [ErrNoManifest],
// [ErrNewerFormat], [ErrUnsupported] on a network file system, [ErrIO].
func OpenNetwork(path string, options *NetworkOptions, opts ...Option) (*Network, error) {
	var name []byte
	if path != "" {
		var err error
		if name, err = cText("path", path); err != nil {
			return nil, err
		}
	}
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	o := new(C.cstn_go_outcome)
	ptr := new(*C.cstn_network)
	C.cstn_go_network_open(charPointer(name), options.layOut(), allocator, ptr, o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	n := new(Network)
	n.handle.open(*ptr, "network", func(p *C.cstn_network) { C.cstn_network_unref(p) })
	return n, nil
}

// call runs one call of the library.
func (n *Network) call(work func(*C.cstn_network, *C.cstn_go_outcome)) error {
	ptr, err := n.handle.use()
	if err != nil {
		return err
	}
	defer n.handle.done()
	o := new(C.cstn_go_outcome)
	work(ptr, o)
	return outcomeError(o)
}

// Close writes a checkpoint, marks the folder as closed and releases its lock. Snapshots and streams
// stay readable. Idempotent. A network that the garbage collector finds is as safe as after a crash:
// nothing acknowledged is lost. It returns [ErrIO], [ErrPoisoned] or [ErrFull].
func (n *Network) Close() error {
	ptr, err := n.handle.use()
	if err != nil {
		return nil
	}
	o := new(C.cstn_go_outcome)
	C.cstn_go_network_close(ptr, o)
	n.handle.done()
	n.handle.close()
	return outcomeError(o)
}

// Sync makes everything committed durable, whatever the commit level, and seals the log.
func (n *Network) Sync() error {
	return n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) { C.cstn_go_network_sync(p, o) })
}

// Checkpoint turns the log into columns. A commit does it when it is due.
func (n *Network) Checkpoint() error {
	return n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) { C.cstn_go_network_checkpoint(p, o) })
}

// MaintainOptions are what Maintain may do. The zero value and nil keep all history.
type MaintainOptions struct {
	Noun              string // only records of this noun; "": all
	HistoryFromMicros int64  // versions replaced before this may be dropped; 0: none
	MaxBytes          uint64 // stop after so many are rewritten; 0: no end
}

// Maintain merges small files into larger ones and drops versions that nobody can see; a history of its
// own for a noun is a call for it. In memory, where nothing is merged, a noun of which half are such
// versions is copied without them. It returns [ErrNotFound] for an unknown noun, and [ErrCancelled] when
// ctx ends. Readers go on, and but in memory writers too.
func (n *Network) Maintain(ctx context.Context, options *MaintainOptions) error {
	options = orDefault(options)
	noun, err := cText("noun", options.Noun)
	if err != nil {
		return err
	}
	w, err := watchContext(ctx, nil)
	if err != nil {
		return err
	}
	defer w.end()
	return withContext(ctx, n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) {
		C.cstn_go_network_maintain(p, (*C.char)(unsafe.Pointer(&noun[0])), C.int64_t(options.HistoryFromMicros), C.uint64_t(options.MaxBytes), w.ptr, o)
	}), nil)
}

// NetworkState is what a network can do now.
type NetworkState uint32

// States of a network.
const (
	NetworkOpen     NetworkState = C.CSTN_NETWORK_STATE_OPEN
	NetworkFull     NetworkState = C.CSTN_NETWORK_STATE_FULL     // the last write found no space
	NetworkPoisoned NetworkState = C.CSTN_NETWORK_STATE_POISONED // a sync failed: reads only
	NetworkReadOnly NetworkState = C.CSTN_NETWORK_STATE_READ_ONLY
	NetworkClosed   NetworkState = C.CSTN_NETWORK_STATE_CLOSED
)

// NetworkInfo is what a network is made of.
type NetworkInfo struct {
	State        NetworkState
	UUID         [16]byte // zeros in memory
	LastSeq      uint64   // of the last transaction
	LogBytes     uint64   // not yet in columns
	SegmentBytes uint64   // in columns, on disk
	MemoryBytes  uint64   // in columns, in memory
	PinnedBytes  uint64   // kept on disk for snapshots alone
	Segments     uint64
	DeadRows     uint64 // versions replaced or deleted, still there
	Kept         uint64 // files of kept verdicts, see [Network.KeepOrderVerdicts]
	KeptBytes    uint64
	KeptUseless  uint64 // ... found damaged or gone since the network was opened
}

// Info tells what the network is made of.
func (n *Network) Info() (NetworkInfo, error) {
	from := new(C.cstn_network_info)
	if err := n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) { C.cstn_go_network_info(p, from, o) }); err != nil {
		return NetworkInfo{}, err
	}
	info := NetworkInfo{
		State: NetworkState(from.state), LastSeq: uint64(from.last_seq), LogBytes: uint64(from.log_bytes),
		SegmentBytes: uint64(from.segment_bytes), MemoryBytes: uint64(from.memory_bytes), PinnedBytes: uint64(from.pinned_bytes),
		Segments: uint64(from.n_segments), DeadRows: uint64(from.n_dead_rows),
		Kept: uint64(from.n_kept), KeptBytes: uint64(from.kept_bytes), KeptUseless: uint64(from.n_kept_useless),
	}
	copy(info.UUID[:], unsafe.Slice((*byte)(&from.uuid[0]), len(info.UUID)))
	return info, nil
}

// Put writes one record in a transaction of its own and gives its sequence number. Errors as
// [Transaction.Put] and [Transaction.Commit].
func (n *Network) Put(record *Record) (uint64, error) {
	if record == nil {
		return 0, invalid("the record is nil")
	}
	from, err := record.handle.use()
	if err != nil {
		return 0, err
	}
	defer record.handle.done()
	seq := new(C.uint64_t)
	err = n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) { C.cstn_go_network_put(p, from, seq, o) })
	return uint64(*seq), err
}

// ImportOptions are how a stream is imported. The zero value and nil are the defaults.
type ImportOptions struct {
	Binding        *Binding  // how the stream's columns map to the fields
	AllOrNothing   bool      // a row that breaks a rule fails the call
	SkipUnknown    bool      // columns that are no field of the noun are skipped; else they are ErrSchema
	Threads        int       // most threads, 0: all processors, 1: the caller's alone; what is stored does not depend on it
	RecordedMicros int64     // the recorded time of rows that have none; 0: each must have its own
	Progress       *Progress // counts rows
}

// Import puts a stream of records, a column a field, in a transaction of its own; a row is a record,
// or for a noun with lines a line. It takes rows, also on failure. The rows left out are in the error
// with [ErrRows], the others being in. It returns [ErrSchema] with every misfit and
// every column that is no field of noun, before anything is put, [ErrStream], [ErrNotClustered] if rows of one record stand too far apart, [ErrCancelled], [ErrIO].
func (n *Network) Import(ctx context.Context, noun string, rows *Stream, options *ImportOptions) error {
	ptr, err := n.handle.use()
	if err != nil {
		return err
	}
	defer n.handle.done()
	return importRows(ctx, ptr, nil, noun, rows, options)
}

func importRows(ctx context.Context, network *C.cstn_network, transaction *C.cstn_transaction, noun string, rows *Stream, options *ImportOptions) error {
	options = orDefault(options)
	given, err := layOutStream(rows, options.Binding)
	if err != nil {
		return err
	}
	defer given.end()
	name, err := cText("noun", noun)
	if err != nil {
		return err
	}
	w, err := watchContext(ctx, options.Progress, given.upstream)
	if err != nil {
		return err
	}
	defer w.end()
	with := new(C.cstn_go_import_options)
	with.threads, with.recorded_us, with.progress = C.int32_t(options.Threads), C.int64_t(options.RecordedMicros), w.ptr
	if options.AllOrNothing {
		with.flags |= C.CSTN_IMPORT_ALL_OR_NOTHING
	}
	if options.SkipUnknown {
		with.flags |= C.CSTN_IMPORT_SKIP_UNKNOWN
	}
	o := new(C.cstn_go_outcome)
	C.cstn_go_import(network, transaction, charPointer(name), given.c, with, o)
	return withContext(ctx, outcomeError(o), given.upstream)
}

// Snapshot is the network as it is, between two transactions. It never waits for a commit.
func (n *Network) Snapshot() (*Snapshot, error) {
	out := new(*C.cstn_snapshot)
	if err := n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) { C.cstn_go_network_snapshot(p, out, o) }); err != nil {
		return nil, err
	}
	s := new(Snapshot)
	s.handle.open(*out, "snapshot", func(p *C.cstn_snapshot) { C.cstn_snapshot_unref(p) })
	return s, nil
}

// PerfectOrderRate is [Snapshot.PerfectOrderRate] of the network as it is.
func (n *Network) PerfectOrderRate(ctx context.Context, policy *Policy, asOf time.Time, config *PerfectOrderConfig, options *UpdateOptions) (*Result, error) {
	snapshot, err := n.Snapshot()
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	return snapshot.PerfectOrderRate(ctx, policy, asOf, config, options)
}

// Changes lists what has changed since a transaction, one row a record that was put or deleted and
// stands so now: seq, noun, change ("put", "delete"), key, key_2 to key_6, recorded. last is the
// number to ask from next time. Close the stream.
func (n *Network) Changes(since uint64) (changes *Stream, last uint64, err error) {
	out, seq := new(*C.struct_ArrowArrayStream), new(C.uint64_t)
	if err := n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) {
		C.cstn_go_network_changes(p, C.uint64_t(since), out, seq, o)
	}); err != nil {
		return nil, 0, err
	}
	return openStream(*out), uint64(*seq), nil
}

// DualPairs lists the companies that are partners in one constellation and competitors in another at
// an instant: a, b, partner_in, competitor_in. Close the stream.
func (n *Network) DualPairs(nowMicros int64) (*Stream, error) {
	out := new(*C.struct_ArrowArrayStream)
	if err := n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) {
		C.cstn_go_network_dual_pairs(p, C.int64_t(nowMicros), out, o)
	}); err != nil {
		return nil, err
	}
	return openStream(*out), nil
}

// Backup copies the network as it is to a new folder; writers are not blocked. With link the files are
// hard links, on the same file system. It returns [ErrConflict] if to is there, [ErrUnsupported] in
// memory, [ErrIO], [ErrFull]; ctx stops it with [ErrCancelled].
func (n *Network) Backup(ctx context.Context, to string, link bool) error {
	name, err := cText("path", to)
	if err != nil {
		return err
	}
	w, err := watchContext(ctx, nil)
	if err != nil {
		return err
	}
	defer w.end()
	var flags C.uint32_t
	if link {
		flags = C.CSTN_BACKUP_LINK
	}
	return withContext(ctx, n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) {
		C.cstn_go_network_backup(p, charPointer(name), flags, w.ptr, o)
	}), nil)
}

// SalvageNetwork recovers what is readable of a damaged folder into a new one; from is never written.
// The report says as JSON what was recovered and lost. It returns [ErrConflict] if to is there,
// [ErrNotFound], [ErrIO], [ErrNewerFormat]; ctx stops it with [ErrCancelled].
func SalvageNetwork(ctx context.Context, from, to string) (report []byte, err error) {
	name, err := cText("path", to)
	if err != nil {
		return nil, err
	}
	return salvage(ctx, from, name, 0)
}

// SalvageDryRun reports what [SalvageNetwork] would recover of a damaged folder, and writes nothing.
func SalvageDryRun(ctx context.Context, from string) (report []byte, err error) {
	return salvage(ctx, from, nil, C.CSTN_SALVAGE_DRY_RUN)
}

func salvage(ctx context.Context, from string, to []byte, flags C.uint32_t) (report []byte, err error) {
	source, err := cText("path", from)
	if err != nil {
		return nil, err
	}
	w, err := watchContext(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer w.end()
	o := new(C.cstn_go_outcome)
	buffer := new(*C.cstn_buffer)
	C.cstn_go_network_salvage(charPointer(source), charPointer(to), flags, w.ptr, buffer, o)
	if err := outcomeError(o); err != nil {
		return nil, withContext(ctx, err, nil)
	}
	return takeBuffer(*buffer), nil
}

// VerifyNetwork checks every hash, count and index of a network's folder and reports in words, or as
// JSON; it writes nothing. The report comes with [ErrCorrupt] too. ctx stops it with [ErrCancelled].
func VerifyNetwork(ctx context.Context, path string, json bool) (report []byte, err error) {
	name, err := cText("path", path)
	if err != nil {
		return nil, err
	}
	w, err := watchContext(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer w.end()
	var flags C.uint32_t
	if json {
		flags = C.CSTN_REPORT_JSON
	}
	o := new(C.cstn_go_outcome)
	buffer := new(*C.cstn_buffer)
	C.cstn_go_network_verify(charPointer(name), flags, w.ptr, buffer, o)
	if *buffer != nil {
		report = takeBuffer(*buffer)
	}
	return report, withContext(ctx, outcomeError(o), nil)
}

// DumpStoreFile gives one file of a network's folder as text for people. It writes nothing.
func DumpStoreFile(path string) (string, error) {
	name, err := cText("path", path)
	if err != nil {
		return "", err
	}
	o := new(C.cstn_go_outcome)
	buffer := new(*C.cstn_buffer)
	C.cstn_go_network_dump(charPointer(name), buffer, o)
	if err := outcomeError(o); err != nil {
		return "", err
	}
	return string(takeBuffer(*buffer)), nil
}
