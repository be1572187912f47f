"""The tasks of the benchmarks of privacy: intersections of two sets, and a vote whether noise is what it should be.

Each function takes a job (see compare.py) and gives what summary() gives. Processor time counts, of both sides of an
intersection together.
"""
import ctypes
import math
import os
import pathlib

import numpy

from constellation import psi
from engines import Wrong
from stores import summary, timed

#: of the vote: noise of sensitivity 1 and epsilon ln 3 on a grid of 2^-14, rounded to 2^-8, as the default parameters of
#: google/differential-privacy have it, and the tolerance there
EPSILON, GRID, ROUNDED, TOLERANCE = math.log(3), 14, 8, 0.00065
VOTES, SHIFT = 9, 0.02


# --- intersections ----------------------------------------------------------------------------------------------------


def identifiers(first, n):
    return [f"{number:014d}".encode() for number in range(first, first + n)]


class Run:
    """Both sides of a run, n identifiers each, half of them in common."""

    def __init__(self, n, mode, threads):
        self.own, self.theirs = identifiers(0, n), identifiers(n // 2, n)
        self.options = dict(agreement=bytes(32), kind="item.gtin", kind_log2=40, mode=mode, threads=threads)
        self.expected, self.result = n - n // 2, None

    def __call__(self):
        receiver, sender = psi.Receiver(self.own, **self.options), psi.Sender(self.theirs, **self.options)
        steps, messages = {}, {}
        for step, run in (("request", lambda: receiver.request()), ("reply", lambda: sender.reply(messages["request"])),
                          ("finish", lambda: receiver.finish(messages["reply"]))):
            steps[step] = timed(lambda: messages.update({step: run()}))
        if messages["finish"].common != self.expected:
            raise Wrong(f"{messages['finish'].common} in common, {self.expected} expected")
        self.steps, self.bytes = steps, {name: len(messages[name]) for name in ("request", "reply")}
        return [sum(part) for part in zip(*steps.values())]


def intersect(job):
    run = Run(job["lines"], "size" if job["task"].endswith("_size") else "items", 1)
    pairs, best = [], {}
    for _ in range(job["repeat"]):
        wall, cpu = run()
        pairs.append((cpu, cpu))
        for step, (_, seconds) in run.steps.items():
            best[step] = min(best.get(step, seconds), seconds)
    return summary({"ours": pairs, "peer": pairs}, None, {}, answers=1, phases=best,
                   ours_how="Receiver.request(), Sender.reply(), Receiver.finish(): processor time",
                   details={"wall_s": wall, **{f"{name}_bytes": size for name, size in run.bytes.items()}})


def intersect_threads(job):
    """The same by two threads and by one, in turn."""
    if job["processors"] < 2:
        return {"skipped": "not measured: the machine has one processor"}
    os.sched_setaffinity(0, range(2))
    runs, times = {"ours": Run(job["lines"], "items", 2), "peer": Run(job["lines"], "items", 1)}, {"ours": [], "peer": []}
    for _ in range(job["repeat"]):
        for side, walls in times.items():
            walls.append(tuple(runs[side]()))
    return summary(times, "one thread", {}, answers=2, ours_how="both sides by two threads")


# --- noise ------------------------------------------------------------------------------------------------------------


def steps_of(library, n):
    steps = numpy.empty(n, numpy.int64)
    if library.bench_laplace(ctypes.c_int64(n), ctypes.c_uint64(1 << GRID), ctypes.c_uint64(round(EPSILON * 1e9)),
                             ctypes.c_void_p(steps.ctypes.data)):
        raise Wrong("no randomness")
    return steps


def histogram(draws):
    """Rounded upwards at halves: to the even ones, odd cells would have fewer steps of the grid."""
    values = numpy.floor(draws * 2**ROUNDED + 0.5).astype(numpy.int64)
    least = int(values.min())
    return least, numpy.bincount(values - least).astype(float)


def is_close(library, chance, n, shift=0.0):
    """One vote: n draws of ours and n of the exact distribution, rounded alike; pairs of equal ones are counted."""
    deviation = math.sqrt(2) / EPSILON
    moved = steps_of(library, n) * 2.0 ** -GRID + shift * deviation
    ours, exact = histogram(moved), histogram(chance.laplace(0, 1 / EPSILON, n))
    least = min(ours[0], exact[0])
    counts = numpy.zeros((2, max(first + len(values) for first, values in (ours, exact)) - least))
    for row, (first, values) in zip(counts, (ours, exact)):
        row[first - least:first - least + len(values)] = values
    vote = (counts * (counts - 1)).sum() / 2 - (n - 1) / n * (counts[0] * counts[1]).sum()
    return vote < TOLERANCE * (n - 1) * TOLERANCE * n / 4


def majority(vote, wanted):
    """A single vote errs at times: at the first, or else by the most of nine."""
    return vote() == wanted or sum(vote() == wanted for _ in range(VOTES - 1)) > VOTES // 2


def vote(job):
    library = ctypes.CDLL(str(pathlib.Path(job["build"]) / "tests/bench/libbench_store.so"))
    chance, n = numpy.random.default_rng(1), job["lines"]
    if n >= 1_000_000:
        if not majority(lambda: is_close(library, chance, n), True):
            raise Wrong("the noise is not close to a Laplace distribution")
        if not majority(lambda: is_close(library, chance, n, SHIFT), False):
            raise Wrong(f"noise that is moved by {SHIFT} of its deviation passes")
    pairs = [timed(lambda: is_close(library, chance, n)) for _ in range(job["repeat"])]
    draws = min(timed(lambda: steps_of(library, n))[0] for _ in range(job["repeat"]))
    return summary({"ours": pairs, "peer": pairs}, None, {}, answers=2, phases={"our draws": draws},
                   ours_how="draws of ours and of numpy's Laplace, rounded, counted")


TASKS = {"psi": intersect, "psi_size": intersect, "psi_threads": intersect_threads, "noise_vote": vote}
