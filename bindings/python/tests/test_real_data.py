"""Published numbers on real data, from every frame library."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import constellation as cstn
from retention_reference import DAY, compare, state_of

OLIST = dict(
    columns={
        "ordered": "order_purchase_timestamp",
        "promised": "order_estimated_delivery_date",
        "delivered": "order_delivered_customer_date",
        "status": "order_status",
    },
    values={
        "status": {
            "delivered": "closed",
            "canceled": "cancelled_by_customer",
            "unavailable": "cancelled_by_supplier",
            None: "open",
        }
    },
    zone="UTC",
)
BASE = "components=T supplier_cancel=exclude"
#: policy, as-of, end of the period, on time, n, digest
DENOMINATORS = [
    (f"{BASE} overdue_open=exclude", None, 89_936, 96_470, "a0af6fe8058b1bf7"),
    (f"{BASE} overdue_open=exclude time_unit=instant", None, 88_644, 96_470, "61d2ba8e269294f0"),
    (f"{BASE} overdue_open=exclude actual_missing=fail", None, 89_936, 96_478, "10ed27ed344ab606"),
    (f"{BASE} actual_missing=fail", None, 89_936, 98_207, "2c52088587ee11f3"),
    ("components=T actual_missing=fail", None, 89_936, 98_816, "defdb8bd46064763"),
    (
        "components=T actual_missing=fail customer_cancel=fail",
        None,
        89_936,
        99_441,
        "d5abefef0e1a09ce",
    ),
    (f"{BASE} actual_missing=fail", "2018-09-01", 87_938, 96_205, "2c52088587ee11f3"),
]
SCHEMA = {
    "order_id": "text",
    "order_status": "text",
    "order_purchase_timestamp": "timestamp zone=utc",
    "order_delivered_customer_date": "timestamp null zone=utc",
    "order_estimated_delivery_date": "timestamp zone=utc",
}


@pytest.fixture(scope="module")
def orders(shared) -> str:
    return str(shared / "data" / "olist" / "olist_orders_dataset.csv.gz")


def read_pandas(path: str):
    times = [name for name, kind in SCHEMA.items() if kind.startswith("timestamp")]
    return pd.read_csv(path, parse_dates=times)


READERS = {
    "pandas": read_pandas,
    "polars": lambda path: pl.read_csv(path, try_parse_dates=True),
    "duckdb": lambda path: duckdb.read_csv(path),
    "our CSV": lambda path: cstn.read_csv(path, SCHEMA),
}


def options(as_of: str) -> dict:
    if as_of is None:
        return {"as_of": "2018-11-13"}
    return {"as_of": as_of, "period": (0, cstn.to_us(as_of))}


@pytest.mark.parametrize("reader", READERS)
def test_on_time_delivery_under_every_denominator(reader: str, orders: str) -> None:
    lines = READERS[reader](orders)
    for changes, as_of, on_time, n, digest in DENOMINATORS:
        result = cstn.perfect_order_rate(lines, changes, **options(as_of), **OLIST)
        rate = result.rate()
        assert (rate.numerator, rate.denominator) == (on_time, n), changes
        assert result.policy.digest.startswith(digest)


def test_groups_of_olist_add_up(orders: str) -> None:
    result = cstn.perfect_order_rate(
        pl.read_csv(orders, try_parse_dates=True),
        f"{BASE} overdue_open=exclude",
        as_of="2018-11-13",
        by="month(due)",
        **OLIST,
    )
    rates = result.rates()
    assert rates["numerator"].sum() == 89_936 and rates["denominator"].sum() == 96_470
    assert rates["units"].sum() == 99_441
    low, high = result.rate().low, result.rate().high
    assert (round(low, 9), round(high, 9)) == (0.930666143, 0.933837630)


def test_the_supplier_mirror_of_scms(shared) -> None:
    path = shared / "data" / "scms_delivery_history" / "SCMS_Delivery_History_Dataset.csv.gz"
    columns = {"promised": "Scheduled Delivery Date", "delivered": "Delivered to Client Date"}
    result = cstn.perfect_order_rate(
        cstn.read_csv(
            path,
            {
                "ID": "int64",
                "Scheduled Delivery Date": 'date form="D-Mon-YY"',
                "Delivered to Client Date": 'date form="D-Mon-YY"',
                "Shipment Mode": "text",
            },
        ),
        "direction=inbound level=line components=T",
        as_of="2020-01-01",
        by="Shipment Mode",
        columns=columns,
    )
    assert str(result.rate()) == "0.885122 (9,138 of 10,324), 0.878827 .. 0.891130"
    assert result.policy.digest.startswith("5471c133337a448e")
    rates = result.rates().to_pydict()
    assert rates["denominator"][rates["Shipment Mode"].index("N/A")] == 360


def test_csv_of_olist_is_read_and_written_back(orders: str) -> None:
    table = cstn.read_csv(orders, SCHEMA)
    frame = table.to_polars()
    assert (frame.height, table.rows, table.rejects) == (99_441, 99_441, None)
    assert frame["order_delivered_customer_date"].null_count() == 2_965
    again = cstn.read_csv(cstn.write_csv(frame), SCHEMA).to_polars()
    assert again.equals(frame)


def test_every_number_of_retention_on_cdnow(shared) -> None:
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


def test_every_number_of_retention_on_online_retail(shared) -> None:
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


OLIST_STEPS = {
    "purchase": "order_purchase_timestamp",
    "approve": "order_approved_at",
    "hand over": "order_delivered_carrier_date",
    "deliver": "order_delivered_customer_date",
}
#: moves from step to step in SQL: an order's steps in the order of time, then of the definition;
#: everything up to the first delivery within the gap counts, from the purchase on
OLIST_MOVES = """
with recursive steps as ({parts}),
ranked as (select *, row_number() over (partition by id order by moment, place) as n from steps),
walk as (
    select id, n, moment, place from ranked where place = 0
    union all
    select r.id, r.n, r.moment, r.place from walk w join ranked r on r.id = w.id and r.n = w.n + 1
    where w.place < 3 and r.moment - w.moment <= interval 60 day)
