"""Recency, frequency, monetary value: orders in, a row a customer out, scores and segments.

`Purchases` is the mergeable state of what customers bought; `RFM` scores customers with cuts that
stay as they were fitted.
"""

from __future__ import annotations

import ctypes
import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Dict, Optional, Tuple, Union

from . import _cdefs as c
from . import _frames
from ._axes import heat, new_axes, titled
from ._estimator import ModelEstimator
from ._native import c_text, call, choice, integer, lib, out, text_of
from ._order_rows import CustomerRows
from ._state import Serial
from .errors import ConstellationError, InvalidArgumentError, NotFoundError
from .schema import Binding, numbers_binding
from .table import RowErrorTable, Table, call_keeping_rows, call_whole
from .times import _day_number

__all__ = ["RFM", "Purchases", "rfm_rules"]

Day = Union[datetime.date, int, str]
Columns = Optional["Mapping[str, str]"]
_DIMENSIONS = ("recency", "frequency", "monetary")
_ORDERINGS = {"none": c.CSTN_ORDERING_NONE, "by_time": c.CSTN_ORDERING_BY_TIME}
_IDS = {"any": c.CSTN_IDS_ANY, "dense": c.CSTN_IDS_DENSE}
_HEAT = {
    "monetary_mean": "money a customer",
    "monetary": "money of all",
    "customers": "customers",
}
_DAY_US = 86_400_000_000


class Purchases(CustomerRows):
    """What each customer bought and when: 32 bytes a customer, mergeable.

    The state has the same bytes for any split of the rows and any order of merging.

    Parameters
    ----------
    ordering : "none" or "by_time"
        Whether the purchases of a customer come in day order; a broken promise raises
        NotClusteredError, never a wrong number.
    ids : "any" or "dense"
        Customers are any integers or text, or numbers 0, 1, 2, ... with few holes.
    window : (first, last), optional
        Only these days, both included.
    utc_offset_minutes : int
        The day of a timestamp is that of this many minutes ahead of UTC.
    period_days, period_origin : int, day
        Purchases of a period merge; weeks begin on Monday unless told.
    each_row : bool
        Every row counts, also several of a day.

    Notes
    -----
    One thread at a time works on a state; others wait. It owns its memory, 32 bytes a customer and
    its id; adding is O(1) a row, a summary O(n log n) in the customers. Days are dates or whole
    days since 1970-01-01, money is minor units, times ``tx`` and ``T`` are in `unit_days`.

    Examples
    --------
    >>> from datetime import date
    >>> days = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 4)]
    >>> state = Purchases()
    >>> state.update({"customer": [1, 1, 2], "day": days, "value": [500, 700, 300]})
    >>> state.summary(date(2026, 3, 30)).to_pylist()[0]["x"]
    1
    """

    _NAME = "cstn_purchases"
    _RELEASE = "cstn_purchases_free"
    _DAYS = ("day",)

    def __init__(
        self,
        *,
        ordering: str = "none",
        ids: str = "any",
        window: Optional[Tuple[Day, Day]] = None,
        utc_offset_minutes: int = 0,
        period_days: int = 1,
        period_origin: Optional[Day] = None,
        each_row: bool = False,
    ) -> None:
        config = c.cstn_purchases_config(struct_size=ctypes.sizeof(c.cstn_purchases_config))
        config.ordering = choice(ordering, _ORDERINGS, "ordering")
        config.ids = choice(ids, _IDS, "ids")
        config.utc_offset_minutes = integer(utc_offset_minutes, 32, "utc_offset_minutes")
        config.period_days = integer(period_days, 32, "period_days")
        if period_origin is not None:
            config.period_origin_days = _day_number(period_origin, "period_origin")
        if window is not None:
            config.flags |= c.CSTN_PURCHASES_WINDOW
            config.from_days = _day_number(window[0], "the first day of the window")
            config.to_days = _day_number(window[1], "the last day of the window")
        if each_row:
            config.flags |= c.CSTN_PURCHASES_EACH_ROW
        self._make(ctypes.byref(config))

    def update(
        self,
        rows: Any,
        *,
        columns: Columns = None,
        scale: Optional[int] = None,
    ) -> Optional[RowErrorTable]:
        """Add rows of orders: ``customer``, ``day``, and ``value``, ``quantity``, ``cancelled``,
        ``currency`` where they are.

        Money is whole minor units or decimals, never floats with a fraction. A timestamp without
        zone is of its own day.

        Parameters
        ----------
        columns : mapping, optional
            What the columns are called: ``{"customer": "client"}``.
        scale : int, optional
            Decimals of ``value``, where frames differ.

        Returns
        -------
        RowErrorTable or None
            Rows that were left out; of several frames those of the first that has such, with the
            others in ``more``.
        """
        return self._add(rows, columns, value=scale)

    def _exporter(self, table: int, as_of: Day, unit_days: float) -> Callable[[Any], None]:
        day, unit = _day_number(as_of, "as_of"), round(unit_days * _DAY_US)

        def export(target: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_purchases_export, pointer, table, day, unit, target)

        return export

    def summary(self, as_of: Day, *, unit_days: float = 7, frame: Optional[str] = None) -> Any:
        """A row a customer: recency, frequency, monetary, x, tx, T, spend and more, in order of
        ids; what `RFM` and `CustomerValue` take.

        Parameters
        ----------
        as_of : date or int
            The day at which customers are looked at; later purchases do not count.
        unit_days : float
            The unit of ``tx`` and ``T`` in days.
        frame : "pandas", "polars", "pyarrow" or "table", optional
            By default the kind of the latest frame that came in.
        """
        return self._framed(
            self._exporter(c.CSTN_PURCHASES_TABLE_CUSTOMERS, as_of, unit_days), frame
        )

    def counts(self, as_of: Day) -> Dict[str, int]:
        """How many customers are in the summary of the day `as_of`, and how many are not and why."""
        rows = Table(self._exporter(c.CSTN_PURCHASES_TABLE_COUNTS, as_of, 1)).to_pylist()
        return {row["name"]: row["n"] for row in rows}


