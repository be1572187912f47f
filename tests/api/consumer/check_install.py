#!/usr/bin/env python3
"""The installed library, moved elsewhere, serves programs that know only pkg-config or only CMake.

usage: check_install.py BUILD_DIRECTORY    (a release build, configured with -Dpkgconfig.relocatable=true)

Installs to a scratch prefix, moves it, and builds one program as C99 and as C++11, shared and static, by each way. A
request for a newer version must fail. Also looks at what is installed and at the hardening of the library.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
results = []


def say(ok, what, detail=""):
    results.append(ok)
    print(f"{'ok  ' if ok else 'FAIL'} {what}{'' if ok else ': ' + detail.strip()[-400:]}")
    return ok


def run(*command, env=None, cwd=None):
    result = subprocess.run([str(c) for c in command], env={**os.environ, **(env or {})}, cwd=cwd, text=True,
                            capture_output=True)
    return result.returncode, result.stdout + result.stderr


def program_runs(what, program, library_dir):
    code, output = run(program, env={"LD_LIBRARY_PATH": str(library_dir)})
    say(code == 0 and re.match(r"\d+\.\d+\.\d+ 0\.9000 \S", output) is not None, what, f"exit {code}, {output}")


def contents(prefix, library_dir):
    source = HERE.parents[2] / "include" / "constellation"
    installed = {p.name for p in (prefix / "include" / "constellation").iterdir()}
    say(installed == {p.name for p in source.iterdir()}, "the installed headers are the public headers")
    library = (library_dir / "libconstellation.so").resolve()
    code, dynamic = run("readelf", "-dW", library)
    say("[libconstellation.so.0]" in dynamic, "soname libconstellation.so.0", dynamic)
    needed = set(re.findall(r"NEEDED.*\[(.*?)\]", dynamic))
    say("BIND_NOW" in dynamic and "xxhash" not in " ".join(needed), "bound at load, xxHash not needed", dynamic)
    say("TEXTREL" not in dynamic and "RPATH" not in dynamic and "RUNPATH" not in dynamic,
        "no text relocations, no search path", dynamic)
    code, segments = run("readelf", "-lW", library)
    say("GNU_RELRO" in segments and re.search(r"GNU_STACK.*\bRW \s", segments) is not None,
        "read-only relocations, no executable stack", segments)
    code, entry = run("objdump", "-d", "--disassemble=cstn_version_number", "--no-show-raw-insn", library)
    say("endbr64" in entry or os.uname().machine != "x86_64", "control-flow protection", entry)


def by_pkg_config(prefix, library_dir, scratch):
    env = {"PKG_CONFIG_PATH": str(library_dir / "pkgconfig")}
    code, text = run("pkg-config", "--print-requires", "--print-requires-private", "constellation", env=env)
    say(set(text.split()) == {"zlib", "libsodium", "jansson"}, "the .pc requires zlib, libsodium and Jansson privately, nothing else", text)
    code, text = run("pkg-config", "--cflags", "--libs", "constellation", env=env)
    say(code == 0 and "sodium" not in text and str(prefix) in text, "the flags name the moved prefix alone", text)
    flags = text.split()
    code, text = run("pkg-config", "--exists", "constellation >= 99", env=env)
    say(code != 0, "pkg-config refuses a newer version")
    code, text = run("pkg-config", "--static", "--libs", "constellation", env=env)
    static = text.replace("-lconstellation", "-l:libconstellation.a").split()
    cflags = [f for f in flags if f.startswith("-I")]
    for name, compiler in {
        "C99": ["gcc", "-std=c99", "-pedantic-errors"],
        "C++11": ["g++", "-std=c++11", "-pedantic-errors", "-x", "c++"],
    }.items():
        for kind, libraries in {"shared": [f for f in flags if f not in cflags], "static": static}.items():
            program = scratch / f"pc-{kind}-{name}"
            source = [HERE / "consumer.c"] + (["-x", "none"] if "++" in name else [])
            code, text = run(*compiler, "-Wall", "-Wextra", "-Werror", *cflags, *source, *libraries, "-o", program)
            if say(code == 0, f"pkg-config: {name}, {kind}, builds", text):
                program_runs(f"pkg-config: {name}, {kind}, runs", program, library_dir)


def by_cmake(prefix, library_dir, scratch):
    folder = scratch / "cmake"
    arguments = ["cmake", "-S", HERE, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_LIBRARY_ARCHITECTURE="
                 + (library_dir.name if library_dir.parent.name == "lib" else "")]
    code, text = run(*arguments, "-B", folder)
    if not say(code == 0, "CMake finds the moved package", text):
        return
    code, text = run("cmake", "--build", folder)
    if say(code == 0, "CMake builds C99 and C++11, shared and static", text):
        for program in ("c_constellation", "cpp_constellation", "c_static", "cpp_static"):
            program_runs(f"CMake: {program} runs", folder / program, library_dir)
    code, text = run(*arguments, "-B", scratch / "cmake-old", "-DWANTED=0.1")
    say(code == 0, "CMake accepts a request for 0.1", text)
    code, text = run(*arguments, "-B", scratch / "cmake-new", "-DWANTED=99.0")
    say(code != 0 and "99.0" in text, "CMake refuses a newer version", text)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        code, text = run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", scratch / "first")
        if not say(code == 0, "meson install", text):
            sys.exit(1)
        library = next((scratch / "first").rglob("libconstellation.so"))
        include = next((scratch / "first").rglob("include"))
        prefix = scratch / "moved" / "tree"
        prefix.parent.mkdir()
        inside = library.parent.relative_to(include.parent)
        shutil.move(include.parent, prefix)
        library_dir = prefix / inside
        contents(prefix, library_dir)
        by_pkg_config(prefix, library_dir, scratch)
        by_cmake(prefix, library_dir, scratch)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
