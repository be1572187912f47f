#!/usr/bin/env python3
"""The perfect order report, made and read back.

usage: check_report.py PROGRAM sample|real

`sample` reports on the generated network alone; `real` on the data beside the checkout (CSTN_SHARED/data, default
../shared/data) and compares with known answers; without the data it checks nothing and says so.
"""
import csv
import gzip
import html
import html.parser
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree


TOP = pathlib.Path(__file__).resolve().parents[2]
VOID = {"meta", "br"}

# Olist under seven policies, SCMS by two dates, the review sample: counts, values and digests known from outside.
REAL = [
    "89,936</td><td class=\"n\">96,470</td><td class=\"n\">0.932269099</td>"
    "<td class=\"n\">0.930666143 to 0.933837630</td><td class=\"n\"><code>a0af6fe8058b1bf7",
    "88,644</td><td class=\"n\">96,470</td><td class=\"n\">0.918876335</td>"
    "<td class=\"n\">0.917136732 to 0.920582579</td><td class=\"n\"><code>61d2ba8e269294f0",
    "89,936</td><td class=\"n\">96,478</td><td class=\"n\">0.932191795</td>",
    "<code>10ed27ed344ab606",
    "89,936</td><td class=\"n\">98,207</td><td class=\"n\">0.915779934</td>",
    "89,936</td><td class=\"n\">98,816</td><td class=\"n\">0.910136010</td>",
    "<code>defdb8bd46064763",
    "89,936</td><td class=\"n\">99,441</td><td class=\"n\">0.904415684</td>",
    "<code>d5abefef0e1a09ce",
    "87,938</td><td class=\"n\">96,205</td><td class=\"n\">0.914068915</td>"
    "<td class=\"n\">0.912281360 to 0.915823405</td><td class=\"n\"><code>2c52088587ee11f3",
    "True rate <b>0.770568562</b>; product of the component rates <b>0.739709064</b>",
    "9,138 of 10,324",
    "5471c133337a448e",
    "left out: cancelled by customer: 3,836",
    "left out: no promise: 22,064",
    "<td>all lines</td><td class=\"n\">541,909</td>",
    "goods taken back</td><td class=\"n\">9,288</td>",
    "corrections of stock</td><td class=\"n\">1,336</td>",
    "<td>price zero</td><td class=\"n\">2,515</td>",
    "<td>no customer</td><td class=\"n\">135,080</td>",
    ">N/A</text>",
]

# From order log to service plan: counts and parameters that are published, and what follows from them.
CUSTOMERS = [
    "<td>lines that name a customer</td><td class=\"n\">406,829</td><td class=\"n\">406,829</td>",
    "<td>customers named</td><td class=\"n\">4,372</td><td class=\"n\">4,372</td>",
    "<td>customers who bought anything</td><td class=\"n\">4,339</td>",
    "<td>Key accounts</td><td class=\"n\">594</td><td class=\"n\">13.69 %</td>",
    "<li>recency: index 0.085</li>",
    "in no group",
    "a ratio of 0.756",
    "without dropout is as good",
    "<td>repeat by cut</td><td class=\"n\">2,790</td><td class=\"n\">4,339</td><td class=\"n\">64.30 %</td>",
    "<td>churn</td><td class=\"n\">826</td><td class=\"n\">2,718</td>",
    "2010-12, month 11: 445 of 885",
    "<td>Key accounts</td><td>lines</td><td class=\"n\">8,581</td><td class=\"n\">\u00a35,046,898</td>",
    "would cost \u00a3160,892 instead of \u00a3114,552",
    "<td>Key accounts</td><td>negative effect</td>",
    "<b>Key accounts</b>: tier 2. Hold stock so that 95 cycles in 100 do not run out",
    "one more hour would bring \u00a330.",
]
CDNOW = [
    "2,357 customers bought first in the first quarter of 1997; 946 came again by the end of September, 2,457 times in "
    "all, and 1,882 times in the 39 weeks after",
    "<td class=\"n\">0.2426</td><td class=\"n\">0.01256</td><td class=\"n\">0.243</td>",
    "<td class=\"n\">4.414</td><td class=\"n\">0.3782</td><td class=\"n\">4.414</td>",
    "<td class=\"n\">0.7929</td>", "<td class=\"n\">2.426</td>", "Log-likelihood -9582.4,",
    "<td class=\"n\">6.25</td>", "<td class=\"n\">3.744</td>", "<td class=\"n\">15.44</td>",
    "1,653 were expected: a ratio of 0.879",
]

