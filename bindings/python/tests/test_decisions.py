"""Decisions: who may have which fields, how fine, and why not."""

from __future__ import annotations

import json
import threading

import pytest

from constellation.agreements import Agreement, Body
from constellation.decisions import Duration, Request, Rules, override_text
from constellation.errors import (
    ArithmeticOverflowError,
    InvalidArgumentError,
    MismatchError,
    NotFoundError,
    UnevaluableError,
)
from constellation.ledger import generate_key, sign_note
from constellation.negotiations import PartyKeys
from constellation.terms import Term, TermSet

DAY = 86_400_000_000
WORDS = {
    "purposes": {"any": None, "planning": "any", "ads": "any"},
    "roles": ["carrier"],
    "paths": {
        "order.qty": ["operational"],
        "order.price": ["competitive"],
        "person.name": ["pii_direct"],
        "person.postcode": ["pii_quasi"],
    },
    "operands": {"stock": "int64", "lead": "duration"},
}


def a_term(**changed):
    parts = {
        "provider": "acme",
        "recipient": "beta",
        "constellation": "fmcg",
        "fields": ["order.*", "person.*"],
        "purpose": "planning",
        "actions": ["read"],
        "granularity": {"level": "raw"},
        "consideration": [{"kind": "explicit_none"}],
    }
    parts.update(changed)
    return Term(**parts)


def rules(*terms, relation="partner", **more):
    return Rules(
        {"fmcg": WORDS},
        members=[("fmcg", "acme"), ("fmcg", "beta", ["carrier"])],
        relations=[("fmcg", "acme", "beta", relation), ("fmcg", "beta", "acme", relation)],
        agreements=[{"terms": list(terms)}],
        **more,
    )


def ask(on, paths=("order.qty",), purpose="planning", now_us=1000 * DAY, **more):
    return on.decide("fmcg", "acme", "beta", list(paths), purpose, now_us=now_us, **more)


def test_levels_follow_the_classes_of_fields():
    decided = ask(
        rules(a_term()),
        ["order.price", "order.qty", "person.name", "person.postcode"],
        downgrade_ok=True,
    )
    assert decided and decided.reason == "PERMIT"
    assert [(f.path, f.level) for f in decided.fields] == [
        ("order.price", "raw"),
        ("order.qty", "raw"),
        ("person.name", "pseudonym"),
        ("person.postcode", "generalised"),
    ]
    assert decided.fields[2].flags == ("downgraded",)
    assert decided.fields[0].classes == ("competitive",)
    assert decided.fields[0].term == a_term().digest


def test_competitors_get_old_cells():
    on = rules(a_term(), relation="competitor")
    assert ask(on, ["order.price"], downgrade_ok=True).reason == "FIREWALL"
    field = ask(on, ["order.price"], downgrade_ok=True, data_us=(1, 910 * DAY)).fields[0]
    assert field.level == "aggregated"
    assert field.parameters == {"k": 1, "contributors": 3, "max_share_permille": 600} or (
        field.parameters == {"contributors": 3, "max_share_permille": 600}
    )
    assert field.flags == ("downgraded", "firewall", "no_onward")


def test_a_fact_that_is_not_known_permits_nothing():
    low = {"operand": "stock", "operator": "lt", "type": "int64", "value": 5}
    on = rules(a_term(constraint=low))
    assert ask(on, facts={"stock": 4})
    assert ask(on, facts={"stock": 5}).reason == "NO_PERMIT"
    assert ask(on).reason == "NO_PERMIT"
    assert ask(on, facts={"stock": "4"}).reason == "NO_PERMIT"
    assert ask(on, facts={"stock": 4, "lead": Duration(7)})
    assert ask(on, facts={"moon": 4}).reason == "INDETERMINATE"


def test_what_is_used_is_not_left():
    term = a_term(limits={"rows_in_all": 100}, retention={"max_us": DAY, "then": "delete"})
    on = rules(
        term,
        usage=[{"agreement": (1).to_bytes(32, "big"), "term": term.digest, "rows_in_all": 70}],
    )
    decided = ask(on)
    assert [(r.calls, r.rows) for r in decided.reservations] == [(1, 30)]
    assert [(o.action, o.deadline_us, o.duty) for o in decided.obligations] == [
        ("delete", 1001 * DAY, None)
    ]
    assert ask(on, rows=31).reason == "BUDGET"
    assert ask(on, rows=31).suggest()["rows"] == 0
    with pytest.raises(NotFoundError):
        ask(on, purpose="ads").suggest()


