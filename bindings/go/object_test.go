package constellation

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// mergeable is what every state can do.
type mergeable[S any] interface {
	Merge(S) error
	Serialize() ([]byte, error)
	Close() error
}

// checkState says what holds for every state that fresh makes.
func checkState[S mergeable[S]](t *testing.T, name string, fresh func() (S, error)) {
	t.Run(name, func(t *testing.T) {
		a, b := got[S](t)(fresh()), got[S](t)(fresh())
		var none S
		fails(t, "merging nothing", a.Merge(none), ErrInvalidArgument)
		fails(t, "merging into itself", a.Merge(a), ErrInvalidArgument)
		var wg sync.WaitGroup
		for _, pair := range [][2]S{{a, b}, {b, a}, {a, b}, {b, a}} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 50 {
					if err := pair[0].Merge(pair[1]); err != nil {
						t.Errorf("merging both ways: %v", err)
					}
				}
			}()
		}
		wg.Wait()
		equal(t, "bytes", string(got[[]byte](t)(a.Serialize())), string(got[[]byte](t)(b.Serialize())))
		must(t, b.Close())
		must(t, b.Close())
		_, err := b.Serialize()
		for what, err := range map[string]error{"serialize": err, "merge into": b.Merge(a), "merge": a.Merge(b)} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s of a closed state: %v", what, err)
			}
		}
		must(t, a.Close())
	})
}

func TestEveryStateMergesBothWaysAndSaysWhenItIsClosed(t *testing.T) {
	checkState(t, "purchases", func() (*Purchases, error) { return NewPurchases(nil) })
	checkState(t, "retention", func() (*Retention, error) { return NewRetention(nil) })
	checkState(t, "contracts", func() (*Contracts, error) { return NewContracts() })
	checkState(t, "value", func() (*ValueState, error) { return NewValueState("bgnbd", nil) })
	checkState(t, "cost to serve", func() (*CostToServe, error) { return NewCostToServe("EUR") })
	checkState(t, "loyalty", func() (*Loyalty, error) { return NewLoyalty("EUR") })
	checkState(t, "journeys", func() (*Journeys, error) {
		definition := got[*JourneyDefinition](t)(ParseJourneyDefinition(deliveries))
		defer definition.Close()
		return NewJourneys(definition, time.UnixMicro(day(31)))
	})
	checkState(t, "interactions", func() (*Interactions, error) { return NewInteractions() })
	checkState(t, "retention", func() (*Retention, error) { return NewRetention(nil) })
	checkState(t, "contracts", func() (*Contracts, error) { return NewContracts() })
	checkState(t, "value added", func() (*ValueAdded, error) { return NewValueAdded(nil) })
	history := replayed(t, "nobody", nil, nil, 30)
	checkState(t, "stage summary", history.Summary)
}

func TestObjectsThatWereNeverOpenedSayThatTheyAreClosed(t *testing.T) {
	_, err := new(RFM).Serialize()
	fails(t, "a model", err, ErrInvalidArgument)
	if !errors.Is(err, ErrClosed) {
		t.Errorf("a model: %v", err)
	}
	fails(t, "a state", new(Purchases).Update(someOrders(), nil), ErrInvalidArgument)
	must(t, new(KMeans).Close())
}

func TestForgottenCustomersLeaveStatesThatNeverSawThem(t *testing.T) {
	ctx := context.Background()
	set, same := interactionsOf(t, said()), got[*Interactions](t)(NewInteractions())
	defer same.Close()
	must(t, set.Remove(TextColumn("customer", []string{"c", "b", "nobody"})))
	equal(t, "interactions left", set.Len(), 2)
	must(t, set.Remove(TextColumn("customer", []string{"a"})))
	equal(t, "no interactions", string(got[[]byte](t)(set.Serialize())), string(got[[]byte](t)(same.Serialize())))
	fails(t, "a column of another name", set.Remove(TextColumn("client", []string{"a"})), ErrSchema)

	loyal, none := got[*Loyalty](t)(NewLoyalty("EUR")), got[*Loyalty](t)(NewLoyalty("EUR"))
	defer loyal.Close()
	defer none.Close()
	must(t, loyal.Update(LoyaltyEvidence, []Column{TextColumn("customer", []string{"a"}), TimeColumn("valid", []int64{day(1)}),
		TextColumn("source", []string{"REFERRAL"})}, nil))
	must(t, loyal.Remove(TextColumn("customer", []string{"a"})))
	equal(t, "no loyalty", string(got[[]byte](t)(loyal.Serialize())), string(got[[]byte](t)(none.Serialize())))

	j, empty := journeys(t), journeys(t)
	must(t, j.Update(ctx, fourOrders(), nil))
	must(t, j.Remove(TextColumn("customer", []string{"a", "b", "c", "d"})))
	equal(t, "no journeys", string(got[[]byte](t)(j.Serialize())), string(got[[]byte](t)(empty.Serialize())))
	must(t, j.Update(ctx, fourOrders(), nil))
	must(t, j.Settle(ctx))
	fails(t, "settled journeys", j.Remove(TextColumn("customer", []string{"a"})), ErrRebuild)
}
