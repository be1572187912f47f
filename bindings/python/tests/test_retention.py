"""Retention and contracts against the definitions written anew with pandas, on random logs."""

from __future__ import annotations

import datetime
import decimal
import math
import pickle

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import constellation as cstn
from retention_reference import DAY, compare, state_of


def random_rows(seed: int, n: int = 1500) -> pd.DataFrame:
    """Rows of 120 customers over five months: returns, cancelled lines, orders of several days."""
    state, rows = seed, []
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        customer = state >> 33 & 127
        day = pd.Timestamp(2026, 1, 1) + pd.Timedelta(days=int((state >> 41 & 127) + (customer & 31)))
        told = pd.Timestamp(2025, 11, 20) + pd.Timedelta(days=int(customer))
        rows.append((customer, day, int(state >> 48 & 4095) - 900, int(state >> 57 & 7) - 1,
                     int(customer) * 8 + int(state >> 20 & 7), int(state >> 25 & 15),
                     told if customer % 5 == 0 else pd.NaT, (state >> 29 & 15) == 0))
    return pd.DataFrame(rows, columns=["customer", "day", "value", "quantity", "order", "item",
                                       "first_purchase_day", "cancelled"])


@pytest.mark.parametrize("seed", range(4))
def test_every_number_is_that_of_the_definition(seed: int) -> None:
    rows = random_rows(seed)
    state = state_of(rows, orders=True, items=True)
    as_of = (DAY(2026, 4, 30), DAY(2026, 5, 1), DAY(2026, 3, 31), DAY(2026, 4, 5))[seed]
    base, following = (DAY(2026, 1, 20), DAY(2026, 2, 17)), (DAY(2026, 2, 20), DAY(2026, 3, 20))
    compare(state, rows, as_of, base, following, horizon=(7, 1, 30, 90)[seed])


def test_a_log_without_quantity_orders_and_items_counts_rows() -> None:
    rows = random_rows(9)[["customer", "day", "value"]]
    compare(state_of(rows), rows, DAY(2026, 4, 30), (DAY(2026, 1, 1), DAY(2026, 2, 1)),
            (DAY(2026, 2, 1), DAY(2026, 3, 1)), items=False)


def test_any_split_and_order_of_merging_gives_the_same_bytes() -> None:
    rows = random_rows(3)
    whole = state_of(rows, orders=True, items=True)
    pieces = [state_of(part, orders=True, items=True)
              for part in (rows[:10], rows[10:800], rows[800:])]
    pieces[2].merge(pieces[0])
    pieces[2].merge(pieces[1])
    assert pieces[2].serialize() == whole.serialize()
    back = pickle.loads(pickle.dumps(whole))
    assert back.serialize() == whole.serialize()
    shuffled = state_of(rows.sample(frac=1.0, random_state=1), orders=True, items=True)
    assert shuffled.serialize() == whole.serialize()
    kept = rows[rows["customer"] != 7]
    whole.remove([7, 999])
    assert whole.serialize() == state_of(kept, orders=True, items=True).serialize()


def test_frames_go_in_and_come_out_as_they_are() -> None:
    rows = random_rows(1)
    state = state_of(rows)
    assert isinstance(state.cohorts(DAY(2026, 4, 30)), pd.DataFrame)
    renamed = cstn.Retention()
    bad = renamed.update({"client": [1, None], "day": [DAY(2026, 1, 1)] * 2,
                          "value": [decimal.Decimal("1.50")] * 2},
                         columns={"customer": "client"}, scale=2, quantity_scale=0)
    assert len(bad.to_pylist()) == 1 and bad.more == []
    frames = [{"customer": [who, 7], "day": [DAY(2026, 1, 2)] * 2, "value": [100, 200]}
              for who in (None, 2, None)]
    first = cstn.Retention().update(iter(frames))
    assert (first.total, [other.total for other in first.more]) == (1, [1])
    cell = renamed.cohorts(DAY(2026, 1, 31), frame="table").to_pylist()[0]
    assert (cell["active"], cell["revenue"], cell["first_in_log"]) == (1, decimal.Decimal("1.50"), True)


def test_what_is_asked_wrongly_says_so() -> None:
    state = state_of(random_rows(1))
    window = (DAY(2026, 2, 1), DAY(2026, 3, 1))
    with pytest.raises(cstn.InvalidArgumentError, match="as_of is missing"):
        state.rates()
    with pytest.raises(cstn.InvalidArgumentError, match="or neither"):
        state.rates(DAY(2026, 4, 1), base=window)
    with pytest.raises(cstn.InvalidArgumentError, match="not lost"):
        state.churn((DAY(2026, 1, 1), DAY(2026, 2, 1)), window, as_of=DAY(2026, 2, 27))
    with pytest.raises(cstn.StateError, match="no items"):
        state.items((DAY(2026, 1, 1), DAY(2026, 2, 1)), window)
    with pytest.raises(cstn.InvalidArgumentError, match="fortnight"):
        state.cohorts(DAY(2026, 4, 1), period="fortnight")
    with pytest.raises(cstn.CurrencyError):
        state.update({"customer": [1, 1], "day": [DAY(2026, 1, 1)] * 2, "value": [1, 1],
                      "currency": ["EUR", "USD"]})


