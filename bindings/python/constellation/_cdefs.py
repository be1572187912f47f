"""The C interface as ctypes sees it: constants, structs, opaque handles and functions.

Nothing here thinks. Each row repeats a declaration of the public headers, and
``tests/test_cdefs.py`` fails when one of them, a type, a field, an offset or a constant differs.
"""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_double,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, Tuple, Type

P: Any = POINTER

# --- constants ----------------------------------------------------------------------------------

# version.h
CSTN_VERSION_MAJOR = 0
CSTN_VERSION_MINOR = 1
CSTN_VERSION_PATCH = 0
CSTN_VERSION_NUMBER = 1000
CSTN_FEATURE_THREADS = 1
CSTN_FEATURE_SIMD_AVX2 = 2
CSTN_FEATURE_SIMD_AVX512 = 3

# status.h
CSTN_OK = 0
CSTN_DONE = 1
CSTN_E_INVALID_ARGUMENT = -1
CSTN_E_NOMEM = -2
CSTN_E_STRUCT_SIZE = -3
CSTN_E_STRUCT_TOO_NEW = -4
CSTN_E_OVERFLOW = -5
CSTN_E_SCHEMA = -6
CSTN_E_ROWS = -7
CSTN_E_MISMATCH = -8
CSTN_E_NOT_CLUSTERED = -9
CSTN_E_CANCELLED = -10
CSTN_E_CORRUPT = -11
CSTN_E_FORMAT = -12
CSTN_E_IO = -13
CSTN_E_STREAM = -14
CSTN_E_NOT_FOUND = -15
CSTN_E_UNSUPPORTED = -16
CSTN_E_LIMIT = -17
CSTN_E_LOCKED = -18
CSTN_E_CONFLICT = -19
CSTN_E_POISONED = -20
CSTN_E_FULL = -21
CSTN_E_FORKED = -22
CSTN_E_NEWER_FORMAT = -23
CSTN_E_NO_MANIFEST = -24
CSTN_E_BUSY = -25
CSTN_E_STATE = -26
CSTN_E_READ_ONLY = -27
CSTN_ROW_NULL = 1
CSTN_ROW_NAN = 2
CSTN_ROW_RANGE = 3
CSTN_ROW_OVERFLOW = 4
CSTN_ROW_UTF8 = 5
CSTN_ROW_PRECISION = 6
CSTN_ROW_NUMBER = 7
CSTN_ROW_TIME = 8
CSTN_ROW_SCALE = 9
CSTN_ROW_DUPLICATE = 10
CSTN_ROW_VALUE = 11
CSTN_ROW_NEGATIVE = 12
CSTN_ROW_NOT_POSITIVE = 13
CSTN_ROW_LENGTH = 14
CSTN_ROW_FIELDS = 15
CSTN_ROW_QUOTE = 16
CSTN_ROW_POLICY = 17
CSTN_ROW_ZONE = 18
CSTN_ROW_FRACTION = 19
CSTN_ROW_REFERENCE = 20
CSTN_ROW_CHECK_DIGIT = 21
CSTN_ROW_STATE = 22
CSTN_ROW_ORDER = 23
CSTN_ROW_CONFLICT = 24
CSTN_ROW_UNIT = 25
CSTN_ROW_UNKNOWN = 26
CSTN_ROW_KIND = 27
CSTN_ROW_NOT_HELD = 28
CSTN_ROW_LEFT_OUT = 29

# time.h
CSTN_TIME_NULL = -(2**63)
CSTN_DAY_US = 86400000000

# schema.h
CSTN_TYPE_FLAG = 1
CSTN_TYPE_INT32 = 2
CSTN_TYPE_INT64 = 3
CSTN_TYPE_DOUBLE = 4
CSTN_TYPE_TEXT = 5
CSTN_TYPE_BYTES = 6
CSTN_TYPE_DAYS = 7
CSTN_TYPE_TIME = 8
CSTN_TYPE_DECIMAL = 9
CSTN_CAST_TEXT = 1
CSTN_CAST_TRUNCATE_TIME = 2
CSTN_CAST_DICTIONARY = 4
CSTN_CAST_INTEGRAL = 8
CSTN_CAST_NAN_NULL = 16
CSTN_CAST_DAYS_TIME = 32
CSTN_IMPORT_TRUSTED = 0x10000

# csv.h
CSTN_CSV_NO_HEADER = 1
CSTN_CSV_STRICT = 2
CSTN_CSV_BAD_NULL = 4
CSTN_CSV_CRLF = 8

# decimal.h
CSTN_SCALE_MAX = 18

# rate.h
CSTN_RATE_HAS_VALUE = 1
CSTN_RATE_HAS_INTERVAL = 2
CSTN_QUANTILE_NEAREST_RANK = 0

