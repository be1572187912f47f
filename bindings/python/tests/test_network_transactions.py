"""Networks: transactions, what they require, and conflicts."""

import pytest

from constellation import Network
from constellation.errors import ClosedError, ConflictError, NotFoundError
from network_rows import RECORDED, at, lines


def test_a_transaction_is_seen_when_its_block_ends(net: Network) -> None:
    with net.transaction() as changes:
        changes.put("partner", partner_id="d1", recorded=at(2))
        changes.import_("order", lines(2), recorded=RECORDED)
        assert len(changes) > 0 and changes.seq is None
        with pytest.raises(NotFoundError):
            net.get("partner", "d1")
    assert changes.seq == 4 and changes.closed
    assert net.get("order", "O-0")["seller"] == "acme" and net.get("partner", "d1")


def test_a_block_that_raises_rolls_back(net: Network) -> None:
    with pytest.raises(ZeroDivisionError):
        with net.transaction() as changes:
            changes.put("partner", partner_id="d1", recorded=at(2))
            raise ZeroDivisionError
    assert changes.closed and net.info().last_seq == 3
    with net.transaction() as changes:
        changes.put("partner", partner_id="d1", recorded=at(2))
        changes.rollback()
    assert net.info().last_seq == 3
    with pytest.raises(ClosedError):
        changes.put("partner", partner_id="d1", recorded=at(2))
    with pytest.raises(ClosedError):
        changes.import_("partner", [{"partner_id": "d1"}], recorded=at(2))


def test_a_transaction_that_failed_once_goes_on(net: Network) -> None:
    with net.transaction() as changes:
        changes.put("partner", partner_id="d1", recorded=at(2))
        with pytest.raises(NotFoundError):
            changes.delete("partner", "nobody", at(3))
        changes.delete("partner", "cargo", at(3))
    assert net.get("partner", "d1")
    with pytest.raises(NotFoundError):
        net.get("partner", "cargo")


def test_a_commit_may_require_what_was_read(net: Network) -> None:
    record = net.record("partner", "acme")
    net.put("partner", partner_id="acme", country="FR", recorded=at(3))
    with pytest.raises(ConflictError):
        with net.transaction() as changes:
            changes.require("partner", "acme", record.seq)
            changes.put("partner", partner_id="d1", recorded=at(4))
    with pytest.raises(NotFoundError):
        net.get("partner", "d1")
    with net.transaction() as changes:
        changes.require("partner", "acme", net.record("partner", "acme").seq)
        changes.require("partner", "d1", 0)
        changes.put("partner", partner_id="d1", recorded=at(4))
    assert net.get("partner", "d1")


def test_two_transactions_that_change_the_same_record_are_in_conflict(net: Network) -> None:
    first, second = net.transaction(), net.transaction()
    first.put("partner", partner_id="acme", country="DE", recorded=at(3))
    second.put("partner", partner_id="acme", country="FR", recorded=at(3))
    assert first.commit() == 4
    with pytest.raises(ConflictError):
        second.commit()
    second.close()
    first.put("partner", partner_id="acme", country="IT", recorded=at(4))
    assert first.commit() == 5
    assert net.get("partner", "acme")["country"] == "IT"
