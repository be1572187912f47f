"""What a check came to: it passed or it failed.

A check that was not made, because a tool or a permission is not there or because a runner says "skipped", has failed: our
own setup installs every tool. Data beside the checkout are another matter: they are no part of it, and what reads them is
not run without them, in a line that says so (shared_data() is None).
"""
import collections
import os
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[2]
PASS, FAIL = "PASS", "FAIL"


class Result(collections.namedtuple("Result", "name outcome detail")):
    """The outcome of one check."""

    __slots__ = ()

    def __new__(cls, name, outcome, detail=""):
        if outcome not in (PASS, FAIL):
            raise ValueError(f"{name}: no check may end with {outcome}")
        return super().__new__(cls, name, outcome, detail)


def absent(name, why):
    """The result of a check that was not made."""
    return Result(name, FAIL, f"not checked: {why}")


def shared_data():
    """The folder of data that lies beside the checkout, or None."""
    folder = pathlib.Path(os.environ.get("CSTN_SHARED") or TOP.parent / "shared") / "data"
    return folder if folder.is_dir() else None


def vectors():
    """The folder of outside vectors beside the checkout, or None."""
    folder = pathlib.Path(os.environ.get("CSTN_SHARED") or TOP.parent / "shared") / "vectors"
    return folder if folder.is_dir() else None
