"""What a fit says about itself: each flag on data that raise it, none on data that do not."""

import math

import numpy as np
import pytest

import constellation as cstn


def bought(rates, p_leave, phases: int = 1, weeks: float = 52.0):
    """Customers with these rates, each leaving with its own chance before a purchase."""
    rng = np.random.default_rng(4)
    x, tx = [], []
    for rate, p in zip(rates, p_leave):
        at, n, last = 0.0, 0, 0.0
        while rng.random() >= p:
            at += rng.gamma(phases, 1.0 / (phases * rate))
            if at > weeks:
                break
            n, last = n + 1, at
        x.append(n)
        tx.append(last)
    return {"x": x, "tx": tx, "T": [weeks] * len(x)}


def flags_of(model) -> set:
    return set(model.describe()["flags"])


def is_silent_only_where_it_may_be(model, null) -> None:
    """Standard errors are null for these parameters alone; whatever is predicted is a number."""
    errors = model.standard_errors_
    assert {name for name, value in errors.items() if value is None} == set(null)
    alive = model.predict({"x": [0, 3, 9], "tx": [0.0, 20.0, 39.0], "T": [30.0, 40.0, 39.0]})
    assert all(0.0 <= row["p_alive"] <= 1.0 for row in alive.to_pylist())


RNG = np.random.default_rng(11)
MIXED = RNG.gamma(0.8, 0.4, 3000) + 1e-9
CHANCES = RNG.beta(0.8, 2.4, 3000)


def test_rates_and_chances_that_differ_raise_no_flag() -> None:
    model = cstn.CustomerValue("bgnbd").fit(bought(MIXED, CHANCES))
    assert flags_of(model) == set()
    assert model.describe()["recommended_model"] == "bgnbd"
    is_silent_only_where_it_may_be(model, [])


def test_customers_who_never_leave() -> None:
    rows = bought(MIXED, [0.0] * 3000)
    model, alone = (cstn.CustomerValue(kind).fit(rows) for kind in ("bgnbd", "nbd"))
    assert "NO_DROPOUT" in flags_of(model)
    assert model.describe()["recommended_model"] == "nbd"
    is_silent_only_where_it_may_be(model, ["a", "b"])
    for name, value in alone.standard_errors_.items():  # those of the limit
        assert model.standard_errors_[name] == pytest.approx(value, rel=1e-3)


def test_customers_with_one_rate_and_even_gaps() -> None:
    model = cstn.CustomerValue("mbgnbd").fit(bought([0.2] * 3000, CHANCES, phases=2))
    assert "HOMOGENEOUS_RATE" in flags_of(model)
    is_silent_only_where_it_may_be(model, ["r", "alpha"])


@pytest.mark.parametrize("kind", ["bgnbd", "mbgnbd"])
def test_customers_who_all_leave_with_one_chance(kind) -> None:
    model = cstn.CustomerValue(kind).fit(bought(MIXED, [0.25] * 3000))
    assert flags_of(model) == {"HOMOGENEOUS_DROPOUT"}
    assert model.describe()["recommended_model"] not in (kind, "nbd")
    is_silent_only_where_it_may_be(model, ["a", "b"])


def spent(q: float, with_x: float = 0.0):
    rng = np.random.default_rng(5)
    x = rng.integers(1, 6, 3000)
    scale = rng.gamma(q, 1.0 / 15.0, 3000)
    z = rng.gamma(6.0 * x, 1.0 / (x * scale)) * np.exp(with_x * x)
    return {"x": x.tolist(), "spend": z.tolist()}


def test_spend_without_a_mean_and_spend_with_one() -> None:
    heavy = cstn.GammaGamma().fit(spent(0.7))
    assert "NO_MEAN" in flags_of(heavy)
    assert "NO_MEAN" not in flags_of(cstn.GammaGamma().fit(spent(3.7)))
    assert all(math.isfinite(value) for value in heavy.describe()["parameters"].values())


def test_spend_that_goes_with_how_often_one_buys() -> None:
    apart = cstn.GammaGamma().fit(spent(3.7))
    together = cstn.GammaGamma().fit(spent(3.7, 0.3))
    assert abs(apart.describe()["correlation"]) < 0.1 < together.describe()["correlation"]
    assert "CORRELATED" not in flags_of(apart) and "CORRELATED" in flags_of(together)
    assert 0.0 < together.describe()["correlation_se"] < 0.1
