"""Perfect orders against answers from outside: rates, losses, levers, causes, comparisons."""

import datetime as dt
import math
import pickle

import numpy as np
import pyarrow as pa
import pytest

import constellation as cstn
from constellation import fulfilment, perfect_order_result, verdict
from constellation._native import lib, text_of
from constellation.errors import (
    CorruptError,
    InvalidArgumentError,
    MismatchError,
    NotClusteredError,
    RowErrors,
)

UTC = dt.timezone.utc
DUE = dt.datetime(2024, 5, 10, tzinfo=UTC)
AS_OF = dt.date(2024, 12, 31)

#: N = 1,000 orders by failed components, and what follows from them
HISTOGRAM = {
    "": 820, "T": 60, "F": 30, "D": 15, "C": 10, "TF": 25, "TD": 5, "TC": 8, "FD": 2, "FC": 6,
    "DC": 1, "TFD": 3, "TFC": 9, "TDC": 1, "FDC": 0, "TFDC": 5,
}  # fmt: skip
COMPONENT_RATES = {"T": 0.884, "F": 0.920, "D": 0.968, "C": 0.960}
ONLY = {"T": 60, "F": 30, "D": 15, "C": 10}
TWELFTHS = {"T": 1015, "F": 621, "D": 259, "C": 265}
FIXED = {
    "T": 0.880, "F": 0.850, "D": 0.835, "C": 0.830, "TF": 0.935, "TD": 0.900, "TC": 0.898,
    "FD": 0.867, "FC": 0.866, "DC": 0.846, "TFD": 0.960, "TFC": 0.968, "TDC": 0.920, "FDC": 0.884,
    "TFDC": 1.0,
}  # fmt: skip


def lines_of(histogram: dict) -> dict:
    """One line an order, failing what its pattern says."""
    failed = [pattern for pattern, count in histogram.items() for _ in range(count)]
    return {
        "order_id": np.arange(len(failed)),
        "promised": np.full(len(failed), np.datetime64("2024-05-10", "us")),
        "delivered": np.array(
            ["2024-05-12" if "T" in p else "2024-05-10" for p in failed], dtype="M8[us]"
        ),
        "qty": np.full(len(failed), 10),
        "qty_delivered": np.array([8 if "F" in p else 10 for p in failed]),
        "documents_bad": np.array([4 if "D" in p else 0 for p in failed], dtype=np.int32),
        "documents_ok": np.zeros(len(failed), dtype=np.int32),
        "damaged": np.array(["C" in p for p in failed]),
        "late_cause": ["traffic" if "T" in p else None for p in failed],
        "late_owner": ["carrier" if "T" in p else None for p in failed],
    }


@pytest.fixture(scope="module")
def result() -> cstn.PerfectOrderResult:
    return cstn.perfect_order_rate(lines_of(HISTOGRAM), as_of=AS_OF, zone="UTC")


def test_the_histogram_comes_back(result) -> None:
    assert {p: result.pattern(p) for p in HISTOGRAM} == HISTOGRAM
    assert (result.pending(), result.excluded()) == (0, 0)


def test_rate_and_interval_are_the_published_ones(result) -> None:
    rate = result.rate()
    assert (rate.numerator, rate.denominator, rate.value) == (820, 1000, 0.82)
    assert math.isclose(rate.low, 0.794977767098, abs_tol=1e-12)
    assert math.isclose(rate.high, 0.842573107471, abs_tol=1e-12)


def test_component_rates_losses_and_shared_loss_are_the_published_ones(result) -> None:
    assert {x: result.component_rate(x).value for x in "TFDC"} == COMPONENT_RATES
    rows = {row["component"]: row for row in result.losses().to_pylist()}
    names = dict(zip("TFDC", rows))
    for letter, name in names.items():
        assert rows[name]["only_failures"] == ONLY[letter]
        assert rows[name]["component_rate"] == COMPONENT_RATES[letter]
        assert rows[name]["shared_twelfths"] == TWELFTHS[letter]
    assert sum(row["shared_twelfths"] for row in rows.values()) == 12 * 180


