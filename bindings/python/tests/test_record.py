"""Nouns, fields and records."""

import datetime as dt
import decimal
import gc
import json
import threading

import numpy as np
import pandas as pd
import pytest

import constellation as cstn
from constellation import Record, nouns
from constellation.errors import ArithmeticOverflowError, InvalidArgumentError, NotFoundError

UTC = dt.timezone.utc
NOON = dt.datetime(2024, 5, 1, 12, tzinfo=UTC)


def order(**more: object) -> Record:
    fields = dict(order_id="O-1", seller="a", buyer="b", ordered=NOON, order_recorded=NOON)
    lines = [
        {"line_number": 1, "item_id": "X", "qty": 5, "promised": "2024-05-03T10:00Z"},
        {"line_number": 2, "item_id": "Y", "qty": 7, "damaged": False},
    ]
    return Record("order", {**fields, **more}, lines=lines)


def test_nouns_say_what_they_are_and_what_their_fields_mean() -> None:
    known = nouns()
    assert {"partner", "constellation", "order", "shipment", "event", "customer"} <= set(known)
    assert known["event"].append_only and not known["order"].append_only
    assert known["order"].has_lines and not known["partner"].has_lines
    assert known["order"].key == ("order_id", "owner")
    field = known["order"].fields["seller"]
    assert (field.type, field.nullable, field.line, field.refers) == ("text", False, False, "partner")
    assert known["order"].fields["qty"].line
    assert "accepted" in known["order"].fields["state"].codes
    assert known["partner"].fields["gln"].rule
    for noun in known.values():
        assert noun.doc and noun.key, noun.name
        for name, field in noun.fields.items():
            assert name == field.name and field.doc and field.type != "unknown", name


def test_the_list_of_nouns_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        nouns()["order"] = None
    with pytest.raises(TypeError):
        nouns()["order"].fields["x"] = None


def test_a_record_gives_back_what_it_was_made_of_in_the_fields_types() -> None:
    record = order(priority=2, ship_complete=True)
    assert (record.noun, record.seq, len(record)) == ("order", 0, 2)
    assert record["order_id"] == "O-1" and record["priority"] == 2
    assert record["ship_complete"] is True and record["channel"] is None
    assert record["ordered"] == NOON and record["ordered"].tzinfo is UTC
    first, second = record.lines
    assert first["promised"] == dt.datetime(2024, 5, 3, 10, tzinfo=UTC)
    assert second == {"line_number": 2, "item_id": "Y", "qty": 7, "damaged": False}
    assert record.to_dict()["lines"] == record.lines
    assert json.loads(record.to_json())["lines"][1]["qty"] == 7


def test_a_record_of_a_noun_without_lines_has_none() -> None:
    partner = Record("partner", partner_id="é", recorded=NOON)
    assert partner.to_dict() == {"partner_id": "é", "recorded": NOON}
    assert len(partner) == 0 and partner
    with pytest.raises(InvalidArgumentError, match="lines"):
        Record("partner", partner_id="é", recorded=NOON, lines=[{"qty": 1}])


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))),
        "2024-05-01T12:00:00Z",
        pd.Timestamp(NOON),
        np.datetime64("2024-05-01T12:00:00Z".rstrip("Z")).astype("datetime64[us]").astype(int),
    ],
)
def test_a_time_may_be_said_in_many_ways(value: object) -> None:
    assert order(ordered=value)["ordered"] == NOON


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="ordered.*zone"):
        order(ordered=NOON.replace(tzinfo=None))


@pytest.mark.parametrize("missing", [None, pd.NaT, pd.NA])
def test_nothing_is_null(missing: object) -> None:
    assert order(channel=missing, priority=missing)["channel"] is None


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3), "3"])
def test_whole_numbers_of_any_kind_are_taken(value: object) -> None:
    assert order(priority=value)["priority"] == 3


@pytest.mark.parametrize("value", [True, np.True_, 1, "1"])
def test_flags_of_any_kind_are_taken(value: object) -> None:
    assert order(ship_complete=value)["ship_complete"] is True


@pytest.mark.parametrize(
    "value, error",
    [
        (1 << 40, InvalidArgumentError),
        (1 << 70, ArithmeticOverflowError),
        (1.5, InvalidArgumentError),
        (decimal.Decimal("1.5"), InvalidArgumentError),
        ([1], InvalidArgumentError),
        ("one", cstn.FormatError),
    ],
)
def test_what_is_no_value_of_the_field_is_refused(value: object, error: type) -> None:
    with pytest.raises(error, match="priority"):
        order(priority=value)


def test_errors_name_every_rule_that_is_broken_and_what_is_similar() -> None:
    with pytest.raises(InvalidArgumentError, match="seller.*buyer.*at least one line"):
        Record("order", order_id="O-1", ordered=NOON, order_recorded=NOON)
    with pytest.raises(NotFoundError, match="similar: order_id"):
        Record("order", ordr_id="x")
    with pytest.raises(NotFoundError, match="similar: order"):
        Record("ordr")
    with pytest.raises(InvalidArgumentError, match="NUL"):
        Record("order\0")
    with pytest.raises(NotFoundError, match="'qty' is a field of lines"):
        order()["qty"]
    with pytest.raises(NotFoundError, match="'qtty' is no field"):
        order()["qtty"]


def test_records_of_the_same_values_are_equal() -> None:
    assert order() == order() and hash(order()) == hash(order())
    assert order() != order(priority=1) and order() != 1


def test_a_record_is_shared_by_threads_and_closed_when_it_is_said() -> None:
    record, seen = order(), []
    threads = [threading.Thread(target=lambda: seen.append(record.to_dict())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [record.to_dict()] * 8
    record.close()
    assert repr(record) == "Record(closed)"
    with pytest.raises(cstn.ClosedError):
        record.to_dict()


def test_records_and_their_failures_leave_nothing_behind(counting) -> None:
    with counting.nothing_left():
        order().to_json()
        for bad in (dict(priority="one"), dict(seller=None)):
            with pytest.raises(cstn.ConstellationError):
                order(**bad)
        gc.collect()
