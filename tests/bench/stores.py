"""The tasks of the benchmarks that need a store: commits, ingest, scans, replay, opening, size.

Each function takes a job (see compare.py) and gives what summary() gives. Everything that is written lies in one new
folder inside the build folder, so that ours and the peer's files lie on the same file system.
"""
import contextlib
import ctypes
import os
import pathlib
import shutil
import statistics
import tempfile

import numpy
import pyarrow
import pyarrow.compute as compute

import constellation
from engines import AS_OF, Wrong
from lines import MESSAGE_SIZE, Lines

DAY_US = 86_400_000_000
RECORDED = "2024-12-01"
SELLER, BUYERS, ITEMS = "acme", 1000, 2000
POLICY = "components=TF"
SUMS = "count(*), sum(qty + line_number), sum(delivered - promised)"
#: what SQLite calls "way": the same numbers as in bench_sqlite.c
SQLITE_WAYS = {"one table": 0, "orders and lines": 1, "orders and lines, codes for partners and items": 2}


def summary(*arguments, **more):
    from compare import summary

    return summary(*arguments, **more)


def timed(run):
    from compare import timed

    return timed(run)


@contextlib.contextmanager
def new_folder(job):
    with tempfile.TemporaryDirectory(dir=job["build"], prefix="bench-store-") as folder:
        yield pathlib.Path(folder)


# --- the data ---------------------------------------------------------------------------------------------------------


class Names(ctypes.Structure):
    _fields_ = [("offsets", ctypes.c_void_p), ("bytes", ctypes.c_void_p), ("n", ctypes.c_int32)]

    @classmethod
    def of(cls, array):
        _, offsets, data = array.buffers()
        return cls(offsets.address, data.address, len(array))


class OrdersInC(ctypes.Structure):
    _fields_ = [("n", ctypes.c_int64), ("order_id", Names), ("partners", Names), ("items", Names),
                *[(name, ctypes.c_void_p) for name in ("seller_code", "buyer_code", "item_code", "line_number", "ordered",
                                                       "recorded", "qty", "promised", "delivered", "qty_delivered")]]


def from_days(days):
    return pyarrow.array(days.astype("int64") * DAY_US, pyarrow.timestamp("us", "UTC"))


