"""What relationship_stage.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_STAGE_PROSPECT = 0
CSTN_STAGE_LOST = 1
CSTN_STAGE_DORMANT = 2
CSTN_STAGE_CRISIS = 3
CSTN_STAGE_STRUGGLE = 4
CSTN_STAGE_RECOVERY = 5
CSTN_STAGE_COMMIT = 6
CSTN_STAGE_DEVELOP = 7
CSTN_STAGE_COUNT = 8
CSTN_STAGE_DIGEST_SIZE = 32
CSTN_STAGE_GROUPED = 1
CSTN_TABLE_STAGE_MOVES = 1
CSTN_TABLE_STAGE_CUSTOMERS = 2
CSTN_TABLE_STAGE_OVERVIEW = 1
CSTN_TABLE_STAGE_TRANSITIONS = 2
CSTN_TABLE_STAGE_STAYS = 3
CSTN_TABLE_STAGE_CRISIS = 4
CSTN_TABLE_STAGE_PERIODS = 5


class cstn_stage_policy(Structure):
    """Opaque."""


class cstn_stage_history(Structure):
    """Opaque."""


class cstn_stage_state(Structure):
    """Opaque."""


class cstn_stage_summary(Structure):
    """Opaque."""


class cstn_stage_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("period_days", c_int32),
        ("as_of_us", c_int64),
        ("known_us", c_int64),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_stage_name": (c_char_p, (c_int32,)),
    "cstn_stage_rank": (c_int32, (c_int32,)),
    "cstn_stage_policy_parse": (
        c_int32,
        (
            c_char_p, c_size_t, ALLOCATOR, P(P(cstn_stage_policy)), ERROR,
        ),
    ),
    "cstn_stage_policy_format": (c_char_p, (P(cstn_stage_policy), P(c_size_t))),
    "cstn_stage_policy_digest": (None, (P(cstn_stage_policy), P(c_uint8))),
    "cstn_stage_policy_ref": (P(cstn_stage_policy), (P(cstn_stage_policy),)),
    "cstn_stage_policy_unref": (None, (P(cstn_stage_policy),)),
    "cstn_stage_replay": (
        c_int32,
        (
            P(cstn_stage_policy), P(ArrowArrayStream), P(cstn_stage_options), ALLOCATOR,
            P(P(cstn_stage_history)), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_stage_state_new": (
        c_int32,
        (
            P(cstn_stage_policy), c_int64, ALLOCATOR, P(P(cstn_stage_state)), ERROR,
        ),
    ),
    "cstn_stage_state_update": (
        c_int32,
        (
            P(cstn_stage_state), P(ArrowArrayStream), P(cstn_stage_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_stage_state_merge": (
        c_int32,
        (
            P(cstn_stage_state), P(cstn_stage_state), ERROR,
        ),
    ),
    "cstn_stage_state_settle": (c_int32, (P(cstn_stage_state), c_int64, ERROR)),
    "cstn_stage_state_finish": (
        c_int32,
        (
            P(cstn_stage_state), P(cstn_stage_options), P(P(cstn_stage_history)), ERROR,
        ),
    ),
    "cstn_stage_state_serialize": (
        c_int32,
        (
            P(cstn_stage_state), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_stage_state_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_stage_state)), ERROR,
        ),
    ),
    "cstn_stage_state_free": (None, (P(cstn_stage_state),)),
    "cstn_stage_history_export": (
        c_int32,
        (
            P(cstn_stage_history), c_int32, P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_customer_stage_at": (
        c_int32,
        (
            P(cstn_stage_history), c_char_p, c_size_t, c_int64, P(c_int32), P(c_int64), ERROR,
        ),
    ),
    "cstn_stage_history_serialize": (
        c_int32,
        (
            P(cstn_stage_history), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_stage_history_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_stage_history)), ERROR,
        ),
    ),
    "cstn_stage_history_free": (None, (P(cstn_stage_history),)),
    "cstn_stage_history_summary": (
        c_int32,
        (
            P(cstn_stage_history), P(P(cstn_stage_summary)), ERROR,
        ),
    ),
    "cstn_stage_summary_merge": (
        c_int32,
        (
            P(cstn_stage_summary), P(cstn_stage_summary), ERROR,
        ),
    ),
    "cstn_stage_summary_remove": (
        c_int32,
        (
            P(cstn_stage_summary), P(cstn_stage_summary), ERROR,
        ),
    ),
    "cstn_stage_summary_serialize": (
        c_int32,
        (
            P(cstn_stage_summary), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_stage_summary_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_stage_summary)), ERROR,
        ),
    ),
    "cstn_stage_summary_export": (
        c_int32,
        (
            P(cstn_stage_summary), c_int32, P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_stage_summary_value": (
        c_int32,
        (
            P(cstn_stage_summary), P(c_double), c_double, P(c_double), P(c_int32), ERROR,
        ),
    ),
    "cstn_stage_summary_free": (None, (P(cstn_stage_summary),)),
}
