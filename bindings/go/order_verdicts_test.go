package constellation

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

func late(t testing.TB) *Policy {
	t.Helper()
	p := got[*Policy](t)(NewPolicy("components=T"))
	t.Cleanup(func() { p.Close() })
	return p
}

func verdictsOf(t testing.TB, n *Network, options *OrderVerdictOptions) *Batch {
	t.Helper()
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	return got[*Batch](t)(got[*Stream](t)(s.OrderVerdicts(late(t), time.Date(2024, 6, 20, 0, 0, 0, 0, time.UTC), options)).All(context.Background()))
}

func TestOrdersComeWithTheirVerdicts(t *testing.T) {
	n := network(t, "", nil)
	fill(t, n)
	equal(t, "orders", verdictsOf(t, n, nil).Len(), 2)
	failed := verdictsOf(t, n, &OrderVerdictOptions{Verdicts: OrdersFailed, Scan: &ScanOptions{Columns: []string{"order_id"}}})
	equal(t, "failed orders", failed.Len(), 1)
	equal(t, "orders that failed on time", verdictsOf(t, n, &OrderVerdictOptions{Components: OnTime}).Len(), 1)
	equal(t, "orders left out", verdictsOf(t, n, &OrderVerdictOptions{Verdicts: OrdersPending | OrdersExcluded}).Len(), 0)
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	_, err := s.OrderVerdicts(late(t), time.Time{}, nil)
	fails(t, "no as-of time", err, ErrInvalidArgument)
	_, err = s.OrderVerdicts(late(t), time.Date(2024, 6, 20, 0, 0, 0, 0, time.UTC), &OrderVerdictOptions{Scan: &ScanOptions{AsOf: true}})
	fails(t, "an as-of time of the scan", err, ErrInvalidArgument)
}

func TestKeptVerdictsChangeNoAnswer(t *testing.T) {
	n := network(t, filepath.Join(t.TempDir(), "net"), nil)
	fill(t, n)
	must(t, n.Checkpoint())
	asOf := time.Date(2024, 6, 20, 0, 0, 0, 0, time.UTC)
	equal(t, "first", got[KeptVerdicts](t)(n.KeepOrderVerdicts(context.Background(), late(t), asOf, nil, 0)), KeptVerdicts{Written: 1})
	equal(t, "second", got[KeptVerdicts](t)(n.KeepOrderVerdicts(context.Background(), late(t), asOf, nil, 0)), KeptVerdicts{Kept: 1})
	equal(t, "files", got[NetworkInfo](t)(n.Info()).Kept, uint64(1))
	equal(t, "failed orders", verdictsOf(t, n, &OrderVerdictOptions{Verdicts: OrdersFailed}).Len(), 1)
	places := got[*Policy](t)(NewPolicy("zone=ship_to"))
	defer places.Close()
	_, err := n.KeepOrderVerdicts(context.Background(), places, asOf, nil, 0)
	fails(t, "zones of places", err, ErrUnsupported)
}
