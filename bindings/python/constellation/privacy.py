"""What may leave instead of rows: coarser values, cells that many stand behind, noisy answers.

Frames in, frames out. A step says how a column becomes coarser: `bucket`, `calendar`, `prefix`,
`ancestor`, `everything`; steps are given as a mapping of column to step.

Examples
--------
>>> from constellation import privacy
>>> people = {"age": [31, 34, 37, 52, 55, 58], "post": ["89073", "89075", "89081", "10115", "10117",
...           "10119"], "pay": [30, 40, 50, 30, 40, 60]}
>>> steps = {"age": privacy.bucket(10), "post": privacy.prefix(2)}
>>> got = privacy.measure(people, ["age", "post"], sensitive="pay", steps=steps)
>>> got.k, got.l, str(got.t_exact)
(3, 3, '1/18')
"""

from __future__ import annotations

import contextlib
import ctypes
import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from . import _arrow, _frames
from ._axes import ACCENT, INK, SOFT, caption, new_axes, titled
from ._handles import Handle
from ._native import c_text, call, choice, integer, lib, or_default, out, utf8
from ._state import Serial
from .cluster import _name_list
from .errors import InvalidArgumentError
from .schema import binding_of, numbers_binding
from .table import Table, call_whole, computed
from .times import to_us

__all__ = [
    "Aggregated",
    "Anonymised",
    "Budget",
    "DifferenceGuard",
    "Hierarchy",
    "Measures",
    "Step",
    "aggregate",
    "ancestor",
    "anonymise",
    "bucket",
    "calendar",
    "everything",
    "measure",
    "noisy_count",
    "noisy_sum",
    "plot_noised",
    "prefix",
    "suggest",
]

Columns = Optional["Mapping[str, str]"]
_CALENDAR = {"week": 1, "month": 2, "quarter": 3, "year": 4}
_MEASURES = {
    "sum": c.CSTN_AGGREGATE_SUM,
    "count": c.CSTN_AGGREGATE_COUNT,
    "mean": c.CSTN_AGGREGATE_MEAN,
}


class Hierarchy(Handle):
    """Values and what they belong to: a shop, its town, its region.

    Parameters
    ----------
    rows : frame
        Columns ``value`` and ``parent``, both text: a row for each value that has a parent.

    Examples
    --------
    >>> towns = Hierarchy({"value": ["Ulm", "Bonn", "South"], "parent": ["South", "West", "All"]})
    >>> towns.ancestor("Ulm", 1), towns.ancestor("Ulm", 9), towns.ancestor("Rome", 1)
    ('South', 'All', None)
    """

    _RELEASE = "cstn_hierarchy_unref"
    _IMMUTABLE = True

    def __init__(self, rows: Any, *, columns: Columns = None) -> None:
        made = out(c.cstn_hierarchy)
        bound = binding_of(columns=columns)
        with _frames.stream(rows) as stream:
            call(
                lib.cstn_hierarchy_new, stream, bound._live() if bound else None, lib.allocator,
                ctypes.byref(made),
            )
        self._adopt(made)

    def ancestor(self, value: str, step: int) -> Optional[str]:
        """What a value belongs to, so many steps up; the root where there are fewer; None for a
        value that is not there."""
        text, size = utf8(value, "value"), ctypes.c_size_t()
        found = lib.cstn_hierarchy_ancestor(
            self._live(), text, len(text), integer(step, 32, "step"), ctypes.byref(size)
        )
        return None if found is None else found[: size.value].decode("utf-8", "replace")


class Step(NamedTuple):
    """How a column becomes coarser."""

    kind: int
    step: int = 0
    width: int = 0
    origin: int = 0
    scale: int = 0
    hierarchy: Optional[Hierarchy] = None


Steps = Optional["Mapping[str, Step]"]
Number = Union[int, float, Decimal, timedelta]


