"""Planning with a partner: forecasts of two sides, what both agree on, orders, who was right."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Dict, List, Optional, Union

from . import _cdefs as c
from . import _frames
from ._axes import ACCENT, INK, MARKERS, PALETTE, new_axes, titled
from ._native import bits, choice, integer, lib
from .errors import InvalidArgumentError
from .forecast import _PERIODS
from .schema import numbers_binding
from .table import RowErrorTable, Table, call_keeping_rows

__all__ = ["PartnerPlan", "plan_orders"]

_BY: Dict[str, int] = {
    "horizon": c.CSTN_PLAN_BY_HORIZON,
    "pool": c.CSTN_PLAN_BY_POOL,
    "exception": c.CSTN_PLAN_BY_EXCEPTION,
}

Columns = Optional["Mapping[str, str]"]


def _table(
    function: Callable[..., int],
    rows: Any,
    options: Any,
    columns: Columns,
    frame: Optional[str],
    keep: Callable[[Optional[RowErrorTable]], None],
) -> Any:
    """A call from rows to a table, of the kind of the rows unless told otherwise."""
    kind = _frames.check_kind(frame, _frames.kind_of(rows))
    bound = numbers_binding(columns)
    for column in ("ds", "cutoff"):
        bound.zone(column, "UTC")

    def export(target: Any) -> None:
        options.binding = bound._live()
        with _frames.stream(rows) as stream:
            keep(call_keeping_rows(function, stream, ctypes.byref(options), lib.allocator, target))

    return _frames.convert(Table(export), kind)


class PartnerPlan:
    """Two sides that forecast the same cells: how they agree to plan, and what comes of it.

    A cell is a row: ``unique_id`` (int or text), ``ds`` (date, timestamp or int: the start of its
    period), ``a`` and ``b`` (what the sides say), ``y`` (what came; None where it has not), and
    optionally ``cutoff`` or ``h`` (how far ahead it was said) and ``pool``. Cells with a ``y`` are
    the past, from which bias and error of each side are learned by pool and horizon; the others are
    open. Swapping the sides swaps the answer and changes nothing else.

    Parameters
    ----------
    period : str
        "hour", "day", "week", "month", "quarter", "year", "number", or "by_type".
    horizon_step : int
        Periods of one horizon of groups; 0 is a week of hours or days, else 1.
    freeze : int
        So many periods ahead nothing is resolved any more.
    quantile_ppm : int
        Of past differences, in millionths: above it a cell is an exception.
    cells_least : int
        Below so many past cells the agreement's thresholds decide.
    agreed_ppm, agreed_units : int, float
        The agreement: a cell is an exception above this share of the mean of both (in millionths)
        and this many units.
    draw_ppm, draw_units : int, float
        A draw: errors that differ by at most this share of what came, or this many units; both 0
        are 5 % and 1 unit.
    confidence_ppm : int
        Of intervals, in millionths; 0 is 950,000.
    reasons : sequence of int, optional
        Codes that an override may have; None is any of 1 or more.

    Attributes
    ----------
    bad_rows_ : RowErrorTable or None
        Of the last table that was read: rows left out.

    Notes
    -----
    One thread at a time works on a plan. Sources: VICS CPFR 2004, Bates and Granger 1969.

    Examples
    --------
    >>> cells = {"unique_id": ["tea"] * 3, "ds": [1, 2, 3], "y": [10, 10, None],
    ...          "a": [8, 12, 20], "b": [9, 11, 10]}
    >>> plan = PartnerPlan()
    >>> plan.compare(cells).to_pylist()[0]["a_error"]
    2.0
    >>> round(plan.resolve(cells).to_pylist()[0]["consensus"], 2)
    14.55
    >>> plan.ledger(cells).to_pylist()[0]["draws"]
    2
    """

    def __init__(
        self,
        *,
        period: str = "by_type",
        horizon_step: int = 0,
        freeze: int = 0,
        quantile_ppm: int = 900_000,
        cells_least: int = 20,
        agreed_ppm: int = 0,
        agreed_units: float = 0.0,
        draw_ppm: int = 0,
        draw_units: float = 0.0,
        confidence_ppm: int = 0,
        reasons: Optional["Sequence[int]"] = None,
    ) -> None:
        options = c.cstn_plan_options(struct_size=ctypes.sizeof(c.cstn_plan_options))
        options.period = choice(period, _PERIODS, "period")
        options.horizon_step = integer(horizon_step, 32, "horizon_step")
        options.freeze = integer(freeze, 32, "freeze")
        options.quantile_ppm = integer(quantile_ppm, 32, "quantile_ppm")
        options.cells_least = integer(cells_least, 32, "cells_least")
        options.agreed_ppm = integer(agreed_ppm, 32, "agreed_ppm")
        options.agreed_units = agreed_units
        options.draw_ppm = integer(draw_ppm, 32, "draw_ppm")
        options.draw_units = draw_units
        options.confidence_ppm = integer(confidence_ppm, 32, "confidence_ppm")
        codes: List[int] = [integer(code, 64, "a reason") for code in reasons or ()]
        self._codes = (ctypes.c_int64 * max(len(codes), 1))(*codes)
        if codes:
            options.reasons, options.n_reasons = self._codes, len(codes)
        self._options = options
        self.bad_rows_: Optional[RowErrorTable] = None

    def _keep(self, bad: Optional[RowErrorTable]) -> None:
        self.bad_rows_ = bad

    def _ask(self, flags: int = 0, by: int = 0) -> Any:
        options = c.cstn_plan_options.from_buffer_copy(self._options)
        options.flags, options.by = flags, by
        return options

    def compare(
        self,
        cells: Any,
        *,
        exceptions_only: bool = False,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """The open cells side by side, with past bias and error, and why a cell is an exception.

        Parameters
        ----------
        cells : frame
            As above; also ``a_low``, ``a_high``, ``b_low``, ``b_high`` (80 % intervals) and
            ``a_event``, ``b_event`` (not 0: the side plans an event), each optional.
        exceptions_only : bool
            Leave out cells that are none.
        columns : mapping, optional
            Declared name -> name in the frame.
        frame : str, optional
            Kind of frame that comes out; None is that of `cells`.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``cutoff``, ``h``, ``pool``, ``a``, ``b``, ``difference``,
            ``cells`` (past ones), ``a_bias``, ``b_bias``, ``a_error``, ``b_error``,
            ``threshold``, ``rule``, ``why``, ``is_frozen``.
        """
        flags = c.CSTN_PLAN_EXCEPTIONS_ONLY if exceptions_only else 0
        return _table(
            lib.cstn_plan_compare, cells, self._ask(flags), columns, frame, self._keep
        )

    def resolve(self, cells: Any, *, columns: Columns = None, frame: Optional[str] = None) -> Any:
        """What both agree on: each side less its past bias, weighted by past errors.

        Parameters
        ----------
        cells : frame
            As above; also ``override`` (what planners decided instead) with ``reason`` (its code).
        columns : mapping, optional
            Declared name -> name in the frame.
        frame : str, optional
            Kind of frame that comes out; None is that of `cells`.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``cutoff``, ``h``, ``pool``, ``a``, ``b``, ``cells``,
            ``a_bias``, ``b_bias`` (taken off), ``a_sd``, ``b_sd``, ``correlation``,
            ``a_weight``, ``blend``, ``override``, ``reason``, ``consensus``. Cells within the
            freeze and overrides without a reason are left out; ``bad_rows_`` has them.
        """
        return _table(lib.cstn_plan_resolve, cells, self._ask(), columns, frame, self._keep)

    def ledger(
        self,
        cells: Any,
        *,
        by: Union[str, "Sequence[str]"] = (),
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Who was right: the cells whose ``y`` has come, the total first.

        Parameters
        ----------
        cells : frame
            As above; also ``consensus``, ``exception`` (not 0), ``under_minor``, ``over_minor``
            (cost of a unit short, and left), each optional.
        by : str or sequence of str
            Of "horizon", "pool", "exception".
        columns : mapping, optional
            Declared name -> name in the frame.
        frame : str, optional
            Kind of frame that comes out; None is that of `cells`.

        Returns
        -------
        frame
            ``horizon``, ``pool``, ``exception``, ``cells``, ``a_wins``, ``b_wins``, ``draws``,
            ``a_share`` with ``a_share_low`` and ``_high`` (Wilson), ``a_loss``, ``b_loss``,
            ``a_bias``, ``b_bias``, ``gain`` with its interval (above 0 a was better),
            ``consensus_cells``, ``consensus_loss``, ``beats_a``, ``beats_b``, ``a_cost_minor``,
            ``b_cost_minor``.
        """
        asked = bits([by] if isinstance(by, str) else by, _BY, "by") if by else 0
        return _table(lib.cstn_plan_ledger, cells, self._ask(by=asked), columns, frame, self._keep)

    def plot(self, cells: Any, unique_id: Any, *, columns: Columns = None, ax: Any = None) -> Any:
        """Both sides of an item over time, what came, the consensus, and the exceptions.

        Parameters
        ----------
        cells : frame
            As of `compare` and `resolve`.
        unique_id : int or str
            The item.
        columns : mapping, optional
            Declared name -> name in the frame.
        ax : matplotlib axes, optional
            Where to draw.

        Returns
        -------
        matplotlib axes
        """
        open_cells = self.compare(cells, columns=columns, frame="table").to_pylist()
        rows = [row for row in open_cells if row["unique_id"] == unique_id]
        if not rows:
            raise InvalidArgumentError(f"{unique_id!r} has no open cell")
        agreed = [
            row
            for row in self.resolve(cells, columns=columns, frame="table").to_pylist()
            if row["unique_id"] == unique_id
        ]
        ax = new_axes(ax, 3.6)
        for side, marker, colour in zip("ab", MARKERS, PALETTE):
            ax.plot(
                [row["ds"] for row in rows],
                [row[side] for row in rows],
                color=colour,
                marker=marker,
                label=f"side {side}",
            )
        if agreed:
            ax.plot(
                [row["ds"] for row in agreed],
                [row["consensus"] for row in agreed],
                color=INK,
                linestyle="--",
                label="consensus",
            )
        odd = [row for row in rows if row["rule"]]
        if odd:
            ax.vlines(
                [row["ds"] for row in odd],
                [row["a"] for row in odd],
                [row["b"] for row in odd],
                color=ACCENT,
                linewidth=3,
                alpha=0.5,
                label="exception",
            )
        for row in odd:
            ax.annotate(
                row["why"].replace("|", "\n"),
                (row["ds"], max(row["a"], row["b"])),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                color=ACCENT,
                fontsize="small",
            )
        ax.set_ylabel("units")
        ax.margins(y=0.2)
        ax.legend(frameon=False)
        return titled(ax, f"{unique_id}: what both sides say")