class Orders:
    """Order lines with ids and names, as the noun `order` has them; about five lines an order.

    Attributes
    ----------
    table : pyarrow.Table
        A row a line: order_id text, seller, buyer and item_id dictionaries of text, times, integers.
    sums : tuple of int
        Lines, sum of qty + line_number, sum of delivered - promised: by which what was stored is compared.
    """

    def __init__(self, build, n, first=0):
        lines = Lines(build, n).arrow
        self.n = n
        order = lines.column("order_id").to_numpy()
        number = lines.column("line_number").combine_chunks()
        digits = compute.utf8_lpad(pyarrow.array(order + first).cast(pyarrow.string()), 11, "0")
        self.ids = compute.binary_join_element_wise("O", digits, "").combine_chunks() if isinstance(
            digits, pyarrow.ChunkedArray) else compute.binary_join_element_wise("O", digits, "")
        self.partners = pyarrow.array([*[f"P{i:04d}" for i in range(BUYERS)], SELLER])
        self.items = pyarrow.array([f"ITEM-{i:05d}" for i in range(ITEMS)])
        self.codes = {
            "seller": pyarrow.array(numpy.full(n, BUYERS, "int32")),
            "buyer": lines.column("partner").combine_chunks(),
            "item": pyarrow.array(((order * 7 + number.to_numpy() * 13) % ITEMS).astype("int32")),
        }
        days = {name: lines.column(name).cast(pyarrow.int32()).to_numpy() for name in ("promised", "delivered")}
        self.columns = {
            "line_number": number,
            "ordered": from_days(days["promised"] - 30),
            "qty": lines.column("qty").cast(pyarrow.int64()).combine_chunks(),
            "promised": from_days(days["promised"]),
            "delivered": from_days(days["delivered"]),
            "qty_delivered": lines.column("qty_delivered").cast(pyarrow.int64()).combine_chunks(),
        }
        # all lines of an order repeat what the order says
        starts = numpy.flatnonzero(numpy.concatenate([[True], order[1:] != order[:-1]]))
        of_line = numpy.repeat(numpy.arange(len(starts)), numpy.diff(numpy.append(starts, n)))
        self.starts = starts
        self.columns["ordered"] = self.columns["ordered"].take(pyarrow.array(starts[of_line]))
        self.columns["order_recorded"] = self.columns["ordered"]
        self.table = pyarrow.table({
            "order_id": self.ids,
            "seller": pyarrow.DictionaryArray.from_arrays(self.codes["seller"], self.partners),
            "buyer": pyarrow.DictionaryArray.from_arrays(self.codes["buyer"], self.partners),
            "ordered": self.columns["ordered"], "order_recorded": self.columns["order_recorded"],
            "line_number": number,
            "item_id": pyarrow.DictionaryArray.from_arrays(self.codes["item"], self.items),
            **{name: self.columns[name] for name in ("qty", "promised", "delivered", "qty_delivered")},
        })
        late = (days["delivered"] - days["promised"]).astype("int64").sum() * DAY_US
        self.sums = n, int(self.columns["qty"].to_numpy().sum() + number.to_numpy().sum()), int(late)

    def orders_and_lines(self):
        """The same as a table of orders and one of lines, for a peer that keeps them so."""
        of_order = ["order_id", "seller", "buyer", "ordered", "order_recorded"]
        orders = self.table.select(of_order).take(pyarrow.array(self.starts))
        return orders, self.table.drop_columns(of_order[1:])

    def in_c(self):
        def address(array):
            return array.buffers()[1].address + array.offset * array.type.bit_width // 8
        return OrdersInC(
            self.n, Names.of(self.ids), Names.of(self.partners), Names.of(self.items),
            *[address(self.codes[name]) for name in ("seller", "buyer", "item")],
            *[address(self.columns[name]) for name in ("line_number", "ordered", "order_recorded", "qty", "promised",
                                                       "delivered", "qty_delivered")])

    def check(self, who, sums):
        if tuple(int(number) for number in sums) != self.sums:
            raise Wrong(f"{who}: lines and sums {tuple(sums)}, {self.sums} went in")


def put_names(network, orders):
    """What order lines name."""
    network.import_("partner", pyarrow.table({"partner_id": orders.partners}), recorded=RECORDED)
    network.import_("item", pyarrow.table({"item_id": orders.items}), recorded=RECORDED)


def sums_of(network):
    """Lines, and the sums by which they are compared."""
    table = network.scan("order", ["qty", "line_number", "delivered", "promised"], lines=True, frame="pyarrow")

    def total(name):
        return int(compute.sum(table.column(name).cast(pyarrow.int64())).as_py())
    return table.num_rows, total("qty") + total("line_number"), total("delivered") - total("promised")


def make_store(path, job, lines=None):
    """A store of order lines in segments, closed; the last million of lines."""
    lines = lines or job["lines"]
    with constellation.Network.open(path) as network:
        for first in range(0, lines, 1_000_000):
            orders = Orders(job["build"], min(1_000_000, lines - first), first * 10)
            if not first:
                put_names(network, orders)
            network.import_("order", orders.table)
    return orders


def folder_bytes(path):
    return sum(file.stat().st_size for file in pathlib.Path(path).iterdir())


# --- commits ----------------------------------------------------------------------------------------------------------


class Calls:
    """Calls into a module of the benchmarks, which report failure as a message."""

    def __init__(self, job, name):
        self.module = ctypes.CDLL(str(pathlib.Path(job["build"]) / f"tests/bench/lib{name}.so"))

    def __call__(self, name, *arguments):
        message = ctypes.create_string_buffer(MESSAGE_SIZE)
        if getattr(self.module, name)(*arguments, message, ctypes.c_size_t(MESSAGE_SIZE)) != 0:
            raise Wrong(f"{name}: {message.value.decode()}")


