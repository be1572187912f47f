package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_stage_policy_parse
#cgo nocallback cstn_go_stage_policy_parse
#cgo noescape cstn_go_stage_history_summary
#cgo nocallback cstn_go_stage_history_summary
#cgo noescape cstn_go_customer_stage_at
#cgo nocallback cstn_go_customer_stage_at
#cgo noescape cstn_go_stage_summary_value
#cgo nocallback cstn_go_stage_summary_value
#cgo nocallback cstn_stage_name
#cgo nocallback cstn_stage_rank
#cgo nocallback cstn_interaction_name
*/
import "C"

import (
	"context"
	"time"
	"unsafe"
)

// Interaction is a kind of thing that customers do and say.
type Interaction int32

// Kinds of interaction.
const (
	InteractionNPSAnswer             Interaction = C.CSTN_INTERACTION_NPS_ANSWER
	InteractionSatisfaction          Interaction = C.CSTN_INTERACTION_SATISFACTION
	InteractionReview                Interaction = C.CSTN_INTERACTION_REVIEW
	InteractionReferral              Interaction = C.CSTN_INTERACTION_REFERRAL
	InteractionReference             Interaction = C.CSTN_INTERACTION_REFERENCE
	InteractionRecommendation        Interaction = C.CSTN_INTERACTION_RECOMMENDATION
	InteractionTicketOpened          Interaction = C.CSTN_INTERACTION_TICKET_OPENED
	InteractionTicketClosed          Interaction = C.CSTN_INTERACTION_TICKET_CLOSED
	InteractionComplaint             Interaction = C.CSTN_INTERACTION_COMPLAINT
	InteractionExitThreat            Interaction = C.CSTN_INTERACTION_EXIT_THREAT
	InteractionPlanPromised          Interaction = C.CSTN_INTERACTION_PLAN_PROMISED
	InteractionReturnFault           Interaction = C.CSTN_INTERACTION_RETURN_FAULT
	InteractionReturnOther           Interaction = C.CSTN_INTERACTION_RETURN_OTHER
	InteractionOrder                 Interaction = C.CSTN_INTERACTION_ORDER
	InteractionOrderPerfect          Interaction = C.CSTN_INTERACTION_ORDER_PERFECT
	InteractionOrderFailed           Interaction = C.CSTN_INTERACTION_ORDER_FAILED
	InteractionPriceIncreaseOffered  Interaction = C.CSTN_INTERACTION_PRICE_INCREASE_OFFERED
	InteractionPriceIncreaseAccepted Interaction = C.CSTN_INTERACTION_PRICE_INCREASE_ACCEPTED
	InteractionPriceIncreaseRefused  Interaction = C.CSTN_INTERACTION_PRICE_INCREASE_REFUSED
	InteractionNewCategory           Interaction = C.CSTN_INTERACTION_NEW_CATEGORY
	InteractionFirstChoice           Interaction = C.CSTN_INTERACTION_FIRST_CHOICE
	InteractionNotFirstChoice        Interaction = C.CSTN_INTERACTION_NOT_FIRST_CHOICE
	InteractionContractRenewed       Interaction = C.CSTN_INTERACTION_CONTRACT_RENEWED
	InteractionContractCancelled     Interaction = C.CSTN_INTERACTION_CONTRACT_CANCELLED
	InteractionDueDay                Interaction = C.CSTN_INTERACTION_DUE_DAY
	InteractionStep                  Interaction = C.CSTN_INTERACTION_STEP
	interactions                                 = C.CSTN_INTERACTION_COUNT
)

// String gives the name as a column has it, "TICKET_OPENED"; "" for unknown numbers.
func (k Interaction) String() string { return C.GoString(C.cstn_interaction_name(C.int32_t(k))) }

// Stage is where a customer stands.
type Stage int32

