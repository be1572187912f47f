"""Networks: records and frames in, snapshots and frames out, transactions, relations, rates."""

import datetime as dt
import gc
import itertools
import multiprocessing
import subprocess
import sys
import threading

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import constellation as cstn
from conftest import PACKAGE
from constellation import Network, Record
from constellation.errors import (
    ClosedError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    RowErrors,
    SchemaError,
    StateError,
)

UTC = dt.timezone.utc
RECORDED = dt.datetime(2024, 5, 10, tzinfo=UTC)
AS_OF = dt.datetime(2024, 6, 1, tzinfo=UTC)
ITEM = "4006381333931"


def at(day: int) -> dt.datetime:
    return dt.datetime(2024, 5, day, tzinfo=UTC)


def lines(n: int = 6) -> list:
    """Two lines an order, from acme to bolt or cargo; every third line is late."""
    return [
        {
            "order_id": f"O-{i // 2}",
            "seller": "acme",
            "buyer": "bolt" if i % 4 < 2 else "cargo",
            "ordered": at(1),
            "line_number": i % 2 + 1,
            "item_id": ITEM,
            "qty": 5,
            "promised": at(3 if i % 3 == 0 else 5),
            "delivered": at(4),
            "carrier": "sea" if i % 3 else None,
        }
        for i in range(n)
    ]


FRAMES = {
    "list": lambda rows: rows,
    "dict": lambda rows: pa.Table.from_pylist(rows).to_pydict(),
    "pandas": lambda rows: pd.DataFrame(rows),
    "polars": lambda rows: pl.DataFrame(rows),
    "pyarrow": lambda rows: pa.Table.from_pylist(rows),
    "duckdb": lambda rows: duckdb.from_arrow(pa.Table.from_pylist(rows)),
}


@pytest.fixture(params=["in memory", "in a folder"])
def net(request, tmp_path):
    with Network.open(tmp_path / "net" if request.param == "in a folder" else None) as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        yield net


@pytest.fixture
def orders(net: Network) -> Network:
    net.import_("order", pa.Table.from_pylist(lines()), recorded=RECORDED)
    return net


# --- records --------------------------------------------------------------------------------------


def test_a_record_that_was_put_is_got_by_its_key(net: Network) -> None:
    seq = net.put("partner", partner_id="dove", country="DE", recorded=at(2))
    assert net.get("partner", "dove") == {
        "partner_id": "dove",
        "country": "DE",
        "recorded": at(2),
    }
    record = net.record("partner", ["dove"])
    assert (record.seq, record.noun, record["country"]) == (seq, "partner", "DE")


def test_fields_come_as_a_mapping_or_as_words_or_as_a_record(net: Network) -> None:
    net.put("partner", {"partner_id": "d1"}, recorded=at(2))
    net.put(Record("partner", partner_id="d2", recorded=at(2)))
    assert net.get("partner", "d1")["recorded"] == net.get("partner", "d2")["recorded"] == at(2)
    with pytest.raises(InvalidArgumentError, match="Record"):
        net.put(Record("partner", partner_id="d3", recorded=at(2)), country="DE")


def test_an_order_goes_in_and_out_with_its_lines(net: Network) -> None:
    line = {"line_number": 1, "item_id": ITEM, "qty": 5, "promised": at(3)}
    order = {"order_id": "O-1", "seller": "acme", "buyer": "bolt"}
    order.update(ordered=at(1), order_recorded=at(2))
    net.put("order", order, lines=[line, {**line, "line_number": 2}])
    assert net.get("order", "O-1") == {**order, "lines": [line, {**line, "line_number": 2}]}


def test_a_noun_may_be_named_in_the_plural(net: Network) -> None:
    net.import_("items", {"item_id": ["nail"]}, recorded="2024-05-10")
    net.put("partners", partner_id="dove", country="DE", recorded="2024-05-10")
    assert net.get("partners", "dove")["country"] == "DE"
    assert Record("items", item_id="bolt", recorded="2024-05-10").noun == "item"
    assert net.scan("items", columns=["item_id"]).to_pydict()["item_id"][-1] == "nail"
    with pytest.raises(NotFoundError, match="there is no noun 'orderss'; similar: order"):
        net.import_("orderss", {"order_id": ["1"]})


def test_the_parts_of_a_key_come_in_order(net: Network) -> None:
    order = {"order_id": "O-1", "seller": "acme", "buyer": "bolt", "ordered": at(1)}
    one = [{"line_number": 1, "item_id": ITEM, "qty": 5}]
    net.put("order", order, order_recorded=at(2), lines=one)
    net.put("order", order, order_recorded=at(2), owner="bolt", channel="web", lines=one)
    assert "channel" not in net.get("order", "O-1")
    assert net.get("order", ["O-1", "bolt"])["channel"] == "web"


