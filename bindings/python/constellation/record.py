"""What a network holds: nouns, their fields and rules, and records as Python values.

The nouns and fields are the library's: `nouns` lists them, with the rule of each field in words.
"""

from __future__ import annotations

import ctypes
import datetime
import functools
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, integer, lib, made_text, out, text_of, utf8
from .errors import NotFoundError
from .times import _day_number, civil_from_days, to_datetime, to_us

__all__ = ["Field", "Noun", "Record", "nouns"]


class Field(NamedTuple):
    """A field of a noun."""

    name: str
    #: "flag", "int32", "int64", "double", "text", "bytes", "date" or "timestamp"
    type: str
    #: whether a record without it breaks no rule
    nullable: bool
    #: whether each line has its own
    line: bool
    #: place in the noun's key, from 1; 0 if it is no part of it
    key: int
    #: what it means
    doc: str
    #: its rule in words; "" if any value of the type will do
    rule: str
    #: the values it may have, if they are a closed list
    codes: Tuple[str, ...]
    #: the noun whose records it names; "" for other fields
    refers: str


class Noun(NamedTuple):
    """A kind of record."""

    name: str
    doc: str
    #: records are only ever added (events, interactions), not replaced by a next version
    append_only: bool
    #: records have lines, such as those of an order
    has_lines: bool
    #: by name, in order
    fields: "Mapping[str, Field]"

    @property
    def key(self) -> Tuple[str, ...]:
        """The names of the fields that name a record, in order."""
        parts = sorted((field.key, field.name) for field in self.fields.values() if field.key)
        return tuple(name for _, name in parts)


def _codes(noun: int, field: int) -> Tuple[str, ...]:
    codes: List[str] = []
    while True:
        code = lib.cstn_noun_field_code(noun, field, len(codes))
        if code is None:
            return tuple(codes)
        codes.append(text_of(code))


def _field(noun: int, field: int) -> Field:
    return Field(
        text_of(lib.cstn_noun_field_name(noun, field)),
        text_of(lib.cstn_type_name(lib.cstn_noun_field_type(noun, field))),
        bool(lib.cstn_noun_field_is_nullable(noun, field)),
        bool(lib.cstn_noun_field_is_line(noun, field)),
        int(lib.cstn_noun_field_key(noun, field)),
        text_of(lib.cstn_noun_field_doc(noun, field)),
        text_of(lib.cstn_noun_field_rule(noun, field)),
        _codes(noun, field),
        text_of(lib.cstn_noun_field_refers(noun, field)),
    )


@functools.lru_cache(maxsize=None)
def nouns() -> "Mapping[str, Noun]":
    """What a network can hold, by name.

    Returns
    -------
    mapping of str to Noun

    Examples
    --------
    >>> nouns()["partner"].fields["gln"].doc
    'GS1 Global Location Number'
    >>> nouns()["order"].key
    ('order_id', 'owner')
    """
    found: Dict[str, Noun] = {}
    for number in range(lib.cstn_noun_count()):
        fields = [_field(number, i) for i in range(lib.cstn_noun_field_count(number))]
        noun = Noun(
            text_of(lib.cstn_noun_name(number)),
            text_of(lib.cstn_noun_doc(number)),
            bool(lib.cstn_noun_is_append_only(number)),
            bool(lib.cstn_noun_has_lines(number)),
            MappingProxyType({field.name: field for field in fields}),
        )
        found[noun.name] = noun
    return MappingProxyType(found)


# --- values into a builder --------------------------------------------------------------------------


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NaTType", "NAType")


def _number(value: Any, name: str, kind: str) -> int:
    what = f"field '{name}'"
    if isinstance(value, datetime.date):
        return _day_number(value, what) if kind == "date" else to_us(value, what)
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        return to_us(value, what)
    if type(value).__name__ in ("bool_", "bool"):  # numpy's is no integer
        return int(bool(value))
    return integer(value, 64, what)


def _set(builder: Any, name: str, value: Any, kind: str) -> None:
    field = c_text(name, "field")
    if _is_missing(value):
        call(lib.cstn_record_builder_set_null, builder, field)
    elif isinstance(value, (str, bytes)):
        data = value if isinstance(value, bytes) else utf8(value, f"field '{name}'")
        call(lib.cstn_record_builder_set_text, builder, field, data, len(data))
    elif kind == "double" or isinstance(value, float):
        call(lib.cstn_record_builder_set_double, builder, field, float(value))
    else:
        call(lib.cstn_record_builder_set_int, builder, field, _number(value, name, kind))


