#!/usr/bin/env python3
"""The stages of tests/run, and the sum of their results.

Each stage is a function that yields Results, one a test where the runner tells them apart; what is absent goes through
absent() of outcome.py, never past it. Standard library only. Everything built lies in .build/<stage>, its output in
.build/logs.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree

import choice
import vector_seeds
from outcome import FAIL, PASS, TOP, Result, absent, shared_data, vectors

BUILD = TOP / ".build"
LOGS = BUILD / "logs"
JOBS = str(max(1, len(os.sched_getaffinity(0))))
PYTHON = os.environ.get("CSTN_PYTHON") or sys.executable
GO = os.environ.get("CSTN_GO", "")
THREADED = BUILD / "threaded"  # one file a program that started threads in the stage gcc
FUZZ_RUNS = os.environ.get("CSTN_FUZZ_RUNS")  # as many of each target; else 10,000, of the slow ones fewer
SLOW_FUZZ = {"fuzz_service_plan": "4000", "fuzz_signal": "4000"}
LINE_COVERAGE = 90.0

STAGES = {}
# One process a program: a tool's work at the end of each forked child would take longer than the tests.
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-14",
    "CK_TIMEOUT_MULTIPLIER": "20",
    "CK_FORK": "no",
}
# By its name alone: what judges the tests, not the library, and the machine that differs from this one in a file.
BY_NAME = {"coverage", "aarch64"}
# These keep one processor busy most of the time. In a whole run they run beside each other, at its end.
ONE_PROCESSOR = {"locale", "bench", "python", "go", "docs"}


def stage(function):
    STAGES[function.__name__] = function
    return function


def processor():
    """Seconds of a processor that this process and those it waited for have used."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Log:
    """Runs commands with their output in a file, and can quote its end."""

    building = 0.0  # seconds of a processor that meson and ninja took, of all stages

    def __init__(self, name):
        self.path = LOGS / f"{name}.log"
        self.path.write_text("")

    def run(self, command, env=None, cwd=TOP, timeout=1800):
        command = [str(part) for part in command]
        begin = processor()
        with self.path.open("a") as out:
            out.write(f"$ {' '.join(command)}\n")
            out.flush()
            try:
                code = subprocess.run(command, cwd=cwd, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                      env={**os.environ, **(env or {})}, timeout=timeout).returncode
            except FileNotFoundError as error:
                out.write(f"{error}\n")
                code = 127
            except subprocess.TimeoutExpired:
                out.write(f"stopped after {timeout} s\n")
                code = 124
        if command[0] == "ninja" or command[:2] == ["meson", "setup"]:
            Log.building += processor() - begin
        return code

    def tail(self, lines=12):
        return "\n".join(self.path.read_text(errors="replace").splitlines()[-lines:])


def step(log, name, command, **how):
    code = log.run(command, **how)
    return Result(name, PASS if code == 0 else FAIL, "" if code == 0 else log.tail())


def tool(*names):
    """The first of these that is installed, or None."""
    return next((found for found in map(shutil.which, names) if found), None)


def configure(log, name, options, compiler="gcc", suites=(), targets_too=()):
    """Set up and build .build/<name>, or of it the programs of some suites and some targets; says how that ended."""
    folder = BUILD / name
    env = {"CC": compiler}
    if not (folder / "build.ninja").exists():
        shutil.rmtree(folder, ignore_errors=True)
        if log.run(["meson", "setup", folder, TOP, *options], env=env) != 0:
            return Result("configure", FAIL, log.tail())
    current(log, folder)
    targets = programs(name, names(name, *suites)) if suites else []
    return step(log, "build", ["ninja", "-j", JOBS, "-C", folder, *targets, *targets_too], timeout=3000)


def current(log, folder):
    """A folder of an earlier tree is told of tests that have come since: they are asked for by name."""
    log.run(["ninja", "-C", folder, "build.ninja"])


