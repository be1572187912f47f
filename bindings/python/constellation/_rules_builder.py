"""Rules from Python values: a row of each kind handed to the builder of C."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Tuple

from . import _cdefs as c
from ._handles import Handle
from ._native import (
    bits,
    c_text,
    call,
    choice,
    fixed,
    integer,
    lib,
    out,
    set_integer,
    text_array,
    unsigned,
)
from ._agreement_parts import digest_or_zeros
from .constraints import CLASSES, Operand, Vocabulary
from .errors import InvalidArgumentError
from .negotiations import DIGEST, NO_END
from .terms import Term

_NO_BEGINNING = -(2**63)
_RELATIONS = {"partner": 1, "neutral": 2, "competitor": 3}
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


def build_rules(
    constellations: "Mapping[str, Mapping[str, Any]]",
    members: "Iterable[Sequence[Any]]",
    relations: "Iterable[Sequence[Any]]",
    agreements: "Iterable[Any]",
    said: "Mapping[str, Iterable[Mapping[str, Any]]]",
    conflict_sets: "Iterable[Tuple[str, Sequence[str]]]",
    deliveries: "Iterable[Tuple[str, str, str, Sequence[str], int]]",
    overrides: "Iterable[Tuple[str, Handle]]",
    version: int,
) -> Any:
    """The C rules of what `Rules` is given; `said` has "usage", "duty" and "consideration"."""
    builder = out(c.cstn_rules_builder)
    call(lib.cstn_rules_builder_new, None, ctypes.byref(builder))
    try:
        lib.cstn_rules_builder_set_version(builder, unsigned(version, 64, "version"))
        for name, words in constellations.items():
            _add_constellation(builder, name, words)
        for member in members:
            _add_member(builder, *member)
        for relation in relations:
            _add_relation(builder, *relation)
        for number, agreement in enumerate(agreements):
            _add_agreement(builder, agreement, number)
        for kind, rows in said.items():
            for row in rows:
                _add_said(builder, kind, row)
        for place, parties in conflict_sets:
            _add_conflict_set(builder, place, parties)
        for delivery in deliveries:
            _add_delivery(builder, *delivery)
        for note, keys in overrides:
            text = c_text(note, "note")
            call(lib.cstn_rules_builder_add_override, builder, text, len(text), keys._live())
        pointer = out(c.cstn_rules)
        call(lib.cstn_rules_build, builder, ctypes.byref(pointer))
    finally:
        lib.cstn_rules_builder_free(builder)
    return pointer


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
    from_us: int = _NO_BEGINNING,
    until_us: int = NO_END,
) -> None:
    listed, n = text_array(roles, "role")
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
    from_us: int = _NO_BEGINNING,
    until_us: int = NO_END,
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


def _add_conflict_set(builder: Any, constellation: str, parties: "Sequence[str]") -> None:
    listed, n = text_array(parties, "party")
    call(
        lib.cstn_rules_builder_add_conflict_set,
        builder,
        c_text(constellation, "constellation"),
        listed,
        n,
    )


def _add_delivery(
    builder: Any,
    constellation: str,
    provider: str,
    recipient: str,
    classes: "Sequence[str]",
    at_us: int,
) -> None:
    call(
        lib.cstn_rules_builder_add_delivery,
        builder,
        c_text(constellation, "constellation"),
        c_text(provider, "provider"),
        c_text(recipient, "recipient"),
        bits(classes, CLASSES, "class"),
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
    row.digest = fixed(given.get("digest", (number + 1).to_bytes(DIGEST, "big")), DIGEST, "digest")
    row.parent = digest_or_zeros(given.get("parent"), "parent")
    row.state = choice(given.get("state", "active"), _STATES, "state")
    row.valid_from_us = _NO_BEGINNING
    row.valid_until_us = row.effective_us = NO_END
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
            setattr(row, name, NO_END)
    for name, value in given.items():
        if name not in known:
            raise InvalidArgumentError(f"{kind} has no '{name}'")
        if name in ("agreement", "term"):
            setattr(row, name, digest_or_zeros(value, name))
        elif name == "state":
            states = DUTY_STATES if kind == "duty" else DEBT_STATES
            row.state = choice(value, states, "state")
        else:
            set_integer(row, name, value)
    call(getattr(lib, f"cstn_rules_builder_add_{kind}"), builder, ctypes.byref(row))
