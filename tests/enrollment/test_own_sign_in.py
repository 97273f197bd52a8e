"""What a student of age reads with the own sign-in: pages about themselves, not about somebody's child."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from campus import addresses
from campus.models import Person, User
from enrollment import bonds, consent, notifications, requests
from tests.personas import AT, SignIn, World, tell

PAGES = ("", "answer/", "receipt/", "passages/", "marks/", "reads/", "download/", "requests/", "requests/ask/")


@pytest.fixture
def grown(world: World) -> Person:
    """A student who is 18 today."""
    student = world.unanswered.person
    student.born_on = AT.date().replace(year=AT.year - 18)
    student.save()
    return student


@pytest.fixture
def own(world: World, grown: Person, signed_in: SignIn) -> Client:
    """The student, who said yes and asked something, in a browser."""
    student = grown
    user = bonds.name_student(student=student, by=world.office, at=AT).guardian
    addresses.bind_known(guardian=user, email="grown@students.example", at=AT)
    tell(student, user, at=AT)
    consent.give(student=student, guardian=user, notice=world.notice, at=AT)
    requests.ask(student=student, by=user, asked=requests.Asked("question", "Who reads this?"), at=AT)
    return signed_in(user)


def test_no_page_tells_a_student_of_a_child(world: World, own: Client) -> None:
    """LAW 7."""
    student = world.unanswered.person
    asked = requests.of(student, student.guardianships.get(capacity="student").guardian).get()
    base = f"/family/{student.id}/"
    pages = (
        "/",
        "/family/",
        "/family/address/",
        *(base + page for page in PAGES),
        f"{base}requests/{asked.id}/",
    )
    for address in pages:
        response = own.get(address)
        assert response.status_code == 200, address
        page = response.content.decode().partition("<main")[2]
        page = re.sub(r'<dl class="said">.*?</dl>', "", page, flags=re.DOTALL)  # The notice is one for everybody.
        assert re.findall(r"[^.>]*\bchild(?:ren)?\b[^.<]*", re.sub(r"<[^>]*>", ">", page)) == [], address


def test_the_mail_with_the_notice_is_about_the_own_face(world: World, grown: Person) -> None:
    """LAW 7, 29."""
    user = bonds.name_student(student=grown, by=world.office, at=AT).guardian
    addresses.bind_known(guardian=user, email="grown@students.example", at=AT)
    assert notifications.mail_notice(world.notice.id, User.objects.get(id=user.id), at=AT)
    letter = mail.outbox[-1]
    assert letter.subject == "The school asks about your face: please read"
    assert "In short, for you" in letter.body
    assert "your child" not in str(letter.body).partition("The whole notice")[0]


def test_a_parent_is_told_of_the_child(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.willing.parent).get("/family/").content.decode()
    assert "My children" in page
    assert "What the school holds about me" not in page
