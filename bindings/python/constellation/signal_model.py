"""What signals do to each series, learned from every row as it comes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Dict, List, Optional, Union

from . import _cdefs as c
from . import _frames
from ._learning import Key, LearningEstimator, LearningModel, When, put_ids, start_of
from ._native import bits, c_text, call, choice, integer, lib, or_default
from .errors import InvalidArgumentError
from .forecast import _PERIODS, Columns
from .schema import dated_binding
from .table import RowErrorTable, Table, call_keeping_rows

__all__ = ["SignalModel"]

_GAPS = {"error": c.CSTN_GAP_ERROR, "missing": c.CSTN_GAP_MISSING}
_KINDS = {"closed": c.CSTN_REGRESS_CLOSED}


class _Model(LearningModel):
    _NAME = "cstn_signal_model"
    _RELEASE = "cstn_signal_model_free"
    _SIZE = c.cstn_signal_size


class SignalModel(LearningEstimator):
    """Learns from every row as it comes what the season, the month and signals do to a series.

    The regression of `SignalRegression` as a small state that is never fitted again: the logarithm
    of demand is a level, which walks, and effects, which recursive least squares follow. New series
    may begin at what those of their pool have in common. For series that sell every day.

    Parameters
    ----------
    signals : sequence of str, or mapping of str to str or None
        Columns of signals, at most 64. A mapping says of each whether it is "closed" (no signal: no
        trading where it is not 0), or None. What an event does the day before is a column of its own.
    pool : str, optional
        Column of the pool, such as a department; None: all series are one.
    shrink : bool
        `fit` learns twice: first each series for itself, then again from what its pool knows.
    period : str
        As `DemandModel` has it.
    season : int, optional
        Periods of a season, 1 to 127; None is 24 of hours, 7 of days, 52 of weeks, 12 of months, 4
        of quarters, else 1.
    gap : "error" or "missing"
        What a missing period means.
    use_season, use_month : bool
        Columns of the season's positions, and of days 1-3 and 28-31 of the month.
    linear : bool
        Of ``y`` itself and not of log(1 + y), for series that go below 0.
    forgetting : float
        Weight of what was known, at each row, .9 to 1.
    level : float
        Share of an error that a level long known takes, at most .5; 0: the level is one number for
        all periods, as in a plain ridge.
    precision : float
        Of the belief that an effect is 0 (Hoerl and Kennard 1970).
    threads : int
        0 all processors; results do not depend on it.

    Notes
    -----
    One thread at a time works on a model; others wait. 700 bytes a series with 16 columns, some .3 us
    a row. What a model says depends on the rows of each series alone: not on batches, the order of
    keys, threads, parts that were merged, or on having been saved between any two rows.

    Examples
    --------
    >>> days = range(60)
    >>> rows = {"unique_id": ["a"] * 60, "ds": list(days), "rain": [float(d % 10 == 0) for d in days],
    ...         "y": [20.0 if d % 10 == 0 else 40.0 for d in days]}
    >>> model = SignalModel(["rain"], season=1, precision=1e-6).fit(rows)
    >>> model.update_one("a", 60, 20, {"rain": 1})
    >>> X = {"unique_id": ["a", "a"], "ds": [61, 62], "rain": [0.0, 1.0]}
    >>> [round(row["mean"]) for row in model.predict(X_df=X).to_pylist()]
    [40, 20]
    """

    _MODEL = _Model
    _SIZES = ("series", "pools", "columns", "bytes", "series_bytes")

    def __init__(
        self,
        signals: Union[None, "Sequence[str]", "Mapping[str, Optional[str]]"] = None,
        *,
        pool: Optional[str] = None,
        shrink: bool = False,
        period: str = "by_type",
        season: Optional[int] = None,
        gap: str = "error",
        use_season: bool = True,
        use_month: bool = True,
        linear: bool = False,
        forgetting: float = 0.998,
        level: float = 0.08,
        precision: float = 2.0,
        threads: int = 0,
    ) -> None:
        self.signals = signals
        self.pool = pool
        self.shrink = shrink
        self.period = period
        self.season = season
        self.gap = gap
        self.use_season = use_season
        self.use_month = use_month
        self.linear = linear
        self.forgetting = forgetting
        self.level = level
        self.precision = precision
        self.threads = threads

    # --- the model --------------------------------------------------------------------------------

    def _signals(self) -> Dict[str, Optional[str]]:
        if isinstance(self.signals, str):
            raise InvalidArgumentError("signals is one text; a sequence of names expected")
        if isinstance(self.signals, Mapping):
            return dict(self.signals)
        return dict.fromkeys(self.signals or ())

    def _config(self) -> Any:
        config = c.cstn_signal_model_config(
            struct_size=ctypes.sizeof(c.cstn_signal_model_config),
            period=choice(self.period, _PERIODS, "period"),
            gap=choice(self.gap, _GAPS, "gap"),
            season=or_default(self.season, 32, "season"),
            forgetting=float(self.forgetting),
            level=float(self.level),
            precision=float(self.precision),
        )
        for flag, wanted in (
            (c.CSTN_SIGNAL_MODEL_NO_SEASON, not self.use_season),
            (c.CSTN_SIGNAL_MODEL_NO_MONTH, not self.use_month),
            (c.CSTN_SIGNAL_MODEL_LINEAR, self.linear),
            (c.CSTN_SIGNAL_MODEL_STEADY, self.level == 0),
        ):
            config.flags |= flag if wanted else 0
        signals = self._signals()
        config.keep = (c.cstn_regress_signal * len(signals))(
            *[
                c.cstn_regress_signal(
                    c_text(name, "signal"), bits([kind] if kind else [], _KINDS, f"signal {name!r}"), 0
                )
                for name, kind in signals.items()
            ]
        )
        config.signals = config.keep
        config.n_signals = len(signals)
        config.pool = None if self.pool is None else c_text(self.pool, "pool")
        return config

    # --- learning ---------------------------------------------------------------------------------

    def fit(self, rows: Any, y: Any = None, *, columns: Columns = None) -> "SignalModel":
        """Forget all, and learn from the rows; with `shrink` a second time, from their pools.

        Rows that were left out are in ``bad_rows_``, which is None if there are none.
        """
        self.model_ = _Model(self._config())
        self.update(rows, columns=columns)
        if self.shrink and self.model_.size().series:
            self.learn_pools(restart=True)
            self.update(rows, columns=columns)
        return self

    def partial_fit(self, rows: Any, y: Any = None, *, columns: Columns = None) -> "SignalModel":
        """`update`; returns the model."""
        self.update(rows, columns=columns)
        return self

    def update(self, rows: Any, *, columns: Columns = None) -> Optional[RowErrorTable]:
        """Learn from rows: ``unique_id``, ``ds``, ``y``, a column for each signal, where a null is
        not known, and the column of the pool.

        Parameters
        ----------
        rows : frame
            In any order within the frame; no row of a series before its last. A series with a bad
            row learns nothing from the frame: mended, its rows can come again.
        columns : mapping, optional
            What the columns are called: ``{"unique_id": "sku"}``.

        Returns
        -------
        RowErrorTable or None
            The bad rows, also in ``bad_rows_``.
        """
        model = self._seen()
        self.bad_rows_: Optional[RowErrorTable] = None
        options = c.cstn_signal_model_update_options(
            struct_size=ctypes.sizeof(c.cstn_signal_model_update_options),
            threads=integer(self.threads, 32, "threads"),
        )
        bound = dated_binding(columns)
        options.binding = bound._live()
        with model._exclusive() as pointer, _frames.stream(rows) as stream:
            self.bad_rows_ = call_keeping_rows(
                lib.cstn_signal_model_update, pointer, stream, ctypes.byref(options)
            )
        self.frame_ = _frames.kind_of(rows)
        return self.bad_rows_

    def _values(self, values: Any) -> List[float]:
        """Signals of a period in their order, NaN where not known."""
        names = list(self._signals())
        if isinstance(values, Mapping):
            for name in values:
                if name not in names:
                    raise InvalidArgumentError(
                        f"{name!r} is no signal of {', '.join(names) or 'none'}"
                    )
            values = [values.get(name) for name in names]
        found = [float("nan") if value is None else float(value) for value in values]
        if len(found) != len(names):
            raise InvalidArgumentError(f"{len(found)} signals, {len(names)} expected")
        return found

    def update_one(
        self,
        unique_id: Key,
        ds: When,
        y: float,
        signals: Any = None,
        *,
        pool: Optional[Key] = None,
    ) -> None:
        """Learn from one row; `signals` is a mapping of names to values, or values in their order;
        what is absent or None is not known.

        Raises
        ------
        RowErrors
            With the rule that the row breaks.
        """
        model = self._seen()
        row = c.cstn_signal_model_row(struct_size=ctypes.sizeof(c.cstn_signal_model_row))
        put_ids(row, key=unique_id, pool=pool)
        row.ds, row.y = start_of(ds, model.size().ds_type, self.period), float(y)
        if signals is not None:
            values = self._values(signals)
            row.signals, row.n_signals = (ctypes.c_double * len(values))(*values), len(values)
        with model._exclusive() as pointer:
            call(lib.cstn_signal_model_update_one, pointer, ctypes.byref(row))

    def learn_pools(self, *, restart: bool = False) -> "SignalModel":
        """Take what the series of each pool have in common, as they are: series that begin later
        begin there. With `restart` all series are forgotten, to be taught again; returns the model.

        Raises
        ------
        StateError
            There are no rows.
        """
        model = self._ready()
        flags = c.CSTN_SIGNAL_MODEL_RESTART if restart else 0
        with model._exclusive() as pointer:
            call(lib.cstn_signal_model_pool, pointer, flags)
        return self

    # --- forecasts --------------------------------------------------------------------------------

    def predict(
        self,
        h: Optional[int] = None,
        X_df: Any = None,
        *,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Forecast series, each from the period after its last row.

        Parameters
        ----------
        h : int, optional
            Periods ahead, 1 to 1,024. None is all rows of `X_df`; without it one season.
        X_df : frame, optional
            The periods to forecast: ``unique_id``, ``ds``, the signals (a null is not known), and
            the column of the pool for series that are not there. Without it all series are forecast
            with no signal being known.
        frame : str, optional
            Kind of frame that comes out; None is that of the rows learned from.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``h``, ``mean`` and ``flags`` (CSTN_SIGNAL_MODEL_ bits: 1 a series
            that is not there, 4 the mean of a signal stands in for it, 8 a series that never changed
            or a forecast that was cut at ten times the largest ``y``, 16 signals are taken as known).
            A series with a bad row in `X_df` is not in it; ``bad_rows_`` has those, or is None (of a
            table once it is read).
        """
        model = self._ready()
        kind = _frames.check_kind(frame, self.frame_)
        options = c.cstn_signal_model_forecast_options(
            struct_size=ctypes.sizeof(c.cstn_signal_model_forecast_options),
            horizon=or_default(h, 32, "h"),
            threads=integer(self.threads, 32, "threads"),
        )
        bound = dated_binding(columns)
        self.bad_rows_ = None

        def export(target: Any) -> None:
            options.binding = bound._live()
            with _frames.stream_or_none(X_df) as rows, model._exclusive() as pointer:
                self.bad_rows_ = call_keeping_rows(
                    lib.cstn_signal_model_forecast, pointer, rows, ctypes.byref(options), target
                )

        return _frames.convert(Table(export), kind)

    def forecast_one(self, unique_id: Key, h: int = 1, signals: Any = None) -> Dict[str, Any]:
        """One series, without a frame: ``mean`` and ``flags``, a list each; `signals` are those of
        each period ahead, as `update_one` takes them.
        """
        model = self._ready()
        query = c.cstn_signal_model_query(struct_size=ctypes.sizeof(c.cstn_signal_model_query))
        put_ids(query, key=unique_id)
        query.horizon = integer(h, 32, "h")
        if not 1 <= query.horizon <= c.CSTN_HORIZON_MOST:
            raise InvalidArgumentError(f"h is {h}; 1 to {c.CSTN_HORIZON_MOST} expected")
        if signals is not None:
            if len(signals) != h:
                raise InvalidArgumentError(f"signals has {len(signals)} periods, h is {h}")
            values = [value for one in signals for value in self._values(one)]
            query.signals = (ctypes.c_double * len(values))(*values)
            query.n_signals = len(values) // h
        mean, flags = (ctypes.c_double * h)(), (ctypes.c_int32 * h)()
        with model._exclusive() as pointer:
            call(lib.cstn_signal_model_forecast_one, pointer, ctypes.byref(query), mean, flags)
        return {"mean": list(mean), "flags": list(flags)}

    # --- what was learned -------------------------------------------------------------------------

    def _table(self, table: int, frame: Optional[str]) -> Any:
        model = self._ready()

        def export(target: Any) -> None:
            with model._exclusive() as pointer:
                call(lib.cstn_signal_model_export, pointer, table, target)

        return _frames.convert(Table(export), _frames.check_kind(frame, self.frame_))

    def effects(self, frame: Optional[str] = None) -> Any:
        """A row a series and column: ``unique_id``, ``name``, ``effect``, ``error`` (its standard
        error), ``mean`` (of the column, as it stands in for a value that is not known)."""
        return self._table(c.CSTN_SIGNAL_MODEL_TABLE_SERIES, frame)

    def pools(self, frame: Optional[str] = None) -> Any:
        """A row a pool and column, of pools that `learn_pools` has seen: ``pool``, ``name``,
        ``effect``, ``deviation`` (between series), ``series`` (that told something)."""
        return self._table(c.CSTN_SIGNAL_MODEL_TABLE_POOLS, frame)
