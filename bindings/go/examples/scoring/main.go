// Command scoring answers over HTTP what customers are worth and how to serve them: the probability
// that each is still a customer, lifetime value, segment, cluster and service tier.
//
//	scoring fit FOLDER                   fit the models to a sample and write their files
//	scoring serve [-addr ADDR] FOLDER    load the files and answer POST /score
//
// A request is columns as JSON, the row a customer that a table of purchases has; so is the answer. A
// row that breaks a rule is null and listed in bad_rows.
//
//	curl -d '{"customer":["ann"],"x":[3],"tx":[31],"T":[38],"spend":[4200],
//	          "recency":[49],"frequency":[4],"monetary":[16900],"mean_value":[4225]}' localhost:8080/score
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scoring:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("usage: scoring fit FOLDER, or scoring serve [-addr ADDR] FOLDER")
	}
	flags := flag.NewFlagSet("scoring "+args[0], flag.ContinueOnError)
	address := flags.String("addr", "localhost:8080", "where to listen")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("one folder is needed")
	}
	switch args[0] {
	case "fit":
		return fit(ctx, flags.Arg(0), out)
	case "serve":
		return serve(ctx, flags.Arg(0), *address, out)
	}
	return fmt.Errorf("'%s' is neither fit nor serve", args[0])
}

// serve answers until ctx ends, then lets the requests that run come to their end.
func serve(ctx context.Context, folder, address string, out io.Writer) error {
	models, err := load(folder)
	if err != nil {
		return err
	}
	defer models.Close()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: models.handler(), ReadHeaderTimeout: 5 * time.Second}
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
