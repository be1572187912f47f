"""Networks: what companies are to each other, and which events count."""

import pytest

import constellation as cstn
from constellation import Network
from constellation.errors import InvalidArgumentError
from network_rows import RECORDED, at


@pytest.fixture
def related(net: Network) -> Network:
    for name in ("steel", "retail"):
        net.put("constellation", constellation_id=name, owner_id="acme", recorded=at(1))
    for name, words in {"steel": "partner", "retail": "competitor"}.items():
        for a, b in (("acme", "bolt"), ("bolt", "acme")):
            net.put(
                "relation",
                declarer_id=a,
                other_id=b,
                constellation_id=name,
                relation=words,
                recorded=at(1),
                **{"from": at(2)},
            )
    return net


def test_two_companies_are_partners_here_and_competitors_there(related: Network) -> None:
    assert related.relation("acme", "bolt", "steel", at(3)) == "partner"
    assert related.relation("bolt", "acme", "retail", at(3)) == "competitor"
    assert related.relation("acme", "bolt", "steel", at(1)) == "undeclared"
    assert related.relation("acme", "cargo", "steel", at(3)) == "undeclared"
    with pytest.raises(InvalidArgumentError):
        related.relation("acme", "acme", "steel", at(3))
    pairs = related.dual_pairs(at(3), frame="table").to_pylist()
    assert pairs == [
        {"a": "acme", "b": "bolt", "partner_in": "steel", "competitor_in": "retail"}
    ]


def event(name: str, day: int, role: str = "carrier", **more: object) -> dict:
    fields = {"event_id": name, "subject_kind": "order", "subject_id": "O-0", "type": "delivered"}
    fields.update({"class": "actual", "occurred": at(day), "recorded": at(day + 1)})
    return {**fields, "source_role": role, **more}


def test_of_several_events_the_one_that_counts_is_told(orders: Network) -> None:
    orders.put("event", event("e1", 4))
    orders.put("event", event("e2", 6, "consignee"))
    orders.put("event", event("e3", 5, "consignee", **{"class": "planned"}))
    found = orders.effective_events(frame="table")
    assert found.rows.to_pydict()["event_id"] == ["e2"]
    assert found.counts["events"] == 3 and found.counts["effective"] == 1
    assert len(found.conflicts.to_pylist()) == found.counts["conflicts"] == 1
    first = orders.effective_events("O-0", precedence=["carrier"], frame="table")
    assert first.rows.to_pydict()["event_id"] == ["e1"]
    early = orders.effective_events(as_of=at(5), frame="table")
    assert early.rows.to_pydict()["event_id"] == ["e1"]
    assert orders.effective_events("O-9", frame="table").rows.to_pylist() == []


def test_events_out_of_json_go_in_as_they_are(net: Network) -> None:
    document = """{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "departing", "eventID": "urn:x:1",
        "eventTime": "2024-05-02T08:00:00Z", "eventTimeZoneOffset": "+02:00",
        "epcList": ["urn:epc:id:sscc:4012345.0000000001"]}"""
    net.import_("event", cstn.read_epcis(document), recorded=RECORDED)
    assert net.get("event", "urn:x:1")["type"] == "departed"
