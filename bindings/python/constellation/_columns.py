"""Arrow record batches over memory that Python keeps: buffers as they are, lists converted.

Buffers (numpy arrays, ``array``, ``memoryview``) are handed over where they lie. The structs are
laid out in Python memory that lives as long as the `Batch`; their release functions are plain C
and free nothing.
"""

from __future__ import annotations

import array as stdlib_array
import ctypes
import datetime
import decimal
import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Dict, List, Optional, Tuple

from . import _cdefs as c
from ._native import lib, utf8
from .errors import ArithmeticOverflowError, InvalidArgumentError

_ReleaseSchema: Any = type(c.ArrowSchema().release)
_ReleaseArray: Any = type(c.ArrowArray().release)

#: (is signed, bytes) -> Arrow format
_INTEGER = {
    (True, 1): "c",
    (False, 1): "C",
    (True, 2): "s",
    (False, 2): "S",
    (True, 4): "i",
    (False, 4): "I",
    (True, 8): "l",
    (False, 8): "L",
}
_FLOAT = {4: "f", 8: "g"}
_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
_EPOCH = datetime.datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Prepared:
    """A column as Arrow has it: format, buffers, number of nulls."""

    __slots__ = ("buffers", "format", "length", "nulls")

    def __init__(self, format: str, length: int, buffers: Sequence[Any], nulls: int = 0) -> None:
        self.format = format
        self.length = length
        self.buffers = buffers  # None, or something with the buffer protocol
        self.nulls = nulls


class Batch:
    """A record batch over Python's memory. Keep it until C has released what it moved."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        prepared = []
        for name, values in columns.items():
            if not isinstance(name, str):
                raise InvalidArgumentError(f"column name {name!r} is no text")
            prepared.append((name, _prepare(name, values)))
        lengths = {column.length for _, column in prepared}
        if len(lengths) > 1:
            told = ", ".join(f"'{name}' {column.length}" for name, column in prepared)
            raise InvalidArgumentError(f"columns differ in length: {told}")
        self._keep: List[Any] = []
        fields = [self._field(name, column) for name, column in prepared]
        children = [self._child(column) for _, column in prepared]
        self.schema = self._field("", None, fields)
        self.array = self._child(None, children, lengths.pop() if lengths else 0)

    def _field(
        self, name: str, column: Optional[Prepared], children: Sequence[Any] = ()
    ) -> Any:
        text = name.encode("utf-8", "replace")
        if b"\0" in text:
            raise InvalidArgumentError(f"column name {name!r} has a NUL inside")
        schema = c.ArrowSchema()
        schema.format = b"+s" if column is None else column.format.encode()
        schema.name = text
        schema.flags = 0 if column is None else 2
        schema.n_children = len(children)
        if children:
            pointers = (c.P(c.ArrowSchema) * len(children))(*map(ctypes.pointer, children))
            schema.children = pointers
        schema.release = _ReleaseSchema(lib.address("cstn_arrow_schema_release_borrowed"))
        self._keep.append(schema)
        return schema

    def _child(
        self, column: Optional[Prepared], children: Sequence[Any] = (), length: int = 0
    ) -> Any:
        buffers = [None] if column is None else list(column.buffers)
        addresses = (ctypes.c_void_p * len(buffers))(*map(self._address, buffers))
        array = c.ArrowArray()
        array.length = length if column is None else column.length
        array.null_count = 0 if column is None else column.nulls
        array.n_buffers = len(buffers)
        array.buffers = addresses
        array.n_children = len(children)
        if children:
            pointers = (c.P(c.ArrowArray) * len(children))(*map(ctypes.pointer, children))
            array.children = pointers
        array.release = _ReleaseArray(lib.address("cstn_arrow_array_release_borrowed"))
        self._keep.append(array)
        return array

    def _address(self, data: Any) -> Optional[int]:
        """Where a buffer lies; it stays there while this batch lives."""
        if data is None:
            return None
        view = memoryview(data).cast("B") if memoryview(data).nbytes else memoryview(b"")
        self._keep.append(view)
        if view.nbytes == 0:
            return None
        if view.readonly:
            if isinstance(data, bytes):
                pointer = ctypes.c_char_p(data)
                self._keep.append(pointer)
                return ctypes.cast(pointer, ctypes.c_void_p).value
            return _readonly_address(view, self._keep)
        cell = (ctypes.c_char * view.nbytes).from_buffer(view)
        self._keep.append(cell)
        return ctypes.addressof(cell)


def _readonly_address(view: memoryview, keep: List[Any]) -> Optional[int]:
    """ctypes does not look into read-only memory; numpy tells where it lies, else it is copied."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        flat = numpy.frombuffer(view, dtype="u1")
        keep.append(flat)
        return int(flat.__array_interface__["data"][0])
    copy = bytes(view)
    pointer = ctypes.c_char_p(copy)
    keep.append(pointer)
    return ctypes.cast(pointer, ctypes.c_void_p).value