CHECK_LINE = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
SELF_COUNT = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def meson_results(testlog):
    """One Result a case: programs that count their own cases (Check, our scripts) count as that many. What did not end well
    has failed, a test that meson shows as skipped among them."""
    for line in testlog.read_text(errors="replace").splitlines():
        test = json.loads(line)
        name, result = test["name"].split(" / ")[-1], test["result"]
        output = test.get("stdout", "") + test.get("stderr", "")
        counts = CHECK_LINE.findall(output)
        passed = sum(int(all_) - int(f) - int(e) for all_, f, e in counts)
        failed = sum(int(f) + int(e) for _, f, e in counts)
        if not counts and SELF_COUNT.search(output):
            passed, failed = map(int, SELF_COUNT.findall(output)[-1])
        if result in ("OK", "EXPECTEDFAIL"):
            for _ in range(max(1, passed)):
                yield Result(name, PASS, "")
        else:
            for _ in range(passed):
                yield Result(name, PASS, "")
            detail = f"{result}\n" + "\n".join(output.strip().splitlines()[-12:])
            for _ in range(max(1, failed)):
                yield Result(name, FAIL, detail)


def meson_test(log, name, wanted, *options, env=None, logbase="testlog"):
    """Run these tests of a build folder, but for those of data that are not there."""
    folder = BUILD / name
    wanted = with_data(wanted, set(names(name, "data")))
    for old in (folder / "meson-logs").glob(f"{logbase}*.json"):
        old.unlink()
    code = log.run(["meson", "test", "-C", folder, "--no-rebuild", "--num-processes", JOBS, "--logbase", logbase,
                    *options, *wanted], env=env, timeout=3000)
    # A set-up adds its name to that of the log.
    testlog = next((folder / "meson-logs").glob(f"{logbase}*.json"), None)
    results = list(meson_results(testlog)) if testlog else []
    yield from results
    if not results or (code != 0 and all(r.outcome == PASS for r in results)):
        yield Result("meson test", FAIL, log.tail())


def tests_of(name):
    listed = subprocess.run(["meson", "introspect", "--tests", str(BUILD / name)], capture_output=True, text=True)
    return json.loads(listed.stdout or "[]")


def suites(name):
    """Which suites a build folder has."""
    return {s.split(":")[-1] for test in tests_of(name) for s in test["suite"]}


def names(name, *wanted, without=()):
    """The tests of these suites, by name."""
    return sorted({test["name"] for test in tests_of(name)
                   if {s.split(":")[-1] for s in test["suite"]} & set(wanted)} - set(without))


def with_data(wanted, reading):
    """These checks; those that read data beside the checkout only if they are there, and if not, in a line that says so."""
    left_out = sorted(set(wanted) & set(reading)) if shared_data() is None else []
    if left_out:
        print(f"    not run here: no shared data ({', '.join(left_out)})")
    return [name for name in wanted if name not in left_out]


def programs(name, wanted):
    """The programs of tests with these names, as targets to build."""
    folder = BUILD / name
    return sorted({str(pathlib.Path(test["cmd"][0]).relative_to(folder)) for test in tests_of(name)
                   if test["name"] in wanted})


# --- the stages -------------------------------------------------------------------------------------------------------


@stage
def form(log):
    """clang-format, the layers, the symbol map, what public comments answer"""
    formatter = tool("clang-format-14")
    if formatter:
        files = [path for folder in ("lib", "include", "tests", "examples", "bindings")
                 for path in sorted((TOP / folder).rglob("*.[ch]")) if "old" not in path.parts
                 and not {".build", "node_modules", ".venv"} & set(path.parts)]
        yield step(log, "clang-format", [formatter, "--dry-run", "-Werror", *files])
    else:
        yield absent("clang-format", "clang-format-14 is not installed")
    yield step(log, "layers", [sys.executable, "tests/tools/layers.py"])
    yield step(log, "symbol map", [sys.executable, "tests/tools/symbol_map.py", "--check"])
    yield step(log, "comments", [sys.executable, "tests/tools/doc_answers.py"])
    yield step(log, "nothing is skipped in silence", [sys.executable, "tests/tools/outcome_selftest.py"])


