"""The signal model from frames: against the textbook in long doubles, and as a state."""

from __future__ import annotations

import pickle
from typing import Any, Dict, List

import pytest

from constellation import (
    ConflictError,
    InvalidArgumentError,
    MismatchError,
    RowErrors,
    SchemaError,
    SignalModel,
    SignalRegression,
    StateError,
)

np = pytest.importorskip("numpy")

DAYS = 240


def history(series: int = 3, days: int = DAYS, seed: int = 1) -> Dict[str, Any]:
    """Sales under a price, a fair now and then, and a temperature that is sometimes not known."""
    rng = np.random.default_rng(seed)
    n = series * days
    day, number = np.tile(np.arange(days), series), np.repeat(np.arange(series), days)
    price, fair, warm = rng.uniform(0, 1, n), (rng.uniform(size=n) < 0.1) * 1.0, rng.normal(size=n)
    z = 3 + 0.5 * number - 1.2 * price + 0.7 * fair + 0.2 * warm + rng.normal(0, 0.1, n)
    z += 0.3 * np.sin(day / 40)
    return {"unique_id": [f"s{i}" for i in number], "ds": day, "y": np.exp(z) - 1, "price": price,
            "fair": fair, "warm": warm}


SIGNALS = ["price", "fair", "warm"]


def rows(frame: Dict[str, Any], keep: Any) -> Dict[str, Any]:
    return {name: np.asarray(values)[keep].tolist() for name, values in frame.items()}


def textbook(y: Any, x: Any, forgetting: float, noise: float, precision: float) -> Any:
    """Recursive least squares with the whole matrix, in long doubles."""
    n = x.shape[1] + 1
    effects, p = np.zeros(n, np.longdouble), np.diag([1e6] + [1 / precision] * (n - 1)).astype(np.longdouble)
    for t, (value, signals) in enumerate(zip(y, x)):
        row = np.concatenate([[1], signals]).astype(np.longdouble)
        p[0, 0] += noise if t else 0
        px = p @ row
        alpha = forgetting + row @ px
        effects = effects + px * ((np.log1p(np.longdouble(value)) - row @ effects) / alpha)
        p = (p - np.outer(px, px) / alpha) / forgetting
    return effects


def learned(model: SignalModel, key: str) -> List[float]:
    return [row["effect"] for row in model.effects("table").to_pylist() if row["unique_id"] == key]


@pytest.mark.parametrize("forgetting, level", [(1.0, 0.0), (1.0, 0.08), (0.998, 0.08)])
def test_effects_are_those_of_the_textbook(forgetting: float, level: float) -> None:
    frame = history()
    model = SignalModel(SIGNALS, season=1, forgetting=forgetting, level=level).fit(frame)
    for key in ("s0", "s2"):
        own = np.array(frame["unique_id"]) == key
        x = np.stack([frame[name][own] for name in SIGNALS], axis=1)
        wanted = textbook(frame["y"][own], x, forgetting, level**2 / (1 - level), 2.0)
        # where forgetting is on, what was unknown before does not grow: the first rows differ
        assert learned(model, key) == pytest.approx(wanted.astype(float), abs=2e-5 if forgetting == 1 else 2e-3)


def test_a_steady_level_without_forgetting_is_the_ridge() -> None:
    frame = history(1)
    model = SignalModel(SIGNALS, season=1, forgetting=1.0, level=0.0, precision=5.0).fit(frame)
    x = np.stack([np.ones(DAYS)] + [frame[name] for name in SIGNALS], axis=1)
    penalty = np.diag([0.0, 5, 5, 5])
    wanted = np.linalg.solve(x.T @ x + penalty, x.T @ np.log1p(frame["y"]))
    assert learned(model, "s0") == pytest.approx(wanted, abs=2e-5)


def test_it_forecasts_like_the_regression_of_whole_histories() -> None:
    frame = history(2, DAYS + 7)
    frame["y"] = np.where(frame["ds"] < DAYS, frame["y"], np.nan)
    known, ahead = rows(frame, frame["ds"] < DAYS), rows(frame, frame["ds"] >= DAYS)
    del ahead["y"]
    told = SignalModel(SIGNALS, season=7).fit(known).predict(X_df=ahead).to_pylist()
    frame["y"] = [None if np.isnan(y) else y for y in frame["y"]]
    whole = SignalRegression(SIGNALS, season=7).fit(frame).predict(7).to_pylist()
    assert [row["ds"] for row in told] == [row["ds"] for row in whole]
    assert [row["mean"] for row in told] == pytest.approx([row["mean"] for row in whole], rel=0.12)
    assert {row["flags"] for row in told} == {16}
    near = SignalModel(SIGNALS, season=7).fit(known).predict(2, ahead).to_pylist()
    assert near == [row for row in told if row["h"] <= 2]


