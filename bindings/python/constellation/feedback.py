"""The feedback loop: how many would recommend us, what goes wrong where, did a plan help.

Interactions are rows of any frame, in any order and more than once: ``event_id``, ``customer``,
``kind`` (a name such as ``"COMPLAINT"``, in capitals or as records have it), ``valid`` (when), and
where there is one ``order_id``, ``reason``, ``number`` (an answer), ``item``, ``carrier``, ``lane``,
``node``, ``segment``, ``stage``.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Dict, List, Optional, TypedDict

from . import _cdefs as c
from ._axes import ACCENT, INK, caption, new_axes, percent, titled
from ._native import call, choice, integer, lib
from ._reading import Reading, refuse_others, spelled
from ._state import Forgetting
from .errors import InvalidArgumentError
from .loyalty import _ANSWERS
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["DIMENSIONS", "Interactions"]

#: what reasons are counted by
DIMENSIONS = ("all", "item", "carrier", "lane", "node", "segment", "stage")


class _Shown(TypedDict, total=False):
    """What tables of rates are asked with; `Interactions.net_promoter` says what each means."""

    since: Optional[TimeLike]
    confidence: float
    floor: int
    frame: Optional[str]


class _Asked(_Shown, total=False):
    until: Optional[TimeLike]


class Interactions(Forgetting):
    """Interactions by their ids, each once. Mergeable.

    The same interaction again changes nothing; other content under an id raises ConflictError and
    changes nothing.

    Notes
    -----
    Shares and scores are -1..1 or 0..1, with the intervals of Wilson (1927) and Newcombe (1998);
    small counts are hidden as k-anonymity has it (Sweeney 2002). One thread at a time works on a
    state; others wait. It owns its memory: 64 bytes an interaction and each text once. Adding is
    O(1) a row, a table O(n log n).

    Examples
    --------
    >>> import datetime as dt
    >>> day = dt.date(2024, 5, 1)
    >>> said = Interactions()
    >>> said.update({"event_id": [1, 2, 3], "customer": ["a", "b", "c"], "valid": [day] * 3,
    ...              "kind": ["NPS_ANSWER"] * 3, "number": [10, 9, 3]})
    >>> score = said.net_promoter().to_pylist()[0]
    >>> score["promoters"] - score["detractors"], score["n"]
    (1, 3)
    """

    _NAME = "cstn_interactions"
    _RELEASE = "cstn_interactions_free"

    def __init__(self) -> None:
        self._make()

    def __len__(self) -> int:
        with self._exclusive() as pointer:
            return int(lib.cstn_interactions_count(pointer))

    @spelled(Reading)
    def update(self, rows: Any, **how: Unpack[Reading]) -> None:
        """Add interactions; the parameters are those of `perfect_order_rate`.

        Raises
        ------
        ConflictError
            An id came with other content; nothing is changed.
        SchemaError
            With every column that is absent or does not fit.
        RowErrors
            Rows were left out; the others are in.
        """
        self._update(rows, how)

    def _table(self, table: int, asked: _Asked, **fields: Any) -> Any:
        refuse_others(asked, _Asked)
        since, until, frame = asked.get("since"), asked.get("until"), asked.get("frame")
        options = c.cstn_feedback_options(
            struct_size=ctypes.sizeof(c.cstn_feedback_options),
            from_us=-(1 << 63) if since is None else to_us(since, "since"),
            until_us=0 if until is None else to_us(until, "until"),
            confidence_ppm=round(asked.get("confidence", 0.95) * 1_000_000),
            floor=integer(asked.get("floor", 0), 32, "floor"),
            **fields,
        )

        def export(stream: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_feedback_table, pointer, table, ctypes.byref(options), stream)

        return self._framed(export, frame)

    @spelled(_Asked)
    def net_promoter(self, *, answers: str = "latest", **asked: Unpack[_Asked]) -> Any:
        """The net promoter score of all answers, and by segment, with count and interval.

        Parameters
        ----------
        answers : "latest", "first" or "all"
            Which of a customer's answers count.
        since, until : datetime, date, str or int, optional
            Only interactions from `since` on and before `until`.
        confidence : float
            Of the intervals, two-sided, above 0 and below 1.
        floor : int
            5 or more for a table that leaves the company: smaller counts are null.
        frame : "pandas", "polars", "pyarrow" or "table", optional
            By default the kind of the frame that the interactions were.
        """
        taken = choice(answers, _ANSWERS, "answers")
        return self._table(c.CSTN_TABLE_FEEDBACK_NET_PROMOTER, asked, answers=taken)

    @spelled(_Asked)
    def reasons(self, **asked: Unpack[_Asked]) -> Any:
        """A row a reason and value of item, carrier, lane, node, segment and stage: interactions,
        customers, orders, and their share of the orders at risk. Parameters as above."""
        return self._table(c.CSTN_TABLE_FEEDBACK_REASONS, asked)

    def orders(
        self,
        *,
        since: Optional[TimeLike] = None,
        until: Optional[TimeLike] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """The orders of each row of `reasons`, between `since` and `until`; it has no floor, for it
        does not leave the company."""
        asked: _Asked = {"since": since, "until": until, "frame": frame}
        return self._table(c.CSTN_TABLE_FEEDBACK_ORDERS, asked)

    @spelled(_Shown)
    def effect(self, until: TimeLike, *, window_days: int = 90, **shown: Unpack[_Shown]) -> Any:
        """The share of failed orders before and after each PLAN_PROMISED, by its reason.

        Parameters
        ----------
        until : datetime, date, str or int
            Now: plans whose time after is not over by then are left out and counted.
        window_days : int
            How long before and after a plan.
        since, confidence, floor, frame
            As of `net_promoter`.
        """
        asked: _Asked = {**shown, "until": until}
        days = integer(window_days, 32, "window_days")
        return self._table(c.CSTN_TABLE_FEEDBACK_EFFECT, asked, window_days=days)

    def plot_reasons(self, dimension: str = "all", most: int = 20, ax: Any = None, **how: Any) -> Any:
        """The share of orders with each reason, greatest first (matplotlib).

        Parameters
        ----------
        dimension : str
            One of `DIMENSIONS`.
        most : int
            Rows at most.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default new axes.
        how
            As of `reasons`.

        Returns
        -------
        matplotlib.axes.Axes
            A point with its interval a row; counts below the floor are left out.
        """
        if dimension not in DIMENSIONS:
            raise InvalidArgumentError(
                f"dimension {dimension!r} is not one of {', '.join(DIMENSIONS)}"
            )
        rows: List[Dict[str, Any]] = [
            row
            for row in self.reasons(frame="table", **how).to_pylist()
            if row["dimension"] == dimension and row["share"] is not None
        ]
        rows.sort(key=lambda row: -row["share"])
        hidden = max(0, len(rows) - most)
        rows = rows[:most]
        ax = new_axes(ax, 1.8 + 0.3 * len(rows))
        for y, row in enumerate(rows):
            ax.plot(
                [row["share_low"], row["share_high"]], [y, y], color=INK, linewidth=1.5,
                solid_capstyle="butt",
            )
            ax.plot([row["share"]], [y], marker="o", color=ACCENT, markersize=5, linestyle="none")
        names = [
            f"{row['reason']}{'' if row['value'] is None else ' / ' + row['value']}  "
            f"({row['orders']:,} of {row['orders_at_risk']:,})"
            for row in rows
        ]
        ax.set_yticks(range(len(rows)), names)
        ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        ax.set_xlim(left=0.0)
        percent(ax.xaxis)
        ax.set_xlabel("share of the orders at risk, with its interval")
        if hidden:
            caption(ax, f"{hidden:,} rows with smaller shares are not shown")
        return titled(ax, "What goes wrong" + ("" if dimension == "all" else f", by {dimension}"))
