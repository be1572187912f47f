"""The perfect order rate: order lines in; rate, interval, causes and levers out.

Order lines are rows of any frame. Their columns, all optional but those that the policy and the
dimensions need:

``order_id``, ``shipment_id``, ``line_number``, ``order_lines``; the times ``ordered``,
``requested``, ``promised``, ``promised_last``, ``promised_customer``, ``promised_supplier``,
``delivered``, ``shipped``, ``arrived``, ``accepted``, ``recorded``, ``attempted``; the quantities
``qty``, ``qty_cancelled``, ``qty_delivered``, ``qty_due``; ``value``, ``price``; ``status`` (open,
closed, cancelled_by_customer, cancelled_by_supplier); ``shipments``; the flags ``substitute``,
``substitute_agreed``, ``wrong_item``, ``customer_fault``, ``force_majeure``, ``condition_ok``,
``damaged``, ``defective``, ``wrong_configuration``, ``refused``; ``documents_ok``,
``documents_bad``, ``documents_complete``, ``returned``, ``return_reason``; causes and owners
(``late_cause``, ``late_owner``, ...); and any other column as a dimension.
"""

from __future__ import annotations

import ctypes
import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, List, Optional, Tuple, Union

from . import _cdefs as c
from . import _frames
from ._native import c_text, call, choice, integer, lib, out, text_of
from ._progress import run
from ._reading import Reading, read_options, spelled
from ._state import BAD_ROWS, Mergeable, with_bad_rows
from .errors import RowErrors
from .perfect_order_result import COMPONENTS, REASONS, PerfectOrderResult
from .policy import PolicyData, PolicyLike, ServicePolicy, policy_of
from .table import call_with_rows
from .times import TimeLike, WorkingCalendar, Zone, to_us

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["COMPONENTS", "REASONS", "PerfectOrderResult", "PerfectOrderState", "perfect_order_rate"]

CLUSTERINGS = {
    "none": c.CSTN_CLUSTERING_NONE,
    "sorted": c.CSTN_CLUSTERING_SORTED,
    "whole_orders": c.CSTN_CLUSTERING_WHOLE_ORDERS,
}


class _Setup:
    """Policy, as-of time, dimensions and configuration, as C takes them."""

    def __init__(
        self,
        policy: PolicyLike,
        as_of: TimeLike,
        by: Union[str, "Sequence[str]"],
        clustering: str,
        each: bool,
        rollup: bool,
        period: Optional[Tuple[TimeLike, TimeLike]],
        data: PolicyData,
    ) -> None:
        self.policy = policy_of(policy)
        self.as_of_us = to_us(as_of, "as_of")
        names = [by] if isinstance(by, str) else list(by)
        self.n_by = len(names)
        self.by = (ctypes.c_char_p * len(names))(*(c_text(name, "by") for name in names))
        self.data = data
        flags = c.CSTN_PERFECT_ORDER_EACH if each else 0
        flags |= c.CSTN_PERFECT_ORDER_ROLLUP if rollup else 0
        config = c.cstn_perfect_order_config(
            struct_size=ctypes.sizeof(c.cstn_perfect_order_config),
            flags=flags,
            clustering=choice(clustering, CLUSTERINGS, "clustering"),
        )
        if period is not None:
            config.flags |= c.CSTN_PERFECT_ORDER_PERIOD
            config.from_us = to_us(period[0], "begin of the period")
            config.to_us = to_us(period[1], "end of the period")
        if data.struct is not None:
            config.policy_data = data.pointer
        self.config = config

    def arguments(self) -> Tuple[Any, ...]:
        """What _new() and _rate() have in common, up to the configuration."""
        by = self.by if self.n_by else None
        return self.policy._live(), self.as_of_us, by, self.n_by, ctypes.byref(self.config)


