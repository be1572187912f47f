package constellation

import (
	"strings"
	"testing"
)

const defaultDigest = "70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a"

func TestTheDefaultPolicyHasItsDigest(t *testing.T) {
	p := policy(t, "")
	equal(t, "digest", p.Digest().String(), defaultDigest)
	equal(t, "keys", len(PolicyKeys()), 35)
	equal(t, "lines of the text", strings.Count(p.Text(), "\n"), 36)
}

func TestAPolicyReadsBackFromItsText(t *testing.T) {
	p := policy(t, "components=T overdue_open=exclude\nsupplier_cancel=exclude")
	again := got[*Policy](t)(ParsePolicy(p.Text()))
	defer again.Close()
	equal(t, "digest", again.Digest(), p.Digest())
	equal(t, "digest begins", p.Digest().String()[:16], "a0af6fe8058b1bf7")
	_, err := ParsePolicy(strings.Replace(p.Text(), "level=order", "level= order", 1))
	fails(t, "another spelling", err, ErrFormat)
	_, err = ParsePolicy("")
	fails(t, "no text", err, ErrFormat)
}

func TestEveryKeyHasAValueAndAMeaning(t *testing.T) {
	p := policy(t, "")
	for _, k := range PolicyKeys() {
		value := got[string](t)(p.Get(k.Name))
		if value == "" || k.Values == "" || k.Meaning == "" {
			t.Errorf("%+v has value %q", k, value)
		}
		if !strings.Contains(p.Text(), "\n"+k.Name+"="+value+"\n") {
			t.Errorf("%s=%s is not in the text", k.Name, value)
		}
	}
	_, err := p.Get("levle")
	e := fails(t, "unknown key", err, ErrNotFound)
	if !strings.Contains(e.Message, "level") {
		t.Errorf("no similar key: %s", e.Message)
	}
}

func TestABuilderMakesTheSamePolicyAsChanges(t *testing.T) {
	b := got[*PolicyBuilder](t)(NewPolicyBuilder())
	defer b.Close()
	must(t, b.Set("components", "T"))
	fails(t, "a key twice", b.Set("components", "TF"), ErrInvalidArgument)
	fails(t, "a value out of range", b.Set("level", "truck"), ErrInvalidArgument)
	fails(t, "an unknown key", b.Set("no_key", "1"), ErrInvalidArgument)
	first := got[*Policy](t)(b.Build())
	defer first.Close()
	equal(t, "digest", first.Digest(), policy(t, "components=T").Digest())
	must(t, b.Set("level", "line"))
	second := got[*Policy](t)(b.Build())
	defer second.Close()
	equal(t, "digest after more", second.Digest(), policy(t, "level=line components=T").Digest())
}
