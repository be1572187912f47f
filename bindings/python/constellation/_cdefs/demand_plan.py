"""What demand_plan.h declares."""

from __future__ import annotations

from ctypes import Structure, c_double, c_int32, c_int64, c_size_t, c_uint32

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_PLAN_EXCEPTIONS_ONLY = 1
CSTN_PLAN_RULE_LEARNED = 1
CSTN_PLAN_RULE_AGREED = 2
CSTN_PLAN_RULE_OUTSIDE_A = 4
CSTN_PLAN_RULE_OUTSIDE_B = 8
CSTN_PLAN_RULE_EVENT = 16
CSTN_PLAN_BY_HORIZON = 1
CSTN_PLAN_BY_POOL = 2
CSTN_PLAN_BY_EXCEPTION = 4


class cstn_plan_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("by", c_uint32),
        ("period", c_int32),
        ("horizon_step", c_int32),
        ("freeze", c_int32),
        ("quantile_ppm", c_int32),
        ("cells_least", c_int32),
        ("agreed_ppm", c_int32),
        ("draw_ppm", c_int32),
        ("agreed_units", c_double),
        ("draw_units", c_double),
        ("confidence_ppm", c_int32),
        ("reserved0", c_int32),
        ("reasons", P(c_int64)),
        ("n_reasons", c_size_t),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_plan_order_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("period", c_int32),
        ("lead", c_int32),
        ("review", c_int32),
        ("level_ppm", c_int32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


_CELLS = (
    c_int32,
    (
        P(ArrowArrayStream), P(cstn_plan_options), ALLOCATOR, P(ArrowArrayStream),
        P(P(cstn_row_errors)), ERROR,
    ),
)

DECLARED: Functions = {
    "cstn_plan_compare": _CELLS,
    "cstn_plan_resolve": _CELLS,
    "cstn_plan_ledger": _CELLS,
    "cstn_plan_order": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_plan_order_options), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
}
