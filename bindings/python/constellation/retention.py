"""Who stays: churn, repeat purchase, growth of existing customers, cohorts, and how long contracts
last.

`Retention` keeps what each customer bought on each day, so that any window, cut and cohort may be
asked of it later; `Contracts` keeps when contracts began and ended. Both add up.
"""

from __future__ import annotations

import ctypes
import datetime
from collections.abc import Mapping
from typing import Any, Callable, Dict, Optional, Tuple, Union

from . import _cdefs as c
from ._axes import INK, caption, heat, new_axes, percent, titled
from ._native import call, choice, integer, lib
from ._order_rows import CustomerRows, RowState
from .errors import InvalidArgumentError
from .stats import Rate, rate_interval
from .table import RowErrorTable, Table
from .times import _day_number

__all__ = ["Contracts", "Retention"]

Day = Union[datetime.date, int, str]
Window = Tuple[Day, Day]
Frame = Optional[str]
Scale = Optional[int]
Columns = Optional["Mapping[str, str]"]
_PERIODS = {
    "day": c.CSTN_RETENTION_DAY,
    "week": c.CSTN_RETENTION_WEEK,
    "month": c.CSTN_RETENTION_MONTH,
    "quarter": c.CSTN_RETENTION_QUARTER,
}
_CELLS = {
    "share": "share of the cohort active",
    "active": "active customers",
    "orders": "orders",
    "revenue": "revenue",
}


