package constellation

import (
	"strings"
	"testing"
	"time"
)

const olistSchema = `order_id text
order_status text
order_purchase_timestamp timestamp zone=utc
order_delivered_customer_date timestamp null zone=utc
order_estimated_delivery_date timestamp null zone=utc
`

func olistBinding() *Binding {
	return new(Binding).Rename("ordered", "order_purchase_timestamp").Rename("delivered", "order_delivered_customer_date").
		Rename("promised", "order_estimated_delivery_date").Rename("status", "order_status").Value("status", "delivered", "closed").
		Value("status", "canceled", "cancelled_by_customer").Value("status", "unavailable", "cancelled_by_supplier").OtherValues("status", "open")
}

func olistStream(t testing.TB) *Stream {
	t.Helper()
	path := shared(t, "data", "olist", "olist_orders_dataset.csv.gz")
	r := got[*CSVReader](t)(OpenCSV(path, schema(t, olistSchema), nil))
	t.Cleanup(func() { r.Close() })
	return got[*Stream](t)(r.Stream())
}

// The answers are those of the reference page that lies with the data: the same deliveries under other
// denominators.
func TestOlistRatesAreTheReferences(t *testing.T) {
	rows := got[*Batch](t)(olistStream(t).All(t.Context()))
	equal(t, "orders", rows.Len(), 99_441)
	for _, c := range []struct {
		changes, digest   string
		asOf, to          time.Time
		onTime, n         int64
		value, low, high  float64
		hasIntervalAnswer bool
	}{
		{"components=T supplier_cancel=exclude overdue_open=exclude", "a0af6fe8058b1bf7", asOf(), time.Time{}, 89_936, 96_470, 0.932269099, 0.930666143, 0.933837630, true},
		{"components=T supplier_cancel=exclude overdue_open=exclude time_unit=instant", "61d2ba8e269294f0", asOf(), time.Time{}, 88_644, 96_470, 0.918876335, 0.917136732, 0.920582579, true},
		{"components=T supplier_cancel=exclude overdue_open=exclude actual_missing=fail", "10ed27ed344ab606", asOf(), time.Time{}, 89_936, 96_478, 0.932191795, 0, 0, false},
		{"components=T supplier_cancel=exclude actual_missing=fail", "2c52088587ee11f3", asOf(), time.Time{}, 89_936, 98_207, 0.915779934, 0, 0, false},
		{"components=T actual_missing=fail", "defdb8bd46064763", asOf(), time.Time{}, 89_936, 98_816, 0.910136010, 0, 0, false},
		{"components=T actual_missing=fail customer_cancel=fail", "d5abefef0e1a09ce", asOf(), time.Time{}, 89_936, 99_441, 0.904415684, 0, 0, false},
		{"components=T supplier_cancel=exclude actual_missing=fail", "2c52088587ee11f3", time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC),
			time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC), 87_938, 96_205, 0.914068915, 0.912281360, 0.915823405, true},
	} {
		p := policy(t, c.changes)
		equal(t, "digest", p.Digest().String()[:16], c.digest)
		s := got[*PerfectOrder](t)(NewPerfectOrder(p, c.asOf, &PerfectOrderConfig{To: c.to}))
		must(t, s.UpdateColumns(t.Context(), rows.Columns(), &UpdateOptions{Binding: olistBinding()}))
		rate := got[Rate](t)(finish(t, s).Rate(Total))
		s.Close()
		equal(t, c.changes+": on time", rate.Numerator, c.onTime)
		equal(t, c.changes+": n", rate.Denominator, c.n)
		near(t, c.changes, rate.Value, c.value, 1e-9)
		if c.hasIntervalAnswer {
			near(t, c.changes+": low", rate.Low, c.low, 1e-9)
			near(t, c.changes+": high", rate.High, c.high, 1e-9)
		}
	}
}

func TestOlistFromTheFileIsOlistFromSlices(t *testing.T) {
	const changes = "components=T supplier_cancel=exclude overdue_open=exclude"
	config := &PerfectOrderConfig{By: []string{"month(due)"}}
	s := state(t, changes, config)
	must(t, s.UpdateStream(t.Context(), olistStream(t), &UpdateOptions{Binding: olistBinding()}))
	file := describe(got[*Batch](t)(got[*Stream](t)(finish(t, s).Rates()).All(t.Context())))
	split := state(t, changes, config)
	for batch, err := range olistStream(t).Batches(t.Context()) {
		must(t, err)
		one := state(t, changes, config)
		must(t, one.UpdateColumns(t.Context(), batch.Columns(), &UpdateOptions{Binding: olistBinding()}))
		must(t, split.Merge(t.Context(), one))
		one.Close()
	}
	slices := describe(got[*Batch](t)(got[*Stream](t)(finish(t, split).Rates()).All(t.Context())))
	equal(t, "rates", slices, file)
	equal(t, "there are months", strings.Count(file, "\n") > 20, true)
}

func TestOlistDurationsAreTheReferences(t *testing.T) {
	rows := got[*Batch](t)(olistStream(t).All(t.Context()))
	status, _ := rows.Column("order_status")
	bought, _ := rows.Column("order_purchase_timestamp")
	delivered, _ := rows.Column("order_delivered_customer_date")
	seconds := []float64{}
	for i := range rows.Len() {
		if status.Text(i) == "delivered" && !delivered.IsNull(i) {
			seconds = append(seconds, float64(delivered.Int64s()[i]-bought.Int64s()[i])/1e6)
		}
	}
	equal(t, "deliveries", len(seconds), 96_470)
	for _, c := range []struct {
		ppm  int32
		kind QuantileType
		want float64
	}{
		{500_000, QuantileType7, 10.217476852 * 86_400}, {900_000, QuantileType7, 23.096377315 * 86_400},
		{950_000, QuantileType7, 29.274046296 * 86_400}, {990_000, QuantileType7, 46.050261806 * 86_400},
		{500_000, QuantileNearestRank, 882_788}, {900_000, QuantileNearestRank, 1_995_520}, {950_000, QuantileNearestRank, 2_529_301},
		{0, QuantileNearestRank, 46_087}, {1_000_000, QuantileNearestRank, 18_111_912},
	} {
		q, ok, err := Quantile(seconds, c.ppm, c.kind)
		must(t, err)
		equal(t, "there is one", ok, true)
		near(t, "quantile", q, c.want, 1e-4)
	}
}
