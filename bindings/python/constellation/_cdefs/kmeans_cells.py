"""What kmeans_cells.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .kmeans import cstn_kmeans, cstn_kmeans_options
from .status import ERROR, cstn_row_errors

CSTN_KMEANS_CELLS_FEATURES = 16


class cstn_kmeans_cells(Structure):
    """Opaque."""


class cstn_kmeans_cells_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("max_cells", c_int32),
        ("coarser", c_int32),
        ("headroom", c_int32),
        ("reserved0", c_int32),
    ]


DECLARED: Functions = {
    "cstn_kmeans_cells_new": (
        c_int32,
        (
            P(cstn_kmeans), P(cstn_kmeans_cells_options), ALLOCATOR, P(P(cstn_kmeans_cells)),
            ERROR,
        ),
    ),
    "cstn_kmeans_cells_update": (
        c_int32,
        (
            P(cstn_kmeans_cells), P(ArrowArrayStream), P(cstn_kmeans_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_kmeans_cells_remove": (c_int32, (P(cstn_kmeans_cells), P(cstn_kmeans_cells), ERROR)),
    "cstn_kmeans_cells_merge": (c_int32, (P(cstn_kmeans_cells), P(cstn_kmeans_cells), ERROR)),
    "cstn_kmeans_cells_fit": (
        c_int32,
        (P(cstn_kmeans_cells), c_int32, P(cstn_kmeans_options), P(P(cstn_kmeans)), ERROR),
    ),
    "cstn_kmeans_cells_bounds": (
        c_int32,
        (P(cstn_kmeans_cells), P(cstn_kmeans), P(c_double), P(c_double), ERROR),
    ),
    "cstn_kmeans_cells_get_param": (
        c_int32, (P(cstn_kmeans_cells), c_char_p, P(c_double), ERROR),
    ),
    "cstn_kmeans_cells_export": (c_int32, (P(cstn_kmeans_cells), P(ArrowArrayStream), ERROR)),
    "cstn_kmeans_cells_serialize": (c_int32, (P(cstn_kmeans_cells), P(P(cstn_buffer)), ERROR)),
    "cstn_kmeans_cells_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_kmeans_cells)), ERROR,
        ),
    ),
    "cstn_kmeans_cells_free": (None, (P(cstn_kmeans_cells),)),
}
