"""Networks: the perfect-order rate of what they hold."""

import pytest

import constellation as cstn
from constellation import Network
from constellation.errors import SchemaError
from network_rows import AS_OF, RECORDED, at, lines


@pytest.mark.parametrize("policy", ["components=T", "components=T level=line"])
@pytest.mark.parametrize("by", [(), ["buyer"], ["buyer", "carrier", "month(due)"]])
def test_the_rate_is_that_of_the_same_lines_in_a_frame(orders: Network, policy, by) -> None:
    ours = orders.perfect_order_rate(policy, as_of=AS_OF, by=by, frame="table")
    frame = cstn.perfect_order_rate(lines(), policy, as_of=AS_OF, by=by, frame="table")
    assert ours.rates().to_pylist() == frame.rates().to_pylist()
    assert ours.rate().denominator in (3, 6)


def test_the_rate_looks_at_the_orders_that_are_asked_for(orders: Network) -> None:
    some = orders.perfect_order_rate("components=T", as_of=AS_OF, where=("buyer", "bolt"))
    assert some.rate().denominator == 2
    assert orders.perfect_order_rate("components=T", as_of=at(9)).rate().denominator == 0
    snapshot = orders.snapshot()
    orders.delete("order", "O-0", at(12))
    assert snapshot.perfect_order_rate("components=T", as_of=AS_OF).rate().denominator == 3
    assert orders.perfect_order_rate("components=T", as_of=AS_OF).rate().denominator == 2


def test_a_dimension_that_orders_do_not_have_is_told(orders: Network) -> None:
    with pytest.raises(SchemaError, match="'carier' is absent"):
        orders.perfect_order_rate("components=T", as_of=AS_OF, by="carier")


def test_the_rate_at_level_shipment_needs_no_order_of_lines(net: Network) -> None:
    rows = [{**row, "shipment_id": f"S-{i % 2}"} for i, row in enumerate(lines())]
    net.import_("order", rows, recorded=RECORDED)
    result = net.perfect_order_rate("components=T level=shipment", as_of=AS_OF)
    assert result.rate().denominator == 2