def rfm_rules(name: str) -> str:
    """Rules that come with the library, as text that `RFM` takes back.

    Parameters
    ----------
    name : str
        ``"ten-segments"``, ``"abc-xyz"`` or ``"prime-sustain-manage"``.

    Raises
    ------
    NotFoundError
        For another name.
    """
    text = lib.cstn_rfm_rules(c_text(name, "name"))
    if text is None:
        raise NotFoundError(f"no rules are called {name!r}")
    return text_of(text)


class _Model(Serial):
    _NAME = "cstn_rfm"
    _RELEASE = "cstn_rfm_unref"
    _IMMUTABLE = True


class RFM(ModelEstimator):
    """Scores 1 to `bins` for recency, frequency and monetary value, with cuts that stay.

    Rows are customers with ``recency``, ``frequency`` and ``monetary``; with `as_of` they are
    orders (``customer``, ``day``, ``value``), and `partial_fit` and `merge` work.

    Parameters
    ----------
    bins : int or three of them
        For recency, frequency and monetary; 2 to 100.
    side : "right" or "left"
        A value at a cut belongs to the bin below it ("right"-closed), or above it.
    plus_one : bool
        One is added to every cut, as some packages do.
    rules : str, optional
        Segments: the name of rules that come with the library, or ``name | R | F | M`` lines.
    skip_bad : bool
        Leave out customers that break a rule; else they raise RowErrors.
    as_of : date or int, optional
        The day at which customers are looked at, for rows of orders.
    ordering : "none" or "by_time"
        Of orders, see `Purchases`.

    Notes
    -----
    Cuts are quantiles of type 7 (Hyndman and Fan 1996), a dimension each; equal values have equal
    scores, equal cuts become one. A fitted model is immutable: any thread may ask it, one at a time
    fits or changes the estimator. A fit is O(n), 48 bytes a customer while it runs; scoring is
    O(rows).

    Examples
    --------
    >>> rows = {"recency": [1, 40, 3, 90], "frequency": [9, 1, 4, 2], "monetary": [90, 5, 20, 9]}
    >>> model = RFM(bins=2, rules="best | 2 | 2 | 2").fit(rows)
    >>> [row["segment"] for row in model.predict(rows).to_pylist()]
    ['best', 'OTHER', 'best', 'OTHER']
    """

    _STATE, _MODEL = Purchases, _Model
    _estimator_type = "transformer"

    def __init__(
        self,
        bins: Union[int, "Sequence[int]"] = 5,
        *,
        side: str = "right",
        plus_one: bool = False,
        rules: Optional[str] = None,
        skip_bad: bool = False,
        as_of: Optional[Day] = None,
        ordering: str = "none",
    ) -> None:
        self.bins = bins
        self.side = side
        self.plus_one = plus_one
        self.rules = rules
        self.skip_bad = skip_bad
        self.as_of = as_of
        self.ordering = ordering

    def _options(self, bound: Binding) -> Any:
        options = c.cstn_rfm_options(struct_size=ctypes.sizeof(c.cstn_rfm_options))
        bins = [self.bins] * 3 if isinstance(self.bins, int) else list(self.bins)
        if len(bins) != 3:
            raise InvalidArgumentError(f"bins has {len(bins)} numbers, 1 or 3 expected")
        options.bins = (ctypes.c_int32 * 3)(*(integer(n, 32, "bins") for n in bins))
        if choice(self.side, {"right": 0, "left": 1}, "side"):
            options.flags |= c.CSTN_RFM_LEFT_CLOSED
        options.flags |= c.CSTN_RFM_PLUS_ONE if self.plus_one else 0
        options.flags |= c.CSTN_RFM_SKIP_BAD if self.skip_bad else 0
        options.rules = None if self.rules is None else c_text(self.rules, "rules")
        options.binding = options.keep = bound._live()
        return options

    def _customers(self, rows: Any, columns: Columns) -> Tuple[Any, Columns]:
        """Rows of customers, made out of orders where as_of says so."""
        if self.as_of is None:
            return rows, columns
        state = Purchases(ordering=self.ordering)
        state.update(rows, columns=columns)
        return state.summary(self.as_of, frame="table"), None

    def _fit_customers(self, rows: Any, columns: Columns) -> None:
        bound = numbers_binding(columns)
        options, pointer = self._options(bound), out(c.cstn_rfm)
        try:
            with _frames.stream(rows) as stream:
                self.bad_rows_ = call_whole(
                    lib.cstn_rfm_fit,
                    stream,
                    ctypes.byref(options),
                    lib.allocator,
                    ctypes.byref(pointer),
                )
        except ConstellationError as failure:
            self.bad_rows_ = failure.rows
            raise
        self._take(pointer)

    def fit(self, rows: Any, y: Any = None, *, columns: Columns = None) -> "RFM":
        """Fit cuts to customers, forgetting earlier ones; returns the estimator.

        Raises
        ------
        RowErrors
            A customer breaks a rule (null, NaN, negative recency), in ``rows`` of the error.
        EmptyError, DuplicateError
            There is no customer, or one is there twice.
        """
        if self.as_of is not None:
            self._state = None
            return self.partial_fit(rows, columns=columns)
        self._frame = _frames.kind_of(rows)
        self._fit_customers(rows, columns)
        return self

    def _new_state(self) -> Purchases:
        if self.as_of is None:
            raise InvalidArgumentError("rows of customers do not add up; give as_of and orders")
        return Purchases(ordering=self.ordering)

    def _read(self, state: Any, rows: Any, columns: Columns) -> None:
        state.update(rows, columns=columns)
        self._frame = state._frame

    def _orders(self) -> Any:
        """The customers of the orders seen, as of the day."""
        if self._state is None or self.as_of is None:
            raise InvalidArgumentError("rows is None, and there are no orders to score")
        return self._seen().summary(self.as_of, frame="table")

    def _fit_state(self) -> None:
        self._fit_customers(self._orders(), None)

    def _scored(self, function: Any, rows: Any, columns: Columns, frame: Optional[str]) -> Any:
        model = self._ready()
        kind = _frames.check_kind(frame, self._frame if rows is None else _frames.kind_of(rows))
        if rows is None:
            rows, columns = self._orders(), None
        else:
            rows, columns = self._customers(rows, columns)
        bound = numbers_binding(columns)

        def export(target: Any) -> None:
            with _frames.stream(rows) as stream:
                self.bad_rows_ = call_keeping_rows(function, model, stream, bound._live(), target)

        return _frames.convert(Table(export), kind)

    def predict(
        self, rows: Any = None, *, columns: Columns = None, frame: Optional[str] = None
    ) -> Any:
        """Scores ``r``, ``f``, ``m``, ``rfm`` and the ``segment`` of each customer, with the cuts
        of the fit; a row that breaks a rule is null, and in ``bad_rows_``. Without rows: those
        whose orders were seen."""
        return self._scored(lib.cstn_rfm_predict, rows, columns, frame)

    def transform(self, rows: Any, *, columns: Columns = None) -> Any:
        """The three scores as a numpy array of doubles, a row a customer; NaN for a bad row."""
        import numpy

        scores = self._scored(lib.cstn_rfm_predict, rows, columns, "table").to_pydict()
        missing = float("nan")
        return numpy.array(
            [[missing if one is None else one for one in scores[name]] for name in "rfm"], float
        ).T

    def fit_transform(self, rows: Any, y: Any = None, *, columns: Columns = None) -> Any:
        """`fit`, then `transform`."""
        return self.fit(rows, columns=columns).transform(rows, columns=columns)

    def _feature_names(self) -> "Sequence[str]":
        return "r", "f", "m"

    def drift(self, rows: Any, *, columns: Columns = None, frame: Optional[str] = None) -> Any:
        """How far customers have moved from those of the fit: shares a score, then and now."""
        return self._scored(lib.cstn_rfm_drift, rows, columns, frame)

    def _exported(self, table: int, frame: Optional[str]) -> Any:
        kind = _frames.check_kind(frame, self._frame)
        return _frames.convert(Table(self._export(table)), kind)

    def cuts(self, *, frame: Optional[str] = None) -> Any:
        """A row a dimension and bin: its cuts and its customers."""
        return self._exported(c.CSTN_RFM_TABLE_CUTS, frame)

    def segments(self, *, frame: Optional[str] = None) -> Any:
        """A row a segment: customers, share, mean recency, sums of frequency and money."""
        return self._exported(c.CSTN_RFM_TABLE_SEGMENTS, frame)

    def cells(self, *, frame: Optional[str] = None) -> Any:
        """A row a pair of recency and frequency score: customers and money."""
        return self._exported(c.CSTN_RFM_TABLE_CELLS, frame)

    @property
    def cuts_(self) -> Dict[str, "list[float]"]:
        """The cuts of each dimension, ascending."""
        return {
            name: [
                self._asked(f"{name}_cut_{k}")
                for k in range(1, int(self._asked(f"{name}_effective_bins")))
            ]
            for name in _DIMENSIONS
        }

    @property
    def effective_bins_(self) -> Tuple[int, int, int]:
        """Bins that are left when equal cuts are one."""
        r, f, m = (int(self._asked(f"{name}_effective_bins")) for name in _DIMENSIONS)
        return r, f, m

    def plot_heatmap(self, *, value: str = "monetary_mean", ax: Any = None) -> Any:
        """Recency against frequency score, coloured by `value`: ``"monetary_mean"``,
        ``"monetary"`` or ``"customers"``; customers stand in the cells. Returns the Axes."""
        import numpy

        if value not in _HEAT:
            raise InvalidArgumentError(f"value {value!r} is not a column of cells()")
        rows = self._exported(c.CSTN_RFM_TABLE_CELLS, "table").to_pylist()
        r_bins, f_bins, _ = self.effective_bins_
        grid = numpy.full((f_bins, r_bins), numpy.nan)
        for row in rows:
            grid[row["f"] - 1, row["r"] - 1] = row[value]
        counts = [["" for _ in range(r_bins)] for _ in range(f_bins)]
        for row in rows:
            counts[row["f"] - 1][row["r"] - 1] = f"{row['customers']:,}"
        ax = new_axes(ax, 4.6)
        heat(ax, grid, _HEAT[value], counts)
        ax.set_xticks(range(r_bins), [str(k + 1) for k in range(r_bins)])
        ax.set_yticks(range(f_bins), [str(k + 1) for k in range(f_bins)])
        ax.set_xlabel(f"recency score ({r_bins}: bought most recently)")
        ax.set_ylabel(f"frequency score ({f_bins}: bought most often)")
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        return titled(ax, f"Customers in the cells, {_HEAT[value]} by colour")
