"""Regression of each series on what is known of its periods."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Dict, Optional, Union

from . import _cdefs as c
from ._kept_rows import KeptRows
from ._native import bits, c_text, choice, integer, lib, or_default
from .forecast import _GAPS, _PERIODS

__all__ = ["SignalRegression"]

_KINDS = {"next": c.CSTN_REGRESS_NEXT, "closed": c.CSTN_REGRESS_CLOSED}


class SignalRegression(KeptRows):
    """Regresses the logarithm of each series on its season, the month and signals.

    Rows are ``unique_id`` (int or text), ``ds`` (date, timestamp or int), ``y`` (a number) and a
    column of numbers for each signal, known ahead: an event's 1, a price, a temperature. The last
    rows of a series may have a null ``y``: periods to come. For series that sell every day; where
    most periods are 0 take `GlobalRidge`. The same rows give the same forecasts to the byte, in any
    order and with any number of threads.

    Parameters
    ----------
    signals : sequence of str, or mapping of str to str or None
        Columns of signals. A mapping says what else becomes of each: "next" (also the value of the
        period after: what an event does the day before), "closed" (no signal: no trading where it is
        not 0), or None.
    period, season, gap
        As `Forecaster` has them; a season has 1 to 168 periods.
    memory : int, optional
        Periods learned from, the last of each series; None is 1,092.
    use_season, use_month : bool
        Columns of the season's positions, and of days 1-3 and 28-31 of the month.
    precision : float
        Of the belief that an effect is 0 (Hoerl and Kennard 1970).
    threads : int
        0 all processors; results do not depend on it.

    Notes
    -----
    One thread at a time works on it. It keeps the frame of the fit, not a copy; each table that is
    read regresses every series once. A period k before the end has weight .999^k.

    Examples
    --------
    >>> days = range(70)
    >>> rows = {"unique_id": ["a"] * 71, "ds": list(range(71)), "rain": [d % 10 == 0 for d in range(71)],
    ...         "y": [20.0 if d % 10 == 0 else 40.0 for d in days] + [None]}
    >>> model = SignalRegression(["rain"], season=1, precision=1e-6).fit(rows)
    >>> [round(row["mean"]) for row in model.predict(1).to_pylist()]
    [20]
    """

    def __init__(
        self,
        signals: Union[None, "Sequence[str]", "Mapping[str, Optional[str]]"] = None,
        *,
        period: str = "by_type",
        season: Optional[int] = None,
        gap: str = "error",
        memory: Optional[int] = None,
        use_season: bool = True,
        use_month: bool = True,
        precision: float = 2.0,
        threads: int = 0,
    ) -> None:
        self.signals = signals
        self.period = period
        self.season = season
        self.gap = gap
        self.memory = memory
        self.use_season = use_season
        self.use_month = use_month
        self.precision = precision
        self.threads = threads

    def _options(self, horizon: Optional[int]) -> Any:
        flags = 0 if self.use_season else c.CSTN_REGRESS_NO_SEASON
        flags |= 0 if self.use_month else c.CSTN_REGRESS_NO_MONTH
        signals: Dict[str, Optional[str]] = (
            dict(self.signals)
            if isinstance(self.signals, Mapping)
            else dict.fromkeys(self.signals or ())
        )
        options = c.cstn_regress_options(
            struct_size=ctypes.sizeof(c.cstn_regress_options),
            flags=flags,
            horizon=or_default(horizon, 32, "horizon"),
            period=choice(self.period, _PERIODS, "period"),
            gap=choice(self.gap, _GAPS, "gap"),
            season=0 if self.season is None else integer(self.season, 32, "season"),
            memory=0 if self.memory is None else integer(self.memory, 32, "memory"),
            n_signals=len(signals),
            threads=integer(self.threads, 32, "threads"),
            precision=float(self.precision),
        )
        options.keep = (c.cstn_regress_signal * len(signals))(
            *[
                c.cstn_regress_signal(
                    c_text(name, "signal"), bits([kind] if kind else [], _KINDS, f"signal {name!r}"), 0
                )
                for name, kind in signals.items()
            ]
        )
        options.signals = options.keep
        return options

    def predict(self, horizon: Optional[int] = None, *, frame: Optional[str] = None) -> Any:
        """Forecast every series.

        Parameters
        ----------
        horizon : int, optional
            Periods ahead, 1 to 1,024; None is one season.
        frame : str, optional
            Kind of frame that comes out; None is that of the rows.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``h``, ``mean`` and ``flags`` (4 the mean of a signal stands in for
            it, 8 a series that never changed or a forecast that was cut at ten times the largest
            ``y``, 16 signals are taken as known), series in order of their first row. A series with
            a bad row is not in it; ``bad_rows_`` has those, or is None (of a table once it is read).

        Raises
        ------
        StateError
            Nothing was fitted.
        SchemaError
            A column is absent, or has no such periods.
        InvalidArgumentError
            A parameter is out of range.
        """
        return self._made(lib.cstn_regress, self._options(horizon), frame)

    def explain(self, horizon: Optional[int] = None, *, frame: Optional[str] = None) -> Any:
        """What the forecasts of `predict` are made of: parts that add up to ``mean``.

        Parameters
        ----------
        horizon, frame
            As for `predict`.

        Returns
        -------
        frame
            The columns of `predict`, and behind ``mean`` its parts: ``baseline`` (the level beneath
            the columns), ``season``, ``month``, ``recalibration`` (from the mean of logarithms to a
            mean), ``floor`` (what a forecast is held at 0 by) and ``signal_<name>`` of each signal.
            Factors share what they do together by logarithmic means (Ang 2004).
            `constellation.plot.waterfall` draws a row.
        """
        return self._made(lib.cstn_regress_explain, self._options(horizon), frame)
