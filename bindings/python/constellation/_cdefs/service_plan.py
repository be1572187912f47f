"""What service_plan.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .schema import cstn_binding
from .status import ERROR

CSTN_SERVICE_PLAN_NO_RAISE = 1
CSTN_PLAN_INPUT_SEGMENTS = 1
CSTN_PLAN_INPUT_EVIDENCE = 2
CSTN_PLAN_INPUT_LEAD_TIMES = 3
CSTN_PLAN_INPUT_MENU = 4
CSTN_PLAN_NO_EVIDENCE = 1
CSTN_PLAN_PARTIAL_EVIDENCE = 2
CSTN_PLAN_NO_EFFECT = 4
CSTN_PLAN_NEGATIVE_EFFECT = 8
CSTN_PLAN_NO_UNDERAGE = 16
CSTN_PLAN_NO_FILL_RATE = 32
CSTN_PLAN_STAGE_RAISED = 64
CSTN_PLAN_NO_VALUE = 128
CSTN_PLAN_NO_LEAD_TIME = 256
CSTN_PLAN_MENU_GAP = 512
CSTN_PLAN_FORM_JSON = 1
CSTN_PLAN_FORM_CSV = 2
CSTN_PLAN_TABLE_SEGMENTS = 1
CSTN_PLAN_TABLE_CAPACITIES = 2
CSTN_PLAN_TABLE_SHARED = 3


class cstn_service_plan(Structure):
    """Opaque."""


class cstn_service_plan_builder(Structure):
    """Opaque."""


class cstn_service_plan_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("confidence_ppm", c_int32),
        ("n_capacities", c_int32),
        ("tier_cut_ppm", c_int32 * 3),
        ("protected_ppm", c_int32 * 4),
        ("reserved0", c_int32),
        ("capacity", c_int64 * 3),
        ("min_cell", c_int64),
        ("max_nodes", c_int64),
    ]


class cstn_service_plan_row(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reasons", c_uint32),
        ("tier", c_int32),
        ("protected_ppm", c_int32),
        ("lead_time_days", c_int64),
        ("lead_time_ppm", c_int64),
        ("repeat_difference", c_double),
        ("repeat_low", c_double),
        ("repeat_high", c_double),
        ("failure_value", c_double),
        ("underage", c_double),
        ("overage", c_double),
        ("service_level", c_double),
        ("fill_rate", c_double),
        ("segment", c_char_p),
        ("option", c_char_p),
    ]


class cstn_segment_moves_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("margin_ppm", c_int32),
        ("reserved0", c_int32),
        ("binding", P(cstn_binding)),
    ]


_BUILDER = P(cstn_service_plan_builder)
_PLAN = P(cstn_service_plan)
_STREAM = P(ArrowArrayStream)

DECLARED: Functions = {
    "cstn_service_plan_builder_new": (
        c_int32, (P(cstn_service_plan_options), ALLOCATOR, P(_BUILDER), ERROR),
    ),
    "cstn_service_plan_builder_add": (
        c_int32, (_BUILDER, c_int32, _STREAM, P(cstn_binding), ERROR),
    ),
    "cstn_service_plan_builder_build": (c_int32, (_BUILDER, P(_PLAN), ERROR)),
    "cstn_service_plan_builder_free": (None, (_BUILDER,)),
    "cstn_service_plan_count": (c_size_t, (_PLAN,)),
    "cstn_service_plan_at": (c_int32, (_PLAN, c_size_t, P(cstn_service_plan_row), ERROR)),
    "cstn_service_plan_digest_text": (c_char_p, (_PLAN,)),
    "cstn_service_plan_format": (c_int32, (_PLAN, c_int32, P(P(cstn_buffer)), ERROR)),
    "cstn_service_plan_export": (c_int32, (_PLAN, c_int32, _STREAM, ERROR)),
    "cstn_service_plan_ref": (_PLAN, (_PLAN,)),
    "cstn_service_plan_unref": (None, (_PLAN,)),
    "cstn_segment_moves": (
        c_int32, (_STREAM, P(cstn_segment_moves_options), ALLOCATOR, _STREAM, ERROR),
    ),
}
