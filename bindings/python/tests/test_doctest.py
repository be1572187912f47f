"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import constellation

MODULES = ["constellation"] + [
    f"constellation.{module.name}" for module in pkgutil.iter_modules(constellation.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(name)
    names = {**vars(constellation), **vars(module)}
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in finder.find(module, globs=names):
        runner.run(test)
    assert runner.failures == 0


def test_every_public_function_and_class_shows_or_says_something() -> None:
    missing = [
        name
        for name in constellation.__all__
        if not name.startswith("_") and not getattr(constellation, name).__doc__
    ]
    assert missing == []
