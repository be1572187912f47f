package constellation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func logNetwork(t *testing.T) *Network {
	t.Helper()
	n := got[*Network](t)(OpenNetwork("", nil))
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// logNotes commits entries in one transaction, and gives the log.
func logNotes(t *testing.T, n *Network, first, count int) *SharedLog {
	t.Helper()
	changes := got[*Transaction](t)(n.Begin())
	defer changes.Close()
	entries := make([]*LogEntry, count)
	for i := range entries {
		entries[i] = got[*LogEntry](t)(changes.Log("acme", "retail", "x-note", int64(first+i), map[string]any{"number": first + i}))
		if _, known := entries[i].Index(); known {
			t.Fatal("an index before the commit")
		}
	}
	_, err := changes.Commit()
	must(t, err)
	for i, entry := range entries {
		index, known := entry.Index()
		equal(t, "known", known, true)
		equal(t, "index", index, uint64(first+i))
	}
	log := got[*SharedLog](t)(n.Log("acme", "retail", ""))
	t.Cleanup(func() { _ = log.Close() })
	return log
}

func TestEntriesOfANetworkAreReadAndProved(t *testing.T) {
	n := logNetwork(t)
	log := logNotes(t, n, 0, 300)
	older, later := log, logNotes(t, n, 300, 40)
	equal(t, "size", older.Size(), 300)
	equal(t, "size", later.Size(), 340)
	us, known := later.NewestMicros()
	equal(t, "newest", fmt.Sprint(us, known), "339 true")
	entries := got[[][]byte](t)(later.Read(0, 340))
	equal(t, "entry", string(entries[7]), `{"at_us":7,"number":7,"type":"x-note","version":1}`)
	equal(t, "root", got[MerkleHash](t)(later.Root(340)), definedRoot(entries))
	equal(t, "root", got[MerkleHash](t)(older.Root(300)), definedRoot(entries[:300]))
	signer, verifier := ledgerKey(t, "log.example", SignKey)
	checkpoint := got[string](t)(later.Checkpoint(signer))
	hashes := got[[]MerkleHash](t)(later.ProveInclusion(299, 340))
	must(t, VerifyInclusion(299, 340, got[MerkleHash](t)(HashEntry(entries[299])), hashes, definedRoot(entries)))
	proof := &LogProof{Index: 299, Hashes: hashes, Checkpoint: checkpoint}
	index, size, err := VerifyLogProof(got[string](t)(proof.Format()), entries[299], &ProofTrust{Origin: "retail/acme", Verifiers: []string{verifier}})
	must(t, err)
	equal(t, "proved", fmt.Sprint(index, size), "299 340")
	_, err = later.Read(340, 1)
	fails(t, "past the end", err, ErrInvalidArgument)
	empty := got[*SharedLog](t)(n.Log("acme", "", "acme.example/private"))
	defer empty.Close()
	_, known = empty.NewestMicros()
	equal(t, "known", known, false)
	equal(t, "entries", len(got[[][]byte](t)(empty.Read(0, 0))), 0)
}

func TestEntriesAreRolledBackAndRefused(t *testing.T) {
	n := logNetwork(t)
	changes := got[*Transaction](t)(n.Begin())
	entry := got[*LogEntry](t)(changes.Log("acme", "", "x-note", 5, nil))
	_, err := changes.Log("acme", "", "release_open", 5, nil)
	fails(t, "a type of the library", err, ErrInvalidArgument)
	_, err = changes.Log("acme", "", "x-a", 5, map[string]any{"a": 1.5})
	fails(t, "a fraction", err, ErrFormat)
	_, err = changes.Log("acme", "", "x-a", 5, []int{1})
	fails(t, "a list", err, ErrInvalidArgument)
	_, err = changes.Log("acme", "", "x-a", 5, func() {})
	fails(t, "no JSON", err, ErrInvalidArgument)
	_, err = changes.Log("a\x00", "", "x-a", 5, nil)
	fails(t, "a NUL", err, ErrInvalidArgument)
	must(t, changes.Close())
	_, known := entry.Index()
	equal(t, "known", known, false)
	log := got[*SharedLog](t)(n.Log("acme", "", ""))
	equal(t, "size", log.Size(), 0)
	must(t, log.Close())
	_, err = log.Root(0)
	equal(t, "closed", errors.Is(err, ErrClosed), true)
	_, err = n.Log("", "", "")
	fails(t, "no party", err, ErrInvalidArgument)
}

func TestLogsAreExportedAsTiles(t *testing.T) {
	signer, _ := ledgerKey(t, "log.example", SignKey)
	folder := t.TempDir()
	log := logNotes(t, logNetwork(t), 0, 257)
	shared, memory := filepath.Join(folder, "shared"), filepath.Join(folder, "memory")
	must(t, log.ExportTiles(shared, got[string](t)(log.Checkpoint(signer))))
	own := ledgerOf(t, 0)
	entries := got[[][]byte](t)(log.Read(0, 257))
	got[uint64](t)(own.Append(entries...))
	checkpoint := got[string](t)(own.Checkpoint(signer))
	must(t, own.ExportTiles(memory, checkpoint, entries...))
	for _, name := range []string{"tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1"} {
		one := got[[]byte](t)(os.ReadFile(filepath.Join(shared, name)))
		equal(t, name, string(one), string(got[[]byte](t)(os.ReadFile(filepath.Join(memory, name)))))
	}
	fails(t, "another log", own.ExportTiles(shared, checkpoint, entries...), ErrMismatch)
	fails(t, "entries that lack", own.ExportTiles(filepath.Join(folder, "third"), checkpoint, entries[:9]...), ErrNotFound)
}

func TestACheckpointIsSettledWhenEnoughPartiesSign(t *testing.T) {
	signer, verifier := ledgerKey(t, "log.example", SignKey)
	log := ledgerOf(t, 5)
	text := got[string](t)(log.Checkpoint(signer))
	policy := &SettlePolicy{Parties: []string{"w0", "w1"}}
	for i, party := range policy.Parties {
		secret, public := ledgerKey(t, party+".example", WitnessKey)
		policy.Keys = append(policy.Keys, WitnessPartyKey{Party: party, Verifier: public})
		policy.Least = i + 1
		_, err := policy.Settled(text, 100e6)
		fails(t, "too few", err, ErrUnverified)
		line := got[string](t)(Cosign(text, []string{verifier}, secret, 90, nil))
		text += line
		equal(t, "settled", got[int](t)(policy.Settled(text, 100e6)), i+1)
	}
	policy.Keys[1].UntilMicros = 90e6
	_, err := policy.Settled(text, 100e6)
	fails(t, "a key that ended", err, ErrUnverified)
	policy.Least = 3
	_, err = policy.Settled(text, 100e6)
	fails(t, "more than there are", err, ErrInvalidArgument)
}