def test_what_is_not_there_is_told(net: Network) -> None:
    with pytest.raises(NotFoundError, match="no partner 'nobody'"):
        net.get("partner", "nobody")
    with pytest.raises(KeyError):
        net.get("partner", "nobody")
    with pytest.raises(NotFoundError, match="similar: partner"):
        net.get("partnerss", "acme")
    with pytest.raises(NotFoundError, match="similar: country"):
        net.put("partner", partner_id="x", countri="DE")
    with pytest.raises(InvalidArgumentError):
        net.get("partner", [])


def test_a_reference_to_nothing_is_refused(net: Network) -> None:
    order = {"order_id": "O-1", "seller": "nobody", "buyer": "bolt", "ordered": at(1)}
    with pytest.raises(InvalidArgumentError, match="seller.*nobody"):
        net.put("order", order, order_recorded=at(2), lines=lines(1)[:0] or [
            {"line_number": 1, "item_id": ITEM, "qty": 5}
        ])
    with pytest.raises(NotFoundError):
        net.get("order", "O-1")


def test_a_state_that_cannot_follow_is_refused(net: Network) -> None:
    order = {"order_id": "O-1", "seller": "acme", "buyer": "bolt", "ordered": at(1)}
    one = [{"line_number": 1, "item_id": ITEM, "qty": 5}]
    net.put("order", order, order_recorded=at(2), state="closed", lines=one)
    with pytest.raises(StateError, match="closed"):
        net.put("order", order, order_recorded=at(3), state="draft", lines=one)


def test_a_deleted_record_is_seen_as_of_an_earlier_time(net: Network) -> None:
    before = net.info().last_seq
    assert net.delete("partner", "cargo", at(9)) == before + 1
    with pytest.raises(NotFoundError):
        net.get("partner", "cargo")
    assert net.get("partner", "cargo", as_of=at(8))["partner_id"] == "cargo"
    with pytest.raises(NotFoundError):
        net.delete("partner", "cargo", at(10))


def test_a_version_is_seen_as_of_its_time(net: Network) -> None:
    net.put("partner", partner_id="acme", country="DE", recorded=at(5))
    assert "country" not in net.get("partner", "acme", as_of=at(4))
    assert net.get("partner", "acme", as_of=at(5))["country"] == "DE"
    assert net.get("partner", "acme", as_of="2024-05-06")["country"] == "DE"


# --- frames in ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FRAMES)
def test_any_frame_goes_in_and_gives_the_same_orders(net: Network, kind: str) -> None:
    frame = FRAMES[kind](lines())
    assert net.import_("order", frame, recorded=RECORDED) is None
    rows = net.scan("order", ["order_id", "line_number", "carrier"], lines=True, frame="table")
    assert rows.to_pydict() == {
        "order_id": ["O-0", "O-0", "O-1", "O-1", "O-2", "O-2"],
        "line_number": [1, 2, 1, 2, 1, 2],
        "carrier": [None, "sea", "sea", None, "sea", "sea"],
    }
    assert net.get("order", "O-2")["order_recorded"] == RECORDED


def test_a_csv_file_goes_in(net: Network, tmp_path) -> None:
    path = tmp_path / "partners.csv"
    path.write_text("id,country\nx1,DE\nx2,FR\n")
    table = cstn.read_csv(path, "id text\ncountry text\n")
    net.import_("partner", table, columns={"partner_id": "id"}, recorded=at(2))
    assert net.get("partner", "x2")["country"] == "FR"


def test_an_iterator_of_frames_is_one_transaction(net: Network) -> None:
    before = net.info().last_seq
    parts = [pa.Table.from_pylist(lines()[i : i + 2]) for i in (0, 2, 4)]
    net.import_("order", iter(parts), recorded=RECORDED)
    assert net.info().last_seq == before + 1
    assert len(net.scan("order", ["order_id"], frame="table").to_pylist()) == 3


def bad_lines() -> list:
    rows = lines()
    rows[3]["qty"] = -1
    return rows


def test_an_order_with_a_bad_line_is_left_out_and_the_others_are_in(net: Network) -> None:
    with pytest.raises(RowErrors) as caught:
        net.import_("order", bad_lines(), recorded=RECORDED)
    assert [(row.row, row.field) for row in caught.value.rows if row.field == "qty"] == [(3, "qty")]
    ids = net.scan("order", ["order_id"], frame="table").to_pydict()["order_id"]
    assert ids == ["O-0", "O-2"]


def test_rows_left_out_are_returned_on_request(net: Network) -> None:
    rows = net.import_("order", bad_lines(), recorded=RECORDED, bad_rows="keep")
    assert rows is not None and any(row.field == "qty" and row.row == 3 for row in rows)
    with pytest.raises(InvalidArgumentError, match="bad_rows"):
        net.import_("order", lines(), recorded=RECORDED, bad_rows="drop")


