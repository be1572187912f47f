"""Tools of a network's folder: verify, dump, salvage, backup, maintenance."""

import pytest

import constellation as cstn
from constellation import Network
from constellation.errors import ConflictError, NotFoundError
from network_rows import AS_OF, RECORDED, at, lines


def test_a_damaged_folder_says_what_is_damaged(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
    manifest = max(path.glob("MANIFEST*"))
    data = bytearray(manifest.read_bytes())
    data[len(data) // 2] ^= 1
    manifest.write_bytes(data)
    with pytest.raises(cstn.CorruptError, match="MANIFEST"):
        Network.open(path)


def damaged(path) -> None:
    """A network of one partner with a flipped bit in the middle of its columns."""
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.put("partner", partner_id="bolt", recorded=at(1))
    segment = max(path.glob("seg-*"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)


def test_a_sound_folder_is_verified_and_its_files_are_text(tmp_path) -> None:
    path = tmp_path / "acme"
    with Network.open(path) as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.checkpoint()
        assert Network.verify(net.path)
    seen = []
    assert isinstance(Network.verify(path, lambda done, total: seen.append(done)), dict) and seen
    text = Network.dump(max(path.glob("MANIFEST*")))
    assert "seg-" in text or "segment" in text
    with pytest.raises(NotFoundError):
        Network.verify(tmp_path / "nowhere")
    with pytest.raises(cstn.ConstellationError):
        Network.dump(path / "nothing")


def test_damage_is_reported_and_what_is_left_is_recovered(tmp_path) -> None:
    path, saved = tmp_path / "acme", tmp_path / "saved"
    damaged(path)
    with pytest.raises(cstn.CorruptError) as caught:
        Network.verify(path)
    assert "seg-" in str(caught.value.report)
    assert isinstance(Network.salvage(path, saved), dict)
    with Network.open(saved) as net:
        assert set(net.scan("partner", ["partner_id"]).to_pydict()["partner_id"]) <= {"acme", "bolt"}
    with pytest.raises(ConflictError):
        Network.salvage(path, saved)


def test_a_sound_folder_is_recovered_whole(tmp_path) -> None:
    path, saved = tmp_path / "acme", tmp_path / "saved"
    with Network.open(path) as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        net.import_("order", lines(), recorded=RECORDED)
    assert Network.salvage(path, saved)
    with Network.open(saved) as net:
        assert net.perfect_order_rate("components=T", as_of=AS_OF).rate().denominator == 3


@pytest.mark.parametrize("link", [False, True])
def test_a_backup_is_the_network_as_it_was(tmp_path, link: bool) -> None:
    copy = tmp_path / "copy"
    with Network.open(tmp_path / "acme") as net:
        net.put("partner", partner_id="acme", recorded=at(1))
        net.backup(copy, link=link)
        net.put("partner", partner_id="bolt", recorded=at(1))
        with pytest.raises(ConflictError):
            net.backup(copy)
    with Network.open(copy) as net:
        assert net.scan("partner", ["partner_id"]).to_pydict() == {"partner_id": ["acme"]}
    with Network.open() as net:
        with pytest.raises(cstn.NotSupportedError):
            net.backup(tmp_path / "memory")


def test_maintenance_drops_versions_that_nobody_can_see(tmp_path) -> None:
    with Network.open(tmp_path / "acme") as net:
        for day in range(1, 20):
            net.put("partner", partner_id="acme", recorded=at(day))
            net.checkpoint()
        seen = []
        net.maintain(history_from=at(19), progress=lambda done, total: seen.append(done))
        assert seen and net.info().n_segments < 19
        assert net.get("partner", "acme")["recorded"] == at(19)


@pytest.mark.parametrize("folder", [None, "acme"])
def test_a_noun_has_a_history_of_its_own(tmp_path, folder) -> None:
    with Network.open(folder and tmp_path / folder) as net:
        for day in range(1, 9):
            net.put("partner", partner_id="acme", recorded=at(day))
            net.put("item", item_id="i", recorded=at(day))
            net.checkpoint()
        net.maintain(history_from=at(8), noun="item")
        assert net.get("partner", "acme", at(2))["recorded"] == at(2)
        with pytest.raises(LookupError):
            net.get("item", "i", at(2))
        assert net.get("item", "i")["recorded"] == at(8)
        with pytest.raises(LookupError, match="itme"):
            net.maintain(noun="itme")
