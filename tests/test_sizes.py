"""The office's pages and a register, with nobody and with a thousand students: as many queries, and words to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campus import registers, staff
from campus.models import AttendanceMark, Group, Membership, Person, Presence, RegisterTime, School, Term, User
from tests.personas import AT, SignIn

OFFICE = ("/office/", "/office/today/", "/office/inside/", "/office/cards/", "/office/gates/", "/office/waiting/")
CLASS_OF = 40
REGISTER_QUERIES = 10
"""What a teacher's register may ask of the database for a class of forty."""


@pytest.fixture
def school(db: None, frozen: Callable[..., None]) -> School:
    made = School.objects.create(slug="size", name="School of any size", timezone="UTC")
    Term.objects.create(
        school=made, starts_on=AT.date() - timedelta(60), ends_on=AT.date() + timedelta(60), weekdays="01234"
    )
    return made


@pytest.fixture
def office(school: School) -> User:
    return staff.give_role(
        school=school, email="office@size.example", name="Office", kind="office", by=None, at=AT
    ).user


def fill(school: School, students: int) -> list[Group]:
    """Put students into classes of forty, all of them inside since half past eight, one in ten late."""
    groups = [
        Group(school=school, name=f"Class {number + 1}", year=7) for number in range(max(1, students // CLASS_OF))
    ]
    Group.objects.bulk_create(groups)
    RegisterTime.objects.bulk_create(
        RegisterTime(school=school, group=one, opens=time(7), late_after=time(9), closes=time(12)) for one in groups
    )
    people = [
        Person(school=school, name=f"Student {number:04}", kind="student", number=str(number))
        for number in range(students)
    ]
    Person.objects.bulk_create(people)
    since = AT - timedelta(hours=1)
    Presence.objects.bulk_create(Presence(school=school, person=one, where="inside", since=since) for one in people)
    Membership.objects.bulk_create(
        Membership(school=school, group=groups[place // CLASS_OF], student=one, began_on=AT.date() - timedelta(30))
        for place, one in enumerate(people)
    )
    for register in registers.open_registers(school=school, day=AT.date()):
        AttendanceMark.objects.bulk_create(
            AttendanceMark(
                school=school,
                register=register,
                student=member,
                code="present" if place % 10 else "late",
                minutes_late=None if place % 10 else 7,
                source="passage",
                precedence=10,
                recorded_at=since,
            )
            for place, member in enumerate(registers.members(register.group, AT.date()))
            if place % 7
        )
    return groups


def queries(client: Client, address: str) -> int:
    """Return how many queries a page takes when it is opened again."""
    assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_a_thousand_students_cost_as_many_queries_as_none(school: School, office: User, signed_in: SignIn) -> None:
    client = signed_in(office)
    with_none = {address: queries(client, address) for address in OFFICE}
    fill(school, 1000)
    with_all = {address: queries(client, address) for address in OFFICE}
    more = {address: with_all[address] - with_none[address] for address in OFFICE}
    assert {address: count for address, count in more.items() if count > 6} == {}


def test_a_page_of_people_is_fifty_and_any_of_a_thousand_is_found(
    school: School, office: User, signed_in: SignIn
) -> None:
    fill(school, 1000)
    client = signed_in(office)
    assert client.get("/office/").content.decode().count('<th scope="row">') == 50
    assert "Student 0999" in client.get("/office/?page=20").content.decode()
    found = client.get("/office/?q=0777").content.decode()
    assert found.count('<th scope="row">') == 1
    assert "Student 0777" in found


def test_every_page_says_something_where_there_is_nobody(school: School, office: User, signed_in: SignIn) -> None:
    group = fill(school, 0)[0]
    client = signed_in(office)
    words = {
        "/office/": "Nobody",
        "/office/today/": "Nobody is missing.",
        "/office/inside/": "Nobody",
        "/office/gates/": "There is no gate yet",
        "/office/waiting/": "Nothing is waiting.",
        f"/register/?group={group.id}": "Nobody belongs to this class yet.",
        f"/register/week/?group={group.id}": "Nobody belonged to this class in this week.",
    }
    silent = {address: said for address, said in words.items() if said not in client.get(address).content.decode()}
    assert silent == {}


def test_a_register_of_forty_takes_ten_queries(school: School, signed_in: SignIn) -> None:
    group = fill(school, CLASS_OF)[0]
    teacher = staff.give_role(
        school=school, email="teacher@size.example", name="Teacher", kind="teacher", by=None, at=AT
    ).user
    group.teachers.add(teacher)
    client = signed_in(teacher)
    assert client.get("/register/").content.decode().count('<li class="') == CLASS_OF
    assert queries(client, "/register/") <= REGISTER_QUERIES
