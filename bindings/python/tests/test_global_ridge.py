"""The global ridge from frames: as the C tests know it."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any, Dict, List

import pytest

from constellation import (
    DemandModel,
    EmptyError,
    GlobalRidge,
    InvalidArgumentError,
    SchemaError,
    StateError,
    forecast_weights,
    plot,
)

DAYS, AHEAD = 190, 7


def rows(ahead: int = AHEAD + 1, fair: bool = True) -> Dict[str, List[Any]]:
    """Two pools; a fair on every eleventh day sells double, in pool q fourfold."""
    columns: Dict[str, List[Any]] = {name: [] for name in ("unique_id", "ds", "y", "pool", "fair")}
    for series in range(6):
        for day in range(DAYS + ahead):
            held = day % 11 == 5
            y = (3.0 + day % 7) * (series + 1) * ((4 if series % 2 else 2) if held else 1)
            values = (f"s{series}", day, y if day < DAYS else None, "qp"[series % 2 == 0],
                      float(held and (fair or day < DAYS)))
            for name, value in zip(columns, values):
                columns[name].append(value)
    return columns


def ridge(**others: Any) -> GlobalRidge:
    options: Dict[str, Any] = dict(
        pool="pool", season=7, horizon=AHEAD, origins=10, penalty=1e-6, threads=1
    )
    options.update(others)
    return GlobalRidge({"fair": ["by_pool"]}, **options)


def test_an_event_is_learned_by_pool() -> None:
    model = ridge().fit(rows())
    with_it, without = (model.predict(rows(fair=held)).to_pylist() for held in (True, False))
    third = [row["mean"] / other["mean"] for row, other in zip(with_it, without) if row["h"] == 3]
    assert third == pytest.approx([2, 4] * 3, rel=0.2)
    assert [row["ds"] for row in with_it[:AHEAD]] == list(range(DAYS, DAYS + AHEAD))
    assert {row["flags"] for row in with_it} == {16}
    assert model.bad_rows_ is None


def test_trees_forecast_beside_the_ridge() -> None:
    model = ridge(trees=40).fit(rows())
    told = model.predict(rows()).to_pylist()
    assert list(told[0]) == ["unique_id", "ds", "h", "mean", "flags", "ridge"]
    assert sum(row["ridge"] for row in told) == pytest.approx(sum(row["mean"] for row in told), rel=0.3)
    assert model.get_number("trees") == 40
    cuts = model.cuts().to_pylist()
    assert sum(row["cuts"] for row in cuts) >= 40 and cuts[-1]["of"] == "fair"
    assert ridge(trees=40, threads=3).fit(rows()).serialize() == model.serialize()
    again = GlobalRidge.deserialize(model.serialize())
    assert again.trees == 40 and again.predict(rows()).to_pylist() == told
    assert ridge().fit(rows()).cuts().to_pylist() == []


def test_a_mean_stands_in_for_a_signal_that_is_not_known() -> None:
    told = ridge().fit(rows()).predict(rows(ahead=2)).to_pylist()
    assert [row["flags"] for row in told[:4]] == [16, 16, 20, 20]


def test_the_same_bytes_for_any_threads_and_back() -> None:
    model = ridge().fit(rows())
    assert ridge(threads=3).fit(rows()).serialize() == model.serialize()
    again = GlobalRidge.deserialize(model.serialize())
    assert again.signals == {"fair": ["by_pool"]} and again.horizon == AHEAD
    for other in (again, pickle.loads(pickle.dumps(model)), copy.copy(model)):
        assert other.predict(rows()).to_pylist() == model.predict(rows()).to_pylist()


def test_tables_tell_coefficients_and_levels() -> None:
    model = ridge().fit(rows())
    told = model.coefficients().to_pylist()
    assert len(told) == model.get_number("columns") == 19 + 7 + 1 + 2
    assert [row["pool"] for row in told if row["of"] == "fair"] == [None, "p", "q"]
    assert [row["pool"] for row in model.pools().to_pylist()] == ["p", "q"]
    assert [row["level"] for row in model.pools().to_pylist()] == pytest.approx([1, 1], abs=0.05)


def test_frames_come_back_as_they_went_in() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows()).rename(columns={"unique_id": "item"})
    model = ridge().fit(frame, columns={"unique_id": "item"})
    told = model.predict(frame, 2, columns={"unique_id": "item"})
    assert isinstance(told, pandas.DataFrame)
    assert list(told.columns) == ["unique_id", "ds", "h", "mean", "flags"]
    assert len(told) == 12


def test_a_local_model_is_averaged_with() -> None:
    known = rows(ahead=0)
    known["fair"] = [int(held) for held in known["fair"]]
    local = DemandModel("pool", ["fair"], season=7).fit(known)
    model = ridge().fit(rows())
    told = model.predict(rows(), local=local).to_pylist()
    assert {row["model"] for row in told} == {"sensed"}
    assert [row["mean"] for row in told] == pytest.approx(
        [(row["global"] + row["local"]) / 2 for row in told]
    )
    alone = local.forecast_one("s1", 3, events=[[], [], ["fair"]])["mean"]
    assert [row["local"] for row in told[AHEAD : AHEAD + 3]] == alone
    table = model.predict(rows(), local=local, frame="table")
    assert table.to_pylist() == told


def test_weights_say_how_much_a_local_model_counts() -> None:
    known = rows(ahead=0)
    known["fair"] = [int(held) for held in known["fair"]]
    local = DemandModel("pool", ["fair"], season=7).fit(known)
    model = ridge().fit(rows())
    pools = dict(zip(known["unique_id"], known["pool"]))
    past = [{**row, "pool": pools[row["unique_id"]], "y": row["global"] + 1}
            for row in model.predict(rows(), local=local).to_pylist()]  # fmt: skip
    weights = forecast_weights(past, pool="pool").to_pylist()
    assert [(row["pool"], row["week"]) for row in weights] == [("p", 1), ("q", 1)]
    assert all(row["global"] + row["local"] == pytest.approx(1) for row in weights)
    share = {row["pool"]: row["local"] for row in weights}
    told = model.predict(rows(), local=local, weights=weights).to_pylist()
    for row in told:
        of = share[pools[row["unique_id"]]]
        assert row["mean"] == pytest.approx(row["global"] * (1 - of) + row["local"] * of)
    parts = model.explain(rows(), local=local, weights=weights).to_pylist()
    assert [row["mean"] for row in parts] == [row["mean"] for row in told]
    with pytest.raises(InvalidArgumentError, match="n_components"):
        forecast_weights(past, ["global"]).to_pylist()
    bad: list = []
    told = forecast_weights([*past, {**past[0], "h": 0}], keep_bad_rows=bad.append).to_pylist()
    assert [row["n"] for row in told] == [len(past)]
    assert bad[0] is not None and len(bad[0]) == 1


PARTS = ("baseline", "level", "season", "month", "pool", "recalibration", "floor", "signal_fair")


@pytest.mark.parametrize("trees", [0, 20])
def test_parts_of_forecasts_add_up_alone_and_with_a_local_model(trees) -> None:
    known = rows(ahead=0)
    known["fair"] = [int(held) for held in known["fair"]]
    local = DemandModel("pool", ["fair"], season=7).fit(known)
    model = ridge(trees=trees).fit(rows())
    for with_local in (None, local):
        told = model.explain(rows(), local=with_local).to_pylist()
        wanted = model.predict(rows(), local=with_local).to_pylist()
        beside = ["model"] if with_local else []
        assert list(told[0]) == ["unique_id", "ds", "h", "mean", *PARTS, "flags", *beside]
        assert [row["mean"] for row in told] == [row["mean"] for row in wanted]
        for row in told:
            sum_of = math.fsum(row[name] for name in PARTS)
            assert sum_of == pytest.approx(row["mean"], rel=1e-9, abs=1e-12)
    assert any(row["signal_fair"] for row in told)
    pytest.importorskip("matplotlib").use("Agg")
    assert plot.waterfall(told[2]).get_title(loc="left").startswith("s0, ")


def test_a_bad_row_leaves_out_its_series_and_is_told() -> None:
    frame = rows()
    frame["y"][3] = None
    model = ridge().fit(frame)
    assert model.bad_rows_ is not None and [row.row for row in model.bad_rows_] == [3]
    assert model.get_number("series") == 5


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SchemaError):
        ridge().fit({"unique_id": ["a"], "ds": [1], "y": [1.0]})
    with pytest.raises(EmptyError):
        ridge(pool=None).fit({"unique_id": ["a"], "ds": [1], "y": [1.0], "fair": [0.0]})
    with pytest.raises(InvalidArgumentError):
        ridge(horizon=2000).fit(rows())
    with pytest.raises(InvalidArgumentError):
        ridge(trees=2001).fit(rows())
    with pytest.raises(InvalidArgumentError):
        GlobalRidge({"fair": ["always"]}).fit(rows())
    with pytest.raises(StateError):
        GlobalRidge().predict(rows())
