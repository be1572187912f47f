"""Theta models of arrays, and models of demand that comes now and then."""

from __future__ import annotations

import math

import pytest

from constellation import Forecaster, InvalidArgumentError, ThetaModel, fit_theta


def test_given_parameters_are_the_recursion_by_hand() -> None:
    fitted, ahead = ThetaModel(0.5, 2.0, 4.0).run([3, 4, 5], 1)
    assert fitted == [5.5, 4.75, 4.875]
    assert ahead == [4.375 + 0.5 * (0.25 + 1.875)]
    assert ThetaModel(0.5, 2.0, 4.0, dynamic=True).run([3, 4, 5], 0)[0][0] == 3.0


@pytest.mark.parametrize("model", ["STM", "OTM", "DSTM", "DOTM"])
def test_a_fit_is_not_worse_than_its_neighbours(model: str) -> None:
    y = [112.0, 118, 132, 129, 121, 135, 148, 148, 136, 119]
    best = fit_theta(y, model)

    def squares(one: ThetaModel) -> float:
        return sum((a - b) ** 2 for a, b in zip(y, one.run(y, 0)[0]))

    assert best.dynamic == model.startswith("D")
    for level in (-1, 1):
        assert squares(best) <= squares(best._replace(level=best.level + level)) * (1 + 1e-9)


def test_numpy_arrays_are_series_too() -> None:
    np = pytest.importorskip("numpy")
    y = np.arange(10.0) ** 1.5
    assert fit_theta(y) == fit_theta(list(y))


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InvalidArgumentError, match="model"):
        fit_theta([1, 2], "Theta")
    with pytest.raises(InvalidArgumentError, match=r"y\[1\] is nan"):
        fit_theta([1, math.nan])
    with pytest.raises(InvalidArgumentError, match="alpha is 2"):
        ThetaModel(2.0, 2.0, 0.0).run([1.0])
    with pytest.raises(InvalidArgumentError, match="n is 0"):
        ThetaModel(0.5, 2.0, 0.0).run([])


def test_demand_now_and_then_by_hand() -> None:
    rows = {"unique_id": [1] * 9, "ds": list(range(9)), "y": [10, 0, 0, 10, 0, 0, 10, 0, 0]}
    row = Forecaster(["Croston", "SBA", "TSB"], season=1).forecast(rows, 2).to_pylist()[1]
    assert row["Croston"] == pytest.approx(7.246376811594, rel=1e-12)
    assert row["SBA"] == pytest.approx(6.884057971014, rel=1e-12)
    assert row["TSB"] == pytest.approx(5.7051621, rel=1e-12)
    with pytest.raises(InvalidArgumentError, match="size_alpha is 2"):
        Forecaster("Croston", size_alpha=2.0).forecast(rows, 1).to_pylist()
