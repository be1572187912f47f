"""Journeys, against another implementation in plain Python."""

import collections
import datetime as dt
import math
import pickle
import random
import statistics

import pytest

import constellation as cstn

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
HOUR = dt.timedelta(hours=1)
STEPS = ["browse", "order", "gift", "ship", "deliver"]
RANKS = {"browse": 0, "order": 1, "ship": 2, "deliver": 3}
GAP = dt.timedelta(days=6)
AS_OF = START + dt.timedelta(days=60)


def made(seed, n=2000):
    draw = random.Random(seed)
    return [
        {
            "customer": f"c{draw.randrange(150)}",
            "valid": START + HOUR * draw.randrange(24 * 65),
            "step": draw.choice(STEPS),
            "failed": draw.random() < 0.2,
        }
        for _ in range(n)
    ]


def frame(rows):
    return {name: [row[name] for row in rows] for name in ("customer", "valid", "step", "failed")}


def cut(rows):
    """Journeys as lists of events, with how each ended: another way to count them."""
    out = []
    mine = collections.defaultdict(list)
    for row in rows:
        if row["valid"] <= AS_OF:
            mine[row["customer"]].append(row)
    for events in mine.values():
        events.sort(key=lambda e: (e["valid"], STEPS.index(e["step"]), e["failed"]))
        journey = None
        for event in events:
            if journey and event["valid"] - journey[-1]["valid"] > GAP:
                out.append((journey, "DROP"))
                journey = None
            if journey is None and event["step"] != "browse":
                continue
            journey = (journey or []) + [event]
            if event["step"] == "deliver":
                out.append((journey, "GOAL"))
                journey = None
        if journey:
            out.append((journey, "DROP" if AS_OF - journey[-1]["valid"] > GAP else "OPEN"))
    return out


@pytest.fixture(scope="module")
def rows():
    return made(1)


@pytest.fixture(scope="module")
def cuts(rows):
    return cut(rows)


@pytest.fixture(scope="module")
def fitted(rows):
    return cstn.Journey(STEPS, gap=GAP, ranks=RANKS, as_of=AS_OF).fit(frame(rows))


def test_transitions_and_ends_are_those_of_the_other_implementation(fitted, cuts):
    expected, backward = collections.Counter(), collections.Counter()
    for journey, how in cuts:
        names = ["START", *(e["step"] for e in journey), how]
        expected.update(zip(names, names[1:]))
        highest = -1
        for i, event in enumerate(journey):
            rank = RANKS.get(event["step"])
            if rank is not None and rank < highest:
                backward[names[i], names[i + 1]] += 1
            highest = max(highest, -1 if rank is None else rank)
    told = fitted.table("transitions").to_pylist()
    assert {(r["from"], r["to"]): r["count"] for r in told} == expected
    assert {(r["from"], r["to"]): r["backward"] for r in told if r["backward"]} == backward


def test_paths_are_those_of_the_other_implementation_in_their_order(fitted, cuts):
    paths = collections.Counter()
    for journey, _ in cuts:
        steps = tuple(STEPS.index(e["step"]) for e in journey)
        paths[steps[:6], len(steps) > 6] += 1
    expected = sorted(paths.items(), key=lambda item: (-item[1], item[0]))
    told = fitted.table("paths").to_pylist()
    assert [(r["path"], r["journeys"]) for r in told] == [
        (" > ".join([STEPS[s] for s in steps] + ["..."] * more), n)
        for (steps, more), n in expected
    ]


def test_waits_are_within_the_buckets_of_the_true_quantiles(fitted, cuts):
    waits = collections.defaultdict(list)
    for journey, _ in cuts:
        for a, b in zip(journey, journey[1:]):
            waits[a["step"]].append((b["valid"] - a["valid"]) / dt.timedelta(days=1))
    for row in fitted.table("times").to_pylist():
        mine = sorted(waits[row["step"]])
        assert row["waits"] == len(mine)
        if mine:
            assert row["mean_days"] == pytest.approx(statistics.fmean(mine), rel=1e-12)
            for q, name in ((0.5, "p50_days"), (0.9, "p90_days")):
                true = mine[math.ceil(q * len(mine)) - 1]
                assert abs(row[name] - true) <= 0.045 * true


def test_curves_are_kaplan_meier_of_the_buckets(fitted, cuts):
    for step in STEPS[:4]:
        ended, others = 0, 0
        for journey, how in cuts:
            for i, event in enumerate(journey):
                if event["step"] == step:
                    ended += i + 1 < len(journey)
                    others += i + 1 == len(journey) and how != "GOAL"
        curve = [r for r in fitted.table("curves").to_pylist() if r["step"] == step]
        assert sum(r["events"] for r in curve) == ended
        assert sum(r["censored"] for r in curve) == others
        at_risk, remains = ended + others, 1.0
        for row in curve:
            assert row["at_risk"] == at_risk
            remains *= 1 - row["events"] / at_risk
            assert row["share"] == pytest.approx(1 - remains, abs=1e-12)
            at_risk -= row["events"] + row["censored"]


