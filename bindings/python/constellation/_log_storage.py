"""Callbacks of logs: a storage for hashes, and where an export finds entries."""

from __future__ import annotations

import ctypes
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from . import _cdefs as c
from ._native import bytes_pointer

__all__ = ["LogBatch", "LogStorage"]

_HASH = c.CSTN_MERKLE_HASH_SIZE


class LogBatch(NamedTuple):
    """What a storage is to keep: all of it, or nothing."""

    #: index of the first entry: the size before
    first: int
    #: the entries
    entries: "List[bytes]"
    #: level: (number of the first new hash, new hashes one behind the other, 32 bytes each)
    hashes: "Dict[int, tuple[int, bytes]]"
    #: the compact range behind them
    range: bytes


class LogStorage:
    """What keeps a log; subclass it. What a method raises is raised by the call that asked.

    Attributes
    ----------
    size : int
        Entries that it holds when the log is opened.
    range : bytes or None
        Their compact range, if it was kept: then nothing is read to open the log.

    Examples
    --------
    >>> class Shelf(LogStorage):
    ...     def __init__(self):
    ...         self.levels = {}
    ...     def read_tile(self, level, index, width):
    ...         return self.levels[level][index * 8192 : index * 8192 + width * 32]
    ...     def append(self, batch):
    ...         for level, (_, hashes) in batch.hashes.items():
    ...             self.levels[level] = self.levels.get(level, b"") + hashes
    ...         self.size, self.range = batch.first + len(batch.entries), batch.range
    >>> from constellation import ledger
    >>> shelf = Shelf()
    >>> ledger.Log.open("shipper.example", shelf).extend([b"a", b"b", b"c"])
    0
    >>> len(ledger.Log.open("shipper.example", shelf))
    3
    """

    size: int = 0
    range: "Optional[bytes]" = None

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile of 256: those of its level from index * 256 on."""
        raise NotImplementedError

    def append(self, batch: LogBatch) -> None:
        """Keep a batch, all or nothing."""
        raise NotImplementedError

    def sync(self) -> None:
        """What was appended must outlast a crash from here on."""


def _guarded(raised: "List[BaseException]", work: "Callable[[], None]") -> int:
    try:
        work()
    except BaseException as reason:  # noqa: BLE001 - goes on behind the call, not through C
        raised[:] = [reason]
        return int(c.CSTN_E_CANCELLED)
    return 0


def _batch(given: Any) -> LogBatch:
    batch, begin = given.contents, 0
    ends = batch.ends[: batch.count]
    data = ctypes.string_at(batch.entries, ends[-1]) if ends[-1] else b""
    entries = []
    for end in ends:
        entries.append(data[begin:end])
        begin = end
    hashes = {}
    for level in range(batch.n_levels):
        one = batch.levels[level]
        hashes[level] = (int(one.first), ctypes.string_at(one.hashes, int(one.count) * _HASH))
    return LogBatch(
        int(batch.first), entries, hashes, ctypes.string_at(batch.range, batch.n_range * _HASH)
    )


def struct_of(storage: LogStorage, raised: "List[BaseException]") -> Any:
    """The C struct of a storage; it keeps its callbacks alive."""

    def read_tile(_: Any, level: int, index: int, width: int, into: Any) -> int:
        def work() -> None:
            hashes = bytes(storage.read_tile(level, index, width))
            if len(hashes) != width * _HASH:
                raise ValueError(f"read_tile gave {len(hashes)} bytes, {width * _HASH} expected")
            ctypes.memmove(into, hashes, len(hashes))

        return _guarded(raised, work)

    def append(_: Any, batch: Any) -> int:
        return _guarded(raised, lambda: storage.append(_batch(batch)))

    def sync(_: Any) -> int:
        return _guarded(raised, storage.sync)

    given = c.cstn_log_storage(struct_size=ctypes.sizeof(c.cstn_log_storage))
    given.size = storage.size
    if storage.range is not None:
        given._range = bytes(storage.range)
        given.range = bytes_pointer(given._range)
        given.n_range = len(given._range) // _HASH
    given.read_tile = c.LOG_READ_TILE(read_tile)
    given.append = c.LOG_APPEND(append)
    given.sync = c.LOG_SYNC(sync)
    return given


def export_options(read: "Callable[[int], bytes]", raised: "List[BaseException]") -> Any:
    """Options of an export that take entries from `read`."""
    kept: List[bytes] = [b""]

    def read_entry(_: Any, index: int, entry: Any, size: Any) -> int:
        def work() -> None:
            kept[0] = read(index)
            entry[0] = bytes_pointer(kept[0])
            size[0] = len(kept[0])

        return _guarded(raised, work)

    options = c.cstn_tile_export_options(struct_size=ctypes.sizeof(c.cstn_tile_export_options))
    options.read_entry = c.TILE_READ_ENTRY(read_entry)
    return options