# service_policy.h
CSTN_DIGEST_SIZE = 32

# perfect_order.h
CSTN_COMPONENT_ON_TIME = 1
CSTN_COMPONENT_IN_FULL = 2
CSTN_COMPONENT_DOCUMENTS = 4
CSTN_COMPONENT_CONDITION = 8
CSTN_REASON_NONE = 0
CSTN_REASON_CANCELLED_BY_CUSTOMER = 1
CSTN_REASON_CANCELLED_BY_SUPPLIER = 2
CSTN_REASON_CUSTOMER_FAULT = 3
CSTN_REASON_FORCE_MAJEURE = 4
CSTN_REASON_OVERDUE_OPEN = 5
CSTN_REASON_NO_PROMISE = 6
CSTN_REASON_NO_ACTUAL_TIME = 7
CSTN_REASON_UNASSESSED_ON_TIME = 8
CSTN_REASON_UNASSESSED_IN_FULL = 9
CSTN_REASON_UNASSESSED_DOCUMENTS = 10
CSTN_REASON_UNASSESSED_CONDITION = 11
CSTN_REASON_BAD_INPUT = 12
CSTN_REASON_COUNT = 13
CSTN_LINE_STATUS_UNKNOWN = 0
CSTN_LINE_OPEN = 1
CSTN_LINE_CLOSED = 2
CSTN_LINE_CANCELLED_BY_CUSTOMER = 3
CSTN_LINE_CANCELLED_BY_SUPPLIER = 4
CSTN_MARK_SUBSTITUTE = 1
CSTN_MARK_SUBSTITUTE_AGREED = 2
CSTN_MARK_WRONG_ITEM = 4
CSTN_MARK_CUSTOMER_FAULT = 8
CSTN_MARK_FORCE_MAJEURE = 16
CSTN_MARK_CONDITION_OK = 32
CSTN_MARK_DAMAGED = 64
CSTN_MARK_DEFECTIVE = 128
CSTN_MARK_WRONG_CONFIGURATION = 256
CSTN_MARK_REFUSED_FOR_QUALITY = 512
CSTN_MARK_DOCUMENTS_UNKNOWN = 1024
CSTN_MARK_CONDITION_UNKNOWN = 2048
CSTN_DOCUMENT_PACKING_SLIP = 1
CSTN_DOCUMENT_BILL_OF_LADING = 2
CSTN_DOCUMENT_INVOICE = 4
CSTN_DOCUMENT_CERTIFICATE = 8
CSTN_DOCUMENT_CUSTOMS = 16
CSTN_DOCUMENT_DANGEROUS_GOODS = 32
CSTN_RETURN_NONE = 0
CSTN_RETURN_DAMAGED = 1
CSTN_RETURN_DEFECTIVE = 2
CSTN_RETURN_WRONG_CONFIGURATION = 3
CSTN_RETURN_WRONG_ITEM = 4
CSTN_RETURN_SHORT = 5
CSTN_RETURN_EXCESS = 6
CSTN_RETURN_PAPERWORK = 7
CSTN_RETURN_OTHER = 8
CSTN_OWNER_UNKNOWN = 0
CSTN_OWNER_SUPPLIER = 1
CSTN_OWNER_WAREHOUSE = 2
CSTN_OWNER_CARRIER = 3
CSTN_OWNER_CUSTOMER = 4
CSTN_OWNER_OWN_OFFICE = 5
CSTN_QUANTITY_NULL = -(2**63)
CSTN_OFFSET_NULL = -2147483648
CSTN_OUTCOME_COUNTED = 1
CSTN_OUTCOME_PENDING = 2
CSTN_OUTCOME_EXCLUDED = 3
CSTN_CLUSTERING_NONE = 0
CSTN_CLUSTERING_SORTED = 1
CSTN_CLUSTERING_WHOLE_ORDERS = 2
CSTN_PERFECT_ORDER_EACH = 1
CSTN_PERFECT_ORDER_PERIOD = 2
CSTN_PERFECT_ORDER_ROLLUP = 4
CSTN_GROUP_TOTAL = c_size_t(-1).value
CSTN_TABLE_RATES = 1
CSTN_TABLE_LOSSES = 2
CSTN_TABLE_CAUSES = 3
CSTN_TABLE_LEVERS = 4
CSTN_TABLE_EXCLUSIONS = 5
CSTN_ORDER_NAME = 0
CSTN_ORDER_LOWER_LIMIT = 1

# record.h
CSTN_NO_LINE = c_size_t(-1).value

# event_json.h
CSTN_EVENT_JSON_ALL_OR_NOTHING = 1
CSTN_EVENT_JSON_INDENT = 2

