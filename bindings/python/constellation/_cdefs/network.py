"""What network.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .record import cstn_record
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_NETWORK_READ_ONLY = 1
CSTN_NETWORK_MUST_EXIST = 2
CSTN_NETWORK_MUST_BE_NEW = 4
CSTN_NETWORK_ALLOW_REMOTE = 8
CSTN_NETWORK_DEFER_CHECKPOINT = 16
CSTN_COMMIT_FULL = 0
CSTN_COMMIT_GROUP = 1
CSTN_COMMIT_NONE = 2
CSTN_NETWORK_STATE_OPEN = 0
CSTN_NETWORK_STATE_FULL = 1
CSTN_NETWORK_STATE_POISONED = 2
CSTN_NETWORK_STATE_READ_ONLY = 3
CSTN_NETWORK_STATE_CLOSED = 4
CSTN_IMPORT_ALL_OR_NOTHING = 1
CSTN_IMPORT_SKIP_UNKNOWN = 2
CSTN_AS_OF_NOW = (1 << 63) - 1
CSTN_SCAN_LINES = 1
CSTN_SCAN_NUMBERED = 2
CSTN_SCAN_DICTIONARY = 4
CSTN_SCAN_SINCE = 8
CSTN_SCAN_RANGE = 16
CSTN_SCAN_AS_OF = 32
CSTN_SCAN_EMPTY_AS_NULL = 64
CSTN_RELATION_UNDECLARED = 0
CSTN_RELATION_PARTNER = 1
CSTN_RELATION_NEUTRAL = 2
CSTN_RELATION_COMPETITOR = 3


class cstn_network(Structure):
    """Opaque."""


class cstn_transaction(Structure):
    """Opaque."""


class cstn_snapshot(Structure):
    """Opaque."""


class cstn_network_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("commit_level", c_int32),
        ("keep_generations", c_uint32),
        ("group_us", c_int64),
        ("cache_bytes", c_uint64),
        ("checkpoint_bytes", c_uint64),
        ("checkpoint_rows", c_uint64),
    ]


class cstn_maintain_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("history_from_us", c_int64),
        ("max_bytes", c_uint64),
        ("progress", P(cstn_progress)),
        ("noun", c_char_p),
    ]


class cstn_network_info(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("state", c_uint32),
        ("uuid", c_uint8 * 16),
        ("last_seq", c_uint64),
        ("log_bytes", c_uint64),
        ("segment_bytes", c_uint64),
        ("memory_bytes", c_uint64),
        ("pinned_bytes", c_uint64),
        ("n_segments", c_uint64),
        ("n_dead_rows", c_uint64),
        ("n_kept", c_uint64),
        ("kept_bytes", c_uint64),
        ("n_kept_useless", c_uint64),
    ]


class cstn_import_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("reserved0", c_int32),
        ("recorded_us", c_int64),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_scan_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("columns", P(c_char_p)),
        ("n_columns", c_size_t),
        ("ids", P(c_char_p)),
        ("n_ids", c_size_t),
        ("range_field", c_char_p),
        ("from_us", c_int64),
        ("until_us", c_int64),
        ("partner", c_char_p),
        ("where_field", c_char_p),
        ("where_text", c_char_p),
        ("as_of_us", c_int64),
        ("since_seq", c_uint64),
    ]


class cstn_event_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("as_of_us", c_int64),
        ("conflict_us", c_int64),
        ("precedence", P(c_char_p)),
        ("n_precedence", c_size_t),
        ("subject", c_char_p),
    ]


class cstn_event_counts(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved0", c_uint32),
        ("events", c_uint64),
        ("corrected", c_uint64),
        ("effective", c_uint64),
        ("conflicts", c_uint64),
        ("negative_latency", c_uint64),
    ]


DECLARED: Functions = {
    "cstn_network_open": (
        c_int32,
        (
            c_char_p, P(cstn_network_options), ALLOCATOR, P(P(cstn_network)), ERROR,
        ),
    ),
    "cstn_network_close": (c_int32, (P(cstn_network), ERROR)),
    "cstn_network_ref": (P(cstn_network), (P(cstn_network),)),
    "cstn_network_unref": (None, (P(cstn_network),)),
    "cstn_network_sync": (c_int32, (P(cstn_network), ERROR)),
    "cstn_network_checkpoint": (c_int32, (P(cstn_network), ERROR)),
    "cstn_network_maintain": (c_int32, (P(cstn_network), P(cstn_maintain_options), ERROR)),
    "cstn_network_get_info": (c_int32, (P(cstn_network), P(cstn_network_info), ERROR)),
    "cstn_transaction_begin": (c_int32, (P(cstn_network), P(P(cstn_transaction)), ERROR)),
    "cstn_transaction_put": (c_int32, (P(cstn_transaction), P(cstn_record), ERROR)),
    "cstn_transaction_delete": (
        c_int32,
        (
            P(cstn_transaction), c_char_p, P(c_char_p), c_size_t, c_int64, ERROR,
        ),
    ),
    "cstn_transaction_import": (
        c_int32,
        (
            P(cstn_transaction), c_char_p, P(ArrowArrayStream), P(cstn_import_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_transaction_require": (
        c_int32,
        (
            P(cstn_transaction), c_char_p, P(c_char_p), c_size_t, c_uint64, ERROR,
        ),
    ),
    "cstn_transaction_commit": (c_int32, (P(cstn_transaction), P(c_uint64), ERROR)),
    "cstn_transaction_rows": (c_uint64, (P(cstn_transaction),)),
    "cstn_transaction_free": (None, (P(cstn_transaction),)),
    "cstn_network_put": (c_int32, (P(cstn_network), P(cstn_record), P(c_uint64), ERROR)),
    "cstn_network_import": (
        c_int32,
        (
            P(cstn_network), c_char_p, P(ArrowArrayStream), P(cstn_import_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_network_snapshot": (c_int32, (P(cstn_network), P(P(cstn_snapshot)), ERROR)),
    "cstn_snapshot_ref": (P(cstn_snapshot), (P(cstn_snapshot),)),
    "cstn_snapshot_unref": (None, (P(cstn_snapshot),)),
    "cstn_snapshot_seq": (c_uint64, (P(cstn_snapshot),)),
    "cstn_snapshot_get": (
        c_int32,
        (
            P(cstn_snapshot), c_char_p, P(c_char_p), c_size_t, c_int64, P(P(cstn_record)), ERROR,
        ),
    ),
    "cstn_snapshot_scan": (
        c_int32,
        (
            P(cstn_snapshot), c_char_p, P(cstn_scan_options), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_snapshot_changes": (c_int32, (P(cstn_snapshot), c_uint64, P(ArrowArrayStream), ERROR)),
    "cstn_network_changes": (
        c_int32,
        (
            P(cstn_network), c_uint64, P(ArrowArrayStream), P(c_uint64), ERROR,
        ),
    ),
    "cstn_relation_name": (c_char_p, (c_int32,)),
    "cstn_snapshot_relation": (
        c_int32,
        (
            P(cstn_snapshot), c_char_p, c_char_p, c_char_p, c_int64, P(c_int32), ERROR,
        ),
    ),
    "cstn_network_scan_dual_pairs": (
        c_int32,
        (
            P(cstn_network), c_int64, P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_snapshot_scan_effective_events": (
        c_int32,
        (
            P(cstn_snapshot), P(cstn_event_options), P(ArrowArrayStream), P(ArrowArrayStream),
            P(cstn_event_counts), ERROR,
        ),
    ),
}
