"""What rate.h declares."""

from __future__ import annotations

from ctypes import Structure, c_double, c_int32, c_int64, c_size_t, c_uint32

from .common import Functions, P
from .status import ERROR

CSTN_RATE_HAS_VALUE = 1
CSTN_RATE_HAS_INTERVAL = 2
CSTN_QUANTILE_NEAREST_RANK = 0


class cstn_rate(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("valid", c_uint32),
        ("numerator", c_int64),
        ("denominator", c_int64),
        ("value", c_double),
        ("low", c_double),
        ("high", c_double),
        ("z", c_double),
    ]


DECLARED: Functions = {
    "cstn_rate_interval": (c_int32, (c_int64, c_int64, c_int32, P(cstn_rate), ERROR)),
    "cstn_rate_difference": (
        c_int32,
        (
            c_int64, c_int64, c_int64, c_int64, c_int32, P(cstn_rate), ERROR,
        ),
    ),
    "cstn_quantile": (c_int32, (P(c_double), c_size_t, c_int32, c_int32, P(c_double), ERROR)),
    "cstn_value_tiles": (c_int32, (P(c_int64), P(c_int64), c_size_t, c_int32, P(c_int32), ERROR)),
}
