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
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from . import _log_storage as _storage
from ._handles import Handle
from ._log_storage import LogBatch, LogStorage
from ._native import (
    bytes_pointer,
    c_text,
    call,
    choice,
    integer,
    lib,
    out,
    take_buffer,
    text_array,
    text_of,
    unsigned,
    utf8,
)
from .errors import ConstellationError, InvalidArgumentError

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

_KINDS: Dict[str, int] = {"sign": c.CSTN_NOTE_KEY_SIGN, "witness": c.CSTN_NOTE_KEY_WITNESS}
_HASH = c.CSTN_MERKLE_HASH_SIZE

Entry = Union[bytes, bytearray, memoryview, str]


class Checkpoint(NamedTuple):
    """What a checkpoint says."""

    #: the name of the log
    origin: str
    #: how many entries it has
    size: int
    #: 32 bytes
    root: bytes
    #: lines behind the root
    extension: str = ""


class Signature(NamedTuple):
    """A signature of a note."""

    #: whose key
    name: str
    #: 8 hexadecimal digits
    key_id: str
    #: whether a known key made it; others mean nothing
    verified: bool
    #: when a witness signed, in seconds since 1970-01-01 UTC; None for others
    time_s: Optional[int]


class Note(NamedTuple):
    """A note whose signatures were looked at."""

    text: str
    #: verified ones first, one a key
    signatures: Tuple[Signature, ...]


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


# --- what goes in and comes out ---------------------------------------------------------------------


def _entry(entry: Entry) -> bytes:
    if isinstance(entry, str):
        return utf8(entry, "entry")
    if isinstance(entry, (bytes, bytearray, memoryview)):
        return bytes(entry)
    raise InvalidArgumentError(f"entry is {type(entry).__name__}, bytes or str expected")


def _hash(value: Any, what: str) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise InvalidArgumentError(f"{what} is {type(value).__name__}, bytes expected")
    data = bytes(value)
    if len(data) != _HASH:
        raise InvalidArgumentError(f"{what} has {len(data)} bytes, {_HASH} expected")
    return data


def _hashes(values: "Iterable[bytes]") -> bytes:
    return b"".join(_hash(value, f"hash {i}") for i, value in enumerate(values))


def _split(data: bytes) -> List[bytes]:
    return [data[i : i + _HASH] for i in range(0, len(data), _HASH)]


def _made(function: Callable[..., int], *arguments: Any) -> bytes:
    """The bytes of a call whose last output is a buffer."""
    buffer = out(c.cstn_buffer)
    call(function, *arguments, ctypes.byref(buffer))
    return take_buffer(buffer)


def _text(data: bytes) -> str:
    return data.decode("utf-8")


# --- trees --------------------------------------------------------------------------------------------


def hash_entry(entry: Entry) -> bytes:
    """The leaf hash of an entry: SHA-256 of a byte 0 and the entry (at most 65,535 bytes).

    Examples
    --------
    >>> hash_entry(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    data = _entry(entry)
    hash_ = (ctypes.c_uint8 * _HASH)()
    call(lib.cstn_merkle_hash_entry, data, len(data), hash_)
    return bytes(hash_)


def hash_children(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256 of a byte 1 and the hashes of its children."""
    hash_ = (ctypes.c_uint8 * _HASH)()
    call(
        lib.cstn_merkle_hash_children,
        bytes_pointer(_hash(left, "left")),
        bytes_pointer(_hash(right, "right")),
        hash_,
    )
    return bytes(hash_)


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: "Sequence[bytes]", root: bytes
) -> None:
    """Check that a leaf hash is below a root (RFC 9162, 2.1.3.2).

    Raises
    ------
    ProofError
        If the proof does not lead to the root, or has too few or too many hashes.
    InvalidArgumentError
        If the index is not below the size, or a hash does not have 32 bytes.
    """
    hashes = _hashes(proof)
    call(
        lib.cstn_merkle_verify_inclusion,
        unsigned(index, 64, "index"),
        unsigned(size, 64, "size"),
        bytes_pointer(_hash(leaf, "leaf")),
        bytes_pointer(hashes),
        len(hashes) // _HASH,
        bytes_pointer(_hash(root, "root")),
    )


