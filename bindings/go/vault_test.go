package constellation

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func vaultOptions(t *testing.T) (*VaultOptions, string) {
	t.Helper()
	signer, verifier := ledgerKey(t, "vault.example", SignKey)
	log, err := NewMerkleLog("vault.example/log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return &VaultOptions{RootKey: bytes.Repeat([]byte{7}, VaultKeySize), Log: log, Signer: signer, Actor: "desk"}, verifier
}

func openVault(t *testing.T, path string, options *VaultOptions) *Vault {
	t.Helper()
	v, err := OpenVault(path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func TestVaultKeepsFindsAndErases(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "v")
	options, verifier := vaultOptions(t)
	v := openVault(t, folder, options)
	now := time.UnixMicro(1)
	if err := v.Put(now,
		VaultCell{Subject: "jo", Path: "customer.email", Value: []byte("planted@example.org"), Form: VaultFormEmail},
		VaultCell{Subject: "jo", Path: "customer.name", Value: []byte("planted"), Category: VaultIdentity}); err != nil {
		t.Fatal(err)
	}
	commitment, err := v.Commit(now, VaultCell{Subject: "jo", Path: "order.price", Value: []byte("1250")})
	if err != nil {
		t.Fatal(err)
	}
	salt, err := v.Salt("jo", "", "order.price")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := VaultCommitment(salt, "order.price", []byte("1250")); err != nil || again != commitment ||
		again != sha256.Sum256(append(salt[:], "\x00\x0border.price1250"...)) {
		t.Fatalf("commitment %x, %v", again, err)
	}
	if found, err := v.Find("customer.email", VaultFormEmail, []byte("PLANTED@example.org")); err != nil || !slices.Equal(found, []string{"jo"}) {
		t.Fatalf("%v, %v", found, err)
	}
	sealed, err := v.Seal(now, VaultCell{Subject: "jo", Record: "e1", Path: "event.note", Value: []byte("s"), SchemaVersion: 2})
	if err != nil {
		t.Fatal(err)
	}
	if value, err := v.Unseal(sealed, "e1", "event.note", 2); err != nil || string(value) != "s" {
		t.Fatalf("%s, %v", value, err)
	}
	if _, err := v.Unseal(sealed, "e2", "event.note", 2); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("moved: %v", err)
	}
	if err := v.Hold("jo", "case 7", now); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Erase("jo", "asked", now); !errors.Is(err, ErrState) {
		t.Fatalf("held: %v", err)
	}
	if deferred, err := v.Lift("jo", "ended", now); err != nil || !deferred {
		t.Fatalf("%v, %v", deferred, err)
	}
	proof, err := v.Erase("jo", "asked", now)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseLogProof(proof)
	if err != nil {
		t.Fatal(err)
	}
	if index, _, err := VerifyLogProof(proof, parsed.Extra, &ProofTrust{Verifiers: []string{verifier}}); err != nil || index != 3 {
		t.Fatalf("entry %d, %v", index, err)
	}
	if _, err := v.Get("jo", "", "customer.name"); !errors.Is(err, ErrErased) {
		t.Fatalf("read: %v", err)
	}
	if state, err := v.Subject("jo"); err != nil || state != (VaultSubject{Erased: true, Logged: true}) {
		t.Fatalf("%+v, %v", state, err)
	}
	if n, err := v.Purge(); err != nil || n != 2 {
		t.Fatalf("purged %d, %v", n, err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*"))
	for _, file := range files {
		data, _ := os.ReadFile(file)
		if bytes.Contains(data, []byte("planted")) || bytes.Contains(data, salt[:]) {
			t.Errorf("%s holds what is private", file)
		}
	}
	if _, err := v.Get("jo", "", "a.b"); !errors.Is(err, ErrClosed) {
		t.Fatalf("closed: %v", err)
	}
	options.RootKey[0]++
	if _, err := OpenVault(folder, options); !errors.Is(err, ErrMismatch) {
		t.Fatalf("another key: %v", err)
	}
}

func TestVaultRestoresKeysButNotOfTheErased(t *testing.T) {
	folder := t.TempDir()
	options, _ := vaultOptions(t)
	v := openVault(t, filepath.Join(folder, "v"), options)
	for _, who := range []string{"jo", "al"} {
		if err := v.Put(time.UnixMicro(1), VaultCell{Subject: who, Path: "a.b", Value: []byte(who)}); err != nil {
			t.Fatal(err)
		}
	}
	var key [VaultKeySize]byte
	keys, err := v.BackupKeys(7, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Erase("jo", "asked", time.UnixMicro(2)); err != nil {
		t.Fatal(err)
	}
	if err := v.Backup(filepath.Join(folder, "copy")); err != nil {
		t.Fatal(err)
	}
	restored := openVault(t, filepath.Join(folder, "copy"), options)
	if _, err := restored.Get("al", "", "a.b"); !errors.Is(err, ErrMissing) {
		t.Fatalf("without keys: %v", err)
	}
	if counts, err := restored.RestoreKeys(keys, 7, key, time.UnixMicro(3)); err != nil || counts != (VaultRestored{Restored: 1, Erased: 1}) {
		t.Fatalf("%+v, %v", counts, err)
	}
	if value, err := restored.Get("al", "", "a.b"); err != nil || string(value) != "al" {
		t.Fatalf("%s, %v", value, err)
	}
	if one, err := v.Pseudonym("c1", "al"); err != nil {
		t.Fatal(err)
	} else if other, _ := restored.Pseudonym("c2", "al"); one == other {
		t.Error("two scopes join")
	}
}

func TestConsentAndReadingForAPurpose(t *testing.T) {
	network, err := OpenNetwork("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	options, _ := vaultOptions(t)
	options.Log, options.Network, options.Party = nil, network, "acme"
	v := openVault(t, "", options)
	if err := v.Put(time.UnixMicro(1), VaultCell{Subject: "jo", Path: "customer.phone", Value: []byte("+431")}); err != nil {
		t.Fatal(err)
	}
	snapshot, err := network.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	question := ConsentQuestion{Customer: "jo", Purpose: PurposeMarketing, Now: time.UnixMicro(5)}
	if answer, err := snapshot.Consent(question); err != nil || answer.Granted || answer.OnRecord {
		t.Fatalf("%+v, %v", answer, err)
	}
	if _, err := v.GetConsented(snapshot, question, "customer.phone"); !errors.Is(err, ErrDenied) {
		t.Fatalf("without consent: %v", err)
	}
	if _, err := v.Erase("jo", "asked", time.UnixMicro(6)); err != nil {
		t.Fatal(err)
	}
	if _, err := v.GetConsented(snapshot, question, "customer.phone"); !errors.Is(err, ErrErased) {
		t.Fatalf("erased: %v", err)
	}
}
