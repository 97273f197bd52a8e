"""The office's list of people and a page for each of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campus import cards, people, subjects
from campus.models import Person, Presence
from enrollment import assent
from tests.gates.lane import make_lane
from tests.personas import AT, SignIn, World, make_school

BEFORE = [("The student said yes", "Enrolment desk"), ("Card issued", "")]
"""What happened to every pupil before a test begins."""

LONG = "Wolfeschlegelsteinhausenbergerdorff " * 5


@pytest.fixture
def cook(world: World) -> Person:
    return people.admit(school=world.school, name="Mr Cook", kind=Person.Kind.STAFF, number="T1", at=AT)


def listed(client: Client, **query: str) -> list[str]:
    return [person.name for person, _ in client.get("/office/", query).context["rows"]]


def test_staff_and_visitors_have_lists_of_their_own(world: World, signed_in: SignIn, cook: Person) -> None:
    people.admit(school=world.school, name="A Plumber", kind=Person.Kind.VISITOR, number="V1", at=AT)
    office = signed_in(world.office)
    assert listed(office, kind="staff") == ["Mr Cook"]
    assert listed(office, kind="visitor") == ["A Plumber"]
    assert "Mr Cook" not in listed(office)
    assert listed(office, kind="staff", q="cook") == ["Mr Cook"]
    assert office.get("/office/", {"kind": "ghost"}).status_code == 404


def test_a_member_of_staff_has_a_page_and_a_card(world: World, signed_in: SignIn, cook: Person) -> None:
    office = signed_in(world.office)
    address, cards = f"/office/people/{cook.id}/", f"/office/students/{cook.id}/card/"
    assert "No card is in use." in office.get(address).content.decode()
    assert "Mr Cook" in office.post(cards, {"seen": ""}).content.decode()
    assert cook.credentials.filter(revoked_at=None, issued_by=world.office).count() == 1
    assert office.post(cards + "revoke/").headers["Location"] == address
    assert not cook.credentials.filter(revoked_at=None).exists()


def test_a_member_of_staff_has_no_page_about_a_face(world: World, signed_in: SignIn, cook: Person) -> None:
    office = signed_in(world.office)
    assert "Face at the gate" not in office.get(f"/office/people/{cook.id}/").content.decode()
    assert office.get(f"/office/students/{cook.id}/").status_code == 404
    assert office.get(f"/office/students/{cook.id}/enroll/").status_code == 404


def test_another_schools_people_are_not_there(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    theirs = people.admit(school=other.school, name="Theirs", kind=Person.Kind.STAFF, number="T1", at=AT)
    office = signed_in(world.office)
    assert office.get(f"/office/people/{theirs.id}/").status_code == 404
    assert office.post(f"/office/people/{theirs.id}/card/").status_code == 404
    assert listed(office, q="Theirs", kind="staff") == []


def test_a_students_page_tells_what_happened_lately_newest_first(world: World, signed_in: SignIn) -> None:
    pupil, lane = world.willing, make_lane(world)
    lane.passes(pupil, at=AT - timedelta(minutes=10))
    lane.passes(pupil, at=AT - timedelta(minutes=5), direction="out")
    cards.revoke(person=pupil.person, by=None, at=AT - timedelta(minutes=4))
    page = signed_in(world.office).get(f"/office/students/{pupil.person.id}/")
    told = [(entry.what, entry.where) for entry, _day, _time in page.context["recent"]]
    assert told == [("Card ended", ""), ("Went out", "Main gate"), ("Came in", "Main gate"), *BEFORE]
    assert "09:25" in page.content.decode()


def test_a_refusal_stands_out_and_says_why(world: World) -> None:
    pupil, lane = world.willing, make_lane(world)
    Person.objects.filter(id=pupil.person.id).update(left_on=AT.date())
    lane.passes(pupil, at=AT)
    (latest,) = subjects.recent(pupil.person, 1)
    assert (latest.what, latest.where, latest.attention) == (
        "Somebody who has left the school",
        "Main gate",
        True,
    )


def test_what_the_student_said_is_on_the_page(world: World, signed_in: SignIn) -> None:
    student = people.admit(school=world.school, name="New", kind=Person.Kind.STUDENT, number="N1", at=AT)
    address = f"/office/students/{student.id}/"
    office = signed_in(world.office)
    assert "Not asked yet" in office.get(address).content.decode()
    assert "The student does not want this" in office.get(address).content.decode()
    assent.refuse(student=student, by=world.office, at=AT)
    page = office.get(address).content.decode()
    assert "The student said no" in page
    assert "The student does not want this" not in page


@pytest.mark.parametrize(
    "name", [LONG.strip(), "محمد بن عبد الله", "Ng 🙂 Wing", "<script>alert(1)</script>", "O’Neill & Co"]
)
def test_names_are_shown_as_they_are_and_never_run(world: World, signed_in: SignIn, name: str) -> None:
    person = people.admit(school=world.school, name=name[:200], kind=Person.Kind.STUDENT, number="N1", at=AT)
    office = signed_in(world.office)
    page = office.get("/office/").content.decode() + office.get(f"/office/students/{person.id}/").content.decode()
    assert "<script>alert" not in page
    assert "<bdi>" in page
    assert listed(office, q=name[:20]) == [name[:200]]


def test_nobody_on_the_roll_is_a_state_of_its_own(world: World, signed_in: SignIn) -> None:
    assert "Nobody is on the roll yet." in signed_in(world.office).get("/office/?kind=visitor").content.decode()


def test_a_thousand_people_take_as_few_queries_as_fifty(
    world: World, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Person.objects.bulk_create(
        Person(school=world.school, name=f"Ann {number:04}", kind=Person.Kind.STUDENT, number=f"{number}")
        for number in range(1000)
    )
    Presence.objects.bulk_create(
        Presence(person=person, school=world.school) for person in Person.objects.filter(name__startswith="Ann")
    )
    office = signed_in(world.office)
    office.get("/office/")
    with django_assert_max_num_queries(12):
        assert len(listed(office, page="20")) == 50
    with django_assert_max_num_queries(12):
        assert listed(office, q="Ann 0777") == ["Ann 0777"]


def test_a_students_page_takes_few_queries(
    world: World, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    office = signed_in(world.office)
    address = f"/office/students/{world.willing.person.id}/"
    office.get(address)
    with django_assert_max_num_queries(36):
        office.get(address)
