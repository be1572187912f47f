#!/usr/bin/env python3
"""Inputs of fuzz targets out of the outside vectors that lie beside the checkout, for the stage fuzz: notes, checkpoints,
proofs, JSON, terms, policies of ODRL, documents of EPCIS and messages of private set intersection.

usage: vector_seeds.py VECTORS FOLDER     (writes FOLDER/TARGET/NAME; VECTORS is the folder of vectors)

A file that holds many inputs becomes one file an input, with the bytes before it by which the target chooses. Nothing of
this is kept in the tree: tests/fuzz/seeds is our own (make_seeds.py). Standard library only.
"""
import base64
import json
import pathlib
import struct
import sys

#: first bytes of fuzz_event_json, fuzz_event_proof and fuzz_constraint
EPCIS, EPCIS_TO_DCSA = 0, 2
HASH, LINK, COMMIT = 0, 1, 2
CONSTRAINT, POLICY = 0, 1
#: the longest input that the fuzzer makes: longer documents are written without their white space
SHORT = 4096


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def compact(value):
    """As RFC 8785 has it where there are neither fractions nor letters beyond ASCII in names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def document(path):
    text = path.read_bytes()
    return text if len(text) < SHORT else compact(json.loads(text))


def notes(vectors):
    found = load(vectors / "signed_note/notes.json")
    for kind in ("open", "sign"):
        for one in found[kind]:
            if one.get("note_hex"):
                yield bytes.fromhex(one["note_hex"])
    yield bytes.fromhex(load(vectors / "signed_note/checkpoints.json")["signed"]["note_hex"])


def note(vectors):
    yield from notes(vectors)
    cosigned = load(vectors / "signed_note/checkpoints.json")["cosignature"]
    for line in cosigned["lines"]:
        yield f"{cosigned['checkpoint_body']}\n{line['line']}\n".encode()


def checkpoint(vectors):
    found = load(vectors / "signed_note/checkpoints.json")
    for one in found["bodies"]:
        yield one["body"].encode()
    yield found["cosignature"]["checkpoint_body"].encode()
    yield from notes(vectors)


def log_proof(vectors):
    found = load(vectors / "signed_note/tlog_proofs.json")
    for one in found["format"] + found["refuse"]:
        long = one.get("text_prefix", "") + one.get("repeat", "") * one.get("times", 0) + one.get("text_suffix", "")
        yield one.get("text", long).encode()
    for name, index, size in (("inclusion", "leafIdx", "treeSize"), ("consistency", "size1", "size2")):
        for one in load(vectors / f"merkle/{name}.json"):
            yield struct.pack("<HH", one[index] & 0xFFFF, one[size] & 0xFFFF) + b"".join(
                map(base64.b64decode, one["proof"]))


def documents(vectors):
    for folder in ("epcis_documents/valid", "epcis_documents/invalid", "epcis_hash/events", "epcis_hash/documents"):
        for path in sorted((vectors / folder).iterdir()):
            yield document(path)


def event_json(vectors):
    for text in documents(vectors):
        yield bytes([EPCIS]) + text
        yield bytes([EPCIS_TO_DCSA]) + text


def event_proof(vectors):
    for text in documents(vectors):
        yield bytes([HASH]) + text
        yield bytes([COMMIT]) + text
    for one in load(vectors / "epcis_hash/gs1_uri_normalisation.json"):
        yield bytes([LINK]) + one["input"].encode()


def policies(vectors):
    for one in load(vectors / "odrl_pairs/pairs.json"):
        yield from one["policies"]
    for path in sorted((vectors / "odrl_decisions/cases").iterdir()):
        yield load(path)["policy"]
    for path in sorted((vectors / "catenax/samples").iterdir()):
        yield load(path)


def condition(theirs):
    """Our JSON of a constraint of ODRL: the types of its values stay theirs where we have no such word."""
    for kind in ("and", "or", "xone"):
        if kind in theirs:
            return {kind: [condition(one) for one in theirs[kind]]}
    if "operator" not in theirs:
        return theirs
    value, operand = theirs.get("rightOperand"), theirs.get("leftOperand")
    if operand == "dateTime" and "us" in value:
        return {"operand": "now", "operator": theirs["operator"], "type": "instant", "value": value["us"]}
    if isinstance(value, dict):
        return {"operand": operand, "operator": theirs["operator"], "type": value.get("type"), "value": value.get("value")}
    return {"operand": operand, "operator": theirs["operator"], "type": "id", "value": value}


def rules(vectors):
    """Whether a rule prohibits, and its condition in our JSON or None."""
    for policy in policies(vectors):
        for kind in ("permission", "prohibition"):
            for rule in policy.get(kind, []):
                given = rule.get("constraint", []) if isinstance(rule, dict) else []
                if isinstance(given, list) and all(isinstance(one, dict) for one in given):
                    yield kind == "prohibition", {"and": [condition(one) for one in given]} if given else None


def json_texts(vectors):
    for folder in ("input", "output"):
        for path in sorted((vectors / "jcs" / folder).iterdir()):
            yield path.read_bytes()


def constraint(vectors):
    for policy in policies(vectors):
        yield bytes([POLICY]) + compact(policy)
    for _, of_rule in rules(vectors):
        if of_rule:
            yield bytes([CONSTRAINT]) + compact(of_rule)
    for text in json_texts(vectors):
        yield bytes([CONSTRAINT]) + text


def term(vectors):
    for prohibits, of_rule in rules(vectors):
        made = {"actions": ["read"], "consideration": [{"kind": "explicit_none"}], "constellation": "c",
                "effect": "prohibit" if prohibits else "permit", "fields": ["order.qty"], "granularity": {"level": "raw"},
                "provider": "a", "purpose": "planning", "recipient": "b"}
        yield compact(made | ({"constraint": of_rule} if of_rule else {}))
    yield from json_texts(vectors)


def psi(vectors):
    """Requests and replies of sixteen elements in ascending order: those of RFC 9497 among others, and one of them alone."""
    found = load(vectors / "oprf/rfc9497_ristretto255_mode0.json")["vectors"]
    elements = [bytes.fromhex(one[name]) for one in found for name in ("BlindedElement", "EvaluationElement")]
    others = [bytes([2 * n]) + bytes(31) for n in range(1, 16)]
    of_run = bytes(20) + b"\1" + bytes(31)  # its number, the agreement
    for chosen in [elements, *([one] for one in elements)]:
        asked = b"".join(sorted(chosen + others[:16 - len(chosen)]))
        for mode in (1, 2):
            yield (bytes([0]) + b"CSTNPSI1" + bytes([1, mode, 1, 0]) + of_run + b"\4" + bytes(7) + b"gtin" + bytes(60)
                   + asked)
            proof = bytes(32 + 64) if mode == 1 else b""  # the public key and a proof
            yield (bytes([1 | 2 * (mode - 1)]) + b"CSTNPSI1" + bytes([2, mode, 1, 0]) + of_run + b"\4\4" + bytes(6)
                   + b"gtin" + bytes(60) + asked + proof + b"".join(bytes([n]) + bytes(15) for n in range(16)))


TARGETS = (note, checkpoint, log_proof, event_json, event_proof, constraint, term, psi)


def write(name, vectors, folder):
    """Write the inputs of a target into an empty folder; how many there are, None for a target of no vectors."""
    target = next((target for target in TARGETS if target.__name__ == name), None)
    if not target:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    inputs = sorted(set(target(vectors)))
    for i, text in enumerate(inputs):
        (folder / f"{i:03}").write_bytes(text)
    return len(inputs)


def main():
    vectors, folder = map(pathlib.Path, sys.argv[1:])
    for target in TARGETS:
        print(f"{target.__name__}: {write(target.__name__, vectors, folder / target.__name__)}")


if __name__ == "__main__":
    main()
