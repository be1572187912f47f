"""What event_proof.h declares."""

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
from .arrow import ArrowArrayStream
from .common import Functions, P
from .status import ERROR, cstn_row_errors

CSTN_EPCIS_HASH_STRING = 1
CSTN_EVENT_FIELDS_MAX = 4096
CSTN_EVENT_PATH_MAX = 255
CSTN_EVENT_VALUE_MAX = 65535
CSTN_EVENT_ROOT_SIZE = 32

#: of cstn_event_commit_options
ENTROPY: Any = CFUNCTYPE(c_int32, c_void_p, P(c_uint8), c_size_t)


class cstn_epcis_hash_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("max_bytes", c_int64),
        ("max_depth", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_event_field(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("path", c_char_p),
        ("path_len", c_size_t),
        ("value", c_char_p),
        ("value_len", c_size_t),
    ]


class cstn_event_commit_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("entropy", ENTROPY),
        ("entropy_user", c_void_p),
    ]


_COMMIT = (P(cstn_event_commit_options), ALLOCATOR, P(P(cstn_buffer)), P(c_uint8), ERROR)

DECLARED: Functions = {
    "cstn_epcis_hash": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            P(cstn_epcis_hash_options),
            ALLOCATOR,
            P(ArrowArrayStream),
            P(P(cstn_row_errors)),
            ERROR,
        ),
    ),
    "cstn_gs1_uri_canonical": (c_int32, (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_event_commit": (c_int32, (P(cstn_event_field), c_size_t, *_COMMIT)),
    "cstn_epcis_commit": (c_int32, (c_char_p, c_size_t, c_uint64, *_COMMIT)),
    "cstn_event_redact": (
        c_int32,
        (c_char_p, c_size_t, P(c_char_p), c_size_t, ALLOCATOR, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_event_verify": (
        c_int32,
        (c_char_p, c_size_t, P(c_uint8), ALLOCATOR, P(ArrowArrayStream), ERROR),
    ),
}
