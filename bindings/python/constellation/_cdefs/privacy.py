"""What privacy.h declares."""

from __future__ import annotations

from ctypes import CFUNCTYPE, Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_void_p

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_GENERALISE_KEEP = 0
CSTN_GENERALISE_BUCKET = 1
CSTN_GENERALISE_CALENDAR = 2
CSTN_GENERALISE_PREFIX = 3
CSTN_GENERALISE_HIERARCHY = 4
CSTN_GENERALISE_ALL = 5
CSTN_PRIVACY_CATEGORICAL = 1
CSTN_PRIVACY_HAS_CLASSES = 1
CSTN_PRIVACY_HAS_SENSITIVE = 2
CSTN_PRIVACY_HAS_T_FRACTION = 4
CSTN_RULE_ROWS = 1
CSTN_RULE_DISTINCT = 2
CSTN_RULE_CLOSENESS = 3
CSTN_RULE_COMPANIES = 4
CSTN_RULE_SHARE = 5
CSTN_RULE_MARGIN = 6
CSTN_RULE_DIFFERENCE = 7
CSTN_DIFFERENCE_CELLS_MOST = 4096
CSTN_AGGREGATE_SUM = 1
CSTN_AGGREGATE_COUNT = 2
CSTN_AGGREGATE_MEAN = 3
CSTN_AGGREGATE_MARGINS = 1
CSTN_AGGREGATE_NO_COMPANY = 2
CSTN_AGGREGATE_CATEGORICAL = 4
CSTN_NOISE_COUNT = 1
CSTN_NOISE_SUM = 2
CSTN_NOISE_ROW_IS_SUBJECT = 1


class cstn_hierarchy(Structure):
    """Opaque."""


class cstn_generalise_step(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("column", c_char_p),
        ("kind", c_int32),
        ("step", c_int32),
        ("width", c_int64),
        ("origin", c_int64),
        ("scale", c_int32),
        ("reserved0", c_int32),
        ("hierarchy", P(cstn_hierarchy)),
    ]


class cstn_privacy_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("quasi", P(c_char_p)),
        ("n_quasi", c_size_t),
        ("sensitive", c_char_p),
        ("steps", P(cstn_generalise_step)),
        ("n_steps", c_size_t),
        ("binding", P(cstn_binding)),
        ("allocator", ALLOCATOR),
        ("keep", P(c_char_p)),
        ("n_keep", c_size_t),
        ("k", c_int64),
        ("l", c_int64),
        ("t_ppm", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_privacy_measures(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("valid", c_uint32),
        ("rows", c_int64),
        ("classes", c_int64),
        ("null_rows", c_int64),
        ("sensitive_nulls", c_int64),
        ("sensitive_values", c_int64),
        ("k", c_int64),
        ("l", c_int64),
        ("alpha_numerator", c_int64),
        ("alpha_denominator", c_int64),
        ("beta_numerator", c_int64),
        ("beta_denominator", c_int64),
        ("t_numerator", c_int64),
        ("t_denominator", c_int64),
        ("alpha", c_double),
        ("beta", c_double),
        ("enhanced_beta", c_double),
        ("delta", c_double),
        ("t", c_double),
    ]


class cstn_privacy_suppressed(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved0", c_uint32),
        ("classes", c_int64),
        ("rows", c_int64),
        ("rows_left", c_int64),
    ]


class cstn_difference_guard(Structure):
    """Opaque."""


class cstn_aggregate_measure(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("column", c_char_p),
        ("kind", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_aggregate_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("by", P(c_char_p)),
        ("n_by", c_size_t),
        ("steps", P(cstn_generalise_step)),
        ("n_steps", c_size_t),
        ("measures", P(cstn_aggregate_measure)),
        ("n_measures", c_size_t),
        ("company", c_char_p),
        ("sensitive", c_char_p),
        ("row", c_char_p),
        ("recipient", c_char_p),
        ("recipient_len", c_size_t),
        ("k", c_int64),
        ("l", c_int64),
        ("companies", c_int64),
        ("t_ppm", c_int32),
        ("share_permille", c_int32),
        ("binding", P(cstn_binding)),
        ("allocator", ALLOCATOR),
    ]


class cstn_privacy_budget(Structure):
    """Opaque."""


class cstn_privacy_budget_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("limit_nano", c_int64),
        ("period_us", c_int64),
    ]


class cstn_noise_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("kind", c_int32),
        ("grid", c_int32),
        ("recipient", c_char_p),
        ("recipient_len", c_size_t),
        ("data_set", c_char_p),
        ("data_set_len", c_size_t),
        ("now_us", c_int64),
        ("epsilon_nano", c_int64),
        ("subject", c_char_p),
        ("measure", c_char_p),
        ("partition", c_char_p),
        ("partitions", P(c_char_p)),
        ("n_partitions", c_size_t),
        ("steps", P(cstn_generalise_step)),
        ("n_steps", c_size_t),
        ("low", c_int64),
        ("high", c_int64),
        ("scale", c_int32),
        ("max_partitions", c_int32),
        ("binding", P(cstn_binding)),
        ("allocator", ALLOCATOR),
        ("entropy", CFUNCTYPE(c_int32, c_void_p, P(c_uint8), c_size_t)),
        ("entropy_user", c_void_p),
    ]


