"""What shared_log.h declares."""

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
from .ledger import cstn_log
from .network import cstn_network, cstn_transaction
from .party_keys import cstn_party_keys
from .status import ERROR


class cstn_shared_log(Structure):
    """Opaque."""


#: of cstn_tile_export_options
TILE_READ_ENTRY: Any = CFUNCTYPE(c_int32, c_void_p, c_uint64, P(P(c_uint8)), P(c_size_t))


class cstn_tile_export_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("user", c_void_p),
        ("read_entry", TILE_READ_ENTRY),
    ]


class cstn_settle_policy(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("keys", P(cstn_party_keys)),
        ("parties", P(c_char_p)),
        ("n_parties", c_size_t),
        ("least", c_size_t),
        ("max_age_us", c_int64),
        ("ahead_us", c_int64),
    ]


DECLARED: Functions = {
    "cstn_checkpoint_settled": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            P(cstn_settle_policy),
            c_int64,
            ALLOCATOR,
            P(c_size_t),
            ERROR,
        ),
    ),
    "cstn_transaction_log": (
        c_int32,
        (
            P(cstn_transaction),
            c_char_p,
            c_char_p,
            c_char_p,
            c_int64,
            c_char_p,
            c_size_t,
            P(c_uint64),
            ERROR,
        ),
    ),
    "cstn_shared_log_open": (
        c_int32,
        (P(cstn_network), c_char_p, c_char_p, c_char_p, P(P(cstn_shared_log)), ERROR),
    ),
    "cstn_shared_log_free": (None, (P(cstn_shared_log),)),
    "cstn_shared_log_tree": (P(cstn_log), (P(cstn_shared_log),)),
    "cstn_shared_log_newest_us": (c_int64, (P(cstn_shared_log),)),
    "cstn_shared_log_read": (
        c_int32,
        (P(cstn_shared_log), c_uint64, c_size_t, P(c_uint64), P(P(cstn_buffer)), ERROR),
    ),
    "cstn_log_export_tiles": (
        c_int32,
        (P(cstn_log), c_char_p, c_char_p, c_size_t, P(cstn_tile_export_options), ERROR),
    ),
    "cstn_shared_log_export_tiles": (
        c_int32,
        (P(cstn_shared_log), c_char_p, c_char_p, c_size_t, ERROR),
    ),
}
