"""CSV in and out: what the schema says, what is left out, and what comes back."""

import datetime as dt
import gzip
import pathlib

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import constellation as cstn
from constellation.errors import (
    FormatError,
    InvalidArgumentError,
    IOFailedError,
    LimitError,
    RowErrors,
    SchemaError,
)

SCHEMA = {"id": "int64", "name": "text null", "due": "date null"}
GOOD = b'id,name,due\n1,"a,b",2024-05-01\n2,,\n3,"",2024-05-03\n'
BAD = b"id,name,due\n1,a,2024-05-01\nx,b,2024-05-01\n3,c,2024-02-30\n4,d\n5,e,2024-05-05\n"
ROWS = {
    "id": [1, 2, 3],
    "name": ["a,b", None, ""],
    "due": [dt.date(2024, 5, 1), None, dt.date(2024, 5, 3)],
}


@pytest.fixture
def good(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "good.csv"
    path.write_bytes(GOOD)
    return path


def test_a_file_bytes_and_gzip_give_the_same_rows(good: pathlib.Path) -> None:
    zipped = good.with_suffix(".gz")
    zipped.write_bytes(gzip.compress(GOOD))
    for source in (good, str(good), GOOD, zipped, gzip.compress(GOOD)):
        assert cstn.read_csv(source, SCHEMA).to_pydict() == ROWS


def test_a_table_is_read_as_often_as_it_is_used_by_anyone(good: pathlib.Path) -> None:
    table = cstn.read_csv(good, SCHEMA)
    assert table.to_pyarrow().to_pydict() == ROWS
    assert pl.DataFrame(table).to_dict(as_series=False) == ROWS
    assert table.to_pandas()["id"].tolist() == pd.DataFrame.from_arrow(table)["id"].tolist()
    assert table.to_numpy()["id"].tolist() == [1, 2, 3]
    assert (table.column_names, table.rows, table.rejects) == (list(SCHEMA), 3, None)


def test_bytes_may_be_gone_before_the_stream_is_read() -> None:
    reader = pa.RecordBatchReader.from_stream(cstn.read_csv(bytes(GOOD), SCHEMA))
    assert reader.read_all().to_pydict() == ROWS


def test_rows_and_rejects_before_the_first_reading_are_refused(good: pathlib.Path) -> None:
    table = cstn.read_csv(good, SCHEMA)
    for name in ("rows", "rejects", "reject_rows"):
        with pytest.raises(InvalidArgumentError, match="not read yet"):
            getattr(table, name)


def test_bad_rows_raise_and_name_line_column_and_value() -> None:
    table = cstn.read_csv(BAD, SCHEMA)
    with pytest.raises(RowErrors, match="rows were left out: CSV bytes, .*'id'.* and 2 more") as e:
        table.to_pydict()
    assert [(r.row, r.field, r.code) for r in e.value.rows] == [
        (3, "id", "NUMBER"),
        (4, "due", "TIME"),
        (5, "", "FIELDS"),
    ]
    assert e.value.rows[0].value == "x"
    for read in (table.to_pyarrow, table.to_polars, table.to_pandas, table.to_numpy):
        with pytest.raises(RowErrors):
            read()


def test_bad_rows_that_are_kept_are_left_out_and_listed() -> None:
    table = cstn.read_csv(BAD, SCHEMA, bad_rows="keep")
    assert table.to_pydict()["id"] == [1, 5]
    assert len(table.rejects) == 3
    rejects = table.reject_rows.to_pydict()
    assert rejects["line"] == [3, 4, 5] and rejects["raw"][0] == "x,b,2024-05-01"


def test_rejects_can_be_written_mended_and_read_again(tmp_path: pathlib.Path) -> None:
    table = cstn.read_csv(BAD, SCHEMA, bad_rows="keep")
    table.to_pydict()
    path = tmp_path / "rejects.csv"
    assert cstn.write_csv(table.reject_rows, path) == 3
    raw = cstn.read_csv(path, "line int64\nraw text\n").to_pydict()["raw"]
    assert raw == ["x,b,2024-05-01", "3,c,2024-02-30", "4,d"]


def test_bad_values_become_null_when_asked() -> None:
    schema = {"id": "int64 null", "name": "text", "due": "date null"}
    table = cstn.read_csv(BAD, schema, bad_values="null")
    assert table.to_pydict()["id"] == [1, None, 3, 5]
    assert [r.field for r in table.rejects][:2] == ["id", "due"]


def test_rates_of_a_file_with_bad_rows_raise_unless_they_are_kept() -> None:
    data = b"order_id,promised,delivered\n1,2024-05-01,2024-05-01\nx,2024-05-01,2024-05-01\n"
    schema = {"order_id": "int64", "promised": "date", "delivered": "date"}
    options = dict(policy="components=T", as_of="2024-06-30")
    with pytest.raises(RowErrors):
        cstn.perfect_order_rate(cstn.read_csv(data, schema), **options)
    kept = cstn.read_csv(data, schema, bad_rows="keep")
    assert cstn.perfect_order_rate(kept, **options).rate().denominator == 1


def test_marks_and_forms_are_given_and_never_guessed() -> None:
    data = "id;value;due\n1;1.234,50;31.12.2024\n".encode()
    schema = {"id": "int64", "value": "decimal scale=2", "due": 'date form="DD.MM.YYYY"'}
    options = dict(delimiter=";", decimal_mark=",", thousands_mark=".")
    table = cstn.read_csv(data, schema, **options)
    row = table.to_pylist()[0]
    assert str(row["value"]) == "1234.50" and row["due"] == dt.date(2024, 12, 31)
    with pytest.raises(RowErrors):
        cstn.read_csv(data, {**schema, "due": "date"}, **options).to_pydict()


def test_a_file_without_header_has_the_columns_of_the_schema() -> None:
    assert cstn.read_csv(GOOD.split(b"\n", 1)[1], SCHEMA, header=False).to_pydict() == ROWS


def test_missing_columns_and_files_are_told_when_the_file_is_opened(tmp_path) -> None:
    with pytest.raises(SchemaError, match="'idd'.*'id'"):
        cstn.read_csv(GOOD, {"idd": "int64"})
    with pytest.raises(SchemaError):
        cstn.read_csv(GOOD, {"id": "int64"}, strict=True)
    with pytest.raises(IOFailedError, match="nowhere.csv"):
        cstn.read_csv(tmp_path / "nowhere.csv", SCHEMA)
    with pytest.raises(OSError):
        cstn.read_csv(tmp_path, SCHEMA).to_pydict()
    with pytest.raises(FormatError):
        cstn.read_csv(GOOD, "id integer\n")


def test_too_many_rejects_stop_the_reading() -> None:
    data = b"id\n" + b"x\n" * 50
    with pytest.raises(LimitError, match="more than 10 bad rows"):
        cstn.read_csv(data, "id int64\n", max_rejects=10).to_pydict()


def test_too_many_rejects_are_the_limit_for_whoever_reads() -> None:
    data = b"order_id,promised,delivered\n" + b"x,,\n" * 50
    table = cstn.read_csv(
        data, "order_id int64\npromised date\ndelivered date\n", max_rejects=10, bad_rows="keep"
    )
    with pytest.raises(LimitError, match="more than 10 bad rows"):
        cstn.perfect_order_rate(table, "components=T", as_of="2024-06-01")


def test_gzip_that_is_cut_short_is_an_error() -> None:
    data = gzip.compress(b"id\n" + b"".join(b"%d\n" % i for i in range(50_000)))
    with pytest.raises(cstn.ConstellationError):
        cstn.read_csv(data[: len(data) // 2], "id int64\n").to_pydict()


@pytest.mark.parametrize("keywords", [{"bad_rows": "drop"}, {"bad_values": 0}, {"delimiter": "ü"}])
def test_options_that_do_not_exist_are_refused(keywords) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(keywords))):
        cstn.read_csv(GOOD, SCHEMA, **keywords)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads_gives_the_same_rows(threads: int) -> None:
    data = b"id,t\n" + b"".join(b'%d,"a\n""%d"\n' % (i, i) for i in range(70_000))
    rows = cstn.read_csv(data, "id int64\nt text\n", threads=threads).to_pyarrow()
    assert rows["id"].to_pylist() == list(range(70_000))
    assert rows["t"][69_999].as_py() == 'a\n"69999'


# --- out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [ROWS, pa.table(ROWS), pl.DataFrame(ROWS), pd.DataFrame(ROWS).astype({"name": "str"})],
    ids=["dict", "pyarrow", "polars", "pandas"],
)
def test_what_is_written_is_read_back_and_written_again_byte_for_byte(frame) -> None:
    data = cstn.write_csv(frame)
    again = cstn.write_csv(cstn.read_csv(data, SCHEMA))
    assert again == data
    if not isinstance(frame, pd.DataFrame):
        assert data == GOOD