def test_levers_are_the_published_ones_and_sorted_by_gain(result) -> None:
    assert {s: result.lever(s).value for s in FIXED} == pytest.approx(FIXED, abs=1e-15)
    rows = result.levers().to_pylist()
    assert len(rows) == 15
    assert sorted(row["rate"] for row in rows) == pytest.approx(sorted(FIXED.values()))
    assert [row["gain"] for row in rows] == sorted((row["gain"] for row in rows), reverse=True)


def test_causes_add_up_to_the_failures_of_their_component(result) -> None:
    causes, losses = result.causes().to_pylist(), result.losses().to_pylist()
    for loss in losses:
        mine = [row["failures"] for row in causes if row["component"] == loss["component"]]
        assert sum(mine) == loss["failures"]
    assert any((row["cause"], row["owner"]) == ("traffic", "carrier") for row in causes)


def test_the_product_of_component_rates_appears_nowhere(result) -> None:
    product = math.prod(COMPONENT_RATES.values())
    for name in ("rates", "losses", "causes", "levers", "exclusions", "compare"):
        for row in getattr(result, name)(frame="table").to_pylist():
            assert not any(
                isinstance(v, float) and math.isclose(v, product, abs_tol=1e-9)
                for v in row.values()
            )


def test_every_table_names_policy_and_as_of(result) -> None:
    for name in ("rates", "losses", "causes", "levers", "exclusions", "compare"):
        table = getattr(result, name)(frame="table")
        assert table.column_names[-3:] == ["policy", "as_of", "z"]
        for row in table.to_pylist():
            assert row["policy"] == result.policy.digest == cstn.ServicePolicy().digest
            assert row["as_of"] == result.as_of == dt.datetime(2024, 12, 31, tzinfo=UTC)


def test_standardised_rates_escape_simpsons_trap() -> None:
    cells = {("A", "near"): (95, 100), ("A", "far"): (720, 900)}
    cells |= {("B", "near"): (837, 900), ("B", "far"): (78, 100)}
    rows = [
        (carrier, lane, good)
        for (carrier, lane), (k, n) in cells.items()
        for good in [True] * k + [False] * (n - k)
    ]
    lines = pa.table(
        {
            "order_id": range(len(rows)),
            "carrier": [row[0] for row in rows],
            "lane": [row[1] for row in rows],
            "promised": [DUE] * len(rows),
            "delivered": [DUE if row[2] else DUE + dt.timedelta(days=1) for row in rows],
        }
    )
    options = dict(policy="components=T", as_of=AS_OF, frame="table")
    raw = cstn.perfect_order_rate(lines, by="carrier", **options)
    assert [raw.rate(i).value for i in (0, 1)] == [0.815, 0.915]
    both = cstn.perfect_order_rate(lines, by=["carrier", "lane"], **options)
    a, b = both.standardise(0, 1).to_pylist()
    assert (a["carrier"], b["carrier"]) == ("A", "B")
    assert both.dimensions == ["carrier", "lane"]
    assert both.standardise("carrier", "lane").to_pylist() == [a, b]
    assert both.standardise("lane", "carrier").to_pylist() == both.standardise(1, 0).to_pylist()
    with pytest.raises(InvalidArgumentError, match="'route' is no dimension.*'carrier', 'lane'"):
        both.standardise("carrier", "route")
    with pytest.raises(InvalidArgumentError):
        both.standardise(0, -1)
    assert both.key(0, "lane") == both.key(0, 1)
    assert a["rate"] == pytest.approx(0.875) and b["rate"] == pytest.approx(0.855)
    assert a["variance"] == pytest.approx(0.000163194444, abs=1e-12)
    assert a["n_eff"] == pytest.approx(670.212765957, abs=1e-9)
    assert (a["low"], a["high"]) == pytest.approx((0.847804942, 0.897920782), abs=1e-9)
    assert (b["low"], b["high"]) == pytest.approx((0.808706403, 0.891592211), abs=1e-9)
    best, other = raw.compare(order="lower_limit").to_pylist()
    assert (best["carrier"], best["like_best"], other["like_best"]) == ("B", True, False)


