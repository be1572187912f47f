"""What decimal.h declares."""

from __future__ import annotations

from ctypes import c_char_p, c_int32, c_int64, c_size_t, c_uint8

from .common import Functions, P
from .status import ERROR

CSTN_SCALE_MAX = 18

DECLARED: Functions = {
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
}
