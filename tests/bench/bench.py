"""The driver of the benchmarks: states what is measured and how, runs each comparison in a process of its own, and
writes one JSON line for each. Started by tests/bench/run, which builds and sets up."""
import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FAIRNESS = """\
Fairness: a general engine has to build a hash table of all orders, because SQL does not tell it that the lines of an
order come together. That, dense codes for partner and month, and narrow columns are where the factor comes from; it is
no magic. So there are two comparisons of clustered lines: with queries that are right for lines in any order, and with
queries written by hand for clustered lines, which answer wrongly and silently when the lines are not. Where no order
is rolled up (line level, predicate count) the gap is that of a specialised loop against a general one, and smaller.
Every peer runs several formulations, and the fastest counts; who knows a faster one, add it in tests/bench/engines.py.
Loading is timed apart: DuckDB's native table, Polars' frame over the Arrow buffers. Nothing is loaded for ours."""
SETTINGS = """\
Threads: the engine's own setting (DuckDB `set threads`, POLARS_MAX_THREADS, pyarrow.set_cpu_count, ours `threads`) and
as many processors as threads for the process. All data in memory; CSV files in the page cache. Release build. Each
comparison is a process of its own; ours and the peer's fastest formulation take turns; figures are medians, the best
of the turns stands beside. Ours goes from an Arrow table to an Arrow table of rates with intervals, through Python."""

DUCKDB, POLARS, PANDAS, SQLITE, SKLEARN, LIFETIMES, KMODES, HIERARCHICAL, STATSFORECAST, R, LIGHTGBM = (
    "duckdb", "polars", "pandas", "sqlite", "sklearn", "lifetimes", "kmodes", "hierarchicalforecast", "statsforecast", "r", "lightgbm")
NAMES = {DUCKDB: "DuckDB", POLARS: "Polars", PANDAS: "pandas", SQLITE: "SQLite", SKLEARN: "scikit-learn",
         LIFETIMES: "lifetimes", KMODES: "kmodes", HIERARCHICAL: "hierarchicalforecast",
         STATSFORECAST: "statsforecast", R: "R's forecast", LIGHTGBM: "LightGBM"}
