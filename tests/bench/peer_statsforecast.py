"""Fit a model of statsforecast to each series of a file; the last line is seconds, forecasts and version as JSON.

usage: peer_statsforecast.py FILE MODEL     a line a series: season, horizon, values
"""
import collections
import json
import sys
import time

begin = time.perf_counter()
import pandas  # noqa: E402
import statsforecast  # noqa: E402
from statsforecast import StatsForecast, models  # noqa: E402


def fit(name, members, series, season, h):
    frame = pandas.DataFrame({"unique_id": [i for i in members for _ in series[i]],
                              "ds": [t for i in members for t in range(len(series[i]))],
                              "y": [value for i in members for value in series[i]]})
    kind = getattr(models, name)
    if name == "SeasonalNaive" and season == 1:
        kind, season = models.Naive, None
    model = kind() if season is None else kind(season_length=season)
    start = time.perf_counter()
    said = StatsForecast(models=[model], freq=1, n_jobs=1).forecast(df=frame, h=h)
    seconds = time.perf_counter() - start
    said = said.reset_index() if "unique_id" not in said.columns else said
    column = [name for name in said.columns if name not in ("unique_id", "ds", "index")][-1]
    return seconds, {i: rows[column].tolist() for i, rows in said.groupby("unique_id")}


def main():
    file, name = sys.argv[1:]
    series, groups = [], collections.defaultdict(list)
    for i, line in enumerate(open(file)):
        season, h, *values = line.split()
        groups[int(season), int(h)].append(i)
        series.append([float(value) for value in values])
    for (season, h), members in groups.items():
        fit(name, members[:2], series, season, h)
    start, seconds, forecasts = time.perf_counter() - begin, 0.0, {}
    for (season, h), members in groups.items():
        more, said = fit(name, members, series, season, h)
        seconds += more
        forecasts.update(said)
    print(json.dumps({"seconds": seconds, "start": start, "forecasts": [forecasts[i] for i in range(len(series))],
                      "version": f"statsforecast {statsforecast.__version__}"}))


main()
