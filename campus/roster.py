"""What the office does about the roll: add somebody, correct what is written, note that they leave, and take it back.

Nobody is ever deleted: a person added by mistake leaves on the same day. Whoever holds a face by the roll's leave
goes through `enrollment.roll`, which ends it in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

from campus import audit, calendar, people, presence
from campus.models import Group, Membership, Person, Role, School, User

FIELDS = ("name", "number", "known_as", "email", "born_on")
YOUNGEST, OLDEST = 2, 25
"""Ages of students, in years; a date of birth outside is a slip of the finger."""


class NotOffice(Exception):
    """Somebody who isn't of the school's office tried to change its roll."""


class NumberTaken(Exception):
    """The school has given this number to somebody else."""


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is written about a person. The class (`group`) is a student's; None takes a student out of any."""

    name: str
    number: str
    known_as: str = ""
    email: str = ""
    born_on: date | None = None
    group: Group | None = None


@transaction.atomic
def add(*, school: School, kind: Person.Kind, details: Details, by: User, at: datetime) -> Person:
    """Put somebody on the roll. Raises `NumberTaken`, also for the second click of two."""
    _check_office(by, school)
    group = details.group if kind == Person.Kind.STUDENT else None
    try:
        with transaction.atomic():
            person = people.admit(
                school=school, name=details.name, kind=kind, number=details.number, group=group, by=by, at=at
            )
    except IntegrityError as error:
        raise NumberTaken from error
    person.known_as, person.email, person.born_on = details.known_as, details.email, details.born_on
    person.born_on_at = at if details.born_on else None
    person.save(update_fields=["known_as", "email", "born_on", "born_on_at"])
    return person


@transaction.atomic
def change(*, person: Person, details: Details, by: User, at: datetime) -> list[str]:
    """Correct what is written about a person, and return which fields changed. Raises `NumberTaken`."""
    person = _locked(person, by)
    changed = [field for field in FIELDS if getattr(person, field) != getattr(details, field)]
    for field in changed:
        setattr(person, field, getattr(details, field))
    if "born_on" in changed:
        person.born_on_at = at
    try:
        with transaction.atomic():
            person.save(update_fields=[*changed, "born_on_at"])
    except IntegrityError as error:
        raise NumberTaken from error
    if person.kind == Person.Kind.STUDENT and people.is_on_roll(person, at) and _move(person, details.group, at):
        changed.append("group")
    if changed:
        audit.record("person.changed", school=person.school, subject=person.id, actor=by, at=at, fields=changed)
    return changed


@transaction.atomic
def leave(*, person: Person, on: date, by: User, at: datetime) -> None:
    """Note the first day on which somebody is no longer here. Said again, the later word stands."""
    person = _locked(person, by)
    _reopen(person)
    Person.objects.filter(id=person.id).update(left_on=on)
    open_stay = Membership.objects.filter(student=person, ended_on__isnull=True)
    open_stay.update(ended_on=Greatest("began_on", on))
    audit.record("person.left", school=person.school, subject=person.id, actor=by, at=at, on=on.isoformat())


@transaction.atomic
def come_back(*, person: Person, by: User, at: datetime) -> bool:
    """Take back that somebody leaves, and tell whether this call did: the class they left is theirs again."""
    person = _locked(person, by)
    if person.left_on is None:
        return False
    _reopen(person)
    Person.objects.filter(id=person.id).update(left_on=None)
    audit.record("person.came_back", school=person.school, subject=person.id, actor=by, at=at)
    return True


def is_plausible(born_on: date, today: date) -> bool:
    """Tell whether a student may have been born on a day."""
    if not today.year - OLDEST - 1 <= born_on.year <= today.year:
        return False
    return people.birthday(born_on, YOUNGEST) <= today < people.birthday(born_on, OLDEST + 1)


def stays(day: date) -> QuerySet[Membership]:
    """Return who belongs to which class on a local date, or will."""
    return Membership.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day))


def group_of(student: Person, at: datetime) -> Group | None:
    """Return a student's class now."""
    day = calendar.local_date(student.school, at)
    stay = stays(day).filter(student=student).select_related("group").first()
    return stay.group if stay else None


def _move(student: Person, group: Group | None, at: datetime) -> bool:
    """Let a student change the class from today on, and tell whether that was a change."""
    day = calendar.local_date(student.school, at)
    standing = stays(day).filter(student=student).first()
    if (standing.group_id if standing else None) == (group.id if group else None):
        return False
    if standing is not None:
        Membership.objects.filter(id=standing.id).update(ended_on=Greatest("began_on", day))
    if group is not None:
        Membership.objects.create(
            school=student.school, group=group, student=student, began_on=day, ended_on=student.left_on
        )
    return True


def _reopen(person: Person) -> None:
    """Open the stay again that ended because its student was to leave."""
    if person.left_on is None:
        return
    last = Membership.objects.filter(student=person).order_by("-began_on", "-id").first()
    if last is not None and last.ended_on is not None and last.ended_on >= person.left_on:
        Membership.objects.filter(id=last.id).update(ended_on=None)


def _locked(person: Person, by: User) -> Person:
    _check_office(by, person.school)
    presence.lock(person.id)
    return Person.objects.select_related("school").get(id=person.id)


def _check_office(by: User, school: School) -> None:
    if not people.has_role(by, school, Role.Kind.OFFICE):
        raise NotOffice
