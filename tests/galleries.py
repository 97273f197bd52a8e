"""A school that looks for faces without a card, with a calibration of its own: the shipped one may show no gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from campus.models import Person, School
from enrollment.calibration import read
from enrollment.faces.capture import Rules, probe
from enrollment.faces.distance import Template
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.faces.refusal import Refused
from enrollment.galleries import OURS
from tests.drawn import FACE
from tests.personas import World

DRAWN = Path(__file__).parent.parent / "enrollment" / "faces" / "drawn.toml"
LARGEST = 3
"""How many references a gallery of drawn figures may have here."""
THRESHOLD = 0.4
MARGIN = read(DRAWN)[0].margin


def write_calibration(folder: Path, *, largest: int = LARGEST, threshold: float = THRESHOLD) -> Path:
    """Write the drawn engine's calibration with a gallery in it, and return the file."""
    path = folder / f"gallery-{largest}-{threshold}.toml"
    gallery = f"\n[[set.gallery]]\nlargest = {largest}\nthreshold = {threshold}\n"
    path.write_text(DRAWN.read_text() + gallery)
    return path


def probe_of(face: int = FACE, variant: int = 9) -> Template:
    """Return the probe of a picture of a drawn figure."""
    made = probe([draw(face, variant)], DrawnEngine(), Rules(10_000_000, 0.45))
    assert not isinstance(made, Refused)
    return made.template


def allow(school: School) -> None:
    """Let a school look for faces without a card."""
    School.objects.filter(id=school.id).update(identifies=True)
    school.refresh_from_db()


@pytest.fixture
def counting_at_once(world: World) -> None:
    """Let Postgres count a gallery's changes as they happen: the transaction of a test never commits."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def gallery_shown(settings: Settings, tmp_path: Path) -> None:
    """Use the engine of drawn figures, and let its calibration show a gallery of a few."""
    settings.FACE_ENGINES, settings.FACE_CALIBRATIONS = "fake", [write_calibration(tmp_path)]


@pytest.fixture
def identifying(world: World, counting_at_once: None, gallery_shown: None) -> Iterator[School]:
    """The world's school, which looks for faces without a card; this process holds nothing of it before and after."""
    allow(world.school)
    OURS.forget()
    yield world.school
    OURS.forget()


def who(found: tuple[object, ...]) -> list[object]:
    """Return the students among candidates."""
    return [getattr(candidate, "student", None) for candidate in found]


def is_zero_beyond_use(school: School) -> bool:
    """Tell whether everything that this process holds of a school outside the rows in use is overwritten."""
    copy = OURS._copies[school.id]
    return not any(gallery._rows[len(gallery) :].any() for gallery in copy.galleries.values())


def rows_like(school: School, template: Template) -> bool:
    """Tell whether any memory of this process's galleries still holds a row near a template."""
    copies = [OURS._copies[school.id]] if school.id in OURS._copies else []
    blocks = [gallery._rows for copy in copies for gallery in copy.galleries.values()]
    return any((block @ template > 0.8).any() for block in blocks)


def left(person: Person, on: object) -> None:
    """Take a student off the roll on a date, without what follows from it."""
    Person.objects.filter(id=person.id).update(left_on=on)
