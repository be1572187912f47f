"""Planning with a partner: as the C tests know it, from any kind of frame."""

from __future__ import annotations

import pytest

from constellation import InvalidArgumentError, PartnerPlan, SchemaError, plan_orders

CELLS = {
    "unique_id": ["i"] * 5,
    "ds": [1, 2, 3, 4, 5],
    "y": [10.0, 10.0, 10.0, 10.0, None],
    "a": [12.0, 10.0, 14.0, 12.0, 20.0],
    "b": [9.0, 11.0, 7.0, 9.0, 15.0],
}


def test_sides_stand_beside_their_past() -> None:
    (row,) = PartnerPlan(cells_least=4, quantile_ppm=500_000).compare(CELLS).to_pylist()
    assert (row["difference"], row["cells"], row["a_bias"], row["b_bias"]) == (5, 4, 2, -1)
    assert (row["threshold"], row["rule"], row["why"]) == (3, 1, "learned")
    assert row["is_frozen"] is False
    assert PartnerPlan().compare(CELLS, exceptions_only=True).to_pylist() == []


def test_the_consensus_is_the_blend_unless_planners_say_why_not() -> None:
    plan = PartnerPlan(reasons=[7])
    (row,) = plan.resolve(CELLS).to_pylist()
    assert row["consensus"] == row["blend"] == pytest.approx(17.5 - 1 / 12)
    decided = {**CELLS, "override": [None] * 4 + [16], "reason": [None] * 4 + [7]}
    assert plan.resolve(decided).to_pylist()[0]["consensus"] == 16
    assert plan.bad_rows_ is None
    unknown = {**decided, "reason": [None] * 4 + [8]}
    assert plan.resolve(unknown).to_pylist() == []
    assert [(bad.row, bad.field, bad.code) for bad in plan.bad_rows_ or ()] == [
        (4, "reason", "VALUE")
    ]


def test_nothing_is_resolved_within_the_freeze() -> None:
    plan = PartnerPlan(freeze=1)
    assert plan.resolve(CELLS).to_pylist() == []
    assert [bad.code for bad in plan.bad_rows_ or ()] == ["RANGE"]


def test_frames_come_back_as_they_went_in() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(CELLS).rename(columns={"a": "ours", "b": "theirs"})
    out = PartnerPlan().ledger(frame, by="horizon", columns={"a": "ours", "b": "theirs"})
    assert isinstance(out, pandas.DataFrame)
    assert out["cells"].tolist() == [4, 4]
    assert out["b_wins"].tolist() == [0, 0]
    assert out["draws"].tolist() == [4, 4]
    assert out["gain"].tolist() == [-0.5, -0.5]


def test_orders_lift_the_position_in_packs() -> None:
    rows = {"unique_id": ["i"] * 3, "ds": [1, 2, 3], "mean": [10, 10, 10], "on_hand": [15] * 3}
    first, second, third = plan_orders({**rows, "pack": [6] * 3}, lead=1).to_pylist()
    assert first["order"] == 18 and first["target"] == 28  # 20 on the mean
    assert second["arriving"] == 18
    assert third["order"] is None
    bad = []
    assert plan_orders({**rows, "pack": [0] * 3}, keep_bad_rows=bad.append).to_pylist() == []
    assert [row.field for row in bad[0]] == ["pack"]


def test_both_sides_are_drawn() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    _, ax = pyplot.subplots()
    plan = PartnerPlan(agreed_units=1.0)
    assert plan.plot(CELLS, "i", ax=ax) is ax
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["side a", "side b", "consensus", "exception"]
    assert [text.get_text() for text in ax.texts] == ["agreed"]
    with pytest.raises(InvalidArgumentError, match="no open cell"):
        plan.plot(CELLS, "j", ax=ax)
    pyplot.close("all")


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InvalidArgumentError, match="freeze is -1"):
        PartnerPlan(freeze=-1).compare(CELLS).to_pylist()
    with pytest.raises(InvalidArgumentError, match="weather"):
        PartnerPlan().ledger(CELLS, by="weather")
    with pytest.raises(SchemaError, match="'b'"):
        PartnerPlan().compare({name: CELLS[name] for name in ("unique_id", "ds", "y", "a")}).to_pylist()
    with pytest.raises(InvalidArgumentError, match="lead is 2000"):
        plan_orders(CELLS, lead=2000, columns={"mean": "a"}).to_pylist()
