"""Agreements in a network, and the rules that it gives."""

from __future__ import annotations

import json

import pytest
from sharing_network import DAY, NOW, PLACE, Deal

from constellation.agreements import Transition
from constellation.decisions import Request
from constellation.errors import (
    MissingError,
    NotFoundError,
    SignatureError,
    StaleError,
    UnevaluableError,
)
from constellation.ledger import generate_key, sign_note


def ask(recipient="grocer", paths=("order.eta",), now_us=NOW, **more):
    return Request(PLACE, "dairy", recipient, list(paths), "planning", now_us=now_us, **more)


def test_a_network_decides_by_what_is_in_it():
    deal = Deal()
    assert deal.network.rules().decide(ask()).reason == "NO_AGREEMENT"
    deal.agree()
    rules = deal.network.rules()
    assert rules.decide(ask()) and rules.version == deal.network.snapshot().seq
    assert rules.decide(ask(paths=["order.person"], downgrade_ok=True)).fields[0].level == "pseudonym"
    assert rules.decide(ask("rival")).reason == "NO_AGREEMENT"
    between = deal.network.rules((PLACE, "dairy", "grocer"))
    assert between.decide(ask()).record == rules.decide(ask()).record


def test_the_matrix_of_a_network_has_its_members():
    deal = Deal()
    deal.agree()
    deal.agree(recipient="rival")
    seen = deal.network.rules().who_may_see(
        PLACE, "dairy", ["order.eta", "order.price"], "planning", now_us=NOW, data_us=(1, NOW - 91 * DAY)
    )
    assert list(seen.cells) == ["grocer", "rival"]
    assert [seen.level("rival", path) for path in seen.paths] == ["raw", "aggregated"]


def test_the_log_tells_of_agreements_and_transitions():
    deal = Deal()
    agreement = deal.agree()
    act = agreement.draft(Transition("suspend", "provider", NOW + DAY, cause="dispute"))
    suspended = agreement.apply(act.sign(deal.signers["dairy"]), deal.keys)
    deal.put(suspended)
    assert deal.network.rules().decide(ask(now_us=NOW + 2 * DAY)).reason == "SUSPENDED"
    types = [json.loads(entry)["type"] for entry in deal.network.log("dairy", PLACE).read()]
    assert types == ["agreement", "transition"]
    with pytest.raises(StaleError):
        deal.put(agreement)
    (kept,) = deal.network.agreements()
    assert kept.digest == agreement.digest and kept.state_at(NOW + 2 * DAY) == "SUSPENDED"
    told = kept.explain(ask(now_us=NOW + 2 * DAY), deal.network.rules())
    assert told.startswith(f"agreement {kept.digest[:6].hex()}: SUSPENDED (dispute), ")


def test_what_cannot_be_put_is_refused():
    deal = Deal()
    with pytest.raises(UnevaluableError):
        deal.agree(deal.term(purpose="advertising"))
    agreement = deal.sign()
    stripped = type(agreement).open(agreement.note, deal.keys)
    with pytest.raises(MissingError):
        deal.put(stripped)
    with pytest.raises(NotFoundError):
        deal.agree(parent=bytes(range(32)))
    other = Deal()
    signer, verifier = generate_key("dairy", seed=b"\x44" * 32)
    other.keys.add("dairy", verifier)
    note = sign_note(agreement.body.format(), signer, deal.signers["grocer"])
    stranger = type(agreement).open(note, other.keys).with_terms(agreement.terms)
    with pytest.raises(SignatureError):
        deal.put(stranger)
    assert len(deal.network.agreements()) == 0


def test_rules_are_those_of_the_snapshot(tmp_path):
    deal = Deal(tmp_path / "network")
    before = deal.network.snapshot()
    deal.agree()
    assert before.rules().decide(ask()).reason == "NO_AGREEMENT"
    deal.network.close()
    again = Deal.__new__(Deal)
    from constellation import Network

    again.network = Network.open(tmp_path / "network")
    assert again.network.rules().decide(ask())
