"""What was decided: each field, what is owed for it, what is charged, and why."""

from __future__ import annotations

import ctypes
import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import _cdefs as c
from ._handles import Handle
from ._native import call, lib, made_bytes, made_text, names_of, out, text_of
from .constraints import CLASSES
from .negotiations import NO_END
from .terms import LEVEL_NAMES

_FLAGS = {
    "downgraded": c.CSTN_DECISION_FIELD_DOWNGRADED,
    "firewall": c.CSTN_DECISION_FIELD_FIREWALL,
    "override": c.CSTN_DECISION_FIELD_OVERRIDE,
    "no_onward": c.CSTN_DECISION_FIELD_NO_ONWARD,
    "advised": c.CSTN_DECISION_FIELD_ADVISED,
}


class Field(NamedTuple):
    """What was decided of a field."""

    path: str
    #: "PERMIT", or why not: "NO_PERMIT", "FIREWALL", ...
    reason: str
    #: "raw" .. "existence"; None if denied
    level: Optional[str]
    #: parameters of the level that are not 0: "k", "contributors", "max_share_permille", ...
    parameters: Dict[str, int]
    #: of "downgraded", "firewall", "override", "no_onward", "advised"
    flags: Tuple[str, ...]
    #: of the field: "public", "competitive", ...
    classes: Tuple[str, ...]
    #: digests of what grants; None if denied
    agreement: Optional[bytes]
    term: Optional[bytes]
    #: from delivery; None: no limit
    retention_us: Optional[int]
    #: younger rows stay
    min_age_us: int


class Obligation(NamedTuple):
    """What is to be done because of a release."""

    action: str
    #: None: no deadline
    deadline_us: Optional[int]
    #: its index in the term; None: what becomes of the data
    duty: Optional[int]
    agreement: bytes
    term: bytes


class Reservation(NamedTuple):
    """What is to be charged to a term before anything leaves."""

    agreement: bytes
    term: bytes
    calls: int
    #: None: no limit, and no number was asked for
    rows: Optional[int]
    nano_epsilon: int


class Decision(Handle):
    """What was decided; made by `Rules.decide`. Immutable; any thread. True if all is permitted."""

    _RELEASE = "cstn_decision_unref"
    _IMMUTABLE = True

    @classmethod
    def _take(cls, pointer: Any) -> "Decision":
        self = cls.__new__(cls)
        self._adopt(pointer)
        return self

    def __bool__(self) -> bool:
        return bool(lib.cstn_decision_is_permitted(self._live()))

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Decision>"
        fields = self.fields
        granted = sum(field.level is not None for field in fields)
        return f"<Decision {self.reason}: {granted} of {len(fields)} fields>"

    @property
    def reason(self) -> str:
        """Why the first field, by path, that is denied was; "PERMIT" if none is."""
        return text_of(
            lib.cstn_decision_reason_name(lib.cstn_decision_reason(self._live()))
        )

    @property
    def fields(self) -> List[Field]:
        """Each field, in the order of its bytes."""
        pointer = self._live()
        return [self._field(pointer, i) for i in range(lib.cstn_decision_count(pointer))]

    @staticmethod
    def _field(pointer: Any, index: int) -> Field:
        row = c.cstn_decision_field(struct_size=ctypes.sizeof(c.cstn_decision_field))
        call(lib.cstn_decision_field_at, pointer, index, ctypes.byref(row))
        granted = bool(row.granularity)
        parameters = {}
        if granted:
            for name in (f[0] for f in c.cstn_term_granularity._fields_):
                value = getattr(row.granularity[0], name)
                if isinstance(value, int) and value and name not in ("struct_size", "level"):
                    parameters[name] = value
        return Field(
            text_of(row.path),
            text_of(lib.cstn_decision_reason_name(row.reason)),
            LEVEL_NAMES[row.granularity[0].level] if granted else None,
            parameters,
            names_of(row.flags, _FLAGS),
            names_of(row.classes, CLASSES),
            bytes(row.agreement) if granted else None,
            bytes(row.term) if granted else None,
            None if row.retention_us == NO_END else row.retention_us,
            row.min_age_us,
        )

    @property
    def obligations(self) -> List[Obligation]:
        """What is to be done because of the release."""
        pointer, found = self._live(), []
        for i in range(lib.cstn_decision_obligation_count(pointer)):
            row = c.cstn_decision_obligation(struct_size=ctypes.sizeof(c.cstn_decision_obligation))
            call(lib.cstn_decision_obligation_at, pointer, i, ctypes.byref(row))
            found.append(
                Obligation(
                    text_of(row.action),
                    None if row.deadline_us == NO_END else row.deadline_us,
                    None if row.index == c.CSTN_RULES_DUTY_RETENTION else row.index,
                    bytes(row.agreement),
                    bytes(row.term),
                )
            )
        return found

    @property
    def reservations(self) -> List[Reservation]:
        """What is to be charged before anything leaves."""
        pointer, found = self._live(), []
        for i in range(lib.cstn_decision_reservation_count(pointer)):
            row = c.cstn_decision_reservation(
                struct_size=ctypes.sizeof(c.cstn_decision_reservation)
            )
            call(lib.cstn_decision_reservation_at, pointer, i, ctypes.byref(row))
            found.append(
                Reservation(
                    bytes(row.agreement),
                    bytes(row.term),
                    row.calls,
                    None if row.rows == 2**64 - 1 else row.rows,
                    row.nano_epsilon,
                )
            )
        return found

    @property
    def record(self) -> str:
        """The decision record, canonical JSON: for the provider's log."""
        return self._text(lib.cstn_decision_record)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the record and its type, 32 bytes."""
        digest = (ctypes.c_uint8 * c.CSTN_DECISION_DIGEST_SIZE)()
        call(lib.cstn_decision_digest, self._live(), digest)
        return bytes(digest)

    def explain(self) -> str:
        """The path through the steps in words; for the provider only."""
        return self._text(lib.cstn_decision_explain)

    def suggest(self) -> Dict[str, Any]:
        """The finest request that would pass now, as its JSON has it; for the provider only.

        Raises
        ------
        NotFoundError
            If nothing would pass.
        """
        request = out(c.cstn_request)
        call(lib.cstn_decision_suggest, self._live(), ctypes.byref(request))
        try:
            return dict(json.loads(made_bytes(lib.cstn_request_json, request)))
        finally:
            lib.cstn_request_unref(request)

    def _text(self, function: Any) -> str:
        return made_text(function, self._live())