@stage
def gcc(log):
    """gcc, -O2 -g, warnings are errors: every suite with the interface guards"""
    built = configure(log, "gcc", ["-Dbuildtype=debugoptimized", "-Dwerror=true"])
    yield built
    # Without these meson leaves tests out and says nothing.
    for name in ("g++", "clang-14", "clang++-14", "abidiff"):
        if not tool(name):
            yield absent(name, "it is not installed, and tests that need it are not there")
    for name in ("check", "sqlite3"):
        if log.run(["pkg-config", "--exists", name]) != 0:
            yield absent(name, "it is not installed, and tests that need it are not there")
    if built.outcome == PASS:
        preload = BUILD / "see_threads.so"
        yield step(log, "see_threads", ["gcc", "-shared", "-fPIC", "-o", preload, "tests/tools/see_threads.c", "-ldl"])
        shutil.rmtree(THREADED, ignore_errors=True)
        THREADED.mkdir()
        yield from meson_test(log, "gcc", names("gcc", *suites("gcc") - {"crash", "data"}),
                              env={"LD_PRELOAD": str(preload), "CSTN_SEE_THREADS": str(THREADED)})


@stage
def crash(log):
    """the proof of the store: crashes at every call, mutants of the protocol, damage, failing calls, kill -9"""
    if not (BUILD / "gcc" / "build.ninja").exists():
        yield configure(log, "gcc", ["-Dbuildtype=debugoptimized", "-Dwerror=true"])
    if "crash" in suites("gcc"):
        yield from meson_test(log, "gcc", names("gcc", "crash"), logbase="testlog-crash")
        # A run without its counts proves nothing: they are shown.
        for testlog in sorted((BUILD / "gcc" / "meson-logs").glob("testlog-crash*.json")):
            for test in map(json.loads, testlog.read_text(errors="replace").splitlines()):
                for line in test.get("stdout", "").splitlines():
                    if re.match(r"(states|flips|faults|model|network|readers|calls|kill|verify|dump|backup.*|salvage): |tools |[MN]\d+ ", line):
                        print(f"    {line[:400]}")


@stage
def sanitize(log):
    """clang, AddressSanitizer and UndefinedBehaviorSanitizer"""
    if not tool("clang-14"):
        yield absent("clang", "clang-14 is not installed")
        return
    built = configure(log, "sanitize", ["-Dbuildtype=debugoptimized", "-Dwerror=true",
                                        "-Db_sanitize=address,undefined", "-Db_lundef=false",
                                        "-Dc_args=-fno-sanitize-recover=all -fno-omit-frame-pointer -gline-tables-only "
                                        "-fsanitize=float-cast-overflow,fuzzer-no-link"], "clang-14",
                      suites=["unit", "oom", "golden", "fuzz", "threads"],
                      targets_too=[f"tests/crash/{name}" for name in ("crash", *choice.CRASHES_ABOVE)])
    yield built
    if built.outcome == PASS:
        wanted = names("sanitize", "unit", "oom", "golden", "fuzz", "threads", without=choice.NOT_SANITIZED)
        yield from meson_test(log, "sanitize", wanted, "--timeout-multiplier", "6",
                              env=SANITIZERS | choice.SHORTER["sanitize"])
    program = BUILD / "sanitize" / "tests" / "crash" / "crash"
    if built.outcome == PASS and program.exists():
        commands = {f"crash {layer}": [program, layer, *options] for layer, options in choice.CRASH_SANITIZED.items()}
        commands |= {name: [program.with_name(name)] for name in choice.CRASHES_ABOVE}

        def crash(name):
            return step(Log(f"sanitize {name}"), name, commands[name], env=SANITIZERS | choice.SHORTER["sanitize"], timeout=3600)

        with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
            yield from pool.map(crash, commands)


