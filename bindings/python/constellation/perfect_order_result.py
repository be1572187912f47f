"""What a perfect order count found: rates, losses, causes, levers, comparisons."""

from __future__ import annotations

import ctypes
import datetime
from typing import Any, Dict, List, Optional, Union

from . import _cdefs as c
from ._native import bits, call, choice, integer, lib, text_of
from ._state import Framed
from .errors import InvalidArgumentError
from .policy import ServicePolicy
from .stats import Rate, new_rate, rate_of
from .table import RowErrorTable
from .times import to_datetime

__all__ = ["COMPONENTS", "REASONS", "PerfectOrderResult", "components_of"]

#: components by the letter that policies and patterns use
COMPONENTS: Dict[str, int] = {
    "T": c.CSTN_COMPONENT_ON_TIME,
    "F": c.CSTN_COMPONENT_IN_FULL,
    "D": c.CSTN_COMPONENT_DOCUMENTS,
    "C": c.CSTN_COMPONENT_CONDITION,
}
#: reasons for which a unit is not in the rate, by name
REASONS: Dict[str, int] = {
    "cancelled_by_customer": c.CSTN_REASON_CANCELLED_BY_CUSTOMER,
    "cancelled_by_supplier": c.CSTN_REASON_CANCELLED_BY_SUPPLIER,
    "customer_fault": c.CSTN_REASON_CUSTOMER_FAULT,
    "force_majeure": c.CSTN_REASON_FORCE_MAJEURE,
    "overdue_open": c.CSTN_REASON_OVERDUE_OPEN,
    "no_promise": c.CSTN_REASON_NO_PROMISE,
    "no_actual_time": c.CSTN_REASON_NO_ACTUAL_TIME,
    "unassessed_on_time": c.CSTN_REASON_UNASSESSED_ON_TIME,
    "unassessed_in_full": c.CSTN_REASON_UNASSESSED_IN_FULL,
    "unassessed_documents": c.CSTN_REASON_UNASSESSED_DOCUMENTS,
    "unassessed_condition": c.CSTN_REASON_UNASSESSED_CONDITION,
    "bad_input": c.CSTN_REASON_BAD_INPUT,
}
_TABLES = {
    "rates": c.CSTN_TABLE_RATES,
    "losses": c.CSTN_TABLE_LOSSES,
    "causes": c.CSTN_TABLE_CAUSES,
    "levers": c.CSTN_TABLE_LEVERS,
    "exclusions": c.CSTN_TABLE_EXCLUSIONS,
}
_ORDERS = {"name": c.CSTN_ORDER_NAME, "lower_limit": c.CSTN_ORDER_LOWER_LIMIT}


def components_of(letters: str) -> int:
    """Bits of a set of components such as "TF"."""
    return bits(letters, COMPONENTS, "component")


