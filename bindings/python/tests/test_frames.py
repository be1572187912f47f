"""Frames of every producer go in, give the same bytes, and come out as the kind that went in."""

import array
import datetime as dt
import decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute  # noqa: F401
import pytest

import constellation as cstn
from constellation.errors import (
    ArithmeticOverflowError,
    InvalidArgumentError,
    RowErrors,
    SchemaError,
    StreamError,
)

UTC = dt.timezone.utc
DAY = 86_400_000_000
POLICY = "components=TF"
AS_OF = "2024-06-30"
BY = ["carrier", "month(due)"]


def day(number: int, hour: int = 12) -> dt.datetime:
    return dt.datetime(2024, 5, 1, hour, tzinfo=UTC) + dt.timedelta(days=number)


#: 3 lines an order, of every kind: perfect, late, short, open, without a carrier
ROWS = [
    {
        "order_id": i // 3,
        "carrier": ["Air", "Straße", "海運", None][i // 3 % 4],
        "promised": day(i // 3 % 40),
        "delivered": None if i % 17 == 16 else day(i // 3 % 40 + (i % 11 == 10)),
        "qty": 10,
        "qty_delivered": 9 if i % 23 == 22 else 10,
    }
    for i in range(600)
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}
TABLE = pa.table(
    {
        "order_id": pa.array(COLUMNS["order_id"], pa.int64()),
        "carrier": pa.array(COLUMNS["carrier"], pa.string()),
        "promised": pa.array(COLUMNS["promised"], pa.timestamp("us", "UTC")),
        "delivered": pa.array(COLUMNS["delivered"], pa.timestamp("us", "UTC")),
        "qty": pa.array(COLUMNS["qty"], pa.int64()),
        "qty_delivered": pa.array(COLUMNS["qty_delivered"], pa.int64()),
    }
)


def bytes_of(lines, **options) -> bytes:
    """The serialised state: equal bytes are equal counts, groups and open orders."""
    state = cstn.PerfectOrderState(POLICY, as_of=AS_OF, by=BY)
    return state.update(lines, **options).serialize()


@pytest.fixture(scope="module")
def want() -> bytes:
    return bytes_of(TABLE)


def numpy_columns() -> dict:
    missing = np.array([value is None for value in COLUMNS["delivered"]])
    us = [0 if value is None else cstn.to_us(value) for value in COLUMNS["delivered"]]
    delivered = np.array(us, dtype="M8[us]")
    delivered[missing] = np.datetime64("NaT")
    return {
        "order_id": np.array(COLUMNS["order_id"], dtype=np.uint16),
        "carrier": np.array(COLUMNS["carrier"], dtype=object),
        "promised": np.array([cstn.to_us(v) for v in COLUMNS["promised"]], dtype="M8[us]"),
        "delivered": delivered,
        "qty": np.array(COLUMNS["qty"], dtype=np.int8),
        "qty_delivered": np.array(COLUMNS["qty_delivered"], dtype=np.int32),
    }


class OnlyArray:
    """A producer that knows one record batch and nothing else."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self.batch.__arrow_c_array__(requested_schema)


class OnlyExport:
    """pyarrow as it was before capsules."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    def _export_to_c(self, array_address: int, schema_address: int) -> None:
        self.batch._export_to_c(array_address, schema_address)


class OnlyReaderExport:
    def __init__(self, table: pa.Table) -> None:
        self.reader = table.to_reader()

    def read_next_batch(self):
        return self.reader.read_next_batch()

    def _export_to_c(self, address: int) -> None:
        self.reader._export_to_c(address)


def view_strings(table: pa.Table) -> pa.Table:
    return table.set_column(1, "carrier", table["carrier"].cast(pa.string_view()))


def dictionary(table: pa.Table) -> pa.Table:
    return table.set_column(1, "carrier", table["carrier"].dictionary_encode())


def chunked(table: pa.Table) -> pa.Table:
    return pa.concat_tables([table.slice(i, 7) for i in range(0, len(table), 7)])


PRODUCERS = {
    "pyarrow table": lambda: TABLE,
    "pyarrow chunks of 7": lambda: chunked(TABLE),
    "pyarrow sliced": lambda: pa.concat_tables([TABLE.slice(590), TABLE]).slice(10),
    "pyarrow record batch": lambda: TABLE.combine_chunks().to_batches()[0],
    "pyarrow reader": lambda: TABLE.to_reader(max_chunksize=50),
    "pyarrow generator reader": lambda: pa.RecordBatchReader.from_batches(
        TABLE.schema, (batch for batch in TABLE.to_batches(max_chunksize=11))
    ),
    "pyarrow dictionary": lambda: dictionary(TABLE),
    "pyarrow dictionary a chunk": lambda: pa.Table.from_batches(
        [b for i in range(0, 600, 99) for b in dictionary(TABLE.slice(i, 99)).to_batches()]
    ),
    "pyarrow string view": lambda: view_strings(TABLE),
    "pyarrow large string": lambda: TABLE.set_column(
        1, "carrier", TABLE["carrier"].cast(pa.large_string())
    ),
    "pyarrow nanoseconds": lambda: TABLE.set_column(
        2, "promised", TABLE["promised"].cast(pa.timestamp("ns", "UTC"))
    ),
    "pyarrow another zone": lambda: TABLE.set_column(
        2, "promised", TABLE["promised"].cast(pa.timestamp("us", "America/Sao_Paulo"))
    ),
    "pyarrow decimal": lambda: TABLE.set_column(
        4, "qty", TABLE["qty"].cast(pa.decimal128(20, 0))
    ),
    "pyarrow empty chunks": lambda: pa.concat_tables([TABLE.slice(0, 0), TABLE, TABLE.slice(0, 0)]),
    "pyarrow extra column": lambda: TABLE.append_column("note", pa.nulls(600)),
    "pandas arrow": lambda: TABLE.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas": lambda: TABLE.to_pandas(),
    "pandas object text": lambda: TABLE.to_pandas().astype({"carrier": object}),
    "pandas category": lambda: TABLE.to_pandas().astype({"carrier": "category"}),
    "pandas index": lambda: TABLE.to_pandas().set_index(np.arange(600)[::-1]),
    "polars": lambda: pl.DataFrame(TABLE),
    "polars chunks": lambda: pl.from_arrow(chunked(TABLE), rechunk=False),
    "polars categorical": lambda: pl.DataFrame(TABLE).with_columns(
        pl.col("carrier").cast(pl.Categorical)
    ),
    "duckdb": lambda: duckdb.sql("select * from TABLE_FOR_DUCKDB"),
    "dict of lists": lambda: COLUMNS,
    "list of dicts": lambda: ROWS,
    "dict of pyarrow": lambda: {name: TABLE[name] for name in TABLE.column_names},
    "dict of polars": lambda: pl.DataFrame(TABLE).to_dict(),
    "dict of pandas": lambda: dict(TABLE.to_pandas().items()),
    "only __arrow_c_array__": lambda: OnlyArray(TABLE.combine_chunks().to_batches()[0]),
    "only _export_to_c": lambda: OnlyExport(TABLE.combine_chunks().to_batches()[0]),
    "only _export_to_c of a reader": lambda: OnlyReaderExport(TABLE),
    "our own table": lambda: cstn.read_csv(
        cstn.write_csv(TABLE),
        "order_id int64\ncarrier text null\npromised timestamp\ndelivered timestamp null\n"
        "qty int64\nqty_delivered int64\n",
    ),
}
TABLE_FOR_DUCKDB = TABLE


@pytest.mark.parametrize("producer", PRODUCERS)
def test_the_same_lines_through_every_producer_give_the_same_bytes(producer, want) -> None:
    assert bytes_of(PRODUCERS[producer]()) == want


def test_numpy_columns_without_a_zone_need_one_and_then_give_the_same_bytes(want) -> None:
    assert bytes_of(numpy_columns(), zone="UTC") == want
    with pytest.raises(SchemaError, match="zone"):
        bytes_of(numpy_columns())


def test_masked_numpy_columns_have_nulls(want) -> None:
    columns = numpy_columns()
    missing = np.isnat(columns["delivered"])
    plain = np.where(missing, np.datetime64(0, "us"), columns["delivered"])
    columns["delivered"] = np.ma.MaskedArray(plain, mask=missing)
    assert bytes_of(columns, zone="UTC") == want


def test_naive_pandas_times_are_refused_and_the_message_mends_it(want) -> None:
    frame = TABLE.to_pandas()
    for name in ("promised", "delivered"):
        frame[name] = frame[name].dt.tz_localize(None)
    with pytest.raises(SchemaError, match=r'column \'promised\'.*without zone.*zone="UTC"'):
        bytes_of(frame)
    assert bytes_of(frame, zone="UTC") == want


def test_buffers_of_the_standard_library_are_read(want) -> None:
    columns = {
        **COLUMNS,
        "order_id": array.array("l", COLUMNS["order_id"]),
        "qty": memoryview(bytes(COLUMNS["qty"])),
        "qty_delivered": memoryview(array.array("h", COLUMNS["qty_delivered"])).toreadonly(),
    }
    assert bytes_of(columns) == want


@pytest.mark.parametrize("size", [1, 3, 100, 600])
def test_generators_of_frames_give_the_same_bytes(size: int, want) -> None:
    cut = [TABLE.slice(i, size) for i in range(0, 600, size)]
    assert bytes_of(part for part in cut) == want
    assert bytes_of(pl.DataFrame(part) for part in cut) == want
    result = cstn.perfect_order_rate(iter(cut), POLICY, as_of=AS_OF, by=BY)
    assert result.rates().to_pydict()["numerator"] == (
        cstn.perfect_order_rate(TABLE, POLICY, as_of=AS_OF, by=BY).rates()["numerator"].to_pylist()
    )


@pytest.mark.parametrize(
    "nothing",
    [
        TABLE.slice(0, 0),
        TABLE.schema.empty_table().to_pandas(),
        pl.DataFrame(TABLE.slice(0, 0)),
        {name: [] for name in COLUMNS},
        iter([]),
        pa.RecordBatchReader.from_batches(TABLE.schema, []),
    ],
    ids=["pyarrow", "pandas", "polars", "dict", "generator", "reader"],
)
def test_no_lines_change_nothing(nothing) -> None:
    empty = cstn.PerfectOrderState(POLICY, as_of=AS_OF, by=BY)
    before = empty.serialize()
    assert empty.update(nothing).serialize() == before
    assert empty.finish().rate().value is None


# --- out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines, kind",
    [
        (lambda: TABLE.to_pandas(), pd.DataFrame),
        (lambda: pl.DataFrame(TABLE), pl.DataFrame),
        (lambda: TABLE, pa.Table),
        (lambda: TABLE.to_batches()[0], pa.Table),
        (lambda: COLUMNS, cstn.Table),
        (lambda: duckdb.sql("select * from TABLE_FOR_DUCKDB"), cstn.Table),
    ],
    ids=["pandas", "polars", "pyarrow", "record batch", "dict", "duckdb"],
)
def test_tables_come_as_the_kind_of_frame_that_went_in(lines, kind) -> None:
    result = cstn.perfect_order_rate(lines(), POLICY, as_of=AS_OF, by=BY)
    for table in ("rates", "losses", "causes", "levers", "exclusions", "compare"):
        assert type(getattr(result, table)()) is kind
    state = cstn.PerfectOrderState(POLICY, as_of=AS_OF).update(lines())
    assert type(state.finish().rates()) is kind
    assert type(result.rates(frame="polars")) is pl.DataFrame


def test_an_unknown_kind_of_frame_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="'spark' is not one of"):
        cstn.perfect_order_rate(TABLE, POLICY, as_of=AS_OF, frame="spark")


@pytest.fixture(scope="module")
def result() -> cstn.PerfectOrderResult:
    return cstn.perfect_order_rate(TABLE, POLICY, as_of=AS_OF, by=BY, frame="table")


def test_a_reading_computes_a_table_once(result) -> None:
    made = []
    rates = result.rates()

    def export(stream) -> None:
        made.append(None)
        rates._export(stream)

    table = cstn.Table(export)
    for read in (table.to_pylist, table.to_pydict, table.to_numpy, table.to_pyarrow):
        del made[:]
        read()
        assert len(made) == 1


@pytest.mark.parametrize("name", ["rates", "losses", "causes", "levers", "exclusions", "compare"])
def test_every_consumer_reads_the_same_rows(result, name) -> None:
    table = getattr(result, name)()
    want = pa.table(table)
    want.validate(full=True)
    assert table.to_pyarrow().equals(want)
    assert pl.DataFrame(table).equals(pl.from_arrow(want))
    assert table.to_polars().equals(pl.from_arrow(want))
    assert pa.table(duckdb.from_arrow(want)).to_pylist() == want.to_pylist()
    assert table.to_pylist() == want.to_pylist()
    assert list(table.to_pydict()) == table.column_names == want.column_names
    frame = table.to_pandas()
    assert list(frame.columns) == want.column_names and len(frame) == want.num_rows
    arrays = table.to_numpy()
    for column in want.column_names:
        values = [None if v is np.ma.masked else v for v in arrays[column].tolist()]
        assert len(values) == want.num_rows
    assert pa.schema(table).equals(want.schema)


def test_integers_with_nulls_do_not_become_floats_in_pandas() -> None:
    table = cstn.read_csv(b"n,d\n9007199254740993,2024-05-01\n,\n", "n int64 null\nd date null\n")
    frame = table.to_pandas()
    assert str(frame["n"].dtype) == "Int64" and frame["n"][0] == 9007199254740993
    assert frame["n"].isna().tolist() == [False, True]
    assert frame["d"].dtype.kind == "M"
    arrays = table.to_numpy()
    assert arrays["n"].mask.tolist() == [False, True] and arrays["n"][0] == 9007199254740993
    assert np.isnat(arrays["d"]).tolist() == [False, True]


def test_a_requested_schema_of_another_width_is_refused(result) -> None:
    table = result.rates()
    same = table.__arrow_c_stream__(table.__arrow_c_schema__())
    assert pa.RecordBatchReader._import_from_c_capsule(same).read_all().num_rows == len(result)
    with pytest.raises(InvalidArgumentError, match="1 columns are requested"):
        table.__arrow_c_stream__(pa.schema({"a": pa.int64()}).__arrow_c_schema__())


# --- values nobody may lose ---------------------------------------------------------------------


def csv_of(data) -> bytes:
    return cstn.write_csv(data)


def test_integers_at_the_limits_of_int64_survive() -> None:
    limits = [-(2**63), 2**63 - 1, 0]
    text = csv_of({"n": limits})
    assert text == b"n\n-9223372036854775808\n9223372036854775807\n0\n"
    for same in (
        {"n": np.array(limits)},
        pd.DataFrame({"n": limits}),
        pl.DataFrame({"n": limits}),
        [{"n": n} for n in limits],
    ):
        assert csv_of(same) == text
    assert cstn.read_csv(text, "n int64\n").to_pydict() == {"n": limits}


def test_python_integers_beyond_int64_are_refused() -> None:
    with pytest.raises(ArithmeticOverflowError, match="9223372036854775808"):
        csv_of({"n": [2**63]})


@pytest.mark.parametrize(
    "qty",
    [
        np.array([10, 2**63], dtype=np.uint64),
        pa.array([10, 2**64 - 1], pa.uint64()),
        pl.Series([10, 2**63], dtype=pl.UInt64),
    ],
    ids=["numpy", "pyarrow", "polars"],
)
def test_uint64_above_int64_is_a_row_error_and_never_wraps(qty) -> None:
    two = {name: COLUMNS[name][:1] * 2 for name in ("order_id", "promised", "delivered")}
    lines = {**two, "order_id": [1, 2], "qty": qty, "qty_delivered": [10, 10]}
    if not isinstance(qty, np.ndarray):
        qty = qty.to_arrow() if isinstance(qty, pl.Series) else qty
        lines = pa.table({**lines, "qty": qty})
    with pytest.raises(RowErrors) as caught:
        cstn.perfect_order_rate(lines, POLICY, as_of=AS_OF)
    (row,) = caught.value.rows
    assert (row.row, row.field, row.code) == (1, "qty", "RANGE")
    assert caught.value.result.rate().denominator == 1


@pytest.mark.parametrize(
    "bad, code",
    [(float("nan"), "NAN"), (1.5, "FRACTION")],
)
def test_floats_as_quantities_are_refused_and_with_a_cast_checked(bad: float, code: str) -> None:
    lines = {
        "order_id": [1, 2],
        "promised": [day(0)] * 2,
        "delivered": [day(0)] * 2,
        "qty": [1.0, bad],
        "qty_delivered": [1, 1],
    }
    with pytest.raises(SchemaError, match="qty"):
        cstn.perfect_order_rate(lines, POLICY, as_of=AS_OF)
    with pytest.raises(RowErrors) as caught:
        cstn.perfect_order_rate(lines, POLICY, as_of=AS_OF, casts="integral")
    assert [(row.row, row.field, row.code) for row in caught.value.rows] == [(1, "qty", code)]


@pytest.mark.parametrize(
    "missing",
    [
        [None],
        np.array(["NaT"], dtype="M8[us]"),
        pd.Series([pd.NaT], dtype="datetime64[us, UTC]"),
        pl.Series([None], dtype=pl.Datetime("us", "UTC")),
        pa.nulls(1, pa.timestamp("us", "UTC")),
        pa.nulls(1),
        [pd.NaT],
        [pd.NA],
    ],
    ids=["None", "numpy NaT", "pandas NaT", "polars", "pyarrow", "null type", "NaT", "NA"],
)
def test_every_way_to_say_missing_is_a_null(missing) -> None:
    lines = {"order_id": [7], "promised": [day(0)], "delivered": missing}
    if not isinstance(missing, (list, np.ndarray)):
        lines = pa.table({name: pa.array(values) for name, values in lines.items()})
    result = cstn.perfect_order_rate(lines, "components=T", as_of=AS_OF, zone="UTC")
    assert (result.rate().numerator, result.rate().denominator) == (0, 1)
    pending = cstn.perfect_order_rate(lines, "components=T", as_of="2024-04-30", zone="UTC")
    assert (pending.rate().value, pending.pending()) == (None, 1)


def test_frames_that_know_only_nulls_of_a_column_go_with_those_that_know_its_type() -> None:
    typed = TABLE.filter(pa.compute.is_null(TABLE["carrier"])).slice(0, 9)
    untyped = typed.set_column(1, "carrier", pa.nulls(9))
    assert pa.types.is_null(untyped.schema.field("carrier").type)
    want = bytes_of(iter([TABLE, typed]))
    for frames in ([TABLE, untyped], [untyped, TABLE]):
        assert bytes_of(iter(frames)) == want
    merged = cstn.PerfectOrderState(POLICY, as_of=AS_OF, by=BY).update(untyped)
    merged.merge(cstn.PerfectOrderState(POLICY, as_of=AS_OF, by=BY).update(TABLE))
    assert merged.serialize() == want


TEXTS = ["", "a\0b", "😀🚚", "Ünïcode", "x" * (1 << 20), "\n\r\",;"]


@pytest.mark.parametrize(
    "make",
    [
        lambda texts: pa.table({"order_id": range(len(texts)), "t": texts}),
        lambda texts: pl.DataFrame({"order_id": range(len(texts)), "t": texts}),
        lambda texts: pd.DataFrame({"order_id": range(len(texts)), "t": texts}),
        lambda texts: {"order_id": list(range(len(texts))), "t": texts},
    ],
    ids=["pyarrow", "polars", "pandas", "dict"],
)
def test_text_with_nul_beyond_the_bmp_empty_and_long_comes_back_as_it_was(make) -> None:
    data = csv_of(make(TEXTS))
    assert data == csv_of({"order_id": list(range(len(TEXTS))), "t": TEXTS})
    back = cstn.read_csv(data, "order_id int64\nt text\n").to_pydict()
    assert back["t"] == TEXTS


def test_dimensions_keep_nul_and_non_bmp_text() -> None:
    texts = ["", "a", "a\0b", "😀"]
    lines = pa.table(
        {
            "order_id": range(4),
            "kind": texts,
            "promised": [day(0)] * 4,
            "delivered": [day(0)] * 4,
        }
    )
    rates = cstn.perfect_order_rate(lines, "components=T", as_of=AS_OF, by="kind").rates()
    assert sorted(rates["kind"].to_pylist()) == sorted(texts)
    assert rates["denominator"].to_pylist() == [1] * 4


def test_sixteen_mebibytes_of_text_go_through() -> None:
    text = "ü" * (8 << 20)
    state = cstn.PerfectOrderState("components=T", as_of=AS_OF)
    lines = {"order_id": [1], "promised": [day(0)], "delivered": [day(0)], "note": [text]}
    assert state.update(lines).finish().rate().numerator == 1
    names = cstn.perfect_order_rate(
        {**lines, "order_id": [text]}, "components=T", as_of=AS_OF
    )
    assert names.rate().denominator == 1


def test_decimals_of_python_are_exact() -> None:
    data = csv_of({"x": [decimal.Decimal("1.10"), None, decimal.Decimal("-0.005")]})
    assert data == b"x\n1.100\n\n-0.005\n"
    with pytest.raises(InvalidArgumentError, match="no number"):
        csv_of({"x": [decimal.Decimal("NaN")]})


@pytest.mark.parametrize("by_binding", [False, True])
def test_text_that_is_trusted_is_not_checked(by_binding: bool) -> None:
    carrier = pa.StringArray.from_buffers(
        2, pa.py_buffer(np.array([0, 3, 5], dtype=np.int32)), pa.py_buffer(b"sea\xff\xfe")
    )
    lines = pa.table(
        {
            "order_id": [1, 2],
            "promised": [dt.date(2024, 5, 2)] * 2,
            "delivered": [dt.date(2024, 5, 1)] * 2,
            "carrier": carrier,
        }
    )
    state = cstn.PerfectOrderState("components=T", as_of="2024-06-01", by="carrier")
    with pytest.raises(cstn.RowErrors):
        state.update(lines)
    state = cstn.PerfectOrderState("components=T", as_of="2024-06-01", by="carrier")
    if by_binding:
        state.update(lines, binding=cstn.Binding().trust())
    else:
        state.update(lines, trusted=True)
    assert state.finish().rate().denominator == 2


def test_text_that_is_not_utf8_is_a_row_error() -> None:
    good, bad = "é".encode(), b"\xff"
    data, ends = good + bad + good, array.array("i", [0, 2, 3, 5])
    carrier = pa.Array.from_buffers(pa.string(), 3, [None, pa.py_buffer(ends), pa.py_buffer(data)])
    lines = pa.table(
        {
            "order_id": [1, 2, 3],
            "carrier": carrier,
            "promised": [day(0)] * 3,
            "delivered": [day(0)] * 3,
        }
    )
    with pytest.raises(RowErrors) as caught:
        cstn.perfect_order_rate(lines, "components=T", as_of=AS_OF, by="carrier")
    assert [(r.row, r.field, r.code) for r in caught.value.rows] == [(1, "carrier", "UTF8")]
    assert caught.value.result.rate().denominator == 2


def test_what_a_producer_hands_over_is_released_once_also_when_the_call_fails() -> None:
    import gc

    gc.collect()
    before = pa.total_allocated_bytes()
    for _ in range(20):
        copy = pa.concat_tables([TABLE, TABLE]).combine_chunks()
        bytes_of(copy)
        bytes_of(copy.to_reader(max_chunksize=100))
        for wrong in (copy.drop_columns("promised"), copy.rename_columns(list("abcdef"))):
            with pytest.raises(SchemaError):
                bytes_of(wrong)
        with pytest.raises(cstn.NotClusteredError):
            cstn.perfect_order_rate(copy, POLICY, as_of=AS_OF, clustering="sorted")
        del copy, wrong
    gc.collect()
    assert pa.total_allocated_bytes() == before


# --- what is no frame ---------------------------------------------------------------------------


@pytest.mark.parametrize("thing", [42, "lines.csv", None, object(), [1, 2], {"a": 1}, {1: [1]}])
def test_things_that_hold_no_columns_are_refused_by_name(thing) -> None:
    with pytest.raises(InvalidArgumentError):
        bytes_of(thing)


def test_columns_of_different_length_are_refused_with_both_lengths() -> None:
    with pytest.raises(InvalidArgumentError, match="'a' 1, 'b' 2"):
        csv_of({"a": [1], "b": [1, 2]})


def test_a_column_that_mixes_kinds_is_refused() -> None:
    for values in ([1, "a"], [day(0), day(0).replace(tzinfo=None)], [day(0), dt.date(2024, 1, 1)]):
        with pytest.raises(InvalidArgumentError, match="mixes"):
            csv_of({"a": values})


def test_two_dimensional_and_big_endian_buffers_are_refused() -> None:
    for values in (np.zeros((2, 2)), np.zeros(2, dtype=">i8"), np.zeros(2, dtype=complex)):
        with pytest.raises(InvalidArgumentError, match="column 'a'"):
            csv_of({"a": values})


def test_a_capsule_that_was_consumed_is_refused() -> None:
    class Used:
        def __arrow_c_stream__(self, requested_schema=None):
            return 17

    with pytest.raises(InvalidArgumentError, match="arrow_array_stream"):
        bytes_of(Used())


def test_the_error_of_a_producer_is_quoted_and_the_state_is_unchanged() -> None:
    def batches():
        yield TABLE.to_batches()[0]
        raise ValueError("the disk caught fire")

    state = cstn.PerfectOrderState(POLICY, as_of=AS_OF, by=BY)
    before = state.serialize()
    with pytest.raises(StreamError, match="the disk caught fire"):
        state.update(pa.RecordBatchReader.from_batches(TABLE.schema, batches()))
    assert state.serialize() == before


def test_every_missing_column_is_named() -> None:
    with pytest.raises(SchemaError) as caught:
        cstn.perfect_order_rate({"x": [1]}, POLICY, as_of=AS_OF, by="carrier")
    for name in ("order_id", "promised", "carrier"):
        assert f"'{name}'" in str(caught.value)


# --- capsules -----------------------------------------------------------------------------------


def test_thousands_of_capsules_dropped_or_consumed_leave_nothing(counting) -> None:
    with counting.nothing_left():
        result = cstn.perfect_order_rate(COLUMNS, POLICY, as_of=AS_OF, by=BY)
        table = result.rates()
        base = counting.live
        for _ in range(20_000):
            table.__arrow_c_stream__()
        for _ in range(2_000):
            table.__arrow_c_schema__()
        assert counting.live == base
        for _ in range(1_000):
            pa.table(table)
        for _ in range(200):
            pl.DataFrame(table)
            table.to_pydict()
        assert counting.live == base
        kept = [pa.table(table) for _ in range(50)]
        assert counting.live > base
        del kept
        assert counting.live == base
        result.close()
        del result, table
