"""Forecasts of many series by models that are fitted to one series at a time."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Dict, Optional, Tuple, Union

from . import _cdefs as c
from ._backtest import Backtest, Period
from ._kept_rows import KeptRows
from ._native import bits, c_text, choice, integer, lib, or_default
from .errors import InvalidArgumentError

__all__ = ["FORECAST_MODELS", "Forecaster"]

_MODELS: Dict[str, int] = {
    "Auto": c.CSTN_FAMILY_AUTO,
    "Naive": c.CSTN_FAMILY_NAIVE,
    "SeasonalNaive": c.CSTN_FAMILY_SEASONAL_NAIVE,
    "Naive2": c.CSTN_FAMILY_NAIVE2,
    "SES": c.CSTN_FAMILY_SES,
    "Holt": c.CSTN_FAMILY_HOLT,
    "DampedHolt": c.CSTN_FAMILY_DAMPED,
    "Theta": c.CSTN_FAMILY_THETA,
    "AR": c.CSTN_FAMILY_AR,
    "ARDiff": c.CSTN_FAMILY_AR_DIFF,
    "AutoETS": c.CSTN_FAMILY_AUTO_ETS,
    "ETS": c.CSTN_FAMILY_ETS,
    "STM": c.CSTN_FAMILY_STM,
    "OTM": c.CSTN_FAMILY_OTM,
    "DSTM": c.CSTN_FAMILY_DSTM,
    "DOTM": c.CSTN_FAMILY_DOTM,
    "SESDrift": c.CSTN_FAMILY_SES_DRIFT,
    "Croston": c.CSTN_FAMILY_CROSTON,
    "SBA": c.CSTN_FAMILY_SBA,
    "SBJ": c.CSTN_FAMILY_SBJ,
    "TSB": c.CSTN_FAMILY_TSB,
    "ADIDA": c.CSTN_FAMILY_ADIDA,
}

#: names of models, and of the columns of their forecasts
FORECAST_MODELS: Tuple[str, ...] = tuple(_MODELS)

_PERIODS = {
    "by_type": c.CSTN_PERIOD_BY_TYPE,
    "hour": c.CSTN_PERIOD_HOUR,
    "day": c.CSTN_PERIOD_DAY,
    "week": c.CSTN_PERIOD_WEEK,
    "month": c.CSTN_PERIOD_MONTH,
    "quarter": c.CSTN_PERIOD_QUARTER,
    "year": c.CSTN_PERIOD_YEAR,
    "number": c.CSTN_PERIOD_NUMBER,
}
_GAPS = {"error": c.CSTN_GAP_ERROR, "zero": c.CSTN_GAP_ZERO}

Columns = Optional["Mapping[str, str]"]


class Forecaster(KeptRows):
    """Fits models to every series of a long frame and forecasts it.

    Rows are ``unique_id`` (int or text), ``ds`` (date, timestamp or int) and ``y`` (a number), one
    a series and period, in any order. The same rows give the same forecasts to the byte, in any
    order and with any number of threads. Models are fitted when they are asked to predict.

    Parameters
    ----------
    models : str or sequence of str
        Of :data:`FORECAST_MODELS`. "Auto" is the median of SES, Holt, DampedHolt and DOTM
        (Petropoulos and Svetunkov 2020), with long seasonal series of DampedHolt, DOTM, AR and
        ARDiff, with two seasons AR; "SES" smooths a level (Brown 1959), "Holt" a trend too,
        "DampedHolt" one that fades (Gardner 1985); "Theta" is that of Assimakopoulos and
        Nikolopoulos 2000, "STM", "OTM", "DSTM" and "DOTM" those of Fiorucci et al. 2016
        (:mod:`constellation.theta`), "SESDrift" that of Hyndman and Billah 2003; "AR" and "ARDiff"
        regress on fixed lags. "AutoETS" is exponential smoothing of the form that AICc likes best
        (Hyndman, Koehler, Snyder and Grose 2002), "ETS" that of `ets_form`. For demand that comes now and then: "Croston" (1972), "SBA"
        (Syntetos and Boylan 2005), "SBJ" (Shale, Boylan and Johnston 2006), "TSB" (Teunter,
        Syntetos and Babai 2011), "ADIDA" (Nikolopoulos et al. 2011).
    period : str
        "hour", "day", "week", "month", "quarter", "year", "number", or "by_type": dates and
        timestamps are days, ints count periods. A `ds` is the start of its period.
    season : int, optional
        Periods of a season, 1 to 10,000; None is 24 of hours, 7 of days, 52 of weeks, 12 of months,
        4 of quarters, else 1. Whether a series has it is tested.
    second_season : int, optional
        A longer one, beyond twice the first: 168 of hours.
    gap : "error" or "zero"
        What a missing period means.
    size_alpha, interval_alpha : float
        Smoothing of the sizes of demands that come now and then, and of the gaps between them or
        the chance of one, above 0 to 1.
    ets_form : str, optional
        Form of "ETS": error A or M, trend N, A or Ad, season N, A or M, as in "MAdM"; Z is any of
        these, as in "ZZN", by AICc.
    level : sequence of int
        Central intervals of "AutoETS" and "ETS" in per cent, at most four, ascending: [80, 95]
        adds the columns AutoETS-lo-80, AutoETS-hi-80, AutoETS-lo-95, AutoETS-hi-95.
    threads : int
        0 all processors; results do not depend on it.

    Notes
    -----
    One thread at a time works on a forecaster. It keeps the frame of the fit, not a copy, and each
    table that is read fits every model to every series once.

    Examples
    --------
    >>> rows = {"unique_id": ["a"] * 6, "ds": [1, 2, 3, 4, 5, 6], "y": [10, 12, 14, 16, 18, 20]}
    >>> ahead = Forecaster(["Naive", "Holt"]).fit(rows).predict(2)
    >>> [(row["ds"], row["Naive"], round(row["Holt"], 6)) for row in ahead.to_pylist()]
    [(7, 20.0, 22.0), (8, 20.0, 24.0)]
    """

    def __init__(
        self,
        models: Union[str, "Sequence[str]"] = "Auto",
        *,
        period: str = "by_type",
        season: Optional[int] = None,
        second_season: Optional[int] = None,
        gap: str = "error",
        size_alpha: float = 0.1,
        interval_alpha: float = 0.1,
        ets_form: Optional[str] = None,
        level: "Sequence[int]" = (),
        threads: int = 0,
    ) -> None:
        self.models = models
        self.period = period
        self.season = season
        self.second_season = second_season
        self.gap = gap
        self.size_alpha = size_alpha
        self.interval_alpha = interval_alpha
        self.ets_form = ets_form
        self.level = level
        self.threads = threads

    def _options(self, horizon: Optional[int]) -> Any:
        names = [self.models] if isinstance(self.models, str) else self.models
        options = c.cstn_family_options(struct_size=ctypes.sizeof(c.cstn_family_options))
        options.models = bits(names, _MODELS, "models")
        options.horizon = or_default(horizon, 32, "horizon")
        options.period = choice(self.period, _PERIODS, "period")
        options.gap = choice(self.gap, _GAPS, "gap")
        options.season = 0 if self.season is None else integer(self.season, 32, "season")
        options.second_season = (
            0 if self.second_season is None else integer(self.second_season, 32, "second_season")
        )
        options.size_alpha = self.size_alpha
        options.interval_alpha = self.interval_alpha
        options.ets_form = None if self.ets_form is None else c_text(self.ets_form, "ets_form")
        if len(self.level) > len(options.levels):
            raise InvalidArgumentError(f"level has {len(self.level)} values, at most 4 are taken")
        for place, level in enumerate(self.level):
            options.levels[place] = integer(level, 32, "level")
        options.threads = integer(self.threads, 32, "threads")
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
            ``unique_id``, ``ds``, ``h`` (1 is the next period) and a column a model, series in
            order of their first row. A series with a bad row is not in it; ``bad_rows_`` has
            those, or is None (of a table once it is
            read).

        Raises
        ------
        StateError
            Nothing was fitted.
        SchemaError
            A column is absent, or has no such periods.
        InvalidArgumentError
            A parameter is out of range.
        """
        return self._made(lib.cstn_family_fit, self._options(horizon), frame)

    def parameters(self, *, frame: Optional[str] = None) -> Any:
        """What "AutoETS" and "ETS" are for every series; of `models` those two, AutoETS if they are
        not in it.

        Returns
        -------
        frame
            A row a series and model: ``unique_id``, ``model``, ``form`` (as in "MAdM"), ``alpha``,
            ``beta``, ``gamma``, ``phi``, ``level`` and ``trend`` at the start, ``loglik``, ``aic``,
            ``aicc``, ``bic``, ``sigma2``, ``parameters`` (how many), ``n`` (periods), and of a
            season of 2 to 366 periods its states at the start ``season_1`` and so on: numbers of
            :func:`ets_filter`. What a form has none of is None, and so are all of a series that is
            constant or too short. ``bad_rows_`` as in `predict`.

        Raises
        ------
        StateError, SchemaError, InvalidArgumentError
            As in `predict`.

        Examples
        --------
        >>> rows = {"unique_id": ["a"] * 8, "ds": list(range(8)), "y": [9, 12, 10, 13, 11, 9, 12, 10]}
        >>> row = Forecaster("ETS", ets_form="ANN").fit(rows).parameters().to_pylist()[0]
        >>> row["form"], round(row["alpha"], 4), round(row["level"], 2), row["beta"], row["n"]
        ('ANN', 0.0001, 10.75, None, 8)
        """
        options = self._options(None)
        options.models &= c.CSTN_FAMILY_AUTO_ETS | c.CSTN_FAMILY_ETS
        return self._made(lib.cstn_ets_fit, options, frame)

    def forecast(
        self,
        rows: Any,
        horizon: Optional[int] = None,
        *,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """`fit` and `predict` in one."""
        return self.fit(rows, columns=columns).predict(horizon, frame=frame)

    def cross_validation(
        self,
        rows: Any,
        h: int,
        n_windows: int = 1,
        step_size: int = 1,
        *,
        input_size: Optional[int] = None,
        refit: Union[bool, int] = True,
        cutoffs: "Optional[Sequence[Period]]" = None,
        min_training: int = 1,
        signals: "Sequence[str]" = (),
        latency_us: int = 0,
        origin_offset_us: int = 0,
        columns: Columns = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Forecast the past: at every cutoff models see what was known at it.

        Parameters
        ----------
        rows : frame
            As those of `fit`; ``available_us`` (int or timestamp, optional) says when a row became
            known.
        h : int
            Periods ahead, 1 to 1,024.
        n_windows, step_size : int
            So many cutoffs, so many periods apart; the last is `h` periods before the end of each
            series.
        input_size : int, optional
            A forecast knows so many periods; None is all up to its cutoff.
        refit : bool or int
            Fit at every cutoff, at the first alone, or at every so-many-th: between them the path
            of the last fit goes on.
        cutoffs : sequence of int, date or datetime, optional
            Cutoffs of all series, ascending, in place of `n_windows` and `step_size`.
        min_training : int
            Periods up to a cutoff, at least.
        signals : sequence of str
            Columns that a model would be told ahead of their period: refused if they repeat y of
            their own or a later one.
        latency_us, origin_offset_us : int
            A row that does not say it is known that long after its period ends; a forecast is made
            that long after its cutoff's period.
        columns, frame
            As in `fit` and `predict`.

        Returns
        -------
        frame
            ``unique_id``, ``ds``, ``cutoff``, ``h``, ``y`` and a column a model: what
            :func:`forecast_score` takes. A series with a bad row is not in it; ``bad_rows_`` has
            those, or is None.

        Raises
        ------
        LeakageError
            A forecast would know too much: a row up to its cutoff became known later, or a signal
            repeats y.
        SchemaError
            A column is absent, or has no such periods.
        InvalidArgumentError
            A parameter is out of range.

        Examples
        --------
        >>> rows = {"unique_id": ["a"] * 6, "ds": [1, 2, 3, 4, 5, 6], "y": [10, 12, 14, 16, 18, 20]}
        >>> past = Forecaster(["Naive"]).cross_validation(rows, 1, n_windows=2)
        >>> [(row["cutoff"], row["ds"], row["y"], row["Naive"]) for row in past.to_pylist()]
        [(4, 5, 18.0, 16.0), (5, 6, 20.0, 18.0)]
        """
        test = Backtest(
            h,
            n_windows,
            step_size,
            cutoffs=cutoffs,
            min_training=min_training,
            signals=signals,
            latency_us=latency_us,
            origin_offset_us=origin_offset_us,
        )
        options = test.options
        options.window = 0 if input_size is None else integer(input_size, 32, "input_size")
        options.refit = (1 if refit else -1) if isinstance(refit, bool) else integer(refit, 32, "refit")
        return test.run(self, rows, self._options(h), columns, frame)
