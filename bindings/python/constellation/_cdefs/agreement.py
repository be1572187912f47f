"""What agreement.h declares."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_uint8,
)

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .constraint import cstn_vocabulary
from .negotiation import cstn_negotiation
from .party_keys import cstn_party_keys
from .status import ERROR
from .term import cstn_term_set

CSTN_AGREEMENT_PENDING = 1
CSTN_AGREEMENT_ACTIVE = 2
CSTN_AGREEMENT_SUSPENDED = 3
CSTN_AGREEMENT_RETIRING = 4
CSTN_AGREEMENT_RETIRED = 5
CSTN_AGREEMENT_EXPIRED = 6
CSTN_AGREEMENT_CONDITION_ENDED = 7
CSTN_AGREEMENT_SUPERSEDED = 8
CSTN_TRANSITION_SUSPEND = 1
CSTN_TRANSITION_RESUME = 2
CSTN_TRANSITION_RETIRE = 3
CSTN_TRANSITION_CONDITION_ENDED = 4
CSTN_TRANSITION_SUPERSEDE = 5
CSTN_TRANSITION_RENEW = 6
CSTN_CAUSE_NONE = 0
CSTN_CAUSE_DISPUTE = 1
CSTN_CAUSE_DUTY_OVERDUE = 2
CSTN_CAUSE_MEMBERSHIP_LAPSED = 3
CSTN_CAUSE_CONDITION_UNKNOWN = 4
CSTN_HOLD_MISSING = 1
CSTN_HOLD_SPLIT_VIEW = 2
CSTN_HOLD_PARENT = 4
CSTN_BY_RECIPIENT = 1
CSTN_BY_PROVIDER = 2
CSTN_CONDITION_MOST = 255
CSTN_TRANSITIONS_MOST = 65535
CSTN_AGREEMENT_DEPTH_MOST = 8


class cstn_agreement_body(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("retire_by", c_uint32),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("constellation", c_char_p),
        ("condition", c_char_p),
        ("made_us", c_int64),
        ("valid_from_us", c_int64),
        ("valid_until_us", c_int64),
        ("notice_us", c_int64),
        ("terms", c_uint8 * 32),
        ("parent", c_uint8 * 32),
        ("predecessor", c_uint8 * 32),
    ]


class cstn_agreement(Structure):
    """Opaque."""


class cstn_agreement_info(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("state", c_int32),
        ("chain_state", c_int32),
        ("decides", c_int32),
        ("holds", c_uint32),
        ("cause", c_int32),
        ("suspended_by", c_int32),
        ("reserved0", c_uint32),
        ("effective_us", c_int64),
        ("ended_us", c_int64),
        ("seq", c_uint64),
        ("last", c_uint8 * 32),
    ]


class cstn_transition(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("event", c_int32),
        ("actor", c_int32),
        ("from", c_int32),
        ("to", c_int32),
        ("cause", c_int32),
        ("seq", c_uint64),
        ("at_us", c_int64),
        ("effective_us", c_int64),
        ("reason", c_char_p),
        ("reason_len", c_size_t),
        ("agreement", c_uint8 * 32),
        ("previous", c_uint8 * 32),
        ("successor", c_uint8 * 32),
    ]


class cstn_transition_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("cured", c_uint32),
        ("reserved0", c_uint32),
        ("successor", P(cstn_agreement)),
    ]


class cstn_agreement_store(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_agreement_body_format": (c_int32, (P(cstn_agreement_body), ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_agreement_open": (c_int32, (c_char_p, c_size_t, P(cstn_party_keys), P(cstn_negotiation), ALLOCATOR, P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_ref": (P(cstn_agreement), (P(cstn_agreement),)),
    "cstn_agreement_unref": (None, (P(cstn_agreement),)),
    "cstn_agreement_with_terms": (c_int32, (P(cstn_agreement), P(cstn_term_set), P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_terms": (P(cstn_term_set), (P(cstn_agreement),)),
    "cstn_agreement_derive": (c_int32, (P(cstn_agreement), P(cstn_agreement), P(cstn_vocabulary), P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_get_body": (c_int32, (P(cstn_agreement), P(cstn_agreement_body), ERROR)),
    "cstn_agreement_digest": (P(c_uint8), (P(cstn_agreement),)),
    "cstn_agreement_note": (c_char_p, (P(cstn_agreement), P(c_size_t))),
    "cstn_agreement_state_name": (c_char_p, (c_int32,)),
    "cstn_transition_event_name": (c_char_p, (c_int32,)),
    "cstn_cause_name": (c_char_p, (c_int32,)),
    "cstn_agreement_state_at": (c_int32, (P(cstn_agreement), c_int64)),
    "cstn_agreement_decides_at": (c_int32, (P(cstn_agreement), c_int64)),
    "cstn_agreement_get_info": (c_int32, (P(cstn_agreement), c_int64, P(cstn_agreement_info), ERROR)),
    "cstn_agreement_draft": (c_int32, (P(cstn_agreement), P(cstn_transition_options), P(cstn_transition), ERROR)),
    "cstn_transition_format": (c_int32, (P(cstn_transition), ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_transition_parse": (c_int32, (c_char_p, c_size_t, P(cstn_transition), ERROR)),
    "cstn_transition_sign": (c_int32, (P(cstn_transition), c_char_p, ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_agreement_apply": (c_int32, (P(cstn_agreement), c_char_p, c_size_t, P(cstn_party_keys), P(cstn_transition_options), P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_transition_count": (c_size_t, (P(cstn_agreement),)),
    "cstn_agreement_get_transition": (c_int32, (P(cstn_agreement), c_size_t, P(cstn_transition), ERROR)),
    "cstn_agreement_transition_note": (c_char_p, (P(cstn_agreement), c_size_t, P(c_size_t))),
    "cstn_agreement_duty_is_live": (c_int32, (P(cstn_agreement), c_char_p, c_int64, c_int64)),
    "cstn_agreement_serialize": (c_int32, (P(cstn_agreement), P(P(cstn_buffer)), ERROR)),
    "cstn_agreement_deserialize": (c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_store_new": (c_int32, (ALLOCATOR, P(P(cstn_agreement_store)), ERROR)),
    "cstn_agreement_store_free": (None, (P(cstn_agreement_store),)),
    "cstn_agreement_store_count": (c_size_t, (P(cstn_agreement_store),)),
    "cstn_agreement_store_at": (P(cstn_agreement), (P(cstn_agreement_store), c_size_t)),
    "cstn_agreement_store_put": (c_int32, (P(cstn_agreement_store), P(cstn_agreement), P(cstn_vocabulary), c_int64, P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_store_find": (c_int32, (P(cstn_agreement_store), c_char_p, c_char_p, c_char_p, P(c_uint8), c_int64, P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_store_range": (c_int32, (P(cstn_agreement_store), c_char_p, c_char_p, c_char_p, P(c_size_t), P(c_size_t), ERROR)),
    "cstn_agreement_store_get": (c_int32, (P(cstn_agreement_store), P(c_uint8), P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_store_apply": (c_int32, (P(cstn_agreement_store), c_char_p, c_size_t, P(cstn_party_keys), c_uint32, P(P(cstn_agreement)), ERROR)),
    "cstn_agreement_store_serialize": (c_int32, (P(cstn_agreement_store), P(P(cstn_buffer)), ERROR)),
    "cstn_agreement_store_deserialize": (c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_agreement_store)), ERROR)),
}
