package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

// serving is a service at a fixed time, and what it wrote for the shipper.
func serving(t *testing.T) (*service, *httptest.Server, *strings.Builder) {
	t.Helper()
	log := new(strings.Builder)
	s, err := newService(constellation.RelationPartner, constellation.RelationCompetitor, log)
	if err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC) }
	server := httptest.NewServer(s.handler())
	t.Cleanup(func() { server.Close(); s.Close() })
	return s, server, log
}

func get(t *testing.T, server *httptest.Server, query string) (int, string) {
	t.Helper()
	response, err := http.Get(server.URL + "/shipments?" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

const refused = "{\"error\":\"not available\"}\n"

func TestAPartnerGetsWhatWasAgreed(t *testing.T) {
	_, server, _ := serving(t)
	status, body := get(t, server, "recipient=carrier&fields=shipment.id,order.value")
	want := `[{"order.value":"120.00","shipment.id":"S-1"},{"order.value":"75.50","shipment.id":"S-2"}]` + "\n"
	if status != http.StatusOK || body != want {
		t.Errorf("%d %s, want %s", status, body, want)
	}
}

func TestEveryDenialHasTheSameBytes(t *testing.T) {
	_, server, log := serving(t)
	for _, query := range []string{
		"recipient=rival&fields=order.value",             // the firewall
		"recipient=rival&fields=shipment.id,order.value", // all or nothing
		"recipient=stranger&fields=shipment.id",          // no member
		"recipient=carrier&fields=shipment.weight",       // a field without a class
		"recipient=carrier&fields=",                      // malformed
		"",
	} {
		if status, body := get(t, server, query); status != http.StatusForbidden || body != refused {
			t.Errorf("%s: %d %q", query, status, body)
		}
	}
	for _, reason := range []string{"FIREWALL", "NO_MEMBERSHIP", "LEVEL"} {
		if !strings.Contains(log.String(), reason) {
			t.Errorf("the shipper does not read %s:\n%s", reason, log.String())
		}
	}
	if status, _ := get(t, server, "recipient=rival&fields=shipment.id"); status != http.StatusOK {
		t.Error("a rival does not get what is not competitive")
	}
}

func TestRulesAreSwappedWhileRequestsRun(t *testing.T) {
	s, server, _ := serving(t)
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 25 {
				if status, _ := get(t, server, "recipient=carrier&fields=shipment.id"); status != http.StatusOK {
					t.Errorf("status %d", status)
				}
			}
		}()
	}
	for range 10 {
		rules, err := newRules(constellation.RelationPartner, constellation.RelationPartner)
		if err != nil {
			t.Fatal(err)
		}
		s.swap(rules)
	}
	all.Wait()
	if status, _ := get(t, server, "recipient=rival&fields=order.value"); status != http.StatusOK {
		t.Error("the new rules do not hold")
	}
}

func TestItStopsWhenItsContextEnds(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	if err := run(ctx, []string{"-addr", "localhost:0"}, io.Discard); err != nil {
		t.Error(err)
	}
	if err := run(ctx, []string{"-addr", "nowhere:-1"}, io.Discard); err == nil {
		t.Error("a bad address is accepted")
	}
}
