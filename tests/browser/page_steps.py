"""What somebody does to bring a page into the state in which `tests.browser.pages` shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from campus import audit, guardians, letters, registers, restrictions
from campus.models import ContactRestriction, Person
from campus.sign_in import SIGNED_IN_AT
from enrollment import exemptions, holds, look_alikes, notices, publishing, requests, sessions
from enrollment.models import ChildAnswer, LookAlike, Permit
from gates import kiosks
from tests import noticing
from tests.browser.kiosk_screen import BY_FACE, LOOK, answer, pair, see, show_card
from tests.browser.quiet import wait_until_quiet
from tests.drawn import enroll
from tests.harbour_names import NOW
from tests.harbour_road import HarbourRoad

Step = Callable[[Page, HarbourRoad], None]
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  // A camera before which a drawn figure stands: shoulders, a head, hair, and nobody's face.
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const pen = canvas.getContext("2d");
  const shape = (colour, path) => { pen.fillStyle = colour; pen.fill(new Path2D(path)); };
  const draw = () => {
    shape("#c9d8d3", "M0 0H640V480H0Z");
    shape("#b6c9c3", "M0 330H640V480H0Z");
    shape("#2f5d73", "M130 480C140 385 220 355 320 355S500 385 510 480Z");
    shape("#f4f1ea", "M275 352L320 420L365 352Z");
    shape("#c98f6b", "M280 310H360V362Q320 395 280 362Z");
    shape("#dba37e", "M232 190C232 110 408 110 408 190C408 285 372 345 320 345S232 285 232 190Z");
    shape("#3a2a22", "M222 215C205 60 435 60 418 215C405 160 380 150 320 152S235 160 222 215Z");
  };
  draw();
  setInterval(draw, 50);
  return canvas.captureStream(20);
};"""
STAND_STILL = "for (let id = setTimeout(() => {}), last = 5000; last; id--, last--) clearTimeout(id)"
"""Ends whatever timer the page has set lately; a clock that a test holds numbers them from a billion on."""


def press(name: str) -> Step:
    """Press a button, and wait for the page that follows."""

    def pressed(page: Page, made: HarbourRoad) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=name in ("Yes", "No")).first.click()

    return pressed


def change_the_notice(page: Page, made: HarbourRoad) -> None:
    """Publish the next notice, which says something else in one section, unless that was done for another page."""
    if notices.last(made.school, "gate_access") > 1:
        return
    noticing.changed(
        made.school,
        NOW,
        by=made.users["administrator"],
        retention="Until you or your child say no, your child leaves, or the school changes its face reader, and six "
        "months at most. Then the template and its key are destroyed. How long everything else is kept stands on the "
        "page Privacy.",
    )


def draft_a_notice(page: Page, made: HarbourRoad) -> None:
    """Write the next notice, with a section that is still empty."""
    draft = publishing.draft(made.school, "gate_access", NOW)
    words = {"necessity": "", "purpose": "To open the school gate and the bicycle gate. Nothing else."}
    publishing.write(draft=draft, language="en", words=words, by=made.users["administrator"], at=NOW)


def publish_with_gaps(page: Page, made: HarbourRoad) -> None:
    """Press the button that such a draft doesn't offer."""
    page.evaluate("document.querySelector('button[value=publish]').disabled = false")
    press("Publish notice")(page, made)


def answers_with(status: int) -> Step:
    """Let the server answer with a page of error, as Django does."""

    def prepared(page: Page, made: HarbourRoad) -> None:
        def fulfill(route: Route) -> None:
            route.fulfill(status=status, content_type="text/html", body=render_to_string(f"{status}.html"))

        page.route("**/broken/", fulfill)

    return prepared


# ------------------------------------------------------------ signing in, families


def ask_for_code(page: Page, made: HarbourRoad) -> None:
    page.get_by_label("Your e-mail address").fill("laura@families.example")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Type your code")).to_be_visible()


def signed_in_long_ago(page: Page, made: HarbourRoad) -> None:
    """Let everybody who is signed in have signed in an hour ago."""
    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        session[SIGNED_IN_AT] = (NOW - timedelta(hours=1)).timestamp()
        session.save()


def type_wrong_code(page: Page, made: HarbourRoad) -> None:
    ask_for_code(page, made)
    page.get_by_label("Code from the e-mail").fill("BCDF-GHJK")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def lose_cookies_and_send(page: Page, made: HarbourRoad) -> None:
    page.context.clear_cookies()
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Please send it once more")).to_be_visible()


