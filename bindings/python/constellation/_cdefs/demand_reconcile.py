"""What demand_reconcile.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_size_t, c_uint32

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_RECONCILE_NOT_NEGATIVE = 1
CSTN_RECONCILE_INTEGERS = 2
CSTN_RECONCILE_EXPLAINED = 4
CSTN_RECONCILE_LEAST_SQUARES = 0
CSTN_RECONCILE_BOTTOM_UP = 1
CSTN_RECONCILE_TOP_DOWN = 2
CSTN_RECONCILE_STRUCTURAL = 0
CSTN_RECONCILE_VARIANCE = 1
CSTN_RECONCILE_GIVEN = 2
CSTN_RECONCILE_TREES_MOST = 16


class cstn_reconcile_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("method", c_int32),
        ("weights", c_int32),
        ("max_steps", c_int32),
        ("threads", c_int32),
        ("values", P(c_char_p)),
        ("n_values", c_size_t),
        ("quantiles", P(c_char_p)),
        ("n_quantiles", c_size_t),
        ("levels", P(c_char_p)),
        ("n_levels", c_size_t),
        ("total", c_char_p),
        ("nodes_binding", P(cstn_binding)),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


DECLARED: Functions = {
    "cstn_reconcile": (
        c_int32,
        (
            P(ArrowArrayStream), P(ArrowArrayStream), P(cstn_reconcile_options), ALLOCATOR,
            P(ArrowArrayStream), P(P(cstn_row_errors)), ERROR,
        ),
    ),
}