def test_cohorts_are_drawn_as_a_triangle() -> None:
    state = state_of(random_rows(2), orders=True, items=True)
    as_of = DAY(2026, 4, 30)
    axes = state.plot_cohorts(as_of)
    cells = state.cohorts(as_of, frame="table").to_pylist()
    drawn = axes.images[0].get_array().filled(math.nan)
    begins = sorted({row["cohort"] for row in cells})
    for row in cells:
        shown = drawn[begins.index(row["cohort"]), row["age"]]
        if row["active"] is None or row["age"] == 0:
            assert math.isnan(shown)
        else:
            assert shown == row["active"] / row["size"]
    assert axes.get_yticklabels()[0].get_text().startswith("2025-11")
    for value, period in (("revenue", "week"), ("orders", "quarter"), ("active", "day")):
        other = state.plot_cohorts(as_of, period=period, value=value, ages=30, ax=plt.subplots()[1])
        title = other.get_title(loc="left")
        assert value in title and period in title
    with pytest.raises(cstn.InvalidArgumentError):
        state.plot_cohorts(as_of, value="happiness")
    empty = cstn.Retention().plot_cohorts(as_of)
    assert empty.get_title(loc="left")
    plt.close("all")


def kaplan_meier(times: "list[int]", ended: "list[bool]") -> "list[tuple]":
    rows, survival, total = [], 1.0, 0.0
    for time in sorted(set(times)):
        at_risk = sum(t >= time for t in times)
        d = sum(t == time and e for t, e in zip(times, ended))
        survival *= (at_risk - d) / at_risk
        total += d / (at_risk * (at_risk - d)) if at_risk > d else 0.0
        error = survival * math.sqrt(total) if at_risk > d else None
        rows.append((time, at_risk, d, times.count(time) - d, survival, error))
    return rows


def test_survival_of_contracts_is_that_of_the_definition() -> None:
    rows = random_rows(5, 300)
    start = list(rows["day"].dt.date)
    end = [day + datetime.timedelta(days=int(v) % 50) if v % 3 else None
           for day, v in zip(start, rows["value"])]
    as_of = DAY(2026, 4, 1)
    state = cstn.Contracts()
    assert state.update({"start_day": start[:100], "end_day": end[:100]}) is None
    other = cstn.Contracts()
    assert other.update({"start_day": start[100:], "end_day": end[100:]}) is None
    state.merge(other)
    begun = [(a, b) for a, b in zip(start, end) if a <= as_of]
    over = [b is not None and b <= as_of for _, b in begun]
    times = [((b if e else as_of) - a).days for (a, b), e in zip(begun, over)]
    got = [tuple(row.values()) for row in state.survival(as_of, frame="table").to_pylist()]
    assert got == kaplan_meier(times, over)
    begin, finish = DAY(2026, 2, 1), DAY(2026, 3, 1)
    under = [(a, b) for a, b in zip(start, end) if a < begin and (b is None or b >= begin)]
    rate = state.churn(begin, finish)
    assert rate.denominator == len(under)
    assert rate.numerator == sum(b is not None and b < finish for _, b in under)
    with pytest.raises(cstn.InvalidArgumentError, match="as_of_days"):
        state.survival(frame="table").to_pylist()
    state.remove({"start_day": start[100:], "end_day": end[100:]})
    first = cstn.Contracts()
    first.update({"start_day": start[:100], "end_day": end[:100]})
    assert state.serialize() == first.serialize()
    with pytest.raises(cstn.StateError, match="is not there"):
        first.remove({"start_day": [DAY(1999, 1, 1)], "end_day": [None]})


def test_survival_is_drawn_with_its_band() -> None:
    state = cstn.Contracts()
    bad = state.update({"months": [2, 3, 3, 7, -1], "ended": [True, True, False, True, True]},
                       columns={"time": "months"})
    assert len(bad.to_pylist()) == 1
    axes = state.plot_survival()
    assert list(axes.lines[0].get_ydata()) == [1.0, 0.75, 0.5, 0.0]
    with pytest.raises(cstn.StateError, match="no days"):
        state.churn(DAY(2026, 1, 1), DAY(2026, 2, 1))
    plt.close("all")
