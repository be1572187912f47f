"""Rates with their uncertainty, and quantiles by name.

A rate is two integers first; a rate over nothing is None, never 0 or 1.
"""

from __future__ import annotations

import array as stdlib_array
import ctypes
from typing import Any, NamedTuple, Optional, Union

from . import _cdefs as c
from ._native import call, integer, lib
from .errors import InvalidArgumentError

__all__ = ["Rate", "quantile", "rate_difference", "rate_interval", "value_tiles"]


class Rate(NamedTuple):
    """A share and what can be said of it."""

    #: units that count
    numerator: int
    #: units in all
    denominator: int
    #: numerator / denominator; None over nothing
    value: Optional[float]
    #: limits of the interval; None when there is none
    low: Optional[float]
    high: Optional[float]
    #: the normal quantile used
    z: float

    def __str__(self) -> str:
        if self.value is None:
            return f"no rate (0 of {self.denominator})"
        text = f"{self.value:.6f} ({self.numerator:,} of {self.denominator:,})"
        return text if self.low is None else f"{text}, {self.low:.6f} .. {self.high:.6f}"


def new_rate() -> Any:
    """An empty ``cstn_rate`` to be filled by a call."""
    return c.cstn_rate(struct_size=ctypes.sizeof(c.cstn_rate))


def rate_of(rate: Any) -> Rate:
    """A filled ``cstn_rate``."""
    known = bool(rate.valid & c.CSTN_RATE_HAS_VALUE)
    limits = bool(rate.valid & c.CSTN_RATE_HAS_INTERVAL)
    return Rate(
        rate.numerator,
        rate.denominator,
        rate.value if known else None,
        rate.low if limits else None,
        rate.high if limits else None,
        rate.z,
    )


def rate_interval(numerator: int, denominator: int, confidence_ppm: int = 0) -> Rate:
    """A rate with its Wilson score interval (Wilson 1927).

    Parameters
    ----------
    numerator, denominator : int
        0 <= numerator <= denominator; 0 of 0 gives a rate of None.
    confidence_ppm : int
        Two-sided confidence in parts per million, 1..999,999; 0 means 950,000.

    Raises
    ------
    InvalidArgumentError
        For numbers out of range.

    Examples
    --------
    >>> rate = rate_interval(81, 263)
    >>> round(rate.low, 9), round(rate.high, 9)
    (0.25528852, 0.366209577)
    >>> rate_interval(0, 0).value is None
    True
    """
    rate = new_rate()
    numbers = integer(numerator, 64, "numerator"), integer(denominator, 64, "denominator")
    ppm = integer(confidence_ppm, 32, "confidence_ppm")
    call(lib.cstn_rate_interval, *numbers, ppm, ctypes.byref(rate))
    return rate_of(rate)


def rate_difference(
    numerator_a: int,
    denominator_a: int,
    numerator_b: int,
    denominator_b: int,
    confidence_ppm: int = 0,
) -> Rate:
    """Difference of two independent rates, a minus b (Newcombe 1998, method 10).

    Parameters
    ----------
    numerator_a, denominator_a, numerator_b, denominator_b : int
        0 <= numerator <= denominator; either denominator 0 gives None.
    confidence_ppm : int
        Two-sided confidence in parts per million, 1..999,999; 0 means 950,000.

    Returns
    -------
    Rate
        `value`, `low` and `high` are those of the difference; numerator and denominator are 0.

    Examples
    --------
    >>> difference = rate_difference(56, 70, 48, 80)
    >>> round(difference.value, 9), round(difference.low, 9), round(difference.high, 9)
    (0.2, 0.052431472, 0.333872654)
    """
    rate = new_rate()
    numbers = [
        integer(value, 64, what)
        for value, what in (
            (numerator_a, "numerator_a"),
            (denominator_a, "denominator_a"),
            (numerator_b, "numerator_b"),
            (denominator_b, "denominator_b"),
        )
    ]
    ppm = integer(confidence_ppm, 32, "confidence_ppm")
    call(lib.cstn_rate_difference, *numbers, ppm, ctypes.byref(rate))
    return rate_of(rate)


