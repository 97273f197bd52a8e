"""The demo school, which lives at an hour at which something happens.

It lies in the fixed-offset zone in which it is between 09:00 and 10:00 now, every weekday is a term day,
one year group is on time until 10:30 and the other is late since 08:30. So the demo works at any hour of
any day, and there is one such school a zone: registers are frozen, and another zone has other ones.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import translation

from campus import addresses, calendar, cards, people
from campus.models import Group, Person, RegisterTime, Role, School, Term, User
from enrollment import acceptance, assessments, notices, publishing
from enrollment.models import Notification, Purpose
from gates import kiosks
from gates.models import Gate, Kiosk, Way

STUDENTS = [
    # key, name, known as, group
    ("consented", "Chan Siu Ming", "Siu Ming", "on_time"),
    ("refused", "Wong Mei Ling", "Mei Ling", "on_time"),
    ("late", "Lee Ka Yan", "Ka Yan", "late"),
    ("silent", "Ho Chi Wai", "Chi Wai", "on_time"),
    ("two_guardians", "Cheung Hoi Lam", "Hoi Lam", "on_time"),
]
ASSESSED = {
    "necessity": "The demo shows a gate that opens by card and face.",
    "alternatives": "A card alone opens the same gate as fast.",
    "bias": "What was measured, and for whom it was not shown, stands on the page about the face reader.",
    "consultation": "Nobody was asked: this school is made up.",
    "advice": "Do not put real children into a demo.",
    "summary": "A made-up school shows what Campus Gate does, with two grown-up portraits and drawn figures.",
}
BEFORE = timedelta(days=30)
"""How long ago families were told: each had its school days to object, and can answer and enrol at once."""
GROUPS = {"on_time": ("Class 4A", 4, time(10, 30)), "late": ("Class 5B", 5, time(8, 30))}
STAFF = [
    ("teacher", Role.Kind.TEACHER, "Ms Yip"),
    ("office", Role.Kind.OFFICE, "Mr Lau"),
    ("witness", Role.Kind.OFFICE, "Ms Tam"),
    ("administrator", Role.Kind.ADMINISTRATOR, "Ms Au"),
    ("officer", Role.Kind.PROTECTION_OFFICER, "Mr Kwong"),
]
"""Two of the office: whoever enrols a face needs a colleague as a witness."""


@transaction.atomic
def seed(*, at: datetime, crowd: int = 0) -> dict[str, Any]:
    """Make what is missing of the demo school and return ids, keys, cards and sign-ins as plain data.

    A crowd is so many more students, and as many more kiosks, for whoever measures how fast the gate is.
    """
    zone = zone_where_it_is_nine(at)
    tag = zone.removeprefix("Etc/").lower().replace("+", "p").replace("-", "m")
    school, _ = School.objects.get_or_create(
        slug=f"demo-{tag}", defaults={"name": "Harbour View School", "timezone": zone}
    )
    today = calendar.local_date(school, at)
    before = at - BEFORE
    _hold_term(school, today)
    staff = {key: _staff(school, f"{key}@{tag}.demo.invalid", name, kind) for key, kind, name in STAFF}
    groups = {key: _group(school, *GROUPS[key], teacher=staff["teacher"]) for key in GROUPS}
    notice = notices.current(school) or publishing.publish_plain(school=school, at=before)
    _accept(school, staff["administrator"], at)
    _assess(school, staff["officer"], staff["administrator"], before)
    students = [
        _student(school, tag, groups[group], key, name, known, staff["office"], at)
        for key, name, known, group in STUDENTS
    ]
    gate, _ = Gate.objects.get_or_create(school=school, name="Main gate")
    kiosk, key = _kiosk(gate, "Kiosk 1", at)
    more = [
        _student(
            *(school, tag, groups["on_time"], f"crowd-{number}", f"Student {number}", f"{number}"),
            *(staff["office"], at),
        )
        for number in range(1, crowd + 1)
    ]
    kiosks_of_crowd = [_kiosk(gate, f"Kiosk of the crowd {number}", at) for number in range(1, crowd + 1)]
    return {
        "school": {"id": str(school.id), "name": school.name, "timezone": zone},
        "notice": {"id": str(notice.id)},
        "gate": {"id": str(gate.id), "name": gate.name},
        "kiosk": {"id": str(kiosk.id), "key": key},
        "groups": {key: str(group.id) for key, group in groups.items()},
        "students": students,
        "crowd": {
            "students": more,
            "kiosks": [{"id": str(kiosk.id), "key": key} for kiosk, key in kiosks_of_crowd],
        },
        "sign_ins": [{"role": key, "email": user.email} for key, user in staff.items()]
        + [
            {"role": f"guardian of {student['name']}", "email": student[which]}
            for student in students
            for which in ("guardian", "other_guardian")
            if which in student
        ],
    }


def _accept(school: School, administrator: User, at: datetime) -> None:
    """Let the demo's school accept what was not shown of its face reader: its faces are two grown-up portraits."""
    with translation.override("en"):
        for measured in acceptance.wanted(school, at):
            read = acceptance.digest(measured)
            acceptance.accept(school=school, measured=measured, read=read, by=administrator, at=at)


