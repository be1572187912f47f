"""Customers in segments by numbers and categories: k-prototypes and k-modes, reproducible.

Rows are customers, in any frame or a two-dimensional array. The same rows, options and seed give
the same clusters on every machine, with any number of threads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, List, Optional, Tuple, Union

from . import _arrow, _frames
from . import _cdefs as c
from ._native import choice, integer, lib, out, text_array
from ._state import Serial
from .cluster import (
    Steps,
    _binding,
    _Clusters,
    _columns_of,
    _is_array,
    _labels,
    _transforms,
)
from .errors import InvalidArgumentError
from .table import call_whole

__all__ = ["KPrototypes"]

_STARTS = {
    "k-means++": c.CSTN_PROTOTYPES_START_DRAWN,
    "cao": c.CSTN_PROTOTYPES_START_CAO,
}
_ORDERS = {"size": c.CSTN_KMEANS_ORDER_SIZE, "start": c.CSTN_KMEANS_ORDER_START}


class _Prototypes(Serial):
    _NAME = "cstn_prototypes"
    _RELEASE = "cstn_prototypes_unref"
    _IMMUTABLE = True


def _mixed_columns(rows: Any) -> Any:
    """An array or a list of rows of numbers and texts as a dict of columns; a frame as it is."""
    if _is_array(rows):
        if rows.dtype.kind in "fiu" or rows.ndim != 2:
            return _columns_of(rows)
        rows = rows.tolist()
    if isinstance(rows, (list, tuple)) and rows and isinstance(rows[0], (list, tuple)):
        return {f"x{i}": [row[i] for row in rows] for i in range(len(rows[0]))}
    return rows


class KPrototypes(_Clusters):
    """Clusters of numbers and categories by k-prototypes (Huang 1998), of categories by k-modes.

    Parameters
    ----------
    n_clusters : int
        How many.
    categorical : list of str or int, optional
        The columns of categories, by name or, for arrays, by number; by default those that hold
        texts or flags.
    features : list of str, optional
        The columns that count; all columns of the frame by default.
    scaling : str or dict, optional
        What happens to numbers before distances are taken, as `KMeans` has it.
    gamma : float, optional
        The cost of a mismatch; by default half the mean standard deviation of the numbers.
    init : "k-means++" or "cao"
        Where to start: rows drawn by the mixed distance, or dense rows far from each other.
    n_init : int
        Restarts, of which the one with the least cost stays; 1 with "cao".
    max_iter : int
        The most passes.
    batch : bool
        Means and modes are taken after full passes, on threads; else a row that moves changes
        both clusters at once.
    random_state : int, optional
        The seed; None is 0, so a fit can always be repeated.
    order : str
        Labels in the order of "size" (largest first) or of the "start".
    impute, skip_bad : bool
        A null becomes the median or the mode; rows that break a rule are left out.
    threads : int
        0 all processors. The result does not depend on it.

    Attributes
    ----------
    labels_, cost_, n_iter_, gamma_, epoch_costs_, n_features_in_, feature_names_in_
        As the package kmodes has them; costs after each pass, the start first.
    cluster_centers_ : list of dict
        Mean or mode of each feature, in the units of the rows.
    unseen_ : list of int
        After `predict`: how many categories of each row no row of the fit had.

    Notes
    -----
    Starts are greedy k-means++ (Arthur and Vassilvitskii 2007) by the mixed distance, or those of
    Cao et al. (2009). A fitted model is immutable: any thread may ask it, one at a time fits or
    changes the estimator. Frames are read once and not kept; a fit takes 4 bytes a row and column
    and O(n k columns) a pass, twice that where a row that moves changes both clusters at once.

    Examples
    --------
    >>> import constellation
    >>> rows = {"spend": [9.0, 8.0, 1.0], "channel": ["edi", "edi", "phone"]}
    >>> model = constellation.KPrototypes(2).fit(rows)
    >>> model.cluster_centers_[0]
    {'spend': 8.5, 'channel': 'edi'}
    """

    _MODEL = _Prototypes

    def __init__(
        self,
        n_clusters: int = 8,
        categorical: "Optional[Sequence[Union[str, int]]]" = None,
        features: "Optional[Sequence[str]]" = None,
        scaling: Steps = None,
        gamma: Optional[float] = None,
        init: str = "k-means++",
        n_init: int = 10,
        max_iter: int = 300,
        batch: bool = False,
        random_state: Optional[int] = None,
        order: str = "size",
        impute: bool = False,
        skip_bad: bool = False,
        threads: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.categorical = categorical
        self.features = features
        self.scaling = scaling
        self.gamma = gamma
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.batch = batch
        self.random_state = random_state
        self.order = order
        self.impute = impute
        self.skip_bad = skip_bad
        self.threads = threads

    def _asking(self) -> Any:
        flags = c.CSTN_PROTOTYPES_SKIP_BAD if self.skip_bad else 0
        flags |= c.CSTN_PROTOTYPES_IMPUTE if self.impute else 0
        flags |= c.CSTN_PROTOTYPES_BATCH if self.batch else 0
        options = c.cstn_prototypes_options(
            struct_size=ctypes.sizeof(c.cstn_prototypes_options),
            flags=flags,
            threads=integer(self.threads, 32, "threads"),
        )
        options.binding = options.keep = _binding()._live()
        return options

    def _options(self, numeric: "Sequence[str]") -> Any:
        options = self._asking()
        options.n_init = integer(self.n_init, 32, "n_init")
        options.max_iter = integer(self.max_iter, 32, "max_iter")
        options.start = choice(self.init, _STARTS, "init")
        options.order = choice(self.order, _ORDERS, "order")
        options.seed = integer(0 if self.random_state is None else self.random_state, 64, "seed")
        if self.gamma is not None:
            options.gamma = float(self.gamma)
            if options.gamma == 0.0:
                raise InvalidArgumentError("gamma is 0; a number above 0, or None, expected")
        options.transforms = _transforms(self.scaling, numeric)
        return options

    def _split(self, stream: Any) -> Tuple[List[str], List[str]]:
        """The columns of numbers and those of categories."""
        with _arrow.allocated(_arrow.SCHEMA) as schema:
            _arrow.schema_of(stream, schema)
            columns = [name for name, _ in _arrow.formats(schema)]
            texts = _arrow.texts_and_flags(schema)
        names = columns if self.features is None else list(self.features)
        if self.categorical is None:
            chosen = [name for name in names if name in texts]
        else:
            chosen = [
                name if isinstance(name, str) else f"x{integer(name, 32, 'categorical')}"
                for name in self.categorical
            ]
            unknown = set(chosen) - set(names)
            if unknown:
                raise InvalidArgumentError(
                    f"categorical names {sorted(unknown)}, which are no features"
                )
        return [name for name in names if name not in chosen], chosen

    def fit(self, X: Any, y: Any = None) -> "KPrototypes":
        """Find the clusters.

        Raises
        ------
        RowErrors
            For rows that break a rule, unless ``skip_bad``.
        InvalidArgumentError
            For more clusters than distinct rows.
        EmptyError
            Without rows.
        """
        self._frame = "numpy" if _is_array(X) else _frames.kind_of(X)
        k, pointer = integer(self.n_clusters, 32, "n_clusters"), out(c.cstn_prototypes)
        with _frames.stream(_mixed_columns(X)) as stream:
            numeric, categorical = self._split(stream)
            options = self._options(numeric)
            self.bad_rows_ = call_whole(
                lib.cstn_prototypes_fit, stream, *text_array(numeric, "feature"),
                *text_array(categorical, "feature"), k, ctypes.byref(options),
                lib.allocator, ctypes.byref(pointer),
            )
        self._take(pointer)
        return self

    def _taken(self) -> None:
        told = self.describe()
        numeric = [feature["name"] for feature in told["numeric"]]
        categorical = [feature["name"] for feature in told["categorical"]]
        self._learn(numeric + categorical, c.CSTN_PROTOTYPES_TABLE_LABELS)
        self.categorical_names_in_ = categorical
        self.cost_ = self.get_number("cost")
        self.gamma_ = self.get_number("gamma")
        self.epoch_costs_ = self._table(c.CSTN_PROTOTYPES_TABLE_COSTS).to_pydict()["cost"]
        self.cluster_centers_ = [
            {**dict(zip(numeric, cluster["centre"])), **dict(zip(categorical, cluster["modes"]))}
            for cluster in told["clusters"]
        ]

    def clusters(self, frame: Optional[str] = None) -> Any:
        """A row a cluster: label, rows, cost, mismatches, means, modes and their shares."""
        return self._framed(c.CSTN_PROTOTYPES_TABLE_CLUSTERS, frame)

    def categories(self, frame: Optional[str] = None) -> Any:
        """A row a category: column, category, how many rows of the fit have it."""
        return self._framed(c.CSTN_PROTOTYPES_TABLE_CATEGORIES, frame)

    def predict(self, X: Any) -> Any:
        """The label of each row; -1 for a row that breaks a rule (see ``bad_rows_``)."""
        answer = self._labelled(X, self._asking(), _mixed_columns)
        self.unseen_ = answer.get("unseen", [])
        return _labels(answer.get("label", []))

    def fit_predict(self, X: Any, y: Any = None) -> Any:
        """`fit`, then the labels of its rows."""
        return self.fit(X, y).labels_

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the cost of the rows."""
        return self._scored(_mixed_columns(X), self._asking())

    def _learn_parameters(self) -> None:
        self.n_clusters = int(self.get_number("k"))
        self.features = list(self.feature_names_in_)
        self.categorical = list(self.categorical_names_in_)
        self.batch = bool(self.describe()["batch"])
