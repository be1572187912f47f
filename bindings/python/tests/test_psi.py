"""Private set intersection between two sides that share bytes only."""

import json
import random

import pytest

from constellation import Network, decisions, errors, ledger, psi
from constellation.agreements import Agreement, Body
from constellation.negotiations import PartyKeys
from constellation.terms import Term, TermSet

TERMS = {"agreement": bytes(range(32)), "kind": "gtin", "kind_log2": 40}


def run(own, theirs, **terms):
    terms = {**TERMS, **terms}
    receiver, sender = psi.Receiver(own, **terms), psi.Sender(theirs, **terms)
    return receiver.finish(sender.reply(receiver.request()))


@pytest.mark.parametrize("seed", range(4))
def test_intersection_is_that_of_sets(seed):
    chance = random.Random(seed)
    own = [str(chance.randrange(60)) for _ in range(chance.randrange(40))]
    theirs = [str(chance.randrange(60)).encode() for _ in range(chance.randrange(40))]
    common = set(own) & {one.decode() for one in theirs}
    result = run(own, theirs)
    assert [own[place] for place in result.places] == [
        one for place, one in enumerate(own) if one in common and one not in own[:place]
    ]
    assert result.common == len(common) and result.own == len(set(own))
    assert run(own, theirs, mode="size").common == len(common)
    assert run(own, theirs, mode="size").places is None


def test_gates():
    assert run(list("abc"), list("bcd"), least_overlap=3)[:3] == (3, True, None)
    with pytest.raises(errors.DeniedError):
        psi.Receiver([], **{**TERMS, "kind_log2": 19})
    with pytest.raises(errors.InvalidArgumentError, match="identifier is int"):
        psi.Receiver([5], **TERMS)
    with pytest.raises(errors.InvalidArgumentError, match="most -1 is negative"):
        psi.Runs(1000, -1)
    runs, log = psi.Runs(1000, 1), ledger.Log("psi")
    gated = {**TERMS, "runs": runs, "partner": "rival", "log": log}
    psi.Receiver(["a"], **gated).request()
    with pytest.raises(errors.BudgetError):
        psi.Receiver(["a"], **gated).request()
    assert psi.Runs.from_bytes(runs.to_bytes()).left("rival", now=1000) == 1
    assert len(log) == 2


def test_sides_that_disagree_or_cheat_are_refused():
    receiver = psi.Receiver(["a", "b"], **TERMS)
    request = receiver.request()
    with pytest.raises(errors.MismatchError, match="kind"):
        psi.Sender(["a"], **{**TERMS, "kind": "email"}).reply(request)
    reply = bytearray(psi.Sender(["a"], **TERMS).reply(request))
    first, second = slice(168, 200), slice(200, 232)
    reply[first], reply[second] = reply[second], reply[first]
    with pytest.raises(errors.ProofError):
        receiver.finish(bytes(reply))
    with pytest.raises(errors.FormatError, match="byte"):
        receiver.finish(bytes(reply[:-1]))
    reply[first], reply[second] = reply[second], reply[first]
    assert receiver.finish(bytes(reply)).places == [0]
    with pytest.raises(errors.StateError):
        receiver.request()
    with pytest.raises(errors.InvalidArgumentError):
        psi.Receiver("abc".encode(), **TERMS)


def bare(digest):
    """An agreement of maker and shop about terms, which are not in it."""
    keys, signers = PartyKeys(), []
    for i, party in enumerate(("maker", "shop")):
        signer, verifier = ledger.generate_key(party, seed=bytes([i]) * 32)
        keys.add(party, verifier)
        signers.append(signer)
    body = Body("maker", "shop", "c1", digest, made_us=10, valid_from_us=100)
    return Agreement.open(ledger.sign_note(body.format(), *signers), keys)


def signed(**changes):
    """An agreement of maker and shop, valid from 100 on, with one term."""
    parts = {
        "provider": "maker",
        "recipient": "shop",
        "constellation": "c1",
        "fields": ["item.gtin"],
        "purpose": "range",
        "actions": ["read"],
        "consideration": [{"kind": "explicit_none"}],
        "granularity": {"level": "existence"},
    }
    terms = TermSet([Term(**{**parts, **changes})])
    return bare(terms.digest).with_terms(terms)


