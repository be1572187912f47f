"""What the estimators have in common: the shape that scikit-learn asks for, without it.

An estimator keeps the constructor's parameters as they were given, and what a fit finds in names
that end in "_". One whose fit is a C model is a `ModelEstimator`, which also has the state of the
rows it has seen, where rows add up.
"""

from __future__ import annotations

import ctypes
import inspect
import json
from collections.abc import Sequence
from typing import Any, ClassVar, Dict, Optional, Tuple, Type, TypeVar

from . import _cdefs as c
from ._native import c_text, call, out, take_buffer
from ._state import Mergeable, Serial
from .errors import InvalidArgumentError, StateError

__all__ = ["Estimator", "ModelEstimator"]

E = TypeVar("E", bound="Estimator")
M = TypeVar("M", bound="ModelEstimator")


class Estimator:
    """Parameters are those of the constructor, which keeps each under its name."""

    #: "clusterer", "transformer" or None, as scikit-learn has them
    _estimator_type: ClassVar[Optional[str]] = None

    @classmethod
    def _parameters(cls) -> Tuple[str, ...]:
        return tuple(inspect.signature(cls.__init__).parameters)[1:]

    def get_params(self, deep: bool = True) -> Dict[str, Any]:
        """The constructor's parameters by name."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self: E, **params: Any) -> E:
        """Change constructor's parameters; returns the estimator."""
        known = self._parameters()
        for name, value in params.items():
            if name not in known:
                raise InvalidArgumentError(
                    f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({words})"

    def _is_fitted(self) -> bool:
        return any(name.endswith("_") and not name.startswith("_") for name in vars(self))

    def __sklearn_is_fitted__(self) -> bool:
        return self._is_fitted()

    def _check_fitted(self) -> None:
        if not self._is_fitted():
            raise StateError(f"this {type(self).__name__} is not fitted; call fit() first")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        return Tags(
            estimator_type=self._estimator_type, target_tags=TargetTags(required=False)
        )

    def _feature_names(self) -> "Sequence[str]":
        """Names of the columns of `transform`, of an estimator that has it."""
        raise NotImplementedError

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Names of the columns of `transform`: an array of numpy, or a list without it."""
        names = list(self._feature_names())
        try:
            import numpy
        except ImportError:
            return names
        return numpy.asarray(names, dtype=object)


class ModelEstimator(Estimator):
    """An estimator whose fit is an immutable C model.

    Where rows add up, `_STATE` is what holds those seen: `partial_fit` and `merge` change it, and
    the model is made of it when it is next asked for.
    """

    _MODEL: ClassVar[Type[Serial]]
    _STATE: ClassVar[Optional[Type[Mergeable]]] = None

    _model: Optional[Serial] = None
    _state: Optional[Mergeable] = None
    _frame = "table"

    # --- state and model --------------------------------------------------------------------------

    def _new_state(self) -> Any:
        """An empty state under the parameters."""
        raise NotImplementedError

    def _read(self, state: Any, rows: Any, columns: Any) -> None:
        """Add rows to a state."""
        raise NotImplementedError

    def _fit_state(self) -> None:
        """Make the model of the state, and `_take` it."""
        raise NotImplementedError

    def _seen(self) -> Any:
        if self._state is None:
            self._state = self._new_state()
        return self._state

    def _take(self, pointer: Any) -> None:
        self._model = self._MODEL._wrap(pointer)
        self._taken()

    def _taken(self) -> None:
        """What is derived from a new model."""

    def _is_fitted(self) -> bool:
        return self._model is not None or self._state is not None

    def _ready(self) -> Any:
        """The C pointer of the model, which is made now if rows were added since."""
        self._check_fitted()
        if self._model is None:
            self._fit_state()
        assert self._model is not None
        return self._model._live()

    def partial_fit(self: M, rows: Any, y: Any = None, *, columns: Any = None) -> M:
        """Add rows to those seen; the model is made when it is next asked for.

        The result has the same bytes as one `fit` of all rows.
        """
        self._read(self._seen(), rows, columns)
        self._model = None
        return self

    def merge(self: M, other: M) -> M:
        """Add the rows that another estimator with the same parameters has seen."""
        state = self._seen()
        if other._state is not None:
            state.merge(other._state)
        self._model = None
        return self

    # --- what a model says of itself --------------------------------------------------------------

    def _asked(self, name: str) -> float:
        value = ctypes.c_double()
        pointer = self._ready()
        call(
            self._MODEL._function("get_param"), pointer, c_text(name, "name"), ctypes.byref(value)
        )
        return value.value

    def _described(self) -> Dict[str, Any]:
        buffer, pointer = out(c.cstn_buffer), self._ready()
        call(self._MODEL._function("describe"), pointer, ctypes.byref(buffer))
        told: Dict[str, Any] = json.loads(take_buffer(buffer))
        return told

    def _export(self, table: int) -> Any:
        """What a `Table` calls for a table of the model."""
        pointer = self._ready()

        def export(stream: Any) -> None:
            call(self._MODEL._function("export"), pointer, table, stream)

        return export

    # --- bytes ------------------------------------------------------------------------------------

    def serialize(self) -> bytes:
        """The model as bytes, the same on every machine."""
        self._ready()
        assert self._model is not None
        return self._model.serialize()

    @classmethod
    def deserialize(cls: Type[M], data: bytes) -> M:
        """A fitted estimator out of the bytes of `serialize`, which are not trusted."""
        made = cls()
        made._model = cls._MODEL.deserialize(data)
        made._taken()
        made._learn_parameters()
        return made

    def _learn_parameters(self) -> None:
        """Parameters that a model knows, after `deserialize`."""

    def __getstate__(self) -> Dict[str, Any]:
        saved = {name: value for name, value in vars(self).items() if name != "bad_rows_"}
        for name in ("_model", "_state"):
            if saved.get(name) is not None:
                saved[name] = saved[name].serialize()
        return saved

    def __setstate__(self, saved: Dict[str, Any]) -> None:
        vars(self).update(saved)
        if self._model is not None:
            self._model = self._MODEL.deserialize(saved["_model"])
        if self._state is not None:
            assert self._STATE is not None
            self._state = self._STATE.deserialize(saved["_state"])
