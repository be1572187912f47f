"""Tables of results: Arrow streams on demand, and as pandas, polars, pyarrow, numpy or dicts."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union, overload

from . import _arrow, _decode
from . import _cdefs as c
from ._handles import Handle
from ._native import call, lib, out, take_error, text_of
from .errors import ConstellationError, InvalidArgumentError, RowErrors

__all__ = ["RowError", "RowErrorTable", "Table"]


class Table:
    """Columns that the library computed, read as often as you like.

    A table is anything that reads Arrow's C stream: ``pyarrow.table(table)``,
    ``polars.DataFrame(table)``, ``pandas.DataFrame.from_arrow(table)`` and
    ``duckdb.from_arrow(pyarrow.table(table))`` all work, without a copy.

    Examples
    --------
    >>> import constellation
    >>> result = constellation.perfect_order_rate(
    ...     {"order_id": [1, 2], "promised": ["2024-05-02", "2024-05-02"],
    ...      "delivered": ["2024-05-01", "2024-05-09"]},
    ...     policy="components=T", as_of="2024-06-01", casts="text", zone="UTC")
    >>> table = result.rates(frame="table")
    >>> table.to_pylist()[0]["numerator"], table.to_pylist()[0]["denominator"]
    (1, 2)
    """

    def __init__(self, export: Callable[[Any], None]) -> None:
        self._export = export

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The rows as an Arrow stream in a capsule.

        Parameters
        ----------
        requested_schema : capsule, optional
            Best effort: columns come as they are computed, so another number of columns is an
            error and other types are left to the consumer.
        """
        capsule = _arrow.capsule_of(_arrow.STREAM, self._export)
        if requested_schema is not None:
            pointer = _arrow.pointer_in(requested_schema, _arrow.SCHEMA, "requested_schema")
            stream = _arrow.pointer_in(capsule, _arrow.STREAM, type(self).__name__)
            wanted, have = pointer.contents.n_children, len(_arrow.stream_formats(stream))
            if wanted != have:
                raise InvalidArgumentError(f"{wanted} columns are requested, the table has {have}")
        return capsule

    def __arrow_c_schema__(self) -> Any:
        """The columns as an Arrow schema in a capsule."""
        with self._opened() as stream:
            return _arrow.capsule_of(
                _arrow.SCHEMA, lambda schema: _arrow.schema_of(stream, schema)
            )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Any]:
        """The stream; opening it may be what computes the table."""
        with _arrow.allocated(_arrow.STREAM) as stream:
            self._export(stream)
            yield stream

    @property
    def column_names(self) -> List[str]:
        """Names of the columns, in order."""
        with self._opened() as stream:
            return [name for name, _ in _arrow.stream_formats(stream)]

    def to_pydict(self) -> Dict[str, List[Any]]:
        """Columns as lists of Python objects; null is None, times are aware datetimes."""
        with self._opened() as stream:
            out: Dict[str, List[Any]] = {name: [] for name, _ in _arrow.stream_formats(stream)}
            for columns in _columns(stream):
                for column in columns:
                    out[column.name].extend(column.values())
            return out

    def to_pylist(self) -> List[Dict[str, Any]]:
        """Rows as dicts of Python objects; for small tables."""
        columns = self.to_pydict()
        return [dict(zip(columns, row)) for row in zip(*columns.values())]

    def to_numpy(self) -> Dict[str, Any]:
        """Columns as numpy arrays.

        Returns
        -------
        dict of str to numpy.ndarray
            int32, int64, float64 and bool; masked arrays where there are nulls (never a NaN that
            nobody asked for); times as ``datetime64[us]`` in UTC and dates as ``datetime64[D]``
            with NaT for null; text, bytes and decimals as objects with None.
        """
        import numpy as np

        with self._opened() as stream:
            formats = _arrow.stream_formats(stream)
            pieces: Dict[str, List[Any]] = {name: [] for name, _ in formats}
            for columns in _columns(stream):
                for column in columns:
                    pieces[column.name].append(column.numpy(np))
        return {
            name: _joined(np, pieces[name]) if pieces[name] else _decode.empty(np, format)
            for name, format in formats
        }

    def to_pyarrow(self) -> Any:
        """A `pyarrow.Table`, without a copy."""
        import pyarrow

        if hasattr(pyarrow.RecordBatchReader, "from_stream"):
            return pyarrow.RecordBatchReader.from_stream(self).read_all()
        with _arrow.allocated(_arrow.STREAM) as stream:
            self._export(stream)
            address = _arrow.address_of(stream)
            return pyarrow.RecordBatchReader._import_from_c(address).read_all()

    def to_polars(self) -> Any:
        """A `polars.DataFrame`, without a copy where polars allows it."""
        import polars

        if hasattr(polars.DataFrame, "__arrow_c_stream__"):
            return polars.DataFrame(self)
        return polars.from_arrow(self.to_pyarrow())

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`.

        Integers and flags with nulls get pandas' nullable types ``Int64``, ``Int32`` and
        ``boolean``, so that no integer turns into a float; dates are ``datetime64``; a null rate
        is NaN. Needs pyarrow.
        """
        import pandas
        import pyarrow

        table = self.to_pyarrow()
        nullable = {
            pyarrow.int64(): pandas.Int64Dtype(),
            pyarrow.int32(): pandas.Int32Dtype(),
            pyarrow.bool_(): pandas.BooleanDtype(),
        }
        frame = table.to_pandas(date_as_object=False)
        for index, name in enumerate(table.column_names):
            column = table.column(index)
            if column.null_count and column.type in nullable:
                frame[name] = column.to_pandas(types_mapper=nullable.get)
        return frame

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.column_names)})"


def computed(export: Callable[[Any], None], first: Any = None) -> Callable[[Any], None]:
    """An export that runs now: its first reader gets what it made, for a later one it runs again.

    `first` is a capsule of a stream, where that was made already.
    """
    held = [_arrow.capsule_of(_arrow.STREAM, export) if first is None else first]

    def give(stream: Any) -> None:
        try:
            capsule = held.pop()
        except IndexError:
            export(stream)
        else:
            _arrow.move_stream(capsule, stream)

    return give


def _columns(stream: Any) -> Iterator[List[_decode.Column]]:
    return (_decode.columns(schema, array) for schema, array in _arrow.batches(stream))


def _joined(np: Any, pieces: List[Any]) -> Any:
    if len(pieces) == 1:
        return pieces[0]
    if any(isinstance(piece, np.ma.MaskedArray) for piece in pieces):
        return np.ma.concatenate(pieces)
    return np.concatenate(pieces)


class RowError(NamedTuple):
    """One row that was left out, or one value that was made null."""

    #: 0-based row of the input; for CSV the 1-based physical line
    row: int
    #: the column's name; "" for the whole row
    field: str
    #: what it broke, "NOT_POSITIVE"
    code: str
    #: the offending value as text, or None
    value: Optional[str]
    #: "row 17 of 'bolt', column 'qty': NaN is not allowed"
    message: str
    #: what the row is of, its series or item, where the call knows
    key: Optional[str] = None


class RowErrorTable(Handle, Table, Sequence):  # type: ignore[type-arg]
    """The rows that a call left out: a sequence of `RowError`, and a table.

    Attributes
    ----------
    total : int
        How many there were; at most 65,536 of them are stored.
    more : list of RowErrorTable
        Those of further frames, where several were given at once.
    """

    _RELEASE = "cstn_row_errors_free"
    _IMMUTABLE = True

    def __init__(self, pointer: Any) -> None:
        self._adopt(pointer)
        self.more: List[RowErrorTable] = []
        Table.__init__(self, self._export_errors)

    def _export_errors(self, stream: Any) -> None:
        call(lib.cstn_row_errors_export, self._live(), stream)

    @property
    def total(self) -> int:
        """How many there were, stored or not."""
        return int(lib.cstn_row_errors_total(self._live()))

    def __len__(self) -> int:
        return int(lib.cstn_row_errors_count(self._live()))

    @overload
    def __getitem__(self, index: int) -> RowError: ...

    @overload
    def __getitem__(self, index: slice) -> List[RowError]: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[RowError, List[RowError]]:
        if isinstance(index, slice):
            return [self._at(i) for i in range(*index.indices(len(self)))]
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"row error {index} of {count}")
        return self._at(index % count)

    def _at(self, index: int) -> RowError:
        pointer = self._live()
        error = c.cstn_row_error()
        call(lib.cstn_row_errors_at, pointer, index, ctypes.byref(error))
        size = lib.cstn_row_errors_copy_message(pointer, index, None, 0) + 1
        message = ctypes.create_string_buffer(size)
        lib.cstn_row_errors_copy_message(pointer, index, message, size)
        value = lib.cstn_row_errors_value(pointer, index)
        key = lib.cstn_row_errors_key(pointer, index)
        return RowError(
            error.row,
            text_of(lib.cstn_row_errors_column(pointer, index)),
            text_of(lib.cstn_row_code_name(error.code)),
            None if value is None else text_of(value),
            text_of(message.value),
            None if key is None else text_of(key),
        )

    def __repr__(self) -> str:
        return "RowErrorTable(closed)" if self.closed else f"RowErrorTable({self.total} rows)"


def row_errors(rows: RowErrorTable, where: str = "") -> RowErrors:
    """The exception for rows that were left out: how many, and the first in words."""
    more = f" and {rows.total - 1:,} more" if rows.total > 1 else ""
    return RowErrors(f"rows were left out: {where}{rows[0].message}{more}", rows=rows)


def _ended(
    function: Callable[..., int], *arguments: Any
) -> Tuple[Optional[RowErrorTable], Optional[ConstellationError]]:
    """Call what may leave out rows: those rows, and the exception for what it returned."""
    rows, error = out(c.cstn_row_errors), out(c.cstn_error)
    status = int(function(*arguments, ctypes.byref(rows), ctypes.byref(error)))
    table = RowErrorTable(rows) if rows else None
    if status == c.CSTN_OK:
        return table, None
    failure = take_error(status, error)
    failure.rows = table
    return table, failure


def call_with_rows(function: Callable[..., int], *arguments: Any) -> Optional[RowErrors]:
    """Call a function that may leave out rows: RowErrors is returned, others are raised."""
    table, failure = _ended(function, *arguments)
    if failure is None:
        return None
    if not isinstance(failure, RowErrors):
        raise failure
    return row_errors(table) if table is not None else failure


def call_keeping_rows(function: Callable[..., int], *arguments: Any) -> Optional[RowErrorTable]:
    """Call what has a result also when rows were bad; those rows, or None. Where they are not told
    there is none either."""
    table, failure = _ended(function, *arguments)
    if failure is not None and (table is None or not isinstance(failure, RowErrors)):
        raise failure
    return table


def call_whole(function: Callable[..., int], *arguments: Any) -> Optional[RowErrorTable]:
    """Call what takes all rows or none, but for those it was told to leave out: these, or None."""
    table, failure = _ended(function, *arguments)
    if failure is None:
        return table
    if isinstance(failure, RowErrors) and table is not None:
        failure = row_errors(table, "nothing was taken; ")
    raise failure
