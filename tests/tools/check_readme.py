#!/usr/bin/env python3
"""The programs in a Markdown page print what the page says.

usage: check_readme.py PAGE LANGUAGE BUILD_FOLDER      LANGUAGE: c, python or go

Every block of the language that is followed by a block of text is run beside examples/order_lines.csv and must print that
text. BUILD_FOLDER holds the shared library. For Go there must be one of 1.24 or newer.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
MODULE = "github.com/libconstellation/libconstellation/bindings/go"
BLOCKS = r"^```{}\n(.*?)^```\n\s*^```text\n(.*?)^```$"


def run(command, folder, env=None):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, **(env or {})})
    return done.stdout + done.stderr if done.returncode == 0 else f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def c(code, folder, lib):
    (folder / "main.c").write_text(code)
    built = run([os.environ.get("CC", "cc"), "-std=c99", "-Wall", "-Wextra", "-Werror", "-I", TOP / "include", "main.c",
                 "-o", "main", lib / "libconstellation.so.0", f"-Wl,-rpath,{lib}"], folder)
    return built or run(["./main"], folder)


def python(code, folder, lib):
    (folder / "main.py").write_text(code)
    return run([sys.executable, "main.py"], folder,
               {"CONSTELLATION_LIBRARY": str(lib / "libconstellation.so.0"), "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": str(TOP / "bindings" / "python")})


def go_tool():
    for tool in (os.environ.get("CSTN_GO"), shutil.which("go")):
        version = re.match(r"go version go1\.(\d+)", run([tool, "version"], ".")) if tool else None
        if version and int(version[1]) >= 24:
            return tool
    sys.exit("not checked: no Go of 1.24 or newer (CSTN_GO, PATH)")


def go(code, folder, lib):
    tool = go_tool()
    (folder / "main.go").write_text(code)
    (folder / "go.mod").write_text(f"module readme\n\ngo 1.24\n\nrequire {MODULE} v0.0.0\n\n"
                                   f"replace {MODULE} => {TOP}/bindings/go\n")
    return run([tool, "run", "."], folder,
               {"PKG_CONFIG_PATH": str(lib.parent / "meson-uninstalled"), "LD_LIBRARY_PATH": str(lib), "CGO_ENABLED": "1",
                "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"})


def main():
    page, language, build = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    blocks = re.findall(BLOCKS.format(language), page.read_text(encoding="utf-8"), flags=re.S | re.M)
    blocks = [block for block in blocks if "```" not in block[0]]
    if not blocks:
        sys.exit(f"{page.name} has no program in {language} with its output")
    failed = 0
    for code, expected in blocks:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            shutil.copy(TOP / "examples" / "order_lines.csv", folder)
            got = {"c": c, "python": python, "go": go}[language](code, folder, build.resolve() / "lib")
        if got != expected:
            failed = 1
            print(f"expected:\n{expected}\nprinted:\n{got}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
