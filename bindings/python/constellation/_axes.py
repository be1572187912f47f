"""How plots look: axes, titles, captions, colours that people with any colour vision tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

__all__ = ["ACCENT", "INK", "MARKERS", "PALETTE", "SOFT"]

INK, SOFT, ACCENT = "#20303c", "#9aa7b0", "#b5482a"
#: the colours of Okabe and Ito (2008), but for the yellow, which white paper swallows
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
#: from little to much, also in print and for any colour vision
SHADES = "cividis"


def new_axes(ax: Any, height: float, width: float = 7.0) -> Any:
    """The axes given, or those of a new figure."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def titled(ax: Any, title: str) -> Any:
    """A title to the left, and no lines where there is no scale; returns the axes."""
    ax.set_title(title, loc="left", color=INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def caption(ax: Any, text: str, below: float = 48) -> None:
    """Small words under the axes."""
    ax.annotate(
        text,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(0, -below),
        textcoords="offset points",
        fontsize=8,
        color=SOFT,
        annotation_clip=False,
    )


def percent(axis: Any) -> None:
    """An axis of shares in percent."""
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(xmax=1.0))


def thousands(axis: Any) -> None:
    """An axis of numbers with commas."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def whole(axis: Any) -> None:
    """An axis of counts: ticks at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))


def heat(
    ax: Any,
    grid: Any,
    label: str,
    texts: "Optional[Sequence[Sequence[str]]]" = None,
    **how: Any,
) -> Any:
    """A grid as colours, its first row at the bottom, with a scale beside it and texts in cells.

    NaN stays empty. Texts are dark on light cells and light on dark ones. Returns the image.
    """
    import numpy

    values = numpy.array(grid, float)
    image = ax.imshow(values, **{"origin": "lower", "aspect": "auto", "cmap": SHADES, **how})
    for y, row in enumerate(texts or []):
        for x, text in enumerate(row):
            if not text:
                continue
            colour = "black"
            if not numpy.isnan(values[y, x]):
                red, green, blue, _ = image.cmap(image.norm(values[y, x]))
                colour = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else "black"
            ax.text(x, y, text, ha="center", va="center", color=colour, fontsize=9)
    bar = ax.figure.colorbar(image, ax=ax, label=label)
    bar.outline.set_visible(False)
    if how.get("vmax") != 1.0:
        thousands(bar.ax.yaxis)
    return image
