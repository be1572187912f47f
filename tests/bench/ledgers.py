"""The tasks of the benchmarks of sharing: Merkle logs (appends of entries of 200 bytes, proofs and their verification),
decisions, and erasures in a vault.

Each function takes a job (see compare.py) and gives what summary() gives. `_hardware`: with the processor's
instructions for SHA-256; verification is portable in any case.
"""
import ctypes
import hashlib
import json
import os
import pathlib

import numpy

from engines import Wrong
from stores import new_folder, percentiles, summary

ENTRY, PROOFS, BATCH = 200, 2000, 65_536
#: windows of time of the longest condition among the ODRL cases
WINDOWS = 262
#: decisions of the ODRL test suite, beside the checkout
ODRL = pathlib.Path(os.environ.get("CSTN_SHARED") or pathlib.Path(__file__).resolve().parents[3] / "shared") / (
    "vectors/odrl_decisions")
#: subjects erased, and the most syncs of an erasure: of a commit, and of a file of keys
ERASURES, SYNCS = 2000, 2
#: what bench_release_rows() makes ready, its key, and the rows of its batches
RELEASE_ROWS, RELEASE_KEY, RELEASE_BATCH = (
    ("columns", "copied", "dictionary", "repeated", "distinct"), b"thirty-two bytes of the provider", 65_536)
#: entries of which the root is computed by definition
BY_DEFINITION = 5_000


def entry(number):
    return number.to_bytes(8, "little") + bytes((i * 7 + 3) % 256 for i in range(8, ENTRY))


def root_of(n):
    """RFC 6962, 2.1."""
    hashes = [hashlib.sha256(b"\0" + entry(i)).digest() for i in range(n)]
    while len(hashes) > 1:
        pairs = [hashlib.sha256(b"\1" + hashes[i] + hashes[i + 1]).digest() for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(hashes) - len(hashes) % 2:]
    return hashes[0]


class Calls:
    def __init__(self, job):
        self.library = ctypes.CDLL(str(pathlib.Path(job["build"]) / "tests/bench/libbench_store.so"))
        self.message = ctypes.create_string_buffer(512)

    def run(self, name, *given):
        if getattr(self.library, name)(*given, self.message, ctypes.c_size_t(len(self.message))) != 0:
            raise Wrong(f"{name}: {self.message.value.decode()}")

    def append(self, n, hardware, batch):
        seconds, root = ctypes.c_double(), (ctypes.c_uint8 * 32)()
        self.run("bench_log_append", ctypes.c_int64(n), ctypes.c_int32(hardware), ctypes.c_int64(batch),
                 ctypes.byref(seconds), root)
        return seconds.value, bytes(root)

    def prove(self, n, hardware, stored, proofs):
        prove, verify = ctypes.c_double(), ctypes.c_double()
        self.run("bench_log_prove", ctypes.c_int64(n), ctypes.c_int32(hardware), ctypes.c_int32(stored),
                 ctypes.c_int64(proofs), ctypes.byref(prove), ctypes.byref(verify))
        return prove.value, verify.value

    def release(self, n, tokens):
        seconds = ctypes.c_double()
        self.run("bench_release", ctypes.c_int64(n), ctypes.c_int32(tokens), ctypes.byref(seconds))
        return seconds.value

    def release_rows(self, n, what):
        seconds, size, same = ctypes.c_double(), ctypes.c_int64(), ctypes.c_int32(1)
        tokens = (ctypes.c_uint8 * (RELEASE_BATCH * 16))()
        self.run("bench_release_rows", ctypes.c_int64(n), ctypes.c_int32(RELEASE_ROWS.index(what)), ctypes.byref(seconds),
                 ctypes.byref(size), ctypes.byref(same), tokens)
        if not same.value:
            raise Wrong("the checksum of what left is not that of the rows")
        return seconds.value, size.value, bytes(tokens)

    def decide(self, n, windows):
        seconds, permitted = ctypes.c_double(), ctypes.c_int32()
        self.run("bench_decide", ctypes.c_int64(n), ctypes.c_int32(windows), ctypes.byref(seconds), ctypes.byref(permitted))
        if not permitted.value:
            raise Wrong("a request that the term permits was denied")
        return seconds.value

    def decide_odrl(self, n, case, expected):
        """Seconds of n decisions of a case."""
        seconds, permitted = numpy.zeros(n), ctypes.c_int32()
        self.run("bench_decide_odrl", str(ODRL / "cases" / f"case-{case}.json").encode(), ctypes.c_int64(n),
                 ctypes.c_void_p(seconds.ctypes.data), ctypes.byref(permitted))
        if bool(permitted.value) != (expected == "permit"):
            raise Wrong(f"case {case}: permitted is {permitted.value}, the suite says {expected}")
        return seconds


