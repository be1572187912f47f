#!/usr/bin/env python3
"""The program `constellation`, command by command: what it prints, where, and its exit status; and that the session in the
guide doc/guides/program.md runs as it is printed there.

usage: check_program.py PROGRAM
"""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
GUIDE = pathlib.Path(__file__).resolve().parents[2] / "doc" / "guides" / "program.md"
GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "network"
TIMES = '"eventTime":"2024-05-06T21:40:00+02:00","eventTimeZoneOffset":"+02:00"'
GOOD = ('{"type":"ObjectEvent","eventID":"urn:uuid:1",%s,"action":"OBSERVE","bizStep":"shipping",'
        '"epcList":["urn:epc:id:sscc:4012345.0000000017"]}' % TIMES)
BAD = '{"type":"ObjectEvent",%s,"action":"LOOK","epcList":["urn:x:1"]}' % TIMES


def document(*events):
    return ('{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],"type":"EPCISDocument",'
            '"schemaVersion":"2.0","creationDate":"2024-05-07T18:00:00Z","sender":"acme","epcisBody":{"eventList":[%s]}}'
            % ",".join(events))


def run(*arguments, stdin=None):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, input=stdin, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Checks:
    def __init__(self, folder):
        self.folder = folder
        self.network = folder / "net"
        partners = folder / "partners.csv"
        partners.write_text("partner_id,name,country,recorded,colour\n"
                            "acme,Acme Ltd,DE,2024-01-01T00:00:00Z,red\n"
                            'carrier-7,"Seven, a carrier\nof things",NL,2024-01-02T00:00:00Z,blue\n')
        self.partners = partners

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def help_and_version_go_to_standard_output(self):
        code, out, err = run("--help")
        assert (code, err) == (0, "") and out.startswith("usage: constellation") and "exit status" in out, out
        code, out, err = run("--version")
        assert (code, err) == (0, "") and out.startswith("constellation 0."), out

    def wrong_use_is_status_2_with_a_reason(self):
        for arguments, word in [([], "usage"), (["fly"], "unknown command"), (["scan"], "number of words"),
                                (["scan", "a", "b", "c"], "number of words"), (["nouns", "--colour"], "unknown option"),
                                (["scan", "a", "b", "--limit"], "a value is missing"),
                                (["scan", "a", "b", "--json", "--csv"], "not both"),
                                (["scan", "a", "b", "--limit", "-1"], "no whole number"),
                                (["scan", "a", "b", "--where", "x"], "FIELD=TEXT"),
                                (["scan", "a", "b", "--as-of", "today"], "today"), (["epcis", "eat", "x"], "epcis read")]:
            code, out, err = run(*arguments)
            assert code == 2 and out == "" and word in err, (arguments, code, err)

    def what_is_not_there_is_status_3_with_a_reason(self):
        for arguments in (["info", self.folder / "none"], ["verify", self.folder / "none"],
                          ["scan", self.folder / "none", "partner"], ["dump", self.folder / "none"],
                          ["nouns", "unicorn"], ["epcis", "read", self.folder / "none"],
                          ["import", self.folder / "new", "unicorn", self.partners]):
            code, out, err = run(*arguments)
            assert code == 3 and out == "" and err.startswith("constellation: "), (arguments, code, out, err)
        assert not (self.folder / "none").exists()

    def nouns_are_listed_and_described(self):
        code, out, _ = run("nouns")
        assert code == 0 and "partner" in out and "event" in out
        code, out, _ = run("nouns", "event", "--json")
        fields = [json.loads(line) for line in out.splitlines()]
        assert code == 0 and fields[0]["field"] == "event_id" and fields[0]["key"] == 1, fields[0]
        assert fields[0]["codes"] == [] and ["planned", "estimated", "actual"] in [f["codes"] for f in fields], fields
        out = run("nouns", "locations")[1]
        assert "one of plant, dc, store, hub, port," in out and max(map(len, out.splitlines())) <= 120, out

    def import_refuses_columns_that_are_no_field_and_puts_nothing(self):
        path = self.file("contry.csv", 'partner_id,contry,"a ""b""",recorded\nemu,AU,x,2024-01-03\n')
        net = self.folder / "contry"
        code, out, err = run("import", net, "partner", path)
        assert (code, out) == (3, "") and "'contry' is no field of 'partner'; similar: 'country'" in err, (code, err)
        assert "'a \"b\"' is no field" in err and "--skip-unknown" in err, err
        assert run("scan", net, "partner")[1] == "(0 rows)\n"
        assert run("import", net, "partner", path, "--skip-unknown")[0] == 0
        assert run("scan", net, "partner", "--columns", "partner_id,country", "--csv")[1] == "partner_id,country\nemu,\n"

    def import_puts_rows_and_says_which_columns_it_skips(self):
        code, out, err = run("import", self.network, "partner", self.partners, "--skip-unknown")
        assert (code, out) == (0, "") and "'colour' is not read" in err and "2 rows" in err, (code, err)

    def rows_that_do_not_say_when_they_were_known_need_the_option(self):
        late = self.file("late.csv", "partner_id\ndove\n")
        code, out, err = run("import", self.folder / "late", "partner", late)
        assert (code, out) == (3, "") and "'recorded' is absent" in err and "--recorded TIME" in err, err
        assert run("import", self.folder / "late", "partner", late, "--recorded", "2024-05-10")[0] == 0

    def rows_that_break_a_rule_are_left_out_with_status_1(self):
        bad = self.file("bad.csv", "partner_id,country,recorded\nbolts,XX,2024-01-03T00:00:00Z\n"
                                   "nuts,FR,2024-01-03T00:00:00Z\n")
        code, _, err = run("import", self.network, "partner", bad, "--all-or-nothing")
        assert code == 1 and "'XX'" in err, (code, err)
        assert "nuts" not in run("scan", self.network, "partner")[1]
        code, _, err = run("import", self.network, "partner", bad)
        assert code == 1 and "'XX'" in err, (code, err)
        out = run("scan", self.network, "partner")[1]
        assert "nuts" in out and "bolts" not in out, out

    def scan_prints_aligned_tables_csv_and_json(self):
        code, out, err = run("scan", self.network, "partner", "--columns", "partner_id,name")
        lines = out.splitlines()
        assert (code, err) == (0, "") and lines[0].split() == ["partner_id", "name"], out
        assert lines[1].startswith("---") and lines[-1] == "(3 rows)", out
        assert lines[0].index("name") == lines[2].index("Acme") == lines[3].index("Seven"), out
        rows = [json.loads(line) for line in run("scan", self.network, "partner", "--json")[1].splitlines()]
        assert rows[1]["name"] == "Seven, a carrier\nof things" and rows[1]["gln"] is None, rows
        text = run("scan", self.network, "partner", "--csv")[1]
        assert [row["partner_id"] for row in csv.DictReader(io.StringIO(text))] == ["acme", "carrier-7", "nuts"], text

    def tables_show_the_columns_that_have_values_as_far_as_there_is_room(self):
        net = self.folder / "shown"
        header = "order_id,order_recorded,seller,buyer,ordered,line_number,item_id,qty,promised,delivered,carrier,lane\n"
        orders = self.file("shown.csv", header + "".join(
            f"O-{i},2024-05-01,acme,acme,2024-05-01,1,4006381333931,{qty},2024-05-03,2024-05-02T10:00:00Z,"
            f"carrier {i},by way of the place {i} where goods change hands\n" for i, qty in ((1, 5), (2, 1200))))
        assert run("import", net, "partner", self.partners, "--skip-unknown")[0] == 0
        assert run("import", net, "orders", orders)[0] == 0
        code, out, err = run("scan", net, "order", "--lines")
        lines = out.splitlines()
        assert (code, err) == (0, "") and max(len(line) for line in lines[:4]) <= 120, out
        assert lines[0].split() == ["order_id", "qty", "carrier", "lane"], out
        assert lines[2].split()[:2] == ["O-1", "5"] and lines[3].split()[:2] == ["O-2", "1200"], out
        assert lines[0].index("qty") + 3 == lines[2].index("5") + 1 == lines[3].index("1200") + 4, out
        assert lines[4] == "(2 rows)" and lines[5].startswith("in every row: order_recorded=2024-05-01, seller=acme,"), out
        assert "delivered=2024-05-02T10:00:00Z" in lines[5] and "no room" not in out, out
        assert lines[-1] == ("columns left out: 76 of 80, of which 66 without a value here; "
                             "--columns A,B shows those named, --all-columns shows all"), out
        chosen = run("scan", net, "order", "--lines", "--columns", "seller,gln_of_none")[0]
        assert chosen == 3
        out = run("scan", net, "order", "--lines", "--columns", "seller,late_cause,promised")[1]
        assert [line.split() for line in out.splitlines()] == [
            ["seller", "late_cause", "promised"], ["-" * 6, "-" * 10, "-" * 10], ["acme", "-", "2024-05-03"],
            ["acme", "-", "2024-05-03"], ["(2", "rows)"]], out
        out = run("scan", net, "order", "--lines", "--all-columns")[1]
        assert len(out.splitlines()[0].split()) == 80 and out.endswith("(2 rows)\n"), out
        wide = run("scan", net, "order", "--lines", "--wide")[1].splitlines()[0].split()
        assert "seller" in wide and "lane" in wide and "late_cause" not in wide, wide
        for form in "--csv", "--json":
            rows = run("scan", net, "order", "--lines", form)[1].splitlines()
            names = rows[0].split(",") if form == "--csv" else list(json.loads(rows[0]))
            assert len(names) == 80, names
        assert run("scan", net, "order", "--id", "none")[1] == "(0 rows)\n"

    def tables_say_for_which_columns_there_is_no_room(self):
        path = self.file("names.csv", "partner_id,name,source_system,recorded\n" + "".join(
            f"p{i},{'name %d ' % i * 9},{'system %d ' % i * 9},2024-01-0{i}\n" for i in (1, 2)))
        net = self.folder / "names"
        assert run("import", net, "partner", path)[0] == 0
        out = run("scan", net, "partner")[1].splitlines()
        assert out[0].split() == ["partner_id", "recorded", "source_system"] and out[-2] == "no room for: name", out
        assert len(out[2]) <= 120 and "..." in out[2], out
        assert "in every row" not in "".join(out), out

    def verdicts_are_the_same_when_they_are_kept(self):
        net = self.folder / "judged"
        orders = self.file("orders.csv", "order_id,order_recorded,seller,buyer,ordered,line_number,item_id,qty,promised,"
                           "delivered,late_cause\n"
                           "O-1,2024-05-01,acme,acme,2024-05-01,1,4006381333931,5,2024-05-03,2024-05-02,\n"
                           "O-2,2024-05-01,acme,acme,2024-05-01,1,4006381333931,5,2024-05-03,2024-05-09,fog\n")
        assert run("import", net, "partner", self.partners, "--skip-unknown")[0] in (0, 1)
        code, out, err = run("import", net, "order", orders)
        assert code == 0, err
        ask = ("verdicts", net, "--policy", "components=T", "--as-of", "2024-06-01", "--columns", "order_id", "--csv")
        code, judged, err = run(*ask)
        assert (code, err) == (0, "") and judged.splitlines()[1:] == [
            "O-1,perfect,perfect,,true,,,", "O-2,failed,T,,true,T,fog,"], judged
        for words in ("1 judged, 0 kept", "0 judged, 1 kept"):
            code, out, err = run("keep-verdicts", net, "--policy", "components=T", "--as-of", "2024-06-01")
            assert code == 0 and words in out, (out, err)
        assert run(*ask)[1] == judged
        assert run(*ask, "--only", "failed")[1].splitlines()[1:] == judged.splitlines()[2:]
        assert run("verdicts", net)[0] == 2 and "--as-of" in run("verdicts", net)[2]
        assert run(*ask, "--only", "late")[0] == 2

    def scan_takes_ids_limits_fields_and_times(self):
        def ids(*options):
            code, out, err = run("scan", self.network, "partner", "--csv", "--columns", "partner_id", *options)
            assert (code, err) == (0, ""), (options, err)
            return out.split()[1:]
        assert ids("--id", "acme", "--id", "nuts") == ["acme", "nuts"]
        assert ids("--limit", "1") == ["acme"]
        assert ids("--where", "country=NL") == ["carrier-7"]
        assert ids("--as-of", "2024-01-01T12:00:00Z") == ["acme"]
        code, _, err = run("scan", self.network, "partner", "--columns", "partner")
        assert code == 3 and "partner_id" in err, err

    def changes_come_by_transaction(self):
        rows = [json.loads(line) for line in run("changes", self.network, "--json")[1].splitlines()]
        assert [(row["noun"], row["key"]) for row in rows] == [("partner", "acme"), ("partner", "carrier-7"),
                                                              ("partner", "nuts")], rows
        later = run("changes", self.network, "--json", "--since", rows[0]["seq"])[1].splitlines()
        assert [json.loads(line)["key"] for line in later] == ["nuts"], later

    def info_and_verify_say_what_there_is(self):
        code, out, _ = run("info", self.network, "--json")
        info = json.loads(out)
        assert code == 0 and info["last_seq"] == 2 and len(info["uuid"]) == 32, info
        assert "last transaction" in run("info", self.network)[1]
        code, out, err = run("verify", self.network)
        assert (code, err) == (0, "") and "0 problems" in out, out
        assert json.loads(run("verify", self.network, "--json")[1])["problems"] == 0

    def dump_shows_each_file(self):
        for path in sorted(self.network.iterdir()):
            if path.suffix == ".cstn" or path.name.startswith("MANIFEST"):
                code, out, err = run("dump", path)
                assert code == 0 and out and err == "", (path, err)

    def events_are_read_and_bad_ones_told(self):
        path = self.file("events.json", document(GOOD, BAD))
        code, out, err = run("epcis", "read", path, "--json")
        rows = [json.loads(line) for line in out.splitlines()]
        assert code == 1 and "/action" in err and len(rows) == 1, (code, err)
        assert (rows[0]["type"], rows[0]["source_id"]) == ("departed", "acme"), rows
        assert run("epcis", "read", path, "--all-or-nothing")[0] == 3
        assert run("epcis", "read", "-", "--csv", stdin=document(GOOD))[0] == 0
        assert run("epcis", "read", "-", stdin="{")[0] == 3

    def events_go_into_a_network_and_come_out_again(self):
        path = self.file("good.json", document(GOOD))
        code, out, err = run("epcis", "import", self.network, path)
        assert (code, out, err) == (0, "", ""), (code, err)
        code, out, err = run("epcis", "export", self.network)
        assert (code, err) == (0, ""), err
        written = json.loads(out)
        assert written["sender"] == "acme", written
        event = written["epcisBody"]["eventList"][0]
        assert event.pop("recordTime") == "2024-05-07T18:00:00Z", event
        assert event == json.loads(GOOD), event
        code, out, err = run("epcis", "export", self.network, "--dcsa")
        assert code == 1 and json.loads(out)[0]["transportEventTypeCode"] == "DEPA" and "source_id" in err, (out, err)

    def salvage_brings_the_records_into_a_new_folder(self):
        saved = self.folder / "saved"
        before = run("scan", self.network, "partner", "--csv")[1]
        code, out, err = run("salvage", self.network, saved)
        assert (code, err) == (0, "") and json.loads(out), (code, out, err)
        assert sorted(run("scan", saved, "partner", "--csv")[1]) == sorted(before)
        assert run("salvage", self.network, saved)[0] == 3

    def the_session_in_the_guide_runs_as_it_is_printed(self):
        said = "".join(re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S))
        commands = re.findall(r"^\$ (.*)$", said, re.M)
        folder = self.folder / "session"
        folder.mkdir()
        path = f"{pathlib.Path(PROGRAM).resolve().parent}{os.pathsep}{os.environ['PATH']}"
        printed = ""
        for command in commands:
            done = subprocess.run(["sh", "-c", command], cwd=folder, env={**os.environ, "PATH": path}, timeout=60, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            printed += f"$ {command}\n{done.stdout}"
        assert len(commands) > 5 and printed == said, printed

    def backup_is_the_same_network_in_another_folder(self):
        before = run("scan", self.network, "partner", "--csv")
        for name, options in ("copy", []), ("links", ["--link"]):
            code, out, err = run("backup", self.network, self.folder / name, *options)
            assert (code, out, err) == (0, "", ""), (code, out, err)
            assert run("scan", self.folder / name, "partner", "--csv") == before, name
            assert run("verify", self.folder / name)[0] == 0, name
        assert run("backup", self.network, self.folder / "copy")[0] == 3

    def damage_is_found_with_status_1(self):
        path = max(self.network.glob("seg-*"), key=lambda file: file.stat().st_size)
        whole = path.read_bytes()
        at = len(whole) // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        code, out, _ = run("verify", self.network)
        path.write_bytes(whole)
        assert code == 1 and path.name in out, (code, out)

    def a_dry_salvage_says_what_is_left_and_writes_nothing(self):
        folder = pathlib.Path(shutil.copytree(GOLDEN / "store", self.folder / "damaged"))
        path = folder / "seg-0000000000000003.cstn"
        whole = path.read_bytes()
        path.write_bytes(whole[:-70] + bytes([whole[-70] ^ 4]) + whole[-69:])
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        code, out, err = run("scan", folder, "partner")
        assert (code, out) == (3, "") and path.name in err and "CSTN_E_CORRUPT" in err and "--dry-run" in err, err
        code, out, err = run("salvage", "--dry-run", folder)
        report = json.loads(out)
        assert (code, err, report["to"]) == (0, "", None), (code, err)
        assert {"file": path.name, "table": "partner", "rows": 4, "rows_recovered": 0} in report["files"], report
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
        for words in (["--dry-run", folder, self.folder / "x"], [folder]):
            code, out, err = run("salvage", *words)
            assert (code, out) == (2, "") and "salvage" in err, (code, out, err)

    def a_newer_format_is_refused_or_read(self):
        for kind, said, codes in (("incompat", "0x40", (3, 3, 3)), ("major", "format 2", (3, 3, 3)),
                                  ("ro_compat", "open it read-only", (0, 3, 0)), ("compat", "", (0, 0, 0))):
            folder = pathlib.Path(shutil.copytree(GOLDEN / "store", self.folder / f"newer_{kind}"))
            (manifest,) = folder.glob("MANIFEST-*")
            manifest.write_bytes((GOLDEN / "newer" / kind).read_bytes())
            for words, wanted in zip((["info", folder], ["import", folder, "partner", self.partners, "--skip-unknown"],
                                      ["verify", folder]),
                                     codes):
                code, out, err = run(*words)
                assert code == wanted, (kind, words, code, out, err)
                assert code == 0 or ("CSTN_E_NEWER_FORMAT" in err and said in err and out == ""), (kind, out, err)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(pathlib.Path(folder))
        for name, check in vars(Checks).items():
            if name.startswith("_") or name == "file":
                continue
            try:
                check(checks)
                passed += 1
            except AssertionError as error:
                failed += 1
                print(f"{name}: {error}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
