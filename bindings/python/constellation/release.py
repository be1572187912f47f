"""The only way data leave: decide, transform, log, as one act.

`release` decides a `Request` by the rules of a network; what is granted leaves as rows, cells, noisy
cells or one row, and nothing leaves before the entry ``release_open`` is committed in the provider's
log. At the end a `ReleaseReceipt` says what has left, with a salted checksum that the recipient
verifies. Frames in, the same kind of frame out.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Type, Union

from . import _arrow, _decode, _frames, _retype
from . import _cdefs as c
from ._aggregate import Asked, cell_rules
from ._generalise import Number, Step, Steps, steps_array
from ._handles import Handle
from ._native import (
    bytes_pointer,
    c_text,
    call,
    choice,
    exact,
    fixed,
    lib,
    out,
    take_buffer,
    text_of,
    utf8,
)
from ._noise import Question
from .decisions import Decision, Request
from .errors import ArithmeticOverflowError, InvalidArgumentError, NotSupportedError
from .shared_log import settle_policy
from .table import Table
from .terms import LEVEL_NAMES
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from .constraints import Vocabulary
    from .negotiations import PartyKeys
    from .network import Network

__all__ = [
    "Cells",
    "Noise",
    "Release",
    "ReleaseReceipt",
    "Settled",
    "cells",
    "checksum",
    "noise",
    "recover",
    "release",
]

_CHECKSUMS = {"xxh3_128": c.CSTN_CHECKSUM_XXH3_128, "sha256": c.CSTN_CHECKSUM_SHA256}
_CHECKSUM_NAMES = {number: name for name, number in _CHECKSUMS.items()}
_NOISES = {"count": c.CSTN_NOISE_COUNT, "sum": c.CSTN_NOISE_SUM}


def checksum(rows: Any, salt: bytes, kind: str = "xxh3_128") -> bytes:
    """The checksum of rows, for who received them.

    Parameters
    ----------
    rows : frame
        As received, before types are changed: of each column its name, type, places of nulls and
        values in order count. How rows are cut into batches, coded in dictionaries or laid out does
        not. A `pandas.DataFrame` made of Arrow may have other types.
    salt : bytes of 16
        That of the receipt.
    kind : {"xxh3_128", "sha256"}
        What the receipt says. XXH3 tells whether something was damaged; SHA-256 also whether
        somebody changed it.

    Returns
    -------
    bytes
        16 or 32.

    Raises
    ------
    SchemaError
        For a column that is nested.

    Notes
    -----
    Any thread. One pass, O(bytes).

    Examples
    --------
    >>> from constellation.release import checksum
    >>> salt = bytes(range(16))
    >>> whole = checksum({"id": ["a", "b"], "qty": [1, 2]}, salt)
    >>> len(whole), whole == checksum({"id": ["a", "b"], "qty": [1, 3]}, salt)
    (16, False)
    """
    salted = fixed(salt, c.CSTN_CHECKSUM_SALT_SIZE, "salt")
    made, size = (ctypes.c_uint8 * c.CSTN_CHECKSUM_SIZE_MOST)(), ctypes.c_size_t()
    number = choice(kind, _CHECKSUMS, "kind")
    with _frames.stream(rows) as stream:
        call(
            lib.cstn_release_checksum, stream, number, salted, lib.allocator,
            made, ctypes.byref(size),
        )  # fmt: skip
    return bytes(made[: size.value])


# --- what is said of forms other than rows --------------------------------------------------------


class Cells(Asked):
    """How cells are made; made by `cells`."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.options.binding = None  # columns are called as those of the rows


class Noise(Question):
    """What is asked with noise; made by `noise`."""

    def __init__(self, kind: int, **given: Any) -> None:
        super().__init__(kind, **given)
        self.options.binding = None


