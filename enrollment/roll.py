"""What leaving, coming back and growing up do to a face: the permit follows the roll in the same transaction."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from campus import calendar, roster
from campus.models import Person, User
from campus.roster import Details
from enrollment import ages, consent
from enrollment.models import ConsentEvent, Purpose, Reference


@transaction.atomic
def change(*, person: Person, details: Details, by: User, at: datetime) -> list[str]:
    """Correct what is written about a person: a date of birth decides whose answers count."""
    changed = roster.change(person=person, details=details, by=by, at=at)
    if "born_on" in changed:
        consent.reconcile(student=person, at=at)
    return changed


def ends_what_was_agreed(person: Person, born_on: date | None, at: datetime) -> bool:
    """Tell whether another date of birth makes others answer than those who agreed: a slip would cost a sitting."""
    today = calendar.local_date(person.school, at)
    if ages.is_of_age(person.born_on, today) == ages.is_of_age(born_on, today):
        return False
    held = Reference.objects.filter(student=person).exists()
    last = ConsentEvent.objects.filter(student=person, purpose=Purpose.GATE_ACCESS).order_by("guardian", "-id")
    return held or any(said.kind == ConsentEvent.Kind.GIVEN for said in last.distinct("guardian"))


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
