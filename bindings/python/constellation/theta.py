"""Theta models of one series: parameters fitted, or given."""

from __future__ import annotations

import ctypes
from typing import Any, Dict, List, NamedTuple, Tuple

from . import _cdefs as c
from ._native import call, choice, integer, lib
from .stats import _buffer

__all__ = ["ThetaModel", "fit_theta"]

_MODELS: Dict[str, int] = {
    "STM": c.CSTN_FAMILY_STM,
    "OTM": c.CSTN_FAMILY_OTM,
    "DSTM": c.CSTN_FAMILY_DSTM,
    "DOTM": c.CSTN_FAMILY_DOTM,
}


class ThetaModel(NamedTuple):
    """A level and a share of the trend line, as parameters (Fiorucci et al. 2016).

    The forecast of period t is the level before it and 1 - 1/theta of what smoothing would make of
    the line of the whole series, or of what was seen before (`dynamic`).

    Examples
    --------
    >>> model = ThetaModel(alpha=0.5, theta=2.0, level=3.0)
    >>> fitted, ahead = model.run([3.0, 5.0, 4.0, 6.0], 2)
    >>> [round(value, 4) for value in ahead]
    [5.8531, 6.2531]
    """

    #: smoothing, above 0 to 1
    alpha: float
    #: 1 or more: 1 leaves the line out, 2 takes half of it
    theta: float
    #: before the first period
    level: float
    #: the line is that of what was seen before each period
    dynamic: bool = False

    def run(self, y: Any, horizon: int = 1) -> Tuple[List[float], List[float]]:
        """Forecasts one step ahead of every value, and `horizon` periods beyond.

        Parameters
        ----------
        y : array_like of float, shape (n,)
            Within 1e300, oldest first.
        horizon : int
            0 to 1,024.

        Returns
        -------
        tuple of list of float
            n values, then `horizon` values.

        Raises
        ------
        InvalidArgumentError
            A parameter out of range, no value, or one that is not finite (with its position).
        ArithmeticOverflowError
            A forecast is beyond a double.
        """
        pointer, n, kept = _buffer(y, "d", "y")
        given = c.cstn_theta_parameters(
            struct_size=ctypes.sizeof(c.cstn_theta_parameters),
            flags=c.CSTN_THETA_DYNAMIC if self.dynamic else 0,
            alpha=self.alpha,
            theta=self.theta,
            level=self.level,
        )
        h = integer(horizon, 32, "horizon")
        fitted = (ctypes.c_double * n)()
        ahead = (ctypes.c_double * max(h, 0))()
        call(lib.cstn_theta_filter, ctypes.byref(given), pointer, n, h, fitted, ahead)
        del kept
        return list(fitted), list(ahead)


def fit_theta(y: Any, model: str = "DOTM") -> ThetaModel:
    """The parameters of least squared errors one step ahead.

    Parameters
    ----------
    y : array_like of float, shape (n,)
        Within 1e300, oldest first, without its season.
    model : str
        "STM" and "DSTM" take half of the line, "OTM" and "DOTM" fit its share; "DSTM" and "DOTM"
        use the line of what was seen so far.

    Returns
    -------
    ThetaModel
        `alpha` is from .1 to .99.

    Raises
    ------
    InvalidArgumentError
        An unknown model, no value, or one that is not finite (with its position).

    Examples
    --------
    >>> model = fit_theta([3.0, 5.0, 4.0, 6.0, 5.0, 7.0, 6.0, 8.0], "OTM")
    >>> [round(value, 3) for value in model.run([3.0, 5.0, 4.0, 6.0, 5.0, 7.0, 6.0, 8.0], 2)[1]]
    [8.072, 8.643]
    """
    pointer, n, kept = _buffer(y, "d", "y")
    found = c.cstn_theta_parameters(struct_size=ctypes.sizeof(c.cstn_theta_parameters))
    call(lib.cstn_theta_fit, choice(model, _MODELS, "model"), pointer, n, ctypes.byref(found))
    del kept
    return ThetaModel(
        found.alpha, found.theta, found.level, bool(found.flags & c.CSTN_THETA_DYNAMIC)
    )
