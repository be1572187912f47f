"""What demand_regress.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_uint32

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_REGRESS_NEXT = 1
CSTN_REGRESS_CLOSED = 2
CSTN_REGRESS_NO_SEASON = 1
CSTN_REGRESS_NO_MONTH = 2
CSTN_REGRESS_MISSING_SIGNAL = 4
CSTN_REGRESS_FALLBACK = 8
CSTN_REGRESS_ASSUMED_KNOWN = 16
CSTN_REGRESS_SIGNALS_MOST = 128


class cstn_regress_signal(Structure):
    """Fields as in the header."""

    _fields_ = [("name", c_char_p), ("flags", c_uint32), ("reserved0", c_uint32)]


class cstn_regress_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("horizon", c_int32),
        ("period", c_int32),
        ("gap", c_int32),
        ("season", c_int32),
        ("memory", c_int32),
        ("n_signals", c_int32),
        ("threads", c_int32),
        ("reserved0", c_int32),
        ("signals", P(cstn_regress_signal)),
        ("precision", c_double),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


_REGRESS = (
    P(ArrowArrayStream), P(cstn_regress_options), ALLOCATOR, P(ArrowArrayStream),
    P(P(cstn_row_errors)), ERROR,
)  # fmt: skip

DECLARED: Functions = {
    "cstn_regress": (c_int32, _REGRESS),
    "cstn_regress_explain": (c_int32, _REGRESS),
}