@pytest.mark.parametrize("form", ["frame", "iterator"])
def test_all_or_nothing_puts_nothing(net: Network, form: str) -> None:
    rows = bad_lines()
    frame = rows if form == "frame" else iter([lines()[:2], rows[2:]])
    with pytest.raises(RowErrors):
        net.import_("order", frame, recorded=RECORDED, all_or_nothing=True)
    assert net.scan("order", ["order_id"], frame="table").to_pylist() == []


def test_bad_rows_of_an_iterator_leave_the_others_in(net: Network) -> None:
    rows = bad_lines()
    with pytest.raises(RowErrors):
        net.import_("order", iter([rows[:2], rows[2:4], rows[4:]]), recorded=RECORDED)
    ids = net.scan("order", ["order_id"], frame="table").to_pydict()["order_id"]
    assert ids == ["O-0", "O-2"]


def test_columns_that_do_not_fit_are_all_named(net: Network) -> None:
    rows = [{"order_id": "O-1", "sellr": "acme", "buyer": "bolt", "ordered": 1.5}]
    with pytest.raises(SchemaError, match="seller.*similar: 'sellr'"):
        net.import_("order", rows, recorded=RECORDED)


def test_rows_without_a_recorded_time_need_one(net: Network) -> None:
    with pytest.raises((RowErrors, SchemaError, InvalidArgumentError), match="recorded"):
        net.import_("partner", [{"partner_id": "x"}])


# --- frames out -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "table"])
def test_a_scan_comes_as_the_frame_that_is_asked_for(orders: Network, kind: str) -> None:
    frame = orders.scan("order", ["order_id", "buyer"], frame=kind)
    module = type(frame).__module__.partition(".")[0]
    assert module == ("constellation" if kind == "table" else kind)


def test_a_scan_comes_as_what_was_imported_last(net: Network) -> None:
    assert isinstance(net.scan("partner"), cstn.Table)
    net.import_("order", pl.DataFrame(lines()), recorded=RECORDED)
    assert isinstance(net.scan("partner"), pl.DataFrame)
    assert isinstance(net.snapshot().changes().rows, pl.DataFrame)


@pytest.mark.parametrize(
    "how, ids",
    [
        ({}, ["O-0", "O-1", "O-2"]),
        ({"ids": ["O-2", "O-0"]}, ["O-0", "O-2"]),
        ({"ids": ["O-9"]}, []),
        ({"partner": "cargo"}, ["O-1"]),
        ({"partner": "acme"}, ["O-0", "O-1", "O-2"]),
        ({"where": ("buyer", "bolt")}, ["O-0", "O-2"]),
        ({"between": ("ordered", at(1), at(2))}, ["O-0", "O-1", "O-2"]),
        ({"between": ("ordered", at(2), at(3))}, []),
        ({"as_of": RECORDED}, ["O-0", "O-1", "O-2"]),
        ({"as_of": RECORDED - dt.timedelta(microseconds=1)}, []),
        ({"since": 3}, ["O-0", "O-1", "O-2"]),
        ({"since": 4}, []),
    ],
)
def test_a_scan_gives_what_is_asked_for(orders: Network, how: dict, ids: list) -> None:
    table = orders.scan("order", ["order_id"], frame="table", **how)
    assert sorted(table.to_pydict()["order_id"]) == ids
    assert sorted(table.to_pydict()["order_id"]) == ids  # a table is read as often as one likes


def test_lines_are_numbered_on_request(orders: Network) -> None:
    columns = ["order_id", "order_lines", "line_index"]
    table = orders.scan("order", columns, lines=True, numbered=True, frame="table")
    assert table.to_pydict() == {
        "order_id": [0, 0, 1, 1, 2, 2],
        "order_lines": [2] * 6,
        "line_index": [0, 1] * 3,
    }


def test_repeated_text_comes_as_a_dictionary_on_request(orders: Network) -> None:
    frame = orders.scan("order", ["buyer"], dictionary=True, frame="pyarrow")
    assert pa.types.is_dictionary(frame.schema.field("buyer").type)
    assert frame.column("buyer").to_pylist() == ["bolt", "cargo", "bolt"]


def test_a_field_without_values_is_of_type_null_on_request(orders: Network) -> None:
    plain = orders.scan("order", ["qty", "late_cause"], lines=True, frame="pyarrow")
    empty = orders.scan(
        "order", ["qty", "late_cause"], lines=True, empty_as_null=True, frame="pyarrow"
    )
    assert plain.schema.field("late_cause").type == pa.string()
    assert empty.schema.field("late_cause").type == pa.null()
    assert empty.column("qty").to_pylist() == plain.column("qty").to_pylist()
    table = orders.scan("order", ["late_cause"], lines=True, empty_as_null=True, frame="table")
    assert table.to_pydict() == {"late_cause": [None] * 6}


