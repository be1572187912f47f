"""Agreements after signature: a body that both signed, and a chain of signed transitions.

A `Body` is signed by both parties and becomes an `Agreement`, an immutable value. Acts (suspend,
resume, retire, ...) are drafted, signed and applied, one's own like the other side's; each names the
one before it, so that a gap or a fork of the chain is seen, and suspends. The state at an instant is
computed when it is asked: nothing here has a timer. An `AgreementStore` finds agreements by parties,
constellation and terms. Instants are microseconds UTC.

Examples
--------
>>> from constellation import ledger
>>> from constellation.agreements import Agreement, Body, Transition
>>> from constellation.negotiations import PartyKeys
>>> keys, signers = PartyKeys(), {}
>>> for i, party in enumerate(("maker", "shop")):
...     signers[party], verifier = ledger.generate_key(party, seed=bytes([i]) * 32)
...     keys.add(party, verifier)
>>> body = Body("maker", "shop", "c1", b"\\x05" * 32, made_us=10, valid_from_us=100, notice_us=50)
>>> note = ledger.sign_note(body.format(), signers["maker"], signers["shop"])
>>> agreement = Agreement.open(note, keys)
>>> agreement.state_at(99), agreement.state_at(100)
('PENDING', 'ACTIVE')
>>> act = agreement.draft(Transition("suspend", "recipient", 200, cause="dispute"))
>>> agreement = agreement.apply(act.sign(signers["shop"]), keys)
>>> agreement.state_at(200), agreement.info(200).cause
('SUSPENDED', 'dispute')
"""

from __future__ import annotations

import ctypes
import datetime
from typing import (
    TYPE_CHECKING,
    Any,
    Collection,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Tuple,
    TypeVar,
)

from . import _cdefs as c
from ._agreement_parts import CAUSES, RETIRERS, Body, Transition, cured_bits, none_if_zeros, state_name
from ._handles import Handle
from ._native import (
    bytes_pointer,
    c_text,
    call,
    fixed,
    integer,
    lib,
    made_bytes,
    names_of,
    out,
    take_error,
    text_of,
    utf8,
)
from .errors import MismatchError
from .negotiations import ACTORS, DIGEST, NO_END, Negotiation, PartyKeys, adopt, name_of, sized
from .terms import TermSet

if TYPE_CHECKING:
    from .decisions import Request, Rules

__all__ = [
    "Agreement",
    "AgreementInfo",
    "AgreementStore",
    "Body",
    "Transition",
]

_HOLDS: Dict[str, int] = {
    "missing": c.CSTN_HOLD_MISSING,
    "split_view": c.CSTN_HOLD_SPLIT_VIEW,
    "parent": c.CSTN_HOLD_PARENT,
}


class AgreementInfo(NamedTuple):
    """What an agreement is at an instant."""

    #: "PENDING", "ACTIVE", "SUSPENDED", "RETIRING", "RETIRED", "EXPIRED", "CONDITION_ENDED",
    #: "SUPERSEDED"
    state: str
    #: the same without holds: what both sides agree on
    chain_state: str
    #: whether its terms permit
    decides: bool
    #: of "missing", "split_view", "parent"
    holds: Tuple[str, ...]
    #: of SUSPENDED; "none" else
    cause: str
    #: "recipient" or "provider"; "" unless a party suspended it
    suspended_by: str
    #: of RETIRING and RETIRED
    effective_us: Optional[int]
    #: when a terminal state began
    ended_us: Optional[int]
    #: of the last transition; 0 without
    seq: int


def _instant(us: int) -> str:
    """An instant in words; "" for one that no calendar has, as that of no end."""
    try:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us)
    except OverflowError:
        return ""
    return moment.isoformat() + "Z"


