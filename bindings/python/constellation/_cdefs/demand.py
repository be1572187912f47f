"""What demand.h declares."""

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
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_GAP_MISSING = 2
CSTN_DEMAND_STOCK_OUT = 1
CSTN_DEMAND_CLOSED = 2
CSTN_DEMAND_RETURN = 4
CSTN_DEMAND_ESTIMATED = 8
CSTN_DEMAND_EXCEPTIONAL = 16
CSTN_DEMAND_RETURNS_SEPARATE = 0
CSTN_DEMAND_RETURNS_NET = 1
CSTN_DEMAND_REPLAY = 1
CSTN_DEMAND_LEVEL_WEIGHTS = 2
CSTN_DEMAND_INTERMITTENT = 4
CSTN_DEMAND_DRIFT = 8
CSTN_DEMAND_HISTORY = 16
CSTN_DEMAND_CALIBRATE = 32
CSTN_DEMAND_PACE_BY_PERIOD = 0
CSTN_DEMAND_PACE_DAYS = 1
CSTN_DEMAND_PACE_MONTHS = 2
CSTN_DEMAND_EVENTS_MOST = 8
CSTN_DEMAND_SEASON_MOST = 366
CSTN_DEMAND_DIGEST_SIZE = 32
CSTN_DEMAND_SORT = 1
CSTN_DEMAND_WHOLE_PERIODS = 2
CSTN_DEMAND_TOTALS_ONLY = 4
CSTN_DEMAND_HAS_LIMIT = 1
CSTN_DEMAND_HAS_AVAILABLE = 2
CSTN_DEMAND_FORECAST_COLD = 1
CSTN_DEMAND_FORECAST_CENSORED = 2
CSTN_DEMAND_FORECAST_MISSING_SIGNAL = 4
CSTN_DEMAND_FORECAST_FALLBACK = 64
CSTN_DEMAND_FORECAST_DRIFT = 32
CSTN_DEMAND_RETURNS = 1
CSTN_DEMAND_WITHIN = 2


class cstn_demand_model(Structure):
    """Opaque."""


class cstn_demand_config(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("period", c_int32),
        ("gap", c_int32),
        ("season", c_int32),
        ("first_weekday", c_int32),
        ("returns", c_int32),
        ("replay_periods", c_int32),
        ("latency_us", c_int64),
        ("pool", c_char_p),
        ("events", P(c_char_p)),
        ("n_events", c_int32),
        ("pace", c_int32),
    ]


class cstn_demand_update_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_demand_observation(Structure):
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
        ("limit", c_double),
        ("available_us", c_int64),
        ("row_flags", c_int32),
        ("events", c_uint32),
    ]


class cstn_demand_forecast_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("horizon", c_int32),
        ("threads", c_int32),
        ("levels", P(c_double)),
        ("n_levels", c_size_t),
        ("binding", P(cstn_binding)),
    ]


class cstn_demand_query(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("key", c_char_p),
        ("key_len", c_size_t),
        ("key_number", c_int64),
        ("events", P(c_uint32)),
        ("levels", P(c_double)),
        ("n_levels", c_size_t),
        ("horizon", c_int32),
        ("reserved0", c_int32),
    ]


class cstn_demand_lead_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("periods", c_int32),
        ("threads", c_int32),
        ("shares", P(c_double)),
        ("level", c_double),
        ("under_minor", c_double),
        ("over_minor", c_double),
        ("binding", P(cstn_binding)),
    ]


class cstn_demand_size(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("has_closed", c_int32),
        ("series", c_uint64),
        ("returns", c_uint64),
        ("pools", c_uint64),
        ("drifting", c_uint64),
        ("bytes", c_uint64),
        ("closed_ds", c_int64),
        ("ds_type", c_int32),
        ("reserved0", c_int32),
    ]


_MODEL = P(cstn_demand_model)
_STREAM = P(ArrowArrayStream)

DECLARED: Functions = {
    "cstn_demand_model_new": (c_int32, (P(cstn_demand_config), ALLOCATOR, P(_MODEL), ERROR)),
    "cstn_demand_model_free": (None, (_MODEL,)),
    "cstn_demand_model_digest": (None, (_MODEL, P(c_uint8))),
    "cstn_demand_model_update": (
        c_int32,
        (_MODEL, _STREAM, P(cstn_demand_update_options), P(P(cstn_row_errors)), ERROR),
    ),
    "cstn_demand_model_update_one": (c_int32, (_MODEL, P(cstn_demand_observation), ERROR)),
    "cstn_demand_model_close_period": (c_int32, (_MODEL, c_int64, ERROR)),
    "cstn_demand_model_forecast": (
        c_int32,
        (_MODEL, _STREAM, _STREAM, P(cstn_demand_forecast_options), _STREAM, ERROR),
    ),
    "cstn_demand_model_explain": (
        c_int32,
        (_MODEL, _STREAM, _STREAM, P(cstn_demand_forecast_options), _STREAM, ERROR),
    ),
    "cstn_demand_model_forecast_one": (
        c_int32,
        (_MODEL, P(cstn_demand_query), P(c_double), P(c_double), P(c_int32), ERROR),
    ),
    "cstn_demand_model_lead_time": (
        c_int32,
        (_MODEL, _STREAM, _STREAM, P(cstn_demand_lead_options), _STREAM, ERROR),
    ),
    "cstn_demand_model_merge": (c_int32, (_MODEL, _MODEL, ERROR)),
    "cstn_demand_model_serialize": (c_int32, (_MODEL, P(P(cstn_buffer)), ERROR)),
    "cstn_demand_model_deserialize": (
        c_int32,
        (P(c_uint8), c_size_t, ALLOCATOR, P(_MODEL), ERROR),
    ),
    "cstn_demand_model_size": (c_int32, (_MODEL, P(cstn_demand_size), ERROR)),
}
