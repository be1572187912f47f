"""What odrl.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint32

from .alloc import ALLOCATOR
from .common import Functions, P
from .constraint import cstn_constraint, cstn_id, cstn_vocabulary
from .status import ERROR

CSTN_ODRL_LEGAL_TEXT = 1
CSTN_ODRL_PERMISSION = 1
CSTN_ODRL_PROHIBITION = 2
CSTN_ODRL_OBLIGATION = 3
CSTN_ODRL_ASSIGNEE_COLLECTION = 1
CSTN_ODRL_TARGET_COLLECTION = 2
CSTN_ODRL_COMPONENTS_ONLY = 4
CSTN_ODRL_ANY_ACTION = 8
CSTN_ODRL_MEMBERSHIP = 1
CSTN_ODRL_CALLS = 2
CSTN_ODRL_RETENTION_UNTIL = 3
CSTN_ODRL_RETENTION_FOR = 4
CSTN_ODRL_RETENTION_WITHOUT_END = 5
CSTN_ODRL_VALID_UNTIL = 6
CSTN_ODRL_VALID_FOR = 7
CSTN_ODRL_ONWARD_LIST = 8
CSTN_ODRL_ONWARD_NONE = 9
CSTN_ODRL_PROHIBIT_DERIVE = 10
CSTN_ODRL_DELIVERED_DELETE = 11
CSTN_ODRL_DELIVERED_KEEP = 12
CSTN_ODRL_LEGAL_CLAUSE = 13


class cstn_odrl_policy(Structure):
    """Opaque."""


class cstn_odrl_refusals(Structure):
    """Opaque."""


class cstn_odrl_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("affiliates", P(cstn_id)),
        ("n_affiliates", c_size_t),
        ("managed", P(cstn_id)),
        ("n_managed", c_size_t),
    ]


class cstn_odrl_rule(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_int32),
        ("flags", c_uint32),
        ("actions", c_uint32),
        ("uid", c_char_p),
        ("assigner", c_char_p),
        ("assignee", c_char_p),
        ("assignee_source", c_char_p),
        ("target", c_char_p),
        ("target_source", c_char_p),
        ("constraint", P(cstn_constraint)),
        ("n_components", c_size_t),
        ("n_duties", c_size_t),
    ]


class cstn_odrl_component(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("kind", c_int32),
        ("reserved0", c_int32),
        ("number", c_int64),
        ("text", c_char_p),
        ("ids", P(cstn_id)),
        ("n_ids", c_size_t),
    ]


DECLARED: Functions = {
    "cstn_odrl_import": (
        c_int32,
        (
            c_char_p,
            c_size_t,
            P(cstn_vocabulary),
            P(cstn_odrl_options),
            ALLOCATOR,
            P(P(cstn_odrl_policy)),
            P(P(cstn_odrl_refusals)),
            ERROR,
        ),
    ),
    "cstn_odrl_policy_ref": (P(cstn_odrl_policy), (P(cstn_odrl_policy),)),
    "cstn_odrl_policy_unref": (None, (P(cstn_odrl_policy),)),
    "cstn_odrl_policy_uid": (c_char_p, (P(cstn_odrl_policy),)),
    "cstn_odrl_rule_count": (c_size_t, (P(cstn_odrl_policy),)),
    "cstn_odrl_rule_at": (
        c_int32,
        (P(cstn_odrl_policy), c_size_t, P(cstn_odrl_rule), ERROR),
    ),
    "cstn_odrl_component_at": (
        c_int32,
        (P(cstn_odrl_policy), c_size_t, c_size_t, P(cstn_odrl_component), ERROR),
    ),
    "cstn_odrl_duty_action": (
        c_char_p,
        (P(cstn_odrl_policy), c_size_t, c_size_t, P(c_char_p)),
    ),
    "cstn_odrl_refusal_count": (c_size_t, (P(cstn_odrl_refusals),)),
    "cstn_odrl_refusal_place": (c_char_p, (P(cstn_odrl_refusals), c_size_t)),
    "cstn_odrl_refusal_operand": (c_char_p, (P(cstn_odrl_refusals), c_size_t)),
    "cstn_odrl_refusal_value": (c_char_p, (P(cstn_odrl_refusals), c_size_t)),
    "cstn_odrl_refusal_reason": (c_char_p, (P(cstn_odrl_refusals), c_size_t)),
    "cstn_odrl_refusals_free": (None, (P(cstn_odrl_refusals),)),
}
