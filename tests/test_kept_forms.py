"""A session that ends in mid-form: what was typed is there again for its author, and is never sent by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from campus import guardians, registers
from campus.models import User
from enrollment.models import ConsentEvent
from gates.models import Gate
from tests.everything import fingerprint
from tests.mailed import code_sent_to
from tests.personas import AT, SignIn, World


def sign_in(client: Client, email: str, page: str) -> Any:
    """Sign in as somebody does whom a page has sent to, and return where that leads."""
    client.post("/sign-in/", {"email": email, "next": page})
    return client.post("/sign-in/code/", {"code": code_sent_to(email), "next": page}, follow=True)


def kept_forms(world: World) -> Iterator[tuple[User, str, dict[str, str], list[str]]]:
    """Yield who fills in which form with what, and what must be there after signing in again."""
    child, office = f"/office/students/{world.willing.person.id}/guardians/", world.office
    guardian = str(world.willing.parent.id)
    gate = Gate.objects.create(school=world.school, name="Main gate")
    register = registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]
    line = f"/register/{register.id}/{world.willing.person.id}/"
    yield world.willing.parent, "/family/address/", {"email": "new@home.example"}, ['value="new@home.example"']
    yield office, child, {"name": "Po Po", "responsible": "no"}, ['value="Po Po"', 'value="no" checked']
    yield office, f"{child}paper/?guardian={guardian}", {"guardian": guardian, "answer": "no"}, ['value="no" checked']
    yield (
        office,
        f"{child}address/?guardian={guardian}",
        {"guardian": guardian, "email": "x@y.example"},
        ["x@y.example"],
    )
    yield office, "/office/gates/add/", {"name": "Side", "card_alone": "staff"}, ['"Side"', 'value="staff" checked']
    yield office, f"/office/gates/{gate.id}/", {"card_alone": "staff"}, ['value="staff" checked']
    yield office, f"/office/gates/{gate.id}/kiosks/add/", {"name": "Left lane"}, ['value="Left lane"']
    yield office, "/office/people/add/?kind=staff", {"name": "Mr Cook", "number": "T1"}, ["Mr Cook", "T1"]
    yield office, f"/office/people/{world.willing.person.id}/change/", {"name": "Willing Chan"}, ["Willing Chan"]
    marked = {"code": "late", "minutes": "12", "reason": "Bus was late", "submission": str(uuid4())}
    yield world.teacher, line, marked, ['value="late" checked', 'value="12"', "Bus was late"]


def test_nothing_typed_is_lost_when_a_session_ends_and_nothing_is_sent_by_itself(world: World) -> None:
    for user, page, said, there in kept_forms(world):
        client, before = Client(), fingerprint()
        asked = client.post(page, said)
        assert asked.status_code == 302
        assert asked["Location"].startswith("/sign-in/?next=")
        mail.outbox.clear()
        connection.cursor().execute(
            "DELETE FROM campus_cache"
        )  # Five codes an hour are enough for anybody but this test.
        back = sign_in(client, user.email, page)
        assert back.redirect_chain[-1][0] == page
        for words in there:
            assert words in back.content.decode(), (page, words)
        assert fingerprint() == before, page
        assert there[0] not in client.get("/").content.decode()


def test_what_was_typed_is_kept_for_half_an_hour_and_not_without_measure(
    world: World, frozen: Callable[..., None]
) -> None:
    client, late, full = Client(), Client(), Client()
    client.post("/office/gates/add/", {"name": "Side"})
    late.post("/office/gates/add/", {"name": "Side"})
    full.post("/office/gates/add/", {"name": "Side" * 2000})
    assert "kept_form" not in full.session
    client.force_login(world.office)
    late.force_login(world.office)
    assert 'value="Side"' in client.get("/office/gates/add/").content.decode()
    assert 'value="Side"' not in client.get("/office/gates/add/").content.decode()
    frozen(AT + timedelta(minutes=30))
    assert 'value="Side"' not in late.get("/office/gates/add/").content.decode()


def test_a_letters_code_is_not_kept(world: World) -> None:
    client, guardian = Client(), str(world.willing.parent.id)
    page = f"/office/students/{world.willing.person.id}/guardians/paper/?guardian={guardian}"
    client.post(page, {"guardian": guardian, "answer": "yes", "letter": "BCDF-GHJK-LMNP"})
    kept = client.session["kept_form"]["typed"]
    assert kept == {"guardian": guardian, "answer": "yes"}


def test_what_was_typed_is_shown_to_nobody_else(world: World, colleague: User, signed_in: SignIn) -> None:
    for user, there in ((world.office, True), (colleague, False)):
        client, page = signed_in(world.office), "/office/gates/add/"
        client.get(page)
        del client.cookies["sessionid"]
        client.post(page, {"name": "Side"})
        client.force_login(user)
        assert ('value="Side"' in client.get(page).content.decode()) is there
        assert "kept_form" not in client.session


def test_what_is_sent_now_counts_and_not_what_was_kept(world: World) -> None:
    client, pupil = Client(), world.unanswered
    page, notice = f"/family/{pupil.person.id}/check/", str(world.notice.id)
    client.post(page, {"answer.gate_access": "yes", "notice.gate_access": notice})
    client.force_login(pupil.parent)
    client.post(page, {"answer.gate_access": "no", "notice.gate_access": notice})
    assert [event.kind for event in ConsentEvent.objects.filter(student=pupil.person)] == ["refused"]
    assert "kept_form" not in client.session


def test_a_choice_made_after_signing_in_again_wins_over_what_was_kept(world: World) -> None:
    client, pupil = Client(), world.unanswered
    page, notice = f"/family/{pupil.person.id}/", str(world.notice.id)
    client.post(f"{page}check/", {"answer.gate_access": "yes", "notice.gate_access": notice})
    client.force_login(pupil.parent)
    client.post(f"{page}answer/", {"answer": "no", "notice": notice})
    assert 'name="answer.gate_access" value="no"' in client.get(f"{page}check/").content.decode()


def test_a_slip_of_one_guardian_is_not_shown_for_another(world: World) -> None:
    client, page = Client(), f"/office/students/{world.willing.person.id}/guardians/paper/?guardian="
    other = guardians.name(student=world.willing.person, name="Po Po", responsible=True, by=world.office, at=AT)
    client.post(f"{page}{world.willing.parent.id}", {"guardian": str(world.willing.parent.id), "answer": "no"})
    client.force_login(world.office)
    assert 'value="no" checked' not in client.get(f"{page}{other.guardian_id}").content.decode()


def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page(world: World) -> None:
    client, child = Client(), f"/family/{world.willing.person.id}/"
    asked = client.post(f"{child}withdraw/", headers={"referer": "http://testserver/family/"})
    assert asked["Location"] == "/sign-in/?next=/family/"
    back = sign_in(client, world.willing.parent.email, "/family/")
    assert "Take my yes back" in back.content.decode()
    assert [event.kind for event in ConsentEvent.objects.filter(student=world.willing.person)] == ["given"]


@pytest.mark.parametrize("referer", ["https://elsewhere.example/family/", "nonsense", "//elsewhere.example/", ""])
def test_nobody_is_led_to_another_host(db: None, client: Client, referer: str) -> None:
    asked = client.post(f"/family/{uuid4()}/withdraw/", headers={"referer": referer})
    assert asked["Location"] == "/sign-in/?next=/"
