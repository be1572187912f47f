"""Exact decimals (an integer and a scale) and money (an integer of minor units).

Nothing is rounded unless the call says so; rounding is half-even.
"""

from __future__ import annotations

import ctypes

from ._native import c_text, call, integer, lib, utf8
from .errors import InvalidArgumentError
from .times import sized_text

__all__ = [
    "currency_scale",
    "decimal_multiply",
    "decimal_rescale",
    "format_decimal",
    "parse_decimal",
]


def _mark(mark: str, what: str) -> int:
    data = utf8(mark, what)
    if len(data) > 1:
        raise InvalidArgumentError(f"{what} {mark!r} is not one ASCII character")
    return data[0] if data else 0


def parse_decimal(text: str, scale: int, decimal_mark: str = ".", thousands_mark: str = "") -> int:
    """Read a decimal at a scale.

    Parameters
    ----------
    text : str
        Such as ``"-1234.50"``.
    scale : int
        Number of decimals, 0..18.
    decimal_mark, thousands_mark : str
        One ASCII character each; an empty `thousands_mark` allows none.

    Returns
    -------
    int
        The value times 10**scale.

    Raises
    ------
    FormatError
        If it is no decimal, or has more digits than the scale holds.
    ArithmeticOverflowError
        If it does not fit int64.

    Examples
    --------
    >>> parse_decimal("1.234,5", 2, decimal_mark=",", thousands_mark=".")
    123450
    """
    data = utf8(text, "text")
    result = ctypes.c_int64()
    marks = _mark(decimal_mark, "decimal_mark"), _mark(thousands_mark, "thousands_mark")
    digits = integer(scale, 32, "scale")
    call(lib.cstn_decimal_parse, data, len(data), digits, *marks, ctypes.byref(result))
    return result.value


def format_decimal(value: int, scale: int) -> str:
    """A decimal as text, with exactly `scale` decimals.

    Parameters
    ----------
    value : int
        The decimal times 10**scale, an int64.
    scale : int
        Number of decimals, 0..18.

    Examples
    --------
    >>> format_decimal(-123450, 2)
    '-1234.50'
    """
    number, digits = integer(value, 64, "value"), integer(scale, 32, "scale")
    return sized_text(lambda buffer, size: int(lib.cstn_decimal_format(number, digits, buffer, size)))


def decimal_rescale(value: int, from_scale: int, to_scale: int) -> int:
    """A decimal at another scale, rounded half-even.

    Parameters
    ----------
    value : int
        The decimal times 10**from_scale, an int64.
    from_scale, to_scale : int
        Number of decimals it has and shall have, 0..18.

    Raises
    ------
    ArithmeticOverflowError
        If it does not fit int64.

    Examples
    --------
    >>> decimal_rescale(125, 2, 1), decimal_rescale(135, 2, 1)
    (12, 14)
    """
    result = ctypes.c_int64()
    scales = integer(from_scale, 32, "from_scale"), integer(to_scale, 32, "to_scale")
    call(lib.cstn_decimal_rescale, integer(value, 64, "value"), *scales, ctypes.byref(result))
    return result.value


def decimal_multiply(a: int, b: int, drop_scale: int) -> int:
    """Product of two decimals, such as price times quantity, in 128 bits and rounded half-even.

    Parameters
    ----------
    a, b : int
        Scaled int64.
    drop_scale : int
        The product is divided by 10**drop_scale, 0..18.

    Raises
    ------
    ArithmeticOverflowError
        If it does not fit int64.

    Examples
    --------
    >>> decimal_multiply(1999, 1500, 3)
    2998
    """
    result = ctypes.c_int64()
    numbers = integer(a, 64, "a"), integer(b, 64, "b"), integer(drop_scale, 32, "drop_scale")
    call(lib.cstn_decimal_multiply, *numbers, ctypes.byref(result))
    return result.value


def currency_scale(code: str) -> int:
    """Decimals of a currency's minor unit (ISO 4217).

    Parameters
    ----------
    code : str
        Three capital letters.

    Raises
    ------
    NotFoundError
        For a code that is no currency.

    Examples
    --------
    >>> currency_scale("EUR"), currency_scale("JPY"), currency_scale("KWD")
    (2, 0, 3)
    """
    result = ctypes.c_int32()
    call(lib.cstn_currency_scale, c_text(code, "currency"), ctypes.byref(result))
    return result.value
