"""A supply network: records in memory or durable in a folder, as Python values and frames."""

from __future__ import annotations

import ctypes
import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from . import _frames
from ._handles import Handle
from ._native import c_text, call, integer, lib, made_text, out, take_buffer, take_error, unsigned
from ._progress import ProgressLike, run
from ._reading import Reading, spelled
from ._store import (
    KeyLike,
    PathLike,
    _bad_rows,
    _check_bad_rows,
    _Import,
    _path,
    _record,
)
from .errors import ConstellationError, InvalidArgumentError, RowErrors
from .perfect_order_result import PerfectOrderResult
from .policy import PolicyData, PolicyLike, policy_of
from .record import Record
from .shared_log import SharedLog
from .snapshot import Changes, EffectiveEvents, Snapshot
from .table import RowErrorTable, Table
from .times import TimeLike, WorkingCalendar, Zone, to_us
from .transaction import Transaction

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .agreements import AgreementStore
    from .constraints import Vocabulary
    from .decisions import Rules

__all__ = ["KeptVerdicts", "Network", "NetworkInfo"]

_COMMITS = {
    "full": c.CSTN_COMMIT_FULL,
    "group": c.CSTN_COMMIT_GROUP,
    "none": c.CSTN_COMMIT_NONE,
}
_STATES = {
    c.CSTN_NETWORK_STATE_OPEN: "open",
    c.CSTN_NETWORK_STATE_FULL: "full",
    c.CSTN_NETWORK_STATE_POISONED: "poisoned",
    c.CSTN_NETWORK_STATE_READ_ONLY: "read_only",
    c.CSTN_NETWORK_STATE_CLOSED: "closed",
}


class NetworkInfo(NamedTuple):
    """What a network is made of."""

    #: "open", "full" (the last write found no space), "poisoned" (a sync failed: reads only),
    #: "read_only" or "closed"
    state: str
    #: zeros in memory
    uuid: uuid.UUID
    #: sequence number of the last transaction
    last_seq: int
    #: bytes that are not yet in columns
    log_bytes: int
    #: bytes in columns, on disk and in memory
    segment_bytes: int
    memory_bytes: int
    #: bytes kept on disk for snapshots alone
    pinned_bytes: int
    n_segments: int
    #: versions replaced or deleted that are still there
    n_dead_rows: int
    #: files of kept verdicts (`Network.keep_order_verdicts`), their bytes, and how many were found
    #: damaged or gone since the network was opened
    n_kept: int
    kept_bytes: int
    n_kept_useless: int


class KeptVerdicts(NamedTuple):
    """What `Network.keep_order_verdicts` did, in files of orders."""

    #: judged and kept
    written: int
    #: were there, and still hold
    kept: int
    #: replaced, of too many policies, or of no use
    dropped: int


