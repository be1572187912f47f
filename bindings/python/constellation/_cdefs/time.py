"""What time.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8

from .alloc import ALLOCATOR
from .common import Functions, P
from .status import ERROR

CSTN_TIME_NULL = -(2**63)
CSTN_DAY_US = 86400000000


class cstn_zone(Structure):
    """Opaque."""


class cstn_calendar(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_days_from_civil": (c_int32, (c_int32, c_int32, c_int32, P(c_int32), ERROR)),
    "cstn_civil_from_days": (None, (c_int32, P(c_int32), P(c_int32), P(c_int32))),
    "cstn_time_parse": (c_int32, (c_char_p, c_size_t, c_char_p, c_int32, P(c_int64), ERROR)),
    "cstn_time_format": (c_size_t, (c_int64, c_char_p, c_size_t)),
    "cstn_zone_fixed": (c_int32, (c_int32, ALLOCATOR, P(P(cstn_zone)), ERROR)),
    "cstn_zone_parse_tzif": (c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_zone)), ERROR)),
    "cstn_zone_digest": (None, (P(cstn_zone), P(c_uint8))),
    "cstn_zone_offset_at": (c_int32, (P(cstn_zone), c_int64)),
    "cstn_zone_from_wall": (c_int32, (P(cstn_zone), c_int64, P(c_int64), ERROR)),
    "cstn_zone_ref": (P(cstn_zone), (P(cstn_zone),)),
    "cstn_zone_unref": (None, (P(cstn_zone),)),
    "cstn_calendar_parse": (c_int32, (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_calendar)), ERROR)),
    "cstn_calendar_digest": (None, (P(cstn_calendar), P(c_uint8))),
    "cstn_calendar_is_working": (c_int32, (P(cstn_calendar), c_int32)),
    "cstn_calendar_next_working": (c_int32, (P(cstn_calendar), c_int32)),
    "cstn_calendar_working_between": (c_int32, (P(cstn_calendar), c_int32, c_int32)),
    "cstn_calendar_ref": (P(cstn_calendar), (P(cstn_calendar),)),
    "cstn_calendar_unref": (None, (P(cstn_calendar),)),
}