def under(agreement, network, now=500, **more):
    """What the shop gives, who receives."""
    return {
        "agreement": agreement,
        "kind": "item.gtin",
        "kind_log2": 40,
        "party": "shop",
        "partner": "maker",
        "network": network,
        "now": now,
        **more,
    }


def entries(network, party, constellation=None):
    return [json.loads(entry) for entry in network.log(party, constellation)]


def test_run_under_a_term_is_entered_before_it_gives_anything_out():
    agreement, network = signed(), Network.open()
    receives = under(agreement, network)
    receiver = psi.Receiver(["a", "b"], **receives)
    sender = psi.Sender(["b"], **{**receives, "party": "maker", "partner": "shop"})
    assert receiver.finish(sender.reply(receiver.request())).places == [1]
    shop = entries(network, "shop", "c1")
    assert [entry["step"] for entry in shop] == ["request", "finish"]
    assert [entry["step"] for entry in entries(network, "maker", "c1")] == ["reply"]
    assert shop[0]["gates"]["term"] == agreement.terms[0].digest.hex()
    assert shop[0]["agreement"] == agreement.digest.hex()
    network.close()
    late = psi.Receiver(["a"], **under(agreement, Network.open()))
    assert len(late.request()) == 136 + 16 * 32
    with pytest.raises(errors.ClosedError):
        psi.Receiver(["a"], **receives)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"fields": ["item.name"]}, "field"),
        ({"granularity": {"level": "raw"}}, "level"),
        ({"valid_until_us": 500}, "window"),
        ({"limits": {"rows": 1, "window_us": 1}}, "conditions"),
    ],
)
def test_terms_that_do_not_let(changes, reason):
    network = Network.open()
    with pytest.raises(errors.DeniedError):
        psi.Receiver(["a"], **under(signed(**changes), network))
    assert entries(network, "shop", "c1") == []
    assert [entry["reason"] for entry in entries(network, "shop")] == [reason]


def test_agreements_small_kinds_and_calls():
    with pytest.raises(errors.DeniedError, match="PENDING"):
        psi.Receiver([], **under(signed(), Network.open(), now=99))
    small = {"kind_log2": 13, "small_kind": True}
    with pytest.raises(errors.DeniedError, match="acknowledge"):
        psi.Receiver([], **under(signed(), Network.open(), **small))
    psi.Receiver([], **under(signed(small_kind_acknowledged=True), Network.open(), **small))
    agreement, network = signed(limits={"calls": 1, "window_us": 100}), Network.open()
    psi.Receiver(["a"], **under(agreement, network)).request()
    with pytest.raises(errors.BudgetError):
        psi.Receiver(["a"], **under(agreement, network, now=599)).request()
    psi.Receiver(["a"], **under(agreement, network, now=600)).request()
    with pytest.raises(errors.MissingError):
        psi.Receiver([], **under(bare(bytes(32)), Network.open()))
    with pytest.raises(errors.InvalidArgumentError):
        psi.Receiver([], **under(bytes(32), Network.open()))


def test_conditions_take_a_decision():
    agreement = signed(limits={"rows": 5, "window_us": 100})
    rules = decisions.Rules(
        {"c1": {"purposes": {"range": None}, "paths": {"item.gtin": "public"}}},
        members=[("c1", "maker"), ("c1", "shop")],
        agreements=[(agreement, agreement.terms)],
    )
    for rows, now in ((5, 500), (6, 500), (5, 501)):
        asked = decisions.Request(
            "c1", "maker", "shop", ["item.gtin"], "range", level="existence", rows=rows, now_us=now
        )
        decision = rules.decide(asked)
        network = Network.open()
        terms = under(agreement, network, decision=decision)
        if (rows, now) == (5, 500):
            psi.Receiver(["a"], **terms).request()
            (entry,) = entries(network, "shop", "c1")
            assert entry["gates"]["decision"] == decision.digest.hex()
        else:
            with pytest.raises(errors.DeniedError, match="decision"):
                psi.Receiver(["a"], **terms)
