"""What demand_online.h declares."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
)

from .alloc import ALLOCATOR, cstn_buffer
from .arrow import ArrowArrayStream
from .common import Functions, P
from .demand_regress import cstn_regress_signal
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_SIGNAL_MODEL_NO_SEASON = 1
CSTN_SIGNAL_MODEL_NO_MONTH = 2
CSTN_SIGNAL_MODEL_LINEAR = 4
CSTN_SIGNAL_MODEL_STEADY = 8
CSTN_SIGNAL_MODEL_SIGNALS_MOST = 64
CSTN_SIGNAL_MODEL_COLUMNS_MOST = 127
CSTN_SIGNAL_MODEL_DIGEST_SIZE = 32
CSTN_SIGNAL_MODEL_RESTART = 1
CSTN_SIGNAL_MODEL_COLD = 1
CSTN_SIGNAL_MODEL_MISSING_SIGNAL = 4
CSTN_SIGNAL_MODEL_FALLBACK = 8
CSTN_SIGNAL_MODEL_ASSUMED_KNOWN = 16
CSTN_SIGNAL_MODEL_TABLE_SERIES = 0
CSTN_SIGNAL_MODEL_TABLE_POOLS = 1


class cstn_signal_model(Structure):
    """Opaque."""


class cstn_signal_model_config(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("period", c_int32),
        ("gap", c_int32),
        ("season", c_int32),
        ("n_signals", c_int32),
        ("signals", P(cstn_regress_signal)),
        ("pool", c_char_p),
        ("forgetting", c_double),
        ("level", c_double),
        ("precision", c_double),
    ]


class cstn_signal_model_update_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("reserved0", c_int32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_signal_model_row(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("key", c_char_p),
        ("key_len", c_size_t),
        ("key_number", c_int64),
        ("pool", c_char_p),
        ("pool_len", c_size_t),
        ("pool_number", c_int64),
        ("ds", c_int64),
        ("y", c_double),
        ("signals", P(c_double)),
        ("n_signals", c_size_t),
    ]


class cstn_signal_model_forecast_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("horizon", c_int32),
        ("threads", c_int32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_signal_model_query(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("key", c_char_p),
        ("key_len", c_size_t),
        ("key_number", c_int64),
        ("signals", P(c_double)),
        ("n_signals", c_size_t),
        ("horizon", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_signal_size(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("columns", c_int32),
        ("series", c_uint64),
        ("pools", c_uint64),
        ("bytes", c_uint64),
        ("series_bytes", c_uint64),
        ("latest_ds", c_int64),
        ("ds_type", c_int32),
        ("reserved0", c_int32),
    ]


_MODEL = P(cstn_signal_model)
_STREAM = P(ArrowArrayStream)

DECLARED: Functions = {
    "cstn_signal_model_new": (
        c_int32,
        (P(cstn_signal_model_config), ALLOCATOR, P(_MODEL), ERROR),
    ),
    "cstn_signal_model_free": (None, (_MODEL,)),
    "cstn_signal_model_digest": (None, (_MODEL, P(c_uint8))),
    "cstn_signal_model_update": (
        c_int32,
        (_MODEL, _STREAM, P(cstn_signal_model_update_options), P(P(cstn_row_errors)), ERROR),
    ),
    "cstn_signal_model_update_one": (c_int32, (_MODEL, P(cstn_signal_model_row), ERROR)),
    "cstn_signal_model_pool": (c_int32, (_MODEL, c_uint32, ERROR)),
    "cstn_signal_model_forecast": (
        c_int32,
        (
            _MODEL, _STREAM, P(cstn_signal_model_forecast_options), _STREAM,
            P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_signal_model_forecast_one": (
        c_int32,
        (_MODEL, P(cstn_signal_model_query), P(c_double), P(c_int32), ERROR),
    ),
    "cstn_signal_model_export": (c_int32, (_MODEL, c_int32, _STREAM, ERROR)),
    "cstn_signal_model_merge": (c_int32, (_MODEL, _MODEL, ERROR)),
    "cstn_signal_model_serialize": (c_int32, (_MODEL, P(P(cstn_buffer)), ERROR)),
    "cstn_signal_model_deserialize": (
        c_int32,
        (P(c_uint8), c_size_t, ALLOCATOR, P(_MODEL), ERROR),
    ),
    "cstn_signal_model_size": (c_int32, (_MODEL, P(cstn_signal_size), ERROR)),
}
