package constellation

/*
#include "bridge.h"
#cgo nocallback cstn_decision_count
#cgo noescape cstn_decision_field_at
#cgo nocallback cstn_decision_field_at
#cgo nocallback cstn_decision_obligation_count
#cgo noescape cstn_decision_obligation_at
#cgo nocallback cstn_decision_obligation_at
#cgo nocallback cstn_decision_reservation_count
#cgo noescape cstn_decision_reservation_at
#cgo nocallback cstn_decision_reservation_at
*/
import "C"

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"unsafe"
)

// String is the level's word in terms, "raw"; "" for unknown numbers.
func (l RuleLevel) String() string {
	words := [...]string{LevelRaw: "raw", LevelPseudonym: "pseudonym", LevelGeneralised: "generalised", LevelAggregated: "aggregated",
		LevelNoised: "noised", LevelExistence: "existence"}
	if l < 0 || int(l) >= len(words) {
		return ""
	}
	return words[l]
}

// How a duty or consideration stands, [RuleState].
const (
	DutyPending            int32 = C.CSTN_DUTY_PENDING
	DutyFulfilled          int32 = C.CSTN_DUTY_FULFILLED
	DutyViolated           int32 = C.CSTN_DUTY_VIOLATED
	DutyWaived             int32 = C.CSTN_DUTY_WAIVED // signed by whom it benefits
	ConsiderationCurrent   int32 = C.CSTN_CONSIDERATION_CURRENT
	ConsiderationDue       int32 = C.CSTN_CONSIDERATION_DUE // within its grace
	ConsiderationOverdue   int32 = C.CSTN_CONSIDERATION_OVERDUE
	ConsiderationIsUnknown int32 = C.CSTN_CONSIDERATION_UNKNOWN
)

// DecidedField is what was decided of a field.
type DecidedField struct {
	Path, Reason string
	Level        RuleLevel // 0: denied
	Classes      FieldClass
	// Flags are FieldDowngraded and the like.
	Flags           uint32
	Agreement, Term Digest
	// Granularity is how fine it may leave, Level with its parameters; nil: denied.
	Granularity *TermGranularity
	// RetentionUS is how long it may be held, microseconds from delivery; NoEnd: none is asked for. Rows younger than
	// MinAgeUS stay. Both are 0 of what is denied.
	RetentionUS, MinAgeUS int64
}

// Obligation is what is to be done because of the release.
type Obligation struct {
	Index           uint32 // of the duty in the term, or DutyRetention
	Action          string // "attribute", "destroy_key"
	DeadlineUS      int64  // microseconds UTC; NoEnd: no deadline
	Agreement, Term Digest
}

// RowsNotSaid are the Rows of a reservation where there is no limit and no number was asked for.
const RowsNotSaid uint64 = math.MaxUint64

// Reservation is what is to be charged to a term before anything leaves, and then stands in its [RuleUsage].
type Reservation struct {
	Agreement, Term          Digest
	Calls, Rows, NanoEpsilon uint64
}

func digestFrom(bytes *[C.CSTN_DECISION_DIGEST_SIZE]C.uint8_t) Digest {
	return *(*Digest)(unsafe.Pointer(bytes))
}

func granularityOf(from *C.cstn_term_granularity) *TermGranularity {
	g := &TermGranularity{
		Level: RuleLevel(from.level).String(), Epoch: int64(from.epoch), K: int64(from.k), L: int64(from.l), TPermille: int64(from.t_permille),
		Contributors: int64(from.contributors), MaxSharePermille: int64(from.max_share_permille), Sensitivity: int64(from.sensitivity),
		NanoEpsilon: int64(from.nano_epsilon), GridBits: int32(from.grid_bits), Threshold: int64(from.threshold),
	}
	for _, step := range unsafe.Slice(from.steps, int(from.n_steps)) {
		g.Steps = append(g.Steps, TermStep{C.GoString(step.path), int64(step.step)})
	}
	return g
}

func (d *Decision) addField(from *C.cstn_decision_field) {
	f := DecidedField{Path: C.GoString(from.path), Reason: C.GoString(C.cstn_decision_reason_name(from.reason)), Classes: FieldClass(from.classes),
		Flags: uint32(from.flags), Agreement: digestFrom(&from.agreement), Term: digestFrom(&from.term)}
	if from.reason == C.CSTN_DECISION_PERMIT {
		f.Level, f.Granularity = RuleLevel(from.granularity.level), granularityOf(from.granularity)
		f.RetentionUS, f.MinAgeUS = int64(from.retention_us), int64(from.min_age_us)
	}
	d.Fields = append(d.Fields, f)
}

