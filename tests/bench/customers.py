"""The tasks of the benchmarks about customers: RFM, clusters, customer value, stages, against what a user would take
instead.

Each function takes a job (see compare.py) and gives what summary() gives; where there is no peer, `peer` is left out and
a bar of ours alone is judged. Answers are compared first. The data are simulated, the same on every machine.
"""
import ctypes
import gc
import statistics
import time
import warnings

import numpy
import pyarrow
import pyarrow.compute

import constellation
from engines import Wrong, _arrow_of

DAYS = 730
FIRST_DAY = 19_000  # 2022-01-08
#: customers of the CDNOW sample (Fader, Hardie, Lee 2005): what is simulated
R, ALPHA, A, B = 0.243, 4.414, 0.793, 2.426
WEEK = 7.0


def summary(*arguments, **more):
    from compare import summary

    return summary(*arguments, **more)


def measure(ours, theirs, check, job, ours_how, **more):
    """Compare the answers, then time ours and the peer's fastest formulation in turns."""
    from compare import fastest, take_turns, verify

    (name, mine), = ours.items()
    memory = {"ours_peak_mib": peak(mine)}
    verify("ours", ours, check)
    refused = verify(job["peer"], theirs, check)
    how, best = fastest(theirs, job["probe"])
    memory["peer_peak_mib"] = peak(theirs[how])
    return summary(take_turns(mine, theirs[how], job["repeat"]), how, best, ours_how=ours_how or name, refused=refused,
                   answers=len(theirs) + 1, details={**memory, **more.pop("details", {})}, **more)


def alone(run, job, ours_how, answers=0, **more):
    """Time ours; nothing to compare with."""
    from compare import timed

    times = [timed(run) for _ in range(max(job["repeat"], 1))]
    wall, cpu = [w for w, _ in times], [c for _, c in times]
    return {"how": None, "ours_how": ours_how, "formulations": {}, "answers": answers,
            "ours": {"median": statistics.median(wall), "best": min(wall), "worst": max(wall),
                     "cpu": statistics.median(cpu)}, **more}