# --- groups -------------------------------------------------------------------------------------

GROUPED = {
    "order_id": [1, 1, 2, 3, 4],
    "carrier": ["Air", "Sea", "Air", None, "Sea"],
    "promised": [DUE] * 5,
    "delivered": [DUE, DUE, DUE, DUE, None],
}


def groups(**options) -> dict:
    result = cstn.perfect_order_rate(
        GROUPED, "components=T", as_of=AS_OF, by="carrier", **options
    )
    return {
        result.key(i, 0): (result.rate(i).numerator, result.rate(i).denominator)
        for i in range(len(result))
    }


def test_an_order_with_two_values_is_mixed_or_in_each() -> None:
    assert groups() == {None: (1, 1), "Air": (1, 1), "Sea": (0, 1), "(mixed)": (1, 1)}
    assert groups(each=True) == {None: (1, 1), "Air": (2, 2), "Sea": (1, 2)}


def test_a_rollup_adds_the_total() -> None:
    assert groups(rollup=True)["(all)"] == (3, 4)


def test_a_group_without_units_has_no_rate() -> None:
    lines = {**GROUPED, "delivered": [DUE, DUE, DUE, DUE, None]}
    result = cstn.perfect_order_rate(
        lines, "components=T", as_of=DUE - dt.timedelta(days=5), by="carrier"
    )
    rows = result.rates().to_pylist()
    assert rows and all(row["rate"] is None and row["low"] is None for row in rows)
    assert sum(row["pending"] for row in rows) == 4


def test_a_period_limits_the_run() -> None:
    due = [DUE + dt.timedelta(days=i) for i in range(4)]
    lines = {"order_id": [1, 2, 3, 4], "promised": due, "delivered": due}
    result = cstn.perfect_order_rate(
        lines, "components=T", as_of=AS_OF, period=(due[1], due[3]), by="day(due)"
    )
    assert [row["day(due)"] for row in result.rates().to_pylist()] == [
        dt.date(2024, 5, 11),
        dt.date(2024, 5, 12),
    ]


@pytest.mark.parametrize("by", ["decade(due)", ["carrier", "carrier"], list("abcde")])
def test_dimensions_that_cannot_be_read_are_refused(by) -> None:
    with pytest.raises(InvalidArgumentError):
        cstn.PerfectOrderState("components=T", as_of=AS_OF, by=by)


def test_numbers_of_groups_that_do_not_exist_are_refused(result) -> None:
    for call in (result.rate, result.pending, result.excluded, result.provisional):
        with pytest.raises(InvalidArgumentError):
            call(group=10**6)
        with pytest.raises(InvalidArgumentError):
            call(group=-1)
    with pytest.raises(InvalidArgumentError):
        result.component_rate("X")
    with pytest.raises(InvalidArgumentError):
        result.excluded("no reason")


# --- states -------------------------------------------------------------------------------------


def test_splits_merges_and_pickles_give_the_same_bytes() -> None:
    lines = pa.table(lines_of(HISTOGRAM))
    order = np.random.default_rng(7).permutation(len(lines))
    shuffled = lines.take(pa.array(order))
    options = dict(as_of=AS_OF, by="late_cause")
    whole = cstn.PerfectOrderState(**options).update(lines, zone="UTC").serialize()
    for parts in (2, 7):
        states = [
            cstn.PerfectOrderState(**options).update(shuffled.slice(i * 100, 100), zone="UTC")
            for i in range(10)
        ]
        while len(states) > 1:
            taken = [states.pop() for _ in range(min(parts, len(states)))]
            first = pickle.loads(pickle.dumps(taken[0]))
            for state in taken[1:]:
                first.merge(state)
            states.insert(0, first)
        assert states[0].serialize() == whole


def test_any_number_of_threads_gives_the_same_bytes() -> None:
    lines = lines_of({p: n * 200 for p, n in HISTOGRAM.items()})
    states = [
        cstn.PerfectOrderState(as_of=AS_OF).update(lines, zone="UTC", threads=n).serialize()
        for n in (1, 2, 3, 0)
    ]
    assert len(set(states)) == 1