def test_failures_are_those_of_the_other_implementation(fitted, cuts):
    for row in fitted.table("failures").to_pylist():
        step, count = row["step"], collections.Counter()
        for journey, how in cuts:
            first = next((e["step"] for e in journey if e["failed"]), None)
            here = [e for e in journey if e["step"] == step]
            count["failures"] += sum(e["failed"] for e in here)
            count["blamed"] += first == step
            if here and how != "OPEN":
                group = "failed" if any(e["failed"] for e in here) else "passed"
                count[group] += 1
                count[group + "_converted"] += how == "GOAL"
        assert {name: row[name] for name in count} == count
        assert row["later"] == row["failures"] - row["blamed"]
        assert row["reading"] == "association"
        lift = count["failed_converted"] / count["failed"] - (
            count["passed_converted"] / count["passed"]
        )
        assert row["lift"] == pytest.approx(lift, abs=1e-12)
        assert row["lift_low"] <= row["lift"] <= row["lift_high"]


def test_entries_are_what_left_dropped_or_is_open(fitted):
    for row in fitted.table("steps").to_pylist():
        assert row["entries"] == row["left"] + row["dropped"] + row["open"]
    for row in fitted.table("overview").to_pylist():
        assert row["journeys"] == row["converted"] + row["dropped"] + row["open"]


def test_any_order_split_and_thread_count_has_the_same_bytes(rows, fitted):
    shuffled = list(rows)
    random.Random(3).shuffle(shuffled)
    a = cstn.Journey(STEPS, gap=GAP, ranks=RANKS, as_of=AS_OF, threads=3)
    b = cstn.Journey(**a.get_params())
    a.partial_fit(frame(shuffled[:300])).partial_fit(frame(shuffled[300:900]))
    b.fit(frame(shuffled[900:]))
    a.merge(b)
    assert a.journeys_.serialize() == fitted.journeys_.serialize()
    again = pickle.loads(pickle.dumps(a.journeys_))
    assert again.settle(2).serialize() == fitted.journeys_.merge(
        cstn.Journeys(fitted.definition, AS_OF)
    ).settle(1).serialize()


def test_a_definition_out_of_names_and_back():
    definition = cstn.JourneyDefinition.of(
        ["a", "b c", "d"], start=["a", "d"], goal="d", gap=dt.timedelta(hours=36), ranks={"a": 3}
    )
    assert definition.text.splitlines()[1:] == [
        "gap 36 h", "step start 3 a", "step - - b c", "step start,goal - d",
    ]
    assert definition == cstn.JourneyDefinition(definition.text)
    assert definition.steps == {"a": 3, "b c": None, "d": None}
    assert hash(pickle.loads(pickle.dumps(definition))) == hash(definition)
    with pytest.raises(cstn.InvalidArgumentError, match="'x' is not one of the steps"):
        cstn.JourneyDefinition.of(["a"], goal="x")
    with pytest.raises(cstn.FormatError, match="line 3"):
        cstn.JourneyDefinition("cstn-journey 1\ngap 1 d\nstep x\n")


def test_bad_rows_are_named_and_the_others_count():
    events = {"customer": ["a", "a"], "step": ["order", "ordr"], "valid": [START.date()] * 2}
    journey = cstn.Journey(["order", "deliver"], as_of="2024-06-01")
    with pytest.raises(cstn.RowErrors, match="row 1, column 'step': 'ordr'"):
        journey.fit(events)
    journey.fit(events, bad_rows="keep")
    assert len(journey.bad_rows_) == 1
    assert journey.table("overview").to_pylist()[0]["journeys"] == 1
    with pytest.raises(cstn.InvalidArgumentError, match="as_of is not set"):
        cstn.Journey(["order", "deliver"]).fit(events)
    fresh = cstn.Journey(["order", "deliver"], as_of="2024-06-01")
    with pytest.raises(cstn.SchemaError, match="'valid' is absent"):
        fresh.fit({"customer": ["a"], "step": ["order"]})
    with pytest.raises(cstn.StateError, match="not fitted"):
        fresh.table("steps")


def test_it_is_an_estimator(rows):
    sklearn = pytest.importorskip("sklearn.base")
    journey = cstn.Journey(STEPS, gap=GAP, ranks=RANKS, as_of=AS_OF)
    copy = sklearn.clone(journey).set_params(gap=1)
    assert copy.get_params()["gap"] == 1
    assert copy.fit(frame(rows)).score() < journey.fit(frame(rows)).score()


def test_plots(fitted):
    pytest.importorskip("matplotlib").use("Agg")
    ax = fitted.plot_funnel()
    assert [label.get_text() for label in ax.get_yticklabels()] == STEPS
    entries = [row["entries"] for row in fitted.table("steps").to_pylist()]
    widths = [patch.get_width() for patch in ax.patches]
    assert [sum(widths[3 * i : 3 * i + 3]) for i in range(5)] == entries
    labels = [patch.get_label() for patch in fitted.plot_flow().patches]
    assert any(label.startswith("ship to order") for label in labels)
    assert len(fitted.plot_times().lines) == 4
