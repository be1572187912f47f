package constellation

/*
#include "bridge.h"
#cgo nocallback cstn_vault_free
#cgo nocallback cstn_vault_matches_count
#cgo nocallback cstn_vault_matches_record
#cgo nocallback cstn_vault_matches_free
*/
import "C"

import (
	"runtime"
	"slices"
	"time"
	"unsafe"
)

// VaultCategory is what a key of a subject is for. From 1000 on they are the caller's own.
type VaultCategory int32

// Categories of personal data.
const (
	VaultIdentity VaultCategory = C.CSTN_VAULT_IDENTITY
	VaultContact  VaultCategory = C.CSTN_VAULT_CONTACT
	VaultAddress  VaultCategory = C.CSTN_VAULT_ADDRESS
	VaultBirth    VaultCategory = C.CSTN_VAULT_BIRTH
	VaultPayment  VaultCategory = C.CSTN_VAULT_PAYMENT
	VaultFreeText VaultCategory = C.CSTN_VAULT_FREE_TEXT
)

// VaultForm is how a value is made alike before it is searched.
type VaultForm int32

// Forms of values.
const (
	VaultFormNone  VaultForm = C.CSTN_VAULT_FORM_NONE  // it cannot be searched
	VaultFormBytes VaultForm = C.CSTN_VAULT_FORM_BYTES // as given
	VaultFormEmail VaultForm = C.CSTN_VAULT_FORM_EMAIL // lower case, no spaces at the ends
	VaultFormPhone VaultForm = C.CSTN_VAULT_FORM_PHONE // E.164
	VaultFormCode  VaultForm = C.CSTN_VAULT_FORM_CODE  // tax ids, postcodes: upper case, no spaces
)

// Sizes of what a vault takes and gives.
const (
	VaultKeySize        = C.CSTN_VAULT_KEY_SIZE        // bytes of a root or epoch key
	VaultValueMost      = C.CSTN_VAULT_VALUE_MOST      // bytes of a value
	VaultCellExtra      = C.CSTN_VAULT_CELL_EXTRA      // bytes that a sealed cell has more
	VaultCellsMost      = C.CSTN_VAULT_CELLS_MOST      // cells of a call
	VaultCategoriesMost = C.CSTN_VAULT_CATEGORIES_MOST // categories of a call
	VaultReasonMost     = C.CSTN_VAULT_REASON_MOST     // bytes of a reason
	vaultSaltSize       = C.CSTN_VAULT_SALT_SIZE       // bytes of a salt
	vaultDigestSize     = C.CSTN_VAULT_COMMITMENT_SIZE
	vaultPseudonymLen   = C.CSTN_VAULT_PSEUDONYM_SIZE
)

// VaultOptions say how a vault is opened: with RootKey, 32 bytes, or with Passphrase.
type VaultOptions struct {
	RootKey      []byte
	Passphrase   []byte
	Argon2Passes uint64 // when it is made; 0: 3
	Argon2Bytes  uint64 // 0: 256 MiB
	Tenant       string // "" is "default"
	Actor        string // who is written into the log
	MustExist    bool
	MustBeNew    bool
	Log          *MerkleLog // where erasures are written down; kept open by the vault
	Network      *Network   // or this: its private log of Party
	Party        string
	Signer       string // key that signs checkpoints of either
}

// Vault keeps personal data that can be made to die, see vault.h. Any goroutine; calls take turns. Close
// it when done.
type Vault struct {
	handle handle[*C.cstn_vault]
	log    *MerkleLog
}

// OpenVault opens the vault in a folder, or makes one; path "" is one in memory. It returns
// [ErrMismatch] for another key or tenant, [ErrLocked], [ErrNotFound] and [ErrConflict] as MustExist and
// MustBeNew say, [ErrInvalidArgument], [ErrCorrupt], [ErrIO].
func OpenVault(path string, options *VaultOptions, opts ...Option) (*Vault, error) {
	if options == nil || (options.RootKey != nil && len(options.RootKey) != VaultKeySize) {
		return nil, invalid("a root key has %d bytes", VaultKeySize)
	}
	var texts [5][]byte
	for i, text := range []string{path, options.Tenant, options.Actor, options.Party, options.Signer} {
		var err error
		if texts[i], err = optionalText("a text", text); err != nil {
			return nil, err
		}
	}
	var flags C.uint32_t
	if options.MustExist {
		flags |= C.CSTN_VAULT_MUST_EXIST
	}
	if options.MustBeNew {
		flags |= C.CSTN_VAULT_MUST_BE_NEW
	}
	log, network, done, err := vaultLogs(options)
	if err != nil {
		return nil, err
	}
	if options.Log != nil { // an erasure that a crash left without its entry is entered now
		options.Log.lock.Lock()
		defer options.Log.lock.Unlock()
	}
	open := func(ptr *C.cstn_vault) *Vault {
		v := &Vault{log: options.Log}
		v.handle.open(ptr, "vault", func(p *C.cstn_vault) { C.cstn_vault_free(p) })
		return v
	}
	v, err := construct(memoryOf(opts), open, func(allocator *C.cstn_allocator, out **C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_open(charPointer(texts[0]), flags, charPointer(texts[1]), charPointer(texts[2]),
			bytePointer(options.RootKey), bytePointer(options.Passphrase), C.size_t(len(options.Passphrase)),
			C.uint64_t(options.Argon2Passes), C.uint64_t(options.Argon2Bytes), log, network,
			charPointer(texts[3]), charPointer(texts[4]), allocator, out, o)
	})
	if network != nil {
		options.Network.handle.done()
	}
	if err != nil {
		done()
	}
	return v, err
}

