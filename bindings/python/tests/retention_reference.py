"""The definitions of retention once more, as plainly as pandas says them, for tests."""

from __future__ import annotations

import datetime
from fractions import Fraction

import pandas as pd

import constellation as cstn

DAY = datetime.date
PERIODS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q"}


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
