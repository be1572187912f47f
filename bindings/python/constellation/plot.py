"""Plots of results. Each returns matplotlib `Axes`, takes ``ax=``, and shows nothing by itself.

The caption under each plot names the policy's digest and n, since a rate without its definition is
no information. Intervals are drawn where the result has them; a group without a rate is a gap.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from ._axes import ACCENT, INK, SOFT, caption, new_axes, percent, titled
from .errors import InvalidArgumentError
from .perfect_order_result import COMPONENTS, PerfectOrderResult

__all__ = ["levers", "loss_tree", "rates", "rates_over_time"]

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
