"""What demand_signal.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_uint64

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_SIGNAL_KNOWN_FUTURE = 1
CSTN_SIGNAL_OBSERVED_PAST = 2
CSTN_SIGNAL_FORWARD_ORDER = 3
CSTN_SIGNAL_AS_VALUE = 1
CSTN_SIGNAL_AS_PRICE = 2
CSTN_SIGNAL_AS_CROSS_PRICE = 3
CSTN_SIGNAL_AS_PROMOTION = 4
CSTN_SIGNAL_AS_ORDERS = 5
CSTN_SIGNAL_AS_WEATHER = 6
CSTN_SIGNAL_AS_CLASS = 7
CSTN_SIGNAL_AS_INDEX = 8
CSTN_SIGNAL_AS_EVENT = 9
CSTN_SIGNAL_ASSUME_KNOWN = 1
CSTN_SIGNAL_LATE_IS_MISSING = 2
CSTN_SIGNALS_MOST = 64
CSTN_SIGNAL_LAG_MOST = 1024
CSTN_SIGNAL_GROUPS_EXACT = 8
CSTN_SIGNAL_HORIZONS_MOST = 16
CSTN_SIGNAL_LOG1P = 0
CSTN_SIGNAL_LOG = 1
CSTN_SIGNAL_PLAIN = 2
CSTN_SIGNAL_LOSS_RMSE = 0
CSTN_SIGNAL_LOSS_WAPE = 1
CSTN_SIGNAL_LOSS_MAE = 2
CSTN_SIGNAL_BY_POOL = 1
CSTN_SIGNAL_ORIGIN_OBSERVED = 2
CSTN_SIGNAL_POSITIONS = 4


class cstn_signal(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("name", c_char_p),
        ("group", c_char_p),
        ("partner", c_char_p),
        ("kind", c_int32),
        ("feature", c_int32),
        ("lag", c_int32),
        ("classes", c_int32),
    ]


class cstn_signal_value_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("period", c_int32),
        ("gap", c_int32),
        ("season", c_int32),
        ("scale", c_int32),
        ("loss", c_int32),
        ("origins", c_int32),
        ("training", c_int32),
        ("history", c_int32),
        ("recent", c_int32),
        ("recent_rows", c_int32),
        ("resamples", c_int32),
        ("block", c_int32),
        ("permutations", c_int32),
        ("threads", c_int32),
        ("horizons", P(c_int32)),
        ("n_horizons", c_size_t),
        ("means", P(c_int32)),
        ("n_means", c_size_t),
        ("positions", P(c_int32)),
        ("n_positions", c_size_t),
        ("penalty", c_double),
        ("seed", c_uint64),
        ("origin_offset_us", c_int64),
        ("service_ppm", c_int32),
        ("lead_time", c_int32),
        ("holding_minor", c_double),
        ("margin_minor", c_double),
        ("binding", P(cstn_binding)),
        ("signal_binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_signal_value": (
        c_int32,
        (
            P(ArrowArrayStream), P(ArrowArrayStream), P(P(cstn_signal)), c_size_t,
            P(cstn_signal_value_options), ALLOCATOR, P(ArrowArrayStream), P(P(cstn_row_errors)),
            ERROR,
        ),
    ),
}
