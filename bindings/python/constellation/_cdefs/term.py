"""What term.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .constraint import cstn_constraint, cstn_vocabulary
from .status import ERROR

CSTN_TERM_DIGEST_SIZE = 32
CSTN_TERM_FIELDS_MOST = 4096
CSTN_TERM_ITEMS_MOST = 1024
CSTN_TERM_SET_MOST = 4096
CSTN_TERM_JSON_MOST = 16777216
CSTN_TERM_CONSEQUENCES_MOST = 8
CSTN_TERM_HOPS_MOST = 8
CSTN_EFFECT_PERMIT = 1
CSTN_EFFECT_PROHIBIT = 2
CSTN_LEVEL_RAW = 1
CSTN_LEVEL_PSEUDONYM = 2
CSTN_LEVEL_GENERALISED = 3
CSTN_LEVEL_AGGREGATED = 4
CSTN_LEVEL_NOISED = 5
CSTN_LEVEL_EXISTENCE = 6
CSTN_ONWARD_NONE = 0
CSTN_ONWARD_LIST = 1
CSTN_ONWARD_SAME_CONSTELLATION = 2
CSTN_DELIVERED_KEEP = 0
CSTN_DELIVERED_DELETE = 1
CSTN_DELIVERED_DESTROY_KEY = 2
CSTN_DELIVERED_RETURN = 3
CSTN_REVOCATION_PROVIDER = 1
CSTN_REVOCATION_RECIPIENT = 2
CSTN_REVOCATION_BOTH = 3
CSTN_CONSIDERATION_EXPLICIT_NONE = 1
CSTN_CONSIDERATION_MONEY = 2
CSTN_CONSIDERATION_RECIPROCAL = 3
CSTN_CONSIDERATION_SERVICE = 4
CSTN_CONSIDERATION_DISCOUNT = 5
CSTN_GATE_HARD = 0
CSTN_GATE_ADVISE = 1
CSTN_CONSIDERATION_CURRENT = 1
CSTN_CONSIDERATION_DUE = 2
CSTN_CONSIDERATION_OVERDUE = 3
CSTN_CONSIDERATION_UNKNOWN = 4
CSTN_DUTY_PENDING = 1
CSTN_DUTY_FULFILLED = 2
CSTN_DUTY_VIOLATED = 3
CSTN_DUTY_WAIVED = 4
CSTN_DUTY_BEFORE = 1
CSTN_DUTY_ONGOING = 2
CSTN_DUTY_AFTER = 3
CSTN_DUE_NONE = 0
CSTN_DUE_AT = 1
CSTN_DUE_AFTER_START = 2
CSTN_DUE_AFTER_RELEASE = 3
CSTN_DUE_AFTER_END = 4
CSTN_DUE_EVERY = 5
CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED = 1
CSTN_TERM_PROOF_OF_CONTENT = 2
CSTN_TERM_SMALL_KIND_ACKNOWLEDGED = 4
CSTN_TERM_EFFECT = 1
CSTN_TERM_PROVIDER = 2
CSTN_TERM_RECIPIENT = 3
CSTN_TERM_CONSTELLATION = 4
CSTN_TERM_FIELDS = 5
CSTN_TERM_PURPOSE = 6
CSTN_TERM_ACTIONS = 7
CSTN_TERM_ACCESS_WINDOW = 8
CSTN_TERM_DATA_WINDOW = 9
CSTN_TERM_GRANULARITY = 10
CSTN_TERM_ONWARD = 11
CSTN_TERM_RETENTION = 12
CSTN_TERM_REVOCATION = 13
CSTN_TERM_LIMITS = 14
CSTN_TERM_CONSIDERATION = 15
CSTN_TERM_DUTIES = 16
CSTN_TERM_CONSTRAINT = 17
CSTN_TERM_LEGAL_TEXT = 18
CSTN_TERM_LEGAL_BASIS = 19
CSTN_TERM_FLAGS = 20
CSTN_TERM_READ_LOOSE = 1
CSTN_OFFER_DUAL_PAIR = 1
CSTN_AGREEMENTS_UNKNOWN = 0
CSTN_AGREEMENTS_CONFLICT = 1
CSTN_AGREEMENTS_AMBIGUOUS = 2
CSTN_AGREEMENTS_NONE = 3


class cstn_term_data_window(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("data_from_us", c_int64),
        ("data_until_us", c_int64),
        ("min_age_us", c_int64),
        ("max_age_us", c_int64),
    ]


class cstn_term_step(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("path", c_char_p),
        ("step", c_int64),
    ]


class cstn_term_granularity(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("level", c_int32),
        ("grid_bits", c_int32),
        ("epoch", c_int64),
        ("steps", P(P(cstn_term_step))),
        ("n_steps", c_size_t),
        ("k", c_int64),
        ("l", c_int64),
        ("t_permille", c_int64),
        ("contributors", c_int64),
        ("max_share_permille", c_int64),
        ("sensitivity", c_int64),
        ("nano_epsilon", c_int64),
        ("threshold", c_int64),
    ]


class cstn_term_onward(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("to", c_int32),
        ("max_hops", c_int32),
        ("parties", P(c_char_p)),
        ("n_parties", c_size_t),
    ]


class cstn_term_retention(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("max_us", c_int64),
        ("then", c_int32),
        ("proof", c_int32),
    ]


class cstn_term_revocation(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("by", c_int32),
        ("delivered", c_int32),
        ("notice_us", c_int64),
    ]


class cstn_term_limits(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("calls", c_int64),
        ("rows", c_int64),
        ("window_us", c_int64),
        ("rows_in_all", c_int64),
        ("nano_epsilon", c_int64),
        ("period_us", c_int64),
    ]


class cstn_term_consideration(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("kind", c_int32),
        ("due", c_int32),
        ("due_us", c_int64),
        ("grace_us", c_int64),
        ("gate", c_int32),
        ("basis_points", c_int32),
        ("amount_minor", c_int64),
        ("currency", c_char_p),
        ("service", c_char_p),
        ("term", c_uint8 * 32),
        ("min_completeness_permille", c_int64),
        ("max_staleness_us", c_int64),
    ]


class cstn_term_duty(Structure):
    """Fields as in the header; one of them is another duty."""


cstn_term_duty._fields_ = [
    ("struct_size", c_uint32),
    ("flags", c_uint32),
    ("phase", c_int32),
    ("due", c_int32),
    ("due_us", c_int64),
    ("action", c_char_p),
    ("consequence", P(cstn_term_duty)),
]


class cstn_term_document(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("title", c_char_p),
        ("sha256", c_uint8 * 32),
    ]


class cstn_term_view(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("effect", c_int32),
        ("actions", c_uint32),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("recipient_roles", P(c_char_p)),
        ("n_recipient_roles", c_size_t),
        ("constellation", c_char_p),
        ("fields", P(c_char_p)),
        ("n_fields", c_size_t),
        ("purpose", c_char_p),
        ("valid_from_us", c_int64),
        ("valid_until_us", c_int64),
        ("data_window", P(cstn_term_data_window)),
        ("granularity", P(cstn_term_granularity)),
        ("onward", P(cstn_term_onward)),
        ("retention", P(cstn_term_retention)),
        ("revocation", P(cstn_term_revocation)),
        ("limits", P(cstn_term_limits)),
        ("considerations", P(P(cstn_term_consideration))),
        ("n_considerations", c_size_t),
        ("duties", P(P(cstn_term_duty))),
        ("n_duties", c_size_t),
        ("documents", P(P(cstn_term_document))),
        ("n_documents", c_size_t),
        ("legal_basis", c_char_p),
        ("constraint", P(cstn_constraint)),
        ("constraint_json", c_char_p),
    ]


class cstn_term(Structure):
    """Opaque."""


class cstn_term_builder(Structure):
    """Opaque."""


class cstn_term_set(Structure):
    """Opaque."""


class cstn_offer_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("vocabulary", P(cstn_vocabulary)),
        ("duty_actions", P(c_char_p)),
        ("n_duty_actions", c_size_t),
    ]


class cstn_offer_defect(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("component", c_int32),
        ("term", c_uint64),
        ("operand", c_char_p),
        ("value", c_char_p),
        ("rule", c_char_p),
    ]


class cstn_offer_defects(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_term_component_name": (c_char_p, (c_int32,)),
    "cstn_term_builder_new": (c_int32, (ALLOCATOR, P(P(cstn_term_builder)), ERROR)),
    "cstn_term_builder_free": (None, (P(cstn_term_builder),)),
    "cstn_term_builder_set_effect": (c_int32, (P(cstn_term_builder), c_int32, ERROR)),
    "cstn_term_builder_set_provider": (c_int32, (P(cstn_term_builder), c_char_p, ERROR)),
    "cstn_term_builder_set_recipient": (c_int32, (P(cstn_term_builder), c_char_p, ERROR)),
    "cstn_term_builder_add_recipient_role": (c_int32, (P(cstn_term_builder), c_char_p, ERROR)),
    "cstn_term_builder_set_constellation": (c_int32, (P(cstn_term_builder), c_char_p, ERROR)),
    "cstn_term_builder_add_field": (c_int32, (P(cstn_term_builder), c_char_p, ERROR)),
    "cstn_term_builder_set_purpose": (c_int32, (P(cstn_term_builder), c_char_p, ERROR)),
    "cstn_term_builder_set_actions": (c_int32, (P(cstn_term_builder), c_uint32, ERROR)),
    "cstn_term_builder_set_access_window": (
        c_int32,
        (P(cstn_term_builder), c_int64, c_int64, ERROR),
    ),
    "cstn_term_builder_set_data_window": (
        c_int32,
        (P(cstn_term_builder), P(cstn_term_data_window), ERROR),
    ),
    "cstn_term_builder_set_granularity": (
        c_int32,
        (P(cstn_term_builder), P(cstn_term_granularity), ERROR),
    ),
    "cstn_term_builder_set_onward": (c_int32, (P(cstn_term_builder), P(cstn_term_onward), ERROR)),
    "cstn_term_builder_set_retention": (
        c_int32,
        (P(cstn_term_builder), P(cstn_term_retention), ERROR),
    ),
    "cstn_term_builder_set_revocation": (
        c_int32,
        (P(cstn_term_builder), P(cstn_term_revocation), ERROR),
    ),
    "cstn_term_builder_set_limits": (c_int32, (P(cstn_term_builder), P(cstn_term_limits), ERROR)),
    "cstn_term_builder_add_consideration": (
        c_int32,
        (P(cstn_term_builder), P(cstn_term_consideration), ERROR),
    ),
    "cstn_term_builder_add_duty": (c_int32, (P(cstn_term_builder), P(cstn_term_duty), ERROR)),
    "cstn_term_builder_set_constraint": (
        c_int32,
        (P(cstn_term_builder), P(cstn_constraint), ERROR),
    ),
    "cstn_term_builder_set_legal_basis": (c_int32, (P(cstn_term_builder), c_char_p, ERROR)),
    "cstn_term_builder_add_document": (
        c_int32,
        (P(cstn_term_builder), P(cstn_term_document), ERROR),
    ),
    "cstn_term_builder_set_flags": (c_int32, (P(cstn_term_builder), c_uint32, ERROR)),
    "cstn_term_builder_build": (c_int32, (P(cstn_term_builder), P(P(cstn_term)), ERROR)),
    "cstn_term_ref": (P(cstn_term), (P(cstn_term),)),
    "cstn_term_unref": (None, (P(cstn_term),)),
    "cstn_term_components": (P(cstn_term_view), (P(cstn_term),)),
    "cstn_term_json": (c_char_p, (P(cstn_term), P(c_size_t))),
    "cstn_term_digest": (None, (P(cstn_term), P(c_uint8))),
    "cstn_term_read": (c_int32, (c_char_p, c_size_t, c_uint32, ALLOCATOR, P(P(cstn_term)), ERROR)),
    "cstn_term_text": (c_int32, (P(cstn_term), P(P(cstn_buffer)), ERROR)),
    "cstn_term_set_new": (
        c_int32,
        (P(P(cstn_term)), c_size_t, ALLOCATOR, P(P(cstn_term_set)), ERROR),
    ),
    "cstn_term_set_read": (
        c_int32,
        (c_char_p, c_size_t, c_uint32, ALLOCATOR, P(P(cstn_term_set)), ERROR),
    ),
    "cstn_term_set_ref": (P(cstn_term_set), (P(cstn_term_set),)),
    "cstn_term_set_unref": (None, (P(cstn_term_set),)),
    "cstn_term_set_count": (c_size_t, (P(cstn_term_set),)),
    "cstn_term_set_at": (P(cstn_term), (P(cstn_term_set), c_size_t)),
    "cstn_term_set_json": (c_char_p, (P(cstn_term_set), P(c_size_t))),
    "cstn_term_set_digest": (None, (P(cstn_term_set), P(c_uint8))),
    "cstn_term_is_within": (
        c_int32,
        (P(cstn_term), P(cstn_term), P(cstn_vocabulary), P(c_int32), P(c_int32), ERROR),
    ),
    "cstn_term_set_is_within": (
        c_int32,
        (
            P(cstn_term_set),
            P(cstn_term_set),
            P(cstn_vocabulary),
            P(c_int32),
            P(c_size_t),
            P(c_int32),
            ERROR,
        ),
    ),
    "cstn_term_is_realizable": (
        c_int32,
        (P(cstn_term), P(cstn_vocabulary), P(c_int32), P(c_int32), ERROR),
    ),
    "cstn_offer_check": (
        c_int32,
        (P(cstn_term_set), P(cstn_offer_options), ALLOCATOR, P(P(cstn_offer_defects)), ERROR),
    ),
    "cstn_offer_defects_count": (c_size_t, (P(cstn_offer_defects),)),
    "cstn_offer_defects_at": (P(cstn_offer_defect), (P(cstn_offer_defects), c_size_t)),
    "cstn_offer_defects_free": (None, (P(cstn_offer_defects),)),
    "cstn_terms_compare": (
        c_int32,
        (P(cstn_term), P(cstn_term), P(cstn_vocabulary), P(c_int32), ERROR),
    ),
    "cstn_agreements_compare": (
        c_int32,
        (P(cstn_term_set), P(cstn_term_set), P(cstn_vocabulary), P(c_int32), ERROR),
    ),
}
