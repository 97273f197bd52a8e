"""Signing in: by a code sent to a known address, in the browser that asked for it."""

from __future__ import annotations

import logging
import re
import smtplib
import time

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campus.celery import app
from campus.models import User
from campus.tasks import clear_sessions
from tests.mailed import CODE
from tests.personas import World

TEMPLATES = settings.BASE_DIR / "templates"


def ask(client: Client, email: str, **extra: str) -> str:
    """Ask for a code and return what the next page says."""
    return client.post("/sign-in/", {"email": email, **extra}, follow=True).content.decode()


def mailed_code() -> str:
    """Return the code of the only mail that was sent."""
    (letter,) = mail.outbox
    (code,) = CODE.findall(str(letter.body))
    return str(code)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_parent_signs_in_by_the_code_that_was_mailed(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    response = client.post("/sign-in/code/", {"code": mailed_code()}, follow=True)
    assert response.redirect_chain[-1][0] == "/"
    assert client.session["_auth_user_id"] == str(world.willing.parent.id)
    assert len(mail.outbox) == 1


def test_the_code_may_be_typed_small_and_without_its_dash(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email.upper())
    client.post("/sign-in/code/", {"code": mailed_code().lower().replace("-", "")})
    assert is_signed_in(client)


def test_the_mail_is_ours_and_its_subject_tells_no_code(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    (letter,) = mail.outbox
    assert letter.to == [world.willing.parent.email]
    assert letter.subject == "Your sign-in code for Campus Gate"
    assert "three minutes" in str(letter.body)


def test_one_comes_back_to_the_page_that_asked_for_signing_in(world: World, client: Client) -> None:
    page = f"/family/{world.willing.person.id}/"
    response = client.get(page)
    assert response["Location"] == f"/sign-in/?next={page}"
    ask(client, world.willing.parent.email, next=page)
    response = client.post("/sign-in/code/", {"code": mailed_code(), "next": page})
    assert response["Location"] == page


def test_one_is_not_sent_on_to_another_host(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email, next="https://elsewhere.example/")
    response = client.post("/sign-in/code/", {"code": mailed_code(), "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"


def test_an_unknown_address_gets_the_same_page_and_no_mail(world: World) -> None:
    pages = [ask(Client(), email).replace(email, "…") for email in (world.office.email, "nobody@example.org")]
    without_tokens = [re.sub(r'value="[^"]{64}"', "", page) for page in pages]
    assert without_tokens[0] == without_tokens[1]
    assert [letter.to for letter in mail.outbox] == [[world.office.email]]


def test_somebody_who_was_switched_off_gets_no_code(world: World, client: Client) -> None:
    User.objects.filter(id=world.teacher.id).update(is_active=False)
    ask(client, world.teacher.email)
    assert not mail.outbox


def test_somebody_who_is_switched_off_meanwhile_does_not_get_in(world: World, client: Client) -> None:
    ask(client, world.teacher.email)
    User.objects.filter(id=world.teacher.id).update(is_active=False)
    response = client.post("/sign-in/code/", {"code": mailed_code()})
    assert response.status_code == 302
    assert not is_signed_in(client)


def test_a_code_is_worth_nothing_in_another_browser(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    stranger = Client()
    ask(stranger, "nobody@example.org")
    stranger.post("/sign-in/code/", {"code": mailed_code()})
    assert not is_signed_in(stranger)


def test_three_wrong_codes_end_the_try(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    for status in (200, 200, 302):
        assert client.post("/sign-in/code/", {"code": "BBBB-BBBB"}).status_code == status
    client.post("/sign-in/code/", {"code": mailed_code()})
    assert not is_signed_in(client)


def test_a_code_works_once(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    code = mailed_code()
    client.post("/sign-in/code/", {"code": code})
    client.post("/sign-in/out/")
    client.post("/sign-in/code/", {"code": code})
    assert not is_signed_in(client)


def test_five_codes_an_hour_go_to_an_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.time()
    for _ in range(5):
        ask(Client(), world.willing.parent.email)
    assert "Too many tries" in ask(Client(), world.willing.parent.email.upper())
    monkeypatch.setattr(time, "time", lambda: began + 3590)
    assert "Too many tries" in ask(Client(), world.willing.parent.email)
    assert len(mail.outbox) == 5
    ask(Client(), world.teacher.email)
    assert len(mail.outbox) == 6
    monkeypatch.setattr(time, "time", lambda: began + 3700)
    ask(Client(), world.willing.parent.email)
    assert len(mail.outbox) == 7


def test_a_code_lives_three_minutes(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.time()
    ask(client, world.willing.parent.email)
    monkeypatch.setattr(time, "time", lambda: began + 190)
    client.post("/sign-in/code/", {"code": mailed_code()})
    assert not is_signed_in(client)


def test_the_mail_has_the_code_in_text_and_in_html(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    (letter,) = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    (page,) = letter.alternatives
    assert page[1] == "text/html"
    assert mailed_code() in str(page[0])
    assert "<a " not in str(page[0])


def test_following_a_link_signs_nobody_out(world: World, client: Client) -> None:
    client.force_login(world.teacher)
    assert client.get("/sign-in/out/").status_code == 200
    assert is_signed_in(client)
    assert client.post("/sign-in/out/")["Location"] == "/"
    assert not is_signed_in(client)


def test_no_mail_carries_a_link_so_following_one_can_change_nothing() -> None:
    templates = [*TEMPLATES.glob("mail/*"), *TEMPLATES.glob("account/email/*")]
    assert len(templates) > 10
    for template in templates:
        assert not re.search(r"href|https?:|{% url|<form|src=", template.read_text()), template.name


def test_opening_the_page_of_the_code_signs_nobody_in(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    assert client.get("/sign-in/code/", {"code": mailed_code()}).status_code == 200
    assert not is_signed_in(client)


def test_a_session_lasts_a_working_day_for_staff_and_a_fortnight_for_families(world: World) -> None:
    for user, hours in ((world.office, 12), (world.teacher, 12), (world.willing.parent, 14 * 24)):
        client = Client()
        client.force_login(user)
        assert client.session.get_expiry_age() == pytest.approx(hours * 3600, abs=60)


def test_what_a_visitor_leaves_in_a_session_lasts_half_an_hour(world: World, client: Client) -> None:
    ask(client, world.willing.parent.email)
    assert client.session.get_expiry_age() == 30 * 60
    client.post("/sign-in/code/", {"code": mailed_code()})
    assert client.session.get_expiry_age() > 24 * 3600


def test_sessions_that_have_ended_are_deleted(world: World, client: Client) -> None:
    client.force_login(world.office)
    ended = Client()
    ended.force_login(world.teacher)
    Session.objects.filter(session_key=ended.session.session_key).update(expire_date=timezone.now())
    assert "campus.clear_sessions" in [entry["task"] for entry in app.conf.beat_schedule.values()]
    clear_sessions()
    assert [row.session_key for row in Session.objects.all()] == [client.session.session_key]


@pytest.mark.parametrize("path", ["signup/", "login/", "password/reset/", "email/", "password/change/"])
def test_there_are_no_pages_about_passwords_or_signing_up(client: Client, db: None, path: str) -> None:
    assert client.get(f"/sign-in/{path}").status_code == 404


def test_neither_code_nor_address_is_logged(world: World, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask(client, world.willing.parent.email)
    code = mailed_code()
    client.post("/sign-in/code/", {"code": "BBBB-BBBB"})
    client.post("/sign-in/code/", {"code": code})
    logging.getLogger("campus").warning("the log is read")
    assert "the log is read" in caplog.text
    said = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert code not in said
    assert world.willing.parent.email not in said


class DeafMailServer(EmailBackend):
    """A mail server that refuses everything, and says to whom."""

    def send_messages(self, messages: object) -> int:
        raise smtplib.SMTPRecipientsRefused({"willing@families.hillside.example": (550, b"no such user")})


def test_a_mail_server_that_is_down_tells_nobody_who_is_known(
    world: World, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{DeafMailServer.__name__}"
    page = ask(Client(), world.willing.parent.email)
    assert "a code is on its way" in page
    assert "SMTPRecipientsRefused" in caplog.text
    assert "willing@" not in caplog.text
