"""The tasks of the benchmarks about the global model, against boosted trees of scikit-learn and LightGBM.

Each function takes a job (see compare.py) and gives what summary() gives. The rows are those of M5 items of one store,
which lie beside the checkout (CSTN_SHARED). Features are made in numpy here, for the peers and as the first check: a ridge
on them has our model's coefficients. Peers begin with a matrix of features; ours begins with a frame of sales. What all
forecast is scored on the 28 days behind the last: faster and worse would be no answer.
"""
import importlib.metadata
import importlib.util
import time

import numpy
import pyarrow

import constellation
from compare import timed
from customers import summary
from engines import Wrong
from items import DATA, DAY_ONE, HORIZON, SEASON, SIGNALS, Items, local_model

ORIGINS, MEMORY, YEAR = 52, 13, 364
PENALTY, PAUSE_MOST = 1e-3, 60
TREES = {"rounds": 200, "leaves": 31, "rows": 200, "rate": .05, "l2": 1.0, "bins": 255}
PEERS = {"sklearn": ("sklearn", "scikit-learn"), "lightgbm": ("lightgbm", "lightgbm")}


class Features:
    """Columns of series as of their origins: of the ridge, or what trees look at."""

    def __init__(self, items):
        self.items, self.scale = items, items.scale()
        self.u = items.y / numpy.where(self.scale > 0, self.scale, 1)[:, None]
        self.sums = numpy.concatenate([numpy.zeros((items.n, 1)), numpy.cumsum(self.u, 1)], 1)
        self.smoothed = {rate: self.smooth(self.u, rate) for rate in (.05, .1, .3)}
        self.share = self.smooth(self.u > 0, .05)
        pause = numpy.zeros(items.n)
        self.pause = numpy.empty_like(self.u)
        for t in range(items.days):
            pause = numpy.where(self.u[:, t] > 0, 0, pause + 1)
            self.pause[:, t] = pause

    @staticmethod
    def smooth(values, rate):
        out = numpy.array(values, float)
        for t in range(1, out.shape[1]):
            out[:, t] = out[:, t - 1] + rate * (out[:, t] - out[:, t - 1])
        return out

    def ratios(self, at):
        """Of each pool and position of the season, over 13 seasons before an origin."""
        out = numpy.ones((3, SEASON))
        for pool in range(3):
            totals = self.items.y[self.items.pool == pool, at - MEMORY * SEASON: at].sum(0).reshape(MEMORY, SEASON)
            mean = totals.mean(0)
            if mean.mean() > 0:
                out[pool, (DAY_ONE + at + numpy.arange(SEASON)) % SEASON] = mean / mean.mean()
        return out

    def origin(self, at, horizon=HORIZON):
        """A dictionary of columns (series, days ahead) as of the first `at` days."""
        days = at + numpy.arange(horizon)
        ahead = numpy.arange(1, horizon + 1)
        flat = numpy.ones(horizon)

        def of_origin(values):
            return values[:, None] * flat

        def mean_of_last(n):
            return of_origin((self.sums[:, at] - self.sums[:, max(at - n, 0)]) / min(n, at))

        found = {"fast": of_origin(self.smoothed[.05][:, at - 1]), "faster": of_origin(self.smoothed[.1][:, at - 1]),
                 "fastest": of_origin(self.smoothed[.3][:, at - 1]), "mean_1": mean_of_last(SEASON),
                 "mean_4": mean_of_last(4 * SEASON), "mean_13": mean_of_last(MEMORY * SEASON)}
        back = (days - at) // SEASON + 1
        same = numpy.stack([self.u[:, days - (back + k) * SEASON] for k in range(8)])
        found.update(same_8=same.mean(0), same_4=same[:4].mean(0), same_1=same[0])
        found["pool_ratio"] = self.ratios(at)[self.items.pool][:, (DAY_ONE + days) % SEASON]
        found["base"] = found["fast"] * found["pool_ratio"]
        found["mean_4_ratio"] = found["mean_4"] * found["pool_ratio"]
        found["last"] = of_origin(self.u[:, at - 1])
        found["year"] = self.u[:, days - YEAR]
        found["pause"] = of_origin(self.pause[:, at - 1])
        found["share"] = of_origin(self.share[:, at - 1])
        found["ahead"] = ahead * numpy.ones_like(found["fast"])
        found["days"] = days
        return found

    def ridge(self, at):
        """The 38 columns in our order, a row a series and day ahead."""
        of = self.origin(at)
        part, base, days = of["ahead"] / HORIZON, of["base"], of["days"]
        pause = numpy.minimum(of["pause"], PAUSE_MOST) / PAUSE_MOST * of["fast"]
        date = (numpy.datetime64("1970-01-01") + DAY_ONE + days).astype(object)
        day = numpy.array([one.day for one in date])
        columns = [of[name] for name in ("fast", "faster", "fastest", "mean_1", "mean_4", "mean_13", "same_8", "same_4",
                                         "same_1", "base", "mean_4_ratio", "last", "year")]
        columns += [pause, of["share"], base * part, of["fastest"] * part, of["same_1"] * part, numpy.ones_like(base)]
        columns += [base * ((DAY_ONE + days) % SEASON == position) for position in range(SEASON)]
        columns += [base * (day <= 3), base * (day >= 28)]
        for (_, kinds), signal in zip(SIGNALS.items(), self.items.signals):
            columns.append(base * signal[days])
            columns += [base * signal[days] * (self.items.pool == pool)[:, None] for pool in range(3) if "by_pool" in kinds]
            if "next" in kinds:
                columns.append(base * signal[days + 1])
        return numpy.stack(columns, -1)

    def trees(self, at):
        """The same unmultiplied, as our trees see it."""
        of = self.origin(at)
        days, like = of["days"], numpy.ones_like(of["fast"])
        date = (numpy.datetime64("1970-01-01") + DAY_ONE + days).astype(object)
        columns = [of[name] for name in ("fast", "faster", "fastest", "mean_1", "mean_4", "mean_13", "same_8", "same_4",
                                         "same_1", "base", "mean_4_ratio", "last", "year", "share", "pause", "pool_ratio",
                                         "ahead")]
        columns += [like * ((DAY_ONE + days) % SEASON), like * [one.day for one in date], like * [one.month for one in date]]
        columns += [like * self.items.pool[:, None], like * self.scale[:, None]]
        for (_, kinds), signal in zip(SIGNALS.items(), self.items.signals):
            columns.append(like * signal[days])
            if "next" in kinds:
                columns.append(like * signal[days + 1])
        return numpy.stack(columns, -1)

    def rows(self, make):
        """All rows to learn from, and their targets."""
        x, y = [], []
        for k in range(ORIGINS):
            at = self.items.days - HORIZON - k * SEASON
            sells = (self.scale > 0) & (self.sums[:, at] > self.sums[:, at - MEMORY * SEASON])
            made = make(at)[sells]
            x.append(made.reshape(-1, made.shape[-1]))
            y.append(self.u[sells, at: at + HORIZON].ravel())
        return numpy.concatenate(x), numpy.concatenate(y)


