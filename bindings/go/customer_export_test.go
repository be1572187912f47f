package constellation

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"
)

type toldCustomer struct {
	Type         string
	Record       map[string]any
	Personal     map[string]string
	Erased       []struct{ Categories []int }
	Interactions []map[string]any
	Stages       struct{ Moves []struct{ To string } }
	Verdicts     map[string]any
}

func exported(t *testing.T, n *Network, v *Vault, options CustomerExportOptions) toldCustomer {
	t.Helper()
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	var told toldCustomer
	must(t, json.Unmarshal(got[[]byte](t)(v.ExportCustomer(s, "jo", options)), &told))
	return told
}

func TestCustomerIsToldAndErasedInPart(t *testing.T) {
	n, v := customerDesk(t)
	now := time.Date(2024, 8, 1, 0, 0, 0, 0, time.UTC)
	must(t, v.PutCustomer(n, "jo", "", map[string][]byte{"email": []byte("jo@example.org"), "name": []byte("Jo")}, now))
	for _, one := range [][2]string{{"e1", "order"}, {"e2", "first_choice"}} {
		must(t, second(n.Put(record(t, "interaction", "event_id", one[0], "customer_id", "jo", "kind", one[1],
			"valid", "2024-06-02", "recorded", "2024-06-02"))))
	}
	told := exported(t, n, v, CustomerExportOptions{Now: now})
	if told.Type != "cstn/customer/v1" || told.Personal["email"] != "jo@example.org" || told.Record["country"] != "DE" ||
		len(told.Interactions) != 2 || told.Stages.Moves[0].To != "COMMIT" || told.Verdicts["loyal"] != "unknown" {
		t.Fatalf("%+v", told)
	}
	policy := got[*StagePolicy](t)(NewStagePolicy())
	defer policy.Close()
	told = exported(t, n, v, CustomerExportOptions{Now: now, Policy: policy, Verdicts: &LoyaltyOptions{MinOccasions: 1}})
	if told.Verdicts["loyal"] != "yes" {
		t.Fatalf("%v", told.Verdicts)
	}

	how := CustomerErasure{Categories: []VaultCategory{VaultContact}, Reason: "no letters", Now: now}
	proof := got[string](t)(v.EraseCustomerCategories(n, "jo", how))
	if again := got[string](t)(v.EraseCategories("jo", how.Categories, "again", now)); again != proof {
		t.Fatal("another proof")
	}
	told = exported(t, n, v, CustomerExportOptions{Now: now})
	if len(told.Personal) != 1 || told.Personal["name"] != "Jo" || len(told.Erased) != 1 || told.Erased[0].Categories[0] != 2 ||
		len(told.Interactions) != 2 {
		t.Fatalf("%+v", told)
	}
	how = CustomerErasure{Events: true, Reason: "all", Now: now}
	got[string](t)(v.EraseCustomerCategories(n, "jo", how))
	told = exported(t, n, v, CustomerExportOptions{Now: now})
	if len(told.Personal) != 0 || len(told.Interactions) != 0 || told.Record["country"] != nil {
		t.Fatalf("%+v", told)
	}
}

func TestWrongCallsAboutCustomers(t *testing.T) {
	n, v := customerDesk(t)
	now := time.Date(2024, 8, 1, 0, 0, 0, 0, time.UTC)
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	if _, err := v.ExportCustomer(s, "cy", CustomerExportOptions{Now: now}); !errors.Is(err, ErrNotFound) {
		t.Fatalf("not on record: %v", err)
	}
	if _, err := v.ExportCustomer(s, "jo", CustomerExportOptions{}); !errors.Is(err, ErrInvalidArgument) {
		t.Fatalf("without a time: %v", err)
	}
	if _, err := v.EraseCategories("jo", nil, "why", now); !errors.Is(err, ErrInvalidArgument) {
		t.Fatalf("no category: %v", err)
	}
	how := CustomerErasure{Categories: []VaultCategory{7}, Reason: "why", Now: now}
	if _, err := v.EraseCustomerCategories(n, "jo", how); !errors.Is(err, ErrInvalidArgument) {
		t.Fatalf("unknown category: %v", err)
	}
	if text := got[[]byte](t)(v.ExportCustomer(s, "jo", CustomerExportOptions{Now: now})); !bytes.Contains(text, []byte(`"erased":[]`)) {
		t.Fatalf("%s", text)
	}
}
