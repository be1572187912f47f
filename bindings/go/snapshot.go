package constellation

/*
#include "bridge.h"

#cgo nocallback cstn_snapshot_unref
#cgo nocallback cstn_transaction_free
*/
import "C"

import (
	"context"
	"strings"
	"sync"
	"time"
)

// optionalText is nil for "".
func optionalText(what, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return cText(what, text)
}

// Transaction is changes that are seen together or not at all. One call at a time; others wait. Close
// it; what is not committed by then is rolled back.
type Transaction struct {
	handle handle[*C.cstn_transaction]
	mu     sync.Mutex
	logged []*LogEntry // C writes their indexes at the commit
}

// Begin begins a transaction. It returns [ErrReadOnly], [ErrPoisoned].
func (n *Network) Begin() (*Transaction, error) {
	out := new(*C.cstn_transaction)
	if err := n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) { C.cstn_go_transaction_begin(p, out, o) }); err != nil {
		return nil, err
	}
	t := new(Transaction)
	t.handle.open(*out, "transaction", func(p *C.cstn_transaction) { C.cstn_transaction_free(p) })
	return t, nil
}

func (t *Transaction) call(work func(*C.cstn_transaction, *C.cstn_go_outcome)) error {
	ptr, err := t.handle.use()
	if err != nil {
		return err
	}
	defer t.handle.done()
	t.mu.Lock()
	defer t.mu.Unlock()
	o := new(C.cstn_go_outcome)
	work(ptr, o)
	return outcomeError(o)
}

// Put adds a record: a new one, or the next version of the one with its key. It returns
// [ErrInvalidArgument] with the rule (a reference to nothing, goods beyond the open quantity),
// [ErrState] for a state that cannot follow, [ErrConflict] for an event's id with other content. The
// transaction is then as before.
func (t *Transaction) Put(record *Record) error {
	if record == nil {
		return invalid("the record is nil")
	}
	from, err := record.handle.use()
	if err != nil {
		return err
	}
	defer record.handle.done()
	return t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) { C.cstn_go_transaction_put(p, from, o) })
}

func (t *Transaction) withKey(noun string, key []string, work func(*C.cstn_transaction, *C.char, *C.char, *C.cstn_go_outcome)) error {
	name, err := cText("noun", noun)
	if err != nil {
		return err
	}
	block, err := textBlock("key", key)
	if err != nil {
		return err
	}
	return t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) { work(p, charPointer(name), charPointer(block), o) })
}

// Delete ends a record at recordedMicros; reads as of an earlier time still see it. key are the values
// of the key fields as text, parts left out at the end being empty. It returns [ErrNotFound], and
// [ErrUnsupported] for events and interactions.
func (t *Transaction) Delete(noun string, key []string, recordedMicros int64) error {
	return t.withKey(noun, key, func(p *C.cstn_transaction, name, block *C.char, o *C.cstn_go_outcome) {
		C.cstn_go_transaction_delete(p, name, block, C.size_t(len(key)), C.int64_t(recordedMicros), o)
	})
}

// Require lets the commit happen only if the record's version was written by transaction seq
// ([Record.Seq]); 0: if there is no such record.
func (t *Transaction) Require(noun string, key []string, seq uint64) error {
	return t.withKey(noun, key, func(p *C.cstn_transaction, name, block *C.char, o *C.cstn_go_outcome) {
		C.cstn_go_transaction_require(p, name, block, C.size_t(len(key)), C.uint64_t(seq), o)
	})
}

// Import is [Network.Import] into this transaction.
func (t *Transaction) Import(ctx context.Context, noun string, rows *Stream, options *ImportOptions) error {
	ptr, err := t.handle.use()
	if err != nil {
		return err
	}
	defer t.handle.done()
	t.mu.Lock()
	defer t.mu.Unlock()
	return importRows(ctx, nil, ptr, noun, rows, options)
}

