"""What a network keeps of the sharing of data: agreements, overrides, duties, what is used and left.

Changes are methods of `Transaction`: each is committed with its entry in the log of the party that
acts. `Network.rules` compiles all of it for decisions, `Network.sharing` gives it as frames.

Examples
--------
>>> from constellation import Network, ledger
>>> from constellation.agreements import Agreement, Body
>>> from constellation.decisions import Request
>>> from constellation.negotiations import PartyKeys
>>> from constellation.terms import Term, TermSet
>>> net, keys, signers = Network.open(), PartyKeys(), []
>>> with net.transaction() as new:
...     for i, party in enumerate(("dairy", "grocer")):
...         signer, verifier = ledger.generate_key(party, seed=bytes([i]) * 32)
...         signers.append(signer)
...         keys.add(party, verifier)
...         new.put("partner", partner_id=party, recorded="2025-01-01")
...         new.put("verifier", partner_id=party, use="sign", verifier=verifier,
...                 recorded="2025-01-01")
...     new.put("constellation", constellation_id="fresh", owner_id="dairy", recorded="2025-01-01")
...     new.put("purpose", purpose_id="planning", constellation_id="fresh", parent_id="",
...             recorded="2025-01-01")
...     new.put("field_class", constellation_id="fresh", path="order.eta", classes=2,
...             recorded="2025-01-01")
...     for party in ("dairy", "grocer"):
...         new.put("membership", partner_id=party, constellation_id="fresh", recorded="2025-01-01")
>>> terms = TermSet([Term(provider="dairy", recipient="grocer", constellation="fresh",
...     fields=["order.eta"], purpose="planning", actions=["read"], granularity={"level": "raw"},
...     consideration=[{"kind": "explicit_none"}])])
>>> day = 86_400_000_000
>>> body = Body("dairy", "grocer", "fresh", terms.digest, made_us=20_100 * day,
...     valid_from_us=20_100 * day)
>>> agreement = Agreement.open(ledger.sign_note(body.format(), *signers), keys).with_terms(terms)
>>> with net.transaction() as new:
...     new.put_agreement("dairy", agreement, 20_100 * day)
>>> request = Request("fresh", "dairy", "grocer", ["order.eta"], "planning", now_us=20_101 * day)
>>> bool(net.rules().decide(request)), [b'"agreement"' in entry for entry in net.log("dairy", "fresh").read()]
(True, [True])
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Union

from . import _cdefs as c
from ._agreement_parts import digest_or_zeros
from ._handles import Handle
from ._native import c_text, call, choice, fixed, integer, lib, out, text_array, unsigned, utf8
from ._rules_builder import DEBT_STATES, DUTY_STATES
from ._state import Framed
from .agreements import Agreement, AgreementStore
from .decisions import Rules
from .errors import InvalidArgumentError
from .negotiations import DIGEST, NO_END, Message, Negotiation
from .receipts import duty_index
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from .constraints import Vocabulary

__all__ = ["SharingChanges", "SharingRead"]

_TABLES: Dict[str, int] = {
    "agreements": c.CSTN_SHARING_AGREEMENTS,
    "usage": c.CSTN_SHARING_USAGE,
    "duties": c.CSTN_SHARING_DUTIES,
    "considerations": c.CSTN_SHARING_CONSIDERATIONS,
    "deliveries": c.CSTN_SHARING_DELIVERIES,
    "releases": c.CSTN_SHARING_RELEASES,
    "overrides": c.CSTN_SHARING_OVERRIDES,
    "receipts": c.CSTN_SHARING_RECEIPTS,
    "conflict_sets": c.CSTN_SHARING_CONFLICT_SETS,
}


def _words(vocabulary: "Optional[Vocabulary]") -> Any:
    return None if vocabulary is None else vocabulary._live()


class SharingChanges(Handle):
    """What a `Transaction` records of the sharing of data; each with an entry in a log.

    Notes
    -----
    One thread at a time. Who signed is checked by the ``verifier`` records of the network. What a
    release writes (usage, its duties, deliveries) it writes itself, see `constellation.release`.
    """

    def put_agreement(
        self,
        party: str,
        agreement: Agreement,
        now: TimeLike,
        vocabulary: "Optional[Vocabulary]" = None,
    ) -> None:
        """Put an agreement with its terms, or one that is there with more transitions.

        Parameters
        ----------
        party : str
            Its provider or recipient: whose shared log tells of it.
        agreement : Agreement
            With its terms, see `Agreement.with_terms`.
        now : time
            Of the entries.
        vocabulary : Vocabulary, optional
            The operands of the host that its terms speak of.

        Raises
        ------
        MissingError
            Without its terms.
        NotFoundError
            The constellation, a party or the agreement that it derives from is not there.
        SignatureError
            By no key of the network that held then.
        UnevaluableError
            A term speaks of what the constellation has no words for.
        StaleError, SplitViewError
            The network has more of it, or another transition in the place of one.
        """
        who, words, us = c_text(party, "party"), _words(vocabulary), to_us(now, "now")
        with self._exclusive() as pointer:
            call(
                lib.cstn_transaction_put_agreement, pointer, who, agreement._live(), words, us
            )  # fmt: skip

    def put_negotiation(
        self, party: str, negotiation: Negotiation, message: Message, now: TimeLike, outcome: int = 0
    ) -> None:
        """Log a message of a negotiation in the shared log of `party`, taken or refused.

        Parameters
        ----------
        party : str
            Its provider or recipient.
        negotiation : Negotiation
            The state before the message.
        message : Message
            What was said.
        now : time
            Of the entry.
        outcome : int
            0 if it was taken, else the ``code`` of the error that `Negotiation.apply` raised.

        Raises
        ------
        NotFoundError
            Its constellation is not there.
        """
        who, us, code = c_text(party, "party"), to_us(now, "now"), integer(outcome, 32, "outcome")
        with self._exclusive() as pointer:
            call(
                lib.cstn_transaction_put_negotiation, pointer, who, negotiation._live(),
                ctypes.byref(message._struct()), code, us,
            )  # fmt: skip

    def put_split_view(
        self,
        party: str,
        first: str,
        second: str,
        verifiers: "Sequence[str]",
        now: TimeLike,
        constellation: Optional[str] = None,
    ) -> None:
        """Log two checkpoints of one log that cannot both be true, in a log of `party`, who found it.

        Parameters
        ----------
        party : str
            Whose log tells of it.
        first, second : str
            Signed checkpoints of one origin that differ.
        verifiers : sequence of str
            Keys of that log; one must have signed both.
        now : time
            Of the entry.
        constellation : str, optional
            Of the shared log; None: the party's private log.

        Raises
        ------
        UnverifiedError
            No key has signed both.
        InvalidArgumentError
            They are of two logs, or say the same.
        """
        who, us = c_text(party, "party"), to_us(now, "now")
        where = None if constellation is None else c_text(constellation, "constellation")
        one, other = utf8(first, "first"), utf8(second, "second")
        keys, n_keys = text_array(verifiers, "verifier")
        with self._exclusive() as pointer:
            call(
                lib.cstn_transaction_put_split_view, pointer, who, where, one, len(one), other,
                len(other), keys, n_keys, us,
            )  # fmt: skip

    def put_override(self, note: str, now: TimeLike) -> None:
        """Put an override, see `constellation.decisions.override_text`; it holds from the commit on.

        Raises
        ------
        SignatureError
            Unless two officers of the provider have signed with keys that hold now.
        """
        self._put_note(lib.cstn_transaction_put_override, note, now)

    def put_receipt(self, note: str, now: TimeLike) -> None:
        """Put a signed receipt, see `constellation.receipts.Receipt.sign`.

        What is deleted, destroyed or returned fulfils what the release that it names made owed.

        Raises
        ------
        SignatureError
            By no key of its party that held then.
        NotFoundError
            Its agreement is not there.
        """
        self._put_note(lib.cstn_transaction_put_receipt, note, now)

    def put_waiver(self, note: str, now: TimeLike) -> None:
        """Put a waiver that the provider signed, see `constellation.receipts.Waiver.sign`.

        The duty that it names is waived, also one that asks for a proof.

        Raises
        ------
        SignatureError
            No key of the provider that held at the time signed it.
        NotFoundError
            Its agreement, its term or its duty is not there.
        InvalidArgumentError
            Its party is not the provider, or it was said after ``now``.
        """
        self._put_note(lib.cstn_transaction_put_waiver, note, now)

    def _put_note(self, function: Any, note: str, now: TimeLike) -> None:
        text, us = utf8(note, "note"), to_us(now, "now")
        with self._exclusive() as pointer:
            call(function, pointer, text, len(text), us)

    def put_duty(
        self,
        party: str,
        agreement: bytes,
        term: bytes,
        duty: "Union[int, str, None]",
        state: str,
        now: TimeLike,
        *,
        release: Optional[bytes] = None,
        deadline_us: Optional[int] = None,
        consequence: int = 0,
    ) -> None:
        """Say how a duty stands. With what is violated its consequence, if it has one, becomes pending.

        What is pending past its deadline is violated by itself; what follows began there.

        Parameters
        ----------
        party : str
            Whose log tells of it.
        agreement, term : bytes of 32
            Digests.
        duty : int, "revocation" or None
            Its index in the term; None: what becomes of what a release delivered after its time,
            "revocation": once its agreement is retired.
        state : {"pending", "fulfilled", "violated"}
        now : time
        release : bytes of 32, optional
            The release that made it; None: a duty of the term itself.
        deadline_us : int, optional
            Pending past it counts as violated; None: no deadline.
        consequence : int
            0: the duty itself; n: its n-th consequence, once that has begun.

        Raises
        ------
        MissingError
            The term asks for a proof, which is a receipt: see `put_receipt`.
        NotFoundError
            The agreement, the term, the release's duty or the consequence is not there.
        InvalidArgumentError
            The term has no such duty, or it is to be "waived": see `put_waiver`.
        """
        row = c.cstn_sharing_duty(struct_size=ctypes.sizeof(c.cstn_sharing_duty))
        row.release = digest_or_zeros(release, "release")
        row.index = duty_index(duty)
        row.state = choice(state, DUTY_STATES, "state")
        row.deadline_us = NO_END if deadline_us is None else integer(deadline_us, 64, "deadline_us")
        row.consequence = unsigned(consequence, 32, "consequence")
        self._put_row(lib.cstn_transaction_put_duty, party, row, agreement, term, now)

    def put_consideration(
        self,
        party: str,
        agreement: bytes,
        term: bytes,
        index: int,
        state: str,
        now: TimeLike,
        *,
        due_us: Optional[int] = None,
    ) -> None:
        """Say how what is given in return stands.

        Parameters
        ----------
        party : str
            Whose log tells of it.
        agreement, term : bytes of 32
            Digests.
        index : int
            Of the consideration in the term.
        state : {"current", "due", "overdue", "unknown"}
        now : time
        due_us : int, optional
            When what is current falls due; None: the state stands as it is.

        Raises
        ------
        NotFoundError
            The agreement or the term is not there.
        InvalidArgumentError
            The term has no such consideration, or it is "explicit_none", which is always current.
        """
        row = c.cstn_rules_consideration(struct_size=ctypes.sizeof(c.cstn_rules_consideration))
        row.index = unsigned(index, 32, "index")
        row.state = choice(state, DEBT_STATES, "state")
        row.due_us = NO_END if due_us is None else integer(due_us, 64, "due_us")
        self._put_row(lib.cstn_transaction_put_consideration, party, row, agreement, term, now)

    def _put_row(
        self, function: Any, party: str, row: Any, agreement: bytes, term: bytes, now: TimeLike
    ) -> None:
        row.agreement = fixed(agreement, DIGEST, "agreement")
        row.term = fixed(term, DIGEST, "term")
        who, us = c_text(party, "party"), to_us(now, "now")
        with self._exclusive() as pointer:
            call(function, pointer, who, ctypes.byref(row), us)

    def put_conflict_set(
        self, constellation: str, name: str, parties: "Sequence[str]", now: TimeLike
    ) -> None:
        """Say between whom a wall stands; a set put again is replaced, without parties dissolved.

        Parameters
        ----------
        constellation, name : str
            Where, and its id there.
        parties : sequence of str
            At least two, at most 4,096; or none.
        now : time

        Raises
        ------
        NotFoundError
            The constellation or a party is not there.
        """
        place, which, us = c_text(constellation, "constellation"), c_text(name, "name"), to_us(now)
        listed, n = text_array(parties, "party")
        with self._exclusive() as pointer:
            call(
                lib.cstn_transaction_put_conflict_set, pointer, place, which, listed, n, us
            )  # fmt: skip


class SharingRead(Framed):
    """What a `Snapshot` says of the sharing of data. Any thread."""

    def rules(
        self,
        between: "Optional[Tuple[str, str, str]]" = None,
        vocabulary: "Optional[Vocabulary]" = None,
    ) -> Rules:
        """The rules of everything that is recorded, compiled.

        Parameters
        ----------
        between : (constellation, provider, recipient), optional
            Only what a decision between them depends on, which decides the same.
        vocabulary : Vocabulary, optional
            The operands of the host; purposes, roles and classes of fields are the network's.

        Returns
        -------
        Rules
            Their version is `Snapshot.seq`.

        Raises
        ------
        UnevaluableError
            For a term that the constellation no longer has words for.

        Notes
        -----
        Cost: a scan a kind of record, O(n log n) of what is loaded.
        """
        options = c.cstn_rules_load_options(struct_size=ctypes.sizeof(c.cstn_rules_load_options))
        if between is not None:
            if isinstance(between, str) or len(between) != 3:
                raise InvalidArgumentError("between is constellation, provider and recipient")
            for name, value in zip(("constellation", "provider", "recipient"), between):
                setattr(options, name, c_text(value, name))
        options.vocabulary = _words(vocabulary)
        options.allocator = lib.allocator
        pointer = out(c.cstn_rules)
        call(lib.cstn_rules_load, self._live(), ctypes.byref(options), ctypes.byref(pointer))
        return Rules._take(pointer, self._members(between))

    def _members(self, between: "Optional[Tuple[str, str, str]]") -> "list[Tuple[str, str]]":
        if between is not None:
            return [(between[0], between[1]), (between[0], between[2])]
        rows = self.scan("membership", ["constellation_id", "partner_id"], frame="table")  # type: ignore[attr-defined]
        found = rows.to_pydict()
        return list(zip(found["constellation_id"], found["partner_id"]))

    def agreements(self) -> AgreementStore:
        """All agreements, each linked to the one that it derives from, to find and to apply to."""
        store = AgreementStore()
        with store._exclusive() as pointer:
            call(lib.cstn_agreement_store_load, pointer, self._live())
        return store

    def sharing(self, what: str, now: TimeLike, frame: Optional[str] = None) -> Any:
        """What is recorded of the sharing of data as a frame.

        Parameters
        ----------
        what : str
            - "agreements": agreement, constellation, provider, recipient, state, decides, cause,
              made, valid_from, valid_until, effective, ended, transitions, terms, parent,
              predecessor
            - "usage": agreement, term, at, calls, rows, rows_in_all, nano_epsilon
            - "duties": agreement, term, release, index (null: retention, -1: revocation), action,
              state, deadline, consequence (from when it has begun, put or not)
            - "considerations": agreement, term, index, state, due
            - "deliveries": constellation, provider, recipient, class, at
            - "releases": release, constellation, provider, recipient, state, at, opening,
              reserved_rows, rows, batches, decision
            - "overrides": a row a field: override, constellation, provider, recipient, field, level,
              from, until, holds
            - "receipts": receipt, agreement, release, party, kind, at
            - "conflict_sets": a row a party: constellation, set, party
        now : time
            At which states stand.
        frame : str, optional
            Kind of frame; None is that of what was imported last.

        Returns
        -------
        frame
            Digests and ids of releases are 64 hexadecimal digits.

        Notes
        -----
        Cost: a scan of the rows; agreements are read, overrides verified. Any thread.
        """
        number, us = choice(what, _TABLES, "what"), to_us(now, "now")

        def export(stream: Any) -> None:
            call(lib.cstn_sharing_table, self._live(), number, us, stream)

        return self._framed(export, frame)
