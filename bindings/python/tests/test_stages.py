"""Relationship stages through Python: the same moves, tables, errors and parameters."""

import datetime as dt
import pickle

import pytest

import constellation as cstn
from constellation.errors import (
    CorruptError,
    FormatError,
    InvalidArgumentError,
    MismatchError,
    NotClusteredError,
    NotFoundError,
    PolicyError,
    RowErrors,
    SchemaError,
)
from constellation.stages import KINDS, STAGES

DAY = dt.timedelta(days=1)
START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


def events(*rows, customer="a"):
    return {
        "customer": [customer] * len(rows),
        "event_id": [f"e{i}" for i in range(len(rows))],
        "kind": [kind for kind, _ in rows],
        "valid": [START + day * DAY for _, day in rows],
    }


CRISIS = events(("ORDER", 0), ("EXIT_THREAT", 10), ("PLAN_PROMISED", 12), ("ORDER_PERFECT", 20))


def replay(frame, days=400, **options):
    return cstn.StageReplay(as_of=START + days * DAY).fit(frame, **options)


def test_names_are_those_of_the_library() -> None:
    assert len(KINDS) == 26 and KINDS[13] == "ORDER"
    assert STAGES["COMMIT"] == 4 and STAGES["LOST"] == STAGES["PROSPECT"] == 0


def test_moves_name_rule_reason_and_evidence() -> None:
    rows = replay(CRISIS, 79).history_.moves().to_pylist()
    assert [(row["from"], row["to"], row["rule"]) for row in rows] == [
        ("PROSPECT", "COMMIT", "R02"),
        ("COMMIT", "CRISIS", "R04"),
        ("CRISIS", "RECOVERY", "R06"),
        ("RECOVERY", "COMMIT", "R07"),
    ]
    assert rows[1]["first_event"] == rows[1]["last_event"] == "e1"
    assert all(row["reason"] and row["evidence_count"] >= 1 for row in rows)
    assert rows[1]["direction"] == "backward"


def test_predict_gives_the_stage_of_each_customer() -> None:
    fitted = replay(CRISIS, 30)
    assert fitted.predict().to_pylist()[0]["stage"] == "RECOVERY"
    assert fitted.predict(events(("ORDER", 0))).to_pylist()[0]["stage"] == "COMMIT"
    with pytest.raises(cstn.StateError, match="not fitted"):
        cstn.StageReplay(as_of="2024-01-01").predict()


def test_customers_one_after_another_give_the_same_history() -> None:
    frame = random_events(5)
    order = sorted(range(len(frame["kind"])), key=lambda i: -frame["customer"][i])
    together = {name: [column[i] for i in order] for name, column in frame.items()}
    plain = replay(frame, 900).history_
    grouped = cstn.StageReplay(as_of=START + 900 * DAY, grouped=True).fit(together).history_
    assert grouped.moves("table").to_pylist() == plain.moves("table").to_pylist()
    assert grouped.summary().serialize() == plain.summary().serialize()
    with pytest.raises(NotClusteredError, match="row"):
        cstn.StageReplay(as_of=START + 900 * DAY, grouped=True).fit(frame)


def test_a_fitted_replay_pickles() -> None:
    frame = random_events(7)
    replayed = cstn.StageReplay(as_of=START + 900 * DAY, policy=cstn.StagePolicy()).fit(frame)
    again = pickle.loads(pickle.dumps(replayed))
    assert again.get_params() == replayed.get_params()
    assert again.predict().to_pylist() == replayed.predict().to_pylist()
    assert again.history_.moves().to_pylist() == replayed.history_.moves().to_pylist()
    assert again.history_.serialize() == replayed.history_.serialize()
    summaries = [one.history_.summary().serialize() for one in (again, replayed)]
    assert summaries[0] == summaries[1]
    with pytest.raises(CorruptError, match="stage history"):
        cstn.StageHistory.deserialize(replayed.history_.serialize()[:-1])


