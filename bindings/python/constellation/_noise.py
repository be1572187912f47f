"""Answers with noise, and the budget that pays for them."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Optional, Union

from . import _frames
from . import _cdefs as c
from ._axes import ACCENT, INK, SOFT, caption, new_axes, titled
from ._generalise import Columns, Steps, scaled, set_steps, text_or_none
from ._native import call, integer, lib, or_default, out, text_array, utf8
from ._state import Serial
from .schema import numbers_binding
from .table import Table, call_whole, computed
from .times import to_us

Epsilon = Union[int, float, str, Decimal, Fraction]


def _nano(epsilon: Epsilon, what: str) -> int:
    """Epsilon as whole billionths, rounded up."""
    exact = Fraction(str(epsilon)) if isinstance(epsilon, (float, str)) else Fraction(epsilon)
    return integer(math.ceil(exact * 10**9), 64, what)


class Budget(Serial):
    """What recipients may learn, and have learned, in epsilon.

    Parameters
    ----------
    epsilon : number or str
        For each recipient, data set and period.
    period : timedelta, optional
        None: one period for ever.

    Notes
    -----
    One caller at a time. `serialize` it beside the data: who loses it forgets what was spent.

    Examples
    --------
    >>> budget = Budget(1)
    >>> rows = {"who": [1, 2, 3], "region": ["n", "n", "s"]}
    >>> first = noisy_count(rows, budget, epsilon=0.5, recipient="acme", data_set="orders",
    ...                     subject="who", partition="region", partitions=["n", "s", "w"])
    >>> [row["region"] for row in first.to_pylist()], budget.spent("acme", "orders")
    (['n', 's', 'w'], Fraction(1, 2))
    >>> again = noisy_count(rows, budget, epsilon=0.5, recipient="acme", data_set="orders",
    ...                     subject="who", partition="region", partitions=["n", "s", "w"])
    >>> again.to_pylist() == first.to_pylist(), budget.spent("acme", "orders")
    (True, Fraction(1, 2))
    """

    _RELEASE = "cstn_privacy_budget_free"
    _NAME = "cstn_privacy_budget"

    def __init__(self, epsilon: Epsilon, *, period: Optional[timedelta] = None) -> None:
        options = c.cstn_privacy_budget_options(
            struct_size=ctypes.sizeof(c.cstn_privacy_budget_options)
        )
        options.limit_nano = _nano(epsilon, "epsilon")
        if period is not None:
            options.period_us = integer(period // timedelta(microseconds=1), 64, "period")
        made = out(c.cstn_privacy_budget)
        call(
            lib.cstn_privacy_budget_new, ctypes.byref(options), lib.allocator, ctypes.byref(made)
        )
        self._adopt(made)

    def spent(self, recipient: str, data_set: str, now: Any = 0) -> Fraction:
        """Epsilon that a recipient has spent of a data set in the period of `now`."""
        who, what = utf8(recipient, "recipient"), utf8(data_set, "data_set")
        spent = ctypes.c_int64()
        with self._exclusive() as pointer:
            call(
                lib.cstn_privacy_budget_spent, pointer, who, len(who), what, len(what),
                to_us(now, "now"), ctypes.byref(spent), None,
            )
        return Fraction(spent.value, 10**9)

    def table(self, frame: Optional[str] = None) -> Any:
        """A row an account: recipient, data_set, period_from, spent_nano, limit_nano, answers."""

        def export(target: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_privacy_budget_export, pointer, target)

        return self._framed(export, frame)

    def plot(self, ax: Any = None) -> Any:
        """What was spent of each account, as bars against the limit. Needs matplotlib."""
        rows = self.table("table").to_pylist()
        ax = new_axes(ax, 1.2 + 0.4 * max(1, len(rows)))
        names = [f"{row['recipient']}: {row['data_set']}" for row in rows]
        limit = max((row["limit_nano"] for row in rows), default=0) / 1e9
        ax.barh(range(len(rows)), [row["spent_nano"] / 1e9 for row in rows], color=ACCENT)
        ax.set_yticks(range(len(rows)), names)
        ax.invert_yaxis()
        if rows:
            ax.axvline(limit, color=INK, linestyle="--", linewidth=1)
        ax.set_xlabel("epsilon")
        caption(titled(ax, "Privacy spent"), f"limit {limit:g} a recipient, data set and period")
        return ax


class Question:
    """Options of a noisy answer."""

    def __init__(self, kind: int, **given: Any) -> None:
        self.options = o = c.cstn_noise_options(struct_size=ctypes.sizeof(c.cstn_noise_options))
        o.kind = kind
        for name in ("recipient", "data_set"):
            if given[name] is not None:
                text = utf8(given[name], name)
                setattr(o, name, text)
                setattr(o, f"{name}_len", len(text))
        o.now_us = to_us(given["now"], "now")
        o.epsilon_nano = _nano(given["epsilon"], "epsilon")
        for name in ("subject", "measure", "partition"):
            setattr(o, name, text_or_none(given[name], name))
        if given["subject"] is None:
            o.flags = c.CSTN_NOISE_ROW_IS_SUBJECT
        cells = [str(cell) for cell in given["partitions"] or ()]
        o.partitions, o.n_partitions = text_array(cells, "partitions")
        low, high = scaled(given["low"]), scaled(given["high"])
        while any(number.denominator != 1 for number in (low, high)) and o.scale < 18:
            o.scale, low, high = o.scale + 1, low * 10, high * 10
        o.low, o.high = integer(int(low), 64, "low"), integer(int(high), 64, "high")
        o.max_partitions = or_default(given["max_partitions"], 32, "max_partitions")
        o.grid = integer(given["grid"], 32, "grid")
        o.allocator = lib.allocator
        set_steps(o, given["steps"])
        self.bound = numbers_binding(given["columns"])
        o.binding = self.bound._live()


def _answer(rows: Any, budget: Budget, question: Question, frame: Optional[str]) -> Any:
    kind = _frames.check_kind(frame, _frames.kind_of(rows))

    def export(target: Any) -> None:
        with budget._exclusive() as pointer, _frames.stream(rows) as stream:
            call_whole(
                lib.cstn_noise, stream, ctypes.byref(question.options), pointer, target, None
            )

    return _frames.convert(Table(computed(export)), kind)  # asked and paid for now


def noisy_count(
    rows: Any,
    budget: Budget,
    *,
    epsilon: Epsilon,
    recipient: str,
    data_set: str,
    subject: Optional[str],
    partition: Optional[str] = None,
    partitions: Optional["Sequence[Any]"] = None,
    most: int = 1,
    max_partitions: int = 1,
    steps: Steps = None,
    now: Any = 0,
    columns: Columns = None,
    frame: Optional[str] = None,
) -> Any:
    """How many subjects there are, with noise, for all rows or by the values of a column.

    Parameters
    ----------
    rows : frame
        The rows; they are not read where the answer is known.
    budget : Budget
        What pays. The same question again in the same period costs nothing.
    epsilon : number or str
        Of this question; rounded up to whole billionths.
    recipient, data_set : str
        Who is told, and a name for the rows as they are now.
    subject : str or None
        Column of whom the answer hides; None says that each row is a subject of its own.
    partition, partitions
        Column of cells, and all cells that there are: others are not counted, and those without
        rows get noise too.
    most : int
        Rows of a subject that are counted in a cell.
    max_partitions : int
        Cells that a subject counts in, its first ones.
    now : int or datetime
        Picks the period.

    Returns
    -------
    frame
        The partition, ``value``, ``units``, ``error_95`` (the noise is within it 95 of 100 times).

    Raises
    ------
    BudgetError
        Too little is left; nothing was charged.
    """
    question = Question(
        c.CSTN_NOISE_COUNT, recipient=recipient, data_set=data_set, now=now, epsilon=epsilon,
        subject=subject, measure=None, partition=partition, partitions=partitions, low=0,
        high=most, max_partitions=max_partitions, grid=0, steps=steps, columns=columns,
    )  # fmt: skip
    return _answer(rows, budget, question, frame)


def noisy_sum(
    rows: Any,
    budget: Budget,
    measure: str,
    *,
    low: Union[int, float, Decimal],
    high: Union[int, float, Decimal],
    epsilon: Epsilon,
    recipient: str,
    data_set: str,
    subject: Optional[str],
    partition: Optional[str] = None,
    partitions: Optional["Sequence[Any]"] = None,
    max_partitions: int = 1,
    grid: int = 0,
    steps: Steps = None,
    now: Any = 0,
    columns: Columns = None,
    frame: Optional[str] = None,
) -> Any:
    """The sum of a column of whole numbers or decimals, with noise; as `noisy_count`.

    Parameters
    ----------
    measure : str
        The column; what a subject adds to a cell is moved into [`low`, `high`].
    low, high : number
        The noise grows with the greater of their sizes.
    grid : int
        Answers are multiples of ``2**-grid``.
    """
    question = Question(
        c.CSTN_NOISE_SUM, recipient=recipient, data_set=data_set, now=now, epsilon=epsilon,
        subject=subject, measure=measure, partition=partition, partitions=partitions, low=low,
        high=high, max_partitions=max_partitions, grid=grid, steps=steps, columns=columns,
    )  # fmt: skip
    return _answer(rows, budget, question, frame)


def plot_noised(answer: Any, ax: Any = None) -> Any:
    """A noisy answer as points with the width of its noise. Needs matplotlib.

    Parameters
    ----------
    answer : frame
        What `noisy_count` or `noisy_sum` gave, as "table", dict or a frame.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    rows = _frames.rows_of(answer)
    names = [str(next(iter(row.values()))) if len(row) > 3 else "all" for row in rows]
    ax = new_axes(ax, 1.2 + 0.4 * max(1, len(rows)))
    at = range(len(rows))
    ax.errorbar(
        [row["value"] for row in rows], at, xerr=[row["error_95"] for row in rows], fmt="o",
        color=ACCENT, ecolor=SOFT, capsize=3,
    )  # fmt: skip
    ax.set_yticks(at, names)
    ax.invert_yaxis()
    ax.set_xlabel("value")
    caption(titled(ax, "With noise"), "bars: the noise is within them 95 of 100 times")
    return ax
