"""What service_policy.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_size_t, c_uint8

from .alloc import ALLOCATOR
from .common import Functions, P
from .status import ERROR

CSTN_DIGEST_SIZE = 32


class cstn_service_policy(Structure):
    """Opaque."""


class cstn_service_policy_builder(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_service_policy_new": (c_int32, (c_char_p, ALLOCATOR, P(P(cstn_service_policy)), ERROR)),
    "cstn_service_policy_parse": (
        c_int32,
        (
            c_char_p, c_size_t, ALLOCATOR, P(P(cstn_service_policy)), ERROR,
        ),
    ),
    "cstn_service_policy_format": (c_char_p, (P(cstn_service_policy), P(c_size_t))),
    "cstn_service_policy_digest": (None, (P(cstn_service_policy), P(c_uint8))),
    "cstn_service_policy_digest_text": (c_char_p, (P(cstn_service_policy),)),
    "cstn_service_policy_get": (c_int32, (P(cstn_service_policy), c_char_p, P(c_char_p), ERROR)),
    "cstn_service_policy_key_count": (c_size_t, ()),
    "cstn_service_policy_key_at": (c_char_p, (c_size_t,)),
    "cstn_service_policy_values_at": (c_char_p, (c_size_t,)),
    "cstn_service_policy_meaning_at": (c_char_p, (c_size_t,)),
    "cstn_service_policy_builder_new": (
        c_int32,
        (
            ALLOCATOR, P(P(cstn_service_policy_builder)), ERROR,
        ),
    ),
    "cstn_service_policy_builder_set": (
        c_int32,
        (
            P(cstn_service_policy_builder), c_char_p, c_char_p, ERROR,
        ),
    ),
    "cstn_service_policy_builder_build": (
        c_int32,
        (
            P(cstn_service_policy_builder), P(P(cstn_service_policy)), ERROR,
        ),
    ),
    "cstn_service_policy_builder_free": (None, (P(cstn_service_policy_builder),)),
    "cstn_service_policy_ref": (P(cstn_service_policy), (P(cstn_service_policy),)),
    "cstn_service_policy_unref": (None, (P(cstn_service_policy),)),
}