select a.place, b.place, count(*) from walk a join walk b on a.id = b.id and b.n = a.n + 1
group by all order by all
"""


def test_journeys_of_olist_are_those_of_sql(orders: str) -> None:
    table = read_pandas(orders)
    for name in OLIST_STEPS.values():
        table[name] = pd.to_datetime(table[name])
    events = table.melt(
        id_vars=["order_id"], value_vars=list(OLIST_STEPS.values()), var_name="step",
        value_name="valid",
    ).dropna()
    events["step"] = events["step"].map({name: step for step, name in OLIST_STEPS.items()})
    journey = cstn.Journey(list(OLIST_STEPS), gap=60, as_of="2018-11-13")
    journey.fit(events, columns={"customer": "order_id"}, zone="UTC")
    parts = " union all ".join(
        f"select order_id as id, {place} as place, {name} as moment from '{orders}' "
        f"where {name} is not null"
        for place, name in enumerate(OLIST_STEPS.values())
    )
    names = list(OLIST_STEPS)
    expected = {
        (names[a], names[b]): n
        for a, b, n in duckdb.sql(OLIST_MOVES.format(parts=parts)).fetchall()
    }
    told = journey.table("transitions", "table").to_pylist()
    assert {
        (row["from"], row["to"]): row["count"]
        for row in told
        if row["from"] != "START" and row["to"] in names
    } == expected
    overview = journey.table("overview", "table").to_pylist()[0]
    assert overview["journeys"] == len(table) == 99_441
    assert (overview["converted"], overview["dropped"], overview["open"]) == (96_246, 3_186, 9)
    backward = sum(row["backward"] for row in told)
    assert backward == sum(n for (a, b), n in expected.items() if names.index(a) > names.index(b))


def table_g(shared) -> dict:
    """Means, unit-weighted means and those of the sum at d_1885, by the name of the row."""
    text = (shared / "data" / "forecast_known_answers.md").read_text()
    found = {}
    for line in text[text.index("\n## G.") : text.index("\n## H.")].splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and cells[3].count("/") == 2:
            found[cells[1]] = [float(number.strip("* ")) for number in cells[3].split("/")]
    return found


def test_scores_of_a_backtest_of_m5_items_are_the_expected_ones(shared) -> None:
    """719 + 718 items at one cutoff: mean, weighted by units, and of the summed set."""
    expected = table_g(shared)
    sold = pd.read_csv(shared / "data" / "m5" / "sales_CA_1_FOODS_d1_d1913.csv.gz")
    days = [int(name[2:]) for name in sold.columns if name.startswith("d_")]
    rows = pd.DataFrame(
        {
            "unique_id": sold.index.repeat(len(days)).to_numpy("int64"),
            "ds": days * len(sold),
            "y": sold[[f"d_{day}" for day in days]].to_numpy("float64").ravel(),
        }
    )
    names = {
        "Naive": "naive",
        "SeasonalNaive": "seasonal naive 7",
        "Croston": "Croston .1 (D)",
        "SBA": "SBA .1",
        "TSB": "TSB .1/.1",
    }
    past = cstn.Forecaster(list(names), season=7).cross_validation(rows, 28, cutoffs=[1885])
    questions = ({}, {"weighting": "units"}, {"levels": [""]})
    for which, question in enumerate(questions):
        scores = cstn.forecast_score(past, "rmsse", train=rows, **question)
        assert len(scores) == len(names)
        for model, value in zip(scores["model"], scores["value"]):
            assert value == pytest.approx(expected[names[model]][which], abs=1e-4), (model, which)


def answers(shared, heading: str) -> str:
    """A table of the known answers, from its heading to the next."""
    text = (shared / "data" / "forecast_known_answers.md").read_text()
    begin = text.index(f"\n## {heading}")
    return text[begin : text.index("\n## ", begin + 1) if "\n## " in text[begin + 1 :] else None]


def cells(table: str, name: str) -> list:
    """Numbers of the row of that name; None where a cell is none."""
    line = next(line for line in table.splitlines() if line.startswith(f"| {name}"))
    found = []
    for cell in line.strip("|").split("|")[1:]:
        try:
            found.append(float(cell))
        except ValueError:
            found.append(None)
    return found


def test_the_local_filter_scores_on_m5_as_in_table_g(shared) -> None:
    """1,437 items from d_1, pool = department, event = snap_CA, known ahead."""
    folder = shared / "data" / "m5"
    sold = pd.read_csv(folder / "sales_CA_1_FOODS_d1_d1913.csv.gz")
    snap = pd.read_csv(folder / "calendar.csv.gz")["snap_CA"].to_numpy()
    last, ahead, n = 1885, 28, len(sold)
    units = sold[[f"d_{day}" for day in range(1, last + ahead + 1)]].to_numpy("float64")

    def rows(first: int, end: int) -> pd.DataFrame:
        days = np.arange(first, end + 1)
        return pd.DataFrame({
            "unique_id": np.repeat(np.arange(n), len(days)),
            "ds": np.tile(days, n),
            "y": units[:, first - 1 : end].ravel(),
            "dept_id": sold["dept_id"].to_numpy().repeat(len(days)),
            "snap_CA": np.tile(snap[first - 1 : end], n),
        })

    history = rows(1, last)
    model = cstn.DemandModel("dept_id", ["snap_CA"], period="number", season=7).fit(history)
    days = np.arange(last + 1, last + ahead + 1)
    past = model.predict(ahead, pd.DataFrame({"ds": days, "snap_CA": snap[days - 1]}))
    past = past.rename(columns={"mean": "local"}).drop(columns=["h", "flags"])
    past["y"] = units[past["unique_id"], past["ds"] - 1]
    line = next(line for line in answers(shared, "G.").splitlines() if "local filter, spec" in line)
    expected = [float(part.strip("* ")) for part in line.split("|")[3].split("/")]
    for question, value in zip(({}, {"weighting": "units"}, {"levels": [""]}), expected):
        (scored,) = cstn.forecast_score(past, "rmsse", train=history, models=["local"], frame="table",
                                        **question).to_pylist()
        assert scored["value"] == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("name", ["oildata", "austourists"])
def test_given_parameters_say_what_r_says(shared, name: str) -> None:
    folder = shared / "data" / "forecast_refs"
    y = pd.read_csv(folder / f"{name}.csv")["value"].tolist()
    forms = json.loads((folder / "ets_forms_R.json").read_text())[name]
    assert len(forms) == {"oildata": 5, "austourists": 7}[name]
    for text, known in forms.items():
        form = text[:2] + ("d" if "damped" in text else "") + text[2]
        start, season = known["initstate"], 0 if text[2] == "N" else 4
        start = start if isinstance(start, list) else [start]
        one = {key: value for key in ("alpha", "beta", "gamma", "phi")
               if isinstance(value := known[key][0], float)}
        trend = start[1] if text[1] != "N" else 0.0
        said = cstn.ets_filter(form, y, level=start[0], trend=trend, seasonal=start[::-1][:season],
                               horizon=len(known["forecast"]), **one)
        assert said.fitted == pytest.approx(known["fitted"], rel=1e-6, abs=1e-6), text
        assert said.loglik == pytest.approx(known["loglik"][0], rel=1e-6), text
        # past one step that release takes phi, 2 phi, .. for the powers of a damped ratio
        steps = 1 if text[1] == "M" and "damped" in text else len(known["forecast"])
        assert said.forecast[:steps] == pytest.approx(known["forecast"][:steps], rel=1e-6), text


@pytest.mark.parametrize("weights", ["structural", "variance"])
def test_trips_add_up_as_in_table_j(shared, weights: str) -> None:
    trips = pd.read_csv(shared / "data" / "aus_tourism" / "tourism.csv.gz")
    trips["leaf"] = trips["State"] + "/" + trips["Region"] + "/" + trips["Purpose"]
    leaves = trips.drop_duplicates("leaf")
    nodes = pd.DataFrame({"unique_id": leaves["leaf"], "state": leaves["State"], "region": leaves["Region"]})
    wide = trips.pivot(index="leaf", columns="Quarter", values="Trips")
    paths = [wide.groupby(lambda leaf: "/".join(leaf.split("/")[:depth])).sum() for depth in (1, 2)]
    total = wide.sum().to_frame("Total").T
    y = pd.concat([total, *paths, wide])
    assert y.shape == (389, 80)
    base = pd.DataFrame({"unique_id": y.index, "ds": 80, "mean": y.iloc[:, [60, 64, 68, 72, 76]].median(axis=1).to_numpy(),
                         "y": np.nan})
    if weights == "variance":
        past = y.iloc[:, :-4].to_numpy()
        base = pd.concat([base, pd.DataFrame({
            "unique_id": y.index.repeat(76), "ds": np.tile(np.arange(4, 80), len(y)), "mean": past.ravel(),
            "y": y.iloc[:, 4:].to_numpy().ravel()})])
    told = cstn.reconcile(nodes, base, levels=["state", "region"], total="Total", weights=weights, frame="pandas")
    told = told[told["ds"] == 80].set_index("unique_id")["mean"]
    known = cells(answers(shared, "J."), weights)
    names = ["Total", "New South Wales", "Victoria", "Tasmania", "ACT/Canberra/Business",
             "Western Australia/Experience Perth/Visiting"]
    assert told[names].tolist() == pytest.approx(known[:6], abs=1e-6)
    assert (told[wide.index] < 0).sum() == known[6]
    assert told[wide.index].sum() == pytest.approx(told["Total"], rel=1e-9)


def test_car_parts_score_as_in_table_k(shared) -> None:
    """2,509 complete parts, the last 12 of 51 months; weights are units of all 39 before."""
    wide = pd.read_csv(shared / "data" / "carparts" / "carparts.csv.gz").drop(columns="time").dropna(axis=1)
    n, months = wide.shape[1], len(wide)
    rows = pd.DataFrame({
        "unique_id": np.repeat(np.arange(n), months), "ds": np.tile(np.arange(months), n),
        "y": wide.to_numpy("float64").T.ravel()})
    names = {"TSB": "TSB .1/.1", "ADIDA": "ADIDA .1", "SBA": "SBA .1", "Croston": "Croston .1"}
    past = cstn.Forecaster(list(names), season=1).cross_validation(rows, 12, cutoffs=[months - 13])
    assert len(past) == 2509 * 12
    known = answers(shared, "K.")
    for which, question in enumerate(({}, {"weighting": "units", "weight_periods": 39})):
        scores = cstn.forecast_score(past, "rmsse", train=rows, **question)
        for model, value in zip(scores["model"], scores["value"]):
            assert value == pytest.approx(cells(known, names[model])[which], abs=1e-4), (model, which)
