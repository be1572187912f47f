package constellation

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"time"
)

// OrderVerdicts is a set of verdicts of orders, joined with |.
type OrderVerdicts uint32

// Verdicts of an order.
const (
	OrdersPerfect  OrderVerdicts = C.CSTN_ORDER_PERFECT  // counted, nothing failed
	OrdersFailed   OrderVerdicts = C.CSTN_ORDER_FAILED   // counted, with a pattern
	OrdersPending  OrderVerdicts = C.CSTN_ORDER_PENDING  // not due yet
	OrdersExcluded OrderVerdicts = C.CSTN_ORDER_EXCLUDED // left out, with a reason
)

// OrderVerdictOptions are which orders [Snapshot.OrderVerdicts] gives, and what of them. The zero value
// and nil give every field of every order.
type OrderVerdictOptions struct {
	Verdicts   OrderVerdicts // only these; 0: all
	Components Component     // only orders that failed any of these; 0: whatever they failed
	Data       *PolicyData   // what the policy needs
	// Scan: fields and orders as for a scan of "order", without an as-of time of its own. With Lines
	// each line repeats the verdict of its order.
	Scan *ScanOptions
}

// policyAsOf is a policy and an as-of time as C takes them; done ends the use.
func policyAsOf(policy *Policy, asOf time.Time) (ptr *C.cstn_service_policy, us int64, done func(), err error) {
	if us, err = Micros(asOf); err != nil {
		return nil, 0, nil, err
	}
	if us == NoTime {
		return nil, 0, nil, invalid("the as-of time is not set")
	}
	ptr, done, err = policy.use()
	return ptr, us, done, err
}

// OrderVerdicts gives orders with their verdicts: the fields asked for, then verdict (perfect, failed,
// pending, excluded), pattern, reason, provisional, and of the failure that came first first_failed,
// cause and owner. What was recorded by asOf is looked at, what was known by then counts. A verdict is
// that of [JudgeOrder], taken from what [Network.KeepOrderVerdicts] kept where that holds. Close the
// stream.
func (s *Snapshot) OrderVerdicts(policy *Policy, asOf time.Time, options *OrderVerdictOptions) (*Stream, error) {
	options = orDefault(options)
	rules, us, done, err := policyAsOf(policy, asOf)
	if err != nil {
		return nil, err
	}
	defer done()
	var data laidData
	if err := data.layOut(options.Data); err != nil {
		return nil, err
	}
	defer data.end()
	var with laidScan
	if err := with.layOut(options.Scan); err != nil {
		return nil, err
	}
	defer with.end()
	out := new(*C.struct_ArrowArrayStream)
	if err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_snapshot_order_verdicts(p, rules, C.int64_t(us), C.uint32_t(options.Verdicts), C.uint32_t(options.Components), data.c, with.c, out, o)
	}); err != nil {
		return nil, err
	}
	return openStream(*out), nil
}

// KeptVerdicts is what [Network.KeepOrderVerdicts] did, in files of orders.
type KeptVerdicts struct {
	Written uint64 // judged and kept
	Kept    uint64 // were there, and still hold
	Dropped uint64 // replaced, of too many policies, or of no use
}

// KeepOrderVerdicts judges the orders that lie in columns under a policy and keeps the verdicts, for at
// most mostPolicies policies (0: 4). Those that no later time can change serve every later scan under the
// policy, the others scans as of the same time; answers never depend on what is kept. It returns
// [ErrUnsupported] for zone=ship_to, [ErrReadOnly], and [ErrCancelled] when ctx ends.
func (n *Network) KeepOrderVerdicts(ctx context.Context, policy *Policy, asOf time.Time, data *PolicyData, mostPolicies uint32) (KeptVerdicts, error) {
	rules, us, done, err := policyAsOf(policy, asOf)
	if err != nil {
		return KeptVerdicts{}, err
	}
	defer done()
	var with laidData
	if err := with.layOut(data); err != nil {
		return KeptVerdicts{}, err
	}
	defer with.end()
	w, err := watchContext(ctx, nil)
	if err != nil {
		return KeptVerdicts{}, err
	}
	defer w.end()
	counts := new(C.cstn_keep_verdicts_counts)
	err = withContext(ctx, n.call(func(p *C.cstn_network, o *C.cstn_go_outcome) {
		C.cstn_go_network_keep_order_verdicts(p, rules, C.int64_t(us), C.uint32_t(mostPolicies), with.c, w.ptr, counts, o)
	}), nil)
	if err != nil {
		return KeptVerdicts{}, err
	}
	return KeptVerdicts{uint64(counts.written), uint64(counts.kept), uint64(counts.dropped)}, nil
}
