package constellation

import (
	"math"
	"testing"
)

func retentionRows() []Column {
	return []Column{
		Int64Column("customer", []int64{1, 1, 2, 3, 3, 3}),
		DaysColumn("day", []int32{10, 27, 12, 4, 11, 28}),
		Int64Column("value", []int64{500, 700, 300, 100, 100, 100}),
		Int64Column("quantity", []int64{5, 7, 3, 1, 1, 1}),
		Int64Column("order", []int64{1, 2, 3, 4, 5, 6}),
		Int64Column("item", []int64{1, 1, 1, 2, 2, 2}),
	}
}

func TestRetentionIsAskedMergedForgottenAndComesBack(t *testing.T) {
	config := &RetentionConfig{Orders: true, Items: true, UTCOffsetMinutes: 60}
	whole := got[*Retention](t)(NewRetention(config))
	defer whole.Close()
	must(t, whole.Update(retentionRows(), nil))
	half := got[*Retention](t)(NewRetention(config))
	defer half.Close()
	must(t, half.Update(retentionRows(), nil))
	other := got[*Retention](t)(DeserializeRetention(got[[]byte](t)(half.Serialize())))
	defer other.Close()
	must(t, half.Remove(Int64Column("customer", []int64{1, 3})))
	must(t, other.Remove(Int64Column("customer", []int64{2})))
	must(t, half.Merge(other))
	equal(t, "bytes", string(got[[]byte](t)(half.Serialize())), string(got[[]byte](t)(whole.Serialize())))
	question := RetentionQuestion{AsOf: 30, Base: DayWindow{0, 20}, Next: DayWindow{20, 30}, HorizonDays: 7,
		Period: CohortWeek, PeriodOrigin: 4, Ages: 3}
	for table, columns := range map[RetentionTable]int{RetentionRates: 5, RetentionGrowth: 5, RetentionItems: 8,
		RetentionCohorts: 7, RetentionCounts: 2} {
		stream := got[*Stream](t)(whole.Export(table, question))
		equal(t, "columns", len(got[[]Field](t)(stream.Fields())), columns)
		must(t, stream.Close())
	}
	for _, period := range []CohortPeriod{CohortDay, CohortMonth, CohortQuarter} {
		question.Period = period
		must(t, got[*Stream](t)(whole.Export(RetentionCohorts, question)).Close())
	}
}

func TestRetentionRefusesWhatItCannotAnswer(t *testing.T) {
	plain := got[*Retention](t)(NewRetention(nil))
	defer plain.Close()
	_, err := plain.Export(RetentionGrowth, RetentionQuestion{AsOf: 30})
	fails(t, "growth without windows", err, ErrInvalidArgument)
	windows := RetentionQuestion{AsOf: 30, Base: DayWindow{0, 20}, Next: DayWindow{20, 31}}
	_, err = plain.Export(RetentionItems, windows)
	fails(t, "items of a state without", err, ErrState)
	windows.AsOf = 29
	_, err = plain.Export(RetentionRates, windows)
	fails(t, "a window that is not over", err, ErrInvalidArgument)
	orders := got[*Retention](t)(NewRetention(&RetentionConfig{Orders: true}))
	defer orders.Close()
	fails(t, "another configuration", plain.Merge(orders), ErrMismatch)
	_, err = NewRetention(&RetentionConfig{UTCOffsetMinutes: 2000})
	fails(t, "an offset of more than a day", err, ErrInvalidArgument)
	_, err = DeserializeRetention([]byte("nothing"))
	fails(t, "other bytes", err, ErrCorrupt)
}

func TestContractsSurviveAndChurn(t *testing.T) {
	state := got[*Contracts](t)(NewContracts())
	defer state.Close()
	rows := []Column{DaysColumn("start_day", []int32{0, 1, 2}), DaysColumn("end_day", []int32{9, 8, 12})}
	must(t, state.Update(rows, nil))
	other := got[*Contracts](t)(DeserializeContracts(got[[]byte](t)(state.Serialize())))
	defer other.Close()
	must(t, state.Merge(other))
	must(t, state.Remove(rows, nil))
	equal(t, "bytes", string(got[[]byte](t)(state.Serialize())), string(got[[]byte](t)(other.Serialize())))
	stream := got[*Stream](t)(state.Survival(20))
	equal(t, "columns", len(got[[]Field](t)(stream.Fields())), 6)
	must(t, stream.Close())
	must(t, got[*Stream](t)(state.Churn(DayWindow{5, 10}, 20)).Close())
	_, err := state.Churn(DayWindow{5, 10}, 8)
	fails(t, "a period that is not over", err, ErrInvalidArgument)
	must(t, state.Remove(rows, nil))
	fails(t, "rows that are not there", state.Remove(rows, nil), ErrState)
	times := []Column{Int64Column("time", []int64{3, 4}), FlagColumn("ended", []bool{true, false})}
	must(t, state.Update(times, nil))
	must(t, got[*Stream](t)(state.Survival(math.MinInt32)).Close())
	_, err = state.Churn(DayWindow{5, 10}, 20)
	fails(t, "churn of times", err, ErrState)
	fails(t, "another form", state.Merge(other), ErrMismatch)
	_, err = DeserializeContracts([]byte("nothing"))
	fails(t, "other bytes", err, ErrCorrupt)
}
