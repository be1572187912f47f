package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_note_key_new
#cgo nocallback cstn_go_note_key_new
#cgo noescape cstn_go_note_key_verifier
#cgo nocallback cstn_go_note_key_verifier
#cgo noescape cstn_go_note_key_check
#cgo nocallback cstn_go_note_key_check
#cgo noescape cstn_go_note_sign
#cgo nocallback cstn_go_note_sign
#cgo noescape cstn_go_note_open
#cgo nocallback cstn_go_note_open
#cgo noescape cstn_go_checkpoint_format
#cgo nocallback cstn_go_checkpoint_format
#cgo noescape cstn_go_checkpoint_parse
#cgo nocallback cstn_go_checkpoint_parse
#cgo noescape cstn_go_witness_cosign
#cgo nocallback cstn_go_witness_cosign
#cgo noescape cstn_go_witness_count
#cgo nocallback cstn_go_witness_count
#cgo noescape cstn_go_proof_format
#cgo nocallback cstn_go_proof_format
#cgo noescape cstn_go_proof_parse
#cgo nocallback cstn_go_proof_parse
#cgo noescape cstn_go_proof_verify
#cgo nocallback cstn_go_proof_verify
#cgo nocallback cstn_note_text
#cgo nocallback cstn_note_count
#cgo nocallback cstn_note_verified_count
#cgo nocallback cstn_note_name
#cgo nocallback cstn_note_key_id
#cgo nocallback cstn_note_time_s
#cgo nocallback cstn_note_free
#cgo nocallback cstn_proof_index
#cgo nocallback cstn_proof_hashes
#cgo nocallback cstn_proof_extra
#cgo nocallback cstn_proof_checkpoint
#cgo nocallback cstn_proof_free
*/
import "C"

import (
	"math"
	"unsafe"
)

// NoteKeyKind is what a key signs.
type NoteKeyKind int32

// Kinds of keys, all Ed25519.
const (
	SignKey    NoteKeyKind = C.CSTN_NOTE_KEY_SIGN    // notes
	WitnessKey NoteKeyKind = C.CSTN_NOTE_KEY_WITNESS // a time and a checkpoint
)

// NewNoteKey makes a key pair as text; the signer key is secret. name has 1 to 255 bytes of UTF-8, no
// space and no "+". seed is 32 secret bytes, or nil: libsodium's randomness. It returns
// [ErrInvalidArgument].
func NewNoteKey(name string, kind NoteKeyKind, seed []byte) (signer, verifier string, err error) {
	if seed != nil && len(seed) != len(MerkleHash{}) {
		return "", "", invalid("a seed has %d bytes, 32 expected", len(seed))
	}
	text := []byte(name)
	var o C.cstn_go_outcome
	var made [2]*C.cstn_buffer
	C.cstn_go_note_key_new(charPointer(text), C.size_t(len(text)), C.int32_t(kind), bytePointer(seed), &made[0], &made[1], &o)
	if err := outcomeError(&o); err != nil {
		return "", "", err
	}
	return string(takeBuffer(made[0])), string(takeBuffer(made[1])), nil
}

// NoteVerifier gives the verifier key of a signer key; [ErrFormat] if it is none.
func NoteVerifier(signer string) (string, error) {
	text, err := cText("a signer", signer)
	if err != nil {
		return "", err
	}
	var o C.cstn_go_outcome
	verifier := bufferText(func(out **C.cstn_buffer) { C.cstn_go_note_key_verifier(charPointer(text), out, &o) })
	return verifier, outcomeError(&o)
}

// NoteKeyKindOf says of which kind a verifier key is. It returns [ErrFormat] for what is no key, and
// [ErrUnsupported] for kinds of signatures that are not verified here.
func NoteKeyKindOf(verifier string) (NoteKeyKind, error) {
	text, err := cText("a verifier", verifier)
	if err != nil {
		return 0, err
	}
	var o C.cstn_go_outcome
	var kind C.int32_t
	C.cstn_go_note_key_check(charPointer(text), &kind, &o)
	return NoteKeyKind(kind), outcomeError(&o)
}

// SignNote signs a text, which ends with a line end. signatures are lines that the note has already, or
// "". It returns [ErrFormat], [ErrLimit] and [ErrInvalidArgument].
func SignNote(text, signatures string, signers ...string) (string, error) {
	keys, err := textBlock("a signer", signers)
	if err != nil {
		return "", err
	}
	body, lines := []byte(text), []byte(signatures)
	var o C.cstn_go_outcome
	note := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_note_sign(charPointer(body), C.size_t(len(body)), charPointer(lines), C.size_t(len(lines)),
			charPointer(keys), C.size_t(len(signers)), out, &o)
	})
	return note, outcomeError(&o)
}

