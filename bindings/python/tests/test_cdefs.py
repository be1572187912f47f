"""The ctypes table says what the headers say: functions, types, structs, offsets, constants."""

import ctypes
import pathlib
import re
import subprocess

import pytest
from pycparser import c_ast, c_parser

from conftest import TOP
from constellation import _cdefs
from constellation._native import lib

INCLUDE = TOP / "include"
UMBRELLA = INCLUDE / "constellation" / "constellation.h"
INTEGERS = {
    "int32_t": "int32",
    "uint32_t": "uint32",
    "int64_t": "int64",
    "uint64_t": "uint64",
    "uint8_t": "uint8",
    "size_t": "uint64" if ctypes.sizeof(ctypes.c_size_t) == 8 else "uint32",
    "int": "int32",
    "cstn_status": "int32",
}
FAKE_STDINT = """
typedef int int32_t; typedef unsigned int uint32_t; typedef unsigned char uint8_t;
typedef long long int64_t; typedef unsigned long long uint64_t;
"""
FAKE_STDDEF = "typedef unsigned long size_t;\n"


@pytest.fixture(scope="module")
def header_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    fake = tmp_path_factory.mktemp("fake")
    (fake / "stdint.h").write_text(FAKE_STDINT)
    (fake / "stddef.h").write_text(FAKE_STDDEF)
    return subprocess.check_output(
        ["cc", "-E", "-P", "-nostdinc", "-U__GNUC__", "-DCSTN_API=", "-DCSTN_MUST_CHECK="]
        + [f"-I{fake}", f"-I{INCLUDE}", str(UMBRELLA)],
        text=True,
    )


# --- what a C type and a ctypes type are, in the same words -------------------------------------


def c_type(node) -> str:
    """A C type as text: "int64", "ptr(char)", "ptr(ptr(struct cstn_error))", "ptr(function)"."""
    if isinstance(node, (c_ast.Decl, c_ast.TypeDecl, c_ast.Typename)):
        return c_type(node.type)
    if isinstance(node, c_ast.IdentifierType):
        name = " ".join(node.names)
        return INTEGERS.get(name, name if name in ("double", "char", "void") else f"struct {name}")
    if isinstance(node, c_ast.Struct):
        return f"struct {node.name}"
    if isinstance(node, c_ast.PtrDecl):
        if isinstance(node.type, c_ast.FuncDecl):
            return f"ptr({signature(node.type)})"
        return f"ptr({c_type(node.type)})"
    if isinstance(node, c_ast.ArrayDecl):
        return f"array({c_type(node.type)}, {node.dim.value})"
    raise AssertionError(f"no rule for {type(node).__name__}")


def signature(function: c_ast.FuncDecl) -> str:
    arguments = [c_type(p) for p in (function.args.params if function.args else [])]
    arguments = ["ptr" + a[5:].split(",")[0] + ")" if a.startswith("array") else a for a in arguments]
    return f"{c_type(function.type)}({', '.join(a for a in arguments if a != 'void')})"


def ctypes_type(kind) -> str:
    """The same text for a ctypes type."""
    if kind is None:
        return "void"
    if kind is ctypes.c_char_p:
        return "ptr(char)"
    if kind is ctypes.c_void_p:
        return "ptr(void)"
    if kind is ctypes.c_double:
        return "double"
    if isinstance(kind, type) and issubclass(kind, ctypes.Structure):
        return f"struct {kind.__name__}"
    if isinstance(kind, type) and issubclass(kind, ctypes.Array):
        return f"array({ctypes_type(kind._type_)}, {kind._length_})"
    if isinstance(kind, type) and issubclass(kind, ctypes._Pointer):
        return f"ptr({ctypes_type(kind._type_)})"
    if isinstance(kind, type) and issubclass(kind, ctypes._CFuncPtr):
        return f"ptr({ctypes_signature(kind._restype_, kind._argtypes_)})"
    if isinstance(kind, type) and issubclass(kind, ctypes._SimpleCData):
        sign = "" if kind(-1).value < 0 else "u"
        return f"{sign}int{ctypes.sizeof(kind) * 8}"
    raise AssertionError(f"no rule for {kind!r}")


def ctypes_signature(restype, argtypes) -> str:
    return f"{ctypes_type(restype)}({', '.join(ctypes_type(a) for a in argtypes)})"


# --- what the headers declare -------------------------------------------------------------------


def declared(text: str):
    """Functions {name: signature} and structs {name: [(field, type)]} of preprocessed headers."""
    functions, structs = {}, {}
    for item in c_parser.CParser().parse(text).ext:
        if isinstance(item, c_ast.Typedef) and isinstance(item.type.type, c_ast.Struct):
            fields = item.type.type.decls or []
            structs[item.name] = [(f.name, c_type(f)) for f in fields]
        elif isinstance(item, c_ast.Decl) and isinstance(item.type, c_ast.Struct):
            structs[item.type.name] = [(f.name, c_type(f)) for f in item.type.decls or []]
        elif isinstance(item, c_ast.Decl) and isinstance(item.type, c_ast.FuncDecl):
            functions[item.name] = signature(item.type)
    return functions, structs


