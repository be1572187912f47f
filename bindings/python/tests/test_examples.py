"""The example runs from pandas and from polars, and prints the same numbers."""

import os
import re
import subprocess
import sys

import pytest

from conftest import PACKAGE, TOP


def run(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, str(TOP / "examples" / "perfect_order_pandas.py"), *arguments],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_example_prints_rate_losses_and_an_explanation(library: str) -> None:
    out = run(library)
    assert "perfect orders: 0.333333 (2 of 6)" in out
    assert "only_failures" in out and "not on time" in out


def test_both_libraries_give_the_same_first_line() -> None:
    first = [run(library).splitlines()[0] for library in ("pandas", "polars")]
    assert first[0] == first[1] and re.match(r"policy [0-9a-f]{16}, 2 carriers", first[0])
