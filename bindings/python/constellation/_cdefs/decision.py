"""What decision.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64

from .agreement import cstn_agreement
from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .constraint import cstn_fact, cstn_vocabulary
from .party_keys import cstn_party_keys
from .status import ERROR
from .term import cstn_term, cstn_term_granularity, cstn_term_set

CSTN_DECISION_DIGEST_SIZE = 32
CSTN_REQUEST_NONCE_SIZE = 16
CSTN_REQUEST_PATHS_MOST = 4096
CSTN_REQUEST_HOPS_MOST = 8
CSTN_REQUEST_FACTS_MOST = 4096
CSTN_DECISION_PERMIT = 0
CSTN_DECISION_INDETERMINATE = 100
CSTN_DECISION_NO_MEMBERSHIP = 200
CSTN_DECISION_HOPS = 210
CSTN_DECISION_NO_AGREEMENT = 300
CSTN_DECISION_SUSPENDED = 310
CSTN_DECISION_PROHIBITED = 500
CSTN_DECISION_NO_PERMIT = 600
CSTN_DECISION_DUTY_PENDING = 700
CSTN_DECISION_DUTY_VIOLATED = 710
CSTN_DECISION_CONSIDERATION = 720
CSTN_DECISION_FIREWALL = 800
CSTN_DECISION_WALL = 810
CSTN_DECISION_LEVEL = 820
CSTN_DECISION_BUDGET = 900
CSTN_DECISION_ALL_OR_NOTHING = 1000
CSTN_REQUEST_DOWNGRADE_OK = 1
CSTN_REQUEST_ALL_OR_NOTHING = 2
CSTN_RULES_AGREEMENT_RETIRING_SUSPENDED = 1
CSTN_RULES_DUTY_RETENTION = 4294967295
CSTN_RULES_DUTY_REVOCATION = 4294967294
CSTN_OVERRIDE_PATHS_MOST = 64
CSTN_DECISION_FIELD_DOWNGRADED = 1
CSTN_DECISION_FIELD_FIREWALL = 2
CSTN_DECISION_FIELD_OVERRIDE = 4
CSTN_DECISION_FIELD_NO_ONWARD = 8
CSTN_DECISION_FIELD_ADVISED = 16


class cstn_request_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("constellation", c_char_p),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("role", c_char_p),
        ("purpose", c_char_p),
        ("action", c_uint32),
        ("level", c_int32),
        ("paths", P(c_char_p)),
        ("n_paths", c_size_t),
        ("data_from_us", c_int64),
        ("data_until_us", c_int64),
        ("hops", P(c_char_p)),
        ("n_hops", c_size_t),
        ("facts", P(cstn_fact)),
        ("n_facts", c_size_t),
        ("now_us", c_int64),
        ("rows", c_uint64),
        ("nano_epsilon", c_uint64),
        ("nonce", c_uint8 * 16),
    ]


class cstn_request(Structure):
    """Opaque."""


class cstn_rules(Structure):
    """Opaque."""


class cstn_rules_builder(Structure):
    """Opaque."""


class cstn_constellation_rules(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("constellation", c_char_p),
        ("framework", c_char_p),
        ("vocabulary", P(cstn_vocabulary)),
        ("contributors", c_int64),
        ("max_share_permille", c_int64),
        ("min_age_us", c_int64),
        ("rows", c_int64),
        ("wall_us", c_int64),
        ("values", c_int64),
        ("t_permille", c_int64),
    ]


class cstn_rules_agreement(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("constellation", c_char_p),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("digest", c_uint8 * 32),
        ("parent", c_uint8 * 32),
        ("state", c_int32),
        ("reserved0", c_int32),
        ("signed_us", c_int64),
        ("valid_from_us", c_int64),
        ("valid_until_us", c_int64),
        ("effective_us", c_int64),
        ("terms", P(P(cstn_term))),
        ("term_parents", P(c_uint8)),
        ("n_terms", c_size_t),
    ]


class cstn_rules_usage(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
        ("at_us", c_int64),
        ("calls", c_uint64),
        ("rows", c_uint64),
        ("rows_in_all", c_uint64),
        ("nano_epsilon", c_uint64),
    ]


class cstn_rules_duty(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
        ("index", c_uint32),
        ("state", c_int32),
        ("deadline_us", c_int64),
    ]


class cstn_rules_consideration(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
        ("index", c_uint32),
        ("state", c_int32),
        ("due_us", c_int64),
    ]


class cstn_override(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("level", c_int32),
        ("constellation", c_char_p),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("paths", P(c_char_p)),
        ("n_paths", c_size_t),
        ("from_us", c_int64),
        ("until_us", c_int64),
    ]


class cstn_decision(Structure):
    """Opaque."""


class cstn_decision_field(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reason", c_int32),
        ("path", c_char_p),
        ("granularity", P(cstn_term_granularity)),
        ("classes", c_uint32),
        ("flags", c_uint32),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
        ("retention_us", c_int64),
        ("min_age_us", c_int64),
    ]


class cstn_decision_obligation(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("index", c_uint32),
        ("action", c_char_p),
        ("deadline_us", c_int64),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
    ]


class cstn_decision_reservation(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved0", c_uint32),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
        ("calls", c_uint64),
        ("rows", c_uint64),
        ("nano_epsilon", c_uint64),
    ]


DECLARED: Functions = {
    "cstn_decision_reason_name": (c_char_p, (c_int32,)),
    "cstn_request_new": (c_int32, (P(cstn_request_options), ALLOCATOR, P(P(cstn_request)), ERROR)),
    "cstn_request_ref": (P(cstn_request), (P(cstn_request),)),
    "cstn_request_unref": (None, (P(cstn_request),)),
    "cstn_request_digest": (c_int32, (P(cstn_request), P(c_uint8), ERROR)),
    "cstn_request_json": (c_int32, (P(cstn_request), P(P(cstn_buffer)), ERROR)),
    "cstn_rules_builder_new": (c_int32, (ALLOCATOR, P(P(cstn_rules_builder)), ERROR)),
    "cstn_rules_builder_free": (None, (P(cstn_rules_builder),)),
    "cstn_rules_builder_set_version": (None, (P(cstn_rules_builder), c_uint64)),
    "cstn_rules_builder_add_constellation": (c_int32, (P(cstn_rules_builder), P(cstn_constellation_rules), ERROR)),
    "cstn_rules_builder_add_membership": (c_int32, (P(cstn_rules_builder), c_char_p, c_char_p, P(c_char_p), c_size_t, c_int64, c_int64, ERROR)),
    "cstn_rules_builder_add_relation": (c_int32, (P(cstn_rules_builder), c_char_p, c_char_p, c_char_p, c_int32, c_int64, c_int64, ERROR)),
    "cstn_rules_builder_add_agreement": (c_int32, (P(cstn_rules_builder), P(cstn_rules_agreement), ERROR)),
    "cstn_rules_builder_add_signed": (c_int32, (P(cstn_rules_builder), P(cstn_agreement), P(cstn_term_set), P(c_uint8), ERROR)),
    "cstn_rules_builder_add_usage": (c_int32, (P(cstn_rules_builder), P(cstn_rules_usage), ERROR)),
    "cstn_rules_builder_add_duty": (c_int32, (P(cstn_rules_builder), P(cstn_rules_duty), ERROR)),
    "cstn_rules_builder_add_consideration": (c_int32, (P(cstn_rules_builder), P(cstn_rules_consideration), ERROR)),
    "cstn_rules_builder_add_conflict_set": (c_int32, (P(cstn_rules_builder), c_char_p, P(c_char_p), c_size_t, ERROR)),
    "cstn_rules_builder_add_delivery": (c_int32, (P(cstn_rules_builder), c_char_p, c_char_p, c_char_p, c_uint32, c_int64, ERROR)),
    "cstn_override_format": (c_int32, (P(cstn_override), ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_rules_builder_add_override": (c_int32, (P(cstn_rules_builder), c_char_p, c_size_t, P(cstn_party_keys), ERROR)),
    "cstn_rules_build": (c_int32, (P(cstn_rules_builder), P(P(cstn_rules)), ERROR)),
    "cstn_rules_ref": (P(cstn_rules), (P(cstn_rules),)),
    "cstn_rules_unref": (None, (P(cstn_rules),)),
    "cstn_rules_version": (c_uint64, (P(cstn_rules),)),
    "cstn_decide": (c_int32, (P(cstn_rules), P(cstn_request), P(P(cstn_decision)), ERROR)),
    "cstn_decision_ref": (P(cstn_decision), (P(cstn_decision),)),
    "cstn_decision_unref": (None, (P(cstn_decision),)),
    "cstn_decision_is_permitted": (c_int32, (P(cstn_decision),)),
    "cstn_decision_reason": (c_int32, (P(cstn_decision),)),
    "cstn_decision_count": (c_size_t, (P(cstn_decision),)),
    "cstn_decision_field_at": (c_int32, (P(cstn_decision), c_size_t, P(cstn_decision_field), ERROR)),
    "cstn_decision_obligation_count": (c_size_t, (P(cstn_decision),)),
    "cstn_decision_obligation_at": (c_int32, (P(cstn_decision), c_size_t, P(cstn_decision_obligation), ERROR)),
    "cstn_decision_reservation_count": (c_size_t, (P(cstn_decision),)),
    "cstn_decision_reservation_at": (c_int32, (P(cstn_decision), c_size_t, P(cstn_decision_reservation), ERROR)),
    "cstn_decision_record": (c_int32, (P(cstn_decision), P(P(cstn_buffer)), ERROR)),
    "cstn_decision_digest": (c_int32, (P(cstn_decision), P(c_uint8), ERROR)),
    "cstn_decision_explain": (c_int32, (P(cstn_decision), P(P(cstn_buffer)), ERROR)),
    "cstn_decision_suggest": (c_int32, (P(cstn_decision), P(P(cstn_request)), ERROR)),
}
