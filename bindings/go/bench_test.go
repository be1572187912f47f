package constellation

import (
	"context"
	"testing"
)

// perRow reports what one of n rows costs.
func perRow(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
}

func BenchmarkCrossing(b *testing.B) {
	for b.Loop() {
		HasFeature(FeatureThreads)
	}
}

func BenchmarkCallThatSucceeds(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := RateInterval(81, 263, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCallThatFails(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := RateInterval(2, 1, 0); err == nil {
			b.Fatal("no error")
		}
	}
}

func BenchmarkPolicyGet(b *testing.B) {
	p := policy(b, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Get("level"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJudgeLine(b *testing.B) {
	p, line := policy(b, "components=T"), onTimeLine()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := JudgeLine(p, asOf(), nil, &line); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkUpdate(b *testing.B, lines *OrderLines, config *PerfectOrderConfig) {
	ctx := context.Background()
	p := policy(b, lenient)
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewPerfectOrder(p, asOf(), config)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Update(ctx, lines, &UpdateOptions{Threads: 1}); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
	perRow(b, len(lines.OrderID))
}

func BenchmarkUpdateOneOrder(b *testing.B) { benchmarkUpdate(b, someLines(1), nil) }

func BenchmarkUpdateMillionSorted(b *testing.B) {
	benchmarkUpdate(b, sortedLines(1_000_000), &PerfectOrderConfig{Clustering: ClusteringSorted})
}

func BenchmarkUpdateMillionSortedComplete(b *testing.B) {
	lines := sortedLines(1_000_000)
	lines.Complete = true
	benchmarkUpdate(b, lines, &PerfectOrderConfig{Clustering: ClusteringSorted})
}

func BenchmarkUpdateMillionShuffled(b *testing.B) { benchmarkUpdate(b, manyLines(1_000_000), nil) }

// sortedLines are n lines of orders of five lines, ids ascending, without text.
func sortedLines(n int) *OrderLines {
	l := manyLines(n)
	for i := range n {
		l.OrderID[i] = int64(i / 5)
	}
	l.Extra = nil
	return l
}

func BenchmarkTextColumn(b *testing.B) {
	values := make([]string, 100_000)
	for i := range values {
		values[i] = "carrier"
	}
	b.ReportAllocs()
	for b.Loop() {
		TextColumn("carrier", values)
	}
	perRow(b, len(values))
}

func BenchmarkReadBatches(b *testing.B) {
	ctx := context.Background()
	values := make([]int64, 65_536)
	columns := []Column{Int64Column("a", values), Int64Column("b", values), TimeColumn("c", values)}
	for b.Loop() {
		s, err := NewStream(columns...)
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range s.Batches(ctx) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	perRow(b, len(values))
}

// BenchmarkHandOverMillion is what the binding adds to an update of a million lines: the columns are
// handed over, and refused because one is absent.
func BenchmarkHandOverMillion(b *testing.B) {
	ctx := context.Background()
	p := state(b, lenient, nil)
	lines := sortedLines(1_000_000)
	lines.Promised = nil
	for _, complete := range []bool{false, true} {
		lines.Complete = complete
		b.Run(map[bool]string{false: "LookingForNulls", true: "Complete"}[complete], func(b *testing.B) {
			for b.Loop() {
				if err := p.Update(ctx, lines, nil); err == nil {
					b.Fatal("no error")
				}
			}
			perRow(b, len(lines.OrderID))
		})
	}
}
