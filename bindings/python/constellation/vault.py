"""Personal data that can be made to die, beside logs that forget nothing; consent by purpose.

A vault is a folder of its own. Values are encrypted under a key of their subject (the natural
person) and category, and bound to record and path. To erase a subject is to destroy its keys; what
was proved over commitments goes on to hold. Files, logs and messages name nobody.

Examples
--------
>>> from constellation import ledger, vault
>>> signer, verifier = ledger.generate_key("privacy.example", seed=bytes(32))
>>> log = ledger.Log("privacy.example/log")
>>> safe = vault.Vault(root_key=bytes(32), log=log, signer=signer)
>>> safe.put("jo", "customer.email", "Jo@Example.org", form="email", now=0)
>>> safe.find("customer.email", "email", "jo@example.org")
['jo']
>>> safe.get("jo", "customer.email")
b'Jo@Example.org'
>>> proof = safe.erase("jo", "asked by the person", now=1)
>>> safe.get("jo", "customer.email")
Traceback (most recent call last):
    ...
constellation.errors.ErasedError: the subject was erased
>>> entry = ledger.parse_proof(proof).extra
>>> ledger.verify_proof(proof, entry, [verifier])
Verified(index=0, size=1)
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, Dict, FrozenSet, List, NamedTuple, Optional, Union

from . import _cdefs as c
from . import _progress
from ._handles import Handle
from ._native import (
    blob,
    bytes_pointer,
    c_text,
    call,
    choice,
    exact,
    integer,
    lib,
    made_bytes,
    made_text,
    names_of,
    out,
    text_of,
    unsigned,
)
from .errors import InvalidArgumentError
from .ledger import Log
from .network import Network
from .times import TimeLike, to_us

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["Cell", "Consent", "Restored", "Vault", "commitment", "consent"]

_CATEGORIES: Dict[str, int] = {
    "identity": c.CSTN_VAULT_IDENTITY,
    "contact": c.CSTN_VAULT_CONTACT,
    "address": c.CSTN_VAULT_ADDRESS,
    "birth": c.CSTN_VAULT_BIRTH,
    "payment": c.CSTN_VAULT_PAYMENT,
    "free_text": c.CSTN_VAULT_FREE_TEXT,
}
_FORMS: Dict[str, int] = {
    "bytes": c.CSTN_VAULT_FORM_BYTES,
    "email": c.CSTN_VAULT_FORM_EMAIL,
    "phone": c.CSTN_VAULT_FORM_PHONE,
    "code": c.CSTN_VAULT_FORM_CODE,
}
_PURPOSES: Dict[str, int] = {
    "fulfil": c.CSTN_PURPOSE_FULFIL,
    "service_feedback": c.CSTN_PURPOSE_SERVICE_FEEDBACK,
    "analytics": c.CSTN_PURPOSE_ANALYTICS,
    "marketing": c.CSTN_PURPOSE_MARKETING,
    "share": c.CSTN_PURPOSE_SHARE,
    "research": c.CSTN_PURPOSE_RESEARCH,
}
_STATES: Dict[str, int] = {
    "held": c.CSTN_VAULT_SUBJECT_HELD,
    "deferred": c.CSTN_VAULT_SUBJECT_DEFERRED,
    "erased": c.CSTN_VAULT_SUBJECT_ERASED,
    "logged": c.CSTN_VAULT_SUBJECT_LOGGED,
}

Value = Union[bytes, bytearray, memoryview, str]
Path = Union[str, "os.PathLike[str]"]


class Cell(NamedTuple):
    """A value to be put into a vault."""

    #: the person
    subject: str
    #: the field, "customer.email"
    path: str
    value: Value
    #: the record it stands in; None: one named as the subject
    record: Optional[str] = None
    #: identity, contact, address, birth, payment, free_text, or a number from 1000
    category: Union[str, int] = "contact"
    #: bytes, email, phone, code: how it is searched; None: not at all
    form: Optional[str] = None
    schema_version: int = 1


class Restored(NamedTuple):
    """What `Vault.restore_keys` did."""

    restored: int
    #: that were there
    present: int
    #: left out: their subjects were erased since
    erased: int
    #: left out: nothing here names them
    unknown: int


class Consent(NamedTuple):
    """The answer of consent records at an instant."""

    granted: bool
    #: whether a record says so; nothing on record is no
    on_record: bool
    valid_from_us: int
    #: None: no end
    valid_until_us: Optional[int]
    recorded_us: int


def _number_or(value: Union[str, int], names: "Mapping[str, int]", what: str) -> int:
    return choice(value, names, what) if isinstance(value, str) else integer(value, 32, what)


def _cells(cells: "Iterable[Cell]") -> Any:
    """An array of C cells; what they point to lives as long as it."""
    listed = list(cells)
    array = (c.cstn_vault_cell * max(len(listed), 1))()
    for row, cell in zip(array, listed):
        value = blob(cell.value, "value")
        row.subject = c_text(cell.subject, "subject")
        row.record = c_text(cell.subject if cell.record is None else cell.record, "record")
        row.path = c_text(cell.path, "path")
        row.value, row.value_size = bytes_pointer(value), len(value)
        row.category = _number_or(cell.category, _CATEGORIES, "category")
        row.form = 0 if cell.form is None else choice(cell.form, _FORMS, "form")
        row.schema_version = unsigned(cell.schema_version, 32, "schema_version")
    return array


def _category_array(categories: "Iterable[Union[str, int]]") -> "ctypes.Array[ctypes.c_int32]":
    if isinstance(categories, (str, bytes)):
        raise InvalidArgumentError("categories is a text; a list of categories expected")
    numbers = [_number_or(category, _CATEGORIES, "category") for category in categories]
    return (ctypes.c_int32 * len(numbers))(*numbers)


def _matches(found: Any) -> List[str]:
    """The ids of what a search found, which is freed."""
    try:
        count = lib.cstn_vault_matches_count(found)
        return [text_of(lib.cstn_vault_matches_record(found, i)) for i in range(count)]
    finally:
        lib.cstn_vault_matches_free(found)


def commitment(salt: bytes, path: str, value: Value) -> bytes:
    """The commitment of a value: SHA-256 of the salt, the path's length (2 bytes), path and value.

    Whoever is shown salt, path and value verifies it.

    Examples
    --------
    >>> import hashlib
    >>> by_hand = hashlib.sha256(bytes(16) + b"\\x00\\x0b" + b"order.price" + b"1250").digest()
    >>> commitment(bytes(16), "order.price", "1250") == by_hand
    True
    """
    data, made = blob(value, "value"), (ctypes.c_uint8 * c.CSTN_VAULT_COMMITMENT_SIZE)()
    call(
        lib.cstn_vault_commitment,
        bytes_pointer(exact(salt, c.CSTN_VAULT_SALT_SIZE, "salt")),
        c_text(path, "path"),
        data,
        len(data),
        made,
    )
    return bytes(made)


def _question(
    customer: str,
    purpose: Union[str, int],
    now: TimeLike,
    constellation: Optional[str],
    owner: Optional[str],
    known: Optional[TimeLike],
) -> Any:
    question = c.cstn_consent_question()
    question.customer = c_text(customer, "customer")
    question.owner = None if owner is None else c_text(owner, "owner")
    if constellation is not None:
        question.constellation = c_text(constellation, "constellation")
    question.purpose = _number_or(purpose, _PURPOSES, "purpose")
    question.now_us = to_us(now, "now")
    question.known_us = 2**63 - 1 if known is None else to_us(known, "known")
    return question


def consent(
    snapshot: "Snapshot",
    customer: str,
    purpose: Union[str, int],
    now: TimeLike,
    constellation: Optional[str] = None,
    owner: Optional[str] = None,
    known: Optional[TimeLike] = None,
) -> Consent:
    """Has a customer consented, by the records ``consent`` of a network?

    Parameters
    ----------
    purpose : str or int
        fulfil, service_feedback, analytics, marketing, share (with `constellation`), research, or a
        number from 1000. None implies another.
    now : time
        The instant; `known` is what was on record then, None what is now.

    Examples
    --------
    >>> from constellation import Network
    >>> with Network.open() as net, net.snapshot() as snapshot:
    ...     consent(snapshot, "jo", "marketing", "2024-05-01").granted
    False
    """
    question = _question(customer, purpose, now, constellation, owner, known)
    found = c.cstn_consent(struct_size=ctypes.sizeof(c.cstn_consent))
    call(lib.cstn_snapshot_consent, snapshot._live(), ctypes.byref(question), ctypes.byref(found))
    endless = found.valid_until_us == 2**63 - 1 or not found.on_record
    until = None if endless else found.valid_until_us
    return Consent(
        bool(found.granted), bool(found.on_record), found.valid_from_us, until, found.recorded_us
    )


class Vault(Handle):
    """A vault that is open. Any thread may use it; calls wait for each other.

    Parameters
    ----------
    path : path or None
        Its folder, made if it is not there; None: in memory only.
    root_key : bytes or callable
        32 bytes, or what gives them when it is called; or `passphrase`, by Argon2id.
    tenant : str
        Whose vault it is.
    actor : str, optional
        Who is written into the log.
    log : Log or Network, optional
        Where erasures are written down: a log in memory, or the private log of `party` in a
        network. `signer` is the key that signs its checkpoints.
    mode : str
        "open" makes one where there is none; "exist" and "new" insist.
    argon2 : (int, int), optional
        Passes and bytes of memory of Argon2id when the vault is made; None: 3 and 256 MiB.
    """

    _RELEASE = "cstn_vault_free"

    def __init__(
        self,
        path: Optional[Path] = None,
        *,
        root_key: Union[bytes, Callable[[], bytes], None] = None,
        passphrase: Optional[Value] = None,
        tenant: str = "default",
        actor: Optional[str] = None,
        log: Union[Log, Network, None] = None,
        signer: Optional[str] = None,
        party: Optional[str] = None,
        mode: str = "open",
        argon2: Optional["tuple[int, int]"] = None,
    ) -> None:
        options = c.cstn_vault_options(struct_size=ctypes.sizeof(c.cstn_vault_options))
        modes = {"open": 0, "exist": c.CSTN_VAULT_MUST_EXIST, "new": c.CSTN_VAULT_MUST_BE_NEW}
        options.flags = choice(mode, modes, "mode")
        options.tenant = c_text(tenant, "tenant")
        options.actor = None if actor is None else c_text(actor, "actor")
        raised: List[BaseException] = []
        if root_key is not None:
            options.root_key = _root_key(root_key, raised)
        phrase = b"" if passphrase is None else blob(passphrase, "passphrase")
        options.passphrase, options.passphrase_size = bytes_pointer(phrase), len(phrase)
        if argon2 is not None:
            options.argon2_passes = unsigned(argon2[0], 64, "passes")
            options.argon2_bytes = unsigned(argon2[1], 64, "bytes")
        options.signer = None if signer is None else c_text(signer, "signer")
        if isinstance(log, Network):
            options.network = log._live()
            options.party = c_text("" if party is None else party, "party")
        elif log is not None:
            options.log = log._live()
        pointer = out(c.cstn_vault)
        try:
            call(
                lib.cstn_vault_open,
                None if path is None else os.fsencode(path),
                ctypes.byref(options),
                lib.allocator,
                ctypes.byref(pointer),
            )
        except BaseException:
            if raised:
                raise raised.pop() from None
            raise
        self._adopt(pointer, log)

    def close(self) -> None:
        """Write what is left to write and let go of the folder."""
        if self._pointer is not None:
            pointer = self._live()
            super().close()
            call(lib.cstn_vault_close, pointer)

    # --- cells ---

    def put(
        self,
        subject: str,
        path: str,
        value: Value,
        *,
        now: TimeLike,
        record: Optional[str] = None,
        category: Union[str, int] = "contact",
        form: Optional[str] = None,
        schema_version: int = 1,
    ) -> None:
        """Keep a value, see `Cell`; one that is there is replaced. One durable commit."""
        self.put_many([Cell(subject, path, value, record, category, form, schema_version)], now=now)

    def put_many(self, cells: "Iterable[Cell]", *, now: TimeLike) -> None:
        """Keep up to 65,535 values, all or none, in one durable commit."""
        listed = list(cells)
        call(lib.cstn_vault_put, self._live(), _cells(listed), len(listed), to_us(now, "now"))

    def get(self, subject: str, path: str, record: Optional[str] = None) -> bytes:
        """A value that was put; ErasedError if its subject was erased, NotFoundError without one."""
        return made_bytes(lib.cstn_vault_get, self._live(), *_place(subject, path, record))

    def get_consented(
        self,
        snapshot: "Snapshot",
        customer: str,
        path: str,
        purpose: Union[str, int],
        now: TimeLike,
        constellation: Optional[str] = None,
        owner: Optional[str] = None,
        known: Optional[TimeLike] = None,
    ) -> bytes:
        """A customer's value for a purpose: ErasedError first, then DeniedError without consent."""
        question = _question(customer, purpose, now, constellation, owner, known)
        return made_bytes(
            lib.cstn_vault_get_consented,
            self._live(),
            snapshot._live(),
            ctypes.byref(question),
            c_text(path, "path"),
        )

    def seal(self, cell: Cell, *, now: TimeLike) -> bytes:
        """Encrypt a value for keeping elsewhere: 64 bytes more than the value."""
        return made_bytes(lib.cstn_vault_seal, self._live(), _cells([cell]), to_us(now, "now"))

    def unseal(self, sealed: bytes, record: str, path: str, schema_version: int = 1) -> bytes:
        """Decrypt what `seal` gave; CorruptError if it was made for another place, or changed."""
        return made_bytes(
            lib.cstn_vault_unseal,
            self._live(),
            sealed,
            len(sealed),
            c_text(record, "record"),
            c_text(path, "path"),
            unsigned(schema_version, 32, "schema_version"),
        )

    def find(self, path: str, form: str, value: Value) -> List[str]:
        """The records whose value at a path equals this one once both have the form."""
        data, found = blob(value, "value"), out(c.cstn_vault_matches)
        call(
            lib.cstn_vault_find,
            self._live(),
            c_text(path, "path"),
            choice(form, _FORMS, "form"),
            bytes_pointer(data),
            len(data),
            ctypes.byref(found),
        )
        return _matches(found)

    # --- commitments and pseudonyms ---

    def commit(
        self,
        subject: str,
        path: str,
        value: Value,
        *,
        now: TimeLike,
        record: Optional[str] = None,
    ) -> bytes:
        """Commit to a value under a salt of its place, see `commitment`; 32 bytes for a log."""
        made = (ctypes.c_uint8 * c.CSTN_VAULT_COMMITMENT_SIZE)()
        cells = _cells([Cell(subject, path, value, record)])
        call(lib.cstn_vault_commit, self._live(), cells, to_us(now, "now"), made)
        return bytes(made)

    def salt(self, subject: str, path: str, record: Optional[str] = None) -> bytes:
        """The salt of a place, to open its commitment to somebody."""
        made = (ctypes.c_uint8 * c.CSTN_VAULT_SALT_SIZE)()
        call(lib.cstn_vault_salt, self._live(), *_place(subject, path, record), made)
        return bytes(made)

    def pseudonym(self, scope: str, id: str) -> bytes:
        """The id that algorithms see: 16 bytes; those of two scopes do not join."""
        made = (ctypes.c_uint8 * c.CSTN_VAULT_PSEUDONYM_SIZE)()
        call(
            lib.cstn_vault_pseudonym, self._live(), c_text(scope, "scope"), c_text(id, "id"), made
        )
        return bytes(made)

    # --- erasure ---

    def erase(
        self,
        subject: str,
        reason: str,
        *,
        now: TimeLike,
        categories: "Optional[Iterable[Union[str, int]]]" = None,
    ) -> str:
        """Destroy the keys of a subject, or of some categories of it, and enter that in the log.

        The reason is logged: no personal data in it. A legal hold defers (StateError). Done again
        it gives the same entry. A category that was erased stays so (ErasedError). A subject that
        was never here is erased too, for data of it that still arrive, and its id is blocked for
        ever: look whether `state` knows an id that people typed.

        Parameters
        ----------
        categories : iterable of str or int, optional
            As of `put`; the others live. None: all, and the subject is erased.

        Returns
        -------
        str
            The inclusion proof; its entry is ``ledger.parse_proof(proof).extra``.
        """
        whose, why, when = c_text(subject, "subject"), c_text(reason, "reason"), to_us(now, "now")
        if categories is None:
            return made_text(lib.cstn_vault_erase_subject, self._live(), whose, why, when)
        array = _category_array(categories)
        return made_text(
            lib.cstn_vault_erase_categories, self._live(), whose, array, len(array), why, when
        )

    def hold(self, subject: str, reason: str, *, now: TimeLike) -> None:
        """Put a subject under legal hold: erasure is deferred. Logged."""
        arguments = (c_text(subject, "subject"), c_text(reason, "reason"), to_us(now, "now"))
        call(lib.cstn_vault_hold, self._live(), *arguments)

    def lift(self, subject: str, reason: str, *, now: TimeLike) -> bool:
        """Lift a hold; whether an erasure was asked for meanwhile. Logged."""
        deferred = ctypes.c_int32()
        arguments = (c_text(subject, "subject"), c_text(reason, "reason"), to_us(now, "now"))
        call(lib.cstn_vault_lift, self._live(), *arguments, ctypes.byref(deferred))
        return bool(deferred.value)

    def state(self, subject: str) -> FrozenSet[str]:
        """How a subject stands: of held, deferred, erased, logged; NotFoundError if unknown."""
        state = ctypes.c_uint32()
        call(
            lib.cstn_vault_subject, self._live(), c_text(subject, "subject"), ctypes.byref(state)
        )
        return frozenset(names_of(state.value, _STATES))

    def purge(self, progress: "_progress.ProgressLike" = None) -> int:
        """Remove what is left of erased subjects; how many cells went."""
        cells, vault = ctypes.c_uint64(), self._live()
        _progress.run(
            lambda watched: call(lib.cstn_vault_purge, vault, watched, ctypes.byref(cells)),
            progress,
        )
        return cells.value

    # --- backups ---

    def backup(self, to: Path, progress: "_progress.ProgressLike" = None) -> None:
        """Copy the cells to a new folder, without any key."""
        vault, path = self._live(), os.fsencode(to)
        _progress.run(lambda watched: call(lib.cstn_vault_backup, vault, path, watched), progress)

    def backup_keys(self, epoch: int, epoch_key: bytes) -> bytes:
        """The table of keys under the key of an epoch, which is kept outside the vault."""
        key = exact(epoch_key, c.CSTN_VAULT_KEY_SIZE, "epoch_key")
        return made_bytes(
            lib.cstn_vault_backup_keys,
            self._live(),
            unsigned(epoch, 64, "epoch"),
            bytes_pointer(key),
        )

    def restore_keys(
        self, data: bytes, epoch: int, epoch_key: bytes, *, now: TimeLike
    ) -> Restored:
        """Put the keys of a backup back; what was erased here stays erased."""
        key = exact(epoch_key, c.CSTN_VAULT_KEY_SIZE, "epoch_key")
        counts = c.cstn_vault_restored(struct_size=ctypes.sizeof(c.cstn_vault_restored))
        call(
            lib.cstn_vault_restore_keys,
            self._live(),
            data,
            len(data),
            unsigned(epoch, 64, "epoch"),
            bytes_pointer(key),
            to_us(now, "now"),
            ctypes.byref(counts),
        )
        return Restored(counts.n_restored, counts.n_present, counts.n_erased, counts.n_unknown)


def _place(subject: str, path: str, record: Optional[str]) -> "tuple[bytes, bytes, bytes]":
    own = subject if record is None else record
    return c_text(subject, "subject"), c_text(own, "record"), c_text(path, "path")


def _root_key(key: Union[bytes, Callable[[], bytes]], raised: List[BaseException]) -> Any:
    def give(_: Any, to: Any) -> int:
        try:
            data = exact(key() if callable(key) else key, c.CSTN_VAULT_KEY_SIZE, "root_key")
        except BaseException as reason:  # noqa: B902 - C is between here and the caller
            raised.append(reason)
            return int(c.CSTN_E_INVALID_ARGUMENT)
        ctypes.memmove(to, data, len(data))
        return int(c.CSTN_OK)

    return c.VAULT_ROOT_KEY(give)
