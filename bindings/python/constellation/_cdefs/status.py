"""What status.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_size_t, c_uint64
from typing import Any

from .arrow import ArrowArrayStream
from .common import Functions, P

CSTN_OK = 0
CSTN_DONE = 1
CSTN_E_INVALID_ARGUMENT = -1
CSTN_E_NOMEM = -2
CSTN_E_STRUCT_SIZE = -3
CSTN_E_STRUCT_TOO_NEW = -4
CSTN_E_OVERFLOW = -5
CSTN_E_SCHEMA = -6
CSTN_E_ROWS = -7
CSTN_E_MISMATCH = -8
CSTN_E_NOT_CLUSTERED = -9
CSTN_E_CANCELLED = -10
CSTN_E_CORRUPT = -11
CSTN_E_FORMAT = -12
CSTN_E_IO = -13
CSTN_E_STREAM = -14
CSTN_E_NOT_FOUND = -15
CSTN_E_UNSUPPORTED = -16
CSTN_E_LIMIT = -17
CSTN_E_LOCKED = -18
CSTN_E_CONFLICT = -19
CSTN_E_POISONED = -20
CSTN_E_FULL = -21
CSTN_E_FORKED = -22
CSTN_E_NEWER_FORMAT = -23
CSTN_E_NO_MANIFEST = -24
CSTN_E_BUSY = -25
CSTN_E_STATE = -26
CSTN_E_READ_ONLY = -27
CSTN_E_NOT_IDENTIFIED = -28
CSTN_E_EMPTY = -29
CSTN_E_CURRENCY = -30
CSTN_E_DUPLICATE = -31
CSTN_E_POLICY = -32
CSTN_E_REBUILD = -33
CSTN_E_LEAKAGE = -34
CSTN_E_SIGNATURE = -35
CSTN_E_UNVERIFIED = -36
CSTN_E_PROOF = -37
CSTN_E_SPLIT_VIEW = -38
CSTN_E_STALE = -39
CSTN_E_UNEVALUABLE = -40
CSTN_E_MISSING = -41
CSTN_E_DENIED = -42
CSTN_E_BUDGET = -43
CSTN_E_ERASED = -44
CSTN_ROW_NULL = 1
CSTN_ROW_NAN = 2
CSTN_ROW_RANGE = 3
CSTN_ROW_OVERFLOW = 4
CSTN_ROW_UTF8 = 5
CSTN_ROW_PRECISION = 6
CSTN_ROW_NUMBER = 7
CSTN_ROW_TIME = 8
CSTN_ROW_SCALE = 9
CSTN_ROW_DUPLICATE = 10
CSTN_ROW_VALUE = 11
CSTN_ROW_NEGATIVE = 12
CSTN_ROW_NOT_POSITIVE = 13
CSTN_ROW_LENGTH = 14
CSTN_ROW_FIELDS = 15
CSTN_ROW_QUOTE = 16
CSTN_ROW_POLICY = 17
CSTN_ROW_ZONE = 18
CSTN_ROW_FRACTION = 19
CSTN_ROW_REFERENCE = 20
CSTN_ROW_CHECK_DIGIT = 21
CSTN_ROW_STATE = 22
CSTN_ROW_ORDER = 23
CSTN_ROW_CONFLICT = 24
CSTN_ROW_UNIT = 25
CSTN_ROW_UNKNOWN = 26
CSTN_ROW_KIND = 27
CSTN_ROW_NOT_HELD = 28
CSTN_ROW_LEFT_OUT = 29
CSTN_ROW_PERIOD = 30
CSTN_ROW_GAP = 31
CSTN_ROW_TOO_LATE = 32


class cstn_error(Structure):
    """Opaque."""


class cstn_row_errors(Structure):
    """Opaque."""


class cstn_row_error(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("row", c_uint64),
        ("field", c_int32),
        ("code", c_int32),
    ]


ERROR: Any = P(P(cstn_error))

DECLARED: Functions = {
    "cstn_status_name": (c_char_p, (c_int32,)),
    "cstn_status_count": (c_size_t, ()),
    "cstn_status_at": (c_int32, (c_size_t,)),
    "cstn_error_code": (c_int32, (P(cstn_error),)),
    "cstn_error_message": (c_char_p, (P(cstn_error),)),
    "cstn_error_free": (None, (P(cstn_error),)),
    "cstn_row_code_name": (c_char_p, (c_int32,)),
    "cstn_row_errors_count": (c_size_t, (P(cstn_row_errors),)),
    "cstn_row_errors_total": (c_uint64, (P(cstn_row_errors),)),
    "cstn_row_errors_at": (c_int32, (P(cstn_row_errors), c_size_t, P(cstn_row_error), ERROR)),
    "cstn_row_errors_column": (c_char_p, (P(cstn_row_errors), c_size_t)),
    "cstn_row_errors_key": (c_char_p, (P(cstn_row_errors), c_size_t)),
    "cstn_row_errors_value": (c_char_p, (P(cstn_row_errors), c_size_t)),
    "cstn_row_errors_copy_message": (c_size_t, (P(cstn_row_errors), c_size_t, c_char_p, c_size_t)),
    "cstn_row_errors_export": (c_int32, (P(cstn_row_errors), P(ArrowArrayStream), ERROR)),
    "cstn_row_errors_free": (None, (P(cstn_row_errors),)),
}
