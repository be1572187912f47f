package constellation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func loyaltyEvidence() []Column {
	day := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	return []Column{
		TextColumn("customer", []string{"a", "a", "a", "b", "b"}),
		TimeColumn("valid", []int64{day, day, day, day, day}),
		TextColumn("source", []string{"ORDER", "REFERRAL", "PAYS_STATED", "ORDER", "PANEL"}),
		Int64Column("number", []int64{0, 0, 1, 0, 0}),
	}
}

func TestLoyaltyIsJudgedWithItsEvidence(t *testing.T) {
	state := got[*Loyalty](t)(NewLoyalty("EUR"))
	defer state.Close()
	must(t, state.Update(LoyaltyEvidence, loyaltyEvidence(), nil))
	must(t, state.Update(LoyaltyCustomers, []Column{
		TextColumn("customer", []string{"a", "b"}), Int64Column("margin", []int64{300, 100}),
	}, nil))
	options := &LoyaltyOptions{AsOf: time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)}
	verdicts := got[*LoyaltyVerdicts](t)(state.Finish(context.Background(), options))
	defer verdicts.Close()
	equal(t, "happy", oneColumn(t, got[*Stream](t)(verdicts.Shares()), "yes")[0], 1)
	equal(t, "customers", len(oneColumn(t, got[*Stream](t)(verdicts.Customers()), "margin")), 2)
	equal(t, "cells", len(oneColumn(t, got[*Stream](t)(verdicts.Cells()), "customers")), 36)
	equal(t, "promoters", oneColumn(t, got[*Stream](t)(verdicts.Promoters()), "answers")[0], 0)
	flows := oneColumn(t, got[*Stream](t)(verdicts.Flows(verdicts)), "customers")
	equal(t, "flows", len(flows), 99)
	words := got[string](t)(verdicts.Explain("b"))
	if !strings.Contains(words, "loyal: no: 0 of 1 occasion came") {
		t.Errorf("words: %s", words)
	}
	_, err := verdicts.Explain("c")
	fails(t, "a customer that is not there", err, ErrNotFound)
	_, err = state.Finish(context.Background(), nil)
	fails(t, "no as-of time", err, ErrInvalidArgument)
	options.MinItems = -1
	_, err = state.Finish(context.Background(), options)
	fails(t, "an option", err, ErrInvalidArgument)
	_, err = verdicts.Flows(nil)
	fails(t, "nothing after", err, ErrInvalidArgument)
}

func TestLoyaltyMergesAndTravels(t *testing.T) {
	state := got[*Loyalty](t)(NewLoyalty(""))
	defer state.Close()
	must(t, state.Update(LoyaltyEvidence, loyaltyEvidence(), nil))
	bytes := got[[]byte](t)(state.Serialize())
	other := got[*Loyalty](t)(DeserializeLoyalty(bytes))
	defer other.Close()
	equal(t, "bytes", string(got[[]byte](t)(other.Serialize())), string(bytes))
	options := &LoyaltyOptions{AsOf: time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)}
	verdicts := got[*LoyaltyVerdicts](t)(other.Finish(context.Background(), options))
	defer verdicts.Close()
	customers := got[*Stream](t)(verdicts.Customers())
	must(t, other.UpdateStream(context.Background(), LoyaltyCustomers, customers, nil))
	must(t, state.Merge(other))
	fails(t, "into itself", state.Merge(state), ErrInvalidArgument)
	fails(t, "a kind", state.Update(4, loyaltyEvidence(), nil), ErrInvalidArgument)
	rows := loyaltyEvidence()
	rows[2] = TextColumn("source", []string{"ORDER", "RUMOUR", "PAYS_STATED", "ORDER", "PANEL"})
	fails(t, "a source", state.Update(LoyaltyEvidence, rows, nil), ErrRows)
	_, err := NewLoyalty("EURO")
	fails(t, "a currency that is none", err, ErrNotFound)
	_, err = DeserializeLoyalty(bytes[:40])
	fails(t, "bytes cut", err, ErrCorrupt)
}

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
