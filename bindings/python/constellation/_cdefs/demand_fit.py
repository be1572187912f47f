"""What demand_fit.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_size_t, c_uint32

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
CSTN_FAMILY_AUTO_ETS = 1024
CSTN_FAMILY_ETS = 2048
CSTN_FAMILY_STM = 524288
CSTN_FAMILY_OTM = 1048576
CSTN_FAMILY_DSTM = 2097152
CSTN_FAMILY_DOTM = 4194304
CSTN_FAMILY_SES_DRIFT = 8388608
CSTN_FAMILY_CROSTON = 16777216
CSTN_FAMILY_SBA = 33554432
CSTN_FAMILY_SBJ = 67108864
CSTN_FAMILY_TSB = 134217728
CSTN_FAMILY_ADIDA = 268435456
CSTN_HORIZON_MOST = 1024
CSTN_THETA_DYNAMIC = 1


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
        ("size_alpha", c_double),
        ("interval_alpha", c_double),
        ("ets_form", c_char_p),
        ("levels", c_int32 * 4),
    ]


class cstn_theta_parameters(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("alpha", c_double),
        ("theta", c_double),
        ("level", c_double),
    ]


class cstn_ets_parameters(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("alpha", c_double),
        ("beta", c_double),
        ("gamma", c_double),
        ("phi", c_double),
        ("level", c_double),
        ("trend", c_double),
        ("seasonal", P(c_double)),
        ("season", c_int32),
        ("horizon", c_int32),
    ]


class cstn_ets_paths(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("fitted", P(c_double)),
        ("residuals", P(c_double)),
        ("level", P(c_double)),
        ("trend", P(c_double)),
        ("seasonal", P(c_double)),
        ("forecast", P(c_double)),
        ("variance", P(c_double)),
    ]


class cstn_ets_summary(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("parameters", c_int32),
        ("loglik", c_double),
        ("aic", c_double),
        ("aicc", c_double),
        ("bic", c_double),
        ("squares", c_double),
        ("sigma2", c_double),
    ]


_FIT = (
    c_int32,
    (
        P(ArrowArrayStream), P(cstn_family_options), ALLOCATOR, P(ArrowArrayStream),
        P(P(cstn_row_errors)), ERROR,
    ),
)  # fmt: skip
DECLARED: Functions = {
    "cstn_family_fit": _FIT,
    "cstn_ets_fit": _FIT,
    "cstn_theta_filter": (
        c_int32,
        (
            P(cstn_theta_parameters), P(c_double), c_size_t, c_size_t, P(c_double), P(c_double),
            ERROR,
        ),
    ),
    "cstn_theta_fit": (
        c_int32,
        (c_uint32, P(c_double), c_size_t, P(cstn_theta_parameters), ERROR),
    ),
    "cstn_ets_filter": (
        c_int32,
        (
            c_char_p, P(cstn_ets_parameters), P(c_double), c_size_t, ALLOCATOR, P(cstn_ets_paths),
            P(cstn_ets_summary), ERROR,
        ),
    ),
}
