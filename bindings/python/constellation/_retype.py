"""Rows given the Arrow types back that a kind of frame has lost.

A dict of lists has no bytes of fixed width and no type for a column of nulls; pandas changes dates,
bytes and integers. What the values still tell is enough to make the column again: by way of Python
objects, O(rows), some microseconds a row and column.
"""

from __future__ import annotations

import array as stdlib_array
import datetime
import decimal
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Dict, List, Tuple

from ._arrow import SCHEMA, allocated, schema_of, value_formats
from ._columns import Prepared, _missing, _pack, _texts, _validity, from_rows
from ._decode import EPOCH, EPOCH_DAY, FIXED
from ._frames import _library, stream
from .errors import InvalidArgumentError

Types = Sequence[Tuple[str, str]]

_TEXTS, _BYTES = ("u", "U", "vu"), ("z", "Z", "vz")
_TICKS = {"s": 1_000_000_000, "m": 1_000_000, "u": 1000, "n": 1}


class TypeLostError(InvalidArgumentError, TypeError):
    """A column has lost the type that it left with, and its values do not tell it."""


def plain(format: str) -> str:
    """The format without the layout: one for all text, one for all bytes."""
    if format in _TEXTS or format in _BYTES:
        return "U" if format in _TEXTS else "Z"
    if format.startswith("d:"):
        return format if format.count(",") == 2 else format + ",128"
    return format


def types_of(rows: Any) -> List[Tuple[str, str]]:
    """Name and format of each column, as the rows have them now."""
    with stream(rows) as pointer, allocated(SCHEMA) as schema:
        schema_of(pointer, schema)
        return [(name, plain(format)) for name, format in value_formats(schema)]


# --- values as objects ----------------------------------------------------------------------------


def objects(rows: Any, nan: bool = False) -> Dict[str, List[Any]]:
    """Columns as lists; with `nan` what is missing in a column of floats of pandas is NaN."""
    if isinstance(rows, (list, tuple)):
        return from_rows(rows)
    if _library(rows) == "pandas" and hasattr(rows, "columns"):
        return {str(name): _of_pandas(rows[name], nan) for name in rows.columns}
    if _library(rows) == "polars" and hasattr(rows, "to_dict"):
        return dict(rows.to_dict(as_series=False))
    if hasattr(rows, "to_pydict"):
        return dict(rows.to_pydict())
    if isinstance(rows, Mapping):
        return {
            name: values.to_pylist()
            if hasattr(values, "to_pylist")
            else values.tolist()
            if hasattr(values, "tolist")
            else list(values)
            for name, values in rows.items()
        }
    raise TypeLostError(f"rows are {type(rows).__name__}: verify them as pyarrow has them")


def _of_pandas(series: Any, nan: bool) -> List[Any]:
    values = series.astype(object)
    if nan and series.dtype.kind == "f":
        return list(values)
    return list(values.where(series.notna(), None))


def has_nan(rows: Any) -> bool:
    """Whether these are of pandas with a column of floats where null and NaN are the same."""
    return _library(rows) == "pandas" and any(
        rows[name].dtype.kind == "f" and bool(rows[name].isna().any()) for name in rows.columns
    )


# --- objects as a type ----------------------------------------------------------------------------


def retyped(rows: Any, types: Types, nan: bool = False) -> "Dict[str, Any]":
    """The rows with those types, to be handed to C.

    Raises
    ------
    TypeLostError
        Naming the column, its type, and what it holds now.
    """
    found = objects(rows, nan)
    return {name: _column(name, found[name], format) for name, format in types}


def _column(name: str, values: List[Any], format: str) -> Prepared:
    values = [value.item() if type(value).__module__ == "numpy" else value for value in values]
    present = [not _missing(value) for value in values]
    valid, nulls = _validity(present)
    length = len(values)
    encode, none = _encoder(format)

    def encoded() -> List[Any]:
        return [encode(value) if there else none for value, there in zip(values, present)]

    try:
        if format == "n":
            if nulls != length:
                raise ValueError
            return Prepared("n", length, [], length)
        if format in _TEXTS or format in _BYTES:
            return _texts("U" if format in _TEXTS else "Z", encoded(), valid, nulls)
        if format == "b":
            return Prepared("b", length, [valid, _pack(bytes(encoded()))], nulls)
        if format in FIXED:
            code = FIXED[format][1]
            return Prepared(format, length, [valid, struct.pack(f"={length}{code}", *encoded())], nulls)
        if format.startswith("ts"):
            return Prepared(format, length, [valid, stdlib_array.array("q", encoded())], nulls)
        return Prepared(format, length, [valid, b"".join(encoded())], nulls)
    except (TypeError, ValueError, struct.error, OverflowError, decimal.InvalidOperation):
        held = sorted({type(v).__name__ for v, there in zip(values, present) if there})
        raise TypeLostError(
            f"column '{name}' left as Arrow format '{format}' and holds {', '.join(held)} now: "
            "its type is lost; verify the rows as they were received"
        ) from None


def _encoder(format: str) -> Tuple[Callable[[Any], Any], Any]:
    """What makes a value of a format of an object, and what lies where there is none."""
    if format in _TEXTS or format in _BYTES:
        return (_text if format in _TEXTS else _binary), b""
    if format == "b":
        return _flag, 0
    if format in ("f", "g"):
        return float, 0.0
    if format == "tdD":
        return _days, 0
    if format in FIXED:
        return _whole, 0
    if format.startswith("ts") and format[2:3] in _TICKS:
        return _ticks(format), 0
    if format.startswith("d:"):
        _, scale, *bits = format[2:].split(",")
        width = (int(bits[0]) if bits else 128) // 8
        return _decimal(int(scale), width), bytes(width)
    if format.startswith("w:"):
        width = int(format[2:])
        return _wide(width), bytes(width)
    return _none_such, 0


def _text(value: Any) -> bytes:
    return str.encode(value, "utf-8")


def _binary(value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError
    return bytes(value)


def _wide(width: int) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        made = _binary(value)
        if len(made) != width:
            raise ValueError
        return made

    return encode


def _flag(value: Any) -> int:
    if not isinstance(value, bool):
        raise TypeError
    return int(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or int(value) != value:
        raise TypeError
    return int(value)


def _days(value: Any) -> int:
    if isinstance(value, datetime.datetime) and value.time() != datetime.time():
        raise ValueError
    if not isinstance(value, datetime.date):
        raise TypeError
    return value.toordinal() - EPOCH_DAY


def _ticks(format: str) -> Callable[[Any], int]:
    per, zoned = _TICKS[format[2]], bool(format[4:])
    epoch = EPOCH if zoned else EPOCH.replace(tzinfo=None)

    def encode(value: Any) -> int:
        if not isinstance(value, datetime.datetime) or (value.tzinfo is not None) != zoned:
            raise TypeError
        whole = (value - epoch) // datetime.timedelta(microseconds=1)
        ticks, rest = divmod(whole * 1000 + getattr(value, "nanosecond", 0), per)
        if rest:
            raise ValueError
        return ticks

    return encode


def _decimal(scale: int, width: int) -> Callable[[Any], bytes]:
    exact = decimal.Context(prec=80)

    def encode(value: Any) -> bytes:
        if not isinstance(value, (int, decimal.Decimal)):
            raise TypeError
        number = decimal.Decimal(value).scaleb(scale, exact)
        if number != number.to_integral_value(context=exact):
            raise ValueError
        return int(number).to_bytes(width, "little", signed=True)

    return encode


def _none_such(_value: Any) -> Any:
    raise TypeError


__all__ = ["TypeLostError", "has_nan", "objects", "plain", "retyped", "types_of"]
