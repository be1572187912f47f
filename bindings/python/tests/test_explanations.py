"""Explanations: parts that add up to forecasts, the same in any frame, and their picture."""

import math

import pytest

import constellation as cstn
from constellation import plot
from constellation.errors import InvalidArgumentError

WEEK = (3, 4, 5, 4, 7, 9, 1)
DAYS = 140


def history(*events: str) -> dict:
    """Two series; the first event doubles what is sold, the second halves it."""
    factors = dict(zip(events, (2.0, 0.5)))
    happens = {event: [int(t % (11 + 4 * i) == 3) for t in range(DAYS)] for i, event in enumerate(events)}
    rows: dict = {name: [] for name in ("unique_id", "ds", "y", *events)}
    for k, key in enumerate(("a", "b"), 1):
        for t in range(DAYS):
            rows["unique_id"].append(key)
            rows["ds"].append(t)
            y = k * (4 * WEEK[t % 7] + t * t % 5)
            for event in events:
                y *= factors[event] if happens[event][t] else 1
                rows[event].append(happens[event][t])
            rows["y"].append(y)
    return rows


def explained(*events: str, h: int = 14) -> list:
    model = cstn.DemandModel(season=7, events=events).fit(history(*events))
    ahead = {"ds": list(range(DAYS, DAYS + h))}
    for i, event in enumerate(events):
        ahead[event] = [int(t % (3 + i) == 1) for t in range(h)]
    rows = model.explain(h, ahead).to_pylist()
    assert [r["mean"] for r in rows] == [r["mean"] for r in model.predict(h, ahead).to_pylist()]
    return rows


def parts(row: dict) -> dict:
    return {k: v for k, v in row.items() if k in ("baseline", "season") or k.startswith("signal_")}


@pytest.mark.parametrize("events", [(), ("promotion",), ("promotion", "rain"), ("rain", "promotion")])
def test_parts_add_up_to_the_mean(events) -> None:
    for row in explained(*events):
        assert set(parts(row)) == {"baseline", "season", *(f"signal_{e}" for e in events)}
        assert math.fsum(parts(row).values()) == pytest.approx(row["mean"], rel=1e-9)


def test_parts_go_through_reconciliation_and_add_up_behind_it() -> None:
    model = cstn.DemandModel(season=7, events=("promotion",)).fit(history("promotion"))
    leaves = model.explain(5).to_pylist()
    names = ["baseline", "season", "signal_promotion"]
    rows = [{n: r[n] for n in ("unique_id", "ds", "mean", *names)} for r in leaves]
    for ds in sorted({row["ds"] for row in rows}):
        # the total is forecast by itself, and is a tenth too high
        total = 1.1 * sum(row["mean"] for row in rows if row["ds"] == ds)
        rows.append(dict(unique_id="all", ds=ds, mean=total, baseline=total, season=0.0,
                         signal_promotion=0.0))  # fmt: skip
    base = {name: [row[name] for row in rows] for name in rows[0]}
    nodes = {"unique_id": ["a", "b"], "parent": ["all", "all"]}
    plain = cstn.reconcile(nodes, base, values="mean", quantiles=[]).to_pylist()
    found = cstn.reconcile(nodes, base, values="mean", parts=names).to_pylist()
    assert [row["mean"] for row in found] == [row["mean"] for row in plain]
    assert list(found[0]) == ["unique_id", "ds", "mean", *names, "reconciliation"]
    for before, row in zip(rows, found):
        assert all(row[name] == before[name] for name in names)
        assert row["reconciliation"] != 0
        whole = math.fsum(row[name] for name in (*names, "reconciliation"))
        assert whole == pytest.approx(row["mean"], rel=1e-9)
    with pytest.raises(cstn.InvalidArgumentError, match="one of both"):
        cstn.reconcile(nodes, base, quantiles=[], parts=names)


def test_factors_can_be_had_back_from_their_parts() -> None:
    rows = [r for r in explained("promotion", "rain") if r["unique_id"] == "a"]
    both = next(r for r in rows if r["signal_promotion"] and r["signal_rain"])
    mean = (both["mean"] - both["baseline"]) / math.log(both["mean"] / both["baseline"])
    promotion = math.exp(both["signal_promotion"] / mean)
    rain = math.exp(both["signal_rain"] / mean)
    assert promotion == pytest.approx(2.0, abs=0.1) and rain == pytest.approx(0.5, abs=0.1)
    season = math.exp(both["season"] / mean)
    assert both["baseline"] * season * promotion * rain == pytest.approx(both["mean"], rel=1e-9)


