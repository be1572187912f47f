"""Words that every table of declarations uses."""

from __future__ import annotations

from ctypes import POINTER
from typing import Any, Dict, Tuple

P: Any = POINTER

#: name -> (result type, argument types)
Functions = Dict[str, Tuple[Any, Tuple[Any, ...]]]
