"""The one search outside a gate: a newly enrolled face against the enrolled ones of the same school.

It happens once, in the desk worker, as a part of a supervised enrolment, where the school's policy allows it. What
comes of it is a pair for two of the office to look at (`enrollment.look_alikes`), and nothing about how near they are.
"""

from __future__ import annotations

from datetime import datetime

from campus.models import Person
from enrollment import calibration, galleries, notices, permits
from enrollment.faces.distance import Template
from enrollment.faces.gallery import Candidate, Gallery
from enrollment.models import Declared, Reference


def like(student: Person, template: Template, *, engine: str, at: datetime) -> tuple[Candidate, ...]:
    """Return the references of other students that look like this student's new template, the nearest first.

    Only those are opened that may be compared now, and they are overwritten before this returns. What is bound to a
    card opens with that card alone, so it is left out.
    """
    if not student.school.checks_duplicates or not notices.declares(student.school, Declared.DUPLICATES, at):
        return ()
    measured = calibration.of_engine(engine)
    if measured is None:
        return ()
    others = Reference.objects.filter(
        permits.comparing(at, "permit__"), school=student.school_id, card__isnull=True, engine=engine
    ).exclude(student=student)
    gallery = Gallery(template.size)
    try:
        for row, opened in galleries.opened(list(others.select_related("permit"))):
            gallery.put(row.id, student=row.student_id, template=opened, until=row.permit.compare_until.timestamp())
            opened[:] = 0.0
        return gallery.within(template, measured.look_alike, at.timestamp())
    finally:
        gallery.clear()
