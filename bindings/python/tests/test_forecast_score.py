"""Measures of forecasts: as by hand, and as numpy computes them."""

from __future__ import annotations

import math

import pytest

from constellation import (
    FORECAST_METRICS,
    ArithmeticOverflowError,
    InvalidArgumentError,
    forecast_metric,
)

ACTUAL, FORECAST, HISTORY = [10, 0, 4, 6], [8, 0, 5, 9], [0, 0, 2, 4, 1, 6]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("mae", 1.5),
        ("mse", 3.5),
        ("rmse", math.sqrt(3.5)),
        ("smape", (200 * 2 / 18 + 200 / 9 + 200 * 3 / 15) / 4),
        ("mase", 1.5 / 2.25),
        ("rmsse", math.sqrt(3.5 / (38 / 3))),
        ("wape", 0.3),
        ("bias", 0.1),
        ("vn1", 0.4),
        ("tracking_signal", -4 / 3),
        ("pinball", 0.625),
        ("scaled_pinball", 0.1875),
        ("quantile_loss", 0.25),
        ("coverage", 0.75),
        ("cost", 250.0),
    ],
)
def test_each_measure_by_hand(metric: str, value: float) -> None:
    got = forecast_metric(
        metric,
        ACTUAL,
        FORECAST,
        history=HISTORY,
        season=2,
        level_ppm=750_000,
        under_minor=300,
        over_minor=100,
    )
    assert got == pytest.approx(value, rel=1e-15)


def test_interval_score_by_hand() -> None:
    got = forecast_metric(
        "msis", ACTUAL, low=[2, 1, 3, 1], high=[9, 2, 5, 7], history=HISTORY, season=2, level_ppm=50_000
    )
    assert got == pytest.approx(24 / 2.25, rel=1e-15)


def test_every_measure_of_no_period_is_none() -> None:
    for metric in FORECAST_METRICS:
        assert forecast_metric(metric, [], [], low=[], high=[], level_ppm=50_000) is None


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InvalidArgumentError, match="metric 'r2' is not one of mae, mse"):
        forecast_metric("r2", ACTUAL, FORECAST)
    with pytest.raises(InvalidArgumentError, match="3 values of forecast, 4 of y"):
        forecast_metric("mae", ACTUAL, FORECAST[:3])
    with pytest.raises(InvalidArgumentError, match=r"forecast\[1\] is nan, a finite number expected"):
        forecast_metric("mae", [1, 2], [1, math.nan])
    with pytest.raises(ArithmeticOverflowError):
        forecast_metric("mse", [1e200], [0.0])


def test_numpy_computes_the_same() -> None:
    np = pytest.importorskip("numpy")
    random = np.random.default_rng(7)
    y, f, history = (random.gamma(2, 3, n) for n in (1000, 1000, 5000))
    scale = np.abs(history[7:] - history[:-7]).mean()
    steps = np.square(np.diff(history)).mean()
    for metric, value in (
        ("smape", (200 * np.abs(y - f) / (np.abs(y) + np.abs(f))).mean()),
        ("mase", np.abs(y - f).mean() / scale),
        ("rmsse", np.sqrt(np.square(y - f).mean() / steps)),
        ("pinball", np.maximum((y - f) * 0.9, (f - y) * 0.1).mean()),
    ):
        got = forecast_metric(metric, y, f, history=history, season=7, level_ppm=900_000)
        assert got == pytest.approx(value, rel=1e-13)
