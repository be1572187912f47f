"""Receipts: what a party says, over its signature, to have done under an agreement.

A proof of deletion is a receipt that names release and agreement: that the data are gone nobody can
prove, that the party said so it cannot deny. A waiver is what a provider says to be owed no longer.
"""

from __future__ import annotations

import ctypes
from typing import Any, Dict, NamedTuple, Optional, Union

from . import _cdefs as c
from ._native import c_text, call, choice, fixed, integer, lib, made_text, unsigned, utf8
from ._agreement_parts import digest_or_zeros, none_if_zeros
from .negotiations import DIGEST, PartyKeys, cut, name_of, sized

__all__ = ["Receipt", "Waiver"]

_RECEIPTS: Dict[str, int] = {
    "received": c.CSTN_RECEIPT_RECEIVED,
    "deleted": c.CSTN_RECEIPT_DELETED,
    "key_destroyed": c.CSTN_RECEIPT_KEY_DESTROYED,
    "returned": c.CSTN_RECEIPT_RETURNED,
    "paid": c.CSTN_RECEIPT_PAID,
}

class Receipt(NamedTuple):
    """What a party says, over its signature, to have done under an agreement."""

    #: "received", "deleted", "key_destroyed", "returned" or "paid"
    kind: str
    party: str
    at_us: int
    #: digest of the agreement
    agreement: bytes
    #: id of the release, as its opening entry and its receipt have it; None only for "paid"
    release: Optional[bytes] = None
    #: digest of what shows it
    evidence: Optional[bytes] = None
    #: one line for people
    detail: str = ""

    def _struct(self) -> Any:
        made = sized(c.cstn_receipt)
        made.kind = choice(self.kind, _RECEIPTS, "kind")
        made.party, made.detail = utf8(self.party, "party"), utf8(self.detail, "detail")
        made.party_len = len(utf8(self.party, "party"))
        made.detail_len = len(utf8(self.detail, "detail"))
        made.at_us = integer(self.at_us, 64, "at_us")
        made.agreement = fixed(self.agreement, DIGEST, "agreement")
        made.release = digest_or_zeros(self.release, "release")
        made.evidence = digest_or_zeros(self.evidence, "evidence")
        return made

    @classmethod
    def _of(cls, made: Any) -> "Receipt":
        return cls(
            name_of(made.kind, _RECEIPTS),
            cut(made.party, made.party_len),
            made.at_us,
            bytes(made.agreement),
            none_if_zeros(made.release),
            none_if_zeros(made.evidence),
            cut(made.detail, made.detail_len),
        )

    def format(self) -> str:
        """The text that is signed."""
        return made_text(lib.cstn_receipt_format, ctypes.byref(self._struct()), lib.allocator)

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Read the text of a receipt; no signature is looked at. FormatError names the byte."""
        data, made = utf8(text, "text"), sized(c.cstn_receipt)
        call(lib.cstn_receipt_parse, data, len(data), ctypes.byref(made))
        return cls._of(made)

    def sign(self, signer: str) -> str:
        """The signed note, by the signer key of the party.

        Examples
        --------
        >>> from constellation import ledger
        >>> from constellation.negotiations import PartyKeys
        >>> signer, verifier = ledger.generate_key("shop.example", seed=bytes(32))
        >>> keys = PartyKeys()
        >>> keys.add("shop", verifier)
        >>> done = Receipt("deleted", "shop", 77, b"\\x01" * 32, release=b"\\x02" * 32)
        >>> Receipt.open(done.sign(signer), keys) == done
        True
        """
        return made_text(
            lib.cstn_receipt_sign,
            ctypes.byref(self._struct()),
            c_text(signer, "signer"),
            lib.allocator,
        )

    @classmethod
    def open(cls, note: str, keys: PartyKeys) -> "Receipt":
        """Open a signed receipt: a key of its party that holds at ``at_us`` must have signed, else
        SignatureError."""
        data, made = utf8(note, "note"), sized(c.cstn_receipt)
        call(
            lib.cstn_receipt_open, data, len(data), keys._live(), lib.allocator, ctypes.byref(made)
        )
        return cls._of(made)


def duty_index(duty: "Union[int, str, None]") -> int:
    """The number of a duty in its term; of what ends what was delivered, by None or by its name."""
    if duty is None:
        return c.CSTN_RULES_DUTY_RETENTION
    if duty == "revocation":
        return c.CSTN_RULES_DUTY_REVOCATION
    return unsigned(duty, 32, "duty")


class Waiver(NamedTuple):
    """What a provider says, over its signature, to be owed no longer."""

    #: the provider
    party: str
    at_us: int
    #: digest of the agreement
    agreement: bytes
    #: digest of the term
    term: bytes
    #: its index in the term; None: what ends what a release delivered, "revocation": the same, once
    #: its agreement is retired
    duty: "Union[int, str, None]"
    #: id of the release that made it; None: a duty of the term itself
    release: Optional[bytes] = None
    #: 0: the duty itself; n: its n-th consequence
    consequence: int = 0
    #: one line for people
    detail: str = ""

    def _struct(self) -> Any:
        made = sized(c.cstn_waiver)
        made.party, made.detail = utf8(self.party, "party"), utf8(self.detail, "detail")
        made.party_len = len(utf8(self.party, "party"))
        made.detail_len = len(utf8(self.detail, "detail"))
        made.at_us = integer(self.at_us, 64, "at_us")
        made.agreement = fixed(self.agreement, DIGEST, "agreement")
        made.term = fixed(self.term, DIGEST, "term")
        made.release = digest_or_zeros(self.release, "release")
        made.index = duty_index(self.duty)
        made.consequence = unsigned(self.consequence, 32, "consequence")
        return made

    @classmethod
    def _of(cls, made: Any) -> "Waiver":
        named: "Dict[int, Optional[str]]" = {
            c.CSTN_RULES_DUTY_RETENTION: None,
            c.CSTN_RULES_DUTY_REVOCATION: "revocation",
        }
        return cls(
            cut(made.party, made.party_len),
            made.at_us,
            bytes(made.agreement),
            bytes(made.term),
            named.get(made.index, made.index),
            none_if_zeros(made.release),
            made.consequence,
            cut(made.detail, made.detail_len),
        )

    def format(self) -> str:
        """The text that is signed."""
        return made_text(lib.cstn_waiver_format, ctypes.byref(self._struct()), lib.allocator)

    @classmethod
    def parse(cls, text: str) -> "Waiver":
        """Read the text of a waiver; no signature is looked at. FormatError names the byte."""
        data, made = utf8(text, "text"), sized(c.cstn_waiver)
        call(lib.cstn_waiver_parse, data, len(data), ctypes.byref(made))
        return cls._of(made)

    def sign(self, signer: str) -> str:
        """The signed note, by the signer key of the party, for `put_waiver` of a transaction.

        Examples
        --------
        >>> from constellation import ledger
        >>> from constellation.negotiations import PartyKeys
        >>> signer, verifier = ledger.generate_key("maker.example", seed=bytes(32))
        >>> keys = PartyKeys()
        >>> keys.add("maker", verifier)
        >>> waived = Waiver("maker", 77, b"\\x01" * 32, b"\\x02" * 32, 0)
        >>> Waiver.open(waived.sign(signer), keys) == waived
        True
        """
        return made_text(
            lib.cstn_waiver_sign,
            ctypes.byref(self._struct()),
            c_text(signer, "signer"),
            lib.allocator,
        )

    @classmethod
    def open(cls, note: str, keys: PartyKeys) -> "Waiver":
        """Open a signed waiver: a key of its party that holds at ``at_us`` must have signed, else
        SignatureError."""
        data, made = utf8(note, "note"), sized(c.cstn_waiver)
        call(lib.cstn_waiver_open, data, len(data), keys._live(), lib.allocator, ctypes.byref(made))
        return cls._of(made)
