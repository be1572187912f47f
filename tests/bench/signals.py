"""The task of the benchmarks about what signals are worth: Shapley values of eight groups, against refits in numpy.

A function takes a job (see compare.py) and gives what summary() gives. numpy has a matrix of the columns to begin with and
fits and scores each of the 256 subsets of groups from its rows, as one would by hand; ours begins with a frame, asks of
every value when it was known, and gives intervals, too.
"""
import itertools
import math

import numpy
import pyarrow

import constellation
from compare import take_turns
from customers import summary
from engines import Wrong

GROUPS, EACH, SERIES, SCORED = 8, 4, 200, 100
MEANS = (28, 7)


class World:
    """Series of equal length, each signal a column; what sells is a sum of some of them."""

    def __init__(self, rows):
        random = numpy.random.default_rng(11)
        self.periods = max(rows // SERIES, 160) + max(MEANS)
        shape = (SERIES, self.periods)
        self.names = [f"s{g}{k}" for g in range(GROUPS) for k in range(EACH)]
        self.signals = random.normal(size=(GROUPS * EACH, *shape))
        weight = random.normal(size=GROUPS * EACH) * numpy.repeat(0.5 ** numpy.arange(GROUPS), EACH)
        self.y = 5 + numpy.tensordot(weight, self.signals, 1) + random.normal(size=shape)
        day = numpy.tile(numpy.arange(self.periods), SERIES)
        self.frame = pyarrow.table({
            "unique_id": numpy.repeat(numpy.arange(SERIES), self.periods), "ds": day, "y": self.y.ravel(),
            **{name: column.ravel() for name, column in zip(self.names, self.signals)}})
        self.declared = [constellation.Signal(name, group=f"g{i // EACH}", assume_known=True)
                         for i, name in enumerate(self.names)]

    def matrix(self):
        """Columns and target of the rows that are learned from, and of those that are scored."""
        first = max(MEANS)
        sums = numpy.concatenate([numpy.zeros((SERIES, 1)), numpy.cumsum(self.y, 1)], 1)
        at = numpy.arange(first, self.periods)
        base = [numpy.ones((SERIES, len(at)))] + [(sums[:, at] - sums[:, at - k]) / k for k in MEANS]
        columns = numpy.stack(base + [one[:, first:] for one in self.signals], -1)
        split = self.periods - SCORED - first
        return ((columns[:, :split].reshape(-1, columns.shape[-1]), self.y[:, first:-SCORED].ravel()),
                (columns[:, split:].reshape(-1, columns.shape[-1]), self.y[:, -SCORED:].ravel()))


def shapley_of(losses):
    values = numpy.zeros(GROUPS)
    for g in range(GROUPS):
        others = [one for one in range(GROUPS) if one != g]
        for n in range(GROUPS):
            weight = math.factorial(n) * math.factorial(GROUPS - 1 - n) / math.factorial(GROUPS)
            for some in itertools.combinations(others, n):
                mask = sum(1 << one for one in some)
                values[g] += weight * (losses[mask] - losses[mask | 1 << g])
    return values


def shapley(job):
    """100,000 rows to learn from, 20,000 to score, 32 signals in eight groups."""
    world = World(job["lines"])
    (learned, target), (scored, came) = world.matrix()

    def ours():
        return constellation.signal_value(
            world.frame, declared=world.declared, scale="plain", season=1, origins=SCORED, frame="table",
            threads=job["threads"]).to_pydict()

    def theirs():
        losses = numpy.empty(1 << GROUPS)
        for mask in range(1 << GROUPS):
            some = [0, 1, 2] + [3 + EACH * g + k for g in range(GROUPS) if mask >> g & 1 for k in range(EACH)]
            x = learned[:, some]
            square = x.T @ x
            square[numpy.diag_indices(len(some))] += 1e-3 * numpy.trace(square) / len(some)
            beta = numpy.linalg.solve(square, x.T @ target)
            losses[mask] = math.sqrt(numpy.mean((came - scored[:, some] @ beta) ** 2))
        return shapley_of(losses)

    told = ours()
    if told["n_rows"][0] != len(came) or not numpy.allclose(told["shapley"][1:], theirs(), rtol=1e-6, atol=1e-9):
        raise Wrong("numpy has other Shapley values")
    return summary(take_turns(ours, theirs, job["repeat"]), "normal equations of every subset", {}, answers=2,
                   ours_how="signal_value(), frame included", version=f"numpy {numpy.__version__}")


TASKS = {"shapley": shapley}
