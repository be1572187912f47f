"""What negotiation.h declares."""

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
from .party_keys import cstn_party_keys
from .status import ERROR

CSTN_ACTOR_RECIPIENT = 1
CSTN_ACTOR_PROVIDER = 2
CSTN_NEGOTIATION_NONE = 0
CSTN_NEGOTIATION_REQUESTED = 1
CSTN_NEGOTIATION_OFFERED = 2
CSTN_NEGOTIATION_ACCEPTED = 3
CSTN_NEGOTIATION_AGREED = 4
CSTN_NEGOTIATION_VERIFIED = 5
CSTN_NEGOTIATION_FINALIZED = 6
CSTN_NEGOTIATION_TERMINATED = 7
CSTN_MESSAGE_REQUEST = 1
CSTN_MESSAGE_OFFER = 2
CSTN_MESSAGE_ACCEPT = 3
CSTN_MESSAGE_AGREE = 4
CSTN_MESSAGE_VERIFY = 5
CSTN_MESSAGE_FINALIZE = 6
CSTN_MESSAGE_TERMINATE = 7
CSTN_MESSAGE_ID_SIZE = 16
CSTN_TERMS_DIGEST_SIZE = 32
CSTN_NEGOTIATION_ROUNDS_MOST = 4096
CSTN_REASON_MOST = 255
CSTN_NEGOTIATION_ALLOW_REOFFER = 1


class cstn_negotiation(Structure):
    """Opaque."""


class cstn_negotiation_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("id", c_char_p),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("constellation", c_char_p),
        ("allocator", ALLOCATOR),
    ]


class cstn_negotiation_message(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("type", c_int32),
        ("actor", c_int32),
        ("reserved0", c_uint32),
        ("negotiation", c_char_p),
        ("negotiation_len", c_size_t),
        ("reason", c_char_p),
        ("reason_len", c_size_t),
        ("now_us", c_int64),
        ("expires_us", c_int64),
        ("id", c_uint8 * 16),
        ("digest", c_uint8 * 32),
    ]


class cstn_negotiation_info(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("state", c_int32),
        ("flags", c_uint32),
        ("reserved0", c_uint32),
        ("id", c_char_p),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("constellation", c_char_p),
        ("expires_us", c_int64),
        ("last_us", c_int64),
        ("n_messages", c_uint64),
        ("n_refused", c_uint64),
        ("digest", c_uint8 * 32),
    ]


DECLARED: Functions = {
    "cstn_negotiation_state_name": (c_char_p, (c_int32,)),
    "cstn_negotiation_message_name": (c_char_p, (c_int32,)),
    "cstn_actor_name": (c_char_p, (c_int32,)),
    "cstn_negotiation_new": (c_int32, (P(cstn_negotiation_options), P(P(cstn_negotiation)), ERROR)),
    "cstn_negotiation_ref": (P(cstn_negotiation), (P(cstn_negotiation),)),
    "cstn_negotiation_unref": (None, (P(cstn_negotiation),)),
    "cstn_negotiation_state": (c_int32, (P(cstn_negotiation),)),
    "cstn_negotiation_get_info": (c_int32, (P(cstn_negotiation), P(cstn_negotiation_info), ERROR)),
    "cstn_negotiation_apply": (c_int32, (P(cstn_negotiation), P(cstn_negotiation_message), P(P(cstn_negotiation)), ERROR)),
    "cstn_negotiation_refused": (c_int32, (P(cstn_negotiation), P(P(cstn_negotiation)), ERROR)),
    "cstn_negotiation_message_format": (c_int32, (P(cstn_negotiation_message), ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_negotiation_message_parse": (c_int32, (c_char_p, c_size_t, P(cstn_negotiation_message), ERROR)),
    "cstn_negotiation_message_sign": (c_int32, (P(cstn_negotiation_message), c_char_p, ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_negotiation_apply_note": (c_int32, (P(cstn_negotiation), c_char_p, c_size_t, P(cstn_party_keys), P(P(cstn_negotiation)), ERROR)),
    "cstn_negotiation_log_entry": (c_int32, (P(cstn_negotiation), P(cstn_negotiation_message), c_int32, P(P(cstn_buffer)), ERROR)),
    "cstn_negotiation_serialize": (c_int32, (P(cstn_negotiation), P(P(cstn_buffer)), ERROR)),
    "cstn_negotiation_deserialize": (c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_negotiation)), ERROR)),
}
