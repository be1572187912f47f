package constellation

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goldenCopy is a folder of its own with the golden network.
func goldenCopy(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "net")
	must(t, os.CopyFS(folder, os.DirFS(filepath.Join(goldenNetwork, "store"))))
	return folder
}

// newer replaces the manifest by one of a release with more features.
func newer(t *testing.T, folder, kind string) {
	t.Helper()
	files := got[[]string](t)(filepath.Glob(filepath.Join(folder, "MANIFEST-*")))
	equal(t, "manifests", len(files), 1)
	must(t, os.WriteFile(files[0], got[[]byte](t)(os.ReadFile(filepath.Join(goldenNetwork, "newer", kind))), 0o666))
}

func flip(t *testing.T, path string, at int) {
	t.Helper()
	data := got[[]byte](t)(os.ReadFile(path))
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 4
	must(t, os.WriteFile(path, data, 0o666))
}

func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
}

func TestAFormatThatCannotBeReadIsRefusedByItsBit(t *testing.T) {
	for kind, said := range map[string]string{"incompat": "feature bits 0x40 (incompat)", "major": "format 2 is newer"} {
		folder := goldenCopy(t)
		newer(t, folder, kind)
		for _, readOnly := range []bool{true, false} {
			_, err := OpenNetwork(folder, &NetworkOptions{ReadOnly: readOnly})
			fails(t, kind, err, ErrNewerFormat)
			says(t, err.Error(), said, "MANIFEST-")
		}
		_, err := VerifyNetwork(context.Background(), folder, false)
		fails(t, "verify", err, ErrNewerFormat)
		_, err = SalvageDryRun(context.Background(), folder)
		fails(t, "salvage", err, ErrNewerFormat)
	}
}

func TestAFormatThatMayOnlyBeReadIsOpenedReadOnly(t *testing.T) {
	folder := goldenCopy(t)
	newer(t, folder, "ro_compat")
	_, err := OpenNetwork(folder, nil)
	fails(t, "writing", err, ErrNewerFormat)
	says(t, err.Error(), "0x100", "open it read-only")
	n := got[*Network](t)(OpenNetwork(folder, &NetworkOptions{ReadOnly: true}))
	defer n.Close()
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	csv := got[[]byte](t)(WriteCSVBytes(t.Context(), got[*Stream](t)(s.Scan("partner", nil)), nil))
	equal(t, "partners", string(csv), string(got[[]byte](t)(os.ReadFile(filepath.Join(goldenNetwork, "answers", "partner.csv")))))
}

func TestAFeatureThatNeedNotBeKnownIsKept(t *testing.T) {
	folder := goldenCopy(t)
	newer(t, folder, "compat")
	n := got[*Network](t)(OpenNetwork(folder, nil))
	must(t, n.Checkpoint())
	must(t, n.Close())
	files := got[[]string](t)(filepath.Glob(filepath.Join(folder, "MANIFEST-*")))
	data := got[[]byte](t)(os.ReadFile(files[len(files)-1]))
	equal(t, "compat", binary.LittleEndian.Uint32(data[56:]), uint32(0x80000000))
}

func TestADamagedFileIsNamedAndADryRunSaysWhatIsLeft(t *testing.T) {
	folder, name := goldenCopy(t), "seg-0000000000000003.cstn"
	flip(t, filepath.Join(folder, name), -70)
	_, err := OpenNetwork(folder, nil)
	fails(t, "opening", err, ErrCorrupt)
	says(t, err.Error(), name, "hash of the footer", "4 records of table 'partner'", "salvage --dry-run")
	report, err := VerifyNetwork(context.Background(), folder, true)
	fails(t, "verify", err, ErrCorrupt)
	says(t, string(report), name)
	dry := string(got[[]byte](t)(SalvageDryRun(context.Background(), folder)))
	says(t, dry, `"to":null`, `{"file":"`+name+`","table":"partner","rows":4,"rows_recovered":0}`)
	saved := filepath.Join(t.TempDir(), "saved")
	full := string(got[[]byte](t)(SalvageNetwork(context.Background(), folder, saved)))
	_, dry, _ = strings.Cut(dry, `,"manifest":`)
	_, full, _ = strings.Cut(full, `,"manifest":`)
	equal(t, "the report of the run", full, dry)
	_, err = SalvageDryRun(context.Background(), filepath.Join(folder, "nothing"))
	if !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestADamagedBlockIsNamedByColumnAndRecords(t *testing.T) {
	folder := goldenCopy(t)
	flip(t, filepath.Join(folder, "seg-0000000000000003.cstn"), 200)
	n := got[*Network](t)(OpenNetwork(folder, &NetworkOptions{ReadOnly: true}))
	defer n.Close()
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	_, err := s.Get("partner", []string{"acme"}, AsOfNow)
	fails(t, "reading", err, ErrCorrupt)
	says(t, err.Error(), "seg-0000000000000003.cstn", "of table 'partner', records 1 to 4")
}
