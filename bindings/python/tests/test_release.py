"""Releases: what leaves, what is told after, and what is denied."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sharing_network import DAY, NOW, PLACE, Deal

from constellation import ledger, privacy
from constellation.decisions import Request
from constellation.errors import (
    BudgetError,
    ClosedError,
    DeniedError,
    InvalidArgumentError,
    StateError,
    UnverifiedError,
)
from constellation.receipts import Receipt
from constellation.release import Settled, cells, checksum, noise, recover, release

COLUMNS = {"order": "order.id", "eta": "order.eta", "person": "order.person"}
KEY = bytes(range(32))


def rows():
    start = dt.datetime(2025, 12, 1, tzinfo=dt.timezone.utc)
    return {
        "order": [f"O-{i}" for i in range(6)],
        "eta": [start + dt.timedelta(hours=i) for i in range(6)],
        "person": ["ann", "bob", "ann", None, "cyd", "bob"],
        "cost": [1, 2, 3, 4, 5, 6],
    }


def ask(paths=tuple(COLUMNS.values()), recipient="grocer", **more):
    more.setdefault("now_us", NOW)
    return Request(
        PLACE, "dairy", recipient, list(paths), "planning", downgrade_ok=True, **more
    )


def types_of(deal, party="dairy", place=PLACE):
    return [json.loads(entry)["type"] for entry in deal.network.log(party, place).read()]


def test_rows_leave_and_the_recipient_verifies_them():
    pyarrow = pytest.importorskip("pyarrow")
    deal = Deal()
    deal.agree()
    table = pyarrow.table(rows())
    with release(deal.network, ask(), table, COLUMNS, pseudonym_key=KEY) as leaving:
        assert leaving.column_names == ["order", "eta", "person"]
        assert leaving.decision.fields[0].level == "raw" and len(leaving.id) == 32
        received = leaving.read()
    told = leaving.receipt
    assert received.column("order").to_pylist() == rows()["order"]
    tokens = received.column("person").to_pylist()
    assert tokens[3] is None and len(tokens[0]) == 16
    assert tokens[0] == tokens[2] != tokens[1] and len(set(tokens)) == 4
    assert (told.rows, told.columns_dropped, told.form, told.complete) == (6, 1, "pseudonym", True)
    assert told.release == leaving._receipt.release and told.recipient == "grocer"
    assert told.verify(received)
    assert not told.verify(received.slice(1))
    assert json.loads(told.json)["rows"] == 6
    assert types_of(deal) == ["agreement", "release_open", "release_close"]
    entry = json.loads(deal.network.log("dairy", PLACE)[told.closed_index])
    assert entry["checksum"] == told.checksum.hex()


def test_a_dict_gives_dicts_and_batches_come_one_by_one():
    deal = Deal()
    deal.agree()
    with release(deal.network, ask(), rows(), COLUMNS, pseudonym_key=KEY) as leaving:
        batches = list(leaving)
    assert [batch["order"] for batch in batches] == [rows()["order"]]
    assert leaving.receipt.batches == 1 and leaving.receipt.rows == 6
    assert [len(token or b"") for token in batches[0]["person"]] == [16, 16, 16, 0, 16, 16]
    with release(deal.network, ask(["order.id"]), rows(), {"order": "order.id"}) as leaving:
        assert leaving.read() == {"order": rows()["order"]}


def test_frames_of_pandas_and_polars_come_back():
    deal = Deal()
    deal.agree()
    paths, columns = ["order.id"], {"order": "order.id"}
    for library in ("pandas", "polars"):
        module = pytest.importorskip(library)
        frame = module.DataFrame({"order": rows()["order"]})
        with release(deal.network, ask(paths), frame, columns) as leaving:
            received = leaving.read()
        assert isinstance(received, module.DataFrame)
        assert list(received["order"]) == rows()["order"]
        assert leaving.receipt.verify(received)


def test_a_denial_says_nothing_and_is_logged():
    deal = Deal()
    deal.agree()
    said = set()
    for request in (
        ask(recipient="rival"),
        ask(["route.driver"]),
        ask(recipient="nobody"),
    ):
        with pytest.raises(DeniedError) as denied:
            release(
                deal.network, request, rows(), {"order": json.loads(request.json)["paths"][0]}
            )
        said.add(str(denied.value))
    assert len(said) == 1 and "not available" in said.pop()
    assert set(types_of(deal, place=None)) == {"denial"}
    assert types_of(deal) == ["agreement"]


def test_spent_rows_end_a_release_and_the_rest_is_given_back():
    deal = Deal()
    deal.agree(deal.term(limits={"rows_in_all": 8}))
    paths, columns = ["order.id"], {"order": "order.id"}
    with release(deal.network, ask(paths), rows(), columns) as leaving:
        leaving.read()
    with release(deal.network, ask(paths), rows(), columns) as leaving:
        with pytest.raises(BudgetError):
            leaving.read()
    assert (leaving.receipt.rows, leaving.receipt.complete) == (0, False)
    pytest.importorskip("pyarrow")
    import pyarrow

    with release(deal.network, ask(paths), pyarrow.table(rows()), columns) as leaving:
        with pytest.raises(BudgetError):
            leaving.read()


def test_a_release_that_raises_is_closed():
    deal = Deal()
    deal.agree()
    with pytest.raises(ZeroDivisionError):
        with release(deal.network, ask(["order.id"]), rows(), {"order": "order.id"}) as leaving:
            1 / 0  # noqa: B018
    assert leaving.receipt.rows == 0 and not leaving.receipt.complete
    assert types_of(deal)[-1] == "release_close"
    with pytest.raises(ClosedError):
        leaving.read()
    assert recover(deal.network, NOW) == 0


def test_cells_leave_between_competitors():
    deal = Deal()
    deal.agree(recipient="rival")
    old = NOW - 100 * DAY
    data = {
        "price": [10, 20, 30, 40, 50, 60, 70, 80, 90],
        "id": ["a"] * 9,
        "firm": list("ABCABCABC"),
        "day": [dt.datetime.fromtimestamp(old / 1e6, dt.timezone.utc)] * 9,
        "row": list(range(9)),
    }
    request = ask(
        ["order.id", "order.price"], "rival", level="aggregated", data_us=(old - DAY, old + DAY)
    )
    how = cells(["id"], {"price": "mean"}, company="firm", row="row", k=5)
    with release(
        deal.network, request, data, {"id": "order.id", "price": "order.price"}, time="day",
        data_set="orders", cells=how,
    ) as leaving:  # fmt: skip
        assert leaving.read() == {"id": ["a"], "rows": [9], "price_mean": [50.0]}
    assert leaving.receipt.form == "aggregated"


def test_noise_is_paid_for_once():
    deal = Deal()
    deal.agree(
        deal.term(
            granularity={"level": "noised", "nano_epsilon": 500_000_000, "sensitivity": 1},
            limits={"nano_epsilon": 1_100_000_000, "period_us": 365 * DAY},
        )
    )
    request = ask(["order.id"], level="noised", nano_epsilon=500_000_000)
    columns, how = {"order": "order.id"}, noise("count", subject="person")
    people = {"order": rows()["order"], "person": [1, 2, 3, 4, 5, 6]}
    answers = []
    for _ in range(2):
        with release(
            deal.network, request, people, columns, data_set="orders", noise=how
        ) as leaving:
            answers.append(leaving.read())
        answers.append(leaving.receipt.nano_epsilon)
    assert answers[0] == answers[2] and answers[1::2] == [500_000_000, 0]


@pytest.mark.parametrize(("threshold", "exists"), [(5, True), (6, False)])
def test_existence_is_one_row_that_says_whether_there_are_enough(threshold, exists):
    deal = Deal()
    deal.agree(deal.term(granularity={"level": "existence", "threshold": threshold}))
    request = ask(["order.id", "order.person"], level="existence")
    columns = {"order": "order.id", "person": "order.person"}  # of six rows one has no person
    with release(deal.network, request, rows(), columns) as leaving:
        assert leaving.read() == {"exists": [exists], "at_least": [threshold]}
    told = leaving.receipt
    assert (told.form, told.rows, told.complete) == ("existence", 1, True)


def test_known_noise_is_told_again_when_the_budget_is_spent():
    deal = Deal()
    deal.agree(
        deal.term(
            granularity={"level": "noised", "nano_epsilon": 500_000_000, "sensitivity": 1},
            limits={"nano_epsilon": 500_000_000, "period_us": 365 * DAY},
        )
    )
    request = ask(["order.id"], level="noised", nano_epsilon=500_000_000)
    columns, how = {"order": "order.id"}, noise("count", subject="person")
    people = {"order": rows()["order"], "person": [1, 2, 3, 4, 5, 6]}

    def answer(data_set):
        with release(
            deal.network, request, people, columns, data_set=data_set, noise=how
        ) as leaving:
            return leaving.read(), leaving.decision.fields[0].reason

    first = answer("orders")
    assert first[1] == "PERMIT" and answer("orders") == first
    with pytest.raises(DeniedError):
        answer("others")
    assert answer("orders") == first


def test_generalised_columns_go_up_their_ladder():
    deal = Deal()
    deal.agree(deal.term(granularity={"level": "generalised", "steps": [{"path": "order.qty", "step": 2}]}))
    columns = {"qty": "order.qty"}
    ladder = {"qty": [privacy.bucket(10), privacy.bucket(100)]}
    data = {"qty": [5, 57, 123]}
    with release(deal.network, ask(["order.qty"]), data, columns, ladders=ladder) as leaving:
        assert leaving.read() == {"qty": [0, 0, 100]}
    with pytest.raises(InvalidArgumentError):
        release(deal.network, ask(["order.qty"]), data, columns, ladders={"qty": ladder["qty"][:1]})
    with pytest.raises(InvalidArgumentError):
        release(deal.network, ask(["order.qty"]), data, columns, ladders={"other": ladder["qty"]})


def test_deletion_fulfils_what_the_release_made_owed():
    deal = Deal()
    term = deal.term(retention={"max_us": 10 * DAY, "then": "delete", "proof": True})
    agreement = deal.agree(term)
    with release(deal.network, ask(["order.id"]), rows(), {"order": "order.id"}) as leaving:
        leaving.read()
    late = ask(["order.id"], now_us=NOW + 11 * DAY)
    assert deal.network.rules().decide(late).reason == "DUTY_VIOLATED"
    done = Receipt(
        "deleted", "grocer", NOW + 9 * DAY, agreement.digest, release=leaving.receipt.release
    )
    with deal.network.transaction() as new:
        new.put_receipt(done.sign(deal.signers["grocer"]), NOW + 9 * DAY)
    assert deal.network.rules().decide(late)
    assert types_of(deal)[-2:] == ["receipt", "duty"]


def test_a_checkpoint_must_be_settled():
    deal = Deal()
    deal.agree()
    witness, verifier = ledger.generate_key("grocer.example", "witness", seed=b"\x21" * 32)
    deal.keys.add("grocer", verifier, "witness")
    shipper = ledger.verifier_of(deal.signers["dairy"])
    bare = deal.network.log("dairy", PLACE).checkpoint(deal.signers["dairy"])
    signed = bare + ledger.cosign(bare, [shipper], witness, NOW // 1_000_000 - 5)

    def leave(checkpoint, **more):
        return release(
            deal.network, ask(["order.id"]), rows(), {"order": "order.id"},
            settled=Settled(checkpoint, deal.keys, ["grocer"], 1, **more),
        )  # fmt: skip

    for checkpoint, more in ((bare, {}), (signed, {"max_age_us": 4_000_000})):
        with pytest.raises(UnverifiedError):
            leave(checkpoint, **more)
    assert types_of(deal) == ["agreement"]
    with leave(signed, max_age_us=6_000_000) as leaving:
        assert leaving.read()["order"] == rows()["order"]


def test_what_is_malformed_is_refused():
    deal = Deal()
    deal.agree()
    with pytest.raises(InvalidArgumentError, match="pseudonym_key has 3 bytes"):
        release(deal.network, ask(), rows(), COLUMNS, pseudonym_key=b"abc")
    with pytest.raises(InvalidArgumentError, match="salt has 2 bytes"):
        checksum(rows(), b"ab")
    with release(deal.network, ask(["order.id"]), rows(), {"order": "order.id"}) as leaving:
        leaving.finish()
        with pytest.raises(StateError):
            leaving.read()