def test_states_of_another_policy_do_not_merge() -> None:
    one = cstn.PerfectOrderState("components=T", as_of=AS_OF)
    for other in (
        cstn.PerfectOrderState("components=TF", as_of=AS_OF),
        cstn.PerfectOrderState("components=T", as_of="2024-12-30"),
        cstn.PerfectOrderState("components=T", as_of=AS_OF, by="carrier"),
        cstn.PerfectOrderState("components=T", as_of=AS_OF, each=True, by="carrier"),
    ):
        with pytest.raises(MismatchError):
            one.merge(other)


def test_every_damaged_byte_of_a_state_is_noticed() -> None:
    data = cstn.PerfectOrderState("components=T", as_of=AS_OF, by="carrier").update(GROUPED)
    data = data.serialize()
    assert cstn.PerfectOrderState.deserialize(data).serialize() == data
    for i in range(0, len(data), 7):
        damaged = bytearray(data)
        damaged[i] ^= 0x10
        with pytest.raises(cstn.ConstellationError):
            cstn.PerfectOrderState.deserialize(bytes(damaged))
    with pytest.raises(CorruptError):
        cstn.PerfectOrderState.deserialize(b"")


def test_a_broken_promise_of_order_gives_no_number() -> None:
    lines = {**GROUPED, "order_id": [2, 2, 1, 3, 4]}
    with pytest.raises(NotClusteredError):
        cstn.perfect_order_rate(lines, "components=T", as_of=AS_OF, clustering="sorted")
    sorted_result = cstn.perfect_order_rate(
        GROUPED, "components=T", as_of=AS_OF, clustering="sorted"
    )
    assert sorted_result.rate() == cstn.perfect_order_rate(
        GROUPED, "components=T", as_of=AS_OF
    ).rate()


# --- policies with zones and calendars ----------------------------------------------------------


def test_zone_rules_and_calendar_are_handed_over_and_needed() -> None:
    zone = cstn.Zone("America/Sao_Paulo")
    policy = cstn.ServicePolicy(components="T", zone=f"tzif:{zone.digest}")
    late_evening = dt.datetime(2024, 5, 11, 1, tzinfo=UTC)  # 22:00 of the day before, there
    noon = dt.datetime(2024, 5, 10, 15, tzinfo=UTC)
    lines = {"order_id": [1], "promised": [noon], "delivered": [late_evening]}
    with pytest.raises(InvalidArgumentError, match="zone"):
        cstn.perfect_order_rate(lines, policy, as_of=AS_OF)
    there = cstn.perfect_order_rate(lines, policy, as_of=AS_OF, policy_zone=zone)
    assert there.rate().numerator == 1
    utc = cstn.perfect_order_rate(lines, "components=T", as_of=AS_OF)
    assert utc.rate().numerator == 0
    state = cstn.PerfectOrderState(policy, as_of=AS_OF, policy_zone=zone)
    again = pickle.loads(pickle.dumps(state)).update(lines)
    assert again.finish().rate().numerator == 1
    calendar = cstn.WorkingCalendar("cstn-calendar 1\nweek=1111100\n")
    friday, monday = dt.date(2024, 5, 10), dt.date(2024, 5, 13)
    working = cstn.ServicePolicy(components="T", calendar=calendar.digest, late_tolerance=1)
    lines = {"order_id": [1], "promised": [friday], "delivered": [monday]}
    result = cstn.perfect_order_rate(lines, working, as_of=AS_OF, policy_calendar=calendar)
    assert result.rate().numerator == 1


