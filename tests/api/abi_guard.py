#!/usr/bin/env python3
"""The stored picture of the binary interface, and the comparison of a new build with it.

usage: abi_guard.py store LIBRARY       write the baseline (run target `abi-store`)
       abi_guard.py compare LIBRARY     exit 1 if the library breaks or extends a described type, or lost a function
       abi_guard.py releases OLD_LIBRARY OLD_HEADERS NEW_LIBRARY NEW_HEADERS    the comparison at a release

The comparison is the one form that sees every seeded change and is quiet about private structs and added functions:
a baseline made with the public headers, compared without them. Skipped, with the reason, when the
library cannot be compared: another compiler than the baseline's, or no debug information; in continuous integration
that is a failure.
"""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

TOP = pathlib.Path(__file__).resolve().parents[2]
BASELINE = TOP / "tests" / "api" / "libconstellation.so.0.abi"
COMPILER = "GNU C11 12."  # what the baseline was made with


def compiler_of(library):
    """The producer line of the debug information, or None."""
    run = subprocess.run(["readelf", "--debug-dump=info", "--dwarf-depth=1", library], capture_output=True, text=True)
    match = re.search(r"DW_AT_producer\s*:.*?(GNU C\S* \d+\.|clang version \d+\.)", run.stdout)
    return match.group(1) if match else None


def store(library, headers, baseline):
    subprocess.run(
        ["abidw", "--headers-dir", str(headers), "--drop-private-types", "--no-show-locs", "--no-corpus-path",
         "--no-comp-dir-path", "--out-file", str(baseline), str(library)], check=True)


def compare(baseline, library):
    """(exit code of abidiff, its report): 0 is the same interface."""
    run = subprocess.run(["abidiff", "--no-added-syms", str(baseline), str(library)], capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def compare_releases(old, old_headers, new, new_headers):
    run = subprocess.run(["abidiff", "--no-added-syms", "--headers-dir1", str(old_headers), "--headers-dir2",
                          str(new_headers), str(old), str(new)], capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def main():
    action, given = sys.argv[1], sys.argv[2:]
    if action == "releases":
        code, report = compare_releases(*given)
    else:
        library = given[0]
        compiler = compiler_of(library)
        if compiler is None or not compiler.startswith(COMPILER):
            sys.exit(f"not checked: the baseline is for {COMPILER} with -g, this library has {compiler or 'no debug information'}")
        if action == "store":
            store(library, TOP / "include", BASELINE)
            print(f"{BASELINE.relative_to(TOP)}: {BASELINE.stat().st_size} bytes")
            return
        code, report = compare(BASELINE, library)
    print(report or "the interface is the stored one")
    sys.exit(1 if code else 0)


if __name__ == "__main__":
    main()
