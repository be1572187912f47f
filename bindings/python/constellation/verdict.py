"""One order line or one order, judged, with the reasons in words."""

from __future__ import annotations

import ctypes
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from ._native import c_text, call, integer, lib, out, text_of
from .errors import InvalidArgumentError
from .perfect_order_result import COMPONENTS
from .policy import PolicyData, PolicyLike, policy_of
from .times import TimeLike, WorkingCalendar, Zone, to_us

__all__ = ["Delivery", "OrderLine", "Verdict", "judge_line", "judge_order"]

OptionalTime = Optional[TimeLike]

#: documents by the name that policies use
DOCUMENTS: Dict[str, int] = {
    "packing_slip": c.CSTN_DOCUMENT_PACKING_SLIP,
    "bill_of_lading": c.CSTN_DOCUMENT_BILL_OF_LADING,
    "invoice": c.CSTN_DOCUMENT_INVOICE,
    "certificate": c.CSTN_DOCUMENT_CERTIFICATE,
    "customs": c.CSTN_DOCUMENT_CUSTOMS,
    "dangerous_goods": c.CSTN_DOCUMENT_DANGEROUS_GOODS,
}
STATUSES: Dict[Optional[str], int] = {
    None: c.CSTN_LINE_STATUS_UNKNOWN,
    "open": c.CSTN_LINE_OPEN,
    "closed": c.CSTN_LINE_CLOSED,
    "cancelled_by_customer": c.CSTN_LINE_CANCELLED_BY_CUSTOMER,
    "cancelled_by_supplier": c.CSTN_LINE_CANCELLED_BY_SUPPLIER,
}
RETURN_REASONS: Dict[Optional[str], int] = {
    None: c.CSTN_RETURN_NONE,
    "damaged": c.CSTN_RETURN_DAMAGED,
    "defective": c.CSTN_RETURN_DEFECTIVE,
    "wrong_configuration": c.CSTN_RETURN_WRONG_CONFIGURATION,
    "wrong_item": c.CSTN_RETURN_WRONG_ITEM,
    "short": c.CSTN_RETURN_SHORT,
    "excess": c.CSTN_RETURN_EXCESS,
    "paperwork": c.CSTN_RETURN_PAPERWORK,
    "other": c.CSTN_RETURN_OTHER,
}
OWNERS: Dict[Optional[str], int] = {
    None: c.CSTN_OWNER_UNKNOWN,
    "supplier": c.CSTN_OWNER_SUPPLIER,
    "warehouse": c.CSTN_OWNER_WAREHOUSE,
    "carrier": c.CSTN_OWNER_CARRIER,
    "customer": c.CSTN_OWNER_CUSTOMER,
    "own_office": c.CSTN_OWNER_OWN_OFFICE,
}
_OWNER_NAMES = {number: name for name, number in OWNERS.items()}
_MARKS = {
    "substitute": c.CSTN_MARK_SUBSTITUTE,
    "substitute_agreed": c.CSTN_MARK_SUBSTITUTE_AGREED,
    "wrong_item": c.CSTN_MARK_WRONG_ITEM,
    "customer_fault": c.CSTN_MARK_CUSTOMER_FAULT,
    "force_majeure": c.CSTN_MARK_FORCE_MAJEURE,
    "damaged": c.CSTN_MARK_DAMAGED,
    "defective": c.CSTN_MARK_DEFECTIVE,
    "wrong_configuration": c.CSTN_MARK_WRONG_CONFIGURATION,
    "refused": c.CSTN_MARK_REFUSED_FOR_QUALITY,
}
_TIMES = {
    "ordered": "ordered_us",
    "requested": "requested_us",
    "promised": "promised_us",
    "promised_last": "promised_last_us",
    "promised_customer": "promised_customer_us",
    "promised_supplier": "promised_supplier_us",
    "delivered": "delivered_us",
    "shipped": "shipped_us",
    "arrived": "arrived_us",
    "accepted": "accepted_us",
    "recorded": "recorded_us",
    "attempted": "attempted_us",
    "documents_complete": "documents_complete_us",
    "returned": "returned_us",
}
_NUMBERS = {
    "qty": ("quantity", 64),
    "qty_cancelled": ("quantity_cancelled", 64),
    "qty_delivered": ("quantity_delivered", 64),
    "qty_due": ("quantity_due", 64),
    "value": ("value_minor", 64),
    "price": ("price_minor", 64),
    "line_number": ("line_number", 32),
    "shipments": ("shipments", 32),
    "promised_offset_minutes": ("promised_offset_minutes", 32),
    "actual_offset_minutes": ("actual_offset_minutes", 32),
}
#: prefixes of the fields for cause and owner, in the order T, F, D, C
_FAILURES = ("late", "short", "documents", "condition")


class Delivery(NamedTuple):
    """One arrival of goods for a line."""

    #: when, by the policy's actual_basis
    time: TimeLike
    #: positive
    qty: int
    #: number of the shipment it came with
    shipment: int = 0
    substitute: bool = False
    substitute_agreed: bool = False
    wrong_item: bool = False


