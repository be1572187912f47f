"""What customers will buy: who is still there, how often they come, what they are worth.

Rows are customers, in any frame: ``x`` repeat purchases, ``tx`` the time of the last since the
first, ``T`` the age; ``spend`` the mean spend of the repeat purchases. Times are in the model's
unit, or in days or microseconds when ``time_in`` says so.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Dict, List, Optional, Union

from . import _cdefs as c
from . import _frames
from ._estimator import ModelEstimator
from ._native import c_text, call, choice, integer, lib, out
from ._state import Mergeable, Serial
from ._value_plots import ValuePlots
from .errors import InvalidArgumentError
from .schema import numbers_binding
from .table import Table, call_whole

__all__ = ["CustomerValue", "GammaGamma"]

_TIMES = {
    "units": c.CSTN_VALUE_TIME_UNITS,
    "days": c.CSTN_VALUE_TIME_DAYS,
    "us": c.CSTN_VALUE_TIME_US,
}
_TIMINGS = {
    "end": c.CSTN_DISCOUNT_END,
    "middle": c.CSTN_DISCOUNT_MIDDLE,
    "begin": c.CSTN_DISCOUNT_BEGIN,
}
_HOLDOUTS = {
    "summary": c.CSTN_HOLDOUT_SUMMARY,
    "bins": c.CSTN_HOLDOUT_BINS,
    "deciles": c.CSTN_HOLDOUT_DECILES,
    "tracking": c.CSTN_HOLDOUT_TRACKING,
}
_DAY_US = 86_400_000_000


class _State(Mergeable):
    _NAME = "cstn_value_state"
    _RELEASE = "cstn_value_state_free"


class _Model(Serial):
    _NAME = "cstn_customer_value"
    _RELEASE = "cstn_customer_value_unref"
    _IMMUTABLE = True


def _doubles(values: "Iterable[float]") -> Any:
    numbers = [float(value) for value in values]
    return (ctypes.c_double * max(len(numbers), 1))(*numbers)


def _number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, (str, bytes))


class _ValueModel(ModelEstimator):
    """State and model behind both classes."""

    _STATE, _MODEL = _State, _Model

    threads: int
    skip_bad: bool

    def _name(self) -> str:
        raise NotImplementedError

    def _config(self) -> Any:
        return c.cstn_value_config(
            struct_size=ctypes.sizeof(c.cstn_value_config),
            flags=c.CSTN_VALUE_SKIP_BAD if self.skip_bad else 0,
        )

    def _options(self) -> Any:
        return c.cstn_value_fit_options(
            struct_size=ctypes.sizeof(c.cstn_value_fit_options),
            threads=integer(self.threads, 32, "threads"),
        )

    def _given(self, numbers: "Sequence[float]", unit_us: int) -> None:
        """Take parameters as given, in their order."""
        pointer = out(c.cstn_customer_value)
        call(
            lib.cstn_customer_value_from_parameters,
            c_text(self._name(), "model"),
            _doubles(numbers),
            len(numbers),
            unit_us,
            lib.allocator,
            ctypes.byref(pointer),
        )
        self._take(pointer)

    def _new_state(self) -> _State:
        pointer, config = out(c.cstn_value_state), self._config()
        call(
            lib.cstn_value_state_new,
            c_text(self._name(), "model"),
            ctypes.byref(config),
            lib.allocator,
            ctypes.byref(pointer),
        )
        return _State._wrap(pointer)

    def _read(self, state: Any, rows: Any, columns: Optional["Mapping[str, str]"]) -> None:
        bound = numbers_binding(columns)
        for part in _frames.parts(rows):
            with state._exclusive() as pointer, _frames.stream(part) as stream:
                self.bad_rows_ = call_whole(
                    lib.cstn_value_state_update, pointer, stream, bound._live()
                )
            self._frame = _frames.kind_of(part)

    def _fit_state(self) -> None:
        pointer, options = out(c.cstn_customer_value), self._options()
        assert self._state is not None
        with self._state._exclusive() as state:
            call(
                lib.cstn_customer_value_fit, state, ctypes.byref(options), ctypes.byref(pointer)
            )
        self._take(pointer)

    def fit(
        self, rows: Any, y: Any = None, *, columns: Optional["Mapping[str, str]"] = None
    ) -> Any:
        """Fit to customers, forgetting earlier ones; returns the estimator.

        Parameters
        ----------
        rows : frame
            A customer a row; an optional column ``weight`` says how many a row stands for.
        columns : mapping, optional
            What the columns are called: ``{"x": "frequency", "tx": "recency"}``.

        Raises
        ------
        RowErrors
            A row breaks a rule; with ``skip_bad=True`` such rows are left out, in ``bad_rows_``.
        NotIdentifiedError, EmptyError
            The rows do not determine the parameters.
        """
        state = self._new_state()
        self._read(state, rows, columns)
        self._state = state
        self._fit_state()
        return self

    def score(
        self, rows: Any, y: Any = None, *, columns: Optional["Mapping[str, str]"] = None
    ) -> float:
        """Mean log-likelihood of customers, to be compared between models of the same rows."""
        state, value = self._new_state(), ctypes.c_double()
        model = self._ready()
        frame = self._frame
        self._read(state, rows, columns)
        self._frame = frame
        with state._exclusive() as pointer:
            call(lib.cstn_customer_value_score, model, pointer, 0, ctypes.byref(value))
        return value.value

    def describe(self) -> Dict[str, Any]:
        """All of the model: parameters, standard errors, log-likelihoods, flags."""
        return self._described()

    @property
    def params_(self) -> Dict[str, float]:
        """The parameters by name."""
        parameters: Dict[str, float] = self.describe()["parameters"]
        return parameters

    @property
    def standard_errors_(self) -> Dict[str, Optional[float]]:
        """Standard errors by name; None where a parameter ran off to a limit."""
        errors: Dict[str, Optional[float]] = self.describe()["standard_errors"]
        return errors

    @property
    def loglik_(self) -> float:
        """The log-likelihood of the fit, a sum in the model's unit."""
        return self._asked("loglik")

    @property
    def flags_(self) -> List[str]:
        """What the fit found, such as ``NO_DROPOUT``."""
        return list(self.describe().get("flags", []))

    def _predicted(
        self, rows: Any, options: Any, columns: Optional["Mapping[str, str]"], frame: Optional[str]
    ) -> Any:
        bound = numbers_binding(columns)
        options.binding = options.keep = bound._live()
        model = self._ready()
        kind = _frames.check_kind(frame, _frames.kind_of(rows))

        def export(target: Any) -> None:
            with _frames.stream(rows) as stream:
                self.bad_rows_ = call_whole(
                    lib.cstn_customer_value_predict,
                    model,
                    stream,
                    ctypes.byref(options),
                    target,
                )

        return _frames.convert(Table(export), kind)