@stage
def fuzz(log):
    """each fuzz target, a fixed number of runs (CSTN_FUZZ_RUNS) from its seeds, with both sanitizers"""
    if not tool("clang-14"):
        yield absent("libFuzzer", "clang-14 is not installed")
        return
    if not (BUILD / "sanitize" / "build.ninja").exists():
        yield from (r for r in sanitize(log) if r.outcome == FAIL)
    targets = sorted(path for path in (BUILD / "sanitize" / "tests" / "fuzz").glob("fuzz_*")
                     if path.is_file() and os.access(path, os.X_OK))
    if not targets and (TOP / "tests" / "fuzz").exists():
        yield Result("fuzz targets", FAIL, "none was built")
    if not vectors():
        print("    fuzz: no vectors lie beside the checkout (CSTN_SHARED): EACH TARGET HAS ITS OWN SEEDS ALONE.")
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        yield from (result for results in pool.map(fuzz_one, targets) for result in results)


def fuzz_one(target):
    """Runs from the target's seeds and, where there are vectors for it, from these too: first each of them whole."""
    log = Log(target.name)
    name = target.name[len("fuzz_"):]
    corpus, outside = BUILD / "fuzz" / target.name, BUILD / "fuzz" / "vectors" / name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = [corpus, TOP / "tests" / "fuzz" / "seeds" / name]  # new inputs go into the first
    options = ["-seed=1", "-timeout=20", "-rss_limit_mb=4096", "-verbosity=0", f"-artifact_prefix={corpus}/"]
    results = []
    written = vectors() and vector_seeds.write(name, vectors(), outside)
    if written == 0:
        results.append(Result(f"{target.name}, vectors", FAIL, f"no input was found in {vectors()}"))
    if written:
        seeds.append(outside)
        results.append(step(log, f"{target.name}, {written} inputs of vectors",
                            [target, "-runs=0", "-max_len=1000000", *options, outside], env=SANITIZERS, timeout=600))
    runs = FUZZ_RUNS or SLOW_FUZZ.get(target.name, "10000")
    results.append(step(log, target.name, [target, f"-runs={runs}", "-max_len=4096", *options, *seeds], env=SANITIZERS,
                        timeout=600))
    return results


@stage
def tsan(log):
    """clang, ThreadSanitizer"""
    if not tool("clang-14"):
        yield absent("clang", "clang-14 is not installed")
        return
    made = configure(log, "tsan", ["-Dbuildtype=debugoptimized", "-Db_sanitize=thread", "-Db_lundef=false",
                                   "-Dc_args=-fno-omit-frame-pointer -gline-tables-only"], "clang-14", suites=["threads"])
    yield made
    if made.outcome != PASS:
        return
    wanted = names("tsan", "unit", "threads", without=choice.NOT_IN_TSAN)
    if THREADED.exists():
        started = {path.name.removeprefix("unit_") for path in THREADED.iterdir()}
        wanted = [name for name in wanted if name in started]
    if len(wanted) < 15:
        yield Result("programs with threads", FAIL, f"only {len(wanted)} were seen: {' '.join(wanted)}")
    built = step(log, "build", ["ninja", "-j", JOBS, "-C", BUILD / "tsan", *programs("tsan", wanted)], timeout=3000)
    yield built
    if built.outcome == PASS:
        yield from meson_test(log, "tsan", wanted, "--timeout-multiplier", "6", env=SANITIZERS | choice.SHORTER["tsan"])


@stage
def valgrind(log):
    """the unit tests under valgrind: errors and definite leaks fail"""
    if not tool("valgrind"):
        yield absent("valgrind", "valgrind is not installed")
        return
    if not (BUILD / "gcc" / "build.ninja").exists():
        built = configure(log, "gcc", ["-Dbuildtype=debugoptimized", "-Dwerror=true"])
        yield built
    yield from meson_test(log, "gcc", names("gcc", "unit", without=choice.NOT_IN_VALGRIND), "--setup", "valgrind",
                          logbase="testlog-valgrind", env={"CK_TIMEOUT_MULTIPLIER": "40", "CK_FORK": "no"} | choice.SHORTER["valgrind"])