def cells(
    by: "Sequence[str]",
    measures: "Optional[Mapping[str, Union[str, Sequence[str]]]]" = None,
    *,
    company: Optional[str],
    sensitive: Optional[str] = None,
    row: Optional[str] = None,
    k: Optional[int] = None,
    l: Optional[int] = None,  # noqa: E741
    t: Optional[float] = None,
    companies: Optional[int] = None,
    share: Optional[float] = None,
    steps: Steps = None,
    margins: bool = False,
    categorical: bool = False,
) -> Cells:
    """How cells are made where fields leave aggregated.

    Parameters
    ----------
    by : sequence of str
        1 to 6 columns that make the cells; columns of fields that are granted.
    measures : mapping, optional
        Column -> "sum", "count", "mean", or several of them; columns of fields that are granted.
    company : str or None
        Column of the company that a row is of; None says that all are of one.
    sensitive, row, steps, margins, categorical
        As `constellation.privacy.aggregate`.
    k, l, t, companies, share
        Stricter than the decision is, if they are given; never looser.

    Returns
    -------
    Cells
        To be given to `release`.
    """
    rules = cell_rules(k or 1, l or 1, t, companies or 1, 1.0 if share is None else share)
    for name, given in (("k", k), ("l", l), ("companies", companies), ("share_permille", share)):
        if given is None:
            rules[name] = 0
    return Cells(
        by, measures, steps, None, {"company": company, "sensitive": sensitive, "row": row}, None,
        rules, margins, categorical,
    )  # fmt: skip


def noise(
    kind: str,
    *,
    subject: Optional[str],
    measure: Optional[str] = None,
    partition: Optional[str] = None,
    partitions: "Optional[Sequence[Any]]" = None,
    low: Number = 0,
    high: Number = 1,
    max_partitions: int = 1,
    steps: Steps = None,
) -> Noise:
    """What is asked where fields leave with noise; epsilon and grid are the decision's.

    Parameters
    ----------
    kind : {"count", "sum"}
        As `constellation.privacy.noisy_count` and `constellation.privacy.noisy_sum`.
    subject, partition, partitions, max_partitions, steps
        As there. `partition` and `measure` are columns of fields that are granted.
    measure : str, optional
        The column that is summed.
    low, high : number
        Into which the share of a subject is moved; of a count `high` is the most of its rows.

    Returns
    -------
    Noise
        To be given to `release`.
    """
    return Noise(
        choice(kind, _NOISES, "kind"), recipient=None, data_set=None, now=0, epsilon=0,
        subject=subject, measure=measure, partition=partition, partitions=partitions, low=low,
        high=high, max_partitions=max_partitions, grid=0, steps=steps, columns=None,
    )  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """A checkpoint that a release demands: of the provider's shared log, signed by witnesses."""

    checkpoint: str
    #: the book that has their keys
    keys: "PartyKeys"
    #: who the witnesses are
    parties: "Sequence[str]"
    #: how many must have signed
    least: int
    #: how old a signature may be; 0: of any age
    max_age_us: int = 0
    #: how far a clock may be ahead
    ahead_us: int = 0


# --- releases -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReleaseReceipt:
    """What has left, told after."""

    #: id of the release, 32 bytes
    release: bytes
    #: digest of the decision record, 32 bytes
    decision: bytes
    constellation: str
    provider: str
    recipient: str
    #: the request's instant, microseconds UTC
    at_us: int
    #: the coarsest level of its fields: "raw" .. "existence"
    form: str
    #: of ``release_open`` in the provider's shared log
    opened_index: int
    #: of ``release_close`` there
    closed_index: int
    #: that have left
    rows: int
    batches: int
    #: too young, outside the window, or without an instant
    rows_held_back: int
    #: of the input, that are no granted field
    columns_dropped: int
    #: spent; 0 for an answer that was known
    nano_epsilon: int
    #: whether all has left
    complete: bool
    #: "xxh3_128", "sha256", or None
    checksum_kind: Optional[str]
    #: as in the log
    checksum: bytes
    #: nowhere else; with it the recipient verifies
    salt: bytes
    #: canonical JSON (RFC 8785), for the recipient
    json: str
    #: name and Arrow format of each column that has left, in order
    types: "Tuple[Tuple[str, str], ...]" = ()

    def verify(self, rows: Any) -> bool:
        """Whether these are the rows that have left; see `checksum` for what counts.

        A dict or a `pandas.DataFrame` may have lost types: bytes of fixed width, dates, a column of
        nulls. The types of the receipt are given back to them, by way of Python objects.

        Raises
        ------
        TypeError
            Naming the column that has lost its type so that its values do not tell it any more; a
            receipt of other rows may also meet it.
        """
        if self.checksum_kind is None:
            return False
        try:
            if self._is_of(rows):
                return True
            now = _retype.types_of(rows)
        except ArithmeticOverflowError:  # a number that only the type it left with holds
            now = [(name, "") for name in _retype.objects(rows)]
        if not self.types or [name for name, _ in now] != [name for name, _ in self.types]:
            return False
        lost = now != [(name, _retype.plain(format)) for name, format in self.types]
        if lost and self._is_of(_retype.retyped(rows, self.types)):
            return True
        if not _retype.has_nan(rows):
            return False
        if self._is_of(_retype.retyped(rows, self.types, nan=True)):
            return True
        raise _retype.TypeLostError(
            "pandas does not tell null from NaN in a column of floats, and with neither these are "
            "the rows: verify them as pyarrow or polars have them"
        )

    def _is_of(self, rows: Any) -> bool:
        return checksum(rows, self.salt, self.checksum_kind or "") == self.checksum


