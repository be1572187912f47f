"""CSV in and out: RFC 4180, UTF-8, gzip by its first bytes. The schema is given.

A read never guesses: `infer_csv_schema` is a call of its own. Rows that break the schema are left
out of the table and listed, with their line in the file.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Mapping
from typing import Any, Dict, List, NamedTuple, Optional, Union

from . import _arrow, _frames
from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, integer, lib, made_bytes, out, utf8
from ._progress import ProgressLike, run
from .errors import InvalidArgumentError
from .schema import Schema, schema_of
from .table import RowErrorTable, Table, row_errors

__all__ = ["CsvTable", "InferredSchema", "infer_csv_schema", "read_csv", "write_csv"]

PathLike = Union[str, "os.PathLike[str]"]


def _mark(mark: str, what: str) -> int:
    data = utf8(mark, what)
    if len(data) > 1:
        raise InvalidArgumentError(f"{what} {mark!r} is not one ASCII character")
    return data[0] if data else 0


def _options(
    *,
    header: bool = True,
    delimiter: str = "",
    quote: str = "",
    decimal_mark: str = "",
    thousands_mark: str = "",
    threads: int = 0,
    strict: bool = False,
    bad_null: bool = False,
    crlf: bool = False,
    max_rejects: int = 0,
    batch_rows: int = 0,
) -> Any:
    flags = 0 if header else c.CSTN_CSV_NO_HEADER
    flags |= c.CSTN_CSV_STRICT if strict else 0
    flags |= c.CSTN_CSV_BAD_NULL if bad_null else 0
    flags |= c.CSTN_CSV_CRLF if crlf else 0
    return c.cstn_csv_options(
        struct_size=ctypes.sizeof(c.cstn_csv_options),
        flags=flags,
        threads=integer(threads, 32, "threads"),
        delimiter=_mark(delimiter, "delimiter"),
        quote=_mark(quote, "quote"),
        decimal_mark=_mark(decimal_mark, "decimal_mark"),
        thousands_mark=_mark(thousands_mark, "thousands_mark"),
        max_rejects=integer(max_rejects, 64, "max_rejects"),
        batch_rows=integer(batch_rows, 64, "batch_rows"),
    )


class _Reader(Handle):
    _RELEASE = "cstn_csv_reader_unref"

    def __init__(self, path: bytes, schema: Schema, options: Any) -> None:
        pointer = out(c.cstn_csv_reader)
        call(
            lib.cstn_csv_reader_open,
            path,
            schema._live(),
            ctypes.byref(options),
            lib.allocator,
            ctypes.byref(pointer),
        )
        self._adopt(pointer)

    def export(self, stream: Any) -> None:
        with self._exclusive() as pointer:
            call(lib.cstn_csv_reader_export, pointer, stream)


class CsvTable(Table):
    """A CSV file as a table: read as it is pulled, so a file larger than memory is fine.

    Each use reads the file again. `rows` and `rejects` tell of the latest reading and are complete
    when that has come to its end.
    """

    def __init__(self, source: Union[PathLike, bytes], schema: Schema, options: Any, bad: str):
        self._source = source
        self._schema = schema
        self._options = options
        self._bad = bad
        self._reader: Optional[_Reader] = None
        Table.__init__(self, self._export_rows)
        self._open()

    def _open(self) -> _Reader:
        source = self._source
        if isinstance(source, bytes):
            # A stream may outlive every Python object, so the bytes must not be Python's.
            with tempfile.NamedTemporaryFile(prefix="constellation-", suffix=".csv") as file:
                file.write(source)
                file.flush()
                return _Reader(c_text(file.name, "path"), self._schema, self._options)
        return _Reader(c_text(os.fspath(source), "path"), self._schema, self._options)

    def _export_rows(self, stream: Any) -> None:
        reader = self._open()
        reader.export(stream)
        self._reader = reader

    def _latest(self) -> _Reader:
        if self._reader is None:
            raise InvalidArgumentError("the file was not read yet; use the table first")
        return self._reader

    @property
    def column_names(self) -> List[str]:
        """Names of the columns, in the order of the schema."""
        return self._schema.names

    @property
    def rows(self) -> int:
        """How many rows the latest reading has given out so far."""
        with self._latest()._exclusive() as pointer:
            return int(lib.cstn_csv_reader_rows(pointer))

    @property
    def rejects(self) -> Optional[RowErrorTable]:
        """What the latest reading left out so far, by line of the file; None if nothing."""
        errors = out(c.cstn_row_errors)
        with self._latest()._exclusive() as pointer:
            call(lib.cstn_csv_reader_rejects, pointer, ctypes.byref(errors))
        return RowErrorTable(errors) if errors else None

    @property
    def reject_rows(self) -> Table:
        """The rejects as columns line, column, reason and raw: `write_csv` makes a file of them."""
        reader = self._latest()

        def export(stream: Any) -> None:
            with reader._exclusive() as pointer:
                call(lib.cstn_csv_reader_export_rejects, pointer, stream)

        return Table(export)

    def check(self) -> None:
        """Raise RowErrors if the latest reading left out rows and nobody said that may be."""
        if self._bad == "keep":
            return
        rejects = self.rejects
        if rejects is not None and rejects.total:
            raise row_errors(rejects, f"{self}, ")

    def to_pydict(self) -> Dict[str, List[Any]]:  # noqa: D102
        result = Table.to_pydict(self)
        self.check()
        return result

    def to_numpy(self) -> Dict[str, Any]:  # noqa: D102
        result = Table.to_numpy(self)
        self.check()
        return result

    def to_pyarrow(self) -> Any:  # noqa: D102
        result = Table.to_pyarrow(self)
        self.check()
        return result

    def to_polars(self) -> Any:  # noqa: D102
        result = Table.to_polars(self)
        self.check()
        return result

    def __str__(self) -> str:
        return "CSV bytes" if isinstance(self._source, bytes) else f"'{os.fspath(self._source)}'"


def read_csv(
    source: Union[PathLike, bytes],
    schema: Union[Schema, str, "Mapping[str, str]"],
    *,
    header: bool = True,
    delimiter: str = "",
    quote: str = "",
    decimal_mark: str = "",
    thousands_mark: str = "",
    strict: bool = False,
    bad_rows: str = "raise",
    bad_values: str = "reject",
    max_rejects: int = 0,
    batch_rows: int = 0,
    threads: int = 0,
) -> CsvTable:
    """A CSV file, gzipped or not, as a table.

    Parameters
    ----------
    source : path or bytes
        The file, or its content.
    schema : Schema, str or mapping
        The columns to read, found by name in any order; others are skipped.
    header : bool
        False: the first line is data, and columns are the schema's, in order.
    delimiter, quote, decimal_mark, thousands_mark : str
        One ASCII character; empty means ``,``, ``"``, ``.`` and none.
    strict : bool
        Columns that the schema does not name are an error.
    bad_rows : "raise" or "keep"
        What the ``to_`` methods and the calls of this package do after reading a file with rows
        that break the schema: raise RowErrors, or go on with the others. `CsvTable.rejects` lists
        them either way. Another library that reads the stream is told nothing: look at `rejects`.
    bad_values : "reject" or "null"
        A bad value leaves its row out, or becomes null and is listed.
    max_rejects : int
        Reading ends with `LimitError` when more rows are bad; 0 means 65,536, -1 no limit.
    batch_rows : int
        Rows a batch; 0 means 65,536.
    threads : int
        0 all processors, 1 one; the same rows for any number.

    Returns
    -------
    CsvTable
        With ``to_pandas``, ``to_polars``, ``to_pyarrow``, ``to_numpy``, ``to_pydict``; or hand it
        straight to `perfect_order_rate`.

    Raises
    ------
    IOFailedError, FormatError
        For the file, when it is opened.
    LimitError
        While it is read: more rows are bad than `max_rejects`.
    StreamError
        When it fails otherwise while it is read: gzip cut short.
    SchemaError
        With every column that is absent, and similar names.

    Examples
    --------
    >>> table = read_csv(b"id,qty\\n1,5\\n2,six\\n", {"id": "int64", "qty": "int32"},
    ...                  bad_rows="keep")
    >>> table.to_pydict()
    {'id': [1], 'qty': [5]}
    >>> [(reject.row, reject.field, reject.code) for reject in table.rejects]
    [(3, 'qty', 'NUMBER')]
    """
    if bad_rows not in ("raise", "keep"):
        raise InvalidArgumentError(f"bad_rows {bad_rows!r} is not 'raise' or 'keep'")
    if bad_values not in ("reject", "null"):
        raise InvalidArgumentError(f"bad_values {bad_values!r} is not 'reject' or 'null'")
    options = _options(
        header=header,
        delimiter=delimiter,
        quote=quote,
        decimal_mark=decimal_mark,
        thousands_mark=thousands_mark,
        strict=strict,
        bad_null=bad_values == "null",
        max_rejects=max_rejects,
        batch_rows=batch_rows,
        threads=threads,
    )
    keep = bad_rows == "keep" or bad_values == "null"
    return CsvTable(source, schema_of(schema), options, "keep" if keep else "raise")


class InferredSchema(NamedTuple):
    """A schema that was guessed, and why."""

    schema: Schema
    #: a dict a column: column, type, rows, nulls, reason, example
    evidence: List[Dict[str, Any]]


def infer_csv_schema(
    path: PathLike,
    *,
    sample_rows: int = 0,
    header: bool = True,
    delimiter: str = "",
    quote: str = "",
    decimal_mark: str = "",
    thousands_mark: str = "",
) -> InferredSchema:
    """Guess a schema from the first rows of a CSV file.

    Parameters
    ----------
    path : path
    sample_rows : int
        How many rows to look at; 0 means 10,000.
    header, delimiter, quote, decimal_mark, thousands_mark
        See `read_csv`.

    Returns
    -------
    InferredSchema
        The schema, and for each column why it is what it is. A date that fits both DD/MM and MM/DD
        stays text, and says so.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     _ = file.write("id,due\\n1,2024-05-02\\n")
    ...     file.flush()
    ...     infer_csv_schema(file.name).schema.types
    {'id': 'int64', 'due': 'date'}
    """
    options = _options(
        header=header,
        delimiter=delimiter,
        quote=quote,
        decimal_mark=decimal_mark,
        thousands_mark=thousands_mark,
    )
    name, rows = c_text(os.fspath(path), "path"), integer(sample_rows, 64, "sample_rows")
    pointer = out(c.cstn_schema)
    evidence: List[Dict[str, Any]] = []
    with _arrow.allocated(_arrow.STREAM) as stream:
        call(
            lib.cstn_csv_infer,
            name,
            rows,
            ctypes.byref(options),
            lib.allocator,
            ctypes.byref(pointer),
            stream,
        )
        schema = Schema._wrap(pointer)
        for fields, array in _arrow.batches(stream):
            evidence += _arrow.rows_of(fields, array)
    return InferredSchema(schema, evidence)


def write_csv(
    data: Any,
    path: Optional[PathLike] = None,
    *,
    header: bool = True,
    delimiter: str = "",
    quote: str = "",
    decimal_mark: str = "",
    crlf: bool = False,
    progress: ProgressLike = None,
) -> Union[int, bytes]:
    """Write a frame as CSV.

    Quotes only when needed, LF; null is empty, ``""`` is quoted. A file is complete or not there:
    it is written beside its name and renamed. A name that ends in ``.gz`` compresses.

    Parameters
    ----------
    data : frame
        Anything `perfect_order_rate` reads.
    path : path, optional
        Where to; None gives the bytes.
    header : bool
        Whether the first line has the names of the columns.
    delimiter, quote, decimal_mark : str
        One ASCII character; empty means ``,``, ``"`` and ``.``.
    crlf : bool
        Lines end with CR LF.
    progress : bool or callable, optional
        Show rows done, or call ``progress(done, total)``.

    Returns
    -------
    int or bytes
        How many rows the file has, or the CSV.

    Raises
    ------
    SchemaError
        For a type that CSV does not hold.
    IOFailedError
        For the file.

    Examples
    --------
    >>> write_csv({"id": [1, 2], "name": ["a,b", None]})
    b'id,name\\n1,"a,b"\\n2,\\n'
    """
    options = _options(
        header=header, delimiter=delimiter, quote=quote, decimal_mark=decimal_mark, crlf=crlf
    )
    name = None if path is None else c_text(os.fspath(path), "path")

    def work(watch: Any) -> Union[int, bytes]:
        options.progress = watch
        with _frames.stream(data) as rows:
            if name is None:
                return made_bytes(
                    lib.cstn_csv_write_bytes, rows, ctypes.byref(options), lib.allocator
                )
            count = ctypes.c_uint64()
            call(
                lib.cstn_csv_write_file,
                rows,
                name,
                ctypes.byref(options),
                lib.allocator,
                ctypes.byref(count),
            )
            return count.value

    result = run(work, progress)
    if isinstance(data, CsvTable):
        data.check()
    return result
