"""Bad input of the models on customers, case by case: what each says, and that nothing is silently NaN."""

from __future__ import annotations

import math
from datetime import date

import pytest

import constellation as cstn

DAY = date(2024, 3, 1)
GOOD = {"x": [0, 2, 5, 1, 0, 3], "tx": [0.0, 20.0, 29.0, 4.0, 0.0, 12.0], "T": [39.0] * 6}


def with_row(**row: object) -> dict:
    return {name: [*values, row[name]] for name, values in GOOD.items()}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"x": -1, "tx": 3.0, "T": 9.0}, "row 6, column 'x'"),
        ({"x": 2, "tx": -3.0, "T": 9.0}, "row 6, column 'tx'"),
        ({"x": 2, "tx": math.nan, "T": 9.0}, "row 6, column 'tx'"),
        ({"x": 2, "tx": math.inf, "T": 9.0}, "row 6, column 'tx'"),
        ({"x": 2, "tx": 9.5, "T": 9.0}, "row 6, column 'tx'"),
        ({"x": 0, "tx": 3.0, "T": 9.0}, "row 6, column 'tx'"),
        ({"x": 2, "tx": 0.0, "T": 9.0}, "row 6, column 'x'"),
    ],
)
def test_a_customer_who_cannot_be_is_named_when_fitted_and_null_when_asked(row: dict, said: str) -> None:
    with pytest.raises(cstn.RowErrors, match=said):
        cstn.CustomerValue().fit(with_row(**row))
    model = cstn.CustomerValue().set_parameters(r=0.24, alpha=4.4, a=0.79, b=2.4)
    last = model.predict(with_row(**row)).to_pylist()
    assert last[6]["p_alive"] is None and all(0 <= one["p_alive"] <= 1 for one in last[:6])


def test_a_purchase_before_the_last_one_breaks_the_promise_of_order() -> None:
    orders = {"customer": [1, 1], "day": [date(2024, 2, 9), date(2024, 2, 2)], "value": [5, 6]}
    with pytest.raises(cstn.NotClusteredError):
        cstn.Purchases(ordering="by_time").update(orders)
    state = cstn.Purchases()
    assert state.update(orders) is None
    assert state.summary(DAY).to_pylist()[0]["x"] == 1


def test_a_purchase_after_the_day_is_not_looked_at_as_if_it_were_before() -> None:
    state = cstn.Purchases()
    state.update({"customer": [1, 2, 2], "day": [date(2024, 4, 1), date(2024, 2, 2), date(2024, 4, 2)],
                  "value": [1, 2, 3]})
    with pytest.raises(cstn.StateError, match="2"):
        state.summary(DAY).to_pylist()
    only = cstn.Purchases()
    only.update({"customer": [1], "day": [date(2024, 4, 1)], "value": [1]})
    assert only.summary(DAY).to_pylist() == [] and only.counts(DAY)["after_as_of"] == 1


def test_one_customer_is_too_few_for_a_model_and_enough_for_scores() -> None:
    with pytest.raises(cstn.NotIdentifiedError, match="1 customer"):
        cstn.CustomerValue().fit({"x": [2], "tx": [20.0], "T": [39.0]})
    one = {"recency": [3], "frequency": [2], "monetary": [10]}
    row = cstn.RFM().fit(one).predict(one).to_pylist()[0]
    assert (row["r"], row["f"], row["m"]) == (1, 1, 1)
    model = cstn.KMeans(1).fit([[1.0, 2.0]])
    assert model.inertia_ == 0.0 and model.cluster_centers_.tolist() == [[1.0, 2.0]]


def test_only_one_time_buyers_tell_nothing_of_repeats() -> None:
    with pytest.raises(cstn.NotIdentifiedError, match="no customer bought again"):
        cstn.CustomerValue().fit({"x": [0] * 9, "tx": [0.0] * 9, "T": [float(n + 30) for n in range(9)]})


def test_nobody_is_nothing_to_fit() -> None:
    for model, rows in (
        (cstn.CustomerValue(), {"x": [], "tx": [], "T": []}),
        (cstn.RFM(), {"recency": [], "frequency": [], "monetary": []}),
        (cstn.KMeans(2), {"spend": []}),
    ):
        with pytest.raises(cstn.ConstellationError):
            model.fit(rows)


def test_constant_columns_have_one_bin_and_no_weight() -> None:
    rows = {"recency": [7] * 9, "frequency": list(range(1, 10)), "monetary": [4] * 9}
    scores = cstn.RFM().fit(rows).predict(rows).to_pylist()
    assert {one["r"] for one in scores} == {1} and len({one["f"] for one in scores}) == 5
    flat = cstn.KMeans(2, scaling="robust_z").fit([[1.0, 5.0], [2.0, 5.0], [9.0, 5.0], [10.0, 5.0]])
    assert len(set(flat.labels_.tolist())) == 2
    assert all(math.isfinite(c) for row in flat.cluster_centers_.tolist() for c in row)


def test_more_clusters_than_distinct_rows_are_refused_and_duplicates_are_not() -> None:
    rows = [[1.0], [1.0], [2.0], [2.0]]
    with pytest.raises(cstn.InvalidArgumentError, match="k is 3, 2 distinct rows"):
        cstn.KMeans(3).fit(rows)
    assert cstn.KMeans(2).fit(rows).inertia_ == 0.0


def test_a_customer_in_two_rows_is_named_with_both() -> None:
    rows = {"customer": [1, 2, 1], "recency": [1, 2, 3], "frequency": [1, 2, 3], "monetary": [1, 2, 3]}
    with pytest.raises(cstn.DuplicateError, match="0.*2"):
        cstn.RFM().fit(rows)


def test_money_of_two_currencies_is_not_added() -> None:
    with pytest.raises(cstn.CurrencyError, match="USD"):
        cstn.Purchases().update({"customer": [1, 2], "day": [DAY, DAY], "value": [5, 6],
                                 "currency": ["EUR", "USD"]})


def test_a_segment_with_nobody_in_it_has_a_decision_without_evidence() -> None:
    plan = cstn.ServicePlan(
        {"segment": ["gold", "empty"], "customers": [40, 0], "value_at_risk": [900, 0],
         "unit_margin": [9.0, 3.0], "holding": [1.0, 1.0], "residual_clv": [500.0, 0.0]})
    row = next(one for one in (plan[0], plan[1]) if one.segment == "empty")
    assert row.tier == 4 and "no_evidence" in row.reasons and math.isfinite(row.service_level)
