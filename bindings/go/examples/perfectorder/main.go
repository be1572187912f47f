// Command perfectorder reads order lines from a CSV file and prints the perfect order rate by carrier,
// the causes of what failed and what would lift the rate.
//
//	perfectorder [-policy CHANGES] [-by DIMENSION] [-as-of TIME] lines.csv
//
// The file has the columns order_id, promised, delivered, qty, qty_delivered and the dimension; times
// are ISO 8601, without a zone they are UTC. Without a file it counts a small one of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

const sample = `order_id,promised,delivered,qty,qty_delivered,carrier
1,2018-08-10,2018-08-10 14:00:00,5,5,Air
1,2018-08-10,2018-08-11 09:00:00,5,5,Air
2,2018-08-11,2018-08-11 18:00:00,1,1,Air
3,2018-08-12,2018-08-09 08:00:00,2,2,Sea
4,2018-08-13,2018-08-13 07:00:00,8,6,Sea
`

const columns = `order_id text
promised timestamp null zone=utc
delivered timestamp null zone=utc
qty int64
qty_delivered int64 null
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "perfectorder:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("perfectorder", flag.ContinueOnError)
	changes := flags.String("policy", "components=TF", "changes to the default policy")
	by := flags.String("by", "carrier", "the column to group by")
	asOf := flags.String("as-of", "2018-09-01", "what was known by then counts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	policy, err := constellation.NewPolicy(*changes)
	if err != nil {
		return err
	}
	defer policy.Close()
	us, err := constellation.ParseTime(*asOf, "", 0)
	if err != nil {
		return err
	}
	state, err := constellation.NewPerfectOrder(policy, constellation.TimeOf(us), &constellation.PerfectOrderConfig{By: []string{*by}})
	if err != nil {
		return err
	}
	defer state.Close()
	if err := count(ctx, state, flags.Arg(0), *by, out); err != nil {
		return err
	}
	result, err := state.Finish(ctx)
	if err != nil {
		return err
	}
	defer result.Close()
	return report(ctx, result, *by, out)
}

// count reads the file into the state, and says which rows were left out.
func count(ctx context.Context, state *constellation.PerfectOrder, path, by string, out io.Writer) error {
	schema, err := constellation.ParseSchema(columns + by + " text null\n")
	if err != nil {
		return err
	}
	defer schema.Close()
	var reader *constellation.CSVReader
	if path == "" {
		reader, err = constellation.OpenCSVBytes([]byte(sample), schema, nil)
	} else {
		reader, err = constellation.OpenCSV(path, schema, nil)
	}
	if err != nil {
		return err
	}
	defer reader.Close()
	stream, err := reader.Stream()
	if err != nil {
		return err
	}
	err = state.UpdateStream(ctx, stream, nil)
	var failure *constellation.Error
	if errors.Is(err, constellation.ErrRows) && errors.As(err, &failure) {
		fmt.Fprintf(out, "%d rows left out, the first: %s\n", failure.TotalRows, failure.Rows[0].Message)
	} else if err != nil {
		return err
	}
	rejects, total, err := reader.Rejects()
	if err != nil {
		return err
	}
	if total > 0 {
		fmt.Fprintf(out, "%d lines of the file rejected, the first: %s\n", total, rejects[0].Message)
	}
	return nil
}

func report(ctx context.Context, result *constellation.Result, by string, out io.Writer) error {
	for g := range result.Len() {
		key, known, err := result.Key(g, 0)
		if err != nil {
			return err
		}
		if !known {
			key = "(unknown)"
		}
		rate, err := result.Rate(g)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-8s %s\n", key, rate)
	}
	total, err := result.Rate(constellation.Total)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-8s %s\n", "all", total)
	for _, component := range []constellation.Component{constellation.OnTime, constellation.InFull} {
		lever, err := result.Lever(constellation.Total, component)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "if %s never failed: %d of %d\n", component, lever.Numerator, lever.Denominator)
	}
	fmt.Fprintln(out, "policy", result.Policy().Digest(), "as of", result.AsOf().Format("2006-01-02"))
	return nil
}
