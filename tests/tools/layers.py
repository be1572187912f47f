#!/usr/bin/env python3
"""Who may include whom, and the rules of form that a compiler does not check.

usage: layers.py [TOP]

lib/       a module includes only modules below it, by "module/header.h"; never a .c file, never "../"; only the
           modules named in PUBLIC may use a public header of a module above
include/   a public header includes public headers, <stddef.h> and <stdint.h>, has a guard, is in the umbrella header,
           and holds no inline function, enum, bool, long, time_t, bit-field, vararg or struct by value
top level  holds what the layout names, names that begin with a dot, and nothing else
all        file names in lib/ are unique, no trailing white space, a .c file in lib/
           opens with a comment
"""
import pathlib
import re
import sys

# What each module sees besides itself. The perfect-order kernel works on columns and needs no network.
BELOW = {
    "base": set(),
    "table": {"base"},
    "store": {"base", "table"},
    "ledger": {"base"},
    "network": {"base", "table", "store"},
    "sharing": {"base", "table", "store", "network", "ledger"},
    "fulfilment": {"base", "table"},
    "customer": {"base", "table", "store", "network", "segment"},
    "segment": {"base", "table"},
    "demand": {"base", "table"},
    "resilience": {"base", "table"},
    "footprint": {"base", "table"},
}
# What joins verdicts and records stands beside the kernel, and sees what the kernel does not; what tells customers all
# that is known of them sees stages and verdicts.
BESIDE = {
    r"fulfilment/order_verdict\w*\.[ch]": {"store", "network"},
    r"sharing/customer\w*\.[ch]": {"customer"},
}
# The module that implements each public header.
PUBLIC = {
    "alloc": "base", "arrow": "base", "decimal": "base", "export": "base", "progress": "base", "rate": "base",
    "status": "base", "time": "base", "version": "base", "schema": "table", "csv": "table",
    "kmeans": "segment", "kmeans_cells": "segment", "demand_evaluate": "demand", "demand_fit": "demand",
    "demand_global": "demand", "demand_online": "demand", "demand_plan": "demand", "demand_reconcile": "demand",
    "demand_regress": "demand",
    "demand_signal": "demand",
    "prototypes": "segment", "demand": "demand",
    "service_policy": "fulfilment", "perfect_order": "fulfilment", "order_verdict": "fulfilment",
    "ledger": "ledger",
    "agreement": "sharing", "constraint": "sharing", "data_value": "sharing", "decision": "sharing",
    "event_proof": "sharing", "negotiation": "sharing", "odrl": "sharing", "privacy": "sharing", "psi": "sharing",
    "party_keys": "sharing", "receipt": "sharing", "release": "sharing", "term": "sharing", "vault": "sharing",
    "customer": "sharing", "shared_log": "sharing", "sharing": "sharing",
    "record": "network", "network": "network", "event_json": "network",
    "network_tools": "network",
    "customer_value": "segment", "rfm": "segment", "retention": "segment",
    "interaction": "customer", "journey": "customer", "loyalty": "customer", "relationship_stage": "customer",
    "cost_to_serve": "segment", "service_plan": "segment",
}
TOP_LEVEL = {"meson.build", "README.md", "COPYING", "lib", "include", "examples", "tests", "bindings", "doc"}
NOT_IN_PUBLIC_HEADERS = {
    r"\binline\b": "an inline function",
    r"\benum\b": "an enum",
    r"\b(_Bool|bool)\b": "a bool",
    r"\blong\b": "a long",
    r"\btime_t\b": "a time_t",
    r"\.\.\.\s*\)": "a vararg",
    r"\w\s*:\s*\d+\s*;": "a bit-field",
    r"\bextern\s+(?!\"C\")": "exported data",
}


def strip_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


def includes(text):
    return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', strip_comments(text), flags=re.M)


def module_problems(top):
    for path in sorted((top / "lib").glob("*/*.[ch]")):
        module = path.parent.name
        where = path.relative_to(top)
        if module not in BELOW:
            yield f"{where}: module {module} is not in the layer table of tests/tools/layers.py"
            continue
        below = BELOW[module].union(*(more for name, more in BESIDE.items() if re.search(name, str(where))))
        for mark, name in includes(path.read_text(encoding="utf-8")):
            if name.startswith("constellation/"):
                owner = PUBLIC.get(name[len("constellation/"):-len(".h")])
                if owner is None:
                    yield f"{where}: includes <{name}>, which no module implements"
                elif owner != module and owner not in below:
                    yield f"{where}: {module} may not see <{name}> of {owner}"
            elif mark == '"':
                other = name.split("/")[0]
                if name.count("/") != 1 or not name.endswith(".h"):
                    yield f'{where}: includes "{name}"; the form is "module/header.h"'
                elif other != module and other not in below:
                    yield f"{where}: {module} may not include {other}"
                elif not (top / "lib" / name).exists():
                    yield f'{where}: includes "{name}", which is not there'


def public_problems(top):
    folder = top / "include" / "constellation"
    umbrella = {name for _, name in includes((folder / "constellation.h").read_text(encoding="utf-8"))}
    for path in sorted(folder.glob("*.h")):
        where, text = path.relative_to(top), path.read_text(encoding="utf-8")
        guard = f"CONSTELLATION_{path.stem.upper()}_H"
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield f"{where}: the guard is {guard}"
        if path.stem != "constellation" and f"constellation/{path.name}" not in umbrella:
            yield f"{where}: not in the umbrella header"
        for mark, name in includes(text):
            allowed = name in ("stddef.h", "stdint.h") or (folder.parent / name).exists()
            if mark != "<" or not allowed:
                yield f"{where}: may not include {name}"
        code = strip_comments(text)
        for pattern, what in NOT_IN_PUBLIC_HEADERS.items():
            if re.search(pattern, code):
                yield f"{where}: holds {what}"
        structs = set(re.findall(r"\}\s*(cstn_\w+)\s*;", code))
        for declaration in re.findall(r"\bCSTN_API\b([^;#]*);", code):
            for tag in structs:
                if re.search(rf"\b{tag}\b(?!\s*(\*|\w*\())(?!\s*const\s*\*)", declaration):
                    yield f"{where}: {tag} by value in {' '.join(declaration.split())[:60]}"


def top_problems(top):
    for name in sorted(path.name for path in top.iterdir()):
        if name not in TOP_LEVEL and not name.startswith((".", "build")):
            yield f"{name}: is not in the layout of the top level"


def form_problems(top):
    seen = {}
    for path in sorted((top / "lib").glob("*/*.[ch]")):
        if path.name in seen:
            yield f"{path.relative_to(top)}: the name stands in {seen[path.name]} too"
        seen[path.name] = path.relative_to(top)
    for folder in ("lib", "include", "examples", "tests"):
        for path in sorted((top / folder).rglob("*.[ch]")):
            where, text = path.relative_to(top), path.read_text(encoding="utf-8")
            if "old" in where.parts:
                continue
            if folder == "lib" and path.suffix == ".c" and not re.match(r"(#.*\n)*/\*", text):
                yield f"{where}: a file in lib opens with a comment that says what it is for"
            if not text.endswith("\n") or text.endswith("\n\n"):
                yield f"{where}: ends with exactly one line end"
            for number, line in enumerate(text.splitlines(), 1):
                if line != line.rstrip():
                    yield f"{where}:{number}: white space at the end"


def problems(top):
    return [*top_problems(top), *module_problems(top), *public_problems(top), *form_problems(top)]


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    found = problems(top)
    print("\n".join(found) or "every include goes downwards")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
