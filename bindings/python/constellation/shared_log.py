"""The logs of a network: what was agreed, released and refused, committed with the change itself.

A party has one shared log in each constellation and one private log. `Transaction.log` puts an entry
there, `Network.log` opens one.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, List, Optional, Union

from . import _cdefs as c
from ._native import c_text, call, integer, lib, out, take_buffer, text_array, unsigned, utf8
from .errors import InvalidArgumentError
from .ledger import LogReader
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from .negotiations import PartyKeys
    from .network import Network

__all__ = ["LogEntry", "SharedLog", "settled"]


class LogEntry:
    """An entry that waits in a transaction.

    Attributes
    ----------
    index : int or None
        Its index in the log, once the transaction is committed.
    """

    def __init__(self) -> None:
        self._index = ctypes.c_uint64()
        self._committed = False

    @property
    def index(self) -> Optional[int]:
        """Its index in the log; None until the transaction is committed."""
        return self._index.value if self._committed else None

    def __repr__(self) -> str:
        return f"LogEntry(index={self.index})"


class SharedLog(LogReader):
    """A log of a network as it was when it was opened by `Network.log`; immutable.

    Examples
    --------
    >>> from constellation import Network
    >>> with Network.open() as net:
    ...     with net.transaction() as changes:
    ...         entry = changes.log("acme", "x-note", "2024-05-01", {"order": "17"}, "retail")
    ...     log = net.log("acme", "retail")
    >>> entry, len(log)
    (LogEntry(index=0), 1)
    >>> log[0]
    b'{"at_us":1714521600000000,"order":"17","type":"x-note","version":1}'
    """

    _RELEASE = "cstn_shared_log_free"

    @classmethod
    def _open(
        cls, network: "Network", party: str, constellation: Optional[str], origin: Optional[str]
    ) -> "SharedLog":
        log, pointer = cls.__new__(cls), out(c.cstn_shared_log)
        call(
            lib.cstn_shared_log_open,
            network._live(),
            c_text(party, "party"),
            None if constellation is None else c_text(constellation, "constellation"),
            None if origin is None else c_text(origin, "origin"),
            ctypes.byref(pointer),
        )
        log._adopt(pointer)
        return log

    @contextlib.contextmanager
    def _tree(self) -> "Iterator[Any]":
        pointer = self._live()
        yield lib.cstn_shared_log_tree(pointer)
        del pointer

    @property
    def newest_us(self) -> Optional[int]:
        """The latest time of an entry, microseconds UTC; None if there is none."""
        us = int(lib.cstn_shared_log_newest_us(self._live()))
        return None if us == -(2**63) else us

    def read(self, first: int = 0, count: Optional[int] = None) -> List[bytes]:
        """Entries from `first` on; None is all."""
        start = integer(first, 64, "first")
        n = max(len(self) - start, 0) if count is None else integer(count, 64, "count")
        if start < 0 or n < 0 or start + n > len(self):
            raise InvalidArgumentError(f"{n} entries from {start} on, the log has {len(self)}")
        ends = (ctypes.c_uint64 * max(n, 1))()
        pointer = out(c.cstn_buffer)
        call(lib.cstn_shared_log_read, self._live(), start, n, ends, ctypes.byref(pointer))
        data, found, begin = take_buffer(pointer), [], 0
        for end in ends[:n]:
            found.append(data[begin:end])
            begin = end
        return found

    def __getitem__(self, index: int) -> bytes:
        """One entry; -1 is the last."""
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(f"entry {index}, the log has {len(self)}")
        return self.read(at, 1)[0]

    def export_tiles(self, path: "Union[str, os.PathLike[str]]", checkpoint: str) -> None:
        """Write the log to a folder in the layout of C2SP tlog-tiles; see `Log.export_tiles`."""
        text = utf8(checkpoint, "checkpoint")
        call(
            lib.cstn_shared_log_export_tiles, self._live(), os.fsencode(path), text, len(text)
        )


def settle_policy(
    keys: "PartyKeys", parties: "Iterable[str]", least: int, max_age_us: int = 0, ahead_us: int = 0
) -> Any:
    """When a checkpoint is settled, as C has it; it keeps what it points to alive."""
    policy = c.cstn_settle_policy(struct_size=ctypes.sizeof(c.cstn_settle_policy))
    policy.parties, policy.n_parties = text_array(parties, "party")
    policy.keys = keys._live()
    policy.least = unsigned(least, 64, "least")
    policy.max_age_us = integer(max_age_us, 64, "max_age_us")
    policy.ahead_us = integer(ahead_us, 64, "ahead_us")
    return policy


def settled(
    checkpoint: str,
    keys: "PartyKeys",
    parties: "Iterable[str]",
    least: int,
    now: TimeLike,
    *,
    max_age_us: int = 0,
    ahead_us: int = 0,
) -> int:
    """How many witnesses have signed a checkpoint, where that is enough.

    Parameters
    ----------
    checkpoint : str
        A checkpoint with the lines of its witnesses behind it.
    keys : PartyKeys
        The book that has their keys of use ``witness``.
    parties : list of str
        Who the witnesses are; a party counts once.
    least : int
        How many must have signed.
    now : time
        Signatures of the future do not count, beyond `ahead_us` of what clocks may differ.
    max_age_us : int
        How old a signature may be; 0: of any age.

    Raises
    ------
    UnverifiedError
        If too few have signed.
    SignatureError
        If the signature of a witness is wrong.
    """
    text = utf8(checkpoint, "checkpoint")
    policy = settle_policy(keys, parties, least, max_age_us, ahead_us)
    count = ctypes.c_size_t()
    call(
        lib.cstn_checkpoint_settled,
        text,
        len(text),
        ctypes.byref(policy),
        to_us(now, "now"),
        lib.allocator,
        ctypes.byref(count),
    )
    return count.value