# From demand to forecast: errors that are known from outside, counts of the files.
DEMAND = [
    "Units of 1,437 food items", "<td>RMSSE</td><td class=\"n\">0.7066</td>", "<td>RMSSE</td><td class=\"n\">0.7567</td>",
    "<td class=\"n\">0.9516</td>", "<td class=\"n\">1.0547</td>", "2016-03-27", "90,690 reservations",
    "Why 77 units of FOODS_3_090 on 2016-04-02?", ">Saturdays</text>", ">+21.1</text>", ">+3.9</text>",
    "<td>CA_1</td><td class=\"n\">84,668</td><td class=\"n\">0.2521</td>", "your reservations cut our error seven days ahead",
]

SAMPLE = ["70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a", "Loss tree", "Levers", "Alba Freight"]

# Sharing: who may see what, and what is left to prove when a customer is erased.
SHARING = [
    "carrier   raw         raw         raw         pseudonym   raw         raw",
    "rival     raw         raw         raw         pseudonym   aggregated  - ",
    "<title>rival, new value: FIREWALL</title>", "<title>stranger, id: NO_MEMBERSHIP</title>",
    "<td>the customer is known</td><td>holds</td><td>erased</td>",
    "<td>the commitment is to that value</td><td>holds</td><td>erased</td>",
    "<td>the shipper's log has the release, the carrier is witness</td><td>holds</td><td>holds</td>",
    "<td>what the carrier received has the checksum in the log</td><td>holds</td><td>holds</td>",
    "<td>the carrier signed that it deleted what it had, as it owed</td><td>holds</td><td>holds</td>",
    'the rival is told "not available", a stranger "not available"',
]