#: nobody else does it: ours against a bar of seconds
ALONE = "alone"
#: task: title, unit, {peer: bar}
TASKS = {
    "orders_sorted": ("orders by partner x month, clustered", "ns/line", {DUCKDB: ">=10", POLARS: ">=10"}),
    "orders_by_hand": ("the same, the peer's query written by hand for clustered lines", "ns/line",
                       {DUCKDB: ">=10", POLARS: ">=10"}),
    "orders_undeclared": ("orders by partner x month, clustered but not declared", "ns/line",
                          {DUCKDB: ">=2", POLARS: ">=2"}),
    "orders_shuffled": ("orders by partner x month, shuffled lines", "ns/line", {DUCKDB: ">=2", POLARS: ">=2"}),
    "lines": ("lines by partner x month, 5 measures", "ns/line", {DUCKDB: ">=3", POLARS: ">=3"}),
    "count": ("count of perfect lines", "ns/line", {DUCKDB: ">=4", POLARS: ">=4"}),
    "csv_dates": ("CSV, 6 integers and 2 ISO dates a row", "s", {POLARS: ">=2", PANDAS: ">=5", DUCKDB: None}),
    "csv_integers": ("CSV, 8 integers a row", "s", {POLARS: ">=2", PANDAS: ">=5", DUCKDB: None}),
    "binding": ("one update with a batch of lines, from Python against C", "ns/line", {"c": "<=1.1"}),
    "binding_go": ("one update with a batch of lines, from Go against C", "ns/line", {"c": "<=1.1"}),
    "import": ("Arrow import of integer columns and one read, against one read", "ns/line", {"read": "<=1.5"}),
    "block": ("XXH3 and decoding of FOR-16 blocks, against memcpy of what they decode to", "ns/value",
              {"memcpy": ">=0.5"}),
    "lookup": ("warm look-up by a text key in four segments, the store alone", "ns/look-up", {SQLITE: ">=3"}),
    "get": ("warm record by its key, public calls, four segments", "ns/look-up", {SQLITE: ">=3"}),
    "commit": ("durable commit of one event, against append and fdatasync of as many bytes, p50", "us",
               {"append": "<=1.3"}),
    "commit_frame": ("the log's frame of one row alone, against append and fdatasync, p50", "us", {"append": "<=1.3"}),
    "commit_16": ("durable commits by 16 threads, against one thread", "us", {"one": ">=3"}),
    "ingest": ("order lines from Arrow to the disk", "ns/line", {SQLITE: ">=5", DUCKDB: ">=1"}),
    "ingest_memory": ("order lines from Arrow into memory", "ns/line", {DUCKDB: None}),
    "ingest_threads": ("order lines from Arrow to the disk by two threads, against one", "ns/line", {"one": ">=1.3"}),
    "ingest_integers": ("order lines as integers into the store alone", "ns/line", {SQLITE: ">=5"}),
    "scan_rate": ("perfect orders from a warm store, against the kernel on plain columns", "ns/line",
                  {"kernel": "<=2"}),
    "replay": ("opening with a log of 64 MiB, against XXH3-64 of its bytes", "ms", {"xxh3": ">=0.05"}),
    "open": ("bytes read to open, against manifest, footers and log", "kB", {"files": "<=1"}),
    "size": ("bytes of an order line with text ids on disk", "B/line", {SQLITE: "<=0.4"}),
    "size_integers": ("bytes of an order line of integers on disk", "B/line", {SQLITE: "<=0.4"}),
    "rfm": ("RFM of customers in any order, days ascending", "ns/row", {PANDAS: ">=10", POLARS: ">=2", DUCKDB: ">=2"}),
    "rfm_none": ("RFM of rows in any order", "ns/row", {PANDAS: None, POLARS: ">=1.2", DUCKDB: ">=1.2"}),
    "rfm_alone": ("RFM of 100 million rows and 10 million customers in any order, days ascending", "s", {ALONE: "<=5"}),
    "cohorts": ("cohorts by month of rows in any order", "ns/row", {PANDAS: None, POLARS: None, DUCKDB: None}),
    "kmeans_iteration": ("k-means, 8 columns, k = 8: processor time of one of Lloyd's iterations", "ms", {SKLEARN: ">=4"}),
    "kmeans_fit": ("k-means, 8 columns, k = 8: seeding and ten restarts", "s", {SKLEARN: ">=3"}),
    "kmeans_bounds": ("k-means, 8 columns, k = 100: chosen algorithm against our Lloyd", "s", {"lloyd": ">=2"}),
    "kmeans_cells": ("k-means of rows seen once, 8 columns, k = 8: micro-clusters against mini-batches", "s", {SKLEARN: None}),
    "prototypes": ("k-modes, 20 columns, k = 8: processor time from the same start", "s", {KMODES: ">=50"}),
    "value_fit": ("BG/NBD fit, whole days", "s", {LIFETIMES: ">=20"}),
    "value_fit_distinct": ("BG/NBD fit, all times different", "s", {LIFETIMES: ">=20"}),
    "pareto_fit": ("Pareto/NBD fit, whole days", "s", {LIFETIMES: ">=20"}),
    "value_predict": ("BG/NBD expected purchases and P(alive)", "s", {LIFETIMES: ">=5"}),
    "value_score": ("BG/NBD expected purchases and P(alive) of 10 million customers", "s", {ALONE: "<=1.5"}),
    "demand_daily": ("a day of 1,000,000 series learned, and 28 days with nine quantiles forecast", "s", {ALONE: "<=3"}),
    "demand_points": ("a day of 1,000,000 series learned, and 28 days forecast, against the season repeated", "us/series",
                      {STATSFORECAST: ">=20"}),
    "update_refit": ("a day more of a series learned, against a fit of its history", "us/series",
                     {STATSFORECAST: ">=1000", R: ">=1000"}),
    "first_call": ("the first forecast of a new process, one series", "ms", {ALONE: "<=1", STATSFORECAST: None}),
    "memory_local": ("memory of a series beside its id", "B/series", {ALONE: "<=128"}),
    "memory_levels": ("memory of a series for calibrated levels, beside that", "B/series", {ALONE: "<=72"}),
    "global_ridge": ("ridge of all series, 2 million rows of 38 columns, features included", "s",
                     {SKLEARN: ">=20", LIGHTGBM: ">=20"}),
    "global_trees": ("boosted trees of all series, 2 million rows, features included", "s", {SKLEARN: ">=1", LIGHTGBM: ">=1"}),
    "reconcile": ("forecasts of a tree of 1,000,000 nodes made to add up", "s", {ALONE: "<=1"}),
    "reconcile_peer": ("forecasts of a tree made to add up, structural weights", "s", {HIERARCHICAL: ">=1"}),
    "shapley": ("Shapley values of eight groups of signals, 100,000 rows, against 256 refits", "s", {"numpy": ">=20"}),
    "family_auto_m3": ("Auto on series of M3, against automatic ETS", "us/series", {STATSFORECAST: ">=100", R: ">=100"}),
    "family_auto_weekly": ("Auto on weekly series of M4, against automatic ETS", "us/series", {STATSFORECAST: ">=100", R: ">=100"}),
    "family_theta_m3": ("theta on series of M3", "us/series", {STATSFORECAST: ">=100", R: ">=100"}),
    "family_theta_weekly": ("theta on weekly series of M4", "us/series", {STATSFORECAST: ">=100", R: ">=100"}),
    "family_dotm_m3": ("dynamic optimised theta on series of M3, against AutoTheta", "us/series", {STATSFORECAST: None}),
    "family_ets_m3": ("AutoETS on series of M3, against automatic ETS", "us/series", {STATSFORECAST: ">=20", R: ">=100"}),
    "family_ensemble_m3": ("Auto on series of M3, against AutoARIMA, AutoETS and AutoTheta", "us/series", {STATSFORECAST: ">=100"}),
    "family_naive_m3": ("the season repeated on series of M3", "us/series", {STATSFORECAST: None, R: None}),
    "log_append": ("entries of 200 bytes into a log, one by one, portable SHA-256", "ns/entry", {ALONE: "<=10000"}),
    "log_append_hardware": ("the same by instructions of the processor", "ns/entry", {ALONE: "<=10000"}),
    "log_append_batch": ("entries of 200 bytes into a log, 65,536 a call, portable SHA-256", "ns/entry", {ALONE: "<=10000"}),
    "log_append_batch_hardware": ("the same by instructions of the processor", "ns/entry", {ALONE: "<=10000"}),
    "log_prove": ("a proof in a log of 10 million entries in memory, portable SHA-256", "us", {ALONE: "<=100"}),
    "log_prove_hardware": ("the same by instructions of the processor", "us", {ALONE: "<=20"}),
    "log_prove_tiles": ("a proof in a log of 10 million entries in tiles, portable SHA-256", "us", {ALONE: "<=100"}),
    "log_prove_tiles_hardware": ("the same by instructions of the processor", "us", {ALONE: "<=20"}),
    "log_verify": ("a proof in a log of 10 million entries verified, portable SHA-256", "us", {ALONE: "<=100"}),
    "decide": ("decisions of one field under one term", "ns/decision", {ALONE: "<=1000"}),
    "decide_windows": ("the same under a condition of 262 windows of time", "ns/decision", {ALONE: "<=1000"}),
    "decide_odrl": ("decisions of the 44 cases of the ODRL test suite, p50", "ns", {ALONE: "<=1000"}),
    "decide_odrl_worst": ("the p50 of the slowest of the 44 cases", "ns", {ALONE: "<=50000"}),
    "erase": ("one of 100,000 subjects of a vault erased, against two appends and fdatasyncs of as many bytes, p50", "us",
              {"append": None}),
    "erase_million": ("the same of 1,000,000 subjects", "us", {"append": None}),
    # 40 bytes a row at 1 GB/s; 4 bytes of indices and 12 of text at 100 MB/s
    "release_columns": ("rows of five columns, text and a dictionary among them, made ready to leave as they are, with their checksum", "ns/row",
                        {ALONE: "<=40"}),
    "release_copied": ("the same, an eighth of the values null", "ns/row", {ALONE: None}),
    "release_dictionary": ("tokens of a dictionary-coded column, with their checksum", "ns/row", {ALONE: "<=40"}),
    "release_repeated": ("tokens of a text column of 1,000 values", "ns/row", {ALONE: "<=120"}),
    "release_distinct": ("tokens of a text column, all values distinct", "ns/row", {ALONE: None}),
    "release_raw": ("10 million rows of two numbers (160 MB) released as they are: 1 GB/s at least, checksum included", "s",
                    {ALONE: "<=0.16"}),
    "release_tokens": ("10 million rows of 10,000 identifiers (120 MB) released as tokens: 100 MB/s at least", "s", {ALONE: "<=1.2"}),
    "psi": ("which of 20,000 and 20,000 identifiers are common, processor time of both sides", "s", {ALONE: "<=20"}),
    "psi_size": ("how many of them are, processor time of both sides", "s", {ALONE: "<=20"}),
    "psi_threads": ("which of 20,000 and 20,000 identifiers are common, by two threads, against one", "s", {"one": ">=1.8"}),
    "noise_vote": ("a vote on 1,000,000 draws of noise: are they close to a Laplace distribution?", "s", {ALONE: "<=2"}),
    "stages": ("relationship stages replayed, customers in any order", "s", {ALONE: "<=2"}),
    "stages_grouped": ("relationship stages replayed, events of a customer together", "s", {ALONE: "<=2"}),
}
#: where fewer lines say all there is to say
LINES_MAX = {"binding": 1_000_000, "binding_go": 1_000_000, "block": 1 << 23, "lookup": 4_000_000, "get": 4_000_000, "commit": 4000,
             "commit_frame": 4000, "commit_16": 4000, "ingest": 2_000_000, "ingest_memory": 2_000_000, "ingest_threads": 2_000_000,
             "size": 2_000_000,
             "ingest_integers": 5_000_000, "size_integers": 5_000_000,
             "scan_rate": 2_000_000, "replay": 2_000_000,
             **dict.fromkeys(("kmeans_iteration", "kmeans_fit", "kmeans_cells", "value_fit", "value_fit_distinct", "value_predict"), 1_000_000),
             "kmeans_bounds": 200_000, "prototypes": 100_000, "pareto_fit": 20_000, "reconcile_peer": 4_001, "reconcile": 1_000_000,
             "shapley": 100_000, "demand_daily": 1_000_000, "demand_points": 1_000_000, "update_refit": 10, "first_call": 1,
             "memory_local": 1 << 20, "memory_levels": 1 << 20, **dict.fromkeys(("global_ridge", "global_trees"), 2_092_272),
             "family_ensemble_m3": 60, "erase": 100_000, "erase_million": 1_000_000, **dict.fromkeys(("psi", "psi_size", "psi_threads"), 20_000),
             "noise_vote": 1_000_000, **dict.fromkeys(("decide_odrl", "decide_odrl_worst"), 2_000),
             **dict.fromkeys(("decide", "decide_windows", "log_append", "log_append_hardware", "log_append_batch",
                              "log_append_batch_hardware"), 1_000_000),
             **dict.fromkeys(("family_auto_m3", "family_theta_m3", "family_dotm_m3", "family_ets_m3", "family_naive_m3"), 300),
             "family_auto_weekly": 60, "family_theta_weekly": 60}
