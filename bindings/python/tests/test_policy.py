"""Service policies: one meaning, one text, one digest."""

import pickle

import pytest

import constellation as cstn
from constellation.errors import FormatError, InvalidArgumentError, NotFoundError

DEFAULT_DIGEST = "70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a"


def test_the_default_policy_has_the_published_digest() -> None:
    assert cstn.ServicePolicy().digest == DEFAULT_DIGEST
    assert cstn.ServicePolicy("").digest == DEFAULT_DIGEST
    assert cstn.ServicePolicy({}).digest == DEFAULT_DIGEST


@pytest.mark.parametrize(
    "changes, begin",
    [
        ("components=T supplier_cancel=exclude overdue_open=exclude", "a0af6fe8058b1bf7"),
        ("components=T actual_missing=fail customer_cancel=fail", "d5abefef0e1a09ce"),
        ("direction=inbound level=line components=T", "5471c133337a448e"),
    ],
)
def test_published_policies_have_their_digests(changes: str, begin: str) -> None:
    as_text = cstn.ServicePolicy(changes)
    as_keywords = cstn.ServicePolicy(**dict(pair.split("=") for pair in changes.split()))
    assert as_text.digest.startswith(begin) and as_keywords == as_text
    assert hash(as_text) == hash(as_keywords)


def test_a_policy_reads_like_a_dict_of_35_keys() -> None:
    policy = cstn.ServicePolicy(late_tolerance=2)
    assert len(policy) == len(list(policy)) == len(dict(policy)) == 35
    assert policy["late_tolerance"] == "2" and "level" in policy and "colour" not in policy
    assert policy.get("colour") is None
    assert policy.changes == {"late_tolerance": "2"}
    assert [key for key, _, _ in cstn.ServicePolicy.keys_explained()] == list(policy)


def test_a_replaced_key_changes_that_key_only() -> None:
    policy = cstn.ServicePolicy(components="TF").replace(level="line")
    assert policy.changes == {"components": "TF", "level": "line"}


def test_text_and_pickle_give_the_policy_back() -> None:
    policy = cstn.ServicePolicy(components="TD", documents="invoice,customs")
    assert cstn.ServicePolicy.parse(policy.text) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_text_in_another_spelling_is_refused() -> None:
    text = cstn.ServicePolicy().text
    with pytest.raises(FormatError):
        cstn.ServicePolicy.parse(text.replace("late_tolerance=0", "late_tolerance=00"))


@pytest.mark.parametrize(
    "keys",
    [{"colour": "red"}, {"level": "pallet"}, {"late_tolerance": -1}, {"late_tolerance": 1.5}],
)
def test_an_unknown_key_or_value_is_refused_by_name(keys) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(keys))):
        cstn.ServicePolicy(**keys)


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="level"):
        cstn.ServicePolicy({"level": "line"}, level="order")
    with pytest.raises(InvalidArgumentError, match="level"):
        cstn.ServicePolicy("level=line level=line")
    with pytest.raises(InvalidArgumentError, match="text or as keywords"):
        cstn.ServicePolicy("level=line", components="T")


def test_a_missing_key_is_a_key_error() -> None:
    with pytest.raises(NotFoundError, match="colour") as caught:
        cstn.ServicePolicy()["colour"]
    assert isinstance(caught.value, KeyError)


def test_a_nul_in_a_value_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="NUL"):
        cstn.ServicePolicy(level="line\0")
