"""What vault.h declares."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_uint8,
    c_void_p,
)
from typing import Any

from .alloc import ALLOCATOR, cstn_buffer
from .common import Functions, P
from .ledger import cstn_log
from .network import cstn_network, cstn_snapshot
from .progress import cstn_progress
from .status import ERROR

CSTN_VAULT_KEY_SIZE = 32
CSTN_VAULT_VALUE_MOST = 1048576
CSTN_VAULT_CELL_EXTRA = 64
CSTN_VAULT_CELLS_MOST = 65535
CSTN_VAULT_CATEGORIES_MOST = 1024
CSTN_VAULT_REASON_MOST = 255
CSTN_VAULT_IDENTITY = 1
CSTN_VAULT_CONTACT = 2
CSTN_VAULT_ADDRESS = 3
CSTN_VAULT_BIRTH = 4
CSTN_VAULT_PAYMENT = 5
CSTN_VAULT_FREE_TEXT = 6
CSTN_VAULT_FORM_NONE = 0
CSTN_VAULT_FORM_BYTES = 1
CSTN_VAULT_FORM_EMAIL = 2
CSTN_VAULT_FORM_PHONE = 3
CSTN_VAULT_FORM_CODE = 4
CSTN_VAULT_MUST_EXIST = 2
CSTN_VAULT_MUST_BE_NEW = 4
CSTN_VAULT_SALT_SIZE = 16
CSTN_VAULT_COMMITMENT_SIZE = 32
CSTN_VAULT_PSEUDONYM_SIZE = 16
CSTN_VAULT_SUBJECT_HELD = 1
CSTN_VAULT_SUBJECT_DEFERRED = 2
CSTN_VAULT_SUBJECT_ERASED = 4
CSTN_VAULT_SUBJECT_LOGGED = 8
CSTN_PURPOSE_FULFIL = 1
CSTN_PURPOSE_SERVICE_FEEDBACK = 2
CSTN_PURPOSE_ANALYTICS = 3
CSTN_PURPOSE_MARKETING = 4
CSTN_PURPOSE_SHARE = 5
CSTN_PURPOSE_RESEARCH = 6


class cstn_vault(Structure):
    """Opaque."""


#: of cstn_vault_journal
VAULT_JOURNAL_APPEND: Any = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, P(c_uint64))


#: of cstn_vault_journal
VAULT_JOURNAL_PROVE: Any = CFUNCTYPE(
    c_int32, c_void_p, c_void_p, c_size_t, c_uint64, P(P(cstn_buffer))
)


class cstn_vault_journal(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("user", c_void_p),
        ("append", VAULT_JOURNAL_APPEND),
        ("prove", VAULT_JOURNAL_PROVE),
    ]


#: of cstn_vault_options
VAULT_ROOT_KEY: Any = CFUNCTYPE(c_int32, c_void_p, P(c_uint8))


#: of cstn_vault_options
VAULT_ENTROPY: Any = CFUNCTYPE(c_int32, c_void_p, P(c_uint8), c_size_t)


class cstn_vault_options(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("tenant", c_char_p),
        ("actor", c_char_p),
        ("root_key", VAULT_ROOT_KEY),
        ("root_key_user", c_void_p),
        ("passphrase", P(c_uint8)),
        ("passphrase_size", c_size_t),
        ("argon2_passes", c_uint64),
        ("argon2_bytes", c_uint64),
        ("entropy", VAULT_ENTROPY),
        ("entropy_user", c_void_p),
        ("log", P(cstn_log)),
        ("signer", c_char_p),
        ("network", P(cstn_network)),
        ("party", c_char_p),
        ("journal", P(cstn_vault_journal)),
    ]


class cstn_vault_cell(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("subject", c_char_p),
        ("record", c_char_p),
        ("path", c_char_p),
        ("value", P(c_uint8)),
        ("value_size", c_size_t),
        ("category", c_int32),
        ("form", c_int32),
        ("schema_version", c_uint32),
        ("reserved0", c_uint32),
    ]


class cstn_vault_matches(Structure):
    """Opaque."""


class cstn_vault_restored(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved0", c_uint32),
        ("n_restored", c_uint64),
        ("n_present", c_uint64),
        ("n_erased", c_uint64),
        ("n_unknown", c_uint64),
    ]


class cstn_consent_question(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("customer", c_char_p),
        ("owner", c_char_p),
        ("constellation", c_char_p),
        ("purpose", c_int32),
        ("reserved0", c_int32),
        ("now_us", c_int64),
        ("known_us", c_int64),
    ]


class cstn_consent(Structure):
    """Fields as in the header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("granted", c_int32),
        ("on_record", c_int32),
        ("reserved0", c_int32),
        ("valid_from_us", c_int64),
        ("valid_until_us", c_int64),
        ("recorded_us", c_int64),
    ]


