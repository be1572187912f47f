"""Happy and loyal through Python: verdicts against a second implementation, shares against pandas,
merging, bad input, plots; occasions, shares and the net promoter score by themselves."""

import datetime as dt
import math
import pickle
import random
from collections import defaultdict

import pytest

import constellation as cstn
from constellation.errors import InvalidArgumentError, NotFoundError, RowErrors, StateError
from constellation.loyalty import verdict_and

DAY = dt.date(2024, 12, 31)


def ago(days):
    return DAY - dt.timedelta(days=days)


# --- rows, a function of the seed alone -----------------------------------------------------------


def random_rows(seed, customers=120):
    draw = random.Random(seed)
    evidence, purchases, attributes = [], [], []
    kinds = ["PRICE_INCREASE_REFUSED", "PAYS_STATED", "REFERRAL", "REFERENCE", "RECOMMENDATION",
             "REVIEW", "OUTREACH", "NPS_ANSWER", "FIRST_CHOICE", "NOT_FIRST_CHOICE",
             "QUOTE_REQUEST", "UNCOMPARED_ORDER", "WALLET_SHARE", "PANEL", "ORDER", "COMPLAINT"]
    for who in range(customers):
        for _ in range(draw.randrange(8)):
            kind = draw.choice(kinds)
            row = dict.fromkeys(("number", "scale_max", "public", "occasions", "first", "expires"))
            row.update(customer=who, valid=ago(draw.randrange(-30, 800)), source=kind)
            if kind in ("PAYS_STATED", "OUTREACH", "RECOMMENDATION"):
                row["number"] = draw.randrange(2)
            elif kind == "REVIEW":
                row.update(scale_max=draw.choice((5, 10)), public=draw.random() < 0.8)
                row["number"] = draw.randrange(row["scale_max"] + 1)
            elif kind == "NPS_ANSWER":
                row["number"] = draw.randrange(11)
            elif kind in ("QUOTE_REQUEST", "UNCOMPARED_ORDER", "WALLET_SHARE", "PANEL"):
                row["occasions"] = draw.randrange(1, 5)
                row["first"] = row["occasions"] - (draw.random() < 0.3)
            if draw.random() < 0.2:
                row["expires"] = row["valid"] + dt.timedelta(days=draw.randrange(1, 600))
            evidence.append(row)
        step, jitter = draw.choice((20, 30, 45)), draw.choice((0, 3, 20))
        for n in range(draw.randrange(20)):
            day = ago(draw.randrange(-jitter, jitter + 1) + n * step)
            for item in draw.sample("pqrst", 4):
                quantity = draw.choice((1, 2, 3, 3, -1))
                amount = quantity * draw.randrange(98, 103)
                purchases.append(
                    dict(customer=who, item=item, amount=amount, quantity=quantity, valid=day))
        attributes.append(
            dict(customer=who, segment=draw.choice(("A", "B", None)),
                 stage=draw.choice(("COMMIT", "CRISIS")), margin=draw.randrange(-500, 3000)))
    for rows in (evidence, purchases, attributes):
        draw.shuffle(rows)
    return evidence, purchases, attributes


def columns(rows):
    import pyarrow

    return pyarrow.Table.from_pylist(rows)


def fitted(rows, **params):
    evidence, purchases, attributes = map(columns, rows)
    return cstn.Loyalty(DAY, **params).fit(evidence, purchases=purchases, customers=attributes)


# --- the second implementation --------------------------------------------------------------------


