"""The picture of who may see what, and how fine."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ._decision import Field
from .terms import LEVELS


class Matrix:
    """Who may see what, and how fine: a row a party, a column a field.

    Attributes
    ----------
    paths : list of str
        The columns.
    cells : dict of str to dict of str to Field
        By party and path.
    """

    def __init__(self, paths: "List[str]", cells: "Dict[str, Dict[str, Field]]") -> None:
        self.paths = paths
        self.cells = cells

    def level(self, party: str, path: str) -> Optional[str]:
        """The level, or None if it is denied."""
        return self.cells[party][path].level

    def __str__(self) -> str:
        rows = [[""] + self.paths]
        for party in self.cells:
            rows.append([party] + [self.level(party, path) or "-" for path in self.paths])
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = ("  ".join(text.ljust(w) for text, w in zip(row, widths)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self) -> str:
        return f"<Matrix of {len(self.cells)} parties and {len(self.paths)} fields>\n{self}"

    def plot(self, ax: Any = None) -> Any:
        """A picture of it, the brighter the finer; needs matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new one unless given.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ._axes import SHADES, new_axes, titled

        parties = list(self.cells)
        ax = new_axes(ax, 1.2 + 0.5 * max(len(parties), 1))
        shades = [
            [7 - LEVELS.get(self.level(party, path) or "", 7) for path in self.paths]
            for party in parties
        ]
        ax.imshow(shades, cmap=SHADES, vmin=0, vmax=7, aspect="auto")
        ax.set_xticks(range(len(self.paths)), self.paths, rotation=30, ha="right")
        ax.set_yticks(range(len(parties)), parties)
        for i, party in enumerate(parties):
            for j, path in enumerate(self.paths):
                ax.text(
                    j,
                    i,
                    self.level(party, path) or self.cells[party][path].reason.lower(),
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="black" if shades[i][j] > 4 else "white",
                )
        return titled(ax, "Who may see what")
