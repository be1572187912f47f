"""Everything public is documented: purpose, every parameter, and an example that runs elsewhere."""

import ast
import inspect

import pytest

import constellation
from conftest import PACKAGE
from constellation import plot
from constellation._estimator import Estimator
from constellation._state import Serial

PUBLIC = {
    name: getattr(constellation, name) for name in constellation.__all__ if not name.startswith("_")
}
PUBLIC.update({f"plot.{name}": getattr(plot, name) for name in plot.__all__})


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_says_what_it_is_and_names_every_parameter(name: str) -> None:
    thing = PUBLIC[name]
    text = inspect.getdoc(thing) or ""
    assert text and text[0].isupper()
    if inspect.isfunction(thing):
        for parameter in inspect.signature(thing).parameters:
            assert parameter in text, f"{name} does not say what {parameter} is"


@pytest.mark.parametrize(
    "cls", [thing for thing in PUBLIC.values() if inspect.isclass(thing)], ids=lambda c: c.__name__
)
def test_every_public_method_says_what_it_does(cls: type) -> None:
    for name, member in vars(cls).items():
        if name.startswith("_") or not (inspect.isfunction(member) or isinstance(member, property)):
            continue
        assert inspect.getdoc(getattr(cls, name)), f"{cls.__name__}.{name}"


def test_every_name_in_all_exists_and_the_list_is_sorted() -> None:
    assert list(constellation.__all__) == sorted(constellation.__all__)
    assert all(hasattr(constellation, name) for name in constellation.__all__)


def test_the_oldest_python_can_parse_every_module() -> None:
    for path in (PACKAGE / "constellation").glob("*.py"):
        ast.parse(path.read_text(), str(path), feature_version=(3, 9))


READERS = [
    (constellation.perfect_order_rate, {"lines": {}, "as_of": 0}),
    (constellation.PerfectOrderState("components=T", as_of=0).update, {"lines": {}}),
    (constellation.Network.open().import_, {"noun": "partner", "rows": {}}),
    (constellation.Network.open().transaction().import_, {"noun": "partner", "rows": {}}),
    (constellation.Interactions().update, {"rows": {}}),
    (constellation.LoyaltyState().update, {"kind": "evidence", "rows": {}}),
    (constellation.CostToServe().update, {"rows": {}}),
    (constellation.StageReplay(as_of=0).fit, {"events": {}}),
    (constellation.Journeys("cstn-journey 1\ngap 1 d\nstep start,goal - a\n", 0).update,
     {"events": {}}),
]


@pytest.mark.parametrize("function, given", READERS, ids=lambda f: getattr(f, "__qualname__", ""))
def test_a_call_that_reads_rows_names_its_keywords_and_refuses_others(function, given) -> None:
    shown = inspect.signature(function).parameters
    for name in ("columns", "constants", "values", "zone", "casts", "binding", "trusted", "progress"):
        assert shown[name].kind is inspect.Parameter.KEYWORD_ONLY
    with pytest.raises(TypeError, match="unexpected keyword argument 'colums'; there are .*columns, "):
        function(**given, colums={})


@pytest.mark.parametrize(
    "function, known",
    [
        (constellation.Interactions().reasons, "since"),
        (constellation.Interactions().net_promoter, "since"),
        (constellation.Loyalty().fit, "purchases"),
        (constellation.Loyalty().partial_fit, "purchases"),
    ],
    ids=lambda f: getattr(f, "__qualname__", ""),
)
def test_a_keyword_that_calls_share_is_named_and_another_refused(function, known: str) -> None:
    assert known in inspect.signature(function).parameters
    with pytest.raises(TypeError, match=f"unexpected keyword argument 'colour'; there are .*{known}"):
        function(colour=1)


@pytest.mark.parametrize(
    "cls",
    [thing for thing in PUBLIC.values() if inspect.isclass(thing) and issubclass(thing, (Estimator, Serial))],
    ids=lambda c: c.__name__,
)
def test_every_estimator_and_state_says_who_may_use_it_and_what_it_costs(cls: type) -> None:
    notes = (inspect.getdoc(cls) or "").partition("Notes\n-----\n")[2]
    assert "thread" in inspect.getdoc(cls), cls
    assert notes, cls
