"""The terms on which one company lets another have data: built, read, compared, offered.

A term says what data may be used, for what, how fine, until when, what becomes of them, and what is
given in return. It never changes; its canonical JSON (RFC 8785) has a digest, and both parties who
hold the same digest mean the same terms. ``str(term)`` says it in words. Names of arguments are
those of the JSON. Times are microseconds UTC, durations microseconds; None is no begin and no end.

Examples
--------
>>> from constellation.terms import Term
>>> term = Term(
...     provider="acme",
...     recipient="beta",
...     constellation="fmcg",
...     fields=["order.qty", "order.eta"],
...     purpose="replenishment",
...     actions=["read"],
...     granularity={"level": "raw"},
...     onward={"to": "list", "parties": ["gamma"], "max_hops": 1},
...     consideration=[{"kind": "explicit_none"}],
... )
>>> print(str(term).splitlines()[0])
In constellation fmcg, acme permits beta to read:
>>> term.digest.hex()[:16]
'04d916914d3fe03c'
>>> Term.read(term.json) == term
True
>>> onward = Term(**{**term.components, "provider": "beta", "recipient": "gamma", "onward": None})
>>> onward.is_within(term)
True
>>> onward.replace(fields=["order.price"]).why_not_within(term)
'fields'
"""

from __future__ import annotations

import ctypes
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, integer, lib, made_text, out, text_of, utf8
from .constraints import _COMPARISONS, Vocabulary
from .errors import FormatError, InvalidArgumentError, UnevaluableError

__all__ = ["Defect", "OfferError", "Term", "TermSet", "offer_check"]

#: how fine fields are, the finest first
LEVELS: Dict[str, int] = {
    "raw": c.CSTN_LEVEL_RAW,
    "pseudonym": c.CSTN_LEVEL_PSEUDONYM,
    "generalised": c.CSTN_LEVEL_GENERALISED,
    "aggregated": c.CSTN_LEVEL_AGGREGATED,
    "noised": c.CSTN_LEVEL_NOISED,
    "existence": c.CSTN_LEVEL_EXISTENCE,
}
LEVEL_NAMES = {number: name for name, number in LEVELS.items()}
#: the largest whole number that JSON holds for certain; larger ones are text
_WHOLE = 2**53 - 1
_AGREEMENTS = {
    c.CSTN_AGREEMENTS_UNKNOWN: "unknown",
    c.CSTN_AGREEMENTS_CONFLICT: "conflict",
    c.CSTN_AGREEMENTS_AMBIGUOUS: "ambiguous",
    c.CSTN_AGREEMENTS_NONE: "none",
}


class Defect(NamedTuple):
    """Why an offer is refused."""

    #: index of the term in the set
    term: int
    #: "purpose", "access window", ...
    component: str
    #: what is spoken of: an operand, "path", "action"
    operand: str
    #: the value at fault, or ""
    value: str
    #: the rule that it breaks, in English
    rule: str


class OfferError(UnevaluableError):
    """An offer holds what could not be evaluated.

    Attributes
    ----------
    defects : list of Defect
        All of them, by term and component.
    """

    def __init__(
        self,
        message: str = "",
        code: Optional[int] = None,
        rows: Any = None,
        defects: "Sequence[Defect]" = (),
    ) -> None:
        super().__init__(message, code, rows)
        self.defects = list(defects)

    def __reduce__(self) -> Any:
        return type(self), (self.message, self.code, None, self.defects)


def _plain(value: Any, what: str) -> Any:
    """A value as JSON has it: bytes as hexadecimal digits, large whole numbers as text."""
    if isinstance(value, Mapping):
        return {k: _plain(v, f"{what}.{k}") for k, v in value.items() if v is not None}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, Iterable):
        return [_plain(item, what) for item in value]
    number = integer(value, 64, what)
    return number if -_WHOLE <= number <= _WHOLE else str(number)