class Retention(CustomerRows):
    """What each customer bought on each day: rates, growth and cohorts are asked of it later.

    Windows are half open, ``[from, to)``. A customer is active in a window with a purchase day in
    it. "First in the log" is not "first ever": a column ``first_purchase_day`` tells what came
    before.

    Parameters
    ----------
    orders : bool
        The column ``order`` says which rows are one order; without it each purchase row is one.
    items : bool
        The columns ``item`` and ``quantity`` are kept, for price, volume and assortment.
    utc_offset_minutes : int
        The day of a timestamp is that of this many minutes ahead of UTC.

    Notes
    -----
    One thread at a time works on a state; others wait. It owns its memory: 32 bytes a customer and
    day (with orders, an order), with items 64 more for each customer, day and item. Adding is O(n
    log n), a question O(state). Shares are 0..1 with the interval of Wilson (1927); money is minor
    units.

    Examples
    --------
    >>> from datetime import date
    >>> days = [date(2026, 1, 5), date(2026, 2, 9), date(2026, 1, 7)]
    >>> state = Retention()
    >>> state.update({"customer": [1, 1, 2], "day": days, "value": [500, 700, 300]})
    >>> rate = state.churn(
    ...     (date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1)))
    >>> rate.numerator, rate.denominator
    (1, 2)
    """

    _NAME = "cstn_retention"
    _RELEASE = "cstn_retention_free"
    _DAYS = ("day", "first_purchase_day")

    def __init__(
        self, *, orders: bool = False, items: bool = False, utc_offset_minutes: int = 0
    ) -> None:
        config = c.cstn_retention_config(struct_size=ctypes.sizeof(c.cstn_retention_config))
        config.flags |= c.CSTN_RETENTION_ORDERS if orders else 0
        config.flags |= c.CSTN_RETENTION_ITEMS if items else 0
        config.utc_offset_minutes = integer(utc_offset_minutes, 32, "utc_offset_minutes")
        self._make(ctypes.byref(config))

    def update(
        self, rows: Any, *, columns: Columns = None, scale: Scale = None, quantity_scale: Scale = None
    ) -> Optional[RowErrorTable]:
        """Add rows of orders: ``customer``, ``day``, and ``value``, ``quantity``, ``cancelled``,
        ``currency``, ``order``, ``item``, ``first_purchase_day`` where they are.

        `scale` and `quantity_scale` are the decimals of ``value`` and ``quantity``, where frames
        differ; all else is as of `Purchases.update`, also what is returned.
        """
        return self._add(rows, columns, value=scale, quantity=quantity_scale)

    # --- questions --------------------------------------------------------------------------------

    @staticmethod
    def _question(
        as_of: Optional[Day], base: Optional[Window] = None, following: Optional[Window] = None
    ) -> Any:
        question = c.cstn_retention_question(struct_size=ctypes.sizeof(c.cstn_retention_question))
        if (base is None) != (following is None):
            raise InvalidArgumentError("give the base window and the next one, or neither")
        if base is not None and following is not None:
            question.base_from_days = _day_number(base[0], "the first day of the base window")
            question.base_to_days = _day_number(base[1], "the end of the base window")
            question.next_from_days = _day_number(following[0], "the first day of the next window")
            question.next_to_days = _day_number(following[1], "the end of the next window")
            if as_of is None:
                as_of = question.next_to_days - 1
        if as_of is None:
            raise InvalidArgumentError("as_of is missing: the last day whose rows are all there")
        question.as_of_days = _day_number(as_of, "as_of")
        return question

    def _exporter(self, table: int, question: Any) -> Callable[[Any], None]:
        def export(target: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_retention_export, pointer, table, ctypes.byref(question), target)

        return export

    def rates(
        self,
        as_of: Optional[Day] = None,
        *,
        base: Optional[Window] = None,
        next: Optional[Window] = None,
        horizon_days: int = 0,
        frame: Optional[str] = None,
    ) -> Any:
        """A row a rate with numerator, denominator and customers left out.

        Parameters
        ----------
        as_of : date or int, optional
            The last day whose rows are all there; by default the last of the next window.
        base, next : (from, to), optional
            Windows, without their last day: for churn, growth, net and gross retention.
        horizon_days : int
            For repeat purchase within so many days of the first; 0 leaves it out.
        """
        question = self._question(as_of, base, next)
        question.horizon_days = integer(horizon_days, 32, "horizon_days")
        return self._framed(self._exporter(c.CSTN_RETENTION_TABLE_RATES, question), frame)

    def _share(self, metric: str, question: Any) -> Rate:
        rows = Table(self._exporter(c.CSTN_RETENTION_TABLE_RATES, question)).to_pylist()
        row = [one for one in rows if one["metric"] == metric][0]
        return rate_interval(row["numerator"], row["denominator"])

    def churn(self, base: Window, next: Window, *, as_of: Optional[Day] = None) -> Rate:
        """Active in the base window and not in the next, of those active in the base window; with
        its Wilson interval. The windows and `as_of` are those of `rates`."""
        return self._share("churn", self._question(as_of, base, next))

    def repeat_rate(self, as_of: Day, *, horizon_days: int = 0) -> Rate:
        """Customers with two purchase days or more of those with one, by `as_of`; or, with a
        horizon, who came again `horizon_days` after the first at most, of those old enough."""
        question = self._question(as_of)
        question.horizon_days = integer(horizon_days, 32, "horizon_days")
        return self._share("repeat_by_horizon" if horizon_days else "repeat_by_cut", question)

    def growth(
        self, base: Window, next: Window, *, as_of: Optional[Day] = None, frame: Frame = None
    ) -> Any:
        """Why existing customers buy for more or less: expansion, contraction, lost, regained and
        unchanged add up to ``existing``; new and other customers apart; with items also price,
        volume and assortment. `base`, `next` and `as_of` are those of `rates`."""
        question = self._question(as_of, base, next)
        return self._framed(self._exporter(c.CSTN_RETENTION_TABLE_GROWTH, question), frame)

    def items(
        self, base: Window, next: Window, *, as_of: Optional[Day] = None, frame: Frame = None
    ) -> Any:
        """A row an item of existing customers: quantities and value in both windows, and price,
        volume and assortment of the change. `base`, `next` and `as_of` are those of `rates`.

        Raises
        ------
        StateError
            If the state was made without items.
        """
        question = self._question(as_of, base, next)
        return self._framed(self._exporter(c.CSTN_RETENTION_TABLE_ITEMS, question), frame)

    def _cohorts(
        self, as_of: Day, period: str, ages: int, week_begins: Optional[Day]
    ) -> Callable[[Any], None]:
        question = self._question(as_of)
        question.period = choice(period, _PERIODS, "period")
        question.ages = integer(ages, 32, "ages")
        if week_begins is not None:
            question.period_origin_days = _day_number(week_begins, "week_begins")
        return self._exporter(c.CSTN_RETENTION_TABLE_COHORTS, question)

    def cohorts(
        self,
        as_of: Day,
        *,
        period: str = "month",
        ages: int = 0,
        week_begins: Optional[Day] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """A row a cohort and age: size, active customers, orders, revenue.

        A period that is not over on `as_of`, or lies before the log, is null. ``first_in_log`` is
        true for the cohort the log begins with, some of whom may have bought before.

        Parameters
        ----------
        as_of : date or int
            The last day whose rows are all there.
        period : "day", "week", "month" or "quarter"
        ages : int
            Periods after the first; 0 is all.
        week_begins : date or int, optional
            A day on which a week begins; by default weeks begin on Monday.
        """
        return self._framed(self._cohorts(as_of, period, ages, week_begins), frame)

    def counts(self, as_of: Day) -> Dict[str, int]:
        """How many customers there are by `as_of`, who came later, who only returned; days,
        orders."""
        table = Table(self._exporter(c.CSTN_RETENTION_TABLE_COUNTS, self._question(as_of)))
        return {row["name"]: row["n"] for row in table.to_pylist()}

    def plot_cohorts(
        self,
        as_of: Day,
        *,
        period: str = "month",
        ages: int = 0,
        week_begins: Optional[Day] = None,
        value: str = "share",
        ax: Any = None,
    ) -> Any:
        """The triangle of cohorts: a row a cohort, the first at the top, a column an age.

        Parameters
        ----------
        as_of, period, ages, week_begins
            As of `cohorts`.
        value : "share", "active", "orders" or "revenue"
            What colours the cells; ``"share"`` is active customers of the cohort's size.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            Cells that are null stay empty.
        """
        choice(value, {name: 0 for name in _CELLS}, "value")
        rows = Table(self._cohorts(as_of, period, ages, week_begins)).to_pylist()
        begins = sorted({row["cohort"] for row in rows})
        width = 1 + max((row["age"] for row in rows), default=0)
        nan = float("nan")
        grid = [[nan] * width for _ in begins or [0]]
        texts = [[""] * width for _ in grid]
        sizes, starts = {}, set()
        for row in rows:
            y = begins.index(row["cohort"])
            sizes[row["cohort"]] = row["size"]
            if row["first_in_log"]:
                starts.add(row["cohort"])
            if row["active"] is None:
                continue
            share = row["active"] / row["size"]
            cell = share if value == "share" else float(row[value])
            # the first column of shares is 1 by definition, and would drown the others
            grid[y][row["age"]] = nan if value == "share" and row["age"] == 0 else cell
            texts[y][row["age"]] = f"{share:.0%}" if value == "share" else _short(cell)
        ax = new_axes(ax, max(2.6, 1.4 + 0.3 * len(grid)), max(6.0, 2.8 + 0.55 * width))
        small = width <= 24 and len(grid) <= 40
        scale = {"vmin": 0.0} if value == "share" else {}
        image = heat(ax, grid, value, texts if small else None, origin="upper", **scale)
        if value == "share":
            percent(image.colorbar.ax.yaxis)
        else:
            image.colorbar.ax.yaxis.set_major_formatter(lambda number, _: _short(number))
        names = [
            f"{_named(begin, period)}{'*' if begin in starts else ''}  (n={sizes[begin]:,})"
            for begin in begins
        ]
        ax.set_yticks(range(len(begins)), names)
        step = 1 if width <= 24 else 6
        ax.set_xticks(range(0, width, step), [str(age) for age in range(0, width, step)])
        ax.set_xlabel(f"{period}s since the first purchase")
        if starts:
            caption(ax, "* the log begins here: first in the log, not first ever")
        return titled(ax, f"Cohorts by {period} of first purchase: {_CELLS[value]}")


def _short(value: float) -> str:
    """9,999, then 12.3k and 4.56M: what fits into a cell."""
    if abs(value) < 1e4:
        return f"{value:,.0f}"
    return f"{value / 1e3:.3g}k" if abs(value) < 1e6 else f"{value / 1e6:.3g}M"


def _named(begin: datetime.date, period: str) -> str:
    if period == "month":
        return f"{begin:%Y-%m}"
    if period == "quarter":
        return f"{begin.year}-Q{(begin.month + 2) // 3}"
    return begin.isoformat()


class Contracts(RowState):
    """How many contracts began and ended when: survival and churn.

    Rows have ``start_day`` and ``end_day`` (null: it still runs), or ``time``, the time a contract
    was observed, and ``ended``.

    Notes
    -----
    Survival is that of Kaplan and Meier (1958) with the error of Greenwood (1926). One thread at a
    time works on a state; others wait. It owns its memory, 24 bytes for each pair of days that
    occurs; adding is O(rows), a table O(state).

    Examples
    --------
    >>> state = Contracts()
    >>> state.update({"time": [2, 3, 3, 7], "ended": [True, True, False, True]})
    >>> [row["survival"] for row in state.survival().to_pylist()]
    [0.75, 0.5, 0.0]
    """

    _NAME = "cstn_contracts"
    _RELEASE = "cstn_contracts_free"
    _DAYS = ("start_day", "end_day")

    def __init__(self) -> None:
        self._make()

    def update(self, rows: Any, *, columns: Columns = None) -> Optional[RowErrorTable]:
        """Add contracts; returns the rows that were left out, or None."""
        return self._add(rows, columns)

    def remove(self, rows: Any, *, columns: Columns = None) -> Optional[RowErrorTable]:
        """Take contracts out again: the state is then one that never saw them.

        Raises
        ------
        StateError
            For a row that is not there; the state is then unchanged.
        """
        return self._add(rows, columns, c.CSTN_CONTRACTS_REMOVE)

    def _exporter(self, table: int, as_of: int, begin: int, end: int) -> Callable[[Any], None]:
        def export(target: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_contracts_export, pointer, table, as_of, begin, end, target)

        return export

    def _survival(self, as_of: Optional[Day]) -> Callable[[Any], None]:
        day = -(2**31) if as_of is None else _day_number(as_of, "as_of")
        return self._exporter(c.CSTN_CONTRACTS_TABLE_SURVIVAL, day, 0, 0)

    def survival(self, as_of: Optional[Day] = None, *, frame: Optional[str] = None) -> Any:
        """The curve of Kaplan and Meier with Greenwood's standard error, a row a time.

        Parameters
        ----------
        as_of : date or int, optional
            The last day of which all is known; needed for contracts told by days, in days from
            their start.
        """
        return self._framed(self._survival(as_of), frame)

    def churn(self, begin: Day, end: Day, *, as_of: Optional[Day] = None) -> Rate:
        """Ended in ``[begin, end)`` of those under contract at its start; with its Wilson interval.
        Who joined in the period is in neither number. `as_of` is the last day of which all is known,
        by default the last of the period."""
        days = _day_number(begin, "begin"), _day_number(end, "end")
        day = days[1] - 1 if as_of is None else _day_number(as_of, "as_of")
        row = Table(self._exporter(c.CSTN_CONTRACTS_TABLE_CHURN, day, *days)).to_pylist()[0]
        return rate_interval(row["ended"], row["contracts"])

    def plot_survival(self, as_of: Optional[Day] = None, *, ax: Any = None) -> Any:
        """The curve as steps, with 1.96 standard errors on both sides; `as_of` as of
        `survival`. Returns the Axes."""
        rows = Table(self._survival(as_of)).to_pylist()
        ax = new_axes(ax, 3.6)
        times = [0] + [row["time"] for row in rows]
        curve = [1.0] + [row["survival"] for row in rows]
        errors = [0.0] + [row["se"] or 0.0 for row in rows]
        low = [max(0.0, s - 1.959963984540054 * e) for s, e in zip(curve, errors)]
        high = [min(1.0, s + 1.959963984540054 * e) for s, e in zip(curve, errors)]
        ax.fill_between(times, low, high, step="post", color=INK, alpha=0.15, linewidth=0)
        ax.step(times, curve, where="post", color=INK)
        ax.set_ylim(0.0, 1.02)
        percent(ax.yaxis)
        ax.set_xlabel("time under contract" if as_of is None else "days under contract")
        ax.set_ylabel("still under contract")
        n = rows[0]["at_risk"] if rows else 0
        caption(ax, f"n = {n:,}   band: 1.96 standard errors of Greenwood")
        return titled(ax, "Survival of contracts")
