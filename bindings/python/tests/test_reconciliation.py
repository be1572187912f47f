"""Forecasts made to add up: as the C tests know them, from any kind of frame."""

from __future__ import annotations

from datetime import date

import pytest

from constellation import (
    DuplicateError,
    InvalidArgumentError,
    LimitError,
    RowErrors,
    SchemaError,
    reconcile,
)

NODES = {"unique_id": ["all", "a", "b"], "parent": [None, "all", "all"]}
BASE = {"unique_id": ["all", "a", "b"], "ds": [date(2025, 1, 1)] * 3, "mean": [13.0, 4.0, 6.0]}


def means(*arguments: object, **more: object) -> list:
    return [row["mean"] for row in reconcile(*arguments, **more).to_pylist()]


def test_what_is_missing_is_shared_by_the_weights() -> None:
    assert means(NODES, BASE) == [11.5, 4.75, 6.75]
    assert means(NODES, BASE, method="bottom_up") == [10.0, 4.0, 6.0]
    assert means(NODES, BASE, method="top_down") == [13.0, 5.5, 7.5]
    assert means({**NODES, "w": [2.0, 1.0, 3.0]}, BASE, weights="given") == [12.0, 4.5, 7.5]
    assert means(NODES, BASE, integers=True) == [12.0, 5.0, 7.0]


def test_frames_of_models_come_back_as_they_went_in() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "item": ["b", "all", "a"] * 2,
            "ds": pandas.to_datetime(["2025-01-01"] * 3 + ["2025-02-01"] * 3),
            "h": [1, 1, 1, 2, 2, 2],
            "SES": [6.0, 13.0, 4.0, 1.0, 2.0, 1.0],
            "Theta": [1, 2, 1, 6, 13, 4],
        }
    )
    out = reconcile(pandas.DataFrame(NODES), frame, columns={"unique_id": "item"})
    assert list(out.columns) == ["unique_id", "ds", "SES", "Theta"]
    assert out["SES"].tolist() == [6.75, 11.5, 4.75, 1.0, 2.0, 1.0]
    assert out["Theta"].tolist() == [1.0, 2.0, 1.0, 6.75, 11.5, 4.75]


def test_quantiles_move_with_their_mean() -> None:
    base = {**BASE, "q_900000": [20.0, 8.0, 9.0]}
    rows = reconcile(NODES, base).to_pylist()
    assert [row["q_900000"] for row in rows] == [18.5, 8.75, 9.75]


def test_past_rows_give_the_weights() -> None:
    base = {
        "unique_id": ["all", "a", "b", "all", "a", "b"],
        "ds": [1, 1, 1, 2, 2, 2],
        "mean": [5.0, 2.0, 4.0, 14.0, 4.0, 6.0],
        "y": [3.0, 1.0, 3.0, None, None, None],
    }
    rows = reconcile(NODES, base, weights="variance").to_pylist()
    assert [row["ds"] for row in rows] == [2, 2, 2]
    assert [row["mean"] for row in rows] == pytest.approx([11 + 1 / 3, 4 + 2 / 3, 6 + 2 / 3])


def test_levels_and_crossed_trees() -> None:
    leaves = {"unique_id": ["s", "t"], "state": ["V", "W"]}
    base = {"unique_id": ["all", "V", "W", "s", "t"], "ds": [1] * 5, "mean": [8.0, 1, 2, 1, 2]}
    out = means(leaves, base, levels=["state"], total="all")
    assert out[0] == pytest.approx(out[1] + out[2])
    crossed = {
        "unique_id": ["ax", "ay", "bx", "by"] * 2,
        "parent": ["a", "a", "b", "b", "x", "y", "x", "y"],
        "tree": ["place"] * 4 + ["kind"] * 4,
    }
    ids = ["a", "b", "x", "y", "ax", "ay", "bx", "by"]
    base = {"unique_id": ids, "ds": [1] * 8, "mean": [17.0, 11, 9, 30, 5, 6, 5, 4]}
    told = dict(zip(ids, means(crossed, base)))
    assert told["a"] == pytest.approx(told["ax"] + told["ay"], rel=1e-12)
    assert told["y"] == pytest.approx(told["ay"] + told["by"], rel=1e-12)
    with pytest.raises(LimitError, match="residual"):
        means(crossed, base, max_steps=1)


def test_no_leaf_goes_below_0() -> None:
    base = {**BASE, "mean": [0.0, 3.0, -6.0]}
    assert means(NODES, base, not_negative=True) == [2.0, 2.0, 0.0]


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InvalidArgumentError, match="'b' has no forecast for ds 2025-01-01"):
        means(NODES, {name: column[:2] for name, column in BASE.items()})
    with pytest.raises(DuplicateError, match="'b' has two forecasts"):
        means(NODES, {name: [*column, column[2]] for name, column in BASE.items()})
    with pytest.raises(InvalidArgumentError, match="'a' has two parents"):
        means({"unique_id": ["a", "a"], "parent": ["x", "y"]}, BASE)
    with pytest.raises(RowErrors, match="nothing was taken"):
        means(NODES, {**BASE, "mean": [1.0, None, 2.0]})
    with pytest.raises(SchemaError, match="'sold'"):
        means(NODES, BASE, values="sold")
    with pytest.raises(InvalidArgumentError, match="middle_out"):
        means(NODES, BASE, method="middle_out")
