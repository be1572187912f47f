"""Cost to serve and service plans from Python: frames in, frames out, errors with their words."""

import decimal
import hashlib
import json
import pickle

import pytest

import constellation as cstn
from constellation import COST_DRIVERS, CostToServe, ServicePlan, segment_moves

ROWS = {
    "customer": ["ann", "bob", "ann"],
    "segment": ["A", "B", "A"],
    "orders": [1, 2, 3],
    "kg_km": [100, 50, 7],
    "revenue": [9000, 5000, 2000],
    "margin": [3000, 900, 400],
}
SEGMENTS = {
    "segment": ["gold", "new"],
    "customers": [40, 4],
    "value_at_risk": [500, 500],
    "unit_margin": [9.0, 3.0],
    "holding": [1.0, 1.0],
}


def test_rates_are_exact_decimals_and_a_what_if_reads_no_data():
    state = CostToServe("EUR").update(ROWS)
    rates = {"orders": 100, "kg_km": decimal.Decimal("0.005")}
    ann, bob = state.customers(rates).to_pylist()
    # 400 + 0.535, and 200 + 0.25
    assert (ann["customer"], ann["cost"], bob["cost"]) == ("ann", 401, 200)
    assert state.total(rates).to_pylist()[0]["cost"] == 601
    assert state.total({"orders": "200"}).to_pylist()[0]["cost"] == 1200
    assert [row["driver"] for row in state.drivers(rates).to_pylist()[:11]] == list(COST_DRIVERS)


def test_parts_merge_to_the_whole_and_travel_as_bytes():
    whole = CostToServe("EUR").update(ROWS)
    first = {name: values[:1] for name, values in ROWS.items()}
    rest = {name: values[1:] for name, values in ROWS.items()}
    one, other = CostToServe("EUR").update(rest), CostToServe("EUR").update(first)
    assert pickle.loads(pickle.dumps(one)).merge(other).serialize() == whole.serialize()
    whole.update(rest, remove=True)
    assert whole.serialize() == other.serialize()
    with pytest.raises(cstn.StateError):
        whole.update(rest, remove=True)


def test_fixed_costs_add_up_over_segments():
    state = CostToServe("EUR").update(ROWS)
    table = state.segments({}, fixed={"orders": 100}).to_pylist()
    assert [row["fixed_cost"] for row in table] == [67, 33]


def test_what_is_no_rate_is_refused():
    state = CostToServe("EUR").update(ROWS)
    for rates in ({"orders": 0.5}, {"orders": "x"}, {"miles": 1}, {"orders": -1}, {"orders": "NaN"}):
        with pytest.raises(cstn.InvalidArgumentError):
            state.total(rates).to_pylist()
    with pytest.raises(cstn.CurrencyError):
        state.merge(CostToServe("JPY"))
    with pytest.raises(cstn.RowErrors) as failure:
        state.update({"customer": ["ann"], "orders": [-1]})
    assert "orders" in failure.value.rows[0].message


def test_a_plan_has_rows_tables_and_a_digest_that_can_be_checked():
    plan = ServicePlan(SEGMENTS, protected=[300_000])
    assert [row.tier for row in plan] == [1, 4]
    assert plan[0].service_level == 0.9 and plan[-1].fill_rate is None
    assert plan[0].protected_ppm == 300_000
    assert plan[0].reasons == ("no_evidence", "no_fill_rate")
    text = plan.to_json()
    assert json.loads(text)["digest"] == plan.digest
    body = text[text.index('"plan":') + 7 : -2]
    assert hashlib.sha256(body.encode()).hexdigest() == plan.digest
    assert json.loads(body)["segments"][1]["segment"] == "new"
    assert plan.to_csv().startswith("segment,")
    assert [row["segment"] for row in plan.shared().to_pylist()] == ["gold"]
    with pytest.raises(IndexError):
        plan[2]


def test_frames_of_pandas_with_nan_are_read_and_given_back():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({**SEGMENTS, "residual_clv": [500.0, None]})
    evidence = pandas.DataFrame(
        {"segment": ["gold"], "perfect": [70], "perfect_repeat": [56], "failed": [80],
         "failed_repeat": [48]}
    )
    table = ServicePlan(frame, evidence).segments()
    assert type(table) is pandas.DataFrame
    difference = cstn.rate_difference(56, 70, 48, 80)
    assert table["repeat_low"][0] == pytest.approx(difference.low, rel=1e-14)
    assert table["failure_value"][0] == pytest.approx(100.0)


def test_the_menu_is_solved_and_capacities_have_prices():
    menu = [
        {"segment": "gold", "option": "none", "uplift": 0, "cost": 0, "use_1": 0},
        {"segment": "gold", "option": "day", "uplift": 90, "cost": 30, "use_1": 10},
        {"segment": "gold", "option": "night", "uplift": 150, "cost": 50, "use_1": 20},
        {"segment": "new", "option": "none", "uplift": 0, "cost": 0, "use_1": 0},
        {"segment": "new", "option": "all", "uplift": 120, "cost": 0, "use_1": 30},
    ]
    plan = ServicePlan(SEGMENTS, menu=menu, capacities=[25])
    assert [row.option for row in plan] == ["night", "none"]
    row = plan.capacities().to_pylist()[0]
    assert (row["menu_value"], row["menu_gap"], row["used"]) == (100, 0, 20)
    assert row["shadow_price"] == pytest.approx(4.0)


def test_overage_of_zero_is_an_error_with_the_segment():
    with pytest.raises(cstn.InvalidArgumentError, match="segment 'new'"):
        ServicePlan({**SEGMENTS, "holding": [1.0, 0.0]})


def test_moves_need_two_periods():
    rows = [
        {"customer": "c", "period": period, "segment": name, "distance": distance, "held": "A"}
        for period in (1, 2)
        for name, distance in (("A", 10.0), ("B", 9.0))
    ]
    assert [move["to"] for move in segment_moves(rows).to_pylist()] == ["B"]
    assert segment_moves(rows, margin_ppm=100_001).to_pylist() == []


def test_service_levels_are_drawn():
    pytest.importorskip("matplotlib").use("Agg")
    axes = ServicePlan(SEGMENTS).plot_service_levels()
    assert [patch.get_width() for patch in axes.patches] == [0.9, 0.75]
