"""Networks: scans as frames, snapshots, what has changed since."""

import datetime as dt

import polars as pl
import pyarrow as pa
import pytest

import constellation as cstn
from constellation import Network
from constellation.errors import InvalidArgumentError, NotFoundError
from network_rows import RECORDED, at, lines


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
