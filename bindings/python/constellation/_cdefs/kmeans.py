"""What kmeans.h declares."""

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

CSTN_TRANSFORM_LOG1P = 1
CSTN_TRANSFORM_WINSORISE = 2
CSTN_TRANSFORM_Z = 4
CSTN_TRANSFORM_ROBUST_Z = 8
CSTN_KMEANS_SKIP_BAD = 1
CSTN_KMEANS_IMPUTE = 2
CSTN_KMEANS_DISTANCES = 4
CSTN_KMEANS_ORDER_SIZE = 0
CSTN_KMEANS_ORDER_START = 1
CSTN_KMEANS_ORDER_COLUMN = 2
CSTN_KMEANS_AUTO = 0
CSTN_KMEANS_LLOYD = 1
CSTN_KMEANS_HAMERLY = 2
CSTN_KMEANS_TABLE_CLUSTERS = 0
CSTN_KMEANS_TABLE_LABELS = 1
CSTN_KMEANS_TABLE_FEATURES = 2


class cstn_kmeans(Structure):
    """Opaque."""


class cstn_kmeans_pass(Structure):
    """Opaque."""


class cstn_kmeans_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("simd", c_int32),
        ("n_init", c_int32),
        ("max_iter", c_int32),
        ("algorithm", c_int32),
        ("order", c_int32),
        ("order_column", c_int32),
        ("reserved0", c_int32),
        ("seed", c_uint64),
        ("tol", c_double),
        ("transforms", P(c_uint32)),
        ("start_centres", P(c_double)),
        ("start_rows", P(c_int64)),
        ("weight", c_char_p),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
        ("margin", c_char_p),
        ("segments_least", c_int32),
        ("segments_most", c_int32),
        ("samples", c_int32),
        ("reserved1", c_int32),
    ]


class cstn_segment_comparison(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved0", c_uint32),
        ("customers", c_int64),
        ("moved", c_int64),
        ("only_before", c_int64),
        ("only_after", c_int64),
        ("segments_before", c_int64),
        ("segments_after", c_int64),
        ("adjusted_rand", c_double),
    ]


DECLARED: Functions = {
    "cstn_kmeans_pass_new": (
        c_int32, (P(cstn_kmeans), ALLOCATOR, P(P(cstn_kmeans_pass)), ERROR),
    ),
    "cstn_kmeans_pass_update": (
        c_int32,
        (
            P(cstn_kmeans_pass), P(ArrowArrayStream), P(cstn_kmeans_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_kmeans_pass_merge": (c_int32, (P(cstn_kmeans_pass), P(cstn_kmeans_pass), ERROR)),
    "cstn_kmeans_pass_finish": (c_int32, (P(cstn_kmeans_pass), P(P(cstn_kmeans)), ERROR)),
    "cstn_kmeans_pass_serialize": (c_int32, (P(cstn_kmeans_pass), P(P(cstn_buffer)), ERROR)),
    "cstn_kmeans_pass_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_kmeans_pass)), ERROR,
        ),
    ),
    "cstn_kmeans_pass_remove": (c_int32, (P(cstn_kmeans_pass), P(cstn_kmeans_pass), ERROR)),
    "cstn_kmeans_pass_free": (None, (P(cstn_kmeans_pass),)),
    "cstn_segment_compare": (
        c_int32,
        (
            P(ArrowArrayStream), P(ArrowArrayStream), P(cstn_binding), ALLOCATOR,
            P(cstn_segment_comparison), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_kmeans_fit": (
        c_int32,
        (
            P(ArrowArrayStream), P(c_char_p), c_size_t, c_int32, P(cstn_kmeans_options),
            ALLOCATOR, P(P(cstn_kmeans)), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_kmeans_predict": (
        c_int32,
        (
            P(cstn_kmeans), P(ArrowArrayStream), P(cstn_kmeans_options), P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_kmeans_score": (
        c_int32,
        (
            P(cstn_kmeans), P(ArrowArrayStream), P(cstn_kmeans_options), P(c_double), ERROR,
        ),
    ),
    "cstn_kmeans_get_param": (c_int32, (P(cstn_kmeans), c_char_p, P(c_double), ERROR)),
    "cstn_kmeans_export": (c_int32, (P(cstn_kmeans), c_int32, P(ArrowArrayStream), ERROR)),
    "cstn_kmeans_describe": (c_int32, (P(cstn_kmeans), P(P(cstn_buffer)), ERROR)),
    "cstn_kmeans_serialize": (c_int32, (P(cstn_kmeans), P(P(cstn_buffer)), ERROR)),
    "cstn_kmeans_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_kmeans)), ERROR,
        ),
    ),
    "cstn_kmeans_ref": (P(cstn_kmeans), (P(cstn_kmeans),)),
    "cstn_kmeans_unref": (None, (P(cstn_kmeans),)),
    "cstn_kmeans_choose": (
        c_int32,
        (
            P(ArrowArrayStream), P(c_char_p), c_size_t, c_int32, c_int32,
            P(cstn_kmeans_options), ALLOCATOR, P(ArrowArrayStream), P(P(cstn_row_errors)),
            ERROR,
        ),
    ),
}
