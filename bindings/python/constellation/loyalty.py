"""Verdicts with bounds: yes, no or unknown a customer, and shares that say what is not known."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, List, NamedTuple, Optional

from . import _cdefs as c
from ._estimator import Estimator
from ._native import call, choice, integer, lib
from .errors import InvalidArgumentError
from .stats import Rate, new_rate, rate_of

__all__ = ["Loyalty", "LoyaltyShare", "NetPromoter", "net_promoter", "post_stratified", "verdict_and"]

VERDICTS = {
    c.CSTN_LOYALTY_UNKNOWN: "unknown",
    c.CSTN_LOYALTY_NO: "no",
    c.CSTN_LOYALTY_YES: "yes",
}
_CODES = {name: code for code, name in VERDICTS.items()}


def _counts(values: "Sequence[int]", what: str) -> Any:
    numbers = [integer(value, 64, what) for value in values]
    return (ctypes.c_int64 * max(len(numbers), 1))(*numbers)


def verdict_and(a: str, b: str) -> str:
    """Both of two verdicts, by Kleene's logic.

    Examples
    --------
    >>> verdict_and("yes", "unknown"), verdict_and("no", "unknown")
    ('unknown', 'no')
    """
    codes = [choice(name, _CODES, "verdict") for name in (a, b)]
    return VERDICTS[lib.cstn_loyalty_and(*codes)]


class LoyaltyShare(NamedTuple):
    """A share over customers, as a set."""

    #: yes / all; None over nobody
    lower: Optional[float]
    #: (yes + unknown) / all
    upper: Optional[float]
    #: yes / (yes + no), with its interval
    known: Rate


class NetPromoter(NamedTuple):
    """A net promoter score with its count and its error."""

    #: (promoters - detractors) / answers, with the interval of +- z standard errors
    score: Rate
    variance: Optional[float]
    standard_error: Optional[float]


def net_promoter(answers: "Sequence[int]", confidence_ppm: int = 0) -> NetPromoter:
    """The net promoter score of counts of the answers 0..10.

    Parameters
    ----------
    answers : sequence of 11 int
        How often each answer was given.
    confidence_ppm : int
        Two-sided confidence in parts per million, 1..999,999; 0 means 950,000.

    Examples
    --------
    >>> result = net_promoter([8, 0, 0, 0, 0, 0, 10, 13, 15, 0, 54])
    >>> result.score.numerator, result.score.denominator
    (36, 100)
    """
    if len(answers) != c.CSTN_NET_PROMOTER_ANSWERS:
        raise InvalidArgumentError(f"{len(answers)} counts; one of each answer 0..10 expected")
    rate, variance, error = new_rate(), ctypes.c_double(), ctypes.c_double()
    call(
        lib.cstn_net_promoter,
        _counts(answers, "count of an answer"),
        integer(confidence_ppm, 32, "confidence_ppm"),
        ctypes.byref(rate),
        ctypes.byref(variance),
        ctypes.byref(error),
    )
    score = rate_of(rate)
    known = score.value is not None
    return NetPromoter(
        score, variance.value if known else None, error.value if known else None
    )


def post_stratified(
    yes: "Sequence[int]", no: "Sequence[int]", unknown: "Sequence[int]"
) -> Optional[float]:
    """The share of all customers when strata know unequally much; None if one knows nothing.

    Parameters
    ----------
    yes, no, unknown : sequence of int
        Customers of each stratum with each verdict.

    Examples
    --------
    >>> round(post_stratified([1, 8], [1, 2], [28, 0]), 3)
    0.575
    """
    if not len(yes) == len(no) == len(unknown):
        raise InvalidArgumentError("yes, no and unknown differ in length")
    value = ctypes.c_double()
    status = call(
        lib.cstn_loyalty_post_stratified,
        _counts(yes, "yes"),
        _counts(no, "no"),
        _counts(unknown, "unknown"),
        len(yes),
        ctypes.byref(value),
        None,
    )
    return value.value if status == c.CSTN_OK else None


class Loyalty(Estimator):
    """Judge customers by their purchase occasions.

    Parameters
    ----------
    min_occasions : int
        Fewer occasions, all of them ours, are unknown.

    Attributes
    ----------
    verdicts_ : list of str
        "yes", "no" or "unknown" a customer, after `fit`.
    share_mean_, share_high_ : list of float
        Posterior mean of the share of first choices, and the probability that it is 0.95 or more.

    Examples
    --------
    >>> loyalty = Loyalty().fit([3, 3, 1], [3, 2, 1])
    >>> loyalty.verdicts_
    ['yes', 'no', 'unknown']
    >>> loyalty.share().known.numerator, round(loyalty.share().upper, 3)
    (1, 0.667)
    """

    def __init__(self, min_occasions: int = 3) -> None:
        self.min_occasions = min_occasions

    def fit(self, occasions: "Sequence[int]", first: "Sequence[int]") -> "Loyalty":
        """Judge: occasions of each customer, and how many of them came to us first."""
        if len(occasions) != len(first):
            raise InvalidArgumentError(f"{len(occasions)} occasions for {len(first)} first choices")
        n = len(occasions)
        verdicts = (ctypes.c_int32 * max(n, 1))()
        mean, high = (ctypes.c_double * max(n, 1))(), (ctypes.c_double * max(n, 1))()
        call(
            lib.cstn_loyalty_judge,
            _counts(occasions, "occasions"),
            _counts(first, "first choices"),
            n,
            integer(self.min_occasions, 64, "min_occasions"),
            verdicts,
            mean,
            high,
        )
        self.verdicts_: List[str] = [VERDICTS[code] for code in verdicts[:n]]
        self.share_mean_: List[float] = list(mean[:n])
        self.share_high_: List[float] = list(high[:n])
        return self

    def predict(self, occasions: "Sequence[int]", first: "Sequence[int]") -> List[str]:
        """The verdicts of other customers."""
        return Loyalty(self.min_occasions).fit(occasions, first).verdicts_

    def share(self, confidence_ppm: int = 0) -> LoyaltyShare:
        """The loyal customers, as a set of bounds and the known share."""
        self._check_fitted()
        lower, upper, rate = ctypes.c_double(), ctypes.c_double(), new_rate()
        call(
            lib.cstn_loyalty_share,
            *(self.verdicts_.count(name) for name in ("yes", "no", "unknown")),
            integer(confidence_ppm, 32, "confidence_ppm"),
            ctypes.byref(lower),
            ctypes.byref(upper),
            ctypes.byref(rate),
        )
        some = bool(self.verdicts_)
        return LoyaltyShare(
            lower.value if some else None, upper.value if some else None, rate_of(rate)
        )
