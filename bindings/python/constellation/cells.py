"""k-means of rows that are seen once: a summary in micro-clusters that adds up."""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Tuple

from . import _cdefs as c
from ._native import c_text, call, integer, lib, out
from .cluster import KMeans, _RowSums
from .errors import InvalidArgumentError
from .table import Table

__all__ = ["KMeansCells"]

_FINEST = 24


class KMeansCells(_RowSums):
    """Rows summed up in the cells of a grid, each once, and clusters of the cells.

    Rows are scaled as a model scales them. A cell keeps how many rows are in it, their sum and their
    sum of squares; where there would be more than ``max_cells``, cells twice as wide take their
    place. Any split of the rows, any order of merging and any number of threads give the same bytes.

    Parameters
    ----------
    model : KMeans
        A fitted model, say of a sample: its features and its scaling, which stay; its centres do not
        matter.
    max_cells : int
        How many cells there are at most.
    level : int
        Cells begin 2^-level wide: 24 tells all rows apart, -8 is one cell. At a level at which all
        rows fit, rows can always be taken out again with `remove`.
    headroom : int
        Rows may lie 2^headroom times as far out as those of the sample; beyond, they are moved there
        and counted ("clamped").

    Notes
    -----
    One thread at a time works on a state; others wait. It owns its memory, 48 + 12 d bytes a cell at
    most; adding n rows is O(n d), finding clusters O(cells k d) an iteration. Grid cells with
    clustering features (Zhang, Ramakrishnan and Livny 1996).

    Examples
    --------
    >>> import constellation
    >>> sample = constellation.KMeans(1).fit([[0.0], [10.0]])
    >>> cells = constellation.KMeansCells(sample)
    >>> for part in ([[1.0], [2.0]], [[9.0], [8.0]]):
    ...     _ = cells.merge(constellation.KMeansCells(sample).update(part))
    >>> model = cells.fit(2, order="x0")
    >>> model.cluster_centers_.tolist()
    [[8.5], [1.5]]
    """

    _NAME = "cstn_kmeans_cells"
    _RELEASE = "cstn_kmeans_cells_free"

    def __init__(
        self, model: KMeans, max_cells: int = 65536, level: int = 24, headroom: int = 3
    ) -> None:
        if max_cells < 1:
            raise InvalidArgumentError(f"max_cells is {max_cells}, 1 or more expected")
        options = c.cstn_kmeans_cells_options(
            struct_size=ctypes.sizeof(c.cstn_kmeans_cells_options),
            max_cells=integer(max_cells, 32, "max_cells"),
            coarser=integer(_FINEST - level, 32, "level"),
            headroom=integer(headroom, 32, "headroom") or -1,
        )
        self._make(model._ready(), ctypes.byref(options))

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> "KMeansCells":
        """`update`, by the name that scikit-learn has for it."""
        if sample_weight is not None:
            raise InvalidArgumentError("weights are a column: update(rows, weight=)")
        return self.update(X)

    def fit(self, n_clusters: int = 8, **params: Any) -> KMeans:
        """Clusters of the cells, each of which counts as its rows at their mean.

        The inertia of the model is that of the rows when each goes with its cell.

        Parameters
        ----------
        n_clusters : int
            How many.
        **params
            Those of `KMeans` that say how clusters are found: init, n_init, max_iter, tol,
            random_state, algorithm, order, threads.

        Raises
        ------
        EmptyError
            Without rows.
        InvalidArgumentError
            For more clusters than cells.
        """
        made, pointer = KMeans(n_clusters, **params), out(c.cstn_kmeans)
        if made.scaling is not None or made.weight is not None:
            raise InvalidArgumentError("scaling and weight are those of the rows, which are gone")
        width = int(self.get_number("features"))
        names = Table(self._export).column_names[3 : 3 + width]
        options = made._options(names, None)
        k = integer(n_clusters, 32, "n_clusters")
        with self._exclusive() as own:
            call(lib.cstn_kmeans_cells_fit, own, k, ctypes.byref(options), ctypes.byref(pointer))
        made._take(pointer)
        made._learn_parameters()
        return made

    def inertia_bounds(self, model: KMeans) -> Tuple[float, float]:
        """Between what numbers the inertia of all rows lies, by the centres of a model.

        Raises
        ------
        MismatchError
            For a model of other features or scaling.
        EmptyError
            Without rows.
        """
        least, most, pointer = ctypes.c_double(), ctypes.c_double(), model._ready()
        with self._exclusive() as own:
            call(
                lib.cstn_kmeans_cells_bounds, own, pointer, ctypes.byref(least), ctypes.byref(most)
            )
        return least.value, most.value

    def get_number(self, name: str) -> float:
        """A number: "cells", "level", "rows", "weight", "left_out", "clamped", "within", ..."""
        value = ctypes.c_double()
        with self._exclusive() as own:
            call(
                lib.cstn_kmeans_cells_get_param, own, c_text(name, "name"), ctypes.byref(value)
            )
        return value.value

    def _export(self, stream: Any) -> None:
        with self._exclusive() as own:
            call(lib.cstn_kmeans_cells_export, own, stream)

    def cells(self, frame: Optional[str] = None) -> Any:
        """A row a cell: rows, weight, within, the mean in the units of the rows, and scaled."""
        return self._framed(self._export, frame)
