"""Handles whose tables are frames, whose content is bytes, and which add up.

The C interface gives all of them the same functions under their own names: ``NAME_export``,
``NAME_serialize``, ``NAME_deserialize``, ``NAME_merge``, ``NAME_update``. Here each is called once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any, Callable, ClassVar, List, Optional, Tuple, Type, TypeVar

from . import _cdefs as c
from . import _frames
from ._handles import Handle
from ._native import bytes_pointer, call, lib, made_bytes, out, text_of, utf8
from ._progress import run
from ._reading import Reading, read_options
from .csv import CsvTable
from .errors import RowErrors
from .table import Table, call_with_rows

__all__ = [
    "Canonical",
    "Forgetting",
    "Framed",
    "Mergeable",
    "Serial",
    "Subtractable",
    "with_bad_rows",
]

#: what happens when rows are left out
BAD_ROWS = {"raise": 0, "keep": 1}

F = TypeVar("F", bound="Framed")
M = TypeVar("M", bound="Mergeable")
S = TypeVar("S", bound="Serial")
R = TypeVar("R")


class Framed(Handle):
    """A C object with tables, which come as the kind of frame that went in."""

    _frame = "table"

    @classmethod
    def _wrap(cls: Type[F], pointer: Any, frame: str = "table") -> F:
        """Own what a call made; its constructor is not called."""
        made = cls.__new__(cls)
        made._frame = frame
        made._adopt(pointer)
        return made

    def _framed(self, export: Callable[[Any], None], frame: Optional[str]) -> Any:
        """A table as the frame asked for, else of the kind that went in."""
        return _frames.convert(Table(export), _frames.check_kind(frame, self._frame))


class Serial(Framed):
    """A C object that travels as bytes, the same on every machine."""

    #: the C type, with which the names of its functions begin: "cstn_rfm"
    _NAME: ClassVar[str] = ""

    @classmethod
    def _function(cls, verb: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(lib, f"{cls._NAME}_{verb}")
        return function

    def serialize(self) -> bytes:
        """The content as bytes: canonical, little-endian, with a checksum."""
        with self._exclusive() as pointer:
            return made_bytes(self._function("serialize"), pointer)

    @classmethod
    def deserialize(cls: Type[S], data: bytes, frame: str = "table") -> S:
        """What `serialize` wrote; bytes are not trusted.

        Raises
        ------
        CorruptError
            With what is wrong.
        NewerFormatError
            For bytes of a newer version.
        """
        return cls._deserialized(data, frame)

    def _make(self, *arguments: Any) -> None:
        """Own what ``NAME_new`` makes of the arguments."""
        pointer = out(getattr(c, self._NAME))
        call(self._function("new"), *arguments, lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    @classmethod
    def _deserialized(cls: Type[S], data: bytes, frame: str, *arguments: Any) -> S:
        pointer = out(getattr(c, cls._NAME))
        call(
            cls._function("deserialize"),
            bytes_pointer(bytes(data)),
            len(data),
            *arguments,
            lib.allocator,
            ctypes.byref(pointer),
        )
        return cls._wrap(pointer, frame)

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self).deserialize, (self.serialize(), self._frame)


class Canonical(Handle):
    """A C object that is its canonical text: equal where the text is, with a SHA-256 as digest."""

    _NAME: ClassVar[str] = ""
    _IMMUTABLE = True

    def _parse(self, text: Optional[str], what: str) -> None:
        """Own what ``NAME_parse`` makes of the text; None is the built-in one, where there is one."""
        pointer, data = out(getattr(c, self._NAME)), None if text is None else utf8(text, what)
        call(
            getattr(lib, f"{self._NAME}_parse"),
            data,
            0 if data is None else len(data),
            lib.allocator,
            ctypes.byref(pointer),
        )
        self._adopt(pointer)

    @property
    def text(self) -> str:
        """The canonical text."""
        return text_of(getattr(lib, f"{self._NAME}_format")(self._live(), None))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, 64 hex digits."""
        room = (ctypes.c_uint8 * 32)()
        getattr(lib, f"{self._NAME}_digest")(self._live(), room)
        return bytes(room).hex()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.text,)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(closed)" if self.closed else f"{name} <{self.digest[:16]}>"


class Mergeable(Serial):
    """Counts under construction: the same bytes for any split of the rows and order of merging."""

    def merge(self: M, other: M) -> M:
        """Add what `other` holds, which is unchanged; returns the state.

        Raises
        ------
        MismatchError
            If the two were made otherwise.
        """
        return self._with(other, "merge")

    def _with(self: M, other: M, verb: str) -> M:
        first, second = sorted((self, other), key=id)
        with first._exclusive(), second._exclusive():
            call(self._function(verb), self._live(), other._live())
        return self

    def _update(self, rows: Any, how: Reading, *first: Any, kind: Any = None, **fields: Any) -> None:
        """Add a frame, or an iterator of frames, each an update of its own.

        `first` are the arguments of the C function before the rows; `kind` is the type of its
        options, ``NAME_options`` if not given, and `fields` are what they say besides `how`.
        RowErrors tell the rows of all frames that were left out; the others are in.
        """
        options = read_options(kind or getattr(c, f"{self._NAME}_options"), how, **fields)

        def work(watch: Any) -> List[RowErrors]:
            told, failures = options(watch), []
            for part in _frames.parts(rows):
                with self._exclusive() as pointer, _frames.stream(part) as stream:
                    failure = call_with_rows(
                        self._function("update"), pointer, *first, stream, ctypes.byref(told)
                    )
                if failure is not None:
                    failures.append(failure)
                if isinstance(part, CsvTable):
                    part.check()
                self._frame = _frames.kind_of(part)
            return failures

        failures = run(work, how.get("progress"))
        if failures:
            failures[0].more = failures[1:]
            raise failures[0]


class Forgetting(Mergeable):
    """A state that knows whose its rows are, and forgets customers."""

    def remove(self, customers: "Iterable[Any]") -> None:
        """Forget customers: the state is then, byte by byte, one that never saw them.

        Parameters
        ----------
        customers : iterable of int or str
            Their ids; unknown ones are passed over.
        """
        ids = list(customers)
        if not ids:
            return
        with self._exclusive() as pointer, _frames.stream({"customer": ids}) as stream:
            call(self._function("remove"), pointer, stream)


class Subtractable(Mergeable):
    """Counts that do not say whose they are: those of a part can be taken out again."""

    def remove(self: M, part: M) -> M:
        """Take out what was added with `part`, which is unchanged; returns the state.

        It is then, byte by byte, one that never saw it.

        Raises
        ------
        StateError
            If not all of it can be in there; nothing is changed.
        MismatchError
            If the two were made otherwise.
        """
        return self._with(part, "remove")


def with_bad_rows(result: R, rows: Any, failure: Optional[RowErrors], bad_rows: str) -> R:
    """A result beside which rows were left out: it is returned, or raised with its error."""
    if isinstance(rows, CsvTable):
        rows.check()
    if failure is not None:
        result.bad_rows = failure.rows  # type: ignore[attr-defined]
        if bad_rows == "raise":
            failure.result = result
            raise failure
    return result