def emulated(log, machine, wanted):
    """Built for another machine and run under qemu; `wanted` picks the tests of a build folder."""
    if not tool(f"{machine}-linux-gnu-gcc") or not tool(f"qemu-{machine}-static"):
        yield absent(machine, f"gcc-{machine}-linux-gnu or qemu-user-static is not installed")
        return
    cross = BUILD / f"{machine}-cross"
    made = step(log, f"libraries for {machine}", ["tests/tools/cross", machine, cross])
    yield made
    if made.outcome != PASS:
        return
    folder = BUILD / machine
    if not (folder / "build.ninja").exists():
        options = ["--cross-file", cross / "cross.ini", "-Doptimization=2", "-Ddebug=false", "-Dwerror=true"]
        if log.run(["meson", "setup", folder, TOP, *options]) != 0:
            yield Result("configure", FAIL, log.tail())
            return
    current(log, folder)
    built = step(log, "build", ["ninja", "-j", JOBS, "-C", folder, *programs(machine, wanted())], timeout=3000)
    yield built
    if built.outcome == PASS:
        # The emulator takes MADV_WIPEONFORK and does nothing; tests of forks see it by this word.
        yield from meson_test(log, machine, wanted(), "--timeout-multiplier", "10",
                              env={"CK_TIMEOUT_MULTIPLIER": "30", "CSTN_EMULATED": "1", "CK_FORK": "no"}
                              | choice.SHORTER["s390x"])


@stage
def s390x(log):
    """built for a big-endian machine and run under qemu: the same answers, the same bytes in files and states"""
    yield from emulated(log, "s390x", lambda: names("s390x", "unit", "golden", without=choice.NOT_ON_S390X))


@stage
def aarch64(log):
    """built for ARMv8 and run under qemu: its instructions for SHA-256, the same answers and bytes"""
    yield from emulated(log, "aarch64", lambda: names("aarch64", "unit", "golden", without=choice.NOT_ON_S390X))


@stage
def locale(log):
    """the unit tests in a host with a decimal comma, and in one with a dotless i"""
    if not tool("localedef") or not pathlib.Path("/usr/share/i18n/locales/tr_TR").exists():
        yield absent("localedef", "the package locales is not installed")
        return
    if not (BUILD / "gcc" / "build.ninja").exists():
        yield configure(log, "gcc", ["-Dbuildtype=debugoptimized", "-Dwerror=true"])
    folder = BUILD / "locale"
    folder.mkdir(parents=True, exist_ok=True)
    preload = folder / "set_locale.so"
    yield step(log, "set_locale", ["gcc", "-shared", "-fPIC", "-o", preload, "tests/tools/set_locale.c"])
    listed = {test["name"]: test["cmd"][0] for test in tests_of("gcc")}
    wanted = [name for name in names("gcc", "unit") if re.match(
        r"base_(decimal|time|calendar|error)|csv|table|fulfilment|perfect_order_tables", name)]
    wanted = with_data(wanted, names("gcc", "data"))
    for name in ("de_DE", "tr_TR"):
        if not (folder / f"{name}.UTF-8").exists():
            yield step(log, f"localedef {name}", ["localedef", "-i", name, "-f", "UTF-8", folder / f"{name}.UTF-8"])
        env = {"LOCPATH": str(folder), "LC_ALL": f"{name}.UTF-8", "LD_PRELOAD": str(preload)}
        for test in wanted:
            yield step(log, f"{name}: {test}", [listed[test]], env=env)


