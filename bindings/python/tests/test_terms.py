"""Terms from Python: built by keywords, read, compared and offered."""

from __future__ import annotations

import hashlib
import json
import pickle
from typing import Any, Dict

import pytest

from constellation import FormatError, InvalidArgumentError, UnevaluableError
from constellation import _cdefs as c
from constellation.constraints import Vocabulary
from constellation.terms import OfferError, Term, TermSet, offer_check

DAY = 86_400_000_000
LEAST: Dict[str, Any] = {
    "provider": "acme",
    "recipient": "beta",
    "constellation": "fmcg",
    "fields": ["order.qty"],
    "purpose": "replenishment",
    "actions": ["read"],
    "consideration": [{"kind": "explicit_none"}],
}
FULL: Dict[str, Any] = {
    "actions": ["read", "give"],
    "consideration": [
        {"kind": "money", "amount_minor": 5, "currency": "EUR", "due": "every", "due_us": DAY}
    ],
    "constellation": "fmcg",
    "constraint": {"operand": "rows", "operator": "lteq", "type": "int64", "value": 10},
    "data_window": {"data_from_us": 0, "max_age_us": DAY},
    "dual_pair_acknowledged": True,
    "duties": [{"phase": "after", "action": "pay", "consequence": {"phase": "after", "action": "x"}}],
    "effect": "permit",
    "fields": ["order.*"],
    "granularity": {"level": "generalised", "steps": [{"path": "order.qty", "step": 10}]},
    "legal_basis": "contract",
    "legal_text": [{"title": "T", "sha256": "11" * 32}],
    "limits": {"rows_in_all": str(2**63 - 1)},
    "onward": {"to": "list", "parties": ["gamma"], "max_hops": 1},
    "proof_of_content": True,
    "provider": "acme",
    "purpose": "planning",
    "recipient_roles": ["buyer"],
    "retention": {"max_us": DAY, "then": "delete", "proof": True},
    "revocation": {"by": "provider", "notice_us": DAY},
    "small_kind_acknowledged": True,
    "valid_from_us": 1,
    "valid_until_us": 2,
}


def speech() -> Vocabulary:
    return Vocabulary(
        purposes={"planning": [], "replenishment": ["planning"]}, paths={"order.*": ["competitive"]}
    )


def test_every_component_comes_back_as_it_was_given() -> None:
    term = Term(**FULL)
    assert term.components == FULL
    assert Term(**term.components) == term
    assert Term.read(term.json).components == FULL


def test_canonical_json_is_that_of_sorted_members_without_spaces() -> None:
    text = json.dumps(FULL, sort_keys=True, separators=(",", ":"))
    term = Term(**FULL)
    assert term.json == text
    assert term.digest == hashlib.sha256(b"cstn/terms/v1\n" + text.encode()).digest()


def test_values_may_be_bytes_large_numbers_and_iterators() -> None:
    term = Term(
        **{**LEAST, "fields": (f for f in ["order.qty"])},
        limits={"rows_in_all": 2**63 - 1},
        legal_text=[{"title": "T", "sha256": bytes(31) + b"\x01"}],
    )
    assert term.components["limits"] == {"rows_in_all": str(2**63 - 1)}
    assert term.components["legal_text"][0]["sha256"] == "00" * 31 + "01"