def percentiles(seconds):
    return {"p50": statistics.median(seconds), "p99": sorted(seconds)[int(len(seconds) * 0.99)]}


def compare_commit(job):
    """Durable commits of one row, each followed by an append of as many bytes and fdatasync."""
    n = job["lines"] if job["repeat"] > 1 else min(job["lines"], 300)
    ours, peer = numpy.zeros(n), numpy.zeros(n)
    frame = ctypes.c_int64()
    whole = job["task"] == "commit"
    calls = Calls(job, "bench_constellation" if whole else "bench_store")
    with new_folder(job) as folder:
        calls("bench_commit" if whole else "bench_frame", str(folder).encode(), ctypes.c_int64(n),
              ctypes.c_void_p(ours.ctypes.data), ctypes.c_void_p(peer.ctypes.data), ctypes.byref(frame))
    times = {"ours": [(float(s), None) for s in ours], "peer": [(float(s), None) for s in peer]}
    how = "cstn_network_put() of an event" if whole else "a frame of one row: encode, hash, write, fdatasync"
    return summary(times, "write() and fdatasync() of as many bytes", {}, answers=1, ours_how=how, version="libc",
                   details={"bytes": frame.value, "commits": n}, percentiles={
                       "ours": percentiles(ours), "peer": percentiles(peer)})


def compare_commit_threads(job):
    """Sixteen threads against one, each commit durable."""
    os.sched_setaffinity(0, range(job["processors"]))
    calls, times = Calls(job, "bench_constellation"), {"ours": [], "peer": []}
    n = job["lines"] if job["repeat"] > 1 else min(job["lines"], 640)
    for _ in range(1 if job["repeat"] == 1 else max(5, job["repeat"])):
        ours, peer = ctypes.c_double(), ctypes.c_double()
        with new_folder(job) as folder:
            calls("bench_commit_threads", str(folder).encode(), ctypes.c_int64(n), ctypes.c_int32(16),
                  ctypes.byref(ours), ctypes.byref(peer))
        times["ours"].append((ours.value, None))
        times["peer"].append((peer.value, None))
    return summary(times, "one thread", {}, answers=1, ours_how="16 threads, level FULL", details={
        "goal": ">=6", "commits_s": round(1 / statistics.median(wall for wall, _ in times["ours"]))})


# --- ingest and size --------------------------------------------------------------------------------------------------


class Ours:
    """Imports into a network, durable when the call is back."""

    def __init__(self, folder, orders, threads=1):
        self.path, self.orders, self.threads = folder and folder / "ours", orders, threads

    def prepare(self):
        self.network = None
        if self.path:
            shutil.rmtree(self.path, ignore_errors=True)
        self.network = constellation.Network.open(self.path)
        put_names(self.network, self.orders)

    def run(self):
        self.network.import_("order", self.orders.table, threads=self.threads)

    def finish(self):
        sums = sums_of(self.network)
        self.network.close()
        return sums

    def size(self):
        return folder_bytes(self.path)


class SQLite:
    """Prepared inserts from C: 100,000 lines a transaction, WAL, synchronous=FULL."""

    def __init__(self, folder, orders, job, way):
        self.path, self.orders, self.way = folder / f"sqlite-{way}", orders, way
        self.calls, self.columns = Calls(job, "bench_store"), orders.in_c()

    def prepare(self):
        for name in self.path.parent.glob(f"{self.path.name}*"):
            name.unlink()

    def run(self):
        seconds, self.sums = ctypes.c_double(), (ctypes.c_int64 * 3)()
        self.calls("bench_sqlite_ingest", str(self.path).encode(), ctypes.byref(self.columns), ctypes.c_int32(self.way),
                   ctypes.byref(seconds), self.sums)
        return seconds.value

    def finish(self):
        return self.sums

    def size(self):
        return sum(name.stat().st_size for name in self.path.parent.glob(f"{self.path.name}*"))


