package constellation

/*
#include "bridge.h"

#cgo noescape cstn_go_loyalty_judge
#cgo nocallback cstn_go_loyalty_judge
#cgo noescape cstn_go_loyalty_share
#cgo nocallback cstn_go_loyalty_share
#cgo noescape cstn_go_loyalty_post_stratified
#cgo nocallback cstn_go_loyalty_post_stratified
#cgo noescape cstn_go_net_promoter
#cgo nocallback cstn_go_net_promoter
#cgo nocallback cstn_loyalty_and
#cgo noescape cstn_go_loyalty_new
#cgo nocallback cstn_go_loyalty_new
#cgo nocallback cstn_go_loyalty_finish
#cgo noescape cstn_go_loyalty_verdicts_flows
#cgo nocallback cstn_go_loyalty_verdicts_flows
#cgo noescape cstn_go_verdict_explain
#cgo nocallback cstn_go_verdict_explain
*/
import "C"

import (
	"context"
	"time"
	"unsafe"
)

// Verdict3 is what is known of a customer: yes, no or unknown.
type Verdict3 int32

// Verdicts.
const (
	VerdictUnknown Verdict3 = C.CSTN_LOYALTY_UNKNOWN
	VerdictNo      Verdict3 = C.CSTN_LOYALTY_NO
	VerdictYes     Verdict3 = C.CSTN_LOYALTY_YES
)

// And is both of two verdicts by Kleene's logic: no and anything is no, yes and unknown is unknown.
func (v Verdict3) And(other Verdict3) Verdict3 {
	return Verdict3(C.cstn_loyalty_and(C.int32_t(v), C.int32_t(other)))
}

// LoyaltyGrade is the verdict of one customer with the posterior of its share of first choices.
type LoyaltyGrade struct {
	Verdict Verdict3
	// Mean is the posterior mean of the share; High the probability that it is 0.95 or more.
	Mean, High float64
}

