"""A parent's way, in a real browser: the letter, the question, the receipt, and taking the Yes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from campus import clock, guardians, letters
from enrollment.models import ConsentEvent
from tests.browser.cast import Parent, fill_code
from tests.mailed import code_sent_to
from tests.personas import AT, World

PageFor = Callable[..., Page]
SIZE = "(element) => [Math.round(element.clientWidth), element.clientHeight, element.offsetTop]"
LOOKS = """(element) => {
  const style = getComputedStyle(element);
  return [style.color, style.backgroundColor, style.borderColor, style.fontSize, style.fontWeight];
}"""
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def letter(world: World) -> str:
    """The code on the letter to a second parent, whom the office has just named."""
    bond = guardians.name(
        student=world.unanswered.person, name="Second Parent", responsible=True, by=world.office, at=clock.now()
    )
    return letters.issue(guardian=bond.guardian, school=world.school, by=world.office, at=clock.now())


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus, as somebody does who has no mouse."""
    for _ in range(40):
        page.keyboard.press("Tab")
        said = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText ?? ''")
        if name in said:
            return
    pytest.fail(f"the keyboard doesn't reach “{name}”")


def answers(world: World) -> list[str]:
    events = ConsentEvent.objects.filter(student=world.unanswered.person).order_by("id")
    return list(events.values_list("kind", flat=True))


def test_a_parent_joins_by_letter_says_yes_and_takes_it_back_with_the_keyboard_alone(
    world: World, letter: str, page_for: PageFor, frozen: Callable[[datetime], None]
) -> None:
    page = page_for()
    page.goto("/family/join/")
    tab_to(page, "Code on the school’s letter")
    page.keyboard.type(letter.lower())
    tab_to(page, "Your own e-mail address")
    page.keyboard.type("second@home.example")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Type the code we sent you")).to_be_visible()
    tab_to(page, "Code from the e-mail")
    page.keyboard.type(code_sent_to("second@home.example"))
    press(page, "Enter")
    expect(page.get_by_text("Your address is linked.")).to_be_visible()

    tab_to(page, "Answer the school")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="May the school use Unanswered Pupil’s face")).to_be_visible()
    tab_to(page, "Yes")
    press(page, "Space")
    tab_to(page, "Continue")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    assert answers(world) == []
    tab_to(page, "Send my answer")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Thank you. Your answer is yes.")).to_be_visible()
    assert answers(world) == ["given"]

    frozen(AT + timedelta(minutes=1))
    page.goto("/family/")
    tab_to(page, "Take my yes back")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="You have taken your yes back.")).to_be_visible()
    assert answers(world) == ["given", "withdrawn"]


def test_the_same_way_works_without_javascript(world: World, letter: str, page_for: PageFor) -> None:
    parent = Parent(page_for(java_script_enabled=False))
    parent.joins(letter, "second@home.example")
    parent.answers("Yes")
    parent.sends()
    parent.reads("Thank you. Your answer is yes.")
    parent.takes_the_yes_back()
    assert answers(world) == ["given", "withdrawn"]


def test_yes_and_no_have_the_same_size_and_weight(world: World, page_for: PageFor) -> None:
    page = page_for(world.unanswered.parent)
    for width in (390, 820, 1280):
        page.mouse.move(0, 0)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/family/{world.unanswered.person.id}/answer/")
        yes, no = (page.locator(".choice label").nth(number) for number in (0, 1))
        assert yes.evaluate(SIZE) == no.evaluate(SIZE)
        assert yes.evaluate(LOOKS) == no.evaluate(LOOKS)


@pytest.mark.parametrize("width", [320, 820])
def test_a_very_long_name_makes_no_page_of_a_family_scroll_sideways(
    world: World, page_for: PageFor, width: int
) -> None:
    world.unanswered.person.name = "Wolfeschlegelsteinhausenbergerdorff" * 3
    world.unanswered.person.save()
    page = page_for(world.unanswered.parent, viewport={"width": width, "height": 800})
    child = f"/family/{world.unanswered.person.id}/"
    for address in ("/family/", child, f"{child}answer/", "/family/join/", "/family/address/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_what_a_parent_chose_is_there_after_signing_in_again(world: World, page_for: PageFor) -> None:
    page = page_for(world.unanswered.parent)
    page.goto(f"/family/{world.unanswered.person.id}/answer/")
    page.get_by_label("No", exact=True).check()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your e-mail address").fill(world.unanswered.parent.email)
    page.get_by_role("button", name="Send me a code").click()
    fill_code(page, world.unanswered.parent.email)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("No", exact=True)).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()


def test_a_letter_prints_on_three_pages_without_the_screens_buttons(world: World, page_for: PageFor) -> None:
    page = page_for(world.office)
    page.goto(f"/office/students/{world.unanswered.person.id}/guardians/")
    page.get_by_role("button", name="Print a letter").click()
    expect(page.get_by_role("button", name="Print", exact=True)).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("#letter-code")).to_be_visible()
    expect(page.get_by_text("This is shown once.")).to_be_hidden()
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert pages == 3, "the slip, and the notice for the parent and for the child"
