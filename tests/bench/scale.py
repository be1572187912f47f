"""A network of many order lines under a memory cap: filled piece by piece, then opened, read, judged and verified.

usage: scale.py --build FOLDER [--lines N] [--memory MIB] [--folder FOLDER] [--quick]

The address space of the process that works on the network is capped (RLIMIT_AS), the interpreter and the pieces of
data included. One JSON line a step; ends with failure if an answer is wrong or memory does not suffice.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import random
import resource
import shutil
import sys
import tempfile
import time


def tell(step, **figures):
    print(json.dumps({"step": step, **{name: float(f"{value:.4g}") if isinstance(value, float) else value
                                       for name, value in figures.items()}}), flush=True)


def capped(memory):
    """What the process may still have from here on, all in all."""
    resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def fill(options, piece, queue):
    """Pieces of so many lines, each an import of its own."""
    import constellation
    import stores

    capped(options.memory)
    begin, spent, told = time.perf_counter(), 0.0, 0
    with constellation.Network.open(options.path) as network:
        for first in range(0, options.lines, piece):
            orders = stores.Orders(options.build, piece, first * 10)
            if not first:
                stores.put_names(network, orders)
            start = time.perf_counter()
            network.import_("order", orders.table)
            spent += time.perf_counter() - start
            done = first + piece
            if done - told >= max(piece, options.lines // 10) or done >= options.lines:
                info = network.info()
                tell("fill", lines=done, lines_s=round((done - told) / spent), segments=info.n_segments,
                     peak_mib=peak_mib())
                spent, told = 0.0, done
        start = time.perf_counter()
        network.maintain()
        tell("maintain", seconds=time.perf_counter() - start, segments=network.info().n_segments, peak_mib=peak_mib())
        start = time.perf_counter()
    tell("close", seconds=time.perf_counter() - start, all_seconds=time.perf_counter() - begin)
    # what the store has to find: the same data is in each piece, under other ids
    rate = constellation.perfect_order_rate(orders.table.drop_columns(["seller", "buyer", "item_id", "order_recorded"]),
                                            stores.POLICY, as_of=stores.AS_OF, threads=1).rate()
    queue.put((rate.numerator, rate.denominator, orders.n))


def read(options, expected, queue):
    """Open, look up, scan and verify."""
    import constellation
    import stores

    capped(options.memory)
    pieces = options.lines // expected[2]
    lines = pieces * expected[2]
    size = stores.folder_bytes(options.path)
    tell("size", bytes=size, bytes_a_line=size / lines)
    before, start = stores.bytes_read(), time.perf_counter()
    network = constellation.Network.open(options.path, read_only=True)
    seconds = time.perf_counter() - start
    tell("open", seconds=seconds, bytes_read=stores.bytes_read() - before, has_to=stores.may_be_read(options.path),
         peak_mib=peak_mib())
    chosen, times = random.Random(1), []
    ids = stores.Orders(options.build, expected[2]).ids
    with network.snapshot() as snapshot:
        for _ in range(500):
            key = ids[chosen.randrange(len(ids))].as_py()
            key = f"O{int(key[1:]) + chosen.randrange(pieces) * expected[2] * 10:011d}"
            start = time.perf_counter()
            record = snapshot.record("order", key)
            times.append(time.perf_counter() - start)
            record.close()
    tell("look up", p50_us=sorted(times)[250] * 1e6, p99_us=sorted(times)[494] * 1e6, peak_mib=peak_mib())
    start = time.perf_counter()
    rate = network.perfect_order_rate(stores.POLICY, as_of=stores.AS_OF, threads=1).rate()
    seconds = time.perf_counter() - start
    tell("rate", seconds=seconds, ns_a_line=seconds * 1e9 / lines, numerator=rate.numerator,
         denominator=rate.denominator, peak_mib=peak_mib())
    good = (rate.numerator, rate.denominator) == (expected[0] * pieces, expected[1] * pieces)
    network.close()
    start = time.perf_counter()
    constellation.Network.verify(options.path)
    tell("verify", seconds=time.perf_counter() - start, peak_mib=peak_mib())
    queue.put(good)


def in_process(work, *arguments):
    """The result of a step in a process of its own, None if it failed."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=work, args=(*arguments, queue))
    process.start()
    process.join()
    return queue.get() if process.exitcode == 0 else None


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run --scale")
    parser.add_argument("--build", required=True)
    parser.add_argument("--lines", type=lambda text: int(text.replace(",", "").replace("_", "")))
    parser.add_argument("--memory", type=int, default=2048, help="MiB of address space")
    parser.add_argument("--folder", help="where the network lies; the build folder unless told otherwise")
    parser.add_argument("--quick", action="store_true", help="20,000 lines")
    options = parser.parse_args()
    options.lines = options.lines or (20_000 if options.quick else 100_000_000)
    piece = min(1_000_000, max(1, options.lines // 4))
    folder = pathlib.Path(tempfile.mkdtemp(dir=options.folder or options.build, prefix="bench-scale-"))
    options.path = str(folder / "network")
    tell("begin", lines=options.lines, memory_mib=options.memory, load=os.getloadavg()[0])
    try:
        expected = in_process(fill, options, piece)
        good = expected and in_process(read, options, expected)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{int(bool(good))} passed, {int(not good)} failed")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
