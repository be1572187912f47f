"""Negotiations, agreements, their store and receipts from Python."""

import gc
import json
import pickle

import pytest

from constellation import Network, Record, errors, ledger
from constellation.agreements import Agreement, AgreementStore, Body, Transition
from constellation.negotiations import Message, Negotiation, PartyKeys
from constellation.receipts import Receipt, Waiver
from constellation.terms import Term, TermSet

PARTIES = ("maker", "shop", "third")
PAIRS = {name: ledger.generate_key(name, seed=bytes([i]) * 32) for i, name in enumerate(PARTIES, 1)}
SIGNER = {name: pair[0] for name, pair in PAIRS.items()}
TERMS = b"\x05" * 32


@pytest.fixture
def keys():
    book = PartyKeys()
    for name, (_, verifier) in PAIRS.items():
        book.add(name, verifier)
    return book


def body(**changes):
    made = Body(
        "maker",
        "shop",
        "c1",
        TERMS,
        made_us=10,
        valid_from_us=100,
        valid_until_us=1000,
        notice_us=50,
        condition="disruption 17 resolved",
    )
    return made._replace(**changes)


def signed(made):
    return ledger.sign_note(made.format(), SIGNER[made.provider], SIGNER[made.recipient])


def opened(keys, made=None):
    return Agreement.open(signed(made or body()), keys)


def act(agreement, transition, keys, **options):
    drafted = agreement.draft(transition, **options)
    party = agreement.body.provider if drafted.actor == "provider" else agreement.body.recipient
    return agreement.apply(drafted.sign(SIGNER[party]), keys, **options)


def say(type_, actor, number, digest=TERMS, now_us=1, **more):
    return Message(type_, actor, "n1", bytes([number]) * 16, digest, now_us, **more)


def negotiation(**options):
    return Negotiation("n1", provider="maker", recipient="shop", constellation="c1", **options)


# --- negotiations -------------------------------------------------------------------------------


def test_a_story_from_request_to_finalized():
    at = negotiation()
    for number, (type_, actor, state) in enumerate(
        [
            ("request", "recipient", "REQUESTED"),
            ("offer", "provider", "OFFERED"),
            ("accept", "recipient", "ACCEPTED"),
            ("agree", "provider", "AGREED"),
            ("verify", "recipient", "VERIFIED"),
            ("finalize", "provider", "FINALIZED"),
        ],
        1,
    ):
        at = at.apply(say(type_, actor, number))
        assert at.state == state
    assert at.info().messages == 6
    assert pickle.loads(pickle.dumps(at)).serialize() == at.serialize()


def test_what_is_refused_raises_and_is_counted():
    at = negotiation().apply(say("offer", "provider", 1, expires_us=5))
    with pytest.raises(errors.StateError):
        at.apply(say("offer", "provider", 2))
    with pytest.raises(errors.StaleError):
        at.apply(say("accept", "recipient", 2, b"\x06" * 32))
    with pytest.raises(errors.StaleError):
        at.apply(say("accept", "recipient", 2, now_us=5))
    with pytest.raises(errors.ConflictError):
        at.apply(say("offer", "provider", 1, expires_us=6))
    assert at.apply(say("offer", "provider", 1, expires_us=5)).info() == at.info()
    assert at.refused().info().refused_count == 1
    entry = json.loads(at.log_entry(say("offer", "provider", 2), -26))
    assert (entry["type"], entry["outcome"]) == ("negotiation", "CSTN_E_STATE")
    assert negotiation(allow_reoffer=True).apply(say("offer", "provider", 1)).apply(
        say("offer", "provider", 2)
    ).state == "OFFERED"


def test_messages_go_through_text():
    for message in (say("offer", "provider", 1, expires_us=7, reason="ä"), say("accept", "recipient", 2)):
        assert Message.parse(message.format()) == message
    open_ended = say("offer", "provider", 1)
    assert Message.parse(open_ended.format()) == open_ended
    with pytest.raises(errors.FormatError, match="byte 20"):
        Message.parse(say("accept", "recipient", 2).format()[:20])
    with pytest.raises(errors.InvalidArgumentError, match="16"):
        say("accept", "recipient", 2)._replace(id=b"short").format()
    with pytest.raises(errors.InvalidArgumentError, match="expires_us"):
        say("accept", "recipient", 2, expires_us=5).format()


