"""Logs, notes, checkpoints, witnesses and proofs from Python."""

import hashlib

import pytest

import constellation
from constellation import ledger

SIGNER, VERIFIER = ledger.generate_key("log.example", seed=bytes(31) + b"\1")
WITNESS, WITNESS_KEY = ledger.generate_key("witness.example", "witness", seed=bytes(31) + b"\2")


def reference_root(entries):
    """The definition of RFC 6962, 2.1."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    half = 1
    while 2 * half < len(entries):
        half *= 2
    left, right = reference_root(entries[:half]), reference_root(entries[half:])
    return hashlib.sha256(b"\1" + left + right).digest()


def entries_of(n):
    return [f"entry {i}".encode() for i in range(n)]


def filled(n):
    log = ledger.Log("log.example/a")
    log.extend(entries_of(n))
    return log


def test_roots_are_those_of_the_definition():
    log = filled(70)
    for n in range(71):
        assert log.root(n) == reference_root(entries_of(n))
    assert len(log) == 70


def test_proofs_of_a_log_verify_and_of_another_do_not():
    log = filled(37)
    for i, entry in enumerate(entries_of(37)):
        ledger.verify_inclusion(i, 37, ledger.hash_entry(entry), log.prove_inclusion(i), log.root())
        with pytest.raises(constellation.ProofError):
            ledger.verify_inclusion(
                i, 37, ledger.hash_entry(b"x"), log.prove_inclusion(i), log.root()
            )
        before = log.prove_consistency(i + 1)
        ledger.verify_consistency(i + 1, 37, log.root(i + 1), log.root(), before)
        with pytest.raises(constellation.ProofError):
            ledger.verify_consistency(i + 1, 37, bytes(32), log.root(), before)


def test_single_entries_and_batches_give_one_tree():
    one = ledger.Log("log.example/a")
    assert [one.append(entry) for entry in entries_of(20)] == list(range(20))
    assert one.root() == filled(20).root()
    assert one.extend([]) == 20
    assert one.append("text") == 20
    assert one.prove_inclusion(20)[-1] == one.root(16)


def test_a_proof_names_its_log_and_witnesses():
    log = filled(9)
    seen = []
    checkpoint = log.checkpoint(SIGNER)
    line = ledger.cosign(checkpoint, [VERIFIER], WITNESS, 1000, store=seen.append)
    assert seen == [ledger.Checkpoint("log.example/a", 9, log.root())]
    proof = log.prove(4, checkpoint + line, extra=b"for you")
    read = ledger.parse_proof(proof)
    assert (read.index, read.extra, read.checkpoint) == (4, b"for you", checkpoint + line)
    assert list(read.hashes) == log.prove_inclusion(4)
    believed = dict(witnesses=[WITNESS_KEY], witnesses_least=1, origin="log.example/a")
    found = ledger.verify_proof(proof, b"entry 4", [VERIFIER], **believed)
    assert (found.index, found.size) == (4, 9)
    with pytest.raises(constellation.ProofError):
        ledger.verify_proof(proof, b"entry 5", [VERIFIER], **believed)
    with pytest.raises(constellation.UnverifiedError, match="0 of 1 witnesses"):
        ledger.verify_proof(proof, b"entry 4", [VERIFIER], **believed, from_s=1001)
    with pytest.raises(constellation.UnverifiedError, match="not 'other'"):
        ledger.verify_proof(proof, b"entry 4", [VERIFIER], origin="other")
    assert ledger.count_witnesses(checkpoint, [WITNESS_KEY]) == 0
    assert ledger.count_witnesses(checkpoint + line, [WITNESS_KEY]) == 1
    assert ledger.count_witnesses(checkpoint + line, [WITNESS_KEY], 0, 1000) == 0
    signature = ledger.open_note(checkpoint + line, [WITNESS_KEY]).signatures[0]
    assert (signature.name, signature.verified, signature.time_s) == ("witness.example", True, 1000)


def test_a_witness_refuses_a_second_view():
    log, other = filled(5), filled(4)
    last = ledger.Checkpoint("log.example/a", 5, log.root())
    with pytest.raises(constellation.SplitViewError, match="it had 5"):
        ledger.cosign(other.checkpoint(SIGNER), [VERIFIER], WITNESS, 1, last=last)
    other.append(b"another")
    with pytest.raises(constellation.SplitViewError, match="two roots"):
        ledger.cosign(other.checkpoint(SIGNER), [VERIFIER], WITNESS, 1, last=last)
    log.append(b"more")
    grown = log.checkpoint(SIGNER)
    with pytest.raises(constellation.ProofError):
        ledger.cosign(grown, [VERIFIER], WITNESS, 1, last=last)
    line = ledger.cosign(
        grown, [VERIFIER], WITNESS, 1, last=last, proof=log.prove_consistency(5)
    )
    assert line.startswith("\u2014 witness.example ")


def test_what_keeping_raises_is_raised_and_nothing_is_signed():
    class Full(Exception):
        pass

    def keep(_):
        raise Full("the disk")

    with pytest.raises(Full, match="the disk"):
        ledger.cosign(filled(1).checkpoint(SIGNER), [VERIFIER], WITNESS, 1, store=keep)


def test_a_changed_note_is_refused_and_an_unknown_signer_is_no_signer():
    note = ledger.sign_note("hello\n", SIGNER)
    assert ledger.open_note(note, [VERIFIER]).text == "hello\n"
    with pytest.raises(constellation.SignatureError):
        ledger.open_note(note.replace("hello", "hallo"), [VERIFIER])
    with pytest.raises(constellation.UnverifiedError):
        ledger.open_note(note, [])
    with pytest.raises(constellation.DuplicateError):
        ledger.open_note(note, [VERIFIER, VERIFIER])
    with pytest.raises(constellation.FormatError):
        ledger.open_note("hello\n", [VERIFIER])


def test_keys_say_what_they_are():
    assert ledger.verifier_of(SIGNER) == VERIFIER
    assert (ledger.key_kind(VERIFIER), ledger.key_kind(WITNESS_KEY)) == ("sign", "witness")
    assert ledger.generate_key("a")[0] != ledger.generate_key("a")[0]
    for bad in (SIGNER[:-1], VERIFIER, "", "a b"):
        with pytest.raises(constellation.FormatError) as raised:
            ledger.verifier_of(bad)
        assert SIGNER[-20:-2] not in str(raised.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ledger.hash_entry(3),
        lambda: ledger.hash_children(b"short", bytes(32)),
        lambda: ledger.verify_inclusion(0, 1, bytes(32), ["text"], bytes(32)),
        lambda: ledger.verify_inclusion(-1, 1, bytes(32), [], bytes(32)),
        lambda: ledger.verify_inclusion(1, 1, bytes(32), [], bytes(32)),
        lambda: ledger.verify_consistency(0, 1, bytes(32), bytes(32), []),
        lambda: ledger.generate_key("a", "other"),
        lambda: ledger.generate_key("a", seed=b"short"),
        lambda: ledger.generate_key("a b"),
        lambda: ledger.open_note("text", VERIFIER),
        lambda: ledger.Log("two\nlines"),
        lambda: ledger.Log("a").root(1),
        lambda: ledger.Log("a").prove_inclusion(0),
        lambda: ledger.verify_proof("text", b"", []),
        lambda: ledger.sign_note("a\n"),
    ],
)
def test_what_is_no_argument_is_refused(call):
    with pytest.raises(constellation.InvalidArgumentError):
        call()


def test_a_proof_of_no_known_form_is_refused_with_its_line():
    with pytest.raises(constellation.FormatError, match="line 1 of a proof"):
        ledger.parse_proof("nothing\n")
    with pytest.raises(constellation.FormatError, match="line 2 of a checkpoint"):
        ledger.parse_checkpoint("a\n01\n")
    with pytest.raises(constellation.LimitError):
        ledger.hash_entry(bytes(65536))
