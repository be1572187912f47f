"""Purchases and RFM from Python: frames in and out, splits, scikit-learn's shape."""

from __future__ import annotations

import array
import copy
import datetime
import math
import pickle

import pytest

import constellation as cstn

DAY = datetime.date(2026, 3, 1)


def orders(n: int = 300, seed: int = 1) -> dict:
    state, rows = seed, {"customer": [], "day": [], "value": []}
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        rows["customer"].append(state >> 40 & 31)
        rows["day"].append(DAY + datetime.timedelta(days=int(state >> 48 & 63)))
        rows["value"].append(int(state >> 24 & 4095))
    return rows


def part(rows: dict, begin: int, end: int) -> dict:
    return {name: column[begin:end] for name, column in rows.items()}


CUSTOMERS = {"recency": [1, 40, 3, 90], "frequency": [9, 1, 4, 2], "monetary": [90.5, 5, 20, 9]}


def test_a_summary_is_that_of_the_definition():
    rows = orders()
    state = cstn.Purchases()
    assert state.update(rows) is None
    as_of = DAY + datetime.timedelta(days=70)
    for row in state.summary(as_of, unit_days=1).to_pylist():
        mine = [k for k, who in enumerate(rows["customer"]) if who == row["customer"]]
        days = sorted({rows["day"][k] for k in mine})
        values = {day: sum(rows["value"][k] for k in mine if rows["day"][k] == day) for day in days}
        assert row["x"] == len(days) - 1 and row["frequency"] == len(days)
        assert row["tx"] == (days[-1] - days[0]).days and row["T"] == (as_of - days[0]).days
        assert row["recency"] == (as_of - days[-1]).days and row["monetary"] == sum(values.values())
        if len(days) > 1:
            repeat = [values[day] for day in days[1:]]
            assert row["spend"] == pytest.approx(sum(repeat) / len(repeat), rel=1e-15)
        else:
            assert row["spend"] is None
    assert state.counts(as_of)["customers"] == 32


def test_any_split_and_order_of_merging_gives_the_same_bytes():
    rows = orders()
    whole = cstn.Purchases()
    whole.update(rows)
    pieces = []
    for begin, end in ((0, 10), (10, 150), (150, 300)):
        piece = cstn.Purchases()
        piece.update(part(rows, begin, end))
        pieces.append(cstn.Purchases.deserialize(piece.serialize()))
    pieces[2].merge(pieces[0])
    pieces[2].merge(pieces[1])
    assert pieces[2].serialize() == whole.serialize()
    whole.remove(list(range(32)))
    assert whole.serialize() == cstn.Purchases().serialize()


def test_a_window_ends_the_calibration():
    rows = {"customer": ["a", "a", "b"], "day": [DAY, DAY + datetime.timedelta(7), DAY], "value": [1, 2, 3]}
    state = cstn.Purchases(window=(DAY, DAY + datetime.timedelta(3)))
    state.update(rows)
    assert [row["x"] for row in state.summary(DAY + datetime.timedelta(3)).to_pylist()] == [0, 0]
    late = cstn.Purchases()
    late.update(rows)
    with pytest.raises(cstn.StateError, match="customer 'a'"):
        late.summary(DAY + datetime.timedelta(3)).to_pylist()


def test_rows_left_out_are_told():
    state = cstn.Purchases()
    bad = state.update({"customer": [1, None], "day": [DAY, DAY], "value": [1, 2]})
    assert [(row.row, row.field) for row in bad] == [(1, "customer")]


def test_scores_are_those_of_frozen_cuts():
    model = cstn.RFM(bins=2, rules="best | 2 | 2 | 2").fit(CUSTOMERS)
    assert model.cuts_ == {"recency": [21.5], "frequency": [3.0], "monetary": [14.5]}
    assert model.effective_bins_ == (2, 2, 2)
    later = {"recency": [21.5, 22, -1], "frequency": [3, 4, 1], "monetary": [14.5, 15, 1]}
    rows = model.predict(later).to_pylist()
    assert [row["rfm"] for row in rows] == ["211", "122", None]
    assert rows[2]["segment"] is None and len(model.bad_rows_) == 1
    assert model.segments().to_pylist()[0]["customers"] == 2
    assert math.isnan(model.transform(later)[2, 0])


def test_a_model_of_orders_adds_up():
    rows, as_of = orders(), DAY + datetime.timedelta(days=70)
    whole = cstn.RFM(as_of=as_of, rules="ten-segments").fit(rows)
    halves = cstn.RFM(as_of=as_of, rules="ten-segments").partial_fit(part(rows, 0, 99))
    halves.merge(cstn.RFM(as_of=as_of, rules="ten-segments").partial_fit(part(rows, 99, 300)))
    assert halves.serialize() == whole.serialize()
    assert halves.predict().to_pydict() == whole.predict(rows).to_pydict()
    with pytest.raises(cstn.InvalidArgumentError, match="as_of"):
        cstn.RFM().partial_fit(CUSTOMERS)


