"""Customers: a network with their records beside a vault with what is personal."""

import pytest

import constellation
from constellation import customers, errors, ledger, vault

SIGNER, VERIFIER = ledger.generate_key("customers.example", seed=bytes(31) + b"\3")
NOW = "2024-08-01"


@pytest.fixture
def people():
    net = constellation.Network.open()
    for who in ("al", "jo"):
        net.put("customer", customer_id=who, kind="person", country="DE", recorded="2024-06-01")
    net.put(
        "consent",
        consent_id="1",
        customer_id="jo",
        purpose=4,
        basis="consent",
        state="granted",
        valid_from="2024-06-01",
        recorded="2024-06-01",
    )
    safe = vault.Vault(root_key=bytes(32), log=net, party="acme", signer=SIGNER)
    return customers.Customers(net, safe)


def test_fields_are_kept_read_and_found_for_a_purpose(people):
    people.put("jo", {"email": "Planted@Example.org", "birth_date": "1970-02-28"}, now=NOW)
    people.put("al", {"email": b"planted@example.org", "address_2": ""}, now=NOW)
    assert people.get("jo", "email", "marketing", NOW) == "Planted@Example.org"
    with pytest.raises(errors.DeniedError):
        people.get("jo", "email", "analytics", NOW)
    with pytest.raises(errors.DeniedError):
        people.get("al", "email", 4, NOW)
    assert people.find("email", " PLANTED@example.org", "marketing", NOW) == (["jo"], 1)
    assert people.find("email", "planted@example.org", "research", NOW) == ([], 2)
    with pytest.raises(errors.NotFoundError, match="similar: phone"):
        people.find("phon", "+431", "marketing", NOW)
    with pytest.raises(errors.InvalidArgumentError):
        people.find("city", "Berlin", "marketing", NOW)
    assert people.vault.find("customer.email", "email", "planted@example.org") == ["al", "jo"]


def test_personal_fields_go_into_the_vault_alone(people):
    assert set(customers.fields()) >= {"email", "phone", "postcode", "free_text"}
    for name in customers.fields():
        with pytest.raises(errors.NotSupportedError, match="vault"):
            people.network.put(
                "customer", customer_id="x", kind="person", recorded=NOW, **{name: "planted"}
            )
    with pytest.raises(errors.InvalidArgumentError) as refused:
        people.put("jo", {"birth_date": "planted"}, now=NOW)
    assert "planted" not in str(refused.value)
    with pytest.raises(errors.NotFoundError):
        people.put("nobody", {"city": "Berlin"}, now=NOW)


def test_erased_customer_is_an_id(people):
    people.put("jo", {"email": "planted@example.org"}, now=NOW)
    proof = people.erase("jo", "asked", now=NOW)
    entry = ledger.parse_proof(proof).extra
    assert ledger.verify_proof(proof, entry, [VERIFIER]).index == 0
    assert people.erase("jo", "again", now=NOW) == proof
    with people.network.snapshot() as snapshot:
        left = snapshot.get("customer", "jo")
    assert set(left) == {"customer_id", "kind", "recorded"}
    with pytest.raises(errors.ErasedError):
        people.get("jo", "email", "marketing", NOW)
    assert people.find("email", "planted@example.org", "marketing", NOW) == ([], 0)


def test_legal_hold_of_the_record_defers(people):
    record = {"customer_id": "jo", "kind": "person", "legal_hold": True}
    people.network.put("customer", recorded="2024-07-01", **record)
    people.put("jo", {"city": "Berlin"}, now=NOW)
    with pytest.raises(errors.StateError):
        people.erase("jo", "asked", now=NOW)
    assert people.vault.state("jo") == {"held", "deferred"}
    assert people.get("jo", "city", "marketing", NOW) == "Berlin"


def test_owner_tells_records_apart(people):
    people.network.put("partner", partner_id="acme", recorded="2024-06-01")
    other = customers.Customers(people.network, people.vault, owner="acme")
    with pytest.raises(errors.NotFoundError):
        other.put("jo", {"city": "Berlin"}, now=NOW)
    people.network.put(
        "customer", customer_id="jo", owner="acme", kind="person", recorded="2024-06-01"
    )
    other.put("jo", {"city": "Berlin"}, now=NOW)
    with pytest.raises(errors.DeniedError):  # the consent is that of the network's own record
        other.get("jo", "city", "marketing", NOW)
