"""Privacy and the value of data from Python: frames in, frames out, what is refused, plots."""

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest

import constellation as cstn
from constellation import data_value, privacy

ORDERS = {
    "town": ["Ulm"] * 9 + ["Bonn"] * 8 + ["Koeln"] * 7,
    "firm": list("ABCABCABC") + list("ABCDABCD") + list("AABABAB"),
    "qty": list(range(24)),
    "id": list(range(24)),
    "who": [i // 2 for i in range(24)],
    "price": [Decimal("1.25")] * 24,
    "day": [datetime.date(2024, 1 + i % 6, 3) for i in range(24)],
}


def test_measures_are_exact_fractions():
    got = privacy.measure(ORDERS, ["town"], sensitive="firm")
    assert (got.rows, got.classes, got.k, got.l) == (24, 3, 7, 2)
    assert got.alpha_exact == Fraction(4, 7) and got.alpha == 4 / 7
    assert got.t_exact is not None and float(got.t_exact) == got.t
    assert privacy.measure({"town": []}, ["town"]).k is None
    assert privacy.measure(ORDERS, ["town"]).l is None


def test_steps_make_columns_coarser():
    steps = {
        "day": privacy.calendar("quarter"),
        "town": privacy.prefix(1),
        "price": privacy.bucket(0.5),
        "qty": privacy.bucket(10, 5),
    }
    got = privacy.anonymise(ORDERS, list(steps), k=1, steps=steps).rows.to_pylist()
    assert {row["day"] for row in got} == {datetime.date(2024, 1, 1), datetime.date(2024, 4, 1)}
    assert {row["town"] for row in got} == {"U", "B", "K"}
    assert {row["price"] for row in got} == {Decimal("1.00")}
    assert {row["qty"] for row in got} == {-5, 5, 15}
    with pytest.raises(cstn.InvalidArgumentError, match="of text"):
        privacy.measure(ORDERS, ["qty"], steps={"qty": privacy.prefix(2)})


def test_anonymised_frames_are_of_the_kind_that_went_in():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"town": ["a", "a", "b"], "pay": [1.0, 2.0, float("nan")]})
    got = privacy.anonymise(frame, ["town"], k=2, keep=["pay"])
    assert list(got.rows["town"]) == ["a", "a"] and got.rows_left_out == 1
    assert got.classes_left_out == 1


def test_hierarchies_go_up():
    towns = privacy.Hierarchy({"value": ["Ulm", "Bonn"], "parent": ["South", "West"]})
    got = privacy.anonymise(ORDERS, ["town"], k=1, steps={"town": privacy.ancestor(towns)})
    assert {row["town"] for row in got.rows.to_pylist()} == {"South", "West", None}
    with pytest.raises(cstn.DuplicateError):
        privacy.Hierarchy({"value": ["a", "a"], "parent": ["b", "c"]})
    towns.close()


def test_cells_pass_rules_and_refusals_name_them():
    got = privacy.aggregate(ORDERS, ["town"], {"qty": ["sum", "mean"]}, company="firm")
    assert [row["rule"] for row in got.refused.to_pylist()] == ["margin", "companies"]
    assert [(row["town"], row["rows"], row["qty_sum"]) for row in got.cells.to_pylist()] == [
        ("Ulm", 9, 36)
    ]
    alone = privacy.aggregate(ORDERS, ["town"], {"price": "sum"}, company=None)
    assert len(alone.cells.to_pylist()) == 3
    assert alone.cells.to_pylist()[0]["price_sum"] == Decimal("10.00")


@pytest.mark.parametrize("frame", ["table", "pyarrow"])
def test_rows_that_can_be_read_once_give_all_that_is_told(frame):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({name: ORDERS[name] for name in ("town", "firm", "qty")})

    def reader():
        return pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches())

    asked = {"by": ["town"], "measures": {"qty": "sum"}, "company": "firm", "frame": frame}
    once, often = privacy.aggregate(reader(), **asked), privacy.aggregate(table, **asked)
    for told, same in zip(once, often):
        assert told.to_pylist() == same.to_pylist()
    assert often.refused.to_pylist()
    left = privacy.anonymise(reader(), ["town"], k=8, frame=frame)
    assert (len(left.rows.to_pylist()), left.rows_left_out) == (17, 7)


def test_a_guard_refuses_what_differs_too_little():
    guard = privacy.DifferenceGuard("acme", "orders")

    def told(n):
        rows = {name: column[:n] for name, column in ORDERS.items()}
        return privacy.aggregate(
            {**rows, "all": ["x"] * n}, ["all"], company="firm", guard=guard, row="id"
        )

    assert told(20).cells.to_pylist() == [{"all": "x", "rows": 20}]
    assert [row["rule"] for row in told(23).refused.to_pylist()] == ["difference"]
    assert len(guard) == 1
    again = privacy.DifferenceGuard.deserialize(guard.serialize())
    assert len(again) == 1 and again.serialize() == guard.serialize()


