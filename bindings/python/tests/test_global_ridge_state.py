"""The global ridge in parts, and demand models too: as Spark and worker processes would fit them."""

from __future__ import annotations

import multiprocessing
import pickle
import random
from typing import Any, Dict, List

import pytest

from constellation import (
    ConflictError,
    CorruptError,
    DemandModel,
    EmptyError,
    GlobalRidge,
    GlobalRidgeState,
    InvalidArgumentError,
    MismatchError,
    NotFoundError,
    SchemaError,
)

DAYS, SERIES = 190, 12


def rows(which: Any = range(SERIES), ahead: int = 0, step: float = 1.0) -> Dict[str, List[Any]]:
    """Some of the series in three pools; y are multiples of `step`."""
    columns: Dict[str, List[Any]] = {name: [] for name in ("unique_id", "ds", "y", "pool", "fair")}
    for series in which:
        draw = random.Random(series)
        for day in range(series * 2, DAYS + ahead):
            held = day % 11 == 5
            y = step * (draw.randrange(9) + (3 + day % 7) * (series + 1) * (3 if held else 1))
            values = (f"s{series}", day, y if day < DAYS else None, "pqr"[series % 3], float(held))
            for name, value in zip(columns, values):
                columns[name].append(value)
    return columns


def totals(step: float = 1.0) -> Dict[str, List[Any]]:
    """What a query by pool and day would give."""
    sums: Dict[Any, float] = {}
    for pool, ds, y in zip(*(rows(step=step)[name] for name in ("pool", "ds", "y"))):
        sums[pool, ds] = sums.get((pool, ds), 0) + y
    return {
        "pool": [pool for pool, _ in sums], "ds": [ds for _, ds in sums], "y": list(sums.values())
    }


def ridge(**others: Any) -> GlobalRidge:
    options: Dict[str, Any] = dict(pool="pool", season=7, horizon=7, origins=8)
    options.update(others)
    return GlobalRidge({"fair": ["by_pool", "next"]}, **options)


def test_any_parts_merged_in_any_order_have_the_bytes_of_one_fit() -> None:
    whole = ridge().fit(rows()).serialize()
    begun = GlobalRidgeState(ridge(), totals()).serialize()
    for seed in range(20):
        draw = random.Random(seed)
        dealt: List[List[int]] = [[] for _ in range(draw.randrange(1, 6))]
        for series in range(SERIES):
            draw.choice(dealt).append(series)
        parts = []
        for which in dealt:
            part = GlobalRidgeState.deserialize(begun)
            assert part.update(rows(which), threads=draw.randrange(4)) is None
            parts.append(pickle.loads(pickle.dumps(part)))
        draw.shuffle(parts)
        while len(parts) > 1:
            parts[0].merge(parts.pop())
        assert parts[0].finish().serialize() == whole
        assert parts[0].get_number("sold") == parts[0].get_number("total")


def test_rows_themselves_are_a_table_of_totals_exact_to_the_last_digit() -> None:
    whole = ridge().fit(rows(step=0.1))
    state = GlobalRidgeState(ridge(), rows(step=0.1))
    state.update(rows(range(5, SERIES), step=0.1))
    state.update(rows(range(5), step=0.1))
    model = state.finish()
    assert model.serialize() == whole.serialize()
    assert model.horizon == 7 and model.signals == {"fair": ["by_pool", "next"]}
    ahead = rows(ahead=8, step=0.1)
    assert model.predict(ahead).to_pylist() == whole.predict(ahead).to_pylist()


def test_series_that_may_not_be_in_are_told_and_left_out() -> None:
    state = GlobalRidgeState(ridge(), totals())
    state.update(rows([0, 1]))
    bad = state.update(rows([1, 2]))
    assert bad is not None and bad.to_pylist()[0]["row"] == 0
    assert state.bad_rows_ is bad and state.get_number("keys") == 3
    late = {name: column[-1:] for name, column in rows([3], ahead=1).items()}
    late["y"] = [5.0]
    assert state.update(late) is not None
    other = {**rows([4]), "pool": ["zz"] * len(rows([4])["y"])}
    assert state.update(other) is not None
    assert state.get_number("keys") == 3 and state.get_number("left_out") == 3


