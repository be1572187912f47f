"""What loyalty.h declares."""

from __future__ import annotations

from ctypes import c_double, c_int32, c_int64, c_size_t

from .common import Functions, P
from .rate import cstn_rate
from .status import ERROR

CSTN_LOYALTY_UNKNOWN = 0
CSTN_LOYALTY_NO = 1
CSTN_LOYALTY_YES = 2
CSTN_NET_PROMOTER_ANSWERS = 11

DECLARED: Functions = {
    "cstn_loyalty_and": (c_int32, (c_int32, c_int32)),
    "cstn_loyalty_judge": (
        c_int32,
        (
            P(c_int64), P(c_int64), c_size_t, c_int64, P(c_int32), P(c_double), P(c_double), ERROR,
        ),
    ),
    "cstn_loyalty_share": (
        c_int32,
        (
            c_int64, c_int64, c_int64, c_int32, P(c_double), P(c_double), P(cstn_rate), ERROR,
        ),
    ),
    "cstn_loyalty_post_stratified": (
        c_int32,
        (
            P(c_int64), P(c_int64), P(c_int64), c_size_t, P(c_double), P(c_int32), ERROR,
        ),
    ),
    "cstn_net_promoter": (
        c_int32,
        (
            P(c_int64), c_int32, P(cstn_rate), P(c_double), P(c_double), ERROR,
        ),
    ),
}
