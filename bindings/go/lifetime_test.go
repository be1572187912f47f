package constellation

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
)

func TestHandlesThatAreNeverClosedAreCollected(t *testing.T) {
	m := got[*Memory](t)(NewMemory(0))
	defer m.Close()
	const each = 2500
	make4 := func() {
		for range each {
			p := got[*Policy](t)(NewPolicy("components=T", WithMemory(m)))
			got[*Schema](t)(ParseSchema("a int64\n", WithMemory(m)))
			got[*Calendar](t)(ParseCalendar("cstn-calendar 1\nweek=1111100\n", WithMemory(m)))
			got[*PerfectOrder](t)(NewPerfectOrder(p, asOf(), &PerfectOrderConfig{Memory: m}))
		}
	}
	make4()
	if peak := m.Usage(); peak.Peak == 0 {
		t.Fatalf("nothing was counted: %+v", peak)
	}
	if !collect(func() bool { return m.Usage().Blocks == 0 }) {
		t.Errorf("of %d handles some are left: %+v", 4*each, m.Usage())
	}
}

func TestStreamsAndResultsThatAreNeverClosedAreCollected(t *testing.T) {
	m := got[*Memory](t)(NewMemory(0))
	defer m.Close()
	for range 100 {
		p := got[*Policy](t)(NewPolicy("", WithMemory(m)))
		s := got[*PerfectOrder](t)(NewPerfectOrder(p, asOf(), &PerfectOrderConfig{By: []string{"carrier"}, Memory: m}))
		must(t, s.Update(t.Context(), someLines(10), nil))
		r := got[*Result](t)(s.Finish(t.Context()))
		rates := got[*Stream](t)(r.Rates())
		got[*Batch](t)(rates.Next(t.Context()))
	}
	if !collect(func() bool { return m.Usage().Blocks == 0 }) {
		t.Errorf("some are left: %+v", m.Usage())
	}
}

func TestCloseMayBeCalledAgainAndByMany(t *testing.T) {
	m := got[*Memory](t)(NewMemory(0))
	defer m.Close()
	for range 200 {
		p := got[*Policy](t)(NewPolicy("", WithMemory(m)))
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if g%2 == 0 {
					p.Close()
				}
				level, err := p.Get("level")
				if err == nil && level != "order" {
					t.Errorf("level is %q", level)
				}
				if err != nil && !errors.Is(err, ErrClosed) {
					t.Errorf("error %v, want closed", err)
				}
			}()
		}
		wg.Wait()
		p.Close()
		_, err := p.Get("level")
		fails(t, "after Close", err, ErrInvalidArgument)
		if !errors.Is(err, ErrClosed) {
			t.Fatalf("error %v, want closed", err)
		}
	}
	equal(t, "blocks in use", m.Usage().Blocks, 0)
}

func TestWhatWasCopiedIsThereAfterClose(t *testing.T) {
	p := got[*Policy](t)(NewPolicy(""))
	text, digest := p.Text(), p.Digest()
	p.Close()
	equal(t, "text", p.Text(), text)
	equal(t, "digest", p.Digest(), digest)
}

func TestEveryMethodOfAClosedObjectSaysClosed(t *testing.T) {
	ctx := context.Background()
	s := state(t, "", &PerfectOrderConfig{By: []string{"carrier"}})
	must(t, s.Update(ctx, someLines(4), nil))
	r := got[*Result](t)(s.Finish(ctx))
	rates := got[*Stream](t)(r.Rates())
	other := state(t, "", nil)
	s.Close()
	r.Close()
	rates.Close()
	b := got[*PolicyBuilder](t)(NewPolicyBuilder())
	b.Close()
	_, next := rates.Next(ctx)
	_, fields := rates.Fields()
	_, all := rates.All(ctx)
	_, finish := s.Finish(ctx)
	_, bytes := s.Serialize(ctx)
	_, rate := r.Rate(Total)
	_, group := r.Group(0)
	_, pattern := r.Pattern(0, 0)
	_, losses := r.Losses()
	_, _, key := r.Key(0, 0)
	_, compare := r.Compare(nil)
	_, build := b.Build()
	for name, err := range map[string]error{
		"update": s.Update(ctx, someLines(1), nil), "merge": other.Merge(ctx, s), "merge into": s.Merge(ctx, other),
		"finish": finish, "serialize": bytes, "rate": rate, "group": group, "pattern": pattern, "losses": losses, "key": key,
		"compare": compare, "next": next, "fields": fields, "all": all, "build": build, "set": b.Set("level", "line"),
		"update stream": other.UpdateStream(ctx, rates, nil),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: error %v, want closed", name, err)
		}
	}
	_, zero := new(Policy).Get("level")
	fails(t, "an object that was never opened", zero, ErrInvalidArgument)
}