@dataclasses.dataclass(frozen=True)
class OrderLine:
    """All that is known of an order line; names are those of the columns of `perfect_order_rate`.

    Times are aware datetimes, dates, ISO text or microseconds; None is not known. Quantities are
    integers, all of one line at one scale. ``documents_ok`` and ``documents_bad`` are names such as
    "invoice"; ``documents_ok`` of None says that nothing about documents is recorded anywhere, and
    so does ``condition_ok`` of None about condition.
    """

    ordered: OptionalTime = None
    requested: OptionalTime = None
    promised: OptionalTime = None
    promised_last: OptionalTime = None
    promised_customer: OptionalTime = None
    promised_supplier: OptionalTime = None
    delivered: OptionalTime = None
    shipped: OptionalTime = None
    arrived: OptionalTime = None
    accepted: OptionalTime = None
    recorded: OptionalTime = None
    attempted: OptionalTime = None
    qty: Optional[int] = None
    qty_cancelled: Optional[int] = None
    qty_delivered: Optional[int] = None
    qty_due: Optional[int] = None
    value: Optional[int] = None
    price: Optional[int] = None
    status: Optional[str] = None
    line_number: Optional[int] = None
    shipments: Optional[int] = None
    substitute: bool = False
    substitute_agreed: bool = False
    wrong_item: bool = False
    customer_fault: bool = False
    force_majeure: bool = False
    condition_ok: Optional[bool] = False
    damaged: bool = False
    defective: bool = False
    wrong_configuration: bool = False
    refused: bool = False
    documents_ok: Optional[Iterable[str]] = ()
    documents_bad: Iterable[str] = ()
    documents_complete: OptionalTime = None
    returned: OptionalTime = None
    return_reason: Optional[str] = None
    late_cause: Optional[str] = None
    short_cause: Optional[str] = None
    documents_cause: Optional[str] = None
    condition_cause: Optional[str] = None
    late_owner: Optional[str] = None
    short_owner: Optional[str] = None
    documents_owner: Optional[str] = None
    condition_owner: Optional[str] = None
    promised_offset_minutes: Optional[int] = None
    actual_offset_minutes: Optional[int] = None
    ship_to_zone: Optional[str] = None
    deliveries: Sequence[Delivery] = ()

    def _struct(self) -> Any:
        """The line as ``cstn_order_line``; ctypes keeps what it points to."""
        line = c.cstn_order_line()
        lib.cstn_order_line_init(ctypes.byref(line), ctypes.sizeof(c.cstn_order_line))
        for name, field in _TIMES.items():
            value = getattr(self, name)
            if value is not None:
                setattr(line, field, to_us(value, name))
        for name, (field, bits) in _NUMBERS.items():
            value = getattr(self, name)
            if value is not None:
                setattr(line, field, integer(value, bits, name))
        for name, bit in _MARKS.items():
            if getattr(self, name):
                line.marks |= bit
        if self.condition_ok is None:
            line.marks |= c.CSTN_MARK_CONDITION_UNKNOWN
        elif self.condition_ok:
            line.marks |= c.CSTN_MARK_CONDITION_OK
        if self.documents_ok is None:
            line.marks |= c.CSTN_MARK_DOCUMENTS_UNKNOWN
        line.documents_ok = _documents(self.documents_ok or ())
        line.documents_bad = _documents(self.documents_bad)
        line.status = _number(self.status, STATUSES, "status")
        line.return_reason = _number(self.return_reason, RETURN_REASONS, "return_reason")
        for i, prefix in enumerate(_FAILURES):
            cause = getattr(self, f"{prefix}_cause")
            line.cause[i] = None if cause is None else c_text(cause, f"{prefix}_cause")
            line.owner[i] = _number(getattr(self, f"{prefix}_owner"), OWNERS, f"{prefix}_owner")
        if self.ship_to_zone is not None:
            line.ship_to_zone = c_text(self.ship_to_zone, "ship_to_zone")
        if self.deliveries:
            arrivals = [_delivery(delivery) for delivery in self.deliveries]
            line.deliveries = (c.cstn_line_delivery * len(arrivals))(*arrivals)
            line.n_deliveries = len(arrivals)
        return line


def _number(name: Optional[str], numbers: "Mapping[Optional[str], int]", what: str) -> int:
    if name not in numbers:
        allowed = ", ".join(key for key in numbers if key is not None)
        raise InvalidArgumentError(f"{what} {name!r} is not one of {allowed}")
    return numbers[name]


def _documents(names: Iterable[str]) -> int:
    bits = 0
    for name in [names] if isinstance(names, str) else names:
        if name not in DOCUMENTS:
            raise InvalidArgumentError(f"document {name!r} is not one of {', '.join(DOCUMENTS)}")
        bits |= DOCUMENTS[name]
    return bits


def _delivery(delivery: Delivery) -> Any:
    marks = 0
    for name in ("substitute", "substitute_agreed", "wrong_item"):
        marks |= _MARKS[name] if getattr(delivery, name) else 0
    return c.cstn_line_delivery(
        time_us=to_us(delivery.time, "time of a delivery"),
        quantity=integer(delivery.qty, 64, "qty of a delivery"),
        shipment=integer(delivery.shipment, 32, "shipment"),
        marks=marks,
    )


