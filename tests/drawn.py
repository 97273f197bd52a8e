"""References made of drawn figures, for tests that need one and nobody's face."""

from __future__ import annotations

from datetime import datetime

from campus.models import Person, User
from enrollment import attempts, references
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.models import Reference
from enrollment.vault import keys

FACE = 7
"""The identity of the figure that is drawn unless another is asked for."""
ENGINE = "drawn-1"
"""What the engine of drawn figures calls itself in a reference."""


def pictures(count: int = 3, *, face: int = FACE) -> list[bytes]:
    """Return so many different pictures of one figure."""
    return [draw(face, variant) for variant in range(count)]


def enroll(student: Person, *, operator: User, at: datetime, face: int = FACE) -> Reference:
    """Enrol a student whose family said yes, and return the reference."""
    keys.make_epoch()
    why_not = references.enroll(
        attempt=attempts.begin(student=student, operator=operator, at=at),
        images=pictures(face=face),
        engine=DrawnEngine(),
        at=at,
    )
    assert why_not == "", why_not
    return Reference.objects.get(student=student)
