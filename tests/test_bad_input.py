"""What nobody means to send: twice, too late, too long, too much, torn, and somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from campus import guardians, letters, registers
from campus.models import AttendanceMark, AuditEvent, Credential, Person, Role, User
from enrollment.models import ChildAnswer, ConsentEvent, EnrollmentSession, PaperAnswer
from gates import kiosks
from gates.models import Gate
from tests.enrollment.sitting import desk_of
from tests.everything import fingerprint
from tests.personas import AT, World

SignIn = Callable[[User], Client]
NAMES = {
    "long": "Wolfeschlegelsteinhausenbergerdorff " * 5,
    "right to left": "يوسف عبد الرحمن‏",
    "emoji": "👩‍👩‍👧‍👦 Zoë 🏳️‍🌈",
    "markup": "<img src=x onerror=alert(1)>&amp;\"'",
    "combining": "Z̴͙͇̋a̷l̵g̶o̸",
    "bidi override": "a\u202egnp.exe",
    "format": "%s %(name)s {name} {{ name }}",
}


@pytest.fixture
def colleague(world: World) -> User:
    user = User.objects.create_user("colleague@hillside.example", name="Colleague")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.OFFICE)
    return user


def code_mailed_to(email: str) -> str:
    bodies = [str(letter.body) for letter in mail.outbox if letter.to == [email]]
    return str(re.findall(r"^[A-Z]{4}-[A-Z]{4}$", bodies[-1], re.MULTILINE)[-1])


def sign_in(client: Client, email: str, page: str) -> Any:
    """Sign in as somebody does whom a page has sent to, and return where that leads."""
    client.post("/sign-in/", {"email": email, "next": page})
    return client.post("/sign-in/code/", {"code": code_mailed_to(email), "next": page}, follow=True)


# ------------------------------------------------------------ twice


def test_a_paper_is_confirmed_once_and_the_second_click_is_told_so(
    world: World, colleague: User, signed_in: SignIn
) -> None:
    said = {"guardian": str(world.willing.parent.id), "answer": "no"}
    signed_in(world.office).post(f"/office/students/{world.willing.person.id}/guardians/paper/", said)
    clicks = {"paper": str(PaperAnswer.objects.get().id), "decision": "confirm"}
    pages = [signed_in(colleague).post("/office/waiting/", clicks, follow=True).content.decode() for _ in range(2)]
    assert "Confirmed. It counts from now on." in pages[0]
    assert "This has been decided already." in pages[1]
    assert ConsentEvent.objects.filter(student=world.willing.person, method="paper").count() == 1


def test_a_changed_address_is_confirmed_once_and_the_second_click_is_told_so(
    world: World, colleague: User, signed_in: SignIn
) -> None:
    said = {"guardian": str(world.willing.parent.id), "email": "new@home.example"}
    signed_in(world.office).post(f"/office/students/{world.willing.person.id}/guardians/address/", said)
    waiting = signed_in(colleague).get("/office/waiting/").content.decode()
    clicks = {"change": re.findall(r'name="change" value="([^"]+)"', waiting)[0], "decision": "confirm"}
    signed_in(colleague).post("/office/waiting/", clicks)
    page = signed_in(colleague).post("/office/waiting/", clicks, follow=True).content.decode()
    assert "This has been decided already." in page


def test_a_slip_with_a_letters_code_may_be_typed_in_twice(world: World, signed_in: SignIn, colleague: User) -> None:
    pupil, office = world.willing, signed_in(world.office)
    code = letters.issue(guardian=pupil.parent, school=world.school, by=world.office, at=AT)
    page = f"/office/students/{pupil.person.id}/guardians/paper/"
    said = {"guardian": str(pupil.parent.id), "answer": "yes", "letter": code}
    assert ["Typed in." in office.post(page, said, follow=True).content.decode() for _ in range(2)] == [True, True]
    assert PaperAnswer.objects.count() == 1
    assert "This code is not known" in office.post(page, said | {"answer": "no"}).content.decode()
    assert "This code is not known" in signed_in(colleague).post(page, said).content.decode()


def second_click(client: Client, page: str, said: dict[str, str], *, has_new_cookies: bool) -> tuple[str, str]:
    """Click twice on a form that signs somebody in, and return where the two lead."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', strict.get(page).content.decode())[-1]
    old = {name: cookie.value for name, cookie in strict.cookies.items()}
    first = strict.post(page, said | {"csrfmiddlewaretoken": token})["Location"]
    if not has_new_cookies:
        strict.cookies.load(old)
    second = strict.post(page, said | {"csrfmiddlewaretoken": token})["Location"]
    assert "_auth_user_id" in strict.session
    return first, second


@pytest.mark.parametrize("has_new_cookies", [True, False])
def test_a_code_for_signing_in_may_be_sent_twice(world: World, client: Client, has_new_cookies: bool) -> None:
    email = world.willing.parent.email
    client.post("/sign-in/", {"email": email})
    said = {"code": code_mailed_to(email), "next": "/family/"}
    assert second_click(client, "/sign-in/code/", said, has_new_cookies=has_new_cookies) == ("/family/", "/family/")
    assert Client().post("/sign-in/code/", said)["Location"] == "/sign-in/"


