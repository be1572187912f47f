#!/usr/bin/env python3
"""Print or write lib/libconstellation.map from the CSTN_API names of the public headers.

A name keeps the node of the release it first appeared in, so names that are in the map already stay where they are
and new ones go to the newest node. `--check` exits 1 when the map lacks a name or has one too many.
"""
import re
import sys

import public_headers

MAP = public_headers.TOP / "lib" / "libconstellation.map"
NEWEST = "CONSTELLATION_0.1"


def nodes(text):
    """node -> names, in the order of the file."""
    found = {}
    for node, body in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}", text, flags=re.S):
        found[node] = re.findall(r"\b(cstn_[a-z0-9_]+);", body)
    return found


def render(listed):
    out, previous = [], ""
    for node, names in listed.items():
        out.append(f"{node} {{\n\tglobal:")
        out += [f"\t\t{name};" for name in sorted(names)]
        if not previous:
            out.append("\tlocal:\n\t\t*;")
        out.append(f"}}{previous};\n")
        previous = f" {node}"
    return "\n".join(out)


def main():
    names = set(public_headers.functions())
    listed = nodes(MAP.read_text()) if MAP.exists() else {}
    known = {name for body in listed.values() for name in body}
    if "--check" in sys.argv:
        for name in sorted(names - known):
            print(f"in the headers, not in the map: {name}")
        for name in sorted(known - names):
            print(f"in the map, not in the headers: {name}")
        sys.exit(1 if names != known else 0)
    listed = {node: [n for n in body if n in names] for node, body in listed.items()}
    listed.setdefault(NEWEST, []).extend(sorted(names - known))
    text = render(listed)
    if "--write" in sys.argv:
        MAP.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
