package constellation

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"
)

func psiSides(t *testing.T, options *PSIOptions, own, theirs []string) (*PSIReceiver, *PSISender) {
	t.Helper()
	r, err := NewPSIReceiver(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	s, err := NewPSISender(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, one := range own {
		if err := r.Add([]byte(one)); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range theirs {
		if err := s.Add([]byte(one)); err != nil {
			t.Fatal(err)
		}
	}
	return r, s
}

func TestPSIGivesWhatIsCommon(t *testing.T) {
	for _, mode := range []PSIMode{PSIItems, PSISize} {
		options := &PSIOptions{Kind: "gtin", KindLog2: 40, Mode: mode, Threads: 2}
		r, s := psiSides(t, options, []string{"a", "b", "c", "b"}, []string{"c", "b", "z"})
		request, err := r.Request()
		if err != nil {
			t.Fatal(err)
		}
		reply, err := s.Reply(request)
		if err != nil {
			t.Fatal(err)
		}
		if mode == PSIItems {
			reply[136+32] ^= 1
			if _, err := r.Finish(reply); err == nil {
				t.Error("a changed reply was taken")
			}
			reply[136+32] ^= 1
		}
		result, err := r.Finish(reply)
		if err != nil || result.Common != 2 || result.Own != 3 || result.OwnDeclared != 16 {
			t.Fatalf("%+v, %v", result, err)
		}
		if mode == PSIItems && !slices.Equal(result.Places, []uint64{1, 2}) || mode == PSISize && result.Places != nil {
			t.Errorf("places %v", result.Places)
		}
		if _, err := r.Request(); !errors.Is(err, ErrState) {
			t.Errorf("a second request: %v", err)
		}
	}
}

func TestPSIGates(t *testing.T) {
	if _, err := NewPSIReceiver(&PSIOptions{Kind: "pin", KindLog2: 13}); !errors.Is(err, ErrDenied) {
		t.Errorf("a small kind: %v", err)
	}
	runs, err := NewPSIRuns(time.Millisecond, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer runs.Close()
	options := &PSIOptions{Kind: "gtin", KindLog2: 40, LeastOverlap: 2, Runs: runs, Partner: "rival", Now: time.UnixMicro(1)}
	r, s := psiSides(t, options, []string{"a"}, []string{"a"})
	request, err := r.Request()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reply(request); !errors.Is(err, ErrBudget) {
		t.Errorf("a second run: %v", err)
	}
	data, err := runs.Serialize()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := DeserializePSIRuns(data)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if kept.Left("rival", time.UnixMicro(1)) != 0 || kept.Left("rival", time.UnixMicro(1000)) != 1 {
		t.Error("the count was not kept")
	}
	options.Kind, options.Runs = "email", nil
	_, other := psiSides(t, options, nil, []string{"a"})
	if _, err := other.Reply(request); !errors.Is(err, ErrMismatch) {
		t.Errorf("another kind: %v", err)
	}
	if _, err := r.Finish(request); !errors.Is(err, ErrFormat) {
		t.Errorf("a request as reply: %v", err)
	}
}

// psiUnder is what the shop gives, who receives, under an agreement about one term with these changes.
func psiUnder(t *testing.T, network *Network, change func(*TermBuilder)) *PSIOptions {
	t.Helper()
	maker, shop, keys := parties(t)
	parts := TermBuilder{Actions: []string{"read"}, Consideration: []TermConsideration{{Kind: "explicit_none"}}, Constellation: "c1",
		Effect: "permit", Fields: []string{"item.gtin"}, Granularity: &TermGranularity{Level: "existence"}, Provider: "maker",
		Purpose: "range", Recipient: "shop"}
	if change != nil {
		change(&parts)
	}
	set := got[*TermSet](t)(NewTermSet([]*Term{buildTerm(t, parts)}))
	t.Cleanup(func() { must(t, set.Close()) })
	body := bodyOf(0)
	body.Terms = AgreementDigest(set.Digest())
	signed := got[*Agreement](t)(agreed(t, body, maker, shop, keys).WithTerms(set.JSON()))
	t.Cleanup(func() { must(t, signed.Close()) })
	return &PSIOptions{Kind: "item.gtin", KindLog2: 40, Threads: 1, Signed: signed, Network: network, Party: "shop", Partner: "maker",
		Now: time.UnixMicro(500)}
}

// psiLog is what a log of runs says, entry by entry.
func psiLog(t *testing.T, network *Network, party, constellation string) (said []map[string]any) {
	t.Helper()
	log := got[*SharedLog](t)(network.Log(party, constellation, ""))
	defer log.Close()
	for _, entry := range got[[][]byte](t)(log.Read(0, log.Size())) {
		one := map[string]any{}
		must(t, json.Unmarshal(entry, &one))
		said = append(said, one)
	}
	return said
}

func TestPSIUnderATermIsEntered(t *testing.T) {
	network := got[*Network](t)(OpenNetwork("", nil))
	defer network.Close()
	receives := psiUnder(t, network, nil)
	sends := *receives
	sends.Party, sends.Partner = "maker", "shop"
	r := got[*PSIReceiver](t)(NewPSIReceiver(receives))
	defer r.Close()
	s := got[*PSISender](t)(NewPSISender(&sends))
	defer s.Close()
	must(t, receives.Signed.Close()) // it was read
	must(t, r.Add([]byte("a"), []byte("b")))
	must(t, s.Add([]byte("b")))
	result := got[PSIResult](t)(r.Finish(got[[]byte](t)(s.Reply(got[[]byte](t)(r.Request())))))
	if !slices.Equal(result.Places, []uint64{1}) {
		t.Errorf("%+v", result)
	}
	shop, maker := psiLog(t, network, "shop", "c1"), psiLog(t, network, "maker", "c1")
	if len(shop) != 2 || shop[0]["step"] != "request" || shop[1]["step"] != "finish" || len(maker) != 1 || maker[0]["outcome"] != "passed" {
		t.Errorf("%v %v", shop, maker)
	}
	if private := psiLog(t, network, "shop", ""); len(private) != 0 {
		t.Errorf("%v", private)
	}
}

func TestPSIGatesOfTheTerm(t *testing.T) {
	for reason, change := range map[string]func(*TermBuilder){
		"field":      func(parts *TermBuilder) { parts.Fields = []string{"item.name"} },
		"level":      func(parts *TermBuilder) { parts.Granularity = &TermGranularity{Level: "raw"} },
		"conditions": func(parts *TermBuilder) { parts.Limits = &TermLimits{Rows: 1, Window: 1} },
	} {
		network := got[*Network](t)(OpenNetwork("", nil))
		_, err := NewPSIReceiver(psiUnder(t, network, change))
		wants(t, err, ErrDenied)
		if said := psiLog(t, network, "shop", ""); len(said) != 1 || said[0]["reason"] != reason {
			t.Errorf("%s: %v", reason, said)
		}
		must(t, network.Close())
	}
	network := got[*Network](t)(OpenNetwork("", nil))
	defer network.Close()
	options := psiUnder(t, network, func(parts *TermBuilder) { parts.SmallKind = true })
	options.KindLog2, options.SmallKind = 13, true
	small := got[*PSIReceiver](t)(NewPSIReceiver(options))
	must(t, small.Close())
	options.Network = nil
	options.Now = time.UnixMicro(1000)
	_, err := NewPSIReceiver(options)
	wants(t, err, ErrDenied)
	must(t, options.Signed.Close())
	_, err = NewPSISender(options)
	equal(t, "closed", errors.Is(err, ErrClosed), true)
}
