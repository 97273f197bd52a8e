"""A sitting at the enrolment desk, as the web process sees it: send the images on, sealed, and wait.

The web process holds neither the matcher nor the vault. It drops the images as soon as they are sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from kombu.exceptions import OperationalError

from campus import broker, sealing
from campus.celery import app
from campus.models import Person, User
from enrollment import attempts
from enrollment.models import EnrollmentAttempt

WAIT_SECONDS = 20.0
PARCEL_BYTES = 5 * settings.IMAGE_MAX_BYTES + 1_000


def begin(*, student: Person, operator: User, images: Sequence[bytes], at: datetime) -> EnrollmentAttempt:
    """Send 3 to 5 images of a student to the desk worker and return the attempt, answered if it was quick."""
    attempt = attempts.begin(student=student, operator=operator, at=at)
    parcel = sealing.seal(settings.ENROLLMENT_KEY, list(images), bound_to=purpose_of(attempt.id))
    lasts = attempts.LASTS.total_seconds()
    try:
        broker.put_parcel(f"enrollment:{attempt.id}", parcel, seconds=int(lasts))
        app.send_task("enrollment.enroll", args=[str(attempt.id)], queue="desk", expires=lasts)
        broker.wait_done(f"enrollment:{attempt.id}", WAIT_SECONDS)
    except (broker.Unavailable, OperationalError):
        attempts.close(attempt, state=attempts.State.REFUSED, reason="not_available", at=at)
    attempt.refresh_from_db()
    return attempt


def purpose_of(attempt_id: UUID) -> str:
    """Return what the parcel of images of an attempt is bound to."""
    return f"enrollment|{attempt_id}"