def join(page: Page, made: HarbourRoad) -> None:
    """Type a new letter's code and an address."""
    child, office = made.students["Callum Fraser"], made.users["office"]
    bond = guardians.name(student=child, name="Ewan Fraser", responsible=True, by=office, at=NOW)
    code = letters.issue(guardian=bond.guardian, school=made.school, by=office, at=NOW)
    page.get_by_label("Code on the school’s letter").fill(code)
    page.get_by_label("Your own e-mail address").fill("ewan@families.example")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Type the code we sent you")).to_be_visible()


def choose_yes(page: Page, made: HarbourRoad) -> None:
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()


def change_address(page: Page, made: HarbourRoad) -> None:
    page.get_by_label("New address").fill("laura.hartley@post.example")
    page.get_by_role("button", name="Send the codes").click()
    expect(page.get_by_role("heading", name="Type both codes")).to_be_visible()
    mail.outbox.clear()


def court_order(page: Page, made: HarbourRoad) -> None:
    """Let a court keep the parent from knowing where the child is, from this view on."""
    whom = {"student": made.students["Amelia Hartley"], "guardian": made.users["parent"]}
    order = {"order": "Family Court 12/2026", "recorded_by": made.users["office"], "recorded_at": NOW}
    ContactRestriction.objects.get_or_create(school=made.school, **whom, defaults=order)


def come_of_age(page: Page, made: HarbourRoad) -> None:
    Person.objects.filter(id=made.students["Amelia Hartley"].id).update(born_on=NOW.date().replace(year=2008))


def staff_look(page: Page, made: HarbourRoad) -> None:
    """Let staff look at the child, and the other parent and a court's order as well."""
    child, school, office, teacher = (
        made.students["Amelia Hartley"],
        made.school,
        made.users["office"],
        made.users["teacher"],
    )
    register = registers.open_registers(school=school, day=NOW.date(), group=made.groups["7B"])[0]
    for minutes in (0, 20, 40):
        at = NOW - timedelta(minutes=minutes)
        audit.record_read("register", school=school, subject=register.id, viewer=teacher, at=at)
    audit.record_read("student", school=school, subject=child.id, viewer=office, at=NOW - timedelta(minutes=11))
    audit.record_read("today", school=school, subject=school.id, viewer=office, at=NOW - timedelta(minutes=12))
    james = child.guardianships.get(guardian__name="James Hartley").guardian
    audit.record_read("child", school=school, subject=child.id, viewer=james, at=NOW - timedelta(days=1))


def ask_the_school(page: Page, made: HarbourRoad) -> None:
    """Ask one thing today; a complaint has had no answer for weeks."""
    child, parent = made.students["Amelia Hartley"], made.users["parent"]
    if requests.of(child, parent).filter(kind="question").exists():
        return
    question = requests.Asked("question", "Who can see the times at which Amelia comes and goes?")
    requests.ask(student=child, by=parent, asked=question, at=NOW)


def open_request(page: Page, made: HarbourRoad) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name="A question").click()


# ------------------------------------------------------------ the register


def register_ready(page: Page, made: HarbourRoad) -> None:
    page.wait_for_selector("html[data-ready=register]")


def open_dialog(page: Page, made: HarbourRoad) -> None:
    register_ready(page, made)
    page.get_by_role("link", name="Noah Bradshaw").click()
    expect(page.locator("#editor-history li").first).to_be_visible()


def open_keys(page: Page, made: HarbourRoad) -> None:
    register_ready(page, made)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def mark_without_connection(page: Page, made: HarbourRoad) -> None:
    """Mark a student while the school can't be reached, and stay there."""
    register_ready(page, made)
    page.evaluate(STAND_STILL)  # Without a connection the page's next question would be an error on the console.
    wait_until_quiet()
    page.context.set_offline(True)
    page.locator(".register .not_yet a").first.focus()
    page.keyboard.press("p")
    expect(page.locator("#unsaved")).to_contain_text("Not saved yet: 1")


# ------------------------------------------------------------ the office


def name_somebody_known(page: Page, made: HarbourRoad) -> None:
    page.get_by_label("Name", exact=True).fill("Morag Fraser")
    page.get_by_role("group", name="Does this person hold parental").get_by_label("Yes", exact=True).check()
    page.get_by_label("Does this person work at the school?").select_option("nobody")
    page.get_by_role("button", name="Name the guardian").click()
    expect(page.get_by_text("Is it the same person?")).to_be_visible()


def stopped(page: Page, made: HarbourRoad) -> None:
    """Have everything stand in the way of one student that the office can write down."""
    student, by = made.students["Amelia Hartley"], made.users["colleague"]
    mother, father = guardians.of_student(student).order_by("-email")[:2]
    holds.record_objection(student=student, guardian=mother, by=by, at=NOW)
    holds.record_query(student=student, by=by, at=NOW)
    exemptions.record(student=student, guardian=father, reason="Moved away, letters came back", by=by, at=NOW)
    restrictions.record(student=student, guardian=father, order="Family Court, 12/2026", by=by, at=NOW)


