package constellation

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func paid() []Column {
	return []Column{
		TextColumn("who", strings.Fields("ann ann bob bob cid dan eve eve")),
		TextColumn("region", []string{"north", "north", "north", "south", "south", "east", "", "south"}).WithNulls([]bool{true, true, true, true, true, true, false, true}),
		DecimalColumn("pay", []int64{1000, 500, 250, -700, 90000, 100, 300, 0}, 2).WithNulls([]bool{true, true, true, true, true, true, true, false}),
	}
}

func budgetOf(t *testing.T, limitNano, periodMicros int64) *PrivacyBudget {
	t.Helper()
	b := got[*PrivacyBudget](t)(NewPrivacyBudget(limitNano, periodMicros))
	t.Cleanup(func() { must(t, b.Close()) })
	return b
}

// question has an epsilon so great that the noise is nothing.
func question() *NoiseOptions {
	return &NoiseOptions{Kind: NoiseSum, Recipient: "acme", DataSet: "orders 7", EpsilonNano: 1e16, Subject: "who", Measure: "pay",
		Partition: "region", Partitions: []string{"north", "south", "west"}, Low: -5, High: 20, MaxPartitions: 2, Grid: 2}
}

func answerTo(t *testing.T, b *PrivacyBudget, options *NoiseOptions) (text string, charged int64) {
	t.Helper()
	answer, charged, err := b.Answer(t.Context(), paid(), options)
	must(t, err)
	return table(t, answer), charged
}

func spent(t *testing.T, b *PrivacyBudget, recipient string, nowUS int64) int64 {
	t.Helper()
	n, _, err := b.Spent(recipient, "orders 7", nowUS)
	must(t, err)
	return n
}

func TestAnswersAreClampedSumsWhereTheNoiseIsNothing(t *testing.T) {
	b := budgetOf(t, 1<<62, 0)
	for _, one := range []struct {
		change func(*NoiseOptions)
		want   string
	}{
		// ann 15 and bob 2.50; bob -7 to -5 and cid 900 to 20; the east is not listed
		{func(*NoiseOptions) {}, "region,value,units,error_95\nnorth,17.5,70,0\nsouth,15,60,0\nwest,0,0,0\n"},
		// one cell a subject: bob's second one is not counted
		{func(o *NoiseOptions) { o.MaxPartitions = 1 }, "region,value,units,error_95\nnorth,17.5,70,0\nsouth,20,80,0\nwest,0,0,0\n"},
		{func(o *NoiseOptions) { o.Partition, o.Partitions, o.MaxPartitions = "", nil, 1 }, "value,units,error_95\n34.5,138,0\n"},
		{func(o *NoiseOptions) { countOf(o) }, "value,units,error_95\n5,5,0\n"},
		{func(o *NoiseOptions) { countOf(o); o.Subject, o.RowIsSubject = "", true }, "value,units,error_95\n8,8,0\n"},
		{func(o *NoiseOptions) {
			o.Steps = []GeneraliseStep{{Column: "region", Kind: GeneralisePrefix, Step: 1}}
			o.Partitions = []string{"n", "s"}
		}, "region,value,units,error_95\nn,17.5,70,0\ns,15,60,0\n"},
	} {
		options := question()
		one.change(options)
		text, _ := answerTo(t, b, options)
		if one.want != text {
			t.Errorf("%s\nwant\n%s", text, one.want)
		}
	}
	streamed := question()
	streamed.Stream = got[*Stream](t)(NewStream(paid()...))
	answer, charged, err := budgetOf(t, 1<<62, 0).Answer(t.Context(), nil, streamed)
	must(t, err)
	equal(t, "charged", charged, 1e16)
	equal(t, "of a stream", table(t, answer), "region,value,units,error_95\nnorth,17.5,70,0\nsouth,15,60,0\nwest,0,0,0\n")
}

