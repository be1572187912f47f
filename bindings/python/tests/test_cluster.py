"""k-means from Python: arrays and frames in, the same clusters out."""

import decimal
import pickle

import numpy
import pandas
import polars
import pyarrow
import pytest

import constellation
from constellation import KMeans, KPrototypes


def heaps(n=300, seed=5):
    rng = numpy.random.default_rng(seed)
    centres = numpy.array([[0.0, 0.0], [40.0, 0.0], [0.0, 40.0]])
    return centres[numpy.arange(n) % 3] + rng.normal(size=(n, 2))


def test_heaps_are_found_and_predicted():
    rows = heaps()
    model = KMeans(3).fit(rows)
    assert model.cluster_centers_.shape == (3, 2)
    assert model.labels_.dtype == numpy.int32
    assert numpy.array_equal(model.labels_, numpy.tile(model.labels_[:3], 100))
    assert len(set(model.labels_)) == 3
    assert numpy.array_equal(model.predict(rows), model.labels_)
    assert model.score(rows) == -model.inertia_
    assert model.n_iter_ >= 1 and model.converged_


def test_every_kind_of_frame_gives_the_same_bytes():
    rows = heaps()
    columns = {"x0": rows[:, 0].copy(), "x1": rows[:, 1].copy()}
    models = [
        KMeans(3).fit(given)
        for given in (
            rows, columns, pandas.DataFrame(columns), polars.DataFrame(columns),
            pyarrow.table(columns), rows.tolist(),
        )
    ]
    assert len({model.serialize() for model in models}) == 1
    assert isinstance(models[2].clusters(), pandas.DataFrame)
    assert isinstance(models[3].clusters(), polars.DataFrame)


def test_threads_do_not_change_a_byte():
    rows = heaps(70000)
    assert len({KMeans(5, n_init=1, threads=t).fit(rows).serialize() for t in (1, 2, 3, 8)}) == 1


def test_transform_gives_distances_to_all_centres():
    rows = heaps()
    model = KMeans(3).fit(rows)
    distances = model.transform(rows)
    wanted = numpy.linalg.norm(rows[:, None, :] - model.cluster_centers_[None], axis=2)
    numpy.testing.assert_allclose(distances, wanted, rtol=1e-12)
    assert numpy.array_equal(distances.argmin(axis=1), model.labels_)
    assert numpy.array_equal(KMeans(3).fit_transform(rows), distances)


def test_whole_weights_equal_repetition():
    rows = heaps(60)
    weights = numpy.arange(60) % 4 + 1
    weighted = KMeans(4, random_state=3).fit(rows, sample_weight=weights)
    repeated = KMeans(4, random_state=3).fit(numpy.repeat(rows, weights, axis=0))
    assert weighted.inertia_ == repeated.inertia_
    assert numpy.array_equal(weighted.cluster_centers_, repeated.cluster_centers_)
    assert numpy.array_equal(numpy.repeat(weighted.labels_, weights), repeated.labels_)


def test_scaling_is_by_name_or_for_all():
    frame = pandas.DataFrame({"days": [1.0, 2, 30, 31, 400, 410], "spend": [0.0, 1, 2, 3, 4, 5]})
    model = KMeans(2, scaling={"days": "log1p robust_z"}).fit(frame)
    told = model.scalings(frame="table").to_pylist()
    assert [feature["transforms"] for feature in told] == ["log1p robust_z", ""]
    assert [row["transforms"] for row in KMeans(2, scaling="z").fit(frame).scalings("table").to_pylist()] == ["z", "z"]
    with pytest.raises(constellation.InvalidArgumentError, match="scaling"):
        KMeans(2, scaling="cube").fit(frame)
    with pytest.raises(constellation.InvalidArgumentError, match="no features"):
        KMeans(2, scaling={"colour": "z"}).fit(frame)


def test_starts_and_orders():
    rows = [[0.0], [0.0], [10.0], [20.0], [20.0], [20.0]]
    start = [[10.0], [0.0], [20.0]]
    model = KMeans(3, init=start, order="start").fit(rows)
    assert model.cluster_centers_.tolist() == [[10.0], [0.0], [20.0]]
    assert KMeans(3, init=start).fit(rows).cluster_centers_.tolist() == [[20.0], [0.0], [10.0]]
    by_name = KMeans(3, init=start, order="x0").fit(rows)
    assert by_name.cluster_centers_.tolist() == [[20.0], [10.0], [0.0]]
    for wrong in ({"init": [[1.0]]}, {"init": "random"}, {"order": "colour"}, {"algorithm": "elkan"}):
        with pytest.raises(constellation.InvalidArgumentError):
            KMeans(3, **wrong).fit(rows)


