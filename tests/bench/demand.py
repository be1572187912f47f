"""The tasks of the benchmarks about demand models: a day of a million series and their forecasts, against who repeats a
season and who fits anew; the first call of a process; memory.

Each takes a job (see compare.py) and gives what summary() gives. Answers are compared first: the model that learned day by
day has the bytes of one that was merged of two halves, or that learned all days at once.
"""
import datetime
import json
import statistics
import subprocess
import sys

import numpy
import pyarrow

import constellation
from compare import timed
from customers import alone, summary
from engines import Wrong

POOLS = 100
LEVELS = [.005, .025, .165, .25, .5, .75, .835, .975, .995]
FIRST_DAY = datetime.date(2024, 1, 1)
HISTORY, AHEAD = 28, 28
#: a peer that takes half a millisecond a series has so many of them
PEER_SERIES = 100_000
#: the number that is an id, and two places of a hash table
ID_BYTES = 24


class Days:
    """What each series sells a day: Poisson, most of them little."""

    def __init__(self, n):
        self.n = n
        self.random = numpy.random.default_rng(5)
        self.ids = numpy.arange(n)
        self.mean = self.random.gamma(1.0, 1.5, n)

    def frame(self, day):
        ds = numpy.full(self.n, (FIRST_DAY - datetime.date(1970, 1, 1)).days + day, "int32")
        return pyarrow.table({"unique_id": self.ids, "ds": pyarrow.array(ds, pyarrow.date32()), "pool": self.ids % POOLS,
                              "y": self.random.poisson(self.mean).astype("float64")})


