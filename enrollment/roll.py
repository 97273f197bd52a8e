"""What leaving, coming back and growing up do to a face: the permit follows the roll in the same transaction."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from campus import guardians, presence, roster
from campus.models import Person, User
from campus.roster import Details
from enrollment import ages, consent
from enrollment.models import ConsentEvent, Purpose, Reference

SOON_OF_AGE = timedelta(days=365)
"""Who comes of age within a year by a date that was typed in: the family is told of it now."""


@transaction.atomic
def change(*, person: Person, details: Details, by: User, at: datetime) -> list[str]:
    """Correct what is written about a person: a date of birth decides whose answers count.

    By a new one nobody comes of age before the family, told at once, had time to object. Who was of age stays so.
    """
    presence.lock(person.id)
    before = Person.objects.select_related("school").get(id=person.id)
    from_before = ages.of_age_at(before)
    changed = roster.change(person=person, details=details, by=by, at=at)
    if "born_on" in changed:
        if from_before is not None and from_before <= at:
            Person.objects.filter(id=person.id).update(born_on_at=before.born_on_at)
        elif ages.is_of_age(details.born_on, before.school, at + SOON_OF_AGE):
            guardians.tell_all(guardians.TELL_OF_AGE, before, at)
        consent.reconcile(student=person, at=at)
    return changed


def ends_what_was_agreed(person: Person, born_on: date | None, at: datetime) -> bool:
    """Tell whether another date of birth makes others answer than those who agreed: a slip would cost a sitting."""
    if ages.is_of_age(person.born_on, person.school, at) == ages.is_of_age(born_on, person.school, at):
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
