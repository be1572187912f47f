"""What retention.h declares."""

from __future__ import annotations

from ctypes import Structure, c_int32, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_RETENTION_ORDERS = 1
CSTN_RETENTION_ITEMS = 2
CSTN_RETENTION_MONTH = 0
CSTN_RETENTION_DAY = 1
CSTN_RETENTION_WEEK = 2
CSTN_RETENTION_QUARTER = 3
CSTN_RETENTION_TABLE_RATES = 1
CSTN_RETENTION_TABLE_GROWTH = 2
CSTN_RETENTION_TABLE_ITEMS = 3
CSTN_RETENTION_TABLE_COHORTS = 4
CSTN_RETENTION_TABLE_COUNTS = 5
CSTN_CONTRACTS_REMOVE = 1
CSTN_CONTRACTS_TABLE_SURVIVAL = 1
CSTN_CONTRACTS_TABLE_CHURN = 2


class cstn_retention(Structure):
    """Opaque."""


class cstn_contracts(Structure):
    """Opaque."""


class cstn_retention_config(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("utc_offset_minutes", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_retention_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_retention_question(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("as_of_days", c_int32),
        ("base_from_days", c_int32),
        ("base_to_days", c_int32),
        ("next_from_days", c_int32),
        ("next_to_days", c_int32),
        ("horizon_days", c_int32),
        ("period", c_int32),
        ("period_origin_days", c_int32),
        ("ages", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_contracts_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


_RETENTION = P(cstn_retention)
_CONTRACTS = P(cstn_contracts)
_STREAM = P(ArrowArrayStream)
_ROWS = P(P(cstn_row_errors))
_BUFFER = P(P(cstn_buffer))

DECLARED: Functions = {
    "cstn_retention_new": (c_int32, (P(cstn_retention_config), ALLOCATOR, P(_RETENTION), ERROR)),
    "cstn_retention_update": (
        c_int32, (_RETENTION, _STREAM, P(cstn_retention_options), _ROWS, ERROR),
    ),
    "cstn_retention_merge": (c_int32, (_RETENTION, _RETENTION, ERROR)),
    "cstn_retention_remove": (c_int32, (_RETENTION, _STREAM, ERROR)),
    "cstn_retention_serialize": (c_int32, (_RETENTION, _BUFFER, ERROR)),
    "cstn_retention_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_RETENTION), ERROR),
    ),
    "cstn_retention_export": (
        c_int32, (_RETENTION, c_int32, P(cstn_retention_question), _STREAM, ERROR),
    ),
    "cstn_retention_free": (None, (_RETENTION,)),
    "cstn_contracts_new": (c_int32, (ALLOCATOR, P(_CONTRACTS), ERROR)),
    "cstn_contracts_update": (
        c_int32, (_CONTRACTS, _STREAM, P(cstn_contracts_options), _ROWS, ERROR),
    ),
    "cstn_contracts_merge": (c_int32, (_CONTRACTS, _CONTRACTS, ERROR)),
    "cstn_contracts_serialize": (c_int32, (_CONTRACTS, _BUFFER, ERROR)),
    "cstn_contracts_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_CONTRACTS), ERROR),
    ),
    "cstn_contracts_export": (
        c_int32, (_CONTRACTS, c_int32, c_int32, c_int32, c_int32, _STREAM, ERROR),
    ),
    "cstn_contracts_free": (None, (_CONTRACTS,)),
}
