"""Quantiles and lead times of demand models."""

import datetime

import pytest

import constellation as cstn


def rows(days=120):
    ids, ds, y = [], [], []
    for name, step in (("filter", 5), ("gasket", 17)):
        for n in range(days):
            ids.append(name)
            ds.append(datetime.date(2024, 1, 1) + datetime.timedelta(days=n))
            y.append((n * n) % step if step == 5 else int(n % step == 3))
    return {"unique_id": ids, "ds": ds, "y": y}


@pytest.fixture(scope="module")
def fitted():
    return cstn.DemandModel(calibrate=True).fit(rows())


def test_quantiles_are_columns_of_counts_beside_the_median(fitted):
    table = fitted.predict(3, quantiles=[0.1, 0.9, 0.995]).to_pylist()
    assert list(table[0]) == [
        "unique_id", "ds", "h", "mean", "median", "q_100000", "q_900000", "q_995000", "flags"
    ]  # fmt: skip
    for row in table:
        assert row["q_100000"] <= row["median"] <= row["q_900000"] <= row["q_995000"]
        assert row["q_900000"] == int(row["q_900000"])


def test_shares_beside_quantiles_are_what_coverage_asks_for(fitted):
    rows = fitted.predict(3, quantiles=[0.1, 0.9], within=True).to_pylist()
    assert list(rows[0])[5:] == ["q_100000", "q_900000", "within_100000", "within_900000", "flags"]
    assert all(0 <= row["within_900000"] <= 1 for row in rows)
    # of many draws from what was forecast as many are covered as the level says
    row = rows[0]
    covered = cstn.forecast_metric(
        "u_coverage",
        [row["q_900000"]] * 4000,
        [row["q_900000"]] * 4000,
        within=[row["within_900000"]] * 4000,
        seed=3,
    )
    assert covered == pytest.approx(row["within_900000"], abs=0.03)


def test_lead_time_has_a_reorder_point_and_its_shortage(fitted):
    one = fitted.lead_time(4, level=0.95).to_pylist()
    assert [row["unique_id"] for row in one] == ["filter", "gasket"]
    for row in one:
        assert row["safety_stock"] == pytest.approx(row["quantile"] - row["mean"])
        assert row["stock"] == row["quantile"] and row["stockout"] <= 0.05
        assert row["shortage"] >= 0
    assert one[0]["ds"] == datetime.date(2024, 4, 30)
    path = fitted.predict(4, keys={"unique_id": ["filter"]}).to_pylist()
    assert one[0]["mean"] == pytest.approx(sum(row["mean"] for row in path))


def test_costs_stand_for_a_level_and_shares_for_a_lead_time(fitted):
    by_costs = fitted.lead_time([0, 0, 0, 1], under=19.0, over=1.0).to_pylist()
    assert by_costs == fitted.lead_time(4, level=0.95).to_pylist()
    mixed = fitted.lead_time([1, 0, 0, 1], level=0.95).to_pylist()
    assert mixed[0]["mean"] < by_costs[0]["mean"]


def test_stock_is_asked_about_row_by_row(fitted):
    keys = {"unique_id": ["filter", "filter"], "stock": [0.0, 50.0]}
    none, much = fitted.lead_time(4, level=0.9, keys=keys).to_pylist()
    assert none["shortage"] == pytest.approx(none["mean"])
    assert much["shortage"] < 1e-6 and much["stock"] == 50


@pytest.mark.parametrize(
    "arguments, part",
    [
        ({"periods": 0, "level": 0.9}, "periods is 0"),
        ({"periods": 3}, "level, or under and over"),
        ({"periods": 3, "level": 1.0}, "level is 1"),
        ({"periods": 3, "level": 0}, "level is 0"),
        ({"periods": 3, "level": 0.9, "under": 1.0}, "level, or under and over"),
        ({"periods": 3, "under": 1.0}, "costs"),
        ({"periods": [1, -1], "level": 0.9}, "share 1"),
        ({"periods": [0, 0], "level": 0.9}, "shares"),
    ],
)
def test_what_cannot_be_is_refused(fitted, arguments, part):
    with pytest.raises(cstn.InvalidArgumentError, match=part):
        fitted.lead_time(**arguments).to_pylist()
