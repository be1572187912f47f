"""What signals are worth: prices, promotions, weather, open orders, a partner's feed."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from . import _cdefs as c
from . import _frames
from ._axes import ACCENT, INK, SOFT, caption, new_axes, percent, titled
from ._native import choice, integer, lib
from .errors import InvalidArgumentError
from .forecast import _PERIODS
from .schema import dated_binding, numbers_binding
from .table import Table, call_with_rows

__all__ = ["SIGNAL_FEATURES", "SIGNAL_KINDS", "Signal", "plot_signal_values", "signal_value"]

_KINDS: Dict[str, int] = {
    "known_future": c.CSTN_SIGNAL_KNOWN_FUTURE,
    "observed_past": c.CSTN_SIGNAL_OBSERVED_PAST,
    "forward_order": c.CSTN_SIGNAL_FORWARD_ORDER,
}
_FEATURES: Dict[str, int] = {
    "value": c.CSTN_SIGNAL_AS_VALUE,
    "price": c.CSTN_SIGNAL_AS_PRICE,
    "cross_price": c.CSTN_SIGNAL_AS_CROSS_PRICE,
    "promotion": c.CSTN_SIGNAL_AS_PROMOTION,
    "orders": c.CSTN_SIGNAL_AS_ORDERS,
    "weather": c.CSTN_SIGNAL_AS_WEATHER,
    "class": c.CSTN_SIGNAL_AS_CLASS,
    "index": c.CSTN_SIGNAL_AS_INDEX,
    "event": c.CSTN_SIGNAL_AS_EVENT,
}
_GAPS = {"error": c.CSTN_GAP_ERROR, "zero": c.CSTN_GAP_ZERO, "missing": c.CSTN_GAP_MISSING}
_SCALES = {"log1p": c.CSTN_SIGNAL_LOG1P, "log": c.CSTN_SIGNAL_LOG, "plain": c.CSTN_SIGNAL_PLAIN}
_LOSSES = {
    "rmse": c.CSTN_SIGNAL_LOSS_RMSE,
    "wape": c.CSTN_SIGNAL_LOSS_WAPE,
    "mae": c.CSTN_SIGNAL_LOSS_MAE,
}
_BAD_ROWS = {"raise": 0, "leave_out": 1}

#: names of kinds: when a value may be used
SIGNAL_KINDS: Tuple[str, ...] = tuple(_KINDS)
#: names of what is made of the values
SIGNAL_FEATURES: Tuple[str, ...] = tuple(_FEATURES)

Columns = Optional["Mapping[str, str]"]


@dataclass(frozen=True)
class Signal:
    """A declared signal.

    Parameters
    ----------
    name : str
        As its rows have it; two declarations may make other features of the same rows.
    kind : str
        When a value may be used, h periods ahead. "known_future": of the target's period, if known
        by the cut, which is the end of the origin's period (price, promotion, calendar, weather
        forecast); "observed_past": of `lag` periods before the origin (a partner's sales, an
        index); "forward_order": the sum of orders for the target's period that were entered by the
        cut.
    feature : str, optional
        What is made of the values, of :data:`SIGNAL_FEATURES`; None is "orders" of orders, else
        "value".
    group : str, optional
        What is valued as one; None is the name.
    partner : str, optional
        Who sends the group.
    lag : int
        Of "observed_past".
    classes : int
        Of the feature "class": how many there are, 0 to `classes` - 1.
    assume_known : bool
        Values without ``available_us`` were known in time. Results say so.
    late_is_missing : bool
        A value that came too late is missing; else it is an error.
    """

    name: str
    kind: str = "known_future"
    feature: Optional[str] = None
    group: Optional[str] = None
    partner: Optional[str] = None
    lag: int = 0
    classes: int = 0
    assume_known: bool = False
    late_is_missing: bool = False

    def _struct(self) -> Any:
        flags = c.CSTN_SIGNAL_ASSUME_KNOWN if self.assume_known else 0
        flags |= c.CSTN_SIGNAL_LATE_IS_MISSING if self.late_is_missing else 0
        return c.cstn_signal(
            ctypes.sizeof(c.cstn_signal),
            flags,
            _words(self.name),
            _words(self.group),
            _words(self.partner),
            choice(self.kind, _KINDS, "kind"),
            0 if self.feature is None else choice(self.feature, _FEATURES, "feature"),
            integer(self.lag, 32, "lag"),
            integer(self.classes, 32, "classes"),
        )


def _words(text: Optional[str]) -> Optional[bytes]:
    if text is None:
        return None
    if "\0" in text:
        raise InvalidArgumentError(f"{text!r} has a NUL in it")
    return text.encode()


def _set_list(options: Any, name: str, values: Optional[Sequence[int]]) -> None:
    """Put a list of int32 into the options; None leaves what goes without saying."""
    if values is None:
        return
    setattr(options, name, c_int32s(len(values) or 1)(*[integer(value, 32, name) for value in values]))
    setattr(options, f"n_{name}", len(values))


def _without_index(data: Any) -> Any:
    """An index of pandas is no column, and would be one that is not declared."""
    reset = getattr(data, "reset_index", None)
    return data if reset is None else reset(drop=True)


def c_int32s(n: int) -> Any:
    return ctypes.c_int32 * n


def signal_value(
    rows: Any,
    signals: Any = None,
    declared: "Sequence[Signal]" = (),
    *,
    horizons: "Sequence[int]" = (1,),
    origins: Optional[int] = None,
    training: Optional[int] = None,
    period: str = "by_type",
    season: Optional[int] = None,
    gap: str = "error",
    scale: str = "log1p",
    loss: str = "rmse",
    means: "Optional[Sequence[int]]" = None,
    positions: "Optional[Sequence[int]]" = None,
    position_columns: bool = False,
    history: Optional[int] = None,
    recent: Tuple[int, int] = (0, 0),
    origin_observed: bool = False,
    by_pool: bool = False,
    penalty: float = 0.001,
    seed: int = 0,
    resamples: int = 999,
    block: Optional[int] = None,
    permutations: int = 200,
    service_level: Optional[float] = None,
    lead_time: Optional[int] = None,
    holding_minor: float = 0.0,
    margin_minor: float = 0.0,
    origin_offset_us: int = 0,
    threads: int = 0,
    bad_rows: str = "raise",
    columns: Columns = None,
    signal_columns: Columns = None,
    frame: Optional[str] = None,
) -> Any:
    """What every group of signals is worth: the error without it less the error with it.

    One ridge regression for all series is learned on the origins before the last `origins` and
    scored on these. A value is used only if it was known at the end of the origin's period; one
    that came later is refused by name. A negative value is reported as it is.

    Parameters
    ----------
    rows : frame
        ``unique_id``, ``ds``, ``y``; ``pool`` (optional); and a column for each signal that is
        given so.
    signals : frame, optional
        ``signal``, ``unique_id`` (a series, a pool, or null: all), ``ds``, ``value``,
        ``available_us`` (when it became known; may be null).
    declared : sequence of Signal
        A column or signal that is not declared is refused.
    horizons : sequence of int
        Periods ahead, 1 to 1,024.
    origins, training : int, optional
        Origins that are scored (None: 56), and those before them that are learned from (None: all).
    period, season, gap
        As in :class:`Forecaster`; gap "missing": nothing is known, as of a day closed.
    scale : "log1p", "log" or "plain"
        What the regression forecasts.
    loss : "rmse", "wape" or "mae"
        Root mean square in the regression's scale; sum of |y - f| / sum of y; mean of |y - f|.
    means, positions : sequence of int, optional
        Base columns: means of the last so many rows (None: 28, 7), and of so many at the target's
        position of the season (None: 8, 1).
    position_columns : bool
        A 0 or 1 for each position of the season among the base columns.
    history, recent, origin_observed
        Rows of a series before an origin, at least (None: the longest of `means`); of the last
        `recent[0]` periods at least `recent[1]` have a row; the origin itself has one.
    by_pool : bool
        Rows for every pool, too.
    penalty : float
        Of the ridge, in mean diagonals.
    seed, resamples, block, permutations
        Of blocks of origins for the interval of 5 to 95 %, and of permutations for Shapley values
        of more than 8 groups.
    service_level : float, optional
        Inside (0, 1): what the safety stock saved over `lead_time` is (None: the horizon), and what
        it is worth at `holding_minor` a unit, with `margin_minor` a unit short.
    origin_offset_us : int
        Of the cut, behind the end of the origin's period.
    threads : int
        0 all processors; results do not depend on it.
    bad_rows : "raise" or "leave_out"
        What to do about rows that break a rule.
    columns, signal_columns : mapping, optional
        Renaming, declared name -> name in the frame.
    frame : str, optional
        Kind of frame that comes out; None is that of `rows`.

    Returns
    -------
    frame
        A row for each horizon and group, first one for all groups (``group`` is null): ``group``,
        ``partner``, ``pool``, ``h``, ``loss``, ``n_series``, ``n_origins``, ``n_rows``,
        ``n_missing``, ``without``, ``with``, ``value``, ``low``, ``high``, ``p``, ``alone``,
        ``shapley``, ``shapley_error``, ``stock_units``, ``money_minor``, ``assumed_known``,
        ``dropped``. Shapley values add up to none less all.

    Raises
    ------
    LeakageError
        A value came after the cut, nothing says when it came, or a signal repeats y.
    SchemaError
        A column or signal is not declared, or absent.
    RowErrors
        Rows break a rule, and `bad_rows` is "raise".
    EmptyError
        No row is left to learn from or to score.

    Examples
    --------
    >>> day = range(120)
    >>> rows = {
    ...     "unique_id": ["shop"] * 120,
    ...     "ds": list(day),
    ...     "y": [20 + 9 * (t % 3 == 0) + t * 7 % 5 for t in day],
    ...     "offer": [int(t % 3 == 0) for t in day],
    ... }
    >>> told = signal_value(
    ...     rows, declared=[Signal("offer", assume_known=True)], season=7, origins=30
    ... ).to_pylist()
    >>> [row["group"] for row in told], told[1]["without"] > 2 * told[1]["with"]
    ([None, 'offer'], True)
    """
    kind = _frames.check_kind(frame, _frames.kind_of(rows))
    leave_out = choice(bad_rows, _BAD_ROWS, "bad_rows")
    options = c.cstn_signal_value_options(
        struct_size=ctypes.sizeof(c.cstn_signal_value_options)
    )
    options.flags = (
        (c.CSTN_SIGNAL_BY_POOL if by_pool else 0)
        | (c.CSTN_SIGNAL_ORIGIN_OBSERVED if origin_observed else 0)
        | (c.CSTN_SIGNAL_POSITIONS if position_columns else 0)
    )
    options.period = choice(period, _PERIODS, "period")
    options.gap = choice(gap, _GAPS, "gap")
    options.scale = choice(scale, _SCALES, "scale")
    options.loss = choice(loss, _LOSSES, "loss")
    numbers: Dict[str, Optional[int]] = {
        "season": season, "origins": origins, "training": training, "history": history,
        "recent": recent[0], "recent_rows": recent[1], "resamples": resamples, "block": block,
        "permutations": permutations, "lead_time": lead_time, "threads": threads,
    }
    for name, number in numbers.items():
        setattr(options, name, 0 if number is None else integer(number, 32, name))
    for name, values in (("horizons", horizons), ("means", means), ("positions", positions)):
        _set_list(options, name, values)
    options.penalty = penalty
    options.seed = integer(seed, 64, "seed")
    options.origin_offset_us = integer(origin_offset_us, 64, "origin_offset_us")
    if service_level is not None:
        options.service_ppm = round(service_level * 1_000_000)
        if not 0 < options.service_ppm < 1_000_000:
            raise InvalidArgumentError(f"service_level is {service_level}, inside (0, 1) expected")
    options.holding_minor = holding_minor
    options.margin_minor = margin_minor
    bound, signal_bound = dated_binding(columns), numbers_binding(signal_columns)
    signal_bound.zone("ds", "UTC")
    signal_bound.zone("available_us", "UTC")
    structs = [signal._struct() for signal in declared]
    pointers = (ctypes.POINTER(c.cstn_signal) * (len(structs) or 1))(
        *[ctypes.pointer(struct) for struct in structs]
    )

    def export(target: Any) -> None:
        options.binding = bound._live()
        options.signal_binding = signal_bound._live()
        with ExitStack() as stack:
            one = stack.enter_context(_frames.stream(_without_index(rows)))
            other = None if signals is None else stack.enter_context(
                _frames.stream(_without_index(signals))
            )
            failure = call_with_rows(
                lib.cstn_signal_value, one, other, pointers, len(structs),
                ctypes.byref(options), lib.allocator, target,
            )
            if failure is not None and not leave_out:
                raise failure

    return _frames.convert(Table(export), kind)


def plot_signal_values(values: Any, h: Optional[int] = None, *, ax: Any = None) -> Any:
    """Draw what each group is worth, in percent of the error without it, with its interval.

    Parameters
    ----------
    values : frame
        Of `signal_value`.
    h : int, optional
        Which horizon; None is the first there is.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A bar a group, in order of the values; one below 0 is of another colour. The diamond is the
        Shapley value. Groups whose values were assumed to be known in time have an asterisk.
    """
    every = [row for row in _frames.rows_of(values) if row["pool"] is None]
    if h is None and every:
        h = every[0]["h"]
    every = [row for row in every if row["h"] == h and row["value"] is not None]
    rows = sorted((row for row in every if row["group"] is not None), key=lambda row: row["value"])
    if not rows:
        raise InvalidArgumentError(f"there are no values {h} periods ahead to draw")
    ax = new_axes(ax, 1.6 + 0.34 * len(rows))
    for y, row in enumerate(rows):
        share = 1 / row["without"] if row["without"] else 0.0
        ax.barh(y, share * row["value"], 0.6, color=INK if row["value"] >= 0 else ACCENT)
        if row["low"] is not None:
            ax.plot([share * row["low"], share * row["high"]], [y, y], color=SOFT, linewidth=3)
        if row["shapley"] is not None:
            ax.plot([share * row["shapley"]], [y], "D", color=ACCENT, markersize=5)
    labels = [
        f"{row['group']}{'*' if row['assumed_known'] else ''}"
        + (f" ({row['partner']})" if row["partner"] else "")
        for row in rows
    ]
    ax.set_yticks(range(len(rows)), labels)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_xlabel("error saved, of the error without it")
    percent(ax.xaxis)
    first = every[0]
    caption(
        titled(ax, f"What signals are worth {h} {'period' if h == 1 else 'periods'} ahead"),
        f"{first['loss']} {first['without']:.4g} with none, {first['with']:.4g} with all   "
        f"n = {first['n_rows']:,}, {first['n_origins']:,} origins   lines 5 to 95 %, diamonds "
        f"Shapley values{', * assumed to be known' if first['assumed_known'] else ''}",
    )
    return ax
