"""The pictures of a sitting, as the web process sees them: send them on, sealed, and wait.

The web process holds neither the matcher nor the vault. It drops the images as soon as they are sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from campus import broker, sealing
from campus.celery import app
from enrollment import attempts, sessions
from enrollment.models import EnrollmentAttempt, EnrollmentSession

WAIT_SECONDS = 20.0
PARCEL_BYTES = 5 * settings.IMAGE_MAX_BYTES + 1_000


def begin(
    *, session: EnrollmentSession, nonce: str, images: Sequence[bytes], at: datetime, card_key: bytes | None = None
) -> EnrollmentAttempt | None:
    """Send 3 to 5 images of a sitting to the desk worker and return the attempt, answered if it was quick.

    With them, sealed like them, goes the key of the card to which the reference is to be bound, where it is.
    Returns None where the sitting takes no pictures now: its nonce is spent, its time over, the student's Yes gone.
    """
    with transaction.atomic():
        if not sessions.take(session=session, nonce=nonce, at=at):
            return None
        attempt = attempts.begin(student=session.student, operator=session.operator, session=session, at=at)
    parcel = sealing.seal(settings.ENROLLMENT_KEY, [card_key or b"", *images], bound_to=purpose_of(attempt.id))
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
