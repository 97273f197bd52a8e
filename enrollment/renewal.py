"""A change of the face reader: who is left to be enrolled again, and the end of what the set before made.

Nothing is carried over from one engine to another, and no gate enrols anybody: a student is enrolled again in a
supervised sitting or not at all. What is left on the day of which `enrollment.engine_sets` tells is destroyed, and each
guardian gets a receipt that says why.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campus import guardians, presence
from campus.models import Person, School
from enrollment import engine_sets, erasure, receipts
from enrollment.models import Reference


def is_left(reference: Reference) -> bool:
    """Tell whether a reference was made with another engine than that of now."""
    current = engine_sets.current()
    return current is None or reference.engine != current.engine


def left(school: School) -> QuerySet[Reference]:
    """Return the references of a school that the engine of now did not make, by the students' names."""
    found = _of_other_engines(Reference.objects.filter(school=school))
    return found.select_related("student").order_by("student__name", "student__number")


def end(*, engine: str, at: datetime) -> int:
    """Destroy what other engines made once the renewal is over; return how many references that were.

    `engine` is what the caller has loaded. If that is not the one that was measured, this installation is set up
    wrong, and nothing is destroyed over a mistake.
    """
    current = engine_sets.current()
    if not engine_sets.is_renewed(at) or current is None or current.engine != engine:
        return 0
    students = Person.objects.filter(references__in=_of_other_engines(Reference.objects.all())).distinct()
    return sum(_end_one(student, at) for student in students.select_related("school"))


@transaction.atomic
def _end_one(student: Person, at: datetime) -> int:
    presence.lock(student.id)
    # Asked again under the lock: the student may have been enrolled anew, or the family may have withdrawn.
    if not _of_other_engines(Reference.objects.filter(student=student)).exists():
        return 0
    destroyed = erasure.destroy_references(student, at)
    for guardian in guardians.of_student(student):
        receipts.of_renewal(student=student, guardian=guardian, at=at)
    return destroyed


def _of_other_engines(references: QuerySet[Reference]) -> QuerySet[Reference]:
    current = engine_sets.current()
    return references.exclude(engine=current.engine) if current is not None else references
