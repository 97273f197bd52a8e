"""What a student of age reads with the own sign-in: pages about themselves, not about somebody's child."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from enrollment import bonds, consent, requests
from tests.personas import AT, SignIn, World, tell

PAGES = ("", "answer/", "receipt/", "passages/", "marks/", "reads/", "download/", "requests/", "requests/ask/")


@pytest.fixture
def own(world: World, signed_in: SignIn) -> Client:
    """A student who is 18 today, said yes and asked something, in a browser."""
    student = world.unanswered.person
    student.born_on = AT.date().replace(year=AT.year - 18)
    student.save()
    user = bonds.name_student(student=student, by=world.office, at=AT).guardian
    tell(student, user, at=AT)
    consent.give(student=student, guardian=user, notice=world.notice, at=AT)
    requests.ask(student=student, by=user, asked=requests.Asked("question", "Who reads this?"), at=AT)
    return signed_in(user)


def test_no_page_tells_a_student_of_a_child(world: World, own: Client) -> None:
    """LAW 7."""
    student = world.unanswered.person
    asked = requests.of(student, student.guardianships.get(capacity="student").guardian).get()
    base = f"/family/{student.id}/"
    addresses = (
        "/",
        "/family/",
        "/family/address/",
        *(base + page for page in PAGES),
        f"{base}requests/{asked.id}/",
    )
    for address in addresses:
        response = own.get(address)
        assert response.status_code == 200, address
        page = response.content.decode().partition("<main")[2]
        assert re.findall(r"[^.>]*\bchild(?:ren)?\b[^.<]*", re.sub(r"<[^>]*>", ">", page)) == [], address


def test_a_parent_is_told_of_the_child(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.willing.parent).get("/family/").content.decode()
    assert "My children" in page
    assert "What the school holds about me" not in page
