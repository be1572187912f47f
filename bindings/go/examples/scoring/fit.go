package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

// The files of a folder of models.
const (
	valueFile    = "value.model"
	spendFile    = "spend.model"
	rfmFile      = "rfm.model"
	clustersFile = "clusters.model"
	planFile     = "plan.json"
)

const lastDay = 280 // of the sample: customers are looked at on this day

// sampleOrders are the orders of 300 customers over forty weeks. The numbers come from a generator of
// fixed start, so that every machine fits the same models.
func sampleOrders() []constellation.Column {
	state := uint32(2_463_534_242)
	next := func(n uint32) uint32 { // xorshift, Marsaglia 2003
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		return state % n
	}
	var customers, cents []int64
	var days []int32
	for customer := range int64(300) {
		gap, leaves, basket := 7+next(60), 4+next(20), int64(500+next(9_000))
		day := int32(next(100))
		for day < lastDay {
			customers, days = append(customers, customer), append(days, day)
			cents = append(cents, basket*int64(60+next(80))/100)
			if next(leaves) == 0 {
				break
			}
			day += int32(1 + next(2*gap))
		}
	}
	return []constellation.Column{
		constellation.Int64Column("customer", customers),
		constellation.DaysColumn("day", days),
		constellation.Int64Column("value", cents),
	}
}

// fit makes all models of the sample and writes their files.
func fit(ctx context.Context, folder string, out io.Writer) error {
	rows, err := customerRows(ctx)
	if err != nil {
		return err
	}
	for _, write := range []func(context.Context, string, []constellation.Column) (string, error){fitValue, fitRFM, fitClusters} {
		said, err := write(ctx, folder, rows)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, said)
	}
	said, err := writePlan(folder)
	if err == nil {
		fmt.Fprintln(out, said)
	}
	return err
}

// customerRows are the customers of the sample, a row each.
func customerRows(ctx context.Context) ([]constellation.Column, error) {
	state, err := constellation.NewPurchases(nil)
	if err != nil {
		return nil, err
	}
	defer state.Close()
	if err := state.Update(sampleOrders(), nil); err != nil {
		return nil, err
	}
	stream, err := state.Export(constellation.PurchasesCustomers, lastDay, 0)
	if err != nil {
		return nil, err
	}
	rows, err := stream.All(ctx)
	if err != nil {
		return nil, err
	}
	return rows.Columns(), nil
}

// fitValue fits who is still a customer, and what a purchase is worth.
func fitValue(_ context.Context, folder string, rows []constellation.Column) (string, error) {
	said := ""
	for file, name := range map[string]string{valueFile: "bgnbd", spendFile: "gammagamma"} {
		// Who bought once has no mean spend of later purchases: such a row is left out of the second.
		state, err := constellation.NewValueState(name, &constellation.ValueConfig{SkipBad: name == "gammagamma"})
		if err != nil {
			return "", err
		}
		defer state.Close()
		if err := state.Update(rows, nil); err != nil {
			return "", err
		}
		model, err := state.Fit(nil)
		if err != nil {
			return "", err
		}
		defer model.Close()
		if err := writeModel(folder, file, model); err != nil {
			return "", err
		}
		if file == valueFile {
			said = fmt.Sprintf("%s of %d customers", model.Name(), state.Customers())
		}
	}
	return said, nil
}

// fitRFM freezes the cuts of recency, frequency and monetary value.
func fitRFM(ctx context.Context, folder string, rows []constellation.Column) (string, error) {
	model, err := constellation.FitRFM(rows, &constellation.RFMOptions{Rules: "prime-sustain-manage"})
	if err != nil {
		return "", err
	}
	defer model.Close()
	stream, err := model.Export(constellation.RFMSegments)
	if err != nil {
		return "", err
	}
	segments, err := stream.All(ctx)
	if err != nil {
		return "", err
	}
	names, _ := segments.Column("segment")
	counts, _ := segments.Column("customers")
	said := "segments:"
	for i, n := range counts.Int64s() {
		said += fmt.Sprintf(" %s %d", names.Text(i), n)
	}
	return said, writeModel(folder, rfmFile, model)
}

func fitClusters(_ context.Context, folder string, rows []constellation.Column) (string, error) {
	scale := constellation.TransformLog1p | constellation.TransformZ
	model, err := constellation.FitKMeans(rows, []string{"recency", "frequency", "mean_value"}, 4,
		&constellation.KMeansOptions{Transforms: []constellation.Transform{scale, scale, scale}, Seed: 1})
	if err != nil {
		return "", err
	}
	defer model.Close()
	clusters, err := model.Param("k")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%.0f clusters", clusters), writeModel(folder, clustersFile, model)
}

// writePlan decides the service of each segment. What a unit earns and costs comes from elsewhere.
func writePlan(folder string) (string, error) {
	plan, err := constellation.NewServicePlan(constellation.ServicePlanTables{
		Segments: []constellation.Column{
			constellation.TextColumn("segment", []string{"Prime", "Sustain", "Manage"}),
			constellation.Int64Column("customers", []int64{64, 124, 112}),
			constellation.Int64Column("value_at_risk", []int64{450_000, 300_000, 190_000}),
			constellation.DoubleColumn("unit_margin", []float64{900, 500, 200}),
			constellation.DoubleColumn("holding", []float64{60, 60, 60}),
			constellation.Int64Column("lead_time_probability_ppm", []int64{980_000, 950_000, 900_000}),
		},
		LeadTimes: []constellation.Column{
			constellation.Int64Column("days", []int64{1, 2, 3, 5}),
			constellation.Int64Column("probability_ppm", []int64{910_000, 955_000, 985_000, 999_000}),
		},
	}, nil)
	if err != nil {
		return "", err
	}
	defer plan.Close()
	text, err := plan.JSON()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("plan for %d segments", plan.Len()), os.WriteFile(filepath.Join(folder, planFile), text, 0o644)
}

func writeModel(folder, name string, model interface{ Serialize() ([]byte, error) }) error {
	bytes, err := model.Serialize()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), bytes, 0o644)
}
