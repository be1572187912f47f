#!/usr/bin/env python3
"""Does the comment of every public function answer what a caller must know?

What every function says: since when; which threads may call it. What it says when the question stands: which statuses
(it gives a status), whose memory (it gives a pointer), at what cost (it does work that grows with its input).
"""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
DECLARATION = re.compile(r"/\*\*(?P<doc>(?:(?!\*/).)*)\*/\s*(?P<text>CSTN_API\b[^;]*);|(?P<bare>^CSTN_API\b[^;]*);", re.S | re.M)
MEMORY = re.compile(r"free|unref|release|borrow|live|valid|own|belongs|moved|copy|copies|constant|static|caller", re.I)
COST = re.compile(r"O\(|\bcost|\bpass|\btime:|\bns\b|\bsync|\bconstant", re.I)
THREADS = re.compile(r"thread|caller at a time|no other call|no call", re.I)
FREES = re.compile(r"_(free|ref|unref)$")


def functions(header):
    """The public functions of a header: (line, name, declaration, comment)."""
    source = header.read_text(encoding="utf-8")
    for match in DECLARATION.finditer(source):
        text = match["text"] or match["bare"]
        name = re.search(r"(\w+)\s*\(", text)[1]
        start = match.start("text") if match["text"] else match.start("bare")
        yield source.count("\n", 0, start) + 1, name, " ".join(text.split()), " ".join(re.sub(r"\n\s*\*", " ", match["doc"] or "").split())


def unanswered(name, text, doc):
    """The questions that a comment leaves open."""
    if not doc:
        return ["a comment"]
    arguments = text[text.index("(") + 1:]
    gives = text[:text.index(name)]
    out = [a for a in arguments.split(",") if "**" in a and "error" not in a and "const char *const *" not in a]
    asked = {
        "@since": "@since" in doc,
        "threads": THREADS.search(doc),
        "errors": "cstn_status" not in gives or "CSTN_OK" in doc or "CSTN_E_" in doc or "@return as" in doc,
        "memory": not (out or "*" in gives) or MEMORY.search(doc),
        "cost": "cstn_status" not in gives or FREES.search(name) or COST.search(doc),
    }
    return [question for question, answered in asked.items() if not answered]


def main():
    """Print what is open; 1 if anything is."""
    found = count = 0
    for header in sorted((TOP / "include" / "constellation").glob("*.h")):
        for line, name, text, doc in functions(header):
            count += 1
            for question in unanswered(name, text, doc):
                print(f"{header.relative_to(TOP)}:{line}: {name}: its comment does not say: {question}")
                found += 1
    if not found:
        print(f"{count} public functions say what a caller must know")
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
