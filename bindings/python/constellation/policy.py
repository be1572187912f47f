"""Service policies: the definition of a perfect order, as 35 keys that both partners agree on."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from ._handles import Handle
from ._native import c_text, call, lib, out, text_of, utf8
from .errors import InvalidArgumentError, NotFoundError
from .times import WorkingCalendar, Zone, zone_of

__all__ = ["PolicyKey", "ServicePolicy"]


class PolicyKey(NamedTuple):
    """What a key of a policy decides."""

    key: str
    #: the allowed values in words, default first
    values: str
    meaning: str


class ServicePolicy(Handle, Mapping):  # type: ignore[type-arg]
    """A definition of the perfect order. Immutable; any thread; reads like a dict of 35 keys.

    Parameters
    ----------
    changes : str or mapping, optional
        Changes against the default policy: ``"components=T overdue_open=exclude"``, or a mapping.
    **keys
        The same as keywords: ``ServicePolicy(components="T", late_tolerance=2)``.

    Raises
    ------
    InvalidArgumentError
        For a key twice, unknown, or with a value out of range; the message says what is allowed.

    Examples
    --------
    >>> policy = ServicePolicy(components="TF", late_tolerance=1)
    >>> policy["components"], policy["late_tolerance"], policy["level"]
    ('TF', '1', 'order')
    >>> ServicePolicy().digest[:16]
    '70a6437a3775bd75'
    >>> ServicePolicy.parse(policy.text) == policy
    True
    """

    _RELEASE = "cstn_service_policy_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        changes: Union[str, "Mapping[str, Any]", None] = None,
        **keys: Union[str, int],
    ) -> None:
        pointer = out(c.cstn_service_policy)
        if changes is None or (isinstance(changes, str) and not keys):
            text = c_text(changes or "", "changes")
            if not keys:
                call(lib.cstn_service_policy_new, text, lib.allocator, ctypes.byref(pointer))
                self._adopt(pointer)
                return
        if isinstance(changes, str):
            raise InvalidArgumentError("give changes as text or as keywords, not both")
        for key in changes or {}:
            if key in keys:
                raise InvalidArgumentError(f"key '{key}' is given twice")
        self._build({**(changes or {}), **keys}, pointer)

    def _build(self, changes: "Mapping[str, Any]", pointer: Any) -> None:
        builder = out(c.cstn_service_policy_builder)
        call(lib.cstn_service_policy_builder_new, lib.allocator, ctypes.byref(builder))
        try:
            for key, value in changes.items():
                call(
                    lib.cstn_service_policy_builder_set,
                    builder,
                    c_text(key, "key"),
                    c_text(str(value), f"value of key '{key}'"),
                )
            call(lib.cstn_service_policy_builder_build, builder, ctypes.byref(pointer))
        finally:
            lib.cstn_service_policy_builder_free(builder)
        self._adopt(pointer)

    @classmethod
    def _wrap(cls, pointer: Any) -> "ServicePolicy":
        policy = cls.__new__(cls)
        policy._adopt(pointer)
        return policy

    @classmethod
    def parse(cls, text: str) -> "ServicePolicy":
        """A policy from its canonical text; anything else is refused (FormatError)."""
        data = utf8(text, "policy")
        pointer = out(c.cstn_service_policy)
        call(lib.cstn_service_policy_parse, data, len(data), lib.allocator, ctypes.byref(pointer))
        return cls._wrap(pointer)

    @staticmethod
    def keys_explained() -> List[PolicyKey]:
        """The 35 keys in canonical order, with their values and meanings."""
        return [
            PolicyKey(
                text_of(lib.cstn_service_policy_key_at(i)),
                text_of(lib.cstn_service_policy_values_at(i)),
                text_of(lib.cstn_service_policy_meaning_at(i)),
            )
            for i in range(lib.cstn_service_policy_key_count())
        ]

    def replace(self, **keys: Union[str, int]) -> "ServicePolicy":
        """This policy with changes.

        Examples
        --------
        >>> ServicePolicy(components="T").replace(level="line")["components"]
        'T'
        """
        policy = type(self).__new__(type(self))
        policy._build({**dict(self), **keys}, out(c.cstn_service_policy))
        return policy

    @property
    def text(self) -> str:
        """The canonical text."""
        return text_of(lib.cstn_service_policy_format(self._live(), None))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, 64 hex digits."""
        return text_of(lib.cstn_service_policy_digest_text(self._live()))

    @property
    def changes(self) -> Dict[str, str]:
        """The keys that differ from the default policy."""
        default = dict(ServicePolicy())
        return {key: value for key, value in self.items() if value != default[key]}

    def __getitem__(self, key: str) -> str:
        pointer, value = self._live(), ctypes.c_char_p()
        call(lib.cstn_service_policy_get, pointer, c_text(key, "key"), ctypes.byref(value))
        return text_of(value.value)

    def __contains__(self, key: object) -> bool:
        try:
            return isinstance(key, str) and bool(self[key] or True)
        except NotFoundError:
            return False

    def __iter__(self) -> "Iterator[str]":
        return iter(key for key, _, _ in self.keys_explained())

    def __len__(self) -> int:
        return int(lib.cstn_service_policy_key_count())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServicePolicy) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> Tuple[Any, ...]:
        return ServicePolicy.parse, (self.text,)

    def __repr__(self) -> str:
        if self.closed:
            return "ServicePolicy(closed)"
        changes = " ".join(f"{key}={value}" for key, value in self.changes.items())
        return f"ServicePolicy({changes!r}) <{self.digest[:16]}>"


#: what every call takes as a policy; None is the default policy
PolicyLike = Union[ServicePolicy, str, "Mapping[str, Any]", None]


def policy_of(policy: PolicyLike) -> ServicePolicy:
    """A policy, or what makes one."""
    return policy if isinstance(policy, ServicePolicy) else ServicePolicy(policy)


class PolicyData:
    """Zone rules and calendar that a policy names, as ``cstn_policy_data``."""

    def __init__(
        self,
        zone: Union[Zone, bytes, str, None] = None,
        calendar: Union[WorkingCalendar, str, None] = None,
        ship_to_zones: Optional["Mapping[str, Union[Zone, str, bytes, int]]"] = None,
    ) -> None:
        self.arguments = (zone, calendar, None if ship_to_zones is None else dict(ship_to_zones))
        self.struct: Optional[Any] = None
        if zone is None and calendar is None and not ship_to_zones:
            return
        struct = c.cstn_policy_data(struct_size=ctypes.sizeof(c.cstn_policy_data))
        self._keep: List[Any] = []
        if zone is not None:
            struct.zone = self._hold(zone_of(zone))
        if calendar is not None:
            if not isinstance(calendar, WorkingCalendar):
                calendar = WorkingCalendar(calendar)
            struct.calendar = self._hold(calendar)
        if ship_to_zones:
            names = [c_text(name, "name of a zone") for name in ship_to_zones]
            zones = [self._hold(zone_of(value)) for value in ship_to_zones.values()]
            struct.zone_names = (ctypes.c_char_p * len(names))(*names)
            struct.zones = (c.P(c.cstn_zone) * len(zones))(*zones)
            struct.n_zones = len(names)
        self.struct = struct

    def _hold(self, handle: Handle) -> Any:
        pointer = handle._live()
        self._keep.append(pointer)
        return pointer

    @property
    def pointer(self) -> Any:
        """What C calls take: NULL when there is nothing to say."""
        return None if self.struct is None else ctypes.pointer(self.struct)
