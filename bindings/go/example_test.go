package constellation_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

func at(day, hour int) int64 {
	return time.Date(2018, 8, day, hour, 0, 0, 0, time.UTC).UnixMicro()
}

// The rate of four orders by carrier, with its interval and what would lift it.
func Example() {
	ctx := context.Background()
	policy, err := constellation.NewPolicy("components=TF")
	if err != nil {
		log.Fatal(err)
	}
	defer policy.Close()
	state, err := constellation.NewPerfectOrder(policy, time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC),
		&constellation.PerfectOrderConfig{By: []string{"carrier"}})
	if err != nil {
		log.Fatal(err)
	}
	defer state.Close()

	// Order 1 has two lines, one of them a day late; order 4 is two units short.
	err = state.Update(ctx, &constellation.OrderLines{
		OrderID:      []int64{1, 1, 2, 3, 4},
		Promised:     []int64{at(10, 0), at(10, 0), at(11, 0), at(12, 0), at(13, 0)},
		Delivered:    []int64{at(10, 14), at(11, 9), at(11, 18), at(9, 8), at(13, 7)},
		Qty:          []int64{5, 5, 1, 2, 8},
		QtyDelivered: []int64{5, 5, 1, 2, 6},
		Extra:        []constellation.Column{constellation.TextColumn("carrier", []string{"Air", "Air", "Air", "Sea", "Sea"})},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	result, err := state.Finish(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer result.Close()

	for g := range result.Len() {
		carrier, _, err := result.Key(g, 0)
		if err != nil {
			log.Fatal(err)
		}
		rate, err := result.Rate(g)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(carrier, rate)
	}
	total, err := result.Rate(constellation.Total)
	if err != nil {
		log.Fatal(err)
	}
	better, err := result.Lever(constellation.Total, constellation.OnTime)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("all", total)
	fmt.Println("were nothing late", better.Numerator, "of", better.Denominator)
	// Output:
	// Air 1/2 = 0.500000 (0.094531 .. 0.905469)
	// Sea 1/2 = 0.500000 (0.094531 .. 0.905469)
	// all 2/4 = 0.500000 (0.150039 .. 0.849961)
	// were nothing late 3 of 4
}

// A network in memory (a path makes it durable): rows in, with one left out, and the rate by an attribute
// of the order lines.
func ExampleNetwork() {
	ctx := context.Background()
	network, err := constellation.OpenNetwork("", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer network.Close()

	known := &constellation.ImportOptions{RecordedMicros: at(20, 0)}
	put := func(noun string, columns ...constellation.Column) {
		rows, err := constellation.NewStream(columns...)
		if err != nil {
			log.Fatal(err)
		}
		err = network.Import(ctx, noun, rows, known)
		var left *constellation.Error
		if errors.As(err, &left) && errors.Is(err, constellation.ErrRows) {
			for _, row := range left.Rows {
				fmt.Println("left out:", row.Message)
			}
		} else if err != nil {
			log.Fatal(err)
		}
	}
	text, whole, times := constellation.TextColumn, constellation.Int64Column, constellation.TimeColumn
	put("partner", text("partner_id", []string{"acme", "bolts"}))
	put("item", text("item_id", []string{"bolt-m8"}))
	put("order",
		text("order_id", []string{"O-1", "O-2", "O-3"}), whole("line_number", []int64{1, 1, 1}),
		text("seller", []string{"acme", "acme", "acme"}), text("buyer", []string{"bolts", "bolts", "nuts"}),
		text("item_id", []string{"bolt-m8", "bolt-m8", "bolt-m8"}), whole("qty", []int64{10, 20, 30}),
		times("ordered", []int64{at(1, 9), at(1, 9), at(1, 9)}), times("promised", []int64{at(5, 0), at(5, 0), at(5, 0)}),
		times("delivered", []int64{at(5, 8), at(6, 8), at(5, 8)}), whole("qty_delivered", []int64{10, 20, 30}),
		text("attributes.distance", []string{"near", "far", "far"}))

	policy, err := constellation.NewPolicy("components=TF")
	if err != nil {
		log.Fatal(err)
	}
	defer policy.Close()
	result, err := network.PerfectOrderRate(ctx, policy, time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC),
		&constellation.PerfectOrderConfig{By: []string{"attributes.distance"}}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer result.Close()
	for g := range result.Len() {
		distance, _, err := result.Key(g, 0)
		if err != nil {
			log.Fatal(err)
		}
		rate, err := result.Rate(g)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(distance, rate.Numerator, "of", rate.Denominator)
	}
	// Output:
	// left out: row 2, column 'buyer': 'nuts' names a record that is not there
	// far 0 of 1
	// near 1 of 1
}

// Rows that break a rule are left out and listed; the others are in.
func ExamplePerfectOrder_Update_badRows() {
	policy, _ := constellation.NewPolicy("components=TF")
	defer policy.Close()
	state, _ := constellation.NewPerfectOrder(policy, time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC), nil)
	defer state.Close()
	err := state.Update(context.Background(), &constellation.OrderLines{
		OrderID:      []int64{1, 2},
		Promised:     []int64{at(10, 0), at(10, 0)},
		Delivered:    []int64{at(10, 14), at(10, 14)},
		Qty:          []int64{5, -5},
		QtyDelivered: []int64{5, 5},
	}, nil)
	var failure *constellation.Error
	if errors.Is(err, constellation.ErrRows) && errors.As(err, &failure) {
		for _, row := range failure.Rows {
			fmt.Println("row", row.Row, row.Column, row.Code, row.Value)
		}
	}
	// Output:
	// row 1 qty NOT_POSITIVE -5
}

// A rate is two integers and an interval; over nothing it is null.
func ExampleRateInterval() {
	for _, counts := range [][2]int64{{89_936, 96_470}, {15, 15}, {0, 0}} {
		rate, err := constellation.RateInterval(counts[0], counts[1], 0)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rate)
	}
	// Output:
	// 89936/96470 = 0.932269 (0.930666 .. 0.933838)
	// 15/15 = 1.000000 (0.796117 .. 1.000000)
	// 0/0 = null
}

// A line is judged with its reasons.
func ExampleJudgeLine() {
	policy, _ := constellation.NewPolicy("components=T")
	defer policy.Close()
	verdict, err := constellation.JudgeLine(policy, time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC), nil, &constellation.OrderLine{
		Promised:  time.Date(2018, 8, 10, 0, 0, 0, 0, time.UTC),
		Delivered: time.Date(2018, 8, 11, 9, 0, 0, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(verdict.Perfect(), verdict.Pattern)
	// Output:
	// false T
}