class PerfectOrderState(Mergeable):
    """Counts under construction, mergeable: update, merge, serialize, finish.

    The result has the same bytes for any split of the lines, merge order and number of threads.

    Parameters
    ----------
    policy : ServicePolicy, str, mapping or None
        None is the default policy.
    as_of : datetime, date, str or int
        What was known by then counts.
    by : str or sequence of str
        Up to four dimensions: columns such as ``"carrier"``, or periods such as ``"month(due)"``
        (day, week, month, quarter, year or weekday of due, ordered, shipped, delivered or period).
    clustering : "none", "sorted" or "whole_orders"
        What is promised about the order of lines. A broken promise is a NotClusteredError, never a
        wrong number.
    each : bool
        An order with two values of a dimension counts once in each; else it is in "(mixed)".
    rollup : bool
        Results hold subtotals by the first n-1, n-2, ... dimensions, and the total.
    period : (begin, end), optional
        Only lines whose period-basis time lies in [begin, end).
    policy_zone : Zone, bytes or str, optional
        For ``zone=tzif:...``: its digest must be the policy's.
    policy_calendar : WorkingCalendar or str, optional
        For ``calendar=HEX64``: its digest must be the policy's.
    ship_to_zones : mapping of str to Zone, optional
        For ``zone=ship_to``: names as in column ``ship_to_zone``.

    Notes
    -----
    One thread at a time works on a state; others wait. It belongs to the process that made it: a
    forked child gets ForkedError, but may unpickle or deserialize one.

    Examples
    --------
    >>> state = PerfectOrderState("components=T", as_of="2024-06-01")
    >>> import datetime as dt
    >>> lines = {"order_id": [1, 2], "promised": [dt.date(2024, 5, 2)] * 2,
    ...          "delivered": [dt.date(2024, 5, 1), dt.date(2024, 5, 9)]}
    >>> other = PerfectOrderState.deserialize(state.serialize())
    >>> state.merge(other.update(lines)).finish().rate().numerator
    1
    """

    _NAME = "cstn_perfect_order"
    _RELEASE = "cstn_perfect_order_free"

    _data: PolicyData

    def __init__(
        self,
        policy: PolicyLike = None,
        *,
        as_of: TimeLike,
        by: Union[str, "Sequence[str]"] = (),
        clustering: str = "none",
        each: bool = False,
        rollup: bool = False,
        period: Optional[Tuple[TimeLike, TimeLike]] = None,
        policy_zone: Union[Zone, bytes, str, None] = None,
        policy_calendar: Union[WorkingCalendar, str, None] = None,
        ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
    ) -> None:
        data = PolicyData(policy_zone, policy_calendar, ship_to_zones)
        setup = _Setup(policy, as_of, by, clustering, each, rollup, period, data)
        self._data = data
        self._make(*setup.arguments())

    @spelled(Reading)
    def update(
        self, lines: Any, *, threads: int = 0, **how: Unpack[Reading]
    ) -> "PerfectOrderState":
        """Add order lines; returns the state.

        The parameters are those of `perfect_order_rate`. An iterator of frames is taken frame by
        frame, each an update of its own.

        Raises
        ------
        RowErrors
            Rows were left out; **the others are in**, and their units are counted under
            ``bad_input`` when their order id is readable.
        SchemaError
            With every column that does not fit; the state is unchanged.
        CancelledError, KeyboardInterrupt
            The state is unchanged.
        """
        self._update(lines, how, threads=integer(threads, 32, "threads"))
        return self

    @property
    def columns(self) -> List[str]:
        """The columns that `update` looks at: what to fetch of a wide table.

        Examples
        --------
        >>> state = PerfectOrderState("components=T", as_of="2024-06-30", by="carrier")
        >>> "delivered" in state.columns, "carrier" in state.columns, "damaged" in state.columns
        (True, True, False)
        """
        with self._exclusive() as pointer:
            count = lib.cstn_perfect_order_column_count(pointer)
            return [text_of(lib.cstn_perfect_order_column_name(pointer, i)) for i in range(count)]

    @classmethod
    def deserialize(
        cls,
        data: bytes,
        frame: str = "table",
        *,
        policy_zone: Union[Zone, bytes, str, None] = None,
        policy_calendar: Union[WorkingCalendar, str, None] = None,
        ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
    ) -> "PerfectOrderState":
        """A state from bytes, which are not trusted; the other parameters as for a new one."""
        policy_data = PolicyData(policy_zone, policy_calendar, ship_to_zones)
        return cls._with_data(data, frame, policy_data)

    @classmethod
    def _with_data(cls, data: bytes, frame: str, policy_data: PolicyData) -> "PerfectOrderState":
        state = cls._deserialized(data, frame, policy_data.pointer)
        state._data = policy_data
        return state

    def __reduce__(self) -> Tuple[Any, ...]:
        return _unpickle_state, (self.serialize(), self._frame, self._data.arguments)

    def finish(self, frame: Optional[str] = None) -> "PerfectOrderResult":
        """Close what is open and compute; the state is unchanged and may go on.

        Parameters
        ----------
        frame : "pandas", "polars", "pyarrow" or "table", optional
            What tables of the result come as; by default the kind of the latest frame that came in.

        Raises
        ------
        NotClusteredError
            If the promise of clustering cannot be proved.
        ArithmeticOverflowError
            If a weighted sum leaves int64.
        """
        pointer = out(c.cstn_perfect_order_result)
        with self._exclusive() as state:
            call(lib.cstn_perfect_order_finish, state, ctypes.byref(pointer))
        return PerfectOrderResult._wrap(pointer, _frames.check_kind(frame, self._frame))


def _unpickle_state(
    data: bytes, frame: str, arguments: Tuple[Any, Any, Any]
) -> PerfectOrderState:
    return PerfectOrderState._with_data(data, frame, PolicyData(*arguments))