def _condition(constraint: Any) -> Any:
    """A condition as a mapping, as JSON text, or an object that has its JSON as ``json``."""
    text = getattr(constraint, "json", constraint)
    if isinstance(text, str):
        try:
            return json.loads(text)
        except ValueError as reason:
            raise InvalidArgumentError(f"constraint: {reason}") from None
    return _plain(text, "constraint")


def _digest(function: Any, pointer: Any) -> bytes:
    digest = (ctypes.c_uint8 * c.CSTN_TERM_DIGEST_SIZE)()
    function(pointer, digest)
    return bytes(digest)


def _json(function: Any, pointer: Any) -> str:
    return text_of(function(pointer, None))


def _vocabulary(vocabulary: Optional[Vocabulary]) -> Any:
    if vocabulary is None:
        return None
    if not isinstance(vocabulary, Vocabulary):
        raise InvalidArgumentError(
            f"vocabulary is {type(vocabulary).__name__}, a Vocabulary expected"
        )
    return vocabulary._live()


class Term(Handle):
    """A term. Immutable; any thread; equal if the digests are.

    Parameters
    ----------
    provider : str
        Whose data: 1..64 bytes, like all parties and constellations.
    recipient : str, optional
        Who gets them; or `recipient_roles`.
    recipient_roles : iterable of str
        Whoever has one of these roles gets them.
    constellation : str
        Where it holds.
    fields : iterable of str
        Paths: ``noun.field``, ``noun[].field``, or ``noun.*``.
    purpose : str
        A node of the constellation's graph of purposes, and what is below it.
    actions : iterable of {"read", "write", "derive", "aggregate", "distribute", "sell", "give"}
    effect : {"permit", "prohibit"}
    valid_from_us, valid_until_us : int, optional
        When it may be done.
    data_window : mapping, optional
        ``data_from_us``, ``data_until_us``, ``min_age_us``, ``max_age_us``.
    granularity : mapping, optional
        ``level`` ("raw", "pseudonym", "generalised", "aggregated", "noised", "existence"; unless
        given, existence) and its parameters: ``epoch``; ``steps`` (list of ``path``, ``step``);
        ``k``, ``l``, ``t_permille``, ``contributors``, ``max_share_permille``; ``sensitivity``,
        ``nano_epsilon``, ``grid_bits``; ``threshold``.
    onward : mapping, optional
        ``to`` ("none", "list", "same_constellation"), ``parties``, ``max_hops``.
    retention : mapping, optional
        ``max_us``, ``then`` ("delete", "destroy_key", "return"), ``proof``.
    revocation : mapping, optional
        ``by`` ("provider", "recipient", "both"), ``notice_us``, ``delivered`` ("keep", "delete",
        "destroy_key").
    limits : mapping, optional
        ``calls``, ``rows`` with ``window_us``; ``rows_in_all``; ``nano_epsilon`` with ``period_us``.
    consideration : iterable of mappings
        ``kind`` ("explicit_none", "money", "reciprocal", "service", "discount") and its members:
        ``amount_minor``, ``currency``; ``term``, ``min_completeness_permille``,
        ``max_staleness_us``; ``service``; ``basis_points``; and ``due``, ``due_us``, ``grace_us``,
        ``gate`` ("hard", "advise").
    duties : iterable of mappings
        ``phase`` ("before", "ongoing", "after"), ``action``, ``due`` ("none", "at",
        "after_start", "after_release", "after_end", "every"), ``due_us``, ``consequence``.
    constraint : mapping, str or object with ``json``, optional
        The condition, as JSON has it.
    legal_basis : str, optional
        The code of the legal basis on which personal data leave by name.
    legal_text : iterable of mappings
        ``title``, ``sha256`` (bytes or hexadecimal): documents; they decide nothing.
    dual_pair_acknowledged, proof_of_content, small_kind_acknowledged : bool

    Raises
    ------
    InvalidArgumentError
        Naming the component and the rule that it breaks.
    """

    _RELEASE = "cstn_term_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        *,
        provider: str,
        constellation: str,
        fields: "Iterable[str]",
        purpose: str,
        actions: "Iterable[str]",
        recipient: Optional[str] = None,
        recipient_roles: "Iterable[str]" = (),
        effect: str = "permit",
        valid_from_us: Optional[int] = None,
        valid_until_us: Optional[int] = None,
        data_window: "Optional[Mapping[str, Any]]" = None,
        granularity: "Optional[Mapping[str, Any]]" = None,
        onward: "Optional[Mapping[str, Any]]" = None,
        retention: "Optional[Mapping[str, Any]]" = None,
        revocation: "Optional[Mapping[str, Any]]" = None,
        limits: "Optional[Mapping[str, Any]]" = None,
        consideration: "Iterable[Mapping[str, Any]]" = (),
        duties: "Iterable[Mapping[str, Any]]" = (),
        constraint: Any = None,
        legal_basis: Optional[str] = None,
        legal_text: "Iterable[Mapping[str, Any]]" = (),
        dual_pair_acknowledged: bool = False,
        proof_of_content: bool = False,
        small_kind_acknowledged: bool = False,
    ) -> None:
        given = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        if constraint is not None:
            given["constraint"] = _condition(constraint)
        for name in ("fields", "actions", "recipient_roles"):
            if isinstance(given[name], str):
                raise InvalidArgumentError(f"{name} is a str, a list of them expected")
        members = {
            name: value if name == "constraint" else _plain(value, name)
            for name, value in given.items()
            if value is not None
        }
        try:
            self._adopt(_read_term(json.dumps(members, ensure_ascii=False), True))
        except FormatError as reason:
            # The text is ours, and so its bytes say nothing to the caller.
            words = re.sub(r"^byte \d+, ", "", str(reason))
            raise InvalidArgumentError(words) from None

    @classmethod
    def _from(cls, pointer: Any) -> "Term":
        term = cls.__new__(cls)
        term._adopt(pointer)
        return term

    @classmethod
    def read(cls, text: Union[str, bytes], *, loose: bool = False) -> "Term":
        """Read a term from JSON, which must be the canonical text unless `loose`.

        Raises
        ------
        FormatError
            With the byte offset: no strict JSON, not canonical, an unknown member, a fraction, a
            value that breaks its rule.
        """
        return cls._from(_read_term(text, loose))

    def replace(self, **members: Any) -> "Term":
        """The term with other components, named as in the constructor; None takes one away."""
        return type(self)(**{**self.components, **members})

    @property
    def json(self) -> str:
        """The canonical JSON (RFC 8785)."""
        return _json(lib.cstn_term_json, self._live())

    @property
    def digest(self) -> bytes:
        """SHA-256 of ``cstn/terms/v1``, a line end and the canonical JSON."""
        return _digest(lib.cstn_term_digest, self._live())

    @property
    def components(self) -> Dict[str, Any]:
        """The components as the constructor takes them; those at their default are left out."""
        found: Dict[str, Any] = json.loads(self.json)
        return found

    def __str__(self) -> str:
        return made_text(lib.cstn_term_text, self._live())

    def __repr__(self) -> str:
        return "<closed Term>" if self.closed else f"<Term {self.digest.hex()[:16]}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def why_not_within(self, parent: "Term", vocabulary: Optional[Vocabulary] = None) -> Optional[str]:
        """The first component in which the term is wider than `parent`; None if it is within it.

        Without a vocabulary a purpose is within itself only, and a condition within none and
        equals. See the guide for the order of each component.
        """
        within, component = ctypes.c_int32(), ctypes.c_int32()
        call(
            lib.cstn_term_is_within,
            self._live(),
            parent._live(),
            _vocabulary(vocabulary),
            ctypes.byref(within),
            ctypes.byref(component),
        )
        return None if within.value else text_of(lib.cstn_term_component_name(component.value))

    def is_within(self, parent: "Term", vocabulary: Optional[Vocabulary] = None) -> bool:
        """Whether data that came under `parent` may be passed on under this term."""
        return self.why_not_within(parent, vocabulary) is None

    def is_realizable(self, vocabulary: Vocabulary) -> Optional[bool]:
        """Whether any request is let pass by the condition, windows, purpose and recipient
        together; None if that is not known."""
        realizable, unknown = ctypes.c_int32(), ctypes.c_int32()
        call(
            lib.cstn_term_is_realizable,
            self._live(),
            _vocabulary(vocabulary),
            ctypes.byref(realizable),
            ctypes.byref(unknown),
        )
        return None if unknown.value else bool(realizable.value)
    def compare(self, counter: "Term", vocabulary: Vocabulary) -> str:
        """Whether any request falls under an offer and a counter-offer: ``"conflict"``: none;
        ``"compatible"``: some, and both ask of the same operands; ``"underspecified"``: some;
        ``"unknown"``: it is not decided."""
        verdict = ctypes.c_int32()
        call(
            lib.cstn_terms_compare,
            self._live(),
            counter._live(),
            _vocabulary(vocabulary),
            ctypes.byref(verdict),
        )
        return _COMPARISONS[verdict.value]


