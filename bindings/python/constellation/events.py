"""Events of a supply network as JSON: GS1 EPCIS 2.0 and DCSA Track & Trace 2.2."""

from __future__ import annotations

import ctypes
from typing import Any, Callable, List, NamedTuple, Optional, Union

from . import _frames
from . import _cdefs as c
from ._native import blob, c_text, integer, lib, out, take_buffer, take_error
from .errors import InvalidArgumentError, RowErrors
from .table import RowErrorTable, Table, call_with_rows, computed, row_errors
from .times import TimeLike, to_us

__all__ = ["EventDocument", "EventTable", "read_dcsa", "read_epcis", "write_dcsa", "write_epcis"]


class EventDocument(NamedTuple):
    """Events as a JSON document, and what is not in it."""

    text: str
    #: rows left out, and values that the format has no place for; None if all is in the document
    report: Optional[RowErrorTable]


def _options(
    source_partner: Optional[str] = None,
    id_prefix: Optional[str] = None,
    recorded: Optional[TimeLike] = None,
    all_or_nothing: bool = False,
    indent: bool = False,
    max_bytes: int = 0,
    max_depth: int = 0,
) -> Any:
    flags = c.CSTN_EVENT_JSON_ALL_OR_NOTHING if all_or_nothing else 0
    flags |= c.CSTN_EVENT_JSON_INDENT if indent else 0
    return c.cstn_event_json_options(
        struct_size=ctypes.sizeof(c.cstn_event_json_options),
        flags=flags,
        source_partner=(
            None if source_partner is None else c_text(source_partner, "source_partner")
        ),
        id_prefix=None if id_prefix is None else c_text(id_prefix, "id_prefix"),
        recorded_us=0 if recorded is None else to_us(recorded, "recorded"),
        max_bytes=integer(max_bytes, 64, "max_bytes"),
        max_depth=integer(max_depth, 32, "max_depth"),
    )


class EventTable(Table):
    """The events of a document as a table, read as often as you like.

    Attributes
    ----------
    bad_rows : RowErrorTable or None
        The events that were left out: ``row`` is the index in the document's list of events, the
        field a JSON pointer inside the event.
    """

    bad_rows: Optional[RowErrorTable] = None

    def __init__(self, function: Callable[..., int], data: bytes, options: Any) -> None:
        failures: List[Optional[RowErrors]] = []

        def read(stream: Any) -> None:
            # The document is read at once, for its errors; the first reader gets that stream.
            failure = call_with_rows(
                function, data, len(data), ctypes.byref(options), lib.allocator, stream
            )
            if not stream.contents.release:  # all or nothing, and it was nothing
                raise failure or RowErrors("events were left out")
            if not failures:
                failures.append(failure)

        super().__init__(computed(read))
        self._failure = failures[0]
        if self._failure is not None:
            self.bad_rows = self._failure.rows


def _events(
    function: Callable[..., int],
    document: Union[str, bytes],
    options: Any,
    bad_rows: str,
    frame: Optional[str],
) -> Any:
    if bad_rows not in ("raise", "keep"):
        raise InvalidArgumentError(f"bad_rows {bad_rows!r} is not 'raise' or 'keep'")
    kind = _frames.check_kind(frame, "table")
    table = EventTable(function, blob(document, "document"), options)
    failure = table._failure
    if failure is not None and bad_rows == "raise":
        failure.result = table
        raise failure
    return _frames.convert(table, kind)


def _document(
    function: Callable[..., int], events: Any, options: Any, bad_rows: str
) -> EventDocument:
    if bad_rows not in ("raise", "keep"):
        raise InvalidArgumentError(f"bad_rows {bad_rows!r} is not 'raise' or 'keep'")
    buffer, rows = out(c.cstn_buffer), out(c.cstn_row_errors)
    error = out(c.cstn_error)
    with _frames.stream(events) as stream:
        status = function(
            stream,
            ctypes.byref(options),
            lib.allocator,
            ctypes.byref(buffer),
            ctypes.byref(rows),
            ctypes.byref(error),
        )
    report = RowErrorTable(rows) if rows else None
    document = EventDocument(take_buffer(buffer).decode() if buffer else "", report)
    if status == c.CSTN_OK:
        return document
    failure = take_error(status, error)
    failure.rows = report
    if isinstance(failure, RowErrors):
        if bad_rows == "keep":
            return document
        failure = row_errors(report) if report is not None else failure
        failure.result = document
    raise failure


