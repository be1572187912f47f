"""The golden cases: the same bytes as from C, whatever the lines came through."""

import pathlib
import shutil

import pytest

import constellation

GOLDEN = pathlib.Path(__file__).resolve().parents[3] / "tests" / "golden"
CASES = ["orders", "lines", "each", "sorted"]
TABLES = ["rates", "losses", "causes", "levers", "exclusions"]


def read_case(folder):
    asked = {"by": []}
    for line in (folder / "case.txt").read_text().splitlines():
        key, value = line.split(" ", 1)
        if key == "by":
            asked["by"].append(value)
        else:
            asked[key] = value
    return asked


def make_state(asked):
    flags = int(asked["flags"])
    return constellation.PerfectOrderState(
        constellation.ServicePolicy(dict(pair.split("=") for pair in asked["policy"].split())),
        as_of=asked["as_of"],
        by=asked["by"],
        clustering=["none", "sorted", "whole_orders"][int(asked["clustering"])],
        each=bool(flags & 1),
        rollup=bool(flags & 4),
    )


def read_lines(folder):
    return constellation.read_csv(folder / "lines.csv", (folder / "schema.txt").read_text())


@pytest.mark.parametrize("through", ["stream", "pyarrow", "polars", "pandas"])
@pytest.mark.parametrize("case", CASES)
def test_state_and_tables_have_the_bytes_of_c(case, through):
    folder = GOLDEN / case
    state = make_state(read_case(folder))
    lines = read_lines(folder)
    if through == "pyarrow":
        lines = pytest.importorskip("pyarrow").table(lines)
    elif through == "polars":
        lines = pytest.importorskip("polars").DataFrame(lines)
    elif through == "pandas":
        pandas = pytest.importorskip("pandas")
        pyarrow = pytest.importorskip("pyarrow")
        lines = pyarrow.table(lines).to_pandas(types_mapper=pandas.ArrowDtype)
    state.update(lines)
    assert state.serialize() == (folder / "state.bin").read_bytes()
    result = state.finish(frame="table")
    for table in TABLES:
        rows = getattr(result, table)()
        assert constellation.write_csv(rows) == (folder / f"{table}.csv").read_bytes(), table


@pytest.mark.parametrize("read_only", [True, False])
def test_the_golden_network_answers_with_the_bytes_of_c(tmp_path, read_only):
    shutil.copytree(GOLDEN / "network" / "store", tmp_path / "net")
    answers = {}
    with constellation.Network.open(tmp_path / "net", read_only=read_only, must_exist=True) as net:
        for noun in constellation.nouns():
            answers[noun] = net.scan(noun, lines=noun in ("order", "shipment"), frame="table")
        answers["order_past"] = net.scan("order", lines=True, as_of="2024-02-05", frame="table")
        answers["changes"] = net.changes(frame="table").rows
        answers["dual_pairs"] = net.dual_pairs("2024-06-01", frame="table")
        answers["effective_events"], answers["conflicts"], _ = net.effective_events(frame="table")
        rate = net.perfect_order_rate({"components": "TF"}, as_of="2024-03-01", by=["channel"])
        answers["rates"] = rate.rates(frame="table")
        written = {name: constellation.write_csv(rows) for name, rows in answers.items()}
    expected = {path.stem: path.read_bytes() for path in (GOLDEN / "network" / "answers").glob("*.csv")}
    assert sorted(written) == sorted(expected)
    for name in expected:
        assert written[name] == expected[name], name
