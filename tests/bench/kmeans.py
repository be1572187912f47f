"""k-means against scikit-learn: processor time of an iteration from the same start, answers compared first.

usage: kmeans.py [ROWS]        1,000,000 unless told otherwise; CONSTELLATION_LIBRARY names the library

The data are representable in float32. An iteration is the difference of two fits, one of them with more iterations,
divided by how many more; ours and the peer's take turns, and the median of three counts. Then k = 100: ours by Lloyd's
passes and by Hamerly's bounds. The last line is the result as JSON. Exit code 3: an answer differs.
"""
import json
import pathlib
import statistics
import sys
import time
import warnings

import numpy
import sklearn
from sklearn.cluster import KMeans as Peer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python"))
import constellation

FEW, MANY, TURNS = 5, 45, 3


def cpu(run):
    """Processor seconds of a run, and what it gives."""
    start = time.process_time()
    answer = run()
    return time.process_time() - start, answer


def an_iteration(fit):
    """Milliseconds of processor time an iteration, and the longer fit."""
    few, short = cpu(lambda: fit(FEW))
    many, model = cpu(lambda: fit(MANY))
    return (many - few) / max(model.n_iter_ - short.n_iter_, 1) * 1e3, model


def main():
    warnings.filterwarnings("ignore")
    n, d, k = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, 8, 8
    random = numpy.random.default_rng(1)
    narrow = (random.normal(size=(n, d)) + 2 * random.integers(0, 3, size=(n, 1))).astype(numpy.float32)
    wide = narrow.astype(float)
    columns = {f"x{i}": numpy.ascontiguousarray(wide[:, i]) for i in range(d)}

    def ours(iterations, clusters=k, algorithm="lloyd", threads=1):
        return constellation.KMeans(clusters, init=wide[:clusters], order="start", max_iter=iterations,
                                    algorithm=algorithm, threads=threads).fit(columns)

    def theirs(iterations, rows):
        return Peer(k, init=rows[:k], n_init=1, tol=0, max_iter=iterations, algorithm="lloyd").fit(rows)

    runs = {"ours": lambda m: ours(m), "peer_float64": lambda m: theirs(m, wide),
            "peer_float32": lambda m: theirs(m, narrow), "k100_lloyd": lambda m: ours(m, 100),
            "k100_hamerly": lambda m: ours(m, 100, "hamerly")}
    times, models = {name: [] for name in runs}, {}
    for _ in range(TURNS):
        for name, run in runs.items():
            taken, models[name] = an_iteration(run)
            times[name].append(taken)
    result = {name: round(statistics.median(taken), 2) for name, taken in times.items()}
    mine, other = models["ours"].inertia_, models["peer_float64"].inertia_
    same = abs(mine - other) <= 1e-9 * other and len({ours(MANY, threads=t).to_bytes() for t in (1, 2, 3, 8)}) == 1
    same = same and models["k100_lloyd"].to_bytes() == models["k100_hamerly"].to_bytes()
    print(json.dumps({"rows": n, "d": d, "k": k, "scikit_learn": sklearn.__version__, "numpy": numpy.__version__,
                      "ms_cpu_an_iteration": result, "inertia": [mine, other], "equal": bool(same)}))
    sys.exit(0 if same else 3)


if __name__ == "__main__":
    main()
