"""What rfm.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_ORDERING_NONE = 0
CSTN_ORDERING_BY_TIME = 1
CSTN_IDS_ANY = 0
CSTN_IDS_DENSE = 1
CSTN_PURCHASES_WINDOW = 1
CSTN_PURCHASES_EACH_ROW = 2
CSTN_PURCHASES_TABLE_CUSTOMERS = 1
CSTN_PURCHASES_TABLE_COUNTS = 2
CSTN_RFM_RECENCY = 0
CSTN_RFM_FREQUENCY = 1
CSTN_RFM_MONETARY = 2
CSTN_RFM_LEFT_CLOSED = 1
CSTN_RFM_PLUS_ONE = 2
CSTN_RFM_SKIP_BAD = 4
CSTN_RFM_TABLE_CUTS = 1
CSTN_RFM_TABLE_SEGMENTS = 2
CSTN_RFM_TABLE_CELLS = 3


class cstn_purchases(Structure):
    """Opaque."""


class cstn_rfm(Structure):
    """Opaque."""


class cstn_purchases_config(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("ordering", c_int32),
        ("ids", c_int32),
        ("from_days", c_int32),
        ("to_days", c_int32),
        ("utc_offset_minutes", c_int32),
        ("period_days", c_int32),
        ("period_origin_days", c_int32),
        ("reserved0", c_int32),
        ("dense_limit", c_int64),
    ]


class cstn_purchases_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_rfm_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("bins", c_int32 * 3),
        ("reserved0", c_int32),
        ("rules", c_char_p),
        ("binding", P(cstn_binding)),
    ]


_STATE = P(cstn_purchases)
_MODEL = P(cstn_rfm)
_STREAM = P(ArrowArrayStream)
_ROWS = P(P(cstn_row_errors))
_BUFFER = P(P(cstn_buffer))

DECLARED: Functions = {
    "cstn_purchases_new": (c_int32, (P(cstn_purchases_config), ALLOCATOR, P(_STATE), ERROR)),
    "cstn_purchases_update": (
        c_int32, (_STATE, _STREAM, P(cstn_purchases_options), _ROWS, ERROR),
    ),
    "cstn_purchases_merge": (c_int32, (_STATE, _STATE, ERROR)),
    "cstn_purchases_remove": (c_int32, (_STATE, _STREAM, ERROR)),
    "cstn_purchases_serialize": (c_int32, (_STATE, _BUFFER, ERROR)),
    "cstn_purchases_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_STATE), ERROR),
    ),
    "cstn_purchases_export": (c_int32, (_STATE, c_int32, c_int32, c_int64, _STREAM, ERROR)),
    "cstn_purchases_free": (None, (_STATE,)),
    "cstn_rfm_fit": (
        c_int32, (_STREAM, P(cstn_rfm_options), ALLOCATOR, P(_MODEL), _ROWS, ERROR),
    ),
    "cstn_rfm_predict": (c_int32, (_MODEL, _STREAM, P(cstn_binding), _STREAM, _ROWS, ERROR)),
    "cstn_rfm_drift": (c_int32, (_MODEL, _STREAM, P(cstn_binding), _STREAM, _ROWS, ERROR)),
    "cstn_rfm_export": (c_int32, (_MODEL, c_int32, _STREAM, ERROR)),
    "cstn_rfm_get_param": (c_int32, (_MODEL, c_char_p, P(c_double), ERROR)),
    "cstn_rfm_serialize": (c_int32, (_MODEL, _BUFFER, ERROR)),
    "cstn_rfm_deserialize": (c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_MODEL), ERROR)),
    "cstn_rfm_rules": (c_char_p, (c_char_p,)),
    "cstn_rfm_ref": (_MODEL, (_MODEL,)),
    "cstn_rfm_unref": (None, (_MODEL,)),
}
