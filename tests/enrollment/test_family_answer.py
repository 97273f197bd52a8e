"""Answering: check first, send once, keep what was typed, and a receipt on the page and by mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import Settings

from campus import outbox, people
from campus.models import User
from enrollment import consent, questions, receipts
from enrollment.models import ConsentEvent, Receipt
from enrollment.tasks import mail_receipt
from gates.models import Direction
from tests import noticing
from tests.gates.lane import make_lane
from tests.mailed import code_sent_to
from tests.personas import AT, Pupil, SignIn, World

HIDDEN = re.compile(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">')


def page_of(pupil: Pupil, *rest: str) -> str:
    return "/".join(["", "family", str(pupil.person.id), *rest, ""])


def choose(client: Client, world: World, answer: str) -> Any:
    said = {"answer": answer, "notice": str(world.notice.id)}
    return client.post(page_of(world.unanswered, "answer"), said, follow=True)


def shown(response: Any) -> dict[str, str]:
    return dict(HIDDEN.findall(response.content.decode()))


def kinds(pupil: Pupil) -> list[str]:
    return list(ConsentEvent.objects.filter(student=pupil.person).order_by("id").values_list("kind", flat=True))


@pytest.fixture
def parent(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.unanswered.parent)


def test_nothing_is_sent_before_it_was_checked(world: World, parent: Client) -> None:
    page = choose(parent, world, "yes").content.decode()
    assert "Check your answers" in page
    assert "Nothing has been sent yet." in page
    assert kinds(world.unanswered) == []


def test_yes_and_no_can_be_changed_before_sending(world: World, parent: Client) -> None:
    choose(parent, world, "yes")
    page = parent.get(page_of(world.unanswered, "answer")).content.decode()
    assert 'value="yes" id="answer-yes" checked' in page
    response = choose(parent, world, "no")
    parent.post(page_of(world.unanswered, "check"), shown(response))
    assert kinds(world.unanswered) == ["refused"]


def test_two_clicks_send_one_answer(world: World, parent: Client, frozen: Callable[[datetime], None]) -> None:
    said = shown(choose(parent, world, "yes"))
    for seconds in (0, 1, 2):
        frozen(AT + timedelta(seconds=seconds))
        response = parent.post(page_of(world.unanswered, "check"), said)
        assert response["Location"] == page_of(world.unanswered, "receipt")
    assert kinds(world.unanswered) == ["given"]


def test_two_tabs_each_send_what_they_showed(world: World, parent: Client, frozen: Callable[[datetime], None]) -> None:
    first, second = shown(choose(parent, world, "yes")), shown(choose(parent, world, "no"))
    parent.post(page_of(world.unanswered, "check"), first)
    frozen(AT + timedelta(seconds=5))
    parent.post(page_of(world.unanswered, "check"), second)
    assert kinds(world.unanswered) == ["given", "refused"]


def test_going_back_after_sending_finds_nothing_to_send(world: World, parent: Client) -> None:
    parent.post(page_of(world.unanswered, "check"), shown(choose(parent, world, "yes")))
    assert parent.get(page_of(world.unanswered, "check"))["Location"] == page_of(world.unanswered, "answer")
    assert "checked" not in parent.get(page_of(world.unanswered, "answer")).content.decode()


@pytest.mark.parametrize("rest", ["answer", "check"])
def test_what_was_chosen_survives_the_end_of_the_session(world: World, parent: Client, rest: str) -> None:
    response = choose(parent, world, "yes")
    said = shown(response) if rest == "check" else {"answer": "yes", "notice": str(world.notice.id)}
    parent.session.flush()
    parent.cookies.clear()
    page = page_of(world.unanswered, rest)
    assert parent.post(page, said)["Location"] == f"/sign-in/?next={page}"
    assert kinds(world.unanswered) == []
    parent.post("/sign-in/", {"email": world.unanswered.parent.email, "next": page})
    code = code_sent_to(world.unanswered.parent.email)
    back = parent.post("/sign-in/code/", {"code": code, "next": page}, follow=True)
    assert back.redirect_chain[-1][0] == page
    if rest == "answer":
        assert 'value="yes" id="answer-yes" checked' in back.content.decode()
    else:
        parent.post(page, shown(back))
        assert kinds(world.unanswered) == ["given"]


def test_what_one_chose_is_not_shown_to_whoever_signs_in_next(world: World) -> None:
    client = Client()
    client.post(page_of(world.unanswered, "answer"), {"answer": "yes", "notice": str(world.notice.id)})
    client.force_login(world.refusing.parent)
    assert client.get(page_of(world.unanswered, "answer")).status_code == 404
    assert "checked" not in client.get(page_of(world.refusing, "answer")).content.decode()


def test_a_second_purpose_is_a_second_question(world: World, parent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    trip = ("Photographs of trips", "May %(name)s be in photographs of trips?", "Nobody takes any.")
    monkeypatch.setattr(questions, "ASKED", {**questions.ASKED, "trip_photos": trip})
    notice = noticing.of_no_purpose_of_ours(world.school, AT, "trip_photos")
    response = choose(parent, world, "yes")
    page = response.content.decode()
    assert "May Unanswered Pupil be in photographs of trips?" in page
    assert "question 2 of 2" in page
    said = {"about": "trip_photos", "answer": "no", "notice": str(notice.id)}
    response = parent.post(page_of(world.unanswered, "answer"), said, follow=True)
    parent.post(page_of(world.unanswered, "check"), shown(response))
    answered = ConsentEvent.objects.filter(student=world.unanswered.person).values_list("purpose", "kind")
    assert set(answered) == {("gate_access", "given"), ("trip_photos", "refused")}
    assert Receipt.objects.filter(student=world.unanswered.person).count() == 1
    assert consent.status_of(world.unanswered.person, "gate_access", AT).process


def test_a_yes_to_one_question_is_none_to_another(world: World, parent: Client) -> None:
    other = noticing.of_no_purpose_of_ours(world.school, AT, "trip_photos")
    said = {"answer": "yes", "notice": str(other.id)}
    assert parent.post(page_of(world.unanswered, "answer"), said).status_code == 409
    said = {"answer.gate_access": "yes", "notice.gate_access": str(other.id)}
    assert parent.post(page_of(world.unanswered, "check"), said).status_code == 409
    assert kinds(world.unanswered) == []


def test_a_question_that_nobody_asks_is_not_there(world: World, parent: Client) -> None:
    assert parent.get(page_of(world.unanswered, "answer"), {"about": "selling"}).status_code == 404
    assert parent.post(page_of(world.unanswered, "withdraw"), {"about": "selling"}).status_code == 404


def test_the_receipt_says_what_was_answered(world: World, parent: Client) -> None:
    said = shown(choose(parent, world, "yes"))
    page = parent.post(page_of(world.unanswered, "check"), said, follow=True).content.decode()
    assert "Thank you. Your answer is yes." in page
    assert "4 March 2026, 09:30" in page
    receipt = Receipt.objects.get(student=world.unanswered.person)
    assert receipt.number in page
    assert f"/family/receipts/{receipt.id}.pdf" in page


def test_each_answer_is_mailed_once_in_text_and_html(
    world: World, parent: Client, frozen: Callable[[datetime], None]
) -> None:
    parent.post(page_of(world.unanswered, "check"), shown(choose(parent, world, "yes")))
    frozen(AT + timedelta(minutes=1))
    parent.post(page_of(world.unanswered, "withdraw"))
    assert not mail.outbox, "a page sends no receipt by itself"
    outbox.settle(at=AT)
    for receipt in Receipt.objects.filter(student=world.unanswered.person).order_by("at"):
        mail_receipt(receipt.id)
    assert [letter.to for letter in mail.outbox] == [[world.unanswered.parent.email]] * 2
    words = [str(letter.body) for letter in mail.outbox]
    assert "Opening the gate by face: Yes" in words[0]
    assert "Opening the gate by face: Withdrawn" in words[1]
    for letter in mail.outbox:
        assert isinstance(letter, mail.EmailMultiAlternatives)
        html = str(letter.alternatives[0][0])
        assert "<strong>" in html
        assert "href=" not in html
        assert "src=" not in html


class DeafMailServer(EmailBackend):
    def send_messages(self, messages: object) -> int:
        raise OSError("no route")


def test_a_receipt_that_could_not_be_mailed_stays_owed(world: World, parent: Client, settings: Settings) -> None:
    parent.post(page_of(world.unanswered, "withdraw"))
    deaf = f"{__name__}.{DeafMailServer.__name__}"
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, deaf
    assert outbox.settle(at=AT) == 1  # The tombstone log needs no mail.
    settings.EMAIL_BACKEND = working
    assert outbox.settle(at=AT + timedelta(seconds=2)) == 1
    assert len(mail.outbox) == 1


def test_a_guardian_without_an_address_gets_no_mail(world: World) -> None:
    guardian = User.objects.create_user(name="Po Po")
    people.name_guardian(student=world.unanswered.person, guardian=guardian, at=AT)
    receipt = consent.refuse(student=world.unanswered.person, guardian=guardian, notice=None, at=AT)
    assert not receipts.mail_to_guardian(receipt.id, at=AT)


def test_a_yes_is_taken_back_from_the_first_page_in_one_click(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.willing.parent)
    page = client.get("/family/").content.decode()
    (action,) = re.findall(r'<form method="post" action="([^"]+/withdraw/)">', page)
    page = client.post(action, {"about": "gate_access"}, follow=True).content.decode()
    assert "You have taken your yes back." in page
    assert kinds(world.willing) == ["given", "withdrawn"]


def test_the_childs_page_shows_what_happened_lately_and_not_how_it_was_decided(world: World, signed_in: SignIn) -> None:
    lane = make_lane(world)
    lane.passes(world.willing, at=AT, direction=Direction.IN)
    lane.passes(world.willing, at=AT + timedelta(minutes=1), direction=Direction.OUT)
    response = signed_in(world.willing.parent).get(page_of(world.willing))
    told = [(entry.what, entry.where) for entry, _, _ in response.context["latest"]]
    before = [("The student said yes", "Enrolment desk"), ("Card issued", "")]
    assert told == [("Went out", "Main gate"), ("Came in", "Main gate"), *before]
    assert "Wednesday 4 March, 09:30" in response.content.decode()