def peak(run):
    """MiB by which a run raises the memory of the process at its highest, or None where this is not told."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what was freed is not memory that the run may take again unseen
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return None
    before = memory("VmRSS")
    answer = run()
    found = memory("VmHWM") - before
    del answer
    return round(found / 1024, 1)


def memory(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name))


# --- RFM --------------------------------------------------------------------------------------------------------------


class Purchases:
    """An order log: ten rows a customer, days ascending, customers in random order."""

    def __init__(self, n):
        random = numpy.random.default_rng(7)
        self.customers = max(n // 10, 1)
        customer = random.integers(0, self.customers, n, dtype=numpy.int32)
        day = numpy.sort(random.integers(FIRST_DAY, FIRST_DAY + DAYS, n, dtype=numpy.int32))
        value = random.integers(100, 50_000, n, dtype=numpy.int64)
        self.table = pyarrow.table({"customer": customer, "day": pyarrow.array(day, pyarrow.date32()), "value": value})
        self.answer = self.plain(customer, day, value)

    def plain(self, customer, day, value):
        """Last day, purchase days and value of each customer who bought, by a plain second way."""
        seen = numpy.zeros(self.customers, bool)
        seen[customer] = True
        last = numpy.zeros(self.customers, numpy.int64)
        last[customer] = day  # ascending: the last one stays
        total = numpy.zeros(self.customers, numpy.int64)
        numpy.add.at(total, customer, value)
        pairs = numpy.unique(customer.astype(numpy.int64) * DAYS + (day - FIRST_DAY))
        days = numpy.bincount(pairs // DAYS, minlength=self.customers)
        ids = numpy.flatnonzero(seen)
        return {"customer": ids, "recency": FIRST_DAY + DAYS - last[ids], "frequency": days[ids], "monetary": total[ids]}

    def check(self, table):
        columns = {name: numpy.asarray(table.column(name).to_numpy()).astype("int64")
                   for name in ("customer", "recency", "frequency", "monetary")}
        order = numpy.argsort(columns["customer"], kind="stable")
        for name, expected in self.answer.items():
            if not numpy.array_equal(columns[name][order], expected):
                raise Wrong(f"{name} is not that of the plain loop")


def rfm(job):
    """Recency, frequency and value of each customer."""
    data, as_of = Purchases(job["lines"]), FIRST_DAY + DAYS
    by_time = job["task"] == "rfm"

    def ours():
        with constellation.Purchases(ordering="by_time" if by_time else "none", ids="dense") as state:
            state.update(data.table)
            return state.summary(as_of, frame="pyarrow")
    checked = lambda table: data.check(table if isinstance(table, pyarrow.Table) else pyarrow.Table.from_pandas(table))
    theirs = {"duckdb": rfm_duckdb, "polars": rfm_polars, "pandas": rfm_pandas}[job["peer"]](data.table, as_of, job)
    mine = f"Purchases({'by_time' if by_time else 'none'}, dense).update(), .summary(): 12 columns, in order of ids"
    return measure({"ours": ours}, theirs, lambda table: checked(as_pence(table)), job, mine,
                   details={"customers": len(data.answer["customer"])})


def rfm_alone(job):
    """The same, ours alone, for as many rows as a machine holds."""
    n = job["lines"]
    random = numpy.random.default_rng(7)
    columns = {"customer": random.integers(0, max(n // 10, 1), n, dtype=numpy.int32),
               "day": pyarrow.array(numpy.sort(random.integers(FIRST_DAY, FIRST_DAY + DAYS, n, dtype=numpy.int32)),
                                    pyarrow.date32()),
               "value": random.integers(100, 50_000, n, dtype=numpy.int64)}
    table, total = pyarrow.table(columns), int(columns["value"].sum())

    def run():
        with constellation.Purchases(ordering="by_time", ids="dense") as state:
            state.update(table)
            return state.summary(FIRST_DAY + DAYS, frame="pyarrow")
    found = as_pence(run())
    if int(found.column("monetary").to_numpy().astype("int64").sum()) != total:
        raise Wrong("money was lost")
    if int(found.column("frequency").to_numpy().sum()) > n or found.num_rows > max(n // 10, 1):
        raise Wrong("there are more days or customers than rows")
    rows = found.num_rows
    del found
    return alone(run, job, "Purchases(by_time, dense).update(), .summary(): 12 columns, in order of ids", answers=1,
                 details={"customers": rows, "ours_peak_mib": peak(run)})


def as_pence(table):
    """Money as whole minor units, whatever the answer has it in."""
    if isinstance(table, pyarrow.Table) and pyarrow.types.is_decimal(table.schema.field("monetary").type):
        if table.schema.field("monetary").type.scale:
            raise Wrong("money has a fraction")
        place = table.schema.get_field_index("monetary")
        return table.set_column(place, "monetary", table.column("monetary").cast(pyarrow.int64()))
    return table


def rfm_duckdb(table, as_of, job):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set threads = {job['threads']}")
    connection.register("arrow_rows", table)
    connection.execute("create table native_rows as select * from arrow_rows")
    epoch = f"(date '1970-01-01' + {as_of})"
    queries = {
        "count(distinct)": f"""select customer, {epoch} - max(day) as recency, count(distinct day) as frequency,
            sum(value)::bigint as monetary from {{rows}} group by customer""",
        "two steps": f"""select customer, {epoch} - max(day) as recency, count(*) as frequency,
            sum(v)::bigint as monetary from (select customer, day, sum(value) as v from {{rows}} group by customer, day)
            group by customer""",
    }
    return {f"{name}, {kind} table": (lambda text=text.format(rows=f"{kind}_rows"): _arrow_of(connection.sql(text)))
            for name, text in queries.items() for kind in ("native", "arrow")}


def rfm_polars(table, as_of, job):
    import polars

    rows = polars.from_arrow(table).with_columns(polars.col("day").cast(polars.Int32))
    recency = (as_of - polars.col("day").max()).alias("recency")

    def one_step():
        return rows.lazy().group_by("customer").agg(recency, polars.col("day").n_unique().alias("frequency"),
                                                    polars.col("value").sum().alias("monetary")).collect().to_arrow()

    def two_steps():
        return (rows.lazy().group_by("customer", "day").agg(polars.col("value").sum()).group_by("customer")
                .agg(recency, polars.len().alias("frequency"), polars.col("value").sum().alias("monetary"))
                .collect().to_arrow())

    def runs_of_days():
        """By hand, right because the days of a customer ascend."""
        return rows.lazy().group_by("customer").agg(recency, polars.col("day").rle_id().last().add(1).alias("frequency"),
                                                    polars.col("value").sum().alias("monetary")).collect().to_arrow()
    return {"n_unique": one_step, "two steps": two_steps, "runs of ascending days": runs_of_days}


def rfm_pandas(table, as_of, job):
    rows = table.set_column(1, "day", table.column("day").cast(pyarrow.int32())).to_pandas()

    def two_steps():
        days = rows.groupby(["customer", "day"], sort=False)["value"].sum().reset_index()
        found = days.groupby("customer", sort=False).agg(day=("day", "max"), frequency=("day", "size"),
                                                         monetary=("value", "sum")).reset_index()
        found["recency"] = as_of - found.pop("day")
        return found

    def unique():
        groups = rows.groupby("customer", sort=False)
        found = groups.agg(day=("day", "max"), monetary=("value", "sum")).reset_index()
        distinct = rows[["customer", "day"]].drop_duplicates().groupby("customer", sort=False).size()
        found["frequency"] = distinct.loc[found["customer"]].to_numpy()
        found["recency"] = as_of - found.pop("day")
        return found
    return {"two groupbys": two_steps, "drop_duplicates": unique}


# --- retention --------------------------------------------------------------------------------------------------------


CELLS = ("cohort", "age", "active", "orders", "revenue")


def cohort_cells(table):
    """The cells in which somebody was active, by cohort (months since year 0) and age, as one array."""
    rows = table if isinstance(table, pyarrow.Table) else pyarrow.Table.from_pandas(table, preserve_index=False)
    cells = numpy.array([numpy.asarray(rows.column(name).to_numpy(zero_copy_only=False), float) for name in CELLS])
    cells = cells[:, cells[2] > 0]
    return cells[:, numpy.lexsort(cells[1::-1])].astype("int64")


def cohorts(job):
    """Active customers, orders and revenue by month of the first purchase and months since."""
    data, as_of = Purchases(job["lines"]), FIRST_DAY + DAYS + 30  # all months are over
    months = pyarrow.compute.add(pyarrow.compute.multiply(pyarrow.compute.year(data.table.column("day")), 12),
                                 pyarrow.compute.month(data.table.column("day"))).to_numpy()
    customer, value = (data.table.column(name).to_numpy() for name in ("customer", "value"))
    first = numpy.full(data.customers, 1 << 20)
    numpy.minimum.at(first, customer, months)
    pairs = numpy.unique(customer.astype(numpy.int64) << 20 | months)
    span = int(months.max() - months.min()) + 1
    cell = lambda who, month: (first[who] - months.min()) * span + month - first[who]
    sums = [numpy.bincount(cell(pairs >> 20, pairs & 0xfffff), minlength=span * span),
            numpy.bincount(cell(customer, months), minlength=span * span),
            numpy.bincount(cell(customer, months), weights=value, minlength=span * span)]
    at = numpy.flatnonzero(sums[0])
    answer = numpy.array([at // span + months.min(), at % span, *(one[at] for one in sums)]).astype("int64")

    def ours():
        with constellation.Retention() as state:
            state.update(data.table)
            table = state.cohorts(as_of, frame="pyarrow")
        begin = pyarrow.compute.add(pyarrow.compute.multiply(pyarrow.compute.year(table.column("cohort")), 12),
                                    pyarrow.compute.month(table.column("cohort")))
        table = table.set_column(0, "cohort", begin).filter(pyarrow.compute.is_valid(table.column("active")))
        return table.set_column(5, "revenue", table.column("revenue").cast(pyarrow.int64()))

    def check(table):
        if not numpy.array_equal(cohort_cells(table), answer):
            raise Wrong("a cell is not that of the plain sums")
    theirs = {"duckdb": cohorts_duckdb, "polars": cohorts_polars, "pandas": cohorts_pandas}[job["peer"]](data.table, job)
    return measure({"ours": ours}, theirs, check, job, "Retention().update(), .cohorts(): any other question follows free",
                   details={"customers": data.customers, "cells": len(at)})


def cohorts_duckdb(table, job):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set threads = {job['threads']}")
    connection.register("arrow_rows", table)
    connection.execute("create table native_rows as select * from arrow_rows")
    query = """with months as (select customer, year(day) * 12 + month(day) as month, count(*) as orders,
            sum(value)::bigint as revenue from {rows} group by all),
        firsts as (select customer, min(month) as cohort from months group by customer)
        select cohort, month - cohort as age, count(*) as active, sum(orders)::bigint as orders,
            sum(revenue)::bigint as revenue from months join firsts using (customer) group by all"""
    return {f"{kind} table": (lambda text=query.format(rows=f"{kind}_rows"): _arrow_of(connection.sql(text)))
            for kind in ("native", "arrow")}


def cohorts_polars(table, job):
    import polars

    rows, col = polars.from_arrow(table), polars.col

    def months():
        return (rows.lazy().with_columns(month=col("day").dt.year() * 12 + col("day").dt.month())
                .group_by("customer", "month").agg(polars.len().alias("orders"), col("value").sum().alias("revenue")))

    def cells(frame):
        return (frame.with_columns(age=col("month") - col("cohort")).group_by("cohort", "age")
                .agg(polars.len().alias("active"), col("orders").sum(), col("revenue").sum()).collect().to_arrow())

    def joined():
        frame = months().collect().lazy()
        return cells(frame.join(frame.group_by("customer").agg(col("month").min().alias("cohort")), on="customer"))
    return {"over": lambda: cells(months().with_columns(cohort=col("month").min().over("customer"))), "join": joined}


def cohorts_pandas(table, job):
    import pandas

    rows = table.to_pandas()
    rows["day"] = pandas.to_datetime(rows["day"])

    def groupbys():
        month = rows["day"].dt.year * 12 + rows["day"].dt.month
        found = (rows["value"].groupby([rows["customer"], month.rename("month")], sort=False).agg(["size", "sum"])
                 .reset_index())
        found["cohort"] = found.groupby("customer", sort=False)["month"].transform("min")
        found["age"] = found["month"] - found["cohort"]
        return found.groupby(["cohort", "age"]).agg(active=("size", "size"), orders=("size", "sum"),
                                                    revenue=("sum", "sum")).reset_index()
    return {"groupby": groupbys}


# --- k-means ----------------------------------------------------------------------------------------------------------


def points(n, d):
    """Overlapping clusters whose values float32 holds exactly."""
    random = numpy.random.default_rng(1)
    return (random.normal(size=(n, d)) + 2 * random.integers(0, 3, size=(n, 1))).astype(numpy.float32)


def columns_of(wide):
    return {f"x{i}": numpy.ascontiguousarray(wide[:, i]) for i in range(wide.shape[1])}


def per_iteration(times, fits):
    """Seconds of an iteration: what the longer of two fits takes more, by how many more iterations it has."""
    (few, many), (short, long) = times, fits
    return (many - few) / max(long - short, 1)


def kmeans_iteration(job):
    """Processor time of one of Lloyd's iterations from the same centres."""
    import sklearn
    from sklearn.cluster import KMeans

    warnings.filterwarnings("ignore")
    n, d, k = job["lines"], 8, 8
    narrow = points(n, d)
    wide = narrow.astype(float)
    columns = columns_of(wide)

    def ours(iterations, threads=1):
        return constellation.KMeans(k, init=wide[:k], order="start", max_iter=iterations, algorithm="lloyd",
                                    threads=threads).fit(columns)

    def theirs(iterations, rows):
        return KMeans(k, init=rows[:k], n_init=1, tol=0, max_iter=iterations, algorithm="lloyd").fit(rows)
    few, many = 5, 45
    mine, other = ours(many), theirs(many, wide)
    if abs(mine.inertia_ - other.inertia_) > 1e-9 * other.inertia_:
        raise Wrong(f"inertia {mine.inertia_!r}, scikit-learn has {other.inertia_!r}")
    if len({ours(many, threads).serialize() for threads in (1, 2, 3, 8)}) != 1:
        raise Wrong("the model's bytes depend on the number of threads")
    memory = {"ours_peak_mib": peak(lambda: ours(few)), "peer_peak_mib": peak(lambda: theirs(few, wide))}
    formulations = {"float64": wide, "float32": narrow}
    times = {"ours": [], **{name: [] for name in formulations}}

    def one(fit):
        taken, steps = [], []
        for iterations in (few, many):
            start = time.process_time()
            model = fit(iterations)
            taken.append(time.process_time() - start)
            steps.append(model.n_iter_)
        return per_iteration(taken, steps)
    for _ in range(job["repeat"]):
        times["ours"].append(one(ours))
        for name, rows in formulations.items():
            times[name].append(one(lambda iterations: theirs(iterations, rows)))
    best = {name: min(times[name]) for name in formulations}
    how = min(best, key=best.get)
    return summary({"ours": [(t, t) for t in times["ours"]], "peer": [(t, t) for t in times[how]]},
                   f"KMeans(lloyd), {how}", best, ours_how="KMeans(lloyd), processor time", answers=2,
                   version=f"scikit-learn {sklearn.__version__}", details=memory)


