"""Which of the hands that a forecast goes through made it better."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from . import _cdefs as c
from ._axes import INK, caption, new_axes, titled
from ._native import bits, call, choice, integer, lib, text_array
from ._order_rows import RowState
from .table import RowErrorTable, Table

__all__ = ["ValueAdded"]

_LOSSES = {"mae": c.CSTN_METRIC_MAE, "mse": c.CSTN_METRIC_MSE}
_BY = {
    "lag": c.CSTN_VALUE_ADDED_BY_LAG,
    "size": c.CSTN_VALUE_ADDED_BY_SIZE,
    "author": c.CSTN_VALUE_ADDED_BY_AUTHOR,
}


class ValueAdded(RowState):
    """A ledger of forecasts by step: what each added to the one before it.

    Rows are cells, one an item, period and lag: ``unique_id``, ``ds``, ``y`` (what came) and a
    column a step with its forecast, null where it made none; where there are such, ``lag``,
    ``author`` (the role of who adjusted), ``STEP_available_us`` (when it was entered) and ``cut_us``
    (what is entered later is late; by default the period's start). A late forecast is listed and
    never scored.

    Parameters
    ----------
    steps : sequence of str, optional
        Names of the columns, in order; None is naive, statistical, sensed, planner, consensus,
        partner.
    loss : "mae" or "mse"
        What is called loss.
    under_minor, over_minor : float
        Cost of a unit short and of a unit left, in minor units; 0 and 0: no money.
    sizes_ppm : sequence of int, optional
        Bounds of the size classes of an adjustment, in millionths of what was adjusted; None is
        10, 25 and 50 percent.
    confidence_ppm : int
        Of the interval of the share improved (Wilson 1927).

    Notes
    -----
    Sums are exact: the same bytes for any split of the rows and any order of merging. One thread at
    a time works on a state; others wait. Large adjustments downwards tend to help, small ones to
    hurt (Fildes et al. 2009); the table by size says whether that holds here.

    Examples
    --------
    >>> ledger = ValueAdded(["naive", "planner"])
    >>> ledger.update({"unique_id": [1, 2], "ds": [7, 7], "y": [10, 20], "naive": [8, 19],
    ...                "planner": [11, 15]})
    >>> [(row["step"], row["value_added"]) for row in ledger.result().to_pylist()]
    [('naive', None), ('planner', -1.5)]
    """

    _NAME = "cstn_value_added"
    _RELEASE = "cstn_value_added_free"
    _DAYS = ("ds", "cut_us")

    def __init__(
        self,
        steps: "Optional[Sequence[str]]" = None,
        *,
        loss: str = "mae",
        under_minor: float = 0.0,
        over_minor: float = 0.0,
        sizes_ppm: "Optional[Sequence[int]]" = None,
        confidence_ppm: int = 950_000,
    ) -> None:
        config = c.cstn_value_added_config(struct_size=ctypes.sizeof(c.cstn_value_added_config))
        if steps is not None:
            names = list(steps)
            config.steps, config.n_steps = text_array(names, "steps")
        config.loss = choice(loss, _LOSSES, "loss")
        config.under_minor = under_minor
        config.over_minor = over_minor
        if sizes_ppm is not None:
            sizes = [integer(size, 32, "sizes_ppm") for size in sizes_ppm]
            config.sizes_ppm = (ctypes.c_int32 * max(len(sizes), 1))(*sizes)
            config.n_sizes = len(sizes)
        config.confidence_ppm = integer(confidence_ppm, 32, "confidence_ppm")
        self._make(ctypes.byref(config))

    def update(
        self, rows: Any, *, columns: "Optional[Mapping[str, str]]" = None
    ) -> Optional[RowErrorTable]:
        """Add cells, each once; returns the rows that were left out, or None."""
        return self._add(rows, columns)

    def _export(self, by: int) -> Any:
        def export(target: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_value_added_result, pointer, by, target)

        return export

    def result(
        self, by: "Union[str, Sequence[str]]" = (), *, frame: Optional[str] = None
    ) -> Any:
        """The ledger: a row a step, and of each "lag", "size" or "author" in `by`.

        Returns
        -------
        frame
            ``cells``, ``paired`` (with a step before), ``improved``, ``worsened``, ``share``
            improved with ``share_low`` and ``share_high``, ``loss``, ``before`` and ``after`` of
            paired cells, ``value_added`` (before - after; below 0 the step made it worse),
            ``bias``, ``units``, ``money``.
        """
        names = [by] if isinstance(by, str) else by
        return self._framed(self._export(bits(names, _BY, "by")), frame)

    def late(self, *, frame: Optional[str] = None) -> Any:
        """Forecasts that came too late: ``unique_id``, ``ds``, ``lag``, ``step``, times."""
        return self._framed(self._export(c.CSTN_VALUE_ADDED_LATE), frame)

    def plot(self, ax: Any = None) -> Any:
        """Value added by each step as bars: right of 0 it helped, left it hurt.

        Returns
        -------
        matplotlib.axes.Axes
            Steps from the top; each with the share of cells that it improved.
        """
        rows = [row for row in Table(self._export(0)).to_pylist() if row["paired"]]
        ax = new_axes(ax, 1.4 + 0.45 * max(len(rows), 1))
        places = range(len(rows))
        added = [row["value_added"] for row in rows]
        ax.barh(places, added, color=INK, alpha=0.75, height=0.6)
        ax.axvline(0.0, color=INK, linewidth=0.8)
        ax.set_yticks(list(places))
        ax.set_yticklabels(
            [f"{row['step']}\nimproved {row['share']:.0%} of {row['paired']:,}" for row in rows]
        )
        ax.invert_yaxis()
        ax.set_xlabel("error taken away a cell, against the step before")
        late = len(Table(self._export(c.CSTN_VALUE_ADDED_LATE)).to_pylist())
        caption(ax, f"{late:,} late forecast{'' if late == 1 else 's'} left out")
        return titled(ax, "Forecast value added")
