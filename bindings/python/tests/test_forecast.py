"""Forecasts of frames: as the C tests know them, from any kind of frame."""

from __future__ import annotations

import multiprocessing
from datetime import date, datetime
from typing import Any

import pytest

from constellation import (
    FORECAST_MODELS,
    Forecaster,
    InvalidArgumentError,
    LeakageError,
    SchemaError,
    StateError,
    forecast_score,
)

ROWS = {
    "unique_id": ["a", "b", "a", "b", "a"],
    "ds": [date(2024, 11, 1), date(2024, 12, 1), date(2024, 12, 1), date(2025, 1, 1), date(2025, 1, 1)],
    "y": [5.0, 1.0, 7.0, 2.0, 6.0],
}


def test_months_go_on_in_the_order_of_series() -> None:
    ahead = Forecaster("Naive", period="month").forecast(ROWS, 2)
    assert [tuple(row.values()) for row in ahead.to_pylist()] == [
        ("a", date(2025, 2, 1), 1, 6.0),
        ("a", date(2025, 3, 1), 2, 6.0),
        ("b", date(2025, 2, 1), 1, 2.0),
        ("b", date(2025, 3, 1), 2, 2.0),
    ]


def test_frames_come_back_as_they_went_in() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "item": ["x"] * 30,
            "day": pandas.date_range("2025-01-01", periods=30),
            "sold": [float(n % 7) for n in range(30)],
        }
    )
    model = Forecaster(["Auto", "SeasonalNaive"], period="day")
    ahead = model.forecast(frame, columns={"unique_id": "item", "ds": "day", "y": "sold"})
    assert isinstance(ahead, pandas.DataFrame)
    assert list(ahead.columns) == ["unique_id", "ds", "h", "Auto", "SeasonalNaive"]
    assert len(ahead) == 7
    assert ahead["SeasonalNaive"].tolist() == [float(n % 7) for n in range(30, 37)]
    assert str(ahead["ds"].iloc[0])[:10] == "2025-01-31"
    assert model.bad_rows_ is None


def test_every_model_has_a_column() -> None:
    ahead = Forecaster(FORECAST_MODELS, season=3, ets_form="ZZZ").forecast(
        {"unique_id": [1] * 20, "ds": list(range(20)), "y": [float(n % 3 + 1) for n in range(20)]}, 1
    )
    assert list(ahead.to_pylist()[0]) == ["unique_id", "ds", "h", *FORECAST_MODELS]


def test_a_gap_is_told_and_leaves_out_its_series_alone() -> None:
    rows = {"unique_id": ["a", "b", "a"], "ds": [1, 1, 3], "y": [5, 6, 7]}
    model = Forecaster("Naive")
    assert [row["unique_id"] for row in model.forecast(rows, 1).to_pylist()] == ["b"]
    assert model.bad_rows_ is not None
    assert [(bad.row, bad.code) for bad in model.bad_rows_] == [(2, "GAP")]
    model = Forecaster("SeasonalNaive", gap="zero", season=2)
    ahead = model.forecast(rows, 2).to_pylist()
    assert [row["SeasonalNaive"] for row in ahead if row["unique_id"] == "a"] == [0.0, 7.0]


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(StateError, match="not fitted"):
        Forecaster().predict(1)
    with pytest.raises(InvalidArgumentError, match="Prophet"):
        Forecaster("Prophet").fit(ROWS)
    with pytest.raises(InvalidArgumentError, match=r"horizon is 2000 \(1 to 1024\)"):
        Forecaster().fit(ROWS).predict(2000).to_pylist()
    with pytest.raises(SchemaError, match="column 'ds' is date, which has no periods of hours"):
        Forecaster(period="hour").fit(ROWS).predict(1).to_pylist()


def _forecast_there(connection: Any) -> None:
    connection.send(Forecaster("Naive").forecast(ROWS, 2, frame="table").to_pylist())