def test_rows_that_break_a_rule():
    rows = heaps(30)
    rows[7, 1] = numpy.nan
    with pytest.raises(constellation.RowErrors):
        KMeans(3).fit(rows)
    model = KMeans(3, skip_bad=True).fit(rows)
    assert model.labels_[7] == -1 and len(model.bad_rows_) == 1
    assert model.predict(rows)[7] == -1
    with pytest.raises(constellation.InvalidArgumentError, match="3 distinct rows"):
        KMeans(4).fit([[1.0], [2.0], [3.0], [3.0]])
    with pytest.raises(constellation.EmptyError):
        KMeans(2).fit(numpy.zeros((0, 2)))
    with pytest.raises(constellation.StateError):
        KMeans(2).predict(rows)
    with pytest.raises(constellation.SchemaError):
        KMeans(2, features=["colour"]).fit(pandas.DataFrame({"x": [1.0, 2.0]}))


def test_nulls_become_the_median_when_asked():
    frame = {"x": [0.0, 1.0, 2.0, 3.0, None]}
    with pytest.raises(constellation.RowErrors):
        KMeans(2).fit(frame)
    model = KMeans(2, impute=True).fit(frame)
    assert model.scalings("table").to_pylist()[0]["median"] == 1.5
    assert model.get_number("imputed") == 1


def test_models_are_stored_and_pickled():
    rows = heaps()
    model = KMeans(3, scaling="z").fit(rows)
    again = KMeans.deserialize(model.serialize())
    assert again.serialize() == model.serialize()
    assert numpy.array_equal(again.predict(rows), model.labels_)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.serialize() == model.serialize()
    assert numpy.array_equal(copy.labels_, model.labels_)
    assert copy.get_params() == model.get_params()
    with pytest.raises(constellation.CorruptError):
        KMeans.deserialize(b"CSTNMDL1 and then nothing of use")


def test_choosing_k_suggests_the_heaps():
    table = KMeans(n_init=20).choose(heaps(), 2, 6)
    assert [row["k"] for row in table] == [2, 3, 4, 5, 6]
    assert [row["suggested"] for row in table] == [False, True, False, False, False]
    assert table[0]["inertia"] > table[1]["inertia"]
    frame = KMeans(n_init=5).choose(pandas.DataFrame(heaps(), columns=["a", "b"]), 2, 4)
    assert isinstance(frame, pandas.DataFrame) and list(frame["k"]) == [2, 3, 4]


def test_the_profile_is_drawn():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    frame = pandas.DataFrame(heaps(), columns=["recency", "spend"])
    axes = KMeans(3, scaling="z").fit(frame).plot_profile()
    assert len(axes.lines) == 3
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["recency", "spend"]


def test_scikit_learn_takes_it_for_one_of_its_own():
    sklearn = pytest.importorskip("sklearn")
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    assert sklearn
    rows = heaps()
    model = KMeans(3, n_init=2)
    assert clone(model).get_params() == model.get_params()
    piped = make_pipeline(StandardScaler(), clone(model)).fit(rows)
    assert len(set(piped.predict(rows))) == 3
    search = GridSearchCV(model, {"n_clusters": [1, 3]}, cv=2).fit(rows)
    assert search.best_params_ == {"n_clusters": 3}


def test_it_agrees_with_scikit_learn_from_the_same_start():
    cluster = pytest.importorskip("sklearn.cluster")
    rng = numpy.random.default_rng(1)
    rows = rng.normal(size=(2000, 5)).astype(numpy.float32).astype(float)
    theirs = cluster.KMeans(7, init=rows[:7], n_init=1, tol=0, algorithm="lloyd").fit(rows)
    ours = KMeans(7, init=rows[:7], order="start").fit(rows)
    assert ours.n_iter_ == theirs.n_iter_
    assert numpy.array_equal(ours.labels_, theirs.labels_)
    numpy.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-12)


