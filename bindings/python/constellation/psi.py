"""Private set intersection: which identifiers two companies have in common, and no others.

The receiver sends a request, the sender a reply; both are bytes, handed over as you like. The
receiver learns which of its identifiers are common (mode "items"), or only how many ("size"). What
a side could learn by guessing is bounded by gates: declared sizes, the least overlap that is told,
runs a period, and identifiers of which there are too few; and, where `agreement` is an
`agreements.Agreement`, a signed term of level existence that names the kind. With a `network` each
step is entered in its logs before it gives anything out. Bring identifiers into one form before.

Examples
--------
>>> from constellation import psi
>>> terms = dict(agreement=bytes(32), kind="item.gtin", kind_log2=40, least_overlap=2)
>>> receiver = psi.Receiver(["17", "18", "19", "20"], **terms)
>>> sender = psi.Sender(["20", "99", "18"], **terms)
>>> result = receiver.finish(sender.reply(receiver.request()))
>>> result.places, result.common
([1, 3], 2)
>>> result.own_declared, result.their_declared
(16, 16)
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any, Callable, List, NamedTuple, Optional, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import (
    blob,
    bytes_pointer,
    c_text,
    call,
    choice,
    integer,
    joined,
    lib,
    made_bytes,
    out,
    unsigned,
)
from .agreements import Agreement
from .decisions import Decision
from .errors import InvalidArgumentError
from .ledger import Log
from .network import Network
from .times import TimeLike, to_us

__all__ = ["Receiver", "Result", "Runs", "Sender"]

_MODES = {"items": c.CSTN_PSI_ITEMS, "size": c.CSTN_PSI_SIZE}
_DIRECTIONS = {"to_recipient": c.CSTN_PSI_TO_RECIPIENT, "to_provider": c.CSTN_PSI_TO_PROVIDER}

Identifier = Union[bytes, str]


class Result(NamedTuple):
    """What a run gave the receiver."""

    #: identifiers in common; with is_fewer the least that would have been told
    common: int
    #: fewer than `least_overlap` are common, and nothing more is told
    is_fewer: bool
    #: places of the common ones among those given, from 0; None if they are not told
    places: Optional[List[int]]
    #: own identifiers, each once
    own: int
    #: sizes declared, powers of 2
    own_declared: int
    their_declared: int


class Runs(Handle):
    """How many runs each partner had in a period.

    Parameters
    ----------
    period_us : int
        Length of a period in microseconds.
    most : int
        Runs a partner has in one.

    Examples
    --------
    >>> runs = Runs(86_400_000_000, 3)
    >>> runs.left("rival", now=0)
    3
    >>> Runs.from_bytes(runs.to_bytes()).left("rival", now=0)
    3
    """

    _RELEASE = "cstn_psi_runs_free"

    def __init__(self, period_us: int, most: int) -> None:
        pointer = out(c.cstn_psi_runs)
        call(
            lib.cstn_psi_runs_new,
            integer(period_us, 64, "period_us"),
            unsigned(most, 32, "most"),
            lib.allocator,
            ctypes.byref(pointer),
        )
        self._adopt(pointer)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Runs":
        """What `to_bytes` gave."""
        runs, pointer = cls.__new__(cls), out(c.cstn_psi_runs)
        call(
            lib.cstn_psi_runs_deserialize,
            bytes_pointer(data),
            len(data),
            lib.allocator,
            ctypes.byref(pointer),
        )
        runs._adopt(pointer)
        return runs

    def to_bytes(self) -> bytes:
        """Its bytes: keep them once a run was charged, before its message leaves."""
        with self._exclusive() as runs:
            return made_bytes(lib.cstn_psi_runs_serialize, runs)

    def left(self, partner: str, *, now: TimeLike) -> int:
        """How many runs a partner has left in the period of an instant."""
        with self._exclusive() as runs:
            return int(
                lib.cstn_psi_runs_left(runs, c_text(partner, "partner"), to_us(now, "now"))
            )


class _Side(Handle):
    """What both sides have: see `Receiver`."""

    _NEW = ""
    _ADD = ""
    _HANDLE: Any = None

    def __init__(
        self,
        identifiers: "Iterable[Identifier]",
        *,
        agreement: "Union[bytes, Agreement]",
        kind: str,
        kind_log2: int,
        mode: str = "items",
        direction: str = "to_recipient",
        least_overlap: int = 0,
        size_log2: Optional[int] = None,
        small_kind: bool = False,
        threads: int = 0,
        runs: Optional[Runs] = None,
        partner: Optional[str] = None,
        log: Optional[Log] = None,
        now: TimeLike = 0,
        party: Optional[str] = None,
        network: Optional[Network] = None,
        decision: Optional[Decision] = None,
    ) -> None:
        options = c.cstn_psi_options(struct_size=ctypes.sizeof(c.cstn_psi_options))
        options.flags = c.CSTN_PSI_SMALL_KIND if small_kind else 0
        if isinstance(agreement, Agreement):
            options.signed_agreement = agreement._live()
        elif len(agreement) == c.CSTN_PSI_DIGEST_SIZE:
            options.agreement = bytes_pointer(bytes(agreement))
        else:
            raise InvalidArgumentError("agreement is a digest of 32 bytes")
        options.party = None if party is None else c_text(party, "party")
        options.network = None if network is None else network._live()
        options.decision = None if decision is None else decision._live()
        options.kind = c_text(kind, "kind")
        options.mode = choice(mode, _MODES, "mode")
        options.direction = choice(direction, _DIRECTIONS, "direction")
        options.kind_log2 = integer(kind_log2, 32, "kind_log2")
        options.size_log2 = 0 if size_log2 is None else integer(size_log2, 32, "size_log2")
        options.least_overlap = unsigned(least_overlap, 32, "least_overlap")
        options.threads = integer(threads, 32, "threads")
        options.runs = None if runs is None else runs._live()
        options.partner = None if partner is None else c_text(partner, "partner")
        options.log = None if log is None else log._live()
        options.now_us = to_us(now, "now")
        pointer = out(self._HANDLE)
        call(
            getattr(lib, self._NEW), ctypes.byref(options), lib.allocator, ctypes.byref(pointer)
        )
        self._adopt(pointer, (runs, log))
        self._add(identifiers)

    def _add(self, identifiers: "Iterable[Identifier]") -> None:
        if isinstance(identifiers, (str, bytes)):
            raise InvalidArgumentError("identifiers is one text, a list of them expected")
        listed = [blob(one, "identifier") for one in identifiers]
        data, ends = joined(listed)
        with self._exclusive() as side:
            call(getattr(lib, self._ADD), side, bytes_pointer(data), ends, len(listed))

    def _made(self, function: Callable[..., int], *arguments: Any) -> bytes:
        with self._exclusive() as side:
            return made_bytes(function, side, *arguments)


class Receiver(_Side):
    """The side that learns, for one run.

    Parameters
    ----------
    identifiers : iterable of str or bytes
        Of 1 to 1,024 bytes, at most 100,000; those that come again count once.
    agreement : Agreement or bytes
        What both signed, with its terms: one of them must permit the receiver to read `kind` at
        the level existence, and the agreement must decide at `now`. Or only its digest of 32
        bytes: then no term is looked at.
    kind : str
        Of the identifiers: their path, "item.gtin".
    kind_log2 : int
        How many plausible values the kind has, as a power of 2; below 20 anybody could try them
        all, and `small_kind` says that both have signed that.
    mode : str
        "items" or "size".
    direction : str
        Who the receiver is under the agreement: "to_recipient" or "to_provider".
    least_overlap : int
        Below it only "fewer than" is told; 0: the threshold of the term.
    size_log2 : int, optional
        Declared size as a power of 2, 4 to 17; None: the least that holds all.
    threads : int
        0: all processors. The result is the same.
    runs : Runs, optional
        Where the run is charged, to `partner`.
    partner, party : str, optional
        The other side, and one's own; an Agreement takes both.
    log : Log, optional
        Where each step is entered.
    now : time
        For gates, runs and log.
    network : Network, optional
        With an Agreement, in place of `log`: steps are entered in the shared log of `party`, what
        is refused in its private log, before anything is given out.
    decision : Decision, optional
        With an Agreement whose term has conditions: that it permits this run, at `now`.

    Raises
    ------
    DeniedError
        Naming the gate that is shut.
    MissingError
        If the agreement has no terms.
    """

    _RELEASE = "cstn_psi_receiver_free"
    _NEW = "cstn_psi_receiver_new"
    _ADD = "cstn_psi_receiver_add"
    _HANDLE = c.cstn_psi_receiver

    def request(self) -> bytes:
        """Bytes for the sender; once."""
        return self._made(lib.cstn_psi_receiver_request)

    def finish(self, reply: bytes) -> Result:
        """Take the reply of the sender; ProofError if not one key evaluated all."""
        found = c.cstn_psi_result(struct_size=ctypes.sizeof(c.cstn_psi_result))
        count = ctypes.c_size_t()
        with self._exclusive() as side:
            call(lib.cstn_psi_receiver_finish, side, reply, len(reply), ctypes.byref(found))
            places = lib.cstn_psi_receiver_common(side, ctypes.byref(count))
            told = [int(place) for place in places[: count.value]] if places else None
        return Result(
            int(found.common),
            bool(found.is_fewer),
            told,
            int(found.own),
            int(found.own_declared),
            int(found.their_declared),
        )


class Sender(_Side):
    """The side that helps, for one run; parameters as of `Receiver`."""

    _RELEASE = "cstn_psi_sender_free"
    _NEW = "cstn_psi_sender_new"
    _ADD = "cstn_psi_sender_add"
    _HANDLE = c.cstn_psi_sender

    def reply(self, request: bytes) -> bytes:
        """Bytes for the receiver; once."""
        return self._made(lib.cstn_psi_sender_reply, request, len(request))
