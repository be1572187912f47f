#!/usr/bin/env python3
"""Write the seeds of fuzz_sealed and fuzz_rules, states, models and rules as this library writes them, and those of
fuzz_partner and fuzz_signal, which are rows of CSV behind bytes of options, and those of fuzz_event_proof, fuzz_psi and fuzz_term.

usage: make_seeds.py            (CONSTELLATION_LIBRARY names the library; PYTHONPATH has bindings/python)

A change of a format makes the old seeds refused, and the target shallow: tests of the Python package read them.
"""
import datetime
import hashlib
import json
import pathlib

import constellation as cstn
from constellation.agreements import Agreement, AgreementStore, Body, Transition
from constellation.negotiations import Message, Negotiation, PartyKeys
from constellation.receipts import Receipt, Waiver
from constellation import data_value, event_proofs, ledger, privacy
from constellation.terms import Term, TermSet

HERE = pathlib.Path(__file__).resolve().parent
DAY = datetime.date(2024, 10, 1)
#: In the order of the table in fuzz_sealed.c.
KINDS = ["purchases", "rfm", "value_state", "customer_value", "kmeans", "prototypes", "stage_summary", "cost_to_serve",
         "loyalty", "journeys", "retention", "contracts", "interactions", "kmeans_pass", "perfect_order",
         "stage_history", "stage_state", "kmeans_cells", "demand_global",
         "demand_model", "value_added", "demand_global_state", "signal_model", "privacy_budget", "difference_guard",
         "value_ledger"]
#: The envelope has this before the body, the digest of the configuration among it, and this behind it.
HEAD, DIGEST, TAIL = 56, slice(16, 48), 8
#: What the second byte of a seed says is put right before it is read.
NOTHING, ENVELOPE, DIGEST_TOO = 0, 1, 2


def day(n):
    return DAY + datetime.timedelta(days=n)


def purchases():
    for customers in ([1, 1, 2, 3], ["ann", "ann", "bob", "cleo"]):
        state = cstn.Purchases()
        state.update({"customer": customers, "day": [day(0), day(9), day(3), day(40)], "value": [500, 700, -30, 1]})
        yield state
    yield cstn.Purchases()


def rfm():
    rows = {"recency": [1, 40, 3, 90, 7], "frequency": [9, 1, 4, 2, 2], "monetary": [90.5, 5, 20, 9, 7]}
    for options in ({}, {"rules": "abc-xyz"}):
        yield cstn.RFM(**options).fit(rows)


VALUES = {"x": [0, 0, 1, 2, 5, 0, 3, 7], "tx": [0.0, 0.0, 1.7, 30.4, 29.0, 0.0, 12.0, 34.0],
          "T": [39.0, 38.0, 39.0, 38.0, 39.0, 30.0, 35.0, 36.0],
          "spend": [0.0, 0.0, 11.8, 22.3, 40.0, 0.0, 15.0, 90.0]}


def value_state():
    for name in ("bgnbd", "pnbd"):
        yield cstn.CustomerValue(name).partial_fit(VALUES)._state
    yield cstn.GammaGamma().partial_fit(VALUES)._state


def customer_value():
    yield cstn.CustomerValue("bgnbd").set_parameters(r=0.24, alpha=4.4, a=0.79, b=2.4)
    for name in ("mbgnbd", "pnbd", "nbd"):
        yield cstn.CustomerValue(name).fit(VALUES)
    yield cstn.GammaGamma().fit(VALUES)


POINTS = {"x": [0.0, 0.5, 40.0, 41.0, 0.1, 39.5], "y": [0.0, 1.0, 0.5, 0.0, 40.0, 41.0]}


def kmeans():
    yield cstn.KMeans(2).fit(POINTS)
    yield cstn.KMeans(3, n_init=1).fit({"x": POINTS["x"]})


def prototypes():
    rows = {**POINTS, "city": ["a", "a", "b", "b", "c", "c"]}
    yield cstn.KPrototypes(2).fit(rows)


def replayed():
    events = {"customer": ["a", "a", "a", "b"], "event_id": ["1", "2", "3", "4"],
              "kind": ["ORDER", "EXIT_THREAT", "PLAN_PROMISED", "ORDER"],
              "valid": [datetime.datetime(2024, 1, n, tzinfo=datetime.timezone.utc) for n in (1, 10, 12, 3)]}
    for ids in (["a", "a", "a", "b"], [7, 7, 7, 8]):
        replay = cstn.StageReplay(as_of=datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc))
        yield replay.fit({**events, "customer": ids}).history_