@stage
def coverage(log):
    """lines of lib/ that the suites run"""
    if not tool("gcovr"):
        yield absent("gcovr", "gcovr is not installed")
        return
    built = configure(log, "coverage", ["-Dbuildtype=debug", "-Doptimization=1", "-Db_coverage=true"],
                      suites=["unit", "oom", "golden", "fuzz", "threads"])
    yield built
    if built.outcome != PASS:
        return
    # What an earlier tree left behind would be counted too.
    log.run(["ninja", "-C", BUILD / "coverage", "-t", "cleandead"])
    for counts in (BUILD / "coverage").rglob("*.gcda"):
        counts.unlink()
    for notes in (BUILD / "coverage").rglob("*.gcno"):
        if not notes.with_suffix(".o").exists():
            notes.unlink()
    wanted = names("coverage", "unit", "oom", "golden", "fuzz", "threads", without=choice.NOT_COVERED)
    yield from (r for r in meson_test(log, "coverage", wanted, "--timeout-multiplier", "4",
                                      env={"CK_TIMEOUT_MULTIPLIER": "8", "CK_FORK": "no"})
                if r.outcome != PASS)
    # Tests that compile files of lib/ once more, in another shape, would be counted beside the library's own.
    for extra in list((BUILD / "coverage" / "tests").rglob("*.gcda")) + list((BUILD / "coverage" / "tests").rglob("*.gcno")):
        extra.unlink()
    report = BUILD / "coverage.json"
    code = log.run(["gcovr", "--root", TOP, "--filter", "lib/", "--object-directory", BUILD / "coverage",
                    "--exclude-unreachable-branches", "--print-summary", "--json-summary", report, "--txt",
                    BUILD / "coverage.txt", BUILD / "coverage"])
    if code != 0:
        yield Result("gcovr", FAIL, log.tail())
        return
    found = json.loads(report.read_text())
    lines = found["line_percent"]
    worst = sorted((f["line_percent"], f["filename"]) for f in found["files"])[:5]
    print(f"    lines of lib/ run by the suites: {lines:.1f} %, branches {found['branch_percent']:.1f} %")
    yield Result("line coverage", PASS if lines >= LINE_COVERAGE else FAIL,
                 f"{lines:.1f} % of lines, {LINE_COVERAGE:.0f} % wanted; least: "
                 + ", ".join(f"{name} {percent} %" for percent, name in worst))


def released(log):
    """Set up .build/release and build of it what is installed and what the benchmarks load."""
    made = configure(log, "release", ["-Dbuildtype=release", "-Dpkgconfig.relocatable=true"], targets_too=["build.ninja"])
    if made.outcome != PASS:
        return made
    folder = BUILD / "release"
    told = subprocess.run(["meson", "introspect", "--targets", str(folder)], capture_output=True, text=True)
    targets = [str(pathlib.Path(name).relative_to(folder)) for target in json.loads(told.stdout or "[]")
               if target["installed"] or target["name"].startswith("bench_") for name in target["filename"]]
    return step(log, "build", ["ninja", "-j", JOBS, "-C", folder, *targets], timeout=3000)


@stage
def release(log):
    """release build, installed, moved, used through pkg-config and CMake"""
    built = released(log)
    yield built
    if built.outcome != PASS:
        return
    run = subprocess.run([sys.executable, "tests/api/consumer/check_install.py", str(BUILD / "release")], cwd=TOP,
                         capture_output=True, text=True)
    log.path.open("a").write(run.stdout + run.stderr)
    lines = re.findall(r"^(ok  |FAIL) (.*)$", run.stdout, flags=re.M)
    for mark, what in lines:
        yield Result(what, PASS if mark == "ok  " else FAIL, "")
    if not lines or (run.returncode and all(mark == "ok  " for mark, _ in lines)):
        yield Result("moved install", FAIL, log.tail())


@stage
def bench(log):
    """the benchmarks at a small size, for that they run and agree; nothing is timed here"""
    if not (BUILD / "release" / "build.ninja").exists():
        yield released(log)
    if "bench" in suites("release"):
        yield from meson_test(log, "release", names("release", "bench"), logbase="testlog-bench",
                              env={"CSTN_BENCH_ROWS": "100000"})


def junit_results(path):
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        broken = case.find("failure") if case.find("failure") is not None else case.find("error")
        skipped = case.find("skipped")
        if broken is not None:
            yield Result(name, FAIL, (broken.get("message") or "").strip()[:1500])
        elif skipped is not None:
            yield absent(name, skipped.get("message") or "")
        else:
            yield Result(name, PASS, "")


def shared_library():
    return BUILD / "gcc" / "lib" / "libconstellation.so.0"


