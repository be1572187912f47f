"""The example runs from pandas and from polars, and prints the same numbers."""

import os
import re
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_network_of_frames_is_opened_again_and_plotted(library: str, tmp_path: Path) -> None:
    command = [sys.executable, str(TOP / "examples" / "network_pandas.py"), str(tmp_path / "acme")]
    env = {**os.environ, "PYTHONPATH": str(PACKAGE), "CONSTELLATION_FRAME": library}
    env["MPLBACKEND"] = "agg"
    runs = [
        subprocess.run(
            [*command, str(tmp_path / "rates.png")], env=env, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    told = "left out of order: row 5, column 'qty': '0' is not positive\n"
    assert runs[0] == told + runs[1]
    assert "transactions: 3\nperfect orders: 0.500000 (2 of 4)" in runs[1]
    assert "bolts near 2 of 2\ncargo far 0 of 2\n" in runs[1] and "attributes.distance" in runs[1]
    assert (tmp_path / "rates.png").read_bytes().startswith(b"\x89PNG")


def test_an_order_log_becomes_a_service_plan_with_plots(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(PACKAGE), "MPLBACKEND": "agg"}
    out = subprocess.run(
        [sys.executable, str(TOP / "examples" / "customer_value_pandas.py"), "-o", str(tmp_path)],
        env=env, capture_output=True, text=True, check=True,
    ).stdout
    assert out.startswith("600 customers\n")
    assert re.search(r"^drift by dimension: \{'frequency': 0\.\d", out, re.M)
    came, expected = re.search(r"(\d+) came, (\d+) expected", out).groups()
    assert 0.8 < int(expected) / int(came) < 1.25
    # The log was made with one probability of dropout for all, which the fit finds out.
    assert "HOMOGENEOUS_DROPOUT" in out
    plan = re.findall(r"^(.*): tier (\d), service level (\d+\.\d)%$", out, re.M)
    assert [tier for _, tier, _ in plan] == sorted(tier for _, tier, _ in plan)
    assert "Key accounts" in {name for name, _, _ in plan}
    pictures = sorted(path.name for path in tmp_path.iterdir())
    names = ["alive", "calibration", "clusters", "cohorts", "plan", "rfm"]
    assert pictures == [f"{name}.png" for name in names]
    assert re.search(r"^again within 90 days: 0\.\d+ \(\d+ of \d+\)", out, re.M)
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in pictures)


def test_both_libraries_give_the_same_first_line() -> None:
    first = [run(library).splitlines()[0] for library in ("pandas", "polars")]
    assert first[0] == first[1] and re.match(r"policy [0-9a-f]{16}, 2 carriers", first[0])
