"""Vocabularies, constraints, conditions, and policies of ODRL."""

import datetime
import decimal
import json
import pickle

import pytest

from constellation import odrl
from constellation.constraints import Constraint, Operand, Vocabulary, exactly_one, path_covers
from constellation.terms import Term, TermSet
from constellation.errors import (
    ArithmeticOverflowError,
    ClosedError,
    DuplicateError,
    FormatError,
    InvalidArgumentError,
    LimitError,
    UnevaluableError,
)


@pytest.fixture()
def vocabulary() -> Vocabulary:
    return Vocabulary(
        operands=[
            Operand("price", "decimal", scale=2, least="0", most=decimal.Decimal("99.5")),
            Operand("region", "id", ids=["europe", "asia"]),
            Operand("elapsed", "duration", least=0),
            Operand("metered", "duration", least=0, at_most="elapsed"),
        ],
        purposes={"planning": [], "safety": ["replenishment"], "replenishment": ["planning"]},
        roles=["carrier"],
        paths={"order.*": ["operational"], "order.price": ["competitive"], "order.note": []},
    )


def test_a_vocabulary_says_what_it_was_given(vocabulary: Vocabulary) -> None:
    operands = {operand.name: operand for operand in vocabulary.operands}
    assert operands["price"].least == 0 and operands["price"].most == decimal.Decimal("99.50")
    assert operands["region"].ids == ("asia", "europe")
    assert operands["metered"].at_most == "elapsed" and operands["now"].type == "instant"
    assert vocabulary.covers("planning", "safety") and not vocabulary.covers("safety", "planning")
    assert vocabulary.has_role("carrier") and not vocabulary.has_role("planning")
    assert vocabulary.has_purpose("safety") and vocabulary.has_path("order.unheard")
    assert vocabulary.classes("order.price") == {"competitive", "operational"}
    assert vocabulary.classes("stock.level") == {"competitive", "pii_direct"}
    assert path_covers("order.*", "order[].price")
    with pytest.raises(InvalidArgumentError, match="weather"):
        vocabulary["weather"]
    with pytest.raises(InvalidArgumentError, match="noun"):
        vocabulary.classes("order")


def test_bad_vocabularies_are_refused() -> None:
    with pytest.raises(DuplicateError):
        Vocabulary(operands=[Operand("now", "instant")])
    with pytest.raises(InvalidArgumentError, match="covers itself"):
        Vocabulary(purposes={"a": ["b"], "b": ["a"]})
    with pytest.raises(InvalidArgumentError, match="type"):
        Vocabulary(operands=[Operand("x", "float")])
    with pytest.raises(InvalidArgumentError, match="class"):
        Vocabulary(paths={"a.b": ["secret"]})


def test_values_of_all_types_make_leaves(vocabulary: Vocabulary) -> None:
    now, price, group = vocabulary["now"], vocabulary["price"], vocabulary["group"]
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone.utc)
    assert str(now <= noon) == "now is at or before 2026-01-01T12:00:00Z"
    assert (now <= noon).json == (now <= "2026-01-01T12:00Z").json
    assert str(price.any_of("2.50", decimal.Decimal("1E+1"), 3)) == "price is any of 2.5, 3.0, 10.0"
    assert str(vocabulary["elapsed"] > datetime.timedelta(days=2)) == "elapsed is above 2 days"
    assert str(vocabulary["hops"] != 2) == "hops is not 2"
    assert str(group.all_of("b", "a")) == "group has all of 'a', 'b'"
    assert (group == {"a"}).evaluate(vocabulary, {"group": ["a", "a"]}) is True
    with pytest.raises(InvalidArgumentError, match="float"):
        price < 2.5
    with pytest.raises(InvalidArgumentError, match="18 decimals"):
        price < "0.1234567890123456789"
    with pytest.raises(InvalidArgumentError):
        now < datetime.datetime(2026, 1, 1)
    with pytest.raises(ArithmeticOverflowError):
        vocabulary["hops"] < 2**63
    with pytest.raises(InvalidArgumentError):
        vocabulary["party"] == 7


def test_expressions_combine_and_have_no_truth_of_their_own(vocabulary: Vocabulary) -> None:
    hops = vocabulary["hops"]
    tree = (hops > 1) & (hops < 5) & (hops != 3)
    assert len(tree) == 4
    assert str(exactly_one(tree, ~(hops == 2))) == (
        "exactly one of (hops is above 1 and hops is below 5 and hops is not 3; not (hops is 2))"
    )
    assert json.loads(((hops > 1) | (hops < 0)).json)["or"][1]["value"] == 0
    assert Constraint.read(tree.json).json == tree.json
    with pytest.raises(TypeError, match="no truth"):
        bool(tree)
    with pytest.raises(InvalidArgumentError, match="constraint expected"):
        tree & True
    with pytest.raises(FormatError, match="/and"):
        Constraint.read('{"and":[]}')
    with pytest.raises(LimitError):
        for _ in range(64):
            tree = ~tree
    tree.close()
    with pytest.raises(ClosedError):
        tree.json


