"""What all estimators share: parameters, words for themselves, bytes, and scikit-learn's ways."""

import pickle

import numpy as np
import pytest

import constellation as cstn
from constellation._estimator import Estimator, ModelEstimator


def every(kind):
    return [cls for cls in _below(kind) if cls.__name__ in cstn.__all__]


def _below(kind):
    return [kind] + [cls for child in kind.__subclasses__() for cls in _below(child)]


def customers(n: int = 400) -> dict:
    rng = np.random.default_rng(11)
    x = rng.poisson(rng.gamma(0.6, 2.0, n)).astype(np.int64)
    age = 20.0 + (np.arange(n) % 10)
    seen = np.where(x > 0, age * rng.uniform(0.05, 1.0, n), 0.0)
    return {"x": x, "tx": seen, "T": age, "spend": np.where(x > 0, rng.gamma(6.0, 5.0, n), 0.0)}


def scored(n: int = 60) -> dict:
    rng = np.random.default_rng(3)
    return {
        "recency": rng.permutation(n),
        "frequency": rng.permutation(n) + 1,
        "monetary": rng.permutation(n) * 10 + 5,
    }


def answers(model, rows) -> list:
    given = model.predict(rows)
    return given.to_pylist() if isinstance(given, cstn.Table) else given.tolist()


ROWS = {
    "CustomerValue": customers,
    "GammaGamma": customers,
    "GlobalRidge": lambda: {"unique_id": ["a"] * 120, "ds": list(range(120)),
                            "y": [float(day * day % 7) for day in range(120)]},
    "KMeans": lambda: np.random.default_rng(2).normal(size=(40, 3)),
    "KPrototypes": lambda: {"spend": [float(i * i % 17) for i in range(40)],
                            "channel": ["edi", "phone", "web", "edi", "shop"] * 8},
    "RFM": scored,
}


@pytest.mark.parametrize("cls", every(Estimator), ids=lambda cls: cls.__name__)
def test_parameters_are_the_constructors(cls) -> None:
    made = cls()
    params = made.get_params()
    assert params and all(getattr(made, name) is value for name, value in params.items())
    assert made.set_params(**params) is made
    with pytest.raises(cstn.InvalidArgumentError, match="no parameter 'colour'; it has"):
        made.set_params(colour="red")
    first = next(iter(params))
    assert repr(made).startswith(f"{cls.__name__}({first}={params[first]!r}")


@pytest.mark.parametrize("cls", every(Estimator), ids=lambda cls: cls.__name__)
def test_scikit_learn_clones_and_knows_what_is_not_fitted(cls) -> None:
    base = pytest.importorskip("sklearn.base")
    validation = pytest.importorskip("sklearn.utils.validation")
    again = base.clone(cls())
    assert type(again) is cls and again.get_params() == cls().get_params()
    with pytest.raises(Exception, match="not fitted"):
        validation.check_is_fitted(again)


@pytest.mark.parametrize("cls", every(ModelEstimator), ids=lambda cls: cls.__name__)
def test_what_is_not_fitted_says_so(cls) -> None:
    with pytest.raises(cstn.StateError, match=f"this {cls.__name__} is not fitted; call fit"):
        cls().serialize()
    assert repr(pickle.loads(pickle.dumps(cls()))) == repr(cls())


@pytest.mark.parametrize("name", ROWS)
def test_a_model_travels_as_bytes(name: str) -> None:
    cls, rows = getattr(cstn, name), ROWS[name]()
    model = cls().fit(rows)
    assert cls.deserialize(model.serialize()).serialize() == model.serialize()
    again = pickle.loads(pickle.dumps(model))
    assert again.serialize() == model.serialize() and again.get_params() == model.get_params()
    assert answers(again, rows) == answers(model, rows)
    with pytest.raises(cstn.CorruptError):
        cls.deserialize(b"CSTNMDL1" + bytes(100))


