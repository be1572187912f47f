"""Conditions of sharing: what they may speak of, expressions of them, and their truth.

A `Vocabulary` is what a constellation speaks: operands with a type and a domain, the graph of
purposes, roles, classes of fields. ``vocabulary["now"] < "2026-06-01"`` is a `Constraint`; ``&``,
``|``, ``~`` and `exactly_one` combine them. It is data: ``constraint.json`` goes into a term, and
``str(constraint)`` says it in words.

There are three truths: True, False and None, which is unknown: an operand without a fact, or with
one that is ill-typed. What is unknown never grants anything.

Examples
--------
>>> from constellation.constraints import Operand, Vocabulary
>>> vocabulary = Vocabulary(
...     operands=[Operand("price", "decimal", scale=2, least="0")],
...     purposes={"planning": [], "forecasting": ["planning"]},
... )
>>> now, purpose, price = vocabulary["now"], vocabulary["purpose"], vocabulary["price"]
>>> rule = (now < "2026-06-01") & purpose.part_of("planning") & ~(price > "9.50")
>>> print(rule)
now is before 2026-06-01T00:00:00Z and purpose is part of 'planning' and not (price is above 9.5)
>>> facts = {"now": "2026-01-31", "purpose": "forecasting", "price": "9.5"}
>>> rule.evaluate(vocabulary, facts)
True
>>> del facts["price"]
>>> print(rule.evaluate(vocabulary, facts))
None
>>> print(rule.explain(vocabulary, facts))
unknown: all of
  true: now is before 2026-06-01T00:00:00Z (it is 2026-01-31T00:00:00Z)
  true: purpose is part of 'planning' (it is 'forecasting')
  unknown: not
    unknown: price is above 9.5 (there is no one fact)
>>> (now < "2026-03-01").implies(now < "2026-06-01", vocabulary)
True
>>> (now < "2026-03-01").compare(now > "2026-06-01", vocabulary)
'conflict'
"""

from __future__ import annotations

import ctypes
import dataclasses
import datetime
import decimal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Dict, List, Optional, Tuple, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import (
    bits,
    c_text,
    call,
    choice,
    integer,
    lib,
    made_text,
    names_of,
    out,
    text_of,
    utf8,
)
from .errors import InvalidArgumentError
from .times import to_us

__all__ = [
    "CLASSES",
    "TYPES",
    "Condition",
    "Constraint",
    "Operand",
    "OperandName",
    "Vocabulary",
    "exactly_one",
    "path_covers",
]

#: types of operands
TYPES: Dict[str, int] = {
    "int64": c.CSTN_OPERAND_INT64,
    "decimal": c.CSTN_OPERAND_DECIMAL,
    "instant": c.CSTN_OPERAND_INSTANT,
    "duration": c.CSTN_OPERAND_DURATION,
    "id": c.CSTN_OPERAND_ID,
    "id_set": c.CSTN_OPERAND_ID_SET,
}
#: classes of fields
CLASSES: Dict[str, int] = {
    "public": c.CSTN_CLASS_PUBLIC,
    "operational": c.CSTN_CLASS_OPERATIONAL,
    "competitive": c.CSTN_CLASS_COMPETITIVE,
    "pii_direct": c.CSTN_CLASS_PII_DIRECT,
    "pii_quasi": c.CSTN_CLASS_PII_QUASI,
    "special": c.CSTN_CLASS_SPECIAL,
}
_TYPE_NAMES = {number: name for name, number in TYPES.items()}
_TRUTHS = {c.CSTN_TRUTH_FALSE: False, c.CSTN_TRUTH_UNKNOWN: None, c.CSTN_TRUTH_TRUE: True}
_COMPARISONS = {
    c.CSTN_COMPARE_UNKNOWN: "unknown",
    c.CSTN_COMPARE_CONFLICT: "conflict",
    c.CSTN_COMPARE_COMPATIBLE: "compatible",
    c.CSTN_COMPARE_UNDERSPECIFIED: "underspecified",
}
_MICROSECOND = datetime.timedelta(microseconds=1)


@dataclasses.dataclass(frozen=True)
class Operand:
    """An operand to register: what a fact may be of."""

    name: str
    #: one of `TYPES`
    type: str
    #: decimals of a decimal, 0..18
    scale: int = 0
    #: the smallest value there is, of numbers and times; None: no bound
    least: Any = None
    #: the greatest value
    most: Any = None
    #: the ids there are; None: any
    ids: Optional[Sequence[str]] = None
    #: another operand of the same type that it never exceeds, registered before
    at_most: Optional[str] = None


