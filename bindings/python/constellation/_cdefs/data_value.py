"""What data_value.h declares."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .status import ERROR
from .term import cstn_term_consideration

CSTN_VALUE_RELEASE = 1
CSTN_VALUE_RECEIPT = 2
CSTN_VALUE_HAS_RECEIPTS = 1
CSTN_SHAPLEY_EXACT_MOST = 12
CSTN_SHAPLEY_TABLE_MOST = 20
CSTN_SHAPLEY_PLAYERS_MOST = 64
CSTN_SHAPLEY_SAMPLE = 1


class cstn_value_ledger(Structure):
    """Opaque."""


class cstn_value_row(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("kind", c_int32),
        ("level", c_int32),
        ("constellation", c_char_p),
        ("constellation_len", c_size_t),
        ("party", c_char_p),
        ("party_len", c_size_t),
        ("counterparty", c_char_p),
        ("counterparty_len", c_size_t),
        ("field_class", c_uint32),
        ("fields", c_uint32),
        ("at_us", c_int64),
        ("rows", c_int64),
        ("staleness_us", c_int64),
        ("utility_in_minor", c_int64),
        ("cost_out_minor", c_int64),
        ("completeness_permille", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_value_balance(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("valid", c_uint32),
        ("releases", c_int64),
        ("receipts", c_int64),
        ("rows_given", c_int64),
        ("rows_received", c_int64),
        ("given_minor", c_int64),
        ("received_minor", c_int64),
        ("difference_minor", c_int64),
        ("staleness_us", c_int64),
        ("completeness_permille", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_shapley_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("players", c_int32),
        ("threads", c_int32),
        ("values", P(c_int64)),
        ("value", CFUNCTYPE(c_int32, c_void_p, c_uint64, P(c_int64))),
        ("user", c_void_p),
        ("permutations", c_int64),
        ("seed", c_uint64),
        ("allocator", ALLOCATOR),
        ("progress", P(cstn_progress)),
    ]


class cstn_shapley_share(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("numerator_high", c_int64),
        ("numerator_low", c_uint64),
        ("denominator", c_int64),
        ("whole", c_int64),
        ("value", c_double),
        ("standard_error", c_double),
    ]


DECLARED: Functions = {
    "cstn_value_ledger_new": (c_int32, (ALLOCATOR, P(P(cstn_value_ledger)), ERROR)),
    "cstn_value_ledger_add": (c_int32, (P(cstn_value_ledger), P(cstn_value_row), ERROR)),
    "cstn_value_ledger_count": (c_size_t, (P(cstn_value_ledger),)),
    "cstn_value_ledger_export": (c_int32, (P(cstn_value_ledger), P(ArrowArrayStream), ERROR)),
    "cstn_value_ledger_serialize": (c_int32, (P(cstn_value_ledger), P(P(cstn_buffer)), ERROR)),
    "cstn_value_ledger_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_value_ledger)), ERROR,
        ),
    ),
    "cstn_value_ledger_free": (None, (P(cstn_value_ledger),)),
    "cstn_value_reciprocity": (
        c_int32,
        (
            P(cstn_value_ledger), c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t,
            c_uint32, c_int64, c_int64, P(cstn_value_balance), ERROR,
        ),
    ),
    "cstn_value_reciprocal_state": (
        c_int32,
        (P(cstn_value_balance), P(cstn_term_consideration), P(c_int32), ERROR),
    ),
    "cstn_value_shapley": (c_int32, (P(cstn_shapley_options), P(cstn_shapley_share), ERROR)),
}
