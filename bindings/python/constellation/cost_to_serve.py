"""Cost to serve: what drives cost is counted a customer; rates stand apart.

Rows are orders, or a customer's month, or whatever is at hand, in any frame. Columns: ``customer``
(int or text), ``segment`` (text, optional), one integer column a driver (see `COST_DRIVERS`;
absent or null is 0), ``revenue`` and ``margin`` in minor units, ``currency``.
"""

from __future__ import annotations

import ctypes
import decimal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional, Tuple, Union

from . import _cdefs as c
from ._native import c_text, call, integer, lib, text_of
from ._reading import Reading, spelled
from ._state import Mergeable
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["COST_DRIVERS", "CostToServe"]

#: the drivers in their order; each is a column
COST_DRIVERS: Tuple[str, ...] = tuple(
    text_of(lib.cstn_cost_driver_name(i)) for i in range(c.CSTN_COST_DRIVER_COUNT)
)

RateLike = Union[int, str, decimal.Decimal]


def _driver(name: str) -> int:
    if name not in COST_DRIVERS:
        raise InvalidArgumentError(f"driver {name!r} is not one of {', '.join(COST_DRIVERS)}")
    return COST_DRIVERS.index(name)


def _rate(driver: str, rate: RateLike) -> Any:
    """A decimal as the digits and the scale it was given with."""
    if isinstance(rate, float):
        raise InvalidArgumentError(f"the rate of {driver} is a float; give text or a Decimal")
    try:
        number = decimal.Decimal(rate)
    except (decimal.InvalidOperation, TypeError, ValueError):
        raise InvalidArgumentError(f"the rate of {driver}, {rate!r}, is no decimal") from None
    if not number.is_finite():
        raise InvalidArgumentError(f"the rate of {driver} is {rate}")
    scale = max(-int(number.as_tuple().exponent), 0)
    with decimal.localcontext() as exact:
        exact.prec = 60
        digits = int(number.scaleb(scale))
    return c.cstn_cost_rate(
        driver=_driver(driver), scale=scale, rate=integer(digits, 64, f"the rate of {driver}")
    )


class CostToServe(Mergeable):
    """Counts of what drives cost, mergeable: a what-if with other rates reads no data.

    Parameters
    ----------
    currency : str
        ISO 4217, three capital letters: all money is in its minor units.

    Notes
    -----
    One thread at a time works on a state; others wait. Same rows, same bytes, however they are
    split and merged.

    Examples
    --------
    >>> state = CostToServe("EUR").update(
    ...     {"customer": [7, 7, 8], "segment": ["A", "A", "B"], "orders": [1, 1, 1],
    ...      "lines": [5, 2, 1], "revenue": [9000, 5000, 2000], "margin": [3000, 900, 400]})
    >>> [(row["customer"], row["cost"]) for row in
    ...  state.customers({"orders": 250, "lines": "12.5"}).to_pylist()]
    [(7, 588), (8, 262)]
    """

    _NAME = "cstn_cost_to_serve"
    _RELEASE = "cstn_cost_to_serve_free"

    def __init__(self, currency: str = "EUR") -> None:
        self._make(c_text(currency, "currency"))

    @spelled(Reading)
    def update(
        self, rows: Any, *, remove: bool = False, **how: Unpack[Reading]
    ) -> "CostToServe":
        """Add rows, or take away rows that were added; returns the state.

        Parameters
        ----------
        rows : frame
            Any frame, or an iterator of such, each an update of its own.
        columns, constants, values, zone, casts, binding, trusted, progress
            As for `perfect_order_rate`.
        remove : bool
            The rows were added before: afterwards the state is as if it had never seen them.

        Raises
        ------
        RowErrors
            Rows were left out; **the others are in**.
        StateError
            More is removed than was there; the state is unchanged.
        """
        self._update(rows, how, flags=c.CSTN_COST_TO_SERVE_REMOVE if remove else 0)
        return self

    def _table(
        self,
        table: int,
        rates: "Mapping[str, RateLike]",
        fixed: Optional["Mapping[str, int]"],
        frame: Optional[str],
    ) -> Any:
        priced = [_rate(driver, rate) for driver, rate in rates.items()]
        shared = [
            c.cstn_fixed_cost(driver=_driver(driver), amount=integer(amount, 64, "a fixed cost"))
            for driver, amount in (fixed or {}).items()
        ]
        with_rates = c.cstn_cost_rates(struct_size=ctypes.sizeof(c.cstn_cost_rates))
        with_rates.rates = (c.cstn_cost_rate * max(len(priced), 1))(*priced)
        with_rates.n_rates = len(priced)
        with_rates.fixed = (c.cstn_fixed_cost * max(len(shared), 1))(*shared)
        with_rates.n_fixed = len(shared)

        def export(stream: Any) -> None:
            with self._exclusive() as pointer:
                call(
                    lib.cstn_cost_to_serve_export,
                    pointer,
                    ctypes.byref(with_rates),
                    table,
                    stream,
                )

        return self._framed(export, frame)

    def customers(
        self,
        rates: "Mapping[str, RateLike]",
        fixed: Optional["Mapping[str, int]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """A row a customer: cost, cost an order, share of margin, break-even order, largest driver.

        Parameters
        ----------
        rates : mapping of driver to int, str or Decimal
            What a unit costs, in minor units: ``{"orders": 250, "kg_km": "0.0125"}``. Exact.
        fixed : mapping of driver to int, optional
            Costs that no count makes, in minor units, each shared out by the driver named.
        frame : "pandas", "polars", "pyarrow" or "table", optional
            By default the kind of the latest frame that came in.
        """
        return self._table(c.CSTN_COST_TABLE_CUSTOMERS, rates, fixed, frame)

    def segments(
        self,
        rates: "Mapping[str, RateLike]",
        fixed: Optional["Mapping[str, int]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """A row a segment; parameters as for `customers`."""
        return self._table(c.CSTN_COST_TABLE_SEGMENTS, rates, fixed, frame)

    def total(
        self,
        rates: "Mapping[str, RateLike]",
        fixed: Optional["Mapping[str, int]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """One row over all; parameters as for `customers`."""
        return self._table(c.CSTN_COST_TABLE_TOTAL, rates, fixed, frame)

    def drivers(
        self,
        rates: "Mapping[str, RateLike]",
        fixed: Optional["Mapping[str, int]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """A row a segment and driver: count, rate, cost; parameters as for `customers`."""
        return self._table(c.CSTN_COST_TABLE_DRIVERS, rates, fixed, frame)