def verify_consistency(
    size1: int, size2: int, root1: bytes, root2: bytes, proof: "Sequence[bytes]"
) -> None:
    """Check that the tree of ``size1`` entries is the beginning of that of ``size2``
    (RFC 9162, 2.1.4.2).

    Raises
    ------
    ProofError
        If it is not, by this proof.
    InvalidArgumentError
        Unless 1 <= size1 <= size2 and all hashes have 32 bytes.
    """
    hashes = _hashes(proof)
    call(
        lib.cstn_merkle_verify_consistency,
        unsigned(size1, 64, "size1"),
        unsigned(size2, 64, "size2"),
        bytes_pointer(_hash(root1, "root1")),
        bytes_pointer(_hash(root2, "root2")),
        bytes_pointer(hashes),
        len(hashes) // _HASH,
    )


# --- keys and notes -----------------------------------------------------------------------------------


def generate_key(name: str, kind: str = "sign", seed: Optional[bytes] = None) -> Tuple[str, str]:
    """Make a key pair: the signer key, which is secret, and the verifier key, both as text.

    Parameters
    ----------
    name : str
        Whose key: 1 to 255 bytes of UTF-8, no space, no ``+``.
    kind : str
        "sign" for notes, "witness" for `cosign`.
    seed : bytes, optional
        32 secret bytes; None is libsodium's randomness.

    Examples
    --------
    >>> signer, verifier = generate_key("a.example", seed=bytes(32))
    >>> verifier
    'a.example+2a5543d5+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
    """
    data = utf8(name, "name") if isinstance(name, str) else c_text(name, "name")
    signer, verifier = out(c.cstn_buffer), out(c.cstn_buffer)
    call(
        lib.cstn_note_key_new,
        data,
        len(data),
        choice(kind, _KINDS, "kind"),
        None if seed is None else bytes_pointer(_hash(seed, "seed")),
        lib.allocator,
        ctypes.byref(signer),
        ctypes.byref(verifier),
    )
    return _text(take_buffer(signer)), _text(take_buffer(verifier))


def verifier_of(signer: str) -> str:
    """The verifier key of a signer key."""
    return _text(_made(lib.cstn_note_key_verifier, c_text(signer, "signer"), lib.allocator))


def key_kind(verifier: str) -> str:
    """ "sign" or "witness"; FormatError or NotSupportedError for what is no verifier key."""
    kind = ctypes.c_int32()
    call(lib.cstn_note_key_check, c_text(verifier, "verifier"), ctypes.byref(kind))
    return next(name for name, value in _KINDS.items() if value == kind.value)


def sign_note(text: str, *signers: str, signatures: str = "") -> str:
    """Sign a text: the note, with the text, a blank line and a line a signature.

    Parameters
    ----------
    text : str
        Ends with a line end; no control character but line ends.
    *signers : str
        Signer keys.
    signatures : str
        Signature lines that the note has already; those of a signer are replaced.
    """
    data, lines = utf8(text, "text"), utf8(signatures, "signatures")
    keys, n = text_array(signers, "signer")
    return _text(
        _made(
            lib.cstn_note_sign,
            data,
            len(data),
            lines,
            len(lines),
            keys,
            n,
            lib.allocator,
        )
    )


class _Note(Handle):
    _RELEASE = "cstn_note_free"
    _IMMUTABLE = True


