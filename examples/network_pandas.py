"""A network from frames: load it once, open it again, ask it for rates.

    python network_pandas.py [FOLDER] [PLOT.png]     FOLDER: where the network lies; without: a temporary one
    CONSTELLATION_FRAME=polars python network_pandas.py     the same from polars
"""

import os
import sys
import tempfile

import constellation

PARTNERS = {"partner_id": ["acme", "bolts", "cargo"], "role": ["supplier", "customer", "customer"]}
ITEMS = {"item_id": ["bolt-m8", "nut-m8"], "unit": ["C62", "C62"]}
# A row a line; what belongs to the order repeats. The last line orders nothing.
ORDERS = {
    "order_id": ["O-1", "O-1", "O-2", "O-3", "O-4", "O-5"],
    "line_number": [1, 2, 1, 1, 1, 1],
    "seller": ["acme"] * 6,
    "buyer": ["bolts", "bolts", "cargo", "bolts", "cargo", "cargo"],
    "ordered": ["2024-05-01"] * 6,
    "item_id": ["bolt-m8", "nut-m8", "bolt-m8", "nut-m8", "bolt-m8", "nut-m8"],
    "qty": [100, 40, 10, 25, 60, 0],
    "promised": ["2024-05-06"] * 6,
    "delivered": ["2024-05-05", "2024-05-06", "2024-05-08", "2024-05-06", "2024-05-06", None],
    "qty_delivered": [100, 40, 10, 25, 58, 0],
    "attributes.distance": ["near", "near", "far", "near", "far", "far"],
}
TIMES = ("ordered", "promised", "delivered")
LIBRARY = os.environ.get("CONSTELLATION_FRAME", "pandas")


def frame(columns):
    """The columns above as a frame of the library asked for."""
    times = [name for name in TIMES if name in columns]
    if LIBRARY == "polars":
        import polars

        return polars.DataFrame(columns).with_columns(
            polars.col(times).str.to_datetime("%Y-%m-%d", time_zone="UTC")
        )
    import pandas

    table = pandas.DataFrame(columns)
    return table.assign(**{name: pandas.to_datetime(table[name], utc=True) for name in times})


def load(net):
    """Put the frames; what breaks a rule is told, the rest is in."""
    for noun, columns in (("partner", PARTNERS), ("item", ITEMS), ("order", ORDERS)):
        left_out = net.import_(noun, frame(columns), recorded="2024-05-10", bad_rows="keep")
        for row in left_out or ():
            print(f"left out of {noun}: {row.message}")


def main(folder, plot=None):
    with constellation.Network.open(folder) as net:
        if net.info().last_seq == 0:
            load(net)
    # Another day, another process: what was acknowledged is there.
    with constellation.Network.open(folder, must_exist=True) as net:
        print("transactions:", net.info().last_seq)
        result = net.perfect_order_rate(
            "components=TF", as_of="2024-06-30", by=["buyer", "attributes.distance"]
        )
        print("perfect orders:", result.rate())
        for row in result.rates(frame="table").to_pylist():
            print(row["buyer"], row["attributes.distance"], row["numerator"], "of", row["denominator"])
        lines = net.scan(
            "order",
            columns=["order_id", "qty", "qty_delivered", "attributes.distance"],
            lines=True,
            frame=LIBRARY,
        )
        print(lines)
        if plot:
            from constellation import plot as charts

            charts.rates(result).figure.savefig(plot)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(*sys.argv[1:])
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(os.path.join(temporary, "acme"))
