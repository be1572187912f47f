package constellation

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// record builds one; "+" begins a line.
func record(t testing.TB, noun string, fields ...string) *Record {
	t.Helper()
	b := got[*RecordBuilder](t)(NewRecord(noun))
	defer b.Close()
	for i := 0; i < len(fields); {
		if fields[i] == "+" {
			b.Line()
			i++
			continue
		}
		b.SetText(fields[i], fields[i+1])
		i += 2
	}
	r := got[*Record](t)(b.Build())
	t.Cleanup(func() { r.Close() })
	return r
}

func orderRecord(t testing.TB, id, delivered string) *Record {
	t.Helper()
	return record(t, "order", "order_id", id, "seller", "acme", "buyer", "bolts", "ordered", "2024-05-02T09:00:00Z",
		"state", "delivered", "order_recorded", "2024-05-10", "+", "line_number", "1", "item_id", "bolt-m8", "qty", "10",
		"promised", "2024-05-07", "delivered", delivered, "qty_delivered", "10")
}

func network(t testing.TB, path string, options *NetworkOptions) *Network {
	t.Helper()
	n := got[*Network](t)(OpenNetwork(path, options))
	t.Cleanup(func() { n.Close() })
	return n
}

func fill(t testing.TB, n *Network) {
	t.Helper()
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	must(t, tx.Put(record(t, "partner", "partner_id", "acme", "gln", "4012345000009", "recorded", "2024-05-01")))
	must(t, tx.Put(record(t, "partner", "partner_id", "bolts", "recorded", "2024-05-01")))
	must(t, tx.Put(record(t, "item", "item_id", "bolt-m8", "unit", "C62", "recorded", "2024-05-01")))
	must(t, tx.Put(orderRecord(t, "O-1", "2024-05-07T08:00:00Z")))
	must(t, tx.Put(orderRecord(t, "O-2", "2024-05-09T08:00:00Z")))
	if tx.Rows() == 0 {
		t.Error("no rows wait for the commit")
	}
	equal(t, "sequence number", got[uint64](t)(tx.Commit()), 1)
}

func TestNounsSayWhatTheirFieldsAre(t *testing.T) {
	if len(Nouns()) < 10 {
		t.Fatalf("%d nouns", len(Nouns()))
	}
	order := got[Noun](t)(NounByName("order"))
	if !order.HasLines || order.AppendOnly || order.Doc == "" {
		t.Errorf("order: %+v", order)
	}
	seller, ok := order.Field("seller")
	equal(t, "seller is a field", ok, true)
	equal(t, "what seller names", seller.Refers, "partner")
	qty, _ := order.Field("qty")
	equal(t, "qty belongs to lines", qty.Line, true)
	state, _ := order.Field("state")
	if !strings.Contains(strings.Join(state.Codes, " "), "placed") {
		t.Errorf("states of an order: %v", state.Codes)
	}
	id, _ := order.Field("order_id")
	equal(t, "place in the key", id.Key, 1)
	if event := got[Noun](t)(NounByName("event")); !event.AppendOnly {
		t.Error("events can be replaced")
	}
	_, err := NounByName("ordre")
	fails(t, "an unknown noun", err, ErrNotFound)
}