class DuckDB:
    """Inserts out of Arrow tables and by the appender, with a checkpoint at the end."""
    TYPES = {"order_id": "varchar", "seller": "varchar", "buyer": "varchar", "item_id": "varchar",
             "line_number": "integer", "qty": "bigint", "qty_delivered": "bigint"}

    def __init__(self, folder, orders, job, way):
        self.path, self.way, self.threads = folder and folder / f"duckdb-{way.split()[0]}", way, job["threads"]
        self.tables = {"lines": orders.table} if way.startswith("one") else dict(
            zip(("orders", "lines"), orders.orders_and_lines()))
        if way.endswith("appender"):
            self.frames = {name: table.to_pandas(strings_to_categorical=False) for name, table in self.tables.items()}

    def prepare(self):
        import duckdb

        if self.path:
            for name in self.path.parent.glob(f"{self.path.name}*"):
                name.unlink()
        self.connection = duckdb.connect(str(self.path or ":memory:"))
        self.connection.execute(f"set threads = {self.threads}")
        for name, table in self.tables.items():
            columns = [f"{column} {self.TYPES.get(column, 'timestamptz')}" for column in table.column_names]
            # one table: the key of a line; two: that of an order, and lines need none
            key = {"lines": "order_id, line_number" if len(self.tables) == 1 else "", "orders": "order_id"}[name]
            columns += [f"primary key ({key})"] if key else []
            self.connection.execute(f"create table {name} ({', '.join(columns)})")
            self.connection.register(f"arrow_{name}", table)

    def run(self):
        for name in self.tables:
            if self.way.endswith("appender"):
                self.connection.append(name, self.frames[name])
            else:
                self.connection.execute(f"insert into {name} select * from arrow_{name}")
        if self.path:
            self.connection.execute("checkpoint")

    def finish(self):
        sums = self.connection.execute(
            f"select {SUMS.replace('delivered - promised', 'epoch_us(delivered) - epoch_us(promised)')} from lines"
        ).fetchone()
        self.connection.close()
        return sums


DUCKDB_WAYS = ("one table", "orders and lines", "orders and lines, appender")


def one_ingest(side, orders, who):
    """Seconds of one whole ingest: wall, processor."""
    side.prepare()
    wall, cpu = timed(lambda: setattr(side, "told", side.run()))
    orders.check(who, side.finish())
    return (side.told, None) if side.told else (wall, cpu)


def fastest_way(ways, orders, probe):
    """The fastest way of a peer; its answer is looked at each time. A way that a release refuses is told."""
    best, refused = {}, {}
    for name, side in ways.items():
        try:
            best[name] = min(one_ingest(side, orders, name)[0] for _ in range(probe))
        except Wrong:
            raise
        except Exception as error:
            refused[name] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return min(best, key=best.get), best, refused


def peer_version(job):
    if job["peer"] == "sqlite":
        module = Calls(job, "bench_store").module
        module.bench_sqlite_version.restype = ctypes.c_char_p
        found = module.bench_sqlite_version()
        return found and f"SQLite {found.decode()}"
    import duckdb

    return f"DuckDB {duckdb.__version__}"


def compare_ingest(job):
    """Order lines from Arrow columns to the disk, durable at the end; or into memory."""
    version = peer_version(job)
    if version is None:
        return {"skipped": "not measured: there is no libsqlite3-dev (tests/tools/setup bench gets it)"}
    orders, times = Orders(job["build"], job["lines"]), {"ours": [], "peer": []}
    with new_folder(job) as folder:
        folder = folder if job["task"] != "ingest_memory" else None
        ours = Ours(folder, orders)
        if job["peer"] == "sqlite":
            ways = {name: SQLite(folder, orders, job, way) for name, way in SQLITE_WAYS.items()}
        else:
            ways = {name: DuckDB(folder, orders, job, name) for name in DUCKDB_WAYS}
        one_ingest(ours, orders, "ours")
        how, best, refused = fastest_way(ways, orders, 1)
        for _ in range(1 if job["repeat"] == 1 else max(5, job["repeat"])):
            times["ours"].append(one_ingest(ours, orders, "ours"))
            times["peer"].append(one_ingest(ways[how], orders, how))
    rates = {side: round(job["lines"] / statistics.median(wall for wall, _ in walls)) for side, walls in times.items()}
    return summary(times, how, best, answers=2, version=version, refused=refused,
                   ours_how="cstn_network_import() of one Arrow table",
                   details={"lines_s": rates["ours"], "peer_lines_s": rates["peer"]})


