package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_shared_log_read
#cgo nocallback cstn_go_shared_log_read
#cgo noescape cstn_go_shared_log_export
#cgo nocallback cstn_go_shared_log_export
#cgo noescape cstn_go_checkpoint_settled
#cgo nocallback cstn_go_checkpoint_settled
#cgo nocallback cstn_go_index_new
#cgo nocallback cstn_go_index_free
#cgo nocallback cstn_shared_log_tree
#cgo nocallback cstn_shared_log_newest_us
#cgo nocallback cstn_shared_log_free
*/
import "C"

import (
	"encoding/json"
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// LogEntry is an entry that waits in a transaction.
type LogEntry struct {
	index *C.uint64_t // memory of C
	done  atomic.Bool
}

// Index is the index of the entry in its log, and whether it is known: after the commit.
func (e *LogEntry) Index() (index uint64, known bool) {
	if !e.done.Load() {
		return 0, false
	}
	index = uint64(*e.index)
	runtime.KeepAlive(e)
	return index, true
}

func newLogEntry() *LogEntry {
	index := C.cstn_go_index_new()
	if index == nil {
		return nil
	}
	e := &LogEntry{index: index}
	runtime.AddCleanup(e, func(p *C.uint64_t) { C.cstn_go_index_free(p) }, index)
	return e
}

func committed(entries []*LogEntry) []*LogEntry {
	for _, e := range entries {
		e.done.Store(true)
	}
	return nil
}

// Log puts an entry into a log of the network: party's shared one in a constellation, or with "" its
// private one. It is committed with the other changes. kind is the host's own: "x-" and 1 to 62 of a-z,
// 0-9, "_" and "-". atMicros is now; earlier than another entry of the log is accepted, and marked
// "non_monotone". fields are what encoding/json makes an object of, without fractions, or nil; of personal
// or competitive values put commitments there. It returns [ErrInvalidArgument],
// [ErrFormat] for a number that is not whole, [ErrLimit] above 65,535 bytes.
func (t *Transaction) Log(party, constellation, kind string, atMicros int64, fields any) (*LogEntry, error) {
	var text []byte
	var err error
	if fields != nil {
		if text, err = json.Marshal(fields); err != nil {
			return nil, invalid("the fields of an entry: %v", err)
		}
	}
	var names [3][]byte
	for i, of := range []struct{ what, text string }{{"party", party}, {"constellation", constellation}, {"kind", kind}} {
		if names[i], err = cText(of.what, of.text); err != nil {
			return nil, err
		}
	}
	entry := newLogEntry()
	if entry == nil {
		return nil, ErrNoMemory
	}
	err = t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
		C.cstn_go_transaction_log(p, charPointer(names[0]), charPointer(names[1]), charPointer(names[2]), C.int64_t(atMicros), charPointer(text), C.size_t(len(text)), entry.index, o)
		if o.status == C.CSTN_OK {
			t.logged = append(t.logged, entry)
		}
	})
	if err != nil {
		return nil, err
	}
	return entry, nil
}

// SharedLog is a log of a network as it was when it was opened. Immutable; any goroutine. Close it: it
// keeps files on disk.
type SharedLog struct {
	logTree
	handle handle[*C.cstn_shared_log]
}

// Log opens a log: party's shared one in a constellation, or with "" its private one. origin is its name in
// checkpoints, the same at every opening; "" is made of the two ids. A log without entries is empty. It
// returns [ErrInvalidArgument], [ErrCorrupt], [ErrIO].
func (n *Network) Log(party, constellation, origin string) (*SharedLog, error) {
	who, err := cText("party", party)
	if err != nil {
		return nil, err
	}
	where, err := optionalText("constellation", constellation)
	if err != nil {
		return nil, err
	}
	name, err := optionalText("origin", origin)
	if err != nil {
		return nil, err
	}
	out := new(*C.cstn_shared_log)
	if err := n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) {
		C.cstn_go_shared_log_open(p, charPointer(who), charPointer(where), charPointer(name), out, o)
	}); err != nil {
		return nil, err
	}
	l := new(SharedLog)
	l.handle.open(*out, "log", func(p *C.cstn_shared_log) { C.cstn_shared_log_free(p) })
	l.logTree.read = func(call func(ptr *C.cstn_log, o *C.cstn_go_outcome)) error {
		return l.call(func(p *C.cstn_shared_log, o *C.cstn_go_outcome) { call(C.cstn_shared_log_tree(p), o) })
	}
	return l, nil
}

func (l *SharedLog) call(work func(*C.cstn_shared_log, *C.cstn_go_outcome)) error {
	ptr, err := l.handle.use()
	if err != nil {
		return err
	}
	defer l.handle.done()
	o := new(C.cstn_go_outcome)
	work(ptr, o)
	return outcomeError(o)
}

