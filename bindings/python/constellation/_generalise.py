"""Steps by which columns become coarser, and hierarchies of values."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, Optional, Tuple, Union

from . import _frames
from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, choice, integer, lib, out, utf8
from .errors import InvalidArgumentError
from .schema import binding_of

Columns = Optional["Mapping[str, str]"]
_CALENDAR = {"week": 1, "month": 2, "quarter": 3, "year": 4}


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


def scaled(value: Number) -> Fraction:
    """A number as it is written, a duration in microseconds."""
    if isinstance(value, timedelta):
        return Fraction(value // timedelta(microseconds=1))
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def bucket(width: Number, origin: Number = 0) -> Step:
    """Numbers, dates (width in days) and times (a timedelta): the lower end of their bucket.

    >>> bucket(0.25)
    Step(kind=1, step=0, width=25, origin=0, scale=2, hierarchy=None)
    """
    exact = [scaled(width), scaled(origin)]
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


def set_steps(options: Any, steps: Steps) -> None:
    """Put steps into options of C, which keep them."""
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


def text_or_none(name: Optional[str], what: str) -> Optional[bytes]:
    """A C text, or NULL for None."""
    return None if name is None else c_text(name, what)
