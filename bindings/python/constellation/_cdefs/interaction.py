"""What interaction.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_INTERACTION_NPS_ANSWER = 1
CSTN_INTERACTION_SATISFACTION = 2
CSTN_INTERACTION_REVIEW = 3
CSTN_INTERACTION_REFERRAL = 4
CSTN_INTERACTION_REFERENCE = 5
CSTN_INTERACTION_RECOMMENDATION = 6
CSTN_INTERACTION_TICKET_OPENED = 7
CSTN_INTERACTION_TICKET_CLOSED = 8
CSTN_INTERACTION_COMPLAINT = 9
CSTN_INTERACTION_EXIT_THREAT = 10
CSTN_INTERACTION_PLAN_PROMISED = 11
CSTN_INTERACTION_RETURN_FAULT = 12
CSTN_INTERACTION_RETURN_OTHER = 13
CSTN_INTERACTION_ORDER = 14
CSTN_INTERACTION_ORDER_PERFECT = 15
CSTN_INTERACTION_ORDER_FAILED = 16
CSTN_INTERACTION_PRICE_INCREASE_OFFERED = 17
CSTN_INTERACTION_PRICE_INCREASE_ACCEPTED = 18
CSTN_INTERACTION_PRICE_INCREASE_REFUSED = 19
CSTN_INTERACTION_NEW_CATEGORY = 20
CSTN_INTERACTION_FIRST_CHOICE = 21
CSTN_INTERACTION_NOT_FIRST_CHOICE = 22
CSTN_INTERACTION_CONTRACT_RENEWED = 23
CSTN_INTERACTION_CONTRACT_CANCELLED = 24
CSTN_INTERACTION_DUE_DAY = 25
CSTN_INTERACTION_STEP = 26
CSTN_INTERACTION_COUNT = 27
CSTN_FEEDBACK_FLOOR_LEAST = 5
CSTN_TABLE_FEEDBACK_NET_PROMOTER = 1
CSTN_TABLE_FEEDBACK_REASONS = 2
CSTN_TABLE_FEEDBACK_ORDERS = 3
CSTN_TABLE_FEEDBACK_EFFECT = 4


class cstn_interactions(Structure):
    """Opaque."""


class cstn_interactions_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_feedback_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("from_us", c_int64),
        ("until_us", c_int64),
        ("answers", c_int32),
        ("confidence_ppm", c_int32),
        ("floor", c_int32),
        ("window_days", c_int32),
    ]


DECLARED: Functions = {
    "cstn_interaction_name": (c_char_p, (c_int32,)),
    "cstn_interactions_new": (c_int32, (ALLOCATOR, P(P(cstn_interactions)), ERROR)),
    "cstn_interactions_update": (
        c_int32,
        (
            P(cstn_interactions), P(ArrowArrayStream), P(cstn_interactions_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_interactions_merge": (
        c_int32,
        (
            P(cstn_interactions), P(cstn_interactions), ERROR,
        ),
    ),
    "cstn_interactions_remove": (
        c_int32,
        (
            P(cstn_interactions), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_interactions_serialize": (
        c_int32,
        (
            P(cstn_interactions), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_interactions_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_interactions)), ERROR,
        ),
    ),
    "cstn_interactions_count": (c_uint64, (P(cstn_interactions),)),
    "cstn_interactions_free": (None, (P(cstn_interactions),)),
    "cstn_feedback_table": (
        c_int32,
        (
            P(cstn_interactions), c_int32, P(cstn_feedback_options), P(ArrowArrayStream), ERROR,
        ),
    ),
}
