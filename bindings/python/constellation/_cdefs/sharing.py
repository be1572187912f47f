"""What sharing.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_uint32

from .agreement import cstn_agreement, cstn_agreement_store
from .alloc import ALLOCATOR
from .common import Functions, P
from .constraint import cstn_vocabulary
from .decision import cstn_rules
from .network import cstn_snapshot, cstn_transaction
from .status import ERROR


class cstn_rules_load_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("constellation", c_char_p),
        ("provider", c_char_p),
        ("recipient", c_char_p),
        ("vocabulary", P(cstn_vocabulary)),
        ("allocator", ALLOCATOR),
    ]


DECLARED: Functions = {
    "cstn_transaction_put_agreement": (
        c_int32,
        (
            P(cstn_transaction),
            c_char_p,
            P(cstn_agreement),
            P(cstn_vocabulary),
            c_int64,
            ERROR,
        ),
    ),
    "cstn_rules_load": (
        c_int32,
        (P(cstn_snapshot), P(cstn_rules_load_options), P(P(cstn_rules)), ERROR),
    ),
    "cstn_agreement_store_load": (
        c_int32,
        (P(cstn_agreement_store), P(cstn_snapshot), ERROR),
    ),
}
