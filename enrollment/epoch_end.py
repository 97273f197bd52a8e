"""What the end of an epoch means for families: of which destroyed references nothing can be opened any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from campus import audit
from enrollment import receipts
from enrollment.models import Erasure
from enrollment.vault import epochs

AT_ONCE = 1000


def pass_on(at: datetime) -> int:
    """Write down whose keys are destroyed for good since the last time, and owe the mails that waited for it."""
    waiting = Erasure.objects.filter(key_destroyed_at__isnull=True).order_by("at").values_list("reference", flat=True)
    return sum(_pass_on_one(reference, at) for reference in epochs.gone(list(waiting[:AT_ONCE])))


@transaction.atomic
def _pass_on_one(reference: UUID, at: datetime) -> bool:
    if not Erasure.objects.filter(reference=reference, key_destroyed_at__isnull=True).update(key_destroyed_at=at):
        return False
    erasure = Erasure.objects.select_related("school", "student").get(reference=reference)
    audit.record(
        "key.destroyed",
        school=erasure.school,
        subject=erasure.student_id,
        actor=None,
        at=at,
        reference=str(reference),
    )
    receipts.owe_mails_about(erasure, at=at)
    return True
