"""A demand model: what Python adds to it, and that it learns what it is given."""

from __future__ import annotations

import datetime
import pickle

import pytest

import constellation as cstn

WEEK = [3, 4, 5, 4, 7, 9, 1]
DAY = datetime.date(2024, 1, 1)


def day(n):
    return DAY + datetime.timedelta(days=n)


def history(keys=("a", "b"), days=70, start=0):
    rows = [(key, t) for key in keys for t in range(start, start + days)]
    return {
        "unique_id": [key for key, _ in rows],
        "ds": [day(t) for _, t in rows],
        "y": [float(WEEK[t % 7] * (1 + (key == "b")) + (t * 5) % 3) for key, t in rows],
        "shop": ["north"] * len(rows),
        "fair": [int(t % 10 == 3) for _, t in rows],
    }


def model(**options):
    return cstn.DemandModel("shop", ["fair"], **options)


def test_a_forecast_has_the_shape_of_its_rows_and_the_season_that_was_seen():
    ahead = model().fit(history()).predict(7, {"ds": [day(70)], "fair": [0]}).to_pylist()
    assert [row["unique_id"] for row in ahead] == ["a"] * 7 + ["b"] * 7
    assert ahead[0]["ds"] == day(70) and ahead[0]["h"] == 1
    assert [row["flags"] for row in ahead[:3]] == [0, 4, 4]
    assert ahead[5]["mean"] > 2 * ahead[6]["mean"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_come_back_as_they_went_in(library):
    frames = pytest.importorskip(library)
    make = frames.table if library == "pyarrow" else frames.DataFrame
    fitted = model().fit(make(history()))
    assert type(fitted.predict(3)) is type(make(history()))
    if library == "pandas":
        rows = history()
        rows["ds"] = frames.to_datetime(rows["ds"])
        fitted.fit(frames.DataFrame(rows))
        fitted.update_one("a", day(70), 3, pool="north")
        fitted.close_period("2024-03-11")
        assert str(fitted.predict(1)["ds"].dtype).startswith("datetime64")


def test_rows_one_by_one_or_in_frames_are_the_same_model():
    frames, singly = model(), model()
    rows = history()
    for t in range(70):
        part = {name: [v for v, ds in zip(column, rows["ds"]) if ds == day(t)] for name, column in rows.items()}
        frames.update(part, close=True)
        for i in range(2):
            singly.update_one(
                part["unique_id"][i], day(t), part["y"][i], pool="north", events=["fair"] if part["fair"][i] else []
            )
        singly.close_period(day(t))
    assert frames.to_bytes() == singly.to_bytes() == model().fit(rows).to_bytes()


def test_parts_merge_to_the_whole_and_travel_as_bytes():
    whole = model()
    whole.update(history())
    parts = [model(), model()]
    for part, key in zip(parts, "ab"):
        part.update(history((key,)))
    again = pickle.loads(pickle.dumps(parts[1]))
    assert parts[0].merge(again).to_bytes() == whole.to_bytes()
    assert model().load_bytes(whole.to_bytes()).predict(3).to_pylist() == whole.predict(3).to_pylist()
    with pytest.raises(cstn.ConflictError, match="'b'"):
        parts[0].merge(parts[1])
    with pytest.raises(cstn.MismatchError):
        cstn.DemandModel().load_bytes(whole.to_bytes())
    with pytest.raises(cstn.MismatchError):
        whole.merge(model())
    with pytest.raises(cstn.CorruptError):
        model().load_bytes(whole.to_bytes()[:-1])


def test_two_passes_over_parts_are_one_over_all():
    whole = model(history=True).fit(history())
    totals = model(history=True)
    for key in "ab":
        totals.update(history((key,)), totals_only=True)
    totals.close_period(day(69))
    parts = [model(history=True).load_bytes(totals.to_bytes()) for _ in range(2)]
    for part, key in zip(parts, "ab"):
        part.update(history((key,)))
    assert parts[1].merge(parts[0]).to_bytes() == whole.to_bytes()


def test_bad_rows_are_told_and_leave_the_others_in():
    rows = history()
    rows["y"][0] = -1.0
    fitted = model(gap="missing").fit(rows)
    assert [row["code"] for row in fitted.bad_rows_.to_pylist()] == [12]
    assert fitted.update(history(days=1, start=70)) is None and fitted.bad_rows_ is None
    with pytest.raises(cstn.RowErrors, match="y: is negative"):
        fitted.update_one("a", day(71), -1, pool="north")
    with pytest.raises(cstn.SchemaError, match="fair"):
        model().fit({"unique_id": ["a"], "ds": [1], "y": [1.0], "shop": ["n"]})


def test_months_have_a_pace_of_their_own():
    rows = {
        "unique_id": ["a"] * 24 + ["b"] * 24,
        "ds": [datetime.date(2020 + t // 12, t % 12 + 1, 1) for t in range(24)] * 2,
        "y": [float(400 - 9 * t) for t in range(48)],
    }

    def ahead(**options):
        fitted = cstn.DemandModel(season=1, **options).fit(rows)
        return [row["mean"] for row in fitted.predict(1).to_pylist()]

    assert ahead(period="month") == ahead(period="month", pace="months")
    assert ahead(period="month") != ahead(period="month", pace="days")
    # what shrinks is forecast as the pool has shrunk, where the pace of days lags behind
    assert ahead(period="month")[1] < 0.8 * ahead(period="month", pace="days")[1]


def test_parameters_and_questions_that_cannot_be_are_refused():
    for wrong in ({"pace": "weeks"}, {"season": 367}, {"gap": "zeros"}, {"returns": "net"}, {"period": "decade"}):
        with pytest.raises(cstn.InvalidArgumentError):
            model(**wrong).fit(history())
    with pytest.raises(cstn.InvalidArgumentError, match="one text"):
        cstn.DemandModel(events="fair").fit(history())
    with pytest.raises(cstn.StateError):
        model().predict()
    fitted = model().fit(history())
    with pytest.raises(cstn.InvalidArgumentError, match="1025"):
        fitted.predict(1025).to_pylist()
    with pytest.raises(cstn.InvalidArgumentError, match="'feast'"):
        fitted.update_one("a", day(70), 1, pool="north", events=["feast"])
    with pytest.raises(cstn.InvalidArgumentError, match="h is 0"):
        fitted.forecast_one("a", 0)
    with pytest.raises(cstn.InvalidArgumentError, match="2 periods"):
        fitted.forecast_one("a", 1, events=[[], []])


def test_one_series_by_itself_says_what_the_frame_says():
    fitted = model(calibrate=True).fit(history())
    levels = [0.1, 0.5, 0.9]
    one = fitted.forecast_one("a", 3, events=[["fair"], [], []], quantiles=levels)
    future = {"ds": [day(70), day(71), day(72)], "fair": [1, 0, 0]}
    rows = fitted.predict(3, future, keys={"unique_id": ["a"]}, quantiles=levels).to_pylist()
    assert one["mean"] == [row["mean"] for row in rows]
    assert one["flags"] == 0
    names = [name for name in rows[0] if name.startswith("q_")]
    assert one["quantiles"] == [[row[name] for name in names] for row in rows]
    assert all(q == sorted(q) for q in one["quantiles"])
    cold = fitted.forecast_one("new")
    assert cold["flags"] & 1


def test_a_row_that_is_late_finds_its_place_in_the_window():
    rows = history(("a",))
    in_time, late = model(replay=True, gap="missing"), model(replay=True, gap="missing")
    in_time.update(rows)
    order = [*range(0, 40), *range(41, 60), 40, *range(60, 70)]
    for i in order:
        late.update({name: [column[i]] for name, column in rows.items()})
    assert in_time.to_bytes() == late.to_bytes()


def test_it_is_an_estimator_that_says_what_it_holds():
    fitted = model(drift=True).fit(history())
    assert fitted.get_params()["pool"] == "shop" and fitted.set_params(threads=1) is fitted
    assert fitted.size_["series"] == 2 and fitted.size_["bytes"] > 0
    assert len(fitted.digest_) == 64 and "drift=True" in repr(fitted)
    fitted.partial_fit(history(days=1, start=70))
    fitted.update_one("a", day(71), -2, pool="north", flags=4)
    assert fitted.predict(1, returns=True).to_pylist()[0]["mean"] == 2.0


def test_ints_are_series_and_hours_are_times():
    hours = [datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(hours=n) for n in range(50)]
    hourly = cstn.DemandModel(period="hour")
    for n, hour in enumerate(hours):
        hourly.update_one(7, hour, n % 24)
    hourly.close_period(hours[-1].replace(tzinfo=None))
    rows = hourly.predict(2).to_pylist()
    assert rows[0]["unique_id"] == 7 and rows[0]["ds"].hour == 2


def test_a_plot_has_its_history_and_a_fan():
    pytest.importorskip("matplotlib").use("Agg")
    fitted = model(calibrate=True).fit(history())
    ax = fitted.plot("a", 14, history=history(("a",))["y"][-28:], quantiles=[0.1, 0.25, 0.75, 0.9])
    assert len(ax.lines) == 3 and len(ax.collections) == 2


def test_a_backtest_says_what_a_model_says_that_was_told_the_rows_up_to_the_cutoff():
    rows, asked = history(), model(season=7)
    past = asked.cross_validation(rows, 3, n_windows=2, step_size=5, models=["SeasonalNaive"], assume_known=True)
    found = past.to_pylist()
    assert past.column_names == ["unique_id", "ds", "cutoff", "h", "y", "SeasonalNaive", "Demand"]
    assert [row["cutoff"] for row in found] == [day(61)] * 3 + [day(66)] * 3 + [day(61)] * 3 + [day(66)] * 3
    for last in (61, 66):
        known = {name: [v for v, ds in zip(column, rows["ds"]) if ds <= day(last)] for name, column in rows.items()}
        ahead = {"ds": [day(last + k) for k in (1, 2, 3)], "fair": [int((last + k) % 10 == 3) for k in (1, 2, 3)]}
        told = model(season=7).fit(known).predict(3, ahead).to_pylist()
        assert [row["mean"] for row in told] == [row["Demand"] for row in found if row["cutoff"] == day(last)]
    unknown = asked.cross_validation(rows, 3, cutoffs=[day(61)]).to_pylist()
    assert unknown[0]["Demand"] == found[0]["Demand"] and unknown[1]["Demand"] < found[1]["Demand"]
    assert cstn.forecast_score(past, "mae", models=["Demand"]).to_pylist()[0]["value"] < 3


def test_a_backtest_changes_no_model_and_needs_none():
    asked = model()
    asked.cross_validation(history(), 2).to_pylist()
    with pytest.raises(cstn.StateError, match="not fitted"):
        asked.predict(1)
    before = asked.fit(history()).to_bytes()
    asked.cross_validation(history(), 2, n_windows=3).to_pylist()
    assert asked.to_bytes() == before


def test_a_backtest_over_missing_periods_is_that_of_a_model_told_the_rows_there_are():
    whole = history(days=60)
    # of "a" days are missing in the middle, at a cutoff and ahead of it
    gone = {("a", day(t)) for t in (20, 21, 48, 49, 52, 57)}
    keep = [i for i, at in enumerate(zip(whole["unique_id"], whole["ds"])) if at not in gone]
    rows = {name: [values[i] for i in keep] for name, values in whole.items()}
    tested = model(gap="missing").cross_validation(
        rows, 5, n_windows=3, step_size=5, assume_known=True
    )
    seen = set()
    for row in tested.to_pylist():
        seen.add((row["unique_id"], row["cutoff"]))
        known = [i for i, ds in enumerate(rows["ds"]) if ds <= row["cutoff"]]
        told = model(gap="missing").fit({name: [v[i] for i in known] for name, v in rows.items()})
        ahead = {"ds": [day(t) for t in range(70)], "fair": [int(t % 10 == 3) for t in range(70)]}
        keys = {"unique_id": [row["unique_id"]]}
        path = {one["ds"]: one for one in told.predict(9, ahead, keys=keys).to_pylist()}
        assert row["Demand"] == path[row["ds"]]["mean"]
        assert (row["unique_id"], row["ds"]) not in gone
        at = list(zip(rows["unique_id"], rows["ds"])).index((row["unique_id"], row["ds"]))
        assert row["y"] == rows["y"][at]
        assert row["h"] == (row["ds"] - row["cutoff"]).days
    assert seen == {(key, day(t)) for key in "ab" for t in (44, 49, 54)}


def test_a_backtest_refuses_what_no_model_can_learn_from():
    rows = history(("a",), 20)
    rows["y"][7] = -1.0
    asked = model()
    assert asked.cross_validation(rows, 2).to_pylist() == []
    assert [(row.key, row.row, row.code) for row in asked.bad_rows_] == [("a", 7, "NEGATIVE")]
    with pytest.raises(cstn.InvalidArgumentError, match="gap is 2"):
        model(gap="missing").cross_validation(history(), 2, models="Naive").to_pylist()
    with pytest.raises(cstn.InvalidArgumentError, match="h is 0"):
        model().cross_validation(history(), 0)
    with pytest.raises(cstn.InvalidArgumentError, match="models"):
        model().cross_validation(history(), 1, models="Demand")
    late = history(("a",), 20)
    late["available_us"] = [(19_724 + t + (t != 9) - 1 + 3 * (t == 9)) * 86_400_000_000 for t in range(20)]
    with pytest.raises(cstn.LeakageError, match="ds"):
        model().cross_validation(late, 2, cutoffs=[day(9)]).to_pylist()
    absent = history()
    del absent["fair"]
    with pytest.raises(cstn.SchemaError, match="fair"):
        model().cross_validation(absent, 2).to_pylist()
