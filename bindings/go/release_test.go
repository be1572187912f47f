package constellation

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func releaseRows(t *testing.T) *Stream {
	t.Helper()
	return got[*Stream](t)(NewStream(TextColumn("order", []string{"O-1", "O-2", "O-3"}),
		Int64Column("eta", []int64{10, 20, 30}), TextColumn("person", []string{"ann", "bob", "ann"}), Int64Column("cost", []int64{1, 2, 3})))
}

// releaseNetwork has an agreement on order.*, of 100 rows in all.
func releaseNetwork(t *testing.T) *Network {
	t.Helper()
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	sharingPut(t, n, sharingAgreement(t, maker, shop, keys))
	return n
}

func logTypes(t *testing.T, n *Network, party, constellation string) (types []string) {
	t.Helper()
	log := got[*SharedLog](t)(n.Log(party, constellation, ""))
	defer log.Close()
	for _, entry := range got[[][]byte](t)(log.Read(0, log.Size())) {
		_, rest, _ := strings.Cut(string(entry), `"type":"`)
		name, _, _ := strings.Cut(rest, `"`)
		types = append(types, name)
	}
	return types
}

var releaseColumns = []ReleaseColumn{{Column: "eta", Path: "order.eta"}, {Column: "person", Path: "order.person"}}

func TestAReleaseLeavesRowsAndAReceipt(t *testing.T) {
	n := releaseNetwork(t)
	q := sharingRequest("order.eta", "order.person")
	q.DowngradeOK = true
	r := got[*Release](t)(n.Release(q, releaseRows(t), &ReleaseOptions{Columns: releaseColumns, PseudonymKey: make([]byte, 32)}))
	defer r.Close()
	d := got[*Decision](t)(r.Decision())
	defer d.Close()
	equal(t, "granted", d.Permitted, true)
	var tokens [][]byte
	rows := 0
	for batch, err := range r.Batches(context.Background()) {
		must(t, err)
		rows += batch.Len()
		person, _ := batch.Column("person")
		for i := range batch.Len() {
			tokens = append(tokens, append([]byte{}, person.Bytes(i)...))
		}
	}
	equal(t, "rows", rows, 3)
	equal(t, "bytes of a token", len(tokens[0]), 16)
	equal(t, "equal names", string(tokens[0]) == string(tokens[2]), true)
	equal(t, "other names", string(tokens[0]) == string(tokens[1]), false)
	receipt := got[*ReleaseReceipt](t)(r.Finish())
	equal(t, "rows told", receipt.Rows, 3)
	equal(t, "columns that stay", receipt.ColumnsDropped, 2)
	equal(t, "complete", receipt.Complete, true)
	equal(t, "form", receipt.Form, LevelPseudonym)
	equal(t, "id", receipt.Release, r.ID())
	equal(t, "json", strings.Contains(receipt.JSON, `"recipient":"shop"`), true)
	equal(t, "log", strings.Join(logTypes(t, n, "maker", "c1"), " "), "agreement release_open release_close")
	_, err := r.Next(context.Background())
	fails(t, "State", err, ErrState)
}

func TestAReleaseTakesItsRows(t *testing.T) {
	n, ctx := releaseNetwork(t), context.Background()
	in := reader(t, "eta\n10\n20\n", schema(t, "eta int64\n"), nil)
	rows := got[*Stream](t)(in.Stream())
	r := got[*Release](t)(n.Release(sharingRequest("order.eta"), rows, &ReleaseOptions{Columns: releaseColumns[:1]}))
	defer r.Close()
	rows.Close()
	in.Close()
	batch := got[*Batch](t)(r.Next(ctx))
	eta, _ := batch.Column("eta")
	equal(t, "read after all else was closed", eta.Int64s()[0]+eta.Int64s()[1], int64(30))
	refused := releaseRows(t)
	_, err := n.Release(sharingRequest("order.eta"), refused, &ReleaseOptions{Columns: releaseColumns[:1], PseudonymKey: make([]byte, 3)})
	fails(t, "a key of 3 bytes", err, ErrInvalidArgument)
	_, err = refused.Fields()
	equal(t, "rows of a release that failed are closed", errors.Is(err, ErrClosed), true)
}

