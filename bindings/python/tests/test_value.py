"""Customer value: fits, predictions, merging, and the shape scikit-learn asks for."""

import math
import pickle
import re

import pytest

import constellation as cstn
from constellation.value import CustomerValue, GammaGamma

ROWS = {
    "x": [0, 0, 1, 2, 5, 0, 3, 7, 1, 2, 0, 4],
    "tx": [0.0, 0.0, 1.7, 30.4, 29.0, 0.0, 12.0, 34.0, 20.0, 8.0, 0.0, 38.0],
    "T": [39.0, 38.0, 39.0, 38.0, 39.0, 30.0, 35.0, 36.0, 39.0, 39.0, 33.0, 39.0],
    "spend": [0.0, 0.0, 11.8, 22.3, 40.0, 0.0, 15.0, 90.0, 12.5, 33.0, 0.0, 28.0],
}


def known():
    return CustomerValue("bgnbd").set_parameters(r=0.2425967, alpha=4.413659, a=0.7929869, b=2.426164)


def test_published_numbers_of_a_given_model():
    model = known()
    assert model.expected(52) == pytest.approx(1.444004, abs=2e-6)
    rows = {"x": [26], "tx": [30.85714], "T": [31.0]}
    row = model.predict(rows, horizon=52).to_pylist()[0]
    assert row["purchases"] == pytest.approx(25.75659, abs=2e-5)
    assert sum(model.pmf(30, 300)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ["bgnbd", "mbgnbd", "pnbd", "nbd"])
def test_fit_finds_a_top(name):
    model = CustomerValue(name).fit(ROWS)
    assert "NOT_CONVERGED" not in model.flags_
    assert model.score(ROWS) * 12 == pytest.approx(model.loglik_, rel=1e-12)
    assert all(value > 0 for value in model.params_.values())


def test_parts_and_merges_give_the_bytes_of_the_whole():
    whole = CustomerValue("mbgnbd").fit(ROWS)
    first = {name: values[:5] for name, values in ROWS.items()}
    rest = {name: values[5:] for name, values in ROWS.items()}
    parts = CustomerValue("mbgnbd").partial_fit(rest).partial_fit(first)
    merged = CustomerValue("mbgnbd").partial_fit(first).merge(CustomerValue("mbgnbd").partial_fit(rest))
    assert parts.serialize() == whole.serialize() == merged.serialize()


def test_a_pickled_model_predicts_the_same():
    model = CustomerValue("bgnbd").fit(ROWS)
    again = pickle.loads(pickle.dumps(model))
    assert again.serialize() == model.serialize()
    assert again.predict(ROWS, 10.0).to_pylist() == model.predict(ROWS, 10.0).to_pylist()
    assert again.partial_fit(ROWS).params_ == CustomerValue("bgnbd").partial_fit(ROWS).merge(model).params_


def test_lifetime_value_has_its_parts():
    spend = GammaGamma().fit(ROWS)
    table = known().predict(ROWS, [4.0, 8.0], sd=True, spend=spend, periods=12, discount=0.01)
    row = table.to_pylist()[3]
    assert list(row) == ["p_alive", "purchases_1", "purchases_2", "sd_1", "sd_2", "expected_spend", "margin", "clv"]
    assert 0 < row["purchases_1"] < row["purchases_2"]
    assert math.isclose(float(row["margin"]), row["expected_spend"], abs_tol=0.006)


def test_rows_that_break_a_rule_are_named():
    bad = {"x": [1, 0], "tx": [2.0, 0.0], "T": [1.0, 5.0]}
    with pytest.raises(cstn.RowErrors, match="row 0, column 'tx'"):
        CustomerValue("bgnbd").fit(bad)
    model = known()
    table = model.predict(bad)
    assert [row["p_alive"] for row in table.to_pylist()] == [None, 1.0]
    assert model.bad_rows_.total == 1
    tolerant = CustomerValue("bgnbd", skip_bad=True)
    tolerant.fit({name: ROWS[name] + bad[name] for name in bad})
    assert tolerant.describe()["customers"] == 13


def test_what_is_not_identified_and_not_fitted():
    with pytest.raises(cstn.NotIdentifiedError, match="bought again"):
        CustomerValue("bgnbd").fit({"x": [0] * 9, "tx": [0.0] * 9, "T": [5.0 + i for i in range(9)]})
    with pytest.raises(cstn.EmptyError):
        CustomerValue("bgnbd", skip_bad=True).fit({"x": [1], "tx": [2.0], "T": [1.0]})
    with pytest.raises(cstn.StateError):
        CustomerValue("bgnbd").predict(ROWS).to_pylist()


def test_survivors_of_contracts():
    model = CustomerValue("sbg").fit({"survivors": [1000, 631, 468, 382, 326, 289, 262, 241]})
    assert model.params_["alpha"] == pytest.approx(0.704077, abs=1e-3)
    assert model.expected([1.0])[0] == pytest.approx(0.6267, abs=1e-4)


def test_columns_may_have_other_names_and_frames_come_back_as_they_came():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"frequency": [float(x) for x in ROWS["x"]], "recency": ROWS["tx"], "age": ROWS["T"]})
    names = {"x": "frequency", "tx": "recency", "T": "age"}
    model = CustomerValue("bgnbd").fit(frame, columns=names)
    assert model.serialize() == CustomerValue("bgnbd").fit(ROWS).serialize()
    out = model.predict(frame, 13.0, columns=names)
    assert isinstance(out, pandas.DataFrame) and len(out) == 12


