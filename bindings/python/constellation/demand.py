"""A demand model that learns from every row as it comes, and is never fitted again."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Dict, Optional, Tuple, Union

from . import _cdefs as c
from . import _frames
from ._axes import ACCENT, INK, SOFT, new_axes, titled
from ._backtest import Backtest, Period
from ._learning import Key, LearningEstimator, LearningModel, When, put_ids, start_of
from ._native import bits, c_text, call, choice, integer, lib, or_default
from .errors import InvalidArgumentError
from .forecast import _MODELS, _PERIODS
from .schema import dated_binding
from .table import RowErrorTable, Table, call_keeping_rows

__all__ = ["DemandModel"]

_GAPS = {"error": c.CSTN_GAP_ERROR, "zero": c.CSTN_GAP_ZERO, "missing": c.CSTN_GAP_MISSING}
_PACES = {
    "by_period": c.CSTN_DEMAND_PACE_BY_PERIOD,
    "days": c.CSTN_DEMAND_PACE_DAYS,
    "months": c.CSTN_DEMAND_PACE_MONTHS,
}
_RETURNS = {"separate": c.CSTN_DEMAND_RETURNS_SEPARATE, "net": c.CSTN_DEMAND_RETURNS_NET}

Columns = Optional["Mapping[str, str]"]


def _levels(quantiles: "Optional[Sequence[float]]") -> Tuple[Any, int]:
    wanted = list(quantiles or [])
    return ((ctypes.c_double * len(wanted))(*wanted) if wanted else None), len(wanted)


class _Model(LearningModel):
    _NAME = "cstn_demand_model"
    _RELEASE = "cstn_demand_model_free"
    _SIZE = c.cstn_demand_size


class DemandModel(LearningEstimator):
    """Learns from rows of many series as they come; forecasts all of them at any time.

    A series is smoothed at three speeds beneath factors that it shares with its pool: one a
    position of the season, and one for each pooled event. Factors come from totals of the pool and
    make a step when a period is closed, so that they never know more than was known.

    Parameters
    ----------
    pool : str, optional
        Column of the pool, such as a department; None: all series are one.
    events : sequence of str
        Columns of pooled events, 0 or 1 a row, at most 8.
    period : str
        "hour", "day", "week", "month", "quarter", "year", "number", or "by_type": dates and
        timestamps are days, ints count periods.
    season : int, optional
        Periods of a season, 1 to 366; None is 24 of hours, 7 of days, 52 of weeks, 12 of months, 4
        of quarters, else 1.
    gap : "error", "zero" or "missing"
        What a missing period means.
    first_weekday : int
        On which day weeks begin: 1 Monday to 7 Sunday.
    returns : "separate" or "net"
        Rows with the flag RETURN are a series of their own, or are taken off their period (which
        needs `replay`).
    replay : int or bool
        Periods for which rows are kept, so that a late one finds its place, and mends what was made
        of its period if that is closed; True is 28, False none.
    level_weights, intermittent, drift, calibrate : bool
        Weigh the three speeds by their errors; size times chance where more than seven rows in ten
        are zero; learn faster after a shift; learn which levels quantiles have to be asked for.
    pace : "by_period", "days" or "months"
        How fast levels learn. "months", for short and slow series: faster speeds, levels that begin
        as means, and forecasts that take the level of their pool, which is what it sold in the last
        12 periods for each unit that was forecast 10 to 12 periods before, within 1/2 to 2.
        "by_period" is "months" for ``period="month"``, else "days".
    history : bool
        Keep the factors of all closed periods, for two passes over parts.
    latency_us : int
        Where no time is given, a row is known that long after its period ends.
    threads : int
        Of `predict`: 0 all processors; results do not depend on it.

    Notes
    -----
    One thread at a time works on a model; others wait. At most 128 bytes a series with a season of
    7, and its id. What a model says depends on its rows and closings alone: not on batches, the
    order of keys, threads, or on having been saved between any two rows.

    Examples
    --------
    >>> rows = {"unique_id": ["a"] * 4, "ds": [1, 2, 3, 4], "y": [8, 8, 8, 8]}
    >>> model = DemandModel(season=1).fit(rows)
    >>> model.update_one("a", 5, 8)
    >>> [(row["ds"], row["mean"]) for row in model.predict(2).to_pylist()]
    [(6, 8.0), (7, 8.0)]
    """

    _MODEL = _Model
    _SIZES = ("series", "returns", "pools", "drifting", "bytes")

    def __init__(
        self,
        pool: Optional[str] = None,
        events: "Sequence[str]" = (),
        *,
        period: str = "by_type",
        season: Optional[int] = None,
        gap: str = "error",
        first_weekday: int = 1,
        returns: str = "separate",
        replay: Union[int, bool] = False,
        level_weights: bool = False,
        intermittent: bool = False,
        drift: bool = False,
        calibrate: bool = False,
        pace: str = "by_period",
        history: bool = False,
        latency_us: int = 0,
        threads: int = 0,
    ) -> None:
        self.pool = pool
        self.events = events
        self.period = period
        self.season = season
        self.gap = gap
        self.first_weekday = first_weekday
        self.returns = returns
        self.replay = replay
        self.level_weights = level_weights
        self.intermittent = intermittent
        self.drift = drift
        self.calibrate = calibrate
        self.pace = pace
        self.history = history
        self.latency_us = latency_us
        self.threads = threads

    # --- the model --------------------------------------------------------------------------------

    def _config(self) -> Any:
        config = c.cstn_demand_config(struct_size=ctypes.sizeof(c.cstn_demand_config))
        for flag, wanted in (
            (c.CSTN_DEMAND_REPLAY, self.replay),
            (c.CSTN_DEMAND_LEVEL_WEIGHTS, self.level_weights),
            (c.CSTN_DEMAND_INTERMITTENT, self.intermittent),
            (c.CSTN_DEMAND_DRIFT, self.drift),
            (c.CSTN_DEMAND_CALIBRATE, self.calibrate),
            (c.CSTN_DEMAND_HISTORY, self.history),
        ):
            config.flags |= flag if wanted else 0
        config.period = choice(self.period, _PERIODS, "period")
        config.gap = choice(self.gap, _GAPS, "gap")
        config.season = 0 if self.season is None else integer(self.season, 32, "season")
        config.first_weekday = integer(self.first_weekday, 32, "first_weekday")
        config.returns = choice(self.returns, _RETURNS, "returns")
        if self.replay is not True:
            config.replay_periods = integer(int(self.replay), 32, "replay")
        config.pace = choice(self.pace, _PACES, "pace")
        config.latency_us = integer(self.latency_us, 64, "latency_us")
        config.pool = None if self.pool is None else c_text(self.pool, "pool")
        if isinstance(self.events, str):
            raise InvalidArgumentError("events is one text; a sequence of names expected")
        names = [c_text(name, "events") for name in self.events]
        config.events = (ctypes.c_char_p * len(names))(*names) if names else None
        config.n_events = len(names)
        return config

    # --- learning ---------------------------------------------------------------------------------

    def fit(self, rows: Any, y: Any = None, *, columns: Columns = None) -> "DemandModel":
        """Forget all, and learn from the rows of whole periods, which are closed.

        Rows that were left out are in ``bad_rows_``, which is None if there are none.
        """
        self.model_ = _Model(self._config())
        self.update(rows, close=True, columns=columns)
        return self

    def partial_fit(self, rows: Any, y: Any = None, *, columns: Columns = None) -> "DemandModel":
        """`update` with rows of whole periods, which are closed; returns the model."""
        self.update(rows, close=True, columns=columns)
        return self

    def update(
        self,
        rows: Any,
        *,
        close: bool = False,
        totals_only: bool = False,
        columns: Columns = None,
    ) -> Optional[RowErrorTable]:
        """Learn from rows: ``unique_id``, ``ds``, ``y``, and ``flags``, ``limit``,
        ``available_us`` where they are, the column of the pool and of each event.

        Parameters
        ----------
        rows : frame
            In any order within the frame; without `replay` no row of a series before its last.
        close : bool
            These are all rows of their periods, which are closed.
        totals_only : bool
            Add totals of pools alone: the first of two passes over parts.
        columns : mapping, optional
            What the columns are called: ``{"unique_id": "sku"}``.

        Returns
        -------
        RowErrorTable or None
            Rows that were left out, also in ``bad_rows_``.
        """
        model = self._seen()
        self.bad_rows_: Optional[RowErrorTable] = None
        options = c.cstn_demand_update_options(
            struct_size=ctypes.sizeof(c.cstn_demand_update_options), flags=c.CSTN_DEMAND_SORT
        )
        options.flags |= c.CSTN_DEMAND_WHOLE_PERIODS if close else 0
        options.flags |= c.CSTN_DEMAND_TOTALS_ONLY if totals_only else 0
        bound = dated_binding(columns)
        options.binding = bound._live()
        with model._exclusive() as pointer, _frames.stream(rows) as stream:
            self.bad_rows_ = call_keeping_rows(
                lib.cstn_demand_model_update, pointer, stream, ctypes.byref(options)
            )
        self.frame_ = _frames.kind_of(rows)
        return self.bad_rows_

    def _ds(self, ds: When) -> int:
        return start_of(ds, self.model_.size().ds_type, self.period)

    def update_one(
        self,
        unique_id: Key,
        ds: When,
        y: float,
        *,
        pool: Optional[Key] = None,
        events: "Sequence[str]" = (),
        flags: int = 0,
        limit: Optional[float] = None,
        available_us: Optional[int] = None,
    ) -> None:
        """Learn from one row; `events` are the names of those that its period has.

        Raises
        ------
        RowErrors
            With the rule that the row breaks.
        """
        model = self._seen()
        row = c.cstn_demand_observation(struct_size=ctypes.sizeof(c.cstn_demand_observation))
        put_ids(row, key=unique_id, pool=pool)
        row.ds, row.y, row.row_flags = self._ds(ds), float(y), integer(flags, 32, "flags")
        if limit is not None:
            row.flags |= c.CSTN_DEMAND_HAS_LIMIT
            row.limit = limit
        if available_us is not None:
            row.flags |= c.CSTN_DEMAND_HAS_AVAILABLE
            row.available_us = integer(available_us, 64, "available_us")
        row.events = self._event_bits(events)
        with model._exclusive() as pointer:
            call(lib.cstn_demand_model_update_one, pointer, ctypes.byref(row))

    def _event_bits(self, events: "Sequence[str]") -> int:
        known = list(self.events)
        for name in events:
            if name not in known:
                raise InvalidArgumentError(f"{name!r} is no event of {', '.join(known) or 'none'}")
        return sum(1 << known.index(name) for name in set(events))

    def close_period(self, ds: When) -> None:
        """All rows of the periods up to `ds` have come: factors of pools make a step a period."""
        model = self._ready()
        number = self._ds(ds)
        with model._exclusive() as pointer:
            call(lib.cstn_demand_model_close_period, pointer, number)

    # --- forecasts --------------------------------------------------------------------------------

    def predict(
        self,
        h: Optional[int] = None,
        X_df: Any = None,
        *,
        quantiles: "Optional[Sequence[float]]" = None,
        keys: Any = None,
        returns: bool = False,
        within: bool = False,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Forecast series, each from the period after its last row.

        Parameters
        ----------
        h : int, optional
            Periods ahead, 1 to 1,024; None is one season.
        X_df : frame, optional
            Events to come: ``ds``, a column for each event, and that of the pool where they
            differ.
        quantiles : sequence of float, optional
            Levels inside (0, 1), ascending.
        keys : frame, optional
            Which series, in which order: ``unique_id``, and the column of the pool for new ones.
        returns : bool
            Forecast the series of returns.
        within : bool
            Beside each quantile, as ``within_900000``, how much of it lies below its level, 0 to
            1: what `forecast_metric` asks for with "u_coverage", since counts are covered in part.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``h``, ``mean``, the quantiles and ``flags``
            (CSTN_DEMAND_FORECAST_ bits: 1 cold, 2 censored, 4 events not known, 8 cut, 32 drift).
        """
        options = self._ahead(h, returns)
        levels, options.n_levels = _levels(quantiles)
        options.levels = levels
        options.flags |= c.CSTN_DEMAND_WITHIN if within else 0
        function = lib.cstn_demand_model_forecast
        return self._stream_of(function, options, keys, X_df, columns, frame)

    def explain(
        self,
        h: Optional[int] = None,
        X_df: Any = None,
        *,
        keys: Any = None,
        returns: bool = False,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """What the forecasts of `predict` are made of: parts that add up to ``mean``.

        Parameters
        ----------
        h : int, optional
            Periods ahead, 1 to 1,024; None is one season.
        X_df, keys, returns
            As for `predict`.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``h``, ``mean``, its parts in the same unit, and ``flags``:
            ``baseline`` is the level without factors, ``season`` what the position of the season
            adds or takes, ``signal_<event>`` what an event does, 0 where it is not. Factors share
            what they do together by logarithmic means (Ang 2004), the same in any order.
            `constellation.plot.waterfall` draws a row.
        """
        options = self._ahead(h, returns)
        return self._stream_of(lib.cstn_demand_model_explain, options, keys, X_df, columns, frame)

    def _ahead(self, h: Optional[int], returns: bool) -> Any:
        """Options of forecasts."""
        options = c.cstn_demand_forecast_options(
            struct_size=ctypes.sizeof(c.cstn_demand_forecast_options)
        )
        options.flags = c.CSTN_DEMAND_RETURNS if returns else 0
        options.horizon = or_default(h, 32, "h")
        options.threads = integer(self.threads, 32, "threads")
        return options

    def _stream_of(
        self, function: Any, options: Any, keys: Any, X_df: Any, columns: Columns,
        frame: Optional[str],
    ) -> Any:  # fmt: skip
        """What a function of keys, what is to come and options says, as a frame."""
        model = self._ready()
        kind = _frames.check_kind(frame, self.frame_)
        bound = dated_binding(columns)

        def export(target: Any) -> None:
            options.binding = bound._live()
            with _frames.stream_or_none(keys) as wanted, _frames.stream_or_none(X_df) as future:
                with model._exclusive() as pointer:
                    call(function, pointer, wanted, future, ctypes.byref(options), target)

        return _frames.convert(Table(export), kind)

    def lead_time(
        self,
        periods: "Union[int, Sequence[float]]",
        X_df: Any = None,
        *,
        level: Optional[float] = None,
        under: Optional[float] = None,
        over: Optional[float] = None,
        keys: Any = None,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Demand until what is ordered now has come, and what stock does about it.

        Parameters
        ----------
        periods : int or sequence of float
            The lead time; or how often it is 1, 2, .. periods.
        X_df : frame, optional
            Events to come, as for `predict`.
        level : float, optional
            The service level, inside (0, 1).
        under, over : float, optional
            In its place: what a unit short and a unit left cost; the level is under / (under +
            over).
        keys : frame, optional
            Which series, in which order, as for `predict`; ``stock``, where it is there, is the
            stock to be asked about.

        Returns
        -------
        frame
            ``unique_id``, ``ds`` (the first period), ``mean``, ``variance``, ``quantile`` (the
            reorder point), ``safety_stock``, ``stock``, ``shortage`` (mean of demand beyond the
            stock), ``stockout`` (its probability), ``flags``. Models with `calibrate` know how
            errors of a series go together; without, a lead time looks surer than it is.
        """
        options = c.cstn_demand_lead_options(struct_size=ctypes.sizeof(c.cstn_demand_lead_options))
        shares = None if isinstance(periods, int) else [float(share) for share in periods]
        options.periods = integer(periods if shares is None else len(shares), 32, "periods")
        options.threads = integer(self.threads, 32, "threads")
        if (level is None) == (under is None and over is None):
            raise InvalidArgumentError("level, or under and over expected")
        options.level = 0.0 if level is None else level
        if level == 0:
            raise InvalidArgumentError("level is 0; inside (0, 1) expected")
        options.under_minor, options.over_minor = under or 0.0, over or 0.0
        options.shares = (ctypes.c_double * len(shares))(*shares) if shares else None
        return self._stream_of(lib.cstn_demand_model_lead_time, options, keys, X_df, columns, frame)

    def forecast_one(
        self,
        unique_id: Key,
        h: int = 1,
        *,
        events: "Optional[Sequence[Sequence[str]]]" = None,
        quantiles: "Optional[Sequence[float]]" = None,
    ) -> Dict[str, Any]:
        """One series, without a frame: ``mean`` (a list), ``quantiles`` (a list a period) and
        ``flags``; `events` are the names that each period ahead has.
        """
        model = self._ready()
        query = c.cstn_demand_query(struct_size=ctypes.sizeof(c.cstn_demand_query))
        put_ids(query, key=unique_id)
        query.horizon = integer(h, 32, "h")
        if not 1 <= query.horizon <= c.CSTN_HORIZON_MOST:
            raise InvalidArgumentError(f"h is {h}; 1 to {c.CSTN_HORIZON_MOST} expected")
        if events is not None:
            if len(events) != h:
                raise InvalidArgumentError(f"events has {len(events)} periods, h is {h}")
            query.events = (ctypes.c_uint32 * h)(*(self._event_bits(one) for one in events))
        levels, n = _levels(quantiles)
        query.levels, query.n_levels = levels, n
        mean, flags = (ctypes.c_double * h)(), ctypes.c_int32()
        values = (ctypes.c_double * (h * n))() if n else None
        with model._exclusive() as pointer:
            call(
                lib.cstn_demand_model_forecast_one,
                pointer, ctypes.byref(query), mean, values, ctypes.byref(flags),
            )  # fmt: skip
        found = [list(values[i * n : i * n + n]) for i in range(h)] if values is not None else []
        return {"mean": list(mean), "quantiles": found, "flags": flags.value}

    def cross_validation(
        self,
        rows: Any,
        h: int,
        n_windows: int = 1,
        step_size: int = 1,
        *,
        models: Union[str, "Sequence[str]"] = (),
        assume_known: bool = False,
        cutoffs: "Optional[Sequence[Period]]" = None,
        min_training: int = 1,
        signals: "Sequence[str]" = (),
        origin_offset_us: int = 0,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Forecast the past: a new model of these parameters learns period after period, and is
        asked at every cutoff. This one is not changed.

        Parameters
        ----------
        rows : frame
            As those of `fit`, all of one history.
        h : int
            Periods ahead, 1 to 1,024.
        n_windows, step_size : int
            So many cutoffs, so many periods apart; the last is `h` periods before the end of each
            series.
        models : str or sequence of str
            Of :data:`FORECAST_MODELS`, fitted at every cutoff, to compare with: columns of their
            own.
        assume_known : bool
            Events of the periods ahead are taken from their rows, as a calendar has them; without
            it they are not known.
        cutoffs : sequence of int, date or datetime, optional
            Cutoffs of all series, ascending, in place of `n_windows` and `step_size`.
        min_training : int
            Periods up to a cutoff, at least.
        signals : sequence of str
            Columns that a model would be told ahead of their period: refused if they repeat y of
            their own or a later one.
        origin_offset_us : int
            A forecast is made that long after its cutoff's period; rows that do not say it are
            known `latency_us` after theirs.
        columns, frame
            As in `fit` and `predict`.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``cutoff``, ``h``, ``y``, a column a model, and ``Demand``, the
            mean: what :func:`forecast_score` takes. A series with a bad row, such as a negative y
            without the flag RETURN, is not in it; ``bad_rows_`` has those, or is None.

        Raises
        ------
        LeakageError
            A forecast would know too much: a row up to its cutoff became known later, or an event
            or signal repeats y.
        SchemaError
            A column is absent, or has no such periods.
        InvalidArgumentError
            A parameter is out of range; `models` beside `gap` "missing", with which periods without
            a row are neither learned nor scored.

        Examples
        --------
        >>> rows = {"unique_id": ["a"] * 4, "ds": [1, 2, 3, 4], "y": [8, 8, 8, 8]}
        >>> past = DemandModel(season=1).cross_validation(rows, 1, 2, models="Naive")
        >>> [(row["cutoff"], row["y"], row["Naive"], row["Demand"]) for row in past.to_pylist()]
        [(2, 8.0, 8.0, 8.0), (3, 8.0, 8.0, 8.0)]
        """
        test = Backtest(
            h,
            n_windows,
            step_size,
            cutoffs=cutoffs,
            min_training=min_training,
            signals=signals,
            latency_us=self.latency_us,
            origin_offset_us=origin_offset_us,
        )
        config = self._config()
        family = c.cstn_family_options(struct_size=ctypes.sizeof(c.cstn_family_options), horizon=h)
        names = [models] if isinstance(models, str) else models
        family.models = bits(names, _MODELS, "models")
        for name in ("period", "gap", "season"):
            setattr(family, name, getattr(config, name))
        family.threads = integer(self.threads, 32, "threads")
        test.options.demand = ctypes.pointer(config)
        test.options.flags = c.CSTN_BACKTEST_ASSUME_KNOWN if assume_known else 0
        return test.run(self, rows, family, columns, frame)

    # --- plot -------------------------------------------------------------------------------------

    def plot(
        self,
        unique_id: Key,
        h: Optional[int] = None,
        *,
        history: Any = None,
        X_df: Any = None,
        quantiles: "Sequence[float]" = (),
        ax: Any = None,
    ) -> Any:
        """The forecast of one series; `history` is a list of its last values, drawn before it.

        `quantiles` are drawn as a fan, in pairs from the outside in.
        """
        wanted = {"unique_id": [unique_id]}
        rows = self.predict(h, X_df, keys=wanted, quantiles=quantiles, frame="table").to_pylist()
        past = [float(value) for value in history] if history is not None else []
        ax = new_axes(ax, 3.2)
        ax.plot(range(1 - len(past), 1), past, color=INK, linewidth=1.2)
        ahead = [row["h"] for row in rows]
        names = [name for name in (rows[0] if rows else {}) if name.startswith("q_")]
        for low, high in zip(names, reversed(names)):
            if names.index(low) < names.index(high):
                ax.fill_between(
                    ahead, [row[low] for row in rows], [row[high] for row in rows],
                    color=ACCENT, alpha=0.18, linewidth=0,
                )  # fmt: skip
        ax.plot(ahead, [row["mean"] for row in rows], color=ACCENT, linewidth=1.6)
        ax.axvline(0.5, color=SOFT, linewidth=0.8)
        ax.set_xlabel("periods ahead")
        return titled(ax, f"{unique_id}")
