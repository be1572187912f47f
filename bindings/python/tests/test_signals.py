"""What signals are worth: frames in, a frame out, and what is refused."""

import datetime as dt

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import constellation as cstn
from constellation import Signal, signal_value

DAYS = 140
FIRST = dt.date(2024, 1, 1)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def offers() -> np.ndarray:
    return (np.random.default_rng(3).random(DAYS) < 0.3).astype(float)


def sales() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frames = [
        pd.DataFrame(
            {
                "unique_id": f"shop {k}",
                "ds": pd.date_range(FIRST, periods=DAYS),
                "y": np.round(30 + 10 * k + 25 * offers() + rng.normal(0, 3, DAYS)),
            }
        )
        for k in range(2)
    ]
    return pd.concat(frames)  # an index that is no range


def feed(ahead_days: float) -> pd.DataFrame:
    """Offers of a partner, each told so many days before it."""
    ds = pd.date_range(FIRST, periods=DAYS)
    return pd.DataFrame(
        {
            "signal": "offer",
            "ds": ds,
            "value": offers(),
            "available_us": ds - pd.Timedelta(days=ahead_days),
        }
    )


OFFER = Signal("offer", partner="Depot")
FEW = {"origins": 30, "resamples": 99}


def test_a_partners_feed_is_worth_something_with_an_interval() -> None:
    told = signal_value(sales(), feed(3), [OFFER], horizons=[1, 3], **FEW)
    assert isinstance(told, pd.DataFrame)
    assert list(told["group"].isna()) == [True, False, True, False]
    one = told.iloc[1]
    assert one["partner"] == "Depot" and one["loss"] == "rmsle" and one["n_series"] == 2
    assert one["value"] > 0.5 * one["without"] and one["low"] > 0 and one["p"] < 0.01
    assert one["value"] == pytest.approx(one["shapley"], abs=1e-9)
    assert not one["assumed_known"] and pd.isna(one["money_minor"])


def test_a_value_that_came_too_late_is_refused_by_name() -> None:
    with pytest.raises(cstn.LeakageError, match="'offer', series 'shop 0', ds 2024-.*after the c"):
        signal_value(sales(), feed(-0.5), [OFFER], **FEW)
    late = Signal("offer", late_is_missing=True)
    with pytest.raises(cstn.EmptyError, match="have a signal missing"):
        signal_value(sales(), feed(-0.5), [late], **FEW)
    signal_value(sales(), feed(-0.5), [OFFER], origin_offset_us=86_400_000_000, **FEW)


def test_a_column_of_the_rows_is_a_signal_only_where_it_is_declared() -> None:
    rows = sales().assign(offer=np.tile(offers(), 2))
    with pytest.raises(cstn.SchemaError, match="'offer' is not declared"):
        signal_value(rows, declared=[Signal("moon")], **FEW)
    with pytest.raises(cstn.LeakageError, match="nothing says when it was known"):
        signal_value(rows, declared=[Signal("offer")], **FEW)
    told = signal_value(
        rows, declared=[Signal("offer", feature="event", assume_known=True)], frame="table", **FEW
    ).to_pylist()
    assert told[1]["assumed_known"] and told[1]["value"] > 0


def test_sales_under_another_name_are_refused() -> None:
    rows = sales()
    with pytest.raises(cstn.LeakageError, match="'tip' repeats y"):
        signal_value(
            rows.assign(tip=2 * rows["y"]), declared=[Signal("tip", assume_known=True)], **FEW
        )


def test_bad_rows_are_raised_or_left_out() -> None:
    rows = pd.concat([sales(), pd.DataFrame({"unique_id": ["shop 9"], "y": [1.0]})])
    with pytest.raises(cstn.RowErrors, match="ds"):
        signal_value(rows, feed(3), [OFFER], **FEW)
    told = signal_value(rows, feed(3), [OFFER], bad_rows="leave_out", **FEW)
    assert told["n_series"].iloc[0] == 2


def test_stock_and_pools_and_columns_of_other_names() -> None:
    rows = sales().assign(town=lambda frame: frame["unique_id"].str[-1])
    told = signal_value(
        rows.rename(columns={"y": "sold"}),
        feed(3),
        [OFFER],
        columns={"y": "sold", "pool": "town"},
        by_pool=True,
        service_level=0.95,
        holding_minor=50,
        **FEW,
    )
    assert list(told["pool"].fillna("")) == ["", "", "0", "0", "1", "1"]
    assert told["money_minor"].iloc[1] > 0
    with pytest.raises(cstn.InvalidArgumentError, match="service_level"):
        signal_value(rows, feed(3), [OFFER], service_level=1.0)


def test_words_that_are_none_are_refused() -> None:
    for declared in (Signal("x", kind="future"), Signal("x", feature="wether")):
        with pytest.raises(cstn.InvalidArgumentError, match="is not one of"):
            signal_value(sales(), declared=[declared])
    with pytest.raises(cstn.InvalidArgumentError, match="NUL"):
        signal_value(sales(), declared=[Signal("a\0b")])


@pytest.mark.parametrize("kind", ["pandas", "table"])
def test_the_plot_has_a_bar_a_group(kind: str) -> None:
    rows = sales().assign(moon=np.tile(np.random.default_rng(5).random(DAYS), 2))
    declared = [OFFER, Signal("moon", assume_known=True)]
    told = signal_value(rows, feed(3), declared, frame=kind, **FEW)
    ax = cstn.plot_signal_values(told)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["moon*", "offer (Depot)"]
    widths = [bar.get_width() for bar in ax.patches]
    assert widths[1] > 0.5 and abs(widths[0]) < 0.05
    assert "1 period ahead" in ax.get_title(loc="left")
    with pytest.raises(cstn.InvalidArgumentError, match="2 periods ahead"):
        cstn.plot_signal_values(told, 2)
