#!/usr/bin/env python3
"""The library has no mutable global, no thread-local and no constructor.

usage: check_globals.py ARCHIVE    (the static twin: its members are our objects and nothing else)

Looks at every object: a section that the program can write and that is not empty is a failure, and so is an entry in
.init_array, .fini_array, .ctors or .dtors. Relocated constants (.data.rel.ro) are read-only once loaded. Raw allocation
may only be called by the objects that make the default allocator.
"""
import pathlib
import re
import subprocess
import sys

RAW = {"malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign", "memalign", "reallocarray", "strdup",
       "strndup", "asprintf", "vasprintf", "getline", "alloca"}
RAW_ALLOWED = {
    "base_alloc.c.o": "the default allocator",
    "base_error.c.o": "errors outlive their allocator",
}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def section_problems(archive):
    for member in re.split(r"^File: ", run("readelf", "-SW", archive), flags=re.M)[1:]:
        name = re.search(r"[(\[](.*?)[)\]]", member.splitlines()[0])
        name = pathlib.Path(name.group(1)).name if name else pathlib.Path(member.splitlines()[0]).name
        for section, size, flags in re.findall(
                r"\]\s+(\.\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+\s+([A-Z]*)\s", member):
            if int(size, 16) == 0 or "W" not in flags or "A" not in flags:
                continue
            if section.startswith(".data.rel.ro"):
                continue
            kind = "constructor" if re.match(r"\.(init|fini)_array|\.[cd]tors", section) else "mutable global"
            yield f"{name}: {kind}: {int(size, 16)} bytes in {section}"


def allocation_problems(archive):
    member = ""
    for line in run("nm", "--undefined-only", archive).splitlines():
        if line.endswith(":"):
            member = pathlib.Path(line[:-1]).name
        elif line.split()[-1:] and line.split()[-1] in RAW and member not in RAW_ALLOWED:
            yield f"{member}: calls {line.split()[-1]} past the object's allocator"


def problems(archive):
    return [*section_problems(archive), *allocation_problems(archive)]


def main():
    archive = sys.argv[1]
    found = problems(archive)
    print("\n".join(found) or f"{pathlib.Path(archive).name}: no mutable global, no constructor, no raw allocation")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