def _scaled(value: Number) -> Fraction:
    if isinstance(value, timedelta):
        return Fraction(value // timedelta(microseconds=1))
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def bucket(width: Number, origin: Number = 0) -> Step:
    """Numbers, dates (width in days) and times (a timedelta): the lower end of their bucket.

    >>> bucket(0.25)
    Step(kind=1, step=0, width=25, origin=0, scale=2, hierarchy=None)
    """
    exact = [_scaled(width), _scaled(origin)]
    for scale in range(19):
        if all((number * 10**scale).denominator == 1 for number in exact):
            wide, start = (int(number * 10**scale) for number in exact)
            return Step(c.CSTN_GENERALISE_BUCKET, 0, wide, start, scale)
    raise InvalidArgumentError("width and origin have at most 18 decimals")


def calendar(unit: str) -> Step:
    """Dates and times: the first day of their "week", "month", "quarter" or "year", UTC."""
    return Step(c.CSTN_GENERALISE_CALENDAR, choice(unit, _CALENDAR, "unit"))


def prefix(characters: int) -> Step:
    """Text: its first characters."""
    return Step(c.CSTN_GENERALISE_PREFIX, integer(characters, 32, "characters"))


def ancestor(hierarchy: Hierarchy, step: int = 1) -> Step:
    """Text: what it belongs to, so many steps up; null if it is not in the hierarchy."""
    return Step(c.CSTN_GENERALISE_HIERARCHY, integer(step, 32, "step"), hierarchy=hierarchy)


def everything() -> Step:
    """All values become null."""
    return Step(c.CSTN_GENERALISE_ALL)


def _set_steps(options: Any, steps: Steps) -> None:
    options.steps = steps_array([(column, step) for column, step in (steps or {}).items()])
    options.n_steps = len(steps or {})


def steps_array(steps: "Sequence[Tuple[str, Step]]") -> Any:
    """Steps as C has them, with the columns that they are of."""
    made = (c.cstn_generalise_step * len(steps))()
    for item, (column, step) in zip(made, steps):
        item.column = c_text(column, "steps")
        item.kind, item.step = step.kind, step.step
        item.width, item.origin, item.scale = step.width, step.origin, step.scale
        if step.hierarchy is not None:
            item.hierarchy = step.hierarchy._live()
    return made


def _text_or_none(name: Optional[str], what: str) -> Optional[bytes]:
    return None if name is None else c_text(name, what)


# --- anonymity ------------------------------------------------------------------------------------


class Measures(NamedTuple):
    """How well a table hides who and what its rows are of. None: nothing to measure."""

    rows: int
    classes: int
    #: rows with a null among the quasi-identifiers
    null_rows: int
    #: rows of the smallest class
    k: Optional[int]
    #: fewest distinct sensitive values of a class
    l: Optional[int]  # noqa: E741
    #: the greatest share of a sensitive value in a class
    alpha: Optional[float]
    #: the greatest q / p - 1
    beta: Optional[float]
    enhanced_beta: Optional[float]
    #: the greatest ``|ln(q / p)|``
    delta: Optional[float]
    #: the greatest distance of a class from the table
    t: Optional[float]
    alpha_exact: Optional[Fraction]
    beta_exact: Optional[Fraction]
    #: None too where its numbers need more than 64 bits
    t_exact: Optional[Fraction]


def _privacy_options(
    quasi: "Sequence[str]",
    sensitive: Optional[str],
    steps: Steps,
    categorical: bool,
    keep: "Sequence[str]" = (),
) -> Any:
    options = c.cstn_privacy_options(struct_size=ctypes.sizeof(c.cstn_privacy_options))
    options.flags = c.CSTN_PRIVACY_CATEGORICAL if categorical else 0
    options.quasi, options.n_quasi = _name_list(quasi, "quasi"), len(quasi)
    options.sensitive = _text_or_none(sensitive, "sensitive")
    options.keep, options.n_keep = _name_list(keep, "keep"), len(keep)
    options.allocator = lib.allocator
    _set_steps(options, steps)
    return options


def measure(
    rows: Any,
    quasi: "Sequence[str]",
    *,
    sensitive: Optional[str] = None,
    steps: Steps = None,
    categorical: bool = False,
    columns: Columns = None,
) -> Measures:
    """Measure how well a table hides who and what its rows are of.

    Parameters
    ----------
    rows : frame
        Any columns; NaN is null.
    quasi : sequence of str
        Columns that tell who a row is of when they are put together.
    sensitive : str, optional
        The column that nobody shall learn; without it k alone.
    steps : mapping, optional
        Column -> step, done first: what would the coarser table show?
    categorical : bool
        Distances of numbers are those of categories.
    columns : mapping, optional
        Declared name -> name in the frame.

    Returns
    -------
    Measures

    Notes
    -----
    Any thread. O(rows log rows). Classes are rows that are equal in `quasi`, null equal to null.
    """
    options = _privacy_options(quasi, sensitive, steps, categorical)
    got = c.cstn_privacy_measures(struct_size=ctypes.sizeof(c.cstn_privacy_measures))
    bound = numbers_binding(columns)
    options.binding = bound._live()
    with _frames.stream(rows) as stream:
        call_whole(lib.cstn_privacy_measure, stream, ctypes.byref(options), ctypes.byref(got))
    any_rows = bool(got.valid & c.CSTN_PRIVACY_HAS_CLASSES)
    known = bool(got.valid & c.CSTN_PRIVACY_HAS_SENSITIVE)

    def exact(name: str) -> Optional[Fraction]:
        below = getattr(got, f"{name}_denominator")
        return Fraction(getattr(got, f"{name}_numerator"), below) if known and below else None

    def known_number(name: str) -> Any:
        return getattr(got, name) if known else None

    return Measures(
        rows=got.rows,
        classes=got.classes,
        null_rows=got.null_rows,
        k=got.k if any_rows else None,
        l=known_number("l"),
        alpha=known_number("alpha"),
        beta=known_number("beta"),
        enhanced_beta=known_number("enhanced_beta"),
        delta=known_number("delta"),
        t=known_number("t"),
        alpha_exact=exact("alpha"),
        beta_exact=exact("beta"),
        t_exact=exact("t"),
    )


class Anonymised(NamedTuple):
    """A table that may be looked at, and what was left out of it."""

    rows: Any
    classes_left_out: int
    rows_left_out: int


def anonymise(
    rows: Any,
    quasi: "Sequence[str]",
    *,
    k: int = 5,
    sensitive: Optional[str] = None,
    l: int = 1,  # noqa: E741
    t: Optional[float] = None,
    steps: Steps = None,
    keep: "Sequence[str]" = (),
    categorical: bool = False,
    columns: Columns = None,
    frame: Optional[str] = None,
) -> Anonymised:
    """The rows whose class has k rows, l sensitive values and a distance of at most t.

    Parameters
    ----------
    rows, quasi, sensitive, steps, categorical, columns
        As `measure`.
    k, l : int
        The least that a class has.
    t : float, optional
        The most that its distance may be, 0 to 1; None is no rule.
    keep : sequence of str
        Other columns that come out.
    frame : str, optional
        Kind of frame that comes out; None is that of `rows`.

    Examples
    --------
    >>> rows = {"town": ["Ulm", "Ulm", "Bonn"], "pay": [1, 2, 3]}
    >>> got = anonymise(rows, ["town"], k=2, sensitive="pay")
    >>> got.rows.to_pydict(), got.rows_left_out
    ({'town': ['Ulm', 'Ulm'], 'pay': [1, 2]}, 1)
    """
    kind = _frames.check_kind(frame, _frames.kind_of(rows))
    options = _privacy_options(quasi, sensitive, steps, categorical, keep)
    options.k, options.l = or_default(k, 64, "k"), or_default(l, 64, "l")
    options.t_ppm = 0 if t is None else max(1, round(t * 1e6))
    left = c.cstn_privacy_suppressed(struct_size=ctypes.sizeof(c.cstn_privacy_suppressed))
    bound = numbers_binding(columns)

    def export(target: Any) -> None:
        options.binding = bound._live()
        with _frames.stream(rows) as stream:
            call_whole(
                lib.cstn_privacy_anonymise, stream, ctypes.byref(options), target,
                ctypes.byref(left),
            )

    made = _frames.convert(Table(computed(export)), kind)
    return Anonymised(made, left.classes, left.rows)


# --- cells ----------------------------------------------------------------------------------------


class DifferenceGuard(Serial):
    """The cells that one recipient was given of one data set.

    Parameters
    ----------
    recipient, data_set : str
        1 to 255 bytes.

    Notes
    -----
    One caller at a time. `serialize` it beside the data: who loses it forgets what was told.
    """

    _RELEASE = "cstn_difference_guard_free"
    _NAME = "cstn_difference_guard"

    def __init__(self, recipient: str, data_set: str) -> None:
        who, what = utf8(recipient, "recipient"), utf8(data_set, "data_set")
        made = out(c.cstn_difference_guard)
        call(
            lib.cstn_difference_guard_new, who, len(who), what, len(what), lib.allocator,
            ctypes.byref(made),
        )
        self._adopt(made)

    def __len__(self) -> int:
        with self._exclusive() as pointer:
            return int(lib.cstn_difference_guard_count(pointer))


class Aggregated(NamedTuple):
    """Cells that may be told, and, for the provider alone, those that may not."""

    cells: Any
    refused: Any


class _Asked:
    """Options of an aggregation, with what keeps their memory alive."""

    def __init__(
        self,
        by: "Sequence[str]",
        measures: "Optional[Mapping[str, Union[str, Sequence[str]]]]",
        steps: Steps,
        columns: Columns,
        names: "Mapping[str, Optional[str]]",
        recipient: Optional[str],
        rules: "Mapping[str, int]",
        margins: bool,
        categorical: bool,
    ) -> None:
        self.options = options = c.cstn_aggregate_options(
            struct_size=ctypes.sizeof(c.cstn_aggregate_options)
        )
        pairs: List[Tuple[str, str]] = []
        for column, kinds in (measures or {}).items():
            pairs += [(column, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
        asked = (c.cstn_aggregate_measure * len(pairs))()
        for item, (column, kind) in zip(asked, pairs):
            item.column = c_text(column, "measures")
            item.kind = choice(kind, _MEASURES, "measures")
        options.by, options.n_by = _name_list(by, "by"), len(by)
        options.measures, options.n_measures = asked, len(asked)
        for field, name in names.items():
            setattr(options, field, _text_or_none(name, field))
        if recipient is not None:
            who = utf8(recipient, "recipient")
            options.recipient, options.recipient_len = who, len(who)
        for field, value in rules.items():
            setattr(options, field, value)
        options.flags = (
            (c.CSTN_AGGREGATE_MARGINS if margins else 0)
            | (c.CSTN_AGGREGATE_NO_COMPANY if names["company"] is None else 0)
            | (c.CSTN_AGGREGATE_CATEGORICAL if categorical else 0)
        )
        options.allocator = lib.allocator
        _set_steps(options, steps)
        self.bound = numbers_binding(columns)
        options.binding = self.bound._live()


def aggregate(
    rows: Any,
    by: "Sequence[str]",
    measures: "Optional[Mapping[str, Union[str, Sequence[str]]]]" = None,
    *,
    company: Optional[str],
    recipient: Optional[str] = None,
    k: int = 5,
    companies: int = 3,
    share: float = 0.7,
    sensitive: Optional[str] = None,
    l: int = 1,  # noqa: E741
    t: Optional[float] = None,
    steps: Steps = None,
    margins: bool = False,
    guard: Optional[DifferenceGuard] = None,
    row: Optional[str] = None,
    categorical: bool = False,
    columns: Columns = None,
    frame: Optional[str] = None,
) -> Aggregated:
    """Cells that may be told: each passes all rules, or is left out with the rule's name.

    Parameters
    ----------
    rows : frame
        Any columns.
    by : sequence of str
        1 to 6 columns that make the cells.
    measures : mapping, optional
        Column -> "sum", "count", "mean", or several of them.
    company : str or None
        Column of the company that a row is of; None says that all are of one, and drops the rules
        of companies and shares.
    recipient : str, optional
        The company that is told: its own rows do not hide the others.
    k, companies : int
        Rows and contributing companies a cell has at least.
    share : float
        The most that one company may have of a cell's rows, or of a measure.
    sensitive, l, t
        As `anonymise`.
    steps : mapping, optional
        Column -> step, done first.
    margins : bool
        Sums over each set of columns come out too; ``summed`` says which.
    guard : DifferenceGuard, optional
        What the recipient has: cells that differ too little from it go too.
    row : str, optional
        Column of the row's number in its data set, for the guard.

    Returns
    -------
    Aggregated
        ``cells``; ``refused`` with ``rule``, ``found`` and ``needed``.

    Notes
    -----
    One caller at a time a guard. A frame "table" is computed again for each reader after the first,
    of the same rows; a guard then finds the cells that it knows.

    Examples
    --------
    >>> orders = {"town": ["Ulm"] * 6 + ["Bonn"] * 2, "firm": list("ABCABCAB"), "qty": [1] * 8}
    >>> got = aggregate(orders, ["town"], {"qty": "sum"}, company="firm", k=3)
    >>> got.cells.to_pylist()
    []
    >>> [(row["town"], row["rule"]) for row in got.refused.to_pylist()]
    [('Bonn', 'rows'), ('Ulm', 'margin')]
    """
    kind = _frames.check_kind(frame, _frames.kind_of(rows))
    asked = _Asked(
        by, measures, steps, columns,
        {"company": company, "sensitive": sensitive, "row": row}, recipient,
        _rules(k, l, t, companies, share), margins, categorical,
    )  # fmt: skip

    def run(cells: Any, refused: Any) -> None:
        with contextlib.ExitStack() as held:
            pointer = held.enter_context(guard._exclusive()) if guard is not None else None
            stream = held.enter_context(_frames.stream(rows))
            call_whole(
                lib.cstn_aggregate, stream, ctypes.byref(asked.options), pointer, cells, refused
            )

    def refused_only(target: Any) -> None:
        with _arrow.allocated(_arrow.STREAM) as other:
            run(other, target)

    told: List[Any] = []

    def both(cells: Any) -> None:
        told.append(_arrow.capsule_of(_arrow.STREAM, lambda refused: run(cells, refused)))

    first = _arrow.capsule_of(_arrow.STREAM, both)
    cells = Table(computed(lambda target: run(target, None), first))
    refused = Table(computed(refused_only, told.pop()))
    return Aggregated(_frames.convert(cells, kind), _frames.convert(refused, kind))


def _rules(k: int, l: int, t: Optional[float], companies: int, share: float) -> "Dict[str, int]":
    return {
        "k": or_default(k, 64, "k"),
        "l": or_default(l, 64, "l"),
        "companies": or_default(companies, 64, "companies"),
        "t_ppm": 0 if t is None else max(1, round(t * 1e6)),
        "share_permille": max(1, math.floor(share * 1000 + 1e-9)),
    }


def suggest(
    rows: Any,
    by: "Sequence[str]",
    measures: "Optional[Mapping[str, Union[str, Sequence[str]]]]" = None,
    *,
    company: Optional[str],
    recipient: Optional[str] = None,
    k: int = 5,
    companies: int = 3,
    share: float = 0.7,
    sensitive: Optional[str] = None,
    l: int = 1,  # noqa: E741
    t: Optional[float] = None,
    steps: Steps = None,
    columns: Columns = None,
    frame: Optional[str] = None,
) -> Any:
    """What would pass: one column after the other becomes coarser until no cell is refused.

    Parameters are those of `aggregate`. A row a round: ``column``, ``kind``, ``step`` and ``width``
    of the step that it then has, ``cells``, ``refused``, ``refused_rows``.
    """
    kind = _frames.check_kind(frame, _frames.kind_of(rows))
    asked = _Asked(
        by, measures, steps, columns,
        {"company": company, "sensitive": sensitive, "row": None}, recipient,
        _rules(k, l, t, companies, share), False, False,
    )  # fmt: skip

    def export(target: Any) -> None:
        with _frames.stream(rows) as stream:
            call_whole(lib.cstn_aggregate_suggest, stream, ctypes.byref(asked.options), target)

    return _frames.convert(Table(export), kind)


# --- noise ----------------------------------------------------------------------------------------


def _nano(epsilon: Union[int, float, str, Decimal, Fraction], what: str) -> int:
    """Epsilon as whole billionths, rounded up."""
    exact = Fraction(str(epsilon)) if isinstance(epsilon, (float, str)) else Fraction(epsilon)
    return integer(math.ceil(exact * 10**9), 64, what)


Epsilon = Union[int, float, str, Decimal, Fraction]


class Budget(Serial):
    """What recipients may learn, and have learned, in epsilon.

    Parameters
    ----------
    epsilon : number or str
        For each recipient, data set and period.
    period : timedelta, optional
        None: one period for ever.

    Notes
    -----
    One caller at a time. `serialize` it beside the data: who loses it forgets what was spent.

    Examples
    --------
    >>> budget = Budget(1)
    >>> rows = {"who": [1, 2, 3], "region": ["n", "n", "s"]}
    >>> first = noisy_count(rows, budget, epsilon=0.5, recipient="acme", data_set="orders",
    ...                     subject="who", partition="region", partitions=["n", "s", "w"])
    >>> [row["region"] for row in first.to_pylist()], budget.spent("acme", "orders")
    (['n', 's', 'w'], Fraction(1, 2))
    >>> again = noisy_count(rows, budget, epsilon=0.5, recipient="acme", data_set="orders",
    ...                     subject="who", partition="region", partitions=["n", "s", "w"])
    >>> again.to_pylist() == first.to_pylist(), budget.spent("acme", "orders")
    (True, Fraction(1, 2))
    """

    _RELEASE = "cstn_privacy_budget_free"
    _NAME = "cstn_privacy_budget"

    def __init__(self, epsilon: Epsilon, *, period: Optional[timedelta] = None) -> None:
        options = c.cstn_privacy_budget_options(
            struct_size=ctypes.sizeof(c.cstn_privacy_budget_options)
        )
        options.limit_nano = _nano(epsilon, "epsilon")
        if period is not None:
            options.period_us = integer(period // timedelta(microseconds=1), 64, "period")
        made = out(c.cstn_privacy_budget)
        call(
            lib.cstn_privacy_budget_new, ctypes.byref(options), lib.allocator, ctypes.byref(made)
        )
        self._adopt(made)

    def spent(self, recipient: str, data_set: str, now: Any = 0) -> Fraction:
        """Epsilon that a recipient has spent of a data set in the period of `now`."""
        who, what = utf8(recipient, "recipient"), utf8(data_set, "data_set")
        spent = ctypes.c_int64()
        with self._exclusive() as pointer:
            call(
                lib.cstn_privacy_budget_spent, pointer, who, len(who), what, len(what),
                to_us(now, "now"), ctypes.byref(spent), None,
            )
        return Fraction(spent.value, 10**9)

    def table(self, frame: Optional[str] = None) -> Any:
        """A row an account: recipient, data_set, period_from, spent_nano, limit_nano, answers."""

        def export(target: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_privacy_budget_export, pointer, target)

        return self._framed(export, frame)

    def plot(self, ax: Any = None) -> Any:
        """What was spent of each account, as bars against the limit. Needs matplotlib."""
        rows = self.table("table").to_pylist()
        ax = new_axes(ax, 1.2 + 0.4 * max(1, len(rows)))
        names = [f"{row['recipient']}: {row['data_set']}" for row in rows]
        limit = max((row["limit_nano"] for row in rows), default=0) / 1e9
        ax.barh(range(len(rows)), [row["spent_nano"] / 1e9 for row in rows], color=ACCENT)
        ax.set_yticks(range(len(rows)), names)
        ax.invert_yaxis()
        if rows:
            ax.axvline(limit, color=INK, linestyle="--", linewidth=1)
        ax.set_xlabel("epsilon")
        caption(titled(ax, "Privacy spent"), f"limit {limit:g} a recipient, data set and period")
        return ax


class _Question:
    """Options of a noisy answer."""

    def __init__(self, kind: int, **given: Any) -> None:
        self.options = o = c.cstn_noise_options(struct_size=ctypes.sizeof(c.cstn_noise_options))
        o.kind = kind
        for name in ("recipient", "data_set"):
            if given[name] is not None:
                text = utf8(given[name], name)
                setattr(o, name, text)
                setattr(o, f"{name}_len", len(text))
        o.now_us = to_us(given["now"], "now")
        o.epsilon_nano = _nano(given["epsilon"], "epsilon")
        for name in ("subject", "measure", "partition"):
            setattr(o, name, _text_or_none(given[name], name))
        if given["subject"] is None:
            o.flags = c.CSTN_NOISE_ROW_IS_SUBJECT
        cells = [str(cell) for cell in given["partitions"] or ()]
        o.partitions, o.n_partitions = _name_list(cells, "partitions"), len(cells)
        low, high = _scaled(given["low"]), _scaled(given["high"])
        while any(number.denominator != 1 for number in (low, high)) and o.scale < 18:
            o.scale, low, high = o.scale + 1, low * 10, high * 10
        o.low, o.high = integer(int(low), 64, "low"), integer(int(high), 64, "high")
        o.max_partitions = or_default(given["max_partitions"], 32, "max_partitions")
        o.grid = integer(given["grid"], 32, "grid")
        o.allocator = lib.allocator
        _set_steps(o, given["steps"])
        self.bound = numbers_binding(given["columns"])
        o.binding = self.bound._live()


def _answer(rows: Any, budget: Budget, question: _Question, frame: Optional[str]) -> Any:
    kind = _frames.check_kind(frame, _frames.kind_of(rows))

    def export(target: Any) -> None:
        with budget._exclusive() as pointer, _frames.stream(rows) as stream:
            call_whole(
                lib.cstn_noise, stream, ctypes.byref(question.options), pointer, target, None
            )

    return _frames.convert(Table(computed(export)), kind)  # asked and paid for now


def noisy_count(
    rows: Any,
    budget: Budget,
    *,
    epsilon: Epsilon,
    recipient: str,
    data_set: str,
    subject: Optional[str],
    partition: Optional[str] = None,
    partitions: Optional["Sequence[Any]"] = None,
    most: int = 1,
    max_partitions: int = 1,
    steps: Steps = None,
    now: Any = 0,
    columns: Columns = None,
    frame: Optional[str] = None,
) -> Any:
    """How many subjects there are, with noise, for all rows or by the values of a column.

    Parameters
    ----------
    rows : frame
        The rows; they are not read where the answer is known.
    budget : Budget
        What pays. The same question again in the same period costs nothing.
    epsilon : number or str
        Of this question; rounded up to whole billionths.
    recipient, data_set : str
        Who is told, and a name for the rows as they are now.
    subject : str or None
        Column of whom the answer hides; None says that each row is a subject of its own.
    partition, partitions
        Column of cells, and all cells that there are: others are not counted, and those without
        rows get noise too.
    most : int
        Rows of a subject that are counted in a cell.
    max_partitions : int
        Cells that a subject counts in, its first ones.
    now : int or datetime
        Picks the period.

    Returns
    -------
    frame
        The partition, ``value``, ``units``, ``error_95`` (the noise is within it 95 of 100 times).

    Raises
    ------
    BudgetError
        Too little is left; nothing was charged.
    """
    question = _Question(
        c.CSTN_NOISE_COUNT, recipient=recipient, data_set=data_set, now=now, epsilon=epsilon,
        subject=subject, measure=None, partition=partition, partitions=partitions, low=0,
        high=most, max_partitions=max_partitions, grid=0, steps=steps, columns=columns,
    )  # fmt: skip
    return _answer(rows, budget, question, frame)


def noisy_sum(
    rows: Any,
    budget: Budget,
    measure: str,
    *,
    low: Union[int, float, Decimal],
    high: Union[int, float, Decimal],
    epsilon: Epsilon,
    recipient: str,
    data_set: str,
    subject: Optional[str],
    partition: Optional[str] = None,
    partitions: Optional["Sequence[Any]"] = None,
    max_partitions: int = 1,
    grid: int = 0,
    steps: Steps = None,
    now: Any = 0,
    columns: Columns = None,
    frame: Optional[str] = None,
) -> Any:
    """The sum of a column of whole numbers or decimals, with noise; as `noisy_count`.

    Parameters
    ----------
    measure : str
        The column; what a subject adds to a cell is moved into [`low`, `high`].
    low, high : number
        The noise grows with the greater of their sizes.
    grid : int
        Answers are multiples of ``2**-grid``.
    """
    question = _Question(
        c.CSTN_NOISE_SUM, recipient=recipient, data_set=data_set, now=now, epsilon=epsilon,
        subject=subject, measure=measure, partition=partition, partitions=partitions, low=low,
        high=high, max_partitions=max_partitions, grid=grid, steps=steps, columns=columns,
    )  # fmt: skip
    return _answer(rows, budget, question, frame)


def plot_noised(answer: Any, ax: Any = None) -> Any:
    """A noisy answer as points with the width of its noise. Needs matplotlib.

    Parameters
    ----------
    answer : frame
        What `noisy_count` or `noisy_sum` gave, as "table", dict or a frame.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    rows = _rows_of(answer)
    names = [str(next(iter(row.values()))) if len(row) > 3 else "all" for row in rows]
    ax = new_axes(ax, 1.2 + 0.4 * max(1, len(rows)))
    at = range(len(rows))
    ax.errorbar(
        [row["value"] for row in rows], at, xerr=[row["error_95"] for row in rows], fmt="o",
        color=ACCENT, ecolor=SOFT, capsize=3,
    )  # fmt: skip
    ax.set_yticks(at, names)
    ax.invert_yaxis()
    ax.set_xlabel("value")
    caption(titled(ax, "With noise"), "bars: the noise is within them 95 of 100 times")
    return ax


def _rows_of(data: Any) -> List[Dict[str, Any]]:
    """Rows of a table or frame as dicts."""
    for name in ("to_pylist", "to_dicts"):
        if hasattr(data, name):
            rows: List[Dict[str, Any]] = getattr(data, name)()
            return rows
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        records: List[Dict[str, Any]] = data.to_dict("records")
        return records
    if isinstance(data, Mapping):
        return [dict(zip(data, row)) for row in zip(*data.values())]
    return list(data)