@stage
def python(log):
    """bindings/python: pytest, the examples in its documentation, mypy --strict"""
    folder = TOP / "bindings" / "python"
    if not list(folder.glob("tests/test_*.py")):
        return
    if not shared_library().exists():
        yield configure(log, "gcc", ["-Dbuildtype=debugoptimized", "-Dwerror=true"])
    env = {"CONSTELLATION_LIBRARY": str(shared_library()), "PYTHONPATH": str(folder), "MPLBACKEND": "Agg",
           "PYTHONDONTWRITEBYTECODE": "1"}
    report = LOGS / "pytest.xml"
    report.unlink(missing_ok=True)
    left_out = [] if with_data(["test_real_data.py"], ["test_real_data.py"]) else ["--ignore=tests/test_real_data.py"]
    code = log.run([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--doctest-modules", "constellation", "tests",
                    *left_out, f"--junitxml={report}"], env=env, cwd=folder)
    results = list(junit_results(report)) if report.exists() else []
    yield from results
    if not results or (code != 0 and all(r.outcome != FAIL for r in results)):
        yield Result("pytest", FAIL, log.tail())
    yield step(log, "mypy --strict", [PYTHON, "-m", "mypy", "--strict", "--cache-dir", BUILD / "mypy", "constellation"],
               env=env, cwd=folder)


def go_results(text):
    details = collections.defaultdict(list)
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        key = (event.get("Package", ""), event.get("Test"))
        if event.get("Action") == "output":
            details[key].append(event.get("Output", ""))
        elif key[1] and event.get("Action") in ("pass", "fail", "skip"):
            said = "".join(details[key])[-1500:]
            yield (Result(key[1], PASS) if event["Action"] == "pass" else Result(key[1], FAIL, said)
                   if event["Action"] == "fail" else absent(key[1], said))


@stage
def go(log):
    """bindings/go: go vet, the tests with the race detector and the checks of pointers handed to C"""
    folder = TOP / "bindings" / "go"
    if not list(folder.rglob("*_test.go")):
        return
    if not GO:
        yield absent("go", "Go 1.24 or newer is not installed and could not be had")
        return
    if not shared_library().exists():
        yield configure(log, "gcc", ["-Dbuildtype=debugoptimized", "-Dwerror=true"])
    env = {"PKG_CONFIG_PATH": str(BUILD / "gcc" / "meson-uninstalled"), "CGO_ENABLED": "1",
           "LD_LIBRARY_PATH": str(BUILD / "gcc" / "lib"), "GOFLAGS": "-buildvcs=false"}
    left_out = [] if with_data(["TestOlist..."], ["TestOlist..."]) else ["-skip=^TestOlist"]
    for module in sorted(path.parent for path in folder.rglob("go.mod")):
        if not list(module.rglob("*_test.go")):
            continue
        name = "go" if module == folder else module.name
        # One build of everything for all three: each way to compile takes Go's own packages along.
        env["GOEXPERIMENT"] = "cgocheck2"
        yield step(log, f"{name}: vet", [GO, "vet", "-race", "./..."], env=env, cwd=module)
        output = LOGS / f"go-{module.name}.json"
        with output.open("w") as out, log.path.open("a") as err:
            code = subprocess.run([GO, "test", "-race", "-vet=off", "-json", "-count=1", *left_out, "./..."], cwd=module,
                                  stdout=out, stderr=err, env={**os.environ, **env}, timeout=1800).returncode
        results = list(go_results(output.read_text()))
        yield from (Result(f"{name}: {r.name}", r.outcome, r.detail) for r in results)
        if not results or (code != 0 and all(r.outcome != FAIL for r in results)):
            yield Result(name, FAIL, "\n".join(output.read_text().splitlines()[-8:]) + log.tail(5))


