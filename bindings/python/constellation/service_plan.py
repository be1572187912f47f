"""From segment to service: what each segment is worth, and the service it gets.

Tables in, tables out. ``segments`` has a row a segment: ``segment``, ``customers``,
``value_at_risk``, ``unit_margin``, ``holding``, and more that service_plan.h lists. What other parts
of a supply chain compute (calibrated lead times, value at risk, lifetime value) comes in as plain
numbers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import _cdefs as c
from . import _frames
from ._estimator import Estimator
from ._handles import Handle
from ._native import call, integer, lib, made_text, names_of, out, text_of
from ._axes import PALETTE, new_axes, percent, titled
from .errors import NotFoundError, StateError
from ._state import Framed
from .schema import binding_of
from .table import Table

__all__ = [
    "ServicePlan",
    "ServicePlanRow",
    "ServicePlanner",
    "segment_compare",
    "segment_moves",
]

_REASONS = {
    "no_evidence": c.CSTN_PLAN_NO_EVIDENCE,
    "partial_evidence": c.CSTN_PLAN_PARTIAL_EVIDENCE,
    "no_effect": c.CSTN_PLAN_NO_EFFECT,
    "negative_effect": c.CSTN_PLAN_NEGATIVE_EFFECT,
    "no_underage": c.CSTN_PLAN_NO_UNDERAGE,
    "no_fill_rate": c.CSTN_PLAN_NO_FILL_RATE,
    "stage_raised": c.CSTN_PLAN_STAGE_RAISED,
    "no_value": c.CSTN_PLAN_NO_VALUE,
    "no_lead_time": c.CSTN_PLAN_NO_LEAD_TIME,
    "menu_gap": c.CSTN_PLAN_MENU_GAP,
}


class ServicePlanRow(NamedTuple):
    """The decision for one segment; None is not known."""

    segment: str
    tier: int
    protected_ppm: int
    #: cu / (cu + co)
    service_level: float
    fill_rate: Optional[float]
    #: dV: what a failed order costs in lost custom, minor units
    failure_value: float
    underage: float
    overage: float
    repeat_difference: Optional[float]
    repeat_low: Optional[float]
    repeat_high: Optional[float]
    lead_time_days: Optional[int]
    lead_time_ppm: Optional[int]
    #: of the menu
    option: Optional[str]
    #: names of what made the row as it is
    reasons: Tuple[str, ...]


class _Builder(Handle):
    _RELEASE = "cstn_service_plan_builder_free"


def _known(number: float) -> Optional[float]:
    return None if number != number else number


def _whole(number: int) -> Optional[int]:
    return None if number < 0 else number


def _row_of(raw: Any) -> ServicePlanRow:
    return ServicePlanRow(
        segment=text_of(raw.segment),
        tier=raw.tier,
        protected_ppm=raw.protected_ppm,
        service_level=raw.service_level,
        fill_rate=_known(raw.fill_rate),
        failure_value=raw.failure_value,
        underage=raw.underage,
        overage=raw.overage,
        repeat_difference=_known(raw.repeat_difference),
        repeat_low=_known(raw.repeat_low),
        repeat_high=_known(raw.repeat_high),
        lead_time_days=_whole(raw.lead_time_days),
        lead_time_ppm=_whole(raw.lead_time_ppm),
        option=text_of(raw.option) or None,
        reasons=names_of(raw.reasons, _REASONS),
    )


def _filled(values: "Sequence[int]", n: int, what: str) -> Tuple[int, ...]:
    numbers = [integer(value, 64, what) for value in values]
    return tuple((numbers + [0] * n)[: max(n, len(numbers))])


class ServicePlan(Framed):
    """A plan of service by segment: immutable, with a digest.

    Parameters
    ----------
    segments : frame
        A row a segment.
    evidence : frame, optional
        Do customers come back after a failed order? ``segment``, ``stratum`` (the decile of order
        value), ``perfect``, ``perfect_repeat``, ``failed``, ``failed_repeat``.
    lead_times : frame, optional
        What can be promised: ``segment`` (None: for all), ``days``, ``probability_ppm``.
    menu : frame, optional
        At most 20 options a segment: ``segment``, ``option``, ``uplift``, ``cost``, ``use_1`` ..
        ``use_3``, ``services``, ...
    capacities : sequence of int
        What the menu may use in all, up to three.
    tier_cuts : sequence of three int, optional
        Cumulative shares of value at risk in parts per million; 500,000, 800,000, 950,000.
    protected : sequence of up to four int
        Share of supply protected for each tier, parts per million.
    confidence_ppm, min_cell, max_nodes : int
        0 is the default: 950,000, 5, 20,000.
    raise_by_stage : bool
        Stages CRISIS and RECOVERY raise a segment by one tier.
    frame : "pandas", "polars", "pyarrow" or "table", optional
        What tables come as; by default what `segments` was.

    Raises
    ------
    InvalidArgumentError
        A row breaks a rule, or what a unit left over costs is not above 0.

    Notes
    -----
    Service levels are newsvendor ratios, 0..1; repeat differences have the interval of Newcombe
    (1998) in each stratum, joined by the square-and-add rule (Zou and Donner 2008). Money is minor
    units. A plan is immutable, owns its memory and may be read from any thread; making one is O(n
    log n), the menu aside, whose search looks at `max_nodes` nodes at most.

    Examples
    --------
    >>> plan = ServicePlan(
    ...     {"segment": ["gold", "new"], "customers": [40, 200], "value_at_risk": [900, 100],
    ...      "unit_margin": [9.0, 3.0], "holding": [1.0, 1.0], "residual_clv": [500.0, 80.0]},
    ...     evidence={"segment": ["gold"], "perfect": [70], "perfect_repeat": [56],
    ...               "failed": [80], "failed_repeat": [48]})
    >>> [(row.segment, row.tier, round(row.service_level, 4)) for row in plan]
    [('gold', 3, 0.9909), ('new', 4, 0.75)]
    """

    _RELEASE = "cstn_service_plan_unref"
    _IMMUTABLE = True

    def __init__(
        self,
        segments: Any,
        evidence: Any = None,
        lead_times: Any = None,
        menu: Any = None,
        *,
        capacities: "Sequence[int]" = (),
        tier_cuts: "Sequence[int]" = (),
        protected: "Sequence[int]" = (),
        confidence_ppm: int = 0,
        min_cell: int = 0,
        max_nodes: int = 0,
        raise_by_stage: bool = True,
        frame: Optional[str] = None,
    ) -> None:
        self._frame = _frames.check_kind(frame, _frames.kind_of(segments))
        options = c.cstn_service_plan_options(
            struct_size=ctypes.sizeof(c.cstn_service_plan_options),
            flags=0 if raise_by_stage else c.CSTN_SERVICE_PLAN_NO_RAISE,
            confidence_ppm=integer(confidence_ppm, 32, "confidence_ppm"),
            n_capacities=len(capacities),
            min_cell=integer(min_cell, 64, "min_cell"),
            max_nodes=integer(max_nodes, 64, "max_nodes"),
        )
        options.tier_cut_ppm[:] = [integer(n, 32, "a cut") for n in _filled(tier_cuts, 3, "a cut")]
        options.protected_ppm[:] = [
            integer(n, 32, "a share") for n in _filled(protected, 4, "a share")
        ]
        options.capacity[:] = _filled(capacities, 3, "a capacity")
        pointer, plan = out(c.cstn_service_plan_builder), out(c.cstn_service_plan)
        call(
            lib.cstn_service_plan_builder_new,
            ctypes.byref(options),
            lib.allocator,
            ctypes.byref(pointer),
        )
        builder = _Builder()
        builder._adopt(pointer)
        with builder:
            for table, rows in (
                (c.CSTN_PLAN_INPUT_SEGMENTS, segments),
                (c.CSTN_PLAN_INPUT_EVIDENCE, evidence),
                (c.CSTN_PLAN_INPUT_LEAD_TIMES, lead_times),
                (c.CSTN_PLAN_INPUT_MENU, menu),
            ):
                if rows is None:
                    continue
                bound = binding_of(casts=("integral", "nan_null"))
                with _frames.stream(rows) as stream:
                    call(
                        lib.cstn_service_plan_builder_add,
                        pointer,
                        table,
                        stream,
                        bound._live() if bound is not None else None,
                    )
            call(lib.cstn_service_plan_builder_build, pointer, ctypes.byref(plan))
        self._adopt(plan)

    def __len__(self) -> int:
        return int(lib.cstn_service_plan_count(self._live()))

    def __getitem__(self, index: int) -> ServicePlanRow:
        """The decision for the segment at `index`, in the order of labels."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"segment {index} of {len(self)}")
        row = c.cstn_service_plan_row(struct_size=ctypes.sizeof(c.cstn_service_plan_row))
        call(lib.cstn_service_plan_at, self._live(), index % len(self), ctypes.byref(row))
        return _row_of(row)

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's content, 64 hex digits."""
        return text_of(lib.cstn_service_plan_digest_text(self._live()))

    def _format(self, form: int) -> str:
        return made_text(lib.cstn_service_plan_format, self._live(), form)

    def to_json(self) -> str:
        """The plan as JSON: its digest is that of the bytes of member "plan"."""
        return self._format(c.CSTN_PLAN_FORM_JSON)

    def to_csv(self) -> str:
        """The table of segments as CSV."""
        return self._format(c.CSTN_PLAN_FORM_CSV)

    def _table(self, table: int, frame: Optional[str]) -> Any:
        def export(stream: Any) -> None:
            call(lib.cstn_service_plan_export, self._live(), table, stream)

        return self._framed(export, frame)

    def segments(self, frame: Optional[str] = None) -> Any:
        """A row a segment: what came in, and every decision with its reasons."""
        return self._table(c.CSTN_PLAN_TABLE_SEGMENTS, frame)

    def capacities(self, frame: Optional[str] = None) -> Any:
        """A row a capacity of the menu: used, available, shadow price, value, bound, gap."""
        return self._table(c.CSTN_PLAN_TABLE_CAPACITIES, frame)

    def shared(self, frame: Optional[str] = None) -> Any:
        """What may cross a company border: no segment with fewer customers than `min_cell`."""
        return self._table(c.CSTN_PLAN_TABLE_SHARED, frame)

    def plot_service_levels(self, ax: Any = None) -> Any:
        """Service level by segment, coloured by tier (matplotlib). Returns the Axes."""
        rows = [self[i] for i in range(len(self))]
        ax = new_axes(ax, 1.2 + 0.45 * len(rows))
        for y, row in enumerate(rows):
            colour = PALETTE[(row.tier - 1) % len(PALETTE)]
            ax.barh(y, row.service_level, color=colour, height=0.7)
            ax.text(0.01, y, f"tier {row.tier}", va="center", color="white", fontsize=8)
            ax.text(row.service_level + 0.01, y, f"{row.service_level:.1%}", va="center", fontsize=8)
        ax.set_yticks(range(len(rows)), [row.segment for row in rows])
        ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        ax.set_xlim(0.0, 1.1)
        ax.set_xticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
        percent(ax.xaxis)
        ax.set_xlabel("service level (probability of not running out in a cycle)")
        return titled(ax, "Service level by segment")

    def __repr__(self) -> str:
        if self.closed:
            return "ServicePlan(closed)"
        return f"ServicePlan({len(self)} segments; {self.digest[:16]})"


