#!/usr/bin/env python3
"""Write lines.csv, schema.txt and case.txt of the golden cases. Deterministic; run it only to add a case."""
import datetime
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = """order_id {key}
line_number int32
carrier text null
vendor text
ordered timestamp zone=utc
promised timestamp null zone=utc
promised_customer timestamp null zone=utc
delivered timestamp null zone=utc
qty int64
qty_cancelled int64 null
qty_delivered int64 null
status text null
price decimal scale=2
damaged flag
documents_bad int32
late_cause text null
late_owner text null
"""
CASES = {
    "orders": ("int64", "components=TFDC supplier_cancel=exclude", 0, 0, ["carrier", "month(due)"]),
    "lines": ("text", "direction=inbound level=line components=TF", 0, 0, ["vendor"]),
    "each": ("text", "components=TFC weight=value", 0, 1, ["carrier", "vendor"]),
    "sorted": ("int64", "components=T time_unit=instant late_tolerance=3600000000", 1, 4, ["vendor", "weekday(due)"]),
}


def time_text(base, hours):
    return (base + datetime.timedelta(hours=hours, minutes=17)).strftime("%Y-%m-%dT%H:%M:%S")


def rows(seed, key):
    chance = random.Random(seed)
    base = datetime.datetime(2018, 1, 1)
    for order in range(120):
        carrier, vendor = chance.choice(["sea", "air", "road, rail", ""]), chance.choice(["ACME", "Bolt & Co", "Caf\u00e9"])
        ordered = chance.randrange(4000)
        for number in range(1, 1 + chance.randrange(1, 5)):
            promised = ordered + chance.randrange(24, 300)
            delivered = promised + chance.randrange(-80, 25)
            quantity = chance.randrange(1, 50)
            yield [
                f"PO-{order:04d}" if key == "text" else str(order * 7),
                str(number),
                carrier if chance.random() > 0.05 else "air",
                vendor,
                time_text(base, ordered),
                time_text(base, promised) if chance.random() > 0.03 else "",
                time_text(base, promised + 48) if chance.random() < 0.05 else "",
                time_text(base, delivered) if chance.random() > 0.06 else "",
                str(quantity),
                str(chance.randrange(quantity + 1)) if chance.random() < 0.04 else "",
                str(quantity - (chance.random() < 0.1)),
                chance.choice(["closed"] * 8 + ["open", "cancelled_by_customer", "cancelled_by_supplier"]),
                f"{chance.randrange(1, 9000) / 100:.2f}",
                "1" if chance.random() < 0.05 else "0",
                str(chance.choice([0] * 12 + [1, 4, 5])),
                chance.choice(["", "weather", "strike", "no truck"]),
                chance.choice(["", "carrier", "supplier", "warehouse"]),
            ]


def quoted(field):
    return '"' + field.replace('"', '""') + '"' if any(c in field for c in ',"\n') else field


def main():
    for seed, (name, (key, policy, clustering, flags, by)) in enumerate(CASES.items()):
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        schema = SCHEMA.format(key=key)
        if clustering:  # without causes, so that the clustered path is taken
            schema = "".join(line + "\n" for line in schema.splitlines() if not line.startswith("late_"))
        header = ",".join(line.split()[0] for line in SCHEMA.splitlines())
        lines = [header] + [",".join(map(quoted, row)) for row in rows(seed, key)]
        (folder / "schema.txt").write_text(schema)
        (folder / "lines.csv").write_text("\n".join(lines) + "\n")
        case = [f"policy {policy}", "as_of 2018-07-01T00:00:00Z", f"clustering {clustering}", f"flags {flags}"]
        (folder / "case.txt").write_text("\n".join(case + [f"by {dimension}" for dimension in by]) + "\n")


if __name__ == "__main__":
    main()
