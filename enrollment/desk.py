"""The desk worker's side of a sitting: open the parcel, enrol, answer."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings

from campus import broker, sealing
from enrollment import attempts, presentation, references, sittings
from enrollment.faces.engine import Engine
from enrollment.faces.engines import load
from enrollment.models import EnrollmentAttempt

log = logging.getLogger(__name__)

State = EnrollmentAttempt.State


@cache
def engine() -> Engine:
    """Return the engine of this process, loaded once."""
    return load(settings.FACE_ENGINES, settings.MODELS_DIR)


def finish(attempt_id: UUID, *, at: datetime) -> None:
    """Answer one attempt. An attempt that is unknown, old or answered already changes nothing."""
    parcel = broker.take_parcel(f"enrollment:{attempt_id}", at_most=sittings.PARCEL_BYTES)
    attempt = (
        EnrollmentAttempt.objects.select_related("student__school", "operator", "session__credential")
        .filter(id=attempt_id, state=State.PENDING, expires_at__gt=at)
        .first()
    )
    if attempt is None:
        return
    reason = "not_available"
    try:
        if parcel is not None:
            card_key, *images = sealing.unseal(
                settings.ENROLLMENT_KEY, parcel, bound_to=sittings.purpose_of(attempt_id)
            )
            reason = references.enroll(
                attempt=attempt,
                images=images,
                engine=engine(),
                liveness=presentation.liveness(),
                at=at,
                card_key=card_key or None,
            )
    except sealing.Tampered:
        log.warning("the parcel of enrolment attempt %s was not sealed by us", attempt_id)
    finally:
        if reason:
            attempts.close(attempt, state=State.REFUSED, reason=reason, at=at)
        broker.say_done(f"enrollment:{attempt_id}")