@pytest.mark.parametrize("has_new_cookies", [True, False])
def test_a_code_for_joining_may_be_sent_twice(world: World, client: Client, has_new_cookies: bool) -> None:
    bond = guardians.name(student=world.willing.person, name="Po Po", responsible=True, by=world.office, at=AT)
    letter = letters.issue(guardian=bond.guardian, school=world.school, by=world.office, at=AT)
    client.post("/family/join/", {"letter": letter, "email": "popo@home.example"})
    said = {"code": code_mailed_to("popo@home.example")}
    assert second_click(client, "/family/join/code/", said, has_new_cookies=has_new_cookies) == ("/family/", "/family/")
    assert Client().post("/family/join/code/", said)["Location"] == "/family/join/"


def test_a_kiosks_key_may_be_sent_twice_by_one_browser(world: World, client: Client) -> None:
    gate = Gate.objects.create(school=world.school, name="Main gate")
    _, key = kiosks.install(gate=gate, name="Kiosk 1", by=None, at=AT)
    client.get("/kiosk/pair/")
    old = {name: cookie.value for name, cookie in client.cookies.items()}
    assert client.post("/kiosk/pair/", {"key": key})["Location"] == "/kiosk/"
    client.cookies.clear()  # The browser has dropped the first answer for the second.
    client.cookies.load(old)
    assert client.post("/kiosk/pair/", {"key": key})["Location"] == "/kiosk/"
    assert "Main gate" in client.get("/kiosk/").content.decode()
    assert Client().post("/kiosk/pair/", {"key": key}).status_code == 422
    assert AuditEvent.objects.filter(kind="kiosk.paired").count() == 1


def test_every_step_of_a_sitting_may_be_clicked_twice(world: World, signed_in: SignIn) -> None:
    desk, pupil = desk_of(world, signed_in), world.willing
    assert [desk.begin(pupil).status_code for _ in range(2)] == [302, 302]
    code = desk.code(pupil)
    pages = [desk.witness.post("/office/witness/", {"code": code}) for _ in range(2)]
    assert ["You are the witness" in page.content.decode() for page in pages] == [True, True]
    assert [desk.answer(pupil, "yes").status_code for _ in range(2)] == [302, 302]
    assert ChildAnswer.objects.filter(kind=ChildAnswer.Kind.YES).count() == 1
    assert [desk.answer(pupil, "no").status_code for _ in range(2)] == [200, 200]
    assert ChildAnswer.objects.filter(kind=ChildAnswer.Kind.NO).count() == 1
    live = EnrollmentSession.objects.exclude(state=EnrollmentSession.State.STOPPED)
    assert [session.state for session in live] == [EnrollmentSession.State.DECLINED]


def test_a_second_click_makes_no_second_card(world: World, signed_in: SignIn) -> None:
    office, address = signed_in(world.office), f"/office/students/{world.willing.person.id}/"
    seen = re.findall(r'name="seen" value="([^"]*)"', office.get(address).content.decode())[0]
    first, second = (office.post(f"{address}card/", {"seen": seen}, follow=True) for _ in range(2))
    assert "This is shown once." in first.content.decode()
    assert "A card was made a moment ago." in second.content.decode()
    assert Credential.objects.filter(person=world.willing.person).count() == 2
    page = [office.post(f"{address}card/revoke/", follow=True).content.decode() for _ in range(2)]
    assert ["The card is revoked." in page[0], "There was no card to revoke." in page[1]] == [True, True]


def test_a_mark_and_its_undoing_are_written_once_in_two_tabs(world: World, signed_in: SignIn) -> None:
    teacher, pupil = signed_in(world.teacher), world.willing.person
    register = registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]
    address = f"/register/{register.id}/{pupil.id}/"
    said = {"standing": "", "submission": str(uuid4()), "code": "absent", "reason": "Ill, says the family"}
    assert [teacher.post(address, said).status_code for _ in range(2)] == [302, 302]
    other_tab = said | {"submission": str(uuid4()), "code": "present"}
    response = teacher.post(address, other_tab)
    assert (response.status_code, "Somebody was quicker." in response.content.decode()) == (409, True)
    (mark,) = AttendanceMark.objects.filter(register=register)
    undoing = {"standing": str(mark.id), "submission": str(uuid4())}
    assert [teacher.post(f"{address}undo/", undoing).status_code for _ in range(2)] == [302, 302]
    assert AttendanceMark.objects.filter(register=register).count() == 2


# ------------------------------------------------------------ too late: the session has ended


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