def test_passes_in_parts_end_in_the_model_of_one_machine():
    rows = heaps(500) * 3
    start = rows[:4].tolist()
    whole = KMeans(4, init=start, order="start", scaling="z").fit(rows)
    model = KMeans(4, init=start, order="start", scaling="z", max_iter=1).fit(rows)
    while not model.converged_:
        parts = [constellation.KMeansPass(model).update(rows[i::3], threads=1) for i in range(3)]
        total = pickle.loads(pickle.dumps(parts[2]))
        total.merge(parts[0]).merge(parts[1])
        model = total.finish()
    assert model.serialize() == whole.serialize()
    assert numpy.array_equal(model.predict(rows), whole.labels_)
    with pytest.raises(constellation.MismatchError):
        constellation.KMeansPass(KMeans(2).fit(rows)).merge(parts[0])
    with pytest.raises(constellation.EmptyError):
        constellation.KMeansPass(model).finish()
    bad = constellation.KMeansPass(model)
    with pytest.raises(constellation.RowErrors):
        bad.update([[1.0, float("nan")], [1.0, 2.0]])
    told = bad.update({"x0": [1.0, float("nan")], "x1": [2.0, 2.0], "w": [3, 1]}, weight="w", skip_bad=True).finish()
    assert told.get_number("weight") == 3 and told.get_number("left_out") == 1


def test_cells_of_parts_have_the_same_bytes_and_the_clusters_of_the_rows():
    rows = heaps(500) * 3
    start = rows[:4].tolist()
    sample = KMeans(1, scaling="z").fit(rows[::5])
    cells = constellation.KMeansCells(sample)
    whole = constellation.KMeansCells(sample).partial_fit(rows)
    for i in (2, 0, 1):
        cells.merge(pickle.loads(pickle.dumps(constellation.KMeansCells(sample).update(rows[i::3], threads=2))))
    assert cells.serialize() == whole.serialize()
    model = cells.fit(4, init=start, order="start")
    passes = constellation.KMeansPass(model).update(rows).finish()
    least, most = cells.inertia_bounds(model)
    assert least <= -model.score(rows) <= most
    assert model.inertia_ == pytest.approx(passes.inertia_, rel=1e-6)
    assert numpy.bincount(model.predict(rows)).tolist() == [row["rows"] for row in model.clusters(frame="table").to_pylist()]
    told = cells.cells(frame="table").to_pylist()
    assert sum(row["weight"] for row in told) == len(rows) == cells.get_number("rows")
    assert len(told) == cells.get_number("cells") and set(told[0]) >= {"rows", "within", "x0", "x1_scaled"}


def test_few_cells_cost_what_the_bounds_say():
    rows = heaps(900) + numpy.random.default_rng(4).normal(size=(900, 2))
    exact = KMeans(3).fit(rows)
    cells = constellation.KMeansCells(exact, max_cells=60).update(rows)
    model = cells.fit(3, n_init=5, random_state=1)
    least, most = cells.inertia_bounds(model)
    true = -model.score(rows)
    assert 0 < least <= true <= most and exact.inertia_ <= true * (1 + 1e-9) and cells.get_number("within") > 0
    with pytest.raises(constellation.RebuildError, match="coarser"):
        cells.remove(constellation.KMeansCells(exact, max_cells=60).update(rows[:1]))
    level = int(cells.get_number("level"))
    anew = constellation.KMeansCells(exact, max_cells=60, level=level)
    empty, part = anew.serialize(), constellation.KMeansCells(exact, max_cells=60, level=level).update(rows[:100])
    anew.update(rows[:100]).remove(part)
    assert anew.serialize() == empty
    with pytest.raises(constellation.StateError):
        anew.remove(part)