def check_coefficients(x, y, model):
    """A ridge on the features made here is ours."""
    gram = x.T @ x
    gram[numpy.diag_indices(len(gram))] += PENALTY * numpy.trace(gram) / len(gram)
    expected = numpy.linalg.solve(gram, x.T @ y)
    found = pyarrow.table(model.coefficients()).column("coefficient").to_numpy()
    if model.get_number("rows") != len(x) or not numpy.allclose(found, expected, rtol=1e-5, atol=1e-7):
        raise Wrong(f"a ridge of numpy on {len(x):,} rows has other coefficients than ours on {model.get_number('rows'):,.0f}")


def boost(peer, threads):
    """A fit of the peer, and how it is called."""
    of = TREES
    if peer == "sklearn":
        from sklearn.ensemble import HistGradientBoostingRegressor

        return lambda x, y: HistGradientBoostingRegressor(
            max_iter=of["rounds"], max_leaf_nodes=of["leaves"], min_samples_leaf=of["rows"], learning_rate=of["rate"],
            l2_regularization=of["l2"], max_bins=of["bins"], early_stopping=False).fit(x, y).predict
    import lightgbm

    given = {"objective": "regression", "num_leaves": of["leaves"], "min_data_in_leaf": of["rows"], "verbose": -1,
             "learning_rate": of["rate"], "lambda_l2": of["l2"], "max_bin": of["bins"], "num_threads": threads}
    return lambda x, y: lightgbm.train(given, lightgbm.Dataset(x, y), of["rounds"]).predict


