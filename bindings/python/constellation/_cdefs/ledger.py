"""What ledger.h declares."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .status import ERROR

CSTN_MERKLE_HASH_SIZE = 32
CSTN_LOG_ENTRY_MOST = 65535
CSTN_LOG_TILE_HASHES = 256
CSTN_NOTE_MOST = 1000000
CSTN_NOTE_SIGNATURES_MOST = 100
CSTN_NOTE_NAME_MOST = 255
CSTN_NOTE_KEY_SIGN = 1
CSTN_NOTE_KEY_WITNESS = 4

#: of cstn_witness_options
WITNESS_STORE: Any = CFUNCTYPE(c_int32, c_void_p, c_char_p, c_size_t, c_uint64, P(c_uint8))


class cstn_note(Structure):
    """Opaque."""


class cstn_checkpoint(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved0", c_uint32),
        ("size", c_uint64),
        ("origin", c_char_p),
        ("origin_len", c_size_t),
        ("extension", c_char_p),
        ("extension_len", c_size_t),
        ("root", c_uint8 * 32),
    ]


class cstn_witness_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("last_size", c_uint64),
        ("last_root", P(c_uint8)),
        ("proof", P(c_uint8)),
        ("n_proof", c_size_t),
        ("user", c_void_p),
        ("store", WITNESS_STORE),
    ]


class cstn_proof(Structure):
    """Opaque."""


class cstn_proof_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("origin", c_char_p),
        ("verifiers", P(c_char_p)),
        ("n_verifiers", c_size_t),
        ("witnesses", P(c_char_p)),
        ("n_witnesses", c_size_t),
        ("witnesses_least", c_size_t),
        ("from_s", c_int64),
        ("until_s", c_int64),
        ("allocator", ALLOCATOR),
    ]


class cstn_log(Structure):
    """Opaque."""


class cstn_log_level(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("first", c_uint64),
        ("count", c_uint64),
        ("hashes", P(c_uint8)),
    ]


class cstn_log_batch(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("n_levels", c_uint32),
        ("first", c_uint64),
        ("count", c_uint64),
        ("entries", P(c_uint8)),
        ("ends", P(c_uint64)),
        ("levels", P(cstn_log_level)),
        ("range", P(c_uint8)),
        ("n_range", c_size_t),
    ]


#: of cstn_log_storage
LOG_READ_TILE: Any = CFUNCTYPE(c_int32, c_void_p, c_uint32, c_uint64, c_uint32, P(c_uint8))
LOG_APPEND: Any = CFUNCTYPE(c_int32, c_void_p, P(cstn_log_batch))
LOG_SYNC: Any = CFUNCTYPE(c_int32, c_void_p)


class cstn_log_storage(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("user", c_void_p),
        ("size", c_uint64),
        ("range", P(c_uint8)),
        ("n_range", c_size_t),
        ("read_tile", LOG_READ_TILE),
        ("append", LOG_APPEND),
        ("sync", LOG_SYNC),
    ]


DECLARED: Functions = {
    "cstn_merkle_hash_entry": (c_int32, (c_void_p, c_size_t, P(c_uint8), ERROR)),
    "cstn_merkle_hash_children": (c_int32, (P(c_uint8), P(c_uint8), P(c_uint8), ERROR)),
    "cstn_merkle_verify_inclusion": (
        c_int32,
        (c_uint64, c_uint64, P(c_uint8), P(c_uint8), c_size_t, P(c_uint8), ERROR),
    ),
    "cstn_merkle_verify_consistency": (
        c_int32,
        (c_uint64, c_uint64, P(c_uint8), P(c_uint8), P(c_uint8), c_size_t, ERROR),
    ),
    "cstn_note_key_new": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            c_int32,
            P(c_uint8),
            ALLOCATOR,
            P(P(cstn_buffer)),
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_note_key_verifier": (c_int32, (c_char_p, ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_note_key_check": (c_int32, (c_char_p, P(c_int32), ERROR)),
    "cstn_note_sign": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            P(c_char_p),
            c_size_t,
            ALLOCATOR,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_note_open": (
        c_int32,
        (c_char_p, c_size_t, P(c_char_p), c_size_t, ALLOCATOR, P(P(cstn_note)), ERROR),
    ),
    "cstn_note_text": (c_char_p, (P(cstn_note), P(c_size_t))),
    "cstn_note_count": (c_size_t, (P(cstn_note),)),
    "cstn_note_verified_count": (c_size_t, (P(cstn_note),)),
    "cstn_note_name": (c_char_p, (P(cstn_note), c_size_t)),
    "cstn_note_key_id": (c_uint32, (P(cstn_note), c_size_t)),
    "cstn_note_time_s": (c_int64, (P(cstn_note), c_size_t)),
    "cstn_note_free": (None, (P(cstn_note),)),
    "cstn_checkpoint_format": (
        c_int32,
        (c_char_p, c_size_t, c_uint64, P(c_uint8), ALLOCATOR, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_checkpoint_parse": (c_int32, (c_char_p, c_size_t, P(cstn_checkpoint), ERROR)),
    "cstn_witness_cosign": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            P(c_char_p),
            c_size_t,
            c_char_p,
            c_int64,
            P(cstn_witness_options),
            ALLOCATOR,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_witness_count": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            P(c_char_p),
            c_size_t,
            c_int64,
            c_int64,
            ALLOCATOR,
            P(c_size_t),
            ERROR,
        ),
    ),
    "cstn_proof_format": (
        c_int32,
        (
            c_uint64,
            P(c_uint8),
            c_size_t,
            P(c_uint8),
            c_size_t,
            c_char_p,
            c_size_t,
            ALLOCATOR,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_proof_parse": (c_int32, (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_proof)), ERROR)),
    "cstn_proof_index": (c_uint64, (P(cstn_proof),)),
    "cstn_proof_hashes": (P(c_uint8), (P(cstn_proof), P(c_size_t))),
    "cstn_proof_extra": (P(c_uint8), (P(cstn_proof), P(c_size_t))),
    "cstn_proof_checkpoint": (c_char_p, (P(cstn_proof), P(c_size_t))),
    "cstn_proof_free": (None, (P(cstn_proof),)),
    "cstn_proof_verify": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            c_void_p,
            c_size_t,
            P(cstn_proof_options),
            P(c_uint64),
            P(c_uint64),
            ERROR,
        ),
    ),
    "cstn_log_new": (c_int32, (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_log)), ERROR)),
    "cstn_log_open": (
        c_int32,
        (c_char_p, c_size_t, P(cstn_log_storage), ALLOCATOR, P(P(cstn_log)), ERROR),
    ),
    "cstn_log_range": (c_int32, (P(cstn_log), P(P(cstn_buffer)), ERROR)),
    "cstn_log_sync": (c_int32, (P(cstn_log), ERROR)),
    "cstn_log_free": (None, (P(cstn_log),)),
    "cstn_log_append": (c_int32, (P(cstn_log), c_void_p, c_size_t, P(c_uint64), ERROR)),
    "cstn_log_append_batch": (
        c_int32,
        (P(cstn_log), c_void_p, P(c_uint64), c_size_t, P(c_uint64), ERROR),
    ),
    "cstn_log_size": (c_uint64, (P(cstn_log),)),
    "cstn_log_root": (c_int32, (P(cstn_log), c_uint64, P(c_uint8), ERROR)),
    "cstn_log_checkpoint": (
        c_int32,
        (P(cstn_log), P(c_char_p), c_size_t, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_log_prove_inclusion": (
        c_int32,
        (P(cstn_log), c_uint64, c_uint64, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_log_prove_consistency": (
        c_int32,
        (P(cstn_log), c_uint64, c_uint64, P(P(cstn_buffer)), ERROR),
    ),
}
