#!/usr/bin/env python3
"""The guards notice what they are for: each is given a seeded fault, and must name it.

usage: guard_selftest.py [COMPILER]

A small library of our shape is built and changed in one place at a time. A guard that is silent about its own seed is
worse than none, so a seed that goes unnoticed fails here.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import abi_guard
import check_globals
import check_headers
import check_symbols
import doc_answers
import layers
import public_headers

COMPILER = sys.argv[1] if len(sys.argv) > 1 else "gcc"
HEADER = """#ifndef CONSTELLATION_PROBE_H
#define CONSTELLATION_PROBE_H

#include <stdint.h>

#define CSTN_API __attribute__((visibility("default")))

typedef struct cstn_probe cstn_probe;

typedef struct cstn_probe_options {
	uint32_t struct_size;
	uint32_t flags;
	int64_t first;
	int64_t second;
} cstn_probe_options;

CSTN_API int64_t cstn_probe_sum(const cstn_probe *probe, int64_t start);
CSTN_API int32_t cstn_probe_set(cstn_probe *probe, const cstn_probe_options *options);

#endif
"""
SOURCE = """/* A probe. */
#include <constellation/probe.h>

struct cstn_probe {
	int64_t held;
	int32_t count;
};

int64_t cstn_probe_sum(const cstn_probe *probe, int64_t start)
{
	return start + probe->held + probe->count;
}

