"""What schema.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_size_t, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .status import ERROR, cstn_row_errors
from .time import cstn_zone

CSTN_TYPE_FLAG = 1
CSTN_TYPE_INT32 = 2
CSTN_TYPE_INT64 = 3
CSTN_TYPE_DOUBLE = 4
CSTN_TYPE_TEXT = 5
CSTN_TYPE_BYTES = 6
CSTN_TYPE_DAYS = 7
CSTN_TYPE_TIME = 8
CSTN_TYPE_DECIMAL = 9
CSTN_CAST_TEXT = 1
CSTN_CAST_TRUNCATE_TIME = 2
CSTN_CAST_DICTIONARY = 4
CSTN_CAST_INTEGRAL = 8
CSTN_CAST_NAN_NULL = 16
CSTN_CAST_DAYS_TIME = 32
CSTN_IMPORT_TRUSTED = 0x10000


class cstn_schema(Structure):
    """Opaque."""


class cstn_binding(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_type_name": (c_char_p, (c_int32,)),
    "cstn_schema_parse": (c_int32, (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_schema)), ERROR)),
    "cstn_schema_format": (c_int32, (P(cstn_schema), P(P(cstn_buffer)), ERROR)),
    "cstn_schema_count": (c_size_t, (P(cstn_schema),)),
    "cstn_schema_name": (c_char_p, (P(cstn_schema), c_size_t)),
    "cstn_schema_type": (c_int32, (P(cstn_schema), c_size_t)),
    "cstn_schema_is_nullable": (c_int32, (P(cstn_schema), c_size_t)),
    "cstn_schema_ref": (P(cstn_schema), (P(cstn_schema),)),
    "cstn_schema_unref": (None, (P(cstn_schema),)),
    "cstn_binding_new": (c_int32, (ALLOCATOR, P(P(cstn_binding)), ERROR)),
    "cstn_binding_rename": (c_int32, (P(cstn_binding), c_char_p, c_char_p, ERROR)),
    "cstn_binding_constant": (c_int32, (P(cstn_binding), c_char_p, c_char_p, ERROR)),
    "cstn_binding_value": (c_int32, (P(cstn_binding), c_char_p, c_char_p, c_char_p, ERROR)),
    "cstn_binding_zone": (c_int32, (P(cstn_binding), c_char_p, P(cstn_zone), ERROR)),
    "cstn_binding_scale": (c_int32, (P(cstn_binding), c_char_p, c_int32, ERROR)),
    "cstn_binding_form": (c_int32, (P(cstn_binding), c_char_p, c_char_p, ERROR)),
    "cstn_binding_cast": (c_int32, (P(cstn_binding), c_char_p, c_uint32, ERROR)),
    "cstn_binding_strict": (None, (P(cstn_binding), c_int32)),
    "cstn_binding_trust": (None, (P(cstn_binding), c_int32)),
    "cstn_binding_free": (None, (P(cstn_binding),)),
    "cstn_stream_bind": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_schema), P(cstn_binding), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
}