def test_ship_to_zones_are_found_by_name() -> None:
    noon = dt.datetime(2024, 5, 10, 15, tzinfo=UTC)
    evening = dt.datetime(2024, 5, 11, 1, tzinfo=UTC)
    lines = {
        "order_id": [1, 2],
        "promised": [noon] * 2,
        "delivered": [evening] * 2,
        "ship_to_zone": ["SP", "UTC"],
    }
    zones = {"SP": "America/Sao_Paulo", "UTC": "UTC"}
    result = cstn.perfect_order_rate(
        lines, "components=T zone=ship_to", as_of=AS_OF, ship_to_zones=zones, by="ship_to_zone"
    )
    rates = {result.key(i, 0): result.rate(i).numerator for i in range(len(result))}
    assert rates == {"SP": 1, "UTC": 0}


# --- row errors ---------------------------------------------------------------------------------


def test_bad_rows_raise_with_the_result_of_the_others_or_are_kept() -> None:
    lines = {
        "order_id": [1, 2, 3],
        "promised": [DUE] * 3,
        "delivered": [DUE] * 3,
        "qty": [5, -5, 0],
        "qty_delivered": [5, 5, 5],
    }
    with pytest.raises(RowErrors, match="rows were left out: row 1, column 'qty'") as caught:
        cstn.perfect_order_rate(lines, "components=TF", as_of=AS_OF)
    rows = caught.value.rows
    assert [(r.row, r.field, r.code) for r in rows] == [
        (1, "qty", "NOT_POSITIVE"),
        (2, "qty", "NOT_POSITIVE"),
    ]
    assert rows.total == len(rows) == 2 and rows[-1].row == 2 and rows[:1][0].row == 1
    assert rows.to_pylist()[0]["column"] == "qty" and pa.table(rows).num_rows == 2
    with pytest.raises(IndexError):
        rows[2]
    result = caught.value.result
    assert (result.rate().numerator, result.excluded("bad_input")) == (1, 2)
    kept = cstn.perfect_order_rate(lines, "components=TF", as_of=AS_OF, bad_rows="keep")
    assert kept.rate() == result.rate() and len(kept.bad_rows) == 2
    good = cstn.perfect_order_rate(GROUPED, "components=T", as_of=AS_OF)
    assert good.bad_rows is None
    with pytest.raises(InvalidArgumentError):
        cstn.perfect_order_rate(lines, as_of=AS_OF, bad_rows="ignore")


def test_row_errors_of_every_frame_of_a_generator_are_told() -> None:
    bad = {**GROUPED, "order_id": [None, 1, 2, 3, 4]}
    state = cstn.PerfectOrderState("components=T", as_of=AS_OF)
    with pytest.raises(RowErrors) as caught:
        state.update(iter([bad, bad]))
    assert len(caught.value.rows) == 1 and len(caught.value.more) == 1


# --- names that C and Python share --------------------------------------------------------------


def test_reasons_have_the_names_that_c_gives_them() -> None:
    names = {text_of(lib.cstn_reason_name(n)): n for n in range(1, 13)}
    assert fulfilment.REASONS == names


def test_components_have_the_letters_that_c_gives_them() -> None:
    for letters, bits in (("T", 1), ("TF", 3), ("DC", 12), ("TFDC", 15)):
        assert perfect_order_result.components_of(letters) == bits
        assert text_of(lib.cstn_pattern_name(bits)) == letters


def test_documents_have_the_names_that_policies_use() -> None:
    (values,) = [k.values for k in cstn.ServicePolicy.keys_explained() if k.key == "documents"]
    for name in verdict.DOCUMENTS:
        assert name in values
        cstn.ServicePolicy(documents=name)


# --- one line, one order ------------------------------------------------------------------------


def test_a_line_is_judged_with_reasons_in_words() -> None:
    line = cstn.OrderLine(
        promised=DUE,
        delivered=DUE + dt.timedelta(days=2),
        qty=10,
        qty_delivered=8,
        late_cause="Stau 😀",
        late_owner="carrier",
    )
    judged = cstn.judge_line(line, "components=TF", as_of=AS_OF)
    assert (judged.outcome, judged.failed, judged.perfect) == ("counted", "TF", False)
    assert judged.causes == {"T": "Stau 😀"} and judged.owners == {"T": "carrier"}
    assert "2 days late" in judged.text and str(judged) == judged.text


