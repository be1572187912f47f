// Command deciding answers over HTTP what of its shipments a shipper lets a partner have, decided field by field
// for each request.
//
//	deciding [-addr ADDR]
//
//	curl 'localhost:8080/shipments?recipient=carrier&fields=shipment.id,shipment.delivered'
//
// Rules are compiled once and shared by all requests; what changes, compiles new ones and swaps them in. Whoever
// is denied is told "not available", the same bytes whatever the reason; reasons are the shipper's own to read.
// Who asks is taken from the query here: a service of yours knows it from the connection.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

const (
	place   = "deliveries"
	shipper = "shipper"
	purpose = "delivery"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "deciding:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, then lets the requests that run come to their end.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("deciding", flag.ContinueOnError)
	address := flags.String("addr", "localhost:8080", "where to listen")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := newService(constellation.RelationPartner, constellation.RelationCompetitor, out)
	if err != nil {
		return err
	}
	defer s.Close()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		stopped <- server.Shutdown(last)
	})
	fmt.Fprintln(out, "listening on", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}

// service decides by the rules of the moment. Any number of requests run at once.
type service struct {
	rules atomic.Pointer[constellation.Rules]
	log   io.Writer           // the shipper's own: why something was denied
	now   func() time.Time    // the clock: the library has none
	rows  []map[string]string // what there is to share
}

func (s *service) Close() error { return s.rules.Load().Close() }

// swap puts new rules in the place of the old ones. Requests that are being decided go on with those they began
// with: a decision keeps its rules alive, and a request that lost the race asks again.
func (s *service) swap(rules *constellation.Rules) {
	if old := s.rules.Swap(rules); old != nil {
		old.Close()
	}
}

func (s *service) decide(q *constellation.Request) (*constellation.Decision, error) {
	for {
		d, err := s.rules.Load().Decide(q)
		if !errors.Is(err, constellation.ErrState) { // ErrState: the rules were swapped and closed just now
			return d, err
		}
	}
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shipments", s.shipments)
	return mux
}

// notAvailable is what anybody is told who does not get what he asked for.
func notAvailable(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintln(w, `{"error":"not available"}`)
}

func (s *service) shipments(w http.ResponseWriter, r *http.Request) {
	fields := strings.Split(r.URL.Query().Get("fields"), ",")
	d, err := s.decide(&constellation.Request{
		Constellation: place, Provider: shipper, Recipient: r.URL.Query().Get("recipient"), Purpose: purpose,
		Action: constellation.ActionRead, Paths: fields, NowUS: s.now().UnixMicro(), AllOrNothing: true,
	})
	if err != nil { // malformed: no decision, and no word on why
		fmt.Fprintln(s.log, err)
		notAvailable(w)
		return
	}
	defer d.Close()
	if !d.Permitted {
		if why, err := d.Explain(); err == nil {
			fmt.Fprint(s.log, why)
		}
		notAvailable(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer := make([]map[string]string, len(s.rows))
	for i, row := range s.rows {
		answer[i] = make(map[string]string, len(d.Fields))
		for _, field := range d.Fields {
			answer[i][field.Path] = row[field.Path]
		}
	}
	json.NewEncoder(w).Encode(answer)
}