func TestTheRecipientVerifiesWhatCame(t *testing.T) {
	n := releaseNetwork(t)
	r := got[*Release](t)(n.Release(sharingRequest("order.eta"), releaseRows(t), &ReleaseOptions{Columns: releaseColumns[:1]}))
	defer r.Close()
	first := got[*Stream](t)(r.NextStream())
	_, err := r.NextStream()
	if !errors.Is(err, io.EOF) {
		t.Fatalf("%v after the last batch", err)
	}
	receipt := got[*ReleaseReceipt](t)(r.Finish())
	equal(t, "these are the rows", got[bool](t)(receipt.Verify(first)), true)
	other := got[*Stream](t)(NewStream(Int64Column("eta", []int64{10, 20, 31})))
	equal(t, "others are not", got[bool](t)(receipt.Verify(other)), false)
	_, err = ReleaseChecksum(nil, ChecksumSHA256, receipt.Salt)
	fails(t, "InvalidArgument", err, ErrInvalidArgument)
}

func TestADenialHasOneAnswer(t *testing.T) {
	n := releaseNetwork(t)
	said := map[string]bool{}
	for _, q := range []*Request{sharingRequest("route.driver"), {Constellation: "c1", Provider: "maker", Recipient: "nobody",
		Purpose: "planning", Action: ActionRead, Paths: []string{"order.eta"}, NowUS: sharingNow}} {
		_, err := n.Release(q, releaseRows(t), &ReleaseOptions{Columns: []ReleaseColumn{{Column: "eta", Path: q.Paths[0]}}})
		fails(t, "Denied", err, ErrDenied)
		said[err.Error()] = true
	}
	equal(t, "answers", len(said), 1)
	equal(t, "private log", strings.Join(logTypes(t, n, "maker", ""), " "), "denial denial")
}

func TestSpentRowsEndARelease(t *testing.T) {
	n := releaseNetwork(t)
	q := sharingRequest("order.eta")
	q.Rows = 2
	r := got[*Release](t)(n.Release(q, releaseRows(t), &ReleaseOptions{Columns: releaseColumns[:1]}))
	_, err := r.Next(context.Background())
	fails(t, "Budget", err, ErrBudget)
	receipt := got[*ReleaseReceipt](t)(r.Finish())
	equal(t, "rows", receipt.Rows, 0)
	equal(t, "complete", receipt.Complete, false)
	must(t, r.Close())
	_, err = r.Next(context.Background())
	fails(t, "Closed", err, ErrInvalidArgument)
	equal(t, "left open", got[uint64](t)(n.RecoverReleases(sharingNow)), 0)
	snapshot := got[*Snapshot](t)(n.Snapshot())
	defer snapshot.Close()
	table := got[*Batch](t)(got[*Stream](t)(snapshot.Sharing(SharingReleases, sharingNow)).All(context.Background()))
	state, _ := table.Column("state")
	equal(t, "state", state.Text(0), "closed")
}

func TestCellsAndNoiseLeaveInPlaceOfRows(t *testing.T) {
	n := releaseNetwork(t)
	q := sharingRequest("order.eta", "order.price")
	q.Level = LevelAggregated
	columns := []ReleaseColumn{{Column: "town", Path: "order.eta"}, {Column: "price", Path: "order.price"}}
	rows := got[*Stream](t)(NewStream(TextColumn("town", []string{"u", "u", "u", "u", "u", "u"}),
		Int64Column("price", []int64{1, 2, 3, 4, 5, 6}), TextColumn("firm", []string{"a", "b", "c", "a", "b", "c"})))
	r := got[*Release](t)(n.Release(q, rows, &ReleaseOptions{Columns: columns, DataSet: "orders", Cells: &AggregateOptions{
		By: []string{"town"}, Measures: []AggregateMeasure{{Column: "price", Kind: AggregateMean}}, Company: "firm"}}))
	defer r.Close()
	cells := got[*Batch](t)(r.Next(context.Background()))
	mean, _ := cells.Column("price_mean")
	equal(t, "mean", mean.Doubles()[0], 3.5)
	_, err := n.Release(q, releaseRows(t), &ReleaseOptions{Columns: columns, PseudonymKey: []byte{1}})
	fails(t, "InvalidArgument", err, ErrInvalidArgument)
	_, err = n.Release(q, nil, nil)
	fails(t, "InvalidArgument", err, ErrInvalidArgument)
}

