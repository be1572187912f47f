"""How good a forecast was: every measure of it by one exact definition."""

from __future__ import annotations

import ctypes
from typing import Any, Dict, List, Optional, Tuple

from . import _cdefs as c
from ._native import call, integer, lib
from .errors import InvalidArgumentError
from .stats import _buffer

__all__ = ["FORECAST_METRICS", "forecast_metric"]

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
        "scaled_pinball", "quantile_loss". None for "msis".
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
    value = ctypes.c_double()
    status = call(
        lib.cstn_forecast_metric, _METRICS[metric], ctypes.byref(sample), ctypes.byref(value)
    )
    del keep
    return None if status == c.CSTN_DONE else value.value
