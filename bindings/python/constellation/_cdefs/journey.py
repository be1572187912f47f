"""What journey.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_JOURNEY_DIGEST_SIZE = 32
CSTN_JOURNEY_STEPS_MAX = 200
CSTN_TABLE_JOURNEY_OVERVIEW = 1
CSTN_TABLE_JOURNEY_STEPS = 2
CSTN_TABLE_JOURNEY_TRANSITIONS = 3
CSTN_TABLE_JOURNEY_TIMES = 4
CSTN_TABLE_JOURNEY_CURVES = 5
CSTN_TABLE_JOURNEY_FAILURES = 6
CSTN_TABLE_JOURNEY_POSITIONS = 7
CSTN_JOURNEY_POSITIONS = 32
CSTN_TABLE_JOURNEY_PATHS = 8
CSTN_JOURNEY_PATH_STEPS = 6


class cstn_journey_definition(Structure):
    """Opaque."""


class cstn_journeys(Structure):
    """Opaque."""


class cstn_journeys_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("confidence_ppm", c_int32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_journey_definition_parse": (
        c_int32,
        (
            c_char_p, c_size_t, ALLOCATOR, P(P(cstn_journey_definition)), ERROR,
        ),
    ),
    "cstn_journey_definition_format": (c_char_p, (P(cstn_journey_definition), P(c_size_t))),
    "cstn_journey_definition_digest": (None, (P(cstn_journey_definition), P(c_uint8))),
    "cstn_journey_definition_ref": (
        P(cstn_journey_definition),
        (P(cstn_journey_definition),),
    ),
    "cstn_journey_definition_unref": (None, (P(cstn_journey_definition),)),
    "cstn_journeys_new": (
        c_int32,
        (
            P(cstn_journey_definition), c_int64, ALLOCATOR, P(P(cstn_journeys)), ERROR,
        ),
    ),
    "cstn_journeys_update": (
        c_int32,
        (
            P(cstn_journeys), P(ArrowArrayStream), P(cstn_journeys_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_journeys_settle": (
        c_int32,
        (
            P(cstn_journeys), P(cstn_journeys_options), ERROR,
        ),
    ),
    "cstn_journeys_merge": (
        c_int32,
        (
            P(cstn_journeys), P(cstn_journeys), ERROR,
        ),
    ),
    "cstn_journeys_remove": (
        c_int32,
        (
            P(cstn_journeys), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_journeys_serialize": (
        c_int32,
        (
            P(cstn_journeys), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_journeys_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_journeys)), ERROR,
        ),
    ),
    "cstn_journeys_definition": (P(cstn_journey_definition), (P(cstn_journeys),)),
    "cstn_journeys_export": (
        c_int32,
        (
            P(cstn_journeys), c_int32, P(cstn_journeys_options), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_journeys_free": (None, (P(cstn_journeys),)),
}
