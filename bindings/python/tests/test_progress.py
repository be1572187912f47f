"""Long calls: watched, cancelled, and interrupted without a trace."""

import os
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pytest

import constellation as cstn
from conftest import PACKAGE

BATCH = pa.table(
    {
        "order_id": pa.array(range(65_536), pa.int64()),
        "promised": pa.array([19_000] * 65_536, pa.date32()),
        "delivered": pa.array([19_000] * 65_536, pa.date32()),
    }
).to_batches()[0]
OPTIONS = dict(policy="components=T level=line", as_of="2024-06-30")


def endless(started: threading.Event):
    """A reader that never ends."""

    def batches():
        while True:
            started.set()
            yield BATCH

    return pa.RecordBatchReader.from_batches(BATCH.schema, batches())


def slow(count: int):
    def batches():
        for _ in range(count):
            time.sleep(0.03)
            yield BATCH

    return pa.RecordBatchReader.from_batches(BATCH.schema, batches())


def test_a_callable_is_told_the_rows_and_at_the_end_all_of_them() -> None:
    seen = []
    result = cstn.perfect_order_rate(
        slow(12), progress=lambda done, total: seen.append(done), **OPTIONS
    )
    assert result.rate().denominator == seen[-1] == 12 * 65_536
    assert seen == sorted(seen) and len(seen) > 2


def test_progress_true_writes_one_line_to_standard_error(capsys) -> None:
    cstn.perfect_order_rate(slow(4), progress=True, **OPTIONS)
    err = capsys.readouterr().err
    assert err.endswith("\n") and err.count("\n") == 1 and "262,144" in err


def test_the_caller_hears_of_errors_of_the_call() -> None:
    with pytest.raises(cstn.SchemaError):
        cstn.perfect_order_rate({"x": [1]}, progress=lambda done, total: None, **OPTIONS)


class Stop(Exception):
    pass


def test_a_callable_that_raises_cancels_the_call_and_the_state_is_unchanged() -> None:
    started = threading.Event()
    state = cstn.PerfectOrderState(**OPTIONS)
    before = state.serialize()

    def stop(done: int, total: int) -> None:
        if started.is_set() and done:
            raise Stop

    with pytest.raises(Stop):
        state.update(endless(started), progress=stop)
    assert state.serialize() == before
    assert state.update(pa.table([BATCH["order_id"], BATCH["promised"], BATCH["delivered"]],
                                 names=BATCH.schema.names)).finish().rate().denominator == 65_536


INTERRUPT = """
import sys, threading, os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the host ignores it
sys.path.insert(0, {tests!r})
import constellation as cstn
from test_progress import OPTIONS, endless
started = threading.Event()
state = cstn.PerfectOrderState(**OPTIONS)
before = state.serialize()
def kill():
    started.wait()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=kill).start()
try:
    state.update(endless(started), progress=lambda done, total: None)
except KeyboardInterrupt:
    print("interrupted", state.serialize() == before)
"""


def test_ctrl_c_stops_an_endless_call_and_leaves_the_state_as_it_was() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT.format(tests=str(PACKAGE / "tests"))],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("interrupted True", 0), done.stderr


def test_without_progress_no_thread_is_made() -> None:
    before = threading.active_count()
    handler = signal.getsignal(signal.SIGINT)  # a background job of a shell ignores it
    names = []

    def batches():
        names.append(threading.current_thread().name)
        yield BATCH

    reader = pa.RecordBatchReader.from_batches(BATCH.schema, batches())
    cstn.perfect_order_rate(reader, threads=1, **OPTIONS)
    assert names == [threading.main_thread().name] and threading.active_count() == before
    assert signal.getsignal(signal.SIGINT) is handler
