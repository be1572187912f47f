"""What a check came to, and the one place that says when one may be left out.

A machine may lack a tool or a permission. Then a check is skipped and the run says so; in continuous integration
(CI=true) it fails, because our own setup installs every tool: no SKIP can be made there. Data beside the checkout are
another matter: they are no part of it, and what reads them is not run without them (SHARED is None).
"""
import collections
import os
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
CI = os.environ.get("CI") == "true"
PASS, FAIL, SKIP = "PASS", "FAIL", "SKIP"
SKIPPED_CODE = 77  # what a program that is a test ends with, by meson's convention


class Result(collections.namedtuple("Result", "name outcome detail")):
    """The outcome of one check."""

    __slots__ = ()

    def __new__(cls, name, outcome, detail=""):
        if outcome not in ((PASS, FAIL) if CI else (PASS, FAIL, SKIP)):
            raise ValueError(f"{name}: no check may end with {outcome} here")
        return super().__new__(cls, name, outcome, detail)


def absent(name, why):
    """The result of a check that was not made, because something is not there."""
    return Result(name, FAIL if CI else SKIP, why)


def leave_out(why):
    """End a program that is a test, because something that it needs is not there."""
    print(f"{'not checked' if CI else 'skipped'}: {why}")
    sys.exit(1 if CI else SKIPPED_CODE)


def shared_data():
    """The folder of data that lies beside the checkout, or None."""
    folder = pathlib.Path(os.environ.get("CSTN_SHARED") or TOP.parent / "shared") / "data"
    return folder if folder.is_dir() else None
