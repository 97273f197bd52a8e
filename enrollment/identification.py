"""1:N identification: whose references make up a school's gallery, and whether it may be searched now.

A gallery is searched only where the school's policy allows it and a calibration shows a threshold for one so large.
Asking opens nothing, so the web process may ask; `enrollment.galleries` opens and searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from campus import calendar
from campus.models import School
from enrollment import acceptance, calibration, notices, permits, policies
from enrollment.models import Declared, GalleryVersion, LookAlike, Reference
from enrollment.search import Search


@dataclass(frozen=True)
class Standing:
    """How a school's gallery may be searched at a moment."""

    search: Search
    size: int = 0
    """How many references it has."""
    largest: int = 0
    """The largest gallery that the calibration shows a threshold for; 0 for none."""
    engine: str = ""
    """Only references and probes of this engine are compared."""
    threshold: float | None = None
    margin: float = 0.0
    version: str = ""
    """The version of the numbers."""


def standing(school: School, at: datetime, *, size: int | None = None) -> Standing:
    """Return how a school's gallery may be searched. Whoever holds it tells its `size`; otherwise it is counted."""
    if not is_on(school, at):
        return Standing(Search.OFF)
    measured = calibration.of_set(settings.FACE_ENGINES)
    if measured is None:
        return Standing(Search.NOT_CALIBRATED)
    if not acceptance.is_given(school, measured):
        return Standing(Search.NOT_ACCEPTED)
    size = members(school, at).count() if size is None else size
    largest = max((gallery.largest for gallery in measured.galleries), default=0)
    found = measured.gallery(size)
    if found is None:
        return Standing(Search.TOO_LARGE if largest else Search.NOT_SHOWN, size, largest)
    if not size:
        return Standing(Search.EMPTY, size, largest)
    return Standing(Search.OPEN, size, largest, measured.engine, found.threshold, measured.margin, measured.version)


def members(school: School, at: datetime) -> QuerySet[Reference]:
    """Return the references in which a face may be looked for now, made by the engine in use.

    Whoever looks like another student is none of them, from when it is found: neither could be told apart. Nor is what
    opens with its card alone.
    """
    measured = calibration.of_set(settings.FACE_ENGINES)
    alike = LookAlike.objects.filter(Q(reference=OuterRef("id")) | Q(other_reference=OuterRef("id")))
    today = calendar.local_date(school, at)
    return Reference.objects.filter(
        ~Exists(alike),
        permits.comparing(at, "permit__"),
        Q(student__left_on__isnull=True) | Q(student__left_on__gt=today),
        school=school,
        card__isnull=True,
        engine=measured.engine if measured else "",
    )


def version_of(school: School) -> int:
    """Return how often a school's gallery has changed. Read it before the rows: it is then never too new for them."""
    return GalleryVersion.objects.filter(school=school).values_list("number", flat=True).first() or 0


def is_on(school: School, at: datetime) -> bool:
    """Tell whether the school looks for faces without a card: its policy allows it, and its notice tells families."""
    return policies.of(school).identification and notices.declares(school, Declared.IDENTIFICATION, at)


def still_allowed(school: School, search: Search, at: datetime) -> Search:
    """Return what was found about a gallery, unless the school has switched it off since."""
    return search if search is Search.OFF or is_on(school, at) else Search.OFF


def still_finds(school: School, *, student: UUID | None, reference: UUID | None, at: datetime) -> bool:
    """Tell whether a search may have found this student by this very reference at a moment. Ask it under the lock."""
    if student is None or reference is None or permits.comparable(student, at) is None:
        return False
    return members(school, at).filter(id=reference, student=student).exists()
