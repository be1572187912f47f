"""Happy and loyal: verdicts of yes, no or unknown, and shares that say what is not known.

Three kinds of rows say what is known of customers, in any frame:

- evidence, what they did and said: ``customer``, ``valid``, ``source`` (``"REFERRAL"``,
  ``"REVIEW"``, ``"PAYS_STATED"``, ``"QUOTE_REQUEST"``, ..; rows of other interactions are passed
  over), and where there is one ``number``, ``scale_min``, ``scale_max``, ``public``,
  ``occasions``, ``first``, ``expires``
- purchases, what they bought: ``customer``, ``item``, ``valid``, ``quantity``, ``amount``
- customers, who they are: ``customer``, ``segment``, ``stage``, ``valid``, ``margin``
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, TypedDict

from . import _cdefs as c
from ._axes import caption, heat, new_axes, titled
from ._estimator import Estimator
from ._native import c_text, call, choice, integer, lib, out, take_buffer, utf8
from ._progress import ProgressLike, run
from ._reading import Reading, refuse_others, spelled
from ._state import Forgetting, Framed
from .errors import InvalidArgumentError
from .schema import Binding
from .stats import Rate, new_rate, rate_of
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "Loyalty",
    "LoyaltyShare",
    "LoyaltyState",
    "LoyaltyVerdicts",
    "NetPromoter",
    "OccasionVerdict",
    "judge_occasions",
    "net_promoter",
    "post_stratified",
    "share_of_verdicts",
    "verdict_and",
]

_ROWS = {
    "evidence": c.CSTN_LOYALTY_ROWS_EVIDENCE,
    "purchases": c.CSTN_LOYALTY_ROWS_PURCHASES,
    "customers": c.CSTN_LOYALTY_ROWS_CUSTOMERS,
}
_ANSWERS = {
    "latest": c.CSTN_LOYALTY_ANSWERS_LATEST,
    "first": c.CSTN_LOYALTY_ANSWERS_FIRST,
    "all": c.CSTN_LOYALTY_ANSWERS_ALL,
}
_NUMBERS = (
    "order_window_days",
    "price_window_days",
    "expiry_days",
    "min_items",
    "min_occasions",
    "price_slack_ppm",
    "quantity_slack_ppm",
    "confidence_ppm",
    "threads",
)
_ORDER = ("yes", "no", "unknown")
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


class OccasionVerdict(NamedTuple):
    """The verdict of one customer by its purchase occasions."""

    #: "yes", "no" or "unknown"
    verdict: str
    #: posterior mean of the share of first choices
    share_mean: float
    #: probability that the share is 0.95 or more
    share_high: float


def judge_occasions(
    occasions: "Sequence[int]", first: "Sequence[int]", min_occasions: int = 3
) -> List[OccasionVerdict]:
    """Judge customers by their purchase occasions and how many of them came to us first.

    Parameters
    ----------
    occasions, first : sequence of int
        Of each customer.
    min_occasions : int
        Fewer occasions, all of them ours, are unknown.

    Examples
    --------
    >>> [one.verdict for one in judge_occasions([3, 3, 1], [3, 2, 1])]
    ['yes', 'no', 'unknown']
    """
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
        integer(min_occasions, 64, "min_occasions"),
        verdicts,
        mean,
        high,
    )
    return [OccasionVerdict(VERDICTS[verdicts[i]], mean[i], high[i]) for i in range(n)]


def share_of_verdicts(verdicts: "Sequence[str]", confidence_ppm: int = 0) -> LoyaltyShare:
    """The share of "yes" among verdicts, as a set of bounds and the known share.

    Parameters
    ----------
    verdicts : sequence of str
        "yes", "no" or "unknown" of each customer.
    confidence_ppm : int
        Two-sided confidence in parts per million, 1..999,999; 0 means 950,000.

    Examples
    --------
    >>> share = share_of_verdicts(["yes", "no", "unknown", "unknown"])
    >>> share.lower, share.upper, share.known.value
    (0.25, 0.75, 0.5)
    """
    for name in verdicts:
        choice(name, _CODES, "verdict")
    lower, upper, rate = ctypes.c_double(), ctypes.c_double(), new_rate()
    call(
        lib.cstn_loyalty_share,
        *(sum(verdict == name for verdict in verdicts) for name in _ORDER),
        integer(confidence_ppm, 32, "confidence_ppm"),
        ctypes.byref(lower),
        ctypes.byref(upper),
        ctypes.byref(rate),
    )
    some = len(verdicts) > 0
    return LoyaltyShare(
        lower.value if some else None, upper.value if some else None, rate_of(rate)
    )


class LoyaltyState(Forgetting):
    """What is known of customers, mergeable; give each row once.

    Parameters
    ----------
    currency : str, optional
        ISO 4217, in whose minor units all money is; None: rows may name none.

    Notes
    -----
    One thread at a time works on a state; others wait. It owns its memory: 40 bytes a row of
    evidence, 32 a purchase. Adding is O(1) a row, bytes are O(n log n). Money is minor units, a
    `number` what the source says: an answer 0..10, a review between its scale's ends.

    Examples
    --------
    >>> import datetime as dt
    >>> rows = {"customer": ["a"], "valid": [dt.date(2024, 5, 1)], "source": ["REFERRAL"]}
    >>> state = LoyaltyState().update("evidence", rows)
    >>> LoyaltyState.deserialize(state.serialize()).serialize() == state.serialize()
    True
    """

    _NAME = "cstn_loyalty"
    _RELEASE = "cstn_loyalty_free"

    def __init__(self, currency: Optional[str] = None) -> None:
        self._make(None if currency is None else c_text(currency, "currency"))

    @spelled(Reading)
    def update(self, kind: str, rows: Any, **how: Unpack[Reading]) -> "LoyaltyState":
        """Add rows; returns the state.

        Parameters
        ----------
        kind : "evidence", "purchases" or "customers"
        rows : frame
            Any frame, or an iterator of such, each an update of its own.

        Raises
        ------
        RowErrors
            Rows were left out; **the others are in**.
        """
        number = choice(kind, _ROWS, "kind")
        self._update(rows, how, number, kind=c.cstn_loyalty_update_options)
        return self


class LoyaltyVerdicts(Framed):
    """The verdicts of all customers as of an instant. Immutable; any thread."""

    _RELEASE = "cstn_loyalty_verdicts_free"
    _IMMUTABLE = True

    def _table(self, table: int, frame: Optional[str]) -> Any:
        def export(stream: Any) -> None:
            call(lib.cstn_loyalty_verdicts_export, self._live(), table, stream)

        return self._framed(export, frame)

    def customers(self, frame: Optional[str] = None) -> Any:
        """A row a customer: happy, loyal, habitual, pays, tells, intends, and what decided."""
        return self._table(c.CSTN_TABLE_LOYALTY_CUSTOMERS, frame)

    def cells(self, frame: Optional[str] = None) -> Any:
        """Happy x loyal, nine rows each for all, every segment, stage, and both."""
        return self._table(c.CSTN_TABLE_LOYALTY_CELLS, frame)

    def shares(self, frame: Optional[str] = None) -> Any:
        """Shares as sets, by the same groups: lower, upper, known, post-stratified, by margin."""
        return self._table(c.CSTN_TABLE_LOYALTY_SHARES, frame)

    def promoters(self, frame: Optional[str] = None) -> Any:
        """Net promoter scores of the same groups, with their error."""
        return self._table(c.CSTN_TABLE_LOYALTY_PROMOTERS, frame)

    def flows(self, after: "LoyaltyVerdicts", frame: Optional[str] = None) -> Any:
        """How customers moved between the nine cells from these verdicts to those `after`."""

        def export(stream: Any) -> None:
            call(lib.cstn_loyalty_verdicts_flows, self._live(), after._live(), stream)

        return self._framed(export, frame)

    def explain(self, customer: Any) -> str:
        """Which evidence decided on a customer, in words, with dates.

        Raises
        ------
        NotFoundError
            If nothing is known of the customer.
        """
        name, buffer = utf8(str(customer), "customer"), out(c.cstn_buffer)
        call(lib.cstn_verdict_explain, self._live(), name, len(name), ctypes.byref(buffer))
        return take_buffer(buffer).decode()

    def plot_cells(self, ax: Any = None) -> Any:
        """Happy x loyal as a heat map, with the bounds of both shares below (matplotlib)."""
        rows = [row for row in self.cells("table").to_pylist() if row["by"] == "all"]
        grid = [
            [_cell(rows, {"happy": happy, "loyal": loyal}) for loyal in _ORDER] for happy in _ORDER
        ]
        ax = new_axes(ax, 4.4, 5.6)
        total = sum(map(sum, grid))
        texts = [[f"{n:,}\n{n / total:.0%}" if total else "0" for n in line] for line in grid]
        heat(ax, grid, "customers", texts, origin="upper", vmin=0)
        ax.set_xticks(range(3), _ORDER)
        ax.set_yticks(range(3), _ORDER)
        ax.set_xlabel("loyal")
        ax.set_ylabel("happy")
        shares = {
            row["verdict"]: row for row in self.shares("table").to_pylist() if row["by"] == "all"
        }
        caption(ax, "   ".join(_bounds(name, shares[name]) for name in ("happy", "loyal")))
        return titled(ax, f"Happy and loyal: {total:,} customers")

    def plot_flows(self, after: "LoyaltyVerdicts", ax: Any = None) -> Any:
        """The flows between the nine cells, to the verdicts `after`, as a heat map of shares
        (matplotlib)."""
        cells = [(happy, loyal) for happy in _ORDER for loyal in _ORDER]
        rows = self.flows(after, "table").to_pylist()

        def cell(start: Any, end: Any) -> int:
            names = ("from_happy", "from_loyal", "to_happy", "to_loyal")
            return _cell(rows, dict(zip(names, (*start, *end))))

        grid = [[cell(start, end) for end in cells] for start in cells]
        totals = [sum(line) + cell(start, (None, None)) for line, start in zip(grid, cells)]
        shares = [
            [n / total if total else float("nan") for n in line]
            for line, total in zip(grid, totals)
        ]
        texts = [[f"{n:,}" if n else "" for n in line] for line in grid]
        ax = new_axes(ax, 6.0, 7.5)
        heat(ax, shares, "share of those who were there", texts, origin="upper", vmin=0, vmax=1.0)
        names = [f"{happy} / {loyal}" for happy, loyal in cells]
        ax.set_xticks(range(9), names, rotation=45, ha="right")
        ax.set_yticks(range(9), [f"{name}  ({n:,})" for name, n in zip(names, totals)])
        ax.set_xlabel("after: happy / loyal")
        ax.set_ylabel("before: happy / loyal")
        return titled(ax, "Who moved between the cells")


def _cell(rows: "Sequence[Mapping[str, Any]]", where: "Mapping[str, Any]") -> int:
    """The customers of the one row that says so."""
    (found,) = [row for row in rows if all(row[name] == value for name, value in where.items())]
    return int(found["customers"])


def _bounds(name: str, share: "Mapping[str, Any]") -> str:
    if share["lower"] is None:
        return f"{name}: nobody"
    return f"{name}: {share['lower']:.0%} to {share['upper']:.0%}"


class _Known(TypedDict, total=False):
    """What a fit takes besides evidence; `Loyalty.partial_fit` says what each is."""

    purchases: Any
    customers: Any
    bindings: Optional["Mapping[str, Binding]"]
    progress: ProgressLike


class Loyalty(Estimator):
    """Happy and loyal customers, in the shape of a scikit-learn estimator.

    Parameters
    ----------
    as_of : datetime, date, str or int
        Later rows do not count.
    currency : str, optional
        ISO 4217, in whose minor units all money is.
    order_window_days : int
        Customers with an order within them are who the shares are about.
    price_window_days : int
        Length of the two windows whose prices and quantities are compared.
    price_split : datetime, date, str or int, optional
        Where the earlier one ends, such as the day of a price rise; by default
        ``price_window_days`` before ``as_of``.
    expiry_days : int
        How long evidence counts that has no end of its own.
    min_items, min_occasions : int
        Fewer are unknown.
    price_slack_ppm, quantity_slack_ppm : int
        Prices and quantities may fall by this much.
    confidence_ppm : int
        Of intervals.
    answers : "latest", "first" or "all"
        Which answers of one customer to the net promoter question count.
    threads : int
        0 all processors, 1 the caller's; the same bytes for any number.

    Attributes
    ----------
    state_ : LoyaltyState
        What is known, after `fit`.
    verdicts_ : LoyaltyVerdicts
        As of ``as_of``; made when first asked for.

    Notes
    -----
    Verdicts join by the logic of Kleene (1938); occasions are judged by Bayes with a uniform prior;
    known shares have the interval of Wilson (1927). One thread at a time works on an estimator; its
    verdicts are immutable. Judging is O(n log n) the first time after rows were added, then
    O(rows).

    Examples
    --------
    >>> import datetime as dt
    >>> day = dt.date(2024, 5, 1)
    >>> loyalty = Loyalty("2024-12-31").fit(
    ...     {"customer": ["a", "a", "b"], "valid": [day] * 3,
    ...      "source": ["ORDER", "QUOTE_REQUEST", "ORDER"],
    ...      "occasions": [None, 4, None], "first": [None, 4, None]})
    >>> [(row["customer"], row["loyal"]) for row in loyalty.predict().to_pylist()]
    [('a', 'yes'), ('b', 'unknown')]
    """

    def __init__(
        self,
        as_of: Optional[TimeLike] = None,
        *,
        currency: Optional[str] = None,
        order_window_days: int = 365,
        price_window_days: int = 365,
        price_split: Optional[TimeLike] = None,
        expiry_days: int = 365,
        min_items: int = 3,
        min_occasions: int = 3,
        price_slack_ppm: int = 5000,
        quantity_slack_ppm: int = 100_000,
        confidence_ppm: int = 950_000,
        answers: str = "latest",
        threads: int = 0,
    ) -> None:
        self.as_of = as_of
        self.currency = currency
        self.order_window_days = order_window_days
        self.price_window_days = price_window_days
        self.price_split = price_split
        self.expiry_days = expiry_days
        self.min_items = min_items
        self.min_occasions = min_occasions
        self.price_slack_ppm = price_slack_ppm
        self.quantity_slack_ppm = quantity_slack_ppm
        self.confidence_ppm = confidence_ppm
        self.answers = answers
        self.threads = threads

    @spelled(_Known)
    def fit(self, evidence: Any = None, y: Any = None, **more: Unpack[_Known]) -> "Loyalty":
        """Forget what was known, and take these rows; parameters as of `partial_fit`."""
        self.state_ = LoyaltyState(self.currency)
        return self.partial_fit(evidence, y, **more)

    @spelled(_Known)
    def partial_fit(self, evidence: Any = None, y: Any = None, **more: Unpack[_Known]) -> "Loyalty":
        """Add rows; the same bytes as one `fit` of all.

        Parameters
        ----------
        evidence, purchases, customers : frame, optional
            What customers did and said, what they bought, who they are.
        bindings : mapping of "evidence", "purchases", "customers" to Binding, optional
            How the columns of each map.
        progress : bool or callable, optional
            Show rows done, or call ``progress(done, total)``; Ctrl-C then stops the call.

        Raises
        ------
        RowErrors
            Rows were left out; **the others of that frame, and frames before it, are in**.
        """
        if not hasattr(self, "state_"):
            self.state_ = LoyaltyState(self.currency)
        refuse_others(more, _Known)
        bound = dict(more.get("bindings") or {})
        for name in bound:
            choice(name, _ROWS, "a binding")
        self._verdicts: Optional[LoyaltyVerdicts] = None
        for kind, rows in (
            ("evidence", evidence),
            ("purchases", more.get("purchases")),
            ("customers", more.get("customers")),
        ):
            if rows is not None:
                self.state_.update(
                    kind, rows, binding=bound.get(kind), progress=more.get("progress")
                )
        return self

    def merge(self, other: "Loyalty") -> "Loyalty":
        """Add what an `other` estimator has seen."""
        self._check_fitted()
        other._check_fitted()
        self._verdicts = None
        self.state_.merge(other.state_)
        return self

    def verdicts(self, as_of: Optional[TimeLike] = None) -> LoyaltyVerdicts:
        """The verdicts as of another day, or of ``as_of``."""
        self._check_fitted()
        when = self.as_of if as_of is None else as_of
        if when is None:
            raise InvalidArgumentError("as_of is not set: as of which day?")
        options = self._judging(to_us(when, "as_of"))
        pointer = out(c.cstn_loyalty_verdicts)

        def work(watch: Any) -> None:
            options.progress = watch
            with self.state_._exclusive() as state:
                call(lib.cstn_loyalty_finish, state, ctypes.byref(options), ctypes.byref(pointer))

        run(work, None)
        return LoyaltyVerdicts._wrap(pointer, self.state_._frame)

    def _judging(self, as_of_us: int) -> c.cstn_loyalty_options:
        """The parameters as the library takes them."""
        return c.cstn_loyalty_options(
            struct_size=ctypes.sizeof(c.cstn_loyalty_options),
            as_of_us=as_of_us,
            price_split_us=(
                0 if self.price_split is None else to_us(self.price_split, "price_split")
            ),
            answers=choice(self.answers, _ANSWERS, "answers"),
            **{name: integer(getattr(self, name), 32, name) for name in _NUMBERS},
        )

    @property
    def verdicts_(self) -> LoyaltyVerdicts:
        """The verdicts as of ``as_of``."""
        self._check_fitted()
        if self._verdicts is None:
            self._verdicts = self.verdicts()
        return self._verdicts

    def set_params(self, **params: Any) -> "Loyalty":
        """Change constructor's parameters; returns the estimator."""
        self._verdicts = None
        return super().set_params(**params)

    def predict(self, X: Any = None, frame: Optional[str] = None) -> Any:
        """A row a customer: happy, loyal, habitual and their parts, with what decided."""
        return self.verdicts_.customers(frame)

    def shares(self, frame: Optional[str] = None) -> Any:
        """Shares as sets; see `LoyaltyVerdicts.shares`."""
        return self.verdicts_.shares(frame)

    def explain(self, customer: Any) -> str:
        """Which evidence decided on a customer, in words, with dates."""
        return self.verdicts_.explain(customer)

    def plot_cells(self, ax: Any = None) -> Any:
        """Happy x loyal as a heat map; see `LoyaltyVerdicts.plot_cells`."""
        return self.verdicts_.plot_cells(ax)

    def __getstate__(self) -> Dict[str, Any]:
        return {**vars(self), "_verdicts": None}
