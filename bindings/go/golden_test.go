package constellation

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The golden cases of tests/golden: the same bytes as from C and Python.
func TestGoldenCasesHaveTheBytesOfC(t *testing.T) {
	for _, name := range []string{"orders", "lines", "each", "sorted"} {
		t.Run(name, func(t *testing.T) { goldenCase(t, filepath.Join("..", "..", "tests", "golden", name)) })
	}
}

func goldenFile(t *testing.T, folder, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func goldenCase(t *testing.T, folder string) {
	asked, by := map[string]string{}, []string{}
	for _, line := range strings.Split(strings.TrimSpace(string(goldenFile(t, folder, "case.txt"))), "\n") {
		key, value, _ := strings.Cut(line, " ")
		if key == "by" {
			by = append(by, value)
		} else {
			asked[key] = value
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	policy, err := NewPolicy(asked["policy"])
	must(err)
	defer policy.Close()
	asOf, err := time.Parse(time.RFC3339, asked["as_of"])
	must(err)
	flags := asked["flags"]
	state, err := NewPerfectOrder(policy, asOf, &PerfectOrderConfig{
		By:         by,
		Clustering: Clustering(asked["clustering"][0] - '0'),
		Each:       flags == "1",
		Rollup:     flags == "4",
	})
	must(err)
	defer state.Close()
	schema, err := ParseSchema(string(goldenFile(t, folder, "schema.txt")))
	must(err)
	defer schema.Close()
	reader, err := OpenCSV(filepath.Join(folder, "lines.csv"), schema, nil)
	must(err)
	defer reader.Close()
	lines, err := reader.Stream()
	must(err)
	must(state.UpdateStream(t.Context(), lines, nil))
	serialized, err := state.Serialize(t.Context())
	must(err)
	if !bytes.Equal(serialized, goldenFile(t, folder, "state.bin")) {
		t.Error("state.bin differs")
	}
	result, err := state.Finish(t.Context())
	must(err)
	defer result.Close()
	for table, export := range map[string]func() (*Stream, error){
		"rates": result.Rates, "losses": result.Losses, "causes": result.Causes, "levers": result.Levers,
		"exclusions": result.Exclusions,
	} {
		rows, err := export()
		must(err)
		csv, err := WriteCSVBytes(t.Context(), rows, nil)
		must(err)
		if !bytes.Equal(csv, goldenFile(t, folder, table+".csv")) {
			t.Errorf("%s.csv differs", table)
		}
	}
}
