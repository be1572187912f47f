package constellation

import (
	"errors"
	"testing"
)

func TestLoyaltyNeedsEnoughOccasionsAndAllOfThem(t *testing.T) {
	grades := got[[]LoyaltyGrade](t)(JudgeLoyalty([]int64{3, 2, 3}, []int64{3, 2, 2}, 0))
	equal(t, "all", grades[0].Verdict, VerdictYes)
	equal(t, "few", grades[1].Verdict, VerdictUnknown)
	equal(t, "one missed", grades[2].Verdict, VerdictNo)
	near(t, "mean", grades[0].Mean, 0.8, 1e-15)
	if _, err := JudgeLoyalty([]int64{1}, []int64{2}, 0); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("more first choices than occasions: %v", err)
	}
	if _, err := JudgeLoyalty([]int64{1}, nil, 0); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("lengths: %v", err)
	}
	equal(t, "and", VerdictYes.And(VerdictUnknown), VerdictUnknown)
}

func TestSharesOfVerdictsAreSets(t *testing.T) {
	share := got[LoyaltyShare](t)(ShareOfVerdicts(1, 2, 1, 0))
	near(t, "lower", share.Lower, 0.25, 0)
	near(t, "upper", share.Upper, 0.5, 0)
	equal(t, "known", share.Known.Denominator, int64(3))
	value, known, err := PostStratified([]int64{1, 8}, []int64{1, 2}, []int64{28, 0})
	must(t, err)
	equal(t, "known", known, true)
	near(t, "share", value, 0.575, 1e-15)
	_, known, err = PostStratified([]int64{1, 0}, []int64{1, 0}, []int64{0, 3})
	must(t, err)
	equal(t, "a stratum without known", known, false)
}

func TestNetPromoterHasItsError(t *testing.T) {
	nps := got[NetPromoter](t)(NetPromoterOf([11]int64{8, 0, 0, 12, 0, 0, 10, 13, 15, 12, 30}, 0))
	near(t, "score", nps.Score.Value, 0.12, 1e-15)
	near(t, "error", nps.StandardError, 0.084, 1e-15)
	if _, err := NetPromoterOf([11]int64{-1}, 0); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("a negative count: %v", err)
	}
}
