"""May this company have these fields, for this purpose, now, and how exactly?

`Rules` are compiled once from memberships, relations, agreements and what was used of them; they
decide any number of requests, on any thread, and the same request always alike. Unknown means no: a
prohibition applies if its condition is true or unknown, a permission only if it is true, and between
competitors only old cells of several companies leave. Times are microseconds UTC.

Examples
--------
>>> from constellation.decisions import Rules
>>> from constellation.terms import Term
>>> term = Term(provider="acme", recipient="beta", constellation="fmcg", fields=["order.qty"],
...     purpose="planning", actions=["read"], granularity={"level": "raw"},
...     consideration=[{"kind": "explicit_none"}])
>>> rules = Rules(
...     {"fmcg": {"purposes": {"planning": None}, "paths": {"order.qty": ["operational"]}}},
...     members=[("fmcg", "acme"), ("fmcg", "beta")],
...     relations=[("fmcg", "acme", "beta", "neutral"), ("fmcg", "beta", "acme", "neutral")],
...     agreements=[{"terms": [term]}],
... )
>>> decision = rules.decide("fmcg", "acme", "beta", ["order.qty", "order.price"], "planning",
...     now_us=1000)
>>> [(field.path, field.reason, field.level) for field in decision.fields]
[('order.price', 'NO_PERMIT', None), ('order.qty', 'PERMIT', 'raw')]
>>> bool(decision), decision.suggest()["paths"]
(False, ['order.qty'])
>>> print(rules.who_may_see("fmcg", "acme", ["order.qty", "order.price"], "planning", now_us=1000))
      order.qty  order.price
beta  raw        -
"""
from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Dict, List, Optional, Tuple

from . import _cdefs as c
from ._decision import Decision, Field, Obligation, Reservation
from ._handles import Handle
from ._native import c_text, call, choice, integer, lib, made_text, out, text_array
from ._request import Duration, Fact, Instant, Request
from ._rules_builder import build_rules
from ._who_may_see import Matrix
from .terms import LEVELS

__all__ = [
    "Decision",
    "Duration",
    "Fact",
    "Field",
    "Instant",
    "Matrix",
    "Obligation",
    "Request",
    "Reservation",
    "Rules",
    "override_text",
]


