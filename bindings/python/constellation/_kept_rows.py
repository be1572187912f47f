"""Estimators that keep the frame of the fit, and read it when they are asked."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any, Optional, TypeVar

from . import _frames
from ._estimator import Estimator
from ._native import lib
from .schema import dated_binding
from .table import RowErrorTable, Table, call_keeping_rows

K = TypeVar("K", bound="KeptRows")


class KeptRows(Estimator):
    """Of rows with ``ds``; a subclass makes the C options."""

    def _options(self, horizon: Optional[int]) -> Any:
        raise NotImplementedError

    def _is_fitted(self) -> bool:
        return "rows_" in vars(self)

    def fit(
        self: K, rows: Any, y: Any = None, *, columns: "Optional[Mapping[str, str]]" = None
    ) -> K:
        """Keep the rows of a frame (not copied), to be read by `predict`; returns the estimator."""
        self._options(None)
        self.rows_ = rows
        self.columns_ = columns
        return self

    def _made(self, function: Any, options: Any, frame: Optional[str]) -> Any:
        """What the library makes of the rows of the fit."""
        self._check_fitted()
        kind = _frames.check_kind(frame, _frames.kind_of(self.rows_))
        bound = dated_binding(self.columns_)
        self.bad_rows_: Optional[RowErrorTable] = None

        def export(target: Any) -> None:
            options.binding = bound._live()
            with _frames.stream(self.rows_) as stream:
                self.bad_rows_ = call_keeping_rows(
                    function, stream, ctypes.byref(options), lib.allocator, target
                )

        return _frames.convert(Table(export), kind)
