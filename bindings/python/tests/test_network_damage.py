"""Networks that a newer release wrote, or that are damaged: the exception, what it says, what is left."""

import pathlib
import shutil

import pytest

import constellation as cstn
from constellation import Network
from constellation.errors import CorruptError, InvalidArgumentError, NewerFormatError, NotFoundError

GOLDEN = pathlib.Path(__file__).resolve().parents[3] / "tests" / "golden" / "network"


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    return pathlib.Path(shutil.copytree(GOLDEN / "store", tmp_path / "net"))


def newer(folder: pathlib.Path, kind: str) -> None:
    (manifest,) = folder.glob("MANIFEST-*")
    manifest.write_bytes((GOLDEN / "newer" / kind).read_bytes())


def flip(path: pathlib.Path, at: int) -> None:
    whole = bytearray(path.read_bytes())
    whole[at] ^= 4
    path.write_bytes(whole)


def everything(folder: pathlib.Path) -> dict:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "LOCK"}


def partners(net: Network) -> list:
    return net.scan("partner", ["partner_id"]).to_pydict()["partner_id"]


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(("kind", "said"), [("incompat", "feature bits 0x40 (incompat)"), ("major", "format 2 is newer")])
def test_a_format_that_cannot_be_read_is_refused_by_its_bit(folder, kind, said, read_only) -> None:
    newer(folder, kind)
    before = everything(folder)
    with pytest.raises(NewerFormatError) as caught:
        Network.open(folder, read_only=read_only)
    assert said in str(caught.value) and "MANIFEST-" in str(caught.value)
    assert caught.value.code == cstn._cdefs.CSTN_E_NEWER_FORMAT
    for tool in (Network.verify, lambda path: Network.salvage(path, dry_run=True)):
        with pytest.raises(NewerFormatError):
            tool(folder)
    assert everything(folder) == before


def test_a_format_that_may_only_be_read_is_opened_read_only(folder) -> None:
    with Network.open(folder, read_only=True) as net:
        expected = partners(net)
    newer(folder, "ro_compat")
    before = everything(folder)
    with pytest.raises(NewerFormatError, match="0x100 .*open it read-only"):
        Network.open(folder)
    with Network.open(folder, read_only=True) as net:
        assert partners(net) == expected
    assert everything(folder) == before


def test_a_feature_that_need_not_be_known_is_kept(folder) -> None:
    newer(folder, "compat")
    with Network.open(folder) as net:
        assert "acme" in partners(net)
        net.checkpoint()
    last = max(folder.glob("MANIFEST-*"))
    assert last.name != "MANIFEST-0000000000000004"
    assert last.read_bytes()[56:60] == (0x80000000).to_bytes(4, "little")


def test_a_damaged_file_is_named_and_a_dry_run_says_what_is_left(folder, tmp_path) -> None:
    segment = folder / "seg-0000000000000003.cstn"
    flip(segment, -70)
    before = everything(folder)
    with pytest.raises(CorruptError) as caught:
        Network.open(folder)
    for part in (segment.name, "hash of the footer", "4 records of table 'partner'", "salvage --dry-run"):
        assert part in str(caught.value), part
    with pytest.raises(CorruptError) as caught:
        Network.verify(folder)
    assert [file["file"] for file in caught.value.report["files"] if file["problem"]] == [segment.name]
    dry = Network.salvage(folder, dry_run=True)
    assert everything(folder) == before and dry["to"] is None
    assert {"file": segment.name, "table": "partner", "rows": 4, "rows_recovered": 0} in dry["files"]
    (table,) = (table for table in dry["tables"] if table["name"] == "partner")
    assert table["rows_lost"] == 4 and table["rows_recovered"] > 0
    report = Network.salvage(folder, tmp_path / "saved")
    assert report.pop("to") == str(tmp_path / "saved")
    dry.pop("to")
    assert report == dry


def test_a_damaged_block_is_named_by_column_and_records(folder) -> None:
    segment = folder / "seg-0000000000000003.cstn"
    flip(segment, 200)
    with Network.open(folder, read_only=True) as net, pytest.raises(CorruptError) as caught:
        net.get("partner", "acme")
    for part in (segment.name, "of table 'partner', records 1 to 4"):
        assert part in str(caught.value), part


def test_a_salvage_goes_somewhere_or_is_a_dry_run(folder, tmp_path) -> None:
    with pytest.raises(InvalidArgumentError):
        Network.salvage(folder)
    with pytest.raises(InvalidArgumentError):
        Network.salvage(folder, tmp_path / "saved", dry_run=True)
    with pytest.raises(NotFoundError):
        Network.salvage(tmp_path / "nothing", dry_run=True)
