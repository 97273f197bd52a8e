"""Effects owed since a commit: written in the transaction, done afterwards, safe to do twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from campus.models import Outbox, School, User

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 32_767
"""What the column holds. An effect that never can be done gets there in the end, and is tried on."""
LONGEST_WAIT = timedelta(hours=1)
SOON = timedelta(seconds=10)
"""The longest wait of what must follow within a minute once it can be done."""
MAILING = timedelta(seconds=5)
"""How long one round may write letters before it looks for what is more urgent."""

Handler = Callable[[UUID], None]
MailHandler = Callable[[UUID, User], None]
_handlers: dict[str, Handler] = {}
_mail_handlers: dict[str, MailHandler] = {}
_longest_waits: dict[str, timedelta] = {}
_mailing: set[str] = set()
"""Topics of mails to one whom the handler finds."""


def owe(topic: str, *, school: School, subject: UUID, at: datetime, to: User | None = None) -> None:
    """Write down an effect in the caller's transaction; it happens only if that commits."""
    Outbox.objects.create(topic=topic, school=school, subject=subject, recipient=to, created_at=at)


def mailing(topic: str) -> str:
    """Return a topic, and remember that its handler writes to somebody, who would wonder at a second letter."""
    _mailing.add(topic)
    return topic


def is_owed(topic: str, *, subject: UUID, to: User) -> bool:
    """Tell whether a mail to somebody is owed already."""
    owed = Outbox.objects.filter(topic=topic, subject=subject, recipient=to, status=Outbox.Status.OWED)
    return owed.exists()


def handles(topic: str, *, longest_wait: timedelta = LONGEST_WAIT) -> Callable[[Handler], Handler]:
    """Register the function that does the effects of a topic. It gets the subject's id and may run twice."""

    def register(handler: Handler) -> Handler:
        _handlers[topic] = handler
        _longest_waits[topic] = longest_wait
        return handler

    return register


def mails(topic: str) -> Callable[[MailHandler], MailHandler]:
    """Register the function that writes a topic's mail to one recipient. It may run twice."""

    def register(handler: MailHandler) -> MailHandler:
        _mail_handlers[topic] = handler
        return handler

    return register


def settle(*, at: datetime, limit: int = 100) -> int:
    """Do what is owed and can be done and return how many: what failed least often first, then the oldest.

    Mails come last and are given a few seconds: a key is destroyed, however many letters are owed and however slow
    the mail server is. Each row is locked by itself and skipped where another worker has it; a failing one stays
    owed, waits twice as long after each failure, an hour at most or what its topic says, and doesn't hold up the
    rest, however many fail.
    """
    owed = _due(at).order_by("attempts", "created_at").values_list("id", flat=True)
    done = sum(_settle_one(row_id, at) for row_id in owed.exclude(_is_mail())[:limit])
    until = time.monotonic() + MAILING.total_seconds()
    for row_id in owed.filter(_is_mail())[:limit]:
        done += _settle_one(row_id, at)
        if time.monotonic() > until:
            break
    return done


def forget_mails(at: datetime) -> int:
    """Owe no mail any more, and return how many were owed: in a restored database they were sent long ago."""
    return Outbox.objects.filter(_is_mail(), status=Outbox.Status.OWED).update(status=Outbox.Status.DONE, done_at=at)


def wait_after(attempts: int, topic: str = "") -> timedelta:
    """Return how long an effect of a topic rests that has failed so often."""
    return min(timedelta(seconds=2 ** min(attempts, 12)), _longest_waits.get(topic, LONGEST_WAIT))


def _is_mail() -> Q:
    return Q(recipient__isnull=False) | Q(topic__in=_mailing)


def _due(at: datetime) -> QuerySet[Outbox]:
    return Outbox.objects.filter(Q(not_before__isnull=True) | Q(not_before__lte=at), status=Outbox.Status.OWED)


def _do(row: Outbox) -> None:
    if row.recipient is None:
        _handlers[row.topic](row.subject)
    else:
        _mail_handlers[row.topic](row.subject, row.recipient)


def _settle_one(row_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        row = _due(at).select_for_update(skip_locked=True).filter(id=row_id).first()
        if row is None:
            return False
        row.attempts = min(row.attempts + 1, MOST_ATTEMPTS)
        try:
            with transaction.atomic():
                _do(row)
        except Exception:
            row.not_before = at + wait_after(row.attempts, row.topic)
            log.exception("outbox %s of topic %s failed, attempt %s", row.id, row.topic, row.attempts)
        else:
            row.status, row.done_at = Outbox.Status.DONE, at
        row.save(update_fields=["attempts", "not_before", "status", "done_at"])
        return row.status == Outbox.Status.DONE
