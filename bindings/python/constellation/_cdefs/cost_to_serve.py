"""What cost_to_serve.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_COST_DRIVER_ORDERS = 0
CSTN_COST_DRIVER_LINES = 1
CSTN_COST_DRIVER_PICKS = 2
CSTN_COST_DRIVER_PARCELS = 3
CSTN_COST_DRIVER_KG_KM = 4
CSTN_COST_DRIVER_RETURNS = 5
CSTN_COST_DRIVER_CREDITS = 6
CSTN_COST_DRIVER_CALLS = 7
CSTN_COST_DRIVER_DOCUMENTS = 8
CSTN_COST_DRIVER_EXPEDITES = 9
CSTN_COST_DRIVER_PRICE_HOLDS = 10
CSTN_COST_DRIVER_COUNT = 11
CSTN_COST_TO_SERVE_REMOVE = 1
CSTN_COST_TABLE_CUSTOMERS = 1
CSTN_COST_TABLE_SEGMENTS = 2
CSTN_COST_TABLE_TOTAL = 3
CSTN_COST_TABLE_DRIVERS = 4


class cstn_cost_to_serve(Structure):
    """Opaque."""


class cstn_cost_to_serve_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_cost_rate(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("driver", c_int32),
        ("scale", c_int32),
        ("rate", c_int64),
    ]


class cstn_fixed_cost(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("driver", c_int32),
        ("reserved0", c_int32),
        ("amount", c_int64),
    ]


class cstn_cost_rates(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("rates", P(cstn_cost_rate)),
        ("n_rates", c_size_t),
        ("fixed", P(cstn_fixed_cost)),
        ("n_fixed", c_size_t),
    ]


_STATE = P(cstn_cost_to_serve)
_STREAM = P(ArrowArrayStream)

DECLARED: Functions = {
    "cstn_cost_driver_name": (c_char_p, (c_int32,)),
    "cstn_cost_to_serve_new": (c_int32, (c_char_p, ALLOCATOR, P(_STATE), ERROR)),
    "cstn_cost_to_serve_update": (
        c_int32,
        (_STATE, _STREAM, P(cstn_cost_to_serve_options), P(P(cstn_row_errors)), ERROR),
    ),
    "cstn_cost_to_serve_merge": (c_int32, (_STATE, _STATE, ERROR)),
    "cstn_cost_to_serve_serialize": (c_int32, (_STATE, P(P(cstn_buffer)), ERROR)),
    "cstn_cost_to_serve_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_STATE), ERROR),
    ),
    "cstn_cost_to_serve_free": (None, (_STATE,)),
    "cstn_cost_to_serve_export": (
        c_int32, (_STATE, P(cstn_cost_rates), c_int32, _STREAM, ERROR),
    ),
}