// read copies what was decided; the calls that it makes fail for a bad index alone.
func (d *Decision) read(ptr *C.cstn_decision) {
	d.Permitted = C.cstn_decision_is_permitted(ptr) != 0
	d.Reason = C.GoString(C.cstn_decision_reason_name(C.cstn_decision_reason(ptr)))
	field := &C.cstn_decision_field{struct_size: C.sizeof_cstn_decision_field}
	for i := range C.cstn_decision_count(ptr) {
		if C.cstn_decision_field_at(ptr, i, field, nil) == C.CSTN_OK {
			d.addField(field)
		}
	}
	todo := &C.cstn_decision_obligation{struct_size: C.sizeof_cstn_decision_obligation}
	for i := range C.cstn_decision_obligation_count(ptr) {
		if C.cstn_decision_obligation_at(ptr, i, todo, nil) == C.CSTN_OK {
			d.Obligations = append(d.Obligations, Obligation{uint32(todo.index), C.GoString(todo.action), int64(todo.deadline_us),
				digestFrom(&todo.agreement), digestFrom(&todo.term)})
		}
	}
	charge := &C.cstn_decision_reservation{struct_size: C.sizeof_cstn_decision_reservation}
	for i := range C.cstn_decision_reservation_count(ptr) {
		if C.cstn_decision_reservation_at(ptr, i, charge, nil) == C.CSTN_OK {
			d.Reservations = append(d.Reservations, Reservation{digestFrom(&charge.agreement), digestFrom(&charge.term),
				uint64(charge.calls), uint64(charge.rows), uint64(charge.nano_epsilon)})
		}
	}
}

// requestJSON is a request as the library writes it; numbers beyond 2^53 are text, which json.Number takes too.
type requestJSON struct {
	Constellation, Provider, Recipient, Role, Purpose, Nonce string
	Action, Flags                                            uint32
	Level                                                    int32
	Paths, Hops                                              []string
	DataFrom                                                 json.Number `json:"data_from_us"`
	DataUntil                                                json.Number `json:"data_until_us"`
	Now                                                      json.Number `json:"now_us"`
	Rows                                                     json.Number
	NanoEpsilon                                              json.Number `json:"nano_epsilon"`
	Facts                                                    []struct {
		Operand string
		Type    OperandType
		Scale   int32
		Number  json.Number
		IDs     []string
	}
}

func (from *requestJSON) request() (*Request, error) {
	q := &Request{Constellation: from.Constellation, Provider: from.Provider, Recipient: from.Recipient, Role: from.Role, Purpose: from.Purpose,
		Action: from.Action, Level: RuleLevel(from.Level), Paths: from.Paths, Hops: from.Hops,
		DowngradeOK: from.Flags&C.CSTN_REQUEST_DOWNGRADE_OK != 0, AllOrNothing: from.Flags&C.CSTN_REQUEST_ALL_OR_NOTHING != 0}
	var failed error
	signed := func(text json.Number) int64 {
		if text == "" {
			return 0
		}
		n, err := text.Int64()
		if err != nil {
			failed = err
		}
		return n
	}
	unsigned := func(text json.Number) uint64 {
		n, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil {
			failed = err
		}
		return n
	}
	q.DataFromUS, q.DataUntilUS, q.NowUS = signed(from.DataFrom), signed(from.DataUntil), signed(from.Now)
	q.Rows, q.NanoEpsilon = unsigned(from.Rows), unsigned(from.NanoEpsilon)
	for _, f := range from.Facts {
		q.Facts = append(q.Facts, Fact{Operand: f.Operand, Type: f.Type, Scale: f.Scale, Number: signed(f.Number), IDs: f.IDs})
	}
	if n, err := hex.Decode(q.Nonce[:], []byte(from.Nonce)); err != nil || n != len(q.Nonce) {
		failed = invalid("the nonce of a request is '%s'", from.Nonce)
	}
	return q, failed
}

// Suggest gives the finest request that would pass now in place of the one decided; for the provider only: the fields
// that can be had, at the finest level at which all of them can, with the rows that are left and data as old as the
// firewall asks. It returns [ErrNotFound] if nothing would pass. Any goroutine. Some decisions.
func (d *Decision) Suggest() (*Request, error) {
	text, err := d.text(func(ptr *C.cstn_decision, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_decision_suggest(ptr, out, o)
	})
	if err != nil {
		return nil, err
	}
	from := new(requestJSON)
	if err := json.Unmarshal([]byte(text), from); err != nil {
		return nil, err
	}
	return from.request()
}