# ------------------------------------------------------------ names


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_anything_and_stays_it_on_every_page(world: World, signed_in: SignIn, name: str) -> None:
    name = name.strip()
    pupil, office = world.willing, signed_in(world.office)
    address = f"/office/people/{pupil.person.id}/change/"
    assert (
        office.post(address, {"name": name, "number": pupil.person.number, "group": world.on_time.id}).status_code
        == 302
    )
    assert Person.objects.get(id=pupil.person.id).name == name
    office.post(
        f"/office/students/{pupil.person.id}/guardians/", {"name": name, "responsible": "no", "works_as": "nobody"}
    )
    assert User.objects.filter(name=name).count() == 1
    register = registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]
    student, parent = f"/office/students/{pupil.person.id}/", signed_in(pupil.parent)
    pages = [
        *(office.get(page) for page in ("/office/", student, f"{student}guardians/", f"{student}enroll/", address)),
        office.get("/office/today/"),
        office.get("/office/", {"q": name}),
        office.post(f"{student}card/"),
        *(parent.get(page) for page in ("/family/", f"/family/{pupil.person.id}/")),
        *(signed_in(world.teacher).get(page) for page in ("/register/", "/register/week/")),
        signed_in(world.teacher).get(f"/register/{register.id}/{pupil.person.id}/"),
    ]
    for page in pages:
        words = page.content.decode()
        assert page.status_code == 200
        assert "<img src=x" not in words
        assert name in words or "&lt;img" in words


@pytest.mark.parametrize("length", [201, 5000])
def test_a_name_that_is_too_long_is_told_so(world: World, signed_in: SignIn, length: int) -> None:
    page = f"/office/students/{world.willing.person.id}/guardians/"
    response = signed_in(world.office).post(page, {"name": "x" * length})
    assert response.status_code == 422
    assert "A name has at most 200 letters." in response.content.decode()


def test_an_address_that_is_too_long_is_none(world: World, signed_in: SignIn) -> None:
    email = "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".example"
    assert len(email) > 254
    bond = guardians.name(student=world.willing.person, name="Po Po", responsible=True, by=world.office, at=AT)
    code = letters.issue(guardian=bond.guardian, school=world.school, by=world.office, at=AT)
    assert Client().post("/family/join/", {"letter": code, "email": email}).status_code == 422
    assert signed_in(world.willing.parent).post("/family/address/", {"email": email}).status_code == 422


# ------------------------------------------------------------ too much, and torn


def pages_with_forms(world: World) -> list[tuple[User | None, str]]:
    student = world.willing.person.id
    return [
        (None, "/sign-in/"),
        (None, "/family/join/"),
        (world.willing.parent, f"/family/{student}/answer/"),
        (world.willing.parent, f"/family/{student}/check/"),
        (world.willing.parent, f"/family/{student}/withdraw/"),
        (world.willing.parent, "/family/address/"),
        (world.office, "/office/people/add/"),
        (world.office, f"/office/students/{student}/guardians/"),
        (world.office, "/office/waiting/"),
        (world.office, "/office/witness/"),
        (world.office, "/office/gates/add/"),
    ]


TORN = "multipart/form-data; boundary=x"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"name=" + b"x" * 70_000, FORM, {400}),
        (b"&".join(b"f%d=1" % n for n in range(60)), FORM, {400}),
        (b"--x\r\nContent-Disposition: form-data; name=", TORN, {200, 302, 404, 409, 422}),
        (b"nonsense", "multipart/form-data", {400}),
        (
            b"name=\xff\xfe%ff&answer=%00&email=%00&letter=%00&guardian=%00&decision=%00&code=%00&about=%00&about",
            FORM,
            None,
        ),
        (b'{"name": "x"}', "application/json", {200, 302, 404, 409, 422}),
        (b"<x/>", "text/xml; charset=klingon", {200, 302, 404, 409, 422}),
    ],
    ids=["huge", "many fields", "torn", "no boundary", "no text", "json", "xml"],
)
def test_a_body_that_makes_no_sense_is_refused_in_words(
    world: World, signed_in: SignIn, body: bytes, kind: str, expected: set[int] | None
) -> None:
    for user, page in pages_with_forms(world):
        client = signed_in(user) if user else Client()
        response = client.generic("POST", page, body, content_type=kind)
        assert response.status_code in (expected or {200, 302, 400, 404, 409, 422}), page
        if response.status_code == 400:
            assert "This could not be read" in response.content.decode()
    assert ConsentEvent.objects.filter(student=world.willing.person, kind="given").count() == 1


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff%fe", "page=99999999999999999999", "page=-1", "q=" + "x" * 3000, "school=%00"]
)
def test_a_search_for_nonsense_finds_nobody_or_is_refused_in_words(world: World, signed_in: SignIn, query: str) -> None:
    response = signed_in(world.office).get(f"/office/?{query}")
    assert response.status_code in (200, 400, 404)
    if response.status_code == 400:
        assert "This could not be read" in response.content.decode()


def test_a_form_from_another_page_is_refused_in_words(world: World) -> None:
    for user, page in pages_with_forms(world):
        strict = Client(enforce_csrf_checks=True)
        if user:
            strict.force_login(user)
        response = strict.post(page, {"answer": "no"})
        assert response.status_code == 403
        assert "Please send it once more" in response.content.decode()
        assert "CSRF" not in response.content.decode()
    assert [event.kind for event in ConsentEvent.objects.filter(student=world.willing.person)] == ["given"]