class Rules(Handle):
    """Everything decisions depend on, compiled. Immutable; any thread.

    Parameters
    ----------
    constellations : mapping of str to mapping
        By id: ``vocabulary`` (a `Vocabulary`), or what makes one: ``purposes`` (purpose to its
        parent, parents or None), ``roles``, ``paths`` (path to a class or classes: "public",
        "operational", "competitive", "pii_direct", "pii_quasi", "special"), ``operands`` (name to a
        type or an `Operand`); ``framework``, and what tightens the firewall: ``contributors``, ``max_share_permille``,
        ``min_age_us``, ``rows``, ``wall_us``, ``values`` (l), ``t_permille``.
    members : iterable of (constellation, party) or (constellation, party, roles, from_us, until_us)
        Who takes part; the last three may be left out.
    relations : iterable of (constellation, declarer, other, relation)
        What one declares the other to be: "partner", "neutral" or "competitor".
    agreements : iterable
        Each a pair of an `Agreement` and its `TermSet`, or a mapping with ``terms`` and, where it
        differs from an active one without an end, ``digest``, ``parent``, ``state``, ``signed_us``,
        ``valid_from_us``, ``valid_until_us``, ``effective_us``.
    usage, duties, considerations : iterable of mapping
        Fields of `cstn_rules_usage`, `cstn_rules_duty` and `cstn_rules_consideration`, with
        ``agreement`` and ``term`` as digests, states as words.
    conflict_sets : iterable of (constellation, parties)
        Between whom a wall stands.
    deliveries : iterable of (constellation, provider, recipient, classes, at_us)
        What a wall is made of.
    overrides : iterable of (note, keys)
        Signed notes and the `PartyKeys` of the provider; see `override_text`.
    version : int, default 0
        How decisions name these rules.

    Raises
    ------
    UnevaluableError
        For a term that the constellation's words cannot evaluate.
    InvalidArgumentError, DuplicateError, NotFoundError, SignatureError
        For what breaks its rule.

    Notes
    -----
    Cost: O(n log n) of all that is given; a decision then takes some microseconds, most of which
    are Python's.
    """

    _RELEASE = "cstn_rules_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        constellations: "Mapping[str, Mapping[str, Any]]",
        members: "Iterable[Sequence[Any]]" = (),
        relations: "Iterable[Sequence[Any]]" = (),
        agreements: "Iterable[Any]" = (),
        usage: "Iterable[Mapping[str, Any]]" = (),
        duties: "Iterable[Mapping[str, Any]]" = (),
        considerations: "Iterable[Mapping[str, Any]]" = (),
        conflict_sets: "Iterable[Tuple[str, Sequence[str]]]" = (),
        deliveries: "Iterable[Tuple[str, str, str, Sequence[str], int]]" = (),
        overrides: "Iterable[Tuple[str, Handle]]" = (),
        version: int = 0,
    ) -> None:
        rows = list(members)
        pointer = build_rules(
            constellations, rows, relations, agreements,
            {"usage": usage, "duty": duties, "consideration": considerations},
            conflict_sets, deliveries, overrides, version,
        )  # fmt: skip
        self._members = [(row[0], row[1]) for row in rows]
        self._adopt(pointer)

    @classmethod
    def _take(cls, pointer: Any, members: "List[Tuple[str, str]]") -> "Rules":
        self = cls.__new__(cls)
        self._members = members
        self._adopt(pointer)
        return self

    def __repr__(self) -> str:
        return "<closed Rules>" if self.closed else f"<Rules {self.version}>"

    @property
    def version(self) -> int:
        """How decisions name these rules."""
        return int(lib.cstn_rules_version(self._live()))

    def decide(self, *request: Any, **fields: Any) -> "Decision":
        """Decide. The same rules and the same request give the same bytes, on any thread.

        Parameters
        ----------
        *request
            A `Request`, or the arguments that make one: constellation, provider, recipient, paths,
            purpose.
        **fields
            Its other arguments, ``now_us`` among them.

        Raises
        ------
        InvalidArgumentError, LimitError
            For a malformed request; what is unknown is a decision, INDETERMINATE.

        Notes
        -----
        Cost: O(fields x terms that speak of them).
        """
        if len(request) == 1 and not fields and isinstance(request[0], Request):
            asked = request[0]
        else:
            asked = Request(*request, **fields)
        pointer = out(c.cstn_decision)
        call(lib.cstn_decide, self._live(), asked._live(), ctypes.byref(pointer))
        return Decision._take(pointer)

    def who_may_see(
        self,
        constellation: str,
        provider: str,
        paths: "Sequence[str]",
        purpose: str,
        *,
        now_us: int,
        recipients: "Optional[Sequence[str]]" = None,
        **request: Any,
    ) -> "Matrix":
        """Who may see what of a provider's fields, and how fine: a decision a party.

        Parameters
        ----------
        constellation, provider, paths, purpose, now_us
            As in `decide`.
        recipients : sequence of str, optional
            All other members, unless given.
        **request
            Further arguments of `decide`; what is coarser is taken unless ``downgrade_ok`` is False.
        """
        if recipients is None:
            recipients = sorted(
                {who for where, who in self._members if where == constellation and who != provider}
            )
        request.setdefault("downgrade_ok", True)
        cells: Dict[str, Dict[str, Field]] = {}
        for who in recipients:
            decided = self.decide(
                constellation, provider, who, paths, purpose, now_us=now_us, **request
            )
            cells[who] = {field.path: field for field in decided.fields}
        return Matrix(list(paths), cells)


def override_text(
    constellation: str,
    provider: str,
    recipient: str,
    paths: "Sequence[str]",
    level: str,
    from_us: int,
    until_us: int,
) -> str:
    """The text of an override, which two officers of the provider sign.

    Parameters
    ----------
    constellation, provider, recipient : str
        Where, whose data, for whom.
    paths : sequence of str
        Fields, stars among them; at most 64.
    level : str
        "raw", "pseudonym" or "generalised".
    from_us, until_us : int
        While it holds; it has an end.

    Raises
    ------
    InvalidArgumentError
        For what breaks its rule.
    """
    row = c.cstn_override(struct_size=ctypes.sizeof(c.cstn_override))
    row.level = choice(level, LEVELS, "level")
    row.constellation = c_text(constellation, "constellation")
    row.provider = c_text(provider, "provider")
    row.recipient = c_text(recipient, "recipient")
    row.paths, row.n_paths = text_array(paths, "path")
    row.from_us = integer(from_us, 64, "from_us")
    row.until_us = integer(until_us, 64, "until_us")
    return made_text(lib.cstn_override_format, ctypes.byref(row), None)