def compare_ingest_threads(job):
    """The same import by two threads and by one, in turn."""
    if job["processors"] < 2:
        return {"skipped": "not measured: the machine has one processor"}
    os.sched_setaffinity(0, range(2))
    orders, times = Orders(job["build"], job["lines"]), {"ours": [], "peer": []}
    with new_folder(job) as folder:
        sides = {"ours": Ours(folder, orders, 2), "peer": Ours(folder, orders, 1)}
        one_ingest(sides["peer"], orders, "one thread")
        for _ in range(1 if job["repeat"] == 1 else max(5, job["repeat"])):
            for side, walls in times.items():
                walls.append(one_ingest(sides[side], orders, side))
    return summary(times, "one thread", {}, answers=2, ours_how="cstn_network_import() by two threads", details={
        "lines_s": round(job["lines"] / statistics.median(wall for wall, _ in times["ours"]))})


class Integers:
    """Lines as integers alone: into a table of the store by itself, or of SQLite."""

    def __init__(self, call, path, lines, job):
        self.call, self.path, self.lines, self.calls = call, path, lines, Calls(job, "bench_store")

    def run(self):
        for name in self.path.parent.glob(f"{self.path.name}*") if self.path else ():
            shutil.rmtree(name) if name.is_dir() else name.unlink()
        seconds, sums = ctypes.c_double(), (ctypes.c_int64 * 3)()
        self.calls(self.call, self.path and str(self.path).encode(), ctypes.byref(self.lines._columns),
                   ctypes.c_int64(self.lines.n), ctypes.byref(seconds), sums)
        columns = {name: self.lines._arrays[name].astype("int64").sum() for name in (
            "qty", "line_number", "delivered", "promised")}
        expected = (self.lines.n, int(columns["qty"] + columns["line_number"]),
                    int(columns["delivered"] - columns["promised"]))
        if tuple(sums) != expected:
            raise Wrong(f"{self.call}: lines and sums {tuple(sums)}, {expected} went in")
        return seconds.value, None

    def size(self):
        return folder_bytes(self.path) if self.path.is_dir() else sum(
            name.stat().st_size for name in self.path.parent.glob(f"{self.path.name}*"))


def compare_integers(job):
    """Lines as integers alone, the store against SQLite: how fast, or how large."""
    version = peer_version(job)
    if version is None:
        return {"skipped": "not measured: there is no libsqlite3-dev (tests/tools/setup bench gets it)"}
    lines, times, memory = Lines(job["build"], job["lines"]), {"ours": [], "peer": []}, []
    with new_folder(job) as folder:
        ours = Integers("bench_columns_ingest", folder / "ours", lines, job)
        peer = Integers("bench_columns_sqlite", folder / "sqlite", lines, job)
        inside = Integers("bench_columns_ingest", None, lines, job)
        for turn in range((1 if job["repeat"] == 1 else max(5, job["repeat"])) + 1):
            pair = ours.run(), peer.run()
            memory.append(inside.run()[0])
            if turn or job["task"] == "size_integers":
                times["ours"].append(pair[0])
                times["peer"].append(pair[1])
            if job["task"] == "size_integers":
                break
        if job["task"] == "size_integers":
            times = {"ours": [(ours.size(), None)], "peer": [(peer.size(), None)]}
    how = "a table of 8 integers, key (order_id, line_number), without rowid"
    details = {}
    if job["task"] == "ingest_integers":
        rate = job["lines"] / statistics.median(wall for wall, _ in times["ours"])
        details = {"lines_s": round(rate), "lines_s_in_memory": round(job["lines"] / statistics.median(memory[1:])),
                   "goal": "5,000,000 lines/s, in memory 10,000,000"}
    return summary(times, how, {}, answers=2, version=version, ours_how="orders by id with their lines, lib/store alone",
                   details=details)


