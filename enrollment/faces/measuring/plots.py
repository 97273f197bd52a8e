"""Plots of distances and errors, as SVG: drawn from numbers alone, no face in them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

_BLUE, _ORANGE, _GREY = "#0b6bcb", "#c2410c", "#6b7280"
_COLORS = (_BLUE, _ORANGE, "#15803d", "#7c3aed", "#b45309", "#0f766e")

Curve = Sequence[tuple[float, float, float]]
"""(threshold, FMR, FNMR) along the thresholds."""


def histogram(genuine: NDArray[np.float64], impostor: NDArray[np.float64], threshold: float) -> str:
    """Return how often each distance was seen: of one person's photographs, and of two people's."""
    figure, axes = _figure()
    ends = [values[edge] for values in (genuine, impostor) if len(values) for edge in (0, -1)]
    bins = np.linspace(min(ends), max(ends) + 1e-9, 80)
    for values, color, label in ((genuine, _BLUE, "one person"), (impostor, _ORANGE, "two people")):
        if len(values):
            shares = np.full(len(values), 1 / len(values))
            axes.hist(values, bins, weights=shares, color=color, alpha=0.6, label=f"{label} ({len(values):,})")
    axes.axvline(threshold, color=_GREY, linestyle="--", label=f"threshold {threshold:.3f}")
    axes.set_xlabel("distance (smaller is closer)")
    axes.set_ylabel("share of comparisons")
    axes.legend(frameon=False)
    return _svg(figure)


def det(curves: Mapping[str, Curve], showable: float | None = None) -> str:
    """Return the DET curve of each name: FNMR against FMR, both in logarithms."""
    figure, axes = _figure()
    axes.set_xscale("log")
    for (name, curve), color in zip(curves.items(), _COLORS * len(curves), strict=False):
        seen = [(fmr, fnmr) for _, fmr, fnmr in curve if fmr > 0]
        axes.step(*zip(*seen, strict=True), where="post", color=color, label=name)
    if showable is not None:
        left, right = axes.get_xlim()
        axes.axvspan(left, showable, color=_GREY, alpha=0.15, label="not shown: too few pairs of people")
        axes.set_xlim(left, max(right, showable))
    axes.set_yscale("symlog", linthresh=1e-3)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("false match rate, per comparison")
    axes.set_ylabel("false non-match rate")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(frameon=False)
    return _svg(figure)


def _figure() -> tuple[Any, Any]:
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    """Return the figure without what changes from run to run, so that the same numbers give the same file."""
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "campus gate", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    drawn = file.getvalue()
    return re.sub(r"\s+\n", "\n", drawn[drawn.index("<svg") :])
