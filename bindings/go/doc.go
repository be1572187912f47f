// Package constellation computes perfect order rates with libconstellation.
//
// Order lines go in as columns, from slices, a CSV file or any Arrow producer; the rate comes out
// with its interval, its causes and its levers, under an explicit [Policy] that both partners can
// read and hash. The library does the work; this package adds Go's idiom and no arithmetic of its
// own, so that the same input gives the same bytes from C, Python and Go.
//
//	policy, err := constellation.NewPolicy("components=T overdue_open=exclude")
//	...
//	state, err := constellation.NewPerfectOrder(policy, asOf, &constellation.PerfectOrderConfig{By: []string{"carrier"}})
//	...
//	err = state.Update(ctx, &constellation.OrderLines{OrderID: ids, Promised: promised, Delivered: delivered}, nil)
//	...
//	result, err := state.Finish(ctx)
//
// # Building
//
// The package uses cgo and finds the library by pkg-config under the name constellation.
//
// # Crossings
//
// A call into C costs about as much as fifty additions, a row inside the library 0.2 to 8 ns.
// Therefore every hot call takes a batch: one crossing carries the columns in and the status, the
// message and the rows that were left out back. Slices that are handed over are pinned for the call
// and read in place; C keeps none of them. Only [OrderLine] and [OrderLines] of a single order are
// worth a call of their own, for an explanation.
//
// # Units
//
// Instants are int64 microseconds since 1970-01-01T00:00Z, days int32 since that day, money int64
// minor units, quantities int64 at one scale. [Micros] and [TimeOf] convert to and from time.Time.
// [NoTime] and [NoQuantity] stand for null in the columns of [OrderLines]; a Go zero never does.
// Results are rates with numerator and denominator; over nothing a rate is null, never 0 or 1.
//
// # Errors
//
// Every failure of the library is an [*Error] with its code, its one-line message and, for batches,
// the rows that were left out. errors.Is matches codes ([ErrSchema], [ErrRows]), and
// context.Canceled or context.DeadlineExceeded for a call that its context stopped. There is no
// "last error": goroutines never see one another's.
//
// # Lifetime
//
// What holds memory of the library has Close, which may be called more than once, in any order and
// while other goroutines use the object: the memory goes when the last call returns. What is never
// closed is freed after the garbage collector finds it, which is late: close it. After Close,
// methods return [ErrClosed].
//
// # Goroutines
//
// [Policy], [Schema], [Zone], [Calendar], [Result], [Binding], [Memory] and [Progress] may be used
// from any number of goroutines at once. [PerfectOrder], [PolicyBuilder], [CSVReader] and [Stream]
// let one call in at a time and make the others wait.
package constellation
