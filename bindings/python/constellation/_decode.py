"""Reading the Arrow arrays that the library exports, with the standard library or numpy.

Read are integers, floats, flags, text, bytes, days, timestamps of seconds to microseconds, decimals,
and dictionaries of them. Everything else goes through pyarrow or polars.
"""

from __future__ import annotations

import ctypes
import datetime
import decimal
import struct
from typing import Any, Callable, Dict, List, Optional, Tuple

from .errors import NotSupportedError

EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

#: Arrow format -> (bytes a value, memoryview format, numpy dtype)
FIXED = {
    "i": (4, "i", "<i4"),
    "l": (8, "q", "<i8"),
    "g": (8, "d", "<f8"),
    "tdD": (4, "i", "<i4"),
    "c": (1, "b", "<i1"),
    "C": (1, "B", "<u1"),
    "s": (2, "h", "<i2"),
    "S": (2, "H", "<u2"),
    "I": (4, "I", "<u4"),
    "L": (8, "Q", "<u8"),
    "f": (4, "f", "<f4"),
}
#: unit of a timestamp -> (microseconds, numpy's name)
UNITS = {"s": (1_000_000, "s"), "m": (1000, "ms"), "u": (1, "us")}


def unit_of(format: str) -> Optional[str]:
    """The unit of a timestamp that a `datetime` can hold; None for other formats."""
    known = format.startswith("ts") and format[2:3] in UNITS and format[3:4] == ":"
    return format[2] if known else None


def is_read(format: str) -> bool:
    """Whether values of an Arrow format can be had as Python objects."""
    return (
        format in FIXED
        or format in ("n", "b", "u", "U", "z", "Z")
        or format.startswith(("d:", "w:"))
        or unit_of(format) is not None
    )


def _fixed(format: str) -> "Optional[Tuple[int, str, str]]":
    return (8, "q", "<i8") if unit_of(format) else FIXED.get(format)