def test_levels_and_models_without_rows_are_refused() -> None:
    with pytest.raises(cstn.StateError):
        cstn.DemandModel().explain(3)
    with pytest.raises(InvalidArgumentError, match="horizon is 1025"):
        cstn.DemandModel(season=7).fit(history()).explain(1025).to_pylist()


def test_parts_of_a_regression_add_up_and_are_the_same_in_any_frame() -> None:
    rows = history("promotion", "heat")
    for name, values in (("unique_id", ["a"] * 7), ("ds", range(DAYS, DAYS + 7)), ("y", [None] * 7),
                         ("promotion", [0, 1, 0, 0, 1, 0, 0]), ("heat", [0, 1, 1, 0, 0, 0, 0])):  # fmt: skip
        rows[name] = [*rows[name][:DAYS], *values]
    model = cstn.SignalRegression({"promotion": "next", "heat": None}, season=7).fit(rows)
    found = model.explain(7).to_pylist()
    own = ("baseline", "season", "month", "recalibration", "floor", "signal_promotion", "signal_heat")
    assert list(found[0]) == ["unique_id", "ds", "h", "mean", *own, "flags"]
    for row, plain in zip(found, model.predict(7).to_pylist()):
        assert row["mean"] == plain["mean"]
        assert math.fsum(row[name] for name in own) == pytest.approx(row["mean"], rel=1e-9)
    assert found[1]["signal_promotion"] > 0 > found[1]["signal_heat"]
    assert model.explain(7, frame="pandas")["season"].tolist() == [row["season"] for row in found]
    plot.waterfall(found[1])
    with pytest.raises(cstn.StateError):
        cstn.SignalRegression().explain()


def test_bars_of_a_waterfall_are_the_parts_and_lead_to_the_forecast() -> None:
    row = next(r for r in explained("promotion", "rain") if r["signal_promotion"] and r["signal_rain"])
    ax = plot.waterfall(row)
    wanted = sorted((row["season"], row["signal_promotion"], row["signal_rain"]), key=abs, reverse=True)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(wanted)
    at = row["baseline"]
    for bar in ax.patches:
        assert bar.get_x() == pytest.approx(at)
        at += bar.get_width()
    assert at == pytest.approx(row["mean"])
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels[0] == "baseline" and labels[-1] == "forecast" and "promotion" in labels
    assert ax.get_title(loc="left") == f"a, {row['ds']}"


def test_a_waterfall_of_a_week_has_the_sums_and_names_what_has_no_part() -> None:
    rows = [r for r in explained("promotion", "rain", h=7) if r["unique_id"] == "b"]
    quiet = [{**r, "signal_rain": 0.0, "mean": r["mean"] - r["signal_rain"]} for r in rows]
    ax = plot.waterfall(quiet, title="a week")
    widths = [bar.get_width() for bar in ax.patches]
    assert sum(widths) == pytest.approx(sum(r["mean"] - r["baseline"] for r in quiet))
    assert any(text.get_text() == "no part: rain" for text in ax.texts)
    assert ax.get_title(loc="left") == "a week"


def test_a_waterfall_of_many_parts_sums_the_smallest() -> None:
    row = {"unique_id": "x", "ds": 1, "baseline": 10.0, "flags": 0}
    row.update({f"signal_{i}": float(i - 15) for i in range(30)})
    row["mean"] = 10.0 + sum(i - 15 for i in range(30))
    ax = plot.waterfall(row)
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert len(ax.patches) == 12 and labels[-2] == "18 others"


@pytest.mark.parametrize("rows", [[], {"mean": 3.0}, [{"baseline": 3.0}]])
def test_a_waterfall_needs_rows_of_explain(rows) -> None:
    with pytest.raises(InvalidArgumentError, match="explain"):
        plot.waterfall(rows)


def test_parts_that_do_not_add_up_are_not_drawn() -> None:
    with pytest.raises(InvalidArgumentError, match="add up"):
        plot.waterfall({"baseline": 3.0, "season": 1.0, "mean": 5.0})