# --- values -----------------------------------------------------------------------------------------


def _scaled(value: Any, what: str) -> Tuple[int, int]:
    """A decimal as a whole number and its scale; a float is refused, since it is no decimal."""
    if isinstance(value, float):
        raise InvalidArgumentError(f"{what} is a float; say decimal.Decimal, int or text")
    try:
        number = decimal.Decimal(value)
    except (decimal.InvalidOperation, TypeError, ValueError):
        raise InvalidArgumentError(f"{what} {value!r} is no decimal") from None
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise InvalidArgumentError(f"{what} {value!r} is no decimal")
    scale = max(-exponent, 0)
    whole = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    while scale and whole % 10 == 0:
        whole, scale = whole // 10, scale - 1
    if scale > 18:
        raise InvalidArgumentError(f"{what} {value!r} has more than 18 decimals")
    return integer(-whole if sign else whole, 64, what), scale


def _number(kind: int, value: Any, what: str) -> Tuple[int, int]:
    """A value as its number and scale."""
    if kind == c.CSTN_OPERAND_DECIMAL:
        return _scaled(value, what)
    if kind == c.CSTN_OPERAND_INSTANT:
        return to_us(value, what), 0
    if kind == c.CSTN_OPERAND_DURATION and isinstance(value, datetime.timedelta):
        return integer(value // _MICROSECOND, 64, what), 0
    if isinstance(value, bool):
        raise InvalidArgumentError(f"{what} is bool, an integer expected")
    return integer(value, 64, what), 0


def _at_scale(kind: int, value: Any, scale: int, what: str) -> int:
    number, own = _number(kind, value, what)
    if own > scale:
        raise InvalidArgumentError(f"{what} {value!r} has more than {scale} decimals")
    return integer(number * 10 ** (scale - own), 64, what)


def _ids(values: Iterable[str], what: str) -> Any:
    """An array of ids; it keeps their bytes."""
    if isinstance(values, (str, bytes)):
        raise InvalidArgumentError(f"{what} is {type(values).__name__}, several ids expected")
    texts = []
    for value in values:
        if not isinstance(value, str):
            raise InvalidArgumentError(f"{what}: an id is {type(value).__name__}, str expected")
        texts.append(utf8(value, what))
    return (c.cstn_id * len(texts))(*(c.cstn_id(text, len(text)) for text in texts))


def fact_array(facts: "Iterable[Tuple[str, int, Any]]") -> Any:
    """Facts, each an operand, its type and a value, as C has them; the array keeps their memory."""
    told = list(facts)
    rows = (c.cstn_fact * len(told))()
    for row, (operand, kind, value) in zip(rows, told):
        name = c_text(operand, "operand")
        row.operand, row.operand_len, row.type = name, len(name), kind
        if kind < c.CSTN_OPERAND_ID:
            row.number, row.scale = _number(kind, value, f"fact {operand!r}")
            continue
        ids = _ids([value] if kind == c.CSTN_OPERAND_ID else value, f"fact {operand!r}")
        row.ids, row.n_ids = ids, len(ids)
    return rows


# --- the vocabulary ---------------------------------------------------------------------------------


class Vocabulary(Handle):
    """What a constellation speaks. Immutable; any thread.

    Built in are the operands ``now`` (instant), ``purpose``, ``role``, ``party``, ``framework``
    (ids), ``group`` (id set), ``hops``, ``rows`` (int64), ``data_age``, ``agreement_age``
    (durations).

    Parameters
    ----------
    operands : iterable of Operand
        What requests bring facts of besides.
    purposes : mapping of str to iterable of str
        Purposes and the purposes right above each; a purpose covers its descendants.
    roles : iterable of str
    paths : mapping of str to iterable of str
        Paths of fields (``order.price``, ``order[].sku``, ``order.*``) and their `CLASSES`.

    Raises
    ------
    InvalidArgumentError, DuplicateError, LimitError

    Examples
    --------
    >>> vocabulary = Vocabulary(paths={"order.*": ["operational"], "order.price": ["competitive"]})
    >>> sorted(vocabulary.classes("order.price"))
    ['competitive', 'operational']
    >>> sorted(vocabulary.classes("order.unheard"))
    ['operational']
    """

    _RELEASE = "cstn_vocabulary_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        operands: Iterable[Operand] = (),
        purposes: Optional[Mapping[str, Iterable[str]]] = None,
        roles: Iterable[str] = (),
        paths: Optional[Mapping[str, Iterable[str]]] = None,
    ) -> None:
        builder = out(c.cstn_vocabulary_builder)
        call(lib.cstn_vocabulary_builder_new, lib.allocator, ctypes.byref(builder))
        try:
            for operand in operands:
                self._add_operand(builder, operand)
            self._add_names(builder, purposes or {}, roles, paths or {})
            pointer = out(c.cstn_vocabulary)
            call(lib.cstn_vocabulary_builder_build, builder, ctypes.byref(pointer))
        finally:
            lib.cstn_vocabulary_builder_free(builder)
        self._adopt(pointer)
        self._types = {operand.name: self._kind(operand) for operand in self.operands}

    @staticmethod
    def _kind(operand: Operand) -> int:
        return TYPES[operand.type]

    @staticmethod
    def _add_operand(builder: Any, operand: Operand) -> None:
        kind = choice(operand.type, TYPES, "type")
        name = utf8(operand.name, "name")
        given = c.cstn_operand(struct_size=ctypes.sizeof(c.cstn_operand), type=kind)
        given.name, given.name_len = name, len(name)
        given.scale = integer(operand.scale, 32, "scale")
        if operand.least is not None:
            given.flags |= c.CSTN_OPERAND_HAS_LEAST
            given.least = _at_scale(kind, operand.least, operand.scale, "least")
        if operand.most is not None:
            given.flags |= c.CSTN_OPERAND_HAS_MOST
            given.most = _at_scale(kind, operand.most, operand.scale, "most")
        if operand.ids is not None:
            given.ids, given.n_ids = _ids(operand.ids, "ids"), len(operand.ids)
        if operand.at_most is not None:
            bound = utf8(operand.at_most, "at_most")
            given.at_most, given.at_most_len = bound, len(bound)
        call(lib.cstn_vocabulary_builder_add_operand, builder, ctypes.byref(given))

    @staticmethod
    def _add_names(
        builder: Any,
        purposes: "Mapping[str, Iterable[str]]",
        roles: "Iterable[str]",
        paths: "Mapping[str, Iterable[str]]",
    ) -> None:
        for purpose, above in purposes.items():
            text = utf8(purpose, "purpose")
            call(lib.cstn_vocabulary_builder_add_purpose, builder, text, len(text), None, 0)
            for parent in above:
                over = utf8(parent, "purpose")
                call(
                    lib.cstn_vocabulary_builder_add_purpose,
                    builder,
                    text,
                    len(text),
                    over,
                    len(over),
                )
        for role in roles:
            text = utf8(role, "role")
            call(lib.cstn_vocabulary_builder_add_role, builder, text, len(text))
        for path, classes in paths.items():
            text = utf8(path, "path")
            call(
                lib.cstn_vocabulary_builder_add_path,
                builder,
                text,
                len(text),
                bits(classes, CLASSES, "class"),
            )

    @property
    def operands(self) -> List[Operand]:
        """All operands, the built-in ones first; bounds as numbers at the scale."""
        found = []
        given = c.cstn_operand(struct_size=ctypes.sizeof(c.cstn_operand))
        for index in range(lib.cstn_vocabulary_operand_count(self._live())):
            call(lib.cstn_vocabulary_operand_at, self._live(), index, ctypes.byref(given))
            ids = [text_of(given.ids[i].text) for i in range(given.n_ids)]
            least = given.least if given.flags & c.CSTN_OPERAND_HAS_LEAST else None
            most = given.most if given.flags & c.CSTN_OPERAND_HAS_MOST else None
            unit = decimal.Decimal(1).scaleb(-given.scale)
            if given.type == c.CSTN_OPERAND_DECIMAL:
                least = None if least is None else least * unit
                most = None if most is None else most * unit
            found.append(
                Operand(
                    text_of(given.name),
                    _TYPE_NAMES[given.type],
                    given.scale,
                    least,
                    most,
                    tuple(ids) or None,
                    text_of(given.at_most) or None,
                )
            )
        return found

    def __getitem__(self, name: str) -> "OperandName":
        """An operand, to be compared with values.

        Raises
        ------
        InvalidArgumentError
            If it is not registered.
        """
        return OperandName(name, self._type_of(name))

    def _type_of(self, name: str) -> int:
        text = utf8(name, "operand")
        if lib.cstn_vocabulary_find_operand(self._live(), text, len(text)) < 0:
            raise InvalidArgumentError(f"operand {name!r} is not registered")
        return self._types[name]

    def has_purpose(self, purpose: str) -> bool:
        """Whether it is a purpose."""
        text = utf8(purpose, "purpose")
        return bool(lib.cstn_vocabulary_has_purpose(self._live(), text, len(text)))

    def has_role(self, role: str) -> bool:
        """Whether it is a role."""
        text = utf8(role, "role")
        return bool(lib.cstn_vocabulary_has_role(self._live(), text, len(text)))

    def covers(self, above: str, purpose: str) -> bool:
        """Whether a purpose is `above` or a descendant of it."""
        over, text = utf8(above, "purpose"), utf8(purpose, "purpose")
        return bool(lib.cstn_vocabulary_covers(self._live(), over, len(over), text, len(text)))

    def has_path(self, path: str) -> bool:
        """Whether the path was added, or the star above it; of a star also a path below it."""
        text = utf8(path, "path")
        return bool(lib.cstn_vocabulary_has_path(self._live(), text, len(text)))

    def classes(self, path: str) -> "frozenset[str]":
        """Classes of a path: its own and those of the star above it; without any, competitive and
        pii_direct.

        Raises
        ------
        InvalidArgumentError
            For what is no path.
        """
        text = utf8(path, "path")
        call(lib.cstn_path_check, text, len(text))
        found = lib.cstn_vocabulary_classes(self._live(), text, len(text))
        return frozenset(names_of(found, CLASSES))

    def _facts(self, facts: "Mapping[str, Any]") -> Any:
        """Facts as C has them."""
        return fact_array((name, self._type_of(name), value) for name, value in facts.items())


