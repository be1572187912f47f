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


_OPTIONS, _ROWS = P(cstn_event_json_options), P(P(cstn_row_errors))
_READ = (
    c_int32, (c_char_p, c_size_t, _OPTIONS, ALLOCATOR, P(ArrowArrayStream), _ROWS, ERROR),
)
_WRITE = (
    c_int32, (P(ArrowArrayStream), _OPTIONS, ALLOCATOR, P(P(cstn_buffer)), _ROWS, ERROR),
)

DECLARED: Functions = {
    "cstn_epcis_read": _READ,
    "cstn_epcis_write": _WRITE,
    "cstn_dcsa_read": _READ,
    "cstn_dcsa_write": _WRITE,
}
