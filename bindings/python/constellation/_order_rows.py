"""States that take rows of orders or of contracts, and say which rows they left out."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any, ClassVar, List, Optional, Tuple

from . import _cdefs as c
from . import _frames
from ._state import Forgetting, Mergeable
from .schema import numbers_binding
from .table import RowErrorTable, call_keeping_rows

__all__ = ["CustomerRows", "RowState"]


class RowState(Mergeable):
    """Rows of frames are added one frame after the other."""

    #: columns of days: a timestamp without zone is of its own day
    _DAYS: ClassVar[Tuple[str, ...]] = ()

    def _add(
        self,
        rows: Any,
        columns: "Optional[Mapping[str, str]]",
        flags: int = 0,
        **scales: Optional[int],
    ) -> Optional[RowErrorTable]:
        """Add rows; those that were left out of the first frame with such, or None.

        `scales` are decimals of columns, where frames differ.
        """
        options_type = getattr(c, f"{self._NAME}_options")
        left_out: List[RowErrorTable] = []
        for part in _frames.parts(rows):
            bound = numbers_binding(columns)
            for name in self._DAYS:
                bound.zone(name, "UTC")
            for name, scale in scales.items():
                if scale is not None:
                    bound.scale(name, scale)
            options = options_type(
                struct_size=ctypes.sizeof(options_type), flags=flags, binding=bound._live()
            )
            with self._exclusive() as pointer, _frames.stream(part) as stream:
                bad = call_keeping_rows(
                    self._function("update"), pointer, stream, ctypes.byref(options)
                )
            self._frame = _frames.kind_of(part)
            if bad is not None:
                left_out.append(bad)
        if not left_out:
            return None
        left_out[0].more = left_out[1:]
        return left_out[0]


class CustomerRows(RowState, Forgetting):
    """Rows of customers, who may be forgotten."""