DECLARED: Functions = {
    "cstn_vault_open": (
        c_int32,
        (c_char_p, P(cstn_vault_options), ALLOCATOR, P(P(cstn_vault)), ERROR),
    ),
    "cstn_vault_close": (c_int32, (P(cstn_vault), ERROR)),
    "cstn_vault_free": (None, (P(cstn_vault),)),
    "cstn_vault_put": (c_int32, (P(cstn_vault), P(cstn_vault_cell), c_size_t, c_int64, ERROR)),
    "cstn_vault_get": (
        c_int32,
        (P(cstn_vault), c_char_p, c_char_p, c_char_p, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_vault_seal": (
        c_int32,
        (P(cstn_vault), P(cstn_vault_cell), c_int64, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_vault_unseal": (
        c_int32,
        (P(cstn_vault), c_void_p, c_size_t, c_char_p, c_char_p, c_uint32, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_vault_find": (
        c_int32,
        (P(cstn_vault), c_char_p, c_int32, P(c_uint8), c_size_t, P(P(cstn_vault_matches)), ERROR),
    ),
    "cstn_vault_matches_count": (c_size_t, (P(cstn_vault_matches),)),
    "cstn_vault_matches_record": (c_char_p, (P(cstn_vault_matches), c_size_t)),
    "cstn_vault_matches_free": (None, (P(cstn_vault_matches),)),
    "cstn_vault_commit": (c_int32, (P(cstn_vault), P(cstn_vault_cell), c_int64, P(c_uint8), ERROR)),
    "cstn_vault_salt": (c_int32, (P(cstn_vault), c_char_p, c_char_p, c_char_p, P(c_uint8), ERROR)),
    "cstn_vault_commitment": (
        c_int32,
        (P(c_uint8), c_char_p, c_void_p, c_size_t, P(c_uint8), ERROR),
    ),
    "cstn_vault_pseudonym": (c_int32, (P(cstn_vault), c_char_p, c_char_p, P(c_uint8), ERROR)),
    "cstn_vault_erase_subject": (
        c_int32,
        (P(cstn_vault), c_char_p, c_char_p, c_int64, P(P(cstn_buffer)), ERROR),
    ),
    "cstn_vault_erase_categories": (
        c_int32,
        (
            P(cstn_vault),
            c_char_p,
            P(c_int32),
            c_size_t,
            c_char_p,
            c_int64,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
    "cstn_vault_hold": (c_int32, (P(cstn_vault), c_char_p, c_char_p, c_int64, ERROR)),
    "cstn_vault_lift": (c_int32, (P(cstn_vault), c_char_p, c_char_p, c_int64, P(c_int32), ERROR)),
    "cstn_vault_subject": (c_int32, (P(cstn_vault), c_char_p, P(c_uint32), ERROR)),
    "cstn_vault_purge": (c_int32, (P(cstn_vault), P(cstn_progress), P(c_uint64), ERROR)),
    "cstn_vault_backup": (c_int32, (P(cstn_vault), c_char_p, P(cstn_progress), ERROR)),
    "cstn_vault_backup_keys": (
        c_int32,
        (P(cstn_vault), c_uint64, P(c_uint8), P(P(cstn_buffer)), ERROR),
    ),
    "cstn_vault_restore_keys": (
        c_int32,
        (
            P(cstn_vault),
            c_void_p,
            c_size_t,
            c_uint64,
            P(c_uint8),
            c_int64,
            P(cstn_vault_restored),
            ERROR,
        ),
    ),
    "cstn_snapshot_consent": (
        c_int32,
        (P(cstn_snapshot), P(cstn_consent_question), P(cstn_consent), ERROR),
    ),
    "cstn_vault_get_consented": (
        c_int32,
        (
            P(cstn_vault),
            P(cstn_snapshot),
            P(cstn_consent_question),
            c_char_p,
            P(P(cstn_buffer)),
            ERROR,
        ),
    ),
}