def compare_size(job):
    """Bytes on disk of the same lines."""
    version = peer_version(job)
    if version is None:
        return {"skipped": "not measured: there is no libsqlite3-dev (tests/tools/setup bench gets it)"}
    orders = Orders(job["build"], job["lines"])
    with new_folder(job) as folder:
        ours = Ours(folder, orders)
        one_ingest(ours, orders, "ours")
        sizes = {}
        for name, way in SQLITE_WAYS.items():
            side = SQLite(folder, orders, job, way)
            one_ingest(side, orders, name)
            sizes[name] = side.size()
            side.prepare()
        mine = ours.size()
    how = min(sizes, key=sizes.get)
    return summary({"ours": [(mine, None)], "peer": [(sizes[how], None)]}, how, sizes, answers=2, version=version,
                   ours_how="all files of the folder, closed")


# --- reading ----------------------------------------------------------------------------------------------------------


def compare_scan_rate(job):
    """The perfect order rate from a warm store, against the same kernel on plain columns."""
    with new_folder(job) as folder:
        path = folder / "ours"
        make_store(path, job, job["lines"])
        network = constellation.Network.open(path, read_only=True)
        # the same orders as plain columns, those that the kernel looks at: numbers, not text
        wanted = ["order_id", "buyer", "qty", "promised", "delivered", "qty_delivered"]
        plain = network.scan("order", wanted, lines=True, numbered=True, dictionary=True,
                             frame="pyarrow").unify_dictionaries().combine_chunks()

        def ours():
            return network.perfect_order_rate(POLICY, as_of=AS_OF, by="buyer", threads=job["threads"])

        def peer():
            return constellation.perfect_order_rate(plain, POLICY, as_of=AS_OF, by="buyer", clustering="sorted",
                                                    threads=job["threads"])

        def answer(result):
            table = result.rates("pyarrow").select(["buyer", "numerator", "denominator"])
            return sorted(zip(*[column.to_pylist() for column in table.columns]))
        found, expected = answer(ours()), answer(peer())
        if found != expected or plain.num_rows != job["lines"]:
            raise Wrong(f"scan: {len(found)} groups from the store, {len(expected)} from columns, or others")
        from compare import take_turns

        times = take_turns(ours, peer, max(5, job["repeat"]) if job["repeat"] > 1 else 1)
        network.close()
    return summary(times, "perfect_order_rate() of one Arrow batch, int64 ids, clustering='sorted'", {}, answers=2,
                   ours_how="Network.perfect_order_rate() after one scan", details={"goal": "<=1.5"})


