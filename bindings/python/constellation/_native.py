"""Loading the native library and calling it.

Order: the path in ``CONSTELLATION_LIBRARY``; ``libconstellation.so.0`` beside this package (as a
wheel puts it); the system's. Symbols stay local to the library.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, Optional, Tuple

from . import _cdefs as c
from .errors import (
    ArithmeticOverflowError,
    ConstellationError,
    InvalidArgumentError,
    LibraryError,
    NotSupportedError,
    error_for,
)

SONAME = "libconstellation.so.0"
#: the oldest library this package works with
OLDEST = 1000


class Library:
    """The functions of a loaded library, bound on first use to the types of ``_cdefs``.

    A function that the library lacks, because it is older than this package, raises
    NotSupportedError when it is called.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._dll = ctypes.CDLL(path, mode=ctypes.RTLD_LOCAL)
        except OSError as reason:
            raise LibraryError(f"the library '{path}' cannot be loaded: {reason}") from None
        try:
            self.version: int = self.cstn_version_number()
        except NotSupportedError:
            raise LibraryError(
                f"'{path}' is not libconstellation: it has no cstn_version_number"
            ) from None
        wanted = c.CSTN_VERSION_NUMBER
        if self.version // 1_000_000 != wanted // 1_000_000 or self.version < OLDEST:
            raise LibraryError(
                f"'{path}' is version {_version_text(self.version)}, this package wants "
                f"{_version_text(wanted)} or another from {_version_text(OLDEST)} "
                f"below {_version_text((wanted // 1_000_000 + 1) * 1_000_000)}"
            )
        #: where objects get their memory: None is libc
        self.allocator: Optional[Any] = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in c.FUNCTIONS:
            raise AttributeError(name)
        function = self._bind(name)
        setattr(self, name, function)
        return function

    def _bind(self, name: str) -> Callable[..., Any]:
        restype, argtypes = c.FUNCTIONS[name]
        try:
            function = self._dll[name]
        except AttributeError:
            path, version = self.path, self.__dict__.get("version")

            def missing(*_: Any) -> Any:
                have = "" if version is None else f" (version {_version_text(version)})"
                raise NotSupportedError(f"{name} is not in '{path}'{have}; install a newer one")

            return missing
        function.restype = restype
        function.argtypes = list(argtypes)
        return function

    def address(self, name: str) -> int:
        """The address of a function, to hand to C as a pointer."""
        return int(ctypes.cast(self._dll[name], ctypes.c_void_p).value or 0)


def _version_text(number: int) -> str:
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _load() -> Library:
    path = os.environ.get("CONSTELLATION_LIBRARY")
    if path:
        return Library(path)
    beside = pathlib.Path(__file__).resolve().parent / SONAME
    if beside.exists():
        return Library(str(beside))
    try:
        return Library(SONAME)
    except LibraryError as error:
        raise LibraryError(
            f"{error.message}; looked beside the package ('{beside}') and in the system's "
            "library path; set CONSTELLATION_LIBRARY to the path of the library"
        ) from None


lib = _load()


def take_error(status: int, error: Any) -> ConstellationError:
    """The exception for a failed call; frees the C error."""
    try:
        message = text_of(lib.cstn_error_message(error)) if error else ""
    finally:
        lib.cstn_error_free(error)
    return error_for(status, message or text_of(lib.cstn_status_name(status)))


def call(function: Callable[..., Any], *arguments: Any) -> int:
    """Call a function whose last parameter is ``cstn_error **``; raise when it fails."""
    error = c.P(c.cstn_error)()
    status = int(function(*arguments, ctypes.byref(error)))
    if status < 0:
        raise take_error(status, error)
    return status


def text_of(data: Optional[bytes]) -> str:
    """Text that C returned; NULL is the empty text."""
    return "" if data is None else data.decode("utf-8", "replace")


def c_text(value: str, what: str) -> bytes:
    """Text for a C parameter that ends at a NUL; a NUL inside is refused, never cut."""
    if isinstance(value, str) and "\0" in value:
        raise InvalidArgumentError(f"{what} has a NUL inside: {value!r}")
    return utf8(value, what)


def text_array(values: "Iterable[str]", what: str) -> "Tuple[Any, int]":
    """C texts, which the array keeps, and how many; one text in place of a list is refused."""
    if isinstance(values, (str, bytes)):
        raise InvalidArgumentError(f"{what} is one text, a list of texts expected")
    texts = [c_text(value, what) for value in values]
    return (ctypes.c_char_p * max(len(texts), 1))(*texts), len(texts)