def _read_term(text: Union[str, bytes], loose: bool) -> Any:
    data = text if isinstance(text, bytes) else utf8(text, "text")
    pointer = out(c.cstn_term)
    flags = c.CSTN_TERM_READ_LOOSE if loose else 0
    call(lib.cstn_term_read, data, len(data), flags, lib.allocator, ctypes.byref(pointer))
    return pointer


class TermSet(Handle):
    """Terms that are agreed on together, in the order of their digests. Immutable; any thread.

    Parameters
    ----------
    terms : iterable of Term
        At least one; the same one twice counts once.

    Examples
    --------
    >>> term = Term(provider="a", recipient="b", constellation="c", fields=["d.e"], purpose="f",
    ...     actions=["read"])
    >>> terms = TermSet([term, term])
    >>> len(terms), terms[0] == term, TermSet.read(terms.json).digest == terms.digest
    (1, True, True)
    """

    _RELEASE = "cstn_term_set_unref"
    _IMMUTABLE = True

    def __init__(self, terms: "Iterable[Term]") -> None:
        # Held until the call is over: another thread may close a term.
        held = [term._live() for term in terms]
        array = (c.P(c.cstn_term) * max(len(held), 1))(*held)
        pointer = out(c.cstn_term_set)
        call(lib.cstn_term_set_new, array, len(held), lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    @classmethod
    def read(cls, text: Union[str, bytes], *, loose: bool = False) -> "TermSet":
        """Read the canonical JSON of a set, or with `loose` any list of terms."""
        data = text if isinstance(text, bytes) else utf8(text, "text")
        pointer = out(c.cstn_term_set)
        flags = c.CSTN_TERM_READ_LOOSE if loose else 0
        call(lib.cstn_term_set_read, data, len(data), flags, lib.allocator, ctypes.byref(pointer))
        found = cls.__new__(cls)
        found._adopt(pointer)
        return found

    def __len__(self) -> int:
        return int(lib.cstn_term_set_count(self._live()))

    def __getitem__(self, index: int) -> Term:
        number = integer(index, 64, "index")
        n = len(self)
        if not -n <= number < n:
            raise IndexError(f"term {number} of {n}")
        return Term._from(lib.cstn_term_ref(lib.cstn_term_set_at(self._live(), number % n)))

    def __iter__(self) -> "Iterator[Term]":
        return (self[i] for i in range(len(self)))

    @property
    def json(self) -> str:
        """The canonical JSON: the list of the terms."""
        return _json(lib.cstn_term_set_json, self._live())

    @property
    def digest(self) -> bytes:
        """What negotiations quote and agreements are made of."""
        return _digest(lib.cstn_term_set_digest, self._live())

    def __str__(self) -> str:
        """The words of each term, with a line of its number and digest before it."""
        return "\n".join(
            f"term {i} of {len(self)}, {term.digest.hex()[:16]}\n{term}"
            for i, term in enumerate(self, 1)
        )

    def __repr__(self) -> str:
        return "<closed TermSet>" if self.closed else f"<TermSet {self.digest.hex()[:16]}>"

    def is_within(self, parent: "TermSet", vocabulary: Optional[Vocabulary] = None) -> bool:
        """Whether every permission is within one permission of `parent`, and every prohibition of
        `parent` repeated."""
        within = ctypes.c_int32()
        call(
            lib.cstn_term_set_is_within,
            self._live(),
            parent._live(),
            _vocabulary(vocabulary),
            ctypes.byref(within),
            None,
            None,
        )
        return bool(within.value)

    def compare(self, other: "TermSet", vocabulary: Vocabulary) -> str:
        """Whether one agreement prohibits what another permits: ``"conflict"``: all that one permits
        somewhere; ``"ambiguous"``: a part of it; ``"none"``; ``"unknown"``: it is not decided."""
        verdict = ctypes.c_int32()
        call(
            lib.cstn_agreements_compare,
            self._live(),
            other._live(),
            _vocabulary(vocabulary),
            ctypes.byref(verdict),
        )
        return _AGREEMENTS[verdict.value]


def _defects(found: Any) -> List[Defect]:
    defects = []
    for index in range(lib.cstn_offer_defects_count(found)):
        one = lib.cstn_offer_defects_at(found, index).contents
        defects.append(
            Defect(
                one.term,
                text_of(lib.cstn_term_component_name(one.component)),
                text_of(one.operand),
                text_of(one.value),
                text_of(one.rule),
            )
        )
    return defects


def offer_check(
    terms: "Union[TermSet, Iterable[Term]]",
    vocabulary: Vocabulary,
    *,
    dual_pair: bool = False,
    duty_actions: "Iterable[str]" = (),
) -> None:
    """Check that terms may be offered: that all of them can be evaluated in a vocabulary.

    Parameters
    ----------
    terms : TermSet or iterable of Term
    vocabulary : Vocabulary
        What the constellation speaks.
    dual_pair : bool
        Whether provider and recipient are partners here and competitors elsewhere.
    duty_actions : iterable of str
        Duties that events of the host fulfil, beside attribute, confidential, delete, destroy_key,
        pay and return.

    Raises
    ------
    OfferError
        With all ``defects``.

    Examples
    --------
    >>> from constellation.constraints import Vocabulary
    >>> vocabulary = Vocabulary(purposes={"planning": []}, paths={"order.*": ["operational"]})
    >>> term = Term(provider="a", recipient="b", constellation="c", fields=["order.qty"],
    ...     purpose="planning", actions=["read"], consideration=[{"kind": "explicit_none"}])
    >>> offer_check([term], vocabulary)
    >>> offer_check([term.replace(purpose="fun")], vocabulary)
    Traceback (most recent call last):
        ...
    constellation.terms.OfferError: term 0, purpose: purpose 'fun' is no purpose of the vocabulary
    """
    held = terms if isinstance(terms, TermSet) else TermSet(terms)
    actions = [c_text(action, "duty_actions") for action in duty_actions]
    array = (ctypes.c_char_p * max(len(actions), 1))(*actions)
    options = c.cstn_offer_options(ctypes.sizeof(c.cstn_offer_options))
    live = _vocabulary(vocabulary)
    if live is None:
        raise InvalidArgumentError("vocabulary is None, a vocabulary expected")
    options.flags = c.CSTN_OFFER_DUAL_PAIR if dual_pair else 0
    options.vocabulary = live
    options.duty_actions = array
    options.n_duty_actions = len(actions)
    found = out(c.cstn_offer_defects)
    try:
        call(
            lib.cstn_offer_check,
            held._live(),
            ctypes.byref(options),
            lib.allocator,
            ctypes.byref(found),
        )
    except UnevaluableError as reason:
        raise OfferError(reason.message, defects=_defects(found)) from None
    finally:
        lib.cstn_offer_defects_free(found)
