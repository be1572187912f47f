package constellation

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
)

func TestThreadsDoNotShowInTheResult(t *testing.T) {
	lines := manyLines(200_000)
	var want []byte
	for _, threads := range []int32{1, 2, 3, 8, 0} {
		p := state(t, lenient, &PerfectOrderConfig{By: []string{"carrier"}})
		must(t, p.Update(t.Context(), lines, &UpdateOptions{Threads: threads}))
		have := serialized(t, p)
		if want == nil {
			want = have
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%d threads give other bytes", threads)
		}
	}
}

func manyLines(n int) *OrderLines {
	l := &OrderLines{OrderID: make([]int64, n), Promised: make([]int64, n), Delivered: make([]int64, n), Qty: make([]int64, n), QtyDelivered: make([]int64, n)}
	codes := make([]int32, n)
	orders := uint64(max(n/5, 1))
	for i := range n {
		l.OrderID[i] = int64(uint64(i) * 0x9E3779B97F4A7C15 % orders)
		l.Promised[i], l.Delivered[i] = day(10), day(int64(5+i%7))
		l.Qty[i], l.QtyDelivered[i] = 3, 3
		codes[i] = int32(l.OrderID[i] % 3)
	}
	l.Extra = []Column{CodedColumn("carrier", codes, []string{"Air", "Rail", "Sea"})}
	return l
}

func TestAContextStopsAnUpdate(t *testing.T) {
	lines := manyLines(2_000_000)
	best := time.Hour
	for range 5 {
		p := state(t, lenient, nil)
		before := serialized(t, p)
		progress := got[*Progress](t)(NewProgress())
		ctx, cancel := context.WithCancel(t.Context())
		var stopped time.Time
		go func() {
			for progress.Done() == 0 && ctx.Err() == nil {
				time.Sleep(100 * time.Microsecond)
			}
			stopped = time.Now()
			cancel()
		}()
		err := p.Update(ctx, lines, &UpdateOptions{Threads: 1, Progress: progress})
		<-ctx.Done()
		best = min(best, time.Since(stopped))
		fails(t, "update", err, ErrCancelled)
		equal(t, "is the context's error", errors.Is(err, context.Canceled), true)
		equal(t, "was cancelled", progress.Cancelled(), true)
		if done := progress.Done(); done == 0 || done >= 2_000_000 {
			t.Errorf("%d rows were done", done)
		}
		if !bytes.Equal(before, serialized(t, p)) {
			t.Error("the state changed")
		}
		progress.Reset()
		equal(t, "reset", progress.Done() == 0 && !progress.Cancelled() && progress.Total() == 0, true)
		progress.Close()
		equal(t, "closed", progress.Done(), 0)
		p.Close()
	}
	t.Logf("from the cancellation to the return: %v at best", best)
	if best > 50*time.Millisecond {
		t.Errorf("a cancelled update needs %v at best, 50 ms allowed", best)
	}
}

func TestAContextThatIsOverStopsACallBeforeItBegins(t *testing.T) {
	cause := errors.New("the client went away")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	p := counted(t, someLines(2))
	_, finish := p.Finish(ctx)
	_, bytes := p.Serialize(ctx)
	for name, err := range map[string]error{"update": p.Update(ctx, someLines(1), nil), "finish": finish, "serialize": bytes,
		"merge": p.Merge(ctx, counted(t, someLines(1)))} {
		fails(t, name, err, ErrCancelled)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
			t.Errorf("%s: error %v, want the context's and its cause", name, err)
		}
	}
	late, cancelLate := context.WithTimeout(context.Background(), 0)
	defer cancelLate()
	err := p.Update(late, someLines(1), nil)
	equal(t, "deadline", errors.Is(err, context.DeadlineExceeded), true)
}

func TestAProgressCancelsWithoutAContext(t *testing.T) {
	progress := got[*Progress](t)(NewProgress())
	defer progress.Close()
	progress.Cancel()
	err := state(t, lenient, nil).Update(context.Background(), manyLines(100_000), &UpdateOptions{Progress: progress})
	fails(t, "update", err, ErrCancelled)
	equal(t, "not the context's", errors.Is(err, context.Canceled), false)
}