def open_note(note: str, verifiers: "Iterable[str]") -> Note:
    """Read a note and verify what known keys have signed.

    Raises
    ------
    FormatError
        If the note is malformed.
    SignatureError
        If the signature of a known key is wrong.
    UnverifiedError
        If no known key has signed.
    DuplicateError
        If a key that signed was given twice.

    Examples
    --------
    >>> signer, verifier = generate_key("a.example", seed=bytes(32))
    >>> open_note(sign_note("hello\\n", signer), [verifier]).signatures[0].name
    'a.example'
    """
    data = utf8(note, "note")
    keys, n = text_array(verifiers, "verifier")
    handle = _Note()
    pointer = out(c.cstn_note)
    call(lib.cstn_note_open, data, len(data), keys, n, lib.allocator, ctypes.byref(pointer))
    handle._adopt(pointer)
    with handle:
        verified = lib.cstn_note_verified_count(pointer)
        signatures = []
        for i in range(lib.cstn_note_count(pointer)):
            time_s = lib.cstn_note_time_s(pointer, i)
            signatures.append(
                Signature(
                    text_of(lib.cstn_note_name(pointer, i)),
                    f"{lib.cstn_note_key_id(pointer, i):08x}",
                    i < verified,
                    None if time_s < 0 else time_s,
                )
            )
        return Note(text_of(lib.cstn_note_text(pointer, None)), tuple(signatures))


# --- checkpoints and witnesses ------------------------------------------------------------------------


