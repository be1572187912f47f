package constellation

import (
	"archive/zip"
	"crypto/sha256"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMicrosNeverWrap(t *testing.T) {
	last := time.Unix(math.MaxInt64/1_000_000-1, 999_999_000).UTC()
	us := got[int64](t)(Micros(last))
	equal(t, "the last second", us, (math.MaxInt64/1_000_000-1)*1_000_000+999_999)
	_, err := Micros(time.Unix(math.MaxInt64/1_000_000, 0))
	fails(t, "one more", err, ErrOverflow)
	_, err = Micros(time.Unix(-(math.MaxInt64 / 1_000_000), 0))
	fails(t, "far back", err, ErrOverflow)
	equal(t, "not set", got[int64](t)(Micros(time.Time{})), int64(NoTime))
	equal(t, "null", TimeOf(NoTime).IsZero(), true)
	equal(t, "cut to the microsecond below", got[int64](t)(Micros(time.Unix(-1, 999_999_999))), -1)
	when := time.Date(2018, 8, 31, 12, 30, 1, 250_000_000, time.FixedZone("", 7200))
	equal(t, "and back", TimeOf(got[int64](t)(Micros(when))).Equal(when), true)
}

func TestDaysAndDatesAgreeWithGo(t *testing.T) {
	for _, date := range [][3]int{{1970, 1, 1}, {2000, 2, 29}, {1900, 3, 1}, {-9999, 1, 1}, {9999, 12, 31}, {2018, 8, 31}} {
		days := got[int32](t)(DaysFromCivil(date[0], date[1], date[2]))
		want := time.Date(date[0], time.Month(date[1]), date[2], 0, 0, 0, 0, time.UTC).Unix() / 86_400
		equal(t, "days", int64(days), want)
		y, m, d := CivilFromDays(days)
		equal(t, "date", [3]int{y, m, d}, date)
	}
	for _, date := range [][3]int{{1900, 2, 29}, {2018, 13, 1}, {2018, 0, 1}, {2018, 4, 31}, {10000, 1, 1}, {1 << 40, 1, 1}} {
		_, err := DaysFromCivil(date[0], date[1], date[2])
		fails(t, "a date that does not exist", err, ErrInvalidArgument)
	}
}

func TestTimesAreReadStrictlyAndWrittenBack(t *testing.T) {
	us := got[int64](t)(ParseTime("2018-08-31 12:00:00.5", "", 3600))
	equal(t, "text", FormatTime(us), "2018-08-31T11:00:00.500000Z")
	equal(t, "with its own zone", FormatTime(got[int64](t)(ParseTime("2018-08-31T12:00:00+02:00", "", 3600))), "2018-08-31T10:00:00Z")
	equal(t, "in a form", FormatTime(got[int64](t)(ParseTime("31.08.2018", "DD.MM.YYYY", 0))), "2018-08-31T00:00:00Z")
	for _, text := range []string{"", "31.08.2018", "2018-02-30", "2018-08-31T12:00:00 ", "now", "2018-08-31\x00"} {
		_, err := ParseTime(text, "", 0)
		fails(t, text, err, ErrFormat)
	}
	if FormatTime(math.MinInt64+1) == "" || FormatTime(math.MaxInt64) == "" {
		t.Error("the ends of time have no text")
	}
}

func TestZonesKnowTheirOffsets(t *testing.T) {
	fixed := got[*Zone](t)(FixedZone(-3 * 3600))
	defer fixed.Close()
	equal(t, "offset", got[int32](t)(fixed.OffsetAt(0)), -10800)
	equal(t, "from wall", got[int64](t)(fixed.FromWall(0)), 10800*1_000_000)
	equal(t, "digest", fixed.Digest(), Digest(sha256.Sum256([]byte("offset:-03:00"))))
	_, err := FixedZone(86_400)
	fails(t, "too far", err, ErrInvalidArgument)
	_, err = ParseZone([]byte("TZif?"))
	fails(t, "damaged", err, ErrCorrupt)
	_, err = ParseZone(nil)
	fails(t, "empty", err, ErrCorrupt)
}

// zoneRules are those of the machine, or the ones that came with Go.
func zoneRules(t *testing.T, name string) []byte {
	t.Helper()
	if data, err := os.ReadFile(filepath.Join("/usr/share/zoneinfo", name)); err == nil {
		return data
	}
	root := strings.TrimSpace(string(got[[]byte](t)(exec.Command("go", "env", "GOROOT").Output())))
	archive := got[*zip.ReadCloser](t)(zip.OpenReader(filepath.Join(root, "lib", "time", "zoneinfo.zip")))
	defer archive.Close()
	file := got[fs.File](t)(archive.Open(name))
	defer file.Close()
	return got[[]byte](t)(io.ReadAll(file))
}

func TestAZoneAgreesWithGo(t *testing.T) {
	data := zoneRules(t, "Europe/Berlin")
	where := got[*time.Location](t)(time.LoadLocationFromTZData("Europe/Berlin", data))
	zone := got[*Zone](t)(ParseZone(data))
	defer zone.Close()
	equal(t, "digest", zone.Digest(), Digest(sha256.Sum256(data)))
	for when := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC); when.Year() < 2040; when = when.Add(1000 * time.Hour) {
		_, want := when.In(where).Zone()
		equal(t, when.String(), int(got[int32](t)(zone.OffsetAt(when.UnixMicro()))), want)
	}
	spring := time.Date(2018, 3, 25, 2, 30, 0, 0, time.UTC).UnixMicro()
	_, err := zone.FromWall(spring)
	fails(t, "a time that does not exist", err, ErrFormat)
	autumn := time.Date(2018, 10, 28, 2, 30, 0, 0, time.UTC).UnixMicro()
	_, err = zone.FromWall(autumn)
	fails(t, "a time that is there twice", err, ErrFormat)
}

