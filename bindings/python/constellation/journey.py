"""Journeys: the steps customers take from a start to a goal, and where they wait, fail, turn back
and drop off.

Events are rows of any frame, in any order: ``customer``, ``valid`` (when the step was taken),
``step``, and where there is one ``failed`` (it went wrong) and ``segment``.
"""

from __future__ import annotations

import ctypes
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Union

from . import _cdefs as c
from ._axes import ACCENT, INK, PALETTE, SOFT, caption, new_axes, percent, thousands, titled
from ._estimator import Estimator
from ._flow import flow
from ._native import call, choice, integer, lib
from ._reading import Reading, spelled
from ._state import BAD_ROWS, Canonical, Forgetting
from .errors import InvalidArgumentError, RowErrors
from .table import RowErrorTable
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Journey", "JourneyDefinition", "Journeys"]

Span = Union[datetime.timedelta, int, float]

_TABLES = {
    "overview": c.CSTN_TABLE_JOURNEY_OVERVIEW,
    "steps": c.CSTN_TABLE_JOURNEY_STEPS,
    "transitions": c.CSTN_TABLE_JOURNEY_TRANSITIONS,
    "times": c.CSTN_TABLE_JOURNEY_TIMES,
    "curves": c.CSTN_TABLE_JOURNEY_CURVES,
    "failures": c.CSTN_TABLE_JOURNEY_FAILURES,
    "positions": c.CSTN_TABLE_JOURNEY_POSITIONS,
    "paths": c.CSTN_TABLE_JOURNEY_PATHS,
}
_UNITS = (("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000))
_MICROSECOND = datetime.timedelta(microseconds=1)


def _gap_words(gap: Span) -> str:
    span = gap if isinstance(gap, datetime.timedelta) else datetime.timedelta(days=gap)
    us = span // _MICROSECOND
    for unit, size in _UNITS:
        if us % size == 0:
            return f"{us // size} {unit}"
    return f"{us} us"


def _names(given: Union[str, "Iterable[str]"]) -> List[str]:
    return [given] if isinstance(given, str) else list(given)


class JourneyDefinition(Canonical):
    """Steps, starts, goals, ranks and the gap, as text with a digest. Immutable; any thread.

    Parameters
    ----------
    text : str
        The canonical text; `of` writes one.

    Raises
    ------
    FormatError
        With the line.

    Examples
    --------
    >>> print(JourneyDefinition.of(["browse", "order", "deliver"], gap=30).text, end="")
    cstn-journey 1
    gap 30 d
    step start 0 browse
    step - 1 order
    step goal 2 deliver
    """

    _NAME = "cstn_journey_definition"
    _RELEASE = "cstn_journey_definition_unref"

    def __init__(self, text: str) -> None:
        self._parse(text, "definition")

    @classmethod
    def of(
        cls,
        steps: "Sequence[str]",
        *,
        start: Union[str, "Iterable[str]", None] = None,
        goal: Union[str, "Iterable[str]", None] = None,
        gap: Span = 30,
        ranks: Optional["Mapping[str, Optional[int]]"] = None,
    ) -> "JourneyDefinition":
        """A definition out of names.

        Parameters
        ----------
        steps : sequence of str
            In their order, which is that of events at one instant.
        start, goal : str or several, optional
            By default the first and the last step.
        gap : timedelta or number of days
            A longer pause ends a journey.
        ranks : mapping of step to int or None, optional
            What is further on; a step left out, or None, has no rank. By default the order of the
            steps.
        """
        steps = list(steps)
        starts = _names(start) if start is not None else steps[:1]
        goals = _names(goal) if goal is not None else steps[-1:]
        given = {name: place for place, name in enumerate(steps)} if ranks is None else ranks
        for name in [*starts, *goals, *given]:
            if name not in steps:
                raise InvalidArgumentError(f"{name!r} is not one of the steps {', '.join(steps)}")
        lines = ["cstn-journey 1", f"gap {_gap_words(gap)}"]
        for name in steps:
            role = ",".join(["start"] * (name in starts) + ["goal"] * (name in goals)) or "-"
            rank = given.get(name)
            lines.append(f"step {role} {'-' if rank is None else rank} {name}")
        return cls("\n".join(lines) + "\n")

    @property
    def steps(self) -> Dict[str, Optional[int]]:
        """Names of the steps and their ranks, in order."""
        words = (line.split(" ", 3) for line in self.text.splitlines()[2:])
        return {name: None if rank == "-" else int(rank) for _, _, rank, name in words}


class Journeys(Forgetting):
    """Journeys of customers: events until they are settled, then counts. Mergeable.

    Parameters
    ----------
    definition : JourneyDefinition or str
    as_of : datetime, date, str or int
        Later events do not count, and time stands still there.

    Notes
    -----
    One thread at a time works on a state; others wait. It owns its memory: 16 bytes an event until
    it is settled, and each customer's id once. Adding is O(1) an event, settling O(n log n) in the
    events of one customer. Times are in days, shares 0..1.

    Examples
    --------
    >>> definition = JourneyDefinition.of(["order", "deliver"], gap=10)
    >>> state = Journeys(definition, "2024-03-31")
    >>> state.update({"customer": ["a", "a"], "step": ["deliver", "order"],
    ...               "valid": [datetime.date(2024, 3, 4), datetime.date(2024, 3, 1)]})
    >>> state.table("overview").to_pylist()[0]["conversion"]
    1.0
    """

    _NAME = "cstn_journeys"
    _RELEASE = "cstn_journeys_free"

    def __init__(self, definition: Union[JourneyDefinition, str], as_of: TimeLike) -> None:
        if not isinstance(definition, JourneyDefinition):
            definition = JourneyDefinition(definition)
        self._make(definition._live(), to_us(as_of, "as_of"))

    @staticmethod
    def _options(threads: int, confidence: float = 0.95) -> Any:
        return c.cstn_journeys_options(
            struct_size=ctypes.sizeof(c.cstn_journeys_options),
            threads=integer(threads, 32, "threads"),
            confidence_ppm=round(confidence * 1_000_000),
        )

    @property
    def definition(self) -> JourneyDefinition:
        """What it counts by."""
        with self._exclusive() as pointer:
            text = lib.cstn_journey_definition_format(lib.cstn_journeys_definition(pointer), None)
        return JourneyDefinition(text.decode())

    @spelled(Reading)
    def update(self, events: Any, **how: Unpack[Reading]) -> None:
        """Add events; the parameters are those of `perfect_order_rate`.

        Raises
        ------
        SchemaError
            With every column that is absent or does not fit.
        RowErrors
            Rows were left out; the others are in.
        """
        self._update(events, how)

    def settle(self, threads: int = 0) -> "Journeys":
        """Turn the events into counts and forget them: no other event of these customers will
        come. `threads` as of `Journey`. Returns the state."""
        options = self._options(threads)
        with self._exclusive() as pointer:
            call(lib.cstn_journeys_settle, pointer, ctypes.byref(options))
        return self

    def table(
        self,
        name: str,
        frame: Optional[str] = None,
        *,
        confidence: float = 0.95,
        threads: int = 0,
    ) -> Any:
        """A table: "overview", "steps", "transitions", "times", "curves", "failures", "positions"
        or "paths"; what each holds stands in journey.h.

        Parameters
        ----------
        name : str
            One of these.
        confidence : float
            Of the intervals, two-sided, above 0 and below 1.
        threads : int
            0 all processors, 1 the caller's; the same bytes for any number.
        frame : "pandas", "polars", "pyarrow" or "table", optional
            By default the kind of the frame that the events were.
        """
        table = choice(name, _TABLES, "table")
        options = self._options(threads, confidence)

        def export(stream: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_journeys_export, pointer, table, ctypes.byref(options), stream)

        return self._framed(export, frame)


class Journey(Estimator):
    """Count journeys, in the shape of a scikit-learn estimator.

    Parameters
    ----------
    steps : sequence of str, JourneyDefinition or str
        Names of the steps in their order, or a whole definition.
    start, goal, gap, ranks
        As of `JourneyDefinition.of`, where `steps` are names.
    as_of : datetime, date, str or int
        Later events do not count, and time stands still there.
    confidence : float
        Of the intervals.
    threads : int
        0 all processors, 1 the caller's; the same bytes for any number.

    Attributes
    ----------
    journeys_ : Journeys
        After `fit` or `partial_fit`.
    bad_rows_ : RowErrorTable or None
        The rows of the last fit that were left out, when it was told to keep going.

    Notes
    -----
    Shares have the intervals of Wilson (1927), differences those of Newcombe (1998), times the
    curves of Kaplan and Meier (1958) with the error of Greenwood (1926). One thread at a time works
    on an estimator. Memory and cost are those of `Journeys`.

    Examples
    --------
    >>> day = lambda n: datetime.date(2024, 3, n)
    >>> events = {"customer": ["a", "a", "b"], "step": ["order", "deliver", "order"],
    ...           "valid": [day(1), day(4), day(2)]}
    >>> journey = Journey(["order", "deliver"], gap=10, as_of="2024-03-31").fit(events)
    >>> [(row["step"], row["drop_off"]) for row in journey.table("steps").to_pylist()]
    [('order', 0.5), ('deliver', 0.0)]
    """

    def __init__(
        self,
        steps: Union["Sequence[str]", JourneyDefinition, str] = (),
        *,
        start: Union[str, "Iterable[str]", None] = None,
        goal: Union[str, "Iterable[str]", None] = None,
        gap: Span = 30,
        ranks: Optional["Mapping[str, Optional[int]]"] = None,
        as_of: Optional[TimeLike] = None,
        confidence: float = 0.95,
        threads: int = 0,
    ) -> None:
        self.steps = steps
        self.start = start
        self.goal = goal
        self.gap = gap
        self.ranks = ranks
        self.as_of = as_of
        self.confidence = confidence
        self.threads = threads

    @property
    def definition(self) -> JourneyDefinition:
        """What the parameters say."""
        if isinstance(self.steps, JourneyDefinition):
            return self.steps
        if isinstance(self.steps, str):
            return JourneyDefinition(self.steps)
        return JourneyDefinition.of(
            self.steps, start=self.start, goal=self.goal, gap=self.gap, ranks=self.ranks
        )

    def _new_state(self) -> Journeys:
        if self.as_of is None:
            raise InvalidArgumentError("as_of is not set: when does time stand still?")
        return Journeys(self.definition, self.as_of)

    def _add(self, state: Journeys, events: Any, bad_rows: str, how: Dict[str, Any]) -> "Journey":
        choice(bad_rows, BAD_ROWS, "bad_rows")
        bad: Optional[RowErrorTable] = None
        try:
            state.update(events, **how)
        except RowErrors as failure:
            bad = failure.rows
            if bad_rows == "raise":
                self.journeys_, self.bad_rows_ = state, bad
                raise
        self.journeys_, self.bad_rows_ = state, bad
        return self

    def fit(self, events: Any, y: Any = None, *, bad_rows: str = "raise", **how: Any) -> "Journey":
        """Count the journeys of a frame of events; `how` is that of `Journeys.update`, and
        `bad_rows` "keep" keeps going when rows are left out, which are then in ``bad_rows_``.

        Raises
        ------
        SchemaError
            With every column that is absent or does not fit.
        RowErrors
            Rows were left out; ``journeys_`` has the others.
        """
        return self._add(self._new_state(), events, bad_rows, how)

    def partial_fit(
        self, events: Any, y: Any = None, *, bad_rows: str = "raise", **how: Any
    ) -> "Journey":
        """Add events to those seen: the result has the same bytes as one `fit` of all; `bad_rows`
        and `how` are those of `fit`."""
        state = self.journeys_ if self._is_fitted() else self._new_state()
        return self._add(state, events, bad_rows, how)

    def merge(self, other: "Journey") -> "Journey":
        """Add the events that an `other` estimator with the same parameters has seen."""
        other._check_fitted()
        if not self._is_fitted():
            self.journeys_ = self._new_state()
        self.journeys_.merge(other.journeys_)
        return self

    def table(self, name: str, frame: Optional[str] = None) -> Any:
        """The table `name` of `Journeys.table`, with the confidence of the parameters."""
        self._check_fitted()
        return self.journeys_.table(
            name, frame, confidence=self.confidence, threads=self.threads
        )

    def score(self, events: Any = None, y: Any = None, **how: Any) -> float:
        """The share of ended journeys that reached a goal, of the events given (`how` as of
        `fit`) or fitted; NaN without any."""
        fitted = self if events is None else Journey(**self.get_params()).fit(events, **how)
        rows = fitted.table("overview", "table").to_pylist()
        ended = sum(row["converted"] + row["dropped"] for row in rows)
        return sum(row["converted"] for row in rows) / ended if ended else float("nan")

    # --- plots ------------------------------------------------------------------------------------

    def _segment_rows(self, name: str, segment: Optional[str]) -> List[Dict[str, Any]]:
        rows: List[Dict[str, Any]] = self.table(name, "table").to_pylist()
        return [row for row in rows if row["segment"] == segment]

    def _captioned(self, ax: Any, segment: Optional[str], below: float = 48) -> Any:
        rows = self._segment_rows("overview", segment)
        n = sum(row["journeys"] for row in rows)
        digest = self.journeys_.definition.digest[:16]
        caption(ax, f"definition {digest}   n = {n:,} journeys", below)
        return ax

    def plot_funnel(self, segment: Optional[str] = None, ax: Any = None) -> Any:
        """Entries of each step: what went on, what dropped off, what is open (matplotlib).

        Parameters
        ----------
        segment : str, optional
            Of the events; None are journeys without a segment.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default new axes.

        Returns
        -------
        matplotlib.axes.Axes
            Beside each step its drop-off with the interval.
        """
        rows = self._segment_rows("steps", segment)
        ax = new_axes(ax, 1.8 + 0.42 * len(rows))
        for y, row in enumerate(rows):
            at = 0
            for part, colour, hatch in (
                ("left", PALETTE[0], ""), ("dropped", ACCENT, "///"), ("open", SOFT, ""),
            ):
                ax.barh(
                    y, row[part], left=at, color=colour, hatch=hatch, edgecolor="white",
                    height=0.72, label=("went on" if part == "left" else part) if y == 0 else None,
                )
                at += row[part]
            if row["drop_off"] is not None:
                words = (
                    f"  {row['drop_off']:.1%} drop off "
                    f"({row['drop_off_low']:.1%} to {row['drop_off_high']:.1%})"
                )
                ax.text(at, y, words, va="center", fontsize=8, color=INK)
        ax.set_yticks(range(len(rows)), [row["step"] for row in rows])
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlim(0, 1.45 * max([row["entries"] for row in rows], default=1) or 1)
        ax.set_xlabel("entries")
        thousands(ax.xaxis)
        ax.legend(
            frameon=False, fontsize=8, ncol=3, loc="lower right", bbox_to_anchor=(1.0, 0.99)
        )
        return self._captioned(titled(ax, "Where journeys drop off"), segment)

    def plot_flow(self, segment: Optional[str] = None, ax: Any = None) -> Any:
        """Moves between steps as bands, backward moves apart (matplotlib); parameters as of
        `plot_funnel`. Returns the Axes."""
        ranks = self.journeys_.definition.steps if self._is_fitted() else {}
        order = ["START", *ranks, "GOAL", "DROP", "OPEN"]
        moves: List[Tuple[str, str, int, str]] = []
        for row in self._segment_rows("transitions", segment):
            a, b = ranks.get(row["from"]), ranks.get(row["to"])
            ahead = row["from"] == "START" or row["to"] == "GOAL"
            ahead |= a is not None and b is not None and b > a
            onward = row["count"] - row["backward"]
            if onward:
                name = "forward" if ahead else "lateral"
                moves.append((row["from"], row["to"], onward, name))
            if row["backward"]:
                moves.append((row["from"], row["to"], row["backward"], "backward"))
        ax = new_axes(ax, 1.8 + 0.5 * len(order))
        flow(ax, moves, {name: len(order) - place for place, name in enumerate(order)})
        ax.set_title("Moves between steps", loc="left", color=INK)
        return self._captioned(ax, segment, 52)

    def plot_times(self, segment: Optional[str] = None, ax: Any = None) -> Any:
        """How soon each step is left: the curves of Kaplan-Meier, over a logarithm of days
        (matplotlib); parameters as of `plot_funnel`. Returns the Axes."""
        rows = self._segment_rows("curves", segment)
        ax = new_axes(ax, 3.6)
        names = [name for name in dict.fromkeys(row["step"] for row in rows)]
        for place, name in enumerate(names):
            curve = [row for row in rows if row["step"] == name and row["days"] > 0]
            if any(row["events"] for row in curve):
                ax.step(
                    [row["days"] for row in curve], [row["share"] for row in curve], where="post",
                    color=PALETTE[place % len(PALETTE)], label=name,
                    linestyle=("-", "--", "-.", ":")[place % 4],
                )
        ax.set_xscale("log")
        ax.set_ylim(0.0, 1.0)
        percent(ax.yaxis)
        ax.set_xlabel("days since the step")
        ax.set_ylabel("share that has gone on")
        ax.legend(frameon=False, fontsize=8)
        return self._captioned(titled(ax, "Time in each step"), segment)
