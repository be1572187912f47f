"""Handles: C objects as Python objects that can be closed, or left to the garbage collector."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from types import TracebackType
from typing import Any, ClassVar, Iterator, Optional, Type, TypeVar

from ._native import lib
from .errors import ClosedError, ForkedError

H = TypeVar("H", bound="Handle")


def _free(name: str, raw: Any, pid: Optional[int]) -> None:
    if pid is None or pid == os.getpid():
        getattr(lib, name)(raw)


class Handle:
    """A C object that this Python object owns.

    The object is released by `close`, at the end of a ``with`` block, or when it is collected.
    Closing twice is allowed; every other use after `close` raises ClosedError. Objects may be
    closed in any order, since C children hold what they need; at the end of the interpreter what
    is still open is left to the operating system.

    Notes
    -----
    The ctypes pointer carries the finaliser. A call in flight holds that pointer as its argument,
    so an object that another thread closes is freed when the last call that uses it has returned.
    """

    #: name of the C function that frees, takes back or unrefs the object
    _RELEASE: ClassVar[str] = ""
    #: whether the C object is immutable: usable from any thread, and in a forked child
    _IMMUTABLE: ClassVar[bool] = False

    _pointer: Any = None
    _parent: Any = None

    def _adopt(self, pointer: Any, parent: Any = None) -> None:
        """Own what a call put into `pointer`; `parent` is kept alive with it."""
        self._pid = None if self._IMMUTABLE else os.getpid()
        self._lock = threading.RLock()
        self._parent = parent
        # A copy of the address: one that refers to `pointer` would keep it alive for ever.
        raw = type(pointer).from_buffer_copy(pointer)
        finalizer = weakref.finalize(pointer, _free, self._RELEASE, raw, self._pid)
        finalizer.atexit = False
        self._pointer = pointer

    @property
    def closed(self) -> bool:
        """Whether the object was closed."""
        return self._pointer is None

    def _live(self) -> Any:
        """The C pointer, for a call that may run beside others on the same object."""
        pointer = self._pointer
        if pointer is None:
            raise ClosedError(f"this {type(self).__name__} was closed")
        if self._pid is not None and self._pid != os.getpid():
            raise ForkedError(
                f"this {type(self).__name__} belongs to process {self._pid}, which forked; "
                "make it in the child, or hand it over serialised"
            )
        return pointer

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[Any]:
        """The C pointer, for a call that must be alone on this object."""
        self._live()
        with self._lock:
            yield self._live()

    def close(self) -> None:
        """Release the C object now, or when the calls that are using it have returned."""
        self._pointer = None
        self._parent = None

    def __enter__(self: H) -> H:
        self._live()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        value: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()