// Commit makes the changes durable and seen, and gives the sequence number. The transaction is then
// empty and may go on. It returns [ErrConflict] if a record that it changed or required was changed by
// another, [ErrIO], [ErrFull], [ErrPoisoned].
func (t *Transaction) Commit() (uint64, error) {
	seq := new(C.uint64_t)
	err := t.call(func(p *C.cstn_transaction, o *C.cstn_go_outcome) {
		C.cstn_go_transaction_commit(p, seq, o)
		if o.status == C.CSTN_OK {
			t.logged = committed(t.logged)
		}
	})
	return uint64(*seq), err
}

// Rows is how many rows wait for the commit; 0 after Close.
func (t *Transaction) Rows() uint64 {
	var rows uint64
	_ = t.call(func(p *C.cstn_transaction, _ *C.cstn_go_outcome) { rows = uint64(C.cstn_transaction_rows(p)) })
	return rows
}

// Close rolls back what is not committed. Idempotent; the error is always nil.
func (t *Transaction) Close() error {
	t.handle.close()
	return nil
}

// Snapshot is a network as it was at one instant between transactions. Immutable; any goroutine. Close
// it: it keeps files on disk.
type Snapshot struct {
	handle handle[*C.cstn_snapshot]
}

func (s *Snapshot) call(work func(*C.cstn_snapshot, *C.cstn_go_outcome)) error {
	ptr, err := s.handle.use()
	if err != nil {
		return err
	}
	defer s.handle.done()
	o := new(C.cstn_go_outcome)
	work(ptr, o)
	return outcomeError(o)
}

// Seq is the sequence number of the last transaction in it; 0 after Close.
func (s *Snapshot) Seq() uint64 {
	var seq uint64
	_ = s.call(func(p *C.cstn_snapshot, _ *C.cstn_go_outcome) { seq = uint64(C.cstn_snapshot_seq(p)) })
	return seq
}

// Get gives one record by its key, as of a time or [AsOfNow]. It returns [ErrNotFound].
func (s *Snapshot) Get(noun string, key []string, asOfMicros int64) (*Record, error) {
	name, err := cText("noun", noun)
	if err != nil {
		return nil, err
	}
	block, err := textBlock("key", key)
	if err != nil {
		return nil, err
	}
	out := new(*C.cstn_record)
	if err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_snapshot_get(p, charPointer(name), charPointer(block), C.size_t(len(key)), C.int64_t(asOfMicros), out, o)
	}); err != nil {
		return nil, err
	}
	return openRecord(*out), nil
}

// ScanOptions are what a scan gives. The zero value and nil give every field of every record.
type ScanOptions struct {
	Columns []string // fields wanted, in this order; "seq" is the transaction that wrote the row
	IDs     []string // only records whose first key field is one of these
	// Lines: a row a line, the record's own fields repeated in each: columns as a [PerfectOrder] takes
	// them. Numbered: order_id is then the running number of the record, which never descends.
	Lines, Numbered bool
	Dictionary      bool // text that repeats leaves as a dictionary
	// EmptyAsNull: a field that may be null, and of which no record has a value, is a column of Arrow
	// type null, which costs nothing: a [PerfectOrder] passes it over, and [Stream.Next] gives a
	// column of [TypeNull]. Otherwise the types are the same whatever is stored.
	EmptyAsNull bool
	// RangeField is a day, an instant or an integer of the record: only those at or after From and
	// before Until.
	RangeField            string
	From, Until           int64
	Partner               string // only records that name this partner
	WhereField, WhereText string // only records whose field is this text
	AsOfMicros            int64  // with AsOf: what was recorded by then
	SinceSeq              uint64 // with Since: only what later transactions wrote
	AsOf, Since           bool
}

// laidScan is a ScanOptions in the form that the bridge reads, pinned.
type laidScan struct {
	c    *C.cstn_go_scan_options
	pins cTexts
}

func (l *laidScan) end() { l.pins.free() }

