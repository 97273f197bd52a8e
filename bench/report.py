"""The figures of one run: named for machines, and in a table with what was to be reached for people."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import photographs, pipeline, whole_way
from demo import portraits
from running.environment import ONE_THREAD, neutral
from running.progress import step


@dataclass(frozen=True)
class Target:
    """A figure that people are told, and what was to be reached, if anything was."""

    name: str
    what: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def limit(self) -> str:
        """What was to be reached, in words; empty where the figure is only told."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"

    def reached(self, value: float) -> bool:
        """Tell whether a value is as good as this."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


TARGETS = (
    Target("speedup", "JPEG to dlib template, times faster than face_recognition", at_least=12),
    Target("with_all_speedup", "both networks and PAD, times faster than the same call", at_least=6),
    Target("embed_speedup", "one face to its template, times faster", at_least=12),
    Target("p50_ms", "one kiosk, one frame: median, ms", at_most=60),
    Target("p95_ms", "one kiosk, one frame: 95 % within, ms", at_most=120),
    Target("overhead_ms", "of that, beside the faces: median, ms", at_most=20),
    Target("decisions_per_s", "eight kiosks, one frame: decisions a second", at_least=30),
    Target("compared_after_withdrawal", "the same, busy: faces compared after a family had withdrawn", at_most=0),
    Target("withdrawal_ms.p50", "from that click to no comparison: median, ms"),
    Target("withdrawal_ms.max", "from that click to no comparison: longest, ms"),
    Target("gallery_ms.5000", "one search among 5,000 references, ms", at_most=5),
    Target("rss_mb.extract", "a worker that looks at pictures, MB", at_most=400),
    Target("rss_mb.decide", "a worker that compares, MB", at_most=200),
    Target("rss_mb.web", "the web process, MB", at_most=150),
)


@dataclass(frozen=True)
class Choice:
    """What is measured: photographs of a folder or of the demo, with which engines, and how long."""

    folder: Path | None = None
    engines: str | None = None
    quick: bool = False


def measured(choice: Choice, *, models: Path, var: Path, outer: Mapping[str, str]) -> dict[str, Any]:
    """Measure everything and return the figures by name."""
    faces = portraits.fetch(var)
    frames = photographs.of_folder(choice.folder) if choice.folder else photographs.of_portraits(faces)
    one_thread = neutral(outer) | ONE_THREAD
    with step("from JPEG to template"):
        took = pipeline.measured(frames, models, rounds=2 if choice.quick else 10, environment=one_thread)
    engines = choice.engines or (pipeline.BOTH if "both" in took else "dlib")
    with step(f"the whole way, with the engines {engines}"):
        way = whole_way.figures(faces, models, engines, quick=choice.quick)
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    return of_pipeline(took) | way | {"engines": engines, "quick": choice.quick} | machine


def of_pipeline(took: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures that follow from the pipeline's medians; null where the optional models are not there."""
    both, everything = took.get("both"), took.get("with_all")
    return {
        "photographs": took["photographs"],
        "gallery_ms": took["gallery_ms"],
        "naive_ms": took["naive"],
        "ours_ms": took["ours"],
        "speedup": took["naive"] / took["ours"],
        "ours_ms_3_frames": took["ours_3"],
        "naive_embed_ms": took["naive_embed"],
        "ours_embed_ms": took["ours_embed"],
        "embed_speedup": took["naive_embed"] / took["ours_embed"],
        "both_ms": both,
        "with_all_ms": everything,
        "with_all_speedup": took["naive"] / everything if everything else None,
    }


def table(figures: Mapping[str, Any], targets: Iterable[Target] = TARGETS) -> str:
    """Return a line for each figure that was to be reached, and whether it was."""
    lines = []
    for target in targets:
        value = _value(figures, target.name)
        told = ("-", "not measured") if value is None else (f"{value:.1f}", "yes" if target.reached(value) else "NO")
        lines.append(f"{target.what:<60} {told[0]:>8}   {target.limit:<13} {told[1] if target.limit else ''}".rstrip())
    return "\n".join(lines)


def _value(figures: Mapping[str, Any], name: str) -> float | None:
    found: Any = figures
    for part in name.split("."):
        found = found[part]
    return None if found is None else float(found)
