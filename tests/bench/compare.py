"""One comparison in one process: checks that all answers are equal, then times ours and the peer's in turns.

usage: compare.py JSON         with task, peer, threads, lines, repeat, probe, build, data

The last line of standard output is the result, as JSON. Exit code 3: an answer differs. The number of threads is held
three ways: each engine's own setting, the environment, and as many processors as the process may run on.
"""
import gc
import json
import os
import statistics
import sys
import time


def timed(run):
    """Wall and processor seconds of one run; its answer is dropped after the clock stopped."""
    cpu, wall = time.process_time(), time.perf_counter()
    answer = run()
    seconds = time.perf_counter() - wall, time.process_time() - cpu
    del answer
    return seconds


def fastest(formulations, probe):
    """The fastest of several formulations, and the best seconds of each. What is slow is tried once only."""
    best = {}
    for name, run in formulations.items():
        best[name] = timed(run)[0]
        for _ in range(probe - 1):
            if best[name] < 2 * min(best.values()):
                best[name] = min(best[name], timed(run)[0])
    return min(best, key=best.get), best


def take_turns(ours, peer, repeat):
    """ours, peer, ours, peer ...: wall and processor seconds of each."""
    times = {"ours": [], "peer": []}
    for _ in range(repeat):
        times["ours"].append(timed(ours))
        times["peer"].append(timed(peer))
    return times


def summary(times, how, best, **more):
    found = {"how": how, "formulations": best, **more}
    for side, pairs in times.items():
        wall, cpu = [w for w, _ in pairs], [c for _, c in pairs]
        found[side] = {"median": statistics.median(wall), "best": min(wall), "worst": max(wall),
                       "cpu": None if None in cpu else statistics.median(cpu)}
    return found


def verify(side, formulations, check):
    """Run each formulation once and compare its answer; those that a peer's release refuses, which is told, go out."""
    from engines import Wrong

    refused = {}
    for name, run in list(formulations.items()):
        try:
            check(run())
        except Wrong as wrong:
            raise Wrong(f"{side}, {name}: {wrong}") from None
        except Exception as error:
            if len(formulations) == 1:
                raise
            refused[name] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            del formulations[name]
    return refused


ORDER_TASKS = {  # clustering of ours, shuffled lines, by-hand formulations of the peer
    "orders_sorted": ("sorted", False, False),
    "orders_by_hand": ("sorted", False, True),
    "orders_undeclared": ("none", False, False),
    "orders_shuffled": ("none", True, False),
}


def compare_lines(job):
    """Tasks over the order lines."""
    import engines
    from lines import Lines

    task, threads = job["task"], job["threads"]
    clustering, shuffled, by_hand = ORDER_TASKS.get(task, (None, False, False))
    lines = Lines(job["build"], job["lines"], shuffled)
    ours = engines.Ours(lines, threads)
    peer = {"duckdb": engines.DuckDB, "polars": engines.Polars}[job["peer"]](lines, threads)
    load = timed(peer.load)[0]
    if task in ORDER_TASKS:
        mine = ours.orders(clustering)
        theirs = peer.orders_by_hand() if by_hand else peer.orders()
        measures, as_cells = ("orders", "perfect_orders"), ours.orders_table
    elif task == "lines":
        mine, theirs, measures, as_cells = ours.lines(), peer.lines(), engines.LINE_MEASURES, ours.lines_table
    else:
        mine, theirs = ours.count(), peer.count()

    def check(answer):
        if task == "count":
            if int(answer) != lines.total("perfect_lines"):
                raise engines.Wrong(f"{answer:,} perfect lines, the plain loop has {lines.total('perfect_lines'):,}")
        else:
            engines.check_cells(answer, lines.answer, measures)
    verify("ours", mine, lambda answer: check(as_cells(answer) if task != "count" else answer))
    refused = verify(job["peer"], theirs, check)
    how, best = fastest(theirs, job["probe"])
    (my_how, mine), = mine.items()
    policy = "components=TF" if task in ORDER_TASKS else "level=line components=TF"
    table = ours.table if task in ORDER_TASKS else ours.without_order
    by = () if task == "count" else engines.KEYS
    phases = ours.phases(policy, table, by, clustering or "none")
    return summary(take_turns(mine, theirs[how], job["repeat"]), how, best, load=load, ours_how=my_how, phases=phases,
                   refused=refused, answers=len(theirs) + 1, totals={name: lines.total(name) for name in (
                       "lines", "perfect_lines", "orders", "perfect_orders")})


