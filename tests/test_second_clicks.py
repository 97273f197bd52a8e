"""Every form may be sent twice: by a double click, from two tabs, or after the first answer got lost."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campus import guardians, letters, registers
from campus.models import AttendanceMark, AuditEvent, Credential, User
from enrollment.models import ChildAnswer, ConsentEvent, EnrollmentSession, PaperAnswer
from gates import kiosks
from gates.models import Gate
from tests.enrollment.sitting import desk_of
from tests.mailed import code_sent_to
from tests.papers import SCAN
from tests.personas import AT, SignIn, World


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
    slip = SCAN.content
    twice = [office.post(page, said | {"scan": SimpleUploadedFile("slip.pdf", slip)}, follow=True) for _ in range(2)]
    assert ["Typed in." in response.content.decode() for response in twice] == [True, True]
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
    said = {"code": code_sent_to(email), "next": "/family/"}
    assert second_click(client, "/sign-in/code/", said, has_new_cookies=has_new_cookies) == ("/family/", "/family/")
    assert Client().post("/sign-in/code/", said)["Location"] == "/sign-in/"


@pytest.mark.parametrize("has_new_cookies", [True, False])
def test_a_code_for_joining_may_be_sent_twice(world: World, client: Client, has_new_cookies: bool) -> None:
    bond = guardians.name(student=world.willing.person, name="Po Po", responsible=True, by=world.office, at=AT)
    letter = letters.issue(guardian=bond.guardian, school=world.school, by=world.office, at=AT)
    client.post("/family/join/", {"letter": letter, "email": "popo@home.example"})
    said = {"code": code_sent_to("popo@home.example")}
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
