"""Networks: handles let go in any order, threads, forks, and what is left behind."""

import gc
import itertools
import multiprocessing
import subprocess
import sys
import threading

import pyarrow as pa
import pytest

import constellation as cstn
from conftest import PACKAGE
from constellation import Network
from constellation.errors import ClosedError, ConflictError, InvalidArgumentError, RowErrors
from network_rows import AS_OF, RECORDED, at, bad_lines


def test_a_closed_network_says_so_and_its_snapshots_stay() -> None:
    net = Network.open()
    net.put("partner", partner_id="acme", recorded=at(1))
    snapshot, frame = net.snapshot(), net.scan("partner", ["partner_id"])
    net.close()
    net.close()
    assert net.closed and repr(net) == "Network(closed)"
    for use in (net.snapshot, net.info, net.transaction, lambda: net.get("partner", "acme")):
        with pytest.raises(ClosedError):
            use()
    assert snapshot.get("partner", "acme")["partner_id"] == "acme"
    assert frame.to_pydict() == {"partner_id": ["acme"]}


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_handles_may_be_closed_in_any_order(order: tuple) -> None:
    net = Network.open()
    net.put("partner", partner_id="acme", recorded=at(1))
    changes = net.transaction()
    changes.put("partner", partner_id="bolt", recorded=at(1))
    snapshot, record = net.snapshot(), net.record("partner", "acme")
    reader = pa.RecordBatchReader.from_stream(snapshot.scan("partner", frame="table"))
    handles = [net, changes, snapshot, record, reader]
    for number in order:
        handles[number].close()


def test_what_is_open_at_the_interpreters_end_does_no_harm() -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from constellation import Network
net = Network.open()
net.put("partner", partner_id="acme", recorded="2024-05-01")
snapshot, changes = net.snapshot(), net.transaction()
table = snapshot.scan("partner")
capsule = table.__arrow_c_stream__()
print(table.to_pydict()["partner_id"])
"""
    run = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program, str(PACKAGE)], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "['acme']\n", "")


def test_many_threads_read_while_one_writes(net: Network) -> None:
    stop, problems = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            with net.snapshot() as snapshot:
                rows = snapshot.scan("partner", ["partner_id"], frame="table").to_pydict()
                if len(rows["partner_id"]) != snapshot.seq:
                    problems.append((len(rows["partner_id"]), snapshot.seq))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(200):
        net.put("partner", partner_id=f"p{i}", recorded=at(2))
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == [] and net.info().last_seq == 203


def _child(net: Network, queue) -> None:
    try:
        net.info()
        queue.put("no error")
    except cstn.ForkedError as error:
        queue.put(str(error))
    net.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_network_belongs_to_the_process_that_opened_it(net: Network) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_child, args=(net, queue))
    child.start()
    assert "forked" in queue.get(timeout=60)
    child.join()
    assert child.exitcode == 0
    net.put("partner", partner_id="dove", recorded=at(2))


def test_options_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="commit 'fast'"):
        Network.open(commit="fast")
    with pytest.raises(InvalidArgumentError, match="negative"):
        Network.open(cache_bytes=-1)
    with pytest.raises(InvalidArgumentError, match="NUL"):
        Network.open("a\0b")


def test_networks_leave_nothing_behind(counting) -> None:
    with counting.nothing_left():
        with Network.open() as net:
            net.put("partner", partner_id="acme", recorded=at(1))
            net.put("partner", partner_id="bolt", recorded=at(1))
            net.put("partner", partner_id="cargo", recorded=at(1))
            with pytest.raises(RowErrors):
                net.import_("order", bad_lines(), recorded=RECORDED)
            net.get("order", "O-0")
            net.changes(frame="table").rows.to_pydict()
            net.effective_events(frame="table")
            net.perfect_order_rate("components=T", as_of=AS_OF)
            with pytest.raises(ConflictError):
                with net.transaction() as changes:
                    changes.require("partner", "acme", 9)
                    changes.put("partner", partner_id="d", recorded=at(1))
        forgotten = Network.open()
        forgotten.put("partner", partner_id="acme", recorded=at(1))
        del forgotten, net, changes
        gc.collect()