DECLARED: Functions = {
    "cstn_hierarchy_new": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_binding), ALLOCATOR, P(P(cstn_hierarchy)), ERROR,
        ),
    ),
    "cstn_hierarchy_ancestor": (
        c_char_p,
        (
            P(cstn_hierarchy), c_char_p, c_size_t, c_int32, P(c_size_t),
        ),
    ),
    "cstn_hierarchy_ref": (P(cstn_hierarchy), (P(cstn_hierarchy),)),
    "cstn_hierarchy_unref": (None, (P(cstn_hierarchy),)),
    "cstn_privacy_measure": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_privacy_options), P(cstn_privacy_measures),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_privacy_anonymise": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_privacy_options), P(ArrowArrayStream),
            P(cstn_privacy_suppressed), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_rule_name": (c_char_p, (c_int32,)),
    "cstn_difference_guard_new": (
        c_int32,
        (
            c_char_p, c_size_t, c_char_p, c_size_t, ALLOCATOR, P(P(cstn_difference_guard)),
            ERROR,
        ),
    ),
    "cstn_difference_guard_count": (c_size_t, (P(cstn_difference_guard),)),
    "cstn_difference_guard_serialize": (
        c_int32,
        (
            P(cstn_difference_guard), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_difference_guard_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_difference_guard)), ERROR,
        ),
    ),
    "cstn_difference_guard_free": (None, (P(cstn_difference_guard),)),
    "cstn_aggregate": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_aggregate_options), P(cstn_difference_guard),
            P(ArrowArrayStream), P(ArrowArrayStream), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_aggregate_suggest": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_aggregate_options), P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_privacy_budget_new": (
        c_int32,
        (
            P(cstn_privacy_budget_options), ALLOCATOR, P(P(cstn_privacy_budget)), ERROR,
        ),
    ),
    "cstn_privacy_budget_spent": (
        c_int32,
        (
            P(cstn_privacy_budget), c_char_p, c_size_t, c_char_p, c_size_t, c_int64, P(c_int64),
            P(c_int64), ERROR,
        ),
    ),
    "cstn_privacy_budget_export": (c_int32, (P(cstn_privacy_budget), P(ArrowArrayStream), ERROR)),
    "cstn_privacy_budget_serialize": (c_int32, (P(cstn_privacy_budget), P(P(cstn_buffer)), ERROR)),
    "cstn_privacy_budget_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_privacy_budget)), ERROR,
        ),
    ),
    "cstn_privacy_budget_free": (None, (P(cstn_privacy_budget),)),
    "cstn_noise": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_noise_options), P(cstn_privacy_budget),
            P(ArrowArrayStream), P(c_int64), P(P(cstn_row_errors)), ERROR,
        ),
    ),
}
