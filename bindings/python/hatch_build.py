"""Builds the native library into the wheel, and its sources into the source distribution."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from typing import Any, Dict

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: what a source distribution needs of the project, put into its folder csrc
SOURCES = ("COPYING", "meson.build", "include", "lib", "examples", "tests", "doc", "bindings")


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Wheel: Meson in a temporary folder, the installed library is forced into the package."""

    def initialize(self, version: str, build_data: Dict[str, Any]) -> None:
        here = pathlib.Path(self.root)
        source = here / "csrc" if (here / "csrc").is_dir() else here.parents[1]
        if self.target_name == "sdist":
            self._add_sources(source, build_data)
        elif version != "editable":
            self._add_library(source, build_data)

    def _add_sources(self, source: pathlib.Path, build_data: Dict[str, Any]) -> None:
        for name in SOURCES:
            top = source / name
            files = [top] if top.is_file() else sorted(top.rglob("*"))
            for file in files:
                inside = file.relative_to(source)
                wanted = name != "bindings" or file.name == "meson.build"
                if wanted and file.is_file() and "__pycache__" not in inside.parts:
                    build_data["force_include"][str(file)] = f"csrc/{inside}"

    def _add_library(self, source: pathlib.Path, build_data: Dict[str, Any]) -> None:
        self.folder = tempfile.mkdtemp(prefix="constellation-wheel-")
        build, stage, tree = (f"{self.folder}/{name}" for name in ("build", "stage", "tree"))
        for name in ("include", "lib"):
            shutil.copytree(source / name, f"{tree}/{name}")
        shutil.copy(source / "meson.build", tree)
        meson = [sys.executable, "-m", "mesonbuild.mesonmain"]
        setup = ["setup", build, tree, "--prefix=/", "--libdir=lib", "--buildtype=release"]
        # zlib and libsodium go inside; Jansson cannot, so it lies beside and is found there.
        options = ["-Db_ndebug=true", "-Dprefer_static=true", "-Dc_link_args=-Wl,-rpath,$ORIGIN"]
        install = ["install", "-C", build, "--no-rebuild", "--tags", "runtime", "--destdir", stage]
        subprocess.check_call(meson + setup + options)
        subprocess.check_call(meson + ["compile", "-C", build])
        subprocess.check_call(meson + install)
        library = (pathlib.Path(stage) / "lib" / "libconstellation.so.0").resolve()
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["force_include"][str(library)] = "constellation/libconstellation.so.0"
        for name, path in re.findall(
            r"(libjansson\.so\.\d+) => (\S+)", subprocess.check_output(["ldd", library], text=True)
        ):
            build_data["force_include"][str(pathlib.Path(path).resolve())] = f"constellation/{name}"
        build_data["force_include"][str(source / "COPYING")] = "constellation/COPYING"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"

    def finalize(self, version: str, build_data: Dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(getattr(self, "folder", ""), ignore_errors=True)
