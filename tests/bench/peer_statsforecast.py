"""Fit a model of statsforecast to each series of a file; the last line is seconds, by the wall and of the processor, forecasts
and version as JSON.

usage: peer_statsforecast.py FILE MODEL [cold]    a line a series: season, horizon, values

Ensemble is the median of AutoARIMA, AutoETS and AutoTheta. Two series of each kind are fitted before the clock starts, unless
`cold` is asked for.
"""
import collections
import json
import sys
import time

begin = time.perf_counter()
import pandas  # noqa: E402
import statsforecast  # noqa: E402
from statsforecast import StatsForecast, models  # noqa: E402

ENSEMBLE = ("AutoARIMA", "AutoETS", "AutoTheta")


def fit(name, members, series, season, h):
    frame = pandas.DataFrame({"unique_id": [i for i in members for _ in series[i]],
                              "ds": [t for i in members for t in range(len(series[i]))],
                              "y": [value for i in members for value in series[i]]})
    if name == "SeasonalNaive" and season == 1:
        chosen = [models.Naive()]
    else:
        chosen = [getattr(models, one)(season_length=season) for one in (ENSEMBLE if name == "Ensemble" else [name])]
    start, processor = time.perf_counter(), time.process_time()
    said = StatsForecast(models=chosen, freq=1, n_jobs=1).forecast(df=frame, h=h)
    seconds = time.perf_counter() - start, time.process_time() - processor
    said = said.reset_index() if "unique_id" not in said.columns else said
    columns = [name for name in said.columns if name not in ("unique_id", "ds", "index")][-len(chosen):]
    middle = said[columns].median(axis=1)
    return seconds, {i: rows.tolist() for i, rows in middle.groupby(said["unique_id"])}


def main():
    file, name, *more = sys.argv[1:]
    series, groups = [], collections.defaultdict(list)
    for i, line in enumerate(open(file)):
        season, h, *values = line.split()
        groups[int(season), int(h)].append(i)
        series.append([float(value) for value in values])
    for (season, h), members in groups.items():
        if "cold" not in more:
            fit(name, members[:2], series, season, h)
    start, seconds, cpu, forecasts = time.perf_counter() - begin, 0.0, 0.0, {}
    for (season, h), members in groups.items():
        (wall, processor), said = fit(name, members, series, season, h)
        seconds, cpu = seconds + wall, cpu + processor
        forecasts.update(said)
    print(json.dumps({"seconds": seconds, "cpu": cpu, "start": start, "forecasts": [forecasts[i] for i in range(len(series))],
                      "version": f"statsforecast {statsforecast.__version__}"}))


main()
