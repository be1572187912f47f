"""Plots of customers: what is drawn is what the tables say, under a title, with units."""

import datetime as dt
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest

import constellation as cstn
from constellation.errors import InvalidArgumentError


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn(ax, title: str, x: str, y: str):
    """The axes, after a look at its words and at the picture."""
    assert title in ax.get_title(loc="left")
    assert x in ax.get_xlabel() and y in ax.get_ylabel()
    out = io.BytesIO()
    ax.figure.savefig(out, format="png")
    assert out.getvalue()[:4] == b"\x89PNG" and len(out.getvalue()) > 5_000
    return ax


def known(**how) -> cstn.CustomerValue:
    return cstn.CustomerValue("bgnbd", **how).set_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)


def holdout(n: int = 300) -> dict:
    rng = np.random.default_rng(8)
    x = rng.poisson(rng.gamma(0.5, 3.0, n))
    return {
        "x": x,
        "tx": np.where(x > 0, rng.uniform(1.0, 38.0, n), 0.0),
        "T": np.full(n, 38.0),
        "actual": rng.poisson(0.4 * x),
    }


def grid_of(ax) -> np.ndarray:
    return np.ma.filled(ax.images[0].get_array(), np.nan)


@pytest.mark.parametrize("time_in", ["units", "days", "us"])
def test_the_matrix_of_who_is_alive_is_that_of_predict(time_in: str) -> None:
    model = known(time_in=time_in)
    ax = drawn(model.plot_alive_matrix(39.0, 6, steps=13), "39 weeks", "repeat purchases", "weeks")
    grid = grid_of(ax)
    assert grid.shape == (14, 7)
    told = known().predict({"x": [3, 0], "tx": [30.0, 0.0], "T": [39.0, 39.0]}).to_pydict()
    assert [grid[10, 3], grid[0, 0]] == pytest.approx(told["p_alive"], rel=1e-12)
    assert np.isnan(grid[0, 1:]).all() and np.isnan(grid[1:, 0]).all()
    assert not np.isnan(grid[1:, 1:]).any()
    assert ax.images[0].get_clim() == (0.0, 1.0)


def test_the_matrix_of_purchases_is_that_of_predict() -> None:
    ax = drawn(known().plot_purchases_matrix(39.0, 26.0, 5, steps=13), "What to expect",
               "repeat purchases", "weeks after the first")
    told = known().predict({"x": [5], "tx": [39.0], "T": [39.0]}, 26.0).to_pydict()
    assert grid_of(ax)[13, 5] == told["purchases"][0]
    assert "26 weeks" in ax.figure.axes[-1].get_ylabel()
    with pytest.raises(InvalidArgumentError, match="at least 1"):
        known().plot_purchases_matrix(39.0, 26.0, 0)


def test_the_probability_of_purchase_is_one_less_none() -> None:
    ax = drawn(known(unit_days=1).plot_purchase_probability(50.0, [1, 3]), "Probability",
               "days since", "bought again")
    for line, count in zip(ax.lines, (1, 3)):
        assert line.get_ydata()[-1] == pytest.approx(1.0 - sum(known().pmf(50.0, count)), rel=1e-12)
        assert line.get_ydata()[0] == 0.0
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "at least once", "at least 3 times"
    ]
    with pytest.raises(InvalidArgumentError, match="from 1 on"):
        known().plot_purchase_probability(50.0, 0)


def test_the_history_of_a_customer_falls_and_recovers_with_each_purchase() -> None:
    ax = drawn(known().plot_alive_history([5.0, 12.0], 40.0), "still there", "weeks", "alive")
    curve = dict(zip(*ax.lines[0].get_data()))
    told = known().predict({"x": [2, 1], "tx": [12.0, 5.0], "T": [40.0, 10.0]}).to_pydict()
    assert curve[40.0] == told["p_alive"][0]
    assert curve[10.0] == told["p_alive"][1]
    assert [line.get_xdata()[0] for line in ax.lines[1:]] == [0.0, 5.0, 12.0]
    with pytest.raises(InvalidArgumentError, match="ascend"):
        known().plot_alive_history([12.0, 5.0], 40.0)


def test_expected_purchases_of_a_new_customer() -> None:
    ax = drawn(known().plot_expected(52.0), "new customer", "weeks", "repeat purchases")
    assert ax.lines[0].get_ydata()[-1] == known().expected(52.0)


@pytest.mark.parametrize(
    "table, bar, point", [("bins", "actual_mean", "expected_mean"), ("deciles", "bought", "p_alive")]
)
def test_calibration_draws_the_holdout(table: str, bar: str, point: str) -> None:
    ax = drawn(known().plot_calibration(holdout(), 26.0, table), "Calibration", "customers", "26 weeks")
    rows = known().holdout(holdout(), 26.0, table).to_pylist()
    assert [patch.get_height() for patch in ax.patches] == [row[bar] for row in rows]
    assert list(ax.lines[0].get_ydata()) == [row[point] for row in rows]
    assert f"({rows[0]['customers']:,})" in ax.get_xticklabels()[0].get_text()
    with pytest.raises(InvalidArgumentError, match="deciles"):
        known().plot_calibration(holdout(), 26.0, "summary")


