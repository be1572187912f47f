"""Plots of models of customer value; methods of `constellation.CustomerValue`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Dict, List, Optional, Union

from ._axes import ACCENT, INK, SOFT, heat, new_axes, percent, thousands, titled, whole
from .errors import InvalidArgumentError

_DAY_US = 86_400_000_000
_DAYS = {1.0: "days", 7.0: "weeks", 365.25: "years"}


class ValuePlots:
    """What is drawn of a fitted model: every number is one that the model's other calls give."""

    unit_days: float
    time_in: str
    expected: Any
    holdout: Any
    pmf: Any
    predict: Any

    def _unit(self) -> str:
        return _DAYS.get(float(self.unit_days), f"units of {self.unit_days:g} days")

    def _predicted_at(self, rows: Dict[str, Any], name: str, horizon: Any) -> List[float]:
        """A column of `predict` for rows whose times are in units."""
        times = {"units": 1.0, "days": self.unit_days, "us": self.unit_days * _DAY_US}
        scale = times.get(self.time_in, 1.0)
        scaled = {
            key: column if key == "x" else [when * scale for when in column]
            for key, column in rows.items()
        }
        values = self.predict(scaled, horizon, frame="table").to_pydict()[name]
        return [float("nan") if value is None else float(value) for value in values]

    def _matrix(self, age: float, most: int, steps: int, name: str, horizon: Any) -> Any:
        """A column of `predict` by recency (rows) and repeat purchases (columns); NaN where there
        can be no customer: bought again at no time, or at a time without having bought."""
        import numpy

        if most < 1 or steps < 1:
            raise InvalidArgumentError("max_frequency and steps are at least 1")
        cells = [
            (y, x) for y in range(steps + 1) for x in range(most + 1) if (x == 0) == (y == 0)
        ]
        rows: Dict[str, Any] = {
            "x": [x for _, x in cells],
            "tx": [age * y / steps for y, _ in cells],
            "T": [age for _ in cells],
        }
        grid = numpy.full((steps + 1, most + 1), numpy.nan)
        for (y, x), value in zip(cells, self._predicted_at(rows, name, horizon)):
            grid[y, x] = value
        return grid

    def _plot_matrix(
        self, ax: Any, age: float, grid: Any, label: str, title: str, **how: Any
    ) -> Any:
        steps, most = grid.shape[0] - 1, grid.shape[1] - 1
        ax = new_axes(ax, 4.6)
        half = age / steps / 2
        heat(ax, grid, label, extent=(-0.5, most + 0.5, -half, age + half), **how)
        whole(ax.xaxis)
        ax.set_xlabel("repeat purchases")
        ax.set_ylabel(f"last purchase, {self._unit()} after the first")
        return titled(ax, title)

    def plot_alive_matrix(
        self, age: float, max_frequency: int = 20, *, steps: int = 40, ax: Any = None
    ) -> Any:
        """P(alive) of customers of one age, by how often and until when they bought; returns the
        Axes.

        Parameters
        ----------
        age : float
            Time since the first purchase, in units.
        max_frequency, steps : int
            Repeat purchases go from 0 to this; recency goes from 0 to the age in so many steps.
        """
        grid = self._matrix(age, max_frequency, steps, "p_alive", ())
        title = f"Who is still a customer, {age:g} {self._unit()} after the first purchase"
        return self._plot_matrix(ax, age, grid, "P(alive)", title, vmin=0.0, vmax=1.0)

    def plot_purchases_matrix(
        self,
        age: float,
        horizon: float,
        max_frequency: int = 20,
        *,
        steps: int = 40,
        ax: Any = None,
    ) -> Any:
        """Expected purchases in the next `horizon` units; `age`, `max_frequency` and `steps` are
        those of `plot_alive_matrix`; returns the Axes."""
        grid = self._matrix(age, max_frequency, steps, "purchases", horizon)
        label = f"purchases expected in {horizon:g} {self._unit()}"
        title = f"What to expect of customers {age:g} {self._unit()} after the first purchase"
        return self._plot_matrix(ax, age, grid, label, title, vmin=0.0)

    def plot_expected(self, until: float, ax: Any = None) -> Any:
        """Expected purchases of a new customer up to the time `until`, in units; returns the
        Axes."""
        ax = new_axes(ax, 3.6)
        times = [until * i / 100 for i in range(101)]
        ax.plot(times, self.expected(times), color=INK)
        ax.set_xlim(0, until)
        ax.set_ylim(bottom=0)
        ax.set_xlabel(f"{self._unit()} since the first purchase")
        ax.set_ylabel("expected repeat purchases")
        return titled(ax, "Repeat purchases of a new customer")

    def plot_purchase_probability(
        self, until: float, at_least: Union[int, "Sequence[int]"] = (1, 2, 3), ax: Any = None
    ) -> Any:
        """The probability that a new customer has bought again, at least so many times, over time.

        Parameters
        ----------
        until : float
            How far, in units.
        at_least : int or sequence of int
            A curve each.
        """
        counts = [at_least] if isinstance(at_least, int) else list(at_least)
        if not counts or min(counts) < 1:
            raise InvalidArgumentError("at_least is a number of purchases from 1 on")
        ax = new_axes(ax, 3.6)
        times = [until * i / 100 for i in range(101)]
        below = [self.pmf(t, max(counts)) for t in times]
        styles = ("-", "--", "-.", ":")
        for i, count in enumerate(counts):
            shares = [1.0 - sum(p[:count]) for p in below]
            word = "once" if count == 1 else "twice" if count == 2 else f"{count} times"
            ax.plot(times, shares, color=INK if i == 0 else ACCENT if i == 1 else SOFT,
                    linestyle=styles[i % 4], label=f"at least {word}")
        ax.set_xlim(0, until)
        ax.set_ylim(0, None)
        percent(ax.yaxis)
        ax.set_xlabel(f"{self._unit()} since the first purchase")
        ax.set_ylabel("share that has bought again")
        ax.legend(frameon=False, fontsize=8)
        return titled(ax, "Probability of purchase of a new customer")

    def plot_alive_history(
        self, purchases: "Sequence[float]", until: float, ax: Any = None
    ) -> Any:
        """P(alive) of one customer over time, with the days on which he bought.

        Parameters
        ----------
        purchases : sequence of float
            Times of the repeat purchases since the first, in units, ascending.
        until : float
            How far, in units.
        """
        bought = [float(t) for t in purchases]
        if bought != sorted(bought) or (bought and (bought[0] <= 0 or bought[-1] > until)):
            raise InvalidArgumentError("purchases ascend, after 0 and up to `until`")
        ax = new_axes(ax, 3.2)
        times = sorted({until * i / 200 for i in range(201)} | set(bought))
        rows: Dict[str, Any] = {"x": [], "tx": [], "T": []}
        for t in times:
            before = [when for when in bought if when <= t]
            rows["x"].append(len(before))
            rows["tx"].append(before[-1] if before else 0.0)
            rows["T"].append(t)
        ax.plot(times, self._predicted_at(rows, "p_alive", ()), color=INK)
        for i, when in enumerate([0.0, *bought]):
            label = "purchase" if i == 0 else None
            ax.axvline(when, color=ACCENT, linestyle="--", linewidth=1, zorder=0, label=label)
        ax.set_xlim(0, until)
        ax.set_ylim(0, 1.02)
        percent(ax.yaxis)
        ax.set_xlabel(f"{self._unit()} since the first purchase")
        ax.set_ylabel("P(alive)")
        ax.legend(frameon=False, fontsize=8, loc="lower left")
        return titled(ax, "One customer: still there?")

    def plot_calibration(
        self,
        rows: Any,
        t: float,
        table: str = "bins",
        *,
        columns: Optional["Mapping[str, str]"] = None,
        ax: Any = None,
    ) -> Any:
        """What was expected of a holdout of length t against what came; returns the Axes.

        Parameters
        ----------
        rows, t, columns
            As for `holdout`.
        table : "bins" or "deciles"
            Mean purchases by the number of repeat purchases before, or the share that bought by
            tenths of P(alive).
        """
        if table not in ("bins", "deciles"):
            raise InvalidArgumentError(f"table {table!r} is not 'bins' or 'deciles'")
        told = self.holdout(rows, t, table, columns=columns, frame="table").to_pylist()
        ax = new_axes(ax, 3.8)
        if table == "bins":
            names = [f"{r['x']}+" if r["x"] == 7 else str(r["x"]) for r in told]
            came, foreseen = "actual_mean", "expected_mean"
            ax.set_xlabel("repeat purchases before the holdout (n customers)")
            ax.set_ylabel(f"mean purchases in the {t:g} {self._unit()} after")
        else:
            names = [str(r["decile"]) for r in told]
            came, foreseen = "bought", "p_alive"
            percent(ax.yaxis)
            ax.set_xlabel("tenth of customers by P(alive), the least likely first (n customers)")
            ax.set_ylabel(f"share, in the {t:g} {self._unit()} after")
        x = range(len(told))
        what = "bought (some that live do not)" if table == "deciles" else "actual"
        found, expected = (
            [math.nan if r[name] is None else r[name] for r in told]  # of a bin of nobody
            for name in (came, foreseen)
        )
        ax.bar(x, found, color=SOFT, width=0.7, label=what)
        ax.plot(x, expected, color=ACCENT, marker="o",
                label="P(alive)" if table == "deciles" else "expected")
        ax.set_xticks(x, [f"{name}\n({r['customers']:,})" for name, r in zip(names, told)])
        ax.tick_params(axis="x", labelsize=8)
        ax.set_ylim(bottom=0)
        ax.legend(frameon=False, fontsize=8)
        return titled(ax, "Calibration: expected before, found after")

    def plot_tracking(
        self,
        rows: Any,
        t: float,
        actual: "Sequence[int]",
        *,
        period: float = 1.0,
        cumulative: bool = True,
        columns: Optional["Mapping[str, str]"] = None,
        ax: Any = None,
    ) -> Any:
        """Purchases of a holdout of length t period by period, expected and found; returns the
        Axes.

        Parameters
        ----------
        rows, t, actual, period, columns
            As for `holdout` with its table "tracking".
        cumulative : bool
            Purchases up to the end of each period, or those in it.
        """
        told = self.holdout(
            rows, t, "tracking", period=period, actual=actual, columns=columns, frame="table"
        ).to_pylist()
        end = "_total" if cumulative else ""
        ax = new_axes(ax, 3.6)
        ends = [row["period"] * period for row in told]
        found = [float("nan") if (n := row["actual" + end]) is None else n for row in told]
        ax.plot(ends, found, color=INK, label="found")
        ax.plot(ends, [row["expected" + end] for row in told], color=ACCENT, linestyle="--",
                label="expected")
        ax.set_ylim(bottom=0)
        thousands(ax.yaxis)
        ax.set_xlabel(f"{self._unit()} of the holdout")
        each = "week" if period * self.unit_days == 7 else f"{period:g} {self._unit()}"
        ax.set_ylabel("purchases so far" if cumulative else f"purchases in each {each}")
        ax.legend(frameon=False, fontsize=8)
        return titled(ax, "Tracking: expected before, found after")
