"""Arrow streams as PyCapsules, both ways, without a compiled extension.

Out: a stream on the C heap in a capsule whose destructor is the plain C function
``cstn_arrow_capsule_destroy``, so that no Python code runs when a capsule dies. In: whatever a
producer offers becomes one ``ArrowArrayStream`` that C moves from.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
from typing import Any, Iterator, Tuple

from . import _cdefs as c
from ._native import lib
from .errors import CLASSES, InvalidArgumentError, OutOfMemoryError

# Capsules point to these names: they must outlive every capsule, also at the interpreter's end,
# hence the reference that is never given back.
STREAM = b"arrow_array_stream"
SCHEMA = b"arrow_schema"
ARRAY = b"arrow_array"
for _name in (STREAM, SCHEMA, ARRAY):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_name))

# Prototypes of our own: those of ctypes.pythonapi belong to everybody.
_capsule_new = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p
)(("PyCapsule_New", ctypes.pythonapi))
_capsule_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_IsValid", ctypes.pythonapi)
)
_capsule_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)

_NEW = {
    STREAM: ("cstn_arrow_stream_new", "cstn_arrow_stream_free"),
    SCHEMA: ("cstn_arrow_schema_new", "cstn_arrow_schema_free"),
    ARRAY: ("cstn_arrow_array_new", "cstn_arrow_array_free"),
}
_TYPES = {STREAM: c.ArrowArrayStream, SCHEMA: c.ArrowSchema, ARRAY: c.ArrowArray}


@contextlib.contextmanager
def allocated(name: bytes) -> Iterator[Any]:
    """An empty struct on the C heap; released and freed at the end, unless moved from."""
    new, free = _NEW[name]
    pointer = getattr(lib, new)()
    if not pointer:
        raise OutOfMemoryError("no memory for an Arrow struct")
    try:
        yield pointer
    finally:
        getattr(lib, free)(pointer)


def capsule_of(name: bytes, fill: Any) -> Any:
    """A capsule that owns a new struct, after ``fill(pointer)`` has filled it."""
    new, free = _NEW[name]
    pointer = getattr(lib, new)()
    if not pointer:
        raise OutOfMemoryError("no memory for an Arrow struct")
    try:
        fill(pointer)
        return _capsule_new(
            ctypes.cast(pointer, ctypes.c_void_p), name, lib.address("cstn_arrow_capsule_destroy")
        )
    except BaseException:
        getattr(lib, free)(pointer)
        raise


def pointer_in(capsule: Any, name: bytes, producer: str) -> Any:
    """The struct in a producer's capsule, which the producer still owns."""
    if not _capsule_is_valid(capsule, name):
        raise InvalidArgumentError(
            f"{producer} did not give a capsule named '{name.decode()}' that is still full"
        )
    return ctypes.cast(_capsule_pointer(capsule, name), c.P(_TYPES[name]))


def move_stream(capsule: Any, target: Any) -> None:
    """Move the stream of a capsule of ours into `target`."""
    stream = pointer_in(capsule, STREAM, "the library")
    ctypes.memmove(target, stream, ctypes.sizeof(c.ArrowArrayStream))
    stream.contents.release = type(stream.contents.release)()


def stream_from_array(schema: Any, array: Any, stream: Any) -> None:
    """One record batch as a stream: moves `schema` and `array` into `stream`."""
    status = lib.cstn_arrow_stream_from_array(schema, array, stream)
    if status < 0:
        raise CLASSES[status]("the record batch cannot be handed over as a stream", status)


def schema_of(stream: Any, schema: Any) -> None:
    """Ask a stream for its schema."""
    status = stream.contents.get_schema(stream, schema)
    if status != 0:
        raise stream_error(stream, status)


def stream_error(stream: Any, status: int) -> Exception:
    """What a stream says about its failure."""
    from .errors import LimitError, StreamError

    text = stream.contents.get_last_error(stream)
    kind = LimitError if status == errno.EDQUOT else StreamError  # as the library's streams say it
    return kind(text.decode("utf-8", "replace") if text else f"error {status} of a stream")


def batches(stream: Any) -> Iterator[Tuple[Any, Any]]:
    """Pull a stream: (schema, array) a batch, both valid until the next step."""
    with allocated(SCHEMA) as schema:
        schema_of(stream, schema)
        while True:
            with allocated(ARRAY) as array:
                status = stream.contents.get_next(stream, array)
                if status != 0:
                    raise stream_error(stream, status)
                if not array.contents.release:
                    return
                yield schema, array


def stream_formats(stream: Any) -> "list[Tuple[str, str]]":
    """(name, Arrow format) of each column of a stream."""
    with allocated(SCHEMA) as schema:
        schema_of(stream, schema)
        return formats(schema)


def formats(schema: Any) -> "list[Tuple[str, str]]":
    """(name, Arrow format) of each column of a schema."""
    struct = schema.contents
    return [
        (child.name.decode("utf-8", "replace"), child.format.decode())
        for child in (struct.children[i].contents for i in range(struct.n_children))
    ]


def value_formats(schema: Any) -> "list[Tuple[str, str]]":
    """(name, Arrow format of the values) of each column of a schema, also of dictionaries."""
    struct = schema.contents
    children = [struct.children[i].contents for i in range(struct.n_children)]
    return [
        (
            child.name.decode("utf-8", "replace"),
            (child.dictionary.contents if child.dictionary else child).format.decode(),
        )
        for child in children
    ]


def texts_and_flags(schema: Any) -> "set[str]":
    """Names of the columns that hold texts, dictionaries or flags."""
    struct = schema.contents
    children = [struct.children[i].contents for i in range(struct.n_children)]
    return {
        child.name.decode("utf-8", "replace")
        for child in children
        if child.dictionary or child.format.decode() in ("u", "U", "vu", "b")
    }


def address_of(pointer: Any) -> int:
    """The address of a struct, for producers and consumers that take addresses."""
    return ctypes.addressof(pointer.contents)


def rows_of(schema: Any, array: Any) -> "list[dict[str, Any]]":
    """The rows of a small batch as dicts."""
    from . import _decode

    columns = _decode.columns(schema, array)
    names = [column.name for column in columns]
    return [dict(zip(names, row)) for row in zip(*(column.values() for column in columns))]
