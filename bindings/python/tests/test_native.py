"""Which library is loaded, and what happens when it is absent, foreign, or older than the package."""

import pathlib
import shutil
import subprocess
import sys

import pytest

import constellation
from conftest import PACKAGE
from constellation import _cdefs
from constellation._native import Library, c_text, integer, unsigned
from constellation.errors import (
    ArithmeticOverflowError,
    InvalidArgumentError,
    LibraryError,
    NotSupportedError,
)


def run(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PACKAGE), "PATH": "/usr/bin:/bin", **environment},
        cwd="/",  # -c looks in the current folder first
        capture_output=True,
        text=True,
        check=False,
    )


def library(folder: pathlib.Path, source: str) -> pathlib.Path:
    """A shared library of our own, compiled from C."""
    (folder / "other.c").write_text(source)
    out = folder / "libother.so"
    subprocess.check_call(["cc", "-shared", "-fPIC", "-o", str(out), str(folder / "other.c")])
    return out


def test_the_path_in_the_environment_is_the_one_that_is_loaded() -> None:
    code = "import constellation; print(constellation.library_path())"
    path = constellation.library_path()
    assert run(code, CONSTELLATION_LIBRARY=path).stdout.strip() == path


def test_a_wrong_path_is_an_import_error_that_names_it_and_nothing_else_is_tried() -> None:
    done = run("import constellation", CONSTELLATION_LIBRARY="/nowhere/libconstellation.so.0")
    assert done.returncode == 1
    assert "LibraryError" in done.stderr and "/nowhere/libconstellation.so.0" in done.stderr


def test_the_library_beside_the_package_is_found(tmp_path: pathlib.Path) -> None:
    shutil.copytree(PACKAGE / "constellation", tmp_path / "constellation")
    shutil.copy(constellation.library_path(), tmp_path / "constellation" / "libconstellation.so.0")
    done = run("import constellation; print(constellation.library_path())", PYTHONPATH=str(tmp_path))
    assert done.stdout.strip() == str(tmp_path / "constellation" / "libconstellation.so.0")


def test_the_systems_library_is_found_last(tmp_path: pathlib.Path) -> None:
    shutil.copy(constellation.library_path(), tmp_path / "libconstellation.so.0")
    code = "import constellation; print(constellation.library_path())"
    assert run(code, LD_LIBRARY_PATH=str(tmp_path)).stdout.strip() == "libconstellation.so.0"


def test_without_a_library_the_error_says_where_it_looked() -> None:
    done = run("import constellation", LD_LIBRARY_PATH="")
    assert "LibraryError" in done.stderr and "CONSTELLATION_LIBRARY" in done.stderr


def test_a_library_of_another_major_version_is_refused_with_both_versions(
    tmp_path: pathlib.Path,
) -> None:
    path = library(tmp_path, "int cstn_version_number(void) { return 1002003; }")
    with pytest.raises(LibraryError, match=r"is version 1\.2\.3, this package wants 0\.1\.0"):
        Library(str(path))


def test_a_library_that_is_not_ours_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(LibraryError, match="is not libconstellation"):
        Library(str(library(tmp_path, "int something_else(void) { return 0; }")))


def test_a_function_the_library_lacks_fails_when_called_and_not_before(
    tmp_path: pathlib.Path,
) -> None:
    path = library(tmp_path, "int cstn_version_number(void) { return 1000; }")
    function = Library(str(path)).cstn_quantile
    with pytest.raises(NotSupportedError, match=r"cstn_quantile is not in '.*' \(version 0\.1\.0\)"):
        function(None, 0, 0, 0, None)


def test_import_needs_the_standard_library_only() -> None:
    code = (
        "import sys, constellation, constellation.plot; "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'numpy', 'pandas', 'polars', 'pyarrow', 'matplotlib', 'duckdb'}))"
    )
    assert run(code, CONSTELLATION_LIBRARY=constellation.library_path()).stdout.strip() == "[]"


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**64])
def test_an_integer_that_does_not_fit_is_an_error_and_never_wraps(value: int) -> None:
    with pytest.raises(ArithmeticOverflowError, match=f"n {value} does not fit int32"):
        integer(value, 32, "n")


@pytest.mark.parametrize(
    "value, error", [(-1, InvalidArgumentError), (2**32, ArithmeticOverflowError)]
)
def test_an_unsigned_integer_never_wraps(value: int, error: type) -> None:
    with pytest.raises(error, match=f"{value}"):
        unsigned(value, 32, "n")
    assert [unsigned(fits, 32, "n") for fits in (0, 2**32 - 1)] == [0, 2**32 - 1]


def test_integers_at_the_limits_fit() -> None:
    assert [integer(v, 64, "n") for v in (2**63 - 1, -(2**63))] == [2**63 - 1, -(2**63)]


def test_numpy_integers_are_integers_and_floats_are_not() -> None:
    import numpy as np

    assert integer(np.uint16(65535), 32, "n") == 65535
    with pytest.raises(InvalidArgumentError, match="n is float, an integer expected"):
        integer(1.0, 32, "n")


def test_text_with_a_nul_inside_is_refused_and_never_cut() -> None:
    with pytest.raises(InvalidArgumentError, match="NUL"):
        c_text("a\0b", "key")


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="UTF-8"):
        c_text("\ud800", "key")


def test_package_and_headers_have_one_version() -> None:
    number = _cdefs.CSTN_VERSION_NUMBER
    assert constellation.__version__ == f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"
    assert f'version = "{constellation.__version__}"' in (PACKAGE / "pyproject.toml").read_text()
