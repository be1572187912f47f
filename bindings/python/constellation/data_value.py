"""What data given and received were worth: a ledger, balances, and each player's fair share.

Examples
--------
>>> from constellation import data_value
>>> worth = {("a",): 120, ("b",): 60, ("a", "b"): 150}
>>> [(share.player, str(share.exact), share.whole) for share in data_value.shapley(worth)]
[('a', '105', 105), ('b', '45', 45)]
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, FrozenSet, List, NamedTuple, Optional, Union

from . import _cdefs as c
from ._axes import ACCENT, INK, SOFT, caption, new_axes, titled
from ._native import call, choice, integer, lib, out, unsigned, utf8
from ._rules_builder import DEBT_STATES
from ._state import Serial
from .constraints import CLASSES
from .errors import InvalidArgumentError
from .terms import LEVELS
from .times import to_us

__all__ = ["Balance", "Share", "ValueLedger", "plot_shares", "shapley"]


class Balance(NamedTuple):
    """What one party gave another and received from it, of one class of fields or of all."""

    field_class: Optional[str]
    releases: int
    receipts: int
    rows_given: int
    rows_received: int
    given_minor: int
    received_minor: int
    #: received less given
    difference_minor: int
    #: the least of a receipt; None without receipts
    completeness_permille: Optional[int]
    #: the greatest of a receipt, in microseconds; None without receipts
    staleness_us: Optional[int]

    def state(self, min_completeness_permille: int = 0, max_staleness_us: int = 0) -> str:
        """How a "reciprocal" consideration stands by it, for `Transaction.put_consideration`.

        Parameters
        ----------
        min_completeness_permille : int
            What the term asks of the least complete receipt.
        max_staleness_us : int
            And of the stalest one; 0 is any.

        Returns
        -------
        str
            "current", "overdue", or "unknown" without a receipt.
        """
        is_ = c.cstn_value_balance(struct_size=ctypes.sizeof(c.cstn_value_balance))
        if self.completeness_permille is not None and self.staleness_us is not None:
            is_.valid = c.CSTN_VALUE_HAS_RECEIPTS
            is_.completeness_permille, is_.staleness_us = self.completeness_permille, self.staleness_us
        asked = c.cstn_term_consideration(struct_size=ctypes.sizeof(c.cstn_term_consideration))
        asked.kind = c.CSTN_CONSIDERATION_RECIPROCAL
        asked.min_completeness_permille = integer(min_completeness_permille, 64, "min_completeness_permille")
        asked.max_staleness_us = integer(max_staleness_us, 64, "max_staleness_us")
        state = ctypes.c_int32()
        call(
            lib.cstn_value_reciprocal_state, ctypes.byref(is_), ctypes.byref(asked), ctypes.byref(state)
        )  # fmt: skip
        return next(name for name, number in DEBT_STATES.items() if number == state.value)


class ValueLedger(Serial):
    """Releases and receipts with what they cost and brought.

    Notes
    -----
    One caller at a time. Money is whole minor units of one currency.

    Examples
    --------
    >>> ledger = ValueLedger()
    >>> ledger.release("ring", "acme", "zeta", "competitive", cost_minor=500, rows=10)
    >>> ledger.receipt("ring", "acme", "zeta", "operational", utility_minor=900, rows=20)
    >>> balance = ledger.reciprocity("acme", "zeta", "ring")
    >>> balance.difference_minor, [part.field_class for part in ledger.balances("acme", "zeta", "ring")]
    (400, ['operational', 'competitive'])
    """

    _RELEASE = "cstn_value_ledger_free"
    _NAME = "cstn_value_ledger"

    def __init__(self) -> None:
        made = out(c.cstn_value_ledger)
        call(lib.cstn_value_ledger_new, lib.allocator, ctypes.byref(made))
        self._adopt(made)

    def __len__(self) -> int:
        with self._exclusive() as pointer:
            return int(lib.cstn_value_ledger_count(pointer))

    def _add(self, kind: int, names: "Sequence[str]", field_class: str, **given: Any) -> None:
        row = c.cstn_value_row(struct_size=ctypes.sizeof(c.cstn_value_row))
        row.kind = kind
        row.field_class = choice(field_class, CLASSES, "field_class")
        row.level = choice(given.pop("level"), LEVELS, "level")
        for field, name in zip(("constellation", "party", "counterparty"), names):
            text = utf8(name, field)
            setattr(row, field, text)
            setattr(row, f"{field}_len", len(text))
        row.at_us = to_us(given.pop("at"), "at")
        row.fields = unsigned(given.pop("fields"), 32, "fields")
        row.completeness_permille = integer(
            given.pop("completeness_permille"), 32, "completeness_permille"
        )
        for field, value in given.items():
            setattr(row, field, integer(value, 64, field))
        with self._exclusive() as pointer:
            call(lib.cstn_value_ledger_add, pointer, ctypes.byref(row))

    def release(
        self,
        constellation: str,
        party: str,
        counterparty: str,
        field_class: str,
        *,
        cost_minor: int,
        rows: int = 0,
        fields: int = 1,
        level: str = "raw",
        at: Any = 0,
        completeness_permille: int = 1000,
        staleness_us: int = 0,
    ) -> None:
        """The party gave the counterparty fields of one class.

        Parameters
        ----------
        constellation, party, counterparty : str
            1 to 64 bytes of UTF-8.
        field_class : str
            "public", "operational", "competitive", "pii_direct", "pii_quasi" or "special".
        cost_minor : int
            What that cost the party, in minor units of money.
        rows, fields : int
            How many; 0 or more.
        level : str
            How fine: "raw" .. "existence".
        at : time
            When.
        completeness_permille : int
            How much of what was agreed, 0 to 1,000.
        staleness_us : int
            Age of the data when they went, microseconds; 0 or more.

        Raises
        ------
        InvalidArgumentError
            With the field that breaks its rule.
        """
        self._add(
            c.CSTN_VALUE_RELEASE, (constellation, party, counterparty), field_class,
            cost_out_minor=cost_minor, rows=rows, fields=fields, level=level, at=at,
            completeness_permille=completeness_permille, staleness_us=staleness_us,
        )  # fmt: skip

    def receipt(
        self,
        constellation: str,
        party: str,
        counterparty: str,
        field_class: str,
        *,
        utility_minor: int,
        rows: int = 0,
        fields: int = 1,
        level: str = "raw",
        at: Any = 0,
        completeness_permille: int = 1000,
        staleness_us: int = 0,
    ) -> None:
        """The party received fields of one class from the counterparty; all else as `release`.

        Parameters
        ----------
        utility_minor : int
            What they brought the party, in minor units of money.
        """
        self._add(
            c.CSTN_VALUE_RECEIPT, (constellation, party, counterparty), field_class,
            utility_in_minor=utility_minor, rows=rows, fields=fields, level=level, at=at,
            completeness_permille=completeness_permille, staleness_us=staleness_us,
        )  # fmt: skip

    def table(self, frame: Optional[str] = None) -> Any:
        """All rows in their order."""

        def export(target: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_value_ledger_export, pointer, target)

        return self._framed(export, frame)

    def reciprocity(
        self,
        a: str,
        b: str,
        constellation: str,
        *,
        field_class: Optional[str] = None,
        since: Any = -(2**63),
        until: Any = 2**63 - 1,
    ) -> Balance:
        """What `a` received from `b` less what it gave, from a's rows in [since, until)."""
        got = c.cstn_value_balance(struct_size=ctypes.sizeof(c.cstn_value_balance))
        one, other, ring = utf8(a, "a"), utf8(b, "b"), utf8(constellation, "constellation")
        kind = 0 if field_class is None else choice(field_class, CLASSES, "field_class")
        with self._exclusive() as pointer:
            call(
                lib.cstn_value_reciprocity, pointer, one, len(one), other, len(other), ring,
                len(ring), kind, to_us(since, "since"), to_us(until, "until"), ctypes.byref(got),
            )
        known = bool(got.valid & c.CSTN_VALUE_HAS_RECEIPTS)
        return Balance(
            field_class, got.releases, got.receipts, got.rows_given, got.rows_received,
            got.given_minor, got.received_minor, got.difference_minor,
            got.completeness_permille if known else None, got.staleness_us if known else None,
        )  # fmt: skip

    def balances(self, a: str, b: str, constellation: str) -> List[Balance]:
        """`reciprocity` of each class of fields that there is."""
        all_ = [self.reciprocity(a, b, constellation, field_class=name) for name in CLASSES]
        return [balance for balance in all_ if balance.releases or balance.receipts]

    def plot(self, a: str, b: str, constellation: str, ax: Any = None) -> Any:
        """What `a` gave and received, by class of fields. Needs matplotlib."""
        rows = self.balances(a, b, constellation)
        ax = new_axes(ax, 1.4 + 0.5 * max(1, len(rows)))
        at = range(len(rows))
        ax.barh(at, [row.received_minor for row in rows], color=ACCENT, label="received")
        ax.barh(at, [-row.given_minor for row in rows], color=SOFT, label="given")
        ax.axvline(0, color=INK, linewidth=1)
        ax.set_yticks(at, [str(row.field_class) for row in rows])
        ax.invert_yaxis()
        ax.legend(frameon=False)
        ax.set_xlabel("minor units")
        total = self.reciprocity(a, b, constellation).difference_minor
        caption(titled(ax, f"{a} and {b} in {constellation}"), f"received less given {total:,}")
        return ax