def test_numbers_below_0_and_too_large_are_refused():
    term = a_term()
    row = {"agreement": (1).to_bytes(32, "big"), "term": term.digest}
    with pytest.raises(InvalidArgumentError, match="rows -1 is negative"):
        rules(term, usage=[{**row, "rows": -1}])
    with pytest.raises(ArithmeticOverflowError, match="index 4294967296 does not fit uint32"):
        rules(term, duties=[{**row, "index": 2**32, "state": "pending"}])
    with pytest.raises(InvalidArgumentError, match="rows -1 is negative"):
        ask(rules(term), rows=-1)


def test_records_are_json_and_name_the_rules():
    on = rules(a_term(), version=7)
    decided = ask(on)
    record = json.loads(decided.record)
    assert record["version"] == 7 == on.version
    assert record["fields"][0]["reason"] == "PERMIT"
    assert len(decided.digest) == 32
    assert "PERMIT" in decided.explain()


def test_sixteen_threads_give_equal_bytes():
    on = rules(a_term())
    records = [None] * 16

    def run(i):
        records[i] = ask(on, ["order.qty", "person.name"]).record

    threads = [threading.Thread(target=run, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(records)) == 1 and records[0]


def test_who_may_see_is_a_table_and_a_picture():
    matrix = rules(a_term()).who_may_see(
        "fmcg", "acme", ["order.qty", "person.name"], "planning", now_us=5
    )
    assert str(matrix).splitlines()[1].split() == ["beta", "raw", "pseudonym"]
    assert matrix.level("beta", "order.qty") == "raw"
    pytest.importorskip("matplotlib")
    axes = matrix.plot()
    assert [t.get_text() for t in axes.texts] == ["raw", "pseudonym"]


def test_an_override_is_a_text_to_sign():
    text = override_text("fmcg", "acme", "beta", ["order.*"], "raw", 5, 10)
    assert text.splitlines()[0] == "cstn/override/v1"
    with pytest.raises(InvalidArgumentError):
        override_text("fmcg", "acme", "beta", ["order.*"], "aggregated", 5, 10)
    assert generate_key("acme", seed=bytes(32))


def test_terms_that_cannot_be_evaluated_are_refused():
    with pytest.raises(UnevaluableError):
        rules(a_term(purpose="conquest"))
    with pytest.raises(InvalidArgumentError):
        ask(rules(a_term()), level="finest")


def test_a_request_is_decided_like_its_arguments():
    on = rules(a_term())
    request = Request("fmcg", "acme", "beta", ["order.qty"], "planning", now_us=1000 * DAY)
    assert on.decide(request).record == ask(on).record
    assert json.loads(on.decide(request).record)["request"] == request.digest.hex()
    assert json.loads(request.json)["paths"] == ["order.qty"]
    with pytest.raises(InvalidArgumentError):
        Request("fmcg", "acme", "beta", ["order.qty"], "planning", now_us=0, nonce=b"1")


def test_what_nobody_knows_is_named():
    asked = Request("fmcg", "acme", "beta", ["order.qty"], "conquest", now_us=5)
    told = rules(a_term()).decide(asked).explain()
    assert "DENY INDETERMINATE" in told and "purpose 'conquest' is none of the" in told


def test_an_agreement_explains_a_request():
    keys, signers = PartyKeys(), []
    for i, party in enumerate(("acme", "beta")):
        signer, verifier = generate_key(party, seed=bytes([i]) * 32)
        keys.add(party, verifier)
        signers.append(signer)
    terms = TermSet([a_term()])
    body = Body("acme", "beta", "fmcg", terms.digest, made_us=10, valid_from_us=100)
    agreement = Agreement.open(sign_note(body.format(), *signers), keys).with_terms(terms)
    on = Rules(
        {"fmcg": WORDS},
        members=[("fmcg", "acme"), ("fmcg", "beta")],
        relations=[("fmcg", "acme", "beta", "partner"), ("fmcg", "beta", "acme", "partner")],
        agreements=[(agreement, terms)],
    )
    ours = agreement.digest[:6].hex()
    told = agreement.explain(
        Request("fmcg", "acme", "beta", ["order.qty"], "planning", now_us=200), on
    )
    assert told.splitlines()[0] == f"agreement {ours}: ACTIVE, its terms permit"
    assert "order.qty: PERMIT" in told and f"of agreement {ours}: passes" in told
    told = agreement.explain(
        Request("fmcg", "acme", "beta", ["order.qty"], "planning", now_us=50), on
    )
    assert told.startswith(f"agreement {ours}: PENDING, its terms permit nothing\n")
    assert "order.qty: DENY NO_AGREEMENT" in told
    with pytest.raises(MismatchError, match="gamma to acme"):
        agreement.explain(
            Request("fmcg", "acme", "gamma", ["order.qty"], "planning", now_us=50), on
        )