# --- one column -----------------------------------------------------------------------------------


def _prepare(name: str, values: Any) -> Prepared:
    if isinstance(values, Prepared):
        return values
    if hasattr(values, "__array_interface__") or hasattr(values, "__array__"):
        return _from_numpy(name, values)
    try:
        view = memoryview(values)
    except TypeError:
        return _from_objects(name, values)
    if isinstance(values, (bytes, bytearray)):
        raise InvalidArgumentError(f"column '{name}' is {type(values).__name__}; wrap it in a list")
    return _from_view(name, view, values)


def _from_view(name: str, view: memoryview, owner: Any) -> Prepared:
    """A column out of one buffer."""
    if view.ndim != 1:
        raise InvalidArgumentError(f"column '{name}' has {view.ndim} dimensions, 1 expected")
    code = view.format.lstrip("@=<")
    if view.format.startswith((">", "!")):
        raise InvalidArgumentError(f"column '{name}' is big-endian; swap its bytes")
    if not view.c_contiguous:
        owner = view.tobytes()
    length, size = len(view), view.itemsize
    if code == "?":
        return Prepared("b", length, [None, _pack(bytes(owner))])
    if code in tuple("bBhHiIlLqQnN"):
        return Prepared(_INTEGER[(code in "bhilqn", size)], length, [None, owner])
    if code in ("f", "d"):
        return Prepared(_FLOAT[size], length, [None, owner])
    raise InvalidArgumentError(
        f"column '{name}' has buffer format '{view.format}'; integers, floats and flags are read"
    )


