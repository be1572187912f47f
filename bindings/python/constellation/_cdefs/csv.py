"""What csv.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_schema
from .status import ERROR, cstn_row_errors

CSTN_CSV_NO_HEADER = 1
CSTN_CSV_STRICT = 2
CSTN_CSV_BAD_NULL = 4
CSTN_CSV_CRLF = 8


class cstn_csv_reader(Structure):
    """Opaque."""


class cstn_csv_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("delimiter", c_uint8),
        ("quote", c_uint8),
        ("decimal_mark", c_uint8),
        ("thousands_mark", c_uint8),
        ("max_rejects", c_int64),
        ("batch_rows", c_int64),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_csv_reader_open": (
        c_int32,
        (
            c_char_p, P(cstn_schema), P(cstn_csv_options), ALLOCATOR, P(P(cstn_csv_reader)), ERROR,
        ),
    ),
    "cstn_csv_reader_open_bytes": (
        c_int32,
        (
            P(c_uint8), c_size_t, P(cstn_schema), P(cstn_csv_options), ALLOCATOR,
            P(P(cstn_csv_reader)), ERROR,
        ),
    ),
    "cstn_csv_reader_export": (c_int32, (P(cstn_csv_reader), P(ArrowArrayStream), ERROR)),
    "cstn_csv_reader_rejects": (c_int32, (P(cstn_csv_reader), P(P(cstn_row_errors)), ERROR)),
    "cstn_csv_reader_export_rejects": (c_int32, (P(cstn_csv_reader), P(ArrowArrayStream), ERROR)),
    "cstn_csv_reader_rows": (c_uint64, (P(cstn_csv_reader),)),
    "cstn_csv_reader_unref": (None, (P(cstn_csv_reader),)),
    "cstn_csv_infer": (
        c_int32,
        (
            c_char_p, c_int64, P(cstn_csv_options), ALLOCATOR, P(P(cstn_schema)),
            P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_csv_write_file": (
        c_int32,
        (
            P(ArrowArrayStream), c_char_p, P(cstn_csv_options), ALLOCATOR, P(c_uint64), ERROR,
        ),
    ),
    "cstn_csv_write_bytes": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_csv_options), ALLOCATOR, P(P(cstn_buffer)), ERROR,
        ),
    ),
}
