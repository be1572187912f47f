"""Retention and contracts against the definitions written anew with pandas, on random and real logs."""

from __future__ import annotations

import datetime
import decimal
import math
import pickle
from fractions import Fraction

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import constellation as cstn

DAY = datetime.date
PERIODS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q"}


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


class Reference:
    """The definitions, as plainly as pandas says them."""

    def __init__(self, rows: pd.DataFrame, as_of: DAY) -> None:
        self.as_of = pd.Timestamp(as_of)
        if "cancelled" in rows:
            rows = rows[~rows["cancelled"]]
        bought = rows["quantity"] > 0 if "quantity" in rows else rows["value"] >= 0
        self.all, self.rows = rows, rows[rows["day"] <= self.as_of]
        self.buys = self.rows[bought[self.rows.index]]
        everybody = rows["customer"].drop_duplicates().sort_values()
        log = rows[bought].groupby("customer")["day"].min().reindex(everybody)
        told = (rows.groupby("customer")["first_purchase_day"].min().reindex(everybody)
                if "first_purchase_day" in rows else pd.Series(pd.NaT, index=log.index))
        self.told = told
        early = told[told.notna() & (log.isna() | (told < log))]
        self.first = log.copy()
        self.first[early.index] = early
        days = self.buys[["customer", "day"]].drop_duplicates()
        more = early[early <= self.as_of].rename("day").rename_axis("customer").reset_index()
        self.days = pd.concat([days, more], ignore_index=True)

    def active(self, window: tuple) -> set:
        day = self.days["day"]
        inside = (day >= pd.Timestamp(window[0])) & (day < pd.Timestamp(window[1]))
        return set(self.days["customer"][inside])

    def value(self, window: tuple, by: str = "customer", what: str = "value",
              among: "set | None" = None) -> pd.Series:
        rows = self.rows
        inside = (rows["day"] >= pd.Timestamp(window[0])) & (rows["day"] < pd.Timestamp(window[1]))
        if among is not None:
            inside &= rows["customer"].isin(among)
        return rows[inside].groupby(by)[what].sum()

    def both(self, base: tuple, following: tuple) -> pd.DataFrame:
        """r0 and r1 of every customer of the log."""
        table = pd.DataFrame(index=self.first.index)
        table["r0"] = self.value(base).reindex(table.index).fillna(0).astype("int64")
        table["r1"] = self.value(following).reindex(table.index).fillna(0).astype("int64")
        table["first"] = self.first
        return table

    def rates(self, base: tuple, following: tuple, horizon: int) -> dict:
        days = self.days.sort_values(["customer", "day"])
        count = days.groupby("customer").size()
        first = days.groupby("customer")["day"].first()
        second = days.groupby("customer")["day"].nth(1)
        second.index = days.loc[second.index, "customer"]
        old = first[first + pd.Timedelta(days=horizon) <= self.as_of]
        again = second.reindex(old.index)
        in_time = (again <= old + pd.Timedelta(days=horizon)).sum()
        now, later = self.active(base), self.active(following)
        table = self.both(base, following)
        existing = table[table["first"] < pd.Timestamp(following[0])]
        paying = table[table["r0"] > 0]
        left_out = len(now - set(paying.index))
        r0, r1 = existing["r0"].sum(), existing["r1"].sum()
        return {
            "repeat_by_cut": ((count >= 2).sum(), len(count), 0),
            "repeat_by_horizon": (in_time, len(old), len(count) - len(old)),
            "churn": (len(now - later), len(now), 0),
            "growth": (r1 - r0, r0, 0),
            "net_retention": (paying["r1"].sum(), paying["r0"].sum(), left_out),
            "gross_retention": (paying[["r0", "r1"]].min(axis=1).sum(), paying["r0"].sum(), left_out),
        }

    def growth(self, base: tuple, following: tuple) -> dict:
        table = self.both(base, following)
        begin, end = pd.Timestamp(following[0]), pd.Timestamp(following[1])
        r0, r1 = table["r0"], table["r1"]
        existing = table["first"] < begin
        new = (table["first"] >= begin) & (table["first"] < end)
        lost, regained = (r0 > 0) & (r1 == 0), (r0 == 0) & (r1 > 0)
        rest = ~(lost | regained)
        parts = {
            "expansion": existing & rest & (r1 > r0), "contraction": existing & rest & (r1 < r0),
            "lost": existing & lost, "regained": existing & regained,
            "unchanged": existing & (r0 == r1), "existing": existing, "new": new,
            "other": ~existing & ~new,
        }
        return {name: (int(who.sum()), int(r0[who].sum()), int(r1[who].sum()))
                for name, who in parts.items()}

    def items(self, base: tuple, following: tuple) -> dict:
        table = self.both(base, following)
        among = set(table.index[table["first"] < pd.Timestamp(following[0])])
        columns = [self.value(w, "item", what, among)
                   for what in ("quantity", "value") for w in (base, following)]
        told = {}
        for item in sorted(set().union(*(set(column.index) for column in columns))):
            q0, q1, r0, r1 = (int(column.get(item, 0)) for column in columns)
            both = q0 > 0 and q1 > 0
            volume = round(Fraction(r0 * q1, q0)) - r0 if both else 0
            change = r1 - r0
            told[item] = (q0, q1, r0, r1, change - volume if both else 0, volume,
                          0 if both else change)
        return told

    def cohorts(self, period: str, ages: int) -> dict:
        form = PERIODS[period]
        first = self.first[self.first <= self.as_of]
        cohort = first.dt.to_period(form)
        begin = self.rows["day"].min().to_period(form)
        last = self.as_of.to_period(form)
        over = last.end_time.normalize() <= self.as_of
        days = self.days.assign(period=self.days["day"].dt.to_period(form))
        active = days.drop_duplicates(["customer", "period"])
        active = active.assign(cohort=active["customer"].map(cohort))
        n_active = active.groupby(["cohort", "period"]).size().to_dict()
        rows = self.rows.assign(period=self.rows["day"].dt.to_period(form),
                                cohort=self.rows["customer"].map(cohort))
        revenue = rows.groupby(["cohort", "period"])["value"].sum().to_dict()
        buys = rows.loc[self.buys.index]
        if "order" in buys:
            buys = buys.drop_duplicates(["customer", "order", "period"])
        orders = buys.groupby(["cohort", "period"]).size().to_dict()
        told = {}
        for one, size in cohort.value_counts().items():
            who = first.index[cohort == one]
            flag = one == begin and bool(self.told[who].isna().any())
            for age in range(min(ages, (last - cohort.min()).n) + 1):
                at = one + age
                seen = at >= begin and (at < last or (at == last and over))
                cell = tuple(int(part.get((one, at), 0)) for part in (n_active, orders, revenue))
                told[one.start_time.date(), age] = (
                    size, *(cell if seen else (None, None, None)), flag)
        return told


