"""Objects close in any order, are freed once, and refuse to be used afterwards."""

import gc
import itertools
import multiprocessing
import os
import subprocess
import sys
import threading
import weakref

import pytest

import constellation as cstn
from conftest import PACKAGE
from constellation._handles import Handle
from constellation.errors import ClosedError, ForkedError

LINES = {
    "order_id": [1, 1, 2, 3],
    "carrier": ["Air", "Air", "Sea", None],
    "promised": ["2024-05-02"] * 4,
    "delivered": ["2024-05-01", "2024-05-03", "2024-05-02", None],
}
OPTIONS = dict(policy="components=T", as_of="2024-06-01")


def make_state() -> cstn.PerfectOrderState:
    return cstn.PerfectOrderState(**OPTIONS, by="carrier").update(LINES, casts="text", zone="UTC")


MAKERS = {
    "policy": lambda: cstn.ServicePolicy("components=T"),
    "zone": lambda: cstn.Zone("+01:00"),
    "calendar": lambda: cstn.WorkingCalendar("cstn-calendar 1\nweek=1111100\n"),
    "schema": lambda: cstn.Schema("a int64\n"),
    "binding": lambda: cstn.Binding().rename("promised", "due").zone(None, "UTC"),
    "state": make_state,
    "result": lambda: make_state().finish(),
}
USES = {
    "policy": lambda x: x.text,
    "zone": lambda x: x.offset_at(0),
    "calendar": lambda x: x.is_working(0),
    "schema": lambda x: x.names,
    "binding": lambda x: x.constant("qty", 1),
    "state": lambda x: x.serialize(),
    "result": lambda x: x.rate(),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_closed_object_refuses_every_use_and_closes_again(kind: str, counting) -> None:
    with counting.nothing_left():
        thing = MAKERS[kind]()
        USES[kind](thing)
        assert not thing.closed
        thing.close()
        thing.close()
        assert thing.closed
        with pytest.raises(ClosedError, match=f"this {type(thing).__name__} was closed"):
            USES[kind](thing)
        with pytest.raises(ClosedError), thing:
            pass
        repr(thing)


@pytest.mark.parametrize("kind", MAKERS)
def test_with_closes_and_the_collector_frees(kind: str, counting) -> None:
    with counting.nothing_left():
        with MAKERS[kind]() as thing:
            USES[kind](thing)
        assert thing.closed
        other = MAKERS[kind]()
        alive = weakref.ref(other)
        del other
        gc.collect()
        assert alive() is None


def test_objects_close_in_every_order(counting) -> None:
    def family():
        policy = cstn.ServicePolicy("components=T")
        state = cstn.PerfectOrderState(policy, as_of="2024-06-01", by="carrier")
        state.update(LINES, casts="text", zone="UTC")
        result = state.finish()
        table = result.rates()
        return {
            "policy": policy.close,
            "state": state.close,
            "result": result.close,
            "capsule": [table.__arrow_c_stream__()].clear,
        }

    with counting.nothing_left():
        for order in itertools.permutations(family()):
            closers = family()
            for name in order:
                closers.pop(name)()


def test_a_stream_outlives_everything_it_came_from() -> None:
    import pyarrow

    result = make_state().finish()
    reader = pyarrow.RecordBatchReader.from_stream(result.rates())
    result.close()
    del result
    gc.collect()
    assert reader.read_all().num_rows == 3


def test_a_table_of_a_closed_result_says_so() -> None:
    result = make_state().finish()
    table = result.rates()
    result.close()
    with pytest.raises(ClosedError):
        table.to_pydict()


def test_closing_in_another_thread_does_not_pull_the_object_from_under_a_call(counting) -> None:
    with counting.nothing_left():
        for _ in range(50):
            result = make_state().finish()

            def read(result: cstn.PerfectOrderResult = result) -> None:
                try:
                    for _ in range(50):
                        result.rates().to_pydict()
                except ClosedError:
                    pass

            threads = [threading.Thread(target=read) for _ in range(3)]
            for thread in threads:
                thread.start()
            result.close()
            for thread in threads:
                thread.join()
            del result, read, threads, thread


def test_threads_share_one_result() -> None:
    result = make_state().finish()
    want = result.rates().to_pydict()
    got = []

    def read() -> None:
        for _ in range(100):
            got.append(result.rates().to_pydict() == want and result.rate().numerator == 1)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 800


def test_threads_that_update_one_state_take_turns() -> None:
    state = cstn.PerfectOrderState(**OPTIONS)

    def add(first: int) -> None:
        for i in range(50):
            lines = {**LINES, "order_id": [first + 10 * i + k for k in (1, 1, 2, 3)]}
            state.update(lines, casts="text", zone="UTC")

    threads = [threading.Thread(target=add, args=(n * 10_000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state.finish().rate().denominator == 4 * 50 * 3


def _in_child(connection, state, policy) -> None:
    try:
        state.serialize()
        connection.send("no error")
    except ForkedError as error:
        connection.send(str(error))
    connection.send(policy.digest)
    state.close()
    policy.close()
    gc.collect()
    connection.send(make_state().finish().rate().denominator)


def test_a_forked_child_may_not_touch_a_state_but_may_use_records_and_make_its_own() -> None:
    state, policy = make_state(), cstn.ServicePolicy()
    before = state.serialize()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=_in_child, args=(there, state, policy))
    child.start()
    assert f"belongs to process {os.getpid()}" in here.recv()
    assert here.recv() == policy.digest
    assert here.recv() == 3
    child.join()
    assert child.exitcode == 0
    assert state.serialize() == before


EXIT = """
import sys, threading, time
import constellation as cstn
LINES = {LINES!r}
state = cstn.PerfectOrderState("components=T", as_of="2024-06-01", by="carrier")
state.update(LINES, casts="text", zone="UTC")
result = state.finish()
table = result.rates()
capsules = [table.__arrow_c_stream__() for _ in range(100)]
schema = table.__arrow_c_schema__()
policy, zone = result.policy, cstn.Zone("UTC")
cycle = [result, state]
cycle.append(cycle)
sys.keep = [policy, capsules[0], schema, cycle]
def forever():
    while True:
        result.rates().to_pydict()
for _ in range(2):
    threading.Thread(target=forever, daemon=True).start()
time.sleep(0.1)
"""


def test_the_interpreter_ends_cleanly_with_everything_open_and_threads_running() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EXIT.replace("{LINES!r}", repr(LINES))],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_handle_class_names_its_release_function() -> None:
    from constellation._cdefs import FUNCTIONS

    def classes(cls):
        return [cls, *itertools.chain.from_iterable(map(classes, cls.__subclasses__()))]

    owners = [cls for cls in classes(Handle) if cls._RELEASE or not cls.__subclasses__()]
    names = [cls._RELEASE for cls in owners]
    assert len(names) >= 9 and all(name in FUNCTIONS for name in names)