class _Builder(Handle):
    _RELEASE = "cstn_record_builder_free"

    def __init__(self, noun: str) -> None:
        pointer = out(c.cstn_record_builder)
        name = c_text(noun, "noun")
        call(lib.cstn_record_builder_new, name, lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)
        found = nouns()
        self._fields = found[list(found)[lib.cstn_noun_find(name)]].fields

    def fill(self, values: "Mapping[str, Any]") -> None:
        """Set the fields that are named."""
        for name, value in values.items():
            field = self._fields.get(name)
            _set(self._live(), name, value, "" if field is None else field.type)


class Record(Handle):
    """A record of some noun: immutable, any thread.

    Values are bool, int, float, str, ``datetime.date`` and aware ``datetime.datetime`` in UTC;
    None where there is none.

    Parameters
    ----------
    noun : str
        Its name, as "order"; see `nouns`.
    fields : mapping, optional
        Values by field. Text is read as the field's type, so a time may be ISO 8601 text.
    lines : iterable of mappings, optional
        The lines of an order, the contents of a shipment.
    **more
        Further fields.

    Raises
    ------
    NotFoundError
        There is no such noun or field; the message has a similar name.
    InvalidArgumentError
        With every rule that is broken.

    Examples
    --------
    >>> partner = Record("partner", partner_id="acme", country="DE", recorded="2024-05-01")
    >>> partner["country"], partner["gln"]
    ('DE', None)
    >>> partner.to_dict()["recorded"].isoformat()
    '2024-05-01T00:00:00+00:00'
    """

    _RELEASE = "cstn_record_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        noun: str,
        fields: Optional["Mapping[str, Any]"] = None,
        /,
        *,
        lines: "Iterable[Mapping[str, Any]]" = (),
        **more: Any,
    ) -> None:
        pointer = out(c.cstn_record)
        with _Builder(noun) as builder:
            builder.fill({**(fields or {}), **more})
            for line in lines:
                call(lib.cstn_record_builder_add_line, builder._live())
                builder.fill(line)
            call(lib.cstn_record_builder_build, builder._live(), ctypes.byref(pointer))
        self._adopt(pointer)

    @classmethod
    def _wrap(cls, pointer: Any) -> "Record":
        record = cls.__new__(cls)
        record._adopt(pointer)
        return record

    @property
    def noun(self) -> str:
        """The name of its noun."""
        return text_of(lib.cstn_record_noun(self._live()))

    @property
    def seq(self) -> int:
        """The sequence number of the transaction that wrote it; 0 if it was not read from one."""
        return int(lib.cstn_record_seq(self._live()))

    def _value(self, line: int, field: Field) -> Any:
        pointer, name = self._live(), utf8(field.name, "field")
        if not lib.cstn_record_has(pointer, line, name):
            return None
        if field.type in ("text", "bytes"):
            size = ctypes.c_size_t()
            data = lib.cstn_record_text(pointer, line, name, ctypes.byref(size))
            return data if field.type == "bytes" else text_of(data)
        if field.type == "double":
            return float(lib.cstn_record_double(pointer, line, name))
        number = int(lib.cstn_record_int(pointer, line, name))
        if field.type == "flag":
            return bool(number)
        if field.type == "date":
            return datetime.date(*civil_from_days(number))
        return to_datetime(number) if field.type == "timestamp" else number

    def __getitem__(self, field: str) -> Any:
        """The value of a field of the record itself; None if there is none."""
        known = nouns()[self.noun].fields.get(field)
        if known is None or known.line:
            what = "is a field of lines" if known else "is no field"
            raise NotFoundError(f"'{field}' {what} of noun '{self.noun}'")
        return self._value(c.CSTN_NO_LINE, known)

    def __len__(self) -> int:
        """How many lines it has."""
        return int(lib.cstn_record_lines(self._live()))

    def __bool__(self) -> bool:
        return True

    def _values(self, line: int) -> Dict[str, Any]:
        fields = nouns()[self.noun].fields.values()
        wanted = [field for field in fields if field.line == (line != c.CSTN_NO_LINE)]
        values = {field.name: self._value(line, field) for field in wanted}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def lines(self) -> List[Dict[str, Any]]:
        """The lines, each a dict of the fields that have a value."""
        return [self._values(line) for line in range(len(self))]

    def to_dict(self) -> Dict[str, Any]:
        """The fields that have a value, and ``lines`` if the noun has lines."""
        values = self._values(c.CSTN_NO_LINE)
        if nouns()[self.noun].has_lines:
            values["lines"] = self.lines
        return values

    def to_json(self) -> str:
        """The record as one JSON object."""
        return made_text(lib.cstn_record_format, self._live())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return self.noun == other.noun and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        return "Record(closed)" if self.closed else f"Record({self.noun!r}, {self.to_json()})"
