"""What customer_value.h declares."""

from __future__ import annotations

from ctypes import Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint8, c_uint32

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_VALUE_TIME_UNITS = 0
CSTN_VALUE_TIME_DAYS = 1
CSTN_VALUE_TIME_US = 2
CSTN_VALUE_SKIP_BAD = 1
CSTN_FIT_NOT_CONVERGED = 1
CSTN_FIT_NO_DROPOUT = 2
CSTN_FIT_HOMOGENEOUS_DROPOUT = 4
CSTN_FIT_HOMOGENEOUS_RATE = 8
CSTN_FIT_NO_MEAN = 16
CSTN_FIT_CORRELATED = 32
CSTN_PREDICT_SD = 1
CSTN_PREDICT_LOGLIK = 2
CSTN_PREDICT_RESIDUAL = 4
CSTN_PREDICT_DUE = 8
CSTN_PREDICT_ACTIVE = 16
CSTN_DISCOUNT_END = 0
CSTN_DISCOUNT_MIDDLE = 1
CSTN_DISCOUNT_BEGIN = 2
CSTN_HOLDOUT_SUMMARY = 1
CSTN_HOLDOUT_BINS = 2
CSTN_HOLDOUT_DECILES = 3
CSTN_HOLDOUT_TRACKING = 4


class cstn_value_state(Structure):
    """Opaque."""


class cstn_customer_value(Structure):
    """Opaque."""


class cstn_value_config(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("time_in", c_int32),
        ("reserved0", c_int32),
        ("unit_us", c_int64),
    ]


class cstn_value_fit_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("max_iterations", c_int32),
        ("k", c_int32),
        ("n_start", c_int32),
        ("start", P(c_double)),
        ("penalty", c_double),
    ]


class cstn_value_predict_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("time_in", c_int32),
        ("horizons", P(c_double)),
        ("n_horizons", c_size_t),
        ("binding", P(cstn_binding)),
        ("residual_rate", c_double),
        ("spend", P(cstn_customer_value)),
        ("periods", c_int32),
        ("timing", c_int32),
        ("period", c_double),
        ("discount", c_double),
        ("margin_rate", c_double),
        ("cost_per_order", c_double),
        ("money_scale", c_int32),
        ("reserved0", c_int32),
        ("actual", P(c_int64)),
        ("n_actual", c_size_t),
    ]


_STATE = P(cstn_value_state)
_MODEL = P(cstn_customer_value)
_STREAM = P(ArrowArrayStream)
_ROWS = P(P(cstn_row_errors))
_BUFFER = P(P(cstn_buffer))
_NUMBERS = P(c_double)

DECLARED: Functions = {
    "cstn_value_state_new": (
        c_int32, (c_char_p, P(cstn_value_config), ALLOCATOR, P(_STATE), ERROR),
    ),
    "cstn_value_state_update": (c_int32, (_STATE, _STREAM, P(cstn_binding), _ROWS, ERROR)),
    "cstn_value_state_merge": (c_int32, (_STATE, _STATE, ERROR)),
    "cstn_value_state_customers": (c_int64, (_STATE,)),
    "cstn_value_state_serialize": (c_int32, (_STATE, _BUFFER, ERROR)),
    "cstn_value_state_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_STATE), ERROR),
    ),
    "cstn_value_state_free": (None, (_STATE,)),
    "cstn_customer_value_fit": (c_int32, (_STATE, P(cstn_value_fit_options), P(_MODEL), ERROR)),
    "cstn_customer_value_from_parameters": (
        c_int32, (c_char_p, _NUMBERS, c_size_t, c_int64, ALLOCATOR, P(_MODEL), ERROR),
    ),
    "cstn_customer_value_get_param": (c_int32, (_MODEL, c_char_p, _NUMBERS, ERROR)),
    "cstn_customer_value_flags": (c_uint32, (_MODEL,)),
    "cstn_customer_value_describe": (c_int32, (_MODEL, _BUFFER, ERROR)),
    "cstn_customer_value_score": (c_int32, (_MODEL, _STATE, c_int32, _NUMBERS, ERROR)),
    "cstn_customer_value_predict": (
        c_int32, (_MODEL, _STREAM, P(cstn_value_predict_options), _STREAM, _ROWS, ERROR),
    ),
    "cstn_customer_value_expected": (c_int32, (_MODEL, _NUMBERS, c_size_t, _NUMBERS, ERROR)),
    "cstn_customer_value_pmf": (c_int32, (_MODEL, c_double, c_size_t, _NUMBERS, ERROR)),
    "cstn_customer_value_holdout": (
        c_int32,
        (_MODEL, _STREAM, c_double, P(cstn_value_predict_options), c_int32, _STREAM, ERROR),
    ),
    "cstn_customer_value_serialize": (c_int32, (_MODEL, _BUFFER, ERROR)),
    "cstn_customer_value_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_MODEL), ERROR),
    ),
    "cstn_customer_value_name": (c_char_p, (_MODEL,)),
    "cstn_customer_value_ref": (_MODEL, (_MODEL,)),
    "cstn_customer_value_unref": (None, (_MODEL,)),
}
