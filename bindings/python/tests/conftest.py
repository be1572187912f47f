"""Where the tests find the package, the library and the data."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent
TOP = PACKAGE.parents[1]

sys.path.insert(0, str(PACKAGE))
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder of real data: CSTN_SHARED, or ``../shared`` beside the checkout."""
    path = pathlib.Path(os.environ.get("CSTN_SHARED", str(TOP.parent / "shared")))
    if not (path / "data").is_dir():
        pytest.fail(f"the real data is not at '{path}'; set CSTN_SHARED to its folder")
    return path
