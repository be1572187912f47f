"""What record.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint64

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .status import ERROR

CSTN_NO_LINE = c_size_t(-1).value


class cstn_record(Structure):
    """Opaque."""


class cstn_record_builder(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_noun_count": (c_size_t, ()),
    "cstn_noun_name": (c_char_p, (c_size_t,)),
    "cstn_noun_find": (c_size_t, (c_char_p,)),
    "cstn_noun_doc": (c_char_p, (c_size_t,)),
    "cstn_noun_is_append_only": (c_int32, (c_size_t,)),
    "cstn_noun_has_lines": (c_int32, (c_size_t,)),
    "cstn_noun_field_count": (c_size_t, (c_size_t,)),
    "cstn_noun_field_find": (c_size_t, (c_size_t, c_char_p)),
    "cstn_noun_field_name": (c_char_p, (c_size_t, c_size_t)),
    "cstn_noun_field_type": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_is_nullable": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_is_line": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_key": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_doc": (c_char_p, (c_size_t, c_size_t)),
    "cstn_noun_field_rule": (c_char_p, (c_size_t, c_size_t)),
    "cstn_noun_field_code": (c_char_p, (c_size_t, c_size_t, c_size_t)),
    "cstn_noun_field_refers": (c_char_p, (c_size_t, c_size_t)),
    "cstn_record_ref": (P(cstn_record), (P(cstn_record),)),
    "cstn_record_unref": (None, (P(cstn_record),)),
    "cstn_record_noun": (c_char_p, (P(cstn_record),)),
    "cstn_record_lines": (c_size_t, (P(cstn_record),)),
    "cstn_record_seq": (c_uint64, (P(cstn_record),)),
    "cstn_record_has": (c_int32, (P(cstn_record), c_size_t, c_char_p)),
    "cstn_record_int": (c_int64, (P(cstn_record), c_size_t, c_char_p)),
    "cstn_record_double": (c_double, (P(cstn_record), c_size_t, c_char_p)),
    "cstn_record_text": (c_char_p, (P(cstn_record), c_size_t, c_char_p, P(c_size_t))),
    "cstn_record_format": (c_int32, (P(cstn_record), P(P(cstn_buffer)), ERROR)),
    "cstn_record_builder_new": (c_int32, (c_char_p, ALLOCATOR, P(P(cstn_record_builder)), ERROR)),
    "cstn_record_builder_add_line": (c_int32, (P(cstn_record_builder), ERROR)),
    "cstn_record_builder_set_text": (
        c_int32,
        (
            P(cstn_record_builder), c_char_p, c_char_p, c_size_t, ERROR,
        ),
    ),
    "cstn_record_builder_set_int": (c_int32, (P(cstn_record_builder), c_char_p, c_int64, ERROR)),
    "cstn_record_builder_set_double": (
        c_int32,
        (
            P(cstn_record_builder), c_char_p, c_double, ERROR,
        ),
    ),
    "cstn_record_builder_set_null": (c_int32, (P(cstn_record_builder), c_char_p, ERROR)),
    "cstn_record_builder_build": (c_int32, (P(cstn_record_builder), P(P(cstn_record)), ERROR)),
    "cstn_record_builder_free": (None, (P(cstn_record_builder),)),
}
