"""How two parties come to one set of terms: the machine of the Dataspace Protocol 2025-1.

The recipient of the data and the provider send messages; each makes a new state, or an error and
none. Terms are named by the digest of their set. A message travels as a signed note; a book of keys
says whose keys hold when. Instants are microseconds UTC that the caller gives.

Examples
--------
>>> from constellation import ledger
>>> from constellation.negotiations import Message, Negotiation, PartyKeys
>>> maker, maker_key = ledger.generate_key("maker.example", seed=bytes(32))
>>> keys = PartyKeys()
>>> keys.add("maker", maker_key)
>>> negotiation = Negotiation("n1", provider="maker", recipient="shop", constellation="c1")
>>> offer = Message("offer", "provider", "n1", bytes(16), b"\\x05" * 32, 1000, expires_us=2000)
>>> note = negotiation.sign(offer, maker)
>>> negotiation = negotiation.apply_note(note, keys)
>>> negotiation.state
'OFFERED'
>>> negotiation.apply(Message("accept", "recipient", "n1", bytes([1] * 16), b"\\x05" * 32, 2000))
Traceback (most recent call last):
    ...
constellation.errors.StaleError: accepted at 2000, but the offer ended at 2000
"""

from __future__ import annotations

import ctypes
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple, Type, TypeVar

from . import _cdefs as c
from ._handles import Handle
from ._native import (
    bytes_pointer,
    c_text,
    call,
    choice,
    fixed,
    integer,
    lib,
    made_bytes,
    made_text,
    out,
    text_of,
    utf8,
)
from .errors import InvalidArgumentError

__all__ = ["Message", "Negotiation", "NegotiationInfo", "PartyKey", "PartyKeys"]

#: no end, of keys, offers and agreements
NO_END = 2**63 - 1

ACTORS: Dict[str, int] = {"recipient": c.CSTN_ACTOR_RECIPIENT, "provider": c.CSTN_ACTOR_PROVIDER}
_USES: Dict[str, int] = {
    "sign": c.CSTN_PARTY_KEY_SIGN,
    "officer": c.CSTN_PARTY_KEY_OFFICER,
    "witness": c.CSTN_PARTY_KEY_WITNESS,
}
_MESSAGES: Dict[str, int] = {
    "request": c.CSTN_MESSAGE_REQUEST,
    "offer": c.CSTN_MESSAGE_OFFER,
    "accept": c.CSTN_MESSAGE_ACCEPT,
    "agree": c.CSTN_MESSAGE_AGREE,
    "verify": c.CSTN_MESSAGE_VERIFY,
    "finalize": c.CSTN_MESSAGE_FINALIZE,
    "terminate": c.CSTN_MESSAGE_TERMINATE,
}
#: bytes of a digest
DIGEST = c.CSTN_TERMS_DIGEST_SIZE

H = TypeVar("H", bound=Handle)
S = TypeVar("S", bound=ctypes.Structure)


# --- what goes in and comes out ---------------------------------------------------------------------


def name_of(number: int, names: "Dict[str, int]") -> str:
    """The name behind a number; "" for another."""
    return next((name for name, value in names.items() if value == number), "")


def sized(structure: "Type[S]") -> S:
    """A struct that says how large it is."""
    return structure(struct_size=ctypes.sizeof(structure))


def cut(text: Optional[bytes], length: int) -> str:
    """Text of a length that need not end at a NUL."""
    return text_of((text or b"")[:length])


def adopt(kind: "Type[H]", opaque: Any, function: Callable[..., int], *arguments: Any) -> H:
    """The handle that a call gives in its last output."""
    made = kind.__new__(kind)
    pointer = out(opaque)
    call(function, *arguments, ctypes.byref(pointer))
    made._adopt(pointer)
    return made


# --- keys ---------------------------------------------------------------------------------------------


class PartyKey(NamedTuple):
    """A key of a party."""

    party: str
    #: verifier key
    verifier: str
    #: "sign", "officer" or "witness"
    use: str
    #: since when it holds, microseconds UTC
    from_us: int
    #: until when; None is no end
    until_us: Optional[int]


