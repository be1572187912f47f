"""Long calls in a worker thread, watched and stopped from the caller's."""

from __future__ import annotations

import ctypes
import sys
import threading
from typing import Any, Callable, List, Optional, TypeVar, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import call, lib, out

__all__ = ["ProgressLike", "run"]

T = TypeVar("T")

#: None or False: none; True: a line on standard error; or a function of (done, total), total being
#: 0 while it is unknown
ProgressLike = Union[None, bool, Callable[[int, int], None]]

#: seconds between two looks at the counter
INTERVAL = 0.05


class _Progress(Handle):
    _RELEASE = "cstn_progress_free"

    def __init__(self) -> None:
        pointer = out(c.cstn_progress)
        call(lib.cstn_progress_new, lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)


class _Line:
    """One line on standard error, written over and over."""

    def __init__(self) -> None:
        self.width = 0

    def __call__(self, done: int, total: int) -> None:
        text = f"{done:,}" if total == 0 else f"{done:,} of {total:,} ({done * 100 // total} %)"
        sys.stderr.write("\r" + text.ljust(self.width))
        sys.stderr.flush()
        self.width = len(text)

    def end(self) -> None:
        sys.stderr.write("\n")
        sys.stderr.flush()


def run(work: Callable[[Any], T], progress: ProgressLike) -> T:
    """Call ``work(pointer to a cstn_progress or None)`` and return what it returns.

    With progress, `work` runs in a thread of its own while this one looks at the counter. On
    Ctrl-C, or when the callable raises, the call is cancelled and waited for, and the exception
    goes on.
    """
    if progress is None or progress is False:
        return work(None)
    line: Optional[_Line] = _Line() if progress is True else None
    show: Callable[[int, int], None] = line if line is not None else progress  # type: ignore[assignment]
    results: List[T] = []
    failures: List[BaseException] = []
    done = threading.Event()
    with _Progress() as state:
        pointer = state._live()

        def body() -> None:
            try:
                results.append(work(pointer))
            except BaseException as failure:
                failures.append(failure)
            finally:
                done.set()

        thread = threading.Thread(target=body, name="constellation-call")
        try:
            thread.start()
            while not done.wait(INTERVAL):
                show(lib.cstn_progress_done(pointer), lib.cstn_progress_total(pointer))
            thread.join()
            show(lib.cstn_progress_done(pointer), lib.cstn_progress_total(pointer))
        except BaseException:
            lib.cstn_progress_cancel(pointer)
            if thread.ident is not None:
                thread.join()
            raise
        finally:
            if line is not None:
                line.end()
    if failures:
        raise failures[0]
    return results[0]