def kmeans_fit(job):
    """A whole fit with seeding, ten restarts; inertia at least as good."""
    import sklearn
    from sklearn.cluster import KMeans

    warnings.filterwarnings("ignore")
    n, d, k, restarts = job["lines"], 8, 8, 10
    narrow = points(n, d)
    wide = narrow.astype(float)
    columns = columns_of(wide)
    arguments = dict(n_init=restarts, tol=1e-4, max_iter=300)

    def ours():
        return constellation.KMeans(k, random_state=1, threads=job["threads"], **arguments).fit(columns)
    formulations = {name: (lambda rows=rows: KMeans(k, init="k-means++", random_state=1, algorithm="lloyd",
                                                    **arguments).fit(rows))
                    for name, rows in (("float64", wide), ("float32", narrow))}
    best = formulations["float64"]().inertia_

    def check(model):
        if model.inertia_ > best * 1.001:
            raise Wrong(f"inertia {model.inertia_!r}, the best known is {best!r}")
    return measure({"ours": ours}, formulations, check, job, f"KMeans({k}, n_init={restarts})",
                   version=f"scikit-learn {sklearn.__version__}")


def kmeans_bounds(job):
    """k = 100: the bounds of a triangle inequality against our own Lloyd passes, labels equal."""
    n, d, k = job["lines"], 8, 100
    wide = points(n, d).astype(float)
    columns = columns_of(wide)

    def fit(algorithm):
        return constellation.KMeans(k, init=wide[:k], order="start", max_iter=60, algorithm=algorithm,
                                    threads=job["threads"]).fit(columns)
    lloyd = fit("lloyd").serialize()

    def check(model):
        if model.serialize() != lloyd:
            raise Wrong("the model is not Lloyd's")
    found = measure({"auto": lambda: fit("auto")}, {"lloyd": lambda: fit("lloyd")}, check, job,
                    "KMeans(algorithm=auto), 60 iterations", version="the same library")
    return found