def test_keys_hold_in_their_windows(keys):
    book = PartyKeys()
    book.add("maker", PAIRS["maker"][1], from_us=10, until_us=20)
    assert [tuple(key)[2:] for key in book] == [("sign", 10, 20)]
    note = negotiation().sign(say("offer", "provider", 1, now_us=20), SIGNER["maker"])
    with pytest.raises(errors.SignatureError):
        negotiation().apply_note(note, book)
    assert negotiation().apply_note(note, keys).state == "OFFERED"
    assert book.open_note(note, "maker", 19).startswith("cstn/negotiation/v1\n")
    with pytest.raises(errors.InvalidArgumentError):
        book.add("maker", PAIRS["maker"][1], use="king")


def test_keys_come_out_of_a_network():
    book = PartyKeys()
    with Network.open() as net:
        net.put(Record("partner", partner_id="maker", recorded="2024-01-01"))
        net.put(
            Record(
                "verifier",
                partner_id="maker",
                use="sign",
                verifier=PAIRS["maker"][1],
                recorded="2024-01-01",
            )
        )
        with net.snapshot() as snapshot:
            book.load(snapshot)
    assert [key[:3] for key in book] == [("maker", PAIRS["maker"][1], "sign")]


# --- agreements ---------------------------------------------------------------------------------


def test_suspend_resume_retire(keys):
    agreement = opened(keys)
    assert agreement.body == body()
    assert [agreement.state_at(t) for t in (99, 100, 1000)] == ["PENDING", "ACTIVE", "EXPIRED"]
    agreement = act(agreement, Transition("suspend", "provider", 200, "duty_overdue"), keys)
    info = agreement.info(200)
    assert (info.state, info.decides, info.cause, info.suspended_by) == (
        "SUSPENDED",
        False,
        "duty_overdue",
        "provider",
    )
    back = Transition("resume", "recipient", 210, "duty_overdue")
    with pytest.raises(errors.StateError):
        agreement.draft(back)
    agreement = act(agreement, back, keys, cured=["duty_overdue"])
    with pytest.raises(errors.InvalidArgumentError, match="notice"):
        agreement.draft(Transition("retire", "recipient", 300, effective_us=349))
    agreement = act(agreement, Transition("retire", "recipient", 300, effective_us=350), keys)
    assert agreement.decides_at(349) and not agreement.decides_at(350)
    assert agreement.info(400)[:2] == ("RETIRED", "RETIRED")
    assert agreement.info(400).ended_us == 350
    assert [t.event for t in agreement.transitions] == ["suspend", "resume", "retire"]
    assert agreement.duty_is_live("delete", 400) and not agreement.duty_is_live("attribute", 400)
    again = pickle.loads(pickle.dumps(agreement))
    assert again.transition_notes == agreement.transition_notes
    assert Transition.parse(again.transitions[1].format()) == again.transitions[1]


def test_a_gap_and_a_fork_give_the_held_agreement(keys):
    start = opened(keys)
    first = act(start, Transition("renew", "provider", 150), keys)
    second = act(first, Transition("renew", "provider", 160), keys)
    with pytest.raises(errors.MissingError) as missing:
        start.apply(second.transition_notes[1], keys)
    held = missing.value.agreement
    assert (held.state_at(170), held.info(170).holds) == ("SUSPENDED", ("missing",))
    for note in second.transition_notes:
        held = held.apply(note, keys)
    assert held.state_at(170) == "ACTIVE"
    other = act(start, Transition("renew", "recipient", 151), keys)
    with pytest.raises(errors.SplitViewError) as split:
        held.apply(other.transition_notes[0], keys)
    assert split.value.agreement.info(170).holds == ("split_view",)
    with pytest.raises(errors.SignatureError) as refused:
        start.apply(start.draft(Transition("renew", "provider", 150)).sign(SIGNER["shop"]), keys)
    assert refused.value.agreement is None


def test_an_agreement_needs_both_signatures_and_its_negotiation(keys):
    text = body().format()
    with pytest.raises(errors.SignatureError):
        Agreement.open(ledger.sign_note(text, SIGNER["maker"]), keys)
    with pytest.raises(errors.StateError):
        Agreement.open(signed(body()), keys, negotiation())


def term_set(provider, recipient, hops, **more):
    onward = {"to": "same_constellation", "max_hops": hops}
    return TermSet(
        [
            Term(
                provider=provider,
                recipient=recipient,
                constellation="c1",
                fields=["order.qty"],
                purpose="planning",
                actions=["read"],
                consideration=[{"kind": "explicit_none"}],
                **({"onward": onward} if hops else {}),
                **more,
            )
        ]
    )


