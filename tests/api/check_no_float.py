#!/usr/bin/env python3
"""No number with a point near a secret: where noise is drawn and added, there is none.

usage: check_no_float.py [OBJECT...]    Reads the sources named below; of objects of theirs (x86-64), no instruction
reckons with such numbers.

Noise in floating point gives its secret away by its last bits (Mironov, 2012).
"""
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ["lib/sharing/laplace.c", "lib/sharing/laplace.h", "lib/sharing/noise_sums.c", "lib/sharing/noise.h"]
WORDS = re.compile(r"\b(double|float|long\s+double|_Complex|f?printf|\w*_f64|ldexp|fabs|floor|ceil|exp|log|pow|sqrt)\b")
NUMBERS = re.compile(r"(?<![\w.])(\d+\.\d*|\.\d+|\d+[eE][-+]?\d+|0[xX][0-9a-fA-F.]+[pP][-+]?\d+)")
HEADERS = re.compile(r"#\s*include\s*<(math|complex|fenv|float|tgmath)\.h>")
# Moves of 16 bytes are copies; these reckon.
INSTRUCTIONS = re.compile(r"\t(v?(add|sub|mul|div|sqrt|max|min|cvt\w*|ucomi|comi|round)(s|p)[sd]\w*|f(add|sub|mul|div|sqrt|ld|st|ild|ist)\w*)\b")


def strip(text):
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)


def source_problems(path):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(strip(text).splitlines(), 1):
        for pattern in (WORDS, NUMBERS, HEADERS):
            found = pattern.search(line)
            if found:
                yield f"{path.name}:{number}: {found[0]}"


def object_problems(path, disassembler):
    code = subprocess.run([disassembler, "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    if "<cstn__" not in code:
        yield f"{path}: no function of the library is in it"
    for line in code.splitlines():
        if INSTRUCTIONS.search(line):
            yield f"{path}: {line.strip()}"


def main():
    found = [problem for name in SOURCES for problem in source_problems(TOP / name)]
    # The eyes see: this line and this number would be found.
    for wrong in ("double x;", "x = 1.5;", "y = 1e9;", "#include <math.h>"):
        if not any(pattern.search(wrong) for pattern in (WORDS, NUMBERS, HEADERS)):
            found.append(f"blind to: {wrong}")
    disassembler = shutil.which("objdump")
    for name in sys.argv[1:]:
        if disassembler and "x86" in subprocess.run([disassembler, "-f", name], capture_output=True, text=True).stdout:
            found += object_problems(name, disassembler)
    print("\n".join(found) or "no number with a point where noise is drawn and added")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