def _options(
    columns: "Mapping[str, str]",
    ladders: "Mapping[str, Sequence[Step]]",
    time: Optional[str],
    data_set: Optional[str],
    cells: Optional[Cells],
    noise: Optional[Noise],
    pseudonym_key: Optional[bytes],
    vocabulary: "Optional[Vocabulary]",
    settled: Optional[Settled],
) -> Any:
    """Options of a release as C has them, which keep alive what they point to."""
    unknown = set(ladders) - set(columns)
    if unknown:
        raise InvalidArgumentError(f"ladders of {sorted(unknown)}, which are no columns")
    o = c.cstn_release_options(struct_size=ctypes.sizeof(c.cstn_release_options))
    rows = (c.cstn_release_column * max(len(columns), 1))()
    for row, (column, path) in zip(rows, columns.items()):
        row.column, row.path = c_text(column, "column"), c_text(path, "path")
        steps = [(column, step) for step in ladders.get(column, ())]
        row.steps, row.n_steps = steps_array(steps), len(steps)
    o.columns, o.n_columns = rows, len(columns)
    o.time_column = None if time is None else c_text(time, "time")
    o.data_set = None if data_set is None else c_text(data_set, "data_set")
    if cells is not None:
        o.aggregate = ctypes.pointer(cells.options)
    if noise is not None:
        o.noise = ctypes.pointer(noise.options)
    if pseudonym_key is not None:
        o.pseudonym_key = bytes_pointer(exact(pseudonym_key, 32, "pseudonym_key"))
    if vocabulary is not None:
        o.vocabulary = vocabulary._live()
    if settled is not None:
        text = utf8(settled.checkpoint, "checkpoint")
        o.checkpoint, o.checkpoint_len = text, len(text)
        o.settle = ctypes.pointer(
            settle_policy(
                settled.keys, settled.parties, settled.least, settled.max_age_us,
                settled.ahead_us,
            )  # fmt: skip
        )
    o.allocator = lib.allocator
    return o