def kmeans_cells(job):
    """Clusters of rows that are seen once: micro-clusters of all rows and ten starts on them, against mini-batches."""
    import sklearn
    from sklearn.cluster import MiniBatchKMeans

    warnings.filterwarnings("ignore")
    n, d, k = job["lines"], 8, 8
    wide = points(n, d).astype(float)
    columns = columns_of(wide)
    sample = {name: values[:10_000] for name, values in columns.items()}

    def summed():
        frame = constellation.KMeans(1, threads=job["threads"]).fit(sample)
        return constellation.KMeansCells(frame).update(columns, threads=job["threads"])

    def ours():
        return summed().fit(k, random_state=1, threads=job["threads"])
    formulations = {f"batches of {size}": (lambda size=size: MiniBatchKMeans(k, batch_size=size, n_init=1, max_iter=1,
                                                                            random_state=1).fit(wide))
                    for size in (1024, 65_536)}
    exact = constellation.KMeans(k, random_state=1, tol=1e-4).fit(columns).inertia_
    cells = summed()
    model = cells.fit(k, random_state=1)
    least, most = cells.inertia_bounds(model)
    if not least <= -model.score(columns) <= most:
        raise Wrong(f"inertia {-model.score(columns)!r} is not from {least!r} to {most!r}")
    losses = {"ours": -model.score(columns) / exact - 1,
              **{name: inertia_of(fit(), wide) / exact - 1 for name, fit in formulations.items()}}

    def check(found):
        if inertia_of(found, wide) > exact * 1.25:
            raise Wrong(f"inertia {inertia_of(found, wide)!r}, an exact fit has {exact!r}")
    return measure({"ours": ours}, formulations, check, job, f"KMeansCells, fit({k})",
                   version=f"scikit-learn {sklearn.__version__}",
                   details={"cells": cells.get_number("cells"), "bounds": (least / exact - 1, most / exact - 1),
                            **{f"inertia_above_exact_{name.replace(' ', '_')}": loss for name, loss in losses.items()}})