def table_of(model, items, column, **local):
    rows = pyarrow.table(model.predict(items.frame(HORIZON + 1), HORIZON, frame="table", **local))
    return rows.column(column).to_numpy().reshape(items.n, HORIZON)


def compare_global(job):
    """Fits of ours and the peer's in turns, as long as the peer's do not take minutes."""
    module, package = PEERS[job["peer"]]
    if not DATA.exists():
        return {"skipped": "not measured: the sales of M5 are not beside the checkout (CSTN_SHARED)"}
    if importlib.util.find_spec(module) is None:
        return {"skipped": f"not measured: there is no {package}"}
    is_ridge = job["task"] == "global_ridge"
    items = Items(job["lines"] // (HORIZON * ORIGINS))
    features, frame = Features(items), items.frame(1)

    def ours():
        return constellation.GlobalRidge(SIGNALS, pool="dept_id", trees=0 if is_ridge else TREES["rounds"],
                                         threads=job["threads"]).fit(frame)

    x, y = features.rows(features.ridge)
    model = ours()
    check_coefficients(x, y, model)
    if not is_ridge:
        x, y = features.rows(features.trees)
    fit = boost(job["peer"], job["threads"])
    fit(x[:20_000], y[:20_000])
    times, details = {"ours": [], "peer": []}, {"rows": len(x), "columns": x.shape[1]}
    for _ in range(job["repeat"]):
        times["ours"].append(timed(ours))
        wall, cpu = time.perf_counter(), time.process_time()
        predict = fit(x, y)
        times["peer"].append((time.perf_counter() - wall, time.process_time() - cpu))
        if times["peer"][-1][0] > 30:
            break
    while len(times["ours"]) < 3:
        times["ours"].append(timed(ours))
    last = (features.ridge if is_ridge else features.trees)(items.days)
    theirs = numpy.maximum(predict(last.reshape(-1, last.shape[-1])).reshape(items.n, HORIZON), 0) * features.scale[:, None]
    local = local_model(items, items.days)
    mine = table_of(model, items, "mean", local=local)
    alone = table_of(model, items, "mean")
    beside = (theirs + table_of(model, items, "local", local=local)) / 2
    for name, forecasts in (("ours_with_local", mine), ("ours_alone", alone), ("peer", theirs), ("peer_with_local", beside)):
        details[f"{name}_rmsse"], details[f"{name}_unit_rmsse"] = items.score(forecasts)
    # what is asked for beside the time; with a part of the items it says nothing
    details["is_accurate"] = (details["ours_with_local_unit_rmsse"] <= details["peer_unit_rmsse"] if is_ridge
                              else abs(details["ours_alone_unit_rmsse"] / details["peer_unit_rmsse"] - 1) <= .002
                              or details["ours_alone_unit_rmsse"] < details["peer_unit_rmsse"])
    how = "{rounds} rounds, {leaves} leaves, {rows} rows a leaf, rate {rate}, L2 {l2}, {bins} bins".format(**TREES)
    return summary(times, f"fit to a matrix of features: {how}", {}, answers=2, details=details,
                   ours_how="GlobalRidge().fit() of a frame of sales, features included",
                   version=f"{package} {importlib.metadata.version(package)}")


TASKS = {"global_ridge": compare_global, "global_trees": compare_global}