# network.h
CSTN_NETWORK_READ_ONLY = 1
CSTN_NETWORK_MUST_EXIST = 2
CSTN_NETWORK_MUST_BE_NEW = 4
CSTN_NETWORK_ALLOW_REMOTE = 8
CSTN_NETWORK_DEFER_CHECKPOINT = 16
CSTN_COMMIT_FULL = 0
CSTN_COMMIT_GROUP = 1
CSTN_COMMIT_NONE = 2
CSTN_ORDER_PERFECT = 1
CSTN_ORDER_FAILED = 2
CSTN_ORDER_PENDING = 4
CSTN_ORDER_EXCLUDED = 8
CSTN_NETWORK_STATE_OPEN = 0
CSTN_NETWORK_STATE_FULL = 1
CSTN_NETWORK_STATE_POISONED = 2
CSTN_NETWORK_STATE_READ_ONLY = 3
CSTN_NETWORK_STATE_CLOSED = 4
CSTN_IMPORT_ALL_OR_NOTHING = 1
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

# network_tools.h
CSTN_REPORT_JSON = 1
CSTN_BACKUP_LINK = 1


# --- opaque handles: one type each, so that a mixed-up handle is a ctypes.ArgumentError ---------


class cstn_buffer(Structure):
    """Opaque."""


class cstn_error(Structure):
    """Opaque."""


class cstn_row_errors(Structure):
    """Opaque."""


class cstn_progress(Structure):
    """Opaque."""


class cstn_zone(Structure):
    """Opaque."""


class cstn_calendar(Structure):
    """Opaque."""


class cstn_schema(Structure):
    """Opaque."""


class cstn_binding(Structure):
    """Opaque."""


class cstn_csv_reader(Structure):
    """Opaque."""


class cstn_service_policy(Structure):
    """Opaque."""


class cstn_service_policy_builder(Structure):
    """Opaque."""


class cstn_verdict(Structure):
    """Opaque."""


class cstn_perfect_order(Structure):
    """Opaque."""


class cstn_perfect_order_result(Structure):
    """Opaque."""


class cstn_record(Structure):
    """Opaque."""


class cstn_record_builder(Structure):
    """Opaque."""


class cstn_network(Structure):
    """Opaque."""


class cstn_transaction(Structure):
    """Opaque."""


class cstn_snapshot(Structure):
    """Opaque."""


# --- the Arrow C Data and C Stream interface ----------------------------------------------------


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


# --- structs of the library ---------------------------------------------------------------------


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


class cstn_row_error(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("row", c_uint64),
        ("field", c_int32),
        ("code", c_int32),
    ]


class cstn_csv_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("delimiter", c_uint8),
        ("quote", c_uint8),
        ("decimal_mark", c_uint8),
        ("thousands_mark", c_uint8),
        ("max_rejects", c_int64),
        ("batch_rows", c_int64),
        ("progress", P(cstn_progress)),
    ]


class cstn_rate(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("valid", c_uint32),
        ("numerator", c_int64),
        ("denominator", c_int64),
        ("value", c_double),
        ("low", c_double),
        ("high", c_double),
        ("z", c_double),
    ]


class cstn_line_delivery(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("time_us", c_int64),
        ("quantity", c_int64),
        ("shipment", c_int32),
        ("marks", c_uint32),
    ]


class cstn_order_line(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("marks", c_uint32),
        ("line_number", c_int32),
        ("status", c_int32),
        ("ordered_us", c_int64),
        ("requested_us", c_int64),
        ("promised_us", c_int64),
        ("promised_last_us", c_int64),
        ("promised_customer_us", c_int64),
        ("promised_supplier_us", c_int64),
        ("delivered_us", c_int64),
        ("shipped_us", c_int64),
        ("arrived_us", c_int64),
        ("accepted_us", c_int64),
        ("recorded_us", c_int64),
        ("attempted_us", c_int64),
        ("quantity", c_int64),
        ("quantity_cancelled", c_int64),
        ("quantity_delivered", c_int64),
        ("quantity_due", c_int64),
        ("value_minor", c_int64),
        ("price_minor", c_int64),
        ("documents_complete_us", c_int64),
        ("returned_us", c_int64),
        ("return_reason", c_int32),
        ("shipments", c_int32),
        ("documents_ok", c_uint32),
        ("documents_bad", c_uint32),
        ("promised_offset_minutes", c_int32),
        ("actual_offset_minutes", c_int32),
        ("owner", c_int32 * 4),
        ("cause", c_char_p * 4),
        ("deliveries", P(cstn_line_delivery)),
        ("n_deliveries", c_size_t),
        ("ship_to_zone", c_char_p),
    ]


