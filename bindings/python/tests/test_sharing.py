"""Agreements in a network, and the rules that it gives."""

from __future__ import annotations

import json

import pytest
from sharing_network import DAY, NOW, PLACE, Deal

from constellation.agreements import Agreement, Body, Transition
from constellation.constraints import Vocabulary
from constellation.decisions import Request, override_text
from constellation.errors import (
    InvalidArgumentError,
    MissingError,
    NotFoundError,
    SignatureError,
    StaleError,
    StateError,
    UnevaluableError,
    UnverifiedError,
)
from constellation.ledger import Log, generate_key, sign_note
from constellation.negotiations import Message, Negotiation
from constellation.receipts import Waiver
from constellation.terms import TermSet


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


def test_tables_say_what_is_recorded():
    deal = Deal()
    agreement = deal.agree()
    with deal.network.transaction() as new:
        new.put_conflict_set(PLACE, "dairies", ["dairy", "rival"], NOW)
    (row,) = deal.network.sharing("agreements", NOW).to_pylist()
    assert (row["agreement"], row["recipient"], row["state"], row["decides"], row["terms"]) == (
        agreement.digest.hex(),
        "grocer",
        "ACTIVE",
        True,
        1,
    )
    assert deal.network.rules().decide(ask())
    assert sorted(deal.network.sharing("conflict_sets", NOW).to_pydict()["party"]) == ["dairy", "rival"]
    for empty in ("usage", "duties", "considerations", "deliveries", "releases", "overrides", "receipts"):
        assert deal.network.sharing(empty, NOW).to_pylist() == []
    with pytest.raises(InvalidArgumentError, match="'rumours' is not one of"):
        deal.network.sharing("rumours", NOW)


def test_duties_and_what_is_given_in_return_gate_decisions():
    deal = Deal()
    term = deal.term(
        duties=[{"phase": "before", "action": "attribute", "due": "none"}],
        consideration=[{"kind": "service", "service": "tracking"}],
    )
    agreement = deal.agree(term)
    reasons = [deal.network.rules().decide(ask()).reason]
    with deal.network.transaction() as new:
        new.put_duty("dairy", agreement.digest, term.digest, 0, "fulfilled", NOW)
    reasons.append(deal.network.rules().decide(ask()).reason)
    with deal.network.transaction() as new:
        new.put_consideration("grocer", agreement.digest, term.digest, 0, "current", NOW)
    reasons.append(deal.network.rules().decide(ask()).reason)
    assert reasons == ["DUTY_PENDING", "CONSIDERATION", "PERMIT"]
    (duty,) = deal.network.sharing("duties", NOW).to_pylist()
    assert (duty["index"], duty["state"], duty["release"]) == (0, "fulfilled", None)
    with pytest.raises(NotFoundError):
        with deal.network.transaction() as new:
            new.put_duty("dairy", agreement.digest, bytes(32), 0, "fulfilled", NOW)


def test_a_violated_duty_sets_its_consequence_going():
    deal = Deal()
    pay = {"phase": "ongoing", "action": "pay", "due": "after_release", "due_us": DAY}
    term = deal.term(duties=[{"phase": "ongoing", "action": "attribute", "due": "none", "consequence": pay}])
    agreement = deal.agree(term)
    with pytest.raises(NotFoundError, match="no such consequence has begun"):
        with deal.network.transaction() as new:
            new.put_duty("dairy", agreement.digest, term.digest, 0, "fulfilled", NOW, consequence=1)
    for state, number in (("violated", 0), ("fulfilled", 0)):
        with deal.network.transaction() as new:
            new.put_duty("dairy", agreement.digest, term.digest, 0, state, NOW, consequence=number)
    told = deal.network.sharing("duties", NOW).to_pylist()
    assert sorted((d["consequence"], d["action"], d["state"]) for d in told) == [
        (0, "attribute", "fulfilled"),
        (1, "pay", "pending"),
    ]
    late = ask(now_us=NOW + DAY)
    assert deal.network.rules().decide(late).reason == "DUTY_VIOLATED"
    with deal.network.transaction() as new:
        new.put_duty("dairy", agreement.digest, term.digest, 0, "fulfilled", NOW, consequence=1)
    assert deal.network.rules().decide(late)