class Agreement(Handle):
    """An agreement with the transitions that were applied; immutable, for any thread."""

    _RELEASE = "cstn_agreement_unref"
    _IMMUTABLE = True

    @classmethod
    def open(
        cls, note: str, keys: PartyKeys, negotiation: Optional[Negotiation] = None
    ) -> "Agreement":
        """Open a signed body: a key of either party that holds at ``made_us`` must have signed.

        Parameters
        ----------
        note : str
            The signed note.
        keys : PartyKeys
            Of both parties.
        negotiation : Negotiation, optional
            The FINALIZED one that it comes from.

        Raises
        ------
        SignatureError
            If one has not signed with a key that holds.
        StateError
            If the negotiation is not FINALIZED.
        MismatchError
            If the negotiation has other parties or terms.
        """
        data = utf8(note, "note")
        return adopt(
            cls,
            c.cstn_agreement,
            lib.cstn_agreement_open,
            data,
            len(data),
            keys._live(),
            None if negotiation is None else negotiation._live(),
            lib.allocator,
        )

    def with_terms(self, terms: TermSet) -> "Agreement":
        """The same with its terms.

        MismatchError for others than its body names, and for a body laxer than the revocation of
        one of its terms: it lets somebody retire it whom the term does not, or with less notice.
        """
        return adopt(
            Agreement,
            c.cstn_agreement,
            lib.cstn_agreement_with_terms,
            self._live(),
            terms._live(),
        )

    @property
    def terms(self) -> Optional[TermSet]:
        """Its terms; None if they were not given."""
        terms = lib.cstn_agreement_terms(self._live())
        if not terms:
            return None
        made = TermSet.__new__(TermSet)
        made._adopt(lib.cstn_term_set_ref(terms))
        return made

    def derive(self, parent: "Agreement", vocabulary: Optional[Handle] = None) -> "Agreement":
        """The same, derived from the agreement that its body names as parent: while that one does
        not decide, this one is held.

        Raises
        ------
        MismatchError
            For another parent, and for a term that is within none of the parent's.
        MissingError
            If one has no terms.
        """
        return adopt(
            Agreement,
            c.cstn_agreement,
            lib.cstn_agreement_derive,
            self._live(),
            parent._live(),
            None if vocabulary is None else vocabulary._live(),
        )

    @property
    def digest(self) -> bytes:
        """32 bytes: SHA-256 of the body."""
        return ctypes.string_at(lib.cstn_agreement_digest(self._live()), DIGEST)

    @property
    def note(self) -> str:
        """The signed note of the body."""
        return text_of(lib.cstn_agreement_note(self._live(), None))

    def __str__(self) -> str:
        """What was signed, a line a field that says something, and the words of the terms."""
        if self.closed:
            return repr(self)
        lines = [f"agreement {self.digest.hex()[:16]}"]
        for line in self.note.partition("\n\n")[0].splitlines()[1:]:
            name, _, value = line.partition(" ")
            if name in ("made_us", "valid_from_us", "valid_until_us"):
                name, value = name[:-3], _instant(int(value))
            if value and value.strip("0"):
                lines.append(f"{name} {value}")
        terms = self.terms
        return "\n".join(lines) + "\n\n" + ("its terms are not at hand" if terms is None else str(terms))

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Agreement>"
        body = self.body
        return (
            f"<Agreement {self.digest.hex()[:16]}: {body.provider} to {body.recipient} "
            f"in {body.constellation}>"
        )

    @property
    def body(self) -> Body:
        """What was signed."""
        made = sized(c.cstn_agreement_body)
        call(lib.cstn_agreement_get_body, self._live(), ctypes.byref(made))
        return Body(
            text_of(made.provider),
            text_of(made.recipient),
            text_of(made.constellation),
            bytes(made.terms),
            made.made_us,
            made.valid_from_us,
            None if made.valid_until_us == NO_END else made.valid_until_us,
            made.notice_us,
            name_of(made.retire_by, RETIRERS),
            text_of(made.condition),
            none_if_zeros(made.parent),
            none_if_zeros(made.predecessor),
        )

    def state_at(self, now_us: int) -> str:
        """The name of the state at an instant."""
        return state_name(lib.cstn_agreement_state_at(self._live(), integer(now_us, 64, "now_us")))

    def decides_at(self, now_us: int) -> bool:
        """Whether its terms permit at an instant: ACTIVE, or RETIRING from ACTIVE."""
        now = integer(now_us, 64, "now_us")
        return bool(lib.cstn_agreement_decides_at(self._live(), now))

    def info(self, now_us: int) -> AgreementInfo:
        """What it is at an instant."""
        made = sized(c.cstn_agreement_info)
        now = integer(now_us, 64, "now_us")
        call(lib.cstn_agreement_get_info, self._live(), now, ctypes.byref(made))
        return AgreementInfo(
            state_name(made.state),
            state_name(made.chain_state),
            bool(made.decides),
            names_of(made.holds, _HOLDS),
            name_of(made.cause, CAUSES),
            name_of(made.suspended_by, ACTORS),
            made.effective_us or None,
            made.ended_us or None,
            made.seq,
        )

    def explain(self, request: "Request", rules: "Rules") -> str:
        """Why a request is granted under this agreement, or is not, in words; for the provider only.

        Parameters
        ----------
        request : Request
            Of its recipient, to its provider, in its constellation.
        rules : Rules
            What it is decided by, such as `Network.rules` gives.

        Returns
        -------
        str
            A line on the agreement, then the decision: a line a field, and a line a term that speaks
            of it, with the agreement that has it. The wording may change.

        Raises
        ------
        MismatchError
            For a request of other parties, or in another constellation.

        Notes
        -----
        Cost: a decision, and the text. Any thread.
        """
        body = self.body
        asked = (request.constellation, request.provider, request.recipient)
        if asked != (body.constellation, body.provider, body.recipient):
            raise MismatchError(
                f"the request is of {asked[2]} to {asked[1]} in {asked[0]}, the agreement of "
                f"{body.recipient} with {body.provider} in {body.constellation}"
            )
        info = self.info(request.now_us)
        cause = "" if info.cause == "none" else f" ({info.cause})"
        does = "its terms permit" if info.decides else "its terms permit nothing"
        state = f"{info.state}{cause}"
        if info.holds == ("parent",) and body.parent is not None:
            # What is in a network is linked there; this object need not be.
            state = info.chain_state
            does = (
                f"derived from {body.parent[:6].hex()}, which is not linked to it here or does not "
                "decide: its terms permit what the rules say"
            )
        first = f"agreement {self.digest[:6].hex()}: {state}, {does}\n"
        return first + rules.decide(request).explain()

    def duty_is_live(self, action: str, now_us: int, until_us: Optional[int] = None) -> bool:
        """Whether a duty is live at an instant: all are until the end, and after it "delete",
        "destroy_key", "return", "pay", and "confidential" until its own end."""
        return bool(
            lib.cstn_agreement_duty_is_live(
                self._live(),
                c_text(action, "action"),
                NO_END if until_us is None else integer(until_us, 64, "until_us"),
                integer(now_us, 64, "now_us"),
            )
        )

    def draft(
        self,
        transition: Transition,
        *,
        cured: "Collection[str]" = (),
        successor: "Optional[Agreement]" = None,
    ) -> Transition:
        """Check an act of one's own and fill in the rest, so that it can be signed.

        Parameters
        ----------
        transition : Transition
            The act.
        cured : collection of str
            Causes of suspension that were found cured: then either party may resume.
        successor : Agreement, optional
            Of supersede: the new agreement, which names this one as predecessor.

        Raises
        ------
        StateError
            If the actor cannot do this now.
        MissingError
            While a transition is missing.
        InvalidArgumentError
            For too short a notice, another condition or successor.
        """
        made = transition._struct()
        options = self._options(cured, successor)
        call(
            lib.cstn_agreement_draft, self._live(), ctypes.byref(options), ctypes.byref(made)
        )
        return Transition._of(made)

    @staticmethod
    def _options(cured: "Collection[str]", successor: "Optional[Agreement]") -> Any:
        options = sized(c.cstn_transition_options)
        options.cured = cured_bits(cured)
        if successor is not None:
            options.successor = successor._live()
        return options

    def apply(
        self,
        note: str,
        keys: PartyKeys,
        *,
        cured: "Collection[str]" = (),
        successor: "Optional[Agreement]" = None,
    ) -> "Agreement":
        """The agreement after a signed transition, one's own or the other side's.

        Raises
        ------
        MissingError, SplitViewError
            If a transition before it is not here, or two have one place. The attribute
            ``agreement`` of the exception is this agreement with that hold, to be used from now on.
        StateError
            If the actor cannot do this, or the states are not what they should be.
        SignatureError
            If no key of the actor that holds has signed.
        """
        data, made, error = utf8(note, "note"), out(c.cstn_agreement), out(c.cstn_error)
        options = self._options(cured, successor)
        status = lib.cstn_agreement_apply(
            self._live(),
            data,
            len(data),
            keys._live(),
            ctypes.byref(options),
            ctypes.byref(made),
            ctypes.byref(error),
        )
        return _applied(status, made, error)

    @property
    def transitions(self) -> "List[Transition]":
        """The transitions that were applied, in order."""
        pointer, found = self._live(), []
        for index in range(lib.cstn_agreement_transition_count(pointer)):
            made = sized(c.cstn_transition)
            call(lib.cstn_agreement_get_transition, pointer, index, ctypes.byref(made))
            found.append(Transition._of(made))
        return found

    @property
    def transition_notes(self) -> "List[str]":
        """Their signed notes."""
        pointer = self._live()
        count = lib.cstn_agreement_transition_count(pointer)
        return [
            text_of(lib.cstn_agreement_transition_note(pointer, i, None)) for i in range(count)
        ]

    def serialize(self) -> bytes:
        """Notes, terms and holds as canonical JSON; not the parent."""
        return made_bytes(lib.cstn_agreement_serialize, self._live())

    @classmethod
    def deserialize(cls, data: bytes) -> "Agreement":
        """Read what `serialize` wrote: the chain is walked anew, signatures are not verified anew."""
        return adopt(
            cls,
            c.cstn_agreement,
            lib.cstn_agreement_deserialize,
            bytes_pointer(data),
            len(data),
            lib.allocator,
        )

    def __reduce__(self) -> "Tuple[Any, ...]":
        return Agreement.deserialize, (self.serialize(),)


