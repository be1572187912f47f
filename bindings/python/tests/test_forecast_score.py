"""Measures of forecasts: as by hand, and as numpy computes them."""

from __future__ import annotations

import math
import pickle

import pytest

from constellation import (
    FORECAST_METRICS,
    ArithmeticOverflowError,
    InvalidArgumentError,
    MismatchError,
    RowErrors,
    SchemaError,
    ValueAdded,
    count_quantiles,
    forecast_metric,
    forecast_score,
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


SCORED = {
    "unique_id": ["a", "a", "b"],
    "ds": [5, 6, 5],
    "y": [10.0, 12.0, 3.0],
    "A": [9.0, 12.0, 6.0],
    "B": [8.0, 12.0, 3.0],
}
TRAIN = {"unique_id": ["a", "a", "b", "b"], "ds": [3, 4, 3, 4], "y": [1, 2, 1, 3]}


def test_scores_are_means_over_series() -> None:
    rows = forecast_score(SCORED, ["mase", "owa"], train=TRAIN, reference="B", weighting="units")
    found = {(row["metric"], row["model"]): row["value"] for row in rows.to_pylist()}
    assert found["mase", "A"] == pytest.approx((3 * 0.5 + 4 * 1.5) / 7)
    assert found["mase", "B"] == pytest.approx(3 / 7)
    assert found["owa", "B"] == 1.0


def test_a_frame_of_pandas_has_scores_by_cutoff_and_level() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "item": ["a", "b", "a", "b"],
            "ds": pandas.to_datetime(["2025-01-03", "2025-01-03", "2025-01-04", "2025-01-04"]),
            "cutoff": pandas.to_datetime(["2025-01-02"] * 2 + ["2025-01-03"] * 2),
            "state": ["TX", "CA", "TX", "CA"],
            "y": [1, 2, 3, 4],
            "M": [1.5, 2.0, 3.0, 6.0],
            "M-lo-80": [0.0, 1.0, 2.0, 3.0],
        }
    )
    got = forecast_score(
        frame.drop(columns="M-lo-80"),
        "mae",
        columns={"unique_id": "item"},
        levels=["", "state"],
        by=["cutoff", "level"],
    )
    assert isinstance(got, pandas.DataFrame)
    assert got["value"].tolist() == [0.5, 2.0, 1.25, 0.25, 1.0, 0.625, 0.375, 1.5, 0.9375]
    assert got["level"].isna().sum() == 3
    assert str(got["cutoff"].iloc[0])[:10] == "2025-01-02"
    coverage = forecast_score(frame, "coverage", columns={"unique_id": "item"})
    assert coverage["q_ppm"].tolist() == [100_000]
    assert coverage["value"].tolist() == [0.0]


def test_scores_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="metrics 'mape' is not one of"):
        forecast_score(SCORED, "mape")
    with pytest.raises(InvalidArgumentError, match="history is NULL"):
        forecast_score(SCORED, "mase").to_pylist()
    with pytest.raises(SchemaError, match="no column is a quantile"):
        forecast_score(SCORED, "pinball").to_pylist()
    twice = {**SCORED, "ds": [5, 5, 5]}
    with pytest.raises(RowErrors, match="row 1 of 'a', column 'ds': came before and must be unique"):
        forecast_score(twice, "mae").to_pylist()


def test_series_with_bad_rows_are_left_out_where_their_rows_are_wanted() -> None:
    rows = {**SCORED, "y": [10.0, float("nan"), 3.0]}
    train = {"unique_id": ["a", "a", "b", "b"], "ds": [1, 2, 1, 3], "y": [1.0, 4.0, 2.0, 5.0]}
    seen: list = []
    told = forecast_score(rows, "mae", models=["A"], keep_bad_rows=seen.append)
    assert seen == []
    assert [(row["value"], row["series"]) for row in told.to_pylist()] == [(3.0, 1)]
    assert [(bad.row, bad.field, bad.code) for bad in seen[-1]] == [(1, "y", "NULL")]
    forecast_score(SCORED, "mae", keep_bad_rows=seen.append, frame="table").to_pylist()
    assert seen[-1] is None
    forecast_score(SCORED, "mase", train=train, keep_bad_rows=seen.append).to_pylist()
    assert [(bad.row, bad.field, bad.code) for bad in seen[-1]] == [(3, "history.ds", "GAP")]
    with pytest.raises(RowErrors) as caught:
        forecast_score(rows, "mae").to_pylist()
    assert caught.value.rows is not None and caught.value.rows[0].row == 1