// vaultLogs uses the log for as long as the vault is open, and the network for the call.
func vaultLogs(options *VaultOptions) (log *C.cstn_log, network *C.cstn_network, done func(), err error) {
	done = func() {}
	if options.Log != nil {
		if log, err = options.Log.handle.use(); err != nil {
			return nil, nil, nil, err
		}
		done = options.Log.handle.done
	}
	if options.Network != nil {
		if network, err = options.Network.handle.use(); err != nil {
			done()
			return nil, nil, nil, err
		}
	}
	return log, network, done, nil
}

// Close writes what is left to write and lets go of the folder. The second time it is nil.
func (v *Vault) Close() error {
	if v.handle.shut.Load() {
		return nil
	}
	err := v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) { C.cstn_go_vault_close(p, o) })
	v.handle.close()
	if v.log != nil {
		v.log.handle.done()
	}
	return err
}

func (v *Vault) call(work func(*C.cstn_vault, *C.cstn_go_outcome)) error {
	ptr, err := v.handle.use()
	if err != nil {
		return err
	}
	defer v.handle.done()
	o := new(C.cstn_go_outcome)
	work(ptr, o)
	return outcomeError(o)
}

// logged is call for what appends to the log, which others may read.
func (v *Vault) logged(work func(*C.cstn_vault, *C.cstn_go_outcome)) error {
	if v.log != nil {
		v.log.lock.Lock()
		defer v.log.lock.Unlock()
	}
	return v.call(work)
}

func (v *Vault) made(work func(*C.cstn_vault, **C.cstn_buffer, *C.cstn_go_outcome)) ([]byte, error) {
	out := new(*C.cstn_buffer)
	if err := v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) { work(p, out, o) }); err != nil {
		return nil, err
	}
	return takeBuffer(*out), nil
}

// VaultCell is a value to be put.
type VaultCell struct {
	Subject       string // the person
	Record        string // the record it stands in; "": one named as the subject
	Path          string // the field, "customer.email"
	Value         []byte
	Category      VaultCategory // 0 is VaultContact
	Form          VaultForm
	SchemaVersion uint32
}

func (v *Vault) cells(what C.int32_t, cells []VaultCell, now time.Time, made **C.cstn_buffer, commitment *C.uint8_t) error {
	var names []string
	var values [][]byte
	categories, forms := make([]C.int32_t, len(cells)+1), make([]C.int32_t, len(cells)+1)
	versions := make([]C.uint32_t, len(cells)+1)
	for i, cell := range cells {
		names = append(names, cell.Subject, recordOf(cell.Subject, cell.Record), cell.Path)
		values = append(values, cell.Value)
		categories[i], forms[i] = C.int32_t(cell.Category), C.int32_t(cell.Form)
		if cell.Category == 0 {
			categories[i] = C.CSTN_VAULT_CONTACT
		}
		versions[i] = C.uint32_t(cell.SchemaVersion)
	}
	block, err := textBlock("a name of a cell", names)
	if err != nil {
		return err
	}
	all, ends := joinEntries(values)
	all = append(all, 0) // never NULL
	return v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_cells(p, what, charPointer(block), bytePointer(all), unsafe.SliceData(ends),
			unsafe.SliceData(categories), unsafe.SliceData(forms), unsafe.SliceData(versions),
			C.size_t(len(cells)), C.int64_t(now.UnixMicro()), made, commitment, o)
	})
}

func recordOf(subject, record string) string {
	if record == "" {
		return subject
	}
	return record
}

