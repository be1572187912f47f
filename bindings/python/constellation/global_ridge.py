"""One model for all series and all horizons: what many items have in common."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Callable, Dict, Optional, Union

from . import _cdefs as c
from . import _frames
from ._estimator import ModelEstimator
from ._native import bits, c_text, choice, integer, lib, or_default, out
from ._state import Serial
from .demand import DemandModel
from .forecast import _GAPS, _PERIODS, Columns
from .schema import dated_binding, numbers_binding
from .table import RowErrorTable, Table, call_keeping_rows

__all__ = ["GlobalRidge", "forecast_weights"]

_KINDS = {"by_pool": c.CSTN_GLOBAL_BY_POOL, "next": c.CSTN_GLOBAL_NEXT}

Signals = Union[None, "Sequence[str]", "Mapping[str, Iterable[str]]"]


def _model_of(local: Optional[DemandModel]) -> Any:
    """The C model of a local model while it is asked; None for none."""
    return nullcontext() if local is None else local._ready()._exclusive()


class _Global(Serial):
    _NAME = "cstn_demand_global"
    _RELEASE = "cstn_demand_global_unref"
    _IMMUTABLE = True


class GlobalRidge(ModelEstimator):
    """Forecasts series by one ridge regression that learns from all of them.

    Rows are ``unique_id`` (int or text), ``ds`` (date, timestamp or int), ``y`` (a number), the
    column of the pool, and a column for each signal: numbers that are known ahead, as an event's
    1. The last rows of a series may have a null ``y``: periods to come, with their signals. What it
    knows of a series are means of several memories, the same position of the season, a year ago,
    how often it sells; all in units of the series' own scale. The same rows give the same bytes, in
    any order and with any number of threads.

    Parameters
    ----------
    signals : sequence of str, or mapping of str to iterable of str
        Columns of signals. A mapping says what else becomes of each: "by_pool" (also a column for
        each pool), "next" (also the value of the period after).
    pool : str, optional
        Column of the pool (a department): the series of one share the ratios of their season, and
        a level that takes out the bias of the last horizon.
    horizon : int, optional
        Periods ahead, 1 to 1,024; None is four seasons.
    period, season, gap
        As `Forecaster` has them; a season has 1 to 168 periods.
    origins : int, optional
        Origins to learn from, one a season; None is 52.
    year : int, optional
        Periods of a year; None is 364 of days, 52 of weeks.
    penalty : float
        Share of the mean diagonal (Hoerl and Kennard 1970).
    trees : int
        Rounds of boosted regression trees beside the ridge, 0 to 2,000; 200 is a good number, 0
        none. They see thresholds and what only holds together; forecasts are then theirs, with the
        ridge's beside them (Friedman 2001).
    threads : int
        0 all processors; results do not depend on it.

    Notes
    -----
    A fitted model is immutable: any thread may ask it, one at a time fits. Frames are read once and
    not kept. A series is learned from at origins that have 13 seasons of it behind and the horizon
    ahead. Cost of a fit: some 200 ns an origin and period ahead with 38 columns;
    200 rounds of trees some 5 us each, shared by the threads, and 90 bytes.

    Examples
    --------
    >>> days = range(200)
    >>> rows = {"unique_id": ["a"] * 200, "ds": list(days), "y": [day % 7 + 1.0 for day in days]}
    >>> model = GlobalRidge(season=7, horizon=7, origins=10, penalty=1e-9).fit(rows)
    >>> [round(row["mean"], 2) for row in model.predict(rows, 2).to_pylist()]
    [5.0, 6.0]
    """

    _MODEL = _Global
    bad_rows_: Optional[RowErrorTable]

    def __init__(
        self,
        signals: Signals = None,
        *,
        pool: Optional[str] = None,
        horizon: Optional[int] = None,
        period: str = "by_type",
        season: Optional[int] = None,
        gap: str = "error",
        origins: Optional[int] = None,
        year: Optional[int] = None,
        penalty: float = 0.001,
        trees: int = 0,
        threads: int = 0,
    ) -> None:
        self.signals = signals
        self.pool = pool
        self.horizon = horizon
        self.period = period
        self.season = season
        self.gap = gap
        self.origins = origins
        self.year = year
        self.penalty = penalty
        self.trees = trees
        self.threads = threads

    def _signals(self) -> Dict[str, "Iterable[str]"]:
        if isinstance(self.signals, Mapping):
            return dict(self.signals)
        return {name: () for name in self.signals or ()}

    def _options(self) -> Any:
        options = c.cstn_demand_global_options(
            struct_size=ctypes.sizeof(c.cstn_demand_global_options),
            period=choice(self.period, _PERIODS, "period"),
            gap=choice(self.gap, _GAPS, "gap"),
            threads=integer(self.threads, 32, "threads"),
            penalty=float(self.penalty),
            trees=integer(self.trees, 32, "trees"),
        )
        for name in ("horizon", "season", "origins", "year"):
            value = getattr(self, name)
            setattr(options, name, or_default(value, 32, name))
        signals = self._signals()
        options.keep = (c.cstn_global_signal * len(signals))(
            *[
                c.cstn_global_signal(
                    c_text(name, "signal"), bits(kinds, _KINDS, f"signal {name!r}"), 0
                )
                for name, kinds in signals.items()
            ]
        )
        options.signals = options.keep
        options.n_signals = len(signals)
        options.pool = None if self.pool is None else c_text(self.pool, "pool")
        return options

    def fit(self, rows: Any, y: Any = None, *, columns: Columns = None) -> "GlobalRidge":
        """Learn from the rows of a frame; returns the estimator.

        ``bad_rows_`` are those that were left out with their series, or None.

        Raises
        ------
        SchemaError
            A column is absent.
        EmptyError
            No series is long enough to learn from.
        InvalidArgumentError
            A parameter is out of range.
        """
        options, bound = self._options(), dated_binding(columns)
        options.binding = bound._live()
        pointer = out(c.cstn_demand_global)
        with _frames.stream(rows) as stream:
            self.bad_rows_ = call_keeping_rows(
                lib.cstn_demand_global_fit, stream, ctypes.byref(options), lib.allocator,
                ctypes.byref(pointer),
            )
        self._take(pointer)
        return self

    def predict(
        self,
        rows: Any,
        horizon: Optional[int] = None,
        *,
        local: Optional[DemandModel] = None,
        weights: Any = None,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Forecast the series of a frame, each from the period after its last ``y``.

        Parameters
        ----------
        rows : frame
            Histories, and rows without ``y`` for the signals of the periods ahead.
        horizon : int, optional
            At most that of the fit; None is that.
        local : DemandModel, optional
            A model of the same series, whose forecasts are averaged with these: ``sensed``. Its
            events are the signals of the same name. A table ends with StateError once it changes.
        weights : frame, optional
            How much both weigh, as of `forecast_weights`: the column of the pool, if the model has
            one, ``week``, ``global`` and ``local``. Weeks beyond are as the last one; pools that are
            not there, and None, weigh both alike.
        frame : str, optional
            Kind of frame that comes out; None is that of the rows.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``h``, ``mean`` and ``flags`` (4 the mean of a signal stands in for
            it, 8 a series that never changed, 16 signals are taken as known), series in order of
            their first row. A series with a bad row is not in it; ``bad_rows_`` has those, or is
            None (of a table once it is read). Of a fit with trees ``mean`` is theirs, and a last
            column ``ridge`` the regression's. With a local model also ``global`` and ``local``, of
            which ``mean`` is the mean, and ``model``: what ``mean`` is (sensed, global, local).
        """
        function = lib.cstn_demand_global_forecast
        return self._stream_of(function, rows, horizon, local, weights, columns, frame)

    def explain(
        self,
        rows: Any,
        horizon: Optional[int] = None,
        *,
        local: Optional[DemandModel] = None,
        weights: Any = None,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """What the forecasts of `predict` are made of: parts that add up to ``mean``.

        Parameters
        ----------
        rows, horizon, local, weights, frame
            As for `predict`.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``h``, ``mean``, its parts, ``flags``, and with a local model
            ``model``. Parts are ``baseline`` (the constant; of trees the mean of what they learned
            from), ``level`` (what the series sold), ``season``, ``month``, ``pool`` (of trees),
            ``recalibration`` (the level of the pool), ``floor`` (what a forecast is held at 0 by) and
            ``signal_<name>`` of each signal. The ridge adds up by itself; of trees a part is how the
            mean of nodes changes along the path; with a local model each has its weight.
            `constellation.plot.waterfall` draws a row.
        """
        function = lib.cstn_demand_global_explain
        return self._stream_of(function, rows, horizon, local, weights, columns, frame)

    def _stream_of(
        self, function: Any, rows: Any, horizon: Optional[int], local: Optional[DemandModel],
        weights: Any, columns: Columns, frame: Optional[str],
    ) -> Any:  # fmt: skip
        """What a function of the model, rows and options says, as a frame."""
        pointer = self._ready()
        options = c.cstn_demand_global_forecast_options(
            struct_size=ctypes.sizeof(c.cstn_demand_global_forecast_options),
            horizon=or_default(horizon, 32, "horizon"),
            threads=integer(self.threads, 32, "threads"),
        )
        bound = dated_binding(columns)
        kind = _frames.check_kind(frame, _frames.kind_of(rows))
        self.bad_rows_ = None

        def export(target: Any) -> None:
            options.binding = bound._live()
            with _model_of(local) as asked, _frames.stream(rows) as stream, _frames.stream_or_none(
                weights
            ) as shares:
                options.local, options.weights = asked, shares
                self.bad_rows_ = call_keeping_rows(
                    function, pointer, stream, ctypes.byref(options), target
                )

        return _frames.convert(Table(export), kind)

    def get_number(self, name: str) -> float:
        """"columns", "rows", "series" (learned from), "left_out" (bad rows), "pools", "horizon",
        "season", "origins", "year", "penalty", "trees"."""
        return self._asked(name)

    def coefficients(self, frame: str = "table") -> Any:
        """A row a column of the regression: name, of, pool, coefficient."""
        return _frames.convert(Table(self._export(c.CSTN_DEMAND_GLOBAL_TABLE_COLUMNS)), frame)

    def pools(self, frame: str = "table") -> Any:
        """A row a pool: pool, level."""
        return _frames.convert(Table(self._export(c.CSTN_DEMAND_GLOBAL_TABLE_POOLS)), frame)

    def cuts(self, frame: str = "table") -> Any:
        """A row a column that trees look at, none without: name, of, cuts (how often)."""
        return _frames.convert(Table(self._export(c.CSTN_DEMAND_GLOBAL_TABLE_TREES)), frame)

    @classmethod
    def _of(cls, pointer: Any) -> "GlobalRidge":
        """A fitted estimator of a C model, with the parameters that this knows."""
        made = cls()
        made._take(pointer)
        made._learn_parameters()
        return made

    def _learn_parameters(self) -> None:
        for name in ("horizon", "season", "origins", "year"):
            setattr(self, name, int(self.get_number(name)))
        self.penalty = self.get_number("penalty")
        self.trees = int(self.get_number("trees"))
        kinds: Dict[str, list[str]] = {}
        for row in self.coefficients().to_pylist():
            if row["of"] in ("level", "season", "month") and row["name"] not in (
                "same_period", "same_period_in_pool", "next_period",
            ):
                continue
            found = kinds.setdefault(row["of"], [])
            kind = {"same_period_in_pool": "by_pool", "next_period": "next"}.get(row["name"])
            if kind is not None and kind not in found:
                found.append(kind)
        self.signals = kinds


def forecast_weights(
    rows: Any,
    components: "Sequence[str]" = ("global", "local"),
    *,
    pool: Optional[str] = None,
    week: int = 7,
    level: float = 0.5,
    columns: Columns = None,
    frame: Optional[str] = None,
    keep_bad_rows: Optional[Callable[[Optional[RowErrorTable]], None]] = None,
) -> Any:
    """Weights of forecasts that are combined, by pool and horizon week, from what each missed.

    Half of a weight is 1 / loss, made to add up to 1 over the components, half is equal. The loss
    is that of each component as a forecast of `level` (pinball); at .5 half the absolute error.

    Parameters
    ----------
    rows : frame
        Forecasts of earlier origins and what came: ``h`` (1 is the first period ahead), ``y``, a
        column for each component, that of the pool. Rows without ``y`` or without one of the
        forecasts are passed over.
    components : sequence of str
        Columns of the forecasts, 2 to 8.
    pool : str, optional
        Column of the pool; None: all rows are one.
    week : int
        Periods of a horizon week, 1 to 1,024: the season of a `GlobalRidge` that takes them.
    level : float
        Inside (0, 1).
    columns : mapping, optional
        Declared name -> name in the frame.
    frame : str, optional
        Kind of frame that comes out; None is that of the rows.
    keep_bad_rows : callable, optional
        Is called with the rows that broke a rule, or None.

    Returns
    -------
    frame
        The pool, ``week``, ``n`` (rows) and a weight for each component, which add up to 1.

    Raises
    ------
    InvalidArgumentError
        A parameter is out of range.
    SchemaError
        A column is absent.

    Notes
    -----
    Method: Bates and Granger 1969. O(rows); the order of rows changes nothing.

    Examples
    --------
    >>> past = {"h": [1, 2], "y": [10, 10], "global": [13, 10], "local": [11, 10]}
    >>> forecast_weights(past).to_pylist()
    [{'week': 1, 'n': 2, 'global': 0.375, 'local': 0.625}]
    """
    names = [c_text(name, "components") for name in components]
    options = c.cstn_demand_weights_options(
        struct_size=ctypes.sizeof(c.cstn_demand_weights_options),
        components=(ctypes.c_char_p * len(names))(*names),
        n_components=len(names),
        week=integer(week, 32, "week"),
        level=float(level),
        pool=None if pool is None else c_text(pool, "pool"),
    )
    bound = numbers_binding(columns)
    kind = _frames.check_kind(frame, _frames.kind_of(rows))

    def export(target: Any) -> None:
        options.binding = bound._live()
        with _frames.stream(rows) as stream:
            bad = call_keeping_rows(
                lib.cstn_demand_weights, stream, ctypes.byref(options), lib.allocator, target
            )
        if keep_bad_rows is not None:
            keep_bad_rows(bad)

    return _frames.convert(Table(export), kind)
