"""The daily sweep: ends what has had its time, counts what is overdue, and tells the people who answer for it."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from uuid import UUID

from campus import addresses, audit, clock, mail, outbox, retention, retention_door
from campus.keeping import Then
from campus.models import AuditEvent, Role, School, User

log = logging.getLogger(__name__)

BATCH = 1000
"""Rows that end in one transaction: few enough that nobody at a gate waits for them."""
LONGEST = timedelta(seconds=15)
"""Of one sweep: a key waits for it that is to be destroyed. What is left is the next one's, a minute later."""
TELL_OVERDUE = "retention.tell_overdue"
"""The outbox's topic; its subject is the school's id."""
TOLD = "retention.overdue"
ANSWERS_FOR_IT = (Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR)
TOLD_ONCE_IN = timedelta(hours=20)


def sweep(*, at: datetime, batch: int = BATCH, longest: timedelta = LONGEST) -> dict[str, int]:
    """End what has had its time, in batches; return how many rows of each rule.

    Each batch is a transaction of its own, so a sweep may be killed and run again, or beside another. Rows that name
    one another go layer by layer: a rule is asked until it ends nothing more.
    """
    retention_door.check()
    until, ended = time.monotonic() + longest.total_seconds(), dict[str, int]()
    for duty in retention.duties():
        if duty.rule.then == Then.WATCH:
            continue
        while number := retention_door.end(duty, at=at, most=batch):
            ended[duty.name] = ended.get(duty.name, 0) + number
            if time.monotonic() > until:
                log.warning("the sweep stopped after %s; the next one goes on", longest)
                return ended
    return ended


def overdue(at: datetime) -> dict[str, int]:
    """Return how many rows of each rule are past their time by more than a day; rules without any are left out."""
    late = retention_door.overdue(at)
    for duty in retention.duties():
        if duty.rule.left is not None:
            late[duty.name] = duty.rule.left(at - duty.rule.keep.time - retention.GRACE)
    return {name: number for name, number in sorted(late.items()) if number}


def tell_if_overdue(*, at: datetime) -> dict[str, int]:
    """Owe a letter to every protection officer and administrator if anything is overdue, once a day at most."""
    late = overdue(at)
    if not late or AuditEvent.objects.filter(kind=TOLD, at__gt=at - TOLD_ONCE_IN).exists():
        return late
    log.error("past their retention by more than a day: %s", late)
    audit.record(TOLD, school=None, subject=None, actor=None, at=at, rows=late)
    told = {role.user_id: role for role in Role.objects.filter(kind__in=ANSWERS_FOR_IT).exclude(user__email="")}
    for role in told.values():
        outbox.owe(TELL_OVERDUE, school=role.school, subject=role.school_id, at=at, to=role.user)
    return late


def tell(school: UUID, user: User) -> None:
    """Write to somebody who answers for it how much is overdue now; a sweep may have ended it by then."""
    at = clock.now()
    late = overdue(at)
    if late:
        context = {"name": user.name, "rows": late, "school": School.objects.get(id=school), "day": at.date()}
        mail.send("overdue", to=user.email, language=addresses.language_of(user), context=context)
