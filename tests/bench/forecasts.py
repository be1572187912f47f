"""The tasks of the benchmarks about models fitted to each series, against statsforecast and R's forecast.

Each function takes a job (see compare.py) and gives what summary() gives. Series are those of competitions, which lie beside
the checkout (CSTN_SHARED); without them nothing is measured. A peer runs in a process of its own, since statsforecast wants
another pandas than the rest: it reads the same series, fits two of them to warm up, and tells its seconds and its forecasts.
What both said is scored on the test parts: faster and worse would be no answer.
"""
import csv
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import pyarrow

import constellation
from customers import summary
from engines import Wrong

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("CSTN_SHARED") or HERE.parents[2] / "shared")
#: model of the peer, and ours of the same definition
MODELS = {"statsforecast": {"auto": ("AutoETS", "Auto"), "theta": ("Theta", "STM"), "dotm": ("AutoTheta", "DOTM"), "ets": ("AutoETS", "AutoETS"),
                            "naive": ("SeasonalNaive", "SeasonalNaive"), "ensemble": ("Ensemble", "Auto")},
          "r": {"auto": ("ets", "Auto"), "ets": ("ets", "AutoETS"), "theta": ("thetaf", "SESDrift"), "naive": ("snaive", "SeasonalNaive")}}
PEER_HOW = {"Ensemble": "median of AutoARIMA, AutoETS and AutoTheta"}


def m3(count):
    """Series spread over M3: history, what came, season, season of the scale."""
    csv.field_size_limit(1 << 30)
    with gzip.open(SHARED / "data/m3/M3_series.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    for row in rows[:: max(1, len(rows) // count)][:count]:
        yield (numpy.array(row["train"].split(), float), numpy.array(row["test"].split(), float), int(row["freq"]),
               int(row["freq"]))


def weekly(count):
    def ragged(name):
        with gzip.open(SHARED / f"data/m4/{name}.csv.gz", "rt") as file:
            next(file)
            return {words[0]: numpy.array([float(word) for word in words[1:] if word])
                    for words in (line.strip().replace('"', "").split(",") for line in file)}

    train, test = ragged("Weekly-train"), ragged("Weekly-test")
    names = sorted(train)
    for name in names[:: max(1, len(names) // count)][:count]:
        yield train[name], test[name], 52, 1


def score(series, forecasts):
    """Mean sMAPE and MASE."""
    smape, mase = [], []
    for (history, came, _, season), said in zip(series, forecasts):
        if len(said) != len(came) or not numpy.isfinite(said).all():
            raise Wrong(f"{len(said)} forecasts of {len(came)} periods, or one that is no number")
        size = numpy.abs(came) + numpy.abs(said)
        smape.append((200 * numpy.abs(came - said) / numpy.where(size > 0, size, 1)).mean())
        mase.append(numpy.abs(came - said).mean() / numpy.abs(history[season:] - history[:-season]).mean())
    return float(numpy.mean(smape)), float(numpy.mean(mase))


class Ours:
    """One frame for each season and horizon, as a user would have them."""

    def __init__(self, series, model):
        self.series, self.model, self.groups = series, model, {}
        for i, (_, came, season, _) in enumerate(series):
            self.groups.setdefault((season, len(came)), []).append(i)
        self.frames = {key: self.frame(members) for key, members in self.groups.items()}

    def frame(self, members):
        values = [self.series[i][0] for i in members]
        return pyarrow.table({"unique_id": numpy.repeat(members, [len(v) for v in values]),
                              "ds": numpy.concatenate([numpy.arange(len(v)) for v in values]),
                              "y": numpy.concatenate(values)})

    def run(self):
        out = {}
        for (season, h), frame in self.frames.items():
            model = constellation.Forecaster(self.model, season=season, threads=1)
            out[season, h] = pyarrow.table(model.forecast(frame, h, frame="table"))
        return out

    def forecasts(self):
        found = [None] * len(self.series)
        for (season, h), table in self.run().items():
            for i, said in zip(self.groups[season, h], table.column(self.model).to_numpy().reshape(-1, h)):
                found[i] = said
        return found


def command_of(peer):
    """How the peer is started, or why it is not."""
    if peer == "r":
        r = shutil.which("Rscript")
        there = r and subprocess.run([r, "-e", "library(forecast)"], capture_output=True).returncode == 0
        return ([r, str(HERE / "peer_forecast.R")], None) if there else (
            None, "not measured: there is no R with the package forecast (Debian's r-cran-forecast)")
    python = os.environ.get("CSTN_STATSFORECAST_PYTHON")
    if not python:
        return None, "not measured: CSTN_STATSFORECAST_PYTHON names no Python with statsforecast (it wants another pandas)"
    return [python, str(HERE / "peer_statsforecast.py")], None


def run_peer(command, file, model, *more):
    # compiled code that an earlier run left behind would make a cold start warm
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run([*command, file, model, *more], capture_output=True, text=True,
                              env={**os.environ, **({"NUMBA_CACHE_DIR": cache} if "cold" in more else {})})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-1000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def write_series(series, file):
    """Histories, horizons and seasons, as peers read them."""
    with open(file, "w") as out:
        for history, horizon, season in series:
            print(season, horizon, *(repr(float(value)) for value in history), file=out)


def of_peer(peer, series, model, *more):
    """What a peer says of series (history, horizon, season), and its seconds; {"skipped": why}."""
    command, why = command_of(peer)
    if why:
        return {"skipped": why}
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "series.txt")
        write_series(series, file)
        return run_peer(command, file, model, *more)


def compare_family(job):
    _, what, data = job["task"].split("_")
    if not (SHARED / "data/m3").exists():
        return {"skipped": "not measured: the series of competitions are not beside the checkout (CSTN_SHARED)"}
    command, why = command_of(job["peer"])
    if why:
        return {"skipped": why}
    from compare import timed

    model, mine = MODELS[job["peer"]][what]
    series = list({"m3": m3, "weekly": weekly}[data](job["lines"]))
    ours = Ours(series, mine)
    my_score = score(series, ours.forecasts())
    times = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "series.txt")
        write_series([(history, len(came), season) for history, came, season, _ in series], file)
        for turn in range(min(job["repeat"], 3)):
            times["ours"].append(timed(ours.run))
            found = run_peer(command, file, model)
            times["peer"].append((found["seconds"], found["cpu"]))
            if turn == 0:
                their_score = score(series, [numpy.array(said, float) for said in found["forecasts"]])
            if found["seconds"] > 60:
                break
    while len(times["ours"]) < 5:
        times["ours"].append(timed(ours.run))
    details = {"ours_smape": my_score[0], "ours_mase": my_score[1], "peer_smape": their_score[0], "peer_mase": their_score[1],
               "peer_start_s": found["start"]}
    return summary(times, f"{PEER_HOW.get(model, model)}, warmed up, its compilation not counted", {}, ours_how=f'Forecaster("{mine}"), threads=1',
                   answers=2, version=found["version"], details=details)


TASKS = {f"family_{what}_{data}": compare_family for what in MODELS["statsforecast"] for data in ("m3", "weekly")}