def test_a_holdout_in_one_call():
    rows = dict(ROWS, actual=[0, 1, 0, 2, 1, 0, 0, 4, 0, 0, 1, 2])
    summary = known().holdout(rows, 39.0).to_pylist()[0]
    assert summary["customers"] == 12 and summary["actual"] == 11
    bins = known().holdout(rows, 39.0, "bins").to_pylist()
    assert [row["customers"] for row in bins] == [4, 2, 2, 1, 1, 1, 0, 1]
    assert len(known().holdout(rows, 39.0, "deciles").to_pylist()) == 10


def test_tracking_period_by_period():
    rows = known().holdout(ROWS, 39.0, "tracking", period=13.0, actual=[4, 3]).to_pylist()
    whole = sum(row["purchases"] for row in known().predict(ROWS, 39.0).to_pylist())
    assert [row["period"] for row in rows] == [1, 2, 3]
    assert [row["actual_total"] for row in rows] == [4, 7, None]
    assert rows[2]["expected_total"] == pytest.approx(whole, rel=1e-12)
    assert sum(row["expected"] for row in rows) == pytest.approx(whole, rel=1e-12)
    assert rows[0]["expected"] > rows[1]["expected"] > rows[2]["expected"]
    with pytest.raises(cstn.InvalidArgumentError, match="actual has 4 periods, the holdout 3"):
        known().holdout(ROWS, 39.0, "tracking", period=13.0, actual=[1, 2, 3, 4]).to_pylist()


def test_spend_is_in_one_currency():
    rows = {"x": [4, 7, 2, 9, 1], "spend": [20.0, 31.0, 12.0, 8.0, 70.0], "currency": ["EUR", "EUR", None, "EUR", "EUR"]}
    model = GammaGamma().fit(rows)
    assert model.describe()["currency"] == "EUR"
    with pytest.raises(cstn.ConstellationError, match="in USD, EUR expected") as caught:
        model.predict({"x": [1], "spend": [5.0], "currency": ["USD"]}).to_pylist()
    assert caught.value.code == cstn._cdefs.CSTN_E_CURRENCY


def test_the_probability_to_buy_within_a_horizon():
    out = known().predict(ROWS, [1.0, 1e9], active=True).to_pylist()
    for row in out:
        assert 0 <= row["p_active_1"] < row["p_active_2"] <= row["p_alive"] + 1e-15
        assert row["p_active_1"] <= row["purchases_1"]
    new = CustomerValue("pnbd").set_parameters(r=0.55, alpha=10.6, s=0.61, beta=11.7)
    active = new.predict({"x": [0], "tx": [0.0], "T": [0.0]}, 20.0, active=True).to_pylist()[0]
    assert active["p_active"] == pytest.approx(1 - new.pmf(20.0, 1)[0], rel=1e-12)


def test_parameters_of_the_constructor_in_the_manner_of_scikit_learn():
    model = CustomerValue("pnbd", unit_days=1.0)
    assert model.get_params()["unit_days"] == 1.0
    assert model.set_params(model="nbd") is model and model.model == "nbd"
    with pytest.raises(cstn.InvalidArgumentError):
        model.set_params(color="red")


def test_clone_and_grid_search_when_scikit_learn_is_there():
    base = pytest.importorskip("sklearn.base")
    clone = base.clone(CustomerValue("pnbd", k=2))
    assert clone.get_params() == CustomerValue("pnbd", k=2).get_params()


def test_grid_search_and_pipeline_choose_a_model():
    selection = pytest.importorskip("sklearn.model_selection")
    pandas = pytest.importorskip("pandas")
    from sklearn.pipeline import Pipeline

    frame = pandas.concat([pandas.DataFrame(ROWS)] * 3, ignore_index=True)
    search = selection.GridSearchCV(CustomerValue(), {"model": ["bgnbd", "nbd"]}, cv=3).fit(frame)
    assert search.best_params_["model"] in ("bgnbd", "nbd")
    pipeline = Pipeline([("value", CustomerValue("mbgnbd"))]).fit(frame)
    assert pipeline.score(frame) == CustomerValue("mbgnbd").fit(frame).score(frame)


def test_a_customer_may_be_taken_away_again():
    model = CustomerValue("bgnbd").partial_fit(ROWS)
    more = {"x": [2], "tx": [5.0], "T": [17.0], "weight": [1]}
    model.partial_fit(more).partial_fit(dict(more, weight=[-1]))
    assert model.serialize() == CustomerValue("bgnbd").fit(ROWS).serialize()
    with pytest.raises(cstn.DuplicateError, match="rows 0 and 1"):
        CustomerValue("bgnbd").fit({"customer": ["ann", "ann"], "x": [0, 0], "tx": [0.0, 0.0], "T": [3.0, 3.0]})


def test_plot_gives_the_axes():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert known().plot_expected(52.0, ax=ax) is ax
    assert len(ax.lines) == 1


def test_a_bad_row_says_its_numbers_and_the_rule() -> None:
    good = {"x": [1.0, 2.0], "tx": [7.0, 14.0], "T": [30.0, 30.0]}
    for column, value, said in (
        ("x", 1.5, "'1.5' has a fraction"),
        ("tx", 31.0, "'31 (T is 30)' is in the wrong order"),
        ("tx", 0.0, "column 'x': '2 (tx is 0)' is not one of the allowed values"),
    ):
        rows = {**good, column: [good[column][0], value]}
        with pytest.raises(cstn.RowErrors, match=re.escape(said)) as failure:
            cstn.CustomerValue(time_in="days").fit(rows)
        assert failure.value.rows[0].row == 1
