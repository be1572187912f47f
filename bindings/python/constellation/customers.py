"""Personal data of customers: the network has their records, a vault what is personal.

A network refuses personal fields. They are cells of a vault, under keys of the customer, read for a
purpose that the customer allows, and gone with the keys.

Examples
--------
>>> from constellation import Network, ledger, vault
>>> signer, verifier = ledger.generate_key("shop.example", seed=bytes(32))
>>> net = Network.open()
>>> net.put("customer", customer_id="c-17", kind="person", country="GB", recorded="2025-12-01")
1
>>> net.put(
...     "consent", consent_id="1", customer_id="c-17", purpose=4, basis="consent",
...     state="granted", valid_from="2025-12-01", recorded="2025-12-01",
... )
2
>>> safe = vault.Vault(root_key=bytes(32), log=net, party="shop", signer=signer)
>>> people = Customers(net, safe)
>>> people.put("c-17", {"name": "Ada Lovelace", "email": "Ada@Example.org"}, now="2025-12-01")
>>> people.get("c-17", "name", "marketing", "2025-12-02")
'Ada Lovelace'
>>> people.find("email", "ada@example.org", "marketing", "2025-12-02")
Found(customers=['c-17'], no_consent=0)
>>> people.find("email", "ada@example.org", "analytics", "2025-12-02")
Found(customers=[], no_consent=1)
>>> told = people.export("c-17", now="2025-12-02")
>>> told["personal"], [row["state"] for row in told["consents"]], told["verdicts"]["happy"]
({'email': 'Ada@Example.org', 'name': 'Ada Lovelace'}, ['granted'], 'unknown')
>>> proof = people.erase("c-17", "no letters", now="2025-12-02", categories=["contact"])
>>> people.get("c-17", "name", "marketing", "2025-12-02")
'Ada Lovelace'
>>> proof = people.erase("c-17", "asked by the customer", now="2025-12-03")
>>> sorted(net.snapshot().get("customer", "c-17"))
['customer_id', 'kind', 'recorded']
>>> people.get("c-17", "name", "marketing", "2025-12-04")
Traceback (most recent call last):
    ...
constellation.errors.ErasedError: the subject was erased
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterable, Mapping
from typing import Any, Dict, List, NamedTuple, Optional, Union

from . import _cdefs as c
from ._native import blob, bytes_pointer, c_text, call, lib, made_bytes, out, text_of
from .errors import InvalidArgumentError
from .loyalty import Loyalty
from .network import Network
from .stages import StagePolicy
from .times import TimeLike, to_us
from .vault import Value, Vault, _category_array, _matches, _question

__all__ = ["Customers", "Found", "fields"]


class Found(NamedTuple):
    """Who was found by a value."""

    #: ids, in order
    customers: List[str]
    #: how many were left out, as they do not allow the purpose
    no_consent: int


def fields() -> Dict[str, bool]:
    """The personal fields of a customer, and whether one is searched.

    Examples
    --------
    >>> fields()["email"], fields()["city"]
    (True, False)
    """
    return {
        text_of(lib.cstn_customer_field_name(i)): lib.cstn_customer_field_form(i)
        != c.CSTN_VAULT_FORM_NONE
        for i in range(lib.cstn_customer_field_count())
    }


class Customers:
    """Customers of a network whose personal data is in a vault.

    Parameters
    ----------
    network : Network
        Has the records ``customer`` and ``consent``.
    vault : Vault
        Keeps the personal fields; with a log, if customers are to be erased.
    owner : str, optional
        Whose records they are; None: the network's own. One vault keeps the customers of one owner.

    Notes
    -----
    It holds neither: close both yourself. Any thread may use it.
    """

    def __init__(self, network: Network, vault: Vault, owner: Optional[str] = None) -> None:
        self.network, self.vault, self.owner = network, vault, owner

    def put(self, customer: str, fields: "Mapping[str, Value]", *, now: TimeLike) -> None:
        """Keep personal fields of a customer on record, all or none; what is there is replaced.

        NotFoundError without such a record or field, ErasedError after an erasure,
        InvalidArgumentError for a value without its form: an e-mail, a phone number +49.., a birth
        date YYYY-MM-DD. One durable commit of the vault.
        """
        array = (c.cstn_customer_field * max(len(fields), 1))()
        for row, (name, value) in zip(array, fields.items()):
            data = blob(value, "value")
            row.name = c_text(name, "field")
            row.value, row.value_size = bytes_pointer(data), len(data)
        call(
            lib.cstn_customer_put,
            self.vault._live(),
            self.network._live(),
            c_text(customer, "customer"),
            self._owner(),
            array,
            len(fields),
            to_us(now, "now"),
        )

    def get(
        self,
        customer: str,
        field: str,
        purpose: Union[str, int],
        now: TimeLike,
        constellation: Optional[str] = None,
    ) -> str:
        """A personal field, for a purpose (see `vault.consent`) that the customer allows.

        ErasedError first, then DeniedError without consent, then NotFoundError.
        """
        question = _question(customer, purpose, now, constellation, self.owner, None)
        with self.network.snapshot() as snapshot:
            found = made_bytes(
                lib.cstn_customer_get,
                self.vault._live(),
                snapshot._live(),
                ctypes.byref(question),
                c_text(field, "field"),
            )
        return found.decode()

    def find(
        self,
        field: str,
        value: Value,
        purpose: Union[str, int],
        now: TimeLike,
        constellation: Optional[str] = None,
    ) -> Found:
        """Customers by a field's value, alike once both have its form, who allow the purpose."""
        question = _question("", purpose, now, constellation, self.owner, None)
        question.customer = None
        data, found, left_out = blob(value, "value"), out(c.cstn_vault_matches), ctypes.c_uint64()
        with self.network.snapshot() as snapshot:
            call(
                lib.cstn_customer_find,
                self.vault._live(),
                snapshot._live(),
                ctypes.byref(question),
                c_text(field, "field"),
                bytes_pointer(data),
                len(data),
                ctypes.byref(found),
                ctypes.byref(left_out),
            )
        return Found(_matches(found), left_out.value)

    def export(
        self,
        customer: str,
        *,
        now: TimeLike,
        policy: Union[StagePolicy, str, None] = None,
        judge: Optional[Loyalty] = None,
    ) -> Dict[str, Any]:
        """All that network and vault hold of a customer, to be given to the customer.

        It is the customer's right: no purpose is asked for. After an erasure ``personal`` is
        empty, and ``erased`` has the entries of the log.

        Parameters
        ----------
        policy : StagePolicy, str, optional
            By which stages are told; None: the built-in one.
        judge : Loyalty, optional
            Whose parameters verdicts are judged by, but for its ``as_of``; None: the defaults.

        Returns
        -------
        dict
            ``record``, ``personal``, ``erased``, ``consents``, ``interactions``, ``stages`` (the
            moves with rule, reason and events), ``verdicts`` (with their evidence, and
            ``explained``), and ``customer_id``, ``owner``, ``as_of``, ``type``. Times are text.
            Verdicts rest on interactions alone; ``left_out`` counts those that were not taken.
        """
        when = to_us(now, "now")
        rules = policy if isinstance(policy, StagePolicy) else StagePolicy(policy)
        options = c.cstn_customer_export_options(
            struct_size=ctypes.sizeof(c.cstn_customer_export_options),
            owner=self._owner(),
            now_us=when,
            stage_policy=rules._live(),
            verdicts=None if judge is None else ctypes.pointer(judge._judging(when)),
        )
        with self.network.snapshot() as snapshot:
            text = made_bytes(
                lib.cstn_customer_export,
                self.vault._live(),
                snapshot._live(),
                c_text(customer, "customer"),
                ctypes.byref(options),
            )
        told: Dict[str, Any] = json.loads(text)
        return told

    def erase(
        self,
        customer: str,
        reason: str,
        *,
        now: TimeLike,
        categories: "Optional[Iterable[Union[str, int]]]" = None,
        events: bool = False,
    ) -> str:
        """Erase a customer: keys first, then the record has id, owner and kind alone. The proof.

        Done again it gives the same entry. StateError under a legal hold, which a record with
        ``legal_hold`` begins and `Vault.lift` ends. See `Vault.erase`.

        Parameters
        ----------
        categories : iterable of str or int, optional
            The keys of these alone are destroyed, as of `Vault.erase`, and the record stays.
        events : bool
            The customer's interactions are deleted from the network; else they stay.
        """
        array = None if categories is None else _category_array(categories)
        if array is not None and not len(array):
            raise InvalidArgumentError("categories is empty; None erases the customer")
        how = c.cstn_customer_erasure(
            struct_size=ctypes.sizeof(c.cstn_customer_erasure),
            flags=c.CSTN_ERASE_EVENTS if events else 0,
            owner=self._owner(),
            categories=array,
            n_categories=0 if array is None else len(array),
            reason=c_text(reason, "reason"),
            now_us=to_us(now, "now"),
        )
        return made_bytes(
            lib.cstn_customer_erase_categories,
            self.vault._live(),
            self.network._live(),
            c_text(customer, "customer"),
            ctypes.byref(how),
        ).decode()

    def _owner(self) -> Optional[bytes]:
        return None if self.owner is None else c_text(self.owner, "owner")