class PartyKeys(Handle):
    """A book of public keys: which verifier keys a party signs with, and when they hold.

    One thread at a time adds; while none does, any number may read.
    """

    _RELEASE = "cstn_party_keys_free"

    def __init__(self) -> None:
        pointer = out(c.cstn_party_keys)
        call(lib.cstn_party_keys_new, lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    def add(
        self,
        party: str,
        verifier: str,
        use: str = "sign",
        *,
        from_us: int = 0,
        until_us: Optional[int] = None,
    ) -> None:
        """Add a key; one that is there with the same window changes nothing.

        Parameters
        ----------
        party : str
            1 to 64 bytes of UTF-8.
        verifier : str
            Verifier key of `constellation.ledger.generate_key`.
        use : str
            "sign", "officer" (two sign an override) or "witness".
        from_us, until_us : int
            Microseconds UTC; it holds in [from_us, until_us), None is no end.
        """
        key = sized(c.cstn_party_key)
        key.party, key.verifier = c_text(party, "party"), c_text(verifier, "verifier")
        key.use = choice(use, _USES, "use")
        key.from_us = integer(from_us, 64, "from_us")
        key.until_us = NO_END if until_us is None else integer(until_us, 64, "until_us")
        with self._exclusive() as pointer:
            call(lib.cstn_party_keys_add, pointer, ctypes.byref(key))

    def load(self, snapshot: Handle) -> None:
        """Add the keys of a network: its records ``verifier``, as a `constellation.Snapshot` sees
        them; FormatError for one that is no key, those before it being in."""
        with self._exclusive() as pointer:
            call(lib.cstn_party_keys_load, pointer, snapshot._live())

    def __len__(self) -> int:
        return int(lib.cstn_party_keys_count(self._live()))

    def __iter__(self) -> "Iterator[PartyKey]":
        pointer = self._live()
        for index in range(len(self)):
            key = sized(c.cstn_party_key)
            call(lib.cstn_party_keys_at, pointer, index, ctypes.byref(key))
            yield PartyKey(
                text_of(key.party),
                text_of(key.verifier),
                name_of(key.use, _USES),
                key.from_us,
                None if key.until_us == NO_END else key.until_us,
            )

    def valid(self, party: str, at_us: int, use: str = "sign") -> List[str]:
        """The verifier keys of a party that hold at an instant, sorted.

        Examples
        --------
        >>> from constellation import ledger
        >>> keys = PartyKeys()
        >>> keys.add("a", ledger.generate_key("a", seed=bytes(32))[1], from_us=10, until_us=20)
        >>> len(keys.valid("a", 19)), len(keys.valid("a", 20))
        (1, 0)
        """
        most = len(self)
        texts, count = (ctypes.c_char_p * max(most, 1))(), ctypes.c_size_t()
        call(
            lib.cstn_party_keys_valid,
            self._live(),
            c_text(party, "party"),
            choice(use, _USES, "use"),
            integer(at_us, 64, "at_us"),
            texts,
            most,
            ctypes.byref(count),
        )
        return [text_of(text) for text in texts[: count.value]]

    def open_note(
        self, note: str, party: str, at_us: int, *, use: str = "sign", least: int = 1
    ) -> str:
        """The text of a note that a party signed with `least` different keys that hold then.

        Raises
        ------
        SignatureError
            If a signature is wrong, or too few keys that are known and hold have signed.
        FormatError
            If the note is malformed.
        """
        data = utf8(note, "note")
        opened = adopt(
            _Note,
            c.cstn_note,
            lib.cstn_party_keys_open,
            self._live(),
            data,
            len(data),
            c_text(party, "party"),
            choice(use, _USES, "use"),
            integer(at_us, 64, "at_us"),
            integer(least, 64, "least"),
            lib.allocator,
        )
        with opened:
            return text_of(lib.cstn_note_text(opened._live(), None))


class _Note(Handle):
    _RELEASE = "cstn_note_free"
    _IMMUTABLE = True


# --- messages -----------------------------------------------------------------------------------------


class Message(NamedTuple):
    """What a party says."""

    #: "request", "offer", "accept", "agree", "verify", "finalize" or "terminate"
    type: str
    #: "recipient" or "provider"
    actor: str
    #: id of the negotiation
    negotiation: str
    #: 16 bytes, unique
    id: bytes
    #: 32 bytes, of the set of terms
    digest: bytes
    #: when it is said, microseconds UTC
    now_us: int
    #: of an offer: from then on it cannot be accepted; None is no end, and for other messages
    expires_us: Optional[int] = None
    #: one line for people
    reason: str = ""

    def _struct(self) -> Any:
        made = sized(c.cstn_negotiation_message)
        made.type = choice(self.type, _MESSAGES, "type")
        made.actor = choice(self.actor, ACTORS, "actor")
        made.negotiation = utf8(self.negotiation, "negotiation")
        made.negotiation_len = len(utf8(self.negotiation, "negotiation"))
        made.reason = utf8(self.reason, "reason")
        made.reason_len = len(utf8(self.reason, "reason"))
        made.now_us = integer(self.now_us, 64, "now_us")
        if self.expires_us is not None:
            made.expires_us = integer(self.expires_us, 64, "expires_us")
        elif self.type == "offer":
            made.expires_us = NO_END
        made.id = fixed(self.id, c.CSTN_MESSAGE_ID_SIZE, "id")
        made.digest = fixed(self.digest, DIGEST, "digest")
        return made

    def format(self) -> str:
        """The text that is signed."""
        made = ctypes.byref(self._struct())
        return made_text(lib.cstn_negotiation_message_format, made, lib.allocator)

    @classmethod
    def parse(cls, text: str) -> "Message":
        """Read the text of a message; no signature is looked at. FormatError names the byte."""
        data = utf8(text, "text")
        made = sized(c.cstn_negotiation_message)
        call(lib.cstn_negotiation_message_parse, data, len(data), ctypes.byref(made))
        expires = made.expires_us
        return cls(
            name_of(made.type, _MESSAGES),
            name_of(made.actor, ACTORS),
            cut(made.negotiation, made.negotiation_len),
            bytes(made.id),
            bytes(made.digest),
            made.now_us,
            None if expires == NO_END or made.type != c.CSTN_MESSAGE_OFFER else expires,
            cut(made.reason, made.reason_len),
        )


class NegotiationInfo(NamedTuple):
    """What a state says."""

    id: str
    provider: str
    recipient: str
    constellation: str
    #: "NONE", "REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED"
    state: str
    #: 32 bytes of the last request or offer; None without
    digest: Optional[bytes]
    #: messages that were taken
    messages: int
    #: attempts that were counted by `Negotiation.refused`
    refused_count: int


class Negotiation(Handle):
    """A state of a negotiation; immutable, for any thread.

    Parameters
    ----------
    id : str
        Of the negotiation, 1 to 64 bytes, as all ids.
    provider, recipient : str
        The two parties.
    constellation : str
        Nothing has effect outside it.
    allow_reoffer : bool
        Whether the provider may replace an offer by another one; both sides use the same.

    Raises
    ------
    InvalidArgumentError
        For a bad id, or one party on both sides.
    """

    _RELEASE = "cstn_negotiation_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        id: str,  # noqa: A002
        *,
        provider: str,
        recipient: str,
        constellation: str,
        allow_reoffer: bool = False,
    ) -> None:
        options = sized(c.cstn_negotiation_options)
        options.flags = c.CSTN_NEGOTIATION_ALLOW_REOFFER if allow_reoffer else 0
        options.id = c_text(id, "id")
        options.provider = c_text(provider, "provider")
        options.recipient = c_text(recipient, "recipient")
        options.constellation = c_text(constellation, "constellation")
        options.allocator = lib.allocator
        pointer = out(c.cstn_negotiation)
        call(lib.cstn_negotiation_new, ctypes.byref(options), ctypes.byref(pointer))
        self._adopt(pointer)

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Negotiation>"
        info = self.info()
        return (
            f"<Negotiation {info.id!r}: {info.provider} and {info.recipient} in "
            f"{info.constellation}, {info.state}>"
        )

    @property
    def state(self) -> str:
        """The name of the state, "OFFERED"."""
        return text_of(
            lib.cstn_negotiation_state_name(lib.cstn_negotiation_state(self._live()))
        )

    def info(self) -> NegotiationInfo:
        """What the state says."""
        made = sized(c.cstn_negotiation_info)
        call(lib.cstn_negotiation_get_info, self._live(), ctypes.byref(made))
        digest = bytes(made.digest)
        return NegotiationInfo(
            text_of(made.id),
            text_of(made.provider),
            text_of(made.recipient),
            text_of(made.constellation),
            self.state,
            digest if made.n_messages else None,
            made.n_messages,
            made.n_refused,
        )

    def apply(self, message: Message) -> "Negotiation":
        """The state after a message; this one stays what it is.

        Raises
        ------
        StateError
            If the actor cannot say this now.
        StaleError
            If it quotes another digest than the last request or offer has, or the offer ended.
        ConflictError
            If the id of a message that was taken came with other content.
        MismatchError
            For a message of another negotiation.
        """
        return adopt(
            Negotiation,
            c.cstn_negotiation,
            lib.cstn_negotiation_apply,
            self._live(),
            ctypes.byref(message._struct()),
        )

    def sign(self, message: Message, signer: str) -> str:
        """The signed note of a message, by the signer key of its actor."""
        return made_text(
            lib.cstn_negotiation_message_sign,
            ctypes.byref(message._struct()),
            c_text(signer, "signer"),
            lib.allocator,
        )

    def apply_note(self, note: str, keys: PartyKeys) -> "Negotiation":
        """Verify the note of a message and apply it: a key of the actor that holds at its
        ``now_us`` must have signed, else SignatureError."""
        data = utf8(note, "note")
        return adopt(
            Negotiation,
            c.cstn_negotiation,
            lib.cstn_negotiation_apply_note,
            self._live(),
            data,
            len(data),
            keys._live(),
        )

    def refused(self) -> "Negotiation":
        """The same state with one more refused attempt in its count."""
        return adopt(
            Negotiation, c.cstn_negotiation, lib.cstn_negotiation_refused, self._live()
        )

    def log_entry(self, message: Message, outcome: int = 0) -> str:
        """The entry of a log for a message, taken (0) or refused (the ``code`` of the error)."""
        return made_text(
            lib.cstn_negotiation_log_entry,
            self._live(),
            ctypes.byref(message._struct()),
            integer(outcome, 32, "outcome"),
        )

    def serialize(self) -> bytes:
        """The state as canonical JSON."""
        return made_bytes(lib.cstn_negotiation_serialize, self._live())

    @classmethod
    def deserialize(cls, data: bytes) -> "Negotiation":
        """Read what `serialize` wrote; FormatError for anything else."""
        return adopt(
            cls,
            c.cstn_negotiation,
            lib.cstn_negotiation_deserialize,
            bytes_pointer(data),
            len(data),
            lib.allocator,
        )

    def __reduce__(self) -> "Tuple[Any, ...]":
        return Negotiation.deserialize, (self.serialize(),)