func TestRecordHoldsWhatWasSetAndNamesTheRuleThatIsBroken(t *testing.T) {
	r := orderRecord(t, "O-7", "2024-05-07T08:00:00Z")
	equal(t, "noun", r.Noun(), "order")
	equal(t, "lines", r.Lines(), 1)
	equal(t, "seller", r.Text(NoLine, "seller"), "acme")
	equal(t, "qty", r.Int(0, "qty"), 10)
	equal(t, "qty as a double", r.Double(0, "qty"), 10)
	equal(t, "a field without a value", r.Has(NoLine, "currency"), false)
	equal(t, "its text", r.Text(NoLine, "currency"), "")
	equal(t, "seq of a record from nowhere", r.Seq(), 0)
	if json := string(got[[]byte](t)(r.JSON())); !strings.Contains(json, `"order_id":"O-7"`) && !strings.Contains(json, `"order_id": "O-7"`) {
		t.Error(json)
	}

	b := got[*RecordBuilder](t)(NewRecord("partner"))
	defer b.Close()
	_, err := b.SetText("partner_id", "x").SetText("gln", "4012345000008").SetText("recorded", "2024-05-01").Build()
	if e := fails(t, "a wrong check digit", err, ErrInvalidArgument); !strings.Contains(e.Message, "gln") {
		t.Error(e.Message)
	}
	r, err = b.SetNull("gln").SetInt("recorded", 1).Build()
	must(t, err)
	r.Close()
	_, err = b.SetText("glm", "1").SetText("name", "never looked at").Build()
	fails(t, "an unknown field", err, ErrNotFound)
	_, err = b.SetDouble("name", 1).Build()
	fails(t, "a number for a text", err, ErrInvalidArgument)
	_, err = b.Line().Build()
	fails(t, "lines of a partner", err, ErrInvalidArgument)
	_, err = NewRecord("ordre")
	fails(t, "an unknown noun", err, ErrNotFound)
}

func TestWhatIsCommittedIsFoundScannedAndCounted(t *testing.T) {
	n := network(t, "", nil)
	fill(t, n)
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	equal(t, "sequence number", s.Seq(), 1)
	r := got[*Record](t)(s.Get("order", []string{"O-1"}, AsOfNow))
	defer r.Close()
	equal(t, "seq", r.Seq(), 1)
	_, err := s.Get("order", []string{"O-3"}, AsOfNow)
	fails(t, "an order that is not there", err, ErrNotFound)
	_, err = s.Get("order", []string{"O-1"}, 0)
	fails(t, "an order not known then", err, ErrNotFound)

	batch := got[*Batch](t)(got[*Stream](t)(s.Scan("order", &ScanOptions{Columns: []string{"order_id", "qty"}, Lines: true, IDs: []string{"O-2"}})).All(context.Background()))
	equal(t, "rows", batch.Len(), 1)

	state := got[*PerfectOrder](t)(NewPerfectOrder(policy(t, "components=TF"), time.Unix(19877*86400, 0), nil))
	defer state.Close()
	lines := got[*Stream](t)(s.Scan("order", &ScanOptions{Lines: true}))
	must(t, state.UpdateStream(context.Background(), lines, nil))
	result := got[*Result](t)(state.Finish(context.Background()))
	defer result.Close()
	rate := got[Rate](t)(result.Rate(Total))
	equal(t, "perfect orders", rate.Numerator, 1)
	equal(t, "orders", rate.Denominator, 2)

	empty := got[*Stream](t)(s.Scan("order", &ScanOptions{Columns: []string{"late_cause"}, EmptyAsNull: true, Lines: true}))
	equal(t, "format of a field without values", got[[]Field](t)(empty.Fields())[0].Format, "n")
	empty.Close()
	both := got[*Stream](t)(s.Scan("orders", &ScanOptions{Columns: []string{"order_id", "late_cause", "qty"}, EmptyAsNull: true, Lines: true}))
	equal(t, "rows with a column without values", describe(got[*Batch](t)(both.All(context.Background()))),
		"order_id=O-1 late_cause=<nil> qty=10 \norder_id=O-2 late_cause=<nil> qty=10 \n")

	changes, last, err := n.Changes(0)
	must(t, err)
	equal(t, "last", last, 1)
	equal(t, "changes", got[*Batch](t)(changes.All(context.Background())).Len(), 5)
	equal(t, "changes of the snapshot since then", got[*Batch](t)(got[*Stream](t)(s.Changes(1)).All(context.Background())).Len(), 0)
	info := got[NetworkInfo](t)(n.Info())
	equal(t, "state", info.State, NetworkOpen)
	equal(t, "last of info", info.LastSeq, 1)
	_, err = s.Scan("order", &ScanOptions{Columns: []string{"sellr"}})
	fails(t, "an unknown column", err, ErrNotFound)
}

