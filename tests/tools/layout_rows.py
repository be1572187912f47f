#!/usr/bin/env python3
"""Keep tests/api/layout_rows.h, the frozen table of struct layouts and constants.

Without an option: append what the headers have and the table lacks, and raise the size of a struct that grew.
--check    exit 1 when a public struct, field or constant has no row, a row has no declaration, or a struct that begins
           with struct_size has hidden padding on 64-bit machines
--rewrite  make the whole table anew; only while nothing is released
"""
import re
import subprocess
import sys
import tempfile

import public_headers

ROWS = public_headers.TOP / "tests" / "api" / "layout_rows.h"
HEAD = """/* The frozen layout: size of each public struct and offset of each field (64-bit, 32-bit x86),
 * value of each constant. One table, made by tests/tools/layout_rows.py and never by hand: its rows
 * are data, so what looks alike among them is no code that stands twice. Append only: the tool adds
 * rows; a released row changes only when a struct grows at its end, and then only the size. */
/* clang-format off */
"""


def measure(structs, flag):
    """tag -> (size, [(field, offset, size)]) as the compiler lays it out."""
    names = [(tag, None) for tag in structs] + [(tag, f) for tag, fields in structs.items() for f in fields]
    lines = ["#include <constellation/constellation.h>", "#include <stddef.h>"]
    for tag, field in names:
        if field is None:
            lines.append(f"const unsigned size__{tag} = sizeof(struct {tag});")
        else:
            lines.append(f"const unsigned offset__{tag}__{field} = offsetof(struct {tag}, {field}) + 1;")
            lines.append(f"const unsigned width__{tag}__{field} = sizeof(((struct {tag} *)0)->{field});")
    with tempfile.NamedTemporaryFile("w", suffix=".c") as source:
        source.write("\n".join(lines) + "\n")
        source.flush()
        assembly = subprocess.run(
            ["gcc", flag, "-ffreestanding", "-S", "-o", "-", "-I", str(public_headers.INCLUDE.parent), source.name],
            check=True, capture_output=True, text=True,
        ).stdout
    values = {name: int(value) for name, value in re.findall(r"^(\w+):\n\s+\.long\s+(\d+)", assembly, flags=re.M)}
    return {
        tag: (
            values[f"size__{tag}"],
            [(f, values[f"offset__{tag}__{f}"] - 1, values[f"width__{tag}__{f}"]) for f in fields],
        )
        for tag, fields in structs.items()
    }


def wanted():
    structs = public_headers.structs()
    wide, narrow = measure(structs, "-m64"), measure(structs, "-m32")
    rows = []
    for tag in structs:
        rows.append(("STRUCT", tag, None, f"STRUCT({tag}, {wide[tag][0]}, {narrow[tag][0]})"))
        for (field, at64, _), (_, at32, _) in zip(wide[tag][1], narrow[tag][1]):
            rows.append(("FIELD", tag, field, f"FIELD({tag}, {field}, {at64}, {at32})"))
    for name, value in public_headers.constants().items():
        rows.append(("CONSTANT", name, None, f"CONSTANT({name}, {value})"))
    return rows, wide


def padding(wide):
    for tag, (size, fields) in wide.items():
        if fields[0][0] != "struct_size":
            continue
        ends = [offset + width for _, offset, width in fields]
        starts = [offset for _, offset, _ in fields][1:] + [size]
        for (field, _, _), end, start in zip(fields, ends, starts):
            if end != start:
                yield f"{tag}: {start - end} hidden bytes after {field}; name them reserved and require 0"


def stored():
    found = {}
    for line in ROWS.read_text().splitlines() if ROWS.exists() else []:
        match = re.match(r"(STRUCT|FIELD|CONSTANT)\((\w+), ?(.*)\)$", line)
        if match:
            kind, name, rest = match.groups()
            found[(kind, name, rest.split(",")[0] if kind == "FIELD" else None)] = line
    return found


def write(lines):
    """Fields stand behind their struct, constants last, each group in the order it came."""
    ROWS.write_text(HEAD + "\n".join(lines) + "\n")


def main():
    rows, wide = wanted()
    have = {} if "--rewrite" in sys.argv else stored()
    keys = {row[:3] for row in rows}
    if "--check" in sys.argv:
        problems = [f"no row for {row[3]}" for row in rows if row[:3] not in have]
        problems += [f"nothing declares {line}" for key, line in have.items() if key not in keys]
        problems += padding(wide)
        print("\n".join(problems) or f"{len(have)} rows, each declared")
        sys.exit(1 if problems else 0)
    gone = [line for key, line in have.items() if key not in keys]
    if gone:
        sys.exit("released rows may not go:\n" + "\n".join(gone))
    lines = []
    for kind, name, field, line in rows:
        old = have.get((kind, name, field))
        lines.append(line if old is None or kind == "STRUCT" else old)
    write(lines)
    print(f"{len(lines)} rows, {len(lines) - len(have)} new")


if __name__ == "__main__":
    main()
