package constellation

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// goldenCase is a folder of tests/golden: the lines and the bytes that C, Python and Go all make of
// them.
type goldenCase struct {
	folder, policy string
	asOf           time.Time
	config         PerfectOrderConfig
}

func goldenFile(t *testing.T, c *goldenCase, name string) []byte {
	t.Helper()
	return got[[]byte](t)(os.ReadFile(filepath.Join(c.folder, name)))
}

func goldenCases(t *testing.T) []*goldenCase {
	t.Helper()
	files := got[[]string](t)(filepath.Glob("../../tests/golden/*/case.txt"))
	if len(files) == 0 {
		t.Fatal("there are no golden cases")
	}
	cases := []*goldenCase{}
	for _, file := range files {
		c := &goldenCase{folder: filepath.Dir(file)}
		for _, line := range strings.Split(strings.TrimSpace(string(goldenFile(t, c, "case.txt"))), "\n") {
			key, value, _ := strings.Cut(line, " ")
			switch key {
			case "policy":
				c.policy = value
			case "as_of":
				c.asOf = TimeOf(got[int64](t)(ParseTime(value, "", 0)))
			case "clustering":
				c.config.Clustering = Clustering(got[int](t)(strconv.Atoi(value)))
			case "flags":
				flags := got[int](t)(strconv.Atoi(value))
				c.config.Each, c.config.Rollup = flags&1 != 0, flags&4 != 0
				equal(t, c.folder+": flags that this test knows", flags&^5, 0)
			case "by":
				c.config.By = append(c.config.By, value)
			default:
				t.Fatalf("%s: what is %q?", c.folder, line)
			}
		}
		cases = append(cases, c)
	}
	return cases
}

func (c *goldenCase) state(t *testing.T) *PerfectOrder {
	t.Helper()
	p := got[*PerfectOrder](t)(NewPerfectOrder(policy(t, c.policy), c.asOf, &c.config))
	t.Cleanup(func() { p.Close() })
	return p
}

func (c *goldenCase) lines(t *testing.T) *Stream {
	t.Helper()
	r := got[*CSVReader](t)(OpenCSV(filepath.Join(c.folder, "lines.csv"), schema(t, string(goldenFile(t, c, "schema.txt"))), nil))
	t.Cleanup(func() { r.Close() })
	return got[*Stream](t)(r.Stream())
}

func (c *goldenCase) checkState(t *testing.T, how string, p *PerfectOrder) {
	t.Helper()
	if !bytes.Equal(serialized(t, p), goldenFile(t, c, "state.bin")) {
		t.Errorf("%s, %s: state.bin differs", c.folder, how)
	}
}

func (c *goldenCase) checkTables(t *testing.T, how string, p *PerfectOrder) {
	t.Helper()
	r := finish(t, p)
	for name, open := range map[string]func() (*Stream, error){"rates": r.Rates, "losses": r.Losses, "causes": r.Causes, "levers": r.Levers,
		"exclusions": r.Exclusions} {
		have := got[[]byte](t)(WriteCSVBytes(t.Context(), got[*Stream](t)(open()), nil))
		if !bytes.Equal(have, goldenFile(t, c, name+".csv")) {
			t.Errorf("%s, %s: %s.csv differs", c.folder, how, name)
		}
		// The same table once through Go memory.
		batch := got[*Batch](t)(got[*Stream](t)(open()).All(t.Context()))
		have = got[[]byte](t)(WriteCSVBytes(t.Context(), got[*Stream](t)(NewStream(batch.Columns()...)), nil))
		if !bytes.Equal(have, goldenFile(t, c, name+".csv")) {
			t.Errorf("%s, %s: %s.csv differs after a way through Go", c.folder, how, name)
		}
	}
}

func TestGoldenCasesFromTheFileGiveTheSameBytes(t *testing.T) {
	for _, c := range goldenCases(t) {
		for _, threads := range []int32{1, 2, 0} {
			p := c.state(t)
			must(t, p.UpdateStream(t.Context(), c.lines(t), &UpdateOptions{Threads: threads}))
			c.checkState(t, "from the file", p)
			c.checkTables(t, "from the file", p)
		}
	}
}

func TestGoldenCasesFromSlicesGiveTheSameBytes(t *testing.T) {
	for _, c := range goldenCases(t) {
		batch := got[*Batch](t)(c.lines(t).All(t.Context()))
		p := c.state(t)
		must(t, p.UpdateColumns(t.Context(), batch.Columns(), nil))
		c.checkState(t, "from slices", p)
		c.checkTables(t, "from slices", p)
	}
}

func TestGoldenStatesReadBackAndGiveTheSameTables(t *testing.T) {
	for _, c := range goldenCases(t) {
		p := got[*PerfectOrder](t)(DeserializePerfectOrder(goldenFile(t, c, "state.bin"), nil))
		t.Cleanup(func() { p.Close() })
		c.checkState(t, "read back", p)
		c.checkTables(t, "read back", p)
		empty := c.state(t)
		must(t, empty.Merge(t.Context(), p))
		c.checkState(t, "merged into an empty state", empty)
	}
}
