"""Events out of JSON and back."""

import gc
import json

import pytest

import constellation as cstn
from constellation.errors import FormatError, InvalidArgumentError, RowErrors

EVENT = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "bizStep": "departing",
    "eventID": "urn:uuid:1",
    "eventTime": "2024-05-02T08:00:00Z",
    "eventTimeZoneOffset": "+02:00",
    "epcList": ["urn:epc:id:sscc:4012345.0000000001"],
}


def document(*events: dict) -> str:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2024-05-03T00:00:00Z",
            "epcisBody": {"eventList": list(events)},
        }
    )


@pytest.mark.parametrize("form", [str, str.encode])
def test_events_come_as_rows_however_often_they_are_asked_for(form) -> None:
    table = cstn.read_epcis(form(document(EVENT)))
    for _ in range(3):
        assert table.to_pydict()["type"] == ["departed"]
    assert table.column_names[:3] == ["event_id", "subject_kind", "subject_id"]
    assert table.to_pydict()["utc_offset_minutes"] == [120]
    assert table.bad_rows is None


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_events_come_as_a_frame_of_any_kind_and_go_back(kind: str) -> None:
    frame = cstn.read_epcis(document(EVENT), frame=kind)
    assert type(frame).__module__.startswith(kind)
    written = cstn.write_epcis(frame)
    assert written.report is None
    again = cstn.read_epcis(written.text)
    assert again.to_pydict() == cstn.read_epcis(document(EVENT)).to_pydict()


def test_a_bad_event_is_told_by_its_place_and_the_others_are_there() -> None:
    bad = {**EVENT, "eventTime": "yesterday"}
    with pytest.raises(RowErrors) as caught:
        cstn.read_epcis(document(EVENT, bad))
    assert [(row.row, row.field) for row in caught.value.rows] == [(1, "/eventTime")]
    assert len(caught.value.result.to_pylist()) == 1
    kept = cstn.read_epcis(document(EVENT, bad), bad_rows="keep")
    assert len(kept.to_pylist()) == 1 and kept.bad_rows.total == 1
    for bad_rows in ("raise", "keep"):
        with pytest.raises(RowErrors) as caught:
            cstn.read_epcis(document(EVENT, bad), all_or_nothing=True, bad_rows=bad_rows)
        assert caught.value.result is None and caught.value.rows.total == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "\0"])
def test_what_is_no_document_is_a_format_error(text: str) -> None:
    with pytest.raises(FormatError):
        cstn.read_epcis(text)


def test_what_goes_in_must_be_text() -> None:
    with pytest.raises(InvalidArgumentError, match="document is dict"):
        cstn.read_epcis(EVENT)
    with pytest.raises(InvalidArgumentError, match="bad_rows"):
        cstn.read_epcis(document(EVENT), bad_rows="drop")


def test_dcsa_events_go_both_ways() -> None:
    frame = cstn.read_epcis(document(EVENT)).to_pydict()
    rows = {
        "event_id": frame["event_id"],
        "subject_kind": ["equipment"],
        "subject_id": ["APZU4812090"],
        "type": ["gate_out"],
        "class": ["planned"],
        "occurred": frame["occurred"],
    }
    written = cstn.write_dcsa([dict(zip(rows, row)) for row in zip(*rows.values())], indent=True)
    assert "\n" in written.text
    back = cstn.read_dcsa(written.text).to_pydict()
    assert (back["subject_id"], back["type"]) == (["APZU4812090"], ["gate_out"])
    assert back["class"] == ["planned"]
    left = cstn.write_epcis([dict(zip(rows, row)) for row in zip(*rows.values())])
    assert left.report is not None and left.report[0].code == "LEFT_OUT"


def test_events_leave_nothing_behind(counting) -> None:
    with counting.nothing_left():
        table = cstn.read_epcis(document(EVENT, {**EVENT, "eventTime": "x"}), bad_rows="keep")
        cstn.write_epcis(table)
        unread = cstn.read_epcis(document(EVENT))
        with pytest.raises(FormatError):
            cstn.read_epcis("{")
        del table, unread
        gc.collect()
