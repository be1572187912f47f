"""The order lines of the benchmarks: made in C, held once, seen by every engine where they lie."""
import ctypes
import pathlib

import numpy
import pyarrow

PARTNERS, MONTHS = 1000, 12
COLUMNS = [("order_id", pyarrow.int64()), ("line_number", pyarrow.int32()), ("partner", pyarrow.int32()),
           ("month", pyarrow.int32()), ("promised", pyarrow.date32()), ("delivered", pyarrow.date32()),
           ("qty", pyarrow.int32()), ("qty_delivered", pyarrow.int32())]
#: what bench_lines_answer() counts in each cell
MEASURES = ("orders", "perfect_orders", "lines", "perfect_lines", "late", "incomplete", "late_and_incomplete")
MESSAGE_SIZE = 512


class Columns(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name, _ in COLUMNS]


class Lines:
    """n order lines, clustered by order or shuffled, and the answers that a plain loop in C finds.

    Attributes
    ----------
    arrow : pyarrow.Table
        All eight columns, over the very buffers that C filled.
    answer : dict of str to numpy.ndarray
        partner, month and MEASURES, a row a cell that has lines, sorted by partner and month.
    """

    def __init__(self, build, n, shuffled=False):
        build = pathlib.Path(build)
        self.n = n
        self._calls = ctypes.CDLL(str(build / "tests/bench/libbench_constellation.so"))
        self._import = ctypes.CDLL(str(build / "tests/bench/libbench_import.so"))
        self._import.bench_read_pass.restype = ctypes.c_uint64
        arrays = {name: numpy.empty(n, "int64" if name == "order_id" else "int32") for name, _ in COLUMNS}
        self._arrays = arrays
        self._columns = Columns(**{name: array.ctypes.data for name, array in arrays.items()})
        self._calls.bench_lines_fill(ctypes.byref(self._columns), ctypes.c_int64(n), ctypes.c_int32(shuffled))
        self.arrow = pyarrow.table([
            pyarrow.Array.from_buffers(kind, n, [None, pyarrow.py_buffer(arrays[name])]) for name, kind in COLUMNS
        ], names=[name for name, _ in COLUMNS])
        self.answer = self._answer()

    def _answer(self):
        cells = numpy.zeros((PARTNERS * MONTHS, len(MEASURES)), "int64")
        self._calls.bench_lines_answer(ctypes.c_int64(self.n), ctypes.c_void_p(cells.ctypes.data))
        used = numpy.flatnonzero(cells[:, MEASURES.index("lines")])
        answer = {"partner": used // MONTHS, "month": used % MONTHS + 1}
        answer.update({name: cells[used, i] for i, name in enumerate(MEASURES)})
        return answer

    def total(self, measure):
        return int(self.answer[measure].sum())

    def _call(self, function, *arguments):
        message = ctypes.create_string_buffer(MESSAGE_SIZE)
        status = function(ctypes.byref(self._columns), ctypes.c_int64(self.n), *arguments, message,
                          ctypes.c_size_t(MESSAGE_SIZE))
        if status != 0:
            raise RuntimeError(message.value.decode())

    def update_from_c(self, clustering, threads):
        """Seconds of cstn_perfect_order_update() called from C; perfect orders and orders that it counted."""
        seconds, perfect, orders = ctypes.c_double(), ctypes.c_int64(), ctypes.c_int64()
        self._call(self._calls.bench_update, ctypes.c_int32(clustering), ctypes.c_int32(threads),
                   ctypes.byref(seconds), ctypes.byref(perfect), ctypes.byref(orders))
        return seconds.value, perfect.value, orders.value

    def read_pass(self):
        """Seconds of one read pass over all buffers, and the sum of their words."""
        seconds = ctypes.c_double()
        total = self._import.bench_read_pass(ctypes.byref(self._columns), ctypes.c_int64(self.n),
                                             ctypes.byref(seconds))
        return seconds.value, total

    def import_and_read(self):
        """Seconds of an import without a copy and one read pass through it, of the import alone, and the sum."""
        seconds, alone, total = ctypes.c_double(), ctypes.c_double(), ctypes.c_uint64()
        self._call(self._import.bench_import, ctypes.byref(seconds), ctypes.byref(alone), ctypes.byref(total))
        return seconds.value, alone.value, total.value

    def convert(self):
        """Seconds of cstn_stream_bind(), drained, which copies each value; rows that came out."""
        seconds, rows = ctypes.c_double(), ctypes.c_int64()
        self._call(self._import.bench_convert, ctypes.byref(seconds), ctypes.byref(rows))
        return seconds.value, rows.value
