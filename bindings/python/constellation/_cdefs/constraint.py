"""What constraint.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .status import ERROR

CSTN_OPERAND_HAS_LEAST = 1
CSTN_OPERAND_HAS_MOST = 2
CSTN_ACTION_READ = 1
CSTN_ACTION_WRITE = 2
CSTN_ACTION_DERIVE = 4
CSTN_ACTION_AGGREGATE = 8
CSTN_ACTION_DISTRIBUTE = 16
CSTN_ACTION_SELL = 32
CSTN_ACTION_GIVE = 64
CSTN_ACTION_USE = 31
CSTN_ACTION_TRANSFER = 96
CSTN_CLASS_PUBLIC = 1
CSTN_CLASS_OPERATIONAL = 2
CSTN_CLASS_COMPETITIVE = 4
CSTN_CLASS_PII_DIRECT = 8
CSTN_CLASS_PII_QUASI = 16
CSTN_CLASS_SPECIAL = 32
CSTN_CLASS_DEFAULT = 12
CSTN_CONSTRAINT_ID_MOST = 255
CSTN_PATH_MOST = 255
CSTN_CONSTRAINT_DEPTH_MOST = 64
CSTN_CONSTRAINT_NODES_MOST = 65536
CSTN_CONSTRAINT_VALUES_MOST = 65536
CSTN_CONSTRAINT_CONJUNCTS_MOST = 4096
CSTN_VOCABULARY_MOST = 4096
CSTN_OPERAND_INT64 = 1
CSTN_OPERAND_DECIMAL = 2
CSTN_OPERAND_INSTANT = 3
CSTN_OPERAND_DURATION = 4
CSTN_OPERAND_ID = 5
CSTN_OPERAND_ID_SET = 6
CSTN_CONSTRAINT_LEAF = 1
CSTN_CONSTRAINT_AND = 2
CSTN_CONSTRAINT_OR = 3
CSTN_CONSTRAINT_XONE = 4
CSTN_CONSTRAINT_NOT = 5
CSTN_OPERATOR_EQ = 1
CSTN_OPERATOR_NEQ = 2
CSTN_OPERATOR_LT = 3
CSTN_OPERATOR_LTEQ = 4
CSTN_OPERATOR_GT = 5
CSTN_OPERATOR_GTEQ = 6
CSTN_OPERATOR_IS_ANY_OF = 7
CSTN_OPERATOR_IS_ALL_OF = 8
CSTN_OPERATOR_IS_NONE_OF = 9
CSTN_OPERATOR_IS_PART_OF = 10
CSTN_TRUTH_FALSE = 0
CSTN_TRUTH_UNKNOWN = 1
CSTN_TRUTH_TRUE = 2
CSTN_COMPARE_UNKNOWN = 0
CSTN_COMPARE_CONFLICT = 1
CSTN_COMPARE_COMPATIBLE = 2
CSTN_COMPARE_UNDERSPECIFIED = 3


class cstn_id(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("text", c_char_p),
        ("len", c_size_t),
    ]


class cstn_operand(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("name", c_char_p),
        ("name_len", c_size_t),
        ("type", c_int32),
        ("scale", c_int32),
        ("least", c_int64),
        ("most", c_int64),
        ("ids", P(cstn_id)),
        ("n_ids", c_size_t),
        ("at_most", c_char_p),
        ("at_most_len", c_size_t),
    ]


class cstn_vocabulary(Structure):
    """Opaque."""


class cstn_vocabulary_builder(Structure):
    """Opaque."""


class cstn_constraint(Structure):
    """Opaque."""


class cstn_constraint_leaf(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("operand", c_char_p),
        ("operand_len", c_size_t),
        ("operation", c_int32),
        ("type", c_int32),
        ("scale", c_int32),
        ("reserved0", c_int32),
        ("numbers", P(c_int64)),
        ("ids", P(cstn_id)),
        ("n_values", c_size_t),
    ]


class cstn_fact(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("operand", c_char_p),
        ("operand_len", c_size_t),
        ("type", c_int32),
        ("scale", c_int32),
        ("number", c_int64),
        ("ids", P(cstn_id)),
        ("n_ids", c_size_t),
    ]


class cstn_condition(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_vocabulary_builder_new": (c_int32, (ALLOCATOR, P(P(cstn_vocabulary_builder)), ERROR)),
    "cstn_vocabulary_builder_add_operand": (
        c_int32,
        (P(cstn_vocabulary_builder), P(cstn_operand), ERROR),
    ),
    "cstn_vocabulary_builder_add_purpose": (
        c_int32,
        (P(cstn_vocabulary_builder), c_char_p, c_size_t, c_char_p, c_size_t, ERROR),
    ),
    "cstn_vocabulary_builder_add_role": (
        c_int32,
        (P(cstn_vocabulary_builder), c_char_p, c_size_t, ERROR),
    ),
    "cstn_vocabulary_builder_add_path": (
        c_int32,
        (P(cstn_vocabulary_builder), c_char_p, c_size_t, c_uint32, ERROR),
    ),
    "cstn_vocabulary_builder_build": (
        c_int32,
        (P(cstn_vocabulary_builder), P(P(cstn_vocabulary)), ERROR),
    ),
    "cstn_vocabulary_builder_free": (None, (P(cstn_vocabulary_builder),)),
    "cstn_vocabulary_ref": (P(cstn_vocabulary), (P(cstn_vocabulary),)),
    "cstn_vocabulary_unref": (None, (P(cstn_vocabulary),)),
    "cstn_vocabulary_operand_count": (c_size_t, (P(cstn_vocabulary),)),
    "cstn_vocabulary_operand_at": (c_int32, (P(cstn_vocabulary), c_size_t, P(cstn_operand), ERROR)),
    "cstn_vocabulary_find_operand": (c_int64, (P(cstn_vocabulary), c_char_p, c_size_t)),
    "cstn_vocabulary_has_purpose": (c_int32, (P(cstn_vocabulary), c_char_p, c_size_t)),
    "cstn_vocabulary_covers": (
        c_int32,
        (P(cstn_vocabulary), c_char_p, c_size_t, c_char_p, c_size_t),
    ),
    "cstn_vocabulary_has_role": (c_int32, (P(cstn_vocabulary), c_char_p, c_size_t)),
    "cstn_vocabulary_has_path": (c_int32, (P(cstn_vocabulary), c_char_p, c_size_t)),
    "cstn_vocabulary_classes": (c_uint32, (P(cstn_vocabulary), c_char_p, c_size_t)),
    "cstn_path_check": (c_int32, (c_char_p, c_size_t, ERROR)),
    "cstn_path_covers": (c_int32, (c_char_p, c_size_t, c_char_p, c_size_t)),
    "cstn_constraint_new": (
        c_int32,
        (P(cstn_constraint_leaf), ALLOCATOR, P(P(cstn_constraint)), ERROR),
    ),
    "cstn_constraint_combine": (
        c_int32,
        (c_int32, P(P(cstn_constraint)), c_size_t, ALLOCATOR, P(P(cstn_constraint)), ERROR),
    ),
    "cstn_constraint_ref": (P(cstn_constraint), (P(cstn_constraint),)),
    "cstn_constraint_unref": (None, (P(cstn_constraint),)),
    "cstn_constraint_kind": (c_int32, (P(cstn_constraint),)),
    "cstn_constraint_node_count": (c_size_t, (P(cstn_constraint),)),
    "cstn_constraint_child_count": (c_size_t, (P(cstn_constraint),)),
    "cstn_constraint_child": (P(cstn_constraint), (P(cstn_constraint), c_size_t)),
    "cstn_constraint_describe": (c_int32, (P(cstn_constraint), P(cstn_constraint_leaf), ERROR)),
    "cstn_constraint_read_json": (
        c_int32,
        (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_constraint)), ERROR),
    ),
    "cstn_constraint_write_json": (
        c_int32,
        (P(cstn_constraint), ALLOCATOR, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_constraint_text": (c_int32, (P(cstn_constraint), ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_constraint_check": (c_int32, (P(cstn_constraint), P(cstn_vocabulary), ERROR)),
    "cstn_constraint_evaluate": (
        c_int32,
        (P(cstn_constraint), P(cstn_vocabulary), P(cstn_fact), c_size_t, P(c_int32), ERROR),
    ),
    "cstn_constraint_explain": (
        c_int32,
        (
            P(cstn_constraint),
            P(cstn_vocabulary),
            P(cstn_fact),
            c_size_t,
            ALLOCATOR,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_condition_compile": (
        c_int32,
        (P(cstn_constraint), P(cstn_vocabulary), ALLOCATOR, P(P(cstn_condition)), ERROR),
    ),
    "cstn_condition_evaluate": (
        c_int32,
        (P(cstn_condition), P(cstn_fact), c_size_t, P(c_int32), ERROR),
    ),
    "cstn_condition_ref": (P(cstn_condition), (P(cstn_condition),)),
    "cstn_condition_unref": (None, (P(cstn_condition),)),
    "cstn_constraint_is_realizable": (
        c_int32,
        (P(cstn_constraint), P(cstn_vocabulary), P(c_int32), P(c_int32), ERROR),
    ),
    "cstn_constraint_is_implied": (
        c_int32,
        (P(cstn_constraint), P(cstn_constraint), P(cstn_vocabulary), P(c_int32), P(c_int32), ERROR),
    ),
    "cstn_constraint_compare": (
        c_int32,
        (P(cstn_constraint), P(cstn_constraint), P(cstn_vocabulary), P(c_int32), ERROR),
    ),
}
