"""What the student says: asked in a sitting, or told to the office at any time.

A No works in the transaction that records it, whatever the guardians said, and destroys what is held. Only the
student lifts it, by a Yes in a later sitting.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campus import audit, presence
from campus.models import Person, User
from enrollment import consent, tombstones
from enrollment.models import ChildAnswer, EnrollmentSession

Kind = ChildAnswer.Kind


@transaction.atomic
def record(
    *, student: Person, kind: ChildAnswer.Kind, by: User, at: datetime, session: EnrollmentSession | None = None
) -> None:
    """Record a student's own answer, which the operator of the sitting or the office heard."""
    presence.lock(student.id)
    answer = ChildAnswer.objects.create(
        school=student.school, student=student, kind=kind, session=session, recorded_by=by, at=at
    )
    tombstones.of_child(answer)
    what = "child.refused" if kind == Kind.NO else "child.assented"
    audit.record(
        what, school=student.school, subject=student.id, actor=by, at=at, session=str(session.id) if session else None
    )
    consent.reconcile(student=student, at=at)


@transaction.atomic
def refuse(*, student: Person, by: User, at: datetime) -> bool:
    """Record a No that was said outside a sitting, or too late for it; a No that stands already is left as it is."""
    presence.lock(student.id)
    last = last_answer(student)
    if last is not None and last.kind == Kind.NO:
        return False
    record(student=student, kind=Kind.NO, by=by, at=at)
    return True


def last_answer(student: Person) -> ChildAnswer | None:
    """Return what the student said last, or None for one who has not been asked."""
    return ChildAnswer.objects.filter(student=student).order_by("-id").first()