@spelled(Reading)
def perfect_order_rate(
    lines: Any,
    policy: PolicyLike = None,
    *,
    as_of: TimeLike,
    by: Union[str, "Sequence[str]"] = (),
    clustering: str = "none",
    each: bool = False,
    rollup: bool = False,
    period: Optional[Tuple[TimeLike, TimeLike]] = None,
    policy_zone: Union[Zone, bytes, str, None] = None,
    policy_calendar: Union[WorkingCalendar, str, None] = None,
    ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
    threads: int = 0,
    bad_rows: str = "raise",
    frame: Optional[str] = None,
    **how: Unpack[Reading],
) -> PerfectOrderResult:
    """The perfect order rate of a frame of order lines.

    Parameters
    ----------
    lines : frame
        One row a line: a pandas, polars, pyarrow or duckdb frame, anything with
        ``__arrow_c_stream__`` or ``__arrow_c_array__``, a `CsvTable`, a dict of columns (numpy
        arrays and other buffers are not copied), a list of dicts, or an iterator of such. The
        columns are listed at the top of this module.
    policy : ServicePolicy, str, mapping or None
        The definition: ``"components=T level=line"``; None is the default policy.
    as_of : datetime, date, str or int
        What was known by then counts: an aware datetime, a date (its midnight UTC), ISO text or
        microseconds.
    by : str or sequence of str
        Up to four dimensions: columns, or periods such as ``"month(due)"``.
    columns : mapping, optional
        Renaming, declared name -> name in the frame: ``{"promised": "due_date"}``.
    constants : mapping, optional
        Columns that are not in the frame: ``{"qty": 1}``.
    values : mapping, optional
        Texts to read as others: ``{"status": {"canceled": "cancelled_by_customer", None: "open"}}``;
        None stands for every other text.
    zone : str, Zone, optional
        The zone in which times without one are read: pandas' default times need ``zone="UTC"``,
        or whatever they are.
    casts : str or iterable of str
        Casts to allow in every column, see `Binding.cast`.
    binding : Binding, optional
        Instead of the five above.
    trusted : bool
        Leave out the checks that text is UTF-8 and that dictionary indices lie inside their
        dictionaries. Only for frames from an engine that has checked: see `Binding.trust`.
    clustering, each, rollup, period, policy_zone, policy_calendar, ship_to_zones
        See `PerfectOrderState`.
    threads : int
        0 all processors, 1 the caller's; the same bytes for any number.
    progress : bool or callable, optional
        Show rows done, or call ``progress(done, total)``; Ctrl-C then stops the call.
    bad_rows : "raise" or "keep"
        When rows are left out: raise RowErrors, whose ``result`` was computed from the others, or
        return that result with ``result.bad_rows``.
    frame : "pandas", "polars", "pyarrow" or "table", optional
        What tables of the result come as; by default what `lines` was.

    Returns
    -------
    PerfectOrderResult

    Raises
    ------
    SchemaError
        With every column that is absent or does not fit, and what to do about it.
    RowErrors
        Rows were left out.
    NotClusteredError
        Lines are not in the promised order.
    InvalidArgumentError
        For everything else that breaks a rule.

    Examples
    --------
    >>> import datetime as dt
    >>> lines = {
    ...     "order_id": [1, 1, 2, 3],
    ...     "promised": [dt.date(2024, 5, 2)] * 4,
    ...     "delivered": [dt.date(2024, 5, 1), dt.date(2024, 5, 3), dt.date(2024, 5, 2), None],
    ... }
    >>> result = perfect_order_rate(lines, policy="components=T", as_of="2024-05-02")
    >>> result.rate().numerator, result.rate().denominator, result.pending()
    (1, 1, 2)
    """
    choice(bad_rows, BAD_ROWS, "bad_rows")
    kind = _frames.check_kind(frame, _frames.kind_of(lines))
    if _frames.is_iterator(lines):
        state = PerfectOrderState(
            policy,
            as_of=as_of,
            by=by,
            clustering=clustering,
            each=each,
            rollup=rollup,
            period=period,
            policy_zone=policy_zone,
            policy_calendar=policy_calendar,
            ship_to_zones=ship_to_zones,
        )
        failure = None
        try:
            state.update(lines, threads=threads, **how)
        except RowErrors as reason:
            failure = reason
        result = state.finish(frame)
    else:
        data = PolicyData(policy_zone, policy_calendar, ship_to_zones)
        setup = _Setup(policy, as_of, by, clustering, each, rollup, period, data)
        options = read_options(
            c.cstn_perfect_order_options, how, threads=integer(threads, 32, "threads")
        )
        pointer = out(c.cstn_perfect_order_result)

        def work(watch: Any) -> Optional[RowErrors]:
            with _frames.stream(lines) as stream:
                return call_with_rows(
                    lib.cstn_perfect_order_rate,
                    stream,
                    *setup.arguments(),
                    ctypes.byref(options(watch)),
                    lib.allocator,
                    ctypes.byref(pointer),
                )

        failure = run(work, how.get("progress"))
        result = PerfectOrderResult._wrap(pointer, kind)
    return with_bad_rows(result, lines, failure, bad_rows)