// Stages.
const (
	StageProspect Stage = C.CSTN_STAGE_PROSPECT
	StageLost     Stage = C.CSTN_STAGE_LOST
	StageDormant  Stage = C.CSTN_STAGE_DORMANT
	StageCrisis   Stage = C.CSTN_STAGE_CRISIS
	StageStruggle Stage = C.CSTN_STAGE_STRUGGLE
	StageRecovery Stage = C.CSTN_STAGE_RECOVERY
	StageCommit   Stage = C.CSTN_STAGE_COMMIT
	StageDevelop  Stage = C.CSTN_STAGE_DEVELOP
)

// String gives the name, "COMMIT"; "" for unknown numbers.
func (s Stage) String() string { return C.GoString(C.cstn_stage_name(C.int32_t(s))) }

// Rank orders stages: a move is forward, backward or lateral as it rises, falls or stays. -1 for
// unknown numbers.
func (s Stage) Rank() int { return int(C.cstn_stage_rank(C.int32_t(s))) }

// StagePolicy is rules that move customers. Immutable; any goroutine. Close it when done.
type StagePolicy struct {
	object[*C.cstn_stage_policy]
	text   string
	digest Digest
}

// NewStagePolicy makes the built-in policy; its Text shows how one is written.
func NewStagePolicy(opts ...Option) (*StagePolicy, error) { return parseStagePolicy(nil, opts) }

// ParseStagePolicy makes a policy from its canonical text. It returns [ErrFormat] with the line, and
// [ErrPolicy] if two rules would send a customer to and fro.
func ParseStagePolicy(text string, opts ...Option) (*StagePolicy, error) {
	return parseStagePolicy(append([]byte(text), 0), opts)
}

