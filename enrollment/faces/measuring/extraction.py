"""From photographs to templates, once each: what the gate would refuse is counted with its reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from enrollment.faces import images
from enrollment.faces.capture import Rules, sight
from enrollment.faces.distance import Template
from enrollment.faces.engine import Engine
from enrollment.faces.face import Box, Face
from enrollment.faces.images import Pixels
from enrollment.faces.measuring.dataset import Person
from enrollment.faces.refusal import Refusal

Answer = TypeVar("Answer")

STEPS = ("decode", "detect", "landmarks", "embed")


@dataclass(frozen=True)
class Subject:
    """A person whose photographs gave templates: photos x numbers, in the order of the photographs."""

    name: str
    templates: NDArray[np.float32] = field(repr=False)

    def __len__(self) -> int:
        return len(self.templates)


@dataclass(frozen=True)
class Extracted:
    """What an engine made of a dataset."""

    subjects: tuple[Subject, ...]
    people: int
    images: int
    refusals: Counter[str]
    """Reason -> how many photographs were refused for it."""
    ms: dict[str, float]
    """Step -> mean milliseconds a photograph that gave a template; `total` is their sum."""

    @property
    def fta(self) -> float:
        """The share of photographs that gave no template."""
        return self.refusals.total() / self.images if self.images else 0.0


class Timed:
    """An engine that notes how long each of its steps takes, in seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.version = engine.name, engine.version
        self.took: dict[str, float] = dict.fromkeys(STEPS, 0.0)

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every face in the picture."""
        return self._timed("detect", lambda: self._engine.locate(pixels))

    def mark(self, pixels: Pixels, box: Box) -> Face:
        """Return the face in the box with its points."""
        return self._timed("landmarks", lambda: self._engine.mark(pixels, box))

    def encode(self, pixels: Pixels, face: Face) -> Template:
        """Return the template of the face."""
        return self._timed("embed", lambda: self._engine.encode(pixels, face))

    def _timed(self, step: str, run: Callable[[], Answer]) -> Answer:
        began = time.perf_counter()
        try:
            return run()
        finally:
            self.took[step] = time.perf_counter() - began


def extract(
    everyone: Sequence[Person],
    engine: Engine,
    rules: Rules,
    *,
    progress: Callable[[int], None] = lambda count: None,
) -> Extracted:
    """Return the templates of every photograph, read and judged as at a gate. `progress` hears how many are done."""
    timed, refusals, subjects, times = Timed(engine), Counter[str](), [], []
    done = 0
    for person in everyone:
        templates = []
        for photo in person.photos:
            answer = template(photo, timed, rules)
            if isinstance(answer, Refusal):
                refusals[answer.value] += 1
            else:
                templates.append(answer)
                times.append(dict(timed.took))
            done += 1
            progress(done)
        if templates:
            subjects.append(Subject(person.name, np.stack(templates)))
    return Extracted(tuple(subjects), len(everyone), done, refusals, _means(times))


def template(photo: Path, timed: Timed, rules: Rules) -> Template | Refusal:
    """Return the template of one photograph, or why the gate would refuse it."""
    try:
        data = photo.read_bytes()
    except OSError:
        return Refusal.UNREADABLE_IMAGE
    began = time.perf_counter()
    images.read(data, rules.max_pixels)  # Once more than is needed, to know what decoding alone takes.
    timed.took["decode"] = time.perf_counter() - began
    seen = sight(data, timed, rules)
    return seen if isinstance(seen, Refusal) else timed.encode(seen.pixels, seen.face)


def _means(times: Iterable[dict[str, float]]) -> dict[str, float]:
    rows = [[each[step] for step in STEPS] for each in times]
    means = 1000 * np.mean(rows, axis=0) if rows else np.zeros(len(STEPS))
    steps = {step: float(mean) for step, mean in zip(STEPS, means, strict=True)}
    return {**steps, "total": sum(steps.values())}
