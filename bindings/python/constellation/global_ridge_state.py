"""A `GlobalRidge` fitted in parts: on each machine some of the series."""

from __future__ import annotations

import ctypes
from typing import Any, Optional

from . import _cdefs as c
from . import _frames
from ._native import c_text, call, integer, lib, out
from ._state import Mergeable
from .forecast import Columns
from .global_ridge import GlobalRidge
from .schema import dated_binding
from .table import RowErrorTable, call_keeping_rows

__all__ = ["GlobalRidgeState"]


class GlobalRidgeState(Mergeable):
    """The sums of a `GlobalRidge` over some of its series; sums of different series add up.

    Two passes over the rows, wherever they are. The first is one grouping: what each pool sold in
    each period. A state is begun with it and given to all; each adds whole series, and what comes
    back is merged and finished. Any parts, order of merging and number of threads give the bytes
    of one ``fit`` of all rows.

    Parameters
    ----------
    ridge : GlobalRidge
        Its parameters, but for trees, which do not grow in parts: each round of them would be
        another pass over all rows.
    totals : frame
        The column of the pool, ``ds`` and ``y``: what was sold, by one grouping of all rows, with
        the names that these have. Rows of one pool and period are added; rows without ``y`` are
        passed over. Whole numbers are exact however they were added.
    columns : mapping, optional
        What the columns are called: ``{"y": "sum(y)"}``.

    Notes
    -----
    One thread at a time works on a state; others wait. ``bad_rows_`` has the totals that were left
    out, then series of the last update, or is None. A state travels as bytes (`serialize`,
    pickle): some 55 KB with 38 columns, 8 bytes a pool and period, and the ids of its series.

    Examples
    --------
    >>> days = range(200)
    >>> def rows(name, size):
    ...     return {"unique_id": [name] * 200, "ds": list(days),
    ...             "y": [size * (day % 7 + 1.0) for day in days]}
    >>> totals = {"ds": list(days), "y": [4 * (day % 7 + 1.0) for day in days]}
    >>> begun = GlobalRidgeState(GlobalRidge(season=7, horizon=7, origins=10), totals).serialize()
    >>> parts = [GlobalRidgeState.deserialize(begun) for _ in range(2)]
    >>> for part, name, size in zip(parts, "ab", (1, 3)):
    ...     part.update(rows(name, size))
    >>> state = parts[0].merge(parts[1])
    >>> state.get_number("sold") == state.get_number("total")
    True
    >>> [round(row["mean"]) for row in state.finish().predict(rows("b", 3), 2).to_pylist()]
    [15, 18]
    """

    _NAME = "cstn_demand_global_state"
    _RELEASE = "cstn_demand_global_state_free"

    bad_rows_: Optional[RowErrorTable] = None

    def __init__(self, ridge: GlobalRidge, totals: Any, *, columns: Columns = None) -> None:
        options, bound = ridge._options(), dated_binding(columns)
        options.binding = bound._live()
        pointer = out(c.cstn_demand_global_state)
        with _frames.stream(totals) as stream:
            self.bad_rows_ = call_keeping_rows(
                lib.cstn_demand_global_state_new, stream, ctypes.byref(options), lib.allocator,
                ctypes.byref(pointer),
            )
        self._adopt(pointer)

    def update(
        self, rows: Any, *, threads: int = 0, columns: Columns = None
    ) -> Optional[RowErrorTable]:
        """Add series, each with all of its rows, as `GlobalRidge.fit` takes them.

        Parameters
        ----------
        rows : frame
            An empty one changes nothing.
        threads : int
            0 all processors; the result does not depend on it.
        columns : mapping, optional
            What the columns are called: ``{"unique_id": "sku"}``.

        Returns
        -------
        RowErrorTable or None
            A row of each series that was left out, also in ``bad_rows_``: for a bad row, because
            the state has it already, its pool has no totals, or it sells after the last of these.

        Raises
        ------
        SchemaError
            A column is absent, or of another type than the state has.
        """
        bound = dated_binding(columns)
        options = c.cstn_demand_global_update_options(
            struct_size=ctypes.sizeof(c.cstn_demand_global_update_options),
            threads=integer(threads, 32, "threads"),
            binding=bound._live(),
        )
        self.bad_rows_ = None
        with self._exclusive() as pointer, _frames.stream(rows) as stream:
            self.bad_rows_ = call_keeping_rows(
                lib.cstn_demand_global_state_update, pointer, stream, ctypes.byref(options)
            )
        return self.bad_rows_

    def merge(self, other: "GlobalRidgeState") -> "GlobalRidgeState":
        """Add the series of `other`, which is unchanged; returns the state.

        Raises
        ------
        ConflictError
            With a series that both have.
        MismatchError
            If parameters, totals or types of columns differ.
        """
        return self._with(other, "merge")

    def finish(self) -> GlobalRidge:
        """The fitted model of all series that are in; the state may go on.

        Raises
        ------
        EmptyError
            No series is long enough to learn from.
        """
        pointer = out(c.cstn_demand_global)
        with self._exclusive() as state:
            call(lib.cstn_demand_global_state_finish, state, ctypes.byref(pointer))
        return GlobalRidge._of(pointer)

    def get_number(self, name: str) -> float:
        """"keys" (series that are in), "series" and "rows" (learned from), "left_out" (bad rows),
        "pools", "columns"; "sold" and "total", which are equal once every part is in, if totals
        are exact."""
        value = ctypes.c_double()
        with self._exclusive() as pointer:
            call(
                lib.cstn_demand_global_state_get_param,
                pointer, c_text(name, "name"), ctypes.byref(value),
            )  # fmt: skip
        return value.value
