"""What prototypes.h declares."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
)

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_PROTOTYPES_SKIP_BAD = 1
CSTN_PROTOTYPES_IMPUTE = 2
CSTN_PROTOTYPES_BATCH = 4
CSTN_PROTOTYPES_START_DRAWN = 0
CSTN_PROTOTYPES_START_CAO = 1
CSTN_PROTOTYPES_TABLE_CLUSTERS = 0
CSTN_PROTOTYPES_TABLE_LABELS = 1
CSTN_PROTOTYPES_TABLE_CATEGORIES = 2
CSTN_PROTOTYPES_TABLE_COSTS = 3


class cstn_prototypes(Structure):
    """Opaque."""


class cstn_prototypes_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("simd", c_int32),
        ("n_init", c_int32),
        ("max_iter", c_int32),
        ("start", c_int32),
        ("order", c_int32),
        ("seed", c_uint64),
        ("gamma", c_double),
        ("transforms", P(c_uint32)),
        ("start_rows", P(c_int64)),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_prototypes_fit": (
        c_int32,
        (
            P(ArrowArrayStream), P(c_char_p), c_size_t, P(c_char_p), c_size_t, c_int32,
            P(cstn_prototypes_options), ALLOCATOR, P(P(cstn_prototypes)),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_prototypes_predict": (
        c_int32,
        (
            P(cstn_prototypes), P(ArrowArrayStream), P(cstn_prototypes_options),
            P(ArrowArrayStream), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_prototypes_score": (
        c_int32,
        (
            P(cstn_prototypes), P(ArrowArrayStream), P(cstn_prototypes_options), P(c_double),
            ERROR,
        ),
    ),
    "cstn_prototypes_get_param": (c_int32, (P(cstn_prototypes), c_char_p, P(c_double), ERROR)),
    "cstn_prototypes_export": (
        c_int32, (P(cstn_prototypes), c_int32, P(ArrowArrayStream), ERROR),
    ),
    "cstn_prototypes_describe": (c_int32, (P(cstn_prototypes), P(P(cstn_buffer)), ERROR)),
    "cstn_prototypes_serialize": (c_int32, (P(cstn_prototypes), P(P(cstn_buffer)), ERROR)),
    "cstn_prototypes_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_prototypes)), ERROR,
        ),
    ),
    "cstn_prototypes_ref": (P(cstn_prototypes), (P(cstn_prototypes),)),
    "cstn_prototypes_unref": (None, (P(cstn_prototypes),)),
}
