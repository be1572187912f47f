"""Who asks whom for what: a request, and the facts that it brings."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, choice, fixed, integer, lib, made_text, out, text_array, unsigned
from .constraints import fact_array
from .odrl import ACTIONS
from .terms import LEVELS


class Instant(NamedTuple):
    """The value of a fact that is an instant, in microseconds UTC."""

    value: int


class Duration(NamedTuple):
    """The value of a fact that is a duration, in microseconds."""

    value: int


#: what a fact may be
Fact = Union[int, str, Iterable[str], Instant, Duration]


def _typed(operand: str, value: Any) -> "Tuple[int, Any]":
    """The type of a fact, which no vocabulary says here, and its value."""
    if isinstance(value, Instant):
        return c.CSTN_OPERAND_INSTANT, integer(value.value, 64, operand)
    if isinstance(value, Duration):
        return c.CSTN_OPERAND_DURATION, integer(value.value, 64, operand)
    if isinstance(value, str):
        return c.CSTN_OPERAND_ID, value
    if isinstance(value, (set, frozenset, list, tuple)):
        return c.CSTN_OPERAND_ID_SET, value
    return c.CSTN_OPERAND_INT64, integer(value, 64, operand)


class Request(Handle):
    """Who wants what from whom, what for, when. Immutable; any thread.

    Parameters
    ----------
    constellation, provider, recipient, purpose : str
        Where, from whom, for whom, what for.
    paths : sequence of str
        Fields, each ``noun.field`` or ``noun[].field``, once; at most 4,096.
    now_us : int
        The time, microseconds UTC.
    action : str, default "read"
        "read", "write", "derive", "aggregate", "distribute", "sell" or "give".
    level : str, default "raw"
        How fine they are wanted.
    role : str, optional
        That the recipient claims; it must hold it.
    data_us : (from, until), optional
        What the data are about.
    hops : sequence of str
        Parties that the data came through before the provider, the origin first.
    facts : mapping, optional
        What the host says of operands: an int, a text (an id), a set of texts, `Instant` or
        `Duration`.
    rows : int, default 0
        At most so many; 0: as many as are left.
    nano_epsilon : int, default 0
        Privacy to be spent by noised cells.
    nonce : bytes of 16
        Makes equal requests differ.
    downgrade_ok : bool, default False
        Take what is coarser where it is not granted as wanted.
    all_or_nothing : bool, default False
        A field that is denied denies all.

    Notes
    -----
    Cost: O(size).

    Raises
    ------
    InvalidArgumentError, LimitError
        For a malformed request; what the rules do not know is a decision, INDETERMINATE.

    Attributes
    ----------
    constellation, provider, recipient : str
        As given.
    now_us : int
        As given.

    Examples
    --------
    >>> from constellation.decisions import Request
    >>> request = Request("fmcg", "acme", "beta", ["order.qty"], "planning", now_us=1000)
    >>> request.constellation, request.provider, request.recipient, request.digest.hex()[:8]
    ('fmcg', 'acme', 'beta', 'ea9f8353')
    """

    _RELEASE = "cstn_request_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        constellation: str,
        provider: str,
        recipient: str,
        paths: "Sequence[str]",
        purpose: str,
        *,
        now_us: int,
        action: str = "read",
        level: str = "raw",
        role: Optional[str] = None,
        data_us: "Optional[Tuple[int, int]]" = None,
        hops: "Sequence[str]" = (),
        facts: "Optional[Mapping[str, Any]]" = None,
        rows: int = 0,
        nano_epsilon: int = 0,
        nonce: bytes = bytes(16),
        downgrade_ok: bool = False,
        all_or_nothing: bool = False,
    ) -> None:
        options = c.cstn_request_options(struct_size=ctypes.sizeof(c.cstn_request_options))
        options.flags = (c.CSTN_REQUEST_DOWNGRADE_OK if downgrade_ok else 0) | (
            c.CSTN_REQUEST_ALL_OR_NOTHING if all_or_nothing else 0
        )
        options.constellation = c_text(constellation, "constellation")
        options.provider = c_text(provider, "provider")
        options.recipient = c_text(recipient, "recipient")
        options.role = None if role is None else c_text(role, "role")
        options.purpose = c_text(purpose, "purpose")
        options.action = choice(action, ACTIONS, "action")
        options.level = choice(level, LEVELS, "level")
        options.paths, options.n_paths = text_array(paths, "path")
        options.hops, options.n_hops = text_array(hops, "hop")
        if data_us is not None:
            options.data_from_us = integer(data_us[0], 64, "data_us")
            options.data_until_us = integer(data_us[1], 64, "data_us")
        told = fact_array((name, *_typed(name, value)) for name, value in (facts or {}).items())
        options.facts, options.n_facts = told, len(told)
        options.now_us = integer(now_us, 64, "now_us")
        options.rows = unsigned(rows, 64, "rows")
        options.nano_epsilon = unsigned(nano_epsilon, 64, "nano_epsilon")
        options.nonce = fixed(nonce, c.CSTN_REQUEST_NONCE_SIZE, "nonce")
        request = out(c.cstn_request)
        call(lib.cstn_request_new, ctypes.byref(options), None, ctypes.byref(request))
        self._adopt(request)
        self.constellation = constellation
        self.provider = provider
        self.recipient = recipient
        self.now_us = now_us

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Request>"
        return f"<Request of {self.recipient} to {self.provider} in {self.constellation}>"

    @property
    def json(self) -> str:
        """Canonical JSON (RFC 8785)."""
        return made_text(lib.cstn_request_json, self._live())

    @property
    def digest(self) -> bytes:
        """SHA-256 of the request and its type, 32 bytes."""
        digest = (ctypes.c_uint8 * c.CSTN_DECISION_DIGEST_SIZE)()
        call(lib.cstn_request_digest, self._live(), digest)
        return bytes(digest)
