"""Merkle trees of RFC 6962 and RFC 9162: hashes of entries, and proofs of where they are."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from typing import Any, List, Union

from . import _cdefs as c
from ._native import blob, bytes_pointer, call, exact, lib, unsigned

HASH = c.CSTN_MERKLE_HASH_SIZE

Entry = Union[bytes, bytearray, memoryview, str]


def hash_of(value: Any, what: str) -> bytes:
    """A hash of 32 bytes."""
    return exact(value, HASH, what)


def joined_hashes(values: "Iterable[bytes]") -> bytes:
    """Hashes one behind the other, as C takes them."""
    return b"".join(hash_of(value, f"hash {i}") for i, value in enumerate(values))


def split_hashes(data: bytes) -> List[bytes]:
    """The same hashes one by one."""
    return [data[i : i + HASH] for i in range(0, len(data), HASH)]


def hash_entry(entry: Entry) -> bytes:
    """The leaf hash of an entry: SHA-256 of a byte 0 and the entry (at most 65,535 bytes).

    Examples
    --------
    >>> hash_entry(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    data = blob(entry, "entry")
    hash_ = (ctypes.c_uint8 * HASH)()
    call(lib.cstn_merkle_hash_entry, data, len(data), hash_)
    return bytes(hash_)


def hash_children(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256 of a byte 1 and the hashes of its children."""
    hash_ = (ctypes.c_uint8 * HASH)()
    call(
        lib.cstn_merkle_hash_children,
        bytes_pointer(hash_of(left, "left")),
        bytes_pointer(hash_of(right, "right")),
        hash_,
    )
    return bytes(hash_)


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: "Sequence[bytes]", root: bytes
) -> None:
    """Check that a leaf hash is below a root (RFC 9162, 2.1.3.2).

    Raises
    ------
    ProofError
        If the proof does not lead to the root, or has too few or too many hashes.
    InvalidArgumentError
        If the index is not below the size, or a hash does not have 32 bytes.
    """
    hashes = joined_hashes(proof)
    call(
        lib.cstn_merkle_verify_inclusion,
        unsigned(index, 64, "index"),
        unsigned(size, 64, "size"),
        bytes_pointer(hash_of(leaf, "leaf")),
        bytes_pointer(hashes),
        len(hashes) // HASH,
        bytes_pointer(hash_of(root, "root")),
    )


def verify_consistency(
    size1: int, size2: int, root1: bytes, root2: bytes, proof: "Sequence[bytes]"
) -> None:
    """Check that the tree of ``size1`` entries is the beginning of that of ``size2``
    (RFC 9162, 2.1.4.2).

    Raises
    ------
    ProofError
        If it is not, by this proof.
    InvalidArgumentError
        Unless 1 <= size1 <= size2 and all hashes have 32 bytes.
    """
    hashes = joined_hashes(proof)
    call(
        lib.cstn_merkle_verify_consistency,
        unsigned(size1, 64, "size1"),
        unsigned(size2, 64, "size2"),
        bytes_pointer(hash_of(root1, "root1")),
        bytes_pointer(hash_of(root2, "root2")),
        bytes_pointer(hashes),
        len(hashes) // HASH,
    )
