"""What a school learns about its own error rate: its references compared with each other, once a month, at night.

It happens in the process that compares at the gates, where the notice in force declares it. Of what is found only two
things are kept: how many pairs of students are how far apart, and which pairs look alike (`enrollment.look_alikes`),
who then need their cards. Every template is overwritten before this returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Q
from numpy.typing import NDArray

from campus import audit, calendar, presence
from campus.models import School
from enrollment import calibration, galleries, look_alikes, notices, permits
from enrollment.calibration import Calibration
from enrollment.faces.gallery import between
from enrollment.models import Declared, GalleryCheck, Reference

EVERY = timedelta(days=30)
STEP = 0.02
"""Width of a bin, in distance."""
BLOCK = 500
"""How many references are compared with all others at once: a few megabytes of distances."""


@dataclass
class Found:
    """What was counted so far."""

    bins: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    false_matches: int = 0
    alike: list[tuple[UUID, UUID]] = field(default_factory=list)


def is_due(school: School, at: datetime) -> bool:
    """Tell whether a school's notice declares the check, and the last one was long enough ago."""
    if not notices.declares(school, Declared.GALLERY_CHECK, at):
        return False
    return not GalleryCheck.objects.filter(school=school, at__gt=at - EVERY).exists()


def run(school: School, *, at: datetime) -> list[GalleryCheck]:
    """Compare a school's references with each other, for each engine that made some, and keep the counts."""
    here = Q(student__left_on__isnull=True) | Q(student__left_on__gt=calendar.local_date(school, at))
    comparable = Reference.objects.filter(permits.comparing(at, "permit__"), here, school=school, card__isnull=True)
    engines = sorted(set(comparable.values_list("engine", flat=True)))
    measured = [found for engine in engines if (found := calibration.of_engine(engine))]
    return [_one_engine(school, one, list(comparable.filter(engine=one.engine)), at) for one in measured]


def _one_engine(school: School, measured: Calibration, references: list[Reference], at: datetime) -> GalleryCheck:
    held = [(row.id, template) for row, template in galleries.opened(references)]
    rows = np.array([template for _id, template in held], np.float32)
    try:
        found = _compare([reference for reference, _template in held], rows, measured)
    finally:
        rows[:] = 0.0
        for _id, template in held:
            template[:] = 0.0
    for first, second in found.alike:
        _note(first, second, at)
    return _keep(school, measured, len(held), found, at)


def _compare(ids: list[UUID], rows: NDArray[np.float32], measured: Calibration) -> Found:
    """Count every pair of two students once."""
    found, match = Found(), max(measured.thresholds.values())
    for begin, apart in _blocks(rows):
        one, other = np.triu_indices(apart.shape[0], k=1, m=apart.shape[1])
        distances = apart[one, other]
        counts = np.bincount((distances / STEP).astype(np.int64), minlength=len(found.bins))
        counts[: len(found.bins)] += found.bins
        found.bins = counts
        found.false_matches += int((distances <= match).sum())
        near = distances <= measured.look_alike
        found.alike += [(ids[begin + a], ids[begin + b]) for a, b in zip(one[near], other[near], strict=True)]
    return found


def _blocks(rows: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield where a block of rows begins, and its distances from itself and all rows after it."""
    for begin in range(0, len(rows), BLOCK):
        yield begin, between(rows[begin : begin + BLOCK], rows[begin:])


@transaction.atomic
def _note(one: UUID, other: UUID, at: datetime) -> None:
    """Write down a pair, if both may still be compared once both students are locked."""
    pair = list(Reference.objects.filter(id__in=(one, other)))
    for student in sorted(row.student_id for row in pair):
        presence.lock(student)
    alive = list(Reference.objects.filter(permits.comparing(at, "permit__"), id__in=(one, other)))
    if len(alive) == 2:
        look_alikes.note(alive[0], [alive[1].id], by=None, at=at)


@transaction.atomic
def _keep(school: School, measured: Calibration, students: int, found: Found, at: datetime) -> GalleryCheck:
    counted = students >= GalleryCheck.FEWEST
    check = GalleryCheck.objects.create(
        school=school,
        engine=measured.engine,
        version=measured.version,
        students=students,
        pairs=students * (students - 1) // 2 if counted else None,
        false_matches=found.false_matches if counted else None,
        bins=found.bins.tolist() if counted else [],
        step=STEP if counted else None,
        at=at,
    )
    audit.record("gallery.checked", school=school, subject=None, actor=None, at=at, check=check.id, students=students)
    return check
