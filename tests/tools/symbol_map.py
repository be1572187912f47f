#!/usr/bin/env python3
"""Print or write lib/libconstellation.map from the CSTN_API names of the public headers.

A name keeps the node of the release it first appeared in, so names that are in the map already stay where they are
and new ones go to the newest node. `--check` exits 1 when the map lacks a name or has one too many.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
MAP = TOP / "lib" / "libconstellation.map"
NEWEST = "CONSTELLATION_0.1"


def header_names():
    names = set()
    for header in sorted((TOP / "include" / "constellation").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        for declaration in re.findall(r"\bCSTN_API\b(?!\s*(?:__attribute__|\n|$))([^;]*);", text):
            match = re.search(r"\b(cstn_[a-z0-9_]+)\s*\(", declaration)
            if match:
                names.add(match.group(1))
    return names


def map_nodes():
    nodes = {}
    if MAP.exists():
        for node, body in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}", MAP.read_text(), flags=re.S):
            nodes[node] = re.findall(r"\b(cstn_[a-z0-9_]+);", body)
    return nodes


def render(nodes):
    out, previous = [], ""
    for node, names in nodes.items():
        out.append(f"{node} {{\n\tglobal:")
        out += [f"\t\t{name};" for name in sorted(names)]
        if not previous:
            out.append("\tlocal:\n\t\t*;")
        out.append(f"}}{previous};\n")
        previous = f" {node}"
    return "\n".join(out)


def main():
    names, nodes = header_names(), map_nodes()
    listed = {name for body in nodes.values() for name in body}
    if "--check" in sys.argv:
        for name in sorted(names - listed):
            print(f"in the headers, not in the map: {name}")
        for name in sorted(listed - names):
            print(f"in the map, not in the headers: {name}")
        sys.exit(1 if names != listed else 0)
    nodes = {node: [n for n in body if n in names] for node, body in nodes.items()}
    nodes.setdefault(NEWEST, []).extend(sorted(names - listed))
    text = render(nodes)
    if "--write" in sys.argv:
        MAP.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