def differences(text: str):
    """Every way in which the headers and the table disagree, one line each."""
    functions, structs = declared(text)
    out = [f"{n}: not in _cdefs" for n in sorted(set(functions) - set(_cdefs.FUNCTIONS))]
    out += [f"{n}: not in the headers" for n in sorted(set(_cdefs.FUNCTIONS) - set(functions))]
    for name in sorted(set(functions) & set(_cdefs.FUNCTIONS)):
        ours = ctypes_signature(*_cdefs.FUNCTIONS[name])
        if ours != functions[name]:
            out.append(f"{name}: {functions[name]} in the header, {ours} in _cdefs")
    out += [f"struct {n}: not in _cdefs" for n in sorted(set(structs) - set(_cdefs.STRUCTURES))]
    out += [f"struct {n}: no header" for n in sorted(set(_cdefs.STRUCTURES) - set(structs))]
    for name in sorted(set(structs) & set(_cdefs.STRUCTURES)):
        fields = getattr(_cdefs.STRUCTURES[name], "_fields_", [])
        ours_fields = [(field, ctypes_type(kind)) for field, kind in fields]
        if ours_fields != structs[name]:
            out.append(f"struct {name}: {structs[name]} in the header, {ours_fields} in _cdefs")
    return out


def test_table_and_headers_declare_the_same_functions_and_structs(header_text: str) -> None:
    assert differences(header_text) == []


@pytest.mark.parametrize(
    "before, after",
    [
        ("int64_t numerator, int64_t denominator", "int64_t numerator, int32_t denominator"),
        ("int64_t cstn_perfect_order_result_pending", "int32_t cstn_perfect_order_result_pending"),
        ("int64_t batch_rows;", "int32_t batch_rows;"),
        ("cstn_zone **out,", "cstn_zone *out,"),
        ("int32_t cstn_has_feature(int32_t feature);", ""),
        ("uint32_t valid;", ""),
    ],
)
def test_a_slip_in_one_declaration_is_noticed(header_text: str, before: str, after: str) -> None:
    text = re.sub(r"\s+", " ", header_text)
    assert text.count(before) >= 1
    assert differences(text.replace(before, after, 1)) != []


# --- what only a compiler knows -----------------------------------------------------------------


def macro_names() -> list:
    """Names of the object-like CSTN_ macros that are numbers."""
    text = subprocess.check_output(
        ["cc", "-E", "-dM", f"-I{INCLUDE}", str(UMBRELLA)], text=True
    )
    names = re.findall(r"^#define (CSTN_[A-Z0-9_]+) ", text, flags=re.M)
    skip = ("CSTN_API", "CSTN_MUST_CHECK")
    return sorted(n for n in names if n not in skip and not n.endswith("_INIT"))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Constants, sizes and offsets, printed by a C program."""
    folder: pathlib.Path = tmp_path_factory.mktemp("layout")
    lines = ["#include <stdio.h>", "#include <constellation/constellation.h>", "int main(void) {"]
    for name in macro_names():
        # Signed or not: a constant above INT64_MAX prints as it is.
        lines.append(
            f'printf("{name} %s%llu\\n", ({name}) < 0 ? "-" : "", '
            f"({name}) < 0 ? 0ULL - (unsigned long long)({name}) : (unsigned long long)({name}));"
        )
    for name, struct in _cdefs.STRUCTURES.items():
        spelled = f"struct {name}" if name.startswith("Arrow") else name
        if hasattr(struct, "_fields_"):
            lines.append(f'printf("sizeof.{name} %zu\\n", sizeof({spelled}));')
            for field, _ in struct._fields_:
                lines.append(f'printf("{name}.{field} %zu\\n", offsetof({spelled}, {field}));')
    lines += ["return 0;", "}"]
    (folder / "layout.c").write_text("\n".join(lines))
    subprocess.check_call(
        ["cc", "-w", f"-I{INCLUDE}", str(folder / "layout.c"), "-o", str(folder / "layout")]
    )
    printed = subprocess.check_output([str(folder / "layout")], text=True)
    return {key: int(value) for key, value in (line.split() for line in printed.splitlines())}


def test_constants_have_the_values_of_the_headers(compiled: dict) -> None:
    ours = {n: v for n, v in vars(_cdefs).items() if n.startswith("CSTN_")}
    theirs = {n: v for n, v in compiled.items() if n.startswith("CSTN_")}
    assert ours == theirs


def test_struct_sizes_and_offsets_are_those_of_the_compiler(compiled: dict) -> None:
    ours = {}
    for name, struct in _cdefs.STRUCTURES.items():
        if hasattr(struct, "_fields_"):
            ours[f"sizeof.{name}"] = ctypes.sizeof(struct)
            for field, _ in struct._fields_:
                ours[f"{name}.{field}"] = getattr(struct, field).offset
    assert ours == {n: v for n, v in compiled.items() if not n.startswith("CSTN_")}


def test_each_module_holds_what_the_header_of_its_name_declares() -> None:
    for module in _cdefs._MODULES:
        name = module.__name__.rpartition(".")[2]
        header = (INCLUDE / "constellation" / f"{name}.h").read_text()
        assert module.DECLARED
        assert [f for f in module.DECLARED if not re.search(rf"\b{f}\(", header)] == []


def test_handles_are_distinct_types() -> None:
    calendar = ctypes.POINTER(_cdefs.cstn_calendar)()
    with pytest.raises(ctypes.ArgumentError):
        lib.cstn_service_policy_unref(calendar)