def compare_csv(job):
    import engines

    file = job["data"]["files"][job["task"]]
    csv = engines.Csv(file["path"], file["schema"], job["threads"])
    mine, theirs = csv.ours(), getattr(csv, job["peer"])()
    verify("ours", mine, lambda result: csv.check(result, file["answer"]))
    refused = verify(job["peer"], theirs, lambda result: csv.check(result, file["answer"]))
    how, best = fastest(theirs, job["probe"])
    (my_how, mine), = mine.items()
    return summary(take_turns(mine, theirs[how], job["repeat"]), how, best, ours_how=my_how, answers=len(theirs) + 1,
                   refused=refused, bytes=file["bytes"], rows=file["answer"]["rows"])


def make_csv(job):
    """The two CSV files, written by Polars, with the sums of their columns."""
    import polars
    import pyarrow
    from lines import Lines

    lines = Lines(job["build"], job["lines"])
    table = lines.arrow
    days = {name: table.column(name).cast(pyarrow.int32()) for name in ("promised", "delivered")}
    integers = pyarrow.table({name: days.get(name, table.column(name)) for name in table.column_names})
    files = {}
    for task, rows in (("csv_dates", table), ("csv_integers", integers)):
        path = os.path.join(job["folder"], f"{task}.csv")
        polars.from_arrow(rows).write_csv(path)
        schema = {name: "date" if pyarrow.types.is_date(kind) else str(kind)
                  for name, kind in zip(rows.schema.names, rows.schema.types)}
        answer = {name: int(integers.column(name).to_numpy().sum(dtype="int64")) for name in rows.column_names}
        files[task] = {"path": path, "schema": schema, "bytes": os.path.getsize(path),
                       "answer": {**answer, "rows": job["lines"]}}
    return {"files": files}


def compare_binding(job):
    """The same update from C and from Python, in turns; and one with a single line, which is all overhead."""
    import constellation
    import engines
    from lines import Lines

    clustering, number = "sorted", 1
    policy = constellation.ServicePolicy("components=TF")

    def pair(lines, repeat):
        batch = lines.arrow.to_batches()[0]
        expected = lines.total("perfect_orders"), lines.total("orders")
        times = {"ours": [], "peer": []}
        for _ in range(repeat):
            state = constellation.PerfectOrderState(policy, as_of=engines.AS_OF, by=engines.KEYS,
                                                    clustering=clustering)
            times["ours"].append(timed(lambda: state.update(batch, threads=job["threads"])))
            with state.finish() as result:
                rate = result.rate()
            state.close()  # as the call from C does, so that both find the heap in the same condition
            seconds, *counted = lines.update_from_c(number, job["threads"])
            times["peer"].append((seconds, None))
            for found in ((rate.numerator, rate.denominator), tuple(counted)):
                if found != expected:
                    raise engines.Wrong(f"binding: {found} perfect orders and orders, {expected} in the plain loop")
        return times
    small = pair(Lines(job["build"], 1), 20 * job["repeat"])
    lines = Lines(job["build"], job["lines"])
    found = summary(pair(lines, 3 * job["repeat"]), "cstn_perfect_order_update() from C", {}, answers=2,
                    ours_how="PerfectOrderState.update(pyarrow.RecordBatch)")
    found["one_line"] = {side: statistics.median(wall for wall, _ in pairs) for side, pairs in small.items()}
    return found


