"""A wheel from the checkout and one from the source distribution, in an empty environment."""

import os
import pathlib
import re
import subprocess
import sys
import tarfile
import venv
import zipfile

import pytest

from conftest import PACKAGE

GOLDEN = """
import constellation
assert "site-packages" in constellation.library_path(), constellation.library_path()
result = constellation.perfect_order_rate(
    {"order_id": [1, 2], "promised": ["2024-05-02"] * 2, "delivered": ["2024-05-01", "2024-05-09"]},
    policy="components=T", as_of="2024-06-30", casts="text", zone="UTC")
print(constellation.ServicePolicy().digest)
print(result.rate())
"""

#: the library in a wheel is that of the other tests, only packed: it is compiled as quickly as can be
QUICKLY = {"CFLAGS": "-O1"}

pytestmark = pytest.mark.slow


def build(target: str, source: pathlib.Path, out: pathlib.Path) -> pathlib.Path:
    out.mkdir()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)],
        cwd=source,
        env={**os.environ, **QUICKLY},
        check=True,
        capture_output=True,
    )
    (built,) = out.iterdir()
    return built


def check_wheel(wheel: pathlib.Path, folder: pathlib.Path) -> None:
    """Tag, contents, what it links to, and one result in an empty environment."""
    assert re.fullmatch(r"constellation-\d+\.\d+\.\d+-py3-none-linux_\w+\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        library = archive.extract("constellation/libconstellation.so.0", folder)
    assert {"constellation/py.typed", "constellation/__init__.py", "constellation/COPYING"} <= set(names)
    assert not [name for name in names if name.startswith(("tests", "csrc")) or name.endswith(".pyc")]
    dynamic = subprocess.check_output(["readelf", "-d", library], text=True)
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
    beside = {name.split("/")[1] for name in archive.namelist() if name.startswith("constellation/libjansson.so.")}
    assert len(beside) == 1 and "[$ORIGIN]" in dynamic
    assert needed <= {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2"} | beside
    assert "[libconstellation.so.0]" in dynamic
    venv.create(folder / "empty", with_pip=True)
    python = str(folder / "empty" / "bin" / "python")
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", str(wheel)], check=True
    )
    done = subprocess.run(
        [python, "-I", "-c", GOLDEN], cwd="/", env={}, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a",
        "0.500000 (1 of 2), 0.094531 .. 0.905469",
    ], done.stderr


def test_a_wheel_from_the_checkout_works_in_an_empty_environment(tmp_path: pathlib.Path) -> None:
    check_wheel(build("wheel", PACKAGE, tmp_path / "wheel"), tmp_path)


def test_a_wheel_from_the_source_distribution_works_too(tmp_path: pathlib.Path) -> None:
    sdist = build("sdist", PACKAGE, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        # the archive is our own; older Pythons have no filter
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(tmp_path / "unpacked", **safe)
    (source,) = (tmp_path / "unpacked").iterdir()
    for name in ("meson.build", "COPYING", "include/constellation/constellation.h", "lib/meson.build"):
        assert (source / "csrc" / name).is_file()
    assert list((source / "csrc" / "tests").rglob("*.c"))
    check_wheel(build("wheel", source, tmp_path / "wheel"), tmp_path)
