"""Loyalty verdicts, shares with bounds, and the net promoter score through Python."""

import pytest

import constellation as cstn
from constellation.errors import InvalidArgumentError
from constellation.loyalty import verdict_and


def test_verdicts_need_enough_occasions_and_all_of_them() -> None:
    loyalty = cstn.Loyalty().fit([3, 2, 3], [3, 2, 2])
    assert loyalty.verdicts_ == ["yes", "unknown", "no"]
    assert cstn.Loyalty(2).predict([2], [2]) == ["yes"]
    assert loyalty.share_mean_[0] == 0.8
    assert loyalty.share_high_[0] == pytest.approx(1 - 0.95**4, abs=1e-13)
    with pytest.raises(InvalidArgumentError, match="customer 0: 4 of 3"):
        loyalty.fit([3], [4])
    with pytest.raises(InvalidArgumentError, match="colour"):
        loyalty.set_params(colour=1)


def test_shares_are_bounds_and_null_over_nobody() -> None:
    share = cstn.Loyalty().fit([3, 2, 3, 3], [3, 2, 2, 0]).share()
    assert (share.lower, share.upper) == (0.25, 0.5)
    assert (share.known.numerator, share.known.denominator) == (1, 3)
    nobody = cstn.Loyalty().fit([], []).share()
    assert nobody.lower is None and nobody.known.value is None
    with pytest.raises(cstn.StateError, match="not fitted"):
        cstn.Loyalty().share()


def test_strata_that_know_nothing_give_none() -> None:
    assert cstn.post_stratified([1, 0], [1, 0], [0, 5]) is None
    assert cstn.post_stratified([1], [3], [0]) == 0.25


def test_net_promoter_has_its_count_and_error() -> None:
    result = cstn.net_promoter([8, 0, 0, 12, 0, 0, 10, 13, 15, 12, 30])
    assert result.score.value == pytest.approx(0.12)
    assert result.variance == pytest.approx(0.7056)
    assert result.standard_error == pytest.approx(0.084)
    assert cstn.net_promoter([0] * 11).standard_error is None
    with pytest.raises(InvalidArgumentError, match="11|0..10"):
        cstn.net_promoter([1])


def test_logic_is_kleenes() -> None:
    assert verdict_and("yes", "yes") == "yes" and verdict_and("unknown", "no") == "no"
    with pytest.raises(InvalidArgumentError, match="perhaps"):
        verdict_and("yes", "perhaps")