def test_a_suggestion_ends_without_refusals():
    rows = {**ORDERS, "age": list(range(24))}
    got = privacy.suggest(
        rows, ["age"], company="firm", steps={"age": privacy.bucket(2)}, share=0.8
    ).to_pylist()
    assert got[0]["refused"] > 0 and got[-1]["refused"] == 0
    assert got[-1]["column"] == "age"


def test_noise_is_paid_for_once():
    budget = privacy.Budget("0.5", period=datetime.timedelta(days=1))
    ask = dict(recipient="acme", data_set="orders 1", subject="who", epsilon="0.3")
    first = privacy.noisy_sum(
        ORDERS, budget, "price", low=0, high=Decimal("2.5"), grid=4, partition="town",
        partitions=["Ulm", "Bonn", "Rome"], **ask,
    ).to_pylist()
    again = privacy.noisy_sum(
        ORDERS, budget, "price", low=0, high=Decimal("2.5"), grid=4, partition="town",
        partitions=["Ulm", "Bonn", "Rome"], **ask,
    ).to_pylist()
    assert first == again and [row["town"] for row in first] == ["Ulm", "Bonn", "Rome"]
    assert all(row["value"] == row["units"] / 16 for row in first)
    assert budget.spent("acme", "orders 1") == Fraction(3, 10)
    with pytest.raises(cstn.BudgetError, match="200000000 of 500000000 left"):
        privacy.noisy_count(ORDERS, budget, **ask)
    day = datetime.datetime(1970, 1, 2, tzinfo=datetime.timezone.utc)
    privacy.noisy_count(ORDERS, budget, now=day, **ask)
    kept = privacy.Budget.deserialize(budget.serialize())
    assert [row["spent_nano"] for row in kept.table().to_pylist()] == [300000000, 300000000]
    tiny = privacy.Budget(Fraction(1, 3))
    assert tiny.table().to_pylist() == []


def test_an_epsilon_is_rounded_up():
    budget = privacy.Budget(1)
    privacy.noisy_count(
        ORDERS, budget, epsilon=Fraction(1, 3), recipient="a", data_set="b", subject=None
    )
    assert budget.spent("a", "b") == Fraction(333333334, 10**9)


def test_shares_are_exact_and_sampled_ones_near():
    def worth(who):
        return 100 * min(len(who & {"l1", "l2"}), len(who & {"r"}))

    exact = data_value.shapley(worth, ["l1", "l2", "r"])
    assert [share.exact for share in exact] == [Fraction(50, 3), Fraction(50, 3), Fraction(200, 3)]
    assert sum(share.whole for share in exact) == 100
    sampled = data_value.shapley(worth, ["l1", "l2", "r"], sample=True, permutations=2000, seed=3)
    assert sum(share.exact for share in sampled) == 100
    for one, other in zip(sampled, exact):
        assert abs(one.value - other.value) <= 4 * one.standard_error
    with pytest.raises(ZeroDivisionError):
        data_value.shapley(lambda who: 1 // 0, ["a"])
    with pytest.raises(cstn.InvalidArgumentError, match="each once"):
        data_value.shapley({}, [])
    with pytest.raises(cstn.InvalidArgumentError, match="no players"):
        data_value.shapley({("a",): 1, ("z",): 2}, ["a"])
    twice = data_value.shapley({("a", "a"): 1, ("a", "b"): 3}, ["a", "b"])
    assert [share.exact for share in twice] == [2, 1]


def test_a_ledger_has_balances_and_bytes():
    ledger = data_value.ValueLedger()
    ledger.release("ring", "acme", "zeta", "special", cost_minor=5, level="aggregated", at=7)
    ledger.receipt("ring", "acme", "zeta", "public", utility_minor=9, at=8, completeness_permille=900)
    back = data_value.ValueLedger.deserialize(ledger.serialize())
    assert len(back) == 2
    assert back.reciprocity("acme", "zeta", "ring").difference_minor == 4
    assert back.reciprocity("acme", "zeta", "ring", until=8).completeness_permille is None
    is_ = back.reciprocity("acme", "zeta", "ring")
    assert [is_.state(900), is_.state(901), is_.state(900, 1)] == ["current", "overdue", "current"]
    assert back.reciprocity("acme", "zeta", "ring", until=8).state() == "unknown"
    assert back.table().to_pylist()[0]["class"] == "special"
    with pytest.raises(cstn.InvalidArgumentError, match="field_class"):
        ledger.release("ring", "acme", "zeta", "secret", cost_minor=5)


def test_plots_say_what_they_show():
    pytest.importorskip("matplotlib")
    budget = privacy.Budget(2)
    answer = privacy.noisy_count(
        ORDERS, budget, epsilon=1, recipient="acme", data_set="o", subject="who",
        partition="town", partitions=["Ulm", "Bonn"],
    )
    ax = privacy.plot_noised(answer)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Ulm", "Bonn"]
    assert budget.plot().get_xlabel() == "epsilon"
    assert data_value.plot_shares(data_value.shapley({("a",): 3})).get_xlabel() == "share"
    ledger = data_value.ValueLedger()
    ledger.receipt("ring", "acme", "zeta", "public", utility_minor=9)
    assert "acme" in ledger.plot("acme", "zeta", "ring").get_title(loc="left")
