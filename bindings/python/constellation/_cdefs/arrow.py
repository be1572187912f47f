"""What arrow.h declares."""

from __future__ import annotations

from ctypes import CFUNCTYPE, Structure, c_char_p, c_int, c_int32, c_int64, c_void_p

from .common import Functions, P


class ArrowSchema(Structure):
    """As the Arrow specification prints it."""


class ArrowArray(Structure):
    """As the Arrow specification prints it."""


class ArrowArrayStream(Structure):
    """As the Arrow specification prints it."""


ArrowSchema._fields_ = [
    ("format", c_char_p),
    ("name", c_char_p),
    ("metadata", c_char_p),
    ("flags", c_int64),
    ("n_children", c_int64),
    ("children", P(P(ArrowSchema))),
    ("dictionary", P(ArrowSchema)),
    ("release", CFUNCTYPE(None, P(ArrowSchema))),
    ("private_data", c_void_p),
]

ArrowArray._fields_ = [
    ("length", c_int64),
    ("null_count", c_int64),
    ("offset", c_int64),
    ("n_buffers", c_int64),
    ("n_children", c_int64),
    ("buffers", P(c_void_p)),
    ("children", P(P(ArrowArray))),
    ("dictionary", P(ArrowArray)),
    ("release", CFUNCTYPE(None, P(ArrowArray))),
    ("private_data", c_void_p),
]

ArrowArrayStream._fields_ = [
    ("get_schema", CFUNCTYPE(c_int, P(ArrowArrayStream), P(ArrowSchema))),
    ("get_next", CFUNCTYPE(c_int, P(ArrowArrayStream), P(ArrowArray))),
    ("get_last_error", CFUNCTYPE(c_char_p, P(ArrowArrayStream))),
    ("release", CFUNCTYPE(None, P(ArrowArrayStream))),
    ("private_data", c_void_p),
]

DECLARED: Functions = {
    "cstn_arrow_stream_new": (P(ArrowArrayStream), ()),
    "cstn_arrow_stream_free": (None, (P(ArrowArrayStream),)),
    "cstn_arrow_schema_new": (P(ArrowSchema), ()),
    "cstn_arrow_schema_free": (None, (P(ArrowSchema),)),
    "cstn_arrow_array_new": (P(ArrowArray), ()),
    "cstn_arrow_array_free": (None, (P(ArrowArray),)),
    "cstn_arrow_stream_from_array": (c_int32, (P(ArrowSchema), P(ArrowArray), P(ArrowArrayStream))),
    "cstn_arrow_schema_release_borrowed": (None, (P(ArrowSchema),)),
    "cstn_arrow_array_release_borrowed": (None, (P(ArrowArray),)),
    "cstn_arrow_capsule_destroy": (None, (c_void_p,)),
}