def check(days):
    """Halves learn apart and merge before the day is closed."""
    one, *halves = (constellation.DemandModel("pool", season=7) for _ in range(3))
    frame = days.frame(0)
    one.update(frame)
    for half, rows in zip(halves, (frame[: days.n // 2], frame[days.n // 2:])):
        half.update(rows)
    if halves[1].merge(halves[0]).to_bytes() != one.to_bytes():
        raise Wrong("halves of the series do not merge to the whole")


def demand_daily(job):
    """Each run is another day: rows in, the day closed, 28 days of every series out."""
    days = Days(min(job["lines"], 1_000_000))
    check(Days(min(days.n, 2000)))
    model = constellation.DemandModel("pool", season=7, threads=1)
    ahead = iter(range(10_000))
    for _ in range(3):
        model.update(days.frame(next(ahead)), close=True)
    frames = [days.frame(next(ahead)) for _ in range(max(job["repeat"], 1))]
    waiting = iter(frames)

    def ours():
        model.update(next(waiting), close=True)
        rows = sum(batch.num_rows for batch in
                   pyarrow.RecordBatchReader.from_stream(model.predict(28, quantiles=LEVELS, frame="table")))
        if rows != 28 * days.n:
            raise Wrong(f"{rows} rows of forecasts")

    held = model.size_["bytes"] / days.n
    return alone(ours, job, f"DemandModel of {days.n:,} series, {held:.0f} bytes each with ids", answers=1)


def points(job):
    """The same day, and its forecasts without quantiles; the peer repeats the last season of a part of the series."""
    from forecasts import of_peer

    days = Days(min(job["lines"], 1_000_000))
    check(Days(min(days.n, 2000)))
    model = constellation.DemandModel("pool", season=7, threads=1)
    frames = [days.frame(day) for day in range(HISTORY + max(job["repeat"], 1))]
    for frame in frames[:HISTORY]:
        model.update(frame, close=True)
    waiting = iter(frames[HISTORY:])

    def ours():
        model.update(next(waiting), close=True)
        rows = sum(batch.num_rows for batch in
                   pyarrow.RecordBatchReader.from_stream(model.predict(AHEAD, frame="table")))
        if rows != AHEAD * days.n:
            raise Wrong(f"{rows} rows of forecasts")

    some = min(days.n, PEER_SERIES)
    past = numpy.stack([frame.column("y").to_numpy()[:some] for frame in frames[:HISTORY]], 1)
    found = of_peer(job["peer"], [(one, AHEAD, 7) for one in past], "SeasonalNaive")
    if "skipped" in found:
        return found
    if not numpy.array_equal(numpy.array(found["forecasts"], float)[:, :7], past[:, -7:]):
        raise Wrong("the peer does not repeat the last season")
    times = {"ours": [timed(ours) for _ in range(max(job["repeat"], 1))],
             "peer": [(found["seconds"] * days.n / some, found["cpu"] * days.n / some)]}
    return summary(times, f"SeasonalNaive of {some:,} series with {HISTORY} days, times {days.n / some:g}", {}, answers=2,
                   ours_how=f"DemandModel of {days.n:,} series: a day learned and closed, {AHEAD} days forecast",
                   version=found["version"])


def update_refit(job):
    """A day more of sales: a step of a model, against another fit of the whole history."""
    from forecasts import MODELS, of_peer
    from items import DATA, DAY_ONE, HORIZON, SEASON, Items, local_model, sales

    if not DATA.exists():
        return {"skipped": "not measured: the sales of M5 are not beside the checkout (CSTN_SHARED)"}
    items, turns = Items(), max(job["repeat"], 1)
    model = local_model(items, items.days - turns)
    one_call, whole, after = [], local_model(items, items.days), DAY_ONE + items.days
    some = items.odd[:: len(items.odd) // job["lines"]][: job["lines"]]
    of = MODELS[job["peer"]]["auto"][0]
    found = of_peer(job["peer"], [(items.y[i], HORIZON, SEASON) for i in some], of)
    if "skipped" in found:
        return found
    frames = iter([sales(items, slice(day, day + 1)) for day in range(items.days - turns, items.days)])
    times = {"ours": [timed(lambda: model.update(next(frames), close=True)) for _ in range(turns)]}
    times["ours"] = [tuple(seconds * job["lines"] / items.n for seconds in pair) for pair in times["ours"]]
    times["peer"] = [(found["seconds"] * job["lines"] / len(some), found["cpu"] * job["lines"] / len(some))]
    if model.to_bytes() != whole.to_bytes():
        raise Wrong("days learned one by one are not those learned at once")
    ahead = pyarrow.table({"ds": pyarrow.array(range(after, after + HORIZON), pyarrow.date32()),
                           "snap_CA": items.signals[0, items.days:items.days + HORIZON].astype("int64")})
    said = pyarrow.table(model.predict(HORIZON, ahead, frame="table")).column("mean").to_numpy().reshape(items.n, HORIZON)
    theirs = numpy.full_like(said, numpy.nan)
    theirs[some] = numpy.maximum(numpy.array(found["forecasts"], float), 0)
    for i in range(200):
        one_call.append(timed(lambda: model.update_one(i, datetime.date(1970, 1, 1) + datetime.timedelta(after), 1.0, pool=int(items.pool[i])))[0])
    details = {"ours_one_call_us": statistics.median(one_call) * 1e6, "ours_rmsse": items.score(said, some)[0],
               "peer_rmsse": items.score(theirs, some)[0], "peer_start_s": found["start"]}
    return summary(times, f"{of} of {len(some)} series with {items.days:,} days", {}, answers=1, details=details,
                   ours_how=f"DemandModel.update() of {items.n:,} series with a day, closed; ours_one_call_us is of one row",
                   version=found["version"])


FIRST = """
import json, sys, time
import pyarrow
begin = time.perf_counter()
import constellation
imported = time.perf_counter()
rows = pyarrow.table({"unique_id": [1] * 200, "ds": list(range(200)), "y": [float(i % 7 + 1) for i in range(200)]})
start = time.perf_counter()
said = pyarrow.table(constellation.Forecaster(sys.argv[1], season=7, threads=1).forecast(rows, 28, frame="table"))
print(json.dumps([time.perf_counter() - start, imported - begin, said.column(sys.argv[1]).to_pylist()]))
"""


def first_call(job):
    """The first forecast of one series in a process that was just started."""
    from forecasts import of_peer

    expected = [float(i % 7 + 1) for i in range(200, 228)]
    runs = [json.loads(subprocess.run([sys.executable, "-c", FIRST, "Auto"], capture_output=True, text=True,
                                      check=True).stdout) for _ in range(2 * job["repeat"] + 1)]
    if not numpy.allclose(runs[0][2], expected, rtol=1e-3):
        raise Wrong(f"the first call forecasts {runs[0][2]}")
    times = {"ours": [(run[0], run[0]) for run in runs]}
    how = 'Forecaster("Auto").forecast() of one series, in a new process'
    details = {"ours_import_ms": statistics.median(run[1] for run in runs) * 1e3}
    if job["peer"] == "alone":
        return {**summary({**times, "peer": times["ours"]}, None, {}, ours_how=how, answers=1), "details": details}
    found = of_peer(job["peer"], [(numpy.array([float(i % 7 + 1) for i in range(200)]), 28, 7)], "AutoETS", "cold")
    if "skipped" in found:
        return found
    return summary({**times, "peer": [(found["seconds"], found["cpu"])]}, "AutoETS of one series, in a new process; nothing is warmed up", {},
                   ours_how=how, answers=2, version=found["version"], details={**details, "peer_start_s": found["start"]})


def memory(job):
    """What one more series takes beside its id: bytes as the model counts them, with tables that are full, of so many
    series and of half of them; so what a model or a pool has once does not count."""
    n = 1 << (job["lines"].bit_length() - 1)
    held = []
    for is_calibrated in (False, True):
        size = {}
        for some in (n // 2, n):
            days = Days(some)
            model = constellation.DemandModel(season=7, calibrate=is_calibrated, threads=1)
            for day in range(2):
                model.update(days.frame(day), close=True)
            if model.size_["series"] != some:
                raise Wrong(f"{model.size_['series']} of {some} series")
            size[some] = model.size_["bytes"]
        held.append(round((size[n] - size[n // 2]) / (n - n // 2), 1))
    value = held[0] - ID_BYTES if job["task"] == "memory_local" else held[1] - held[0]
    found = {"median": value, "best": value, "worst": value, "cpu": value}
    return {"how": None, "ours_how": f"DemandModel.size_ of {n:,} series, {ID_BYTES} bytes of each id not counted", "formulations": {}, "answers": 1,
            "ours": found}


TASKS = {"demand_daily": demand_daily, "demand_points": points, "update_refit": update_refit, "first_call": first_call,
         "memory_local": memory, "memory_levels": memory}