// NoteSignature is a signature of a note.
type NoteSignature struct {
	Name     string // whose key
	KeyID    uint32
	Verified bool  // by a known key; others mean nothing
	TimeS    int64 // when a witness signed, in seconds since 1970-01-01 UTC; -1 for others
}

// Note is a note whose signatures were looked at: verified ones first, one a key.
type Note struct {
	Text       string
	Signatures []NoteSignature
}

// OpenNote reads a note and verifies what the keys of verifiers have signed. It returns [ErrFormat] if it
// is malformed, [ErrSignature] if the signature of a known key is wrong, [ErrUnverified] if none of them
// has signed, and [ErrDuplicate] if a key that signed was given twice.
func OpenNote(note string, verifiers ...string) (*Note, error) {
	keys, err := textBlock("a verifier", verifiers)
	if err != nil {
		return nil, err
	}
	body := []byte(note)
	var o C.cstn_go_outcome
	var ptr *C.cstn_note
	C.cstn_go_note_open(charPointer(body), C.size_t(len(body)), charPointer(keys), C.size_t(len(verifiers)), &ptr, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	defer C.cstn_note_free(ptr)
	read := &Note{Text: C.GoString(C.cstn_note_text(ptr, nil))}
	verified := C.cstn_note_verified_count(ptr)
	for i := C.size_t(0); i < C.cstn_note_count(ptr); i++ {
		read.Signatures = append(read.Signatures, NoteSignature{Name: C.GoString(C.cstn_note_name(ptr, i)),
			KeyID: uint32(C.cstn_note_key_id(ptr, i)), Verified: i < verified, TimeS: int64(C.cstn_note_time_s(ptr, i))})
	}
	return read, nil
}

// Checkpoint is what a checkpoint says.
type Checkpoint struct {
	Origin    string // the name of the log
	Size      uint64 // entries
	Root      MerkleHash
	Extension string // lines behind the root
}

// Format gives the text of a checkpoint without its extension: origin, size, root in base64.
func (c Checkpoint) Format() (string, error) {
	origin := []byte(c.Origin)
	var o C.cstn_go_outcome
	text := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_checkpoint_format(charPointer(origin), C.size_t(len(origin)), C.uint64_t(c.Size), c.Root.c(), out, &o)
	})
	return text, outcomeError(&o)
}

// ParseCheckpoint reads the text of a checkpoint by the strict rule; [ErrFormat] names the line.
func ParseCheckpoint(text string) (Checkpoint, error) {
	body := []byte(text)
	var o C.cstn_go_outcome
	var read C.cstn_go_checkpoint
	C.cstn_go_checkpoint_parse(charPointer(body), C.size_t(len(body)), &read, &o)
	if err := outcomeError(&o); err != nil {
		return Checkpoint{}, err
	}
	extension := text[read.extension_at : read.extension_at+read.extension_len]
	return Checkpoint{Origin: text[:read.origin_len], Size: uint64(read.size), Root: *(*MerkleHash)(unsafe.Pointer(&read.root[0])),
		Extension: extension}, nil
}

// CosignOptions are what a witness knows of a log. nil, like the zero value, is a log never seen.
type CosignOptions struct {
	// Last is the checkpoint that was signed last; nil is never.
	Last *Checkpoint
	// Proof shows that the log grew from there; see [MerkleLog.ProveConsistency].
	Proof []MerkleHash
	// Store keeps the new checkpoint so that it outlasts a crash, before the signature is handed out; what
	// it returns is returned and there is no signature. nil: the caller has kept it.
	Store func(Checkpoint) error
}

// Cosign signs a checkpoint as a witness, who has seen that the log's keys signed it and that the log only
// grew: a signature line, to be put behind the note. timeS is now, in seconds since 1970-01-01 UTC. It
// returns [ErrSplitView] if the log is smaller than it was, or as large with another root, [ErrProof] if
// the proof does not hold, and what [OpenNote] and [ParseCheckpoint] refuse.
func Cosign(checkpoint string, verifiers []string, signer string, timeS int64, options *CosignOptions) (string, error) {
	options = orDefault(options)
	keys, err := textBlock("a verifier", verifiers)
	if err != nil {
		return "", err
	}
	secret, err := cText("the signer", signer)
	if err != nil {
		return "", err
	}
	var size uint64
	var root *C.uint8_t
	if options.Last != nil {
		size, root = options.Last.Size, options.Last.Root.c()
	}
	body := []byte(checkpoint)
	var o C.cstn_go_outcome
	line := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_witness_cosign(charPointer(body), C.size_t(len(body)), charPointer(keys), C.size_t(len(verifiers)), charPointer(secret),
			C.int64_t(timeS), C.uint64_t(size), root, hashPointer(options.Proof), C.size_t(len(options.Proof)), out, &o)
	})
	if err := outcomeError(&o); err != nil {
		return "", err
	}
	if options.Store == nil {
		return line, nil
	}
	note, err := OpenNote(checkpoint, verifiers...)
	if err != nil {
		return "", err
	}
	now, err := ParseCheckpoint(note.Text)
	if err == nil {
		err = options.Store(now)
	}
	if err != nil {
		return "", err
	}
	return line, nil
}

