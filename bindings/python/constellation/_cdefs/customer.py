"""What customer.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64

from .alloc import cstn_buffer
from .common import Functions, P
from .loyalty import cstn_loyalty_options
from .network import cstn_network, cstn_snapshot
from .relationship_stage import cstn_stage_policy
from .status import ERROR
from .vault import cstn_consent_question, cstn_vault, cstn_vault_matches


CSTN_ERASE_EVENTS = 1


class cstn_customer_field(Structure):
    """Fields as in the header."""

    _fields_ = [("name", c_char_p), ("value", P(c_uint8)), ("value_size", c_size_t)]


class cstn_customer_export_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("owner", c_char_p),
        ("now_us", c_int64),
        ("stage_policy", P(cstn_stage_policy)),
        ("verdicts", P(cstn_loyalty_options)),
    ]


class cstn_customer_erasure(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("owner", c_char_p),
        ("categories", P(c_int32)),
        ("n_categories", c_size_t),
        ("reason", c_char_p),
        ("now_us", c_int64),
    ]


DECLARED: Functions = {
    "cstn_customer_field_count": (c_size_t, ()),
    "cstn_customer_field_name": (c_char_p, (c_size_t,)),
    "cstn_customer_field_category": (c_int32, (c_size_t,)),
    "cstn_customer_field_form": (c_int32, (c_size_t,)),
    "cstn_customer_put": (
        c_int32,
        (
            P(cstn_vault),
            P(cstn_network),
            c_char_p,
            c_char_p,
            P(cstn_customer_field),
            c_size_t,
            c_int64,
            ERROR,
        ),
    ),
    "cstn_customer_get": (
        c_int32,
        (
            P(cstn_vault),
            P(cstn_snapshot),
            P(cstn_consent_question),
            c_char_p,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_customer_find": (
        c_int32,
        (
            P(cstn_vault),
            P(cstn_snapshot),
            P(cstn_consent_question),
            c_char_p,
            P(c_uint8),
            c_size_t,
            P(P(cstn_vault_matches)),
            P(c_uint64),
            ERROR,
        ),
    ),
    "cstn_customer_export": (
        c_int32,
        (
            P(cstn_vault),
            P(cstn_snapshot),
            c_char_p,
            P(cstn_customer_export_options),
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_customer_erase_categories": (
        c_int32,
        (
            P(cstn_vault),
            P(cstn_network),
            c_char_p,
            P(cstn_customer_erasure),
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_customer_erase": (
        c_int32,
        (
            P(cstn_vault),
            P(cstn_network),
            c_char_p,
            c_char_p,
            c_char_p,
            c_int64,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
}
