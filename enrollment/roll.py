"""What leaving and coming back do to a face: the permit follows the roll in the same transaction."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from campus import roster
from campus.models import Person, User
from enrollment import consent


@transaction.atomic
def leave(*, person: Person, on: date, by: User, at: datetime) -> None:
    """Note that somebody leaves. On the day, or at once where it has come, what is held of the face is destroyed."""
    roster.leave(person=person, on=on, by=by, at=at)
    consent.reconcile(student=person, at=at)


@transaction.atomic
def come_back(*, person: Person, by: User, at: datetime) -> bool:
    """Take back that somebody leaves. A face that was destroyed stays so until the next sitting."""
    came = roster.come_back(person=person, by=by, at=at)
    consent.reconcile(student=person, at=at)
    return came
