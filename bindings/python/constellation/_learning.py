"""What models that learn row by row have in common: an estimator around a C model that changes."""

from __future__ import annotations

import ctypes
import datetime
from typing import Any, ClassVar, Dict, Tuple, Type, TypeVar, Union

from . import _cdefs as c
from ._estimator import Estimator
from ._native import call, integer, utf8
from ._state import Mergeable
from .errors import MismatchError
from .times import _day_number, to_us

__all__ = ["LearningEstimator", "LearningModel", "put_ids", "start_of"]

Key = Union[str, int]
When = Union[datetime.date, datetime.datetime, str, int]
L = TypeVar("L", bound="LearningEstimator")


class LearningModel(Mergeable):
    """The C model behind an estimator."""

    #: what ``NAME_size`` fills
    _SIZE: ClassVar[Any]

    def __init__(self, config: Any) -> None:
        self._make(ctypes.byref(config))

    def size(self) -> Any:
        size = self._SIZE(struct_size=ctypes.sizeof(self._SIZE))
        with self._exclusive() as pointer:
            call(self._function("size"), pointer, ctypes.byref(size))
        return size

    def digest(self) -> str:
        room = (ctypes.c_uint8 * c.CSTN_DEMAND_DIGEST_SIZE)()
        self._function("digest")(self._live(), room)
        return bytes(room).hex()


class LearningEstimator(Estimator):
    """An estimator whose C model changes with every row; it may be merged, saved and pickled."""

    _MODEL: ClassVar[Type[LearningModel]]
    #: of the C struct that `size_` tells
    _SIZES: ClassVar[Tuple[str, ...]]

    def _config(self) -> Any:
        """The C configuration of the parameters."""
        raise NotImplementedError

    def _is_fitted(self) -> bool:
        return hasattr(self, "model_")

    def _seen(self) -> Any:
        if not self._is_fitted():
            self.model_: Any = self._MODEL(self._config())
            self.frame_ = "table"
        return self.model_

    def _ready(self) -> Any:
        self._check_fitted()
        return self.model_

    def merge(self: L, other: L) -> L:
        """Add what another model has learned of other series; returns the model.

        Raises
        ------
        ConflictError
            A series is in both.
        MismatchError
            They are configured otherwise, or what their pools know differs.
        """
        if not other._is_fitted():
            raise MismatchError("the other model has no rows")
        self._seen().merge(other.model_)
        return self

    def to_bytes(self) -> bytes:
        """The model as bytes, the same on every machine."""
        data: bytes = self._ready().serialize()
        return data

    def load_bytes(self: L, data: bytes) -> L:
        """Take what `to_bytes` of a model with the same parameters wrote; bytes are not trusted."""
        loaded = self._MODEL.deserialize(data)
        if loaded.digest() != self._MODEL(self._config()).digest():
            raise MismatchError("the bytes are of a model with other parameters")
        self.model_, self.frame_ = loaded, "table"
        return self

    @property
    def size_(self) -> Dict[str, int]:
        """What the model holds, by name; ``bytes`` is its memory."""
        size = self._ready().size()
        return {name: getattr(size, name) for name in self._SIZES}

    @property
    def digest_(self) -> str:
        """SHA-256 of the configuration, 64 hex digits."""
        digest: str = self._ready().digest()
        return digest

    def __getstate__(self) -> Dict[str, Any]:
        saved = {name: value for name, value in vars(self).items() if name != "bad_rows_"}
        if self._is_fitted():
            saved["model_"] = self.model_.serialize()
        return saved

    def __setstate__(self, saved: Dict[str, Any]) -> None:
        vars(self).update(saved)
        if "model_" in saved:
            self.model_ = self._MODEL.deserialize(saved["model_"])


def put_ids(row: Any, **ids: Any) -> None:
    """Ids into a C struct that has NAME, NAME_len and NAME_number of each; None stays out."""
    for name, value in ids.items():
        if isinstance(value, str):
            text = utf8(value, name)
            setattr(row, name, text)
            setattr(row, f"{name}_len", len(text))
        elif value is not None:
            setattr(row, f"{name}_number", integer(value, 64, name))


def start_of(ds: When, kind: int, period: str) -> int:
    """The start of a period as C has it; `kind` is the type of ``ds`` so far, 0 before any row."""
    if kind == c.CSTN_TYPE_INT64 or (not kind and period == "number"):
        return integer(ds, 64, "ds")
    if kind == c.CSTN_TYPE_TIME or (not kind and period == "hour"):
        if isinstance(ds, datetime.date) and not isinstance(ds, datetime.datetime):
            return _day_number(ds, "ds") * 86_400_000_000
        if isinstance(ds, datetime.datetime) and ds.tzinfo is None:
            ds = ds.replace(tzinfo=datetime.timezone.utc)
        return ds if isinstance(ds, int) else to_us(ds, "ds")
    return _day_number(ds, "ds")