def format_checkpoint(origin: str, size: int, root: bytes) -> str:
    """The text of a checkpoint: three lines, origin, size, root in base64."""
    data = utf8(origin, "origin")
    return _text(
        _made(
            lib.cstn_checkpoint_format,
            data,
            len(data),
            unsigned(size, 64, "size"),
            bytes_pointer(_hash(root, "root")),
            lib.allocator,
        )
    )


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint, by the strict rule: FormatError names the line.

    Examples
    --------
    >>> parse_checkpoint(format_checkpoint("log.example", 3, bytes(32))).size
    3
    """
    data = utf8(text, "text")
    made = c.cstn_checkpoint(struct_size=ctypes.sizeof(c.cstn_checkpoint))
    call(lib.cstn_checkpoint_parse, data, len(data), ctypes.byref(made))
    extension = (made.extension or b"")[: made.extension_len]
    return Checkpoint(
        _text(made.origin[: made.origin_len]), made.size, bytes(made.root), _text(extension)
    )


def cosign(
    checkpoint: str,
    verifiers: "Iterable[str]",
    signer: str,
    time_s: int,
    *,
    last: Optional[Checkpoint] = None,
    proof: "Sequence[bytes]" = (),
    store: Optional["Callable[[Checkpoint], None]"] = None,
) -> str:
    """Sign a checkpoint as a witness, who has seen that the log only grew.

    Parameters
    ----------
    checkpoint : str
        The signed note.
    verifiers : iterable of str
        Keys of the log; one must have signed.
    signer : str
        The witness's key.
    time_s : int
        Now, in seconds since 1970-01-01 UTC.
    last : Checkpoint, optional
        The log as it was signed last; None is never.
    proof : sequence of bytes
        That the log grew from there (`Log.prove_consistency`).
    store : callable, optional
        Is given the new Checkpoint before anything is signed, and must keep it so that it outlasts
        a crash; what it raises is raised here, and nothing is signed.

    Returns
    -------
    str
        A signature line with its line end, to be put behind the note.

    Raises
    ------
    SplitViewError
        If the log is smaller than it was, or as large with another root.
    ProofError
        If the proof does not hold.
    """
    data = utf8(checkpoint, "checkpoint")
    keys, n = text_array(verifiers, "verifier")
    hashes = _hashes(proof)
    raised: List[BaseException] = []

    def keep(_: Any, origin: Any, origin_len: int, size: int, root: Any) -> int:
        try:
            assert store is not None
            store(Checkpoint(_text(origin[:origin_len]), size, ctypes.string_at(root, _HASH)))
        except BaseException as reason:  # noqa: BLE001 - goes on below, not through C
            raised.append(reason)
            return int(c.CSTN_E_CANCELLED)
        return 0

    options = c.cstn_witness_options(struct_size=ctypes.sizeof(c.cstn_witness_options))
    root = _hash(last.root, "last.root") if last else b""
    if last:
        options.last_size = unsigned(last.size, 64, "last.size")
        options.last_root = bytes_pointer(root)
    options.proof = bytes_pointer(hashes)
    options.n_proof = len(hashes) // _HASH
    if store is not None:
        options.store = c.WITNESS_STORE(keep)
    try:
        return _text(
            _made(
                lib.cstn_witness_cosign,
                data,
                len(data),
                keys,
                n,
                c_text(signer, "signer"),
                integer(time_s, 64, "time_s"),
                ctypes.byref(options),
                lib.allocator,
            )
        )
    except ConstellationError:
        if raised:
            raise raised[0] from None
        raise


def count_witnesses(
    checkpoint: str,
    witnesses: "Iterable[str]",
    from_s: int = 0,
    until_s: int = 2**63 - 1,
) -> int:
    """How many of the given witnesses have signed a checkpoint, at a time in [from_s, until_s)."""
    data = utf8(checkpoint, "checkpoint")
    keys, n = text_array(witnesses, "witness")
    count = ctypes.c_size_t()
    call(
        lib.cstn_witness_count,
        data,
        len(data),
        keys,
        n,
        integer(from_s, 64, "from_s"),
        integer(until_s, 64, "until_s"),
        lib.allocator,
        ctypes.byref(count),
    )
    return count.value


# --- proofs -------------------------------------------------------------------------------------------


def format_proof(
    index: int, hashes: "Sequence[bytes]", checkpoint: str, extra: Optional[bytes] = None
) -> str:
    """A proof as text (C2SP tlog-proof): what a third party needs but for the entry and the keys."""
    data, text = _hashes(hashes), utf8(checkpoint, "checkpoint")
    return _text(
        _made(
            lib.cstn_proof_format,
            unsigned(index, 64, "index"),
            bytes_pointer(data),
            len(data) // _HASH,
            None if extra is None else bytes_pointer(extra),
            0 if extra is None else len(extra),
            text,
            len(text),
            lib.allocator,
        )
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
        listed = _split(ctypes.string_at(hashes, _HASH * size.value))
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
    data, body = utf8(text, "text"), _entry(entry)
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
        hash_ = (ctypes.c_uint8 * _HASH)()
        with self._tree() as log:
            call(lib.cstn_log_root, log, self._size(size), hash_)
        return bytes(hash_)

    def checkpoint(self, *signers: str) -> str:
        """A checkpoint of all that it holds, signed with signer keys."""
        keys, n = text_array(signers, "signer")
        with self._tree() as log:
            return _text(_made(lib.cstn_log_checkpoint, log, keys, n))

    def prove_inclusion(self, index: int, size: Optional[int] = None) -> List[bytes]:
        """Hashes that prove an entry in the tree of the first `size` entries; None is all."""
        number, of = unsigned(index, 64, "index"), self._size(size)
        with self._tree() as log:
            return _split(_made(lib.cstn_log_prove_inclusion, log, number, of))

    def prove_consistency(self, size1: int, size2: Optional[int] = None) -> List[bytes]:
        """Hashes that prove the first `size1` entries to be the beginning of `size2`; None is all."""
        first, second = unsigned(size1, 64, "size1"), self._size(size2)
        with self._tree() as log:
            return _split(_made(lib.cstn_log_prove_consistency, log, first, second))

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
        listed = [_entry(entry) for entry in entries]
        ends = (ctypes.c_uint64 * max(len(listed), 1))()
        at = 0
        for i, entry in enumerate(listed):
            at += len(entry)
            ends[i] = at
        first = ctypes.c_uint64()
        data = b"".join(listed)
        with self._exclusive(), self._tree() as log:
            call(lib.cstn_log_append_batch, log, data, ends, len(listed), ctypes.byref(first))
        return first.value

    def range(self) -> bytes:
        """The compact range: all that appending needs, 32 bytes a bit that is set in the size."""
        with self._tree() as log:
            return _made(lib.cstn_log_range, log)

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
        options = _storage.export_options(lambda index: _entry(read_entry(index)), raised)
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
