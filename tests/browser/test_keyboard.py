"""The main ways through the product with a keyboard and nothing else, and where the focus is meanwhile.

(A family joining by letter: `test_family`; the office's enrolment desk and search: `test_office`.)
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from campus import registers
from campus.models import Credential, Register
from enrollment import consent
from tests.browser.cast import finds
from tests.harbour_road import HarbourRoad
from tests.mailed import code_sent_to

pytestmark = pytest.mark.django_db(transaction=True)

PageFor = Callable[..., Page]
NAMED = """() => {
  const it = document.activeElement;
  if (it === document.body) return "";
  const name = it.labels?.[0]?.innerText ?? (it.innerText || it.getAttribute("aria-label") || "");
  return name.replace(/\\s+/g, " ").replace(" :", ":");
}"""
SEEN = """() => {
  // What has the focus shows it: by an outline of its own, or of the label around it.
  const it = document.activeElement;
  return [it, it.closest("label")].some((one) => one && parseFloat(getComputedStyle(one).outlineWidth) >= 2
    && getComputedStyle(one).outlineStyle !== "none");
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus, and see the focus at every step."""
    page.wait_for_load_state()  # A page can be read before its styles are there, which show the focus.
    for _ in range(60):
        page.keyboard.press("Tab")
        here = str(page.evaluate(NAMED))
        assert page.evaluate("document.activeElement === document.body") or page.evaluate(SEEN), f"no focus on {here!r}"
        if here.startswith(name):
            return
    pytest.fail(f"the keyboard doesn’t reach “{name}”")


def follow(page: Page, name: str) -> None:
    """Go to a link or a button, press Enter, and wait for the page that it leads to."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_somebody_signs_in(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    page = page_for()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(NAMED) == "Skip to the content"
    page.keyboard.press("Enter")
    follow(page, "Sign in")
    tab_to(page, "Your e-mail address")
    page.keyboard.type("laura@families.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Type your code")).to_be_visible()
    tab_to(page, "Code from the e-mail")
    page.keyboard.type(code_sent_to("laura@families.example"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, Laura Hartley")).to_be_visible()
    follow(page, "Sign out")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_mistake_takes_the_focus_and_leads_to_its_field(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    page = page_for()
    page.goto("/sign-in/")
    follow(page, "Send me a code")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Type your e-mail address.")
    follow(page, "Type your e-mail address.")
    expect(page.get_by_label("Your e-mail address")).to_be_focused()


def test_a_parent_answers_and_takes_the_yes_back(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    child, parent = harbour_road.students["Oliver Hartley"], harbour_road.users["parent"]
    page = page_for(parent)
    page.goto("/")
    follow(page, "My children")
    follow(page, "Answer the school")
    follow(page, "Continue")
    expect(page.get_by_role("alert")).to_be_focused()
    tab_to(page, "Yes")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(NAMED) == "No"
    page.keyboard.press("ArrowUp")
    follow(page, "Continue")
    follow(page, "Send my answer")
    expect(page.get_by_role("heading", name="Thank you. Your answer is yes.")).to_be_visible()
    follow(page, "Back to my children")
    follow(page, "Take my yes back (Oliver Hartley")
    expect(page.get_by_role("heading", name="You have taken your yes back.")).to_be_visible()
    said = consent.standing_answer(child, parent)
    assert said is not None
    assert said.kind == "withdrawn"


def test_a_parent_looks_up_what_is_held_and_objects(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    """LAW 30, 32."""
    child, parent = harbour_road.students["Amelia Hartley"], harbour_road.users["parent"]
    page = page_for(parent)
    page.goto("/family/")
    follow(page, "Attendance, passages, and what is held")
    follow(page, "All passages at the gates")
    follow(page, "February 2026")
    follow(page, "Amelia Hartley")
    follow(page, "Who looked")
    follow(page, "Ask the school about it")
    tab_to(page, "I have a question")
    while "No to the face" not in str(page.evaluate(NAMED)):
        page.keyboard.press("ArrowDown")
    tab_to(page, "In your own words")
    page.keyboard.type("Please stop.")
    follow(page, "Send it to the school")
    expect(page.get_by_text("Your no counts already.")).to_be_visible()
    said = consent.standing_answer(child, parent)
    assert said is not None
    assert said.kind == "withdrawn"


def test_a_teacher_corrects_a_mark_and_undoes_it(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    student = harbour_road.students["Ho Pak Yin"]
    register = Register.objects.get(group=harbour_road.groups["7B"], date="2026-03-04")
    page = page_for(harbour_road.users["teacher"])
    page.goto("/register/")
    page.wait_for_selector("html[data-ready=register]")
    follow(page, "7B")
    page.wait_for_selector("html[data-ready=register]")
    tab_to(page, "Amelia Hartley")
    while "Ho Pak Yin" not in str(page.evaluate(NAMED)):
        page.keyboard.press("ArrowDown")
        assert page.evaluate(SEEN)
    page.keyboard.press("Enter")
    expect(page.locator("#editor-name")).to_contain_text("Ho Pak Yin")
    tab_to(page, "Late")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(NAMED) == "Present"
    tab_to(page, "Reason")
    page.keyboard.type("He was with the nurse")
    page.keyboard.press("Enter")
    row = page.locator(f"#s-{student.id}")
    expect(row.locator(".word")).to_have_text("Present")
    expect(row.locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Undo the last step")
    page.keyboard.press("Enter")
    expect(row.locator(".word")).to_have_text("7 min late")
    assert [mark.code for mark in registers.history(register, student)] == ["late", "present", "late"]


def test_the_office_finds_somebody_and_makes_a_card(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    page = page_for(harbour_road.users["office"])
    page.goto("/")
    follow(page, "Office")
    page.keyboard.press("/")
    page.keyboard.type("siman")
    page.keyboard.press("Control+A")
    page.keyboard.type("simin")
    finds(page, "simin")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Wang Simin")).to_be_visible()
    follow(page, "Replace the card")
    expect(page.get_by_role("heading", name="New card for Wang Simin")).to_be_visible()
    tab_to(page, "Print the card")
    tab_to(page, "Done")
    assert Credential.objects.filter(person=harbour_road.students["Wang Simin"]).count() == 2