def test_stage_at_is_that_of_the_day() -> None:
    history = replay(CRISIS, 30).history_
    assert history.stage_at("a", START + 10 * DAY) == "CRISIS"
    assert history.stage_at("a", START + 9 * DAY) == "COMMIT"
    assert history.stage_at("a", START - DAY) is None
    with pytest.raises(NotFoundError, match="'b'"):
        history.stage_at("b", START)
    with pytest.raises(InvalidArgumentError, match="as-of"):
        history.stage_at("a", START + 31 * DAY)


# --- the summary, against numpy -------------------------------------------------------------------


def random_events(seed, customers=150, days=900):
    numpy = pytest.importorskip("numpy")
    draw = numpy.random.default_rng(seed)
    kinds = ["ORDER", "ORDER", "ORDER", "ORDER_PERFECT", "ORDER_PERFECT", "ORDER_FAILED",
             "COMPLAINT", "EXIT_THREAT", "PLAN_PROMISED", "PLAN_PROMISED", "NEW_CATEGORY",
             "REFERRAL", "FIRST_CHOICE"]
    n = customers * 40
    return {
        "customer": draw.integers(0, customers, n),
        "event_id": numpy.arange(n),
        "kind": [kinds[k] for k in draw.integers(0, len(kinds), n)],
        "valid": [START + int(d) * DAY for d in draw.integers(0, days, n)],
    }


def lives(history):
    """The stays of each customer: (stage, from, to or None) in order."""
    found = {}
    for row in history.customers("table").to_pylist():
        found[row["customer"]] = []
    for move in history.moves("table").to_pylist():
        stays = found[move["customer"]]
        stays.append([move["from"], stays[-1][2] if stays else None, move["at"], move["to"]])
    return found


def test_shares_of_the_overview_are_counts_of_moves() -> None:
    history = replay(random_events(1), 900).history_
    moves = history.moves("table").to_pylist()
    overview = history.summary().table("overview").to_pylist()[0]
    back = [m for m in moves if STAGES[m["to"]] < STAGES[m["from"]]]
    left = [m for m in moves if m["from"] == "RECOVERY"]
    relapsed = [m for m in left if m["to"] == "CRISIS"]
    assert overview["moves"] == len(moves) > 1000
    assert overview["backward_share"] == pytest.approx(len(back) / len(moves), rel=1e-15)
    assert overview["relapse_share"] == pytest.approx(len(relapsed) / len(left), rel=1e-15)


@pytest.mark.parametrize("curve", ["recovery", "left"])
def test_crisis_curves_are_kaplan_meier_with_greenwood(curve) -> None:
    numpy = pytest.importorskip("numpy")
    history = replay(random_events(2), 900).history_
    durations, happened = [], []
    for stays in lives(history).values():
        for i, (stage, since, end, to) in enumerate(stays):
            if stage == "CRISIS":
                durations.append((end - since) / DAY)
                happened.append(curve == "left" or to == "RECOVERY")
    for row in history.customers("table").to_pylist():
        if row["stage"] == "CRISIS":
            durations.append((START + 900 * DAY - row["since"]) / DAY)
            happened.append(False)
    durations, happened = numpy.array(durations), numpy.array(happened)
    survival, greenwood, expected = 1.0, 0.0, {}
    for t in numpy.unique(durations):
        at_risk = (durations >= t).sum()
        events = (happened & (durations == t)).sum()
        survival *= 1 - events / at_risk
        if events < at_risk:
            greenwood += events / (at_risk * (at_risk - events))
        expected[t] = (at_risk, events, 1 - survival, survival * numpy.sqrt(greenwood))
    rows = [r for r in history.summary().table("crisis").to_pylist() if r["curve"] == curve]
    assert len(rows) == len(expected) > 30
    for row in rows:
        at_risk, events, share, error = expected[row["days"]]
        assert (row["at_risk"], row["events"]) == (at_risk, events)
        assert row["share"] == pytest.approx(share, rel=1e-12, abs=1e-14)
        assert row["se"] == pytest.approx(error, rel=1e-12, abs=1e-14)


