"""Names and proofs of events: the EPCIS event hash, canonical GS1 links, redactable records.

An event hash names an event by what it says, alike in every system that has the event (GS1 CBV 2.0).
A commitment is a root of 32 bytes that is logged and tells nothing; from the record behind it single
fields can be shown and proved, the others stay hidden.

Examples
--------
>>> from constellation import event_proofs
>>> event_proofs.gs1_uri("urn:epc:id:sgtin:4012345.011111.9876")
'https://id.gs1.org/01/04012345111118/21/9876'
>>> made = event_proofs.commit({"item": "4711", "temperature": "7.5", "price": "12.40"})
>>> shown = event_proofs.redact(made.record, ["item", "temperature"])
>>> event_proofs.verify(shown, made.root)
{'item': '4711', 'temperature': '7.5'}
>>> event_proofs.verify(shown, bytes(32))
Traceback (most recent call last):
    ...
constellation.errors.ProofError: the record does not lead to the root
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _cdefs as c
from ._native import (
    blob,
    call,
    integer,
    lib,
    made_text,
    out,
    take_buffer,
    text_array,
    unsigned,
    utf8,
)
from .errors import ConstellationError, InvalidArgumentError, NotFoundError
from .events import _events
from .table import Table

__all__ = ["Commitment", "commit", "commit_epcis", "event_hashes", "gs1_uri", "redact", "verify"]

_ROOT = c.CSTN_EVENT_ROOT_SIZE


class Commitment(NamedTuple):
    """An event as it is logged, and what its fields can be proved from."""

    #: canonical JSON with the fields and their salts; a secret
    record: str
    #: 32 bytes that tell nothing of the event
    root: bytes


def event_hashes(
    document: Union[str, bytes],
    *,
    prehash: bool = False,
    bad_rows: str = "raise",
    max_bytes: int = 0,
    max_depth: int = 0,
    frame: Optional[str] = None,
) -> Any:
    """The event hashes of an EPCIS 2.0 document, ``ni:///sha-256;...?ver=CBV2.0``.

    Parameters
    ----------
    document : str or bytes
        A capture document, a query document or one bare event, in JSON.
    prehash : bool, default False
        Give the strings that are hashed too.
    bad_rows : {"raise", "keep"}
        Events that break a rule of EPCIS are left out; "raise" raises RowErrors, whose ``result``
        has the others, "keep" returns those with ``bad_rows``.
    max_bytes, max_depth : int
        Limits of the document; 0 is 64 MiB and 64 levels.
    frame : str, optional
        The kind of frame to return; a Table by default.

    Returns
    -------
    Table or frame
        A row an event: ``event``, its index in the document, ``hash``, and ``prehash``.

    Raises
    ------
    RowErrors
        Some events break a rule.
    FormatError
        It is no EPCIS document.
    """
    options = c.cstn_epcis_hash_options(
        struct_size=ctypes.sizeof(c.cstn_epcis_hash_options),
        flags=c.CSTN_EPCIS_HASH_STRING if prehash else 0,
        max_bytes=integer(max_bytes, 64, "max_bytes"),
        max_depth=integer(max_depth, 32, "max_depth"),
    )
    return _events(lib.cstn_epcis_hash, document, options, bad_rows, frame)


def gs1_uri(uri: str) -> Optional[str]:
    """One canonical GS1 Digital Link for every way to write a GS1 key; None if it is none.

    Parameters
    ----------
    uri : str
        An EPC URI, class or pattern, or a Digital Link of any host.

    Examples
    --------
    >>> gs1_uri("https://shop.example/gtin/9780345418913/lot/1223/ser/765tz?x=1")
    'https://id.gs1.org/01/09780345418913/21/765tz'
    >>> gs1_uri("https://shop.example/4711") is None
    True
    """
    data = utf8(uri, "uri")
    buffer = out(c.cstn_buffer)
    try:
        call(
            lib.cstn_gs1_uri_canonical, data, len(data), lib.allocator, ctypes.byref(buffer)
        )
    except NotFoundError:
        return None
    return take_buffer(buffer).decode("utf-8")


# --- commitments --------------------------------------------------------------------------------------


def _options(entropy: Optional[Callable[[int], bytes]]) -> Tuple[Any, List[BaseException]]:
    """Options with a Python function as the source of random bytes, and what it raised."""
    raised: List[BaseException] = []

    def fill(_user: Any, to: Any, size: int) -> int:
        try:
            data = bytes(entropy(size)) if entropy is not None else b""
            if len(data) != size:
                raise InvalidArgumentError(f"entropy gave {len(data)} bytes, {size} expected")
        except BaseException as error:  # goes on behind the call
            raised.append(error)
            return error.CODE if isinstance(error, ConstellationError) else c.CSTN_E_IO
        ctypes.memmove(to, data, size)
        return 0

    return (
        c.cstn_event_commit_options(
            struct_size=ctypes.sizeof(c.cstn_event_commit_options),
            entropy=c.ENTROPY() if entropy is None else c.ENTROPY(fill),
        ),
        raised,
    )


def _made(
    function: Callable[..., int],
    entropy: Optional[Callable[[int], bytes]],
    *arguments: Any,
) -> Commitment:
    options, raised = _options(entropy)
    buffer = out(c.cstn_buffer)
    root = (ctypes.c_uint8 * _ROOT)()
    try:
        call(
            function,
            *arguments,
            ctypes.byref(options),
            lib.allocator,
            ctypes.byref(buffer),
            root,
        )
    except ConstellationError:
        if raised:
            raise raised[0] from None
        raise
    return Commitment(take_buffer(buffer).decode("utf-8"), bytes(root))


def commit(
    fields: Union[Mapping[str, str], Iterable[Tuple[str, str]]],
    *,
    entropy: Optional[Callable[[int], bytes]] = None,
) -> Commitment:
    """Commit to an event given as fields.

    Parameters
    ----------
    fields : mapping or pairs of str
        Paths and values in the event's order, 1 to 4,096; paths of 1 to 255 bytes, unique; values of
        at most 65,535 bytes without NUL.
    entropy : callable, optional
        Gives as many random bytes as it is asked for; by default libsodium does.

    Returns
    -------
    Commitment

    Raises
    ------
    InvalidArgumentError, DuplicateError, LimitError
    """
    pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
    texts = [(utf8(path, "path"), utf8(value, f"value of {path!r}")) for path, value in pairs]
    array = (c.cstn_event_field * max(len(texts), 1))(
        *(c.cstn_event_field(path, len(path), value, len(value)) for path, value in texts)
    )
    return _made(lib.cstn_event_commit, entropy, array, len(texts))


def commit_epcis(
    document: Union[str, bytes],
    event: int = 0,
    *,
    entropy: Optional[Callable[[int], bytes]] = None,
) -> Commitment:
    """Commit to one event of an EPCIS document.

    Its fields are the members that take part in its event hash, in the form they have there: paths
    ``eventTime``, ``epcList[0]``, ``readPoint.id``, ``{https://ns.example.com/}lot``.

    Parameters
    ----------
    document : str or bytes
        As for :func:`event_hashes`.
    event : int, default 0
        Its index in the document.
    entropy : callable, optional
        As for :func:`commit`.

    Raises
    ------
    RowErrors
        The event breaks a rule of EPCIS.
    NotFoundError
        There is no such event.
    """
    data = blob(document, "document")
    return _made(lib.cstn_epcis_commit, entropy, data, len(data), unsigned(event, 64, "event"))


def redact(record: str, paths: "Iterable[str]") -> str:
    """Keep some fields of a record, redacted before or not.

    Parameters
    ----------
    record : str
        Of a :class:`Commitment`, or what this function gave.
    paths : iterable of str
        Fields to keep; ``"epcList"`` keeps all elements of the list.

    Raises
    ------
    NotFoundError
        No field has one of the paths.
    FormatError
        It is no record.
    """
    texts, n = text_array(paths, "paths")
    data = utf8(record, "record")
    return made_text(lib.cstn_event_redact, data, len(data), texts, n, lib.allocator)


def verify(record: str, root: bytes) -> Dict[str, str]:
    """Verify a record, redacted or not, against a root from a log that is trusted.

    Returns
    -------
    dict
        The values of the fields that the record shows, by path, in the event's order.

    Raises
    ------
    ProofError
        It does not lead to the root.
    FormatError
        It is no record.
    """
    if not isinstance(root, (bytes, bytearray, memoryview)) or len(bytes(root)) != _ROOT:
        raise InvalidArgumentError(f"root is not {_ROOT} bytes")
    data, hash_ = utf8(record, "record"), (ctypes.c_uint8 * _ROOT)(*bytes(root))

    def export(stream: Any) -> None:
        call(lib.cstn_event_verify, data, len(data), hash_, lib.allocator, stream)

    return {row["path"]: row["value"] for row in Table(export).to_pylist()}
