"""Forecasts that add up: items to departments to a total, crossed levels at once."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Mapping, Sequence
from typing import Any, List, Optional, Union

from . import _cdefs as c
from . import _frames
from ._native import c_text, choice, integer, lib, text_array
from .cluster import _names
from .errors import InvalidArgumentError
from .schema import numbers_binding
from .table import Table, call_whole

__all__ = ["reconcile"]

_METHODS = {
    "least_squares": c.CSTN_RECONCILE_LEAST_SQUARES,
    "bottom_up": c.CSTN_RECONCILE_BOTTOM_UP,
    "top_down": c.CSTN_RECONCILE_TOP_DOWN,
}
_WEIGHTS = {
    "structural": c.CSTN_RECONCILE_STRUCTURAL,
    "variance": c.CSTN_RECONCILE_VARIANCE,
    "given": c.CSTN_RECONCILE_GIVEN,
}
_KNOWN = ("unique_id", "ds", "cutoff", "model", "y", "h")
_QUANTILE = re.compile(r"median|q_\d+")

Columns = Optional["Mapping[str, str]"]


def _quantiles_of(base: Any) -> List[str]:
    return [name for name in _names(base) or () if _QUANTILE.fullmatch(name)]


def _values_of(base: Any, columns: Columns, quantiles: "Sequence[str]") -> List[str]:
    """The columns of numbers: all that have no other meaning."""
    taken = {*_KNOWN, *quantiles, *(columns or {}).values()}
    found = [name for name in _names(base) or () if name not in taken]
    return [*(name for name in (columns or {}) if name not in _KNOWN), *found] or ["mean"]


def reconcile(
    nodes: Any,
    base: Any,
    *,
    values: Union[str, "Sequence[str]", None] = None,
    quantiles: Optional["Sequence[str]"] = None,
    parts: Optional["Sequence[str]"] = None,
    method: str = "least_squares",
    weights: str = "structural",
    not_negative: bool = False,
    integers: bool = False,
    levels: Optional["Sequence[str]"] = None,
    total: Optional[str] = None,
    max_steps: int = 0,
    threads: int = 0,
    columns: Columns = None,
    nodes_columns: Columns = None,
    frame: Optional[str] = None,
) -> Any:
    """Make forecasts of all nodes of a hierarchy add up, period by period, by the least change.

    Parameters
    ----------
    nodes : frame
        A row a node: ``unique_id`` (int or text), ``parent`` (null, or no row: a root), and
        optionally ``tree`` (crossed trees over the same leaves) and ``w`` (weight). With `levels` a
        row a leaf: ``unique_id`` and the level columns; nodes above are named by their path.
    base : frame
        A row a node and period: ``unique_id``, ``ds``, optionally ``cutoff`` and ``model`` (text),
        and columns of numbers. With weights="variance" also ``y``: rows that have one are the
        past, and do not come out.
    values : str or sequence of str, optional
        Columns that are made to add up, each for itself; None: all but ``unique_id``, ``ds``,
        ``cutoff``, ``model``, ``y``, ``h`` and the quantiles.
    quantiles : sequence of str, optional
        Columns that move by as much as the mean of their node, with one value column; None:
        ``median`` and those called ``q_<ppm>`` if there is one value column.
    parts : sequence of str, optional
        In place of quantiles, columns that add up to the value, as `explain` of the models gives
        them: they go along as they are, and a column ``reconciliation`` behind them is what the
        value moved by, so that all of them add up to what comes out.
    method : str
        "least_squares" (Wickramasuriya et al. 2019), "bottom_up" or "top_down".
    weights : str
        "structural" (leaves below), "variance" (mean squared error of the rows with a ``y``) or
        "given" (``w`` of the nodes): the larger, the more a node gives way.
    not_negative : bool
        No leaf below 0.
    integers : bool
        Whole numbers: largest remainders inside each parent.
    levels : sequence of str, optional
        Level columns of `nodes` from the top.
    total : str, optional
        With `levels`, the id of a node above all.
    max_steps : int
        Of conjugate gradients on crossed trees; 0 is 200.
    threads : int
        0 all processors; results do not depend on it.
    columns, nodes_columns : mapping, optional
        Declared name -> name in the frame, of `base` and of `nodes`.
    frame : str, optional
        Kind of frame that comes out; None is that of `base`.

    Returns
    -------
    frame
        The rows of `base` in their order: ``unique_id``, ``ds``, ``cutoff`` and ``model`` if they
        were there, values, quantiles.

    Raises
    ------
    InvalidArgumentError
        Naming the node: two parents, below itself, without weight, no forecast of a period.
    DuplicateError
        Two forecasts of a node and period.
    RowErrors
        A null, or a number that is not finite: nothing was taken.
    LimitError
        Conjugate gradients did not converge; the message has the residual.

    Notes
    -----
    Any thread. O(rows) for trees. Quantiles of sums are not sums of quantiles, and none are summed.

    Examples
    --------
    >>> nodes = {"unique_id": ["east", "west"], "parent": ["all", "all"]}
    >>> base = {"unique_id": ["all", "east", "west"], "ds": [1, 1, 1], "mean": [13, 4, 6]}
    >>> [(row["unique_id"], row["mean"]) for row in reconcile(nodes, base).to_pylist()]
    [('all', 11.5), ('east', 4.75), ('west', 6.75)]
    """
    kind = _frames.check_kind(frame, _frames.kind_of(base))
    if quantiles is not None and parts is not None:
        raise InvalidArgumentError("parts have no quantiles: one of both expected")
    moved = list(quantiles) if quantiles is not None else _quantiles_of(base)
    if parts is not None:
        quantiles = moved = list(parts)
    named = [values] if isinstance(values, str) else values
    names = list(named) if named is not None else _values_of(base, columns, moved)
    if quantiles is None and len(names) > 1:
        moved = []
    options = c.cstn_reconcile_options(struct_size=ctypes.sizeof(c.cstn_reconcile_options))
    options.flags = (c.CSTN_RECONCILE_NOT_NEGATIVE if not_negative else 0) | (
        c.CSTN_RECONCILE_INTEGERS if integers else 0
    )
    options.flags |= c.CSTN_RECONCILE_EXPLAINED if parts is not None else 0
    options.method = choice(method, _METHODS, "method")
    options.weights = choice(weights, _WEIGHTS, "weights")
    options.max_steps = integer(max_steps, 32, "max_steps")
    options.threads = integer(threads, 32, "threads")
    options.values, options.n_values = text_array(names, "values")
    options.quantiles, options.n_quantiles = text_array(moved, "quantiles")
    options.levels, options.n_levels = text_array(levels or [], "levels")
    options.total = None if total is None else c_text(total, "total")
    bound, nodes_bound = numbers_binding(columns), numbers_binding(nodes_columns)
    for column in ("ds", "cutoff"):
        bound.zone(column, "UTC")

    def export(target: Any) -> None:
        options.binding, options.nodes_binding = bound._live(), nodes_bound._live()
        with _frames.stream(nodes) as one, _frames.stream(base) as other:
            call_whole(
                lib.cstn_reconcile, one, other, ctypes.byref(options), lib.allocator, target
            )

    return _frames.convert(Table(export), kind)
