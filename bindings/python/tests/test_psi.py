"""Private set intersection between two sides that share bytes only."""

import random

import pytest

from constellation import errors, ledger, psi

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
