"""Every status has an exception, and exceptions are what a caller expects."""

import pickle

import pytest

from constellation import errors
from constellation._native import lib


def test_every_failing_status_has_an_exception_class() -> None:
    codes = [lib.cstn_status_at(i) for i in range(lib.cstn_status_count())]
    assert len(codes) == len(set(codes))
    assert {code for code in codes if code < 0} == set(errors.CLASSES)


@pytest.mark.parametrize(
    "cls, builtin",
    [
        (errors.InvalidArgumentError, ValueError),
        (errors.SchemaError, ValueError),
        (errors.NotFoundError, KeyError),
        (errors.OutOfMemoryError, MemoryError),
        (errors.ArithmeticOverflowError, OverflowError),
        (errors.IOFailedError, OSError),
        (errors.NotSupportedError, NotImplementedError),
        (errors.LibraryError, ImportError),
        (errors.RowErrors, ValueError),
    ],
)
def test_an_exception_is_also_the_builtin_and_keeps_code_and_message(cls, builtin) -> None:
    error = cls("column 'qty' is absent")
    assert isinstance(error, builtin) and isinstance(error, errors.ConstellationError)
    assert (str(error), error.code, error.rows) == ("column 'qty' is absent", cls.CODE, None)


def test_exceptions_survive_pickling() -> None:
    for cls in list(errors.CLASSES.values()) + [errors.ClosedError, errors.ForkedError]:
        error = pickle.loads(pickle.dumps(cls("why")))
        assert type(error) is cls and str(error) == "why" and error.code == cls.CODE


def test_a_code_of_a_newer_library_is_the_base_class() -> None:
    error = errors.error_for(-999, "new")
    assert type(error) is errors.ConstellationError and error.code == -999
