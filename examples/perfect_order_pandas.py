"""The perfect order rate of a frame of order lines, with what lost it and what would lift it.

    python perfect_order_pandas.py            pandas in, pandas out
    python perfect_order_pandas.py polars     the same numbers from polars
"""

import sys

import constellation

LINES = {
    "order_id": [101, 101, 102, 103, 103, 104, 105, 106],
    "carrier": ["Air", "Air", "Sea", "Sea", "Sea", "Air", "Sea", "Air"],
    "promised": ["2024-05-02", "2024-05-02", "2024-05-03", "2024-05-06"] + ["2024-05-07"] * 4,
    "delivered": ["2024-05-01", "2024-05-02", "2024-05-05", "2024-05-06", "2024-05-08"]
    + ["2024-05-07", None, "2024-05-06"],
    "qty": [10, 4, 7, 1, 2, 5, 3, 8],
    "qty_delivered": [10, 4, 7, 1, 2, 4, None, 8],
}

# On time and in full, nothing else; times without a zone are UTC.
policy = constellation.ServicePolicy(components="TF", late_tolerance=0)


def frame(library):
    """The lines above as a frame of the library named on the command line."""
    if library == "polars":
        import polars

        return polars.DataFrame(LINES).with_columns(
            polars.col("promised", "delivered").str.to_datetime("%Y-%m-%d")
        )
    import pandas

    lines = pandas.DataFrame(LINES).astype({"qty_delivered": "Int64"})
    return lines.assign(
        promised=pandas.to_datetime(lines["promised"]),
        delivered=pandas.to_datetime(lines["delivered"]),
    )


def main(library="pandas"):
    result = constellation.perfect_order_rate(
        frame(library), policy=policy, as_of="2024-06-30", by="carrier", zone="UTC"
    )
    print(f"policy {policy.digest[:16]}, {len(result)} carriers, perfect orders: {result.rate()}")
    print(result.rates()[["carrier", "numerator", "denominator", "rate", "low", "high"]])
    print(result.losses()[["carrier", "component", "failures", "only_failures"]])

    # Why is order 105 not perfect? The same rules, in words.
    line = constellation.OrderLine(promised="2024-05-07", qty=3)
    print(constellation.judge_line(line, policy, as_of="2024-06-30"))


if __name__ == "__main__":
    main(*sys.argv[1:])
