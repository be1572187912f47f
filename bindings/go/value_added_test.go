package constellation

import (
	"context"
	"testing"
)

func TestEachStepOfAForecastIsMeasuredAgainstTheOneBeforeIt(t *testing.T) {
	ledger := got[*ValueAdded](t)(NewValueAdded(&ValueAddedConfig{Steps: []string{"naive", "planner"}, Loss: MetricMSE,
		UnderMinor: 5, SizesPPM: []int32{200_000}}))
	defer ledger.Close()
	rows := []Column{
		TextColumn("unique_id", []string{"a", "b"}), Int64Column("ds", []int64{7, 7}), DoubleColumn("y", []float64{10, 20}),
		DoubleColumn("naive", []float64{8, 19}), DoubleColumn("planner", []float64{11, 15}),
		Int64Column("planner_available_us", []int64{7, 8}),
	}
	must(t, ledger.Update(rows, nil))
	other := got[*ValueAdded](t)(DeserializeValueAdded(got[[]byte](t)(ledger.Serialize())))
	defer other.Close()
	must(t, ledger.Merge(other))
	stream := got[*Stream](t)(ledger.Result(ValueAddedByLag | ValueAddedBySize | ValueAddedByAuthor))
	all := got[*Batch](t)(stream.All(context.Background()))
	must(t, stream.Close())
	equal(t, "two steps", all.Len(), 2)
	column, _ := all.Column("value_added")
	equal(t, "4 less 1", column.Doubles()[1], 3)
	stream = got[*Stream](t)(ledger.Result(ValueAddedLate))
	equal(t, "late, twice merged", got[*Batch](t)(stream.All(context.Background())).Len(), 2)
	must(t, stream.Close())
	usual := got[*ValueAdded](t)(NewValueAdded(nil))
	defer usual.Close()
	fails(t, "another configuration", ledger.Merge(usual), ErrMismatch)
	_, err := ledger.Result(ValueAddedLate | ValueAddedByLag)
	fails(t, "late and by lag", err, ErrInvalidArgument)
	_, err = NewValueAdded(&ValueAddedConfig{Steps: make([]string, ValueAddedStepsMost+1)})
	fails(t, "too many steps", err, ErrInvalidArgument)
	_, err = DeserializeValueAdded([]byte("nothing"))
	fails(t, "no bytes of a ledger", err, ErrCorrupt)
}
