"""Two clicks, and the browser's back button after each last step: nothing happens twice and nobody is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from campus import guardians, letters, registers, staff
from campus.models import AttendanceMark, Credential
from enrollment import paper
from enrollment.models import ConsentEvent, PaperAnswer
from gates import kiosks
from gates.models import Gate
from tests.browser.cast import Office, Parent, Witness, fill_code
from tests.browser.quiet import wait_until_quiet
from tests.everything import fingerprint
from tests.papers import SCAN
from tests.personas import AT, World, own_answers

pytestmark = pytest.mark.django_db(transaction=True)

PageFor = Callable[..., Page]


def goes_back_and_forth(page: Page) -> None:
    """Go back and forth as a restless finger does; whatever is shown, nothing of ours may change."""
    wait_until_quiet()  # The first of two clicks may still be answered, although its browser waits for the second.
    before = fingerprint()
    for _ in range(2):
        page.go_back()
        page.go_forward()
    page.go_back()
    wait_until_quiet()
    assert fingerprint() == before
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_a_parent_clicks_twice_and_goes_back(world: World, page_for: PageFor, script: bool) -> None:
    parent = Parent(page_for(world.unanswered.parent, java_script_enabled=script))
    parent.answers("Yes")
    parent.page.get_by_role("button", name="Send my answer").dblclick()
    parent.page.wait_for_url("**/receipt/")
    goes_back_and_forth(parent.page)
    parent.page.goto("/family/")
    parent.page.get_by_role("button", name="Take my yes back").dblclick()
    expect(parent.page.get_by_role("heading", level=1)).not_to_have_text("My children")
    goes_back_and_forth(parent.page)
    said = ConsentEvent.objects.filter(student=world.unanswered.person).order_by("id")
    assert [event.kind for event in said] == ["given", "withdrawn"]


def test_the_office_clicks_twice_and_goes_back(world: World, page_for: PageFor) -> None:
    office = Office(page_for(world.office))
    office.page.goto(f"/office/students/{world.willing.person.id}/")
    office.page.get_by_role("button", name="Replace the card").dblclick()
    expect(office.page.get_by_role("heading", name="New card for Willing Pupil")).to_be_visible()
    before = fingerprint()
    office.page.go_back()  # Forth again, a browser asks first: the card is on the answer to what was sent.
    assert fingerprint() == before
    expect(office.page.get_by_role("heading", name="Willing Pupil")).to_be_visible()
    office.page.get_by_role("link", name="Revoke the card").click()
    office.page.get_by_role("button", name="Revoke the card").dblclick()
    office.reads("No card is in use.")
    goes_back_and_forth(office.page)
    assert Credential.objects.filter(person=world.willing.person).count() == 2


def test_the_second_person_clicks_twice_and_goes_back(world: World, page_for: PageFor) -> None:
    colleague = staff.give_role(
        school=world.school, email="colleague@hillside.example", name="Ms Tam", kind="office", by=None, at=AT
    ).user
    bond = guardians.name(student=world.willing.person, name="Po Po", responsible=True, by=world.office, at=AT)
    paper.record(
        student=world.willing.person, guardian=bond.guardian, slip=paper.Slip("refused"), by=world.office, at=AT
    )
    second = Office(page_for(colleague))
    second.page.goto("/office/waiting/")
    second.page.get_by_role("button", name="Confirm").dblclick()
    second.reads("Nothing is waiting.")
    goes_back_and_forth(second.page)
    assert ConsentEvent.objects.filter(student=world.willing.person, method="paper").count() == 1


def test_a_witness_and_a_child_click_twice_and_go_back(world: World, page_for: PageFor) -> None:
    office, witness, pupil = Office(page_for(world.office)), Witness(page_for(world.teacher)), world.willing
    code = office.begins_a_sitting(pupil, pupil.card)
    witness.page.goto("/office/witness/")
    witness.page.get_by_label("Code on the colleague’s screen").fill(code)
    witness.page.get_by_role("button", name="I am the witness").dblclick()
    witness.reads("You are the witness for Willing Pupil")
    expect(office.page.get_by_role("heading", name="May the gate learn your face?")).to_be_visible()
    office.page.get_by_role("button", name="Yes", exact=True).dblclick()
    expect(office.page.get_by_role("heading", name="Five pictures of Willing Pupil")).to_be_visible()
    goes_back_and_forth(office.page)
    assert own_answers().filter(student=pupil.person).count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_a_teacher_clicks_twice_and_goes_back(world: World, page_for: PageFor, script: bool) -> None:
    register = registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]
    page, student = page_for(world.teacher, java_script_enabled=script), world.willing.person
    page.goto(f"/register/{register.id}/{student.id}/")
    page.get_by_label("Absent").check()
    page.get_by_label("Reason").fill("Ill, says the family")
    page.get_by_role("button", name="Save").dblclick()
    page.wait_for_url(f"**/register/{register.id}/**")
    expect(page.locator(f"#s-{student.id}")).to_contain_text("Absent")
    goes_back_and_forth(page)
    assert AttendanceMark.objects.filter(student=student).count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_a_family_joins_with_restless_fingers(world: World, page_for: PageFor, script: bool) -> None:
    bond = guardians.name(student=world.willing.person, name="Po Po", responsible=True, by=world.office, at=AT)
    page = page_for(None, java_script_enabled=script)
    page.goto("/family/join/")
    page.get_by_label("Code on the school’s letter").fill(
        letters.issue(guardian=bond.guardian, school=world.school, by=world.office, at=AT)
    )
    page.get_by_label("Your own e-mail address").fill("popo@home.example")
    page.get_by_role("button", name="Continue").dblclick()
    page.wait_for_url("**/code/")
    page.wait_for_load_state()
    fill_code(page, "popo@home.example")
    page.get_by_role("button", name="Link my address").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("My children")


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_a_parent_signs_in_with_restless_fingers(world: World, page_for: PageFor, script: bool) -> None:
    page = page_for(None, java_script_enabled=script)
    page.goto("/family/")
    page.get_by_label("Your e-mail address").fill(world.willing.parent.email)
    page.get_by_role("button", name="Send me a code").dblclick()
    page.wait_for_url("**/code/**")
    page.wait_for_load_state()
    fill_code(page, world.willing.parent.email)
    page.get_by_role("button", name="Sign in").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("My children")


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_a_slip_is_typed_in_twice(world: World, page_for: PageFor, script: bool) -> None:
    code = letters.issue(guardian=world.willing.parent, school=world.school, by=world.office, at=AT)
    office = Office(page_for(world.office, java_script_enabled=script))
    page = f"/office/students/{world.willing.person.id}/guardians/paper/?guardian={world.willing.parent.id}"
    office.page.goto(page)
    office.page.get_by_label("Yes", exact=True).check()
    office.page.get_by_label("Code on the slip").fill(code)
    file = FilePayload(name="slip.pdf", mimeType=SCAN.media_type, buffer=SCAN.content)
    office.page.get_by_label("Scan of the signed slip").set_input_files(file)
    office.page.get_by_role("button", name="Type it in").dblclick()
    office.page.wait_for_url("**/guardians/")
    office.reads("Typed in.")
    wait_until_quiet()
    assert PaperAnswer.objects.count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_a_screen_is_paired_twice(world: World, page_for: PageFor, script: bool) -> None:
    gate = Gate.objects.create(school=world.school, name="Main gate")
    _, key = kiosks.install(gate=gate, name="Kiosk 1", by=None, at=AT)
    page = page_for(None, java_script_enabled=script)
    page.goto("/kiosk/pair/")
    page.get_by_label("Key of the kiosk").fill(key)
    page.get_by_role("button", name="Pair").dblclick()
    page.wait_for_url("**/kiosk/")


def test_two_tabs_of_one_parent_each_send_what_they_showed(world: World, page_for: PageFor) -> None:
    first = Parent(page_for(world.unanswered.parent))
    second = Parent(first.page.context.new_page())
    first.answers("Yes")
    second.answers("No")
    first.sends()
    first.reads("Your answer is yes.")
    second.sends()
    second.reads("Your answer is no.")
