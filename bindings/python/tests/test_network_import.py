"""Networks: frames, files and iterators of them go in; rows that break a rule are told."""

import pyarrow as pa
import pytest

import constellation as cstn
from constellation import Network
from constellation.errors import InvalidArgumentError, RowErrors, SchemaError
from network_rows import FRAMES, RECORDED, at, bad_lines, lines


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


def test_a_misfit_says_the_way_out_in_words_of_python(net: Network) -> None:
    with pytest.raises(SchemaError, match='allow casts="text"$'):
        net.import_("partner", {"partner_id": ["x"], "recorded": ["2024-05-01"]})
    with pytest.raises(SchemaError, match=r"'recorded' is absent \| say recorded= when"):
        net.import_("partner", {"partner_id": ["x"]})
    with pytest.raises(RowErrors) as caught:
        net.import_("partner", {"partner_id": ["x"], "recorded": ["2024-05-01"]}, casts="text")
    assert "is a wall-clock time without a zone, or one that its zone" in str(caught.value)


@pytest.mark.parametrize("form", ["frame", "iterator"])
def test_a_column_that_is_no_field_is_named_and_nothing_is_put(net: Network, form: str) -> None:
    rows = [{**row, "delivred": at(4)} for row in lines()]
    parts = rows if form == "frame" else iter([lines()[:2], rows[2:]])
    match = "'delivred' is no field of 'order'; similar: 'delivered'; .*skip_unknown=True$"
    with pytest.raises(SchemaError, match=match):
        net.import_("order", parts, recorded=RECORDED)
    assert net.scan("order", ["order_id"], frame="table").to_pylist() == []


@pytest.mark.parametrize("kind", FRAMES)
def test_columns_that_are_no_field_are_skipped_on_request(net: Network, kind: str) -> None:
    frame = FRAMES[kind]([{**row, "colour": "red"} for row in lines()])
    net.import_("order", frame, recorded=RECORDED, skip_unknown=True)
    assert len(net.scan("order", ["order_id"], frame="table").to_pylist()) == 3
    more = [{**row, "colour": "red"} for row in lines(8)[6:]]
    with net.transaction() as changes:
        changes.import_("order", more, recorded=RECORDED, skip_unknown=True)
    assert len(net.scan("order", ["order_id"], frame="table").to_pylist()) == 4


def test_one_column_is_left_out_as_a_constant(net: Network) -> None:
    rows = [{**row, "colour": "red"} for row in lines()]
    net.import_("order", rows, recorded=RECORDED, constants={"colour": None})
    assert len(net.scan("order", ["order_id"], frame="table").to_pylist()) == 3


def test_rows_without_a_recorded_time_need_one(net: Network) -> None:
    with pytest.raises((RowErrors, SchemaError, InvalidArgumentError), match="recorded"):
        net.import_("partner", [{"partner_id": "x"}])
