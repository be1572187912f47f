"""What alloc.h declares."""

from __future__ import annotations

from ctypes import CFUNCTYPE, Structure, c_size_t, c_uint8, c_uint32, c_void_p
from typing import Any

from .common import Functions, P


class cstn_buffer(Structure):
    """Opaque."""


class cstn_allocator(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("user", c_void_p),
        ("alloc", CFUNCTYPE(c_void_p, c_void_p, c_size_t, c_size_t)),
        ("realloc", CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t, c_size_t, c_size_t)),
        ("free", CFUNCTYPE(None, c_void_p, c_void_p, c_size_t, c_size_t)),
    ]


ALLOCATOR: Any = P(cstn_allocator)

DECLARED: Functions = {
    "cstn_buffer_data": (P(c_uint8), (P(cstn_buffer),)),
    "cstn_buffer_size": (c_size_t, (P(cstn_buffer),)),
    "cstn_buffer_free": (None, (P(cstn_buffer),)),
}