// Put keeps values, all or none, in one durable commit; one that is there is replaced. It returns
// [ErrErased], [ErrDuplicate], [ErrInvalidArgument] with the cell and rule, [ErrLimit], [ErrIO], [ErrFull].
func (v *Vault) Put(now time.Time, cells ...VaultCell) error {
	return v.cells(C.CSTN_GO_CELL_PUT, cells, now, nil, nil)
}

// Seal encrypts a value for keeping elsewhere: the bytes of a cell, which the vault does not keep.
func (v *Vault) Seal(now time.Time, cell VaultCell) ([]byte, error) {
	out := new(*C.cstn_buffer)
	if err := v.cells(C.CSTN_GO_CELL_SEAL, []VaultCell{cell}, now, out, nil); err != nil {
		return nil, err
	}
	return takeBuffer(*out), nil
}

// Commit commits to a value under a salt of its place, see [VaultCommitment].
func (v *Vault) Commit(now time.Time, cell VaultCell) (commitment [vaultDigestSize]byte, err error) {
	err = v.cells(C.CSTN_GO_CELL_COMMIT, []VaultCell{cell}, now, nil, (*C.uint8_t)(&commitment[0]))
	return commitment, err
}

// placeTexts are the texts of a place, each with a terminator.
func placeTexts(subject, record, path string) (texts [3][]byte, err error) {
	for i, text := range []string{subject, recordOf(subject, record), path} {
		if texts[i], err = cText("a name", text); err != nil {
			return texts, err
		}
	}
	return texts, nil
}

// Get reads a value that was put; record "" is one named as the subject. It returns [ErrErased] if the
// subject was erased, [ErrNotFound], [ErrMissing] without its key, [ErrCorrupt].
func (v *Vault) Get(subject, record, path string) ([]byte, error) {
	texts, err := placeTexts(subject, record, path)
	if err != nil {
		return nil, err
	}
	return v.made(func(p *C.cstn_vault, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_vault_get(p, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]), out, o)
	})
}

// Unseal decrypts what [Vault.Seal] gave, if it stands where it was made for; else [ErrCorrupt].
func (v *Vault) Unseal(sealed []byte, record, path string, schemaVersion uint32) ([]byte, error) {
	texts, err := placeTexts(record, record, path)
	if err != nil {
		return nil, err
	}
	bytes := append(slices.Clone(sealed), 0)
	return v.made(func(p *C.cstn_vault, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_vault_unseal(p, bytePointer(bytes), C.size_t(len(sealed)), charPointer(texts[1]),
			charPointer(texts[2]), C.uint32_t(schemaVersion), out, o)
	})
}

// Find gives the records whose value at a path equals this one once both have the form, in order.
func (v *Vault) Find(path string, form VaultForm, value []byte) ([]string, error) {
	name, err := cText("path", path)
	if err != nil {
		return nil, err
	}
	out := new(*C.cstn_vault_matches)
	if err := v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_find(p, charPointer(name), C.int32_t(form), bytePointer(value), C.size_t(len(value)), out, o)
	}); err != nil {
		return nil, err
	}
	return takeMatches(*out), nil
}

// takeMatches gives the ids that were found, and frees them.
func takeMatches(found *C.cstn_vault_matches) []string {
	defer C.cstn_vault_matches_free(found)
	records := make([]string, int(C.cstn_vault_matches_count(found)))
	for i := range records {
		records[i] = C.GoString(C.cstn_vault_matches_record(found, C.size_t(i)))
	}
	return records
}

// Salt is the salt of a place, to open its commitment to somebody.
func (v *Vault) Salt(subject, record, path string) (salt [vaultSaltSize]byte, err error) {
	texts, err := placeTexts(subject, record, path)
	if err != nil {
		return salt, err
	}
	err = v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_salt(p, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]), (*C.uint8_t)(&salt[0]), o)
	})
	return salt, err
}

// VaultCommitment is SHA-256 of a salt, the length of the path (two bytes, the higher first), path and value.
func VaultCommitment(salt [vaultSaltSize]byte, path string, value []byte) (out [vaultDigestSize]byte, err error) {
	name, err := cText("path", path)
	if err != nil {
		return out, err
	}
	o := new(C.cstn_go_outcome)
	C.cstn_go_vault_commitment((*C.uint8_t)(&salt[0]), charPointer(name), bytePointer(value), C.size_t(len(value)), (*C.uint8_t)(&out[0]), o)
	return out, outcomeError(o)
}

