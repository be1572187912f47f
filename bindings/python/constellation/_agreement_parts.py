"""What agreements are made of: bodies that both sign, and the acts that change their state."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any, Dict, NamedTuple, Optional

from . import _cdefs as c
from ._native import c_text, call, choice, fixed, integer, lib, made_text, text_of, unsigned, utf8
from .negotiations import ACTORS, DIGEST, NO_END, cut, name_of, sized

EVENTS: Dict[str, int] = {
    "suspend": c.CSTN_TRANSITION_SUSPEND,
    "resume": c.CSTN_TRANSITION_RESUME,
    "retire": c.CSTN_TRANSITION_RETIRE,
    "condition_ended": c.CSTN_TRANSITION_CONDITION_ENDED,
    "supersede": c.CSTN_TRANSITION_SUPERSEDE,
    "renew": c.CSTN_TRANSITION_RENEW,
}
CAUSES: Dict[str, int] = {
    "none": c.CSTN_CAUSE_NONE,
    "dispute": c.CSTN_CAUSE_DISPUTE,
    "duty_overdue": c.CSTN_CAUSE_DUTY_OVERDUE,
    "membership_lapsed": c.CSTN_CAUSE_MEMBERSHIP_LAPSED,
    "condition_unknown": c.CSTN_CAUSE_CONDITION_UNKNOWN,
}
RETIRERS: Dict[str, int] = {
    "none": 0,
    "recipient": c.CSTN_BY_RECIPIENT,
    "provider": c.CSTN_BY_PROVIDER,
    "both": c.CSTN_BY_RECIPIENT | c.CSTN_BY_PROVIDER,
}
_ZERO = bytes(DIGEST)


def digest_or_zeros(value: Optional[bytes], what: str) -> Any:
    """A digest as an array of C; zeros, which is none, for None."""
    return fixed(_ZERO if value is None else value, DIGEST, what)


def none_if_zeros(digest: Any) -> Optional[bytes]:
    """The way back."""
    data = bytes(digest)
    return None if data == _ZERO else data


def state_name(number: int) -> str:
    """The word for a state of an agreement."""
    return text_of(lib.cstn_agreement_state_name(number))


def cured_bits(causes: "Iterable[str]") -> int:
    """The bits of causes that are cured."""
    made = 0
    for cause in causes:
        made |= 1 << choice(cause, CAUSES, "cured")
    return made


class Body(NamedTuple):
    """What both parties sign; it never changes."""

    provider: str
    recipient: str
    constellation: str
    #: 32 bytes: digest of the set of terms
    terms: bytes
    #: when it was made; the keys of both must hold then
    made_us: int
    valid_from_us: int
    #: None is no end
    valid_until_us: Optional[int] = None
    #: of retirement
    notice_us: int = 0
    #: who may retire it: "none", "recipient", "provider" or "both"
    retire_by: str = "both"
    #: the trigger that ends it, as "disruption 17 resolved"
    condition: str = ""
    #: digest of the agreement it derives from
    parent: Optional[bytes] = None
    #: digest of the agreement it supersedes
    predecessor: Optional[bytes] = None

    def format(self) -> str:
        """The text that both sign with `constellation.ledger.sign_note`."""
        made = sized(c.cstn_agreement_body)
        made.provider = c_text(self.provider, "provider")
        made.recipient = c_text(self.recipient, "recipient")
        made.constellation = c_text(self.constellation, "constellation")
        made.terms = fixed(self.terms, DIGEST, "terms")
        made.made_us = integer(self.made_us, 64, "made_us")
        made.valid_from_us = integer(self.valid_from_us, 64, "valid_from_us")
        until = NO_END if self.valid_until_us is None else self.valid_until_us
        made.valid_until_us = integer(until, 64, "valid_until_us")
        made.notice_us = integer(self.notice_us, 64, "notice_us")
        made.retire_by = choice(self.retire_by, RETIRERS, "retire_by")
        made.condition = c_text(self.condition, "condition")
        made.parent = digest_or_zeros(self.parent, "parent")
        made.predecessor = digest_or_zeros(self.predecessor, "predecessor")
        return made_text(lib.cstn_agreement_body_format, ctypes.byref(made), lib.allocator)


class Transition(NamedTuple):
    """An act of a party. What stands behind `reason` is filled by `Agreement.draft`."""

    #: "suspend", "resume", "retire", "condition_ended", "supersede" or "renew"
    event: str
    #: "recipient" or "provider"
    actor: str
    at_us: int
    #: of suspend and resume: "dispute", "duty_overdue", "membership_lapsed", "condition_unknown"
    cause: str = "none"
    #: of retire: `at_us` and the notice, or later
    effective_us: int = 0
    #: of supersede: digest of the new agreement
    successor: Optional[bytes] = None
    #: one line for people; of condition_ended the condition
    reason: str = ""
    seq: int = 0
    from_state: str = ""
    to_state: str = ""
    agreement: bytes = _ZERO
    previous: bytes = _ZERO

    def _struct(self) -> Any:
        made = sized(c.cstn_transition)
        made.event = choice(self.event, EVENTS, "event")
        made.actor = choice(self.actor, ACTORS, "actor")
        made.cause = choice(self.cause, CAUSES, "cause")
        made.at_us = integer(self.at_us, 64, "at_us")
        made.effective_us = integer(self.effective_us, 64, "effective_us")
        made.successor = digest_or_zeros(self.successor, "successor")
        made.reason = utf8(self.reason, "reason")
        made.reason_len = len(utf8(self.reason, "reason"))
        made.seq = unsigned(self.seq, 64, "seq")
        states = {state_name(i): i for i in range(1, c.CSTN_AGREEMENT_SUPERSEDED + 1)}
        if self.from_state or self.to_state:
            setattr(made, "from", choice(self.from_state, states, "from_state"))
            made.to = choice(self.to_state, states, "to_state")
        made.agreement = fixed(self.agreement, DIGEST, "agreement")
        made.previous = fixed(self.previous, DIGEST, "previous")
        return made

    @classmethod
    def _of(cls, made: Any) -> "Transition":
        return cls(
            name_of(made.event, EVENTS),
            name_of(made.actor, ACTORS),
            made.at_us,
            name_of(made.cause, CAUSES),
            made.effective_us,
            none_if_zeros(made.successor),
            cut(made.reason, made.reason_len),
            made.seq,
            state_name(getattr(made, "from")),
            state_name(made.to),
            bytes(made.agreement),
            bytes(made.previous),
        )

    def format(self) -> str:
        """The text that is signed; of a transition that `Agreement.draft` filled."""
        return made_text(lib.cstn_transition_format, ctypes.byref(self._struct()), lib.allocator)

    @classmethod
    def parse(cls, text: str) -> "Transition":
        """Read the text of a transition; no signature is looked at. FormatError names the byte."""
        data, made = utf8(text, "text"), sized(c.cstn_transition)
        call(lib.cstn_transition_parse, data, len(data), ctypes.byref(made))
        return cls._of(made)

    def sign(self, signer: str) -> str:
        """The signed note, for the own side and for the other."""
        return made_text(
            lib.cstn_transition_sign,
            ctypes.byref(self._struct()),
            c_text(signer, "signer"),
            lib.allocator,
        )
