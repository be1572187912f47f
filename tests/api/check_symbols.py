#!/usr/bin/env python3
"""What the built library exports and what it needs.

usage: check_symbols.py LIBRARY [--headers DIRECTORY] [--map FILE]

The names in the headers, in the symbol map and in the library (with the version node of the map) are the same set.
Nothing else is exported. What is undefined comes from libc, libm, zlib, libsodium or Jansson, and is nothing that reads
the clock, the locale, the environment or a random source, prints, or ends the process. The one random source there may be
is libsodium's, for keys that nobody gave a seed for; no result depends on it.
"""
import argparse
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import public_headers
import symbol_map

NEEDED = re.compile(r"^(libc|libm|libpthread|libz|libsodium|libjansson|libgcc_s|ld-linux[\w-]*)\.so\.\d+$")
WEAK_BY_COMPILER = {"__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__cxa_finalize"}
FORBIDDEN = {
    "clock": "clock clock_gettime gettimeofday time localtime localtime_r mktime gmtime gmtime_r strftime",
    "locale": "setlocale localeconv newlocale uselocale strtod strtof strtold atof strcoll strcasecmp strncasecmp "
              "isalpha isdigit isspace tolower toupper __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc",
    "environment": "getenv secure_getenv setenv putenv environ",
    "random source": "rand rand_r srand random srandom drand48 getrandom arc4random",
    "output": "printf puts putchar perror __printf_chk __vprintf_chk vprintf syslog stdout stderr stdin",
    "end of the process": "exit _exit abort quick_exit signal sigaction raise longjmp",
}
REASON = {name: why for why, names in FORBIDDEN.items() for name in names.split()}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported(library):
    """name -> version node, of what the library defines for others."""
    found = {}
    for line in run("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines():
        kind, name = line.split()[1:3]
        if kind == "A":
            continue
        name, _, node = name.partition("@")
        found[name] = node.lstrip("@")
    return found


def undefined(library):
    found = {}
    for line in run("nm", "-D", "--undefined-only", "--with-symbol-versions", library).splitlines():
        name, _, version = line.split()[-1].partition("@")
        found[name] = version.lstrip("@")
    return found


def provided_by(names):
    """The exports of the system's zlib, libsodium and Jansson, whose symbols may be without a version."""
    found = set()
    for name in names:
        for directory in run("ld", "--verbose").split("SEARCH_DIR"):
            match = re.match(r'\("=?([^"]+)"\)', directory)
            path = pathlib.Path(match.group(1)) / f"lib{name}.so" if match else None
            if path and path.exists():
                found |= set(exported(str(path)))
                break
    return found


def export_problems(library, headers, map_text):
    nodes = {name: node for node, names in symbol_map.nodes(map_text).items() for name in names}
    have, declared = exported(library), set(public_headers.functions(headers))
    for name in sorted(declared - set(nodes)):
        yield f"declared, but not in the map: {name}"
    for name in sorted(set(nodes) - declared):
        yield f"in the map, but not declared: {name}"
    for name in sorted(declared - set(have)):
        yield f"declared, but not in the library: {name}"
    for name, node in sorted(have.items()):
        if not name.startswith("cstn_") or name.startswith("cstn__"):
            yield f"exported without being public: {name}"
        elif name not in declared:
            yield f"in the library, but not declared: {name}"
        elif nodes.get(name) != node:
            yield f"{name} is in node {node or 'none'}, the map says {nodes.get(name)}"


def import_problems(library):
    for name in re.findall(r"\(NEEDED\).*\[(.*?)\]", run("readelf", "-d", library)):
        if not NEEDED.match(name):
            yield f"needs {name}"
    others = provided_by(["z", "sodium", "jansson"])
    for name, version in sorted(undefined(library).items()):
        if name in REASON:
            yield f"calls {name} ({REASON[name]})"
        elif not version.startswith("GLIBC_") and name not in others | WEAK_BY_COMPILER:
            yield f"needs {name}{'@' + version if version else ''}, which is in neither libc nor zlib, libsodium or Jansson"


def problems(library, headers=public_headers.INCLUDE, map_path=symbol_map.MAP):
    return [*export_problems(library, headers, pathlib.Path(map_path).read_text()), *import_problems(library)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--headers", default=public_headers.INCLUDE)
    parser.add_argument("--map", default=symbol_map.MAP)
    given = parser.parse_args()
    found = problems(given.library, given.headers, given.map)
    print("\n".join(found) or f"{len(public_headers.functions(given.headers))} functions: headers = map = library")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