class Column:
    """One column of one batch: a view of C memory, valid while the batch is held."""

    def __init__(self, name: str, format: str, array: Any) -> None:
        self.name = name
        self.format = format
        self.length: int = array.length
        self.offset: int = array.offset
        self.array = array

    def _bytes(self, buffer: int, size: int) -> memoryview:
        address = self.array.buffers[buffer]
        if not address or size == 0:
            return memoryview(b"")
        return memoryview((ctypes.c_char * size).from_address(address)).cast("B")

    def _bits(self, buffer: int) -> Optional[List[bool]]:
        """Bits as booleans; None if the buffer is absent."""
        if self.length == 0 or not self.array.buffers[buffer]:
            return None
        data = bytes(self._bytes(buffer, (self.offset + self.length + 7) // 8))
        text = format(int.from_bytes(data, "little"), f"0{len(data) * 8}b")[::-1]
        return [bit == "1" for bit in text[self.offset : self.offset + self.length]]

    def valid(self) -> Optional[List[bool]]:
        """Which rows are not null; None if all are."""
        if self.format == "n":
            return [False] * self.length
        return None if self.array.null_count == 0 else self._bits(0)

    def width(self) -> int:
        """Bytes a value of a fixed-width column; 0 for others."""
        fixed = _fixed(self.format)
        if fixed is not None:
            return fixed[0]
        if self.format.startswith("d:"):
            parts = self.format[2:].split(",")
            return (int(parts[2]) if len(parts) > 2 else 128) // 8
        if self.format.startswith("w:"):
            return int(self.format[2:])
        return 0

    def raw(self) -> memoryview:
        """The values of a fixed-width column as bytes."""
        width = self.width()
        data = self._bytes(1, (self.offset + self.length) * width)
        return data[self.offset * width :]

    def values(self) -> List[Any]:
        """The values as Python objects, None for null."""
        values = self._values()
        convert = _converter(self.format)
        valid = self.valid()
        if valid is None:
            return values if convert is _same else [convert(value) for value in values]
        return [convert(value) if ok else None for value, ok in zip(values, valid)]

    def _values(self) -> List[Any]:
        kind = self.format
        if kind == "n":
            return [None] * self.length
        fixed = _fixed(kind)
        if fixed is not None:
            data = self.raw()
            return list(struct.unpack(f"={len(data) // fixed[0]}{fixed[1]}", data))
        if kind == "b":
            return self._bits(1) or [False] * self.length
        if kind in ("u", "z", "U", "Z"):
            return self._texts(kind)
        if kind.startswith("d:"):
            width, scale = self.width(), int(kind[2:].split(",")[1])
            data = self.raw()
            numbers = [
                int.from_bytes(data[i : i + width], "little", signed=True)
                for i in range(0, len(data), width)
            ]
            return [decimal.Decimal(number).scaleb(-scale) for number in numbers]
        if kind.startswith("w:"):
            width, data = self.width(), self.raw()
            return [bytes(data[i : i + width]) for i in range(0, len(data), width)]
        raise NotSupportedError(f"column '{self.name}' is of Arrow format '{kind}'; use to_pyarrow")

    def _texts(self, kind: str) -> List[Any]:
        if self.length == 0:
            return []
        wide = kind in ("U", "Z")
        size = 8 if wide else 4
        view = self._bytes(1, (self.offset + self.length + 1) * size)
        ends = struct.unpack(f"={len(view) // size}{'q' if wide else 'i'}", view)[self.offset :]
        data = bytes(self._bytes(2, ends[-1]))
        cut: Callable[[bytes], Any] = bytes if kind in ("z", "Z") else _decode_utf8
        return [cut(data[begin:end]) for begin, end in zip(ends, ends[1:])]

    def numpy(self, np: Any) -> Any:
        """The values as a numpy array; columns with nulls are masked, times use NaT."""
        kind, valid = self.format, self.valid()
        fixed, unit = _fixed(kind), unit_of(kind)
        if fixed is not None:
            array = np.frombuffer(self.raw(), dtype=fixed[2]).copy()
            if unit is not None:
                array = array.view(f"<M8[{UNITS[unit][1]}]")
            elif kind == "tdD":
                array = array.astype("<i8").view("<M8[D]")
            if unit is not None or kind == "tdD":
                if valid is not None:
                    array[~np.array(valid, dtype=bool)] = np.datetime64("NaT")
                return array
        elif kind == "b":
            array = np.array(self._values(), dtype=bool)
        else:
            array = np.empty(self.length, dtype=object)
            array[:] = self.values()
            return array
        if valid is None:
            return array
        return np.ma.MaskedArray(array, mask=~np.array(valid, dtype=bool))


def _same(value: Any) -> Any:
    return value


def _decode_utf8(data: bytes) -> str:
    return data.decode("utf-8")


def _converter(format: str) -> Callable[[Any], Any]:
    """What makes an object of a value as it lies; `_same` where it is one."""
    if format == "tdD":
        return lambda days: datetime.date.fromordinal(EPOCH_DAY + days)
    unit = unit_of(format)
    if unit is None:
        return _same
    per, epoch = UNITS[unit][0], EPOCH if format[4:] else EPOCH.replace(tzinfo=None)
    return lambda ticks: epoch + datetime.timedelta(microseconds=ticks * per)


class Coded(Column):
    """A column of a dictionary: indices, and the values that they mean."""

    def __init__(self, name: str, format: str, array: Any, values: Column) -> None:
        super().__init__(name, format, array)
        self.dictionary = values

    def values(self) -> List[Any]:
        """The values as Python objects, None for null."""
        meant = self.dictionary.values()
        return [None if code is None else meant[code] for code in super().values()]

    def numpy(self, np: Any) -> Any:
        """The values as an array of objects, None for null."""
        array = np.empty(self.length, dtype=object)
        array[:] = self.values()
        return array


def _column(schema: Any, array: Any) -> Column:
    name, format = schema.name.decode("utf-8", "replace"), schema.format.decode()
    if not schema.dictionary:
        return Column(name, format, array)
    values = Column(
        name, schema.dictionary.contents.format.decode(), array.dictionary.contents
    )
    return Coded(name, format, array, values)


def columns(schema: Any, array: Any) -> List[Column]:
    """The columns of a batch."""
    fields, batch = schema.contents, array.contents
    return [
        _column(fields.children[i].contents, batch.children[i].contents)
        for i in range(batch.n_children)
    ]


def empty(np: Any, format: str) -> Any:
    """A numpy array without rows, of the type that a column with rows would have."""
    fixed, unit = _fixed(format), unit_of(format)
    dtype: Any = bool if format == "b" else object if fixed is None else fixed[2]
    if unit is not None or format == "tdD":
        dtype = "<M8[D]" if unit is None else f"<M8[{UNITS[unit][1]}]"
    return np.empty(0, dtype=dtype)
