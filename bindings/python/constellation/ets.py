"""Exponential smoothing of one series at given parameters."""

from __future__ import annotations

import ctypes
from typing import Any, List, NamedTuple, Optional

from . import _cdefs as c
from ._native import c_text, call, integer, lib
from .stats import _buffer

__all__ = ["EtsResult", "ets_filter"]


class EtsResult(NamedTuple):
    """What a form of exponential smoothing says of a series."""

    #: expected of every period by what came before it
    fitted: List[float]
    #: y - fitted, over fitted where the error is multiplicative
    residuals: List[float]
    #: what every period meets, and the end: one more than there are periods
    level: List[float]
    #: likewise; zeros where the form has none
    trend: List[float]
    #: what every period meets, then the season to come; empty where none was given
    seasonal: List[float]
    #: means of the periods ahead
    forecast: List[float]
    #: their variances
    variance: List[float]
    #: without constants: -(n/2) log(squares), less the sum of log fitted where the error is
    #: multiplicative
    loglik: float
    #: 2 k - 2 loglik
    aic: float
    #: that of small samples; None below k + 2 periods
    aicc: Optional[float]
    #: k log(n) - 2 loglik
    bic: float
    #: sum of squared residuals
    squares: float
    #: squares / (n - k + 1); None below k periods
    sigma2: Optional[float]
    #: k: smoothing parameters, free states of the start, the variance
    parameters: int


def _there(value: float) -> Optional[float]:
    return value if value == value else None


def ets_filter(
    form: str,
    y: Any,
    *,
    alpha: float,
    level: float,
    beta: float = 0.0,
    gamma: float = 0.0,
    phi: float = 1.0,
    trend: float = 0.0,
    seasonal: Any = (),
    horizon: int = 0,
) -> EtsResult:
    """Exponential smoothing at given parameters: fitted values, states, likelihood, forecast.

    Parameters
    ----------
    form : str
        Error (A, M), trend (N, A, Ad, M, Md) and season (N, A, M), as in "MAdM"; an additive error
        stands beside additive parts only, a multiplicative trend not beside an additive season.
    y : array_like of float, shape (n,)
        Oldest first; above 0 where a part is multiplicative.
    alpha, beta, gamma : float
        Shares of an error that move level, trend and season.
    level, trend : float
        States at the start; a multiplicative trend is a ratio above 0.
    phi : float
        What is left of a damped trend a period on, above 0, at most 1.
    seasonal : array_like of float, shape (m,)
        States at the start: the j-th is met by the j-th period.
    horizon : int
        Periods ahead, 0 to 1,024.

    Returns
    -------
    EtsResult

    Raises
    ------
    InvalidArgumentError
        No such form, one that is not stable, a value that is not finite or not above 0.
    ArithmeticOverflowError
        A state leaves the numbers (with its period), or a forecast is beyond a double.

    Examples
    --------
    >>> said = ets_filter("ANN", [12.0, 14.0, 13.0, 15.0], alpha=0.5, level=10.0, horizon=2)
    >>> said.level, said.forecast
    ([10.0, 11.0, 12.5, 12.75, 13.875], [13.875, 13.875])
    """
    pointer, n, kept = _buffer(y, "d", "y")
    states, m, kept_states = _buffer(seasonal, "d", "seasonal")
    h = integer(horizon, 32, "horizon")
    given = c.cstn_ets_parameters(
        ctypes.sizeof(c.cstn_ets_parameters), 0, alpha, beta, gamma, phi, level, trend, states, m, h
    )
    sizes = (n, n, n + 1, n + 1, n + m, max(h, 0), max(h, 0))
    rooms = [(ctypes.c_double * size)() for size in sizes]
    pointers = [ctypes.cast(room, c.P(ctypes.c_double)) for room in rooms]
    paths = c.cstn_ets_paths(ctypes.sizeof(c.cstn_ets_paths), 0, *pointers)
    summary = c.cstn_ets_summary(struct_size=ctypes.sizeof(c.cstn_ets_summary))
    call(
        lib.cstn_ets_filter,
        c_text(form, "form"),
        ctypes.byref(given),
        pointer,
        n,
        lib.allocator,
        ctypes.byref(paths),
        ctypes.byref(summary),
    )
    del kept, kept_states
    fitted, residuals, levels, trends, season, forecast, variance = (list(room) for room in rooms)
    return EtsResult(
        fitted,
        residuals,
        levels,
        trends,
        season if m else [],
        forecast,
        variance,
        summary.loglik,
        summary.aic,
        _there(summary.aicc),
        summary.bic,
        summary.squares,
        _there(summary.sigma2),
        summary.parameters,
    )
