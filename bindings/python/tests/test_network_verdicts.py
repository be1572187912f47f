"""Networks: orders with their verdicts, scanned and kept."""

import pytest

import constellation as cstn
from constellation import Network
from constellation.errors import InvalidArgumentError
from network_rows import AS_OF, RECORDED, at, lines


def test_orders_come_with_the_verdicts_that_the_rate_counts(net: Network) -> None:
    net.import_("order", lines(40), recorded=RECORDED)
    table = net.order_verdicts(
        "components=T", as_of=AS_OF, columns=["order_id"], frame="table"
    ).to_pydict()
    assert list(table) == [
        "order_id", "verdict", "pattern", "reason", "provisional", "first_failed", "cause", "owner",
    ]
    rate = net.perfect_order_rate("components=T", as_of=AS_OF).rate()
    assert table["verdict"].count("perfect") == rate.numerator
    assert table["verdict"].count("failed") == rate.denominator - rate.numerator > 0
    assert set(table["pattern"]) == {"perfect", "T"}
    assert [p == "T" for p in table["pattern"]] == [f == "T" for f in table["first_failed"]]
    # within 30 days of the deliveries
    assert all(table["provisional"]) and set(table["reason"]) == {None}


def test_verdicts_and_components_choose_orders(net: Network) -> None:
    net.import_("order", lines(40), recorded=RECORDED)
    every = net.order_verdicts("components=T", as_of=AS_OF, columns=["order_id"]).to_pydict()
    failed = net.order_verdicts(
        "components=T", as_of=AS_OF, columns=["order_id"], verdicts="failed"
    ).to_pydict()
    assert len(failed["order_id"]) == every["verdict"].count("failed") > 0
    assert failed == net.order_verdicts(
        "components=T", as_of=AS_OF, columns=["order_id"], failed="T"
    ).to_pydict()
    none = net.order_verdicts("components=T", as_of=AS_OF, verdicts=["pending", "excluded"])
    assert none.to_pydict()["verdict"] == []
    with pytest.raises(InvalidArgumentError, match="verdict 'late' is not one of perfect, failed"):
        net.order_verdicts(as_of=AS_OF, verdicts="late")
    with pytest.raises(InvalidArgumentError, match="component 'X' is not one of T, F, D, C"):
        net.order_verdicts(as_of=AS_OF, failed="TX")


def test_kept_verdicts_change_no_answer(tmp_path) -> None:
    with Network.open(tmp_path / "net") as net:
        for partner in ("acme", "bolt", "cargo"):
            net.put("partner", partner_id=partner, recorded=at(1))
        net.import_("order", lines(40), recorded=RECORDED)
        net.checkpoint()
        before = net.order_verdicts("components=T", as_of=AS_OF).to_pydict()
        assert net.info().n_kept == 0
        assert net.keep_order_verdicts("components=T", as_of=AS_OF) == (1, 0, 0)
        assert net.keep_order_verdicts("components=T", as_of=AS_OF) == (0, 1, 0)
        assert net.info().n_kept == 1 and net.info().kept_bytes > 0
        assert net.order_verdicts("components=T", as_of=AS_OF).to_pydict() == before
        for path in (tmp_path / "net").glob("drv-*"):
            path.write_bytes(b"\0" * path.stat().st_size)
    with Network.open(tmp_path / "net", read_only=True) as net:
        assert net.order_verdicts("components=T", as_of=AS_OF).to_pydict() == before
        assert net.info().n_kept_useless == 1
        with pytest.raises(cstn.errors.ReadOnlyError):
            net.keep_order_verdicts("components=T", as_of=AS_OF)


def test_verdicts_under_zones_of_places_are_not_kept(tmp_path) -> None:
    with Network.open(tmp_path / "net") as net:
        with pytest.raises(cstn.errors.NotSupportedError, match="zone=ship_to"):
            net.keep_order_verdicts("zone=ship_to", as_of=AS_OF)
