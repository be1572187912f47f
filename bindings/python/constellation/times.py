"""Instants, days, zones and working calendars.

Instants are microseconds since 1970-01-01T00:00Z, days are days since 1970-01-01. The library never
reads a clock or the machine's zone database: rules of a zone are handed over as data.
"""

from __future__ import annotations

import ctypes
import datetime
from typing import Any, Callable, Optional, Tuple, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import bytes_pointer, c_text, call, integer, lib, out, text_of, utf8
from .errors import InvalidArgumentError, NotFoundError

__all__ = [
    "TimeLike",
    "WorkingCalendar",
    "Zone",
    "civil_from_days",
    "days_from_civil",
    "format_time",
    "parse_time",
    "to_datetime",
    "to_us",
]

#: what every call takes as an instant: an aware datetime, a date (its midnight UTC), ISO 8601 text,
#: or an int of microseconds
TimeLike = Union[datetime.datetime, datetime.date, str, int]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)


def to_us(value: TimeLike, what: str = "time") -> int:
    """An instant as microseconds since 1970-01-01T00:00Z.

    Parameters
    ----------
    value : datetime, date, str or int
        An aware datetime; a date, which is its midnight UTC; ISO 8601 text, without a zone read as
        UTC; or microseconds.
    what : str
        What it is, for the error message.

    Raises
    ------
    InvalidArgumentError
        For a datetime without a zone, or with nanoseconds.
    FormatError
        For text that is not ISO 8601.

    Examples
    --------
    >>> to_us("2018-09-01") == to_us(datetime.date(2018, 9, 1)) == 1535760000000000
    True
    """
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        raise InvalidArgumentError(f"{what} is missing")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise InvalidArgumentError(
                f"{what} {value.isoformat()} has no zone; say value.replace(tzinfo=timezone.utc)"
            )
        if getattr(value, "nanosecond", 0):
            raise InvalidArgumentError(f"{what} {value} is finer than a microsecond")
        if hasattr(value, "to_pydatetime"):
            return to_us(value.to_pydatetime(), what)
        return (value - _EPOCH) // _MICROSECOND
    if isinstance(value, datetime.date):
        midnight = datetime.datetime(value.year, value.month, value.day)
        return (midnight - _EPOCH.replace(tzinfo=None)) // _MICROSECOND
    if isinstance(value, str):
        return parse_time(value)
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        return parse_time(str(value))
    return integer(value, 64, what)


def to_datetime(us: int) -> datetime.datetime:
    """An instant as an aware datetime in UTC.

    Parameters
    ----------
    us : int
        Microseconds since 1970-01-01T00:00Z, years 1..9999; others are an OverflowError.

    Examples
    --------
    >>> to_datetime(1535760000000000).isoformat()
    '2018-09-01T00:00:00+00:00'
    """
    return _EPOCH + datetime.timedelta(microseconds=us)


def parse_time(text: str, form: Optional[str] = None, zone_seconds: int = 0) -> int:
    """Read a date or time in a strict form.

    Parameters
    ----------
    text : str
        The text.
    form : str, optional
        None for ISO 8601; or a form made of YYYY YY MM DD D M Mon hh mm ss and literal characters,
        such as ``"DD.MM.YYYY"``.
    zone_seconds : int
        Seconds east of UTC to read a text without a zone in.

    Returns
    -------
    int
        Microseconds since 1970-01-01T00:00Z.

    Raises
    ------
    FormatError
        Naming the text and the form.

    Examples
    --------
    >>> parse_time("2-Jun-06", "D-Mon-YY") == parse_time("2006-06-02")
    True
    """
    data = utf8(text, "text")
    result = ctypes.c_int64()
    pattern = None if form is None else c_text(form, "form")
    seconds = integer(zone_seconds, 32, "zone_seconds")
    call(lib.cstn_time_parse, data, len(data), pattern, seconds, ctypes.byref(result))
    return result.value


def sized_text(write: Callable[[Any, int], int]) -> str:
    """Text of a C function that works like snprintf()."""
    size = int(write(None, 0)) + 1
    buffer = ctypes.create_string_buffer(size)
    write(buffer, size)
    return text_of(buffer.value)


