"""Signed notes (C2SP): keys, texts that several sign, checkpoints of logs, witnesses."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from . import _cdefs as c
from ._handles import Handle
from ._merkle import HASH, hash_of, joined_hashes
from ._native import (
    bytes_pointer,
    c_text,
    call,
    choice,
    integer,
    lib,
    made_text,
    out,
    take_buffer,
    text_array,
    text_of,
    unsigned,
    utf8,
)
from .errors import ConstellationError

_KINDS: Dict[str, int] = {"sign": c.CSTN_NOTE_KEY_SIGN, "witness": c.CSTN_NOTE_KEY_WITNESS}


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
        None if seed is None else bytes_pointer(hash_of(seed, "seed")),
        lib.allocator,
        ctypes.byref(signer),
        ctypes.byref(verifier),
    )
    return take_buffer(signer).decode("utf-8"), take_buffer(verifier).decode("utf-8")


def verifier_of(signer: str) -> str:
    """The verifier key of a signer key."""
    return made_text(lib.cstn_note_key_verifier, c_text(signer, "signer"), lib.allocator)


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
    return made_text(
        lib.cstn_note_sign,
        data,
        len(data),
        lines,
        len(lines),
        keys,
        n,
        lib.allocator,
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
    return made_text(
        lib.cstn_checkpoint_format,
        data,
        len(data),
        unsigned(size, 64, "size"),
        bytes_pointer(hash_of(root, "root")),
        lib.allocator,
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
        text_of(made.origin[: made.origin_len]), made.size, bytes(made.root), text_of(extension)
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
    hashes = joined_hashes(proof)
    raised: List[BaseException] = []

    def keep(_: Any, origin: Any, origin_len: int, size: int, root: Any) -> int:
        try:
            assert store is not None
            store(Checkpoint(text_of(origin[:origin_len]), size, ctypes.string_at(root, HASH)))
        except BaseException as reason:  # noqa: BLE001 - goes on below, not through C
            raised.append(reason)
            return int(c.CSTN_E_CANCELLED)
        return 0

    options = c.cstn_witness_options(struct_size=ctypes.sizeof(c.cstn_witness_options))
    root = hash_of(last.root, "last.root") if last else b""
    if last:
        options.last_size = unsigned(last.size, 64, "last.size")
        options.last_root = bytes_pointer(root)
    options.proof = bytes_pointer(hashes)
    options.n_proof = len(hashes) // HASH
    if store is not None:
        options.store = c.WITNESS_STORE(keep)
    try:
        return made_text(
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
