"""Where the tests find the package, the library and the data; an allocator that counts."""

import contextlib
import ctypes
import gc
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent
TOP = PACKAGE.parents[1]

sys.path.insert(0, str(PACKAGE))
os.environ.setdefault("MPLBACKEND", "Agg")

COUNTING_ALLOCATOR = """
#define _POSIX_C_SOURCE 200112L
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_long live_blocks, live_bytes;

void *count_alloc(void *user, size_t size, size_t alignment)
{
	void *memory = NULL;
	(void)user;
	if (posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, size))
		return NULL;
	memset(memory, 0xa5, size);
	atomic_fetch_add(&live_blocks, 1);
	atomic_fetch_add(&live_bytes, (long)size);
	return memory;
}

void count_free(void *user, void *memory, size_t size, size_t alignment)
{
	(void)user, (void)alignment;
	memset(memory, 0x5a, size);
	atomic_fetch_sub(&live_blocks, 1);
	atomic_fetch_sub(&live_bytes, (long)size);
	free(memory);
}

void *count_realloc(void *user, void *memory, size_t old_size, size_t size, size_t alignment)
{
	void *fresh = count_alloc(user, size, alignment);
	if (fresh) {
		memcpy(fresh, memory, old_size < size ? old_size : size);
		count_free(user, memory, old_size, alignment);
	}
	return fresh;
}

long count_blocks(void) { return atomic_load(&live_blocks); }
long count_bytes(void) { return atomic_load(&live_bytes); }
"""


class Counting:
    """An allocator for everything the package makes; counts what is alive."""

    def __init__(self, folder: pathlib.Path) -> None:
        from constellation import _cdefs

        (folder / "counting.c").write_text(COUNTING_ALLOCATOR)
        path = folder / "counting.so"
        subprocess.check_call(
            ["cc", "-O1", "-shared", "-fPIC", "-o", str(path), str(folder / "counting.c")]
        )
        self.dll = ctypes.CDLL(str(path))
        fields = dict(_cdefs.cstn_allocator._fields_)
        self.struct = _cdefs.cstn_allocator(
            struct_size=ctypes.sizeof(_cdefs.cstn_allocator),
            alloc=ctypes.cast(self.dll.count_alloc, fields["alloc"]),
            realloc=ctypes.cast(self.dll.count_realloc, fields["realloc"]),
            free=ctypes.cast(self.dll.count_free, fields["free"]),
        )
        self.dll.count_blocks.restype = self.dll.count_bytes.restype = ctypes.c_long

    @property
    def live(self) -> int:
        """Blocks alive, after Python has collected its own."""
        gc.collect()
        return int(self.dll.count_blocks())

    @contextlib.contextmanager
    def nothing_left(self):
        """In the block everything comes from this allocator; at its end all was given back."""
        from constellation._native import lib

        before = self.live
        lib.allocator = ctypes.pointer(self.struct)
        try:
            yield self
        finally:
            lib.allocator = None
        assert self.live == before


@pytest.fixture(scope="session")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Counting:
    return Counting(tmp_path_factory.mktemp("counting"))


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder of real data: CSTN_SHARED, or ``../shared`` beside the checkout."""
    path = pathlib.Path(os.environ.get("CSTN_SHARED", str(TOP.parent / "shared")))
    if not (path / "data").is_dir():
        pytest.fail(f"the real data is not at '{path}'; set CSTN_SHARED to its folder")
    return path


@pytest.fixture(params=["in memory", "in a folder"])
def net(request: pytest.FixtureRequest, tmp_path: pathlib.Path):
    """A network of three partners."""
    from constellation import Network
    from network_rows import at

    with Network.open(tmp_path / "net" if request.param == "in a folder" else None) as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        yield net


@pytest.fixture
def orders(net):
    """The same with three orders."""
    import pyarrow as pa

    from network_rows import RECORDED, lines

    net.import_("order", pa.Table.from_pylist(lines()), recorded=RECORDED)
    return net
