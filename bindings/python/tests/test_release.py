"""Releases: what leaves, what is told after, and what is denied."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from sharing_network import DAY, NOW, PLACE, Deal

from constellation import ledger, privacy
from constellation.decisions import Request
from constellation.errors import (
    BudgetError,
    ClosedError,
    DeniedError,
    InvalidArgumentError,
    NotSupportedError,
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


def leave(deal, data, columns=None, **more):
    """What leaves of `data`, all under ``order.id`` and its like, and the receipt."""
    columns = columns or COLUMNS
    with release(
        deal.network, ask(list(columns.values())), data, columns, pseudonym_key=KEY, **more
    ) as leaving:
        received = leaving.read()
    return received, leaving.receipt


def test_a_receipt_verifies_a_dict_and_a_pandas_frame_that_have_lost_types():
    deal = Deal()
    deal.agree()
    received, told = leave(deal, rows())
    assert told.types == (("order", "U"), ("eta", "tsu:UTC"), ("person", "w:16"))
    assert told.verify(received)
    assert told.verify([dict(zip(received, row)) for row in zip(*received.values())])
    for column, value in (("order", "O-9"), ("eta", received["eta"][1]), ("person", bytes(16))):
        changed = {name: list(values) for name, values in received.items()}
        changed[column][0] = value
        assert not told.verify(changed)
        changed[column][0] = None
        assert not told.verify(changed)
    assert not told.verify({"order": received["order"]})
    with pytest.raises(TypeError, match=r"column 'eta' left as .*tsu:UTC.* holds str"):
        told.verify({**received, "eta": [str(value) for value in received["eta"]]})
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    received, told = leave(deal, pandas.DataFrame(rows()))
    assert isinstance(received, pandas.DataFrame) and told.verify(received)
    assert not told.verify(received.assign(order="O-9"))
    with pytest.raises(TypeError, match="column 'person' left as .*w:16"):
        told.verify(received.assign(person="token"))


ODD = {
    "date32": ([dt.date(2025, 12, 1), None], "tdD"),
    "int16": ([-7, None], "s"),
    "uint64": ([2**64 - 1, None], "L"),
    "float32": ([1.5, None], "f"),
    "float64": ([1.5, None], "g"),
    "bool_": ([True, None], "b"),
    "null": ([None, None], "n"),
    "binary": ([b"\x00\xff", None], "z"),
    "string": (["\u00e9", None], "u"),
    "timestamp:us": ([dt.datetime(2025, 12, 1, 7), None], "tsu:"),
    "timestamp:s": ([dt.datetime(1969, 12, 1, 7), None], "tss:"),
    "timestamp:ms": ([dt.datetime(2025, 12, 1, 7, 0, 0, 5000), None], "tsm:"),
    "decimal128:9:2": ([Decimal("-12.50"), None], "d:9,2"),
}


@pytest.mark.parametrize("frame", ["table", "pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("kind", list(ODD))
def test_a_receipt_verifies_each_type_in_each_kind_of_frame(kind, frame):
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip(frame) if frame != "table" else None
    name, *arguments = kind.split(":")
    made = getattr(pyarrow, name)(*(int(a) if a.isdigit() else a for a in arguments))
    values, format = ODD[kind]
    deal = Deal()
    deal.agree()
    table = pyarrow.table({"x": pyarrow.array(values, made)})
    received, told = leave(deal, table, {"x": "order.id"}, frame=frame)
    assert told.types[0][0] == "x" and told.types[0][1].startswith(format)
    if (kind, frame) == ("uint64", "pandas"):  # beside a null a float, which holds no such number
        with pytest.raises(TypeError, match="column 'x' left as .*'L'"):
            told.verify(received)
        return
    assert told.verify(received)
    if frame == "table":
        assert received["x"] == values
        assert kind == "null" or not told.verify({"x": [None, values[0]]})


def test_nan_and_null_are_not_told_apart_by_pandas_and_that_is_said():
    pyarrow, pandas = pytest.importorskip("pyarrow"), pytest.importorskip("pandas")
    deal = Deal()
    deal.agree()
    for values in ([1.5, float("nan")], [1.5, None]):
        received, told = leave(deal, pyarrow.table({"x": values}), {"x": "order.id"}, frame="pandas")
        assert told.verify(received)
        with pytest.raises(TypeError, match="null from NaN"):
            told.verify(received * 2)
        assert not told.verify(pandas.DataFrame({"x": [3.0, 1.5]}))


def test_a_dict_of_lists_gives_codes_as_what_they_mean():
    pyarrow = pytest.importorskip("pyarrow")
    deal = Deal()
    deal.agree()
    coded = pyarrow.array(["b", None, "a", "b"]).dictionary_encode()
    received, told = leave(deal, pyarrow.table({"x": coded}), {"x": "order.id"}, frame="table")
    assert received == {"x": ["b", None, "a", "b"]}
    assert told.verify(received) and not told.verify({"x": ["a", None, "a", "b"]})


def test_naive_instants_come_back_and_what_no_dict_holds_is_refused_before_it_is_charged():
    deal = Deal()
    deal.agree(deal.term(limits={"rows_in_all": 2}))
    columns = {"x": "order.id"}
    np = pytest.importorskip("numpy")
    nanoseconds = {"x": np.array(["2025-12-01T07:00:00.000000001"], "M8[ns]")}
    with pytest.raises(NotSupportedError, match=r"column 'x' is of Arrow format 'tsn:'"):
        release(deal.network, ask(["order.id"]), nanoseconds, columns)
    assert types_of(deal) == ["agreement"]
    naive = {"x": [dt.datetime(2025, 12, 1, 7), dt.datetime(2025, 12, 1, 8, 0, 0, 1)]}
    received, told = leave(deal, naive, columns)
    assert received == naive and told.verify(received)


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
