"""From an order log to a service plan, in pandas.

    python customer_value_pandas.py                     a log that is made up, the same every time
    python customer_value_pandas.py ONLINE_RETAIL.csv   the file of UCI's Online Retail, also .gz
    python customer_value_pandas.py -o FOLDER [FILE]    and the plots as PNG files

Amounts are in pence. Margin and cost rates are assumptions: the log does not hold them.
"""

import argparse
import datetime as dt
import pathlib

import numpy
import pandas

import constellation

# The first rule that fits a customer's scores (recency, frequency, money) gives the segment its name.
RULES = """\
Key accounts      | 4-5 | 4-5 | 5
Regulars          | 3-5 | 3-5 | *
Slipping regulars | 1-2 | 3-5 | *
Newer and smaller | 3-5 | 1-2 | *
Quiet             | *   | *   | *
"""
MARGIN = 0.35
RATES = {"orders": 250, "lines": 12, "returns": 150}  # pence


def read_log(path):
    """Invoices of Online Retail: customer, day, value in pence, lines, quantity."""
    lines = pandas.read_csv(path, parse_dates=["InvoiceDate"], dtype={"InvoiceNo": str})
    lines = lines[lines["CustomerID"].notna()]
    lines = lines.assign(
        customer=lines["CustomerID"].astype("int64"),
        value=(lines["Quantity"] * lines["UnitPrice"] * 100).round().astype("int64"),
        day=lines["InvoiceDate"].dt.normalize(),
        lines=1,
    )
    keys = ["customer", "day", "InvoiceNo"]
    log = lines.groupby(keys, as_index=False).agg(
        value=("value", "sum"), quantity=("Quantity", "sum"), lines=("lines", "sum")
    )
    return log[["customer", "day", "value", "quantity", "lines"]]


def sample_log(customers=600):
    """A year of a shop whose customers differ in how often they come, how long they stay and spend."""
    random = numpy.random.default_rng(1972)
    rows = []
    for customer in range(customers):
        gap = 7.0 / random.gamma(1.2, 0.25)
        spend = random.gamma(4.0, 2500.0)
        day = random.uniform(0, 200)
        while day < 364:
            lines = 1 + random.poisson(4)
            rows.append((customer, int(day), int(spend * random.gamma(3.0, 1 / 3)), lines, 2 * lines))
            if random.random() < 0.05:
                back = int(rows[-1][2] * random.uniform(0.1, 0.5))
                rows.append((customer, int(min(day + 9, 363)), -back, 1, -1))
            if random.random() < 0.12:
                break
            day += max(1.0, random.exponential(gap))
    log = pandas.DataFrame(rows, columns=["customer", "day", "value", "lines", "quantity"])
    start = pandas.Timestamp("2023-01-01")
    return log.assign(day=start + pandas.to_timedelta(log["day"], unit="D"))


def purchases(log, first, last):
    """What customers bought from one day to another, both included."""
    state = constellation.Purchases(window=(first, last))
    state.update(log[["customer", "day", "value", "quantity"]])
    return state


def calibration(log, first, cut, last):
    """Customers as they were at the cut, and how often they bought after it."""
    before = purchases(log, first, cut).summary(cut)
    after = purchases(log, first, last).summary(last).set_index("customer")["x"]
    return before.assign(actual=after.reindex(before["customer"]).to_numpy() - before["x"])


def cost_to_serve(log, segments):
    """Counts of what drives cost, by segment: rates come later."""
    rows = log.join(segments, on="customer", how="inner")
    sold = rows["quantity"] > 0
    state = constellation.CostToServe("GBP")
    return state.update(
        pandas.DataFrame(
            {
                "customer": rows["customer"],
                "segment": rows["segment"],
                "orders": sold.astype("int64"),
                "lines": rows["lines"].where(sold, 0),
                "returns": rows["lines"].where(~sold, 0),
                "revenue": rows["value"],
                "margin": (rows["value"] * MARGIN).round().astype("int64"),
            }
        )
    )