func countOf(o *NoiseOptions) {
	o.Kind, o.Measure, o.Partition, o.Partitions, o.Low, o.High, o.Grid, o.MaxPartitions = NoiseCount, "", "", nil, 0, 0, 0, 0
}

func TestTheSameQuestionIsAnsweredAgainFree(t *testing.T) {
	b := budgetOf(t, 1_000_000_000, DayMicros)
	options := question()
	options.EpsilonNano = 600_000_000
	first, charged := answerTo(t, b, options)
	equal(t, "charged", charged, 600_000_000)
	again, charged := answerTo(t, b, options)
	equal(t, "again", again, first)
	equal(t, "charged again", charged, 0)
	equal(t, "spent", spent(t, b, "acme", DayMicros-1), 600_000_000)
	equal(t, "spent tomorrow", spent(t, b, "acme", DayMicros), 0)
	options.NowUS = DayMicros // another period is another question
	_, charged = answerTo(t, b, options)
	equal(t, "charged tomorrow", charged, 600_000_000)
}

func TestASpentBudgetRefusesAndChargesNothing(t *testing.T) {
	b := budgetOf(t, 1_000_000_000, 0)
	options := question()
	options.EpsilonNano = 600_000_000
	answerTo(t, b, options)
	options.Grid = 3
	answer, charged, err := b.Answer(t.Context(), paid(), options)
	if e := fails(t, "spent", err, ErrBudget); answer != nil || charged != 0 || !strings.Contains(e.Message, "400000000 of 1000000000 left") {
		t.Error(charged, e.Message)
	}
	equal(t, "spent", spent(t, b, "acme", 0), 600_000_000)
	options.EpsilonNano = 400_000_000
	answerTo(t, b, options)
	used, limit, err := b.Spent("acme", "orders 7", 0)
	must(t, err)
	equal(t, "used", used, limit)
	options.Recipient = "zeta" // has a budget of its own
	_, charged = answerTo(t, b, options)
	equal(t, "charged", charged, 400_000_000)
}

// Of counts of 0 or 1 with an epsilon of ln 3, half the draws are 0 and each step out is a third: 2,000 of them.
func TestNoiseHasItsDistribution(t *testing.T) {
	const draws = 2000
	b := budgetOf(t, 1<<62, 0)
	options := question()
	countOf(options)
	options.EpsilonNano, options.Partition = 1_098_612_289, "region"
	for i := range draws {
		options.Partitions = append(options.Partitions, "nowhere "+strings.Repeat("i", i))
	}
	answer, _, err := b.Answer(t.Context(), paid(), options)
	must(t, err)
	zeros, sum := 0, int64(0)
	for _, n := range column(t, answer, "units").Int64s() {
		sum += n
		if n == 0 {
			zeros++
		}
	}
	// standard deviations: 22 zeros; the noise has a variance of 1.5, the sum one of 55
	if zeros < draws/2-6*23 || zeros > draws/2+6*23 || sum < -6*55 || sum > 6*55 {
		t.Errorf("%d zeros of %d, sum %d", zeros, draws, sum)
	}
}

func TestABudgetComesBackFromItsBytesAndKnowsItsAnswers(t *testing.T) {
	b := budgetOf(t, 1_000_000_000_000, DayMicros)
	options := question()
	options.EpsilonNano, options.Recipient = 250_000_000, "zeta"
	answerTo(t, b, options)
	options.Recipient, options.NowUS = "acme", 3*DayMicros+5
	answerTo(t, b, options)
	options.Grid = 0
	mine, _ := answerTo(t, b, options)
	kept := got[[]byte](t)(b.Serialize(t.Context()))
	back := got[*PrivacyBudget](t)(DeserializePrivacyBudget(kept))
	defer back.Close()
	theirs, charged := answerTo(t, back, options)
	equal(t, "answer", theirs, mine)
	equal(t, "charged", charged, 0)
	equal(t, "spent", table(t, got[*Stream](t)(back.Export())), "recipient,data_set,period_from,spent_nano,limit_nano,answers\n"+
		"acme,orders 7,1970-01-04T00:00:00Z,500000000,1000000000000,2\nzeta,orders 7,1970-01-01T00:00:00Z,250000000,1000000000000,1\n")
	if again := got[[]byte](t)(back.Serialize(t.Context())); !bytes.Equal(again, kept) {
		t.Error("other bytes")
	}
	for i := range kept {
		damaged := slices.Clone(kept)
		damaged[i] ^= 0x10
		if _, err := DeserializePrivacyBudget(damaged); err == nil {
			t.Fatalf("byte %d", i)
		}
	}
	_, err := DeserializePrivacyBudget(kept[:9])
	fails(t, "a part", err, ErrCorrupt)
}