@stage
def docs(log):
    """the reference and the guides; a warning is an error"""
    if not tool("doxygen"):
        yield absent("doxygen", "doxygen is not installed")
        return
    (BUILD / "doc").mkdir(parents=True, exist_ok=True)
    yield step(log, "doxygen", ["doxygen", "doc/Doxyfile"])
    yield step(log, "links", [sys.executable, "tests/tools/check_links.py"])
    yield step(log, "changelog", [sys.executable, "tests/tools/changelog.py"])
    if not shared_library().exists():
        yield configure(log, "gcc", ["-Dbuildtype=debugoptimized", "-Dwerror=true"])
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    if not GO:
        yield absent("examples in Go", "Go 1.24 or newer is not installed and could not be had")
    yield step(log, "examples in the guides", [PYTHON, "tests/tools/check_guides.py", shared_library().parents[1]], env=env)


# --- running them -----------------------------------------------------------------------------------------------------


def run_stage(name):
    begin, used, built = time.monotonic(), processor(), Log.building
    print(f"{name}: {STAGES[name].__doc__}", flush=True)
    log = Log(name)
    try:
        results = [r for r in STAGES[name](log) or [] if r]
    except Exception as error:  # a stage that breaks is a failure, not the end of the run
        results = [Result(name, FAIL, f"{type(error).__name__}: {error}")]
    if not results:
        results = [Result(name, FAIL, "nothing was checked")]
    shown = set()
    for result in results:
        if result.outcome == FAIL and (result.name, result.detail) not in shown:
            shown.add((result.name, result.detail))
            print(f"    FAILED {result.name}")
            for line in result.detail.strip().splitlines():
                print(f"        {line}")
    count = collections.Counter(result.outcome for result in results)
    print(f"    {count[PASS]} passed, {count[FAIL]} failed in {time.monotonic() - begin:.0f} s, of a processor "
          f"{processor() - used:.0f} s, {Log.building - built:.0f} s of them for building (log: .build/logs/{name}.log)", flush=True)
    return count


TOTAL = re.compile(r"^    (\d+) passed, (\d+) failed in ", re.M)


def rounds(names):
    """The stages in their order, those that keep one processor busy together if what they use is built by then."""
    alone = [name for name in names if name not in ONE_PROCESSOR]
    together = [name for name in names if name in ONE_PROCESSOR]
    if len(together) > 1 and int(JOBS) > 1 and {"gcc", "release"} <= set(alone):
        return [[name] for name in alone] + [together]
    return [[name] for name in names]


def run_apart(name):
    """A stage in a process of its own, whose output comes in one piece."""
    done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True)
    print("\n".join(line for line in done.stdout.splitlines() if line[:1] == " " or line.startswith(f"{name}:")), flush=True)
    found = TOTAL.findall(done.stdout)
    if len(found) != 1:
        print(f"    FAILED {name}: {done.stderr.strip()[-2000:]}")
        return collections.Counter({FAIL: 1})
    return collections.Counter(dict(zip((PASS, FAIL), map(int, found[0]))))


def main():
    if "--long" in sys.argv:
        choice.at_length()
    names = [name for name in sys.argv[1:] if name != "--long"] or [name for name in STAGES if name not in BY_NAME]
    if names == ["--list"]:
        for name, function in STAGES.items():
            print(f"{name:<10} {function.__doc__}{'; by its name alone' if name in BY_NAME else ''}")
        print("--long     with these: sanitize, tsan, valgrind and s390x with every program, at the length of the stage gcc; more runs of "
              "fuzz: CSTN_FUZZ_RUNS=1000000; of the store: tests/crash/run --long")
        return
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        sys.exit(f"no stage {', '.join(unknown)}; there are: {' '.join(STAGES)}")
    begin = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("CGO_CFLAGS", "-O1")  # the C of the Go binding, of which there is little to run
    total = collections.Counter()
    for names in rounds(names):
        if len(names) == 1:
            total += run_stage(names[0])
            continue
        with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
            for count in pool.map(run_apart, names):
                total += count
    if len(sys.argv) != 2:
        print(f"in {(time.monotonic() - begin) / 60:.1f} minutes, of a processor {processor() / 60:.1f}")
    print(f"{total[PASS]} passed, {total[FAIL]} failed")
    sys.exit(1 if total[FAIL] or not total[PASS] else 0)


if __name__ == "__main__":
    main()