int32_t cstn_probe_set(cstn_probe *probe, const cstn_probe_options *options)
{
	probe->held = options->first + options->second;
	return 0;
}
"""
MAP = "CONSTELLATION_0.1 {\n\tglobal:\n\t\tcstn_probe_set;\n\t\tcstn_probe_sum;\n\tlocal:\n\t\t*;\n};\n"


class Probe:
    """The small library in a folder of its own, with replacements applied to its three texts."""

    def __init__(self, folder, *changes, link=()):
        self.folder = pathlib.Path(folder)
        self.headers = self.folder / "include" / "constellation"
        self.headers.mkdir(parents=True)
        texts = {"header": HEADER, "source": SOURCE, "map": MAP}
        for where, old, new in changes:
            assert old in texts[where], f"the seed {old!r} does not apply"
            texts[where] = texts[where].replace(old, new)
        (self.headers / "probe.h").write_text(texts["header"])
        (self.folder / "probe.c").write_text(texts["source"])
        self.map = self.folder / "probe.map"
        self.map.write_text(texts["map"])
        self.library, self.archive = self.folder / "libprobe.so", self.folder / "libprobe.a"
        compile_ = [COMPILER, "-std=gnu11", "-g", "-O1", "-fPIC", "-fvisibility=hidden", "-I", str(self.folder / "include")]
        run([*compile_, "-c", "probe.c", "-o", "probe.c.o"], self.folder)
        run([COMPILER, "-shared", f"-Wl,--version-script,{self.map}", "-Wl,-soname,libprobe.so.0", "probe.c.o",
             "-o", str(self.library), *link], self.folder)
        run(["ar", "rc", str(self.archive), "probe.c.o"], self.folder)


def run(command, folder):
    subprocess.run(command, check=True, cwd=folder, capture_output=True)


def seeds(folder):
    """(what, noticed?) for every seed."""
    number = [0]

    def probe(*changes, **how):
        number[0] += 1
        return Probe(folder / str(number[0]), *changes, **how)

    plain = probe()

    # The stored baseline and abidiff.
    if shutil.which("abidiff"):
        baseline = folder / "probe.abi"
        abi_guard.store(plain.library, plain.headers.parent, baseline)

        def breaks(*changes):
            changed = probe(*changes)
            stored = abi_guard.compare(baseline, changed.library)[0]
            release = abi_guard.compare_releases(
                plain.library, plain.headers.parent, changed.library, changed.headers.parent)[0]
            return stored, release

        quiet = {
            "nothing changed": (),
            "a private struct edited": (("source", "\tint32_t count;\n", "\tint32_t more;\n\tint32_t count;\n"),),
            "a function added": (
                ("header", "#endif\n", "CSTN_API int32_t cstn_probe_more(void);\n\n#endif\n"),
                ("source", "int32_t cstn_probe_set(", "int32_t cstn_probe_more(void)\n{\n\treturn 1;\n}\n\nint32_t cstn_probe_set("),
                ("map", "\t\tcstn_probe_set;\n", "\t\tcstn_probe_more;\n\t\tcstn_probe_set;\n")),
        }
        loud = {
            "a field inserted in the middle": (("header", "\tint64_t second;", "\tint64_t between;\n\tint64_t second;"),),
            "a field appended": (("header", "\tint64_t second;", "\tint64_t second;\n\tint64_t third;"),),
            "a function removed": (("map", "\t\tcstn_probe_sum;\n", ""),),
            "an argument narrowed": (
                ("header", "*probe, int64_t start", "*probe, int32_t start"),
                ("source", "*probe, int64_t start", "*probe, int32_t start")),
            "a result narrowed": (
                ("header", "int64_t cstn_probe_sum", "int32_t cstn_probe_sum"),
                ("source", "int64_t cstn_probe_sum", "int32_t cstn_probe_sum"),
                ("source", "return start", "return (int32_t)start")),
        }
        for what, changes in quiet.items():
            yield f"abidiff is quiet: {what}", breaks(*changes) == (0, 0)
        for what, changes in loud.items():
            yield f"abidiff notices: {what}", all(code != 0 for code in breaks(*changes))
    else:
        yield "abidiff is installed", False

    # Headers = map = library, and what the library needs.
    def complaints(found, **how):
        return check_symbols.problems(found.library, found.headers, found.map, **how)

    yield "symbols: quiet on the plain library", complaints(plain) == []
    for what, word, changes, link in [
        ("a name missing from the map", "not in the map", [("map", "\t\tcstn_probe_sum;\n", "")], ()),
        ("a name missing from the headers", "not declared",
         [("header", "CSTN_API int64_t cstn_probe_sum(const cstn_probe *probe, int64_t start);\n", ""),
          ("source", "int64_t cstn_probe_sum(const", "__attribute__((visibility(\"default\"))) int64_t cstn_probe_sum(const")], ()),
        ("a foreign name exported", "without being public",
         [("source", "int32_t cstn_probe_set(", "__attribute__((visibility(\"default\"))) int crypto_probe(void)\n{\n\treturn 0;\n}\n\nint32_t cstn_probe_set("),
          ("map", "\t\tcstn_probe_set;\n", "\t\tcrypto_probe;\n\t\tcstn_probe_set;\n")], ()),
        ("a clock that is read", "clock", [("source", "return start +", "return time(0) + start +"),
                                           ("source", "#include <constellation/probe.h>", "#include <constellation/probe.h>\n#include <time.h>")], ()),
        ("a foreign library", "neither libc", [("source", "return start +", "return probe_elsewhere() + start +"),
                                              ("source", "struct cstn_probe {", "int probe_elsewhere(void);\nstruct cstn_probe {")], ()),
    ]:
        yield f"symbols notice: {what}", any(word in line for line in complaints(probe(*changes, link=link)))

    # Globals, constructors, raw allocation.
    yield "globals: quiet on the plain library", check_globals.problems(str(plain.archive)) == []
    for what, word, old, new in [
        ("a counter", "mutable global", "return start +", "static int64_t calls; calls++; return calls + start +"),
        ("a filled table", "mutable global", "return start +", "static int64_t last = 7; last++; return last + start +"),
        ("a thread-local", "mutable global", "return start +", "static __thread int64_t mine; mine++; return mine + start +"),
        ("a constructor", "constructor", "struct cstn_probe {",
         "__attribute__((constructor)) static void begin(void)\n{\n\t__asm__ volatile(\"\");\n}\nstruct cstn_probe {"),
        ("malloc", "past the object's allocator", "return start +",
         "void *p = __builtin_malloc((unsigned long)start); return (int64_t)(intptr_t)p + start +"),
    ]:
        found = check_globals.problems(str(probe(("source", old, new)).archive))
        yield f"globals notice: {what}", any(word in line for line in found)

    # The real headers: layout rows and strict compilation.
    def layout(old, new, name):
        copy = folder / f"layout-{name}"
        shutil.copytree(public_headers.INCLUDE.parent, copy)
        header = copy / "constellation" / "csv.h"
        text = header.read_text()
        assert old in text
        header.write_text(text.replace(old, new, 1))
        return subprocess.run(
            [COMPILER, "-std=gnu11", "-fsyntax-only", "-DLAYOUT_ASSERTIONS_ONLY", "-I", str(copy), str(HERE / "layout.c")],
            capture_output=True).returncode

    yield "layout: quiet on the real headers", layout("uint8_t quote;", "uint8_t quote;", "same") == 0
    yield "layout notices: a field inserted", layout("uint8_t quote;", "uint8_t more, quote;", "field") != 0
    yield "layout notices: a constant changed", layout("CSTN_CSV_STRICT 2u", "CSTN_CSV_STRICT 4u", "constant") != 0

    def strict(text):
        return check_headers.compile_text(COMPILER, text, public_headers.INCLUDE.parent) == ""

    yield "headers: quiet on C99", strict("#include <constellation/csv.h>\n")
    yield "headers notice: C11", not strict("#include <constellation/csv.h>\nextern _Alignas(8) int seed;\n")

    # Layers.
    def layered(where, text):
        number[0] += 1
        top = folder / f"tree-{number[0]}"
        for module in ("base", "table", "fulfilment"):
            (top / "lib" / module).mkdir(parents=True)
            (top / "lib" / module / f"{module}_thing.h").write_text("/* A thing. */\n")
        (top / "include" / "constellation").mkdir(parents=True)
        (top / "include" / "constellation" / "constellation.h").write_text(
            "#ifndef CONSTELLATION_CONSTELLATION_H\n#define CONSTELLATION_CONSTELLATION_H\n\n#endif\n")
        (top / where).write_text(text)
        return layers.problems(top)

    yield "layers: quiet downwards", layered("lib/table/x.c", '/* X. */\n#include "base/base_thing.h"\n') == []
    for what, where, text in [
        ("upwards", "lib/base/x.c", '/* X. */\n#include "table/table_thing.h"\n'),
        ("past a header", "lib/table/x.c", '/* X. */\n#include "../base/base_thing.h"\n'),
        ("a .c file included", "lib/table/x.c", '/* X. */\n#include "base/base_thing.c"\n'),
        ("a private header in a public one", "include/constellation/x.h",
         '#ifndef CONSTELLATION_X_H\n#define CONSTELLATION_X_H\n\n#include <stdio.h>\n\n#endif\n'),
        ("an enum in public", "include/constellation/x.h",
         "#ifndef CONSTELLATION_X_H\n#define CONSTELLATION_X_H\n\nenum cstn_x { CSTN_A };\n\n#endif\n"),
    ]:
        yield f"layers notice: {what}", layered(where, text) != []

    # Comments.
    def open_questions(comment):
        header = folder / "commented.h"
        header.write_text(comment + "\nCSTN_API cstn_status cstn_probe_new(cstn_probe **out, cstn_error **error);\n")
        return [q for _, name, text, doc in doc_answers.functions(header) for q in doc_answers.unanswered(name, text, doc)]

    whole = "/** Make. @param out to be freed @return CSTN_OK; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */"
    yield "comments: quiet when all is said", open_questions(whole) == []
    yield "comments notice: none", open_questions("") == ["a comment"]
    for question, words in [("memory", "to be freed"), ("errors", "CSTN_OK; CSTN_E_NOMEM"), ("threads", "Any thread,"),
                            ("cost", "O(1)"), ("@since", "@since 0.1")]:
        yield f"comments notice: {question}", open_questions(whole.replace(words, "")) == [question]


def main():
    total = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for what, noticed in seeds(pathlib.Path(folder)):
            total += 1
            failed += not noticed
            print(f"{'ok  ' if noticed else 'FAIL'} {what}")
    print(f"{total} seeds, {failed} not answered rightly")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