def alone(times, how, answers=1, **more):
    pairs = [(float(seconds), float(seconds)) for seconds in times]
    return summary({"ours": pairs, "peer": pairs}, None, {}, ours_how=how, answers=answers, **more)


def ways(job):
    """The calls, and whether the task is one of hardware; None where the machine has none."""
    calls, hardware = Calls(job), job["task"].endswith("_hardware")
    if hardware and not calls.library.bench_log_hardware():
        return calls, None
    return calls, hardware


NO_HARDWARE = {"skipped": "not measured: the processor has no instructions for SHA-256"}


def append(job):
    calls, hardware = ways(job)
    if hardware is None:
        return NO_HARDWARE
    batch = BATCH if "batch" in job["task"] else 1
    few = min(job["lines"], BY_DEFINITION)
    if calls.append(few, hardware, batch)[1] != root_of(few):
        raise Wrong(f"the root of {few} entries is not that of the definition")
    found = [calls.append(job["lines"], hardware, batch) for _ in range(job["repeat"])]
    if len({root for _, root in found} | {calls.append(job["lines"], 0, BATCH)[1]}) != 1:
        raise Wrong("roots of the same entries differ")
    name = "cstn_log_append_batch() of 65,536" if batch > 1 else "cstn_log_append()"
    return alone([seconds for seconds, _ in found], f"{name}, entries of {ENTRY} bytes")


def prove(job):
    calls, hardware = ways(job)
    if hardware is None:
        return NO_HARDWARE
    stored = "tiles" in job["task"]
    found = [calls.prove(job["lines"], hardware, stored, min(PROOFS, job["lines"])) for _ in range(job["repeat"])]
    verify = job["task"] == "log_verify"
    how = "cstn_merkle_hash_entry(), cstn_merkle_verify_inclusion()" if verify else "cstn_log_prove_inclusion()"
    return alone([times[verify] for times in found], how)


def decide(job):
    windows = WINDOWS if "windows" in job["task"] else 0
    times = [Calls(job).decide(job["lines"], windows) for _ in range(job["repeat"])]
    return alone(times, f"cstn_decide(), one field, {windows or 'no'} windows of time")


def decide_odrl(job):
    """All decisions, or those of the slowest case: that whose median is the highest."""
    if not (ODRL / "index.json").exists():
        return {"skipped": "not measured: the ODRL test suite is not beside the checkout (CSTN_SHARED)"}
    cases = {row["case"]: row["decision"] for row in json.loads((ODRL / "index.json").read_text())}
    calls = Calls(job)
    for case, expected in cases.items():
        calls.decide_odrl(1, case, expected)
    times = {case: numpy.concatenate([calls.decide_odrl(job["lines"], case, expected) for _ in range(job["repeat"])])
             for case, expected in cases.items()}
    slowest = max(times, key=lambda case: numpy.median(times[case]))
    found = times[slowest] if job["task"].endswith("worst") else numpy.concatenate(list(times.values()))
    return alone(found, f"cstn_decide() and the freeing of its answer, {len(cases)} cases", answers=len(cases),
                 details={"cases": len(cases), "slowest_case": slowest,
                          "slowest_case_p50_ns": float(numpy.median(times[slowest]) * 1e9)},
                 percentiles={"ours": percentiles(found)})


