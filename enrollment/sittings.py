"""The pictures of a sitting, as the web process sees them: send them on, sealed, and wait.

The web process holds neither the matcher nor the vault. It drops the images as soon as they are sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from campus import audit, broker, sealing
from campus.celery import app
from enrollment import sessions
from enrollment.models import EnrollmentAttempt, EnrollmentSession

LASTS = timedelta(seconds=60)
WAIT_SECONDS = 20.0

State = EnrollmentAttempt.State


def begin(*, session: EnrollmentSession, nonce: str, images: Sequence[bytes], at: datetime) -> EnrollmentAttempt | None:
    """Send 3 to 5 images of a sitting to the desk worker and return the attempt, answered if it was quick.

    Returns None where the sitting takes no pictures now: its nonce is spent, its time over, the student's Yes gone.
    """
    with transaction.atomic():
        if not sessions.take(session=session, nonce=nonce, at=at):
            return None
        attempt = EnrollmentAttempt.objects.create(
            school=session.school,
            student=session.student,
            operator=session.operator,
            session=session,
            begun_at=at,
            expires_at=at + LASTS,
        )
        _record("begun", attempt, at)
    parcel = sealing.seal(settings.FRAMES_KEY, list(images), bound_to=purpose_of(attempt.id))
    try:
        broker.put_parcel(f"enrollment:{attempt.id}", parcel, seconds=int(LASTS.total_seconds()))
        app.send_task("enrollment.enroll", args=[str(attempt.id)], queue="desk", expires=LASTS.total_seconds())
        broker.wait_done(f"enrollment:{attempt.id}", WAIT_SECONDS)
    except (broker.Unavailable, OperationalError):
        close(attempt, state=State.REFUSED, reason="not_available", at=at)
    attempt.refresh_from_db()
    return attempt


@transaction.atomic
def close(attempt: EnrollmentAttempt, *, state: str, reason: str, at: datetime) -> bool:
    """End a pending attempt, once, and tell whether this call did it."""
    pending = EnrollmentAttempt.objects.filter(id=attempt.id, state=State.PENDING)
    if not pending.update(state=state, reason=reason):
        return False
    if state == State.ENROLLED and attempt.session is not None:
        sessions.enrolled(attempt.session)
    _record(state, attempt, at, reason=reason)
    return True


def purpose_of(attempt_id: UUID) -> str:
    """Return what the parcel of images of an attempt is bound to."""
    return f"enrollment|{attempt_id}"


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
