"""What loyalty.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .rate import cstn_rate
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_LOYALTY_UNKNOWN = 0
CSTN_LOYALTY_NO = 1
CSTN_LOYALTY_YES = 2
CSTN_NET_PROMOTER_ANSWERS = 11
CSTN_LOYALTY_ROWS_EVIDENCE = 1
CSTN_LOYALTY_ROWS_PURCHASES = 2
CSTN_LOYALTY_ROWS_CUSTOMERS = 3
CSTN_LOYALTY_ANSWERS_LATEST = 0
CSTN_LOYALTY_ANSWERS_FIRST = 1
CSTN_LOYALTY_ANSWERS_ALL = 2
CSTN_TABLE_LOYALTY_CUSTOMERS = 1
CSTN_TABLE_LOYALTY_CELLS = 2
CSTN_TABLE_LOYALTY_SHARES = 3
CSTN_TABLE_LOYALTY_PROMOTERS = 4


class cstn_loyalty(Structure):
    """Opaque."""


class cstn_loyalty_verdicts(Structure):
    """Opaque."""


class cstn_loyalty_update_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_loyalty_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("order_window_days", c_int32),
        ("as_of_us", c_int64),
        ("price_split_us", c_int64),
        ("price_window_days", c_int32),
        ("expiry_days", c_int32),
        ("min_items", c_int32),
        ("min_occasions", c_int32),
        ("price_slack_ppm", c_int32),
        ("quantity_slack_ppm", c_int32),
        ("confidence_ppm", c_int32),
        ("answers", c_int32),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_loyalty_new": (
        c_int32,
        (
            c_char_p, ALLOCATOR, P(P(cstn_loyalty)), ERROR,
        ),
    ),
    "cstn_loyalty_update": (
        c_int32,
        (
            P(cstn_loyalty), c_int32, P(ArrowArrayStream), P(cstn_loyalty_update_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_loyalty_merge": (
        c_int32,
        (
            P(cstn_loyalty), P(cstn_loyalty), ERROR,
        ),
    ),
    "cstn_loyalty_remove": (
        c_int32,
        (
            P(cstn_loyalty), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_loyalty_serialize": (
        c_int32,
        (
            P(cstn_loyalty), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_loyalty_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_loyalty)), ERROR,
        ),
    ),
    "cstn_loyalty_free": (None, (P(cstn_loyalty),)),
    "cstn_loyalty_finish": (
        c_int32,
        (
            P(cstn_loyalty), P(cstn_loyalty_options), P(P(cstn_loyalty_verdicts)), ERROR,
        ),
    ),
    "cstn_loyalty_verdicts_export": (
        c_int32,
        (
            P(cstn_loyalty_verdicts), c_int32, P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_loyalty_verdicts_flows": (
        c_int32,
        (
            P(cstn_loyalty_verdicts), P(cstn_loyalty_verdicts), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_verdict_explain": (
        c_int32,
        (
            P(cstn_loyalty_verdicts), c_char_p, c_size_t, P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_loyalty_verdicts_free": (None, (P(cstn_loyalty_verdicts),)),
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
