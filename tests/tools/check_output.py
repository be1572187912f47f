#!/usr/bin/env python3
"""A program succeeds and prints what a file says, on both its outputs.

usage: check_output.py EXPECTED PROGRAM [ARGUMENT...]
"""
import difflib
import pathlib
import subprocess
import sys

expected = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
run = subprocess.run(sys.argv[2:], capture_output=True, text=True)
got = run.stdout + run.stderr
if run.returncode == 0 and got == expected:
    sys.exit(0)
print(f"exit {run.returncode}")
sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), got.splitlines(True), "expected", "printed"))
sys.exit(1)