def _pack(flags: bytes) -> bytes:
    """Bytes 0 and 1 as bits, the first in the lowest bit."""
    if not flags:
        return b""
    digits = flags[::-1].translate(bytes([48]) + bytes([49]) * 255).decode("ascii")
    return int(digits, 2).to_bytes((len(flags) + 7) // 8, "little")


def _validity(present: Sequence[bool]) -> Tuple[Optional[bytes], int]:
    nulls = len(present) - sum(present)
    return (None, 0) if nulls == 0 else (_pack(bytes(present)), nulls)


def _from_numpy(name: str, values: Any) -> Prepared:
    import numpy as np

    mask = None
    if isinstance(values, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(values)
        values = values.data
    values = np.asarray(values)
    if values.ndim != 1:
        raise InvalidArgumentError(f"column '{name}' has {values.ndim} dimensions, 1 expected")
    kind = values.dtype.kind
    if kind in "OUST":
        objects = [None if value is np.ma.masked else value for value in values.tolist()]
        if mask is not None:
            objects = [None if hidden else value for value, hidden in zip(objects, mask.tolist())]
        return _from_objects(name, objects)
    if kind == "M":
        return _numpy_times(name, values, mask, np)
    if not values.dtype.isnative:
        raise InvalidArgumentError(f"column '{name}' is big-endian; swap its bytes")
    values = np.ascontiguousarray(values)
    if kind == "b":
        column = Prepared("b", len(values), [None, np.packbits(values, bitorder="little")])
    elif kind in "iu":
        column = Prepared(
            _INTEGER[(kind == "i", values.dtype.itemsize)], len(values), [None, values]
        )
    elif kind == "f" and values.dtype.itemsize in _FLOAT:
        column = Prepared(_FLOAT[values.dtype.itemsize], len(values), [None, values])
    else:
        raise InvalidArgumentError(
            f"column '{name}' is {values.dtype}; integers, floats, flags, text and times are read"
        )
    return _masked(column, mask, np)


def _masked(column: Prepared, mask: Any, np: Any) -> Prepared:
    if mask is None or not mask.any():
        return column
    valid = np.packbits(~mask, bitorder="little")
    return Prepared(column.format, column.length, [valid, column.buffers[1]], int(mask.sum()))


def _numpy_times(name: str, values: Any, mask: Any, np: Any) -> Prepared:
    unit = np.datetime_data(values.dtype)
    missing = np.isnat(values)
    if mask is not None:
        missing = missing | mask
    if unit == ("D", 1):
        days = np.where(missing, np.datetime64(0, "D"), values).astype("<i8")
        if len(days) and (days.min() < -(2**31) or days.max() >= 2**31):
            raise ArithmeticOverflowError(f"column '{name}' has a date that does not fit int32 days")
        return _masked(Prepared("tdD", len(days), [None, days.astype("<i4")]), missing, np)
    if unit[1] != 1 or unit[0] not in ("s", "ms", "us", "ns"):
        raise InvalidArgumentError(f"column '{name}' is {values.dtype}; D, s, ms, us or ns expected")
    ticks = np.ascontiguousarray(values).view("<i8")
    letter = {"s": "s", "ms": "m", "us": "u", "ns": "n"}[unit[0]]
    return _masked(Prepared(f"ts{letter}:", len(ticks), [None, ticks]), missing, np)


# --- Python objects, for small data ---------------------------------------------------------------


def _missing(value: Any) -> bool:
    """None, and the NA and NaT of pandas."""
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _from_objects(name: str, values: Any) -> Prepared:
    """A column out of Python objects of one kind, None for null."""
    if isinstance(values, (str, bytes, bytearray)) or not isinstance(values, Iterable):
        raise InvalidArgumentError(f"column '{name}' is {type(values).__name__}, a list expected")
    values = [
        value.item() if hasattr(value, "dtype") and hasattr(value, "item") else value
        for value in values
    ]
    present = [not _missing(value) for value in values]
    given = [value for value, there in zip(values, present) if there]
    kinds = {type(value) for value in given}
    valid, nulls = _validity(present)
    length = len(values)
    if not given:
        return Prepared("n", length, [], length)

    def fill(convert: Any, code: str, none: Any) -> Any:
        return stdlib_array.array(
            code, [convert(v) if there else none for v, there in zip(values, present)]
        )

    if all(issubclass(kind, bool) for kind in kinds):
        return Prepared("b", length, [valid, _pack(bytes(fill(bool, "B", 0)))], nulls)
    if all(issubclass(kind, int) for kind in kinds):
        wide = [v for v in given if not -(2**63) <= v < 2**63]
        if wide:
            raise ArithmeticOverflowError(f"column '{name}' has {wide[0]}, which does not fit int64")
        return Prepared("l", length, [valid, fill(int, "q", 0)], nulls)
    if all(issubclass(kind, (int, float)) and kind is not bool for kind in kinds):
        return Prepared("g", length, [valid, fill(float, "d", 0.0)], nulls)
    if all(issubclass(kind, str) for kind in kinds):
        what = f"column '{name}'"
        texts = [utf8(v, what) if there else b"" for v, there in zip(values, present)]
        return _texts("U", texts, valid, nulls)
    if all(issubclass(kind, (bytes, bytearray)) for kind in kinds):
        return _texts("Z", [v if there else b"" for v, there in zip(values, present)], valid, nulls)
    if all(issubclass(kind, datetime.datetime) for kind in kinds):
        return _datetimes(name, values, given, present, valid, nulls)
    if all(issubclass(kind, datetime.date) for kind in kinds) and datetime.datetime not in kinds:
        days = fill(lambda v: v.toordinal() - _EPOCH_DAY, "i", 0)
        return Prepared("tdD", length, [valid, days], nulls)
    if all(issubclass(kind, decimal.Decimal) for kind in kinds):
        return _decimals(name, values, given, present, valid, nulls)
    told = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise InvalidArgumentError(f"column '{name}' mixes or holds {told}; one kind a column is read")


def _texts(format: str, texts: List[Any], valid: Any, nulls: int) -> Prepared:
    ends = stdlib_array.array("q", itertools.accumulate(map(len, texts), initial=0))
    return Prepared(format, len(texts), [valid, ends, b"".join(texts)], nulls)


def _datetimes(
    name: str, values: Any, given: Any, present: Any, valid: Any, nulls: int
) -> Prepared:
    aware = {value.tzinfo is not None for value in given}
    if len(aware) > 1:
        raise InvalidArgumentError(f"column '{name}' mixes datetimes with and without a zone")
    if any(getattr(value, "nanosecond", 0) for value in given):
        raise InvalidArgumentError(f"column '{name}' has nanoseconds; hand it over as a numpy array")
    epoch = _EPOCH_UTC if aware.pop() else _EPOCH
    ticks = stdlib_array.array(
        "q", [(v - epoch) // _MICROSECOND if there else 0 for v, there in zip(values, present)]
    )
    return Prepared(
        "tsu:UTC" if epoch is _EPOCH_UTC else "tsu:", len(values), [valid, ticks], nulls
    )


def _decimals(
    name: str, values: Any, given: Any, present: Any, valid: Any, nulls: int
) -> Prepared:
    if not all(value.is_finite() for value in given):
        raise InvalidArgumentError(f"column '{name}' has a decimal that is no number")
    scale = max(0, *(-value.as_tuple().exponent for value in given), 0)
    exact = decimal.Context(prec=60)
    data = bytearray()
    for value, there in zip(values, present):
        number = int(value.scaleb(scale, exact)) if there else 0
        if abs(number) >= 10**38:
            raise ArithmeticOverflowError(f"column '{name}' has {value}: more than 38 digits")
        data += number.to_bytes(16, "little", signed=True)
    return Prepared(f"d:38,{scale}", len(values), [valid, bytes(data)], nulls)


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Dict[str, List[Any]]:
    """Columns out of a list of dicts, in the order in which names first occur."""
    rows = list(rows)
    names: Dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return {name: [row.get(name) for row in rows] for name in names}
