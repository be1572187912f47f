"""Policies of the Open Digital Rights Language, read into rules.

What is read is evaluated, or it is refused by name: place, operand and value; nothing is dropped and
nothing is taken as true. Operands of the Catena-X profile that are no conditions become components of
a term.

Examples
--------
>>> from constellation.constraints import Vocabulary
>>> from constellation import odrl
>>> policy = odrl.read(
...     '{"permission": [{"action": "use", "constraint": [{"leftOperand": "dateTime",'
...     ' "operator": "lteq", "rightOperand": "2026-06-01T00:00:00Z"}]}]}', Vocabulary())
>>> rule = policy.rules[0]
>>> rule.kind, sorted(rule.actions), str(rule.constraint)
('permission', ['aggregate', 'derive', 'distribute', 'read', 'write'], 'now is at or before 2026-06-01T00:00:00Z')
>>> try:
...     odrl.read('{"permission": [{"action": "use", "constraint": {"andSequence": []}}]}', Vocabulary())
... except odrl.RefusedError as error:
...     print(error.refusals[0].operand)
andSequence
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from ._native import lib, names_of, out, take_error, text_of, utf8
from .constraints import Constraint, Vocabulary, _ids
from .errors import UnevaluableError

__all__ = ["ACTIONS", "Component", "Duty", "Policy", "Refusal", "RefusedError", "Rule", "read"]

#: actions of rules
ACTIONS: Dict[str, int] = {
    "read": c.CSTN_ACTION_READ,
    "write": c.CSTN_ACTION_WRITE,
    "derive": c.CSTN_ACTION_DERIVE,
    "aggregate": c.CSTN_ACTION_AGGREGATE,
    "distribute": c.CSTN_ACTION_DISTRIBUTE,
    "sell": c.CSTN_ACTION_SELL,
    "give": c.CSTN_ACTION_GIVE,
}
_KINDS = {
    c.CSTN_ODRL_PERMISSION: "permission",
    c.CSTN_ODRL_PROHIBITION: "prohibition",
    c.CSTN_ODRL_OBLIGATION: "obligation",
}
_COMPONENTS = {
    c.CSTN_ODRL_MEMBERSHIP: "membership",
    c.CSTN_ODRL_CALLS: "calls",
    c.CSTN_ODRL_RETENTION_UNTIL: "retention_until",
    c.CSTN_ODRL_RETENTION_FOR: "retention_for",
    c.CSTN_ODRL_RETENTION_WITHOUT_END: "retention_without_end",
    c.CSTN_ODRL_VALID_UNTIL: "valid_until",
    c.CSTN_ODRL_VALID_FOR: "valid_for",
    c.CSTN_ODRL_ONWARD_LIST: "onward_list",
    c.CSTN_ODRL_ONWARD_NONE: "onward_none",
    c.CSTN_ODRL_PROHIBIT_DERIVE: "prohibit_derive",
    c.CSTN_ODRL_DELIVERED_DELETE: "delivered_delete",
    c.CSTN_ODRL_DELIVERED_KEEP: "delivered_keep",
    c.CSTN_ODRL_LEGAL_CLAUSE: "legal_clause",
}


class Refusal(NamedTuple):
    """Something in a policy that cannot be evaluated."""

    #: JSON pointer
    place: str
    #: the left operand, or the member
    operand: str
    #: as text; "" if it is not of a value
    value: str
    #: in words
    reason: str


class RefusedError(UnevaluableError):
    """A policy that was refused.

    Attributes
    ----------
    refusals : tuple of Refusal
        All of them.
    """

    def __init__(
        self,
        message: str = "",
        code: Optional[int] = None,
        rows: Any = None,
        refusals: "Sequence[Refusal]" = (),
    ) -> None:
        super().__init__(message, code, rows)
        self.refusals = tuple(refusals)

    def __reduce__(self) -> Any:
        return type(self), (self.message, self.code, None, self.refusals)


class Component(NamedTuple):
    """What a rule says that is no condition, but a component of a term."""

    #: "retention_for", "onward_list", ...
    kind: str
    #: calls (0: as many as one likes), or microseconds; else 0
    number: int
    #: parties of an onward list
    ids: Tuple[str, ...]
    #: the left operand; of a legal clause its JSON
    text: str


class Duty(NamedTuple):
    """A duty of a rule."""

    action: str
    uid: Optional[str]


class Rule(NamedTuple):
    """A rule of a policy; None is anybody, anything, no condition."""

    #: "permission", "prohibition" or "obligation"
    kind: str
    #: of `ACTIONS`; all if the rule names none
    actions: "frozenset[str]"
    uid: Optional[str]
    assigner: Optional[str]
    assignee: Optional[str]
    assignee_is_collection: bool
    assignee_source: Optional[str]
    target: Optional[str]
    target_is_collection: bool
    target_source: Optional[str]
    constraint: Optional[Constraint]
    components: Tuple[Component, ...]
    #: it is what its components say, and no rule on its actions
    components_only: bool
    duties: Tuple[Duty, ...]


class Policy(NamedTuple):
    """A policy that was read: permissions first, then prohibitions, obligations."""

    uid: str
    rules: Tuple[Rule, ...]


def _text(data: Optional[bytes]) -> Optional[str]:
    return None if data is None else text_of(data)


def _components(policy: Any, rule: int, n: int) -> Tuple[Component, ...]:
    found: List[Component] = []
    is_ = c.cstn_odrl_component()
    for index in range(n):
        lib.cstn_odrl_component_at(policy, rule, index, ctypes.byref(is_), None)
        ids = tuple(text_of(is_.ids[i].text) for i in range(is_.n_ids))
        found.append(Component(_COMPONENTS[is_.kind], is_.number, ids, text_of(is_.text)))
    return tuple(found)


def _duties(policy: Any, rule: int, n: int) -> Tuple[Duty, ...]:
    uid = ctypes.c_char_p()
    found = []
    for index in range(n):
        action = lib.cstn_odrl_duty_action(policy, rule, index, ctypes.byref(uid))
        found.append(Duty(text_of(action), _text(uid.value)))
    return tuple(found)


def _rule(policy: Any, index: int) -> Rule:
    is_ = c.cstn_odrl_rule(struct_size=ctypes.sizeof(c.cstn_odrl_rule))
    lib.cstn_odrl_rule_at(policy, index, ctypes.byref(is_), None)
    constraint = None
    if is_.constraint:
        constraint = Constraint._of(lib.cstn_constraint_ref(is_.constraint))
    return Rule(
        _KINDS[is_.kind],
        frozenset(names_of(is_.actions, ACTIONS)),
        _text(is_.uid),
        _text(is_.assigner),
        _text(is_.assignee),
        bool(is_.flags & c.CSTN_ODRL_ASSIGNEE_COLLECTION),
        _text(is_.assignee_source),
        _text(is_.target),
        bool(is_.flags & c.CSTN_ODRL_TARGET_COLLECTION),
        _text(is_.target_source),
        constraint,
        _components(policy, index, is_.n_components),
        bool(is_.flags & c.CSTN_ODRL_COMPONENTS_ONLY),
        _duties(policy, index, is_.n_duties),
    )


def _refusals(refused: Any) -> Tuple[Refusal, ...]:
    return tuple(
        Refusal(
            text_of(lib.cstn_odrl_refusal_place(refused, index)),
            text_of(lib.cstn_odrl_refusal_operand(refused, index)),
            text_of(lib.cstn_odrl_refusal_value(refused, index)),
            text_of(lib.cstn_odrl_refusal_reason(refused, index)),
        )
        for index in range(lib.cstn_odrl_refusal_count(refused))
    )


def read(
    text: Union[str, bytes, "Mapping[str, Any]"],
    vocabulary: Vocabulary,
    *,
    legal_text: bool = False,
    affiliates: "Iterable[str]" = (),
    managed: "Iterable[str]" = (),
) -> Policy:
    """Read a policy.

    Parameters
    ----------
    text : str, bytes or mapping
        JSON, or what it says.
    vocabulary : Vocabulary
        What its operands are looked up in.
    legal_text : bool
        Move what only lawyers can judge out of permissions into components ``legal_clause``, which
        are shown and not evaluated, instead of refusing it.
    affiliates, managed : iterable of str
        What ``cx.sharing.affiliates:1`` and ``cx.sharing.managedLegalEntity:1`` stand for; without
        them those are refused.

    Raises
    ------
    RefusedError
        With all that cannot be evaluated, as ``refusals``.
    FormatError
        For what is no JSON, with the byte.
    LimitError
    """
    if isinstance(text, Mapping):
        import json

        text = json.dumps(text)
    data = text if isinstance(text, bytes) else utf8(text, "text")
    options = c.cstn_odrl_options(struct_size=ctypes.sizeof(c.cstn_odrl_options))
    options.flags = c.CSTN_ODRL_LEGAL_TEXT if legal_text else 0
    near, under = _ids(list(affiliates), "affiliates"), _ids(list(managed), "managed")
    options.affiliates, options.n_affiliates = near, len(near)
    options.managed, options.n_managed = under, len(under)
    policy, refused = out(c.cstn_odrl_policy), out(c.cstn_odrl_refusals)
    error = c.P(c.cstn_error)()
    status = lib.cstn_odrl_import(
        data,
        len(data),
        vocabulary._live(),
        ctypes.byref(options),
        lib.allocator,
        ctypes.byref(policy),
        ctypes.byref(refused),
        ctypes.byref(error),
    )
    try:
        if status == c.CSTN_E_UNEVALUABLE:
            reason = take_error(status, error)
            raise RefusedError(reason.message, reason.code, None, _refusals(refused))
        if status < 0:
            raise take_error(status, error)
        rules = tuple(_rule(policy, index) for index in range(lib.cstn_odrl_rule_count(policy)))
        return Policy(text_of(lib.cstn_odrl_policy_uid(policy)), rules)
    finally:
        lib.cstn_odrl_policy_unref(policy)
        lib.cstn_odrl_refusals_free(refused)