def test_batches_rows_merging_and_pickling_change_no_byte() -> None:
    frame = history()
    frame["warm"] = [None if i % 13 == 0 else value for i, value in enumerate(frame["warm"])]
    whole = SignalModel(SIGNALS, season=7, threads=3).fit(frame)
    days, keys = np.asarray(frame["ds"]), np.array(frame["unique_id"])
    late = SignalModel(SIGNALS, season=7).fit(rows(frame, days < 100))
    late = pickle.loads(pickle.dumps(late))
    late.partial_fit(rows(frame, (days >= 100) & (days < DAYS - 1)))
    for i in np.flatnonzero(days == DAYS - 1):
        late.update_one(keys[i], int(days[i]), frame["y"][i], {name: frame[name][i] for name in SIGNALS})
    assert late.to_bytes() == whole.to_bytes()
    parts = [SignalModel(SIGNALS, season=7).fit(rows(frame, keys == key)) for key in ("s2", "s0", "s1")]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    assert merged.to_bytes() == whole.to_bytes()
    again = SignalModel(SIGNALS, season=7).load_bytes(whole.to_bytes())
    assert again.digest_ == whole.digest_ and again.size_["series"] == 3
    with pytest.raises(ConflictError):
        whole.merge(parts[1])
    with pytest.raises(MismatchError):
        SignalModel(SIGNALS, season=7, precision=3.0).load_bytes(whole.to_bytes())


def test_a_state_of_sixteen_columns_has_seven_hundred_bytes() -> None:
    names = [f"x{i}" for i in range(16)]
    model = SignalModel(names, season=1).fit(
        {"unique_id": [1, 1], "ds": [1, 2], "y": [3.0, 4.0], **{name: [0.0, 1.0] for name in names}})
    assert model.size_["series_bytes"] == 700 and model.size_["columns"] == 16


def test_new_series_begin_at_what_their_pool_knows() -> None:
    frame = history(8)
    plain, pooled = SignalModel(SIGNALS, season=1).fit(frame), SignalModel(SIGNALS, season=1).fit(frame)
    assert pooled.pools("table").to_pylist() == []
    pooled.learn_pools()
    told = {row["name"]: row for row in pooled.pools("table").to_pylist()}
    assert told["fair"]["effect"] == pytest.approx(0.7, abs=0.03) and told["fair"]["series"] == 8
    assert told["fair"]["deviation"] < 0.1
    for model in (plain, pooled):
        model.update_one("new", DAYS, 50, {"price": 0.5, "fair": 0, "warm": 0})
    ahead = [{"price": 0.5, "fair": 1, "warm": 0}]
    assert pooled.forecast_one("new", 1, ahead)["mean"][0] == pytest.approx(100, rel=0.08)
    assert plain.forecast_one("new", 1, ahead)["mean"][0] == pytest.approx(50, rel=0.08)
    shrunk = SignalModel(SIGNALS, season=1, shrink=True).fit(frame)
    assert shrunk.size_["pools"] == 1 and shrunk.size_["series"] == 8
    assert shrunk.forecast_one("nobody", 2)["flags"] == [5, 5]


def test_a_signal_that_is_not_known_has_its_mean_and_is_told() -> None:
    frame = history(1)
    model = SignalModel(SIGNALS, season=1).fit(frame)
    mean = {row["name"]: row["mean"] for row in model.effects("table").to_pylist()}
    told = model.forecast_one("s0", 1, [{"price": 0.5, "warm": 0.0}])
    full = model.forecast_one("s0", 1, [{"price": 0.5, "warm": 0.0, "fair": mean["fair"]}])
    assert told["flags"] == [20] and full["flags"] == [16]
    assert told["mean"] == pytest.approx(full["mean"], rel=1e-9) and 0 < mean["fair"] < 0.5
    assert {row["flags"] for row in model.predict(3).to_pylist()} == {4}


def test_bad_rows_are_told_and_what_cannot_be_is_refused() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(history(2)).rename(columns={"y": "sold"})
    frame.loc[3, "sold"] = -1.0
    model = SignalModel(SIGNALS, season=1).fit(frame, columns={"y": "sold"})
    assert model.bad_rows_ is not None and [row.row for row in model.bad_rows_] == [3]
    told = model.predict(2)
    assert isinstance(told, pandas.DataFrame) and told["unique_id"].tolist() == ["s1", "s1"]
    with pytest.raises(RowErrors):
        model.update_one("s1", DAYS - 1, 1.0, [0, 0, 0])
    with pytest.raises(InvalidArgumentError, match="'rain' is no signal"):
        model.update_one("s1", DAYS, 1.0, {"rain": 1})
    with pytest.raises(InvalidArgumentError, match="2 signals, 3 expected"):
        model.forecast_one("s1", 1, [[0, 0]])
    with pytest.raises(InvalidArgumentError):
        SignalModel({"price": "next"}).fit(frame)
    with pytest.raises(InvalidArgumentError):
        SignalModel(forgetting=0.5).fit(frame)
    with pytest.raises(SchemaError):
        SignalModel(["rain"]).fit(history(1))
    with pytest.raises(StateError):
        SignalModel().predict()