def _assess(school: School, officer: User, administrator: User, at: datetime) -> None:
    """Let the demo's school have weighed what it does, in words that say they are the demo's."""
    if assessments.history(school).exists():
        return
    words = dict(ASSESSED)
    advice = words.pop("advice")
    found = assessments.write(school=school, words=words, by=officer, at=at)
    assessments.advise(assessment=found, read=assessments.digest(found), advice=advice, by=officer, at=at)
    found.refresh_from_db()
    last = assessments.longest(school, at)
    assessments.approve(assessment=found, read=assessments.digest(found), last_day=last, by=administrator, at=at)


def zone_where_it_is_nine(at: datetime) -> str:
    """Return the fixed-offset IANA zone in which it is between 09:00 and 10:00 at a UTC moment."""
    offset = (9 - at.hour) % 24
    offset = offset if offset <= 12 else offset - 24
    # The signs of the Etc zones are those of POSIX: Etc/GMT-8 is eight hours ahead of Greenwich.
    return "Etc/GMT" if offset == 0 else f"Etc/GMT{-offset:+d}"


def _hold_term(school: School, today: date) -> None:
    Term.objects.get_or_create(
        school=school,
        starts_on=today.replace(day=1) - timedelta(days=31),
        ends_on=today.replace(day=1) + timedelta(days=62),
        weekdays="0123456",
    )


def _staff(school: School, email: str, name: str, kind: Role.Kind) -> User:
    user = _user(email, name)
    Role.objects.get_or_create(school=school, user=user, kind=kind)
    return user


def _user(email: str, name: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)


def _guardian(student: Person, email: str, name: str, at: datetime) -> User:
    """Name a guardian whose address needs no letter, so that the demo can begin at signing in."""
    guardian = User.objects.filter(email=email).first()
    if guardian is None:
        guardian = User.objects.create_user(name=name)
        told = at - BEFORE
        people.name_guardian(student=student, guardian=guardian, at=told)
        Notification.objects.create(
            school=student.school,
            student=student,
            guardian=guardian,
            purpose=Purpose.GATE_ACCESS,
            version=1,
            method=Notification.Method.LETTER,
            at=told,
        )
        addresses.bind_known(guardian=guardian, email=email, at=told)
    return guardian


def _group(school: School, name: str, year: int, late_after: time, *, teacher: User) -> Group:
    group, _ = Group.objects.get_or_create(school=school, name=name, defaults={"year": year})
    group.teachers.add(teacher)
    RegisterTime.objects.get_or_create(
        school=school, group=group, defaults={"opens": time(7, 0), "late_after": late_after, "closes": time(12, 0)}
    )
    return group


def _student(
    school: School, tag: str, group: Group, key: str, name: str, known_as: str, office: User, at: datetime
) -> dict[str, str]:
    student = Person.objects.filter(school=school, number=f"demo-{key}").first()
    if student is None:
        student = people.admit(
            school=school, name=name, kind=Person.Kind.STUDENT, number=f"demo-{key}", group=group, at=at
        )
        Person.objects.filter(id=student.id).update(known_as=known_as)
    guardian = _guardian(student, f"family-of-{key}@{tag}.demo.invalid", f"Guardian of {name}", at)
    card = cards.issue(person=student, by=office, at=at)
    other = {}
    if key == "two_guardians":
        also = _guardian(student, f"also-of-{key}@{tag}.demo.invalid", f"Second guardian of {name}", at)
        other = {"other_guardian": also.email, "other_name": also.name}
    return other | {
        "key": key,
        "id": str(student.id),
        "name": name,
        "group": group.name,
        "card": str(card),
        "guardian": guardian.email,
    }


def _kiosk(gate: Gate, name: str, at: datetime) -> tuple[Kiosk, str]:
    kiosk = Kiosk.objects.filter(gate=gate, name=name).first()
    if kiosk is not None:
        return kiosk, kiosks.new_key(kiosk=kiosk, by=None, at=at)
    kiosk, key = kiosks.install(gate=gate, name=name, by=None, at=at, way=Way.BOTH)
    Kiosk.objects.filter(id=kiosk.id).update(diagnostic=True)
    return kiosk, key
