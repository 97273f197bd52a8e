"""What a family's page says when it is not the viewer's own answer that decides: facts, no pressure, nobody's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from campus import guardians
from campus.models import Person, Role, User
from enrollment import assent, consent, roll
from enrollment.models import ConsentEvent, Permit
from tests.enrollment.test_family import has_permit, page_of, send
from tests.mailed import code_sent_to
from tests.personas import AT, Pupil, SignIn, World, make_school, name_parent

CHILD_NO = "Willing Pupil said no, so nothing is held. Willing Pupil uses a card."
OBJECTED = "Another guardian of Willing Pupil says no, so it is not done."


def words(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def second_guardian(world: World, pupil: Pupil) -> User:
    name_parent(pupil.person, world.refusing.parent)
    return world.refusing.parent


@pytest.mark.parametrize("said", ["given", "refused", "withdrawn", None])
def test_a_childs_own_no_is_said_whatever_the_guardian_said(world: World, signed_in: SignIn, said: str | None) -> None:
    pupil = world.willing
    parent = second_guardian(world, pupil) if said is None else pupil.parent
    if said == "refused":
        consent.refuse(student=pupil.person, guardian=parent, notice=None, at=AT)
    if said == "withdrawn":
        consent.withdraw(student=pupil.person, guardian=parent, at=AT)
    assent.refuse(student=pupil.person, by=world.office, at=AT)
    for address in ("/family/", page_of(pupil)):
        assert CHILD_NO in words(signed_in(parent), address)


def test_a_childs_no_presses_nobody_and_takes_no_button_away(world: World, signed_in: SignIn) -> None:
    assent.refuse(student=world.willing.person, by=world.office, at=AT)
    page = words(signed_in(world.willing.parent), page_of(world.willing))
    assert "Take my yes back" in page
    for pressing in (
        "talk",
        "ask your child",
        "convince",
        "change their mind",
        "unfortunately",
        "everybody who answers",
    ):
        assert pressing not in page.lower()


def test_a_yes_after_the_childs_no_promises_no_pictures(world: World, signed_in: SignIn) -> None:
    assent.refuse(student=world.willing.person, by=world.office, at=AT)
    response = send(signed_in(world.willing.parent), world.willing, "yes", world.notice.id)
    page = " ".join(response.content.decode().split())
    assert CHILD_NO in page
    assert "takes pictures" not in page
    assert not has_permit(world.willing)


def test_two_guardians_who_disagree_each_see_that_there_is_another_answer_and_not_whose(
    world: World, signed_in: SignIn, frozen: Callable[[datetime], None]
) -> None:
    pupil, second = world.willing, second_guardian(world, world.willing)
    first, other = signed_in(pupil.parent), signed_in(second)
    assert "Another guardian" not in words(other, "/family/")
    send(other, pupil, "no", world.notice.id)
    for address in ("/family/", page_of(pupil)):
        page = words(first, address)
        assert OBJECTED in page
        assert second.name not in page
        assert second.email not in page
    assert not has_permit(pupil)
    # The first one's Yes, said again, lifts nothing; the second one's does.
    frozen(AT + timedelta(minutes=1))
    page = " ".join(send(first, pupil, "yes", world.notice.id).content.decode().split())
    assert OBJECTED in page
    assert not has_permit(pupil)
    frozen(AT + timedelta(minutes=2))
    send(other, pupil, "yes", world.notice.id)
    assert OBJECTED not in words(first, "/family/")
    assert has_permit(pupil)


def test_two_children_in_two_schools_are_answered_one_by_one(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    name_parent(other.unanswered.person, world.unanswered.parent)
    here, there = world.unanswered, Pupil(other.unanswered.person, world.unanswered.parent, "")
    parent = signed_in(world.unanswered.parent)
    send(parent, here, "yes", world.notice.id)
    assert send(parent, there, "yes", world.notice.id).status_code == 409, "that notice is the other school's"
    send(parent, there, "yes", other.notice.id)
    assert (has_permit(here), has_permit(there)) == (True, True)
    parent.post(page_of(here, "withdraw"))
    assert (has_permit(here), has_permit(there)) == (False, True)
    page = words(parent, "/family/")
    assert "You took your yes back" in page
    assert "You said yes" in page


def test_a_child_who_has_left_is_not_asked_about(world: World, signed_in: SignIn) -> None:
    roll.leave(person=world.unanswered.person, on=AT.date(), by=world.office, at=AT)
    page = words(signed_in(world.unanswered.parent), "/family/")
    assert "Unanswered Pupil is no longer at this school. Nothing is held of the face." in page
    assert "Answer the school" not in page


@pytest.mark.parametrize(("kind", "said"), [("student", "student’s address"), ("staff", "member of staff")])
def test_an_address_that_came_to_be_shared_can_not_say_yes_and_is_told_why(
    world: World, signed_in: SignIn, kind: str, said: str
) -> None:
    parent, pupil = world.unanswered.parent, world.unanswered
    Person.objects.filter(id=world.refusing.person.id).update(kind=kind, email=parent.email.upper())
    response = send(signed_in(parent), pupil, "yes", world.notice.id)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert "Check your answers" in response.content.decode()
    assert send(signed_in(parent), pupil, "no").status_code == 200
    assert [event.kind for event in ConsentEvent.objects.filter(student=pupil.person)] == ["refused"]


def test_a_yes_after_a_change_on_paper_waits_until_the_letter_has_come_back_from_page_to_page(
    world: World, signed_in: SignIn, frozen: Callable[[datetime], None]
) -> None:
    """The office types in, a colleague confirms, the parent says yes: it counts with the letter's code only."""
    pupil, parent = world.unanswered, world.unanswered.parent
    colleague = User.objects.create_user("colleague@hillside.example", name="Colleague")
    Role.objects.create(school=world.school, user=colleague, kind=Role.Kind.OFFICE)
    office, desk = signed_in(world.office), f"/office/students/{pupil.person.id}/guardians/"
    frozen(AT - timedelta(days=10))
    office.post(desk + "address/", {"guardian": str(parent.id), "email": "new@home.example"})
    page = signed_in(colleague).get("/office/waiting/").content.decode()
    change = re.findall(r'name="change" value="([^"]+)"', page)[0]
    signed_in(colleague).post("/office/waiting/", {"change": change, "decision": "confirm"})

    frozen(AT)  # By now the address is linked for as long as anybody has to object.
    browser = Client()
    browser.post("/sign-in/", {"email": "new@home.example"})
    browser.post("/sign-in/code/", {"code": code_sent_to("new@home.example")})
    page = " ".join(send(browser, pupil, "yes", world.notice.id).content.decode().split())
    assert "Your yes counts once your new e-mail address is confirmed" in page
    assert "It does not count yet" in words(browser, "/family/")
    assert not Permit.objects.filter(student=pupil.person, live=True).exists()

    letter = office.post(desk + "letter/", {"guardian": str(parent.id)}).content.decode()
    code = re.findall(r'id="letter-code">([^<]+)<', letter)[0]
    browser.post("/family/join/", {"letter": code})
    assert "It does not count yet" not in words(browser, "/family/")
    assert has_permit(pupil)


def test_a_guardian_who_ends_leaves_their_no_behind(world: World, signed_in: SignIn) -> None:
    second = second_guardian(world, world.willing)
    consent.refuse(student=world.willing.person, guardian=second, notice=None, at=AT)
    bond = world.willing.person.guardianships.get(guardian=second)
    guardians.end(bond=bond, by=world.office, at=AT)
    assert OBJECTED in words(signed_in(world.willing.parent), "/family/")
    assert not has_permit(world.willing)
