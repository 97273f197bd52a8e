"""A guardian joins: the letter's code binds an address, once, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from campus import addresses, guardians, letters, people, restrictions
from campus.guardians import Refused
from campus.models import AuditEvent, Person, User
from enrollment import bonds, holds
from enrollment.models import Hold
from tests.enrollment.letters_and_addresses import NEW, change_on_paper, join, letter_for, named
from tests.mailed import code_sent_to, codes_sent_to
from tests.personas import AT, SignIn, World, make_school


def test_a_letter_binds_an_address_and_signs_its_holder_in(world: World, client: Client) -> None:
    guardian = named(world)
    page = join(client, letter_for(world, guardian), "Second@Home.example")
    assert "Your address is linked." in page
    assert "Unanswered Pupil" in page
    guardian.refresh_from_db()
    assert guardian.email == "second@home.example"
    address = addresses.current(guardian)
    assert address is not None
    assert (address.email, address.how, address.confirmed_at) == (guardian.email, "letter", AT)
    assert AuditEvent.objects.filter(kind="address.bound", school=world.school).exists()


def test_a_letter_binds_once(world: World, client: Client) -> None:
    guardian = named(world)
    code = letter_for(world, guardian)
    join(client, code, "second@home.example")
    assert "This code is not known." in join(Client(), code, "thief@home.example")
    assert "linked already" in join(Client(), letter_for(world, guardian), "thief@home.example")


def test_nothing_is_bound_before_the_mailed_code_has_come_back(world: World, client: Client) -> None:
    guardian = named(world)
    code = letter_for(world, guardian)
    client.post("/family/join/", {"letter": code, "email": "second@home.example"})
    for status in (422, 422, 422):
        assert client.post("/family/join/code/", {"code": "BBBB-BBBB"}).status_code == status
    client.post("/family/join/code/", {"code": codes_sent_to("second@home.example")[-1]})
    guardian.refresh_from_db()
    assert guardian.email == ""
    assert letters.find(code, AT)


def test_the_mailed_code_is_bound_to_its_browser_and_to_three_minutes(
    world: World, client: Client, frozen: Callable[[datetime], None]
) -> None:
    guardian = named(world)
    letter = letter_for(world, guardian)
    client.post("/family/join/", {"letter": letter, "email": "second@home.example"})
    assert letter not in str(dict(client.session)), "only its HMAC is kept"
    (code,) = codes_sent_to("second@home.example")
    assert Client().post("/family/join/code/", {"code": code})["Location"] == "/family/join/"
    frozen(AT + timedelta(seconds=180))
    page = client.post("/family/join/code/", {"code": code}).content.decode()
    assert "That code has ended." in page
    assert "second@home.example" in page


def test_five_codes_an_hour_go_to_an_address_that_wants_to_join(world: World) -> None:
    letter = letter_for(world, named(world))
    said = {"letter": letter, "email": "second@home.example"}
    assert [Client().post("/family/join/", said).status_code for _ in range(6)] == [302] * 5 + [429]
    assert len(codes_sent_to("second@home.example")) == 5


def test_what_was_typed_is_there_after_a_mistake(world: World, client: Client) -> None:
    page = client.post("/family/join/", {"letter": "BCDF", "email": "second@home.example"}).content.decode()
    assert 'value="BCDF"' in page
    assert 'value="second@home.example"' in page
    page = client.post("/family/join/", {"letter": letter_for(world, named(world)), "email": "second"}).content.decode()
    assert "Type an e-mail address" in page
    assert not mail.outbox


def test_an_address_of_staff_of_a_student_or_of_another_guardian_is_not_bound(world: World) -> None:
    Person.objects.filter(id=world.willing.person.id).update(email="pupil@hillside.example")
    people.admit(school=world.school, name="Mr Lau", kind=Person.Kind.STAFF, number="s1", at=AT)
    Person.objects.filter(number="s1").update(email="lau@hillside.example")
    refused = {
        world.teacher.email: "member of staff",
        "lau@hillside.example": "member of staff",
        "Pupil@hillside.example": "student’s address",
        world.unanswered.parent.email: "Another guardian uses this address",
        world.refusing.parent.email: "Another guardian uses this address",
    }
    guardian = named(world)
    for email, words in refused.items():
        assert words in join(Client(), letter_for(world, guardian), email)
    guardian.refresh_from_db()
    assert guardian.email == ""


def test_two_children_in_two_schools_need_one_address(world: World) -> None:
    other = make_school(name="Seaview")
    guardian = named(other, other.unanswered.person, "Willing Parent")
    page = join(Client(), letter_for(other, guardian), world.willing.parent.email)
    assert "Willing Pupil" in page
    assert "Unanswered Pupil" in page
    assert people.is_guardian(world.willing.parent, other.unanswered.person)
    assert not people.is_guardian(guardian, other.unanswered.person)


def test_who_is_signed_in_types_the_letters_code_alone(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    code = letter_for(other, named(other, other.unanswered.person))
    page = signed_in(world.willing.parent).post("/family/join/", {"letter": code}, follow=True).content.decode()
    assert "linked to your address" in page
    assert "Seaview School" in page


def test_a_members_of_staff_own_sign_in_does_not_join(world: World, signed_in: SignIn) -> None:
    code = letter_for(world, named(world))
    page = signed_in(world.teacher).post("/family/join/", {"letter": code}).content.decode()
    assert "member of staff" in page
    assert letters.find(code, AT)


def test_an_unconfirmed_address_joins_no_other_school(world: World, colleague: User) -> None:
    other = make_school(name="Seaview")
    change_on_paper(world, world.willing.parent, colleague)
    letter = letters.find(letter_for(other, named(other, other.unanswered.person)), AT)
    with pytest.raises(Refused, match="unconfirmed"):
        addresses.join(letter=letter, email=NEW, at=AT)


def test_a_new_address_says_on_every_page_from_which_day_a_yes_counts(
    world: World, frozen: Callable[[datetime], None]
) -> None:
    """LAW 9."""
    student = world.unanswered.person
    bond = guardians.name(student=student, name="Po Po", responsible=True, by=world.office, at=AT)
    code = letters.issue(guardian=bond.guardian, school=world.school, by=world.office, at=AT)
    browser, email = Client(), "popo@home.example"
    assert "a yes counts after five school days" in browser.get("/family/join/").content.decode()
    browser.post("/family/join/", {"letter": code, "email": email})
    joined = browser.post("/family/join/code/", {"code": code_sent_to(email)}, follow=True).content.decode()
    assert "A yes counts from 10 March 2026 on, a no at once." in joined
    said = {"answer.gate_access": "yes", "notice.gate_access": str(world.notice.id)}
    receipt = browser.post(f"/family/{student.id}/check/", said, follow=True).content.decode()
    assert "Your yes counts from 10 March 2026 on" in receipt
    assert "It counts from 10 March 2026 on" in browser.get(f"/family/{student.id}/").content.decode()
    frozen(datetime(2026, 3, 10, tzinfo=UTC))
    assert "It counts from" not in browser.get(f"/family/{student.id}/").content.decode()


def test_what_a_court_said_of_a_guardian_goes_along_with_the_sign_in(world: World) -> None:
    """LAW 31: a parent at two schools joins by the address that signs in already."""
    other = make_school(name="Seaview")
    child = other.unanswered.person
    bond = guardians.name(student=child, name="Willing Parent", responsible=True, by=other.office, at=AT)
    restrictions.record(student=child, guardian=bond.guardian, order="Family Court 1/2026", by=other.office, at=AT)
    holds.record_objection(student=child, guardian=bond.guardian, by=other.office, at=AT)
    code = letters.issue(guardian=bond.guardian, school=other.school, by=other.office, at=AT)
    joined = bonds.join(letter=letters.find(code, AT), email=world.willing.parent.email, at=AT)
    assert joined == world.willing.parent
    assert guardians.is_restricted(joined, child)
    assert Hold.objects.get(student=child).guardian == joined
