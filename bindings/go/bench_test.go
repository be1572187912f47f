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

const scored = 1_000_000 // customers of the benchmarks of scoring

// manyCustomers are n customers of all kinds, as a table of purchases has them.
func manyCustomers(n int) []Column {
	x, recency, frequency, monetary := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	tx, age, spend, mean := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		x[i] = int64(i * 7919 % 13)
		age[i] = 20 + float64(i*104729%1000)/50
		if x[i] > 0 {
			tx[i] = age[i] * float64(1+i*31%97) / 100
		}
		spend[i], mean[i] = 500+float64(i*15485863%9000), 500+float64(i*32452843%9000)
		recency[i], frequency[i] = int64(7*(age[i]-tx[i])), x[i]+1
		monetary[i] = int64(mean[i]) * frequency[i]
	}
	return []Column{Int64Column("x", x), DoubleColumn("tx", tx), DoubleColumn("T", age), DoubleColumn("spend", spend),
		Int64Column("recency", recency), Int64Column("frequency", frequency), Int64Column("monetary", monetary),
		DoubleColumn("mean_value", mean)}
}

// benchmarkScoring scores the columns again and again and reads every answer into Go memory.
func benchmarkScoring(b *testing.B, columns []Column, score func([]Column) (*Stream, error)) {
	ctx := context.Background()
	rows := columns[0].Len()
	b.ReportAllocs()
	for b.Loop() {
		answers := 0
		for batch, err := range got[*Stream](b)(score(columns)).Batches(ctx) {
			must(b, err)
			answers += batch.Len()
		}
		equal(b, "answers", answers, rows)
	}
	perRow(b, rows)
}

func BenchmarkScoreMillionAlive(b *testing.B) {
	model := got[*CustomerValue](b)(NewCustomerValue("bgnbd", []float64{0.243, 4.414, 0.793, 2.426}, 0))
	defer model.Close()
	benchmarkScoring(b, manyCustomers(scored), func(rows []Column) (*Stream, error) { return model.Predict(rows, nil) })
}

// Of a year of 52 periods: each customer has the work of 52.
func BenchmarkScoreTenthMillionLifetimeValue(b *testing.B) {
	model := got[*CustomerValue](b)(NewCustomerValue("bgnbd", []float64{0.243, 4.414, 0.793, 2.426}, 0))
	defer model.Close()
	spend := got[*CustomerValue](b)(NewCustomerValue("gammagamma", []float64{6.25, 3.74, 1544}, 0))
	defer spend.Close()
	options := &ValuePredictOptions{Horizons: []float64{26}, Spend: spend, Periods: 52, Discount: 0.002}
	benchmarkScoring(b, manyCustomers(scored/10), func(rows []Column) (*Stream, error) { return model.Predict(rows, options) })
}

func BenchmarkScoreMillionRFM(b *testing.B) {
	model := got[*RFM](b)(FitRFM(manyCustomers(10_000), &RFMOptions{Rules: "ten-segments"}))
	defer model.Close()
	benchmarkScoring(b, manyCustomers(scored), func(rows []Column) (*Stream, error) { return model.Predict(rows, nil) })
}

func BenchmarkScoreMillionClusters(b *testing.B) {
	features := []string{"recency", "frequency", "mean_value"}
	model := got[*KMeans](b)(FitKMeans(manyCustomers(10_000), features, 8, &KMeansOptions{Starts: 1}))
	defer model.Close()
	benchmarkScoring(b, manyCustomers(scored), func(rows []Column) (*Stream, error) { return model.Predict(rows, false, nil) })
}

// BenchmarkScoreOne is what one request of one customer costs.
func BenchmarkScoreOne(b *testing.B) {
	model := got[*CustomerValue](b)(NewCustomerValue("bgnbd", []float64{0.243, 4.414, 0.793, 2.426}, 0))
	defer model.Close()
	benchmarkScoring(b, manyCustomers(1), func(rows []Column) (*Stream, error) { return model.Predict(rows, nil) })
}