def test_truth_is_true_false_or_none(vocabulary: Vocabulary) -> None:
    tree = (vocabulary["price"] < "9.50") | (vocabulary["region"] == "asia")
    condition = tree.compile(vocabulary)
    for facts, truth in [
        ({"price": "9.49"}, True),
        ({"price": "9.5"}, None),
        ({"price": "9.5", "region": "europe"}, False),
        ({"price": "-1", "region": "europe"}, None),
        ({"region": "asia"}, True),
        ({}, None),
    ]:
        assert tree.evaluate(vocabulary, facts) is truth
        assert condition.evaluate(facts) is truth
    assert tree.explain(vocabulary, {"price": 10}).splitlines() == [
        "unknown: any of",
        "  false: price is below 9.5 (it is 10)",
        "  unknown: region is 'asia' (there is no one fact)",
    ]
    with pytest.raises(InvalidArgumentError, match="weather"):
        tree.evaluate(vocabulary, {"weather": 1})


def test_what_cannot_be_evaluated_is_named(vocabulary: Vocabulary) -> None:
    tree = vocabulary["region"] == "mars"
    with pytest.raises(UnevaluableError, match="region.*mars"):
        tree.check(vocabulary)
    with pytest.raises(UnevaluableError):
        tree.compile(vocabulary)
    assert tree.is_realizable(vocabulary) is None
    assert tree.implies(tree, vocabulary) is None
    assert tree.compare(tree, vocabulary) == "unknown"
    (vocabulary["region"] == "asia").check(vocabulary)


def test_static_checks(vocabulary: Vocabulary) -> None:
    elapsed, metered = vocabulary["elapsed"], vocabulary["metered"]
    assert ((elapsed < 5) & (metered > 4)).is_realizable(vocabulary) is True
    assert ((elapsed < 5) & (metered >= 5)).is_realizable(vocabulary) is False
    assert (elapsed <= 5).implies(metered <= 5, vocabulary) is True
    assert (metered <= 5).implies(elapsed <= 5, vocabulary) is False
    assert (elapsed <= 5).compare(elapsed > 5, vocabulary) == "conflict"
    assert (elapsed <= 5).compare(elapsed > 4, vocabulary) == "compatible"
    assert (elapsed <= 5).compare(metered > 4, vocabulary) == "underspecified"


def test_a_policy_is_read(vocabulary: Vocabulary) -> None:
    policy = odrl.read(
        {
            "uid": "p",
            "permission": [
                {
                    "action": ["read", "sell"],
                    "assignee": {"@type": "PartyCollection", "@id": "c", "source": "s"},
                    "duty": [{"action": "compensate", "uid": "d"}],
                    "constraint": [
                        {"leftOperand": "UsagePurpose", "operator": "eq", "rightOperand": "safety"},
                        {
                            "leftOperand": "DataUsageEndDurationDays",
                            "operator": "eq",
                            "rightOperand": 2,
                        },
                        {"leftOperand": "Warranty", "operator": "eq", "rightOperand": "w"},
                        {
                            "leftOperand": "ConfidentialInformationSharing",
                            "operator": "isAnyOf",
                            "rightOperand": ["cx.sharing.affiliates:1"],
                        },
                    ],
                }
            ],
        },
        vocabulary,
        legal_text=True,
        affiliates=["x", "y"],
    )
    rule = policy.rules[0]
    assert policy.uid == "p" and rule.actions == {"read", "sell"} and rule.target is None
    assert (rule.assignee, rule.assignee_is_collection, rule.assignee_source) == ("c", True, "s")
    assert rule.duties == (odrl.Duty("compensate", "d"),)
    assert str(rule.constraint) == "purpose is part of 'safety'"
    kinds = {part.kind: part for part in rule.components}
    assert kinds["retention_for"].number == 2 * 86_400_000_000
    assert kinds["onward_list"].ids == ("x", "y")
    assert json.loads(kinds["legal_clause"].text)["leftOperand"] == "Warranty"


def test_a_policy_is_refused_with_all_reasons(vocabulary: Vocabulary) -> None:
    with pytest.raises(odrl.RefusedError, match="and 1 more") as raised:
        odrl.read(
            '{"permission":{"action":"use","constraint":[{"leftOperand":"weather","operator":"eq",'
            '"rightOperand":"dry"},{"leftOperand":"hops","operator":"lt","rightOperand":-1}]}}',
            vocabulary,
        )
    assert [(r.operand, r.value) for r in raised.value.refusals] == [("weather", "dry"), ("hops", "-1")]
    again = pickle.loads(pickle.dumps(raised.value))
    assert again.refusals == raised.value.refusals
    with pytest.raises(FormatError):
        odrl.read("{", vocabulary)


def test_terms_and_agreements_are_compared(vocabulary: Vocabulary) -> None:
    def term(**changes: object) -> Term:
        parts = {
            "provider": "a",
            "recipient": "b",
            "constellation": "c",
            "fields": ["order.price"],
            "purpose": "planning",
            "actions": ["read"],
        }
        return Term(**{**parts, **changes})

    rows = vocabulary["rows"]
    assert term(constraint=rows < 5).compare(term(constraint=rows > 3), vocabulary) == "compatible"
    assert term(constraint=rows < 5).compare(term(constraint=rows > 5), vocabulary) == "conflict"
    assert term().compare(term(constraint=rows > 5), vocabulary) == "underspecified"
    assert term().compare(term(purpose="spam"), vocabulary) == "unknown"
    ban = TermSet([term(effect="prohibit", fields=["order.*"], constraint=rows > 3)])
    assert TermSet([term()]).compare(ban, vocabulary) == "ambiguous"
    assert TermSet([term(constraint=rows > 4)]).compare(ban, vocabulary) == "conflict"
    assert TermSet([term(constraint=rows < 3)]).compare(ban, vocabulary) == "none"
