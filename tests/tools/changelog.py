#!/usr/bin/env python3
"""Build doc/changelog.md from the fragments in doc/news.

usage: changelog.py            check that doc/changelog.md is what the fragments give
       changelog.py --write    write it

A fragment is a file AREA.KIND.md in doc/news (or AREA.NAME.KIND.md for a second one), one change in one or two sentences;
KIND is added, changed, mended, deprecated or removed. Fragments of the coming release lie in doc/news itself; at a release
they move to doc/news/VERSION.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
NEWS = TOP / "doc" / "news"
KINDS = ("added", "changed", "mended", "deprecated", "removed")


def version():
    text = (TOP / "meson.build").read_text(encoding="utf-8")
    return re.search(r"version\s*:\s*'([\d.]+)'", text).group(1)


def release(folder, title):
    """The section of one release."""
    lines = [f"## {title}", ""]
    found = {kind: [] for kind in KINDS}
    for path in sorted(folder.glob("*.md")):
        parts = path.name.split(".")
        if len(parts) not in (3, 4) or parts[-2] not in KINDS:
            sys.exit(f"{path.relative_to(TOP)}: the name is not AREA.KIND.md with KIND one of {', '.join(KINDS)}")
        found[parts[-2]].append((parts[0], path.read_text(encoding="utf-8").strip()))
    for kind, fragments in found.items():
        if fragments:
            lines += [f"### {kind.capitalize()}", ""]
            lines += [f"- **{area}**: ".replace("_", " ") + text.replace("\n", "\n  ") for area, text in fragments]
            lines.append("")
    return lines


def changelog():
    lines = ["# Changelog {#changelog}", "", "Built from the fragments in `doc/news` by `tests/tools/changelog.py --write`.", ""]
    lines += release(NEWS, f"{version()} (not yet released)")
    older = [folder for folder in NEWS.iterdir() if folder.is_dir()]
    for folder in sorted(older, key=lambda f: [int(part) for part in f.name.split(".")], reverse=True):
        lines += release(folder, folder.name)
    return "\n".join(lines).rstrip() + "\n"


def main():
    path, wanted = TOP / "doc" / "changelog.md", changelog()
    if sys.argv[1:] == ["--write"]:
        path.write_text(wanted, encoding="utf-8")
    elif sys.argv[1:]:
        sys.exit(__doc__.strip())
    elif not path.exists() or path.read_text(encoding="utf-8") != wanted:
        sys.exit("doc/changelog.md is not what doc/news gives; run tests/tools/changelog.py --write")
    else:
        print("doc/changelog.md is what doc/news gives")


if __name__ == "__main__":
    main()
