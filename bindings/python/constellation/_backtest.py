"""Forecasts of the past: what all that can be asked for them has in common."""

from __future__ import annotations

import ctypes
import datetime
from collections.abc import Mapping, Sequence
from typing import Any, List, Optional, Union

from . import _arrow, _frames
from . import _cdefs as c
from ._native import integer, lib, text_array
from .errors import InvalidArgumentError
from .schema import numbers_binding
from .table import Table, call_keeping_rows
from .times import to_us

Columns = Optional["Mapping[str, str]"]
#: a start of a period: as `ds` is
Period = Union[int, datetime.date, datetime.datetime]


def _period_starts(stream: Any, name: str, values: "Sequence[Period]") -> "List[int]":
    """Numbers that `ds` has for them: days of dates, microseconds of timestamps."""
    with _arrow.allocated(_arrow.SCHEMA) as schema:
        _arrow.schema_of(stream, schema)
        has_days = dict(_arrow.formats(schema)).get(name, "").startswith("td")
    numbers = []
    for value in values:
        if isinstance(value, int):
            numbers.append(integer(value, 64, "cutoffs"))
            continue
        if isinstance(value, datetime.datetime) and value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        us = to_us(value, "cutoffs")
        numbers.append(us // 86_400_000_000 if has_days else us)
    return numbers


class Backtest:
    """Cutoffs, and what is known at them; `options` may be added to before `run`."""

    def __init__(
        self,
        h: int,
        n_windows: int,
        step_size: int,
        *,
        cutoffs: "Optional[Sequence[Period]]",
        min_training: int,
        signals: "Sequence[str]",
        latency_us: int,
        origin_offset_us: int,
    ) -> None:
        if isinstance(h, bool) or not isinstance(h, int) or h < 1:
            raise InvalidArgumentError(f"h is {h!r}, 1 to 1,024 expected")
        options = c.cstn_backtest_options(struct_size=ctypes.sizeof(c.cstn_backtest_options))
        if cutoffs is None:
            options.n_windows = integer(n_windows, 32, "n_windows")
            options.step = integer(step_size, 32, "step_size")
        options.min_training = integer(min_training, 32, "min_training")
        options.latency_us = integer(latency_us, 64, "latency_us")
        options.origin_offset_us = integer(origin_offset_us, 64, "origin_offset_us")
        names = list(signals)
        if names:
            options.signals, options.n_signals = text_array(names, "signals")
        self.options, self._cutoffs = options, cutoffs

    def run(
        self, estimator: Any, rows: Any, family: Any, columns: Columns, frame: Optional[str]
    ) -> Any:
        """The frame of forecasts; `estimator` gets ``bad_rows_``."""
        kind = _frames.check_kind(frame, _frames.kind_of(rows))
        bound = numbers_binding(columns)
        bound.zone("ds", "UTC")
        bound.zone("available_us", "UTC")
        ds = (columns or {}).get("ds", "ds")
        options = self.options
        estimator.bad_rows_ = None

        def export(target: Any) -> None:
            family.binding = bound._live()
            with _frames.stream(rows) as stream:
                if self._cutoffs is not None:
                    starts = _period_starts(stream, ds, self._cutoffs)
                    options.cutoffs = (ctypes.c_int64 * max(len(starts), 1))(*starts)
                    options.n_cutoffs = len(starts)
                estimator.bad_rows_ = call_keeping_rows(
                    lib.cstn_backtest,
                    stream,
                    ctypes.byref(family),
                    ctypes.byref(options),
                    lib.allocator,
                    target,
                )

        return _frames.convert(Table(export), kind)
