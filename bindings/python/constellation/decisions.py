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
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, choice, integer, lib, out, take_buffer, text_of
from .constraints import CLASSES, Operand, Vocabulary
from .errors import InvalidArgumentError
from .odrl import ACTIONS
from .terms import Term

__all__ = [
    "Decision",
    "Field",
    "Matrix",
    "Obligation",
    "Request",
    "Reservation",
    "Rules",
    "override_text",
]

_NO_END = 2**63 - 1
_LEVELS = {
    "raw": c.CSTN_LEVEL_RAW,
    "pseudonym": c.CSTN_LEVEL_PSEUDONYM,
    "generalised": c.CSTN_LEVEL_GENERALISED,
    "aggregated": c.CSTN_LEVEL_AGGREGATED,
    "noised": c.CSTN_LEVEL_NOISED,
    "existence": c.CSTN_LEVEL_EXISTENCE,
}
LEVEL_NAMES = {number: name for name, number in _LEVELS.items()}
_RELATIONS = {"partner": 1, "neutral": 2, "competitor": 3}
_FLAGS = {
    "downgraded": c.CSTN_DECISION_FIELD_DOWNGRADED,
    "firewall": c.CSTN_DECISION_FIELD_FIREWALL,
    "override": c.CSTN_DECISION_FIELD_OVERRIDE,
    "no_onward": c.CSTN_DECISION_FIELD_NO_ONWARD,
    "advised": c.CSTN_DECISION_FIELD_ADVISED,
}
_STATES = {
    "pending": c.CSTN_AGREEMENT_PENDING,
    "active": c.CSTN_AGREEMENT_ACTIVE,
    "suspended": c.CSTN_AGREEMENT_SUSPENDED,
    "retiring": c.CSTN_AGREEMENT_RETIRING,
    "retired": c.CSTN_AGREEMENT_RETIRED,
    "expired": c.CSTN_AGREEMENT_EXPIRED,
    "condition_ended": c.CSTN_AGREEMENT_CONDITION_ENDED,
    "superseded": c.CSTN_AGREEMENT_SUPERSEDED,
}
DUTY_STATES = {
    "pending": c.CSTN_DUTY_PENDING,
    "fulfilled": c.CSTN_DUTY_FULFILLED,
    "violated": c.CSTN_DUTY_VIOLATED,
    "waived": c.CSTN_DUTY_WAIVED,
}
DEBT_STATES = {
    "current": c.CSTN_CONSIDERATION_CURRENT,
    "due": c.CSTN_CONSIDERATION_DUE,
    "overdue": c.CSTN_CONSIDERATION_OVERDUE,
    "unknown": c.CSTN_CONSIDERATION_UNKNOWN,
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


def _names(bits: int, known: "Mapping[str, int]") -> Tuple[str, ...]:
    return tuple(name for name, bit in known.items() if bits & bit)


def texts(values: "Iterable[str]", what: str) -> "Tuple[Any, int]":
    """A list of C texts and its length."""
    if isinstance(values, str):
        raise InvalidArgumentError(f"{what} is one text, a list expected")
    texts = [c_text(value, what) for value in values]
    return (ctypes.c_char_p * max(len(texts), 1))(*texts), len(texts)


def set_digest(field: Any, value: Optional[bytes], what: str) -> None:
    if value is None:
        return
    if len(value) != c.CSTN_DECISION_DIGEST_SIZE:
        raise InvalidArgumentError(f"{what} has {len(value)} bytes, 32 expected")
    ctypes.memmove(field, bytes(value), len(value))


def _vocabulary(words: "Mapping[str, Any]") -> Vocabulary:
    """The words of a constellation: a vocabulary, or what makes one."""
    given = words.get("vocabulary")
    if given is not None:
        if not isinstance(given, Vocabulary):
            raise InvalidArgumentError(f"vocabulary is {type(given).__name__}, Vocabulary expected")
        return given
    purposes = {
        purpose: [] if above is None else [above] if isinstance(above, str) else list(above)
        for purpose, above in dict(words.get("purposes", {})).items()
    }
    paths = {
        path: [classes] if isinstance(classes, str) else list(classes)
        for path, classes in dict(words.get("paths", {})).items()
    }
    operands = [
        kind if isinstance(kind, Operand) else Operand(name, kind)
        for name, kind in dict(words.get("operands", {})).items()
    ]
    return Vocabulary(
        operands=operands, purposes=purposes, roles=words.get("roles", ()), paths=paths
    )


def _facts(facts: "Mapping[str, Any]") -> "Tuple[Any, int, List[Any]]":
    """Facts as C has them, how many, and what must stay alive."""
    rows = (c.cstn_fact * max(len(facts), 1))()
    kept: List[Any] = []
    for row, (operand, value) in zip(rows, facts.items()):
        name = c_text(operand, "operand")
        kept.append(name)
        row.operand = name
        row.operand_len = len(name)
        if isinstance(value, (Instant, Duration)):
            row.type = _TYPED[type(value)]
            row.number = integer(value.value, 64, operand)
            continue
        if isinstance(value, str):
            value = [value]
            row.type = c.CSTN_OPERAND_ID
        elif isinstance(value, (set, frozenset, list, tuple)):
            row.type = c.CSTN_OPERAND_ID_SET
        else:
            row.type = c.CSTN_OPERAND_INT64
            row.number = integer(value, 64, operand)
            continue
        texts = [c_text(one, operand) for one in value]
        ids = (c.cstn_id * max(len(texts), 1))()
        for place, text in zip(ids, texts):
            place.text = text
            place.len = len(text)
        kept += [texts, ids]
        row.ids = ids
        row.n_ids = len(texts)
    return rows, len(facts), kept


class Instant(NamedTuple):
    """The value of a fact that is an instant, in microseconds UTC."""

    value: int


class Duration(NamedTuple):
    """The value of a fact that is a duration, in microseconds."""

    value: int


_TYPED: Dict[type, int] = {
    Instant: c.CSTN_OPERAND_INSTANT,
    Duration: c.CSTN_OPERAND_DURATION,
}


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
        options.level = choice(level, _LEVELS, "level")
        options.paths, options.n_paths = texts(paths, "path")
        options.hops, options.n_hops = texts(hops, "hop")
        if data_us is not None:
            options.data_from_us = integer(data_us[0], 64, "data_us")
            options.data_until_us = integer(data_us[1], 64, "data_us")
        options.facts, options.n_facts, kept = _facts(facts or {})
        options.now_us = integer(now_us, 64, "now_us")
        options.rows = integer(rows, 64, "rows")
        options.nano_epsilon = integer(nano_epsilon, 64, "nano_epsilon")
        if len(nonce) != c.CSTN_REQUEST_NONCE_SIZE:
            raise InvalidArgumentError(f"nonce has {len(nonce)} bytes, 16 expected")
        ctypes.memmove(options.nonce, nonce, len(nonce))
        request = out(c.cstn_request)
        call(lib.cstn_request_new, ctypes.byref(options), None, ctypes.byref(request))
        del kept
        self._adopt(request)
        self.constellation = constellation
        self.provider = provider
        self.recipient = recipient
        self.now_us = now_us

    @property
    def json(self) -> str:
        """Canonical JSON (RFC 8785)."""
        buffer = out(c.cstn_buffer)
        call(lib.cstn_request_json, self._live(), ctypes.byref(buffer))
        return take_buffer(buffer).decode()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the request and its type, 32 bytes."""
        digest = (ctypes.c_uint8 * c.CSTN_DECISION_DIGEST_SIZE)()
        call(lib.cstn_request_digest, self._live(), digest)
        return bytes(digest)


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
        builder = out(c.cstn_rules_builder)
        call(lib.cstn_rules_builder_new, None, ctypes.byref(builder))
        self._members: List[Tuple[str, str]] = []
        try:
            lib.cstn_rules_builder_set_version(builder, integer(version, 64, "version"))
            for name, words in constellations.items():
                _add_constellation(builder, name, words)
            for row in members:
                self._members.append((row[0], row[1]))
                _add_member(builder, *row)
            for row in relations:
                _add_relation(builder, *row)
            for number, agreement in enumerate(agreements):
                _add_agreement(builder, agreement, number)
            for kind, rows in (("usage", usage), ("duty", duties), ("consideration", considerations)):
                for one in rows:
                    _add_said(builder, kind, one)
            for place, parties in conflict_sets:
                listed, n = texts(parties, "party")
                call(
                    lib.cstn_rules_builder_add_conflict_set,
                    builder,
                    c_text(place, "constellation"),
                    listed,
                    n,
                )
            for delivery in deliveries:
                _add_delivery(builder, *delivery)
            for note, keys in overrides:
                text = c_text(note, "note")
                call(
                    lib.cstn_rules_builder_add_override, builder, text, len(text), keys._live()
                )
            pointer = out(c.cstn_rules)
            call(lib.cstn_rules_build, builder, ctypes.byref(pointer))
        finally:
            lib.cstn_rules_builder_free(builder)
        self._adopt(pointer)

    @classmethod
    def _take(cls, pointer: Any, members: "List[Tuple[str, str]]") -> "Rules":
        self = cls.__new__(cls)
        self._members = members
        self._adopt(pointer)
        return self

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


def _add_constellation(builder: Any, name: str, words: "Mapping[str, Any]") -> None:
    known = {"vocabulary", "purposes", "roles", "paths", "operands", "framework"}
    floors = (
        "contributors",
        "max_share_permille",
        "min_age_us",
        "rows",
        "wall_us",
        "values",
        "t_permille",
    )
    unknown = set(words) - known - set(floors)
    if unknown:
        raise InvalidArgumentError(f"constellation '{name}': unknown {sorted(unknown)}")
    row = c.cstn_constellation_rules(struct_size=ctypes.sizeof(c.cstn_constellation_rules))
    row.constellation = c_text(name, "constellation")
    if words.get("framework") is not None:
        row.framework = c_text(words["framework"], "framework")
    for floor in floors:
        setattr(row, floor, integer(words.get(floor, 0), 64, floor))
    vocabulary = _vocabulary(words)
    row.vocabulary = vocabulary._live()
    call(lib.cstn_rules_builder_add_constellation, builder, ctypes.byref(row))


def _add_member(
    builder: Any,
    constellation: str,
    party: str,
    roles: "Sequence[str]" = (),
    from_us: int = -(2**63),
    until_us: int = _NO_END,
) -> None:
    listed, n = texts(roles, "role")
    call(
        lib.cstn_rules_builder_add_membership,
        builder,
        c_text(constellation, "constellation"),
        c_text(party, "party"),
        listed,
        n,
        integer(from_us, 64, "from_us"),
        integer(until_us, 64, "until_us"),
    )


def _add_relation(
    builder: Any,
    constellation: str,
    declarer: str,
    other: str,
    relation: str,
    from_us: int = -(2**63),
    until_us: int = _NO_END,
) -> None:
    call(
        lib.cstn_rules_builder_add_relation,
        builder,
        c_text(constellation, "constellation"),
        c_text(declarer, "declarer"),
        c_text(other, "other"),
        choice(relation, _RELATIONS, "relation"),
        integer(from_us, 64, "from_us"),
        integer(until_us, 64, "until_us"),
    )


def _add_delivery(
    builder: Any,
    constellation: str,
    provider: str,
    recipient: str,
    classes: "Sequence[str]",
    at_us: int,
) -> None:
    bits = 0
    for one in classes:
        bits |= choice(one, CLASSES, "class")
    call(
        lib.cstn_rules_builder_add_delivery,
        builder,
        c_text(constellation, "constellation"),
        c_text(provider, "provider"),
        c_text(recipient, "recipient"),
        bits,
        integer(at_us, 64, "at_us"),
    )


def _add_agreement(builder: Any, given: Any, number: int) -> None:
    if not isinstance(given, Mapping):
        agreement, terms = given
        call(
            lib.cstn_rules_builder_add_signed, builder, agreement._live(), terms._live(), None
        )
        return
    terms = list(given["terms"])
    first = terms[0].components if terms and isinstance(terms[0], Term) else {}
    row = c.cstn_rules_agreement(struct_size=ctypes.sizeof(c.cstn_rules_agreement))
    for name in ("constellation", "provider", "recipient"):
        setattr(row, name, c_text(given.get(name, first.get(name, "")), name))
    set_digest(row.digest, given.get("digest", (number + 1).to_bytes(32, "big")), "digest")
    set_digest(row.parent, given.get("parent"), "parent")
    row.state = choice(given.get("state", "active"), _STATES, "state")
    row.valid_from_us = -(2**63)
    row.valid_until_us = row.effective_us = _NO_END
    for name in ("signed_us", "valid_from_us", "valid_until_us", "effective_us"):
        if name in given:
            setattr(row, name, integer(given[name], 64, name))
    listed = (ctypes.POINTER(c.cstn_term) * max(len(terms), 1))()
    for place, term in enumerate(terms):
        listed[place] = term._live()
    row.terms = listed
    row.n_terms = len(terms)
    call(lib.cstn_rules_builder_add_agreement, builder, ctypes.byref(row))


def _add_said(builder: Any, kind: str, given: "Mapping[str, Any]") -> None:
    row = getattr(c, f"cstn_rules_{kind}")()
    row.struct_size = ctypes.sizeof(row)
    known = {field[0] for field in row._fields_} - {"struct_size", "flags"}
    for name in ("deadline_us", "due_us"):
        if name in known:
            setattr(row, name, _NO_END)
    for name, value in given.items():
        if name not in known:
            raise InvalidArgumentError(f"{kind} has no '{name}'")
        if name in ("agreement", "term"):
            set_digest(getattr(row, name), value, name)
        elif name == "state":
            states = DUTY_STATES if kind == "duty" else DEBT_STATES
            row.state = choice(value, states, "state")
        else:
            setattr(row, name, integer(value, 64, name))
    call(getattr(lib, f"cstn_rules_builder_add_{kind}"), builder, ctypes.byref(row))


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
    row.level = choice(level, _LEVELS, "level")
    row.constellation = c_text(constellation, "constellation")
    row.provider = c_text(provider, "provider")
    row.recipient = c_text(recipient, "recipient")
    row.paths, row.n_paths = texts(paths, "path")
    row.from_us = integer(from_us, 64, "from_us")
    row.until_us = integer(until_us, 64, "until_us")
    buffer = out(c.cstn_buffer)
    call(lib.cstn_override_format, ctypes.byref(row), None, ctypes.byref(buffer))
    return take_buffer(buffer).decode()


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
            _names(row.flags, _FLAGS),
            _names(row.classes, CLASSES),
            bytes(row.agreement) if granted else None,
            bytes(row.term) if granted else None,
            None if row.retention_us == _NO_END else row.retention_us,
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
                    None if row.deadline_us == _NO_END else row.deadline_us,
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
            buffer = out(c.cstn_buffer)
            call(lib.cstn_request_json, request, ctypes.byref(buffer))
        finally:
            lib.cstn_request_unref(request)
        return dict(json.loads(take_buffer(buffer)))

    def _text(self, function: Any) -> str:
        buffer = out(c.cstn_buffer)
        call(function, self._live(), ctypes.byref(buffer))
        return take_buffer(buffer).decode()


class Matrix:
    """Who may see what, and how fine: a row a party, a column a field.

    Attributes
    ----------
    paths : list of str
        The columns.
    cells : dict of str to dict of str to Field
        By party and path.
    """

    def __init__(self, paths: "List[str]", cells: "Dict[str, Dict[str, Field]]") -> None:
        self.paths = paths
        self.cells = cells

    def level(self, party: str, path: str) -> Optional[str]:
        """The level, or None if it is denied."""
        return self.cells[party][path].level

    def __str__(self) -> str:
        rows = [[""] + self.paths]
        for party in self.cells:
            rows.append([party] + [self.level(party, path) or "-" for path in self.paths])
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = ("  ".join(text.ljust(w) for text, w in zip(row, widths)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)

    def plot(self, ax: Any = None) -> Any:
        """A picture of it, the brighter the finer; needs matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new one unless given.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ._axes import SHADES, new_axes, titled

        parties = list(self.cells)
        ax = new_axes(ax, 1.2 + 0.5 * max(len(parties), 1))
        shades = [
            [7 - _LEVELS.get(self.level(party, path) or "", 7) for path in self.paths]
            for party in parties
        ]
        ax.imshow(shades, cmap=SHADES, vmin=0, vmax=7, aspect="auto")
        ax.set_xticks(range(len(self.paths)), self.paths, rotation=30, ha="right")
        ax.set_yticks(range(len(parties)), parties)
        for i, party in enumerate(parties):
            for j, path in enumerate(self.paths):
                ax.text(
                    j,
                    i,
                    self.level(party, path) or self.cells[party][path].reason.lower(),
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="black" if shades[i][j] > 4 else "white",
                )
        return titled(ax, "Who may see what")


#: what a fact may be
Fact = Union[int, str, Iterable[str], Instant, Duration]