def test_periods_value_and_expected_periods_solve_their_systems() -> None:
    numpy = pytest.importorskip("numpy")
    history = replay(random_events(3), 900).history_
    names = list(STAGES)
    counts = numpy.zeros((8, 8))
    first = {}
    for row in zip(*random_events(3).values()):
        first[row[0]] = min(first.get(row[0], row[3]), row[3])
    for customer, began in first.items():
        before = None
        for k in range(30, -1, -1):
            at = START + 900 * DAY - k * 30 * DAY
            if at < began:
                continue
            stage = history.stage_at(int(customer), at)
            if before is not None:
                counts[names.index(before), names.index(stage)] += 1
            before = stage
    summary = history.summary()
    told = numpy.zeros((8, 8))
    for row in summary.table("periods").to_pylist():
        told[names.index(row["from"]), names.index(row["to"])] = row["periods"]
    assert (told == counts).all()
    begun = counts.sum(axis=1) > 0
    matrix = counts[numpy.ix_(begun, begun)] / counts.sum(axis=1)[begun][:, None]
    margins = {name: float(i * i - 3) for i, name in enumerate(names)}
    value = summary.value(margins, 0.05)
    m = numpy.array([margins[name] for name, is_begun in zip(names, begun) if is_begun])
    expected = numpy.linalg.solve(numpy.eye(len(m)) - matrix / 1.05, m)
    assert [value[n] for n, b in zip(names, begun) if b] == pytest.approx(expected, rel=1e-10)
    goal = [i for i in range(8) if begun[i] and names[i] != "DEVELOP"]
    inner = counts[numpy.ix_(goal, goal)] / counts.sum(axis=1)[goal][:, None]
    steps = numpy.linalg.solve(numpy.eye(len(goal)) - inner, numpy.ones(len(goal)))
    stays = {row["stage"]: row for row in summary.table("stays").to_pylist()}
    assert [stays[names[i]]["expected_periods"] for i in goal] == pytest.approx(steps, rel=1e-9)
    assert stays["DEVELOP"]["expected_periods"] == 0


def test_frames_come_out_as_they_went_in() -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    assert isinstance(replay(pandas.DataFrame(CRISIS)).history_.moves(), pandas.DataFrame)
    assert isinstance(replay(polars.DataFrame(CRISIS)).predict(), polars.DataFrame)


def test_summaries_merge_and_travel() -> None:
    other = events(("ORDER", 0), customer="b")
    both = {name: CRISIS[name] + other[name] for name in CRISIS}
    merged = replay(CRISIS).history_.summary().merge(replay(other).history_.summary())
    whole = replay(both).history_.summary()
    assert merged.serialize() == whole.serialize()
    assert pickle.loads(pickle.dumps(whole)).serialize() == whole.serialize()
    overview = whole.table("overview").to_pylist()[0]
    assert overview["customers"] == 2 and overview["policy"] == cstn.StagePolicy().digest
    with pytest.raises(MismatchError):
        merged.merge(replay(other, 401).history_.summary())
    with pytest.raises(InvalidArgumentError, match="overview"):
        whole.table("rates")


def test_value_by_stage_is_null_where_no_period_tells() -> None:
    values = replay(CRISIS).history_.summary().value({"COMMIT": 10.0}, 0.1)
    assert set(values) == set(STAGES) and values["STRUGGLE"] is None
    with pytest.raises(InvalidArgumentError, match="CLIENT"):
        replay(CRISIS).history_.summary().value({"CLIENT": 1.0}, 0.1)


def test_bad_rows_are_told_and_the_rest_goes_on() -> None:
    frame = events(("ORDER", 0), ("ORDERED", 1))
    with pytest.raises(RowErrors) as caught:
        replay(frame)
    assert (caught.value.rows[0].row, caught.value.rows[0].field) == (1, "kind")
    assert len(caught.value.result.moves().to_pylist()) == 3
    assert replay(frame, bad_rows="keep").history_.bad_rows.total == 1
    with pytest.raises(SchemaError, match="event_id"):
        replay({name: CRISIS[name] for name in ("customer", "kind", "valid")})


