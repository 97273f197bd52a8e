"""Dates of birth, and the student's own sign-in from the age of self-consent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campus import letters, people
from campus.guardians import Refused
from campus.models import AuditPayload, Guardianship, Person, User
from enrollment import bonds
from enrollment.models import ConsentEvent, Reference
from tests.drawn import enroll
from tests.mailed import code_sent_to
from tests.personas import AT, SignIn, World

TODAY = AT.date()
OF_AGE, TOO_YOUNG = TODAY.replace(year=TODAY.year - 18), TODAY.replace(year=TODAY.year - 18) + timedelta(days=1)


@pytest.fixture
def office(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.office)


def change(office: Client, person: Person, born_on: str, **more: str) -> Any:
    said = {"name": person.name, "number": person.number, "born_on": born_on, **more}
    return office.post(f"/office/people/{person.id}/change/", said, follow=True)


def born(person: Person) -> date | None:
    person.refresh_from_db()
    return person.born_on


# ------------------------------------------------------------ a date that may be true


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ((TODAY + timedelta(days=1)).isoformat(), "This day has not come yet."),
        ("2024-03-05", "not between 2 and 25 years old"),
        ("2000-03-04", "not between 2 and 25 years old"),
        ("0012-03-31", "not between 2 and 25 years old"),
        ("9999-12-31", "This day has not come yet."),
        ("31st of March", "Type a day, such as 2012-03-31."),
    ],
)
def test_a_date_that_cannot_be_true_is_refused_in_words(world: World, office: Client, typed: str, words: str) -> None:
    response = change(office, world.willing.person, typed)
    assert (response.status_code, words in response.content.decode()) == (422, True)
    assert f'value="{typed}"' in response.content.decode()
    assert born(world.willing.person) is None


@pytest.mark.parametrize("day", ["2024-03-04", "2000-03-05", "2016-02-29"])
def test_a_date_that_may_be_true_is_written(world: World, office: Client, day: str) -> None:
    change(office, world.refusing.person, day)
    assert born(world.refusing.person) == date.fromisoformat(day)
    bodies = [payload.body for payload in AuditPayload.objects.filter(event__kind="person.changed")]
    assert bodies[-1]["fields"] == ["born_on", "group"]  # No class was chosen in this form.


def test_somebody_new_has_a_date_of_birth_if_a_student(world: World, office: Client) -> None:
    said = {"name": "New Pupil", "number": "N1", "born_on": "2015-05-06"}
    office.post("/office/people/add/?kind=student", said)
    assert Person.objects.get(number="N1").born_on == date(2015, 5, 6)
    office.post("/office/people/add/?kind=staff", said | {"number": "N2"})
    assert Person.objects.get(number="N2").born_on is None


# ------------------------------------------------------------ a date that ends what was agreed


def test_a_date_that_ends_what_the_family_agreed_to_is_asked_about_first(world: World, office: Client) -> None:
    """LAW 7."""
    person = world.willing.person
    enroll(person, operator=world.office, at=AT)
    page = change(office, person, OF_AGE.isoformat()).content.decode()
    assert "Is the date of birth right?" in page
    assert "the face template is destroyed" in page
    assert born(person) is None
    assert Reference.objects.filter(student=person).exists(), "a mistyped date destroyed something"
    assert f'name="born_on" value="{OF_AGE}"' in page
    change(office, person, OF_AGE.isoformat(), sure="yes")
    assert born(person) == OF_AGE


def test_a_date_that_changes_nobodys_say_is_written_at_once(world: World, office: Client) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    change(office, world.willing.person, TOO_YOUNG.isoformat())
    assert born(world.willing.person) == TOO_YOUNG
    change(office, world.refusing.person, OF_AGE.isoformat())  # A family that said no loses nothing.
    assert born(world.refusing.person) == OF_AGE


def test_taking_the_date_of_somebody_of_age_back_is_asked_about_too(world: World, office: Client) -> None:
    Person.objects.filter(id=world.willing.person.id).update(born_on=OF_AGE)
    for other in ("", TOO_YOUNG.isoformat()):
        assert "Is the date of birth right?" in change(office, world.willing.person, other).content.decode()
    assert born(world.willing.person) == OF_AGE


# ------------------------------------------------------------ the student's own sign-in


@pytest.fixture
def grown(world: World) -> Person:
    """A student who is 18 today."""
    Person.objects.filter(id=world.unanswered.person.id).update(born_on=OF_AGE, email="grown@students.hillside.example")
    world.unanswered.person.refresh_from_db()
    return world.unanswered.person


def own_sign_in(person: Person) -> User:
    return Guardianship.objects.get(student=person, capacity="student", ended_at__isnull=True).guardian


def test_a_student_of_age_joins_by_a_letter_with_the_own_address_and_answers(
    world: World, grown: Person, office: Client
) -> None:
    """LAW 7."""
    page = f"/office/students/{grown.id}/guardians/"
    assert "is old enough to answer alone" in office.get(page).content.decode()
    for _ in range(2):  # Two clicks.
        assert "answers alone from now on" in office.post(f"{page}student/", follow=True).content.decode()
    own = own_sign_in(grown)
    letter = office.post(f"{page}letter/", {"guardian": str(own.id)}).content.decode()
    assert "You are old enough to answer" in letter
    browser, code = Client(), letter.partition('id="letter-code">')[2].partition("<")[0]
    browser.post("/family/join/", {"letter": code, "email": grown.email})
    browser.post("/family/join/code/", {"code": code_sent_to(grown.email)})
    said = {"answer.gate_access": "yes", "notice.gate_access": str(world.notice.id)}
    browser.post(f"/family/{grown.id}/check/", said)
    event = ConsentEvent.objects.get(student=grown)
    assert (event.kind, event.guardian, event.guardian.email) == ("given", own, grown.email)


def test_nobody_too_young_or_without_a_date_answers_alone(world: World, grown: Person) -> None:
    """LAW 7."""
    for born_on in (TOO_YOUNG, None):
        Person.objects.filter(id=grown.id).update(born_on=born_on)
        grown.refresh_from_db()
        with pytest.raises(Refused, match="too_young"):
            bonds.name_student(student=grown, by=world.office, at=AT)


def test_no_guardian_joins_with_the_letter_of_a_student(world: World, grown: Person, signed_in: SignIn) -> None:
    own = bonds.name_student(student=grown, by=world.office, at=AT).guardian
    code = letters.issue(guardian=own, school=world.school, by=world.office, at=AT)
    other = User.objects.create_user("elsewhere@home.example", name="A parent of another school")
    for user in (world.unanswered.parent, other):
        page = signed_in(user).post("/family/join/", {"letter": code}).content.decode()
        assert "Another guardian uses this address." in page
    assert own_sign_in(grown) == own


def test_a_students_address_still_answers_for_no_other_child(world: World, grown: Person) -> None:
    code = letters.issue(guardian=world.refusing.parent, school=world.school, by=world.office, at=AT)
    User.objects.filter(id=world.refusing.parent.id).update(email="")
    with pytest.raises(Refused, match="shared_student"):
        bonds.join(letter=letters.find(code, AT), email=grown.email, at=AT)


def test_the_database_itself_lets_one_sign_in_be_the_student_of_one(world: World, grown: Person) -> None:
    bond = bonds.name_student(student=grown, by=world.office, at=AT)
    with pytest.raises(IntegrityError, match="guardianship_one_student"), transaction.atomic():
        Guardianship.objects.create(
            school=world.school, student=grown, guardian=world.staff, capacity="student", began_at=AT
        )
    with pytest.raises(IntegrityError, match="guardianship_student_of_nobody_else"), transaction.atomic():
        Guardianship.objects.create(
            school=world.school,
            student=world.willing.person,
            guardian=bond.guardian,
            capacity="student",
            began_at=AT,
        )


@pytest.mark.parametrize(("born_on", "of_age"), [(date(2008, 2, 29), date(2026, 3, 1)), (OF_AGE, TODAY)])
def test_a_birthday_is_the_day_itself_and_the_first_of_march_for_the_29th(born_on: date, of_age: date) -> None:
    assert people.birthday(born_on, 18) == of_age