func TestQuestionsThatCannotBeAreRefused(t *testing.T) {
	b := budgetOf(t, 1<<62, 0)
	for name, one := range map[string]struct {
		code   Code
		change func(*NoiseOptions)
	}{
		"kind":           {ErrInvalidArgument, func(o *NoiseOptions) { o.Kind = 3 }},
		"recipient":      {ErrInvalidArgument, func(o *NoiseOptions) { o.Recipient = "" }},
		"UTF-8":          {ErrInvalidArgument, func(o *NoiseOptions) { o.Recipient = "\xff" }},
		"epsilon_nano":   {ErrInvalidArgument, func(o *NoiseOptions) { o.EpsilonNano = 0 }},
		"a sum names":    {ErrInvalidArgument, func(o *NoiseOptions) { o.Measure = "" }},
		"a subject":      {ErrInvalidArgument, func(o *NoiseOptions) { o.Subject = "" }},
		"partitions":     {ErrInvalidArgument, func(o *NoiseOptions) { o.Partitions = nil }},
		"twice":          {ErrInvalidArgument, func(o *NoiseOptions) { o.Partitions = []string{"north", "north"} }},
		"above high":     {ErrInvalidArgument, func(o *NoiseOptions) { o.Low = 21 }},
		"grid":           {ErrInvalidArgument, func(o *NoiseOptions) { o.Grid = 41 }},
		"decimals":       {ErrInvalidArgument, func(o *NoiseOptions) { o.Scale = 3 }},
		"max_partitions": {ErrInvalidArgument, func(o *NoiseOptions) { o.MaxPartitions = -1 }},
		"NUL":            {ErrInvalidArgument, func(o *NoiseOptions) { o.DataSet = "a\x00b" }},
		"fit":            {ErrOverflow, func(o *NoiseOptions) { o.Grid, o.High = 40, 1<<63-1 }},
		"salary":         {ErrSchema, func(o *NoiseOptions) { o.Measure = "salary" }},
	} {
		options := question()
		one.change(options)
		answer, charged, err := b.Answer(t.Context(), paid(), options)
		if e := fails(t, name, err, one.code); answer != nil || charged != 0 || (one.code != ErrOverflow && !strings.Contains(e.Message, name)) {
			t.Errorf("%s: %d %s", name, charged, e.Message)
		}
	}
	nobody := paid()
	nobody[0] = TextColumn("who", make([]string, 8)).WithNulls(make([]bool, 8))
	_, charged, err := b.Answer(t.Context(), nobody, question())
	if e := fails(t, "nobody", err, ErrRows); charged != 0 || e.TotalRows != 8 {
		t.Error(charged, e)
	}
	equal(t, "spent", spent(t, b, "acme", 0), 0)
	_, err = NewPrivacyBudget(0, 0)
	fails(t, "no budget", err, ErrInvalidArgument)
	_, _, err = b.Spent("", "x", 0)
	fails(t, "no name", err, ErrInvalidArgument)
	closed := budgetOf(t, 1, 0)
	must(t, closed.Close())
	if _, _, err := closed.Answer(t.Context(), paid(), question()); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}