def test_the_order_of_lists_does_not_matter() -> None:
    one = Term(**{**LEAST, "fields": ["order.qty", "a.b", "a.b"], "actions": ["give", "read"]})
    other = Term(**{**LEAST, "fields": ["a.b", "order.qty"], "actions": ["read", "give"]})
    assert one == other and hash(one) == hash(other)
    assert one != Term(**LEAST) and one != "term"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"provider": ""}, "provider"),
        ({"recipient": None}, "no recipient is set"),
        ({"fields": []}, "no field is set"),
        ({"fields": ["qty"]}, "noun.field"),
        ({"actions": ["steal"]}, "'actions': no such word"),
        ({"effect": "allow"}, "'effect': no such word"),
        ({"granularity": {"level": "raw", "k": 3}}, "k is 3, but is no parameter of level raw"),
        ({"granularity": {"level": "raw", "depth": 3}}, "'depth': no such member"),
        ({"retention": {"max_us": 0, "then": "delete"}}, "max_us is 0"),
        ({"onward": {"to": "list", "max_hops": 9, "parties": ["x"]}}, "max_hops is 9"),
        ({"constraint": {"operand": "rows"}}, "constraint"),
        ({"constraint": "{"}, "constraint"),
        ({"fields": "order.qty"}, "fields is a str"),
        ({"valid_from_us": 1.5}, "valid_from_us is float"),
    ],
)
def test_a_component_that_breaks_its_rule_is_named(members: Dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Term(**{**LEAST, **members})
    assert words in str(caught.value) and not str(caught.value).startswith("byte")


def test_reading_is_strict_unless_told_otherwise() -> None:
    text = json.dumps(Term(**LEAST).components)
    with pytest.raises(FormatError, match="byte 11: the text is not canonical"):
        Term.read(text)
    assert Term.read(text, loose=True) == Term(**LEAST)
    with pytest.raises(FormatError, match="byte 6"):
        Term.read('{"a":1', loose=True)


def test_words_name_every_component() -> None:
    words = str(Term(**FULL))
    assert words.startswith("In constellation fmcg, acme permits every member with the role buyer")
    for word in ("order.*", "gamma", "1 day", "rows", "contract", "not machine-evaluated: T"):
        assert word in words


def test_flow_down_names_the_component_that_fails() -> None:
    parent = Term(**{**LEAST, "onward": {"to": "list", "parties": ["gamma"], "max_hops": 1}})
    derived = parent.replace(provider="beta", recipient="gamma", onward=None)
    assert derived.is_within(parent)
    assert parent.is_within(parent)
    assert parent.why_not_within(derived) is not None
    assert derived.replace(recipient="delta").why_not_within(parent) == "recipient"
    narrow = derived.replace(purpose="replenishment")
    wide = parent.replace(purpose="planning")
    assert narrow.why_not_within(wide) == "purpose"
    assert narrow.is_within(wide, speech())
    assert TermSet([narrow]).is_within(TermSet([wide]), speech())
    ban = wide.replace(effect="prohibit")
    assert not TermSet([narrow]).is_within(TermSet([wide, ban]), speech())


def test_a_condition_may_be_a_constraint() -> None:
    vocabulary = speech()
    condition = vocabulary["rows"] <= 10
    term = Term(**{**LEAST, "constraint": condition})
    assert term.components["constraint"] == json.loads(condition.json)
    wide = term.replace(
        constraint=vocabulary["rows"] <= 11,
        onward={"to": "list", "parties": ["gamma"], "max_hops": 1},
    )
    derived = term.replace(provider="beta", recipient="gamma")
    assert derived.is_within(wide, vocabulary)
    assert derived.why_not_within(wide) == "constraint"


def test_a_set_keeps_its_terms() -> None:
    terms = [Term(**FULL), Term(**LEAST)]
    whole = TermSet(terms)
    assert sorted(t.digest for t in terms) == [t.digest for t in whole]
    assert whole[-1] == whole[1]
    first = whole[0]
    whole.close()
    for term in terms:
        term.close()
    assert first.json
    with pytest.raises(IndexError):
        TermSet([first])[1]
    with pytest.raises(InvalidArgumentError):
        TermSet([])


def test_all_defects_of_an_offer_are_in_the_exception() -> None:
    vocabulary = speech()
    good = Term(**LEAST)
    offer_check([good], vocabulary)
    bad = good.replace(
        purpose="fun",
        consideration=(),
        duties=[{"phase": "after", "action": "dance"}],
        granularity={"level": "raw"},
    )
    with pytest.raises(OfferError, match="and 3 more") as caught:
        offer_check([bad], vocabulary, dual_pair=True)
    assert isinstance(caught.value, UnevaluableError)
    assert [(d.component, d.operand, d.value) for d in caught.value.defects] == [
        ("purpose", "purpose", "fun"),
        ("granularity", "level", "order.qty"),
        ("consideration", "consideration", ""),
        ("duties", "action", "dance"),
    ]
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.defects == caught.value.defects and again.code == c.CSTN_E_UNEVALUABLE
    with pytest.raises(OfferError) as caught:
        offer_check(TermSet([bad]), vocabulary, duty_actions=["dance"])
    assert len(caught.value.defects) == 2
    with pytest.raises(InvalidArgumentError):
        offer_check([good], None)  # type: ignore[arg-type]


def test_a_term_says_whether_any_request_is_let_pass() -> None:
    vocabulary = speech()
    term = Term(**LEAST)
    late = {"operand": "now", "operator": "gteq", "type": "instant", "value": DAY}
    assert term.is_realizable(vocabulary) is True
    assert term.replace(constraint=late).is_realizable(vocabulary) is True
    assert term.replace(constraint=late, valid_until_us=DAY).is_realizable(vocabulary) is False
    assert term.replace(purpose="fun").is_realizable(vocabulary) is None
    with pytest.raises(OfferError, match="in the windows of the term"):
        offer_check([term.replace(constraint=late, valid_until_us=DAY)], vocabulary)
