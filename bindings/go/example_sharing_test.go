package constellation_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

// What nobody can evaluate is refused by name: nothing is dropped, nothing is taken as true.
func ExampleReadODRL() {
	vocabulary, _ := constellation.NewVocabulary(constellation.VocabularySpec{})
	defer vocabulary.Close()
	for _, operand := range []string{"dateTime", "weather"} {
		policy, err := constellation.ReadODRL([]byte(`{"permission":{"action":"use","constraint":{"leftOperand":"`+operand+
			`","operator":"lt","rightOperand":"2026-06-01"}}}`), vocabulary, nil)
		var refused *constellation.ODRLRefusedError
		if errors.As(err, &refused) {
			fmt.Println("refused:", refused.Refusals[0].Operand, refused.Refusals[0].Value)
			continue
		}
		words, _ := policy.Rules[0].Constraint.Text()
		fmt.Println(words)
		policy.Close()
	}
	// Output:
	// now is before 2026-06-01T00:00:00Z
	// refused: weather 2026-06-01
}

// Cells that many rows and companies stand behind go out; a refusal names its rule.
func ExampleAggregate() {
	ctx := context.Background()
	made, err := constellation.Aggregate(ctx, []constellation.Column{
		constellation.TextColumn("town", []string{"Ulm", "Ulm", "Ulm", "Ulm", "Bonn", "Bonn", "Bonn", "Bonn"}),
		constellation.TextColumn("firm", []string{"A", "B", "C", "A", "A", "A", "B", "A"}),
		constellation.Int64Column("pay", []int64{30, 40, 50, 40, 30, 40, 60, 50}),
	}, &constellation.AggregateOptions{
		By: []string{"town"}, Company: "firm", K: 4, Measures: []constellation.AggregateMeasure{{Column: "pay", Kind: constellation.AggregateMean}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer made.Close()
	for _, table := range []*constellation.Stream{made.Cells, made.Refused} {
		text, _ := constellation.WriteCSVBytes(ctx, table, nil)
		fmt.Print(string(text))
	}
	// Output:
	// town,rows,pay_mean
	// town,summed,rule,found,needed
	// Bonn,0,companies,2,3
	// Ulm,0,margin,1,2
}

// The same question again gets the same answer, free; what is spent is refused.
func ExamplePrivacyBudget_Answer() {
	ctx := context.Background()
	budget, _ := constellation.NewPrivacyBudget(1_000_000_000, 0) // an epsilon of 1, for ever
	defer budget.Close()
	customers := []constellation.Column{constellation.Int64Column("customer", []int64{1, 1, 2, 3})}
	for _, question := range []constellation.NoiseOptions{
		{DataSet: "2026", EpsilonNano: 600_000_000},
		{DataSet: "2026", EpsilonNano: 600_000_000},
		{DataSet: "2026", EpsilonNano: 500_000_000},
	} {
		question.Kind, question.Recipient, question.Subject = constellation.NoiseCount, "carrier", "customer"
		answer, charged, err := budget.Answer(ctx, customers, &question)
		fmt.Println(charged, errors.Is(err, constellation.ErrBudget))
		if err == nil {
			answer.Close()
		}
	}
	// Output:
	// 600000000 false
	// 0 false
	// 0 true
}