// Pseudonym is the id that algorithms see; those of two scopes do not join.
func (v *Vault) Pseudonym(scope, id string) (out [vaultPseudonymLen]byte, err error) {
	texts := [2][]byte{append([]byte(scope), 0)}
	if texts[1], err = cText("id", id); err != nil {
		return out, err
	}
	err = v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_pseudonym(p, charPointer(texts[0]), charPointer(texts[1]), (*C.uint8_t)(&out[0]), o)
	})
	return out, err
}

// Erase destroys the keys of a subject and enters that in the log; the reason is logged. It gives the
// inclusion proof, whose entry is its extra bytes. It returns [ErrState] if a legal hold defers it.
func (v *Vault) Erase(subject, reason string, now time.Time) (proof string, err error) {
	texts, err := placeTexts(subject, "", reason)
	if err != nil {
		return "", err
	}
	out := new(*C.cstn_buffer)
	if err := v.logged(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_erase(p, charPointer(texts[0]), charPointer(texts[2]), C.int64_t(now.UnixMicro()), out, o)
	}); err != nil {
		return "", err
	}
	return string(takeBuffer(*out)), nil
}

// EraseCategories destroys the keys of some categories of a subject; the others live. It is entered in the log, with
// the categories; done again with these, or some of them, it gives the same entry. A category that was erased stays
// so: [ErrErased]. It returns [ErrInvalidArgument] for no category and an unknown one, [ErrState] as [Vault.Erase].
func (v *Vault) EraseCategories(subject string, categories []VaultCategory, reason string, now time.Time) (proof string, err error) {
	texts, err := placeTexts(subject, "", reason)
	if err != nil {
		return "", err
	}
	out := new(*C.cstn_buffer)
	if err := v.logged(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_erase_categories(p, charPointer(texts[0]), categoryPointer(categories), C.size_t(len(categories)),
			charPointer(texts[2]), C.int64_t(now.UnixMicro()), out, o)
	}); err != nil {
		return "", err
	}
	return string(takeBuffer(*out)), nil
}

func categoryPointer(categories []VaultCategory) *C.int32_t {
	return (*C.int32_t)(unsafe.Pointer(unsafe.SliceData(categories)))
}

// Hold puts a subject under legal hold: erasure is deferred. Logged.
func (v *Vault) Hold(subject, reason string, now time.Time) error {
	texts, err := placeTexts(subject, "", reason)
	if err != nil {
		return err
	}
	return v.logged(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_hold(p, charPointer(texts[0]), charPointer(texts[2]), C.int64_t(now.UnixMicro()), o)
	})
}

// Lift lifts a hold, and says whether an erasure was asked for meanwhile. Logged.
func (v *Vault) Lift(subject, reason string, now time.Time) (deferred bool, err error) {
	texts, err := placeTexts(subject, "", reason)
	if err != nil {
		return false, err
	}
	was := new(C.int32_t)
	err = v.logged(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_lift(p, charPointer(texts[0]), charPointer(texts[2]), C.int64_t(now.UnixMicro()), was, o)
	})
	return *was != 0, err
}

// VaultSubject is how a subject stands.
type VaultSubject struct {
	Held, Deferred, Erased, Logged bool
}

// Subject says how a subject stands; [ErrNotFound] if the vault does not know it.
func (v *Vault) Subject(subject string) (VaultSubject, error) {
	name, err := cText("subject", subject)
	if err != nil {
		return VaultSubject{}, err
	}
	state := new(C.uint32_t)
	err = v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) { C.cstn_go_vault_subject(p, charPointer(name), state, o) })
	return VaultSubject{*state&C.CSTN_VAULT_SUBJECT_HELD != 0, *state&C.CSTN_VAULT_SUBJECT_DEFERRED != 0,
		*state&C.CSTN_VAULT_SUBJECT_ERASED != 0, *state&C.CSTN_VAULT_SUBJECT_LOGGED != 0}, err
}

// Purge removes what is left of erased subjects, and says how many cells went.
func (v *Vault) Purge() (cells uint64, err error) {
	n := new(C.uint64_t)
	err = v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) { C.cstn_go_vault_purge(p, n, o) })
	return uint64(*n), err
}

// Backup copies the cells to a new folder, without any key.
func (v *Vault) Backup(to string) error {
	path, err := cText("to", to)
	if err != nil {
		return err
	}
	return v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) { C.cstn_go_vault_backup(p, charPointer(path), o) })
}

// BackupKeys gives the table of keys under the key of an epoch, which is kept outside the vault.
func (v *Vault) BackupKeys(epoch uint64, epochKey [VaultKeySize]byte) ([]byte, error) {
	return v.made(func(p *C.cstn_vault, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_vault_backup_keys(p, C.uint64_t(epoch), (*C.uint8_t)(&epochKey[0]), out, o)
	})
}

