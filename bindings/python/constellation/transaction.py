"""Changes to a network that are seen together or not at all."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, List, Optional, Union

from . import _frames
from ._native import c_text, call, lib, unsigned
from ._progress import run
from ._reading import Reading, spelled
from ._store import KeyLike, _bad_rows, _check_bad_rows, _Import, _key, _record
from .errors import RowErrors
from .record import Record
from .shared_log import LogEntry
from .sharing import SharingChanges
from .table import RowErrorTable
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .network import Network

__all__ = ["Transaction"]


class Transaction(SharingChanges):
    """Changes that are seen together or not at all.

    Made by `Network.transaction`; one thread at a time. At the end of a ``with`` block it commits,
    or rolls back if the block raised.

    Attributes
    ----------
    seq : int or None
        The sequence number of the last commit.
    """

    _RELEASE = "cstn_transaction_free"
    seq: Optional[int] = None
    _logged: "List[LogEntry]" = []

    @classmethod
    def _wrap(cls, pointer: Any, network: "Network") -> "Transaction":
        transaction = cls.__new__(cls)
        transaction._adopt(pointer, network)
        return transaction

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        try:
            if kind is None and not self.closed:
                self.commit()
        finally:
            self.close()

    def put(
        self,
        noun: Union[str, Record],
        fields: Optional["Mapping[str, Any]"] = None,
        /,
        *,
        lines: "Iterable[Mapping[str, Any]]" = (),
        **more: Any,
    ) -> None:
        """Put a record: a new one, or the next version of the one with its key.

        The parameters are those of `Record`; or hand over a `Record`.

        Raises
        ------
        InvalidArgumentError
            With every rule that is broken: a reference to nothing, goods beyond the open quantity.
        StateError
            For a state that cannot follow the one before.
        """
        record = _record(noun, fields, lines, more)
        with self._exclusive() as pointer:
            call(lib.cstn_transaction_put, pointer, record._live())

    def delete(self, noun: str, key: KeyLike, recorded: TimeLike) -> None:
        """Delete a record as of an instant; reads as of an earlier time still see it."""
        parts, n = _key(key)
        us, name = to_us(recorded, "recorded"), c_text(noun, "noun")
        with self._exclusive() as pointer:
            call(lib.cstn_transaction_delete, pointer, name, parts, n, us)

    def require(self, noun: str, key: KeyLike, seq: int) -> None:
        """Commit only if the record was last written by transaction `seq`; 0: if there is none."""
        parts, n = _key(key)
        number, name = unsigned(seq, 64, "seq"), c_text(noun, "noun")
        with self._exclusive() as pointer:
            call(lib.cstn_transaction_require, pointer, name, parts, n, number)

    @spelled(Reading)
    def import_(
        self,
        noun: str,
        rows: Any,
        *,
        recorded: Optional[TimeLike] = None,
        all_or_nothing: bool = False,
        skip_unknown: bool = False,
        threads: int = 0,
        bad_rows: str = "raise",
        **how: Unpack[Reading],
    ) -> Optional[RowErrorTable]:
        """Put a frame of records; the parameters are those of `Network.import_`.

        After another failure than RowErrors the transaction can only be rolled back.
        """
        _check_bad_rows(bad_rows)
        task = _Import(how, recorded, all_or_nothing, skip_unknown, threads)
        self._live()
        network: "Network" = self._parent
        first: Optional[RowErrors] = None
        for part in _frames.parts(rows):

            def work(watch: Any, part: Any = part) -> Optional[RowErrors]:
                with self._exclusive() as pointer:
                    function = lib.cstn_transaction_import
                    return task.run(function, pointer, noun, part, watch)

            failure = run(work, how.get("progress"))
            network._frame = _frames.kind_of(part)
            if failure is not None and all_or_nothing:
                raise failure
            first = first or failure
        return _bad_rows(first, bad_rows)

    def log(
        self,
        party: str,
        type: str,
        at: TimeLike,
        fields: Optional["Mapping[str, Any]"] = None,
        constellation: Optional[str] = None,
    ) -> LogEntry:
        """Put an entry into a log of the network; it is committed with the other changes.

        Parameters
        ----------
        party : str
            Whose log, an id of 1 to 64 bytes.
        type : str
            Of the entry: ``x-`` and 1 to 62 of a-z, 0-9, ``_`` and ``-``.
        at : time
            Now. Earlier than another entry of the log is accepted, and marked ``non_monotone``.
        fields : dict, optional
            What it says besides, as JSON without fractions. Of personal or competitive values put
            commitments there.
        constellation : str, optional
            The constellation of the shared log; None: the party's private log.

        Returns
        -------
        LogEntry
            Its `index` is there after the commit.
        """
        json_text = json.dumps(dict(fields or {}), ensure_ascii=False).encode("utf-8")
        entry = LogEntry()
        names = c_text(party, "party"), c_text(constellation or "", "constellation")
        kind, us = c_text(type, "type"), to_us(at, "at")
        with self._exclusive() as pointer:
            call(
                lib.cstn_transaction_log,
                pointer,
                *names,
                kind,
                us,
                json_text,
                len(json_text),
                ctypes.byref(entry._index),
            )
            # C writes there at the commit.
            self._logged = [*self._logged, entry]
        return entry

    def commit(self) -> int:
        """Make the changes durable and seen; the transaction is then empty and may go on.

        Returns
        -------
        int
            The sequence number.

        Raises
        ------
        ConflictError
            Another transaction has changed what this one changed or required.
        """
        number = ctypes.c_uint64()
        with self._exclusive() as pointer:
            call(lib.cstn_transaction_commit, pointer, ctypes.byref(number))
            for entry in self._logged:
                entry._committed = True
            self._logged = []
        self.seq = int(number.value)
        return self.seq

    def rollback(self) -> None:
        """Forget the changes and close."""
        self.close()

    def __len__(self) -> int:
        """Rows that wait for the commit."""
        return int(lib.cstn_transaction_rows(self._live()))

    def __bool__(self) -> bool:
        return True
