"""The task of the benchmarks about demand models: a day of a million series, and their forecasts.

It takes a job (see compare.py) and gives what summary() gives. Answers are compared first: the model that learned day by
day has the bytes of one that was merged of two halves.
"""
import datetime

import numpy
import pyarrow

import constellation
from customers import alone
from engines import Wrong

POOLS = 100
LEVELS = [.005, .025, .165, .25, .5, .75, .835, .975, .995]
FIRST = datetime.date(2024, 1, 1)


class Days:
    """What each series sells a day: Poisson, most of them little."""

    def __init__(self, n):
        self.n = n
        self.random = numpy.random.default_rng(5)
        self.ids = numpy.arange(n)
        self.mean = self.random.gamma(1.0, 1.5, n)

    def frame(self, day):
        ds = numpy.full(self.n, (FIRST - datetime.date(1970, 1, 1)).days + day, "int32")
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


TASKS = {"demand_daily": demand_daily}
