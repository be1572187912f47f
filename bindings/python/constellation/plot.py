"""Plots of results. Each returns matplotlib `Axes`, takes ``ax=``, and shows nothing by itself.

The caption under each plot names the policy's digest and n, since a rate without its definition is
no information. Intervals are drawn where the result has them; a group without a rate is a gap.
"""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ._axes import ACCENT, INK, SOFT, caption, new_axes, percent, thousands, titled
from .errors import InvalidArgumentError
from .perfect_order_result import COMPONENTS, PerfectOrderResult

__all__ = ["levers", "loss_tree", "rates", "rates_over_time", "waterfall"]

_NAMES = {"T": "on time", "F": "in full", "D": "documents", "C": "condition"}


def _rows(result: PerfectOrderResult, table: str) -> List[Dict[str, Any]]:
    rows: List[Dict[str, Any]] = getattr(result, table)(frame="table").to_pylist()
    return rows


def _dimensions(rows: Sequence[Dict[str, Any]]) -> List[str]:
    """Names of the dimensions: the columns before ``mixed``."""
    names = list(rows[0]) if rows else []
    return names[: names.index("mixed")] if "mixed" in names else []


def _label(row: Dict[str, Any], dimensions: Sequence[str]) -> str:
    parts = []
    for i, name in enumerate(dimensions):
        value = row[name]
        if row["mixed"] >> i & 1:
            parts.append("(mixed)")
        elif row["rolled_up"] >> i & 1:
            parts.append("(all)")
        else:
            parts.append("(none)" if value is None else str(value))
    return " / ".join(parts) or "all"


def _finish(ax: Any, result: PerfectOrderResult, title: str) -> Any:
    """A title, and under the axes which definition, how many, as of when."""
    total = result.rate()
    caption(
        titled(ax, title),
        f"policy {result.policy.digest[:16]}   n = {total.denominator:,}   "
        f"as of {result.as_of:%Y-%m-%d %H:%M} UTC",
    )
    return ax


def _limits(row: Dict[str, Any]) -> Tuple[Optional[float], Optional[float]]:
    """The interval that holds: with clusters where the result has them, else the plain one."""
    if row["cluster_low"] is not None:
        return row["cluster_low"], row["cluster_high"]
    return row["low"], row["high"]


def rates(result: PerfectOrderResult, ax: Any = None) -> Any:
    """The rate of each group with its interval, one row a group, in the order of the result.

    Parameters
    ----------
    result : PerfectOrderResult
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A group without a rate keeps its row, empty. The dashed line is the rate of all units.
    """
    rows = _rows(result, "rates")
    dimensions = _dimensions(rows)
    ax = new_axes(ax, 1.6 + 0.28 * len(rows))
    for y, row in enumerate(rows):
        if row["rate"] is None:
            continue
        low, high = _limits(row)
        if low is not None and high is not None:
            ax.plot([low, high], [y, y], color=INK, linewidth=1.5, solid_capstyle="butt")
        ax.plot([row["rate"]], [y], marker="o", color=INK, markersize=5, linestyle="none")
    total = result.rate().value
    if total is not None and dimensions:
        ax.axvline(total, color=ACCENT, linewidth=1, linestyle="--", zorder=0)
    ax.set_yticks(
        range(len(rows)),
        [f"{_label(row, dimensions)}  (n={row['denominator']:,})" for row in rows],
    )
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    percent(ax.xaxis)
    ax.set_xlabel("perfect order rate")
    return _finish(ax, result, "Perfect order rate by " + (", ".join(dimensions) or "all units"))


def rates_over_time(result: PerfectOrderResult, ax: Any = None) -> Any:
    """Rates by period as a line with its interval, one line for each value of other dimensions.

    Parameters
    ----------
    result : PerfectOrderResult
        With one dimension that is a period, such as ``by=["month(due)"]`` or
        ``by=["carrier", "month(due)"]``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        A period without a rate, or without any unit, is a gap in the line.

    Raises
    ------
    InvalidArgumentError
        If no dimension, or more than one, is a period.
    """
    rows = [row for row in _rows(result, "rates") if row["rolled_up"] == 0]
    dimensions = _dimensions(rows)
    periods = [name for name in dimensions if name.endswith(")") and "(" in name]
    if rows and len(periods) != 1:
        raise InvalidArgumentError(
            f"{len(periods)} dimensions of the result are periods, 1 expected, as in 'month(due)'"
        )
    ax = new_axes(ax, 3.6)
    lines: Dict[str, Dict[Any, Dict[str, Any]]] = {}
    for row in rows:
        when = row[periods[0]]
        if when is not None and not row["mixed"] >> dimensions.index(periods[0]) & 1:
            others = [str(row[name]) for name in dimensions if name != periods[0]]
            lines.setdefault(" / ".join(others), {})[when] = row
    every = sorted({when for line in lines.values() for when in line})
    for name, line in sorted(lines.items()):
        cells = [line.get(when) for when in every]
        values = [_number(cell, "rate") for cell in cells]
        (drawn,) = ax.plot(every, values, marker="o", markersize=4, label=name or None)
        limits = [(None, None) if cell is None else _limits(cell) for cell in cells]
        ax.fill_between(
            every,
            [float("nan") if low is None else low for low, _ in limits],
            [float("nan") if high is None else high for _, high in limits],
            color=drawn.get_color(),
            alpha=0.15,
            linewidth=0,
        )
    if len(lines) > 1:
        ax.legend(frameon=False, fontsize=8)
    percent(ax.yaxis)
    ax.set_ylabel("perfect order rate")
    title = f"Perfect order rate by {periods[0]}" if periods else "Perfect order rate"
    return _finish(ax, result, title)