class Verdict(NamedTuple):
    """What was judged of a line or an order, and why."""

    #: "counted", "pending" or "excluded"
    outcome: str
    #: the components that failed, such as "TF"; "" if none, or if not counted
    failed: str
    #: why it is excluded, such as "no_promise"; "" if it is not
    reason: str
    #: counted while the claim window is open
    provisional: bool
    #: cause of each failure that has one, by component letter
    causes: Dict[str, str]
    #: who caused each failure, where known, by component letter
    owners: Dict[str, str]
    #: in words, one line a step: promise, arrival, quantities, rule, and what follows
    text: str

    @property
    def perfect(self) -> Optional[bool]:
        """Whether it is perfect; None when it is not counted."""
        return None if self.outcome != "counted" else self.failed == ""

    def __str__(self) -> str:
        return self.text


_OUTCOMES = {
    c.CSTN_OUTCOME_COUNTED: "counted",
    c.CSTN_OUTCOME_PENDING: "pending",
    c.CSTN_OUTCOME_EXCLUDED: "excluded",
}


def _verdict(pointer: Any) -> Verdict:
    """Copy a C verdict, and free it."""
    try:
        pattern = lib.cstn_verdict_pattern(pointer)
        failed = [letter for letter, bit in COMPONENTS.items() if pattern & bit]
        causes = {x: text_of(lib.cstn_verdict_cause(pointer, COMPONENTS[x])) for x in failed}
        owners = {x: _OWNER_NAMES[lib.cstn_verdict_owner(pointer, COMPONENTS[x])] for x in failed}
        return Verdict(
            outcome=_OUTCOMES[lib.cstn_verdict_outcome(pointer)],
            failed="".join(failed),
            reason=text_of(lib.cstn_reason_name(lib.cstn_verdict_reason(pointer))),
            provisional=bool(lib.cstn_verdict_is_provisional(pointer)),
            causes={x: cause for x, cause in causes.items() if cause},
            owners={x: owner for x, owner in owners.items() if owner is not None},
            text=text_of(lib.cstn_verdict_text(pointer)),
        )
    finally:
        lib.cstn_verdict_free(pointer)


def judge_line(
    line: OrderLine,
    policy: PolicyLike = None,
    *,
    as_of: TimeLike,
    policy_zone: Union[Zone, bytes, str, None] = None,
    policy_calendar: Union[WorkingCalendar, str, None] = None,
    ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
) -> Verdict:
    """Judge one line: its own pattern, whatever the policy's level.

    Parameters
    ----------
    line : OrderLine
    policy, as_of, policy_zone, policy_calendar, ship_to_zones
        See `PerfectOrderState`.

    Raises
    ------
    InvalidArgumentError
        For a line that breaks a rule, or zone rules or a calendar missing.

    Examples
    --------
    >>> line = OrderLine(promised="2024-05-02", delivered="2024-05-03T09:00Z")
    >>> verdict = judge_line(line, "components=T", as_of="2024-06-30")
    >>> verdict.outcome, verdict.failed, verdict.perfect
    ('counted', 'T', False)
    """
    pointer = out(c.cstn_verdict)
    struct = line._struct()
    data = PolicyData(policy_zone, policy_calendar, ship_to_zones)
    call(
        lib.cstn_perfect_order_judge_line,
        policy_of(policy)._live(),
        to_us(as_of, "as_of"),
        data.pointer,
        ctypes.byref(struct),
        ctypes.byref(pointer),
    )
    return _verdict(pointer)


def judge_order(
    lines: "Sequence[OrderLine]",
    policy: PolicyLike = None,
    *,
    as_of: TimeLike,
    policy_zone: Union[Zone, bytes, str, None] = None,
    policy_calendar: Union[WorkingCalendar, str, None] = None,
    ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
) -> Verdict:
    """Judge one order: its lines, rolled up.

    Parameters
    ----------
    lines : sequence of OrderLine
        At least one.
    policy, as_of, policy_zone, policy_calendar, ship_to_zones
        See `PerfectOrderState`.

    Examples
    --------
    >>> good = OrderLine(promised="2024-05-02", delivered="2024-05-02")
    >>> late = OrderLine(promised="2024-05-02", delivered="2024-05-04")
    >>> judge_order([good, late], "components=T", as_of="2024-06-30").failed
    'T'
    """
    pointer = out(c.cstn_verdict)
    structs: List[Any] = [line._struct() for line in lines]
    table = (c.P(c.cstn_order_line) * len(structs))(*map(ctypes.pointer, structs))
    data = PolicyData(policy_zone, policy_calendar, ship_to_zones)
    arguments: Tuple[Any, ...] = (policy_of(policy)._live(), to_us(as_of, "as_of"), data.pointer)
    call(
        lib.cstn_perfect_order_judge_order,
        *arguments,
        table,
        len(structs),
        ctypes.byref(pointer),
    )
    return _verdict(pointer)
