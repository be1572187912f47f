"""Cells that many stand behind: made, guarded against differences, refused by name."""

from __future__ import annotations

import contextlib
import ctypes
import math
from collections.abc import Mapping, Sequence
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _arrow, _frames
from . import _cdefs as c
from ._generalise import Columns, Steps, set_steps, text_or_none
from ._native import c_text, call, choice, lib, or_default, out, text_array, utf8
from ._state import Serial
from .schema import numbers_binding
from .table import Table, call_whole, computed

_MEASURES = {
    "sum": c.CSTN_AGGREGATE_SUM,
    "count": c.CSTN_AGGREGATE_COUNT,
    "mean": c.CSTN_AGGREGATE_MEAN,
}


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


class Asked:
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
        options.by, options.n_by = text_array(by, "by")
        options.measures, options.n_measures = asked, len(asked)
        for field, name in names.items():
            setattr(options, field, text_or_none(name, field))
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
        set_steps(options, steps)
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
    asked = Asked(
        by, measures, steps, columns,
        {"company": company, "sensitive": sensitive, "row": row}, recipient,
        cell_rules(k, l, t, companies, share), margins, categorical,
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


def cell_rules(k: int, l: int, t: Optional[float], companies: int, share: float) -> "Dict[str, int]":
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
    asked = Asked(
        by, measures, steps, columns,
        {"company": company, "sensitive": sensitive, "row": None}, recipient,
        cell_rules(k, l, t, companies, share), False, False,
    )  # fmt: skip

    def export(target: Any) -> None:
        with _frames.stream(rows) as stream:
            call_whole(lib.cstn_aggregate_suggest, stream, ctypes.byref(asked.options), target)

    return _frames.convert(Table(export), kind)