def inertia_of(model, rows):
    """Sum of squared distances to the nearest centre, the same computation for every model."""
    total = 0.0
    for start in range(0, len(rows), 65_536):
        part = rows[start:start + 65_536]
        total += ((part[:, None, :] - numpy.asarray(model.cluster_centers_)[None]) ** 2).sum(axis=2).min(axis=1).sum()
    return total


def prototypes(job):
    """Processor time of k-modes from the same start, by Cao: the same cost after each pass."""
    import kmodes
    from kmodes.kmodes import KModes

    n, m, k = job["lines"], 20, 8
    random = numpy.random.default_rng(3)
    heap = random.integers(0, k, n)
    codes = numpy.where(random.random((n, m)) < 0.7, (heap[:, None] * 3 + numpy.arange(m)) % 7,
                        random.integers(0, 7, (n, m)))
    texts = numpy.array([f"v{i}" for i in range(7)], dtype=object)[codes]
    table = pyarrow.table({f"c{i}": texts[:, i].tolist() for i in range(m)})

    def ours(threads=1):
        return constellation.KPrototypes(k, init="cao", threads=threads).fit(table)

    def theirs():
        return KModes(k, init="Cao", n_init=1).fit(codes)

    def taken(run):
        start = time.process_time()
        return run(), time.process_time() - start
    mine, first = taken(ours)
    other, second = taken(theirs)
    if mine.epoch_costs_ != [float(cost) for cost in other.epoch_costs_]:
        raise Wrong(f"costs {mine.epoch_costs_}, kmodes has {other.epoch_costs_}")
    if len({ours(threads).serialize() for threads in (1, 2, 3)}) != 1:
        raise Wrong("the model's bytes depend on the number of threads")
    times = {"ours": [first], "peer": [second]}
    for _ in range(job["repeat"] - 1):
        times["ours"].append(taken(ours)[1])
        times["peer"].append(taken(theirs)[1])
    return summary({name: [(t, t) for t in all_times] for name, all_times in times.items()}, "KModes(Cao)",
                   {"KModes(Cao)": min(times["peer"])}, ours_how="KPrototypes(cao), processor time", answers=2,
                   version=f"kmodes {kmodes.__version__}")