def test_cells_refuse_what_they_cannot_do():
    sample = KMeans(1).fit(heaps(50))
    cells = constellation.KMeansCells(sample)
    with pytest.raises(constellation.EmptyError):
        cells.fit(2)
    with pytest.raises(constellation.RowErrors):
        cells.update([[1.0, float("nan")]])
    cells.update({"x0": [1.0, float("nan"), 3.0], "x1": [2.0, 2.0, 2.0], "w": [3, 1, 1]}, weight="w", skip_bad=True)
    assert cells.get_number("weight") == 4 and cells.get_number("left_out") == 1
    with pytest.raises(constellation.InvalidArgumentError, match="2 cells"):
        cells.fit(3)
    with pytest.raises(constellation.InvalidArgumentError, match="scaling"):
        cells.fit(2, scaling="z")
    with pytest.raises(constellation.InvalidArgumentError, match="column"):
        cells.partial_fit([[1.0, 2.0]], sample_weight=[1.0])
    for bad in ({"max_cells": 0}, {"level": 25}, {"headroom": 17}):
        with pytest.raises(constellation.InvalidArgumentError):
            constellation.KMeansCells(sample, **bad)
    with pytest.raises(constellation.MismatchError):
        cells.merge(constellation.KMeansCells(sample, max_cells=9))
    with pytest.raises(constellation.MismatchError):
        cells.inertia_bounds(KMeans(2).fit(heaps(60)))
    with pytest.raises(constellation.LimitError):
        constellation.KMeansCells(KMeans(1).fit(numpy.eye(17)))


def test_what_is_suggested_stays_within_the_bounds():
    rows = {**{f"x{i}": column.copy() for i, column in enumerate(heaps().T)}, "margin": [1.0, 1.0, 0.001] * 100}
    free = KMeans().choose(rows, 2, 5, samples=0)
    assert [row["gap"] for row in free] == [None] * 4
    bound = KMeans(features=["x0", "x1"]).choose(rows, 2, 5, margin="margin", segments=(3, 3), samples=5)
    assert [row["suggested"] for row in bound] == [False] * 4
    assert bound[1]["smallest_margin"] < 0.01 and bound[1]["stability"] == 1.0
    assert bound[1]["gap"] > bound[0]["gap"] and bound[1]["gap_first"]
    assert KMeans().choose(rows, 2, 5, margin="margin", samples=0)[0]["smallest_margin"] is not None


def test_two_ways_to_segment_are_compared():
    before = pandas.DataFrame({"customer": ["a", "b", "c", "d"], "segment": ["X", "X", "Z", "Y"]})
    after = polars.DataFrame({"customer": ["d", "c", "b", "a", "e"], "segment": ["Y", "Y", "Y", "X", "X"]})
    told, moved = constellation.segment_compare(before, after)
    assert isinstance(moved, polars.DataFrame)
    assert moved.to_dicts() == [{"customer": "b", "from": "X", "to": "Y"}, {"customer": "c", "from": "Z", "to": "Y"}]
    assert told["customers"] == 4 and told["moved"] == 2 and told["only_after"] == 1
    assert told["adjusted_rand"] == pytest.approx(-1 / 3, abs=1e-15)
    nothing = constellation.segment_compare(before, before.head(0))[0]
    assert nothing["adjusted_rand"] is None and nothing["only_before"] == 4
    with pytest.raises(constellation.DuplicateError):
        constellation.segment_compare(before, pandas.concat([before, before]))


# --- numbers and categories ---------------------------------------------------------------------


CUSTOMERS = {
    "spend": [9120.0, 8770.0, 10400.0, 640.0, 580.0, 810.0, 700.0, 390.0, 610.0, 450.0, 380.0, 520.0],
    "channel": ["portal", "portal", "edi", "portal", "phone", "portal", "portal", "phone", "phone",
                "phone", "phone", "mail"],
    "large": [True, True, True] + [False] * 9,
}


def test_every_kind_of_frame_gives_the_same_prototypes():
    dictionary = pyarrow.table({**CUSTOMERS, "channel": pyarrow.array(CUSTOMERS["channel"]).dictionary_encode()})
    models = [
        KPrototypes(3, scaling="log1p z").fit(given)
        for given in (
            CUSTOMERS, pandas.DataFrame(CUSTOMERS), polars.DataFrame(CUSTOMERS), pyarrow.table(CUSTOMERS),
            dictionary, [dict(zip(CUSTOMERS, row)) for row in zip(*CUSTOMERS.values())],
        )
    ]
    assert len({model.serialize() for model in models}) == 1
    model = models[1]
    assert model.feature_names_in_ == ["spend", "channel", "large"]
    assert model.categorical_names_in_ == ["channel", "large"]
    assert isinstance(model.clusters(), pandas.DataFrame)
    assert sorted(model.clusters("table").to_pydict()["rows"]) == [3, 3, 6]
    assert set(model.categories("table").to_pydict()["category"]) == {"portal", "edi", "phone", "mail", "true", "false"}
    assert numpy.array_equal(model.predict(CUSTOMERS), model.labels_)
    assert model.score(CUSTOMERS) == pytest.approx(-model.cost_, rel=1e-12)
    assert model.unseen_ == [0] * 12


