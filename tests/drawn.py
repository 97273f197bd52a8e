"""References made of drawn figures, for tests that need one and nobody's face."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import numpy as np

from campus.models import Person, User
from enrollment import attempts, references
from enrollment.faces.distance import Template
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.faces.engine import Engine
from enrollment.faces.face import Face
from enrollment.faces.images import Pixels
from enrollment.models import Reference
from enrollment.vault import keys
from running.places import PROJECT

FACE = 7
"""The identity of the figure that is drawn unless another is asked for."""
ENGINE = "drawn-1"
"""What the engine of drawn figures calls itself in a reference."""


def pictures(count: int = 3, *, face: int = FACE) -> list[bytes]:
    """Return so many different pictures of one figure."""
    return [draw(face, variant) for variant in range(count)]


def enroll(
    student: Person, *, operator: User, at: datetime, face: int = FACE, engine: Engine | None = None
) -> Reference:
    """Enrol a student whose family said yes, and return the reference."""
    keys.make_epoch()
    why_not = references.enroll(
        attempt=attempts.begin(student=student, operator=operator, at=at),
        images=pictures(face=face),
        engine=engine or DrawnEngine(),
        at=at,
    )
    assert why_not == "", why_not
    return Reference.objects.get(student=student)


class RedrawnEngine(DrawnEngine):
    """Another engine over the same figures: what it makes of a figure is far from what the first one makes."""

    name = "redrawn"
    version = "drawn-2"

    def encode(self, pixels: Pixels, face: Face) -> Template:
        """Return another template of the same identity and variant."""
        return np.roll(super().encode(pixels, face), 64)


def load_redrawn(folder: Path) -> RedrawnEngine:
    """Return the engine, as `enrollment.faces.engines` loads one."""
    return RedrawnEngine()


def measured_as(folder: Path, **changes: str) -> Path:
    """Write a file like `drawn.toml`, with some of its lines changed, and return where it is."""
    words = (PROJECT / "enrollment" / "faces" / "drawn.toml").read_text()
    for name, value in changes.items():
        words, done = re.subn(rf"^{name} = .*$", f"{name} = {value}", words, flags=re.MULTILINE)
        assert done, f"{name} is not in the file"
    path = folder / f"{len(list(folder.glob('*.toml')))}.toml"
    path.write_text(words)
    return path