def test_what_cannot_be_scanned_is_told(orders: Network) -> None:
    with pytest.raises(NotFoundError, match="similar: order_id"):
        orders.scan("order", ["ordr_id"], frame="pyarrow")
    with pytest.raises(NotFoundError, match="similar: order"):
        orders.scan("orderss", frame="pyarrow")
    with pytest.raises(InvalidArgumentError, match="columns is one text"):
        orders.scan("order", "order_id")
    with pytest.raises(InvalidArgumentError, match="ids are given, but none"):
        orders.scan("order", ids=[], frame="pyarrow")
    with pytest.raises(InvalidArgumentError, match="negative"):
        orders.scan("order", since=-1)
    with pytest.raises(InvalidArgumentError, match="frame"):
        orders.scan("order", frame="excel")


# --- snapshots and changes ------------------------------------------------------------------------


def test_a_snapshot_does_not_see_what_comes_later(orders: Network) -> None:
    before = orders.snapshot()
    orders.put("partner", partner_id="dove", recorded=at(11))
    orders.delete("order", "O-1", at(12))
    assert before.seq + 2 == orders.snapshot().seq == orders.info().last_seq
    assert before.get("order", "O-1")["buyer"] == "cargo"
    assert len(before.scan("partner", ["partner_id"], frame="table").to_pylist()) == 3
    with pytest.raises(NotFoundError):
        before.get("partner", "dove")


def test_changes_are_what_came_since(orders: Network) -> None:
    everything = orders.changes(frame="table")
    assert len(everything.rows.to_pylist()) == 6 and everything.seq == 4
    assert orders.changes(everything.seq, frame="table").rows.to_pylist() == []
    orders.put("partner", partner_id="dove", recorded=at(11))
    orders.delete("order", "O-1", at(12))
    later = orders.changes(everything.seq, frame="table")
    rows = later.rows.to_pydict()
    assert (rows["noun"], rows["change"]) == (["partner", "order"], ["put", "delete"])
    assert rows["key"] == ["dove", "O-1"] and rows["recorded"] == [at(11), at(12)]
    assert later.seq == 6
    with pytest.raises(InvalidArgumentError):
        orders.changes(-1)


# --- transactions ---------------------------------------------------------------------------------


def test_a_transaction_is_seen_when_its_block_ends(net: Network) -> None:
    with net.transaction() as changes:
        changes.put("partner", partner_id="d1", recorded=at(2))
        changes.import_("order", lines(2), recorded=RECORDED)
        assert len(changes) > 0 and changes.seq is None
        with pytest.raises(NotFoundError):
            net.get("partner", "d1")
    assert changes.seq == 4 and changes.closed
    assert net.get("order", "O-0")["seller"] == "acme" and net.get("partner", "d1")


def test_a_block_that_raises_rolls_back(net: Network) -> None:
    with pytest.raises(ZeroDivisionError):
        with net.transaction() as changes:
            changes.put("partner", partner_id="d1", recorded=at(2))
            raise ZeroDivisionError
    assert changes.closed and net.info().last_seq == 3
    with net.transaction() as changes:
        changes.put("partner", partner_id="d1", recorded=at(2))
        changes.rollback()
    assert net.info().last_seq == 3
    with pytest.raises(ClosedError):
        changes.put("partner", partner_id="d1", recorded=at(2))
    with pytest.raises(ClosedError):
        changes.import_("partner", [{"partner_id": "d1"}], recorded=at(2))


def test_a_transaction_that_failed_once_goes_on(net: Network) -> None:
    with net.transaction() as changes:
        changes.put("partner", partner_id="d1", recorded=at(2))
        with pytest.raises(NotFoundError):
            changes.delete("partner", "nobody", at(3))
        changes.delete("partner", "cargo", at(3))
    assert net.get("partner", "d1")
    with pytest.raises(NotFoundError):
        net.get("partner", "cargo")


def test_a_commit_may_require_what_was_read(net: Network) -> None:
    record = net.record("partner", "acme")
    net.put("partner", partner_id="acme", country="FR", recorded=at(3))
    with pytest.raises(ConflictError):
        with net.transaction() as changes:
            changes.require("partner", "acme", record.seq)
            changes.put("partner", partner_id="d1", recorded=at(4))
    with pytest.raises(NotFoundError):
        net.get("partner", "d1")
    with net.transaction() as changes:
        changes.require("partner", "acme", net.record("partner", "acme").seq)
        changes.require("partner", "d1", 0)
        changes.put("partner", partner_id="d1", recorded=at(4))
    assert net.get("partner", "d1")


def test_two_transactions_that_change_the_same_record_are_in_conflict(net: Network) -> None:
    first, second = net.transaction(), net.transaction()
    first.put("partner", partner_id="acme", country="DE", recorded=at(3))
    second.put("partner", partner_id="acme", country="FR", recorded=at(3))
    assert first.commit() == 4
    with pytest.raises(ConflictError):
        second.commit()
    second.close()
    first.put("partner", partner_id="acme", country="IT", recorded=at(4))
    assert first.commit() == 5
    assert net.get("partner", "acme")["country"] == "IT"


