package constellation

import (
	"context"
	"testing"
	"time"
)

// said are interactions: answers of three customers, complaints about an order, a plan that helped.
func said() []Column {
	number := []bool{true, true, true, false, false, false, false, true}
	reason := []bool{false, false, false, true, true, true, false, false}
	return []Column{
		Int64Column("event_id", []int64{1, 2, 3, 4, 5, 6, 7, 8}),
		TextColumn("customer", []string{"a", "a", "b", "c", "c", "c", "c", "c"}),
		TextColumn("kind", []string{"NPS_ANSWER", "NPS_ANSWER", "nps_answer", "COMPLAINT", "ORDER_FAILED", "PLAN_PROMISED", "ORDER_PERFECT", "NPS_ANSWER"}),
		TimeColumn("valid", []int64{day(1), day(2), day(1), day(3), day(4), day(5), day(6), day(7)}),
		TextColumn("order_id", []string{"O1", "O1", "O2", "O3", "O3", "O3", "O4", "O4"}),
		CodedColumn("reason", make([]int32, 8), []string{"late"}).WithNulls(reason),
		Int64Column("number", []int64{3, 9, 10, 0, 0, 0, 0, 7}).WithNulls(number),
	}
}

func interactionsOf(t *testing.T, columns []Column) *Interactions {
	t.Helper()
	i := got[*Interactions](t)(NewInteractions())
	t.Cleanup(func() { i.Close() })
	must(t, i.Update(context.Background(), columns, nil))
	return i
}

func TestFeedbackCountsAnswersReasonsAndTheEffectOfPlans(t *testing.T) {
	i := interactionsOf(t, said())
	equal(t, "length", i.Len(), 8)
	for answers, want := range map[LoyaltyAnswers]float64{LatestAnswer: 2. / 3, FirstAnswer: 0, AllAnswers: 1. / 4} {
		with := &FeedbackOptions{Answers: answers}
		nps := column(t, got[*Stream](t)(i.Feedback(FeedbackNetPromoter, with)), "nps").Doubles()[0]
		near(t, "net promoter score", nps, want, 1e-15)
	}
	until := time.UnixMicro(day(7))
	reasons := got[*Batch](t)(got[*Stream](t)(i.Feedback(FeedbackReasons, &FeedbackOptions{Until: until})).All(context.Background()))
	for name, want := range map[string]int64{"interactions": 2, "orders": 1, "orders_at_risk": 4} {
		c, _ := reasons.Column(name)
		equal(t, name, c.Int64s()[0], want)
	}
	equal(t, "order", column(t, got[*Stream](t)(i.Feedback(FeedbackOrders, nil)), "order_id").Text(0), "O3")
	effect := &FeedbackOptions{Until: time.UnixMicro(day(8)), WindowDays: 2}
	near(t, "change", column(t, got[*Stream](t)(i.Feedback(FeedbackEffect, effect)), "change").Doubles()[0], -1, 0)
	_, err := i.Feedback(FeedbackEffect, nil)
	fails(t, "an effect without end", err, ErrInvalidArgument)
	_, err = i.Feedback(FeedbackOrders, &FeedbackOptions{Floor: FeedbackFloorLeast})
	fails(t, "orders across the border", err, ErrInvalidArgument)
	hidden := got[*Batch](t)(got[*Stream](t)(i.Feedback(FeedbackReasons, &FeedbackOptions{Floor: FeedbackFloorLeast})).All(context.Background()))
	shown, _ := hidden.Column("orders")
	equal(t, "a small count is null", shown.IsNull(0), true)
}

func TestInteractionsAreASetById(t *testing.T) {
	ctx := context.Background()
	i := interactionsOf(t, said())
	before := string(got[[]byte](t)(i.Serialize()))
	must(t, i.UpdateStream(ctx, got[*Stream](t)(NewStream(said()...)), nil))
	must(t, i.Merge(interactionsOf(t, said())))
	equal(t, "bytes of the same again", string(got[[]byte](t)(i.Serialize())), before)
	other := said()
	other[6] = Int64Column("number", []int64{4, 9, 10, 0, 0, 0, 0, 7}).WithNulls([]bool{true, true, true, false, false, false, false, true})
	fails(t, "another answer", i.Update(ctx, other, nil), ErrConflict)
	fails(t, "a set with another answer", i.Merge(interactionsOf(t, other)), ErrConflict)
	equal(t, "bytes after a conflict", string(got[[]byte](t)(i.Serialize())), before)
	again := got[*Interactions](t)(DeserializeInteractions([]byte(before)))
	equal(t, "length", again.Len(), 8)
	must(t, again.Close())
	equal(t, "length after Close", again.Len(), 0)
	_, err := DeserializeInteractions([]byte("nothing"))
	fails(t, "other bytes", err, ErrCorrupt)
	other[6] = Int64Column("number", []int64{11, 9, 10, 0, 0, 0, 0, 7})
	fresh := got[*Interactions](t)(NewInteractions())
	defer fresh.Close()
	fails(t, "an answer outside its scale", fresh.Update(ctx, other, nil), ErrRows)
}