def test_files_are_written_whole_and_compressed_by_their_name(tmp_path: pathlib.Path) -> None:
    plain, zipped = tmp_path / "out.csv", tmp_path / "out.csv.gz"
    assert cstn.write_csv(ROWS, plain) == cstn.write_csv(ROWS, str(zipped)) == 3
    assert plain.read_bytes() == gzip.decompress(zipped.read_bytes()) == GOOD
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "out.csv.gz"]
    with pytest.raises(IOFailedError):
        cstn.write_csv(ROWS, tmp_path / "no" / "folder.csv")


def test_the_writer_takes_marks_and_line_ends() -> None:
    assert cstn.write_csv({"a": [1, 2], "b": [1.5, None]}, delimiter=";", decimal_mark=",") == (
        b"a;b\n1;1,5\n2;\n"
    )
    assert cstn.write_csv({"a": [1]}, header=False, crlf=True) == b"1\r\n"


def test_a_type_that_csv_does_not_hold_is_refused() -> None:
    with pytest.raises(SchemaError, match="list"):
        cstn.write_csv(pa.table({"a": [[1, 2]]}))


# --- inference ----------------------------------------------------------------------------------


def test_a_schema_is_guessed_with_evidence_and_ambiguity_stays_text(tmp_path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("id,due,day,price\n1,2024-05-01,01/02/2024,1.50\n2,,03/04/2024,2.25\n")
    guess = cstn.infer_csv_schema(path)
    assert guess.schema.types["id"] == "int64" and guess.schema.types["due"] == "date"
    assert guess.schema.types["day"] == "text"
    assert guess.schema.nullable["due"] and not guess.schema.nullable["id"]
    evidence = {row["column"]: row for row in guess.evidence}
    assert evidence["due"]["nulls"] == 1 and evidence["due"]["rows"] == 2
    assert evidence["day"]["reason"]
    assert cstn.read_csv(path, guess.schema).to_pydict()["id"] == [1, 2]


def test_schemas_read_back_from_their_text() -> None:
    schema = cstn.Schema({'odd "name"': "timestamp null zone=+02:00", "x": "decimal scale=3"})
    assert cstn.Schema(schema.text) == schema and hash(cstn.Schema(schema.text)) == hash(schema)
    assert schema.names == ['odd "name"', "x"] and len(schema) == 2
    with pytest.raises(SchemaError):
        cstn.Schema("a int64\na text\n")
