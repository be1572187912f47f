"""What psi.h declares."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_uint8,
    c_void_p,
)
from typing import Any

from .agreement import cstn_agreement
from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .decision import cstn_decision
from .ledger import cstn_log
from .network import cstn_network
from .progress import cstn_progress
from .status import ERROR

CSTN_PSI_ITEMS = 1
CSTN_PSI_SIZE = 2
CSTN_PSI_TO_RECIPIENT = 1
CSTN_PSI_TO_PROVIDER = 2
CSTN_PSI_DIGEST_SIZE = 32
CSTN_PSI_VALUE_MOST = 1024
CSTN_PSI_VALUES_MOST = 100000
CSTN_PSI_LOG2_LEAST = 4
CSTN_PSI_LOG2_MOST = 17
CSTN_PSI_KIND_LOG2 = 20
CSTN_PSI_SMALL_KIND = 1


class cstn_psi_runs(Structure):
    """Opaque."""


#: of cstn_psi_options
PSI_ENTROPY: Any = CFUNCTYPE(c_int32, c_void_p, P(c_uint8), c_size_t)


class cstn_psi_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("agreement", P(c_uint8)),
        ("kind", c_char_p),
        ("mode", c_int32),
        ("direction", c_int32),
        ("kind_log2", c_int32),
        ("size_log2", c_int32),
        ("least_overlap", c_uint32),
        ("threads", c_int32),
        ("progress", P(cstn_progress)),
        ("entropy", PSI_ENTROPY),
        ("entropy_user", c_void_p),
        ("runs", P(cstn_psi_runs)),
        ("partner", c_char_p),
        ("log", P(cstn_log)),
        ("now_us", c_int64),
        ("signed_agreement", P(cstn_agreement)),
        ("party", c_char_p),
        ("network", P(cstn_network)),
        ("decision", P(cstn_decision)),
    ]


class cstn_psi_receiver(Structure):
    """Opaque."""


class cstn_psi_result(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("is_fewer", c_int32),
        ("common", c_uint64),
        ("own", c_uint64),
        ("own_declared", c_uint64),
        ("their_declared", c_uint64),
    ]


class cstn_psi_sender(Structure):
    """Opaque."""


DECLARED: Functions = {
    "cstn_psi_receiver_new": (
        c_int32,
        (P(cstn_psi_options), ALLOCATOR, P(P(cstn_psi_receiver)), ERROR),
    ),
    "cstn_psi_receiver_add": (
        c_int32,
        (P(cstn_psi_receiver), P(c_uint8), P(c_uint64), c_size_t, ERROR),
    ),
    "cstn_psi_receiver_request": (c_int32, (P(cstn_psi_receiver), P(P(cstn_buffer)), ERROR)),
    "cstn_psi_receiver_finish": (
        c_int32,
        (P(cstn_psi_receiver), c_void_p, c_size_t, P(cstn_psi_result), ERROR),
    ),
    "cstn_psi_receiver_common": (P(c_uint64), (P(cstn_psi_receiver), P(c_size_t))),
    "cstn_psi_receiver_free": (None, (P(cstn_psi_receiver),)),
    "cstn_psi_sender_new": (
        c_int32,
        (P(cstn_psi_options), ALLOCATOR, P(P(cstn_psi_sender)), ERROR),
    ),
    "cstn_psi_sender_add": (
        c_int32,
        (P(cstn_psi_sender), P(c_uint8), P(c_uint64), c_size_t, ERROR),
    ),
    "cstn_psi_sender_reply": (
        c_int32,
        (P(cstn_psi_sender), c_void_p, c_size_t, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_psi_sender_free": (None, (P(cstn_psi_sender),)),
    "cstn_psi_runs_new": (c_int32, (c_int64, c_uint32, ALLOCATOR, P(P(cstn_psi_runs)), ERROR)),
    "cstn_psi_runs_deserialize": (
        c_int32,
        (P(c_uint8), c_size_t, ALLOCATOR, P(P(cstn_psi_runs)), ERROR),
    ),
    "cstn_psi_runs_serialize": (c_int32, (P(cstn_psi_runs), P(P(cstn_buffer)), ERROR)),
    "cstn_psi_runs_left": (c_uint32, (P(cstn_psi_runs), c_char_p, c_int64)),
    "cstn_psi_runs_free": (None, (P(cstn_psi_runs),)),
}