@pytest.mark.parametrize("cumulative, end", [(True, "_total"), (False, "")])
def test_tracking_draws_what_was_expected_and_what_came(cumulative: bool, end: str) -> None:
    rows, came = holdout(), [40, 35, 51]
    ax = drawn(known().plot_tracking(rows, 26.0, came, period=6.5, cumulative=cumulative),
               "Tracking", "weeks of the holdout", "so far" if cumulative else "each 6.5 weeks")
    told = known().holdout(rows, 26.0, "tracking", period=6.5, actual=came).to_pylist()
    found, expected = ax.lines
    assert list(expected.get_ydata()) == [row["expected" + end] for row in told]
    assert list(expected.get_xdata()) == [6.5, 13.0, 19.5, 26.0]
    assert list(found.get_ydata())[:3] == [row["actual" + end] for row in told[:3]]
    assert np.isnan(found.get_ydata()[3])


def test_the_heat_map_holds_the_cells() -> None:
    rng = np.random.default_rng(1)
    rows = {"recency": rng.integers(0, 300, 200), "frequency": rng.integers(1, 9, 200),
            "monetary": rng.integers(100, 9000, 200)}
    model = cstn.RFM(bins=3).fit(rows)
    ax = drawn(model.plot_heatmap(), "money a customer", "recency", "frequency")
    for cell in model.cells().to_pylist():
        assert grid_of(ax)[cell["f"] - 1, cell["r"] - 1] == cell["monetary_mean"]
    assert sum(int(text.get_text().replace(",", "") or 0) for text in ax.texts) == 200


def test_the_profile_of_clusters_has_a_line_a_segment() -> None:
    rng = np.random.default_rng(2)
    model = cstn.KMeans(3, scaling="z").fit(rng.normal(size=(90, 2)))
    ax = drawn(model.plot_profile(), "segments differ", "", "scaled")
    rows = model.clusters("table").to_pylist()
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() != "None"]
    assert [list(line.get_ydata()) for line in lines] == [
        [row["x0_scaled"], row["x1_scaled"]] for row in rows
    ]
    assert len({line.get_marker() for line in lines}) == len({line.get_color() for line in lines}) == 3


def test_the_flow_of_stages_has_a_band_a_transition() -> None:
    start = dt.date(2024, 1, 1)
    events = [
        {"customer": f"c{i}", "event_id": f"{i}.{j}", "kind": kind, "valid": start + dt.timedelta(40 * j)}
        for i in range(5) for j, kind in enumerate(["ORDER", "EXIT_THREAT", "PLAN_PROMISED"][: i + 1])
    ]
    summary = cstn.StageReplay(as_of="2024-06-01").fit(events).history_.summary()
    ax = drawn(summary.plot_flow(), "Moves between", "", "")
    rows = summary.table("transitions", "table").to_pylist()
    bands = {patch.get_label() for patch in ax.patches if " to " in patch.get_label()}
    assert bands == {f"{row['from']} to {row['to']}: {row['moves']:,}" for row in rows}
    told = {text.get_text() for text in ax.texts}
    assert "PROSPECT  5" in told and "CRISIS  4" in told
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    forward = sum(row["moves"] for row in rows if row["direction"] == "forward")
    assert f"forward: {forward}" in legend


def test_the_flow_of_nobody_is_empty() -> None:
    events = [{"customer": "a", "event_id": "1", "kind": "COMPLAINT", "valid": dt.date(2024, 1, 1)}]
    ax = cstn.StageReplay(as_of="2024-01-02").fit(events).history_.summary().plot_flow()
    assert len(ax.patches) == 0 and not ax.texts


def test_service_levels_are_told_with_their_tier() -> None:
    plan = cstn.ServicePlan({
        "segment": ["gold", "new"], "customers": [40, 200], "value_at_risk": [900, 100],
        "unit_margin": [9.0, 3.0], "holding": [1.0, 1.0]})
    ax = drawn(plan.plot_service_levels(), "Service level", "service level", "")
    assert [bar.get_width() for bar in ax.patches] == [row.service_level for row in plan]
    assert [label.get_text() for label in ax.get_yticklabels()] == [row.segment for row in plan]
    assert {f"tier {row.tier}" for row in plan} <= {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("table", ["bins", "deciles"])
def test_a_calibration_leaves_a_gap_where_there_is_nobody(table) -> None:
    rows = {name: values[:1] for name, values in holdout(3).items()}
    ax = known().plot_calibration(rows, 20.0, table)
    heights = [bar.get_height() for bar in ax.patches]
    assert sum(h == h for h in heights) == 1


def test_labels_of_a_flow_do_not_stand_on_each_other() -> None:
    from constellation._flow import flow

    ax = plt.subplots(figsize=(7, 4.2))[1]  # the gap of blocks alone is too little for text
    ranks = {"DEVELOP": 5, "COMMIT": 4, "STRUGGLE": 3, "RECOVERY": 3, "CRISIS": 2, "LOST": 0}
    flow(ax, [(a, b, 900 if a == "COMMIT" else 1, "backward") for a in ranks for b in ranks], ranks)
    ax.figure.canvas.draw()
    for side in ("left", "right"):
        boxes = sorted(
            (text.get_window_extent() for text in ax.texts if text.get_ha() == side),
            key=lambda box: box.y0,
        )
        assert len(boxes) == 6
        assert all(below.y1 <= above.y0 for below, above in zip(boxes, boxes[1:]))
