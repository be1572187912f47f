package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheExamplePrintsItsRates(t *testing.T) {
	var out strings.Builder
	if err := run(context.Background(), nil, &out); err != nil {
		t.Fatal(err)
	}
	want := `Air      1/2 = 0.500000 (0.094531 .. 0.905469)
Sea      1/2 = 0.500000 (0.094531 .. 0.905469)
all      2/4 = 0.500000 (0.150039 .. 0.849961)
if T never failed: 3 of 4
if F never failed: 3 of 4
policy `
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}

func TestTheExampleTellsOfBadRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.csv")
	text := sample + "5,2018-08-13,2018-08-13,-1,1,Sea\n6,soon,2018-08-13,1,1,Sea\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(context.Background(), []string{"-as-of", "2018-09-02", path}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 rows left out", "1 lines of the file rejected", "as of 2018-09-02"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestTheExampleRefusesWhatIsNotThere(t *testing.T) {
	var out strings.Builder
	for _, args := range [][]string{{"nobody.csv"}, {"-policy", "components=Q"}, {"-as-of", "yesterday"}} {
		if err := run(context.Background(), args, &out); err == nil {
			t.Errorf("%v is no error", args)
		}
	}
}