class Oracle:
    """Plain and slow: the definitions, row by row."""

    def __init__(self, rows, as_of=DAY):
        self.as_of = as_of
        self.said, self.bought = defaultdict(list), defaultdict(list)
        for row in rows[0]:
            self.said[row["customer"]].append(row)
        for row in rows[1]:
            self.bought[row["customer"]].append(row)

    def in_force(self, who, *kinds, forever=False):
        for row in self.said[who]:
            end = row["expires"]
            if end is None:
                end = dt.date.max if forever else row["valid"] + dt.timedelta(days=365)
            if row["source"] in kinds and row["valid"] <= self.as_of < end:
                yield row

    def pays(self, who):
        if any(self.in_force(who, "PRICE_INCREASE_REFUSED")):
            return "no"
        split = self.as_of - dt.timedelta(days=365)
        windows = [defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])]
        last = {}
        for row in self.bought[who]:
            if split - dt.timedelta(days=365) < row["valid"] <= self.as_of:
                later = row["valid"] > split
                windows[later][row["item"]][0] += row["quantity"]
                windows[later][row["item"]][1] += row["amount"]
        both = [item for item in windows[0] if item in windows[1]
                and min(*windows[0][item], *windows[1][item]) > 0]
        net = defaultdict(int)
        for row in self.bought[who]:
            net[row["item"], row["valid"]] += row["quantity"]
        for (item, day), quantity in net.items():
            if item in both and split < day <= self.as_of and quantity > 0:
                last[item] = max(day, last.get(item, day))
        if len(both) >= 3 and max(last.values()) + dt.timedelta(days=365) > self.as_of:
            then = sum(windows[0][item][1] for item in both)
            now = sum(windows[0][i][0] * windows[1][i][1] / windows[1][i][0] for i in both)
            more = sum(windows[0][i][1] * windows[1][i][0] / windows[0][i][0] for i in both)
            if now / then >= 0.995:
                return "yes" if more / then >= 0.9 else "no"
        stated = [(row["valid"], -row["number"]) for row in self.in_force(who, "PAYS_STATED")]
        return ("no" if max(stated)[1] == 0 else "yes") if stated else "unknown"

    def tells(self, who):
        acts = [(row["valid"], "yes") for row in self.in_force(who, "REFERRAL", "REFERENCE")]
        acts += [(row["valid"], "yes") for row in self.in_force(who, "RECOMMENDATION")
                 if row["number"] == 1]
        for row in self.in_force(who, "REVIEW"):
            share = row["number"] / row["scale_max"]
            if row["public"] and share >= 0.8:
                acts.append((row["valid"], "yes"))
            elif row["public"] and share <= 0.4:
                acts.append((row["valid"], "no"))
        if acts:
            latest = max(day for day, _ in acts)
            return "no" if (latest, "no") in acts else "yes"
        asked = [row["number"] for row in self.in_force(who, "OUTREACH")]
        return "no" if asked and not any(asked) else "unknown"

    def loyal(self, who):
        kinds = (("FIRST_CHOICE", "NOT_FIRST_CHOICE", "QUOTE_REQUEST"), ("UNCOMPARED_ORDER",),
                 ("WALLET_SHARE",), ("PANEL",))
        for group in kinds:
            n = first = 0
            for row in self.in_force(who, *group, forever=True):
                n += row["occasions"] or 1
                first += {"FIRST_CHOICE": 1, "NOT_FIRST_CHOICE": 0}.get(row["source"], row["first"])
            if first < n:
                return "no"
            if n >= 3:
                return "yes"
        return "unknown"

    def days(self, who):
        net = defaultdict(int)
        for row in self.bought[who]:
            net[row["item"], row["valid"]] += row["quantity"]
        days = {day for (_, day), quantity in net.items() if quantity > 0}
        days |= {row["valid"] for row in self.said[who] if row["source"] == "ORDER"}
        start = self.as_of - dt.timedelta(days=365)
        return sorted(day for day in days if start < day <= self.as_of)

    def habitual(self, who):
        days = self.days(who)
        gaps = [(b - a).days for a, b in zip(days, days[1:])]
        if len(gaps) < 3:
            return "unknown"
        ordered = sorted(gaps)
        median = (ordered[len(gaps) // 2] + ordered[(len(gaps) - 1) // 2]) / 2
        spread = math.log(sum(gaps) / len(gaps)) - sum(map(math.log, gaps)) / len(gaps)
        regular = spread <= math.log(2) - (1 - 0.5772156649015329)  # ln k - psi(k) at k = 2
        longest = max(*gaps, (self.as_of - days[-1]).days)
        return "yes" if regular and longest < 2 * median else "no"

    def verdicts(self, who):
        pays, tells = self.pays(who), self.tells(who)
        return {"happy": verdict_and(pays, tells), "loyal": self.loyal(who),
                "habitual": self.habitual(who), "pays": pays, "tells": tells}


@pytest.mark.parametrize("seed", range(4))
def test_verdicts_are_those_of_a_second_implementation(seed) -> None:
    rows = random_rows(seed)
    oracle, seen = Oracle(rows), defaultdict(set)
    for row in fitted(rows).predict(frame="table").to_pylist():
        expected = oracle.verdicts(row["customer"])
        assert {name: row[name] for name in expected} == expected, row
        assert row["ordered"] == bool(oracle.days(row["customer"])), row
        for name, verdict in expected.items():
            seen[name].add(verdict)
    assert all(found == {"yes", "no", "unknown"} for found in seen.values()), seen


def test_shares_are_those_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    rows = random_rows(7)
    loyalty = fitted(rows)
    frame = loyalty.predict(frame="pandas")
    frame = frame[frame["ordered"].astype(bool)]
    shares = loyalty.shares("pandas")
    for _, share in shares[shares["by"] == "all"].iterrows():
        name = share["verdict"]
        counts = frame[name].value_counts()
        yes, no, n = counts.get("yes", 0), counts.get("no", 0), len(frame)
        assert (share["yes"], share["no"], share["customers"]) == (yes, no, n)
        assert share["lower"] == pytest.approx(yes / n)
        assert share["upper"] == pytest.approx((n - no) / n)
        by = frame.assign(segment=frame["segment"].fillna("(none)")).groupby("segment")[name]
        known = by.agg(lambda v: (v != "unknown").sum())
        if (known == 0).any():
            assert pandas.isna(share["post_stratified"])
            assert set(share["strata_unknown"].split(",")) == set(known[known == 0].index)
        else:
            weights = by.size() / n
            rate = by.agg(lambda v: (v == "yes").sum()) / known
            assert share["post_stratified"] == pytest.approx((weights * rate).sum())
        good = frame[frame["margin"] >= 0]
        margin = good["margin"].sum()
        assert share["margin"] == margin
        assert share["margin_lower"] == pytest.approx(
            good.loc[good[name] == "yes", "margin"].sum() / margin)
        assert share["negative_margin"] == frame.loc[frame["margin"] < 0, "margin"].sum()
    cells = loyalty.verdicts_.cells("pandas")
    both = cells[cells["by"] == "segment_stage"]
    for (happy, loyal), group in frame.groupby(["happy", "loyal"]):
        mask = (both["happy"] == happy) & (both["loyal"] == loyal)
        assert both.loc[mask, "customers"].sum() == len(group)


def test_flows_are_those_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    loyalty = fitted(random_rows(3))
    before, after = loyalty.verdicts(ago(120)), loyalty.verdicts(DAY)
    flows = before.flows(after, "pandas")
    sides = []
    for verdicts in (before, after):
        frame = verdicts.customers("pandas")
        frame = frame[frame["ordered"].astype(bool)].set_index("customer")
        sides.append(frame["happy"] + "/" + frame["loyal"])
    joined = pandas.concat(sides, axis=1, keys=("before", "after"))
    table = pandas.crosstab(joined["before"].fillna("-"), joined["after"].fillna("-"))
    assert flows["customers"].sum() == len(joined)
    for _, row in flows.iterrows():
        start = "-" if pandas.isna(row["from_happy"]) else f"{row['from_happy']}/{row['from_loyal']}"
        end = "-" if pandas.isna(row["to_happy"]) else f"{row['to_happy']}/{row['to_loyal']}"
        expected = table.loc[start, end] if start in table.index and end in table else 0
        assert row["customers"] == expected


def test_parts_in_any_order_give_the_same_bytes() -> None:
    rows = random_rows(11)
    whole = fitted(rows)
    halves = [[part[i::2] for part in rows] for i in range(2)]
    back = fitted(halves[1]).merge(fitted(halves[0]))
    assert back.state_.serialize() == whole.state_.serialize()
    for part in halves[0]:
        part.reverse()
    again = fitted(halves[0])
    again.partial_fit(columns(halves[1][0]), purchases=columns(halves[1][1]))
    again.partial_fit(customers=columns(halves[1][2]))
    assert again.state_.serialize() == whole.state_.serialize()
    assert pickle.loads(pickle.dumps(whole)).predict(frame="table").to_pylist() == whole.predict(
        frame="table").to_pylist()


def test_explaining_says_which_evidence_decided() -> None:
    loyalty = fitted([
        [dict(customer=1, valid=ago(10), source="REVIEW", number=1, public=True, scale_max=5,
              occasions=None, first=None, expires=None)],
        [dict(customer=1, item="x", valid=ago(5), quantity=1, amount=5)],
        [dict(customer=1, segment="A", stage=None, margin=1)]])
    assert "tells: no by REVIEW 1 of 5 of 2024-12-21" in loyalty.explain(1)
    with pytest.raises(NotFoundError, match="'2'"):
        loyalty.explain(2)


def test_bad_rows_are_told_and_the_rest_is_in() -> None:
    rows = {"customer": ["a", "b"], "valid": [DAY, DAY], "source": ["RUMOUR", "REFERRAL"]}
    loyalty = cstn.Loyalty(DAY)
    with pytest.raises(RowErrors) as caught:
        loyalty.fit(rows)
    assert (caught.value.rows[0].row, caught.value.rows[0].field) == (0, "source")
    assert loyalty.predict().to_pylist()[0]["tells"] == "yes"
    with pytest.raises(InvalidArgumentError, match="rumours"):
        loyalty.state_.update("rumours", rows)


def test_parameters_are_those_of_an_estimator() -> None:
    loyalty = cstn.Loyalty(DAY, min_occasions=2)
    assert loyalty.get_params()["min_occasions"] == 2
    occasions = {"customer": ["a"], "valid": [DAY], "source": ["PANEL"], "occasions": [2],
                 "first": [2]}
    assert loyalty.fit(occasions).predict().to_pylist()[0]["loyal"] == "yes"
    assert loyalty.set_params(min_occasions=3).predict().to_pylist()[0]["loyal"] == "unknown"
    with pytest.raises(InvalidArgumentError, match="colour"):
        loyalty.set_params(colour=1)
    with pytest.raises(StateError, match="not fitted"):
        cstn.Loyalty(DAY).predict()
    with pytest.raises(InvalidArgumentError, match="as_of"):
        cstn.Loyalty().fit(occasions).predict()
    with pytest.raises(InvalidArgumentError, match="answers"):
        cstn.Loyalty(DAY, answers="some").fit(occasions).predict()


def test_scikit_learn_clones_it() -> None:
    base = pytest.importorskip("sklearn.base")
    made = base.clone(cstn.Loyalty(DAY, min_items=2))
    assert made.get_params()["min_items"] == 2


def test_cells_and_flows_are_drawn() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    loyalty = fitted(random_rows(3))
    axes = loyalty.plot_cells()
    assert len(axes.texts) >= 9 and axes.get_xlabel() == "loyal"
    assert any("happy: " in text.get_text() for text in axes.texts)
    flows = loyalty.verdicts(ago(120)).plot_flows(loyalty.verdicts_)
    assert len(flows.get_yticks()) == 9
    nobody = cstn.Loyalty(DAY).fit().plot_cells()
    assert "0 customers" in nobody.get_title(loc="left")


# --- the parts by themselves ----------------------------------------------------------------------


def test_verdicts_need_enough_occasions_and_all_of_them() -> None:
    judged = cstn.judge_occasions([3, 2, 3], [3, 2, 2])
    assert [one.verdict for one in judged] == ["yes", "unknown", "no"]
    assert cstn.judge_occasions([2], [2], 2)[0].verdict == "yes"
    assert judged[0].share_mean == 0.8
    assert judged[0].share_high == pytest.approx(1 - 0.95**4, abs=1e-13)
    with pytest.raises(InvalidArgumentError, match="customer 0: 4 of 3"):
        cstn.judge_occasions([3], [4])
    with pytest.raises(InvalidArgumentError, match="2 occasions for 1"):
        cstn.judge_occasions([3, 3], [3])


def test_shares_are_bounds_and_null_over_nobody() -> None:
    share = cstn.share_of_verdicts(["yes", "unknown", "no", "no"])
    assert (share.lower, share.upper) == (0.25, 0.5)
    assert (share.known.numerator, share.known.denominator) == (1, 3)
    nobody = cstn.share_of_verdicts([])
    assert nobody.lower is None and nobody.known.value is None
    with pytest.raises(InvalidArgumentError, match="maybe"):
        cstn.share_of_verdicts(["maybe"])


def test_strata_that_know_nothing_give_none() -> None:
    assert cstn.post_stratified([1, 0], [1, 0], [0, 5]) is None
    assert cstn.post_stratified([1], [3], [0]) == 0.25


def test_net_promoter_has_its_count_and_error() -> None:
    result = cstn.net_promoter([8, 0, 0, 12, 0, 0, 10, 13, 15, 12, 30])
    assert result.score.value == pytest.approx(0.12)
    assert result.variance == pytest.approx(0.7056)
    assert result.standard_error == pytest.approx(0.084)
    assert cstn.net_promoter([0] * 11).standard_error is None
    with pytest.raises(InvalidArgumentError, match="11|0..10"):
        cstn.net_promoter([1])


def test_logic_is_kleenes() -> None:
    assert verdict_and("yes", "yes") == "yes" and verdict_and("unknown", "no") == "no"
    with pytest.raises(InvalidArgumentError, match="perhaps"):
        verdict_and("yes", "perhaps")
