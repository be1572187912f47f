"""What demand_online.h declares."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
)

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, Opaque, P
from .demand_regress import cstn_regress_signal
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_buffer, cstn_row_errors