class ServicePlanner(Estimator):
    """Makes a `ServicePlan`, in the shape of a scikit-learn estimator.

    Parameters
    ----------
    capacities, tier_cuts, protected, confidence_ppm, min_cell, max_nodes, raise_by_stage
        As of `ServicePlan`.

    Attributes
    ----------
    plan_ : ServicePlan
        After `fit`.

    Notes
    -----
    Method and cost are those of `ServicePlan`. One thread at a time fits an estimator; its plan is
    immutable, owns its memory and may be read from any thread.

    Examples
    --------
    >>> planner = ServicePlanner().fit(
    ...     {"segment": ["gold", "new"], "customers": [40, 200], "value_at_risk": [900, 100],
    ...      "unit_margin": [9.0, 3.0], "holding": [1.0, 1.0], "residual_clv": [500.0, 80.0]})
    >>> [(row.segment, row.service_level) for row in planner.predict(["new", "gold", "new"])]
    [('new', 0.75), ('gold', 0.9), ('new', 0.75)]
    """

    def __init__(
        self,
        *,
        capacities: "Sequence[int]" = (),
        tier_cuts: "Sequence[int]" = (),
        protected: "Sequence[int]" = (),
        confidence_ppm: int = 0,
        min_cell: int = 0,
        max_nodes: int = 0,
        raise_by_stage: bool = True,
    ) -> None:
        self.capacities = capacities
        self.tier_cuts = tier_cuts
        self.protected = protected
        self.confidence_ppm = confidence_ppm
        self.min_cell = min_cell
        self.max_nodes = max_nodes
        self.raise_by_stage = raise_by_stage

    def fit(
        self,
        segments: Any,
        y: Any = None,
        *,
        evidence: Any = None,
        lead_times: Any = None,
        menu: Any = None,
    ) -> "ServicePlanner":
        """Make the plan of these tables, which `ServicePlan` describes; returns the estimator.

        Raises
        ------
        InvalidArgumentError
            A row breaks a rule, or a parameter is out of range.
        """
        self.plan_ = ServicePlan(segments, evidence, lead_times, menu, **self.get_params())
        return self

    def predict(self, segments: "Sequence[str]") -> List[ServicePlanRow]:
        """The decision for each label of `segments`, such as a customer's segment each.

        Raises
        ------
        StateError
            Nothing was fitted.
        NotFoundError
            A label has no decision.
        """
        if not self._is_fitted():
            raise StateError("this ServicePlanner is not fitted; call fit")
        plan = self.plan_
        rows = {row.segment: row for row in (plan[i] for i in range(len(plan)))}
        for label in segments:
            if label not in rows:
                raise NotFoundError(f"no segment is called {label!r}; the plan has {', '.join(rows)}")
        return [rows[label] for label in segments]