def service_plan(segments, costs):
    """The plan: an order not filled loses its margin, one held for nothing costs 3 % of its goods."""
    orders = costs["orders"]
    return constellation.ServicePlan(
        pandas.DataFrame(
            {
                "segment": segments["segment"],
                "customers": segments["customers"],
                "value_at_risk": segments["clv"],
                "unit_margin": (costs["margin"] - costs["cost"]) / orders,
                "holding": 0.03 * (costs["revenue"] - costs["margin"]) / orders,
                "residual_clv": segments["clv"] / segments["customers"],
            }
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", help="Online Retail as CSV")
    parser.add_argument("-o", metavar="FOLDER", type=pathlib.Path, help="where plots go")
    arguments = parser.parse_args()
    log = read_log(arguments.file) if arguments.file else sample_log()
    first, last = log["day"].min().date(), log["day"].max().date()
    as_of = last + dt.timedelta(days=1)

    # Who buys: scores by cuts that stay, and names for them.
    customers = purchases(log, first, last).summary(as_of)
    rfm = constellation.RFM(rules=RULES).fit(customers)
    print(f"{len(customers):,} customers")
    print(rfm.segments()[["segment", "customers", "share", "monetary"]].to_string(index=False))
    middle = first + (last - first) / 2
    halves = [
        purchases(log, begin, end).summary(end)
        for begin, end in ((first, middle), (middle + dt.timedelta(days=1), last))
    ]
    moved = constellation.RFM().fit(halves[0]).drift(halves[1])
    print("drift by dimension:", moved.groupby("dimension")["index"].first().round(3).to_dict())

    # Who stays: of those old enough, who came again within 90 days; and the cohorts.
    retention = constellation.Retention()
    retention.update(log[["customer", "day", "value", "quantity"]])
    print("again within 90 days:", retention.repeat_rate(last, horizon_days=90))

    # Groups without rules.
    clusters = constellation.KMeans(
        4, scaling="log1p z", features=["recency", "frequency", "mean_value"], skip_bad=True
    )
    print(clusters.choose(customers, 2, 6)[["k", "silhouette", "suggested"]].to_string(index=False))
    clusters.fit(customers)

    # What they will buy: fitted on three quarters of the time, held against the rest.
    cut = first + (last - first) * 3 // 4
    held = calibration(log, first, cut, last)
    weeks = (last - cut).days / 7
    value = constellation.CustomerValue("bgnbd").fit(held)
    told = value.holdout(held, weeks).iloc[0]
    print(f"holdout of {weeks:.1f} weeks: {told.actual:.0f} came, {told.expected:.0f} expected")

    value = constellation.CustomerValue("bgnbd").fit(customers)
    spend = constellation.GammaGamma().fit(customers)
    print("parameters:", {name: round(p, 4) for name, p in value.params_.items()}, value.flags_)
    worth = value.predict(
        customers, 52.0, spend=spend, periods=12, period=52 / 12, discount=0.01,
        margin_rate=MARGIN, cost_per_order=RATES["orders"], money_scale=0,
    )

    # What it costs to serve them, and the service each segment gets.
    named = rfm.predict(customers)[["customer", "segment"]]
    segments = named.merge(worth[["customer", "clv"]], on="customer")
    segments = segments.assign(clv=segments["clv"].astype("int64"))
    segments = segments.groupby("segment", as_index=False).agg(
        customers=("customer", "size"), clv=("clv", "sum")
    )
    costs = cost_to_serve(log, named.set_index("customer")).segments(RATES)
    columns = ["segment", "orders", "cost", "cost_per_order", "largest_driver"]
    print(costs[columns].to_string(index=False))
    plan = service_plan(segments, costs)
    for row in sorted(plan, key=lambda row: row.tier):
        print(f"{row.segment}: tier {row.tier}, service level {row.service_level:.1%}")

    if arguments.o:
        age = float(customers["T"].max())
        for name, axes in {
            "rfm": rfm.plot_heatmap(),
            "clusters": clusters.plot_profile(),
            "cohorts": retention.plot_cohorts(last),
            "alive": value.plot_alive_matrix(age),
            "calibration": value.plot_calibration(held, weeks),
            "plan": plan.plot_service_levels(),
        }.items():
            axes.figure.savefig(arguments.o / f"{name}.png")


if __name__ == "__main__":
    main()
