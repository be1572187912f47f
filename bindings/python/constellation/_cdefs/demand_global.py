"""What demand_global.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .demand import cstn_demand_model
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_GLOBAL_MISSING_SIGNAL = 4
CSTN_GLOBAL_FALLBACK = 8
CSTN_GLOBAL_ASSUMED_KNOWN = 16
CSTN_GLOBAL_BY_POOL = 1
CSTN_GLOBAL_NEXT = 2
CSTN_GLOBAL_TREES_MOST = 2000
CSTN_GLOBAL_SIGNALS_MOST = 64
CSTN_DEMAND_GLOBAL_TABLE_COLUMNS = 0
CSTN_DEMAND_GLOBAL_TABLE_POOLS = 1
CSTN_DEMAND_GLOBAL_TABLE_TREES = 2


class cstn_demand_global(Structure):
    """Opaque."""


class cstn_demand_global_state(Structure):
    """Opaque."""


class cstn_global_signal(Structure):
    """Fields as in the header."""

    _fields_ = [("name", c_char_p), ("flags", c_uint32), ("reserved0", c_uint32)]


class cstn_demand_global_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("horizon", c_int32),
        ("period", c_int32),
        ("gap", c_int32),
        ("season", c_int32),
        ("origins", c_int32),
        ("year", c_int32),
        ("threads", c_int32),
        ("n_signals", c_int32),
        ("signals", P(cstn_global_signal)),
        ("pool", c_char_p),
        ("penalty", c_double),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
        ("trees", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_demand_global_forecast_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("horizon", c_int32),
        ("threads", c_int32),
        ("local", P(cstn_demand_model)),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
        ("weights", P(ArrowArrayStream)),
    ]


class cstn_demand_weights_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("components", P(c_char_p)),
        ("n_components", c_int32),
        ("week", c_int32),
        ("pool", c_char_p),
        ("level", c_double),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_demand_global_update_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("reserved0", c_int32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


_FORECAST = (
    P(cstn_demand_global), P(ArrowArrayStream), P(cstn_demand_global_forecast_options),
    P(ArrowArrayStream), P(P(cstn_row_errors)), ERROR,
)  # fmt: skip

DECLARED: Functions = {
    "cstn_demand_global_fit": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_demand_global_options), ALLOCATOR,
            P(P(cstn_demand_global)), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_demand_global_forecast": (c_int32, _FORECAST),
    "cstn_demand_global_explain": (c_int32, _FORECAST),
    "cstn_demand_weights": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_demand_weights_options), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_demand_global_get_param": (
        c_int32, (P(cstn_demand_global), c_char_p, P(c_double), ERROR),
    ),
    "cstn_demand_global_export": (
        c_int32, (P(cstn_demand_global), c_int32, P(ArrowArrayStream), ERROR),
    ),
    "cstn_demand_global_serialize": (c_int32, (P(cstn_demand_global), P(P(cstn_buffer)), ERROR)),
    "cstn_demand_global_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_demand_global)), ERROR),
    ),
    "cstn_demand_global_ref": (P(cstn_demand_global), (P(cstn_demand_global),)),
    "cstn_demand_global_unref": (None, (P(cstn_demand_global),)),
    "cstn_demand_global_state_new": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_demand_global_options), ALLOCATOR,
            P(P(cstn_demand_global_state)), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_demand_global_state_free": (None, (P(cstn_demand_global_state),)),
    "cstn_demand_global_state_update": (
        c_int32,
        (
            P(cstn_demand_global_state), P(ArrowArrayStream),
            P(cstn_demand_global_update_options), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_demand_global_state_merge": (
        c_int32, (P(cstn_demand_global_state), P(cstn_demand_global_state), ERROR),
    ),
    "cstn_demand_global_state_finish": (
        c_int32, (P(cstn_demand_global_state), P(P(cstn_demand_global)), ERROR),
    ),
    "cstn_demand_global_state_get_param": (
        c_int32, (P(cstn_demand_global_state), c_char_p, P(c_double), ERROR),
    ),
    "cstn_demand_global_state_serialize": (
        c_int32, (P(cstn_demand_global_state), P(P(cstn_buffer)), ERROR),
    ),
    "cstn_demand_global_state_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_demand_global_state)), ERROR),
    ),
}