func TestNetworkGivesTheRateOfItsOrdersByFieldAndByAttribute(t *testing.T) {
	ctx := context.Background()
	n := network(t, "", nil)
	fill(t, n)
	_, err := n.Put(record(t, "order", "order_id", "O-3", "seller", "acme", "buyer", "bolts", "ordered", "2024-05-02",
		"order_recorded", "2024-05-10", "+", "line_number", "1", "item_id", "bolt-m8", "qty", "1", "promised", "2024-05-07",
		"delivered", "2024-05-07", "qty_delivered", "1", "attributes", `{"distance":"far"}`))
	must(t, err)
	for _, level := range []string{"order", "line"} {
		policy := got[*Policy](t)(NewPolicy("components=TF level=" + level))
		defer policy.Close()
		asOf := time.Date(2024, 6, 30, 0, 0, 0, 0, time.UTC)
		result := got[*Result](t)(n.PerfectOrderRate(ctx, policy, asOf,
			&PerfectOrderConfig{By: []string{"buyer", "attributes.distance"}}, nil))
		defer result.Close()
		total := got[Rate](t)(result.Rate(Total))
		equal(t, "perfect of counted", [2]int64{total.Numerator, total.Denominator}, [2]int64{2, 3})
		equal(t, "groups", result.Len(), 2)
		far, _, err := result.Key(0, 1)
		must(t, err)
		equal(t, "attribute", far, "far")
		// Before anything was recorded there is nothing to count.
		early := got[*Result](t)(n.PerfectOrderRate(ctx, policy, time.Date(2024, 5, 3, 0, 0, 0, 0, time.UTC), nil, nil))
		defer early.Close()
		equal(t, "counted early", got[Rate](t)(early.Rate(Total)).Denominator, 0)
	}
	policy := got[*Policy](t)(NewPolicy(""))
	defer policy.Close()
	_, err = n.PerfectOrderRate(ctx, policy, time.Now(), &PerfectOrderConfig{By: []string{"attributes.a b"}}, nil)
	if !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("an attribute that has no name gave %v", err)
	}
	must(t, n.Close())
	if _, err = n.PerfectOrderRate(ctx, policy, time.Now(), nil, nil); err == nil {
		t.Error("a closed network gave a rate")
	}
}

func TestTransactionsConflictDeleteAndRollBack(t *testing.T) {
	n := network(t, "", nil)
	fill(t, n)
	tx := got[*Transaction](t)(n.Begin())
	defer tx.Close()
	must(t, tx.Require("order", []string{"O-1"}, 7))
	must(t, tx.Put(orderRecord(t, "O-9", "2024-05-07T08:00:00Z")))
	_, err := tx.Commit()
	fails(t, "a version that is not there", err, ErrConflict)
	tx.Close()
	_, err = tx.Commit()
	if !errors.Is(err, ErrClosed) {
		t.Error(err)
	}

	other := got[*Transaction](t)(n.Begin())
	defer other.Close()
	must(t, other.Delete("order", []string{"O-1"}, 1715500000000000))
	fails(t, "no such order", other.Delete("order", []string{"O-77"}, 1715500000000000), ErrNotFound)
	equal(t, "sequence number", got[uint64](t)(other.Commit()), 2)
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	_, err = s.Get("order", []string{"O-1"}, AsOfNow)
	fails(t, "a deleted order", err, ErrNotFound)
	before := got[*Record](t)(s.Get("order", []string{"O-1"}, 1715400000000000))
	before.Close()
	_, err = s.Get("order", []string{"O-9"}, AsOfNow)
	fails(t, "an order rolled back", err, ErrNotFound)
	equal(t, "sequence number of a put", got[uint64](t)(n.Put(orderRecord(t, "O-5", "2024-05-07T08:00:00Z"))), 3)
}