def segment_moves(
    distances: Any,
    *,
    margin_ppm: int = 0,
    columns: Optional["Mapping[str, str]"] = None,
    frame: Optional[str] = None,
) -> Any:
    """Who changes segment: only who is nearer to another by a margin in two successive periods.

    Parameters
    ----------
    distances : frame
        A row a customer, period and segment: ``customer`` (text), ``period``, ``segment``,
        ``distance``, ``held`` (the segment at the customer's first period, optional).
    margin_ppm : int
        By how much nearer; 0 means 100,000.
    columns : mapping, optional
        Renaming, declared name -> name in the frame.
    frame : "pandas", "polars", "pyarrow" or "table", optional
        By default what `distances` was.

    Returns
    -------
    frame
        customer, period, from, to, distance_from, distance_to, before_from, before_to, reason.

    Examples
    --------
    >>> rows = [{"customer": "ann", "period": p, "segment": s, "distance": d}
    ...         for p in (1, 2, 3) for s, d in (("A", 1.0 if p == 1 else 5.0), ("B", 2.0))]
    >>> [(m["period"], m["from"], m["to"]) for m in segment_moves(rows).to_pylist()]
    [(3, 'A', 'B')]
    """
    kind = _frames.check_kind(frame, _frames.kind_of(distances))
    bound = binding_of(columns=columns)
    options = c.cstn_segment_moves_options(
        struct_size=ctypes.sizeof(c.cstn_segment_moves_options),
        margin_ppm=integer(margin_ppm, 32, "margin_ppm"),
    )
    if bound is not None:
        options.binding = options.keep = bound._live()

    def export(out_stream: Any) -> None:
        with _frames.stream(distances) as stream:
            call(lib.cstn_segment_moves, stream, ctypes.byref(options), lib.allocator, out_stream)

    return _frames.convert(Table(export), kind)


