"""Vaults from Python: what is read, found, proved and erased; consent."""

import hashlib

import pytest

import constellation
from constellation import errors, ledger, vault

SIGNER, VERIFIER = ledger.generate_key("vault.example", seed=bytes(31) + b"\2")
KEY = bytes(range(32))


def opened(path=None, **options):
    log = ledger.Log("vault.example/log")
    options = {"root_key": KEY, "log": log, "signer": SIGNER, "actor": "desk", **options}
    return vault.Vault(path, **options), log


def test_values_live_in_the_folder_and_no_file_holds_them(tmp_path):
    with opened(tmp_path / "v")[0] as safe:
        safe.put_many(
            [
                vault.Cell("jo", "customer.email", "planted@example.org", form="email"),
                vault.Cell("jo", "customer.name", "Jo Planted", category="identity"),
                vault.Cell("jo", "customer.note", b"\0\xff", category=1000),
            ],
            now="2024-05-01",
        )
    for file in (tmp_path / "v").iterdir():
        assert b"lanted" not in file.read_bytes()
    with opened(tmp_path / "v", mode="exist")[0] as safe:
        assert safe.get("jo", "customer.note") == b"\0\xff"
        assert safe.find("customer.email", "email", " PLANTED@example.org") == ["jo"]
        with pytest.raises(errors.NotFoundError):
            safe.get("jo", "customer.phone")
    with pytest.raises(errors.MismatchError):
        opened(tmp_path / "v", root_key=bytes(32))


def test_root_keys_come_from_a_call_and_its_failure_is_the_openings():
    with opened(root_key=lambda: KEY)[0] as safe:
        safe.put("a", "b.c", "d", now=0)

    def refuse():
        raise RuntimeError("the safe is shut")

    with pytest.raises(RuntimeError, match="the safe is shut"):
        opened(root_key=refuse)
    with pytest.raises(errors.InvalidArgumentError):
        opened(root_key=b"short")
    with opened(root_key=None, passphrase="a phrase", argon2=(1, 8192))[0] as safe:
        safe.put("a", "b.c", "d", now=0)


def test_erasure_ends_reads_and_is_proved(tmp_path):
    safe, log = opened(tmp_path / "v")
    sealed = safe.seal(vault.Cell("jo", "event.note", "secret", record="e1"), now=0)
    assert safe.unseal(sealed, "e1", "event.note") == b"secret"
    with pytest.raises(errors.CorruptError):
        safe.unseal(sealed, "e2", "event.note")
    made = safe.commit("jo", "order.price", "1250", now=0)
    salt = safe.salt("jo", "order.price")
    assert made == vault.commitment(salt, "order.price", "1250")
    assert made == hashlib.sha256(salt + b"\0\x0border.price1250").digest()
    safe.hold("jo", "case 7", now=1)
    with pytest.raises(errors.StateError):
        safe.erase("jo", "asked", now=2)
    assert safe.state("jo") == {"held", "deferred"}
    assert safe.lift("jo", "case 7 ended", now=3) is True
    proof = safe.erase("jo", "asked", now=4)
    entry = ledger.parse_proof(proof).extra
    assert ledger.verify_proof(proof, entry, [VERIFIER]).index == 3
    assert safe.pseudonym("", "jo").hex().encode() in entry and b'"erased"' in entry
    assert ledger.parse_proof(safe.erase("jo", "again", now=5)).extra == entry
    for read in (
        lambda: safe.get("jo", "event.note"),
        lambda: safe.unseal(sealed, "e1", "event.note"),
        lambda: safe.salt("jo", "order.price"),
    ):
        with pytest.raises(errors.ErasedError):
            read()
    assert safe.state("jo") == {"erased", "logged"}
    assert salt not in b"".join(file.read_bytes() for file in (tmp_path / "v").iterdir())
    assert safe.purge() == 0
    assert len(log) == 4
    safe.close()
    with pytest.raises(errors.ClosedError):
        safe.get("jo", "a.b")


def test_keys_are_restored_but_not_those_of_the_erased(tmp_path):
    safe, _ = opened(tmp_path / "v")
    for who in ("jo", "al"):
        safe.put(who, "a.b", who, now=0)
    keys = safe.backup_keys(7, bytes(32))
    safe.erase("jo", "asked", now=1)
    safe.backup(tmp_path / "copy")
    with opened(tmp_path / "copy")[0] as copy:
        with pytest.raises(errors.MissingError):
            copy.get("al", "a.b")
        with pytest.raises(errors.MismatchError):
            copy.restore_keys(keys, 8, bytes(32), now=2)
        assert copy.restore_keys(keys, 7, bytes(32), now=2) == (1, 0, 1, 0)
        assert copy.get("al", "a.b") == b"al"
        with pytest.raises(errors.ErasedError):
            copy.get("jo", "a.b")


def test_consent_answers_at_an_instant_and_reading_needs_it():
    net = constellation.Network.open()
    net.put("customer", customer_id="jo", kind="person", recorded="2024-01-01")
    net.put(
        "consent",
        consent_id="1",
        customer_id="jo",
        purpose=4,
        basis="consent",
        state="granted",
        valid_from="2024-02-01",
        valid_until="2024-03-01",
        recorded="2024-02-01",
    )
    safe, _ = opened(log=net, party="acme")
    safe.put("jo", "customer.phone", "+431", now=0)
    snapshot = net.snapshot()
    found = vault.consent(snapshot, "jo", "marketing", "2024-02-15")
    assert found.granted and found.on_record and found.valid_until_us is not None
    assert not vault.consent(snapshot, "jo", "analytics", "2024-02-15").on_record
    read = (snapshot, "jo", "customer.phone", "marketing")
    assert safe.get_consented(*read, "2024-02-15") == b"+431"
    with pytest.raises(errors.DeniedError):
        safe.get_consented(*read, "2024-03-01")
    proof = safe.erase("jo", "asked", now="2024-04-01")
    entry = ledger.parse_proof(proof).extra
    assert ledger.verify_proof(proof, entry, [VERIFIER]).index == 0
    assert net.log("acme").read() == [entry]
    with pytest.raises(errors.ErasedError):
        safe.get_consented(*read, "2024-03-01")
