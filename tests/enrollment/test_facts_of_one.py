"""What one of the office types in alone takes nobody's No away, nor the time to object."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail

from campus import roster
from campus.models import Guardianship, Outbox, Person, User
from enrollment import bonds, consent, roll
from enrollment.models import ConsentEvent, Purpose
from tests.enrollment.family_facts import other_parent, own_sign_in
from tests.personas import AT, SignIn, World

DAY = timedelta(days=1)
OF_AGE = AT.date().replace(year=AT.year - 18)
LATER = AT + 14 * DAY
"""After five school days, wherever they fall."""


def state(student: Person, at: datetime) -> tuple[str, tuple[str, ...]]:
    now = consent.status_of(student, Purpose.GATE_ACCESS, at)
    return str(now.state), now.causes


def born(world: World, student: Person, at: datetime = AT) -> None:
    details = roster.Details(name=student.name, number=student.number, born_on=OF_AGE)
    roll.change(person=student, details=details, by=world.office, at=at)
    student.refresh_from_db()


def owed_to(topic: str) -> list[str]:
    return sorted(Outbox.objects.filter(topic=topic).values_list("recipient__email", flat=True))


def test_a_date_of_birth_takes_no_guardians_no_away_before_the_family_could_object(world: World) -> None:
    """LAW 4, 5."""
    student, father = world.willing.person, other_parent(world)
    consent.refuse(student=student, guardian=father, notice=world.notice, at=AT)
    born(world, student)
    assert owed_to("guardian.tell_of_age") == sorted([world.willing.parent.email, father.email])
    assert state(student, AT) == ("blocked_by_guardian", ("guardian_no",))
    assert state(student, AT + DAY)[0] == "blocked_by_guardian"
    assert state(student, LATER)[0] != "blocked_by_guardian"


def test_a_date_of_birth_closes_no_page_on_which_a_guardian_may_object(world: World, signed_in: SignIn) -> None:
    """LAW 8."""
    born(world, world.willing.person)
    page = signed_in(world.willing.parent).get(f"/family/{world.willing.person.id}/")
    assert page.status_code == 200


def test_who_was_of_age_already_stays_so_when_a_slip_is_mended(world: World) -> None:
    student = world.willing.person
    own = own_sign_in(world, student, born_on=OF_AGE)
    consent.give(student=student, guardian=own, notice=world.notice, at=AT)
    details = roster.Details(name=student.name, number=student.number, born_on=OF_AGE - DAY)
    roll.change(person=student, details=details, by=world.office, at=AT)
    assert state(student, AT)[0] == "ready"
    assert owed_to("guardian.tell_of_age") == []


def test_a_parent_who_was_not_told_goes_on_stopping_when_the_bond_is_ended(world: World) -> None:
    """LAW 2, 3."""
    student = world.willing.person
    other = other_parent(world, told=False)
    before = consent.status_of(student, Purpose.GATE_ACCESS, AT)
    assert before.causes == ("not_told",)
    bonds.end_guardianship(bond=Guardianship.objects.get(guardian=other), by=world.office, at=AT)
    assert owed_to("guardian.tell_of_ending") == sorted([world.willing.parent.email, other.email])
    assert state(student, AT)[1] == ("window",)
    assert state(student, AT + DAY)[1] == ("window",)
    assert state(student, LATER) == ("ready", ())


def test_a_parent_who_had_the_time_stops_nothing_when_the_bond_is_ended(world: World) -> None:
    other = other_parent(world)
    bonds.end_guardianship(bond=Guardianship.objects.get(guardian=other), by=world.office, at=AT)
    assert state(world.willing.person, AT) == ("ready", ())


def test_a_students_own_no_outlives_the_sign_in_that_said_it(world: World) -> None:
    """LAW 4."""
    student = world.willing.person
    own = own_sign_in(world, student, born_on=OF_AGE)
    consent.refuse(student=student, guardian=own, notice=world.notice, at=AT)
    bonds.end_guardianship(bond=Guardianship.objects.get(guardian=own), by=world.office, at=AT)
    assert state(student, AT)[0] == "blocked_by_child"
    forged = bonds.name_student(student=student, by=world.office, at=AT).guardian
    User.objects.filter(id=forged.id).update(email="forged@home.example")
    consent.give(student=student, guardian=User.objects.get(id=forged.id), notice=world.notice, at=AT)
    assert ConsentEvent.objects.filter(student=student).latest("id").kind == "given"
    assert state(student, LATER) == ("blocked_by_child", ("child_no",))


@pytest.mark.parametrize("page", ["end", "student"])
def test_ending_a_guardianship_and_naming_a_students_sign_in_need_a_recent_sign_in(
    world: World, signed_in: SignIn, frozen: Callable[[datetime], None], page: str
) -> None:
    """LAW 9."""
    student, office = world.willing.person, signed_in(world.office)
    born(world, student)
    frozen(AT + timedelta(minutes=15))
    guardians_page = f"/office/students/{student.id}/guardians/"
    asked = office.post(f"{guardians_page}{page}/", {"guardian": str(world.willing.parent.id)})
    assert asked["Location"] == f"/sign-in/again/?next={guardians_page.replace('/', '%2F')}"
    assert Guardianship.objects.filter(student=student, ended_at__isnull=True).count() == 1
    assert len(mail.outbox) == 1