def segment_compare(
    before: Any,
    after: Any,
    *,
    columns: Optional["Mapping[str, str]"] = None,
    frame: Optional[str] = None,
) -> "Tuple[Dict[str, Any], Any]":
    """How far two ways to segment the same customers agree, and who moved.

    Parameters
    ----------
    before, after : frame
        A row a customer: ``customer`` and ``segment`` (texts).
    columns : mapping, optional
        Renaming, declared name -> name in both frames.
    frame : "pandas", "polars", "pyarrow" or "table", optional
        By default what `after` was.

    Returns
    -------
    dict, frame
        customers (in both), moved, only_before, only_after, segments_before, segments_after,
        adjusted_rand (None without customers in both); then customer, from, to of who moved.

    Examples
    --------
    >>> before = {"customer": ["ann", "bob", "cy"], "segment": ["A", "A", "B"]}
    >>> after = {"customer": ["ann", "bob", "cy"], "segment": ["A", "B", "B"]}
    >>> told, moved = segment_compare(before, after)
    >>> told["moved"], moved.to_pylist()
    (1, [{'customer': 'bob', 'from': 'A', 'to': 'B'}])
    """
    kind = _frames.check_kind(frame, _frames.kind_of(after))
    bound = binding_of(columns=columns)
    told = c.cstn_segment_comparison(struct_size=ctypes.sizeof(c.cstn_segment_comparison))

    def compare(moved: Any) -> None:
        with _frames.stream(before) as one, _frames.stream(after) as other:
            call(
                lib.cstn_segment_compare, one, other,
                None if bound is None else bound._live(), lib.allocator, ctypes.byref(told), moved,
            )

    compare(None)
    answer: Dict[str, Any] = {name: getattr(told, name) for name, *_ in told._fields_[2:]}
    if answer["adjusted_rand"] != answer["adjusted_rand"]:
        answer["adjusted_rand"] = None
    return answer, _frames.convert(Table(compare), kind)
