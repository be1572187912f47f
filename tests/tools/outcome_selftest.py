#!/usr/bin/env python3
"""In continuous integration nothing is skipped: each way in which a check can be left out is tried with CI=true and
without, and must come out as failed and as skipped.

usage: outcome_selftest.py
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
JUNIT = '<testsuite><testcase classname="a" name="b"><skipped message="no polars"/></testcase></testsuite>'
# What runs in a process of its own, so that CI is as that of a whole run; prints the outcomes.
PROBES = {
    "absent": "print(absent('a', 'b').outcome)",
    "meson, 77": "path.write_text(json.dumps({'name': 'p / a', 'result': 'SKIP', 'stdout': 'why'}))\n"
                 "print(*(r.outcome for r in stages.meson_results(path)))",
    "JUnit": f"path.write_text({JUNIT!r})\nprint(*(r.outcome for r in stages.junit_results(path)))",
    "go test -json": "print(*(r.outcome for r in stages.go_results(json.dumps({'Action': 'skip', 'Test': 'a'}))))",
    "a stage without its tool": "stages.tool = lambda *names: None\nstages.GO = ''\n"
                                "print(*{r.outcome for name in ('sanitize', 'fuzz', 'tsan', 'valgrind', 's390x', 'locale',"
                                " 'coverage', 'go', 'docs')\n"
                                "        for r in [next(iter(stages.STAGES[name](stages.Log('selftest'))))]})",
}
PROBE = """import json, pathlib, sys
sys.path.insert(0, {here!r})
import stages
from outcome import *
from outcome import absent
path = pathlib.Path({path!r})
stages.LOGS = path.parent
{code}
"""


def python(code, folder, ci):
    """What a probe prints."""
    code = PROBE.format(here=str(HERE), path=str(folder / "given"), code=code)
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=TOP, capture_output=True, text=True,
                          env={**os.environ, "CI": ci})
    return done.stdout.strip() or done.stderr.strip()


def exit_code(command, **env):
    return subprocess.run(command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env={**os.environ, **env}).returncode


def program(folder):
    """A test in C that can check nothing."""
    (folder / "a.c").write_text('#include "suite.h"\nint main(void)\n{\n\treturn not_checked();\n}\n')
    subprocess.run(["cc", "-O1", "-I", str(TOP / "tests" / "unit"), "-o", "a", "a.c"], cwd=folder, check=True)
    return [str(folder / "a")]


def seeds(folder):
    """(what, came out rightly?) for each way to leave something out."""
    for name, code in PROBES.items():
        for ci, wanted in (("true", "FAIL"), ("", "SKIP")):
            yield f"{name}, CI={ci}: {wanted}", python(code, folder, ci) == wanted
    yield "no SKIP can be made with CI=true", "ValueError" in python("Result('a', SKIP)", folder, "true")
    yield "a SKIP can be made without", python("print(Result('a', SKIP).outcome)", folder, "") == "SKIP"
    yield "no outcome is made up", "ValueError" in python("Result('a', 'OK')", folder, "")
    nothing = {"CSTN_SHARED": str(folder), "PATH": "/usr/bin:/bin", "CSTN_GO": ""}
    bench = ["tests/bench/run", "--quick", "--build", str(folder), "--python", "/bin/false"]
    scripts = {"report": [sys.executable, "tests/tools/check_report.py", "none", "real"],
               "benchmarks": bench, "a test in C": program(folder)}
    for name, command in scripts.items():
        for ci, wanted in (("true", 1), ("", 77)):
            yield f"{name}, CI={ci}: {wanted}", exit_code(command, CI=ci, **nothing) == wanted
    told = "print(stages.with_data(['a', 'b'], {'b'}))"
    os.environ["CSTN_SHARED"] = str(folder)
    for ci in ("true", ""):
        said = python(told, folder, ci)
        yield f"absent data are told, CI={ci}", "not run here: no shared data (b)" in said and said.endswith("['a']")
    # A skip that does not go through outcome.py or suite.h would be one that nothing above sees.
    loose = re.compile(r"exit\(77\)|return 77;|result = 77|exit 77$|Result\([^()]*SKIP")
    for path in sorted((TOP / "tests").rglob("*")):
        if path.suffix in (".c", ".h", ".py", "") and path.is_file() and not path.stem.startswith("outcome"):
            if loose.search(path.read_text(encoding="utf-8", errors="replace")):
                yield f"{path.relative_to(TOP)} skips past the one place", False


def main():
    total = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for what, rightly in seeds(pathlib.Path(folder)):
            total += 1
            if not rightly:
                failed += 1
                print(f"NOT SO: {what}")
    print(f"{total} ways to leave a check out, {failed} that do not come out as they should")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
