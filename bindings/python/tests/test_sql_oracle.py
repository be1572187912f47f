"""The rate against SQL: SQLite computes the same groups from the same random rows."""

import random
import sqlite3

import pyarrow as pa
import pytest

import constellation

AS_OF = "2020-01-01T00:00:00Z"
DAY = 86_400

QUERY = """
select partner, month, count(*) units,
       sum(not late and not short) h0, sum(late and not short) h1, sum(not late and short) h2, sum(late and short) h3
from (select order_id, min(partner) partner, min(month) month,
             max({late}) late, max(qty_delivered <> qty) short
      from lines group by order_id)
group by partner, month order by partner, month
"""
# whole days since 1970, floor division of non-negative seconds
DAYS = "(delivered / 86400) - (promised / 86400)"


def rows(seed, n_orders):
    chance = random.Random(seed)
    for order in range(n_orders):
        partner, month = chance.randrange(5), chance.randrange(3)
        for _ in range(chance.randrange(1, 6)):
            promised = chance.randrange(17_000 * DAY, 17_100 * DAY)
            quantity = chance.randrange(1, 9)
            yield (order, partner, month, promised, promised + chance.randrange(-3 * DAY, 2 * DAY), quantity,
                   quantity - (chance.random() < 0.1))


@pytest.mark.parametrize("policy, late", [
    ({"components": "TF"}, f"{DAYS} > 0"),
    ({"components": "TF", "late_tolerance": "1"}, f"{DAYS} > 1"),
    ({"components": "TF", "early_tolerance": "1"}, f"{DAYS} > 0 or {DAYS} < -1"),
    ({"components": "TF", "time_unit": "instant"}, "delivered > promised"),
    ({"components": "TF", "time_unit": "instant", "late_tolerance": "3600000000"}, "delivered - promised > 3600"),
])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("clustering", ["none", "sorted", "whole_orders"])
def test_groups_and_patterns_equal_sql(policy, late, seed, clustering):
    lines = list(rows(seed, 400))
    names = ["order_id", "partner", "month", "promised", "delivered", "qty", "qty_delivered"]
    with sqlite3.connect(":memory:") as database:
        database.execute(f"create table lines ({', '.join(name + ' integer' for name in names)})")
        database.executemany("insert into lines values (?, ?, ?, ?, ?, ?, ?)", lines)
        expected = database.execute(QUERY.format(late=late)).fetchall()
    if clustering == "none":
        random.Random(seed).shuffle(lines)
    columns = list(zip(*lines))
    times = pa.timestamp("s", tz="UTC")
    frame = pa.table({name: pa.array(column, times if name in ("promised", "delivered") else pa.int64())
                      for name, column in zip(names, columns)})
    result = constellation.perfect_order_rate(frame, policy=constellation.ServicePolicy(policy), as_of=AS_OF,
                                              by=["partner", "month"], clustering=clustering)
    table = pa.table(result.rates())
    got = list(zip(*(table[name].to_pylist() for name in ("partner", "month", "units", "h0", "h1", "h2", "h3"))))
    assert got == expected
