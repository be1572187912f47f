package constellation

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

func TestAnySplitAndMergeOrderGivesTheSameBytes(t *testing.T) {
	ctx := t.Context()
	config := &PerfectOrderConfig{By: []string{"carrier"}}
	lines := someLines(60)
	whole := state(t, lenient, config)
	must(t, whole.Update(ctx, lines, nil))
	want := describe(got[*Batch](t)(got[*Stream](t)(finish(t, whole).Rates()).All(ctx)))
	for _, cuts := range [][]int{{0, 1, 2, 120}, {0, 3, 60, 61, 120}, {0, 119, 120}, {0, 0, 120}, {0, 7, 14, 21, 28, 35, 120}} {
		parts := []*PerfectOrder{}
		for i := 1; i < len(cuts); i++ {
			p := state(t, lenient, config)
			must(t, p.Update(ctx, part(lines, cuts[i-1], cuts[i]), nil))
			parts = append(parts, p)
		}
		forth, back := state(t, lenient, config), state(t, lenient, config)
		for i := range parts {
			must(t, forth.Merge(ctx, parts[i]))
			must(t, back.Merge(ctx, parts[len(parts)-1-i]))
		}
		if !bytes.Equal(serialized(t, forth), serialized(t, back)) {
			t.Errorf("cuts %v: the order of merging shows in the bytes", cuts)
		}
		again := got[*PerfectOrder](t)(DeserializePerfectOrder(serialized(t, forth), nil))
		defer again.Close()
		equal(t, "rates after a journey as bytes", describe(got[*Batch](t)(got[*Stream](t)(finish(t, again).Rates()).All(ctx))), want)
	}
}

func TestGoroutinesCountInStatesOfTheirOwn(t *testing.T) {
	ctx := t.Context()
	lines := someLines(64)
	sum := state(t, lenient, nil)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			p, err := NewPerfectOrder(policy(t, lenient), asOf(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Close()
			if err := p.Update(ctx, part(lines, 8*g, 8*g+8), &UpdateOptions{Threads: 1}); err != nil {
				t.Error(err)
			}
			if err := sum.Merge(ctx, p); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	equal(t, "orders", got[Rate](t)(finish(t, sum).Rate(Total)), got[Rate](t)(finish(t, counted(t, lines)).Rate(Total)))
}

func counted(t testing.TB, lines *OrderLines) *PerfectOrder {
	p := state(t, lenient, nil)
	must(t, p.Update(t.Context(), lines, nil))
	return p
}

func TestGoroutinesMayShareAState(t *testing.T) {
	ctx := t.Context()
	lines := someLines(64)
	p := state(t, lenient, nil)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := p.Update(ctx, part(lines, 8*g, 8*g+8), nil); err != nil {
				t.Error(err)
			}
			r, err := p.Finish(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			r.Close()
		}()
	}
	wg.Wait()
	equal(t, "orders", got[Rate](t)(finish(t, p).Rate(Total)).Denominator, 64)
}

func TestMergesInOppositeDirectionsDoNotWaitForEachOther(t *testing.T) {
	ctx := t.Context()
	a, b := counted(t, someLines(4)), counted(t, someLines(4))
	var wg sync.WaitGroup
	for g := range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 20 {
				var err error
				if g == 0 {
					err = state(t, lenient, nil).Merge(ctx, b)
				} else {
					err = b.Merge(ctx, state(t, lenient, nil))
				}
				if err == nil && g == 0 {
					err = a.Merge(ctx, state(t, lenient, nil))
				}
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	done := make(chan error, 2)
	c, d := state(t, lenient, nil), state(t, lenient, nil)
	go func() {
		for range 200 {
			c.Merge(ctx, d)
		}
		done <- nil
	}()
	go func() {
		for range 200 {
			d.Merge(ctx, c)
		}
		done <- nil
	}()
	<-done
	<-done
}

func TestStatesOfOtherConfigurationsDoNotMerge(t *testing.T) {
	ctx := t.Context()
	a := state(t, lenient, nil)
	fails(t, "policy", a.Merge(ctx, state(t, "components=T", nil)), ErrMismatch)
	fails(t, "dimensions", a.Merge(ctx, state(t, lenient, &PerfectOrderConfig{By: []string{"carrier"}})), ErrMismatch)
	fails(t, "configuration", a.Merge(ctx, state(t, lenient, &PerfectOrderConfig{Clustering: ClusteringSorted})), ErrMismatch)
	later := got[*PerfectOrder](t)(NewPerfectOrder(policy(t, lenient), asOf().Add(time.Second), nil))
	defer later.Close()
	fails(t, "as-of time", a.Merge(ctx, later), ErrMismatch)
}
