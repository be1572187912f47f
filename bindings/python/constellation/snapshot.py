"""A network as it was at one instant: records, frames, changes, relations, rates."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

from . import _arrow, _frames
from . import _cdefs as c
from ._native import bits, c_text, call, integer, lib, out, text_array, text_of, unsigned
from ._progress import ProgressLike
from ._store import KeyLike, _as_of, _key, _Scan
from .fulfilment import PerfectOrderResult, PerfectOrderState, perfect_order_rate
from .policy import PolicyData, PolicyLike, policy_of
from .record import Record, nouns
from .sharing import SharingRead
from .times import TimeLike, WorkingCalendar, Zone, to_us

__all__ = ["Changes", "EffectiveEvents", "Snapshot"]

#: the scan gives whole orders, and which policy counts is what the caller says
_NOT_FOR_RATES = frozenset({"order_lines", "policy_digest"})

_VERDICTS = {
    "perfect": c.CSTN_ORDER_PERFECT,
    "failed": c.CSTN_ORDER_FAILED,
    "pending": c.CSTN_ORDER_PENDING,
    "excluded": c.CSTN_ORDER_EXCLUDED,
}
_COMPONENTS = {
    "T": c.CSTN_COMPONENT_ON_TIME,
    "F": c.CSTN_COMPONENT_IN_FULL,
    "D": c.CSTN_COMPONENT_DOCUMENTS,
    "C": c.CSTN_COMPONENT_CONDITION,
}


class Changes(NamedTuple):
    """What has changed since a transaction."""

    #: a frame: seq, noun, change ("put" or "delete"), key, key_2 .., recorded
    rows: Any
    #: the sequence number to ask from next time
    seq: int


class EffectiveEvents(NamedTuple):
    """The events that count, the sources that disagree, and how many there were."""

    #: a frame: the fields of noun ``event`` and latency_us
    rows: Any
    #: a frame: pairs of sources whose actuals lie too far apart
    conflicts: Any
    #: events, corrected, effective, conflicts, negative_latency
    counts: Dict[str, int]


class Snapshot(SharingRead):
    """A network as it was at one instant between transactions.

    Made by `Network.snapshot`. Usable from any number of threads; it keeps its network alive, so
    that both may be closed in any order.

    Examples
    --------
    >>> from constellation import Network
    >>> net = Network.open()
    >>> _ = net.put("partner", partner_id="acme", recorded="2024-05-01")
    >>> before = net.snapshot()
    >>> _ = net.put("partner", partner_id="bolt", recorded="2024-05-02")
    >>> before.scan("partner", ["partner_id"]).to_pydict()
    {'partner_id': ['acme']}
    """

    _RELEASE = "cstn_snapshot_unref"

    @property
    def seq(self) -> int:
        """The sequence number of the last transaction in it."""
        return int(lib.cstn_snapshot_seq(self._live()))

    def record(self, noun: str, key: KeyLike, as_of: Optional[TimeLike] = None) -> Record:
        """One record by its key, with the transaction that wrote it (`Record.seq`).

        Parameters
        ----------
        noun : str
        key : str or sequence of str
            The first part of the key, or its parts in order; parts left out are empty.
        as_of : datetime, date, str or int, optional
            What was recorded by then; None is what is known now.

        Raises
        ------
        NotFoundError
            There is no such record.
        """
        parts, n = _key(key)
        pointer = out(c.cstn_record)
        name = c_text(noun, "noun")
        found = ctypes.byref(pointer)
        call(lib.cstn_snapshot_get, self._live(), name, parts, n, _as_of(as_of), found)
        return Record._wrap(pointer)

    def get(self, noun: str, key: KeyLike, as_of: Optional[TimeLike] = None) -> Dict[str, Any]:
        """The same as a dict: the fields that have a value, and ``lines`` of nouns with lines."""
        with self.record(noun, key, as_of) as record:
            return record.to_dict()

    def scan(
        self,
        noun: str,
        columns: Optional["Sequence[str]"] = None,
        *,
        lines: bool = False,
        numbered: bool = False,
        dictionary: bool = False,
        ids: Optional["Sequence[str]"] = None,
        between: Optional[Tuple[str, TimeLike, TimeLike]] = None,
        partner: Optional[str] = None,
        where: Optional[Tuple[str, str]] = None,
        as_of: Optional[TimeLike] = None,
        since: Optional[int] = None,
        empty_as_null: bool = False,
        frame: Optional[str] = None,
    ) -> Any:
        """Records of a noun as a frame, in the order in which they lie.

        Parameters
        ----------
        noun : str
            Its name, as "order".
        columns : sequence of str, optional
            Fields, in this order; None is all. ``seq`` is the transaction that wrote the row,
            ``attributes.NAME`` one of the attributes of an order line.
        lines : bool
            A row a line, the record's own fields repeated, as `perfect_order_rate` takes them.
        numbered : bool
            With `lines`: ``order_id`` is the number of the record in the scan.
        dictionary : bool
            Text that repeats comes as dictionary columns (categoricals).
        ids : sequence of str, optional
            Only records whose key begins with one of these.
        between : tuple of str, time, time, optional
            Only records whose field lies at or after the first time and before the second.
        partner : str, optional
            Only records that name this partner in a field that names partners.
        where : tuple of str, str, optional
            Only records whose field is this text.
        as_of : datetime, date, str or int, optional
            What was recorded by then.
        since : int, optional
            Only what transactions after this one wrote.
        empty_as_null : bool
            A field that may be null, and of which no record has a value, is a column of Arrow type
            null: it costs nothing, and `perfect_order_rate` passes it over. Otherwise the types are
            the same whatever is stored.
        frame : "pandas", "polars", "pyarrow" or "table", optional
            What to return; by default what was imported last, else a `Table`.

        Returns
        -------
        frame

        Raises
        ------
        NotFoundError
            There is no such noun or field; the message has a similar name.
        """
        name = c_text(noun, "noun")
        wanted = _Scan(
            columns,
            lines=lines,
            numbered=numbered,
            dictionary=dictionary,
            ids=ids,
            between=between,
            partner=partner,
            where=where,
            as_of=as_of,
            since=since,
            empty_as_null=empty_as_null,
        )

        def export(stream: Any) -> None:
            options = ctypes.byref(wanted.options)
            call(lib.cstn_snapshot_scan, self._live(), name, options, stream)

        return self._framed(export, frame)

    def changes(self, since: int = 0, frame: Optional[str] = None) -> Changes:
        """What was put or deleted after transaction `since` and stands so in the snapshot."""
        number = unsigned(since, 64, "since")

        def export(stream: Any) -> None:
            call(lib.cstn_snapshot_changes, self._live(), number, stream)

        return Changes(self._framed(export, frame), self.seq)

    def relation(self, a: str, b: str, constellation: str, now: TimeLike) -> str:
        """What two companies are to each other in a constellation at an instant.

        Returns
        -------
        str
            "partner", "neutral", "competitor" or "undeclared" (to be treated as a competitor).
        """
        found = ctypes.c_int32()
        names = [c_text(a, "a"), c_text(b, "b"), c_text(constellation, "constellation")]
        us = to_us(now, "now")
        call(lib.cstn_snapshot_relation, self._live(), *names, us, ctypes.byref(found))
        return text_of(lib.cstn_relation_name(found.value))

    def effective_events(
        self,
        subject: Optional[str] = None,
        *,
        as_of: Optional[TimeLike] = None,
        precedence: Optional["Sequence[str]"] = None,
        conflict_us: int = 0,
        frame: Optional[str] = None,
    ) -> EffectiveEvents:
        """The event that counts for each subject, line and type.

        Parameters
        ----------
        subject : str, optional
            The id of one subject; None is all.
        as_of : datetime, date, str or int, optional
            What was recorded by then.
        precedence : sequence of str, optional
            Roles of sources, the one believed first in front: by default consignee, carrier,
            shipper, other.
        conflict_us : int
            Actuals of two sources further apart are in conflict; 0 is one hour.
        frame : "pandas", "polars", "pyarrow" or "table", optional
            What to return.

        Returns
        -------
        EffectiveEvents
        """
        options = c.cstn_event_options(
            struct_size=ctypes.sizeof(c.cstn_event_options),
            as_of_us=0 if as_of is None else to_us(as_of, "as_of"),
            conflict_us=integer(conflict_us, 64, "conflict_us"),
            subject=None if subject is None else c_text(subject, "subject"),
        )
        if precedence is not None:
            options.precedence, options.n_precedence = text_array(precedence, "precedence")
        counts = c.cstn_event_counts(struct_size=ctypes.sizeof(c.cstn_event_counts))

        def read(rows: Any, conflicts: Any, counted: Any) -> None:
            call(
                lib.cstn_snapshot_scan_effective_events,
                self._live(),
                ctypes.byref(options),
                rows,
                conflicts,
                counted,
            )

        def export_conflicts(stream: Any) -> None:
            with _arrow.allocated(_arrow.STREAM) as rows:
                read(rows, stream, None)

        with _arrow.allocated(_arrow.STREAM) as rows:
            read(rows, None, ctypes.byref(counts))
        names = [field[0] for field in c.cstn_event_counts._fields_[2:]]
        return EffectiveEvents(
            self._framed(lambda stream: read(stream, None, None), frame),
            self._framed(export_conflicts, frame),
            {name: int(getattr(counts, name)) for name in names},
        )

    def order_verdicts(
        self,
        policy: PolicyLike = None,
        *,
        as_of: TimeLike,
        columns: Optional["Sequence[str]"] = None,
        verdicts: Union[str, "Sequence[str]"] = (),
        failed: str = "",
        lines: bool = False,
        dictionary: bool = False,
        ids: Optional["Sequence[str]"] = None,
        between: Optional[Tuple[str, TimeLike, TimeLike]] = None,
        partner: Optional[str] = None,
        where: Optional[Tuple[str, str]] = None,
        policy_zone: Union[Zone, bytes, str, None] = None,
        policy_calendar: Union[WorkingCalendar, str, None] = None,
        ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Orders with their verdicts: which failed, on what first, why and through whom.

        Parameters
        ----------
        policy, policy_zone, policy_calendar, ship_to_zones
            As in `perfect_order_rate`; the verdict is that of the whole order, whatever the level.
        as_of : datetime, date, str or int
            What was recorded by then is looked at, what was known by then counts.
        verdicts : str or sequence of str
            Only these of "perfect", "failed", "pending", "excluded"; none is all.
        failed : str
            Only orders that failed any of these components, as in "TF".
        columns, lines, dictionary, ids, between, partner, where, frame
            As in `scan`; with `lines` each line repeats the verdict of its order.

        Returns
        -------
        frame
            The fields, then verdict, pattern, reason, provisional, and of the failure that came
            first first_failed, cause and owner.
        """
        wanted = _Scan(
            columns,
            lines=lines,
            dictionary=dictionary,
            ids=ids,
            between=between,
            partner=partner,
            where=where,
        )
        rules = policy_of(policy)
        data = PolicyData(policy_zone, policy_calendar, ship_to_zones)
        us = to_us(as_of, "as_of")
        options = c.cstn_order_verdict_options(
            struct_size=ctypes.sizeof(c.cstn_order_verdict_options),
            verdicts=bits(
                [verdicts] if isinstance(verdicts, str) else verdicts, _VERDICTS, "verdict"
            ),
            components=bits(failed, _COMPONENTS, "component"),
            policy_data=data.pointer,
            scan=ctypes.pointer(wanted.options),
        )

        def export(stream: Any) -> None:
            call(
                lib.cstn_snapshot_scan_order_verdicts,
                self._live(),
                rules._live(),
                us,
                ctypes.byref(options),
                stream,
            )

        return self._framed(export, frame)

    def perfect_order_rate(
        self,
        policy: PolicyLike = None,
        *,
        as_of: TimeLike,
        by: Union[str, "Sequence[str]"] = (),
        each: bool = False,
        rollup: bool = False,
        period: Optional[Tuple[TimeLike, TimeLike]] = None,
        policy_zone: Union[Zone, bytes, str, None] = None,
        policy_calendar: Union[WorkingCalendar, str, None] = None,
        ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
        ids: Optional["Sequence[str]"] = None,
        between: Optional[Tuple[str, TimeLike, TimeLike]] = None,
        partner: Optional[str] = None,
        where: Optional[Tuple[str, str]] = None,
        threads: int = 0,
        progress: ProgressLike = None,
        bad_rows: str = "raise",
        frame: Optional[str] = None,
    ) -> PerfectOrderResult:
        """The perfect order rate of the orders in it.

        Parameters
        ----------
        policy, by, each, rollup, period, policy_zone, policy_calendar, ship_to_zones, threads, \
progress, bad_rows, frame
            As in `perfect_order_rate`; `by` names fields of orders and their lines, attributes
            (``attributes.NAME``), or periods.
        as_of : datetime, date, str or int
            What was known by then counts. Records that were recorded later are not looked at.
        ids, between, partner, where
            Which orders, as in `scan`.

        Returns
        -------
        PerfectOrderResult
        """
        us = to_us(as_of, "as_of")
        fields = nouns()["order"].fields
        rules = policy_of(policy)
        with PerfectOrderState(
            rules,
            as_of=us,
            by=by,
            each=each,
            rollup=rollup,
            period=period,
            policy_zone=policy_zone,
            policy_calendar=policy_calendar,
            ship_to_zones=ship_to_zones,
        ) as state:
            wanted = [name for name in state.columns if name not in _NOT_FOR_RATES]
        columns = [name for name in wanted if name in fields or name.startswith("attributes.")]
        lines = self.scan(
            "order",
            columns,
            lines=True,
            numbered=True,
            dictionary=True,
            ids=ids,
            between=between,
            partner=partner,
            where=where,
            as_of=us,
            empty_as_null=True,
            frame="table",
        )
        return perfect_order_rate(
            lines,
            rules,
            as_of=us,
            by=by,
            clustering="none" if rules["level"] == "shipment" else "sorted",
            each=each,
            rollup=rollup,
            period=period,
            policy_zone=policy_zone,
            policy_calendar=policy_calendar,
            ship_to_zones=ship_to_zones,
            threads=threads,
            progress=progress,
            bad_rows=bad_rows,
            frame=_frames.check_kind(frame, self._frame),
        )
