#!/usr/bin/env python3
"""Every example in a guide runs, and prints what the guide says it prints.

usage: check_guides.py BUILD_FOLDER [GUIDE.md...]

BUILD_FOLDER is one that `meson setup` made and `ninja` built. In each page of doc/guides:

- a C block with a main() is compiled with warnings as errors, linked with the library and run;
- a Go block with a main() is built against bindings/go and run, if there is a Go (CSTN_GO, or on the path); without
  one they have failed;
- Python blocks are run one after the other in one interpreter, if the page says what one of them prints.

A block marked `text` right after it is its output, to the byte.
"""
import contextlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback


TOP = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(c|python|go)\n(.*?)^```\n(?:\n?```text\n(.*?)^```\n)?", re.S | re.M)


def difference(wanted, got):
    return None if wanted is None or wanted == got else f"printed\n{got}\nthe guide says\n{wanted}"


def run(command, folder, env=None):
    """The output of a command, and what is wrong with it."""
    done = subprocess.run([str(part) for part in command], cwd=folder, env={**os.environ, **(env or {})},
                          capture_output=True, text=True, timeout=300)
    wrong = None if done.returncode == 0 else f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout, wrong


def run_c(code, build, folder):
    (folder / "example.c").write_text(code)
    _, wrong = run([os.environ.get("CC", "cc"), "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror",
                    "-I", TOP / "include", "example.c", "-o", "example", "-L", build / "lib", "-lconstellation",
                    "-pthread"], folder)
    return ("", wrong) if wrong else run(["./example"], folder, {"LD_LIBRARY_PATH": str(build / "lib")})


def run_go(code, build, folder, go):
    (folder / "main.go").write_text(code)
    module = re.search(r"^module (\S+)", (TOP / "bindings/go/go.mod").read_text(), re.M).group(1)
    (folder / "go.mod").write_text(f"module example\n\ngo 1.24\n\nrequire {module} v0.0.0\n\n"
                                   f"replace {module} => {TOP / 'bindings/go'}\n")
    return run([go, "run", "-buildvcs=false", "."], folder,
               {"PKG_CONFIG_PATH": str(build / "meson-uninstalled"), "LD_LIBRARY_PATH": str(build / "lib"),
                "CGO_ENABLED": "1", "GOFLAGS": "-mod=mod", "GOPROXY": "off"})


def run_python(blocks, folder):
    """Problems of a page's Python blocks: (line, what)."""
    names, here = {"__name__": "guide"}, os.getcwd()
    os.chdir(folder)
    try:
        for line, code, wanted in blocks:
            out = io.StringIO()
            try:
                with contextlib.redirect_stdout(out):
                    exec(compile("\n" * line + code, "guide", "exec"), names)
            except Exception:
                yield line, traceback.format_exc()
                return
            wrong = difference(wanted, out.getvalue())
            if wrong:
                yield line, wrong
    finally:
        os.chdir(here)


def check(page, build, go):
    """(line, language, problem or None) for each example of a page."""
    text = page.read_text(encoding="utf-8")
    python = []
    for block in BLOCK.finditer(text):
        language, code, wanted = block.groups()
        line = text.count("\n", 0, block.start()) + 1
        if language == "python":
            python.append((line, code, wanted))
            continue
        if "main(" not in code:
            continue
        if language == "go" and not go:
            yield line, language, "there is no Go to run it (CSTN_GO, PATH)"
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            out, wrong = run_c(code, build, folder) if language == "c" else run_go(code, build, folder, go)
        yield line, language, wrong or difference(wanted, out)
    if any(wanted is not None for _, _, wanted in python):
        with tempfile.TemporaryDirectory() as folder:
            wrong = dict(run_python(python, folder))
        for line, _, _ in python:
            yield line, "python", wrong.get(line)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    build = pathlib.Path(sys.argv[1]).resolve()
    library = build / "lib" / "libconstellation.so.0"
    if not library.exists():
        sys.exit(f"{library} is not there; build the library first")
    os.environ["CONSTELLATION_LIBRARY"] = str(library)
    sys.path.insert(0, str(TOP / "bindings" / "python"))
    sys.dont_write_bytecode = True
    go = os.environ.get("CSTN_GO") or shutil.which("go")
    passed = failed = 0
    for page in map(pathlib.Path, sys.argv[2:] or sorted((TOP / "doc" / "guides").glob("*.md"))):
        for line, language, problem in check(page.resolve(), build, go):
            if problem:
                failed += 1
                print(f"{page.name}:{line}: {language}: {problem}")
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