def _number(cell: Optional[Dict[str, Any]], name: str) -> float:
    """A number to draw; a null is a gap."""
    return float("nan") if cell is None or cell[name] is None else float(cell[name])


def _of_group(rows: Sequence[Dict[str, Any]], group: Optional[str]) -> List[Dict[str, Any]]:
    """The rows of one group, named as in the labels of `rates`."""
    dimensions = _dimensions(rows)
    names = list(dict.fromkeys(_label(row, dimensions) for row in rows))
    if group is None:
        if len(names) > 1:
            raise InvalidArgumentError(
                f"the result has {len(names)} groups; say group=, one of {', '.join(names[:5])} ..."
            )
        return list(rows)
    if group not in names:
        raise InvalidArgumentError(f"no group {group!r}; there are {', '.join(names[:5])} ...")
    return [row for row in rows if _label(row, dimensions) == group]


def loss_tree(result: PerfectOrderResult, group: Optional[str] = None, ax: Any = None) -> Any:
    """Lost units by component: in all, alone, and their causes where they are known.

    Parameters
    ----------
    result : PerfectOrderResult
    group : str, optional
        Which group, as labelled by `rates`; needed when the result has more than one.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        A bar a component (failures), within it the part that failed nothing else, and below it a
        thin bar a cause.
    """
    losses = _of_group(_rows(result, "losses"), group)
    causes = _of_group(_rows(result, "causes"), group) if _rows(result, "causes") else []
    labels: List[str] = []
    ax = new_axes(ax, 1.6 + 0.4 * len(losses) + 0.25 * len(causes))
    for row in losses:
        y = len(labels)
        ax.barh(y, row["failures"], color=SOFT, height=0.7)
        ax.barh(y, row["only_failures"], color=ACCENT, height=0.7)
        labels.append(f"{_component(row['component'])}: {row['failures']:,}")
        for cause in causes:
            told = [x for x in (cause["cause"], cause["owner"]) if x not in (None, "", "unknown")]
            if cause["component"] == row["component"] and told:
                ax.barh(len(labels), cause["failures"], color=INK, height=0.35)
                labels.append(f"{' / '.join(told)}: {cause['failures']:,}")
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.set_xlabel("lost units (accent: failed nothing else)")
    return _finish(ax, result, "What was lost" + (f": {group}" if group else ""))


def _component(name: Any) -> str:
    text = str(name)
    return _NAMES.get(text, " + ".join(_NAMES[x] for x in text) if set(text) <= set(COMPONENTS) else text)


def levers(result: PerfectOrderResult, group: Optional[str] = None, ax: Any = None) -> Any:
    """What the rate would be if a set of components never failed, greatest gain first.

    Parameters
    ----------
    result : PerfectOrderResult
    group : str, optional
        Which group, as labelled by `rates`; needed when the result has more than one.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        A line from the rate to what it would be, one row a set of components.
    """
    rows = [row for row in _of_group(_rows(result, "levers"), group) if row["rate"] is not None]
    ax = new_axes(ax, 1.6 + 0.28 * len(rows))
    for y, row in enumerate(rows):
        now = row["rate"] - row["gain"]
        ax.plot([now, row["rate"]], [y, y], color=SOFT, linewidth=3, solid_capstyle="butt")
        ax.plot([row["rate"]], [y], marker="o", color=ACCENT, markersize=5, linestyle="none")
        ax.plot([now], [y], marker="|", color=INK, markersize=9, linestyle="none")
    ax.set_yticks(range(len(rows)), [_component(row["components"]) for row in rows])
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    percent(ax.xaxis)
    ax.set_xlabel("perfect order rate if it never failed")
    return _finish(ax, result, "Levers" + (f": {group}" if group else ""))


# --- forecasts ------------------------------------------------------------------------------------

_RISE = "#2f6f8f"
_WHOLE = ("unique_id", "ds", "h", "mean", "flags", "model")
_MOST_BARS = 12

Explained = Union[Mapping[str, Any], Sequence[Mapping[str, Any]]]


