package constellation

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goldenNetwork = "../../tests/golden/network"

// goldenMicros is midnight UTC of a day.
func goldenMicros(t *testing.T, day string) int64 {
	t.Helper()
	return got[int64](t)(ParseTime(day, "", 0))
}

// goldenAnswers are the streams that tests/golden/network/answers holds, by the name of the file.
func goldenAnswers(t *testing.T, n *Network) map[string]*Stream {
	t.Helper()
	s := got[*Snapshot](t)(n.Snapshot())
	t.Cleanup(func() { s.Close() })
	answers := map[string]*Stream{}
	for _, noun := range Nouns() {
		options := &ScanOptions{Lines: noun.Name == "order" || noun.Name == "shipment"}
		answers[noun.Name] = got[*Stream](t)(s.Scan(noun.Name, options))
	}
	answers["order_past"] = got[*Stream](t)(s.Scan("order", &ScanOptions{Lines: true, AsOf: true, AsOfMicros: goldenMicros(t, "2024-02-05")}))
	answers["changes"] = got[*Stream](t)(s.Changes(0))
	answers["dual_pairs"] = got[*Stream](t)(n.DualPairs(goldenMicros(t, "2024-06-01")))
	events, conflicts, _, err := s.EffectiveEvents(nil)
	must(t, err)
	answers["effective_events"], answers["conflicts"] = events, conflicts
	p := got[*PerfectOrder](t)(NewPerfectOrder(policy(t, "components=TF"), TimeOf(goldenMicros(t, "2024-03-01")),
		&PerfectOrderConfig{By: []string{"channel"}}))
	t.Cleanup(func() { p.Close() })
	must(t, p.UpdateStream(t.Context(), got[*Stream](t)(s.Scan("order", &ScanOptions{Lines: true})), nil))
	answers["rates"] = got[*Stream](t)(finish(t, p).Rates())
	return answers
}

func TestTheGoldenNetworkAnswersWithTheBytesOfC(t *testing.T) {
	files := got[[]string](t)(filepath.Glob(filepath.Join(goldenNetwork, "answers", "*.csv")))
	for _, readOnly := range []bool{true, false} {
		folder := filepath.Join(t.TempDir(), "net")
		must(t, os.CopyFS(folder, os.DirFS(filepath.Join(goldenNetwork, "store"))))
		n := got[*Network](t)(OpenNetwork(folder, &NetworkOptions{ReadOnly: readOnly, MustExist: true}))
		answers := goldenAnswers(t, n)
		equal(t, "answers", len(answers), len(files))
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".csv")
			have := got[[]byte](t)(WriteCSVBytes(t.Context(), answers[name], nil))
			if !bytes.Equal(have, got[[]byte](t)(os.ReadFile(file))) {
				t.Errorf("%s differs", file)
			}
		}
		if !readOnly {
			must(t, n.Close())
		}
	}
}
