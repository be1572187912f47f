"""Event hashes, canonical links, redactable records."""

import pytest

import constellation
from constellation import event_proofs
from constellation.errors import InvalidArgumentError

EVENT = (
    '{"type": "ObjectEvent", "eventTime": "2024-04-30T10:00:00.0005+02:00",'
    ' "eventTimeZoneOffset": "+02:00", "action": "OBSERVE", "bizStep": "shipping",'
    ' "epcList": ["urn:epc:id:sscc:4012345.0000000002", "urn:epc:id:sscc:4012345.0000000001"]}'
)


def test_an_event_is_named_by_what_it_says() -> None:
    other = EVENT.replace('"shipping"', '"https://ref.gs1.org/cbv/BizStep-shipping"').replace(
        "10:00:00.0005+02:00", "08:00:00.001Z"
    )
    (row,) = event_proofs.event_hashes(EVENT, prehash=True).to_pylist()
    (same,) = event_proofs.event_hashes(other).to_pylist()
    assert row["event"] == 0
    assert row["hash"] == same["hash"]
    assert row["prehash"].startswith("eventType=ObjectEventeventTime=2024-04-30T08:00:00.001Z")
    assert "prehash" not in same


def test_bad_events_are_raised_or_kept() -> None:
    document = (
        '{"@context": [], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate":'
        ' "2024-05-01T00:00:00Z", "epcisBody": {"eventList": [{"type": "ObjectEvent"}, '
        f"{EVENT}]}}}}"
    )
    with pytest.raises(constellation.RowErrors, match="row 0, column '/eventTime'"):
        event_proofs.event_hashes(document)
    table = event_proofs.event_hashes(document, bad_rows="keep")
    assert [row["event"] for row in table.to_pylist()] == [1]
    assert {bad.row for bad in table.bad_rows} == {0}
    with pytest.raises(constellation.RowErrors):
        event_proofs.commit_epcis(document)
    assert event_proofs.commit_epcis(document, 1).root
    with pytest.raises(constellation.FormatError):
        event_proofs.event_hashes("{")


def test_links() -> None:
    assert event_proofs.gs1_uri("urn:epc:id:sgln:4012345.00005.0") == (
        "https://id.gs1.org/414/4012345000054"
    )
    assert event_proofs.gs1_uri("") is None


def test_a_part_proves_what_it_shows() -> None:
    made = event_proofs.commit([("a", "1"), ("b[0]", "secret"), ("b[1]", ""), ("c", "ü")])
    assert list(event_proofs.verify(made.record, made.root)) == ["a", "b[0]", "b[1]", "c"]
    part = event_proofs.redact(made.record, ["c", "a"])
    assert event_proofs.verify(part, made.root) == {"a": "1", "c": "ü"}
    assert "secret" not in part
    assert event_proofs.redact(event_proofs.redact(made.record, ["a", "b"]), ["b"]) == (
        event_proofs.redact(made.record, ["b"])
    )
    with pytest.raises(constellation.NotFoundError, match="'b'"):
        event_proofs.redact(part, ["b"])
    with pytest.raises(constellation.ProofError):
        event_proofs.verify(part.replace('"1"', '"2"'), made.root)
    with pytest.raises(constellation.FormatError, match="byte 1"):
        event_proofs.verify("x", made.root)
    with pytest.raises(constellation.InvalidArgumentError, match="32 bytes"):
        event_proofs.verify(part, b"short")
    with pytest.raises(constellation.InvalidArgumentError):
        event_proofs.redact(part, "a")


def test_the_fields_of_an_event() -> None:
    made = event_proofs.commit_epcis(EVENT)
    assert event_proofs.verify(event_proofs.redact(made.record, ["epcList"]), made.root) == {
        "epcList[0]": "https://id.gs1.org/00/040123450000000023",
        "epcList[1]": "https://id.gs1.org/00/040123450000000016",
    }
    with pytest.raises(constellation.NotFoundError, match="no event 1"):
        event_proofs.commit_epcis(EVENT, 1)
    with pytest.raises(constellation.InvalidArgumentError):
        event_proofs.commit_epcis(EVENT, -1)


def test_entropy_is_the_callers() -> None:
    fields = {"a": "1", "b": "2", "c": "3"}
    one = event_proofs.commit(fields, entropy=lambda size: b"\x07" * size)
    assert one == event_proofs.commit(fields, entropy=lambda size: b"\x07" * size)
    assert event_proofs.commit(fields) != event_proofs.commit(fields)
    with pytest.raises(constellation.InvalidArgumentError, match="gave 1 bytes, 16 expected"):
        event_proofs.commit(fields, entropy=lambda size: b"1")

    def broken(size: int) -> bytes:
        raise ZeroDivisionError(size)

    with pytest.raises(ZeroDivisionError):
        event_proofs.commit(fields, entropy=broken)


def test_bad_fields() -> None:
    with pytest.raises(constellation.DuplicateError, match="'a'"):
        event_proofs.commit([("a", "1"), ("a", "2")])
    with pytest.raises(constellation.InvalidArgumentError):
        event_proofs.commit({})
    with pytest.raises(constellation.InvalidArgumentError, match="without NUL"):
        event_proofs.commit({"a": "\0"})


def test_a_value_that_is_no_text_is_refused_by_its_path():
    with pytest.raises(InvalidArgumentError, match="value of 'qty' is int, str expected"):
        event_proofs.commit({"qty": 5})