// JudgeLoyalty judges customers by their purchase occasions and how many of them came to us first.
// minOccasions 0 means 3. It returns [ErrInvalidArgument] with the place and the numbers.
func JudgeLoyalty(occasions, first []int64, minOccasions int64) ([]LoyaltyGrade, error) {
	if len(occasions) != len(first) {
		return nil, invalid("%d occasions for %d first choices", len(occasions), len(first))
	}
	n := len(occasions)
	verdicts, mean, high := make([]int32, n), make([]float64, n), make([]float64, n)
	var o C.cstn_go_outcome
	C.cstn_go_loyalty_judge((*C.int64_t)(unsafe.SliceData(occasions)), (*C.int64_t)(unsafe.SliceData(first)), C.size_t(n),
		C.int64_t(minOccasions), (*C.int32_t)(unsafe.SliceData(verdicts)), (*C.double)(unsafe.SliceData(mean)),
		(*C.double)(unsafe.SliceData(high)), &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	grades := make([]LoyaltyGrade, n)
	for i := range grades {
		grades[i] = LoyaltyGrade{Verdict3(verdicts[i]), mean[i], high[i]}
	}
	return grades, nil
}

// LoyaltyShare is a share over customers as a set. Lower and Upper are NaN over nobody.
type LoyaltyShare struct {
	Lower, Upper float64
	Known        Rate
}

// ShareOfVerdicts gives bounds and the known share of customers with each verdict.
func ShareOfVerdicts(yes, no, unknown int64, confidencePPM int32) (LoyaltyShare, error) {
	var o C.cstn_go_outcome
	var lower, upper C.double
	var known C.cstn_rate
	C.cstn_go_loyalty_share(C.int64_t(yes), C.int64_t(no), C.int64_t(unknown), C.int32_t(confidencePPM), &lower, &upper, &known, &o)
	if err := outcomeError(&o); err != nil {
		return LoyaltyShare{}, err
	}
	return LoyaltyShare{float64(lower), float64(upper), rateOf(&known)}, nil
}

// PostStratified gives the share of all customers when strata know unequally much, and false when a
// stratum with customers knows nothing, or there is nobody.
func PostStratified(yes, no, unknown []int64) (float64, bool, error) {
	if len(yes) != len(no) || len(yes) != len(unknown) {
		return 0, false, invalid("yes, no and unknown differ in length")
	}
	var o C.cstn_go_outcome
	var value C.double
	var known C.int32_t
	C.cstn_go_loyalty_post_stratified((*C.int64_t)(unsafe.SliceData(yes)), (*C.int64_t)(unsafe.SliceData(no)),
		(*C.int64_t)(unsafe.SliceData(unknown)), C.size_t(len(yes)), &value, &known, &o)
	if err := outcomeError(&o); err != nil {
		return 0, false, err
	}
	return float64(value), known != 0, nil
}

// NetPromoter is a net promoter score with its count and its error.
type NetPromoter struct {
	// Score is (promoters - detractors) / answers, with the interval of +- z standard errors.
	Score Rate
	// Variance and StandardError are NaN without answers.
	Variance, StandardError float64
}

// NetPromoterOf gives the score of counts of the answers 0..10. confidencePPM 0 means 950,000.
func NetPromoterOf(answers [C.CSTN_NET_PROMOTER_ANSWERS]int64, confidencePPM int32) (NetPromoter, error) {
	var o C.cstn_go_outcome
	var rate C.cstn_rate
	var variance, standardError C.double
	C.cstn_go_net_promoter((*C.int64_t)(&answers[0]), C.int32_t(confidencePPM), &rate, &variance, &standardError, &o)
	if err := outcomeError(&o); err != nil {
		return NetPromoter{}, err
	}
	return NetPromoter{rateOf(&rate), float64(variance), float64(standardError)}, nil
}

// Loyalty is what is known of customers: evidence, purchases and attributes, mergeable. Rows are not
// told apart: give each once. One call at a time; others wait. Close it when done.
//
// It owns its memory: 40 bytes a row of evidence, 32 a purchase. An update is O(1) a row, the first
// Finish after it O(n log n). Money is minor units.
type Loyalty struct {
	object[*C.cstn_loyalty]
}

func openLoyalty(ptr *C.cstn_loyalty) *Loyalty { return owned[Loyalty](&C.cstn_go_loyalty, ptr) }

// NewLoyalty makes an empty state; all money is in minor units of the currency (ISO 4217), which may
// be "". It returns [ErrNotFound] for a currency that is none.
func NewLoyalty(currency string, opts ...Option) (*Loyalty, error) {
	var text []byte
	if currency != "" {
		var err error
		if text, err = cText("the currency", currency); err != nil {
			return nil, err
		}
	}
	return construct(memoryOf(opts), openLoyalty, func(allocator *C.cstn_allocator, out **C.cstn_loyalty, o *C.cstn_go_outcome) {
		C.cstn_go_loyalty_new(charPointer(text), allocator, out, o)
	})
}

// DeserializeLoyalty makes a state from bytes, which are not trusted. It returns [ErrCorrupt].
func DeserializeLoyalty(bytes []byte, opts ...Option) (*Loyalty, error) {
	return deserialize(&C.cstn_go_loyalty, bytes, opts, openLoyalty)
}

// LoyaltyRows is a kind of rows that a [Loyalty] takes.
type LoyaltyRows uint32

// Kinds of rows.
const (
	// LoyaltyEvidence is what customers did and said: columns customer, valid, source, and where
	// there is one number, scale_min, scale_max, public, occasions, first, expires.
	LoyaltyEvidence LoyaltyRows = C.CSTN_LOYALTY_ROWS_EVIDENCE
	// LoyaltyPurchases is what they bought: customer, item, valid, quantity, amount, currency.
	LoyaltyPurchases LoyaltyRows = C.CSTN_LOYALTY_ROWS_PURCHASES
	// LoyaltyCustomers is who they are: customer, segment, stage, valid, margin, currency.
	LoyaltyCustomers LoyaltyRows = C.CSTN_LOYALTY_ROWS_CUSTOMERS
)

// Update adds rows; binding may be nil. It returns [ErrRows] with the rows left out, the others being
// in.
func (l *Loyalty) Update(kind LoyaltyRows, columns []Column, binding *Binding) error {
	flags, err := kind.flags()
	if err != nil {
		return err
	}
	return l.update(context.Background(), columns, &UpdateOptions{Binding: binding}, flags)
}

// UpdateStream adds the rows of a stream, which it takes, also on failure.
func (l *Loyalty) UpdateStream(ctx context.Context, kind LoyaltyRows, rows *Stream, options *UpdateOptions) error {
	flags, err := kind.flags()
	if err != nil {
		rows.Close()
		return err
	}
	return l.updateStream(ctx, rows, options, flags)
}

func (k LoyaltyRows) flags() (C.uint32_t, error) {
	if k < LoyaltyEvidence || k > LoyaltyCustomers {
		return 0, invalid("rows of kind %d do not exist", k)
	}
	return C.uint32_t(k) << C.CSTN_GO_LOYALTY_KIND, nil
}

// Remove forgets customers, a column customer: the state is then one that never saw them.
func (l *Loyalty) Remove(customers Column) error { return l.remove(customers) }

// Merge adds what from has, which stays as it is. It returns [ErrCurrency] and [ErrMismatch].
func (l *Loyalty) Merge(from *Loyalty) error { return merge(context.Background(), l, from) }

// Serialize gives the state as bytes: the same rows give the same bytes, however split and ordered.
func (l *Loyalty) Serialize() ([]byte, error) { return l.serialize(context.Background()) }

// LoyaltyAnswers says which answers of one customer to the net promoter question count.
type LoyaltyAnswers int32

// Answers that count.
const (
	LatestAnswer LoyaltyAnswers = C.CSTN_LOYALTY_ANSWERS_LATEST
	FirstAnswer  LoyaltyAnswers = C.CSTN_LOYALTY_ANSWERS_FIRST
	AllAnswers   LoyaltyAnswers = C.CSTN_LOYALTY_ANSWERS_ALL
)

// LoyaltyOptions say how customers are judged. AsOf is needed; 0 is the default.
type LoyaltyOptions struct {
	AsOf            time.Time
	PriceSplit      time.Time // where the earlier price window ends; PriceWindowDays before AsOf
	OrderWindowDays int32     // 365
	PriceWindowDays int32     // 365, each of the two
	ExpiryDays      int32     // 365
	MinItems        int32     // 3
	MinOccasions    int32     // 3
	PriceSlackPPM   int32     // 5,000
	// QuantitySlackPPM: quantities may fall by this much; 100,000.
	QuantitySlackPPM int32
	ConfidencePPM    int32 // 950,000
	Answers          LoyaltyAnswers
	Threads          int32 // 0 all processors
}

// read makes them those of the library.
func (options *LoyaltyOptions) read() (*C.cstn_loyalty_options, error) {
	asOf, err := Micros(options.AsOf)
	if err != nil {
		return nil, err
	}
	split := int64(0)
	if !options.PriceSplit.IsZero() {
		if split, err = Micros(options.PriceSplit); err != nil {
			return nil, err
		}
	}
	return &C.cstn_loyalty_options{
		struct_size: C.sizeof_cstn_loyalty_options,
		threads:     C.int32_t(options.Threads), order_window_days: C.int32_t(options.OrderWindowDays),
		as_of_us: C.int64_t(asOf), price_split_us: C.int64_t(split),
		price_window_days: C.int32_t(options.PriceWindowDays), expiry_days: C.int32_t(options.ExpiryDays),
		min_items: C.int32_t(options.MinItems), min_occasions: C.int32_t(options.MinOccasions),
		price_slack_ppm: C.int32_t(options.PriceSlackPPM), quantity_slack_ppm: C.int32_t(options.QuantitySlackPPM),
		confidence_ppm: C.int32_t(options.ConfidencePPM), answers: C.int32_t(options.Answers),
	}, nil
}

// Finish judges all customers. It returns [ErrInvalidArgument] with the option, [ErrOverflow] with the
// customer.
func (l *Loyalty) Finish(ctx context.Context, options *LoyaltyOptions) (*LoyaltyVerdicts, error) {
	if options == nil || options.AsOf.IsZero() {
		return nil, invalid("an as-of time is needed")
	}
	with, err := options.read()
	if err != nil {
		return nil, err
	}
	ptr, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer l.end()
	watch, err := watchContext(ctx, nil, nil)
	if err != nil {
		return nil, err
	}
	defer watch.end()
	o, out := new(C.cstn_go_outcome), new(*C.cstn_loyalty_verdicts)
	C.cstn_go_loyalty_finish(ptr, with, watch.ptr, out, o)
	verdicts, err := opened(o, *out, openLoyaltyVerdicts)
	return verdicts, withContext(ctx, err, nil)
}

// LoyaltyVerdicts are the verdicts of all customers as of an instant. Immutable; any goroutine. Close
// them when done.
//
// Verdicts join by the logic of Kleene (1938), known shares have the interval of Wilson (1927). Tables
// are O(customers), Explain is O(log customers).
type LoyaltyVerdicts struct {
	object[*C.cstn_loyalty_verdicts]
}

func openLoyaltyVerdicts(ptr *C.cstn_loyalty_verdicts) *LoyaltyVerdicts {
	return owned[LoyaltyVerdicts](&C.cstn_go_loyalty_verdicts, ptr)
}

// Customers gives a row a customer: happy, loyal, habitual, pays, tells, intends, and what decided.
func (v *LoyaltyVerdicts) Customers() (*Stream, error) {
	return v.export(C.CSTN_TABLE_LOYALTY_CUSTOMERS)
}

// Cells gives happy x loyal for all, by segment, by stage and by both.
func (v *LoyaltyVerdicts) Cells() (*Stream, error) { return v.export(C.CSTN_TABLE_LOYALTY_CELLS) }

// Shares gives shares as sets: lower, upper, known with its interval, post-stratified, by margin.
func (v *LoyaltyVerdicts) Shares() (*Stream, error) { return v.export(C.CSTN_TABLE_LOYALTY_SHARES) }

// Promoters gives net promoter scores.
func (v *LoyaltyVerdicts) Promoters() (*Stream, error) {
	return v.export(C.CSTN_TABLE_LOYALTY_PROMOTERS)
}

// Flows says how customers moved between the nine cells from these verdicts to later ones.
func (v *LoyaltyVerdicts) Flows(after *LoyaltyVerdicts) (*Stream, error) {
	if after == nil {
		return nil, invalid("the verdicts after are nil")
	}
	later, err := after.use()
	if err != nil {
		return nil, err
	}
	defer after.end()
	return v.give(func(before *C.cstn_loyalty_verdicts, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_loyalty_verdicts_flows(before, later, out, o)
	})
}

// Explain says in words which evidence decided on a customer, with dates. A number is named by its
// digits. It returns [ErrNotFound].
func (v *LoyaltyVerdicts) Explain(customer string) (string, error) {
	text, err := cText("the customer", customer)
	if err != nil {
		return "", err
	}
	ptr, err := v.use()
	if err != nil {
		return "", err
	}
	defer v.end()
	var o C.cstn_go_outcome
	var buffer *C.cstn_buffer
	C.cstn_go_verdict_explain(ptr, charPointer(text), C.size_t(len(customer)), &buffer, &o)
	if err := outcomeError(&o); err != nil {
		return "", err
	}
	return string(takeBuffer(buffer)), nil
}
