"""What release.h declares."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_uint8,
    c_void_p,
)

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArray, ArrowArrayStream, ArrowSchema
from .common import Functions, P
from .constraint import cstn_vocabulary
from .decision import cstn_decision, cstn_request
from .network import cstn_network
from .privacy import cstn_aggregate_options, cstn_generalise_step, cstn_noise_options
from .shared_log import cstn_settle_policy
from .status import ERROR

CSTN_CHECKSUM_XXH3_128 = 1
CSTN_CHECKSUM_SHA256 = 2
CSTN_CHECKSUM_SIZE_MOST = 32
CSTN_CHECKSUM_SALT_SIZE = 16


class cstn_release_column(Structure):
    _fields_ = [
        ("column", c_char_p),
        ("path", c_char_p),
        ("steps", P(cstn_generalise_step)),
        ("n_steps", c_size_t),
    ]


class cstn_release_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("columns", P(cstn_release_column)),
        ("n_columns", c_size_t),
        ("time_column", c_char_p),
        ("data_set", c_char_p),
        ("aggregate", P(cstn_aggregate_options)),
        ("noise", P(cstn_noise_options)),
        ("pseudonym_key", P(c_uint8)),
        ("vocabulary", P(cstn_vocabulary)),
        ("checkpoint", c_char_p),
        ("checkpoint_len", c_size_t),
        ("settle", P(cstn_settle_policy)),
        ("entropy", CFUNCTYPE(c_int32, c_void_p, P(c_uint8), c_size_t)),
        ("entropy_user", c_void_p),
        ("allocator", ALLOCATOR),
    ]


class cstn_release(Structure):
    """Opaque."""


class cstn_release_receipt(Structure):
    """Opaque."""


class cstn_release_receipt_info(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("form", c_int32),
        ("constellation", c_char_p),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("release", c_uint8 * 32),
        ("decision", c_uint8 * 32),
        ("at_us", c_int64),
        ("opened_index", c_uint64),
        ("closed_index", c_uint64),
        ("rows", c_uint64),
        ("batches", c_uint64),
        ("rows_held_back", c_uint64),
        ("columns_dropped", c_uint64),
        ("nano_epsilon", c_int64),
        ("ended", c_int32),
        ("checksum_kind", c_int32),
        ("checksum_size", c_uint64),
        ("checksum", c_uint8 * 32),
        ("salt", c_uint8 * 16),
    ]


DECLARED: Functions = {
    "cstn_release_open": (
        c_int32,
        (
            P(cstn_network), P(cstn_request), P(ArrowArrayStream), P(cstn_release_options),
            P(P(cstn_release)), ERROR,
        ),
    ),
    "cstn_release_decision": (P(cstn_decision), (P(cstn_release),)),
    "cstn_release_id": (P(c_uint8), (P(cstn_release),)),
    "cstn_release_schema": (c_int32, (P(cstn_release), P(ArrowSchema), ERROR)),
    "cstn_release_next": (c_int32, (P(cstn_release), P(ArrowArray), ERROR)),
    "cstn_release_stream": (c_int32, (P(cstn_release), P(ArrowArrayStream), ERROR)),
    "cstn_release_finish": (c_int32, (P(cstn_release), P(P(cstn_release_receipt)), ERROR)),
    "cstn_release_free": (None, (P(cstn_release),)),
    "cstn_release_recover": (c_int32, (P(cstn_network), c_int64, P(c_uint64), ERROR)),
    "cstn_release_receipt_get": (
        c_int32,
        (P(cstn_release_receipt), P(cstn_release_receipt_info), ERROR),
    ),
    "cstn_release_receipt_json": (
        c_int32,
        (P(cstn_release_receipt), P(P(cstn_buffer)), ERROR),
    ),
    "cstn_release_receipt_free": (None, (P(cstn_release_receipt),)),
    "cstn_release_checksum": (
        c_int32,
        (
            P(ArrowArrayStream), c_int32, P(c_uint8), ALLOCATOR, P(c_uint8), P(c_size_t), ERROR,
        ),
    ),
}
