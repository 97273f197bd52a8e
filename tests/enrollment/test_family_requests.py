"""Asking, objecting and complaining from a phone: a receipt, a day by which the school owes an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from campus import people
from enrollment import requests
from enrollment.models import Permit, Reference, SubjectRequest
from tests.drawn import enroll
from tests.personas import AT, SignIn, World

Frozen = Callable[[datetime], None]


@pytest.fixture
def parent(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.willing.parent)


def home(world: World) -> str:
    return f"/family/{world.willing.person.id}/requests/"


def ask(client: Client, world: World, about: str, words: str = "Please look.", **more: str) -> Any:
    return client.post(home(world) + "ask/", {"about": about, "words": words, **more}, follow=True)


def test_a_question_gets_a_number_and_a_due_day(world: World, parent: Client) -> None:
    """LAW 32."""
    page = ask(parent, world, "question").content.decode()
    row = SubjectRequest.objects.get()
    assert row.number in page
    assert "The school must answer by 3 April 2026." in page
    assert "Please look." in page
    assert "You" in page


def test_a_complaint_says_by_when_the_school_must_have_seen_it(world: World, parent: Client) -> None:
    """LAW 32."""
    page = ask(parent, world, "complaint").content.decode()
    assert "The school must say by 3 April 2026 that it has seen this." in page


def test_a_no_to_the_face_counts_at_once_and_destroys_the_template(world: World, parent: Client) -> None:
    """LAW 5, 25."""
    enroll(world.willing.person, operator=world.office, at=AT)
    page = ask(parent, world, "face").content.decode()
    assert "Your no counts already." in page
    assert not Reference.objects.filter(student=world.willing.person).exists()
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()


@pytest.mark.parametrize("about", ["objection", "erasure", "correction", "question", "access", "complaint"])
def test_nothing_else_is_a_no(world: World, parent: Client, about: str) -> None:
    ask(parent, world, about)
    assert not SubjectRequest.objects.get().about_face
    assert Permit.objects.filter(student=world.willing.person, live=True).exists()


def test_objecting_needs_no_new_code_however_long_ago_one_signed_in(
    world: World, parent: Client, frozen: Frozen
) -> None:
    """LAW 8, 43."""
    frozen(AT + timedelta(days=10))
    assert ask(parent, world, "face").status_code == 200
    assert SubjectRequest.objects.get().about_face


@pytest.mark.parametrize(("about", "words"), [("", "Please look."), ("nonsense", "Please look."), ("question", " ")])
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    world: World, parent: Client, about: str, words: str
) -> None:
    response = ask(parent, world, about, words)
    assert response.status_code == 422
    assert words.strip() in response.content.decode()
    assert not SubjectRequest.objects.exists()


def test_the_same_form_twice_asks_once(world: World, parent: Client) -> None:
    form = parent.get(home(world) + "ask/").context["form"]
    for _click in range(2):
        ask(parent, world, "question", form=str(form))
    assert SubjectRequest.objects.count() == 1


def test_a_late_school_is_told_as_late(world: World, parent: Client, frozen: Frozen) -> None:
    ask(parent, world, "question")
    frozen(AT + timedelta(days=31))
    assert "The school is late: it was due on 3 April 2026." in parent.get(home(world)).content.decode()


def test_more_can_be_written_and_it_can_be_closed(world: World, parent: Client) -> None:
    ask(parent, world, "question")
    row = SubjectRequest.objects.get()
    assert "And this." in parent.post(f"{home(world)}{row.id}/", {"words": "And this."}, follow=True).content.decode()
    assert parent.post(f"{home(world)}{row.id}/", {"words": " "}).status_code == 422
    assert "Closed" in parent.post(f"{home(world)}{row.id}/", {"close": "yes"}, follow=True).content.decode()
    assert parent.post(f"{home(world)}{row.id}/", {"words": "Late."}).status_code == 422


def test_another_guardian_of_the_child_never_sees_it(world: World, parent: Client, signed_in: SignIn) -> None:
    """LAW 31."""
    people.name_guardian(student=world.willing.person, guardian=world.refusing.parent, at=AT)
    ask(parent, world, "complaint", "About the other parent.")
    row, other = SubjectRequest.objects.get(), signed_in(world.refusing.parent)
    assert "About the other parent." not in other.get(home(world)).content.decode()
    assert other.get(f"{home(world)}{row.id}/").status_code == 404
    assert other.post(f"{home(world)}{row.id}/", {"close": "yes"}).status_code == 404
    assert list(requests.of(world.willing.person, world.refusing.parent)) == []


def test_what_was_written_is_shown_and_never_believed(world: World, parent: Client) -> None:
    page = ask(parent, world, "question", "<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in page
