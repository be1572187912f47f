"""What demand_evaluate.h declares."""

from __future__ import annotations

from ctypes import Structure, c_double, c_int32, c_size_t, c_uint32

from .common import Functions, P
from .status import ERROR

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
    ]


DECLARED: Functions = {
    "cstn_forecast_metric": (c_int32, (c_int32, P(cstn_forecast_sample), P(c_double), ERROR)),
}