def test_a_category_nobody_had_is_a_mismatch_and_counted():
    model = KPrototypes(3, scaling="log1p z").fit(CUSTOMERS)
    row = {"spend": [9000.0], "channel": ["fax"], "large": [True]}
    assert model.predict(row).tolist() == [model.labels_[0]]
    assert model.unseen_ == [1]


def test_modes_start_by_cao_and_by_draws():
    rows = numpy.array([["a", "x"], ["a", "x"], ["a", "y"], ["b", "z"], ["b", "z"], ["c", "z"]], dtype=object)
    for init in ("cao", "k-means++"):
        model = KPrototypes(2, init=init).fit(rows)
        assert model.labels_.tolist() in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
        assert model.cost_ == 2.0 and model.gamma_ == 1.0
        assert model.epoch_costs_[-1] == 2.0 and len(model.epoch_costs_) == model.n_iter_ + 1
    numbers = KPrototypes(2, categorical=[1]).fit([[1.0, 4], [1.5, 4], [9.0, 5]])
    assert numbers.cluster_centers_[1] == {"x0": 9.0, "x1": "5"}


def test_numbers_alone_in_batch_form_are_k_means():
    rows = heaps(200)
    means, prototypes = KMeans(4, random_state=2).fit(rows), KPrototypes(4, random_state=2, batch=True).fit(rows)
    assert numpy.array_equal(means.labels_, prototypes.labels_)
    assert means.inertia_ == prototypes.cost_ and means.n_iter_ == prototypes.n_iter_ + 1


def test_prototypes_that_break_a_rule():
    rows = {"spend": [1.0, 2.0, 3.0], "channel": ["a", None, "b"]}
    with pytest.raises(constellation.RowErrors):
        KPrototypes(2).fit(rows)
    left = KPrototypes(2, skip_bad=True).fit(rows)
    assert left.labels_.tolist().count(-1) == 1 and len(left.bad_rows_) == 1
    assert KPrototypes(2, impute=True).fit(rows).get_number("imputed") == 1
    for wrong in ({"init": "huang"}, {"order": "spend"}, {"gamma": 0}, {"gamma": -1.0}, {"categorical": ["colour"]}):
        with pytest.raises(constellation.InvalidArgumentError):
            KPrototypes(2, **wrong).fit(CUSTOMERS)
    with pytest.raises(constellation.StateError):
        KPrototypes(2).predict(CUSTOMERS)
    with pytest.raises(constellation.InvalidArgumentError, match="2 distinct rows"):
        KPrototypes(3).fit({"c": ["a", "b", "b"]})


def test_prototypes_travel_as_bytes():
    model = KPrototypes(3, scaling="z", batch=True).fit(CUSTOMERS)
    again = KPrototypes.deserialize(model.serialize())
    assert again.serialize() == model.serialize() and again.batch
    assert numpy.array_equal(again.predict(CUSTOMERS), model.labels_)
    copy = pickle.loads(pickle.dumps(model))
    assert numpy.array_equal(copy.predict(CUSTOMERS), model.labels_)
    assert numpy.array_equal(copy.labels_, model.labels_)
    with pytest.raises(constellation.CorruptError):
        KPrototypes.deserialize(model.serialize()[:-1])


def test_money_in_decimals_is_a_feature_like_the_same_numbers() -> None:
    cents = [120, 150, 9900, 10050, 130, 9800]
    plain = pyarrow.table({"monetary": [n / 100 for n in cents]})
    money = pyarrow.table({"monetary": pyarrow.array(
        [decimal.Decimal(n).scaleb(-2) for n in cents], pyarrow.decimal128(12, 2))})
    fitted = [KMeans(2, random_state=3).fit(rows) for rows in (plain, money)]
    assert pickle.dumps(fitted[0]) == pickle.dumps(fitted[1])
    assert list(fitted[0].predict(money)) == list(fitted[1].predict(plain))
