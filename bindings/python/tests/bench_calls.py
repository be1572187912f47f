"""What a crossing and a row cost from Python: run it as a program, it prints.

    CONSTELLATION_LIBRARY=... python bindings/python/tests/bench_calls.py [million rows]
"""

import pathlib
import platform
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

import constellation as cstn  # noqa: E402
from constellation._native import lib  # noqa: E402


def best_of(call, repeats: int = 7) -> float:
    """Seconds of the fastest of several calls."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def main(million_rows: float = 1.0) -> None:
    n = int(million_rows * 1_000_000)
    due = np.full(n, 19_000, dtype="M8[D]")
    lines = {
        "order_id": np.arange(n) // 5,
        "promised": due,
        "delivered": due + (np.arange(n) % 50 == 0),
    }
    policy = cstn.ServicePolicy("components=T")
    options = dict(policy=policy, as_of="2024-06-30", clustering="sorted", threads=1)
    loop = range(100_000)

    def crossings() -> None:
        for _ in loop:
            lib.cstn_service_policy_key_count()

    one = {name: values[:1] for name, values in lines.items()}
    print(f"Python {platform.python_version()}, library {cstn.library_version()}")
    print(f"crossing          {best_of(crossings) / len(loop) * 1e9:10.0f} ns/call")
    rate = best_of(lambda: cstn.perfect_order_rate(one, **options), 50)
    print(f"rate of one line  {rate * 1e9:10.0f} ns/call")
    rate = best_of(lambda: cstn.perfect_order_rate(lines, **options))
    print(f"rate of {n:,} lines {rate / n * 1e9:6.2f} ns/row, one thread")
    value = cstn.perfect_order_rate(lines, **options).rate()
    print(f"answer            {value}")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
