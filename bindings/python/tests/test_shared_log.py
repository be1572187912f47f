"""Logs of a network, logs in storage and exports of tiles, audited by what the formats say and hashlib alone."""

import base64
import hashlib
import json
import random

import pytest

import constellation
from constellation import ledger
from constellation.negotiations import PartyKeys
from constellation.shared_log import settled
from constellation.vault import Vault, commitment

SIGNER, VERIFIER = ledger.generate_key("log.example", seed=bytes(31) + b"\1")


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes):
    """RFC 6962, 2.1, of leaf hashes."""
    if not hashes:
        return hashlib.sha256().digest()
    while len(hashes) > 1:
        pairs = [node(*hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(hashes) - len(hashes) % 2 :]
    return hashes[0]


def tile_path(folder, level, number, width):
    """C2SP tlog-tiles: groups of three digits, x before all but the last, .p/W if it is not full."""
    name = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        name = f"x{number % 1000:03d}/{name}"
    return folder / "tile" / str(level) / (name if width == 256 else f"{name}.p/{width}")


def audit(folder):
    """The entries of an exported folder, every file of which is what its checkpoint says."""
    body = (folder / "checkpoint").read_text(encoding="utf-8").split("\n\n")[0].split("\n")
    size, root = int(body[1]), base64.b64decode(body[2])
    assert str(size) == body[1] and len(root) == 32
    entries = []
    for first in range(0, size, 256):
        width = min(256, size - first)
        data = tile_path(folder, "entries", first // 256, width).read_bytes()
        for _ in range(width):
            length = int.from_bytes(data[:2], "big")
            entries.append(data[2 : 2 + length])
            assert len(entries[-1]) == length
            data = data[2 + length :]
        assert data == b""
    hashes, level = [hashlib.sha256(b"\0" + entry).digest() for entry in entries], 0
    assert root_of(hashes) == root
    while hashes:
        for first in range(0, len(hashes), 256):
            part = hashes[first : first + 256]
            assert tile_path(folder, level, first // 256, len(part)).read_bytes() == b"".join(part)
        hashes = [root_of(hashes[i : i + 256]) for i in range(0, len(hashes) - len(hashes) % 256, 256)]
        level += 1
    return entries


def fill(net, first, count):
    with net.transaction() as changes:
        waiting = [changes.log("acme", "x-note", i, {"number": i}, "retail") for i in range(first, first + count)]
        assert waiting[0].index is None
    assert [entry.index for entry in waiting] == list(range(first, first + count))


def test_an_exported_folder_is_what_any_auditor_expects(tmp_path):
    with constellation.Network.open(tmp_path / "net") as net:
        for first, count in ((0, 1), (1, 2), (3, 253), (256, 1), (257, 400)):
            fill(net, first, count)
            log = net.log("acme", "retail")
            log.export_tiles(tmp_path / "tiles", log.checkpoint(SIGNER))
            assert audit(tmp_path / "tiles") == log.read()
    assert [json.loads(entry)["number"] for entry in log.read(650)] == list(range(650, 657))


def test_an_export_with_a_changed_byte_is_noticed(tmp_path):
    entries = [b"entry %d" % i for i in range(300)]
    log = ledger.Log("log.example")
    log.extend(entries)
    log.export_tiles(tmp_path, log.checkpoint(SIGNER), entries.__getitem__)
    assert audit(tmp_path) == entries
    for name in ("tile/0/000", "tile/1/000.p/1", "tile/entries/001.p/44"):
        data = bytearray((tmp_path / name).read_bytes())
        data[20] ^= 1
        (tmp_path / name).write_bytes(data)
        with pytest.raises(AssertionError):
            audit(tmp_path)
        data[20] ^= 1
        (tmp_path / name).write_bytes(data)
    with pytest.raises(constellation.CorruptError):
        longer = ledger.Log("log.example")
        longer.extend([*entries, b"more"])
        longer.export_tiles(tmp_path, longer.checkpoint(SIGNER), lambda index: b"less")
    with pytest.raises(KeyError):
        longer.export_tiles(tmp_path, longer.checkpoint(SIGNER), {}.__getitem__)
    forked = ledger.Log("log.example")
    forked.extend([b"forged"] * 301)
    with pytest.raises(constellation.SplitViewError):
        forked.export_tiles(tmp_path, forked.checkpoint(SIGNER), lambda index: b"forged")
    assert audit(tmp_path) == entries


def test_entries_are_committed_with_the_change_or_not_at_all():
    with constellation.Network.open() as net:
        changes = net.transaction()
        entry = changes.log("acme", "x-note", 5, {"a": [1, None, "é"]})
        changes.rollback()
        assert entry.index is None and len(net.log("acme")) == 0
        with net.transaction() as changes:
            changes.log("acme", "x-note", 5, {"a": [1, None, "é"]})
            changes.log("acme", "x-note", 4)
        log = net.log("acme")
        assert log.read() == [
            '{"a":[1,null,"é"],"at_us":5,"type":"x-note","version":1}'.encode(),
            b'{"at_us":4,"non_monotone":true,"type":"x-note","version":1}',
        ]
        assert log[-1] == log[1] and log.newest_us == 5
        assert net.log("nobody").newest_us is None
        proof = log.prove(1, log.checkpoint(SIGNER))
    assert ledger.verify_proof(proof, log[1], [VERIFIER]).index == 1
    assert ledger.parse_checkpoint(log.checkpoint(SIGNER).split("\n\n")[0] + "\n").origin == "acme"


def test_bad_entries_are_refused():
    with constellation.Network.open() as net, net.transaction() as changes:
        for party, kind, fields in (
            ("acme", "release_open", None),
            ("", "x-a", None),
            ("acme", "x-a", {"type": 1}),
        ):
            with pytest.raises(constellation.InvalidArgumentError):
                changes.log(party, kind, 1, fields)
        with pytest.raises(constellation.FormatError):
            changes.log("acme", "x-a", 1, {"a": 1.5})
        with pytest.raises(constellation.LimitError):
            changes.log("acme", "x-a", 1, {"a": "b" * 65535})
        log = net.log("acme")
        with pytest.raises(IndexError):
            log[0]
        with pytest.raises(constellation.InvalidArgumentError):
            log.read(0, 1)


class Shelf(ledger.LogStorage):
    def __init__(self):
        self.levels, self.entries, self.syncs, self.failing = {}, [], 0, None

    def fail(self):
        if self.failing:
            raise self.failing

    def read_tile(self, level, index, width):
        self.fail()
        return self.levels[level][index * 8192 : index * 8192 + width * 32]

    def append(self, batch):
        self.fail()
        assert batch.first == len(self.entries)
        self.entries += batch.entries
        for level, (first, hashes) in batch.hashes.items():
            assert first * 32 == len(self.levels.get(level, b""))
            self.levels[level] = self.levels.get(level, b"") + hashes
        self.size, self.range = batch.first + len(batch.entries), batch.range

    def sync(self):
        self.fail()
        self.syncs += 1


def test_a_log_in_storage_is_the_log_in_memory():
    shelf, memory = Shelf(), ledger.Log("log.example")
    for count in (1, 2, 300, 700):
        log = ledger.Log.open("log.example", shelf)
        batch = [b"entry %d" % (len(log) + i) for i in range(count)]
        assert log.extend(batch) == memory.extend(batch)
        assert log.root() == memory.root() and log.range() == memory.range() == shelf.range
    shelf.range = None
    log = ledger.Log.open("log.example", shelf)
    assert log.root() == memory.root() and len(shelf.entries) == len(log) == 1003
    for i in range(0, 1003, 37):
        assert log.prove_inclusion(i) == memory.prove_inclusion(i)
        assert log.prove_consistency(i + 1) == memory.prove_consistency(i + 1)
    assert log.checkpoint(SIGNER) == memory.checkpoint(SIGNER) and shelf.syncs == 1


def test_what_a_storage_raises_is_raised_by_the_call():
    shelf = Shelf()
    log = ledger.Log.open("log.example", shelf)
    log.extend([b"a", b"b", b"c"])
    shelf.failing = ZeroDivisionError("on purpose")
    for call in (lambda: log.append(b"d"), lambda: log.prove_inclusion(0), log.sync, lambda: log.checkpoint(SIGNER)):
        with pytest.raises(ZeroDivisionError):
            call()
    shelf.range = None
    with pytest.raises(ZeroDivisionError):
        ledger.Log.open("log.example", shelf)
    shelf.failing = None
    assert len(log) == 3 and log.append(b"d") == 3
    log.sync()


def test_a_checkpoint_is_settled_when_enough_parties_have_signed():
    log, book = ledger.Log("log.example"), PartyKeys()
    log.extend([b"a", b"b"])
    text, parties = log.checkpoint(SIGNER), ["w0", "w1", "w2"]
    for i, party in enumerate(parties):
        signer, verifier = ledger.generate_key(f"{party}.example", "witness", seed=bytes([i]) * 32)
        book.add(party, verifier, "witness")
        with pytest.raises(constellation.UnverifiedError):
            settled(text, book, parties, i + 1, 100_000_000)
        text += ledger.cosign(text, [VERIFIER], signer, 90 + i)
        assert settled(text, book, parties, i + 1, 100_000_000) == i + 1
    assert settled(text, book, ["w1"], 1, 100_000_000) == 1
    with pytest.raises(constellation.UnverifiedError):
        settled(text, book, parties, 3, 91_000_000)
    assert settled(text, book, parties, 3, 91_000_000, ahead_us=1_000_000) == 3
    with pytest.raises(constellation.UnverifiedError):
        settled(text, book, parties, 3, 100_000_000, max_age_us=9_000_000)
    for least in (0, 4):
        with pytest.raises(constellation.InvalidArgumentError):
            settled(text, book, parties, least, 100_000_000)


def traces(value):
    """What must not be found of a value: itself, and its plain digest as bytes, in hexadecimal and in base64."""
    digest = hashlib.sha256(value).digest()
    return [value, digest, digest.hex().encode(), base64.b64encode(digest)]


def found_in(haystack, needles):
    return [needle for needle in needles if needle in haystack]


def all_bytes(folder):
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("seed", range(3))
def test_no_planted_value_is_in_logs_proofs_and_exports(tmp_path, seed):
    dice = random.Random(seed)
    network, tiles = tmp_path / "net", tmp_path / "tiles"
    planted = {f"person {i}": f"{dice.getrandbits(64):x}@{dice.choice(['a', 'b'])}.example".encode() for i in range(40)}
    with constellation.Network.open(network) as net:
        safe = Vault(tmp_path / "vault", root_key=bytes(32), log=net, party="acme", signer=SIGNER)
        with net.transaction() as changes:
            for subject, value in planted.items():
                safe.put(subject, "customer.email", value, now=0)
                made = safe.commit(subject, "customer.email", value, now=0)
                changes.log("acme", "x-shown", 1, {"path": "customer.email", "commitment": made.hex()}, "retail")
        salts = {subject: safe.salt(subject, "customer.email") for subject in planted}
        erased = dice.sample(sorted(planted), 10)
        proofs = [safe.erase(subject, "asked by the person", now=2) for subject in erased]
        shared, own = net.log("acme", "retail"), net.log("acme")
        assert len(shared) == 40 and len(own) >= 10
        signed = shared.checkpoint(SIGNER)
        proofs += [shared.prove(i, signed) for i in range(len(shared))]
        shared.export_tiles(tiles, signed)
        own.export_tiles(tmp_path / "own", own.checkpoint(SIGNER))
        entries = shared.read() + own.read()
        net.checkpoint()
        safe.close()
    written = b"\0".join([all_bytes(network), all_bytes(tiles), all_bytes(tmp_path / "own"), *entries])
    written += "\0".join(proofs).encode()
    for value in planted.values():
        assert found_in(written, traces(value)) == []
    # The salts of who was erased are nowhere at all; commitments still verify for whoever kept the salt of another.
    everything = all_bytes(tmp_path)
    for subject in erased:
        assert found_in(everything, [salts[subject], salts[subject].hex().encode(), planted[subject]]) == []
    number = next(i for i, subject in enumerate(planted) if subject not in erased)
    subject = list(planted)[number]
    wanted = commitment(salts[subject], "customer.email", planted[subject]).hex()
    assert json.loads(entries[number])["commitment"] == wanted
    # What is searched for is found where it is.
    digest = hashlib.sha256(planted[subject]).hexdigest()
    assert found_in(written + digest.encode(), traces(planted[subject])) == [digest.encode()]
