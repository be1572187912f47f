package constellation

import (
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
