"""Relationship stages: where each customer stands, and how it came there.

Events are rows of any frame, in any order: ``customer``, ``event_id``, ``kind`` (a name such as
``"ORDER"`` or ``"COMPLAINT"``), ``valid`` (when it happened), and where there is one ``recorded``,
``weight_milli`` (of a failure, in thousandths of a usual order), ``reference`` (of a ticket) and
``due`` (of a DUE_DAY).
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Union

from . import _cdefs as c
from . import _frames
from ._axes import PALETTE, new_axes, percent, titled
from ._estimator import Estimator
from ._native import call, choice, integer, lib, out, text_of, utf8
from ._flow import flow
from ._progress import ProgressLike, run
from ._reading import Reading, read_options, spelled
from ._state import BAD_ROWS, Canonical, Mergeable, Serial, Subtractable, with_bad_rows
from .errors import InvalidArgumentError, RowErrors
from .table import RowErrorTable, call_with_rows
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "KINDS",
    "STAGES",
    "StageHistory",
    "StagePolicy",
    "StageReplay",
    "StageState",
    "StageSummary",
]

#: kinds of interaction, in the order of their numbers
KINDS: List[str] = [
    text_of(lib.cstn_interaction_name(kind)) for kind in range(1, c.CSTN_INTERACTION_COUNT)
]
#: stages with their ranks, in the order of their numbers
STAGES: Dict[str, int] = {
    text_of(lib.cstn_stage_name(stage)): lib.cstn_stage_rank(stage)
    for stage in range(c.CSTN_STAGE_COUNT)
}
_SUMMARY_TABLES = {
    "overview": c.CSTN_TABLE_STAGE_OVERVIEW,
    "transitions": c.CSTN_TABLE_STAGE_TRANSITIONS,
    "stays": c.CSTN_TABLE_STAGE_STAYS,
    "crisis": c.CSTN_TABLE_STAGE_CRISIS,
    "periods": c.CSTN_TABLE_STAGE_PERIODS,
}


class StagePolicy(Canonical):
    """Rules that move customers. Immutable; any thread.

    Parameters
    ----------
    text : str, optional
        The canonical text; None is the built-in policy, whose `text` shows how one is written.

    Raises
    ------
    FormatError
        With the line.
    PolicyError
        If two rules would send a customer to and fro.

    Examples
    --------
    >>> policy = StagePolicy()
    >>> policy.text.splitlines()[0]
    'cstn-stage-policy 1'
    >>> StagePolicy(policy.text.replace("failures >= 4000", "failures >= 3000")) == policy
    False
    """

    _NAME = "cstn_stage_policy"
    _RELEASE = "cstn_stage_policy_unref"

    def __init__(self, text: Optional[str] = None) -> None:
        self._parse(text, "policy")


class StageSummary(Subtractable):
    """Counts of moves and of time in stages, mergeable over disjoint sets of customers.

    Notes
    -----
    Crisis curves are those of Kaplan and Meier (1958) with the error of Greenwood (1926); stays are
    in days, shares 0..1, and what the data do not tell is None. One thread at a time works on a
    summary; others wait. Merging and bytes are O(stays in CRISIS).
    """

    _NAME = "cstn_stage_summary"
    _RELEASE = "cstn_stage_summary_free"

    def table(self, name: str, frame: Optional[str] = None) -> Any:
        """A table: "overview", "transitions", "stays", "crisis" (Kaplan-Meier) or "periods".

        Parameters
        ----------
        name : str
            One of these.
        frame : "pandas", "polars", "pyarrow" or "table", optional
            By default the kind of the frame that the events were.
        """
        table = choice(name, _SUMMARY_TABLES, "table")

        def export(stream: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_stage_summary_export, pointer, table, stream)

        return self._framed(export, frame)

    def plot_flow(self, ax: Any = None) -> Any:
        """Moves between stages as bands, as wide as there were moves: from the left to the right.
        Drawn into `ax`, or new axes (matplotlib). Returns the Axes."""
        rows = self.table("transitions", "table").to_pylist()
        ax = new_axes(ax, 5.0)
        flow(ax, [(row["from"], row["to"], row["moves"], row["direction"]) for row in rows], STAGES)
        return ax

    def value(self, margins: "Mapping[str, float]", discount: float) -> Dict[str, Optional[float]]:
        """Value of a customer by stage: v = (I - P / (1 + discount))^-1 margins.

        Parameters
        ----------
        margins : mapping of stage to float
            Mean margin a period; stages left out have 0.
        discount : float
            Rate a period, above 0.

        Returns
        -------
        dict of stage to float or None
            None where the periods do not tell.
        """
        unknown = [stage for stage in margins if stage not in STAGES]
        if unknown:
            raise InvalidArgumentError(f"stage {unknown[0]!r} is not one of {', '.join(STAGES)}")
        n = c.CSTN_STAGE_COUNT
        given = (ctypes.c_double * n)(*(float(margins.get(stage, 0.0)) for stage in STAGES))
        values, known = (ctypes.c_double * n)(), (ctypes.c_int32 * n)()
        with self._exclusive() as pointer:
            call(lib.cstn_stage_summary_value, pointer, given, float(discount), values, known)
        return {stage: values[i] if known[i] else None for i, stage in enumerate(STAGES)}


class StageHistory(Serial):
    """Moves of all customers. Immutable; any thread. It travels as bytes, and pickles.

    Attributes
    ----------
    bad_rows : RowErrorTable or None
        The rows that were left out, when the replay was told to keep going; they do not travel.

    Notes
    -----
    Tables and bytes are O(rows), `stage_at` is O(log n). It owns its memory, 56 bytes a move, and
    outlives the replay.
    """

    _NAME = "cstn_stage_history"
    _RELEASE = "cstn_stage_history_free"
    _IMMUTABLE = True

    bad_rows: Optional[RowErrorTable] = None

    def _table(self, table: int, frame: Optional[str]) -> Any:
        def export(stream: Any) -> None:
            call(lib.cstn_stage_history_export, self._live(), table, stream)

        return self._framed(export, frame)

    def moves(self, frame: Optional[str] = None) -> Any:
        """A row a move: customer, number, from, to, at, direction, rule, reason, first_event,
        last_event, evidence_count."""
        return self._table(c.CSTN_TABLE_STAGE_MOVES, frame)

    def customers(self, frame: Optional[str] = None) -> Any:
        """A row a customer as of the as-of time: customer, stage, since, moves, events."""
        return self._table(c.CSTN_TABLE_STAGE_CUSTOMERS, frame)

    def stage_at(self, customer: Any, at: TimeLike) -> Optional[str]:
        """The stage a customer was in at an instant, None before its first event.

        Parameters
        ----------
        customer : str or int
        at : datetime, date, str or int
            The as-of time or before; moves of that instant are done.

        Raises
        ------
        NotFoundError
            If nothing is known of the customer.
        """
        name, stage = utf8(str(customer), "customer"), ctypes.c_int32()
        status = call(
            lib.cstn_customer_stage_at,
            self._live(),
            name,
            len(name),
            to_us(at, "at"),
            ctypes.byref(stage),
            None,
        )
        return text_of(lib.cstn_stage_name(stage.value)) if status == c.CSTN_OK else None

    def summary(self) -> StageSummary:
        """Counts of moves and of time in stages."""
        pointer = out(c.cstn_stage_summary)
        call(lib.cstn_stage_history_summary, self._live(), ctypes.byref(pointer))
        return StageSummary._wrap(pointer, self._frame)


class StageState(Mergeable):
    """Events that come over time, from which histories are made again and again: what comes is
    added, and what was replayed is not replayed. The history is that of `StageReplay.fit` of all
    events at once, whatever the pieces and order they came in.

    It keeps all events (32 bytes each), for one that is late must find its place, and a snapshot
    after each 64th of a customer; `settle` lets go of those before an instant.

    Parameters
    ----------
    policy : StagePolicy, str or None
        The rules; None is the built-in policy.
    known : datetime, date, str or int, optional
        Events recorded later do not count.

    Notes
    -----
    One thread at a time works on a state; others wait. It owns its memory. A history costs
    O(customers + moves) and the replay of what came since the last one.

    Examples
    --------
    >>> import datetime as dt
    >>> state = StageState()
    >>> for number, day in enumerate([1, 9]):
    ...     state.update({"customer": ["a"], "event_id": [number], "kind": ["ORDER"],
    ...                   "valid": [dt.date(2024, 1, day)]})
    >>> state.finish("2024-02-01").customers().to_pylist()[0]["events"]
    2
    """

    _NAME = "cstn_stage_state"
    _RELEASE = "cstn_stage_state_free"

    def __init__(
        self,
        policy: Union[StagePolicy, str, None] = None,
        *,
        known: Optional[TimeLike] = None,
    ) -> None:
        policy = policy if isinstance(policy, StagePolicy) else StagePolicy(policy)
        self._make(policy._live(), 0 if known is None else to_us(known, "known"))

    @spelled(Reading)
    def update(self, events: Any, **how: Unpack[Reading]) -> None:
        """Add events; the parameters are those of `perfect_order_rate`.

        Raises
        ------
        SchemaError
            With every column that is absent or does not fit, or is of another type than before.
        RowErrors
            Rows were left out, as are events of before what is settled; the others are in.
        """
        self._update(events, how, kind=c.cstn_stage_options)

    def settle(self, before: TimeLike) -> "StageState":
        """Let go of the events before an instant but for what rules may still look at: the caller's
        word that none of them comes any more. Returns the state.

        Parameters
        ----------
        before : datetime, date, str or int
        """
        with self._exclusive() as pointer:
            call(lib.cstn_stage_state_settle, pointer, to_us(before, "before"))
        return self

    def finish(
        self,
        as_of: TimeLike,
        *,
        period_days: int = 30,
        threads: int = 0,
        progress: ProgressLike = None,
    ) -> StageHistory:
        """The history of the events so far; the state may go on after.

        Parameters
        ----------
        as_of : datetime, date, str or int
            Later events do not count, and time stands still there; not before what is settled.
        period_days, threads
            As of `StageReplay`.

        Raises
        ------
        PolicyError
            A customer made more than 8 moves at one instant.
        """
        pointer = out(c.cstn_stage_history)
        options = read_options(
            c.cstn_stage_options,
            {},
            as_of_us=to_us(as_of, "as_of"),
            period_days=integer(period_days, 32, "period_days"),
            threads=integer(threads, 32, "threads"),
        )

        def work(watch: Any) -> None:
            with self._exclusive() as state:
                call(
                    lib.cstn_stage_state_finish,
                    state,
                    ctypes.byref(options(watch)),
                    ctypes.byref(pointer),
                )

        run(work, progress)
        return StageHistory._wrap(pointer, self._frame)


class StageReplay(Estimator):
    """Replay events into relationship stages, in the shape of a scikit-learn estimator.

    Parameters
    ----------
    policy : StagePolicy, str or None
        The rules; None is the built-in policy.
    as_of : datetime, date, str or int
        Later events do not count, and time stands still there.
    known : datetime, date, str or int, optional
        Events recorded later do not count.
    period_days : int
        Length of a period in the summary's matrix.
    threads : int
        0 all processors, 1 the caller's; the same bytes for any number.
    grouped : bool
        Each customer's events come one after another, in any order among themselves: then few are
        held at a time. A break of this promise is noticed (NotClusteredError).

    Attributes
    ----------
    history_ : StageHistory
        After `fit` or `partial_fit`.
    state_ : StageState
        After `partial_fit`: the events so far.

    Notes
    -----
    Policy, thresholds and ranks are this library's own. One thread at a time fits an estimator; its
    history is immutable. A replay takes 40 bytes an event while it runs, or with `grouped` those of
    some 33,000, and O(n log n) in the events of one customer.

    Examples
    --------
    >>> import datetime as dt
    >>> events = {"customer": ["a"], "event_id": ["1"], "kind": ["ORDER"],
    ...           "valid": [dt.date(2024, 1, 1)]}
    >>> replay = StageReplay(as_of="2024-12-31").fit(events)
    >>> [(row["to"], row["rule"]) for row in replay.history_.moves().to_pylist()]
    [('COMMIT', 'R02'), ('DORMANT', 'R12'), ('LOST', 'R13')]
    """

    def __init__(
        self,
        policy: Union[StagePolicy, str, None] = None,
        *,
        as_of: Optional[TimeLike] = None,
        known: Optional[TimeLike] = None,
        period_days: int = 30,
        threads: int = 0,
        grouped: bool = False,
    ) -> None:
        self.policy = policy
        self.as_of = as_of
        self.known = known
        self.period_days = period_days
        self.threads = threads
        self.grouped = grouped

    def _instant(self) -> int:
        if self.as_of is None:
            raise InvalidArgumentError("as_of is not set: when does time stand still?")
        return to_us(self.as_of, "as_of")

    def _options(self, how: Reading) -> "Callable[[Any], Any]":
        return read_options(
            c.cstn_stage_options,
            how,
            c.CSTN_STAGE_GROUPED if self.grouped else 0,
            threads=integer(self.threads, 32, "threads"),
            period_days=integer(self.period_days, 32, "period_days"),
            as_of_us=self._instant(),
            known_us=0 if self.known is None else to_us(self.known, "known"),
        )

    @spelled(Reading)
    def fit(
        self, events: Any, y: Any = None, *, bad_rows: str = "raise", **how: Unpack[Reading]
    ) -> "StageReplay":
        """Replay a frame of events; the parameters are those of `perfect_order_rate`.

        Raises
        ------
        SchemaError
            With every column that is absent or does not fit.
        RowErrors
            Rows were left out; ``history_`` was made from the others.
        PolicyError
            A customer made more than 8 moves at one instant.
        """
        choice(bad_rows, BAD_ROWS, "bad_rows")
        policy = self.policy if isinstance(self.policy, StagePolicy) else StagePolicy(self.policy)
        pointer, options = out(c.cstn_stage_history), self._options(how)

        def work(watch: Any) -> Optional[RowErrors]:
            with _frames.stream(events) as stream:
                return call_with_rows(
                    lib.cstn_stage_replay,
                    policy._live(),
                    stream,
                    ctypes.byref(options(watch)),
                    lib.allocator,
                    ctypes.byref(pointer),
                )

        failure = run(work, how.get("progress"))
        self.history_ = StageHistory._wrap(pointer, _frames.kind_of(events))
        self.__dict__.pop("state_", None)
        with_bad_rows(self.history_, events, failure, bad_rows)
        return self

    @spelled(Reading)
    def partial_fit(
        self, events: Any, y: Any = None, *, bad_rows: str = "raise", **how: Unpack[Reading]
    ) -> "StageReplay":
        """Add events to those of earlier calls, in whatever order they come; ``history_`` is then
        that of all of them. Only what is new or late is replayed; parameters as of `fit`.

        Raises
        ------
        RowErrors
            Rows were left out; ``history_`` was made from the others.
        """
        choice(bad_rows, BAD_ROWS, "bad_rows")
        as_of = self._instant()
        state = self.__dict__.get("state_") or StageState(self.policy, known=self.known)
        failure: Optional[RowErrors] = None
        try:
            state.update(events, **how)
        except RowErrors as told:
            failure = told
        self.state_ = state
        self.history_ = state.finish(as_of, period_days=self.period_days, threads=self.threads)
        with_bad_rows(self.history_, None, failure, bad_rows)
        return self

    def predict(self, events: Any = None, **options: Any) -> Any:
        """The stage of each customer as of the as-of time, as a frame: that of the events given, or
        of those fitted."""
        replay = self if events is None else StageReplay(**self.get_params()).fit(events, **options)
        replay._check_fitted()
        return replay.history_.customers()

    def plot_crisis(self, ax: Any = None) -> Any:
        """The curves of stays in CRISIS with twice their standard error (matplotlib)."""
        self._check_fitted()
        ax = new_axes(ax, 3.6)
        rows = self.history_.summary().table("crisis", "table").to_pylist()
        for name, label, colour, style in (
            ("recovery", "in recovery", PALETTE[0], "-"),
            ("left", "left", PALETTE[1], "--"),
        ):
            curve = [row for row in rows if row["curve"] == name]
            days = [0.0] + [row["days"] for row in curve]
            share = [0.0] + [row["share"] for row in curve]
            error = [0.0] + [2.0 * row["se"] for row in curve]
            (line,) = ax.step(days, share, where="post", label=label, color=colour, linestyle=style)
            ax.fill_between(
                days,
                [max(0.0, s - e) for s, e in zip(share, error)],
                [min(1.0, s + e) for s, e in zip(share, error)],
                step="post",
                alpha=0.2,
                color=line.get_color(),
            )
        ax.set_xlabel("days in CRISIS")
        ax.set_ylabel("share by then (band: 2 standard errors)")
        ax.set_xlim(left=0.0)
        ax.set_ylim(0.0, 1.0)
        percent(ax.yaxis)
        ax.legend(frameon=False, fontsize=8)
        return titled(ax, "How long a crisis lasts")