def test_scores_by_series_are_a_row_a_series_and_model() -> None:
    rows = forecast_score(SCORED, "mae", by="series").to_pylist()
    assert {(row["unique_id"], row["model"]): row["value"] for row in rows} == {
        ("a", "A"): 0.5,
        ("a", "B"): 1.0,
        ("b", "A"): 3.0,
        ("b", "B"): 0.0,
    }


CELLS = {
    "unique_id": ["a", "b", "c"],
    "ds": [7, 7, 7],
    "y": [10, 20, 30],
    "naive": [8, 19, 33],
    "planner": [11, 15, 33],
    "planner_available_us": [7, 8, None],
    "author": ["buyer", "seller", None],
}


def test_a_ledger_tells_who_added_value_and_who_came_late() -> None:
    ledger = ValueAdded(["naive", "planner"], under_minor=5, sizes_ppm=[200_000])
    assert ledger.update(CELLS) is None
    naive, planner = ledger.result().to_pylist()
    assert naive["value_added"] is None and naive["loss"] == 2.0
    assert (planner["paired"], planner["improved"], planner["worsened"]) == (2, 1, 0)
    assert planner["value_added"] == 0.5 and planner["money"] == 10
    assert [row["unique_id"] for row in ledger.late().to_pylist()] == ["b"]
    rows = [row for row in ledger.result(["size", "author"]).to_pylist() if row["step"] == "planner"]
    assert [(row["direction"], row["author"], row["size_from"]) for row in rows] == [
        ("none", "", None),
        ("up", "buyer", 0.2),
    ]


def test_ledgers_add_up_and_travel_as_bytes() -> None:
    whole, sum_ = ValueAdded(["naive", "planner"]), ValueAdded(["naive", "planner"])
    whole.update(CELLS)
    for n in (2, 0, 1):
        part = ValueAdded(["naive", "planner"])
        part.update({name: [values[n]] for name, values in CELLS.items()})
        sum_.merge(pickle.loads(pickle.dumps(part)))
    assert sum_.serialize() == whole.serialize()
    with pytest.raises(MismatchError, match="other configurations"):
        whole.merge(ValueAdded())
    with pytest.raises(InvalidArgumentError, match="by 'step' is not one of lag, size, author"):
        whole.result("step")


def test_a_ledger_is_drawn_with_a_bar_a_step() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ledger = ValueAdded(["naive", "planner"])
    ledger.update(CELLS)
    ax = ledger.plot()
    assert len(ax.patches) == 1
    assert ax.get_yticklabels()[0].get_text() == "planner\nimproved 50% of 2"
    assert any("1 late forecast" in text.get_text() for text in ax.texts)


LEVELS = [0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995]
# table E of the expected answers
COUNTS = [
    (0.05, 2, [0, 0, 0, 0, 0, 0, 0, 1, 1]),
    (1.4, 0.8, [0, 0, 0, 0, 1, 2, 3, 6, 9]),
    (5, 0.2, [0, 0, 2, 3, 4, 7, 8, 12, 16]),
    (250, 0.05, [125, 149, 194, 209, 246, 286, 306, 376, 424]),
]


@pytest.mark.parametrize(("mean", "dispersion", "expected"), COUNTS)
def test_quantiles_of_counts_are_the_expected_ones(mean, dispersion, expected) -> None:
    quantiles, within = count_quantiles(mean, dispersion, LEVELS)
    assert quantiles == expected
    assert all(0 < share <= 1 for share in within)


def test_u_coverage_is_the_level_where_coverage_is_far_above() -> None:
    (quantile,), (within,) = count_quantiles(0.05, 2, [0.5])
    y = [0] * 9535 + [1] * 427 + [2] * 38
    said = {"forecast": [quantile] * 10_000, "within": [within] * 10_000}
    assert forecast_metric("coverage", y, said["forecast"]) == 0.9535
    assert forecast_metric("u_coverage", y, **said, seed=3) == pytest.approx(0.5, abs=0.02)
    rows = {"unique_id": [str(n) for n in range(10_000)], "ds": [1] * 10_000, "y": y}
    rows["A-q_500000"], rows["A-within_500000"] = said["forecast"], said["within"]
    scored = {row["metric"]: row["value"] for row in forecast_score(rows, ["coverage", "u_coverage"]).to_pylist()}
    assert scored == {"coverage": 0.9535, "u_coverage": pytest.approx(0.5, abs=0.02)}
    with pytest.raises(InvalidArgumentError, match="within is NULL"):
        forecast_metric("u_coverage", [1], [1])
    with pytest.raises(InvalidArgumentError, match=r"level\[0\] is 2"):
        count_quantiles(1, 1, [2])