def read_epcis(
    document: Union[str, bytes],
    *,
    source_partner: Optional[str] = None,
    id_prefix: Optional[str] = None,
    recorded: Optional[TimeLike] = None,
    all_or_nothing: bool = False,
    max_bytes: int = 0,
    max_depth: int = 0,
    bad_rows: str = "raise",
    frame: Optional[str] = None,
) -> Any:
    """The events of an EPCIS 2.0 document in JSON, one a row.

    Parameters
    ----------
    document : str or bytes
        A capture document, a query document, or one bare event. It is not trusted.
    source_partner : str, optional
        The source of every event; None: the sender that the document names.
    id_prefix : str, optional
        A URI that ends where own ids begin; it is taken away from ids.
    recorded : datetime, date, str or int, optional
        When an event was known that does not say it; None: the document's date of creation.
    all_or_nothing : bool
        A bad event refuses the document.
    max_bytes, max_depth : int
        Longest document (0 is 64 MiB) and deepest nesting (0 is 64).
    bad_rows : "raise" or "keep"
        When events are left out: raise RowErrors, whose ``result`` has the others, or return
        those; an `EventTable` has ``bad_rows``.
    frame : "pandas", "polars", "pyarrow" or "table", optional
        What to return; by default an `EventTable`.

    Returns
    -------
    frame
        The fields of noun ``event``, so that ``Network.import_`` takes them, and six more: what no
        column holds is in ``extra``, and nothing is lost.

    Raises
    ------
    FormatError
        For what is no EPCIS document, with the place.
    RowErrors
        Events were left out; each rule that one breaks is a row.

    Examples
    --------
    >>> event = '''{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    ...     "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "departing",
    ...     "eventTime": "2024-05-02T08:00:00Z", "eventTimeZoneOffset": "+02:00",
    ...     "epcList": ["urn:epc:id:sscc:4012345.0000000001"]}'''
    >>> read_epcis(event).to_pydict()["type"]
    ['departed']
    """
    options = _options(
        source_partner, id_prefix, recorded, all_or_nothing, False, max_bytes, max_depth
    )
    return _events(lib.cstn_epcis_read, document, options, bad_rows, frame)


def write_epcis(
    events: Any,
    *,
    id_prefix: Optional[str] = None,
    recorded: Optional[TimeLike] = None,
    all_or_nothing: bool = False,
    indent: bool = False,
    bad_rows: str = "raise",
) -> EventDocument:
    """Events as an EPCIS 2.0 capture document; planned and estimated ones are left out.

    Parameters
    ----------
    events : frame
        Columns as `read_epcis` gives them.
    id_prefix : str, optional
        A URI to put before ids that are none, as EPCIS asks for URIs.
    recorded : datetime, date, str or int, optional
        The document's date of creation; None: the latest time of the rows.
    all_or_nothing : bool
        A bad row refuses the call.
    indent : bool
        One member a line.
    bad_rows : "raise" or "keep"
        When rows are bad: raise RowErrors, whose ``result`` has the others, or return those.

    Returns
    -------
    EventDocument
        The text, and a report of what is not in it.
    """
    options = _options(None, id_prefix, recorded, all_or_nothing, indent)
    return _document(lib.cstn_epcis_write, events, options, bad_rows)


def read_dcsa(
    document: Union[str, bytes],
    *,
    source_partner: Optional[str] = None,
    id_prefix: Optional[str] = None,
    recorded: Optional[TimeLike] = None,
    all_or_nothing: bool = False,
    max_bytes: int = 0,
    max_depth: int = 0,
    bad_rows: str = "raise",
    frame: Optional[str] = None,
) -> Any:
    """The events of a DCSA Track & Trace 2.2 document; parameters as in `read_epcis`.

    Parameters
    ----------
    document : str or bytes
        A list of events, one event, or an object whose ``events`` is the list.
    source_partner, id_prefix, recorded, all_or_nothing, max_bytes, max_depth, bad_rows, frame
        As in `read_epcis`.
    """
    options = _options(
        source_partner, id_prefix, recorded, all_or_nothing, False, max_bytes, max_depth
    )
    return _events(lib.cstn_dcsa_read, document, options, bad_rows, frame)


def write_dcsa(
    events: Any,
    *,
    id_prefix: Optional[str] = None,
    recorded: Optional[TimeLike] = None,
    all_or_nothing: bool = False,
    indent: bool = False,
    bad_rows: str = "raise",
) -> EventDocument:
    """Events as a list of DCSA Track & Trace 2.2 events, planned and estimated ones included.

    Parameters
    ----------
    events, id_prefix, recorded, all_or_nothing, indent, bad_rows
        As in `write_epcis`.
    """
    options = _options(None, id_prefix, recorded, all_or_nothing, indent)
    return _document(lib.cstn_dcsa_write, events, options, bad_rows)
