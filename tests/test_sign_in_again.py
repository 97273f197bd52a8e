"""Giving and lifting need a sign-in under 15 minutes old; a No and a withdrawal never do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from enrollment.models import ConsentEvent
from tests.mailed import code_sent_to, codes_sent_to
from tests.personas import AT, SignIn, World

LONG_AGO = AT + timedelta(minutes=15)
Frozen = Callable[[datetime], None]


@pytest.fixture
def phone(world: World, signed_in: SignIn, frozen: Frozen) -> Client:
    """The browser of a parent who signed in a quarter of an hour ago, and hasn't answered yet."""
    client = signed_in(world.unanswered.parent)
    frozen(LONG_AGO)
    return client


def send(world: World, client: Client, said: str, **more: str) -> Any:
    answers = {"answer.gate_access": said, "notice.gate_access": str(world.notice.id)}
    return client.post(f"/family/{world.unanswered.person.id}/check/", answers | more)


def kinds(world: World) -> list[str]:
    return [event.kind for event in ConsentEvent.objects.filter(student=world.unanswered.person)]


def type_code(client: Client, page: str, code: str) -> Any:
    return client.post(page, {"code": code, "next": page.partition("next=")[2].replace("%2F", "/")})


def test_a_yes_a_quarter_of_an_hour_after_signing_in_asks_for_a_new_code_and_loses_nothing(
    world: World, phone: Client
) -> None:
    """LAW 9."""
    asked = send(world, phone, "yes")
    assert asked["Location"].startswith("/sign-in/again/?next=")
    assert kinds(world) == []
    page = phone.get(asked["Location"]).content.decode()
    assert "Nothing has been sent yet." in page
    back = type_code(phone, asked["Location"], code_sent_to(world.unanswered.parent.email))
    assert back["Location"] == f"/family/{world.unanswered.person.id}/check/"
    shown = phone.get(back["Location"]).content.decode()
    assert 'name="answer.gate_access" value="yes"' in shown
    assert kinds(world) == []  # Nothing is sent by itself.
    send(world, phone, "yes")
    assert kinds(world) == ["given"]


def test_a_yes_just_before_that_needs_none(world: World, signed_in: SignIn, frozen: Frozen) -> None:
    client = signed_in(world.unanswered.parent)
    frozen(LONG_AGO - timedelta(seconds=1))
    send(world, client, "yes")
    assert kinds(world) == ["given"]


def test_a_no_never_needs_a_new_code(world: World, phone: Client, frozen: Frozen) -> None:
    """LAW 8."""
    frozen(AT + timedelta(days=13))
    assert send(world, phone, "no")["Location"].endswith("/receipt/")
    assert kinds(world) == ["refused"]
    assert mail.outbox == []


def test_taking_a_yes_back_never_needs_a_new_code(world: World, signed_in: SignIn, frozen: Frozen) -> None:
    """LAW 8, 43."""
    client = signed_in(world.willing.parent)
    frozen(AT + timedelta(days=13))
    assert client.post(f"/family/{world.willing.person.id}/withdraw/")["Location"].endswith("/receipt/")


def test_a_moment_that_the_browser_names_itself_changes_nothing(world: World, phone: Client) -> None:
    phone.cookies["signed_in_at"] = str(LONG_AGO.timestamp())
    assert "/again/" in send(world, phone, "yes", signed_in_at=str(LONG_AGO.timestamp()))["Location"]
    assert kinds(world) == []


def test_a_clock_that_was_turned_back_makes_no_sign_in_recent(world: World, phone: Client, frozen: Frozen) -> None:
    frozen(AT - timedelta(minutes=1))
    assert "/again/" in send(world, phone, "yes")["Location"]


def test_a_code_works_once_and_for_the_browser_that_asked(
    world: World, phone: Client, signed_in: SignIn, frozen: Frozen
) -> None:
    frozen(AT)
    elsewhere = signed_in(world.unanswered.parent)
    frozen(LONG_AGO)
    page = send(world, phone, "yes")["Location"]
    code = code_sent_to(world.unanswered.parent.email)
    assert type_code(elsewhere, page, code).status_code == 422
    assert type_code(phone, page, code).status_code == 302
    frozen(LONG_AGO + timedelta(minutes=15))
    assert type_code(phone, page, code).status_code == 422


def test_a_code_works_for_three_minutes_and_three_tries(world: World, phone: Client, frozen: Frozen) -> None:
    email = world.unanswered.parent.email
    page = send(world, phone, "yes")["Location"]
    for _ in range(3):
        assert type_code(phone, page, "BCDF-GHJK").status_code == 422
    assert type_code(phone, page, code_sent_to(email)).status_code == 422
    assert phone.post(page).status_code == 302  # The button that asks for another.
    assert len(set(codes_sent_to(email))) == 2
    frozen(LONG_AGO + timedelta(minutes=3))
    assert type_code(phone, page, code_sent_to(email)).status_code == 422
    assert kinds(world) == []


def test_codes_are_not_mailed_without_end(world: World, phone: Client) -> None:
    page = send(world, phone, "yes")["Location"]
    assert [phone.post(page).status_code for _ in range(5)] == [302, 302, 302, 302, 429]


def test_the_session_before_the_code_is_worth_nothing_afterwards(world: World, phone: Client) -> None:
    """Who copied the cookie before isn't let in by the code that somebody else typed."""
    copied = Client()
    copied.cookies.load({"sessionid": phone.cookies["sessionid"].value})
    page = send(world, phone, "yes")["Location"]
    type_code(phone, page, code_sent_to(world.unanswered.parent.email))
    assert copied.get("/family/")["Location"].startswith("/sign-in/")


def test_a_code_may_be_sent_twice(world: World, phone: Client) -> None:
    page = send(world, phone, "yes")["Location"]
    old = {name: cookie.value for name, cookie in phone.cookies.items()}
    code = code_sent_to(world.unanswered.parent.email)
    first = type_code(phone, page, code)
    phone.cookies.load(old)
    assert type_code(phone, page, code)["Location"] == first["Location"] != "/"
    send(world, phone, "yes")
    assert kinds(world) == ["given"]


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_host(world: World, phone: Client, onward: str) -> None:
    phone.post(f"/sign-in/again/?next={onward}")
    code = code_sent_to(world.unanswered.parent.email)
    assert phone.post("/sign-in/again/", {"code": code, "next": onward})["Location"] == "/"