# --- customer value ---------------------------------------------------------------------------------------------------


def simulated(n, whole_days, seed=11):
    """x, tx, T in weeks of n customers of a BG/NBD population, first bought 26 to 104 weeks ago."""
    random = numpy.random.default_rng(seed)
    rate = random.gamma(R, 1 / ALPHA, n)
    dropout = random.beta(A, B, n)
    age = random.uniform(26, 104, n)
    if whole_days:
        age = numpy.floor(age * WEEK) / WEEK
    x, tx, now = numpy.zeros(n, numpy.int64), numpy.zeros(n), numpy.zeros(n)
    alive = numpy.arange(n)
    while len(alive):
        with numpy.errstate(divide="ignore", over="ignore"):
            now[alive] += random.exponential(1, len(alive)) / rate[alive]
        when = numpy.ceil(now[alive] * WEEK) / WEEK if whole_days else now[alive]
        inside = when <= age[alive]
        alive, when = alive[inside], when[inside]
        new = when > tx[alive]
        x[alive] += new
        tx[alive] = when
        alive = alive[random.random(len(alive)) >= dropout[alive]]
    return x, tx, age


def loglik(parameters, x, tx, age):
    """The log-likelihood of BG/NBD (Fader, Hardie, Lee 2005, formula 6) with scipy's functions."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = parameters
    common = gammaln(r + x) - gammaln(r) + r * numpy.log(alpha)
    stay = betaln(a, b + x) - betaln(a, b) - (r + x) * numpy.log(alpha + age)
    with numpy.errstate(divide="ignore"):
        gone = numpy.where(x > 0, betaln(a + 1, b + numpy.maximum(x, 1) - 1) - betaln(a, b)
                           - (r + x) * numpy.log(alpha + tx), -numpy.inf)
    return float(numpy.sum(common + numpy.logaddexp(stay, gone)))


def loglik_pareto(parameters, x, tx, age, rows=2000):
    """The log-likelihood of Pareto/NBD over the first rows, by quadrature of the time of death."""
    from scipy.integrate import quad

    from scipy.special import gammaln

    r, alpha, s, beta = parameters
    total = 0.0
    for n, last, end in zip(x[:rows], tx[:rows], age[:rows]):
        k = r + n
        gone, _ = quad(lambda y: s / (beta + y) * numpy.exp(k * numpy.log((alpha + end) / (alpha + y))
                                                            + s * numpy.log((beta + end) / (beta + y))), last, end)
        total += (gammaln(k) - gammaln(r) + r * numpy.log(alpha) + s * numpy.log(beta) - k * numpy.log(alpha + end)
                  - s * numpy.log(beta + end) + numpy.log1p(gone))
    return total


def value_fit(job):
    """Parameters of a model of customer value; the log-likelihood is at least the peer's."""
    import lifetimes

    warnings.filterwarnings("ignore")
    pareto = job["task"] == "pareto_fit"
    x, tx, age = simulated(job["lines"], job["task"] != "value_fit_distinct")
    rows = {"x": x, "tx": tx, "T": age}
    fitter = lifetimes.ParetoNBDFitter if pareto else lifetimes.BetaGeoFitter
    names = ("r", "alpha", "s", "beta") if pareto else ("r", "alpha", "a", "b")
    judge = loglik_pareto if pareto else loglik
    mine = constellation.CustomerValue("pnbd" if pareto else "bgnbd", threads=job["threads"])

    def ours():
        return mine.fit(rows)

    def theirs():
        return fitter(penalizer_coef=0.0).fit(x, tx, age)
    started = time.perf_counter()
    other = theirs()
    once = time.perf_counter() - started
    reached = [judge([float(found[name]) for name in names], x, tx, age) for found in (ours().params_, other.params_)]
    if not reached[0] >= reached[1] - 1e-6 * abs(reached[1]):
        raise Wrong(f"log-likelihood {reached[0]!r}, lifetimes reaches {reached[1]!r}")
    from compare import take_turns

    repeat = 1 if once > 60 else min(job["repeat"], 3)
    return summary(take_turns(ours, theirs, repeat), f"{fitter.__name__}().fit()", {"fit": once},
                   ours_how=f"CustomerValue({mine.model!r}).fit(), with standard errors and limits", answers=2,
                   version=f"lifetimes {lifetimes.__version__}",
                   details={"loglik": reached[0], "peer_loglik": reached[1],
                            "ours_peak_mib": peak(ours), "peer_peak_mib": peak(theirs)})


