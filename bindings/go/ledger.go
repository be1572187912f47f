package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_merkle_entry
#cgo nocallback cstn_go_merkle_entry
#cgo noescape cstn_go_merkle_children
#cgo nocallback cstn_go_merkle_children
#cgo noescape cstn_go_merkle_inclusion
#cgo nocallback cstn_go_merkle_inclusion
#cgo noescape cstn_go_merkle_consistency
#cgo nocallback cstn_go_merkle_consistency
#cgo noescape cstn_go_log_new
#cgo nocallback cstn_go_log_new
#cgo noescape cstn_go_log_append
#cgo nocallback cstn_go_log_append
#cgo noescape cstn_go_log_root
#cgo nocallback cstn_go_log_root
#cgo noescape cstn_go_log_checkpoint
#cgo nocallback cstn_go_log_checkpoint
#cgo noescape cstn_go_log_inclusion
#cgo nocallback cstn_go_log_inclusion
#cgo noescape cstn_go_log_consistency
#cgo nocallback cstn_go_log_consistency
#cgo nocallback cstn_go_log_export
#cgo noescape cstn_go_log_export
#cgo nocallback cstn_log_size
#cgo nocallback cstn_log_free
*/
import "C"

import (
	"sync"
	"unsafe"
)

// Limits of logs and notes.
const (
	LogEntryMost       = C.CSTN_LOG_ENTRY_MOST       // bytes of an entry
	LogTileHashes      = C.CSTN_LOG_TILE_HASHES      // hashes of a tile
	NoteMost           = C.CSTN_NOTE_MOST            // bytes of a note or proof
	NoteSignaturesMost = C.CSTN_NOTE_SIGNATURES_MOST // signature lines of a note
	NoteNameMost       = C.CSTN_NOTE_NAME_MOST       // bytes of the name of a key
)

// MerkleHash is a SHA-256 of an entry, a node or a tree (RFC 6962).
type MerkleHash [C.CSTN_MERKLE_HASH_SIZE]byte

func (h *MerkleHash) c() *C.uint8_t { return (*C.uint8_t)(&h[0]) }

func hashPointer(hashes []MerkleHash) *C.uint8_t {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(hashes)))
}

// HashEntry gives the leaf hash of an entry of at most 65,535 bytes: SHA-256 of a byte 0 and the entry.
func HashEntry(entry []byte) (MerkleHash, error) {
	var o C.cstn_go_outcome
	var hash MerkleHash
	C.cstn_go_merkle_entry(bytePointer(entry), C.size_t(len(entry)), hash.c(), &o)
	return hash, outcomeError(&o)
}

// HashChildren gives the hash of a node: SHA-256 of a byte 1 and the hashes of its children.
func HashChildren(left, right MerkleHash) (MerkleHash, error) {
	var o C.cstn_go_outcome
	var hash MerkleHash
	C.cstn_go_merkle_children(left.c(), right.c(), hash.c(), &o)
	return hash, outcomeError(&o)
}

// VerifyInclusion says whether a leaf is below a root (RFC 9162, 2.1.3.2). It returns [ErrProof] if the
// proof, hashes from the leaf up, does not lead there, and [ErrInvalidArgument] unless index < size.
func VerifyInclusion(index, size uint64, leaf MerkleHash, proof []MerkleHash, root MerkleHash) error {
	var o C.cstn_go_outcome
	C.cstn_go_merkle_inclusion(C.uint64_t(index), C.uint64_t(size), leaf.c(), hashPointer(proof), C.size_t(len(proof)), root.c(), &o)
	return outcomeError(&o)
}

// VerifyConsistency says whether the tree of size1 entries is the beginning of that of size2 (RFC 9162,
// 2.1.4.2). It returns [ErrProof] if it is not by this proof, and [ErrInvalidArgument] unless
// 1 <= size1 <= size2.
func VerifyConsistency(size1, size2 uint64, root1, root2 MerkleHash, proof []MerkleHash) error {
	var o C.cstn_go_outcome
	C.cstn_go_merkle_consistency(C.uint64_t(size1), C.uint64_t(size2), root1.c(), root2.c(), hashPointer(proof), C.size_t(len(proof)), &o)
	return outcomeError(&o)
}

// logTree is what a log answers, wherever it is kept.
type logTree struct {
	// read runs a call that does not change the log.
	read func(call func(ptr *C.cstn_log, o *C.cstn_go_outcome)) error
}

// MerkleLog is a log in memory that cannot be changed unseen: the hashes of its entries and the tree over
// them, some 34 bytes an entry; the entries stay with the caller. Any goroutine; appends take turns, all
// else runs side by side. Close it when done.
type MerkleLog struct {
	logTree
	handle handle[*C.cstn_log]
	lock   sync.RWMutex
}

// NewMerkleLog makes an empty log. origin is its name in checkpoints: one line of 1 to 255 bytes of
// UTF-8, unique; else [ErrInvalidArgument].
func NewMerkleLog(origin string, opts ...Option) (*MerkleLog, error) {
	text := []byte(origin)
	return construct(memoryOf(opts), openMerkleLog, func(allocator *C.cstn_allocator, out **C.cstn_log, o *C.cstn_go_outcome) {
		C.cstn_go_log_new(charPointer(text), C.size_t(len(text)), allocator, out, o)
	})
}

func openMerkleLog(ptr *C.cstn_log) *MerkleLog {
	l := new(MerkleLog)
	l.handle.open(ptr, "log", func(p *C.cstn_log) { C.cstn_log_free(p) })
	l.logTree.read = l.readLocked
	return l
}

// Close frees the log. Idempotent; the error is always nil.
func (l *MerkleLog) Close() error {
	l.handle.close()
	return nil
}