func (l *laidScan) layOut(options *ScanOptions) error {
	options = orDefault(options)
	var err error
	var blocks [6][]byte
	for i, from := range []struct{ what, text string }{{"range field", options.RangeField}, {"partner", options.Partner},
		{"where field", options.WhereField}, {"where text", options.WhereText}} {
		if blocks[i], err = optionalText(from.what, from.text); err != nil {
			return err
		}
	}
	if options.WhereField != "" && options.WhereText == "" {
		blocks[3] = []byte{0}
	}
	for i, list := range [][]string{options.Columns, options.IDs} {
		if list != nil {
			if blocks[4+i], err = textBlock("name", list); err != nil {
				return err
			}
		}
	}
	l.pins = newTexts(blocks[:]...)
	l.c = new(C.cstn_go_scan_options)
	with, pins := l.c, l.pins
	with.range_field, with.partner, with.where_field, with.where_text = pins.at(0), pins.at(1), pins.at(2), pins.at(3)
	with.columns, with.n_columns = pins.at(4), C.size_t(len(options.Columns))
	with.ids, with.n_ids = pins.at(5), C.size_t(len(options.IDs))
	with.from_us, with.until_us = C.int64_t(options.From), C.int64_t(options.Until)
	with.as_of_us, with.since_seq = C.int64_t(options.AsOfMicros), C.uint64_t(options.SinceSeq)
	for _, f := range []struct {
		set bool
		bit C.uint32_t
	}{
		{options.Lines, C.CSTN_SCAN_LINES}, {options.Numbered, C.CSTN_SCAN_NUMBERED}, {options.Dictionary, C.CSTN_SCAN_DICTIONARY},
		{options.Since, C.CSTN_SCAN_SINCE}, {options.RangeField != "", C.CSTN_SCAN_RANGE}, {options.AsOf, C.CSTN_SCAN_AS_OF},
		{options.EmptyAsNull, C.CSTN_SCAN_EMPTY_AS_NULL},
	} {
		if f.set {
			with.flags |= f.bit
		}
	}
	return nil
}

// Scan gives the records of a noun as columns. It returns [ErrNotFound] for an unknown noun or field,
// with a similar name. Close the stream.
func (s *Snapshot) Scan(noun string, options *ScanOptions) (*Stream, error) {
	name, err := cText("noun", noun)
	if err != nil {
		return nil, err
	}
	var with laidScan
	if err := with.layOut(options); err != nil {
		return nil, err
	}
	defer with.end()
	out := new(*C.struct_ArrowArrayStream)
	if err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_snapshot_scan(p, charPointer(name), with.c, out, o)
	}); err != nil {
		return nil, err
	}
	return openStream(*out), nil
}

// PerfectOrderRate is the perfect order rate of the orders in the snapshot as they were known at asOf,
// by fields of orders and their lines, by attributes ("attributes.distance") or by periods. Orders come
// whole and in order, so that config.Clustering is not looked at. If rows were left out, it gives both
// a result and an error with [ErrRows].
func (s *Snapshot) PerfectOrderRate(ctx context.Context, policy *Policy, asOf time.Time, config *PerfectOrderConfig, options *UpdateOptions) (*Result, error) {
	var with PerfectOrderConfig
	if config != nil {
		with = *config
	}
	columns, err := orderColumns(ctx, policy, asOf, &with)
	if err != nil {
		return nil, err
	}
	lines, err := s.Scan("order", &ScanOptions{Columns: columns, Lines: true, Numbered: true, Dictionary: true,
		EmptyAsNull: true, AsOf: true, AsOfMicros: asOf.UnixMicro()})
	if err != nil {
		return nil, err
	}
	level, err := policy.Get("level")
	if err != nil {
		lines.Close()
		return nil, err
	}
	with.Clustering = ClusteringSorted
	if level == "shipment" { // lines of one shipment may be of several orders
		with.Clustering = ClusteringNone
	}
	return PerfectOrderRate(ctx, lines, policy, asOf, &with, options)
}

