"""Plots: axes with the right artists, labels, captions and gaps; never shown by themselves."""

import datetime as dt
import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import constellation as cstn
from constellation import plot
from constellation.errors import InvalidArgumentError

AS_OF = "2024-12-31"


def lines() -> dict:
    rng = np.random.default_rng(5)
    n = 900
    due = np.datetime64("2024-01-01", "us") + rng.integers(0, 240, n) * np.timedelta64(1, "D")
    due = due.astype("M8[us]")
    march = (due >= np.datetime64("2024-03-01")) & (due < np.datetime64("2024-04-01"))
    late = rng.random(n) < 0.2
    return {
        "order_id": np.arange(n),
        "carrier": np.array(["Air", "Sea", "Road"])[rng.integers(0, 3, n)],
        "promised": due,
        "delivered": due + late * np.timedelta64(1, "D"),
        "status": np.where(march, "cancelled_by_customer", "closed"),
        "qty": np.full(n, 5),
        "qty_delivered": 5 - (rng.random(n) < 0.1).astype(int),
        "late_cause": ["traffic" if x else None for x in late],
    }


def result_by(*by: str) -> cstn.PerfectOrderResult:
    return cstn.perfect_order_rate(lines(), "components=TF", as_of=AS_OF, by=by, zone="UTC")


@pytest.fixture(autouse=True)
def close_figures():
    assert matplotlib.get_backend().lower() == "agg"
    yield
    plt.close("all")


def caption(ax) -> str:
    return next(text.get_text() for text in ax.texts if "policy" in text.get_text())


def png(ax) -> bytes:
    out = io.BytesIO()
    ax.figure.savefig(out, format="png")
    return out.getvalue()


def test_rates_draws_a_point_and_an_interval_a_group_and_says_what_it_is() -> None:
    result = result_by("carrier")
    ax = plot.rates(result)
    points = [line for line in ax.lines if line.get_marker() == "o"]
    intervals = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"]
    rows = result.rates().to_pylist()
    assert sorted(p.get_xdata()[0] for p in points) == sorted(row["rate"] for row in rows)
    assert {(row["low"], row["high"]) for row in rows} <= {
        tuple(line.get_xdata()) for line in intervals
    }
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels[0].startswith("Air  (n=") and len(labels) == 3
    assert result.policy.digest[:16] in caption(ax)
    assert f"n = {result.rate().denominator:,}" in caption(ax)
    assert ax.get_xlabel() == "perfect order rate" and "carrier" in ax.get_title(loc="left")
    assert png(ax)[:4] == b"\x89PNG" and len(png(ax)) > 5_000


def test_a_group_without_a_rate_keeps_an_empty_row() -> None:
    result = result_by("month(due)")
    rates = result.rates().to_pydict()
    missing = rates["month(due)"].index(dt.date(2024, 3, 1))
    assert rates["rate"][missing] is None
    ax = plot.rates(result)
    drawn = {line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o"}
    assert drawn == set(range(len(result))) - {missing}
    assert len(ax.get_yticklabels()) == len(result)


def test_rates_over_time_has_a_gap_where_there_is_no_rate() -> None:
    ax = plot.rates_over_time(result_by("month(due)"))
    (line,) = ax.lines
    values = dict(zip(line.get_xdata(), line.get_ydata()))
    assert np.isnan(values[dt.date(2024, 3, 1)])
    assert not np.isnan(values[dt.date(2024, 2, 1)]) and len(ax.collections) == 1
    assert "policy" in caption(ax) and len(png(ax)) > 5_000


def test_rates_over_time_draws_a_line_a_group_with_a_legend() -> None:
    ax = plot.rates_over_time(result_by("carrier", "month(due)"))
    assert len(ax.lines) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Air", "Road", "Sea"]


def test_rates_over_time_without_a_period_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"month\(due\)"):
        plot.rates_over_time(result_by("carrier"))


def test_loss_tree_draws_failures_alone_and_causes() -> None:
    result = result_by()
    ax = plot.loss_tree(result)
    losses = {row["component"]: row for row in result.losses().to_pylist()}
    widths = sorted(bar.get_width() for bar in ax.patches)
    for row in losses.values():
        assert row["failures"] in widths and row["only_failures"] in widths
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert any(label.startswith("on time: ") for label in labels)
    assert any(label.startswith("traffic: ") for label in labels)
    assert "policy" in caption(ax) and len(png(ax)) > 5_000


def test_levers_runs_from_the_rate_to_what_it_would_be() -> None:
    result = result_by()
    ax = plot.levers(result)
    ends = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    rows = [row["rate"] for row in result.levers().to_pylist()]
    assert ends == rows
    begins = {line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"}
    assert all(begin == pytest.approx(result.rate().value) for begin in begins)
    assert any("on time + in full" in t.get_text() for t in ax.get_yticklabels())


def test_one_group_of_many_is_named() -> None:
    result = result_by("carrier")
    with pytest.raises(InvalidArgumentError, match="say group="):
        plot.levers(result)
    with pytest.raises(InvalidArgumentError, match="no group 'Rail'"):
        plot.loss_tree(result, group="Rail")
    assert plot.loss_tree(result, group="Air").get_title(loc="left") == "What was lost: Air"


def test_plots_draw_into_the_axes_they_are_given_and_open_nothing() -> None:
    figure, axes = plt.subplots(2, 2)
    result = result_by()
    over_time = result_by("month(due)")
    assert plot.rates(result, ax=axes[0, 0]) is axes[0, 0]
    assert plot.rates_over_time(over_time, ax=axes[0, 1]) is axes[0, 1]
    assert plot.loss_tree(result, ax=axes[1, 0]) is axes[1, 0]
    assert plot.levers(result, ax=axes[1, 1]) is axes[1, 1]
    assert plt.get_fignums() == [figure.number]


def test_an_empty_result_is_drawn_without_a_number() -> None:
    empty = cstn.PerfectOrderState("components=TF", as_of=AS_OF, by="carrier").finish()
    for draw in (plot.rates, plot.loss_tree, plot.levers, plot.rates_over_time):
        assert "n = 0" in caption(draw(empty))
