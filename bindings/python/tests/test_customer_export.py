"""All that is held of a customer, told; and erasure in part."""

import pytest

import constellation
from constellation import customers, errors, ledger, vault

SIGNER, VERIFIER = ledger.generate_key("customers.example", seed=bytes(31) + b"\4")
NOW = "2024-08-01"


@pytest.fixture
def people():
    net = constellation.Network.open()
    net.put("customer", customer_id="jo", kind="person", country="DE", recorded="2024-06-01")
    for event_id, kind, day in (("e1", "order", "2024-06-02"), ("e2", "referral", "2024-06-03")):
        net.put(
            "interaction",
            event_id=event_id,
            customer_id="jo",
            kind=kind,
            valid=day,
            recorded=day,
        )
    safe = vault.Vault(root_key=bytes(32), log=net, party="acme", signer=SIGNER)
    desk = customers.Customers(net, safe)
    desk.put("jo", {"email": "jo@example.org", "name": "Jo", "city": "K\u00f6ln"}, now=NOW)
    return desk


def events(desk):
    with desk.network.snapshot() as snapshot:
        return [row["event_id"] for row in snapshot.scan("interaction").to_pylist()]


def test_all_that_is_held_is_told(people):
    told = people.export("jo", now=NOW)
    assert told["type"] == "cstn/customer/v1"
    assert told["as_of"] == "2024-08-01T00:00:00Z"
    assert told["record"]["country"] == "DE"
    assert told["personal"] == {"email": "jo@example.org", "name": "Jo", "city": "K\u00f6ln"}
    assert [row["kind"] for row in told["interactions"]] == ["order", "referral"]
    assert [move["to"] for move in told["stages"]["moves"]][0] == "COMMIT"
    assert told["verdicts"]["tells_source"] == "REFERRAL"
    assert told["erased"] == []
    with pytest.raises(errors.NotFoundError):
        people.export("nobody", now=NOW)


def test_judged_by_ones_own_rules(people):
    people.network.put(
        "interaction",
        event_id="e3",
        customer_id="jo",
        kind="first_choice",
        valid="2024-07-01",
        recorded="2024-07-01",
    )
    assert people.export("jo", now=NOW)["verdicts"]["loyal"] == "unknown"
    judge = constellation.Loyalty(min_occasions=1)
    assert people.export("jo", now=NOW, judge=judge)["verdicts"]["loyal"] == "yes"
    rules = constellation.StagePolicy()
    assert people.export("jo", now=NOW, policy=rules) == people.export("jo", now=NOW)


def test_categories_go_and_the_rest_stays(people):
    proof = people.erase("jo", "no letters", now=NOW, categories=["contact", "address"])
    assert b'"categories":[2,3]' in ledger.parse_proof(proof).extra
    assert people.erase("jo", "no letters", now=NOW, categories=["address", 2]) == proof
    assert people.vault.erase("jo", "x", now=NOW, categories=["contact"]) == proof
    told = people.export("jo", now=NOW)
    assert told["personal"] == {"name": "Jo"}
    assert [entry["categories"] for entry in told["erased"]] == [[2, 3]]
    assert told["record"]["country"] == "DE"
    assert len(events(people)) == 2
    with pytest.raises(errors.ErasedError):
        people.put("jo", {"phone": "+4930"}, now=NOW)


def test_interactions_go_when_asked(people):
    people.erase("jo", "asked", now=NOW, categories=["free_text"], events=True)
    assert events(people) == []
    assert people.export("jo", now=NOW)["personal"]["name"] == "Jo"
    people.erase("jo", "asked", now=NOW, events=True)
    told = people.export("jo", now=NOW)
    assert told["personal"] == {} and told["interactions"] == []
    assert len(told["erased"]) == 2


@pytest.mark.parametrize("wrong", [[], "contact", ["nothing"], [7]])
def test_wrong_categories(people, wrong):
    with pytest.raises(errors.InvalidArgumentError):
        people.erase("jo", "asked", now=NOW, categories=wrong)
    assert people.export("jo", now=NOW)["personal"]["email"] == "jo@example.org"