def test_a_forked_child_forecasts_too() -> None:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=_forecast_there, args=(there,))
    child.start()
    assert here.recv() == Forecaster("Naive").forecast(ROWS, 2, frame="table").to_pylist()
    child.join()
    assert child.exitcode == 0


def test_columns_of_one_call_are_not_those_of_the_next() -> None:
    renamed = {"sold" if name == "y" else name: values for name, values in ROWS.items()}
    expected = Forecaster("Naive").forecast(ROWS, 2).to_pylist()
    assert Forecaster("Naive").forecast(renamed, 2, columns={"y": "sold"}).to_pylist() == expected
    assert Forecaster("Naive").forecast(ROWS, 2).to_pylist() == expected
    with pytest.raises(SchemaError, match="'y'"):
        Forecaster("Naive").forecast(renamed, 2).to_pylist()


def test_it_is_an_estimator() -> None:
    model = Forecaster(["SES"], season=4)
    assert model.get_params()["season"] == 4
    assert model.set_params(gap="zero").gap == "zero"
    assert repr(model).startswith("Forecaster(models=['SES']")


def test_the_past_is_forecast_at_every_cutoff() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "unique_id": ["a"] * 10 + ["b"] * 8,
            "ds": [*pandas.date_range("2025-01-01", periods=10), *pandas.date_range("2025-01-03", periods=8)],
            "y": [float(n) for n in range(18)],
        }
    )
    past = Forecaster(["Naive", "Auto"], period="day").cross_validation(frame, 2, n_windows=3)
    assert list(past.columns) == ["unique_id", "ds", "cutoff", "h", "y", "Auto", "Naive"]
    assert len(past) == 2 * 3 * 2
    assert past["Naive"].tolist()[:4] == [5.0, 5.0, 6.0, 6.0]
    scores = forecast_score(past, "mae", by="cutoff", train=frame)
    assert scores["value"].tolist()[1] == 1.5
    only = Forecaster("Naive", period="day").cross_validation(
        frame, 2, cutoffs=[datetime(2025, 1, 4), date(2025, 1, 6)], input_size=3, refit=False
    )
    assert only["Naive"].tolist() == [3.0] * 4 + [11.0] * 4


def test_cutoffs_are_days_where_dates_are_days() -> None:
    past = Forecaster("Naive", period="month").cross_validation(ROWS, 1, cutoffs=[date(2024, 12, 1)])
    assert [(row["unique_id"], row["ds"], row["Naive"]) for row in past.to_pylist()] == [
        ("a", date(2025, 1, 1), 7.0),
        ("b", date(2025, 1, 1), 1.0),
    ]


def test_what_came_late_is_no_part_of_a_forecast() -> None:
    rows = {"unique_id": ["a"] * 3, "ds": [1, 2, 3], "y": [1, 2, 3], "available_us": [1, 3, 3]}
    model = Forecaster("Naive")
    with pytest.raises(LeakageError, match="y of series 'a' at ds 2 is asked for: available_us 3"):
        model.cross_validation(rows, 1).to_pylist()
    assert len(model.cross_validation(rows, 1, origin_offset_us=1).to_pylist()) == 1
    told = {"unique_id": ["a"] * 90, "ds": list(range(90)), "y": [n * n % 17 for n in range(90)]}
    told["price"] = [n * 5 % 13 for n in range(90)]
    assert model.cross_validation(told, 1, signals=["price"]).to_pylist()
    told["price"] = [9 - 2 * y for y in told["y"]]
    with pytest.raises(LeakageError, match="signal 'price' repeats y of 0 periods later"):
        model.cross_validation(told, 1, signals=["price"]).to_pylist()
    with pytest.raises(InvalidArgumentError, match="h is 0"):
        model.cross_validation(rows, 0)


def test_a_backtest_is_no_fit() -> None:
    model = Forecaster("Naive")
    model.cross_validation(ROWS, 1).to_pylist()
    with pytest.raises(StateError, match="not fitted"):
        model.predict(1)
