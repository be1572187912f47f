"""What progress.h declares."""

from __future__ import annotations

from ctypes import Structure, c_int32, c_uint64

from .alloc import ALLOCATOR
from .common import Functions, P
from .status import ERROR


class cstn_progress(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_progress_new": (c_int32, (ALLOCATOR, P(P(cstn_progress)), ERROR)),
    "cstn_progress_done": (c_uint64, (P(cstn_progress),)),
    "cstn_progress_total": (c_uint64, (P(cstn_progress),)),
    "cstn_progress_cancel": (None, (P(cstn_progress),)),
    "cstn_progress_is_cancelled": (c_int32, (P(cstn_progress),)),
    "cstn_progress_reset": (None, (P(cstn_progress),)),
    "cstn_progress_free": (None, (P(cstn_progress),)),
}