def test_deliveries_in_parts_arrive_when_the_quantity_is_there() -> None:
    line = cstn.OrderLine(
        promised=DUE,
        qty=10,
        deliveries=[
            cstn.Delivery(DUE, 6, shipment=1),
            cstn.Delivery(DUE + dt.timedelta(days=1), 4, shipment=2),
        ],
    )
    assert cstn.judge_line(line, "components=TF", as_of=AS_OF).failed == "T"
    single = cstn.judge_line(line, "components=TF partial=single_shipment", as_of=AS_OF)
    assert "F" in single.failed


def test_an_order_is_perfect_if_all_its_lines_are() -> None:
    good = cstn.OrderLine(promised=DUE, delivered=DUE)
    late = cstn.OrderLine(promised=DUE, delivered=DUE + dt.timedelta(days=1))
    cancelled = cstn.OrderLine(promised=DUE, status="cancelled_by_customer")
    policy = "components=T"
    assert cstn.judge_order([good, good], policy, as_of=AS_OF).perfect is True
    assert cstn.judge_order([good, late], policy, as_of=AS_OF).perfect is False
    assert cstn.judge_order([good, cancelled], policy, as_of=AS_OF).perfect is True
    only = cstn.judge_order([cancelled], policy, as_of=AS_OF)
    assert (only.outcome, only.reason, only.perfect) == ("excluded", "cancelled_by_customer", None)
    with pytest.raises(InvalidArgumentError):
        cstn.judge_order([], policy, as_of=AS_OF)


def test_a_line_not_due_is_pending_and_its_claim_window_makes_it_provisional() -> None:
    open_line = cstn.OrderLine(promised=DUE)
    early = cstn.judge_line(open_line, "components=T", as_of=DUE - dt.timedelta(days=1))
    assert (early.outcome, early.failed) == ("pending", "")
    closed = cstn.OrderLine(promised=DUE, delivered=DUE)
    assert cstn.judge_line(closed, "components=T", as_of=DUE + dt.timedelta(days=1)).provisional
    assert not cstn.judge_line(closed, "components=T", as_of=AS_OF).provisional


@pytest.mark.parametrize(
    "line, words",
    [
        (cstn.OrderLine(status="gone"), "status 'gone'"),
        (cstn.OrderLine(return_reason="ugly"), "return_reason 'ugly'"),
        (cstn.OrderLine(late_owner="nobody"), "late_owner 'nobody'"),
        (cstn.OrderLine(documents_ok=["passport"]), "passport"),
        (cstn.OrderLine(late_cause="a\0b"), "NUL"),
        (cstn.OrderLine(promised=dt.datetime(2024, 1, 1)), "promised .* has no zone"),
        (cstn.OrderLine(qty=2**63), "qty 9223372036854775808 does not fit"),
        (cstn.OrderLine(line_number=2**31), "line_number"),
        (cstn.OrderLine(promised=DUE, delivered=DUE, qty=-1), "qty is -1"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused_by_name(line, words: str) -> None:
    with pytest.raises(ValueError if "fit" not in words and "number" not in words
                       else OverflowError, match=words):
        cstn.judge_line(line, as_of=AS_OF)


def test_verdict_and_batch_agree() -> None:
    rng = np.random.default_rng(3)
    for seed in range(200):
        late, short, damaged, bad = rng.integers(0, 2, 4)
        line = cstn.OrderLine(
            promised=DUE,
            delivered=DUE + dt.timedelta(days=int(late)),
            qty=5,
            qty_delivered=5 - int(short),
            damaged=bool(damaged),
            documents_bad=["invoice"] if bad else (),
        )
        judged = cstn.judge_line(line, as_of=AS_OF)
        batch = cstn.perfect_order_rate(
            {
                "order_id": [seed],
                "promised": [DUE],
                "delivered": [line.delivered],
                "qty": [5],
                "qty_delivered": [line.qty_delivered],
                "damaged": [line.damaged],
                "documents_bad": [4 if bad else 0],
            },
            as_of=AS_OF,
        )
        assert batch.pattern(judged.failed) == 1