// Append adds entries, all or none, and gives the index of the first. It returns [ErrLimit] for one of
// more than 65,535 bytes, and [ErrNoMemory].
func (l *MerkleLog) Append(entries ...[]byte) (uint64, error) {
	ptr, err := l.handle.use()
	if err != nil {
		return 0, err
	}
	defer l.handle.done()
	all, ends := joinEntries(entries)
	var o C.cstn_go_outcome
	var first C.uint64_t
	l.lock.Lock()
	defer l.lock.Unlock()
	C.cstn_go_log_append(ptr, bytePointer(all), unsafe.SliceData(ends), C.size_t(len(entries)), &first, &o)
	return uint64(first), outcomeError(&o)
}

// joinEntries is entries one behind the other, and where each ends.
func joinEntries(entries [][]byte) (all []byte, ends []C.uint64_t) {
	ends = make([]C.uint64_t, len(entries))
	for i, entry := range entries {
		all = append(all, entry...)
		ends[i] = C.uint64_t(len(all))
	}
	return all, ends
}

func (l *MerkleLog) readLocked(call func(ptr *C.cstn_log, o *C.cstn_go_outcome)) error {
	ptr, err := l.handle.use()
	if err != nil {
		return err
	}
	defer l.handle.done()
	l.lock.RLock()
	defer l.lock.RUnlock()
	var o C.cstn_go_outcome
	call(ptr, &o)
	return outcomeError(&o)
}

// Size is how many entries it has; 0 after Close.
func (l *logTree) Size() uint64 {
	var size uint64
	_ = l.read(func(ptr *C.cstn_log, _ *C.cstn_go_outcome) { size = uint64(C.cstn_log_size(ptr)) })
	return size
}

// Root gives the root of the tree of its first size entries; [ErrInvalidArgument] if there are fewer.
func (l *logTree) Root(size uint64) (MerkleHash, error) {
	var root MerkleHash
	err := l.read(func(ptr *C.cstn_log, o *C.cstn_go_outcome) {
		C.cstn_go_log_root(ptr, C.uint64_t(size), root.c(), o)
	})
	return root, err
}

// Checkpoint gives a checkpoint of all that it holds, signed with signer keys.
func (l *logTree) Checkpoint(signers ...string) (string, error) {
	keys, err := textBlock("a signer", signers)
	if err != nil {
		return "", err
	}
	var text string
	err = l.read(func(ptr *C.cstn_log, o *C.cstn_go_outcome) {
		text = bufferText(func(out **C.cstn_buffer) {
			C.cstn_go_log_checkpoint(ptr, charPointer(keys), C.size_t(len(signers)), out, o)
		})
	})
	return text, err
}

// ProveInclusion gives the hashes that prove an entry in the tree of the first size entries, from the leaf
// up. It returns [ErrInvalidArgument] unless index < size <= Size.
func (l *logTree) ProveInclusion(index, size uint64) ([]MerkleHash, error) {
	return l.hashes(func(ptr *C.cstn_log, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_log_inclusion(ptr, C.uint64_t(index), C.uint64_t(size), out, o)
	})
}

// ProveConsistency gives the hashes that prove the first size1 entries to be the beginning of size2. It
// returns [ErrInvalidArgument] unless 1 <= size1 <= size2 <= Size.
func (l *logTree) ProveConsistency(size1, size2 uint64) ([]MerkleHash, error) {
	return l.hashes(func(ptr *C.cstn_log, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_log_consistency(ptr, C.uint64_t(size1), C.uint64_t(size2), out, o)
	})
}

func (l *logTree) hashes(call func(ptr *C.cstn_log, out **C.cstn_buffer, o *C.cstn_go_outcome)) ([]MerkleHash, error) {
	var bytes []byte
	err := l.read(func(ptr *C.cstn_log, o *C.cstn_go_outcome) {
		bytes = []byte(bufferText(func(out **C.cstn_buffer) { call(ptr, out, o) }))
	})
	if err != nil {
		return nil, err
	}
	return splitHashes(bytes), nil
}

func splitHashes(bytes []byte) []MerkleHash {
	hashes := make([]MerkleHash, len(bytes)/len(MerkleHash{}))
	for i := range hashes {
		copy(hashes[i][:], bytes[i*len(hashes[i]):])
	}
	return hashes
}

// bufferText is what a call puts into a buffer, if it does.
func bufferText(call func(out **C.cstn_buffer)) string {
	buffer := new(*C.cstn_buffer)
	call(buffer)
	if *buffer == nil {
		return ""
	}
	return string(takeBuffer(*buffer))
}

// ExportTiles writes the log to a folder in the layout of C2SP tlog-tiles, which other tools audit;
// exported again, only what was added is written. After a crash at any point the folder is the log of its
// last checkpoint. checkpoint is a signed one of this log, entries are all that were appended. It returns
// [ErrSplitView] if the folder holds another history, [ErrStale] if a later one, [ErrMismatch] for another
// log, [ErrProof] for another root, [ErrCorrupt] for entries that are not the log's, [ErrIO], [ErrFull].
func (l *MerkleLog) ExportTiles(path, checkpoint string, entries ...[]byte) error {
	name, err := cText("path", path)
	if err != nil {
		return err
	}
	text := []byte(checkpoint)
	all, ends := joinEntries(entries)
	return l.read(func(ptr *C.cstn_log, o *C.cstn_go_outcome) {
		C.cstn_go_log_export(ptr, charPointer(name), charPointer(text), C.size_t(len(text)), bytePointer(all), unsafe.SliceData(ends), C.size_t(len(ends)), o)
	})
}