class Balance(html.parser.HTMLParser):
    """Every tag is closed, in order, and nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.problems = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.problems += [f"{tag} {name}={value}" for name, value in attrs
                          if name in ("src", "href") and not value.startswith("#")]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")


def check(page, wanted):
    reader = Balance()
    reader.feed(page)
    problems = reader.problems + [f"<{tag}> is not closed" for tag in reader.open if tag not in ("line", "rect")]
    for picture in re.findall(r"<svg.*?</svg>", page, flags=re.S):
        xml.etree.ElementTree.fromstring(picture)
    if not re.search(r"<svg.*?</svg>", page, flags=re.S):
        problems.append("no chart")
    if "url(" in page or "@import" in page or "<script" in page:
        problems.append("the page fetches something")
    if re.search(r"\bnan\b|\binf\b", page):
        problems.append("a number that is none")
    return problems + [f"not there: {text}" for text in wanted if text not in page]


def report(program, folder, data, *options):
    """The page, the sample file, and what was said meanwhile."""
    page, sample = pathlib.Path(folder, "report.html"), pathlib.Path(folder, "sample.csv")
    run = subprocess.run([program, *options, page, sample, *data], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{run.stdout}{run.stderr}")
    if run.stdout.splitlines()[-1] != str(page):
        sys.exit(f"the last line is not the path of the report: {run.stdout}")
    return page.read_text(encoding="utf-8"), sample.read_bytes(), run.stderr


def figures(page):
    """The page without what differs from run to run: the section about the networks."""
    return re.sub(r'<section id="network">.*?</section>\n', "", page, flags=re.S)


def check_networks(program, folder, data, first, said):
    """A second run reopens what the first has loaded; the files themselves give the same figures."""
    problems, networks = [], ["-n", str(pathlib.Path(folder, "network"))]
    again, _, reopened = report(program, folder, data, *networks)
    direct, _, _ = report(program, folder, data, "--direct")
    if figures(again) != figures(first):
        problems.append("a second run gave other figures")
    if figures(direct) != direct or direct != figures(first):
        problems.append("the files give other figures than the networks")
    loaded = set(re.findall(r"^(\w+): loaded: (.*)$", said, flags=re.M))
    if not loaded or loaded != set(re.findall(r"^(\w+): reopened: (.*)$", reopened, flags=re.M)):
        problems.append(f"what was loaded was not reopened: {said}{reopened}")
    if "loading" in reopened:
        problems.append(f"a second run loaded again: {reopened}")
    for page, word in ((first, "loaded"), (again, "reopened")):
        section = page[page.find('<section id="network">'):]
        problems += [f"not in the section about the networks: {text}" for text in
                     (f"<td>{word}</td>", "<td>whole</td>", "partner_attribute") if text not in section]
    return problems


def check_changed(program, folder, data):
    """A file that has changed is loaded again, and rows that break a rule of the network are told."""
    name = "scms_delivery_history/SCMS_Delivery_History_Dataset.csv.gz"
    half, networks = pathlib.Path(folder, "changed"), ["-n", str(pathlib.Path(folder, "network"))]
    (half / "scms_delivery_history").mkdir(parents=True)
    with gzip.open(data / name, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][rows[0].index("Line Item Quantity")] = "0"
    with gzip.open(half / name, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    page, _, said = report(program, folder, [half], *networks)
    again, _, reopened = report(program, folder, [half], *networks)
    wanted = "order, row 0, column 'qty': '0' "
    problems = [f"the bad row is not told {where}" for where, text in (("at once", page), ("the next time", again))
                if wanted not in html.unescape(text)]
    if "scms_delivery_history: loading again: its files have changed" not in said:
        problems.append(f"a changed file was not loaded again: {said}")
    if figures(page) != figures(again) or "scms_delivery_history: reopened" not in reopened:
        problems.append("what was loaded again was not reopened")
    _, _, said = report(program, folder, [half], "--reload", *networks)
    if "scms_delivery_history: loading again\n" not in said:
        problems.append(f"--reload did not load again: {said}")
    return problems


def check_retail_alone(program, data):
    """Without CDNOW the chapter of customers stands, and says what it left out."""
    with tempfile.TemporaryDirectory() as folder:
        half = pathlib.Path(folder, "data")
        half.mkdir()
        (half / "online_retail").symlink_to(data / "online_retail")
        page, _, _ = report(program, folder, [half], "--direct")
        problems = check(page, CUSTOMERS + ["The CDNOW log is not there"])
        return problems + [f"there without its data: {text}" for text in CDNOW if text in page]


def check_halves(program, data, halves):
    """One half of the Olist data without the other is left out with a word, and nothing fails."""
    problems = []
    for name in halves:
        with tempfile.TemporaryDirectory() as folder:
            half = pathlib.Path(folder, "data")
            half.mkdir()
            if (data / name).is_dir():
                (half / name).symlink_to(data / name)
            else:
                (half / name).mkdir()
            page, _, _ = report(program, folder, [half])
            problems += check(page, SAMPLE)
            if ("0.932269099" in page) != (name == "olist") or "0.770568562" in page:
                problems.append(f"{name} alone: chapters are there that cannot be, or the other way round")
            if name == "olist" and "is left out" not in page:
                problems.append("the missing review sample is not mentioned")
    return problems


def main():
    program, mode = sys.argv[1], sys.argv[2]
    data = pathlib.Path(os.environ.get("CSTN_SHARED", TOP / ".." / "shared")) / "data"
    if mode == "real" and not (data / "olist").is_dir():
        sys.exit(f"nothing was checked: {data} has no olist/; set CSTN_SHARED to the folder above data/")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "network").mkdir()
        given = [data] if mode == "real" else []
        page, _, said = report(program, folder, given, "-n", pathlib.Path(folder, "network"))
        problems = check(page, (REAL + CUSTOMERS + CDNOW + DEMAND if mode == "real" else []) + SAMPLE + SHARING)
        problems += check_networks(program, folder, given, page, said)
        if mode == "real":
            problems += check_changed(program, folder, data)
            problems += check_retail_alone(program, data)
    problems += check_halves(program, data, ["olist", "olist_samples"] if mode == "real" else ["olist_samples"])
    print("\n".join(problems) or "the report says what it should")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
