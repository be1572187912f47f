"""A network with two companies that agree on something, for tests of sharing and releases."""

from __future__ import annotations

from constellation import Network, ledger
from constellation.agreements import Agreement, Body
from constellation.negotiations import PartyKeys
from constellation.terms import Term, TermSet

DAY = 86_400_000_000
NOW = 20_500 * DAY
PLACE = "fresh"
CLASSES = {
    "order.id": 2,
    "order.eta": 2,
    "order.qty": 2,
    "order.price": 4,
    "order.person": 8,
}


class Deal:
    """Keys, signers and a network of dairy, grocer and rival; `agree` signs and puts an agreement."""

    def __init__(self, path=None, relation="partner"):
        self.network = Network.open(path)
        self.keys, self.signers = PartyKeys(), {}
        with self.network.transaction() as new:
            for i, party in enumerate(("dairy", "grocer", "rival")):
                self.signers[party], verifier = ledger.generate_key(party, seed=bytes([i]) * 32)
                self.keys.add(party, verifier)
                new.put("partner", partner_id=party, recorded="2025-01-01")
                new.put(
                    "verifier", partner_id=party, use="sign", verifier=verifier,
                    recorded="2025-01-01",
                )  # fmt: skip
            for i in range(2):
                signer, verifier = ledger.generate_key(f"officer{i}", seed=bytes([i + 9]) * 32)
                self.signers[f"officer{i}"] = signer
                new.put(
                    "verifier", partner_id="dairy", use="officer", verifier=verifier,
                    recorded="2025-01-01",
                )  # fmt: skip
            new.put(
                "constellation", constellation_id=PLACE, owner_id="dairy", recorded="2025-01-01"
            )
            new.put(
                "purpose", purpose_id="planning", constellation_id=PLACE, parent_id="",
                recorded="2025-01-01",
            )  # fmt: skip
            for path, classes in CLASSES.items():
                new.put(
                    "field_class", constellation_id=PLACE, path=path, classes=classes,
                    recorded="2025-01-01",
                )  # fmt: skip
            for party in ("dairy", "grocer", "rival"):
                new.put("membership", partner_id=party, constellation_id=PLACE, recorded="2025-01-01")
            for other, what in (("grocer", relation), ("rival", "competitor")):
                for a, b in (("dairy", other), (other, "dairy")):
                    new.put(
                        "relation", declarer_id=a, other_id=b, constellation_id=PLACE,
                        relation=what, recorded="2025-01-01",
                    )  # fmt: skip

    def term(self, recipient="grocer", **changed):
        parts = {
            "provider": "dairy",
            "recipient": recipient,
            "constellation": PLACE,
            "fields": ["order.*"],
            "purpose": "planning",
            "actions": ["read"],
            "granularity": {"level": "raw"},
            "consideration": [{"kind": "explicit_none"}],
        }
        parts.update(changed)
        return Term(**parts)

    def sign(self, *terms, recipient="grocer", **body):
        """An agreement that both signed, with its terms."""
        listed = TermSet(list(terms) or [self.term(recipient)])
        made = Body(
            "dairy", recipient, PLACE, listed.digest, made_us=NOW - DAY, valid_from_us=NOW - DAY,
            **body,
        )  # fmt: skip
        note = ledger.sign_note(made.format(), self.signers["dairy"], self.signers[recipient])
        return Agreement.open(note, self.keys).with_terms(listed)

    def put(self, agreement, party="dairy"):
        with self.network.transaction() as new:
            new.put_agreement(party, agreement, NOW)

    def agree(self, *terms, recipient="grocer", **body):
        agreement = self.sign(*terms, recipient=recipient, **body)
        self.put(agreement)
        return agreement