def value_predict(job):
    """Expected purchases in 39 weeks and P(alive) of each customer."""
    import lifetimes

    warnings.filterwarnings("ignore")
    x, tx, age = simulated(job["lines"], False)
    rows = pyarrow.table({"x": x, "tx": tx, "T": age})
    given = dict(r=R, alpha=ALPHA, a=A, b=B)
    mine = constellation.CustomerValue("bgnbd", threads=job["threads"]).set_parameters(**given)
    other = lifetimes.BetaGeoFitter()
    other.params_ = __import__("pandas").Series(given)
    other.predict = other.conditional_expected_number_of_purchases_up_to_time

    def ours():
        table = mine.predict(rows, horizon=39.0, frame="pyarrow")
        return table.column("purchases").to_numpy(), table.column("p_alive").to_numpy()

    def theirs():
        return (numpy.asarray(other.conditional_expected_number_of_purchases_up_to_time(39.0, x, tx, age)),
                numpy.asarray(other.conditional_probability_alive(x, tx, age)))
    expected = ours()

    def check(answer):
        for name, found, wanted in zip(("purchases", "P(alive)"), answer, expected):
            known = numpy.isfinite(found)
            if known.mean() < 0.99 or not numpy.allclose(found[known], wanted[known], rtol=1e-6, atol=1e-12):
                raise Wrong(f"{name} differ")
    return measure({"ours": ours}, {"two calls": theirs}, check, job, "predict(): purchases and p_alive",
                   version=f"lifetimes {lifetimes.__version__}")


