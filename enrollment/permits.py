"""Asking the permit: may this student's reference be compared now? Asking opens nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from enrollment.models import Reference


def comparable(student_id: UUID, at: datetime) -> Reference | None:
    """Return the reference that may be compared now, or None.

    That takes a live permit that allows comparing and hasn't run out, and a calibrated threshold.
    """
    if settings.FACE_THRESHOLD is None:
        return None
    return Reference.objects.filter(
        student_id=student_id, permit__live=True, permit__compare=True, permit__expires_at__gt=at
    ).first()