def _buffer(values: Any, code: str, what: str) -> "tuple[Any, int, Any]":
    """(pointer, length, keep alive) of numbers; buffers of the right type are not copied."""
    kind: Any = ctypes.c_double if code == "d" else ctypes.c_int64
    name = "float64" if code == "d" else "int64"
    if hasattr(values, "__array__"):
        import numpy as np

        source = np.asarray(values)
        if source.ndim != 1 or source.dtype.kind not in ("iuf" if code == "d" else "iu"):
            raise InvalidArgumentError(f"{what}: {source.dtype} of shape {source.shape}, {name} wanted")
        if source.dtype == np.uint64 and code == "q" and len(source) and source.max() >= 2**63:
            raise InvalidArgumentError(f"{what} has {source.max()}, which does not fit int64")
        array = np.ascontiguousarray(source, dtype=name)
        return array.ctypes.data_as(c.P(kind)), len(array), array
    try:
        items = values if isinstance(values, stdlib_array.array) else list(values)
        if not isinstance(values, stdlib_array.array) or values.typecode != code:
            items = stdlib_array.array(code, items)
    except (TypeError, OverflowError) as reason:
        raise InvalidArgumentError(f"{what} are not all {name}: {reason}") from None
    if len(items) == 0:
        return None, 0, items
    return ctypes.cast((kind * len(items)).from_buffer(items), c.P(kind)), len(items), items


def quantile(
    values: Any, probability_ppm: int, kind: Union[int, str]
) -> Optional[float]:
    """A quantile of values, by name.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        In any order, none NaN.
    probability_ppm : int
        0..1,000,000: 500,000 is the median.
    kind : int or "nearest_rank"
        Type 1..9 of Hyndman and Fan 1996 (7 is the default of R and numpy), or nearest rank.

    Returns
    -------
    float or None
        None for no values.

    Raises
    ------
    InvalidArgumentError
        For NaN, a probability or kind out of range.

    Examples
    --------
    >>> quantile([1, 2, 3, 4], 500_000, 7), quantile([1, 2, 3, 4], 500_000, "nearest_rank")
    (2.5, 2.0)
    """
    number = c.CSTN_QUANTILE_NEAREST_RANK if kind == "nearest_rank" else kind
    if isinstance(number, str) or (number == 0 and kind != "nearest_rank"):
        raise InvalidArgumentError(f"kind {kind!r} is not 1..9 or 'nearest_rank'")
    pointer, length, keep = _buffer(values, "d", "values")
    result = ctypes.c_double()
    status = call(
        lib.cstn_quantile,
        pointer,
        length,
        integer(probability_ppm, 32, "probability_ppm"),
        integer(number, 32, "kind"),
        ctypes.byref(result),
    )
    del keep
    return None if status == c.CSTN_DONE else result.value


def value_tiles(values: Any, tiles: int, ids: Any = None) -> Any:
    """Decile, or any n-tile, of each value.

    Parameters
    ----------
    values : array_like of int, shape (n,)
        Minor units or quantities.
    tiles : int
        2..1,000; 10 for deciles.
    ids : array_like of int, shape (n,), optional
        Break ties between equal values; None is the position.

    Returns
    -------
    numpy.ndarray of int32 or array.array, shape (n,)
        1..tiles, numpy when `values` is.

    Examples
    --------
    >>> list(value_tiles([50, 10, 30, 20], 2))
    [2, 1, 2, 1]
    """
    pointer, length, keep = _buffer(values, "q", "values")
    ids_pointer, ids_keep = None, None
    if ids is not None:
        ids_pointer, ids_length, ids_keep = _buffer(ids, "q", "ids")
        if ids_length != length:
            raise InvalidArgumentError(f"{length} values, but {ids_length} ids")
    cells = (ctypes.c_int32 * length)()
    call(lib.cstn_value_tiles, pointer, ids_pointer, length, integer(tiles, 32, "tiles"), cells)
    del keep, ids_keep
    if hasattr(values, "__array__"):
        import numpy as np

        return np.array(cells, dtype=np.int32)
    return stdlib_array.array("i", cells)
