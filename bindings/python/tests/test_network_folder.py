"""Networks in a folder: opened again, by one writer and many readers, at every commit level."""

import gc
import subprocess
import sys

import pytest

import constellation as cstn
from conftest import PACKAGE
from constellation import Network
from constellation.errors import ConflictError, NotFoundError
from network_rows import AS_OF, RECORDED, at, lines


def test_what_was_committed_is_there_when_the_folder_is_opened_again(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path, must_be_new=True) as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        net.import_("order", lines(), recorded=RECORDED)
        rate = net.perfect_order_rate("components=T", as_of=AS_OF, by="buyer").rates().to_pylist()
        first = net.info()
    with Network.open(path, must_exist=True) as net:
        again = net.perfect_order_rate("components=T", as_of=AS_OF, by="buyer")
        assert again.rates().to_pylist() == rate
        assert (net.info().uuid, net.info().last_seq) == (first.uuid, 4)
        assert net.info().state == "open" and net.path == str(path)
        assert repr(net) == f"Network({str(path)!r})"
        assert net.put("partner", partner_id="dove", recorded=at(2)) == 5


def test_a_process_that_ends_without_closing_loses_nothing(tmp_path) -> None:
    program = """
import os, sys
sys.path.insert(0, sys.argv[1])
from constellation import Network
net = Network.open(sys.argv[2])
net.put("partner", partner_id="acme", recorded="2024-05-01")
with net.transaction() as changes:
    changes.put("partner", partner_id="bolt", recorded="2024-05-01")
open_changes = net.transaction()
open_changes.put("partner", partner_id="cargo", recorded="2024-05-01")
os._exit(0)
"""
    path = tmp_path / "acme"
    subprocess.run([sys.executable, "-c", program, str(PACKAGE), str(path)], check=True)
    with Network.open(path) as net:
        rows = net.scan("partner", ["partner_id"]).to_pydict()
    assert rows == {"partner_id": ["acme", "bolt"]}


def test_a_folder_has_one_writer_and_many_readers(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.checkpoint()
        with pytest.raises(cstn.LockedError):
            Network.open(path)
        with Network.open(path, read_only=True) as reader:
            assert reader.info().state == "read_only"
            assert reader.get("partner", "acme")
            with pytest.raises(cstn.ReadOnlyError):
                reader.put("partner", partner_id="bolt", recorded=at(1))
            with pytest.raises(PermissionError):
                reader.transaction()
    Network.open(path).close()


def test_a_folder_that_is_not_as_it_must_be_is_refused(tmp_path) -> None:
    path = tmp_path / "acme"
    with pytest.raises(NotFoundError):
        Network.open(path, must_exist=True)
    with pytest.raises(NotFoundError):
        Network.open(path, read_only=True)
    assert not path.exists()
    Network.open(path).close()
    with pytest.raises(ConflictError):
        Network.open(path, must_be_new=True)
    with pytest.raises(cstn.IOFailedError):
        Network.open(tmp_path / "no" / "where")


@pytest.mark.parametrize("commit", ["full", "group", "none"])
def test_every_commit_level_keeps_what_was_synced(tmp_path, commit: str) -> None:
    path = tmp_path / "acme"
    net = Network.open(path, commit=commit, group_us=100, defer_checkpoint=True)
    net.put("partner", partner_id="acme", recorded=at(1))
    net.sync()
    assert net.info().log_bytes > 0
    del net
    gc.collect()
    with Network.open(path) as net:
        assert net.get("partner", "acme")