def makes_of_age(page: Page, made: HarbourRoad) -> None:
    page.get_by_label("Date of birth").fill("2007-09-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Is the date of birth right?")).to_be_visible()


def is_of_age(page: Page, made: HarbourRoad) -> None:
    Person.objects.filter(id=made.students["Amelia Hartley"].id).update(born_on="2007-09-01")


def clears_without_a_reason(page: Page, made: HarbourRoad) -> None:
    page.locator("summary", has_text="Clear it").first.click()
    page.get_by_role("button", name="Clear it").first.click()
    expect(page.get_by_role("alert")).to_be_visible()


def add_kiosk(page: Page, made: HarbourRoad) -> None:
    page.get_by_label("Name of the kiosk").fill(f"Right lane {made.gate.kiosks.count()}")
    page.get_by_role("button", name="Add the kiosk").click()
    expect(page.locator("#kiosk-key")).to_be_visible()


def sitting(state: str) -> Step:
    """Bring a supervised sitting to a step."""

    def prepared(page: Page, made: HarbourRoad) -> None:
        name, users = "Amelia Hartley", made.users
        student, card = made.students[name], made.cards[name]
        page.add_init_script(CAMERA)
        session, reason = sessions.begin(student=student, operator=users["office"], card=card, came=False, at=NOW)
        assert session is not None, reason
        if state != "waiting":
            sessions.confirm(code=sessions.code_of(session), witness=users["teacher"], at=NOW)
        if state == "assented":
            assert sessions.answer(session=session, kind=ChildAnswer.Kind.YES, at=NOW)

    return prepared


def start_camera(page: Page, made: HarbourRoad) -> None:
    """Take the first two of the five pictures."""
    page.get_by_role("button", name="Start the camera").click()
    for number in (1, 2, 3):
        expect(page.locator("#guide")).to_contain_text(f"Picture {number} of 5")
        expect(page.locator("#quality")).not_to_be_empty()
        if number < 3:
            page.get_by_role("button", name="Take the picture").click()


def two_look_alike(page: Page, made: HarbourRoad) -> None:
    """Have two pairs that look alike: one that a colleague has looked at, and one that two have confirmed."""
    office, colleague = made.users["office"], made.users["colleague"]
    willing = Permit.objects.filter(school=made.school, live=True, references__isnull=True).order_by("student__name")
    enrolled = [enroll(permit.student, operator=office, at=NOW) for permit in willing.select_related("student")[:4]]
    for number, seen_by in enumerate(([colleague], [office, colleague])):
        first, second = enrolled[2 * number : 2 * number + 2]
        look_alikes.note(first, [second.id], by=office, at=NOW)
        noted = LookAlike.objects.select_related("student__school", "other__school").get(state="waiting")
        for who in seen_by:
            look_alikes.say(pair=noted, word=LookAlike.Word.TWO_PEOPLE, by=who, at=NOW)


# ------------------------------------------------------------ the kiosk


def pair_kiosk(page: Page, made: HarbourRoad) -> None:
    """Pair a screen whose clock agrees with the server's, although both stand still."""
    headers = {"Date": format_datetime(NOW, usegmt=True)}
    page.route("**/healthz", lambda route: route.fulfill(body="ok", headers=headers))
    page.add_init_script(CAMERA)
    pair(page, kiosks.new_key(kiosk=made.kiosk, by=made.users["office"], at=NOW))


def pair_kiosk_for_faces(page: Page, made: HarbourRoad) -> None:
    """Pair a screen that offers to look for a face without a card; no calibration that ships shows such a gallery."""

    def offering(route: Route) -> None:
        served = route.fetch()
        route.fulfill(response=served, body=served.text().replace('"identifies": false', '"identifies": true'))

    page.route("**/kiosk/", offering)
    pair_kiosk(page, made)


def kiosk_waits(page: Page, made: HarbourRoad) -> None:
    see(page, "waiting")


def kiosk_looks(page: Page, made: HarbourRoad) -> None:
    answer(page, LOOK)
    see(page, "waiting")
    show_card(page)
    see(page, "look")
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    page.evaluate(STAND_STILL)


def kiosk_lets_in(page: Page, made: HarbourRoad) -> None:
    answer(page, BY_FACE)
    see(page, "waiting")
    show_card(page)
    see(page, "granted")
    page.evaluate(STAND_STILL)
