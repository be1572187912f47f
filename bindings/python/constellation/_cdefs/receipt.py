"""What receipt.h declares."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint8,
)

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .party_keys import cstn_party_keys
from .status import ERROR

CSTN_RECEIPT_RECEIVED = 1
CSTN_RECEIPT_DELETED = 2
CSTN_RECEIPT_KEY_DESTROYED = 3
CSTN_RECEIPT_RETURNED = 4
CSTN_RECEIPT_PAID = 5


class cstn_receipt(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int32),
        ("party", c_char_p),
        ("party_len", c_size_t),
        ("detail", c_char_p),
        ("detail_len", c_size_t),
        ("at_us", c_int64),
        ("agreement", c_uint8 * 32),
        ("release", c_uint8 * 32),
        ("evidence", c_uint8 * 32),
    ]


class cstn_waiver(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("index", c_uint32),
        ("party", c_char_p),
        ("party_len", c_size_t),
        ("detail", c_char_p),
        ("detail_len", c_size_t),
        ("at_us", c_int64),
        ("consequence", c_uint32),
        ("reserved0", c_uint32),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
        ("release", c_uint8 * 32),
    ]


DECLARED: Functions = {
    "cstn_receipt_kind_name": (c_char_p, (c_int32,)),
    "cstn_receipt_format": (c_int32, (P(cstn_receipt), ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_receipt_parse": (c_int32, (c_char_p, c_size_t, P(cstn_receipt), ERROR)),
    "cstn_receipt_sign": (c_int32, (P(cstn_receipt), c_char_p, ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_receipt_open": (c_int32, (c_char_p, c_size_t, P(cstn_party_keys), ALLOCATOR, P(cstn_receipt), ERROR)),
    "cstn_waiver_format": (c_int32, (P(cstn_waiver), ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_waiver_parse": (c_int32, (c_char_p, c_size_t, P(cstn_waiver), ERROR)),
    "cstn_waiver_sign": (c_int32, (P(cstn_waiver), c_char_p, ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_waiver_open": (c_int32, (c_char_p, c_size_t, P(cstn_party_keys), ALLOCATOR, P(cstn_waiver), ERROR)),
}
