"""People come and go: the actions behind the roster."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from campus import audit, calendar, outbox
from campus.models import Group, Guardianship, Membership, Person, Presence, Role, School, User

Capacity = Guardianship.Capacity
GUARDIANS_CHANGED = "guardians.changed"
"""The outbox's topic; its subject is the student's id. Whoever holds something by the guardians' leave looks again."""


@transaction.atomic
def admit(
    *,
    school: School,
    name: str,
    kind: Person.Kind,
    number: str,
    at: datetime,
    group: Group | None = None,
    by: User | None = None,
) -> Person:
    """Put a person on the roll, with the presence row that every later change about them locks.

    The office does it through `campus.roster`, which asks who does.
    """
    person = Person.objects.create(school=school, name=name, kind=kind, number=number)
    Presence.objects.create(person=person, school=school)
    if group is not None:
        Membership.objects.create(school=school, group=group, student=person, began_on=calendar.local_date(school, at))
    audit.record("person.admitted", school=school, subject=person.id, actor=by, at=at)
    return person


@transaction.atomic
def name_guardian(
    *, student: Person, guardian: User, at: datetime, by: User | None = None, responsible: bool = True
) -> Guardianship:
    """Record that a user looks after a student, with parental responsibility or not; naming one twice changes nothing.

    The office names guardians through `campus.guardians`, which asks who names whom.
    """
    bond, made = Guardianship.objects.get_or_create(
        school=student.school,
        student=student,
        guardian=guardian,
        ended_at=None,
        defaults={"began_at": at, "capacity": Capacity.PARENT if responsible else Capacity.CARER},
    )
    if made:
        outbox.owe(GUARDIANS_CHANGED, school=student.school, subject=student.id, at=at)
        audit.record("guardian.named", school=student.school, subject=student.id, actor=by, at=at, guardian=guardian.id)
    return bond


def is_guardian(user: User, student: Person) -> bool:
    """Tell whether a user is a guardian of a student now, by this very sign-in: who may answer for the family."""
    return Guardianship.objects.filter(student=student, guardian=user, ended_at__isnull=True).exists()


def is_own_child(staff: User, student: Person) -> bool:
    """Tell whether a member of staff is a guardian of a student, by this sign-in or by one for the family."""
    same_human = Q(guardian=staff) | Q(guardian__works_as=staff)
    return Guardianship.objects.filter(same_human, student=student, ended_at__isnull=True).exists()


def is_same_human(staff: User, guardian: User) -> bool:
    """Tell whether a member of staff and a guardian are known to be one human with one sign-in or two."""
    return staff.id in (guardian.id, guardian.works_as_id)


def may_hear(staff: User, student: Person, at: datetime) -> bool:
    """Tell whether somebody writes down what a student or a guardian says: the office, and the student's teachers."""
    if has_role(staff, student.school, Role.Kind.OFFICE, Role.Kind.PROTECTION_OFFICER):
        return True
    day = calendar.local_date(student.school, at)
    still = Q(ended_on__isnull=True) | Q(ended_on__gt=day)
    taught = Membership.objects.filter(still, student=student, began_on__lte=day, group__teachers=staff)
    return has_role(staff, student.school, Role.Kind.TEACHER) and taught.exists()


def staff_of(school: School) -> QuerySet[User]:
    """Return who holds a role in a school, by name."""
    return User.objects.filter(roles__school=school).distinct().order_by("name", "email")


def has_role(user: User, school: School, *kinds: Role.Kind) -> bool:
    """Tell whether a user holds one of the roles in a school."""
    return Role.objects.filter(user=user, school=school, kind__in=kinds).exists()


def birthday(born_on: date, age: int) -> date:
    """Return the day on which somebody is so many years old; who was born on a 29 February is on 1 March."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)


def is_on_roll(person: Person, at: datetime) -> bool:
    """Tell whether a person belongs to the school on its local date at a moment."""
    return person.left_on is None or person.left_on > calendar.local_date(person.school, at)


def born_by(years: int, day: date) -> date:
    """Return the latest date of birth of whoever is so old on a local date."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def is_aged(person: Person, years: int, day: date) -> bool:
    """Tell whether a person is so old on a local date. Nobody without a date of birth is.

    Whoever was born on 29 February has the birthday on 1 March in other years.
    """
    born = person.born_on
    if born is None:
        return False
    return (day.year - born.year, day.month, day.day) >= (years, born.month, born.day)
