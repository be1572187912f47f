"""A global ridge and a demand model fitted by Spark, against one fit on one machine.

Run by hand where pyspark and a Java are (pip install pyspark pyarrow pandas); it prints what it
compared and ends with 1 if bytes differ. The program is the one of doc/guides/demand-on-spark.md.

usage: python tests/spark_demand.py [SERIES [PARTITIONS]]
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Dict, Iterator, List

import pyarrow

from constellation import DemandModel, GlobalRidge, GlobalRidgeState

DAYS, HORIZON = 400, 28
ROW = "unique_id string, ds long, y double, dept string, fair double"


def sales(series: range, ahead: int = 0) -> Dict[str, List[Any]]:
    """Whole units of some series by the day, in five departments."""
    columns: Dict[str, List[Any]] = {name: [] for name in ("unique_id", "ds", "y", "dept", "fair")}
    for number in series:
        for day in range(DAYS + ahead):
            fair = day % 13 == 4
            noise = (number * 7919 + day * 104729) % 97 % 5
            y = (3 + day % 7) * (1 + number % 17) // (1 + number % 3) * (1 + fair) + noise
            row = (f"item {number}", day, float(y) if day < DAYS else None, f"d{number % 5}", float(fair))
            for column, value in zip(columns.values(), row):
                column.append(value)
    return columns


def fit_ridge(spark: Any, frame: Any, ridge: GlobalRidge) -> GlobalRidge:
    """Two passes over the rows; what comes to the driver are totals of pools and states."""
    from pyspark.sql import functions as F  # here, so that reading this file needs no Spark

    totals = frame.groupBy("dept", "ds").agg(F.sum("y").alias("y")).toArrow()
    begun = spark.sparkContext.broadcast(GlobalRidgeState(ridge, totals).serialize())

    def learn(batches: "Iterator[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
        rows = list(batches)
        if rows:
            state = GlobalRidgeState.deserialize(begun.value)
            state.update(pyarrow.Table.from_batches(rows), threads=1)
            yield pyarrow.RecordBatch.from_pydict({"state": [state.serialize()]})

    states = frame.repartition("unique_id").mapInArrow(learn, "state binary").collect()
    state = GlobalRidgeState.deserialize(begun.value)
    for row in states:
        state.merge(GlobalRidgeState.deserialize(bytes(row.state)))
    assert state.get_number("sold") == state.get_number("total"), "a part is missing"
    return state.finish()


def forecast_ridge(spark: Any, frame: Any, model: GlobalRidge) -> Any:
    """Forecasts of all series, where their rows lie."""
    sent = spark.sparkContext.broadcast(model.serialize())

    def ahead(batches: "Iterator[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
        rows = list(batches)
        if rows:
            here = GlobalRidge.deserialize(sent.value).set_params(threads=1)
            yield from here.predict(pyarrow.Table.from_batches(rows), frame="pyarrow").to_batches()

    return frame.repartition("unique_id").mapInArrow(
        ahead, "unique_id string, ds long, h int, mean double, flags int"
    )


def fit_demand(spark: Any, frame: Any, model: DemandModel, last: int) -> DemandModel:
    """The same of a `DemandModel` with ``history=True``: totals of pools first, then series."""

    def learner(sent: Any, totals_only: bool) -> Any:
        def learn(batches: "Iterator[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
            import pickle

            rows = list(batches)
            if rows:
                part = pickle.loads(sent.value)
                part.update(pyarrow.Table.from_batches(rows), totals_only=totals_only)
                yield pyarrow.RecordBatch.from_pydict({"state": [pickle.dumps(part)]})

        return learn

    def merged(totals_only: bool, begun: DemandModel) -> DemandModel:
        import pickle

        sent = spark.sparkContext.broadcast(pickle.dumps(begun))
        parts = frame.repartition("unique_id").mapInArrow(learner(sent, totals_only), "state binary")
        models = [pickle.loads(bytes(row.state)) for row in parts.collect()]
        for other in models[1:]:
            models[0].merge(other)
        return models[0]

    known = merged(True, model)
    known.close_period(last)
    return merged(False, known)


def timed(what: str, work: Any) -> Any:
    began = time.perf_counter()
    result = work()
    print(f"{what}: {time.perf_counter() - began:.1f} s", flush=True)
    return result


def main() -> int:
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    series, parts = (int(text) for text in (*sys.argv[1:], "200", "7")[:2])
    # Workers import this package and load this library.
    for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"):
        os.environ.setdefault(name, sys.executable)
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", str(parts))
        .config("spark.sql.adaptive.enabled", "false").getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    rows = sales(range(series), HORIZON)
    table = pyarrow.table(rows)
    frame = spark.createDataFrame(table.to_pandas(), ROW).replace(float("nan"), None)
    frame = frame.orderBy(F.rand(3)).cache()
    print(f"{series} series, {frame.count()} rows, {parts} partitions", flush=True)
    ridge = GlobalRidge({"fair": ["by_pool"]}, pool="dept", season=7, horizon=HORIZON, origins=20)
    whole = timed("one fit", lambda: ridge.fit(table))
    model = timed("global ridge by Spark", lambda: fit_ridge(spark, frame, ridge))
    same = model.serialize() == whole.serialize()
    print("global ridge, the same bytes:", same, flush=True)
    told = timed("its forecasts", lambda: forecast_ridge(spark, frame, model).collect())
    expected = {(row["unique_id"], row["h"]): row["mean"] for row in whole.predict(table, frame="table").to_pylist()}
    same_ahead = {(row.unique_id, row.h): row.mean for row in told} == expected
    print("forecasts, the same numbers:", same_ahead, flush=True)
    past = frame.where(F.col("y").isNotNull())
    demand = DemandModel("dept", ["fair"], season=7, history=True)
    local = timed("demand model by Spark", lambda: fit_demand(spark, past, demand, DAYS - 1))
    alone = DemandModel("dept", ["fair"], season=7, history=True).fit(sales(range(series)))
    same_local = local.to_bytes() == alone.to_bytes()
    print("demand model, the same bytes:", same_local, flush=True)
    spark.stop()
    return 0 if same and same_ahead and same_local else 1


if __name__ == "__main__":
    sys.exit(main())