func TestObjectsMayBeClosedInAnyOrder(t *testing.T) {
	ctx := context.Background()
	order := []int{0, 1, 2, 3}
	runs := 0
	var permute func(int)
	permute = func(k int) {
		if k < len(order) {
			for i := k; i < len(order); i++ {
				order[k], order[i] = order[i], order[k]
				permute(k + 1)
				order[k], order[i] = order[i], order[k]
			}
			return
		}
		runs++
		m := got[*Memory](t)(NewMemory(0))
		p := got[*Policy](t)(NewPolicy("", WithMemory(m)))
		s := got[*PerfectOrder](t)(NewPerfectOrder(p, asOf(), &PerfectOrderConfig{By: []string{"carrier"}, Memory: m}))
		must(t, s.Update(ctx, someLines(12), nil))
		r := got[*Result](t)(s.Finish(ctx))
		rates := got[*Stream](t)(r.Rates())
		close4 := []func() error{p.Close, s.Close, r.Close, rates.Close}
		for i, n := range order {
			must(t, close4[n]())
			if n != 3 && i < 3 && !contains(order[:i], 3) {
				if _, err := rates.Fields(); err != nil {
					t.Errorf("order %v: the stream is gone after step %d: %v", order, i, err)
				}
			}
		}
		equal(t, "blocks in use", m.Usage().Blocks, 0)
		m.Close()
	}
	permute(0)
	equal(t, "permutations", runs, 24)
}

func contains(list []int, n int) bool {
	for _, v := range list {
		if v == n {
			return true
		}
	}
	return false
}

func TestMemoryOutlivesItsClose(t *testing.T) {
	m := got[*Memory](t)(NewMemory(0))
	p := got[*Policy](t)(NewPolicy("", WithMemory(m)))
	m.Close()
	m.Close()
	equal(t, "level", got[string](t)(p.Get("level")), "order")
	p.Close()
	_, err := NewPolicy("", WithMemory(m))
	if !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want closed", err)
	}
}

func TestALimitOfMemoryIsAnError(t *testing.T) {
	_, err := NewMemory(-1)
	fails(t, "negative limit", err, ErrInvalidArgument)
	m := got[*Memory](t)(NewMemory(64))
	defer m.Close()
	_, err = NewPolicy("", WithMemory(m))
	fails(t, "policy", err, ErrNoMemory)
	equal(t, "blocks in use", m.Usage().Blocks, 0)
}

func TestEveryLimitOfMemoryLeavesNothingBehind(t *testing.T) {
	ctx := context.Background()
	worked := false
	for limit := int64(256); limit <= 1<<28 && !worked; limit = limit*5/4 + 1 {
		m := got[*Memory](t)(NewMemory(limit))
		err := func() error {
			p, err := NewPolicy("", WithMemory(m))
			if err != nil {
				return err
			}
			defer p.Close()
			s, err := NewPerfectOrder(p, asOf(), &PerfectOrderConfig{By: []string{"carrier"}, Memory: m})
			if err != nil {
				return err
			}
			defer s.Close()
			if err := s.Update(ctx, someLines(50), nil); err != nil {
				return err
			}
			r, err := s.Finish(ctx)
			if err != nil {
				return err
			}
			defer r.Close()
			rates, err := r.Rates()
			if err != nil {
				return err
			}
			_, err = rates.All(ctx)
			return err
		}()
		if err != nil && !errors.Is(err, ErrNoMemory) {
			t.Fatalf("limit %d: %v", limit, err)
		}
		equal(t, "blocks in use", m.Usage().Blocks, 0)
		m.Close()
		worked = err == nil
	}
	if !worked {
		t.Error("no limit was enough")
	}
	runtime.GC()
}
