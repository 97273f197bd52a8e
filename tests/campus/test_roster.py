"""The roll as the office keeps it: who is added, what is corrected, who leaves, and what is taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campus import people, registers, roster
from campus.models import AuditEvent, AuditPayload, Group, Membership, Person
from campus.roster import Details
from enrollment import consent, roll
from enrollment.models import Permit, Reference
from tests.drawn import enroll
from tests.personas import AT, SignIn, World, make_school

TODAY = AT.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def office(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.office)


def details(person: Person, **other: Any) -> Details:
    now = {field: getattr(person, field) for field in roster.FIELDS} | {"group": roster.group_of(person, AT)}
    return Details(**now | other)


def in_class(group: Group, day: date = TODAY) -> list[str]:
    return [person.name for person in registers.members(group, day)]


def fields_of(kind: str) -> list[object]:
    return [payload.body.get("fields") for payload in AuditPayload.objects.filter(event__kind=kind)]


def address(person: Person, *rest: str) -> str:
    return "/".join(["", "office", "people", str(person.id), *rest, ""])


# ------------------------------------------------------------ adding


def test_a_student_is_added_to_a_class_with_a_page_of_their_own(world: World, office: Client) -> None:
    said = {"name": "Ng Siu Fan", "number": "77", "known_as": "Fan", "group": str(world.on_time.id), "email": ""}
    response = office.post("/office/people/add/?kind=student", said, follow=True)
    assert "Ng Siu Fan is on the roll." in response.content.decode()
    made = Person.objects.get(number="77")
    assert response.redirect_chain[-1][0] == f"/office/students/{made.id}/"
    assert (made.school, made.kind, made.known_as) == (world.school, "student", "Fan")
    assert "Ng Siu Fan" in in_class(world.on_time)
    assert AuditEvent.objects.get(kind="person.admitted", subject=made.id).actor == world.office


@pytest.mark.parametrize("kind", ["staff", "visitor"])
def test_staff_and_visitors_are_added_and_get_a_card(world: World, office: Client, kind: str) -> None:
    page = office.get(f"/office/people/add/?kind={kind}").content.decode()
    assert 'name="group"' not in page
    said = {"name": "Mr Cook", "number": "T1", "group": str(world.on_time.id)}
    office.post(f"/office/people/add/?kind={kind}", said)
    made = Person.objects.get(number="T1")
    assert (made.kind, Membership.objects.filter(student=made).exists()) == (kind, False)
    assert office.post(f"/office/students/{made.id}/card/").status_code == 200
    assert "Mr Cook" in office.get(f"/office/?kind={kind}").content.decode()


def test_two_clicks_add_one_person(world: World, office: Client) -> None:
    said = {"name": "Mr Cook", "number": "T1"}
    pages = [office.post("/office/people/add/?kind=staff", said) for _ in range(2)]
    made = Person.objects.get(number="T1")
    assert [page["Location"] for page in pages] == [address(made)] * 2


def test_a_number_that_somebody_has_says_whose_it_is_and_loses_nothing(world: World, office: Client) -> None:
    taken = world.willing.person
    response = office.post("/office/people/add/", {"name": "Ng Siu Fan", "number": taken.number})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Somebody else has this number." in page
    assert f"/office/students/{taken.id}/" in page
    assert 'value="Ng Siu Fan"' in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": "", "number": "1"}, "Type the name."),
        ({"name": "   ", "number": "1"}, "Type the name."),
        ({"name": "x" * 201, "number": "1"}, "at most 200 letters"),
        ({"name": "Ng", "number": ""}, "Type the number."),
        ({"name": "Ng", "number": "9" * 41}, "at most 40 letters"),
        ({"name": "Ng", "number": "1", "email": "nonsense"}, "Type an e-mail address"),
        ({"name": "Ng", "number": "1", "known_as": "x" * 41}, "at most 40 letters"),
        ({"name": "Ng\x00", "number": "1"}, "Null characters are not allowed."),
        ({"name": "Ng", "number": "1", "group": str(uuid4())}, "Choose a class of this school."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world: World, office: Client, said: dict[str, str], words: str) -> None:
    response = office.post("/office/people/add/", said)
    assert response.status_code == 422
    assert response.content.decode().count(words) == 2, "once above, with a link, and once at the field"
    assert not AuditEvent.objects.filter(kind="person.admitted", actor=world.office).exists()


def test_another_schools_class_is_no_choice(world: World, office: Client) -> None:
    other = make_school(name="Seaview")
    said = {"name": "Ng", "number": "1", "group": str(other.on_time.id)}
    assert office.post("/office/people/add/", said).status_code == 422
    assert "Seaview" not in office.get("/office/people/add/").content.decode()
    assert office.get("/office/people/add/?school=seaview").status_code == 404
    assert office.get("/office/people/add/?kind=ghost").status_code == 404


# ------------------------------------------------------------ correcting


def test_a_correction_names_its_fields_and_no_values_in_the_log(world: World, office: Client) -> None:
    pupil = world.willing.person
    said = {"name": "Willing Chan", "number": pupil.number, "group": str(world.late.id), "email": "W@Example.org"}
    page = office.post(address(pupil, "change"), said, follow=True).content.decode()
    assert "Saved." in page
    assert "Willing Chan" in page
    assert "Class 5B" in page
    pupil.refresh_from_db()
    assert (pupil.name, pupil.email) == ("Willing Chan", "w@example.org")
    assert fields_of("person.changed") == [["name", "email", "group"]]
    assert "Nothing was changed." in office.post(address(pupil, "change"), said, follow=True).content.decode()


def test_a_new_class_holds_from_today_and_yesterdays_register_stays(world: World) -> None:
    pupil = world.willing.person
    Membership.objects.filter(student=pupil).update(began_on=TODAY - timedelta(days=30))
    roster.change(person=pupil, details=details(pupil, group=world.late), by=world.office, at=AT)
    assert pupil.name not in in_class(world.on_time)
    assert pupil.name in in_class(world.late)
    assert pupil.name in in_class(world.on_time, TODAY - timedelta(days=1))
    roster.change(person=pupil, details=details(pupil, group=None), by=world.office, at=AT)
    assert pupil.name not in in_class(world.late)
    roster.change(person=pupil, details=details(pupil, group=world.on_time), by=world.office, at=AT)
    assert pupil.name in in_class(world.on_time)


def test_looking_at_what_is_written_is_written_down(world: World, office: Client) -> None:
    assert office.get(address(world.willing.person, "change")).status_code == 200
    read = AuditEvent.objects.get(kind="read.student", subject=world.willing.person.id)
    assert read.actor == world.office


def test_a_number_can_not_be_taken_from_somebody(world: World, office: Client) -> None:
    said = {"name": "Willing Pupil", "number": world.refusing.person.number}
    response = office.post(address(world.willing.person, "change"), said)
    assert response.status_code == 422
    assert "Refusing Pupil" in response.content.decode()


# ------------------------------------------------------------ leaving


def test_leaving_today_ends_the_face_the_class_and_the_card_at_once(world: World, office: Client) -> None:
    pupil = world.willing
    enroll(pupil.person, operator=world.office, at=AT)
    page = office.post(address(pupil.person, "left"), {"left_on": TODAY.isoformat()}, follow=True).content.decode()
    assert "You can take it back here." in page
    assert "Has left" in page
    assert not Reference.objects.filter(student=pupil.person).exists()
    assert not Permit.objects.filter(student=pupil.person, live=True).exists()
    assert pupil.person.name not in in_class(world.on_time)
    pupil.person.refresh_from_db()
    assert not people.is_on_roll(pupil.person, AT)
    assert pupil.person.name not in office.get("/office/").content.decode()
    assert pupil.person.name in office.get("/office/?kind=left").content.decode()


def test_leaving_tomorrow_changes_nothing_today(world: World) -> None:
    pupil = world.willing.person
    roll.leave(person=pupil, on=TOMORROW, by=world.office, at=AT)
    assert Permit.objects.filter(student=pupil, live=True).exists()
    assert pupil.name in in_class(world.on_time)
    assert pupil.name not in in_class(world.on_time, TOMORROW)
    roster.change(person=pupil, details=details(pupil, group=world.late), by=world.office, at=AT)
    assert pupil.name in in_class(world.late)
    assert pupil.name not in in_class(world.late, TOMORROW)


def test_leaving_is_taken_back_with_the_class_and_without_the_face(world: World, office: Client) -> None:
    pupil = world.willing.person
    enroll(pupil, operator=world.office, at=AT)
    roll.leave(person=pupil, on=TODAY, by=world.office, at=AT)
    for words in ("Taken back", "Still on the roll."):
        assert words in office.post(address(pupil, "back"), follow=True).content.decode()
    assert pupil.name in in_class(world.on_time)
    assert not Reference.objects.filter(student=pupil).exists()
    kinds = AuditEvent.objects.filter(subject=pupil.id, kind__in=("person.left", "person.came_back"))
    assert kinds.count() == 2


def test_a_day_said_again_is_the_day(world: World) -> None:
    pupil = world.willing.person
    for day in (TOMORROW, TODAY, TOMORROW):
        roll.leave(person=pupil, on=day, by=world.office, at=AT)
    pupil.refresh_from_db()
    assert pupil.left_on == TOMORROW
    assert pupil.name in in_class(world.on_time)


@pytest.mark.parametrize("typed", ["", "soon", "2026-13-01", "0001-01-01", "9999-12-31", "2027-06-01", "2026-03-04x"])
def test_a_day_that_is_none_is_asked_again(world: World, office: Client, typed: str) -> None:
    response = office.post(address(world.willing.person, "left"), {"left_on": typed})
    assert response.status_code == 422
    assert "at most a year from today" in response.content.decode()
    world.willing.person.refresh_from_db()
    assert world.willing.person.left_on is None


def test_consent_looks_at_the_roll_as_it_is_and_not_as_the_caller_remembers_it(world: World) -> None:
    stale = Person.objects.get(id=world.willing.person.id)
    roster.leave(person=world.willing.person, on=TODAY, by=world.office, at=AT)
    assert stale.left_on is None
    assert consent.reconcile(student=stale, at=AT) is None


# ------------------------------------------------------------ who may, and what the database refuses


def test_nobody_but_the_office_of_the_school_keeps_its_roll(world: World) -> None:
    other, pupil = make_school(name="Seaview"), world.willing.person
    for user in (world.teacher, world.staff, world.willing.parent, other.office):
        with pytest.raises(roster.NotOffice):
            roster.add(
                school=world.school, kind=Person.Kind.STAFF, details=Details(name="A", number="1"), by=user, at=AT
            )
        with pytest.raises(roster.NotOffice):
            roster.change(person=pupil, details=details(pupil, name="X"), by=user, at=AT)
        with pytest.raises(roster.NotOffice):
            roll.leave(person=pupil, on=TODAY, by=user, at=AT)
        with pytest.raises(roster.NotOffice):
            roll.come_back(person=pupil, by=user, at=AT)


@pytest.mark.parametrize(
    ("model", "wrong", "constraint"),
    [
        (Person, {"name": ""}, "person_has_a_name"),
        (Person, {"number": ""}, "person_has_a_name"),
        (Membership, {"ended_on": TODAY - timedelta(days=400)}, "membership_ends"),
    ],
)
def test_the_database_itself_refuses_nonsense(
    world: World, model: type[Person] | type[Membership], wrong: dict[str, Any], constraint: str
) -> None:
    mine = {"id" if model is Person else "student_id": world.willing.person.id}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model._default_manager.filter(**mine).update(**wrong)


def test_what_was_typed_is_there_after_signing_in_again(world: World) -> None:
    client, said = Client(), {"name": "Ng Siu Fan", "number": "77", "group": str(world.late.id)}
    asked = client.post("/office/people/add/?kind=student", said)
    assert asked["Location"] == "/sign-in/?next=/office/people/add/%3Fkind%3Dstudent"
    client.force_login(world.office)
    page = client.get("/office/people/add/?kind=student").content.decode()
    assert 'value="Ng Siu Fan"' in page
    assert f'value="{world.late.id}" selected' in page
    assert not Person.objects.filter(number="77").exists()
