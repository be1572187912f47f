"""What party_keys.h declares."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
)

from .alloc import ALLOCATOR
from .common import Functions, P
from .ledger import cstn_note
from .network import cstn_snapshot
from .status import ERROR

CSTN_ID_MOST = 64
CSTN_PARTY_KEY_SIGN = 1
CSTN_PARTY_KEY_OFFICER = 2
CSTN_PARTY_KEY_WITNESS = 3


class cstn_party_key(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("use", c_int32),
        ("party", c_char_p),
        ("verifier", c_char_p),
        ("from_us", c_int64),
        ("until_us", c_int64),
    ]


class cstn_party_keys(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_party_keys_new": (c_int32, (ALLOCATOR, P(P(cstn_party_keys)), ERROR)),
    "cstn_party_keys_free": (None, (P(cstn_party_keys),)),
    "cstn_party_keys_add": (c_int32, (P(cstn_party_keys), P(cstn_party_key), ERROR)),
    "cstn_party_keys_load": (c_int32, (P(cstn_party_keys), P(cstn_snapshot), ERROR)),
    "cstn_party_keys_count": (c_size_t, (P(cstn_party_keys),)),
    "cstn_party_keys_at": (c_int32, (P(cstn_party_keys), c_size_t, P(cstn_party_key), ERROR)),
    "cstn_party_keys_valid": (c_int32, (P(cstn_party_keys), c_char_p, c_int32, c_int64, P(c_char_p), c_size_t, P(c_size_t), ERROR)),
    "cstn_party_keys_open": (c_int32, (P(cstn_party_keys), c_char_p, c_size_t, c_char_p, c_int32, c_int64, c_size_t, ALLOCATOR, P(P(cstn_note)), ERROR)),
}
