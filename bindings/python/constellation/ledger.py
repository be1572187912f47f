"""Logs that cannot be changed unseen: Merkle trees, signed notes, checkpoints, witnesses, proofs.

A log is a list of entries and the Merkle tree over them (RFC 6962, RFC 9162). Its owner signs
checkpoints; partners who act as witnesses sign them too, after they have seen that the log only
grew; a proof shows a third party that an entry is below such a checkpoint. The formats are those of
C2SP (signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof); keys and signatures are Ed25519
of libsodium. Hashes are ``bytes`` of 32, proofs lists of them, texts ``str``.

Examples
--------
>>> from constellation import ledger
>>> signer, verifier = ledger.generate_key("shipper.example", seed=bytes(32))
>>> log = ledger.Log("shipper.example/carrier")
>>> log.append(b"shipment 1"), log.append(b"shipment 2")
(0, 1)
>>> checkpoint = log.checkpoint(signer)
>>> proof = log.prove(1, checkpoint)
>>> ledger.verify_proof(proof, b"shipment 2", [verifier])
Verified(index=1, size=2)
>>> ledger.verify_proof(proof, b"shipment 3", [verifier])
Traceback (most recent call last):
    ...
constellation.errors.ProofError: the proof of entry 1 does not lead to the root
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable, List, Optional, Tuple, Union

from . import _cdefs as c
from . import _log_storage as _storage
from ._handles import Handle
from ._log_storage import LogBatch, LogStorage
from ._merkle import (
    HASH,
    Entry,
    hash_children,
    hash_entry,
    joined_hashes,
    split_hashes,
    verify_consistency,
    verify_inclusion,
)
from ._native import (
    blob,
    bytes_pointer,
    c_text,
    call,
    integer,
    joined,
    lib,
    made_bytes,
    made_text,
    out,
    text_array,
    text_of,
    unsigned,
    utf8,
)
from ._signed_note import (
    Checkpoint,
    Note,
    Signature,
    cosign,
    count_witnesses,
    format_checkpoint,
    generate_key,
    key_kind,
    open_note,
    parse_checkpoint,
    sign_note,
    verifier_of,
)
from .errors import ConstellationError

__all__ = [
    "Checkpoint",
    "Log",
    "LogBatch",
    "LogReader",
    "LogStorage",
    "Note",
    "Proof",
    "Signature",
    "Verified",
    "cosign",
    "count_witnesses",
    "format_checkpoint",
    "format_proof",
    "generate_key",
    "hash_children",
    "hash_entry",
    "key_kind",
    "open_note",
    "parse_checkpoint",
    "parse_proof",
    "sign_note",
    "verifier_of",
    "verify_consistency",
    "verify_inclusion",
    "verify_proof",
]


@dataclasses.dataclass(frozen=True)
class Proof:
    """A proof as it was read; not verified."""

    index: int
    #: of 32 bytes each, from the leaf up
    hashes: Tuple[bytes, ...]
    #: the signed note
    checkpoint: str
    extra: Optional[bytes]


@dataclasses.dataclass(frozen=True)
class Verified:
    """Where an entry was proved to be."""

    index: int
    #: entries of the log at that checkpoint
    size: int


# --- proofs -------------------------------------------------------------------------------------------


def format_proof(
    index: int, hashes: "Sequence[bytes]", checkpoint: str, extra: Optional[bytes] = None
) -> str:
    """A proof as text (C2SP tlog-proof): what a third party needs but for the entry and the keys."""
    data, text = joined_hashes(hashes), utf8(checkpoint, "checkpoint")
    return made_text(
        lib.cstn_proof_format,
        unsigned(index, 64, "index"),
        bytes_pointer(data),
        len(data) // HASH,
        None if extra is None else bytes_pointer(extra),
        0 if extra is None else len(extra),
        text,
        len(text),
        lib.allocator,
    )


class _Proof(Handle):
    _RELEASE = "cstn_proof_free"
    _IMMUTABLE = True


def parse_proof(text: str) -> Proof:
    """Read a proof, without verifying it: FormatError names the line."""
    data = utf8(text, "text")
    handle = _Proof()
    pointer = out(c.cstn_proof)
    call(lib.cstn_proof_parse, data, len(data), lib.allocator, ctypes.byref(pointer))
    handle._adopt(pointer)
    size = ctypes.c_size_t()
    with handle:
        hashes = lib.cstn_proof_hashes(pointer, ctypes.byref(size))
        listed = split_hashes(ctypes.string_at(hashes, HASH * size.value))
        extra = lib.cstn_proof_extra(pointer, ctypes.byref(size))
        return Proof(
            lib.cstn_proof_index(pointer),
            tuple(listed),
            text_of(lib.cstn_proof_checkpoint(pointer, None)),
            ctypes.string_at(extra, size.value) if extra else None,
        )


def verify_proof(
    text: str,
    entry: Entry,
    verifiers: "Iterable[str]",
    *,
    witnesses: "Iterable[str]" = (),
    witnesses_least: int = 0,
    origin: Optional[str] = None,
    from_s: int = 0,
    until_s: int = 0,
) -> Verified:
    """Check that an entry was logged: the checkpoint's signatures, then that the entry is below it.

    Parameters
    ----------
    text : str
        The proof.
    entry : bytes or str
        The entry whose presence is proved.
    verifiers : iterable of str
        Keys of the log; one must have signed.
    witnesses : iterable of str
        Keys of witnesses.
    witnesses_least : int
        How many of them must have signed, in [from_s, until_s); ``until_s`` 0 is no end.
    origin : str, optional
        The log it must be.

    Raises
    ------
    ProofError
        If the hashes do not lead to the root.
    UnverifiedError
        If too few have signed, or the log is another.
    SignatureError
        If a known key's signature is wrong.
    """
    data, body = utf8(text, "text"), blob(entry, "entry")
    options = c.cstn_proof_options(struct_size=ctypes.sizeof(c.cstn_proof_options))
    options.verifiers, options.n_verifiers = text_array(verifiers, "verifier")
    options.witnesses, options.n_witnesses = text_array(witnesses, "witness")
    options.witnesses_least = unsigned(witnesses_least, 64, "witnesses_least")
    options.from_s = integer(from_s, 64, "from_s")
    options.until_s = integer(until_s, 64, "until_s")
    options.origin = None if origin is None else c_text(origin, "origin")
    options.allocator = lib.allocator
    index, size = ctypes.c_uint64(), ctypes.c_uint64()
    call(
        lib.cstn_proof_verify,
        data,
        len(data),
        body,
        len(body),
        ctypes.byref(options),
        ctypes.byref(index),
        ctypes.byref(size),
    )
    return Verified(index.value, size.value)


# --- logs ---------------------------------------------------------------------------------------------


class LogReader(Handle):
    """What a log answers, wherever it is kept: see `Log` and `SharedLog`."""

    #: what callbacks of its storage raised
    _raised: "List[BaseException]" = []

    @contextlib.contextmanager
    def _tree(self) -> "Iterator[Any]":
        """The C log, alive while the call runs; goes on with what a callback raised."""
        pointer = self._live()
        try:
            yield pointer
        except ConstellationError:
            if self._raised:
                raise self._raised.pop() from None
            raise

    def __len__(self) -> int:
        with self._tree() as log:
            return int(lib.cstn_log_size(log))

    def _size(self, size: Optional[int]) -> int:
        return len(self) if size is None else unsigned(size, 64, "size")

    def root(self, size: Optional[int] = None) -> bytes:
        """The root of the tree of the first `size` entries; None is all."""
        hash_ = (ctypes.c_uint8 * HASH)()
        with self._tree() as log:
            call(lib.cstn_log_root, log, self._size(size), hash_)
        return bytes(hash_)

    def checkpoint(self, *signers: str) -> str:
        """A checkpoint of all that it holds, signed with signer keys."""
        keys, n = text_array(signers, "signer")
        with self._tree() as log:
            return made_text(lib.cstn_log_checkpoint, log, keys, n)

    def prove_inclusion(self, index: int, size: Optional[int] = None) -> List[bytes]:
        """Hashes that prove an entry in the tree of the first `size` entries; None is all."""
        number, of = unsigned(index, 64, "index"), self._size(size)
        with self._tree() as log:
            return split_hashes(made_bytes(lib.cstn_log_prove_inclusion, log, number, of))

    def prove_consistency(self, size1: int, size2: Optional[int] = None) -> List[bytes]:
        """Hashes that prove the first `size1` entries to be the beginning of `size2`; None is all."""
        first, second = unsigned(size1, 64, "size1"), self._size(size2)
        with self._tree() as log:
            return split_hashes(made_bytes(lib.cstn_log_prove_consistency, log, first, second))

    def prove(self, index: int, checkpoint: str, extra: Optional[bytes] = None) -> str:
        """A proof as text that an entry is below a signed checkpoint of this log."""
        body = checkpoint[: checkpoint.rindex("\n\n") + 1] if "\n\n" in checkpoint else checkpoint
        size = parse_checkpoint(body).size
        return format_proof(index, self.prove_inclusion(index, size), checkpoint, extra)


class Log(LogReader):
    """A log in memory: the hashes of its entries and the tree over them, some 34 bytes an entry.

    The entries themselves stay with the caller. One thread at a time appends. `Log.open` is a log
    whose hashes are kept elsewhere.

    Parameters
    ----------
    origin : str
        Its name in checkpoints, one line of 1 to 255 bytes of UTF-8; unique.

    Examples
    --------
    >>> log = Log("shipper.example")
    >>> log.extend([b"a", b"b", b"c"])
    0
    >>> len(log), log.root(1) == hash_entry(b"a")
    (3, True)
    >>> verify_inclusion(2, 3, hash_entry(b"c"), log.prove_inclusion(2), log.root())
    >>> verify_consistency(1, 3, log.root(1), log.root(), log.prove_consistency(1))
    """

    _RELEASE = "cstn_log_free"

    def __init__(self, origin: str) -> None:
        data = utf8(origin, "origin")
        pointer = out(c.cstn_log)
        call(lib.cstn_log_new, data, len(data), lib.allocator, ctypes.byref(pointer))
        self._adopt(pointer)

    @classmethod
    def open(cls, origin: str, storage: "LogStorage") -> "Log":
        """A log whose entries and hashes are kept in `storage`, see `LogStorage`.

        With the storage's compact range nothing is read; without it a tile a level.
        """
        log = cls.__new__(cls)
        log._raised = []
        data, keeper = utf8(origin, "origin"), _storage.struct_of(storage, log._raised)
        pointer = out(c.cstn_log)
        try:
            call(
                lib.cstn_log_open,
                data,
                len(data),
                ctypes.byref(keeper),
                lib.allocator,
                ctypes.byref(pointer),
            )
        except ConstellationError:
            if log._raised:
                raise log._raised.pop() from None
            raise
        log._adopt(pointer, keeper)
        return log

    def append(self, entry: Entry) -> int:
        """Append an entry of at most 65,535 bytes; its index."""
        return self.extend([entry])

    def extend(self, entries: "Iterable[Entry]") -> int:
        """Append entries, all or none; the index of the first."""
        listed = [blob(entry, "entry") for entry in entries]
        data, ends = joined(listed)
        first = ctypes.c_uint64()
        with self._exclusive(), self._tree() as log:
            call(lib.cstn_log_append_batch, log, data, ends, len(listed), ctypes.byref(first))
        return first.value

    def range(self) -> bytes:
        """The compact range: all that appending needs, 32 bytes a bit that is set in the size."""
        with self._tree() as log:
            return made_bytes(lib.cstn_log_range, log)

    def sync(self) -> None:
        """Have the storage keep all entries so that they outlast a crash."""
        with self._tree() as log:
            call(lib.cstn_log_sync, log)

    def export_tiles(
        self,
        path: "Union[str, os.PathLike[str]]",
        checkpoint: str,
        read_entry: "Callable[[int], Entry]",
    ) -> None:
        """Write the log to a folder in the layout of C2SP tlog-tiles.

        Parameters
        ----------
        path : str or path
            The folder; made if it is not there. Exported again, only what was added is written.
        checkpoint : str
            A signed checkpoint of this log.
        read_entry : callable
            Given an index, the entry.
        """
        raised: List[BaseException] = []
        options = _storage.export_options(lambda index: blob(read_entry(index), "entry"), raised)
        text = utf8(checkpoint, "checkpoint")
        try:
            with self._tree() as log:
                call(
                    lib.cstn_log_export_tiles,
                    log,
                    os.fsencode(path),
                    text,
                    len(text),
                    ctypes.byref(options),
                )
        except ConstellationError:
            if raised:
                raise raised[0] from None
            raise
