"""The office's pages: students, cards, and where their families stand."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campus import cards, people
from campus.models import AuditEvent, Credential, Guardianship, Person, Role
from enrollment import consent, standings
from enrollment.standings import Standing
from tests.drawn import enroll
from tests.personas import AT, Pupil, SignIn, World, make_school


def page_of(pupil: Pupil, *rest: str) -> str:
    return "/".join(["", "office", "students", str(pupil.person.id), *rest, ""])


def names(client: Client, **query: str) -> list[str]:
    """Return the names that the list of students shows."""
    return [student.name for student, _ in client.get("/office/", query).context["rows"]]


def card_string(page: str) -> str:
    found = re.search(r'id="card-string">([^<]+)<', page)
    assert found
    return found.group(1)


def live_cards(pupil: Pupil) -> int:
    return Credential.objects.filter(person=pupil.person, revoked_at__isnull=True).count()


def test_the_list_shows_every_student_with_what_the_family_said(world: World, signed_in: SignIn) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    rows = signed_in(world.office).get("/office/").context["rows"]
    shown = {student.name: (standing, student.is_enrolled, student.group_name) for student, standing in rows}
    assert shown == {
        "Willing Pupil": (Standing.YES, True, "Class 4A"),
        "Refusing Pupil": (Standing.NO, False, "Class 4A"),
        "Withdrawn Pupil": (Standing.WITHDRAWN, False, "Class 4A"),
        "Unanswered Pupil": (Standing.SILENT, False, "Class 4A"),
        "Latecomer Pupil": (Standing.YES, False, "Class 5B"),
    }


def test_what_the_list_says_is_what_the_rule_says(world: World) -> None:
    """`standings` reads the permit; the rule reads the answers. They agree now and when the year is over."""
    students = [pupil.person for pupil in world.pupils.values()]
    for at in (AT, AT + timedelta(days=364), AT + timedelta(days=366)):
        for student, standing in standings.of(students, at).items():
            person = Person.objects.get(id=student)
            allowed = consent.status_of(person, "gate_access", at).process
            assert (standing is Standing.YES) == allowed
    assert standings.of([world.willing.person], AT + timedelta(days=366)) == {
        world.willing.person.id: Standing.NOT_IN_FORCE
    }


def test_one_objection_is_a_no_whoever_said_yes(world: World) -> None:
    people.name_guardian(student=world.willing.person, guardian=world.refusing.parent, at=AT)
    consent.refuse(student=world.willing.person, guardian=world.refusing.parent, notice=None, at=AT)
    assert standings.of([world.willing.person], AT) == {world.willing.person.id: Standing.NO}


def test_students_are_found_by_name_and_by_number(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    assert names(office, q="refus") == ["Refusing Pupil"]
    assert names(office, q=" HILLSIDE-latecomer ") == ["Latecomer Pupil"]
    assert names(office, q="%") == []
    assert "Nobody is called or numbered “%”." in office.get("/office/", {"q": "%"}).content.decode()


def test_somebody_who_has_left_is_not_listed(world: World, signed_in: SignIn) -> None:
    Person.objects.filter(id=world.willing.person.id).update(left_on=AT.date())
    assert "Willing Pupil" not in names(signed_in(world.office))


def test_a_large_school_comes_in_pages_and_few_queries(
    world: World, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(55):
        people.admit(school=world.school, name=f"Ann {number:02}", kind=Person.Kind.STUDENT, number=f"{number}", at=AT)
    office = signed_in(world.office)
    assert len(names(office)) == 50
    with django_assert_max_num_queries(12):
        assert len(names(office, page="2")) == 10
    assert len(names(office, page="99")) == 10


def test_the_office_of_two_schools_looks_at_one_at_a_time(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    third = make_school(name="Third")
    Role.objects.create(user=world.office, school=other.school, kind=Role.Kind.OFFICE)
    office = signed_in(world.office)
    assert office.get("/office/", {"school": "seaview"}).context["school"] == other.school
    assert office.get("/office/").context["school"] == world.school
    assert office.get("/office/", {"school": third.school.slug}).status_code == 404


def test_a_students_page_names_the_guardians_and_no_address(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.office).get(page_of(world.willing)).content.decode()
    assert "Willing Parent" in page
    assert world.willing.parent.email not in page


def test_enrolling_is_offered_only_while_the_yes_is_in_force(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    for name, pupil in world.pupils.items():
        page = office.get(page_of(pupil)).content.decode()
        assert (page_of(pupil, "enroll") in page) == (name in ("willing", "latecomer"))


def test_looking_at_students_is_written_down(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    for _ in range(2):
        office.get("/office/")
        office.get(page_of(world.willing))
    read = AuditEvent.objects.filter(actor=world.office, kind__startswith="read.")
    assert sorted((event.kind, event.subject) for event in read) == [
        ("read.student", world.willing.person.id),
        ("read.students", world.school.id),
    ]


def test_a_new_card_is_shown_once_and_ends_the_old_one(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    response = office.post(page_of(world.willing, "card"))
    new = card_string(response.content.decode())
    found = cards.find(cards.parse(new))
    assert found is not None
    assert (found.person, found.revoked_at, found.issued_by) == (world.willing.person, None, world.office)
    old = cards.find(cards.parse(world.willing.card))
    assert old is not None
    assert old.revoked_at == AT
    assert "no-store" in response["Cache-Control"]
    assert new not in office.get(page_of(world.willing)).content.decode()
    assert new not in str(dict(office.session))


def test_a_new_card_is_in_no_log(world: World, signed_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    new = card_string(signed_in(world.office).post(page_of(world.willing, "card")).content.decode())
    logging.getLogger("campus").warning("the log is read")
    assert "the log is read" in caplog.text
    assert new not in caplog.text


def test_a_revoked_card_is_worth_nothing(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    for words in ("The card is revoked.", "There was no card to revoke."):
        assert words in office.post(page_of(world.willing, "card", "revoke"), follow=True).content.decode()
    assert live_cards(world.willing) == 0


@pytest.mark.parametrize("rest", [("card",), ("card", "revoke")])
def test_following_a_link_touches_no_card(world: World, signed_in: SignIn, rest: tuple[str, ...]) -> None:
    asked = 200 if "revoke" in rest else 405  # The page that asks whether one is sure.
    assert signed_in(world.office).get(page_of(world.willing, *rest)).status_code == asked
    assert live_cards(world.willing) == 1


@pytest.mark.parametrize("rest", [("card",), ("card", "revoke")])
def test_cards_need_the_pages_own_token(world: World, rest: tuple[str, ...]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.office)
    assert strict.post(page_of(world.willing, *rest)).status_code == 403
    cards_of_pupil = Credential.objects.filter(person=world.willing.person)
    assert [card.revoked_at for card in cards_of_pupil] == [None]


@pytest.mark.parametrize("rest", [("card",), ("card", "revoke"), ("enroll",)])
def test_another_schools_student_is_not_there(world: World, signed_in: SignIn, rest: tuple[str, ...]) -> None:
    other = make_school(name="Seaview")
    office = signed_in(world.office)
    assert office.post(page_of(other.willing, *rest)).status_code == 404
    assert office.get(page_of(other.willing)).status_code == 404
    assert live_cards(other.willing) == 1


def test_no_guardian_is_a_state_of_its_own(world: World, signed_in: SignIn) -> None:
    Guardianship.objects.filter(student=world.unanswered.person).update(ended_at=AT)
    assert "Nobody is named as a guardian." in signed_in(world.office).get(page_of(world.unanswered)).content.decode()