class Network(Handle):
    """A supply network: partners, constellations, orders, shipments, events, customers.

    Open one with `Network.open`. Usable from any number of threads; `transaction` gives an object
    for one.

    Examples
    --------
    >>> with Network.open() as net:
    ...     for partner in ("acme", "bolt"):
    ...         _ = net.put("partner", partner_id=partner, recorded="2024-05-01")
    ...     net.import_("order", [
    ...         {"order_id": "O-1", "seller": "acme", "buyer": "bolt", "line_number": 1,
    ...          "item_id": "4006381333931", "qty": 5, "ordered": "2024-05-01",
    ...          "promised": "2024-05-03", "delivered": "2024-05-02"},
    ...         {"order_id": "O-2", "seller": "acme", "buyer": "bolt", "line_number": 1,
    ...          "item_id": "4006381333931", "qty": 1, "ordered": "2024-05-01",
    ...          "promised": "2024-05-03", "delivered": "2024-05-09"},
    ...     ], recorded="2024-05-10", casts="text", zone="UTC")
    ...     result = net.perfect_order_rate("components=T", as_of="2024-06-01", by="seller")
    ...     net.get("order", "O-1")["lines"][0]["qty"], result.rate().value
    (5, 0.5)
    """

    _RELEASE = "cstn_network_unref"
    _frame = "table"
    _path: Optional[str] = None

    @classmethod
    def open(
        cls,
        path: Optional[PathLike] = None,
        *,
        read_only: bool = False,
        must_exist: bool = False,
        must_be_new: bool = False,
        allow_remote: bool = False,
        defer_checkpoint: bool = False,
        commit: str = "full",
        group_us: int = 0,
        keep_generations: int = 0,
        cache_bytes: int = 0,
        checkpoint_bytes: int = 0,
        checkpoint_rows: int = 0,
    ) -> "Network":
        """Open a network, or make a new one.

        Parameters
        ----------
        path : path, optional
            A folder, made if it is not there; None is a network in memory.
        read_only : bool
            Nothing is written, not even a lock; the network must exist.
        must_exist, must_be_new : bool
            What the folder must be.
        allow_remote : bool
            Allow a network file system, where locks may lie.
        defer_checkpoint : bool
            Checkpoints only in `checkpoint`, `maintain` and `close`.
        commit : "full", "group" or "none"
            Commits are acknowledged after the disk's flush; the same, waiting up to `group_us`
            for company; or after the write, when a power loss may cost the last commits.
        group_us : int
            Microseconds.
        keep_generations : int
            Older states kept for `salvage`; 0 is 1.
        cache_bytes : int
            Of decoded columns; 0 is 256 MiB.
        checkpoint_bytes, checkpoint_rows : int
            A checkpoint is due after so many; 0 is 64 MiB and 2**20 rows.

        Returns
        -------
        Network

        Raises
        ------
        LockedError
            Another handle writes it.
        NotFoundError, ConflictError
            It is not there, or is there and must not be.
        CorruptError, NoManifestError, NewerFormatError
            What the folder holds cannot be opened; see `salvage`.
        """
        if commit not in _COMMITS:
            raise InvalidArgumentError(f"commit {commit!r} is not one of {', '.join(_COMMITS)}")
        flags = c.CSTN_NETWORK_READ_ONLY if read_only else 0
        flags |= c.CSTN_NETWORK_MUST_EXIST if must_exist else 0
        flags |= c.CSTN_NETWORK_MUST_BE_NEW if must_be_new else 0
        flags |= c.CSTN_NETWORK_ALLOW_REMOTE if allow_remote else 0
        flags |= c.CSTN_NETWORK_DEFER_CHECKPOINT if defer_checkpoint else 0
        options = c.cstn_network_options(
            struct_size=ctypes.sizeof(c.cstn_network_options),
            flags=flags,
            commit_level=_COMMITS[commit],
            keep_generations=unsigned(keep_generations, 32, "keep_generations"),
            group_us=integer(group_us, 64, "group_us"),
            cache_bytes=unsigned(cache_bytes, 64, "cache_bytes"),
            checkpoint_bytes=unsigned(checkpoint_bytes, 64, "checkpoint_bytes"),
            checkpoint_rows=unsigned(checkpoint_rows, 64, "checkpoint_rows"),
        )
        pointer = out(c.cstn_network)
        call(
            lib.cstn_network_open,
            None if path is None else _path(path),
            ctypes.byref(options),
            lib.allocator,
            ctypes.byref(pointer),
        )
        network = cls.__new__(cls)
        network._path = None if path is None else os.fspath(path)
        network._adopt(pointer)
        return network

    @property
    def path(self) -> Optional[str]:
        """The folder; None in memory."""
        return self._path

    def close(self) -> None:
        """Write a checkpoint, mark the folder as closed and release its lock.

        Snapshots and frames stay readable. A network that is only collected is as safe as after a
        crash: nothing acknowledged is lost. Closing twice is allowed.
        """
        pointer, foreign = self._pointer, self._pid != os.getpid()
        Handle.close(self)
        if pointer is not None and not foreign:
            call(lib.cstn_network_close, pointer)

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        try:
            self.close()
        except ConstellationError:
            if kind is None:  # what the block raised says more
                raise

    # --- writing ----------------------------------------------------------------------------------

    def put(
        self,
        noun: Union[str, Record],
        fields: Optional["Mapping[str, Any]"] = None,
        /,
        *,
        lines: "Iterable[Mapping[str, Any]]" = (),
        **more: Any,
    ) -> int:
        """Put one record in a transaction of its own.

        The parameters are those of `Record`; or hand over a `Record`.

        Returns
        -------
        int
            The transaction's sequence number.
        """
        record = _record(noun, fields, lines, more)
        number = ctypes.c_uint64()
        call(lib.cstn_network_put, self._live(), record._live(), ctypes.byref(number))
        return int(number.value)

    def delete(self, noun: str, key: KeyLike, recorded: TimeLike) -> int:
        """Delete one record in a transaction of its own; returns its sequence number."""
        with self.transaction() as transaction:
            transaction.delete(noun, key, recorded)
            return transaction.commit()

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
        """Put a frame of records in a transaction of its own.

        Parameters
        ----------
        noun : str
            Its name, as "order" or "orders".
        rows : frame
            As in `perfect_order_rate`: any frame, a `CsvTable`, or an iterator of frames, all of
            which are one transaction then. Columns are called like the fields of the noun; one
            that is no field is an error, or see `skip_unknown`. A row is a record; for a noun with lines a row is a line, and the
            record's own fields repeat.
        recorded : datetime, date, str or int, optional
            When rows became known that do not say it themselves.
        all_or_nothing : bool
            A bad row fails the call, and nothing is put.
        columns, constants, values, zone, casts, binding, trusted
            How the frame's columns map to the fields, as in `perfect_order_rate`.
        skip_unknown : bool
            Skip columns that are no field of the noun, which else raise SchemaError. A single one
            is left out by ``constants={"its name": None}``.
        threads : int
            The most threads to use, 0 all processors, 1 the caller's alone. What is stored, and
            which rows are left out, do not depend on it.
        progress : bool or callable, optional
            Show rows done, or call ``progress(done, total)``; Ctrl-C then stops the call.
        bad_rows : "raise" or "keep"
            When rows are left out: raise RowErrors, the others being in, or return them.

        Returns
        -------
        RowErrorTable or None
            The rows left out, with ``bad_rows="keep"``.

        Raises
        ------
        RowErrors
            Rows were left out; **the others are in**, unless `all_or_nothing`.
        SchemaError
            With every column that does not fit or is no field of the noun; nothing is put.
        """
        if _frames.is_iterator(rows):
            with self.transaction() as transaction:
                return self._import_parts(
                    transaction,
                    noun,
                    rows,
                    bad_rows,
                    recorded=recorded,
                    all_or_nothing=all_or_nothing,
                    skip_unknown=skip_unknown,
                    threads=threads,
                    **how,
                )
        _check_bad_rows(bad_rows)
        task = _Import(how, recorded, all_or_nothing, skip_unknown, threads)

        def work(watch: Any) -> Optional[RowErrors]:
            return task.run(lib.cstn_network_import, self._live(), noun, rows, watch)

        failure = run(work, how.get("progress"))
        self._frame = _frames.kind_of(rows)
        return _bad_rows(failure, bad_rows)

    def _import_parts(
        self, transaction: Transaction, noun: str, rows: Any, bad_rows: str, **how: Any
    ) -> Optional[RowErrorTable]:
        try:
            return transaction.import_(noun, rows, bad_rows=bad_rows, **how)
        except RowErrors:
            if not how["all_or_nothing"]:
                transaction.commit()  # the good rows are in
            raise

    def transaction(self) -> Transaction:
        """Begin a transaction.

        Examples
        --------
        >>> with Network.open() as net:
        ...     with net.transaction() as changes:
        ...         changes.put("partner", partner_id="acme", recorded="2024-05-01")
        ...         changes.put("partner", partner_id="bolt", recorded="2024-05-01")
        ...     changes.seq
        1
        """
        pointer = out(c.cstn_transaction)
        call(lib.cstn_transaction_begin, self._live(), ctypes.byref(pointer))
        return Transaction._wrap(pointer, self)

    def log(
        self, party: str, constellation: Optional[str] = None, origin: Optional[str] = None
    ) -> SharedLog:
        """A log as it is now: the party's shared one in a constellation, or its private one.

        Parameters
        ----------
        party : str
        constellation : str, optional
            None: the private log.
        origin : str, optional
            Its name in checkpoints; made of both ids if it is not given.
        """
        return SharedLog._open(self, party, constellation, origin)

    def sync(self) -> None:
        """Make everything committed durable, whatever the commit level."""
        call(lib.cstn_network_sync, self._live())

    def checkpoint(self) -> None:
        """Turn the log into columns; a commit does it when it is due."""
        call(lib.cstn_network_checkpoint, self._live())

    def maintain(
        self,
        history_from: Optional[TimeLike] = None,
        max_bytes: int = 0,
        progress: ProgressLike = None,
        noun: Optional[str] = None,
    ) -> None:
        """Merge small files into larger ones and drop versions that nobody can see.

        In memory, where nothing is merged, a noun of which half are such versions is copied
        without them.

        Parameters
        ----------
        history_from : datetime, date, str or int, optional
            Versions replaced before this may be dropped; None keeps all history.
        max_bytes : int
            Stop after so many bytes are rewritten; 0 is no end.
        progress : bool or callable, optional
            As in `import_`.
        noun : str, optional
            Only records of this noun, for a history of its own; None is all.
        """
        options = c.cstn_maintain_options(
            struct_size=ctypes.sizeof(c.cstn_maintain_options),
            history_from_us=0 if history_from is None else to_us(history_from, "history_from"),
            max_bytes=unsigned(max_bytes, 64, "max_bytes"),
            noun=None if noun is None else c_text(noun, "noun"),
        )

        def work(watch: Any) -> None:
            options.progress = watch
            call(lib.cstn_network_maintain, self._live(), ctypes.byref(options))

        run(work, progress)

    def keep_order_verdicts(
        self,
        policy: PolicyLike = None,
        *,
        as_of: TimeLike,
        most_policies: int = 0,
        policy_zone: Union[Zone, bytes, str, None] = None,
        policy_calendar: Union[WorkingCalendar, str, None] = None,
        progress: ProgressLike = None,
    ) -> KeptVerdicts:
        """Judge the orders that lie in columns, and keep the verdicts for `order_verdicts`.

        Verdicts that no later time can change serve every later scan under the policy, the others
        scans as of the same time. Answers never depend on what is kept.

        Parameters
        ----------
        policy, policy_zone, policy_calendar
            As in `perfect_order_rate`; any policy but one of ``zone=ship_to``.
        as_of : datetime, date, str or int
            What was known by then counts.
        most_policies : int
            Policies for which verdicts are kept of one file of orders, the newest; 0 is 4.
        progress : bool or callable, optional
            As in `import_`.

        Returns
        -------
        KeptVerdicts
        """
        rules = policy_of(policy)
        data = PolicyData(policy_zone, policy_calendar)
        us = to_us(as_of, "as_of")
        options = c.cstn_keep_verdicts_options(
            struct_size=ctypes.sizeof(c.cstn_keep_verdicts_options),
            most_policies=unsigned(most_policies, 32, "most_policies"),
            policy_data=data.pointer,
        )
        counts = c.cstn_keep_verdicts_counts(
            struct_size=ctypes.sizeof(c.cstn_keep_verdicts_counts)
        )

        def work(watch: Any) -> None:
            options.progress = watch
            call(
                lib.cstn_network_keep_order_verdicts,
                self._live(),
                rules._live(),
                us,
                ctypes.byref(options),
                ctypes.byref(counts),
            )

        run(work, progress)
        return KeptVerdicts(int(counts.written), int(counts.kept), int(counts.dropped))

    # --- reading ----------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The network as it is; later transactions do not change it."""
        pointer = out(c.cstn_snapshot)
        call(lib.cstn_network_snapshot, self._live(), ctypes.byref(pointer))
        return Snapshot._wrap(pointer, self._frame)

    def record(self, noun: str, key: KeyLike, as_of: Optional[TimeLike] = None) -> Record:
        """One record as it is, see `Snapshot.record`."""
        with self.snapshot() as snapshot:
            return snapshot.record(noun, key, as_of)

    def get(self, noun: str, key: KeyLike, as_of: Optional[TimeLike] = None) -> Dict[str, Any]:
        """One record as it is as a dict, see `Snapshot.get`."""
        with self.snapshot() as snapshot:
            return snapshot.get(noun, key, as_of)

    def scan(
        self, noun: str, columns: Optional["Sequence[str]"] = None, **options: Any
    ) -> Any:
        """Records of a noun as a frame, as they are now; the options are those of `Snapshot.scan`.

        Examples
        --------
        >>> with Network.open() as net:
        ...     _ = net.put("partner", partner_id="acme", country="DE", recorded="2024-05-01")
        ...     net.scan("partner", ["partner_id", "country"]).to_pylist()
        [{'partner_id': 'acme', 'country': 'DE'}]
        """
        return self.snapshot().scan(noun, columns, **options)

    def changes(self, since: int = 0, frame: Optional[str] = None) -> Changes:
        """What was put or deleted after transaction `since`, for hosts that replicate.

        Examples
        --------
        >>> with Network.open() as net:
        ...     seq = net.put("partner", partner_id="acme", recorded="2024-05-01")
        ...     _ = net.put("partner", partner_id="bolt", recorded="2024-05-02")
        ...     net.changes(seq).rows.to_pydict()["key"]
        ['bolt']
        """
        return self.snapshot().changes(since, frame)

    def relation(self, a: str, b: str, constellation: str, now: TimeLike) -> str:
        """What two companies are to each other, see `Snapshot.relation`."""
        with self.snapshot() as snapshot:
            return snapshot.relation(a, b, constellation, now)

    def rules(
        self,
        between: "Optional[Tuple[str, str, str]]" = None,
        vocabulary: "Optional[Vocabulary]" = None,
    ) -> "Rules":
        """The rules of what is recorded now, compiled for decisions, see `Snapshot.rules`."""
        with self.snapshot() as snapshot:
            return snapshot.rules(between, vocabulary)

    def agreements(self) -> "AgreementStore":
        """All agreements that are recorded now, see `Snapshot.agreements`."""
        with self.snapshot() as snapshot:
            return snapshot.agreements()

    def sharing(self, what: str, now: TimeLike, frame: Optional[str] = None) -> Any:
        """What is recorded of the sharing of data as a frame, see `Snapshot.sharing`."""
        return self.snapshot().sharing(what, now, frame)

    def dual_pairs(self, now: TimeLike, frame: Optional[str] = None) -> Any:
        """Companies that are partners in one constellation and competitors in another.

        Returns
        -------
        frame
            a, b, partner_in, competitor_in.
        """
        us = to_us(now, "now")

        def export(stream: Any) -> None:
            call(lib.cstn_network_scan_dual_pairs, self._live(), us, stream)

        return _frames.convert(Table(export), _frames.check_kind(frame, self._frame))

    def effective_events(self, subject: Optional[str] = None, **options: Any) -> EffectiveEvents:
        """The events that count, see `Snapshot.effective_events`."""
        return self.snapshot().effective_events(subject, **options)

    def order_verdicts(self, policy: PolicyLike = None, *, as_of: TimeLike, **options: Any) -> Any:
        """Orders as they are with their verdicts, see `Snapshot.order_verdicts`."""
        return self.snapshot().order_verdicts(policy, as_of=as_of, **options)

    def perfect_order_rate(
        self, policy: PolicyLike = None, *, as_of: TimeLike, **options: Any
    ) -> PerfectOrderResult:
        """The perfect order rate of its orders; the options are `Snapshot.perfect_order_rate`'s."""
        with self.snapshot() as snapshot:
            return snapshot.perfect_order_rate(policy, as_of=as_of, **options)

    def info(self) -> NetworkInfo:
        """What it is made of."""
        info = c.cstn_network_info(struct_size=ctypes.sizeof(c.cstn_network_info))
        call(lib.cstn_network_get_info, self._live(), ctypes.byref(info))
        numbers = [field[0] for field in c.cstn_network_info._fields_[3:]]
        return NetworkInfo(
            _STATES.get(info.state, "unknown"),
            uuid.UUID(bytes=bytes(info.uuid)),
            *[int(getattr(info, name)) for name in numbers],
        )

    # --- tools ------------------------------------------------------------------------------------

    def backup(self, to: PathLike, link: bool = False, progress: ProgressLike = None) -> None:
        """Copy the network as it is to a new folder; writers are not blocked.

        Parameters
        ----------
        to : path
            A folder that is not there yet.
        link : bool
            Hard links instead of copies, on the same file system.
        progress : bool or callable, optional
            As in `import_`.
        """
        flags = c.CSTN_BACKUP_LINK if link else 0
        target = _path(to, "to")
        run(
            lambda watch: call(lib.cstn_network_backup, self._live(), target, flags, watch),
            progress,
        )

    @staticmethod
    def verify(path: PathLike, progress: ProgressLike = None) -> Dict[str, Any]:
        """Check every hash, count and index of a folder; nothing is written.

        Returns
        -------
        dict
            The report.

        Raises
        ------
        CorruptError
            Something is damaged; its ``report`` has the report.
        """
        folder = _path(path)

        def work(watch: Any) -> Dict[str, Any]:
            buffer, error = out(c.cstn_buffer), out(c.cstn_error)
            status = lib.cstn_network_verify(
                folder,
                c.CSTN_REPORT_JSON,
                lib.allocator,
                watch,
                ctypes.byref(buffer),
                ctypes.byref(error),
            )
            report: Dict[str, Any] = json.loads(take_buffer(buffer)) if buffer else {}
            if status < 0:
                failure = take_error(status, error)
                failure.report = report
                raise failure
            return report

        return run(work, progress)

    @staticmethod
    def salvage(
        path: PathLike,
        to: Optional[PathLike] = None,
        progress: ProgressLike = None,
        *,
        dry_run: bool = False,
    ) -> Dict[str, Any]:
        """Recover what is readable of a damaged folder into a new one; `path` is never written.

        Parameters
        ----------
        to
            A folder that holds no network yet; not given in a dry run.
        dry_run
            Write nothing: the report says what would be recovered.

        Returns
        -------
        dict
            What was recovered and what was lost.
        """
        if dry_run is not (to is None):
            raise InvalidArgumentError("salvage takes `to`, or dry_run=True without it")
        folders = _path(path), None if to is None else _path(to, "to")
        flags = c.CSTN_SALVAGE_DRY_RUN if dry_run else 0

        def work(watch: Any) -> Dict[str, Any]:
            buffer = out(c.cstn_buffer)
            call(
                lib.cstn_network_salvage,
                *folders,
                flags,
                lib.allocator,
                watch,
                ctypes.byref(buffer),
            )
            report: Dict[str, Any] = json.loads(take_buffer(buffer))
            return report

        return run(work, progress)

    @staticmethod
    def dump(file: PathLike) -> str:
        """One file of a network's folder as text."""
        return made_text(lib.cstn_network_dump, _path(file, "file"), lib.allocator)

    def __repr__(self) -> str:
        where = "in memory" if self._path is None else repr(self._path)
        return "Network(closed)" if self.closed else f"Network({where})"