func TestImportTakesTheGoodRowsAndListsTheBad(t *testing.T) {
	n := network(t, "", nil)
	fill(t, n)
	rows := func() *Stream {
		return got[*Stream](t)(NewStream(TextColumn("partner_id", []string{"a", "b", "c"}), TextColumn("gln", []string{"4012345000009", "4012345000008", ""})))
	}
	options := &ImportOptions{RecordedMicros: 1714521600000000, Binding: new(Binding).ValueNull("gln", "")}
	e := fails(t, "a wrong check digit", n.Import(context.Background(), "partner", rows(), options), ErrRows)
	equal(t, "bad rows", len(e.Rows), 1)
	equal(t, "the bad row", e.Rows[0].Row, 1)
	equal(t, "its column", e.Rows[0].Column, "gln")
	equal(t, "its rule", e.Rows[0].Code, RowCheckDigit)
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	equal(t, "partners", got[*Batch](t)(got[*Stream](t)(s.Scan("partner", &ScanOptions{Columns: []string{"partner_id"}})).All(context.Background())).Len(), 4)

	m := network(t, "", nil)
	tx := got[*Transaction](t)(m.Begin())
	defer tx.Close()
	options.AllOrNothing = true
	fails(t, "all or nothing", tx.Import(context.Background(), "partner", rows(), options), ErrRows)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Import(ctx, "partner", rows(), options); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	fails(t, "an unknown noun", m.Import(context.Background(), "partnr", rows(), nil), ErrNotFound)
}

func TestImportRefusesColumnsThatAreNoFieldUnlessTheyAreSkipped(t *testing.T) {
	n := network(t, "", nil)
	rows := func() *Stream {
		return got[*Stream](t)(NewStream(TextColumn("partner_id", []string{"a"}), TextColumn("contry", []string{"DE"})))
	}
	options := &ImportOptions{RecordedMicros: 1714521600000000}
	e := fails(t, "a misspelt column", n.Import(context.Background(), "partner", rows(), options), ErrSchema)
	if !strings.Contains(e.Message, "column 'contry' is no field of 'partner'; similar: 'country'") {
		t.Error(e.Message)
	}
	partners := func() int {
		s := got[*Snapshot](t)(n.Snapshot())
		defer s.Close()
		return got[*Batch](t)(got[*Stream](t)(s.Scan("partner", &ScanOptions{Columns: []string{"partner_id"}})).All(context.Background())).Len()
	}
	equal(t, "partners after the refusal", partners(), 0)
	options.SkipUnknown = true
	must(t, n.Import(context.Background(), "partner", rows(), options))
	equal(t, "partners when columns are skipped", partners(), 1)
}

func TestRelationsNeedBothSides(t *testing.T) {
	n := network(t, "", nil)
	fill(t, n)
	put := func(noun string, fields ...string) { got[uint64](t)(n.Put(record(t, noun, fields...))) }
	for _, c := range []string{"one", "two"} {
		put("constellation", "constellation_id", c, "owner_id", "acme", "recorded", "2024-05-01")
	}
	declare := func(a, b, c, relation string) {
		put("relation", "declarer_id", a, "other_id", b, "constellation_id", c, "relation", relation, "from", "2024-05-01", "recorded", "2024-05-01")
	}
	declare("acme", "bolts", "one", "partner")
	now := int64(1715000000000000)
	relation := func(c string) Relation {
		s := got[*Snapshot](t)(n.Snapshot())
		defer s.Close()
		return got[Relation](t)(s.Relation("bolts", "acme", c, now))
	}
	equal(t, "one side alone", relation("one"), RelationUndeclared)
	declare("bolts", "acme", "one", "partner")
	declare("acme", "bolts", "two", "competitor")
	equal(t, "both sides", relation("one"), RelationPartner)
	equal(t, "a competitor", relation("two"), RelationCompetitor)
	equal(t, "its name", RelationCompetitor.String(), "competitor")
	equal(t, "dual pairs", got[*Batch](t)(got[*Stream](t)(n.DualPairs(now)).All(context.Background())).Len(), 1)
}

const document = `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0",
"creationDate":"2024-05-07T09:00:00Z","epcisBody":{"eventList":[{"type":"ObjectEvent","action":"OBSERVE","bizStep":"receiving",
"eventID":"urn:uuid:0f2b3a54-8f6c-4c1e-9d0a-3b6e1f7a2c11","eventTime":"2024-05-07T08:30:00Z","eventTimeZoneOffset":"+02:00",
"epcList":["urn:epc:id:sscc:4012345.0000000001"]}]}}`