func TestExistenceIsOneRow(t *testing.T) {
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	term := buildTerm(t, TermBuilder{Provider: "maker", Recipient: "shop", Constellation: "c1", Purpose: "planning",
		Fields: []string{"order.*"}, Actions: []string{"read"}, Granularity: &TermGranularity{Level: "existence", Threshold: 3},
		Consideration: []TermConsideration{{Kind: "explicit_none"}}})
	sharingPut(t, n, sharingSigned(t, term, maker, shop, keys))
	q := sharingRequest("order.eta")
	q.Level = LevelExistence
	two := got[*Stream](t)(NewStream(Int64Column("eta", []int64{10, 20})))
	for i, rows := range []*Stream{releaseRows(t), two} {
		r := got[*Release](t)(n.Release(q, rows, &ReleaseOptions{Columns: releaseColumns[:1]}))
		defer r.Close()
		answer := got[*Batch](t)(r.Next(context.Background()))
		exists, _ := answer.Column("exists")
		least, _ := answer.Column("at_least")
		equal(t, "rows", answer.Len(), 1)
		equal(t, "are there three", exists.Flags()[0], i == 0)
		equal(t, "at least", least.Int64s()[0], 3)
		_, err := r.Next(context.Background())
		equal(t, "no more", errors.Is(err, io.EOF), true)
	}
}

func TestACheckpointMustBeSettled(t *testing.T) {
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	sharingPut(t, n, sharingAgreement(t, maker, shop, keys))
	witness, verifier, err := NewNoteKey("shop.example", WitnessKey, make([]byte, 32))
	must(t, err)
	log := got[*SharedLog](t)(n.Log("maker", "c1", ""))
	defer log.Close()
	bare := got[string](t)(log.Checkpoint(maker))
	var verifiers []string
	for _, key := range keys.All() {
		verifiers = append(verifiers, key.Verifier)
	}
	line := got[string](t)(Cosign(bare, verifiers, witness, sharingNow/1_000_000, nil))
	options := func(checkpoint string) *ReleaseOptions {
		return &ReleaseOptions{Columns: releaseColumns[:1], Checkpoint: checkpoint, Settle: &SettlePolicy{
			Keys: []WitnessPartyKey{{Party: "shop", Verifier: verifier}}, Parties: []string{"shop"}, Least: 1}}
	}
	_, err = n.Release(sharingRequest("order.eta"), releaseRows(t), options(bare))
	fails(t, "Unverified", err, ErrUnverified)
	r := got[*Release](t)(n.Release(sharingRequest("order.eta"), releaseRows(t), options(bare+line)))
	defer r.Close()
	equal(t, "rows", got[*Batch](t)(r.Next(context.Background())).Len(), 3)
}

func TestAnswersWithNoiseLeave(t *testing.T) {
	maker, shop, keys := parties(t)
	n := sharingNetwork(t, keys)
	term := buildTerm(t, TermBuilder{Provider: "maker", Recipient: "shop", Constellation: "c1", Purpose: "planning",
		Fields: []string{"order.*"}, Actions: []string{"read"},
		Granularity:   &TermGranularity{Level: "noised", NanoEpsilon: 500_000_000, Sensitivity: 1},
		Limits:        &TermLimits{NanoEpsilon: 500_000_000, Period: 365 * 86_400_000_000},
		Consideration: []TermConsideration{{Kind: "explicit_none"}}})
	sharingPut(t, n, sharingSigned(t, term, maker, shop, keys))
	q := sharingRequest("order.eta")
	q.Level, q.NanoEpsilon = LevelNoised, 500_000_000
	options := func(dataSet string) *ReleaseOptions {
		return &ReleaseOptions{Columns: releaseColumns[:1], DataSet: dataSet,
			Noise: &NoiseOptions{Kind: NoiseCount, Subject: "person", High: 1}}
	}
	r := got[*Release](t)(n.Release(q, releaseRows(t), options("orders")))
	defer r.Close()
	answer := got[*Batch](t)(r.Next(context.Background()))
	_, known := answer.Column("error_95")
	equal(t, "rows", answer.Len(), 1)
	equal(t, "says how far it may be off", known, true)
	equal(t, "charged", got[*ReleaseReceipt](t)(r.Finish()).NanoEpsilon, 500_000_000)

	// the budget is spent: another question is denied, the known one has its answer again
	_, err := n.Release(q, releaseRows(t), options("others"))
	fails(t, "another", err, ErrDenied)
	again := got[*Release](t)(n.Release(q, releaseRows(t), options("orders")))
	defer again.Close()
	units, _ := answer.Column("units")
	same, _ := got[*Batch](t)(again.Next(context.Background())).Column("units")
	equal(t, "the same noise", same.Int64s()[0], units.Int64s()[0])
	equal(t, "charged again", got[*ReleaseReceipt](t)(again.Finish()).NanoEpsilon, 0)
}