def stage_history():
    return replayed()


def stage_summary():
    yield next(replayed()).summary()


def cost_to_serve():
    state = cstn.CostToServe("EUR")
    state.update({"customer": ["ann", "bob", "ann"], "segment": ["A", "B", "A"], "orders": [1, 2, 3],
                  "kg_km": [100, 50, 7], "revenue": [9000, 5000, 2000], "margin": [3000, 900, 400]})
    yield state


def loyalty():
    state = cstn.LoyaltyState("EUR")
    state.update("evidence", {"customer": ["a", "a", "b"], "source": ["REFERRAL", "NPS_ANSWER", "PANEL"],
                              "valid": [day(0), day(1), day(2)], "number": [None, 9, None],
                              "occasions": [None, None, 4], "first": [None, None, 3]})
    state.update("purchases", {"customer": ["a", "a"], "item": ["p", "p"], "amount": [100, 101], "quantity": [1, 1],
                               "valid": [day(0), day(30)]})
    yield state


def journeys():
    definition = cstn.JourneyDefinition.of(["order", "deliver"], gap=10)
    for settled in (False, True):
        state = cstn.Journeys(definition, "2024-12-31")
        state.update({"customer": ["a", "a", "b"], "step": ["deliver", "order", "order"],
                      "valid": [day(3), day(0), day(5)]})
        if settled:
            state.settle()
        yield state


def retention():
    state = cstn.Retention()
    state.update({"customer": [1, 1, 2, 2], "day": [day(0), day(60), day(3), day(200)], "value": [500, 700, 300, 10]})
    yield state


def contracts():
    state = cstn.Contracts()
    state.update({"start_day": [day(0), day(10), day(30)], "end_day": [day(100), None, day(60)]})
    yield state


def interactions():
    rows = {"event_id": [3, 1, 2], "customer": ["a", "b", "a"], "kind": ["ORDER_FAILED", "NPS_ANSWER", "COMPLAINT"],
            "valid": [day(3), day(2), day(2)], "order_id": ["O1", None, "O1"], "reason": ["late", None, "late"],
            "number": [None, 10, None], "carrier": ["DHL", None, "UPS"], "segment": ["gold", None, None]}
    for ids in ([3, 1, 2], ["c", "a", "b"]):
        state = cstn.Interactions()
        state.update({**rows, "event_id": ids})
        yield state
    yield cstn.Interactions()


def kmeans_pass():
    for columns in (POINTS, {"x": POINTS["x"]}):
        model = cstn.KMeans(2, max_iter=1).fit(columns)
        yield cstn.KMeansPass(model).update(columns)
    yield cstn.KMeansPass(model)


def kmeans_cells():
    sample = cstn.KMeans(1).fit(POINTS)
    yield cstn.KMeansCells(sample).update(POINTS)
    yield cstn.KMeansCells(sample, max_cells=2).update(POINTS)
    yield cstn.KMeansCells(sample)


def perfect_order():
    lines = {"order_id": [1, 1, 2, 3], "promised": [day(2)] * 4, "delivered": [day(1), day(3), day(2), None],
             "qty": [1, 2, 3, 4], "qty_delivered": [1, 2, 2, 4], "carrier": ["DHL", "DHL", "UPS", None]}
    for policy, by in (("", ()), ("components=T", ("carrier", "month(due)"))):
        yield cstn.PerfectOrderState(policy, as_of=day(30), by=by).update(lines)


def stage_state():
    rows = {"customer": ["a", "a", "a", "a", "b", "b"], "event_id": ["1", "2", "3", "4", "1", "1"],
            "kind": ["ORDER", "ORDER_FAILED", "TICKET_OPENED", "DUE_DAY", "ORDER", "REFERRAL"],
            "valid": [day(0), day(2), day(3), day(20), day(1), day(2)], "weight_milli": [None, 2500, None, None, None, None],
            "reference": [None, None, "t", None, None, None], "due": [None, None, None, day(40), None, None]}
    for ids in (["1", "2", "3", "4", "1", "2"], [5, 4, 3, 2, 1, 0]):
        for settled in (False, True):
            state = cstn.StageState()
            state.update({**rows, "event_id": ids})
            yield state.settle(day(10)) if settled else state
    state = cstn.StageState()
    try:
        state.update(rows)  # the last two are in conflict
    except cstn.RowErrors:
        yield state


