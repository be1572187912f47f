"""Regression on signals from frames: as the C tests know it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Dict, List

import pytest

from constellation import InvalidArgumentError, SchemaError, SignalRegression, StateError

DAYS, AHEAD = 300, 7
FIRST = date(2025, 1, 1)


def rows(ahead: int = AHEAD + 1) -> Dict[str, List[Any]]:
    """A fair on every eleventh day sells double, the day before half; some days are shut."""
    columns: Dict[str, List[Any]] = {name: [] for name in ("unique_id", "ds", "y", "fair", "shut")}
    for series in (1, 2):
        for day in range(DAYS + ahead):
            shut, fair = day % 50 == 5, day % 11 == 5
            y = (30.0 + day % 7) * series * (2 if fair else 0.5 if day % 11 == 4 else 1)
            values = (series, FIRST + timedelta(day), (0.0 if shut else y) if day < DAYS else None,
                      float(fair), float(shut))
            for name, value in zip(columns, values):
                columns[name].append(value)
    return columns


SIGNALS = {"fair": "next", "shut": "closed"}


def test_a_fair_its_eve_and_a_shut_day_are_known() -> None:
    told = SignalRegression(SIGNALS, precision=1e-3).fit(rows()).predict(AHEAD).to_pylist()
    wanted = [0 if day % 50 == 5 else
              (30.0 + day % 7) * series * (2 if day % 11 == 5 else 0.5 if day % 11 == 4 else 1)
              for series in (1, 2) for day in range(DAYS, DAYS + AHEAD)]
    assert [row["mean"] for row in told] == pytest.approx(wanted, rel=0.03)
    assert told[0]["ds"] == FIRST + timedelta(DAYS)
    assert {row["flags"] for row in told} == {16}


def test_threads_change_nothing_and_columns_may_be_left_out() -> None:
    one, two = (SignalRegression(SIGNALS, threads=n).fit(rows()).predict().to_pylist() for n in (1, 2))
    assert one == two and len(one) == 14
    plain = SignalRegression(SIGNALS, use_season=False, use_month=False, memory=200)
    assert plain.fit(rows()).predict().to_pylist() != one


def test_a_signal_that_is_not_known_is_told() -> None:
    told = SignalRegression(["fair"]).fit(rows(ahead=0)).predict(1).to_pylist()
    assert [row["flags"] for row in told] == [20, 20]


def test_frames_come_back_and_bad_rows_are_told() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows()).rename(columns={"y": "sold"})
    frame.loc[3, "sold"] = None
    model = SignalRegression(SIGNALS).fit(frame, columns={"y": "sold"})
    told = model.predict(2)
    assert isinstance(told, pandas.DataFrame) and told["unique_id"].tolist() == [2, 2]
    assert model.bad_rows_ is not None and [row.row for row in model.bad_rows_] == [3]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(StateError):
        SignalRegression().predict()
    with pytest.raises(SchemaError):
        SignalRegression(["rain"]).fit(rows()).predict().to_pylist()
    with pytest.raises(InvalidArgumentError):
        SignalRegression({"fair": "always"}).fit(rows())
    with pytest.raises(InvalidArgumentError):
        SignalRegression(precision=-1.0).fit(rows()).predict().to_pylist()