def utf8(value: str, what: str) -> bytes:
    """UTF-8 of a text; lone surrogates are refused, and what is no text."""
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{what} is {type(value).__name__}, str expected")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError as reason:
        raise InvalidArgumentError(f"{what} cannot be written as UTF-8: {reason}") from None


def choice(value: str, choices: "Mapping[str, int]", what: str) -> int:
    """The number behind a name; another name is refused, and told which there are."""
    if value not in choices:
        raise InvalidArgumentError(f"{what} {value!r} is not one of {', '.join(choices)}")
    return choices[value]


def bits(names: "Iterable[str]", known: "Mapping[str, int]", what: str) -> int:
    """The bits of a set of names."""
    found = 0
    for name in names:
        found |= choice(name, known, what)
    return found


def names_of(found: int, known: "Mapping[str, int]") -> "Tuple[str, ...]":
    """The names whose bits are set, in the order in which they are known."""
    return tuple(name for name, bit in known.items() if found & bit)


def integer(value: Any, bits: int, what: str) -> int:
    """A Python or numpy integer that fits a signed C integer; everything else is refused.

    ctypes would cut a value that is too large; here that is an error.
    """
    number = _whole(value, what)
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise ArithmeticOverflowError(f"{what} {number} does not fit int{bits}")
    return number


def unsigned(value: Any, bits: int, what: str) -> int:
    """The same for an unsigned C integer: what is below 0 is refused."""
    number = _whole(value, what)
    if number < 0:
        raise InvalidArgumentError(f"{what} {number} is negative")
    if number >= 1 << bits:
        raise ArithmeticOverflowError(f"{what} {number} does not fit uint{bits}")
    return number


def set_integer(row: Any, field: str, value: Any) -> None:
    """Set an integer field of a C structure, by the width and the sign that it has there."""
    kind = dict(row._fields_)[field]
    check = integer if kind(-1).value < 0 else unsigned
    setattr(row, field, check(value, 8 * ctypes.sizeof(kind), field))


def _whole(value: Any, what: str) -> int:
    try:
        return int(value.__index__())
    except AttributeError:
        raise InvalidArgumentError(
            f"{what} is {type(value).__name__}, an integer expected"
        ) from None


def or_default(value: Any, bits: int, what: str) -> int:
    """The same of what may be left out: None is the 0 that C takes for "as usual", 0 itself is refused."""
    if value is None:
        return 0
    number = integer(value, bits, what)
    if number == 0:
        raise InvalidArgumentError(f"{what} is 0; 1 or more expected, or None")
    return number


def bytes_pointer(data: bytes) -> Any:
    """``const uint8_t *`` to the bytes of an object that the caller keeps alive."""
    return ctypes.cast(ctypes.c_char_p(data), c.P(ctypes.c_uint8))


def blob(value: Any, what: str) -> bytes:
    """Bytes, or text as its UTF-8; everything else is refused."""
    if isinstance(value, str):
        return utf8(value, what)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise InvalidArgumentError(f"{what} is {type(value).__name__}, bytes or str expected")


def joined(parts: "Sequence[bytes]") -> "Tuple[bytes, Any]":
    """Bytes one behind the other, and an array of C of where each ends."""
    ends = itertools.accumulate(len(part) for part in parts)
    return b"".join(parts), (ctypes.c_uint64 * max(len(parts), 1))(*ends)


def exact(value: Any, size: int, what: str) -> bytes:
    """Bytes of which there are so many; everything else is refused."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise InvalidArgumentError(f"{what} is {type(value).__name__}, bytes expected")
    data = bytes(value)
    if len(data) != size:
        raise InvalidArgumentError(f"{what} has {len(data)} bytes, {size} expected")
    return data


def fixed(value: Any, size: int, what: str) -> Any:
    """The same as an array of C, which has bytes of its own."""
    return (ctypes.c_uint8 * size).from_buffer_copy(exact(value, size, what))


def out(handle: Any) -> Any:
    """A NULL pointer to a handle, to be filled by a call."""
    return c.P(handle)()


def take_buffer(buffer: Any) -> bytes:
    """The bytes of a ``cstn_buffer``; frees it."""
    try:
        return ctypes.string_at(lib.cstn_buffer_data(buffer), lib.cstn_buffer_size(buffer))
    finally:
        lib.cstn_buffer_free(buffer)


def made_bytes(function: Callable[..., int], *arguments: Any) -> bytes:
    """The bytes of a call whose last output is a ``cstn_buffer``."""
    buffer = out(c.cstn_buffer)
    call(function, *arguments, ctypes.byref(buffer))
    return take_buffer(buffer)


def made_text(function: Callable[..., int], *arguments: Any) -> str:
    """The same of a call that makes UTF-8."""
    return made_bytes(function, *arguments).decode("utf-8")