def test_every_model_is_in_the_table_above() -> None:
    assert {cls.__name__ for cls in every(ModelEstimator)} == set(ROWS)


@pytest.mark.parametrize("name", ["CustomerValue", "GammaGamma"])
def test_what_was_seen_travels_with_a_pickle(name: str) -> None:
    cls, rows = getattr(cstn, name), customers()
    halves = [{key: column[part] for key, column in rows.items()}
              for part in (slice(0, 200), slice(200, None))]
    first = pickle.loads(pickle.dumps(cls().partial_fit(halves[0])))
    assert first.partial_fit(halves[1]).serialize() == cls().fit(rows).serialize()


def test_names_of_what_transform_gives() -> None:
    assert list(cstn.RFM().get_feature_names_out()) == ["r", "f", "m"]
    rows = ROWS["KMeans"]()
    model = cstn.KMeans(3).fit(rows)
    assert list(model.get_feature_names_out()) == ["kmeans0", "kmeans1", "kmeans2"]
    assert model.transform(rows).shape == (40, 3)


SEGMENTS = {"segment": ["gold", "new"], "customers": [40, 200], "value_at_risk": [900, 100],
            "unit_margin": [9.0, 3.0], "holding": [1.0, 1.0], "residual_clv": [500.0, 80.0]}


def test_a_planner_gives_each_customer_the_service_of_its_segment() -> None:
    planner = cstn.ServicePlanner(tier_cuts=(600_000, 900_000, 990_000))
    with pytest.raises(cstn.StateError, match="not fitted"):
        planner.predict(["gold"])
    planner.fit(SEGMENTS)
    plan = cstn.ServicePlan(SEGMENTS, tier_cuts=(600_000, 900_000, 990_000))
    assert planner.plan_.digest == plan.digest
    assert planner.predict(["new", "gold", "new"]) == [plan[1], plan[0], plan[1]]
    with pytest.raises(cstn.NotFoundError, match="no segment is called 'silver'; the plan has gold, new"):
        planner.predict(["gold", "silver"])


def evidence(n: int = 40):
    pandas = pytest.importorskip("pandas")
    whole = pandas.array([None, 4] * (n // 2), dtype="Int64")
    return pandas.DataFrame({"customer": [f"c{i % 8}" for i in range(n)],
                             "valid": pandas.date_range("2024-06-01", periods=n, tz="UTC"),
                             "source": ["ORDER", "QUOTE_REQUEST"] * (n // 2),
                             "occasions": whole, "first": whole})


SEARCHED = {
    "CustomerValue": ({"model": ["bgnbd", "nbd"]}, customers),
    "GammaGamma": ({"skip_bad": [True, False]}, customers),
    "KMeans": ({"n_clusters": [2, 3]}, scored),
    "KPrototypes": ({"n_clusters": [2, 3]}, ROWS["KPrototypes"]),
    "Loyalty": ({"as_of": ["2024-12-31"], "min_items": [2, 3]}, evidence),
    "RFM": ({"bins": [2, 3]}, scored),
    "ServicePlanner": ({"raise_by_stage": [True, False]}, lambda: SEGMENTS),
}


@pytest.mark.parametrize("name", SEARCHED)
def test_scikit_learn_searches_and_chains_it(name: str) -> None:
    pandas = pytest.importorskip("pandas")
    selection = pytest.importorskip("sklearn.model_selection")
    pipeline = pytest.importorskip("sklearn.pipeline")
    grid, rows = SEARCHED[name][0], pandas.DataFrame(SEARCHED[name][1]())
    model = getattr(cstn, name)()
    search = selection.GridSearchCV(model, grid, cv=2, scoring=lambda one, part: float(len(repr(one))),
                                    error_score="raise").fit(rows)
    assert set(search.best_params_) == set(grid)
    chained = pipeline.Pipeline([("only", search.best_estimator_)]).fit(rows)
    assert chained["only"]._is_fitted()