def _applied(status: int, made: Any, error: Any) -> Agreement:
    """What a call gave that has a result after two of its failures too."""
    agreement = None
    if made:
        agreement = Agreement.__new__(Agreement)
        agreement._adopt(made)
    if status == c.CSTN_OK and agreement is not None:
        return agreement
    failure: Any = take_error(status, error)
    failure.agreement = agreement
    raise failure


A = TypeVar("A", bound="AgreementStore")


class AgreementStore(Handle):
    """Agreements by provider, recipient, constellation and terms; one thread at a time changes it."""

    _RELEASE = "cstn_agreement_store_free"

    def __init__(self) -> None:
        pointer = out(c.cstn_agreement_store)
        call(lib.cstn_agreement_store_new, lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    def __len__(self) -> int:
        return int(lib.cstn_agreement_store_count(self._live()))

    def __repr__(self) -> str:
        return "<closed AgreementStore>" if self.closed else f"<AgreementStore of {len(self)}>"

    def _at(self, index: int) -> Agreement:
        pointer = lib.cstn_agreement_ref(lib.cstn_agreement_store_at(self._live(), index))
        made = Agreement.__new__(Agreement)
        made._adopt(pointer)
        return made

    def __iter__(self) -> "Iterator[Agreement]":
        return iter([self._at(index) for index in range(len(self))])

    def put(
        self, agreement: Agreement, now_us: int, vocabulary: Optional[Handle] = None
    ) -> Agreement:
        """Put an agreement, linked to its parent, or reuse the one that is live at an instant with
        the same parties, constellation and terms: the one that counts is returned.

        Raises
        ------
        NotFoundError
            If its parent is not here.
        MismatchError
            If a term is within none of the parent's.
        """
        with self._exclusive() as pointer:
            return adopt(
                Agreement,
                c.cstn_agreement,
                lib.cstn_agreement_store_put,
                pointer,
                agreement._live(),
                None if vocabulary is None else vocabulary._live(),
                integer(now_us, 64, "now_us"),
            )

    def find(
        self,
        provider: str,
        recipient: str,
        constellation: str,
        now_us: int,
        terms: Optional[bytes] = None,
    ) -> Agreement:
        """The live agreement of parties, constellation and terms (None: any); NotFoundError."""
        return adopt(
            Agreement,
            c.cstn_agreement,
            lib.cstn_agreement_store_find,
            self._live(),
            c_text(provider, "provider"),
            c_text(recipient, "recipient"),
            c_text(constellation, "constellation"),
            None if terms is None else fixed(terms, DIGEST, "terms"),
            integer(now_us, 64, "now_us"),
        )

    def candidates(self, provider: str, recipient: str, constellation: str) -> "List[Agreement]":
        """All agreements of parties and constellation, ended ones too."""
        first, count = ctypes.c_size_t(), ctypes.c_size_t()
        call(
            lib.cstn_agreement_store_range,
            self._live(),
            c_text(provider, "provider"),
            c_text(recipient, "recipient"),
            c_text(constellation, "constellation"),
            ctypes.byref(first),
            ctypes.byref(count),
        )
        return [self._at(first.value + i) for i in range(count.value)]

    def get(self, digest: bytes) -> Agreement:
        """An agreement by its digest; NotFoundError."""
        return adopt(
            Agreement,
            c.cstn_agreement,
            lib.cstn_agreement_store_get,
            self._live(),
            fixed(digest, DIGEST, "digest"),
        )

    def apply(self, note: str, keys: PartyKeys, *, cured: "Collection[str]" = ()) -> Agreement:
        """Apply a signed transition to the agreement that it names, as `Agreement.apply`. In the
        same act what derives from it sees it. After MissingError and SplitViewError the store has
        the agreement with its hold."""
        data, made, error = utf8(note, "note"), out(c.cstn_agreement), out(c.cstn_error)
        with self._exclusive() as pointer:
            status = lib.cstn_agreement_store_apply(
                pointer,
                data,
                len(data),
                keys._live(),
                cured_bits(cured),
                ctypes.byref(made),
                ctypes.byref(error),
            )
        return _applied(status, made, error)

    def serialize(self) -> bytes:
        """The whole store as canonical JSON."""
        return made_bytes(lib.cstn_agreement_store_serialize, self._live())

    @classmethod
    def deserialize(cls: "type[A]", data: bytes) -> A:
        """Read what `serialize` wrote."""
        return adopt(
            cls,
            c.cstn_agreement_store,
            lib.cstn_agreement_store_deserialize,
            bytes_pointer(data),
            len(data),
            lib.allocator,
        )
