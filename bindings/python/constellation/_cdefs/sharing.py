"""What sharing.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .agreement import cstn_agreement, cstn_agreement_store
from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .constraint import cstn_vocabulary
from .decision import cstn_rules, cstn_rules_consideration
from .negotiation import cstn_negotiation, cstn_negotiation_message
from .network import cstn_snapshot, cstn_transaction
from .status import ERROR


CSTN_CONFLICT_SET_MOST = 4096
CSTN_SHARING_AGREEMENTS = 1
CSTN_SHARING_USAGE = 2
CSTN_SHARING_DUTIES = 3
CSTN_SHARING_CONSIDERATIONS = 4
CSTN_SHARING_DELIVERIES = 5
CSTN_SHARING_RELEASES = 6
CSTN_SHARING_OVERRIDES = 7
CSTN_SHARING_RECEIPTS = 8
CSTN_SHARING_CONFLICT_SETS = 9


class cstn_sharing_duty(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("agreement", c_uint8 * 32),
        ("term", c_uint8 * 32),
        ("release", c_uint8 * 32),
        ("index", c_uint32),
        ("state", c_int32),
        ("deadline_us", c_int64),
        ("consequence", c_uint32),
        ("reserved0", c_uint32),
    ]


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
    "cstn_transaction_put_negotiation": (
        c_int32,
        (
            P(cstn_transaction),
            c_char_p,
            P(cstn_negotiation),
            P(cstn_negotiation_message),
            c_int32,
            c_int64,
            ERROR,
        ),
    ),
    "cstn_transaction_put_split_view": (
        c_int32,
        (
            P(cstn_transaction),
            c_char_p,
            c_char_p,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            P(c_char_p),
            c_size_t,
            c_int64,
            ERROR,
        ),
    ),
    "cstn_transaction_put_override": (
        c_int32,
        (P(cstn_transaction), c_char_p, c_size_t, c_int64, ERROR),
    ),
    "cstn_transaction_put_receipt": (
        c_int32,
        (P(cstn_transaction), c_char_p, c_size_t, c_int64, ERROR),
    ),
    "cstn_transaction_put_waiver": (
        c_int32,
        (P(cstn_transaction), c_char_p, c_size_t, c_int64, ERROR),
    ),
    "cstn_transaction_put_duty": (
        c_int32,
        (P(cstn_transaction), c_char_p, P(cstn_sharing_duty), c_int64, ERROR),
    ),
    "cstn_transaction_put_consideration": (
        c_int32,
        (P(cstn_transaction), c_char_p, P(cstn_rules_consideration), c_int64, ERROR),
    ),
    "cstn_transaction_put_conflict_set": (
        c_int32,
        (
            P(cstn_transaction),
            c_char_p,
            c_char_p,
            P(c_char_p),
            c_size_t,
            c_int64,
            ERROR,
        ),
    ),
    "cstn_rules_load": (
        c_int32,
        (P(cstn_snapshot), P(cstn_rules_load_options), P(P(cstn_rules)), ERROR),
    ),
    "cstn_sharing_table": (
        c_int32,
        (P(cstn_snapshot), c_int32, c_int64, P(ArrowArrayStream), ERROR),
    ),
    "cstn_agreement_store_load": (
        c_int32,
        (P(cstn_agreement_store), P(cstn_snapshot), ERROR),
    ),
}
