"""Flows between ranked stages, drawn as bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Dict, Tuple

from ._axes import INK, PALETTE, SOFT

#: colour and hatching of a direction: told apart also without colour
DIRECTIONS = {
    "forward": (PALETTE[0], ""),
    "backward": (PALETTE[1], "///"),
    "lateral": (SOFT, ""),
}
_WIDTH = 0.03
#: of the height, for a label
_LINE = 0.045


def flow(
    ax: Any, moves: "Sequence[Tuple[str, str, int, str]]", ranks: "Mapping[str, int]"
) -> None:
    """Draw moves (from, to, how many, direction), the highest rank on top, into empty axes."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    total = sum(n for _, _, n, _ in moves) or 1
    order = sorted(ranks, key=lambda stage: -ranks[stage])
    gap = total * 0.04
    starts = [
        _columns(order, gap, [(source, n) for source, _, n, _ in moves]),
        _columns(order, gap, [(target, n) for _, target, n, _ in moves]),
    ]
    at: "list[Dict[str, float]]" = [dict(column) for column in starts]
    for source, target, n, direction in sorted(
        moves, key=lambda move: (order.index(move[0]), order.index(move[1]))
    ):
        left, right = at[0][source], at[1][target]
        colour, hatch = DIRECTIONS[direction]
        corners = [
            (_WIDTH, left), (0.5, left), (0.5, right), (1 - _WIDTH, right),
            (1 - _WIDTH, right + n), (0.5, right + n), (0.5, left + n), (_WIDTH, left + n),
            (_WIDTH, left),
        ]
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        band = PathPatch(
            Path(corners, codes), facecolor=colour, alpha=0.55, hatch=hatch, linewidth=0.5,
            edgecolor="white", label=f"{source} to {target}: {n:,}",
        )
        ax.add_patch(band)
        at[0][source] += n
        at[1][target] += n
    height = total + gap * len(order)
    for side in (0, 1):
        free = -height  # below it the next label may stand: small blocks lie closer than text
        for stage, start in starts[side].items():
            n = sum(move[2] for move in moves if move[side] == stage)
            if n == 0:
                continue
            x = (1 - _WIDTH) * side
            ax.add_patch(Rectangle((x, start), _WIDTH, n, color=INK))
            middle = max(start + n / 2, free)
            free = middle + height * _LINE
            ax.text(
                -0.015 + 1.03 * side, middle, f"{stage}  {n:,}", va="center",
                ha="left" if side else "right", fontsize=9,
            )
    _frame(ax, height, moves)


def _columns(
    order: "Sequence[str]", gap: float, counts: "Sequence[Tuple[str, int]]"
) -> Dict[str, float]:
    """Where the block of each stage begins, from the top."""
    place: float = 0.0
    starts: Dict[str, float] = {}
    for stage in order:
        n = sum(count for name, count in counts if name == stage)
        starts[stage] = place
        place += n + (gap if n else 0.0)
    return starts


def _frame(ax: Any, height: float, moves: "Sequence[Tuple[str, str, int, str]]") -> None:
    from matplotlib.patches import Patch

    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(height, 0.0)
    ax.set_xticks([0.0, 1.0], ["before the move", "after the move"])
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_visible(False)
    ax.tick_params(length=0)
    counts = {
        name: sum(n for _, _, n, direction in moves if direction == name) for name in DIRECTIONS
    }
    ax.legend(
        handles=[
            Patch(facecolor=colour, hatch=hatch, edgecolor="white", alpha=0.7,
                  label=f"{name}: {counts[name]:,}")
            for name, (colour, hatch) in DIRECTIONS.items()
        ],
        frameon=False, fontsize=8, ncol=3, loc="upper center", bbox_to_anchor=(0.5, -0.06),
    )
    ax.set_title("Moves between relationship stages", loc="left", color=INK)