// CountWitnesses says how many of the given witnesses have signed a checkpoint, at a time in
// [fromS, untilS); untilS 0 is no end.
func CountWitnesses(checkpoint string, witnesses []string, fromS, untilS int64) (int, error) {
	if untilS == 0 {
		untilS = math.MaxInt64
	}
	keys, err := textBlock("a witness", witnesses)
	if err != nil {
		return 0, err
	}
	body := []byte(checkpoint)
	var o C.cstn_go_outcome
	var count C.size_t
	C.cstn_go_witness_count(charPointer(body), C.size_t(len(body)), charPointer(keys), C.size_t(len(witnesses)), C.int64_t(fromS),
		C.int64_t(untilS), &count, &o)
	return int(count), outcomeError(&o)
}

// LogProof is a proof that an entry is in a log (C2SP tlog-proof): all that a third party needs but for
// the entry and the keys.
type LogProof struct {
	Index      uint64
	Hashes     []MerkleHash // from the leaf up
	Extra      []byte       // for the reader, or nil
	Checkpoint string       // the signed note
}

// Format gives the proof as text.
func (p *LogProof) Format() (string, error) {
	checkpoint := []byte(p.Checkpoint)
	var o C.cstn_go_outcome
	text := bufferText(func(out **C.cstn_buffer) {
		C.cstn_go_proof_format(C.uint64_t(p.Index), hashPointer(p.Hashes), C.size_t(len(p.Hashes)), bytePointer(p.Extra), C.size_t(len(p.Extra)),
			charPointer(checkpoint), C.size_t(len(checkpoint)), out, &o)
	})
	return text, outcomeError(&o)
}

// ParseLogProof reads a proof without verifying it; [ErrFormat] names the line.
func ParseLogProof(text string) (*LogProof, error) {
	body := []byte(text)
	var o C.cstn_go_outcome
	var ptr *C.cstn_proof
	C.cstn_go_proof_parse(charPointer(body), C.size_t(len(body)), &ptr, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	defer C.cstn_proof_free(ptr)
	var n, size C.size_t
	hashes := C.cstn_proof_hashes(ptr, &n)
	read := &LogProof{Index: uint64(C.cstn_proof_index(ptr)), Checkpoint: C.GoString(C.cstn_proof_checkpoint(ptr, nil)),
		Hashes: splitHashes(C.GoBytes(unsafe.Pointer(hashes), C.int(n*C.CSTN_MERKLE_HASH_SIZE)))}
	if extra := C.cstn_proof_extra(ptr, &size); extra != nil {
		read.Extra = C.GoBytes(unsafe.Pointer(extra), C.int(size))
	}
	return read, nil
}

// ProofTrust is whom the reader of a proof believes.
type ProofTrust struct {
	Origin    string   // the log it must be; "" is any
	Verifiers []string // keys of the log; one must have signed
	Witnesses []string // keys of witnesses
	// WitnessesLeast of them must have signed, at a time in [FromS, UntilS); UntilS 0 is no end.
	WitnessesLeast int
	FromS, UntilS  int64
}

// VerifyLogProof says whether an entry was logged, and where: its index, and how many entries the log had.
// It returns [ErrProof] if the hashes do not lead to the root, [ErrUnverified] if too few have signed or the
// log is another, [ErrSignature] if a known key's signature is wrong, [ErrFormat] and [ErrLimit].
func VerifyLogProof(text string, entry []byte, trust *ProofTrust) (index, size uint64, err error) {
	trust = orDefault(trust)
	verifiers, err := textBlock("a verifier", trust.Verifiers)
	if err != nil {
		return 0, 0, err
	}
	witnesses, err := textBlock("a witness", trust.Witnesses)
	if err != nil {
		return 0, 0, err
	}
	var origin []byte
	if trust.Origin != "" {
		if origin, err = cText("the origin", trust.Origin); err != nil {
			return 0, 0, err
		}
	}
	if trust.WitnessesLeast < 0 {
		return 0, 0, invalid("WitnessesLeast is %d, 0 or more expected", trust.WitnessesLeast)
	}
	body := []byte(text)
	var o C.cstn_go_outcome
	var at, of C.uint64_t
	C.cstn_go_proof_verify(charPointer(body), C.size_t(len(body)), bytePointer(entry), C.size_t(len(entry)), charPointer(origin),
		charPointer(verifiers), C.size_t(len(trust.Verifiers)), charPointer(witnesses), C.size_t(len(trust.Witnesses)),
		C.size_t(trust.WitnessesLeast), C.int64_t(trust.FromS), C.int64_t(trust.UntilS), &at, &of, &o)
	return uint64(at), uint64(of), outcomeError(&o)
}