def plan_orders(
    rows: Any,
    *,
    lead: int = 0,
    review: int = 1,
    level_ppm: int = 950_000,
    period: str = "by_type",
    columns: Columns = None,
    frame: Optional[str] = None,
    keep_bad_rows: Optional[Callable[[Optional[RowErrorTable]], None]] = None,
) -> Any:
    """The orders that a consensus asks for, with projected stock and its risk, period by period.

    Parameters
    ----------
    rows : frame
        One row an item and period without gaps: ``unique_id``, ``ds``, ``mean`` (the consensus),
        optionally ``sd``, ``receipt`` (arrives at the start of the period), ``can_order`` (not 0
        where an order may be placed), and of the item, from its first row: ``on_hand``, ``pack``,
        ``minimum``, ``maximum``, ``lead``.
    lead : int
        Periods until an order arrives, 0 to 1,024.
    review : int
        Periods between orders, 1 to 1,024, where there is no calendar.
    level_ppm : int
        Demand is covered with this probability, in millionths.
    period : str
        As of `PartnerPlan`.
    columns : mapping, optional
        Declared name -> name in the frame.
    frame : str, optional
        Kind of frame that comes out; None is that of `rows`.
    keep_bad_rows : callable, optional
        Is called with the rows that broke a rule, or None; their items are left out.

    Returns
    -------
    frame
        ``unique_id``, ``ds``, ``h``, ``mean``, ``position``, ``target``, ``order`` (None where
        none may be placed, or where the rows end before the next one arrives), ``arriving``,
        ``stock``, ``stock_out``.

    Raises
    ------
    InvalidArgumentError
        A parameter is out of range.
    SchemaError
        A column is absent.

    Notes
    -----
    An order has to last until the next one arrives: packs lift the position to the quantile of the
    demand until then, negative binomial or Poisson. O(rows).

    Examples
    --------
    >>> rows = {"unique_id": ["tea"] * 2, "ds": [1, 2], "mean": [10, 10], "on_hand": [3, 3],
    ...         "pack": [6, 6]}
    >>> [(row["target"], row["order"]) for row in plan_orders(rows).to_pylist()]
    [(15.0, 12.0), (15.0, 12.0)]
    """
    options = c.cstn_plan_order_options(struct_size=ctypes.sizeof(c.cstn_plan_order_options))
    options.period = choice(period, _PERIODS, "period")
    options.lead = integer(lead, 32, "lead")
    options.review = integer(review, 32, "review")
    options.level_ppm = integer(level_ppm, 32, "level_ppm")

    def keep(bad: Optional[RowErrorTable]) -> None:
        if keep_bad_rows is not None:
            keep_bad_rows(bad)

    return _table(lib.cstn_plan_order, rows, options, columns, frame, keep)
