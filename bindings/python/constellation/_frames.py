"""Frames in, frames out: whatever holds columns becomes one Arrow stream, and a table becomes
the kind of frame that came in."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator, Mapping
from typing import Any, Dict, List, Optional

from . import _arrow
from ._columns import Batch, from_rows
from .errors import InvalidArgumentError

KINDS = ("pandas", "polars", "pyarrow", "table")


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def kind_of(data: Any) -> str:
    """Which kind of frame results come back as: "pandas", "polars", "pyarrow" or "table"."""
    library = _library(data)
    return library if library in KINDS else "table"


def check_kind(frame: Optional[str], default: str) -> str:
    """The kind a caller asked for, or the default."""
    if frame is None:
        return default
    if frame not in KINDS:
        raise InvalidArgumentError(f"frame {frame!r} is not one of {', '.join(KINDS)}")
    return frame


def convert(table: Any, kind: str) -> Any:
    """A `Table` as a frame of a kind."""
    return table if kind == "table" else getattr(table, f"to_{kind}")()


def rows_of(data: Any) -> List[Dict[str, Any]]:
    """Rows of a frame of any kind as dicts, for small ones (rows themselves pass); what is missing in pandas is None."""
    for name in ("to_pylist", "to_dicts"):
        if hasattr(data, name):
            rows: List[Dict[str, Any]] = getattr(data, name)()
            return rows
    if isinstance(data, Mapping):
        return [dict(zip(data, row)) for row in zip(*data.values())]
    if not hasattr(data, "astype"):
        return list(data)
    return [
        {name: None if value is None or value != value else value for name, value in row.items()}
        for row in data.astype(object).where(data.notna(), None).to_dict("records")
    ]


def parts(data: Any) -> Iterator[Any]:
    """What is handed over one after the other: the frame itself, or what an iterator yields."""
    if is_iterator(data):
        yield from data
    else:
        yield data


def is_iterator(data: Any) -> bool:
    """Whether `data` yields frames, and is none itself."""
    exports = ("__arrow_c_stream__", "__arrow_c_array__", "_export_to_c")
    return isinstance(data, Iterator) and not any(hasattr(data, name) for name in exports)


@contextlib.contextmanager
def stream(data: Any) -> Iterator[Any]:
    """The rows of `data` as a pointer to an ``ArrowArrayStream``, to be moved from in the block.

    First that fits: ``__arrow_c_stream__``, ``__arrow_c_array__``, pyarrow's ``_export_to_c``, a
    mapping of columns, a list of mappings.
    """
    data = _as_frame(data)
    name = type(data).__name__
    if hasattr(data, "__arrow_c_stream__"):
        capsule = data.__arrow_c_stream__()
        yield _arrow.pointer_in(capsule, _arrow.STREAM, name)
    elif hasattr(data, "__arrow_c_array__"):
        schema_capsule, array_capsule = data.__arrow_c_array__()
        with _arrow.allocated(_arrow.STREAM) as out:
            _arrow.stream_from_array(
                _arrow.pointer_in(schema_capsule, _arrow.SCHEMA, name),
                _arrow.pointer_in(array_capsule, _arrow.ARRAY, name),
                out,
            )
            yield out
    elif hasattr(data, "_export_to_c"):
        with _arrow.allocated(_arrow.STREAM) as out:
            _export_to_c(data, out)
            yield out
    elif isinstance(data, Mapping):
        batch = Batch(data)
        with _arrow.allocated(_arrow.STREAM) as out:
            _arrow.stream_from_array(
                ctypes.pointer(batch.schema), ctypes.pointer(batch.array), out
            )
            yield out
    else:
        raise InvalidArgumentError(
            f"{name} holds no columns that can be read; hand over a pandas, polars, pyarrow or "
            "duckdb frame, anything with __arrow_c_stream__, a dict of columns or a list of dicts"
        )


def stream_or_none(data: Any) -> "contextlib.AbstractContextManager[Any]":
    """`stream`, or a null pointer for None."""
    return contextlib.nullcontext() if data is None else stream(data)


def _as_frame(data: Any) -> Any:
    """Older frames, lists of rows and dicts of columns of a frame library as something above."""
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return data
    library = _library(data)
    if library == "pandas":
        import pyarrow

        return pyarrow.Table.from_pandas(data)
    if library == "polars" and hasattr(data, "to_arrow"):
        return _as_frame(data.to_arrow())
    if library == "pyarrow" and hasattr(data, "to_reader"):
        return data.to_reader()
    if library == "duckdb":
        return data.fetch_record_batch()
    if isinstance(data, (list, tuple)) and all(isinstance(row, Mapping) for row in data):
        return from_rows(data)
    if isinstance(data, Mapping):
        libraries = {_library(column) for column in data.values()}
        if "pandas" in libraries:
            import pandas

            return _as_frame(pandas.DataFrame(dict(data)))
        if "polars" in libraries:
            import polars

            return polars.DataFrame(dict(data))
        if "pyarrow" in libraries:
            import pyarrow

            return _as_frame(pyarrow.table(dict(data)))
    return data


def _export_to_c(data: Any, out: Any) -> None:
    """pyarrow without capsules: its own export to addresses."""
    if hasattr(data, "read_next_batch"):
        data._export_to_c(_arrow.address_of(out))
        return
    with _arrow.allocated(_arrow.SCHEMA) as schema, _arrow.allocated(_arrow.ARRAY) as array:
        data._export_to_c(_arrow.address_of(array), _arrow.address_of(schema))
        _arrow.stream_from_array(schema, array, out)


