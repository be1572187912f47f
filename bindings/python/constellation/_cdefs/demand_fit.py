"""What demand_fit.h declares."""

from __future__ import annotations

from ctypes import Structure, c_int32, c_uint32

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_PERIOD_BY_TYPE = 0
CSTN_PERIOD_HOUR = 1
CSTN_PERIOD_DAY = 2
CSTN_PERIOD_WEEK = 3
CSTN_PERIOD_MONTH = 4
CSTN_PERIOD_QUARTER = 5
CSTN_PERIOD_YEAR = 6
CSTN_PERIOD_NUMBER = 7
CSTN_GAP_ERROR = 0
CSTN_GAP_ZERO = 1
CSTN_FAMILY_AUTO = 1
CSTN_FAMILY_NAIVE = 2
CSTN_FAMILY_SEASONAL_NAIVE = 4
CSTN_FAMILY_NAIVE2 = 8
CSTN_FAMILY_SES = 16
CSTN_FAMILY_HOLT = 32
CSTN_FAMILY_DAMPED = 64
CSTN_FAMILY_THETA = 128
CSTN_FAMILY_AR = 256
CSTN_FAMILY_AR_DIFF = 512
CSTN_HORIZON_MOST = 1024


class cstn_family_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("models", c_uint32),
        ("horizon", c_int32),
        ("period", c_int32),
        ("gap", c_int32),
        ("season", c_int32),
        ("second_season", c_int32),
        ("threads", c_int32),
        ("reserved0", c_int32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_family_fit": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_family_options), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
}
