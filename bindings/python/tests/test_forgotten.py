"""Customers who are taken out of states: what is left never saw them."""

import datetime as dt

import pytest

import constellation as cstn

DAY = dt.date(2024, 1, 1)
JOURNEY = "cstn-journey 1\ngap 10 d\nstep start 0 browse\nstep goal 1 buy\n"


def days(*numbers):
    return [DAY + dt.timedelta(days=n) for n in numbers]


def interactions(*rows):
    said = cstn.Interactions()
    if rows:
        said.update({
            "event_id": [row[0] for row in rows],
            "customer": [row[1] for row in rows],
            "kind": ["NPS_ANSWER"] * len(rows),
            "valid": days(*range(len(rows))),
            "number": [9] * len(rows),
        })
    return said


def loyalty(*customers):
    state = cstn.LoyaltyState()
    if customers:
        state.update("evidence", {
            "customer": list(customers),
            "valid": days(*[len(who) for who in customers]),
            "source": ["REFERRAL"] * len(customers),
        })
    return state


def journeys(*customers):
    state = cstn.Journeys(cstn.JourneyDefinition(JOURNEY), dt.datetime(2024, 3, 1, tzinfo=dt.timezone.utc))
    if customers:
        state.update({
            "customer": [who for who in customers for _ in range(2)],
            "valid": days(*[n for who in customers for n in (len(who), len(who) + 3)]),
            "step": ["browse", "buy"] * len(customers),
        })
    return state


def test_forgotten_customers_leave_states_that_never_saw_them() -> None:
    for made in (loyalty, journeys):
        state = made("ann", "robert", "jo")
        state.remove(["robert", "nobody"])
        assert state.serialize() == made("ann", "jo").serialize()
        state.remove(iter(("ann", "jo")))
        state.remove([])
        assert state.serialize() == made().serialize()
    said = interactions((1, 7), (2, 8))
    said.remove([8])
    assert len(said) == 1 and said.serialize() == interactions((1, 7)).serialize()


def test_who_cannot_be_named_changes_nothing() -> None:
    said = interactions((1, 7))
    with pytest.raises(cstn.SchemaError, match="customer"):
        said.remove(["seven"])
    with pytest.raises(cstn.RowErrors, match="row 1 names no customer"):
        said.remove([7, None])
    assert len(said) == 1


def test_settled_journeys_are_made_again_from_the_log() -> None:
    state = journeys("ann")
    state.settle()
    with pytest.raises(cstn.RebuildError, match="from the log"):
        state.remove(["ann"])


def test_parts_of_a_pass_are_taken_out_again() -> None:
    rows = [[1.0], [2.0], [9.0], [8.0]]
    model = cstn.KMeans(2, max_iter=1).fit(rows)
    whole = cstn.KMeansPass(model).update(rows)
    part = cstn.KMeansPass(model).update(rows[:1])
    assert whole.remove(part) is whole
    assert whole.serialize() == cstn.KMeansPass(model).update(rows[1:]).serialize()
    with pytest.raises(cstn.StateError, match="not all in it"):
        whole.remove(part)


def test_customers_are_taken_out_of_a_summary_of_stages() -> None:
    def summary(*customers):
        frame = {
            "customer": list(customers),
            "event_id": [f"{who}1" for who in customers],
            "kind": ["ORDER"] * len(customers),
            "valid": days(*[len(who) for who in customers]),
        }
        return cstn.StageReplay(as_of=dt.datetime(2025, 1, 1, tzinfo=dt.timezone.utc)).fit(frame).history_.summary()

    whole = summary("ann", "robert")
    whole.remove(summary("robert"))
    assert whole.serialize() == summary("ann").serialize()
    with pytest.raises(cstn.StateError, match="not all in it"):
        whole.remove(summary("ann", "robert"))
