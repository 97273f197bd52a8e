"""Effects owed since a commit: written in the transaction, done afterwards, safe to do twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from campus.models import Outbox, School

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 32_767
"""What the column holds. An effect that fails every second gets there in a night, and is tried on."""

Handler = Callable[[UUID], None]
_handlers: dict[str, Handler] = {}


def owe(topic: str, *, school: School, subject: UUID, at: datetime) -> None:
    """Write down an effect in the caller's transaction; it happens only if that commits."""
    Outbox.objects.create(topic=topic, school=school, subject=subject, created_at=at)


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Register the function that does the effects of a topic. It gets the subject's id and may run twice."""

    def register(handler: Handler) -> Handler:
        _handlers[topic] = handler
        return handler

    return register


def settle(*, at: datetime, limit: int = 100) -> int:
    """Do what is owed and can be done and return how many: what failed least often first, then the oldest.

    Each row is locked by itself and skipped where another worker has it; a failing one stays owed and
    doesn't hold up the rest, however many fail.
    """
    owed = Outbox.objects.filter(status=Outbox.Status.OWED).order_by("attempts", "created_at")
    return sum(_settle_one(row_id, at) for row_id in owed.values_list("id", flat=True)[:limit])


def _settle_one(row_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        row = Outbox.objects.select_for_update(skip_locked=True).filter(id=row_id, status=Outbox.Status.OWED).first()
        if row is None:
            return False
        row.attempts = min(row.attempts + 1, MOST_ATTEMPTS)
        try:
            with transaction.atomic():
                _handlers[row.topic](row.subject)
        except Exception:
            log.exception("outbox %s of topic %s failed, attempt %s", row.id, row.topic, row.attempts)
        else:
            row.status, row.done_at = Outbox.Status.DONE, at
        row.save(update_fields=["attempts", "status", "done_at"])
        return row.status == Outbox.Status.DONE
