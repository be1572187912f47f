"""Exceptions: one class a status code, each also the built-in a caller expects."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple, Type

from . import _cdefs as c

__all__ = [
    "ArithmeticOverflowError",
    "BudgetError",
    "BusyError",
    "CancelledError",
    "ClosedError",
    "ConflictError",
    "ConstellationError",
    "CorruptError",
    "CurrencyError",
    "DeniedError",
    "DuplicateError",
    "EmptyError",
    "ErasedError",
    "ForkedError",
    "FormatError",
    "FullError",
    "IOFailedError",
    "InvalidArgumentError",
    "LeakageError",
    "LibraryError",
    "LimitError",
    "LockedError",
    "MismatchError",
    "MissingError",
    "NewerFormatError",
    "NoManifestError",
    "NotClusteredError",
    "NotFoundError",
    "NotIdentifiedError",
    "NotSupportedError",
    "OutOfMemoryError",
    "PoisonedError",
    "PolicyError",
    "ProofError",
    "ReadOnlyError",
    "RebuildError",
    "RowErrors",
    "SchemaError",
    "SignatureError",
    "SplitViewError",
    "StaleError",
    "StateError",
    "StreamError",
    "StructSizeError",
    "StructTooNewError",
    "UnevaluableError",
    "UnverifiedError",
]


class ConstellationError(Exception):
    """Base class of everything the library and this package raise.

    Attributes
    ----------
    code : int
        The status, one of the ``CSTN_E_`` codes (negative).
    message : str
        One line that says the value and the rule.
    rows : RowErrorTable or None
        The rows that were left out, when the call left out rows.
    report : dict or None
        What was found, when the call checks a folder.
    """

    #: status of the class, used when none is given
    CODE = c.CSTN_E_INVALID_ARGUMENT

    report: Optional[Dict[str, Any]] = None

    def __init__(self, message: str = "", code: Optional[int] = None, rows: Any = None) -> None:
        Exception.__init__(self, message)
        self.code = self.CODE if code is None else code
        self.message = message
        self.rows = rows

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> Tuple[Callable[..., Any], Tuple[Any, ...]]:
        return _rebuild, (type(self), self.message, self.code)


def _rebuild(cls: Type[ConstellationError], message: str, code: int) -> ConstellationError:
    return cls(message, code)


class InvalidArgumentError(ConstellationError, ValueError):
    """An argument breaks its documented rule."""

    CODE = c.CSTN_E_INVALID_ARGUMENT


class OutOfMemoryError(ConstellationError, MemoryError):
    """The allocator returned NULL; nothing was changed."""

    CODE = c.CSTN_E_NOMEM


class StructSizeError(ConstellationError):
    """A struct is smaller than the first release's or too large: library and package do not fit."""

    CODE = c.CSTN_E_STRUCT_SIZE


class StructTooNewError(ConstellationError):
    """An option was set that the loaded library does not know."""

    CODE = c.CSTN_E_STRUCT_TOO_NEW


class ArithmeticOverflowError(ConstellationError, OverflowError):
    """An exact result, or an integer handed over, does not fit its type; nothing wraps."""

    CODE = c.CSTN_E_OVERFLOW


class SchemaError(ConstellationError, ValueError):
    """Columns do not fit: absent, twice, of another type. The message names all of them."""

    CODE = c.CSTN_E_SCHEMA


class RowErrors(ConstellationError, ValueError):
    """Rows were left out because a value breaks a rule; the others are in.

    Attributes
    ----------
    rows : RowErrorTable
        Each row and column that was bad, and why.
    result : object or None
        What was computed from the other rows, when the call computes something.
    more : list of RowErrors
        Those of the later frames, when an iterator of frames was handed over.
    """

    CODE = c.CSTN_E_ROWS

    def __init__(
        self, message: str = "", code: Optional[int] = None, rows: Any = None, result: Any = None
    ) -> None:
        ConstellationError.__init__(self, message, code, rows)
        self.result = result
        self.more: List[RowErrors] = []


class MismatchError(ConstellationError, ValueError):
    """Two states or parts have different configurations."""

    CODE = c.CSTN_E_MISMATCH


class NotClusteredError(ConstellationError, ValueError):
    """The promised order of lines does not hold; no number is given."""

    CODE = c.CSTN_E_NOT_CLUSTERED


class CancelledError(ConstellationError):
    """The call was cancelled through its progress; nothing was changed."""

    CODE = c.CSTN_E_CANCELLED


class CorruptError(ConstellationError, ValueError):
    """Serialised bytes or a file are damaged."""

    CODE = c.CSTN_E_CORRUPT


class FormatError(ConstellationError, ValueError):
    """Text, CSV or gzip that breaks its format."""

    CODE = c.CSTN_E_FORMAT


class IOFailedError(ConstellationError, OSError):
    """The operating system refused; the message has its reason."""

    CODE = c.CSTN_E_IO


class StreamError(ConstellationError):
    """The producer of an Arrow stream failed; the message quotes its own."""

    CODE = c.CSTN_E_STREAM


class NotFoundError(ConstellationError, KeyError):
    """No such key, column or file."""

    CODE = c.CSTN_E_NOT_FOUND


class NotSupportedError(ConstellationError, NotImplementedError):
    """Valid, but not something the loaded library does."""

    CODE = c.CSTN_E_UNSUPPORTED


class LimitError(ConstellationError):
    """A documented limit was reached."""

    CODE = c.CSTN_E_LIMIT


class LockedError(ConstellationError):
    """Another handle or process holds the writer's lock."""

    CODE = c.CSTN_E_LOCKED


class ConflictError(ConstellationError):
    """A precondition of the commit does not hold, or an id was used for other content."""

    CODE = c.CSTN_E_CONFLICT


