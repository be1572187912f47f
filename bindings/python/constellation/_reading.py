"""How frames are read: the keywords that the calls which take rows have in common, in one place.

A function that takes them says ``**how: Unpack[Reading]``, which type checkers know; `spelled` makes
its signature name each of them, for people and for completion.
"""

from __future__ import annotations

import ctypes
import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional, TypedDict, TypeVar, Union

from . import _cdefs as c
from ._progress import ProgressLike
from .schema import Binding, Renames, binding_of
from .times import Zone

__all__ = ["Reading", "read_options", "refuse_others", "spelled"]

F = TypeVar("F", bound=Callable[..., Any])


class Reading(TypedDict, total=False):
    """Keywords of the calls that take rows; `perfect_order_rate` says what each means."""

    columns: Renames
    constants: Optional["Mapping[str, Union[str, int, None]]"]
    values: Optional["Mapping[str, Mapping[Optional[str], Optional[str]]]"]
    zone: Union[Zone, str, bytes, int, None]
    casts: Union[str, "Iterable[str]"]
    binding: Optional[Binding]
    trusted: bool
    progress: ProgressLike


#: what is not None when it is left out
_DEFAULTS = {"casts": (), "trusted": False, "confidence": 0.95, "floor": 0}


def spelled(keywords: Any) -> "Callable[[F], F]":
    """A decorator for ``**how: Unpack[keywords]``: names them in the signature that is shown."""

    def spell(function: F) -> F:
        shown = inspect.signature(function)
        given = [one for one in shown.parameters.values() if one.kind is not one.VAR_KEYWORD]
        named = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name))
            for name in keywords.__annotations__
        ]
        function.__signature__ = shown.replace(  # type: ignore[attr-defined]
            parameters=[*given, *named]
        )
        return function

    return spell


def refuse_others(given: "Iterable[str]", keywords: Any) -> None:
    """TypeError for a word that is none of the keywords."""
    for word in given:
        if word not in keywords.__annotations__:
            known = ", ".join(keywords.__annotations__)
            raise TypeError(f"unexpected keyword argument {word!r}; there are {known}")


def read_options(
    kind: Any, how: "Reading", flags: int = 0, **fields: Any
) -> "Callable[[Any], Any]":
    """Options of a C call that reads rows, still to be told its ``cstn_progress`` pointer."""
    words = dict(how)
    refuse_others(words, Reading)
    trusted = words.pop("trusted", False)
    words.pop("progress", None)
    bound = binding_of(**words)  # type: ignore[arg-type]

    def options(watch: Any) -> Any:
        told = kind(
            struct_size=ctypes.sizeof(kind),
            flags=flags | (c.CSTN_IMPORT_TRUSTED if trusted else 0),
            **fields,
        )
        if bound is not None:
            told.binding = told.keep = bound._live()
        told.progress = watch
        return told

    return options
