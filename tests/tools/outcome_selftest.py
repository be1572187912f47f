#!/usr/bin/env python3
"""Nothing is skipped: each way in which a check can be left out is tried, and must come out as failed.

usage: outcome_selftest.py
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
JUNIT = '<testsuite><testcase classname="a" name="b"><skipped message="no polars"/></testcase></testsuite>'
MESON_SKIPS = 77  # the exit code that meson shows as skipped
# What runs in a process of its own; prints the outcomes.
PROBES = {
    "absent": "print(absent('a', 'b').outcome)",
    "meson, skipped": "import subprocess\n"
                      "path.mkdir()\n"
                      "(path / 'meson.build').write_text(\"project('p')\\n"
                      f"test('a', find_program('sh'), args: ['-c', 'exit {MESON_SKIPS}'])\")\n"
                      "for command in (['setup', 'built'], ['test', '-C', 'built']):\n"
                      "    subprocess.run(['meson', *command], cwd=path, capture_output=True)\n"
                      "print(*(r.outcome for r in stages.meson_results(path / 'built' / 'meson-logs' / 'testlog.json')))",
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


def python(code, folder):
    """What a probe prints; it has a path of its own."""
    path = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "given"
    code = PROBE.format(here=str(HERE), path=str(path), code=code)
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=TOP, capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip()


def exit_code(command, **env):
    return subprocess.run(command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env={**os.environ, **env}).returncode


def seeds(folder):
    """(what, came out rightly?) for each way to leave something out."""
    for name, code in PROBES.items():
        yield name, python(code, folder) == "FAIL"
    yield "no other outcome can be made", "ValueError" in python("Result('a', 'left out')", folder)
    nothing = {"CSTN_SHARED": str(folder), "PATH": "/usr/bin:/bin", "CSTN_GO": ""}
    scripts = {"benchmarks": ["tests/bench/run", "--quick", "--build", str(folder), "--python", "/bin/false"],
               "the report of real data": [sys.executable, "tests/tools/check_report.py", "/bin/true", "real"],
               "the README in Go": [sys.executable, "tests/tools/check_readme.py", "README.md", "go", str(folder)]}
    for name, command in scripts.items():
        yield f"{name}, without what it needs", exit_code(command, **nothing) == 1
    os.environ["CSTN_SHARED"] = str(folder)
    said = python("print(stages.with_data(['a', 'b'], {'b'}))", folder)
    yield "absent data are told", "not run here: no shared data (b)" in said and said.endswith("['a']")


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
