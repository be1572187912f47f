"""What event_json.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .status import ERROR, cstn_row_errors

CSTN_EVENT_JSON_ALL_OR_NOTHING = 1
CSTN_EVENT_JSON_INDENT = 2


class cstn_event_json_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("source_partner", c_char_p),
        ("id_prefix", c_char_p),
        ("recorded_us", c_int64),
        ("max_bytes", c_int64),
        ("max_depth", c_int32),
        ("reserved0", c_int32),
    ]


DECLARED: Functions = {
    "cstn_epcis_read": (
        c_int32,
        (
            c_char_p, c_size_t, P(cstn_event_json_options), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_epcis_write": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_event_json_options), ALLOCATOR, P(P(cstn_buffer)),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_dcsa_read": (
        c_int32,
        (
            c_char_p, c_size_t, P(cstn_event_json_options), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_dcsa_write": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_event_json_options), ALLOCATOR, P(P(cstn_buffer)),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
}
