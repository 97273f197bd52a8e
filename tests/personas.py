"""The people that tests are about: a school with a family for each answer, its staff, and their cards.

`make_school()` twice, under two names, gives two schools that share nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.test import Client

from campus import addresses, calendar, cards, people
from campus.models import Group, Outbox, Person, RegisterTime, Role, School, Term, User
from enrollment import consent, publishing
from enrollment.models import Declared, Notice
from tests import noticing

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
"""A Wednesday in term, half past nine: one group is on time until 10:30, the other late since 08:30."""
SignIn = Callable[[User], Client]
"""What the fixture `signed_in` is: it makes a browser in which somebody is signed in."""


@dataclass(frozen=True)
class Pupil:
    """A student, the parent who answers for the family, and the string of the student's card."""

    person: Person
    parent: User
    card: str


@dataclass(frozen=True)
class World:
    """One school at one moment."""

    at: datetime
    school: School
    notice: Notice
    on_time: Group
    late: Group
    willing: Pupil
    refusing: Pupil
    withdrawn: Pupil
    unanswered: Pupil
    latecomer: Pupil
    """In the late group; the family said yes."""
    teacher: User
    """Teaches the group that is on time."""
    other_teacher: User
    """Teaches the late group."""
    office: User
    staff: User
    """Works here and has no role in the product."""

    @property
    def pupils(self) -> dict[str, Pupil]:
        """The pupils by name of the field."""
        names = ("willing", "refusing", "withdrawn", "unanswered", "latecomer")
        return {name: getattr(self, name) for name in names}


def make_school(*, at: datetime = AT, timezone: str = "UTC", name: str = "Hillside") -> World:
    """Make a school, open every day, with five pupils whose families have answered an hour before `at`."""
    slug = name.lower()
    school = School.objects.create(slug=slug, name=f"{name} School", timezone=timezone)
    today = calendar.local_date(school, at)
    Term.objects.create(
        school=school, starts_on=today - timedelta(60), ends_on=today + timedelta(60), weekdays="0123456"
    )
    declares = [Declared.IDENTIFICATION, Declared.DUPLICATES]
    notice = publishing.publish_plain(school=school, at=at - timedelta(days=30), declares=declares)
    staff = {key: _user(f"{key}@{slug}.example", key) for key in ("teacher", "other_teacher", "office", "staff")}
    for key, kind in (("teacher", "teacher"), ("other_teacher", "teacher"), ("office", "office")):
        Role.objects.create(school=school, user=staff[key], kind=kind)
    on_time = _group(school, "Class 4A", staff["teacher"], late_after=time(10, 30))
    late = _group(school, "Class 5B", staff["other_teacher"], late_after=time(8, 30))
    earlier = at - timedelta(hours=1)
    pupils = {
        key: _pupil(school, key, late if key == "latecomer" else on_time, earlier)
        for key in ("willing", "refusing", "withdrawn", "unanswered", "latecomer")
    }
    for pupil in pupils.values():
        noticing.tell(pupil.person, pupil.parent, notice, at - timedelta(days=21))
    for key in ("willing", "withdrawn", "latecomer"):
        consent.give(student=pupils[key].person, guardian=pupils[key].parent, notice=notice, at=earlier)
    consent.refuse(student=pupils["refusing"].person, guardian=pupils["refusing"].parent, notice=notice, at=earlier)
    consent.withdraw(
        student=pupils["withdrawn"].person,
        guardian=pupils["withdrawn"].parent,
        at=earlier + timedelta(minutes=10),
    )
    everybody: dict[str, Any] = {**pupils, **staff}
    Outbox.objects.filter(school=school).delete()  # What naming the guardians owed was done long before `at`.
    return World(at=at, school=school, notice=notice, on_time=on_time, late=late, **everybody)


def _user(email: str, name: str) -> User:
    return User.objects.create_user(email, name=name.replace("_", " ").title())


def _group(school: School, name: str, teacher: User, *, late_after: time) -> Group:
    group = Group.objects.create(school=school, name=name, year=int(name[6]))
    group.teachers.add(teacher)
    RegisterTime.objects.create(school=school, group=group, opens=time(7, 0), late_after=late_after, closes=time(12, 0))
    return group


def _pupil(school: School, key: str, group: Group, at: datetime) -> Pupil:
    student = people.admit(
        school=school,
        name=f"{key.title()} Pupil",
        kind=Person.Kind.STUDENT,
        number=f"{school.slug}-{key}",
        at=at,
        group=group,
    )
    parent = User.objects.create_user(name=f"{key} parent".title())
    people.name_guardian(student=student, guardian=parent, at=at)
    addresses.bind_known(guardian=parent, email=f"{key}@families.{school.slug}.example", at=at)
    return Pupil(student, parent, str(cards.issue(person=student, by=None, at=at)))
