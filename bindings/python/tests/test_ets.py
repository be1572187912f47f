"""Exponential smoothing: given parameters, automatic choice, intervals."""

from __future__ import annotations

import math

import pytest

from constellation import (
    ArithmeticOverflowError,
    Forecaster,
    InvalidArgumentError,
    StateError,
    ets_filter,
)

SOLD = [12, 15, 31, 60, 98, 141, 150, 120, 70, 33, 14, 10, 13, 17, 35, 66, 105, 150, 162, 131, 74, 36, 16, 12]


def rows(values: "list[float]") -> "dict[str, list[object]]":
    return {"unique_id": ["a"] * len(values), "ds": list(range(len(values))), "y": list(values)}


def test_a_level_moves_by_its_share_of_the_error() -> None:
    said = ets_filter("ANN", [12.0, 14.0], alpha=0.5, level=10.0, horizon=2)
    assert said.fitted == [10.0, 11.0]
    assert said.residuals == [2.0, 3.0]
    assert said.level == [10.0, 11.0, 12.5]
    assert said.trend == [0.0, 0.0, 0.0] and said.seasonal == []
    assert said.forecast == [12.5, 12.5]
    assert said.parameters == 3
    assert said.loglik == pytest.approx(-math.log(13))
    assert said.sigma2 is None and said.aicc is None


def test_a_relative_error_moves_trend_and_season_too() -> None:
    said = ets_filter(
        "ETS(M,A,M)", [36.0], alpha=0.5, beta=0.25, gamma=0.1, level=10.0, trend=2.0, seasonal=[1.5, 0.5]
    )
    assert said.residuals == [1.0]
    assert said.trend == [2.0, 5.0]
    assert said.seasonal == pytest.approx([1.5, 0.5, 1.65])


def test_forms_that_are_not_stable_are_refused_by_name() -> None:
    with pytest.raises(InvalidArgumentError, match="form AAM is not stable"):
        ets_filter("AAM", [1.0, 2.0], alpha=0.1, level=1.0, seasonal=[1.0, 1.0])
    with pytest.raises(InvalidArgumentError, match="'ZZZ' is no form"):
        ets_filter("ZZZ", [1.0], alpha=0.1, level=1.0)
    with pytest.raises(InvalidArgumentError, match=r"y\[1\] is 0: finite and above 0 expected of form MNN"):
        ets_filter("MNN", [1.0, 0.0], alpha=0.1, level=1.0)
    with pytest.raises(ArithmeticOverflowError, match="states leave the numbers"):
        ets_filter("MNN", [1.0, 2.0], alpha=0.1, level=0.0)


def test_intervals_stand_beside_their_model() -> None:
    ahead = Forecaster("AutoETS", season=12, level=[80, 95]).forecast(rows(SOLD), 3).to_pylist()
    bounds = ["AutoETS-lo-80", "AutoETS-hi-80", "AutoETS-lo-95", "AutoETS-hi-95"]
    assert list(ahead[0]) == ["unique_id", "ds", "h", "AutoETS", *bounds]
    for row in ahead:
        low80, high80, low95, high95 = (row[name] for name in bounds)
        assert low95 < low80 < row["AutoETS"] < high80 < high95
        assert (high95 - low95) / (high80 - low80) == pytest.approx(1.959963984540054 / 1.2815515655446004)


def test_a_form_by_name_is_that_form() -> None:
    values = [3.0, 5.0, 4.0, 6.0, 5.0, 7.0, 6.0, 8.0]
    ahead = Forecaster("ETS", ets_form="AAN").forecast(rows(values), 2).to_pylist()
    assert ahead[1]["ETS"] > ahead[0]["ETS"]
    flat = Forecaster("ETS", ets_form="ZNN").forecast(rows(values), 2).to_pylist()
    assert flat[0]["ETS"] == flat[1]["ETS"]


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InvalidArgumentError, match="model ETS has no form"):
        Forecaster("ETS").forecast(rows(SOLD), 1).to_pylist()
    with pytest.raises(InvalidArgumentError, match="ets_form MMN is not fitted: its trend"):
        Forecaster("ETS", ets_form="MMN").forecast(rows(SOLD), 1).to_pylist()
    with pytest.raises(InvalidArgumentError, match="ets_form AZM is not fitted: a multiplicative season"):
        Forecaster("ETS", ets_form="AZM").forecast(rows(SOLD), 1).to_pylist()
    with pytest.raises(InvalidArgumentError, match="ets_form 'best' is none"):
        Forecaster("ETS", ets_form="best").forecast(rows(SOLD), 1).to_pylist()
    with pytest.raises(InvalidArgumentError, match=r"levels\[1\] is 80"):
        Forecaster("AutoETS", level=[95, 80]).forecast(rows(SOLD), 1).to_pylist()
    with pytest.raises(InvalidArgumentError, match="at most 4"):
        Forecaster("AutoETS", level=[50, 60, 70, 80, 90]).forecast(rows(SOLD), 1).to_pylist()


def test_what_was_fitted_is_told_and_says_the_same_as_the_filter() -> None:
    year = [12, 15, 31, 60, 98, 141, 150, 120, 70, 33, 14, 10]
    y = [round(v * 1.05**n) + (n * 7 + m * 3) % 5 for n in range(5) for m, v in enumerate(year)]
    rows = {
        "unique_id": ["sun"] * 60 + ["flat"] * 20,
        "ds": list(range(60)) + list(range(20)),
        "y": y + [7] * 20,
    }
    model = Forecaster(["AutoETS", "ETS"], ets_form="MAM", season=12)
    told = model.fit(rows).parameters().to_pylist()
    assert [(row["unique_id"], row["model"], row["n"]) for row in told] == [
        ("sun", "AutoETS", 60),
        ("sun", "ETS", 60),
        ("flat", "AutoETS", 20),
        ("flat", "ETS", 20),
    ]
    assert told[1]["form"] == "MAM" and told[1]["phi"] is None
    assert told[2]["form"] is None and told[3]["alpha"] is None and told[3]["season_12"] is None
    assert told[0]["aicc"] <= told[1]["aicc"] + 1e-9
    ahead = [row["ETS"] for row in model.predict(12).to_pylist()[:12]]
    given = {name: told[1][name] for name in ("alpha", "beta", "gamma", "level", "trend")}
    season = [told[1][f"season_{n}"] for n in range(1, 13)]
    again = ets_filter("MAM", y, **given, seasonal=season, horizon=12)
    assert again.forecast == pytest.approx(ahead, rel=1e-9)
    assert again.loglik == pytest.approx(told[1]["loglik"], rel=1e-12)
    assert again.parameters == told[1]["parameters"]


def test_only_what_is_exponential_smoothing_has_parameters() -> None:
    rows = {"unique_id": ["a"] * 9, "ds": list(range(9)), "y": [4, 6, 5, 7, 5, 6, 8, 7, 9]}
    told = Forecaster("Naive").fit(rows).parameters().to_pylist()
    assert [row["model"] for row in told] == ["AutoETS"]
    assert "season_1" not in told[0]
    rows["y"][3] = float("nan")
    model = Forecaster("AutoETS").fit(rows)
    assert model.parameters().to_pylist() == []
    assert model.bad_rows_ is not None and model.bad_rows_[0].row == 3
    with pytest.raises(StateError, match="not fitted"):
        Forecaster("AutoETS").parameters()