class cstn_policy_data(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("zone", P(cstn_zone)),
        ("calendar", P(cstn_calendar)),
        ("zone_names", P(c_char_p)),
        ("zones", P(P(cstn_zone))),
        ("n_zones", c_size_t),
    ]


class cstn_perfect_order_config(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("clustering", c_int32),
        ("reserved0", c_int32),
        ("from_us", c_int64),
        ("to_us", c_int64),
        ("policy_data", P(cstn_policy_data)),
    ]


class cstn_perfect_order_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("simd", c_int32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_compare_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("order", c_int32),
        ("min_cover_ppm", c_int32),
        ("min_units", c_int64),
    ]


class cstn_event_json_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("source_partner", c_char_p),
        ("id_prefix", c_char_p),
        ("recorded_us", c_int64),
        ("max_bytes", c_int64),
        ("max_depth", c_int32),
        ("reserved0", c_int32),
    ]


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


class cstn_order_verdict_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("verdicts", c_uint32),
        ("components", c_uint32),
        ("policy_data", P(cstn_policy_data)),
        ("scan", P(cstn_scan_options)),
    ]


class cstn_keep_verdicts_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("most_policies", c_uint32),
        ("reserved0", c_uint32),
        ("policy_data", P(cstn_policy_data)),
        ("progress", P(cstn_progress)),
    ]