def fill_log(network, job, size, of_a_transaction=1000):
    """Order lines, transaction by transaction, until the log has so many bytes."""
    orders = Orders(job["build"], min(job["lines"], 2_000_000))
    put_names(network, orders)
    network.checkpoint()
    starts = [*orders.starts[::max(1, of_a_transaction // 5)].tolist(), orders.n]
    for begin, end in zip(starts, starts[1:]):
        if network.info().log_bytes >= size:
            break
        network.import_("order", orders.table.slice(begin, end - begin))
    return network.info().log_bytes


def compare_replay(job):
    """Opening with a log of 64 MiB, against XXH3-64 over its bytes."""
    calls = Calls(job, "bench_store").module
    calls.bench_hash.restype = ctypes.c_uint64
    times, read_write, hashes = {"ours": [], "peer": []}, [], set()
    with new_folder(job) as folder:
        path = folder / "ours"
        network = constellation.Network.open(path, defer_checkpoint=True, commit="none")
        size = fill_log(network, job, 64 << 20)
        sums = sums_of(network)
        network.sync()
        del network  # as after a crash: what is in the log stays there
        (log,) = path.glob("log-*")
        data = numpy.frombuffer(log.read_bytes(), "uint8")
        if abs(len(data) - size) > 4096:
            raise Wrong(f"replay: a log of {len(data)} bytes, {size} were written; the store is gone")
        for turn in range((max(5, job["repeat"]) if job["repeat"] > 1 else 1) + 1):
            opened = {}
            seconds = timed(lambda: opened.update(network=constellation.Network.open(path, read_only=True)))
            if sums_of(opened["network"]) != sums:
                raise Wrong("replay: the log gives other lines")
            opened.pop("network").close()
            copy = folder / "copy"
            shutil.copytree(path, copy)
            whole = timed(lambda: opened.update(network=constellation.Network.open(copy)))[0]
            if sums_of(opened["network"]) != sums:
                raise Wrong("replay: recovery gives other lines")
            opened.pop("network").close()
            shutil.rmtree(copy)
            of_hash = ctypes.c_double()
            hashes.add(calls.bench_hash(ctypes.c_void_p(data.ctypes.data), ctypes.c_size_t(len(data)),
                                        ctypes.byref(of_hash)))
            if turn:  # the first touches the pages
                times["ours"].append(seconds)
                times["peer"].append((of_hash.value, None))
                read_write.append(whole)
    if len(hashes) != 1:
        raise Wrong("replay: a hash that changes")
    return summary(times, "XXH3-64 over the log's bytes in memory", {}, answers=2, version="xxHash",
                   ours_how="open read-only: replay into memory",
                   details={"bytes": size, "lines": sums[0], "open_and_recover_s": statistics.median(read_write)})


def bytes_read():
    """What this process has read by calls, so far."""
    fields = dict(line.split(": ") for line in pathlib.Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])


def may_be_read(path):
    """Bytes of manifest, headers, footers, dead rows and log: what opening has to read."""
    total = 0
    for file in pathlib.Path(path).iterdir():
        size = file.stat().st_size
        if file.name.startswith("seg-"):
            with file.open("rb") as data:
                data.seek(-64, os.SEEK_END)
                total += 128 + 64 + int.from_bytes(data.read(64)[8:12], "little")
        else:
            total += size
    return total


def compare_open(job):
    """Bytes that opening reads, against those that it has to; and how long it takes."""
    seconds = {"read_only": [], "read_write": []}
    with new_folder(job) as folder:
        path = folder / "ours"
        make_store(path, job, job["lines"])
        has_to, size = may_be_read(path), folder_bytes(path)
        own = [bytes_read() for _ in range(2)]
        for _ in range(max(5, job["repeat"]) if job["repeat"] > 1 else 1):
            for way, told in seconds.items():
                before, opened = bytes_read(), {}
                told.append(timed(lambda: opened.update(
                    network=constellation.Network.open(path, read_only=way == "read_only")))[0])
                read = bytes_read() - before - (own[1] - own[0])
                if way == "read_only":
                    most = read
                opened["network"].snapshot().close()
                opened.pop("network").close()
        with constellation.Network.open(path, read_only=True) as network:
            lines = sums_of(network)[0]
        if lines != job["lines"]:
            raise Wrong(f"open: {lines} lines, {job['lines']} went in")
    found = {way: statistics.median(told) for way, told in seconds.items()}
    return summary({"ours": [(most, None)], "peer": [(has_to, None)]}, "manifest, headers, footers, log", {}, answers=1,
                   version="the files", ours_how="rchar of /proc/self/io around cstn_network_open()",
                   details={"open_read_only_s": found["read_only"], "open_s": found["read_write"], "bytes": size})


TASKS = {
    "commit": compare_commit, "commit_frame": compare_commit, "commit_16": compare_commit_threads,
    "ingest": compare_ingest, "ingest_memory": compare_ingest,
    "ingest_threads": compare_ingest_threads, "size": compare_size,
    "ingest_integers": compare_integers, "size_integers": compare_integers,
    "scan_rate": compare_scan_rate, "replay": compare_replay, "open": compare_open,
}