class Share(NamedTuple):
    """What a player adds, on average over all orders in which the players may come."""

    player: Any
    #: an exact fraction; of a sample, of what was sampled
    exact: Fraction
    value: float
    #: whole units: all of them add up to the value of all players
    whole: int
    #: 0 of exact shares
    standard_error: float


Worth = Union["Mapping[Sequence[Any], int]", "Callable[[FrozenSet[Any]], int]"]


def shapley(
    worth: Worth,
    players: Optional["Sequence[Any]"] = None,
    *,
    sample: bool = False,
    permutations: Optional[int] = None,
    seed: int = 0,
    threads: int = 0,
) -> List[Share]:
    """Shares of what a coalition is worth (Shapley, 1953).

    Parameters
    ----------
    worth : mapping or function
        Coalition -> whole number. A mapping has tuples (or sets) of players, and 0 for those it
        does not hold; a function gets a frozenset and is called from one thread.
    players : sequence, optional
        At most 64, with a mapping at most 20; None: those of the mapping, in their order.
    sample : bool
        Sample although the shares of up to 12 players could be exact.
    permutations : int, optional
        Of a sample; None is 10,000.
    seed, threads : int
        Of a sample; the shares are the same for any number of threads.

    Returns
    -------
    list of Share
        Exact fractions add up to the value of all, always.

    Notes
    -----
    Any thread. O(players 2^players), or O(players x permutations) values.
    """
    names = list(players) if players is not None else _players_of(worth)
    place = {name: i for i, name in enumerate(names)}
    if len(place) != len(names) or not names:
        raise InvalidArgumentError("players must be there, each once")
    options = c.cstn_shapley_options(struct_size=ctypes.sizeof(c.cstn_shapley_options))
    options.players = len(names)
    options.flags = c.CSTN_SHAPLEY_SAMPLE if sample else 0
    options.permutations = 0 if permutations is None else integer(permutations, 64, "permutations")
    options.seed, options.allocator = seed, lib.allocator
    failures: List[BaseException] = []
    if isinstance(worth, Mapping):
        if len(names) > c.CSTN_SHAPLEY_TABLE_MOST:
            raise InvalidArgumentError(f"{len(names)} players; a mapping has at most 20")
        table = (ctypes.c_int64 * (1 << len(names)))()
        for coalition, value in worth.items():
            who = set(coalition)
            if not who <= set(place):
                raise InvalidArgumentError(f"worth of {coalition!r}, who are no players")
            table[sum(1 << place[name] for name in who)] = integer(value, 64, "worth")
        options.values, options.threads = table, integer(threads, 32, "threads")
    else:
        options.threads = 1
        options.value = _asked(worth, names, failures)
    shares = (c.cstn_shapley_share * len(names))()
    try:
        call(lib.cstn_value_shapley, ctypes.byref(options), shares)
    except Exception:
        if failures:
            raise failures[0] from None
        raise
    return [
        Share(
            name,
            Fraction((share.numerator_high << 64) + share.numerator_low, share.denominator),
            share.value,
            share.whole,
            share.standard_error,
        )
        for name, share in zip(names, shares)
    ]