def compare_import(job):
    """An import and one read pass through it, against one read pass."""
    import engines
    from lines import Lines

    lines = Lines(job["build"], job["lines"])
    times, alone, converted = {"ours": [], "peer": []}, [], []
    for _ in range(job["repeat"] + 1):
        seconds, first, total = lines.import_and_read()
        times["ours"].append((seconds, None))
        alone.append(first)
        seconds, expected = lines.read_pass()
        times["peer"].append((seconds, None))
        if total != expected:
            raise engines.Wrong(f"import: the words sum to {total}, {expected} in the buffers")
        seconds, rows = lines.convert()
        converted.append(seconds)
        if rows != lines.n:
            raise engines.Wrong(f"import: {rows:,} of {lines.n:,} rows")
    for side in times:  # the first round touches the pages
        times[side] = times[side][1:]
    return summary(times, "one read pass over the buffers", {}, answers=2, ours_how="import and one read pass",
                   import_alone=statistics.median(alone[1:]), convert=statistics.median(converted[1:]))


def compare_store(job):
    """What the store's files cost to read: a block against a copy, a look-up against SQLite."""
    import ctypes
    import pathlib
    import tempfile

    import engines

    calls = ctypes.CDLL(str(pathlib.Path(job["build"]) / "tests/bench/libbench_store.so"))
    calls.bench_sqlite_version.restype = ctypes.c_char_p
    sqlite = calls.bench_sqlite_version()
    if job["task"] != "block" and sqlite is None:
        return {"skipped": "not measured: there is no libsqlite3-dev (tests/tools/setup bench gets it)"}
    times = {"ours": [], "peer": []}
    message = ctypes.create_string_buffer(512)
    with tempfile.TemporaryDirectory(dir=job["build"]) as folder:
        for _ in range(job["repeat"] + 1):
            ours, peer = ctypes.c_double(), ctypes.c_double()
            given = [ctypes.c_int64(job["lines"]), ctypes.byref(ours), ctypes.byref(peer), message,
                     ctypes.c_size_t(len(message))]
            if job["task"] == "block":
                status = calls.bench_block(*given)
            else:
                status = getattr(calls, f"bench_{job['task']}")(str(folder).encode(), *given)
            if status != 0:
                raise engines.Wrong(f"{job['task']}: {message.value.decode()}")
            times["ours"].append((ours.value, None))
            times["peer"].append((peer.value, None))
    for side in times:  # the first round touches the pages
        times[side] = times[side][1:]
    if job["task"] != "block":
        how = {"lookup": "hash, key index of four segments, comparison of the key, one value",
               "get": "cstn_snapshot_get(), three values of a record of 13 fields"}[job["task"]]
        gives = {"lookup": "one value", "get": "all 13 columns, three of them read"}[job["task"]]
        return summary(times, f"prepared select by a text key, in memory, {gives}", {}, answers=1, ours_how=how,
                       version=f"SQLite {sqlite.decode()}")
    return summary(times, "memcpy() of the decoded bytes", {}, answers=1, ours_how="XXH3-64 and decoding to int64",
                   version="libc")


def tasks():
    """The function of each task that is none of order lines."""
    import boosters
    import customers
    import demand
    import forecasts
    import hierarchies
    import ledgers
    import private
    import signals
    import stores

    return {"csv_dates": compare_csv, "csv_integers": compare_csv, "make_csv": make_csv,
            "binding": compare_binding, "import": compare_import, "block": compare_store, "lookup": compare_store,
            "get": compare_store,
            **stores.TASKS, **customers.TASKS, **hierarchies.TASKS, **demand.TASKS, **forecasts.TASKS,
            **signals.TASKS, **boosters.TASKS, **ledgers.TASKS, **private.TASKS}


def run(job):
    from engines import Wrong

    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:job["threads"]])
    gc.disable()
    try:
        found = tasks().get(job["task"], compare_lines)(job)
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(3)
    print(json.dumps(found))


def run_each():
    """Jobs as lines of standard input, each in a child of this process, which has imported what all of them need: that
    takes longer than most comparisons of few rows. Where a child's output goes is in its job; its exit code is printed."""
    import engines  # noqa: F401

    tasks()
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            for number, path in enumerate(job["outputs"], start=1):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            run(job)
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    run_each() if sys.argv[1] == "--each" else run(json.loads(sys.argv[1]))
