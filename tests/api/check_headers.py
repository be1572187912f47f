#!/usr/bin/env python3
"""Each public header alone, and all together, compiles as strict C99 and as C++11, with every INIT macro used.

usage: check_headers.py COMPILER...    each a C or a C++ compiler (a name with ++ is C++)
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import public_headers

WARNINGS = ["-Wall", "-Wextra", "-Wundef", "-Wshadow", "-Werror", "-fsyntax-only"]
C99 = ["-x", "c", "-std=c99", "-pedantic-errors", "-Wstrict-prototypes"]
CPP11 = ["-x", "c++", "-std=c++11", "-pedantic-errors", "-Wold-style-cast"]


def program(headers):
    """A translation unit that includes the headers and starts every options struct from its macro."""
    text = "".join(f"#include <constellation/{header.name}>\n" for header in headers)
    text += "typedef int a_unit_is_never_empty;\n"
    own = "".join(public_headers.code(header) for header in headers)
    for macro, tag in public_headers.initialisers().items():
        if f"#define {macro} " in own:
            text += f"extern const {tag} {tag}_begin;\nconst {tag} {tag}_begin = {macro};\n"
    # A macro that cannot be evaluated shows only when it is used.
    for name in public_headers.constants():
        if f"#define {name} " in own:
            text += f"#if ({name}) == 0\n#endif\n"
    return text


def compile_text(compiler, text, include):
    flags = CPP11 if "++" in os.path.basename(compiler) else C99
    run = subprocess.run([compiler, *flags, *WARNINGS, "-I", str(include), "-"], input=text, text=True,
                         capture_output=True)
    return run.stderr if run.returncode else ""


def main():
    headers = public_headers.headers()
    include = public_headers.INCLUDE.parent
    failed = 0
    for compiler in sys.argv[1:]:
        for group in [[header] for header in headers] + [headers, headers[::-1]]:
            message = compile_text(compiler, program(group), include)
            if message:
                failed += 1
                print(f"{compiler}: {' '.join(header.name for header in group)}\n{message}")
    print(f"{len(headers)} headers, {len(sys.argv) - 1} compilers, {failed} failures")
    sys.exit(1 if failed or len(sys.argv) < 2 else 0)


if __name__ == "__main__":
    main()