def path_covers(above: str, path: str) -> bool:
    """Whether two paths are the same, or `above` is the star of the noun of `path`.

    Examples
    --------
    >>> path_covers("order.*", "order[].price"), path_covers("order.price", "order.*")
    (True, False)
    """
    over, text = utf8(above, "path"), utf8(path, "path")
    return bool(lib.cstn_path_covers(over, len(over), text, len(text)))


# --- constraints ------------------------------------------------------------------------------------


class OperandName:
    """An operand in an expression: comparing it makes a `Constraint`."""

    __slots__ = ("name", "_kind")

    def __init__(self, name: str, kind: int) -> None:
        self.name = name
        self._kind = kind

    def __repr__(self) -> str:
        return f"<operand {self.name}: {_TYPE_NAMES[self._kind]}>"

    __hash__ = object.__hash__

    def _leaf(self, operation: int, values: "Iterable[Any]") -> "Constraint":
        name = utf8(self.name, "operand")
        leaf = c.cstn_constraint_leaf(struct_size=ctypes.sizeof(c.cstn_constraint_leaf))
        leaf.operand, leaf.operand_len = name, len(name)
        leaf.operation, leaf.type = operation, self._kind
        if self._kind >= c.CSTN_OPERAND_ID:
            ids = _ids(values, self.name)
            leaf.ids, leaf.n_values = ids, len(ids)
        else:
            pairs = [_number(self._kind, value, self.name) for value in values]
            leaf.scale = max((scale for _, scale in pairs), default=0)
            numbers = (
                integer(number * 10 ** (leaf.scale - scale), 64, self.name)
                for number, scale in pairs
            )
            leaf.numbers = (ctypes.c_int64 * len(pairs))(*numbers)
            leaf.n_values = len(pairs)
        pointer = out(c.cstn_constraint)
        call(lib.cstn_constraint_new, ctypes.byref(leaf), lib.allocator, ctypes.byref(pointer))
        return Constraint._of(pointer)

    def _equal(self, operation: int, value: Any) -> "Constraint":
        return self._leaf(operation, value if self._kind == c.CSTN_OPERAND_ID_SET else [value])

    def __eq__(self, value: Any) -> "Constraint":  # type: ignore[override]
        return self._equal(c.CSTN_OPERATOR_EQ, value)

    def __ne__(self, value: Any) -> "Constraint":  # type: ignore[override]
        return self._equal(c.CSTN_OPERATOR_NEQ, value)

    def __lt__(self, value: Any) -> "Constraint":
        return self._leaf(c.CSTN_OPERATOR_LT, [value])

    def __le__(self, value: Any) -> "Constraint":
        return self._leaf(c.CSTN_OPERATOR_LTEQ, [value])

    def __gt__(self, value: Any) -> "Constraint":
        return self._leaf(c.CSTN_OPERATOR_GT, [value])

    def __ge__(self, value: Any) -> "Constraint":
        return self._leaf(c.CSTN_OPERATOR_GTEQ, [value])

    def any_of(self, *values: Any) -> "Constraint":
        """It is one of the values; of a set: it holds one of them."""
        return self._leaf(c.CSTN_OPERATOR_IS_ANY_OF, values)

    def all_of(self, *values: str) -> "Constraint":
        """Of a set of ids: it holds all of them."""
        return self._leaf(c.CSTN_OPERATOR_IS_ALL_OF, values)

    def none_of(self, *values: Any) -> "Constraint":
        """It is none of the values; of a set: it holds none of them."""
        return self._leaf(c.CSTN_OPERATOR_IS_NONE_OF, values)

    def part_of(self, *values: str) -> "Constraint":
        """A purpose: it is one of them or a descendant; a set: it holds nothing else."""
        return self._leaf(c.CSTN_OPERATOR_IS_PART_OF, values)