def demand_global():
    days = 130
    rows = {"unique_id": [name for name in "abc" for _ in range(days)], "ds": [*range(days)] * 3,
            "y": [float((n * 7) % 5 + n % 7) for n in range(3 * days)], "pool": [n // (2 * days) for n in range(3 * days)],
            "fair": [float(n % 9 == 0) for n in range(3 * days)]}
    for options in ({}, {"pool": "pool", "signals": {"fair": ["by_pool", "next"]}}):
        yield cstn.GlobalRidge(**options, season=7, horizon=7, origins=3).fit(rows)


def value_added():
    rows = {"ds": [1, 1, 2], "y": [10, 12, 9], "author": ["buyer", None, "seller"], "naive": [8, 12, None],
            "planner": [9, 13, 9], "planner_available_us": [1, 2, 2]}
    for ids in ([1, 2, 3], ["a", "b", "c"]):
        ledger = cstn.ValueAdded(["naive", "planner"], under_minor=5, over_minor=1)
        ledger.update({**rows, "unique_id": ids})
        yield ledger
    yield cstn.ValueAdded()


def demand_model():
    rows = {"unique_id": ["a"] * 60 + ["b"] * 60, "ds": [day(n) for n in range(60)] * 2,
            "y": [float(n % 7) for n in range(120)], "pool": ["p"] * 60 + ["q"] * 60, "fair": [n % 9 // 8 for n in range(120)]}
    for options in ({}, {"replay": 3, "calibrate": True, "gap": "zero"}):
        model = cstn.DemandModel("pool", ["fair"], **options).fit(rows)
        model.update_one("a", day(60), -3, pool="p", flags=4)
        model.update_one("b", day(60), 2, pool="q", flags=1, limit=2)
        yield model.model_
    yield cstn.DemandModel("pool", pace="months", season=1).fit(rows).model_
    yield cstn.DemandModel(season=2)._seen()


def signal_model():
    rows = {"unique_id": ["a"] * 20 + ["b"] * 20 + ["c"] * 20, "ds": [day(n) for n in range(20)] * 3,
            "y": [float(3 + n % 7) for n in range(60)], "pool": ["p"] * 40 + ["q"] * 20,
            "fair": [None if n % 17 == 0 else n % 5 // 4 for n in range(60)], "shut": [n % 19 // 18 for n in range(60)]}
    for options in ({"pool": "pool"}, {"linear": True, "use_season": False, "level": 0.0}):
        model = cstn.SignalModel({"fair": None, "shut": "closed"}, **options).fit(rows)
        yield model.learn_pools().model_
    yield cstn.SignalModel(season=2)._seen()


def config_length(sealed):
    """How much of the body is the configuration: what its digest is of; None if that is of something else."""
    body = sealed[HEAD:-TAIL]
    for length in range(len(body) + 1):
        if hashlib.sha256(body[:length]).digest() == sealed[DIGEST]:
            return length
    return None


def demand_global_state():
    days = 30
    rows = {"unique_id": [name for name in "abc" for _ in range(days)], "ds": [*range(days)] * 3,
            "y": [float((n * 7) % 5 + n % 7) for n in range(3 * days)], "pool": [n // (2 * days) for n in range(3 * days)]}
    for options, which in ({}, [0, 1]), ({"pool": "pool"}, [2]), ({"pool": "pool"}, []):
        state = cstn.GlobalRidgeState(cstn.GlobalRidge(**options, season=1, horizon=2, origins=2), rows)
        for one in which:
            state.update({name: column[one * days:(one + 1) * days] for name, column in rows.items()})
        yield state


def privacy_budget():
    for period in (None, datetime.timedelta(days=1)):
        budget = privacy.Budget(2, period=period)
        for recipient in ("zeta", "acme"):
            privacy.noisy_count({"who": [1, 2]}, budget, epsilon=1, recipient=recipient, data_set="rows", subject="who")
        yield budget


def difference_guard():
    yield privacy.DifferenceGuard("acme", "rows")
    guard = privacy.DifferenceGuard("acme", "rows")
    rows = {"n": [1] * 4 + [2] * 4, "firm": list("ABCDABCD")}
    assert privacy.aggregate(rows, ["n"], company="firm", k=2, guard=guard).cells.to_pylist()
    yield guard


def value_ledger():
    ledger_of = data_value.ValueLedger()
    yield ledger_of
    ledger_of = data_value.ValueLedger()
    ledger_of.release("ring", "acme", "zeta", "competitive", cost_minor=5, rows=3, level="noised")
    ledger_of.receipt("ring", "acme", "iota", "public", utility_minor=-7, at=9)
    yield ledger_of


def seeds():
    """Name and bytes of each seed of fuzz_sealed."""
    for number, name in enumerate(KINDS):
        for i, one in enumerate(globals()[name]()):
            sealed = one.serialize()
            config = config_length(sealed)
            if i == 0:
                yield f"{name}_{i}", bytes([number, NOTHING]) + sealed
            yield f"{name}_{i}_mended", bytes([number, ENVELOPE]) + sealed
            if config is not None:
                yield f"{name}_{i}_digest", bytes([number, DIGEST_TOO]) + config.to_bytes(2, "little") + sealed


#: The first byte of fuzz_partner: which call; and that rows have a cutoff in place of a horizon.
CALLS, ORDER, CUTOFF = {"compare": 0, "resolve": 1, "ledger": 2}, 3, 4


def partner():
    """Name and bytes of each seed of fuzz_partner."""
    options = bytes([0b11001110, 2, 2, 225, 50])
    for cutoff in (0, CUTOFF):
        def third(ds, h):
            return ds - h if cutoff else h

        past = [f"{item},{ds},{third(ds, 1 + ds % 9)},{10 + ds % 3},{11 + ds % 4},{9 + ds * 7 % 5},{pool},8,14,6,12,"
                f"0,{ds % 2},,,10,1,2,1" for item, pool in (("i", "p"), ("j", "q")) for ds in range(1, 9)]
        still_open = [f"i,20,{third(20, 2)},,14,7,p,13,15,6,8,1,0,12,3,,,,", f"l,21,{third(21, 5)},,1e308,-1e308,,,,,,,,,,,,,",
                      f"j,20,{third(20, 9)},,4,5,q,,,,,,,,,,,,", f"k,1,{third(1, 3)},,3,3,,,,,,,,,,,,,",
                      f"m,1,{third(1, 1)},1e300,-1e300,3,r,,,,,,,,,,,,", f"m,2,{third(2, 1)},,-1e300,1e300,r,,,,,,,,,,,,"]
        for name, call in CALLS.items():
            yield f"{name}_{cutoff}", bytes([call | cutoff]) + options + "\n".join(past + still_open).encode()
    periods = ["i,1,10,3,,1,5,6,12,100,1", "i,2,12,,4,0,,,,,", "i,3,0,1,,,,,,,", "i,4,9,400,,1,,,,,", "i,5,11,,,,,,,,",
               "j,1,1e-300,0,0,1,-3,1,0,,0", "j,2,1e7,1e3,,1,,,,,", "k,1,3,1,,,,0.5,,,2"]
    for lead, review in ((0, 0), (2, 3)):
        yield f"order_{lead}", bytes([ORDER, lead, review, 0x6b, 0xf7]) + "\n".join(periods).encode()


#: In the order of the table in fuzz_signal.c.
VALUE, PRICE, CROSS, PROMOTION, WEATHER, CLASS, INDEX, EVENT = range(1, 9)
#: What remains when 3 divides a byte that says how a signal is known; and what it says beside.
KNOWN, OBSERVED, ORDERS, ASSUMED, TOGETHER, LAG_2 = 0, 1, 2, 12, 18, 64


def signal():
    """Name and bytes of each seed of fuzz_signal."""
    rows = [f"s{n % 2},{n // 2},{n * 5 % 11},p" for n in range(36)]
    told = [f"{name},{key},{ds},{1 + ds * step % 5},{ds - 3}" for name, key, step in
            (("price", "p", 3), ("fair", "", 2), ("orders", "", 1)) for ds in range(21)]
    pages = "\n".join(rows).encode() + b"\f" + "\n".join(told).encode()
    kinds = [(KNOWN, PRICE, KNOWN, PROMOTION, ORDERS, 0), (ASSUMED, VALUE, KNOWN, EVENT, TOGETHER, CROSS),
             (LAG_2, WEATHER, ASSUMED, CLASS + 18, OBSERVED, PROMOTION), (KNOWN, INDEX, TOGETHER, VALUE, ORDERS, 0)]
    for i, declared in enumerate(kinds):
        yield f"value_{i}", bytes([0, 3 | 0b100, (2, 66, 2, 38)[i], *declared, 2, 230 * (i % 2)]) + pages
    wide = [f"s{n % 2},{n // 2},{n * 5 % 11 if n < 40 else ''},{n % 4},{n % 7 == 0:d},{n % 3 or ''}" for n in range(48)]
    for how in (0, 3, 3 | 0b1000, 2 | 0b100):
        yield f"regress_{how}", bytes([1, how, 3 | 2 << 3, 0, 1, 0]) + "\n".join(wide).encode()


#: The first byte of fuzz_event_proof: which call.
HASH, LINK, COMMIT, RECORD = range(4)
EPCIS_EVENT = (
    b'{"@context":{"x":"https://ns.example.com/"},"type":"ObjectEvent","eventTime":"2024-04-30T10:00:00.0005+02:00'
    b'","eventTimeZoneOffset":"+02:00","action":"OBSERVE","bizStep":"shipping","epcList":["urn:epc:id:sscc:4012345'
    b'.0000000002","https://a.example/01/4012345111118/10/L/21/S"],"quantityList":[{"epcClass":"urn:epc:idpat:sgti'
    b'n:4012345.044444.*","quantity":452.50,"uom":"KGM"}],"readPoint":{"id":"urn:epc:id:sgln:4012345.00005.0","x:a'
    b'":1},"sensorElementList":[{"sensorReport":[{"type":"Temperature","value":7.5},{"type":"gs1:Angle","value":-1'
    b'e-7}]}],"bizTransactionList":[{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:4012345000009:1"}],"x:b":['
    b'{"x:c":" 007.0 "},{"x:c":"x"}],"x:d":null,"rdfs:comment":"no"}'
)


def event_proof():
    """Name and bytes of each seed of fuzz_event_proof."""
    yield "hash", bytes([HASH]) + EPCIS_EVENT
    yield "commit", bytes([COMMIT]) + EPCIS_EVENT
    for i, uri in enumerate(["urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()", "urn:epc:id:itip:4012345.011111.01.02.987",
                             "urn:epc:id:cpi:0614141.11111111111111-A%23%2F.1234", "urn:epc:id:gdti:987659999999..9",
                             "urn:epc:id:giai:4012345.ABC345", "urn:epc:idpat:itip:4012345.012345.01.02.*",
                             "https://example.com/gtin/09780345418913/cpv/344/lot/1/ser/765tz?abc=211121#x",
                             "http://a.example/b/8010/0628165987/8011/9876"]):
        yield f"link_{i}", bytes([LINK]) + uri.encode()
    made = event_proofs.commit_epcis(EPCIS_EVENT, entropy=lambda size: b"\x05" * size)
    yield "record", bytes([RECORD]) + made.record.encode()
    yield "part", bytes([RECORD]) + event_proofs.redact(made.record, ["eventTime", "epcList", "readPoint"]).encode()


def psi():
    """Name and bytes of each seed of fuzz_psi: the byte that chooses, then a message or edits of a valid one."""
    head = b"CSTNPSI1" + bytes([1, 1, 1, 0]) + bytes(20) + b"\1" + bytes(31) + b"\4" + bytes(7) + b"gtin" + bytes(60)
    yield "head", bytes([0]) + head
    yield "elements", bytes([0]) + head + b"".join(bytes([2 * n]) + bytes(31) for n in range(16))
    for mode in (0, 2):
        for to in (0, 1):
            # As it is; a field of the head; an element; a token or none; cut short; another size.
            for i, edit in enumerate([b"", b"\0\x0c\1", b"\0\xa9\1", b"\2\xe0\4", b"\xff\xff\1", b"\0\x40\1"]):
                yield f"edit_{mode}_{to}_{i}", bytes([4 | mode | to]) + edit
    for i, edit in enumerate([b"", b"\0\0\1", b"\0\2\1", b"\0\x08\1", b"\0\x30\1", b"\xff\xff\5"]):
        yield f"cell_{i}", bytes([12]) + edit


def ledger_keys():
    """Signer and verifier of the log's owner and of a witness, as fuzz_keys.h makes them."""
    return [ledger.generate_key("fuzz.example", kind, seed=bytes([value]) * 32)
            for kind, value in (("sign", 1), ("witness", 4))]


def fuzz_log(n):
    log = ledger.Log("fuzz.example/log")
    log.extend([f"entry {i}" for i in range(n)])
    return log


def note():
    """Name and bytes of each seed of fuzz_note."""
    (signer, verifier), (witness, _) = ledger_keys()
    checkpoint = fuzz_log(5).checkpoint(signer)
    line = ledger.cosign(checkpoint, [verifier], witness, 1_700_000_000)
    yield "text", ledger.sign_note("If you think\ncryptography\n", signer).encode()
    yield "checkpoint", checkpoint.encode()
    yield "cosigned", (checkpoint + line).encode()
    # A signature of a key that nobody knows; and one that is too short.
    yield "unknown", (checkpoint + line.replace("fuzz.example", "else.example")).encode()
    yield "short", (checkpoint + "\u2014 fuzz.example AAAA\n").encode()


def checkpoint():
    """Name and bytes of each seed of fuzz_checkpoint."""
    body = ledger.format_checkpoint("fuzz.example/log", 20852163, bytes(range(32)))
    yield "plain", body.encode()
    yield "lines", (body + "one more\nand another\n").encode()
    yield "empty", ledger.format_checkpoint("e", 0, bytes(32)).encode()
    # Bytes above 127 that libsodium takes for letters.
    yield "above", body.replace("AAEC", "\u023eEC").encode()
    yield "large", ledger.format_checkpoint("\u00e9 \u2014", 2**64 - 1, b"\xff" * 32).encode()


def log_proof():
    """Name and bytes of each seed of fuzz_log_proof."""
    (signer, verifier), (witness, _) = ledger_keys()
    for n in (3, 300):
        log = fuzz_log(n)
        signed = log.checkpoint(signer)
        yield f"of_{n}", log.prove(2, signed).encode()
    yield "cosigned", log.prove(2, signed + ledger.cosign(signed, [verifier], witness, 5), b"for the reader").encode()
    yield "above", log.prove(2, signed).replace("\n\n", "\n", 1).replace("\nindex 2\n", "\nindex 2\nW\u0085").encode()
    yield "hashes", bytes([5, 0, 9, 0]) + b"".join(log.prove_inclusion(5, 9))


def term():
    """Name and bytes of each seed of fuzz_term."""
    least = Term(provider="a", recipient="b", constellation="c", fields=["order.qty"], purpose="planning",
                 actions=["read"], consideration=[{"kind": "explicit_none"}])
    rows = {"operand": "rows", "operator": "lteq", "type": "int64", "value": 10}
    full = Term(
        provider="a", recipient_roles=["buyer", "carrier"], constellation="c", fields=["order.*", "shipment[].eta"],
        purpose="planning", actions=["read", "derive", "give"], valid_from_us=0, valid_until_us=2**60,
        data_window={"data_from_us": -5, "max_age_us": 86400000000},
        granularity={"level": "generalised", "steps": [{"path": "order.qty", "step": 10}]},
        onward={"to": "list", "parties": ["d", "e"], "max_hops": 2}, retention={"max_us": 9, "then": "return", "proof": True},
        revocation={"by": "provider", "delivered": "destroy_key", "notice_us": 7},
        limits={"calls": 1, "rows": 2, "window_us": 3, "rows_in_all": 2**63 - 1, "nano_epsilon": 4, "period_us": 5},
        consideration=[
            {"kind": "money", "amount_minor": 5, "currency": "EUR", "due": "at", "due_us": 8, "grace_us": 1},
            {"kind": "reciprocal", "term": "ab" * 32, "min_completeness_permille": 9, "gate": "advise"},
            {"kind": "service", "service": "transport"}, {"kind": "discount", "basis_points": 50}],
        duties=[{"phase": "before", "action": "pay", "consequence": {"phase": "after", "action": "delete"}}],
        constraint={"and": [rows, {"not": {"xone": [rows, {"operand": "role", "operator": "isAnyOf", "type": "id",
                                                           "value": ["buyer"]}]}}]},
        legal_basis="contract", legal_text=[{"title": "T", "sha256": "11" * 32}], dual_pair_acknowledged=True,
        proof_of_content=True, small_kind_acknowledged=True)
    cells = least.replace(granularity={"level": "aggregated", "k": 3}, effect="prohibit")
    for name, made in (("least", least), ("full", full), ("cells", cells),
                       ("noised", least.replace(granularity={"level": "noised", "sensitivity": 1, "nano_epsilon": 2}))):
        yield name, made.json.encode()
    yield "set", TermSet([least, full, cells]).json.encode()
    yield "loose", full.json.replace(",", " ,\n").encode()


#: The first byte of fuzz_constraint: which call.
CONSTRAINT, POLICY = range(2)


def constraint():
    """Name and bytes of each seed of fuzz_constraint."""
    count = {"operand": "count", "operator": "lteq", "type": "int64", "value": 10}
    price = {"operand": "price", "operator": "gt", "type": "decimal", "value": "9.50"}
    until = {"operand": "until", "operator": "lt", "type": "instant", "value": 5}
    lane = {"operand": "lane", "operator": "isAnyOf", "type": "id", "value": ["north", "south"]}
    groups = {"operand": "groups", "operator": "isAllOf", "type": "idSet", "value": ["a", "b"]}
    purpose = {"operand": "purpose", "operator": "isPartOf", "type": "id", "value": ["planning"]}
    windows = {"or": [{"and": [{**until, "operator": "gteq", "value": 10 * n}, {**until, "value": 10 * n + 5}]}
                      for n in range(9)]}
    trees = {"leaf": count, "and": {"and": [count, price, until]}, "not": {"not": {"or": [lane, groups]}},
             "xone": {"xone": [count, lane, purpose]}, "windows": windows}
    for name, tree in trees.items():
        yield name, bytes([CONSTRAINT]) + json.dumps(tree, separators=(",", ":"), sort_keys=True).encode()
    odrl = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:x:1", "permission": [{
        "target": "urn:x:data", "action": "use", "assignee": "urn:x:beta", "constraint": [
            {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2027-01-01T00:00:00Z"},
            {"or": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "planning"},
                    {"leftOperand": "count", "operator": "lteq", "rightOperand": "10"}]}],
        "duty": [{"action": "attribute"}]}], "prohibition": [{"target": "urn:x:data", "action": "sell"}]}
    yield "odrl", bytes([POLICY]) + json.dumps(odrl).encode()
    odrl["permission"][0]["constraint"][1] = {"andSequence": []}
    yield "odrl_refused", bytes([POLICY]) + json.dumps(odrl).encode()


def agreement():
    """Name and bytes of each seed of fuzz_agreement; the first byte says what it is."""
    keys, signers = PartyKeys(), {}
    for i, party in enumerate(("a", "b")):
        signers[party], verifier = ledger.generate_key(party, seed=bytes([i]) * 32)
        keys.add(party, verifier)
    said = Message("offer", "provider", "n", bytes(16), b"\5" * 32, -5, reason="r")
    state = Negotiation("n", provider="a", recipient="b", constellation="c").apply(said)
    body = Body("a", "b", "c", b"\5" * 32, made_us=10, valid_from_us=100, notice_us=50, condition="over")
    made = Agreement.open(ledger.sign_note(body.format(), *signers.values()), keys)
    for act in (Transition("suspend", "recipient", 150, "dispute"), Transition("resume", "recipient", 160, "dispute"),
                Transition("retire", "provider", 170, effective_us=220)):
        drafted = made.draft(act)
        made = made.apply(drafted.sign(signers["a" if act.actor == "provider" else "b"]), keys)
    store = AgreementStore()
    store.put(made, 0)
    done = Receipt("deleted", "b", 7, b"\1" * 32, b"\2" * 32, None, "d")
    for which, (name, text) in enumerate((
            ("message", said.format().encode()), ("transition", drafted.format().encode()),
            ("receipt", done.format().encode()), ("negotiation", state.serialize()), ("agreement", made.serialize()),
            ("store", store.serialize()),
            ("waiver", Waiver("a", 7, b"\1" * 32, b"\2" * 32, 3, b"\4" * 32, 5, "d").format().encode()))):
        yield name, bytes([which]) + text


def main():
    for target in (agreement, partner, signal, event_proof, note, checkpoint, log_proof, psi, term, constraint):
        folder = HERE / "seeds" / target.__name__
        folder.mkdir(exist_ok=True)
        for name, seed in target():
            (folder / name).write_bytes(seed)
    for name, seed in seeds():
        (HERE / "seeds" / "sealed" / name).write_bytes(seed)
    rules = HERE / "seeds" / "rules"
    (rules / "stages").write_text(cstn.StagePolicy().text)
    (rules / "journey").write_text(cstn.JourneyDefinition.of(["order", "deliver"], gap=10).text)


if __name__ == "__main__":
    main()
