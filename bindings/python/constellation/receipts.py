"""Receipts: what a party says, over its signature, to have done under an agreement.

A proof of deletion is a receipt that names release and agreement: that the data are gone nobody can
prove, that the party said so it cannot deny.
"""

from __future__ import annotations

import ctypes
from typing import Any, Dict, NamedTuple, Optional

from . import _cdefs as c
from ._native import c_text, call, choice, fixed, integer, lib, made_text, utf8
from ._agreement_parts import digest_or_zeros, none_if_zeros
from .negotiations import DIGEST, PartyKeys, cut, name_of, sized

__all__ = ["Receipt"]

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
