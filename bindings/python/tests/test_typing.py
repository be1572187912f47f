"""The package is typed throughout, and says so."""

import pathlib
import subprocess
import sys

from conftest import PACKAGE


def test_mypy_strict_finds_nothing(tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "constellation"],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_package_carries_the_marker_of_types() -> None:
    assert (PACKAGE / "constellation" / "py.typed").exists()


def test_the_oldest_python_can_parse_every_module() -> None:
    import ast

    for path in (PACKAGE / "constellation").glob("*.py"):
        ast.parse(path.read_text(), str(path), feature_version=(3, 9))
