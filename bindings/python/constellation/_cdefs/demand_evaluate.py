"""What demand_evaluate.h declares."""

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
from .demand import cstn_demand_config
from .demand_fit import cstn_family_options
from .progress import cstn_progress
from .schema import cstn_binding
from .status import ERROR, cstn_row_errors

CSTN_METRIC_MAE = 1
CSTN_METRIC_MSE = 2
CSTN_METRIC_RMSE = 3
CSTN_METRIC_SMAPE = 4
CSTN_METRIC_MASE = 5
CSTN_METRIC_RMSSE = 6
CSTN_METRIC_WAPE = 7
CSTN_METRIC_BIAS = 8
CSTN_METRIC_VN1 = 9
CSTN_METRIC_TRACKING_SIGNAL = 10
CSTN_METRIC_PINBALL = 11
CSTN_METRIC_SCALED_PINBALL = 12
CSTN_METRIC_QUANTILE_LOSS = 13
CSTN_METRIC_COVERAGE = 14
CSTN_METRIC_COST = 15
CSTN_METRIC_MSIS = 16
CSTN_METRIC_OWA = 17
CSTN_METRIC_U_COVERAGE = 18
CSTN_SCORE_VERSION = 1
CSTN_WEIGHT_NONE = 0
CSTN_WEIGHT_UNITS = 1
CSTN_WEIGHT_MONEY = 2
CSTN_SCORE_BY_SERIES = 1
CSTN_SCORE_BY_CUTOFF = 2
CSTN_SCORE_BY_LEVEL = 4
CSTN_SCORE_DROP_CENSORED = 8
CSTN_BACKTEST_LAST = 1
CSTN_BACKTEST_ASSUME_KNOWN = 2
CSTN_VALUE_ADDED_STEPS_MOST = 16
CSTN_VALUE_ADDED_BY_LAG = 1
CSTN_VALUE_ADDED_BY_SIZE = 2
CSTN_VALUE_ADDED_BY_AUTHOR = 4
CSTN_VALUE_ADDED_LATE = 8


class cstn_forecast_sample(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("actual", P(c_double)),
        ("forecast", P(c_double)),
        ("n", c_size_t),
        ("history", P(c_double)),
        ("n_history", c_size_t),
        ("low", P(c_double)),
        ("high", P(c_double)),
        ("season", c_int32),
        ("level_ppm", c_int32),
        ("under_minor", c_double),
        ("over_minor", c_double),
        ("within", P(c_double)),
        ("seed", c_uint64),
    ]


class cstn_score_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("metrics", P(c_int32)),
        ("n_metrics", c_size_t),
        ("models", P(c_char_p)),
        ("n_models", c_size_t),
        ("reference", c_char_p),
        ("level_column", c_char_p),
        ("levels", P(c_char_p)),
        ("n_levels", c_size_t),
        ("weighting", c_int32),
        ("weight_periods", c_int32),
        ("period", c_int32),
        ("gap", c_int32),
        ("season", c_int32),
        ("threads", c_int32),
        ("under_minor", c_double),
        ("over_minor", c_double),
        ("binding", P(cstn_binding)),
        ("history_binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


class cstn_backtest_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("n_windows", c_int32),
        ("step", c_int32),
        ("window", c_int32),
        ("refit", c_int32),
        ("min_training", c_int32),
        ("reserved0", c_int32),
        ("last", c_int64),
        ("cutoffs", P(c_int64)),
        ("n_cutoffs", c_size_t),
        ("latency_us", c_int64),
        ("origin_offset_us", c_int64),
        ("signals", P(c_char_p)),
        ("n_signals", c_size_t),
        ("demand", P(cstn_demand_config)),
    ]


class cstn_value_added(Structure):
    """Opaque."""


class cstn_value_added_config(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("steps", P(c_char_p)),
        ("n_steps", c_size_t),
        ("loss", c_int32),
        ("confidence_ppm", c_int32),
        ("under_minor", c_double),
        ("over_minor", c_double),
        ("sizes_ppm", P(c_int32)),
        ("n_sizes", c_size_t),
    ]


class cstn_value_added_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("binding", P(cstn_binding)),
        ("progress", P(cstn_progress)),
    ]


_LEDGER = P(cstn_value_added)
_STREAM = P(ArrowArrayStream)

DECLARED: Functions = {
    "cstn_value_added_new": (
        c_int32, (P(cstn_value_added_config), ALLOCATOR, P(_LEDGER), ERROR),
    ),
    "cstn_value_added_update": (
        c_int32,
        (_LEDGER, _STREAM, P(cstn_value_added_options), P(P(cstn_row_errors)), ERROR),
    ),
    "cstn_value_added_merge": (c_int32, (_LEDGER, _LEDGER, ERROR)),
    "cstn_value_added_result": (c_int32, (_LEDGER, c_uint32, _STREAM, ERROR)),
    "cstn_value_added_serialize": (c_int32, (_LEDGER, P(P(cstn_buffer)), ERROR)),
    "cstn_value_added_deserialize": (
        c_int32, (P(c_uint8), c_size_t, ALLOCATOR, P(_LEDGER), ERROR),
    ),
    "cstn_value_added_free": (None, (_LEDGER,)),
    "cstn_backtest": (
        c_int32,
        (
            P(ArrowArrayStream), P(cstn_family_options), P(cstn_backtest_options), ALLOCATOR,
            P(ArrowArrayStream), P(P(cstn_row_errors)), ERROR,
        ),
    ),
    "cstn_count_quantiles": (
        c_int32,
        (c_double, c_double, P(c_double), c_size_t, P(c_double), P(c_double), ERROR),
    ),
    "cstn_forecast_metric": (c_int32, (c_int32, P(cstn_forecast_sample), P(c_double), ERROR)),
    "cstn_forecast_score": (
        c_int32,
        (
            P(ArrowArrayStream), P(ArrowArrayStream), P(cstn_score_options), ALLOCATOR,
            P(ArrowArrayStream), P(P(cstn_row_errors)), ERROR,
        ),
    ),
}
