"""The tasks of the benchmarks about forecasts that add up, against hierarchicalforecast.

Each function takes a job (see compare.py) and gives what summary() gives. Answers are compared first: parents are sums,
and the gradient of the weighted squares is nothing at every leaf.
"""
import numpy
import pyarrow

import constellation
from customers import alone, summary
from engines import Wrong

CHILDREN = 20


class Tree:
    """Nodes below one total, twenty to a parent, in random order; forecasts that do not add up."""

    def __init__(self, n):
        random = numpy.random.default_rng(5)
        self.n = n
        self.parent = (numpy.arange(n) - 1) // CHILDREN
        self.mean = random.uniform(1, 10, n)
        order = random.permutation(n)
        self.nodes = pyarrow.table({"unique_id": order,
                                    "parent": pyarrow.array(self.parent[order], mask=order == 0)})
        self.base = pyarrow.table({"unique_id": numpy.arange(n), "ds": numpy.ones(n, numpy.int64), "mean": self.mean})
        self.inner = numpy.arange(n) < (n - 2) // CHILDREN + 1
        self.levels = [slice(0, 1)]
        while self.levels[-1].stop < n:
            first = self.levels[-1].start * CHILDREN + 1
            self.levels.append(slice(first, min(self.levels[-1].stop * CHILDREN + 1, n)))

    def up(self, leaves):
        """Sums of leaves at every node, level by level."""
        out = numpy.where(self.inner, 0.0, leaves)
        for level in reversed(self.levels[1:]):
            out[: level.start] += numpy.bincount(self.parent[level], out[level], level.start)[: level.start]
        return out

    def check(self, found):
        weights = self.up(numpy.ones(self.n))
        if not numpy.allclose(found, self.up(found), rtol=1e-9):
            raise Wrong("parents are not the sums of their leaves")
        off = (found - self.mean) / weights
        for level in self.levels[1:]:
            off[level] += off[self.parent[level]]
        if numpy.abs(off[~self.inner]).max() > 1e-8:
            raise Wrong("another solution is nearer by the weights")


def reconcile(job):
    """A tree of a million nodes."""
    tree = Tree(min(job["lines"], 1_000_000))

    def ours():
        return pyarrow.table(constellation.reconcile(tree.nodes, tree.base, threads=1, frame="table"))

    tree.check(ours().column("mean").to_numpy())
    return alone(ours, job, f"reconcile() of {tree.n:,} nodes", answers=1)


def reconcile_peer(job):
    """MinTrace by least squares with structural weights: frames in, frames out."""
    import importlib.metadata

    import pandas
    from compare import take_turns
    from hierarchicalforecast.core import HierarchicalReconciliation
    from hierarchicalforecast.methods import MinTrace

    tree = Tree(job["lines"])
    leaves = numpy.flatnonzero(~tree.inner)
    sums = numpy.zeros((tree.n, len(leaves)))
    at = leaves.copy()
    while True:
        sums[at, numpy.arange(len(leaves))] = 1
        if not at.any():
            break
        at = numpy.maximum(tree.parent[at], 0)
    names = numpy.array([f"n{i}" for i in range(tree.n)])
    summing = pandas.DataFrame(sums, columns=names[leaves])
    summing.insert(0, "unique_id", names)
    said = pandas.DataFrame({"unique_id": names, "ds": 1, "mean": tree.mean})
    tags = {"inner": names[tree.inner], "leaves": names[~tree.inner]}
    model = HierarchicalReconciliation([MinTrace(method="wls_struct")])

    def ours():
        return pyarrow.table(constellation.reconcile(tree.nodes, tree.base, threads=1, frame="table"))

    def theirs():
        return model.reconcile(Y_hat_df=said, S_df=summing, tags=tags)

    mine, other = ours().column("mean").to_numpy(), theirs()
    tree.check(mine)
    if not numpy.allclose(mine, other["mean/MinTrace_method-wls_struct"], rtol=1e-6, atol=1e-6):
        raise Wrong("hierarchicalforecast has another answer")
    return summary(take_turns(ours, theirs, job["repeat"]), "MinTrace(wls_struct)", {"MinTrace(wls_struct)": 0.0},
                   ours_how="reconcile()", answers=2,
                   version=f"hierarchicalforecast {importlib.metadata.version('hierarchicalforecast')}")


TASKS = {"reconcile": reconcile, "reconcile_peer": reconcile_peer}