class Release(Handle):
    """A release under way; made by `release`.

    Iterate it for batches, or `read` all that is left as one frame. At the end of a ``with`` block
    it is finished, and `receipt` is there, also where it ended early.

    Notes
    -----
    One thread at a time. Rows are charged to what was reserved before a batch is handed over; a
    spent limit raises BudgetError, and nothing of that batch leaves.
    """

    _RELEASE = "cstn_release_free"
    _frame: str = "table"
    _receipt: Optional[ReleaseReceipt] = None

    @classmethod
    def _open(
        cls, network: "Network", request: Request, rows: Any, options: Any, frame: str
    ) -> "Release":
        made, pointer = cls.__new__(cls), out(c.cstn_release)
        # C reads the rows until it frees the release: what holds them goes with the pointer.
        held = contextlib.ExitStack()
        pointer._kept = held
        stream = held.enter_context(_frames.stream(rows))
        if frame == "table":
            _check_way_back(stream, options)
        call(
            lib.cstn_release_open, network._live(), request._live(), stream,
            ctypes.byref(options), ctypes.byref(pointer),
        )  # fmt: skip
        made._frame = frame
        made._adopt(pointer, network)
        return made

    def __repr__(self) -> str:
        return "<closed Release>" if self.closed else f"<Release {self.id.hex()[:16]}>"

    @property
    def decision(self) -> Decision:
        """What was decided; for the provider only."""
        decided = lib.cstn_decision_ref(lib.cstn_release_decision(self._live()))
        return Decision._take(decided)

    @property
    def id(self) -> bytes:
        """Its id, 32 bytes."""
        return ctypes.string_at(lib.cstn_release_id(self._live()), c.CSTN_DECISION_DIGEST_SIZE)

    @property
    def column_names(self) -> List[str]:
        """Names of the columns that leave, in order."""
        with _arrow.allocated(_arrow.SCHEMA) as schema:
            call(lib.cstn_release_schema, self._live(), schema)
            return [name for name, _ in _arrow.formats(schema)]

    def __iter__(self) -> "Iterator[Any]":
        """Batches, as the kind of frame that went in: a dict of columns, pandas, polars, pyarrow."""
        while True:
            with _arrow.allocated(_arrow.ARRAY) as array, _arrow.allocated(_arrow.SCHEMA) as schema:
                with self._exclusive() as pointer:
                    status = call(lib.cstn_release_next, pointer, array)
                    if status == c.CSTN_DONE:
                        return
                    call(lib.cstn_release_schema, pointer, schema)
                yield self._batch(schema, array)

    def _batch(self, schema: Any, array: Any) -> Any:
        if self._frame == "table":
            return {column.name: column.values() for column in _decode.columns(schema, array)}
        return _frames.convert(
            Table(lambda stream: _arrow.stream_from_array(schema, array, stream)), self._frame
        )

    def read(self) -> Any:
        """All that is left as one frame, of the kind that went in; a dict of columns for a dict.

        Raises
        ------
        BudgetError
            The rows are spent; what was read before is not given either.
        """
        if self._frame == "table":
            found: Dict[str, List[Any]] = {name: [] for name in self.column_names}
            for batch in self:
                for name, values in batch.items():
                    found[name].extend(values)
            return found

        def export(stream: Any) -> None:
            with self._exclusive() as pointer:
                call(lib.cstn_release_stream, pointer, stream)

        try:
            return _frames.convert(Table(export), self._frame)
        except Exception:
            # Whoever read the stream has words of its own for a failure: C says it again.
            with _arrow.allocated(_arrow.ARRAY) as array, self._exclusive() as pointer:
                call(lib.cstn_release_next, pointer, array)
            raise

    def finish(self) -> ReleaseReceipt:
        """Say that it is over: what has not left is given back, ``release_close`` is in the log.

        It may come before the last batch; nothing leaves after.
        """
        pointer = out(c.cstn_release_receipt)
        with self._exclusive() as release, _arrow.allocated(_arrow.SCHEMA) as schema:
            call(lib.cstn_release_schema, release, schema)
            types = tuple(_arrow.value_formats(schema))
            call(lib.cstn_release_finish, release, ctypes.byref(pointer))
        try:
            self._receipt = _receipt_of(pointer, types)
        finally:
            lib.cstn_release_receipt_free(pointer)
        return self._receipt

    @property
    def receipt(self) -> ReleaseReceipt:
        """What has left; finishes the release if nobody has yet. There after `close` too."""
        return self._receipt if self._receipt is not None else self.finish()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        value: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if not self.closed and (kind is None or self._receipt is None):
                self.receipt  # noqa: B018  finishes it
        finally:
            self.close()


def _check_way_back(stream: Any, options: Any) -> None:
    """Refuse, before anything is charged, a column that no dict of lists could hold."""
    bound = {text_of(options.columns[i].column) for i in range(options.n_columns)}
    with _arrow.allocated(_arrow.SCHEMA) as schema:
        _arrow.schema_of(stream, schema)
        for name, format in _arrow.value_formats(schema):
            if name in bound and not _decode.is_read(format):
                raise NotSupportedError(
                    f"column '{name}' is of Arrow format '{format}', which a dict of columns does "
                    "not hold; cast it, or ask for another frame"
                )