def state_of(rows: pd.DataFrame, **config: bool) -> cstn.Retention:
    state = cstn.Retention(**config)
    assert state.update(rows) is None
    return state


def compare(state: cstn.Retention, rows: pd.DataFrame, as_of: DAY, base: tuple, following: tuple,
            horizon: int = 60, items: bool = True, periods: "dict | None" = None) -> None:
    """Every number of every table."""
    wanted = Reference(rows, as_of)
    got = state.rates(as_of, base=base, next=following, horizon_days=horizon, frame="table")
    rates = {row["metric"]: row for row in got.to_pylist()}
    expected = wanted.rates(base, following, horizon)
    assert list(rates) == list(expected)
    for name, (above, below, left_out) in expected.items():
        row = rates[name]
        assert (row["numerator"], row["denominator"], row["left_out"]) == (above, below, left_out)
        assert row["rate"] == (int(above) / int(below) if below else None)
    growth = state.growth(base, following, as_of=as_of, frame="table").to_pylist()
    told = {row["part"]: row for row in growth}
    for name, numbers in wanted.growth(base, following).items():
        row = told[name]
        assert (row["customers"], row["base"], row["next"]) == numbers, name
        assert row["change"] == row["next"] - row["base"]
    parts = ("expansion", "contraction", "lost", "regained", "unchanged")
    assert sum(told[part]["change"] for part in parts) == told["existing"]["change"]
    if items:
        causes = ("price", "volume", "assortment")
        assert sum(told[part]["change"] for part in causes) == told["existing"]["change"]
        got_items = state.items(base, following, as_of=as_of, frame="table").to_pylist()
        assert {row["item"]: tuple(row.values())[1:] for row in got_items} == wanted.items(
            base, following)
    for period, ages in (periods or {"month": 99, "week": 99, "quarter": 99, "day": 6}).items():
        cells = state.cohorts(as_of, period=period, ages=ages, frame="table").to_pylist()
        assert {(row["cohort"], row["age"]): tuple(row.values())[2:] for row in cells} == (
            wanted.cohorts(period, ages)), period
    counts = state.counts(as_of)
    later = wanted.first > pd.Timestamp(as_of)
    assert counts["customers"] == wanted.days["customer"].nunique()
    assert (counts["after_as_of"], counts["without_purchase"], counts["days"]) == (
        later.sum(), wanted.first.isna().sum(), len(wanted.days))


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


def test_every_number_of_cdnow(shared) -> None:
    rows = pd.read_csv(shared / "data/cdnow/CDNOW_sample.txt.gz", sep=r"\s+", header=None,
                       names=["id", "customer", "date", "cds", "dollars"])
    rows["day"] = pd.to_datetime(rows["date"].astype(str), format="%Y%m%d")
    rows["value"] = (rows["dollars"] * 100).round().astype("int64")
    rows = rows[["customer", "day", "value"]]
    state = state_of(rows)
    compare(state, rows, DAY(1998, 6, 30), (DAY(1997, 4, 1), DAY(1997, 7, 1)),
            (DAY(1997, 7, 1), DAY(1997, 10, 1)), items=False, periods={"month": 99, "week": 20})
    repeat, lost = state.repeat_rate(DAY(1997, 9, 30)), state.churn(
        (DAY(1997, 4, 1), DAY(1997, 7, 1)), (DAY(1997, 7, 1), DAY(1997, 10, 1)))
    assert (repeat.numerator, repeat.denominator) == (946, 2357)
    assert (lost.numerator, lost.denominator) == (310, 524)


def test_every_number_of_online_retail(shared) -> None:
    rows = pd.read_csv(
        shared / "data/online_retail/online_retail_541909.csv.gz",
        usecols=["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"])
    rows = rows[rows["CustomerID"].notna()].reset_index(drop=True)
    rows = pd.DataFrame({
        "customer": rows["CustomerID"].astype("int64"),
        "day": pd.to_datetime(rows["InvoiceDate"].str[:10]),
        "value": (rows["Quantity"] * rows["UnitPrice"] * 1000).round().astype("int64"),
        "quantity": rows["Quantity"], "order": rows["InvoiceNo"].astype(str),
        "item": rows["StockCode"].astype(str)})
    state = state_of(rows, orders=True, items=True)
    compare(state, rows, DAY(2011, 11, 30), (DAY(2011, 3, 1), DAY(2011, 6, 1)),
            (DAY(2011, 9, 1), DAY(2011, 12, 1)), periods={"month": 99})


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
    assert len(bad.to_pylist()) == 1
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
