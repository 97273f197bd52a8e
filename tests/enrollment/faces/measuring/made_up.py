"""Templates of people who don't exist: each person a direction, each photograph a little beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.distance import normalized
from enrollment.faces.drawn_engine import draw
from enrollment.faces.measuring.extraction import Subject


def subject(name: str, photos: int, *, seed: int, spread: float = 0.3, numbers: int = 128) -> Subject:
    """One person's photographs; nobody else's come near them."""
    random = np.random.default_rng(seed)
    middle = random.normal(size=numbers)
    return Subject(name, np.stack([normalized(middle + spread * random.normal(size=numbers)) for _ in range(photos)]))


def subjects(people: int, photos: int, *, first: int = 0, spread: float = 0.3, numbers: int = 128) -> list[Subject]:
    """So many people, each with so many photographs."""
    return [
        subject(f"person {number}", photos, seed=number, spread=spread, numbers=numbers)
        for number in range(first, first + people)
    ]


def along(name: str, *angles: float) -> Subject:
    """Photographs that lie on a circle, at these angles in degrees: their distances are known."""
    radians = np.radians(np.array(angles))
    templates: NDArray[np.float32] = np.zeros((len(angles), 128), np.float32)
    templates[:, 0], templates[:, 1] = np.cos(radians), np.sin(radians)
    return Subject(name, templates)


def chord(degrees: float) -> float:
    """How far apart two photographs on the circle are."""
    return float(2 * np.sin(np.radians(degrees) / 2))


def folder(root: Path, people: dict[str, int]) -> Path:
    """A dataset of drawn figures: name -> how many pictures."""
    for number, (name, photos) in enumerate(people.items()):
        (root / name).mkdir(parents=True)
        for photo in range(photos):
            (root / name / f"{photo:02}.jpg").write_bytes(draw(1000 + 7919 * number, photo))
    return root
