"""What order_verdict.h declares."""

from __future__ import annotations

from ctypes import Structure, c_int32, c_int64, c_uint32, c_uint64

from .arrow import ArrowArrayStream
from .common import Functions, P
from .network import cstn_network, cstn_scan_options, cstn_snapshot
from .perfect_order import cstn_policy_data
from .progress import cstn_progress
from .service_policy import cstn_service_policy
from .status import ERROR

CSTN_ORDER_PERFECT = 1
CSTN_ORDER_FAILED = 2
CSTN_ORDER_PENDING = 4
CSTN_ORDER_EXCLUDED = 8


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


DECLARED: Functions = {
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
}