def test_columns_and_kinds_are_mapped() -> None:
    frame = {("who" if name == "customer" else name): data for name, data in CRISIS.items()}
    frame["kind"] = ["purchase" if kind == "ORDER" else kind for kind in frame["kind"]]
    mapped = replay(frame, columns={"customer": "who"}, values={"kind": {"purchase": "ORDER"}})
    assert mapped.history_.moves().to_pylist() == replay(CRISIS).history_.moves().to_pylist()


def test_policies_that_swing_are_refused() -> None:
    text = cstn.StagePolicy().text
    with pytest.raises(PolicyError, match="R08.*R09.*failures"):
        cstn.StagePolicy(text.replace("failures <= 500", "failures <= 1999"))
    with pytest.raises(FormatError, match="line 4"):
        cstn.StagePolicy(text.replace("R01 ", "R01  "))
    assert pickle.loads(pickle.dumps(cstn.StagePolicy())) == cstn.StagePolicy(text)


def test_parameters_are_those_of_an_estimator() -> None:
    estimator = cstn.StageReplay(as_of="2024-06-01", threads=1)
    assert estimator.get_params()["threads"] == 1
    assert estimator.set_params(period_days=7).period_days == 7
    with pytest.raises(InvalidArgumentError, match="colour"):
        estimator.set_params(colour=1)
    with pytest.raises(InvalidArgumentError, match="as_of"):
        cstn.StageReplay().fit(CRISIS)


def test_crisis_curves_are_drawn() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = replay(CRISIS).plot_crisis()
    assert len(axes.lines) == 2 and axes.get_xlabel() == "days in CRISIS"


def parts(frame, *cuts):
    """The frame in pieces of rows."""
    bounds = [0, *cuts, len(frame["kind"])]
    return [
        {name: column[low:high] for name, column in frame.items()}
        for low, high in zip(bounds, bounds[1:])
    ]


def test_events_that_come_over_time_give_the_history_of_all() -> None:
    frame = random_events(9)
    whole = replay(frame, 900).history_
    fitted = cstn.StageReplay(as_of=START + 900 * DAY)
    for piece in reversed(parts(frame, 20, 75, 130)):
        fitted.partial_fit(piece)
    assert fitted.history_.moves("table").to_pylist() == whole.moves("table").to_pylist()
    assert fitted.history_.summary().serialize() == whole.summary().serialize()
    assert fitted.predict().to_pylist() == whole.customers().to_pylist()
    again = fitted.state_.serialize()
    fitted.partial_fit(parts(frame, 20)[0])
    assert fitted.state_.serialize() == again
    assert not hasattr(fitted.fit(frame), "state_")


def test_states_merge_and_travel_as_bytes() -> None:
    frame = random_events(4)
    first, second = parts(frame, 60)
    a, b = cstn.StageState(), cstn.StageState()
    a.update(first)
    b.update(second)
    both = a.merge(b)
    copy = pickle.loads(pickle.dumps(both))
    at = START + 900 * DAY
    assert (
        copy.finish(at).moves("table").to_pylist()
        == replay(frame, 900).history_.moves("table").to_pylist()
    )
    with pytest.raises(MismatchError, match="known time"):
        both.merge(cstn.StageState(known=START))


def test_events_before_what_is_settled_are_late() -> None:
    fitted = cstn.StageReplay(as_of=START + 30 * DAY).partial_fit(events(("ORDER", 5)))
    fitted.state_.settle(START + 10 * DAY)
    with pytest.raises(RowErrors) as told:
        fitted.partial_fit(events(("ORDER", 9), customer="b"))
    assert told.value.result is fitted.history_
    fitted.partial_fit(events(("ORDER", 9), customer="b"), bad_rows="keep")
    assert fitted.history_.bad_rows is not None
    assert [row["customer"] for row in fitted.predict().to_pylist()] == ["a"]
    with pytest.raises(InvalidArgumentError, match="settled"):
        fitted.state_.finish(START + 9 * DAY)
    with pytest.raises(InvalidArgumentError, match="as_of"):
        cstn.StageReplay().partial_fit(events(("ORDER", 1)))