class CustomerValue(ValuePlots, _ValueModel):
    """How often customers come back, and whether they are still there.

    Parameters
    ----------
    model : str
        ``"bgnbd"``, ``"mbgnbd"``, ``"pnbd"``, ``"nbd"``, ``"bgcnbd"`` and ``"mbgcnbd"`` (regular
        buyers), ``"bgbb"`` (occasions) or ``"sbg"`` (contracts).
    unit_days : float
        The model's unit of time in days; parameters, horizons and rates are in it.
    time_in : "units", "days" or "us"
        What the columns tx and T count.
    k : int
        Phases of a gap for bgcnbd and mbgcnbd; 0 finds the best of 1 to 12.
    penalty : float
        Of ln parameters, against running off to a limit; 0 is maximum likelihood.
    max_iterations, threads : int
        0 is the default; results do not depend on threads.
    skip_bad : bool
        Leave out rows that break a rule, instead of raising RowErrors.

    Notes
    -----
    BG/NBD (Fader, Hardie, Lee 2005), MBG/NBD (Batislam et al. 2007), Pareto/NBD (Schmittlein et al.
    1987), the regular buyers of Platzer and Reutterer (2016), BG/BB (Fader, Hardie, Shang 2010),
    sBG (Fader, Hardie 2007); fitted by maximum likelihood, BFGS and Newton from several starts. A
    fitted model is immutable: any thread may ask it, one at a time fits or changes the estimator. A
    fit makes some 5 to 30 passes over the distinct rows, 24 or 32 bytes each; a prediction is
    O(rows x horizons). Probabilities are 0..1, purchases counts, times in units, money minor units.

    Examples
    --------
    >>> rows = {"x": [2, 1, 0, 0, 5, 0, 3, 0], "tx": [30.4, 1.7, 0.0, 0.0, 29.0, 0.0, 12.5, 0.0],
    ...         "T": [38.9, 38.9, 38.9, 38.0, 37.0, 36.0, 35.0, 30.0]}
    >>> model = CustomerValue("bgnbd").set_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> table = model.predict(rows, horizon=39.0)
    >>> round(table.to_pylist()[1]["p_alive"], 3)
    0.212
    """

    def __init__(
        self,
        model: str = "bgnbd",
        *,
        unit_days: float = 7.0,
        time_in: str = "units",
        k: int = 0,
        penalty: float = 0.0,
        max_iterations: int = 0,
        threads: int = 0,
        skip_bad: bool = False,
    ) -> None:
        self.model = model
        self.unit_days = unit_days
        self.time_in = time_in
        self.k = k
        self.penalty = penalty
        self.max_iterations = max_iterations
        self.threads = threads
        self.skip_bad = skip_bad

    def _name(self) -> str:
        return self.model

    def _unit_us(self) -> int:
        return round(float(self.unit_days) * _DAY_US)

    def _config(self) -> Any:
        config = super()._config()
        config.time_in = choice(self.time_in, _TIMES, "time_in")
        config.unit_us = self._unit_us()
        return config

    def _options(self) -> Any:
        options = super()._options()
        options.max_iterations = integer(self.max_iterations, 32, "max_iterations")
        options.k = integer(self.k, 32, "k")
        options.penalty = float(self.penalty)
        return options

    def set_parameters(self, **parameters: float) -> "CustomerValue":
        """Take parameters as given instead of fitting; returns the estimator."""
        names = ["r", "alpha", "a", "b"]
        names = {
            "pnbd": ["r", "alpha", "s", "beta"],
            "nbd": ["r", "alpha"],
            "bgbb": ["alpha", "beta", "gamma", "delta"],
            "sbg": ["alpha", "beta"],
            "bgcnbd": [*names, "k"],
            "mbgcnbd": [*names, "k"],
        }.get(self.model, names)
        if sorted(parameters) != sorted(names):
            raise InvalidArgumentError(f"the parameters of {self.model} are {', '.join(names)}")
        self._given([parameters[name] for name in names], self._unit_us())
        return self

    def predict(
        self,
        rows: Any,
        horizon: Union[float, "Sequence[float]"] = (),
        *,
        sd: bool = False,
        loglik: bool = False,
        residual_rate: Optional[float] = None,
        due: bool = False,
        active: bool = False,
        spend: Optional["GammaGamma"] = None,
        periods: int = 0,
        period: float = 1.0,
        discount: float = 0.0,
        timing: str = "end",
        margin_rate: float = 1.0,
        cost_per_order: float = 0.0,
        money_scale: int = 2,
        columns: Optional["Mapping[str, str]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Predict, a row a customer in their order.

        Parameters
        ----------
        horizon : float or sequence of floats
            How far ahead, in units, 0 or more, at most 64 of them: the column ``purchases``, or
            ``purchases_1``, ...
        sd, loglik, due, active : bool
            More columns: standard deviation of the purchases; ``loglik`` and ``log_p_alive``;
            ``due`` (the silence that 95 % of living customers break) and ``surprise``;
            ``p_active``, the probability of at least one purchase within each horizon.
        residual_rate : float, optional
            The column ``residual``: all purchases to come, discounted at this rate.
        spend : GammaGamma, optional
            A fitted model; reads the column ``spend``, gives ``expected_spend``.
        periods : int
            Lifetime value over so many periods (-1: for ever): ``margin`` and ``clv``, with `spend`.
        period : float
            The length of a period in units, above 0.
        discount : float
            The rate a period, 0 or more, above 0 for ever.
        timing : "end", "middle" or "begin"
            When in a period its money comes.
        margin_rate : float
            The share of spend that is kept.
        cost_per_order : float
            Taken off each purchase, in the unit of spend.
        money_scale : int
            Decimals of ``margin`` and ``clv``, 0..9.

        Returns
        -------
        frame
            ``customer`` if it came, ``p_alive`` and what was asked for; rows that break a rule are
            all null, and in ``bad_rows_``.
        """
        horizons = [float(horizon)] if _number(horizon) else [float(h) for h in horizon]  # type: ignore
        flags = (c.CSTN_PREDICT_SD if sd else 0) | (c.CSTN_PREDICT_LOGLIK if loglik else 0)
        flags |= (c.CSTN_PREDICT_DUE if due else 0) | (c.CSTN_PREDICT_ACTIVE if active else 0)
        flags |= (c.CSTN_PREDICT_RESIDUAL if residual_rate is not None else 0)
        options = c.cstn_value_predict_options(
            struct_size=ctypes.sizeof(c.cstn_value_predict_options),
            flags=flags,
            threads=integer(self.threads, 32, "threads"),
            time_in=choice(self.time_in, _TIMES, "time_in"),
            n_horizons=len(horizons),
            residual_rate=residual_rate or 0.0,
            periods=integer(periods, 32, "periods"),
            timing=choice(timing, _TIMINGS, "timing"),
            period=period,
            discount=discount,
            margin_rate=margin_rate,
            cost_per_order=cost_per_order,
            money_scale=integer(money_scale, 32, "money_scale"),
        )
        numbers = _doubles(horizons)
        options.numbers = numbers
        options.horizons = ctypes.cast(numbers, c.P(ctypes.c_double))
        if spend is not None:
            options.spend = options.keep_spend = spend._ready()
        return self._predicted(rows, options, columns, frame)

    def expected(self, times: Union[float, "Sequence[float]"]) -> Any:
        """Expected purchases of a new customer in (0, t] for each of `times`, in units; sbg: share
        of a cohort still there."""
        values = [float(times)] if _number(times) else [float(t) for t in times]  # type: ignore
        answer = _doubles([0.0] * len(values))
        call(
            lib.cstn_customer_value_expected, self._ready(), _doubles(values), len(values), answer
        )
        found = list(answer)[: len(values)]
        return found[0] if _number(times) else found

    def pmf(self, t: float, n: int) -> List[float]:
        """P(X(t) = 0), ..., P(X(t) = n - 1) of a new customer."""
        count = integer(n, 32, "n")
        answer = _doubles([0.0] * max(count, 0))
        call(lib.cstn_customer_value_pmf, self._ready(), float(t), max(count, 0), answer)
        return list(answer)[: max(count, 0)]

    def holdout(
        self,
        rows: Any,
        t: float,
        table: str = "summary",
        *,
        period: float = 1.0,
        actual: "Sequence[int]" = (),
        columns: Optional["Mapping[str, str]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """Compare with a holdout of length t: rows as for `fit` and the column ``actual``.

        Parameters
        ----------
        table : "summary", "bins", "deciles" or "tracking"
            Sums; means by x; P(alive) against who bought; what is expected in each period of the
            holdout, incremental and in total.
        period : float
            Of the tracking: the length of a period, in units.
        actual : sequence of int
            Of the tracking: purchases of all customers in each period, from the first on; the
            column ``actual`` of the rows is not needed then.
        """
        which = choice(table, _HOLDOUTS, "table")
        bound = numbers_binding(columns)
        counts = [integer(count, 64, "actual") for count in actual]
        options = c.cstn_value_predict_options(
            struct_size=ctypes.sizeof(c.cstn_value_predict_options),
            threads=integer(self.threads, 32, "threads"),
            time_in=choice(self.time_in, _TIMES, "time_in"),
            period=period,
            money_scale=-1,
            n_actual=len(counts),
        )
        numbers = (ctypes.c_int64 * max(len(counts), 1))(*counts)
        options.numbers = numbers
        options.actual = ctypes.cast(numbers, c.P(ctypes.c_int64))
        options.binding = options.keep = bound._live()
        model = self._ready()

        def export(target: Any) -> None:
            with _frames.stream(rows) as stream:
                call(
                    lib.cstn_customer_value_holdout,
                    model,
                    stream,
                    float(t),
                    ctypes.byref(options),
                    which,
                    target,
                )

        kind = _frames.check_kind(frame, _frames.kind_of(rows))
        return _frames.convert(Table(export), kind)


class GammaGamma(_ValueModel):
    """What a purchase of a customer is worth on average (Fader and Hardie 2005).

    Rows have ``x`` and ``spend``, the mean of the repeat purchases; those without are left out.

    Notes
    -----
    A fitted model is immutable: any thread may ask it, one at a time fits or changes the estimator.
    A fit makes some 5 to 30 passes over the distinct rows, a prediction is O(rows). Spend is in the
    unit it came in, of one currency; parameters are above 0, and with q <= 1 a customer without
    purchases has no expected spend.

    Examples
    --------
    >>> model = GammaGamma().set_parameters(p=6.25, q=3.74, v=15.44)
    >>> rows = {"x": [4, 0], "spend": [35.0, 0.0]}
    >>> [round(row["expected_spend"], 2) for row in model.predict(rows).to_pylist()]
    [35.02, 35.22]
    """

    def __init__(self, *, threads: int = 0, skip_bad: bool = False) -> None:
        self.threads = threads
        self.skip_bad = skip_bad

    def _name(self) -> str:
        return "gammagamma"

    def set_parameters(self, p: float, q: float, v: float) -> "GammaGamma":
        """Take parameters as given instead of fitting; returns the estimator."""
        self._given([p, q, v], 0)
        return self

    def predict(
        self,
        rows: Any,
        *,
        columns: Optional["Mapping[str, str]"] = None,
        frame: Optional[str] = None,
    ) -> Any:
        """The expected mean spend of the next purchases, a row a customer."""
        options = c.cstn_value_predict_options(
            struct_size=ctypes.sizeof(c.cstn_value_predict_options),
            threads=integer(self.threads, 32, "threads"),
            money_scale=-1,
        )
        return self._predicted(rows, options, columns, frame)
