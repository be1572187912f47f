package constellation

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func customerDesk(t *testing.T) (*Network, *Vault) {
	t.Helper()
	n := network(t, "", nil)
	for _, who := range []string{"al", "jo"} {
		must(t, second(n.Put(record(t, "customer", "customer_id", who, "kind", "person", "country", "DE", "recorded", "2024-06-01"))))
	}
	must(t, second(n.Put(record(t, "consent", "consent_id", "1", "customer_id", "jo", "purpose", "4", "basis", "consent",
		"state", "granted", "valid_from", "2024-06-01", "recorded", "2024-06-01"))))
	options, _ := vaultOptions(t)
	options.Log, options.Network, options.Party = nil, n, "acme"
	return n, openVault(t, "", options)
}

func second(_ uint64, err error) error { return err }

func TestPersonalFieldsOfCustomers(t *testing.T) {
	n, v := customerDesk(t)
	now := time.Date(2024, 8, 1, 0, 0, 0, 0, time.UTC)
	if fields := CustomerFields(); len(fields) != 13 || fields[4] != (CustomerField{"email", VaultContact, VaultFormEmail}) {
		t.Fatalf("%v", fields)
	}
	must(t, v.PutCustomer(n, "jo", "", map[string][]byte{"email": []byte("Planted@Example.org"), "address_2": nil}, now))
	must(t, v.PutCustomer(n, "al", "", map[string][]byte{"email": []byte("planted@example.org")}, now))
	if err := v.PutCustomer(n, "cy", "", map[string][]byte{"city": []byte("x")}, now); !errors.Is(err, ErrNotFound) {
		t.Fatalf("not on record: %v", err)
	}
	if err := v.PutCustomer(n, "jo", "", map[string][]byte{"birth_date": []byte("x")}, now); !errors.Is(err, ErrInvalidArgument) {
		t.Fatalf("no day: %v", err)
	}
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	question := ConsentQuestion{Customer: "jo", Purpose: PurposeMarketing, Now: now}
	if value := got[[]byte](t)(v.GetCustomer(s, question, "email")); string(value) != "Planted@Example.org" {
		t.Fatalf("%s", value)
	}
	question.Customer = "al"
	if _, err := v.GetCustomer(s, question, "email"); !errors.Is(err, ErrDenied) {
		t.Fatalf("without consent: %v", err)
	}
	if _, _, err := v.FindCustomers(s, question, "email", []byte("x")); !errors.Is(err, ErrInvalidArgument) {
		t.Fatalf("a search that names a customer: %v", err)
	}
	question.Customer = ""
	found, leftOut, err := v.FindCustomers(s, question, "email", []byte("PLANTED@example.org"))
	if err != nil || leftOut != 1 || !slices.Equal(found, []string{"jo"}) {
		t.Fatalf("%v, %d, %v", found, leftOut, err)
	}
}

func TestErasedCustomerIsAnId(t *testing.T) {
	n, v := customerDesk(t)
	now := time.Date(2024, 8, 1, 0, 0, 0, 0, time.UTC)
	must(t, v.PutCustomer(n, "jo", "", map[string][]byte{"name": []byte("planted")}, now))
	proof := got[string](t)(v.EraseCustomer(n, "jo", "", "asked", now))
	if again := got[string](t)(v.EraseCustomer(n, "jo", "", "again", now)); again != proof {
		t.Fatal("another proof")
	}
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	left := got[*Record](t)(s.Get("customer", []string{"jo"}, AsOfNow))
	defer left.Close()
	if left.Has(NoLine, "country") || left.Text(NoLine, "kind") != "person" {
		t.Fatal("the record says more than it may")
	}
	if _, err := v.GetCustomer(s, ConsentQuestion{Customer: "jo", Purpose: PurposeMarketing, Now: now}, "name"); !errors.Is(err, ErrErased) {
		t.Fatalf("erased: %v", err)
	}
	if _, err := v.EraseCustomer(n, "cy", "", "asked", now); !errors.Is(err, ErrNotFound) {
		t.Fatalf("not on record: %v", err)
	}
}
