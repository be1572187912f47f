package constellation

import "testing"

func someOrders() []Column {
	return []Column{
		Int64Column("customer", []int64{1, 1, 2, 3, 3, 3}),
		DaysColumn("day", []int32{10, 17, 12, 4, 11, 18}),
		Int64Column("value", []int64{500, 700, 300, 100, 100, 100}),
	}
}

func TestPurchasesMergeForgetAndComeBack(t *testing.T) {
	whole := got[*Purchases](t)(NewPurchases(nil))
	defer whole.Close()
	must(t, whole.Update(someOrders(), nil))
	half := got[*Purchases](t)(NewPurchases(nil))
	defer half.Close()
	must(t, half.Update(someOrders(), nil))
	other := got[*Purchases](t)(DeserializePurchases(got[[]byte](t)(half.Serialize())))
	defer other.Close()
	must(t, half.Remove(Int64Column("customer", []int64{1, 3})))
	must(t, other.Remove(Int64Column("customer", []int64{2})))
	must(t, half.Merge(other))
	equal(t, "bytes", string(got[[]byte](t)(half.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	stream := got[*Stream](t)(whole.Export(PurchasesCustomers, 30, 0))
	must(t, stream.Close())
	_, err := whole.Export(PurchasesCounts, 14, 0)
	fails(t, "a day between purchases", err, ErrState)
	_, err = DeserializePurchases([]byte("nothing"))
	fails(t, "other bytes", err, ErrCorrupt)
	_, err = NewPurchases(&PurchasesConfig{Ordering: 7})
	fails(t, "an unknown ordering", err, ErrInvalidArgument)
}

func TestPurchasesOutOfOrderAreToldByTime(t *testing.T) {
	state := got[*Purchases](t)(NewPurchases(&PurchasesConfig{Ordering: OrderingByTime, IDs: IDsDense, DenseLimit: 10}))
	defer state.Close()
	must(t, state.Update(someOrders(), nil))
	fails(t, "an earlier day", state.Update(someOrders(), nil), ErrNotClustered)
}

func rfmColumns() []Column {
	return []Column{
		Int64Column("customer", []int64{1, 2, 3, 4}),
		Int64Column("recency", []int64{1, 40, 3, 90}),
		Int64Column("frequency", []int64{9, 1, 4, 2}),
		DoubleColumn("monetary", []float64{90, 5, 20, 9}),
	}
}

func TestRFMIsFittedScoredAndRead(t *testing.T) {
	options := &RFMOptions{Rules: "best | 2 | 2 | 2"}
	options.Bins[RFMRecency], options.Bins[RFMFrequency], options.Bins[RFMMonetary] = 2, 2, 2
	model := got[*RFM](t)(FitRFM(rfmColumns(), options))
	defer model.Close()
	equal(t, "cut", got[float64](t)(model.Param("recency_cut_1")), 21.5)
	again := got[*RFM](t)(DeserializeRFM(got[[]byte](t)(model.Serialize())))
	defer again.Close()
	for _, table := range []RFMTable{RFMCuts, RFMSegments, RFMCells} {
		stream := got[*Stream](t)(again.Export(table))
		must(t, stream.Close())
	}
	stream := got[*Stream](t)(again.Predict(rfmColumns(), nil))
	equal(t, "columns", len(got[[]Field](t)(stream.Fields())), 6)
	must(t, stream.Close())
	stream = got[*Stream](t)(again.Drift(rfmColumns(), nil))
	must(t, stream.Close())
	_, err := model.Param("age")
	fails(t, "an unknown number", err, ErrNotFound)
}

func TestRFMNamesBadRows(t *testing.T) {
	bad := []Column{Int64Column("recency", []int64{-1, 2}), Int64Column("frequency", []int64{1, 2}),
		Int64Column("monetary", []int64{1, 2})}
	_, err := FitRFM(bad, nil)
	fails(t, "a negative recency", err, ErrRows)
	model := got[*RFM](t)(FitRFM(bad, &RFMOptions{SkipBad: true, LeftClosed: true, PlusOne: true, Rules: "abc-xyz"}))
	defer model.Close()
	stream, err := model.Predict(bad, nil)
	fails(t, "a bad row in a prediction", err, ErrRows)
	must(t, stream.Close())
	_, err = FitRFM(bad, &RFMOptions{SkipBad: true, Rules: "nobody"})
	fails(t, "unknown rules", err, ErrFormat)
	if RFMRules("ten-segments") == "" || RFMRules("none") != "" {
		t.Error("the rules that come with the library are not those")
	}
}
