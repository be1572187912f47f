"""Seeds of tests/fuzz are bytes that this library takes: a fuzz target whose seeds are refused finds nothing."""

import importlib.util
import pathlib

import pytest

from constellation._state import Serial

FUZZ = pathlib.Path(__file__).resolve().parents[3] / "tests" / "fuzz"
SEEDS = sorted((FUZZ / "seeds" / "sealed").iterdir())


def makers():
    spec = importlib.util.spec_from_file_location("make_seeds", FUZZ / "make_seeds.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def classes(above=Serial):
    for one in above.__subclasses__():
        yield one
        yield from classes(one)


def test_every_kind_has_a_seed() -> None:
    assert {path.name.split("_0")[0].rstrip("_") for path in SEEDS if "_0" in path.name} == set(makers().KINDS)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_is_taken_and_written_back(seed: pathlib.Path) -> None:
    given = seed.read_bytes()
    maker = makers()
    name = f"cstn_{maker.KINDS[given[0]]}"
    sealed = given[4 if given[1] == maker.DIGEST_TOO else 2 :]
    (kind,) = {one for one in classes() if one._NAME == name}
    assert kind.deserialize(sealed).serialize() == sealed


@pytest.mark.parametrize("target", ["agreement", "partner", "signal", "note", "checkpoint", "log_proof"])
def test_seeds_are_those_that_are_made(target: str) -> None:
    seeds = {path.name: path.read_bytes() for path in (FUZZ / "seeds" / target).iterdir()}
    assert seeds == dict(getattr(makers(), target)())