def _parts(explained: Explained) -> Tuple[float, float, Dict[str, float]]:
    """Mean, baseline and the other parts; of several rows their sums."""
    rows = [explained] if isinstance(explained, Mapping) else list(explained)
    if not rows or any("baseline" not in row or "mean" not in row for row in rows):
        raise InvalidArgumentError("explained has no rows with baseline and mean; see explain()")
    sums: Dict[str, float] = {}
    for row in rows:
        for name, value in row.items():
            if name == "mean" or name not in _WHOLE:
                sums[name] = sums.get(name, 0.0) + float(value)
    return sums.pop("mean"), sums.pop("baseline"), sums


def _few(parts: Mapping[str, float]) -> List[Tuple[str, float]]:
    """The largest parts that are not 0, and the sum of those that are too many."""
    shown = sorted(((name, v) for name, v in parts.items() if v), key=lambda one: -abs(one[1]))
    if len(shown) <= _MOST_BARS:
        return shown
    rest = shown[_MOST_BARS - 1 :]
    return [*shown[: _MOST_BARS - 1], (f"{len(rest)} others", sum(v for _, v in rest))]


def _is_close(parts: Mapping[str, float], baseline: float, mean: float) -> bool:
    off = abs(baseline + sum(parts.values()) - mean)
    return off <= 1e-6 * max(abs(mean), abs(baseline), *(abs(v) for v in parts.values()), 1e-300)


def _say(ax: Any, text: str, x: float, y: float, right: float, **how: Any) -> None:
    """Words beside a point."""
    ax.annotate(
        text.replace("-", "\N{MINUS SIGN}"), (x, y), xytext=(right, 0), color=INK, va="center",
        textcoords="offset points", ha="left" if right > 0 else "right", **how,
    )  # fmt: skip


def waterfall(explained: Explained, ax: Any = None, *, title: Optional[str] = None) -> Any:
    """From the baseline to the forecast, one bar a part, the largest first.

    Parameters
    ----------
    explained : dict, or sequence of dicts
        Rows of `explain`, such as ``model.explain(7, frame="table").to_pylist()[0]``; of several,
        their sums are drawn: a week, or a department.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.
    title : str, optional
        By default the series and its period.

    Returns
    -------
    matplotlib.axes.Axes
        Bars to the right add, bars to the left take away; their lengths are the parts, so that
        the axis need not begin at 0. Parts that are 0 are named beneath.
    """
    mean, baseline, parts = _parts(explained)
    if not _is_close(parts, baseline, mean):
        raise InvalidArgumentError("the parts do not add up to the mean")
    bars = _few(parts)
    ax = new_axes(ax, 1.5 + 0.36 * (len(bars) + 2))
    ends, last = [baseline], len(bars) + 1
    for y, (_, value) in enumerate(bars, 1):
        ax.barh(y, value, left=ends[-1], height=0.62, color=_RISE if value > 0 else ACCENT)
        ends.append(ends[-1] + value)
    for y, at in enumerate(ends):
        ax.plot([at, at], [y + (0.31 if y else 0.0), y + 0.69], color=SOFT, linewidth=0.9)
    low, high = min(*ends, mean), max(*ends, mean)
    room = (high - low or abs(high) or 1.0) * 0.14
    digits = max(0, 2 - int(math.floor(math.log10(max(abs(low), abs(high), 1e-3)))))
    for y, (_, value) in enumerate(bars, 1):
        _say(ax, f"{value:+,.{digits}f}", ends[y], y, 5 if value > 0 else -5)
    for y, value, colour in ((0, baseline, SOFT), (last, mean, INK)):
        ax.plot(value, y, marker="D", markersize=7, color=colour)
        _say(ax, f"{value:,.{digits}f}", value, y, 9, fontweight="bold")
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(last + 0.6, -0.6)
    labels = [name.replace("signal_", "", 1) for name, _ in bars]
    ax.set_yticks(range(last + 1), ["baseline", *labels, "forecast"])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.axvline(baseline, color=SOFT, linewidth=0.7, linestyle=(0, (2, 4)), zorder=0)
    thousands(ax.xaxis)
    nothing = [name.replace("signal_", "", 1) for name, value in parts.items() if not value]
    if nothing:
        caption(ax, "no part: " + ", ".join(nothing), 36)
    return titled(ax, _title_of(explained) if title is None else title)


def _title_of(explained: Explained) -> str:
    """The series and its period, where there is but one."""
    rows = [explained] if isinstance(explained, Mapping) else list(explained)
    names = {row.get("unique_id") for row in rows}
    name = str(names.pop()) if len(names) == 1 else f"{len(names)} series"
    dates = sorted({str(row.get("ds")) for row in rows})
    return f"{name}, {dates[0]}" if len(dates) == 1 else f"{name}, {dates[0]} to {dates[-1]}"