def with_terms(keys, provider, recipient, hops, parent=None):
    terms = term_set(provider, recipient, hops)
    made = body(
        provider=provider,
        recipient=recipient,
        terms=terms.digest,
        parent=None if parent is None else parent.digest,
    )
    return opened(keys, made).with_terms(terms)


def test_what_derives_is_within_and_suspended_with_its_parent(keys):
    store = AgreementStore()
    top = store.put(with_terms(keys, "maker", "shop", 2), 20)
    with pytest.raises(errors.MismatchError, match="onward"):
        store.put(with_terms(keys, "shop", "third", 2, top), 20)
    below = store.put(with_terms(keys, "shop", "third", 1, top), 20)
    assert below.terms.digest == below.body.terms
    assert store.get(below.digest).state_at(150) == "ACTIVE"
    note = top.draft(Transition("suspend", "recipient", 150, "dispute")).sign(SIGNER["shop"])
    store.apply(note, keys)
    assert store.get(below.digest).info(150).holds == ("parent",)
    read = AgreementStore.deserialize(store.serialize())
    assert read.serialize() == store.serialize()
    assert read.get(below.digest).state_at(150) == "SUSPENDED"
    with pytest.raises(errors.MismatchError):
        opened(keys).with_terms(term_set("maker", "shop", 1))


@pytest.mark.parametrize(
    "revocation, words",
    [
        ({"by": "both", "notice_us": 50}, None),
        ({"by": "provider"}, "term 0, revocation: the agreement lets the recipient retire it"),
        ({"by": "both", "notice_us": 51}, "term 0, revocation: the agreement has a notice of 50"),
    ],
)
def test_no_agreement_is_laxer_than_the_revocation_of_its_terms(keys, revocation, words):
    terms = term_set("maker", "shop", 0, revocation=revocation)
    made = opened(keys, body(terms=terms.digest))
    if words is None:
        assert made.with_terms(terms).terms.digest == terms.digest
        return
    with pytest.raises(errors.MismatchError, match=words):
        made.with_terms(terms)


def test_a_store_reuses_equal_terms(keys):
    store = AgreementStore()
    first = store.put(opened(keys), 20)
    assert store.put(opened(keys, body(made_us=11)), 20).digest == first.digest
    assert len(store) == 1
    assert store.find("maker", "shop", "c1", 20, TERMS).digest == first.digest
    assert [a.digest for a in store.candidates("maker", "shop", "c1")] == [first.digest]
    assert [a.digest for a in store] == [first.digest]
    with pytest.raises(errors.NotFoundError):
        store.find("shop", "maker", "c1", 20)
    store.close()
    gc.collect()
    assert first.state_at(150) == "ACTIVE"


def test_receipts(keys):
    done = Receipt("deleted", "shop", 77, b"\1" * 32, b"\2" * 32, None, "tapes too")
    assert Receipt.parse(done.format()) == done
    assert Receipt.open(done.sign(SIGNER["shop"]), keys) == done
    with pytest.raises(errors.SignatureError):
        Receipt.open(done.sign(SIGNER["maker"]), keys)
    with pytest.raises(errors.InvalidArgumentError, match="release"):
        done._replace(release=None).format()
    assert done._replace(kind="paid", release=None).format().startswith("cstn/receipt/v1\nkind paid")


def test_the_sequences_of_the_test_kit(shared):
    actors = {"consumer": "recipient", "provider": "provider"}
    vectors = shared / "vectors" / "negotiation" / "sequences.json"
    for sequence in json.loads(vectors.read_text()):
        at = negotiation()
        for number, step in enumerate(sequence["steps"], 1):
            message = say(step["message"], actors[step["actor"]], number)
            if step["accepted"]:
                at = at.apply(message)
            else:
                with pytest.raises(errors.StateError):
                    at.apply(message)
            assert at.state == step["to"]


@pytest.mark.parametrize("duty", [0, 7, None, "revocation"])
def test_waivers_are_signed_by_their_party(keys, duty):
    waived = Waiver("maker", 77, b"\1" * 32, b"\2" * 32, duty, b"\3" * 32, 2, "let it be")
    assert Waiver.parse(waived.format()) == waived
    assert Waiver.open(waived.sign(SIGNER["maker"]), keys) == waived
    with pytest.raises(errors.SignatureError):
        Waiver.open(waived.sign(SIGNER["shop"]), keys)
    with pytest.raises(errors.InvalidArgumentError, match="names no term"):
        waived._replace(term=bytes(32)).format()
    with pytest.raises(errors.FormatError, match="byte"):
        Waiver.parse(waived.format()[:-1])