# --- relations and events -------------------------------------------------------------------------


@pytest.fixture
def related(net: Network) -> Network:
    for name in ("steel", "retail"):
        net.put("constellation", constellation_id=name, owner_id="acme", recorded=at(1))
    for name, words in {"steel": "partner", "retail": "competitor"}.items():
        for a, b in (("acme", "bolt"), ("bolt", "acme")):
            net.put(
                "relation",
                declarer_id=a,
                other_id=b,
                constellation_id=name,
                relation=words,
                recorded=at(1),
                **{"from": at(2)},
            )
    return net


def test_two_companies_are_partners_here_and_competitors_there(related: Network) -> None:
    assert related.relation("acme", "bolt", "steel", at(3)) == "partner"
    assert related.relation("bolt", "acme", "retail", at(3)) == "competitor"
    assert related.relation("acme", "bolt", "steel", at(1)) == "undeclared"
    assert related.relation("acme", "cargo", "steel", at(3)) == "undeclared"
    with pytest.raises(InvalidArgumentError):
        related.relation("acme", "acme", "steel", at(3))
    pairs = related.dual_pairs(at(3), frame="table").to_pylist()
    assert pairs == [
        {"a": "acme", "b": "bolt", "partner_in": "steel", "competitor_in": "retail"}
    ]


def event(name: str, day: int, role: str = "carrier", **more: object) -> dict:
    fields = {"event_id": name, "subject_kind": "order", "subject_id": "O-0", "type": "delivered"}
    fields.update({"class": "actual", "occurred": at(day), "recorded": at(day + 1)})
    return {**fields, "source_role": role, **more}


def test_of_several_events_the_one_that_counts_is_told(orders: Network) -> None:
    orders.put("event", event("e1", 4))
    orders.put("event", event("e2", 6, "consignee"))
    orders.put("event", event("e3", 5, "consignee", **{"class": "planned"}))
    found = orders.effective_events(frame="table")
    assert found.rows.to_pydict()["event_id"] == ["e2"]
    assert found.counts["events"] == 3 and found.counts["effective"] == 1
    assert len(found.conflicts.to_pylist()) == found.counts["conflicts"] == 1
    first = orders.effective_events("O-0", precedence=["carrier"], frame="table")
    assert first.rows.to_pydict()["event_id"] == ["e1"]
    early = orders.effective_events(as_of=at(5), frame="table")
    assert early.rows.to_pydict()["event_id"] == ["e1"]
    assert orders.effective_events("O-9", frame="table").rows.to_pylist() == []


def test_events_out_of_json_go_in_as_they_are(net: Network) -> None:
    document = """{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "departing", "eventID": "urn:x:1",
        "eventTime": "2024-05-02T08:00:00Z", "eventTimeZoneOffset": "+02:00",
        "epcList": ["urn:epc:id:sscc:4012345.0000000001"]}"""
    net.import_("event", cstn.read_epcis(document), recorded=RECORDED)
    assert net.get("event", "urn:x:1")["type"] == "departed"


# --- the rate -------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["components=T", "components=T level=line"])
@pytest.mark.parametrize("by", [(), ["buyer"], ["buyer", "carrier", "month(due)"]])
def test_the_rate_is_that_of_the_same_lines_in_a_frame(orders: Network, policy, by) -> None:
    ours = orders.perfect_order_rate(policy, as_of=AS_OF, by=by, frame="table")
    frame = cstn.perfect_order_rate(lines(), policy, as_of=AS_OF, by=by, frame="table")
    assert ours.rates().to_pylist() == frame.rates().to_pylist()
    assert ours.rate().denominator in (3, 6)


def test_the_rate_looks_at_the_orders_that_are_asked_for(orders: Network) -> None:
    some = orders.perfect_order_rate("components=T", as_of=AS_OF, where=("buyer", "bolt"))
    assert some.rate().denominator == 2
    assert orders.perfect_order_rate("components=T", as_of=at(9)).rate().denominator == 0
    snapshot = orders.snapshot()
    orders.delete("order", "O-0", at(12))
    assert snapshot.perfect_order_rate("components=T", as_of=AS_OF).rate().denominator == 3
    assert orders.perfect_order_rate("components=T", as_of=AS_OF).rate().denominator == 2


def test_a_dimension_that_orders_do_not_have_is_told(orders: Network) -> None:
    with pytest.raises(SchemaError, match="'carier' is absent"):
        orders.perfect_order_rate("components=T", as_of=AS_OF, by="carier")


def test_the_rate_at_level_shipment_needs_no_order_of_lines(net: Network) -> None:
    rows = [{**row, "shipment_id": f"S-{i % 2}"} for i, row in enumerate(lines())]
    net.import_("order", rows, recorded=RECORDED)
    result = net.perfect_order_rate("components=T level=shipment", as_of=AS_OF)
    assert result.rate().denominator == 2