def test_a_duty_past_its_deadline_sets_its_consequence_going_by_itself():
    deal = Deal()
    pay = {"phase": "ongoing", "action": "pay", "due": "after_release", "due_us": DAY}
    duty = {"phase": "ongoing", "action": "attribute", "due": "none", "consequence": pay}
    term = deal.term(duties=[duty])
    agreement = deal.agree(term)
    with deal.network.transaction() as new:
        new.put_duty(
            "dairy", agreement.digest, term.digest, 0, "pending", NOW, deadline_us=NOW + DAY
        )

    def told(now):
        rows = deal.network.sharing("duties", now).to_pylist()
        return sorted((row["consequence"], row["state"]) for row in rows)

    assert told(NOW + DAY - 1) == [(0, "pending")]
    assert told(NOW + DAY) == [(0, "violated"), (1, "pending")]
    assert told(NOW + 2 * DAY) == [(0, "violated"), (1, "violated")]
    with deal.network.transaction() as new:
        new.put_duty(
            "dairy", agreement.digest, term.digest, 0, "fulfilled", NOW + DAY, consequence=1
        )
    assert told(NOW + 2 * DAY) == [(0, "violated"), (1, "fulfilled")]


def test_what_a_party_saw_is_in_its_log():
    deal = Deal()
    at = Negotiation("n1", provider="dairy", recipient="grocer", constellation=PLACE)
    message = Message("offer", "recipient", "n1", bytes(16), bytes(range(32)), NOW)
    with pytest.raises(StateError) as refused:
        at.apply(message)
    signer, verifier = generate_key("log.example", seed=bytes(32))
    views = []
    for entry in (b"one", b"another"):
        log = Log("log.example")
        log.append(entry)
        views.append(log.checkpoint(signer))
    with deal.network.transaction() as new:
        new.put_negotiation("grocer", at, message, NOW, refused.value.code)
        new.put_split_view("grocer", views[0], views[1], [verifier], NOW, PLACE)
        new.put_split_view("grocer", views[1], views[0], [verifier], NOW)
        for error, first, keys in (
            (InvalidArgumentError, views[1], [verifier]),
            (UnverifiedError, views[0], [generate_key("x")[1]]),
        ):
            with pytest.raises(error):
                new.put_split_view("grocer", first, views[1], keys, NOW)
    told = [json.loads(entry) for entry in deal.network.log("grocer", PLACE).read()]
    assert [entry["type"] for entry in told] == ["negotiation", "split_view"]
    assert told[0]["outcome"] == "CSTN_E_STATE" and told[0]["message_us"] == NOW
    assert (told[1]["first"], told[1]["second"]) == tuple(views)
    (private,) = deal.network.log("grocer").read()
    assert json.loads(private)["first"] == views[1]


def test_officers_open_the_firewall():
    deal = Deal()
    deal.agree(recipient="rival")
    new_prices = ask("rival", ["order.price"])
    assert deal.network.rules().decide(new_prices).reason == "FIREWALL"
    text = override_text(PLACE, "dairy", "rival", ["order.price"], "raw", NOW - DAY, NOW + DAY)
    with pytest.raises(SignatureError):
        with deal.network.transaction() as new:
            new.put_override(sign_note(text, deal.signers["officer0"]), NOW)
    note = sign_note(text, deal.signers["officer0"], deal.signers["officer1"])
    with deal.network.transaction() as new:
        new.put_override(note, NOW)
    decided = deal.network.rules().decide(new_prices)
    assert decided and "override" in decided.fields[0].flags
    (row,) = deal.network.sharing("overrides", NOW).to_pylist()
    assert (row["field"], row["level"], row["holds"]) == ("order.price", "raw", True)