func parseStagePolicy(text []byte, opts []Option) (*StagePolicy, error) {
	allocator, done, err := memoryOf(opts).allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	var o C.cstn_go_outcome
	var info C.cstn_go_stage_policy_info
	C.cstn_go_stage_policy_parse(charPointer(text), C.size_t(max(len(text)-1, 0)), allocator, &info, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	p := &StagePolicy{text: C.GoStringN(info.text, C.int(info.text_size))}
	copy(p.digest[:], unsafe.Slice((*byte)(&info.digest[0]), C.CSTN_STAGE_DIGEST_SIZE))
	p.open(&C.cstn_go_stage_policy, info.policy)
	return p, nil
}

// Text is the canonical text, also after Close.
func (p *StagePolicy) Text() string { return p.text }

// Digest is the SHA-256 of the canonical text, also after Close.
func (p *StagePolicy) Digest() Digest { return p.digest }

// StageOptions say how a replay runs. AsOf is needed.
type StageOptions struct {
	// AsOf: later events do not count, and time stands still there.
	AsOf time.Time
	// Known: events recorded later do not count. The zero time is no limit.
	Known time.Time
	// PeriodDays is the length of a period in the summary; 0 is 30.
	PeriodDays int32
	// Grouped: each customer's events come one after another, in any order among themselves; few are
	// held at a time. A break of this promise is [ErrNotClustered].
	Grouped bool
	// Update holds threads, binding and progress; nil is the default.
	Update *UpdateOptions
	// Memory is where the history takes memory from; nil is the C heap.
	Memory *Memory
}

// StageHistory is the moves of all customers. Immutable; any goroutine. Close it when done.
//
// It owns its memory, 56 bytes a move; tables and bytes are O(rows), StageAt is O(log n).
type StageHistory struct {
	object[*C.cstn_stage_history]
}

// StageReplay replays events into moves, in whatever order they come. It takes events, also on
// failure. Columns: customer, event_id, kind, valid, and where there is one recorded, weight_milli,
// reference, due. If rows were left out, it gives both a history and an error with [ErrRows]. It
// returns [ErrSchema] with every misfit, [ErrPolicy] if a customer makes more than 8 moves at one
// instant.
func StageReplay(ctx context.Context, policy *StagePolicy, events *Stream, options *StageOptions) (*StageHistory, error) {
	options = orDefault(options)
	rows, err := layOutStream(events, options.Update.binding())
	if err != nil {
		return nil, err
	}
	defer rows.end()
	if policy == nil || options.AsOf.IsZero() {
		return nil, invalid("a stage policy and an as-of time are needed")
	}
	ptr, err := policy.use()
	if err != nil {
		return nil, err
	}
	defer policy.end()
	asOf, err := Micros(options.AsOf)
	if err != nil {
		return nil, err
	}
	known, err := knownMicros(options.Known)
	if err != nil {
		return nil, err
	}
	allocator, release, err := options.Memory.allocator()
	if err != nil {
		return nil, err
	}
	defer release()
	flags := C.uint32_t(0)
	if options.Grouped {
		flags = C.CSTN_STAGE_GROUPED
	}
	call, err := newUpdateCall(ctx, options.Update, rows.upstream, flags)
	if err != nil {
		return nil, err
	}
	defer call.end()
	o := new(C.cstn_go_outcome)
	out := new(*C.cstn_stage_history)
	C.cstn_go_stage_replay(ptr, rows.c, C.int64_t(asOf), C.int64_t(known), C.int32_t(options.PeriodDays),
		call.options, allocator, out, o)
	history, err := opened(o, *out, openStageHistory)
	return history, withContext(ctx, err, rows.upstream)
}

func knownMicros(known time.Time) (int64, error) {
	if known.IsZero() {
		return 0, nil
	}
	return Micros(known)
}

func openStageHistory(ptr *C.cstn_stage_history) *StageHistory {
	return owned[StageHistory](&C.cstn_go_stage_history, ptr)
}

// Moves gives a row a move: customer, number, from, to, at, direction, rule, reason, first_event,
// last_event, evidence_count.
func (h *StageHistory) Moves() (*Stream, error) { return h.export(C.CSTN_TABLE_STAGE_MOVES) }

// Customers gives a row a customer as of the as-of time: customer, stage, since, moves, events.
func (h *StageHistory) Customers() (*Stream, error) { return h.export(C.CSTN_TABLE_STAGE_CUSTOMERS) }

// Serialize gives the history as bytes: canonical, little-endian, with checksum, the policy in it.
func (h *StageHistory) Serialize() ([]byte, error) { return h.serialize(context.Background()) }

// DeserializeStageHistory makes a history from bytes, which are not trusted. It returns [ErrCorrupt]
// with what is wrong, [ErrNewerFormat] for a newer version.
func DeserializeStageHistory(bytes []byte, opts ...Option) (*StageHistory, error) {
	return deserialize(&C.cstn_go_stage_history, bytes, opts, openStageHistory)
}

// Summary counts moves and time in stages.
func (h *StageHistory) Summary() (*StageSummary, error) {
	ptr, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.end()
	var o C.cstn_go_outcome
	var out *C.cstn_stage_summary
	C.cstn_go_stage_history_summary(ptr, &out, &o)
	return opened(&o, out, openStageSummary)
}

// StageAt gives the stage a customer was in at an instant and when it entered it, and false before its
// first event. A number is named by its digits. It returns [ErrNotFound], and [ErrInvalidArgument] for
// an instant after the as-of time.
func (h *StageHistory) StageAt(customer string, at time.Time) (Stage, time.Time, bool, error) {
	text, err := cText("the customer", customer)
	if err != nil {
		return 0, time.Time{}, false, err
	}
	us, err := Micros(at)
	if err != nil {
		return 0, time.Time{}, false, err
	}
	ptr, err := h.use()
	if err != nil {
		return 0, time.Time{}, false, err
	}
	defer h.end()
	var o C.cstn_go_outcome
	var stage, found C.int32_t
	var since C.int64_t
	C.cstn_go_customer_stage_at(ptr, charPointer(text), C.size_t(len(customer)), C.int64_t(us), &stage, &since, &found, &o)
	if err := outcomeError(&o); err != nil || found == 0 {
		return 0, time.Time{}, false, err
	}
	return Stage(stage), time.UnixMicro(int64(since)).UTC(), true, nil
}

// StageSummary is counts of moves and of time in stages, mergeable over disjoint sets of customers.
// One call at a time; others wait. Close it when done.
//
// Crisis curves are those of Kaplan and Meier (1958) with the error of Greenwood (1926); stays are in
// days, shares 0..1. Merging and bytes are O(stays in CRISIS).
type StageSummary struct {
	object[*C.cstn_stage_summary]
}

func openStageSummary(ptr *C.cstn_stage_summary) *StageSummary {
	return owned[StageSummary](&C.cstn_go_stage_summary, ptr)
}

// Remove takes out what was added with part, which stays as it is. It returns [ErrState] if not all of it
// can be in there, [ErrMismatch] if the two were made otherwise.
func (s *StageSummary) Remove(part *StageSummary) error {
	return subtract(context.Background(), s, part)
}

// Merge adds what from holds, which stays as it is. It returns [ErrMismatch] if policy, as-of time,
// known time or period differ, and [ErrInvalidArgument] for a summary merged into itself.
func (s *StageSummary) Merge(from *StageSummary) error {
	return merge(context.Background(), s, from)
}

// Serialize gives the summary as bytes: canonical, little-endian, with checksum.
func (s *StageSummary) Serialize() ([]byte, error) { return s.serialize(context.Background()) }

// DeserializeStageSummary makes a summary from bytes, which are not trusted. It returns [ErrCorrupt]
// with what is wrong, [ErrNewerFormat] for a newer version.
func DeserializeStageSummary(bytes []byte, opts ...Option) (*StageSummary, error) {
	return deserialize(&C.cstn_go_stage_summary, bytes, opts, openStageSummary)
}

// Overview gives one row: customers, moves, forward, backward, lateral, backward_share, recoveries,
// relapses, relapse_share, policy, as_of.
func (s *StageSummary) Overview() (*Stream, error) { return s.export(C.CSTN_TABLE_STAGE_OVERVIEW) }

// Transitions gives a row a pair of stages with moves: from, to, direction, moves, share.
func (s *StageSummary) Transitions() (*Stream, error) {
	return s.export(C.CSTN_TABLE_STAGE_TRANSITIONS)
}

// Stays gives a row a stage: stage, customers, stays_ended, stays_open, mean_days, p50_days, p90_days,
// expected_periods.
func (s *StageSummary) Stays() (*Stream, error) { return s.export(C.CSTN_TABLE_STAGE_STAYS) }

// Crisis gives Kaplan-Meier curves of stays in CRISIS: curve, days, at_risk, events, censored, share, se.
func (s *StageSummary) Crisis() (*Stream, error) { return s.export(C.CSTN_TABLE_STAGE_CRISIS) }

// Periods gives the matrix of periods: from, to, periods, share.
func (s *StageSummary) Periods() (*Stream, error) { return s.export(C.CSTN_TABLE_STAGE_PERIODS) }

// Value gives the value of a customer by the stage it is in, from mean margins a period and the
// discount rate a period. A stage of which the periods do not tell is absent.
func (s *StageSummary) Value(margins map[Stage]float64, discount float64) (map[Stage]float64, error) {
	ptr, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.end()
	var given, values [C.CSTN_STAGE_COUNT]C.double
	var known [C.CSTN_STAGE_COUNT]C.int32_t
	for stage, margin := range margins {
		if stage.Rank() < 0 {
			return nil, invalid("stage %d does not exist", stage)
		}
		given[stage] = C.double(margin)
	}
	var o C.cstn_go_outcome
	C.cstn_go_stage_summary_value(ptr, &given[0], C.double(discount), &values[0], &known[0], &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	out := map[Stage]float64{}
	for stage, yes := range known {
		if yes != 0 {
			out[Stage(stage)] = float64(values[stage])
		}
	}
	return out, nil
}