# --- in a folder ----------------------------------------------------------------------------------


def test_what_was_committed_is_there_when_the_folder_is_opened_again(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path, must_be_new=True) as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        net.import_("order", lines(), recorded=RECORDED)
        rate = net.perfect_order_rate("components=T", as_of=AS_OF, by="buyer").rates().to_pylist()
        first = net.info()
    with Network.open(path, must_exist=True) as net:
        again = net.perfect_order_rate("components=T", as_of=AS_OF, by="buyer")
        assert again.rates().to_pylist() == rate
        assert (net.info().uuid, net.info().last_seq) == (first.uuid, 4)
        assert net.info().state == "open" and net.path == str(path)
        assert repr(net) == f"Network({str(path)!r})"
        assert net.put("partner", partner_id="dove", recorded=at(2)) == 5


def test_a_process_that_ends_without_closing_loses_nothing(tmp_path) -> None:
    program = """
import os, sys
sys.path.insert(0, sys.argv[1])
from constellation import Network
net = Network.open(sys.argv[2])
net.put("partner", partner_id="acme", recorded="2024-05-01")
with net.transaction() as changes:
    changes.put("partner", partner_id="bolt", recorded="2024-05-01")
open_changes = net.transaction()
open_changes.put("partner", partner_id="cargo", recorded="2024-05-01")
os._exit(0)
"""
    path = tmp_path / "acme"
    subprocess.run([sys.executable, "-c", program, str(PACKAGE), str(path)], check=True)
    with Network.open(path) as net:
        rows = net.scan("partner", ["partner_id"]).to_pydict()
    assert rows == {"partner_id": ["acme", "bolt"]}


