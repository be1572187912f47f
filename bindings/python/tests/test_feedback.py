"""The feedback loop, against counting in plain Python."""

import datetime as dt
import pickle
import random

import pytest

import constellation as cstn
from constellation.feedback import DIMENSIONS

DAY = dt.timedelta(days=1)
START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
KINDS = ["NPS_ANSWER", "COMPLAINT", "ORDER_FAILED", "ORDER_PERFECT", "PLAN_PROMISED"]


def made(seed: int, n: int = 600):
    draw = random.Random(seed)
    rows = []
    for event in range(n):
        kind = draw.choice(KINDS)
        rows.append({
            "event_id": event,
            "customer": f"c{draw.randrange(60)}",
            "kind": kind,
            "valid": START + DAY * draw.randrange(300),
            "order_id": draw.choice([None, f"O{draw.randrange(150)}"]),
            "reason": draw.choice([None, "late", "damaged", "rude"]),
            "number": draw.randrange(11) if kind == "NPS_ANSWER" else None,
            "carrier": draw.choice([None, "DHL", "UPS", "GLS"]),
            "segment": draw.choice([None, "gold", "blue"]),
        })
    return rows


def frame(rows):
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


@pytest.fixture(scope="module")
def rows():
    return made(1)


@pytest.fixture(scope="module")
def said(rows):
    state = cstn.Interactions()
    state.update(frame(rows))
    return state


@pytest.mark.parametrize("answers", ["latest", "first", "all"])
def test_scores_are_those_of_counting_by_hand(rows, said, answers):
    taken = sorted(
        (r for r in rows if r["kind"] == "NPS_ANSWER"), key=lambda r: (r["valid"], r["event_id"])
    )
    if answers != "all":
        one = {}
        for row in taken if answers == "latest" else reversed(taken):
            one[row["customer"]] = row
        taken = list(one.values())
    for score in said.net_promoter(answers=answers).to_pylist():
        mine = [r["number"] for r in taken if score["all"] or r["segment"] == score["segment"]]
        n, good, bad = len(mine), sum(a >= 9 for a in mine), sum(a <= 6 for a in mine)
        assert (score["n"], score["promoters"], score["detractors"]) == (n, good, bad)
        assert score["nps"] == pytest.approx((good - bad) / n, abs=1e-15)
        assert score["se"] ** 2 * n == pytest.approx(score["variance"], abs=1e-12)
        assert score["low"] < score["nps"] < score["high"]


def test_reasons_are_those_of_counting_by_hand(rows, said):
    told = said.reasons().to_pylist()
    expected = []
    for dimension in ("all", "carrier", "segment"):
        values = [None] if dimension == "all" else sorted({r[dimension] for r in rows} - {None})
        for value in values:
            here = [r for r in rows if dimension == "all" or r[dimension] == value]
            at_risk = {r["order_id"] for r in here} - {None}
            told_here = [r for r in here if r["kind"] != "PLAN_PROMISED"]
            for reason in sorted({r["reason"] for r in told_here} - {None}):
                mine = [r for r in told_here if r["reason"] == reason]
                orders = {r["order_id"] for r in mine} - {None}
                expected.append((
                    dimension, value, reason, len(mine), len({r["customer"] for r in mine}),
                    len(orders), len(at_risk), len(orders) / len(at_risk),
                ))
    names = ["dimension", "value", "reason", "interactions", "customers", "orders",
             "orders_at_risk", "share"]
    assert [tuple(row[name] for name in names) for row in told] == expected


def test_orders_are_those_of_the_reasons(rows, said):
    told = said.orders().to_pylist()
    mine = {(r["carrier"], r["reason"], r["order_id"]) for r in rows
            if r["carrier"] and r["reason"] and r["order_id"] and r["kind"] != "PLAN_PROMISED"}
    assert {(r["value"], r["reason"], r["order_id"]) for r in told
            if r["dimension"] == "carrier"} == mine


@pytest.mark.parametrize("window", [30, 90])
def test_the_effect_is_that_of_counting_by_hand(rows, said, window):
    until = START + 250 * DAY
    for row in said.effect(until, window_days=window).to_pylist():
        plans = [r for r in rows if r["kind"] == "PLAN_PROMISED" and r["valid"] < until
                 and row["reason"] in (None, r["reason"])]
        old = [p for p in plans if p["valid"] + window * DAY < until]
        assert (row["plans"], row["plans_young"]) == (len(plans), len(plans) - len(old))
        for side in ("before", "after"):
            judged = [
                r["kind"] for p in old for r in rows
                if r["customer"] == p["customer"] and r["kind"].startswith("ORDER_")
                and (p["valid"] - window * DAY < r["valid"] <= p["valid"] if side == "before"
                     else p["valid"] < r["valid"] <= p["valid"] + window * DAY)
            ]
            assert row[f"{side}_orders"] == len(judged)
            assert row[f"{side}_failed"] == judged.count("ORDER_FAILED")


def test_any_order_repetition_and_merging_gives_the_same_bytes(rows, said):
    shuffled = rows + rows[:100]
    random.Random(2).shuffle(shuffled)
    parts = [cstn.Interactions(), cstn.Interactions()]
    parts[0].update(frame(shuffled[:250]))
    parts[1].update(frame(shuffled[250:]))
    assert len(parts[0].merge(parts[1])) == 600
    assert parts[0].serialize() == said.serialize()
    again = pickle.loads(pickle.dumps(said))
    assert again.serialize() == said.serialize()


def test_other_content_under_an_id_raises_and_changes_nothing(rows, said):
    before = said.serialize()
    with pytest.raises(cstn.ConflictError, match="event 7 is there with another reason"):
        said.update(frame([{**rows[7], "reason": "another"}]))
    assert said.serialize() == before


def test_an_answer_outside_its_scale_is_a_row_error(rows):
    state = cstn.Interactions()
    answer = {"event_id": [1, 2], "customer": ["a", "b"], "kind": ["NPS_ANSWER"] * 2,
              "valid": [START.date()] * 2, "number": [11, 10]}
    with pytest.raises(cstn.RowErrors, match="row 0, column 'number'"):
        state.update(answer)
    assert len(state) == 1


def test_a_table_that_leaves_the_company_shows_no_small_count():
    state = cstn.Interactions()
    for n, reason in ((4, "late"), (5, "damaged")):
        state.update({
            "event_id": [f"{reason}{i}" for i in range(n)], "customer": [f"{i}" for i in range(n)],
            "kind": ["COMPLAINT"] * n, "valid": [START.date()] * n,
            "order_id": [f"{reason}{i}" for i in range(n)], "reason": [reason] * n,
        })
    counts = {row["reason"]: row["orders"] for row in state.reasons(floor=5).to_pylist()}
    assert counts == {"damaged": 5, "late": None}
    with pytest.raises(cstn.InvalidArgumentError, match="floor is 4"):
        state.reasons(floor=4).to_pylist()


def test_pandas_in_and_out(rows):
    pandas = pytest.importorskip("pandas")
    state = cstn.Interactions()
    table = pandas.DataFrame(rows)
    table["number"] = table["number"].astype("Int64")
    state.update(table)
    assert isinstance(state.reasons(), pandas.DataFrame)


def test_plot_of_reasons(said):
    pytest.importorskip("matplotlib").use("Agg")
    ax = said.plot_reasons("carrier", most=4)
    assert len(ax.get_yticklabels()) == 4
    with pytest.raises(cstn.InvalidArgumentError, match="dimension 'town'"):
        said.plot_reasons("town")
    assert DIMENSIONS[0] == "all"