#: how many a bar of ours alone is set for, where not 10 million
ALONE_LINES = {**dict.fromkeys(("decide", "decide_windows", "log_append", "log_append_hardware", "log_append_batch",
                                 "log_append_batch_hardware"), 1_000_000),
               "rfm_alone": 100_000_000, "first_call": 1, "psi": 20_000, "psi_size": 20_000, "noise_vote": 1_000_000,
               **dict.fromkeys(("decide_odrl", "decide_odrl_worst"), 2_000),
               **dict.fromkeys(("reconcile", "demand_daily", "memory_local", "memory_levels"), 1_000_000)}
#: the same where only answers are compared
QUICK_MAX = {"kmeans_iteration": 20_000, "kmeans_fit": 10_000, "kmeans_bounds": 10_000, "kmeans_cells": 20_000, "prototypes": 2_000, "value_fit": 5_000,
             "value_fit_distinct": 5_000, "pareto_fit": 1_000, "value_predict": 20_000, "reconcile_peer": 401, "shapley": 4_000,
             "demand_points": 2_000, "update_refit": 2, "global_ridge": 30_000, "global_trees": 30_000, "family_ensemble_m3": 4,
             "erase": 2_000, "erase_million": 2_000, **dict.fromkeys(("psi", "psi_size", "psi_threads"), 200), "noise_vote": 20_000,
             **dict.fromkeys(("decide_odrl", "decide_odrl_worst"), 200),
             **dict.fromkeys(("family_auto_m3", "family_theta_m3", "family_dotm_m3", "family_ets_m3", "family_naive_m3", "family_auto_weekly",
                              "family_theta_weekly"), 4)}