def test_a_folder_has_one_writer_and_many_readers(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.checkpoint()
        with pytest.raises(cstn.LockedError):
            Network.open(path)
        with Network.open(path, read_only=True) as reader:
            assert reader.info().state == "read_only"
            assert reader.get("partner", "acme")
            with pytest.raises(cstn.ReadOnlyError):
                reader.put("partner", partner_id="bolt", recorded=at(1))
            with pytest.raises(PermissionError):
                reader.transaction()
    Network.open(path).close()


def test_a_folder_that_is_not_as_it_must_be_is_refused(tmp_path) -> None:
    path = tmp_path / "acme"
    with pytest.raises(NotFoundError):
        Network.open(path, must_exist=True)
    with pytest.raises(NotFoundError):
        Network.open(path, read_only=True)
    assert not path.exists()
    Network.open(path).close()
    with pytest.raises(ConflictError):
        Network.open(path, must_be_new=True)
    with pytest.raises(cstn.IOFailedError):
        Network.open(tmp_path / "no" / "where")


def test_a_damaged_folder_says_what_is_damaged(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
    manifest = max(path.glob("MANIFEST*"))
    data = bytearray(manifest.read_bytes())
    data[len(data) // 2] ^= 1
    manifest.write_bytes(data)
    with pytest.raises(cstn.CorruptError, match="MANIFEST"):
        Network.open(path)


def damaged(path) -> None:
    """A network of one partner with a flipped bit in the middle of its columns."""
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.put("partner", partner_id="bolt", recorded=at(1))
    segment = max(path.glob("seg-*"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)


def test_a_sound_folder_is_verified_and_its_files_are_text(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.checkpoint()
        assert Network.verify(net.path)
    seen = []
    assert isinstance(Network.verify(path, lambda done, total: seen.append(done)), dict) and seen
    text = Network.dump(max(path.glob("MANIFEST*")))
    assert "seg-" in text or "segment" in text
    with pytest.raises(NotFoundError):
        Network.verify(tmp_path / "nowhere")
    with pytest.raises(cstn.ConstellationError):
        Network.dump(path / "nothing")


def test_damage_is_reported_and_what_is_left_is_recovered(tmp_path) -> None:
    path, saved = tmp_path / "acme", tmp_path / "saved"
    damaged(path)
    with pytest.raises(cstn.CorruptError) as caught:
        Network.verify(path)
    assert "seg-" in str(caught.value.report)
    assert isinstance(Network.salvage(path, saved), dict)
    with Network.open(saved) as net:
        assert set(net.scan("partner", ["partner_id"]).to_pydict()["partner_id"]) <= {"acme", "bolt"}
    with pytest.raises(ConflictError):
        Network.salvage(path, saved)


def test_a_sound_folder_is_recovered_whole(tmp_path) -> None:
    path, saved = tmp_path / "acme", tmp_path / "saved"
    with Network.open(path) as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        net.import_("order", lines(), recorded=RECORDED)
    assert Network.salvage(path, saved)
    with Network.open(saved) as net:
        assert net.perfect_order_rate("components=T", as_of=AS_OF).rate().denominator == 3


@pytest.mark.parametrize("link", [False, True])
def test_a_backup_is_the_network_as_it_was(tmp_path, link: bool) -> None:
    copy = tmp_path / "copy"
    with Network.open(tmp_path / "acme") as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.backup(copy, link=link)
        net.put("partner", partner_id="bolt", recorded=at(1))
        with pytest.raises(ConflictError):
            net.backup(copy)
    with Network.open(copy) as net:
        assert net.scan("partner", ["partner_id"]).to_pydict() == {"partner_id": ["acme"]}
    with Network.open() as net:
        with pytest.raises(cstn.NotSupportedError):
            net.backup(tmp_path / "memory")


@pytest.mark.parametrize("commit", ["full", "group", "none"])
def test_every_commit_level_keeps_what_was_synced(tmp_path, commit: str) -> None:
    path = tmp_path / "acme"
    net = Network.open(path, commit=commit, group_us=100, defer_checkpoint=True)
    net.put("partner", partner_id="acme", recorded=at(1))
    net.sync()
    assert net.info().log_bytes > 0
    del net
    gc.collect()
    with Network.open(path) as net:
        assert net.get("partner", "acme")


def test_maintenance_drops_versions_that_nobody_can_see(tmp_path) -> None:
    with Network.open(tmp_path / "acme") as net:
        for day in range(1, 20):
            net.put("partner", partner_id="acme", recorded=at(day))
            net.checkpoint()
        seen = []
        net.maintain(history_from=at(19), progress=lambda done, total: seen.append(done))
        assert seen and net.info().n_segments < 19
        assert net.get("partner", "acme")["recorded"] == at(19)


@pytest.mark.parametrize("folder", [None, "acme"])
def test_a_noun_has_a_history_of_its_own(tmp_path, folder) -> None:
    with Network.open(folder and tmp_path / folder) as net:
        for day in range(1, 9):
            net.put("partner", partner_id="acme", recorded=at(day))
            net.put("item", item_id="i", recorded=at(day))
            net.checkpoint()
        net.maintain(history_from=at(8), noun="item")
        assert net.get("partner", "acme", at(2))["recorded"] == at(2)
        with pytest.raises(LookupError):
            net.get("item", "i", at(2))
        assert net.get("item", "i")["recorded"] == at(8)
        with pytest.raises(LookupError, match="itme"):
            net.maintain(noun="itme")


# --- lifetime -------------------------------------------------------------------------------------


def test_a_closed_network_says_so_and_its_snapshots_stay() -> None:
    net = Network.open()
    net.put("partner", partner_id="acme", recorded=at(1))
    snapshot, frame = net.snapshot(), net.scan("partner", ["partner_id"])
    net.close()
    net.close()
    assert net.closed and repr(net) == "Network(closed)"
    for use in (net.snapshot, net.info, net.transaction, lambda: net.get("partner", "acme")):
        with pytest.raises(ClosedError):
            use()
    assert snapshot.get("partner", "acme")["partner_id"] == "acme"
    assert frame.to_pydict() == {"partner_id": ["acme"]}


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_handles_may_be_closed_in_any_order(order: tuple) -> None:
    net = Network.open()
    net.put("partner", partner_id="acme", recorded=at(1))
    changes = net.transaction()
    changes.put("partner", partner_id="bolt", recorded=at(1))
    snapshot, record = net.snapshot(), net.record("partner", "acme")
    reader = pa.RecordBatchReader.from_stream(snapshot.scan("partner", frame="table"))
    handles = [net, changes, snapshot, record, reader]
    for number in order:
        handles[number].close()


def test_what_is_open_at_the_interpreters_end_does_no_harm() -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from constellation import Network
net = Network.open()
net.put("partner", partner_id="acme", recorded="2024-05-01")
snapshot, changes = net.snapshot(), net.transaction()
table = snapshot.scan("partner")
capsule = table.__arrow_c_stream__()
print(table.to_pydict()["partner_id"])
"""
    run = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program, str(PACKAGE)], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "['acme']\n", "")


def test_many_threads_read_while_one_writes(net: Network) -> None:
    stop, problems = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            with net.snapshot() as snapshot:
                rows = snapshot.scan("partner", ["partner_id"], frame="table").to_pydict()
                if len(rows["partner_id"]) != snapshot.seq:
                    problems.append((len(rows["partner_id"]), snapshot.seq))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(200):
        net.put("partner", partner_id=f"p{i}", recorded=at(2))
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == [] and net.info().last_seq == 203


def _child(net: Network, queue) -> None:
    try:
        net.info()
        queue.put("no error")
    except cstn.ForkedError as error:
        queue.put(str(error))
    net.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_network_belongs_to_the_process_that_opened_it(net: Network) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_child, args=(net, queue))
    child.start()
    assert "forked" in queue.get(timeout=60)
    child.join()
    assert child.exitcode == 0
    net.put("partner", partner_id="dove", recorded=at(2))


def test_options_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="commit 'fast'"):
        Network.open(commit="fast")
    with pytest.raises(InvalidArgumentError, match="negative"):
        Network.open(cache_bytes=-1)
    with pytest.raises(InvalidArgumentError, match="NUL"):
        Network.open("a\0b")


def test_networks_leave_nothing_behind(counting) -> None:
    with counting.nothing_left():
        with Network.open() as net:
            net.put("partner", partner_id="acme", recorded=at(1))
            net.put("partner", partner_id="bolt", recorded=at(1))
            net.put("partner", partner_id="cargo", recorded=at(1))
            with pytest.raises(RowErrors):
                net.import_("order", bad_lines(), recorded=RECORDED)
            net.get("order", "O-0")
            net.changes(frame="table").rows.to_pydict()
            net.effective_events(frame="table")
            net.perfect_order_rate("components=T", as_of=AS_OF)
            with pytest.raises(ConflictError):
                with net.transaction() as changes:
                    changes.require("partner", "acme", 9)
                    changes.put("partner", partner_id="d", recorded=at(1))
        forgotten = Network.open()
        forgotten.put("partner", partner_id="acme", recorded=at(1))
        del forgotten, net, changes
        gc.collect()


# --- orders with their verdicts -------------------------------------------------------------------


def test_orders_come_with_the_verdicts_that_the_rate_counts(net: Network) -> None:
    net.import_("order", lines(40), recorded=RECORDED)
    table = net.order_verdicts(
        "components=T", as_of=AS_OF, columns=["order_id"], frame="table"
    ).to_pydict()
    assert list(table) == [
        "order_id", "verdict", "pattern", "reason", "provisional", "first_failed", "cause", "owner",
    ]
    rate = net.perfect_order_rate("components=T", as_of=AS_OF).rate()
    assert table["verdict"].count("perfect") == rate.numerator
    assert table["verdict"].count("failed") == rate.denominator - rate.numerator > 0
    assert set(table["pattern"]) == {"perfect", "T"}
    assert [p == "T" for p in table["pattern"]] == [f == "T" for f in table["first_failed"]]
    # within 30 days of the deliveries
    assert all(table["provisional"]) and set(table["reason"]) == {None}


def test_verdicts_and_components_choose_orders(net: Network) -> None:
    net.import_("order", lines(40), recorded=RECORDED)
    every = net.order_verdicts("components=T", as_of=AS_OF, columns=["order_id"]).to_pydict()
    failed = net.order_verdicts(
        "components=T", as_of=AS_OF, columns=["order_id"], verdicts="failed"
    ).to_pydict()
    assert len(failed["order_id"]) == every["verdict"].count("failed") > 0
    assert failed == net.order_verdicts(
        "components=T", as_of=AS_OF, columns=["order_id"], failed="T"
    ).to_pydict()
    none = net.order_verdicts("components=T", as_of=AS_OF, verdicts=["pending", "excluded"])
    assert none.to_pydict()["verdict"] == []
    with pytest.raises(InvalidArgumentError, match="'late' is none of perfect, failed"):
        net.order_verdicts(as_of=AS_OF, verdicts="late")
    with pytest.raises(InvalidArgumentError, match="'X' is none of T, F, D, C"):
        net.order_verdicts(as_of=AS_OF, failed="TX")


def test_kept_verdicts_change_no_answer(tmp_path) -> None:
    with Network.open(tmp_path / "net") as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        net.import_("order", lines(40), recorded=RECORDED)
        net.checkpoint()
        before = net.order_verdicts("components=T", as_of=AS_OF).to_pydict()
        assert net.info().n_kept == 0
        assert net.keep_order_verdicts("components=T", as_of=AS_OF) == (1, 0, 0)
        assert net.keep_order_verdicts("components=T", as_of=AS_OF) == (0, 1, 0)
        assert net.info().n_kept == 1 and net.info().kept_bytes > 0
        assert net.order_verdicts("components=T", as_of=AS_OF).to_pydict() == before
        for path in (tmp_path / "net").glob("drv-*"):
            path.write_bytes(b"\0" * path.stat().st_size)
    with Network.open(tmp_path / "net", read_only=True) as net:
        assert net.order_verdicts("components=T", as_of=AS_OF).to_pydict() == before
        assert net.info().n_kept_useless == 1
        with pytest.raises(cstn.errors.ReadOnlyError):
            net.keep_order_verdicts("components=T", as_of=AS_OF)


def test_verdicts_under_zones_of_places_are_not_kept(tmp_path) -> None:
    with Network.open(tmp_path / "net") as net:
        with pytest.raises(cstn.errors.NotSupportedError, match="zone=ship_to"):
            net.keep_order_verdicts("zone=ship_to", as_of=AS_OF)
