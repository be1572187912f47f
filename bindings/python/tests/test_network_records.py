"""Networks: records put, got by their keys, deleted, refused."""

import pytest

from constellation import Network, Record
from constellation.errors import InvalidArgumentError, NotFoundError, StateError
from network_rows import ITEM, at, lines


def test_a_record_that_was_put_is_got_by_its_key(net: Network) -> None:
    seq = net.put("partner", partner_id="dove", country="DE", recorded=at(2))
    assert net.get("partner", "dove") == {
        "partner_id": "dove",
        "country": "DE",
        "recorded": at(2),
    }
    record = net.record("partner", ["dove"])
    assert (record.seq, record.noun, record["country"]) == (seq, "partner", "DE")


def test_fields_come_as_a_mapping_or_as_words_or_as_a_record(net: Network) -> None:
    net.put("partner", {"partner_id": "d1"}, recorded=at(2))
    net.put(Record("partner", partner_id="d2", recorded=at(2)))
    assert net.get("partner", "d1")["recorded"] == net.get("partner", "d2")["recorded"] == at(2)
    with pytest.raises(InvalidArgumentError, match="Record"):
        net.put(Record("partner", partner_id="d3", recorded=at(2)), country="DE")


def test_an_order_goes_in_and_out_with_its_lines(net: Network) -> None:
    line = {"line_number": 1, "item_id": ITEM, "qty": 5, "promised": at(3)}
    order = {"order_id": "O-1", "seller": "acme", "buyer": "bolt"}
    order.update(ordered=at(1), order_recorded=at(2))
    net.put("order", order, lines=[line, {**line, "line_number": 2}])
    assert net.get("order", "O-1") == {**order, "lines": [line, {**line, "line_number": 2}]}


def test_a_noun_may_be_named_in_the_plural(net: Network) -> None:
    net.import_("items", {"item_id": ["nail"]}, recorded="2024-05-10")
    net.put("partners", partner_id="dove", country="DE", recorded="2024-05-10")
    assert net.get("partners", "dove")["country"] == "DE"
    assert Record("items", item_id="bolt", recorded="2024-05-10").noun == "item"
    assert net.scan("items", columns=["item_id"]).to_pydict()["item_id"][-1] == "nail"
    with pytest.raises(NotFoundError, match="there is no noun 'orderss'; similar: order"):
        net.import_("orderss", {"order_id": ["1"]})


def test_the_parts_of_a_key_come_in_order(net: Network) -> None:
    order = {"order_id": "O-1", "seller": "acme", "buyer": "bolt", "ordered": at(1)}
    one = [{"line_number": 1, "item_id": ITEM, "qty": 5}]
    net.put("order", order, order_recorded=at(2), lines=one)
    net.put("order", order, order_recorded=at(2), owner="bolt", channel="web", lines=one)
    assert "channel" not in net.get("order", "O-1")
    assert net.get("order", ["O-1", "bolt"])["channel"] == "web"


def test_what_is_not_there_is_told(net: Network) -> None:
    with pytest.raises(NotFoundError, match="no partner 'nobody'"):
        net.get("partner", "nobody")
    with pytest.raises(KeyError):
        net.get("partner", "nobody")
    with pytest.raises(NotFoundError, match="similar: partner"):
        net.get("partnerss", "acme")
    with pytest.raises(NotFoundError, match="similar: country"):
        net.put("partner", partner_id="x", countri="DE")
    with pytest.raises(InvalidArgumentError):
        net.get("partner", [])


def test_a_reference_to_nothing_is_refused(net: Network) -> None:
    order = {"order_id": "O-1", "seller": "nobody", "buyer": "bolt", "ordered": at(1)}
    with pytest.raises(InvalidArgumentError, match="seller.*nobody"):
        net.put("order", order, order_recorded=at(2), lines=lines(1)[:0] or [
            {"line_number": 1, "item_id": ITEM, "qty": 5}
        ])
    with pytest.raises(NotFoundError):
        net.get("order", "O-1")


def test_a_state_that_cannot_follow_is_refused(net: Network) -> None:
    order = {"order_id": "O-1", "seller": "acme", "buyer": "bolt", "ordered": at(1)}
    one = [{"line_number": 1, "item_id": ITEM, "qty": 5}]
    net.put("order", order, order_recorded=at(2), state="closed", lines=one)
    with pytest.raises(StateError, match="closed"):
        net.put("order", order, order_recorded=at(3), state="draft", lines=one)


def test_a_deleted_record_is_seen_as_of_an_earlier_time(net: Network) -> None:
    before = net.info().last_seq
    assert net.delete("partner", "cargo", at(9)) == before + 1
    with pytest.raises(NotFoundError):
        net.get("partner", "cargo")
    assert net.get("partner", "cargo", as_of=at(8))["partner_id"] == "cargo"
    with pytest.raises(NotFoundError):
        net.delete("partner", "cargo", at(10))


def test_a_version_is_seen_as_of_its_time(net: Network) -> None:
    net.put("partner", partner_id="acme", country="DE", recorded=at(5))
    assert "country" not in net.get("partner", "acme", as_of=at(4))
    assert net.get("partner", "acme", as_of=at(5))["country"] == "DE"
    assert net.get("partner", "acme", as_of="2024-05-06")["country"] == "DE"