class cstn_keep_verdicts_counts(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved0", c_uint32),
        ("written", c_uint64),
        ("kept", c_uint64),
        ("dropped", c_uint64),
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


STRUCTURES: Dict[str, Type[Structure]] = {
    cls.__name__: cls
    for cls in (
        cstn_allocator,
        cstn_buffer,
        ArrowSchema,
        ArrowArray,
        ArrowArrayStream,
        cstn_error,
        cstn_row_error,
        cstn_row_errors,
        cstn_progress,
        cstn_zone,
        cstn_calendar,
        cstn_schema,
        cstn_binding,
        cstn_csv_options,
        cstn_csv_reader,
        cstn_rate,
        cstn_service_policy,
        cstn_service_policy_builder,
        cstn_line_delivery,
        cstn_order_line,
        cstn_verdict,
        cstn_policy_data,
        cstn_perfect_order_config,
        cstn_perfect_order_options,
        cstn_perfect_order,
        cstn_perfect_order_result,
        cstn_compare_options,
        cstn_record,
        cstn_record_builder,
        cstn_event_json_options,
        cstn_network,
        cstn_transaction,
        cstn_snapshot,
        cstn_network_options,
        cstn_maintain_options,
        cstn_network_info,
        cstn_import_options,
        cstn_scan_options,
        cstn_event_options,
        cstn_event_counts,
        cstn_order_verdict_options,
        cstn_keep_verdicts_options,
        cstn_keep_verdicts_counts,
    )
}

ALLOCATOR = P(cstn_allocator)
ERROR = P(P(cstn_error))

#: name -> (result type, argument types)
FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "cstn_buffer_data": (P(c_uint8), (P(cstn_buffer),)),
    "cstn_buffer_size": (c_size_t, (P(cstn_buffer),)),
    "cstn_buffer_free": (None, (P(cstn_buffer),)),
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
    "cstn_status_name": (c_char_p, (c_int32,)),
    "cstn_status_count": (c_size_t, ()),
    "cstn_status_at": (c_int32, (c_size_t,)),
    "cstn_error_code": (c_int32, (P(cstn_error),)),
    "cstn_error_message": (c_char_p, (P(cstn_error),)),
    "cstn_error_free": (None, (P(cstn_error),)),
    "cstn_row_code_name": (c_char_p, (c_int32,)),
    "cstn_row_errors_count": (c_size_t, (P(cstn_row_errors),)),
    "cstn_row_errors_total": (c_uint64, (P(cstn_row_errors),)),
    "cstn_row_errors_at": (c_int32, (P(cstn_row_errors), c_size_t, P(cstn_row_error), ERROR)),
    "cstn_row_errors_column": (c_char_p, (P(cstn_row_errors), c_size_t)),
    "cstn_row_errors_value": (c_char_p, (P(cstn_row_errors), c_size_t)),
    "cstn_row_errors_copy_message": (c_size_t, (P(cstn_row_errors), c_size_t, c_char_p, c_size_t)),
    "cstn_row_errors_export": (c_int32, (P(cstn_row_errors), P(ArrowArrayStream), ERROR)),
    "cstn_row_errors_free": (None, (P(cstn_row_errors),)),
    "cstn_progress_new": (c_int32, (ALLOCATOR, P(P(cstn_progress)), ERROR)),
    "cstn_progress_done": (c_uint64, (P(cstn_progress),)),
    "cstn_progress_total": (c_uint64, (P(cstn_progress),)),
    "cstn_progress_cancel": (None, (P(cstn_progress),)),
    "cstn_progress_is_cancelled": (c_int32, (P(cstn_progress),)),
    "cstn_progress_reset": (None, (P(cstn_progress),)),
    "cstn_progress_free": (None, (P(cstn_progress),)),
    "cstn_days_from_civil": (c_int32, (c_int32, c_int32, c_int32, P(c_int32), ERROR)),
    "cstn_civil_from_days": (None, (c_int32, P(c_int32), P(c_int32), P(c_int32))),
    "cstn_time_parse": (c_int32, (c_char_p, c_size_t, c_char_p, c_int32, P(c_int64), ERROR)),
    "cstn_time_format": (c_size_t, (c_int64, c_char_p, c_size_t)),
    "cstn_zone_fixed": (c_int32, (c_int32, ALLOCATOR, P(P(cstn_zone)), ERROR)),
    "cstn_zone_parse_tzif": (c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_zone)), ERROR)),
    "cstn_zone_digest": (None, (P(cstn_zone), P(c_uint8))),
    "cstn_zone_offset_at": (c_int32, (P(cstn_zone), c_int64)),
    "cstn_zone_from_wall": (c_int32, (P(cstn_zone), c_int64, P(c_int64), ERROR)),
    "cstn_zone_ref": (P(cstn_zone), (P(cstn_zone),)),
    "cstn_zone_unref": (None, (P(cstn_zone),)),
    "cstn_calendar_parse": (c_int32, (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_calendar)), ERROR)),
    "cstn_calendar_digest": (None, (P(cstn_calendar), P(c_uint8))),
    "cstn_calendar_is_working": (c_int32, (P(cstn_calendar), c_int32)),
    "cstn_calendar_next_working": (c_int32, (P(cstn_calendar), c_int32)),
    "cstn_calendar_working_between": (c_int32, (P(cstn_calendar), c_int32, c_int32)),
    "cstn_calendar_ref": (P(cstn_calendar), (P(cstn_calendar),)),
    "cstn_calendar_unref": (None, (P(cstn_calendar),)),
    "cstn_type_name": (c_char_p, (c_int32,)),
    "cstn_schema_parse": (c_int32, (c_char_p, c_size_t, ALLOCATOR, P(P(cstn_schema)), ERROR)),
    "cstn_schema_format": (c_int32, (P(cstn_schema), P(P(cstn_buffer)), ERROR)),
    "cstn_schema_count": (c_size_t, (P(cstn_schema),)),
    "cstn_schema_name": (c_char_p, (P(cstn_schema), c_size_t)),
    "cstn_schema_type": (c_int32, (P(cstn_schema), c_size_t)),
    "cstn_schema_is_nullable": (c_int32, (P(cstn_schema), c_size_t)),
    "cstn_schema_ref": (P(cstn_schema), (P(cstn_schema),)),
    "cstn_schema_unref": (None, (P(cstn_schema),)),
    "cstn_binding_new": (c_int32, (ALLOCATOR, P(P(cstn_binding)), ERROR)),
    "cstn_binding_rename": (c_int32, (P(cstn_binding), c_char_p, c_char_p, ERROR)),
    "cstn_binding_constant": (c_int32, (P(cstn_binding), c_char_p, c_char_p, ERROR)),
    "cstn_binding_value": (c_int32, (P(cstn_binding), c_char_p, c_char_p, c_char_p, ERROR)),
    "cstn_binding_zone": (c_int32, (P(cstn_binding), c_char_p, P(cstn_zone), ERROR)),
    "cstn_binding_scale": (c_int32, (P(cstn_binding), c_char_p, c_int32, ERROR)),
    "cstn_binding_form": (c_int32, (P(cstn_binding), c_char_p, c_char_p, ERROR)),
    "cstn_binding_cast": (c_int32, (P(cstn_binding), c_char_p, c_uint32, ERROR)),
    "cstn_binding_strict": (None, (P(cstn_binding), c_int32)),
    "cstn_binding_trust": (None, (P(cstn_binding), c_int32)),
    "cstn_binding_free": (None, (P(cstn_binding),)),
    "cstn_stream_bind": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_schema), P(cstn_binding), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_csv_reader_open": (
        c_int32,
        (
            c_char_p, P(cstn_schema), P(cstn_csv_options), ALLOCATOR, P(P(cstn_csv_reader)), ERROR,
        ),
    ),
    "cstn_csv_reader_open_bytes": (
        c_int32,
        (
            P(c_uint8), c_size_t, P(cstn_schema), P(cstn_csv_options), ALLOCATOR,
            P(P(cstn_csv_reader)), ERROR,
        ),
    ),
    "cstn_csv_reader_export": (c_int32, (P(cstn_csv_reader), P(ArrowArrayStream), ERROR)),
    "cstn_csv_reader_rejects": (c_int32, (P(cstn_csv_reader), P(P(cstn_row_errors)), ERROR)),
    "cstn_csv_reader_export_rejects": (c_int32, (P(cstn_csv_reader), P(ArrowArrayStream), ERROR)),
    "cstn_csv_reader_rows": (c_uint64, (P(cstn_csv_reader),)),
    "cstn_csv_reader_unref": (None, (P(cstn_csv_reader),)),
    "cstn_csv_infer": (
        c_int32,
        (
            c_char_p, c_int64, P(cstn_csv_options), ALLOCATOR, P(P(cstn_schema)),
            P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_csv_write_file": (
        c_int32,
        (
            P(ArrowArrayStream), c_char_p, P(cstn_csv_options), ALLOCATOR, P(c_uint64), ERROR,
        ),
    ),
    "cstn_csv_write_bytes": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_csv_options), ALLOCATOR, P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_decimal_parse": (
        c_int32,
        (
            c_char_p, c_size_t, c_int32, c_uint8, c_uint8, P(c_int64), ERROR,
        ),
    ),
    "cstn_decimal_format": (c_size_t, (c_int64, c_int32, c_char_p, c_size_t)),
    "cstn_decimal_rescale": (c_int32, (c_int64, c_int32, c_int32, P(c_int64), ERROR)),
    "cstn_decimal_multiply": (c_int32, (c_int64, c_int64, c_int32, P(c_int64), ERROR)),
    "cstn_currency_scale": (c_int32, (c_char_p, P(c_int32), ERROR)),
    "cstn_rate_interval": (c_int32, (c_int64, c_int64, c_int32, P(cstn_rate), ERROR)),
    "cstn_rate_difference": (
        c_int32,
        (
            c_int64, c_int64, c_int64, c_int64, c_int32, P(cstn_rate), ERROR,
        ),
    ),
    "cstn_quantile": (c_int32, (P(c_double), c_size_t, c_int32, c_int32, P(c_double), ERROR)),
    "cstn_value_tiles": (c_int32, (P(c_int64), P(c_int64), c_size_t, c_int32, P(c_int32), ERROR)),
    "cstn_service_policy_new": (c_int32, (c_char_p, ALLOCATOR, P(P(cstn_service_policy)), ERROR)),
    "cstn_service_policy_parse": (
        c_int32,
        (
            c_char_p, c_size_t, ALLOCATOR, P(P(cstn_service_policy)), ERROR,
        ),
    ),
    "cstn_service_policy_format": (c_char_p, (P(cstn_service_policy), P(c_size_t))),
    "cstn_service_policy_digest": (None, (P(cstn_service_policy), P(c_uint8))),
    "cstn_service_policy_digest_text": (c_char_p, (P(cstn_service_policy),)),
    "cstn_service_policy_get": (c_int32, (P(cstn_service_policy), c_char_p, P(c_char_p), ERROR)),
    "cstn_service_policy_key_count": (c_size_t, ()),
    "cstn_service_policy_key_at": (c_char_p, (c_size_t,)),
    "cstn_service_policy_values_at": (c_char_p, (c_size_t,)),
    "cstn_service_policy_meaning_at": (c_char_p, (c_size_t,)),
    "cstn_service_policy_builder_new": (
        c_int32,
        (
            ALLOCATOR, P(P(cstn_service_policy_builder)), ERROR,
        ),
    ),
    "cstn_service_policy_builder_set": (
        c_int32,
        (
            P(cstn_service_policy_builder), c_char_p, c_char_p, ERROR,
        ),
    ),
    "cstn_service_policy_builder_build": (
        c_int32,
        (
            P(cstn_service_policy_builder), P(P(cstn_service_policy)), ERROR,
        ),
    ),
    "cstn_service_policy_builder_free": (None, (P(cstn_service_policy_builder),)),
    "cstn_service_policy_ref": (P(cstn_service_policy), (P(cstn_service_policy),)),
    "cstn_service_policy_unref": (None, (P(cstn_service_policy),)),
    "cstn_reason_name": (c_char_p, (c_int32,)),
    "cstn_pattern_name": (c_char_p, (c_uint32,)),
    "cstn_order_line_init": (None, (P(cstn_order_line), c_uint32)),
    "cstn_perfect_order_judge_line": (
        c_int32,
        (
            P(cstn_service_policy), c_int64, P(cstn_policy_data), P(cstn_order_line),
            P(P(cstn_verdict)), ERROR,
        ),
    ),
    "cstn_perfect_order_judge_order": (
        c_int32,
        (
            P(cstn_service_policy), c_int64, P(cstn_policy_data), P(P(cstn_order_line)), c_size_t,
            P(P(cstn_verdict)), ERROR,
        ),
    ),
    "cstn_verdict_outcome": (c_int32, (P(cstn_verdict),)),
    "cstn_verdict_pattern": (c_uint32, (P(cstn_verdict),)),
    "cstn_verdict_reason": (c_int32, (P(cstn_verdict),)),
    "cstn_verdict_is_provisional": (c_int32, (P(cstn_verdict),)),
    "cstn_verdict_cause": (c_char_p, (P(cstn_verdict), c_uint32)),
    "cstn_verdict_owner": (c_int32, (P(cstn_verdict), c_uint32)),
    "cstn_verdict_text": (c_char_p, (P(cstn_verdict),)),
    "cstn_verdict_free": (None, (P(cstn_verdict),)),
    "cstn_perfect_order_new": (
        c_int32,
        (
            P(cstn_service_policy), c_int64, P(c_char_p), c_size_t, P(cstn_perfect_order_config),
            ALLOCATOR, P(P(cstn_perfect_order)), ERROR,
        ),
    ),
    "cstn_perfect_order_update": (
        c_int32,
        (
            P(cstn_perfect_order), P(ArrowArrayStream), P(cstn_perfect_order_options),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_perfect_order_column_count": (c_size_t, (P(cstn_perfect_order),)),
    "cstn_perfect_order_column_name": (c_char_p, (P(cstn_perfect_order), c_size_t)),
    "cstn_perfect_order_merge": (c_int32, (P(cstn_perfect_order), P(cstn_perfect_order), ERROR)),
    "cstn_perfect_order_serialize": (c_int32, (P(cstn_perfect_order), P(P(cstn_buffer)), ERROR)),
    "cstn_perfect_order_deserialize": (
        c_int32,
        (
            P(c_uint8), c_size_t, P(cstn_policy_data), ALLOCATOR, P(P(cstn_perfect_order)), ERROR,
        ),
    ),
    "cstn_perfect_order_free": (None, (P(cstn_perfect_order),)),
    "cstn_perfect_order_finish": (
        c_int32,
        (
            P(cstn_perfect_order), P(P(cstn_perfect_order_result)), ERROR,
        ),
    ),
    "cstn_perfect_order_rate": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_service_policy), c_int64, P(c_char_p), c_size_t,
            P(cstn_perfect_order_config), P(cstn_perfect_order_options), ALLOCATOR,
            P(P(cstn_perfect_order_result)), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_perfect_order_result_policy": (P(cstn_service_policy), (P(cstn_perfect_order_result),)),
    "cstn_perfect_order_result_as_of_us": (c_int64, (P(cstn_perfect_order_result),)),
    "cstn_perfect_order_result_count": (c_size_t, (P(cstn_perfect_order_result),)),
    "cstn_perfect_order_result_key": (c_char_p, (P(cstn_perfect_order_result), c_size_t, c_size_t)),
    "cstn_perfect_order_result_rate": (
        c_int32,
        (
            P(cstn_perfect_order_result), c_size_t, P(cstn_rate), ERROR,
        ),
    ),
    "cstn_perfect_order_result_component": (
        c_int32,
        (
            P(cstn_perfect_order_result), c_size_t, c_uint32, P(cstn_rate), ERROR,
        ),
    ),
    "cstn_perfect_order_result_lever": (
        c_int32,
        (
            P(cstn_perfect_order_result), c_size_t, c_uint32, P(cstn_rate), ERROR,
        ),
    ),
    "cstn_perfect_order_result_pattern": (
        c_int64,
        (
            P(cstn_perfect_order_result), c_size_t, c_uint32,
        ),
    ),
    "cstn_perfect_order_result_excluded": (
        c_int64,
        (
            P(cstn_perfect_order_result), c_size_t, c_int32,
        ),
    ),
    "cstn_perfect_order_result_pending": (c_int64, (P(cstn_perfect_order_result), c_size_t)),
    "cstn_perfect_order_result_provisional": (c_int64, (P(cstn_perfect_order_result), c_size_t)),
    "cstn_perfect_order_result_export": (
        c_int32,
        (
            P(cstn_perfect_order_result), c_int32, P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_perfect_order_compare": (
        c_int32,
        (
            P(cstn_perfect_order_result), P(cstn_compare_options), P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_perfect_order_standardise": (
        c_int32,
        (
            P(cstn_perfect_order_result), c_size_t, c_size_t, P(cstn_compare_options),
            P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_perfect_order_result_ref": (
        P(cstn_perfect_order_result),
        (
            P(cstn_perfect_order_result),
        ),
    ),
    "cstn_perfect_order_result_unref": (None, (P(cstn_perfect_order_result),)),
    "cstn_noun_count": (c_size_t, ()),
    "cstn_noun_name": (c_char_p, (c_size_t,)),
    "cstn_noun_find": (c_size_t, (c_char_p,)),
    "cstn_noun_doc": (c_char_p, (c_size_t,)),
    "cstn_noun_is_append_only": (c_int32, (c_size_t,)),
    "cstn_noun_has_lines": (c_int32, (c_size_t,)),
    "cstn_noun_field_count": (c_size_t, (c_size_t,)),
    "cstn_noun_field_find": (c_size_t, (c_size_t, c_char_p)),
    "cstn_noun_field_name": (c_char_p, (c_size_t, c_size_t)),
    "cstn_noun_field_type": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_is_nullable": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_is_line": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_key": (c_int32, (c_size_t, c_size_t)),
    "cstn_noun_field_doc": (c_char_p, (c_size_t, c_size_t)),
    "cstn_noun_field_rule": (c_char_p, (c_size_t, c_size_t)),
    "cstn_noun_field_code": (c_char_p, (c_size_t, c_size_t, c_size_t)),
    "cstn_noun_field_refers": (c_char_p, (c_size_t, c_size_t)),
    "cstn_record_ref": (P(cstn_record), (P(cstn_record),)),
    "cstn_record_unref": (None, (P(cstn_record),)),
    "cstn_record_noun": (c_char_p, (P(cstn_record),)),
    "cstn_record_lines": (c_size_t, (P(cstn_record),)),
    "cstn_record_seq": (c_uint64, (P(cstn_record),)),
    "cstn_record_has": (c_int32, (P(cstn_record), c_size_t, c_char_p)),
    "cstn_record_int": (c_int64, (P(cstn_record), c_size_t, c_char_p)),
    "cstn_record_double": (c_double, (P(cstn_record), c_size_t, c_char_p)),
    "cstn_record_text": (c_char_p, (P(cstn_record), c_size_t, c_char_p, P(c_size_t))),
    "cstn_record_format": (c_int32, (P(cstn_record), P(P(cstn_buffer)), ERROR)),
    "cstn_record_builder_new": (c_int32, (c_char_p, ALLOCATOR, P(P(cstn_record_builder)), ERROR)),
    "cstn_record_builder_add_line": (c_int32, (P(cstn_record_builder), ERROR)),
    "cstn_record_builder_set_text": (
        c_int32,
        (
            P(cstn_record_builder), c_char_p, c_char_p, c_size_t, ERROR,
        ),
    ),
    "cstn_record_builder_set_int": (c_int32, (P(cstn_record_builder), c_char_p, c_int64, ERROR)),
    "cstn_record_builder_set_double": (
        c_int32,
        (
            P(cstn_record_builder), c_char_p, c_double, ERROR,
        ),
    ),
    "cstn_record_builder_set_null": (c_int32, (P(cstn_record_builder), c_char_p, ERROR)),
    "cstn_record_builder_build": (c_int32, (P(cstn_record_builder), P(P(cstn_record)), ERROR)),
    "cstn_record_builder_free": (None, (P(cstn_record_builder),)),
    "cstn_epcis_read": (
        c_int32,
        (
            c_char_p, c_size_t, P(cstn_event_json_options), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_epcis_write": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_event_json_options), ALLOCATOR, P(P(cstn_buffer)),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_dcsa_read": (
        c_int32,
        (
            c_char_p, c_size_t, P(cstn_event_json_options), ALLOCATOR, P(ArrowArrayStream),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_dcsa_write": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_event_json_options), ALLOCATOR, P(P(cstn_buffer)),
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
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
    "cstn_snapshot_scan_order_verdicts": (
        c_int32,
        (
            P(cstn_snapshot), P(cstn_service_policy), c_int64, P(cstn_order_verdict_options),
            P(ArrowArrayStream), ERROR,
        ),
    ),
    "cstn_network_keep_order_verdicts": (
        c_int32,
        (
            P(cstn_network), P(cstn_service_policy), c_int64, P(cstn_keep_verdicts_options),
            P(cstn_keep_verdicts_counts), ERROR,
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
            c_char_p, c_char_p, ALLOCATOR, P(cstn_progress), P(P(cstn_buffer)), ERROR,
        ),
    ),
    "cstn_network_backup": (
        c_int32,
        (
            P(cstn_network), c_char_p, c_uint32, P(cstn_progress), ERROR,
        ),
    ),
    "cstn_version_number": (c_int32, ()),
    "cstn_version_text": (c_char_p, ()),
    "cstn_has_feature": (c_int32, (c_int32,)),
}