// Close lets the log go. Idempotent; the error is always nil.
func (l *SharedLog) Close() error {
	l.handle.close()
	return nil
}

// NewestMicros is the latest time of an entry; known is false if there is none, and after Close.
func (l *SharedLog) NewestMicros() (us int64, known bool) {
	us = math.MinInt64
	_ = l.call(func(p *C.cstn_shared_log, _ *C.cstn_go_outcome) { us = int64(C.cstn_shared_log_newest_us(p)) })
	return us, us != math.MinInt64
}

// Read gives count entries from first on, canonical JSON. It returns [ErrInvalidArgument] if there are
// fewer.
func (l *SharedLog) Read(first, count uint64) ([][]byte, error) {
	if size := l.Size(); first > size || count > size-first {
		return nil, invalid("%d entries from %d on, the log has %d", count, first, size)
	}
	ends := make([]C.uint64_t, count)
	var bytes []byte
	if err := l.call(func(p *C.cstn_shared_log, o *C.cstn_go_outcome) {
		bytes = []byte(bufferText(func(out **C.cstn_buffer) {
			C.cstn_go_shared_log_read(p, C.uint64_t(first), C.size_t(count), unsafe.SliceData(ends), out, o)
		}))
	}); err != nil {
		return nil, err
	}
	entries, begin := make([][]byte, count), C.uint64_t(0)
	for i, end := range ends {
		entries[i], begin = bytes[begin:end:end], end
	}
	return entries, nil
}

// ExportTiles is [MerkleLog.ExportTiles] with the entries of the network.
func (l *SharedLog) ExportTiles(path, checkpoint string) error {
	name, err := cText("path", path)
	if err != nil {
		return err
	}
	text := []byte(checkpoint)
	return l.call(func(p *C.cstn_shared_log, o *C.cstn_go_outcome) {
		C.cstn_go_shared_log_export(p, charPointer(name), charPointer(text), C.size_t(len(text)), o)
	})
}

// WitnessPartyKey is a witness key of a party, which holds from FromMicros until UntilMicros, 0 being no
// end.
type WitnessPartyKey struct {
	Party, Verifier         string
	FromMicros, UntilMicros int64
}

// SettlePolicy says when a checkpoint is settled: Least of the Parties have signed it with keys that held
// when they did. A party counts once.
type SettlePolicy struct {
	Keys         []WitnessPartyKey
	Parties      []string
	Least        int
	MaxAgeMicros int64 // how old a signature may be; 0: of any age
	AheadMicros  int64 // how far a witness's clock may be ahead
}

// Settled gives how many parties have signed a checkpoint, where that is enough; else it returns
// [ErrUnverified]. It returns [ErrSignature] if the signature of a witness is wrong, [ErrFormat],
// [ErrInvalidArgument].
func (p *SettlePolicy) Settled(checkpoint string, nowMicros int64) (int, error) {
	var texts pinnedTexts
	defer texts.pin.Unpin()
	asked := p.asked(&texts)
	if texts.err != nil {
		return 0, texts.err
	}
	o, count, text := new(C.cstn_go_outcome), new(C.size_t), []byte(checkpoint)
	C.cstn_go_checkpoint_settled(charPointer(text), C.size_t(len(text)), &asked, C.int64_t(nowMicros), count, o)
	return int(*count), outcomeError(o)
}

// asked lays the policy out in the memory of texts, which has the error.
func (p *SettlePolicy) asked(texts *pinnedTexts) C.cstn_go_settle_asked {
	if p.Least < 0 && texts.err == nil {
		texts.err = invalid("%d witnesses", p.Least)
	}
	n := len(p.Keys)
	parties, verifiers := make([]string, n), make([]string, n)
	from, until := make([]C.int64_t, n), make([]C.int64_t, n)
	for i, key := range p.Keys {
		parties[i], verifiers[i] = key.Party, key.Verifier
		from[i], until[i] = C.int64_t(key.FromMicros), C.int64_t(key.UntilMicros)
		if key.UntilMicros == 0 {
			until[i] = math.MaxInt64
		}
	}
	return C.cstn_go_settle_asked{
		parties: texts.block("a witness", parties), verifiers: texts.block("a witness", verifiers), witnesses: texts.block("a witness", p.Parties),
		from_us: keptSlice(texts, from), until_us: keptSlice(texts, until), n_keys: C.size_t(n), n_witnesses: C.size_t(len(p.Parties)),
		least: C.size_t(p.Least), max_age_us: C.int64_t(p.MaxAgeMicros), ahead_us: C.int64_t(p.AheadMicros),
	}
}
