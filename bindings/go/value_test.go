package constellation

import (
	"math"
	"strings"
	"testing"
)

func someCustomers() []Column {
	return []Column{
		Int64Column("x", []int64{0, 0, 1, 2, 5, 0, 3, 7, 1, 2, 0, 4}),
		DoubleColumn("tx", []float64{0, 0, 1.7, 30.4, 29, 0, 12, 34, 20, 8, 0, 38}),
		DoubleColumn("T", []float64{39, 38, 39, 38, 39, 30, 35, 36, 39, 39, 33, 39}),
	}
}

func TestCustomerValueOfGivenParameters(t *testing.T) {
	model := got[*CustomerValue](t)(NewCustomerValue("bgnbd", []float64{0.2425967, 4.413659, 0.7929869, 2.426164}, 0))
	defer model.Close()
	equal(t, "name", model.Name(), "bgnbd")
	if e := got[[]float64](t)(model.Expected(52)); math.Abs(e[0]-1.444004) > 2e-6 {
		t.Errorf("expected %v", e)
	}
	sum := 0.0
	for _, p := range got[[]float64](t)(model.PMF(30, 300)) {
		sum += p
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the distribution adds up to %v", sum)
	}
	rows := []Column{Int64Column("x", []int64{26}), DoubleColumn("tx", []float64{30.85714}), DoubleColumn("T", []float64{31})}
	stream := got[*Stream](t)(model.Predict(rows, &ValuePredictOptions{Horizons: []float64{52}, Flags: PredictSD | PredictLoglik}))
	defer stream.Close()
	names := []string{}
	for _, f := range got[[]Field](t)(stream.Fields()) {
		names = append(names, f.Name)
	}
	equal(t, "columns", strings.Join(names, " "), "p_alive purchases sd loglik log_p_alive")
	_, err := NewCustomerValue("bgnbd", []float64{1, 2, 3, -4}, 0)
	fails(t, "a negative parameter", err, ErrInvalidArgument)
	_, err = model.Param("s")
	fails(t, "another model's parameter", err, ErrNotFound)
}

func TestCustomerValueIsFittedMergedAndRead(t *testing.T) {
	whole := got[*ValueState](t)(NewValueState("bgnbd", nil))
	defer whole.Close()
	must(t, whole.Update(someCustomers(), nil))
	must(t, whole.Update(someCustomers(), nil))
	half := got[*ValueState](t)(NewValueState("bgnbd", nil))
	defer half.Close()
	must(t, half.Update(someCustomers(), nil))
	other := got[*ValueState](t)(DeserializeValueState(got[[]byte](t)(half.Serialize())))
	defer other.Close()
	must(t, half.Merge(other))
	equal(t, "customers", half.Customers(), int64(24))
	equal(t, "bytes", string(got[[]byte](t)(half.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	model := got[*CustomerValue](t)(whole.Fit(nil))
	defer model.Close()
	again := got[*CustomerValue](t)(DeserializeCustomerValue(got[[]byte](t)(model.Serialize())))
	defer again.Close()
	equal(t, "description", got[string](t)(again.Describe()), got[string](t)(model.Describe()))
	equal(t, "flags", again.Flags(), model.Flags())
	mean := got[float64](t)(model.Score(whole))
	if sum := got[float64](t)(model.Param("loglik")); math.Abs(sum/24-mean) > 1e-9 {
		t.Errorf("score %v, log-likelihood %v", mean, sum)
	}
	holdout := append(someCustomers(), Int64Column("actual", make([]int64, 12)))
	stream := got[*Stream](t)(model.Holdout(holdout, 39, HoldoutBins, nil))
	must(t, stream.Close())
	tracking := &ValuePredictOptions{Period: 13, Actual: []int64{4, 3, 2}}
	stream = got[*Stream](t)(model.Holdout(someCustomers(), 39, HoldoutTracking, tracking))
	must(t, stream.Close())
	tracking.Actual = []int64{1, 2, 3, 4}
	_, err := model.Holdout(someCustomers(), 39, HoldoutTracking, tracking)
	fails(t, "more periods than the holdout has", err, ErrInvalidArgument)
}

func TestCustomerValueNamesBadRows(t *testing.T) {
	state := got[*ValueState](t)(NewValueState("bgnbd", nil))
	defer state.Close()
	bad := []Column{Int64Column("x", []int64{1}), DoubleColumn("tx", []float64{5}), DoubleColumn("T", []float64{4})}
	fails(t, "a purchase after the end", state.Update(bad, nil), ErrRows)
	_, err := state.Fit(nil)
	fails(t, "no customers", err, ErrEmpty)
	_, err = NewValueState("bg", nil)
	fails(t, "an unknown model", err, ErrInvalidArgument)
}

func TestPredictionsListTheRowsThatTheyCannotAnswer(t *testing.T) {
	model := got[*CustomerValue](t)(NewCustomerValue("bgnbd", []float64{0.243, 4.414, 0.793, 2.426}, 0))
	defer model.Close()
	rows := []Column{Int64Column("x", []int64{1, 2, -1}), DoubleColumn("tx", []float64{1, 9, 1}), DoubleColumn("T", []float64{4, 4, 4})}
	stream := got[*Stream](t)(model.Predict(rows, nil))
	defer stream.Close()
	bad, total, err := stream.BadRows()
	must(t, err)
	if total != 2 || len(bad) != 2 || bad[0].Row != 1 || bad[1].Row != 2 || bad[1].Column != "x" {
		t.Errorf("%d rows: %+v", total, bad)
	}
	alive := column(t, stream, "p_alive")
	for i, null := range []bool{false, true, true} {
		equal(t, "null", alive.IsNull(i), null)
	}
	if _, total, _ := stream.BadRows(); total != 2 {
		t.Errorf("%d rows after Close", total)
	}
	clusters := got[*KMeans](t)(FitKMeans(heaps(), []string{"x", "y"}, 3, nil))
	defer clusters.Close()
	stream = got[*Stream](t)(clusters.Predict([]Column{DoubleColumn("x", []float64{1, math.NaN()}), DoubleColumn("y", []float64{1, 1})}, false, nil))
	if bad, total, _ := stream.BadRows(); total != 1 || bad[0].Row != 1 {
		t.Errorf("%d rows: %+v", total, bad)
	}
	must(t, stream.Close())
}
