"""What snapshots, transactions and networks hand to C: keys, paths, imports, scans."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Sequence
from typing import Any, Callable, Dict, Optional, Tuple, Union

from . import _cdefs as c
from . import _frames
from ._native import c_text, integer, text_array, unsigned
from ._reading import Reading, read_options
from .csv import CsvTable
from .errors import InvalidArgumentError, RowErrors, SchemaError
from .record import Record
from .table import RowErrorTable, call_with_rows
from .times import TimeLike, to_us

#: a record's key: its first part, or all parts in order
KeyLike = Union[str, "Sequence[str]"]
PathLike = Union[str, "os.PathLike[str]"]


def _key(key: KeyLike) -> Tuple[Any, int]:
    parts = [key] if isinstance(key, str) else list(key)
    return text_array(parts, "key")


def _path(path: PathLike, what: str = "path") -> bytes:
    return c_text(os.fspath(path), what)


def _as_of(as_of: Optional[TimeLike]) -> int:
    return int(c.CSTN_AS_OF_NOW) if as_of is None else to_us(as_of, "as_of")


def _record(noun: Union[str, Record], fields: Any, lines: Any, more: Dict[str, Any]) -> Record:
    if isinstance(noun, Record):
        if fields is not None or more or lines:
            raise InvalidArgumentError("a Record has its fields; give them when it is made")
        return noun
    return Record(noun, fields, lines=lines, **more)


class _Import:
    """An import, laid out for C."""

    def __init__(
        self,
        how: Reading,
        recorded: Optional[TimeLike],
        all_or_nothing: bool,
        skip_unknown: bool,
        threads: int,
    ) -> None:
        flags = c.CSTN_IMPORT_ALL_OR_NOTHING if all_or_nothing else 0
        flags |= c.CSTN_IMPORT_SKIP_UNKNOWN if skip_unknown else 0
        self.options = read_options(
            c.cstn_import_options,
            how,
            flags,
            threads=integer(threads, 32, "threads"),
            recorded_us=0 if recorded is None else to_us(recorded, "recorded"),
        )

    def run(
        self, function: Callable[..., int], pointer: Any, noun: str, rows: Any, watch: Any
    ) -> Optional[RowErrors]:
        options = self.options(watch)
        with _frames.stream(rows) as stream:
            try:
                failure = call_with_rows(
                    function, pointer, c_text(noun, "noun"), stream, ctypes.byref(options)
                )
            except SchemaError as error:
                if not re.search("required column '(order_)?recorded' is absent", error.message):
                    raise
                hint = "say recorded= when the rows, which do not say it, were known"
                raise SchemaError(f"{error.message} | {hint}", error.code) from None
        if isinstance(rows, CsvTable):
            rows.check()
        return failure


def _bad_rows(failure: Optional[RowErrors], bad_rows: str) -> Optional[RowErrorTable]:
    if failure is None:
        return None
    if bad_rows == "raise":
        raise failure
    rows: Optional[RowErrorTable] = failure.rows
    return rows


def _check_bad_rows(bad_rows: str) -> None:
    if bad_rows not in ("raise", "keep"):
        raise InvalidArgumentError(f"bad_rows {bad_rows!r} is not 'raise' or 'keep'")


class _Scan:
    """What a scan shall give, laid out for C; keeps what the struct points to."""

    def __init__(
        self,
        columns: Optional["Sequence[str]"] = None,
        *,
        lines: bool = False,
        numbered: bool = False,
        dictionary: bool = False,
        ids: Optional["Sequence[str]"] = None,
        between: Optional[Tuple[str, TimeLike, TimeLike]] = None,
        partner: Optional[str] = None,
        where: Optional[Tuple[str, str]] = None,
        as_of: Optional[TimeLike] = None,
        since: Optional[int] = None,
        empty_as_null: bool = False,
    ) -> None:
        options = c.cstn_scan_options(struct_size=ctypes.sizeof(c.cstn_scan_options))
        options.flags |= c.CSTN_SCAN_LINES if lines else 0
        options.flags |= c.CSTN_SCAN_NUMBERED if numbered else 0
        options.flags |= c.CSTN_SCAN_DICTIONARY if dictionary else 0
        options.flags |= c.CSTN_SCAN_EMPTY_AS_NULL if empty_as_null else 0
        if columns is not None:
            options.columns, options.n_columns = text_array(columns, "columns")
        if ids is not None:
            options.ids, options.n_ids = text_array(ids, "ids")
        if between is not None:
            field, begin, end = between
            options.flags |= c.CSTN_SCAN_RANGE
            options.range_field = c_text(field, "field of between")
            options.from_us = to_us(begin, "begin of between")
            options.until_us = to_us(end, "end of between")
        if partner is not None:
            options.partner = c_text(partner, "partner")
        if where is not None:
            options.where_field = c_text(where[0], "field of where")
            options.where_text = c_text(where[1], "text of where")
        if as_of is not None:
            options.flags |= c.CSTN_SCAN_AS_OF
            options.as_of_us = to_us(as_of, "as_of")
        if since is not None:
            options.flags |= c.CSTN_SCAN_SINCE
            options.since_seq = unsigned(since, 64, "since")
        self.options = options