def _players_of(worth: Worth) -> List[Any]:
    if not isinstance(worth, Mapping):
        raise InvalidArgumentError("with a function, players must be named")
    found: List[Any] = []
    for coalition in worth:
        found += [name for name in coalition if name not in found]
    return found


def _asked(worth: Any, names: "Sequence[Any]", failures: List[BaseException]) -> Any:
    """A C function that asks a Python one; what that raises is kept."""

    def value(_user: Any, coalition: int, answer: Any) -> int:
        try:
            who = frozenset(name for i, name in enumerate(names) if coalition >> i & 1)
            answer[0] = integer(worth(who), 64, "worth")
        except BaseException as error:  # noqa: B036  it goes on where C has returned
            failures.append(error)
            return 1
        return 0

    types = {name: kind for name, kind, *_ in c.cstn_shapley_options._fields_}
    return types["value"](value)


def plot_shares(shares: "Sequence[Share]", ax: Any = None) -> Any:
    """Shares as bars, the greatest first, with two standard errors where they were sampled.

    Needs matplotlib. Returns the Axes.
    """
    rows = sorted(shares, key=lambda share: -share.value)
    ax = new_axes(ax, 1.2 + 0.4 * max(1, len(rows)))
    at = range(len(rows))
    errors = [2 * row.standard_error for row in rows]
    ax.barh(
        at, [row.value for row in rows], color=ACCENT, ecolor=INK,
        xerr=errors if any(errors) else None, capsize=3,
    )  # fmt: skip
    ax.set_yticks(at, [str(row.player) for row in rows])
    ax.invert_yaxis()
    ax.set_xlabel("share")
    caption(titled(ax, "Who adds what"), f"together {sum(row.whole for row in rows):,}")
    return ax
