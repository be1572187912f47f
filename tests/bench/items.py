"""Daily sales of one store's items (M5), for the benchmarks; they lie beside the checkout (CSTN_SHARED)."""
import csv
import gzip

import numpy
import pyarrow

import constellation
from forecasts import SHARED

DATA = SHARED / "data/m5"
SEASON, HORIZON = 7, 28
DAY_ONE = 15_003  # 2011-01-29, by days since 1970
TYPES = ("Sporting", "Cultural", "National", "Religious")
#: columns of signals, and what the global model makes of them
SIGNALS = {"snap_CA": ["by_pool"], "Sporting": [], "Cultural": ["next"], "National": ["next"], "Religious": []}


class Items:
    """Sales of every k-th item, about `n` of them, the calendar, and what the odd rows of the file sold after."""

    def __init__(self, n=None):
        with gzip.open(DATA / "sales_CA_1_FOODS_d1_d1913.csv.gz", "rt") as file:
            lines = list(csv.reader(file))[1:]
        with gzip.open(DATA / "actuals_CA_1_FOODS_odd_rows_d1914_d1941.csv.gz", "rt") as file:
            after = {int(line[0]) - 1: line[2:] for line in list(csv.reader(file))[1:]}
        with gzip.open(DATA / "calendar.csv.gz", "rt") as file:
            days = list(csv.DictReader(file))
        every = max(1, len(lines) // n) if n else 1
        self.y = numpy.array([line[6:] for line in lines[::every]], float)
        self.n, self.days = self.y.shape
        self.pool = numpy.array([int(line[2][-1]) - 1 for line in lines[::every]])
        self.odd = numpy.array([i for i in range(self.n) if i * every in after])
        self.after = numpy.full((self.n, HORIZON), numpy.nan)
        self.after[self.odd] = [after[i * every] for i in self.odd]
        self.signals = numpy.array([[float(day["snap_CA"]) for day in days]] + [
            [float(day["event_type_1"] == kind) for day in days] for kind in TYPES])

    def frame(self, ahead):
        """Rows of all items, and of the days ahead their signals."""
        days = self.days + ahead
        sold = numpy.concatenate([self.y, numpy.full((self.n, ahead), numpy.nan)], 1).ravel()
        ds = numpy.tile(numpy.arange(DAY_ONE, DAY_ONE + days, dtype="int32"), self.n)
        columns = {"unique_id": numpy.repeat(numpy.arange(self.n), days), "ds": pyarrow.array(ds, pyarrow.date32()),
                   "y": pyarrow.array(sold, mask=numpy.isnan(sold)), "dept_id": numpy.repeat(self.pool, days)}
        for name, of in zip(SIGNALS, self.signals):
            columns[name] = numpy.tile(of[:days], self.n)
        return pyarrow.table(columns)

    def scale(self):
        """Root of the mean squared step from the first sale on."""
        began = numpy.cumsum(self.y > 0, 1) > 0
        steps = numpy.where(began[:, :-1], numpy.diff(self.y, axis=1), 0)
        return numpy.sqrt((steps ** 2).sum(1) / numpy.maximum(began[:, :-1].sum(1), 1))

    def score(self, forecasts, some=None):
        """RMSSE of odd rows, or of some of them: the mean, and weighted by the units of the last 28 days."""
        some = self.odd if some is None else some
        some = some[self.scale()[some] > 0]
        error = numpy.sqrt(((self.after[some] - forecasts[some]) ** 2).mean(1)) / self.scale()[some]
        units = self.y[some, -HORIZON:].sum(1)
        return float(error.mean()), float((units * error).sum() / units.sum())


def local_model(items, days):
    """A model that learned from the first `days`."""
    model = constellation.DemandModel("dept_id", ["snap_CA"], threads=1)
    return model.fit(sales(items, slice(0, days)))


def sales(items, days):
    """Rows of some days for a local model."""
    ds = numpy.tile(numpy.arange(items.days, dtype="int32")[days] + DAY_ONE, items.n)
    n = len(ds) // items.n
    return pyarrow.table({
        "unique_id": numpy.repeat(numpy.arange(items.n), n), "ds": pyarrow.array(ds, pyarrow.date32()),
        "y": items.y[:, days].ravel(), "dept_id": numpy.repeat(items.pool, n),
        "snap_CA": numpy.tile(items.signals[0, : items.days][days], items.n).astype("int64")})