class PoisonedError(ConstellationError, OSError):
    """A sync failed: no more writes through this handle; reopen recovers."""

    CODE = c.CSTN_E_POISONED


class FullError(ConstellationError, OSError):
    """No space: this write failed, later ones may succeed."""

    CODE = c.CSTN_E_FULL


class NewerFormatError(ConstellationError):
    """The file uses a feature that this library does not know."""

    CODE = c.CSTN_E_NEWER_FORMAT


class NoManifestError(ConstellationError):
    """There are store files but no manifest; see salvage."""

    CODE = c.CSTN_E_NO_MANIFEST


class BusyError(ConstellationError):
    """Something still holds what the call needs for itself."""

    CODE = c.CSTN_E_BUSY


class StateError(ConstellationError):
    """The call or the transition is not allowed in this state."""

    CODE = c.CSTN_E_STATE


class ReadOnlyError(ConstellationError, PermissionError):
    """The handle was opened for reading only."""

    CODE = c.CSTN_E_READ_ONLY


class NotIdentifiedError(ConstellationError, ValueError):
    """The data do not determine the parameters of a model; the message says why."""

    CODE = c.CSTN_E_NOT_IDENTIFIED


class EmptyError(ConstellationError, ValueError):
    """There is no row to compute from."""

    CODE = c.CSTN_E_EMPTY


class CurrencyError(ConstellationError, ValueError):
    """Amounts of several currencies where one is needed."""

    CODE = c.CSTN_E_CURRENCY


class DuplicateError(ConstellationError, ValueError):
    """What must be unique came again; the message names both."""

    CODE = c.CSTN_E_DUPLICATE


class PolicyError(ConstellationError, ValueError):
    """A policy contradicts itself, or moves without end; the message names the rules."""

    CODE = c.CSTN_E_POLICY


class RebuildError(ConstellationError, ValueError):
    """What is to be forgotten cannot be taken out of what is kept: make it again from the log."""

    CODE = c.CSTN_E_REBUILD


class LeakageError(ConstellationError, ValueError):
    """A forecast would use what was not known when it was made; the message names value and cut."""

    CODE = c.CSTN_E_LEAKAGE


class SignatureError(ConstellationError, ValueError):
    """The signature of a key that is known is wrong."""

    CODE = c.CSTN_E_SIGNATURE


class UnverifiedError(ConstellationError, ValueError):
    """Nobody whose key is known has signed, or too few."""

    CODE = c.CSTN_E_UNVERIFIED


class ProofError(ConstellationError, ValueError):
    """A proof does not lead to the root it should."""

    CODE = c.CSTN_E_PROOF


class SplitViewError(ConstellationError, ValueError):
    """A log shows two histories of itself."""

    CODE = c.CSTN_E_SPLIT_VIEW


class StaleError(ConstellationError, ValueError):
    """What is answered is not what stands any more: another digest, or past its end."""

    CODE = c.CSTN_E_STALE


class UnevaluableError(ConstellationError, ValueError):
    """A term holds what nobody can evaluate; the message names term, operand and value."""

    CODE = c.CSTN_E_UNEVALUABLE


class MissingError(ConstellationError, LookupError):
    """A link of a chain is not there."""

    CODE = c.CSTN_E_MISSING


class DeniedError(ConstellationError, PermissionError):
    """Not available; the same words for every reason."""

    CODE = c.CSTN_E_DENIED


class BudgetError(ConstellationError, ValueError):
    """A limit on calls, rows or privacy is spent."""

    CODE = c.CSTN_E_BUDGET


class ErasedError(ConstellationError, LookupError):
    """The keys of what is asked for were destroyed."""

    CODE = c.CSTN_E_ERASED


class ClosedError(ConstellationError, ValueError):
    """The object was closed."""


class ForkedError(ConstellationError, RuntimeError):
    """The object belongs to the process that made it, and this is a forked child of it."""

    CODE = c.CSTN_E_FORKED


class LibraryError(ConstellationError, ImportError):
    """The native library cannot be loaded, or is not one that this package can use."""

    CODE = c.CSTN_E_UNSUPPORTED


#: status code -> exception class
CLASSES: Dict[int, Type[ConstellationError]] = {
    cls.CODE: cls
    for cls in (
        InvalidArgumentError,
        OutOfMemoryError,
        StructSizeError,
        StructTooNewError,
        ArithmeticOverflowError,
        SchemaError,
        RowErrors,
        MismatchError,
        NotClusteredError,
        CancelledError,
        CorruptError,
        FormatError,
        IOFailedError,
        StreamError,
        NotFoundError,
        NotSupportedError,
        LimitError,
        LockedError,
        ConflictError,
        PoisonedError,
        FullError,
        ForkedError,
        NewerFormatError,
        NoManifestError,
        BusyError,
        StateError,
        ReadOnlyError,
        NotIdentifiedError,
        EmptyError,
        CurrencyError,
        DuplicateError,
        PolicyError,
        LeakageError,
        SignatureError,
        UnverifiedError,
        ProofError,
        SplitViewError,
        StaleError,
        UnevaluableError,
        MissingError,
        DeniedError,
        BudgetError,
        ErasedError,
        RebuildError,
    )
}


def error_for(code: int, message: str) -> ConstellationError:
    """The exception for a status; a code of a newer library is the base class."""
    if code == c.CSTN_E_SCHEMA:
        message = re.sub(r"CSTN_CAST_([A-Z_]+)", _cast_in_python, message)
        message = message.replace("CSTN_IMPORT_SKIP_UNKNOWN", "skip_unknown=True")
    return CLASSES.get(code, ConstellationError)(message, code)


def _cast_in_python(name: "re.Match[str]") -> str:
    return f'casts="{name[1].lower()}"'