STORE = ("commit", "commit_frame", "commit_16", "ingest", "ingest_memory", "ingest_threads", "scan_rate", "replay", "open", "size",
         "ingest_integers", "size_integers")
CUSTOMERS = ("rfm", "rfm_none", "rfm_alone", "cohorts", "kmeans_iteration", "kmeans_fit", "kmeans_bounds", "kmeans_cells", "prototypes", "value_fit",
             "value_fit_distinct", "pareto_fit", "value_predict", "value_score", "stages", "stages_grouped", "reconcile", "reconcile_peer", "shapley",
             "demand_daily", "demand_points", "update_refit", "first_call", "memory_local", "memory_levels", "global_ridge",
             "global_trees")
LEDGERS = tuple(task for task in TASKS if task.startswith(("log_", "decide", "erase", "psi", "noise", "release")))
FORECASTS = tuple(task for task in TASKS if task.startswith("family_"))
#: tasks whose number of threads is no question
ONE_THREAD = ("binding", "binding_go", "import", "block", "lookup", "get", *STORE, *CUSTOMERS, *FORECASTS, *LEDGERS)
#: peers of which ours costs so many times as much: the less the better
COSTS = ("c", "read", "append", "kernel", "files")
#: a bar of ours alone: of speed for the machine class it was set on (2 virtual processors of 2.5 GHz)
OWN_BARS = {"orders_sorted": "<=3.5", "size": "<=10", "size_integers": "<=10"}
NOT_MEASURED = [
    ("orders by partner x month, verdict of each order already there", ">=10",
     "not measured: a network keeps verdicts and gives them in scans, but no rate is counted from them yet"),
]


