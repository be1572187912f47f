package constellation

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func ledgerEntries(n int) [][]byte {
	entries := make([][]byte, n)
	for i := range entries {
		entries[i] = []byte(fmt.Sprintf("entry %d", i))
	}
	return entries
}

// definedRoot is the definition of RFC 6962, 2.1.
func definedRoot(entries [][]byte) MerkleHash {
	if len(entries) == 0 {
		return sha256.Sum256(nil)
	}
	if len(entries) == 1 {
		return sha256.Sum256(append([]byte{0}, entries[0]...))
	}
	half := 1
	for 2*half < len(entries) {
		half *= 2
	}
	left, right := definedRoot(entries[:half]), definedRoot(entries[half:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func ledgerOf(t *testing.T, n int) *MerkleLog {
	t.Helper()
	log := got[*MerkleLog](t)(NewMerkleLog("log.example/a"))
	t.Cleanup(func() { _ = log.Close() })
	equal(t, "first", got[uint64](t)(log.Append(ledgerEntries(n)...)), 0)
	return log
}

func ledgerKey(t *testing.T, name string, kind NoteKeyKind) (signer, verifier string) {
	t.Helper()
	seed := make([]byte, 32)
	seed[31] = byte(kind)
	signer, verifier, err := NewNoteKey(name, kind, seed)
	must(t, err)
	return signer, verifier
}

func TestRootsOfALogAreThoseOfTheDefinition(t *testing.T) {
	log := ledgerOf(t, 40)
	for n := 0; n <= 40; n++ {
		equal(t, "root", got[MerkleHash](t)(log.Root(uint64(n))), definedRoot(ledgerEntries(n)))
	}
	equal(t, "size", log.Size(), 40)
	_, err := log.Root(41)
	fails(t, "a larger tree", err, ErrInvalidArgument)
}

func TestProofsOfALogVerify(t *testing.T) {
	log := ledgerOf(t, 21)
	root := got[MerkleHash](t)(log.Root(21))
	for i, entry := range ledgerEntries(21) {
		leaf := got[MerkleHash](t)(HashEntry(entry))
		proof := got[[]MerkleHash](t)(log.ProveInclusion(uint64(i), 21))
		must(t, VerifyInclusion(uint64(i), 21, leaf, proof, root))
		fails(t, "another leaf", VerifyInclusion(uint64(i), 21, root, proof, root), ErrProof)
		size := uint64(i + 1)
		before := got[MerkleHash](t)(log.Root(size))
		grown := got[[]MerkleHash](t)(log.ProveConsistency(size, 21))
		must(t, VerifyConsistency(size, 21, before, root, grown))
		fails(t, "another root", VerifyConsistency(size, 21, MerkleHash{}, root, grown), ErrProof)
	}
	two := got[MerkleHash](t)(HashChildren(got[MerkleHash](t)(HashEntry([]byte("entry 0"))), got[MerkleHash](t)(HashEntry([]byte("entry 1")))))
	equal(t, "two", two, got[MerkleHash](t)(log.Root(2)))
}

func TestAProofIsBelievedByWhomItIsFor(t *testing.T) {
	log := ledgerOf(t, 9)
	signer, verifier := ledgerKey(t, "log.example", SignKey)
	secret, witness := ledgerKey(t, "witness.example", WitnessKey)
	checkpoint := got[string](t)(log.Checkpoint(signer))
	var kept Checkpoint
	line := got[string](t)(Cosign(checkpoint, []string{verifier}, secret, 1000, &CosignOptions{Store: func(c Checkpoint) error {
		kept = c
		return nil
	}}))
	equal(t, "kept", kept, Checkpoint{Origin: "log.example/a", Size: 9, Root: got[MerkleHash](t)(log.Root(9))})
	equal(t, "witnesses", got[int](t)(CountWitnesses(checkpoint+line, []string{witness}, 0, 0)), 1)
	equal(t, "in time", got[int](t)(CountWitnesses(checkpoint+line, []string{witness}, 0, 1000)), 0)

	proof := &LogProof{Index: 4, Hashes: got[[]MerkleHash](t)(log.ProveInclusion(4, 9)), Extra: []byte("for you"), Checkpoint: checkpoint + line}
	text := got[string](t)(proof.Format())
	read := got[*LogProof](t)(ParseLogProof(text))
	equal(t, "extra", string(read.Extra), "for you")
	equal(t, "again", got[string](t)(read.Format()), text)
	trust := &ProofTrust{Origin: "log.example/a", Verifiers: []string{verifier}, Witnesses: []string{witness}, WitnessesLeast: 1}
	index, size, err := VerifyLogProof(text, []byte("entry 4"), trust)
	must(t, err)
	equal(t, "index", index, 4)
	equal(t, "size", size, 9)
	_, _, err = VerifyLogProof(text, []byte("entry 5"), trust)
	fails(t, "another entry", err, ErrProof)
	trust.FromS = 1001
	_, _, err = VerifyLogProof(text, []byte("entry 4"), trust)
	fails(t, "too old", err, ErrUnverified)
	_, _, err = VerifyLogProof(text, []byte("entry 4"), nil)
	fails(t, "nobody is believed", err, ErrInvalidArgument)
	trust.WitnessesLeast = -1
	_, _, err = VerifyLogProof(text, []byte("entry 4"), trust)
	fails(t, "fewer than none", err, ErrInvalidArgument)
}

func TestAWitnessRefusesASecondView(t *testing.T) {
	signer, verifier := ledgerKey(t, "log.example", SignKey)
	secret, _ := ledgerKey(t, "witness.example", WitnessKey)
	log, other := ledgerOf(t, 5), ledgerOf(t, 4)
	last := &CosignOptions{Last: &Checkpoint{Origin: "log.example/a", Size: 5, Root: got[MerkleHash](t)(log.Root(5))}}
	_, err := Cosign(got[string](t)(other.Checkpoint(signer)), []string{verifier}, secret, 1, last)
	fails(t, "a smaller log", err, ErrSplitView)
	got[uint64](t)(other.Append([]byte("another")))
	_, err = Cosign(got[string](t)(other.Checkpoint(signer)), []string{verifier}, secret, 1, last)
	fails(t, "another root", err, ErrSplitView)
	got[uint64](t)(log.Append([]byte("more")))
	grown := got[string](t)(log.Checkpoint(signer))
	_, err = Cosign(grown, []string{verifier}, secret, 1, last)
	fails(t, "no proof", err, ErrProof)
	last.Proof = got[[]MerkleHash](t)(log.ProveConsistency(5, 6))
	got[string](t)(Cosign(grown, []string{verifier}, secret, 1, last))
	full := errors.New("the disk is full")
	last.Store = func(Checkpoint) error { return full }
	line, err := Cosign(grown, []string{verifier}, secret, 1, last)
	equal(t, "what Store returned", errors.Is(err, full), true)
	equal(t, "line", line, "")
}

func TestNotesAreSignedAndOpened(t *testing.T) {
	signer, verifier := ledgerKey(t, "a.example", SignKey)
	note := got[string](t)(SignNote("hello\n", "", signer))
	read := got[*Note](t)(OpenNote(note, verifier))
	equal(t, "text", read.Text, "hello\n")
	equal(t, "signatures", len(read.Signatures), 1)
	equal(t, "name", read.Signatures[0].Name, "a.example")
	equal(t, "verified", read.Signatures[0].Verified, true)
	equal(t, "time", read.Signatures[0].TimeS, -1)
	equal(t, "verifier", got[string](t)(NoteVerifier(signer)), verifier)
	equal(t, "kind", got[NoteKeyKind](t)(NoteKeyKindOf(verifier)), SignKey)
	_, err := OpenNote(strings.Replace(note, "hello", "hallo", 1), verifier)
	fails(t, "changed", err, ErrSignature)
	_, err = OpenNote(note)
	fails(t, "no key", err, ErrUnverified)
	_, err = OpenNote(note, verifier, verifier)
	fails(t, "a key twice", err, ErrDuplicate)
	_, err = OpenNote("hello\n", verifier)
	fails(t, "no note", err, ErrFormat)
	_, _, err = NewNoteKey("a b", SignKey, nil)
	fails(t, "a name", err, ErrInvalidArgument)
	_, _, err = NewNoteKey("a", SignKey, []byte("short"))
	fails(t, "a seed", err, ErrInvalidArgument)
	_, err = NoteVerifier("no key")
	fails(t, "no key", err, ErrFormat)
	_, err = ParseLogProof("nothing\n")
	fails(t, "no proof", err, ErrFormat)
	text := got[string](t)(Checkpoint{Origin: "o", Size: 3}.Format())
	equal(t, "checkpoint", got[Checkpoint](t)(ParseCheckpoint(text+"more\n")), Checkpoint{Origin: "o", Size: 3, Extension: "more\n"})
	_, err = ParseCheckpoint("o\n03\n")
	fails(t, "a size", err, ErrFormat)
}

func TestALogIsReadWhileItGrows(t *testing.T) {
	log := ledgerOf(t, 8)
	root := got[MerkleHash](t)(log.Root(8))
	var group sync.WaitGroup
	for range 4 {
		group.Add(2)
		go func() {
			defer group.Done()
			for range 200 {
				if _, err := log.Append([]byte("more")); err != nil {
					t.Error(err)
				}
			}
		}()
		go func() {
			defer group.Done()
			for range 200 {
				if now, err := log.Root(8); err != nil || now != root {
					t.Error("the root of 8 entries changed", err)
				}
			}
		}()
	}
	group.Wait()
	equal(t, "size", log.Size(), 808)
	must(t, log.Close())
	_, err := log.Append([]byte("more"))
	equal(t, "closed", errors.Is(err, ErrClosed), true)
	equal(t, "size after Close", log.Size(), 0)
}