class Constraint(Handle):
    """A tree of conditions. Immutable; any thread. Make one by comparing an operand of a
    `Vocabulary`, or with `read`.

    ``&``, ``|`` and ``~`` combine; ``and``, ``or`` and ``not`` are refused, since Python cannot hand
    them on.
    """

    _RELEASE = "cstn_constraint_unref"
    _IMMUTABLE = True

    @classmethod
    def _of(cls, pointer: Any) -> "Constraint":
        made = cls.__new__(cls)
        made._adopt(pointer)
        return made

    @classmethod
    def read(cls, text: Union[str, bytes]) -> "Constraint":
        """Read JSON.

        Raises
        ------
        FormatError
            With the byte, or the place.
        LimitError

        Examples
        --------
        >>> print(Constraint.read('{"operand":"hops","operator":"lt","type":"int64","value":3}'))
        hops is below 3
        """
        data = text if isinstance(text, bytes) else utf8(text, "text")
        pointer = out(c.cstn_constraint)
        call(
            lib.cstn_constraint_read_json, data, len(data), lib.allocator, ctypes.byref(pointer)
        )
        return cls._of(pointer)

    @classmethod
    def _combine(cls, kind: int, children: "Sequence[Constraint]") -> "Constraint":
        for child in children:
            if not isinstance(child, Constraint):
                raise InvalidArgumentError(f"{type(child).__name__} given, a constraint expected")
        pointers = [child._live() for child in children]
        array = (c.P(c.cstn_constraint) * len(pointers))(*pointers)
        pointer = out(c.cstn_constraint)
        call(
            lib.cstn_constraint_combine,
            kind,
            array,
            len(pointers),
            lib.allocator,
            ctypes.byref(pointer),
        )
        return cls._of(pointer)

    def __and__(self, other: "Constraint") -> "Constraint":
        return self._combine(c.CSTN_CONSTRAINT_AND, [*self._parts(c.CSTN_CONSTRAINT_AND), other])

    def __or__(self, other: "Constraint") -> "Constraint":
        return self._combine(c.CSTN_CONSTRAINT_OR, [*self._parts(c.CSTN_CONSTRAINT_OR), other])

    def __invert__(self) -> "Constraint":
        return self._combine(c.CSTN_CONSTRAINT_NOT, [self])

    def __bool__(self) -> bool:
        raise TypeError("a constraint has no truth without facts: use &, |, ~ and evaluate()")

    def _parts(self, kind: int) -> "List[Constraint]":
        """Itself, or its children if it is of a kind: ``a & b & c`` is one AND of three."""
        if lib.cstn_constraint_kind(self._live()) != kind:
            return [self]
        parts = []
        for index in range(lib.cstn_constraint_child_count(self._live())):
            child = lib.cstn_constraint_child(self._live(), index)
            parts.append(Constraint._of(lib.cstn_constraint_ref(child)))
        return parts

    @property
    def json(self) -> str:
        """Canonical JSON (RFC 8785): equal trees have equal text."""
        return made_text(lib.cstn_constraint_write_json, self._live(), lib.allocator)

    def __str__(self) -> str:
        return made_text(lib.cstn_constraint_text, self._live(), lib.allocator)

    def __repr__(self) -> str:
        return "<Constraint: closed>" if self.closed else f"<Constraint: {self}>"

    def __len__(self) -> int:
        """Nodes of the tree."""
        return int(lib.cstn_constraint_node_count(self._live()))

    def check(self, vocabulary: Vocabulary) -> None:
        """Raise UnevaluableError, which names operand and value, if it cannot be evaluated."""
        call(lib.cstn_constraint_check, self._live(), vocabulary._live())

    def evaluate(self, vocabulary: Vocabulary, facts: "Mapping[str, Any]") -> Optional[bool]:
        """Its truth of facts by operand: True, False, or None, which is unknown.

        Instants are datetimes, ISO 8601 text or microseconds; durations timedeltas or microseconds;
        decimals `decimal.Decimal`, text or int; sets of ids any iterable of text.
        """
        given = vocabulary._facts(facts)
        truth = ctypes.c_int32()
        call(
            lib.cstn_constraint_evaluate,
            self._live(),
            vocabulary._live(),
            given,
            len(given),
            ctypes.byref(truth),
        )
        return _TRUTHS[truth.value]

    def explain(self, vocabulary: Vocabulary, facts: "Mapping[str, Any]") -> str:
        """How it comes to its truth: a line a node, with its truth and the fact that was used."""
        given = vocabulary._facts(facts)
        return made_text(
            lib.cstn_constraint_explain, self._live(), vocabulary._live(), given, len(given), lib.allocator
        ).rstrip("\n")

    def compile(self, vocabulary: Vocabulary) -> "Condition":
        """The same, prepared to be evaluated often: what speaks of one operand is looked up."""
        pointer = out(c.cstn_condition)
        call(
            lib.cstn_condition_compile,
            self._live(),
            vocabulary._live(),
            lib.allocator,
            ctypes.byref(pointer),
        )
        made = Condition.__new__(Condition)
        made._adopt(pointer)
        made._vocabulary = vocabulary
        return made

    def is_realizable(self, vocabulary: Vocabulary) -> Optional[bool]:
        """Whether any facts satisfy it; None if that is not decided."""
        answer, unknown = ctypes.c_int32(), ctypes.c_int32()
        call(
            lib.cstn_constraint_is_realizable,
            self._live(),
            vocabulary._live(),
            ctypes.byref(answer),
            ctypes.byref(unknown),
        )
        return None if unknown.value else bool(answer.value)

    def implies(self, other: "Constraint", vocabulary: Vocabulary) -> Optional[bool]:
        """Whether all facts that satisfy it satisfy another too; None if that is not decided."""
        answer, unknown = ctypes.c_int32(), ctypes.c_int32()
        call(
            lib.cstn_constraint_is_implied,
            other._live(),
            self._live(),
            vocabulary._live(),
            ctypes.byref(answer),
            ctypes.byref(unknown),
        )
        return None if unknown.value else bool(answer.value)

    def compare(self, other: "Constraint", vocabulary: Vocabulary) -> str:
        """``"conflict"``: no facts satisfy both; ``"compatible"``: some do, and both speak of the
        same operands; ``"underspecified"``: some do; ``"unknown"``: it is not decided."""
        answer = ctypes.c_int32()
        call(
            lib.cstn_constraint_compare,
            self._live(),
            other._live(),
            vocabulary._live(),
            ctypes.byref(answer),
        )
        return _COMPARISONS[answer.value]


def exactly_one(*constraints: Constraint) -> Constraint:
    """Exactly one of them holds.

    Examples
    --------
    >>> hops = Vocabulary()["hops"]
    >>> print(exactly_one(hops > 1, hops > 2))
    exactly one of (hops is above 1; hops is above 2)
    """
    return Constraint._combine(c.CSTN_CONSTRAINT_XONE, constraints)


class Condition(Handle):
    """A constraint compiled for a vocabulary: `Constraint.compile`. Immutable; any thread."""

    _RELEASE = "cstn_condition_unref"
    _IMMUTABLE = True
    _vocabulary: Vocabulary

    def evaluate(self, facts: "Mapping[str, Any]") -> Optional[bool]:
        """What `Constraint.evaluate` says of the same facts."""
        given = self._vocabulary._facts(facts)
        truth = ctypes.c_int32()
        call(lib.cstn_condition_evaluate, self._live(), given, len(given), ctypes.byref(truth))
        return _TRUTHS[truth.value]