def test_a_model_survives_pickle_and_copy():
    model = cstn.RFM(as_of=DAY + datetime.timedelta(days=70)).fit(orders())
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert again.get_params() == model.get_params()
        assert again.serialize() == model.serialize()
    assert cstn.RFM.deserialize(model.serialize()).cuts_ == model.cuts_
    with pytest.raises(cstn.CorruptError):
        cstn.RFM.deserialize(model.serialize()[:-1])


def test_bad_customers_refuse_a_fit_with_their_rows():
    bad = {"recency": [1, -1], "frequency": [1, 1], "monetary": [1, 1]}
    with pytest.raises(cstn.RowErrors) as caught:
        cstn.RFM().fit(bad)
    assert caught.value.rows[0].field == "recency"
    assert cstn.RFM(skip_bad=True).fit(bad)._asked("bad_rows") == 1.0
    with pytest.raises(cstn.EmptyError):
        cstn.RFM().fit({name: array.array("d") for name in CUSTOMERS})
    with pytest.raises(cstn.StateError):
        cstn.RFM().predict(CUSTOMERS)
    with pytest.raises(cstn.InvalidArgumentError):
        cstn.RFM(side="both").fit(CUSTOMERS)
    with pytest.raises(cstn.InvalidArgumentError):
        cstn.RFM(bins=(5, 5)).fit(CUSTOMERS)


def test_frames_come_back_as_they_went_in():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(CUSTOMERS)
    model = cstn.RFM(bins=2)
    scores = model.fit(frame).predict(frame)
    assert isinstance(scores, pandas.DataFrame) and list(scores["rfm"]) == ["222", "111", "222", "111"]
    polars = pytest.importorskip("polars")
    assert isinstance(model.predict(polars.DataFrame(CUSTOMERS)), polars.DataFrame)
    rows = pandas.DataFrame({"client": [1, 1], "when": pandas.to_datetime(["2026-03-01 23:30"] * 2), "value": [1, 2]})
    state = cstn.Purchases()
    state.update(rows, columns={"customer": "client", "day": "when"})
    assert state.summary(DAY)["recency"].tolist() == [0]


def test_drift_of_the_same_customers_is_none():
    model = cstn.RFM(bins=2).fit(CUSTOMERS)
    rows = model.drift(CUSTOMERS).to_pylist()
    assert len(rows) == 6 and all(row["index"] == 0 and row["difference"] == 0 for row in rows)


def test_rules_come_with_the_library():
    for name in ("ten-segments", "abc-xyz", "prime-sustain-manage"):
        text = cstn.rfm_rules(name)
        assert cstn.RFM(rules=text).fit(CUSTOMERS).serialize() == cstn.RFM(rules=name).fit(CUSTOMERS).serialize()
    with pytest.raises(cstn.NotFoundError):
        cstn.rfm_rules("none")


def test_a_heatmap_has_a_cell_for_each_pair():
    pytest.importorskip("matplotlib").use("Agg")
    axes = cstn.RFM(bins=2).fit(CUSTOMERS).plot_heatmap()
    assert [text.get_text() for text in axes.texts] == ["2", "2"]
    with pytest.raises(cstn.InvalidArgumentError):
        cstn.RFM(bins=2).fit(CUSTOMERS).plot_heatmap(value="age")


def test_scikit_learn_clones_and_chains_it():
    sklearn = pytest.importorskip("sklearn")
    from sklearn.base import clone
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    assert sklearn.__version__
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(CUSTOMERS)
    model = clone(cstn.RFM(bins=2, side="left"))
    assert model.get_params()["side"] == "left"
    scaled = Pipeline([("rfm", model), ("scale", StandardScaler())]).fit_transform(frame)
    assert scaled.shape == (4, 3) and abs(scaled.mean()) < 1e-12


def test_a_day_is_a_date_its_text_or_its_number() -> None:
    state = cstn.Purchases()
    state.update({"customer": [1], "day": [datetime.date(2024, 1, 2)], "value": [5]})
    for day in (datetime.date(2024, 1, 9), "2024-01-09", 19731):
        assert state.summary(day).to_pylist()[0]["recency"] == 7
    for day, said in (("9.1.2024", "'9.1.2024', a day such as"), (1.5, "float, a date")):
        with pytest.raises(cstn.InvalidArgumentError, match=f"as_of is {said}"):
            state.summary(day)
