package constellation

import (
	"context"
	"strings"
	"testing"
)

func TestAnEventHashNamesWhatAnEventSays(t *testing.T) {
	other := strings.Replace(document, `"action":"OBSERVE","bizStep":"receiving"`, `"bizStep":"https://ref.gs1.org/cbv/BizStep-receiving","action":"OBSERVE"`, 1)
	equal(t, "written in another way", other == document, false)
	hashes := [2]string{}
	for i, text := range []string{document, other} {
		stream := got[*Stream](t)(EPCISHashes([]byte(text), &EPCISHashOptions{Strings: true}))
		rows := got[*Batch](t)(stream.All(context.Background()))
		must(t, stream.Close())
		hash, _ := rows.Column("hash")
		prehash, _ := rows.Column("prehash")
		hashes[i] = hash.Text(0)
		equal(t, "the string", strings.HasPrefix(prehash.Text(0), "eventType=ObjectEventeventTime="), true)
	}
	equal(t, "hash", hashes[0], hashes[1])
	equal(t, "form", strings.HasPrefix(hashes[0], "ni:///sha-256;") && strings.HasSuffix(hashes[0], "?ver=CBV2.0"), true)
	_, err := EPCISHashes([]byte("{"), nil)
	fails(t, "no document", err, ErrFormat)
}

func TestLinksAreCanonical(t *testing.T) {
	equal(t, "link", got[string](t)(GS1URI("urn:epc:id:sgtin:4012345.011111.9876")), "https://id.gs1.org/01/04012345111118/21/9876")
	_, err := GS1URI("https://shop.example/4711")
	fails(t, "no key", err, ErrNotFound)
}

func TestARedactedEventProvesWhatItShows(t *testing.T) {
	fields := []EventField{{"item", "4711"}, {"line[0]", "a"}, {"line[1]", ""}, {"price", "12.40"}}
	record, root, err := CommitEvent(fields)
	must(t, err)
	whole := got[[]EventField](t)(VerifyEvent(record, root))
	equal(t, "fields", len(whole), 4)
	part := got[[]byte](t)(RedactEvent(record, []string{"line", "item"}))
	shown := got[[]EventField](t)(VerifyEvent(part, root))
	equal(t, "shown", len(shown), 3)
	for i := range shown {
		equal(t, "field", shown[i], fields[i])
	}
	equal(t, "the price is gone", strings.Contains(string(part), "12.40"), false)
	_, err = VerifyEvent(part, MerkleHash{})
	fails(t, "another root", err, ErrProof)
	_, err = VerifyEvent(nil, root)
	fails(t, "nothing", err, ErrFormat)
	_, err = RedactEvent(part, []string{"price"})
	fails(t, "a field that is gone", err, ErrNotFound)
	_, _, err = CommitEvent(nil)
	fails(t, "no field", err, ErrInvalidArgument)
	_, _, err = CommitEvent([]EventField{{"a", ""}, {"a", ""}})
	fails(t, "a path twice", err, ErrDuplicate)
}

func TestAnEventOfADocumentIsCommittedTo(t *testing.T) {
	record, root, err := CommitEPCISEvent([]byte(document), 0)
	must(t, err)
	part := got[[]byte](t)(RedactEvent(record, []string{"bizStep"}))
	shown := got[[]EventField](t)(VerifyEvent(part, root))
	equal(t, "shown", len(shown), 1)
	equal(t, "step", shown[0], EventField{"bizStep", "https://ref.gs1.org/cbv/BizStep-receiving"})
	_, _, err = CommitEPCISEvent([]byte(document), 99)
	fails(t, "no such event", err, ErrNotFound)
}
