"""What columns a table has, and how columns that are called or typed otherwise are bound."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any, Dict, Iterable, List, Optional, Tuple, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, integer, lib, made_text, out, text_of, utf8
from .errors import InvalidArgumentError
from .times import Zone, zone_of

__all__ = ["CASTS", "Binding", "Schema"]

#: casts that a binding may allow, by name; widening of integers is always on
CASTS: Dict[str, int] = {
    "text": c.CSTN_CAST_TEXT,
    "truncate_time": c.CSTN_CAST_TRUNCATE_TIME,
    "dictionary": c.CSTN_CAST_DICTIONARY,
    "integral": c.CSTN_CAST_INTEGRAL,
    "nan_null": c.CSTN_CAST_NAN_NULL,
    "days_time": c.CSTN_CAST_DAYS_TIME,
}


class Schema(Handle):
    """Columns by name. Immutable; any thread.

    Parameters
    ----------
    columns : str or mapping of str to str
        Either the text, one ``name type [option]...`` a line, or a mapping from name to
        ``"type [option]..."``. Types: flag int32 int64 double text bytes date timestamp decimal.
        Options: ``null``; ``scale=N`` (decimal); ``form=F`` (date and timestamp in text);
        ``zone=utc`` or ``zone=+HH:MM`` (timestamp text without a zone); ``missing="TEXT"``.

    Raises
    ------
    FormatError
        With the line number.
    SchemaError
        For a name twice.

    Examples
    --------
    >>> schema = Schema({"order_id": "text", "due": "timestamp null zone=utc", "qty": "int64"})
    >>> schema.names
    ['order_id', 'due', 'qty']
    >>> schema.types["due"]
    'timestamp'
    """

    _RELEASE = "cstn_schema_unref"
    _IMMUTABLE = True

    def __init__(self, columns: Union[str, "Mapping[str, str]"]) -> None:
        if not isinstance(columns, str):
            columns = "".join(f"{_quoted(name)} {kind}\n" for name, kind in columns.items())
        data = utf8(columns, "schema")
        pointer = out(c.cstn_schema)
        call(lib.cstn_schema_parse, data, len(data), lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    @classmethod
    def _wrap(cls, pointer: Any) -> "Schema":
        schema = cls.__new__(cls)
        schema._adopt(pointer)
        return schema

    @property
    def text(self) -> str:
        """The schema as text that reads back to the same."""
        return made_text(lib.cstn_schema_format, self._live())

    def __len__(self) -> int:
        return int(lib.cstn_schema_count(self._live()))

    @property
    def names(self) -> List[str]:
        """Names of the columns, in order."""
        pointer = self._live()
        return [text_of(lib.cstn_schema_name(pointer, i)) for i in range(len(self))]

    @property
    def types(self) -> Dict[str, str]:
        """The type of each column, by name."""
        pointer = self._live()
        return {
            name: text_of(lib.cstn_type_name(lib.cstn_schema_type(pointer, i)))
            for i, name in enumerate(self.names)
        }

    @property
    def nullable(self) -> Dict[str, bool]:
        """Whether each column may be null, by name."""
        pointer = self._live()
        return {
            name: bool(lib.cstn_schema_is_nullable(pointer, i))
            for i, name in enumerate(self.names)
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> Tuple[Any, ...]:
        return Schema, (self.text,)

    def __repr__(self) -> str:
        return "Schema(closed)" if self.closed else f"Schema({self.text!r})"


def _quoted(name: str) -> str:
    if "\n" in name or "\r" in name:
        raise InvalidArgumentError(f"column name {name!r} has a line end")
    return '"' + name.replace('"', '""') + '"'


def schema_of(schema: Union[Schema, str, "Mapping[str, str]"]) -> Schema:
    """A schema, or what makes one."""
    return schema if isinstance(schema, Schema) else Schema(schema)


class Binding(Handle):
    """How a frame's columns map to declared ones.

    Every method returns the binding, so that calls can be chained. Methods that take ``column``
    mean every column when it is None.

    Examples
    --------
    >>> binding = (Binding()
    ...     .rename("promised", "order_estimated_delivery_date")
    ...     .constant("qty", 1)
    ...     .value("status", "canceled", "cancelled_by_customer")
    ...     .value("status", None, "open")
    ...     .zone(None, "UTC"))
    """

    _RELEASE = "cstn_binding_free"

    def __init__(self) -> None:
        pointer = out(c.cstn_binding)
        call(lib.cstn_binding_new, lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    def _call(self, function: Any, *arguments: Any) -> "Binding":
        with self._exclusive() as pointer:
            call(function, pointer, *arguments)
        return self

    def rename(self, column: str, source: str) -> "Binding":
        """The declared `column` is called `source` in the frame."""
        names = c_text(column, "column"), c_text(source, "source")
        return self._call(lib.cstn_binding_rename, *names)

    def constant(self, column: str, value: Union[str, int, None]) -> "Binding":
        """`column` is not in the frame: every row has this value, given as text; None is null."""
        text = None if value is None else c_text(str(value), "value")
        return self._call(lib.cstn_binding_constant, c_text(column, "column"), text)

    def value(self, column: str, source: Optional[str], target: Optional[str]) -> "Binding":
        """In the text `column` read `source` as `target`; None is every other text, or null."""
        texts = [None if t is None else c_text(t, "value") for t in (source, target)]
        return self._call(lib.cstn_binding_value, c_text(column, "column"), *texts)

    def zone(self, column: Optional[str], zone: Union[Zone, str, bytes, int]) -> "Binding":
        """The zone in which times without one are read: ``"UTC"``, ``"+05:30"``, a `Zone`."""
        name = None if column is None else c_text(column, "column")
        return self._call(lib.cstn_binding_zone, name, zone_of(zone)._live())

    def scale(self, column: str, scale: int) -> "Binding":
        """The scale of a decimal column, 0..18."""
        digits = integer(scale, 32, "scale")
        return self._call(lib.cstn_binding_scale, c_text(column, "column"), digits)

    def form(self, column: Optional[str], form: str) -> "Binding":
        """The form of dates in text, as in `parse_time`."""
        name = None if column is None else c_text(column, "column")
        return self._call(lib.cstn_binding_form, name, c_text(form, "form"))

    def cast(self, column: Optional[str], casts: Union[str, Iterable[str]]) -> "Binding":
        """Allow casts.

        Parameters
        ----------
        column : str or None
        casts : str or iterable of str
            ``"text"`` (numbers, dates and decimals out of text), ``"truncate_time"`` (nanoseconds
            cut to microseconds), ``"dictionary"``, ``"integral"`` (whole doubles into integers),
            ``"nan_null"`` (NaN means null, what pandas writes), ``"days_time"`` (a date where a
            timestamp is declared: its midnight UTC).
        """
        bits = 0
        for cast in [casts] if isinstance(casts, str) else casts:
            if cast not in CASTS:
                raise InvalidArgumentError(f"cast {cast!r} is not one of {', '.join(CASTS)}")
            bits |= CASTS[cast]
        name = None if column is None else c_text(column, "column")
        return self._call(lib.cstn_binding_cast, name, bits)

    def strict(self, strict: bool = True) -> "Binding":
        """Refuse frames with columns that nobody declared."""
        with self._exclusive() as pointer:
            lib.cstn_binding_strict(pointer, int(strict))
        return self

    def trust(self, trusted: bool = True) -> "Binding":
        """Take text as UTF-8 and dictionary indices as inside their dictionaries, unchecked.

        .. warning::
           For frames that this library, or an engine that checks, has made. A wrong index is read
           from wherever it points to, which may end the process, and text that is not UTF-8 goes
           into results as it is, where reading it as `str` fails.
        """
        with self._exclusive() as pointer:
            lib.cstn_binding_trust(pointer, int(trusted))
        return self


#: renaming, as keyword of the calls that read frames: declared name -> name in the frame
Renames = Optional["Mapping[str, str]"]


def binding_of(
    binding: Optional[Binding] = None,
    columns: Renames = None,
    constants: Optional["Mapping[str, Union[str, int, None]]"] = None,
    values: Optional["Mapping[str, Mapping[Optional[str], Optional[str]]]"] = None,
    zone: Union[Zone, str, bytes, int, None] = None,
    casts: Union[str, Iterable[str]] = (),
) -> Optional[Binding]:
    """A binding out of keywords, or the one given; None when there is nothing to say."""
    given = [columns, constants, values, zone, casts]
    said = any(part is not None and part != () for part in given)
    if binding is not None:
        if said:
            raise InvalidArgumentError("give a binding, or columns, constants, values, zone, casts")
        return binding
    if not said:
        return None
    made = Binding()
    for column, source in (columns or {}).items():
        made.rename(column, source)
    for column, value in (constants or {}).items():
        made.constant(column, value)
    for column, mapped in (values or {}).items():
        for old, new in mapped.items():
            made.value(column, old, new)
    if zone is not None:
        made.zone(None, zone)
    if casts:
        made.cast(None, casts)
    return made


#: casts of columns of numbers
NUMBERS = ("integral", "nan_null")


def numbers_binding(columns: Renames = None) -> Binding:
    """A binding for columns of numbers: whole doubles are integers, and NaN is null."""
    made = binding_of(columns=columns, casts=NUMBERS)
    assert made is not None
    return made


class _Dated(Binding):
    """Made once, never changed: usable from any thread, and in a forked child."""

    _IMMUTABLE = True


_DATED = _Dated().cast(None, NUMBERS).zone("ds", "UTC")


def dated_binding(columns: Renames = None) -> Binding:
    """`numbers_binding` of rows with ``ds``, whose times without a zone are those of UTC; not to be
    changed, since all calls without `columns` share one."""
    return numbers_binding(columns).zone("ds", "UTC") if columns else _DATED
