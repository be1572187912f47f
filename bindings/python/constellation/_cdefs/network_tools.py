"""What network_tools.h declares."""

from __future__ import annotations

from ctypes import c_char_p, c_int32, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .network import cstn_network
from .progress import cstn_progress
from .status import ERROR

CSTN_REPORT_JSON = 1
CSTN_BACKUP_LINK = 1
CSTN_SALVAGE_DRY_RUN = 1

DECLARED: Functions = {
    "cstn_network_verify": (
        c_int32,
        (
            c_char_p, c_uint32, ALLOCATOR, P(cstn_progress), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_network_dump": (c_int32, (c_char_p, ALLOCATOR, P(P(cstn_buffer)), ERROR)),
    "cstn_network_salvage": (
        c_int32,
        (
            c_char_p, c_char_p, c_uint32, ALLOCATOR, P(cstn_progress), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_network_backup": (
        c_int32,
        (
            P(cstn_network), c_char_p, c_uint32, P(cstn_progress), ERROR,
        ),
    ),
}