def _receipt_of(pointer: Any, types: "Tuple[Tuple[str, str], ...]") -> ReleaseReceipt:
    made = c.cstn_release_receipt_info(struct_size=ctypes.sizeof(c.cstn_release_receipt_info))
    call(lib.cstn_release_receipt_get, pointer, ctypes.byref(made))
    buffer = out(c.cstn_buffer)
    call(lib.cstn_release_receipt_json, pointer, ctypes.byref(buffer))
    return ReleaseReceipt(
        release=bytes(made.release),
        decision=bytes(made.decision),
        constellation=text_of(made.constellation),
        provider=text_of(made.provider),
        recipient=text_of(made.recipient),
        at_us=made.at_us,
        form=LEVEL_NAMES[made.form],
        opened_index=made.opened_index,
        closed_index=made.closed_index,
        rows=made.rows,
        batches=made.batches,
        rows_held_back=made.rows_held_back,
        columns_dropped=made.columns_dropped,
        nano_epsilon=made.nano_epsilon,
        complete=made.ended == c.CSTN_DONE,
        checksum_kind=_CHECKSUM_NAMES.get(made.checksum_kind),
        checksum=bytes(made.checksum[: made.checksum_size]),
        salt=bytes(made.salt),
        json=take_buffer(buffer).decode(),
        types=types,
    )


def release(
    network: "Network",
    request: Request,
    rows: Any,
    columns: "Mapping[str, str]",
    *,
    ladders: "Optional[Mapping[str, Sequence[Step]]]" = None,
    time: Optional[str] = None,
    data_set: Optional[str] = None,
    cells: Optional[Cells] = None,
    noise: Optional[Noise] = None,
    pseudonym_key: Optional[bytes] = None,
    vocabulary: "Optional[Vocabulary]" = None,
    settled: Optional[Settled] = None,
    frame: Optional[str] = None,
) -> Release:
    """Decide, charge and enter a release; nothing leaves before it is committed and durable.

    Parameters
    ----------
    network : Network
        With agreements in it, see `constellation.sharing`; not opened for reading only.
    request : Request
        Who wants what.
    rows : frame
        The provider's rows.
    columns : mapping
        Column of `rows` -> field of the request, as ``{"qty": "order.qty"}``. Columns that are no
        granted field stay, and are counted.
    ladders : mapping, optional
        Column -> steps, the finest first: step s of a term is the s-th. Needed where a field leaves
        generalised.
    time : str, optional
        Column of the instant that a row is about: a timestamp with a zone, or a date. Needed where
        the request has a data window, or the decision a least age; other rows stay.
    data_set : str, optional
        A name for the rows, by which is kept what was told of them; needed by cells and noise.
    cells : Cells, optional
        Needed where fields leave aggregated; see `cells`.
    noise : Noise, optional
        Needed where fields leave with noise; see `noise`.
    pseudonym_key : bytes of 32, optional
        The provider's secret; needed where fields leave as pseudonyms.
    vocabulary : Vocabulary, optional
        Operands that the host answers for.
    settled : Settled, optional
        A checkpoint that must be settled.
    frame : {"table", "pandas", "polars", "pyarrow"}, optional
        Kind of frame that comes out; None is that of `rows`; "table" gives dicts of columns.

    Returns
    -------
    Release

    Raises
    ------
    DeniedError
        No field is granted: "not available", whatever the reason, which is in the provider's
        private log.
    UnverifiedError, SplitViewError
        For a checkpoint that is not settled, or of another history.
    SchemaError, InvalidArgumentError
        For what cannot leave as it was decided; nothing is charged.
    NotSupportedError
        For a column that a dict of lists does not hold where one is to come out; nothing is
        charged.
    BudgetError, RowErrors, LimitError
        What cells and noise give; the release is closed again.
    ReadOnlyError, StateError, IOFailedError, FullError
        Of the network.

    Notes
    -----
    Any thread, several at once on a network: they never spend more than there is. Cost: compiling
    the rules of the two parties, a decision, a durable commit. Raw columns leave by reference.
    """
    kind = _frames.check_kind(frame, _frames.kind_of(rows))
    options = _options(
        columns, ladders or {}, time, data_set, cells, noise, pseudonym_key, vocabulary, settled
    )
    return Release._open(network, request, rows, options, kind)


def recover(network: "Network", now: TimeLike) -> int:
    """Close the releases that a process left open; all that they reserved stays used.

    The first `release` of an opened network does it by itself; this is for who wants to know.

    Returns
    -------
    int
        How many there were.
    """
    count = ctypes.c_uint64()
    call(lib.cstn_release_recover, network._live(), to_us(now, "now"), ctypes.byref(count))
    return count.value
