"""The people that tests are about: a school with a family for each answer, its staff, and their cards.

`make_school()` twice, under two names, gives two schools that share nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.test import Client

from campus import addresses, calendar, cards, people
from campus.models import Credential, Group, Outbox, Person, RegisterTime, Role, School, Term, User
from enrollment import assent, consent, notices, publishing
from enrollment.models import ChildAnswer, Declared, EnrollmentSession, ImpactAssessment, Notice, Notification, Purpose

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
"""A Wednesday in term, half past nine: one group is on time until 10:30, the other late since 08:30."""
BEFORE = bytes(32)
"""What stands for the code of the sittings in which the pupils said yes, before any test begins."""
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
    approve_assessment(school, at=at - timedelta(days=30))
    for pupil in pupils.values():  # What the child says is asked for on its own, whatever the family said.
        say_yes(pupil.person, operator=staff["office"], witness=staff["teacher"], at=earlier)
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


def approve_assessment(school: School, *, at: datetime) -> ImpactAssessment:
    """Let a school have weighed what it does: from then on faces may be looked at, for a year."""
    texts = ("necessity", "alternatives", "bias", "consultation", "advice", "summary")
    writer = User.objects.create_user(name="Who Wrote It")
    return ImpactAssessment.objects.create(
        school=school,
        status=ImpactAssessment.Status.APPROVED,
        written_at=at,
        approved_at=at,
        valid_until=at + timedelta(days=365),
        written_by=writer,
        advised_by=writer,
        approved_by=User.objects.create_user(name="Who Approved It"),
        **dict.fromkeys(texts, "Weighed."),
    )


def tell(
    student: Person, guardian: User, *, at: datetime, purpose: str = Purpose.GATE_ACCESS, version: int = 1
) -> None:
    """Let a guardian have been told about the school's notice by letter."""
    Notification.objects.create(
        school=student.school,
        student=student,
        guardian=guardian,
        purpose=purpose,
        version=version,
        method=Notification.Method.LETTER,
        at=at,
    )


def name_parent(student: Person, guardian: User, *, at: datetime = AT) -> None:
    """Name a parent a month before a moment, who was told then and has had time to object."""
    known = at - timedelta(days=30)
    people.name_guardian(student=student, guardian=guardian, at=known)
    tell(student, guardian, at=known)


def say_yes(student: Person, *, operator: User, witness: User, at: datetime) -> None:
    """Let a student have said Yes in a sitting that took no pictures."""
    sitting = EnrollmentSession.objects.create(
        school=student.school,
        student=student,
        credential=Credential.objects.get(person=student, revoked_at__isnull=True),
        operator=operator,
        witness=witness,
        code_digest=BEFORE,
        state=EnrollmentSession.State.STOPPED,
        opened_at=at,
        expires_at=at,
    )
    assent.record(student=student, kind=ChildAnswer.Kind.YES, by=operator, at=at, session=sitting)


def agree_to_attendance(pupil: Pupil, *, at: datetime) -> None:
    """Let a family agree, on its own, that the gate marks attendance by face, thirty days after it was asked."""
    school, asked = pupil.person.school, at - timedelta(days=30)
    notice = notices.current(school, purpose=Purpose.ATTENDANCE)
    notice = notice or publishing.publish_plain(school=school, purpose=Purpose.ATTENDANCE, at=asked)
    tell(pupil.person, pupil.parent, purpose=Purpose.ATTENDANCE, at=asked)
    consent.give(student=pupil.person, guardian=pupil.parent, notice=notice, at=at)


def sittings() -> QuerySet[EnrollmentSession]:
    """Return the sittings that a test has opened."""
    return EnrollmentSession.objects.exclude(code_digest=BEFORE)


def own_answers() -> QuerySet[ChildAnswer]:
    """Return what students said since a test began."""
    return ChildAnswer.objects.exclude(session__in=EnrollmentSession.objects.filter(code_digest=BEFORE))


def _user(email: str, name: str) -> User:
    return User.objects.create_user(email, name=name.replace("_", " ").title())


def _group(school: School, name: str, teacher: User, *, late_after: time) -> Group:
    group = Group.objects.create(school=school, name=name, year=int(name[6]))
    group.teachers.add(teacher)
    RegisterTime.objects.create(school=school, group=group, opens=time(7, 0), late_after=late_after, closes=time(12, 0))
    return group


def _pupil(school: School, key: str, group: Group, at: datetime) -> Pupil:
    known = at - timedelta(days=30)
    student = people.admit(
        school=school,
        name=f"{key.title()} Pupil",
        kind=Person.Kind.STUDENT,
        number=f"{school.slug}-{key}",
        at=known,
        group=group,
    )
    parent = User.objects.create_user(name=f"{key} parent".title())
    people.name_guardian(student=student, guardian=parent, at=known)
    tell(student, parent, at=known)
    addresses.bind_known(guardian=parent, email=f"{key}@families.{school.slug}.example", at=known)
    return Pupil(student, parent, str(cards.issue(person=student, by=None, at=at)))