func TestACalendarCountsWorkingDays(t *testing.T) {
	text := "cstn-calendar 1\nweek=1111100\noff=2018-05-01\non=2018-05-05\n"
	c := got[*Calendar](t)(ParseCalendar(text))
	defer c.Close()
	equal(t, "digest", c.Digest(), Digest(sha256.Sum256([]byte(text))))
	monday := got[int32](t)(DaysFromCivil(2018, 4, 30))
	for i, works := range []bool{true, false, true, true, true, true, false} {
		equal(t, "day", got[bool](t)(c.IsWorking(monday+int32(i))), works)
	}
	equal(t, "next after a day off", got[int32](t)(c.NextWorking(monday+1)), monday+2)
	equal(t, "a day that works is its own", got[int32](t)(c.NextWorking(monday)), monday)
	equal(t, "between", got[int32](t)(c.WorkingBetween(monday, monday+6)), 4)
	equal(t, "back", got[int32](t)(c.WorkingBetween(monday+6, monday)), -4)
	_, err := ParseCalendar("cstn-calendar 1\nweek=11111\n")
	fails(t, "a short week", err, ErrFormat)
}

func TestDecimalsAreExact(t *testing.T) {
	equal(t, "value", got[int64](t)(ParseDecimal("-1.234,50", 2, ',', '.')), -123450)
	equal(t, "text", FormatDecimal(-123450, 2), "-1234.50")
	equal(t, "least", FormatDecimal(math.MinInt64, 18), "-9.223372036854775808")
	equal(t, "no such scale", FormatDecimal(1, 19)+FormatDecimal(1, -1), "")
	_, err := ParseDecimal("1.005", 2, '.', 0)
	fails(t, "more digits than the scale", err, ErrFormat)
	_, err = ParseDecimal("9223372036854775808", 0, '.', 0)
	fails(t, "too great", err, ErrOverflow)
	_, err = ParseDecimal("1 000", 0, '.', 0)
	fails(t, "no mark allowed", err, ErrFormat)
	equal(t, "half to even", got[int64](t)(RescaleDecimal(25, 1, 0)), 2)
	equal(t, "half to even", got[int64](t)(RescaleDecimal(35, 1, 0)), 4)
	_, err = RescaleDecimal(math.MaxInt64, 0, 1)
	fails(t, "overflow", err, ErrOverflow)
	equal(t, "price times quantity", got[int64](t)(MultiplyDecimal(1999, 3500, 3)), 6996)
	_, err = MultiplyDecimal(math.MaxInt64, 2, 0)
	fails(t, "product too great", err, ErrOverflow)
	equal(t, "euro", got[int32](t)(CurrencyScale("EUR")), 2)
	equal(t, "yen", got[int32](t)(CurrencyScale("JPY")), 0)
	_, err = CurrencyScale("???")
	fails(t, "no currency", err, ErrNotFound)
}

func TestTheLoadedLibraryIsTheOneCompiledAgainst(t *testing.T) {
	equal(t, "version", Version(), int(HeaderVersion))
	equal(t, "no such feature", HasFeature(-1), false)
	if VersionText() == "" {
		t.Error("no version text")
	}
}
