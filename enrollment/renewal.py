"""A change of the face reader: who is left to be enrolled again, and the end of what the set before made.

Nothing is carried over from one engine to another, and no gate enrols anybody: a student is enrolled again in a
supervised sitting or not at all. What the set before made and is left on the day of which `enrollment.engine_sets`
tells is destroyed, and each guardian gets a receipt that says why. That takes a renewal that was seen running for a
day: a date in the past, two sets swapped, or a renewal of last year that an upgrade finds in `.env` destroy nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from campus import audit, guardians, presence
from campus.models import Person, School
from enrollment import engine_sets, erasure, receipts
from enrollment.models import Receipt, Reference, Renewal

SEEN_FOR = timedelta(days=1)
"""How long ago a renewal must have been seen running before its end destroys anything."""
log = logging.getLogger(__name__)


def is_left(reference: Reference) -> bool:
    """Tell whether a reference was made with another engine than that of now."""
    current = engine_sets.current()
    return current is None or reference.engine != current.engine


def left(school: School) -> QuerySet[Reference]:
    """Return the references of a school that the engine of now did not make, by the students' names."""
    found = _of_other_engines(Reference.objects.filter(school=school))
    return found.select_related("student").order_by("student__name", "student__number")


def seen() -> Renewal | None:
    """Return the row of the renewal that the settings name, engine for engine; None if it was never seen running."""
    named = _named()
    return Renewal.objects.filter(**named).first() if named is not None else None


@transaction.atomic
def note(*, engine: str, at: datetime) -> bool:
    """Write down once that the renewal of the settings runs, with an event for each school that it concerns.

    `engine` is what the caller has loaded. Return whether anything was written.
    """
    named = _named()
    if named is None or named["now_engine"] != engine or not engine_sets.is_renewing(at):
        return False
    renewal, is_new = Renewal.objects.get_or_create(**named, defaults={"seen_at": at})
    if is_new:
        for school in School.objects.filter(reference__engine=renewal.before_engine).distinct():
            audit.record(
                "renewal.began",
                school=school,
                subject=school.id,
                actor=None,
                at=at,
                before=renewal.before_engine,
                now=renewal.now_engine,
                until=renewal.until.isoformat(),
            )
    return is_new


def end(*, engine: str, at: datetime) -> int:
    """Destroy what the set before made once the renewal is over; return how many references that were.

    `engine` is what the caller has loaded. If that is not the one that was measured, or the renewal was never seen
    running, this installation is set up wrong, and nothing is destroyed over a mistake.
    """
    current = engine_sets.current()
    if not engine_sets.is_renewed(at) or current is None or current.engine != engine:
        return 0
    renewal = seen()
    if renewal is None:
        _complain()
        return 0
    if at - renewal.seen_at < SEEN_FOR:
        return 0
    before = Reference.objects.filter(engine=renewal.before_engine)
    students = Person.objects.filter(references__in=before).distinct().select_related("school")
    return sum(_end_one(student, renewal.before_engine, at) for student in students)


@transaction.atomic
def _end_one(student: Person, before: str, at: datetime) -> int:
    presence.lock(student.id)
    # Asked again under the lock: the student may have been enrolled anew, or the family may have withdrawn.
    if not Reference.objects.filter(student=student, engine=before).exists():
        return 0
    destroyed = erasure.destroy_references(student, at)
    for guardian in guardians.to_be_told(student, at):
        receipts.of_destruction(student=student, guardian=guardian, cause=Receipt.Cause.RENEWAL, at=at)
    return destroyed


def _complain() -> None:
    """Log an error if references wait for the end of a renewal that nobody has seen."""
    count = _of_other_engines(Reference.objects.all()).count()
    if count:
        log.error(
            "FACE_RENEWAL_UNTIL is past, and this renewal was never seen running: nothing was destroyed. "
            "%d references were made with another engine and are not compared",
            count,
        )


def _named() -> dict[str, object] | None:
    """Return engine for engine which renewal the settings name; None where there is none, or a set wasn't measured."""
    before, current, until = engine_sets.before(), engine_sets.current(), engine_sets.renewal_ends_at()
    if before is None or current is None or until is None or before.engine == current.engine:
        return None
    return {"before_engine": before.engine, "now_engine": current.engine, "until": until}


def _of_other_engines(references: QuerySet[Reference]) -> QuerySet[Reference]:
    current = engine_sets.current()
    return references.exclude(engine=current.engine) if current is not None else references
