package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

const fourCustomers = `{"customer":["ann","bob","cleo","dora"],"x":[12,0,3,5],"tx":[30.5,0,2,12],"T":[32,38,35,39],
	"spend":[9800,null,700,5200],"recency":[11,266,231,189],"frequency":[13,1,4,6],
	"monetary":[128000,6100,2600,31900],"mean_value":[9846.2,6100,650,5316.7]}`

// fitted is a folder with the files of all models.
func fitted(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	var out strings.Builder
	if err := run(context.Background(), []string{"fit", folder}, &out); err != nil {
		t.Fatal(err)
	}
	want := "bgnbd of 300 customers\nsegments: Prime 64 Sustain 124 Manage 112 OTHER 0\n4 clusters\nplan for 3 segments\n"
	if out.String() != want {
		t.Errorf("fit printed\n%s\nwant\n%s", out.String(), want)
	}
	return folder
}

func serving(t *testing.T) *httptest.Server {
	t.Helper()
	m, err := load(fitted(t))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(m.handler())
	t.Cleanup(func() { server.Close(); m.Close() })
	return server
}

func post(t *testing.T, server *httptest.Server, body string) (int, string) {
	t.Helper()
	response, err := http.Post(server.URL+"/score", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

// short rounds what has many decimals: the last ones are the fit's business.
func short(text string) string {
	return regexp.MustCompile(`\d+\.\d{5,}`).ReplaceAllStringFunc(text, func(number string) string {
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return number
		}
		return strconv.FormatFloat(value, 'f', 4, 64)
	})
}

func TestARequestIsAnsweredWithEveryScore(t *testing.T) {
	want := `{"customer":["ann","bob","cleo","dora"],"p_alive":[0.8978,1,0.0185,0.0511],"purchases":[5.9683,0.8564,0.0461,0.1633],` +
		`"clv":[69922,7588,297,1379],"rfm":["555","111","121","134"],"segment":["Prime","Manage","Manage","Sustain"],` +
		`"cluster":[2,1,3,0],"tier":[1,4,4,2],"lead_time_days":[3,1,1,2],` +
		`"plan":"3962841dbf8e167add5f47d4cb0da3276f4f45c0425d6bc99d627f8c7028dab8","bad_rows":[]}`
	if status, have := post(t, serving(t), fourCustomers); status != http.StatusOK || short(have) != want {
		t.Errorf("status %d\n%s\nwant\n%s", status, short(have), want)
	}
}

func TestManyRequestsAtOnceHaveTheSameAnswer(t *testing.T) {
	server := serving(t)
	_, want := post(t, server, fourCustomers)
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 5 {
				if _, have := post(t, server, fourCustomers); have != want {
					t.Errorf("an answer of its own: %s", have)
				}
			}
		}()
	}
	wg.Wait()
}

func TestARowThatBreaksARuleIsNullAndListed(t *testing.T) {
	status, have := post(t, serving(t), `{"customer":["ann","bad"],"x":[1,-1],"tx":[9,9],"T":[20,20],"spend":[900,900],
		"recency":[77,-3],"frequency":[2,1],"monetary":[1800,900],"mean_value":[900,900]}`)
	for _, want := range []string{`,null],"purchases"`, `,null],"plan"`, `"bad_rows":[{"row":1,"column":"x","message":`, `{"row":1,"column":"recency","message":`} {
		if status != http.StatusOK || !strings.Contains(have, want) {
			t.Errorf("status %d, %q is not in %s", status, want, have)
		}
	}
}

func TestWhatTheCallerGotWrongIsToldHim(t *testing.T) {
	server := serving(t)
	for body, want := range map[string]string{
		"":                               `{"error":"EOF"}`,
		`{"customer":["ann"],"x":[1,2]}`: "column 'x' has 2 rows, column 'customer' 1",
		`{"customer":[1]}`:               "cannot unmarshal number",
	} {
		if status, have := post(t, server, body); status != http.StatusBadRequest || !strings.Contains(have, want) {
			t.Errorf("%s: status %d, %s", body, status, have)
		}
	}
	response, err := http.Get(server.URL + "/score")
	if err != nil || response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %v, %v", response, err)
	}
	if status := statusOf(&constellation.Error{Code: constellation.ErrNoMemory}); status != http.StatusInternalServerError {
		t.Errorf("no memory is the caller's fault: %d", status)
	}
}

func TestDamagedFilesAreNotServed(t *testing.T) {
	folder := fitted(t)
	for _, name := range []string{valueFile, spendFile, rfmFile, clustersFile, planFile} {
		path := filepath.Join(folder, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damaged := bytes.Clone(whole)
		damaged[len(damaged)/2] ^= 1
		for _, content := range [][]byte{damaged, nil} {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := load(folder)
			if err == nil {
				t.Errorf("%s of %d bytes is served", name, len(content))
			}
			if name != planFile && !errors.Is(err, constellation.ErrCorrupt) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := load(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestTheServiceStopsWithItsContext(t *testing.T) {
	folder := fitted(t)
	ctx, cancel := context.WithCancel(context.Background())
	said, written := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve", "-addr", "localhost:0", folder}, written) }()
	line := make([]byte, 64)
	if n, err := said.Read(line); err != nil || !strings.HasPrefix(string(line[:n]), "listening on ") {
		t.Fatalf("said %q, %v", line[:n], err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTheExampleRefusesWhatItDoesNotKnow(t *testing.T) {
	var out strings.Builder
	for _, args := range [][]string{nil, {"fit"}, {"dance", t.TempDir()}, {"serve", t.TempDir()}, {"serve", "-addr", "nowhere:x", fitted(t)}} {
		if err := run(context.Background(), args, &out); err == nil {
			t.Errorf("%v is no error", args)
		}
	}
}
