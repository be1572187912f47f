"""Customers in segments: k-means, exact and reproducible.

Rows are customers, in any frame or a two-dimensional array of numbers. The same rows, options and
seed give the same clusters on every machine, with any number of threads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar, Union

from . import _cdefs as c
from . import _frames
from ._axes import MARKERS, PALETTE, SOFT, new_axes, titled
from ._estimator import ModelEstimator
from ._native import bits, c_text, call, choice, integer, lib, out, text_array
from ._state import Serial, Subtractable
from .errors import InvalidArgumentError
from .schema import Binding, binding_of
from .table import RowErrorTable, Table, call_whole

__all__ = ["KMeans", "KMeansPass"]

_STEPS = {
    "log1p": c.CSTN_TRANSFORM_LOG1P,
    "winsorise": c.CSTN_TRANSFORM_WINSORISE,
    "z": c.CSTN_TRANSFORM_Z,
    "robust_z": c.CSTN_TRANSFORM_ROBUST_Z,
    "none": 0,
}
_ALGORITHMS = {
    "auto": c.CSTN_KMEANS_AUTO,
    "lloyd": c.CSTN_KMEANS_LLOYD,
    "hamerly": c.CSTN_KMEANS_HAMERLY,
}
_WEIGHT = "weight of the row"
Steps = Union[str, "Mapping[str, str]", None]
U = TypeVar("U", bound="_RowSums")


class _Model(Serial):
    _NAME = "cstn_kmeans"
    _RELEASE = "cstn_kmeans_unref"
    _IMMUTABLE = True


def _binding() -> Binding:
    bound = binding_of(casts=("integral",))
    assert bound is not None
    return bound


def _is_array(rows: Any) -> bool:
    return hasattr(rows, "ndim") and hasattr(rows, "shape") and not hasattr(rows, "columns")


def _names(rows: Any) -> Optional[List[str]]:
    """The columns of a frame, or None if it does not say."""
    for attribute in ("column_names", "columns"):
        names = getattr(rows, attribute, None)
        if names is not None and not callable(names):
            names = list(names)
            if all(isinstance(name, str) for name in names):
                return names
    if isinstance(rows, Mapping):
        return list(rows)
    if isinstance(rows, (list, tuple)) and rows and isinstance(rows[0], Mapping):
        return list(rows[0])
    return None


def _columns_of(rows: Any) -> Any:
    """An array, or a list of rows, as a dict of columns x0, x1, ...; a frame as it is."""
    if isinstance(rows, (list, tuple)) and rows and isinstance(rows[0], (list, tuple)):
        return {f"x{i}": [float(row[i]) for row in rows] for i in range(len(rows[0]))}
    if not _is_array(rows):
        return rows
    import numpy

    if rows.ndim != 2:
        raise InvalidArgumentError(f"an array of {rows.ndim} dimensions, 2 expected")
    return {
        f"x{i}": numpy.ascontiguousarray(rows[:, i], dtype=numpy.float64)
        for i in range(rows.shape[1])
    }


def _with_column(rows: Any, name: str, values: Any) -> Any:
    """The rows with one more column."""
    if isinstance(rows, Mapping):
        return {**rows, name: values}
    if hasattr(rows, "with_columns"):
        import polars

        return rows.with_columns(polars.Series(name, values))
    if hasattr(rows, "append_column"):
        import pyarrow

        return rows.append_column(name, pyarrow.array(values))
    if hasattr(rows, "assign"):
        return rows.assign(**{name: values})
    raise InvalidArgumentError(
        "sample_weight goes with arrays, dicts, pandas, polars and pyarrow; for others use weight="
    )


def _transforms(scaling: Steps, features: "Sequence[str]") -> Any:
    if scaling is None:
        return None
    if isinstance(scaling, str):
        steps = [bits(scaling.split(), _STEPS, "scaling")] * len(features)
    else:
        unknown = set(scaling) - set(features)
        if unknown:
            raise InvalidArgumentError(f"scaling names {sorted(unknown)}, which are no features")
        steps = [bits(scaling.get(name, "none").split(), _STEPS, "scaling") for name in features]
    return (ctypes.c_uint32 * len(steps))(*steps)


class _Clusters(ModelEstimator):
    """What estimators of clusters have in common."""

    _estimator_type = "clusterer"

    def _table(self, which: int) -> Table:
        return Table(self._export(which))

    def _framed(self, which: int, frame: Optional[str]) -> Any:
        kind = "table" if self._frame == "numpy" else self._frame
        return _frames.convert(self._table(which), _frames.check_kind(frame, kind))

    def _learn(self, names: "List[str]", labels: int) -> None:
        """What every model of clusters says of its fit; `labels` is its table of labels."""
        self.feature_names_in_ = names
        self.n_features_in_ = len(names)
        self.n_iter_ = int(self.get_number("n_iter"))
        self.converged_ = bool(self.get_number("converged"))
        self.labels_ = _labels(self._table(labels).to_pydict()["label"])

    def _labelled(
        self, rows: Any, options: Any, columns_of: Callable[[Any], Any]
    ) -> Dict[str, List[Any]]:
        """The columns of the answer of `predict`."""
        pointer = self._ready()

        def export(answer: Any) -> None:
            with _frames.stream(columns_of(rows)) as stream:
                self.bad_rows_ = call_whole(
                    self._MODEL._function("predict"), pointer, stream, ctypes.byref(options), answer
                )

        return Table(export).to_pydict()

    def _scored(self, rows: Any, options: Any) -> float:
        value, pointer = ctypes.c_double(), self._ready()
        with _frames.stream(rows) as stream:
            call(
                self._MODEL._function("score"), pointer, stream, ctypes.byref(options),
                ctypes.byref(value),
            )
        return value.value

    def get_number(self, name: str) -> float:
        """A number of the model by its `name`: "n_iter", "converged", "restart", "moved", ..."""
        return self._asked(name)

    def describe(self) -> Dict[str, Any]:
        """All of the model but the labels."""
        return self._described()


class KMeans(_Clusters):
    """Clusters by k-means, in the shape of a scikit-learn estimator, which is not needed.

    Parameters
    ----------
    n_clusters : int
        How many.
    scaling : str or dict, optional
        What happens to features before distances are taken: words out of "log1p", "winsorise",
        "z", "robust_z", such as "log1p robust_z"; for all features, or by name.
    features : list of str, optional
        The columns that count; all columns of the frame by default.
    init : "k-means++" or centres
        Where to start: greedy k-means++, or n_clusters rows of numbers in the units of the rows.
    n_init : int
        Restarts, of which the one with the least inertia stays; 1 with given centres.
    max_iter, tol
        When to stop; tol 0 runs until no label changes.
    random_state : int, optional
        The seed; None is 0, so a fit can always be repeated.
    algorithm : "auto", "lloyd" or "hamerly"
        The same labels by other means.
    order : str
        Labels in the order of "size" (largest first), of the "start", or of a feature's name
        (largest centre first).
    weight : str, optional
        A column of weights; `fit` also takes ``sample_weight``.
    impute, skip_bad : bool
        A null becomes the median; rows that break a rule are left out.
    threads : int
        0 all processors. The result does not depend on it.

    Attributes
    ----------
    labels_, cluster_centers_, inertia_, n_iter_, n_features_in_, feature_names_in_
        As scikit-learn has them; centres are in the units of the rows.
    bad_rows_ : RowErrorTable or None
        Rows that were left out.

    Notes
    -----
    Lloyd (1982) from greedy k-means++ starts (Arthur and Vassilvitskii 2007); bounds by Hamerly
    (2010). Labels are those of double arithmetic. A fitted model is immutable: any thread may ask
    it, one at a time fits or changes the estimator. Frames are read once and not kept; a fit of n
    rows and d features takes 4 bytes a row and feature and O(n k d) an iteration. 1 to 65,535
    clusters, 1 to 1,024 features.

    Examples
    --------
    >>> import constellation
    >>> model = constellation.KMeans(2).fit([[1.0, 1.0], [1.0, 2.0], [9.0, 9.0]])
    >>> [int(label) for label in model.labels_]
    [0, 0, 1]
    """

    _MODEL = _Model

    def __init__(
        self,
        n_clusters: int = 8,
        scaling: Steps = None,
        features: "Optional[Sequence[str]]" = None,
        init: Any = "k-means++",
        n_init: int = 10,
        max_iter: int = 300,
        tol: float = 0.0,
        random_state: Optional[int] = None,
        algorithm: str = "auto",
        order: str = "size",
        weight: Optional[str] = None,
        impute: bool = False,
        skip_bad: bool = False,
        threads: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.scaling = scaling
        self.features = features
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.algorithm = algorithm
        self.order = order
        self.weight = weight
        self.impute = impute
        self.skip_bad = skip_bad
        self.threads = threads

    # --- fit --------------------------------------------------------------------------------------

    def _chosen(self, rows: Any) -> List[str]:
        if self.features is not None:
            return list(self.features)
        names = _names(rows)
        if names is None:
            raise InvalidArgumentError(
                f"{type(rows).__name__} does not say its columns; give features="
            )
        return [name for name in names if name not in (self.weight, _WEIGHT)]

    def _start(self, features: "Sequence[str]") -> Any:
        if isinstance(self.init, str):
            if self.init != "k-means++":
                raise InvalidArgumentError(f"init {self.init!r} is not 'k-means++' or centres")
            return None
        numbers = [[float(value) for value in row] for row in self.init]
        if len(numbers) != self.n_clusters or any(len(row) != len(features) for row in numbers):
            raise InvalidArgumentError(
                f"init is not {self.n_clusters} rows of {len(features)} numbers"
            )
        flat = [value for row in numbers for value in row]
        return (ctypes.c_double * len(flat))(*flat)

    def _flags(self) -> int:
        flags = c.CSTN_KMEANS_SKIP_BAD if self.skip_bad else 0
        return flags | (c.CSTN_KMEANS_IMPUTE if self.impute else 0)

    def _asking(self) -> Any:
        return c.cstn_kmeans_options(
            struct_size=ctypes.sizeof(c.cstn_kmeans_options),
            flags=self._flags(),
            threads=integer(self.threads, 32, "threads"),
        )

    def _options(self, features: "Sequence[str]", weight: Optional[str]) -> Any:
        algorithm = choice(self.algorithm, _ALGORITHMS, "algorithm")
        options = self._asking()
        options.n_init = integer(self.n_init, 32, "n_init")
        options.max_iter = integer(self.max_iter, 32, "max_iter")
        options.tol = float(self.tol)
        options.seed = integer(0 if self.random_state is None else self.random_state, 64, "seed")
        options.algorithm = algorithm
        if self.order in features:
            options.order = c.CSTN_KMEANS_ORDER_COLUMN
            options.order_column = list(features).index(self.order)
        elif self.order in ("size", "start"):
            options.order = (
                c.CSTN_KMEANS_ORDER_SIZE if self.order == "size" else c.CSTN_KMEANS_ORDER_START
            )
        else:
            raise InvalidArgumentError(f"order {self.order!r} is not size, start or a feature")
        options.transforms = _transforms(self.scaling, features)
        options.start_centres = self._start(features)
        options.weight = None if weight is None else c_text(weight, "weight")
        return options

    def _prepared(self, rows: Any, sample_weight: Any) -> Tuple[Any, List[str], Optional[str]]:
        self._frame = "numpy" if _is_array(rows) else _frames.kind_of(rows)
        rows, weight = _columns_of(rows), self.weight
        features = self._chosen(rows)
        if sample_weight is not None:
            values = [float(value) for value in sample_weight]
            rows, weight = _with_column(rows, _WEIGHT, values), _WEIGHT
        return rows, features, weight

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> "KMeans":
        """Find the clusters; `sample_weight`, above 0, counts a row for so many.

        Raises
        ------
        RowErrors
            For rows that break a rule, unless ``skip_bad``.
        InvalidArgumentError
            For more clusters than distinct rows.
        EmptyError
            Without rows.
        """
        rows, features, weight = self._prepared(X, sample_weight)
        options, pointer = self._options(features, weight), out(c.cstn_kmeans)
        names, n = text_array(features, "feature")
        options.binding = options.keep = _binding()._live()
        k = integer(self.n_clusters, 32, "n_clusters")
        with _frames.stream(rows) as stream:
            self.bad_rows_ = call_whole(
                lib.cstn_kmeans_fit, stream, names, n, k, ctypes.byref(options),
                lib.allocator, ctypes.byref(pointer),
            )
        self._take(pointer)
        return self

    def _taken(self) -> None:
        told = self.describe()
        names = [feature["name"] for feature in told["features"]]
        self._learn(names, c.CSTN_KMEANS_TABLE_LABELS)
        self.inertia_ = self.get_number("inertia")
        centres = [cluster["centre"] for cluster in told["clusters"]]
        self.cluster_centers_ = _matrix(centres)

    # --- the model --------------------------------------------------------------------------------

    def clusters(self, frame: Optional[str] = None) -> Any:
        """A row a cluster: label, rows, weight, inertia, centre."""
        return self._framed(c.CSTN_KMEANS_TABLE_CLUSTERS, frame)

    def scalings(self, frame: Optional[str] = None) -> Any:
        """A row a feature: what it goes through before distances are taken."""
        return self._framed(c.CSTN_KMEANS_TABLE_FEATURES, frame)

    def _ask(self, rows: Any, distances: bool) -> Dict[str, List[Any]]:
        options = self._asking()
        if distances:
            options.flags |= c.CSTN_KMEANS_DISTANCES
        options.binding = options.keep = _binding()._live()
        return self._labelled(rows, options, _columns_of)

    def predict(self, X: Any, sample_weight: Any = None) -> Any:
        """The label of each row; -1 for a row that breaks a rule (see ``bad_rows_``).
        `sample_weight` is taken and does not matter."""
        return _labels(self._ask(X, False).get("label", []))

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """`fit` with `sample_weight`, then the labels of its rows."""
        return self.fit(X, y, sample_weight).labels_

    def transform(self, X: Any) -> Any:
        """The distance of each row to each centre, in scaled units."""
        answer = self._ask(X, True)
        k = len(self.describe()["clusters"])
        columns = [answer.get(f"distance_{i}", []) for i in range(k)]
        nan = float("nan")
        return _matrix([[nan if value is None else value for value in row] for row in zip(*columns)])

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """`fit` with `sample_weight`, then `transform` of the same rows."""
        return self.fit(X, y, sample_weight).transform(X)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Minus the sum of squared distances of the rows to their centres, times `sample_weight`."""
        options = self._asking()
        rows, _, weight = self._prepared(X, sample_weight)
        options.weight = None if weight is None else c_text(weight, "weight")
        options.binding = options.keep = _binding()._live()
        return self._scored(rows, options)

    def _feature_names(self) -> "Sequence[str]":
        return [f"kmeans{i}" for i in range(len(self.describe()["clusters"]))]

    def choose(
        self,
        X: Any,
        k_min: int = 2,
        k_max: int = 10,
        frame: Optional[str] = None,
        *,
        margin: Optional[str] = None,
        segments: Tuple[int, int] = (3, 7),
        samples: int = 20,
    ) -> Any:
        """Fit k_min..k_max and say how good each is; the column ``suggested`` marks one.

        Parameters
        ----------
        margin : str, optional
            A column of numbers, of which no suggested segment has less than 1 %.
        segments : (int, int)
            The fewest and the most segments that are suggested.
        samples : int
            Reference sets of the gap statistic, and half samples of the stability; 0 is none.

        Returns
        -------
        The kind of frame the rows are; a list of dicts for arrays and ``frame="table"``.
        """
        rows, features, weight = self._prepared(X, None)
        if self.features is None and margin is not None:
            features = [name for name in features if name != margin]
        options = self._options(features, weight)
        names, n = text_array(features, "feature")
        options.binding = options.keep = _binding()._live()
        options.margin = None if margin is None else c_text(margin, "margin")
        options.segments_least = integer(segments[0], 32, "segments")
        options.segments_most = integer(segments[1], 32, "segments")
        options.samples = integer(samples, 32, "samples") or -1
        kinds = "table" if self._frame == "numpy" else self._frame
        numbers = integer(k_min, 32, "k_min"), integer(k_max, 32, "k_max")

        def export(answer: Any) -> None:
            with _frames.stream(rows) as stream:
                call_whole(
                    lib.cstn_kmeans_choose, stream, names, n, *numbers,
                    ctypes.byref(options), lib.allocator, answer,
                )

        kind = _frames.check_kind(frame, kinds)
        table = Table(export)
        if kind != "table":
            return _frames.convert(table, kind)
        return table.to_pylist()

    def _learn_parameters(self) -> None:
        self.n_clusters = int(self.get_number("k"))
        self.features = list(self.feature_names_in_)

    def plot_profile(self, ax: Any = None) -> Any:
        """Each cluster's centre by feature, in scaled units: what makes the segments differ."""
        rows = self._table(c.CSTN_KMEANS_TABLE_CLUSTERS).to_pylist()
        ax = new_axes(ax, 4.0)
        features = list(self.feature_names_in_)
        total = sum(row["weight"] for row in rows) or 1.0
        for i, row in enumerate(rows):
            ax.plot(
                range(len(features)),
                [row[f"{name}_scaled"] for name in features],
                marker=MARKERS[i % len(MARKERS)],
                color=PALETTE[i % len(PALETTE)],
                label=f"{row['label']}: {row['weight'] / total:.0%}",
            )
        ax.hlines(0.0, -0.25, len(features) - 0.75, color=SOFT, linewidth=1, zorder=0)
        ax.set_xticks(range(len(features)), features)
        ax.set_xlim(-0.25, len(features) - 0.75)
        ax.set_ylabel("centre, scaled")
        ax.legend(title="segment: share", frameon=False, fontsize=8, title_fontsize=8,
                  loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return titled(ax, "What makes the segments differ")


class _RowSums(Subtractable):
    """What a model's rows add up to, wherever they lie."""

    def update(
        self: "U",
        rows: Any,
        *,
        weight: Optional[str] = None,
        skip_bad: bool = False,
        threads: int = 0,
    ) -> "U":
        """Add rows; returns what they were added to. `weight` names a column of whole numbers,
        `threads` is 0 for all processors.

        Raises
        ------
        RowErrors
            For rows that break a rule, unless ``skip_bad``; nothing is added.
        """
        options = c.cstn_kmeans_options(
            struct_size=ctypes.sizeof(c.cstn_kmeans_options),
            flags=c.CSTN_KMEANS_SKIP_BAD if skip_bad else 0,
            threads=integer(threads, 32, "threads"),
            weight=None if weight is None else c_text(weight, "weight"),
        )
        options.binding = options.keep = _binding()._live()
        self._frame = "table" if _is_array(rows) else _frames.kind_of(rows)
        with self._exclusive() as pointer, _frames.stream(_columns_of(rows)) as stream:
            call_whole(self._function("update"), pointer, stream, ctypes.byref(options))
        return self


class KMeansPass(_RowSums):
    """One pass over rows that lie in many places, by the centres of a model.

    Each part is added where it lies; passes travel as bytes (pickle), merge, and `finish` gives the
    model with moved centres. Passes until ``converged_`` end in the model that one machine finds
    from the same centres, to the bit.

    Parameters
    ----------
    model : KMeans
        A fitted model, say of a sample: its centres, and its scaling, which stays.

    Notes
    -----
    One thread at a time works on a state; others wait. It owns its memory, O(k d); adding n rows is
    O(n k d).

    Examples
    --------
    >>> import constellation
    >>> parts = [[[1.0], [2.0]], [[9.0], [8.0]]]
    >>> model = constellation.KMeans(2, max_iter=1).fit(parts[0] + parts[1])
    >>> while not model.converged_:
    ...     total = constellation.KMeansPass(model)
    ...     for part in parts:
    ...         _ = total.merge(constellation.KMeansPass(model).update(part))
    ...     model = total.finish()
    >>> model.cluster_centers_.tolist()
    [[1.5], [8.5]]
    """

    _NAME = "cstn_kmeans_pass"
    _RELEASE = "cstn_kmeans_pass_free"

    def __init__(self, model: KMeans) -> None:
        self._make(model._ready())

    def finish(self) -> KMeans:
        """The model with centres moved to the means of their rows.

        Raises
        ------
        EmptyError
            Without rows.
        """
        pointer, made = out(c.cstn_kmeans), KMeans(order="start")
        with self._exclusive() as own:
            call(lib.cstn_kmeans_pass_finish, own, ctypes.byref(pointer))
        made._take(pointer)
        made._learn_parameters()
        return made


def _matrix(rows: "List[List[float]]") -> Any:
    try:
        import numpy
    except ImportError:
        return rows
    return numpy.asarray(rows, dtype=numpy.float64)


def _labels(labels: "List[Optional[int]]") -> Any:
    numbers = [-1 if label is None else label for label in labels]
    try:
        import numpy
    except ImportError:
        return numbers
    return numpy.asarray(numbers, dtype=numpy.int32)