def value_score(job):
    """Scoring of many customers, ours alone."""
    x, tx, age = simulated(min(job["lines"], 1_000_000), True)
    times = -(-job["lines"] // len(x))
    rows = pyarrow.table({name: numpy.tile(values, times)[:job["lines"]]
                          for name, values in (("x", x), ("tx", tx), ("T", age))})
    model = constellation.CustomerValue("bgnbd", threads=job["threads"]).set_parameters(r=R, alpha=ALPHA, a=A, b=B)

    def run():
        return model.predict(rows, horizon=39.0, frame="pyarrow")
    if run().num_rows != job["lines"]:
        raise Wrong("rows are missing")
    return alone(run, job, "predict(): purchases and p_alive", answers=1, details={"ours_peak_mib": peak(run)})


# --- stages -----------------------------------------------------------------------------------------------------------

KINDS = ("ORDER", "ORDER_PERFECT", "ORDER_FAILED", "COMPLAINT", "RETURN_FAULT", "PRICE_INCREASE_ACCEPTED", "NEW_CATEGORY",
         "REFERRAL", "PLAN_PROMISED", "EXIT_THREAT")
WEIGHTS = (0.40, 0.30, 0.08, 0.05, 0.04, 0.03, 0.04, 0.02, 0.03, 0.01)


def stages(job):
    """A replay of events into moves between stages, ours alone: nobody else does this."""
    n = job["lines"]
    random = numpy.random.default_rng(5)
    customers = max(n // 20, 1)
    customer = random.integers(0, customers, n, dtype=numpy.int64)
    when = numpy.sort(random.integers(0, 3 * 365 * 86_400, n)) * 1_000_000 + 1_640_995_200_000_000
    if job["task"] == "stages_grouped":
        order = numpy.argsort(customer, kind="stable")
        customer, when = customer[order], when[order]
    kinds = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array(random.choice(len(KINDS), n, p=WEIGHTS).astype(numpy.int8)), pyarrow.array(KINDS))
    table = pyarrow.table({"customer": customer, "event_id": numpy.arange(n, dtype=numpy.int64), "kind": kinds,
                           "valid": pyarrow.array(when, pyarrow.timestamp("us", "UTC"))})

    def run():
        return constellation.StageReplay(as_of="2025-01-01", threads=job["threads"]).fit(table)
    moves = run().history_.moves("pyarrow")
    # Any order at a small size; later events before earlier ones at any.
    other = (table.take(random.permutation(n)) if n <= 1_000_000
             else pyarrow.concat_tables([table.slice(n // 2), table.slice(0, n // 2)]))
    again = constellation.StageReplay(as_of="2025-01-01", threads=job["threads"]).fit(other).history_.moves("pyarrow")
    if not moves.equals(again):
        raise Wrong("the moves depend on the order of the events")
    return alone(run, job, "StageReplay().fit()", answers=1,
                 details={"customers": customers, "moves": moves.num_rows, "ours_peak_mib": peak(run)})


TASKS = {"rfm": rfm, "rfm_none": rfm, "rfm_alone": rfm_alone, "cohorts": cohorts, "kmeans_iteration": kmeans_iteration, "kmeans_fit": kmeans_fit,
         "kmeans_bounds": kmeans_bounds, "kmeans_cells": kmeans_cells, "prototypes": prototypes, "value_fit": value_fit, "value_fit_distinct": value_fit,
         "pareto_fit": value_fit, "value_predict": value_predict, "value_score": value_score, "stages": stages,
         "stages_grouped": stages}
