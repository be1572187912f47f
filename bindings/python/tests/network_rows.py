"""Orders of two lines each, in every kind of frame: what the tests of networks put in."""

import datetime as dt

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

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


def bad_lines() -> list:
    rows = lines()
    rows[3]["qty"] = -1
    return rows