def release(job):
    tokens = job["task"] == "release_tokens"
    times = [Calls(job).release(job["lines"], tokens) for _ in range(job["repeat"])]
    return alone(times, "cstn_release_open(), _next(), _finish(), " + ("tokens" if tokens else "columns by reference"))


def erase(job):
    """One of so many subjects erased: no more than a commit and a sync, the log of erasures being in memory. (Of a million
    subjects put in order 30 have their keys in two files, and cost a sync more. None of these is erased here.)"""
    n = min(ERASURES if job["repeat"] > 1 else 100, job["lines"] // 2)
    ours, peer = numpy.zeros(n), numpy.zeros(n)
    most, filled = (ctypes.c_int64 * 4)(), ctypes.c_double()
    with new_folder(job) as folder:
        Calls(job).run("bench_erase", str(folder).encode(), ctypes.c_int64(job["lines"]), ctypes.c_int64(n),
                       ctypes.c_void_p(ours.ctypes.data), ctypes.c_void_p(peer.ctypes.data), most, ctypes.byref(filled))
    syncs, folders, writes, size = most
    if syncs > SYNCS or folders:
        raise Wrong(f"an erasure made {syncs} syncs of files and {folders} of folders, {SYNCS} and none are allowed")
    times = {"ours": [(float(s), None) for s in ours], "peer": [(float(s), None) for s in peer]}
    return summary(times, "two times write() and fdatasync(), as many bytes in all", {}, answers=1,
                   ours_how="cstn_vault_erase_subject() without a proof", version="libc", details={
                       "subjects": job["lines"], "erasures": n, "most_commits": 1, "most_syncs": syncs - 1,
                       "target": "1 commit, 1 sync", "most_writes": writes, "most_bytes": size,
                       "filled_s": filled.value}, percentiles={"ours": percentiles(ours), "peer": percentiles(peer)})


def token(path, value):
    """A pseudonym by its definition."""
    scope = b"".join(len(part).to_bytes(2, "little") + part for part in (b"ring", b"beta", b"planning"))
    key = hashlib.blake2b(b"cstn/pseudonym/v1\n" + scope + bytes(8), key=RELEASE_KEY, digest_size=32).digest()
    return hashlib.blake2b(path + b"\0" + value, key=key, digest_size=16).digest()


def release_rows(job):
    """Without the opening and the closing; the tokens against those of hashlib."""
    what = job["task"].removeprefix("release_")
    found = [Calls(job).release_rows(job["lines"], what) for _ in range(job["repeat"])]
    for row in range(0, RELEASE_BATCH if what not in ("columns", "copied") else 0, 611):
        path = b"row.name" if what == "dictionary" else b"row.text"
        value = b"cust%08d" % row if what == "distinct" else b"customer%04d" % (row * 7919 % 2**32 % 1000)
        if found[0][2][16 * row:16 * row + 16] != token(path, value):
            raise Wrong(f"the token of row {row} is not that of its definition")
    speed = max(size / seconds for seconds, size, _ in found) / 1e6
    return alone([seconds for seconds, _, _ in found], f"batches made ready and summed up, {speed:.0f} MB/s of columns at best")


TASKS = {**{f"release_{what}": release_rows for what in RELEASE_ROWS},
         **dict.fromkeys(("erase", "erase_million"), erase),
         **dict.fromkeys(("decide", "decide_windows"), decide),
         **dict.fromkeys(("decide_odrl", "decide_odrl_worst"), decide_odrl),
         **dict.fromkeys(("release_raw", "release_tokens"), release),
         **dict.fromkeys(("log_append", "log_append_hardware", "log_append_batch", "log_append_batch_hardware"), append),
         **dict.fromkeys(("log_prove", "log_prove_hardware", "log_prove_tiles", "log_prove_tiles_hardware", "log_verify"),
                         prove)}