// VaultRestored is what a restore of keys did.
type VaultRestored struct {
	Restored, Present, Erased, Unknown uint64
}

// RestoreKeys puts the keys of a backup back; what was erased here stays erased. It returns [ErrFormat],
// [ErrMismatch] for another epoch, [ErrCorrupt] for another key.
func (v *Vault) RestoreKeys(data []byte, epoch uint64, epochKey [VaultKeySize]byte, now time.Time) (VaultRestored, error) {
	counts := new([4]C.uint64_t)
	bytes := append(slices.Clone(data), 0)
	err := v.call(func(p *C.cstn_vault, o *C.cstn_go_outcome) {
		C.cstn_go_vault_restore_keys(p, bytePointer(bytes), C.size_t(len(data)), C.uint64_t(epoch),
			(*C.uint8_t)(&epochKey[0]), C.int64_t(now.UnixMicro()), &counts[0], o)
	})
	return VaultRestored{uint64(counts[0]), uint64(counts[1]), uint64(counts[2]), uint64(counts[3])}, err
}

// Purposes of a consent; from 1000 on they are the caller's own.
const (
	PurposeFulfil          = C.CSTN_PURPOSE_FULFIL
	PurposeServiceFeedback = C.CSTN_PURPOSE_SERVICE_FEEDBACK
	PurposeAnalytics       = C.CSTN_PURPOSE_ANALYTICS
	PurposeMarketing       = C.CSTN_PURPOSE_MARKETING
	PurposeShare           = C.CSTN_PURPOSE_SHARE // with a constellation
	PurposeResearch        = C.CSTN_PURPOSE_RESEARCH
)

// ConsentQuestion is who asks for what, and when.
type ConsentQuestion struct {
	Customer, Owner, Constellation string
	Purpose                        int32
	Now                            time.Time
	Known                          time.Time // zero: as is known
}

// Consent is the answer of consent records.
type Consent struct {
	Granted   bool // no is refused, withdrawn, or nothing on record
	OnRecord  bool
	ValidFrom time.Time
	Recorded  time.Time
}

func (q *ConsentQuestion) read() (texts [3][]byte, now, known C.int64_t, err error) {
	for i, text := range []string{q.Customer, q.Owner, q.Constellation} {
		if texts[i], err = optionalText("a name", text); err != nil {
			return
		}
	}
	known = 1<<63 - 1
	if !q.Known.IsZero() {
		known = C.int64_t(q.Known.UnixMicro())
	}
	return texts, C.int64_t(q.Now.UnixMicro()), known, nil
}

// Consent says whether a customer has consented: of the records that speak, the one that begins last.
func (s *Snapshot) Consent(question ConsentQuestion) (Consent, error) {
	texts, now, known, err := question.read()
	if err != nil {
		return Consent{}, err
	}
	out := new(C.cstn_consent)
	if err := s.call(func(p *C.cstn_snapshot, o *C.cstn_go_outcome) {
		C.cstn_go_consent(p, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]), C.int32_t(question.Purpose), now, known, out, o)
	}); err != nil {
		return Consent{}, err
	}
	return Consent{out.granted != 0, out.on_record != 0, time.UnixMicro(int64(out.valid_from_us)).UTC(),
		time.UnixMicro(int64(out.recorded_us)).UTC()}, nil
}

// GetConsented reads a customer's value for a purpose: [ErrErased] first, then [ErrDenied] without consent.
func (v *Vault) GetConsented(s *Snapshot, question ConsentQuestion, path string) ([]byte, error) {
	return v.asked(s, question, path, func(p *C.cstn_vault, snapshot *C.cstn_snapshot, texts [3][]byte, now, known C.int64_t,
		name *C.char, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_vault_consented(p, snapshot, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]),
			C.int32_t(question.Purpose), now, known, name, out, o)
	})
}

// asked works on the vault with a snapshot, a question and the name of a field or path.
func (v *Vault) asked(s *Snapshot, question ConsentQuestion, name string,
	work func(p *C.cstn_vault, snapshot *C.cstn_snapshot, texts [3][]byte, now, known C.int64_t, name *C.char,
		out **C.cstn_buffer, o *C.cstn_go_outcome)) ([]byte, error) {
	texts, now, known, err := question.read()
	if err != nil {
		return nil, err
	}
	text, err := cText("a name", name)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.handle.use()
	if err != nil {
		return nil, err
	}
	defer s.handle.done()
	defer runtime.KeepAlive(s)
	return v.made(func(p *C.cstn_vault, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		work(p, snapshot, texts, now, known, charPointer(text), out, o)
	})
}
