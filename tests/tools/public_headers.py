"""What the public headers declare: functions, structs with fields, constants, INIT macros.

The headers follow STYLE rules that make this simple: no inline functions, no nested structs, one declaration a
statement. Everything that compares the headers with something else (symbol map, layout rows, out-of-memory table)
reads them through this one place.
"""
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = TOP / "include" / "constellation"


def headers(include=INCLUDE):
    return sorted(pathlib.Path(include).glob("*.h"))


def code(path):
    """A header without comments and with continued lines joined."""
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.S)
    return text.replace("\\\n", " ")


def functions(include=INCLUDE):
    """name -> declaration, white space folded."""
    found = {}
    for header in headers(include):
        for body in re.findall(r"\bCSTN_API\b(?!\s*(?:__attribute__|\n#|$))([^;#]*);", code(header)):
            name = re.search(r"\b(cstn_\w+)\s*\(", body)
            if name:
                found[name.group(1)] = " ".join(body.split())
    return found


def field_name(declaration):
    pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", declaration)
    if pointer:
        return pointer.group(1)
    return re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*$", declaration).group(1)


def structs(include=INCLUDE):
    """tag -> list of field names, for every struct whose fields are public."""
    found = {}
    for header in headers(include):
        for tag, body in re.findall(r"\bstruct\s+(\w+)\s*\{(.*?)\}", code(header), flags=re.S):
            found[tag] = [field_name(d.strip()) for d in body.split(";") if d.strip()]
    return found


def macros(include=INCLUDE):
    """name -> value of every object-like macro that has one."""
    found = {}
    for header in headers(include):
        for name, value in re.findall(r"^#define\s+((?:CSTN|ARROW)_\w+)[ \t]+(\S.*?)\s*$", code(header), flags=re.M):
            if name not in ("CSTN_API", "CSTN_MUST_CHECK"):
                found[name] = value
    return found


def initialisers(include=INCLUDE):
    """INIT macro -> the type it begins."""
    return {name: name[: -len("_INIT")].lower() for name in macros(include) if name.endswith("_INIT")}


def constants(include=INCLUDE):
    """Permanent constants; the version of the headers is not one."""
    return {
        name: value
        for name, value in macros(include).items()
        if not name.endswith("_INIT") and not name.startswith("CSTN_VERSION_")
    }
