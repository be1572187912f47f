#!/usr/bin/env python3
"""Every relative link in a Markdown page of the tree leads to a file, and every `#part` to a heading.

usage: check_links.py [TOP]
"""
import pathlib
import re
import sys


def without_code(text):
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.S | re.M)


def anchors(path):
    """What GitHub and Doxygen make of the headings."""
    found = set()
    for heading in re.findall(r"^#+\s+(.*?)\s*(?:\{#([\w-]+)\})?\s*$", path.read_text(encoding="utf-8"), flags=re.M):
        found.add(heading[1] or re.sub(r"[^\w\- ]", "", heading[0].lower()).replace(" ", "-"))
    return found


def problems(top):
    pages = [top / "README.md", *(top / "doc").rglob("*.md"), *(top / "bindings").rglob("*.md"),
             *(top / "examples").rglob("*.md")]
    for page in pages:
        if not page.exists():
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
            if re.match(r"\w+:", target):
                continue
            name, _, part = target.partition("#")
            other = (page.parent / name).resolve() if name else page
            if not other.exists():
                yield f"{page.relative_to(top)}: {target} is not there"
            elif part and other.suffix == ".md" and part not in anchors(other):
                yield f"{page.relative_to(top)}: {other.name} has no heading {part}"


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    found = list(problems(top))
    print("\n".join(found) or "every link leads somewhere")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