func TestEventsCrossFromJSONIntoANetworkAndBack(t *testing.T) {
	n := network(t, "", nil)
	must(t, n.Import(context.Background(), "event", got[*Stream](t)(ReadEPCIS([]byte(document), &EventJSONOptions{SourcePartner: "acme"})), nil))
	s := got[*Snapshot](t)(n.Snapshot())
	defer s.Close()
	events, conflicts, counts, err := s.EffectiveEvents(&EventOptions{Precedence: []string{"carrier", "consignee"}})
	must(t, err)
	conflicts.Close()
	equal(t, "events", counts.Events, 1)
	equal(t, "effective", counts.Effective, 1)
	events.Close()
	json, report, err := WriteEPCIS(got[*Stream](t)(s.Scan("event", nil)), &EventJSONOptions{Indent: true})
	must(t, err)
	equal(t, "left out", len(report), 0)
	if !strings.Contains(string(json), "urn:epc:id:sscc:4012345.0000000001") {
		t.Error(string(json))
	}
	_, err = ReadEPCIS([]byte("{"), nil)
	fails(t, "no JSON", err, ErrFormat)
	_, err = ReadDCSA([]byte("[1"), nil)
	fails(t, "no JSON", err, ErrFormat)
	dcsa, _, err := WriteDCSA(got[*Stream](t)(s.Scan("event", nil)), nil)
	must(t, err)
	got[*Stream](t)(ReadDCSA(dcsa, nil)).Close()
}

func TestNetworkInAFolderIsThereAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme")
	n := network(t, path, &NetworkOptions{MustBeNew: true, Commit: CommitGroup})
	fill(t, n)
	_, err := OpenNetwork(path, nil)
	fails(t, "a second writer", err, ErrLocked)
	must(t, n.Sync())
	must(t, n.Checkpoint())
	must(t, n.Maintain(context.Background(), nil))
	must(t, n.Maintain(context.Background(), &MaintainOptions{Noun: "partner", HistoryFromMicros: 1, MaxBytes: 1 << 20}))
	fails(t, "a noun that is none", n.Maintain(context.Background(), &MaintainOptions{Noun: "parter"}), ErrNotFound)
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, n.Backup(context.Background(), backup, false))
	fails(t, "a backup over a backup", n.Backup(context.Background(), backup, true), ErrConflict)
	must(t, n.Close())
	must(t, n.Close())
	salvaged := filepath.Join(t.TempDir(), "salvaged")
	if report := got[[]byte](t)(SalvageNetwork(context.Background(), backup, salvaged)); !strings.HasPrefix(string(report), "{") {
		t.Error(string(report))
	}
	rescued := network(t, salvaged, nil)
	equal(t, "the last transaction of what was salvaged", got[NetworkInfo](t)(rescued.Info()).LastSeq > 0, true)
	if err := n.Sync(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	report := got[[]byte](t)(VerifyNetwork(context.Background(), path, true))
	if !strings.HasPrefix(string(report), "{") {
		t.Error(string(report))
	}
	files := got[[]os.DirEntry](t)(os.ReadDir(path))
	for _, file := range files {
		if strings.HasPrefix(file.Name(), "MANIFEST-") && got[string](t)(DumpStoreFile(filepath.Join(path, file.Name()))) == "" {
			t.Error("an empty dump")
		}
	}

	again := network(t, path, &NetworkOptions{ReadOnly: true})
	s := got[*Snapshot](t)(again.Snapshot())
	defer s.Close()
	r := got[*Record](t)(s.Get("partner", []string{"acme"}, AsOfNow))
	equal(t, "gln", r.Text(NoLine, "gln"), "4012345000009")
	r.Close()
	_, err = again.Begin()
	fails(t, "a writer of a network for reading", err, ErrReadOnly)
	_, err = OpenNetwork(filepath.Join(path, "no", "such"), &NetworkOptions{MustExist: true})
	if err == nil {
		t.Error("a folder that is not there was opened")
	}
}
