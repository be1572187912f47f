"""What release.h declares."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    Structure,
    c_char_p,
    c_int32,
    c_size_t,
    c_uint32,
    c_uint8,
    c_void_p,
)

from .alloc import ALLOCATOR
from .arrow import ArrowArrayStream
from .common import Functions, P
from .constraint import cstn_vocabulary
from .privacy import cstn_aggregate_options, cstn_generalise_step, cstn_noise_options
from .shared_log import cstn_settle_policy
from .status import ERROR

CSTN_CHECKSUM_XXH3_128 = 1
CSTN_CHECKSUM_SHA256 = 2
CSTN_CHECKSUM_SIZE_MOST = 32
CSTN_CHECKSUM_SALT_SIZE = 16


class cstn_release_column(Structure):
    _fields_ = [
        ("column", c_char_p),
        ("path", c_char_p),
        ("steps", P(cstn_generalise_step)),
        ("n_steps", c_size_t),
    ]


class cstn_release_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("columns", P(cstn_release_column)),
        ("n_columns", c_size_t),
        ("time_column", c_char_p),
        ("data_set", c_char_p),
        ("aggregate", P(cstn_aggregate_options)),
        ("noise", P(cstn_noise_options)),
        ("pseudonym_key", P(c_uint8)),
        ("vocabulary", P(cstn_vocabulary)),
        ("checkpoint", c_char_p),
        ("checkpoint_len", c_size_t),
        ("settle", P(cstn_settle_policy)),
        ("entropy", CFUNCTYPE(c_int32, c_void_p, P(c_uint8), c_size_t)),
        ("entropy_user", c_void_p),
        ("allocator", ALLOCATOR),
    ]


DECLARED: Functions = {
    "cstn_release_checksum": (
        c_int32,
        (
            P(ArrowArrayStream), c_int32, P(c_uint8), ALLOCATOR, P(c_uint8), P(c_size_t), ERROR,
        ),
    ),
}
