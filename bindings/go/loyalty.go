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
*/
import "C"

import "unsafe"

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
