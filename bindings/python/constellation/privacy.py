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

import ctypes
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple, Optional

from . import _frames
from . import _cdefs as c
from ._aggregate import Aggregated, DifferenceGuard, aggregate, suggest
from ._generalise import (
    Columns,
    Hierarchy,
    Step,
    Steps,
    ancestor,
    bucket,
    calendar,
    everything,
    prefix,
    set_steps,
    text_or_none,
)
from ._native import lib, or_default, text_array
from ._noise import Budget, noisy_count, noisy_sum, plot_noised
from .schema import numbers_binding
from .table import Table, call_whole, computed

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
    options.quasi, options.n_quasi = text_array(quasi, "quasi")
    options.sensitive = text_or_none(sensitive, "sensitive")
    options.keep, options.n_keep = text_array(keep, "keep")
    options.allocator = lib.allocator
    set_steps(options, steps)
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