def format_time(us: int) -> str:
    """An instant as ISO 8601 text in UTC, with a fraction only when there is one.

    Parameters
    ----------
    us : int
        Microseconds since 1970-01-01T00:00Z; every int64 has a text.

    Examples
    --------
    >>> format_time(1535760000000000)
    '2018-09-01T00:00:00Z'
    """
    number = integer(us, 64, "us")
    return sized_text(lambda buffer, size: int(lib.cstn_time_format(number, buffer, size)))


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a civil date, proleptic Gregorian.

    Parameters
    ----------
    year : int
        -9999..9999.
    month : int
        1..12.
    day : int
        1 .. last of the month.

    Raises
    ------
    InvalidArgumentError
        For a date that does not exist.

    Examples
    --------
    >>> days_from_civil(2000, 2, 29)
    11016
    """
    result = ctypes.c_int32()
    numbers = [integer(v, 32, w) for v, w in ((year, "year"), (month, "month"), (day, "day"))]
    call(lib.cstn_days_from_civil, *numbers, ctypes.byref(result))
    return result.value


def civil_from_days(days: int) -> Tuple[int, int, int]:
    """Year, month and day of a day number.

    Parameters
    ----------
    days : int
        Days since 1970-01-01; every int32 has a date.

    Examples
    --------
    >>> civil_from_days(11016)
    (2000, 2, 29)
    """
    year, month, day = ctypes.c_int32(), ctypes.c_int32(), ctypes.c_int32()
    lib.cstn_civil_from_days(
        integer(days, 32, "days"), ctypes.byref(year), ctypes.byref(month), ctypes.byref(day)
    )
    return year.value, month.value, day.value


def _day_number(day: Union[datetime.date, int, str], what: str) -> int:
    if isinstance(day, str):
        try:
            day = datetime.date.fromisoformat(day)
        except ValueError:
            raise InvalidArgumentError(
                f"{what} is {day!r}, a day such as '2024-05-31' expected"
            ) from None
    if isinstance(day, datetime.datetime):
        raise InvalidArgumentError(f"{what} is a datetime; say which day, {what}.date()")
    if isinstance(day, datetime.date):
        return day.toordinal() - _EPOCH.toordinal()
    if not hasattr(day, "__index__"):
        raise InvalidArgumentError(f"{what} is {type(day).__name__}, a date or a day expected")
    return integer(day, 32, what)


def _digest(function: Callable[[Any, Any], None], pointer: Any) -> str:
    data = (ctypes.c_uint8 * c.CSTN_DIGEST_SIZE)()
    function(pointer, data)
    return bytes(data).hex()


class Zone(Handle):
    """Rules of a time zone. Immutable; any thread.

    Parameters
    ----------
    zone : str, bytes or int
        ``"UTC"``, an offset such as ``"+05:30"``, seconds east of UTC, or the bytes of a TZif file
        (RFC 9636). A name such as ``"Europe/Berlin"`` is looked up where Python's `zoneinfo` looks:
        the rules are those of that file, and its digest says which.

    Raises
    ------
    CorruptError
        For bytes that are no TZif file.
    NotFoundError
        For a name that `zoneinfo` does not know.

    Examples
    --------
    >>> Zone("+05:30").offset_at(0)
    19800
    """

    _RELEASE = "cstn_zone_unref"
    _IMMUTABLE = True

    def __init__(self, zone: Union[str, bytes, int]) -> None:
        self._source = zone
        pointer = out(c.cstn_zone)
        if isinstance(zone, str):
            zone = _zone_source(zone)
        if isinstance(zone, bytes):
            call(
                lib.cstn_zone_parse_tzif,
                bytes_pointer(zone),
                len(zone),
                lib.allocator,
                ctypes.byref(pointer),
            )
            self._source = zone
        else:
            seconds = integer(zone, 32, "zone")
            call(lib.cstn_zone_fixed, seconds, lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    @property
    def digest(self) -> str:
        """SHA-256 of the rules, 64 hex digits: what a policy names as ``zone=tzif:...``."""
        return _digest(lib.cstn_zone_digest, self._live())

    def offset_at(self, time: TimeLike) -> int:
        """Seconds east of UTC in force at an instant."""
        return int(lib.cstn_zone_offset_at(self._live(), to_us(time)))

    def from_wall(self, wall_us: int) -> int:
        """The instant of a wall-clock time, both in microseconds.

        Raises
        ------
        FormatError
            For a time that exists twice or not at all.
        """
        result = ctypes.c_int64()
        wall = integer(wall_us, 64, "wall_us")
        call(lib.cstn_zone_from_wall, self._live(), wall, ctypes.byref(result))
        return result.value

    def __reduce__(self) -> Tuple[Any, ...]:
        self._live()
        return Zone, (self._source,)

    def __repr__(self) -> str:
        source = self._source
        return f"Zone({source!r})" if not isinstance(source, bytes) else f"Zone(<{self.digest}>)"


def _zone_source(name: str) -> Union[int, bytes]:
    if name.upper() in ("UTC", "Z"):
        return 0
    if name[:1] in ("+", "-"):
        # The library's own reader of offsets: midnight 1970-01-01 there, as an instant.
        return -parse_time(f"1970-01-01T00:00:00{name}") // 1_000_000
    import importlib.resources
    import os
    import zoneinfo

    if name not in zoneinfo.available_timezones():
        raise NotFoundError(f"zone '{name}' is not known to zoneinfo; hand over TZif bytes")
    for folder in zoneinfo.TZPATH:
        path = os.path.join(folder, *name.split("/"))
        if os.path.isfile(path):
            with open(path, "rb") as file:
                return file.read()
    package, _, leaf = ("tzdata.zoneinfo/" + name).rpartition("/")
    return importlib.resources.files(package.replace("/", ".")).joinpath(leaf).read_bytes()


def zone_of(zone: Union[Zone, str, bytes, int]) -> Zone:
    """A zone, or what makes one."""
    return zone if isinstance(zone, Zone) else Zone(zone)


class WorkingCalendar(Handle):
    """Working days. Immutable; any thread.

    Parameters
    ----------
    text : str
        Canonical text: first line ``cstn-calendar 1``, then ``week=1111100`` (Monday to Sunday),
        then ``off=YYYY-MM-DD`` and ``on=YYYY-MM-DD`` lines, days ascending.

    Raises
    ------
    FormatError
        For text in another order or spelling, with the line.

    Examples
    --------
    >>> calendar = WorkingCalendar("cstn-calendar 1\\nweek=1111100\\noff=2024-12-25\\n")
    >>> calendar.next_working(datetime.date(2024, 12, 25))
    datetime.date(2024, 12, 26)
    >>> calendar.working_between(datetime.date(2024, 12, 24), datetime.date(2024, 12, 27))
    2
    """

    _RELEASE = "cstn_calendar_unref"
    _IMMUTABLE = True

    def __init__(self, text: str) -> None:
        self._text = text
        pointer = out(c.cstn_calendar)
        data = utf8(text, "calendar")
        call(lib.cstn_calendar_parse, data, len(data), lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, 64 hex digits: what a policy names as ``calendar=``."""
        return _digest(lib.cstn_calendar_digest, self._live())

    def is_working(self, day: Union[datetime.date, int]) -> bool:
        """Whether a day is a working day."""
        return bool(lib.cstn_calendar_is_working(self._live(), _day_number(day, "day")))

    def next_working(self, day: Union[datetime.date, int]) -> datetime.date:
        """The day itself if it works, else the next one that does."""
        number = lib.cstn_calendar_next_working(self._live(), _day_number(day, "day"))
        return datetime.date(*civil_from_days(number))

    def working_between(
        self, start: Union[datetime.date, int], end: Union[datetime.date, int]
    ) -> int:
        """Working days after `start` up to and with `end`; negative when `end` is earlier."""
        numbers = _day_number(start, "start"), _day_number(end, "end")
        return int(lib.cstn_calendar_working_between(self._live(), *numbers))

    def __reduce__(self) -> Tuple[Any, ...]:
        self._live()
        return WorkingCalendar, (self._text,)
