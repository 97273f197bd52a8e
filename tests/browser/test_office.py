"""The office at work in a real browser: cards, a supervised enrolment, a student who says no, and the set-up."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from campus import cards, people, staff
from campus.models import AuditEvent, CardBatch, Credential, Person, User
from enrollment.models import ChildAnswer, EnrollmentSession
from tests.browser.cast import Office, Witness, finds, listen
from tests.gates.lane import make_lane
from tests.personas import AT, Pupil, World, make_school, own_answers, sittings

pytestmark = pytest.mark.django_db(transaction=True)

FACE = 7
PageFor = Callable[..., Page]


@pytest.fixture
def world(frozen: Callable[..., None]) -> World:
    return make_school(at=AT)


def test_a_student_who_says_no_is_left_alone(world: World, page_for: PageFor) -> None:
    page, pupil = page_for(world.office), world.willing
    Witness(page_for(world.teacher)).confirms(Office(page).begins_a_sitting(pupil, pupil.card), pupil)
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_role("heading", name="Thank you for telling us, Willing Pupil.")).to_be_visible()
    page.get_by_role("link", name="Back to the student").click()
    expect(page.locator("#consent ~ dl")).to_contain_text("The student said no")
    page.get_by_role("link", name="Enrol").click()
    expect(page.get_by_text("Willing Pupil said no before.")).to_be_visible()
    page.get_by_label("Scan").fill(pupil.card)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Only the student can change that.")
    assert [answer.kind for answer in own_answers()] == [ChildAnswer.Kind.NO]


def test_a_student_may_change_their_mind_before_the_camera(world: World, camera_page: Page, page_for: PageFor) -> None:
    page, pupil = camera_page, world.willing
    Witness(page_for(world.teacher)).confirms(Office(page).begins_a_sitting(pupil, pupil.card), pupil)
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#guide")).to_contain_text("Picture 1 of 5")
    page.get_by_role("button", name="Willing Pupil does not want to after all").click()
    expect(page.get_by_role("heading", name="Thank you for telling us")).to_be_visible()
    assert sittings().get().state == EnrollmentSession.State.DECLINED


def test_a_camera_that_is_denied_says_what_to_do(world: World, page_for: PageFor) -> None:
    page, pupil = page_for(world.office), world.willing
    Witness(page_for(world.teacher)).confirms(Office(page).begins_a_sitting(pupil, pupil.card), pupil)
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#guide")).to_contain_text("The camera could not be used.")
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()


def test_people_are_found_while_typing_and_opened_by_the_keyboard(world: World, page_for: PageFor) -> None:
    page = page_for(world.office)
    page.goto("/office/")
    page.keyboard.press("/")
    page.keyboard.type("latec")
    finds(page, "latec")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#found")).to_have_text("1 person")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Latecomer Pupil")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Latecomer Pupil")).to_be_visible()
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)


def page_sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Return the size of each page of a PDF in millimetres."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) for width, height in boxes]


def test_a_class_is_printed_ten_to_a_sheet_and_a_double_click_makes_one_batch(world: World, page_for: PageFor) -> None:
    for number in range(8):
        people.admit(
            school=world.school,
            name=f"Student with a rather long name {number}",
            kind=Person.Kind.STUDENT,
            number=f"n{number}",
            at=AT,
            group=world.on_time,
        )
    page = page_for(world.office)
    page.goto("/office/cards/")
    before = Credential.objects.filter(person__memberships__group=world.on_time, revoked_at__isnull=True).count()
    page.get_by_role("link", name="Class 4A: new cards for all").click()
    page.get_by_role("button", name="Make the new cards").dblclick()
    expect(page.get_by_text("12 cards, shown once.")).to_be_visible()
    assert page_sizes(page.pdf(prefer_css_page_size=True)) == [(210, 297), (210, 297)]
    assert CardBatch.objects.count() == 1
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("12 new cards have ended.")
    group = Credential.objects.filter(person__memberships__group=world.on_time, revoked_at__isnull=True)
    assert group.count() == before


def test_a_single_card_is_a_page_of_its_own_size_and_fits(world: World, page_for: PageFor) -> None:
    page = page_for(world.office)
    new = Office(page).prints_a_card(world.willing)
    assert cards.find(cards.parse(new)) == Credential.objects.get(person=world.willing.person, revoked_at=None)
    assert page_sizes(page.pdf(prefer_css_page_size=True)) == [(86, 54)]
    page.emulate_media(media="print")
    assert page.get_by_role("heading").count() == 0


def test_the_roll_call_prints_names_and_nothing_around_them(world: World, page_for: PageFor) -> None:
    make_lane(world).passes(world.refusing, at=AT)
    page = page_for(world.office)
    page.goto("/office/inside/")
    expect(page.get_by_role("heading", name="1 person is inside")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("Refusing Pupil")).to_be_visible()
    for gone in (page.get_by_role("navigation"), page.get_by_role("button", name="Print the roll call")):
        expect(gone).not_to_be_visible()


def test_a_gate_gets_its_kiosk(world: World, page_for: PageFor) -> None:
    page = page_for(world.office)
    page.goto("/office/gates/")
    page.get_by_role("link", name="Add a gate").click()
    page.get_by_label("Name of the gate").fill("Main gate")
    page.get_by_role("button", name="Add the gate").click()
    page.get_by_role("link", name="Add a kiosk to Main gate").click()
    page.get_by_label("Name of the kiosk").fill("Kiosk 1")
    page.get_by_role("button", name="Add the kiosk").click()
    expect(page.locator("#kiosk-key")).to_be_visible()
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("row", name="Kiosk 1")).to_contain_text("Never")


@pytest.mark.parametrize("width", [320, 820])
def test_a_very_long_name_makes_no_page_of_the_office_scroll_sideways(
    world: World, page_for: PageFor, width: int
) -> None:
    long = people.admit(
        school=world.school, name="Wolfeschlegelsteinhausen" * 8, kind=Person.Kind.STUDENT, number="N" * 40, at=AT
    )
    lane = make_lane(world)
    cards.issue(person=long, by=None, at=AT)
    lane.passes(Pupil(long, world.willing.parent, ""), at=AT)
    page = page_for(world.office, viewport={"width": width, "height": 844})
    for address in ("", "today/", "inside/", "cards/", f"students/{long.id}/", f"students/{long.id}/enroll/"):
        page.goto(f"/office/{address}")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{address} scrolls sideways"


# ------------------------------------------------------------ the administrators' set-up


@pytest.fixture
def administrator(world: World) -> User:
    role = staff.give_role(
        school=world.school, email="set-up@hillside.example", name="Ms Au", kind="administrator", by=None, at=AT
    )
    return role.user


def test_a_closure_is_set_up_with_the_calendar_under_the_content_policy(
    world: World, page_for: PageFor, administrator: User
) -> None:
    page = page_for(administrator)
    hosts, complaints = listen(page)
    page.goto("/")
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("link", name="Closures", exact=True).click()
    page.get_by_role("link", name="Add closure").click()
    page.get_by_role("link", name="Choose a Date").click()
    page.locator(".calendar td a").get_by_text("15", exact=True).click()
    page.get_by_label("Reason").fill("Typhoon")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    page.goto(f"/set-up/campus/group/{world.on_time.id}/change/")
    page.get_by_role("listbox").first.wait_for()
    for address in ("campus/role/", "campus/term/add/", "gates/passage/", "enrollment/consentevent/"):
        page.goto(f"/set-up/{address}")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/set-up/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert hosts <= {"localhost", "data"}
    assert complaints == []
    assert AuditEvent.objects.filter(kind="set_up.added", actor=administrator).count() == 1
