"""Attempts to enrol a student: begun by the web process, closed once, by whoever knows the outcome."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from campus import audit
from campus.models import Person, User
from enrollment.models import EnrollmentAttempt

LASTS = timedelta(seconds=60)

State = EnrollmentAttempt.State


@transaction.atomic
def begin(*, student: Person, operator: User, at: datetime) -> EnrollmentAttempt:
    """Write down that an operator begins to enrol a student."""
    attempt = EnrollmentAttempt.objects.create(
        school=student.school, student=student, operator=operator, begun_at=at, expires_at=at + LASTS
    )
    _record("begun", attempt, at)
    return attempt


@transaction.atomic
def close(attempt: EnrollmentAttempt, *, state: str, reason: str, at: datetime) -> bool:
    """End a pending attempt, once, and tell whether this call did it."""
    pending = EnrollmentAttempt.objects.filter(id=attempt.id, state=State.PENDING)
    if not pending.update(state=state, reason=reason):
        return False
    _record(state, attempt, at, reason=reason)
    return True


def close_forgotten(at: datetime) -> int:
    """End the attempts that nobody finished in time, and return how many."""
    forgotten = EnrollmentAttempt.objects.filter(state=State.PENDING, expires_at__lte=at)
    return sum(close(attempt, state=State.REFUSED, reason="not_available", at=at) for attempt in forgotten)


def _record(what: str, attempt: EnrollmentAttempt, at: datetime, **body: str) -> None:
    audit.record(
        f"enrollment.{what}",
        school=attempt.school,
        subject=attempt.student_id,
        actor=attempt.operator,
        at=at,
        attempt=str(attempt.id),
        **body,
    )