// orderColumns are the fields of orders that a rate looks at. A scan gives whole orders, and which policy
// counts is what the caller says.
func orderColumns(ctx context.Context, policy *Policy, asOf time.Time, config *PerfectOrderConfig) ([]string, error) {
	state, err := NewPerfectOrder(policy, asOf, config)
	if err != nil {
		return nil, err
	}
	defer state.Close()
	wanted, err := state.Columns(ctx)
	if err != nil {
		return nil, err
	}
	order, err := NounByName("order")
	if err != nil {
		return nil, err
	}
	var columns []string
	for _, name := range wanted {
		if _, ok := order.Field(name); (ok && name != "policy_digest") || strings.HasPrefix(name, "attributes.") {
			columns = append(columns, name)
		}
	}
	return columns, nil
}

// Changes is [Network.Changes] of this snapshot.
func (s *Snapshot) Changes(since uint64) (*Stream, error) {
	out := new(*C.struct_ArrowArrayStream)
	if err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_snapshot_changes(p, C.uint64_t(since), out, o)
	}); err != nil {
		return nil, err
	}
	return openStream(*out), nil
}

// Relation is what two companies are to each other in a constellation.
type Relation int32

// Relations.
const (
	RelationUndeclared Relation = C.CSTN_RELATION_UNDECLARED // to be treated as a competitor
	RelationPartner    Relation = C.CSTN_RELATION_PARTNER    // both declare it
	RelationNeutral    Relation = C.CSTN_RELATION_NEUTRAL    // both declare something else
	RelationCompetitor Relation = C.CSTN_RELATION_COMPETITOR // either declares it
)

// String gives the library's name, "partner".
func (r Relation) String() string { return C.GoString(C.cstn_relation_name(C.int32_t(r))) }

// Relation tells what two partners are to each other in a constellation at an instant, in either order.
func (s *Snapshot) Relation(a, b, constellation string, nowMicros int64) (Relation, error) {
	var texts [3][]byte
	for i, text := range []string{a, b, constellation} {
		var err error
		if texts[i], err = cText("id", text); err != nil {
			return 0, err
		}
	}
	out := new(C.int32_t)
	err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_snapshot_relation(p, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]), C.int64_t(nowMicros), out, o)
	})
	return Relation(*out), err
}

// EventOptions are which events count. The zero value and nil are the defaults.
type EventOptions struct {
	AsOfMicros     int64    // what was recorded by then; 0: all
	ConflictMicros int64    // actuals further apart are in conflict; 0: one hour
	Precedence     []string // roles of sources, the one believed first in front
	Subject        string   // "": all
}

// EventCounts are counts over the events looked at.
type EventCounts struct{ Events, Corrected, Effective, Conflicts, NegativeLatency uint64 }

// EffectiveEvents gives the event that counts for each subject, line and type (not corrected; actual
// before estimated before planned; the source's role; the latest recorded; the greatest id), and the
// actuals of two sources that are in conflict. Close both streams.
func (s *Snapshot) EffectiveEvents(options *EventOptions) (events, conflicts *Stream, counts EventCounts, err error) {
	options = orDefault(options)
	var roles []byte
	if options.Precedence != nil {
		if roles, err = textBlock("role", options.Precedence); err != nil {
			return nil, nil, EventCounts{}, err
		}
	}
	subject, err := optionalText("subject", options.Subject)
	if err != nil {
		return nil, nil, EventCounts{}, err
	}
	out, other, c := new(*C.struct_ArrowArrayStream), new(*C.struct_ArrowArrayStream), new(C.cstn_event_counts)
	if err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_snapshot_events(p, C.int64_t(options.AsOfMicros), C.int64_t(options.ConflictMicros), charPointer(roles),
			C.size_t(len(options.Precedence)), charPointer(subject), out, other, c, o)
	}); err != nil {
		return nil, nil, EventCounts{}, err
	}
	counts = EventCounts{uint64(c.events), uint64(c.corrected), uint64(c.effective), uint64(c.conflicts), uint64(c.negative_latency)}
	return openStream(*out), openStream(*other), counts, nil
}

// Close gives the snapshot back. Idempotent; the error is always nil.
func (s *Snapshot) Close() error {
	s.handle.close()
	return nil
}
