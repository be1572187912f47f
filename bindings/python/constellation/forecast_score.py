"""How good a forecast was: every measure of it by one exact definition."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from . import _cdefs as c
from . import _frames
from ._native import c_text, call, choice, integer, lib, text_array
from .errors import InvalidArgumentError
from .forecast import _GAPS, _PERIODS
from .schema import numbers_binding
from .stats import _buffer
from .table import RowErrorTable, Table, call_with_rows

__all__ = ["FORECAST_METRICS", "count_quantiles", "forecast_metric", "forecast_score"]

_METRICS: Dict[str, int] = {
    "mae": c.CSTN_METRIC_MAE,
    "mse": c.CSTN_METRIC_MSE,
    "rmse": c.CSTN_METRIC_RMSE,
    "smape": c.CSTN_METRIC_SMAPE,
    "mase": c.CSTN_METRIC_MASE,
    "rmsse": c.CSTN_METRIC_RMSSE,
    "wape": c.CSTN_METRIC_WAPE,
    "bias": c.CSTN_METRIC_BIAS,
    "vn1": c.CSTN_METRIC_VN1,
    "tracking_signal": c.CSTN_METRIC_TRACKING_SIGNAL,
    "pinball": c.CSTN_METRIC_PINBALL,
    "scaled_pinball": c.CSTN_METRIC_SCALED_PINBALL,
    "quantile_loss": c.CSTN_METRIC_QUANTILE_LOSS,
    "coverage": c.CSTN_METRIC_COVERAGE,
    "cost": c.CSTN_METRIC_COST,
    "msis": c.CSTN_METRIC_MSIS,
    "u_coverage": c.CSTN_METRIC_U_COVERAGE,
}

#: names of measures, for :func:`forecast_metric`
FORECAST_METRICS: Tuple[str, ...] = tuple(_METRICS)


def forecast_metric(
    metric: str,
    y: Any,
    forecast: Any = None,
    *,
    history: Any = None,
    season: int = 1,
    level_ppm: int = 0,
    low: Any = None,
    high: Any = None,
    under_minor: float = 0.0,
    over_minor: float = 0.0,
    within: Any = None,
    seed: int = 0,
) -> Optional[float]:
    """A measure of one series' forecast.

    Parameters
    ----------
    metric : str
        One of :data:`FORECAST_METRICS`; each is defined in the reference of ``demand_evaluate.h``:
        "smape" in percent, 0 to 200, "mase", "rmsse" and "scaled_pinball" over the change of the
        history, "wape", "bias" and "vn1" as shares of demand, "cost" in minor units a period.
    y : array_like of float, shape (h,)
        What came, finite.
    forecast : array_like of float, shape (h,)
        What was said: a mean or median, or the quantile of level `level_ppm` for "pinball",
        "scaled_pinball", "quantile_loss", "coverage" and "u_coverage". None for "msis".
    history : array_like of float, shape (n,), optional
        The periods before, oldest first, for "mase", "rmsse", "scaled_pinball" and "msis".
    season : int
        Periods of a season, 1 or more, for "mase" and "msis".
    level_ppm : int
        The level of a quantile in millionths, 1..999,999; for "msis" the share of outcomes
        outside of the interval (50,000 for 95 %).
    low, high : array_like of float, shape (h,)
        The interval of "msis".
    under_minor, over_minor : float
        Cost of a unit short and of a unit left, for "cost".
    within : array_like of float, shape (h,), optional
        For "u_coverage", 0 to 1: how much of what is exactly the quantile lies below its level, as
        :func:`count_quantiles` says it. Counts have atoms: the share of outcomes at or below a
        quantile is above its level also where the forecast is right, that of U at or below the
        level is not, U = P(Y < y) + V P(Y = y).
    seed : int
        Of V, for "u_coverage": another one for each series.

    Returns
    -------
    float or None
        None where the definition divides by nothing: no period, no history, a history without
        change, no demand.

    Raises
    ------
    InvalidArgumentError
        An unknown measure, lengths that differ, a value that is not finite (with its position), a
        level or season out of range.
    ArithmeticOverflowError
        The value is beyond a double.

    Notes
    -----
    Pure function, any thread, O(h + n). Sources: Hyndman and Koehler 2006, Makridakis et al. 2020
    and 2022 (M4, M5), Gneiting and Raftery 2007.

    Examples
    --------
    >>> forecast_metric("smape", [10, 0, 4, 6], [8, 0, 5, 9])
    21.11111111111111
    >>> forecast_metric("mase", [10, 0, 4, 6], [8, 0, 5, 9], history=[0, 0, 2, 4, 1, 6], season=2)
    0.6666666666666666
    >>> forecast_metric("wape", [0, 0], [1, 2]) is None
    True
    """
    if metric not in _METRICS:
        raise InvalidArgumentError(f"metric {metric!r} is not one of {', '.join(FORECAST_METRICS)}")
    sample = c.cstn_forecast_sample(struct_size=ctypes.sizeof(c.cstn_forecast_sample))
    keep: List[Any] = []
    for name, values in (
        ("actual", y),
        ("forecast", forecast),
        ("history", history),
        ("low", low),
        ("high", high),
        ("within", within),
    ):
        if values is None:
            continue
        pointer, length, kept = _buffer(values, "d", name)
        keep.append(kept)
        if length:
            setattr(sample, name, pointer)
        if name == "actual":
            sample.n = length
        elif name == "history":
            sample.n_history = length
        elif length != sample.n:
            raise InvalidArgumentError(f"{length} values of {name}, {sample.n} of y")
    sample.season = integer(season, 32, "season")
    sample.level_ppm = integer(level_ppm, 32, "level_ppm")
    sample.under_minor = under_minor
    sample.over_minor = over_minor
    sample.seed = integer(seed, 64, "seed") % 2**64
    value = ctypes.c_double()
    status = call(
        lib.cstn_forecast_metric, _METRICS[metric], ctypes.byref(sample), ctypes.byref(value)
    )
    del keep
    return None if status == c.CSTN_DONE else value.value


def count_quantiles(
    mean: float, dispersion: float, levels: "Sequence[float]"
) -> "Tuple[List[float], List[float]]":
    """Quantiles of a count: negative binomial with a mean and a variance of mean + dispersion
    mean^2, Poisson for a dispersion of 0.

    Parameters
    ----------
    mean : float
        0 to 1e15.
    dispersion : float
        0 or more; beyond 1e6 it counts as 1e6.
    levels : sequence of float
        Inside (0, 1), ascending.

    Returns
    -------
    quantiles : list of float
        Of each level u the smallest whole q with P(Y <= q) >= u.
    within : list of float
        (u - P(Y < q)) / P(Y = q): for "u_coverage" of :func:`forecast_metric`.

    Raises
    ------
    InvalidArgumentError
        A value is out of range.

    Notes
    -----
    Pure function, any thread; 5 cycles a unit of the highest quantile, 1 to 50 us a level of a mean
    above 200.

    Examples
    --------
    >>> quantiles, within = count_quantiles(5, 0.2, [0.25, 0.5, 0.975])
    >>> quantiles
    [3.0, 4.0, 12.0]
    >>> forecast_metric("u_coverage", [3, 4, 9], [4] * 3, within=[within[1]] * 3, seed=1)
    0.6666666666666666
    """
    n = len(levels)
    given = (ctypes.c_double * n)(*levels)
    quantiles, within = (ctypes.c_double * n)(), (ctypes.c_double * n)()
    call(lib.cstn_count_quantiles, mean, dispersion, given, n, quantiles, within)
    return list(quantiles), list(within)


_SCORES: Dict[str, int] = {**_METRICS, "owa": c.CSTN_METRIC_OWA}
_WEIGHTS = {
    "none": c.CSTN_WEIGHT_NONE,
    "units": c.CSTN_WEIGHT_UNITS,
    "money": c.CSTN_WEIGHT_MONEY,
}
_BY = {
    "series": c.CSTN_SCORE_BY_SERIES,
    "cutoff": c.CSTN_SCORE_BY_CUTOFF,
    "level": c.CSTN_SCORE_BY_LEVEL,
}
_CENSORED = {"keep": 0, "drop": c.CSTN_SCORE_DROP_CENSORED}


def _names(values: "Optional[Sequence[str]]") -> "List[str]":
    return [values] if isinstance(values, str) else list(values or ())


def _bound(columns: "Optional[Mapping[str, str]]") -> Any:
    bound = numbers_binding(columns)
    for name in ("ds", "cutoff"):
        bound.zone(name, "UTC")
    return bound


def forecast_score(
    forecasts: Any,
    metrics: "Union[str, Sequence[str], None]" = None,
    *,
    train: Any = None,
    models: "Union[str, Sequence[str], None]" = None,
    reference: Optional[str] = None,
    level_column: Optional[str] = None,
    levels: "Optional[Sequence[str]]" = None,
    weighting: str = "none",
    weight_periods: int = 28,
    by: "Union[str, Sequence[str]]" = (),
    censored: str = "keep",
    season: int = 1,
    under_minor: float = 0.0,
    over_minor: float = 0.0,
    period: str = "by_type",
    gap: str = "error",
    threads: int = 0,
    columns: "Optional[Mapping[str, str]]" = None,
    train_columns: "Optional[Mapping[str, str]]" = None,
    frame: Optional[str] = None,
    keep_bad_rows: "Optional[Callable[[Optional[RowErrorTable]], None]]" = None,
) -> Any:
    """Scores of a frame of forecasts: many series, models and cutoffs.

    Parameters
    ----------
    forecasts : frame
        ``unique_id``, ``ds``, ``y`` (what came), a column a model, and where there are such
        ``cutoff`` (the last period that the forecast knew), ``flags`` (1 stock-out, 2 closed) and
        ``limit`` (units that could have been sold). ``A-q_900000`` is a quantile of the model A in
        millionths, ``A-within_900000`` what "u_coverage" needs beside it, ``A-lo-80`` and
        ``A-hi-80`` are the bounds of its interval of 80 percent.
    metrics : str or sequence of str, optional
        Of :data:`FORECAST_METRICS`, and "owa"; None is the usual ones that have what they need.
    train : frame, optional
        The history: ``unique_id``, ``ds``, ``y``, for money ``money_minor`` or ``price_minor``.
        Periods after a cutoff are not looked at.
    models : str or sequence of str, optional
        Their names; None is every column of numbers that is nothing else.
    reference : str, optional
        The model that "owa" divides by.
    level_column : str, optional
        A column that says which level a series is of: weights sum to 1 in each, and the mean is
        over levels.
    levels : sequence of str, optional
        Levels to add series up to: names of columns with commas between, "" the total, "unique_id"
        the series.
    weighting : "none", "units" or "money"
        What a mean over series weights them by: of the last `weight_periods` of training.
    by : of "series", "cutoff" and "level"
        Rows of each, beside those of the mean; "series" in its place.
    censored : "keep" or "drop"
        A forecast of at least the limit has no error in a period with a stock-out, one below it
        that of the limit; or such periods are left out.
    season, under_minor, over_minor
        As in :func:`forecast_metric`.
    period, gap : str
        As in :class:`Forecaster`; a gap of the history.
    threads : int
        0 all processors; results do not depend on it.
    columns, train_columns : mapping, optional
        What columns are called in the frames: {"y": "sold"}.
    frame : str, optional
        Kind of frame that comes out; None is that of the forecasts.
    keep_bad_rows : callable, optional
        Is called with the rows that broke a rule, or None; their series are left out, and one whose
        history is left out has no scale. Without it such rows raise RowErrors, since a mean over
        fewer series is another one.

    Returns
    -------
    frame
        ``metric``, ``model``, [``level``], [``cutoff``], [``unique_id``], ``q_ppm``, ``value``
        (null where the definition divides by nothing), ``series``, ``nulls``, ``periods``,
        ``left_out``, ``weighting``, ``definition`` (digest of the rules). A null level or cutoff is
        the mean over all of them.

    Raises
    ------
    RowErrors
        Rows break a rule, and `keep_bad_rows` is not there: a null, a period twice, one that is not
        after its cutoff, a gap of the history. ``rows`` has them.
    SchemaError
        A column is absent, or none fits a measure.
    InvalidArgumentError
        A parameter is out of range.
    ArithmeticOverflowError
        A score is beyond a double.

    Notes
    -----
    Pure function, any thread; O(rows log rows), and a pass a measure. Means run over periods inside
    a series, then over series, cutoffs and levels.

    Examples
    --------
    >>> rows = {"unique_id": ["a", "a", "b"], "ds": [5, 6, 5], "y": [10, 12, 3], "A": [9, 12, 6]}
    >>> [(r["metric"], r["value"]) for r in forecast_score(rows, ["mae", "bias"]).to_pylist()]
    [('mae', 1.75), ('bias', 0.4772727272727273)]
    """
    wanted = [metrics] if isinstance(metrics, str) else list(metrics or ())
    for name in wanted:
        choice(name, _SCORES, "metrics")
    options = c.cstn_score_options(struct_size=ctypes.sizeof(c.cstn_score_options))
    for name in _names(by):
        options.flags |= choice(name, _BY, "by")
    options.flags |= choice(censored, _CENSORED, "censored")
    options.metrics = (ctypes.c_int32 * len(wanted))(*[_SCORES[name] for name in wanted])
    options.n_metrics = len(wanted)
    for name, values in (("models", models), ("levels", levels)):
        if values is not None:
            array, n = text_array(_names(values), name)
            setattr(options, name, array)
            setattr(options, f"n_{name}", n)
    options.reference = None if reference is None else c_text(reference, "reference")
    options.level_column = None if level_column is None else c_text(level_column, "level_column")
    options.weighting = choice(weighting, _WEIGHTS, "weighting")
    options.weight_periods = integer(weight_periods, 32, "weight_periods")
    options.period = choice(period, _PERIODS, "period")
    options.gap = choice(gap, _GAPS, "gap")
    options.season = integer(season, 32, "season")
    options.threads = integer(threads, 32, "threads")
    options.under_minor = under_minor
    options.over_minor = over_minor
    bound, train_bound = _bound(columns), _bound(train_columns)
    kind = _frames.check_kind(frame, _frames.kind_of(forecasts))

    def export(target: Any) -> None:
        options.binding, options.history_binding = bound._live(), train_bound._live()
        with contextlib.ExitStack() as open_:
            stream = open_.enter_context(_frames.stream(forecasts))
            past = open_.enter_context(_frames.stream_or_none(train))
            failure = call_with_rows(
                lib.cstn_forecast_score, stream, past, ctypes.byref(options), lib.allocator, target
            )
        if keep_bad_rows is not None:
            keep_bad_rows(None if failure is None else failure.rows)
        elif failure is not None:
            raise failure

    return _frames.convert(Table(export), kind)
