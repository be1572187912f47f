// The same update from Go and from C, in turns, on the same memory.
//
// usage: bench_go LINES TURNS
//
// Prints {"ours": [seconds ...], "peer": [seconds ...]} for the update from Go and from C. Exit code 3
// if what they count differs from what a plain loop counts.
package main

/*
#include <stdlib.h>
#include "bench.h"
*/
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
	"unsafe"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

var asOf = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// column allocates n values in C, where both see them.
func column[T any](n int) []T {
	var value T
	return unsafe.Slice((*T)(C.malloc(C.size_t(max(n, 1))*C.size_t(unsafe.Sizeof(value)))), n)
}

// lines holds order lines, as Go and as C see them.
type lines struct {
	c       C.struct_bench_columns
	columns []constellation.Column
	perfect int64
	orders  int64
}

func newLines(n int) *lines {
	id := column[int64](n)
	l := &lines{}
	l.c.order_id = (*C.int64_t)(unsafe.SliceData(id))
	l.columns = append(l.columns, constellation.Int64Column("order_id", id))
	for _, narrow := range []struct {
		name string
		make func(string, []int32) constellation.Column
		to   **C.int32_t
	}{
		{"line_number", constellation.Int32Column, &l.c.line_number},
		{"partner", constellation.Int32Column, &l.c.partner},
		{"month", constellation.Int32Column, &l.c.month},
		{"promised", constellation.DaysColumn, &l.c.promised},
		{"delivered", constellation.DaysColumn, &l.c.delivered},
		{"qty", constellation.Int32Column, &l.c.qty},
		{"qty_delivered", constellation.Int32Column, &l.c.qty_delivered},
	} {
		values := column[int32](n)
		*narrow.to = (*C.int32_t)(unsafe.SliceData(values))
		l.columns = append(l.columns, narrow.make(narrow.name, values))
	}
	C.bench_lines_fill(&l.c, C.int64_t(n), 0)
	cells := make([]C.struct_bench_cell, C.BENCH_CELLS)
	C.bench_lines_answer(C.int64_t(n), unsafe.SliceData(cells))
	for _, cell := range cells {
		l.perfect += int64(cell.perfect_orders)
		l.orders += int64(cell.orders)
	}
	return l
}

// fromC is one update from C: its seconds.
func (l *lines) fromC(n int) (float64, error) {
	var seconds C.double
	var perfect, orders C.int64_t
	var message [512]C.char
	status := C.bench_update(&l.c, C.int64_t(n), C.CSTN_CLUSTERING_SORTED, 1, &seconds, &perfect, &orders,
		&message[0], C.size_t(len(message)))
	if status != 0 {
		return 0, fmt.Errorf("%s", C.GoString(&message[0]))
	}
	return float64(seconds), l.check("C", int64(perfect), int64(orders))
}

// fromGo is the same through the binding.
func (l *lines) fromGo(policy *constellation.Policy) (float64, error) {
	ctx := context.Background()
	state, err := constellation.NewPerfectOrder(policy, asOf, &constellation.PerfectOrderConfig{
		By: []string{"partner", "month"}, Clustering: constellation.ClusteringSorted})
	if err != nil {
		return 0, err
	}
	defer state.Close()
	begin := time.Now()
	if err := state.UpdateColumns(ctx, l.columns, &constellation.UpdateOptions{Threads: 1}); err != nil {
		return 0, err
	}
	seconds := time.Since(begin).Seconds()
	result, err := state.Finish(ctx)
	if err != nil {
		return 0, err
	}
	defer result.Close()
	rate, err := result.Rate(constellation.Total)
	if err != nil {
		return 0, err
	}
	return seconds, l.check("Go", rate.Numerator, rate.Denominator)
}

func (l *lines) check(from string, perfect, orders int64) error {
	if perfect != l.perfect || orders != l.orders {
		fmt.Fprintf(os.Stderr, "%s: %d of %d orders are perfect, %d of %d in the plain loop\n", from, perfect, orders,
			l.perfect, l.orders)
		os.Exit(3)
	}
	return nil
}

func run(n, turns int) (map[string][]float64, error) {
	policy, err := constellation.NewPolicy("components=TF")
	if err != nil {
		return nil, err
	}
	defer policy.Close()
	l := newLines(n)
	times := map[string][]float64{}
	for range turns {
		ours, err := l.fromGo(policy)
		if err != nil {
			return nil, err
		}
		peer, err := l.fromC(n)
		if err != nil {
			return nil, err
		}
		times["ours"] = append(times["ours"], ours)
		times["peer"] = append(times["peer"], peer)
	}
	return times, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: bench_go LINES TURNS")
		os.Exit(2)
	}
	n, _ := strconv.Atoi(os.Args[1])
	turns, _ := strconv.Atoi(os.Args[2])
	times, err := run(n, turns)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(times)
}
