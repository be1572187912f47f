"""Bad input of demand, case by case: what each call says, by which rule and of which series, and that no other
series is changed by it."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone
from typing import Any, Callable, Dict, List, Tuple

import pytest

import constellation as cstn

PERIODS, CHANGED = 60, 20
FIRST = date(2024, 1, 1)
Rows = Dict[str, List[Any]]
#: what a call says: its rows, without those of the bad series, and its row errors
Said = Tuple[List[Dict[str, Any]], Any]


def day(number: int) -> date:
    return FIRST + timedelta(number)


def rows_of(*keys: str) -> Rows:
    cells = [(key, t) for key in keys for t in range(PERIODS)]
    return {
        "unique_id": [key for key, _ in cells],
        "ds": [day(t) for _, t in cells],
        "y": [3.0 + t % 7 for _, t in cells],
        "a": [3.0 + t % 7 + t % 3 for _, t in cells],
        "b": [3.0 + t % 7 - t % 2 for _, t in cells],
    }


def changed(**row: Any) -> Rows:
    """A series between two good ones, one row of which is changed."""
    rows = rows_of("one", "bad", "two")
    for name, value in row.items():
        rows[name][PERIODS + CHANGED] = value
    return rows


def good(frame: Any) -> List[Dict[str, Any]]:
    return [row for row in frame.to_pylist() if row.get("unique_id") != "bad"]


def learn(rows: Rows) -> Said:
    model = cstn.DemandModel()
    bad = model.update(rows)
    return good(model.predict(3)), bad


def fit_family(rows: Rows) -> Said:
    model = cstn.Forecaster(["Auto", "AutoETS"])
    return good(model.forecast(rows, 3)), model.bad_rows_


def look_back(rows: Rows) -> Said:
    model = cstn.Forecaster("SES")
    return good(model.cross_validation(rows, 3)), model.bad_rows_


def model_looks_back(rows: Rows) -> Said:
    model = cstn.DemandModel()
    return good(model.cross_validation(rows, 3)), model.bad_rows_


def value_signals(rows: Rows) -> Said:
    declared = [cstn.Signal("a", assume_known=True), cstn.Signal("b", assume_known=True)]
    few: Dict[str, Any] = {"origins": 8, "resamples": 9, "history": 14, "frame": "table"}
    try:
        return cstn.signal_value(rows, declared=declared, **few).to_pylist(), None
    except cstn.RowErrors as error:
        left = cstn.signal_value(rows, declared=declared, bad_rows="leave_out", **few)
        return left.to_pylist(), error.rows


def score(rows: Rows) -> Said:
    told: List[Any] = [None]

    def keep(bad: Any) -> None:
        told[0] = bad

    scores = cstn.forecast_score(rows, "mae", models=["a"], frame="table", keep_bad_rows=keep)
    return scores.to_pylist(), told[0]


def fit_global(rows: Rows) -> Said:
    model = cstn.GlobalRidge(horizon=3, season=1, year=8).fit(rows)
    told = model.bad_rows_
    return good(model.predict(rows_of("one", "two"))), told


def regress(rows: Rows) -> Said:
    model = cstn.SignalRegression().fit(rows)
    return good(model.predict(3)), model.bad_rows_


def settle(rows: Rows) -> Said:
    plan = cstn.PartnerPlan()
    return plan.ledger(rows).to_pylist(), plan.bad_rows_


CALLS: Dict[str, Callable[[Rows], Said]] = {
    "DemandModel": learn,
    "Forecaster": fit_family,
    "cross_validation": look_back,
    "DemandModel.cross_validation": model_looks_back,
    "GlobalRidge": fit_global,
    "SignalRegression": regress,
    "signal_value": value_signals,
    "forecast_score": score,
    "PartnerPlan": settle,
}
#: calls for which the rows that there are are the series; that take a y below 0; that take none
ROWS_ALONE = {"PartnerPlan", "forecast_score"}
BELOW_0 = set(CALLS) - {"DemandModel", "DemandModel.cross_validation"}
OPEN = {"PartnerPlan"}

CASES = [
    ("null", {"y": None}, "y", {"NULL"}, OPEN),
    ("NaN", {"y": math.nan}, "y", {"NULL", "NAN"}, OPEN),
    ("infinite", {"y": math.inf}, "y", {"RANGE"}, set()),
    ("huge", {"y": 1.1e300}, "y", {"RANGE"}, set()),
    ("negative", {"y": -1.0}, "y", {"NEGATIVE"}, BELOW_0),
    ("no day", {"ds": None}, "ds", {"NULL"}, set()),
    ("twice", {"ds": day(CHANGED - 1)}, "ds", {"DUPLICATE"}, set()),
    ("out of order", {"ds": day(CHANGED - 9)}, "ds", {"DUPLICATE", "TOO_LATE"}, set()),
    ("a gap", {"ds": day(PERIODS + 99)}, "ds", {"GAP"}, ROWS_ALONE),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_bad_row_is_told_with_its_series_and_changes_no_other_series(case: Any, call: str) -> None:
    _, row, field, codes, taken = case
    found, bad = CALLS[call](changed(**row))
    if call in taken:
        assert bad is None
        return
    first = bad[0]
    assert (first.key, first.field) == ("bad", field) and first.code in codes
    # a period that is missing is told where the next one comes
    assert first.row == PERIODS + CHANGED + (first.code == "GAP" and call != "DemandModel")
    assert first.message.startswith(f"row {first.row} of 'bad', column '{field}': ")
    expected, none = CALLS[call](rows_of("one", "two"))
    assert none is None and found == expected


@pytest.mark.parametrize("call", CALLS)
def test_a_row_of_nobody_is_told_and_changes_no_other_series(call: str) -> None:
    found, bad = CALLS[call](changed(unique_id=None))
    assert (bad[0].row, bad[0].field, bad[0].code, bad[0].key) == (PERIODS + CHANGED, "unique_id", "NULL", None)
    if call not in ROWS_ALONE:
        assert found == CALLS[call](rows_of("one", "two"))[0]


@pytest.mark.parametrize("period, ds", [
    ("month", date(2024, 1, 2)),
    ("quarter", date(2024, 2, 1)),
    ("year", date(2024, 2, 1)),
    ("week", date(2024, 1, 2)),
    ("hour", datetime(2024, 1, 1, 0, 30, tzinfo=timezone.utc)),
])
def test_what_is_no_start_of_a_period_is_told(period: str, ds: Any) -> None:
    first = datetime(2024, 1, 1, tzinfo=timezone.utc) if period == "hour" else FIRST
    model = cstn.DemandModel(period=period)
    bad = model.update({"unique_id": ["good", "bad"], "ds": [first, ds], "y": [1.0, 1.0]})
    assert bad is not None and [(row.key, row.code) for row in bad] == [("bad", "PERIOD")]
    assert {row["unique_id"] for row in model.predict(1).to_pylist()} == {"good"}


def test_a_bad_cell_of_a_ledger_and_of_an_order_names_its_item() -> None:
    ledger = cstn.ValueAdded(["naive", "sensed"])
    cells = {"unique_id": ["good", "bad"], "ds": [1, 1], "y": [4.0, 1e200], "naive": [3, 3], "sensed": [4, 4]}
    bad = ledger.update(cells)
    assert bad is not None and [(row.key, row.row, row.code) for row in bad] == [("bad", 1, "RANGE")]
    told: List[Any] = []
    orders = cstn.plan_orders({"unique_id": ["good", "bad"], "ds": [1, 1], "mean": [10.0, -1.0], "on_hand": [1, 1]},
                              keep_bad_rows=told.append)
    assert [row["unique_id"] for row in orders.to_pylist()] == ["good"]
    assert [(row.key, row.row) for row in told[0]] == [("bad", 1)]


def test_flags_that_nobody_knows_are_told() -> None:
    model = cstn.DemandModel(season=1)
    rows = {"unique_id": ["good", "bad", "worse"], "ds": [1] * 3, "y": [4.0] * 3, "flags": [16, 32, -1]}
    bad = model.update(rows)
    assert bad is not None
    assert [(row.key, row.field, row.code) for row in bad] == [
        ("bad", "flags", "VALUE"), ("worse", "flags", "VALUE")
    ]


def test_a_row_by_itself_names_its_series() -> None:
    model = cstn.DemandModel(season=1)
    model.update({"unique_id": ["bolt"], "ds": [1], "y": [4.0]})
    for ds, y, said in (
        (2, math.nan, "series 'bolt', y: NaN"),
        (2, -1.0, "series 'bolt', y: is negative"),
        (2, 1.1e300, "series 'bolt', y: is outside"),
        (1, 4.0, "series 'bolt', ds: came before"),
        (0, 4.0, "series 'bolt', ds: is of a period before"),
        (4, 4.0, "series 'bolt', ds: comes after a missing period"),
    ):
        with pytest.raises(cstn.RowErrors, match=said):
            model.update_one("bolt", ds, y)
    model.update_one("bolt", 2, 4.0)


TINY: Dict[str, List[float]] = {
    "one": [5.0],
    "two": [5.0, 7.0],
    "zero": [0.0],
    "zeros": [0.0] * PERIODS,
    "spike": [0.0] * (PERIODS - 1) + [1e9],
    "constant": [12.0] * PERIODS,
}


def test_next_to_nothing_has_a_forecast_and_zeros_have_zeros() -> None:
    rows: Rows = {"unique_id": [], "ds": [], "y": [], "pool": []}
    for name, values in TINY.items():
        rows["unique_id"] += [name] * len(values)
        rows["ds"] += [day(PERIODS - len(values) + t) for t in range(len(values))]
        rows["y"] += values
        rows["pool"] += [name] * len(values)
    told = cstn.DemandModel("pool").fit(rows).predict(3, quantiles=[0.005, 0.5, 0.995]).to_pylist()
    assert {row["unique_id"] for row in told} == set(TINY)
    for row in told:
        values = [row[name] for name in ("mean", "q_5000", "median", "q_995000")]
        assert all(math.isfinite(value) and value >= 0 for value in values)
        assert values[1] <= values[2] <= values[3]
        if row["unique_id"] in ("zero", "zeros"):
            assert values == [0.0] * 4
        if row["unique_id"] == "constant":
            assert values == [pytest.approx(12.0)] * 4
    models = ["Auto", "AutoETS", "Theta", "Croston", "TSB", "SeasonalNaive"]
    for row in cstn.Forecaster(models).forecast(rows, 3).to_pylist():
        assert all(math.isfinite(row[name]) for name in models)


def test_measures_of_zeros_are_null_and_counted() -> None:
    zeros = {"unique_id": ["zeros"] * PERIODS, "ds": [day(t) for t in range(PERIODS)], "y": [0.0] * PERIODS}
    past = cstn.Forecaster("SES").cross_validation(zeros, 3)
    (scored,) = cstn.forecast_score(past, "rmsse", train=zeros).to_pylist()
    assert (scored["value"], scored["nulls"]) == (None, 1)


def test_no_rows_are_no_forecast() -> None:
    model = cstn.DemandModel()
    assert model.update(rows_of("one")) is None
    before = model.to_bytes()
    pa = pytest.importorskip("pyarrow")
    empty = pa.table(rows_of("one")).slice(0, 0)
    assert model.update(empty) is None and model.to_bytes() == before
    assert cstn.Forecaster("SES").forecast(empty, 3).num_rows == 0
    with pytest.raises(cstn.EmptyError):
        cstn.GlobalRidge(horizon=3).fit(empty)


@pytest.mark.parametrize("horizon", [0, -1, 1025])
def test_a_horizon_out_of_range_is_refused(horizon: int) -> None:
    rows = rows_of("one")
    fitted = cstn.DemandModel().fit(rows)
    for ask in (
        lambda: fitted.predict(horizon).to_pylist(),
        lambda: fitted.forecast_one("one", horizon),
        lambda: cstn.Forecaster("SES").forecast(rows, horizon).to_pylist(),
        lambda: cstn.Forecaster("SES").cross_validation(rows, horizon).to_pylist(),
        lambda: cstn.GlobalRidge(horizon=horizon).fit(rows),
        lambda: cstn.SignalRegression().fit(rows).predict(horizon).to_pylist(),
    ):
        with pytest.raises(cstn.InvalidArgumentError, match=rf"{horizon}"):
            ask()


@pytest.mark.parametrize("levels", [[0.0], [1.0], [-0.1], [math.nan], [0.9, 0.5], [0.5, 0.5]])
def test_levels_out_of_the_unit_or_out_of_order_are_refused(levels: List[float]) -> None:
    fitted = cstn.DemandModel().fit(rows_of("one"))
    with pytest.raises(cstn.InvalidArgumentError, match="level"):
        fitted.predict(3, quantiles=levels).to_pylist()


def test_an_unknown_item_is_forecast_cold_and_says_so() -> None:
    fitted = cstn.DemandModel().fit(rows_of("one"))
    told = fitted.predict(2, keys={"unique_id": ["new", "one"]}).to_pylist()
    assert [row["flags"] & 1 for row in told] == [1, 1, 0, 0]
    assert all(math.isfinite(row["mean"]) for row in told)


def test_a_signal_that_is_missing_ahead_has_its_mean_and_says_so() -> None:
    rows = rows_of("one", "two")
    rows["offer"] = [float(t % 10 == 3) for _ in range(2) for t in range(PERIODS)]
    for row in cstn.SignalRegression(["offer"]).fit(rows).predict(2).to_pylist():
        assert row["flags"] & 4 and math.isfinite(row["mean"])
    with pytest.raises(cstn.SchemaError, match="'offer'"):
        cstn.SignalRegression(["offer"]).fit(rows_of("one")).predict(2).to_pylist()


NODES = {"unique_id": ["all", "bad", "b"], "parent": [None, "all", "all"]}
BASE = {"unique_id": ["all", "bad", "b"], "ds": [1] * 3, "mean": [13.0, 4.0, 6.0]}


@pytest.mark.parametrize("nodes, base, error, said", [
    ({"unique_id": ["x", "bad", "b"], "parent": [None, "b", "bad"]}, BASE, cstn.InvalidArgumentError, "bad"),
    ({"unique_id": ["bad", "bad"], "parent": ["x", "y"]}, BASE, cstn.InvalidArgumentError, "'bad' has two parents"),
    (NODES, {**BASE, "unique_id": ["all", "b", "c"]}, cstn.InvalidArgumentError, "'c'"),
    (NODES, {name: [column[0], column[2]] for name, column in BASE.items()}, cstn.InvalidArgumentError,
     "'bad' has no forecast"),
    (NODES, {**BASE, "mean": [13.0, math.nan, 6.0]}, cstn.RowErrors, "row 1 of 'bad', column 'mean'"),
    (NODES, {**BASE, "mean": [13.0, 1e301, 6.0]}, cstn.RowErrors, "row 1 of 'bad', column 'mean'"),
])
def test_a_hierarchy_that_cannot_be_names_its_node(nodes: Any, base: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        cstn.reconcile(nodes, base).to_pylist()


@pytest.mark.parametrize("weight", [0.0, -2.0])
def test_a_weight_that_is_not_above_0_names_its_node(weight: float) -> None:
    with pytest.raises(cstn.InvalidArgumentError, match=f"'bad' has weight {weight:g}"):
        cstn.reconcile({**NODES, "w": [1.0, weight, 1.0]}, BASE, weights="given").to_pylist()


def test_a_negative_base_forecast_is_kept() -> None:
    told = cstn.reconcile(NODES, {**BASE, "mean": [-13.0, -4.0, -6.0]}, frame="table").to_pylist()
    assert [row["mean"] for row in told] == [-11.5, -4.75, -6.75]


def test_too_many_signals_and_levels_are_limits() -> None:
    declared = [cstn.Signal(f"s{n}") for n in range(65)]
    with pytest.raises(cstn.LimitError, match="65"):
        cstn.signal_value(rows_of("one"), declared=declared).to_pylist()
    leaves = {"unique_id": ["a"], **{f"level{n}": ["x"] for n in range(17)}}
    with pytest.raises(cstn.LimitError, match="17"):
        cstn.reconcile(leaves, BASE, levels=[f"level{n}" for n in range(17)]).to_pylist()


def states() -> Dict[str, bytes]:
    ledger = cstn.ValueAdded(["naive", "sensed"])
    ledger.update({"unique_id": ["a"], "ds": [1], "y": [4], "naive": [3], "sensed": [4]})
    return {
        "DemandModel": cstn.DemandModel(calibrate=True, replay=True).fit(rows_of("one", "two")).to_bytes(),
        "GlobalRidge": cstn.GlobalRidge(horizon=3, season=1, year=8).fit(rows_of("one", "two")).serialize(),
        "ValueAdded": ledger.serialize(),
    }


LOAD: Dict[str, Callable[[bytes], Any]] = {
    "DemandModel": lambda data: cstn.DemandModel(calibrate=True, replay=True).load_bytes(data),
    "GlobalRidge": cstn.GlobalRidge.deserialize,
    "ValueAdded": cstn.ValueAdded.deserialize,
}


@pytest.mark.parametrize("name", LOAD)
def test_a_state_that_is_cut_short_or_has_a_flipped_bit_is_refused(name: str) -> None:
    data = states()[name]
    LOAD[name](data)
    for at in range(0, len(data), max(1, len(data) // 97)):
        with pytest.raises((cstn.CorruptError, cstn.NewerFormatError)):
            LOAD[name](data[:at])
        with pytest.raises((cstn.CorruptError, cstn.NewerFormatError)):
            LOAD[name](data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])


def test_states_of_other_configurations_do_not_merge() -> None:
    one = cstn.DemandModel().fit(rows_of("one"))
    before = one.to_bytes()
    with pytest.raises(cstn.MismatchError, match="other parameters"):
        cstn.DemandModel(drift=True).load_bytes(before)
    for other in (cstn.DemandModel(drift=True), cstn.DemandModel(season=14)):
        with pytest.raises(cstn.MismatchError):
            one.merge(other.fit(rows_of("two")))
    with pytest.raises(cstn.ConflictError, match="one"):
        one.merge(cstn.DemandModel().fit(rows_of("one")))
    assert one.to_bytes() == before
