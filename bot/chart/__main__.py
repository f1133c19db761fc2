"""Draws a chart: `python -m bot.chart` reads days with a number each, as JSON, and writes a PNG. `Charts` starts it."""

from __future__ import annotations

import json
import os
import sys
from datetime import date

from bot import system

_MEMORY = 1 << 30
_PROCESSOR_SECONDS = 15
# With a ground of its own the picture is legible on Discord's dark one (#313338), on white, and in programs with others.
_GROUND, _LINES, _INK, _BARS = "#2b2d31", "#45484f", "#dbdee1", "#7b8af9"
_WIDTH, _HEIGHT, _DOTS = 6.0, 2.5, 180
_MOST_DATES = 8


def main() -> None:
    """Read, draw and write."""
    system.limit("RLIMIT_AS", _MEMORY)
    system.limit("RLIMIT_CPU", _PROCESSOR_SECONDS)
    # Linear algebra is not needed, and would take a stack for each processor.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    days = [(date.fromisoformat(day), float(number)) for day, number in json.load(sys.stdin)]
    draw(days)


def draw(days: list[tuple[date, float]]) -> None:
    """Write the picture to standard output: digits and dates alone, which need no letters of any script."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - with the limits set
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DOTS, facecolor=_GROUND, layout=layout)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=_GROUND)
    places = range(len(days))
    axes.bar(places, [number for _, number in days], width=0.72, color=_BARS, zorder=2)
    step = -(-len(days) // _MOST_DATES)
    # Counted from the last day on, which is the one that people look for.
    shown = sorted(range(len(days) - 1, -1, -step))
    axes.set_xticks(shown, [f"{days[place][0]:%m-%d}" for place in shown])
    axes.set_xlim(-0.7, len(days) - 0.3)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=2))
    axes.grid(axis="y", color=_LINES, linewidth=0.8, zorder=1)
    axes.tick_params(colors=_INK, labelsize=10.5, length=0)
    axes.spines[:].set_visible(b=False)
    canvas.print_png(sys.stdout.buffer)


if __name__ == "__main__":
    main()