def test_a_duty_is_waived_by_a_note_of_the_provider():
    deal = Deal()
    term = deal.term(duties=[{"phase": "before", "action": "attribute", "due": "none"}])
    agreement = deal.agree(term)
    assert deal.network.rules().decide(ask()).reason == "DUTY_PENDING"
    waived = Waiver("dairy", NOW, agreement.digest, term.digest, 0, detail="never mind")
    for party, wrong in (("grocer", InvalidArgumentError), ("dairy", SignatureError)):
        with pytest.raises(wrong):
            with deal.network.transaction() as new:
                new.put_waiver(waived._replace(party=party).sign(deal.signers["grocer"]), NOW)
    with pytest.raises(InvalidArgumentError, match="put_waiver"):
        with deal.network.transaction() as new:
            new.put_duty("dairy", agreement.digest, term.digest, 0, "waived", NOW)
    with deal.network.transaction() as new:
        new.put_waiver(waived.sign(deal.signers["dairy"]), NOW)
    assert deal.network.rules().decide(ask())
    (duty,) = deal.network.sharing("duties", NOW).to_pylist()
    assert (duty["index"], duty["state"]) == (0, "waived")
    (kept,) = deal.network.sharing("receipts", NOW).to_pylist()
    assert (kept["party"], kept["kind"], kept["release"]) == ("dairy", "waived", None)


def test_a_derived_agreement_does_not_deny_what_the_rules_permit():
    deal = Deal()
    onward = {"to": "same_constellation", "max_hops": 1}
    first = deal.agree(deal.term(onward=onward, fields=["order.id"]))
    listed = TermSet([deal.term("rival", provider="grocer", fields=["order.id"])])
    body = Body(
        "grocer", "rival", PLACE, listed.digest, made_us=NOW - DAY, valid_from_us=NOW - DAY,
        parent=first.digest,
    )  # fmt: skip
    note = sign_note(body.format(), deal.signers["grocer"], deal.signers["rival"])
    derived = Agreement.open(note, deal.keys).with_terms(listed)
    deal.put(derived, "grocer")
    request = Request(
        PLACE, "grocer", "rival", ["order.id"], "planning", now_us=NOW, hops=["dairy"]
    )
    rules = deal.network.rules()
    ours, parent = (agreement.digest[:6].hex() for agreement in (derived, first))
    told = derived.explain(request, rules)
    assert "order.id: PERMIT" in told and "permit nothing" not in told
    assert told.startswith(f"agreement {ours}: ACTIVE, derived from {parent}, which is not linked")
    words = Vocabulary(purposes={"planning": []}, paths={"order.*": ["operational"]})
    linked = derived.derive(first, words).explain(request, rules)
    assert linked.startswith(f"agreement {ours}: ACTIVE, its terms permit\n")


def test_an_agreement_reads_as_text_and_handles_say_what_they_are():
    deal = Deal()
    agreement = deal.agree(condition="until spring")
    text = str(agreement)
    lines = text.splitlines()
    assert lines[0] == f"agreement {agreement.digest.hex()[:16]}"
    for line in ("provider dairy", "recipient grocer", "retire_by both", "condition until spring"):
        assert line in lines
    assert "valid_from 2026-02-15T00:00:00Z" in lines
    assert not any(line.startswith(("valid_until", "parent", "predecessor")) for line in lines)
    assert text.endswith(f"\n\n{agreement.terms}")
    assert str(agreement.terms).endswith(str(agreement.terms[0]))
    assert str(agreement.terms).startswith(f"term 1 of 1, {agreement.terms[0].digest.hex()[:16]}\n")
    bare = Agreement.open(agreement.note, deal.keys)
    assert str(bare).endswith("its terms are not at hand")
    assert repr(agreement).endswith(": dairy to grocer in fresh>")
    rules = deal.network.rules()
    decided = rules.decide(ask())
    assert repr(ask()) == "<Request of grocer to dairy in fresh>"
    assert repr(decided) == "<Decision PERMIT: 1 of 1 fields>"
    assert repr(rules) == f"<Rules {rules.version}>"
    assert repr(Negotiation("n1", provider="dairy", recipient="grocer", constellation=PLACE)) == (
        "<Negotiation 'n1': dairy and grocer in fresh, NONE>"
    )
    matrix = rules.who_may_see(PLACE, "dairy", ["order.eta"], "planning", now_us=NOW)
    assert repr(matrix).startswith("<Matrix of ") and str(matrix) in repr(matrix)
    for handle in (agreement, decided, rules):
        handle.close()
        assert repr(handle) == f"<closed {type(handle).__name__}>" == str(handle)
