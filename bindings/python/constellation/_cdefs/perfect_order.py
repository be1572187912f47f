"""What perfect_order.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .progress import cstn_progress
from .rate import cstn_rate
from .schema import cstn_binding
from .service_policy import cstn_service_policy
from .status import ERROR, cstn_row_errors
from .time import cstn_calendar, cstn_zone

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


class cstn_verdict(Structure):
    """Opaque."""


class cstn_perfect_order(Structure):
    """Opaque."""


class cstn_perfect_order_result(Structure):
    """Opaque."""


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


DECLARED: Functions = {
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
}