def test_what_does_not_fit_together_is_refused() -> None:
    first, second = (GlobalRidgeState(ridge(), totals()) for _ in range(2))
    first.update(rows([0, 1]))
    second.update(rows([1]))
    before = first.serialize()
    with pytest.raises(ConflictError, match="'s1' is in both"):
        first.merge(second)
    for other in (
        GlobalRidgeState(ridge(penalty=1.0), totals()), GlobalRidgeState(ridge(), totals(2.0))
    ):
        with pytest.raises(MismatchError, match="options or totals"):
            first.merge(other)
    with pytest.raises(SchemaError):
        first.update({**rows([2]), "unique_id": [7] * len(rows([2])["y"])})
    assert first.serialize() == before
    with pytest.raises(InvalidArgumentError, match="trees do not grow in parts"):
        GlobalRidgeState(ridge(trees=5), totals())
    with pytest.raises(EmptyError):
        GlobalRidgeState(ridge(), totals()).finish()
    with pytest.raises(NotFoundError):
        first.get_number("none")
    with pytest.raises(CorruptError):
        GlobalRidgeState.deserialize(before[:-9] + bytes([before[-9] ^ 1]) + before[-8:])


def test_columns_have_the_names_of_the_caller() -> None:
    renamed = {"unique_id": "sku", "y": "units"}
    part = {renamed.get(name, name): column for name, column in rows().items()}
    sums = {("sum" if name == "y" else name): column for name, column in totals().items()}
    state = GlobalRidgeState(ridge(), sums, columns={"y": "sum"})
    state.update(part, columns=renamed)
    assert state.finish().serialize() == ridge().fit(rows()).serialize()


# --- two passes in processes, as mapInArrow runs them ---------------------------------------------


def learn_ridge(job: Any) -> bytes:
    """What `mapInArrow` calls with the batches of a partition; here it runs in another process."""
    begun, batches = job
    pyarrow = pytest.importorskip("pyarrow")
    state = GlobalRidgeState.deserialize(begun)
    if batches:
        state.update(pyarrow.Table.from_batches(batches), threads=1)
    return state.serialize()


def learn_demand(job: Any) -> bytes:
    """The same of a demand model; `totals_only` in the first pass."""
    begun, batches, totals_only = job
    pyarrow = pytest.importorskip("pyarrow")
    model = pickle.loads(begun)
    if batches:
        model.update(pyarrow.Table.from_batches(batches), totals_only=totals_only)
    return pickle.dumps(model)


def partitions(n: int) -> List[Any]:
    """Record batches of each partition: series are whole, batches cut anywhere, one part empty."""
    pyarrow = pytest.importorskip("pyarrow")
    parts = [
        pyarrow.table(rows(range(at, SERIES, n))).to_batches(max_chunksize=77 + at)
        for at in range(n)
    ]
    return [*parts, []]


def test_record_batches_in_processes_fit_one_ridge() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    everything = pyarrow.table(rows())
    sums = everything.group_by(["pool", "ds"]).aggregate([("y", "sum")])
    begun = GlobalRidgeState(ridge(), sums, columns={"y": "y_sum"}).serialize()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        states = pool.map(learn_ridge, [(begun, batches) for batches in partitions(3)])
    state = GlobalRidgeState.deserialize(states[0])
    for part in states[1:]:
        state.merge(GlobalRidgeState.deserialize(part))
    assert state.get_number("sold") == state.get_number("total")
    assert state.finish().serialize() == ridge().fit(rows()).serialize()


def test_record_batches_in_processes_are_one_demand_model() -> None:
    pytest.importorskip("pyarrow")
    new = DemandModel("pool", ["fair"], season=7, history=True)
    parts = partitions(3)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first = [pickle.loads(made) for made in
                 pool.map(learn_demand, [(pickle.dumps(new), part, True) for part in parts[:3]])]
        closed = first[0].merge(first[1]).merge(first[2])
        closed.close_period(DAYS - 1)
        begun = pickle.dumps(closed)
        second = [pickle.loads(made) for made in
                  pool.map(learn_demand, [(begun, part, False) for part in parts])]
    model = second[0].merge(second[3]).merge(second[2]).merge(second[1])
    whole = DemandModel("pool", ["fair"], season=7, history=True).fit(rows())
    assert model.to_bytes() == whole.to_bytes()
