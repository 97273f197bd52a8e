"""Parents' and teachers' pages with JavaScript off: plain forms and links do it all."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cast import fill_code
from tests.harbour_road import HarbourRoad

pytestmark = pytest.mark.django_db(transaction=True)

PageFor = Callable[..., Page]


def test_a_parent_signs_in_answers_and_changes_the_answer(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    page = page_for(java_script_enabled=False)
    page.goto("/sign-in/")
    page.get_by_label("Your e-mail address").fill("laura@families.example")
    page.get_by_role("button", name="Send me a code").click()
    fill_code(page, "laura@families.example")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="My children").click()
    page.get_by_role("link", name=re.compile("Answer the school.*Oliver Hartley")).click()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("heading", name="Thank you. Your answer is no.")).to_be_visible()
    page.get_by_role("link", name="Back to my children").click()
    page.get_by_role("link", name=re.compile("Change my answer.*Oliver Hartley")).click()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("heading", name="Thank you. Your answer is yes.")).to_be_visible()
    page.goto("/family/")
    page.get_by_role("link", name="Attendance, passages, and what is held").first.click()
    page.get_by_text("What the school tells you about this").click()
    expect(page.get_by_text("They become a row of numbers")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_teacher_sees_the_class_and_the_week_and_sets_a_mark(harbour_road: HarbourRoad, page_for: PageFor) -> None:
    page = page_for(harbour_road.users["teacher"], java_script_enabled=False)
    page.goto("/register/")
    with page.expect_navigation():
        page.get_by_role("link", name="7B", exact=True).click()
    assert "Reload the page" in page.content()
    page.get_by_role("link", name="Leo Castellanos").click()
    page.get_by_label("Late", exact=True).check()
    page.get_by_label("Minutes").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".banner.success")).to_have_text("Leo Castellanos: 12 min late. Saved.")
    page.get_by_role("link", name="Leo Castellanos").click()
    page.get_by_role("button", name="Undo the last step").click()
    expect(page.locator(".banner.success")).to_have_text("Leo Castellanos: Not here yet. Saved.")
    page.get_by_role("link", name="Week", exact=True).click()
    expect(page.get_by_role("row", name="Ho Pak Yin")).to_contain_text("L7")
    page.get_by_role("link", name="Week before").click()
    page.get_by_role("link", name="7A").click()
    expect(page.get_by_role("heading", name="7A")).to_be_visible()
