"""Relationship stages through Python: the same moves, tables, errors and parameters."""

import datetime as dt
import pickle

import pytest

import constellation as cstn
from constellation.errors import (
    FormatError,
    InvalidArgumentError,
    MismatchError,
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