class PerfectOrderResult(Framed):
    """Rates by group, with all that follows from the counts. Immutable; any thread.

    Tables come as the kind of frame the lines were, or as what ``frame=`` says: "pandas",
    "polars", "pyarrow" or "table" (a `Table`). Every table begins with the dimensions, then
    ``mixed`` and ``rolled_up``, and ends with the policy's digest, the as-of time and z.

    Attributes
    ----------
    bad_rows : RowErrorTable or None
        The rows that were left out, when `perfect_order_rate` was told to keep going.
    """

    _RELEASE = "cstn_perfect_order_result_unref"
    _IMMUTABLE = True

    bad_rows: Optional[RowErrorTable] = None
    _dimensions: Optional[List[str]] = None

    # --- numbers ----------------------------------------------------------------------------------

    @property
    def policy(self) -> ServicePolicy:
        """The policy under which the result was computed."""
        pointer = self._live()
        borrowed = lib.cstn_perfect_order_result_policy(pointer)
        return ServicePolicy._wrap(lib.cstn_service_policy_ref(borrowed))

    @property
    def as_of(self) -> datetime.datetime:
        """The as-of time."""
        return to_datetime(lib.cstn_perfect_order_result_as_of_us(self._live()))

    def __len__(self) -> int:
        """How many groups, subtotals included."""
        return int(lib.cstn_perfect_order_result_count(self._live()))

    @property
    def dimensions(self) -> List[str]:
        """What the result is grouped by, as its tables call it, in order."""
        if self._dimensions is None:
            names = self.rates(frame="table").column_names
            self._dimensions = names[: names.index("mixed")]
        return list(self._dimensions)

    def _dimension(self, dimension: Union[int, str], what: str) -> int:
        if not isinstance(dimension, str):
            return self._group(integer(dimension, 64, what))
        names = self.dimensions
        if dimension not in names:
            known = ", ".join(map(repr, names)) or "none"
            raise InvalidArgumentError(f"{what} {dimension!r} is no dimension; there are {known}")
        return names.index(dimension)

    def key(self, group: int, dimension: Union[int, str]) -> Optional[str]:
        """The value of a dimension, by number or name, in a group as text; None for null."""
        pointer = self._live()
        numbers = self._group(group), self._dimension(dimension, "dimension")
        value = lib.cstn_perfect_order_result_key(pointer, *numbers)
        return None if value is None else text_of(value)

    def _group(self, group: Optional[int]) -> int:
        if group is None:
            return c.CSTN_GROUP_TOTAL
        number = integer(group, 64, "group")
        if number < 0:
            raise InvalidArgumentError(f"group {number} is negative")
        return number

    def rate(self, group: Optional[int] = None) -> Rate:
        """The rate of a group, or of all units together, with its Wilson interval.

        Parameters
        ----------
        group : int, optional
            0 .. len(result) - 1; None is all units together.
        """
        rate = new_rate()
        number = self._group(group)
        call(lib.cstn_perfect_order_result_rate, self._live(), number, ctypes.byref(rate))
        return rate_of(rate)

    def component_rate(self, component: str, group: Optional[int] = None) -> Rate:
        """The rate of one component alone ("T", "F", "D" or "C"): units that did not fail it."""
        rate = new_rate()
        bits = components_of(component)
        numbers = self._group(group), bits
        call(lib.cstn_perfect_order_result_component, self._live(), *numbers, ctypes.byref(rate))
        return rate_of(rate)

    def lever(self, components: str, group: Optional[int] = None) -> Rate:
        """The rate if a set of components such as "TF" never failed."""
        rate = new_rate()
        numbers = self._group(group), components_of(components)
        call(lib.cstn_perfect_order_result_lever, self._live(), *numbers, ctypes.byref(rate))
        return rate_of(rate)

    def _count(self, value: int, what: str) -> int:
        if value < 0:
            raise InvalidArgumentError(f"{what} does not exist")
        return value

    def pattern(self, failed: str, group: Optional[int] = None) -> int:
        """Units that failed exactly these components; "" is the perfect ones."""
        function, pointer = lib.cstn_perfect_order_result_pattern, self._live()
        count = int(function(pointer, self._group(group), components_of(failed)))
        return self._count(count, f"group {group}")

    def excluded(self, reason: Optional[str] = None, group: Optional[int] = None) -> int:
        """Units excluded for a reason, or for any."""
        number = c.CSTN_REASON_NONE if reason is None else choice(reason, REASONS, "reason")
        function, pointer = lib.cstn_perfect_order_result_excluded, self._live()
        return self._count(int(function(pointer, self._group(group), number)), f"group {group}")

    def pending(self, group: Optional[int] = None) -> int:
        """Units not due yet."""
        function, pointer = lib.cstn_perfect_order_result_pending, self._live()
        return self._count(int(function(pointer, self._group(group))), f"group {group}")

    def provisional(self, group: Optional[int] = None) -> int:
        """Counted units whose claim window is open."""
        function, pointer = lib.cstn_perfect_order_result_provisional, self._live()
        return self._count(int(function(pointer, self._group(group))), f"group {group}")

    # --- tables -----------------------------------------------------------------------------------

    def _export(self, table: str, frame: Optional[str]) -> Any:
        def export(stream: Any) -> None:
            call(lib.cstn_perfect_order_result_export, self._live(), _TABLES[table], stream)

        return self._framed(export, frame)

    def rates(self, frame: Optional[str] = None) -> Any:
        """A row a group: numerator, denominator, rate, low, high, design_effect, n_eff,
        cluster_low, cluster_high, pending, provisional, excluded, units, h0..h15.

        A group without units has no rate: null, never 0 or 1.
        """
        return self._export("rates", frame)

    def losses(self, frame: Optional[str] = None) -> Any:
        """A row a group and component: failures, only_failures, component_rate, low, high,
        shared_twelfths (each lost unit split evenly over its failed components)."""
        return self._export("losses", frame)

    def causes(self, frame: Optional[str] = None) -> Any:
        """A row a group, component, cause and owner: failures, which add up to the component's."""
        return self._export("causes", frame)

    def levers(self, frame: Optional[str] = None) -> Any:
        """A row a group and set of components: the rate if they never failed, sorted by gain."""
        return self._export("levers", frame)

    def exclusions(self, frame: Optional[str] = None) -> Any:
        """A row a group and reason that occurs: how many units are not in the rate, and why."""
        return self._export("exclusions", frame)

    def compare(
        self, order: str = "name", min_units: int = 0, frame: Optional[str] = None
    ) -> Any:
        """Which groups cannot be told apart from the best? (Newcombe 1998, Holm 1979)

        Parameters
        ----------
        order : "name" or "lower_limit"
            There is no order by the raw rate: 15 of 15 is not better than 3,910 of 4,094.
        min_units : int
            Groups with fewer units are listed but not compared; 0 means 1.

        Returns
        -------
        frame
            Dimensions, numerator, denominator, rate, low, high, difference, difference_low,
            difference_high, p_value, p_holm, like_best, policy, as_of, z.
        """
        options = c.cstn_compare_options(
            struct_size=ctypes.sizeof(c.cstn_compare_options),
            order=choice(order, _ORDERS, "order"),
            min_units=integer(min_units, 64, "min_units"),
        )

        def export(stream: Any) -> None:
            call(lib.cstn_perfect_order_compare, self._live(), ctypes.byref(options), stream)

        return self._framed(export, frame)

    def standardise(
        self,
        group: Union[int, str] = 0,
        stratum: Union[int, str] = 1,
        min_cover_ppm: int = 0,
        frame: Optional[str] = None,
    ) -> Any:
        """Directly standardised rates, against Simpson's trap.

        Parameters
        ----------
        group, stratum : int or str
            Two dimensions, by number or name ("carrier"): each group's rates by stratum are
            weighted by the strata of all groups together.
        min_cover_ppm : int
            Below this share of the weights a group has no rate; 0 means 950,000.

        Returns
        -------
        frame
            The group's dimension, rate, low, high, variance, n_eff, cover, raw_rate, policy, as_of,
            z.
        """
        numbers = self._dimension(group, "group"), self._dimension(stratum, "stratum")
        options = c.cstn_compare_options(
            struct_size=ctypes.sizeof(c.cstn_compare_options),
            min_cover_ppm=integer(min_cover_ppm, 32, "min_cover_ppm"),
        )

        def export(stream: Any) -> None:
            call(
                lib.cstn_perfect_order_standardise,
                self._live(),
                *numbers,
                ctypes.byref(options),
                stream,
            )

        return self._framed(export, frame)

    def __repr__(self) -> str:
        if self.closed:
            return "PerfectOrderResult(closed)"
        return f"PerfectOrderResult({self.rate()}; policy {self.policy.digest[:16]})"