def meets(value, bar):
    """Does a figure meet a bar such as ">=10"? None if there is no bar."""
    if bar is None or value is None:
        return None
    limit = float(bar[2:])
    return value >= limit if bar[:2] == ">=" else value <= limit


def one_processor():
    """The process may run on one processor only."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith(("model name", "Model"))), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {len(os.sched_getaffinity(0))} processors, {memory:.0f} GiB, Linux {platform.release()}"


def compiler(build):
    """The C compiler of a build folder, in its own words."""
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    words = commands[0]["command"].split()
    name = words[1] if words[0] == "ccache" else words[0]
    return subprocess.run([name, "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def versions():
    return {name: importlib.metadata.version(name) for name in (DUCKDB, POLARS, PANDAS, "pyarrow", "numpy")}


class Run:
    """One run of the benchmarks."""

    def __init__(self, options):
        self.options = options
        self.build = pathlib.Path(options.build).resolve()
        self.versions = versions()
        self.load = os.getloadavg()[0]
        self.processors = len(os.sched_getaffinity(0))
        self.rows, self.failures, self.answers = [], [], 0
        self.folder = self.build / "bench-data"
        self.files, self.forking = None, {}

    def header(self):
        import constellation

        peers = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        busy = ""
        if self.load > 0.5 * self.processors:
            busy = " THE MACHINE IS BUSY WITH OTHER WORK: figures are not to be quoted."
        return "\n".join([
            FAIRNESS, "", SETTINGS, "",
            f"Machine: {machine()}; load {self.load:.2f} before the run.{busy}",
            f"Versions: libconstellation {constellation.library_version()} ({compiler(self.build)}); {peers}; "
            f"Python {platform.python_version()}; {self.go()[1] if self.go()[0] else 'no Go'}",
            f"Data: {self.options.lines:,} order lines of tests/bench/bench_lines.c, the same on every machine",
            f"Command: tests/bench/run {' '.join(self.options.given)}".rstrip(),
        ])

    def worker(self, task, peer, threads, **more):
        """Run compare.py; None if it failed, which is told."""
        job = {"task": task, "peer": peer, "threads": threads, "lines": self.options.lines, "build": str(self.build),
               "repeat": self.options.repeat, "probe": 1 if self.options.quick else 2, "data": self.files,
               "processors": self.processors, **more}
        count = str(threads)
        env = {**os.environ, "POLARS_MAX_THREADS": count, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count,
               "MKL_NUM_THREADS": count, "NUMEXPR_NUM_THREADS": count}
        if self.options.quick:
            code, out, err = self.forked(job, threads, env)
        else:
            done = subprocess.run([sys.executable, str(HERE / "compare.py"), json.dumps(job)], env=env, text=True,
                                  capture_output=True)
            code, out, err = done.returncode, done.stdout, done.stderr
        if code != 0:
            why = "answers differ" if code == 3 else f"failed with {code}"
            self.failures.append(f"{task}, {peer}, {threads} threads: {why}: {err.strip()[-2000:]}")
            print(self.failures[-1], file=sys.stderr)
            return None
        found = json.loads(out.strip().splitlines()[-1])
        self.answers += found.get("answers", 0)
        return found

    def forked(self, job, threads, env):
        """The same where nothing is timed: in a child of a process that is there already for so many threads."""
        if threads not in self.forking:
            self.forking[threads] = subprocess.Popen([sys.executable, str(HERE / "compare.py"), "--each"], env=env, text=True,
                                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with tempfile.TemporaryDirectory() as folder:
            outputs = [pathlib.Path(folder) / name for name in ("out", "err")]
            process = self.forking[threads]
            process.stdin.write(json.dumps({**job, "outputs": [str(path) for path in outputs]}) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            return code, *(path.read_text(errors="replace") for path in outputs)

    def go(self):
        """A Go that can build the binding, and why not if there is none."""
        for tool in filter(None, (os.environ.get("CSTN_GO"), shutil.which("go"))):
            told = subprocess.run([tool, "env", "GOVERSION"], capture_output=True, text=True, cwd=HERE).stdout.strip()
            number = told.removeprefix("go").split(".")
            if len(number) > 1 and number[0] == "1" and int(number[1]) >= 24:
                return tool, told
        return None, "not measured: there is no Go 1.24 or newer (tests/tools/setup run gets one)"

    def from_go(self, lines):
        """Build tests/bench/go and run it with a batch and with one line; None if it failed, which is told."""
        tool, _ = self.go()
        modules, program = self.build / "tests/bench", self.build / "bench_go"
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.build / "meson-uninstalled"), "CGO_ENABLED": "1",
               "CGO_CFLAGS": f"-O{1 if self.options.quick else 2} -I{HERE} -I{HERE.parents[1] / 'include'}",
               "CGO_LDFLAGS": f"-L{modules} -lbench_constellation -Wl,-rpath,{modules}:{self.build / 'lib'}",
               "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local"}
        commands = [[tool, "build", "-o", str(program), "."], [str(program), "1", str(20 * self.options.repeat)],
                    [str(program), str(lines), str(3 * self.options.repeat)]]
        times = []
        for command in commands:
            timed = command[0] == str(program)
            done = subprocess.run(command, cwd=HERE / "go", env=env, capture_output=True, text=True,
                                  preexec_fn=one_processor if timed else None)
            if done.returncode != 0:
                why = "answers differ" if done.returncode == 3 else f"failed with {done.returncode}"
                self.failures.append(f"binding_go: {why}: {done.stderr.strip()[-2000:]}")
                print(self.failures[-1], file=sys.stderr)
                return None
            times.append(done.stdout and json.loads(done.stdout))
        self.answers += 2
        found = {side: {"median": statistics.median(seconds), "best": min(seconds), "worst": max(seconds), "cpu": None}
                 for side, seconds in times[2].items()}
        return {**found, "how": "cstn_perfect_order_update() from C", "ours_how": "PerfectOrder.UpdateColumns()",
                "formulations": {},
                "one_line": {side: statistics.median(seconds) for side, seconds in times[1].items()}}

    def write(self, row):
        """One comparison as a JSON line."""
        self.rows.append(row)
        print(json.dumps(row), flush=True)

    def scale(self, unit, lines):
        if unit.endswith("/line") and not unit.startswith("ns"):
            return 1 / lines
        if unit == "us/series":
            return 1e6 / lines
        return 1e9 / lines if unit.startswith("ns/") else {"ns": 1e9, "us": 1e6, "ms": 1e3, "kB": 1e-3}.get(unit, 1.0)

    def compare(self, task, peer, threads):
        title, unit, bars = TASKS[task]
        lines = min(self.options.lines, LINES_MAX.get(task, self.options.lines))
        if self.options.quick:
            lines = min(lines, QUICK_MAX.get(task, lines))
        found = self.from_go(lines) if task == "binding_go" else self.worker(task, peer, threads, lines=lines)
        if found is None:
            return
        if "skipped" in found:
            self.skip(title, bars[peer], found["skipped"])
            return
        scale = self.scale(unit, lines)
        if peer == ALONE:
            self.alone(task, title, unit, found, lines, scale)
            return
        ours, theirs = found["ours"], found["peer"]
        bar = None if self.options.quick else bars[peer]
        cost = peer in COSTS or task.startswith("size")
        ratio = ours["median"] / theirs["median"] if cost else theirs["median"] / ours["median"]
        version = found.get("version", "C, the same library")
        if peer in self.versions:
            version = f"{NAMES.get(peer, peer)} {self.versions[peer]}"
        ok = meets(ratio, bar)
        if bar is not None and found.get("details", {}).get("is_accurate") is False:
            ok = False  # faster and worse is no answer
        row = {
            "name": title + (f": {NAMES[peer]}" if peer in NAMES else "") + (
                "" if task in ("commit_16", "ingest_threads", "psi_threads") else f", {threads} thread{'s' * (threads > 1)}"),
            "ours": figure(ours["median"] * scale), "peer": figure(theirs["median"] * scale),
            "peer_version": version, "unit": unit, "ratio": figure(ratio), "bar": bar, "ok": ok,
            "task": task, "threads": threads, "lines": lines, "ours_best": figure(ours["best"] * scale),
            "peer_best": figure(theirs["best"] * scale), "ours_cpu": ours["cpu"] and figure(ours["cpu"] * scale),
            "peer_cpu": theirs["cpu"] and figure(theirs["cpu"] * scale), "ours_how": found["ours_how"],
            "peer_how": found["how"],
        }
        self.add_details(row, found, scale)
        if ok is False:
            row["reason"] = self.reason(task, row, found, scale)
        self.write(row)
        if (task == "orders_sorted" and peer == DUCKDB and threads == 1) or task.startswith("size"):
            self.own_bar(row, found)

    def add_details(self, row, found, scale):
        if found["formulations"]:
            row["formulations"] = {name: figure(best * scale) for name, best in found["formulations"].items()}
        if found.get("refused"):
            row["refused"] = found["refused"]
        for side, told in found.get("percentiles", {}).items():
            row.update({f"{side}_{name}": figure(value * scale) for name, value in told.items()})
        row.update({name: figure(value) if isinstance(value, float) else value
                    for name, value in found.get("details", {}).items()})
        if "load" in found:
            row["load_s"] = figure(found["load"])
        if "phases" in found:
            row["phases"] = {name: figure(best * scale) for name, best in found["phases"].items()}
        if "totals" in found:
            row["totals"] = found["totals"]
        if "bytes" in found:
            row["megabytes"] = round(found["bytes"] / 1e6)
            row["ours_mb_s"] = round(found["bytes"] / 1e6 / found["ours"]["median"])
        if "one_line" in found:
            row["ns_per_call_of_one_line"] = {side: round(best * 1e9) for side, best in found["one_line"].items()}
        if "import_alone" in found:
            row["import_alone_us"] = figure(found["import_alone"] * 1e6)
            row["convert_with_copy"] = figure(found["convert"] * scale)

    def alone(self, task, title, unit, found, lines, scale):
        """Ours against a bar of ours alone, which is set for so many rows; with fewer it says nothing."""
        median, full = found["ours"]["median"] * scale, lines >= ALONE_LINES.get(task, 10_000_000)
        bar = None if self.options.quick or not full else TASKS[task][2][ALONE]
        ok = meets(median, bar)
        row = {"name": f"{title}: ours alone, 1 thread", "ours": figure(median), "peer": None,
               "peer_version": None, "unit": unit, "ratio": None, "bar": bar, "ok": ok, "task": task, "threads": 1,
               "lines": lines, "ours_best": figure(found["ours"]["best"] * scale),
               "ours_cpu": figure(found["ours"]["cpu"] * scale), "ours_how": found["ours_how"], "peer_how": None}
        self.add_details(row, found, scale)
        if ok is False:
            row["reason"] = self.reason("own", row, found, scale)
        self.write(row)

    def own_bar(self, row, found):
        """Ours alone against the bar for its machine class."""
        bar = row["bar"] and OWN_BARS[row["task"]]
        ok = meets(row["ours"], bar)
        title = TASKS[row["task"]][0].split(", against")[0]
        own = {"name": f"{title}: ours alone, 1 thread", "ours": row["ours"], "peer": None, "peer_version": None,
               "unit": row["unit"], "ratio": None, "bar": bar, "ok": ok, "task": row["task"], "threads": 1,
               "lines": row["lines"], "ours_best": row["ours_best"], "phases": row.get("phases")}
        if ok is False:
            own["reason"] = self.reason("own", row, found, 1e9 / row["lines"])
        self.write(own)

    def reason(self, task, row, found, scale):
        """Why a bar was missed, as far as the run can tell."""
        parts = []
        if "phases" in found:
            steps = ", ".join(f"{name} {figure(best * scale)}" for name, best in found["phases"].items())
            parts.append(f"steps of ours, best, in {row['unit']}: {steps}")
        if task == "orders_by_hand":
            parts.append("told by hand that lines are clustered, the peer builds no table of orders either")
        elif row["peer_how"] and task not in ("own", *ONE_THREAD):
            parts.append(f"the peer's fastest formulation here: {row['peer_how']}")
        if "one_line" in found:
            parts.append(f"a call of one line takes {row['ns_per_call_of_one_line']['ours']:,} ns from Python, "
                         f"{row['ns_per_call_of_one_line']['peer']:,} ns from C")
        if row.get("is_accurate") is False:
            parts.append("ours forecasts worse than the peer: see its scores")
        spread = found["ours"]["worst"] / found["ours"]["best"]
        if spread > 1.5:
            parts.append(f"turns of ours differ by a factor of {spread:.1f}")
        if self.load > 0.5 * self.processors:
            parts.append(f"the machine was busy (load {self.load:.1f} on {self.processors} processors)")
        return "; ".join(parts)

    def skip(self, name, bar, reason):
        if "tests/tools/setup" in reason:  # what our own setup installs has to be there
            self.failures.append(f"{name}: {reason}")
        self.write({"name": name, "ours": None, "peer": None, "peer_version": None, "unit": None, "ratio": None,
                    "bar": bar, "ok": None, "reason": reason})

    def all(self):
        wanted = self.options.only or list(TASKS)
        if any(task.startswith("csv") for task in wanted):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.files = self.worker("make_csv", POLARS, self.processors, folder=str(self.folder))
        for task in wanted:
            if task.startswith("csv") and self.files is None:
                continue
            if task == "binding_go" and not self.go()[0]:
                self.skip(TASKS[task][0], TASKS[task][2]["c"], self.go()[1])
                continue
            for threads in [1] if task in ONE_THREAD else self.options.threads:
                if threads > self.processors:
                    self.skip(f"{TASKS[task][0]}, {threads} threads", None,
                              f"not measured: the machine has {self.processors} processors")
                    continue
                for peer in TASKS[task][2]:
                    self.compare(task, peer, threads)
        if not self.options.only:
            for name, bar, reason in NOT_MEASURED:
                self.skip(name, bar, reason)
        for process in self.forking.values():
            process.communicate()
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def markdown(self):
        """The results as a table."""
        lines = ["| comparison | ours | peer | unit | ratio | bar | met |", "|---|---|---|---|---|---|---|"]
        marks = {True: "yes", False: "**no**", None: "-"}
        for row in self.rows:
            cells = [row["name"], row["ours"], row["peer"], row["unit"], row["ratio"], row["bar"], marks[row["ok"]]]
            lines.append("| " + " | ".join("-" if cell is None else str(cell) for cell in cells) + " |")
        missed = [f"- {row['name']}: {row['reason']}" for row in self.rows if row.get("reason")]
        if missed:
            lines += ["", "Missed or not measured:", "", *missed]
        lines += ["", "Fastest formulations:", ""]
        lines += [f"- {row['name']}: {row['peer_how']}" for row in self.rows if row.get("formulations")]
        return "\n".join(lines) + "\n"


def figure(value):
    """Three significant digits, as a number."""
    return None if value is None else float(f"{value:.3g}")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--build", required=True)
    parser.add_argument("--lines", type=lambda text: int(text.replace(",", "").replace("_", "")))
    parser.add_argument("--threads", type=lambda text: [int(word) for word in text.replace(",", " ").split()])
    parser.add_argument("--repeat", type=int)
    parser.add_argument("--only", type=lambda text: text.replace(",", " ").split())
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the CSV files where they are")
    options = parser.parse_args(arguments)
    unknown = set(options.only or ()) - set(TASKS)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: no such task; there are {', '.join(TASKS)}")
    quick = int(os.environ.get("CSTN_BENCH_ROWS") or 200_000)
    options.lines = options.lines or (quick if options.quick else 10_000_000)
    options.repeat = options.repeat or (1 if options.quick else 7)
    options.threads = options.threads or ([min(2, len(os.sched_getaffinity(0)))] if options.quick else [1, 2])
    if options.lines < 1 or options.repeat < 1 or min(options.threads) < 1:
        parser.error("numbers are positive")
    options.given = [word for i, word in enumerate(arguments) if word != "--build" and arguments[i - 1] != "--build"]
    return options


def main():
    options = parse(sys.argv[1:])
    run = Run(options)
    print(run.header() + "\n", flush=True)
    run.all()
    folder = run.build
    (folder / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in run.rows))
    (folder / "results.md").write_text(run.header() + "\n\n" + run.markdown())
    if options.markdown:
        print("\n" + run.markdown())
    missed = sum(row["ok"] is False for row in run.rows)
    if not options.quick:
        print(f"\n{sum(row['ok'] is True for row in run.rows)} bars met, {missed} missed")
    for failure in run.failures:
        print(f"FAILED {failure}")
    print(f"{run.answers} passed, {len(run.failures)} failed")
    sys.exit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
